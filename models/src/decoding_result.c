/* Trials taken from observations, and what decoding them came to. */
#include "decoding_parts.h"
#include "feature_id.h"
#include "lists.h"
#include "memory.h"
#include "try.h"

#include <analysis/resampling.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>

/* Squares of what lies beyond, and their sums, are no numbers any more, or 0. */
static const double most_size = 1e100;
static const double least_range = 1e-140;

/* What labelled trials have of a unit. */
typedef struct unit_values {
    size_t n_finite;
    size_t gap; /* a trial without a finite value */
    double largest;
    double least;
} unit_values;

static unit_values look_at_unit(const ana_observations *trials, const ana_decoding_rows *rows,
                                size_t u)
{
    unit_values seen = {.largest = -INFINITY, .least = INFINITY};
    for (size_t i = 0; i < rows->n; i++) {
        const double value = trials->values[rows->row[i] * trials->n_features + u];
        if (isfinite(value)) {
            seen.n_finite++;
            seen.largest = fmax(seen.largest, value);
            seen.least = fmin(seen.least, value);
        } else {
            seen.gap = rows->row[i];
        }
    }
    return seen;
}

/* *has: whether the unit has a finite value in a labelled trial; then all must be. */
static ana_status check_unit(const ana_observations *trials, const ana_decoding_rows *rows,
                             size_t u, bool *has)
{
    char id[ANA_FEATURE_ID_SIZE];
    const unit_values seen = look_at_unit(trials, rows, u);
    *has = seen.n_finite > 0;
    if (!*has) {
        return ANA_OK;
    }
    ana_feature_id(trials, u, id, sizeof id);
    if (seen.n_finite < rows->n) {
        return ana_fail(ANA_ERR_VALUE, "decoding: unit %s of trial %zu is %s", id, seen.gap,
                        isnan(trials->values[seen.gap * trials->n_features + u]) ? "missing"
                                                                                 : "infinite");
    }
    const double range = seen.largest - seen.least;
    if (fmax(seen.largest, -seen.least) > most_size || (range > 0.0 && range < least_range)) {
        return ana_fail(ANA_ERR_VALUE,
                        "decoding: values of unit %s, from %g to %g, are too large or too near to "
                        "one another to be squared; scale them",
                        id, seen.least, seen.largest);
    }
    return ANA_OK;
}

static ana_status take_labels(const ana_observations *trials, ana_decoding_rows *rows)
{
    bool differ = false;
    if (trials->labels == NULL || trials->n_labels < 2) {
        return ana_fail(ANA_ERR_VALUE,
                        "decoding: trials need labels of two classes at least; there are %zu",
                        trials->labels == NULL ? 0 : trials->n_labels);
    }
    rows->n_classes = trials->n_labels;
    for (size_t t = 0; t < trials->n_times; t++) {
        if (trials->labels[t] >= 0) {
            rows->classes[rows->n] = (size_t)trials->labels[t];
            rows->row[rows->n++] = t;
            differ = differ || rows->classes[rows->n - 1] != rows->classes[0];
        }
    }
    return differ ? ANA_OK
                  : ana_fail(ANA_ERR_VALUE,
                             "decoding: the %zu labelled trials are not of two classes", rows->n);
}

ana_status ana_decoding_take_rows(const ana_observations *trials, ana_workspace *workspace,
                                  ana_decoding_rows *rows)
{
    ana_status status = ANA_OK;
    rows->classes = ana_workspace_sizes(workspace, trials->n_times, 1);
    rows->row = ana_workspace_sizes(workspace, trials->n_times, 1);
    rows->units = ana_workspace_sizes(workspace, trials->n_features, 1);
    ANA_TRY(ana_workspace_check(workspace, "decoding"));
    ANA_TRY(take_labels(trials, rows));
    for (size_t u = 0; u < trials->n_features; u++) {
        bool has = false;
        ANA_TRY(check_unit(trials, rows, u, &has));
        if (has) {
            rows->units[rows->p++] = u;
        }
    }
    if (rows->p == 0) {
        ANA_TRY(
            ana_fail(ANA_ERR_VALUE, "decoding: none of %zu units has a value", trials->n_features));
    }
    rows->x = ana_workspace_doubles(workspace, rows->n, rows->p);
    ANA_TRY(ana_workspace_check(workspace, "decoding"));
    for (size_t i = 0; i < rows->n; i++) {
        const double *from = trials->values + rows->row[i] * trials->n_features;
        for (size_t k = 0; k < rows->p; k++) {
            rows->x[i * rows->p + k] = from[rows->units[k]];
        }
    }
done:
    return status;
}

