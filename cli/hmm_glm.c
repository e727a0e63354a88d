#include "hmm_glm.h"

#include "glm_inputs.h"
#include "try.h"

#include <analysis/formats/array_io.h>
#include <analysis/models/glm_hmm.h>
#include <analysis/models/glm_hmm_choices.h>
#include <analysis/models/glm_hmm_select.h>
#include <analysis/models/state_summary.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

const ana_option hmm_glm_option_table[] = {
    {"glm", ANA_OPTION_BOOL, offsetof(hmm_glm_choice, glm), 0, 0, NULL, NULL,
     "units coupled by linear models in each state; has options of its own: --glm --help", false},
    ANA_OPTION_END,
};

const ana_option hmm_groups_option_table[] = {
    {"groups", ANA_OPTION_TEXT, offsetof(hmm_groups, groups), 0, 0, NULL, "ARRAY",
     "a number for each session, or for each row: sessions of a group (an animal) are held out "
     "together",
     false},
    ANA_OPTION_END,
};

/* The group of each session from the numbers of its rows, which agree. */
static ana_status groups_of_rows(const char *path, const double *values,
                                 const ana_observations *rows, double *out)
{
    for (size_t s = 0; s < rows->n_sequences; s++) {
        out[s] = values[rows->sequence_start[s]];
        for (size_t t = rows->sequence_start[s]; t < rows->sequence_start[s + 1]; t++) {
            if (values[t] != out[s]) {
                return ana_fail(ANA_ERR_VALUE,
                                "%s: row %zu is of another group than the first row of its "
                                "session; --sessions says where sessions begin",
                                path, t);
            }
        }
    }
    return ANA_OK;
}

ana_status hmm_groups_read(const char *path, const ana_run *run, const ana_observations *rows,
                           size_t **out)
{
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    const size_t n_sessions = rows->n_sequences;
    double *values = NULL;
    size_t *groups = NULL;
    if (path == NULL) {
        return ANA_OK;
    }
    ANA_TRY(ana_matrix_read(path, run, &matrix));
    values = calloc(n_sessions, sizeof *values);
    groups = calloc(n_sessions, sizeof *groups);
    if (values == NULL || groups == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "no memory for %zu groups", n_sessions);
        goto done;
    }
    const size_t n = ana_matrix_size(matrix);
    if (n == n_sessions) {
        memcpy(values, matrix->values, n * sizeof *values);
    } else if (n == rows->n_times) {
        ANA_TRY(groups_of_rows(path, matrix->values, rows, values));
    } else {
        status = ana_fail(ANA_ERR_SHAPE,
                          "%s: holds %zu numbers: neither one for each of the %zu sessions nor one "
                          "for each of the %zu rows",
                          path, n, n_sessions, rows->n_times);
        goto done;
    }
    for (size_t s = 0; s < n_sessions; s++) {
        if (!(values[s] >= 0.0 && values[s] < 1e15) || values[s] != floor(values[s])) {
            status =
                ana_fail(ANA_ERR_VALUE, "%s: the group of session %zu is no whole number", path, s);
            goto done;
        }
        groups[s] = (size_t)values[s];
    }
    *out = groups;
    groups = NULL;
done:
    free(groups);
    free(values);
    ana_matrix_free(matrix);
    return status;
}

ana_status hmm_driven_open(command_job *job, const glm_input_options *options,
                           const ana_observations *rows, ana_hmm_options *model,
                           hmm_driven_rows *out)
{
    ana_status status = ANA_OK;
    ana_observations *inputs = NULL;
    out->rows = rows;
    ANA_TRY(glm_read_named(options->transition_inputs, options->input_names, "--input-names",
                           &job->run, rows, &inputs));
    if (inputs != NULL) {
        ANA_TRY(glm_append_inputs(rows, inputs, &out->own));
        out->rows = out->own;
        model->n_inputs = inputs->n_features;
    }
done:
    ana_observations_free(inputs);
    return status;
}

void hmm_driven_close(hmm_driven_rows *rows)
{
    ana_observations_free(rows->own);
}

typedef struct fit_options {
    ana_glm_hmm_options model;
    ana_basis_options basis;
    ana_goodness_options goodness;
    glm_input_options inputs;
    hmm_glm_choice choice;
} fit_options;

bool hmm_glm_is_asked(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--glm") == 0 || strcmp(argv[i], "--glm=yes") == 0) {
            return true;
        }
    }
    return false;
}

