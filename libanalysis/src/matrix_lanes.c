/* Matrices in lanes: packing, whitening, products. */
#include "matrix_lanes.h"

#include "simd.h"

#include <string.h>

enum {
    L = ANA_LANES
};

void ana_lanes_pack(size_t n, size_t n_matrices, const double *matrices, double *out)
{
    for (size_t e = 0; e < n * n; e++) {
        for (size_t k = 0; k < L; k++) {
            const double identity = e % (n + 1) == 0 ? 1.0 : 0.0;
            out[e * L + k] = k < n_matrices ? matrices[k * n * n + e] : identity;
        }
    }
}

void ana_lanes_unpack(size_t n, size_t n_matrices, const double *lanes, double *matrices)
{
    for (size_t k = 0; k < n_matrices; k++) {
        for (size_t e = 0; e < n * n; e++) {
            matrices[k * n * n + e] = lanes[e * L + k];
        }
    }
}

/* x -= factor * y, for n numbers. */
static inline void subtract(size_t n, double factor, const double *restrict y, double *restrict x)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        x[i] -= factor * y[i];
    }
}

static inline void scale(size_t n, double factor, double *restrict x)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        x[i] *= factor;
    }
}

/* Rows from above: 2 n^3 / 2 operations a lane; then columns from the left. */
ANA_CLONES static void whiten(size_t n, const double *lower, double *lanes)
{
    const size_t row = n * L;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            subtract(row, lower[i * n + k], lanes + k * row, lanes + i * row);
        }
        scale(row, 1.0 / lower[i * n + i], lanes + i * row);
    }
    for (size_t i = 0; i < n; i++) {
        double *x = lanes + i * row;
        for (size_t j = 0; j < n; j++) {
            for (size_t k = 0; k < j; k++) {
                subtract(L, lower[j * n + k], x + k * L, x + j * L);
            }
            scale(L, 1.0 / lower[j * n + j], x + j * L);
        }
    }
}

void ana_lanes_whiten(size_t n, const double *lower, double *lanes)
{
    whiten(n, lower, lanes);
    for (size_t i = 0; i < n; i++) { /* rounding apart, both halves are the same */
        for (size_t j = 0; j < i; j++) {
            memcpy(lanes + (j * n + i) * L, lanes + (i * n + j) * L, L * sizeof *lanes);
        }
    }
}

/* Two rows of V against two others, weighted: 8 n operations a lane with every load used twice. */
static inline void rebuild_pair(size_t n, const double *restrict values, const double *restrict a0,
                                const double *restrict a1, const double *restrict b0,
                                const double *restrict b1, double out[restrict 4 * L])
{
    double *const third = out + (size_t)2 * L;
    double *const fourth = out + (size_t)3 * L;
    memset(out, 0, (size_t)4 * L * sizeof *out);
    for (size_t k = 0; k < n * L; k += L) {
#pragma omp simd
        for (size_t l = 0; l < L; l++) {
            const double x = a0[k + l] * values[k + l];
            const double y = a1[k + l] * values[k + l];
            out[l] += x * b0[k + l];
            out[L + l] += x * b1[k + l];
            third[l] += y * b0[k + l];
            fourth[l] += y * b1[k + l];
        }
    }
}

static void put(size_t n, size_t i, size_t j, const double *value, double *out)
{
    memcpy(out + (i * n + j) * L, value, L * sizeof *out);
    memcpy(out + (j * n + i) * L, value, L * sizeof *out);
}

ANA_CLONES static void rebuild(size_t n, const double *values, const double *vectors, double *out)
{
    const size_t row = n * L;
    const size_t one = L;
    double four[4 * L];
    for (size_t i = 0; i < n; i += 2) {
        const size_t i1 = i + 1 < n ? i + 1 : i;
        for (size_t j = 0; j <= i; j += 2) {
            const size_t j1 = j + 1 < n ? j + 1 : j;
            rebuild_pair(n, values, vectors + i * row, vectors + i1 * row, vectors + j * row,
                         vectors + j1 * row, four);
            /* The upper of two mirrored entries is written first: the lower one stays. */
            put(n, i, j1, four + one, out);
            put(n, i1, j1, four + (i1 == i ? 1 : 3) * one, out);
            put(n, i, j, four, out);
            put(n, i1, j, four + (i1 == i ? 0 : 2) * one, out);
        }
    }
}

void ana_lanes_rebuild(size_t n, const double *values, const double *vectors, double *out)
{
    rebuild(n, values, vectors, out);
}
