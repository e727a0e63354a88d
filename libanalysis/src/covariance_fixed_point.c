/* M-estimates of a covariance: fixed points of C = sum w u(d) x x*, d = x* C^-1 x. */
#include "covariance_parts.h"
#include "try.h"

#include <analysis/distributions.h>
#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

/* u(d), with the constants worked out. */
typedef struct sample_weight {
    ana_covariance_estimator estimator;
    double n;
    double degrees;
    double threshold; /* c of huber */
    double factor;    /* b of huber */
    bool is_complex;  /* the form of student */
} sample_weight;

static sample_weight weight_of(const covariance_plan *plan)
{
    const ana_covariance_options *options = plan->options;
    const double n = (double)plan->n_channels;
    const double q = options->quantile;
    sample_weight weight = {.estimator = options->estimator,
                            .n = n,
                            .degrees = options->degrees,
                            .is_complex = plan->is_complex || options->compat};
    double within = 0.0; /* E d min(1, c / d) / n below c */
    if (options->compat) {
        weight.threshold = ana_chi2_quantile(q, n) / 2.0;
        within = ana_chi2_cdf(2.0 * weight.threshold, n + 1.0);
    } else if (plan->is_complex) {
        weight.threshold = ana_chi2_quantile(q, 2.0 * n) / 2.0;
        within = ana_chi2_cdf(2.0 * weight.threshold, 2.0 * n + 2.0);
    } else {
        weight.threshold = ana_chi2_quantile(q, n);
        within = ana_chi2_cdf(weight.threshold, n + 2.0);
    }
    weight.factor = q < 1.0 ? within + weight.threshold * (1.0 - q) / n : 1.0;
    return weight;
}

/* A sample at the centre itself has no direction, and so no weight in tyler's sum. */
static double weight_at(const sample_weight *weight, double d)
{
    if (weight->estimator == ANA_COVARIANCE_HUBER) {
        return (d <= weight->threshold ? 1.0 : weight->threshold / d) / weight->factor;
    }
    if (weight->estimator == ANA_COVARIANCE_STUDENT) {
        return weight->is_complex
                   ? (2.0 * weight->n + weight->degrees) / (weight->degrees + 2.0 * d)
                   : (weight->n + weight->degrees) / (weight->degrees + d);
    }
    return d > 0.0 ? weight->n / d : 0.0;
}

/* Element (i, j) of the real form [[A, -B], [B, A]] of A + iB, which is what the gram of real and
 * imaginary parts stands for; of real rows, the gram. */
static double structured(const covariance_plan *plan, const double *gram, size_t i, size_t j)
{
    const size_t n = plan->n_channels;
    const size_t m = plan->n_rows;
    if (!plan->is_complex) {
        return gram[i * m + j];
    }
    const size_t a = i % n;
    const size_t b = j % n;
    if ((i < n) == (j < n)) {
        return gram[a * m + b] + gram[(n + a) * m + n + b];
    }
    const double imaginary = gram[(n + a) * m + b] - gram[(n + b) * m + a];
    return i < n ? -imaginary : imaginary;
}

/* times[t] = d of each sample, by the factor in `third`. */
static ana_status measure_distances(const covariance_plan *plan, const covariance_room *room)
{
    const size_t n_times = plan->n_times;
    const ana_status status =
        ana_linalg_solve_lower(plan->n_rows, room->third, false, n_times, room->rows, room->scaled);
    memset(room->times, 0, n_times * sizeof *room->times);
    for (size_t r = 0; r < plan->n_rows; r++) {
        const double *row = room->scaled + r * n_times;
        for (size_t t = 0; t < n_times; t++) {
            room->times[t] += row[t] * row[t];
        }
    }
    return status;
}

/* gram = the sum with the weights of the distances; `times` become their roots. */
static ana_status reweight(const covariance_plan *plan, const sample_weight *weight,
                           const covariance_room *room)
{
    const size_t n_times = plan->n_times;
    for (size_t t = 0; t < n_times; t++) {
        const double own = plan->weights != NULL ? plan->weights[t] : plan->weight_squares;
        room->times[t] = sqrt(own * weight_at(weight, room->times[t]));
    }
    for (size_t r = 0; r < plan->n_rows; r++) {
        for (size_t t = 0; t < n_times; t++) {
            room->scaled[r * n_times + t] = room->times[t] * room->rows[r * n_times + t];
        }
    }
    return ana_linalg_gram_rows(plan->n_rows, n_times, room->scaled, room->gram);
}

/* other = the real form of the gram; returns how much of itself that changes. */
static double take_over(const covariance_plan *plan, const covariance_room *room)
{
    const size_t m = plan->n_rows;
    double change = 0.0;
    double before = 0.0;
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < m; j++) {
            double *old = room->other + i * m + j;
            const double element = structured(plan, room->gram, i, j);
            change += (element - *old) * (element - *old);
            before += *old * *old;
            *old = element;
        }
    }
    return before > 0.0 ? sqrt(change / before) : 1.0;
}

/* gram = its shape, with trace n or determinant 1 (of the complex matrix where it is one: the
 * determinant of the real form is its square). */
static ana_status rescale(const covariance_plan *plan, const covariance_room *room)
{
    const size_t m = plan->n_rows;
    double factor = 0.0;
    if (plan->options->scale == ANA_COVARIANCE_TRACE) {
        for (size_t i = 0; i < m; i++) {
            factor += room->gram[i * m + i] / (double)plan->n_channels;
        }
    } else {
        const ana_status status = covariance_factor(plan, room->other, room->third);
        if (status != ANA_OK) {
            return status;
        }
        factor = exp(ana_linalg_logdet_cholesky(m, room->third) / (double)m);
    }
    for (size_t i = 0; i < m * m; i++) {
        room->gram[i] /= factor;
    }
    return ANA_OK;
}

ana_status covariance_fixed_point(const covariance_plan *plan, const covariance_room *room,
                                  ana_covariance_info *info)
{
    ana_status status = ANA_OK;
    const ana_covariance_options *options = plan->options;
    const sample_weight weight = weight_of(plan);
    const double loose = options->compat ? 1e-2 : 1e-10;
    const size_t few = options->compat ? 50 : 1000;
    const double tolerance = options->tolerance > 0.0 ? options->tolerance : loose;
    const size_t most = options->max_iterations > 0 ? options->max_iterations : few;
    info->converged = false;
    (void)take_over(plan, room);
    while (!info->converged && info->n_iterations < most) {
        ANA_TRY(covariance_factor(plan, room->other, room->third));
        ANA_TRY(measure_distances(plan, room));
        ANA_TRY(reweight(plan, &weight, room));
        info->change = take_over(plan, room);
        info->n_iterations++;
        info->converged = info->change <= tolerance;
    }
    if (options->estimator == ANA_COVARIANCE_TYLER) {
        ANA_TRY(rescale(plan, room));
    }
done:
    return status;
}