/* Yes-or-no rows that are no times are trials: nothing is between their spikes. */
static bool are_choices(const ana_glm_hmm *model)
{
    return model->family.distribution == ANA_GLM_CATEGORICAL ||
           (model->family.distribution == ANA_GLM_BERNOULLI &&
            (!(model->bin_s > 0.0) || model->lapse != NULL));
}

/* How well choices are predicted, into the model's record. */
static ana_status add_choices(const fit_options *options, const ana_glm_hmm *model,
                              const ana_glm_hmm_data *data, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_glm_hmm_choices choices = {0};
    ana_record *part = NULL;
    if (!are_choices(model)) {
        return ANA_OK;
    }
    ANA_TRY(ana_glm_hmm_predict_choices(model, data, &options->model.run, &choices));
    ANA_TRY(ana_glm_hmm_choices_to_record(&choices, &part));
    status = ana_record_adopt(record, "choices", part);
done:
    return status;
}

/* Whether the spike times follow from the model, into its record. */
static ana_status add_goodness(const fit_options *options, const ana_glm_hmm *model,
                               const ana_glm_hmm_data *data, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_goodness *goodness = NULL;
    ana_record *part = NULL;
    if (!glm_has_spikes(&model->family) || are_choices(model)) {
        return ANA_OK;
    }
    ANA_TRY(ana_glm_hmm_goodness(model, data, &options->goodness, &goodness));
    ANA_TRY(ana_goodness_to_record(goodness, &part));
    status = ana_record_adopt(record, "goodness", part);
done:
    ana_goodness_free(goodness);
    return status;
}

/* The numbers that programs read. */
static ana_status add_summary(const fit_options *options, const ana_glm_hmm *model,
                              const ana_glm_hmm_data *data, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_hmm_decoding *decoding = NULL;
    ana_state_summary summary = {.observations = data->responses,
                                 .info = &model->info,
                                 .log_likelihood = model->log_likelihood,
                                 .are_counts =
                                     model->family.distribution == ANA_GLM_POISSON ||
                                     model->family.distribution == ANA_GLM_NEGATIVE_BINOMIAL};
    ANA_TRY(ana_record_get_double(record, "bic", &summary.bic));
    ANA_TRY(ana_glm_hmm_decode(model, data, &options->model.run, &decoding));
    summary.decoding = decoding;
    ANA_TRY(ana_state_summary_to_record(&summary, record));
done:
    ana_hmm_decoding_free(decoding);
    return status;
}

static ana_status fit(command_job *job, void *user)
{
    fit_options *options = user;
    ana_status status = ANA_OK;
    glm_inputs inputs = {0};
    ana_glm_hmm *model = NULL;
    const bool history = options->model.coupling != ANA_COUPLING_NONE;
    const bool masked = options->model.coupling == ANA_COUPLING_MASK;
    job->input.rows_are_counts = options->model.family.distribution != ANA_GLM_GAUSSIAN;
    if (masked != (options->inputs.coupling_mask != NULL)) {
        return job_refuse(job, "--coupling mask and --coupling-mask go together");
    }
    ANA_TRY(glm_inputs_new(job, &options->inputs, history ? &options->basis : NULL,
                           &options->model.family, &inputs));
    const ana_glm_hmm_data data = {inputs.counts, inputs.design, inputs.mask, inputs.inputs};
    ANA_TRY(ana_glm_hmm_fit(&data, &options->model, &model));
    job_note_fit(job, model->info.converged, model->info.n_iterations);
    console_say(&job->console, "%zu rows, %zu units, %zu columns, %zu states in %.2f s",
                inputs.counts->n_times, model->n_units, model->n_columns, model->n_states,
                model->info.seconds);
    ANA_TRY(ana_glm_hmm_to_record(model, &job->record));
    ANA_TRY(add_summary(options, model, &data, job->record));
    ANA_TRY(add_choices(options, model, &data, job->record));
    ANA_TRY(add_goodness(options, model, &data, job->record));
done:
    ana_glm_hmm_free(model);
    glm_inputs_close(&inputs);
    return status;
}

