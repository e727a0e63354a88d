/* Intervals of scores, and combinations of tests. */
#include "score_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/classification_scores.h>
#include <analysis/distributions.h>
#include <analysis/stats.h>

#include <math.h>
#include <string.h>

const char *const ana_score_unit_names[] = {"subjects", "trial blocks", "trials", NULL};

const char *const ana_score_metric_names[] = {
    "accuracy", "balanced-accuracy", "roc-auc", "kappa", "mcc", NULL};

const ana_option ana_score_option_table[] = {
    {"resamples", ANA_OPTION_SIZE, offsetof(ana_score_options, n_resamples), 1, 1e9, NULL, "N",
     "resamples of intervals and tests", false},
    {"level", ANA_OPTION_DOUBLE, offsetof(ana_score_options, level), 0.01, 0.9999, NULL, "SHARE",
     "of resamples within an interval", false},
    ANA_OPTION_END,
};

ana_score_options ana_score_options_default(void)
{
    return (ana_score_options){.run = ana_run_default(), .n_resamples = 10000, .level = 0.95};
}

/* Of the table of counts, or of the scores. */
static ana_status compute(const ana_scored_trials *trials, ana_score_metric metric,
                          size_t *confusion, double *score)
{
    const size_t n = trials->n_classes;
    if (metric == ANA_SCORE_AREA) {
        return ana_classification_mean_area(trials->n, trials->truth, n, trials->scores, score);
    }
    const ana_status status =
        ana_classification_confusion(trials->n, trials->truth, trials->predicted, n, confusion);
    if (status == ANA_OK) {
        *score = metric == ANA_SCORE_ACCURACY ? ana_classification_accuracy(n, confusion)
                 : metric == ANA_SCORE_BALANCED_ACCURACY
                     ? ana_classification_balanced_accuracy(n, confusion)
                 : metric == ANA_SCORE_KAPPA ? ana_classification_kappa(n, confusion)
                                             : ana_classification_matthews(n, confusion);
    }
    return status;
}

