/* What the chains of a bi-clustering say together. */
#include "bicluster_whole.h"
#include "try.h"
#include "workspace.h"

#include <analysis/agreement.h>
#include <analysis/diagnostics.h>
#include <analysis/partitions.h>

#include <math.h>
#include <string.h>

enum {
    MOST_PATHS = 400,   /* that are compared with each other */
    MOST_COMPARED = 24, /* partitions of each chain that are compared with other chains' */
    MOST_ROWS = 1500    /* whose similarities are held */
};

static void copy_chain(const ana_bicluster *fit, const ana_bicluster_chain *from,
                       ana_bicluster_chain *to)
{
    const ana_bicluster_options *options = &fit->options;
    const size_t n = fit->n_neurons;
    const size_t n_times = fit->n_times;
    const size_t q = options->n_factors + 1;
    const size_t n_states = options->n_states;
    ana_bicluster_chain own = *to;
    *to = *from;
    to->cluster = memcpy(own.cluster, from->cluster, n * sizeof(size_t));
    to->path = memcpy(own.path, from->path, options->max_clusters * q * n_times * sizeof(double));
    to->loading = memcpy(own.loading, from->loading, n * q * sizeof(double));
    to->mode = memcpy(own.mode, from->mode, n * options->max_clusters * q * sizeof(double));
    to->size = memcpy(own.size, from->size, n * sizeof(double));
    to->state = memcpy(own.state, from->state, n_times * sizeof(size_t));
    to->weight = memcpy(own.weight, from->weight, n_states * sizeof(double));
    to->initial = memcpy(own.initial, from->initial, n_states * sizeof(double));
    to->transition = memcpy(own.transition, from->transition, n_states * n_states * sizeof(double));
    to->log_joint = memcpy(own.log_joint, from->log_joint, from->n_done * sizeof(double));
    to->cluster_trace =
        memcpy(own.cluster_trace, from->cluster_trace, from->n_done * sizeof(double));
    to->state_trace = memcpy(own.state_trace, from->state_trace, from->n_done * sizeof(double));
    to->partitions = memcpy(own.partitions, from->partitions, from->n_done * n * sizeof(uint16_t));
    to->paths = memcpy(own.paths, from->paths, from->n_kept * n_times * sizeof(uint16_t));
    to->mean = memcpy(own.mean, from->mean, n * n_times * sizeof(double));
}

void bicluster_copy_chains(const ana_bicluster *from, ana_bicluster *to)
{
    for (size_t c = 0; c < to->options.n_chains; c++) {
        copy_chain(to, from->chains + c, to->chains + c);
    }
}

/* Draws after the warm-up of all chains, one chain after the other. */
static const double *trace_of(const ana_bicluster_chain *chain, size_t which)
{
    const double *const traces[3] = {chain->log_joint, chain->cluster_trace, chain->state_trace};
    return traces[which];
}

