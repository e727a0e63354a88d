/* Clusters against labels of the neurons, with a permutation that keeps firing rates. */
#include "try.h"
#include "workspace.h"

#include <analysis/agreement.h>
#include <analysis/models/bicluster.h>
#include <analysis/resampling.h>

#include <math.h>

/* What the statistic reads: the labelled neurons alone. */
typedef struct comparison {
    size_t n;
    const size_t *clusters;
    const size_t *labels;
    size_t *moved; /* n for each worker */
} comparison;

static ana_status adjusted_rand(void *user, const ana_rearranged *data, double *values)
{
    const comparison *it = user;
    size_t *moved = it->moved + data->worker * it->n;
    ana_agreement agreement = {0};
    for (size_t j = 0; j < it->n; j++) {
        moved[j] = it->labels[data->order[j]];
    }
    ana_status status = ana_agreement_compare(it->n, it->clusters, moved, &agreement);
    values[0] = agreement.adjusted_rand;
    return status;
}

static double mean_count(const ana_observations *observations, size_t i)
{
    double sum = 0.0;
    double n = 0.0;
    for (size_t t = 0; t < observations->n_times; t++) {
        const double count = observations->values[t * observations->n_features + i];
        sum += isnan(count) ? 0.0 : count;
        n += isnan(count) ? 0.0 : 1.0;
    }
    return n > 0.0 ? sum / n : 0.0;
}

/* strata[j] by the rank of rates[j]: strata of equal size, up to one. */
static void fill_strata(size_t n, const double *rates, size_t n_strata, size_t *strata)
{
    for (size_t j = 0; j < n; j++) {
        size_t rank = 0;
        for (size_t k = 0; k < n; k++) {
            rank += rates[k] < rates[j] || (rates[k] == rates[j] && k < j) ? 1 : 0;
        }
        strata[j] = rank * n_strata / n;
    }
}

static ana_status check(size_t n, size_t n_strata, size_t n_permutations)
{
    if (n < 2 || n_strata == 0 || n_strata > n || n_permutations == 0) {
        return ana_fail(ANA_ERR_VALUE,
                        "bicluster: %zu labelled neurons, %zu strata and %zu permutations; at "
                        "least two neurons, as many as strata, and a permutation",
                        n, n_strata, n_permutations);
    }
    return ANA_OK;
}

ana_status ana_bicluster_agree(const ana_bicluster *fit, const ana_observations *observations,
                               const size_t *labels, size_t n_strata, size_t n_permutations,
                               const ana_run *run, ana_bicluster_agreement *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_resampling_options options = ana_resampling_options_default();
    ana_resampling_test_result *test = NULL;
    ana_agreement agreement = {0};
    const size_t n_neurons = fit->n_neurons;
    options.run = run != NULL ? *run : ana_run_default();
    options.n_resamples = n_permutations;
    options.tail = ANA_TAIL_GREATER;
    const size_t n_workers = (size_t)ana_run_threads(&options.run, n_permutations);
    size_t *clusters = ana_workspace_sizes(&workspace, n_neurons, 1);
    size_t *known = ana_workspace_sizes(&workspace, n_neurons, 1);
    size_t *strata = ana_workspace_sizes(&workspace, n_neurons, 1);
    double *rates = ana_workspace_doubles(&workspace, n_neurons, 1);
    comparison it = {.clusters = clusters, .labels = known};
    it.moved = ana_workspace_sizes(&workspace, n_workers, n_neurons);
    ANA_TRY(ana_workspace_check(&workspace, "bicluster"));
    for (size_t i = 0; i < n_neurons; i++) {
        if (labels[i] != ANA_NO_LABEL) {
            clusters[it.n] = fit->cluster[i];
            known[it.n] = labels[i];
            rates[it.n++] = mean_count(observations, i);
        }
    }
    ANA_TRY(check(it.n, n_strata, n_permutations));
    fill_strata(it.n, rates, n_strata, strata);
    options.groups = strata;
    ANA_TRY(ana_agreement_compare(it.n, clusters, known, &agreement));
    ANA_TRY(ana_resampling_test(it.n, 1, adjusted_rand, &it, &options, &test));
    *out = (ana_bicluster_agreement){.n_neurons = it.n,
                                     .ari = agreement.adjusted_rand,
                                     .nmi = agreement.normalised_mutual_information,
                                     .p = test->p[0],
                                     .chance_most = -1.0,
                                     .n_permutations = n_permutations,
                                     .n_strata = n_strata};
    for (size_t k = 0; k < n_permutations; k++) {
        out->chance += test->null[k] / (double)n_permutations;
        out->chance_most = fmax(out->chance_most, test->null[k]);
    }
done:
    ana_resampling_test_free(test);
    ana_workspace_release(&workspace);
    return status;
}
