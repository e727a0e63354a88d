#include "hmm_em.h"
#include "hmm_start.h"
#include "memory.h"
#include "try.h"

#include <analysis/models/hmm.h>

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

ana_hmm_options ana_hmm_options_default(void)
{
    ana_hmm_options options = {
        .run = ana_run_default(),
        .n_states = 3,
        .n_restarts = 10,
        .max_iterations = 500,
        .tolerance = 1e-8,
        .concentration = 1.0,
        .rate_shape = 1.0,
        .persistence = 0.95,
    };
    return options;
}

const ana_option ana_hmm_option_table[] = {
    {"states", ANA_OPTION_SIZE, offsetof(ana_hmm_options, n_states), 1, 64, NULL, "K",
     "number of hidden states", false},
    {"restarts", ANA_OPTION_SIZE, offsetof(ana_hmm_options, n_restarts), 1, 10000, NULL, "N",
     "starts, of which the best is kept", false},
    {"max-iterations", ANA_OPTION_SIZE, offsetof(ana_hmm_options, max_iterations), 1, 1000000, NULL,
     "N", "iterations of a restart at most", false},
    {"tolerance", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, tolerance), 0, 1, NULL, "SHARE",
     "stop when an iteration gains less than this share of the objective; 0: never", false},
    {"concentration", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, concentration), 1, 1e9, NULL,
     "ALPHA", "Dirichlet prior of each transition row; 1: flat", false},
    {"stickiness", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, stickiness), 0, 1e12, NULL, "KAPPA",
     "added to that prior's diagonal: pseudo-counts of staying", false},
    {"rate-shape", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, rate_shape), 1, 1e9, NULL, "A",
     "shape of the gamma prior of the rates; 1 with --rate-bins 0: flat", false},
    {"rate-bins", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, rate_bins), 0, 1e12, NULL, "BINS",
     "bins that prior counts for", false},
    {"persistence", ANA_OPTION_DOUBLE, offsetof(ana_hmm_options, persistence), 0, 1, NULL, "P",
     "probability of staying in a state at the start", false},
    ANA_OPTION_END,
};

ana_status ana_hmm_new(size_t n_states, size_t n_features, ana_hmm **out)
{
    ana_status status = ANA_OK;
    ana_hmm *hmm = NULL;
    if (n_states == 0 || n_features == 0 || n_states > SIZE_MAX / n_features) {
        return ana_fail(ANA_ERR_VALUE, "hmm: %zu states and %zu features; at least one of each",
                        n_states, n_features);
    }
    ANA_TRY(ana_allocate(1, sizeof *hmm, "hmm", &hmm));
    hmm->n_states = n_states;
    hmm->n_features = n_features;
    hmm->bin_s = NAN;
    ANA_TRY(ana_allocate(n_states, sizeof(double), "hmm", &hmm->initial));
    ANA_TRY(ana_allocate(n_states * n_states, sizeof(double), "hmm", &hmm->transition));
    ANA_TRY(ana_allocate(n_states * n_features, sizeof(double), "hmm", &hmm->rates));
    ANA_TRY(ana_allocate(n_features, sizeof(char *), "hmm", &hmm->feature_names));
    for (size_t f = 0; f < n_features; f++) {
        char number[32];
        snprintf(number, sizeof number, "%zu", f);
        ANA_TRY(ana_copy_text(number, &hmm->feature_names[f]));
    }
    *out = hmm;
    hmm = NULL;
done:
    ana_hmm_free(hmm);
    return status;
}

void ana_hmm_free(ana_hmm *hmm)
{
    if (hmm == NULL) {
        return;
    }
    for (size_t f = 0; hmm->feature_names != NULL && f < hmm->n_features; f++) {
        free(hmm->feature_names[f]);
    }
    free(hmm->feature_names);
    free(hmm->initial);
    free(hmm->transition);
    free(hmm->rates);
    ana_fit_info_clear(&hmm->info);
    free(hmm);
}

