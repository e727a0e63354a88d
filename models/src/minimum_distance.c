#include "dense.h"
#include "labelled_matrices.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/linear_discriminant.h>
#include <analysis/models/minimum_distance.h>
#include <analysis/models/spd_map.h>

#include <math.h>
#include <string.h>

const ana_option ana_minimum_distance_option_table[] = {
    {"metric", ANA_OPTION_CHOICE, offsetof(ana_minimum_distance_options, metric), 0, 0,
     ana_spd_metric_names, "METRIC", "of distances and of the means of classes", false},
    ANA_OPTION_END,
};

ana_minimum_distance_options ana_minimum_distance_options_default(void)
{
    return (ana_minimum_distance_options){.run = ana_run_default(), .metric = ANA_SPD_RIEMANN};
}

ana_status ana_minimum_distance_mean(ana_spd_metric metric, ana_spd_mean_method *out)
{
    static const struct {
        ana_spd_metric metric;
        ana_spd_mean_method mean;
    } pairs[] = {{ANA_SPD_RIEMANN, ANA_SPD_MEAN_RIEMANN},
                 {ANA_SPD_LOG_EUCLIDEAN, ANA_SPD_MEAN_LOG_EUCLIDEAN},
                 {ANA_SPD_EUCLIDEAN, ANA_SPD_MEAN_EUCLIDEAN},
                 {ANA_SPD_CHOLESKY, ANA_SPD_MEAN_CHOLESKY},
                 {ANA_SPD_LOG_CHOLESKY, ANA_SPD_MEAN_LOG_CHOLESKY},
                 {ANA_SPD_HARMONIC, ANA_SPD_MEAN_HARMONIC},
                 {ANA_SPD_KULLBACK_SYMMETRIC, ANA_SPD_MEAN_KULLBACK_SYMMETRIC},
                 {ANA_SPD_LOG_DETERMINANT, ANA_SPD_MEAN_LOG_DETERMINANT},
                 {ANA_SPD_WASSERSTEIN, ANA_SPD_MEAN_WASSERSTEIN},
                 {ANA_SPD_POWER_EUCLIDEAN, ANA_SPD_MEAN_POWER_EUCLIDEAN}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (pairs[i].metric == metric) {
            *out = pairs[i].mean;
            return ANA_OK;
        }
    }
    return ana_fail(ANA_ERR_UNSUPPORTED, "mdm: the distance %s has no mean here; riemann has",
                    ana_spd_metric_names[metric]);
}

ana_status labelled_matrices_check(const ana_labelled_matrices *known, const char *what)
{
    if (known->n_classes < 2) {
        return ana_fail(ANA_ERR_VALUE, "%s: %zu classes; two at least", what, known->n_classes);
    }
    for (size_t c = 0; c < known->n_classes; c++) {
        size_t n = 0;
        for (size_t i = 0; i < known->set.n_matrices; i++) {
            n += known->classes[i] == c ? 1 : 0;
            if (known->classes[i] >= known->n_classes) {
                return ana_fail(ANA_ERR_VALUE, "%s: matrix %zu is of class %zu of %zu", what, i,
                                known->classes[i], known->n_classes);
            }
        }
        if (n == 0) {
            return ana_fail(ANA_ERR_VALUE, "%s: no matrix of class %zu; one of each is needed",
                            what, c);
        }
    }
    return ANA_OK;
}

ana_spd_set labelled_matrices_of(const ana_labelled_matrices *known, size_t c, double *room)
{
    const size_t size = ana_spd_size(&known->set);
    ana_spd_set own = known->set;
    own.n_matrices = 0;
    own.values = room;
    for (size_t i = 0; i < known->set.n_matrices; i++) {
        if (known->classes[i] == c) {
            memcpy(room + own.n_matrices++ * size, known->set.values + i * size,
                   size * sizeof *room);
        }
    }
    return own;
}

