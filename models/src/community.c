/* The one file that knows igraph. Its default error handler aborts, its random numbers and its list
 * of things to free are global: every call into it stands between begin_igraph and end_igraph. */
#include "memory.h"
#include "order.h"
#include "outside.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/community.h>
#include <analysis/random.h>

#include <igraph/igraph.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

ana_leiden_options ana_leiden_options_default(void)
{
    return (ana_leiden_options){.run = ana_run_default(),
                                .weighted = true,
                                .resolution = 1.0,
                                .randomness = 0.01,
                                .n_restarts = 20};
}

const ana_option ana_leiden_option_table[] = {
    {"weighted", ANA_OPTION_BOOL, offsetof(ana_leiden_options, weighted), 0, 0, NULL, NULL,
     "edges count by their weights", false},
    {"resolution", ANA_OPTION_DOUBLE, offsetof(ana_leiden_options, resolution), 0, 1e9, NULL, "R",
     "1: plain modularity; more: smaller groups", false},
    {"randomness", ANA_OPTION_DOUBLE, offsetof(ana_leiden_options, randomness), 1e-9, 1e9, NULL,
     "BETA", "of Leiden's refinement", false},
    {"iterations", ANA_OPTION_SIZE, offsetof(ana_leiden_options, n_iterations), 0, 1e6, NULL, "N",
     "of Leiden; 0: until nothing changes", false},
    {"leiden-restarts", ANA_OPTION_SIZE, offsetof(ana_leiden_options, n_restarts), 1, 1e6, NULL,
     "N", "of Leiden, of which the best counts", false},
    ANA_OPTION_END,
};

const char *ana_outside_igraph(void)
{
    const char *version = NULL;
    igraph_version(&version, NULL, NULL, NULL);
    return version;
}

static const double *weights_of(const ana_graph *graph, const ana_leiden_options *options)
{
    return options->weighted ? graph->weights + options->weight_index * graph->n_edges : NULL;
}

static double weight_at(const double *weights, size_t e)
{
    return weights != NULL ? weights[e] : 1.0;
}

static ana_status check_weights(const ana_graph *graph, const ana_leiden_options *options,
                                double *total)
{
    const double *weights = weights_of(graph, options);
    if (options->weight_index >= graph->n_weights) {
        return ana_fail(ANA_ERR_VALUE,
                        "modularity: weight %zu is asked for; edges have weights 0 to %zu",
                        options->weight_index, graph->n_weights - 1);
    }
    *total = 0.0;
    for (size_t e = 0; e < graph->n_edges; e++) {
        if (weight_at(weights, e) < 0.0) {
            return ana_fail(ANA_ERR_VALUE,
                            "modularity: the edge from %s to %s weighs %g; weights of 0 and more "
                            "are possible",
                            graph->node_names[graph->from[e]], graph->node_names[graph->to[e]],
                            weight_at(weights, e));
        }
        *total += weight_at(weights, e);
    }
    if (!(*total > 0.0)) {
        return ana_fail(ANA_ERR_VALUE,
                        "modularity: the edges of the graph (%zu nodes, %zu edges) weigh nothing",
                        graph->n_nodes, graph->n_edges);
    }
    return ANA_OK;
}

/* `within`, `out` and `in` have room for a number a label. */
static double modularity(const ana_graph *graph, const size_t *group, const double *weights,
                         double total, double resolution, double *sums)
{
    const size_t n = graph->n_nodes;
    double *within = sums;
    double *out = sums + n;
    double *in = graph->directed ? sums + 2 * n : out;
    double sum = 0.0;
    memset(sums, 0, 3 * n * sizeof *sums);
    for (size_t e = 0; e < graph->n_edges; e++) {
        const size_t a = group[graph->from[e]];
        const size_t b = group[graph->to[e]];
        const double weight = weight_at(weights, e);
        within[a] += a == b ? weight : 0.0;
        out[a] += weight;
        in[b] += weight;
    }
    const double both = graph->directed ? total : 2.0 * total;
    for (size_t g = 0; g < n; g++) {
        sum += within[g] / total - resolution * (out[g] / both) * (in[g] / both);
    }
    return sum;
}

