#include "sbm_choose.h"
#include "sbm_prepare.h"
#include "try.h"

#include <analysis/models/sbm.h>

#include <math.h>
#include <stdint.h>
#include <string.h>

const char *const ana_sbm_weight_words[] = {"unweighted", "exponential", "normal", "geometric",
                                            "poisson",    "binomial",    "auto",   NULL};
static const char *const degree_words[] = {"auto", "corrected", "plain", NULL};
static const char *const layering_words[] = {"auto", "shared", "independent", NULL};
static const char *const count_words[] = {"exact", "gt245", NULL};

ana_sbm_options ana_sbm_options_default(void)
{
    return (ana_sbm_options){.run = ana_run_default(),
                             .weights = ANA_SBM_WEIGHTS_AUTO,
                             .n_trials = 1,
                             .nested = true,
                             .n_restarts = 4,
                             .n_rounds = 10,
                             .n_samples = 100,
                             .n_thin = 5};
}

const ana_option ana_sbm_option_table[] = {
    {"weights", ANA_OPTION_CHOICE, offsetof(ana_sbm_options, weights), 0, 0, ana_sbm_weight_words,
     "MODEL",
     "how weights between two groups are distributed; auto: by description length, of those that "
     "the weights allow",
     false},
    {"weight-column", ANA_OPTION_SIZE, offsetof(ana_sbm_options, weight_index), 0, 1e9, NULL, "N",
     "which of the edges' weights; 0 is the first", false},
    {"trials", ANA_OPTION_SIZE, offsetof(ana_sbm_options, n_trials), 1, 1e9, NULL, "N",
     "largest value of binomial weights", false},
    {"degrees", ANA_OPTION_CHOICE, offsetof(ana_sbm_options, degrees), 0, 0, degree_words, "MODEL",
     "whether nodes of a group differ in degree; auto: by description length", false},
    {"layering", ANA_OPTION_CHOICE, offsetof(ana_sbm_options, layering), 0, 0, layering_words,
     "MODEL",
     "whether layers share the degrees of their nodes or are independent; auto: by description "
     "length",
     false},
    {"nested", ANA_OPTION_BOOL, offsetof(ana_sbm_options, nested), 0, 0, NULL, NULL,
     "groups of groups, up to a single one", false},
    {"degree-counts", ANA_OPTION_CHOICE, offsetof(ana_sbm_options, counts), 0, 0, count_words,
     "TABLE",
     "how the possible degrees of a group's nodes are counted: exact, or as graph-tool 2.45 does "
     "(too few; for comparison)",
     false},
    {"weight-prior-twice", ANA_OPTION_BOOL, offsetof(ana_sbm_options, prior_twice), 0, 0, NULL,
     NULL, "pay for sums of weights at the lowest level as well, as graph-tool 2.45 does", false},
    {"restarts", ANA_OPTION_SIZE, offsetof(ana_sbm_options, n_restarts), 1, 1e6, NULL, "N",
     "searches, of which the best counts", false},
    {"rounds", ANA_OPTION_SIZE, offsetof(ana_sbm_options, n_rounds), 0, 1e6, NULL, "N",
     "of Monte Carlo and refinement in each search", false},
    {"samples", ANA_OPTION_SIZE, offsetof(ana_sbm_options, n_samples), 0, 1e6, NULL, "N",
     "of partitions, for the uncertainty of the best; 0: none", false},
    {"thin", ANA_OPTION_SIZE, offsetof(ana_sbm_options, n_thin), 1, 1e6, NULL, "SWEEPS",
     "from one sample to the next", false},
    ANA_OPTION_END,
};

