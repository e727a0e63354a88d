/* The stages between inputs and report. */
#include "neuron_places.h"
#include "pipeline_parts.h"
#include "try.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ motifs */

static ana_status choose_rank(pipeline *self)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ana_ntf_ranks *ranks = NULL;
    pipeline_options *options = self->options;
    ANA_TRY(stages_add_options(&self->stages, ana_ntf_rank_option_table, &options->ranks));
    ANA_TRY(stages_add_line(&self->stages, "--rank-tolerance", options->rank_tolerance));
    ANA_TRY(pipeline_take(self, "ranks.h5", "rank", &record));
    if (record != NULL) {
        self->pages[self->n_pages++] = record;
        ANA_TRY(ana_record_get_size(record, "chosen", &options->fit.rank));
    } else {
        ana_ntf_options coarse = options->fit;
        coarse.tolerance = options->rank_tolerance;
        ANA_TRY(ana_ntf_choose_rank(self->tensor, &coarse, &options->ranks, &ranks));
        options->fit.rank = ranks->chosen;
        ANA_TRY(ana_ntf_ranks_to_record(ranks, &record));
        ANA_TRY(pipeline_keep(self, "ranks.h5", record));
    }
    console_say(&self->job->console,
                "rank: %zu motifs, the fewest that predict what was held out within a standard "
                "error of the best",
                options->fit.rank);
done:
    ana_ntf_ranks_free(ranks);
    return status;
}

static ana_ntf_axes axes_of(const pipeline *self, const char **names)
{
    const ana_affinity *first = self->affinities[0];
    const char *const *neurons = (const char *const *)first->neuron_names;
    if (self->animals.n == 1) {
        return (ana_ntf_axes){.names = {"neuron", "neuron", "time"},
                              .labels = {neurons, neurons},
                              .dt_s = first->dt_s};
    }
    for (size_t w = 0; w < self->animals.n; w++) {
        names[w] = self->animals.items[w].name;
    }
    return (ana_ntf_axes){.names = {"animal", "pair", "time"},
                          .labels = {names},
                          .dt_s = first->dt_s,
                          .n_neurons = first->n_neurons,
                          .neurons = neurons};
}

/* The best restart goes on alone, to a finer tolerance than all of them; how the restarts went
 * stays with it. */
static ana_status polish(const pipeline *self, const ana_ntf_options *fit, ana_ntf *ntf)
{
    ana_status status = ANA_OK;
    ana_ntf *better = NULL;
    ANA_TRY(ana_ntf_fit_from(self->tensor, ntf, NULL, fit, &better));
    for (size_t m = 0; m < ntf->n_modes; m++) {
        memcpy(ntf->factors[m], better->factors[m],
               ntf->length[m] * ntf->rank * sizeof *ntf->factors[m]);
    }
    memcpy(ntf->weights, better->weights, ntf->rank * sizeof *ntf->weights);
    ntf->relative_error = better->relative_error;
    ntf->n_reseeded += better->n_reseeded;
    ntf->info.converged = better->info.converged;
    ntf->info.n_iterations += better->info.n_iterations;
    ntf->info.objective = better->info.objective;
done:
    ana_ntf_free(better);
    return status;
}

static ana_status find_motifs(pipeline *self)
{
    ana_status status = ANA_OK;
    ana_ntf_options screening = self->options->fit;
    screening.tolerance = self->options->screening;
    ANA_TRY(ana_ntf_fit(self->tensor, &screening, &self->ntf));
    ANA_TRY(polish(self, &self->options->fit, self->ntf));
done:
    return status;
}

static ana_status fit_motifs(pipeline *self, const char **names)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(pipeline_take(self, "motifs.h5", "motifs", &record));
    if (record != NULL) {
        self->pages[self->n_pages++] = record;
        ANA_TRY(ana_ntf_from_record(record, &self->ntf));
    } else {
        const ana_ntf_axes axes = axes_of(self, names);
        ANA_TRY(find_motifs(self));
        ANA_TRY(ana_ntf_to_record(self->ntf, &axes, &record));
        ANA_TRY(pipeline_keep(self, "motifs.h5", record));
    }
    job_note_fit(self->job, self->ntf->info.converged, self->ntf->info.n_iterations);
    console_say(&self->job->console, "motifs: %zu, relative error %.4f, the best of %zu restarts",
                self->ntf->rank, self->ntf->relative_error, self->ntf->info.n_restarts);
