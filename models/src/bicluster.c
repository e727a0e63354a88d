#include "bicluster_parts.h"
#include "bicluster_whole.h"
#include "feature_id.h"
#include "lists.h"
#include "memory.h"
#include "seconds.h"
#include "try.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ana_bicluster_options ana_bicluster_options_default(void)
{
    ana_bicluster_options options = {
        .run = ana_run_default(),
        .family = ANA_BICLUSTER_NEGATIVE_BINOMIAL,
        .n_factors = 2,
        .n_states = 10,
        .start_states = 2,
        .max_clusters = 16,
        .n_chains = 4,
        .n_sweeps = 2000,
        .n_warmup = 500,
        .keep_every = 10,
        .n_births = 1,
        .split_every = 5,
        .new_share = 0.2,
        .cluster_weight = 1.0,
        .alpha = 5.0,
        .gamma = 5.0,
        .kappa = 100.0,
        .noise = 0.01,
        .noise_df = 2.0,
        .precision = 0.1,
        .size_shape = 1.0,
        .size_rate = 1.0,
        .proposal_size = 100.0,
    };
    return options;
}

static const char *const families[] = {"negative-binomial", "poisson", NULL};

#define FIELD(name) offsetof(ana_bicluster_options, name)

const ana_option ana_bicluster_option_table[] = {
    {"family", ANA_OPTION_CHOICE, FIELD(family), 0, 0, families, "FAMILY",
     "distribution of the counts", false},
    {"factors", ANA_OPTION_SIZE, FIELD(n_factors), 0, 8, NULL, "P",
     "latent factors of each cluster, beside its mean", false},
    {"states", ANA_OPTION_SIZE, FIELD(n_states), 1, 64, NULL, "L", "states of time at most", false},
    {"max-clusters", ANA_OPTION_SIZE, FIELD(max_clusters), 1, 64, NULL, "N",
     "clusters of neurons at most", false},
    {"start-clusters", ANA_OPTION_SIZE, FIELD(start_clusters), 0, 64, NULL, "N",
     "groups that the search for a chain's first clusters begins with; 0: a third of the neurons, "
     "at most 12",
     false},
    {"start-states", ANA_OPTION_SIZE, FIELD(start_states), 1, 64, NULL, "L",
     "states of time a chain goes on with once its trajectories have settled", false},
    {"chains", ANA_OPTION_SIZE, FIELD(n_chains), 1, 1000, NULL, "N", "independent chains", false},
    {"sweeps", ANA_OPTION_SIZE, FIELD(n_sweeps), 8, 10000000, NULL, "N", "of each chain", false},
    {"warmup", ANA_OPTION_SIZE, FIELD(n_warmup), 0, 10000000, NULL, "N",
     "first sweeps, left out of the summary", false},
    {"keep-every", ANA_OPTION_SIZE, FIELD(keep_every), 1, 10000000, NULL, "N",
     "the states of time are kept of every so many sweeps", false},
    {"births", ANA_OPTION_SIZE, FIELD(n_births), 0, 10000, NULL, "N",
     "neurons that are offered a cluster of their own in a sweep, on average", false},
    {"split-every", ANA_OPTION_SIZE, FIELD(split_every), 0, 10000000, NULL, "N",
     "a split or merge of clusters is tried every so many sweeps; 0: never", false},
    {"new-share", ANA_OPTION_DOUBLE, FIELD(new_share), 1e-6, 0.999999, NULL, "Q",
     "P(K clusters) = Q (1 - Q)^(K - 1)", false},
    {"cluster-weight", ANA_OPTION_DOUBLE, FIELD(cluster_weight), 1e-6, 1e6, NULL, "W",
     "Dirichlet prior of the clusters' shares", false},
    {"alpha", ANA_OPTION_DOUBLE, FIELD(alpha), 1e-6, 1e9, NULL, "ALPHA",
     "sticky HDP-HMM: pseudo-counts of each state's transitions", false},
    {"gamma", ANA_OPTION_DOUBLE, FIELD(gamma), 1e-6, 1e9, NULL, "GAMMA",
     "sticky HDP-HMM: pseudo-counts of the states' shares", false},
    {"kappa", ANA_OPTION_DOUBLE, FIELD(kappa), 0, 1e9, NULL, "KAPPA",
     "sticky HDP-HMM: pseudo-counts of staying in a state", false},
    {"noise", ANA_OPTION_DOUBLE, FIELD(noise), 1e-12, 1e12, NULL, "S",
     "scale of the inverse Wishart prior of the dynamics' noise", false},
    {"noise-df", ANA_OPTION_DOUBLE, FIELD(noise_df), 1e-3, 1e9, NULL, "DF",
     "its degrees of freedom beyond the dimension", false},
    {"precision", ANA_OPTION_DOUBLE, FIELD(precision), 1e-9, 1e12, NULL, "K",
     "of the dynamics' coefficients, in units of the noise's", false},
    {"size-shape", ANA_OPTION_DOUBLE, FIELD(size_shape), 1e-3, 1e6, NULL, "A",
     "shape of the gamma prior of the negative binomials' sizes", false},
    {"size-rate", ANA_OPTION_DOUBLE, FIELD(size_rate), 1e-9, 1e9, NULL, "B", "its rate", false},
    {"proposal-size", ANA_OPTION_DOUBLE, FIELD(proposal_size), 1, 1e6, NULL, "R",
     "Poisson: size of the negative binomial that proposes trajectories, at the start", false},
    ANA_OPTION_END,
};

