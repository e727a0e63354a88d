#include "connectome_world.h"

#include "check.h"

#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char **names(size_t n, const char *word)
{
    char **list = calloc(n, sizeof *list);
    for (size_t k = 0; k < n; k++) {
        list[k] = calloc(24, 1);
        (void)snprintf(list[k], 24, "%s%zu", word, k);
    }
    return list;
}

ana_connectome *connectome_blank(connectome_size size)
{
    ana_connectome *connectome = calloc(1, sizeof *connectome);
    connectome->n_motifs = size.n_motifs;
    connectome->n_animals = size.n_animals;
    connectome->n_neurons = size.n_neurons;
    connectome->n_times = size.n_times;
    connectome->dt_s = 0.5;
    connectome->weights = calloc(size.n_motifs, sizeof(double));
    connectome->matrices = calloc(size.n_motifs * size.n_neurons * size.n_neurons, sizeof(double));
    connectome->time = calloc(size.n_motifs * size.n_times, sizeof(double));
    connectome->shares = calloc(size.n_motifs * size.n_animals, sizeof(double));
    connectome->courses = calloc(size.n_animals * size.n_times * size.n_motifs, sizeof(double));
    connectome->has = calloc(size.n_animals * size.n_neurons, sizeof(bool));
    memset(connectome->has, 1, size.n_animals * size.n_neurons * sizeof(bool));
    connectome->neuron_names = names(size.n_neurons, "N");
    connectome->animal_names = names(size.n_animals, "worm");
    return connectome;
}

void connectome_plant_switch(ana_connectome *connectome)
{
    const size_t n = connectome->n_neurons;
    const size_t half = (n - 1) / 2;
    for (size_t r = 0; r < 2; r++) {
        for (size_t k = 0; k < n * n; k++) {
            const size_t i = k / n;
            const size_t j = k % n;
            const bool a = i == n - 1 ? r == 0 : i < half;
            const bool b = j == n - 1 ? r == 0 : j < half;
            const double within = 1.0 + 0.1 * (double)((i + j) % 3);
            connectome->matrices[r * n * n + k] = i == j ? 0.0 : a == b ? within : 0.05;
        }
    }
}

static void add_noise(ana_connectome *connectome, double size, uint64_t seed)
{
    const size_t n_times = connectome->n_times;
    const size_t rank = connectome->n_motifs;
    double *white = calloc(n_times, sizeof *white);
    for (size_t k = 0; k < connectome->n_animals * rank; k++) {
        ana_random random = ana_random_stream(seed, "test.connectome", k);
        double *course = connectome->courses + k / rank * n_times * rank + k % rank;
        for (size_t t = 0; t < n_times; t++) {
            white[t] = ana_random_exponential(&random);
        }
        for (size_t t = 0; t < n_times; t++) { /* three neighbours on a circle */
            const double sum = white[t] + white[(t + 1) % n_times] + white[(t + 2) % n_times];
            course[t * rank] += size * sum / 3.0;
        }
    }
    free(white);
}

void connectome_plant_noise(ana_connectome *connectome, uint64_t seed)
{
    add_noise(connectome, 1.0, seed);
}

ana_connectome_epochs *connectome_turns(size_t n_visits, size_t length)
{
    ana_connectome_epochs *epochs = calloc(1, sizeof *epochs);
    epochs->n_epochs = 2;
    epochs->names = names(2, "epoch ");
    epochs->n_visits = n_visits;
    epochs->epoch = calloc(n_visits, sizeof(size_t));
    epochs->first = calloc(n_visits, sizeof(size_t));
    epochs->stop = calloc(n_visits, sizeof(size_t));
    for (size_t v = 0; v < n_visits; v++) {
        epochs->epoch[v] = v % 2;
        epochs->first[v] = v * length;
        epochs->stop[v] = (v + 1) * length;
    }
    return epochs;
}

void connectome_follow_turns(ana_connectome *connectome, const ana_connectome_epochs *epochs,
                             double noise, uint64_t seed)
{
    const size_t rank = connectome->n_motifs;
    for (size_t w = 0; w < connectome->n_animals; w++) {
        for (size_t v = 0; v < epochs->n_visits; v++) {
            for (size_t t = epochs->first[v]; t < epochs->stop[v]; t++) {
                const size_t row = w * connectome->n_times + t;
                connectome->courses[row * rank + epochs->epoch[v]] += 1.0;
            }
        }
    }
    add_noise(connectome, noise, seed);
}
