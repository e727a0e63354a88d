#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/noise.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const estimator_names[] = {"full", "diagonal", "shrink-identity",
                                              "shrink-diagonal", NULL};

ana_noise_options ana_noise_options_default(void)
{
    return (ana_noise_options){.run = ana_run_default(), .estimator = ANA_NOISE_SHRINK_DIAGONAL};
}

const ana_option ana_noise_option_table[] = {
    {"noise-estimator", ANA_OPTION_CHOICE, offsetof(ana_noise_options, estimator), 0, 0,
     estimator_names, "ESTIMATOR", "covariance of the noise between channels", false},
    {"noise-dof", ANA_OPTION_DOUBLE, offsetof(ana_noise_options, dof), 0, 1e15, NULL, "N",
     "degrees of freedom of the residuals (0: trials less conditions, or residuals less one)",
     false},
    ANA_OPTION_END,
};

/* Residuals about their means, and what all estimators look at. */
typedef struct residuals {
    size_t n;
    size_t p;
    double dof;
    double *centred;  /* n x p */
    double *variance; /* p: sum of squares / dof */
    double *gram;     /* E^T E, p x p, or E E^T, n x n: the smaller one */
    bool by_rows;     /* the latter */
} residuals;

/* Column means in two passes, as in any covariance of the house. */
static void centre(size_t n, size_t p, const double *x, double *out)
{
    for (size_t j = 0; j < p; j++) {
        double mean = 0.0;
        for (size_t pass = 0; pass < 2; pass++) {
            double rest = 0.0;
            for (size_t t = 0; t < n; t++) {
                rest += x[t * p + j] - mean;
            }
            mean += rest / (double)n;
        }
        for (size_t t = 0; t < n; t++) {
            out[t * p + j] = x[t * p + j] - mean;
        }
    }
}

static ana_status find_variances(residuals *from)
{
    for (size_t j = 0; j < from->p; j++) {
        double sum = 0.0;
        for (size_t t = 0; t < from->n; t++) {
            const double e = from->centred[t * from->p + j];
            sum += e * e;
        }
        if (!isfinite(sum)) {
            return ana_fail(ANA_ERR_VALUE, "noise: channel %zu has a missing or infinite residual",
                            j);
        }
        if (sum == 0.0) {
            return ana_fail(ANA_ERR_VALUE,
                            "noise: channel %zu never varies within a condition; leave it out", j);
        }
        from->variance[j] = sum / from->dof;
    }
    return ANA_OK;
}

static double sum_of_squares(size_t n, const double *x)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += x[i] * x[i];
    }
    return sum;
}

/* Ledoit & Wolf: the weight of the mean variance. */
static double identity_weight(const residuals *from, double *mean_variance)
{
    const double n = (double)from->n;
    const size_t side = from->by_rows ? from->n : from->p;
    double trace = 0.0;
    double fourth = 0.0;
    for (size_t t = 0; t < from->n; t++) {
        const double square = sum_of_squares(from->p, from->centred + t * from->p);
        trace += square;
        fourth += square * square;
    }
    *mean_variance = trace / n / (double)from->p;
    const double norm = sum_of_squares(side * side, from->gram) / (n * n);
    const double away = norm - (double)from->p * *mean_variance * *mean_variance;
    const double spread = (fourth - n * norm) / (n * n);
    return away > 0.0 ? fmin(1.0, fmax(0.0, spread / away)) : 1.0;
}

/* |R|^2 of the correlations R of divisor n - 1, diagonal and all. */
static ana_status square_of_correlations(const residuals *from, double *out)
{
    const size_t p = from->p;
    const double to_r = from->dof / ((double)from->n - 1.0);
    if (from->by_rows) {
        ana_status status = ANA_OK;
        ana_workspace workspace = {0};
        double *scaled = ana_workspace_doubles(&workspace, from->n, p);
        double *gram = ana_workspace_doubles(&workspace, from->n, from->n);
        ANA_TRY(ana_workspace_check(&workspace, "noise"));
        for (size_t i = 0; i < from->n * p; i++) {
            scaled[i] = from->centred[i] / sqrt(from->variance[i % p] * to_r);
        }
        ANA_TRY(ana_linalg_gram_rows(from->n, p, scaled, gram));
        const double divisor = (double)from->n - 1.0;
        *out = sum_of_squares(from->n * from->n, gram) / (divisor * divisor);
    done:
        ana_workspace_release(&workspace);
        return status;
    }
    double sum = 0.0;
    for (size_t i = 0; i < p; i++) {
        for (size_t j = 0; j < p; j++) {
            const double covariance = from->gram[i * p + j] / from->dof;
            sum += covariance * covariance / (from->variance[i] * from->variance[j]);
        }
    }
    *out = sum;
    return ANA_OK;
}

