/* Time bins of a recording whose intervals are labelled, as a trial for each interval. */
#include "trials_input.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows first ... last - 1 of one label, and how often that label was met before. */
typedef struct run {
    size_t first;
    size_t last;
    size_t occurrence;
} run;

/* Successive rows of one label within a sequence; returns how many, `runs` has room for all. */
static size_t find_runs(const ana_observations *rows, size_t *met, run *runs)
{
    size_t n = 0;
    for (size_t s = 0; s < rows->n_sequences; s++) {
        const size_t first = rows->sequence_start[s];
        for (size_t t = first; t < rows->sequence_start[s + 1]; t++) {
            const int64_t label = rows->labels[t];
            const bool goes_on = t > first && label == rows->labels[t - 1];
            if (label >= 0 && goes_on) {
                runs[n - 1].last = t + 1;
            } else if (label >= 0) {
                runs[n++] = (run){t, t + 1, met[label]++};
            }
        }
    }
    return n;
}

/* Mean over the rows that have a value. */
static void average(const ana_observations *rows, const run *of, double *mean)
{
    for (size_t u = 0; u < rows->n_features; u++) {
        double sum = 0.0;
        double n = 0.0;
        for (size_t t = of->first; t < of->last; t++) {
            const double value = rows->values[t * rows->n_features + u];
            sum += isnan(value) ? 0.0 : value;
            n += isnan(value) ? 0.0 : 1.0;
        }
        mean[u] = sum / n; /* 0 / 0: missing */
    }
}

/* The labels and units of `from` for the trials of `to`. */
static ana_status take_names(ana_observations *from, ana_observations *to)
{
    to->labels = malloc((to->n_times + 1) * sizeof *to->labels);
    if (to->labels == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu trials", to->n_times);
    }
    to->label_names = from->label_names;
    to->n_labels = from->n_labels;
    from->label_names = NULL;
    from->n_labels = 0;
    ana_table_free(to->features);
    to->features = from->features;
    from->features = NULL;
    return ANA_OK;
}

/* The first trials of all labels, then the second ones, ... */
static ana_status fill(const ana_observations *rows, size_t n, const run *runs,
                       ana_observations *to)
{
    ana_status status = ANA_OK;
    size_t n_filled = 0;
    size_t n_folds = 0;
    size_t *lengths = calloc(n + 1, sizeof *lengths);
    if (lengths == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu trials", n);
    }
    for (; n_filled < n; n_folds++) {
        for (size_t k = 0; k < n; k++) {
            if (runs[k].occurrence == n_folds) {
                average(rows, &runs[k], to->values + n_filled * rows->n_features);
                to->labels[n_filled++] = rows->labels[runs[k].first];
                lengths[n_folds]++;
            }
        }
    }
    status = ana_observations_set_sequences(to, n_folds, lengths, NULL);
    free(lengths);
    return status;
}

ana_status trials_of_intervals(ana_observations *rows, ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_observations *made = NULL;
    run *runs = calloc(rows->n_times + 1, sizeof *runs);
    size_t *met = calloc(rows->n_labels + 1, sizeof *met);
    if (runs == NULL || met == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "no memory for the trials of %zu rows", rows->n_times);
        goto done;
    }
    const size_t n = find_runs(rows, met, runs);
    if (n == 0) {
        status = ana_fail(ANA_ERR_VALUE, "no time bin lies within a labelled interval");
        goto done;
    }
    ANA_TRY(ana_observations_new(n, rows->n_features, &made));
    ANA_TRY(take_names(rows, made));
    ANA_TRY(fill(rows, n, runs, made));
    *out = made;
    made = NULL;
done:
    ana_observations_free(made);
    free(runs);
    free(met);
    return status;
}
