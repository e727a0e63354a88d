#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/connectivity.h>

static ana_status add_series(const ana_series *series, const ana_connectivity_options *options,
                             ana_record **out)
{
    ana_status status = ANA_OK;
    ana_matrix *connectivity = NULL;
    ANA_TRY(ana_series_connectivity(series, options, NULL, &connectivity));
    ANA_TRY(ana_connectivity_to_record(connectivity, options->measure, out));
done:
    ana_matrix_free(connectivity);
    return status;
}

/* The first series of several signals with a regular rate: its record; the others are named. */
static ana_status summarise(command_job *job, void *user)
{
    const ana_connectivity_options *options = user;
    const ana_series *chosen = NULL;
    ana_status status = ANA_OK;
    ana_recording *recording = NULL;
    ANA_TRY(job_recording(job, &recording));
    for (size_t i = 0; i < recording->n_series; i++) {
        const ana_series *series = recording->series[i];
        const bool fits = series->rate > 0.0 && series->n_channels > 1 && series->n_times > 1 &&
                          series->channels[0].kind != ANA_KIND_TRIGGER;
        if (fits && chosen == NULL) {
            chosen = series;
        } else if (fits) {
            console_say(&job->console, "%s: left out; --series %s asks for it", series->name,
                        series->name);
        }
    }
    if (chosen == NULL) {
        return load_refuse(recording, "series of two channels or more with a regular rate", NULL);
    }
    ANA_TRY(add_series(chosen, options, &job->record));
done:
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    ana_connectivity_options options = ana_connectivity_options_default();
    const option_target own[] = {{"Connectivity", ana_connectivity_option_table, &options},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_SAVING,
                           .runs = {&options.run},
                           .work = summarise,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_connectivity = {
    .name = "connectivity",
    .summary = "Which channels of a recording go together, and at which frequency",
    .inputs = "FILE",
    .min_inputs = 1,
    .max_inputs = 1,
    .description =
        "Coherence, its imaginary and lagged parts, locking of phases and phase lag indices of "
        "every pair of channels of the first regular series (or that of --series), by windows at "
        "every frequency or by the analytic signals of one band. Windows never cross a gap; one "
        "with a missing sample is left out of its channel's pairs. Beside the matrices stand the "
        "node strengths: the sum of each channel's connections.",
    .examples =
        "ana connectivity rest.edf --measure wpli-debiased --min-frequency 4 --max-frequency 30 "
        "-o connectivity.h5\n"
        "ana connectivity rest.edf --method hilbert --measure plv --min-frequency 8 "
        "--max-frequency 13 --report connectivity.html",
    .run = run_command,
};
