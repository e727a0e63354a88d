/* Restarts over threads, the best of them, and how sure it is. */
#include "checked.h"
#include "lists.h"
#include "memory.h"
#include "sbm_choose.h"
#include "sbm_hierarchy.h"
#include "sbm_prepare.h"
#include "sbm_samples.h"
#include "sbm_tower.h"
#include "try.h"

#include <analysis/models/sbm.h>

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* One way to treat degrees. */
typedef struct variant {
    ana_sbm_terms terms;
    ana_sbm_network network;
} variant;

/* A search with weights and layering chosen; degrees may be treated in both ways. */
typedef struct fit_plan {
    const ana_sbm_layers *layers;
    ana_sbm_options options;
    ana_workspace workspace;
    size_t n_variants;
    variant variants[2];
    int n_threads;
    ana_sbm_tower *towers; /* n_threads */
    ana_sbm_found *found;  /* n_variants x n_restarts */
    size_t best;           /* of `found`; the first of the shortest */
} fit_plan;

static ana_sbm_options options_of(const fit_plan *plan, size_t v)
{
    ana_sbm_options options = plan->options;
    if (options.degrees == ANA_SBM_DEGREES_AUTO) {
        options.degrees = v == 0 ? ANA_SBM_DEGREES_CORRECTED : ANA_SBM_DEGREES_PLAIN;
    }
    return options;
}

static ana_status prepare_variants(fit_plan *plan)
{
    ana_status status = ANA_OK;
    const size_t n_nodes = plan->layers->graphs[0]->n_nodes;
    plan->n_variants = plan->options.degrees == ANA_SBM_DEGREES_AUTO ? 2 : 1;
    for (size_t v = 0; v < plan->n_variants; v++) {
        variant *each = &plan->variants[v];
        const ana_sbm_options options = options_of(plan, v);
        ANA_TRY(ana_sbm_prepare(plan->layers, &options, n_nodes, &plan->workspace, &each->terms,
                                &each->network));
    }
done:
    return status;
}

static ana_status make_towers(fit_plan *plan)
{
    ana_status status = ANA_OK;
    const ana_sbm_options *options = &plan->options;
    const size_t n = plan->layers->graphs[0]->n_nodes;
    const size_t n_items = plan->n_variants * options->n_restarts;
    const size_t one = ana_sbm_tower_bytes(&plan->variants[0].network, options->nested);
    ana_workspace *workspace = &plan->workspace;
    size_t bytes = 0;
    plan->n_threads = ana_run_threads(&options->run, n_items);
    const bool fits = ana_multiply(one, (size_t)plan->n_threads, &bytes);
    ANA_TRY(ana_run_check_memory(&options->run, fits ? bytes : SIZE_MAX, "sbm"));
    plan->towers = ana_workspace_bytes(workspace, (size_t)plan->n_threads, 1, sizeof *plan->towers);
    plan->found = ana_workspace_bytes(workspace, n_items, 1, sizeof *plan->found);
    ANA_TRY(ana_workspace_check(workspace, "sbm"));
    for (int t = 0; t < plan->n_threads; t++) {
        ANA_TRY(ana_sbm_tower_make(&plan->variants[0].terms, &plan->variants[0].network,
                                   options->nested, workspace, &plan->towers[t]));
    }
    for (size_t i = 0; i < n_items; i++) {
        ANA_TRY(
            ana_sbm_found_make(n, ana_sbm_room(n), options->nested, workspace, &plan->found[i]));
    }
done:
    return status;
}

/* The tables differ between variants, the room does not. */
static void give_variant(const fit_plan *plan, size_t v, ana_sbm_tower *tower)
{
    ana_sbm_state *lowest = &tower->lowest.state;
    lowest->terms = &plan->variants[v].terms;
    lowest->network = &plan->variants[v].network;
    lowest->prior_below = plan->options.prior_twice;
    tower->upper.state.terms = &plan->variants[v].terms;
}

static void search(const fit_plan *plan, size_t item, ana_sbm_tower *tower)
{
    const ana_sbm_options *options = &plan->options;
    give_variant(plan, item / options->n_restarts, tower);
    tower->lowest.random = ana_random_stream(options->run.seed, "sbm.search", item);
    ana_sbm_tower_search(tower, options->nested, options->n_rounds, &plan->found[item]);
}

static size_t shortest(const ana_sbm_found *found, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++) {
        best = found[i].length < found[best].length ? i : best;
    }
    return best;
}

