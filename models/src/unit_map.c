/* Targets predicted from one feature each. */
#include "columns.h"
#include "dense.h"
#include "memory.h"
#include "pls_parts.h"
#include "text.h"
#include "try.h"

#include <analysis/assignment.h>
#include <analysis/linalg.h>
#include <analysis/models/encoding_maps.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ana_status check_matrix(const char *what, const char *kind, size_t n, size_t m,
                               const double *x)
{
    for (size_t i = 0; i < n * m; i++) {
        if (!isfinite(x[i])) {
            return ana_fail(ANA_ERR_VALUE, "%s: row %zu, %s %zu: %s; only finite values are taken",
                            what, i / m, kind, i % m, ana_number(x[i]).text);
        }
    }
    return ANA_OK;
}

ana_status maps_check_finite(const char *what, size_t n, size_t p, const double *x, size_t q,
                             const double *y)
{
    const ana_status status = check_matrix(what, "feature", n, p, x);
    return status == ANA_OK ? check_matrix(what, "target", n, q, y) : status;
}

/* Columns less their means, and of length 1 (0 for those that do not vary). */
typedef struct directions {
    double *unit;   /* n x m */
    double *mean;   /* m */
    double *length; /* m */
} directions;

static directions new_directions(size_t n, size_t m, ana_workspace *workspace)
{
    return (directions){.unit = ana_workspace_doubles(workspace, n, m),
                        .mean = ana_workspace_doubles(workspace, m, 1),
                        .length = ana_workspace_doubles(workspace, m, 1)};
}

static void find_directions(size_t n, size_t m, const double *x, directions *out)
{
    columns_mean(n, m, x, out->length, out->mean);
    memset(out->length, 0, m * sizeof *out->length);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < m; j++) {
            out->unit[i * m + j] = x[i * m + j] - out->mean[j];
            out->length[j] += out->unit[i * m + j] * out->unit[i * m + j];
        }
    }
    for (size_t j = 0; j < m; j++) {
        const double rounding = 1e-14 * fabs(out->mean[j]) * sqrt((double)n);
        out->length[j] = sqrt(out->length[j]);
        out->length[j] = out->length[j] > rounding ? out->length[j] : 0.0;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < m; j++) {
            out->unit[i * m + j] *= out->length[j] > 0.0 ? 1.0 / out->length[j] : 0.0;
        }
    }
}

/* costs (q x p) = 1 - correlation of target and feature. */
static ana_status find_costs(size_t n, size_t p, const double *x, size_t q, const double *y,
                             double *costs)
{
    const ana_gemm shape = {
        .n_rows = q, .n_inner = n, .n_columns = p, .transpose_a = true, .alpha = -1.0, .beta = 0.0};
    const ana_status status = ana_linalg_gemm(&shape, y, x, costs);
    for (size_t i = 0; i < p * q && status == ANA_OK; i++) {
        costs[i] = 1.0 + costs[i];
    }
    return status;
}

static ana_status new_map(size_t q, ana_unit_map **out)
{
    ana_status status = ANA_OK;
    ana_unit_map *map = NULL;
    ANA_TRY(ana_allocate(1, sizeof *map, "unit map", (void *)&map));
    map->n_targets = q;
    ANA_TRY(ana_allocate(q, sizeof(size_t), "unit map", (void *)&map->feature));
    ANA_TRY(ana_allocate(q, sizeof(double), "unit map", (void *)&map->correlation));
    ANA_TRY(ana_allocate(q, sizeof(double), "unit map", (void *)&map->slope));
    ANA_TRY(ana_allocate(q, sizeof(double), "unit map", (void *)&map->intercept));
    *out = map;
    map = NULL;
done:
    ana_unit_map_free(map);
    return status;
}

ana_status ana_unit_map_fit(size_t n, size_t p, const double *x, size_t q, const double *y,
                            bool one_to_one, ana_unit_map **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_unit_map *map = NULL;
    if (n < 2 || p == 0 || q == 0) {
        return ana_fail(ANA_ERR_VALUE,
                        "unit map: %zu samples of %zu features and %zu targets; two samples and "
                        "one of each are wanted at least",
                        n, p, q);
    }
    ANA_TRY(maps_check_finite("unit map", n, p, x, q, y));
    directions of_x = new_directions(n, p, &workspace);
    directions of_y = new_directions(n, q, &workspace);
    double *costs = ana_workspace_doubles(&workspace, q, p);
    ANA_TRY(ana_workspace_check(&workspace, "unit map"));
    ANA_TRY(new_map(q, &map));
    find_directions(n, p, x, &of_x);
    find_directions(n, q, y, &of_y);
    ANA_TRY(find_costs(n, p, of_x.unit, q, of_y.unit, costs));
    if (one_to_one) {
        ANA_TRY(ana_assignment_solve(q, p, costs, map->feature, NULL));
    }
    for (size_t j = 0; j < q; j++) {
        const double *row = costs + j * p;
        size_t best = 0;
        for (size_t i = 1; i < p; i++) {
            best = row[i] < row[best] ? i : best;
        }
        const size_t f = one_to_one ? map->feature[j] : best;
        const bool found = f != ANA_UNASSIGNED;
        map->feature[j] = f;
        map->correlation[j] = found ? 1.0 - row[f] : (double)NAN;
        const bool flat = found && of_x.length[f] == 0.0;
        const double slope =
            found && !flat ? map->correlation[j] * of_y.length[j] / of_x.length[f] : 0.0;
        map->slope[j] = slope;
        map->intercept[j] = found ? of_y.mean[j] - slope * of_x.mean[f] : (double)NAN;
    }
    *out = map;
    map = NULL;
done:
    ana_unit_map_free(map);
    ana_workspace_release(&workspace);
    return status;
}

void ana_unit_map_predict(const ana_unit_map *map, size_t m, size_t p, const double *x,
                          double *predicted)
{
    const size_t q = map->n_targets;
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < q; j++) {
            const size_t f = map->feature[j];
            predicted[i * q + j] = f == ANA_UNASSIGNED
                                       ? (double)NAN
                                       : map->intercept[j] + map->slope[j] * x[i * p + f];
        }
    }
}

void ana_unit_map_free(ana_unit_map *map)
{
    if (map == NULL) {
        return;
    }
    free(map->feature);
    free(map->correlation);
    free(map->slope);
    free(map->intercept);
    free(map);
}
