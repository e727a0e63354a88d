#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/noise.h>

#include <string.h>

/* X C^-T, row by row of X: C^-1 X^T in blocks of rows. */
static ana_status whiten_whole(const ana_noise *noise, size_t n, const double *x, double *out)
{
    enum {
        BLOCK = 256
    };
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t p = noise->n_channels;
    double *columns = ana_workspace_doubles(&workspace, p, n < BLOCK ? n : BLOCK);
    ANA_TRY(ana_workspace_check(&workspace, "noise"));
    for (size_t first = 0; first < n; first += BLOCK) {
        const size_t m = n - first < BLOCK ? n - first : BLOCK;
        for (size_t i = 0; i < m; i++) {
            for (size_t j = 0; j < p; j++) {
                columns[j * m + i] = x[(first + i) * p + j];
            }
        }
        ANA_TRY(ana_linalg_solve_lower(p, noise->cholesky, false, m, columns, columns));
        for (size_t i = 0; i < m; i++) {
            for (size_t j = 0; j < p; j++) {
                out[(first + i) * p + j] = columns[j * m + i];
            }
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_noise_whiten(const ana_noise *noise, size_t n, const double *x, double *positive,
                            double *negative)
{
    ana_status status = ANA_OK;
    const size_t p = noise->n_channels;
    if (noise->cholesky != NULL) {
        return whiten_whole(noise, n, x, positive);
    }
    if (noise->n_negative > 0) {
        ANA_TRY(ana_linalg_multiply(n, p, noise->n_negative, x, noise->negative, negative));
    }
    for (size_t i = 0; i < n * p; i++) {
        positive[i] = x[i] * noise->scale[i % p];
    }
done:
    return status;
}

/* P = D^2 - L L^T. */
static ana_status precision_of_parts(const ana_noise *noise, double *precision)
{
    ana_status status = ANA_OK;
    const size_t p = noise->n_channels;
    memset(precision, 0, p * p * sizeof *precision);
    if (noise->n_negative > 0) {
        ANA_TRY(ana_linalg_gram_rows(p, noise->n_negative, noise->negative, precision));
    }
    for (size_t i = 0; i < p; i++) {
        for (size_t j = 0; j < p; j++) {
            precision[i * p + j] =
                (i == j ? noise->scale[i] * noise->scale[i] : 0.0) - precision[i * p + j];
        }
    }
done:
    return status;
}

ana_status ana_noise_covariance(const ana_noise *noise, double *covariance)
{
    ana_status status = ANA_OK;
    if (noise->cholesky != NULL) {
        return ana_linalg_gram_rows(noise->n_channels, noise->n_channels, noise->cholesky,
                                    covariance);
    }
    ANA_TRY(precision_of_parts(noise, covariance));
    ANA_TRY(ana_linalg_inverse_spd(noise->n_channels, covariance, covariance));
done:
    return status;
}

ana_status ana_noise_precision(const ana_noise *noise, double *precision)
{
    ana_status status = ANA_OK;
    if (noise->cholesky == NULL) {
        return precision_of_parts(noise, precision);
    }
    ANA_TRY(ana_noise_covariance(noise, precision));
    ANA_TRY(ana_linalg_inverse_spd(noise->n_channels, precision, precision));
done:
    return status;
}
