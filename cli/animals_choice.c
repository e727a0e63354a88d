/* Which traces of the animals are used, and the affinities of those. */
#include "animals.h"
#include "try.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All animals at one rate, to half a sample over the whole; the longer ones end with the shortest.
 */
static ana_status fit_times(animals *self)
{
    if (self->n == 0) {
        return ana_fail(ANA_ERR_VALUE, "the inputs hold no rows: no animal to begin with");
    }
    size_t least = self->items[0].rows->n_times;
    const double dt = self->items[0].rows->bin_s;
    for (size_t w = 1; w < self->n; w++) {
        const animal *one = &self->items[w];
        least = one->rows->n_times < least ? one->rows->n_times : least;
        if (fabs(one->rows->bin_s - dt) * (double)one->rows->n_times > 0.5 * dt) {
            return ana_fail(ANA_ERR_SHAPE,
                            "%s is sampled every %.6g s, %s every %.6g s; bring them to one time "
                            "base (ana homogenise)",
                            self->items[0].name, dt, one->name, one->rows->bin_s);
        }
    }
    for (size_t w = 0; w < self->n; w++) {
        ana_observations *rows = self->items[w].rows;
        self->items[w].n_cut = rows->n_times - least;
        rows->n_times = least;
        rows->sequence_start[1] = least;
        rows->bin_s = dt;
    }
    return ANA_OK;
}

static size_t find_name(const animal *one, const char *name)
{
    size_t i = 0;
    while (i < one->rows->n_features && strcmp(one->neurons[i], name) != 0) {
        i++;
    }
    return i;
}

static bool stands_twice(const animal *one, size_t i)
{
    size_t n = 0;
    for (size_t j = 0; j < one->rows->n_features; j++) {
        n += strcmp(one->neurons[i], one->neurons[j]) == 0 ? 1 : 0;
    }
    return n > 1;
}

/* Whether a trace varies, and how many of its samples are there. */
static bool varies(const animal *one, size_t i, size_t *n_seen)
{
    double low = INFINITY;
    double high = -INFINITY;
    *n_seen = 0;
    for (size_t t = 0; t < one->rows->n_times; t++) {
        const double value = one->rows->values[t * one->rows->n_features + i];
        if (!isnan(value)) {
            low = value < low ? value : low;
            high = value > high ? value : high;
            (*n_seen)++;
        }
    }
    return high > low;
}

/* Traces that can be used at all. Of several animals a neuron is wholly there or not at all. */
static void judge_traces(animal *one, bool several)
{
    for (size_t i = 0; i < one->rows->n_features; i++) {
        size_t n_seen = 0;
        const bool moves = varies(one, i, &n_seen);
        const bool whole = n_seen == one->rows->n_times;
        size_t *reason = NULL;
        if (one->neurons[i][0] == '\0') {
            reason = &one->n_unnamed;
        } else if (stands_twice(one, i)) {
            reason = &one->n_twice;
        } else if (n_seen == 0 || (several && !whole)) {
            reason = &one->n_missing;
        } else if (!moves) {
            reason = &one->n_constant;
        }
        one->used[i] = reason == NULL;
        reason = n_seen == 0 && one->joined ? NULL : reason; /* it never had it */
        if (reason != NULL) {
            (*reason)++;
        }
    }
}

static size_t count_animals(const animals *self, const char *name)
{
    size_t n = 0;
    for (size_t w = 0; w < self->n; w++) {
        const animal *one = &self->items[w];
        const size_t i = find_name(one, name);
        n += i < one->rows->n_features && one->used[i] ? 1 : 0;
    }
    return n;
}

static ana_status check_finite(const animal *one)
{
    const ana_observations *rows = one->rows;
    for (size_t k = 0; k < rows->n_times * rows->n_features; k++) {
        if (isinf(rows->values[k])) {
            return ana_fail(ANA_ERR_VALUE, "%s: neuron %s is infinite at row %zu", one->name,
                            one->neurons[k % rows->n_features], k / rows->n_features);
        }
    }
    return ANA_OK;
}

/* Neurons of too few animals; all are counted before any is dropped. */
static void drop_rare(animals *self, size_t least)
{
    for (size_t w = 0; w < self->n; w++) {
        animal *one = &self->items[w];
        for (size_t i = 0; i < one->rows->n_features; i++) {
            one->rare[i] = one->used[i] && count_animals(self, one->neurons[i]) < least;
            one->n_rare += one->rare[i] ? 1 : 0;
        }
    }
    for (size_t w = 0; w < self->n; w++) {
        animal *one = &self->items[w];
        for (size_t i = 0; i < one->rows->n_features; i++) {
            one->used[i] = one->used[i] && !one->rare[i];
        }
    }
}

/* The most neurons that one animal has; a pair is tied in an animal that has both. */
static ana_status check_pairs(const animals *self, size_t least)
{
    size_t most = 0;
    size_t n_left_out = 0;
    for (size_t w = 0; w < self->n; w++) {
        size_t n = 0;
        for (size_t i = 0; i < self->items[w].rows->n_features; i++) {
            n += self->items[w].used[i] ? 1 : 0;
        }
        n_left_out += self->items[w].n_rare;
        most = n > most ? n : most;
    }
    if (most < 2 && n_left_out > 1) {
        return ana_fail(ANA_ERR_VALUE,
                        "no two neurons are in %zu of the %zu animals by the same names; name them "
                        "alike (ana homogenise), or lower --min-animals",
                        least, self->n);
    }
    return most >= 2 ? ANA_OK
                     : ana_fail(ANA_ERR_VALUE,
                                "no animal has two neurons that can be used: traces with a name of "
                                "their own that vary%s",
                                self->n > 1 ? " and miss no sample" : "");
}

