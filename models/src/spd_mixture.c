/* Mean shift, and Gaussian mixtures, of positive definite matrices. */
#include "constants.h"
#include "memory.h"
#include "spd_cluster_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/spd_map.h>
#include <analysis/special.h>
#include <analysis/stats.h>

#include <math.h>
#include <string.h>

/* The distance that 0.3 of all pairs keep to. */
static ana_status find_bandwidth(const ana_spd_set *set, const ana_run *run, double *bandwidth)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = set->n_matrices;
    ana_spd_distance_options options = ana_spd_distance_options_default();
    double *distances = ana_workspace_doubles(&workspace, n, n);
    double *pairs = ana_workspace_doubles(&workspace, n, n);
    size_t n_pairs = 0;
    options.run = *run;
    ANA_TRY(ana_workspace_check(&workspace, "clusters"));
    ANA_TRY(ana_spd_distances(set, set, &options, distances));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            pairs[n_pairs++] = distances[i * n + j];
        }
    }
    *bandwidth = ana_stats_quantile_in_place(n_pairs, pairs, 0.3);
    if (!(*bandwidth > 0.0)) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "clusters: a bandwidth of %g from %zu matrices; two that differ, or a "
                         "bandwidth, are needed",
                         *bandwidth, n));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Room of a climb. */
typedef struct climb {
    double bandwidth;
    double *logs;  /* n_matrices x size */
    double *shift; /* size */
    double *next;  /* size */
} climb;

/* One step of a mode: the weighted mean of the tangents at it; its length. */
static ana_status climb_once(const ana_spd_set *set, const ana_spd_cluster_options *options,
                             const climb *at, double *mode, double *length)
{
    ana_status status = ANA_OK;
    const size_t size = ana_spd_size(set);
    const ana_spd_set step = {set->n, set->hermitian, 1, at->shift};
    double total = 0.0;
    ANA_TRY(ana_spd_log_map(set, mode, ANA_SPD_RIEMANN, &options->run, at->logs));
    memset(at->shift, 0, size * sizeof *at->shift);
    for (size_t i = 0; i < set->n_matrices; i++) {
        const double *log = at->logs + i * size;
        double square = 0.0;
        for (size_t e = 0; e < size; e++) {
            square += log[e] * log[e];
        }
        square /= at->bandwidth * at->bandwidth;
        const double weight = options->normal_kernel ? exp(-square) : square <= 1.0 ? 1.0 : 0.0;
        total += weight;
        for (size_t e = 0; e < size; e++) {
            at->shift[e] += weight * log[e];
        }
    }
    *length = 0.0;
    for (size_t e = 0; e < size; e++) {
        at->shift[e] = total > 0.0 ? at->shift[e] / total : 0.0;
        *length += at->shift[e] * at->shift[e];
    }
    *length = sqrt(*length);
    ANA_TRY(ana_spd_exp_map(&step, mode, ANA_SPD_RIEMANN, NULL, at->next));
    memcpy(mode, at->next, size * sizeof *mode);
done:
    return status;
}

/* modes[i] = where matrix i ends. */
static ana_status climb_all(const ana_spd_set *set, const ana_spd_cluster_options *options,
                            const climb *at, double *modes, bool *converged)
{
    ana_status status = ANA_OK;
    const size_t size = ana_spd_size(set);
    *converged = true;
    memcpy(modes, set->values, set->n_matrices * size * sizeof *modes);
    for (size_t i = 0; i < set->n_matrices; i++) {
        double length = INFINITY;
        for (size_t t = 0; t < options->max_iterations && length > options->tolerance; t++) {
            ANA_TRY(climb_once(set, options, at, modes + i * size, &length));
        }
        *converged = *converged && length <= options->tolerance;
    }
done:
    return status;
}

