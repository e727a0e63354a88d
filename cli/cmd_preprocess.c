#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/filter.h>
#include <analysis/preprocess.h>
#include <analysis/resample.h>

/* All steps, in the order they are taken. */
typedef struct step_options {
    ana_preprocess_options preprocess;
    ana_filter_options filter;
    ana_resample_options resample;
} step_options;

static bool filters(const ana_filter_options *options)
{
    return options->high_pass_hz > 0.0 || options->low_pass_hz > 0.0 || options->notch_hz > 0.0;
}

/* Puts the next step's series in the place of the one before, which it shares the source of. */
static void replace(ana_series **series, ana_series *next)
{
    ana_series_free(*series);
    *series = next;
}

static ana_status preprocess_series(const step_options *steps, ana_series **series)
{
    ana_status status = ANA_OK;
    ana_series *next = NULL;
    ANA_TRY(ana_series_preprocess(*series, &steps->preprocess, &next));
    replace(series, next);
    if (filters(&steps->filter)) {
        ANA_TRY(ana_series_filter(*series, &steps->filter, &next));
        replace(series, next);
    }
    if (steps->resample.rate_hz > 0.0 && steps->resample.rate_hz != (*series)->rate) {
        ANA_TRY(ana_series_resample(*series, &steps->resample, &next));
        replace(series, next);
    }
done:
    return status;
}

/* Every regular series; time-stamped ones stay as they are. */
static ana_status preprocess_recording(const step_options *steps, const console_options *console,
                                       ana_recording *recording)
{
    for (size_t i = 0; i < recording->n_series; i++) {
        if (!(recording->series[i]->rate > 0.0)) {
            console_say(console, "%s: is time-stamped and stays as it is",
                        recording->series[i]->name);
            continue;
        }
        ana_status status = preprocess_series(steps, &recording->series[i]);
        if (status != ANA_OK) {
            return ana_fail_in(status, "%s: ", recording->series[i]->name);
        }
    }
    return ANA_OK;
}

static ana_status preprocess(command_job *job, void *steps)
{
    ana_status status = ANA_OK;
    ana_recording *recording = NULL;
    ANA_TRY(job_recording(job, &recording));
    ANA_TRY(preprocess_recording(steps, &job->console, recording));
    ANA_TRY(job_write(job, recording));
done:
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    step_options steps = {ana_preprocess_options_default(), ana_filter_options_default(),
                          ana_resample_options_default()};
    const option_target own[] = {
        {"Drift and reference", ana_preprocess_option_table, &steps.preprocess},
        {"Filter", ana_filter_option_table, &steps.filter},
        {"Rate", ana_resample_option_table, &steps.resample},
        {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_WRITING,
                           .runs = {&steps.preprocess.run, &steps.filter.run, &steps.resample.run},
                           .work = preprocess,
                           .options = &steps};
    return job_run(self, &plan, argc, argv);
}

const command command_preprocess = {
    .name = "preprocess",
    .summary = "Detrend, re-reference, filter and resample the series of a recording",
    .inputs = "FILE -o OUTPUT",
    .min_inputs = 1,
    .max_inputs = 1,
    .description =
        "The steps are taken in this order: detrend, reference, filter, resample. Each segment "
        "is treated by itself; no filter runs across a gap. Samples stream from the input to "
        "the output wherever the method allows (see --max-memory). Spikes, intervals and "
        "tables are carried over.\n\n" WRITTEN_AS_JSON,
    .examples =
        "ana preprocess session.edf --high-pass 1 --low-pass 40 --resample 128 -o clean.nwb",
    .run = run_command,
};
