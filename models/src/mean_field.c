#include "labelled_matrices.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/linear_scores.h>
#include <analysis/models/mean_field.h>

#include <math.h>

const char *const ana_mean_field_method_names[] = {"sum", "least", NULL};

static ana_spd_mean_options mean_of(double power, const ana_run *run)
{
    ana_spd_mean_options options = ana_spd_mean_options_default();
    options.run = run != NULL ? *run : ana_run_default();
    options.power = power;
    options.method = power == 0.0    ? ANA_SPD_MEAN_RIEMANN
                     : power == 1.0  ? ANA_SPD_MEAN_EUCLIDEAN
                     : power == -1.0 ? ANA_SPD_MEAN_HARMONIC
                                     : ANA_SPD_MEAN_POWER;
    return options;
}

static ana_status check(const ana_labelled_matrices *known, size_t n_powers, const double *powers)
{
    if (n_powers == 0) {
        return ana_fail(ANA_ERR_VALUE, "mean field: no powers; one at least");
    }
    for (size_t p = 0; p < n_powers; p++) {
        if (!(fabs(powers[p]) <= 1.0)) {
            return ana_fail(ANA_ERR_VALUE, "mean field: power %g; -1 to 1 is right", powers[p]);
        }
    }
    return labelled_matrices_check(known, "mean field");
}

ana_status ana_mean_field_fit(const ana_labelled_matrices *known, size_t n_powers,
                              const double *powers, const ana_run *run, double *means)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = ana_spd_size(&known->set);
    double *room = ana_workspace_doubles(&workspace, known->set.n_matrices, size);
    ANA_TRY(ana_workspace_check(&workspace, "mean field"));
    ANA_TRY(check(known, n_powers, powers));
    ANA_TRY(ana_spd_check(&known->set, run));
    for (size_t c = 0; c < known->n_classes; c++) {
        const ana_spd_set own = labelled_matrices_of(known, c, room);
        for (size_t p = 0; p < n_powers; p++) {
            const ana_spd_mean_options options = mean_of(powers[p], run);
            ANA_TRY(ana_spd_mean(&own, NULL, &options, NULL,
                                 means + (p * known->n_classes + c) * size));
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_mean_field_predict(const ana_spd_set *set, const ana_mean_field *field,
                                  const ana_run *run, double *probabilities)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = field->n_classes;
    const size_t n_means = field->n_powers * n;
    ana_spd_set centres = *set;
    ana_spd_distance_options apart = ana_spd_distance_options_default();
    double *squares = ana_workspace_doubles(&workspace, set->n_matrices, n_means);
    double *scores = ana_workspace_doubles(&workspace, set->n_matrices, n);
    apart.run = run != NULL ? *run : ana_run_default();
    apart.squared = true;
    centres.n_matrices = n_means;
    centres.values = field->means;
    ANA_TRY(ana_workspace_check(&workspace, "mean field"));
    ANA_TRY(ana_spd_distances(set, &centres, &apart, squares));
    for (size_t i = 0; i < set->n_matrices; i++) {
        for (size_t c = 0; c < n; c++) {
            const double *own = squares + i * n_means + c;
            double sum = 0.0;
            double least = own[0];
            for (size_t p = 0; p < field->n_powers; p++) {
                sum += own[p * n];
                least = fmin(least, own[p * n]);
            }
            scores[i * n + c] = field->method == ANA_MEAN_FIELD_SUM ? -sum : -least;
        }
    }
    ana_linear_softmax(set->n_matrices, n, scores, probabilities);
done:
    ana_workspace_release(&workspace);
    return status;
}