done:
    return status;
}

ana_status pipeline_factorise(pipeline *self)
{
    ana_status status = ANA_OK;
    ana_ntf_options *fit = &self->options->fit;
    const char **names = calloc(self->animals.n, sizeof *names);
    if (names == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu animals", self->animals.n);
    }
    const bool chosen = fit->rank == 0;
    ANA_TRY(stages_add_options(&self->stages, ana_ntf_option_table, fit));
    ANA_TRY(stages_add_line(&self->stages, "--screening", self->options->screening));
    if (chosen) {
        ANA_TRY(choose_rank(self));
        ANA_TRY(stages_add_line(&self->stages, "rank", (double)fit->rank));
    }
    ANA_TRY(fit_motifs(self, names));
    for (size_t w = 0; w < self->animals.n; w++) {
        names[w] = self->animals.items[w].name;
    }
    ANA_TRY(ana_connectome_new(self->ntf, self->animals.n,
                               (const ana_affinity *const *)self->affinities, names,
                               &self->job->run, &self->connectome));
done:
    free(names);
    return status;
}

/* ------------------------------------------------------------- communities */

static ana_status find_blocks(const pipeline *self, size_t r, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_graph *graph = NULL;
    ana_sbm *sbm = NULL;
    ana_record *child = NULL;
    char name[32];
    ANA_TRY(ana_connectome_motif_graph(self->connectome, r, &graph));
    if (graph->n_edges == 0) {
        ana_warn(&self->job->run, "motif %zu ties no two neurons; its neurons are one community",
                 r + 1);
        goto done;
    }
    ANA_TRY(ana_sbm_fit(graph, &self->options->sbm, &sbm));
    ANA_TRY(ana_sbm_to_record(sbm, NULL, &child));
    (void)snprintf(name, sizeof name, "motif_%zu", r + 1);
    ana_record *made = child;
    child = NULL;
    ANA_TRY(ana_record_adopt(record, name, made));
done:
    ana_record_free(child);
    ana_sbm_free(sbm);
    ana_graph_free(graph);
    return status;
}

static ana_status make_communities(const pipeline *self, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    const size_t rank = self->connectome->n_motifs;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "connectome communities"));
    ANA_TRY(ana_record_add_text(record, "title", "Communities of the motifs"));
    for (size_t r = 0; r < rank; r++) {
        ANA_TRY(find_blocks(self, r, record));
        ANA_TRY(ana_run_progress(&self->job->run, "communities of the motifs", r + 1, rank));
    }
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}

/* The lowest level of each motif's communities. */
static ana_status read_groups(pipeline *self, const ana_record *record)
{
    ana_status status = ANA_OK;
    ana_sbm *sbm = NULL;
    const size_t n = self->connectome->n_neurons;
    const size_t rank = self->connectome->n_motifs;
    self->groups = calloc(rank, sizeof(size_t *));
    self->n_groups = calloc(rank, sizeof(size_t));
    for (size_t r = 0; r < rank; r++) {
        char name[32];
        (void)snprintf(name, sizeof name, "motif_%zu", r + 1);
        const ana_record *child = ana_record_find(record, name);
        if (self->groups != NULL) {
            self->groups[r] = calloc(n, sizeof(size_t));
        }
        if (self->n_groups == NULL || self->groups == NULL || self->groups[r] == NULL) {
            status = ana_fail(ANA_ERR_MEMORY, "no memory for the communities");
            goto done;
        }
        self->n_groups[r] = 1;
        if (child == NULL) {
            continue; /* it ties nobody */
        }
        ANA_TRY(ana_sbm_from_record(child, &sbm));
        if (sbm->n_nodes != n) {
            ANA_TRY(ana_fail(ANA_ERR_FORMAT, "communities: %zu nodes, not %zu", sbm->n_nodes, n));
        }
        memcpy(self->groups[r], sbm->hierarchy.group[0], n * sizeof(size_t));
        self->n_groups[r] = sbm->hierarchy.n_groups[0];
        ana_sbm_free(sbm);
        sbm = NULL;
    }
done:
    ana_sbm_free(sbm);
    return status;
}

