/* Similarity of similarity matrices, and what few units or stimuli leave of it. */
#include "lists.h"
#include "memory.h"
#include "pairs.h"
#include "rdm_parts.h"
#include "try.h"
#include "whole_units.h"

#include <analysis/linalg.h>
#include <analysis/models/ssm.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum {
    FEWEST = 4 /* units or stimuli in a curve */
};

static const char *const sides[] = {"others", "reference", NULL};

ana_ssm_options ana_ssm_options_default(void)
{
    return (ana_ssm_options){.run = ana_run_default(), .n_draws = 50, .n_sizes = 8};
}

const ana_option ana_ssm_option_table[] = {
    {"draw-from", ANA_OPTION_CHOICE, offsetof(ana_ssm_options, side), 0, 0, sides, "SIDE",
     "whose units are drawn for the curve", false},
    {"draws", ANA_OPTION_SIZE, offsetof(ana_ssm_options, n_draws), 0, 1e6, NULL, "N",
     "of units and of stimuli, without replacement, for curves (0: none)", false},
    {"sizes", ANA_OPTION_SIZE, offsetof(ana_ssm_options, n_sizes), 1, 1000, NULL, "N",
     "of a curve, in equal steps of the logarithm from 4 on", false},
    ANA_OPTION_END,
};

/* Systems (0 is the reference) with the similarities of all their units. */
typedef struct world {
    size_t n;       /* stimuli */
    size_t n_pairs; /* of stimuli */
    size_t n_others;
    const ana_responses *const *systems;
    double *similarities; /* systems x n_pairs */
    const ana_ssm_options *options;
} world;

/* One thread's room. */
typedef struct room {
    size_t *order;    /* of units or stimuli */
    double *rows;     /* n x most units */
    double *products; /* n x n */
    double *pairs;    /* 2 x n_pairs */
} room;

/* Pearson correlations between the rows, which are overwritten: packed pairs. */
static ana_status find_similarities(size_t n, size_t p, double *rows, double *products,
                                    double *pairs)
{
    const ana_rdm_options correlation = {.method = ANA_RDM_CORRELATION};
    ana_status status = ANA_OK;
    ANA_TRY(ana_rdm_directions(&correlation, n, p, rows));
    ANA_TRY(ana_linalg_gram_rows(n, p, rows, products));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            *pairs++ = products[i * n + j];
        }
    }
done:
    return status;
}

/* The same of the first `count` units in that order. */
static ana_status find_drawn(const world *of, size_t system, size_t count, const room *scratch)
{
    const ana_responses *from = of->systems[system];
    for (size_t i = 0; i < of->n; i++) {
        for (size_t u = 0; u < count; u++) {
            scratch->rows[i * count + u] = from->values[i * from->n_units + scratch->order[u]];
        }
    }
    return find_similarities(of->n, count, scratch->rows, scratch->products, scratch->pairs);
}

/* What is drawn how often. */
typedef struct plan {
    ana_ssm_side side;
    size_t n_sizes;
    const size_t *sizes;
    double *values; /* draws x others x n_sizes */
} plan;

/* Units of an other system. */
static ana_status draw_other(const world *of, const plan *to, size_t draw, size_t other,
                             const room *scratch)
{
    ana_status status = ANA_OK;
    const size_t p = of->systems[other + 1]->n_units;
    ana_random random =
        ana_random_stream(of->options->run.seed, "ssm.units", other * of->options->n_draws + draw);
    ana_random_permutation(&random, p, scratch->order);
    for (size_t k = 0; k < to->n_sizes; k++) {
        double *value = &to->values[(draw * of->n_others + other) * to->n_sizes + k];
        *value = (double)NAN;
        if (to->sizes[k] <= p) {
            ANA_TRY(find_drawn(of, other + 1, to->sizes[k], scratch));
            ANA_TRY(ana_stats_spearman(of->n_pairs, of->similarities, scratch->pairs, value));
        }
    }
done:
    return status;
}

/* Units of the reference, against every other system. */
static ana_status draw_reference(const world *of, const plan *to, size_t draw, const room *scratch)
{
    ana_status status = ANA_OK;
    ana_random random = ana_random_stream(of->options->run.seed, "ssm.units", draw);
    ana_random_permutation(&random, of->systems[0]->n_units, scratch->order);
    for (size_t k = 0; k < to->n_sizes; k++) {
        ANA_TRY(find_drawn(of, 0, to->sizes[k], scratch));
        for (size_t other = 0; other < of->n_others; other++) {
            ANA_TRY(ana_stats_spearman(
                of->n_pairs, scratch->pairs, of->similarities + (other + 1) * of->n_pairs,
                &to->values[(draw * of->n_others + other) * to->n_sizes + k]));
        }
    }
done:
    return status;
}