ana_status ana_sbm_prepare(const ana_sbm_layers *layers, const ana_sbm_options *options,
                           size_t largest, ana_workspace *workspace, ana_sbm_terms *terms,
                           ana_sbm_network *network)
{
    ana_status status = ANA_OK;
    const bool independent = layers->n > 1 && options->layering == ANA_SBM_LAYERS_INDEPENDENT;
    size_t most = 0;
    size_t n_edges = 0;
    *network = (ana_sbm_network){0};
    ANA_TRY(ana_sbm_check_layers(layers, options, &most));
    *terms = (ana_sbm_terms){.weights = (ana_sbm_weights)options->weights,
                             .n_trials = (double)options->n_trials,
                             .directed = layers->graphs[0]->directed,
                             .corrected = options->degrees != ANA_SBM_DEGREES_PLAIN};
    for (size_t l = 0; l < layers->n; l++) {
        n_edges += layers->graphs[l]->n_edges;
    }
    ANA_TRY(ana_sbm_terms_make(most, n_edges, workspace, terms));
    ANA_TRY(ana_sbm_network_degrees(layers, independent, workspace, network));
    if (terms->corrected) {
        ANA_TRY(ana_sbm_counts_make(layers->graphs[0]->n_nodes, network->n_dealt, network->dealt,
                                    largest, options->counts == ANA_SBM_COUNTS_GT245, workspace,
                                    &terms->counts));
    }
    ANA_TRY(ana_sbm_network_fill(layers, options, terms, workspace, network));
done:
    return status;
}

/* Labels 0, 1, ... in the order of the given ones; the sizes of the groups. */
static ana_status number_groups(size_t n, const size_t *group, size_t *label, size_t *number_of,
                                size_t *n_groups)
{
    for (size_t i = 0; i < n; i++) {
        if (group[i] >= n) {
            return ana_fail(ANA_ERR_VALUE, "sbm: node %zu is in group %zu; groups are 0 to %zu", i,
                            group[i], n - 1);
        }
        number_of[group[i]] = 1;
    }
    *n_groups = 0;
    for (size_t g = 0; g < n; g++) {
        const size_t occurs = number_of[g];
        number_of[g] = *n_groups;
        *n_groups += occurs;
    }
    for (size_t i = 0; i < n; i++) {
        label[i] = number_of[group[i]];
    }
    return ANA_OK;
}

static size_t largest_group(size_t n, const size_t *label, size_t n_groups, size_t *size)
{
    size_t largest = 0;
    memset(size, 0, n_groups * sizeof *size);
    for (size_t i = 0; i < n; i++) {
        size[label[i]]++;
        largest = size[label[i]] > largest ? size[label[i]] : largest;
    }
    return largest;
}

