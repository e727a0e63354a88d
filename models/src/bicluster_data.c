/* The counts as the bi-clustering sampler wants them, and the room it works in. */
#include "bicluster_parts.h"
#include "checked.h"
#include "text.h"
#include "try.h"

#include <analysis/special.h>

#include <math.h>
#include <string.h>

enum {
    LARGEST_COUNT = 1 << 24,
    LONGEST_SERIES = 1000000 /* terms of V_n(t) */
};

void bicluster_log_partitions(size_t n, double gamma, double q, size_t most, double *out)
{
    out[0] = -INFINITY;
    for (size_t t = 1; t <= most; t++) {
        double sum = -INFINITY;
        double term = 0.0;
        /* The terms rise, then fall at least like (1 - q)^k: stop when what may come is nothing. */
        for (size_t k = t; t <= n && k < t + LONGEST_SERIES; k++) {
            const double weight = gamma * (double)k;
            term = ana_special_lgamma((double)k + 1.0) - ana_special_lgamma((double)(k - t) + 1.0) -
                   ana_special_lgamma(weight + (double)n) + ana_special_lgamma(weight) + log(q) +
                   (double)(k - 1) * log1p(-q);
            const double above = fmax(sum, term);
            sum = above + log(exp(sum - above) + exp(term - above));
            if (k > 2 * t && term - log(q) < sum - 40.0) {
                break;
            }
        }
        out[t] = sum;
    }
}

double bicluster_log_partition(const bicluster_data *data, const ana_bicluster_chain *chain)
{
    const double gamma = data->options->cluster_weight;
    double sum = data->log_partitions[chain->n_clusters];
    for (size_t g = 0; g < chain->n_clusters; g++) {
        size_t size = 0;
        for (size_t i = 0; i < data->n_neurons; i++) {
            size += chain->cluster[i] == g ? 1 : 0;
        }
        sum += ana_special_lgamma(gamma + (double)size) - ana_special_lgamma(gamma);
    }
    return sum;
}

/* Counts and weights of neuron i; *largest the largest count. */
static ana_status copy_neuron(const ana_observations *observations, size_t i,
                              const bicluster_data *data, size_t *largest)
{
    double sum = 0.5;
    double seen = 0.0;
    for (size_t t = 0; t < data->n_times; t++) {
        const double count = observations->values[t * data->n_neurons + i];
        const bool missing = isnan(count);
        if (!missing && (!(count >= 0.0) || count > LARGEST_COUNT || count != floor(count))) {
            return ana_fail(ANA_ERR_VALUE,
                            "bicluster: row %zu of neuron %zu is %s; counts are whole numbers "
                            "from 0 to 2^24",
                            t, i, ana_number(count).text);
        }
        data->counts[i * data->n_times + t] = missing ? 0.0 : count;
        data->weight[i * data->n_times + t] = missing ? 0.0 : 1.0;
        sum += missing ? 0.0 : count;
        seen += missing ? 0.0 : 1.0;
        *largest = !missing && (size_t)count > *largest ? (size_t)count : *largest;
    }
    data->log_rate[i] = log(sum / (seen + 1.0));
    return ANA_OK;
}

/* How many rows have a count of at least 1, 2, ...: what draws of r_i need of the counts. */
static void count_at_least(const bicluster_data *data)
{
    for (size_t i = 0; i < data->n_neurons; i++) {
        uint64_t *at_least = data->at_least + data->at_least_start[i];
        const size_t n = data->at_least_start[i + 1] - data->at_least_start[i];
        for (size_t t = 0; t < data->n_times; t++) {
            const size_t count = (size_t)data->counts[i * data->n_times + t];
            if (count > 0) {
                at_least[count - 1]++;
            }
        }
        for (size_t j = n; j-- > 1;) {
            at_least[j - 1] += at_least[j];
        }
    }
}

enum {
    HALF_WIDTH = 3
};

