/* A bi-clustering as a record, and back. */
#include "bicluster_whole.h"
#include "lists.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    TRACE_MOST = 64 /* clusters and states are no more (bicluster.h's option table) */
};

static const char *const watched[3] = {"log_joint", "clusters", "states"};

static bool partitions_agree(const ana_bicluster *fit)
{
    return !(fit->between < fit->within - 0.1);
}

bool ana_bicluster_converged(const ana_bicluster *fit)
{
    return fit->rhat[0] <= 1.1 && fit->rhat[1] <= 1.1 && fit->rhat[2] <= 1.1 &&
           partitions_agree(fit);
}

/* What a chain's trace was most often after the warm-up; the smaller of two that are level. */
static size_t usual_of(const ana_bicluster *fit, const double *trace)
{
    size_t counts[TRACE_MOST + 1] = {0};
    size_t usual = 0;
    for (size_t n = fit->options.n_warmup; n < fit->options.n_sweeps; n++) {
        const double value = trace[n];
        counts[value >= 0.0 && value <= TRACE_MOST ? (size_t)value : TRACE_MOST]++;
    }
    for (size_t value = 1; value <= TRACE_MOST; value++) {
        usual = counts[value] > counts[usual] ? value : usual;
    }
    return usual;
}

/* In how many sweeps after the warm-up the trace changed. */
static size_t changes_of(const ana_bicluster *fit, const double *trace)
{
    size_t n_changes = 0;
    for (size_t n = fit->options.n_warmup + 1; n < fit->options.n_sweeps; n++) {
        n_changes += trace[n] < trace[n - 1] || trace[n] > trace[n - 1] ? 1 : 0;
    }
    return n_changes;
}

/* "chains_clusters": what each chain held most often, "changes_clusters": in how many sweeps that
 * changed; where they do not mix, in words. Chains that never leave numbers of their own have an
 * infinite R-hat, which says less than the numbers do. */
static ana_status add_usual(const ana_bicluster *fit, size_t which, ana_record *group)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = fit->options.n_chains;
    char name[48];
    char words[256];
    bool alike = true;
    size_t *usual = ana_workspace_sizes(&workspace, n, 1);
    size_t *changes = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "bicluster record"));
    int length = snprintf(words, sizeof words, "chains disagree: most often");
    for (size_t c = 0; c < n; c++) {
        const double *trace =
            which == 1 ? fit->chains[c].cluster_trace : fit->chains[c].state_trace;
        usual[c] = usual_of(fit, trace);
        changes[c] = changes_of(fit, trace);
        alike = alike && usual[c] == usual[0];
        if (length > 0 && (size_t)length < sizeof words - 32) {
            length += snprintf(words + length, sizeof words - (size_t)length, "%s %zu",
                               c > 0 ? "," : "", usual[c]);
        }
    }
    snprintf(name, sizeof name, "chains_%s", watched[which]);
    ANA_TRY(ana_record_add_sizes(group, name, ana_shape_1(n, "chain"), usual, NULL));
    snprintf(name, sizeof name, "changes_%s", watched[which]);
    ANA_TRY(ana_record_add_sizes(group, name, ana_shape_1(n, "chain"), changes, NULL));
    snprintf(name, sizeof name, "note_%s", watched[which]);
    if (fit->rhat[which] <= 1.1) {
        snprintf(words, sizeof words, "chains agree; most often %zu", usual[0]);
    } else if (alike) {
        snprintf(words, sizeof words, "chains mix slowly; each holds most often %zu", usual[0]);
    }
    ANA_TRY(ana_record_add_text(group, name, words));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_diagnostics(const ana_bicluster *fit, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    ANA_TRY(ana_record_add_group(record, "diagnostics", ANA_HINT_NONE, &group));
    for (size_t k = 0; k < 3; k++) {
        char name[48];
        snprintf(name, sizeof name, "rhat_%s", watched[k]);
        ANA_TRY(ana_record_add_double(group, name,
                                      isfinite(fit->rhat[k]) ? fit->rhat[k] : (double)NAN, NULL));
        snprintf(name, sizeof name, "effective_%s", watched[k]);
        ANA_TRY(ana_record_add_double(group, name, fit->effective[k], NULL));
    }
    ANA_TRY(ana_record_add_double(group, "partitions_within_chains", fit->within, NULL));
    ANA_TRY(ana_record_add_double(group, "partitions_between_chains", fit->between, NULL));
    ANA_TRY(ana_record_add_text(group, "note_partitions",
                                partitions_agree(fit)
                                    ? "chains agree on who is with whom"
                                    : "each chain stays with a partition of its own; the summary "
                                      "is an average of them, and longer or more chains may "
                                      "change it"));
    ANA_TRY(add_usual(fit, 1, group));
    ANA_TRY(add_usual(fit, 2, group));
    double accepted = 0.0;
    double proposed = 0.0;
    for (size_t c = 0; c < fit->options.n_chains; c++) {
        accepted += (double)fit->chains[c].n_accepted;
        proposed += (double)fit->chains[c].n_proposed;
    }
    ANA_TRY(ana_record_add_double(group, "accepted_trajectories",
                                  proposed > 0.0 ? accepted / proposed : (double)NAN, NULL));
done:
    return status;
}

