/* The states a chain begins with, once its trajectories have settled in a single one: rows are
 * told apart by how far and how fast the trajectories move around them. */
#include "bicluster_parts.h"

#include <math.h>
#include <string.h>

enum {
    HALF_WIDTH = 6,
    N_FEATURES = 2,
    N_ITERATIONS = 30
};

static double step_of(const double *row, size_t t)
{
    return t > 0 ? row[t] - row[t - 1] : 0.0;
}

/* Adds one row's squares (0) and those of its steps (1), relative to the row's own spread. */
static void add_row(size_t n_times, const double *row, double *sums)
{
    double mean = 0.0;
    double spread[N_FEATURES] = {1e-12, 1e-12};
    for (size_t t = 0; t < n_times; t++) {
        mean += row[t] / (double)n_times;
    }
    for (size_t t = 0; t < n_times; t++) {
        spread[0] += (row[t] - mean) * (row[t] - mean);
        spread[1] += step_of(row, t) * step_of(row, t);
    }
    for (size_t t = 0; t < n_times; t++) {
        sums[t * 2] += (row[t] - mean) * (row[t] - mean) / spread[0];
        sums[t * 2 + 1] += step_of(row, t) * step_of(row, t) / spread[1];
    }
}

/* Logarithms of those sums around every time: features[t * 2 + f]. `sums` has 2 T doubles. */
static void fill_features(const bicluster_data *data, const ana_bicluster_chain *chain,
                          double *sums, double *features)
{
    const size_t n_times = data->n_times;
    memset(sums, 0, N_FEATURES * n_times * sizeof *sums);
    for (size_t d = 0; d < chain->n_clusters * data->n_rows; d++) {
        add_row(n_times, chain->path + d * n_times, sums);
    }
    for (size_t t = 0; t < n_times; t++) {
        const size_t first = t < HALF_WIDTH ? 0 : t - HALF_WIDTH;
        const size_t last = t + HALF_WIDTH < n_times ? t + HALF_WIDTH : n_times - 1;
        for (size_t f = 0; f < N_FEATURES; f++) {
            double sum = 1e-12;
            for (size_t j = first; j <= last; j++) {
                sum += sums[j * 2 + f];
            }
            features[t * 2 + f] = log(sum / (double)(last - first + 1));
        }
    }
}

/* k-means of the rows from random ones. */
static void cluster_rows(const bicluster_data *data, size_t n_states, const double *features,
                         ana_random *random, double *centres, size_t *state)
{
    const size_t n_times = data->n_times;
    for (size_t k = 0; k < n_states; k++) {
        const size_t t = (size_t)ana_random_below(random, n_times);
        memcpy(centres + 3 * k, features + 2 * t, 2 * sizeof *centres);
    }
    for (size_t iteration = 0; iteration < N_ITERATIONS; iteration++) {
        for (size_t t = 0; t < n_times; t++) {
            double least = INFINITY;
            for (size_t k = 0; k < n_states; k++) {
                const double a = features[2 * t] - centres[3 * k];
                const double b = features[2 * t + 1] - centres[3 * k + 1];
                if (a * a + b * b < least) {
                    least = a * a + b * b;
                    state[t] = k;
                }
            }
        }
        memset(centres, 0, 3 * n_states * sizeof *centres);
        for (size_t t = 0; t < n_times; t++) {
            double *own = centres + 3 * state[t];
            own[0] += features[2 * t];
            own[1] += features[2 * t + 1];
            own[2] += 1.0;
        }
        for (size_t k = 0; k < n_states; k++) {
            centres[3 * k] /= fmax(centres[3 * k + 2], 1.0);
            centres[3 * k + 1] /= fmax(centres[3 * k + 2], 1.0);
        }
    }
}

void bicluster_segment(const bicluster_data *data, ana_bicluster_chain *chain, bicluster_room *room)
{
    const ana_bicluster_options *options = data->options;
    const size_t n_states =
        options->n_states < options->start_states ? options->n_states : options->start_states;
    fill_features(data, chain, room->block, room->block + 2 * data->n_times);
    cluster_rows(data, n_states, room->block + 2 * data->n_times, &chain->random,
                 room->factor_dynamics, chain->state);
    bicluster_mirror_states(data, chain);
    bicluster_count_transitions(data, chain, room->transitions);
    bicluster_draw_transitions(data, chain, room);
}
