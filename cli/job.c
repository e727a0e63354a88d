#include "job.h"

#include "summary.h"
#include "try.h"
#include "written.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* How inputs become rows, --labels as the command takes it, if it does. */
static void list_rows(command_job *job)
{
    const char *without = job->plan->not_of_rows != NULL ? job->plan->not_of_rows : "";
    arguments_leave_out(without, rows_option_table, job->rows_table);
    for (ana_option *option = job->rows_table; option->name != NULL; option++) {
        if (job->plan->labels != NULL && strcmp(option->name, "labels") == 0) {
            option->help = job->plan->labels;
        }
    }
}

/* The command's own tables, then those of its parts. */
static void list_targets(command_job *job)
{
    const struct {
        unsigned parts; /* any of them; 0: always */
        option_target target;
    } shared[] = {
        {JOB_ROWS, {"Rows", job->rows_table, &job->input.rows}},
        {JOB_SELECTION, {"Selection", selection_option_table, &job->input.selection}},
        {JOB_TIMES, {"Times", selection_time_option_table, &job->input.selection}},
        {JOB_READING, {"Reading", ana_read_option_table, &job->input.read}},
        {JOB_READING | JOB_SAVING | JOB_WRITING, {"Computation", ana_run_option_table, &job->run}},
        {JOB_FIT, {"Fit", fit_option_table, &job->save}},
        {JOB_SAVING, {"Output", save_option_table, &job->save}},
        {JOB_PAGE, {"Output", page_option_table, &job->save}},
        {JOB_WRITING, {"Output", recording_option_table, &job->save}},
        {JOB_WRITING, {"Writing", ana_write_option_table, &job->save.write}},
        {0, {"Console", console_option_table, &job->console}},
    };
    size_t n = 0;
    list_rows(job);
    for (const option_target *own = job->plan->own; own->table != NULL; own++) {
        job->targets[n++] = *own;
    }
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++) {
        if (shared[i].parts == 0 || (shared[i].parts & job->plan->parts) != 0) {
            job->targets[n++] = shared[i].target;
        }
    }
    job->targets[n] = (option_target){NULL, NULL, NULL};
}

/* Seed, threads, memory and console wherever a run is taken. */
static void hand_out_run(command_job *job)
{
    console_attach(&job->console, &job->run);
    job->input.read.run = job->run;
    job->save.write.run = job->run;
    for (size_t i = 0; i < JOB_MAX_RUNS && job->plan->runs[i] != NULL; i++) {
        *job->plan->runs[i] = job->run;
    }
}

static ana_status check_output(command_job *job)
{
    const unsigned parts = job->plan->parts;
    save_options *save = &job->save;
    if (save->output == NULL && (parts & (JOB_WRITING | JOB_PAGE)) != 0) {
        return job_refuse(job, "needs -o %s", (parts & JOB_PAGE) != 0 ? "FILE.html" : "FILE");
    }
    if (save->output == NULL) {
        return ANA_OK;
    }
    if (save->output[0] == '\0' || strcmp(save->output, "-") == 0) {
        return job_refuse(job,
                          "-o \"%s\": only files are written, by their names; --json prints "
                          "on stdout",
                          save->output);
    }
    if ((parts & JOB_WRITING) != 0) {
        if (ana_format_for_writing(save->output, save->write.format, &job->format) != ANA_OK) {
            return job_refuse(job, "%s", ana_last_error());
        }
        save->overwrite = save->write.overwrite;
    }
    if ((parts & JOB_PAGE) != 0 && save_form_of(save->output) != SAVE_PAGE) {
        return job_refuse(job, "%s: a page is written; needs -o FILE.html", save->output);
    }
    if ((parts & JOB_SAVING) != 0 && save_form_of(save->output) == SAVE_UNKNOWN) {
        return job_refuse(job,
                          "%s: a result is saved as .h5, .json, .html, .svg, or a folder (without "
                          "an ending)",
                          save->output);
    }
    return save_check_free(save);
}

/* What can be known to be wrong before anything is read. */
static ana_status check(command_job *job)
{
    const unsigned parts = job->plan->parts;
    const selection_options *selection = &job->input.selection;
    const char *format = job->input.read.format;
    ana_format_info info;
    if ((parts & JOB_READING) != 0 && format != NULL && ana_format_find(format, &info) != ANA_OK) {
        return job_refuse(job, "--format: %s", ana_last_error());
    }
    if ((parts & JOB_TIMES) != 0) {
        ana_status status = job_check_window(job, selection->from, selection->to);
        if (status != ANA_OK) {
            return status;
        }
    }
    return check_output(job);
}

static ana_status work(command_job *job)
{
    ana_status status = ANA_OK;
    ANA_TRY(check(job));
    ANA_TRY(job->plan->work(job, job->plan->options));
    if (job->record == NULL) {
        goto done;
    }
    if ((job->plan->parts & JOB_SAVING) != 0) {
        ANA_TRY(save_provenance(job->self, job->targets, &job->arguments, &job->save, job->record));
        ANA_TRY(save_record(&job->save, job->record));
        if (job->save.output != NULL) {
            console_say(&job->console, "%s written", job->save.output);
        }
    }
    console_finish_line();
    if (job->save.tsv) {
        summary_print_tsv(job->record);
    } else {
        ANA_TRY(summary_print(&job->console, job->record));
    }
done:
    return status;
}

