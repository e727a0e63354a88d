/* Connectomes of populations in which nothing drives anything. */
#include "support/check.h"
#include "support/rising.h"

#include <analysis/models/glm_hmm.h>
#include <analysis/random.h>

#include <math.h>
#include <string.h>

enum {
    N = 8,
    T = 2400
};

/* States with other rates, no coupling. */
static ana_observations *draw_counts(size_t n_states, uint64_t seed)
{
    ana_random random = ana_random_stream(seed, "test.connectome", 0);
    ana_observations *counts = NULL;
    size_t state = 0;
    check_ok(ana_observations_new(T, N, &counts));
    for (size_t t = 0; t < T; t++) {
        if (ana_random_uniform(&random) < 0.03) {
            state = (size_t)ana_random_below(&random, n_states);
        }
        for (size_t n = 0; n < N; n++) {
            const double eta = (n + state) % 2 == 0 ? -1.0 : 0.2;
            counts->values[t * N + n] = (double)ana_random_poisson(&random, log1p(exp(eta)));
        }
    }
    counts->bin_s = 0.02;
    return counts;
}

static double mean_none(const ana_glm_hmm *fit)
{
    double sum = 0.0;
    for (size_t e = 0; e < N * N; e++) {
        sum += fit->edge[e * 3 + 1];
    }
    return sum / (double)(N * N);
}

/* The connectome's prior drifts towards one that forbids edges: by turns, that took more than the
 * 200 iterations that are allowed. */
static void fits_without_coupling_converge_soon(void **state)
{
    (void)state;
    for (size_t n_states = 1; n_states <= 2; n_states++) {
        for (int dale = 0; dale <= 1; dale++) {
            ana_basis_options basis_options = ana_basis_options_default();
            ana_glm_hmm_options options = ana_glm_hmm_options_default();
            ana_observations *counts = draw_counts(n_states, 3 + n_states);
            ana_basis *basis = NULL;
            ana_design *design = NULL;
            ana_glm_hmm *fit = NULL;
            basis_options.family = ANA_BASIS_LAGS;
            basis_options.n_functions = 3;
            basis_options.n_lags = 3;
            check_ok(ana_basis_new(&basis_options, &basis));
            const ana_design_source source = {.history = counts, .basis = basis};
            check_ok(ana_design_new(&source, &design));
            const ana_glm_hmm_data data = {.responses = counts, .design = design};
            options.n_states = n_states;
            options.prior = ANA_GLM_HMM_ONE_HOT;
            options.dale = dale == 1;
            options.n_restarts = 2;
            check_ok(ana_glm_hmm_fit(&data, &options, &fit));
            check_rises(&fit->info);
            assert_true(fit->info.converged);
            assert_true(fit->info.n_iterations <= 80);
            assert_true(mean_none(fit) > 0.85);
            ana_glm_hmm_free(fit);
            ana_design_free(design);
            ana_basis_free(basis);
            ana_observations_free(counts);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits_without_coupling_converge_soon),
    };
    return cmocka_run_group_tests_name("glm_hmm_connectome", tests, NULL, NULL);
}