static ana_status diagnose(ana_bicluster *fit)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_chains = fit->options.n_chains;
    const size_t n = fit->options.n_sweeps - fit->options.n_warmup;
    double *draws = ana_workspace_doubles(&workspace, n_chains, n);
    ANA_TRY(ana_workspace_check(&workspace, "bicluster"));
    for (size_t which = 0; which < 3; which++) {
        for (size_t c = 0; c < n_chains; c++) {
            memcpy(draws + c * n, trace_of(fit->chains + c, which) + fit->options.n_warmup,
                   n * sizeof *draws);
        }
        ANA_TRY(ana_diagnostics_split_rhat(n_chains, n, draws, &fit->rhat[which]));
        ANA_TRY(ana_diagnostics_effective_size(n_chains, n, draws, &fit->effective[which]));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Mean adjusted Rand index of draws a of one chain and b of another (or the same, a before b). */
static ana_status compare_chains(const ana_bicluster *fit, size_t one, size_t other, size_t *room,
                                 double *mean)
{
    ana_status status = ANA_OK;
    const size_t n = fit->n_neurons;
    const size_t n_draws = fit->options.n_sweeps - fit->options.n_warmup;
    const size_t n_shown = n_draws < MOST_COMPARED ? n_draws : MOST_COMPARED;
    double pairs = 0.0;
    double sum = 0.0;
    for (size_t a = 0; a < n_shown; a++) {
        for (size_t b = one == other ? a + 1 : 0; b < n_shown; b++) {
            ana_agreement agreement = {0};
            const size_t draws[2] = {a, b};
            const size_t chains[2] = {one, other};
            for (size_t k = 0; k < 2; k++) {
                const size_t sweep = fit->options.n_warmup + draws[k] * n_draws / n_shown;
                const uint16_t *partition = fit->chains[chains[k]].partitions + sweep * n;
                for (size_t i = 0; i < n; i++) {
                    room[k * n + i] = partition[i];
                }
            }
            ANA_TRY(ana_agreement_compare(n, room, room + n, &agreement));
            sum += agreement.adjusted_rand;
            pairs += 1.0;
        }
    }
    *mean = sum / pairs;
done:
    return status;
}

static ana_status compare_partitions(ana_bicluster *fit)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_chains = fit->options.n_chains;
    const double n_pairs = 0.5 * (double)n_chains * (double)(n_chains - 1);
    size_t *room = ana_workspace_sizes(&workspace, 2, fit->n_neurons);
    ANA_TRY(ana_workspace_check(&workspace, "bicluster"));
    fit->within = 0.0;
    fit->between = n_chains > 1 ? 0.0 : (double)NAN;
    for (size_t a = 0; a < n_chains; a++) {
        for (size_t b = a; b < n_chains; b++) {
            double mean = 0.0;
            ANA_TRY(compare_chains(fit, a, b, room, &mean));
            if (a == b) {
                fit->within += mean / (double)n_chains;
            } else {
                fit->between += mean / n_pairs;
            }
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status summarise_neurons(ana_bicluster *fit)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_chains = fit->options.n_chains;
    const size_t n = fit->options.n_sweeps - fit->options.n_warmup;
    const size_t width = fit->n_neurons;
    uint16_t *draws = ana_workspace_bytes(&workspace, n_chains * n, width, sizeof *draws);
    ANA_TRY(ana_workspace_check(&workspace, "bicluster"));
    for (size_t c = 0; c < n_chains; c++) {
        memcpy(draws + c * n * width, fit->chains[c].partitions + fit->options.n_warmup * width,
               n * width * sizeof *draws);
    }
    ANA_TRY(ana_partitions_similarity(n_chains * n, width, draws, fit->similarity));
    ANA_TRY(ana_partitions_summary(n_chains * n, width, draws, fit->similarity, fit->cluster,
                                   &fit->n_clusters, &fit->pear));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status summarise_states(ana_bicluster *fit)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_chains = fit->options.n_chains;
    const size_t n_times = fit->n_times;
    const size_t n_kept = n_chains * fit->chains[0].n_kept;
    const size_t every = (n_kept + MOST_PATHS - 1) / MOST_PATHS;
    const size_t n = (n_kept + every - 1) / every;
    uint16_t *draws = ana_workspace_bytes(&workspace, n, n_times, sizeof *draws);
    ANA_TRY(ana_workspace_check(&workspace, "bicluster"));
    for (size_t d = 0; d < n; d++) {
        const ana_bicluster_chain *chain = fit->chains + d * every / fit->chains[0].n_kept;
        memcpy(draws + d * n_times, chain->paths + d * every % fit->chains[0].n_kept * n_times,
               n_times * sizeof *draws);
    }
    if (n_times > MOST_ROWS) {
        ANA_TRY(ana_partitions_best_draw(n, n_times, draws, fit->state, &fit->n_states_used,
                                         &fit->state_pear));
    } else {
        double *similarity = ana_workspace_doubles(&workspace, n_times, n_times);
        ANA_TRY(ana_workspace_check(&workspace, "bicluster"));
        ANA_TRY(ana_partitions_similarity(n, n_times, draws, similarity));
        ANA_TRY(ana_partitions_summary(n, n_times, draws, similarity, fit->state,
                                       &fit->n_states_used, &fit->state_pear));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status bicluster_summarise(ana_bicluster *fit)
{
    ana_status status = ANA_OK;
    const size_t n = fit->n_neurons * fit->n_times;
    const double n_draws =
        (double)(fit->options.n_chains * (fit->options.n_sweeps - fit->options.n_warmup));
    ANA_TRY(diagnose(fit));
    ANA_TRY(compare_partitions(fit));
    ANA_TRY(summarise_neurons(fit));
    ANA_TRY(summarise_states(fit));
    memset(fit->mean, 0, n * sizeof *fit->mean);
    for (size_t c = 0; c < fit->options.n_chains; c++) {
        for (size_t j = 0; j < n; j++) {
            fit->mean[j] += fit->chains[c].mean[j] / n_draws;
        }
    }
done:
    return status;
}
