#include "commands.h"
#include "glm_inputs.h"
#include "try.h"

#include <stdlib.h>

typedef struct simulate_options {
    ana_run run;
    size_t n_rows;
    size_t n_sequences;
    glm_input_options inputs;
} simulate_options;

static const ana_option simulate_option_table[] = {
    {"rows", ANA_OPTION_SIZE, offsetof(simulate_options, n_rows), 1, 1e9, NULL, "N",
     "rows (bins) of each sequence", false},
    {"sequences", ANA_OPTION_SIZE, offsetof(simulate_options, n_sequences), 1, 1e6, NULL, "N",
     "sequences, each with a history of its own", false},
    ANA_OPTION_END,
};

static ana_status draw(const ana_glm *glm, const simulate_options *options, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_observations *covariates = NULL;
    ana_observations *made = NULL;
    size_t *lengths = calloc(options->n_sequences, sizeof *lengths);
    if (lengths == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu sequences", options->n_sequences);
    }
    for (size_t s = 0; s < options->n_sequences; s++) {
        lengths[s] = options->n_rows;
    }
    ANA_TRY(ana_run_check_memory(
        &options->run, 3 * options->n_rows * options->n_sequences * glm->n_units * sizeof(double),
        "the drawn rows"));
    ANA_TRY(glm_read_covariates(options->inputs.covariates, &options->run, options->n_sequences,
                                lengths, &covariates));
    ANA_TRY(
        ana_glm_simulate(glm, options->n_sequences, lengths, covariates, options->run.seed, &made));
    ANA_TRY(ana_observations_to_record(made, out));
done:
    ana_observations_free(covariates);
    ana_observations_free(made);
    free(lengths);
    return status;
}

static ana_status simulate(command_job *job, void *user)
{
    ana_status status = ANA_OK;
    const ana_record *model = NULL;
    ana_glm *glm = NULL;
    ANA_TRY(job_model(job, "glm", "ana glm fit", &model));
    ANA_TRY(ana_glm_from_record(model, &glm));
    ANA_TRY(draw(glm, user, &job->record));
done:
    ana_glm_free(glm);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    simulate_options options = {.run = ana_run_default(), .n_rows = 10000, .n_sequences = 1};
    const option_target own[] = {{"Simulation", simulate_option_table, &options},
                                 {"Covariates", glm_covariate_option_table, &options.inputs},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_SAVING,
                           .runs = {&options.run},
                           .work = simulate,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_glm_simulate = {
    .name = "glm simulate",
    .summary = "Draw counts from a fitted model",
    .inputs = "MODEL",
    .description =
        "Draws each bin's counts from the model given the bins drawn before it, and saves them as "
        "rows that every command of models reads: to see what the couplings do, and to test "
        "whether a fit finds them again.",
    .examples = "ana glm simulate fit.h5 --rows 60000 --seed 3 -o drawn.h5\n"
                "ana glm fit drawn.h5 -o again.h5",
    .min_inputs = 1,
    .max_inputs = 1,
    .run = run_command,
};
