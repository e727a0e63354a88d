/* Bures and affine-invariant comparisons of the inner products behind dissimilarities. */
#include "rdm_parts.h"
#include "rdm_whiten.h"
#include "try.h"

#include <analysis/linalg.h>
#include <analysis/optimise.h>

#include <math.h>
#include <string.h>

/* Inner products about the mean of all conditions: -H D H / 2, n x n. */
static void inner_about_mean(size_t n, const double *row, double *mean, double *out)
{
    const double share = n > 0 ? 1.0 / (double)n : 0.0;
    double whole = 0.0;
    memset(mean, 0, n * sizeof *mean);
    memset(out, 0, n * n * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++, row++) {
            out[i * n + j] = *row;
            out[j * n + i] = *row;
            mean[i] += *row * share;
            mean[j] += *row * share;
        }
    }
    for (size_t i = 0; i < n; i++) {
        whole += mean[i] * share;
    }
    for (size_t i = 0; i < n * n; i++) {
        out[i] = -0.5 * (out[i] - mean[i / n] - mean[i % n] + whole);
    }
}

typedef struct bures_room {
    double *mean;
    double *values;  /* n */
    double *vectors; /* n x n */
    double *product; /* n x n */
    double *left;
} bures_room;

/* The root of the matrix without its negative eigenvalues, over itself; the trace of that matrix.
 */
static ana_status take_root(size_t n, bures_room *room, double *a, double *trace)
{
    ana_status status = ANA_OK;
    *trace = 0.0;
    ANA_TRY(ana_linalg_eigen_symmetric(n, a, room->values, room->vectors));
    for (size_t k = 0; k < n; k++) {
        const double value = fmax(room->values[k], 0.0);
        const double root = sqrt(sqrt(value));
        *trace += value;
        for (size_t i = 0; i < n; i++) {
            room->vectors[k * n + i] *= root;
        }
    }
    ANA_TRY(ana_linalg_gram(n, n, room->vectors, a));
done:
    return status;
}

/* tr((A^1/2 B A^1/2)^1/2): the singular values of A^1/2 B^1/2, which lose no digits of a root. */
static ana_status fidelity(size_t n, const double *root_a, const double *root_b, bures_room *room,
                           double *out)
{
    ana_status status = ANA_OK;
    *out = 0.0;
    ANA_TRY(ana_linalg_multiply(n, n, n, root_a, root_b, room->product));
    ANA_TRY(ana_linalg_svd(n, n, room->product, room->left, room->values, room->vectors));
    for (size_t k = 0; k < n; k++) {
        *out += room->values[k];
    }
done:
    return status;
}

