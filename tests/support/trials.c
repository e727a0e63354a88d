#include "support/trials.h"

#include "support/check.h"

#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void label(size_t n_conditions, ana_observations *rows)
{
    rows->labels = calloc(rows->n_times, sizeof *rows->labels);
    rows->label_names = calloc(n_conditions, sizeof *rows->label_names);
    rows->n_labels = n_conditions;
    for (size_t c = 0; c < n_conditions; c++) {
        char name[32];
        snprintf(name, sizeof name, "c%zu", c);
        rows->label_names[c] = strdup(name);
    }
    for (size_t t = 0; t < rows->n_times; t++) {
        rows->labels[t] = (int64_t)(t % n_conditions);
    }
}

ana_observations *draw_trials(size_t n_conditions, size_t n_folds, size_t n_repeats, size_t p,
                              double signal, uint64_t seed)
{
    ana_observations *rows = NULL;
    ana_random random = ana_random_stream(seed, "trials", 0);
    size_t *lengths = calloc(n_folds, sizeof *lengths);
    double *means = calloc(n_conditions * p, sizeof *means);
    check_ok(ana_observations_new(n_conditions * n_folds * n_repeats, p, &rows));
    for (size_t f = 0; f < n_folds; f++) {
        lengths[f] = n_conditions * n_repeats;
    }
    check_ok(ana_observations_set_sequences(rows, n_folds, lengths, NULL));
    label(n_conditions, rows);
    for (size_t i = 0; i < n_conditions * p; i++) {
        means[i] = signal * ana_random_normal(&random);
    }
    for (size_t t = 0; t < rows->n_times; t++) {
        const double shared = ana_random_normal(&random);
        for (size_t j = 0; j < p; j++) {
            const double value =
                means[t % n_conditions * p + j] + 0.6 * shared + 0.8 * ana_random_normal(&random);
            rows->values[t * p + j] = round(64.0 * value) / 64.0;
        }
    }
    free(means);
    free(lengths);
    return rows;
}
