/* The leading left singular vector of X^T Y. */
#include "dense.h"
#include "pls_parts.h"
#include "try.h"

#include <analysis/linalg.h>
#include <analysis/random.h>

#include <math.h>
#include <string.h>

enum {
    MOST_STEPS = 48,  /* of Lanczos' iteration before it starts anew from the best vector */
    MOST_STARTS = 40, /* slowest convergence: two singular values alike, whose vectors do as well */
    MOST_ROUNDS = 10000 /* of NIPALS */
};

static double normalise(size_t n, double *x)
{
    const double length = sqrt(ana_dot(n, x, x));
    for (size_t i = 0; i < n && length > 0.0; i++) {
        x[i] /= length;
    }
    return length;
}

/* The Gram matrix of the smaller side, and the Krylov vectors. */
typedef struct lanczos {
    size_t m;
    const double *gram; /* m x m */
    double *basis;      /* (MOST_STEPS + 1) x m */
    double *small;      /* steps x steps */
    double *values;
    double *vectors;
} lanczos;

/* Steps from basis[0], each vector made orthogonal to all before, twice; returns how many. The
 * small matrix is that of the Gram matrix in the basis, of row length MOST_STEPS. */
static ana_status make_steps(lanczos *self, size_t *n_steps, double *beyond)
{
    ana_status status = ANA_OK;
    const size_t m = self->m;
    memset(self->small, 0, sizeof(double) * MOST_STEPS * MOST_STEPS);
    *beyond = 0.0;
    for (*n_steps = 0; *n_steps < MOST_STEPS && *n_steps < m;) {
        const size_t k = *n_steps;
        double *next = self->basis + (k + 1) * m;
        ANA_TRY(ana_linalg_apply(m, m, self->gram, false, self->basis + k * m, next));
        self->small[k * MOST_STEPS + k] = ana_dot(m, self->basis + k * m, next);
        const double before = sqrt(ana_dot(m, next, next));
        for (size_t pass = 0; pass < 2; pass++) {
            for (size_t i = 0; i <= k; i++) {
                const double along = ana_dot(m, self->basis + i * m, next);
                for (size_t j = 0; j < m; j++) {
                    next[j] -= along * self->basis[i * m + j];
                }
            }
        }
        *beyond = normalise(m, next);
        (*n_steps)++;
        if (*beyond <= 1e-15 * before) { /* the basis holds all that the start reaches */
            *beyond = 0.0;
            break;
        }
        if (*n_steps < MOST_STEPS) {
            self->small[k * MOST_STEPS + k + 1] = *beyond;
            self->small[(k + 1) * MOST_STEPS + k] = *beyond;
        }
    }
done:
    return status;
}

/* basis[0] = the leading vector so far; *rest: how far it is from being one, of its value. */
static ana_status take_best(lanczos *self, size_t n_steps, double beyond, double *rest)
{
    ana_status status = ANA_OK;
    const size_t m = self->m;
    for (size_t i = 0; i < n_steps; i++) { /* rows of length n_steps; never ahead of what is read */
        memmove(self->small + i * n_steps, self->small + (size_t)MOST_STEPS * i,
                n_steps * sizeof *self->small);
    }
    ANA_TRY(ana_linalg_eigen_symmetric(n_steps, self->small, self->values, self->vectors));
    const double *best = self->vectors + (n_steps - 1) * n_steps;
    double *sum = self->basis + (size_t)MOST_STEPS * m;
    memset(sum, 0, m * sizeof *sum);
    for (size_t i = 0; i < n_steps; i++) {
        for (size_t j = 0; j < m; j++) {
            sum[j] += best[i] * self->basis[i * m + j];
        }
    }
    *rest = beyond * fabs(best[n_steps - 1]) / self->values[n_steps - 1];
    memcpy(self->basis, sum, m * sizeof *sum);
    (void)normalise(m, self->basis);
done:
    return status;
}

/* vector (m) = leading eigenvector of gram. */
static ana_status by_lanczos(size_t m, const double *gram, size_t number, double *vector)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    lanczos self = {.m = m,
                    .gram = gram,
                    .basis = ana_workspace_doubles(&workspace, MOST_STEPS + 1, m),
                    .small = ana_workspace_doubles(&workspace, MOST_STEPS, MOST_STEPS),
                    .values = ana_workspace_doubles(&workspace, MOST_STEPS, 1),
                    .vectors = ana_workspace_doubles(&workspace, MOST_STEPS, MOST_STEPS)};
    ana_random random = ana_random_stream(0, "pls.start", number);
    double rest = INFINITY;
    ANA_TRY(ana_workspace_check(&workspace, "pls"));
    for (size_t j = 0; j < m; j++) {
        self.basis[j] = ana_random_normal(&random);
    }
    (void)normalise(m, self.basis);
    for (size_t start = 0; start < MOST_STARTS && rest > 1e-13; start++) {
        size_t n_steps = 0;
        double beyond = 0.0;
        ANA_TRY(make_steps(&self, &n_steps, &beyond));
        ANA_TRY(take_best(&self, n_steps, beyond, &rest));
    }
    memcpy(vector, self.basis, m * sizeof *vector);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The power iteration as NIPALS runs it, from the first target: weight = X^T u with u = Y c, where
 * c = Y^T X weight, until the weight settles. */
static ana_status by_nipals(size_t p, size_t q, const double *m, double tolerance, double *weight)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *side = ana_workspace_doubles(&workspace, q, 1);
    double *before = ana_workspace_doubles(&workspace, p, 1);
    double change = INFINITY;
    size_t first = 0;
    double length = 0.0;
    ANA_TRY(ana_workspace_check(&workspace, "pls"));
    for (; first < q && length == 0.0; first++) {
        for (size_t i = 0; i < p; i++) {
            weight[i] = m[i * q + first];
        }
        length = normalise(p, weight);
    }
    for (size_t round = 1; round < MOST_ROUNDS && q > 1 && change >= tolerance; round++) {
        memcpy(before, weight, p * sizeof *before);
        ANA_TRY(ana_linalg_apply(p, q, m, true, before, side));
        ANA_TRY(ana_linalg_apply(p, q, m, false, side, weight));
        (void)normalise(p, weight);
        change = ana_squared_distance(p, weight, before);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status pls_leading(size_t p, size_t q, const double *m, double tolerance, size_t number,
                       double *vector)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t side = p < q ? p : q;
    double *gram = ana_workspace_doubles(&workspace, side, side);
    double *right = ana_workspace_doubles(&workspace, q, 1);
    if (tolerance > 0.0) {
        ANA_TRY(by_nipals(p, q, m, tolerance, vector));
        goto done;
    }
    ANA_TRY(ana_workspace_check(&workspace, "pls"));
    if (p <= q) {
        ANA_TRY(ana_linalg_gram_rows(p, q, m, gram));
        ANA_TRY(by_lanczos(p, gram, number, vector));
    } else {
        ANA_TRY(ana_linalg_gram(p, q, m, gram));
        ANA_TRY(by_lanczos(q, gram, number, right));
        ANA_TRY(ana_linalg_apply(p, q, m, false, right, vector));
        (void)normalise(p, vector);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
