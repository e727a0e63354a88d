/* Small matrices, by loops along rows: with D of 3 to 50 a call into the BLAS costs more than the
 * work, and along rows the compiler makes vectors without changing the order of any sum. */
#include "bicluster_parts.h"

#include <math.h>
#include <string.h>

bool bicluster_cholesky(size_t n, double *a)
{
    for (size_t k = 0; k < n; k++) {
        double *row = a + k * n;
        if (!(row[k] > 0.0) || !isfinite(row[k])) {
            return false;
        }
        const double inverse = 1.0 / sqrt(row[k]);
        for (size_t j = k; j < n; j++) {
            row[j] *= inverse;
        }
        for (size_t i = k + 1; i < n; i++) {
            const double factor = row[i];
            double *below = a + i * n;
            for (size_t j = i; j < n; j++) {
                below[j] -= factor * row[j];
            }
            below[k] = 0.0;
        }
    }
    return true;
}

void bicluster_solve_transposed(size_t n, const double *u, size_t m, double *b)
{
    for (size_t k = 0; k < n; k++) {
        double *row = b + k * m;
        const double inverse = 1.0 / u[k * n + k];
        for (size_t j = 0; j < m; j++) {
            row[j] *= inverse;
        }
        for (size_t i = k + 1; i < n; i++) {
            const double factor = u[k * n + i];
            double *below = b + i * m;
            for (size_t j = 0; j < m; j++) {
                below[j] -= factor * row[j];
            }
        }
    }
}

void bicluster_solve(size_t n, const double *u, size_t m, double *b)
{
    for (size_t k = n; k-- > 0;) {
        double *row = b + k * m;
        for (size_t i = k + 1; i < n; i++) {
            const double factor = u[k * n + i];
            const double *below = b + i * m;
            for (size_t j = 0; j < m; j++) {
                row[j] -= factor * below[j];
            }
        }
        const double inverse = 1.0 / u[k * n + k];
        for (size_t j = 0; j < m; j++) {
            row[j] *= inverse;
        }
    }
}

void bicluster_multiply(size_t n, size_t k, size_t m, const double *a, const double *b, double *c)
{
    memset(c, 0, n * m * sizeof *c);
    for (size_t i = 0; i < n; i++) {
        double *out = c + i * m;
        for (size_t l = 0; l < k; l++) {
            const double factor = a[i * k + l];
            const double *row = b + l * m;
            for (size_t j = 0; j < m; j++) {
                out[j] += factor * row[j];
            }
        }
    }
}

double bicluster_log_diagonal(size_t n, const double *u)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += log(u[i * n + i]);
    }
    return sum;
}

void bicluster_invert(size_t n, const double *u, double *out)
{
    memset(out, 0, n * n * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        out[i * n + i] = 1.0;
    }
    bicluster_solve_transposed(n, u, n, out);
    bicluster_solve(n, u, n, out);
}
