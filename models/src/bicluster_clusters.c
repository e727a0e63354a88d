/* Cluster and loadings of one neuron after the other, delta and c integrated out of the choice.
 *
 * The clusters' weights by Laplace's approximation, and the loadings by the Gaussian at the mode,
 * make a proposal that does not depend on where the neuron is; Metropolis-Hastings makes of it an
 * exact step, which is refused as rarely as the approximation is good. A cluster of its own is one
 * choice more, when it is offered: its trajectory is then the neuron's own, if it is alone, or a
 * proposed one, and weighs what the model says of that trajectory over what its proposal does
 * (algorithm 8 of Neal 2000, J. Comput. Graph. Stat. 9(2), with importance weights for the prior).
 * A sweep costs N G searches of a mode. */
#include "bicluster_parts.h"

#include <math.h>
#include <string.h>

/* One neuron's choice. Slot g is cluster g; slot max_clusters a cluster of its own. */
typedef struct choice {
    const bicluster_data *data;
    ana_bicluster_chain *chain;
    bicluster_room *room;
    size_t i;
    size_t home;  /* its cluster */
    bool alone;   /* in it */
    size_t own;   /* slot of its own cluster: max_clusters */
    double *path; /* of that slot, q x T */
} choice;

static const double *path_of(const choice *it, size_t slot)
{
    return slot == it->own ? it->path
                           : it->chain->path + slot * it->data->n_rows * it->data->n_times;
}

static bicluster_laplace laplace_of(const choice *it, size_t slot)
{
    const size_t q = it->data->n_rows;
    const bool lasting = slot != it->own || it->alone;
    const size_t place = slot == it->own ? it->home : slot;
    bicluster_laplace laplace = {
        .mode =
            lasting ? it->chain->mode + (it->i * it->own + place) * q : it->room->modes + slot * q,
        .peak = it->room->peaks[slot],
        .curvature = it->room->curvatures + slot * q * q,
    };
    return laplace;
}

/* Fits slot's Laplace approximation; *peak is kept for the acceptance. */
static bool weigh(const choice *it, size_t slot, double *marginal)
{
    bicluster_laplace laplace = laplace_of(it, slot);
    if (!bicluster_laplace_fit(it->data, it->i, it->chain->size[it->i], path_of(it, slot),
                               it->room->block, &laplace)) {
        return false;
    }
    it->room->peaks[slot] = laplace.peak;
    *marginal = laplace.marginal;
    return true;
}

double bicluster_log_paths(const bicluster_data *data, const ana_bicluster_chain *chain,
                           size_t without, const double *path, bicluster_room *room)
{
    const size_t q = data->n_rows;
    const double **rows = room->rows;
    size_t n = 0;
    for (size_t g = 0; g < chain->n_clusters; g++) {
        for (size_t k = 0; k < q && g != without; k++) {
            rows[n++] = chain->path + (g * q + k) * data->n_times;
        }
    }
    for (size_t k = 0; path != NULL && k < q; k++) {
        rows[n++] = path + k * data->n_times;
    }
    return bicluster_log_dynamics(data, chain->state, n, rows, room);
}

/* log p(paths with the own one | states) - log p(paths without it | states) - log proposal. */
static bool weigh_own_path(const choice *it, size_t n_others, double *log_weight)
{
    const bicluster_data *data = it->data;
    const bicluster_set set = {1, &it->i, it->chain->size};
    const size_t without = it->alone ? it->home : SIZE_MAX;
    double log_proposal = 0.0;
    if (!bicluster_propose_path(data, &set, it->chain->state, it->alone ? NULL : &it->chain->random,
                                it->room, it->path, &log_proposal)) {
        return false;
    }
    *log_weight = bicluster_log_paths(data, it->chain, without, it->path, it->room) -
                  bicluster_log_paths(data, it->chain, without, NULL, it->room) - log_proposal +
                  data->log_partitions[n_others + 1] - data->log_partitions[n_others] +
                  log(data->options->cluster_weight);
    return isfinite(*log_weight);
}

