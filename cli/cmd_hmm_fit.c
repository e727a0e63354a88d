#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/models/hmm.h>

static ana_status fit(command_job *job, void *user)
{
    const ana_hmm_options *options = user;
    ana_status status = ANA_OK;
    ana_observations *observations = NULL;
    ana_hmm *hmm = NULL;
    job->input.rows_are_counts = true;
    ANA_TRY(job_observations(job, 0, &observations));
    ANA_TRY(ana_hmm_fit(observations, options, &hmm));
    job_note_fit(job, hmm->info.converged, hmm->info.n_iterations);
    console_say(&job->console, "%zu rows of %zu units in %zu sequence%s, %zu restart%s in %.2f s",
                observations->n_times, observations->n_features, observations->n_sequences,
                observations->n_sequences == 1 ? "" : "s", options->n_restarts,
                options->n_restarts == 1 ? "" : "s", hmm->info.seconds);
    ANA_TRY(ana_hmm_to_record(hmm, &job->record));
done:
    ana_hmm_free(hmm);
    return status;
}

int cmd_hmm_fit(const command *self, int argc, char **argv)
{
    ana_hmm_options options = ana_hmm_options_default();
    const option_target own[] = {{"Model", ana_hmm_option_table, &options}, {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_FIT | JOB_SAVING,
                           .runs = {&options.run},
                           .work = fit,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}
