/* The change of basis that brings two dynamics nearest: many searches on the orthogonal group. */
#include "dense.h"
#include "dsa_parts.h"
#include "try.h"

#include <analysis/linalg.h>
#include <analysis/optimise.h>
#include <analysis/random.h>

#include <math.h>
#include <string.h>

enum {
    N_POLAR = 15,    /* steps before the chart */
    MAX_CHARTS = 20, /* a chart is centred anew where the search in it ended */
    MAX_STEPS = 200  /* in one chart */
};

/* Dynamics of unit norm, and what the search needs to know of them. */
typedef struct matching {
    size_t n;
    const double *a;
    const double *b;
    double push; /* makes polar steps rise, and stay in their component of O(n) */
    /* Room, each n x n. */
    double *base;  /* Q: the centre of the chart */
    double *basis; /* C */
    double *chart; /* (I + K)^-1, and what becomes of it */
    double *cb;    /* C B */
    double *cbt;   /* C B^T */
    double *left;  /* A - C B C^T */
    double *slope; /* (A - C B C^T) C B^T + its transpose C B */
    double *product;
    double *one;   /* the identity */
    double *point; /* n (n - 1) / 2: K above its diagonal */
} matching;

static ana_status start_matching(const ana_dsa_task *task, ana_workspace *workspace, matching *m)
{
    const size_t n = task->n;
    *m = (matching){.n = n, .a = task->a, .b = task->b, .push = task->push};
    double **const squares[] = {&m->base, &m->basis, &m->chart,   &m->cb, &m->cbt,
                                &m->left, &m->slope, &m->product, &m->one};
    for (size_t k = 0; k < sizeof squares / sizeof squares[0]; k++) {
        *squares[k] = ana_workspace_doubles(workspace, n, n);
    }
    m->point = ana_workspace_doubles(workspace, n, n);
    ana_status status = ana_workspace_check(workspace, "dsa");
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        m->one[i * n + i] = 1.0;
    }
    return status;
}

/* left = A - C B C^T, and its square norm. */
static ana_status find_rest(matching *m, double *value)
{
    ana_status status = ANA_OK;
    const size_t n = m->n;
    const ana_gemm turned = {n, n, n, false, true, -1.0, 1.0};
    ANA_TRY(ana_linalg_multiply(n, n, n, m->basis, m->b, m->cb));
    memcpy(m->left, m->a, n * n * sizeof *m->left);
    ANA_TRY(ana_linalg_gemm(&turned, m->cb, m->basis, m->left));
    *value = ana_dot(n * n, m->left, m->left);
done:
    return status;
}

/* slope = X C B^T + X^T C B, for C B in place. */
static ana_status find_slope(matching *m, const double *x)
{
    ana_status status = ANA_OK;
    const size_t n = m->n;
    const ana_gemm by_transpose = {n, n, n, false, true, 1.0, 0.0};
    const ana_gemm added = {n, n, n, true, false, 1.0, 1.0};
    ANA_TRY(ana_linalg_gemm(&by_transpose, m->basis, m->b, m->cbt));
    ANA_TRY(ana_linalg_multiply(n, n, n, x, m->cbt, m->slope));
    ANA_TRY(ana_linalg_gemm(&added, x, m->cb, m->slope));
done:
    return status;
}

/* C = Q (I + K)^-1 (I - K) = Q (2 (I + K)^-1 - I); the inverse stays in m->chart. */
static ana_status go_to(matching *m, const double *k)
{
    ana_status status = ANA_OK;
    const size_t n = m->n;
    double *sum = m->product;
    for (size_t i = 0; i < n; i++) {
        sum[i * n + i] = 1.0;
        for (size_t j = i + 1; j < n; j++, k++) {
            sum[i * n + j] = *k;
            sum[j * n + i] = -*k;
        }
    }
    ANA_TRY(ana_linalg_solve(n, sum, n, m->one, m->chart, NULL));
    for (size_t i = 0; i < n * n; i++) {
        sum[i] = 2.0 * m->chart[i] - m->one[i];
    }
    ANA_TRY(ana_linalg_multiply(n, n, n, m->base, sum, m->basis));
done:
    return status;
}

