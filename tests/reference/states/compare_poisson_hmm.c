/* The hidden Markov model of Poisson counts: counts and a start in. */
#include "states.h"
#include "support/check.h"
#include "support/rising.h"

#include <analysis/models/hmm.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Counts of all sessions y0, y1, ... as sequences. */
static ana_observations *read_counts(const h5_reference *file, const char *name)
{
    char path[512];
    size_t lengths[256];
    size_t n_sessions = 0;
    size_t n_times = 0;
    size_t n_features = 0;
    h5_doubles parts[256];
    for (; n_sessions < 256; n_sessions++) {
        snprintf(path, sizeof path, "%s/y%zu", name, n_sessions);
        if (!h5_reference_has(file, path)) {
            break;
        }
        parts[n_sessions] = h5_reference_doubles(file, path);
        lengths[n_sessions] = parts[n_sessions].shape[0];
        n_features = parts[n_sessions].shape[1];
        n_times += lengths[n_sessions];
    }
    ana_observations *counts = NULL;
    check_ok(ana_observations_new(n_times, n_features, &counts));
    check_ok(ana_observations_set_sequences(counts, n_sessions, lengths, NULL));
    for (size_t s = 0; s < n_sessions; s++) {
        memcpy(counts->values + counts->sequence_start[s] * n_features, parts[s].values,
               parts[s].n * sizeof(double));
        h5_doubles_free(&parts[s]);
    }
    return counts;
}

static void read_into(const h5_reference *file, const char *name, const char *what, size_t n,
                      double *out)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", name, what);
    h5_doubles values = h5_reference_doubles(file, path);
    assert_int_equal(values.n, n);
    memcpy(out, values.values, n * sizeof(double));
    h5_doubles_free(&values);
}

static ana_hmm *read_start(const h5_reference *file, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/init_lambda", name);
    h5_doubles rates = h5_reference_doubles(file, path);
    size_t k = rates.shape[0];
    ana_hmm *start = NULL;
    check_ok(ana_hmm_new(k, rates.shape[1], &start));
    memcpy(start->rates, rates.values, rates.n * sizeof(double));
    read_into(file, name, "init_P", k * k, start->transition);
    read_into(file, name, "init_pi0", k, start->initial);
    h5_doubles_free(&rates);
    return start;
}

static ana_hmm_options read_options(const h5_reference *file, const char *name)
{
    char path[512];
    ana_hmm_options options = ana_hmm_options_default();
    options.tolerance = 0.0;
    double iterations = 0.0;
    read_into(file, name, "em_iters", 1, &iterations);
    options.max_iterations = (size_t)iterations;
    snprintf(path, sizeof path, "%s/sticky_alpha_kappa", name);
    if (h5_reference_has(file, path)) {
        double both[2];
        read_into(file, name, "sticky_alpha_kappa", 2, both);
        options.concentration = both[0];
        options.stickiness = both[1];
    }
    return options;
}

/* Everything the model says of one case. */
typedef struct poisson_answers {
    ana_hmm *start;
    ana_hmm *fit;
    ana_hmm_decoding *at_start;
    size_t first_length;    /* rows of session 0 */
    double *log_likelihood; /* before each iteration, and after the last */
    size_t n_trace;
    double start_likelihood;
} poisson_answers;

/* The log-likelihoods along the way, one iteration at a time: the same steps as in one go. */
static void trace_likelihood(const ana_observations *counts, ana_hmm_options options,
                             poisson_answers *found)
{
    size_t n = options.max_iterations;
    found->log_likelihood = calloc(n + 1, sizeof(double));
    found->n_trace = n + 1;
    options.max_iterations = 1;
    const ana_hmm *from = found->start;
    ana_hmm *next = NULL;
    for (size_t i = 0; i <= n; i++) {
        check_ok(ana_hmm_score(from, counts, &found->log_likelihood[i]));
        ana_hmm *before = next;
        check_ok(ana_hmm_fit_from(counts, from, &options, &next));
        check_rises(&next->info);
        ana_hmm_free(before);
        from = next;
    }
    ana_hmm_free(next);
}

static bool compare_quantity(const h5_reference *file, const char *path, const char *name,
                             const void *all, tally *counts)
{
    const poisson_answers *found = all;
    const size_t k = found->fit->n_states;
    if (strcmp(name, "gold_init_loglik") == 0 || strcmp(name, "peer_ssm_init_loglik") == 0) {
        compare_array(file, path, 1, &found->start_likelihood, 1.0, counts);
    } else if (strcmp(name, "gold_em_loglik") == 0) {
        compare_array(file, path, found->n_trace, found->log_likelihood, 1.0, counts);
    } else if (strcmp(name, "gold_em_objective") == 0) {
        compare_array(file, path, found->fit->info.n_trace, found->fit->info.trace, 1.0, counts);
    } else if (strcmp(name, "gold_final_P") == 0) {
        compare_array(file, path, k * k, found->fit->transition, 1.0, counts);
    } else if (strcmp(name, "gold_final_lambda") == 0) {
        compare_array(file, path, k * found->fit->n_features, found->fit->rates, 1.0, counts);
    } else if (strcmp(name, "gold_final_pi0") == 0) {
        compare_array(file, path, k, found->fit->initial, 1.0, counts);
    } else if (strcmp(name, "peer_ssm_init_gamma0") == 0) {
        compare_array(file, path, found->first_length * k, found->at_start->posterior, 1.0, counts);
    } else if (strcmp(name, "peer_ssm_init_viterbi0") == 0) {
        double *states = calloc(found->first_length, sizeof(double));
        for (size_t t = 0; t < found->first_length; t++) {
            states[t] = (double)found->at_start->path[t];
        }
        compare_array(file, path, found->first_length, states, 1.0, counts);
        free(states);
    } else {
        return false;
    }
    return true;
}

static void compare_fit(const h5_reference *file, const char *name, tally *counts)
{
    poisson_answers found = {0};
    ana_observations *observations = read_counts(file, name);
    ana_hmm_options options = read_options(file, name);
    found.start = read_start(file, name);
    found.first_length = observations->sequence_start[1];
    check_ok(ana_hmm_score(found.start, observations, &found.start_likelihood));
    check_ok(ana_hmm_decode(found.start, observations, NULL, &found.at_start));
    check_ok(ana_hmm_fit_from(observations, found.start, &options, &found.fit));
    check_rises(&found.fit->info);
    trace_likelihood(observations, options, &found);
    compare_case(file, name, compare_quantity, &found, counts);
    free(found.log_likelihood);
    ana_hmm_decoding_free(found.at_start);
    ana_hmm_free(found.fit);
    ana_hmm_free(found.start);
    ana_observations_free(observations);
}

void compare_poisson_hmm(const h5_reference *file, tally *counts)
{
    compare_groups(file, compare_fit, counts);
}
