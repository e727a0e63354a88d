/* The figures of a bi-clustering: who is with whom, how the chains went, the states over time, and
 * what each cluster does. */
#include "bicluster_whole.h"
#include "picture.h"
#include "state_names.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What all figures read. */
typedef struct sheet {
    const ana_bicluster *fit;
    ana_workspace *workspace;
    size_t *order; /* N: neurons by cluster */
    const char **clusters;
    double *times; /* T: middles of the rows */
    double step;
    const char *unit; /* "s", or NULL */
} sheet;

static ana_status add_similarity(const sheet *self, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_bicluster *fit = self->fit;
    const size_t n = fit->n_neurons;
    ana_record *figure = NULL;
    double *values = ana_workspace_doubles(self->workspace, n, n);
    size_t *groups = ana_workspace_sizes(self->workspace, n, 1);
    const char **labels = ana_workspace_bytes(self->workspace, n, 1, sizeof *labels);
    ANA_TRY(ana_workspace_check(self->workspace, "bicluster record"));
    for (size_t a = 0; a < n; a++) {
        groups[a] = fit->cluster[self->order[a]];
        labels[a] = fit->neuron_names[self->order[a]];
        for (size_t b = 0; b < n; b++) {
            values[a * n + b] = fit->similarity[self->order[a] * n + self->order[b]];
        }
    }
    ANA_TRY(ana_record_add_picture(
        record, "neurons_together", ANA_HINT_MATRIX_GROUPS,
        &(ana_picture_words){
            .title = "Which neurons are in one cluster",
            .caption =
                "Share of the draws in which two neurons are in the same cluster; neurons "
                "ordered by the partition of largest posterior expected adjusted Rand index.",
            .value_title = "posterior similarity"},
        &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n, "neuron", n, "neuron"), values,
                                   NULL));
    ANA_TRY(ana_record_add_sizes(figure, "group", ana_shape_1(n, "neuron"), groups, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n, labels));
    ANA_TRY(ana_record_add_texts(figure, "group_labels", fit->n_clusters, self->clusters));
done:
    return status;
}

/* One trace of all chains, a line each. */
static ana_status add_trace(const sheet *self, const char *name, const char *title,
                            const char *y_title, size_t which, ana_record *record)
{
    ana_status status = ANA_OK;
    const size_t n_chains = self->fit->options.n_chains;
    const size_t n = self->fit->options.n_sweeps;
    ana_record *figure = NULL;
    double *values = ana_workspace_doubles(self->workspace, n_chains, n);
    ANA_TRY(ana_workspace_check(self->workspace, "bicluster record"));
    for (size_t c = 0; c < n_chains; c++) {
        const ana_bicluster_chain *chain = self->fit->chains + c;
        const double *const traces[3] = {chain->log_joint, chain->cluster_trace,
                                         chain->state_trace};
        memcpy(values + c * n, traces[which], n * sizeof *values);
    }
    ANA_TRY(ana_record_add_picture(
        record, name, ANA_HINT_LINE,
        &(ana_picture_words){.title = title,
                             .caption =
                                 "A line for each chain; chains that agree lie over one another.",
                             .x_title = "sweep",
                             .y_title = y_title},
        &figure));
    ANA_TRY(ana_record_add_text(figure, "layout", "overlaid"));
    ANA_TRY(ana_record_add_doubles(figure, "y", ana_shape_2(n_chains, "chain", n, "sweep"), values,
                                   which == 0 ? "nat" : NULL));
done:
    return status;
}

static ana_status add_ribbon(const sheet *self, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_bicluster *fit = self->fit;
    const size_t n = fit->n_times;
    size_t n_runs = 0;
    ana_record *figure = NULL;
    const char *const *states = ana_state_names(self->workspace, fit->n_states_used);
    double *start = ana_workspace_doubles(self->workspace, n, 1);
    double *stop = ana_workspace_doubles(self->workspace, n, 1);
    size_t *state = ana_workspace_sizes(self->workspace, n, 1);
    ANA_TRY(ana_workspace_check(self->workspace, "bicluster record"));
    for (size_t t = 0; t < n; t++) {
        if (t == 0 || fit->state[t] != fit->state[t - 1]) {
            start[n_runs] = self->times[t] - 0.5 * self->step;
            state[n_runs++] = fit->state[t];
        }
        stop[n_runs - 1] = self->times[t] + 0.5 * self->step;
    }
    ANA_TRY(ana_record_add_picture(
        record, "states_over_time", ANA_HINT_RIBBON,
        &(ana_picture_words){
            .title = "States of the dynamics over time",
            .caption = "The path of largest posterior expected adjusted Rand index among those "
                       "drawn; sequences stand one after the other.",
            .x_title = self->unit != NULL ? "time" : "row"},
        &figure));
    ANA_TRY(ana_record_add_doubles(figure, "start", ana_shape_1(n_runs, "run"), start, self->unit));
    ANA_TRY(ana_record_add_doubles(figure, "stop", ana_shape_1(n_runs, "run"), stop, self->unit));
    ANA_TRY(ana_record_add_sizes(figure, "state", ana_shape_1(n_runs, "run"), state, NULL));
    ANA_TRY(ana_record_add_texts(figure, "state_labels", fit->n_states_used, states));
done:
    return status;
}

