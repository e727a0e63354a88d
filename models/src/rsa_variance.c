/* What samples of subjects and conditions say together: draws, covariances, variances, tests. */
#include "memory.h"
#include "rsa_draws.h"
#include "try.h"

#include <analysis/distributions.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* times[i]: how often i was drawn in n draws of n. */
static void draw(ana_random *random, size_t n, size_t *times)
{
    memset(times, 0, n * sizeof *times);
    for (size_t k = 0; k < n; k++) {
        times[ana_random_below(random, n)]++;
    }
}

/* subjects: n_samples x S; conditions: n_samples x n; `scratch` has room for the groups. */
void ana_rsa_draw_samples(const ana_rsa_drawing *from, size_t n_samples, size_t *scratch,
                          size_t *subjects, size_t *conditions)
{
    for (size_t i = 0; i < n_samples; i++) {
        ana_random of_subjects = ana_random_stream(from->seed, "rsa subjects", i);
        ana_random of_conditions = ana_random_stream(from->seed, "rsa conditions", i);
        draw(&of_subjects, from->n_groups, scratch);
        for (size_t s = 0; s < from->n_subjects; s++) {
            subjects[i * from->n_subjects + s] = scratch[from->group[s]];
        }
        draw(&of_conditions, from->n_conditions, conditions + i * from->n_conditions);
    }
}

double ana_rsa_dual_variance(const double variance[3], size_t n_groups, size_t n_conditions)
{
    const double by_subjects = (double)n_groups / ((double)n_groups - 1.0);
    const double by_conditions = (double)n_conditions / ((double)n_conditions - 1.0);
    const double subjects = by_subjects * variance[0];
    const double conditions = by_conditions * variance[1];
    const double corrected =
        subjects + conditions -
        by_subjects * by_conditions * (variance[2] - variance[0] - variance[1]);
    return fmin(fmax(corrected, fmax(subjects, conditions)), variance[2]);
}

/* Covariance of columns a and b over the samples that have both; NaN of fewer than two. */
static double covariance(size_t n, size_t width, const double *values, size_t a, size_t b)
{
    double sum[2] = {0.0, 0.0};
    double count = 0.0;
    double product = 0.0;
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < n; i++) {
            const double x = values[i * width + a];
            const double y = values[i * width + b];
            if (isnan(x) || isnan(y)) {
                continue;
            }
            if (pass == 0) {
                sum[0] += x;
                sum[1] += y;
                count += 1.0;
            } else {
                product += (x - sum[0] / count) * (y - sum[1] / count);
            }
        }
    }
    return count > 1.0 ? product / (count - 1.0) : (double)NAN;
}

void ana_rsa_find_covariances(const ana_rsa_bootstrap *b, const double *values, double *out)
{
    const size_t q = b->n_models + 2;
    for (size_t f = 0; f < b->n_factors; f++) {
        for (size_t k = 0; k < q * q; k++) {
            out[f * q * q + k] =
                covariance(b->n_samples, q, values + f * b->n_samples * q, k / q, k % q);
        }
    }
}

/* With the factor that a sample of n things needs. */
static double variance_over(const ana_rsa_bootstrap *b, const double variance[3])
{
    const double n_groups = (double)b->n_groups;
    const double n_conditions = (double)b->n_conditions;
    switch (b->over) {
    case ANA_RSA_SUBJECTS:
        return n_groups / (n_groups - 1.0) * variance[0];
    case ANA_RSA_CONDITIONS:
        return n_conditions / (n_conditions - 1.0) * variance[0];
    case ANA_RSA_BOTH:
        return variance[0];
    case ANA_RSA_DUAL:
        break;
    }
    return ana_rsa_dual_variance(variance, b->n_groups, b->n_conditions);
}

