#include "memory.h"
#include "try.h"

#include <analysis/models/hmm.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

ana_hmm_options ana_hmm_options_default(void)
{
    ana_hmm_options options = {
        .run = ana_run_default(),
        .n_states = 3,
        .n_restarts = 10,
        .max_iterations = 500,
        .tolerance = 1e-8,
        .concentration = 1.0,
        .rate_shape = 1.0,
        .persistence = 0.95,
        .empty_below = 1.0,
    };
    return options;
}

const ana_option ana_hmm_option_table[] = {
    {"states", ANA_OPTION_SIZE, offsetof(ana_hmm_options, n_states), 1, 64, NULL, "K",
     "number of hidden states", false},
    {"restarts", ANA_OPTION_SIZE, offsetof(ana_hmm_options, n_restarts), 1, 10000, NULL, "N",
     "starts, of which the best is kept", false},
    {"max-iterations", ANA_OPTION_SIZE, offsetof(ana_hmm_options, max_iterations), 1, 1000000, NULL,
     "N", "iterations of a restart at most", false},
    {"tolerance", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, tolerance), 0, 1, NULL, "SHARE",
     "stop when an iteration gains less than this share of the objective; 0: never", false},
    {"concentration", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, concentration), 1, 1e9, NULL,
     "ALPHA", "Dirichlet prior of each transition row; 1: flat", false},
    {"stickiness", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, stickiness), 0, 1e12, NULL, "KAPPA",
     "added to that prior's diagonal: pseudo-counts of staying", false},
    {"rate-shape", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, rate_shape), 1, 1e9, NULL, "A",
     "shape of the gamma prior of the rates; 1 with --rate-bins 0: flat", false},
    {"rate-bins", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, rate_bins), 0, 1e12, NULL, "BINS",
     "bins that prior counts for", false},
    {"persistence", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, persistence), 0, 1, NULL, "P",
     "probability of staying in a state at the start", false},
    {"empty-below", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, empty_below), 0, 1e12, NULL,
     "ROWS", "a state that explains less counts as empty, and is given half of another", false},
    {"split-merge", ANA_OPTION_SIZE, offsetof(ana_hmm_options, n_moves), 0, 10000, NULL, "N",
     "moves each restart tries at its end: two alike states merged, another split", false},
    ANA_OPTION_END,
};

ana_status ana_hmm_new(size_t n_states, size_t n_features, ana_hmm **out)
{
    ana_status status = ANA_OK;
    ana_hmm *hmm = NULL;
    if (n_states == 0 || n_features == 0 || n_states > SIZE_MAX / n_features) {
        return ana_fail(ANA_ERR_VALUE, "hmm: %zu states and %zu features; at least one of each",
                        n_states, n_features);
    }
    ANA_TRY(ana_allocate(1, sizeof *hmm, "hmm", &hmm));
    hmm->n_states = n_states;
    hmm->n_features = n_features;
    hmm->bin_s = NAN;
    ANA_TRY(ana_allocate(n_states, sizeof(double), "hmm", &hmm->initial));
    ANA_TRY(ana_allocate(n_states * n_states, sizeof(double), "hmm", &hmm->transition));
    ANA_TRY(ana_allocate(n_states * n_features, sizeof(double), "hmm", &hmm->rates));
    ANA_TRY(ana_allocate(n_features, sizeof(char *), "hmm", &hmm->feature_names));
    for (size_t f = 0; f < n_features; f++) {
        char number[32];
        snprintf(number, sizeof number, "%zu", f);
        ANA_TRY(ana_copy_text(number, &hmm->feature_names[f]));
    }
    *out = hmm;
    hmm = NULL;
done:
    ana_hmm_free(hmm);
    return status;
}

void ana_hmm_free(ana_hmm *hmm)
{
    if (hmm == NULL) {
        return;
    }
    for (size_t f = 0; hmm->feature_names != NULL && f < hmm->n_features; f++) {
        free(hmm->feature_names[f]);
    }
    free(hmm->feature_names);
    free(hmm->initial);
    free(hmm->transition);
    free(hmm->rates);
    ana_fit_info_clear(&hmm->info);
    free(hmm);
}
