/* Paired tests of two pipelines by sign flips. */
#include "score_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/stats.h>

#include <math.h>
#include <string.h>

/* The difference of two pipelines when some units have changed sides. */
typedef struct flipping {
    size_t n_units;
    /* value of the signs (n_units, 1 or -1); worker: which scratch space */
    ana_status (*difference)(const struct flipping *at, const double *signs, size_t worker,
                             double *out);
    const double *differences; /* of subjects */
    const ana_scored_trials *pipelines[2];
    ana_score_metric metric;
    const size_t *unit_of;   /* of trials */
    const double *ranked[2]; /* n x n_classes; NULL: no scores */
    size_t *predicted;       /* workers x 2 x n */
    double *scores;          /* workers x 2 x n x n_classes */
} flipping;

static ana_status of_subjects(const flipping *at, const double *signs, size_t worker, double *out)
{
    (void)worker;
    *out = 0.0;
    for (size_t i = 0; i < at->n_units; i++) {
        *out += signs[i] * at->differences[i];
    }
    *out /= (double)at->n_units;
    return ANA_OK;
}

/* Which pipeline's answers stand for pipeline `side` where the sign is that. */
static size_t source_of(size_t side, double sign)
{
    return sign > 0.0 ? side : 1 - side;
}

static ana_status of_trials(const flipping *at, const double *signs, size_t worker, double *out)
{
    ana_status status = ANA_OK;
    const size_t n = at->pipelines[0]->n;
    const size_t c = at->pipelines[0]->n_classes;
    double score[2] = {0.0, 0.0};
    for (size_t side = 0; side < 2; side++) {
        size_t *predicted = at->predicted + (2 * worker + side) * n;
        double *scores = at->scores != NULL ? at->scores + (2 * worker + side) * n * c : NULL;
        for (size_t i = 0; i < n; i++) {
            const size_t from = source_of(side, signs[at->unit_of[i]]);
            predicted[i] = at->pipelines[from]->predicted[i];
            if (scores != NULL) {
                memcpy(scores + i * c, at->ranked[from] + i * c, c * sizeof *scores);
            }
        }
        const ana_scored_trials trials = {n, c, at->pipelines[0]->truth, predicted, scores, NULL};
        ANA_TRY(ana_score_trials(&trials, at->metric, &score[side]));
    }
    *out = score[0] - score[1];
done:
    return status;
}

static ana_status statistic(void *user, const ana_rearranged *data, double *values)
{
    const flipping *at = user;
    return at->difference(at, data->signs, data->worker, values);
}

/* Counts of flips at least as extreme, equal ones to rounding among them. */
typedef struct extremes {
    double two_sided;
    double greater;
} extremes;

static void count_flip(double observed, double value, extremes *counts)
{
    const double slack = 1e-12 * fmax(1.0, fabs(observed));
    counts->two_sided += fabs(value) >= fabs(observed) - slack ? 1.0 : 0.0;
    counts->greater += value >= observed - slack ? 1.0 : 0.0;
}

/* All 2^n ways. */
static ana_status flip_all(const flipping *at, double *signs, ana_score_test *out)
{
    ana_status status = ANA_OK;
    const size_t n_ways = (size_t)1 << at->n_units;
    extremes counts = {0.0, 0.0};
    for (size_t way = 0; way < n_ways; way++) {
        double value = 0.0;
        for (size_t i = 0; i < at->n_units; i++) {
            signs[i] = (way >> i & 1) != 0 ? -1.0 : 1.0;
        }
        ANA_TRY(at->difference(at, signs, 0, &value));
        count_flip(out->difference, value, &counts);
    }
    out->n_resamples = n_ways;
    out->exhaustive = true;
    out->p = counts.two_sided / (double)n_ways;
    out->p_greater = counts.greater / (double)n_ways;
done:
    return status;
}

static ana_status flip_some(flipping *at, const ana_score_options *options, double *values,
                            ana_score_test *out)
{
    ana_status status = ANA_OK;
    ana_resampling_options resampling = ana_resampling_options_default();
    extremes counts = {1.0, 1.0}; /* the data as they are */
    resampling.run = options->run;
    resampling.n_resamples = options->n_resamples;
    resampling.scheme = ANA_SCHEME_SIGN_FLIP;
    ANA_TRY(ana_resampling_values(at->n_units, 1, statistic, at, &resampling, values));
    for (size_t k = 0; k < options->n_resamples; k++) {
        count_flip(out->difference, values[k], &counts);
    }
    out->n_resamples = options->n_resamples;
    out->exhaustive = false;
    out->p = counts.two_sided / (1.0 + (double)options->n_resamples);
    out->p_greater = counts.greater / (1.0 + (double)options->n_resamples);
done:
    return status;
}

