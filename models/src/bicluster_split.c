/* Neurons that leave a cluster together, and clusters that join another.
 *
 * A split takes a neuron at random and the m neurons of its cluster that are most like it (by the
 * correlation of their counts, fixed beforehand); they found a cluster with a trajectory proposed
 * from their counts. What is left keeps its trajectory, so that a merge, which lets all neurons of
 * a cluster join another, is its exact reverse (Green 1995, Biometrika 82(4)). Loadings of those
 * who move come from Laplace's approximation both ways. */
#include "bicluster_parts.h"

#include <analysis/special.h>

#include <math.h>
#include <string.h>

/* The neurons of room->set between their old cluster and a new one. */
typedef struct passage {
    const bicluster_data *data;
    ana_bicluster_chain *chain;
    bicluster_room *room;
    size_t n;       /* neurons that move */
    size_t n_whole; /* of both clusters together */
} passage;

/* Of how many of the set's neurons the set is the n nearest of the whole (set and `others`). */
static size_t count_seeds(const passage *it)
{
    const size_t n_neurons = it->data->n_neurons;
    size_t n_seeds = 0;
    for (size_t j = 0; j < it->n; j++) {
        const size_t *closest = it->data->closest + it->room->set[j] * n_neurons;
        size_t found = 0;
        /* others[i]: 1 in the set, 2 in the rest of the whole, 0 elsewhere */
        for (size_t c = 0; c < n_neurons && it->room->others[closest[c]] != 2; c++) {
            found += it->room->others[closest[c]];
        }
        n_seeds += found == it->n ? 1 : 0;
    }
    return n_seeds;
}

/* Marks who is in the set and who is in the rest, for count_seeds. */
static void mark(const passage *it, size_t rest)
{
    for (size_t i = 0; i < it->data->n_neurons; i++) {
        it->room->others[i] = it->chain->cluster[i] == rest ? 2 : 0;
    }
    for (size_t j = 0; j < it->n; j++) {
        it->room->others[it->room->set[j]] = 1;
    }
}

/* Sum over the set of log(target / proposal) of loadings at `path`: those drawn into room->loadings
 * when `draws`, else those of the chain. NaN when a mode is not found. */
static double weigh_loadings(const passage *it, const double *path, bool draws)
{
    const size_t q = it->data->n_rows;
    double sum = 0.0;
    for (size_t j = 0; j < it->n; j++) {
        const size_t i = it->room->set[j];
        double *loading = draws ? it->room->loadings + j * q : it->chain->loading + i * q;
        bicluster_laplace laplace = {.mode = it->room->modes, .curvature = it->room->curvatures};
        memset(laplace.mode, 0, q * sizeof *laplace.mode);
        laplace.mode[0] = it->data->log_rate[i];
        if (!bicluster_laplace_fit(it->data, i, it->chain->size[i], path, it->room->block,
                                   &laplace)) {
            return NAN;
        }
        if (draws) {
            bicluster_draw_loading(it->data, &laplace, &it->chain->random, loading);
        }
        sum += laplace.marginal + bicluster_loading_ratio(it->data, i, it->chain->size[i], path,
                                                          &laplace, loading, it->room->block);
    }
    return sum;
}

/* log p(partition apart) - log p(partition together) + log of the proposals' ratio, for a chain of
 * n_clusters when together. */
static double log_partition_ratio(const passage *it, size_t n_clusters)
{
    const double gamma = it->data->options->cluster_weight;
    const double n = (double)it->n;
    const double whole = (double)it->n_whole;
    const double pairs = (double)(n_clusters + 1) * (double)n_clusters;
    const double split = (double)count_seeds(it) / ((double)it->data->n_neurons * (whole - 1.0));
    return it->data->log_partitions[n_clusters + 1] - it->data->log_partitions[n_clusters] +
           ana_special_lgamma(gamma + n) + ana_special_lgamma(gamma + whole - n) -
           ana_special_lgamma(gamma + whole) - ana_special_lgamma(gamma) - log(pairs) - log(split);
}

