/* Signals with random phases, and the networks they make. */
#include "constants.h"
#include "fft.h"
#include "memory.h"
#include "network_parts.h"
#include "try.h"

#include <analysis/models/functional_null.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const null_names[] = {"none", "phase-randomised", "degrees", NULL};

ana_functional_null_options ana_functional_null_options_default(void)
{
    return (ana_functional_null_options){.run = ana_run_default(), .n_nulls = 100, .swaps = 10.0};
}

const ana_option ana_functional_null_option_table[] = {
    {"null", ANA_OPTION_CHOICE, offsetof(ana_functional_null_options, null), 0, 0, null_names,
     "KIND",
     "random networks to hold clustering and path length against: of signals with random phases "
     "(phase-randomised), of the same degrees, or none",
     false},
    {"nulls", ANA_OPTION_SIZE, offsetof(ana_functional_null_options, n_nulls), 1, 1e6, NULL, "N",
     "how many of them", false},
    {"swaps", ANA_OPTION_DOUBLE, offsetof(ana_functional_null_options, swaps), 0, 1e6, NULL, "N",
     "exchanges tried for each edge of a network of the same degrees", false},
    ANA_OPTION_END,
};

static ana_status check_samples(const ana_observations *observations)
{
    for (size_t k = 0; k < observations->n_times * observations->n_features; k++) {
        if (!isfinite(observations->values[k])) {
            return ana_fail(ANA_ERR_VALUE,
                            "random phases: the sample of feature %zu in row %zu is missing; leave "
                            "out one of them",
                            k % observations->n_features, k / observations->n_features);
        }
    }
    return ANA_OK;
}

/* Every frequency between 0 and the highest (that of an even number of samples is real) turned by
 * an angle of its own. */
static void turn_phases(size_t n, ana_random *random, double *spectrum)
{
    for (size_t k = 1; 2 * k < n; k++) {
        const double angle = 2.0 * ANA_PI * ana_random_uniform(random);
        const double c = cos(angle);
        const double s = sin(angle);
        const double re = spectrum[2 * k];
        const double im = spectrum[2 * k + 1];
        spectrum[2 * k] = re * c - im * s;
        spectrum[2 * k + 1] = re * s + im * c;
    }
}

/* All signals of one sequence; `signal` and `spectrum` are room. */
static void randomise_sequence(const ana_fft *fft, size_t first, size_t n, ana_random *random,
                               double *signal, double *spectrum, ana_observations *out)
{
    const size_t n_features = out->n_features;
    for (size_t f = 0; f < n_features; f++) {
        double *column = out->values + first * n_features + f;
        for (size_t t = 0; t < n; t++) {
            signal[t] = column[t * n_features];
        }
        ana_fft_forward(fft, signal, spectrum);
        turn_phases(n, random, spectrum);
        ana_fft_inverse(fft, spectrum, signal);
        for (size_t t = 0; t < n; t++) {
            column[t * n_features] = signal[t] / (double)n;
        }
    }
}