static void begin_mode(const choice *it)
{
    if (!it->alone) {
        double *mode = it->room->modes + it->own * it->data->n_rows;
        memset(mode, 0, it->data->n_rows * sizeof *mode);
        mode[0] = it->data->log_rate[it->i];
    }
}

/* Scores (log weights) of the clusters; -inf where one is no choice, or its mode is not found.
 * False when that is where the neuron is. */
static bool score_clusters(const choice *it)
{
    double *scores = it->room->scores;
    for (size_t g = 0; g < it->chain->n_clusters; g++) {
        const size_t members = it->room->members[g] - (g == it->home ? 1 : 0);
        double marginal = 0.0;
        if (members == 0) {
            continue;
        }
        if (weigh(it, g, &marginal)) {
            scores[g] = log((double)members + it->data->options->cluster_weight) + marginal;
        } else if (g == it->home) {
            return false;
        }
    }
    return true;
}

/* The same of a cluster of its own. */
static bool score_own(const choice *it)
{
    const size_t n_others = it->chain->n_clusters - (it->alone ? 1 : 0);
    double log_weight = 0.0;
    double marginal = 0.0;
    if (n_others == it->own) {
        return true; /* there is no room for one more */
    }
    if (!weigh_own_path(it, n_others, &log_weight) || !weigh(it, it->own, &marginal)) {
        return !it->alone;
    }
    it->room->scores[it->own] = log_weight + marginal;
    return true;
}

/* False where the neuron's own place has no score: it then stays, which is as exact. */
static bool score(const choice *it, bool offered)
{
    double marginal = 0.0;
    for (size_t slot = 0; slot <= it->own; slot++) {
        it->room->scores[slot] = -INFINITY;
    }
    begin_mode(it);
    if (it->alone && !offered) {
        it->room->scores[it->own] = 0.0;
        return weigh(it, it->own, &marginal);
    }
    return score_clusters(it) && (!offered || score_own(it));
}

void bicluster_draw_loading(const bicluster_data *data, const bicluster_laplace *laplace,
                            ana_random *random, double *loading)
{
    for (size_t k = 0; k < data->n_rows; k++) {
        loading[k] = ana_random_normal(random);
    }
    bicluster_solve(data->n_rows, laplace->curvature, 1, loading);
    for (size_t k = 0; k < data->n_rows; k++) {
        loading[k] += laplace->mode[k];
    }
}

double bicluster_loading_ratio(const bicluster_data *data, size_t i, double size,
                               const double *path, const bicluster_laplace *laplace,
                               const double *loading, double *block)
{
    const size_t q = data->n_rows;
    double sum = -laplace->peak;
    bicluster_predictor(q, data->n_times, path, loading, block);
    sum += bicluster_log_likelihood(data, i, size, block, block + data->n_times);
    for (size_t k = 0; k < q; k++) {
        double z = 0.0;
        for (size_t j = k; j < q; j++) {
            z += laplace->curvature[k * q + j] * (loading[j] - laplace->mode[j]);
        }
        sum += 0.5 * z * z - 0.5 * loading[k] * loading[k];
    }
    return sum;
}

static double log_ratio(const choice *it, size_t slot, const double *loading)
{
    const bicluster_laplace laplace = laplace_of(it, slot);
    return bicluster_loading_ratio(it->data, it->i, it->chain->size[it->i], path_of(it, slot),
                                   &laplace, loading, it->room->block);
}

static size_t draw_slot(const choice *it)
{
    double *scores = it->room->scores;
    double largest = -INFINITY;
    for (size_t slot = 0; slot <= it->own; slot++) {
        largest = fmax(largest, scores[slot]);
    }
    for (size_t slot = 0; slot <= it->own; slot++) {
        scores[slot] = exp(scores[slot] - largest);
    }
    return ana_random_categorical(&it->chain->random, it->own + 1, scores);
}

