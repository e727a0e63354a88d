/* "Getting it right", Geweke (2004), J. Am. Stat. Assoc. 99(467): drawing parameters and counts
 * from the prior, and alternating a sweep of the sampler with new counts given its parameters, must
 * give the same distribution. Any step of the sampler that is wrong shows as a difference. The
 * prior is drawn here by means of its own. */
#include "bicluster_parts.h"
#include "bicluster_whole.h"
#include "support/check.h"

#include <analysis/diagnostics.h>
#include <analysis/linalg.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 3,
    T = 7,
    Q = 2,
    L = 2,
    MOST = N * Q,
    N_STATISTICS = 18
};

static const size_t sequence_lengths[2] = {4, 3};

static ana_bicluster_options tiny(int family)
{
    ana_bicluster_options options = ana_bicluster_options_default();
    options.family = family;
    options.n_factors = Q - 1;
    options.n_states = L;
    options.max_clusters = N;
    options.n_chains = 1;
    options.n_sweeps = 8;
    options.n_warmup = 0;
    options.n_births = 2;
    options.split_every = 1;
    options.new_share = 0.4;
    options.alpha = 3.0;
    options.gamma = 4.0;
    options.kappa = 2.0;
    options.noise = 1.1;
    options.noise_df = 12.0;
    options.precision = 8.0;
    options.size_shape = 4.0;
    options.proposal_size = 20.0;
    return options;
}

static void draw_partition(const ana_bicluster_options *options, ana_random *random,
                           ana_bicluster_chain *chain)
{
    double shares[200];
    double concentrations[200];
    size_t names[200];
    size_t n = 1;
    while (n < 200 && ana_random_uniform(random) > options->new_share) {
        n++;
    }
    for (size_t k = 0; k < n; k++) {
        concentrations[k] = options->cluster_weight;
        names[k] = SIZE_MAX;
    }
    ana_random_dirichlet(random, n, concentrations, shares);
    chain->n_clusters = 0;
    for (size_t i = 0; i < N; i++) {
        size_t k = ana_random_categorical(random, n, shares);
        names[k] = names[k] == SIZE_MAX ? chain->n_clusters++ : names[k];
        chain->cluster[i] = names[k];
    }
}

static void draw_states(const ana_bicluster_options *options, ana_random *random,
                        ana_bicluster_chain *chain)
{
    double each[L];
    for (size_t k = 0; k < L; k++) {
        each[k] = options->gamma / L;
    }
    ana_random_dirichlet(random, L, each, chain->weight);
    for (size_t j = 0; j <= L; j++) {
        for (size_t k = 0; k < L; k++) {
            each[k] = options->alpha * chain->weight[k] + (j == k ? options->kappa : 0.0);
        }
        ana_random_dirichlet(random, L, each, j < L ? chain->transition + j * L : chain->initial);
    }
    for (size_t t = 0; t < T; t++) {
        const bool first = t == 1 || t == sequence_lengths[0] + 1;
        const double *row =
            first ? chain->initial : chain->transition + (t > 0 ? chain->state[t - 1] : 0) * L;
        if (t != 0 && t != sequence_lengths[0]) {
            chain->state[t] = ana_random_categorical(random, L, row);
        }
    }
    chain->state[0] = chain->state[1];
    chain->state[sequence_lengths[0]] = chain->state[sequence_lengths[0] + 1];
}

/* Q from the inverse Wishart as the inverse of a sum of outer products of normals (whole degrees of
 * freedom), [A b] with rows of covariance Q. `root` (lower) has root root' = Q. */
static void draw_dynamics(const ana_bicluster_options *options, size_t n, ana_random *random,
                          double *a, double *b, double *root)
{
    double wishart[MOST * MOST] = {0.0};
    double covariance[MOST * MOST];
    const size_t df = n + (size_t)options->noise_df;
    for (size_t d = 0; d < df; d++) {
        double z[MOST];
        for (size_t i = 0; i < n; i++) {
            z[i] = ana_random_normal(random) / sqrt(options->noise);
        }
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < n; j++) {
                wishart[i * n + j] += z[i] * z[j];
            }
        }
    }
    check_ok(ana_linalg_inverse_spd(n, wishart, covariance));
    check_ok(ana_linalg_cholesky(n, covariance, root));
    for (size_t j = 0; j <= n; j++) {
        double z[MOST];
        for (size_t i = 0; i < n; i++) {
            z[i] = ana_random_normal(random) / sqrt(options->precision);
        }
        for (size_t i = 0; i < n; i++) {
            double value = i == j ? 1.0 : 0.0;
            for (size_t k = 0; k <= i; k++) {
                value += root[i * n + k] * z[k];
            }
            if (j < n) {
                a[i * n + j] = value;
            } else {
                b[i] = value;
            }
        }
    }
}

