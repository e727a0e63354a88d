/* Canonical correlation of trials with sines and cosines. */
#include "constants.h"
#include "dense.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/steady_state.h>

#include <math.h>
#include <string.h>

static const double least_variance = 1e-10; /* of the largest: less is rounding of a Gram matrix */

ana_status ana_steady_state_references(double frequency_hz, size_t n_harmonics, double rate,
                                       size_t n_times, double *out)
{
    const double highest = frequency_hz * (double)n_harmonics;
    if (!(frequency_hz > 0.0) || !(highest < 0.5 * rate) || n_harmonics == 0) {
        return ana_fail(
            ANA_ERR_VALUE,
            "cca: %zu harmonics of %g Hz; one or more that are above 0 and below %g Hz, "
            "half the rate, are right",
            n_harmonics, frequency_hz, 0.5 * rate);
    }
    for (size_t h = 0; h < n_harmonics; h++) {
        double *sines = out + 2 * h * n_times;
        double *cosines = sines + n_times;
        for (size_t t = 0; t < n_times; t++) {
            const double cycles = frequency_hz * (double)(h + 1) * (double)t / rate;
            sines[t] = sin(2.0 * ANA_PI * cycles);
            cosines[t] = cos(2.0 * ANA_PI * cycles);
        }
    }
    return ANA_OK;
}

/* x (n x n_times, in and out): each row less its mean. */
static void centre(size_t n, size_t n_times, double *x)
{
    for (size_t row = 0; row < n; row++) {
        double *own = x + row * n_times;
        double mean = 0.0;
        for (size_t t = 0; t < n_times; t++) {
            mean += own[t] / (double)n_times;
        }
        for (size_t t = 0; t < n_times; t++) {
            own[t] -= mean;
        }
    }
}

/* basis (n x n_times, out): orthonormal rows of the space that the centred rows x span; *rank of
 * them. Rows are brought to length 1 first, so that a quiet channel counts as a loud one. */
