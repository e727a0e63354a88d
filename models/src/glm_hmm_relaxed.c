#include "constants.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/glm_hmm_relaxed.h>
#include <analysis/special.h>

#include <math.h>

/* What the published program adds to a mean before it takes the logarithm. */
static const double mean_floor = 1e-8;

ana_status ana_relaxed_log_density(size_t n, const double *log_mean, double temperature,
                                   const double *x, double *out)
{
    double largest = -INFINITY;
    double sum = 0.0;
    double linear = 0.0;
    if (n == 0 || !(temperature > 0.0)) {
        return ana_fail(ANA_ERR_VALUE, "relaxed density: %zu categories, temperature %g", n,
                        temperature);
    }
    for (size_t i = 0; i < n; i++) {
        if (!(x[i] > 0.0)) {
            return ana_fail(ANA_ERR_VALUE, "relaxed density: value %zu is %g; all are positive", i,
                            x[i]);
        }
        largest = fmax(largest, log_mean[i] - temperature * log(x[i]));
    }
    for (size_t i = 0; i < n; i++) {
        sum += exp(log_mean[i] - temperature * log(x[i]) - largest);
        linear += log_mean[i] - (temperature + 1.0) * log(x[i]);
    }
    const double k = (double)n;
    *out = ana_special_lgamma(k) + (k - 1.0) * log(temperature) - k * (log(sum) + largest) + linear;
    return ANA_OK;
}

void ana_relaxed_harden(size_t n, const double *probability, const double *strength, double *weight)
{
    for (size_t i = 0; i < n; i++) {
        const double *p = probability + 3 * i;
        const bool inhibitory = p[0] >= p[1] && p[0] >= p[2];
        const bool excitatory = !inhibitory && p[2] > p[1];
        weight[i] = inhibitory ? -strength[i] : (excitatory ? strength[i] : 0.0);
    }
}

double ana_relaxed_gaussian(size_t n, const double *weight, const double *mean, double spread)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double z = (weight[i] - mean[i]) / spread;
        sum -= 0.5 * z * z + log(spread) + 0.5 * ANA_LOG_2PI;
    }
    return sum;
}

/* Linear predictors of row t in one state. */
static void predict_row(const ana_relaxed_model *model, size_t state, size_t t,
                        const double *counts, double *eta)
{
    const size_t n = model->n_units;
    const size_t n_lags = model->n_lags;
    for (size_t to = 0; to < n; to++) {
        const double *own = model->weight + (state * n + to) * n * n_lags;
        double sum = model->bias[state * n + to];
        for (size_t lag = 1; lag <= n_lags && lag <= t; lag++) {
            const double *before = counts + (t - lag) * n;
            for (size_t from = 0; from < n; from++) {
                sum += own[from * n_lags + n_lags - lag] * before[from];
            }
        }
        eta[to] = sum;
    }
}

ana_status ana_relaxed_emission(const ana_relaxed_model *model, size_t n_times,
                                const double *counts, double *mean, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = model->n_units;
    const ana_glm_family family = {.distribution = ANA_GLM_POISSON, .link = model->link};
    double *here = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "relaxed emission"));
    ANA_TRY(ana_glm_family_check(&family));
    ANA_TRY(ana_glm_family_check_responses(&family, n_times * n, counts));
    for (size_t k = 0; k < model->n_states; k++) {
        for (size_t t = 0; t < n_times; t++) {
            double sum = 0.0;
            predict_row(model, k, t, counts, here);
            ana_glm_mean(&family, n, here, here);
            for (size_t i = 0; i < n; i++) {
                const double y = counts[t * n + i];
                sum += y * log(here[i] + mean_floor) - here[i] - ana_special_lgamma(y + 1.0);
                if (mean != NULL) {
                    mean[(k * n_times + t) * n + i] = here[i];
                }
            }
            out[t * model->n_states + k] = sum;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* x log p, which is 0 at x = 0 whatever p. */
static double weigh(double x, double p)
{
    return x == 0.0 ? 0.0 : x * log(p);
}

double ana_relaxed_expected(size_t n_times, size_t n_states, const double *initial,
                            const double *transition, const double *posterior,
                            const double *transitions, const double *log_emission)
{
    double sum = 0.0;
    for (size_t k = 0; k < n_states; k++) {
        sum += weigh(posterior[k], initial[k]);
    }
    for (size_t i = 0; i < n_states * n_states; i++) {
        sum += weigh(transitions[i], transition[i]);
    }
    for (size_t i = 0; i < n_times * n_states; i++) {
        sum += posterior[i] == 0.0 ? 0.0 : posterior[i] * log_emission[i];
    }
    return sum;
}
