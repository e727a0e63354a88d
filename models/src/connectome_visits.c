#include "connectome_visits.h"

#include "connectome_partition.h"
#include "try.h"

#include <analysis/agreement.h>
#include <analysis/assignment.h>
#include <analysis/random.h>

#include <math.h>
#include <string.h>

enum {
    REFERENCE_RESTARTS = 20 /* of the search in the mean graph */
};

static size_t n_items(const connectome_visits *visits)
{
    return visits->connectome->n_animals * visits->epochs->n_visits;
}

static void sum_courses(connectome_visits *visits)
{
    const ana_connectome *connectome = visits->connectome;
    const size_t rank = connectome->n_motifs;
    const size_t n_times = connectome->n_times;
    for (size_t w = 0; w < connectome->n_animals; w++) {
        double *sums = visits->course_sums + w * (n_times + 1) * rank;
        const double *course = connectome->courses + w * n_times * rank;
        for (size_t k = 0; k < n_times * rank; k++) {
            sums[rank + k] = sums[k] + course[k];
        }
    }
}

/* Sum of a course from sample `first` on, n samples, on a circle. */
static double turned_sum(const double *sums, size_t rank, size_t n_times, size_t first, size_t n)
{
    const size_t stop = first + n;
    if (stop <= n_times) {
        return sums[stop * rank] - sums[first * rank];
    }
    return sums[n_times * rank] - sums[first * rank] + sums[(stop - n_times) * rank] - sums[0];
}

/* The graph of an animal's neurons in a visit, the courses turned by `shift`; returns how many
 * neurons, listed in `who`. */
static size_t build_graph(const connectome_visits *visits, size_t item, size_t shift, size_t *who,
                          double *graph)
{
    const ana_connectome *connectome = visits->connectome;
    const size_t n = connectome->n_neurons;
    const size_t rank = connectome->n_motifs;
    const size_t n_times = connectome->n_times;
    const size_t animal = item / visits->epochs->n_visits;
    const size_t visit = item % visits->epochs->n_visits;
    const size_t length = visits->epochs->stop[visit] - visits->epochs->first[visit];
    const size_t first = (visits->epochs->first[visit] + shift) % n_times;
    const double *sums = visits->course_sums + animal * (n_times + 1) * rank;
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        if (connectome->has[animal * n + i]) {
            who[m++] = i;
        }
    }
    memset(graph, 0, m * m * sizeof *graph);
    for (size_t r = 0; r < rank; r++) {
        const double load = turned_sum(sums + r, rank, n_times, first, length);
        const double *matrix = connectome->matrices + r * n * n;
        for (size_t a = 0; load > 0.0 && a < m; a++) {
            for (size_t b = 0; b < m; b++) {
                graph[a * m + b] += load * matrix[who[a] * n + who[b]];
            }
        }
    }
    return m;
}

/* Labels of all restarts of one visit of one animal. */
static void search_item(const connectome_visits *visits, size_t arrangement, size_t item,
                        size_t shift, size_t slot)
{
    const size_t n = visits->connectome->n_neurons;
    const size_t n_restarts = visits->options->n_restarts;
    double *graph = visits->doubles + slot * visits->n_doubles;
    size_t *who = visits->sizes + slot * visits->n_sizes;
    size_t *found = who + n;
    double *held = graph + n * n;
    double *room = held + n;
    const connectome_graph task = {build_graph(visits, item, shift, who, graph), graph,
                                   visits->options->resolution};
    for (size_t k = 0; k < n_restarts; k++) {
        const size_t id = (arrangement * n_items(visits) + item) * n_restarts + k;
        size_t *label = visits->label + (item * n_restarts + k) * n;
        double *hold = visits->hold + (item * n_restarts + k) * n;
        ana_random random =
            ana_random_stream(visits->options->run.seed, "connectome.partition", id);
        visits->n_groups[item * n_restarts + k] =
            connectome_partition(&task, &random, room, found + n, found, held);
        for (size_t i = 0; i < n; i++) {
            label[i] = ANA_NO_LABEL;
        }
        for (size_t a = 0; a < task.n; a++) {
            label[who[a]] = found[a];
            hold[who[a]] = held[a];
        }
    }
}

