#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/spike_summary.h>

static ana_status summarise(command_job *job, void *user)
{
    const ana_spikes_summary_options *options = user;
    ana_status status = ANA_OK;
    ana_recording *recording = NULL;
    ANA_TRY(job_recording(job, &recording));
    const ana_spikes *spikes = ana_recording_find_spikes(recording, NULL);
    if (spikes == NULL) {
        return load_refuse(recording, "spikes", NULL);
    }
    if (recording->n_spikes > 1) {
        console_say(&job->console, "%s: the first of %zu sets of units", spikes->name,
                    recording->n_spikes);
    }
    if (spikes->observed_inferred) {
        console_warn("%s: does not say when its units were observed; taken as all of the recording",
                     recording->path);
    }
    ANA_TRY(ana_spikes_summary_to_record(spikes, options, &job->record));
done:
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    ana_spikes_summary_options options = ana_spikes_summary_options_default();
    const option_target own[] = {
        {"Measures", ana_spikes_summary_option_table, &options},
        {"Correlograms", ana_correlogram_option_table, &options.correlogram},
        {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_SAVING,
                           .runs = {&options.run},
                           .work = summarise,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_spikes = {
    .name = "spikes",
    .summary = "Rates, regularity and correlograms of the units of a recording",
    .inputs = "FILE",
    .min_inputs = 1,
    .max_inputs = 1,
    .description =
        "For each unit: rate over the observed time, CV, CV2, LV and LvR of its intervals, "
        "Fano factor; raster, interval histograms, spike time tiling coefficients, and "
        "correlograms of the pairs with most spikes.",
    .examples = "ana spikes session.nwb -o spikes.html",
    .run = run_command,
};