#undef FIELD

static void clear_chain(ana_bicluster_chain *chain)
{
    free(chain->cluster);
    free(chain->path);
    free(chain->loading);
    free(chain->mode);
    free(chain->size);
    free(chain->state);
    free(chain->weight);
    free(chain->initial);
    free(chain->transition);
    free(chain->log_joint);
    free(chain->cluster_trace);
    free(chain->state_trace);
    free(chain->partitions);
    free(chain->paths);
    free(chain->mean);
}

void ana_bicluster_free(ana_bicluster *fit)
{
    if (fit == NULL) {
        return;
    }
    for (size_t c = 0; fit->chains != NULL && c < fit->options.n_chains; c++) {
        clear_chain(fit->chains + c);
    }
    ana_free_texts(fit->n_neurons, fit->neuron_names);
    free(fit->chains);
    free(fit->similarity);
    free(fit->cluster);
    free(fit->state);
    free(fit->mean);
    free(fit);
}

size_t bicluster_kept(const ana_bicluster_options *options)
{
    const size_t left =
        options->n_sweeps > options->n_warmup ? options->n_sweeps - options->n_warmup : 0;
    return (left + options->keep_every - 1) / options->keep_every;
}

static ana_status chain_new(const ana_bicluster *fit, ana_bicluster_chain *chain)
{
    const ana_bicluster_options *options = &fit->options;
    const size_t n = fit->n_neurons;
    const size_t n_times = fit->n_times;
    const size_t q = options->n_factors + 1;
    const size_t most = options->max_clusters;
    const size_t n_states = options->n_states;
    const size_t n_sweeps = options->n_sweeps;
    const char *what = "bicluster chain";
    ana_status status = ANA_OK;
    ANA_TRY(ana_allocate(n, sizeof(size_t), what, &chain->cluster));
    ANA_TRY(ana_allocate(most * q * n_times, sizeof(double), what, &chain->path));
    ANA_TRY(ana_allocate(n * q, sizeof(double), what, &chain->loading));
    ANA_TRY(ana_allocate(n * most * q, sizeof(double), what, &chain->mode));
    ANA_TRY(ana_allocate(n, sizeof(double), what, &chain->size));
    ANA_TRY(ana_allocate(n_times, sizeof(size_t), what, &chain->state));
    ANA_TRY(ana_allocate(n_states, sizeof(double), what, &chain->weight));
    ANA_TRY(ana_allocate(n_states, sizeof(double), what, &chain->initial));
    ANA_TRY(ana_allocate(n_states * n_states, sizeof(double), what, &chain->transition));
    ANA_TRY(ana_allocate(n_sweeps, sizeof(double), what, &chain->log_joint));
    ANA_TRY(ana_allocate(n_sweeps, sizeof(double), what, &chain->cluster_trace));
    ANA_TRY(ana_allocate(n_sweeps, sizeof(double), what, &chain->state_trace));
    ANA_TRY(ana_allocate(n_sweeps * n, sizeof(uint16_t), what, &chain->partitions));
    ANA_TRY(ana_allocate(bicluster_kept(options) * n_times, sizeof(uint16_t), what, &chain->paths));
    ANA_TRY(ana_allocate(n * n_times, sizeof(double), what, &chain->mean));
done:
    return status;
}

