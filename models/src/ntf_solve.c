#include "ntf_solve.h"

#include "simd.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Rows that are worked on side by side. */
enum {
    ABREAST = 32
};

size_t ntf_step_room(size_t rank)
{
    return rank * (rank + 6 + (size_t)2 * ABREAST);
}

ANA_CLONES static void add_outer_products(size_t n, size_t rank, const double *factor, double *out)
{
    for (size_t i = 0; i < n; i++) {
        const double *row = factor + i * rank;
        for (size_t r = 0; r < rank; r++) {
            const double value = row[r];
            double *own = out + r * rank;
#pragma omp simd
            for (size_t q = 0; q < rank; q++) {
                own[q] += value * row[q];
            }
        }
    }
}

void ntf_gram(size_t n, size_t rank, const double *factor, double *out)
{
    memset(out, 0, rank * rank * sizeof *out);
    add_outer_products(n, rank, factor, out);
}

/* Of row i and component r: the sum of its neighbours in time, and how many there are. */
static double neighbours(const ntf_step *step, size_t i, size_t r, double *n)
{
    double sum = 0.0;
    *n = 0.0;
    if (step->smoothness > 0.0 && i > 0) {
        sum += step->factor[(i - 1) * step->rank + r];
        *n += 1.0;
    }
    if (step->smoothness > 0.0 && i + 1 < step->n) {
        sum += step->factor[(i + 1) * step->rank + r];
        *n += 1.0;
    }
    return sum;
}

/* One sweep over the entries of rows that stand side by side: entry r of row b at r * ABREAST + b.
 */
ANA_CLONES static void sweep_abreast(const ntf_step *step, const double *target, double *rows)
{
    const size_t rank = step->rank;
    for (size_t r = 0; r < rank; r++) {
        const double *gram = step->gram + r * rank;
        double sum[ABREAST];
        double *own = rows + r * ABREAST;
        for (size_t b = 0; b < ABREAST; b++) {
            sum[b] = target[r * ABREAST + b] - step->sparsity;
        }
        for (size_t q = 0; q < rank; q++) {
            const double share = q != r ? gram[q] : 0.0;
            const double *other = rows + q * ABREAST;
#pragma omp simd
            for (size_t b = 0; b < ABREAST; b++) {
                sum[b] -= share * other[b];
            }
        }
        if (gram[r] > 0.0) {
#pragma omp simd
            for (size_t b = 0; b < ABREAST; b++) {
                own[b] = sum[b] > 0.0 ? sum[b] / gram[r] : 0.0;
            }
        }
    }
}

/* The same numbers as row by row, several rows to an instruction. */
static void solve_hals_abreast(const ntf_step *step)
{
    const size_t rank = step->rank;
    double *rows = step->room;
    double *target = rows + ABREAST * rank;
    for (size_t first = 0; first < step->n; first += ABREAST) {
        const size_t n = step->n - first < ABREAST ? step->n - first : ABREAST;
        for (size_t k = 0; k < ABREAST * rank; k++) {
            const size_t b = k / rank;
            const size_t at = k % rank * ABREAST + b;
            rows[at] = b < n ? step->factor[first * rank + k] : 0.0;
            target[at] = b < n ? step->target[first * rank + k] : 0.0;
        }
        for (size_t sweep = 0; sweep < step->n_sweeps; sweep++) {
            sweep_abreast(step, target, rows);
        }
        for (size_t k = 0; k < n * rank; k++) {
            step->factor[first * rank + k] = rows[k % rank * ABREAST + k / rank];
        }
    }
}

/* Hierarchical alternating least squares: each entry's own minimum, one after the other (Cichocki &
 * Phan 2009, IEICE Trans. E92-A). Rows meet in the penalty of smoothness alone. */
static void solve_hals(const ntf_step *step)
{
    const size_t rank = step->rank;
    if (step->smoothness <= 0.0) {
        solve_hals_abreast(step);
        return;
    }
    for (size_t i = 0; i < step->n; i++) {
        double *row = step->factor + i * rank;
        const double *target = step->target + i * rank;
        for (size_t k = 0; k < step->n_sweeps * rank; k++) {
            const size_t r = k % rank;
            double n_near = 0.0;
            const double near = neighbours(step, i, r, &n_near);
            const double curvature = step->gram[r * rank + r] + step->smoothness * n_near;
            double sum = target[r] - step->sparsity + step->smoothness * near;
            for (size_t q = 0; q < rank; q++) {
                sum -= q != r ? step->gram[r * rank + q] * row[q] : 0.0;
            }
            if (curvature > 0.0) {
                row[r] = sum > 0.0 ? sum / curvature : 0.0;
            }
        }
    }
}

