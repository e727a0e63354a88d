/* All clusters' trajectories in one draw. Given the Polya-Gamma variables the log density is
 * quadratic, with a precision that is block tridiagonal in time:
 *
 *   P_tt     = sum_i omega_it h_i h_i' (within clusters, h_i = (1, c_i)) + W_s(t) + (A' W A)_s(t+1)
 *   P_t,t+1  = - (A' W)_s(t+1)
 *
 * Forward: U_t' U_t = P_tt - L_(t-1)' L_(t-1), L_t = U_t^-T P_t,t+1; backward: m_t = U_t^-1 (v_t +
 * normal - L_t m_(t+1)). A row costs D^3 (1/3 + 1 + 1) flops, all along rows of length D; an entry
 * of the counts costs some gamma variables. */
#include "bicluster_parts.h"
#include "polya_gamma.h"
#include "simd.h"

#include <math.h>
#include <string.h>

/* What the Gaussian part knows of the counts: block-diagonal precision and linear term. */
static void add_neuron(const bicluster_data *data, const ana_bicluster_chain *chain, size_t i,
                       size_t n_nodes, const double *eta, ana_random *random, bicluster_room *room)
{
    const size_t n_times = data->n_times;
    const size_t q = data->n_rows;
    const size_t wide = chain->n_clusters * q;
    const size_t g = chain->cluster[i];
    const double size = chain->size[i];
    const double log_size = log(size);
    const double *y = data->counts + i * n_times;
    const double *weight = data->weight + i * n_times;
    const double *c = chain->loading + i * q;
    const double shift = log_size - c[0];
    for (size_t t = 0; t < n_times; t++) {
        if (weight[t] == 0.0) {
            continue;
        }
        const double omega = ana_polya_gamma_draw(random, n_nodes, y[t] + size, eta[t] - log_size);
        const double pull = 0.5 * (y[t] - size) + omega * shift;
        double *linear = room->pull + t * wide + g * q;
        double *block = room->information + (t * wide + g * q) * q;
        linear[0] += pull;
        block[0] += omega;
        for (size_t k = 1; k < q; k++) {
            const double part = omega * c[k];
            linear[k] += pull * c[k];
            block[k] += part;
            for (size_t j = k; j < q; j++) {
                block[k * q + j] += part * c[j];
            }
        }
    }
}

/* The log of what the draw should be reversible for, less what it is: the true likelihood against
 * that of the finite sums of gammas (and, for Poisson counts, of a large size). */
static double correction(const bicluster_data *data, size_t i, double size, size_t n_nodes,
                         const double *eta, double *block)
{
    const size_t n = data->n_times;
    const double *y = data->counts + i * n;
    const double *weight = data->weight + i * n;
    const double log_size = log(size);
    double *psi = block;
    double *scratch = block + n;
    double *log_laplace = block + 2 * n;
    double sum = bicluster_log_likelihood(data, i, size, eta, scratch);
    for (size_t t = 0; t < n; t++) {
        psi[t] = eta[t] - log_size;
    }
    ana_polya_gamma_log_laplace(n_nodes, n, psi, scratch, log_laplace);
    for (size_t t = 0; t < n; t++) {
        sum -= weight[t] * (0.5 * (y[t] - size) * psi[t] + (y[t] + size) * log_laplace[t]);
    }
    return sum;
}

/* The number of gammas must not depend on what is drawn: it follows from the size alone, which also
 * multiplies the correction: one more for each power of ten above 30. */
static size_t nodes_of(double size)
{
    const size_t n = ana_polya_gamma_nodes(fabs(log(size)) + 2.0);
    const size_t more = size > 30.0 ? 1 + (size_t)log10(size / 30.0) : 0;
    return n + more < POLYA_GAMMA_NODES ? n + more : POLYA_GAMMA_NODES;
}