/* With weights and layering that are chosen. */
static ana_status describe_chosen(const ana_sbm_layers *layers, const ana_sbm_hierarchy *hierarchy,
                                  const ana_sbm_options *options, double *levels,
                                  ana_sbm_length *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_sbm_terms terms;
    ana_sbm_network network;
    ana_sbm_state state;
    const size_t n_nodes = layers->graphs[0]->n_nodes;
    size_t n_groups = 0;
    size_t *label = ana_workspace_sizes(&workspace, n_nodes, 1);
    size_t *number_of = ana_workspace_sizes(&workspace, n_nodes, 1);
    ANA_TRY(ana_workspace_check(&workspace, "sbm"));
    ANA_TRY(number_groups(n_nodes, hierarchy->group[0], label, number_of, &n_groups));
    const size_t largest = largest_group(n_nodes, label, n_groups, number_of);
    ANA_TRY(ana_sbm_prepare(layers, options, largest, &workspace, &terms, &network));
    ANA_TRY(ana_run_check_memory(&options->run, ana_sbm_state_bytes(&network, n_groups), "sbm"));
    ANA_TRY(ana_sbm_state_make(&terms, &network, n_groups, &workspace, &state));
    state.prior_below = options->prior_twice;
    for (size_t l = 1; l < hierarchy->n_levels; l++) {
        const size_t n = hierarchy->n_groups[l - 1];
        ANA_TRY(ana_sbm_state_reserve(&state, l, n, hierarchy->n_groups[l], &workspace));
        ana_sbm_state_stack(&state, n, hierarchy->group[l], hierarchy->n_groups[l]);
    }
    ana_sbm_state_set(&state, label);
    ana_sbm_state_length(&state, levels, out);
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status describe(const ana_sbm_layers *layers, const ana_sbm_hierarchy *hierarchy,
                           const ana_sbm_options *given, double *levels, ana_sbm_length *out)
{
    ana_status status = ANA_OK;
    const ana_sbm_options options = given != NULL ? *given : ana_sbm_options_default();
    ana_sbm_options candidates[ANA_SBM_WEIGHTS_AUTO];
    ana_sbm_length length;
    size_t best = 0;
    ANA_TRY(ana_options_check(ana_sbm_option_table, &options, "sbm"));
    const size_t n = ana_sbm_admitted(layers, &options, candidates);
    double least = INFINITY;
    for (size_t c = 0; c < n && n > 1; c++) {
        ANA_TRY(describe_chosen(layers, hierarchy, &candidates[c], NULL, &length));
        const double nats = length.total + ana_sbm_choice_cost(&options, &candidates[c]);
        best = nats < least ? c : best;
        least = nats < least ? nats : least;
    }
    ANA_TRY(describe_chosen(layers, hierarchy, &candidates[best], levels, out));
done:
    return status;
}

/* Every level's labels are below its number of groups, and all of them occur. */
static ana_status check_level(const ana_sbm_hierarchy *hierarchy, size_t l, size_t n, size_t *size)
{
    const size_t n_groups = hierarchy->n_groups[l];
    if (n_groups == 0 || n_groups > n) {
        return ana_fail(ANA_ERR_VALUE,
                        "sbm: level %zu of the hierarchy has %zu groups of %zu nodes", l, n_groups,
                        n);
    }
    memset(size, 0, n_groups * sizeof *size);
    for (size_t i = 0; i < n; i++) {
        if (hierarchy->group[l][i] >= n_groups) {
            return ana_fail(ANA_ERR_VALUE,
                            "sbm: at level %zu node %zu is in group %zu; groups are 0 to %zu", l, i,
                            hierarchy->group[l][i], n_groups - 1);
        }
        size[hierarchy->group[l][i]]++;
    }
    for (size_t g = 0; g < n_groups; g++) {
        if (size[g] == 0) {
            return ana_fail(ANA_ERR_VALUE, "sbm: group %zu of level %zu is empty", g, l);
        }
    }
    return ANA_OK;
}

/* A flat partition, or levels that end in a single group. */
static ana_status check_hierarchy(const ana_sbm_hierarchy *hierarchy, size_t n_nodes)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_levels = hierarchy->n_levels;
    size_t *size = ana_workspace_sizes(&workspace, n_nodes, 1);
    ANA_TRY(ana_workspace_check(&workspace, "sbm"));
    if (n_levels == 0 || n_levels > ANA_SBM_MOST_LEVELS || hierarchy->n_groups[n_levels - 1] != 1) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "sbm: a hierarchy has 1 to %d levels, the last of a single group",
                         ANA_SBM_MOST_LEVELS));
    }
    for (size_t l = 0; l < n_levels; l++) {
        ANA_TRY(check_level(hierarchy, l, l > 0 ? hierarchy->n_groups[l - 1] : n_nodes, size));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_sbm_describe(const ana_graph *graph, const size_t *group,
                            const ana_sbm_options *options, ana_sbm_length *out)
{
    size_t *groups[1] = {(size_t *)(uintptr_t)group};
    const ana_sbm_hierarchy flat = {.n_levels = 1, .group = groups};
    const ana_sbm_layers layers = {.n = 1, .graphs = &graph};
    return describe(&layers, &flat, options, NULL, out);
}

ana_status ana_sbm_describe_nested(const ana_graph *graph, const ana_sbm_hierarchy *hierarchy,
                                   const ana_sbm_options *options, double *levels,
                                   ana_sbm_length *out)
{
    const ana_sbm_layers layers = {.n = 1, .graphs = &graph};
    ana_status status = check_hierarchy(hierarchy, graph->n_nodes);
    return status == ANA_OK ? describe(&layers, hierarchy, options, levels, out) : status;
}

ana_status ana_sbm_describe_layers(const ana_sbm_layers *layers, const ana_sbm_hierarchy *hierarchy,
                                   const ana_sbm_options *options, double *levels,
                                   ana_sbm_length *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_sbm_check_sizes(layers));
    if (hierarchy->n_levels != 1) {
        ANA_TRY(check_hierarchy(hierarchy, layers->graphs[0]->n_nodes));
    }
    ANA_TRY(describe(layers, hierarchy, options, levels, out));
done:
    return status;
}
