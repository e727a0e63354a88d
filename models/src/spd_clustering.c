/* k-means of positive definite matrices, and how many clusters there are. */
#include "memory.h"
#include "order.h"
#include "spd_cluster_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

const ana_option ana_spd_cluster_option_table[] = {
    {"clusters", ANA_OPTION_SIZE, offsetof(ana_spd_cluster_options, n_clusters), 1, 1e6, NULL, "K",
     "number of clusters", false},
    {"restarts", ANA_OPTION_SIZE, offsetof(ana_spd_cluster_options, n_restarts), 1, 1e6, NULL, "N",
     "starts of which the best is kept", false},
    {"iterations", ANA_OPTION_SIZE, offsetof(ana_spd_cluster_options, max_iterations), 1, 1e6, NULL,
     "N", "steps at most", false},
    {"bandwidth", ANA_OPTION_DOUBLE, offsetof(ana_spd_cluster_options, bandwidth), 0.0, 1e6, NULL,
     "D", "distance within which matrices draw a mode; 0: that of 0.3 of all pairs", false},
    {"normal-kernel", ANA_OPTION_BOOL, offsetof(ana_spd_cluster_options, normal_kernel), 0, 0, NULL,
     NULL, "matrices draw a mode the less, the farther they are", false},
    {"tolerance", ANA_OPTION_DOUBLE, offsetof(ana_spd_cluster_options, tolerance), 1e-14, 1.0, NULL,
     "CHANGE", "smallest step of a mode, or change of the log likelihood", false},
    ANA_OPTION_END,
};

ana_spd_cluster_options ana_spd_cluster_options_default(void)
{
    return (ana_spd_cluster_options){.run = ana_run_default(),
                                     .n_clusters = 2,
                                     .n_restarts = 10,
                                     .max_iterations = 300,
                                     .tolerance = 1e-6};
}

void ana_spd_clusters_free(ana_spd_clusters *clusters)
{
    if (clusters != NULL) {
        free(clusters->labels);
        free(clusters->sizes);
        free(clusters->centres);
        free(clusters->probabilities);
        free(clusters->variances);
        free(clusters->shares);
        free(clusters);
    }
}

ana_status spd_clusters_new(const ana_spd_set *set, size_t n_clusters, ana_spd_clusters **out)
{
    ana_status status = ANA_OK;
    ana_spd_clusters *made = NULL;
    const size_t size = n_clusters * ana_spd_size(set);
    ANA_TRY(ana_allocate(1, sizeof *made, "clusters", &made));
    made->n_matrices = set->n_matrices;
    made->n_clusters = n_clusters;
    made->log_likelihood = NAN;
    made->bic = NAN;
    ANA_TRY(ana_allocate(set->n_matrices, sizeof *made->labels, "clusters", &made->labels));
    ANA_TRY(ana_allocate(n_clusters, sizeof *made->sizes, "clusters", &made->sizes));
    ANA_TRY(ana_allocate(size, sizeof *made->centres, "clusters", &made->centres));
    *out = made;
    made = NULL;
done:
    ana_spd_clusters_free(made);
    return status;
}

static ana_spd_set centres_of(const ana_spd_set *set, const ana_spd_clusters *clusters)
{
    return (ana_spd_set){set->n, set->hermitian, clusters->n_clusters, clusters->centres};
}

ana_status spd_clusters_assign(const ana_spd_set *set, const ana_run *run, double *distances,
                               ana_spd_clusters *out)
{
    const ana_spd_set centres = centres_of(set, out);
    ana_spd_distance_options options = ana_spd_distance_options_default();
    options.run = *run;
    options.squared = true;
    const ana_status status = ana_spd_distances(set, &centres, &options, distances);
    out->inertia = 0.0;
    for (size_t i = 0; i < set->n_matrices && status == ANA_OK; i++) {
        const double *row = distances + i * out->n_clusters;
        size_t best = 0;
        for (size_t c = 1; c < out->n_clusters; c++) {
            best = row[c] < row[best] ? c : best;
        }
        out->labels[i] = best;
        out->inertia += row[best];
    }
    return status;
}

