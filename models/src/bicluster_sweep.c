/* One sweep of the sampler, in the order in which a part may be integrated out: the dynamics are
 * drawn first and used up before the clusters, which integrate them out, may change how many rows
 * they have. */
#include "bicluster_parts.h"
#include "constants.h"
#include "try.h"

#include <analysis/special.h>

#include <math.h>
#include <string.h>

enum {
    MOST_SETTLING = 40 /* longer, and clusters that are apart drift together in the one state */
};

/* log p(counts, loadings, sizes | clusters, paths). */
static double log_neurons(const bicluster_data *data, const ana_bicluster_chain *chain,
                          const bicluster_room *room)
{
    const ana_bicluster_options *options = data->options;
    const size_t q = data->n_rows;
    const double prior =
        options->size_shape * log(options->size_rate) - ana_special_lgamma(options->size_shape);
    double sum = 0.0;
    for (size_t i = 0; i < data->n_neurons; i++) {
        const double *loading = chain->loading + i * q;
        const double size = chain->size[i];
        bicluster_predictor(q, data->n_times, chain->path + chain->cluster[i] * q * data->n_times,
                            loading, room->block);
        sum += bicluster_log_constant(data, i, size) +
               bicluster_log_likelihood(data, i, size, room->block, room->block + data->n_times);
        for (size_t k = 0; k < q; k++) {
            sum -= 0.5 * (loading[k] * loading[k] + ANA_LOG_2PI);
        }
        if (options->family == ANA_BICLUSTER_NEGATIVE_BINOMIAL) {
            sum += prior + (options->size_shape - 1.0) * log(size) - options->size_rate * size;
        }
    }
    return sum;
}

static double states_in_use(const bicluster_data *data, const ana_bicluster_chain *chain,
                            const bicluster_room *room)
{
    double n = 0.0;
    memset(room->n_of_state, 0, data->options->n_states * sizeof *room->n_of_state);
    for (size_t t = 0; t < data->n_times; t++) {
        n += room->n_of_state[chain->state[t]]++ == 0 ? 1.0 : 0.0;
    }
    return n;
}

static void keep(const bicluster_data *data, ana_bicluster_chain *chain, bicluster_room *room)
{
    const ana_bicluster_options *options = data->options;
    const size_t n_times = data->n_times;
    const size_t q = data->n_rows;
    const size_t n = chain->n_done;
    chain->cluster_trace[n] = (double)chain->n_clusters;
    chain->state_trace[n] = states_in_use(data, chain, room);
    for (size_t i = 0; i < data->n_neurons; i++) {
        chain->partitions[n * data->n_neurons + i] = (uint16_t)chain->cluster[i];
    }
    if (n < options->n_warmup) {
        return;
    }
    for (size_t i = 0; i < data->n_neurons; i++) {
        double *sum = chain->mean + i * n_times;
        bicluster_predictor(q, n_times, chain->path + chain->cluster[i] * q * n_times,
                            chain->loading + i * q, room->block);
        for (size_t t = 0; t < n_times; t++) {
            sum[t] += room->block[t];
        }
    }
    if ((n - options->n_warmup) % options->keep_every == 0) {
        uint16_t *path = chain->paths + chain->n_kept * n_times;
        for (size_t t = 0; t < n_times; t++) {
            path[t] = (uint16_t)chain->state[t];
        }
        chain->n_kept++;
    }
}

size_t bicluster_settling(const ana_bicluster_options *options)
{
    const size_t sixth = options->n_warmup / 6;
    return sixth < MOST_SETTLING ? sixth : MOST_SETTLING;
}

ana_status bicluster_sweep(const bicluster_data *data, ana_bicluster_chain *chain,
                           bicluster_room *room)
{
    const size_t n_settling = bicluster_settling(data->options);
    const bool settled = chain->n_done >= n_settling;
    double log_dynamics = 0.0;
    ana_status status = ANA_OK;
    if (n_settling > 0 && chain->n_done == n_settling) {
        bicluster_segment(data, chain, room);
    }
    if (settled) {
        ANA_TRY(bicluster_move_stretches(data, chain, room));
    }
    if (settled && data->options->split_every > 0 &&
        chain->n_done % data->options->split_every == 0) {
        bicluster_split_or_merge(data, chain, room);
    }
    bicluster_change_bases(data, chain, room);
    ANA_TRY(bicluster_draw_dynamics(data, chain, room, &log_dynamics));
    chain->log_joint[chain->n_done] = log_dynamics + bicluster_log_states(data, chain, room) +
                                      bicluster_log_partition(data, chain) +
                                      log_neurons(data, chain, room);
    ANA_TRY(bicluster_draw_paths(data, chain, room));
    if (settled) {
        ANA_TRY(bicluster_draw_states(data, chain, room));
    }
    ANA_TRY(bicluster_draw_shifts(data, chain, room));
    bicluster_draw_clusters(data, chain, room);
    bicluster_draw_sizes(data, chain, room);
    keep(data, chain, room);
    chain->n_done++;
done:
    return status;
}