int hmm_glm_fit(const command *self, int argc, char **argv)
{
    fit_options options = {.model = ana_glm_hmm_options_default(),
                           .basis = ana_basis_options_default(),
                           .goodness = ana_goodness_options_default()};
    const option_target own[] = {{"Emissions", hmm_glm_option_table, &options.choice},
                                 {"Model", ana_glm_hmm_option_table, &options.model},
                                 {"History", glm_lags_option_table, &options.inputs},
                                 {"Basis", ana_basis_option_table, &options.basis},
                                 {"Covariates", glm_covariate_option_table, &options.inputs},
                                 {"Columns", glm_constant_option_table, &options.inputs},
                                 {"Transitions", glm_transition_name_option_table, &options.inputs},
                                 {"Coupling mask", glm_mask_option_table, &options.inputs},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_FIT | JOB_SAVING,
                           .runs = {&options.model.run, &options.basis.run, &options.goodness.run},
                           .work = fit,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

ana_status hmm_glm_check_range(command_job *job, const ana_hmm_select_options *options)
{
    return options->min_states <= options->max_states
               ? ANA_OK
               : job_refuse(job, "--min-states %zu is above --max-states %zu", options->min_states,
                            options->max_states);
}

ana_status hmm_glm_note_selection(command_job *job, const ana_hmm_selection *selection,
                                  size_t n_iterations)
{
    bool converged = true;
    for (size_t c = 0; c < selection->n_candidates; c++) {
        converged = converged && selection->candidates[c].converged;
    }
    job_note_fit(job, converged, n_iterations);
    if (selection->n_candidates > 1 && selection->best + 1 == selection->n_candidates) {
        console_warn("the best number of states is the largest that was tried, %zu; raise "
                     "--max-states",
                     selection->candidates[selection->best].n_states);
    }
    return ana_hmm_selection_to_record(selection, &job->record);
}

typedef struct select_options {
    ana_hmm_select_options selection;
    ana_glm_hmm_options model;
    ana_basis_options basis;
    glm_input_options inputs;
    hmm_glm_choice choice;
    hmm_groups groups;
} select_options;

static ana_status select_states(command_job *job, void *user)
{
    select_options *options = user;
    ana_status status = ANA_OK;
    size_t *groups = NULL;
    glm_inputs inputs = {0};
    ana_hmm_selection *selection = NULL;
    const bool history = options->model.coupling != ANA_COUPLING_NONE;
    job->input.rows_are_counts = options->model.family.distribution != ANA_GLM_GAUSSIAN;
    if (options->model.coupling == ANA_COUPLING_MASK) {
        return job_refuse(job, "--coupling mask is not for ana hmm select");
    }
    ANA_TRY(hmm_glm_check_range(job, &options->selection));
    ANA_TRY(glm_inputs_new(job, &options->inputs, history ? &options->basis : NULL,
                           &options->model.family, &inputs));
    const ana_glm_hmm_select_data data = {.responses = inputs.counts,
                                          .basis = inputs.basis,
                                          .covariates = inputs.covariates,
                                          .inputs = inputs.inputs,
                                          .no_intercept = options->inputs.no_intercept};
    ANA_TRY(hmm_groups_read(options->groups.groups, &job->run, inputs.counts, &groups));
    options->selection.groups = groups;
    ANA_TRY(ana_glm_hmm_select(&data, &options->model, &options->selection, &selection));
    ANA_TRY(hmm_glm_note_selection(job, selection, options->model.max_iterations));
done:
    ana_hmm_selection_free(selection);
    free(groups);
    glm_inputs_close(&inputs);
    return status;
}

int hmm_glm_select(const command *self, int argc, char **argv)
{
    select_options options = {.selection = ana_hmm_select_options_default(),
                              .model = ana_glm_hmm_options_default(),
                              .basis = ana_basis_options_default()};
    ana_option model_table[ARGUMENTS_MAX_ROWS];
    arguments_leave_out("states", ana_glm_hmm_option_table, model_table);
    const option_target own[] = {
        {"Emissions", hmm_glm_option_table, &options.choice},
        {"Groups", hmm_groups_option_table, &options.groups},
        {"Number of states", ana_hmm_select_option_table, &options.selection},
        {"Model", model_table, &options.model},
        {"History", glm_lags_option_table, &options.inputs},
        {"Basis", ana_basis_option_table, &options.basis},
        {"Covariates", glm_covariate_option_table, &options.inputs},
        {"Columns", glm_constant_option_table, &options.inputs},
        {"Transitions", glm_transition_option_table, &options.inputs},
        {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_FIT | JOB_SAVING,
                           .runs = {&options.selection.run, &options.model.run, &options.basis.run},
                           .work = select_states,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}