/* Square roots of the counts, smoothed, with mean 0 and length 1: distances are correlations. */
static void fill_shapes(const bicluster_data *data, double *shapes)
{
    const size_t n = data->n_times;
    for (size_t i = 0; i < data->n_neurons; i++) {
        const double *y = data->counts + i * n;
        double *shape = shapes + i * n;
        double mean = 0.0;
        double square = 0.0;
        for (size_t t = 0; t < n; t++) {
            const size_t first = t < HALF_WIDTH ? 0 : t - HALF_WIDTH;
            const size_t last = t + HALF_WIDTH < n ? t + HALF_WIDTH : n - 1;
            double sum = 0.0;
            for (size_t j = first; j <= last; j++) {
                sum += sqrt(y[j]);
            }
            shape[t] = sum / (double)(last - first + 1);
            mean += shape[t] / (double)n;
        }
        for (size_t t = 0; t < n; t++) {
            shape[t] -= mean;
            square += shape[t] * shape[t];
        }
        for (size_t t = 0; t < n && square > 0.0; t++) {
            shape[t] /= sqrt(square);
        }
    }
}

/* closest: for each neuron all others by falling correlation of their shapes, itself first. */
static void order_closest(const bicluster_data *data, const double *shapes, double *near)
{
    const size_t n = data->n_neurons;
    const size_t n_times = data->n_times;
    for (size_t i = 0; i < n; i++) {
        size_t *row = data->closest + i * n;
        for (size_t j = 0; j < n; j++) {
            double sum = j == i ? 2.0 : 0.0;
            for (size_t t = 0; t < n_times && j != i; t++) {
                sum += shapes[i * n_times + t] * shapes[j * n_times + t];
            }
            near[j] = sum;
            size_t place = j;
            while (place > 0 && near[row[place - 1]] < sum) {
                row[place] = row[place - 1];
                place--;
            }
            row[place] = j;
        }
    }
}

ana_status bicluster_data_new(ana_workspace *workspace, const ana_observations *observations,
                              const ana_bicluster_options *options, bicluster_data *out)
{
    ana_status status = ANA_OK;
    const size_t n = observations->n_features;
    const size_t n_times = observations->n_times;
    bicluster_data data = {.options = options,
                           .n_neurons = n,
                           .n_times = n_times,
                           .n_rows = options->n_factors + 1,
                           .n_sequences = observations->n_sequences,
                           .sequence_start = observations->sequence_start};
    if (n < 2 || n_times < 2) {
        return ana_fail(ANA_ERR_VALUE, "bicluster: %zu neurons in %zu rows; at least two of each",
                        n, n_times);
    }
    data.counts = ana_workspace_doubles(workspace, n, n_times);
    data.weight = ana_workspace_doubles(workspace, n, n_times);
    data.log_rate = ana_workspace_doubles(workspace, n, 1);
    data.at_least_start = ana_workspace_sizes(workspace, n + 1, 1);
    data.closest = ana_workspace_sizes(workspace, n, n);
    data.shapes = ana_workspace_doubles(workspace, n, n_times);
    double *near = ana_workspace_doubles(workspace, n, 1);
    data.log_partitions = ana_workspace_doubles(workspace, options->max_clusters + 1, 1);
    ANA_TRY(ana_workspace_check(workspace, "bicluster"));
    for (size_t i = 0; i < n; i++) {
        size_t largest = 0;
        ANA_TRY(copy_neuron(observations, i, &data, &largest));
        data.at_least_start[i + 1] = data.at_least_start[i] + largest;
    }
    data.at_least = ana_workspace_bytes(workspace, data.at_least_start[n] + 1, 1, sizeof(uint64_t));
    ANA_TRY(ana_workspace_check(workspace, "bicluster"));
    count_at_least(&data);
    fill_shapes(&data, data.shapes);
    order_closest(&data, data.shapes, near);
    bicluster_log_partitions(n, options->cluster_weight, options->new_share, options->max_clusters,
                             data.log_partitions);
    *out = data;
done:
    return status;
}

/* Blocks of T doubles that the steps use at a time. */
enum {
    N_BLOCKS = 10
};

size_t bicluster_room_bytes(const bicluster_data *data)
{
    const size_t most = data->options->max_clusters * data->n_rows;
    size_t per_row = 0;
    size_t all = 0;
    if (!ana_multiply(most, 2 * most + 3 * data->n_rows + 3, &per_row) ||
        !ana_add(per_row, 2 * data->options->n_states + N_BLOCKS + 2 * data->n_rows, &per_row) ||
        !ana_add(per_row, 2 * data->n_neurons, &per_row) ||
        !ana_multiply(per_row, data->n_times, &all) || !ana_multiply(all, sizeof(double), &all)) {
        return SIZE_MAX;
    }
    return all;
}

