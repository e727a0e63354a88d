/* The basis of a cluster's rows. A factor twice as large with loadings half as large leaves every
 * rate as it is, and so do X_j + d X_k and mu + d X_k with c_k less by d c_j or d. What the priors
 * say along such an orbit is broad, but loadings given trajectories, and trajectories given
 * loadings, move along it by a hundredth at a time; here they move together (Liu & Sabatti 2000,
 * Biometrika 87(2)). Dynamics are integrated out: their evidence depends on the trajectories by
 * moments alone, which the change of basis takes along, so that a try costs D^3 for each state in
 * use, whatever T. */
#include "bicluster_parts.h"

#include <math.h>
#include <string.h>

/* row `to` += (factor - 1) times itself (from == to), or factor times row `from`; rows of the whole
 * state. */
typedef struct change {
    size_t cluster;
    size_t to; /* within the cluster */
    size_t from;
    double factor;
} change;

static double length_of_step(ana_random *random)
{
    /* 0.005 to 0.5, whatever the data leave open */
    return 0.5 * exp(-log(100.0) * ana_random_uniform(random)) * ana_random_normal(random);
}

/* Row i += by times row j, of an upper triangle that stands for a symmetric matrix. */
static void add_symmetric(size_t n, size_t i, size_t j, double by, double *a)
{
    const double own = a[i * n + i];
    const double mixed = i < j ? a[i * n + j] : a[j * n + i];
    const double other = a[j * n + j];
    for (size_t k = 0; k < n; k++) {
        double *here = k < i ? a + k * n + i : a + i * n + k;
        const double *there = k < j ? a + k * n + j : a + j * n + k;
        *here += by * *there;
    }
    a[i * n + i] = own + 2.0 * by * mixed + by * by * other;
}

/* log p(trajectories) of all states' moments, less the first rows. */
static double log_moments(const bicluster_data *data, size_t n, const double *moments,
                          const bicluster_room *room)
{
    const size_t wide = 2 * n + 1;
    double sum = 0.0;
    for (size_t l = 0; l < data->options->n_states; l++) {
        if (room->n_of_state[l] > 0) {
            sum += bicluster_log_steps(data, n, room->n_of_state[l], moments + l * wide * wide,
                                       room->dense);
        }
    }
    return sum;
}

static void change_moments(const bicluster_data *data, size_t n, const change *it,
                           const bicluster_room *room, double *moments)
{
    const size_t wide = 2 * n + 1;
    const size_t q = data->n_rows;
    const size_t to = it->cluster * q + it->to;
    const size_t from = it->cluster * q + it->from;
    const double by = it->to == it->from ? it->factor - 1.0 : it->factor;
    for (size_t l = 0; l < data->options->n_states; l++) {
        if (room->n_of_state[l] > 0) {
            double *own = moments + l * wide * wide;
            add_symmetric(wide, to, from, by, own);
            add_symmetric(wide, n + to, n + from, by, own);
        }
    }
}

/* What becomes of the loadings (delta, c). */
static void change_loading(const change *it, double *loading)
{
    if (it->to == it->from) {
        loading[it->to] /= it->factor;
    } else {
        loading[it->from] -= it->factor * (it->to == 0 ? 1.0 : loading[it->to]);
    }
}

/* log prior of the loadings and first rows after, less before, and the Jacobian. */
static double log_rest(const bicluster_data *data, const ana_bicluster_chain *chain,
                       const change *it)
{
    const size_t q = data->n_rows;
    const double *rows = chain->path + it->cluster * q * data->n_times;
    const bool scales = it->to == it->from;
    const double by = scales ? it->factor - 1.0 : it->factor;
    double n_members = 0.0;
    double sum = 0.0;
    for (size_t i = 0; i < data->n_neurons; i++) {
        if (chain->cluster[i] == it->cluster) {
            double changed[2] = {chain->loading[i * q + it->to], chain->loading[i * q + it->from]};
            const double before = changed[1];
            const double after = scales ? before / it->factor
                                        : before - it->factor * (it->to == 0 ? 1.0 : changed[0]);
            sum += 0.5 * (before * before - after * after);
            n_members += 1.0;
        }
    }
    for (size_t s = 0; s < data->n_sequences; s++) {
        const size_t t = data->sequence_start[s];
        const double before = rows[it->to * data->n_times + t];
        const double after = before + by * rows[it->from * data->n_times + t];
        sum += 0.5 * (before * before - after * after);
    }
    return sum + (scales ? log(it->factor) * ((double)data->n_times - n_members) : 0.0);
}

static void apply(const bicluster_data *data, ana_bicluster_chain *chain, const change *it)
{
    const size_t q = data->n_rows;
    const size_t n = data->n_times;
    double *to = chain->path + (it->cluster * q + it->to) * n;
    const double *from = chain->path + (it->cluster * q + it->from) * n;
    const double by = it->to == it->from ? it->factor - 1.0 : it->factor;
    for (size_t t = 0; t < n; t++) {
        to[t] += by * from[t];
    }
    for (size_t i = 0; i < data->n_neurons; i++) {
        change_loading(it, chain->mode + (i * data->options->max_clusters + it->cluster) * q);
        if (chain->cluster[i] == it->cluster) {
            change_loading(it, chain->loading + i * q);
        }
    }
}

void bicluster_change_bases(const bicluster_data *data, ana_bicluster_chain *chain,
                            bicluster_room *room)
{
    const size_t q = data->n_rows;
    const size_t n = chain->n_clusters * q;
    const size_t size = data->options->n_states * (2 * n + 1) * (2 * n + 1);
    double *moments = room->moments;
    double *tried = room->tried;
    for (size_t d = 0; d < n; d++) {
        room->rows[d] = chain->path + d * data->n_times;
    }
    bicluster_gather_moments(data, chain->state, n, room->rows, room);
    double present = log_moments(data, n, moments, room);
    for (size_t c = 0; c < chain->n_clusters * q * (q - 1); c++) {
        const double step = length_of_step(&chain->random);
        change it = {.cluster = c / (q * (q - 1)), .to = c % q, .from = 1 + c / q % (q - 1)};
        it.factor = it.to == it.from ? exp(step) : step;
        memcpy(tried, moments, size * sizeof *tried);
        change_moments(data, n, &it, room, tried);
        const double proposed = log_moments(data, n, tried, room);
        const double log_ratio = proposed - present + log_rest(data, chain, &it);
        if (log(ana_random_uniform(&chain->random)) < log_ratio) {
            apply(data, chain, &it);
            memcpy(moments, tried, size * sizeof *tried);
            present = proposed;
        }
    }
}
