#include "hmm_durations.h"

#include "vec.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

ana_semi_scratch ana_semi_scratch_new(ana_workspace *workspace, size_t n_times, size_t n_states,
                                      size_t max_duration, bool decode)
{
    ana_semi_scratch scratch = {
        .emission = ana_workspace_doubles(workspace, n_states, n_times),
        .begin = ana_workspace_doubles(workspace, n_states, n_times + 1),
        .end = ana_workspace_doubles(workspace, n_states, n_times + 1),
        .after = ana_workspace_doubles(workspace, n_states, n_times + 1),
        .start = ana_workspace_doubles(workspace, n_states, n_times + 1),
        .term = ana_workspace_doubles(workspace, max_duration, 1),
        .column = ana_workspace_doubles(workspace, n_states, 1),
        .steps = ana_workspace_doubles(workspace, n_states, n_states),
        .first = ana_workspace_doubles(workspace, n_states, 1),
        .lasted = ana_workspace_doubles(workspace, n_states, max_duration),
        .cut = ana_workspace_doubles(workspace, n_states, max_duration),
    };
    if (decode) {
        scratch.length = ana_workspace_bytes(workspace, n_states, n_times + 1, sizeof(uint32_t));
        scratch.from = ana_workspace_bytes(workspace, n_states, n_times + 1, sizeof(uint32_t));
    }
    return scratch;
}

/* One pass of a sequence. */
typedef struct pass {
    const ana_semi_chain *chain;
    const ana_semi_scratch *scratch;
    size_t n_times;
    size_t stride; /* T + 1 */
} pass;

static ana_status turn_rows(const pass *p, const double *log_emission)
{
    for (size_t t = 0; t < p->n_times; t++) {
        for (size_t k = 0; k < p->chain->n_states; k++) {
            const double value = log_emission[t * p->chain->n_states + k];
            if (isnan(value) || (value > 0.0 && isinf(value))) {
                return ana_fail(ANA_ERR_NUMERIC,
                                "hmm: the log-likelihood of observation %zu is not finite", t);
            }
            p->scratch->emission[k * p->n_times + t] = value;
        }
    }
    return ANA_OK;
}

/* log sum exp of n terms, which become exp(term - largest); *largest is that, -inf for no term. */
static double sum_terms(size_t n, double *term, double *largest)
{
    double top = -INFINITY;
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        top = fmax(top, term[i]);
    }
    *largest = top;
    if (!isfinite(top)) {
        memset(term, 0, n * sizeof *term);
        return -INFINITY;
    }
    for (size_t i = 0; i < n; i++) {
        term[i] -= top;
    }
    ana_vec_exp(n, term, term);
    for (size_t i = 0; i < n; i++) {
        sum += term[i];
    }
    return top + log(sum);
}

/* Terms of the segments of state j that end at t, by duration; returns how many. */
static size_t terms_before(const pass *p, size_t j, size_t t, double *term)
{
    const size_t d_max = p->chain->max_duration;
    const size_t n = t < d_max ? t : d_max;
    const double *emission = p->scratch->emission + j * p->n_times;
    const double *begin = p->scratch->begin + j * p->stride;
    const double *log_p = (t == p->n_times ? p->chain->log_tail : p->chain->log_pmf) + j * d_max;
    double sum = 0.0;
    for (size_t d = 1; d <= n; d++) {
        sum += emission[t - d];
        term[d - 1] = begin[t - d] + log_p[d - 1] + sum;
    }
    return n;
}

/* Terms of the segments of state j that begin after t. */
static size_t terms_after(const pass *p, size_t j, size_t t, double *term)
{
    const size_t d_max = p->chain->max_duration;
    const size_t rest = p->n_times - t;
    const size_t n = rest < d_max ? rest : d_max;
    const double *emission = p->scratch->emission + j * p->n_times;
    const double *after = p->scratch->after + j * p->stride;
    const double *log_pmf = p->chain->log_pmf + j * d_max;
    double sum = 0.0;
    for (size_t d = 1; d <= n; d++) {
        sum += emission[t + d - 1];
        term[d - 1] = log_pmf[d - 1] + sum + after[t + d];
    }
    if (n == rest) { /* the last one may be cut off */
        term[n - 1] = p->chain->log_tail[j * d_max + n - 1] + sum;
    }
    return n;
}

