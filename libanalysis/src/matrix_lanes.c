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

/* Two right-hand sides x and y, whose rows are `step` doubles apart, are solved for rows
 * i ... i + 3 of L, which stay in registers: what is above them is loaded once for all four. Each
 * element is summed in the order of the rows. y may be x. */
ANA_KERNEL_PART solve_four(size_t n, size_t i, const double *lower, size_t step, double *x,
                           double *y)
{
    double a[4][L];
    double b[4][L];
    for (size_t r = 0; r < 4; r++) {
        memcpy(a[r], x + (i + r) * step, sizeof a[r]);
        memcpy(b[r], y + (i + r) * step, sizeof b[r]);
    }
    for (size_t k = 0; k < i; k++) {
        const double *xk = x + k * step;
        const double *yk = y + k * step;
        const double f[] = {lower[i * n + k], lower[(i + 1) * n + k], lower[(i + 2) * n + k],
                            lower[(i + 3) * n + k]};
#pragma omp simd
        for (size_t l = 0; l < L; l++) {
            a[0][l] -= f[0] * xk[l];
            b[0][l] -= f[0] * yk[l];
            a[1][l] -= f[1] * xk[l];
            b[1][l] -= f[1] * yk[l];
            a[2][l] -= f[2] * xk[l];
            b[2][l] -= f[2] * yk[l];
            a[3][l] -= f[3] * xk[l];
            b[3][l] -= f[3] * yk[l];
        }
    }
    for (size_t r = 0; r < 4; r++) {
        const double *row = lower + (i + r) * n + i;
        for (size_t k = 0; k < r; k++) {
            subtract(L, row[k], a[k], a[r]);
            subtract(L, row[k], b[k], b[r]);
        }
        scale(L, 1.0 / row[r], a[r]);
        scale(L, 1.0 / row[r], b[r]);
        memcpy(x + (i + r) * step, a[r], sizeof a[r]);
        memcpy(y + (i + r) * step, b[r], sizeof b[r]);
    }
}

ANA_KERNEL_PART solve_one(size_t n, size_t i, const double *lower, size_t step, double *x)
{
    for (size_t k = 0; k < i; k++) {
        subtract(L, lower[i * n + k], x + k * step, x + i * step);
    }
    scale(L, 1.0 / lower[i * n + i], x + i * step);
}

/* The first n_rows of L^-1 x and L^-1 y. */
ANA_KERNEL_PART solve_two(size_t n, size_t n_rows, const double *lower, size_t step, double *x,
                          double *y)
{
    size_t i = 0;
    for (; i + 4 <= n_rows; i += 4) {
        solve_four(n, i, lower, step, x, y);
    }
    for (; i < n_rows; i++) {
        solve_one(n, i, lower, step, x);
        if (y != x) {
            solve_one(n, i, lower, step, y);
        }
    }
}

/* Columns from above, n^3 operations a lane, two of which stay in the first-level cache; then rows
 * from the left, of which the lower half is wanted, n^3 / 3. */
ANA_CLONES static void whiten(size_t n, const double *lower, double *lanes)
{
    for (size_t j = 0; j < n; j += 2) {
        const size_t next = j + 1 < n ? j + 1 : j;
        solve_two(n, n, lower, n * L, lanes + j * L, lanes + next * L);
    }
    for (size_t i = 0; i < n; i += 2) {
        const size_t next = i + 1 < n ? i + 1 : i;
        solve_two(n, next + 1, lower, L, lanes + i * n * L, lanes + next * n * L);
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

enum {
    AT_ONCE = 32 /* vectors: a part of all rows of V that the second-level cache holds */
};

/* Rows i and i1 of V against j and j1, weighted, from vector `first` on; `sums` are those so far:
 * 8 operations a lane and vector with every load used twice. */
ANA_KERNEL_PART add_products(size_t n, const double *f, const double *a, const double *b,
                             const double *c, const double *d, double *const sums[4])
{
    double s[4][L];
    for (size_t i = 0; i < 4; i++) {
        memcpy(s[i], sums[i], sizeof s[i]);
    }
    for (size_t k = 0; k < n * L; k += L) {
#pragma omp simd
        for (size_t l = 0; l < L; l++) {
            const double x = a[k + l] * f[k + l];
            const double y = b[k + l] * f[k + l];
            s[0][l] += x * c[k + l];
            s[1][l] += x * d[k + l];
            s[2][l] += y * c[k + l];
            s[3][l] += y * d[k + l];
        }
    }
    for (size_t i = 0; i < 4; i++) {
        memcpy(sums[i], s[i], sizeof s[i]);
    }
}

/* The lower half of what n_here of the vectors make, added. */
ANA_KERNEL_PART add_part(size_t n, size_t n_here, const double *f, const double *v, double *out)
{
    const size_t row = n * L;
    double rubbish[L] = {0.0}; /* of a row that an odd n has not */
    for (size_t i = 0; i < n; i += 2) {
        const bool two = i + 1 < n;
        const double *next = v + (two ? i + 1 : i) * row;
        for (size_t j = 0; j <= i; j += 2) {
            const bool beside = j + 1 < n;
            double *first = out + i * row + j * L;
            double *const sums[] = {first, beside ? first + L : rubbish,
                                    two ? first + row : rubbish, two ? first + row + L : rubbish};
            add_products(n_here, f, v + i * row, next, v + j * row, v + (beside ? j + 1 : j) * row,
                         sums);
        }
    }
}

/* The lower half, n^3 operations a lane, and its mirror image. */
ANA_CLONES static void rebuild(size_t n, const double *values, const double *vectors, double *out)
{
    const size_t row = n * L;
    memset(out, 0, n * row * sizeof *out);
    for (size_t first = 0; first < n; first += AT_ONCE) {
        add_part(n, n - first < AT_ONCE ? n - first : AT_ONCE, values + first * L,
                 vectors + first * L, out);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            memcpy(out + j * row + i * L, out + i * row + j * L, L * sizeof *out);
        }
    }
}

void ana_lanes_rebuild(size_t n, const double *values, const double *vectors, double *out)
{
    rebuild(n, values, vectors, out);
}