ana_status spd_clusters_sort(const ana_spd_set *set, ana_spd_clusters *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = ana_spd_size(set);
    const size_t n = set->n_matrices;
    ana_placed *order = ana_workspace_bytes(&workspace, out->n_clusters, 1, sizeof *order);
    size_t *place = ana_workspace_sizes(&workspace, out->n_clusters, 1);
    double *centres = ana_workspace_doubles(&workspace, out->n_clusters, size);
    ANA_TRY(ana_workspace_check(&workspace, "clusters"));
    for (size_t c = 0; c < out->n_clusters; c++) {
        order[c] = (ana_placed){0.0, c};
    }
    for (size_t i = n; i-- > 0;) { /* whole numbers by size, the rest by the first matrix */
        double *value = &order[out->labels[i]].value;
        *value = floor(*value) + 1.0 + (double)(n - i) / (double)(2 * n);
    }
    qsort(order, out->n_clusters, sizeof *order, ana_compare_falling);
    memcpy(centres, out->centres, out->n_clusters * size * sizeof *centres);
    for (size_t c = 0; c < out->n_clusters; c++) {
        place[order[c].index] = c;
        out->sizes[c] = (size_t)order[c].value;
        memcpy(out->centres + c * size, centres + order[c].index * size, size * sizeof *centres);
    }
    for (size_t i = 0; i < n; i++) {
        out->labels[i] = place[out->labels[i]];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The first centre is any matrix; each next one a matrix by its squared distance from the nearest
 * so far (Arthur & Vassilvitskii 2007). */
static ana_status plant(const ana_spd_set *set, const ana_run *run, size_t restart,
                        double *distances, ana_spd_clusters *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = ana_spd_size(set);
    const size_t n_clusters = out->n_clusters;
    ana_random random = ana_random_stream(run->seed, "spd.kmeans", restart);
    double *nearest = ana_workspace_doubles(&workspace, set->n_matrices, 1);
    size_t chosen = (size_t)ana_random_below(&random, set->n_matrices);
    ANA_TRY(ana_workspace_check(&workspace, "clusters"));
    for (size_t c = 0; c < n_clusters; c++) {
        double sum = 0.0;
        memcpy(out->centres + c * size, set->values + chosen * size, size * sizeof *out->centres);
        out->n_clusters = c + 1;
        ANA_TRY(spd_clusters_assign(set, run, distances, out));
        for (size_t i = 0; i < set->n_matrices; i++) {
            nearest[i] = distances[i * out->n_clusters + out->labels[i]];
            nearest[i] = nearest[i] > 1e-20 ? nearest[i] : 0.0; /* itself, to rounding */
            sum += nearest[i];
        }
        chosen = sum > 0.0 ? ana_random_categorical(&random, set->n_matrices, nearest) : chosen;
    }
done:
    out->n_clusters = n_clusters;
    ana_workspace_release(&workspace);
    return status;
}

/* A cluster without matrices takes the one farthest from its own centre, of those that have
 * company. */
static void refill(const ana_spd_set *set, const double *distances, ana_spd_clusters *out)
{
    memset(out->sizes, 0, out->n_clusters * sizeof *out->sizes);
    for (size_t i = 0; i < set->n_matrices; i++) {
        out->sizes[out->labels[i]]++;
    }
    for (size_t c = 0; c < out->n_clusters; c++) {
        size_t farthest = set->n_matrices;
        double most = -1.0;
        for (size_t i = 0; i < set->n_matrices && out->sizes[c] == 0; i++) {
            const double distance = distances[i * out->n_clusters + out->labels[i]];
            if (out->sizes[out->labels[i]] > 1 && distance > most) {
                most = distance;
                farthest = i;
            }
        }
        if (farthest < set->n_matrices) {
            out->sizes[out->labels[farthest]]--;
            out->labels[farthest] = c;
            out->sizes[c] = 1;
        }
    }
}

/* Means of the clusters, each from where it was. */
static ana_status move_centres(const ana_spd_set *set, const ana_run *run, double *values,
                               ana_spd_clusters *out)
{
    ana_status status = ANA_OK;
    const size_t size = ana_spd_size(set);
    ana_spd_mean_options options = ana_spd_mean_options_default();
    options.run = *run;
    for (size_t c = 0; c < out->n_clusters; c++) {
        ana_spd_set cluster = {.n = set->n, .hermitian = set->hermitian, .values = values};
        for (size_t i = 0; i < set->n_matrices; i++) {
            if (out->labels[i] == c) {
                memcpy(values + cluster.n_matrices++ * size, set->values + i * size,
                       size * sizeof *values);
            }
        }
        ANA_TRY(ana_spd_mean(&cluster, NULL, &options, NULL, out->centres + c * size));
    }
done:
    return status;
}

/* From centres to centres that stay. */
static ana_status settle(const ana_spd_set *set, const ana_spd_cluster_options *options,
                         ana_spd_clusters *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *distances = ana_workspace_doubles(&workspace, set->n_matrices, out->n_clusters);
    double *values = ana_workspace_doubles(&workspace, set->n_matrices, ana_spd_size(set));
    size_t *before = ana_workspace_sizes(&workspace, set->n_matrices, 1);
    ANA_TRY(ana_workspace_check(&workspace, "clusters"));
    ANA_TRY(spd_clusters_assign(set, &options->run, distances, out));
    out->converged = false;
    for (out->n_iterations = 0; !out->converged && out->n_iterations < options->max_iterations;
         out->n_iterations++) {
        refill(set, distances, out);
        memcpy(before, out->labels, set->n_matrices * sizeof *before);
        ANA_TRY(move_centres(set, &options->run, values, out));
        ANA_TRY(spd_clusters_assign(set, &options->run, distances, out));
        out->converged = memcmp(before, out->labels, set->n_matrices * sizeof *before) == 0;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check(const ana_spd_set *set, const ana_spd_cluster_options *options)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_options_check(ana_spd_cluster_option_table, options, "clusters"));
    if (set->n_matrices < options->n_clusters) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "clusters: %zu of %zu matrices; as many at most is right",
                         options->n_clusters, set->n_matrices));
    }
    ANA_TRY(ana_spd_check(set, &options->run));