ana_status ana_minimum_distance_fit(const ana_labelled_matrices *known,
                                    const ana_minimum_distance_options *options, double *means)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_minimum_distance_options chosen =
        options != NULL ? *options : ana_minimum_distance_options_default();
    const size_t size = ana_spd_size(&known->set);
    double *room = ana_workspace_doubles(&workspace, known->set.n_matrices, size);
    ana_spd_mean_options mean = ana_spd_mean_options_default();
    mean.run = chosen.run;
    ANA_TRY(ana_workspace_check(&workspace, "mdm"));
    ANA_TRY(ana_options_check(ana_minimum_distance_option_table, &chosen, "mdm"));
    ANA_TRY(ana_minimum_distance_mean(chosen.metric, &mean.method));
    ANA_TRY(labelled_matrices_check(known, "mdm"));
    for (size_t c = 0; c < known->n_classes; c++) {
        const ana_spd_set own = labelled_matrices_of(known, c, room);
        status = ana_spd_mean(&own, NULL, &mean, NULL, means + c * size);
        if (status != ANA_OK && status != ANA_ERR_MEMORY) {
            /* The matrix's number among all, not in its class. */
            const ana_status whole = ana_spd_check(&known->set, &chosen.run);
            status = whole != ANA_OK ? whole : status;
        }
        ANA_TRY(status);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_minimum_distance_predict(const ana_spd_set *set, size_t n_classes,
                                        const double *means,
                                        const ana_minimum_distance_options *options,
                                        double *distances, double *probabilities)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_minimum_distance_options chosen =
        options != NULL ? *options : ana_minimum_distance_options_default();
    const size_t n = set->n_matrices * n_classes;
    ana_spd_set centres = *set;
    ana_spd_distance_options apart = ana_spd_distance_options_default();
    double *squares = ana_workspace_doubles(&workspace, set->n_matrices, n_classes);
    apart.run = chosen.run;
    apart.metric = chosen.metric;
    apart.squared = true;
    centres.n_matrices = n_classes;
    centres.values = means;
    ANA_TRY(ana_workspace_check(&workspace, "mdm"));
    ANA_TRY(ana_options_check(ana_minimum_distance_option_table, &chosen, "mdm"));
    ANA_TRY(ana_spd_distances(set, &centres, &apart, squares));
    for (size_t k = 0; k < n; k++) {
        if (distances != NULL) {
            distances[k] = sqrt(squares[k]);
        }
        squares[k] = -squares[k];
    }
    if (probabilities != NULL) {
        ana_linear_softmax(set->n_matrices, n_classes, squares, probabilities);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* axes (n_axes x d, in and out): rows become an orthonormal basis of the space they span, those
 * beyond its dimension 0. As the pseudo-inverse of W W' leaves out eigenvalues below 1e-15 of the
 * largest, singular values below the root of that are left out. */
static ana_status orthonormalise(size_t n_axes, size_t d, double *axes)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t least = n_axes < d ? n_axes : d;
    double *left = ana_workspace_doubles(&workspace, n_axes, least);
    double *values = ana_workspace_doubles(&workspace, least, 1);
    double *right = ana_workspace_doubles(&workspace, least, d);
    ANA_TRY(ana_workspace_check(&workspace, "fgmdm"));
    ANA_TRY(ana_linalg_svd(n_axes, d, axes, left, values, right));
    memset(axes, 0, n_axes * d * sizeof *axes);
    for (size_t k = 0; k < least && values[k] > sqrt(1e-15) * values[0]; k++) {
        memcpy(axes + k * d, right + k * d, d * sizeof *axes);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_geodesic_filter_fit(const ana_labelled_matrices *known, const ana_run *run,
                                   double *reference, double *axes)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = known->set.n_matrices;
    const size_t d = ana_spd_vector_size(&known->set);
    const size_t n_axes = ana_linear_n_scores(known->n_classes);
    double *vectors = ana_workspace_doubles(&workspace, n, d);
    double *biases = ana_workspace_doubles(&workspace, n_axes, 1);
    ana_spd_mean_options mean = ana_spd_mean_options_default();
    ana_linear_discriminant_options discriminant = ana_linear_discriminant_options_default();
    mean.run = run != NULL ? *run : ana_run_default();
    discriminant.solver = ANA_DISCRIMINANT_LEAST_SQUARES;
    discriminant.shrinkage = -1.0;
    ANA_TRY(ana_workspace_check(&workspace, "fgmdm"));
    ANA_TRY(labelled_matrices_check(known, "fgmdm"));
    ANA_TRY(ana_spd_mean(&known->set, NULL, &mean, NULL, reference));
    ANA_TRY(ana_spd_to_vectors(&known->set, reference, run, vectors));
    const ana_labelled_rows rows = {n, d, vectors, known->n_classes, known->classes};
    ANA_TRY(ana_linear_discriminant_fit(&rows, &discriminant, axes, biases));
    ANA_TRY(orthonormalise(n_axes, d, axes));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_geodesic_filter_apply(const ana_spd_set *set, const double *reference, size_t n_axes,
                                     const double *axes, const ana_run *run, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = set->n_matrices;
    const size_t d = ana_spd_vector_size(set);
    double *vectors = ana_workspace_doubles(&workspace, n, d);
    double *along = ana_workspace_doubles(&workspace, n, n_axes);
    const ana_gemm onto = {
        .n_rows = n, .n_inner = d, .n_columns = n_axes, .transpose_b = true, .alpha = 1.0};
    ANA_TRY(ana_workspace_check(&workspace, "fgmdm"));
    ANA_TRY(ana_spd_to_vectors(set, reference, run, vectors));
    ANA_TRY(ana_linalg_gemm(&onto, vectors, axes, along));
    ANA_TRY(ana_linalg_multiply(n, n_axes, d, along, axes, vectors));
    ANA_TRY(ana_spd_from_vectors(set, vectors, reference, run, out));
done:
    ana_workspace_release(&workspace);
    return status;
}