bicluster_dynamics bicluster_dynamics_new(ana_workspace *workspace, size_t most)
{
    bicluster_dynamics one = {
        .a = ana_workspace_doubles(workspace, most, most),
        .b = ana_workspace_doubles(workspace, most, 1),
        .root = ana_workspace_doubles(workspace, most, most),
        .root_a = ana_workspace_doubles(workspace, most, most),
        .root_b = ana_workspace_doubles(workspace, most, 1),
        .precision = ana_workspace_doubles(workspace, most, most),
        .cross = ana_workspace_doubles(workspace, most, most),
        .back = ana_workspace_doubles(workspace, most, most),
        .push = ana_workspace_doubles(workspace, most, 1),
        .pull = ana_workspace_doubles(workspace, most, 1),
    };
    return one;
}

bicluster_room bicluster_room_new(ana_workspace *workspace, const bicluster_data *data)
{
    const ana_bicluster_options *options = data->options;
    const size_t n_times = data->n_times;
    const size_t q = data->n_rows;
    const size_t most = options->max_clusters * q;
    const size_t wide = 2 * (most + q) + 1;
    bicluster_room room = {
        .most = most,
        .dynamics = ana_workspace_bytes(workspace, options->n_states, 1, sizeof *room.dynamics),
        .moments = ana_workspace_doubles(workspace, options->n_states, wide * wide),
        .tried = ana_workspace_doubles(workspace, options->n_states, wide * wide),
        .moment_row = ana_workspace_doubles(workspace, wide, 1),
        .n_of_state = ana_workspace_sizes(workspace, options->n_states, 1),
        .rows = ana_workspace_bytes(workspace, most + q, 1, sizeof *room.rows),
        .dense = ana_workspace_doubles(workspace, 8, (most + q + 1) * (most + q + 1)),
        .factor = ana_workspace_doubles(workspace, n_times, most * most),
        .link = ana_workspace_doubles(workspace, n_times, most * most),
        .linear = ana_workspace_doubles(workspace, n_times, most),
        .pull = ana_workspace_doubles(workspace, n_times, most),
        .information = ana_workspace_doubles(workspace, n_times, most * q),
        .proposal = ana_workspace_doubles(workspace, most, n_times),
        .log_emission = ana_workspace_doubles(workspace, n_times, options->n_states),
        .filtered = ana_workspace_doubles(workspace, n_times, options->n_states),
        .messages = ana_hmm_scratch_new(workspace, 1, options->n_states),
        .transitions = ana_workspace_doubles(workspace, options->n_states + 1, options->n_states),
        .shares = ana_workspace_doubles(workspace, 2, options->n_states),
        .block = ana_workspace_doubles(workspace, N_BLOCKS, n_times),
        .modes = ana_workspace_doubles(workspace, options->max_clusters + 1, q),
        .curvatures = ana_workspace_doubles(workspace, options->max_clusters + 1, q * q),
        .scores = ana_workspace_doubles(workspace, options->max_clusters + 1, 1),
        .peaks = ana_workspace_doubles(workspace, options->max_clusters + 1, 1),
        .loading = ana_workspace_doubles(workspace, q, 1),
        .factor_dynamics = ana_workspace_doubles(workspace, 6, options->n_states),
        .mixture = ana_workspace_doubles(workspace, 12, n_times),
        .rates = ana_workspace_doubles(workspace, data->n_neurons, n_times),
        .residuals = ana_workspace_doubles(workspace, data->n_neurons, n_times),
        .gram = ana_workspace_doubles(workspace, data->n_neurons, data->n_neurons),
        .axis = ana_workspace_doubles(workspace, data->n_neurons, 1),
        .set = ana_workspace_sizes(workspace, data->n_neurons, 1),
        .others = ana_workspace_sizes(workspace, data->n_neurons, 1),
        .stretched = ana_workspace_sizes(workspace, n_times, 1),
        .loadings = ana_workspace_doubles(workspace, data->n_neurons, q),
        .newborn = ana_workspace_doubles(workspace, 2 * q, n_times),
        .nearest = ana_workspace_doubles(workspace, data->n_neurons, 1),
        .members = ana_workspace_sizes(workspace, options->max_clusters, 1),
    };
    for (size_t s = 0; s < options->n_states && room.dynamics != NULL; s++) {
        room.dynamics[s] = bicluster_dynamics_new(workspace, most);
    }
    return room;
}