/* to[j] = log sum_i exp(from[i]) A(i, j), at one time; or with `back`, to[i] = log sum_j A(i, j)
 * exp(from[j]). Arrays are K x stride. */
static void step(const pass *p, size_t t, const double *from, bool back, double *to)
{
    const size_t n_states = p->chain->n_states;
    double *column = p->scratch->column;
    double top = -INFINITY;
    for (size_t i = 0; i < n_states; i++) {
        top = fmax(top, from[i * p->stride + t]);
    }
    for (size_t i = 0; i < n_states; i++) {
        column[i] = isfinite(top) ? exp(from[i * p->stride + t] - top) : 0.0;
    }
    for (size_t j = 0; j < n_states; j++) {
        double sum = 0.0;
        for (size_t i = 0; i < n_states; i++) {
            sum += column[i] * p->chain->transition[back ? j * n_states + i : i * n_states + j];
        }
        to[j * p->stride + t] = sum > 0.0 ? top + log(sum) : -(double)INFINITY;
    }
}

static double forward(const pass *p)
{
    const ana_semi_scratch *scratch = p->scratch;
    const size_t n_states = p->chain->n_states;
    double largest = 0.0;
    for (size_t j = 0; j < n_states; j++) {
        scratch->begin[j * p->stride] = log(p->chain->initial[j]);
    }
    for (size_t t = 1; t <= p->n_times; t++) {
        for (size_t j = 0; j < n_states; j++) {
            const size_t n = terms_before(p, j, t, scratch->term);
            scratch->end[j * p->stride + t] = sum_terms(n, scratch->term, &largest);
        }
        if (t < p->n_times) {
            step(p, t, scratch->end, false, scratch->begin);
        }
    }
    for (size_t j = 0; j < n_states; j++) {
        scratch->column[j] = scratch->end[j * p->stride + p->n_times];
    }
    return sum_terms(n_states, scratch->column, &largest);
}

/* Adds the expected segments of state j that begin after t; `term` is exp(term - largest). */
static void add_segments(const pass *p, size_t j, size_t t, size_t n, double scale)
{
    const size_t d_max = p->chain->max_duration;
    const bool reaches_end = t + n == p->n_times;
    double *lasted = p->scratch->lasted + j * d_max;
    for (size_t d = 0; d < n - (reaches_end ? 1 : 0); d++) {
        lasted[d] += scale * p->scratch->term[d];
    }
    if (reaches_end) {
        p->scratch->cut[j * d_max + n - 1] += scale * p->scratch->term[n - 1];
    }
}

static void backward(const pass *p, double log_likelihood)
{
    const ana_semi_scratch *scratch = p->scratch;
    const size_t n_states = p->chain->n_states;
    for (size_t t = p->n_times; t-- > 0;) {
        for (size_t j = 0; j < n_states; j++) {
            double largest = 0.0;
            const size_t n = terms_after(p, j, t, scratch->term);
            scratch->start[j * p->stride + t] = sum_terms(n, scratch->term, &largest);
            const double begin = scratch->begin[j * p->stride + t];
            if (isfinite(largest) && isfinite(begin)) {
                add_segments(p, j, t, n, exp(begin + largest - log_likelihood));
            }
        }
        if (t > 0) {
            step(p, t, scratch->start, true, scratch->after);
        }
    }
}

/* Expected steps at the border after t, and what begins less what ends there. */
static void cross_border(const pass *p, size_t t, double log_likelihood, double *change)
{
    const ana_semi_scratch *scratch = p->scratch;
    const size_t n_states = p->chain->n_states;
    for (size_t j = 0; j < n_states; j++) {
        const double start = scratch->start[j * p->stride + t];
        change[j] = exp(scratch->begin[j * p->stride + t] + start - log_likelihood);
    }
    for (size_t i = 0; i < n_states && t > 0; i++) {
        const double end = scratch->end[i * p->stride + t];
        change[i] -= exp(end + scratch->after[i * p->stride + t] - log_likelihood);
        for (size_t j = 0; j < n_states; j++) {
            const double probability = p->chain->transition[i * n_states + j];
            if (probability > 0.0) {
                scratch->steps[i * n_states + j] +=
                    probability * exp(end + scratch->start[j * p->stride + t] - log_likelihood);
            }
        }
    }
}

