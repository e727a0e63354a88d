/* The dynamics of each state of time: conjugate matrix normal, inverse Wishart regression of m_t on
 * (m_(t-1), 1). Fox, Sudderth, Jordan & Willsky (2011), IEEE Trans. Signal Process. 59(4), sec.
 * III.B. With all Grams in one pass: T (2 D + 1)^2 / 2 multiply-adds, then D^3 for each state. */
#include "bicluster_parts.h"
#include "constants.h"
#include "dense.h"
#include "simd.h"

#include <analysis/special.h>

#include <math.h>
#include <string.h>

/* moments[i][j] += u_i u_j for j >= i. */
ANA_CLONES static void add_outer(size_t n, const double *u, double *moments)
{
    for (size_t i = 0; i < n; i++) {
        const double factor = u[i];
        double *row = moments + i * n;
        for (size_t j = i; j < n; j++) {
            row[j] += factor * u[j];
        }
    }
}

void bicluster_gather_moments(const bicluster_data *data, const size_t *state, size_t n,
                              const double *const *rows, bicluster_room *room)
{
    const size_t wide = 2 * n + 1;
    const size_t n_states = data->options->n_states;
    double *u = room->moment_row;
    memset(room->moments, 0, n_states * wide * wide * sizeof *room->moments);
    memset(room->n_of_state, 0, n_states * sizeof *room->n_of_state);
    u[2 * n] = 1.0;
    for (size_t s = 0; s < data->n_sequences; s++) {
        for (size_t t = data->sequence_start[s] + 1; t < data->sequence_start[s + 1]; t++) {
            for (size_t d = 0; d < n; d++) {
                u[d] = rows[d][t];
                u[n + d] = rows[d][t - 1];
            }
            add_outer(wide, u, room->moments + state[t] * wide * wide);
            room->n_of_state[state[t]]++;
        }
    }
}

/* The posterior of one state. Y regressors n + 1, targets n. */
typedef struct regression {
    double *regressors; /**< (n + 1)^2: U with U' U = K_n */
    double *solved;     /**< (n + 1) x n: U^-T (M_0 K_0 + sum m x')' */
    double *scatter;    /**< n x n: U with U' U = S_n */
} regression;

static bool regress(const bicluster_data *data, size_t n, const double *moments,
                    const regression *out)
{
    const double precision = data->options->precision;
    const size_t wide = 2 * n + 1;
    for (size_t i = 0; i <= n; i++) {
        for (size_t j = i; j <= n; j++) {
            out->regressors[i * (n + 1) + j] = moments[(n + i) * wide + n + j];
        }
        out->regressors[i * (n + 1) + i] += precision;
        for (size_t j = 0; j < n; j++) {
            out->solved[i * n + j] = moments[j * wide + n + i] + (i == j ? precision : 0.0);
        }
    }
    if (!bicluster_cholesky(n + 1, out->regressors)) {
        return false;
    }
    bicluster_solve_transposed(n + 1, out->regressors, n, out->solved);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i; j < n; j++) {
            out->scatter[i * n + j] = moments[i * wide + j];
        }
        out->scatter[i * n + i] += data->options->noise + precision;
    }
    for (size_t k = 0; k <= n; k++) {
        const double *row = out->solved + k * n;
        for (size_t i = 0; i < n; i++) {
            for (size_t j = i; j < n; j++) {
                out->scatter[i * n + j] -= row[i] * row[j];
            }
        }
    }
    return bicluster_cholesky(n, out->scatter);
}

static double log_multigamma_ratio(size_t n, double above, double below)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += ana_special_lgamma(0.5 * (above - (double)i)) -
               ana_special_lgamma(0.5 * (below - (double)i));
    }
    return sum;
}

