/* The recursions of hidden Markov models: initial and transition probabilities and
 * log-likelihoods in. */
#include "states.h"
#include "support/check.h"

#include <analysis/models/hmm_messages.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything the recursions say of one case. */
typedef struct answers {
    size_t n_times;
    size_t n_states;
    double *filtered;
    double *posterior;
    double *transitions;
    double *path;
    double log_likelihood;
    double log_path;
} answers;

static answers compute(const h5_reference *file, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/pi0", name);
    h5_doubles initial = h5_reference_doubles(file, path);
    snprintf(path, sizeof path, "%s/P", name);
    h5_doubles transition = h5_reference_doubles(file, path);
    snprintf(path, sizeof path, "%s/ll", name);
    h5_doubles rows = h5_reference_doubles(file, path);
    size_t k = initial.n;
    size_t n = rows.n / k;
    ana_hmm_chain chain = {k, initial.values, transition.values,
                           transition.n_axes == 3 ? k * k : 0};
    answers found = {.n_times = n, .n_states = k};
    found.filtered = calloc(n * k, sizeof(double));
    found.posterior = calloc(n * k, sizeof(double));
    found.transitions = calloc(k * k, sizeof(double));
    found.path = calloc(n, sizeof(double));
    size_t *states = calloc(n, sizeof(size_t));
    double filter_likelihood = 0.0;
    check_ok(ana_hmm_filter(&chain, n, rows.values, found.filtered, &filter_likelihood));
    check_ok(ana_hmm_smooth(&chain, n, rows.values, found.posterior, found.transitions,
                            &found.log_likelihood));
    check_close(filter_likelihood, found.log_likelihood, 0.0, 0.0);
    check_ok(ana_hmm_viterbi(&chain, n, rows.values, states, &found.log_path));
    for (size_t t = 0; t < n; t++) {
        found.path[t] = (double)states[t];
    }
    free(states);
    h5_doubles_free(&initial);
    h5_doubles_free(&transition);
    h5_doubles_free(&rows);
    return found;
}

static double largest(size_t n, const double *values)
{
    double most = 0.0;
    for (size_t i = 0; i < n; i++) {
        most = fmax(most, fabs(values[i]));
    }
    return most;
}

/* "gold_gamma" -> "gamma", "peer_ssm_gamma" -> "gamma". */
static const char *quantity_of(const char *name)
{
    const char *prefixes[] = {"gold_", "brute_", "peer_ssm_"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0) {
            return name + strlen(prefixes[i]);
        }
    }
    return name;
}

static bool compare_quantity(const h5_reference *file, const char *path, const char *name,
                             const void *all, tally *counts)
{
    const answers *found = all;
    const char *quantity = quantity_of(name);
    const size_t rows = found->n_times * found->n_states;
    const size_t square = found->n_states * found->n_states;
    if (strcmp(quantity, "logZ") == 0) {
        compare_array(file, path, 1, &found->log_likelihood, 1.0, counts);
    } else if (strcmp(quantity, "filtered") == 0) {
        compare_array(file, path, rows, found->filtered, 1.0, counts);
    } else if (strcmp(quantity, "gamma") == 0) {
        compare_array(file, path, rows, found->posterior, 1.0, counts);
    } else if (strcmp(quantity, "xi_sum") == 0) {
        /* Its absolute tolerance is relative to its largest entry. */
        compare_array(file, path, square, found->transitions,
                      fmax(1.0, largest(square, found->transitions)), counts);
    } else if (strcmp(quantity, "viterbi") == 0) {
        compare_array(file, path, found->n_times, found->path, 1.0, counts);
    } else if (strcmp(quantity, "viterbi_logp") == 0) {
        compare_array(file, path, 1, &found->log_path, 1.0, counts);
    } else {
        return false;
    }
    return true;
}

static void compare_messages(const h5_reference *file, const char *name, tally *counts)
{
    answers found = compute(file, name);
    compare_case(file, name, compare_quantity, &found, counts);
    free(found.filtered);
    free(found.posterior);
    free(found.transitions);
    free(found.path);
}

void compare_hmm_core(const h5_reference *file, tally *counts)
{
    compare_groups(file, compare_messages, counts);
}
