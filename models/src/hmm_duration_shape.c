/* Negative binomial durations and their fit. */
#include "hmm_durations.h"

#include <analysis/optimise.h>

#include <math.h>
#include <string.h>

void ana_semi_durations(const double shape[2], size_t max_duration, double *log_pmf,
                        double *log_tail)
{
    const double r = shape[0];
    const double log_p = log(shape[1]);
    double total = 0.0;
    double tail = 0.0;
    double largest = 0.0;
    log_pmf[0] = 0.0;
    for (size_t d = 1; d < max_duration; d++) { /* P(d + 1) / P(d) = p (d - 1 + r) / d */
        log_pmf[d] = log_pmf[d - 1] + log_p + log(((double)d - 1.0 + r) / (double)d);
        largest = fmax(largest, log_pmf[d]);
    }
    for (size_t d = 0; d < max_duration; d++) {
        total += exp(log_pmf[d] - largest);
    }
    for (size_t d = max_duration; d-- > 0;) {
        log_pmf[d] -= largest + log(total);
        tail += exp(log_pmf[d]);
        log_tail[d] = log(tail);
    }
    log_tail[0] = 0.0;
}

typedef struct duration_fit {
    size_t max_duration;
    const double *lasted;
    const double *cut;
    double *log_pmf;
    double *log_tail;
    double log_r;
    double logit_p; /* best at log_r */
} duration_fit;

static double expected_log_likelihood(duration_fit *fit, double log_r, double logit_p)
{
    const double shape[2] = {exp(log_r), 1.0 / (1.0 + exp(-logit_p))};
    double sum = 0.0;
    ana_semi_durations(shape, fit->max_duration, fit->log_pmf, fit->log_tail);
    for (size_t d = 0; d < fit->max_duration; d++) {
        sum += fit->lasted[d] > 0.0 ? fit->lasted[d] * fit->log_pmf[d] : 0.0;
        sum += fit->cut[d] > 0.0 ? fit->cut[d] * fit->log_tail[d] : 0.0;
    }
    return sum;
}

static double of_p(void *user, double logit_p)
{
    duration_fit *fit = user;
    return -expected_log_likelihood(fit, fit->log_r, logit_p);
}

static double of_r(void *user, double log_r)
{
    duration_fit *fit = user;
    ana_optimise_info info = {0};
    fit->log_r = log_r;
    if (ana_optimise_scalar(of_p, fit, -14.0, 18.0, 1e-6, &fit->logit_p, &info) != ANA_OK) {
        return INFINITY;
    }
    return info.value;
}

ana_status ana_semi_fit_durations(size_t max_duration, const double *lasted, const double *cut,
                                  double *log_pmf, double *log_tail, double shape[2])
{
    duration_fit fit = {.max_duration = max_duration, .lasted = lasted, .cut = cut};
    double log_r = 0.0;
    fit.log_pmf = log_pmf;
    fit.log_tail = log_tail;
    const double before =
        expected_log_likelihood(&fit, log(shape[0]), log(shape[1] / (1.0 - shape[1])));
    ana_status status = ana_optimise_scalar(of_r, &fit, log(0.05), log(200.0), 1e-5, &log_r, NULL);
    if (status == ANA_OK && -of_r(&fit, log_r) > before) {
        shape[0] = exp(log_r);
        shape[1] = 1.0 / (1.0 + exp(-fit.logit_p));
    }
    return status;
}
