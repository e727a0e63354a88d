/* Where a chain begins: more clusters than there are, of neurons that rise and fall together, and
 * all of time in one state. A cluster that holds two does not split as easily as two that are the
 * same can be joined (bicluster_settle.c), once their trajectories have settled. */
#include "bicluster_parts.h"
#include "dense.h"

#include <math.h>
#include <string.h>

enum {
    N_ITERATIONS = 10,
    MOST_CLUSTERS = 12 /* unless more are asked for: rows of state cost their cube */
};

/* k-means++ (Arthur & Vassilvitskii 2007); `nearest` has N doubles. */
static void choose_seeds(const bicluster_data *data, size_t n_clusters, const double *shapes,
                         ana_random *random, double *centres, double *nearest)
{
    const size_t n = data->n_times;
    size_t chosen = (size_t)ana_random_below(random, data->n_neurons);
    for (size_t g = 0; g < n_clusters; g++) {
        double total = 0.0;
        memcpy(centres + g * n, shapes + chosen * n, n * sizeof *centres);
        for (size_t i = 0; i < data->n_neurons; i++) {
            const double here = ana_squared_distance(n, shapes + i * n, centres + g * n);
            nearest[i] = g == 0 ? here : fmin(nearest[i], here);
            total += nearest[i];
        }
        chosen = total > 0.0 ? ana_random_categorical(random, data->n_neurons, nearest) : 0;
    }
}

static void assign(const bicluster_data *data, size_t n_clusters, const double *shapes,
                   const double *centres, size_t *cluster)
{
    const size_t n = data->n_times;
    for (size_t i = 0; i < data->n_neurons; i++) {
        double least = INFINITY;
        for (size_t g = 0; g < n_clusters; g++) {
            const double here = ana_squared_distance(n, shapes + i * n, centres + g * n);
            if (here < least) {
                least = here;
                cluster[i] = g;
            }
        }
    }
}

static void centre(const bicluster_data *data, size_t n_clusters, const double *shapes,
                   const size_t *cluster, double *centres)
{
    const size_t n = data->n_times;
    for (size_t g = 0; g < n_clusters; g++) {
        double members = 0.0;
        double *mean = centres + g * n;
        memset(mean, 0, n * sizeof *mean);
        for (size_t i = 0; i < data->n_neurons; i++) {
            if (cluster[i] == g) {
                members += 1.0;
                for (size_t t = 0; t < n; t++) {
                    mean[t] += shapes[i * n + t];
                }
            }
        }
        for (size_t t = 0; t < n && members > 0.0; t++) {
            mean[t] /= members;
        }
    }
}

/* Numbers the clusters that have members 0, 1, ... */
static void close_ranks(const bicluster_data *data, ana_bicluster_chain *chain, size_t n_clusters)
{
    size_t n = 0;
    for (size_t g = 0; g < n_clusters; g++) {
        bool found = false;
        for (size_t i = 0; i < data->n_neurons; i++) {
            if (chain->cluster[i] == g) {
                chain->cluster[i] = n;
                found = true;
            }
        }
        n += found ? 1 : 0;
    }
    chain->n_clusters = n;
}

/* A factor to begin with: a small slow wander. One drawn like a founded cluster's may be a hundred
 * times too large, and a chain that takes every proposal then may never come back. */
static void start_factor(size_t n_times, ana_random *random, double *row)
{
    const double memory = 0.95;
    const double step = 0.3 * sqrt(1.0 - memory * memory);
    row[0] = 0.3 * ana_random_normal(random);
    for (size_t t = 1; t < n_times; t++) {
        row[t] = memory * row[t - 1] + step * ana_random_normal(random);
    }
}

/* Each cluster's trajectory: the mean as if it were just founded. */
static bool start_paths(const bicluster_data *data, ana_bicluster_chain *chain,
                        bicluster_room *room)
{
    const size_t length = data->n_rows * data->n_times;
    for (size_t g = 0; g < chain->n_clusters; g++) {
        bicluster_set set = {0, room->set, chain->size};
        double log_density = 0.0;
        for (size_t i = 0; i < data->n_neurons; i++) {
            if (chain->cluster[i] == g) {
                room->set[set.n++] = i;
            }
        }
        if (!bicluster_propose_path(data, &set, chain->state, &chain->random, room,
                                    chain->path + g * length, &log_density)) {
            return false;
        }
        for (size_t k = 1; k < data->n_rows; k++) {
            start_factor(data->n_times, &chain->random,
                         chain->path + g * length + k * data->n_times);
        }
    }
    return true;
}

static void start_states(const bicluster_data *data, ana_bicluster_chain *chain,
                         bicluster_room *room)
{
    const size_t n_states = data->options->n_states;
    memset(chain->state, 0, data->n_times * sizeof *chain->state);
    for (size_t k = 0; k < n_states; k++) {
        chain->weight[k] = 1.0 / (double)n_states;
    }
    bicluster_count_transitions(data, chain, room->transitions);
    bicluster_draw_transitions(data, chain, room);
}

ana_status bicluster_start(const bicluster_data *data, size_t index, ana_bicluster_chain *chain,
                           bicluster_room *room)
{
    const ana_bicluster_options *options = data->options;
    const size_t n = data->n_neurons;
    const size_t q = data->n_rows;
    const bool poisson = options->family == ANA_BICLUSTER_POISSON;
    const size_t third = (n + 2) / 3 < MOST_CLUSTERS ? (n + 2) / 3 : MOST_CLUSTERS;
    size_t n_clusters = options->start_clusters > 0 ? options->start_clusters : third;
    n_clusters = n_clusters < options->max_clusters ? n_clusters : options->max_clusters;
    n_clusters = n_clusters < n ? n_clusters : n;
    chain->random = ana_random_stream(options->run.seed, "bicluster.chain", index);
    for (size_t i = 0; i < n; i++) {
        chain->size[i] = poisson ? options->proposal_size : 10.0;
        chain->loading[i * q] = data->log_rate[i];
        for (size_t k = 1; k < q; k++) {
            chain->loading[i * q + k] = 0.5 * ana_random_normal(&chain->random);
        }
        for (size_t g = 0; g < options->max_clusters; g++) {
            chain->mode[(i * options->max_clusters + g) * q] = data->log_rate[i];
        }
    }
    choose_seeds(data, n_clusters, data->shapes, &chain->random, room->proposal, room->nearest);
    for (size_t iteration = 0; iteration < N_ITERATIONS; iteration++) {
        assign(data, n_clusters, data->shapes, room->proposal, chain->cluster);
        centre(data, n_clusters, data->shapes, chain->cluster, room->proposal);
    }
    close_ranks(data, chain, n_clusters);
    start_states(data, chain, room);
    if (!start_paths(data, chain, room)) {
        return ana_fail(ANA_ERR_NUMERIC, "bicluster: no trajectory to begin with");
    }
    return ANA_OK;
}
