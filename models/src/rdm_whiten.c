/* Whitened similarities: inner products under the inverse covariance of dissimilarities. */
#include "rdm_whiten.h"

#include "rdm_parts.h"
#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

/* The two conditions of each pair. */
static void find_conditions(const ana_rdm_sets *sets, size_t *first, size_t *second)
{
    size_t k = 0;
    size_t pair = 0;
    for (size_t i = 0; i < sets->n_conditions; i++) {
        for (size_t j = i + 1; j < sets->n_conditions; j++, pair++) {
            if (k < sets->n_pairs && sets->kept[k] == pair) {
                first[k] = i;
                second[k++] = j;
            }
        }
    }
}

static double mean_of(size_t n, const double *x)
{
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        sum += x[k];
    }
    return sum / (double)n;
}

/* What turns dissimilarities into rows whose inner products are those under V^-1, up to a factor.
 */
typedef struct whitener {
    size_t n;
    size_t n_pairs;
    size_t *first;
    size_t *second;
    double *factor; /* Cholesky, n x n: of 2 I + B^T B, or of the noise */
    double *away;   /* with noise: L^-1 1 at length 1 */
    double *square; /* with noise: n x n scratch */
    bool noisy;
} whitener;

/* Without noise V = 2 I + B B^T, and a^T V^-1 b = (a . b - (B^T a) M^-1 (B^T b)) / 2 with
 * M = 2 I + B^T B: the sums of each condition's dissimilarities, solved and taken away. */
static ana_status prepare_plain(whitener *by)
{
    const size_t n = by->n;
    for (size_t i = 0; i < n; i++) {
        by->factor[i * n + i] = 2.0;
    }
    for (size_t k = 0; k < by->n_pairs; k++) {
        const size_t i = by->first[k];
        const size_t j = by->second[k];
        by->factor[i * n + i] += 1.0;
        by->factor[j * n + j] += 1.0;
        by->factor[i * n + j] += 1.0;
        by->factor[j * n + i] += 1.0;
    }
    return ana_linalg_cholesky(n, by->factor, by->factor);
}

static ana_status prepare_noisy(const double *noise, whitener *by)
{
    ana_status status = ANA_OK;
    double square = 0.0;
    ANA_TRY(ana_linalg_cholesky(by->n, noise, by->factor));
    for (size_t i = 0; i < by->n; i++) {
        by->away[i] = 1.0;
    }
    ANA_TRY(ana_linalg_solve_lower(by->n, by->factor, false, 1, by->away, by->away));
    for (size_t i = 0; i < by->n; i++) {
        square += by->away[i] * by->away[i];
    }
    for (size_t i = 0; i < by->n; i++) {
        by->away[i] /= sqrt(square);
    }
done:
    return status;
}

/* Columns less their part along `away`. */
static void project(const whitener *by, double *x)
{
    const size_t n = by->n;
    for (size_t j = 0; j < n; j++) {
        double along = 0.0;
        for (size_t i = 0; i < n; i++) {
            along += by->away[i] * x[i * n + j];
        }
        for (size_t i = 0; i < n; i++) {
            x[i * n + j] -= along * by->away[i];
        }
    }
}

static void transpose(size_t n, double *x)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            const double keep = x[i * n + j];
            x[i * n + j] = x[j * n + i];
            x[j * n + i] = keep;
        }
    }
}

/* P L^-1 D L^-T P, n x n. */
static ana_status whiten_noisy(const whitener *by, const double *row, double shift, double *out)
{
    ana_status status = ANA_OK;
    const size_t n = by->n;
    memset(out, 0, n * n * sizeof *out);
    for (size_t k = 0; k < by->n_pairs; k++) {
        out[by->first[k] * n + by->second[k]] = row[k] - shift;
        out[by->second[k] * n + by->first[k]] = row[k] - shift;
    }
    for (size_t side = 0; side < 2; side++) {
        ANA_TRY(ana_linalg_solve_lower(n, by->factor, false, n, out, out));
        project(by, out);
        transpose(n, out);
    }
done:
    return status;
}

