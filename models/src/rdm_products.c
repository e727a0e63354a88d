/* Dissimilarities that are products of patterns: the terms of each method, summed over folds. */
#include "rdm_parts.h"
#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

/* Patterns as the two sides of products: left and right differ for Poisson alone. */
typedef struct sides {
    double *left;     /* n_sets x n x p */
    double *right;    /* the same array, or logarithms */
    double *negative; /* n_sets x n x q */
    size_t q;
} sides;

static ana_status make_sides(const ana_patterns *patterns, const ana_noise *noise,
                             const ana_rdm_options *options, ana_workspace *workspace, sides *to)
{
    ana_status status = ANA_OK;
    const size_t n = patterns->n_sets * patterns->n;
    const size_t p = patterns->p;
    to->left = patterns->means;
    to->right = patterns->means;
    if (ana_rdm_is_angle(options->method)) {
        ANA_TRY(ana_rdm_directions(options, n, p, to->left));
    }
    if (ana_rdm_is_poisson(options->method)) {
        to->right = ana_workspace_doubles(workspace, n, p);
        ANA_TRY(ana_workspace_check(workspace, "rdm"));
        for (size_t i = 0; i < n * p; i++) {
            to->right[i] = log(to->left[i]); /* the prior is added */
        }
    }
    if (noise != NULL) {
        to->q = noise->n_negative;
        to->negative = ana_workspace_doubles(workspace, n, to->q);
        ANA_TRY(ana_workspace_check(workspace, "rdm"));
        ANA_TRY(ana_noise_whiten(noise, n, to->left, to->left, to->negative));
    }
done:
    return status;
}

/* The terms of sets f and g with weight alpha, symmetric in sum. */
static size_t terms_of(const ana_patterns *patterns, const sides *from, size_t f, size_t g,
                       double alpha, ana_rdm_term *terms)
{
    const size_t size = patterns->n * patterns->p;
    const size_t rest = patterns->n * from->q;
    const bool one = f == g && from->left == from->right;
    size_t n = 0;
    terms[n++] = (ana_rdm_term){one ? alpha : 0.5 * alpha, patterns->p, from->left + f * size,
                                from->right + g * size};
    if (!one) {
        terms[n++] =
            (ana_rdm_term){0.5 * alpha, patterns->p, from->right + g * size, from->left + f * size};
    }
    if (from->q > 0) {
        terms[n++] = (ana_rdm_term){one ? -alpha : -0.5 * alpha, from->q, from->negative + f * rest,
                                    from->negative + g * rest};
        if (!one) {
            terms[n++] = (ana_rdm_term){-0.5 * alpha, from->q, from->negative + g * rest,
                                        from->negative + f * rest};
        }
    }
    return n;
}

/* One set of patterns: a single form. */
static ana_status by_one_set(const ana_patterns *patterns, const sides *from,
                             const ana_rdm_options *options, ana_rdms *rdms)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const bool angle = ana_rdm_is_angle(options->method);
    ana_rdm_term terms[ANA_RDM_MAX_TERMS];
    ana_rdm_form form = {.n = patterns->n,
                         .terms = terms,
                         .diagonal = ana_workspace_doubles(&workspace, patterns->n, 1),
                         .is_square = true,
                         .sum = rdms->values};
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    form.n_terms = terms_of(patterns, from, 0, 0, angle ? 0.5 : 1.0 / (double)patterns->p, terms);
    ana_rdm_diagonal(&form);
    for (size_t i = 0; angle && i < patterns->n; i++) {
        /* Of length 1, and 1 from all others where it has no direction but was given 0. */
        form.diagonal[i] = isnan(form.diagonal[i]) ? (double)NAN : 0.5;
    }
    ANA_TRY(ana_rdm_add_form(&form, &options->run));
done:
    ana_workspace_release(&workspace);
    return status;
}

static void add_folds(size_t n_sets, size_t size, const double *x, double *sum)
{
    for (size_t f = 0; f < n_sets; f++) {
        for (size_t i = 0; i < size; i++) {
            sum[i] += x[f * size + i];
        }
    }
}

/* One set: the sum of all folds. */
static ana_status sum_of_folds(const ana_patterns *patterns, const sides *from,
                               ana_workspace *workspace, sides *sum)
{
    const size_t size = patterns->n * patterns->p;
    const size_t rest = patterns->n * from->q;
    const bool two = from->left != from->right;
    sum->q = from->q;
    sum->left = ana_workspace_doubles(workspace, size, 1);
    sum->right = two ? ana_workspace_doubles(workspace, size, 1) : sum->left;
    sum->negative = ana_workspace_doubles(workspace, rest, 1);
    ana_status status = ana_workspace_check(workspace, "rdm");
    if (status != ANA_OK) {
        return status;
    }
    add_folds(patterns->n_sets, size, from->left, sum->left);
    if (two) {
        add_folds(patterns->n_sets, size, from->right, sum->right);
    }
    add_folds(patterns->n_sets, rest, from->negative, sum->negative);
    return ANA_OK;
}