/* out = row times G. */
static void apply_gram(const ntf_step *step, const double *row, double *out)
{
    const size_t rank = step->rank;
    memset(out, 0, rank * sizeof *out);
    for (size_t q = 0; q < rank; q++) {
        for (size_t r = 0; r < rank; r++) {
            out[r] += row[q] * step->gram[q * rank + r];
        }
    }
}

/* Lee & Seung (2001): the ratio of the parts of the gradient. */
static void solve_multiplicative(const ntf_step *step)
{
    const size_t rank = step->rank;
    for (size_t i = 0; i < step->n; i++) {
        double *row = step->factor + i * rank;
        const double *target = step->target + i * rank;
        apply_gram(step, row, step->room);
        for (size_t r = 0; r < rank; r++) {
            double n_near = 0.0;
            const double near = neighbours(step, i, r, &n_near);
            const double down = step->room[r] + step->sparsity + step->smoothness * n_near * row[r];
            const double up = target[r] + step->smoothness * near;
            row[r] *= fmax(up, DBL_EPSILON) / fmax(down, DBL_EPSILON);
        }
    }
}

void ntf_solve_symmetric(const ntf_step *step)
{
    const size_t rank = step->rank;
    for (size_t i = 0; i < step->n; i++) {
        double *row = step->factor + i * rank;
        apply_gram(step, row, step->room);
        for (size_t r = 0; r < rank; r++) {
            const double up = fmax(step->target[i * rank + r], 0.0);
            const double down = fmax(step->room[r] + step->sparsity, DBL_MIN);
            row[r] *= sqrt(sqrt(up / down));
        }
    }
}

/* L (lower) with L L' = A of the k x k matrix a, in place; a pivot that rounding leaves nothing of
 * becomes infinite, and its variable 0. */
static void factorise(size_t k, double *a)
{
    for (size_t j = 0; j < k; j++) {
        double pivot = a[j * k + j];
        for (size_t q = 0; q < j; q++) {
            pivot -= a[j * k + q] * a[j * k + q];
        }
        const bool good = pivot > 1e-15 * a[j * k + j];
        a[j * k + j] = good ? sqrt(pivot) : (double)INFINITY;
        for (size_t i = j + 1; i < k; i++) {
            double sum = a[i * k + j];
            for (size_t q = 0; q < j; q++) {
                sum -= a[i * k + q] * a[j * k + q];
            }
            a[i * k + j] = sum / a[j * k + j];
        }
    }
}

/* x becomes (L L')^-1 x. */
static void substitute(size_t k, const double *l, double *x)
{
    for (size_t i = 0; i < k; i++) {
        for (size_t q = 0; q < i; q++) {
            x[i] -= l[i * k + q] * x[q];
        }
        x[i] /= l[i * k + i];
    }
    for (size_t i = k; i-- > 0;) {
        for (size_t q = i + 1; q < k; q++) {
            x[i] -= l[q * k + i] * x[q];
        }
        x[i] /= l[i * k + i];
    }
}

/* One row of the active-set method. */
typedef struct pivoting {
    const ntf_step *step;
    const double *target;
    double *l;       /* rank x rank */
    double *x;       /* rank */
    double *slope;   /* rank: gradient where x is 0 */
    double *packed;  /* rank */
    double *is_free; /* rank: 1 or 0 */
} pivoting;

/* The least squares of the free variables, and the gradient of the others. */
static void solve_free(const pivoting *row)
{
    const size_t rank = row->step->rank;
    size_t k = 0;
    for (size_t r = 0; r < rank; r++) {
        k += row->is_free[r] != 0.0;
    }
    for (size_t r = 0, i = 0; r < rank; r++) {
        for (size_t q = 0, j = 0; row->is_free[r] != 0.0 && q < rank; q++) {
            if (row->is_free[q] != 0.0) {
                row->l[i * k + j++] = row->step->gram[r * rank + q];
            }
        }
        if (row->is_free[r] != 0.0) {
            row->packed[i++] = row->target[r] - row->step->sparsity;
        }
    }
    factorise(k, row->l);
    substitute(k, row->l, row->packed);
    for (size_t r = 0, i = 0; r < rank; r++) {
        row->x[r] = row->is_free[r] != 0.0 ? row->packed[i++] : 0.0;
    }
    apply_gram(row->step, row->x, row->slope);
    for (size_t r = 0; r < rank; r++) {
        row->slope[r] -= row->target[r] - row->step->sparsity;
    }
}

