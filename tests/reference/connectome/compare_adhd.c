/* Functional networks and their classification: time series in, maps of features out. */
#include "connectome.h"
#include "support/check.h"

#include <analysis/models/functional_network.h>
#include <analysis/models/network_classification.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
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

static h5_doubles read_of(const h5_reference *file, const char *group, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", group, name);
    return h5_reference_doubles(file, path);
}

/* Components agree but for their signs; decisions, of group 1 against 0, have none. */
static void compare_classifier(const h5_reference *file, const char *group, const double *x,
                               const size_t *groups, tally *counts)
{
    h5_doubles components = read_of(file, group, "pca_components");
    h5_doubles variance = read_of(file, group, "pca_explained_variance");
    h5_doubles mean = read_of(file, group, "pca_mean");
    h5_doubles decision = read_of(file, group, "decision");
    h5_doubles predicted = read_of(file, group, "pred");
    const size_t p = mean.n;
    const ana_labelled_maps data = {(size_t)h5_reference_attribute(file, "/", "n_train", 0.0), p, x,
                                    2, groups};
    ana_network_classifier_options options = ana_network_classifier_options_default();
    ana_network_classifier *classifier = NULL;
    options.n_components = variance.n;
    check_ok(ana_network_classifier_fit(&data, 0, NULL, &options, &classifier));
    for (size_t k = 0; k < components.n; k++) {
        tally_number(counts, fabs(classifier->components[k]), fabs(components.values[k]), 1e-10,
                     0.0, "%s component %zu", group, k);
    }
    for (size_t c = 0; c < variance.n; c++) {
        tally_number(counts, classifier->variance[c], variance.values[c], 0.0, 1e-10,
                     "%s variance %zu", group, c);
    }
    for (size_t f = 0; f < p; f++) {
        tally_number(counts, classifier->mean[f], mean.values[f], 1e-12, 1e-12, "%s mean %zu",
                     group, f);
    }
    for (size_t i = 0; i < decision.n; i++) {
        double scores[2];
        size_t found = 0;
        ana_network_classifier_predict(classifier, 1, x + i * p, scores, &found);
        tally_number(counts, scores[1] - scores[0], decision.values[i], 1e-9, 1e-9,
                     "%s decision %zu", group, i);
        tally_number(counts, (double)found, predicted.values[i], 0.0, 0.0, "%s prediction %zu",
                     group, i);
    }
    counts->n_cases++;
    ana_network_classifier_free(classifier);
    h5_doubles_free(&components);
    h5_doubles_free(&variance);
    h5_doubles_free(&mean);
    h5_doubles_free(&decision);
    h5_doubles_free(&predicted);
}

void compare_adhd(const h5_reference *file, tally *counts)
{
    h5_doubles series = h5_reference_doubles(file, "ts");
    h5_doubles labels = h5_reference_doubles(file, "y");
    h5_names names = h5_reference_list(file, "/", H5_KIND_GROUP);
    size_t *groups = calloc(labels.n, sizeof *groups);
    assert_non_null(groups);
    for (size_t i = 0; i < labels.n; i++) {
        groups[i] = labels.values[i] == 1.0 ? 1 : 0;
    }
    compare_maps(file, &series, counts);
    for (size_t g = 0; g < names.n; g++) {
        char path[256];
        snprintf(path, sizeof path, "feat_%s", names.names[g] + strlen("pcalda_"));
        h5_doubles maps = h5_reference_doubles(file, path);
        compare_classifier(file, names.names[g], maps.values, groups, counts);
        h5_doubles_free(&maps);
    }
    free(groups);
    h5_names_free(&names);
    h5_doubles_free(&labels);
    h5_doubles_free(&series);
}
