#include "bci_events.h"
#include "bci_steps.h"
#include "commands.h"
#include "try.h"

#include <analysis/models/bci_gate.h>

typedef struct fit_options {
    const char *pipeline;
    double gate;
    const char *field;
    double gate_p;
    bool list_steps;
    bci_input_options input;
} fit_options;

static const ana_option fit_table[] = {
    {"pipeline", ANA_OPTION_TEXT, offsetof(fit_options, pipeline), 0, 0, NULL, "STEPS",
     "the steps, with bars between", false},
    {"gate", ANA_OPTION_DOUBLE, offsetof(fit_options, gate), 0, 1e6, NULL, "Z",
     "learn also a gate of artefacts for ana bci stream: a Riemannian potato that rejects "
     "windows at a distance of Z standard deviations; 0: none",
     false},
    {"gate-field", ANA_OPTION_TEXT, offsetof(fit_options, field), 0, 0, NULL,
     "BAND[:CHANNEL,...];...",
     "a gate of several potatoes, each of some channels (all without names) in a band of its own, "
     "as in '1-8: Fp1,Fp2; 20-40: T7,T8; 1-40'; trials beyond --gate Z (3 without) are left out as "
     "each is learned",
     false},
    {"gate-p", ANA_OPTION_DOUBLE, offsetof(fit_options, gate_p), 1e-12, 0.999, NULL, "P",
     "with --gate-field: windows are rejected that the potatoes together find less probable among "
     "clean ones",
     false},
    {"list-steps", ANA_OPTION_BOOL, offsetof(fit_options, list_steps), 0, 0, NULL, NULL,
     "say which steps there are, with their options, and learn nothing", true},
    ANA_OPTION_END,
};

/* The gate that is asked for. A field has bands of its own, in which trials are cut anew. */
static ana_status learn_gate(command_job *job, const fit_options *options,
                             const ana_bci_trials *trials, ana_bci_pipeline *pipeline)
{
    ana_status status = ANA_OK;
    ana_bci_trials *cut = NULL;
    ana_bci_bank bank;
    ana_bci_field_options field = ana_bci_field_options_default();
    field.potato.mean.run = job->run;
    field.potato.threshold = options->gate > 0.0 ? options->gate : field.potato.threshold;
    field.p = options->gate_p;
    if (options->field != NULL) {
        ANA_TRY(ana_bci_field_bank(pipeline, options->field, &bank));
        ANA_TRY(bci_input_trials(job, 0, &options->input, &bank, &cut));
        ANA_TRY(ana_bci_field_fit(pipeline, options->field, cut, 0, NULL, &field));
    } else if (options->gate > 0.0) {
        ANA_TRY(ana_bci_gate_fit(pipeline, trials, 0, NULL, &field.potato));
    }
done:
    ana_bci_trials_free(cut);
    return status;
}

static ana_status fit(command_job *job, void *user)
{
    const fit_options *options = user;
    ana_status status = ANA_OK;
    ana_bci_pipeline *pipeline = NULL;
    ana_bci_trials *trials = NULL;
    ana_bci_bank bank;
    if (options->list_steps) {
        return bci_steps_list(job);
    }
    if (job->arguments.n_inputs == 0) {
        return job_refuse(job, "no recording is given");
    }
    if (ana_bci_pipeline_parse(options->pipeline, &pipeline) != ANA_OK) {
        return job_refuse(job, "--pipeline: %s", ana_last_error());
    }
    if (options->field != NULL && ana_bci_field_bank(pipeline, options->field, &bank) != ANA_OK) {
        status = job_refuse(job, "--gate-field: %s", ana_last_error());
        goto done;
    }
    ana_bci_pipeline_bank(pipeline, &bank);
    ANA_TRY(bci_input_trials(job, 0, &options->input, &bank, &trials));
    bci_events_tell_classes(job, &options->input, trials);
    ANA_TRY(ana_bci_pipeline_fit(pipeline, trials, 0, NULL, &job->run));
    ANA_TRY(learn_gate(job, options, trials, pipeline));
    ANA_TRY(ana_bci_pipeline_to_record(pipeline, &job->record));
    if (job->save.output == NULL) {
        console_say(&job->console, "the classifier is not saved: -o model.h5 keeps it");
    }
done:
    ana_bci_trials_free(trials);
    ana_bci_pipeline_free(pipeline);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    fit_options options = {.pipeline = "band 8-32 | cov lwf | mdm riemann",
                           .gate_p = ANA_POTATO_FIELD_THRESHOLD,
                           .input = bci_input_options_default()};
    const option_target own[] = {{"Classifier", fit_table, &options},
                                 {"Trials", bci_input_option_table, &options.input},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {
        .own = own, .parts = JOB_RECORDING | JOB_SAVING, .work = fit, .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_bci_fit = {
    .name = "bci fit",
    .summary = "Learn to tell trials apart",
    .inputs = "RECORDING...",
    .min_inputs = 0,
    .max_inputs = MANY_INPUTS,
    .description =
        "Learns a classifier of trials, cut from recordings about their events, and saves it with "
        "-o: the pipeline's text, what each step has learned, classes and channels. A pipeline is "
        "a line of steps, as in band 8-32 | acm 3,2 | cov oas | tangent | svm rbf C=1; "
        "--list-steps "
        "says which there are. ana bci "
        "predict answers of other recordings by it, ana bci stream of live signals, ana bci eval "
        "says how good such a pipeline is.",
    .examples =
        "ana bci fit sub-01_*.edf --events T1=left,T2=right --window-from 0.5 --window-to "
        "3.5 -o model.h5\n"
        "ana bci fit day1.gdf --events 769=left,770=right --window-from 0.5 --window-to 3.5 "
        "--pipeline 'band 8-32 "
        "phase=causal | cov oas | mdm' -o model.h5\n"
        "ana bci fit day1.gdf --events 769=left,770=right --window-from 0.5 --window-to 3.5 "
        "--pipeline 'band 8-32 "
        "phase=causal | cov oas | mdm' --gate-field '1-8: Fp1,Fp2; 20-40: T7,T8; 1-40' -o model.h5",
    .run = run_command,
};
