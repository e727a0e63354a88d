/* States of time: the path by filtering forward and sampling backward, then the weak-limit sticky
 * HDP-HMM's transitions and shares (Fox et al. 2011, Ann. Appl. Stat. 5(2A), sec. 3 and appendix).
 * Emissions cost L T (2 D^2) flops, over blocks of rows, so that every loop is as long as a block.
 */
#include "bicluster_parts.h"
#include "constants.h"
#include "simd.h"

#include <analysis/special.h>

#include <math.h>
#include <string.h>

enum {
    BLOCK = 64
};

/* squared[b] += (R_k (m_t - A m_(t-1) - b))^2 for row k of R and n_block rows of time from `path`
 * on; the rows of state are n_times apart. */
ANA_CLONES static void add_residual(size_t n, size_t n_times, const double *path, size_t n_block,
                                    const bicluster_dynamics *one, size_t k, double *squared)
{
    double sum[BLOCK];
    for (size_t b = 0; b < n_block; b++) {
        sum[b] = -one->root_b[k];
    }
    for (size_t d = 0; d < n; d++) {
        const double *here = path + d * n_times;
        const double *before = here - 1;
        const double now = one->root[k * n + d];
        const double then = one->root_a[k * n + d];
        for (size_t b = 0; b < n_block; b++) {
            sum[b] += now * here[b] - then * before[b];
        }
    }
    for (size_t b = 0; b < n_block; b++) {
        squared[b] += sum[b] * sum[b];
    }
}

/* log_emission[t][l] = log N(m_t; A_l m_(t-1) + b_l, Q_l); rows that begin a sequence are not
 * emissions, what stands there is not read. */
static void fill_emissions(const bicluster_data *data, const ana_bicluster_chain *chain,
                           const bicluster_room *room)
{
    const size_t n = chain->n_clusters * data->n_rows;
    const size_t n_states = data->options->n_states;
    for (size_t l = 0; l < n_states; l++) {
        const bicluster_dynamics *one = room->dynamics + l;
        const double constant = 0.5 * (one->log_det - (double)n * ANA_LOG_2PI);
        for (size_t first = 1; first < data->n_times; first += BLOCK) {
            const size_t left = data->n_times - first;
            const size_t n_block = left < BLOCK ? left : BLOCK;
            double squared[BLOCK] = {0.0};
            for (size_t k = 0; k < n; k++) {
                add_residual(n, data->n_times, chain->path + first, n_block, one, k, squared);
            }
            for (size_t b = 0; b < n_block; b++) {
                room->log_emission[(first + b) * n_states + l] = constant - 0.5 * squared[b];
            }
        }
    }
}

static ana_status draw_path(const bicluster_data *data, ana_bicluster_chain *chain,
                            bicluster_room *room)
{
    const size_t n_states = data->options->n_states;
    const ana_hmm_chain messages = {n_states, chain->initial, chain->transition, 0};
    for (size_t s = 0; s < data->n_sequences; s++) {
        const size_t first = data->sequence_start[s] + 1;
        const size_t end = data->sequence_start[s + 1];
        if (first >= end) {
            chain->state[first - 1] = 0;
            continue;
        }
        ana_status status = ana_hmm_sample_path_in(
            &messages, end - first, room->log_emission + first * n_states, &room->messages,
            room->filtered, &chain->random, chain->state + first);
        if (status != ANA_OK) {
            return status;
        }
        chain->state[first - 1] = chain->state[first];
    }
    return ANA_OK;
}

void bicluster_count_transitions(const bicluster_data *data, const ana_bicluster_chain *chain,
                                 double *counts)
{
    const size_t n_states = data->options->n_states;
    memset(counts, 0, (n_states + 1) * n_states * sizeof *counts);
    for (size_t s = 0; s < data->n_sequences; s++) {
        const size_t first = data->sequence_start[s] + 1;
        const size_t end = data->sequence_start[s + 1];
        for (size_t t = first; t < end; t++) {
            const size_t from = t == first ? n_states : chain->state[t - 1];
            counts[from * n_states + chain->state[t]] += 1.0;
        }
    }
}

