/* The published one-hot HMM-GLM under fixed parameters: naive kernels with four links, hard signs
 * with four treatments of the diagonal, the Gumbel-softmax density and the Gaussian prior. */
#include "states.h"
#include "support/check.h"

#include <analysis/models/glm_hmm_relaxed.h>
#include <analysis/models/hmm_messages.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHOWN = 50 /* rows of the means that the file holds */
};

/* One case: parameters as the evaluator takes them, and what it says. */
typedef struct answers {
    ana_relaxed_model model;
    size_t n_times;
    h5_doubles counts;
    h5_doubles transition;
    double *weight; /* K x N x N x L */
    double *bias;   /* K x N */
    double *hard;   /* K x N x N, where there are signs */
    double *mean;   /* K x T x N */
    double *rows;
    double *posterior;
    double *transitions;
    size_t *path;
    double initial[8];
    double log_likelihood;
    double log_path;
} answers;

static h5_doubles read_values(const h5_reference *file, const char *name, const char *what)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", name, what);
    return h5_reference_doubles(file, path);
}

static bool has(const h5_reference *file, const char *name, const char *what)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", name, what);
    return h5_reference_has(file, path);
}

/* A bias of each state, or the same in all. */
static void read_bias(const h5_reference *file, const char *name, answers *at)
{
    h5_doubles bias = read_values(file, name, "bias");
    const size_t n = at->model.n_states * at->model.n_units;
    at->bias = calloc(n, sizeof(double));
    for (size_t i = 0; i < n; i++) {
        at->bias[i] = bias.values[i % bias.n];
    }
    at->model.bias = at->bias;
    h5_doubles_free(&bias);
}

/* What a unit's own past does: as any edge, nothing, or its own kernel of each state or of all. */
static void set_diagonal(const h5_reference *file, const char *name, answers *at)
{
    const size_t n = at->model.n_units;
    const size_t k = at->model.n_states;
    const size_t n_lags = at->model.n_lags;
    const bool is_free = has(file, name, "diag_weight");
    h5_doubles own = {0};
    if (is_free) {
        own = read_values(file, name, "diag_weight");
    } else if (strstr(name, "_zero_") == NULL) {
        return;
    }
    for (size_t i = 0; i < k * n; i++) {
        const size_t state = i / n;
        const size_t unit = i % n;
        double *to = at->weight + ((state * n + unit) * n + unit) * n_lags;
        const size_t row = own.n == k * n * n_lags ? unit * k + state : unit;
        for (size_t l = 0; l < n_lags; l++) {
            to[l] = is_free ? own.values[row * n_lags + l] : 0.0;
        }
    }
    if (is_free) {
        h5_doubles_free(&own);
    }
}

static void read_signs(const h5_reference *file, const char *name, answers *at)
{
    h5_doubles signs = read_values(file, name, "adjacency_prob_inh_none_exc");
    h5_doubles strength = read_values(file, name, "strength");
    h5_doubles kernel = read_values(file, name, "kernel");
    at->model.n_states = strength.shape[0];
    at->model.n_units = strength.shape[1];
    at->model.n_lags = kernel.shape[3];
    at->model.link = ANA_GLM_SOFTPLUS;
    at->hard = calloc(strength.n, sizeof(double));
    at->weight = calloc(strength.n * at->model.n_lags, sizeof(double));
    ana_relaxed_harden(strength.n, signs.values, strength.values, at->hard);
    for (size_t i = 0; i < strength.n * at->model.n_lags; i++) {
        at->weight[i] = at->hard[i / at->model.n_lags] * kernel.values[i % kernel.n];
    }
    set_diagonal(file, name, at);
    h5_doubles_free(&signs);
    h5_doubles_free(&strength);
    h5_doubles_free(&kernel);
}

static ana_glm_link link_of(const char *name)
{
    static const struct {
        const char *name;
        ana_glm_link link;
    } links[] = {{"naive_softplus", ANA_GLM_SOFTPLUS},
                 {"naive_sigmoid", ANA_GLM_SIGMOID},
                 {"naive_sqrtsoftplus", ANA_GLM_SQRT_SOFTPLUS},
                 {"naive_log1psoftplus", ANA_GLM_LOG1P_SOFTPLUS}};
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        if (strcmp(name, links[i].name) == 0) {
            return links[i].link;
        }
    }
    fail_msg("case %s: no link of that name", name);
    return ANA_GLM_SOFTPLUS;
}

static void read_naive(const h5_reference *file, const char *name, answers *at)
{
    h5_doubles weight = read_values(file, name, "weight");
    at->model.n_states = weight.shape[0];
    at->model.n_units = weight.shape[1];
    at->model.n_lags = weight.shape[3];
    at->model.link = link_of(name);
    at->weight = calloc(weight.n, sizeof(double));
    memcpy(at->weight, weight.values, weight.n * sizeof(double));
    h5_doubles_free(&weight);
}

static void evaluate(answers *at)
{
    const size_t k = at->model.n_states;
    const size_t cells = at->n_times * k;
    at->mean = calloc(cells * at->model.n_units, sizeof(double));
    at->rows = calloc(cells, sizeof(double));
    at->posterior = calloc(cells, sizeof(double));
    at->transitions = calloc(k * k, sizeof(double));
    at->path = calloc(at->n_times, sizeof(size_t));
    for (size_t i = 0; i < k; i++) {
        at->initial[i] = 1.0 / (double)k;
    }
    const ana_hmm_chain chain = {k, at->initial, at->transition.values, 0};
    check_ok(ana_relaxed_emission(&at->model, at->n_times, at->counts.values, at->mean, at->rows));
    check_ok(ana_hmm_smooth(&chain, at->n_times, at->rows, at->posterior, at->transitions,
                            &at->log_likelihood));
    check_ok(ana_hmm_viterbi(&chain, at->n_times, at->rows, at->path, &at->log_path));
}

