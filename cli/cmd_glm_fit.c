#include "commands.h"
#include "glm_inputs.h"
#include "try.h"

#include <analysis/models/goodness.h>

typedef struct fit_options {
    ana_glm_options glm;
    ana_basis_options basis;
    ana_goodness_options goodness;
    glm_input_options inputs;
} fit_options;

/* Whether the rescaled intervals follow from the model, into its record. */
static ana_status add_goodness(const fit_options *options, const ana_glm *glm,
                               const glm_inputs *inputs, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_goodness *goodness = NULL;
    ana_record *part = NULL;
    if (glm->family.distribution == ANA_GLM_GAUSSIAN) {
        return ANA_OK;
    }
    ANA_TRY(glm_goodness(glm, inputs, &options->goodness, &goodness));
    ANA_TRY(ana_goodness_to_record(goodness, &part));
    status = ana_record_adopt(record, "goodness", part);
done:
    ana_goodness_free(goodness);
    return status;
}

static ana_status fit(command_job *job, void *user)
{
    fit_options *options = user;
    ana_status status = ANA_OK;
    glm_inputs inputs = {0};
    ana_glm *glm = NULL;
    const bool history = options->glm.coupling != ANA_COUPLING_NONE;
    job->input.rows_are_counts = options->glm.family.distribution != ANA_GLM_GAUSSIAN;
    if ((options->glm.coupling == ANA_COUPLING_MASK) != (options->inputs.coupling_mask != NULL)) {
        return job_refuse(job, "--coupling mask and --coupling-mask go together");
    }
    ANA_TRY(
        glm_inputs_open(job, 0, &options->inputs, NULL, history ? &options->basis : NULL, &inputs));
    ANA_TRY(ana_glm_fit(&inputs.data, &options->glm, &glm));
    job_note_fit(job, glm->info.converged, glm->info.n_iterations);
    console_say(&job->console, "%zu rows, %zu units, %zu columns in %.2f s", inputs.counts->n_times,
                glm->n_units, glm->n_columns, glm->info.seconds);
    glm_warn_flags(glm);
    ANA_TRY(ana_glm_to_record(glm, &job->record));
    ANA_TRY(add_goodness(options, glm, &inputs, job->record));
done:
    ana_glm_free(glm);
    glm_inputs_close(&inputs);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    fit_options options = {.glm = ana_glm_options_default(),
                           .basis = ana_basis_options_default(),
                           .goodness = ana_goodness_options_default()};
    const option_target own[] = {{"Model", ana_glm_option_table, &options.glm},
                                 {"History", glm_lags_option_table, &options.inputs},
                                 {"Basis", ana_basis_option_table, &options.basis},
                                 {"Covariates", glm_covariate_option_table, &options.inputs},
                                 {"Mask", glm_mask_option_table, &options.inputs},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_FIT | JOB_SAVING,
                           .runs = {&options.glm.run, &options.basis.run, &options.goodness.run},
                           .work = fit,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_glm_fit = {
    .name = "glm fit",
    .summary = "Fit how units drive one another",
    .inputs = "INPUT...",
    .description =
        "Regresses each unit's counts on its own and the others' past, by few curves over the "
        "lags, "
        "and on covariates. Inputs are recordings with spikes (binned by --bin), or arrays of "
        "counts, time x unit, whose rows --bin gives a width; each input is a session, and no "
        "history is carried across sessions or gaps. The result holds the coupling matrix, the "
        "kernels over the lags with their errors, what each unit gains over its mean rate, and a "
        "test of the rescaled intervals between spikes.",
    .examples =
        "ana glm fit session.nwb --bin 0.01 --lags 0.1 -o fit.h5\n"
        "ana glm fit session.nwb --bin 0.005 --lags 0.2 --functions 6 --group 5 -o fit.html\n"
        "ana glm fit counts.npy --bin 0.02 --covariates position.npy --coupling self "
        "--family bernoulli",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .run = run_command,
};
