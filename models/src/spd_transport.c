/* Tangents of positive definite matrices: carried along geodesics, and their products. */
#include "spd_point.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/spd_map.h>

#include <string.h>

/* One tangent from a to b. */
static ana_status carry(const spd_point *a, const spd_point *b, ana_spd_metric metric,
                        const double *bridge, const double *w, double *out)
{
    ana_status status = ANA_OK;
    if (metric == ANA_SPD_RIEMANN) {
        return spd_point_sandwich(a, bridge, w, out);
    }
    if (metric == ANA_SPD_LOG_EUCLIDEAN) {
        ANA_TRY(spd_derive(a, true, w, out));
        ANA_TRY(spd_derive(b, false, out, out));
        return ANA_OK;
    }
    ANA_TRY(spd_to_lower(a, w, out));
    for (size_t i = 0; i < a->n; i++) {
        out[i * (a->n + 1)] *= b->lower[i * (a->n + 1)] / a->lower[i * (a->n + 1)];
    }
    memcpy(b->other, out, a->n * a->n * sizeof *out);
    ANA_TRY(spd_from_lower(b, b->other, out));
done:
    return status;
}

/* (to from^-1)^1/2 = from^1/2 (from^-1/2 to from^-1/2)^1/2 from^-1/2 */
static ana_status find_bridge(const spd_point *a, const spd_point *b, double *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(spd_point_sandwich(a, a->inverse, b->matrix, out));
    spd_mend_symmetry(a->n, out);
    ANA_TRY(spd_point_function(a, ANA_SPD_SQUARE_ROOT, out, out));
    ANA_TRY(spd_point_product(a, a->root, false, out, a->room));
    ANA_TRY(spd_point_product(a, a->room, false, a->inverse, out));
done:
    return status;
}

static bool has_tangents(ana_spd_metric metric)
{
    return metric == ANA_SPD_RIEMANN || metric == ANA_SPD_EUCLIDEAN ||
           metric == ANA_SPD_LOG_EUCLIDEAN || metric == ANA_SPD_LOG_CHOLESKY;
}

ana_status ana_spd_transport(const ana_spd_set *tangents, const double *from, const double *to,
                             ana_spd_metric metric, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = spd_rows(tangents);
    spd_point a;
    spd_point b;
    if (!has_tangents(metric)) {
        return spd_no_such_map(metric);
    }
    if (metric == ANA_SPD_EUCLIDEAN) {
        memmove(out, tangents->values, tangents->n_matrices * ana_spd_size(tangents) * sizeof *out);
        return ANA_OK;
    }
    ANA_TRY(spd_open_point(tangents, from, &workspace, &a));
    ANA_TRY(spd_open_point(tangents, to, &workspace, &b));
    const double *real = spd_real(tangents, &workspace);
    double *bridge = ana_workspace_doubles(&workspace, n, n);
    double *carried = ana_workspace_doubles(&workspace, tangents->n_matrices * n, n);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    ANA_TRY(find_bridge(&a, &b, bridge));
    for (size_t k = 0; k < tangents->n_matrices; k++) {
        ANA_TRY(carry(&a, &b, metric, bridge, real + k * n * n, carried + k * n * n));
    }
    if (tangents->hermitian) {
        spd_unembed(tangents, carried, out);
    } else {
        memcpy(out, carried, tangents->n_matrices * n * n * sizeof *out);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* A tangent as numbers whose Euclidean product is the metric's. */
static ana_status flatten(const spd_point *at, ana_spd_metric metric, const double *w, double *out)
{
    ana_status status = ANA_OK;
    if (metric == ANA_SPD_RIEMANN) {
        return spd_point_sandwich(at, at->inverse, w, out);
    }
    if (metric == ANA_SPD_LOG_EUCLIDEAN) {
        return spd_derive(at, true, w, out);
    }
    if (metric == ANA_SPD_EUCLIDEAN) {
        memcpy(out, w, at->n * at->n * sizeof *out);
        return ANA_OK;
    }
    ANA_TRY(spd_to_lower(at, w, out));
    for (size_t i = 0; i < at->n; i++) {
        out[i * (at->n + 1)] /= at->lower[i * (at->n + 1)];
    }
done:
    return status;
}

ana_status ana_spd_inner(const ana_spd_set *a, const ana_spd_set *b, const double *reference,
                         ana_spd_metric metric, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = spd_rows(a);
    spd_point at;
    if (!has_tangents(metric)) {
        return spd_no_such_map(metric);
    }
    if (a->n != b->n || a->hermitian != b->hermitian || a->n_matrices != b->n_matrices) {
        return ana_fail(ANA_ERR_SHAPE, "spd: %zu tangents of %zu rows and %zu of %zu",
                        a->n_matrices, a->n, b->n_matrices, b->n);
    }
    ANA_TRY(spd_open_point(a, reference, &workspace, &at));
    const double *x = spd_real(a, &workspace);
    const double *y = spd_real(b, &workspace);
    double *flat[2] = {ana_workspace_doubles(&workspace, n, n),
                       ana_workspace_doubles(&workspace, n, n)};
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    for (size_t k = 0; k < a->n_matrices; k++) {
        ANA_TRY(flatten(&at, metric, x + k * n * n, flat[0]));
        ANA_TRY(flatten(&at, metric, y + k * n * n, flat[1]));
        out[k] = 0.0;
        for (size_t e = 0; e < n * n; e++) {
            out[k] += flat[0][e] * flat[1][e];
        }
        out[k] /= a->hermitian ? 2.0 : 1.0;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
