/* Dynamical similarity analysis of several systems: fits, then every pair. */
#include "dsa_parts.h"
#include "memory.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const regression_names[] = {"principal-components", "reduced-rank", NULL};
const char *const ana_dsa_measure_names[] = {"angular", "euclidean", "eigenvalues", NULL};

ana_dsa_options ana_dsa_options_default(void)
{
    return (ana_dsa_options){.run = ana_run_default(),
                             .max_delays = 10,
                             .delay_interval = 1,
                             .max_rank = 20,
                             .centre = true,
                             .n_starts = 20,
                             .n_agreeing = 3,
                             .max_starts = 400,
                             .n_folds = 5};
}

const ana_option ana_dsa_option_table[] = {
    {"delays", ANA_OPTION_SIZE, offsetof(ana_dsa_options, n_delays), 0, 1e6, NULL, "N",
     "samples of time in a row of the embedding (0: chosen by the held-out error of one step)",
     false},
    {"max-delays", ANA_OPTION_SIZE, offsetof(ana_dsa_options, max_delays), 1, 1e6, NULL, "N",
     "the most delays that are tried", false},
    {"delay-interval", ANA_OPTION_SIZE, offsetof(ana_dsa_options, delay_interval), 1, 1e6, NULL,
     "N", "rows of the input between two delays", false},
    {"rank", ANA_OPTION_SIZE, offsetof(ana_dsa_options, rank), 0, 1e4, NULL, "R",
     "dimensions of the dynamics, the same for all systems (0: chosen)", false},
    {"max-rank", ANA_OPTION_SIZE, offsetof(ana_dsa_options, max_rank), 1, 1e4, NULL, "R",
     "the highest rank that is tried", false},
    {"regression", ANA_OPTION_CHOICE, offsetof(ana_dsa_options, regression), 0, 0, regression_names,
     "METHOD",
     "of each state on the one before: on the leading components, or on all with the prediction "
     "reduced in rank",
     false},
    {"ridge", ANA_OPTION_DOUBLE, offsetof(ana_dsa_options, ridge), 0, 1e6, NULL, "PENALTY",
     "of the regression, for states of unit norm (0: none)", false},
    {"centre", ANA_OPTION_BOOL, offsetof(ana_dsa_options, centre), 0, 0, NULL, NULL,
     "take the mean of each column of the embedding off", false},
    {"measure", ANA_OPTION_CHOICE, offsetof(ana_dsa_options, measure), 0, 0, ana_dsa_measure_names,
     "NAME",
     "angle (radians) or distance of the dynamics in the best common basis, or transport between "
     "their eigenvalues",
     false},
    {"unscaled", ANA_OPTION_BOOL, offsetof(ana_dsa_options, unscaled), 0, 0, NULL, NULL,
     "euclidean distance of the dynamics as they are, not scaled to norm 1", false},
    {"starts", ANA_OPTION_SIZE, offsetof(ana_dsa_options, n_starts), 2, 1e6, NULL, "N",
     "of a round of the search for the best basis, half of them reflected", false},
    {"agreeing", ANA_OPTION_SIZE, offsetof(ana_dsa_options, n_agreeing), 1, 1e6, NULL, "N",
     "rounds go on until so many starts find the same best basis", false},
    {"max-starts", ANA_OPTION_SIZE, offsetof(ana_dsa_options, max_starts), 1, 1e7, NULL, "N",
     "in all rounds", false},
    {"folds", ANA_OPTION_SIZE, offsetof(ana_dsa_options, n_folds), 2, 1e4, NULL, "N",
     "of trials (of stretches of time where trials are fewer) for the choice of delays and rank",
     false},
    {"splits", ANA_OPTION_SIZE, offsetof(ana_dsa_options, n_splits), 0, 1e6, NULL, "N",
     "halvings of each system's trials, for its distance from itself (0: none)", false},
    {"permutations", ANA_OPTION_SIZE, offsetof(ana_dsa_options, n_permutations), 0, 1e6, NULL, "N",
     "exchanges of trials between systems of the same units, for the chance of their distance (0: "
     "none)",
     false},
    ANA_OPTION_END,
};

