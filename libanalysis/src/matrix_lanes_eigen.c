/* Eigenvalues and vectors of eight symmetric matrices at once. */
#include "matrix_lanes.h"
#include "simd.h"

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

enum {
    L = ANA_LANES,
    MAX_SWEEPS = 60 /* for each eigenvalue; two are usual */
};

/* Powers of two that bring each lane's largest element near 1: exact, and squares neither overflow
 * nor vanish. 0: the lane is zero; NaN: it holds what is no number. */
static void find_scales(size_t n, const double *a, double scales[L])
{
    double largest[L] = {0.0};
    for (size_t i = 0; i < n; i++) {
        for (size_t e = i * n * L; e < (i * n + i + 1) * L; e += L) {
            for (size_t l = 0; l < L; l++) {
                const double size = fabs(a[e + l]);
                largest[l] = size > largest[l] || isnan(size) ? size : largest[l];
            }
        }
    }
    for (size_t l = 0; l < L; l++) {
        scales[l] = largest[l];
        if (largest[l] > 0.0 && isfinite(largest[l])) {
            const int power = -ilogb(largest[l]);
            scales[l] = ldexp(1.0, power < 1000 ? power : 1000);
        }
    }
}

static bool apply_scales(size_t n, const double scales[L], double *a)
{
    bool finite = true;
    double factor[L];
    for (size_t l = 0; l < L; l++) {
        finite = finite && isfinite(scales[l]);
        factor[l] = scales[l] > 0.0 ? scales[l] : 1.0;
    }
    for (size_t e = 0; e < n * n * L && finite; e += L) {
        for (size_t l = 0; l < L; l++) {
            a[e + l] *= factor[l];
        }
    }
    return finite;
}

/* x becomes Householder's vector (x[0] = 1) of the column x; beta is what the column becomes. */
static inline void reflect(size_t n, double *const *x, double tau[L], double beta[L])
{
    double sigma[L] = {0.0};
    double factor[L];
    for (size_t i = 1; i < n; i++) {
#pragma omp simd
        for (size_t l = 0; l < L; l++) {
            sigma[l] += x[i][l] * x[i][l];
        }
    }
    for (size_t l = 0; l < L; l++) {
        const double alpha = x[0][l];
        const double norm = sqrt(alpha * alpha + sigma[l]);
        const bool some = sigma[l] > 0.0;
        beta[l] = some ? -copysign(norm, alpha) : alpha;
        tau[l] = some ? (beta[l] - alpha) / beta[l] : 0.0;
        factor[l] = some ? 1.0 / (alpha - beta[l]) : 0.0;
        x[0][l] = 1.0;
    }
    for (size_t i = 1; i < n; i++) {
#pragma omp simd
        for (size_t l = 0; l < L; l++) {
            x[i][l] *= factor[l];
        }
    }
}

/* p = tau A v - (its half along v): what A loses is v p^T + p v^T. A: rows first ... n - 1. */
static inline void find_update(size_t n, size_t first, const double *restrict a,
                               const double *restrict v, const double tau[L], double *restrict p)
{
    memset(p + first * L, 0, (n - first) * L * sizeof *p);
    double along[L] = {0.0};
    for (size_t i = first; i < n; i++) {
        const double *row = a + i * n * L;
        double sum[L] = {0.0};
        for (size_t j = first; j < i; j++) {
#pragma omp simd
            for (size_t l = 0; l < L; l++) {
                sum[l] += row[j * L + l] * v[j * L + l];
                p[j * L + l] += row[j * L + l] * v[i * L + l];
            }
        }
#pragma omp simd
        for (size_t l = 0; l < L; l++) {
            p[i * L + l] += sum[l] + row[i * L + l] * v[i * L + l];
        }
    }
    for (size_t i = first; i < n; i++) {
#pragma omp simd
        for (size_t l = 0; l < L; l++) {
            p[i * L + l] *= tau[l];
            along[l] += p[i * L + l] * v[i * L + l];
        }
    }
    for (size_t i = first; i < n; i++) {
#pragma omp simd
        for (size_t l = 0; l < L; l++) {
            p[i * L + l] -= 0.5 * tau[l] * along[l] * v[i * L + l];
        }
    }
}

static inline void update(size_t n, size_t first, const double *restrict v,
                          const double *restrict p, double *restrict a)
{
    for (size_t i = first; i < n; i++) {
        double *row = a + i * n * L;
        for (size_t j = first; j <= i; j++) {
#pragma omp simd
            for (size_t l = 0; l < L; l++) {
                row[j * L + l] -= v[i * L + l] * p[j * L + l] + p[i * L + l] * v[j * L + l];
            }
        }
    }
}

/* 4/3 n^3 operations a lane. Columns of A below the diagonal become the vectors of the reflections,
 * whose factors go to the diagonal once that is saved in d. */
