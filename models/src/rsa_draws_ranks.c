/* Samples under rank correlations. Every matrix is put in order once; in a sample, a pair that is
 * there W times takes W ranks, so one pass along the order gives the ranks of all pairs, ties (its
 * own copies among them) sharing theirs. Ranks are kept as twice themselves: whole numbers, whose
 * sums over subjects are the pools' keys, put in order by their digits.
 *
 * Limit: a pass over N pairs for each matrix, and a sort of the pairs that are there for each
 * group's pool. */
#include "blas.h"
#include "order.h"
#include "rsa_draws.h"
#include "rsa_exchanges.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAIRS = 512, /* of one product */
    DIGIT = 11   /* bits, at most */
};

/* One thread's room. */
typedef struct ranks_room {
    uint64_t *slots;       /* N: the place of a pair among those that are there, and its weight */
    double *weights;       /* N: of those that are there */
    uint32_t *ranks;       /* vectors x N: twice the rank of those that are there */
    uint64_t *all;         /* N: the key of the pool of all, and the place */
    uint64_t *keys;        /* N: of one pool */
    uint64_t *sorted;      /* N */
    double *pool;          /* N: weight times twice the pool's rank about its mean */
    size_t *starts;        /* 2^DIGIT */
    uint32_t *places;      /* N: of those that are there, in rising order of a vector; taus */
    uint32_t *pool_places; /* N: the same of a pool; taus */
    uint32_t *pool_ranks;  /* N */
    double *tree;          /* 2 (N weights + 2); taus */
    double *rows;          /* vectors x PAIRS */
    double *weighted;      /* S x PAIRS */
    double *form;          /* vectors x S */
    double *square;        /* vectors: with themselves */
    double *scratch;       /* 2 S + M S */
    size_t n_there;
    double total;  /* weight */
    uint64_t most; /* of the keys of all */
} ranks_room;

typedef struct ranked {
    const ana_rsa_scene *scene;
    size_t n_subjects;
    size_t n_vectors;         /* subjects, models */
    bool by_exchanges;        /* taus */
    size_t most_weight;       /* of all pairs of a sample together */
    uint32_t *order;          /* vectors x N */
    unsigned char *tied;      /* vectors x N: to the one before */
    const ranks_room *shared; /* when conditions are not drawn: ranks and form; else NULL */
    ranks_room *rooms;
} ranked;

static void put_in_order(const ranked *of, size_t v, ana_placed *placed)
{
    const size_t n = of->scene->n_pairs;
    const double *from = ana_rsa_matrix(of->scene, v);
    for (size_t k = 0; k < n; k++) {
        placed[k] = (ana_placed){from[of->scene->kept[k]], k};
    }
    qsort(placed, n, sizeof *placed, ana_compare_rising);
    for (size_t k = 0; k < n; k++) {
        of->order[v * n + k] = (uint32_t)placed[k].index;
        of->tied[v * n + k] = k > 0 && placed[k].value == placed[k - 1].value ? 1 : 0;
    }
}

/* The pairs that are there; the others share a place behind all. */
static void find_slots(const ranked *of, size_t sample, ranks_room *room)
{
    const ana_rsa_scene *scene = of->scene;
    room->n_there = 0;
    room->total = 0.0;
    for (size_t k = 0; k < scene->n_pairs; k++) {
        const size_t weight = ana_rsa_times_of_condition(scene, sample, scene->first[k]) *
                              ana_rsa_times_of_condition(scene, sample, scene->second[k]);
        const size_t place = weight > 0 ? room->n_there : scene->n_pairs;
        room->slots[k] = (uint64_t)place << 32 | (uint64_t)weight;
        room->weights[room->n_there] = (double)weight;
        room->total += (double)weight;
        room->n_there += weight > 0 ? 1 : 0;
    }
}

/* Twice the ranks of one vector: ties share the mean of those they take. */
static void rank(size_t n, const uint32_t *order, const unsigned char *tied, const uint64_t *slots,
                 uint32_t *ranks)
{
    uint32_t before = 0;
    size_t end = 0;
    for (size_t start = 0; start < n; start = end) {
        uint32_t weight = (uint32_t)slots[order[start]];
        for (end = start + 1; end < n && tied[end]; end++) {
            weight += (uint32_t)slots[order[end]];
        }
        const uint32_t twice = 2 * before + weight + 1;
        for (size_t k = start; k < end; k++) {
            ranks[slots[order[k]] >> 32] = twice;
        }
        before += weight;
    }
}

