#include "commands.h"
#include "state_model.h"
#include "try.h"

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

/* Decode and, with labels, compare. */
static ana_status decode(const state_model *model, const decode_options *options, ana_record **out)
{
    ana_status status = ANA_OK;
    const ana_observations *rows = state_model_rows(model);
    ana_hmm_decoding *decoding = NULL;
    ana_hmm_agreement agreement = {0};
    ANA_TRY(state_model_decode(model, &options->run, &decoding));
    if (rows->labels != NULL) {
        ANA_TRY(ana_hmm_agree(decoding, rows, options->n_shifts, &options->run, &agreement));
    }
    ANA_TRY(
        ana_hmm_decoding_to_record(decoding, rows, rows->labels != NULL ? &agreement : NULL, out));
done:
    ana_hmm_agreement_clear(&agreement);
    ana_hmm_decoding_free(decoding);
    return status;
}

static ana_status run(command_job *job, void *user)
{
    const decode_options *options = user;
    ana_status status = ANA_OK;
    state_model model = {0};
    job->input.takes_labels = true;
    ANA_TRY(state_model_read(job, &model));
    ANA_TRY(state_model_open(job, &options->inputs, &model));
    ANA_TRY(decode(&model, options, &job->record));
    ANA_TRY(state_model_note_units(job, &model));
done:
    state_model_close(&model);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    decode_options options = {.run = ana_run_default(), .n_shifts = 999};
    const option_target own[] = {{"Decoding", decode_option_table, &options},
                                 {"More inputs", glm_covariate_option_table, &options.inputs},
                                 {"Transitions", glm_transition_option_table, &options.inputs},
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
        "matched by id; spikes are binned as they were for the fit; rows of arrays are taken as "
        "they are: their width is checked against the model's only where --bin gives it. Where "
        "there are labels (by --labels, as the names of several inputs, or those of the intervals "
        "of a recording that has one kind of them), the path is compared "
        "with them: adjusted Rand index, share of each label in each state, and a p value against "
        "circular shifts of the path.",
    .examples = "ana hmm decode fit.h5 session.nwb -o states.h5\n"
                "ana hmm decode fit.h5 --bin 0.01 --rebin 20 counts.npy -o states.html",
    .min_inputs = 2,
    .max_inputs = MANY_INPUTS,
    .run = run_command,
};