static size_t shift_of(const connectome_visits *visits, size_t arrangement, size_t animal)
{
    const bool apart = visits->options->turn == ANA_TURN_APART;
    const size_t n_animals = visits->connectome->n_animals;
    const size_t id = apart ? arrangement * n_animals + animal : arrangement;
    ana_random random = ana_random_stream(visits->options->run.seed, "connectome.turn", id);
    return arrangement == 0 ? 0 : (size_t)ana_random_below(&random, visits->connectome->n_times);
}

static void search_all(connectome_visits *visits, size_t arrangement)
{
    const size_t n_slots = visits->n_slots;
    const size_t n = n_items(visits);
    const size_t n_visits = visits->epochs->n_visits;
#pragma omp parallel for default(none) num_threads((int)n_slots) schedule(static, 1)               \
    shared(visits, arrangement, n_slots, n, n_visits)
    for (size_t slot = 0; slot < n_slots; slot++) {
        for (size_t item = slot; item < n; item += n_slots) {
            search_item(visits, arrangement, item, shift_of(visits, arrangement, item / n_visits),
                        slot);
        }
    }
}

/* partner[g] = the reference's community that group g goes with, or "another". */
static ana_status match_groups(const connectome_visits *visits, const size_t *label,
                               size_t n_groups)
{
    ana_status status = ANA_OK;
    const size_t n_reference = visits->n_reference;
    double *overlap = visits->overlap;
    memset(overlap, 0, n_groups * n_reference * sizeof *overlap);
    for (size_t i = 0; i < visits->connectome->n_neurons; i++) {
        if (label[i] != ANA_NO_LABEL && visits->reference[i] != ANA_NO_LABEL) {
            overlap[label[i] * n_reference + visits->reference[i]] -= 1.0;
        }
    }
    if (n_groups > 0) {
        ANA_TRY(ana_assignment_solve(n_groups, n_reference, overlap, visits->partner, NULL));
    }
    for (size_t g = 0; g < n_groups; g++) {
        const size_t c = visits->partner[g];
        const bool none = c == ANA_UNASSIGNED || overlap[g * n_reference + c] == 0.0;
        visits->partner[g] = none ? n_reference : c;
    }
done:
    return status;
}

ana_status connectome_count(connectome_visits *visits, size_t arrangement, connectome_counts *out)
{
    ana_status status = ANA_OK;
    const size_t n = visits->connectome->n_neurons;
    const size_t n_communities = visits->n_reference + 1;
    const size_t n_epochs = visits->epochs->n_epochs;
    const size_t n_restarts = visits->options->n_restarts;
    search_all(visits, arrangement);
    memset(out->of_community, 0, n_epochs * n * n_communities * sizeof *out->of_community);
    memset(out->held, 0, n_epochs * n * n_communities * sizeof *out->held);
    memset(out->all, 0, n_epochs * n * sizeof *out->all);
    for (size_t k = 0; k < n_items(visits) * n_restarts; k++) {
        const size_t visit = k / n_restarts % visits->epochs->n_visits;
        const size_t *label = visits->label + k * n;
        const size_t base = visits->epochs->epoch[visit] * n;
        ANA_TRY(match_groups(visits, label, visits->n_groups[k]));
        for (size_t i = 0; i < n; i++) {
            if (label[i] != ANA_NO_LABEL) {
                const size_t c = (base + i) * n_communities + visits->partner[label[i]];
                out->of_community[c] += 1.0;
                out->held[c] += visits->hold[k * n + i];
                out->all[base + i] += 1.0;
            }
        }
    }
done:
    return status;
}

/* Communities of the mean of all times and animals, the best of several searches. The mean is the
 * same however the courses are turned. */
