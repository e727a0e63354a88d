/* The covariance of one trial. */
#include "covariance_parts.h"
#include "shrinkage.h"
#include "simd.h"
#include "try.h"

#include <analysis/linalg.h>

#include <float.h>
#include <math.h>
#include <string.h>

ana_status covariance_refuse(const covariance_plan *plan, ana_status status, size_t row,
                             const char *what)
{
    const covariance_sources *sources = &plan->sources;
    const size_t place = row % plan->n_channels;
    if (place < sources->n_fixed) {
        return ana_fail(status, "prototype %zu %s", place, what);
    }
    const size_t channel = (place - sources->n_fixed) % sources->n_own;
    if (sources->channel_names != NULL) {
        return ana_fail(status, "channel %zu (%s) %s", channel, sources->channel_names[channel],
                        what);
    }
    return ana_fail(status, "channel %zu %s", channel, what);
}

/* sum (x - shift), by eight lanes so that it is vectorised; the order depends on n alone. */
ANA_CLONES static double sum_about(size_t n, const double *x, double shift)
{
    double lanes[8] = {0.0};
    size_t t = 0;
    for (; t + 8 <= n; t += 8) {
        for (size_t k = 0; k < 8; k++) {
            lanes[k] += x[t + k] - shift;
        }
    }
    for (size_t k = 0; t < n; t++, k++) {
        lanes[k] += x[t] - shift;
    }
    return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) +
           ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
}

ANA_CLONES static double weighted_sum_about(size_t n, const double *weights, const double *x,
                                            double shift)
{
    double lanes[8] = {0.0};
    size_t t = 0;
    for (; t + 8 <= n; t += 8) {
        for (size_t k = 0; k < 8; k++) {
            lanes[k] += weights[t + k] * (x[t + k] - shift);
        }
    }
    for (size_t k = 0; t < n; t++, k++) {
        lanes[k] += weights[t] * (x[t] - shift);
    }
    return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) +
           ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
}

static double mean_about(const covariance_plan *plan, const double *row, double shift)
{
    return plan->weights != NULL ? weighted_sum_about(plan->n_times, plan->weights, row, shift)
                                 : sum_about(plan->n_times, row, shift) / (double)plan->n_times;
}

/* Where the row begins and, of a circular one, ends: from there on it is the trial's begin. */
static const double *find_row(const covariance_plan *plan, size_t row, const double *x,
                              size_t *n_before_end)
{
    const covariance_sources *sources = &plan->sources;
    const size_t step = plan->is_complex ? 2 : 1;
    const size_t part = row / plan->n_channels;
    const size_t place = row % plan->n_channels;
    *n_before_end = plan->n_times;
    if (place < sources->n_fixed) {
        return sources->fixed + place * sources->n_times * step + part;
    }
    const size_t copy = (place - sources->n_fixed) / sources->n_own;
    const size_t channel = (place - sources->n_fixed) % sources->n_own;
    size_t first = copy * sources->augmentation.lag;
    if (sources->augmentation.tail == ANA_TAIL_CIRCULAR) {
        first = (sources->n_times - first % sources->n_times) % sources->n_times;
        *n_before_end = sources->n_times - first;
    }
    return x + (channel * sources->n_times + first) * step + part;
}

void covariance_copy_row(const covariance_plan *plan, size_t row, const double *x, double *out)
{
    const size_t step = plan->is_complex ? 2 : 1;
    size_t n_before_end = 0;
    const double *from = find_row(plan, row, x, &n_before_end);
    for (size_t t = 0; t < n_before_end; t++) {
        out[t] = from[t * step];
    }
    for (size_t t = n_before_end; t < plan->n_times; t++) {
        out[t] = from[t * step - plan->sources.n_times * step];
    }
    for (size_t t = 0; t < plan->n_times && plan->weights != NULL; t++) {
        out[t] = plan->weights[t] > 0.0 ? out[t] : 0.0;
    }
}

/* A row whose mean is not finite. */
static ana_status explain_row(const covariance_plan *plan, size_t row, const double *values)
{
    for (size_t t = 0; t < plan->n_times; t++) {
        if (!isfinite(values[t])) {
            return covariance_refuse(plan, ANA_ERR_VALUE, row,
                                     isnan(values[t]) ? "has a missing sample (NaN)"
                                                      : "has an infinite sample");
        }
    }
    return covariance_refuse(plan, ANA_ERR_NUMERIC, row, "has values too large to square");
}

