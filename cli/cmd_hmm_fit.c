#include "commands.h"
#include "hmm_glm.h"
#include "job.h"
#include "try.h"

#include <analysis/models/hmm.h>
#include <analysis/models/state_summary.h>

typedef struct fit_options {
    ana_hmm_options model;
    glm_input_options inputs; /* of the transitions */
} fit_options;

/* Whether the spikes follow from the model, into its record; other rows have none. */
static ana_status add_goodness(const ana_hmm *hmm, const ana_observations *observations,
                               const ana_run *run, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_goodness_options options = ana_goodness_options_default();
    ana_goodness *goodness = NULL;
    ana_record *part = NULL;
    options.run = *run;
    if (hmm->emission != ANA_HMM_POISSON && hmm->emission != ANA_HMM_BERNOULLI) {
        return ANA_OK;
    }
    ANA_TRY(ana_hmm_goodness(hmm, observations, &options, &goodness));
    ANA_TRY(ana_goodness_to_record(goodness, &part));
    status = ana_record_adopt(record, "goodness", part);
done:
    ana_goodness_free(goodness);
    return status;
}

/* The numbers that programs read; `driven`: the rows with what drives the transitions. */
static ana_status add_summary(const ana_hmm *hmm, const ana_observations *driven,
                              const ana_observations *observations, const ana_run *run,
                              ana_record *record)
{
    ana_status status = ANA_OK;
    ana_hmm_decoding *decoding = NULL;
    ana_state_summary summary = {.observations = observations,
                                 .info = &hmm->info,
                                 .log_likelihood = hmm->log_likelihood,
                                 .are_counts = hmm->emission == ANA_HMM_POISSON};
    ANA_TRY(ana_record_get_double(record, "bic", &summary.bic));
    ANA_TRY(ana_hmm_decode(hmm, driven, run, &decoding));
    summary.decoding = decoding;
    ANA_TRY(ana_state_summary_to_record(&summary, record));
done:
    ana_hmm_decoding_free(decoding);
    return status;
}

static ana_status fit(command_job *job, void *user)
{
    fit_options *all = user;
    ana_hmm_options *options = &all->model;
    ana_status status = ANA_OK;
    ana_observations *observations = NULL;
    hmm_driven_rows driven = {0};
    ana_hmm *hmm = NULL;
    job->input.rows_are_counts = options->emission == ANA_HMM_POISSON;
    ANA_TRY(job_observations(job, 0, &observations));
    ANA_TRY(hmm_driven_open(job, &all->inputs, observations, options, &driven));
    ANA_TRY(ana_hmm_fit(driven.rows, options, &hmm));
    job_note_fit(job, hmm->info.converged, hmm->info.n_iterations);
    console_say(&job->console,
                "%zu rows of %zu features in %zu sequence%s, %zu restart%s in %.2f s",
                observations->n_times, observations->n_features, observations->n_sequences,
                observations->n_sequences == 1 ? "" : "s", options->n_restarts,
                options->n_restarts == 1 ? "" : "s", hmm->info.seconds);
    ANA_TRY(ana_hmm_to_record(hmm, &job->record));
    ANA_TRY(add_summary(hmm, driven.rows, observations, &options->run, job->record));
    ANA_TRY(add_goodness(hmm, driven.rows, &options->run, job->record));
done:
    ana_hmm_free(hmm);
    hmm_driven_close(&driven);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    fit_options options = {.model = ana_hmm_options_default()};
    hmm_glm_choice choice = {false};
    const option_target own[] = {{"Emissions", hmm_glm_option_table, &choice},
                                 {"Model", ana_hmm_option_table, &options.model},
                                 {"Transitions", glm_transition_name_option_table, &options.inputs},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_FIT | JOB_SAVING,
                           .runs = {&options.model.run},
                           .work = fit,
                           .options = &options};
    return hmm_glm_is_asked(argc, argv) ? hmm_glm_fit(self, argc, argv)
                                        : job_run(self, &plan, argc, argv);
}

const command command_hmm_fit = {
    .name = "hmm fit",
    .summary = "Find the states that a population, or any signal, switches between",
    .inputs = "INPUT...",
    .description =
        "Fits a hidden Markov model by expectation maximisation from several starts. What a row "
        "looks like in a state is chosen by --emission: independent Poisson counts, a Gaussian, "
        "yes-or-no or categorical values, or an autoregressive Gaussian of the rows before. Each "
        "input is a session: a recording with spikes (binned by --bin) or, for measured values, "
        "with series; or an array (time x unit, or trial x time x unit) such as counts.npy or "
        "file.h5:/counts. Nothing is carried across sessions; bins outside the observed intervals "
        "are missing.\n\n"
        "The result holds the states' parameters, transitions, how each start went, for "
        "spikes a test of the rescaled intervals between them, and figures.\n\n"
        "With --glm the units are coupled: in each state a unit's count follows from all units' "
        "recent spikes, and covariates, by a linear model. --prior one-hot learns which "
        "connections are inhibitory, absent or excitatory, the same in all states. Choices are "
        "--family bernoulli or categorical with --covariates, and --lapse for those that ignore "
        "them. --transition-inputs drive the changes of state.",
    .examples = "ana hmm fit --states 3 --bin 0.2 --seed 7 session.nwb -o fit.h5\n"
                "ana hmm fit --states 3 --bin 0.01 --rebin 20 run.npy rem.npy sws.npy -o fit.h5\n"
                "ana hmm fit --emission autoregressive --lags 3 --states 4 sleep.edf -o fit.h5\n"
                "ana hmm fit --glm --states 3 --bin 0.02 --lag-bins 10 --prior one-hot spikes.nwb "
                "-o fit.html\n"
                "ana hmm fit --glm --states 3 --family bernoulli --coupling none --sessions "
                "starts.npy --covariates evidence.npy choices.npy -o fit.html",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .run = run_command,
};
