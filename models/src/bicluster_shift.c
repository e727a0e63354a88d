/* The translation that leaves every rate as it is: the paths of a cluster go up by a, its neurons'
 * delta down by h_i' a, and each state's b by (I - A) a. What the priors say of a, along that
 * orbit, is Gaussian; a drawn from it is a Gibbs step (Liu & Sabatti 2000, Biometrika 87(2)) and
 * unties delta and mu, which otherwise creep. */
#include "bicluster_parts.h"

#include <string.h>

/* Adds precision h h' and linear term h x for every neuron and first row. */
static void add_levels(const bicluster_data *data, const ana_bicluster_chain *chain, size_t g,
                       double *precision, double *linear)
{
    const size_t q = data->n_rows;
    for (size_t i = 0; i < data->n_neurons; i++) {
        if (chain->cluster[i] != g) {
            continue;
        }
        const double *loading = chain->loading + i * q;
        for (size_t k = 0; k < q; k++) {
            const double h = k == 0 ? 1.0 : loading[k];
            linear[k] += h * loading[0];
            for (size_t j = k; j < q; j++) {
                precision[k * q + j] += h * (j == 0 ? 1.0 : loading[j]);
            }
        }
    }
    for (size_t s = 0; s < data->n_sequences; s++) {
        for (size_t k = 0; k < q; k++) {
            precision[k * q + k] += 1.0;
            linear[k] -= chain->path[(g * q + k) * data->n_times + data->sequence_start[s]];
        }
    }
}

/* One state's intercept, b ~ N(0, Q / precision); `scratch` has 2 n q doubles. */
static void add_intercept(const bicluster_data *data, size_t n, size_t g,
                          const bicluster_dynamics *one, double *scratch, double *precision,
                          double *linear)
{
    const size_t q = data->n_rows;
    double *columns = scratch; /* F = (I - A) E_g */
    double *weighted = scratch + n * q;
    for (size_t d = 0; d < n; d++) {
        for (size_t k = 0; k < q; k++) {
            columns[d * q + k] = (d == g * q + k ? 1.0 : 0.0) - one->a[d * n + g * q + k];
        }
    }
    bicluster_multiply(n, n, q, one->precision, columns, weighted);
    for (size_t d = 0; d < n; d++) {
        for (size_t k = 0; k < q; k++) {
            const double w = data->options->precision * weighted[d * q + k];
            linear[k] -= w * one->b[d];
            for (size_t j = k; j < q; j++) {
                precision[k * q + j] += w * columns[d * q + j];
            }
        }
    }
}

static double height_of(size_t q, const double *loading, const double *shift)
{
    double sum = shift[0];
    for (size_t k = 1; k < q; k++) {
        sum += loading[k] * shift[k];
    }
    return sum;
}

static void apply(const bicluster_data *data, ana_bicluster_chain *chain,
                  const bicluster_room *room, size_t g, const double *shift)
{
    const size_t q = data->n_rows;
    const size_t n = chain->n_clusters * q;
    const size_t most = data->options->max_clusters;
    for (size_t k = 0; k < q; k++) {
        double *row = chain->path + (g * q + k) * data->n_times;
        for (size_t t = 0; t < data->n_times; t++) {
            row[t] += shift[k];
        }
    }
    for (size_t i = 0; i < data->n_neurons; i++) {
        double *mode = chain->mode + (i * most + g) * q;
        double *loading = chain->loading + i * q;
        mode[0] -= height_of(q, mode, shift);
        loading[0] -= chain->cluster[i] == g ? height_of(q, loading, shift) : 0.0;
    }
    for (size_t l = 0; l < data->options->n_states; l++) {
        const bicluster_dynamics *one = room->dynamics + l;
        for (size_t d = 0; d < n; d++) {
            one->b[d] += d >= g * q && d < (g + 1) * q ? shift[d - g * q] : 0.0;
            for (size_t k = 0; k < q; k++) {
                one->b[d] -= one->a[d * n + g * q + k] * shift[k];
            }
        }
    }
}

ana_status bicluster_draw_shifts(const bicluster_data *data, ana_bicluster_chain *chain,
                                 bicluster_room *room)
{
    const size_t q = data->n_rows;
    const size_t n = chain->n_clusters * q;
    double *precision = room->dense;
    double *linear = precision + q * q;
    double *scratch = linear + q;
    for (size_t g = 0; g < chain->n_clusters; g++) {
        memset(precision, 0, (q * q + q) * sizeof *precision);
        add_levels(data, chain, g, precision, linear);
        for (size_t l = 0; l < data->options->n_states; l++) {
            add_intercept(data, n, g, room->dynamics + l, scratch, precision, linear);
        }
        if (!bicluster_cholesky(q, precision)) {
            return ana_fail(ANA_ERR_NUMERIC, "bicluster: the shift of cluster %zu is not definite",
                            g);
        }
        bicluster_solve_transposed(q, precision, 1, linear);
        for (size_t k = 0; k < q; k++) {
            linear[k] += ana_random_normal(&chain->random);
        }
        bicluster_solve(q, precision, 1, linear);
        apply(data, chain, room, g, linear);
    }
    return ANA_OK;
}