/* The mean by two passes, so that equal values have exactly their own mean. */
ana_status covariance_load_rows(const covariance_plan *plan, const double *x, size_t first,
                                size_t stop, double *rows)
{
    const bool about_zero = plan->options->estimator == ANA_COVARIANCE_SECOND_MOMENT;
    for (size_t r = first; r < stop; r++) {
        double *row = rows + r * plan->n_times;
        covariance_copy_row(plan, r, x, row);
        double mean = mean_about(plan, row, 0.0);
        if (!isfinite(mean)) {
            return explain_row(plan, r, row);
        }
        mean += mean_about(plan, row, mean);
        for (size_t t = 0; t < plan->n_times && !about_zero; t++) {
            row[t] -= mean;
        }
    }
    return ANA_OK;
}

/* to[r][t] = factors[t] times from[r][t] (`square`: its square). */
ANA_CLONES static void scale_samples(const covariance_plan *plan, const double *factors,
                                     bool square, const double *from, double *to)
{
    for (size_t r = 0; r < plan->n_rows; r++) {
        const double *source = from + r * plan->n_times;
        double *target = to + r * plan->n_times;
        for (size_t t = 0; t < plan->n_times; t++) {
            const double value = square ? source[t] * source[t] : source[t];
            target[t] = factors != NULL ? factors[t] * value : value;
        }
    }
}

/* gram = that of the rows (of weights: their roots are in them), of which the first are the same in
 * every trial and have theirs already. */
static ana_status gram_below_fixed(const covariance_plan *plan, const double *rows,
                                   const covariance_room *room)
{
    ana_status status = ANA_OK;
    const size_t m = plan->n_rows;
    const size_t n_fixed = plan->sources.n_fixed;
    const size_t n = m - n_fixed;
    const double *own = rows + n_fixed * plan->n_times;
    const ana_gemm across = {.n_rows = n,
                             .n_inner = plan->n_times,
                             .n_columns = n_fixed,
                             .transpose_b = true,
                             .alpha = 1.0};
    ANA_TRY(ana_linalg_gemm(&across, own, rows, room->third));
    ANA_TRY(ana_linalg_gram_rows(n, plan->n_times, own, room->other));
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j <= i; j++) {
            const double value = i < n_fixed   ? plan->fixed_gram[i * n_fixed + j]
                                 : j < n_fixed ? room->third[(i - n_fixed) * n_fixed + j]
                                               : room->other[(i - n_fixed) * n + j - n_fixed];
            room->gram[i * m + j] = value;
            room->gram[j * m + i] = value;
        }
    }
done:
    return status;
}

/* The rows with the roots of the weights in them. */
static const double *weighted_rows(const covariance_plan *plan, const covariance_room *room)
{
    if (plan->roots == NULL) {
        return room->rows;
    }
    scale_samples(plan, plan->roots, false, room->rows, room->scaled);
    return room->scaled;
}

/* gram = sum w x x^T. */
static ana_status weighted_gram(const covariance_plan *plan, const covariance_room *room)
{
    const size_t m = plan->n_rows;
    const double *rows = weighted_rows(plan, room);
    const ana_status status = plan->fixed_gram != NULL
                                  ? gram_below_fixed(plan, rows, room)
                                  : ana_linalg_gram_rows(m, plan->n_times, rows, room->gram);
    const double factor = plan->weights != NULL ? 1.0 : 1.0 / (double)plan->n_times;
    for (size_t i = 0; i < m * m; i++) {
        room->gram[i] *= factor;
    }
    return status;
}

ana_status covariance_load_fixed(const covariance_plan *plan, const covariance_room *room,
                                 double *gram)
{
    ana_status status = ANA_OK;
    const size_t n_fixed = plan->sources.n_fixed;
    ANA_TRY(covariance_load_rows(plan, NULL, 0, n_fixed, room->rows));
    ANA_TRY(ana_linalg_gram_rows(n_fixed, plan->n_times, weighted_rows(plan, room), gram));
done:
    return status;
}

/* third = sum w^2 x x^T. */
static ana_status squared_weights_gram(const covariance_plan *plan, const covariance_room *room)
{
    const size_t m = plan->n_rows;
    if (plan->weights != NULL) {
        scale_samples(plan, plan->weights, false, room->rows, room->scaled);
        return ana_linalg_gram_rows(m, plan->n_times, room->scaled, room->third);
    }
    for (size_t i = 0; i < m * m; i++) {
        room->third[i] = room->gram[i] * plan->weight_squares;
    }
    return ANA_OK;
}