/* Tables of a Chinese restaurant with n customers and that concentration. */
static double draw_tables(size_t n, double concentration, ana_random *random)
{
    double tables = 0.0;
    for (size_t l = 0; l < n; l++) {
        const double total = concentration + (double)l;
        tables += ana_random_uniform(random) * total < concentration ? 1.0 : 0.0;
    }
    return tables;
}

/* Shares of the states: Dirichlet(gamma / L + tables whose dish was not overridden by kappa). */
static void draw_shares(const bicluster_data *data, ana_bicluster_chain *chain,
                        const bicluster_room *room)
{
    const ana_bicluster_options *options = data->options;
    const size_t n_states = options->n_states;
    double *tables = room->shares;
    for (size_t k = 0; k < n_states; k++) {
        tables[k] = options->gamma / (double)n_states;
        const double plain = options->alpha * chain->weight[k];
        for (size_t j = 0; j <= n_states; j++) {
            const double sticky = j == k ? options->kappa : 0.0;
            double m = draw_tables((size_t)room->transitions[j * n_states + k], plain + sticky,
                                   &chain->random);
            if (j == k) {
                m -= (double)ana_random_binomial(&chain->random, (uint64_t)m,
                                                 sticky / (sticky + plain));
            }
            tables[k] += m;
        }
    }
    ana_random_dirichlet(&chain->random, n_states, tables, chain->weight);
    for (size_t k = 0; k < n_states; k++) {
        chain->weight[k] = fmax(chain->weight[k], 1e-300);
    }
}

void bicluster_draw_transitions(const bicluster_data *data, ana_bicluster_chain *chain,
                                const bicluster_room *room)
{
    const ana_bicluster_options *options = data->options;
    const size_t n_states = options->n_states;
    double *concentration = room->shares;
    for (size_t j = 0; j <= n_states; j++) {
        for (size_t k = 0; k < n_states; k++) {
            concentration[k] = options->alpha * chain->weight[k] + (j == k ? options->kappa : 0.0) +
                               room->transitions[j * n_states + k];
        }
        ana_random_dirichlet(&chain->random, n_states, concentration,
                             j < n_states ? chain->transition + j * n_states : chain->initial);
    }
}

ana_status bicluster_draw_states(const bicluster_data *data, ana_bicluster_chain *chain,
                                 bicluster_room *room)
{
    fill_emissions(data, chain, room);
    ana_status status = draw_path(data, chain, room);
    if (status != ANA_OK) {
        return status;
    }
    bicluster_count_transitions(data, chain, room->transitions);
    draw_shares(data, chain, room);
    bicluster_draw_transitions(data, chain, room);
    return ANA_OK;
}

double bicluster_log_states(const bicluster_data *data, const ana_bicluster_chain *chain,
                            bicluster_room *room)
{
    const ana_bicluster_options *options = data->options;
    const size_t n_states = options->n_states;
    const double each = options->gamma / (double)n_states;
    double sum = ana_special_lgamma(options->gamma) - (double)n_states * ana_special_lgamma(each);
    bicluster_count_transitions(data, chain, room->transitions);
    for (size_t j = 0; j <= n_states; j++) {
        const double sticky = j < n_states ? options->kappa : 0.0;
        double n = 0.0;
        for (size_t k = 0; k < n_states; k++) {
            const double count = room->transitions[j * n_states + k];
            const double prior = options->alpha * chain->weight[k] + (j == k ? sticky : 0.0);
            if (count > 0.0) {
                sum += ana_special_lgamma(prior + count) - ana_special_lgamma(prior);
            }
            n += count;
        }
        sum += ana_special_lgamma(options->alpha + sticky) -
               ana_special_lgamma(options->alpha + sticky + n);
    }
    for (size_t k = 0; k < n_states; k++) {
        sum += (each - 1.0) * log(chain->weight[k]);
    }
    return sum;
}