ana_status bicluster_new(size_t n_neurons, size_t n_times, const ana_bicluster_options *options,
                         ana_bicluster **out)
{
    ana_status status = ANA_OK;
    ana_bicluster *fit = NULL;
    ANA_TRY(ana_allocate(1, sizeof *fit, "bicluster", &fit));
    fit->n_neurons = n_neurons;
    fit->n_times = n_times;
    fit->options = *options;
    fit->options.n_chains = 0;
    fit->seed = options->run.seed;
    fit->options.run = ana_run_default();
    ANA_TRY(ana_allocate(options->n_chains, sizeof *fit->chains, "bicluster", &fit->chains));
    fit->options.n_chains = options->n_chains;
    ANA_TRY(ana_allocate(n_neurons * n_neurons, sizeof(double), "bicluster", &fit->similarity));
    ANA_TRY(ana_allocate(n_neurons, sizeof(size_t), "bicluster", &fit->cluster));
    ANA_TRY(ana_allocate(n_times, sizeof(size_t), "bicluster", &fit->state));
    ANA_TRY(ana_allocate(n_neurons * n_times, sizeof(double), "bicluster", &fit->mean));
    for (size_t c = 0; c < options->n_chains; c++) {
        ANA_TRY(chain_new(fit, fit->chains + c));
    }
    *out = fit;
    fit = NULL;
done:
    ana_bicluster_free(fit);
    return status;
}

/* What the chains of one run share: how far they are, and whether to stop. */
typedef struct watch {
    const ana_run *run;
    size_t n_done;
    size_t n;
    bool cancelled;
} watch;

static bool goes_on(watch *shared)
{
    bool on = false;
#pragma omp critical(ana_bicluster_watch)
    {
        shared->n_done++;
        if (!shared->cancelled && ana_run_progress(shared->run, "bicluster sweeps", shared->n_done,
                                                   shared->n) != ANA_OK) {
            shared->cancelled = true;
        }
        on = !shared->cancelled;
    }
    return on;
}

/* What became of a chain; the sentence of a failure is its thread's, so it is kept. */
typedef struct outcome {
    ana_status status;
    char error[256];
} outcome;

static void run_chain(const bicluster_data *data, size_t index, ana_bicluster_chain *chain,
                      bicluster_room *room, watch *shared, outcome *result)
{
    if (chain->n_done == 0) {
        result->status = bicluster_start(data, index, chain, room);
    }
    while (result->status == ANA_OK && chain->n_done < data->options->n_sweeps && goes_on(shared)) {
        result->status = bicluster_sweep(data, chain, room);
    }
    if (result->status != ANA_OK) {
        snprintf(result->error, sizeof result->error, "%s", ana_last_error());
    }
}

/* Chains in parallel, each in its own slot; room for each thread. */
static ana_status run_chains(const bicluster_data *data, ana_bicluster *fit)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_run *run = &data->options->run;
    const size_t n = data->options->n_chains;
    const size_t n_threads = (size_t)ana_run_threads(run, n);
    bicluster_room *rooms = ana_workspace_bytes(&workspace, n_threads, 1, sizeof *rooms);
    outcome *results = ana_workspace_bytes(&workspace, n, 1, sizeof *results);
    ana_bicluster_chain *chains = fit->chains;
    watch shared = {.run = run};
    for (size_t i = 0; i < n_threads && rooms != NULL; i++) {
        rooms[i] = bicluster_room_new(&workspace, data);
    }
    ANA_TRY(ana_workspace_check(&workspace, "bicluster"));
    for (size_t c = 0; c < n; c++) {
        shared.n += data->options->n_sweeps - chains[c].n_done;
    }
