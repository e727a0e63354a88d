#include "bci_pipelines.h"
#include "commands.h"
#include "try.h"

#include <analysis/formats/record_io.h>
#include <analysis/models/bci_comparison.h>
#include <analysis/models/bci_drift.h>
#include <analysis/models/bci_online_evaluation.h>

#include <math.h>
#include <string.h>

typedef struct eval_options {
    const char *pipelines;
    const char *file;
    const char *protocol;
    const char *read_folds;
    const char *save_folds;
    ana_bci_fold_options folds;
    ana_bci_evaluation_options evaluation;
    ana_score_options scores;
    double gate_z;
    ana_bci_stream_options stream;
    ana_bci_idle_options idle;
    bci_input_options input;
} eval_options;

static const ana_option pipelines_table[] = {
    {"pipelines", ANA_OPTION_TEXT, offsetof(eval_options, pipelines), 0, 0, NULL,
     "NAME: STEPS; ...",
     "what is compared, with semicolons between; {a,b} in place of a value is "
     "chosen inside the folds",
     false},
    {"pipelines-file", ANA_OPTION_TEXT, offsetof(eval_options, file), 0, 0, NULL, "FILE",
     "the same, a line each", false},
    ANA_OPTION_END,
};

static const ana_option protocol_table[] = {
    {"protocol", ANA_OPTION_TEXT, offsetof(eval_options, protocol), 0, 0, NULL, "PROTOCOL,...",
     "within (parts of a session), cross-session, cross-subject; moabb: within with shuffled "
     "folds, "
     "and cross-session (default: those that the recordings allow)",
     false},
    {"read-folds", ANA_OPTION_TEXT, offsetof(eval_options, read_folds), 0, 0, NULL, "FILE",
     "folds of these trials, saved by --save-folds (default: made as below)", false},
    {"save-folds", ANA_OPTION_TEXT, offsetof(eval_options, save_folds), 0, 0, NULL, "FILE",
     "write the folds to a file, .json or .h5, to use them again", false},
    ANA_OPTION_END,
};

static const ana_option replay_table[] = {
    {"gate", ANA_OPTION_DOUBLE, offsetof(eval_options, gate_z), 0, 1e6, NULL, "Z",
     "pseudo-online: a potato learned from the same trials sets windows aside as artefacts at a "
     "distance of Z standard deviations; 0: none",
     false},
    ANA_OPTION_END,
};

static const char *const standard = "MDM: band 8-32 | cov oas | mdm riemann; "
                                    "FgMDM: band 8-32 | cov oas | fgmdm riemann; "
                                    "TS+LR: band 8-32 | cov oas | tangent riemann | logistic; "
                                    "TS+SVM: band 8-32 | cov oas | tangent riemann | svm linear; "
                                    "CSP+LDA: band 8-32 | cov oas | csp 6 | lda shrunk";

/* Whether the word is one of the list. */
static bool has_word(const char *list, const char *word)
{
    const size_t n = strlen(word);
    while (*list != '\0') {
        const size_t length = strcspn(list, ",");
        if (length == n && strncmp(list, word, n) == 0) {
            return true;
        }
        list += length + (list[length] == ',' ? 1 : 0);
    }
    return false;
}

static const char *const protocol_words[] = {"within", "cross-session", "cross-subject"};

static ana_status check_protocol(command_job *job, eval_options *options)
{
    const char *list = options->protocol;
    while (list != NULL && *list != '\0') {
        const size_t length = strcspn(list, ",");
        char word[32] = "";
        if (length < sizeof word) {
            memcpy(word, list, length);
        }
        bool known = strcmp(word, "moabb") == 0;
        for (size_t p = 0; p < ANA_BCI_N_PROTOCOLS; p++) {
            known = known || strcmp(word, protocol_words[p]) == 0;
        }
        known =
            known || (strcmp(word, "pseudo-online") == 0 && strcmp(word, options->protocol) == 0);
        if (!known) {
            return job_refuse(job,
                              "--protocol %.*s: give within, cross-session, cross-subject, moabb, "
                              "or pseudo-online alone",
                              (int)length, list);
        }
        list += length + (list[length] == ',' ? 1 : 0);
    }
    if (options->protocol != NULL && has_word(options->protocol, "moabb")) {
        options->folds.split = ANA_BCI_SPLIT_SHUFFLED;
    }
    return ANA_OK;
}

/* Whether the protocol is asked for, or possible where none is. */
static bool is_wanted(const eval_options *options, const ana_bci_trials *trials, size_t p)
{
    const char *list = options->protocol;
    if (list == NULL) {
        return ana_bci_protocol_fits(trials, (ana_bci_protocol)p);
    }
    const bool moabb =
        has_word(list, "moabb") &&
        (p == ANA_BCI_WITHIN_SESSION ||
         (p == ANA_BCI_CROSS_SESSION && ana_bci_protocol_fits(trials, ANA_BCI_CROSS_SESSION)));
    return moabb || has_word(list, protocol_words[p]);
}