ana_status ana_score_trials(const ana_scored_trials *trials, ana_score_metric metric, double *score)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t *confusion = ana_workspace_sizes(&workspace, trials->n_classes, trials->n_classes);
    ANA_TRY(ana_workspace_check(&workspace, "scores"));
    if (metric == ANA_SCORE_AREA && trials->scores == NULL) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "scores: the area under the ROC curve needs the scores of "
                                        "the classes, not answers alone"));
    }
    ANA_TRY(compute(trials, metric, confusion, score));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_score_number_blocks(const ana_scored_trials *trials, size_t *block_of,
                                   size_t *n_blocks)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t *ids = ana_workspace_sizes(&workspace, trials->n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "scores"));
    *n_blocks = 0;
    for (size_t i = 0; i < trials->n; i++) {
        size_t b = 0;
        while (b < *n_blocks && trials->blocks != NULL && ids[b] != trials->blocks[i]) {
            b++;
        }
        b = trials->blocks == NULL ? i : b;
        if (b == *n_blocks) {
            ids[(*n_blocks)++] = trials->blocks == NULL ? i : trials->blocks[i];
        }
        block_of[i] = b;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Means of subjects' scores. */
static ana_status mean_of(void *user, const ana_rearranged *data, double *values)
{
    const double *scores = user;
    double sum = 0.0;
    for (size_t i = 0; i < data->n; i++) {
        sum += scores[data->order[i]];
    }
    *values = sum / (double)data->n;
    return ANA_OK;
}

/* Scores of blocks that are drawn. */
typedef struct drawn_blocks {
    const ana_scored_trials *trials;
    ana_score_metric metric;
    const size_t *first;   /* n_blocks + 1: into members */
    const size_t *members; /* trials by block */
    size_t most;           /* trials of n_blocks times the largest block */
    size_t *truth;         /* n_threads x most */
    size_t *predicted;
    double *scores;
} drawn_blocks;

static ana_status score_of_blocks(void *user, const ana_rearranged *data, double *values)
{
    const drawn_blocks *at = user;
    const ana_scored_trials *from = at->trials;
    const size_t c = from->n_classes;
    size_t *truth = at->truth + data->worker * at->most;
    size_t *predicted = at->predicted + data->worker * at->most;
    double *scores = from->scores != NULL ? at->scores + data->worker * at->most * c : NULL;
    size_t n = 0;
    for (size_t i = 0; i < data->n; i++) {
        for (size_t k = at->first[data->order[i]]; k < at->first[data->order[i] + 1]; k++, n++) {
            truth[n] = from->truth[at->members[k]];
            predicted[n] = from->predicted[at->members[k]];
            if (scores != NULL) {
                memcpy(scores + n * c, from->scores + at->members[k] * c, c * sizeof *scores);
            }
        }
    }
    const ana_scored_trials drawn = {n, c, truth, predicted, scores, NULL};
    return ana_score_trials(&drawn, at->metric, values);
}

/* Trials by block: first and members. */
static void list_members(size_t n, const size_t *block_of, size_t n_blocks, size_t *first,
                         size_t *members)
{
    size_t next = 0;
    for (size_t b = 0; b < n_blocks; b++) {
        first[b] = next;
        for (size_t i = 0; i < n; i++) {
            if (block_of[i] == b) {
                members[next++] = i;
            }
        }
    }
    first[n_blocks] = next;
}

/* The interval of one statistic: bias-corrected, or percentiles where that has no answer. */
static ana_status bootstrap(size_t n, ana_statistic_function statistic, void *user,
                            const ana_score_options *options, ana_score_interval *out)
{
    ana_status status = ANA_OK;
    ana_bootstrap *found = NULL;
    ana_resampling_options resampling = ana_resampling_options_default();
    resampling.run = options->run;
    resampling.n_resamples = options->n_resamples;
    resampling.level = options->level;
    out->n_units = n;
    out->is_bca = true;
    status = ana_resampling_bootstrap(n, 1, statistic, user, &resampling, &found);
    if (status == ANA_ERR_NUMERIC) {
        out->is_bca = false;
        resampling.bca = false;
        status = ana_resampling_bootstrap(n, 1, statistic, user, &resampling, &found);
    }
    ANA_TRY(status);
    out->estimate = found->estimate[0];
    out->standard_error = found->standard_error[0];
    out->low = found->low[0];
    out->high = found->high[0];
done:
    ana_bootstrap_free(found);
    return status;
}

static ana_status interval_of_blocks(const ana_scored_trials *trials, ana_score_metric metric,
                                     const ana_score_options *options, ana_score_interval *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = trials->n;
    size_t n_blocks = 0;
    size_t largest = 0;
    double whole = 0.0;
    size_t *block_of = ana_workspace_sizes(&workspace, n, 1);
    size_t *members = ana_workspace_sizes(&workspace, n, 1);
    size_t *first = ana_workspace_sizes(&workspace, n + 1, 1);
    drawn_blocks at = {.trials = trials, .metric = metric, .first = first, .members = members};
    ANA_TRY(ana_workspace_check(&workspace, "scores"));
    ANA_TRY(ana_score_trials(trials, metric, &whole));
    ANA_TRY(ana_score_number_blocks(trials, block_of, &n_blocks));
    if (n_blocks < 2 || isnan(whole)) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "scores: %zu trials in %zu blocks have a %s of %g; two blocks and every "
                         "class are needed",
                         n, n_blocks, ana_score_metric_names[metric], whole));
    }
    list_members(n, block_of, n_blocks, first, members);
    for (size_t b = 0; b < n_blocks; b++) {
        largest = first[b + 1] - first[b] > largest ? first[b + 1] - first[b] : largest;
    }
    const size_t n_threads = (size_t)ana_run_threads(&options->run, options->n_resamples);
    at.most = largest * n_blocks;
    at.truth = ana_workspace_sizes(&workspace, n_threads, at.most);
    at.predicted = ana_workspace_sizes(&workspace, n_threads, at.most);
    at.scores = ana_workspace_doubles(&workspace, n_threads * at.most, trials->n_classes);
    ANA_TRY(ana_workspace_check(&workspace, "scores"));
    out->unit = trials->blocks != NULL ? ANA_SCORE_BLOCKS : ANA_SCORE_TRIALS;
    ANA_TRY(bootstrap(n_blocks, score_of_blocks, &at, options, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_score_interval_find(size_t n_subjects, const double *scores,
                                   const ana_scored_trials *trials, ana_score_metric metric,
                                   const ana_score_options *options, ana_score_interval *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_score_options chosen = options != NULL ? *options : ana_score_options_default();
    ANA_TRY(ana_options_check(ana_score_option_table, &chosen, "scores"));
    if (n_subjects < ANA_SCORE_MIN_SUBJECTS) {
        status = trials != NULL
                     ? interval_of_blocks(trials, metric, &chosen, out)
                     : ana_fail(ANA_ERR_VALUE,
                                "scores: an interval over %zu subjects; %d are needed, or the "
                                "trials",
                                n_subjects, ANA_SCORE_MIN_SUBJECTS);
        goto done;
    }
    double *copy = ana_workspace_doubles(&workspace, n_subjects, 1);
    ANA_TRY(ana_workspace_check(&workspace, "scores"));
    for (size_t i = 0; i < n_subjects; i++) {
        copy[i] = scores[i];
        if (!isfinite(scores[i])) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE, "scores: that of subject %zu is %g", i, scores[i]));
        }
    }
    out->unit = ANA_SCORE_SUBJECTS;
    ANA_TRY(bootstrap(n_subjects, mean_of, copy, &chosen, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_score_combine(size_t n, const ana_score_test *tests, ana_score_meta *out)
{
    double z = 0.0;
    double squares = 0.0;
    double effects = 0.0;
    double known = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double weight = sqrt((double)tests[i].n_units);
        const double p = fmin(fmax(tests[i].p_greater, 1e-10), 1.0 - 1e-10);
        if (!(tests[i].p_greater >= 0.0 && tests[i].p_greater <= 1.0) || tests[i].n_units == 0) {
            return ana_fail(ANA_ERR_VALUE, "scores: test %zu has p = %g of %zu units", i,
                            tests[i].p_greater, tests[i].n_units);
        }
        z -= weight * ana_normal_quantile(p);
        squares += weight * weight;
        if (isfinite(tests[i].effect)) {
            effects += weight * tests[i].effect;
            known += weight;
        }
    }
    if (n == 0) {
        return ana_fail(ANA_ERR_VALUE, "scores: no tests to combine");
    }
    out->n_tests = n;
    out->z = z / sqrt(squares);
    out->p_greater = ana_normal_survival(out->z);
    out->p = fmin(1.0, 2.0 * ana_normal_survival(fabs(out->z)));
    out->effect = effects / known;
    return ANA_OK;
}