static ana_status new_result(size_t n, const ana_dsa_options *options, ana_dsa **out)
{
    ana_status status = ANA_OK;
    ana_dsa *dsa = NULL;
    ANA_TRY(ana_allocate(1, sizeof *dsa, "dsa", (void *)&dsa));
    *dsa = (ana_dsa){.n = n,
                     .measure = options->measure,
                     .delay_interval = options->delay_interval,
                     .n_splits = options->n_splits,
                     .n_permutations = options->n_permutations};
    double **const squares[] = {&dsa->distances, &dsa->lower_bounds, &dsa->spreads,
                                &dsa->n_starts,  &dsa->n_agreeing,   &dsa->eigenvalue_distances};
    for (size_t k = 0; k < sizeof squares / sizeof squares[0]; k++) {
        ANA_TRY(ana_allocate(n * n, sizeof(double), "dsa", (void *)squares[k]));
    }
    ANA_TRY(ana_allocate(n, sizeof(void *), "dsa", (void *)&dsa->systems));
    *out = dsa;
    dsa = NULL;
done:
    ana_dsa_free(dsa);
    return status;
}

static ana_status compare_pairs(const ana_dsa_options *options, ana_dsa *dsa)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = dsa->n;
    ana_dsa_pair *pairs = ana_workspace_bytes(&workspace, n, n, sizeof *pairs);
    ana_dsa_match *matches = ana_workspace_bytes(&workspace, n, n, sizeof *matches);
    size_t n_pairs = 0;
    ANA_TRY(ana_workspace_check(&workspace, "dsa"));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            pairs[n_pairs++] = (ana_dsa_pair){dsa->systems[i]->dynamics, dsa->systems[j]->dynamics};
        }
    }
    ANA_TRY(ana_dsa_match_pairs(dsa->rank, n_pairs, pairs, options, "comparing dynamics", matches));
    for (size_t i = 0, p = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++, p++) {
            const size_t places[2] = {i * n + j, j * n + i};
            double apart = 0.0;
            ANA_TRY(ana_dsa_eigenvalue_distance(dsa->rank, dsa->systems[i]->eigenvalues, dsa->rank,
                                                dsa->systems[j]->eigenvalues, &apart));
            for (size_t k = 0; k < 2; k++) {
                dsa->distances[places[k]] = matches[p].distance;
                dsa->lower_bounds[places[k]] = matches[p].lower_bound;
                dsa->spreads[places[k]] = matches[p].spread;
                dsa->n_starts[places[k]] = (double)matches[p].n_starts;
                dsa->n_agreeing[places[k]] = (double)matches[p].n_agreeing;
                dsa->eigenvalue_distances[places[k]] = apart;
            }
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_dsa_compare(size_t n, const ana_observations *const *systems,
                           const char *const *names, const ana_dsa_options *options, ana_dsa **out)
{
    ana_status status = ANA_OK;
    ana_dsa *dsa = NULL;
    ana_dsa_options settings = options != NULL ? *options : ana_dsa_options_default();
    ANA_TRY(ana_options_check(ana_dsa_option_table, &settings, "dsa"));
    if (n == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "dsa: no systems to compare"));
    }
    ANA_TRY(new_result(n, &settings, &dsa));
    if (settings.n_delays == 0 || settings.rank == 0) {
        ANA_TRY(ana_dsa_choose(n, systems, names, &settings, &dsa->choice));
        settings.n_delays = dsa->choice->delays[dsa->choice->best_delay];
        settings.rank = dsa->choice->ranks[dsa->choice->best_rank];
    }
    dsa->n_delays = settings.n_delays;
    dsa->rank = settings.rank;
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(ana_run_progress(&settings.run, "fitting dynamics", i, n));
        ANA_TRY(
            ana_dsa_fit(systems[i], names != NULL ? names[i] : NULL, &settings, &dsa->systems[i]));
    }
    ANA_TRY(compare_pairs(&settings, dsa));
    ANA_TRY(ana_dsa_resample(systems, &settings, dsa));
    *out = dsa;
    dsa = NULL;
done:
    ana_dsa_free(dsa);
    return status;
}

void ana_dsa_free(ana_dsa *dsa)
{
    if (dsa == NULL) {
        return;
    }
    for (size_t i = 0; dsa->systems != NULL && i < dsa->n; i++) {
        ana_dsa_system_free(dsa->systems[i]);
    }
    free(dsa->systems);
    free(dsa->distances);
    free(dsa->lower_bounds);
    free(dsa->spreads);
    free(dsa->n_starts);
    free(dsa->n_agreeing);
    free(dsa->eigenvalue_distances);
    free(dsa->half_distances);
    free(dsa->p_values);
    ana_dsa_choice_free(dsa->choice);
    free(dsa);
}
