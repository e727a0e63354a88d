/* cca.h5: canonical correlations of google/svcca, anatome, and definitions. Where a peer is wrong,
 * its value follows from ours by its own slip. */
#include "alignment.h"
#include "support/check.h"

#include <analysis/linalg.h>
#include <analysis/models/cca.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ana_responses *read_system(const h5_reference *file, const char *path)
{
    h5_doubles values = h5_reference_doubles(file, path);
    ana_responses *made = NULL;
    check_ok(ana_responses_new(path, values.shape[0], values.shape[1], &made));
    memcpy(made->values, values.values, values.n * sizeof(double));
    h5_doubles_free(&values);
    return made;
}

static void hold(const h5_reference *file, const char *path, double value, tally *counts)
{
    compare_output(file, path, 1, &value, counts);
}

/* The google demo does not take the means away. */
static double without_centring(const ana_responses *x, const ana_responses *y)
{
    const size_t n = x->n_stimuli;
    double *memory = calloc(2 * n * (x->n_units + y->n_units) + 1000, sizeof *memory);
    double *q_x = memory;
    double *q_y = q_x + n * x->n_units;
    double *upper = q_y + n * y->n_units;
    double *products = upper + 400;
    double sum = 0.0;
    const ana_gemm shape = {.n_rows = x->n_units,
                            .n_inner = n,
                            .n_columns = y->n_units,
                            .transpose_a = true,
                            .alpha = 1.0};
    check_ok(ana_linalg_qr(n, x->n_units, x->values, q_x, upper));
    check_ok(ana_linalg_qr(n, y->n_units, y->values, q_y, upper));
    check_ok(ana_linalg_gemm(&shape, q_x, q_y, products));
    for (size_t k = 0; k < x->n_units * y->n_units; k++) {
        sum += products[k] * products[k];
    }
    free(memory);
    return sum / (double)(x->n_units < y->n_units ? x->n_units : y->n_units);
}

static void subtract_means(const ana_responses *x, double *centred)
{
    for (size_t u = 0; u < x->n_units; u++) {
        double mean = 0.0;
        for (size_t i = 0; i < x->n_stimuli; i++) {
            mean += x->values[i * x->n_units + u] / (double)x->n_stimuli;
        }
        for (size_t i = 0; i < x->n_stimuli; i++) {
            centred[i * x->n_units + u] = x->values[i * x->n_units + u] - mean;
        }
    }
}

/* anatome weights by responses that keep their means, along directions that are made orthogonal in
 * place of the variates: 1 - sum alpha rho, alpha_c ~ sum_i |X Q|_ic, Q of the directions' QR. */
static double anatome_weighted(const ana_responses *x, const ana_responses *y,
                               const double *correlations, size_t n_correlations)
{
    const size_t n = x->n_stimuli;
    const size_t p = x->n_units;
    const size_t q = y->n_units;
    const size_t r = n_correlations;
    double *m = calloc(3 * n * (p + q) + 10 * (p + q) * (p + q), sizeof *m);
    double *centred_x = m;
    double *centred_y = centred_x + n * p;
    double *q_x = centred_y + n * q;
    double *q_y = q_x + n * p;
    double *upper = q_y + n * q;
    double *lower = upper + p * p;
    double *unused = lower + p * p;
    double *products = unused + q * q;
    double *u = products + p * q;
    double *s = u + p * r;
    double *vt = s + r;
    double *directions = vt + r * q;
    double *basis = directions + p * r;
    double *variates = basis + p * r;
    const ana_gemm cross = {
        .n_rows = p, .n_inner = n, .n_columns = q, .transpose_a = true, .alpha = 1.0};
    double sum = 0.0;
    double whole = 0.0;
    subtract_means(x, centred_x);
    subtract_means(y, centred_y);
    check_ok(ana_linalg_qr(n, p, centred_x, q_x, upper));
    check_ok(ana_linalg_qr(n, q, centred_y, q_y, unused));
    check_ok(ana_linalg_gemm(&cross, q_x, q_y, products));
    check_ok(ana_linalg_svd(p, q, products, u, s, vt));
    for (size_t i = 0; i < p * p; i++) {
        lower[i % p * p + i / p] = upper[i];
    }
    check_ok(ana_linalg_solve_lower(p, lower, true, r, u, directions));
    check_ok(ana_linalg_qr(p, r, directions, basis, unused));
    check_ok(ana_linalg_multiply(n, p, r, x->values, basis, variates));
    for (size_t i = 0; i < n * r; i++) {
        sum += fabs(variates[i]) * correlations[i % r];
        whole += fabs(variates[i]);
    }
    free(m);
    return 1.0 - sum / whole;
}

/* google's mean is over the components whose cumulative sum stays within 0.98 of the whole, and the
 * first beyond. */