void bicluster_remove_cluster(const bicluster_data *data, ana_bicluster_chain *chain, size_t g)
{
    const size_t q = data->n_rows;
    const size_t most = data->options->max_clusters;
    const size_t length = q * data->n_times;
    const size_t last = chain->n_clusters - 1;
    if (g != last) {
        memcpy(chain->path + g * length, chain->path + last * length, length * sizeof(double));
    }
    for (size_t i = 0; i < data->n_neurons; i++) {
        chain->cluster[i] = chain->cluster[i] == last ? g : chain->cluster[i];
        memmove(chain->mode + (i * most + g) * q, chain->mode + (i * most + last) * q,
                q * sizeof(double));
    }
    chain->n_clusters--;
}

void bicluster_add_cluster(const bicluster_data *data, ana_bicluster_chain *chain,
                           const double *path)
{
    const size_t q = data->n_rows;
    const size_t most = data->options->max_clusters;
    const size_t length = q * data->n_times;
    const size_t g = chain->n_clusters++;
    memcpy(chain->path + g * length, path, length * sizeof(double));
    for (size_t i = 0; i < data->n_neurons; i++) {
        double *mode = chain->mode + (i * most + g) * q;
        memset(mode, 0, q * sizeof *mode);
        mode[0] = data->log_rate[i];
    }
}

/* The neuron goes to the slot. */
static void move(const choice *it, size_t slot, const double *loading)
{
    ana_bicluster_chain *chain = it->chain;
    const size_t q = it->data->n_rows;
    size_t *members = it->room->members;
    memcpy(chain->loading + it->i * q, loading, q * sizeof *loading);
    if (slot == it->home || (slot == it->own && it->alone)) {
        return;
    }
    members[it->home]--;
    if (slot == it->own) {
        slot = chain->n_clusters;
        members[slot] = 0;
        bicluster_add_cluster(it->data, chain, it->path);
    }
    chain->cluster[it->i] = slot;
    members[slot]++;
    if (members[it->home] == 0) {
        members[it->home] = members[chain->n_clusters - 1];
        bicluster_remove_cluster(it->data, chain, it->home);
    }
}

static void draw_one(const choice *it, bool offered)
{
    const size_t q = it->data->n_rows;
    ana_random *random = &it->chain->random;
    double *proposal = it->room->loading;
    double log_accept = 0.0;
    if (!score(it, offered)) {
        return;
    }
    const size_t slot = draw_slot(it);
    const bicluster_laplace laplace = laplace_of(it, slot);
    bicluster_draw_loading(it->data, &laplace, random, proposal);
    log_accept = log_ratio(it, slot, proposal) -
                 log_ratio(it, it->alone ? it->own : it->home, it->chain->loading + it->i * q);
    if (log(ana_random_uniform(random)) < log_accept) {
        move(it, slot, proposal);
    }
}

void bicluster_draw_clusters(const bicluster_data *data, ana_bicluster_chain *chain,
                             bicluster_room *room)
{
    const size_t length = data->n_rows * data->n_times;
    const double share = (double)data->options->n_births / (double)data->n_neurons;
    const bool settled = chain->n_done >= bicluster_settling(data->options);
    memset(room->members, 0, data->options->max_clusters * sizeof *room->members);
    for (size_t i = 0; i < data->n_neurons; i++) {
        room->members[chain->cluster[i]]++;
    }
    for (size_t i = 0; i < data->n_neurons; i++) {
        const bool offered = ana_random_uniform(&chain->random) < share && settled;
        choice it = {.data = data,
                     .chain = chain,
                     .room = room,
                     .i = i,
                     .home = chain->cluster[i],
                     .own = data->options->max_clusters,
                     .path = room->newborn};
        it.alone = room->members[it.home] == 1;
        if (it.alone) {
            it.path = chain->path + it.home * length;
        }
        draw_one(&it, offered);
    }
}