/* sum w^2 |x x^T - S|^2. */
static ana_status total_scatter(const covariance_plan *plan, const covariance_room *room,
                                double *scatter)
{
    const size_t m = plan->n_rows;
    ana_status status = squared_weights_gram(plan, room);
    double sum = 0.0;
    memset(room->times, 0, plan->n_times * sizeof *room->times);
    for (size_t r = 0; r < m; r++) {
        for (size_t t = 0; t < plan->n_times; t++) {
            const double value = room->rows[r * plan->n_times + t];
            room->times[t] += value * value;
        }
    }
    for (size_t t = 0; t < plan->n_times; t++) {
        const double weight = plan->weights != NULL ? plan->weights[t] : plan->weight_squares;
        sum += weight * room->times[t] * weight * room->times[t];
    }
    for (size_t i = 0; i < m * m; i++) {
        sum += room->gram[i] * (plan->weight_squares * room->gram[i] - 2.0 * room->third[i]);
    }
    *scatter = sum;
    return status;
}

/* other = sum w^2 (x_i x_j - S_ij)^2. */
static ana_status scatter_by_pairs(const covariance_plan *plan, const covariance_room *room)
{
    ana_status status = ANA_OK;
    const size_t m = plan->n_rows;
    const double factor = plan->weights != NULL ? 1.0 : plan->weight_squares * plan->weight_squares;
    ANA_TRY(squared_weights_gram(plan, room));
    scale_samples(plan, plan->weights, true, room->rows, room->scaled);
    ANA_TRY(ana_linalg_gram_rows(m, plan->n_times, room->scaled, room->other));
    for (size_t i = 0; i < m * m; i++) {
        const double s = room->gram[i];
        room->other[i] =
            factor * room->other[i] + s * (plan->weight_squares * s - 2.0 * room->third[i]);
    }
done:
    return status;
}

static ana_status shrink(const covariance_plan *plan, ana_shrinkage method,
                         const covariance_room *room, ana_covariance_info *info)
{
    ana_status status = ANA_OK;
    const size_t m = plan->n_rows;
    double unbias = 1.0;
    if (method == ANA_SHRINKAGE_LEDOIT_WOLF) {
        double scatter = 0.0;
        ANA_TRY(total_scatter(plan, room, &scatter));
        info->intensity = ana_shrinkage_ledoit_wolf(m, room->gram, scatter);
    } else if (method == ANA_SHRINKAGE_OAS) {
        info->intensity = ana_shrinkage_oas(m, room->gram, 1.0 / plan->weight_squares);
    } else {
        unbias = 1.0 / (1.0 - plan->weight_squares);
        ANA_TRY(scatter_by_pairs(plan, room));
        info->intensity = ana_shrinkage_schaefer_strimmer(m, room->gram, room->other, unbias);
    }
    ana_shrink(m, method, info->intensity, unbias, room->gram);
done:
    return status;
}

/* gram = what the estimator makes of it, and of the rows. */
static ana_status estimate_rows(const covariance_plan *plan, const covariance_room *room,
                                ana_covariance_info *info)
{
    const ana_covariance_estimator estimator = plan->options->estimator;
    switch (estimator) {
    case ANA_COVARIANCE_EMPIRICAL:
    case ANA_COVARIANCE_CORRELATION:
        for (size_t i = 0; i < plan->n_rows * plan->n_rows; i++) {
            room->gram[i] /= 1.0 - plan->weight_squares;
        }
        break;
    case ANA_COVARIANCE_SECOND_MOMENT:
    case ANA_COVARIANCE_MAXIMUM_LIKELIHOOD:
        break;
    case ANA_COVARIANCE_SHRUNK:
        info->intensity = plan->options->shrinkage;
        ana_shrink(plan->n_rows, ANA_SHRINKAGE_OAS, info->intensity, 1.0, room->gram);
        break;
    case ANA_COVARIANCE_LEDOIT_WOLF:
        return shrink(plan, ANA_SHRINKAGE_LEDOIT_WOLF, room, info);
    case ANA_COVARIANCE_OAS:
        return shrink(plan, ANA_SHRINKAGE_OAS, room, info);
    case ANA_COVARIANCE_SCHAEFER_STRIMMER:
        return shrink(plan, ANA_SHRINKAGE_SCHAEFER_STRIMMER, room, info);
    case ANA_COVARIANCE_HUBER:
    case ANA_COVARIANCE_STUDENT:
    case ANA_COVARIANCE_TYLER:
        return covariance_fixed_point(plan, room, info);
    case ANA_COVARIANCE_MINIMUM_DETERMINANT:
        return covariance_minimum_determinant(plan, room, info);
    }
    return ANA_OK;
}

/* Channel by channel from rows by rows: X X* = RR + II + i (IR - RI). Symmetric to the last bit. */
static void combine(const covariance_plan *plan, const double *gram, double *out)
{
    const size_t n = plan->n_channels;
    const size_t m = plan->n_rows;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            if (!plan->is_complex) {
                out[i * n + j] = gram[i * n + j];
                out[j * n + i] = gram[i * n + j];
                continue;
            }
            const double real = gram[i * m + j] + gram[(n + i) * m + n + j];
            const double imaginary = i == j ? 0.0 : gram[(n + i) * m + j] - gram[(n + j) * m + i];
            out[2 * (i * n + j)] = real;
            out[2 * (j * n + i)] = real;
            out[2 * (i * n + j) + 1] = imaginary;
            out[2 * (j * n + i) + 1] = i == j ? 0.0 : -imaginary;
        }
    }
}

