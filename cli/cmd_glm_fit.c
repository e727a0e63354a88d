#include "commands.h"
#include "glm_inputs.h"
#include "try.h"

#include <analysis/models/glm_path.h>
#include <analysis/models/goodness.h>

/* Whether the penalty is chosen by held-out data. */
typedef struct select_options {
    bool choose;
} select_options;

static const ana_option select_option_table[] = {
    {"choose-penalty", ANA_OPTION_BOOL, offsetof(select_options, choose), 0, 0, NULL, NULL,
     "choose the strength of --penalty by held-out data before the fit", false},
    ANA_OPTION_END,
};

typedef struct fit_options {
    ana_glm_options glm;
    ana_basis_options basis;
    ana_goodness_options goodness;
    ana_glm_path_options path;
    select_options select;
    glm_input_options inputs;
} fit_options;

/* Whether the rescaled intervals follow from the model, into its record. */
static ana_status add_goodness(const fit_options *options, const ana_glm *glm,
                               const glm_inputs *inputs, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_goodness *goodness = NULL;
    ana_record *part = NULL;
    if (!glm_has_spikes(&glm->family) || glm->n_classes > 0) {
        return ANA_OK;
    }
    ANA_TRY(glm_goodness(glm, inputs, &options->goodness, &goodness));
    ANA_TRY(ana_goodness_to_record(goodness, &part));
    status = ana_record_adopt(record, "goodness", part);
done:
    ana_goodness_free(goodness);
    return status;
}

/* The penalty that held-out data ask for, into the options; how it was chosen into *out. */
static ana_status choose(command_job *job, const glm_inputs *inputs, fit_options *options,
                         ana_record **out)
{
    ana_status status = ANA_OK;
    ana_glm_path *path = NULL;
    if (!options->select.choose) {
        return ANA_OK;
    }
    ANA_TRY(ana_glm_path_fit(&inputs->data, &options->glm, &options->path, &path));
    options->glm = ana_glm_path_choice(path, &options->glm);
    console_say(&job->console, "penalty %g of %zu values, %zu folds", path->values[path->chosen],
                path->n_values, path->n_folds);
    ANA_TRY(ana_glm_path_to_record(path, out));
done:
    ana_glm_path_free(path);
    return status;
}

static ana_status fit(command_job *job, void *user)
{
    fit_options *options = user;
    ana_status status = ANA_OK;
    glm_inputs inputs = {0};
    ana_glm *glm = NULL;
    ana_record *choice = NULL;
    const bool history = options->glm.coupling != ANA_COUPLING_NONE;
    job->input.rows_are_counts = options->glm.family.distribution != ANA_GLM_GAUSSIAN;
    if ((options->glm.coupling == ANA_COUPLING_MASK) != (options->inputs.coupling_mask != NULL)) {
        return job_refuse(job, "--coupling mask and --coupling-mask go together");
    }
    ANA_TRY(glm_inputs_new(job, &options->inputs, history ? &options->basis : NULL,
                           &options->glm.family, &inputs));
    ANA_TRY(choose(job, &inputs, options, &choice));
    ANA_TRY(ana_glm_fit(&inputs.data, &options->glm, &glm));
    job_note_fit(job, glm->info.converged, glm->info.n_iterations);
    console_say(&job->console, "%zu rows, %zu units, %zu columns in %.2f s", inputs.counts->n_times,
                glm->n_units, glm->n_columns, glm->info.seconds);
    glm_warn_flags(glm);
    ANA_TRY(ana_glm_to_record(glm, &job->record));
    if (choice != NULL) {
        status = ana_record_adopt(job->record, "penalty", choice);
        choice = NULL;
        ANA_TRY(status);
    }
    ANA_TRY(add_goodness(options, glm, &inputs, job->record));
done:
    ana_record_free(choice);
    ana_glm_free(glm);
    glm_inputs_close(&inputs);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    fit_options options = {.glm = ana_glm_options_default(),
                           .basis = ana_basis_options_default(),
                           .goodness = ana_goodness_options_default(),
                           .path = ana_glm_path_options_default()};
    const option_target own[] = {{"Model", ana_glm_option_table, &options.glm},
                                 {"History", glm_lags_option_table, &options.inputs},
                                 {"Basis", ana_basis_option_table, &options.basis},
                                 {"Choosing the penalty", select_option_table, &options.select},
                                 {"Penalties tried", ana_glm_path_option_table, &options.path},
                                 {"Coupling mask", glm_mask_option_table, &options.inputs},
                                 {"Covariates", glm_covariate_option_table, &options.inputs},
                                 {"Columns", glm_constant_option_table, &options.inputs},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {
        .own = own,
        .parts = JOB_RECORDING | JOB_ROWS | JOB_FIT | JOB_SAVING,
        .runs = {&options.glm.run, &options.basis.run, &options.goodness.run, &options.path.run},
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
        "test of the rescaled intervals between spikes.\n\n"
        "Choices are --family bernoulli (0 or 1) or categorical (class numbers 0, 1, ...; each "
        "class's log odds to class 0 are linear), with --lapse for those made regardless of "
        "the predictors.",
    .examples =
        "ana glm fit session.nwb --bin 0.01 --lags 0.1 -o fit.h5\n"
        "ana glm fit session.nwb --bin 0.005 --lags 0.2 --functions 6 --group 5 -o fit.html\n"
        "ana glm fit counts.npy --bin 0.02 --covariates position.npy --coupling self "
        "--family bernoulli\n"
        "ana glm fit choices.npy --family categorical --coupling none --covariates stimulus.npy "
        "--lapse uniform",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .run = run_command,
};
