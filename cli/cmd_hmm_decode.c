#include "commands.h"
#include "glm_inputs.h"
#include "hmm_glm.h"
#include "job.h"
#include "known_units.h"
#include "try.h"

#include <analysis/models/hmm.h>

#include <math.h>
#include <stdlib.h>

/* Options of decoding itself. */
typedef struct decode_options {
    ana_run run;
    size_t n_shifts;
    glm_input_options inputs;
} decode_options;

static const ana_option decode_option_table[] = {
    {"shifts", ANA_OPTION_SIZE, offsetof(decode_options, n_shifts), 1, 1e6, NULL, "N",
     "circular shifts of the path that the agreement with labels is held against", false},
    ANA_OPTION_END,
};

/* Rates are counts per bin: rows of another width would be decoded by wrong rates. */
static ana_status check_bin(const ana_hmm *hmm, const ana_observations *observations)
{
    const double model = hmm->bin_s;
    const double rows = observations->bin_s;
    if (fabs(model - rows) > 1e-6 * model) { /* false where one of them is not known */
        return ana_fail(ANA_ERR_VALUE,
                        "the model was fitted to bins of %g s, but the rows are %g s wide; give "
                        "--bin and --rebin as they were for the fit",
                        model, rows);
    }
    return ANA_OK;
}

/* The path beside the labels, where there are any, as the result. */
static ana_status compare(command_job *job, const ana_hmm_decoding *decoding,
                          const ana_observations *observations, size_t n_shifts)
{
    ana_status status = ANA_OK;
    ana_hmm_agreement agreement = {0};
    const bool labelled = observations->labels != NULL;
    if (labelled) {
        ANA_TRY(ana_hmm_agree(decoding, observations, n_shifts, &job->run, &agreement));
    }
    ANA_TRY(ana_hmm_decoding_to_record(decoding, observations, labelled ? &agreement : NULL,
                                       &job->record));
done:
    free(agreement.occupancy);
    return status;
}

static ana_status decode_coupled(command_job *job, const decode_options *options)
{
    ana_status status = ANA_OK;
    ana_observations *rows = NULL;
    ana_hmm_decoding *decoding = NULL;
    ANA_TRY(hmm_glm_decode(job, job->model, options->inputs.covariates, &rows, &decoding));
    ANA_TRY(compare(job, decoding, rows, options->n_shifts));
done:
    ana_hmm_decoding_free(decoding);
    ana_observations_free(rows);
    return status;
}

static ana_status run(command_job *job, void *user)
{
    const decode_options *options = user;
    ana_status status = ANA_OK;
    const ana_record *model = NULL;
    ana_hmm *hmm = NULL;
    ana_hmm_decoding *decoding = NULL;
    ana_observations *observations = NULL;
    ANA_TRY(job_result(job, "ana hmm fit", &model));
    if (hmm_glm_made(model)) {
        return decode_coupled(job, options);
    }
    ANA_TRY(job_model(job, "hmm", "ana hmm fit", &model));
    ANA_TRY(ana_hmm_from_record(model, &hmm));
    job->input.rows_are_counts = hmm->emission == ANA_HMM_POISSON;
    if (hmm->bin_s > 0.0) {
        job->input.model_bin_s = hmm->bin_s / (double)job->input.rows.rebin;
    }
    ANA_TRY(job_observations(job, 1, &observations));
    ANA_TRY(check_bin(hmm, observations));
    ANA_TRY(ana_hmm_decode(hmm, observations, &job->run, &decoding));
    ANA_TRY(compare(job, decoding, observations, options->n_shifts));
    ANA_TRY(known_units_note(hmm->n_features, hmm->feature_names, observations, &job->console,
                             job->record));
done:
    ana_hmm_decoding_free(decoding);
    ana_hmm_free(hmm);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    decode_options options = {.run = ana_run_default(), .n_shifts = 999};
    const option_target own[] = {{"Decoding", decode_option_table, &options},
                                 {"More inputs", glm_covariate_option_table, &options.inputs},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_SAVING,
                           .runs = {&options.run},
                           .work = run,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_hmm_decode = {
    .name = "hmm decode",
    .summary = "Say when a fitted model's states were active",
    .inputs = "MODEL INPUT...",
    .description =
        "Gives each bin's state probabilities and the most probable path of states. Units are "
        "matched by id; spikes are binned as they were for the fit. Where there are labels (by "
        "--labels, or as the names of several "
        "inputs), the path is compared with them: adjusted Rand index, share of each label in "
        "each state, and a p value against circular shifts of the path.",
    .examples = "ana hmm decode fit.h5 session.nwb -o states.h5\n"
                "ana hmm decode fit.h5 session.nwb -o states.html",
    .min_inputs = 2,
    .max_inputs = MANY_INPUTS,
    .run = run_command,
};
