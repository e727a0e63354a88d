#include "plain_em.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void plain_fill_columns(plain_data *data, size_t n_lags, size_t n_curves, const double *basis)
{
    data->n_columns = 1 + data->n_units * n_curves;
    data->columns = calloc(data->n_times * data->n_columns, sizeof(double));
    for (size_t s = 0; s < data->n_sequences; s++) {
        for (size_t t = data->sequence_start[s]; t < data->sequence_start[s + 1]; t++) {
            double *row = data->columns + t * data->n_columns;
            row[0] = 1.0;
            for (size_t lag = 1; lag <= n_lags && t >= data->sequence_start[s] + lag; lag++) {
                for (size_t i = 0; i < data->n_units * n_curves; i++) {
                    row[1 + i] += basis[(lag - 1) * n_curves + i % n_curves] *
                                  data->counts[(t - lag) * data->n_units + i / n_curves];
                }
            }
        }
    }
}

static long double predictor(const plain_data *data, size_t t, const long double *beta)
{
    long double sum = 0.0L;
    for (size_t c = 0; c < data->n_columns; c++) {
        sum += beta[c] * (long double)data->columns[t * data->n_columns + c];
    }
    return sum;
}

/* y log mu - mu and its first two derivatives in eta. */
static void look(const plain_data *data, double y, long double eta, long double *out)
{
    if (!data->softplus) {
        out[0] = (long double)y * eta - expl(eta);
        out[1] = (long double)y - expl(eta);
        out[2] = -expl(eta);
        return;
    }
    const long double mu = eta > 0.0L ? eta + log1pl(expl(-eta)) : log1pl(expl(eta));
    const long double s = 1.0L / (1.0L + expl(-eta));
    const long double ratio = (long double)y / mu;
    out[0] = (long double)y * logl(mu) - mu;
    out[1] = (ratio - 1.0L) * s;
    out[2] = (ratio - 1.0L) * s * (1.0L - s) - ratio / mu * s * s;
}

long double plain_value(const plain_data *data, size_t unit, const double *weight, size_t stride,
                        const long double *beta)
{
    long double sum = 0.0L;
    for (size_t t = 0; t < data->n_times; t++) {
        long double at[3];
        look(data, data->counts[t * data->n_units + unit], predictor(data, t, beta), at);
        sum += (weight != NULL ? (long double)weight[t * stride] : 1.0L) * at[0];
    }
    for (size_t c = 1; c < data->n_columns; c++) {
        sum -= 0.5L * (long double)data->ridge * beta[c] * beta[c];
    }
    return sum;
}

/* x = a^-1 x by elimination without pivots: a is positive definite. */
static void solve(size_t n, long double *a, long double *x)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            const long double f = a[j * n + i] / a[i * n + i];
            for (size_t c = i; c < n; c++) {
                a[j * n + c] -= f * a[i * n + c];
            }
            x[j] -= f * x[i];
        }
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t c = i + 1; c < n; c++) {
            x[i] -= a[i * n + c] * x[c];
        }
        x[i] /= a[i * n + i];
    }
}

/* Newton's step from beta. */
static void find_step(const plain_data *data, size_t unit, const double *weight, size_t stride,
                      const long double *beta, long double *step)
{
    const size_t p = data->n_columns;
    long double *hessian = calloc(p * p, sizeof *hessian);
    memset(step, 0, p * sizeof *step);
    for (size_t c = 1; c < p; c++) {
        step[c] = -(long double)data->ridge * beta[c];
        hessian[c * p + c] = (long double)data->ridge;
    }
    for (size_t t = 0; t < data->n_times; t++) {
        const long double w = weight != NULL ? (long double)weight[t * stride] : 1.0L;
        const double *row = data->columns + t * p;
        long double at[3];
        look(data, data->counts[t * data->n_units + unit], predictor(data, t, beta), at);
        for (size_t c = 0; c < p; c++) {
            step[c] += w * at[1] * (long double)row[c];
            for (size_t d = 0; d < p; d++) {
                hessian[c * p + d] -= w * at[2] * (long double)row[c] * (long double)row[d];
            }
        }
    }
    solve(p, hessian, step);
    free(hessian);
}

void plain_newton(const plain_data *data, size_t unit, const double *weight, size_t stride,
                  long double *beta)
{
    const size_t p = data->n_columns;
    long double *step = calloc(p, sizeof *step);
    long double *next = calloc(p, sizeof *next);
    long double longest = 1.0L;
    for (int i = 0; i < 60 && longest > 1e-15L; i++) {
        const long double here = plain_value(data, unit, weight, stride, beta);
        find_step(data, unit, weight, stride, beta, step);
        longest = 0.0L;
        for (size_t c = 0; c < p; c++) {
            longest = fmaxl(longest, fabsl(step[c]));
        }
        long double size = 1.0L;
        do {
            for (size_t c = 0; c < p; c++) {
                next[c] = beta[c] + size * step[c];
            }
            size *= 0.5L;
        } while (longest > 1e-6L && size > 1e-9L &&
                 plain_value(data, unit, weight, stride, next) < here);
        memcpy(beta, next, p * sizeof *beta);
    }
    free(step);
    free(next);
}