static ana_status prepare(const ana_observations *observations, const ana_hmm_options *options,
                          ana_workspace *workspace, ana_hmm_data *data)
{
    ana_status status = ana_observations_check(observations);
    if (status != ANA_OK) {
        return status;
    }
    *data = (ana_hmm_data){.observations = observations,
                           .n_states = options->n_states,
                           .n_features = observations->n_features};
    for (size_t s = 0; s < observations->n_sequences; s++) {
        size_t n = observations->sequence_start[s + 1] - observations->sequence_start[s];
        data->longest = n > data->longest ? n : data->longest;
    }
    if (observations->n_times < options->n_states || observations->n_features == 0) {
        return ana_fail(ANA_ERR_VALUE,
                        "hmm: %zu rows of %zu features cannot show %zu states; give more data or "
                        "fewer states",
                        observations->n_times, observations->n_features, options->n_states);
    }
    return ana_hmm_counts_new(workspace, observations, observations->n_features, NULL,
                              &data->counts);
}

/* Room for n restarts, and buffers for each thread. */
static ana_status make_room(const ana_hmm_data *data, const ana_hmm_options *options, size_t n,
                            ana_workspace *workspace, ana_hmm_restart **restarts,
                            ana_hmm_em_buffers **buffers)
{
    const size_t n_states = data->n_states;
    const size_t n_threads = (size_t)ana_run_threads(&options->run, n);
    size_t doubles = data->longest * (3 * n_states + 1) + 4 * n_states * data->n_features;
    size_t traces = n * options->max_iterations;
    ana_status status = ana_run_check_memory(
        &options->run, (doubles * n_threads + traces) * sizeof(double), "hmm fit");
    if (status != ANA_OK) {
        return status;
    }
    ana_hmm_restart *made = ana_workspace_bytes(workspace, n, 1, sizeof *made);
    ana_hmm_em_buffers *own = ana_workspace_bytes(workspace, n_threads, 1, sizeof *own);
    for (size_t r = 0; r < n && made != NULL; r++) {
        made[r].initial = ana_workspace_doubles(workspace, n_states, 1);
        made[r].transition = ana_workspace_doubles(workspace, n_states, n_states);
        made[r].rates = ana_workspace_doubles(workspace, n_states, data->n_features);
        made[r].occupancy = ana_workspace_doubles(workspace, n_states, 1);
        made[r].trace = ana_workspace_doubles(workspace, options->max_iterations + 1, 1);
    }
    for (size_t i = 0; i < n_threads && own != NULL; i++) {
        own[i] = ana_hmm_em_buffers_new(workspace, data);
    }
    *restarts = made;
    *buffers = own;
    return ana_workspace_check(workspace, "hmm fit");
}

static void start_chain(size_t n_states, double persistence, ana_hmm_restart *restart)
{
    for (size_t i = 0; i < n_states; i++) {
        restart->initial[i] = 1.0 / (double)n_states;
        for (size_t j = 0; j < n_states; j++) {
            double others = n_states > 1 ? (1.0 - persistence) / (double)(n_states - 1) : 0.0;
            double stay = n_states > 1 ? persistence : 1.0;
            restart->transition[i * n_states + j] = i == j ? stay : others;
        }
    }
}

/* Runs the restarts in parallel; each writes only its own slot. */
static ana_status run_restarts(const ana_hmm_data *data, const ana_hmm_options *options,
                               const ana_hmm_em_buffers *buffers, size_t n,
                               ana_hmm_restart *restarts)
{
    ana_hmm_watch watch = {.run = &options->run, .n = n};
#pragma omp parallel for default(none) schedule(dynamic, 1)                                        \
    num_threads(ana_run_threads(&options->run, n))                                                 \
        shared(data, options, buffers, n, restarts, watch)
    for (size_t r = 0; r < n; r++) {
        if (ana_hmm_watch_goes_on(&watch)) {
            ana_hmm_em(data, options, buffers + omp_get_thread_num(), &watch, restarts + r);
#pragma omp critical(ana_hmm_watch)
            watch.n_done++;
        }
    }
    return ana_hmm_watch_goes_on(&watch) ? ANA_OK
                                         : ana_fail(ANA_ERR_CANCELLED, "hmm fit: cancelled");
}