static void free_answers(answers *at)
{
    h5_doubles_free(&at->counts);
    h5_doubles_free(&at->transition);
    free(at->weight);
    free(at->bias);
    free(at->hard);
    free(at->mean);
    free(at->rows);
    free(at->posterior);
    free(at->transitions);
    free(at->path);
}

static void compare_path(const h5_reference *file, const char *path, const answers *at,
                         tally *counts)
{
    double *states = calloc(at->n_times, sizeof(double));
    for (size_t t = 0; t < at->n_times; t++) {
        states[t] = (double)at->path[t];
    }
    compare_array(file, path, at->n_times, states, 1.0, counts);
    free(states);
}

/* The first rows of the means of each state. */
static void compare_means(const h5_reference *file, const char *path, const answers *at,
                          tally *counts)
{
    const size_t n = at->model.n_units;
    double *shown = calloc(at->model.n_states * SHOWN * n, sizeof(double));
    for (size_t k = 0; k < at->model.n_states; k++) {
        memcpy(shown + k * SHOWN * n, at->mean + k * at->n_times * n, SHOWN * n * sizeof(double));
    }
    compare_array(file, path, at->model.n_states * SHOWN * n, shown, 1.0, counts);
    free(shown);
}

static bool compare_quantity(const h5_reference *file, const char *path, const char *name,
                             const void *all, tally *counts)
{
    const answers *at = all;
    const size_t k = at->model.n_states;
    const size_t n = at->model.n_units;
    if (strcmp(name, "peer_emission_ll") == 0) {
        compare_array(file, path, at->n_times * k, at->rows, 1.0, counts);
    } else if (strcmp(name, "gold_loglik") == 0) {
        compare_array(file, path, 1, &at->log_likelihood, 1.0, counts);
    } else if (strcmp(name, "peer_gamma") == 0) {
        compare_array(file, path, at->n_times * k, at->posterior, 1.0, counts);
    } else if (strcmp(name, "peer_xi_sum") == 0) {
        compare_array(file, path, k * k, at->transitions, 1.0, counts);
    } else if (strcmp(name, "peer_weight_hard") == 0) {
        compare_array(file, path, k * n * n, at->hard, 1.0, counts);
    } else if (strcmp(name, "peer_viterbi") == 0) {
        compare_path(file, path, at, counts);
    } else if (strcmp(name, "peer_mu_first50") == 0) {
        compare_means(file, path, at, counts);
    } else if (strcmp(name, "gold_Q_correct") == 0) {
        const double expected =
            ana_relaxed_expected(at->n_times, k, at->initial, at->transition.values, at->posterior,
                                 at->transitions, at->rows);
        compare_array(file, path, 1, &expected, 1.0, counts);
    } else {
        return false;
    }
    return true;
}

static bool compare_gumbel(const h5_reference *file, const char *path, const char *name,
                           const void *all, tally *counts)
{
    const char *prefix = "peer_logpdf_tau";
    (void)all;
    if (strncmp(name, prefix, strlen(prefix)) != 0) {
        return false;
    }
    const double temperature = strtod(name + strlen(prefix), NULL);
    h5_doubles means = h5_reference_doubles(file, "gumbel/log_mean");
    h5_doubles x = h5_reference_doubles(file, "gumbel/x");
    const size_t n = x.shape[0];
    double *found = calloc(n, sizeof(double));
    for (size_t i = 0; i < n; i++) {
        check_ok(ana_relaxed_log_density(x.shape[1], means.values + i * x.shape[1], temperature,
                                         x.values + i * x.shape[1], found + i));
    }
    compare_array(file, path, n, found, 1.0, counts);
    free(found);
    h5_doubles_free(&means);
    h5_doubles_free(&x);
    return true;
}

static bool compare_gaussian(const h5_reference *file, const char *path, const char *name,
                             const void *all, tally *counts)
{
    (void)all;
    if (strcmp(name, "peer_prior_loglik") != 0) {
        return false;
    }
    h5_doubles weight = h5_reference_doubles(file, "gaussian/weight");
    h5_doubles mean = h5_reference_doubles(file, "gaussian/prior_mean");
    h5_doubles spread = h5_reference_doubles(file, "gaussian/prior_std");
    double sum = 0.0;
    for (size_t k = 0; k < weight.shape[0]; k++) {
        sum +=
            ana_relaxed_gaussian(mean.n, weight.values + k * mean.n, mean.values, spread.values[0]);
    }
    compare_array(file, path, 1, &sum, 1.0, counts);
    h5_doubles_free(&weight);
    h5_doubles_free(&mean);
    h5_doubles_free(&spread);
    return true;
}

static void compare(const h5_reference *file, const char *name, tally *counts)
{
    answers at = {0};
    if (strcmp(name, "gumbel") == 0) {
        compare_case(file, name, compare_gumbel, NULL, counts);
        return;
    }
    if (strcmp(name, "gaussian") == 0) {
        compare_case(file, name, compare_gaussian, NULL, counts);
        return;
    }
    if (has(file, name, "strength")) {
        read_signs(file, name, &at);
    } else {
        read_naive(file, name, &at);
    }
    at.model.weight = at.weight;
    at.counts = h5_reference_doubles(file, "y");
    at.n_times = at.counts.shape[0];
    at.transition = read_values(file, name, "P");
    read_bias(file, name, &at);
    evaluate(&at);
    compare_case(file, name, compare_quantity, &at, counts);
    free_answers(&at);
}

void compare_onehot(const h5_reference *file, tally *counts)
{
    compare_groups(file, compare, counts);
}