/* Pairs of the first `count` stimuli in that order. */
static void take_pairs(const world *of, size_t system, size_t count, const size_t *order,
                       double *pairs)
{
    const double *from = of->similarities + system * of->n_pairs;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            *pairs++ = from[pairs_place_of(of->n, order[i], order[j])];
        }
    }
}

static ana_status draw_stimuli(const world *of, const plan *to, size_t draw, const room *scratch)
{
    ana_status status = ANA_OK;
    ana_random random = ana_random_stream(of->options->run.seed, "ssm.stimuli", draw);
    ana_random_permutation(&random, of->n, scratch->order);
    for (size_t k = 0; k < to->n_sizes; k++) {
        const size_t n_pairs = pairs_count(to->sizes[k]);
        take_pairs(of, 0, to->sizes[k], scratch->order, scratch->pairs);
        for (size_t other = 0; other < of->n_others; other++) {
            take_pairs(of, other + 1, to->sizes[k], scratch->order, scratch->pairs + of->n_pairs);
            ANA_TRY(
                ana_stats_spearman(n_pairs, scratch->pairs, scratch->pairs + of->n_pairs,
                                   &to->values[(draw * of->n_others + other) * to->n_sizes + k]));
        }
    }
done:
    return status;
}

static room make_room(const world *of, ana_workspace *workspace)
{
    size_t widest = 0;
    for (size_t k = 0; k <= of->n_others; k++) {
        widest = of->systems[k]->n_units > widest ? of->systems[k]->n_units : widest;
    }
    return (room){.order = ana_workspace_sizes(workspace, widest > of->n ? widest : of->n, 1),
                  .rows = ana_workspace_doubles(workspace, of->n, widest),
                  .products = ana_workspace_doubles(workspace, of->n, of->n),
                  .pairs = ana_workspace_doubles(workspace, of->n_pairs, 2)};
}

typedef enum drawn {
    DRAWN_UNITS,
    DRAWN_STIMULI
} drawn;

/* All draws; the first that failed is told. */
static ana_status do_draws(const world *of, drawn what, const plan *to)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_draws = of->options->n_draws;
    const bool each = what == DRAWN_UNITS && to->side == ANA_SSM_OTHERS;
    const size_t n_items = each ? n_draws * of->n_others : n_draws;
    const int n_threads = ana_run_threads(&of->options->run, n_items);
    room *rooms = ana_workspace_bytes(&workspace, (size_t)n_threads, 1, sizeof *rooms);
    ana_status *statuses = ana_workspace_bytes(&workspace, n_items, 1, sizeof *statuses);
    for (int t = 0; t < n_threads && !workspace.failed; t++) {
        rooms[t] = make_room(of, &workspace);
    }
    ANA_TRY(ana_workspace_check(&workspace, "ssm"));
    ANA_TRY(ana_run_progress(&of->options->run,
                             what == DRAWN_UNITS ? "draws of units" : "draws of stimuli", 0,
                             n_items));