static double mean_of_most(size_t n, const double *correlations)
{
    double whole = 0.0;
    double sum = 0.0;
    size_t count = 0;
    for (size_t k = 0; k < n; k++) {
        whole += correlations[k];
    }
    while (count < n && sum < 0.98 * whole) {
        sum += correlations[count++];
    }
    return sum / (double)count;
}

static void compare_svcca(const h5_reference *file, const ana_responses *x, const ana_responses *y,
                          tally *counts)
{
    static const char *const shares[] = {"0.9", "0.99"};
    for (size_t k = 0; k < 4; k++) {
        ana_cca_options options = ana_cca_options_default();
        ana_cca *cca = NULL;
        char path[64];
        options.share = k / 2 == 0 ? 0.9 : 0.99;
        options.sum_of_sv = k % 2 == 0;
        check_ok(ana_cca_compute(x, y, &options, &cca));
        const double kept[] = {(double)cca->kept_a, (double)cca->kept_b};
        snprintf(path, sizeof path, "out/svcca_thr%s_sq%zu/k", shares[k / 2], k % 2);
        compare_output(file, path, 2, kept, counts);
        snprintf(path, sizeof path, "out/svcca_thr%s_sq%zu/coef", shares[k / 2], k % 2);
        compare_output(file, path, cca->n_svcca, cca->svcca, counts);
        ana_cca_free(cca);
    }
}

/* anatome keeps one component too few of each system, and shares of unsquared singular values. */
static void compare_anatome_svcca(const h5_reference *file, const ana_responses *x,
                                  const ana_responses *y, tally *counts)
{
    ana_cca_options options = ana_cca_options_default();
    ana_cca *cca = NULL;
    options.sum_of_sv = true;
    check_ok(ana_cca_compute(x, y, &options, &cca));
    const size_t kept[] = {cca->kept_a - 1, cca->kept_b - 1};
    ana_cca_free(cca);
    cca = NULL;
    /* A share at which exactly those are kept. */
    for (double share = 0.99; cca == NULL && share > 0.9; share -= 1e-4) {
        options.share = share;
        check_ok(ana_cca_compute(x, y, &options, &cca));
        if (cca->kept_a != kept[0] || cca->kept_b != kept[1]) {
            ana_cca_free(cca);
            cca = NULL;
        }
    }
    if (tally_that(counts, cca != NULL, "a share keeps one component less of each")) {
        hold(file, "out/anatome_svcca_qr", 1.0 - cca->svcca_mean, counts);
        hold(file, "out/anatome_svcca_svd", 1.0 - cca->svcca_mean, counts);
    }
    ana_cca_free(cca);
}

void compare_cca(const h5_reference *file, tally *counts)
{
    const size_t before = counts->n_cases;
    static const char *const same[] = {"out/cca_coef", "out/cca_qr", "out/anatome_cca_diag_qr",
                                       "out/anatome_cca_diag_svd"};
    ana_responses *x = read_system(file, "in/X");
    ana_responses *y = read_system(file, "in/Y");
    ana_responses *deficient = read_system(file, "in/X_rankdef");
    ana_cca *cca = NULL;
    ana_cca *less = NULL;
    check_ok(ana_cca_compute(x, y, NULL, &cca));
    check_ok(ana_cca_compute(deficient, y, NULL, &less));
    for (size_t k = 0; k < sizeof same / sizeof same[0]; k++) {
        compare_output(file, same[k], cca->n, cca->correlations, counts);
    }
    compare_output(file, "out/cca_rankdef", less->n, less->correlations, counts);
    tally_that(counts, less->rank_a == 12, "14 units of rank 12");
    hold(file, "out/cca_mean_min", cca->mean, counts);
    hold(file, "out/cca_mean", mean_of_most(cca->n, cca->correlations), counts);
    hold(file, "out/r2_cca", cca->r2, counts);
    hold(file, "out/r2_linreg_X_from_Y", cca->regression_a, counts);
    hold(file, "out/pwcca_x", cca->pwcca_a, counts);
    hold(file, "out/pwcca_y", cca->pwcca_b, counts);
    hold(file, "out/google_demo_cca", without_centring(x, y), counts);
    const double weighted = anatome_weighted(x, y, cca->correlations, cca->n);
    hold(file, "out/anatome_pwcca_qr", weighted, counts);
    hold(file, "out/anatome_pwcca_svd", weighted, counts);
    compare_svcca(file, x, y, counts);
    compare_anatome_svcca(file, x, y, counts);
    ana_cca_free(cca);
    ana_cca_free(less);
    ana_responses_free(x);
    ana_responses_free(y);
    ana_responses_free(deficient);
    counts->n_unread += h5_reference_count(file) - 3 - (counts->n_cases - before); /* inputs */
}
