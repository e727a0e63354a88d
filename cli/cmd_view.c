#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/formats/sketch.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static ana_status add_traces(const ana_series *series, double from, double to, size_t max_channels,
                             const ana_run *run, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const size_t n_channels = series->n_channels < max_channels ? series->n_channels : max_channels;
    size_t first = series->rate > 0.0 ? ana_series_sample_at(series, from) : 0;
    size_t last = series->rate > 0.0 ? ana_series_sample_at(series, to) : series->n_times;
    const size_t n = last > first ? last - first : 0;
    double *values = NULL;
    double *times = NULL;
    const char *names[64];
    size_t channels[64];
    if (n == 0 || n_channels == 0) {
        return ANA_OK;
    }
    ANA_TRY(ana_run_check_memory(run, 3 * n * n_channels * sizeof *values, series->name));
    values = calloc(n * n_channels, sizeof *values);
    times = calloc(n, sizeof *times);
    if (values == NULL || times == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "%s: no memory for the window", series->name);
        goto done;
    }
    for (size_t c = 0; c < n_channels; c++) {
        channels[c] = c;
    }
    ANA_TRY(ana_series_read(series, n_channels, channels, first, n, values));
    ANA_TRY(ana_series_times(series, first, n, times));
    for (size_t c = 0; c < n_channels; c++) {
        names[c] = series->channels[c].name != NULL ? series->channels[c].name : "?";
    }
    ANA_TRY(ana_record_add_group(record, series->name, ANA_HINT_LINE, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", series->name));
    ANA_TRY(ana_record_add_text(figure, "caption", "Samples of each channel, all at one scale."));
    ANA_TRY(ana_record_add_text(figure, "x_title", "time"));
    ANA_TRY(ana_record_add_text(figure, "y_title", "signal"));
    ANA_TRY(ana_record_add_doubles(figure, "y", ana_shape_2(n_channels, "channel", n, "time"),
                                   values, series->channels[0].unit));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(n, "time"), times, "s"));
    ANA_TRY(ana_record_add_texts(figure, "labels", n_channels, names));
done:
    free(values);
    free(times);
    return status;
}

static ana_status add_raster(const ana_spikes *spikes, double from, double to, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    size_t n = 0;
    double *times = calloc(spikes->n_spikes + 1, sizeof *times);
    int64_t *rows = calloc(spikes->n_spikes + 1, sizeof *rows);
    if (times == NULL || rows == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "%s: no memory for the window", spikes->name);
        goto done;
    }
    for (size_t u = 0; u < spikes->n_units; u++) {
        for (size_t i = spikes->unit_start[u]; i < spikes->unit_start[u + 1]; i++) {
            if (spikes->times[i] >= from && spikes->times[i] < to) {
                times[n] = spikes->times[i];
                rows[n++] = (int64_t)u;
            }
        }
    }
    ANA_TRY(ana_record_add_group(record, spikes->name, ANA_HINT_RASTER, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", spikes->name));
    ANA_TRY(ana_record_add_text(figure, "caption", "Spikes of each unit."));
    ANA_TRY(ana_record_add_text(figure, "x_title", "time"));
    ANA_TRY(ana_record_add_text(figure, "y_title", "unit"));
    ANA_TRY(ana_record_add_doubles(figure, "times", ana_shape_1(n, "spike"), times, "s"));
    ANA_TRY(ana_record_add_ints(figure, "rows", ana_shape_1(n, "spike"), rows, NULL));
done:
    free(times);
    free(rows);
    return status;
}

/* The window as a record of figures. */
static ana_status draw(const ana_recording *recording, const ana_sketch_options *options,
                       ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    double from = 0.0;
    double to = 0.0;
    size_t most = options->max_channels < 64 ? options->max_channels : 64;
    ANA_TRY(ana_sketch_span(recording, options, &from, &to));
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "title", "A window of the recording"));
    for (size_t i = 0; i < recording->n_series; i++) {
        ANA_TRY(add_traces(recording->series[i], from, to, most, &options->run, record));
    }
    for (size_t i = 0; i < recording->n_spikes; i++) {
        ANA_TRY(add_raster(recording->spikes[i], from, to, record));
    }
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}

static ana_status view(command_job *job, void *user)
{
    const ana_sketch_options *options = user;
    ana_status status = ANA_OK;
    ana_recording *recording = NULL;
    char *text = NULL;
    ANA_TRY(job_check_window(job, options->from, options->to));
    ANA_TRY(job_recording(job, &recording));
    ANA_TRY(load_check_start(recording, options->from));
    if (job->save.output != NULL || job->console.json) {
        ANA_TRY(draw(recording, options, &job->record));
    } else {
        ANA_TRY(ana_recording_sketch(recording, options, &text));
        console_finish_line();
        fputs(text, stdout);
    }
done:
    free(text);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    ana_sketch_options options = ana_sketch_options_default();
    const option_target own[] = {{"Window", ana_sketch_option_table, &options}, {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_SELECTION | JOB_READING | JOB_SAVING,
                           .runs = {&options.run},
                           .work = view,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_view = {
    .name = "view",
    .summary = "Show a window of a recording",
    .inputs = "FILE",
    .min_inputs = 1,
    .max_inputs = 1,
    .description =
        "A sketch in the terminal: each channel's trace with its extremes, each unit's spikes, "
        "the intervals below. With -o FILE.svg or FILE.html a picture instead; with --json, or "
        "-o FILE.json, the samples and spikes of the window.",
    .examples = "ana view session.edf --from 60 --to 70 --channels 'EEG*'\n"
                "ana view session.nwb -o window.svg",
    .run = run_command,
};
