/* Units of two systems matched, on all stimuli and over folds. */
#include "memory.h"
#include "try.h"
#include "unit_parts.h"

#include <analysis/folds.h>
#include <analysis/resampling.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

ana_unit_match_options ana_unit_match_options_default(void)
{
    return (ana_unit_match_options){.run = ana_run_default(),
                                    .method = ANA_UNITS_ONE_TO_ONE,
                                    .n_folds = 5,
                                    .n_permutations = 200,
                                    .level = 0.95};
}

const ana_option ana_unit_match_option_table[] = {
    {"folds", ANA_OPTION_SIZE, offsetof(ana_unit_match_options, n_folds), 0, 1e6, NULL, "N",
     "choose partners on the other folds' stimuli and correlate on each fold's (0: not)", false},
    {"permutations", ANA_OPTION_SIZE, offsetof(ana_unit_match_options, n_permutations), 0, 1e8,
     NULL, "N", "of the second system's stimuli, for the chance of so good a match (0: none)",
     false},
    {"bootstraps", ANA_OPTION_SIZE, offsetof(ana_unit_match_options, n_bootstraps), 0, 1e8, NULL,
     "N", "of the stimuli, partners kept, for an interval (0: none)", false},
    {"level", ANA_OPTION_DOUBLE, offsetof(ana_unit_match_options, level), 0.5, 0.9999, NULL,
     "SHARE", "of the interval", false},
    ANA_OPTION_END,
};

/* Both sides' units as arrays. */
typedef struct matching {
    const ana_unit_match_options *options;
    size_t n; /* stimuli */
    size_t p;
    size_t q;
    ana_measured_units units[2];
    double *directions[2]; /* n x p, n x q: of all stimuli */
    const ana_unit_match *match;
} matching;

static ana_status check(const ana_responses *a, const ana_responses *b,
                        const ana_unit_match_options *options)
{
    ana_status status = ana_options_check(ana_unit_match_option_table, options, "match-units");
    if (status != ANA_OK) {
        return status;
    }
    if (options->method > ANA_UNITS_SOFT) {
        return ana_fail(ANA_ERR_VALUE, "match-units: method %d; 0 to %d", (int)options->method,
                        (int)ANA_UNITS_SOFT);
    }
    status = ana_units_check_stimuli(a, b, 3);
    if (status != ANA_OK) {
        return status;
    }
    if (options->n_folds == 1 || 3 * options->n_folds > a->n_stimuli) {
        return ana_fail(ANA_ERR_VALUE,
                        "match-units: %zu folds of %zu stimuli; 0, or 2 to %zu, so that a fold has "
                        "three to correlate",
                        options->n_folds, a->n_stimuli, a->n_stimuli / 3);
    }
    return ANA_OK;
}

void ana_unit_match_free(ana_unit_match *match)
{
    if (match == NULL) {
        return;
    }
    for (size_t s = 0; s < 2; s++) {
        ana_unit_side_free(&match->sides[s]);
    }
    free(match->correlation);
    free(match->pairs);
    free(match);
}

static ana_status match_new(const ana_responses *const *systems, const matching *of,
                            ana_unit_match **out)
{
    ana_status status = ANA_OK;
    ana_unit_match *match = NULL;
    ANA_TRY(ana_allocate(1, sizeof *match, "match-units", (void *)&match));
    match->method = of->options->method;
    match->n_stimuli = of->n;
    match->n_folds = of->options->n_folds;
    match->held_out = NAN;
    match->held_out_back = NAN;
    match->chance = NAN;
    match->p = NAN;
    match->low = NAN;
    match->high = NAN;
    for (size_t s = 0; s < 2; s++) {
        ana_unit_side *side = &match->sides[s];
        ANA_TRY(ana_unit_side_take(systems[s], &of->units[s], side));
        ANA_TRY(ana_allocate(side->n, sizeof(double), "match-units", (void *)&side->matched));
        ANA_TRY(ana_allocate(side->n, sizeof(double), "match-units", (void *)&side->held_out));
        for (size_t u = 0; u < side->n; u++) {
            side->matched[u] = NAN;
            side->held_out[u] = NAN;
        }
    }
    ANA_TRY(
        ana_allocate(of->p * of->q, sizeof(double), "match-units", (void *)&match->correlation));
    ANA_TRY(
        ana_allocate(of->p + of->q, sizeof *match->pairs, "match-units", (void *)&match->pairs));
    *out = match;
    match = NULL;
done:
    ana_unit_match_free(match);
    return status;
}