ana_status animals_choose(animals *self, size_t least)
{
    ana_status status = ANA_OK;
    const size_t wanted = least > 0 ? least : (self->n + 1) / 2;
    if (wanted > self->n) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "--min-animals %zu: there are %zu", wanted, self->n));
    }
    ANA_TRY(fit_times(self));
    for (size_t w = 0; w < self->n; w++) {
        ANA_TRY(check_finite(&self->items[w]));
        judge_traces(&self->items[w], self->n > 1);
    }
    drop_rare(self, wanted);
    ANA_TRY(check_pairs(self, wanted));
done:
    return status;
}

ana_status animals_neurons(const animals *self, size_t *n, const char ***out)
{
    size_t most = 0;
    *n = 0;
    for (size_t w = 0; w < self->n; w++) {
        most += self->items[w].rows->n_features;
    }
    const char **names = calloc(most + 1, sizeof *names);
    if (names == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu neurons", most);
    }
    for (size_t w = 0; w < self->n; w++) {
        const animal *one = &self->items[w];
        for (size_t i = 0; i < one->rows->n_features; i++) {
            size_t k = 0;
            while (one->used[i] && k < *n && strcmp(names[k], one->neurons[i]) != 0) {
                k++;
            }
            if (one->used[i] && k == *n) {
                names[(*n)++] = one->neurons[i];
            }
        }
    }
    *out = names;
    return ANA_OK;
}

/* The traces of one animal in the order of all neurons, NaN for those it lacks. */
static ana_status rows_of_animal(const animal *one, size_t n, const char *const *names,
                                 ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_observations *rows = NULL;
    const size_t n_times = one->rows->n_times;
    const size_t n_features = one->rows->n_features;
    ANA_TRY(ana_observations_new(n_times, n, &rows));
    ana_table_free(rows->features);
    rows->features = NULL;
    ANA_TRY(ana_table_new(n, &rows->features));
    ANA_TRY(ana_table_add_texts(rows->features, "id", names));
    rows->bin_s = one->rows->bin_s;
    for (size_t k = 0; k < n; k++) {
        const size_t i = find_name(one, names[k]);
        const bool has = i < n_features && one->used[i];
        for (size_t t = 0; t < n_times; t++) {
            rows->values[t * n + k] = has ? one->rows->values[t * n_features + i] : (double)NAN;
        }
    }
    *out = rows;
    rows = NULL;
done:
    ana_observations_free(rows);
    return status;
}

/* Every step-th row of an array, from the middle of the first step; shrunk where it is. */
static void thin_rows(double *values, size_t n, size_t n_rows, size_t step)
{
    for (size_t k = 0; values != NULL && k < n_rows; k++) {
        memmove(values + k * n, values + (k * step + (step - 1) / 2) * n, n * sizeof *values);
    }
}

static void thin(ana_affinity *affinity, size_t step)
{
    const size_t n = affinity->n_neurons;
    const size_t n_rows = affinity->n_times / step;
    if (step <= 1) {
        return;
    }
    double *const arrays[] = {affinity->scaled, affinity->derivative, affinity->unit_derivative,
                              affinity->rising, affinity->falling,    affinity->observed};
    for (size_t a = 0; a < sizeof arrays / sizeof arrays[0]; a++) {
        thin_rows(arrays[a], n, n_rows, step);
    }
    for (size_t t = 0; t < n_rows; t++) { /* one sequence */
        affinity->first[t] = 0;
        affinity->stop[t] = n_rows;
    }
    affinity->n_times = n_rows;
    affinity->dt_s *= (double)step;
}

ana_status animals_affinities(const animals *self, const ana_affinity_options *options, size_t step,
                              ana_affinity **out)
{
    ana_status status = ANA_OK;
    const char **names = NULL;
    ana_observations *rows = NULL;
    size_t n = 0;
    ana_affinity_options own = *options;
    own.run.warn = NULL; /* neurons that an animal lacks are counted by themselves */
    for (size_t w = 0; w < self->n; w++) {
        out[w] = NULL;
    }
    ANA_TRY(animals_neurons(self, &n, &names));
    for (size_t w = 0; w < self->n; w++) {
        ANA_TRY(rows_of_animal(&self->items[w], n, names, &rows));
        ANA_TRY(ana_affinity_new(rows, &own, &out[w]));
        ana_observations_free(rows);
        rows = NULL;
        if (!out[w]->factored) {
            ANA_TRY(ana_fail(ANA_ERR_UNSUPPORTED,
                             "this kernel has no factored form; geom, prod and rise have"));
        }
        if (out[w]->n_times / step < 2) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE, "--step leaves fewer than two of %zu times",
                             out[w]->n_times));
        }
        thin(out[w], step);
    }
done:
    for (size_t w = 0; w < self->n && status != ANA_OK; w++) {
        ana_affinity_free(out[w]);
        out[w] = NULL;
    }
    ana_observations_free(rows);
    free(names);
    return status;
}
