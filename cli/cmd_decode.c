#include "commands.h"
#include "job.h"
#include "rows.h"
#include "trials_input.h"
#include "try.h"

#include <analysis/models/decoding.h>

typedef struct decode_options {
    ana_transfer_options transfer;
    const char *conditions;
    const char *other;
    const char *other_conditions;
} decode_options;

static const ana_option trial_table[] = {
    {"conditions", ANA_OPTION_TEXT, offsetof(decode_options, conditions), 0, 0, NULL, "TABLE",
     "what was shown in each trial: the first column of a text table (default: --labels, or those "
     "of the input)",
     false},
    ANA_OPTION_END,
};

static const ana_option other_table[] = {
    {"test", ANA_OPTION_TEXT, offsetof(decode_options, other), 0, 0, NULL, "FILE",
     "trials of another animal that saw the same stimuli: learn from the input, test on these",
     false},
    {"test-conditions", ANA_OPTION_TEXT, offsetof(decode_options, other_conditions), 0, 0, NULL,
     "TABLE", "what was shown in each of these trials (default: as --conditions)", false},
    ANA_OPTION_END,
};

static void say(const ana_decoding *decoding)
{
    if (decoding->n_unlabelled > 0) {
        console_warn("%zu trials without a label, or of a stimulus that is not shared, are left "
                     "out",
                     decoding->n_unlabelled);
    }
    if (decoding->n_silent > 0) {
        console_warn("%zu units without values are left out", decoding->n_silent);
    }
    if (decoding->n_unlearned > 0) {
        console_warn("%zu tests are of classes of which their fold has no training trial: they "
                     "count as wrong",
                     decoding->n_unlearned);
    }
}

/* An array of three axes is stimulus x trial x unit, as in the other commands. */
static ana_status load(command_job *job, const char *input, const char *conditions,
                       ana_observations **out)
{
    return is_array_input(input) ? trials_of_stimuli(job, input, conditions, out)
                                 : trials_input(job, input, conditions, out);
}

static ana_status work(command_job *job, void *user)
{
    decode_options *options = user;
    ana_status status = ANA_OK;
    ana_observations *trials = NULL;
    ana_observations *other = NULL;
    ana_decoding *decoding = NULL;
    if (options->other_conditions != NULL && options->other == NULL) {
        return job_refuse(job, "--test-conditions goes with --test");
    }
    ANA_TRY(load(job, job->arguments.inputs[0], options->conditions, &trials));
    if (options->other != NULL) {
        ANA_TRY(load(job, options->other,
                     options->other_conditions != NULL ? options->other_conditions
                                                       : options->conditions,
                     &other));
        options->transfer.decoding.run = job->run;
        ANA_TRY(ana_decoding_transfer(trials, other, &options->transfer, &decoding));
    } else {
        ANA_TRY(ana_decoding_validate(trials, NULL, &options->transfer.decoding, &decoding));
    }
    say(decoding);
    ANA_TRY(ana_decoding_to_record(decoding, &job->record));
done:
    ana_decoding_free(decoding);
    ana_observations_free(other);
    ana_observations_free(trials);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    decode_options options = {.transfer = ana_transfer_options_default()};
    const option_target own[] = {{"Trials", trial_table, &options},
                                 {"Decoder", ana_decoding_option_table, &options.transfer.decoding},
                                 {"Another animal", other_table, &options},
                                 {"Alignment", ana_transfer_option_table, &options.transfer},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_SAVING,
                           .runs = {&options.transfer.decoding.run},
                           .labels = "what was shown in each trial, a whole number (negative or "
                                     "nan: none)",
                           .work = work,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_decode = {
    .name = "decode",
    .summary = "Find what was shown by the responses of single trials",
    .inputs = "TRIALS",
    .min_inputs = 1,
    .max_inputs = 1,
    .description =
        "Can one tell, from a trial's responses, which stimulus or class it was? The input is "
        "trial x unit, with what was shown by --labels or --conditions, and sessions by "
        "--sessions; or stimulus x trial x unit. A decoder learns from some trials and is tested "
        "on the others, by folds of trials or each "
        "session in turn; chance is what the same decoders reach with permuted labels.\n\n"
        "With --test, another animal that saw the same stimuli is tested: its responses are mapped "
        "to those of the first by some stimuli, and others are told apart by the first animal's "
        "decoder.\n\n"
        "States of a hidden Markov model are decoded by ana hmm decode.",
    .examples = "ana decode trials.npy --labels orientation.npy --method lda -o decoding.html\n"
                "ana decode mouse1.npy --conditions shown1.csv --test mouse2.npy --test-conditions "
                "shown2.csv --json",
    .run = run_command,
};