/* All searches of a plan; their places among `n_all`, from `n_before` on, are reported. */
static ana_status search_all(fit_plan *plan, const char *what, size_t n_before, size_t n_all)
{
    ana_status status = ANA_OK;
    const size_t n_items = plan->n_variants * plan->options.n_restarts;
    for (size_t first = 0; first < n_items && status == ANA_OK; first += (size_t)plan->n_threads) {
        const size_t left = n_items - first;
        const size_t n = left < (size_t)plan->n_threads ? left : (size_t)plan->n_threads;
#pragma omp parallel for default(none) shared(plan, first, n) num_threads(plan->n_threads)         \
    schedule(static, 1)
        for (size_t i = 0; i < n; i++) {
            search(plan, first + i, &plan->towers[omp_get_thread_num()]);
        }
        status = ana_run_progress(&plan->options.run, what, n_before + first + n, n_all);
    }
    plan->best = shortest(plan->found, n_items);
    return status;
}

/* Of those distributions that the weights admit, the one whose first search ends shortest. */
static ana_status choose_weights(const ana_sbm_layers *layers, ana_sbm_options *options,
                                 double lengths[ANA_SBM_WEIGHTS_AUTO])
{
    ana_status status = ANA_OK;
    ana_sbm_options candidates[ANA_SBM_WEIGHTS_AUTO];
    const ana_sbm_options given = *options;
    fit_plan plan = {.layers = layers};
    const size_t n = ana_sbm_admitted(layers, &given, candidates);
    double least = INFINITY;
    for (int w = 0; w < ANA_SBM_WEIGHTS_AUTO; w++) {
        lengths[w] = (double)NAN;
    }
    for (size_t c = 0; c < n; c++) {
        double nats = 0.0;
        if (n > 1) {
            plan.options = candidates[c];
            plan.options.n_restarts = 1;
            plan.options.n_rounds = 0;
            plan.options.degrees = options_of(&plan, 0).degrees;
            ANA_TRY(prepare_variants(&plan));
            ANA_TRY(make_towers(&plan));
            ANA_TRY(search_all(&plan, "models of weights", c, n));
            nats = plan.found[plan.best].length + ana_sbm_choice_cost(&given, &candidates[c]);
            lengths[candidates[c].weights] = nats;
            ana_workspace_release(&plan.workspace);
        }
        if (nats < least) {
            least = nats;
            options->weights = candidates[c].weights;
            options->n_trials = candidates[c].n_trials;
        }
    }
done:
    ana_workspace_release(&plan.workspace);
    return status;
}

static ana_status describe_best(const fit_plan *plan, const ana_sbm_options *options, ana_sbm *sbm)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_sbm_length one;
    size_t *groups[1] = {ana_workspace_sizes(&workspace, sbm->n_nodes, 1)};
    const ana_sbm_hierarchy single = {.n_levels = 1, .group = groups};
    ANA_TRY(ana_workspace_check(&workspace, "sbm"));
    ANA_TRY(ana_sbm_describe_layers(plan->layers, &sbm->hierarchy, options, sbm->level_lengths,
                                    &sbm->length));
    ANA_TRY(ana_sbm_describe_layers(plan->layers, &single, options, NULL, &one));
    sbm->one_group = one.total;
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status name_layers(const ana_sbm_layers *layers, ana_sbm *sbm)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const char **names = ana_workspace_bytes(&workspace, layers->n, 1, sizeof *names);
    char *numbers = ana_workspace_bytes(&workspace, layers->n, 24, 1);
    ANA_TRY(ana_workspace_check(&workspace, "sbm"));
    for (size_t l = 0; l < layers->n; l++) {
        snprintf(numbers + 24 * l, 24, "%zu", l);
        names[l] = layers->names != NULL ? layers->names[l] : numbers + 24 * l;
    }
    ANA_TRY(ana_copy_texts(layers->n, names, &sbm->layer_names));
    sbm->n_layers = layers->n;
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status take_best(const fit_plan *plan, ana_sbm *sbm)
{
    ana_status status = ANA_OK;
    const ana_sbm_found *found = plan->found;
    const ana_graph *graph = plan->layers->graphs[0];
    const size_t n_restarts = plan->options.n_restarts;
    const size_t v = plan->best / n_restarts;
    const ana_sbm_options options = options_of(plan, v);
    sbm->weights = (ana_sbm_weights)options.weights;
    sbm->n_trials = options.weights == ANA_SBM_BINOMIAL ? options.n_trials : 0;
    sbm->weight_index = options.weight_index;
    sbm->corrected = options.degrees != ANA_SBM_DEGREES_PLAIN;
    sbm->independent = plan->layers->n > 1 && options.layering == ANA_SBM_LAYERS_INDEPENDENT;
    sbm->n_restarts = n_restarts;
    sbm->best_restart = plan->best % n_restarts;
    sbm->other_degrees = (double)NAN;
    if (plan->n_variants == 2) {
        const ana_sbm_found *others = found + (1 - v) * n_restarts;
        sbm->other_degrees = others[shortest(others, n_restarts)].length;
    }
    ANA_TRY(
        ana_copy_texts(graph->n_nodes, (const char *const *)graph->node_names, &sbm->node_names));
    sbm->n_nodes = graph->n_nodes;
    ANA_TRY(name_layers(plan->layers, sbm));
    ANA_TRY(ana_allocate(n_restarts, sizeof(double), "sbm", &sbm->restart_lengths));
    ANA_TRY(ana_allocate(found[plan->best].n_levels, sizeof(double), "sbm", &sbm->level_lengths));
    for (size_t i = 0; i < n_restarts; i++) {
        sbm->restart_lengths[i] = found[v * n_restarts + i].length;
    }
    ANA_TRY(ana_sbm_copy_hierarchy(sbm->n_nodes, &found[plan->best], &sbm->hierarchy));
    ANA_TRY(describe_best(plan, &options, sbm));
done:
    return status;
}