static ana_status bures(const ana_rdm_sets *sets, bool distance, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = sets->n_conditions;
    bures_room room = {.mean = ana_workspace_doubles(&workspace, n, 1),
                       .values = ana_workspace_doubles(&workspace, n, 1),
                       .vectors = ana_workspace_doubles(&workspace, n, n),
                       .product = ana_workspace_doubles(&workspace, n, n),
                       .left = ana_workspace_doubles(&workspace, n, n)};
    double *root = ana_workspace_doubles(&workspace, n, n);
    double *b = ana_workspace_doubles(&workspace, sets->n_b * n, n);
    double *trace_b = ana_workspace_doubles(&workspace, sets->n_b, 1);
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    for (size_t j = 0; j < sets->n_b; j++) {
        inner_about_mean(n, sets->b + j * sets->n_pairs, room.mean, b + j * n * n);
        ANA_TRY(take_root(n, &room, b + j * n * n, &trace_b[j]));
    }
    for (size_t i = 0; i < sets->n_a; i++) {
        double trace_a = 0.0;
        inner_about_mean(n, sets->a + i * sets->n_pairs, room.mean, root);
        ANA_TRY(take_root(n, &room, root, &trace_a));
        for (size_t j = 0; j < sets->n_b; j++) {
            double shared = 0.0;
            ANA_TRY(fidelity(n, root, b + j * n * n, &room, &shared));
            out[i * sets->n_b + j] = distance ? sqrt(fmax(0.0, trace_a + trace_b[j] - 2.0 * shared))
                                              : shared / sqrt(trace_a * trace_b[j]);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The search for exp(s) A + exp(t) S nearest to B, all m x m. */
typedef struct nearest_mixture {
    size_t m;
    const double *a;
    const double *noise;
    const double *b;
    double *mixed;
    double *values;
    double *vectors;
} nearest_mixture;

/* v^T X v. */
static double form(size_t m, const double *x, const double *v)
{
    double sum = 0.0;
    for (size_t i = 0; i < m; i++) {
        double row = 0.0;
        for (size_t j = 0; j < m; j++) {
            row += x[i * m + j] * v[j];
        }
        sum += v[i] * row;
    }
    return sum;
}

/* Sum of ln^2 of the eigenvalues of the mixture relative to B; dl / ds = v^T exp(s) A v. A mixture
 * that is not positive definite has no distance. */
static ana_status square_distance(void *user, size_t n, const double *x, double *value,
                                  double *gradient)
{
    nearest_mixture *search = user;
    const size_t m = search->m;
    const double weight[2] = {exp(x[0]), exp(x[1])};
    (void)n;
    *value = 0.0;
    gradient[0] = 0.0;
    gradient[1] = 0.0;
    for (size_t i = 0; i < m * m; i++) {
        search->mixed[i] = weight[0] * search->a[i] + weight[1] * search->noise[i];
    }
    ana_status status =
        ana_linalg_eigen_generalised(m, search->mixed, search->b, search->values, search->vectors);
    for (size_t k = 0; k < m && status == ANA_OK; k++) {
        const double *v = search->vectors + k * m;
        const double logarithm = log(search->values[k]);
        const double slope = 2.0 * logarithm / search->values[k];
        *value += search->values[k] > 0.0 ? logarithm * logarithm : (double)INFINITY;
        gradient[0] += slope * weight[0] * form(m, search->a, v);
        gradient[1] += slope * weight[1] * form(m, search->noise, v);
    }
    return status;
}

/* About the first condition: (d_1i + d_1j - d_ij) / 2, m x m with m = n - 1. */
static void inner_about_first(size_t n, const double *row, double *out)
{
    const size_t m = n - 1;
    for (size_t i = 1; i < n; i++) {
        out[(i - 1) * m + (i - 1)] = row[i - 1];
        for (size_t j = i + 1; j < n; j++) {
            const double value = 0.5 * (row[i - 1] + row[j - 1] - row[ana_rdm_pair(n, i, j)]);
            out[(i - 1) * m + (j - 1)] = value;
            out[(j - 1) * m + (i - 1)] = value;
        }
    }
}

/* Covariance of the differences from the first condition. */
static void noise_about_first(size_t n, const double *noise, double *out)
{
    const size_t m = n - 1;
    for (size_t i = 1; i < n; i++) {
        for (size_t j = 1; j < n; j++) {
            out[(i - 1) * m + (j - 1)] = noise != NULL
                                             ? noise[i * n + j] - noise[i * n] - noise[j] + noise[0]
                                             : (i == j ? 2.0 : 1.0);
        }
    }
}

static double trace_of(size_t m, const double *x)
{
    double sum = 0.0;
    for (size_t i = 0; i < m; i++) {
        sum += x[i * m + i];
    }
    return sum;
}

static ana_status riemannian(const ana_rdm_sets *sets, const double *noise, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = sets->n_conditions;
    const size_t m = n - 1;
    double *a = ana_workspace_doubles(&workspace, m, m);
    double *b = ana_workspace_doubles(&workspace, m, m);
    double *spread = ana_workspace_doubles(&workspace, m, m);
    nearest_mixture search = {.m = m,
                              .a = a,
                              .b = b,
                              .noise = spread,
                              .mixed = ana_workspace_doubles(&workspace, m, m),
                              .values = ana_workspace_doubles(&workspace, m, 1),
                              .vectors = ana_workspace_doubles(&workspace, m, m)};
    ana_optimise_options options = ana_optimise_options_default();
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    options.max_iterations = 500;
    options.gradient_tolerance = 1e-9;
    options.value_tolerance = 1e-15;
    noise_about_first(n, noise, spread);
    for (size_t k = 0; k < sets->n_a * sets->n_b; k++) {
        inner_about_first(n, sets->a + k / sets->n_b * sets->n_pairs, a);
        inner_about_first(n, sets->b + k % sets->n_b * sets->n_pairs, b);
        /* Half of B from each. */
        const double scale = 0.5 * fabs(trace_of(m, b));
        double x[2] = {log(scale / fabs(trace_of(m, a))), log(scale / trace_of(m, spread))};
        ana_optimise_info info = {0};
        ANA_TRY(ana_optimise_lbfgs(square_distance, &search, 2, x, &options, &info));
        out[k] = -sqrt(info.value);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_rdm_geometry(const ana_rdm_sets *sets, const double *noise,
                            ana_rdm_similarity similarity, double *out)
{
    return similarity == ANA_RDM_SIM_RIEMANNIAN
               ? riemannian(sets, noise, out)
               : bures(sets, similarity == ANA_RDM_SIM_BURES_DISTANCE, out);
}