/* log p(the state's rows), A, b and Q integrated out. */
static double log_evidence(const bicluster_data *data, size_t n, size_t n_rows,
                           const regression *found)
{
    const ana_bicluster_options *options = data->options;
    const double d = (double)n;
    const double before = d + options->noise_df;
    const double after = before + (double)n_rows;
    return -0.5 * d * (double)n_rows * log(ANA_PI) + 0.5 * d * (d + 1.0) * log(options->precision) -
           d * bicluster_log_diagonal(n + 1, found->regressors) +
           0.5 * before * d * log(options->noise) -
           after * bicluster_log_diagonal(n, found->scatter) +
           log_multigamma_ratio(n, after, before);
}

static regression regression_in(double *dense, size_t n)
{
    const size_t square = (n + 1) * (n + 1);
    regression out;
    out.regressors = dense;
    out.solved = dense + square;
    out.scatter = dense + 2 * square;
    return out;
}

double bicluster_log_steps(const bicluster_data *data, size_t n, size_t n_steps,
                           const double *moments, double *dense)
{
    const regression found = regression_in(dense, n);
    return regress(data, n, moments, &found) ? log_evidence(data, n, n_steps, &found) : (double)NAN;
}

double bicluster_log_dynamics(const bicluster_data *data, const size_t *state, size_t n,
                              const double *const *rows, bicluster_room *room)
{
    const size_t wide = 2 * n + 1;
    double sum = 0.0;
    bicluster_gather_moments(data, state, n, rows, room);
    /* The first row of each sequence ~ N(0, I). */
    for (size_t s = 0; s < data->n_sequences; s++) {
        for (size_t d = 0; d < n; d++) {
            const double first = rows[d][data->sequence_start[s]];
            sum -= 0.5 * (first * first + ANA_LOG_2PI);
        }
    }
    for (size_t l = 0; l < data->options->n_states; l++) {
        if (room->n_of_state[l] > 0) {
            sum += bicluster_log_steps(data, n, room->n_of_state[l],
                                       room->moments + l * wide * wide, room->dense);
        }
    }
    return sum;
}

/* Bartlett: upper B' with B B' ~ Wishart(I, df), df > n - 1. */
static void draw_bartlett(size_t n, double df, ana_random *random, double *upper)
{
    memset(upper, 0, n * n * sizeof *upper);
    for (size_t i = 0; i < n; i++) {
        upper[i * n + i] = sqrt(2.0 * ana_random_gamma(random, 0.5 * (df - (double)i)));
        for (size_t j = i + 1; j < n; j++) {
            upper[i * n + j] = ana_random_normal(random);
        }
    }
}

/* W = R' R with R' = U^-1 B, and [A b]' = K^-1 (M_0 K_0 + ...)' + U_K^-1 (U' B'^-1 Z)'. */
static void draw_one(const bicluster_data *data, size_t n, size_t n_rows, const regression *found,
                     ana_random *random, double *scratch, bicluster_dynamics *out)
{
    const size_t square = (n + 1) * (n + 1);
    double *bartlett = scratch;
    double *noise = scratch + square;
    double *coloured = scratch + 2 * square;
    double *wide = scratch + 3 * square;
    const double df = (double)n + data->options->noise_df + (double)n_rows;
    draw_bartlett(n, df, random, bartlett);
    ana_transpose(n, n, bartlett, wide);
    bicluster_solve(n, found->scatter, n, wide);
    ana_transpose(n, n, wide, out->root);
    out->log_det =
        2.0 * (bicluster_log_diagonal(n, bartlett) - bicluster_log_diagonal(n, found->scatter));
    for (size_t j = 0; j < n * (n + 1); j++) {
        noise[j] = ana_random_normal(random);
    }
    bicluster_solve(n, bartlett, n + 1, noise);
    ana_transpose(n, n, found->scatter, wide);
    bicluster_multiply(n, n, n + 1, wide, noise, coloured);
    ana_transpose(n, n + 1, coloured, wide);
    for (size_t j = 0; j < n * (n + 1); j++) {
        wide[j] += found->solved[j];
    }
    bicluster_solve(n + 1, found->regressors, n, wide);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            out->a[i * n + j] = wide[j * n + i];
        }
        out->b[i] = wide[n * n + i];
    }
}

