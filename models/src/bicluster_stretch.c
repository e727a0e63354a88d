/* Stretches of time that change their state as a whole. The states' path given paths and dynamics
 * (bicluster_states.c) rarely takes up a state that is not in use, whose dynamics are a draw from
 * the prior; with the dynamics integrated out, a stretch tells what dynamics it wants. A stretch is
 * drawn without regard to the states and moves only if it is all in one state, so the proposal is
 * symmetric. Costs two passes over the moments, T (2 D + 1)^2 flops, each. */
#include "bicluster_parts.h"

#include <math.h>
#include <string.h>

enum {
    N_TRIES = 2
};

double bicluster_log_stretch(const bicluster_data *data, const ana_bicluster_chain *chain,
                             size_t first, size_t last)
{
    const size_t *state = chain->state;
    size_t s = 0;
    while (data->sequence_start[s + 1] <= first) {
        s++;
    }
    const size_t n_states = data->options->n_states;
    const size_t begin = data->sequence_start[s] + 1;
    const size_t end = data->sequence_start[s + 1];
    double sum = first == begin ? log(chain->initial[state[first]]) : 0.0;
    for (size_t t = first == begin ? begin + 1 : first; t <= last + 1 && t < end; t++) {
        sum += log(chain->transition[state[t - 1] * n_states + state[t]]);
    }
    return sum;
}

void bicluster_mirror_states(const bicluster_data *data, ana_bicluster_chain *chain)
{
    for (size_t s = 0; s < data->n_sequences; s++) {
        const size_t first = data->sequence_start[s];
        if (first + 1 < data->sequence_start[s + 1]) {
            chain->state[first] = chain->state[first + 1];
        }
    }
}

/* A stretch first ... last within the steps of a sequence; lengths are uniform in logarithm. False
 * when there is none. */
static bool draw_stretch(const bicluster_data *data, ana_random *random, size_t *s, size_t *first,
                         size_t *last)
{
    const size_t t = (size_t)ana_random_below(random, data->n_times);
    *s = 0;
    while (data->sequence_start[*s + 1] <= t) {
        (*s)++;
    }
    const size_t begin = data->sequence_start[*s] + 1;
    const size_t end = data->sequence_start[*s + 1];
    if (begin >= end) {
        return false;
    }
    const double length = exp(ana_random_uniform(random) * log((double)(end - begin)));
    *first = t < begin ? begin : t;
    *last = *first + (size_t)length - 1;
    return *last < end;
}

ana_status bicluster_move_stretches(const bicluster_data *data, ana_bicluster_chain *chain,
                                    bicluster_room *room)
{
    const size_t n_states = data->options->n_states;
    ana_random *random = &chain->random;
    double present = NAN;
    for (size_t try = 0; try < N_TRIES && n_states > 1; try++) {
        size_t s = 0;
        size_t first = 0;
        size_t last = 0;
        if (!draw_stretch(data, random, &s, &first, &last)) {
            continue;
        }
        const size_t old = chain->state[first];
        size_t new = (size_t)ana_random_below(random, n_states - 1);
        new += new >= old ? 1 : 0;
        bool whole = true;
        for (size_t t = first; t <= last; t++) {
            whole = whole && chain->state[t] == old;
        }
        if (!whole) {
            continue;
        }
        if (isnan(present)) {
            present = bicluster_log_paths(data, chain, SIZE_MAX, NULL, room);
        }
        double log_ratio = -present - bicluster_log_stretch(data, chain, first, last);
        for (size_t t = first; t <= last; t++) {
            chain->state[t] = new;
        }
        const double proposed = bicluster_log_paths(data, chain, SIZE_MAX, NULL, room);
        log_ratio += proposed + bicluster_log_stretch(data, chain, first, last);
        const bool accepted = log(ana_random_uniform(random)) < log_ratio;
        for (size_t t = first; !accepted && t <= last; t++) {
            chain->state[t] = old;
        }
        present = accepted ? proposed : present;
    }
    bicluster_mirror_states(data, chain);
    return isnan(present) || isfinite(present)
               ? ANA_OK
               : ana_fail(ANA_ERR_NUMERIC, "bicluster: the dynamics have no finite density");
}
