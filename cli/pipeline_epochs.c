/* The last stages: epochs, changes between them, the page and the summary. */
#include "pipeline_parts.h"
#include "try.h"

#include <analysis/formats/report.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    USUAL_WINDOWS = 8
};

/* Visits that are intervals, as spans of the axis of time. */
static ana_status mark_spans(pipeline *self)
{
    const ana_connectome_epochs *epochs = self->epochs;
    const double dt_s = self->connectome->dt_s;
    const size_t n = epochs->n_visits;
    size_t m = 0;
    self->span_start = calloc(n, sizeof(double));
    self->span_stop = calloc(n, sizeof(double));
    self->span_kind = calloc(n, sizeof(size_t));
    if (self->span_start == NULL || self->span_stop == NULL || self->span_kind == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu visits", n);
    }
    for (size_t v = 0; v < n; v++) {
        const bool rest = strcmp(epochs->names[epochs->epoch[v]], "rest") == 0;
        self->span_start[m] = (double)epochs->first[v] * dt_s;
        self->span_stop[m] = (double)epochs->stop[v] * dt_s;
        self->span_kind[m] = epochs->epoch[v];
        m += rest ? 0 : 1;
    }
    self->drawing.n_spans = m;
    self->drawing.span_start = self->span_start;
    self->drawing.span_stop = self->span_stop;
    self->drawing.span_kind = self->span_kind;
    self->drawing.span_names = (const char *const *)epochs->names;
    return ANA_OK;
}

ana_status pipeline_epochs(pipeline *self)
{
    ana_status status = ANA_OK;
    const pipeline_options *options = self->options;
    const ana_connectome *connectome = self->connectome;
    const animals *all = &self->animals;
    const bool marked = options->windows == 0 && all->intervals != NULL;
    const size_t n_windows = options->windows > 0 ? options->windows : USUAL_WINDOWS;
    const double offset = 0.5 * (connectome->dt_s - all->items[0].rows->bin_s);
    const ana_connectome_clock clock = {all->origin_s + offset, connectome->dt_s,
                                        connectome->n_times};
    ANA_TRY(stages_add_line(&self->stages, "--windows", (double)options->windows));
    ANA_TRY(stages_add_line(&self->stages, "--rest", options->rest ? 1.0 : 0.0));
    ANA_TRY(stages_add_line(&self->stages, options->intervals != NULL ? options->intervals : "",
                            marked ? 1.0 : 0.0));
    if (marked) {
        ANA_TRY(ana_connectome_epochs_of(all->intervals, &clock, options->rest, &self->epochs));
        ANA_TRY(mark_spans(self));
    } else {
        ANA_TRY(ana_connectome_windows(connectome->n_times, connectome->dt_s, n_windows,
                                       &self->epochs));
    }
    console_say(&self->job->console, "epochs: %zu %s, visited %zu times", self->epochs->n_epochs,
                marked ? "by the intervals of the recording" : "windows", self->epochs->n_visits);
done:
    return status;
}

ana_status pipeline_follow(pipeline *self)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ana_connectome_dynamics *dynamics = NULL;
    size_t n_changed = 0;
    const ana_connectome_dynamics_options *options = &self->options->dynamics;
    ANA_TRY(stages_add_options(&self->stages, ana_connectome_dynamics_option_table, options));
    ANA_TRY(pipeline_take(self, "dynamics.h5", "dynamics", &record));
    if (record != NULL) {
        self->pages[self->n_pages++] = record;
    } else {
        if (self->animals.n == 1 && self->epochs->n_visits == self->epochs->n_epochs) {
            ana_warn(&self->job->run,
                     "one animal that visits each epoch once: its changes can hardly be told from "
                     "chance");
        }
        ANA_TRY(ana_connectome_follow(self->connectome, self->epochs, options, &dynamics));
        ANA_TRY(ana_connectome_dynamics_to_record(dynamics, self->connectome, self->epochs,
                                                  &self->drawing, &record));
        ANA_TRY(pipeline_keep(self, "dynamics.h5", record));
    }
    ANA_TRY(ana_record_get_size(record, "n_changed", &n_changed));
    console_say(&self->job->console, "dynamics: %zu changes of community", n_changed);
