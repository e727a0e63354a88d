/* Samples of a system, their embedding with delays, and the directions of its states. */
#include "dsa_parts.h"
#include "try.h"

#include <analysis/linalg.h>

#include <float.h>
#include <math.h>
#include <string.h>

/* Squares of singular values above this share of the largest are known to eleven digits by
 * products. */
static const double clear_product = 1e-5;

static ana_status check_values(const ana_observations *observations, const char *name)
{
    const size_t n = observations->n_features;
    if (observations->n_times == 0 || n == 0) {
        return ana_fail(ANA_ERR_VALUE, "dsa: %s: %zu samples of %zu units; some of each are needed",
                        name, observations->n_times, n);
    }
    for (size_t i = 0; i < observations->n_times * n; i++) {
        if (isinf(observations->values[i])) {
            return ana_fail(ANA_ERR_VALUE, "dsa: %s: sample %zu of unit %zu is infinite", name,
                            i / n, i % n);
        }
    }
    return ANA_OK;
}

/* The units that have a value somewhere; how many. */
static size_t find_units(const ana_observations *observations, size_t *units)
{
    const size_t n = observations->n_features;
    size_t n_found = 0;
    for (size_t u = 0; u < n; u++) {
        size_t t = 0;
        while (t < observations->n_times && isnan(observations->values[t * n + u])) {
            t++;
        }
        if (t < observations->n_times) {
            units[n_found++] = u;
        }
    }
    return n_found;
}

static bool is_whole(size_t n, const double *row)
{
    for (size_t u = 0; u < n; u++) {
        if (isnan(row[u])) {
            return false;
        }
    }
    return true;
}

/* The stretches of whole samples of one trial. */
static size_t find_stretches(const ana_dsa_samples *samples, size_t trial, size_t start,
                             size_t stop, ana_dsa_stretch *stretches)
{
    size_t n = 0;
    size_t length = 0;
    for (size_t t = start; t < stop; t++) {
        const bool whole = is_whole(samples->n_units, samples->values + t * samples->n_units);
        length = whole ? length + 1 : 0;
        if (length == 1) {
            stretches[n++] = (ana_dsa_stretch){trial, t, 1};
        } else if (whole) {
            stretches[n - 1].length = length;
        }
    }
    return n;
}

ana_status ana_dsa_take_samples(const ana_observations *observations, const char *name,
                                ana_workspace *workspace, ana_dsa_samples *out)
{
    ana_status status = ANA_OK;
    const size_t n = observations->n_features;
    const char *called = name != NULL ? name : "system";
    ANA_TRY(check_values(observations, called));
    size_t *units = ana_workspace_sizes(workspace, n, 1);
    ana_dsa_stretch *stretches =
        ana_workspace_bytes(workspace, observations->n_times, 1, sizeof *stretches);
    ANA_TRY(ana_workspace_check(workspace, "dsa"));
    const size_t n_units = find_units(observations, units);
    if (n_units == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "dsa: %s: none of %zu units has a value", called, n));
    }
    double *values = ana_workspace_doubles(workspace, observations->n_times, n_units);
    ANA_TRY(ana_workspace_check(workspace, "dsa"));
    for (size_t i = 0; i < observations->n_times * n_units; i++) {
        values[i] = observations->values[i / n_units * n + units[i % n_units]];
    }
    *out = (ana_dsa_samples){.name = called,
                             .n_units = n_units,
                             .n_units_left_out = n - n_units,
                             .n_samples = observations->n_times,
                             .values = values,
                             .n_trials = observations->n_sequences,
                             .stretches = stretches};
    for (size_t s = 0; s < observations->n_sequences; s++) {
        out->n_stretches +=
            find_stretches(out, s, observations->sequence_start[s],
                           observations->sequence_start[s + 1], stretches + out->n_stretches);
    }
done:
    return status;
}

static size_t rows_of(const ana_dsa_stretch *stretch, const ana_dsa_delays *delays)
{
    return stretch->length > delays->skip ? stretch->length - delays->skip : 0;
}

static void fill_row(const ana_dsa_samples *samples, const ana_dsa_delays *delays, size_t newest,
                     double *row)
{
    for (size_t d = 0; d < delays->n; d++) {
        memcpy(row + d * samples->n_units,
               samples->values + (newest - d * delays->interval) * samples->n_units,
               samples->n_units * sizeof *row);
    }
}

