/* Functional networks and their classification: time series in, maps of features out. */
#include "connectome.h"
#include "support/check.h"

#include <analysis/models/functional_network.h>

#include <stdio.h>
#include <string.h>

static const char *const map_names[ANA_FUNCTIONAL_N_FEATURES] = {
    "feat_degree",       "feat_degree_pos", "feat_degree_neg",
    "feat_weighted_deg", "feat_cycle3",     "feat_clustering"};

static void compare_maps(const h5_reference *file, const h5_doubles *series, tally *counts)
{
    const size_t n_times = series->shape[1];
    const size_t n = series->shape[2];
    h5_doubles wanted[ANA_FUNCTIONAL_N_FEATURES];
    ana_observations *observations = NULL;
    ana_functional_options options = ana_functional_options_default();
    options.threshold = h5_reference_attribute(file, "/", "threshold", 0.0);
    for (size_t f = 0; f < ANA_FUNCTIONAL_N_FEATURES; f++) {
        wanted[f] = h5_reference_doubles(file, map_names[f]);
    }
    check_ok(ana_observations_new(n_times, n, &observations));
    for (size_t s = 0; s < series->shape[0]; s++) {
        ana_functional_maps *maps = NULL;
        memcpy(observations->values, series->values + s * n_times * n,
               n_times * n * sizeof(double));
        check_ok(ana_functional_maps_new(observations, NULL, &options, &maps));
        for (size_t k = 0; k < n * ANA_FUNCTIONAL_N_FEATURES; k++) {
            tally_number(counts, maps->of_signal[k / n][k % n], wanted[k / n].values[s * n + k % n],
                         1e-10, 1e-10, "%s[%zu,%zu]", map_names[k / n], s, k % n);
        }
        ana_functional_maps_free(maps);
    }
    counts->n_cases++;
    for (size_t f = 0; f < ANA_FUNCTIONAL_N_FEATURES; f++) {
        h5_doubles_free(&wanted[f]);
    }
    ana_observations_free(observations);
}

void compare_adhd(const h5_reference *file, tally *counts)
{
    h5_doubles series = h5_reference_doubles(file, "ts");
    h5_names groups = h5_reference_list(file, "/", H5_KIND_GROUP);
    compare_maps(file, &series, counts);
    for (size_t g = 0; g < groups.n; g++) {
        h5_names unread = h5_reference_list(file, groups.names[g], H5_KIND_DATASET);
        counts->n_unread += unread.n;
        h5_names_free(&unread);
    }
    h5_names_free(&groups);
    h5_doubles_free(&series);
}
