/* How well each pair of conditions is told apart, by folds: linear discriminants and the widest
 * margin, both from the products of all trials. */
#include "pairs.h"
#include "rdm_parts.h"
#include "try.h"

#include <analysis/linalg.h>
#include <analysis/svm.h>

#include <math.h>
#include <string.h>

/* Trials by fold, and the products of each with each. */
typedef struct decoding {
    const ana_observations *rows;
    size_t n_conditions;
    double *gram;    /* T x T: x^T P x' */
    size_t *trials;  /* room for T */
    double *kernel;  /* room for T x T */
    double *weights; /* room for T */
    bool *is_second; /* room for T */
    double *similar; /* n: of a trial, to each condition of the training folds */
    double *own;     /* n: of each such mean with itself */
    double *n_train; /* n */
} decoding;

static ana_status find_products(const ana_observations *rows, const ana_noise *noise,
                                const ana_rdm_options *options, double *gram)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = rows->n_times;
    const size_t p = rows->n_features;
    const size_t n_negative = noise != NULL ? noise->n_negative : 0;
    double *x = ana_workspace_doubles(&workspace, n, p);
    double *positive = ana_workspace_doubles(&workspace, noise != NULL ? n : 0, p);
    double *negative = ana_workspace_doubles(&workspace, n, n_negative);
    const ana_gemm less = {n, n_negative, n, false, true, -1.0, 1.0};
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    memcpy(x, rows->values, n * p * sizeof *x);
    for (size_t i = 0; i < n * p; i++) {
        if (isnan(x[i])) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE, "rdm: row %zu lacks channel %zu; %s takes whole trials",
                             i / p, i % p, ana_rdm_method_names[options->method]));
        }
    }
    if (options->remove_mean) {
        ana_rdm_remove_mean(n, p, x);
    }
    if (noise != NULL) {
        ANA_TRY(ana_noise_whiten(noise, n, x, positive, negative));
    }
    ANA_TRY(ana_linalg_gram_rows(n, p, noise != NULL ? positive : x, gram));
    if (n_negative > 0) {
        ANA_TRY(ana_linalg_gemm(&less, negative, negative, gram));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static bool tests(const ana_observations *rows, size_t fold, size_t t)
{
    return t >= rows->sequence_start[fold] && t < rows->sequence_start[fold + 1];
}

/* Products of the training means with themselves. */
static void find_own(const decoding *d, size_t fold)
{
    const size_t n = d->rows->n_times;
    memset(d->own, 0, d->n_conditions * sizeof *d->own);
    memset(d->n_train, 0, d->n_conditions * sizeof *d->n_train);
    for (size_t s = 0; s < n; s++) {
        const int64_t c = d->rows->labels[s];
        if (c < 0 || tests(d->rows, fold, s)) {
            continue;
        }
        d->n_train[c] += 1.0;
        for (size_t t = 0; t < n; t++) {
            if (d->rows->labels[t] == c && !tests(d->rows, fold, t)) {
                d->own[c] += d->gram[s * n + t];
            }
        }
    }
    for (size_t c = 0; c < d->n_conditions; c++) {
        d->own[c] /= d->n_train[c] > 0.0 ? d->n_train[c] * d->n_train[c] : 1.0;
    }
}

/* Products of trial t with the training means. */
static void find_similar(const decoding *d, size_t fold, size_t t)
{
    const size_t n = d->rows->n_times;
    memset(d->similar, 0, d->n_conditions * sizeof *d->similar);
    for (size_t s = 0; s < n; s++) {
        const int64_t c = d->rows->labels[s];
        if (c >= 0 && !tests(d->rows, fold, s)) {
            d->similar[c] += d->gram[t * n + s];
        }
    }
    for (size_t c = 0; c < d->n_conditions; c++) {
        d->similar[c] /= d->n_train[c] > 0.0 ? d->n_train[c] : 1.0;
    }
}

/* right[i * n + j]: trials of i in the test fold that are nearer to i than to j, ties half;
 * n_test[i]: how many there are. */
static void classify_by_means(const decoding *d, size_t fold, double *right, double *n_test)
{
    const size_t n = d->n_conditions;
    find_own(d, fold);
    for (size_t t = d->rows->sequence_start[fold]; t < d->rows->sequence_start[fold + 1]; t++) {
        const int64_t i = d->rows->labels[t];
        if (i < 0) {
            continue;
        }
        find_similar(d, fold, t);
        const double here = d->own[i] - 2.0 * d->similar[i];
        n_test[i] += 1.0;
        for (size_t j = 0; j < n; j++) {
            const double there = d->own[j] - 2.0 * d->similar[j];
            right[(size_t)i * n + j] += here < there ? 1.0 : here > there ? 0.0 : 0.5;
        }
    }
}

/* Training trials of two conditions: how many, their numbers, and which are of the second. */
static size_t collect(const decoding *d, size_t fold, size_t i, size_t j)
{
    size_t n = 0;
    for (size_t t = 0; t < d->rows->n_times; t++) {
        const int64_t c = d->rows->labels[t];
        if ((c == (int64_t)i || c == (int64_t)j) && !tests(d->rows, fold, t)) {
            d->is_second[n] = c == (int64_t)j;
            d->trials[n++] = t;
        }
    }
    return n;
}

/* The same of one pair by the widest margin. */
static ana_status classify_by_margin(const decoding *d, const ana_rdm_options *options, size_t fold,
                                     const size_t pair[2], double *right)
{
    ana_status status = ANA_OK;
    const size_t n = d->rows->n_times;
    const size_t m = collect(d, fold, pair[0], pair[1]);
    double offset = 0.0;
    for (size_t a = 0; a < m; a++) {
        for (size_t b = 0; b < m; b++) {
            d->kernel[a * m + b] = d->gram[d->trials[a] * n + d->trials[b]];
        }
    }
    ANA_TRY(ana_svm_fit(m, d->kernel, d->is_second, options->margin_penalty, 1e-6, d->weights,
                        &offset));
    for (size_t t = d->rows->sequence_start[fold]; t < d->rows->sequence_start[fold + 1]; t++) {
        const int64_t c = d->rows->labels[t];
        const bool first = c == (int64_t)pair[0];
        if (!first && c != (int64_t)pair[1]) {
            continue;
        }
        double decision = offset;
        for (size_t a = 0; a < m; a++) {
            decision += d->weights[a] * d->gram[t * n + d->trials[a]];
        }
        const double side = first ? -decision : decision;
        right[first ? 0 : 1] += side > 0.0 ? 1.0 : side < 0.0 ? 0.0 : 0.5;
    }
done:
    return status;
}

/* One fold's accuracies to the sums: the mean of both conditions' shares of right trials. */
static ana_status add_fold(const decoding *d, const ana_rdm_options *options, size_t fold,
                           double *right, double *n_test, ana_rdms *rdms)
{
    ana_status status = ANA_OK;
    const size_t n = d->n_conditions;
    memset(right, 0, n * n * sizeof *right);
    memset(n_test, 0, n * sizeof *n_test);
    classify_by_means(d, fold, right, n_test);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            const bool there =
                n_test[i] > 0.0 && n_test[j] > 0.0 && d->n_train[i] > 0.0 && d->n_train[j] > 0.0;
            double both[2] = {right[i * n + j], right[j * n + i]};
            if (there && options->method == ANA_RDM_MAX_MARGIN) {
                both[0] = 0.0;
                both[1] = 0.0;
                ANA_TRY(classify_by_margin(d, options, fold, (const size_t[]){i, j}, both));
            }
            if (there) {
                const size_t at = pairs_place(n, i, j);
                rdms->values[at] += 0.5 * (both[0] / n_test[i] + both[1] / n_test[j]);
                rdms->n_folds[at] += 1.0;
            }
        }
    }