static ana_status flip(flipping *at, const ana_score_options *options, ana_score_test *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *signs = ana_workspace_doubles(&workspace, at->n_units, 1);
    double *values = ana_workspace_doubles(&workspace, options->n_resamples, 1);
    ANA_TRY(ana_workspace_check(&workspace, "scores"));
    for (size_t i = 0; i < at->n_units; i++) {
        signs[i] = 1.0;
    }
    out->n_units = at->n_units;
    ANA_TRY(at->difference(at, signs, 0, &out->difference));
    if (isnan(out->difference)) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "scores: the difference of the pipelines is open: a class "
                                        "is missing"));
    }
    const bool few =
        at->n_units < 40 && (double)((size_t)1 << at->n_units) <= (double)options->n_resamples;
    ANA_TRY(few ? flip_all(at, signs, out) : flip_some(at, options, values, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* mean / standard deviation (n - 1). */
static double standardise(size_t n, const double *differences)
{
    const double deviation = sqrt(ana_stats_variance(n, differences, 1));
    return deviation > 0.0 ? ana_stats_mean(n, differences) / deviation : (double)NAN;
}

ana_status ana_score_test_subjects(size_t n, const double *a, const double *b,
                                   const ana_score_options *options, ana_score_test *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_score_options chosen = options != NULL ? *options : ana_score_options_default();
    double *differences = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "scores"));
    ANA_TRY(ana_options_check(ana_score_option_table, &chosen, "scores"));
    if (n == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "scores: a test over no subjects"));
    }
    for (size_t i = 0; i < n; i++) {
        differences[i] = a[i] - b[i];
        if (!isfinite(differences[i])) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE, "scores: of subject %zu they are %g and %g", i, a[i],
                             b[i]));
        }
    }
    flipping at = {.n_units = n, .difference = of_subjects, .differences = differences};
    out->unit = ANA_SCORE_SUBJECTS;
    out->effect = standardise(n, differences);
    ANA_TRY(flip(&at, &chosen, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check_pair(const ana_scored_trials *a, const ana_scored_trials *b,
                             ana_score_metric metric)
{
    if (a->n != b->n || a->n_classes != b->n_classes ||
        (a->blocks == NULL) != (b->blocks == NULL)) {
        return ana_fail(ANA_ERR_SHAPE,
                        "scores: %zu trials of %zu classes against %zu of %zu; the same trials, in "
                        "the same blocks, are right",
                        a->n, a->n_classes, b->n, b->n_classes);
    }
    for (size_t i = 0; i < a->n; i++) {
        if (a->truth[i] != b->truth[i] || (a->blocks != NULL && a->blocks[i] != b->blocks[i])) {
            return ana_fail(ANA_ERR_SHAPE,
                            "scores: trial %zu has another class or block in both lists", i);
        }
    }
    if (metric == ANA_SCORE_AREA && (a->scores == NULL || b->scores == NULL)) {
        return ana_fail(ANA_ERR_VALUE, "scores: the area under the ROC curve needs the scores of "
                                       "both pipelines");
    }
    return ANA_OK;
}

/* Of two classes, the ranks of scores[1] - scores[0] in the second column; else of each column. */
static ana_status rank_scores(const ana_scored_trials *trials, double *column, double *out)
{
    ana_status status = ANA_OK;
    const size_t c = trials->n_classes;
    for (size_t class = c == 2 ? 1 : 0; class < c; class ++) {
        for (size_t i = 0; i < trials->n; i++) {
            const double *row = trials->scores + i * c;
            column[i] = c == 2 ? row[1] - row[0] : row[class];
        }
        ANA_TRY(ana_stats_ranks(trials->n, column, column));
        for (size_t i = 0; i < trials->n; i++) {
            out[i * c + class] = column[i];
        }
    }
done:
    return status;
}

/* Whether right, A less B: what accuracy is the mean of. */
static void answer_differences(const ana_scored_trials *a, const ana_scored_trials *b, double *out)
{
    for (size_t i = 0; i < a->n; i++) {
        out[i] = (a->predicted[i] == a->truth[i] ? 1.0 : 0.0) -
                 (b->predicted[i] == b->truth[i] ? 1.0 : 0.0);
    }
}

ana_status ana_score_test_trials(const ana_scored_trials *a, const ana_scored_trials *b,
                                 ana_score_metric metric, const ana_score_options *options,
                                 ana_score_test *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_score_options chosen = options != NULL ? *options : ana_score_options_default();
    const size_t n = a->n;
    const size_t c = a->n_classes;
    const size_t n_workers = (size_t)ana_run_threads(&chosen.run, chosen.n_resamples);
    ANA_TRY(check_pair(a, b, metric));
    ANA_TRY(ana_options_check(ana_score_option_table, &chosen, "scores"));
    const bool ranks = metric == ANA_SCORE_AREA;
    size_t *unit_of = ana_workspace_sizes(&workspace, n, 1);
    double *column = ana_workspace_doubles(&workspace, n, 1);
    double *ranked[2] = {ana_workspace_doubles(&workspace, ranks ? n : 1, c),
                         ana_workspace_doubles(&workspace, ranks ? n : 1, c)};
    flipping at = {.difference = of_trials, .pipelines = {a, b}, .metric = metric};
    at.predicted = ana_workspace_sizes(&workspace, 2 * n_workers, n);
    at.scores = ranks ? ana_workspace_doubles(&workspace, 2 * n_workers * n, c) : NULL;
    ANA_TRY(ana_workspace_check(&workspace, "scores"));
    ANA_TRY(ana_score_number_blocks(a, unit_of, &at.n_units));
    at.unit_of = unit_of;
    if (ranks) {
        ANA_TRY(rank_scores(a, column, ranked[0]));
        ANA_TRY(rank_scores(b, column, ranked[1]));
        at.ranked[0] = ranked[0];
        at.ranked[1] = ranked[1];
    }
    answer_differences(a, b, column);
    out->unit = a->blocks != NULL ? ANA_SCORE_BLOCKS : ANA_SCORE_TRIALS;
    out->effect = metric == ANA_SCORE_ACCURACY ? standardise(n, column) : (double)NAN;
    ANA_TRY(flip(&at, &chosen, out));
done:
    ana_workspace_release(&workspace);
    return status;
}