/* form: sums of weight times ranks (twice, about their mean) of each vector with each subject. */
static void multiply(const ranked *of, ranks_room *room)
{
    const size_t stride = of->scene->n_pairs + 1;
    const double mean = room->total + 1.0;
    memset(room->form, 0, of->n_vectors * of->n_subjects * sizeof *room->form);
    memset(room->square, 0, of->n_vectors * sizeof *room->square);
    for (size_t first = 0; first < room->n_there; first += PAIRS) {
        const size_t n = room->n_there - first < PAIRS ? room->n_there - first : PAIRS;
        for (size_t v = 0; v < of->n_vectors; v++) {
            const uint32_t *from = room->ranks + v * stride + first;
            double *row = room->rows + v * n;
            double sum = 0.0;
            for (size_t k = 0; k < n; k++) {
                row[k] = (double)from[k] - mean;
                sum += room->weights[first + k] * row[k] * row[k];
            }
            room->square[v] += sum;
            for (size_t k = 0; k < n && v < of->n_subjects; k++) {
                room->weighted[v * n + k] = room->weights[first + k] * row[k];
            }
        }
        const ana_gemm shape = {.n_rows = of->n_vectors,
                                .n_inner = n,
                                .n_columns = of->n_subjects,
                                .transpose_b = true,
                                .alpha = 1.0,
                                .beta = 1.0};
        ana_blas_gemm(&shape, room->rows, room->weighted, room->form);
    }
}

/* The same as counts of exchanges: form between vectors and subjects, square the pairs not tied. */
static void count_exchanges(const ranked *of, ranks_room *room)
{
    const size_t n = of->scene->n_pairs;
    for (size_t v = 0; v < of->n_vectors; v++) {
        const uint32_t *own = room->ranks + v * (n + 1);
        size_t n_there = 0;
        for (size_t k = 0; k < n; k++) {
            const uint64_t slot = room->slots[of->order[v * n + k]];
            room->places[n_there] = (uint32_t)(slot >> 32);
            n_there += (uint32_t)slot > 0 ? 1 : 0;
        }
        room->square[v] = ana_rsa_untied(n_there, room->places, own, room->weights, room->total);
        for (size_t s = 0; s < of->n_subjects && v >= of->n_subjects; s++) {
            room->form[v * of->n_subjects + s] =
                ana_rsa_exchanges(n_there, room->places, own, room->ranks + s * (n + 1),
                                  room->weights, room->total, room->tree);
        }
    }
}

static void find_ranks(const ranked *of, size_t sample, ranks_room *room)
{
    const size_t n = of->scene->n_pairs;
    find_slots(of, sample, room);
    for (size_t v = 0; v < of->n_vectors; v++) {
        rank(n, of->order + v * n, of->tied + v * n, room->slots, room->ranks + v * (n + 1));
    }
    if (of->by_exchanges) {
        count_exchanges(of, room);
    } else {
        multiply(of, room);
    }
}

/* From twice the ranks, or exchanges, to the similarity; all squares weigh the same in rho-a, all
 * pairs in tau-a. */
static double similarity_of(const ranked *of, double total, double product, double a, double b)
{
    if (of->scene->compare->similarity == ANA_RDM_SIM_RHO_A) {
        return 3.0 * product / (total * (total * total - 1.0));
    }
    if (of->scene->compare->similarity == ANA_RDM_SIM_TAU_A) {
        return 2.0 * product / (total * (total - 1.0));
    }
    return a > 0.0 && b > 0.0 ? product / (sqrt(a) * sqrt(b)) : (double)NAN;
}

/* all: sum of times x ranks of the subjects, over the place. */
static void add_up(const ranked *of, size_t sample, const ranks_room *of_ranks, ranks_room *room)
{
    const size_t stride = of->scene->n_pairs + 1;
    room->most = 0;
    for (size_t k = 0; k < of_ranks->n_there; k++) {
        room->all[k] = (uint64_t)k;
    }
    for (size_t s = 0; s < of->n_subjects; s++) {
        const uint64_t times = ana_rsa_times_of_subject(of->scene, sample, s);
        const uint32_t *ranks = of_ranks->ranks + s * stride;
        for (size_t k = 0; k < of_ranks->n_there && times > 0; k++) {
            room->all[k] += (times * ranks[k]) << 32;
        }
        room->most += times * 2 * (uint64_t)of_ranks->total;
    }
}