/* Every fold holds every condition: the sum over f != g is that over all less that of f = g, F + 1
 * products in place of F (F - 1) / 2. */
static ana_status by_balanced_folds(const ana_patterns *patterns, const sides *from,
                                    const ana_rdm_options *options, ana_rdms *rdms)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = patterns->n;
    const size_t n_folds = patterns->n_sets;
    const double pairs = (double)n_folds * (double)(n_folds - 1) * (double)patterns->p;
    sides sum = {0};
    ana_rdm_term *terms =
        ana_workspace_bytes(&workspace, (n_folds + 1) * ANA_RDM_MAX_TERMS, 1, sizeof *terms);
    ana_rdm_form form = {.n = n,
                         .terms = terms,
                         .diagonal = ana_workspace_doubles(&workspace, n, 1),
                         .sum = rdms->values};
    ANA_TRY(sum_of_folds(patterns, from, &workspace, &sum));
    form.n_terms = terms_of(patterns, &sum, 0, 0, 1.0 / pairs, terms);
    for (size_t f = 0; f < n_folds; f++) {
        form.n_terms += terms_of(patterns, from, f, f, -1.0 / pairs, terms + form.n_terms);
    }
    ana_rdm_diagonal(&form);
    ANA_TRY(ana_rdm_add_form(&form, &options->run));
    for (size_t k = 0; k < ana_rdm_n_pairs(n); k++) {
        rdms->n_folds[k] = (double)n_folds;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Conditions of both folds; how many pairs of them there are is added to the pairs of folds. */
static void find_present(const ana_patterns *patterns, size_t f, size_t g, double *present)
{
    for (size_t i = 0; i < patterns->n; i++) {
        present[i] = patterns->n_trials[f * patterns->n + i] > 0.0 &&
                     patterns->n_trials[g * patterns->n + i] > 0.0;
    }
}

/* The mean over pairs of folds, and how many folds hold both conditions. */
static void divide_by_folds(const ana_patterns *patterns, ana_rdms *rdms)
{
    const size_t n = patterns->n;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            const size_t k = ana_rdm_pair(n, i, j);
            double folds = 0.0;
            for (size_t f = 0; f < patterns->n_sets; f++) {
                const double *seen = patterns->n_trials + f * n;
                folds += seen[i] > 0.0 && seen[j] > 0.0 ? 1.0 : 0.0;
            }
            const double pairs = rdms->n_folds[k];
            rdms->values[k] = pairs > 0.0 ? rdms->values[k] / pairs : (double)NAN;
            rdms->n_folds[k] = folds;
        }
    }
}

/* One pair of folds, added to the sums. */
static ana_status add_pair_of_folds(const ana_patterns *patterns, const sides *from, size_t f,
                                    size_t g, const ana_rdm_options *options,
                                    const ana_rdm_form *into)
{
    ana_rdm_term terms[2 * ANA_RDM_MAX_TERMS];
    ana_rdm_form form = *into;
    const bool two = from->left != from->right;
    const double alpha = (two ? 0.5 : 1.0) / (double)patterns->p;
    form.terms = terms;
    form.n_terms = terms_of(patterns, from, f, g, alpha, terms);
    if (two) { /* rates of g with logarithms of f as well */
        form.n_terms += terms_of(patterns, from, g, f, alpha, terms + form.n_terms);
    }
    ana_rdm_diagonal(&form);
    return ana_rdm_add_form(&form, &options->run);
}