ANA_CLONES static void make_tridiagonal(size_t n, double *a, double *d, double *e, double *p)
{
    double *column[ANA_LANES_MAX_N];
    double v[ANA_LANES_MAX_N * L];
    double tau[L];
    for (size_t k = 0; k + 2 < n; k++) {
        for (size_t i = k + 1; i < n; i++) {
            column[i - k - 1] = a + (i * n + k) * L;
        }
        reflect(n - k - 1, column, tau, e + k * L);
        for (size_t i = k + 1; i < n; i++) {
            memcpy(v + i * L, column[i - k - 1], L * sizeof *v);
        }
        memcpy(d + k * L, a + (k * n + k) * L, L * sizeof *d);
        memcpy(a + (k * n + k) * L, tau, sizeof tau);
        find_update(n, k + 1, a, v, tau, p);
        update(n, k + 1, v, p, a);
    }
    for (size_t k = n > 1 ? n - 2 : 0; k < n; k++) {
        memcpy(d + k * L, a + (k * n + k) * L, L * sizeof *d);
        if (k + 1 < n) {
            memcpy(e + k * L, a + ((k + 1) * n + k) * L, L * sizeof *e);
        }
    }
    memset(e + (n - 1) * L, 0, L * sizeof *e);
}

/* u = v^T Q, for rows and columns first ... n - 1. */
static inline void project(size_t n, size_t first, const double *restrict a, size_t k,
                           const double *restrict q, double *restrict u)
{
    memset(u + first * L, 0, (n - first) * L * sizeof *u);
    for (size_t i = first; i < n; i++) {
        const double *v = a + (i * n + k) * L;
        const double *row = q + i * n * L;
        for (size_t j = first; j < n; j++) {
#pragma omp simd
            for (size_t l = 0; l < L; l++) {
                u[j * L + l] += v[l] * row[j * L + l];
            }
        }
    }
}

/* Q -= tau v u^T */
static inline void deflect(size_t n, size_t first, const double *restrict a, size_t k,
                           const double *restrict u, double *restrict q)
{
    const double *tau = a + (k * n + k) * L;
    for (size_t i = first; i < n; i++) {
        const double *v = a + (i * n + k) * L;
        double *row = q + i * n * L;
        double factor[L];
        for (size_t l = 0; l < L; l++) {
            factor[l] = tau[l] * v[l];
        }
        for (size_t j = first; j < n; j++) {
#pragma omp simd
            for (size_t l = 0; l < L; l++) {
                row[j * L + l] -= factor[l] * u[j * L + l];
            }
        }
    }
}

/* Q = H_0 H_1 ... from the last reflection to the first: 4/3 n^3 operations a lane. */
ANA_CLONES static void make_vectors(size_t n, const double *a, double *q, double *u)
{
    memset(q, 0, n * n * L * sizeof *q);
    for (size_t i = 0; i < n; i++) {
        for (size_t l = 0; l < L; l++) {
            q[(i * n + i) * L + l] = 1.0;
        }
    }
    for (size_t k = n > 2 ? n - 2 : 0; k-- > 0;) {
        project(n, k + 1, a, k, q, u);
        deflect(n, k + 1, a, k, u, q);
    }
}

/* For each lane the end of the block that begins at `first`: where an element beside the diagonal
 * is nothing to its neighbours. Returns the largest end of all lanes. */
static size_t find_ends(size_t n, size_t first, const double *d, const double *e, size_t ends[L])
{
    size_t last = first;
    for (size_t l = 0; l < L; l++) {
        size_t m = first;
        while (m + 1 < n && !(fabs(e[m * L + l]) <=
                              DBL_EPSILON * (fabs(d[m * L + l]) + fabs(d[(m + 1) * L + l])))) {
            m++;
        }
        ends[l] = m;
        last = m > last ? m : last;
    }
    return last;
}

/* What a sweep carries from row to row. */
typedef struct chase {
    double s[L];
    double c[L];
    double p[L];
    double g[L];
    double *cosine; /* the rotations of rows i and i + 1, at i * L */
    double *sine;
} chase;

/* Wilkinson's shift, and where the chase begins. */
static void begin_sweep(size_t first, const size_t ends[L], const double *d, const double *e,
                        chase *at)
{
    for (size_t l = 0; l < L; l++) {
        at->s[l] = 1.0;
        at->c[l] = 1.0;
        at->p[l] = 0.0;
        at->g[l] = 0.0;
        if (ends[l] > first) {
            const double off = e[first * L + l];
            const double half = (d[(first + 1) * L + l] - d[first * L + l]) / (2.0 * off);
            const double root = sqrt(half * half + 1.0);
            at->g[l] = d[ends[l] * L + l] - d[first * L + l] + off / (half + copysign(root, half));
        }
    }
}

static inline double pick(double on, double yes, double no)
{
    return on > 0.0 ? yes : no;
}

