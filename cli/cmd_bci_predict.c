#include "bci_input.h"
#include "commands.h"
#include "try.h"

#include <analysis/models/bci_pipeline.h>

#include <math.h>
#include <string.h>

typedef struct predict_options {
    bci_input_options input;
} predict_options;

/* Trials are cut as those that were learned from, unless told otherwise. */
static void cut_alike(const ana_bci_lesson *lesson, bci_input_options *input)
{
    if (isnan(input->to_s)) {
        input->from_s = lesson->from_s;
        input->to_s = lesson->from_s + (double)(lesson->n_times - 1) / lesson->rate;
    }
}

/* Trials of another length than those that were learned from, at the same rate. */
static ana_status check_length(const ana_bci_lesson *lesson, const ana_bci_trials *trials)
{
    const double last_s = lesson->from_s + (double)(lesson->n_times - 1) / lesson->rate;
    if (trials->n_times == lesson->n_times || fabs(trials->rate - lesson->rate) > 1e-3) {
        return ANA_OK;
    }
    return ana_fail(ANA_ERR_VALUE,
                    "trials of %zu samples, but the model learned from %zu (--window-from %g "
                    "--window-to %g, as is taken without these options)",
                    trials->n_times, lesson->n_times, lesson->from_s, last_s);
}

/* Says so when no trial is of a class by name, so that nothing can be said to be right. */
static void warn_unknown(const ana_bci_lesson *lesson, const ana_bci_trials *trials)
{
    for (size_t i = 0; i < trials->n_classes; i++) {
        for (size_t c = 0; c < lesson->n_classes; c++) {
            if (strcmp(trials->classes[i], lesson->classes[c]) == 0) {
                return;
            }
        }
    }
    console_warn("no label is a class of the model, so it is not known which answers are right: "
                 "the first label is %s, the first class %s; --events LABEL=%s,... says which is "
                 "which",
                 trials->classes[0], lesson->classes[0], lesson->classes[0]);
}

static ana_status predict(command_job *job, void *user)
{
    predict_options *options = user;
    ana_status status = ANA_OK;
    const ana_record *model = NULL;
    ana_bci_pipeline *pipeline = NULL;
    ana_bci_trials *trials = NULL;
    ana_bci_outputs *outputs = NULL;
    ana_bci_bank bank;
    ANA_TRY(job_model(job, "bci-pipeline", "ana bci fit", &model));
    ANA_TRY(ana_bci_pipeline_from_record(model, &pipeline));
    ana_bci_pipeline_bank(pipeline, &bank);
    cut_alike(ana_bci_pipeline_lesson(pipeline), &options->input);
    ANA_TRY(bci_input_trials(job, 1, &options->input, &bank, &trials));
    ANA_TRY(check_length(ana_bci_pipeline_lesson(pipeline), trials));
    ANA_TRY(ana_bci_pipeline_predict(pipeline, trials, 0, NULL, &job->run, &outputs));
    warn_unknown(ana_bci_pipeline_lesson(pipeline), trials);
    if (ana_bci_pipeline_is_transductive(pipeline)) {
        console_say(&job->console, "sessions that were not learned from are re-centred by all of "
                                   "their trials: these answers are of batches");
    }
    ANA_TRY(ana_bci_outputs_to_record(outputs, ana_bci_pipeline_lesson(pipeline), trials,
                                      &job->record));
done:
    ana_bci_outputs_free(outputs);
    ana_bci_trials_free(trials);
    ana_bci_pipeline_free(pipeline);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    predict_options options = {.input = bci_input_options_default()};
    const option_target own[] = {{"Trials", bci_input_option_table, &options.input},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {
        .own = own, .parts = JOB_RECORDING | JOB_SAVING, .work = predict, .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_bci_predict = {
    .name = "bci predict",
    .summary = "Say of which class trials are, by a saved classifier",
    .inputs = "MODEL RECORDING...",
    .min_inputs = 2,
    .max_inputs = MANY_INPUTS,
    .description =
        "Answers of trials by a classifier that ana bci fit has saved. Recordings are filtered as "
        "it was taught, trials cut about their events at the same times. Where events have labels "
        "by the names of its classes, it is also said how many answers are right.",
    .examples = "ana bci predict model.h5 day2.edf --events T1=left,T2=right --json\n"
                "ana bci predict model.h5 day2.gdf -o answers.html",
    .run = run_command,
};