/* Likelihoods of a row over their largest; the logarithm of that. */
static long double likelihoods(const plain_data *data, const plain_model *model, size_t t,
                               long double *out)
{
    long double largest = -INFINITY;
    for (size_t k = 0; k < model->n_states; k++) {
        out[k] = 0.0L;
        for (size_t n = 0; n < data->n_units; n++) {
            const long double *beta = model->beta + (k * data->n_units + n) * data->n_columns;
            const double y = data->counts[t * data->n_units + n];
            long double at[3];
            look(data, y, predictor(data, t, beta), at);
            out[k] += at[0] - lgammal((long double)y + 1.0L);
        }
        largest = fmaxl(largest, out[k]);
    }
    for (size_t k = 0; k < model->n_states; k++) {
        out[k] = expl(out[k] - largest);
    }
    return largest;
}

/* Forwards: filtered rows and scales; the log-likelihood. */
static long double filter(const plain_data *data, const plain_model *model, size_t s,
                          long double *b, long double *filtered, long double *scale)
{
    const size_t k = model->n_states;
    long double sum = 0.0L;
    for (size_t t = data->sequence_start[s]; t < data->sequence_start[s + 1]; t++) {
        sum += likelihoods(data, model, t, b + t * k);
        scale[t] = 0.0L;
        for (size_t j = 0; j < k; j++) {
            long double before = model->initial[j];
            for (size_t i = 0; i < k && t > data->sequence_start[s]; i++) {
                before = (i == 0 ? 0.0L : before) +
                         filtered[(t - 1) * k + i] * model->transition[i * k + j];
            }
            filtered[t * k + j] = before * b[t * k + j];
            scale[t] += filtered[t * k + j];
        }
        for (size_t j = 0; j < k; j++) {
            filtered[t * k + j] /= scale[t];
        }
        sum += logl(scale[t]);
    }
    return sum;
}

/* Backwards: posteriors, and expected steps added to `steps`. */
static void smooth(const plain_data *data, const plain_model *model, size_t s, const long double *b,
                   const long double *filtered, const long double *scale, double *posterior,
                   long double *steps)
{
    enum {
        MOST_STATES = 8
    };
    const size_t k = model->n_states;
    long double beta[MOST_STATES] = {1.0L, 1.0L, 1.0L, 1.0L, 1.0L, 1.0L, 1.0L, 1.0L};
    for (size_t t = data->sequence_start[s + 1]; t-- > data->sequence_start[s];) {
        long double next[MOST_STATES] = {0.0L};
        for (size_t i = 0; i < k; i++) {
            posterior[t * k + i] = (double)(filtered[t * k + i] * beta[i]);
        }
        for (size_t i = 0; i < k && t > data->sequence_start[s]; i++) {
            for (size_t j = 0; j < k; j++) {
                const long double one =
                    model->transition[i * k + j] * b[t * k + j] * beta[j] / scale[t];
                next[i] += one;
                steps[i * k + j] += filtered[(t - 1) * k + i] * one;
            }
        }
        memcpy(beta, next, sizeof next);
    }
}

static void maximise(const plain_data *data, plain_model *model, const double *posterior,
                     const long double *steps)
{
    const size_t k = model->n_states;
    for (size_t i = 0; i < k; i++) {
        long double sum = 0.0L;
        model->initial[i] = 0.0L;
        for (size_t s = 0; s < data->n_sequences; s++) {
            model->initial[i] += (long double)posterior[data->sequence_start[s] * k + i] /
                                 (long double)data->n_sequences;
        }
        for (size_t j = 0; j < k; j++) {
            model->transition[i * k + j] = steps[i * k + j] + (long double)model->concentration -
                                           1.0L + (i == j ? (long double)model->stickiness : 0.0L);
            sum += model->transition[i * k + j];
        }
        for (size_t j = 0; j < k; j++) {
            model->transition[i * k + j] /= sum;
        }
        for (size_t n = 0; n < data->n_units; n++) {
            plain_newton(data, n, posterior + i, k,
                         model->beta + (i * data->n_units + n) * data->n_columns);
        }
    }
}

static void log_priors(const plain_data *data, const plain_model *model, double *ridge,
                       double *dirichlet)
{
    const size_t k = model->n_states;
    long double squares = 0.0L;
    long double sum = 0.0L;
    for (size_t i = 0; i < k * data->n_units * data->n_columns; i++) {
        squares += i % data->n_columns == 0 ? 0.0L : model->beta[i] * model->beta[i];
    }
    for (size_t i = 0; i < k * k; i++) {
        const double power =
            model->concentration - 1.0 + (i % (k + 1) == 0 ? model->stickiness : 0);
        sum += (long double)power * logl(model->transition[i]);
    }
    *ridge = (double)(-0.5L * (long double)data->ridge * squares);
    *dirichlet = (double)sum;
}

void plain_iterate(const plain_data *data, plain_model *model, bool with_m_step, double *posterior,
                   double *trace)
{
    const size_t k = model->n_states;
    long double *b = calloc(data->n_times * k, sizeof *b);
    long double *filtered = calloc(data->n_times * k, sizeof *filtered);
    long double *scale = calloc(data->n_times, sizeof *scale);
    long double *steps = calloc(k * k, sizeof *steps);
    long double sum = 0.0L;
    for (size_t s = 0; s < data->n_sequences; s++) {
        sum += filter(data, model, s, b, filtered, scale);
        smooth(data, model, s, b, filtered, scale, posterior, steps);
    }
    trace[0] = (double)sum;
    log_priors(data, model, trace + 1, trace + 2);
    if (with_m_step) {
        maximise(data, model, posterior, steps);
    }
    free(b);
    free(filtered);
    free(scale);
    free(steps);
}