#pragma omp parallel for default(none) schedule(dynamic, 1) num_threads((int)n_threads)            \
    shared(data, chains, rooms, results, shared, n)
    for (size_t c = 0; c < n; c++) {
        run_chain(data, c, chains + c, rooms + omp_get_thread_num(), &shared, results + c);
    }
    if (shared.cancelled) {
        status = ana_fail(ANA_ERR_CANCELLED, "bicluster: cancelled");
        goto done;
    }
    for (size_t c = 0; c < n; c++) {
        if (results[c].status != ANA_OK) {
            status = ana_fail(results[c].status, "chain %zu, sweep %zu: %s", c, chains[c].n_done,
                              results[c].error);
            goto done;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* FNV-1a over the counts' bytes and the borders. */
static uint64_t hash_of(const ana_observations *observations)
{
    uint64_t hash = 14695981039346656037U;
    const size_t n = observations->n_times * observations->n_features;
    for (size_t j = 0; j < n; j++) {
        const double value = observations->values[j];
        const uint64_t word = value >= 0.0 ? (uint64_t)value : UINT64_MAX;
        hash = (hash ^ word) * 1099511628211U;
    }
    for (size_t s = 0; s <= observations->n_sequences; s++) {
        hash = (hash ^ observations->sequence_start[s]) * 1099511628211U;
    }
    return hash;
}

static ana_status check(const ana_observations *observations, const ana_bicluster_options *options)
{
    ana_status status = ana_options_check(ana_bicluster_option_table, options, "bicluster");
    if (status == ANA_OK) {
        status = ana_observations_check(observations);
    }
    if (status == ANA_OK && options->n_sweeps < options->n_warmup + 4) {
        status = ana_fail(ANA_ERR_VALUE,
                          "bicluster: %zu sweeps with a warm-up of %zu leave nothing; at least 4 "
                          "more are needed",
                          options->n_sweeps, options->n_warmup);
    }
    return status;
}

static ana_status check_room(const bicluster_data *data, const ana_bicluster_options *options)
{
    const size_t search = bicluster_search_bytes(data);
    const size_t room = bicluster_room_bytes(data);
    const size_t each = room > SIZE_MAX - search ? SIZE_MAX : room + search;
    const size_t n_threads = (size_t)ana_run_threads(&options->run, options->n_chains);
    const size_t all = each > SIZE_MAX / n_threads ? SIZE_MAX : each * n_threads;
    return ana_run_check_memory(&options->run, all, "bicluster");
}

static ana_status fit_or_resume(const ana_observations *observations,
                                const ana_bicluster_options *options, const ana_bicluster *before,
                                ana_bicluster **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_bicluster *fit = NULL;
    bicluster_data data;
    const double began = ana_seconds_now();
    ANA_TRY(check(observations, options));
    ANA_TRY(bicluster_data_new(&workspace, observations, options, &data));
    ANA_TRY(check_room(&data, options));
    ANA_TRY(bicluster_new(data.n_neurons, data.n_times, options, &fit));
    fit->data_hash = hash_of(observations);
    fit->bin_s = observations->bin_s;
    ANA_TRY(ana_feature_ids(observations, &fit->neuron_names));
    if (before != NULL) {
        bicluster_copy_chains(before, fit);
    }
    ANA_TRY(run_chains(&data, fit));
    ANA_TRY(bicluster_summarise(fit));
    fit->seconds = ana_seconds_now() - began;
    *out = fit;
    fit = NULL;
done:
    ana_bicluster_free(fit);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_bicluster_fit(const ana_observations *observations,
                             const ana_bicluster_options *given, ana_bicluster **out)
{
    const ana_bicluster_options options = given != NULL ? *given : ana_bicluster_options_default();
    return fit_or_resume(observations, &options, NULL, out);
}

ana_status ana_bicluster_resume(const ana_observations *observations, const ana_bicluster *before,
                                size_t n_sweeps, const ana_run *run, ana_bicluster **out)
{
    ana_bicluster_options options = before->options;
    options.run = run != NULL ? *run : ana_run_default();
    options.run.seed = before->seed;
    if (n_sweeps < options.n_sweeps) {
        return ana_fail(ANA_ERR_VALUE, "bicluster: %zu sweeps wanted, %zu are done already",
                        n_sweeps, options.n_sweeps);
    }
    options.n_sweeps = n_sweeps;
    if (observations->n_features != before->n_neurons || observations->n_times != before->n_times ||
        hash_of(observations) != before->data_hash) {
        return ana_fail(ANA_ERR_VALUE, "bicluster: these are not the counts of the chains to go on "
                                       "with");
    }
    return fit_or_resume(observations, &options, before, out);
}