ana_status ana_decoding_new(size_t n_trials, size_t n_folds, size_t n_classes,
                            const char *const *classes, ana_decoding **out)
{
    ana_status status = ANA_OK;
    ana_decoding *made = NULL;
    ANA_TRY(ana_allocate(1, sizeof *made, "decoding", &made));
    made->n_trials = n_trials;
    made->n_classes = n_classes;
    made->n_folds = n_folds;
    made->chance = made->chance_high = made->p = NAN;
    ANA_TRY(ana_copy_texts(n_classes, classes, &made->classes));
    ANA_TRY(ana_allocate(n_trials, sizeof(size_t), "decoding", &made->truth));
    ANA_TRY(ana_allocate(n_trials, sizeof(size_t), "decoding", &made->predicted));
    ANA_TRY(ana_allocate(n_classes, n_classes * sizeof(double), "decoding", &made->confusion));
    ANA_TRY(ana_allocate(n_folds, sizeof(double), "decoding", &made->fold_accuracy));
    *out = made;
    made = NULL;
done:
    ana_decoding_free(made);
    return status;
}

double ana_decoding_balanced(size_t n, size_t n_classes, const size_t *truth,
                             const size_t *predicted, double *counts)
{
    double sum = 0.0;
    double n_tested = 0.0;
    for (size_t c = 0; c < 2 * n_classes; c++) {
        counts[c] = 0.0;
    }
    for (size_t i = 0; i < n; i++) {
        if (predicted[i] < n_classes) {
            counts[2 * truth[i]] += 1.0;
            counts[2 * truth[i] + 1] += predicted[i] == truth[i] ? 1.0 : 0.0;
        }
    }
    for (size_t c = 0; c < n_classes; c++) {
        if (counts[2 * c] > 0.0) {
            sum += counts[2 * c + 1] / counts[2 * c];
            n_tested += 1.0;
        }
    }
    return sum / n_tested;
}

static void count_folds(const size_t *fold, ana_decoding *decoding)
{
    for (size_t f = 0; f < decoding->n_folds; f++) {
        double tests = 0.0;
        double right = 0.0;
        for (size_t i = 0; i < decoding->n_trials; i++) {
            tests += fold[i] == f ? 1.0 : 0.0;
            right += fold[i] == f && decoding->predicted[i] == decoding->truth[i] ? 1.0 : 0.0;
        }
        decoding->fold_accuracy[f] = right / tests;
    }
}

void ana_decoding_count(const size_t *fold, ana_decoding *decoding)
{
    const size_t n_classes = decoding->n_classes;
    double n_tested = 0.0;
    double n_right = 0.0;
    double n_present = 0.0;
    for (size_t i = 0; i < decoding->n_trials; i++) {
        if (decoding->predicted[i] < n_classes) {
            decoding->confusion[decoding->truth[i] * n_classes + decoding->predicted[i]] += 1.0;
            n_right += decoding->predicted[i] == decoding->truth[i] ? 1.0 : 0.0;
            n_tested += 1.0;
        }
    }
    for (size_t c = 0; c < n_classes; c++) {
        double of_class = 0.0;
        for (size_t k = 0; k < n_classes; k++) {
            of_class += decoding->confusion[c * n_classes + k];
        }
        if (of_class > 0.0) {
            decoding->balanced += decoding->confusion[c * n_classes + c] / of_class;
            n_present += 1.0;
        }
    }
    decoding->accuracy = n_right / n_tested;
    decoding->balanced /= n_present;
    decoding->chance = 1.0 / n_present;
    count_folds(fold, decoding);
}

ana_status ana_decoding_judge(size_t n_permutations, const double *values, ana_decoding *decoding)
{
    ana_status status = ANA_OK;
    const double level = 0.95;
    ANA_TRY(ana_resampling_p_values(n_permutations, 1, &decoding->balanced, values,
                                    ANA_TAIL_GREATER, &decoding->p, NULL));
    decoding->chance = ana_stats_mean(n_permutations, values);
    ANA_TRY(ana_stats_quantiles(n_permutations, values, 1, &level, &decoding->chance_high));
done:
    return status;
}

void ana_decoding_free(ana_decoding *decoding)
{
    if (decoding == NULL) {
        return;
    }
    ana_free_texts(decoding->n_classes, decoding->classes);
    free(decoding->truth);
    free(decoding->predicted);
    free(decoding->confusion);
    free(decoding->fold_accuracy);
    free(decoding);
}