/* keys: all less those of group `left_out`. */
static void leave_out(const ranked *of, size_t sample, size_t left_out, const ranks_room *of_ranks,
                      ranks_room *room)
{
    const size_t stride = of->scene->n_pairs + 1;
    memcpy(room->keys, room->all, of_ranks->n_there * sizeof *room->keys);
    for (size_t s = 0; s < of->n_subjects; s++) {
        const uint64_t times = ana_rsa_times_of_subject(of->scene, sample, s);
        const uint32_t *ranks = of_ranks->ranks + s * stride;
        for (size_t k = 0; k < of_ranks->n_there && of->scene->group[s] == left_out; k++) {
            room->keys[k] -= (times * ranks[k]) << 32;
        }
    }
}

/* The keys in rising order, digit by digit from the lowest; equal ones keep their order. */
static const uint64_t *sort_keys(size_t n, uint64_t most, ranks_room *room)
{
    uint64_t *from = room->keys;
    uint64_t *to = room->sorted;
    unsigned bits = 1;
    while (bits < 32 && most >> bits > 0) {
        bits++;
    }
    const unsigned n_passes = (bits + DIGIT - 1) / DIGIT;
    const unsigned width = (bits + n_passes - 1) / n_passes;
    const uint64_t mask = ((uint64_t)1 << width) - 1;
    for (unsigned pass = 0; pass < n_passes; pass++) {
        const unsigned shift = 32 + pass * width;
        size_t before = 0;
        memset(room->starts, 0, ((size_t)mask + 1) * sizeof *room->starts);
        for (size_t k = 0; k < n; k++) {
            room->starts[from[k] >> shift & mask]++;
        }
        for (size_t d = 0; d <= mask; d++) {
            const size_t count = room->starts[d];
            room->starts[d] = before;
            before += count;
        }
        for (size_t k = 0; k < n; k++) {
            to[room->starts[from[k] >> shift & mask]++] = from[k];
        }
        uint64_t *other = from;
        from = to;
        to = other;
    }
    return from;
}

/* room->pool: of the keys in order, weight times twice the rank about its mean; pool_ranks and
 * pool_places: twice the ranks, and the order. Returns the sum of weight times the square. */
static double rank_pool(const ranks_room *of_ranks, const uint64_t *sorted, ranks_room *room)
{
    const uint64_t place = UINT32_MAX;
    double before = 0.0;
    double square = 0.0;
    size_t end = 0;
    for (size_t start = 0; start < of_ranks->n_there; start = end) {
        double weight = of_ranks->weights[sorted[start] & place];
        for (end = start + 1; end < of_ranks->n_there && sorted[end] >> 32 == sorted[start] >> 32;
             end++) {
            weight += of_ranks->weights[sorted[end] & place];
        }
        const double about = 2.0 * before + weight - of_ranks->total;
        for (size_t k = start; k < end; k++) {
            const uint64_t at = sorted[k] & place;
            room->pool[at] = of_ranks->weights[at] * about;
            room->pool_ranks[at] = (uint32_t)(2.0 * before + weight + 1.0);
            room->pool_places[k] = (uint32_t)at;
        }
        square += weight * about * about;
        before += weight;
    }
    return square;
}

/* Of the pool with one subject's ranks. */
static double multiply_pool(const ranked *of, const ranks_room *of_ranks, const uint32_t *ranks,
                            ranks_room *room)
{
    double sum = 0.0;
    if (of->by_exchanges) {
        return ana_rsa_exchanges(of_ranks->n_there, room->pool_places, room->pool_ranks, ranks,
                                 of_ranks->weights, of_ranks->total, room->tree);
    }
    for (size_t k = 0; k < of_ranks->n_there; k++) { /* the pool's sum is 0: no mean needed */
        sum += room->pool[k] * (double)ranks[k];
    }
    return sum;
}

