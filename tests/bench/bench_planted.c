/* How much of planted groups is found (normalised mutual information): nested and flat block models
 * of the weights, the level of the hierarchy that is nearest the truth (which nobody knows in
 * earnest), and Leiden.
 *   bench_planted [seeds]   default 10 */
#include "bench.h"

#include <analysis/agreement.h>
#include <analysis/models/community.h>
#include <analysis/models/planted_graph.h>
#include <analysis/models/sbm.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 125,
    N_SCORES = 6
};

static double shared(const size_t *truth, const size_t *group)
{
    ana_agreement agreement;
    stop_on(ana_agreement_compare(N, truth, group, &agreement));
    return agreement.normalised_mutual_information;
}

/* Lowest and best level of a nested model. */
static void score_nested(const ana_graph *graph, const size_t *truth,
                         const ana_sbm_options *options, double scores[2])
{
    ana_sbm *sbm = NULL;
    size_t group[N];
    stop_on(ana_sbm_fit(graph, options, &sbm));
    memcpy(group, sbm->hierarchy.group[0], sizeof group);
    scores[0] = shared(truth, group);
    scores[1] = scores[0];
    for (size_t l = 1; l < sbm->hierarchy.n_levels; l++) {
        for (size_t i = 0; i < N; i++) {
            group[i] = sbm->hierarchy.group[l][group[i]];
        }
        const double here = shared(truth, group);
        scores[1] = here > scores[1] ? here : scores[1];
    }
    ana_sbm_free(sbm);
}

/* Exponential weights: nested, flat; weights of the shortest model: nested; Leiden. */
static void score(const ana_graph *graph, const size_t *truth, double scores[N_SCORES])
{
    ana_sbm_options options = ana_sbm_options_default();
    ana_leiden_options leiden = ana_leiden_options_default();
    ana_sbm *sbm = NULL;
    size_t group[N];
    size_t n_groups = 0;
    options.n_samples = 0;
    options.n_restarts = 1;
    options.n_rounds = 2;
    options.run.n_threads = 1;
    score_nested(graph, truth, &options, scores + 3);
    options.weights = ANA_SBM_EXPONENTIAL;
    score_nested(graph, truth, &options, scores);
    options.nested = false;
    stop_on(ana_sbm_fit(graph, &options, &sbm));
    scores[2] = shared(truth, sbm->hierarchy.group[0]);
    ana_sbm_free(sbm);
    stop_on(ana_leiden(graph, &leiden, group, &n_groups, NULL));
    scores[5] = shared(truth, group);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        double degree, mixing, weight_mixing, exponent;
    } conditions[] = {
        {"mixing .5, of weights .25, k 25, beta 1", 25, 0.5, 0.25, 1},
        {"beta .5", 25, 0.5, 0.25, 0.5},
        {"beta 2", 25, 0.5, 0.25, 2},
        {"mixing .25", 25, 0.25, 0.25, 1},
        {"mixing .75", 25, 0.75, 0.25, 1},
        {"k 10", 10, 0.5, 0.25, 1},
        {"of weights .5", 25, 0.5, 0.5, 1},
        {"of weights .75", 25, 0.5, 0.75, 1},
        {"both .75", 25, 0.75, 0.75, 1},
    };
    const size_t n_seeds = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 10;
    printf("| graphs | nested | nested, best level | flat | nested, weights by length "
           "| the same, best level | Leiden |\n|---|---|---|---|---|---|---|\n");
    for (size_t c = 0; c < sizeof conditions / sizeof conditions[0]; c++) {
        double mean[N_SCORES] = {0};
        ana_planted_options options = ana_planted_options_default();
        options.mean_degree = conditions[c].degree;
        options.mixing = conditions[c].mixing;
        options.weight_mixing = conditions[c].weight_mixing;
        options.weight_exponent = conditions[c].exponent;
        for (size_t seed = 0; seed < n_seeds; seed++) {
            ana_graph *graph = NULL;
            size_t truth[N];
            double scores[N_SCORES];
            options.run.seed = 13 + seed;
            stop_on(ana_planted_graph(&options, &graph, truth));
            score(graph, truth, scores);
            for (size_t k = 0; k < N_SCORES; k++) {
                mean[k] += scores[k] / (double)n_seeds;
            }
            ana_graph_free(graph);
        }
        printf("| %s |", conditions[c].name);
        for (size_t k = 0; k < N_SCORES; k++) {
            printf(" %.2f |", mean[k]);
        }
        printf("\n");
        fflush(stdout);
    }
    return 0;
}
