#include "dense.h"
#include "discriminants.h"
#include "linear_discriminant_parts.h"
#include "try.h"

#include <analysis/models/linear_discriminant.h>

#include <math.h>
#include <string.h>

static const char *const solver_names[] = {"svd", "least-squares", NULL};

const ana_option ana_linear_discriminant_option_table[] = {
    {"solver", ANA_OPTION_CHOICE, offsetof(ana_linear_discriminant_options, solver), 0, 0,
     solver_names, "SOLVER", "how the covariance within classes is inverted", false},
    {"shrinkage", ANA_OPTION_DOUBLE, offsetof(ana_linear_discriminant_options, shrinkage), -1.0,
     1.0, NULL, "A", "least-squares: 0 none, 1 mean variance alone, -1 as Ledoit & Wolf find best",
     false},
    {"rank-tolerance", ANA_OPTION_DOUBLE, offsetof(ana_linear_discriminant_options, tolerance), 0.0,
     1.0, NULL, "T", "svd: singular values up to this are left out", false},
    ANA_OPTION_END,
};

ana_linear_discriminant_options ana_linear_discriminant_options_default(void)
{
    return (ana_linear_discriminant_options){.run = ana_run_default(),
                                             .solver = ANA_DISCRIMINANT_SVD,
                                             .shrinkage = 0.0,
                                             .tolerance = 1e-4,
                                             .priors = NULL};
}

static ana_status check(const ana_labelled_rows *rows,
                        const ana_linear_discriminant_options *options)
{
    const double shrinkage = options->shrinkage;
    if (shrinkage < 0.0 && shrinkage != -1.0) {
        return ana_fail(ANA_ERR_VALUE, "lda: shrinkage is %g; 0 to 1, or -1 for the best",
                        shrinkage);
    }
    if (options->solver == ANA_DISCRIMINANT_SVD && shrinkage != 0.0) {
        return ana_fail(ANA_ERR_VALUE, "lda: shrinkage %g goes with solver least-squares",
                        shrinkage);
    }
    if (options->solver == ANA_DISCRIMINANT_SVD && rows->n <= rows->n_classes) {
        return ana_fail(ANA_ERR_VALUE, "lda: %zu rows of %zu classes; svd needs one more at least",
                        rows->n, rows->n_classes);
    }
    return ana_labelled_rows_check(rows, "lda");
}

static ana_status find_priors(const ana_labelled_rows *rows, const double *given,
                              const double *n_in, double *priors)
{
    double sum = 0.0;
    for (size_t k = 0; k < rows->n_classes; k++) {
        priors[k] = given != NULL ? given[k] : n_in[k] / (double)rows->n;
        if (!(priors[k] > 0.0)) {
            return ana_fail(ANA_ERR_VALUE, "lda: prior %zu is %g; above 0 is right", k, priors[k]);
        }
        sum += priors[k];
    }
    return fabs(sum - 1.0) < 1e-9
               ? ANA_OK
               : ana_fail(ANA_ERR_VALUE, "lda: the priors sum to %g, not to 1", sum);
}

/* Two classes: the second's score less the first's. */
static void reduce(const ana_labelled_rows *rows, const double *class_weights,
                   const double *class_biases, double *weights, double *biases)
{
    const size_t d = rows->d;
    if (rows->n_classes > 2) {
        memcpy(weights, class_weights, rows->n_classes * d * sizeof *weights);
        memcpy(biases, class_biases, rows->n_classes * sizeof *biases);
        return;
    }
    for (size_t j = 0; j < d; j++) {
        weights[j] = class_weights[d + j] - class_weights[j];
    }
    biases[0] = class_biases[1] - class_biases[0];
}

ana_status ana_linear_discriminant_fit(const ana_labelled_rows *rows,
                                       const ana_linear_discriminant_options *options,
                                       double *weights, double *biases)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_linear_discriminant_options chosen =
        options != NULL ? *options : ana_linear_discriminant_options_default();
    double *n_in = ana_workspace_doubles(&workspace, rows->n_classes, 1);
    double *priors = ana_workspace_doubles(&workspace, rows->n_classes, 1);
    double *means = ana_workspace_doubles(&workspace, rows->n_classes, rows->d);
    double *class_weights = ana_workspace_doubles(&workspace, rows->n_classes, rows->d);
    double *class_biases = ana_workspace_doubles(&workspace, rows->n_classes, 1);
    ANA_TRY(ana_workspace_check(&workspace, "lda"));
    ANA_TRY(ana_options_check(ana_linear_discriminant_option_table, &chosen, "lda"));
    ANA_TRY(check(rows, &chosen));
    for (size_t i = 0; i < rows->n; i++) {
        n_in[rows->classes[i]] += 1.0;
    }
    ANA_TRY(find_priors(rows, chosen.priors, n_in, priors));
    ana_group_means(
        &(ana_grouped_rows){rows->n, rows->d, rows->x, rows->n_classes, rows->classes, n_in},
        means);
    const discriminant_job job = {rows, n_in, priors, means, chosen.shrinkage, chosen.tolerance};
    ANA_TRY(chosen.solver == ANA_DISCRIMINANT_SVD
                ? discriminant_by_svd(&job, class_weights, class_biases)
                : discriminant_by_least_squares(&job, class_weights, class_biases));
    reduce(rows, class_weights, class_biases, weights, biases);
done:
    ana_workspace_release(&workspace);
    return status;
}