static ana_status add_result(const ana_bicluster *fit, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    const size_t n = fit->n_neurons;
    const int64_t identity[2] = {(int64_t)fit->seed, (int64_t)fit->data_hash};
    ANA_TRY(ana_record_add_group(record, "result", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_double(group, "bin", fit->bin_s, "s"));
    ANA_TRY(ana_record_add_ints(group, "identity", ana_shape_1(2, "seed, counts"), identity, NULL));
    ANA_TRY(ana_record_add_texts(group, "units", n, (const char *const *)fit->neuron_names));
    ANA_TRY(ana_record_add_sizes(group, "cluster", ana_shape_1(n, "neuron"), fit->cluster, NULL));
    ANA_TRY(
        ana_record_add_sizes(group, "state", ana_shape_1(fit->n_times, "time"), fit->state, NULL));
    ANA_TRY(ana_record_add_doubles(group, "similarity", ana_shape_2(n, "neuron", n, "neuron"),
                                   fit->similarity, NULL));
    ANA_TRY(ana_record_add_doubles(
        group, "log_rate", ana_shape_2(n, "neuron", fit->n_times, "time"), fit->mean, "nat"));
done:
    return status;
}

ana_status ana_bicluster_to_record(const ana_bicluster *fit, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "bicluster"));
    ANA_TRY(ana_record_add_text(record, "title", "Clusters of neurons and states of time"));
    ANA_TRY(ana_record_add_int(record, "neurons", (int64_t)fit->n_neurons, NULL));
    ANA_TRY(ana_record_add_int(record, "rows", (int64_t)fit->n_times, NULL));
    ANA_TRY(ana_record_add_int(record, "clusters", (int64_t)fit->n_clusters, NULL));
    ANA_TRY(ana_record_add_double(record, "pear", fit->pear, NULL));
    ANA_TRY(ana_record_add_int(record, "states", (int64_t)fit->n_states_used, NULL));
    ANA_TRY(ana_record_add_double(record, "state_pear", fit->state_pear, NULL));
    ANA_TRY(ana_record_add_bool(record, "converged", ana_bicluster_converged(fit)));
    ANA_TRY(add_diagnostics(fit, record));
    ANA_TRY(bicluster_add_figures(fit, record));
    ANA_TRY(ana_record_add_options(record, "options", ana_bicluster_option_table, &fit->options));
    ANA_TRY(add_result(fit, record));
    ANA_TRY(bicluster_add_chains(fit, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}

/* One option from its node, as if it were typed. */
static ana_status read_option(const ana_record *record, const ana_option *option,
                              ana_bicluster_options *options)
{
    char path[64];
    char text[64];
    snprintf(path, sizeof path, "options/%s", option->name);
    const ana_record *node = ana_record_find(record, path);
    if (node != NULL && node->type == ANA_RECORD_TEXT && node->text != NULL) {
        return ana_option_set(option, options, node->text);
    }
    if (node != NULL && node->type == ANA_RECORD_INT) {
        snprintf(text, sizeof text, "%lld", (long long)node->integer);
    } else if (node != NULL && node->type == ANA_RECORD_DOUBLE) {
        ana_format_double(node->number, text);
    } else {
        return ana_fail(ANA_ERR_FORMAT, "record: %s: expected an option's value", path);
    }
    return ana_option_set(option, options, text);
}

static ana_status read_options(const ana_record *record, ana_bicluster_options *options)
{
    ana_status status = ANA_OK;
    *options = ana_bicluster_options_default();
    for (const ana_option *option = ana_bicluster_option_table;
         option->name != NULL && status == ANA_OK; option++) {
        status = read_option(record, option, options);
    }
    if (status != ANA_OK) {
        char why[256];
        snprintf(why, sizeof why, "%s", ana_last_error());
        return ana_fail(ANA_ERR_FORMAT, "%s", why);
    }
    if (options->n_sweeps < options->n_warmup + 4) {
        return ana_fail(ANA_ERR_FORMAT, "record: %zu sweeps with a warm-up of %zu",
                        options->n_sweeps, options->n_warmup);
    }
    return ANA_OK;
}

/* The arrays that are there must be as large as the options say, before anything is allocated. */
static ana_status check_sizes(const ana_record *record, const ana_bicluster_options *options,
                              size_t n_neurons, size_t n_times)
{
    ana_status status = ANA_OK;
    const double *values = NULL;
    const int64_t *ints = NULL;
    const size_t n_rows = options->max_clusters * (options->n_factors + 1);
    const ana_record *chains = ana_record_find(record, "chains");
    ana_shape path = ana_shape_2(n_rows, NULL, n_times, NULL);
    ana_shape mean = ana_shape_2(n_neurons, NULL, n_times, NULL);
    ana_shape partitions = ana_shape_2(options->n_sweeps, NULL, n_neurons, NULL);
    if (chains == NULL || chains->n_children != options->n_chains) {
        return ana_fail(ANA_ERR_FORMAT, "record: chains: expected %zu of them", options->n_chains);
    }
    for (size_t c = 0; c < chains->n_children; c++) {
        const ana_record *chain = chains->children[c];
        ANA_TRY(ana_record_get_doubles(chain, "path", &path, &values));
        ANA_TRY(ana_record_get_doubles(chain, "mean", &mean, &values));
        ANA_TRY(ana_record_get_ints(chain, "partitions", &partitions, &ints));
    }
done:
    return status;
}

ana_status ana_bicluster_from_record(const ana_record *record, ana_bicluster **out)
{
    ana_status status = ANA_OK;
    ana_bicluster *fit = NULL;
    ana_bicluster_options options;
    const double *similarity = NULL;
    const int64_t *states = NULL;
    const int64_t *identity = NULL;
    const char *const *names = NULL;
    ana_shape square = ana_shape_2(0, NULL, 0, NULL);
    ana_shape line = ana_shape_1(0, NULL);
    ana_shape two = ana_shape_1(2, NULL);
    ANA_TRY(read_options(record, &options));
    ANA_TRY(ana_record_get_doubles(record, "result/similarity", &square, &similarity));
    ANA_TRY(ana_record_get_ints(record, "result/state", &line, &states));
    ANA_TRY(ana_record_get_ints(record, "result/identity", &two, &identity));
    size_t n_neurons = square.n[0];
    ANA_TRY(ana_record_get_texts(record, "result/units", &n_neurons, &names));
    if (n_neurons < 2 || line.n[0] < 2) {
        return ana_fail(ANA_ERR_FORMAT, "record: %zu neurons in %zu rows; at least two of each",
                        n_neurons, line.n[0]);
    }
    ANA_TRY(check_sizes(record, &options, n_neurons, line.n[0]));
    ANA_TRY(bicluster_new(n_neurons, line.n[0], &options, &fit));
    fit->seed = (uint64_t)identity[0];
    fit->data_hash = (uint64_t)identity[1];
    ANA_TRY(ana_record_get_double(record, "result/bin", &fit->bin_s));
    ANA_TRY(ana_copy_texts(n_neurons, names, &fit->neuron_names));
    ANA_TRY(bicluster_read_chains(record, fit));
    ANA_TRY(bicluster_summarise(fit));
    *out = fit;
    fit = NULL;
done:
    ana_bicluster_free(fit);
    return status;
}
