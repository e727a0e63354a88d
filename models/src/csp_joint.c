/* Filters that make the means of all classes nearly diagonal at once, in the order of their mutual
 * information with the class. */
#include "csp_parts.h"
#include "dense.h"
#include "order.h"
#include "try.h"

#include <analysis/linalg.h>
#include <analysis/models/joint_diagonalisation.h>

#include <math.h>
#include <stdlib.h>

/* - sum_c p_c ln sqrt(t_c) - 3/16 (sum_c p_c (t_c^2 - 1))^2, of variances t_c through a filter that
 * passes 1 of the mean. */
static double information(size_t n_classes, const double *shares, const double *variances)
{
    double logarithms = 0.0;
    double squares = 0.0;
    for (size_t c = 0; c < n_classes; c++) {
        logarithms += shares[c] * 0.5 * log(variances[c]);
        squares += shares[c] * (variances[c] * variances[c] - 1.0);
    }
    return -(logarithms + 3.0 / 16.0 * squares * squares);
}

/* sorted (n, out): information of each row of v, falling. */
static ana_status rank_rows(size_t n, size_t n_classes, const double *means, const double *shares,
                            const double *v, ana_placed *sorted)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *variances = ana_workspace_doubles(&workspace, n_classes, 1);
    double *product = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "csp"));
    for (size_t k = 0; k < n; k++) {
        for (size_t c = 0; c < n_classes; c++) {
            ANA_TRY(ana_linalg_apply(n, n, means + c * n * n, false, v + k * n, product));
            variances[c] = ana_dot(n, product, v + k * n);
        }
        sorted[k] = (ana_placed){information(n_classes, shares, variances), k};
    }
    qsort(sorted, n, sizeof *sorted, ana_compare_falling);
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status csp_solve_jointly(size_t n, size_t n_classes, const double *means, const double *shares,
                             const ana_csp_options *given, const ana_spatial_filters *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_spd_set set = {n, false, n_classes, means};
    ana_joint_options options = ana_joint_options_default();
    double *v = ana_workspace_doubles(&workspace, n, n);
    double *identity = ana_workspace_doubles(&workspace, n, n);
    double *inverse = ana_workspace_doubles(&workspace, n, n);
    ana_placed *sorted = ana_workspace_bytes(&workspace, n, 1, sizeof *sorted);
    options.run = given->run;
    options.tolerance = given->tolerance;
    ANA_TRY(ana_workspace_check(&workspace, "csp"));
    ANA_TRY(ana_joint_diagonalise(&set, NULL, &options, NULL, v, NULL));
    ANA_TRY(rank_rows(n, n_classes, means, shares, v, sorted));
    for (size_t j = 0; j < n; j++) {
        identity[j * (n + 1)] = 1.0;
    }
    ANA_TRY(ana_linalg_solve(n, v, n, identity, inverse, NULL));
    for (size_t k = 0; k < out->n_filters; k++) {
        const size_t from = sorted[k].index;
        for (size_t j = 0; j < n; j++) {
            out->filters[k * n + j] = v[from * n + j];
            if (out->patterns != NULL) { /* columns of V^-1 */
                out->patterns[k * n + j] = inverse[j * n + from];
            }
        }
        if (out->values != NULL) {
            out->values[k] = sorted[k].value;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