ana_status ana_dsa_embed(const ana_dsa_samples *samples, size_t n_stretches,
                         const ana_dsa_stretch *stretches, const ana_dsa_delays *delays,
                         const ana_run *run, ana_workspace *workspace, ana_dsa_embedding *out)
{
    ana_status status = ANA_OK;
    size_t n_rows = 0;
    const size_t n_columns = delays->n * samples->n_units;
    for (size_t s = 0; s < n_stretches; s++) {
        n_rows += rows_of(&stretches[s], delays);
    }
    const double bytes = 4.0 * 8.0 * (double)n_rows * (double)n_columns;
    ANA_TRY(ana_run_check_memory(run, bytes < 1e18 ? (size_t)bytes : SIZE_MAX,
                                 "the delay embedding and its decomposition"));
    *out =
        (ana_dsa_embedding){.n_rows = n_rows,
                            .n_columns = n_columns,
                            .rows = ana_workspace_doubles(workspace, n_rows, n_columns),
                            .is_followed = ana_workspace_bytes(workspace, n_rows, 1, sizeof(bool))};
    ANA_TRY(ana_workspace_check(workspace, "dsa"));
    size_t row = 0;
    for (size_t s = 0; s < n_stretches; s++) {
        const size_t n = rows_of(&stretches[s], delays);
        for (size_t k = 0; k < n; k++, row++) {
            fill_row(samples, delays, stretches[s].start + delays->skip + k,
                     out->rows + row * n_columns);
            out->is_followed[row] = k + 1 < n;
            out->n_followed += k + 1 < n ? 1 : 0;
        }
    }
done:
    return status;
}

/* Means of the columns, taken off. */
static void take_means(const ana_dsa_embedding *embedding, double *mean)
{
    const size_t n = embedding->n_columns;
    for (size_t t = 0; t < embedding->n_rows; t++) {
        for (size_t j = 0; j < n; j++) {
            mean[j] += embedding->rows[t * n + j];
        }
    }
    for (size_t j = 0; j < n; j++) {
        mean[j] /= (double)embedding->n_rows;
    }
    for (size_t t = 0; t < embedding->n_rows; t++) {
        for (size_t j = 0; j < n; j++) {
            embedding->rows[t * n + j] -= mean[j];
        }
    }
}

/* The rows of u (of which n columns of `width` are taken) that have a successor, or succeed. */
static void gather(const ana_dsa_embedding *embedding, size_t width, size_t n, const double *u,
                   size_t ahead, double *out)
{
    for (size_t t = 0; t < embedding->n_rows; t++) {
        if (embedding->is_followed[t]) {
            memcpy(out, u + (t + ahead) * width, n * sizeof *out);
            out += n;
        }
    }
}

static ana_status find_moments(const ana_dsa_embedding *embedding, size_t width, const double *u,
                               ana_workspace *workspace, ana_dsa_states *states)
{
    ana_status status = ANA_OK;
    ana_workspace own = {0};
    const size_t n = states->n;
    const ana_gemm across = {n, embedding->n_followed, n, true, false, 1.0, 0.0};
    double *past = ana_workspace_doubles(&own, embedding->n_followed, n);
    double *future = ana_workspace_doubles(&own, embedding->n_followed, n);
    states->past = ana_workspace_doubles(workspace, n, n);
    states->cross = ana_workspace_doubles(workspace, n, n);
    states->future = ana_workspace_doubles(workspace, n, n);
    ANA_TRY(ana_workspace_check(&own, "dsa"));
    ANA_TRY(ana_workspace_check(workspace, "dsa"));
    gather(embedding, width, n, u, 0, past);
    gather(embedding, width, n, u, 1, future);
    ANA_TRY(ana_linalg_gram(embedding->n_followed, n, past, states->past));
    ANA_TRY(ana_linalg_gram(embedding->n_followed, n, future, states->future));
    ANA_TRY(ana_linalg_gemm(&across, past, future, states->cross));
done:
    ana_workspace_release(&own);
    return status;
}

