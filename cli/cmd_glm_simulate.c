#include "commands.h"
#include "drawing.h"
#include "try.h"

static ana_status simulate(command_job *job, void *user)
{
    const drawing_options *options = user;
    ana_status status = ANA_OK;
    const ana_record *model = NULL;
    ana_glm *glm = NULL;
    drawing drawn = {0};
    ana_observations *made = NULL;
    ana_observations *numbers = NULL; /* of classes, as the commands take choices */
    ANA_TRY(job_model(job, "glm", "ana glm fit", &model));
    ANA_TRY(ana_glm_from_record(model, &glm));
    ANA_TRY(drawing_prepare(options, glm->n_units, &drawn));
    ANA_TRY(ana_glm_simulate(glm, options->n_sequences, drawn.lengths, drawn.covariates,
                             options->run.seed, &made));
    if (glm->family.distribution == ANA_GLM_CATEGORICAL) {
        ANA_TRY(ana_glm_class_numbers(made, glm->n_classes, &numbers));
    }
    ANA_TRY(ana_observations_to_record(numbers != NULL ? numbers : made, &job->record));
done:
    ana_observations_free(numbers);
    ana_observations_free(made);
    drawing_release(&drawn);
    ana_glm_free(glm);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    drawing_options options = drawing_options_default();
    const option_target own[] = {{"Simulation", drawing_option_table, &options},
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