static void fill_posterior(const pass *p, double log_likelihood, double *posterior)
{
    const size_t n_states = p->chain->n_states;
    double *change = p->scratch->column;
    for (size_t t = 0; t < p->n_times; t++) {
        double *row = posterior + t * n_states;
        double sum = 0.0;
        cross_border(p, t, log_likelihood, change);
        for (size_t k = 0; k < n_states; k++) {
            const double before = t > 0 ? row[(ptrdiff_t)k - (ptrdiff_t)n_states] : 0.0;
            row[k] = fmax(before + change[k], 0.0);
            sum += row[k];
        }
        for (size_t k = 0; k < n_states; k++) {
            row[k] /= sum;
            p->scratch->first[k] += t == 0 ? row[k] : 0.0;
        }
    }
}

ana_status ana_semi_smooth(const ana_semi_chain *chain, size_t n_times, const double *log_emission,
                           const ana_semi_scratch *scratch, double *posterior,
                           double *log_likelihood)
{
    const pass p = {chain, scratch, n_times, n_times + 1};
    ana_status status = turn_rows(&p, log_emission);
    if (status != ANA_OK) {
        return status;
    }
    *log_likelihood = forward(&p);
    if (!isfinite(*log_likelihood)) {
        return ana_fail(ANA_ERR_NUMERIC, "hmm: no segments of states can give these observations");
    }
    if (posterior != NULL) {
        backward(&p, *log_likelihood);
        fill_posterior(&p, *log_likelihood, posterior);
    }
    return ANA_OK;
}

/* The best predecessor of a segment that begins after t. */
static void best_steps(const pass *p, size_t t)
{
    const size_t n_states = p->chain->n_states;
    for (size_t j = 0; j < n_states; j++) {
        double highest = -INFINITY;
        for (size_t i = 0; i < n_states; i++) {
            const double score =
                p->scratch->end[i * p->stride + t] + log(p->chain->transition[i * n_states + j]);
            if (score > highest) {
                highest = score;
                p->scratch->from[j * p->stride + t] = (uint32_t)i;
            }
        }
        p->scratch->begin[j * p->stride + t] = highest;
    }
}

static void best_segment(const pass *p, size_t j, size_t t)
{
    const size_t n = terms_before(p, j, t, p->scratch->term);
    double highest = -INFINITY;
    for (size_t d = 0; d < n; d++) {
        if (p->scratch->term[d] > highest) {
            highest = p->scratch->term[d];
            p->scratch->length[j * p->stride + t] = (uint32_t)(d + 1);
        }
    }
    p->scratch->end[j * p->stride + t] = highest;
}

ana_status ana_semi_viterbi(const ana_semi_chain *chain, size_t n_times, const double *log_emission,
                            const ana_semi_scratch *scratch, size_t *path, double *log_probability)
{
    const pass p = {chain, scratch, n_times, n_times + 1};
    const size_t n_states = chain->n_states;
    size_t state = 0;
    ana_status status = turn_rows(&p, log_emission);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t j = 0; j < n_states; j++) {
        scratch->begin[j * p.stride] = log(chain->initial[j]);
    }
    for (size_t t = 1; t <= n_times; t++) {
        for (size_t j = 0; j < n_states; j++) {
            best_segment(&p, j, t);
        }
        if (t < n_times) {
            best_steps(&p, t);
        }
    }
    for (size_t j = 1; j < n_states; j++) {
        state = scratch->end[j * p.stride + n_times] > scratch->end[state * p.stride + n_times]
                    ? j
                    : state;
    }
    *log_probability = scratch->end[state * p.stride + n_times];
    if (!isfinite(*log_probability)) {
        return ana_fail(ANA_ERR_NUMERIC, "hmm: no segments of states can give these observations");
    }
    for (size_t t = n_times; t > 0;) {
        const size_t length = scratch->length[state * p.stride + t];
        for (size_t i = 0; i < length; i++) {
            path[t - 1 - i] = state;
        }
        t -= length;
        state = t > 0 ? scratch->from[state * p.stride + t] : state;
    }
    return ANA_OK;
}