static ana_status by_folds(const ana_patterns *patterns, const sides *from,
                           const ana_rdm_options *options, ana_rdms *rdms)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *present = ana_workspace_doubles(&workspace, patterns->n, 1);
    const ana_rdm_form form = {.n = patterns->n,
                               .diagonal = ana_workspace_doubles(&workspace, patterns->n, 1),
                               .present = present,
                               .sum = rdms->values,
                               .count = rdms->n_folds};
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    for (size_t f = 0; f < patterns->n_sets; f++) {
        for (size_t g = f + 1; g < patterns->n_sets; g++) {
            find_present(patterns, f, g, present);
            ANA_TRY(add_pair_of_folds(patterns, from, f, g, options, &form));
        }
    }
    divide_by_folds(patterns, rdms);
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_rdm_by_products(const ana_patterns *patterns, const ana_noise *noise,
                               const ana_rdm_options *options, ana_rdms *rdms)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    sides from = {0};
    ANA_TRY(make_sides(patterns, noise, options, &workspace, &from));
    if (!ana_rdm_crosses(options->method)) {
        ANA_TRY(by_one_set(patterns, &from, options, rdms));
    } else if (patterns->balanced) {
        ANA_TRY(by_balanced_folds(patterns, &from, options, rdms));
    } else {
        ANA_TRY(by_folds(patterns, &from, options, rdms));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Means of the two folds, whitened by the mean of their covariances: scratch is 2 p^2. */
static ana_status whiten_pair(const ana_patterns *patterns, const ana_noise *const *noises,
                              size_t f, size_t g, double *scratch, double *left)
{
    ana_status status = ANA_OK;
    ana_noise *noise = NULL;
    const size_t p = patterns->p;
    const size_t size = patterns->n * p;
    ANA_TRY(ana_noise_covariance(noises[f], scratch));
    ANA_TRY(ana_noise_covariance(noises[g], scratch + p * p));
    for (size_t i = 0; i < p * p; i++) {
        scratch[i] = 0.5 * (scratch[i] + scratch[p * p + i]);
    }
    ANA_TRY(ana_noise_of_covariance(p, scratch, &noise));
    ANA_TRY(
        ana_noise_whiten(noise, patterns->n, patterns->means + f * size, left + f * size, NULL));
    ANA_TRY(
        ana_noise_whiten(noise, patterns->n, patterns->means + g * size, left + g * size, NULL));
done:
    ana_noise_free(noise);
    return status;
}

ana_status ana_rdm_by_noisy_folds(const ana_patterns *patterns, const ana_noise *const *noises,
                                  const ana_rdm_options *options, ana_rdms *rdms)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t p = patterns->p;
    double *present = ana_workspace_doubles(&workspace, patterns->n, 1);
    double *scratch = ana_workspace_doubles(&workspace, 2 * p, p);
    const ana_rdm_form form = {.n = patterns->n,
                               .diagonal = ana_workspace_doubles(&workspace, patterns->n, 1),
                               .present = present,
                               .sum = rdms->values,
                               .count = rdms->n_folds};
    sides from = {.left = ana_workspace_doubles(&workspace, patterns->n_sets * patterns->n, p)};
    from.right = from.left;
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    for (size_t f = 0; f < patterns->n_sets; f++) {
        for (size_t g = f + 1; g < patterns->n_sets; g++) {
            find_present(patterns, f, g, present);
            ANA_TRY(whiten_pair(patterns, noises, f, g, scratch, from.left));
            ANA_TRY(add_pair_of_folds(patterns, &from, f, g, options, &form));
        }
    }
    divide_by_folds(patterns, rdms);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Products of what is left of two conditions' means when their mean over folds is taken away. */
static ana_status add_spread(const ana_patterns *patterns, double sign, const double *x, size_t q,
                             ana_workspace *workspace, double *out)
{
    const size_t n = patterns->n;
    double *mean = ana_workspace_doubles(workspace, n, q);
    double *rest = ana_workspace_doubles(workspace, n, q);
    ana_status status = ana_workspace_check(workspace, "rdm");
    const double folds = (double)patterns->n_sets;
    for (size_t k = 0; status == ANA_OK && k < patterns->n_sets * n * q; k++) {
        mean[k % (n * q)] += x[k] / folds;
    }
    const ana_gemm shape = {.n_rows = n,
                            .n_inner = q,
                            .n_columns = n,
                            .transpose_b = true,
                            .alpha = sign / (folds - 1.0) / (double)patterns->p,
                            .beta = 1.0};
    for (size_t f = 0; f < patterns->n_sets && status == ANA_OK; f++) {
        for (size_t k = 0; k < n * q; k++) {
            rest[k] = x[f * n * q + k] - mean[k];
        }
        status = ana_linalg_gemm(&shape, rest, rest, out);
    }
    return status;
}

ana_status ana_rdm_spread(const ana_patterns *patterns, const ana_noise *noise, double *out)
{
    const ana_rdm_options options = {.method = ANA_RDM_CROSSNOBIS};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    sides from = {0};
    ANA_TRY(make_sides(patterns, noise, &options, &workspace, &from));
    memset(out, 0, patterns->n * patterns->n * sizeof *out);
    ANA_TRY(add_spread(patterns, 1.0, from.left, patterns->p, &workspace, out));
    if (from.q > 0) {
        ANA_TRY(add_spread(patterns, -1.0, from.negative, from.q, &workspace, out));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