static ana_status find_reference(connectome_visits *visits)
{
    const ana_connectome *connectome = visits->connectome;
    const size_t n = connectome->n_neurons;
    double *graph = visits->doubles;
    double *room = graph + n * n;
    size_t *label = visits->sizes;
    double best = -(double)INFINITY;
    ana_connectome_mean_graph(connectome, 0, connectome->n_times, graph);
    for (size_t k = 0; k < n * n; k++) {
        graph[k] = isnan(graph[k]) ? 0.0 : graph[k];
    }
    const connectome_graph task = {n, graph, visits->options->resolution};
    for (size_t k = 0; k < REFERENCE_RESTARTS; k++) {
        ana_random random = ana_random_stream(visits->options->run.seed, "connectome.reference", k);
        const size_t n_groups = connectome_partition(&task, &random, room, label + n, label, NULL);
        const double modularity = connectome_modularity(&task, label, room);
        if (modularity > best) {
            best = modularity;
            visits->n_reference = n_groups;
            memcpy(visits->reference, label, n * sizeof *label);
        }
    }
    return visits->n_reference > 0
               ? ANA_OK
               : ana_fail(ANA_ERR_VALUE, "connectome: no neuron is tied to another at any time");
}

/* Threads that are worth their while: each with a millisecond of work or so. */
static size_t count_slots(const connectome_visits *visits)
{
    const double n = (double)visits->connectome->n_neurons;
    const double work = (double)n_items(visits) * (double)visits->options->n_restarts * n * n;
    const size_t n_threads = (size_t)ana_run_threads(&visits->options->run, n_items(visits));
    const double most = 1.0 + work / 3e4;
    return most < (double)n_threads ? (size_t)most : n_threads;
}

static ana_status check_room(const connectome_visits *visits)
{
    const ana_connectome *connectome = visits->connectome;
    const double n = (double)connectome->n_neurons;
    const double n_partitions = (double)n_items(visits) * (double)visits->options->n_restarts;
    const double n_sums = (double)connectome->n_animals * (double)(connectome->n_times + 1) *
                          (double)connectome->n_motifs;
    const double bytes = 8.0 * ((double)visits->n_slots * (3.0 * n * n + 17.0 * n) +
                                n_partitions * (2.0 * n + 1.0) + n_sums + n * n);
    return ana_run_check_memory(&visits->options->run, bytes < 1e18 ? (size_t)bytes : SIZE_MAX,
                                "communities of all visits");
}

ana_status connectome_visits_new(const ana_connectome *connectome,
                                 const ana_connectome_epochs *epochs,
                                 const ana_connectome_dynamics_options *options,
                                 ana_workspace *workspace, connectome_visits *out)
{
    ana_status status = ANA_OK;
    const size_t n = connectome->n_neurons;
    connectome_visits visits = {.connectome = connectome, .epochs = epochs, .options = options};
    const size_t n_partitions = n_items(&visits) * options->n_restarts;
    visits.n_slots = count_slots(&visits);
    visits.n_doubles = n * n + n + connectome_room_doubles(n);
    visits.n_sizes = 2 * n + connectome_room_sizes(n);
    ANA_TRY(check_room(&visits));
    visits.course_sums = ana_workspace_doubles(
        workspace, connectome->n_animals * (connectome->n_times + 1), connectome->n_motifs);
    visits.reference = ana_workspace_sizes(workspace, n, 1);
    visits.doubles = ana_workspace_doubles(workspace, visits.n_slots, visits.n_doubles);
    visits.sizes = ana_workspace_sizes(workspace, visits.n_slots, visits.n_sizes);
    visits.label = ana_workspace_sizes(workspace, n_partitions, n);
    visits.hold = ana_workspace_doubles(workspace, n_partitions, n);
    visits.n_groups = ana_workspace_sizes(workspace, n_partitions, 1);
    visits.overlap = ana_workspace_doubles(workspace, n, n);
    visits.partner = ana_workspace_sizes(workspace, n, 1);
    ANA_TRY(ana_workspace_check(workspace, "connectome"));
    sum_courses(&visits);
    ANA_TRY(find_reference(&visits));
    *out = visits;
done:
    return status;
}
