/* Thresholds by which regions are told apart best.
 *
 * A centroid is never formed: with G the products of the transformed matrices' directions, the
 * correlation of x with the mean of a set C is the sum of G_xc over C, over the root of the sum of
 * G_cc' over C. So leaving subjects out is leaving terms out, and a permutation of the regions
 * costs no transform. */
#include "dense.h"
#include "memory.h"
#include "rsa_parts.h"
#include "trsa_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/resampling.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

ana_trsa_adaptive_options ana_trsa_adaptive_options_default(void)
{
    return (ana_trsa_adaptive_options){
        .run = ana_run_default(), .n_levels = 11, .n_permutations = 200};
}

const ana_option ana_trsa_adaptive_option_table[] = {
    {"levels", ANA_OPTION_SIZE, offsetof(ana_trsa_adaptive_options, n_levels), 2, 101, NULL, "N",
     "quantiles from 0 to 1 among which the thresholds are chosen", false},
    {"permutations", ANA_OPTION_SIZE, offsetof(ana_trsa_adaptive_options, n_permutations), 0, 1e7,
     NULL, "N", "of the regions within each subject; 0: no test", false},
    ANA_OPTION_END,
};

typedef struct decoding {
    size_t n; /* matrices */
    size_t n_regions;
    size_t n_subjects;
    size_t n_grid;     /* pairs of levels */
    const size_t *low; /* of each, the widest first */
    const size_t *high;
    const size_t *subject;
    const double *gram; /* n_grid x n x n; 0 where a matrix does not vary */
} decoding;

/* Sums of products, and what they decide; of one thread. */
typedef struct decoding_room {
    size_t *region; /* n */
    double *with;   /* n x regions x subjects: of a matrix with those of a region and subject */
    double *within; /* regions x subjects x subjects: between those of a region */
    double *whole;  /* regions x (subjects + 1): of a subject with all of the region; of all */
    double *right;  /* (subjects + 1) x n_grid: placed right without that subject; without none */
} decoding_room;

static void add_up(const decoding *of, const double *gram, const decoding_room *room)
{
    const size_t n_sets = of->n_regions * of->n_subjects;
    memset(room->with, 0, of->n * n_sets * sizeof(double));
    memset(room->within, 0, n_sets * of->n_subjects * sizeof(double));
    memset(room->whole, 0, of->n_regions * (of->n_subjects + 1) * sizeof(double));
    for (size_t x = 0; x < of->n; x++) {
        for (size_t c = 0; c < of->n; c++) {
            const size_t r = room->region[c];
            const size_t s = of->subject[c];
            const double product = gram[x * of->n + c];
            room->with[x * n_sets + r * of->n_subjects + s] += product;
            if (room->region[x] == r) {
                room->within[(r * of->n_subjects + of->subject[x]) * of->n_subjects + s] += product;
                room->whole[r * (of->n_subjects + 1) + of->subject[x]] += product;
                room->whole[r * (of->n_subjects + 1) + of->n_subjects] += product;
            }
        }
    }
}

/* Square of the length of a region's sum over subjects other than s and t (n_subjects: none). */
static double square_without(const decoding *of, const decoding_room *room, size_t r, size_t s,
                             size_t t)
{
    const double *within = room->within + r * of->n_subjects * of->n_subjects;
    const double *whole = room->whole + r * (of->n_subjects + 1);
    double square = whole[of->n_subjects] - 2.0 * whole[s] + within[s * of->n_subjects + s];
    if (t != s && t != of->n_subjects) {
        square +=
            within[t * of->n_subjects + t] - 2.0 * whole[t] + 2.0 * within[s * of->n_subjects + t];
    }
    return square;
}

/* Where matrix x belongs by those of other subjects than its own and `out`. */
static size_t place(const decoding *of, const double *gram, const decoding_room *room, size_t x,
                    size_t out)
{
    const size_t own = of->subject[x];
    size_t best = of->n_regions;
    if (gram[x * of->n + x] == 0.0) {
        return best;
    }
    double highest = -INFINITY;
    for (size_t r = 0; r < of->n_regions; r++) {
        const double *with = room->with + (x * of->n_regions + r) * of->n_subjects;
        double sum = 0.0;
        for (size_t s = 0; s < of->n_subjects; s++) {
            sum += s != own && s != out ? with[s] : 0.0;
        }
        const double similarity = sum / sqrt(square_without(of, room, r, own, out));
        if (similarity > highest) { /* never, of NaN */
            highest = similarity;
            best = r;
        }
    }
    return best;
}