static void move_all(const passage *it, size_t to)
{
    const size_t q = it->data->n_rows;
    for (size_t j = 0; j < it->n; j++) {
        const size_t i = it->room->set[j];
        it->chain->cluster[i] = to;
        memcpy(it->chain->loading + i * q, it->room->loadings + j * q, q * sizeof(double));
    }
}

static void split(passage *it)
{
    const bicluster_data *data = it->data;
    ana_bicluster_chain *chain = it->chain;
    ana_random *random = &chain->random;
    const size_t seed = (size_t)ana_random_below(random, data->n_neurons);
    const size_t home = chain->cluster[seed];
    const size_t *closest = data->closest + seed * data->n_neurons;
    double log_proposal = 0.0;
    for (size_t i = 0; i < data->n_neurons; i++) {
        it->n_whole += chain->cluster[i] == home ? 1 : 0;
    }
    if (it->n_whole < 2 || chain->n_clusters == data->options->max_clusters) {
        return;
    }
    const size_t wanted = 1 + (size_t)ana_random_below(random, it->n_whole - 1);
    for (size_t c = 0; it->n < wanted; c++) {
        if (chain->cluster[closest[c]] == home) {
            it->room->set[it->n++] = closest[c];
        }
    }
    mark(it, home);
    const bicluster_set set = {it->n, it->room->set, chain->size};
    double *path = it->room->newborn;
    if (!bicluster_propose_path(data, &set, chain->state, random, it->room, path, &log_proposal)) {
        return;
    }
    const double log_ratio =
        weigh_loadings(it, path, true) -
        weigh_loadings(it, chain->path + home * data->n_rows * data->n_times, false) +
        bicluster_log_paths(data, chain, SIZE_MAX, path, it->room) -
        bicluster_log_paths(data, chain, SIZE_MAX, NULL, it->room) - log_proposal +
        log_partition_ratio(it, chain->n_clusters);
    if (log(ana_random_uniform(random)) < log_ratio) {
        bicluster_add_cluster(data, chain, path);
        move_all(it, chain->n_clusters - 1);
    }
}

static void merge(passage *it)
{
    const bicluster_data *data = it->data;
    ana_bicluster_chain *chain = it->chain;
    ana_random *random = &chain->random;
    double log_proposal = 0.0;
    if (chain->n_clusters < 2) {
        return;
    }
    const size_t from = (size_t)ana_random_below(random, chain->n_clusters);
    size_t to = (size_t)ana_random_below(random, chain->n_clusters - 1);
    to += to >= from ? 1 : 0;
    for (size_t i = 0; i < data->n_neurons; i++) {
        if (chain->cluster[i] == from) {
            it->room->set[it->n++] = i;
        }
        it->n_whole += chain->cluster[i] == from || chain->cluster[i] == to ? 1 : 0;
    }
    mark(it, to);
    if (count_seeds(it) == 0) {
        return; /* no split could undo it */
    }
    const size_t length = data->n_rows * data->n_times;
    const bicluster_set set = {it->n, it->room->set, chain->size};
    double *path = it->room->newborn;
    memcpy(path, chain->path + from * length, length * sizeof *path);
    if (!bicluster_propose_path(data, &set, chain->state, NULL, it->room, path, &log_proposal)) {
        return;
    }
    const double log_ratio = weigh_loadings(it, chain->path + to * length, true) -
                             weigh_loadings(it, path, false) +
                             bicluster_log_paths(data, chain, from, NULL, it->room) -
                             bicluster_log_paths(data, chain, SIZE_MAX, NULL, it->room) +
                             log_proposal - log_partition_ratio(it, chain->n_clusters - 1);
    if (log(ana_random_uniform(random)) < log_ratio) {
        move_all(it, to);
        bicluster_remove_cluster(data, chain, from);
    }
}

void bicluster_split_or_merge(const bicluster_data *data, ana_bicluster_chain *chain,
                              bicluster_room *room)
{
    passage it = {data, chain, room, 0, 0};
    if (ana_random_uniform(&chain->random) < 0.5) {
        split(&it);
    } else {
        merge(&it);
    }
}
