/* Counts of a population with known clusters and states, after run_simulation_NB of the paper. */
#include "bicluster_whole.h"
#include "constants.h"
#include "memory.h"
#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

ana_bicluster_simulation ana_bicluster_simulation_default(void)
{
    ana_bicluster_simulation simulation = {
        .n_clusters = 3,
        .n_per_cluster = 10,
        .n_factors = 2,
        .n_times = 500,
        .decay = 0.01,
        .growth = 1.01,
        .angle = ANA_PI / 20.0,
        .noise = 0.01,
        .mean_stay = 50.0,
        .loading_scale = 0.5,
        .size = 10.0,
    };
    return simulation;
}

/* out (q x q) = growth times a turn by `angle` in a random plane; `scratch` holds 3 q^2. */
static ana_status draw_turn(const ana_bicluster_simulation *simulation, ana_random *random,
                            double *scratch, double *out)
{
    ana_status status = ANA_OK;
    const size_t q = simulation->n_factors + 1;
    const ana_gemm back = {q, q, q, false, true, simulation->growth, 0.0};
    double *basis = scratch + q * q;
    double *other = scratch + 2 * q * q;
    for (size_t j = 0; j < q * q; j++) {
        scratch[j] = ana_random_normal(random);
    }
    ANA_TRY(ana_linalg_qr(q, q, scratch, basis, other));
    for (size_t i = 0; i < q; i++) {
        const double a = basis[i * q];
        const double b = basis[i * q + 1];
        memcpy(other + i * q, basis + i * q, q * sizeof *other);
        other[i * q] = cos(simulation->angle) * a + sin(simulation->angle) * b;
        other[i * q + 1] = cos(simulation->angle) * b - sin(simulation->angle) * a;
    }
    ANA_TRY(ana_linalg_gemm(&back, other, basis, out));
done:
    return status;
}

/* States of twice n_times rows, of which the second half is used. */
static void draw_states(const ana_bicluster_simulation *simulation, ana_random *random,
                        size_t *state)
{
    size_t now = (size_t)ana_random_below(random, 2);
    uint64_t left = 0;
    for (size_t t = 0; t < 2 * simulation->n_times; t++) {
        if (left == 0) {
            left = 1 + ana_random_poisson(random, simulation->mean_stay);
            now = 1 - now;
        }
        state[t] = now;
        left--;
    }
}

/* One cluster's rows (q x n_times), centred; `row` has 2 q doubles. */
static void draw_paths(const ana_bicluster_simulation *simulation, const bicluster_truth *truth,
                       size_t g, ana_random *random, double *row)
{
    const size_t q = simulation->n_factors + 1;
    const size_t n = simulation->n_times;
    const size_t *state = truth->state;
    const double *turn = truth->turn + g * q * q;
    double *path = truth->path + g * q * n;
    double *centre = truth->centre + g * q;
    double *next = row + q;
    memset(row, 0, q * sizeof *row);
    for (size_t t = 0; t < 2 * n; t++) {
        for (size_t k = 0; k < q; k++) {
            double mean = simulation->decay * row[k];
            if (state[t] == 1) {
                mean = 0.0;
                for (size_t j = 0; j < q; j++) {
                    mean += turn[k * q + j] * row[j];
                }
            }
            next[k] = mean + sqrt(simulation->noise) * ana_random_normal(random);
        }
        memcpy(row, next, q * sizeof *row);
        for (size_t k = 0; k < q && t >= n; k++) {
            path[k * n + t - n] = row[k];
        }
    }
    for (size_t k = 0; k < q; k++) {
        for (size_t t = 0; t < n; t++) {
            centre[k] += path[k * n + t] / (double)n;
        }
        for (size_t t = 0; t < n; t++) {
            path[k * n + t] -= centre[k];
        }
    }
}

static void draw_counts(const ana_bicluster_simulation *simulation, const bicluster_truth *truth,
                        size_t i, ana_random *random, ana_observations *counts)
{
    const size_t q = simulation->n_factors + 1;
    const size_t n = simulation->n_times;
    const double *path = truth->path + i / simulation->n_per_cluster * q * n;
    double *loading = truth->loading + i * q;
    for (size_t k = 0; k < q; k++) {
        loading[k] = simulation->loading_scale * ana_random_normal(random);
    }
    for (size_t t = 0; t < n; t++) {
        double eta = loading[0] + path[t];
        for (size_t k = 1; k < q; k++) {
            eta += loading[k] * path[k * n + t];
        }
        double mean = exp(eta);
        if (isfinite(simulation->size)) {
            mean *= ana_random_gamma(random, simulation->size) / simulation->size;
        }
        counts->values[t * counts->n_features + i] = (double)ana_random_poisson(random, mean);
    }
}