/* right[s][p]: matrices of other subjects that are placed right without subject s. */
static void count_right(const decoding *of, const decoding_room *room)
{
    for (size_t p = 0; p < of->n_grid; p++) {
        const double *gram = of->gram + p * of->n * of->n;
        add_up(of, gram, room);
        for (size_t s = 0; s <= of->n_subjects; s++) {
            double right = 0.0;
            for (size_t x = 0; x < of->n; x++) {
                if (of->subject[x] != s && place(of, gram, room, x, s) == room->region[x]) {
                    right += 1.0;
                }
            }
            room->right[s * of->n_grid + p] = right;
        }
    }
}

/* Share right with levels chosen without the subject: the first of equals, which is the widest. */
static double decode_nested(const decoding *of, const decoding_room *room, size_t *predicted,
                            size_t *chosen)
{
    double total = 0.0;
    count_right(of, room);
    for (size_t s = 0; s < of->n_subjects; s++) {
        chosen[s] = ana_largest(of->n_grid, room->right + s * of->n_grid);
        const double *gram = of->gram + chosen[s] * of->n * of->n;
        add_up(of, gram, room);
        for (size_t x = 0; x < of->n; x++) {
            if (of->subject[x] == s) {
                predicted[x] = place(of, gram, room, x, s);
                total += predicted[x] == room->region[x] ? 1.0 : 0.0;
            }
        }
    }
    return total / (double)of->n;
}

typedef struct permuting {
    const decoding *of;
    const size_t *region;
    const decoding_room *rooms; /* one for each worker */
    size_t *scratch;            /* workers x (n + n_subjects) */
} permuting;

static ana_status rearranged(void *user, const ana_rearranged *data, double *value)
{
    const permuting *self = user;
    const decoding *of = self->of;
    const decoding_room *room = &self->rooms[data->worker];
    size_t *scratch = self->scratch + data->worker * (of->n + of->n_subjects);
    for (size_t x = 0; x < of->n; x++) {
        room->region[x] = self->region[data->order[x]];
    }
    *value = decode_nested(of, room, scratch, scratch + of->n);
    return ANA_OK;
}

static ana_status make_rooms(const decoding *of, ana_workspace *workspace, size_t n,
                             decoding_room *rooms)
{
    const size_t n_sets = of->n_regions * of->n_subjects;
    for (size_t w = 0; w < n; w++) {
        rooms[w] = (decoding_room){
            .region = ana_workspace_sizes(workspace, of->n, 1),
            .with = ana_workspace_doubles(workspace, of->n, n_sets),
            .within = ana_workspace_doubles(workspace, n_sets, of->n_subjects),
            .whole = ana_workspace_doubles(workspace, of->n_regions, of->n_subjects + 1),
            .right = ana_workspace_doubles(workspace, of->n_subjects + 1, of->n_grid)};
    }
    return ana_workspace_check(workspace, "trsa");
}

static ana_status test_by_permutation(const decoding *of, const size_t *region,
                                      const ana_trsa_adaptive_options *options, double *p)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_resampling_test_result *test = NULL;
    ana_resampling_options resampling = ana_resampling_options_default();
    resampling.run = options->run;
    resampling.n_resamples = options->n_permutations;
    resampling.tail = ANA_TAIL_GREATER;
    resampling.groups = of->subject;
    const size_t n_workers = (size_t)ana_run_threads(&options->run, options->n_permutations);
    decoding_room *rooms = ana_workspace_bytes(&workspace, n_workers, 1, sizeof *rooms);
    size_t *scratch = ana_workspace_sizes(&workspace, n_workers, of->n + of->n_subjects);
    ANA_TRY(ana_workspace_check(&workspace, "trsa"));
    ANA_TRY(make_rooms(of, &workspace, n_workers, rooms));
    permuting user = {of, region, rooms, scratch};
    ANA_TRY(ana_resampling_test(of->n, 1, rearranged, &user, &resampling, &test));
    *p = test->p[0];