static void draw_paths(const ana_bicluster_options *options, ana_random *random,
                       ana_bicluster_chain *chain)
{
    const size_t n = chain->n_clusters * Q;
    double a[L][MOST * MOST];
    double b[L][MOST];
    double root[L][MOST * MOST];
    for (size_t l = 0; l < L; l++) {
        draw_dynamics(options, n, random, a[l], b[l], root[l]);
    }
    for (size_t t = 0; t < T; t++) {
        double z[MOST];
        const size_t l = chain->state[t];
        for (size_t i = 0; i < n; i++) {
            z[i] = ana_random_normal(random);
        }
        for (size_t i = 0; i < n; i++) {
            double value = z[i];
            if (t != 0 && t != sequence_lengths[0]) {
                value = b[l][i];
                for (size_t j = 0; j < n; j++) {
                    value += a[l][i * n + j] * chain->path[j * T + t - 1];
                    value += j <= i ? root[l][i * n + j] * z[j] : 0.0;
                }
            }
            chain->path[i * T + t] = value;
        }
    }
}

static void draw_neurons(const ana_bicluster_options *options, ana_random *random,
                         ana_bicluster_chain *chain)
{
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < Q; k++) {
            chain->loading[i * Q + k] = ana_random_normal(random);
        }
        chain->size[i] = options->family == ANA_BICLUSTER_POISSON
                             ? options->proposal_size
                             : ana_random_gamma(random, options->size_shape) / options->size_rate;
    }
}

static void draw_counts(const ana_bicluster_options *options, ana_random *random,
                        const ana_bicluster_chain *chain, ana_observations *counts)
{
    for (size_t t = 0; t < T; t++) {
        for (size_t i = 0; i < N; i++) {
            const double *path = chain->path + chain->cluster[i] * Q * T;
            double eta = chain->loading[i * Q] + path[t];
            for (size_t k = 1; k < Q; k++) {
                eta += chain->loading[i * Q + k] * path[k * T + t];
            }
            double mean = exp(fmin(eta, 12.0));
            if (options->family == ANA_BICLUSTER_NEGATIVE_BINOMIAL) {
                mean *= ana_random_gamma(random, chain->size[i]) / chain->size[i];
            }
            counts->values[t * N + i] = (double)ana_random_poisson(random, mean);
        }
    }
    counts->values[2 * N + 1] = (double)NAN; /* one is always missing */
}

/* Functions of everything that is drawn, bounded or nearly so. */
static void measure(const ana_bicluster_chain *chain, const ana_observations *counts,
                    double out[N_STATISTICS])
{
    const double *path = chain->path + chain->cluster[0] * Q * T;
    const double *other = chain->path + chain->cluster[2] * Q * T;
    out[0] = (double)chain->n_clusters;
    out[1] = chain->cluster[0] == chain->cluster[2] ? 1.0 : 0.0;
    out[2] = chain->loading[0];
    out[3] = chain->loading[0] * chain->loading[0];
    out[4] = chain->loading[2 * Q + 1] * chain->loading[2 * Q + 1];
    out[5] = log(chain->size[1]);
    out[6] = chain->size[0];
    out[7] = tanh(path[3]);
    out[8] = tanh(path[3] * path[3]);
    out[9] = tanh(path[T + 2] * path[T + 3]);
    out[10] = tanh((path[5] - path[4]) * (path[5] - path[4]));
    out[11] = tanh(path[1] * other[1]);
    out[12] = chain->state[2] == chain->state[3] ? 1.0 : 0.0;
    out[13] = chain->transition[0];
    out[14] = chain->weight[0] * chain->weight[0];
    out[15] = log1p(counts->values[0]);
    out[16] = log1p(counts->values[3 * N + 2]) * chain->loading[2 * Q];
    out[17] = chain->cluster[0] == chain->cluster[1] ? tanh(path[T + 1] * path[T + 1]) : 0.0;
}

