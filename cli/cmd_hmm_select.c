#include "commands.h"
#include "hmm_glm.h"
#include "job.h"
#include "try.h"

#include <analysis/models/hmm_select.h>

#include <stdlib.h>

/* The model's own number of states is what is looked for. */
typedef struct select_options {
    ana_hmm_options model;
    ana_hmm_select_options selection;
    hmm_groups groups;
    glm_input_options inputs; /* of the transitions */
} select_options;

static ana_status select_states(command_job *job, void *user)
{
    select_options *options = user;
    ana_status status = ANA_OK;
    ana_observations *observations = NULL;
    size_t *groups = NULL;
    hmm_driven_rows driven = {0};
    ana_hmm_selection *selection = NULL;
    job->input.rows_are_counts = options->model.emission == ANA_HMM_POISSON;
    ANA_TRY(hmm_glm_check_range(job, &options->selection));
    ANA_TRY(job_observations(job, 0, &observations));
    ANA_TRY(hmm_driven_open(job, &options->inputs, observations, &options->model, &driven));
    ANA_TRY(hmm_groups_read(options->groups.groups, &job->run, observations, &groups));
    options->selection.groups = groups;
    ANA_TRY(ana_hmm_select(driven.rows, &options->model, &options->selection, &selection));
    ANA_TRY(hmm_glm_note_selection(job, selection, options->model.max_iterations));
done:
    ana_hmm_selection_free(selection);
    hmm_driven_close(&driven);
    free(groups);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    select_options options = {.model = ana_hmm_options_default(),
                              .selection = ana_hmm_select_options_default()};
    hmm_glm_choice choice = {false};
    ana_option model_table[ARGUMENTS_MAX_ROWS];
    arguments_leave_out("states", ana_hmm_option_table, model_table);
    const option_target own[] = {
        {"Emissions", hmm_glm_option_table, &choice},
        {"Number of states", ana_hmm_select_option_table, &options.selection},
        {"Groups", hmm_groups_option_table, &options.groups},
        {"Model", model_table, &options.model},
        {"Transitions", glm_transition_name_option_table, &options.inputs},
        {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_FIT | JOB_SAVING,
                           .runs = {&options.selection.run, &options.model.run},
                           .work = select_states,
                           .options = &options};
    return hmm_glm_is_asked(argc, argv) ? hmm_glm_select(self, argc, argv)
                                        : job_run(self, &plan, argc, argv);
}

const command command_hmm_select = {
    .name = "hmm select",
    .summary = "Find how many states the data support",
    .inputs = "INPUT...",
    .description =
        "Fits models of each number of states to parts of the data and scores them on the rest: "
        "whole sessions where there are at least as many as folds, else stretches of time with a "
        "gap beside them. Says the best number and the smallest within one standard error of it, "
        "paired over folds, and AIC, BIC and ICL of the fits to all data.\n\n"
        "Inputs and options of the model are those of ana hmm fit. With --glm the models are "
        "those of ana hmm fit --glm, without masks. With --groups the sessions of an animal are "
        "held "
        "out together: the score is then of animals the models have not seen.",
    .examples = "ana hmm select --bin 0.1 --max-states 6 session.nwb -o selection.html\n"
                "ana hmm select --bin 0.1 --folds 4 monday.nwb tuesday.nwb friday.nwb sunday.nwb",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .run = run_command,
};
