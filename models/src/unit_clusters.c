/* Pooled units of several systems in groups, by the normalised Laplacian of their correlations. */
#include "dense.h"
#include "hmm_start.h"
#include "memory.h"
#include "order.h"
#include "try.h"
#include "unit_parts.h"

#include <analysis/linalg.h>
#include <analysis/models/unit_clusters.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

ana_unit_clusters_options ana_unit_clusters_options_default(void)
{
    return (ana_unit_clusters_options){
        .run = ana_run_default(), .n_clusters = 0, .most_clusters = 20, .n_starts = 20};
}

const ana_option ana_unit_clusters_option_table[] = {
    {"clusters", ANA_OPTION_SIZE, offsetof(ana_unit_clusters_options, n_clusters), 0, 1e6, NULL,
     "K", "spectral: groups of units (0: where the gap between eigenvalues is largest)", false},
    {"most-clusters", ANA_OPTION_SIZE, offsetof(ana_unit_clusters_options, most_clusters), 2, 1e6,
     NULL, "K", "spectral: groups that the gap may ask for", false},
    {"starts", ANA_OPTION_SIZE, offsetof(ana_unit_clusters_options, n_starts), 1, 1e6, NULL, "N",
     "spectral: of the clustering, of which the best is taken", false},
    ANA_OPTION_END,
};

void ana_unit_clusters_free(ana_unit_clusters *clusters)
{
    if (clusters == NULL) {
        return;
    }
    for (size_t s = 0; s < clusters->n_systems && clusters->systems != NULL; s++) {
        ana_unit_side_free(&clusters->systems[s]);
    }
    free(clusters->systems);
    free(clusters->system);
    free(clusters->cluster);
    free(clusters->eigenvalues);
    free(clusters->affinity);
    free(clusters->counts);
    free(clusters->within);
    free(clusters);
}

static ana_status check(const ana_responses_set *systems, const ana_unit_clusters_options *options)
{
    ana_status status = ana_options_check(ana_unit_clusters_option_table, options, "match-units");
    if (status == ANA_OK && systems->n == 0) {
        status = ana_fail(ANA_ERR_VALUE, "match-units: no system");
    }
    for (size_t s = 0; s < systems->n && status == ANA_OK; s++) {
        status = ana_units_check_stimuli(systems->systems[0], systems->systems[s], 3);
    }
    if (status == ANA_OK && options->n_clusters == 1) {
        status = ana_fail(ANA_ERR_VALUE, "match-units: 1 cluster; 0, or at least 2");
    }
    return status;
}

static ana_status clusters_new(const ana_responses_set *systems, ana_measured_units *units,
                               ana_workspace *workspace, ana_unit_clusters **out)
{
    static const char what[] = "match-units";
    ana_status status = ANA_OK;
    ana_unit_clusters *clusters = NULL;
    size_t n = 0;
    ANA_TRY(ana_allocate(1, sizeof *clusters, what, (void *)&clusters));
    clusters->n_systems = systems->n;
    clusters->n_stimuli = systems->systems[0]->n_stimuli;
    ANA_TRY(ana_allocate(systems->n, sizeof *clusters->systems, what, (void *)&clusters->systems));
    for (size_t s = 0; s < systems->n; s++) {
        ANA_TRY(ana_measured_units_take(systems->systems[s], what, true, workspace, &units[s]));
        ANA_TRY(ana_unit_side_take(systems->systems[s], &units[s], &clusters->systems[s]));
        clusters->n += units[s].n;
    }
    ANA_TRY(ana_allocate(clusters->n, sizeof(size_t), what, (void *)&clusters->system));
    ANA_TRY(ana_allocate(clusters->n, sizeof(size_t), what, (void *)&clusters->cluster));
    ANA_TRY(ana_allocate(clusters->n, sizeof(double), what, (void *)&clusters->eigenvalues));
    for (size_t s = 0; s < systems->n; s++) {
        for (size_t u = 0; u < units[s].n; u++) {
            clusters->system[n++] = s;
        }
    }
    *out = clusters;
    clusters = NULL;
done:
    ana_unit_clusters_free(clusters);
    return status;
}

