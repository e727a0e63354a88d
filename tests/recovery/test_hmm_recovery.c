#include "support/check.h"
#include "support/rising.h"

#include <analysis/agreement.h>
#include <analysis/models/hmm.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sessions of a population of 20 units in 4 states, as a long experiment gives them: rates and
 * transitions must come back, and the path must be almost as good as that of the true model. */
static void states_of_a_population_are_recovered(void **state)
{
    (void)state;
    enum {
        K = 4,
        N = 20
    };
    uint64_t n_seeds = test_is_long() ? 10 : 2;
    for (uint64_t seed = 1; seed <= n_seeds; seed++) {
        ana_hmm *truth = NULL;
        ana_hmm *hmm = NULL;
        ana_observations *counts = NULL;
        ana_hmm_decoding *best = NULL;
        ana_hmm_decoding *decoding = NULL;
        ana_agreement of_truth;
        ana_agreement of_fit;
        const size_t lengths[3] = {3000, 2000, 1000};
        size_t labels[6000];
        double score_of_truth = 0.0;
        ana_random random = ana_random_stream(seed, "recovery", 0);
        check_ok(ana_hmm_new(K, N, &truth));
        for (size_t i = 0; i < K; i++) {
            truth->initial[i] = 1.0 / K;
            for (size_t j = 0; j < K; j++) {
                truth->transition[i * K + j] = i == j ? 0.97 : 0.01;
            }
        }
        for (size_t j = 0; j < K * N; j++) {
            truth->rates[j] = 0.4 * exp(ana_random_normal(&random));
        }
        check_ok(ana_hmm_simulate(truth, 3, lengths, seed, &counts));
        ana_hmm_options options = ana_hmm_options_default();
        options.n_states = K;
        options.run.seed = seed;
        check_ok(ana_hmm_fit(counts, &options, &hmm));
        check_rises(&hmm->info);
        assert_true(hmm->info.converged);
        check_ok(ana_hmm_score(truth, counts, &score_of_truth));
        assert_true(hmm->log_likelihood >= score_of_truth);
        check_ok(ana_hmm_decode(truth, counts, NULL, &best));
        check_ok(ana_hmm_decode(hmm, counts, NULL, &decoding));
        for (size_t t = 0; t < 6000; t++) {
            labels[t] = (size_t)counts->labels[t];
        }
        check_ok(ana_agreement_compare(6000, best->path, labels, &of_truth));
        check_ok(ana_agreement_compare(6000, decoding->path, labels, &of_fit));
        print_message("seed %zu: adjusted Rand index %.4f, with the true model %.4f\n",
                      (size_t)seed, of_fit.adjusted_rand, of_truth.adjusted_rand);
        assert_true(of_fit.adjusted_rand >= of_truth.adjusted_rand - 0.02);
        ana_hmm_decoding_free(best);
        ana_hmm_decoding_free(decoding);
        ana_observations_free(counts);
        ana_hmm_free(truth);
        ana_hmm_free(hmm);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_of_a_population_are_recovered),
    };
    return cmocka_run_group_tests_name("hmm recovery", tests, NULL, NULL);
}