void ana_rsa_find_variances(ana_rsa_bootstrap *b)
{
    const size_t q = b->n_models + 2;
    for (size_t i = 0; i < q; i++) {
        for (size_t j = 0; j < q; j++) {
            double variance[3] = {0.0, 0.0, 0.0};
            for (size_t f = 0; f < b->n_factors; f++) {
                const double *c = b->covariance + f * q * q;
                variance[f] =
                    i == j ? c[i * q + i] : c[i * q + i] + c[j * q + j] - 2.0 * c[i * q + j];
            }
            b->variance[i * q + j] = variance_over(b, variance);
        }
    }
}

void ana_rsa_find_t_intervals(double level, ana_rsa_bootstrap *b)
{
    const size_t q = b->n_models + 2;
    const double width = ana_t_quantile(0.5 + 0.5 * level, b->dof);
    for (size_t k = 0; k < q; k++) {
        const double error = sqrt(b->variance[k * q + k]);
        b->low[k] = b->estimate[k] - width * error;
        b->high[k] = b->estimate[k] + width * error;
    }
}

ana_status ana_rsa_bootstrap_new(ana_rsa_resampled over, size_t n_models, size_t n_samples,
                                 size_t n_groups, size_t n_conditions, ana_rsa_bootstrap **out)
{
    ana_status status = ANA_OK;
    ana_rsa_bootstrap *b = NULL;
    const size_t q = n_models + 2;
    const double groups = (double)n_groups - 1.0;
    const double conditions = (double)n_conditions - 1.0;
    ANA_TRY(ana_allocate(1, sizeof *b, "rsa", (void *)&b));
    b->over = over;
    b->n_models = n_models;
    b->n_samples = n_samples;
    b->n_groups = n_groups;
    b->n_conditions = n_conditions;
    b->n_factors = b->over == ANA_RSA_DUAL ? 3 : 1;
    b->dof = b->over == ANA_RSA_SUBJECTS     ? groups
             : b->over == ANA_RSA_CONDITIONS ? conditions
                                             : fmin(groups, conditions);
    ANA_TRY(ana_allocate(q, sizeof(double), "rsa", (void *)&b->estimate));
    ANA_TRY(
        ana_allocate(b->n_factors * b->n_samples * q, sizeof(double), "rsa", (void *)&b->values));
    ANA_TRY(ana_allocate(b->n_factors * q * q, sizeof(double), "rsa", (void *)&b->covariance));
    ANA_TRY(ana_allocate(q * q, sizeof(double), "rsa", (void *)&b->variance));
    ANA_TRY(ana_allocate(q, sizeof(double), "rsa", (void *)&b->low));
    ANA_TRY(ana_allocate(q, sizeof(double), "rsa", (void *)&b->high));
    for (size_t k = 0; k < q; k++) {
        b->low[k] = (double)NAN;
        b->high[k] = (double)NAN;
    }
    *out = b;
    b = NULL;
done:
    ana_rsa_bootstrap_free(b);
    return status;
}

double ana_rsa_bootstrap_p(const ana_rsa_bootstrap *bootstrap, size_t i, size_t j)
{
    const size_t q = bootstrap->n_models + 2;
    if (i == j) {
        return 1.0;
    }
    const bool zero = j == ANA_RSA_ZERO;
    const double difference = bootstrap->estimate[i] - (zero ? 0.0 : bootstrap->estimate[j]);
    const double error = sqrt(bootstrap->variance[i * q + (zero ? i : j)]);
    if (isnan(difference) || isnan(error)) {
        return (double)NAN;
    }
    if (error == 0.0) { /* the same in every sample: no doubt */
        return zero ? (difference > 0.0 ? 0.0 : 1.0) : (difference == 0.0 ? 1.0 : 0.0);
    }
    return zero ? ana_t_survival(difference / error, bootstrap->dof)
                : 2.0 * ana_t_survival(fabs(difference) / error, bootstrap->dof);
}

void ana_rsa_bootstrap_free(ana_rsa_bootstrap *bootstrap)
{
    if (bootstrap == NULL) {
        return;
    }
    free(bootstrap->estimate);
    free(bootstrap->values);
    free(bootstrap->covariance);
    free(bootstrap->variance);
    free(bootstrap->low);
    free(bootstrap->high);
    free(bootstrap);
}