static ana_bicluster *new_fit(const ana_bicluster_options *options, ana_observations **counts)
{
    ana_bicluster *fit = NULL;
    check_ok(bicluster_new(N, T, options, &fit));
    check_ok(ana_observations_new(T, N, counts));
    check_ok(ana_observations_set_sequences(*counts, 2, sequence_lengths, NULL));
    return fit;
}

static void draw_prior(const ana_bicluster_options *options, ana_random *random,
                       ana_bicluster_chain *chain, ana_observations *counts)
{
    draw_partition(options, random, chain);
    draw_states(options, random, chain);
    draw_paths(options, random, chain);
    draw_neurons(options, random, chain);
    draw_counts(options, random, chain, counts);
}

static void sweep(const ana_bicluster_options *options, ana_bicluster_chain *chain,
                  const ana_observations *counts)
{
    ana_workspace workspace = {0};
    bicluster_data data;
    check_ok(bicluster_data_new(&workspace, counts, options, &data));
    bicluster_room room = bicluster_room_new(&workspace, &data);
    check_ok(ana_workspace_check(&workspace, "test"));
    chain->n_done = 0;
    chain->n_kept = 0;
    check_ok(bicluster_sweep(&data, chain, &room));
    ana_workspace_release(&workspace);
}

static void compare(int family, size_t n_prior, size_t n_sweeps)
{
    const ana_bicluster_options options = tiny(family);
    ana_observations *counts = NULL;
    ana_bicluster *fit = new_fit(&options, &counts);
    ana_bicluster_chain *chain = fit->chains;
    ana_random random = ana_random_stream(11, "test.joint", 0);
    double mean[N_STATISTICS] = {0.0};
    double square[N_STATISTICS] = {0.0};
    double *draws = calloc(N_STATISTICS * n_sweeps, sizeof *draws);
    double now[N_STATISTICS];
    for (size_t n = 0; n < n_prior; n++) {
        draw_prior(&options, &random, chain, counts);
        measure(chain, counts, now);
        for (size_t k = 0; k < N_STATISTICS; k++) {
            mean[k] += now[k] / (double)n_prior;
            square[k] += now[k] * now[k] / (double)n_prior;
        }
    }
    chain->random = ana_random_stream(12, "test.joint", 0);
    for (size_t n = 0; n < n_sweeps; n++) {
        sweep(&options, chain, counts);
        draw_counts(&options, &random, chain, counts);
        measure(chain, counts, now);
        for (size_t k = 0; k < N_STATISTICS; k++) {
            draws[k * n_sweeps + n] = now[k];
        }
    }
    double worst = 0.0;
    for (size_t k = 0; k < N_STATISTICS; k++) {
        double effective = 0.0;
        double sum = 0.0;
        double variance = fmax(square[k] - mean[k] * mean[k], 0.0);
        for (size_t n = 0; n < n_sweeps; n++) {
            sum += draws[k * n_sweeps + n] / (double)n_sweeps;
        }
        check_ok(ana_diagnostics_effective_size(1, n_sweeps, draws + k * n_sweeps, &effective));
        double error = sqrt(variance / (double)n_prior + variance / effective) + 1e-12;
        double z = (sum - mean[k]) / error;
        print_message("  statistic %2zu: prior %8.4f, sweeps %8.4f, worth %6.0f draws, z %5.2f\n",
                      k, mean[k], sum, effective, z);
        worst = fmax(worst, fabs(z));
    }
    /* 18 statistics, some of them dependent: the largest |z| passes 4 once in a thousand times. */
    assert_true(worst < 4.0);
    free(draws);
    ana_observations_free(counts);
    ana_bicluster_free(fit);
}

static size_t times(size_t n)
{
    return test_is_long() ? 10 * n : n;
}

static void sweeps_leave_the_negative_binomial_model_as_it_is(void **state)
{
    (void)state;
    compare(ANA_BICLUSTER_NEGATIVE_BINOMIAL, times(15000), times(15000));
}

static void sweeps_leave_the_poisson_model_as_it_is(void **state)
{
    (void)state;
    compare(ANA_BICLUSTER_POISSON, times(15000), times(15000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sweeps_leave_the_negative_binomial_model_as_it_is),
        cmocka_unit_test(sweeps_leave_the_poisson_model_as_it_is),
    };
    return cmocka_run_group_tests_name("bicluster joint", tests, NULL, NULL);
}
