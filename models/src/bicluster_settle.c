/* The settling of a chain: it begins with more clusters than there may be, and gives up those it
 * can do without, one after the other. A cluster that holds two hardly ever splits, nor do two that
 * are one merge, since a trajectory is a few thousand numbers; here, before the warm-up is over,
 * nothing has to be reversible. */
#include "bicluster_parts.h"

#include <math.h>
#include <string.h>

/* What a cluster may lose, nats, by giving up a trajectory of its own: its coefficients while all
 * of time is in one state, D^2 - (D - q)^2 + q of them, at half a logarithm of the rows each. */
static double worth(const bicluster_data *data, size_t n_clusters)
{
    const double q = (double)data->n_rows;
    const double d = (double)n_clusters * q;
    return 0.5 * log((double)data->n_times) * (2.0 * d * q - q * q + q);
}

/* Log marginal likelihood of neuron i on the trajectory of cluster g; -inf when it has no mode. */
static double fit_of(const bicluster_data *data, const ana_bicluster_chain *chain,
                     bicluster_room *room, size_t i, size_t g)
{
    const size_t q = data->n_rows;
    bicluster_laplace laplace = {.mode = room->modes, .curvature = room->curvatures};
    memset(laplace.mode, 0, q * sizeof *laplace.mode);
    laplace.mode[0] = data->log_rate[i];
    return bicluster_laplace_fit(data, i, chain->size[i], chain->path + g * q * data->n_times,
                                 room->block, &laplace)
               ? laplace.marginal
               : (double)-INFINITY;
}

void bicluster_dissolve(const bicluster_data *data, ana_bicluster_chain *chain,
                        bicluster_room *room)
{
    const size_t n_clusters = chain->n_clusters;
    double *losses = room->scores;
    size_t least = 0;
    memset(losses, 0, n_clusters * sizeof *losses);
    for (size_t i = 0; i < data->n_neurons; i++) {
        const size_t home = chain->cluster[i];
        double best = (double)-INFINITY;
        for (size_t g = 0; g < n_clusters; g++) {
            const double here = g == home ? (double)-INFINITY : fit_of(data, chain, room, i, g);
            room->others[i] = here > best ? g : room->others[i];
            best = fmax(best, here);
        }
        losses[home] += fit_of(data, chain, room, i, home) - best;
    }
    for (size_t g = 1; g < n_clusters; g++) {
        least = losses[g] < losses[least] ? g : least;
    }
    if (n_clusters < 2 || !(losses[least] < worth(data, n_clusters))) {
        return;
    }
    for (size_t i = 0; i < data->n_neurons; i++) {
        chain->cluster[i] = chain->cluster[i] == least ? room->others[i] : chain->cluster[i];
    }
    bicluster_remove_cluster(data, chain, least);
}