/* The leading `most` directions by the products of columns: far cheaper for many rows, but it
 * squares the singular values. *found is false where the last of them is so small that this loses
 * digits. */
static ana_status decompose_products(const ana_dsa_embedding *embedding, size_t most,
                                     ana_workspace *own, ana_dsa_states *out, double **u,
                                     bool *found)
{
    ana_status status = ANA_OK;
    const size_t n_rows = embedding->n_rows;
    const size_t p = embedding->n_columns;
    const size_t n = most < p ? most : p;
    const ana_gemm onto = {n_rows, p, n, false, true, 1.0, 0.0};
    double *products = ana_workspace_doubles(own, p, p);
    double *values = ana_workspace_doubles(own, p, 1);
    double *vectors = ana_workspace_doubles(own, p, p);
    *u = ana_workspace_doubles(own, n_rows, n);
    ANA_TRY(ana_workspace_check(own, "dsa"));
    ANA_TRY(ana_linalg_gram(n_rows, p, embedding->rows, products));
    ANA_TRY(ana_linalg_eigen_symmetric(p, products, values, vectors));
    *found = values[p - n] > clear_product * values[p - 1];
    if (!*found) {
        goto done;
    }
    for (size_t k = 0; k < n; k++) { /* they rise */
        out->singular[k] = sqrt(values[p - 1 - k]);
        memcpy(out->vectors + k * p, vectors + (p - 1 - k) * p, p * sizeof *vectors);
        out->total += values[p - 1 - k];
    }
    for (size_t k = n; k < p; k++) {
        out->total += fmax(values[p - 1 - k], 0.0);
    }
    ANA_TRY(ana_linalg_gemm(&onto, embedding->rows, out->vectors, *u));
    for (size_t t = 0; t < n_rows; t++) {
        for (size_t k = 0; k < n; k++) {
            (*u)[t * n + k] /= out->singular[k];
        }
    }
    out->n = n;
done:
    return status;
}

/* All directions, to the last digit; those that count are at most `most`. */
static ana_status decompose(const ana_dsa_embedding *embedding, size_t most, ana_workspace *own,
                            ana_dsa_states *out, double **u)
{
    ana_status status = ANA_OK;
    const size_t n_rows = embedding->n_rows;
    const size_t n_columns = embedding->n_columns;
    const size_t width = n_rows < n_columns ? n_rows : n_columns;
    *u = ana_workspace_doubles(own, n_rows, width);
    ANA_TRY(ana_workspace_check(own, "dsa"));
    ANA_TRY(ana_linalg_svd(n_rows, n_columns, embedding->rows, *u, out->singular, out->vectors));
    const double least =
        (double)(n_rows > n_columns ? n_rows : n_columns) * DBL_EPSILON * out->singular[0];
    for (size_t k = 0; k < width; k++) {
        out->total += out->singular[k] * out->singular[k];
        out->n += out->n == k && k < most && out->singular[k] > least ? 1 : 0;
    }
done:
    return status;
}

ana_status ana_dsa_find_states(const ana_dsa_embedding *embedding, bool centre, size_t most,
                               bool quick, ana_workspace *workspace, ana_dsa_states *out)
{
    ana_status status = ANA_OK;
    ana_workspace own = {0};
    double *u = NULL;
    bool found = false;
    const size_t n_rows = embedding->n_rows;
    const size_t n_columns = embedding->n_columns;
    const size_t width = n_rows < n_columns ? n_rows : n_columns;
    *out = (ana_dsa_states){.n_followed = embedding->n_followed,
                            .mean = ana_workspace_doubles(workspace, n_columns, 1),
                            .singular = ana_workspace_doubles(workspace, width, 1),
                            .vectors = ana_workspace_doubles(workspace, width, n_columns)};
    ANA_TRY(ana_workspace_check(workspace, "dsa"));
    if (centre) {
        take_means(embedding, out->mean);
    }
    if (quick && n_rows >= 2 * n_columns) {
        ANA_TRY(decompose_products(embedding, most, &own, out, &u, &found));
    }
    if (!found) {
        ANA_TRY(decompose(embedding, most, &own, out, &u));
    }
    ANA_TRY(find_moments(embedding, found ? out->n : width, u, workspace, out));
done:
    ana_workspace_release(&own);
    return status;
}