/* Mean over a cluster's neurons of the posterior mean log rate, less each neuron's own level. */
static ana_status add_courses(const sheet *self, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_bicluster *fit = self->fit;
    const size_t n_times = fit->n_times;
    ana_record *figure = NULL;
    double *courses = ana_workspace_doubles(self->workspace, fit->n_clusters, n_times);
    double *members = ana_workspace_doubles(self->workspace, fit->n_clusters, 1);
    ANA_TRY(ana_workspace_check(self->workspace, "bicluster record"));
    for (size_t i = 0; i < fit->n_neurons; i++) {
        members[fit->cluster[i]] += 1.0;
    }
    for (size_t i = 0; i < fit->n_neurons; i++) {
        const double *mean = fit->mean + i * n_times;
        double *course = courses + fit->cluster[i] * n_times;
        double level = 0.0;
        for (size_t t = 0; t < n_times; t++) {
            level += mean[t] / (double)n_times;
        }
        for (size_t t = 0; t < n_times; t++) {
            course[t] += (mean[t] - level) / members[fit->cluster[i]];
        }
    }
    ANA_TRY(ana_record_add_picture(
        record, "cluster_courses", ANA_HINT_LINE,
        &(ana_picture_words){
            .title = "What each cluster does",
            .caption = "Posterior mean of the log rate, relative to each neuron's own level, "
                       "averaged over the neurons of a cluster.",
            .x_title = self->unit != NULL ? "time" : "row",
            .y_title = "log rate, relative"},
        &figure));
    ANA_TRY(ana_record_add_text(figure, "layout", "stacked"));
    ANA_TRY(
        ana_record_add_doubles(figure, "x", ana_shape_1(n_times, "time"), self->times, self->unit));
    ANA_TRY(ana_record_add_doubles(
        figure, "y", ana_shape_2(fit->n_clusters, "cluster", n_times, "time"), courses, "nat"));
    ANA_TRY(ana_record_add_texts(figure, "labels", fit->n_clusters, self->clusters));
done:
    return status;
}

static ana_status add_neurons(const sheet *self, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_bicluster *fit = self->fit;
    const size_t n = fit->n_neurons;
    ana_record *figure = NULL;
    double *sureness = ana_workspace_doubles(self->workspace, n, 1);
    const char **clusters = ana_workspace_bytes(self->workspace, n, 1, sizeof *clusters);
    ANA_TRY(ana_workspace_check(self->workspace, "bicluster record"));
    for (size_t i = 0; i < n; i++) {
        double others = 0.0;
        clusters[i] = self->clusters[fit->cluster[i]];
        for (size_t j = 0; j < n; j++) {
            if (j != i && fit->cluster[j] == fit->cluster[i]) {
                sureness[i] += fit->similarity[i * n + j];
                others += 1.0;
            }
        }
        sureness[i] = others > 0.0 ? sureness[i] / others : (double)NAN;
    }
    ANA_TRY(ana_record_add_picture(
        record, "neuron_clusters", ANA_HINT_TABLE,
        &(ana_picture_words){
            .title = "Clusters of the neurons",
            .caption = "Cluster of each neuron, and its mean posterior similarity to the others in "
                       "it."},
        &figure));
    ANA_TRY(ana_record_add_texts(figure, "unit", n, (const char *const *)fit->neuron_names));
    ANA_TRY(ana_record_add_texts(figure, "cluster", n, clusters));
    ANA_TRY(ana_record_add_doubles(figure, "similarity", ana_shape_1(n, "neuron"), sureness, NULL));
done:
    return status;
}

static ana_status prepare(const ana_bicluster *fit, sheet *self)
{
    enum {
        NAME_SIZE = 32
    };
    ana_status status = ANA_OK;
    const bool timed = fit->bin_s > 0.0;
    size_t n = 0;
    self->fit = fit;
    self->step = timed ? fit->bin_s : 1.0;
    self->unit = timed ? "s" : NULL;
    self->order = ana_workspace_sizes(self->workspace, fit->n_neurons, 1);
    self->times = ana_workspace_doubles(self->workspace, fit->n_times, 1);
    char *names = ana_workspace_bytes(self->workspace, fit->n_clusters, NAME_SIZE, 1);
    self->clusters =
        ana_workspace_bytes(self->workspace, fit->n_clusters, 1, sizeof *self->clusters);
    ANA_TRY(ana_workspace_check(self->workspace, "bicluster record"));
    for (size_t g = 0; g < fit->n_clusters; g++) {
        snprintf(names + g * NAME_SIZE, NAME_SIZE, "cluster %zu", g + 1);
        self->clusters[g] = names + g * NAME_SIZE;
        for (size_t i = 0; i < fit->n_neurons; i++) {
            if (fit->cluster[i] == g) {
                self->order[n++] = i;
            }
        }
    }
    for (size_t t = 0; t < fit->n_times; t++) {
        self->times[t] = ((double)t + 0.5) * self->step;
    }
done:
    return status;
}

ana_status bicluster_add_figures(const ana_bicluster *fit, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    sheet self = {.workspace = &workspace};
    ANA_TRY(prepare(fit, &self));
    ANA_TRY(add_similarity(&self, record));
    ANA_TRY(add_neurons(&self, record));
    ANA_TRY(add_ribbon(&self, record));
    ANA_TRY(add_courses(&self, record));
    ANA_TRY(add_trace(&self, "trace_log_joint", "Log joint density of each chain",
                      "log joint density", 0, record));
    ANA_TRY(add_trace(&self, "trace_clusters", "Number of clusters in each chain",
                      "clusters of neurons", 1, record));
    ANA_TRY(add_trace(&self, "trace_states", "Number of states in each chain",
                      "states of time in use", 2, record));
done:
    ana_workspace_release(&workspace);
    return status;
}
