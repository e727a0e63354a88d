#include "commands.h"
#include "encode_between.h"
#include "encode_input.h"
#include "try.h"

#include <analysis/models/encoding_scores.h>
#include <analysis/models/encoding_summary.h>

#include <stdlib.h>

typedef enum ceiling_choice {
    CEILING_AUTO,
    CEILING_SPLIT_HALF,
    CEILING_NSD,
    CEILING_NONE
} ceiling_choice;

typedef struct encode_options {
    ana_encoding_options encoding;
    ana_ceiling_options ceiling;
    ana_encoding_summary_options summary;
    encode_input_options input;
    ceiling_choice choice;
    const char *penalties;
    bool partition;
    bool two_sided;
} encode_options;

static const char *const ceiling_names[] = {"auto", "split-half", "nsd", "none", NULL};

static const ana_option own_table[] = {
    {"ceiling", ANA_OPTION_CHOICE, offsetof(encode_options, choice), 0, 0, ceiling_names, "CEILING",
     "reliability over trials that scores are normalised by (auto: split-half where stimuli have "
     "trials)",
     false},
    {"penalties", ANA_OPTION_TEXT, offsetof(encode_options, penalties), 0, 0, NULL, "X,X,...",
     "of ridge maps (default: 20 from 1e-7 to 10 times the mean squared length of the features)",
     false},
    {"partition", ANA_OPTION_BOOL, offsetof(encode_options, partition), 0, 0, NULL, NULL,
     "also the variance that two to four inputs of features explain alone and together", false},
    {"two-sided", ANA_OPTION_BOOL, offsetof(encode_options, two_sided), 0, 0, NULL, NULL,
     "features are of another brain: also the correlation without the noise of both, by halves of "
     "the trials of each",
     false},
    ANA_OPTION_END,
};

static ana_status find_ceiling(command_job *job, encode_options *options,
                               const encode_inputs *inputs, ana_ceiling **out)
{
    const ana_responses *target = inputs->matched->systems[0];
    if (options->choice == CEILING_AUTO && !encode_has_trials(target)) {
        console_say(&job->console, "stimuli have one trial each: scores are not normalised");
        return ANA_OK;
    }
    if (options->choice == CEILING_NONE) {
        return ANA_OK;
    }
    options->ceiling.method =
        options->choice == CEILING_NSD ? ANA_CEILING_NSD : ANA_CEILING_SPLIT_HALF;
    return ana_ceiling_compute(inputs->trials, target->n_stimuli, target->stimuli,
                               &options->ceiling, out);
}

/* Every system a model of its own; of banded ridge all are spaces of one. */
static ana_status encode(const encode_options *options, const ana_ceiling *ceiling,
                         const ana_responses_set *set, size_t *n, ana_encoding **encodings)
{
    ana_status status = ANA_OK;
    ana_responses *const *models = set->systems + 1;
    const bool banded = options->encoding.map == ANA_ENCODING_BANDED;
    const size_t n_spaces = banded ? set->n - 1 : 1;
    const size_t n_models = banded ? 1 : set->n - 1;
    for (*n = 0; *n < n_models; (*n)++) {
        ANA_TRY(ana_encoding_compute(n_spaces, models + *n, set->systems[0], ceiling,
                                     &options->encoding, &encodings[*n]));
    }
done:
    return status;
}

/* Into the record: the shares of all inputs as feature spaces. */
static ana_status add_partition(const encode_options *options, const ana_responses_set *set,
                                ana_record *record)
{
    ana_status status = ANA_OK;
    ana_encoding_partition *partition = NULL;
    ana_record *shares = NULL;
    ANA_TRY(ana_encoding_partition_compute(set->n - 1, set->systems + 1, set->systems[0],
                                           &options->encoding, &partition));
    ANA_TRY(ana_encoding_partition_to_record(partition, &shares));
    ANA_TRY(ana_record_adopt(record, "partition", shares));
done:
    ana_encoding_partition_free(partition);
    return status;
}

static ana_status check_use(command_job *job, const encode_options *options)
{
    if (options->input.responses == NULL) {
        return job_refuse(job, "needs --responses INPUT: what the features are to predict");
    }
    if (options->encoding.blocked && options->input.groups != NULL) {
        return job_refuse(job, "--blocked and --groups are two ways to make folds: one of them");
    }
    if (options->encoding.blocked && options->encoding.n_repeats > 1) {
        return job_refuse(job, "--repeats deals stimuli to folds anew: not with --blocked");
    }
    if (options->encoding.gap > 0 && !options->encoding.blocked) {
        return job_refuse(job, "--gap is of blocks of time: add --blocked");
    }
    if (options->two_sided &&
        (options->encoding.map == ANA_ENCODING_BANDED || options->input.groups != NULL)) {
        return job_refuse(job, "--two-sided goes with neither --map banded nor --groups");
    }
    return ANA_OK;
}

