/* What a unit's responses are like before any column is looked at. */
#include "glm_parts.h"

#include <analysis/special.h>

#include <math.h>

enum {
    MAX_DISPERSION_STEPS = 60
};

static const double most_size = ANA_GLM_MOST_SIZE;
static const double least_size = ANA_GLM_LEAST_SIZE;
static const double smallest = 1e-300; /* mean: log 0 has no place in an eta */

/* softplus(eta) = m */
static double softplus_inverse(double m)
{
    return m > 30.0 ? m : log(expm1(fmax(m, smallest)));
}

double ana_glm_inverse_link(ana_glm_link link, double mean)
{
    const double m = fmax(mean, smallest);
    switch (link) {
    case ANA_GLM_IDENTITY:
        return mean;
    case ANA_GLM_SIGMOID:
        return m < 1.0 ? log(m / (1.0 - m)) : -log(smallest);
    case ANA_GLM_SOFTPLUS:
        return softplus_inverse(m);
    case ANA_GLM_SQRT_SOFTPLUS:
        return softplus_inverse(m * m);
    case ANA_GLM_LOG1P_SOFTPLUS:
        return softplus_inverse(expm1(fmin(m, 600.0)));
    case ANA_GLM_CANONICAL:
    case ANA_GLM_AUTO:
    case ANA_GLM_EXP:
        break;
    }
    return log(m);
}

/* Derivatives of the log-likelihood of a mean alone in the logarithm of the size s. */
static void size_derivatives(const ana_glm_task *task, size_t unit, double mean, double s,
                             double *first, double *second)
{
    ana_glm_responses in;
    *first = 0.0;
    *second = 0.0;
    for (size_t t = 0; t < task->n_times; t += ANA_GLM_ROWS) {
        const size_t left = task->n_times - t;
        const size_t n = left < ANA_GLM_ROWS ? left : ANA_GLM_ROWS;
        ana_glm_take_responses(task, unit, t, n, &in);
        for (size_t i = 0; i < n; i++) {
            if (in.weight[i] == 0.0) {
                continue;
            }
            const double y = in.y[i];
            double d1 = -log1p(mean / s) + (mean - y) / (s + mean);
            double d2 = mean / (s * (s + mean)) - (mean - y) / ((s + mean) * (s + mean));
            if (y > 0.0) {
                d1 += ana_special_digamma(y + s) - ana_special_digamma(s);
                d2 += ana_special_trigamma(y + s) - ana_special_trigamma(s);
            }
            *first += in.weight[i] * s * d1;
            *second += in.weight[i] * (s * d1 + s * s * d2);
        }
    }
}

/* Maximum likelihood of the size, by Newton's method in its logarithm. */
static double size_of(const ana_glm_task *task, size_t unit, double mean, double variance)
{
    double s = variance > mean ? mean * mean / (variance - mean) : most_size;
    s = fmin(fmax(s, least_size), most_size);
    for (size_t i = 0; i < MAX_DISPERSION_STEPS; i++) {
        double first = 0.0;
        double second = 0.0;
        size_derivatives(task, unit, mean, s, &first, &second);
        double step = second < 0.0 ? -first / second : copysign(1.0, first);
        step = fmin(fmax(step, -2.0), 2.0);
        const double next = fmin(fmax(s * exp(step), least_size), most_size);
        const bool settled = fabs(next - s) <= 1e-10 * s;
        s = next;
        if (settled) {
            break;
        }
    }
    return s;
}

static double dispersion_of(const ana_glm_task *task, size_t unit, double mean, double variance)
{
    const ana_glm_family *family = &task->options->family;
    if (family->distribution != ANA_GLM_GAUSSIAN &&
        family->distribution != ANA_GLM_NEGATIVE_BINOMIAL) {
        return (double)NAN;
    }
    if (task->options->fixed_dispersion) {
        return family->dispersion;
    }
    if (family->distribution == ANA_GLM_GAUSSIAN) {
        return fmax(sqrt(variance), ANA_GLM_LEAST_DEVIATION * fmax(fabs(mean), 1.0));
    }
    return mean > 0.0 ? size_of(task, unit, mean, variance) : most_size;
}

void ana_glm_describe(const ana_glm_task *task, size_t unit, ana_glm *glm)
{
    ana_glm_responses in;
    double weights = 0.0;
    double sum = 0.0;
    double squares = 0.0; /* around the running mean: West 1979, Comm. ACM 22 */
    double mean = 0.0;
    for (size_t t = 0; t < task->n_times; t += ANA_GLM_ROWS) {
        const size_t left = task->n_times - t;
        const size_t n = left < ANA_GLM_ROWS ? left : ANA_GLM_ROWS;
        ana_glm_take_responses(task, unit, t, n, &in);
        for (size_t i = 0; i < n; i++) {
            const double w = in.weight[i];
            if (w > 0.0) {
                const double from_mean = in.y[i] - mean;
                weights += w;
                sum += w * in.y[i];
                mean += w / weights * from_mean;
                squares += w * from_mean * (in.y[i] - mean);
            }
        }
    }
    const bool any = weights > 0.0;
    glm->n_rows[unit] = weights;
    glm->n_spikes[unit] = sum;
    glm->null_mean[unit] = any ? sum / weights : (double)NAN;
    glm->null_dispersion[unit] =
        any ? dispersion_of(task, unit, sum / weights, squares / weights) : (double)NAN;
}

void ana_glm_bound(const ana_glm_task *task, size_t unit, ana_glm *glm)
{
    ana_glm_family null = task->options->family;
    null.link = ANA_GLM_CANONICAL;
    null.dispersion = glm->null_dispersion[unit];
    ana_glm_family fitted = null;
    fitted.dispersion = glm->dispersion[unit];
    ana_glm_responses in;
    double eta[ANA_GLM_ROWS];
    double at_null[ANA_GLM_ROWS];
    double at_fit[ANA_GLM_ROWS];
    double deviance[ANA_GLM_ROWS];
    double null_sum = 0.0;
    double best_sum = 0.0;
    double deviance_sum = 0.0;
    double level = ana_glm_inverse_link(ana_glm_link_of(&null), glm->null_mean[unit]);
    for (size_t i = 0; i < ANA_GLM_ROWS; i++) {
        eta[i] = level;
    }
    for (size_t t = 0; t < task->n_times; t += ANA_GLM_ROWS) {
        const size_t left = task->n_times - t;
        const size_t n = left < ANA_GLM_ROWS ? left : ANA_GLM_ROWS;
        ana_glm_take_responses(task, unit, t, n, &in);
        ana_glm_log_likelihood(&null, n, in.y, eta, at_null);
        ana_glm_log_likelihood(&fitted, n, in.y, eta, at_fit);
        ana_glm_deviance(&fitted, n, in.y, eta, deviance);
        for (size_t i = 0; i < n; i++) {
            if (in.weight[i] > 0.0) {
                null_sum += in.weight[i] * at_null[i];
                deviance_sum += in.weight[i] * deviance[i];
                best_sum += in.weight[i] * (at_fit[i] + 0.5 * deviance[i]);
            }
        }
    }
    glm->null_log_likelihood[unit] = null_sum;
    glm->null_deviance[unit] = deviance_sum;
    glm->saturated_log_likelihood[unit] = best_sum;
}