static ana_status randomise(uint64_t seed, uint64_t item, ana_observations *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_fft *fft = NULL;
    size_t planned = 0;
    size_t longest = 0;
    ana_random random = ana_random_stream(seed, "functional.phases", item);
    for (size_t s = 0; s < out->n_sequences; s++) {
        const size_t n = out->sequence_start[s + 1] - out->sequence_start[s];
        longest = n > longest ? n : longest;
    }
    double *signal = ana_workspace_doubles(&workspace, longest, 1);
    double *spectrum = ana_workspace_doubles(&workspace, ana_fft_bins(longest), 2);
    ANA_TRY(ana_workspace_check(&workspace, "random phases"));
    for (size_t s = 0; s < out->n_sequences; s++) {
        const size_t first = out->sequence_start[s];
        const size_t n = out->sequence_start[s + 1] - first;
        if (n != planned) {
            ana_fft_free(fft);
            fft = NULL;
            ANA_TRY(ana_fft_new(n, &fft));
            planned = n;
        }
        randomise_sequence(fft, first, n, &random, signal, spectrum, out);
    }
done:
    ana_fft_free(fft);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_functional_surrogate(const ana_observations *observations, uint64_t seed,
                                    uint64_t item, ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_observations *made = NULL;
    size_t *all = ana_workspace_sizes(&workspace, observations->n_features, 1);
    ANA_TRY(ana_workspace_check(&workspace, "random phases"));
    ANA_TRY(check_samples(observations));
    for (size_t f = 0; f < observations->n_features; f++) {
        all[f] = f;
    }
    ANA_TRY(ana_observations_take(observations, observations->n_features, all, &made));
    ANA_TRY(randomise(seed, item, made));
    *out = made;
    made = NULL;
done:
    ana_observations_free(made);
    ana_workspace_release(&workspace);
    return status;
}

/* The share of possible edges that the network has. */
static double density_of(const ana_graph *network)
{
    const double n = (double)network->n_nodes;
    const double possible = network->directed ? n * (n - 1.0) : n * (n - 1.0) / 2.0;
    return possible > 0.0 ? (double)network->n_edges / possible : 0.0;
}

/* One random network. */
static ana_status make_null(const ana_observations *observations, const ana_graph *network,
                            const ana_functional_options *functional,
                            const ana_functional_null_options *options, size_t item,
                            ana_graph **out)
{
    ana_observations *surrogate = NULL;
    ana_functional_options as_dense = *functional;
    if (options->null == ANA_FUNCTIONAL_NULL_DEGREES) {
        return ana_network_rewire(network, options->swaps, options->run.seed, item, out);
    }
    as_dense.density = density_of(network);
    as_dense.run.progress = NULL; /* of the whole, not of each network */
    as_dense.run.warn = NULL;     /* said once, of the network itself */
    ana_status status = ana_functional_surrogate(observations, options->run.seed, item, &surrogate);
    if (status == ANA_OK) {
        status = ana_functional_network(surrogate, &as_dense, out);
    }
    ana_observations_free(surrogate);
    return status;
}

static ana_status measure_nulls(const ana_observations *observations, const ana_graph *network,
                                const ana_functional_options *functional,
                                const ana_functional_null_options *options,
                                ana_functional_world *world)
{
    ana_status status = ANA_OK;
    ana_graph *null = NULL;
    for (size_t k = 0; k < options->n_nulls; k++) {
        ANA_TRY(ana_run_progress(&options->run, "random networks", k, options->n_nulls));
        ANA_TRY(make_null(observations, network, functional, options, k, &null));
        ANA_TRY(
            ana_network_world(null, &options->run, &world->clustering[k], &world->path_length[k]));
        ana_graph_free(null);
        null = NULL;
    }
done:
    ana_graph_free(null);
    return status;
}

static void summarise(ana_functional_world *world)
{
    ana_small_world *small = &world->world;
    const network_chance clustering =
        network_chance_of(small->n_nulls, world->clustering, 1, small->clustering);
    const network_chance path_length =
        network_chance_of(small->n_nulls, world->path_length, 1, small->path_length);
    small->null_clustering = clustering.mean;
    small->null_clustering_sd = clustering.sd;
    small->null_path_length = path_length.mean;
    small->null_path_length_sd = path_length.sd;
    small->sigma =
        clustering.mean > 0.0 && path_length.mean > 0.0
            ? small->clustering / clustering.mean / (small->path_length / path_length.mean)
            : (double)NAN;
    world->z_clustering = clustering.z;
    world->p_clustering = clustering.p;
    world->z_path_length = path_length.z;
    world->p_path_length = path_length.p;
}

ana_status ana_functional_world_new(const ana_observations *observations, const ana_graph *network,
                                    const ana_functional_options *functional,
                                    const ana_functional_null_options *options,
                                    ana_functional_world **out)
{
    ana_status status = ANA_OK;
    ana_functional_world *world = NULL;
    const ana_functional_options defaults = ana_functional_options_default();
    ANA_TRY(ana_options_check(ana_functional_null_option_table, options, "functional network"));
    ANA_TRY(ana_allocate(1, sizeof *world, "functional network", &world));
    world->null = options->null;
    world->world.n_nulls = options->null != ANA_FUNCTIONAL_NULL_NONE ? options->n_nulls : 0;
    ANA_TRY(ana_allocate(world->world.n_nulls, sizeof(double), "functional network",
                         &world->clustering));
    ANA_TRY(ana_allocate(world->world.n_nulls, sizeof(double), "functional network",
                         &world->path_length));
    ANA_TRY(ana_network_world(network, &options->run, &world->world.clustering,
                              &world->world.path_length));
    if (world->world.n_nulls > 0 && network->n_edges == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "functional network: has no edges to compare with those of random ones; a "
                         "lower threshold, or a density, makes some"));
    }
    if (world->world.n_nulls > 0) {
        ANA_TRY(measure_nulls(observations, network, functional != NULL ? functional : &defaults,
                              options, world));
    }
    summarise(world);
    *out = world;
    world = NULL;
done:
    ana_functional_world_free(world);
    return status;
}

ana_status ana_functional_world_add(const ana_functional_world *world, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    ana_record *table = NULL;
    const ana_small_world *small = &world->world;
    const ana_shape shape = ana_shape_1(2, "quantity");
    const ana_shape nulls = ana_shape_1(small->n_nulls, "network");
    const char *const names[] = {"clustering", "path length"};
    const double columns[][2] = {{small->clustering, small->path_length},
                                 {small->null_clustering, small->null_path_length},
                                 {small->null_clustering_sd, small->null_path_length_sd},
                                 {world->z_clustering, world->z_path_length},
                                 {world->p_clustering, world->p_path_length}};
    static const char *const titles[] = {"observed", "null_mean", "null_sd", "z", "p"};
    ANA_TRY(ana_record_add_group(record, "small_world", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_text(group, "title", "Small world"));
    ANA_TRY(ana_record_add_text(group, "nulls", null_names[world->null]));
    ANA_TRY(ana_record_add_int(group, "n_nulls", (int64_t)small->n_nulls, NULL));
    ANA_TRY(ana_record_add_double(group, "sigma", small->sigma, NULL));
    ANA_TRY(ana_record_add_group(group, "chance", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Clustering and path length, and by chance"));
    ANA_TRY(ana_record_add_texts(table, "quantity", 2, names));
    for (size_t c = 0; c < sizeof titles / sizeof titles[0]; c++) {
        ANA_TRY(ana_record_add_doubles(table, titles[c], shape, columns[c], NULL));
    }
    ANA_TRY(ana_record_add_doubles(group, "null_clustering", nulls, world->clustering, NULL));
    ANA_TRY(ana_record_add_doubles(group, "null_path_length", nulls, world->path_length, NULL));
done:
    return status;
}

void ana_functional_world_free(ana_functional_world *world)
{
    if (world != NULL) {
        free(world->clustering);
        free(world->path_length);
        free(world);
    }
}