done:
    ana_connectome_dynamics_free(dynamics);
    return status;
}

/* The rows of the table of changes that are changes. */
static ana_status add_changes(const ana_record *dynamics, ana_record *summary)
{
    static const char *const columns[] = {"neuron", "from", "to", "community", "becomes"};
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const char **kept = NULL;
    const char *const *changed = NULL;
    size_t n = 0;
    ANA_TRY(ana_record_get_texts(dynamics, "changes/changed", &n, &changed));
    kept = calloc(n + 1, sizeof *kept);
    if (kept == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "no memory for %zu changes", n);
        goto done;
    }
    ANA_TRY(ana_record_add_group(summary, "changes", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Neurons that change community"));
    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
        const char *const *texts = NULL;
        char path[64];
        size_t m = 0;
        (void)snprintf(path, sizeof path, "changes/%s", columns[c]);
        ANA_TRY(ana_record_get_texts(dynamics, path, &n, &texts));
        for (size_t row = 0; row < n; row++) {
            if (strcmp(changed[row], "yes") == 0) {
                kept[m++] = texts[row];
            }
        }
        ANA_TRY(ana_record_add_texts(table, columns[c], m, kept));
    }
done:
    free(kept);
    return status;
}

static ana_status summarise(pipeline *self, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    const ana_connectome *connectome = self->connectome;
    const ana_shape motifs = ana_shape_1(connectome->n_motifs, "motif");
    const ana_record *dynamics = self->pages[self->n_pages - 1];
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "connectome summary"));
    ANA_TRY(ana_record_add_text(record, "title", "Dynamic functional connectome"));
    ANA_TRY(ana_record_add_text(record, "folder", self->stages.folder));
    ANA_TRY(ana_record_add_int(record, "animals", (int64_t)connectome->n_animals, NULL));
    ANA_TRY(ana_record_add_int(record, "neurons", (int64_t)connectome->n_neurons, NULL));
    ANA_TRY(ana_record_add_int(record, "times", (int64_t)connectome->n_times, NULL));
    ANA_TRY(ana_record_add_double(record, "step", connectome->dt_s, "s"));
    ANA_TRY(ana_record_add_int(record, "motifs", (int64_t)connectome->n_motifs, NULL));
    ANA_TRY(ana_record_add_double(record, "relative_error", self->ntf->relative_error, NULL));
    ANA_TRY(ana_record_add_bool(record, "converged", self->ntf->info.converged));
    ANA_TRY(ana_record_add_sizes(record, "communities", motifs, self->n_groups, NULL));
    ANA_TRY(ana_record_add_int(record, "epochs", (int64_t)self->epochs->n_epochs, NULL));
    ANA_TRY(ana_record_add_int(record, "stages_taken", (int64_t)self->n_taken, NULL));
    ANA_TRY(add_changes(dynamics, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}

/* Pages come in the order in which they are read: who, what, when; then what the fit rests on. */
ana_status pipeline_tell(pipeline *self)
{
    ana_status status = ANA_OK;
    char path[4096];
    const ana_record *order[PIPELINE_MOST_PAGES];
    const ana_report_options page = {.title = "Dynamic functional connectome"};
    const size_t n = self->n_pages;
    ANA_TRY(summarise(self, &self->job->record));
    order[0] = self->pages[0];           /* inputs */
    order[1] = self->pages[n - 2];       /* connectome */
    order[2] = self->pages[n - 1];       /* dynamics */
    for (size_t p = 1; p + 2 < n; p++) { /* ranks, motifs */
        order[p + 2] = self->pages[p];
    }
    ANA_TRY(stages_path(&self->stages, "report.html", path, sizeof path));
    ANA_TRY(ana_report_write(n, order, &page, path));
    console_say(&self->job->console, "%s written", path);
done:
    return status;
}
