/* The matrix nearest to several: what the best possible model would be. */
#include "rsa_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/stats.h>

#include <math.h>
#include <string.h>

static bool by_ranks(ana_rdm_similarity similarity)
{
    return similarity >= ANA_RDM_SIM_SPEARMAN && similarity <= ANA_RDM_SIM_TAU_B;
}

/* Mean and standard deviation of the finite values. */
static void moments(size_t n, const double *x, double *mean, double *deviation)
{
    double sum = 0.0;
    double square = 0.0;
    double count = 0.0;
    for (size_t k = 0; k < n; k++) {
        sum += isnan(x[k]) ? 0.0 : x[k];
        count += isnan(x[k]) ? 0.0 : 1.0;
    }
    *mean = sum / count;
    for (size_t k = 0; k < n; k++) {
        square += isnan(x[k]) ? 0.0 : (x[k] - *mean) * (x[k] - *mean);
    }
    *deviation = sqrt(square / count);
}

/* A matrix in the units of the pool. */
static ana_status in_units(ana_rdm_similarity similarity, size_t n, const double *x, double *out)
{
    double mean = 0.0;
    double deviation = 0.0;
    if (by_ranks(similarity)) {
        return ana_stats_ranks(n, x, out);
    }
    moments(n, x, &mean, &deviation);
    const bool centred =
        similarity == ANA_RDM_SIM_PEARSON || similarity == ANA_RDM_SIM_WHITENED_CORRELATION;
    const double origin = centred ? mean : 0.0;
    const double scale = centred ? deviation : sqrt(mean * mean + deviation * deviation);
    for (size_t k = 0; k < n; k++) {
        out[k] = (x[k] - origin) / scale;
    }
    return ANA_OK;
}

ana_status ana_rdm_pool_times(const ana_rdms *rdms, ana_rdm_similarity similarity,
                              const size_t *times, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = ana_rdm_n_pairs(rdms->n_conditions);
    double *scaled = ana_workspace_doubles(&workspace, n, 1);
    double *count = ana_workspace_doubles(&workspace, n, 1);
    double least = INFINITY;
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    memset(out, 0, n * sizeof *out);
    for (size_t r = 0; r < rdms->n_rdms; r++) {
        const double weight = (double)times[r];
        if (times[r] == 0) {
            continue;
        }
        ANA_TRY(in_units(similarity, n, rdms->values + r * n, scaled));
        for (size_t k = 0; k < n; k++) {
            out[k] += isnan(scaled[k]) ? 0.0 : weight * scaled[k];
            count[k] += isnan(scaled[k]) ? 0.0 : weight;
        }
    }
    for (size_t k = 0; k < n; k++) {
        out[k] /= count[k]; /* 0 / 0: no matrix has it, NaN */
        least = out[k] < least ? out[k] : least;
    }
    const bool centred =
        similarity == ANA_RDM_SIM_PEARSON || similarity == ANA_RDM_SIM_WHITENED_CORRELATION;
    for (size_t k = 0; k < n && centred; k++) {
        out[k] -= least; /* dissimilarities again: none below 0 */
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_rdm_pool(const ana_rdms *rdms, ana_rdm_similarity similarity, size_t left_out,
                        double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t *times = ana_workspace_sizes(&workspace, rdms->n_rdms, 1);
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    for (size_t r = 0; r < rdms->n_rdms; r++) {
        times[r] = r == left_out ? 0 : 1;
    }
    ANA_TRY(ana_rdm_pool_times(rdms, similarity, times, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_rdm_compare_pool(const ana_rdms *rdms, const ana_rdms *pool, const double *noise,
                                const ana_rdm_compare_options *options, double *values)
{
    size_t n_known = 0;
    for (size_t k = 0; k < ana_rdm_n_pairs(pool->n_conditions); k++) {
        n_known += isnan(pool->values[k]) ? 0 : 1;
    }
    for (size_t r = 0; r < rdms->n_rdms && n_known < 3; r++) {
        values[r] = (double)NAN;
    }
    return n_known < 3 ? ANA_OK : ana_rdm_compare(rdms, pool, noise, options, values);
}