static ana_status sample_best(const fit_plan *plan, ana_sbm *sbm)
{
    const size_t v = plan->best / plan->options.n_restarts;
    for (int t = 0; t < plan->n_threads; t++) {
        give_variant(plan, v, &plan->towers[t]);
    }
    return ana_sbm_sample(&plan->options, plan->n_threads, plan->towers, sbm);
}

/* One plan, or for layers that may be treated in two ways two; *best is the shorter. */
static ana_status run_plans(fit_plan plans[2], const ana_sbm_options *options, size_t *best,
                            double *other)
{
    ana_status status = ANA_OK;
    const bool both = plans[0].layers->n > 1 && options->layering == ANA_SBM_LAYERS_AUTO;
    const size_t n = both ? 2 : 1;
    for (size_t p = 0; p < n; p++) {
        plans[p].options = *options;
        if (both) {
            plans[p].options.layering = p == 0 ? ANA_SBM_LAYERS_SHARED : ANA_SBM_LAYERS_INDEPENDENT;
        }
        ANA_TRY(prepare_variants(&plans[p]));
        ANA_TRY(make_towers(&plans[p]));
        const size_t n_items = plans[p].n_variants * options->n_restarts;
        ANA_TRY(search_all(&plans[p], "communities", p * n_items, n * n_items));
    }
    *best = 0;
    *other = (double)NAN;
    if (both) {
        const double lengths[2] = {plans[0].found[plans[0].best].length,
                                   plans[1].found[plans[1].best].length};
        *best = lengths[1] < lengths[0] ? 1 : 0;
        *other = lengths[1 - *best];
    }
done:
    return status;
}

static ana_status check_graphs(const ana_sbm_layers *layers)
{
    ana_status status = ana_sbm_check_sizes(layers);
    for (size_t l = 0; l < layers->n && status == ANA_OK; l++) {
        status = ana_graph_check(layers->graphs[l]);
    }
    return status;
}

ana_status ana_sbm_fit_layers(const ana_sbm_layers *layers, const ana_sbm_options *given,
                              ana_sbm **out)
{
    ana_status status = ANA_OK;
    ana_sbm *sbm = NULL;
    ana_sbm_options options = given != NULL ? *given : ana_sbm_options_default();
    fit_plan plans[2] = {{.layers = layers}, {.layers = layers}};
    size_t best = 0;
    double other = 0.0;
    struct timespec begin;
    struct timespec end;
    timespec_get(&begin, TIME_UTC);
    ANA_TRY(ana_options_check(ana_sbm_option_table, &options, "sbm"));
    ANA_TRY(check_graphs(layers));
    ANA_TRY(ana_allocate(1, sizeof *sbm, "sbm", &sbm));
    ANA_TRY(choose_weights(layers, &options, sbm->weight_lengths));
    ANA_TRY(run_plans(plans, &options, &best, &other));
    ANA_TRY(take_best(&plans[best], sbm));
    sbm->other_layering = other;
    ANA_TRY(sample_best(&plans[best], sbm));
    timespec_get(&end, TIME_UTC);
    sbm->seconds =
        (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
    *out = sbm;
    sbm = NULL;
done:
    ana_sbm_free(sbm);
    ana_workspace_release(&plans[0].workspace);
    ana_workspace_release(&plans[1].workspace);
    return status;
}

ana_status ana_sbm_fit(const ana_graph *graph, const ana_sbm_options *options, ana_sbm **out)
{
    const ana_sbm_layers layers = {.n = 1, .graphs = &graph};
    return ana_sbm_fit_layers(&layers, options, out);
}