/* The true states as labels, the true clusters as a column of the features. */
static ana_status add_truth(const ana_bicluster_simulation *simulation, const size_t *state,
                            ana_observations *counts)
{
    static const char *const names[2] = {"decay", "turn"};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = counts->n_features;
    int64_t *clusters = ana_workspace_bytes(&workspace, n, 1, sizeof *clusters);
    ANA_TRY(ana_workspace_check(&workspace, "simulate"));
    ANA_TRY(ana_allocate(simulation->n_times, sizeof(int64_t), "simulate", &counts->labels));
    ANA_TRY(ana_allocate(2, sizeof(char *), "simulate", &counts->label_names));
    counts->n_labels = 2;
    for (size_t l = 0; l < 2; l++) {
        ANA_TRY(ana_copy_text(names[l], &counts->label_names[l]));
    }
    for (size_t t = 0; t < simulation->n_times; t++) {
        counts->labels[t] = (int64_t)state[simulation->n_times + t];
    }
    for (size_t i = 0; i < n; i++) {
        clusters[i] = (int64_t)(i / simulation->n_per_cluster);
    }
    ANA_TRY(ana_table_add_ints(counts->features, "cluster", clusters));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check(const ana_bicluster_simulation *simulation)
{
    const bool sizes = simulation->n_clusters > 0 && simulation->n_per_cluster > 0 &&
                       simulation->n_times > 1 && simulation->n_factors >= 1 &&
                       simulation->n_factors <= 8;
    if (!sizes || !(simulation->noise >= 0.0) || !(simulation->mean_stay >= 0.0) ||
        !(simulation->size > 0.0)) {
        return ana_fail(ANA_ERR_VALUE,
                        "bicluster simulation: clusters, neurons and size must be positive, rows "
                        "more than 1, factors 1 to 8, noise and stay not negative");
    }
    return ANA_OK;
}

ana_status bicluster_simulate(const ana_bicluster_simulation *simulation, ana_workspace *workspace,
                              bicluster_truth *truth, ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_observations *counts = NULL;
    ana_random random = ana_random_stream(simulation->seed, "bicluster.simulate", 0);
    ANA_TRY(check(simulation));
    const size_t q = simulation->n_factors + 1;
    const size_t n_clusters = simulation->n_clusters;
    const size_t n_neurons = n_clusters * simulation->n_per_cluster;
    double *scratch = ana_workspace_doubles(workspace, 3, q * q);
    double *row = ana_workspace_doubles(workspace, 2, q);
    truth->state = ana_workspace_sizes(workspace, 2, simulation->n_times);
    truth->turn = ana_workspace_doubles(workspace, n_clusters, q * q);
    truth->centre = ana_workspace_doubles(workspace, n_clusters, q);
    truth->path = ana_workspace_doubles(workspace, n_clusters * q, simulation->n_times);
    truth->loading = ana_workspace_doubles(workspace, n_neurons, q);
    ANA_TRY(ana_workspace_check(workspace, "simulate"));
    ANA_TRY(ana_observations_new(simulation->n_times, n_neurons, &counts));
    draw_states(simulation, &random, truth->state);
    for (size_t g = 0; g < n_clusters; g++) {
        ANA_TRY(draw_turn(simulation, &random, scratch, truth->turn + g * q * q));
        draw_paths(simulation, truth, g, &random, row);
        for (size_t i = 0; i < simulation->n_per_cluster; i++) {
            draw_counts(simulation, truth, g * simulation->n_per_cluster + i, &random, counts);
        }
    }
    ANA_TRY(add_truth(simulation, truth->state, counts));
    truth->state += simulation->n_times;
    *out = counts;
    counts = NULL;
done:
    ana_observations_free(counts);
    return status;
}

ana_status ana_bicluster_simulate(const ana_bicluster_simulation *simulation,
                                  ana_observations **out)
{
    ana_workspace workspace = {0};
    bicluster_truth truth;
    ana_status status = bicluster_simulate(simulation, &workspace, &truth, out);
    ana_workspace_release(&workspace);
    return status;
}