/* The row, and L^-1 B^T row behind it, whose product is taken away. */
static ana_status whiten_plain(const whitener *by, const double *row, double shift, double *out)
{
    double *sums = out + by->n_pairs;
    memset(sums, 0, by->n * sizeof *sums);
    for (size_t k = 0; k < by->n_pairs; k++) {
        out[k] = row[k] - shift;
        sums[by->first[k]] += out[k];
        sums[by->second[k]] += out[k];
    }
    return ana_linalg_solve_lower(by->n, by->factor, false, 1, sums, sums);
}

static double inner(const whitener *by, const double *a, const double *b)
{
    const size_t n = by->noisy ? by->n * by->n : by->n_pairs;
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        sum += a[k] * b[k];
    }
    for (size_t k = n; k < n + by->n && !by->noisy; k++) {
        sum -= a[k] * b[k];
    }
    return sum;
}

static ana_status whiten_all(const whitener *by, size_t n_rows, const double *rows, bool centred,
                             size_t width, double *out, double *length)
{
    for (size_t r = 0; r < n_rows; r++) {
        const double *row = rows + r * by->n_pairs;
        const double shift = centred ? mean_of(by->n_pairs, row) : 0.0;
        double *to = out + r * width;
        ana_status status =
            by->noisy ? whiten_noisy(by, row, shift, to) : whiten_plain(by, row, shift, to);
        if (status != ANA_OK) {
            return status;
        }
        const double square = inner(by, to, to);
        double plain = 0.0;
        for (size_t k = 0; k < by->n_pairs; k++) {
            plain += row[k] * row[k];
        }
        length[r] = square > 1e-28 * plain ? sqrt(square) : (double)NAN;
    }
    return ANA_OK;
}

/* Inner products of all rows of a with all of b; with lengths, cosines. */
static ana_status whitened(const ana_rdm_sets *sets, const double *noise, bool centred,
                           bool with_lengths, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = sets->n_conditions;
    const size_t width = noise != NULL ? n * n : sets->n_pairs + n;
    whitener by = {.n = n,
                   .n_pairs = sets->n_pairs,
                   .first = ana_workspace_sizes(&workspace, sets->n_pairs, 1),
                   .second = ana_workspace_sizes(&workspace, sets->n_pairs, 1),
                   .factor = ana_workspace_doubles(&workspace, n, n),
                   .away = ana_workspace_doubles(&workspace, n, 1),
                   .noisy = noise != NULL};
    double *a = ana_workspace_doubles(&workspace, sets->n_a, width);
    double *b = ana_workspace_doubles(&workspace, sets->n_b, width);
    double *length = ana_workspace_doubles(&workspace, sets->n_a + sets->n_b, 1);
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    find_conditions(sets, by.first, by.second);
    ANA_TRY(noise != NULL ? prepare_noisy(noise, &by) : prepare_plain(&by));
    ANA_TRY(whiten_all(&by, sets->n_a, sets->a, centred, width, a, length));
    ANA_TRY(whiten_all(&by, sets->n_b, sets->b, centred, width, b, length + sets->n_a));
    for (size_t i = 0; i < sets->n_a; i++) {
        for (size_t j = 0; j < sets->n_b; j++) {
            const double product = inner(&by, a + i * width, b + j * width);
            out[i * sets->n_b + j] =
                with_lengths ? product / length[i] / length[sets->n_a + j] : product;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_rdm_whitened(const ana_rdm_sets *sets, const double *noise, bool centred,
                            double *out)
{
    return whitened(sets, noise, centred, true, out);
}

ana_status ana_rdm_whitened_products(const ana_rdm_sets *sets, const double *noise, bool centred,
                                     double *out)
{
    return whitened(sets, noise, centred, false, out);
}