/* |A - C B C^T|^2 and its gradient in the chart: with M = (I + K)^-1 and dC = -2 Q M dK M, that is
 * 4 (P - P^T) for P = M^T Q^T slope M^T. */
static ana_status look(void *user, size_t n_point, const double *k, double *value, double *gradient)
{
    ana_status status = ANA_OK;
    matching *m = user;
    const size_t n = m->n;
    const ana_gemm from_left = {n, n, n, true, false, 1.0, 0.0};
    const ana_gemm from_right = {n, n, n, false, true, 1.0, 0.0};
    (void)n_point;
    ANA_TRY(go_to(m, k));
    ANA_TRY(find_rest(m, value));
    ANA_TRY(find_slope(m, m->left));
    ANA_TRY(ana_linalg_gemm(&from_left, m->base, m->slope, m->product));
    ANA_TRY(ana_linalg_gemm(&from_left, m->chart, m->product, m->slope));
    ANA_TRY(ana_linalg_gemm(&from_right, m->slope, m->chart, m->product));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++, gradient++) {
            *gradient = 4.0 * (m->product[i * n + j] - m->product[j * n + i]);
        }
    }
done:
    return status;
}

/* C becomes the orthogonal matrix nearest to the gradient of <A, C B C^T> + push |C|^2 / 2. */
static ana_status step_to_polar(matching *m, double *singular)
{
    ana_status status = ANA_OK;
    const size_t n = m->n;
    ANA_TRY(ana_linalg_multiply(n, n, n, m->basis, m->b, m->cb));
    ANA_TRY(find_slope(m, m->a));
    for (size_t i = 0; i < n * n; i++) {
        m->slope[i] += m->push * m->basis[i];
    }
    ANA_TRY(ana_linalg_svd(n, n, m->slope, m->left, singular, m->product));
    ANA_TRY(ana_linalg_multiply(n, n, n, m->left, m->product, m->basis));
done:
    return status;
}

/* Start s: a uniform orthogonal matrix, or that with its first row turned round: the two components
 * of O(n) by turns. The first pair is the identity. */
static ana_status begin(matching *m, uint64_t seed, size_t s, double *triangle)
{
    ana_status status = ANA_OK;
    const size_t n = m->n;
    ana_random random = ana_random_stream(seed, "dsa.start", s / 2);
    if (s < 2) {
        memcpy(m->basis, m->one, n * n * sizeof *m->basis);
    } else {
        for (size_t i = 0; i < n * n; i++) {
            m->product[i] = ana_random_normal(&random);
        }
        ANA_TRY(ana_linalg_qr(n, n, m->product, m->basis, triangle));
    }
    for (size_t j = 0; j < n && s % 2 == 1; j++) {
        m->basis[j] = -m->basis[j];
    }
done:
    return status;
}

/* One search; *value is the square distance, m->basis where. */
static ana_status search(matching *m, uint64_t seed, size_t s, double *value)
{
    ana_status status = ANA_OK;
    const size_t n = m->n;
    const size_t n_point = n * (n - 1) / 2;
    ana_optimise_options options = ana_optimise_options_default();
    ana_optimise_info info = {.converged = false};
    options.max_iterations = MAX_STEPS;
    options.gradient_tolerance = 1e-10;
    options.value_tolerance = 0.0;
    options.memory = 20;
    ANA_TRY(begin(m, seed, s, m->left));
    for (size_t k = 0; k < N_POLAR; k++) {
        ANA_TRY(step_to_polar(m, m->point));
    }
    for (size_t c = 0; c < MAX_CHARTS && !info.converged && n_point > 0; c++) {
        memcpy(m->base, m->basis, n * n * sizeof *m->base);
        memset(m->point, 0, n_point * sizeof *m->point);
        ANA_TRY(ana_optimise_lbfgs(look, m, n_point, m->point, &options, &info));
        ANA_TRY(go_to(m, m->point));
    }
    ANA_TRY(find_rest(m, value));
done:
    return status;
}

ana_status ana_dsa_search(const ana_dsa_task *task, double *basis, double *value)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    matching m;
    ANA_TRY(start_matching(task, &workspace, &m));
    ANA_TRY(search(&m, task->seed, task->start, value));
    if (basis != NULL) {
        memcpy(basis, m.basis, m.n * m.n * sizeof *basis);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