/* Over the standard deviations, which stand in `deviations` (n_channels). */
static ana_status correlate(const covariance_plan *plan, double *deviations, double *out)
{
    const size_t n = plan->n_channels;
    const size_t step = plan->is_complex ? 2 : 1;
    for (size_t i = 0; i < n; i++) {
        deviations[i] = sqrt(out[(i * n + i) * step]);
        if (!(deviations[i] > 0.0)) {
            return covariance_refuse(plan, ANA_ERR_VALUE, i,
                                     "does not vary: it has no correlation");
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            for (size_t part = 0; part < step; part++) {
                double *below = out + (i * n + j) * step + part;
                *below = *below / deviations[i] / deviations[j];
                out[(j * n + i) * step + part] = part == 0 ? *below : -*below;
            }
        }
        out[(i * n + i) * step] = 1.0;
    }
    return ANA_OK;
}

/* `ridge` times the mean variance; and what is too large. */
static ana_status finish(const covariance_plan *plan, double *out)
{
    const size_t n = plan->n_channels;
    const size_t step = plan->is_complex ? 2 : 1;
    double trace = 0.0;
    for (size_t i = 0; i < n; i++) {
        trace += out[(i * n + i) * step];
        if (!isfinite(trace)) {
            return covariance_refuse(plan, ANA_ERR_NUMERIC, i, "has values too large to square");
        }
    }
    for (size_t i = 0; i < n && plan->options->ridge > 0.0; i++) {
        out[(i * n + i) * step] += plan->options->ridge * trace / (double)n;
    }
    return ANA_OK;
}

bool covariance_needs_gram_alone(ana_covariance_estimator estimator)
{
    return estimator == ANA_COVARIANCE_EMPIRICAL || estimator == ANA_COVARIANCE_SECOND_MOMENT ||
           estimator == ANA_COVARIANCE_MAXIMUM_LIKELIHOOD ||
           estimator == ANA_COVARIANCE_CORRELATION || estimator == ANA_COVARIANCE_SHRUNK ||
           estimator == ANA_COVARIANCE_OAS;
}

ana_status covariance_of_gram(const covariance_plan *plan, const covariance_room *room,
                              ana_covariance_info *info, double *out)
{
    ana_status status = ANA_OK;
    *info = (ana_covariance_info){.converged = true};
    ANA_TRY(estimate_rows(plan, room, info));
    combine(plan, room->gram, out);
    if (plan->options->estimator == ANA_COVARIANCE_CORRELATION) {
        ANA_TRY(correlate(plan, room->times, out));
    }
    ANA_TRY(finish(plan, out));
done:
    return status;
}

ana_status covariance_estimate(const covariance_plan *plan, const double *x,
                               const covariance_room *room, ana_covariance_info *info, double *out)
{
    ana_status status = ANA_OK;
    if (covariance_is_lagged(plan)) {
        ANA_TRY(covariance_lagged_gram(plan, x, room));
    } else {
        const size_t first = plan->fixed_gram != NULL ? plan->sources.n_fixed : 0;
        ANA_TRY(covariance_load_rows(plan, x, first, plan->n_rows, room->rows));
        ANA_TRY(weighted_gram(plan, room));
    }
    ANA_TRY(covariance_of_gram(plan, room, info, out));
done:
    return status;
}

ana_status covariance_factor(const covariance_plan *plan, const double *matrix, double *lower)
{
    const size_t m = plan->n_rows;
    const char *sentence = "follows from those before it (an average reference, a removed "
                           "component or a bridge): use a shrunk estimate, or fewer channels";
    for (size_t i = 0; i < m; i++) {
        if (!(matrix[i * m + i] > 0.0)) {
            return covariance_refuse(plan, ANA_ERR_VALUE, i, "does not vary");
        }
    }
    if (ana_linalg_cholesky(m, matrix, lower) != ANA_OK) {
        return ana_fail(ANA_ERR_NUMERIC, "the channels depend on each other (an average reference, "
                                         "a removed component or a bridge): use a shrunk "
                                         "estimate, or fewer channels");
    }
    for (size_t i = 0; i < m; i++) {
        const double left = lower[i * m + i] * lower[i * m + i];
        if (!(left > 64.0 * (double)m * DBL_EPSILON * matrix[i * m + i])) {
            return covariance_refuse(plan, ANA_ERR_NUMERIC, i, sentence);
        }
    }
    return ANA_OK;
}
