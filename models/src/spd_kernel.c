/* Inner products of positive definite matrices in the tangent space of one. */
#include "spd_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/spd_kernel.h>
#include <analysis/models/spd_map.h>

#include <string.h>

/* out = the set's matrices as tangents at the reference: real or pairs, one after the other. */
static ana_status to_tangents(const ana_spd_set *set, ana_spd_metric metric,
                              const double *reference, const ana_run *run, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = ana_spd_size(set);
    double *origin = ana_workspace_doubles(&workspace, size, 1);
    ANA_TRY(ana_workspace_check(&workspace, "spd kernel"));
    if (metric == ANA_SPD_RIEMANN && reference != NULL) {
        ANA_TRY(ana_spd_log_map(set, reference, metric, run, out));
        goto done;
    }
    if (metric == ANA_SPD_EUCLIDEAN) {
        ANA_TRY(spd_check_symmetric(set));
        memcpy(out, set->values, set->n_matrices * size * sizeof *out);
    } else {
        ANA_TRY(ana_spd_check(set, run));
        ANA_TRY(ana_spd_apply(set, ANA_SPD_LOG, 0.0, run, out));
    }
    if (reference == NULL) {
        goto done;
    }
    const ana_spd_set one = {set->n, set->hermitian, 1, reference};
    ANA_TRY(ana_spd_check(&one, run));
    if (metric == ANA_SPD_EUCLIDEAN) {
        memcpy(origin, reference, size * sizeof *origin);
    } else {
        ANA_TRY(ana_spd_apply(&one, ANA_SPD_LOG, 0.0, run, origin));
    }
    for (size_t e = 0; e < set->n_matrices * size; e++) {
        out[e] -= origin[e % size];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_spd_kernel(const ana_spd_set *x, const ana_spd_set *y, ana_spd_metric metric,
                          const double *reference, const ana_run *run, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = ana_spd_size(x);
    if (x->n != y->n || x->hermitian != y->hermitian) {
        return ana_fail(ANA_ERR_SHAPE, "spd kernel: sets of %zu and %zu rows", x->n, y->n);
    }
    if (metric != ANA_SPD_EUCLIDEAN && metric != ANA_SPD_LOG_EUCLIDEAN &&
        metric != ANA_SPD_RIEMANN) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "spd kernel: none for %s; euclidean, log-euclidean and riemann are right",
                        ana_spd_metric_names[metric]);
    }
    double *first = ana_workspace_doubles(&workspace, x->n_matrices, size);
    double *second = ana_workspace_doubles(&workspace, y->n_matrices, size);
    ANA_TRY(ana_workspace_check(&workspace, "spd kernel"));
    ANA_TRY(to_tangents(x, metric, reference, run, first));
    ANA_TRY(to_tangents(y, metric, reference, run, second));
    /* tr A B of Hermitian matrices: the sum of real times real and imaginary times imaginary */
    const ana_gemm shape = {x->n_matrices, size, y->n_matrices, false, true, 1.0, 0.0};
    ANA_TRY(ana_linalg_gemm(&shape, first, second, out));
done:
    ana_workspace_release(&workspace);
    return status;
}
