/* Partial least squares by the deflated products X^T Y (Dayal & MacGregor 1997, algorithm 1). */
#include "columns.h"
#include "dense.h"
#include "memory.h"
#include "pls_parts.h"
#include "try.h"

#include <analysis/linalg.h>
#include <analysis/models/encoding_maps.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

ana_pls_options ana_pls_options_default(void)
{
    return (ana_pls_options){.n_components = 25, .tolerance = 0.0};
}

static ana_status new_pls(size_t n, size_t p, size_t q, size_t n_components, ana_pls **out)
{
    ana_status status = ANA_OK;
    ana_pls *pls = NULL;
    ANA_TRY(ana_allocate(1, sizeof *pls, "pls", (void *)&pls));
    const size_t most = n - 1 < p ? n - 1 : p;
    pls->n_features = p;
    pls->n_targets = q;
    pls->n_components = n_components < most ? n_components : most;
    const struct {
        size_t n;
        double **array;
    } arrays[] = {{pls->n_components * p, &pls->directions},
                  {pls->n_components * q, &pls->loadings},
                  {p, &pls->mean_x},
                  {q, &pls->mean_y}};
    for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) {
        ANA_TRY(ana_allocate(arrays[k].n, sizeof(double), "pls", (void *)arrays[k].array));
    }
    *out = pls;
    pls = NULL;
done:
    ana_pls_free(pls);
    return status;
}

/* What the components are found with. */
typedef struct pls_room {
    const double *x;  /* n x p, centred */
    double *products; /* p x q: X^T Y, deflated */
    double *score;    /* n */
    double *weight;   /* p */
    double *loading;  /* n_components x p: of the features */
} pls_room;

static void centre(size_t n, size_t m, const double *x, double *room, double *mean, double *out)
{
    columns_mean(n, m, x, room, mean);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < m; j++) {
            out[i * m + j] = x[i * m + j] - mean[j];
        }
    }
}

/* Component k from its weight: the direction that gives its score in the centred features, the
 * loadings of both sides, and X^T Y without what it explains. *length 0: nothing is left. */
static ana_status add_component(size_t n, size_t k, pls_room *room, ana_pls *pls, double *length)
{
    ana_status status = ANA_OK;
    const size_t p = pls->n_features;
    const size_t q = pls->n_targets;
    double *direction = pls->directions + k * p;
    double *loading = room->loading + k * p;
    double *target = pls->loadings + k * q;
    memcpy(direction, room->weight, p * sizeof *direction);
    for (size_t i = 0; i < k; i++) {
        const double along = ana_dot(p, room->loading + i * p, room->weight);
        for (size_t j = 0; j < p; j++) {
            direction[j] -= along * pls->directions[i * p + j];
        }
    }
    ANA_TRY(ana_linalg_apply(n, p, room->x, false, direction, room->score));
    *length = ana_dot(n, room->score, room->score);
    if (*length == 0.0) {
        goto done;
    }
    ANA_TRY(ana_linalg_apply(n, p, room->x, true, room->score, loading));
    ANA_TRY(ana_linalg_apply(p, q, room->products, true, direction, target));
    for (size_t j = 0; j < p; j++) {
        loading[j] /= *length;
    }
    for (size_t j = 0; j < q; j++) {
        target[j] /= *length;
    }
    for (size_t i = 0; i < p; i++) {
        for (size_t j = 0; j < q; j++) {
            room->products[i * q + j] -= *length * loading[i] * target[j];
        }
    }
done:
    return status;
}

/* Sum of squares, to see when X^T Y is down to its rounding. */
static double square(size_t n, const double *x)
{
    return ana_dot(n, x, x);
}