/* Weighted means of numbers that belong to pairs, NaN ones left out. */
typedef struct pair_means {
    double *sums[2];    /* of each unit of either side */
    double *weights[2]; /* what they are of */
    double whole[2];    /* of all pairs; semi: of a's choices, of b's */
} pair_means;

static bool of_side(ana_unit_method method, size_t p, size_t k, size_t side)
{
    return method != ANA_UNITS_SEMI || (k < p) == (side == 0);
}

/* values[k] belongs to pairs[k]. */
static void add_means(ana_unit_method method, size_t p, size_t n_pairs, const ana_unit_pair *pairs,
                      const double *values, pair_means *means)
{
    for (size_t side = 0; side < 2; side++) {
        double sum = 0.0;
        double weight = 0.0;
        for (size_t k = 0; k < n_pairs; k++) {
            if (!isnan(values[k]) && of_side(method, p, k, side)) {
                const size_t unit = side == 0 ? pairs[k].a : pairs[k].b;
                means->sums[side][unit] += pairs[k].weight * values[k];
                means->weights[side][unit] += pairs[k].weight;
                sum += pairs[k].weight * values[k];
                weight += pairs[k].weight;
            }
        }
        means->whole[side] = sum / weight;
    }
}

static ana_status means_new(const matching *of, ana_workspace *workspace, pair_means *means)
{
    for (size_t side = 0; side < 2; side++) {
        means->sums[side] = ana_workspace_doubles(workspace, side == 0 ? of->p : of->q, 1);
        means->weights[side] = ana_workspace_doubles(workspace, side == 0 ? of->p : of->q, 1);
    }
    return ana_workspace_check(workspace, "match-units");
}

static void take_means(const pair_means *means, size_t side, size_t n, double *out)
{
    for (size_t u = 0; u < n; u++) {
        out[u] = means->weights[side][u] > 0.0 ? means->sums[side][u] / means->weights[side][u]
                                               : (double)NAN;
    }
}

static ana_status match_all(const matching *of, ana_unit_match *match)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    pair_means means = {.whole = {0.0, 0.0}};
    double *values = ana_workspace_doubles(&workspace, of->p + of->q, 1);
    ANA_TRY(means_new(of, &workspace, &means));
    ANA_TRY(ana_units_multiply(of->n, of->p, of->q, of->directions[0], of->directions[1],
                               match->correlation));
    ANA_TRY(ana_units_find_pairs(match->method, of->p, of->q, match->correlation, true,
                                 match->pairs, &match->n_pairs));
    for (size_t k = 0; k < match->n_pairs; k++) {
        values[k] = match->pairs[k].correlation;
    }
    add_means(match->method, of->p, match->n_pairs, match->pairs, values, &means);
    take_means(&means, 0, of->p, match->sides[0].matched);
    take_means(&means, 1, of->q, match->sides[1].matched);
    match->mean = means.whole[0];
    match->mean_back = means.whole[1];
    match->distance = sqrt(fmax(2.0 - 2.0 * match->mean, 0.0));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Partners chosen on one fold's training stimuli, correlated on its test stimuli. */