done:
    return status;
}

/* *out = where one start leads. */
static ana_status run_start(const ana_spd_set *set, const ana_spd_cluster_options *options,
                            size_t restart, double *distances, ana_spd_clusters **out)
{
    ana_status status = ANA_OK;
    ana_spd_clusters *made = NULL;
    ANA_TRY(spd_clusters_new(set, options->n_clusters, &made));
    if (options->starts != NULL) {
        memcpy(made->centres, options->starts,
               options->n_clusters * ana_spd_size(set) * sizeof *made->centres);
    } else {
        ANA_TRY(plant(set, &options->run, restart, distances, made));
    }
    ANA_TRY(settle(set, options, made));
    *out = made;
    made = NULL;
done:
    ana_spd_clusters_free(made);
    return status;
}

ana_status ana_spd_kmeans(const ana_spd_set *set, const ana_spd_cluster_options *options,
                          ana_spd_clusters **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_spd_cluster_options chosen =
        options != NULL ? *options : ana_spd_cluster_options_default();
    const size_t n_restarts = chosen.starts != NULL ? 1 : chosen.n_restarts;
    ana_spd_clusters *best = NULL;
    *out = NULL;
    ANA_TRY(check(set, &chosen));
    double *distances = ana_workspace_doubles(&workspace, set->n_matrices, chosen.n_clusters);
    ANA_TRY(ana_workspace_check(&workspace, "clusters"));
    ANA_TRY(run_start(set, &chosen, 0, distances, &best));
    for (size_t r = 1; r < n_restarts; r++) {
        ana_spd_clusters *made = NULL;
        ANA_TRY(run_start(set, &chosen, r, distances, &made));
        if (made->inertia < best->inertia) {
            ana_spd_clusters_free(best);
            best = made;
        } else {
            ana_spd_clusters_free(made);
        }
    }
    ANA_TRY(spd_clusters_sort(set, best));
    *out = best;
    best = NULL;
done:
    ana_spd_clusters_free(best);
    ana_workspace_release(&workspace);
    return status;
}

