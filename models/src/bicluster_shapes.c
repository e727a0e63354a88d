/* Neurons that rise and fall together: k-means of their counts' shapes. */
#include "bicluster_parts.h"
#include "dense.h"

#include <math.h>
#include <string.h>

enum {
    N_ITERATIONS = 10
};

/* k-means++ (Arthur & Vassilvitskii 2007); `nearest` has N doubles. */
static void choose_seeds(const bicluster_data *data, size_t n_clusters, ana_random *random,
                         double *centres, double *nearest)
{
    const size_t n = data->n_times;
    const double *shapes = data->shapes;
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

static void assign(const bicluster_data *data, size_t n_clusters, const double *centres,
                   size_t *cluster)
{
    const size_t n = data->n_times;
    for (size_t i = 0; i < data->n_neurons; i++) {
        double least = INFINITY;
        for (size_t g = 0; g < n_clusters; g++) {
            const double here = ana_squared_distance(n, data->shapes + i * n, centres + g * n);
            if (here < least) {
                least = here;
                cluster[i] = g;
            }
        }
    }
}

static void centre(const bicluster_data *data, size_t n_clusters, const size_t *cluster,
                   double *centres)
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
                    mean[t] += data->shapes[i * n + t];
                }
            }
        }
        for (size_t t = 0; t < n && members > 0.0; t++) {
            mean[t] /= members;
        }
    }
}

void bicluster_sort_shapes(const bicluster_data *data, size_t n_clusters, ana_random *random,
                           bicluster_room *room, size_t *cluster)
{
    double *centres = room->proposal;
    choose_seeds(data, n_clusters, random, centres, room->nearest);
    for (size_t iteration = 0; iteration < N_ITERATIONS; iteration++) {
        assign(data, n_clusters, centres, cluster);
        centre(data, n_clusters, cluster, centres);
    }
}