static ana_status check_sizes(const ana_unit_clusters *clusters,
                              const ana_unit_clusters_options *options)
{
    const double n = (double)clusters->n;
    const double numbers = 4.0 * n * n + 2.0 * n * (double)clusters->n_stimuli;
    if (clusters->n < 3 || clusters->n <= options->n_clusters) {
        return ana_fail(ANA_ERR_VALUE,
                        "match-units: %zu units in %zu clusters; more units than clusters, and at "
                        "least three, are needed",
                        clusters->n, options->n_clusters);
    }
    return ana_run_check_memory(&options->run, numbers < 1e17 ? (size_t)(8.0 * numbers) : SIZE_MAX,
                                "correlations of all pairs of units");
}

/* Sizes of the correlations of all units. */
static ana_status find_affinity(const ana_measured_units *units, ana_unit_clusters *clusters)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = clusters->n;
    double *pooled = ana_workspace_doubles(&workspace, clusters->n_stimuli, n);
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    ANA_TRY(ana_allocate(n * n, sizeof(double), "match-units", (void *)&clusters->affinity));
    for (size_t i = 0; i < clusters->n_stimuli; i++) {
        double *to = pooled + i * n;
        for (size_t s = 0; s < clusters->n_systems; s++) {
            memcpy(to, units[s].values + i * units[s].n, units[s].n * sizeof *to);
            to += units[s].n;
        }
    }
    ana_units_to_directions(clusters->n_stimuli, n, pooled);
    ANA_TRY(ana_linalg_gram(clusters->n_stimuli, n, pooled, clusters->affinity));
    for (size_t i = 0; i < n * n; i++) {
        clusters->affinity[i] = i / n == i % n ? 1.0 : fmin(fabs(clusters->affinity[i]), 1.0);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Eigenvalues, and eigenvectors (rows) over the roots of the row sums. */
static ana_status find_spectrum(ana_unit_clusters *clusters, double *vectors)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = clusters->n;
    double *root = ana_workspace_doubles(&workspace, n, 1);
    double *laplacian = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            root[i] += clusters->affinity[i * n + j];
        }
        root[i] = sqrt(root[i]);
    }
    for (size_t i = 0; i < n * n; i++) {
        const double own = i / n == i % n ? 1.0 : 0.0;
        laplacian[i] = own - clusters->affinity[i] / (root[i / n] * root[i % n]);
    }
    ANA_TRY(ana_linalg_eigen_symmetric(n, laplacian, clusters->eigenvalues, vectors));
    for (size_t i = 0; i < n * n; i++) {
        vectors[i] /= root[i % n];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The number of eigenvalues below the largest gap. */
static size_t count_by_gap(const ana_unit_clusters *clusters, size_t most)
{
    const double *values = clusters->eigenvalues;
    size_t best = 2;
    for (size_t k = 2; k <= most && k < clusters->n; k++) {
        best = values[k] - values[k - 1] > values[best] - values[best - 1] ? k : best;
    }
    return best;
}

/* The best of several k-means of the units' places, each point a row. */
static ana_status cluster_places(const ana_unit_clusters_options *options, const double *vectors,
                                 ana_unit_clusters *clusters)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = clusters->n;
    const size_t k = clusters->n_clusters;
    double least = INFINITY;
    ana_hmm_sample sample = {.n_rows = n, .n_columns = k};
    sample.smooth = ana_workspace_doubles(&workspace, n, k);
    ana_hmm_start_buffers buffers = ana_hmm_start_buffers_new(&workspace, n, k, k);
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    ana_transpose(k, n, vectors, sample.smooth);
    for (size_t start = 0; start < options->n_starts; start++) {
        ana_random random = ana_random_stream(options->run.seed, "match-units.clusters", start);
        double sum = 0.0;
        ana_hmm_start_cluster(&sample, k, &random, &buffers);
        for (size_t i = 0; i < n; i++) {
            sum += ana_squared_distance(k, sample.smooth + i * k,
                                        buffers.centre + buffers.cluster[i] * k);
        }
        if (sum < least) {
            least = sum;
            memcpy(clusters->cluster, buffers.cluster, n * sizeof *clusters->cluster);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Clusters by falling size, the first of equals the one with the first unit; empty ones go. */
static ana_status name_clusters(ana_unit_clusters *clusters)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t k = clusters->n_clusters;
    ana_placed *sizes = ana_workspace_bytes(&workspace, k, 1, sizeof *sizes);
    size_t *first = ana_workspace_sizes(&workspace, k, 1); /* clusters in order of appearance */
    size_t *appears = ana_workspace_sizes(&workspace, k, 1);
    size_t *name = ana_workspace_sizes(&workspace, k, 1);
    size_t n_seen = 0;
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    for (size_t i = 0; i < clusters->n; i++) {
        const size_t c = clusters->cluster[i];
        if (first[c] == 0) {
            appears[n_seen] = c;
            first[c] = ++n_seen;
        }
        sizes[first[c] - 1].value += 1.0;
    }
    for (size_t c = 0; c < n_seen; c++) {
        sizes[c].index = c;
    }
    qsort(sizes, n_seen, sizeof *sizes, ana_compare_falling);
    for (size_t c = 0; c < n_seen; c++) {
        name[appears[sizes[c].index]] = c;
    }
    for (size_t i = 0; i < clusters->n; i++) {
        clusters->cluster[i] = name[clusters->cluster[i]];
    }
    clusters->n_clusters = n_seen;
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status describe(ana_unit_clusters *clusters)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = clusters->n;
    const size_t k = clusters->n_clusters;
    double *n_pairs = ana_workspace_doubles(&workspace, k, 1);
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    ANA_TRY(ana_allocate(k * clusters->n_systems, sizeof(double), "match-units",
                         (void *)&clusters->counts));
    ANA_TRY(ana_allocate(k, sizeof(double), "match-units", (void *)&clusters->within));
    for (size_t i = 0; i < n; i++) {
        const size_t c = clusters->cluster[i];
        clusters->counts[c * clusters->n_systems + clusters->system[i]] += 1.0;
        for (size_t j = i + 1; j < n; j++) {
            const double together = clusters->cluster[j] == c ? 1.0 : 0.0;
            clusters->within[c] += together * clusters->affinity[i * n + j];
            n_pairs[c] += together;
        }
    }
    for (size_t c = 0; c < k; c++) {
        clusters->within[c] /= n_pairs[c]; /* 0 / 0 of one unit: NaN */
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_unit_clusters_find(const ana_responses_set *systems,
                                  const ana_unit_clusters_options *options, ana_unit_clusters **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_unit_clusters *clusters = NULL;
    const ana_unit_clusters_options chosen =
        options != NULL ? *options : ana_unit_clusters_options_default();
    ANA_TRY(check(systems, &chosen));
    ana_measured_units *units = ana_workspace_bytes(&workspace, systems->n, 1, sizeof *units);
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    ANA_TRY(clusters_new(systems, units, &workspace, &clusters));
    ANA_TRY(check_sizes(clusters, &chosen));
    double *vectors = ana_workspace_doubles(&workspace, clusters->n, clusters->n);
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    ANA_TRY(find_affinity(units, clusters));
    ANA_TRY(find_spectrum(clusters, vectors));
    clusters->n_clusters =
        chosen.n_clusters > 0 ? chosen.n_clusters : count_by_gap(clusters, chosen.most_clusters);
    ANA_TRY(cluster_places(&chosen, vectors, clusters));
    ANA_TRY(name_clusters(clusters));
    ANA_TRY(describe(clusters));
    *out = clusters;
    clusters = NULL;
done:
    ana_unit_clusters_free(clusters);
    ana_workspace_release(&workspace);
    return status;
}