ana_status ana_modularity(const ana_graph *graph, const size_t *group,
                          const ana_leiden_options *given, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_leiden_options options = given != NULL ? *given : ana_leiden_options_default();
    double total = 0.0;
    double *sums = ana_workspace_doubles(&workspace, graph->n_nodes, 3);
    ANA_TRY(ana_options_check(ana_leiden_option_table, &options, "modularity"));
    ANA_TRY(ana_workspace_check(&workspace, "modularity"));
    ANA_TRY(check_weights(graph, &options, &total));
    for (size_t i = 0; i < graph->n_nodes; i++) {
        if (group[i] >= graph->n_nodes) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE,
                             "modularity: node %zu is in group %zu; groups are 0 to %zu", i,
                             group[i], graph->n_nodes - 1));
        }
    }
    *out = modularity(graph, group, weights_of(graph, &options), total, options.resolution, sums);
done:
    ana_workspace_release(&workspace);
    return status;
}

static pthread_mutex_t igraph_lock = PTHREAD_MUTEX_INITIALIZER;

/* What igraph had before, to be given back. */
typedef struct igraph_before {
    igraph_error_handler_t *error;
    igraph_warning_handler_t *warning;
    igraph_rng_t *rng;
} igraph_before;

static igraph_before begin_igraph(igraph_rng_t *rng)
{
    pthread_mutex_lock(&igraph_lock);
    const igraph_before before = {igraph_set_error_handler(igraph_error_handler_ignore),
                                  igraph_set_warning_handler(igraph_warning_handler_ignore),
                                  igraph_rng_default()};
    igraph_rng_set_default(rng);
    return before;
}

static void end_igraph(igraph_before before)
{
    igraph_rng_set_default(before.rng);
    igraph_set_warning_handler(before.warning);
    igraph_set_error_handler(before.error);
    pthread_mutex_unlock(&igraph_lock);
}

static igraph_uint_t draw_bits(void *state)
{
    return ana_random_u32(state);
}

/* Our own stream as igraph's generator: all other draws follow from its bits. */
static const igraph_rng_type_t our_stream = {.name = "philox", .bits = 32, .get = draw_bits};

static ana_status igraph_failed(igraph_error_t error)
{
    return error == IGRAPH_ENOMEM
               ? ana_fail(ANA_ERR_MEMORY, "leiden: igraph has no memory")
               : ana_fail(ANA_ERR_NUMERIC, "leiden: igraph: %s", igraph_strerror(error));
}

/* The graph as igraph has it, and the room of a search. */
typedef struct leiden_task {
    const ana_graph *graph;
    const ana_leiden_options *options;
    double total;
    double *edge_weights; /* n_edges */
    double *strengths;    /* n_nodes */
} leiden_task;

static igraph_error_t run_leiden(const leiden_task *task, const igraph_vector_int_t *ends,
                                 igraph_vector_int_t *membership)
{
    igraph_t graph;
    igraph_vector_t weights;
    igraph_vector_t strengths;
    const ana_leiden_options *options = task->options;
    const size_t n_nodes = task->graph->n_nodes;
    igraph_error_t error = igraph_create(&graph, ends, (igraph_integer_t)n_nodes, false);
    if (error != IGRAPH_SUCCESS) {
        return error;
    }
    igraph_vector_view(&weights, task->edge_weights, (igraph_integer_t)task->graph->n_edges);
    igraph_vector_view(&strengths, task->strengths, (igraph_integer_t)n_nodes);
    const igraph_integer_t n_iterations =
        options->n_iterations > 0 ? (igraph_integer_t)options->n_iterations : -1;
    error = igraph_community_leiden(&graph, &weights, &strengths,
                                    options->resolution / (2.0 * task->total), options->randomness,
                                    false, n_iterations, membership, NULL, NULL);
    igraph_destroy(&graph);
    return error;
}

static igraph_error_t list_ends(const ana_graph *graph, igraph_vector_int_t *ends)
{
    igraph_error_t error = igraph_vector_int_init(ends, (igraph_integer_t)(2 * graph->n_edges));
    for (size_t e = 0; e < graph->n_edges && error == IGRAPH_SUCCESS; e++) {
        VECTOR(*ends)[2 * e] = (igraph_integer_t)graph->from[e];
        VECTOR(*ends)[2 * e + 1] = (igraph_integer_t)graph->to[e];
    }
    return error;
}

