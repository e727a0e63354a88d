#include "pipeline_parts.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

ana_status pipeline_take(pipeline *self, const char *name, const char *what, ana_record **out)
{
    ana_status status = stages_take(&self->stages, name, out);
    if (status == ANA_OK && *out != NULL) {
        self->n_taken++;
        console_say(&self->job->console, "%s: taken from %s/%s", what, self->stages.folder, name);
    }
    return status;
}

ana_status pipeline_keep(pipeline *self, const char *name, ana_record *record)
{
    const ana_status status = stages_save(&self->stages, name, record);
    self->pages[self->n_pages++] = record;
    return status;
}

/* Why traces are left out, in warnings. */
static void warn_of(const pipeline *self)
{
    size_t n[6] = {0};
    for (size_t w = 0; w < self->animals.n; w++) {
        const animal *one = &self->animals.items[w];
        const size_t counts[] = {one->n_unnamed, one->n_twice, one->n_constant,
                                 one->n_missing, one->n_rare,  one->n_cut};
        for (size_t k = 0; k < 6; k++) {
            n[k] += counts[k];
        }
    }
    static const char *const reasons[] = {"have no name", "share their name with another trace",
                                          "never change", "miss samples"};
    for (size_t k = 0; k < 4; k++) {
        if (n[k] > 0) {
            ana_warn(&self->job->run, "%zu traces left out: they %s", n[k], reasons[k]);
        }
    }
    if (n[4] > 0) {
        ana_warn(&self->job->run, "%zu traces left out: too few animals have that neuron", n[4]);
    }
    if (n[5] > 0) {
        ana_warn(&self->job->run, "%zu rows cut, so that all animals end with the shortest", n[5]);
    }
}

static size_t step_of(const pipeline *self)
{
    const pipeline_options *options = self->options;
    const double step_s = options->step_s > 0.0 ? options->step_s : options->affinity.sigma_s;
    const double step = floor(step_s / self->animals.items[0].rows->bin_s + 0.5);
    return step > 1.0 ? (size_t)fmin(step, 1e9) : 1;
}

/* Of one animal neuron x neuron x time, of several animal x pair x time. */
static ana_status make_tensor(pipeline *self)
{
    ana_status status = ANA_OK;
    const size_t n = self->animals.n;
    self->affinities = calloc(n, sizeof(ana_affinity *));
    if (self->affinities == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu animals", n);
    }
    ANA_TRY(animals_affinities(&self->animals, &self->options->affinity, step_of(self),
                               self->affinities));
    if (n == 1) {
        ANA_TRY(ana_tensor_affinity(self->affinities[0], &self->tensor));
    } else {
        ANA_TRY(ana_tensor_animals(n, (const ana_affinity *const *)self->affinities,
                                   &self->job->run, &self->tensor));
    }
done:
    return status;
}

static ana_status note_inputs(pipeline *self)
{
    ana_status status = ANA_OK;
    const pipeline_options *options = self->options;
    command_job *job = self->job;
    for (size_t i = 0; i < job->arguments.n_inputs; i++) {
        ANA_TRY(stages_add_input(&self->stages, job->arguments.inputs[i]));
    }
    ANA_TRY(stages_add_line(&self->stages, "--bin", options->bin_s));
    ANA_TRY(stages_add_options(&self->stages, selection_option_table, &job->input.selection));
    ANA_TRY(stages_add_options(&self->stages, selection_time_option_table, &job->input.selection));
    ANA_TRY(stages_add_options(&self->stages, ana_read_option_table, &job->input.read));
    ANA_TRY(stages_add_options(&self->stages, ana_affinity_option_table, &options->affinity));
    ANA_TRY(stages_add_line(&self->stages, "--min-animals", (double)options->min_animals));
    ANA_TRY(stages_add_line(&self->stages, "--step", options->step_s));
done:
    return status;
}

ana_status pipeline_prepare(pipeline *self)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ana_record *taken = NULL;
    command_job *job = self->job;
    ANA_TRY(animals_load(job->arguments.n_inputs, job->arguments.inputs, &job->input, &job->console,
                         self->options->intervals, &self->animals));
    ANA_TRY(animals_choose(&self->animals, self->options->min_animals));
    warn_of(self);
    ANA_TRY(make_tensor(self));
    const ana_affinity *first = self->affinities[0];
    console_say(&job->console, "inputs: %zu animal%s, %zu neurons, %zu times %.3g s apart",
                self->animals.n, self->animals.n == 1 ? "" : "s", first->n_neurons, first->n_times,
                first->dt_s);
    ANA_TRY(stages_open(job, self->options->folder, &self->stages));
    self->stages.all_new = self->options->fresh;
    ANA_TRY(note_inputs(self));
    ANA_TRY(stages_take(&self->stages, "inputs.h5", &taken)); /* that it is ours */
    ANA_TRY(animals_to_record(&self->animals, &record));
    ANA_TRY(ana_record_add_int(record, "times", (int64_t)first->n_times, NULL));
    ANA_TRY(ana_record_add_double(record, "step", first->dt_s, "s"));
    ana_record *made = record;
    record = NULL;
    ANA_TRY(pipeline_keep(self, "inputs.h5", made));
done:
    ana_record_free(taken);
    ana_record_free(record);
    return status;
}

static void release(pipeline *self)
{
    for (size_t w = 0; self->affinities != NULL && w < self->animals.n; w++) {
        ana_affinity_free(self->affinities[w]);
    }
    for (size_t r = 0; self->groups != NULL && r < self->connectome->n_motifs; r++) {
        free(self->groups[r]);
    }
    for (size_t p = 0; p < self->n_pages; p++) {
        ana_record_free(self->pages[p]);
    }
    free(self->affinities);
    free(self->groups);
    free(self->n_groups);
    free(self->position);
    free(self->span_start);
    free(self->span_stop);
    free(self->span_kind);
    ana_connectome_epochs_free(self->epochs);
    ana_connectome_free(self->connectome);
    ana_ntf_free(self->ntf);
    ana_tensor_free(self->tensor);
    animals_release(&self->animals);
    stages_release(&self->stages);
}

ana_status pipeline_run(command_job *job, pipeline_options *options)
{
    ana_status status = ANA_OK;
    pipeline self = {.job = job, .options = options};
    options->dynamics.run = job->run;
    ANA_TRY(pipeline_prepare(&self));
    ANA_TRY(pipeline_factorise(&self));
    ANA_TRY(pipeline_group(&self));
    ANA_TRY(pipeline_follow(&self));
    ANA_TRY(pipeline_tell(&self));
done:
    release(&self);
    return status;
}