/* out[s] = similarity of the subjects of a sample with the pool: of those in `group`, or all. */
static void with_pool(const ranked *of, size_t sample, size_t left_out, const ranks_room *of_ranks,
                      ranks_room *room, double *out)
{
    const size_t stride = of->scene->n_pairs + 1;
    leave_out(of, sample, left_out, of_ranks, room);
    const uint64_t *sorted = sort_keys(of_ranks->n_there, room->most, room);
    double square = rank_pool(of_ranks, sorted, room);
    if (of->by_exchanges) {
        square = ana_rsa_untied(of_ranks->n_there, room->pool_places, room->pool_ranks,
                                of_ranks->weights, of_ranks->total);
    }
    for (size_t s = 0; s < of->n_subjects; s++) {
        const uint32_t *ranks = of_ranks->ranks + s * stride;
        if (ana_rsa_times_of_subject(of->scene, sample, s) == 0 ||
            (left_out < of->scene->n_groups && of->scene->group[s] != left_out)) {
            continue;
        }
        const double sum = multiply_pool(of, of_ranks, ranks, room);
        out[s] = similarity_of(of, of_ranks->total, sum, square, of_ranks->square[s]);
    }
}

static bool has_group(const ranked *of, size_t sample, size_t g)
{
    bool there = false;
    for (size_t s = 0; s < of->n_subjects; s++) {
        there = there ||
                (of->scene->group[s] == g && ana_rsa_times_of_subject(of->scene, sample, s) > 0);
    }
    return there;
}

static void find_values(const ranked *of, size_t sample, const ranks_room *of_ranks,
                        ranks_room *room)
{
    const ana_rsa_scene *scene = of->scene;
    const size_t n_subjects = of->n_subjects;
    const size_t n_models = scene->models->n_rdms;
    double *values = of->scene->values + sample * (n_models + 2);
    double *low = room->scratch;
    double *high = low + n_subjects;
    double *similarity = high + n_subjects;
    for (size_t i = 0; i < n_models * n_subjects; i++) {
        const size_t v = n_subjects + i / n_subjects;
        const size_t s = i % n_subjects;
        similarity[i] = similarity_of(of, of_ranks->total, of_ranks->form[v * n_subjects + s],
                                      of_ranks->square[v], of_ranks->square[s]);
    }
    ana_rsa_mean_of_sample(scene, sample, similarity, values);
    values[n_models] = (double)NAN;
    values[n_models + 1] = (double)NAN;
    if (scene->no_ceilings) {
        return;
    }
    add_up(of, sample, of_ranks, room);
    with_pool(of, sample, scene->n_groups, of_ranks, room, high);
    for (size_t g = 0; g < scene->n_groups; g++) {
        if (has_group(of, sample, g)) {
            with_pool(of, sample, g, of_ranks, room, low);
        }
    }
    values[n_models] = ana_rsa_mean_of_groups(scene, sample, low);
    values[n_models + 1] = ana_rsa_mean_of_groups(scene, sample, high);
}

static ana_status evaluate(const void *user, size_t first, size_t n, size_t worker)
{
    const ranked *of = user;
    ranks_room *room = &of->rooms[worker];
    const size_t n_values = of->scene->models->n_rdms + 2;
    for (size_t sample = first; sample < first + n; sample++) {
        if (of->shared != NULL) {
            find_values(of, sample, of->shared, room);
        } else if (ana_rsa_is_sample(of->scene, sample)) {
            find_ranks(of, sample, room);
            find_values(of, sample, room, room);
        } else {
            for (size_t k = 0; k < n_values; k++) {
                of->scene->values[sample * n_values + k] = (double)NAN;
            }
        }
    }
    return ANA_OK;
}

