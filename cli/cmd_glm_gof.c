#include "commands.h"
#include "glm_inputs.h"
#include "known_units.h"
#include "try.h"

typedef struct gof_options {
    ana_goodness_options goodness;
    glm_input_options inputs;
} gof_options;

static ana_status test(command_job *job, void *user)
{
    const gof_options *options = user;
    ana_status status = ANA_OK;
    const ana_record *model = NULL;
    ana_glm *glm = NULL;
    glm_inputs inputs = {0};
    ana_goodness *goodness = NULL;
    ana_record *part = NULL;
    ANA_TRY(job_model(job, "glm", "ana glm fit", &model));
    ANA_TRY(ana_glm_from_record(model, &glm));
    if (!glm_has_spikes(&glm->family) || glm->n_classes > 0) {
        status =
            ana_fail(ANA_ERR_VALUE,
                     "intervals between spikes are tested, for Poisson or Bernoulli responses; "
                     "this model is of gaussian or negative binomial ones, or of choices: ana "
                     "glm predict says how well those are predicted");
        goto done;
    }
    const glm_known known = glm_known_of(glm);
    ANA_TRY(glm_inputs_open(job, 1, &options->inputs, &known, &inputs));
    ANA_TRY(glm_goodness(glm, &inputs, &options->goodness, &goodness));
    ANA_TRY(ana_record_new(&job->record));
    ANA_TRY(ana_record_add_text(job->record, "schema", "glm goodness"));
    ANA_TRY(ana_record_add_text(job->record, "title", "Goodness of fit of the linear models"));
    ANA_TRY(ana_goodness_to_record(goodness, &part));
    ANA_TRY(ana_record_adopt(job->record, "goodness", part));
    ANA_TRY(known_units_note(glm->n_units, glm->unit_names,
                             inputs.classes != NULL ? inputs.classes : inputs.rows, &job->console,
                             job->record));
done:
    ana_goodness_free(goodness);
    ana_glm_free(glm);
    glm_inputs_close(&inputs);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    gof_options options = {.goodness = ana_goodness_options_default()};
    const option_target own[] = {{"Test", ana_goodness_option_table, &options.goodness},
                                 {"Covariates", glm_covariate_option_table, &options.inputs},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_SAVING,
                           .runs = {&options.goodness.run},
                           .work = test,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_glm_gof = {
    .name = "glm gof",
    .summary = "Test a fitted model by the intervals between spikes",
    .inputs = "MODEL INPUT...",
    .description =
        "Rescales time by the intensity that the model predicts: if it is right, the rescaled "
        "intervals between a unit's spikes are exponential. Gives each unit's Kolmogorov-Smirnov "
        "distance with its band, and the correlation of successive intervals. For Poisson and "
        "Bernoulli responses; of the timing of spikes within a bin the test says nothing.",
    .examples = "ana glm gof fit.h5 session.nwb -o gof.html\n"
                "ana glm gof fit.h5 tomorrow.nwb --json",
    .min_inputs = 2,
    .max_inputs = MANY_INPUTS,
    .run = run_command,
};