static ana_status match_fold(const matching *of, size_t n_train, const size_t *train,
                             const ana_fold *fold, pair_means *means)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t widths[] = {of->p, of->q};
    double *seen[2];
    double *unseen[2];
    size_t n_pairs = 0;
    for (size_t s = 0; s < 2; s++) {
        seen[s] = ana_workspace_doubles(&workspace, n_train, widths[s]);
        unseen[s] = ana_workspace_doubles(&workspace, fold->n_test, widths[s]);
    }
    double *correlation = ana_workspace_doubles(&workspace, of->p, of->q);
    double *values = ana_workspace_doubles(&workspace, of->p + of->q, 1);
    ana_unit_pair *pairs = ana_workspace_bytes(&workspace, of->p + of->q, 1, sizeof *pairs);
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    for (size_t s = 0; s < 2; s++) {
        ana_units_take_directions(&of->units[s], n_train, train, seen[s]);
        ana_units_take_directions(&of->units[s], fold->n_test, fold->test, unseen[s]);
    }
    ANA_TRY(ana_units_multiply(n_train, of->p, of->q, seen[0], seen[1], correlation));
    ANA_TRY(ana_units_find_pairs(of->options->method, of->p, of->q, correlation, true, pairs,
                                 &n_pairs));
    for (size_t k = 0; k < n_pairs; k++) {
        double products = 0.0;
        double squares[2] = {0.0, 0.0};
        for (size_t i = 0; i < fold->n_test; i++) {
            const double x = unseen[0][i * of->p + pairs[k].a];
            const double y = unseen[1][i * of->q + pairs[k].b];
            products += x * y;
            squares[0] += x * x;
            squares[1] += y * y;
        }
        /* Directions have length 1, or 0 where the unit is constant. */
        values[k] = squares[0] > 0.5 && squares[1] > 0.5 ? products : (double)NAN;
    }
    add_means(of->options->method, of->p, n_pairs, pairs, values, means);
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status match_held_out(const matching *of, ana_unit_match *match)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_folds *folds = NULL;
    ana_folds_options how = ana_folds_options_default();
    pair_means means = {.whole = {0.0, 0.0}};
    double sums[2] = {0.0, 0.0};
    double n_known[2] = {0.0, 0.0};
    if (of->options->n_folds == 0) {
        return ANA_OK;
    }
    size_t *train = ana_workspace_sizes(&workspace, of->n, 1);
    ANA_TRY(means_new(of, &workspace, &means));
    how.run = of->options->run;
    how.n_folds = of->options->n_folds;
    ANA_TRY(ana_folds_plain(of->n, &how, &folds));
    for (size_t f = 0; f < folds->n_folds; f++) {
        size_t n_train = 0;
        ana_folds_train(folds, f, train, &n_train);
        ANA_TRY(match_fold(of, n_train, train, &folds->folds[f], &means));
        for (size_t side = 0; side < 2; side++) {
            const bool known = !isnan(means.whole[side]);
            sums[side] += known ? means.whole[side] : 0.0;
            n_known[side] += known ? 1.0 : 0.0;
        }
    }
    take_means(&means, 0, of->p, match->sides[0].held_out);
    take_means(&means, 1, of->q, match->sides[1].held_out);
    match->held_out = sums[0] / n_known[0];
    match->held_out_back = sums[1] / n_known[1];
done:
    ana_folds_free(folds);
    ana_workspace_release(&workspace);
    return status;
}