done:
    return status;
}

ana_status ana_rdm_by_decoding(const ana_observations *rows, const ana_noise *noise,
                               const ana_rdm_options *options, ana_rdms *rdms)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_rows = rows->n_times;
    const size_t n = rows->n_labels;
    const size_t n_kernel = options->method == ANA_RDM_MAX_MARGIN ? n_rows : 0;
    decoding d = {.rows = rows,
                  .n_conditions = n,
                  .gram = ana_workspace_doubles(&workspace, n_rows, n_rows),
                  .trials = ana_workspace_sizes(&workspace, n_rows, 1),
                  .kernel = ana_workspace_doubles(&workspace, n_kernel, n_rows),
                  .weights = ana_workspace_doubles(&workspace, n_rows, 1),
                  .is_second = ana_workspace_bytes(&workspace, n_rows, 1, sizeof(bool)),
                  .similar = ana_workspace_doubles(&workspace, n, 1),
                  .own = ana_workspace_doubles(&workspace, n, 1),
                  .n_train = ana_workspace_doubles(&workspace, n, 1)};
    double *right = ana_workspace_doubles(&workspace, n, n);
    double *n_test = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    ANA_TRY(find_products(rows, noise, options, d.gram));
    for (size_t f = 0; f < rows->n_sequences; f++) {
        ANA_TRY(add_fold(&d, options, f, right, n_test, rdms));
        ANA_TRY(ana_run_progress(&options->run, "folds", f + 1, rows->n_sequences));
    }
    for (size_t k = 0; k < pairs_count(n); k++) {
        rdms->values[k] = rdms->n_folds[k] > 0.0 ? rdms->values[k] / rdms->n_folds[k] : (double)NAN;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
