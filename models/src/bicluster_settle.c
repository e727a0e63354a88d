/* The end of a chain's settling: fragments of one cluster become that cluster. */
#include "bicluster_parts.h"

#include <math.h>
#include <string.h>

/* What a cluster may lose, nats, by giving up a trajectory of its own: about what its coefficients
 * cost beside two other clusters and in two states of time, q (3 q + 1) rows and 2 q^2 columns, at
 * half a logarithm of the rows each. */
static double worth(const bicluster_data *data)
{
    const double q = (double)data->n_rows;
    return log((double)data->n_times) * (q * (3.0 * q + 1.0) + 2.0 * q * q);
}

/* Sum over cluster g of log marginal likelihoods on the trajectory of cluster h. */
static double fit_of(const bicluster_data *data, const ana_bicluster_chain *chain,
                     bicluster_room *room, size_t g, size_t h)
{
    const size_t q = data->n_rows;
    double sum = 0.0;
    for (size_t i = 0; i < data->n_neurons; i++) {
        if (chain->cluster[i] != g) {
            continue;
        }
        bicluster_laplace laplace = {.mode = room->modes, .curvature = room->curvatures};
        memset(laplace.mode, 0, q * sizeof *laplace.mode);
        laplace.mode[0] = data->log_rate[i];
        if (!bicluster_laplace_fit(data, i, chain->size[i], chain->path + h * q * data->n_times,
                                   room->block, &laplace)) {
            return -INFINITY;
        }
        sum += laplace.marginal;
    }
    return sum;
}

void bicluster_join_alike(const bicluster_data *data, ana_bicluster_chain *chain,
                          bicluster_room *room)
{
    for (;;) {
        double best = -worth(data);
        size_t from = SIZE_MAX;
        size_t to = 0;
        for (size_t g = 0; g < chain->n_clusters; g++) {
            const double own = fit_of(data, chain, room, g, g);
            for (size_t h = 0; h < chain->n_clusters; h++) {
                const double gain = fit_of(data, chain, room, g, h) - own;
                if (h != g && gain > best) {
                    best = gain;
                    from = g;
                    to = h;
                }
            }
        }
        if (from == SIZE_MAX) {
            return;
        }
        for (size_t i = 0; i < data->n_neurons; i++) {
            chain->cluster[i] = chain->cluster[i] == from ? to : chain->cluster[i];
        }
        bicluster_remove_cluster(data, chain, from);
    }
}