static bool is_wrong(const pivoting *row, size_t r, double tolerance)
{
    if (row->step->gram[r * row->step->rank + r] <= 0.0) {
        return false;
    }
    return row->is_free[r] != 0.0 ? row->x[r] < 0.0 : row->slope[r] < -tolerance;
}

/* Exchanges all wrong variables, or the last one alone; returns how many were wrong. */
static size_t exchange(const pivoting *row, bool all, double tolerance)
{
    const size_t rank = row->step->rank;
    size_t n_wrong = 0;
    for (size_t r = rank; r-- > 0;) {
        if (is_wrong(row, r, tolerance)) {
            if (all || n_wrong == 0) {
                row->is_free[r] = 1.0 - row->is_free[r];
            }
            n_wrong++;
        }
    }
    return n_wrong;
}

static void solve_row(const pivoting *row, double *factor)
{
    const size_t rank = row->step->rank;
    double scale = 0.0;
    size_t fewest = rank + 1;
    size_t n_tries = 3;
    size_t n_wrong = 1;
    for (size_t r = 0; r < rank; r++) {
        const bool counts = row->step->gram[r * rank + r] > 0.0;
        row->is_free[r] = counts && factor[r] > 0.0 ? 1.0 : 0.0;
        scale = fmax(scale, fabs(row->target[r]));
    }
    for (size_t k = 0; n_wrong > 0 && k < 20 * rank + 100; k++) {
        solve_free(row);
        n_wrong = exchange(row, n_tries > 0, 1e-13 * scale);
        n_tries = n_wrong < fewest ? 3 : n_tries - (n_tries > 0);
        fewest = n_wrong < fewest ? n_wrong : fewest;
    }
    for (size_t r = 0; r < rank; r++) {
        if (row->step->gram[r * rank + r] > 0.0) {
            factor[r] = row->x[r] > 0.0 ? row->x[r] : 0.0;
        }
    }
}

/* Exact for each row by block principal pivoting (Kim & Park 2011, SIAM J. Sci. Comput. 33(6)): all
 * wrong variables change sides at once, one at a time when that does not help. */
static void solve_active_set(const ntf_step *step)
{
    const size_t rank = step->rank;
    double *next = step->room + rank * rank;
    for (size_t i = 0; i < step->n; i++) {
        const pivoting row = {.step = step,
                              .target = step->target + i * rank,
                              .l = step->room,
                              .x = next,
                              .slope = next + rank,
                              .packed = next + 2 * rank,
                              .is_free = next + 3 * rank};
        solve_row(&row, step->factor + i * rank);
    }
}

/* AO-ADMM (Huang, Sidiropoulos & Liavas 2016, IEEE Trans. Signal Process. 64(19)), penalty
 * tr(G) / R. */
static void solve_admm(const ntf_step *step)
{
    const size_t rank = step->rank;
    double *l = step->room;
    double *free_row = step->room + rank * rank;
    double rho = 0.0;
    for (size_t r = 0; r < rank; r++) {
        rho += step->gram[r * rank + r] / (double)rank;
    }
    rho = rho > 0.0 ? rho : 1.0;
    memcpy(l, step->gram, rank * rank * sizeof *l);
    for (size_t r = 0; r < rank; r++) {
        l[r * rank + r] += rho;
    }
    factorise(rank, l);
    for (size_t i = 0; i < step->n; i++) {
        double *row = step->factor + i * rank;
        double *dual = step->dual + i * rank;
        for (size_t sweep = 0; sweep < step->n_sweeps; sweep++) {
            for (size_t r = 0; r < rank; r++) {
                free_row[r] = step->target[i * rank + r] + rho * (row[r] + dual[r]);
            }
            substitute(rank, l, free_row);
            for (size_t r = 0; r < rank; r++) {
                row[r] = fmax(free_row[r] - dual[r] - step->sparsity / rho, 0.0);
                dual[r] += row[r] - free_row[r];
            }
        }
    }
}

ntf_solver ntf_solver_of(ana_ntf_method method)
{
    static const ntf_solver solvers[] = {solve_hals, solve_multiplicative, solve_active_set,
                                         solve_admm};
    return solvers[method];
}
