#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/models/hmm.h>

#include <stdlib.h>

typedef struct simulate_options {
    ana_run run;
    size_t n_rows;
    size_t n_sequences;
} simulate_options;

static const ana_option simulate_option_table[] = {
    {"rows", ANA_OPTION_SIZE, offsetof(simulate_options, n_rows), 1, 1e9, NULL, "N",
     "rows (bins) of each sequence", false},
    {"sequences", ANA_OPTION_SIZE, offsetof(simulate_options, n_sequences), 1, 1e6, NULL, "N",
     "sequences, each begun anew", false},
    ANA_OPTION_END,
};

static ana_status draw(const ana_hmm *hmm, const simulate_options *options, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_observations *made = NULL;
    const double rows = (double)options->n_rows * (double)options->n_sequences;
    const double bytes = 3.0 * rows * (double)hmm->n_features * (double)sizeof(double);
    size_t *lengths = calloc(options->n_sequences, sizeof *lengths);
    if (lengths == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu sequences", options->n_sequences);
    }
    for (size_t s = 0; s < options->n_sequences; s++) {
        lengths[s] = options->n_rows;
    }
    ANA_TRY(ana_run_check_memory(&options->run, bytes < 1e18 ? (size_t)bytes : SIZE_MAX,
                                 "the drawn rows"));
    ANA_TRY(ana_hmm_simulate(hmm, options->n_sequences, lengths, options->run.seed, &made));
    ANA_TRY(ana_observations_to_record(made, out));
done:
    ana_observations_free(made);
    free(lengths);
    return status;
}

static ana_status simulate(command_job *job, void *user)
{
    ana_status status = ANA_OK;
    const ana_record *model = NULL;
    ana_hmm *hmm = NULL;
    ANA_TRY(job_model(job, "hmm", "ana hmm fit", &model));
    ANA_TRY(ana_hmm_from_record(model, &hmm));
    ANA_TRY(draw(hmm, user, &job->record));
done:
    ana_hmm_free(hmm);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    simulate_options options = {.run = ana_run_default(), .n_rows = 10000, .n_sequences = 1};
    const option_target own[] = {{"Simulation", simulate_option_table, &options},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_SAVING,
                           .runs = {&options.run},
                           .work = simulate,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_hmm_simulate = {
    .name = "hmm simulate",
    .summary = "Draw rows from a fitted model of states",
    .inputs = "MODEL",
    .description =
        "Draws a path of states and each row given its state, and saves them as rows that every "
        "command of models reads, with the true states as labels: to test whether a fit finds "
        "them again, and how much data that takes.",
    .examples = "ana hmm simulate fit.h5 --rows 60000 --seed 3 -o drawn.h5\n"
                "ana hmm fit drawn.h5 --states 3 -o again.h5",
    .min_inputs = 1,
    .max_inputs = 1,
    .run = run_command,
};