/* The first restart of the highest objective; failed ones are warned of. */
static ana_status choose(const ana_hmm_options *options, size_t n, const ana_hmm_restart *restarts,
                         size_t *best)
{
    bool found = false;
    for (size_t r = 0; r < n; r++) {
        if (restarts[r].status != ANA_OK) {
            ana_warn(&options->run, "hmm fit: restart %zu failed: %s", r, restarts[r].error);
        } else if (!found || restarts[r].objective > restarts[*best].objective) {
            *best = r;
            found = true;
        }
    }
    return found ? ANA_OK : ana_fail(restarts[0].status, "%s", restarts[0].error);
}

/* order[0] is the state that is to come first: by falling occupancy, then by number. */
static void order_states(size_t n, const double *occupancy, size_t *order)
{
    for (size_t k = 0; k < n; k++) {
        size_t place = k;
        while (place > 0 && occupancy[order[place - 1]] < occupancy[k]) {
            order[place] = order[place - 1];
            place--;
        }
        order[place] = k;
    }
}

static void copy_parameters(const ana_hmm_restart *restart, const size_t *order, ana_hmm *hmm)
{
    const size_t n_states = hmm->n_states;
    const size_t n_features = hmm->n_features;
    for (size_t i = 0; i < n_states; i++) {
        hmm->initial[i] = restart->initial[order[i]];
        for (size_t j = 0; j < n_states; j++) {
            hmm->transition[i * n_states + j] = restart->transition[order[i] * n_states + order[j]];
        }
        memcpy(hmm->rates + i * n_features, restart->rates + order[i] * n_features,
               n_features * sizeof *hmm->rates);
    }
    hmm->log_likelihood = restart->log_likelihood;
}

static ana_status copy_info(size_t n, const ana_hmm_restart *restarts, size_t best,
                            ana_fit_info *info)
{
    ana_status status = ANA_OK;
    const ana_hmm_restart *chosen = restarts + best;
    info->converged = chosen->converged;
    info->n_iterations = chosen->n_trace - 1;
    info->objective = chosen->objective;
    info->best_restart = best;
    ANA_TRY(ana_allocate(chosen->n_trace, sizeof(double), "hmm", &info->trace));
    memcpy(info->trace, chosen->trace, chosen->n_trace * sizeof(double));
    info->n_trace = chosen->n_trace;
    ANA_TRY(ana_allocate(n, sizeof(double), "hmm", &info->restart_objective));
    for (size_t r = 0; r < n; r++) {
        info->restart_objective[r] = restarts[r].objective;
    }
    info->n_restarts = n;
done:
    return status;
}

