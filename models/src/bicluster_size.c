/* Sizes r_i of the negative binomials, twice over: with the log odds of the counts held (delta
 * moves along), where the tables of Chinese restaurants make r conjugate (Zhou & Carin 2015, IEEE
 * Trans. Pattern Anal. Mach. Intell. 37(2), sec. 4.1), and with their mean held, by a random walk,
 * without which r would only creep. */
#include "bicluster_parts.h"
#include "vec.h"

#include <math.h>

static const double walk_step = 0.5; /* of log r */

/* Tables of all rows' restaurants: sum over j of Binomial(rows with count >= j, r / (r + j - 1)).
 */
static double draw_tables(const bicluster_data *data, size_t i, double size, ana_random *random)
{
    const uint64_t *at_least = data->at_least + data->at_least_start[i];
    const size_t n = data->at_least_start[i + 1] - data->at_least_start[i];
    double tables = n > 0 ? (double)at_least[0] : 0.0;
    for (size_t j = 1; j < n; j++) {
        tables += (double)ana_random_binomial(random, at_least[j], size / (size + (double)j));
    }
    return tables;
}

/* r given the log odds eta - log r; accepted by what delta's prior says of its new place. */
static void draw_with_odds(const bicluster_data *data, size_t i, ana_bicluster_chain *chain,
                           double *eta, double *scratch)
{
    const size_t n = data->n_times;
    const double *weight = data->weight + i * n;
    const double size = chain->size[i];
    double *delta = chain->loading + i * data->n_rows;
    double rate = data->options->size_rate;
    const double tables = draw_tables(data, i, size, &chain->random);
    ana_vec_exp(n, eta, scratch);
    for (size_t t = 0; t < n; t++) {
        scratch[t] /= size;
    }
    ana_vec_log1p(n, scratch, scratch);
    for (size_t t = 0; t < n; t++) {
        rate += weight[t] * scratch[t];
    }
    const double proposed =
        ana_random_gamma(&chain->random, data->options->size_shape + tables) / rate;
    const double moved = delta[0] + log(proposed / size);
    const double log_ratio = 0.5 * (delta[0] * delta[0] - moved * moved);
    if (log(ana_random_uniform(&chain->random)) < log_ratio && proposed > 0.0) {
        for (size_t t = 0; t < n; t++) {
            eta[t] += moved - delta[0];
        }
        delta[0] = moved;
        chain->size[i] = proposed;
    }
}

static double log_density(const bicluster_data *data, size_t i, double size, const double *eta,
                          double *scratch)
{
    const ana_bicluster_options *options = data->options;
    return options->size_shape * log(size) - options->size_rate * size +
           bicluster_log_constant(data, i, size) +
           bicluster_log_likelihood(data, i, size, eta, scratch);
}

static void draw_with_mean(const bicluster_data *data, size_t i, ana_bicluster_chain *chain,
                           const double *eta, double *scratch)
{
    const double size = chain->size[i];
    const double proposed = size * exp(walk_step * ana_random_normal(&chain->random));
    const double log_ratio =
        log_density(data, i, proposed, eta, scratch) - log_density(data, i, size, eta, scratch);
    if (log(ana_random_uniform(&chain->random)) < log_ratio) {
        chain->size[i] = proposed;
    }
}

void bicluster_draw_sizes(const bicluster_data *data, ana_bicluster_chain *chain,
                          bicluster_room *room)
{
    const size_t n_times = data->n_times;
    const size_t q = data->n_rows;
    if (data->options->family == ANA_BICLUSTER_POISSON) {
        return;
    }
    for (size_t i = 0; i < data->n_neurons; i++) {
        bicluster_predictor(q, n_times, chain->path + chain->cluster[i] * q * n_times,
                            chain->loading + i * q, room->block);
        draw_with_odds(data, i, chain, room->block, room->block + n_times);
        draw_with_mean(data, i, chain, room->block, room->block + n_times);
    }
}