static ana_status find_basis(size_t n, size_t n_times, double *x, double *basis, size_t *rank)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *gram = ana_workspace_doubles(&workspace, n, n);
    double *values = ana_workspace_doubles(&workspace, n, 1);
    double *vectors = ana_workspace_doubles(&workspace, n, n);
    *rank = 0;
    ANA_TRY(ana_workspace_check(&workspace, "cca"));
    for (size_t row = 0; row < n; row++) {
        double *own = x + row * n_times;
        const double length = sqrt(ana_dot(n_times, own, own));
        for (size_t t = 0; t < n_times && length > 0.0; t++) {
            own[t] /= length;
        }
    }
    ANA_TRY(ana_linalg_gram_rows(n, n_times, x, gram));
    ANA_TRY(ana_linalg_eigen_symmetric(n, gram, values, vectors));
    for (size_t k = n; k-- > 0 && values[k] > least_variance * values[n - 1];) {
        double *own = basis + *rank * n_times;
        ANA_TRY(ana_linalg_apply(n, n_times, x, true, vectors + k * n, own));
        for (size_t t = 0; t < n_times; t++) {
            own[t] /= sqrt(values[k]);
        }
        (*rank)++;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The orthonormal bases of all frequencies, one after the other; each has 2 n_harmonics rows. */
typedef struct reference_bases {
    size_t n_rows;
    double *rows; /* n_frequencies x n_rows x n_times */
} reference_bases;

static ana_status make_bases(const ana_steady_state_bank *bank, size_t n_times,
                             ana_workspace *workspace, reference_bases *out)
{
    ana_status status = ANA_OK;
    const size_t n_rows = 2 * bank->n_harmonics;
    double *waves = ana_workspace_doubles(workspace, n_rows, n_times);
    *out = (reference_bases){
        n_rows, ana_workspace_doubles(workspace, bank->n_frequencies * n_rows, n_times)};
    ANA_TRY(ana_workspace_check(workspace, "cca"));
    for (size_t f = 0; f < bank->n_frequencies; f++) {
        size_t rank = 0;
        ANA_TRY(ana_steady_state_references(bank->frequencies_hz[f], bank->n_harmonics, bank->rate,
                                            n_times, waves));
        centre(n_rows, n_times, waves);
        ANA_TRY(find_basis(n_rows, n_times, waves, out->rows + f * n_rows * n_times, &rank));
    }
done:
    return status;
}

/* The largest singular value of the products of two orthonormal bases. */
static ana_status correlate(size_t n_times, size_t n_a, const double *a, size_t n_b,
                            const double *b, double *correlation)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *products = ana_workspace_doubles(&workspace, n_b, n_a);
    double *gram = ana_workspace_doubles(&workspace, n_b, n_b);
    double *values = ana_workspace_doubles(&workspace, n_b, 1);
    const ana_gemm shape = {
        .n_rows = n_b, .n_inner = n_times, .n_columns = n_a, .transpose_b = true, .alpha = 1.0};
    ANA_TRY(ana_workspace_check(&workspace, "cca"));
    ANA_TRY(ana_linalg_gemm(&shape, b, a, products));
    ANA_TRY(ana_linalg_gram_rows(n_b, n_a, products, gram));
    ANA_TRY(ana_linalg_eigen_symmetric(n_b, gram, values, NULL));
    *correlation = sqrt(fmin(fmax(values[n_b - 1], 0.0), 1.0));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check(const ana_labelled_signals *trials, const ana_steady_state_bank *bank)
{
    if (bank->n_frequencies == 0 || trials->n == 0 ||
        trials->n_times <= trials->n + 2 * bank->n_harmonics) {
        return ana_fail(ANA_ERR_VALUE,
                        "cca: %zu samples of %zu channels, %zu frequencies and %zu harmonics; more "
                        "samples than channels and twice the harmonics are needed",
                        trials->n_times, trials->n, bank->n_frequencies, bank->n_harmonics);
    }
    const size_t size = trials->n * trials->n_times;
    for (size_t i = 0; i < trials->n_trials; i++) {
        for (size_t e = 0; e < size; e++) {
            if (!isfinite(trials->values[i * size + e])) {
                return ana_fail(ANA_ERR_VALUE,
                                "cca: sample %zu of trial %zu, channel %zu is not finite",
                                e % trials->n_times, i, e / trials->n_times);
            }
        }
    }
    return ANA_OK;
}

ana_status ana_steady_state_correlate(const ana_labelled_signals *trials,
                                      const ana_steady_state_bank *bank, const ana_run *run,
                                      double *correlations)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_times = trials->n_times;
    const size_t size = trials->n * n_times;
    reference_bases bases = {0};
    double *x = ana_workspace_doubles(&workspace, trials->n, n_times);
    double *basis = ana_workspace_doubles(&workspace, trials->n, n_times);
    ANA_TRY(ana_workspace_check(&workspace, "cca"));
    ANA_TRY(check(trials, bank));
    ANA_TRY(make_bases(bank, n_times, &workspace, &bases));
    for (size_t i = 0; i < trials->n_trials; i++) {
        size_t rank = 0;
        ANA_TRY(ana_run_progress(run, "cca", i, trials->n_trials));
        memcpy(x, trials->values + i * size, size * sizeof *x);
        centre(trials->n, n_times, x);
        ANA_TRY(find_basis(trials->n, n_times, x, basis, &rank));
        if (rank == 0) {
            status = ana_fail(ANA_ERR_VALUE, "cca: no channel of trial %zu varies", i);
            goto done;
        }
        for (size_t f = 0; f < bank->n_frequencies; f++) {
            ANA_TRY(correlate(n_times, rank, basis, bases.n_rows,
                              bases.rows + f * bases.n_rows * n_times,
                              correlations + i * bank->n_frequencies + f));
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
