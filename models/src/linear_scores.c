#include "dense.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/linear_scores.h>

#include <math.h>

ana_status ana_labelled_rows_check(const ana_labelled_rows *rows, const char *what)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t *n_in = ana_workspace_sizes(&workspace, rows->n_classes, 1);
    ANA_TRY(ana_workspace_check(&workspace, what));
    if (rows->n_classes < 2 || rows->d == 0) {
        status = ana_fail(ANA_ERR_VALUE, "%s: %zu classes and %zu features; two and one at least",
                          what, rows->n_classes, rows->d);
        goto done;
    }
    for (size_t i = 0; i < rows->n; i++) {
        if (rows->classes[i] >= rows->n_classes) {
            status = ana_fail(ANA_ERR_VALUE, "%s: row %zu is of class %zu of %zu", what, i,
                              rows->classes[i], rows->n_classes);
            goto done;
        }
        n_in[rows->classes[i]]++;
    }
    for (size_t c = 0; c < rows->n_classes; c++) {
        if (n_in[c] == 0) {
            status =
                ana_fail(ANA_ERR_VALUE, "%s: no row of class %zu; one of each is needed", what, c);
            goto done;
        }
    }
    for (size_t k = 0; k < rows->n * rows->d; k++) {
        if (!isfinite(rows->x[k])) {
            status = ana_fail(ANA_ERR_VALUE, "%s: feature %zu of row %zu is %g; leave it out", what,
                              k % rows->d, k / rows->d, rows->x[k]);
            goto done;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

size_t ana_linear_n_scores(size_t n_classes)
{
    return n_classes == 2 ? 1 : n_classes;
}

ana_status ana_linear_scores(size_t n, size_t d, const double *x, size_t n_scores,
                             const double *weights, const double *biases, double *scores)
{
    const ana_gemm shape = {.n_rows = n,
                            .n_inner = d,
                            .n_columns = n_scores,
                            .transpose_b = true,
                            .alpha = 1.0,
                            .beta = 1.0};
    for (size_t k = 0; k < n * n_scores; k++) {
        scores[k] = biases[k % n_scores];
    }
    return ana_linalg_gemm(&shape, x, weights, scores);
}

void ana_linear_softmax(size_t n, size_t n_classes, const double *scores, double *out)
{
    for (size_t i = 0; i < n; i++) {
        const double *own = scores + i * n_classes;
        double *shares = out + i * n_classes;
        const double largest = own[ana_largest(n_classes, own)];
        double sum = 0.0;
        for (size_t c = 0; c < n_classes; c++) {
            shares[c] = exp(own[c] - largest);
            sum += shares[c];
        }
        for (size_t c = 0; c < n_classes; c++) {
            shares[c] /= sum;
        }
    }
}

void ana_linear_probabilities(size_t n, size_t n_classes, const double *scores,
                              double *probabilities)
{
    if (n_classes != 2) {
        ana_linear_softmax(n, n_classes, scores, probabilities);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        probabilities[2 * i] = 1.0 / (1.0 + exp(scores[i]));
        probabilities[2 * i + 1] = 1.0 / (1.0 + exp(-scores[i]));
    }
}

void ana_linear_predict(size_t n, size_t n_classes, const double *scores, size_t *predicted)
{
    for (size_t i = 0; i < n; i++) {
        predicted[i] = n_classes == 2 ? (size_t)(scores[i] > 0.0)
                                      : ana_largest(n_classes, scores + i * n_classes);
    }
}