static ana_status copy_names(const ana_observations *observations, ana_hmm *hmm)
{
    const ana_column *ids = ana_table_find(observations->features, "id");
    for (size_t f = 0; ids != NULL && f < hmm->n_features; f++) {
        char number[32];
        const char *name = number;
        if (ids->type == ANA_COLUMN_TEXT && ids->texts[f] != NULL) {
            name = ids->texts[f];
        } else if (ids->type == ANA_COLUMN_INT) {
            snprintf(number, sizeof number, "%lld", (long long)ids->ints[f]);
        } else {
            continue;
        }
        char *copy = NULL;
        ana_status status = ana_copy_text(name, &copy);
        if (status != ANA_OK) {
            return status;
        }
        free(hmm->feature_names[f]);
        hmm->feature_names[f] = copy;
    }
    return ANA_OK;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Runs what was started and makes the model; `sorted`: states by occupancy. */
static ana_status finish(const ana_hmm_data *data, const ana_hmm_options *options,
                         const ana_hmm_em_buffers *buffers, size_t n, ana_hmm_restart *restarts,
                         bool sorted, ana_hmm **out)
{
    ana_status status = ANA_OK;
    ana_hmm *hmm = NULL;
    size_t best = 0;
    size_t order[64] = {0};
    double began = seconds_now();
    ANA_TRY(ana_hmm_new(data->n_states, data->n_features, &hmm));
    ANA_TRY(run_restarts(data, options, buffers, n, restarts));
    ANA_TRY(choose(options, n, restarts, &best));
    for (size_t k = 0; k < data->n_states; k++) {
        order[k] = k;
    }
    if (sorted) {
        order_states(data->n_states, restarts[best].occupancy, order);
    }
    copy_parameters(restarts + best, order, hmm);
    hmm->bin_s = data->observations->bin_s;
    hmm->n_observed = data->counts.n_observed;
    ANA_TRY(copy_names(data->observations, hmm));
    ANA_TRY(copy_info(n, restarts, best, &hmm->info));
    hmm->info.seconds = seconds_now() - began;
    *out = hmm;
    hmm = NULL;
done:
    ana_hmm_free(hmm);
    return status;
}

ana_status ana_hmm_fit(const ana_observations *observations, const ana_hmm_options *given,
                       ana_hmm **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_hmm_options options = given != NULL ? *given : ana_hmm_options_default();
    ana_hmm_data data = {0};
    ana_hmm_sample sample = {0};
    ana_hmm_restart *restarts = NULL;
    ana_hmm_em_buffers *buffers = NULL;
    ANA_TRY(ana_options_check(ana_hmm_option_table, &options, "hmm"));
    ANA_TRY(prepare(observations, &options, &workspace, &data));
    ANA_TRY(make_room(&data, &options, options.n_restarts, &workspace, &restarts, &buffers));
    ANA_TRY(ana_hmm_sample_new(&workspace, observations, &sample));
    ana_hmm_start_buffers starting = ana_hmm_start_buffers_new(
        &workspace, sample.n_rows, options.n_states, observations->n_features);
    ANA_TRY(ana_workspace_check(&workspace, "hmm fit"));
    for (size_t r = 0; r < options.n_restarts; r++) {
        ana_random random = ana_random_stream(options.run.seed, "hmm.start", r);
        start_chain(options.n_states, options.persistence, restarts + r);
        ana_hmm_start_rates(&sample, options.n_states, &random, &starting, restarts[r].rates);
    }
    ANA_TRY(finish(&data, &options, buffers, options.n_restarts, restarts, true, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check_start(const ana_hmm *start, size_t n_features)
{
    const ana_hmm_chain chain = {start->n_states, start->initial, start->transition, 0};
    if (start->n_features != n_features) {
        return ana_fail(ANA_ERR_SHAPE, "hmm: the model has %zu features, the data %zu",
                        start->n_features, n_features);
    }
    for (size_t j = 0; j < start->n_states * n_features; j++) {
        if (!(start->rates[j] >= 0.0) || !isfinite(start->rates[j])) {
            return ana_fail(ANA_ERR_VALUE, "hmm: rate %zu of the model is negative or not finite",
                            j);
        }
    }
    return ana_hmm_chain_check(&chain, 1);
}

ana_status ana_hmm_fit_from(const ana_observations *observations, const ana_hmm *start,
                            const ana_hmm_options *given, ana_hmm **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_hmm_options options = given != NULL ? *given : ana_hmm_options_default();
    ana_hmm_data data = {0};
    ana_hmm_restart *restart = NULL;
    ana_hmm_em_buffers *buffers = NULL;
    options.n_states = start->n_states;
    ANA_TRY(ana_options_check(ana_hmm_option_table, &options, "hmm"));
    ANA_TRY(check_start(start, observations->n_features));
    ANA_TRY(prepare(observations, &options, &workspace, &data));
    ANA_TRY(make_room(&data, &options, 1, &workspace, &restart, &buffers));
    memcpy(restart->initial, start->initial, start->n_states * sizeof(double));
    memcpy(restart->transition, start->transition,
           start->n_states * start->n_states * sizeof(double));
    memcpy(restart->rates, start->rates, start->n_states * start->n_features * sizeof(double));
    ANA_TRY(finish(&data, &options, buffers, 1, restart, false, out));
done:
    ana_workspace_release(&workspace);
    return status;
}
