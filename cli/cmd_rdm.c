#include "commands.h"
#include "job.h"
#include "trials_input.h"
#include "try.h"

#include <analysis/formats/array_io.h>
#include <analysis/models/rdm.h>

#include <stdlib.h>

typedef enum noise_source {
    NOISE_NONE,
    NOISE_TRIALS
} noise_source;

typedef struct rdm_options {
    ana_rdm_options rdm;
    ana_noise_options noise;
    noise_source source;
    const char *residuals;
    const char *conditions;
} rdm_options;

static const char *const source_names[] = {"none", "trials", NULL};

static const ana_option trial_table[] = {
    {"conditions", ANA_OPTION_TEXT, offsetof(rdm_options, conditions), 0, 0, NULL, "TABLE",
     "id of each row's condition: the first column of a text table (default: --labels, or every "
     "row its own condition)",
     false},
    {"noise", ANA_OPTION_CHOICE, offsetof(rdm_options, source), 0, 0, source_names, "SOURCE",
     "mahalanobis, crossnobis: whiten by what trials differ by from their condition's mean", false},
    {"residuals", ANA_OPTION_TEXT, offsetof(rdm_options, residuals), 0, 0, NULL, "ARRAY",
     "whiten by these residuals (residual x channel) instead, such as those of a linear model",
     false},
    ANA_OPTION_END,
};

static ana_status estimate_noise(const rdm_options *options, const ana_observations *rows,
                                 ana_noise **out)
{
    ana_status status = ANA_OK;
    ana_matrix *residuals = NULL;
    if (options->residuals == NULL) {
        return options->source == NOISE_TRIALS
                   ? ana_noise_of_observations(rows, &options->noise, out)
                   : ANA_OK;
    }
    ANA_TRY(ana_matrix_read(options->residuals, &options->noise.run, &residuals));
    if (residuals->n_axes != 2 || residuals->axes[1].n != rows->n_features) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE, "%s: residuals x %zu channels wanted", options->residuals,
                         rows->n_features));
    }
    ANA_TRY(ana_noise_of_residuals(residuals->axes[0].n, residuals->axes[1].n, residuals->values,
                                   &options->noise, out));
done:
    ana_matrix_free(residuals);
    return status;
}

static ana_status compute_one(command_job *job, const rdm_options *options, size_t i,
                              ana_rdms **out)
{
    ana_status status = ANA_OK;
    ana_observations *rows = NULL;
    ana_noise *noise = NULL;
    ANA_TRY(trials_input(job, job->arguments.inputs[i], options->conditions, &rows));
    ANA_TRY(estimate_noise(options, rows, &noise));
    ANA_TRY(ana_rdm_compute(rows, noise, &options->rdm, rows->sequence_name[0], out));
done:
    ana_noise_free(noise);
    ana_observations_free(rows);
    return status;
}

static ana_status compute(command_job *job, void *user)
{
    const rdm_options *options = user;
    ana_status status = ANA_OK;
    ana_rdms *joined = NULL;
    const size_t n = job->arguments.n_inputs;
    ana_rdms **parts = calloc(n + 1, sizeof(ana_rdms *));
    if (parts == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu inputs", n);
    }
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(compute_one(job, options, i, &parts[i]));
    }
    if (n > 1) {
        ANA_TRY(ana_rdms_join(n, parts, &joined));
    }
    ANA_TRY(ana_rdms_to_record(n > 1 ? joined : parts[0], &job->record));
done:
    for (size_t i = 0; i < n; i++) {
        ana_rdms_free(parts[i]);
    }
    free(parts);
    ana_rdms_free(joined);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    rdm_options options = {.rdm = ana_rdm_options_default(), .noise = ana_noise_options_default()};
    const option_target own[] = {{"Dissimilarity", ana_rdm_option_table, &options.rdm},
                                 {"Trials", trial_table, &options},
                                 {"Noise", ana_noise_option_table, &options.noise},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_SAVING,
                           .runs = {&options.rdm.run, &options.noise.run},
                           .labels = "condition of each row of a single input, a whole number "
                                     "(negative or nan: none)",
                           .work = compute,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_rdm = {
    .name = "rdm",
    .summary = "Find how different the responses to each pair of conditions are",
    .inputs = "INPUT...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "A representational dissimilarity matrix of each input: responses (trial x channel) of "
        "neurons, voxels, sensors, or the units of a model's layer. Rows are trials of the "
        "conditions that --conditions or --labels name; without either, every row is a condition. "
        "Several inputs give several matrices of the conditions they share, by id.\n\n"
        "crossnobis and poisson-cv compare folds of trials, which --sessions tells apart: their "
        "expected value is 0 where conditions do not differ, and they may be negative.\n\n"
        "The result holds the matrices (packed above the diagonal, row by row) and pictures of "
        "them.",
    .examples = "ana rdm layer4.npy --conditions images.csv -o layer4.html\n"
                "ana rdm trials.npy --labels condition.npy --sessions run.npy --method crossnobis "
                "--noise trials -o rdm.h5",
    .run = run_command,
};
