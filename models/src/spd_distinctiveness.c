/* How far apart classes of positive definite matrices are for their width. */
#include "spd_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/spd_mean.h>
#include <analysis/models/spd_normalise.h>

#include <math.h>
#include <string.h>

/* The classes: places[c] is the first matrix of class c, classes[k] the class of matrix k. */
static size_t number_classes(const ana_spd_set *set, const size_t *labels, size_t *places,
                             size_t *classes)
{
    size_t n_classes = 0;
    for (size_t k = 0; k < set->n_matrices; k++) {
        size_t c = 0;
        while (c < n_classes && labels[places[c]] != labels[k]) {
            c++;
        }
        if (c == n_classes) {
            places[n_classes++] = k;
        }
        classes[k] = c;
    }
    return n_classes;
}

/* The mean of class c, and the mean of its matrices' distances to it, to the power. */
static ana_status measure_class(const ana_spd_set *set, const size_t *classes, size_t c,
                                double exponent, const ana_run *run, double *mean,
                                double *dispersion)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = ana_spd_size(set);
    double *members = ana_workspace_doubles(&workspace, set->n_matrices, size);
    double *distances = ana_workspace_doubles(&workspace, set->n_matrices, 1);
    ana_spd_set of_class = {set->n, set->hermitian, 0, members};
    ana_spd_mean_options mean_options = ana_spd_mean_options_default();
    ana_spd_distance_options distance_options = ana_spd_distance_options_default();
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    if (run != NULL) {
        mean_options.run = *run;
        distance_options.run = *run;
    }
    for (size_t k = 0; k < set->n_matrices; k++) {
        if (classes[k] == c) {
            memcpy(members + of_class.n_matrices * size, set->values + k * size,
                   size * sizeof *members);
            of_class.n_matrices++;
        }
    }
    ANA_TRY(ana_spd_mean(&of_class, NULL, &mean_options, NULL, mean));
    const ana_spd_set centre = {set->n, set->hermitian, 1, mean};
    ANA_TRY(ana_spd_distances(&of_class, &centre, &distance_options, distances));
    *dispersion = 0.0;
    for (size_t k = 0; k < of_class.n_matrices; k++) {
        *dispersion += pow(distances[k], exponent) / (double)of_class.n_matrices;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* What the classes' means are apart: two from each other, more from their own mean. */
static ana_status measure_means(const ana_spd_set *means, double exponent, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *centre = ana_workspace_doubles(&workspace, ana_spd_size(means), 1);
    double *distances = ana_workspace_doubles(&workspace, means->n_matrices, 1);
    ana_spd_set others = {means->n, means->hermitian, 1, centre};
    ana_spd_set from = *means;
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    if (means->n_matrices == 2) {
        from.n_matrices = 1;
        others.values = means->values + ana_spd_size(means);
    } else {
        ANA_TRY(ana_spd_mean(means, NULL, NULL, NULL, centre));
    }
    ANA_TRY(ana_spd_distances(&from, &others, NULL, distances));
    *out = 0.0;
    for (size_t c = 0; c < from.n_matrices; c++) {
        *out += pow(distances[c], exponent);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_spd_distinctiveness(const ana_spd_set *set, const size_t *labels, double exponent,
                                   const ana_run *run, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = ana_spd_size(set);
    double within = 0.0;
    double between = 0.0;
    if (!(exponent > 0.0) || !isfinite(exponent)) {
        return ana_fail(ANA_ERR_VALUE, "spd: the exponent %g; above 0 is right", exponent);
    }
    size_t *places = ana_workspace_sizes(&workspace, set->n_matrices, 1);
    size_t *classes = ana_workspace_sizes(&workspace, set->n_matrices, 1);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    const size_t n_classes = number_classes(set, labels, places, classes);
    if (n_classes < 2) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "spd: the distinctiveness of %zu class%s; two are right",
                         n_classes, n_classes == 1 ? "" : "es"));
    }
    double *means = ana_workspace_doubles(&workspace, n_classes, size);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    for (size_t c = 0; c < n_classes; c++) {
        double dispersion = 0.0;
        ANA_TRY(measure_class(set, classes, c, exponent, run, means + c * size, &dispersion));
        within += dispersion;
    }
    if (n_classes == set->n_matrices || !(within > 0.0)) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "spd: the classes have no dispersion: each is one matrix"));
    }
    const ana_spd_set centres = {set->n, set->hermitian, n_classes, means};
    ANA_TRY(measure_means(&centres, exponent, &between));
    *out = between / (n_classes == 2 ? 0.5 * within : within);
done:
    ana_workspace_release(&workspace);
    return status;
}
