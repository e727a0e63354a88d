/* Where a chain begins: clusters and trajectories from a search, all of time in one state. */
#include "bicluster_parts.h"
#include "try.h"

#include <string.h>

static void start_states(const bicluster_data *data, ana_bicluster_chain *chain,
                         bicluster_room *room)
{
    const size_t n_states = data->options->n_states;
    memset(chain->state, 0, data->n_times * sizeof *chain->state);
    for (size_t k = 0; k < n_states; k++) {
        chain->weight[k] = 1.0 / (double)n_states;
    }
    bicluster_count_transitions(data, chain, room->transitions);
    bicluster_draw_transitions(data, chain, room);
}

ana_status bicluster_start(const bicluster_data *data, size_t index, ana_bicluster_chain *chain,
                           bicluster_room *room)
{
    const ana_bicluster_options *options = data->options;
    const bool poisson = options->family == ANA_BICLUSTER_POISSON;
    ana_status status = ANA_OK;
    chain->random = ana_random_stream(options->run.seed, "bicluster.chain", index);
    for (size_t i = 0; i < data->n_neurons; i++) {
        chain->size[i] = poisson ? options->proposal_size : 10.0;
    }
    ANA_TRY(bicluster_search(data, chain, room));
    start_states(data, chain, room);
done:
    return status;
}