/* `own`: with ranks of its own, and not only pools. */
static void make_room(const ranked *of, bool own, ana_workspace *workspace, ranks_room *room)
{
    const size_t n = of->scene->n_pairs;
    const size_t n_vectors = own ? of->n_vectors : 0;
    const size_t n_scratch = (2 + of->scene->models->n_rdms) * of->n_subjects;
    *room = (ranks_room){
        .slots = ana_workspace_bytes(workspace, own ? n : 0, 1, sizeof *room->slots),
        .weights = ana_workspace_doubles(workspace, own ? n + 1 : 0, 1),
        .ranks = ana_workspace_bytes(workspace, n_vectors, n + 1, sizeof *room->ranks),
        .all = ana_workspace_bytes(workspace, n, 1, sizeof *room->all),
        .keys = ana_workspace_bytes(workspace, n, 1, sizeof *room->keys),
        .sorted = ana_workspace_bytes(workspace, n, 1, sizeof *room->sorted),
        .pool = ana_workspace_doubles(workspace, n, 1),
        .places = ana_workspace_bytes(workspace, own ? n : 0, 1, sizeof *room->places),
        .pool_places = ana_workspace_bytes(workspace, n, 1, sizeof *room->pool_places),
        .pool_ranks = ana_workspace_bytes(workspace, n, 1, sizeof *room->pool_ranks),
        .tree = ana_workspace_doubles(workspace, of->by_exchanges ? of->most_weight + 2 : 0, 2),
        .starts = ana_workspace_sizes(workspace, (size_t)1 << DIGIT, 1),
        .rows = ana_workspace_doubles(workspace, n_vectors, PAIRS),
        .weighted = ana_workspace_doubles(workspace, own ? of->n_subjects : 0, PAIRS),
        .form = ana_workspace_doubles(workspace, n_vectors, of->n_subjects),
        .square = ana_workspace_doubles(workspace, n_vectors, 1),
        .scratch = ana_workspace_doubles(workspace, n_scratch, 1)};
}

/* The most draws of a sample: of subjects, or of conditions. */
static size_t most_drawn(size_t n_samples, size_t n, const size_t *times)
{
    size_t most = times == NULL ? n : 0;
    for (size_t i = 0; i < n_samples && times != NULL; i++) {
        size_t sum = 0;
        for (size_t k = 0; k < n; k++) {
            sum += times[i * n + k];
        }
        most = sum > most ? sum : most;
    }
    return most;
}

/* most_weight; keys of pools have 32 bits, for twice the ranks of all subjects together. */
static ana_status check_size(ranked *of)
{
    const ana_rsa_draws *draws = of->scene->draws;
    const size_t n =
        most_drawn(draws->n_samples, of->scene->subjects->n_conditions, draws->conditions);
    const size_t n_subjects = most_drawn(draws->n_samples, of->n_subjects, draws->subjects);
    if ((double)n * (double)n * (double)n_subjects >= 4294967295.0) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "rsa: ranks of %zu conditions in %zu subjects are too many to draw from", n,
                        n_subjects);
    }
    of->most_weight = n * n / 2;
    return ANA_OK;
}

ana_status ana_rsa_draws_by_ranks(const ana_rsa_scene *scene)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = scene->n_pairs;
    const bool drawn = scene->draws->conditions != NULL;
    const size_t n_workers = ana_rsa_n_workers(&scene->compare->run, scene->draws->n_samples, 1);
    ranks_room shared = {0};
    ranked of = {.scene = scene,
                 .n_subjects = scene->subjects->n_rdms,
                 .n_vectors = scene->subjects->n_rdms + scene->models->n_rdms,
                 .by_exchanges = scene->compare->similarity == ANA_RDM_SIM_TAU_A ||
                                 scene->compare->similarity == ANA_RDM_SIM_TAU_B};
    ANA_TRY(check_size(&of));
    of.order = ana_workspace_bytes(&workspace, of.n_vectors, n, sizeof *of.order);
    of.tied = ana_workspace_bytes(&workspace, of.n_vectors, n, 1);
    of.rooms = ana_workspace_bytes(&workspace, n_workers, 1, sizeof *of.rooms);
    ana_placed *placed = ana_workspace_bytes(&workspace, n, 1, sizeof *placed);
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    for (size_t v = 0; v < of.n_vectors; v++) {
        put_in_order(&of, v, placed);
    }
    for (size_t w = 0; w < n_workers; w++) {
        make_room(&of, drawn, &workspace, &of.rooms[w]);
    }
    if (!drawn) {
        make_room(&of, true, &workspace, &shared);
    }
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    ANA_TRY(ana_blas_start("rsa", of.n_vectors, PAIRS, of.n_subjects));
    if (!drawn) {
        find_ranks(&of, 0, &shared);
        of.shared = &shared;
    }
    ANA_TRY(ana_rsa_in_batches(&scene->compare->run, scene->draws->n_samples, 1, evaluate, &of));
done:
    ana_workspace_release(&workspace);
    return status;
}