#pragma omp parallel for default(none) shared(of, what, to, each, n_items, rooms, statuses)        \
    schedule(dynamic) num_threads(n_threads)
    for (size_t item = 0; item < n_items; item++) {
        const room *scratch = &rooms[omp_get_thread_num()];
        statuses[item] = what == DRAWN_STIMULI ? draw_stimuli(of, to, item, scratch)
                         : each
                             ? draw_other(of, to, item / of->n_others, item % of->n_others, scratch)
                             : draw_reference(of, to, item, scratch);
    }
    for (size_t item = 0; item < n_items; item++) {
        if (statuses[item] != ANA_OK) {
            ANA_TRY(ana_fail(statuses[item], "ssm: draw %zu failed", item));
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Mean and deviation over the draws that have a value. */
static void summarise(const world *of, const plan *from, double *mean, double *deviation,
                      double *column)
{
    for (size_t at = 0; at < of->n_others * from->n_sizes; at++) {
        for (size_t draw = 0; draw < of->options->n_draws; draw++) {
            column[draw] = from->values[draw * of->n_others * from->n_sizes + at];
        }
        mean[at] = ana_stats_mean(of->options->n_draws, column);
        deviation[at] = sqrt(ana_stats_variance(of->options->n_draws, column, 1));
    }
}

static ana_status run_plan(const world *of, drawn what, plan *to, double *mean, double *deviation)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *column = ana_workspace_doubles(&workspace, of->options->n_draws, 1);
    to->values =
        ana_workspace_doubles(&workspace, of->options->n_draws, of->n_others * to->n_sizes);
    ANA_TRY(ana_workspace_check(&workspace, "ssm"));
    ANA_TRY(do_draws(of, what, to));
    summarise(of, to, mean, deviation, column);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Sizes from FEWEST to `most` in equal steps of the logarithm, each once. */
static size_t choose_sizes(size_t most, size_t n_wanted, size_t *sizes)
{
    size_t n = 0;
    const double first = log((double)(most < FEWEST ? most : FEWEST));
    const double last = log((double)most);
    for (size_t k = 0; k < n_wanted; k++) {
        const double share = n_wanted > 1 ? (double)k / (double)(n_wanted - 1) : 1.0;
        const size_t size = (size_t)llround(exp(first + share * (last - first)));
        if (n == 0 || size > sizes[n - 1]) {
            sizes[n++] = size;
        }
    }
    return n;
}

static ana_status make_curve(const world *of, drawn what, size_t most, ana_ssm_curve *curve)
{
    ana_status status = ANA_OK;
    plan to = {.side = of->options->side};
    ANA_TRY(ana_allocate(of->options->n_sizes, sizeof(size_t), "ssm", (void *)&curve->sizes));
    curve->n_sizes = choose_sizes(most, of->options->n_sizes, curve->sizes);
    const size_t n = of->n_others * curve->n_sizes;
    ANA_TRY(ana_allocate(n, sizeof(double), "ssm", (void *)&curve->mean));
    ANA_TRY(ana_allocate(n, sizeof(double), "ssm", (void *)&curve->deviation));
    to.n_sizes = curve->n_sizes;
    to.sizes = curve->sizes;
    ANA_TRY(run_plan(of, what, &to, curve->mean, curve->deviation));
done:
    return status;
}

static ana_status make_curves(const world *of, ana_ssm *ssm)
{
    ana_status status = ANA_OK;
    size_t most = 0;
    for (size_t k = 0; k < ssm->n; k++) {
        most = ssm->units[k] > most ? ssm->units[k] : most;
    }
    most = of->options->side == ANA_SSM_REFERENCE ? ssm->reference_units : most;
    plan matched = {.side = ANA_SSM_OTHERS, .n_sizes = 1, .sizes = &ssm->reference_units};
    ANA_TRY(make_curve(of, DRAWN_UNITS, most, &ssm->by_units));
    ANA_TRY(make_curve(of, DRAWN_STIMULI, of->n, &ssm->by_stimuli));
    ANA_TRY(run_plan(of, DRAWN_UNITS, &matched, ssm->matched, ssm->matched_deviation));
done:
    return status;
}

/* Stimuli without a similarity to any other. */
static size_t count_flat(const world *of, size_t system)
{
    size_t n_flat = 0;
    const double *pairs = of->similarities + system * of->n_pairs;
    for (size_t i = 0; i < of->n; i++) {
        size_t n_known = 0;
        for (size_t j = 0; j < of->n; j++) {
            n_known += j != i && !isnan(pairs[pairs_place_of(of->n, i, j)]) ? 1 : 0;
        }
        n_flat += n_known == 0 ? 1 : 0;
    }
    return n_flat;
}

static ana_status compare(world *of, ana_ssm *ssm)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ANA_TRY(ana_run_check_memory(&of->options->run,
                                 (of->n_others + 4) * of->n_pairs * sizeof(double),
                                 "similarities of all pairs of stimuli"));
    of->similarities = ana_workspace_doubles(&workspace, of->n_others + 1, of->n_pairs);
    const room scratch = make_room(of, &workspace);
    ANA_TRY(ana_workspace_check(&workspace, "ssm"));
    for (size_t k = 0; k <= of->n_others; k++) {
        const ana_responses *system = of->systems[k];
        memcpy(scratch.rows, system->values, of->n * system->n_units * sizeof(double));
        ANA_TRY(find_similarities(of->n, system->n_units, scratch.rows, scratch.products,
                                  of->similarities + k * of->n_pairs));
        const size_t n_flat = count_flat(of, k);
        ssm->n_flat += n_flat;
        if (n_flat > 0) {
            ana_warn(&of->options->run,
                     "ssm: %zu stimuli have the same response in every unit of %s, and so no "
                     "similarity to others",
                     n_flat, system->name);
        }
    }
    for (size_t k = 0; k < of->n_others; k++) {
        ANA_TRY(ana_stats_spearman(of->n_pairs, of->similarities,
                                   of->similarities + (k + 1) * of->n_pairs, &ssm->values[k]));
    }
    if (of->options->n_draws > 0) {
        ANA_TRY(make_curves(of, ssm));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check(const ana_responses *reference, const ana_responses_set *others,
                        const ana_ssm_options *options)
{
    ana_status status = ana_options_check(ana_ssm_option_table, options, "ssm");
    if (status != ANA_OK) {
        return status;
    }
    if (others->n == 0) {
        return ana_fail(ANA_ERR_VALUE, "ssm: no systems to compare %s with", reference->name);
    }
    if (reference->n_stimuli < 3) {
        return ana_fail(ANA_ERR_VALUE, "ssm: %zu stimuli; at least 3 are needed",
                        reference->n_stimuli);
    }
    for (size_t k = 0; k < others->n; k++) {
        if (others->systems[k]->n_stimuli != reference->n_stimuli) {
            return ana_fail(ANA_ERR_VALUE,
                            "ssm: %s has %zu stimuli, but %s has %zu; match them first",
                            others->systems[k]->name, others->systems[k]->n_stimuli,
                            reference->name, reference->n_stimuli);
        }
    }
    return ANA_OK;
}

/* A result without values. */
static ana_status new_result(const ana_whole_units *systems, const ana_ssm_options *options,
                             ana_ssm **out)
{
    ana_status status = ANA_OK;
    ana_ssm *ssm = NULL;
    const size_t n = systems->n - 1;
    ANA_TRY(ana_allocate(1, sizeof *ssm, "ssm", (void *)&ssm));
    ssm->n = n;
    ssm->n_stimuli = systems->systems[0]->n_stimuli;
    ssm->n_draws = options->n_draws;
    ssm->side = options->side;
    ssm->reference_units = systems->systems[0]->n_units;
    ANA_TRY(ana_copy_text(systems->systems[0]->name, &ssm->reference));
    ANA_TRY(ana_allocate(n, sizeof(char *), "ssm", (void *)&ssm->names));
    ANA_TRY(ana_allocate(n, sizeof(size_t), "ssm", (void *)&ssm->units));
    ANA_TRY(ana_allocate(n, sizeof(double), "ssm", (void *)&ssm->values));
    ANA_TRY(ana_allocate(n, sizeof(double), "ssm", (void *)&ssm->matched));
    ANA_TRY(ana_allocate(n, sizeof(double), "ssm", (void *)&ssm->matched_deviation));
    for (size_t k = 0; k < n; k++) {
        ANA_TRY(ana_copy_text(systems->systems[k + 1]->name, &ssm->names[k]));
        ssm->units[k] = systems->systems[k + 1]->n_units;
        ssm->matched[k] = (double)NAN;
        ssm->matched_deviation[k] = (double)NAN;
    }
    for (size_t k = 0; k <= n; k++) {
        ssm->n_units_left_out += systems->n_left_out[k];
    }
    *out = ssm;
    ssm = NULL;
done:
    ana_ssm_free(ssm);
    return status;
}

ana_status ana_ssm_compute(const ana_responses *reference, const ana_responses_set *others,
                           const ana_ssm_options *options, ana_ssm **out)
{
    const ana_ssm_options settings = options != NULL ? *options : ana_ssm_options_default();
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_whole_units whole = {0};
    ana_ssm *ssm = NULL;
    ANA_TRY(check(reference, others, &settings));
    const ana_responses **all = ana_workspace_bytes(&workspace, others->n + 1, 1, sizeof(void *));
    ANA_TRY(ana_workspace_check(&workspace, "ssm"));
    for (size_t k = 0; k <= others->n; k++) {
        all[k] = k == 0 ? reference : others->systems[k - 1];
    }
    ANA_TRY(ana_whole_units_find(others->n + 1, all, &whole));
    ANA_TRY(new_result(&whole, &settings, &ssm));
    world of = {.n = reference->n_stimuli,
                .n_pairs = pairs_count(reference->n_stimuli),
                .n_others = others->n,
                .systems = whole.systems,
                .options = &settings};
    ANA_TRY(compare(&of, ssm));
    *out = ssm;
    ssm = NULL;
done:
    ana_ssm_free(ssm);
    ana_whole_units_release(&whole);
    ana_workspace_release(&workspace);
    return status;
}

static void free_curve(ana_ssm_curve *curve)
{
    free(curve->sizes);
    free(curve->mean);
    free(curve->deviation);
}

void ana_ssm_free(ana_ssm *ssm)
{
    if (ssm == NULL) {
        return;
    }
    ana_free_texts(ssm->n, ssm->names);
    free(ssm->reference);
    free(ssm->units);
    free(ssm->values);
    free(ssm->matched);
    free(ssm->matched_deviation);
    free_curve(&ssm->by_units);
    free_curve(&ssm->by_stimuli);
    free(ssm);
}