/* Of one matrix, by its distances from all. */
static double silhouette_of(size_t n, const double *distances, const size_t *labels, size_t self,
                            size_t n_clusters, double *sums, double *counts)
{
    double least = INFINITY;
    memset(sums, 0, n_clusters * sizeof *sums);
    memset(counts, 0, n_clusters * sizeof *counts);
    for (size_t i = 0; i < n; i++) {
        if (i != self) {
            sums[labels[i]] += distances[i];
            counts[labels[i]] += 1.0;
        }
    }
    const size_t own = labels[self];
    for (size_t c = 0; c < n_clusters; c++) {
        if (c != own && counts[c] > 0.0) {
            least = fmin(least, sums[c] / counts[c]);
        }
    }
    if (counts[own] == 0.0) {
        return 0.0;
    }
    const double within = sums[own] / counts[own];
    const double larger = fmax(within, least);
    return larger > 0.0 ? (least - within) / larger : 0.0;
}

ana_status ana_spd_silhouette(const ana_spd_set *set, const size_t *labels, size_t n_clusters,
                              const ana_run *run, double *values)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = set->n_matrices;
    size_t n_used = 0;
    double *distances = ana_workspace_doubles(&workspace, n, n);
    double *sums = ana_workspace_doubles(&workspace, n_clusters, 1);
    double *counts = ana_workspace_doubles(&workspace, n_clusters, 1);
    ana_spd_distance_options options = ana_spd_distance_options_default();
    options.run = run != NULL ? *run : options.run;
    ANA_TRY(ana_workspace_check(&workspace, "clusters"));
    for (size_t i = 0; i < n; i++) {
        if (labels[i] >= n_clusters) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE, "clusters: matrix %zu is of cluster %zu; there are %zu",
                             i, labels[i], n_clusters));
        }
        n_used += counts[labels[i]] == 0.0 ? 1 : 0;
        counts[labels[i]] = 1.0;
    }
    if (n_used < 2) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "clusters: a silhouette of %zu; two at least are needed",
                         n_used));
    }
    ANA_TRY(ana_spd_distances(set, set, &options, distances));
    for (size_t i = 0; i < n; i++) {
        values[i] = silhouette_of(n, distances + i * n, labels, i, n_clusters, sums, counts);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_spd_choose_clusters(const ana_spd_set *set, size_t most,
                                   const ana_spd_cluster_options *options, double *scores,
                                   size_t *n_clusters)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_spd_cluster_options chosen = options != NULL ? *options : ana_spd_cluster_options_default();
    ana_spd_clusters *found = NULL;
    double *values = ana_workspace_doubles(&workspace, set->n_matrices, 1);
    ANA_TRY(ana_workspace_check(&workspace, "clusters"));
    if (most < 2 || most > set->n_matrices) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "clusters: 2 to %zu of %zu matrices cannot be compared",
                         most, set->n_matrices));
    }
    chosen.starts = NULL;
    *n_clusters = 2;
    for (size_t k = 2; k <= most; k++) {
        double sum = 0.0;
        chosen.n_clusters = k;
        ANA_TRY(ana_spd_kmeans(set, &chosen, &found));
        ANA_TRY(ana_spd_silhouette(set, found->labels, k, &chosen.run, values));
        for (size_t i = 0; i < set->n_matrices; i++) {
            sum += values[i];
        }
        scores[k - 2] = sum / (double)set->n_matrices;
        *n_clusters = scores[k - 2] > scores[*n_clusters - 2] ? k : *n_clusters;
        ana_spd_clusters_free(found);
        found = NULL;
    }
done:
    ana_spd_clusters_free(found);
    ana_workspace_release(&workspace);
    return status;
}