static ana_status work(command_job *job, void *user)
{
    encode_options *options = user;
    ana_status status = ANA_OK;
    encode_inputs inputs = {0};
    ana_ceiling *ceiling = NULL;
    ana_encoding **encodings = NULL;
    ana_encoding_summary *summary = NULL;
    double penalties[ENCODE_MOST_PENALTIES];
    size_t n = 0;
    ANA_TRY(check_use(job, options));
    ANA_TRY(
        encode_parse_penalties(job, options->penalties, penalties, &options->encoding.n_penalties));
    options->encoding.penalties = penalties;
    ANA_TRY(encode_read(job, &options->input, &inputs));
    options->encoding.groups = inputs.groups;
    options->summary.blocked = options->encoding.blocked;
    options->summary.groups = inputs.groups;
    options->summary.animals = inputs.animals;
    options->summary.n_animals = inputs.animal_names.n;
    options->summary.names = inputs.animal_names.words;
    encodings = calloc(inputs.matched->n, sizeof(ana_encoding *));
    if (encodings == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "no memory for %zu models", inputs.matched->n);
        goto done;
    }
    ANA_TRY(find_ceiling(job, options, &inputs, &ceiling));
    ANA_TRY(encode(options, ceiling, inputs.matched, &n, encodings));
    if (encodings[0] != NULL) {
        encode_say(encodings[0]);
    }
    ANA_TRY(ana_encoding_summarise(n, encodings, inputs.matched->systems[0], &options->summary,
                                   &summary));
    ANA_TRY(ana_encoding_to_record(n, encodings, ceiling, summary, &job->record));
    if (options->partition) {
        ANA_TRY(add_partition(options, inputs.matched, job->record));
    }
    if (options->two_sided) {
        ANA_TRY(encode_add_between(job, &options->input, inputs.trials, &options->encoding,
                                   &options->ceiling, job->record));
    }
done:
    for (size_t m = 0; m < n; m++) {
        ana_encoding_free(encodings[m]);
    }
    free(encodings);
    ana_encoding_summary_free(summary);
    ana_ceiling_free(ceiling);
    encode_inputs_free(&inputs);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    encode_options options = {.encoding = ana_encoding_options_default(),
                              .ceiling = ana_ceiling_options_default(),
                              .summary = ana_encoding_summary_options_default(),
                              .input = {.features = responses_options_default()}};
    const option_target own[] = {{"Responses", encode_input_table, &options.input},
                                 {"Stimuli", ana_match_option_table, &options.input.features.match},
                                 {"Map", ana_encoding_option_table, &options.encoding},
                                 {"Penalties and ceiling", own_table, &options},
                                 {"Halves", ana_ceiling_option_table, &options.ceiling},
                                 {"Tests", ana_encoding_summary_option_table, &options.summary},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {
        .own = own,
        .parts = JOB_RECORDING | JOB_ROWS | JOB_SAVING,
        .runs = {&options.encoding.run, &options.ceiling.run, &options.summary.run},
        .not_of_rows = "labels",
        .work = work,
        .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_encode = {
    .name = "encode",
    .summary = "Find how well features of a model predict measured responses",
    .inputs = "FEATURES...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "Fits a map from the features of a model (stimulus x feature; every layer of a file or "
        "folder is a model of its own) to the responses of neurons, voxels or sensors, and scores "
        "what it predicts of stimuli that it was not fitted to. Inputs are joined by the ids of "
        "their stimuli. Means, z-scores, components and penalties come from the training stimuli "
        "of each fold alone; folds keep --groups of stimuli together, or are stretches of time "
        "with --blocked.\n\n"
        "Where stimuli have several trials, scores are normalised by what a perfect model could "
        "reach: correlations by the root of the reliability, explained variance by the "
        "reliability itself. Units without reliable answers are left out of that, and counted.\n\n"
        "The result holds scores of every unit, medians over units with intervals, the chance of "
        "each model alone and against the best of all, which models are not told apart from the "
        "best, its held-out predictions, and pictures; with --partition also what the inputs "
        "explain "
        "alone and together.",
    .examples =
        "ana encode layers.npz --responses trials.npy --response-conditions shown.csv -o fit.html\n"
        "ana encode pixels.npy layer4.npy --responses v4.npy --map banded --json\n"
        "ana encode model.h5 --responses it.npy --map pls --components 25 --ceiling split-half "
        "--animals units.csv -o it.h5",
    .run = run_command,
};