done:
    ana_resampling_test_free(test);
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check_regions(const ana_rdms *rdms, const ana_trsa_regions *regions)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = rdms->n_rdms;
    double *has =
        ana_workspace_doubles(&workspace, regions->n_regions + 1, regions->n_subjects + 1);
    ANA_TRY(ana_workspace_check(&workspace, "trsa"));
    if (regions->n_regions < 2 || regions->n_subjects < 3) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "trsa: %zu regions of %zu subjects; two regions and three subjects are "
                         "needed to tell regions apart",
                         regions->n_regions, regions->n_subjects));
    }
    for (size_t x = 0; x < n; x++) {
        if (regions->region[x] >= regions->n_regions ||
            regions->subject[x] >= regions->n_subjects) {
            ANA_TRY(
                ana_fail(ANA_ERR_VALUE, "trsa: matrix %zu is of no known region or subject", x));
        }
        has[regions->region[x] * regions->n_subjects + regions->subject[x]] = 1.0;
    }
    for (size_t r = 0; r < regions->n_regions; r++) {
        double n_have = 0.0;
        for (size_t s = 0; s < regions->n_subjects; s++) {
            n_have += has[r * regions->n_subjects + s];
        }
        if (n_have < 3.0) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE,
                             "trsa: region %zu is of %g subjects; three are needed to choose "
                             "thresholds and to test them",
                             r, n_have));
        }
    }
    if (rdms->n_missing > 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "trsa: %zu dissimilarities are missing", rdms->n_missing));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status make_result(const ana_rdms *rdms, const ana_trsa_regions *regions,
                              const ana_trsa_adaptive_options *use, ana_trsa_adaptive **out)
{
    ana_status status = ANA_OK;
    ana_trsa_adaptive *made = NULL;
    const size_t levels = use->n_levels;
    ANA_TRY(ana_allocate(1, sizeof *made, "trsa", &made));
    made->n_rdms = rdms->n_rdms;
    made->n_levels = levels;
    made->n_regions = regions->n_regions;
    made->n_subjects = regions->n_subjects;
    made->transform = use->transform;
    made->p = NAN;
    ANA_TRY(ana_allocate(levels, sizeof(double), "trsa", &made->levels));
    ANA_TRY(ana_allocate(levels * levels, sizeof(double), "trsa", &made->accuracy));
    ANA_TRY(ana_allocate(regions->n_subjects, sizeof(double), "trsa", &made->chosen_low));
    ANA_TRY(ana_allocate(regions->n_subjects, sizeof(double), "trsa", &made->chosen_high));
    ANA_TRY(ana_allocate(rdms->n_rdms, sizeof(size_t), "trsa", &made->predicted));
    ANA_TRY(ana_allocate(regions->n_regions, regions->n_regions * sizeof(double), "trsa",
                         &made->confusion));
    for (size_t k = 0; k < levels; k++) {
        made->levels[k] = (double)k / ((double)levels - 1.0);
    }
    for (size_t k = 0; k < levels * levels; k++) {
        made->accuracy[k] = NAN;
    }
    *out = made;
    made = NULL;
done:
    ana_trsa_adaptive_free(made);
    return status;
}

/* Pairs of levels, low <= high: the widest first, then the lowest. */
static size_t list_pairs(size_t n_levels, size_t *low, size_t *high)
{
    size_t n = 0;
    for (size_t width = n_levels; width-- > 0;) {
        for (size_t l = 0; l + width < n_levels; l++) {
            low[n] = l;
            high[n++] = l + width;
        }
    }
    return n;
}

/* Ranks of all matrices, and their quantiles at all levels (n_rdms x n_levels). */
static ana_status rank_all(const ana_rdms *rdms, size_t n_levels, const double *levels,
                           double *ranks, double *quantiles)
{
    ana_status status = ANA_OK;
    const size_t n_pairs = ana_rdm_n_pairs(rdms->n_conditions);
    for (size_t k = 0; k < rdms->n_rdms && status == ANA_OK; k++) {
        double *own = ranks + k * n_pairs;
        status = ana_trsa_ranks(n_pairs, rdms->values + k * n_pairs, own);
        if (status == ANA_OK) {
            status = ana_stats_quantiles(n_pairs, own, n_levels, levels, quantiles + k * n_levels);
        }
        if (status != ANA_OK) {
            return ana_fail_in(status, "matrix %zu (%s): ", k, rdms->names[k]);
        }
    }
    return status;
}

/* Products of the directions of all matrices under each pair of levels; of a matrix without edges,
 * or that does not vary, 0. */