static ana_status find_communities(pipeline *self)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    const ana_sbm_options *options = &self->options->sbm;
    ANA_TRY(stages_add_options(&self->stages, ana_sbm_option_table, options));
    ANA_TRY(pipeline_take(self, "communities.h5", "communities", &record));
    if (record == NULL) {
        ANA_TRY(make_communities(self, &record));
        ANA_TRY(stages_save(&self->stages, "communities.h5", record));
    }
    ANA_TRY(read_groups(self, record));
    size_t most = 0;
    for (size_t r = 0; r < self->connectome->n_motifs; r++) {
        most = self->n_groups[r] > most ? self->n_groups[r] : most;
    }
    console_say(&self->job->console, "communities: up to %zu in a motif", most);
done:
    ana_record_free(record);
    return status;
}

static ana_status read_positions(pipeline *self)
{
    ana_status status = ANA_OK;
    const char *path = self->options->positions;
    if (path == NULL) {
        return ANA_OK;
    }
    ANA_TRY(stages_add_input(&self->stages, path));
    ANA_TRY(neuron_places_read(path, self->connectome->n_neurons, self->connectome->neuron_names,
                               &self->job->run, &self->position));
    self->drawing.position = self->position;
done:
    return status;
}

/* Columns of the table of ties, a row for each community of each motif. */
typedef struct tie_rows {
    size_t n;
    size_t *motif;
    size_t *community;
    double *within;
    double *between;
} tie_rows;

static ana_status fill_ties(const pipeline *self, tie_rows *rows)
{
    ana_status status = ANA_OK;
    ana_connectome_ties *ties = NULL;
    size_t row = 0;
    for (size_t r = 0; r < self->connectome->n_motifs; r++) {
        const size_t n = self->n_groups[r];
        ANA_TRY(ana_connectome_tie(self->connectome, n, self->groups[r], &ties));
        for (size_t g = 0; g < n; g++, row++) {
            rows->motif[row] = r + 1;
            rows->community[row] = g;
            rows->within[row] = ties->within[r * n + g];
            rows->between[row] = ties->between[r * n + g];
        }
        ana_connectome_ties_free(ties);
        ties = NULL;
    }
done:
    ana_connectome_ties_free(ties);
    return status;
}

/* Motif x community x time x animal, as its factors: ties here, courses in the connectome. */
static ana_status add_ties(const pipeline *self, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    tie_rows rows = {0};
    for (size_t r = 0; r < self->connectome->n_motifs; r++) {
        rows.n += self->n_groups[r];
    }
    const ana_shape shape = ana_shape_1(rows.n, "row");
    rows.motif = calloc(rows.n + 1, sizeof(size_t));
    rows.community = calloc(rows.n + 1, sizeof(size_t));
    rows.within = calloc(rows.n + 1, sizeof(double));
    rows.between = calloc(rows.n + 1, sizeof(double));
    if (rows.motif == NULL || rows.community == NULL || rows.within == NULL ||
        rows.between == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "no memory for the ties of %zu communities", rows.n);
        goto done;
    }
    ANA_TRY(fill_ties(self, &rows));
    ANA_TRY(ana_record_add_group(record, "ties", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Ties of the communities"));
    ANA_TRY(ana_record_add_text(table, "caption",
                                "Mean affinity of the pairs within each community of a motif, and "
                                "of its members with others; times a course: its activity."));
    ANA_TRY(ana_record_add_sizes(table, "motif", shape, rows.motif, NULL));
    ANA_TRY(ana_record_add_sizes(table, "community", shape, rows.community, NULL));
    ANA_TRY(ana_record_add_doubles(table, "within", shape, rows.within, NULL));
    ANA_TRY(ana_record_add_doubles(table, "between", shape, rows.between, NULL));
done:
    free(rows.motif);
    free(rows.community);
    free(rows.within);
    free(rows.between);
    return status;
}

ana_status pipeline_group(pipeline *self)
{
    ana_status status = ANA_OK;
    ana_record *taken = NULL;
    ana_record *record = NULL;
    ANA_TRY(find_communities(self));
    ANA_TRY(read_positions(self));
    ANA_TRY(pipeline_epochs(self));
    ANA_TRY(stages_take(&self->stages, "connectome.h5", &taken)); /* that it is ours */
    ANA_TRY(ana_connectome_to_record(self->connectome, (const size_t *const *)self->groups,
                                     &self->drawing, &record));
    ANA_TRY(add_ties(self, record));
    ana_record *made = record;
    record = NULL;
    ANA_TRY(pipeline_keep(self, "connectome.h5", made));
done:
    ana_record_free(taken);
    ana_record_free(record);
    return status;
}