/* The mean of the best match when the second system's stimuli are exchanged. */
static ana_status exchanged(void *user, const ana_rearranged *data, double *value)
{
    const matching *of = user;
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *moved = ana_workspace_doubles(&workspace, of->n, of->q);
    double *correlation = ana_workspace_doubles(&workspace, of->p, of->q);
    ana_unit_pair *pairs = ana_workspace_bytes(&workspace, of->p + of->q, 1, sizeof *pairs);
    size_t n_pairs = 0;
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    for (size_t i = 0; i < of->n; i++) {
        memcpy(moved + i * of->q, of->directions[1] + data->order[i] * of->q,
               of->q * sizeof *moved);
    }
    ANA_TRY(ana_units_multiply(of->n, of->p, of->q, of->directions[0], moved, correlation));
    ANA_TRY(ana_units_find_pairs(of->options->method, of->p, of->q, correlation, false, pairs,
                                 &n_pairs));
    *value = 0.0;
    for (size_t k = 0; k < n_pairs; k++) {
        *value += pairs[k].weight * pairs[k].correlation;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The mean correlation of the pairs found, over drawn stimuli. */
static ana_status drawn(void *user, const ana_rearranged *data, double *value)
{
    const matching *of = user;
    const ana_unit_match *match = of->match;
    const double n = (double)data->n;
    double weights = 0.0;
    *value = 0.0;
    for (size_t k = 0; k < match->n_pairs && of_side(match->method, of->p, k, 0); k++) {
        double sums[5] = {0.0, 0.0, 0.0, 0.0, 0.0}; /* x, y, xx, yy, xy */
        for (size_t i = 0; i < data->n; i++) {
            const double x = of->directions[0][data->order[i] * of->p + match->pairs[k].a];
            const double y = of->directions[1][data->order[i] * of->q + match->pairs[k].b];
            sums[0] += x;
            sums[1] += y;
            sums[2] += x * x;
            sums[3] += y * y;
            sums[4] += x * y;
        }
        const double variances =
            (sums[2] - sums[0] * sums[0] / n) * (sums[3] - sums[1] * sums[1] / n);
        if (variances > 0.0) { /* a unit may be constant over the stimuli drawn */
            *value += match->pairs[k].weight * (sums[4] - sums[0] * sums[1] / n) / sqrt(variances);
            weights += match->pairs[k].weight;
        }
    }
    *value /= weights;
    return ANA_OK;
}

static ana_status find_chance(matching *of, ana_unit_match *match)
{
    ana_status status = ANA_OK;
    ana_resampling_test_result *test = NULL;
    ana_resampling_options settings = ana_resampling_options_default();
    if (of->options->n_permutations == 0) {
        return ANA_OK;
    }
    settings.run = of->options->run;
    settings.n_resamples = of->options->n_permutations;
    settings.tail = ANA_TAIL_GREATER;
    ANA_TRY(ana_resampling_test(of->n, 1, exchanged, of, &settings, &test));
    match->p = test->p[0];
    match->chance = 0.0;
    for (size_t k = 0; k < test->n_resamples; k++) {
        match->chance += test->null[k] / (double)test->n_resamples;
    }
done:
    ana_resampling_test_free(test);
    return status;
}

static ana_status find_interval(matching *of, ana_unit_match *match)
{
    ana_bootstrap *bootstrap = NULL;
    ana_resampling_options settings = ana_resampling_options_default();
    if (of->options->n_bootstraps == 0) {
        return ANA_OK;
    }
    settings.run = of->options->run;
    settings.n_resamples = of->options->n_bootstraps;
    settings.level = of->options->level;
    of->match = match;
    ana_status status = ana_resampling_bootstrap(of->n, 1, drawn, of, &settings, &bootstrap);
    if (status == ANA_ERR_NUMERIC) { /* all draws the same: percentiles */
        settings.bca = false;
        status = ana_resampling_bootstrap(of->n, 1, drawn, of, &settings, &bootstrap);
    }
    if (status == ANA_OK) {
        match->low = bootstrap->low[0];
        match->high = bootstrap->high[0];
    }
    ana_bootstrap_free(bootstrap);
    return status;
}

static ana_status check_room(const matching *of)
{
    const double sides = (double)of->n * ((double)of->p + (double)of->q);
    const double numbers = 4.0 * sides + 3.0 * (double)of->p * (double)of->q;
    return ana_run_check_memory(&of->options->run,
                                numbers < 1e17 ? (size_t)(8.0 * numbers) : SIZE_MAX,
                                "correlations of all pairs of units");
}

ana_status ana_unit_match_compute(const ana_responses *a, const ana_responses *b,
                                  const ana_unit_match_options *options, ana_unit_match **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_unit_match *match = NULL;
    const ana_unit_match_options chosen =
        options != NULL ? *options : ana_unit_match_options_default();
    const ana_responses *const systems[] = {a, b};
    matching of = {.options = &chosen, .n = a->n_stimuli};
    ANA_TRY(check(a, b, &chosen));
    for (size_t s = 0; s < 2; s++) {
        ANA_TRY(ana_measured_units_take(systems[s], "match-units", true, &workspace, &of.units[s]));
    }
    of.p = of.units[0].n;
    of.q = of.units[1].n;
    ANA_TRY(check_room(&of));
    for (size_t s = 0; s < 2; s++) {
        of.directions[s] = ana_workspace_doubles(&workspace, of.n, of.units[s].n);
        ANA_TRY(ana_workspace_check(&workspace, "match-units"));
        ana_units_take_directions(&of.units[s], of.n, NULL, of.directions[s]);
    }
    ANA_TRY(match_new(systems, &of, &match));
    ANA_TRY(match_all(&of, match));
    ANA_TRY(match_held_out(&of, match));
    ANA_TRY(find_chance(&of, match));
    ANA_TRY(find_interval(&of, match));
    *out = match;
    match = NULL;
done:
    ana_unit_match_free(match);
    ana_workspace_release(&workspace);
    return status;
}