static ana_status find_grams(const ana_rdms *rdms, const ana_trsa_adaptive_options *use,
                             const decoding *of, const double *levels, double *gram)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_trsa_ranked ranked = {0};
    const size_t n_pairs = ana_rdm_n_pairs(rdms->n_conditions);
    ana_trsa_options transform = ana_trsa_options_default();
    transform.run = use->run;
    transform.transform = use->transform;
    double *ranks = ana_workspace_doubles(&workspace, of->n, n_pairs);
    double *moved = ana_workspace_doubles(&workspace, of->n, n_pairs);
    double *quantiles = ana_workspace_doubles(&workspace, of->n, use->n_levels);
    ANA_TRY(ana_trsa_ranked_new(rdms, &transform, &workspace, &ranked));
    ANA_TRY(rank_all(rdms, use->n_levels, levels, ranks, quantiles));
    for (size_t p = 0; p < of->n_grid; p++) {
        ANA_TRY(ana_run_progress(&use->run, "thresholds", p, of->n_grid));
        for (size_t k = 0; k < of->n; k++) {
            ranked.quantiles[3 * k] = quantiles[k * use->n_levels + of->low[p]];
            ranked.quantiles[3 * k + 1] = quantiles[k * use->n_levels + of->high[p]];
        }
        memcpy(moved, ranks, of->n * n_pairs * sizeof *moved);
        ana_trsa_transform_ranks(&ranked, moved);
        ANA_TRY(ana_rdm_directions_of(ANA_RDM_SIM_PEARSON, of->n, n_pairs, moved));
        for (size_t k = 0; k < of->n * n_pairs; k++) {
            moved[k] = isnan(moved[k]) || !ranked.has_edges[k / n_pairs] ? 0.0 : moved[k];
        }
        ANA_TRY(ana_linalg_gram_rows(of->n, n_pairs, moved, gram + p * of->n * of->n));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static void conclude(const decoding *of, const decoding_room *room, size_t *chosen,
                     ana_trsa_adaptive *made)
{
    const double *levels = made->levels;
    made->nested = decode_nested(of, room, made->predicted, chosen);
    const double *right = room->right + of->n_subjects * of->n_grid;
    const size_t best = ana_largest(of->n_grid, right);
    for (size_t p = 0; p < of->n_grid; p++) {
        made->accuracy[of->low[p] * made->n_levels + of->high[p]] = right[p] / (double)of->n;
    }
    made->low = levels[of->low[best]];
    made->high = levels[of->high[best]];
    made->geometry = made->accuracy[made->n_levels - 1];
    for (size_t s = 0; s < of->n_subjects; s++) {
        made->chosen_low[s] = levels[of->low[chosen[s]]];
        made->chosen_high[s] = levels[of->high[chosen[s]]];
    }
    for (size_t x = 0; x < of->n; x++) {
        if (made->predicted[x] < of->n_regions) {
            made->confusion[room->region[x] * of->n_regions + made->predicted[x]] += 1.0;
        }
    }
}

/* Grid, products, decoding. */
static ana_status adapt(const ana_rdms *rdms, const ana_trsa_regions *regions,
                        const ana_trsa_adaptive_options *use, ana_trsa_adaptive *made)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    decoding_room room = {0};
    const size_t n = rdms->n_rdms;
    size_t *low = ana_workspace_sizes(&workspace, use->n_levels, use->n_levels);
    size_t *high = ana_workspace_sizes(&workspace, use->n_levels, use->n_levels);
    size_t *chosen = ana_workspace_sizes(&workspace, regions->n_subjects, 1);
    ANA_TRY(ana_workspace_check(&workspace, "trsa"));
    decoding of = {.n = n,
                   .n_regions = regions->n_regions,
                   .n_subjects = regions->n_subjects,
                   .n_grid = list_pairs(use->n_levels, low, high),
                   .low = low,
                   .high = high,
                   .subject = regions->subject};
    double *gram = ana_workspace_doubles(&workspace, of.n_grid * n, n);
    of.gram = gram;
    ANA_TRY(make_rooms(&of, &workspace, 1, &room));
    ANA_TRY(find_grams(rdms, use, &of, made->levels, gram));
    memcpy(room.region, regions->region, n * sizeof *room.region);
    conclude(&of, &room, chosen, made);
    if (use->n_permutations > 0) {
        ANA_TRY(test_by_permutation(&of, regions->region, use, &made->p));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_trsa_adapt(const ana_rdms *rdms, const ana_trsa_regions *regions,
                          const ana_trsa_adaptive_options *options, ana_trsa_adaptive **out)
{
    ana_status status = ANA_OK;
    ana_trsa_adaptive *made = NULL;
    const ana_trsa_adaptive_options defaults = ana_trsa_adaptive_options_default();
    const ana_trsa_adaptive_options *use = options != NULL ? options : &defaults;
    ANA_TRY(ana_options_check(ana_trsa_adaptive_option_table, use, "trsa"));
    if (use->transform != ANA_TRSA_RGTM && use->transform != ANA_TRSA_RGDM) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "trsa: thresholds are chosen for rgtm or rgdm, not for %s",
                         ana_trsa_transform_names[use->transform]));
    }
    ANA_TRY(check_regions(rdms, regions));
    ANA_TRY(make_result(rdms, regions, use, &made));
    ANA_TRY(adapt(rdms, regions, use, made));
    *out = made;
    made = NULL;
done:
    ana_trsa_adaptive_free(made);
    return status;
}

void ana_trsa_adaptive_free(ana_trsa_adaptive *adaptive)
{
    if (adaptive == NULL) {
        return;
    }
    free(adaptive->levels);
    free(adaptive->accuracy);
    free(adaptive->chosen_low);
    free(adaptive->chosen_high);
    free(adaptive->predicted);
    free(adaptive->confusion);
    free(adaptive);
}