void bicluster_add_information(const bicluster_data *data, const ana_bicluster_chain *chain,
                               const bicluster_room *room, size_t t, double *diagonal)
{
    const size_t q = data->n_rows;
    const size_t n = chain->n_clusters * q;
    for (size_t g = 0; g < chain->n_clusters; g++) {
        const double *block = room->information + (t * n + g * q) * q;
        for (size_t k = 0; k < q; k++) {
            double *row = diagonal + (g * q + k) * n + g * q;
            for (size_t j = k; j < q; j++) {
                row[j] += block[k * q + j];
            }
        }
    }
}

/* The dynamics' share of P_tt (upper triangle) and of the linear term, added to the counts'. */
static void assemble(const bicluster_data *data, const ana_bicluster_chain *chain,
                     const bicluster_room *room, size_t t, bool first, bool last, double *diagonal)
{
    const size_t n = chain->n_clusters * data->n_rows;
    double *linear = room->linear + t * n;
    memcpy(linear, room->pull + t * n, n * sizeof *linear);
    if (first) {
        memset(diagonal, 0, n * n * sizeof *diagonal);
        for (size_t d = 0; d < n; d++) {
            diagonal[d * n + d] = 1.0;
        }
    } else {
        const bicluster_dynamics *here = room->dynamics + chain->state[t];
        memcpy(diagonal, here->precision, n * n * sizeof *diagonal);
        for (size_t d = 0; d < n; d++) {
            linear[d] += here->push[d];
        }
    }
    if (!last) {
        const bicluster_dynamics *next = room->dynamics + chain->state[t + 1];
        for (size_t j = 0; j < n * n; j++) {
            diagonal[j] += next->back[j];
        }
        for (size_t d = 0; d < n; d++) {
            linear[d] -= next->pull[d];
        }
    }
    bicluster_add_information(data, chain, room, t, diagonal);
}

/* diagonal -= L' L (upper triangle), linear -= L' v. */
ANA_CLONES static void carry(size_t n, const double *link, const double *before, double *diagonal,
                             double *linear)
{
    for (size_t k = 0; k < n; k++) {
        const double *row = link + k * n;
        const double v = before[k];
        for (size_t i = 0; i < n; i++) {
            const double factor = row[i];
            double *out = diagonal + i * n;
            for (size_t j = i; j < n; j++) {
                out[j] -= factor * row[j];
            }
            linear[i] -= factor * v;
        }
    }
}

/* Factors every P_tt. False when one is not positive definite. */
static bool forward(const bicluster_data *data, const ana_bicluster_chain *chain,
                    bicluster_room *room)
{
    const size_t n = chain->n_clusters * data->n_rows;
    for (size_t s = 0; s < data->n_sequences; s++) {
        const size_t begin = data->sequence_start[s];
        const size_t end = data->sequence_start[s + 1];
        for (size_t t = begin; t < end; t++) {
            double *u = room->factor + t * n * n;
            double *link = room->link + t * n * n;
            double *linear = room->linear + t * n;
            assemble(data, chain, room, t, t == begin, t + 1 == end, u);
            if (t > begin) {
                carry(n, link - n * n, linear - n, u, linear);
            }
            if (!bicluster_cholesky(n, u)) {
                return false;
            }
            bicluster_solve_transposed(n, u, 1, linear);
            if (t + 1 < end) {
                const double *cross = room->dynamics[chain->state[t + 1]].cross;
                for (size_t j = 0; j < n * n; j++) {
                    link[j] = -cross[j];
                }
                bicluster_solve_transposed(n, u, n, link);
            }
        }
    }
    return true;
}

