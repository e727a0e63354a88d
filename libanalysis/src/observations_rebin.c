#include "lists.h"
#include "memory.h"
#include "table_rows.h"
#include "try.h"
#include "workspace.h"

#include <analysis/observations.h>

/* The most frequent of n labels, the lowest on a tie; none (-1) counts as one. `counts` has a zero
 * for each label and none, and has them again afterwards. */
static int64_t most_frequent(size_t n, const int64_t *labels, size_t *counts)
{
    int64_t best = labels[0];
    for (size_t i = 0; i < n; i++) {
        counts[labels[i] + 1]++;
    }
    for (size_t i = 0; i < n; i++) {
        size_t count = counts[labels[i] + 1];
        size_t most = counts[best + 1];
        if (count > most || (count == most && labels[i] < best)) {
            best = labels[i];
        }
    }
    for (size_t i = 0; i < n; i++) {
        counts[labels[i] + 1] = 0;
    }
    return best;
}

/* out[f] = sum over `factor` rows of values[. * n_features + f], row by row. */
static void sum_rows(size_t factor, size_t n_features, const double *values, double *out)
{
    for (size_t f = 0; f < n_features; f++) {
        out[f] = values[f];
    }
    for (size_t r = 1; r < factor; r++) {
        const double *row = values + r * n_features;
        for (size_t f = 0; f < n_features; f++) {
            out[f] += row[f]; /* NaN stays NaN */
        }
    }
}

/* Sum the rows of each sequence that is long enough. */
static void fill_rebinned(const ana_observations *from, size_t factor, size_t *counts,
                          ana_observations *to)
{
    size_t row = 0;
    for (size_t s = 0; s < from->n_sequences; s++) {
        const size_t n = (from->sequence_start[s + 1] - from->sequence_start[s]) / factor;
        for (size_t i = 0; i < n; i++, row++) {
            const size_t first = from->sequence_start[s] + i * factor;
            sum_rows(factor, from->n_features, from->values + first * from->n_features,
                     to->values + row * from->n_features);
            if (to->labels != NULL) {
                to->labels[row] = most_frequent(factor, from->labels + first, counts);
            }
        }
    }
}

static ana_status copy_labels(const ana_observations *from, ana_observations *to)
{
    ana_status status = ANA_OK;
    if (from->labels == NULL) {
        return ANA_OK;
    }
    ANA_TRY(ana_allocate(to->n_times, sizeof *to->labels, "labels", &to->labels));
    if (from->n_labels > 0) {
        ANA_TRY(ana_copy_texts(from->n_labels, (const char *const *)from->label_names,
                               &to->label_names));
    }
    to->n_labels = from->n_labels;
done:
    return status;
}

/* Rows, lengths and names of the sequences that have at least `factor` rows; returns how many. */
static size_t long_sequences(const ana_observations *from, size_t factor, size_t *lengths,
                             size_t *kept)
{
    size_t n = 0;
    for (size_t s = 0; s < from->n_sequences; s++) {
        const size_t rows = (from->sequence_start[s + 1] - from->sequence_start[s]) / factor;
        if (rows > 0) {
            lengths[n] = rows;
            kept[n++] = s;
        }
    }
    return n;
}

/* Cut `to` into the kept sequences of `from`, with their names and origins. */
static ana_status set_kept(const ana_observations *from, size_t n, const size_t *kept,
                           const size_t *lengths, ana_workspace *workspace, ana_observations *to)
{
    const char **names = ana_workspace_bytes(workspace, n, 1, sizeof *names);
    ana_status status = ana_workspace_check(workspace, "rebin");
    if (status != ANA_OK) {
        return status;
    }
    for (size_t i = 0; i < n; i++) {
        names[i] = from->sequence_name[kept[i]];
    }
    status = ana_observations_set_sequences(to, n, lengths, names);
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        to->sequence_origin[i] = from->sequence_origin[kept[i]];
    }
    return status;
}

ana_status ana_observations_rebin(const ana_observations *observations, size_t factor,
                                  ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_observations *rebinned = NULL;
    if (factor == 0) {
        return ana_fail(ANA_ERR_VALUE, "rebin: the factor is 0; 1 or more rows make a new one");
    }
    size_t *lengths = ana_workspace_sizes(&workspace, observations->n_sequences, 1);
    size_t *kept = ana_workspace_sizes(&workspace, observations->n_sequences, 1);
    size_t *counts = ana_workspace_sizes(&workspace, observations->n_labels + 1, 1);
    ANA_TRY(ana_workspace_check(&workspace, "rebin"));
    size_t n = long_sequences(observations, factor, lengths, kept);
    size_t n_times = 0;
    for (size_t i = 0; i < n; i++) {
        n_times += lengths[i];
    }
    if (n_times == 0) {
        status = ana_fail(ANA_ERR_VALUE, "rebin: no sequence has as many as %zu rows", factor);
        goto done;
    }
    ANA_TRY(ana_observations_new(n_times, observations->n_features, &rebinned));
    rebinned->bin_s = observations->bin_s * (double)factor;
    ANA_TRY(ana_copy_text(observations->unit, &rebinned->unit));
    ana_table_free(rebinned->features);
    rebinned->features = NULL;
    ANA_TRY(ana_table_copy(observations->features, &rebinned->features));
    ANA_TRY(copy_labels(observations, rebinned));
    ANA_TRY(set_kept(observations, n, kept, lengths, &workspace, rebinned));
    fill_rebinned(observations, factor, counts, rebinned);
    *out = rebinned;
    rebinned = NULL;
done:
    ana_observations_free(rebinned);
    ana_workspace_release(&workspace);
    return status;
}