static ana_status make_folds(const eval_options *options, const ana_bci_trials *trials,
                             ana_folds *folds[ANA_BCI_N_PROTOCOLS])
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    if (options->read_folds != NULL) {
        ANA_TRY(ana_record_read(options->read_folds, &record));
        status = ana_bci_folds_from_record(record, trials, folds);
        if (status != ANA_OK) {
            ana_fail_in(status, "%s: ", options->read_folds);
        }
        goto done;
    }
    for (size_t p = 0; p < ANA_BCI_N_PROTOCOLS; p++) {
        if (is_wanted(options, trials, p)) {
            ANA_TRY(ana_bci_folds_make(trials, (ana_bci_protocol)p, &options->folds, &folds[p]));
        }
    }
done:
    ana_record_free(record);
    return status;
}

static ana_status save_folds(const eval_options *options, const ana_bci_trials *trials,
                             ana_folds *const folds[ANA_BCI_N_PROTOCOLS])
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    if (options->save_folds == NULL) {
        return ANA_OK;
    }
    ANA_TRY(ana_bci_folds_to_record(trials, (const ana_folds *const *)folds, &record));
    ANA_TRY(ana_record_write(record, options->save_folds));
done:
    ana_record_free(record);
    return status;
}

/* Intervals, tests and the record. */
static ana_status tell(command_job *job, const eval_options *options,
                       const ana_bci_evaluation *evaluation)
{
    ana_status status = ANA_OK;
    ana_bci_comparison *comparisons[ANA_BCI_N_PROTOCOLS] = {NULL};
    for (size_t p = 0; p < ANA_BCI_N_PROTOCOLS; p++) {
        if (evaluation->n_folds[p] > 0) {
            ANA_TRY(ana_bci_compare(evaluation, (ana_bci_protocol)p, &options->scores,
                                    &comparisons[p]));
        }
    }
    ANA_TRY(ana_bci_evaluation_to_record(evaluation, (const ana_bci_comparison *const *)comparisons,
                                         &job->record));
    const char *file = options->save_folds != NULL ? options->save_folds : options->read_folds;
    ANA_TRY(ana_record_add_text(job->record, "folds_file", file));
done:
    for (size_t p = 0; p < ANA_BCI_N_PROTOCOLS; p++) {
        ana_bci_comparison_free(comparisons[p]);
    }
    return status;
}

/* What the replays ask for. */
typedef struct replays {
    bci_filtered *filtered;
    bci_opened opened;
} replays;

static ana_status replayed_trials(void *user, const ana_bci_bank *bank, const ana_bci_trials **out)
{
    replays *self = user;
    return bci_filtered_trials(self->filtered, bank, out);
}

static ana_status replayed_run(void *user, size_t run, const ana_series **series,
                               const ana_intervals **events)
{
    replays *self = user;
    bci_input_close(&self->opened);
    const ana_status status =
        bci_input_open(self->filtered->job, run, self->filtered->options, &self->opened);
    if (status == ANA_OK) {
        *series = self->opened.picked->series[0];
        *events = self->opened.events;
    }
    return status;
}

static ana_status replay(command_job *job, const eval_options *options,
                         const bci_pipelines *pipelines, bci_filtered *filtered)
{
    ana_status status = ANA_OK;
    replays self = {.filtered = filtered};
    ana_bci_online_evaluation *evaluation = NULL;
    const ana_bci_online_task task = {.trials_of = replayed_trials,
                                      .run_of = replayed_run,
                                      .user = &self,
                                      .n_pipelines = pipelines->n,
                                      .names = (const char *const *)pipelines->names,
                                      .texts = (const char *const *)pipelines->texts,
                                      .gate_z = options->gate_z,
                                      .stream = options->stream,
                                      .idle = options->idle};
    ANA_TRY(ana_bci_evaluate_online(&task, &job->run, &evaluation));
    ANA_TRY(ana_bci_online_evaluation_to_record(evaluation, &job->record));
done:
    ana_bci_online_evaluation_free(evaluation);
    bci_input_close(&self.opened);
    return status;
}

/* How far the classes wander between sessions, in the matrices of the first pipeline; of signals
 * whose covariances have no logarithm it is not told. */
static ana_status add_drift(command_job *job, const char *pipeline, const ana_bci_trials *trials)
{
    ana_status status = ANA_OK;
    ana_bci_drift *drift = NULL;
    ana_record *child = NULL;
    if (trials->n_sessions < 2) {
        return ANA_OK;
    }
    status = ana_bci_drift_of_pipeline(pipeline, trials, &job->run, &drift);
    if (status == ANA_ERR_VALUE || status == ANA_ERR_NUMERIC) {
        console_warn("the drift of the class means is not told: %s", ana_last_error());
        status = ANA_OK;
        goto done;
    }
    ANA_TRY(status);
    ANA_TRY(ana_bci_drift_to_record(drift, trials, &child));
    status = ana_record_adopt(job->record, "drift", child);
done:
    ana_bci_drift_free(drift);
    return status;
}