/* One rotation in the lanes that are on, of d[0], d[1] and e[0], e[1]; the identity in the rest. */
static inline void step(const double on[L], chase *at, double *restrict d, double *restrict e,
                        double *restrict cosine, double *restrict sine)
{
#pragma omp simd
    for (size_t l = 0; l < L; l++) {
        const double f = at->s[l] * e[l];
        const double b = at->c[l] * e[l];
        const double r = sqrt(f * f + at->g[l] * at->g[l]);
        const double some = pick(r, r, 1.0);
        const double s = pick(r, f / some, 0.0);
        const double c = pick(r, at->g[l] / some, 1.0);
        const double h = d[L + l] - at->p[l];
        const double t = (d[l] - h) * s + 2.0 * c * b;
        e[L + l] = pick(on[l], r, e[L + l]);
        d[L + l] = pick(on[l], h + s * t, d[L + l]);
        at->p[l] = pick(on[l], s * t, at->p[l]);
        at->g[l] = pick(on[l], c * t - b, at->g[l]);
        at->s[l] = pick(on[l], s, at->s[l]);
        at->c[l] = pick(on[l], c, at->c[l]);
        cosine[l] = pick(on[l], c, 1.0);
        sine[l] = pick(on[l], s, 0.0);
    }
}

/* One QL sweep over rows first ... last. */
ANA_CLONES static void sweep(size_t first, size_t last, const size_t ends[L], chase *at,
                             double *restrict d, double *restrict e)
{
    double on[L];
    for (size_t i = last; i-- > first;) {
        for (size_t l = 0; l < L; l++) {
            on[l] = i < ends[l] ? 1.0 : 0.0;
        }
        step(on, at, d + i * L, e + i * L, at->cosine + i * L, at->sine + i * L);
    }
    for (size_t l = 0; l < L; l++) {
        if (ends[l] > first) {
            d[first * L + l] -= at->p[l];
            e[first * L + l] = at->g[l];
            e[ends[l] * L + l] = 0.0;
        }
    }
}

/* Rows of V are rotated for themselves, R at a time: the rotations are loaded once for all of them,
 * and the rows stay in the first-level cache. */
static inline void rotate_rows(size_t n_rows, size_t n, size_t first, size_t last,
                               const double *restrict cosine, const double *restrict sine,
                               double *restrict rows)
{
    double carried[4 * L];
    for (size_t r = 0; r < n_rows; r++) {
        memcpy(carried + r * L, rows + (r * n + last) * L, L * sizeof *carried);
    }
    for (size_t i = last; i-- > first;) {
        for (size_t r = 0; r < n_rows; r++) {
            double *z = rows + (r * n + i) * L;
#pragma omp simd
            for (size_t l = 0; l < L; l++) {
                const double c = cosine[i * L + l];
                const double s = sine[i * L + l];
                const double here = z[l];
                z[L + l] = s * here + c * carried[r * L + l];
                carried[r * L + l] = c * here - s * carried[r * L + l];
            }
        }
    }
    for (size_t r = 0; r < n_rows; r++) {
        memcpy(rows + (r * n + first) * L, carried + r * L, L * sizeof *carried);
    }
}

ANA_CLONES static void rotate(size_t n, size_t first, size_t last, const double *restrict cosine,
                              const double *restrict sine, double *restrict vectors)
{
    size_t row = 0;
    for (; row + 4 <= n; row += 4) {
        rotate_rows(4, n, first, last, cosine, sine, vectors + row * n * L);
    }
    if (row < n) {
        rotate_rows(n - row, n, first, last, cosine, sine, vectors + row * n * L);
    }
}

/* d becomes the eigenvalues. */
static bool find_values(size_t n, double *d, double *e, chase *at, double *vectors)
{
    size_t ends[L];
    for (size_t first = 0; first + 1 < n; first++) {
        size_t n_sweeps = 0;
        for (size_t last = find_ends(n, first, d, e, ends); last > first;
             last = find_ends(n, first, d, e, ends)) {
            if (n_sweeps++ == MAX_SWEEPS) {
                return false;
            }
            begin_sweep(first, ends, d, e, at);
            sweep(first, last, ends, at, d, e);
            if (vectors != NULL) {
                rotate(n, first, last, at->cosine, at->sine, vectors);
            }
        }
    }
    return true;
}

bool ana_lanes_eigen(size_t n, double *lanes, double *values, double *vectors, double *room)
{
    double scales[L];
    double *e = room;
    double *p = room + n * L;
    chase at = {.cosine = p, .sine = room + 2 * n * L};
    find_scales(n, lanes, scales);
    if (!apply_scales(n, scales, lanes)) {
        return false;
    }
    make_tridiagonal(n, lanes, values, e, p);
    if (vectors != NULL) {
        make_vectors(n, lanes, vectors, p);
    }
    const bool converged = find_values(n, values, e, &at, vectors);
    for (size_t i = 0; i < n; i++) {
        for (size_t l = 0; l < L; l++) {
            values[i * L + l] /= scales[l] > 0.0 ? scales[l] : 1.0;
        }
    }
    return converged;
}