/* Products that the next steps read many times. */
static void complete(size_t n, double *scratch, bicluster_dynamics *one)
{
    double *transposed = scratch;
    ana_transpose(n, n, one->root, transposed);
    bicluster_multiply(n, n, n, transposed, one->root, one->precision);
    bicluster_multiply(n, n, n, one->root, one->a, one->root_a);
    bicluster_multiply(n, n, 1, one->root, one->b, one->root_b);
    bicluster_multiply(n, n, 1, transposed, one->root_b, one->push);
    ana_transpose(n, n, one->a, transposed);
    bicluster_multiply(n, n, n, transposed, one->precision, one->cross);
    bicluster_multiply(n, n, n, one->cross, one->a, one->back);
    bicluster_multiply(n, n, 1, transposed, one->push, one->pull);
}

ana_status bicluster_draw_dynamics(const bicluster_data *data, ana_bicluster_chain *chain,
                                   bicluster_room *room, double *log_marginal)
{
    const size_t n = chain->n_clusters * data->n_rows;
    const size_t wide = 2 * n + 1;
    regression found = regression_in(room->dense, n);
    double *scratch = room->dense + 3 * (n + 1) * (n + 1);
    for (size_t d = 0; d < n; d++) {
        room->rows[d] = chain->path + d * data->n_times;
    }
    *log_marginal = bicluster_log_dynamics(data, chain->state, n, room->rows, room);
    if (!isfinite(*log_marginal)) {
        return ana_fail(ANA_ERR_NUMERIC, "bicluster: the dynamics have no finite density");
    }
    for (size_t l = 0; l < data->options->n_states; l++) {
        if (!regress(data, n, room->moments + l * wide * wide, &found)) {
            return ana_fail(ANA_ERR_NUMERIC,
                            "bicluster: the regression of state %zu is not positive definite", l);
        }
        draw_one(data, n, room->n_of_state[l], &found, &chain->random, scratch, room->dynamics + l);
        complete(n, scratch, room->dynamics + l);
    }
    return ANA_OK;
}

/* [A b] ~ matrix normal(M, Q, K^-1), Q ~ inverse Wishart(S, df): E W = df S^-1, E A' W A = M_A' E W
 * M_A + n (K^-1)_AA. */
bool bicluster_expect_dynamics(const bicluster_data *data, size_t n, size_t n_steps,
                               const double *moments, double *dense, bicluster_dynamics *out,
                               double *evidence)
{
    const regression found = regression_in(dense, n);
    double *mean = dense + 3 * (n + 1) * (n + 1); /* (n + 1) x n: [A b]' */
    double *weighted = mean + (n + 1) * (n + 1);
    double *inverse = weighted + (n + 1) * (n + 1);
    if (!regress(data, n, moments, &found)) {
        return false;
    }
    *evidence = log_evidence(data, n, n_steps, &found);
    memcpy(mean, found.solved, (n + 1) * n * sizeof *mean);
    bicluster_solve(n + 1, found.regressors, n, mean);
    bicluster_invert(n + 1, found.regressors, inverse);
    bicluster_invert(n, found.scatter, out->precision);
    for (size_t j = 0; j < n * n; j++) {
        out->precision[j] *= (double)n + data->options->noise_df + (double)n_steps;
    }
    bicluster_multiply(n + 1, n, n, mean, out->precision, weighted);
    memcpy(out->cross, weighted, n * n * sizeof *out->cross);
    memcpy(out->push, weighted + n * n, n * sizeof *out->push);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            double sum = (double)n * inverse[i * (n + 1) + j];
            for (size_t k = 0; k < n; k++) {
                sum += out->cross[i * n + k] * mean[j * n + k];
            }
            out->back[i * n + j] = sum;
        }
        out->pull[i] = (double)n * inverse[i * (n + 1) + n];
        for (size_t k = 0; k < n; k++) {
            out->pull[i] += out->cross[i * n + k] * mean[n * n + k];
        }
    }
    return true;
}
