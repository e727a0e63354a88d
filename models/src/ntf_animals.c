/* Affinities of several animals as a tensor of animals, pairs and times that is never made: a row
 * is r_i r_j + s_i s_j of two neurons' traces, made when it is asked for. */
#include "memory.h"
#include "ntf_tensor.h"
#include "try.h"

#include <math.h>

enum {
    ANIMAL,
    PAIR,
    TIME
};

/* r, or s, of one neuron of one animal over time. */
static const double *trace_of(const ana_tensor *tensor, size_t part, size_t animal, size_t neuron)
{
    return tensor->traces[part] + (animal * tensor->n_neurons + neuron) * tensor->length[TIME];
}

static ana_status load_animals(const ana_tensor *tensor, size_t first, size_t n, double *room,
                               ntf_tile *tile)
{
    const size_t n_times = tensor->length[TIME];
    for (size_t k = 0; k < n; k++) {
        const size_t animal = (first + k) / tensor->length[PAIR];
        const size_t *pair = tensor->pair + 2 * ((first + k) % tensor->length[PAIR]);
        const double *r = trace_of(tensor, 0, animal, pair[0]);
        const double *s = trace_of(tensor, 1, animal, pair[0]);
        const double *r2 = trace_of(tensor, 0, animal, pair[1]);
        const double *s2 = trace_of(tensor, 1, animal, pair[1]);
        double *out = room + k * n_times;
        for (size_t t = 0; t < n_times; t++) {
            out[t] = r[t] * r2[t] + s[t] * s2[t];
        }
    }
    *tile = (ntf_tile){.values = room};
    if (tensor->has_missing) {
        ntf_tile_of(n * n_times, room, tile);
    }
    return ANA_OK;
}

/* The traces of one animal, NaN where missing. */
static void copy_animal(const ana_affinity *affinity, size_t animal, ana_tensor *tensor)
{
    const size_t n = tensor->n_neurons;
    const size_t n_times = tensor->length[TIME];
    for (size_t i = 0; i < n; i++) {
        double *r = tensor->traces[0] + (animal * n + i) * n_times;
        double *s = tensor->traces[1] + (animal * n + i) * n_times;
        for (size_t t = 0; t < n_times; t++) {
            const bool seen = affinity->observed == NULL || affinity->observed[t * n + i] != 0.0;
            r[t] = seen ? affinity->rising[t * n + i] : (double)NAN;
            s[t] = seen ? affinity->falling[t * n + i] : (double)NAN;
        }
    }
}

static ana_status check_animals(size_t n_animals, const ana_affinity *const *affinities)
{
    for (size_t w = 0; w < n_animals; w++) {
        if (!affinities[w]->factored) {
            return ana_fail(ANA_ERR_UNSUPPORTED, "tensor: the kernel has no factored form");
        }
        if (affinities[w]->n_neurons != affinities[0]->n_neurons ||
            affinities[w]->n_times != affinities[0]->n_times) {
            return ana_fail(ANA_ERR_SHAPE,
                            "tensor: animal %zu has %zu neurons at %zu times, the first %zu at %zu",
                            w, affinities[w]->n_neurons, affinities[w]->n_times,
                            affinities[0]->n_neurons, affinities[0]->n_times);
        }
    }
    return n_animals > 0 ? ANA_OK : ana_fail(ANA_ERR_SHAPE, "tensor: no animals");
}

ana_status ana_tensor_animals(size_t n_animals, const ana_affinity *const *affinities,
                              const ana_run *run, ana_tensor **out)
{
    ana_status status = ANA_OK;
    ana_tensor *tensor = NULL;
    ANA_TRY(check_animals(n_animals, affinities));
    const size_t n = affinities[0]->n_neurons;
    const size_t n_times = affinities[0]->n_times;
    const size_t lengths[] = {n_animals, ana_affinity_n_pairs(n), n_times};
    const double bytes = 16.0 * (double)n_animals * (double)n * (double)n_times;
    ANA_TRY(ana_run_check_memory(run, bytes < 1e18 ? (size_t)bytes : SIZE_MAX,
                                 "tensor of several animals"));
    ANA_TRY(ana_allocate(1, sizeof *tensor, "tensor", &tensor));
    ANA_TRY(ntf_set_lengths(3, lengths, tensor));
    tensor->backend = &ntf_dense_backend;
    tensor->load = load_animals;
    tensor->has_missing = true; /* until it is known */
    tensor->n_neurons = n;
    for (size_t part = 0; part < 2; part++) {
        ANA_TRY(
            ana_allocate(n_animals * n * n_times, sizeof(double), "tensor", &tensor->traces[part]));
    }
    ANA_TRY(ntf_list_pairs(n, tensor));
    for (size_t w = 0; w < n_animals; w++) {
        copy_animal(affinities[w], w, tensor);
    }
    ANA_TRY(ntf_survey(tensor, run, false));
    ana_tensor *made = tensor;
    tensor = NULL;
    ANA_TRY(ntf_hand_out(made, out));
done:
    ana_tensor_free(tensor);
    return status;
}
