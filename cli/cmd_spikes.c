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

int cmd_spikes(const command *self, int argc, char **argv)
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