/* Draws the rows into `proposal` (D x T), from the last to the first of each sequence. */
static void backward(const bicluster_data *data, const ana_bicluster_chain *chain,
                     ana_random *random, bicluster_room *room)
{
    const size_t n = chain->n_clusters * data->n_rows;
    double *row = room->moment_row;
    double *next = room->moment_row + n;
    for (size_t s = 0; s < data->n_sequences; s++) {
        const size_t begin = data->sequence_start[s];
        const size_t end = data->sequence_start[s + 1];
        for (size_t t = end; t-- > begin;) {
            const double *link = room->link + t * n * n;
            for (size_t d = 0; d < n; d++) {
                row[d] = room->linear[t * n + d] + ana_random_normal(random);
            }
            for (size_t d = 0; t + 1 < end && d < n; d++) {
                double sum = 0.0;
                for (size_t j = 0; j < n; j++) {
                    sum += link[d * n + j] * next[j];
                }
                row[d] -= sum;
            }
            bicluster_solve(n, room->factor + t * n * n, 1, row);
            for (size_t d = 0; d < n; d++) {
                room->proposal[d * data->n_times + t] = row[d];
                next[d] = row[d];
            }
        }
    }
}

/* log of acceptance: the corrections of the proposal less those of the present. */
static double log_acceptance(const bicluster_data *data, const ana_bicluster_chain *chain,
                             bicluster_room *room)
{
    const size_t n_times = data->n_times;
    const size_t q = data->n_rows;
    double sum = 0.0;
    for (size_t i = 0; i < data->n_neurons; i++) {
        const size_t offset = chain->cluster[i] * q * n_times;
        const double *loading = chain->loading + i * q;
        const size_t n_nodes = nodes_of(chain->size[i]);
        bicluster_predictor(q, n_times, room->proposal + offset, loading, room->block);
        sum += correction(data, i, chain->size[i], n_nodes, room->block, room->block + n_times);
        bicluster_predictor(q, n_times, chain->path + offset, loading, room->block);
        sum -= correction(data, i, chain->size[i], n_nodes, room->block, room->block + n_times);
    }
    return sum;
}

/* Poisson: the proposal's size is tuned so that seven of ten proposals pass. */
static void tune(const bicluster_data *data, ana_bicluster_chain *chain, bool accepted)
{
    const bool poisson = data->options->family == ANA_BICLUSTER_POISSON;
    if (chain->n_done >= data->options->n_warmup) {
        chain->n_proposed++;
        chain->n_accepted += accepted ? 1 : 0;
        return;
    }
    const double factor = exp(accepted ? -0.03 : 0.07);
    for (size_t i = 0; poisson && i < data->n_neurons; i++) {
        chain->size[i] = fmin(fmax(chain->size[i] * factor, 5.0), 1e5);
    }
}

ana_status bicluster_draw_paths(const bicluster_data *data, ana_bicluster_chain *chain,
                                bicluster_room *room)
{
    const size_t n_times = data->n_times;
    const size_t q = data->n_rows;
    const size_t n = chain->n_clusters * q;
    memset(room->pull, 0, n_times * n * sizeof *room->pull);
    memset(room->information, 0, n_times * n * q * sizeof *room->information);
    for (size_t i = 0; i < data->n_neurons; i++) {
        bicluster_predictor(q, n_times, chain->path + chain->cluster[i] * q * n_times,
                            chain->loading + i * q, room->block);
        add_neuron(data, chain, i, nodes_of(chain->size[i]), room->block, &chain->random, room);
    }
    memcpy(room->stretched, chain->state, n_times * sizeof *chain->state);
    /* Before, the states it was begun with hold trajectories and loadings together until these
     * have found each other. */
    const bool warm = chain->n_done >= 2 * bicluster_settling(data->options);
    const bool works =
        (!warm || bicluster_move_borders(data, chain, room)) && forward(data, chain, room);
    if (!works) {
        return ana_fail(ANA_ERR_NUMERIC,
                        "bicluster: the trajectories' precision is not positive definite");
    }
    backward(data, chain, &chain->random, room);
    const double log_ratio = log_acceptance(data, chain, room);
    const bool accepted = log(ana_random_uniform(&chain->random)) < log_ratio;
    if (accepted) {
        memcpy(chain->path, room->proposal, n * n_times * sizeof *chain->path);
    } else {
        memcpy(chain->state, room->stretched, n_times * sizeof *chain->state);
    }
    bicluster_mirror_states(data, chain);
    tune(data, chain, accepted);
    return ANA_OK;
}