/* which[...] = the modes that are not within a bandwidth of an earlier one; how many. */
static ana_status fuse(const ana_spd_set *modes, const ana_run *run, double bandwidth,
                       size_t *which, size_t *n_kept)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = modes->n_matrices;
    ana_spd_distance_options options = ana_spd_distance_options_default();
    double *distances = ana_workspace_doubles(&workspace, n, n);
    options.run = *run;
    ANA_TRY(ana_workspace_check(&workspace, "clusters"));
    ANA_TRY(ana_spd_distances(modes, modes, &options, distances));
    *n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool is_new = true;
        for (size_t k = 0; k < *n_kept; k++) {
            is_new = is_new && distances[i * n + which[k]] >= bandwidth;
        }
        if (is_new) {
            which[(*n_kept)++] = i;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_spd_mean_shift(const ana_spd_set *set, const ana_spd_cluster_options *options,
                              ana_spd_clusters **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_spd_cluster_options chosen =
        options != NULL ? *options : ana_spd_cluster_options_default();
    const size_t n = set->n_matrices;
    const size_t size = ana_spd_size(set);
    ana_spd_clusters *made = NULL;
    size_t n_modes = 0;
    bool converged = false;
    double *modes = ana_workspace_doubles(&workspace, n, size);
    double *distances = ana_workspace_doubles(&workspace, n, n);
    size_t *which = ana_workspace_sizes(&workspace, n, 1);
    climb at = {.bandwidth = chosen.bandwidth,
                .logs = ana_workspace_doubles(&workspace, n, size),
                .shift = ana_workspace_doubles(&workspace, size, 1),
                .next = ana_workspace_doubles(&workspace, size, 1)};
    *out = NULL;
    ANA_TRY(ana_workspace_check(&workspace, "clusters"));
    ANA_TRY(ana_options_check(ana_spd_cluster_option_table, &chosen, "clusters"));
    ANA_TRY(ana_spd_check(set, &chosen.run));
    if (chosen.bandwidth == 0.0) {
        ANA_TRY(find_bandwidth(set, &chosen.run, &at.bandwidth));
    }
    ANA_TRY(climb_all(set, &chosen, &at, modes, &converged));
    const ana_spd_set ends = {set->n, set->hermitian, n, modes};
    ANA_TRY(fuse(&ends, &chosen.run, at.bandwidth, which, &n_modes));
    ANA_TRY(spd_clusters_new(set, n_modes, &made));
    for (size_t c = 0; c < n_modes; c++) {
        memcpy(made->centres + c * size, modes + which[c] * size, size * sizeof *modes);
    }
    made->converged = converged;
    ANA_TRY(spd_clusters_assign(set, &chosen.run, distances, made));
    ANA_TRY(spd_clusters_sort(set, made));
    *out = made;
    made = NULL;
done:
    ana_spd_clusters_free(made);
    ana_workspace_release(&workspace);
    return status;
}

/* Probabilities of the clusters for each matrix, of squared distances; the log likelihood. */
static double expect(const ana_spd_set *set, const double *squares, ana_spd_clusters *out)
{
    const size_t k = out->n_clusters;
    const double d = (double)ana_spd_vector_size(set);
    double sum = 0.0;
    for (size_t i = 0; i < set->n_matrices; i++) {
        double *row = out->probabilities + i * k;
        for (size_t c = 0; c < k; c++) {
            row[c] = log(out->shares[c]) - 0.5 * d * log(2.0 * ANA_PI * out->variances[c]) -
                     0.5 * squares[i * k + c] / out->variances[c];
        }
        const double total = ana_special_log_sum_exp(k, row);
        for (size_t c = 0; c < k; c++) {
            row[c] = exp(row[c] - total);
        }
        sum += total;
    }
    return sum;
}

/* Shares and centres by the probabilities, and from the new distances the variances. */
static ana_status maximise(const ana_spd_set *set, const ana_run *run, double least,
                           double *squares, double *weights, ana_spd_clusters *out)
{
    ana_status status = ANA_OK;
    const size_t k = out->n_clusters;
    const double d = (double)ana_spd_vector_size(set);
    ana_spd_mean_options options = ana_spd_mean_options_default();
    options.run = *run;
    for (size_t c = 0; c < k; c++) {
        double *centre = out->centres + c * ana_spd_size(set);
        double sum = 0.0;
        for (size_t i = 0; i < set->n_matrices; i++) {
            weights[i] = out->probabilities[i * k + c];
            sum += weights[i];
        }
        out->shares[c] = fmax(sum / (double)set->n_matrices, 1e-300);
        if (sum > 1e-6) { /* an empty cloud stays where it is */
            ANA_TRY(ana_spd_mean(set, weights, &options, NULL, centre));
        }
    }
    ANA_TRY(spd_clusters_assign(set, run, squares, out));
    for (size_t c = 0; c < k; c++) {
        double sum = 0.0;
        for (size_t i = 0; i < set->n_matrices; i++) {
            sum += out->probabilities[i * k + c] * squares[i * k + c];
        }
        out->variances[c] = fmax(sum / (d * out->shares[c] * (double)set->n_matrices), least);
    }
done:
    return status;
}

/* Shares and variances of the clusters as k-means has them. */
static void start_mixture(const ana_spd_set *set, double least, const double *squares,
                          ana_spd_clusters *out)
{
    const size_t k = out->n_clusters;
    const double d = (double)ana_spd_vector_size(set);
    for (size_t i = 0; i < set->n_matrices; i++) {
        out->variances[out->labels[i]] += squares[i * k + out->labels[i]];
        out->shares[out->labels[i]] += 1.0;
    }
    for (size_t c = 0; c < k; c++) {
        out->variances[c] = fmax(out->variances[c] / (d * fmax(out->shares[c], 1.0)), least);
        out->shares[c] = fmax(out->shares[c] / (double)set->n_matrices, 1e-300);
    }
}

/* The variance below which a cloud may not fall: a millionth of that of all matrices. */
static ana_status find_least(const ana_spd_set *set, const ana_spd_cluster_options *options,
                             double *least)
{
    ana_spd_cluster_options one = *options;
    ana_spd_clusters *all = NULL;
    one.n_clusters = 1;
    one.n_restarts = 1;
    one.starts = NULL;
    const ana_status status = ana_spd_kmeans(set, &one, &all);
    if (status == ANA_OK) {
        *least =
            fmax(1e-6 * all->inertia / ((double)set->n_matrices * (double)ana_spd_vector_size(set)),
                 1e-30);
    }
    ana_spd_clusters_free(all);
    return status;
}

ana_status ana_spd_mixture(const ana_spd_set *set, const ana_spd_cluster_options *options,
                           ana_spd_clusters **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_spd_cluster_options chosen =
        options != NULL ? *options : ana_spd_cluster_options_default();
    const size_t n = set->n_matrices;
    const size_t k = chosen.n_clusters;
    ana_spd_clusters *made = NULL;
    double least = 0.0;
    double before = -INFINITY;
    *out = NULL;
    ANA_TRY(ana_spd_kmeans(set, &chosen, &made));
    ANA_TRY(find_least(set, &chosen, &least));
    double *squares = ana_workspace_doubles(&workspace, n, k);
    double *weights = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "clusters"));
    ANA_TRY(ana_allocate(n * k, sizeof *made->probabilities, "clusters", &made->probabilities));
    ANA_TRY(ana_allocate(k, sizeof *made->variances, "clusters", &made->variances));
    ANA_TRY(ana_allocate(k, sizeof *made->shares, "clusters", &made->shares));
    ANA_TRY(spd_clusters_assign(set, &chosen.run, squares, made));
    start_mixture(set, least, squares, made);
    made->converged = false;
    for (made->n_iterations = 0; made->n_iterations < chosen.max_iterations; made->n_iterations++) {
        made->log_likelihood = expect(set, squares, made);
        made->converged =
            made->log_likelihood - before <= chosen.tolerance * fabs(made->log_likelihood);
        if (made->converged) {
            break;
        }
        before = made->log_likelihood;
        ANA_TRY(maximise(set, &chosen.run, least, squares, weights, made));
    }
    made->log_likelihood = expect(set, squares, made);
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < k; c++) {
            const double *row = made->probabilities + i * k;
            made->labels[i] = row[c] > row[made->labels[i]] ? c : made->labels[i];
        }
    }
    memset(made->sizes, 0, k * sizeof *made->sizes);
    for (size_t i = 0; i < n; i++) {
        made->sizes[made->labels[i]]++;
    }
    made->bic = -2.0 * made->log_likelihood +
                log((double)n) * ((double)k * ((double)ana_spd_vector_size(set) + 2.0) - 1.0);
    *out = made;
    made = NULL;
done:
    ana_spd_clusters_free(made);
    ana_workspace_release(&workspace);
    return status;
}