/* Components of centred x (n x p) and y (n x q) into pls: fewer where nothing is left. */
static ana_status find_components(size_t n, const double *x, const double *y, double tolerance,
                                  ana_pls *pls)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t p = pls->n_features;
    const size_t q = pls->n_targets;
    pls_room room = {.x = x,
                     .products = ana_workspace_doubles(&workspace, p, q),
                     .score = ana_workspace_doubles(&workspace, n, 1),
                     .weight = ana_workspace_doubles(&workspace, p, 1),
                     .loading = ana_workspace_doubles(&workspace, pls->n_components, p)};
    const ana_gemm shape = {
        .n_rows = p, .n_inner = n, .n_columns = q, .transpose_a = true, .alpha = 1.0, .beta = 0.0};
    ANA_TRY(ana_workspace_check(&workspace, "pls"));
    ANA_TRY(ana_linalg_gemm(&shape, x, y, room.products));
    const double whole = square(p * q, room.products);
    for (size_t k = 0; k < pls->n_components; k++) {
        double length = 0.0;
        if (square(p * q, room.products) > 1e-28 * whole) {
            ANA_TRY(pls_leading(p, q, room.products, tolerance, k, room.weight));
            ANA_TRY(add_component(n, k, &room, pls, &length));
        }
        pls->n_components = length > 0.0 ? pls->n_components : k;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The rows of x in their own space: x x^T = U diag(values) U^T; turned (n x n) = U times the roots
 * of the values, back (n x n) = U divided by them, 0 for what is rounding. */
static ana_status turn_rows(size_t n, size_t p, const double *x, double *turned, double *back)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *gram = ana_workspace_doubles(&workspace, n, n);
    double *vectors = ana_workspace_doubles(&workspace, n, n);
    double *values = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "pls"));
    ANA_TRY(ana_linalg_gram_rows(n, p, x, gram));
    ANA_TRY(ana_linalg_eigen_symmetric(n, gram, values, vectors));
    const double rounding = (double)n * 2.220446049250313e-16 * values[n - 1];
    for (size_t k = 0; k < n; k++) {
        const double root = values[k] > rounding ? sqrt(values[k]) : 0.0;
        for (size_t i = 0; i < n; i++) {
            turned[i * n + k] = root * vectors[k * n + i];
            back[i * n + k] = root > 0.0 ? vectors[k * n + i] / root : 0.0;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Components of more features than samples, found in the space of the samples, where they are the
 * same; their directions are then taken back to the features. */
static ana_status find_turned(size_t n, const double *x, const double *y, double tolerance,
                              ana_pls *pls)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_pls *small = NULL;
    const size_t p = pls->n_features;
    const size_t most = pls->n_components;
    double *turned = ana_workspace_doubles(&workspace, n, n);
    double *back = ana_workspace_doubles(&workspace, n, n);
    double *of_rows = ana_workspace_doubles(&workspace, most, n);
    ANA_TRY(ana_workspace_check(&workspace, "pls"));
    ANA_TRY(turn_rows(n, p, x, turned, back));
    ANA_TRY(new_pls(n, n, pls->n_targets, most, &small));
    ANA_TRY(find_components(n, turned, y, tolerance, small));
    pls->n_components = small->n_components;
    if (small->n_components > 0) {
        const ana_gemm shape = {.n_rows = small->n_components,
                                .n_inner = n,
                                .n_columns = n,
                                .transpose_b = true,
                                .alpha = 1.0,
                                .beta = 0.0};
        ANA_TRY(ana_linalg_gemm(&shape, small->directions, back, of_rows));
        ANA_TRY(ana_linalg_multiply(small->n_components, n, p, of_rows, x, pls->directions));
        memcpy(pls->loadings, small->loadings,
               small->n_components * pls->n_targets * sizeof *pls->loadings);
    }
done:
    ana_pls_free(small);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_pls_fit(size_t n, size_t p, const double *x, size_t q, const double *y,
                       const ana_pls_options *options, ana_pls **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_pls *pls = NULL;
    const ana_pls_options defaults = ana_pls_options_default();
    options = options != NULL ? options : &defaults;
    const size_t n_components = options->n_components;
    const double tolerance = options->tolerance;
    if (n < 2 || p == 0 || q == 0 || n_components == 0 || !(tolerance >= 0.0)) {
        return ana_fail(ANA_ERR_VALUE,
                        "pls: %zu samples of %zu features and %zu targets, %zu components: two "
                        "samples and one of each of the others are wanted at least, and a "
                        "tolerance of 0 or more",
                        n, p, q, n_components);
    }
    ANA_TRY(maps_check_finite("pls", n, p, x, q, y));
    ANA_TRY(new_pls(n, p, q, n_components, &pls));
    double *centred_x = ana_workspace_doubles(&workspace, n, p);
    double *centred_y = ana_workspace_doubles(&workspace, n, q);
    double *scratch = ana_workspace_doubles(&workspace, p + q, 1);
    ANA_TRY(ana_workspace_check(&workspace, "pls"));
    centre(n, p, x, scratch, pls->mean_x, centred_x);
    centre(n, q, y, scratch, pls->mean_y, centred_y);
    ANA_TRY(p > n ? find_turned(n, centred_x, centred_y, tolerance, pls)
                  : find_components(n, centred_x, centred_y, tolerance, pls));
    *out = pls;
    pls = NULL;
done:
    ana_pls_free(pls);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_pls_predict(const ana_pls *pls, size_t m, const double *x, double *predicted)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t p = pls->n_features;
    const size_t q = pls->n_targets;
    const size_t k = pls->n_components;
    double *moved = ana_workspace_doubles(&workspace, m, p);
    double *scores = ana_workspace_doubles(&workspace, m, k);
    ANA_TRY(ana_workspace_check(&workspace, "pls"));
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < p; j++) {
            moved[i * p + j] = x[i * p + j] - pls->mean_x[j];
        }
    }
    if (k > 0) {
        const ana_gemm shape = {.n_rows = m,
                                .n_inner = p,
                                .n_columns = k,
                                .transpose_b = true,
                                .alpha = 1.0,
                                .beta = 0.0};
        ANA_TRY(ana_linalg_gemm(&shape, moved, pls->directions, scores));
        ANA_TRY(ana_linalg_multiply(m, k, q, scores, pls->loadings, predicted));
    } else {
        memset(predicted, 0, m * q * sizeof *predicted);
    }
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < q; j++) {
            predicted[i * q + j] += pls->mean_y[j];
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

void ana_pls_free(ana_pls *pls)
{
    if (pls == NULL) {
        return;
    }
    free(pls->directions);
    free(pls->loadings);
    free(pls->mean_x);
    free(pls->mean_y);
    free(pls);
}