/* One restart: label[i] of each node. */
static ana_status search(const leiden_task *task, size_t restart, size_t *label)
{
    igraph_vector_int_t ends;
    igraph_vector_int_t membership;
    ana_random random = ana_random_stream(task->options->run.seed, "community.leiden", restart);
    igraph_rng_t rng = {.type = &our_stream, .state = &random, .is_seeded = true};
    const igraph_before before = begin_igraph(&rng);
    igraph_error_t error = igraph_vector_int_init(&membership, 0);
    if (error == IGRAPH_SUCCESS) {
        error = list_ends(task->graph, &ends);
        if (error == IGRAPH_SUCCESS) {
            error = run_leiden(task, &ends, &membership);
            igraph_vector_int_destroy(&ends);
        }
        for (size_t i = 0; i < task->graph->n_nodes && error == IGRAPH_SUCCESS; i++) {
            label[i] = (size_t)VECTOR(membership)[i];
        }
        igraph_vector_int_destroy(&membership);
    }
    end_igraph(before);
    return error == IGRAPH_SUCCESS ? ANA_OK : igraph_failed(error);
}

/* Number the groups by falling size. */
static void order_groups(size_t n, const size_t *label, ana_placed *sizes, size_t *place,
                         size_t *group, size_t *n_groups)
{
    for (size_t g = 0; g < n; g++) {
        sizes[g] = (ana_placed){0.0, g};
    }
    for (size_t i = 0; i < n; i++) {
        sizes[label[i]].value += 1.0;
    }
    qsort(sizes, n, sizeof *sizes, ana_compare_falling);
    *n_groups = 0;
    for (size_t r = 0; r < n; r++) {
        place[sizes[r].index] = r;
        *n_groups += sizes[r].value > 0.0 ? 1 : 0;
    }
    for (size_t i = 0; i < n; i++) {
        group[i] = place[label[i]];
    }
}

static void fill_task(leiden_task *task)
{
    const ana_graph *graph = task->graph;
    const double *weights = weights_of(graph, task->options);
    for (size_t e = 0; e < graph->n_edges; e++) {
        task->edge_weights[e] = weight_at(weights, e);
        task->strengths[graph->from[e]] += task->edge_weights[e];
        task->strengths[graph->to[e]] += task->edge_weights[e];
    }
}

ana_status ana_leiden(const ana_graph *graph, const ana_leiden_options *given, size_t *group,
                      size_t *n_groups, double *of_restarts)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_leiden_options options = given != NULL ? *given : ana_leiden_options_default();
    const size_t n = graph->n_nodes;
    leiden_task task = {.graph = graph, .options = &options};
    double best = 0.0;
    size_t *label = ana_workspace_sizes(&workspace, n, 1);
    size_t *kept = ana_workspace_sizes(&workspace, n, 1);
    size_t *place = ana_workspace_sizes(&workspace, n, 1);
    double *sums = ana_workspace_doubles(&workspace, n, 3);
    ana_placed *sizes = ana_workspace_bytes(&workspace, n, 1, sizeof *sizes);
    task.edge_weights = ana_workspace_doubles(&workspace, graph->n_edges, 1);
    task.strengths = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_options_check(ana_leiden_option_table, &options, "leiden"));
    ANA_TRY(ana_workspace_check(&workspace, "leiden"));
    ANA_TRY(check_weights(graph, &options, &task.total));
    if (graph->directed) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "leiden: the graph is directed, and Leiden's are not"));
    }
    fill_task(&task);
    for (size_t r = 0; r < options.n_restarts; r++) {
        ANA_TRY(search(&task, r, label));
        const double found = modularity(graph, label, weights_of(graph, &options), task.total,
                                        options.resolution, sums);
        if (r == 0 || found > best) {
            best = found;
            memcpy(kept, label, n * sizeof *kept);
        }
        if (of_restarts != NULL) {
            of_restarts[r] = found;
        }
        ANA_TRY(ana_run_progress(&options.run, "leiden", r + 1, options.n_restarts));
    }
    order_groups(n, kept, sizes, place, group, n_groups);
done:
    ana_workspace_release(&workspace);
    return status;
}
