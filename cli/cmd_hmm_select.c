#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/models/hmm_select.h>

#include <string.h>

/* The model's own number of states is what is looked for. */
typedef struct select_options {
    ana_hmm_options model;
    ana_hmm_select_options selection;
} select_options;

static ana_status select_states(command_job *job, void *user)
{
    const select_options *options = user;
    ana_status status = ANA_OK;
    ana_observations *observations = NULL;
    ana_hmm_selection *selection = NULL;
    job->input.rows_are_counts = options->model.emission == ANA_HMM_POISSON;
    ANA_TRY(job_observations(job, 0, &observations));
    ANA_TRY(ana_hmm_select(observations, &options->model, &options->selection, &selection));
    bool converged = true;
    for (size_t c = 0; c < selection->n_candidates; c++) {
        converged = converged && selection->candidates[c].converged;
    }
    job_note_fit(job, converged, options->model.max_iterations);
    ANA_TRY(ana_hmm_selection_to_record(selection, &job->record));
done:
    ana_hmm_selection_free(selection);
    return status;
}

enum {
    MAX_ROWS = 64
};

/* The rows of `from` without the option of that name. */
static void leave_out(const char *name, const ana_option *from, ana_option *to)
{
    size_t n = 0;
    for (size_t i = 0; from[i].name != NULL && n + 1 < MAX_ROWS; i++) {
        if (strcmp(from[i].name, name) != 0) {
            to[n++] = from[i];
        }
    }
    to[n] = (ana_option)ANA_OPTION_END;
}

static int run_command(const command *self, int argc, char **argv)
{
    select_options options = {ana_hmm_options_default(), ana_hmm_select_options_default()};
    ana_option model_table[MAX_ROWS];
    leave_out("states", ana_hmm_option_table, model_table);
    const option_target own[] = {
        {"Number of states", ana_hmm_select_option_table, &options.selection},
        {"Model", model_table, &options.model},
        {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_FIT | JOB_SAVING,
                           .runs = {&options.selection.run, &options.model.run},
                           .work = select_states,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
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
        "Inputs and options of the model are those of ana hmm fit.",
    .examples = "ana hmm select --bin 0.1 --max-states 6 session.nwb -o selection.html\n"
                "ana hmm select --bin 0.1 --folds 4 monday.nwb tuesday.nwb friday.nwb sunday.nwb",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .run = run_command,
};