static ana_status evaluate(command_job *job, void *user)
{
    eval_options *options = user;
    ana_status status = ANA_OK;
    bci_pipelines pipelines = {.n = 0};
    bci_filtered filtered = {.job = job, .options = &options->input};
    ana_folds *folds[ANA_BCI_N_PROTOCOLS] = {NULL};
    ana_bci_evaluation *evaluation = NULL;
    const ana_bci_trials *trials = NULL;
    ANA_TRY(check_protocol(job, options));
    ANA_TRY(bci_pipelines_read(job, options->pipelines, options->file, &pipelines));
    if (options->protocol != NULL && strcmp(options->protocol, "pseudo-online") == 0) {
        ANA_TRY(replay(job, options, &pipelines, &filtered));
        goto done;
    }
    ana_bci_task task = {.trials_of = bci_filtered_trials,
                         .user = &filtered,
                         .n_pipelines = pipelines.n,
                         .names = (const char *const *)pipelines.names,
                         .texts = (const char *const *)pipelines.texts};
    ANA_TRY(ana_bci_task_trials(&task, &trials));
    ANA_TRY(make_folds(options, trials, folds));
    ANA_TRY(save_folds(options, trials, folds));
    for (size_t p = 0; p < ANA_BCI_N_PROTOCOLS; p++) {
        task.folds[p] = folds[p];
    }
    options->evaluation.folds = options->folds;
    ANA_TRY(ana_bci_evaluate(&task, &options->evaluation, &evaluation));
    ANA_TRY(tell(job, options, evaluation));
    ANA_TRY(add_drift(job, pipelines.texts[0], trials));
done:
    ana_bci_evaluation_free(evaluation);
    for (size_t p = 0; p < ANA_BCI_N_PROTOCOLS; p++) {
        ana_folds_free(folds[p]);
    }
    bci_filtered_release(&filtered);
    bci_pipelines_release(&pipelines);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    eval_options options = {.pipelines = standard,
                            .folds = ana_bci_fold_options_default(),
                            .evaluation = ana_bci_evaluation_options_default(),
                            .scores = ana_score_options_default(),
                            .stream = ana_bci_stream_options_default(),
                            .idle = ana_bci_idle_options_default(),
                            .input = bci_input_options_default()};
    options.scores.n_resamples = 2000;
    const option_target own[] = {
        {"Pipelines", pipelines_table, &options},
        {"Protocol", protocol_table, &options},
        {"Folds", ana_bci_fold_option_table, &options.folds},
        {"Evaluation", ana_bci_evaluation_option_table, &options.evaluation},
        {"Intervals and tests", ana_score_option_table, &options.scores},
        {"Pseudo-online", replay_table, &options},
        {"Decisions", ana_bci_stream_option_table, &options.stream},
        {"Idle", ana_bci_idle_option_table, &options.idle},
        {"Trials", bci_input_option_table, &options.input},
        {NULL, NULL, NULL}};
    const job_plan plan = {
        .own = own,
        .parts = JOB_RECORDING | JOB_SAVING,
        .runs = {&options.evaluation.run, &options.scores.run, &options.stream.run},
        .work = evaluate,
        .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_bci_eval = {
    .name = "bci eval",
    .summary = "Find how well classifiers tell new trials apart",
    .inputs = "RECORDING...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "Evaluates pipelines on trials they have not learned from: of the same session, of another "
        "session (day), of another subject. Whose recordings they are follows from their names "
        "(--names). Within a session, folds are stretches of time or runs, so that trials close in "
        "time are not on both sides; --protocol moabb shuffles as the field's benchmark does. "
        "With --protocol pseudo-online each recording is replayed as a live signal to what has "
        "learned from the others (pipelines with phase=causal), and windows are scored, those "
        "without an event as idle.\n\n"
        "Everything that is chosen, of a family {a,b} or among all pipelines (\"chosen\"), is "
        "chosen by inner folds of the training trials.",
    .examples = "ana bci eval P1_s*_r*.h5 --names '{subject}_{session}_{run}' --events "
                "left_hand,right_hand --window-from 0.5 --window-to 3 -o eval.html\n"
                "ana bci eval day*.gdf --events 769=left,770=right --window-from 0.5 --window-to "
                "3.5 --pipelines 'MDM: band "
                "8-32 | cov | mdm; ACM: band 8-35 | "
                "acm {2,3},{1,4} | cov oas | tangent | svm' --save-folds folds.json --json",
    .run = run_command,
};