/* Schaefer & Strimmer: how much of the correlations is chance. */
static ana_status correlation_weight(const residuals *from, double *lambda)
{
    const double n = (double)from->n;
    const double to_r = from->dof / (n - 1.0);
    double squares = 0.0;
    double products = 0.0; /* sum over i != j of mean squared products */
    ana_status status = square_of_correlations(from, &squares);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t t = 0; t < from->n; t++) {
        double sum = 0.0;
        double fourth = 0.0;
        for (size_t j = 0; j < from->p; j++) {
            const double e = from->centred[t * from->p + j];
            const double u = e * e / (from->variance[j] * to_r);
            sum += u;
            fourth += u * u;
        }
        products += sum * sum - fourth;
    }
    squares -= (double)from->p; /* the diagonal */
    const double chance = n / (from->dof * from->dof) * (products / (n - 1.0) - squares);
    *lambda = squares > 0.0 ? fmin(1.0, fmax(0.0, chance / squares)) : 1.0;
    return ANA_OK;
}

/* covariance = (1 - weight) E^T E / dof + diag(target). */
typedef struct mixture {
    double weight;
    double *target; /* p */
} mixture;

static ana_status find_mixture(const residuals *from, ana_noise_estimator estimator, mixture *mix)
{
    double mean_variance = 0.0;
    mix->weight = estimator == ANA_NOISE_DIAGONAL ? 1.0 : 0.0;
    if (estimator == ANA_NOISE_SHRINK_IDENTITY) {
        mix->weight = identity_weight(from, &mean_variance);
    } else if (estimator == ANA_NOISE_SHRINK_DIAGONAL) {
        ana_status status = correlation_weight(from, &mix->weight);
        if (status != ANA_OK) {
            return status;
        }
    }
    for (size_t j = 0; j < from->p; j++) {
        mix->target[j] = mix->weight * (estimator == ANA_NOISE_SHRINK_IDENTITY
                                            ? mean_variance * (double)from->n / from->dof
                                            : from->variance[j]);
    }
    return ANA_OK;
}

/* More residuals than channels: the covariance itself, and its Cholesky factor. */
static ana_status factor_whole(const residuals *from, const mixture *mix, ana_noise *noise)
{
    ana_status status = ANA_OK;
    const size_t p = from->p;
    ANA_TRY(ana_allocate(p * p, sizeof(double), "noise", (void *)&noise->cholesky));
    for (size_t i = 0; i < p; i++) {
        for (size_t j = 0; j < p; j++) {
            noise->cholesky[i * p + j] = (1.0 - mix->weight) * from->gram[i * p + j] / from->dof +
                                         (i == j ? mix->target[i] : 0.0);
        }
    }
    ANA_TRY(ana_linalg_cholesky(p, noise->cholesky, noise->cholesky));
done:
    return status;
}

/* Fewer: P = D^-1 - D^-1 E^T M^-1 E D^-1 with D the target and M = I dof / (1 - weight) + E D^-1
 * E^T, by Woodbury. */
