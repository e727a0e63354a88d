#include "oasis_fit.h"
#include "try.h"
#include "workspace.h"

#include <analysis/oasis.h>
#include <analysis/stats.h>

#include <math.h>

void ana_oasis_coefficients(double decay_s, double rise_s, double rate, double g[2])
{
    double slow = exp(-1.0 / (decay_s * rate));
    double fast = rise_s > 0.0 ? exp(-1.0 / (rise_s * rate)) : 0.0;
    g[0] = slow + fast;
    g[1] = -slow * fast;
}

double ana_oasis_slow_root(const double g[2])
{
    double inside = g[0] * g[0] + 4.0 * g[1];
    return 0.5 * (g[0] + sqrt(inside > 0.0 ? inside : 0.0));
}

/* out[k] = autocovariance at lag k over the n_observed samples present, k = 0 ... n_lags. */
static void autocovariance(size_t n, const double *y, size_t n_observed, size_t n_lags, double *out)
{
    double mean = ana_stats_mean(n, y);
    for (size_t k = 0; k <= n_lags; k++) {
        out[k] = 0.0;
        for (size_t t = k; t < n; t++) {
            double product = (y[t] - mean) * (y[t - k] - mean);
            out[k] += isnan(product) ? 0.0 : product;
        }
        out[k] /= (double)n_observed;
    }
}

/* Least squares of n rows and one or two columns by Gram and Schmidt; column 0 becomes the unit
 * vector, column 1 its part at right angles. False when a column is nothing but zeros. */
static bool solve_columns(size_t n, size_t n_columns, double *const columns[2],
                          const double *wanted, double solution[2])
{
    double squares[2] = {0.0, 0.0};
    double onto[2] = {0.0, 0.0};
    double shared = 0.0;
    for (size_t i = 0; i < n; i++) {
        squares[0] += columns[0][i] * columns[0][i];
        onto[0] += columns[0][i] * wanted[i];
        shared += n_columns > 1 ? columns[0][i] * columns[1][i] : 0.0;
    }
    if (!(squares[0] > 0.0)) {
        return false;
    }
    shared /= squares[0];
    for (size_t i = 0; i < n && n_columns > 1; i++) {
        columns[1][i] -= shared * columns[0][i];
        squares[1] += columns[1][i] * columns[1][i];
        onto[1] += columns[1][i] * wanted[i];
    }
    solution[1] = squares[1] > 0.0 ? onto[1] / squares[1] : 0.0;
    solution[0] = onto[0] / squares[0] - shared * solution[1];
    return true;
}

/* A root that decays: between 0 and 1. */
static double tame(double root, bool *adjusted)
{
    if (root >= 1.0 || !(root > 1e-3)) {
        *adjusted = true;
        return root >= 1.0 ? 0.95 : 0.15;
    }
    return root;
}

/* g of the nearest roots that decay without swinging. */
static void tame_roots(size_t order, double g[2], bool *adjusted)
{
    if (order == 1) {
        g[0] = tame(g[0], adjusted);
        return;
    }
    double inside = g[0] * g[0] + 4.0 * g[1];
    double spread = sqrt(inside > 0.0 ? inside : 0.0);
    *adjusted = *adjusted || inside < 0.0;
    double slow = tame(0.5 * (g[0] + spread), adjusted);
    double fast = tame(0.5 * (g[0] - spread), adjusted);
    g[0] = slow + fast;
    g[1] = -slow * fast;
}

/* The equations: row k has the autocovariances at lags k and k - 1, the noise taken off lag 0. */
static void fill_columns(size_t n_rows, const double *covariance, double noise,
                         double *const columns[2])
{
    for (size_t i = 0; i < n_rows; i++) {
        columns[0][i] = covariance[i] - (i == 0 ? noise * noise : 0.0);
        columns[1][i] = covariance[i > 0 ? i - 1 : 1] - (i == 1 ? noise * noise : 0.0);
    }
}

ana_status ana_oasis_estimate(size_t n, const double *y, size_t order, size_t n_lags, double noise,
                              double g[2], bool *adjusted)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_rows = n_lags + order;
    const size_t n_observed = ana_stats_count(n, y);
    double *covariance = ana_workspace_doubles(&workspace, n_rows + 1, 1);
    double *slow = ana_workspace_doubles(&workspace, n_rows, 1);
    double *fast = ana_workspace_doubles(&workspace, n_rows, 1);
    ANA_TRY(ana_workspace_check(&workspace, "oasis"));
    g[0] = 0.0;
    g[1] = 0.0;
    *adjusted = false;
    if (n_observed < 2 * n_rows) {
        ANA_TRY(ana_fail(ANA_ERR_NUMERIC,
                         "oasis: %zu samples are too few for %zu autocovariances; give decay",
                         n_observed, n_rows));
    }
    autocovariance(n, y, n_observed, n_rows, covariance);
    double *const columns[2] = {slow, fast};
    fill_columns(n_rows, covariance, noise, columns);
    if (!solve_columns(n_rows, order, columns, covariance + 1, g)) {
        ANA_TRY(ana_fail(ANA_ERR_NUMERIC, "oasis: the trace does not vary"));
    }
    tame_roots(order, g, adjusted);
done:
    ana_workspace_release(&workspace);
    return status;
}