static int exit_status_of_job(const command_job *job, ana_status status)
{
    if (job->used_wrongly) {
        return EXIT_USAGE;
    }
    if (status != ANA_OK) {
        return fail_with(job->self, status);
    }
    if (job->not_converged && !job->save.allow_nonconverged) {
        fprintf(stderr,
                "ana %s: not converged after %zu iterations; raise --max-iterations (bicluster: "
                "--sweeps) or accept it by --allow-nonconverged\n",
                job->self->name, job->n_iterations);
        return EXIT_NOT_CONVERGED;
    }
    return job->exit_status;
}

int job_run(const command *self, const job_plan *plan, int argc, char **argv)
{
    int exit_status = EXIT_DONE;
    command_job job = {
        .self = self,
        .plan = plan,
        .run = ana_run_default(),
        .input = input_options_default(),
        .save.write = ana_write_options_default(),
    };
    job.save.write.lossy = plan->lossy;
    list_targets(&job);
    if (!arguments_parse(self, job.targets, argc, argv, &job.arguments, &exit_status)) {
        return exit_status;
    }
    hand_out_run(&job);
    struct timespec begin;
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    ana_status status = work(&job);
    clock_gettime(CLOCK_MONOTONIC, &end);
    console_finish_line();
    console_detail(&job.console, "%.3f s",
                   (double)(end.tv_sec - begin.tv_sec) +
                       1e-9 * (double)(end.tv_nsec - begin.tv_nsec));
    exit_status = exit_status_of_job(&job, status);
    ana_record_free(job.record);
    ana_record_free(job.model);
    ana_recording_free(job.recording);
    ana_observations_free(job.observations);
    return exit_status;
}

ana_status job_refuse(command_job *job, const char *format, ...)
{
    char sentence[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    console_finish_line();
    (void)wrong_use(job->self, "%s", sentence);
    job->used_wrongly = true;
    return ANA_ERR_VALUE;
}

ana_status job_recording(command_job *job, ana_recording **out)
{
    ana_status status =
        load_recording(job->arguments.inputs[0], &job->input, &job->console, &job->recording);
    *out = job->recording;
    return status;
}

ana_status job_series(command_job *job, size_t n_channels, const ana_series **out)
{
    ana_recording *recording = NULL;
    const ana_status status = job_recording(job, &recording);
    *out = NULL;
    if (status != ANA_OK) {
        return status;
    }
    for (size_t i = 0; i < recording->n_series; i++) {
        const ana_series *series = recording->series[i];
        const bool fits = series->rate > 0.0 && series->n_channels >= n_channels &&
                          series->n_times > 1 && series->channels[0].kind != ANA_KIND_TRIGGER;
        if (fits && *out == NULL) {
            *out = series;
        } else if (fits) {
            console_say(&job->console, "%s: left out; --series %s asks for it", series->name,
                        series->name);
        }
    }
    return *out != NULL
               ? ANA_OK
               : load_refuse(recording,
                             n_channels > 1 ? "series of two channels or more with a regular rate"
                                            : "series with a regular rate",
                             NULL);
}

ana_status job_model_of(command_job *job, const char *const *schemas, const char *maker,
                        const ana_record **out, const char **schema)
{
    const char *path = job->arguments.inputs[0];
    ana_status status = load_record(path, maker, &job->model);
    *schema = "";
    if (status != ANA_OK) {
        return status;
    }
    bool known = ana_record_get_text(job->model, "schema", schema) == ANA_OK;
    while (known && *schemas != NULL && strcmp(*schema, *schemas) != 0) {
        schemas++;
    }
    *out = job->model;
    return known && *schemas != NULL
               ? ANA_OK
               : ana_fail(ANA_ERR_FORMAT, "%s: holds a result of another kind (%s), not one of %s",
                          path, *schema, maker);
}

ana_status job_model(command_job *job, const char *schema, const char *maker,
                     const ana_record **out)
{
    const char *found = NULL;
    return job_model_of(job, (const char *const[]){schema, NULL}, maker, out, &found);
}

ana_status job_observations(command_job *job, size_t first, ana_observations **out)
{
    const rows_options *rows = &job->input.rows;
    const size_t n = job->arguments.n_inputs - first;
    if (n > 1 && (rows->sessions != NULL || rows->labels != NULL || rows->mask != NULL)) {
        return job_refuse(job, "--sessions, --labels and --mask go with a single input, not %zu",
                          n);
    }
    ana_status status = load_observations(n, job->arguments.inputs + first, &job->input,
                                          &job->console, &job->observations);
    *out = job->observations;
    return status;
}

void job_note_fit(command_job *job, bool converged, size_t n_iterations)
{
    job->not_converged = !converged;
    job->n_iterations = n_iterations;
}

ana_status job_write(command_job *job, const ana_recording *recording)
{
    const size_t first_warning = console_n_warnings();
    const char *output = job->save.output;
    ana_status status = ana_recording_write(recording, output, &job->save.write);
    if (status != ANA_OK) {
        return status;
    }
    return job_say_written(job, job->format.name, job->format.companions, first_warning);
}

ana_status job_say_written(command_job *job, const char *format, const char *companions,
                           size_t first_warning)
{
    console_say(&job->console, "%s written", job->save.output);
    return job->console.json ? written_to_record(job->save.output, format, companions,
                                                 first_warning, &job->record)
                             : ANA_OK;
}

ana_status job_check_window(command_job *job, double from, double to)
{
    if (from >= to) { /* false where one of them is not given */
        return job_refuse(job, "--from %g is not before --to %g", from, to);
    }
    return ANA_OK;
}