static ana_status factor_parts(const residuals *from, const mixture *mix, ana_noise *noise)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t p = from->p;
    const size_t n = from->n;
    double *scaled = ana_workspace_doubles(&workspace, n, p);
    double *middle = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "noise"));
    ANA_TRY(ana_allocate(p, sizeof(double), "noise", (void *)&noise->scale));
    for (size_t j = 0; j < p; j++) {
        noise->scale[j] = 1.0 / sqrt(mix->target[j]);
    }
    if (mix->weight == 1.0) {
        goto done;
    }
    for (size_t i = 0; i < n * p; i++) {
        scaled[i] = from->centred[i] * noise->scale[i % p];
    }
    ANA_TRY(ana_linalg_gram_rows(n, p, scaled, middle));
    for (size_t t = 0; t < n; t++) {
        middle[t * n + t] += from->dof / (1.0 - mix->weight);
    }
    ANA_TRY(ana_linalg_cholesky(n, middle, middle));
    ANA_TRY(ana_linalg_solve_lower(n, middle, false, p, scaled, scaled));
    ANA_TRY(ana_allocate(p * n, sizeof(double), "noise", (void *)&noise->negative));
    noise->n_negative = n;
    for (size_t t = 0; t < n; t++) {
        for (size_t j = 0; j < p; j++) {
            noise->negative[j * n + t] = scaled[t * p + j] * noise->scale[j];
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status factor(const residuals *from, ana_noise *noise)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    mixture mix = {.target = ana_workspace_doubles(&workspace, from->p, 1)};
    ANA_TRY(ana_workspace_check(&workspace, "noise"));
    ANA_TRY(find_mixture(from, noise->estimator, &mix));
    noise->shrinkage = mix.weight;
    if (mix.weight == 0.0 && from->n <= from->p) {
        ANA_TRY(ana_fail(ANA_ERR_NUMERIC,
                         "noise: the covariance of %zu channels from %zu residuals has no inverse; "
                         "use one that shrinks, such as shrink-diagonal",
                         from->p, from->n));
    }
    const bool diagonal = mix.weight == 1.0;
    ANA_TRY(diagonal || from->by_rows ? factor_parts(from, &mix, noise)
                                      : factor_whole(from, &mix, noise));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check_residuals(size_t n, size_t p, const ana_noise_options *options)
{
    ana_status status = ana_options_check(ana_noise_option_table, options, "noise");
    if (status != ANA_OK) {
        return status;
    }
    if (n < 2 || p == 0) {
        return ana_fail(ANA_ERR_VALUE,
                        "noise: %zu residuals of %zu channels; at least two of one are needed", n,
                        p);
    }
    return ANA_OK;
}

ana_status ana_noise_of_residuals(size_t n_residuals, size_t n_channels, const double *values,
                                  const ana_noise_options *options, ana_noise **out)
{
    const ana_noise_options settings = options != NULL ? *options : ana_noise_options_default();
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_noise *noise = NULL;
    residuals from = {.n = n_residuals,
                      .p = n_channels,
                      .dof = settings.dof > 0.0 ? settings.dof : (double)n_residuals - 1.0,
                      .by_rows = n_residuals <= n_channels};
    ANA_TRY(check_residuals(n_residuals, n_channels, &settings));
    const size_t side = from.by_rows ? n_residuals : n_channels;
    from.centred = ana_workspace_doubles(&workspace, n_residuals, n_channels);
    from.variance = ana_workspace_doubles(&workspace, n_channels, 1);
    from.gram = ana_workspace_doubles(&workspace, side, side);
    ANA_TRY(ana_workspace_check(&workspace, "noise"));
    ANA_TRY(ana_allocate(1, sizeof *noise, "noise", (void *)&noise));
    noise->n_channels = n_channels;
    noise->n_residuals = n_residuals;
    noise->estimator = settings.estimator;
    noise->dof = from.dof;
    centre(n_residuals, n_channels, values, from.centred);
    ANA_TRY(find_variances(&from));
    ANA_TRY((from.by_rows ? ana_linalg_gram_rows : ana_linalg_gram)(n_residuals, n_channels,
                                                                    from.centred, from.gram));
    ANA_TRY(factor(&from, noise));
    *out = noise;
    noise = NULL;
done:
    ana_noise_free(noise);
    ana_workspace_release(&workspace);
    return status;
}

/* Rows with a label, less the mean of their label's rows; how many rows and labels there are. */
static void take_residuals(const ana_observations *from, double *means, double *counts, double *out,
                           size_t *n_rows, size_t *n_conditions)
{
    const size_t p = from->n_features;
    for (size_t t = 0; t < from->n_times; t++) {
        const int64_t label = from->labels[t];
        for (size_t j = 0; j < p && label >= 0; j++) {
            means[(size_t)label * p + j] += from->values[t * p + j];
        }
        if (label >= 0) {
            counts[label] += 1.0;
        }
    }
    *n_conditions = 0;
    for (size_t c = 0; c < from->n_labels; c++) {
        *n_conditions += counts[c] > 0.0;
    }
    *n_rows = 0;
    for (size_t t = 0; t < from->n_times; t++) {
        const int64_t label = from->labels[t];
        for (size_t j = 0; j < p && label >= 0; j++) {
            out[*n_rows * p + j] =
                from->values[t * p + j] - means[(size_t)label * p + j] / counts[label];
        }
        *n_rows += label >= 0;
    }
}

ana_status ana_noise_of_observations(const ana_observations *observations,
                                     const ana_noise_options *options, ana_noise **out)
{
    ana_noise_options settings = options != NULL ? *options : ana_noise_options_default();
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t p = observations->n_features;
    size_t n_rows = 0;
    size_t n_conditions = 0;
    if (observations->labels == NULL) {
        return ana_fail(ANA_ERR_VALUE, "noise: the observations have no labels: which condition is "
                                       "each of?");
    }
    double *means = ana_workspace_doubles(&workspace, observations->n_labels, p);
    double *counts = ana_workspace_doubles(&workspace, observations->n_labels, 1);
    double *rest = ana_workspace_doubles(&workspace, observations->n_times, p);
    ANA_TRY(ana_workspace_check(&workspace, "noise"));
    take_residuals(observations, means, counts, rest, &n_rows, &n_conditions);
    if (n_rows < n_conditions + 2) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "noise: %zu trials of %zu conditions say nothing of the noise; repeat "
                         "conditions",
                         n_rows, n_conditions));
    }
    settings.dof = settings.dof > 0.0 ? settings.dof : (double)(n_rows - n_conditions);
    ANA_TRY(ana_noise_of_residuals(n_rows, p, rest, &settings, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_noise_of_covariance(size_t n_channels, const double *covariance, ana_noise **out)
{
    ana_status status = ANA_OK;
    ana_noise *noise = NULL;
    ANA_TRY(ana_allocate(1, sizeof *noise, "noise", (void *)&noise));
    noise->n_channels = n_channels;
    ANA_TRY(
        ana_allocate(n_channels * n_channels, sizeof(double), "noise", (void *)&noise->cholesky));
    ANA_TRY(ana_linalg_cholesky(n_channels, covariance, noise->cholesky));
    *out = noise;
    noise = NULL;
done:
    ana_noise_free(noise);
    return status;
}

void ana_noise_free(ana_noise *noise)
{
    if (noise != NULL) {
        free(noise->cholesky);
        free(noise->scale);
        free(noise->negative);
        free(noise);
    }
}
