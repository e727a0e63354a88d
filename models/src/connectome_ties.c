/* What a connectome says of groups of neurons. */
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/agreement.h>
#include <analysis/models/connectome.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

ana_status ana_connectome_motif_graph(const ana_connectome *connectome, size_t motif,
                                      ana_graph **out)
{
    ana_status status = ANA_OK;
    ana_graph *graph = NULL;
    const size_t n = connectome->n_neurons;
    if (motif >= connectome->n_motifs) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "connectome: motif %zu; there are 0 to %zu", motif,
                         connectome->n_motifs - 1));
    }
    ANA_TRY(ana_graph_from_matrix(n, connectome->matrices + motif * n * n, false, false, &graph));
    ANA_TRY(ana_graph_name_nodes(graph, (const char *const *)connectome->neuron_names));
    *out = graph;
    graph = NULL;
done:
    ana_graph_free(graph);
    return status;
}

void ana_connectome_ties_free(ana_connectome_ties *ties)
{
    if (ties != NULL) {
        free(ties->within);
        free(ties->between);
        free(ties);
    }
}

static ana_status check_groups(size_t n, size_t n_groups, const size_t *group)
{
    for (size_t i = 0; i < n; i++) {
        if (group[i] >= n_groups && group[i] != ANA_NO_LABEL) {
            return ana_fail(ANA_ERR_VALUE,
                            "connectome: neuron %zu is in group %zu; groups are 0 to %zu", i,
                            group[i], n_groups - 1);
        }
    }
    return ANA_OK;
}

/* Sums and numbers of the pairs of each group: within, and between (both groups of a pair). */
static void sum_pairs(size_t n, const double *matrix, size_t n_groups, const size_t *group,
                      double *sums)
{
    double *within = sums;
    double *n_within = sums + n_groups;
    double *between = sums + 2 * n_groups;
    double *n_between = sums + 3 * n_groups;
    memset(sums, 0, 4 * n_groups * sizeof *sums);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            const double value = matrix[i * n + j];
            const size_t a = group[i];
            const size_t b = group[j];
            if (isnan(value) || a == ANA_NO_LABEL || b == ANA_NO_LABEL) {
                continue;
            }
            if (a == b) {
                within[a] += value;
                n_within[a] += 1.0;
                continue;
            }
            between[a] += value;
            n_between[a] += 1.0;
            between[b] += value;
            n_between[b] += 1.0;
        }
    }
}

ana_status ana_connectome_tie(const ana_connectome *connectome, size_t n_groups,
                              const size_t *group, ana_connectome_ties **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_connectome_ties *ties = NULL;
    const size_t n = connectome->n_neurons;
    const size_t rank = connectome->n_motifs;
    double *sums = ana_workspace_doubles(&workspace, 4, n_groups);
    ANA_TRY(ana_workspace_check(&workspace, "connectome"));
    ANA_TRY(check_groups(n, n_groups, group));
    ANA_TRY(ana_allocate(1, sizeof *ties, "connectome", &ties));
    ties->n_motifs = rank;
    ties->n_groups = n_groups;
    ANA_TRY(ana_allocate(rank * n_groups, sizeof(double), "connectome", &ties->within));
    ANA_TRY(ana_allocate(rank * n_groups, sizeof(double), "connectome", &ties->between));
    for (size_t r = 0; r < rank; r++) {
        sum_pairs(n, connectome->matrices + r * n * n, n_groups, group, sums);
        for (size_t g = 0; g < n_groups; g++) { /* 0 / 0: NaN */
            ties->within[r * n_groups + g] = sums[g] / sums[n_groups + g];
            ties->between[r * n_groups + g] = sums[2 * n_groups + g] / sums[3 * n_groups + g];
        }
    }
    *out = ties;
    ties = NULL;
done:
    ana_connectome_ties_free(ties);
    ana_workspace_release(&workspace);
    return status;
}

void ana_connectome_activity(const ana_connectome *connectome, size_t animal, size_t n_groups,
                             const double *ties, double *out)
{
    const size_t rank = connectome->n_motifs;
    const size_t n_times = connectome->n_times;
    const double *courses = connectome->courses + animal * n_times * rank;
    for (size_t g = 0; g < n_groups; g++) {
        for (size_t t = 0; t < n_times; t++) {
            double sum = 0.0;
            for (size_t r = 0; r < rank; r++) {
                sum += ties[r * n_groups + g] * courses[t * rank + r];
            }
            out[g * n_times + t] = sum;
        }
    }
}

void ana_connectome_mean_graph(const ana_connectome *connectome, size_t first, size_t stop,
                               double *out)
{
    const size_t n = connectome->n_neurons;
    const size_t rank = connectome->n_motifs;
    const double n_rows = (double)(connectome->n_animals * (stop - first));
    memset(out, 0, n * n * sizeof *out);
    for (size_t r = 0; r < rank; r++) {
        double sum = 0.0;
        for (size_t w = 0; w < connectome->n_animals; w++) {
            for (size_t t = first; t < stop; t++) {
                sum += connectome->courses[(w * connectome->n_times + t) * rank + r];
            }
        }
        for (size_t k = 0; k < n * n; k++) {
            out[k] += sum / n_rows * connectome->matrices[r * n * n + k];
        }
    }
}
