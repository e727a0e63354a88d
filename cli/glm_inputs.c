#include "glm_inputs.h"

#include "known_units.h"
#include "try.h"

#include <analysis/formats/array_io.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const ana_option glm_covariate_option_table[] = {
    {"covariates", ANA_OPTION_TEXT, offsetof(glm_input_options, covariates), 0, 0, NULL, "ARRAY",
     "what else drives the units: an array of as many rows (after --rebin) x covariates", false},
    ANA_OPTION_END,
};

const ana_option glm_constant_option_table[] = {
    {"covariate-names", ANA_OPTION_TEXT, offsetof(glm_input_options, covariate_names), 0, 0, NULL,
     "NAME,...", "of the covariates' columns, for records and figures; else 0, 1, ...", false},
    {"no-intercept", ANA_OPTION_BOOL, offsetof(glm_input_options, no_intercept), 0, 0, NULL, NULL,
     "leave out the constant column, where the covariates have one of their own", false},
    ANA_OPTION_END,
};

const ana_option glm_transition_option_table[] = {
    {"transition-inputs", ANA_OPTION_TEXT, offsetof(glm_input_options, transition_inputs), 0, 0,
     NULL, "ARRAY",
     "what drives the changes of state: an array of as many rows (after --rebin) x inputs", false},
    ANA_OPTION_END,
};

const ana_option glm_transition_name_option_table[] = {
    {"transition-inputs", ANA_OPTION_TEXT, offsetof(glm_input_options, transition_inputs), 0, 0,
     NULL, "ARRAY",
     "what drives the changes of state: an array of as many rows (after --rebin) x inputs; with "
     "one more of an input the log odds of entering a state grow by its weight",
     false},
    {"input-names", ANA_OPTION_TEXT, offsetof(glm_input_options, input_names), 0, 0, NULL,
     "NAME,...", "of those inputs' columns; else input 1, input 2, ...", false},
    ANA_OPTION_END,
};

const ana_option glm_mask_option_table[] = {
    {"coupling-mask", ANA_OPTION_TEXT, offsetof(glm_input_options, coupling_mask), 0, 0, NULL,
     "ARRAY",
     "with --coupling mask: units x units, 1 where a unit (row) may be driven by another "
     "(column)",
     false},
    ANA_OPTION_END,
};

const ana_option glm_lags_option_table[] = {
    {"lags", ANA_OPTION_DOUBLE, offsetof(glm_input_options, lags_s), 0, 1e6, NULL, "SECONDS",
     "how far back the past reaches; 0: --lag-bins says it", false},
    ANA_OPTION_END,
};

static ana_status read_mask(const char *path, const ana_run *run, size_t n_units, uint8_t **out)
{
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    const size_t n = n_units * n_units;
    uint8_t *mask = malloc(n);
    if (mask == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for a mask of %zu units", n_units);
    }
    ANA_TRY(glm_read_matrix(path, run, n_units, &matrix));
    if (ana_matrix_size(matrix) != n) {
        status = ana_fail(ANA_ERR_SHAPE, "%s: a mask of %zu x %zu units is wanted", path, n_units,
                          n_units);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        mask[i] = matrix->values[i] != 0.0;
    }
    *out = mask;
    mask = NULL;
done:
    free(mask);
    ana_matrix_free(matrix);
    return status;
}

glm_known glm_known_of(const ana_glm *model)
{
    return (glm_known){.n_units = model->n_units,
                       .unit_names = model->unit_names,
                       .basis = model->basis,
                       .bin_s = model->bin_s,
                       .family = &model->family,
                       .has_intercept = model->history_column == 1,
                       .n_columns = model->n_columns,
                       .column_names = model->column_names};
}

void glm_expect_rows(command_job *job, const glm_known *known)
{
    job->input.rows_are_counts = known->family->distribution != ANA_GLM_GAUSSIAN;
    if (known->bin_s > 0.0) {
        job->input.model_bin_s = known->bin_s / (double)job->input.rows.rebin;
    }
}

/* Coefficients belong to the model's bins. */
static ana_status check_bin(const glm_known *model, const ana_observations *counts)
{
    if (fabs(model->bin_s - counts->bin_s) > 1e-6 * model->bin_s) {
        return ana_fail(ANA_ERR_VALUE,
                        "the model was fitted to bins of %g s, but the rows are %g s wide; give "
                        "--bin and --rebin as they were for the fit",
                        model->bin_s, counts->bin_s);
    }
    return ANA_OK;
}

/* The number of lags, now that the width of a bin is known. */
static ana_status new_basis(command_job *job, const ana_basis_options *options, double lags_s,
                            double bin_s, ana_basis **out)
{
    ana_basis_options chosen = *options;
    if (lags_s > 0.0) {
        const double n = lags_s / bin_s;
        if (isnan(bin_s)) {
            return job_refuse(job, "--lags: how long a row lasts is not known; --bin says it");
        }
        if (!(n >= 0.5) || !(n < 1e5)) {
            return job_refuse(job, "--lags: %g s are not 1 to 100000 bins of %g s", lags_s, bin_s);
        }
        chosen.n_lags = (size_t)lround(n);
    }
    return ana_basis_new(&chosen, out);
}

static ana_status take_basis(const ana_basis *basis, ana_basis **out)
{
    return basis != NULL ? ana_basis_custom(basis->n_lags, basis->n_functions, basis->values, out)
                         : ANA_OK;
}

/* Covariates of a model have its names, the last of its columns. */
static ana_status name_known(const glm_known *known, ana_observations *covariates)
{
    const size_t n = covariates->n_features;
    ana_table *table = NULL;
    ana_status status = ana_table_new(n, &table);
    if (n > known->n_columns) {
        ana_table_free(table);
        return ana_fail(ANA_ERR_SHAPE, "%zu covariates are given; the model has %zu columns in all",
                        n, known->n_columns);
    }
    if (status == ANA_OK) {
        status = ana_table_add_texts(
            table, "id", (const char *const *)known->column_names + known->n_columns - n);
    }
    if (status != ANA_OK) {
        ana_table_free(table);
        return status;
    }
    ana_table_free(covariates->features);
    covariates->features = table;
    return ANA_OK;
}

static ana_status read_covariates(const glm_input_options *options, const glm_known *known,
                                  const ana_run *run, glm_inputs *out)
{
    ana_status status = ANA_OK;
    if (options->covariates == NULL) {
        return ANA_OK;
    }
    ANA_TRY(glm_read_like(options->covariates, run, out->counts, &out->covariates));
    if (known != NULL) {
        ANA_TRY(name_known(known, out->covariates));
    } else if (options->covariate_names != NULL) {
        ANA_TRY(
            glm_name_columns(options->covariate_names, "--covariate-names", "", out->covariates));
    }
done:
    return status;
}

static ana_status read_inputs(command_job *job, const glm_input_options *options,
                              const glm_known *known, glm_inputs *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(glm_read_named(options->transition_inputs, options->input_names, "--input-names",
                           &job->run, out->counts, &out->inputs));
    const size_t given = out->inputs != NULL ? out->inputs->n_features : 0;
    if (known != NULL && given != known->n_inputs) {
        return job_refuse(job,
                          "the model's transitions are driven by %zu inputs, --transition-inputs "
                          "gives %zu",
                          known->n_inputs, given);
    }
done:
    return status;
}

/* What is made of the counts, once they are there. */
static ana_status complete(command_job *job, const glm_input_options *options,
                           const glm_known *known, glm_inputs *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(read_covariates(options, known, &job->run, out));
    ANA_TRY(read_inputs(job, options, known, out));
    if (options->coupling_mask != NULL) {
        ANA_TRY(read_mask(options->coupling_mask, &job->run, out->counts->n_features, &out->mask));
    }
    const ana_design_source source = {.history = out->basis != NULL ? out->counts : NULL,
                                      .basis = out->basis,
                                      .covariates = out->covariates,
                                      .rows = out->counts,
                                      .no_intercept = known != NULL ? !known->has_intercept
                                                                    : options->no_intercept};
    ANA_TRY(ana_design_new(&source, &out->design));
    out->data.responses = out->counts;
    out->data.design = out->design;
    out->data.mask = out->mask;
done:
    return status;
}

ana_status glm_inputs_new(command_job *job, const glm_input_options *options,
                          const ana_basis_options *basis, ana_glm_family *family, glm_inputs *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(job_observations(job, 0, &out->rows));
    out->counts = out->rows;
    if (family->distribution == ANA_GLM_CATEGORICAL) {
        ANA_TRY(ana_glm_classes(out->rows, family->n_classes, &out->classes, &family->n_classes));
        out->counts = out->classes;
    }
    if (basis != NULL) {
        ANA_TRY(new_basis(job, basis, options->lags_s, out->rows->bin_s, &out->basis));
    }
    ANA_TRY(complete(job, options, NULL, out));
done:
    return status;
}

ana_status glm_inputs_open(command_job *job, size_t first, const glm_input_options *options,
                           const glm_known *known, glm_inputs *out)
{
    ana_status status = ANA_OK;
    glm_expect_rows(job, known);
    ANA_TRY(job_observations(job, first, &out->rows));
    known_bins_warn(known->bin_s, out->rows);
    ANA_TRY(check_bin(known, out->rows));
    out->counts = out->rows;
    if (known->family->distribution == ANA_GLM_CATEGORICAL) {
        ANA_TRY(ana_glm_classes(out->rows, known->family->n_classes, &out->classes, NULL));
        out->counts = out->classes;
    }
    ANA_TRY(ana_observations_take_ids(out->counts, "glm", known->n_units, known->unit_names,
                                      &out->picked));
    out->counts = out->picked;
    ANA_TRY(take_basis(known->basis, &out->basis));
    ANA_TRY(complete(job, options, known, out));
done:
    return status;
}

void glm_inputs_close(glm_inputs *inputs)
{
    ana_design_free(inputs->design);
    ana_basis_free(inputs->basis);
    ana_observations_free(inputs->picked);
    ana_observations_free(inputs->covariates);
    ana_observations_free(inputs->classes);
    ana_observations_free(inputs->inputs);
    free(inputs->mask);
}

/* Means of all units, T x N. */
typedef struct all_means {
    size_t n_times;
    size_t n_units;
    double *values;
} all_means;

static ana_status means_of_unit(void *user, size_t unit, double *mean)
{
    const all_means *means = user;
    for (size_t t = 0; t < means->n_times; t++) {
        mean[t] = means->values[t * means->n_units + unit];
    }
    return ANA_OK;
}

ana_status glm_goodness(const ana_glm *model, const glm_inputs *inputs,
                        const ana_goodness_options *options, ana_goodness **out)
{
    ana_goodness_options chosen = *options;
    all_means means = {inputs->counts->n_times, model->n_units, NULL};
    const ana_expectation expectation = {1, NULL, means_of_unit, &means};
    means.values = calloc(means.n_times * means.n_units, sizeof *means.values);
    if (means.values == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for the means of %zu rows", means.n_times);
    }
    if (model->family.distribution == ANA_GLM_BERNOULLI) {
        chosen.rescaling = ANA_RESCALE_BINARY;
    }
    ana_status status = ana_glm_predict(model, &inputs->data, &options->run, means.values);
    if (status == ANA_OK) {
        status = ana_goodness_of_fit(inputs->counts, &expectation, &chosen, out);
    }
    free(means.values);
    return status;
}

bool glm_has_spikes(const ana_glm_family *family)
{
    return family->distribution == ANA_GLM_POISSON || family->distribution == ANA_GLM_BERNOULLI;
}

void glm_warn_flags(const ana_glm *model)
{
    static const struct {
        unsigned flag;
        const char *sentence;
    } words[] = {{ANA_GLM_SILENT, "never fires; its intercept is a bound"},
                 {ANA_GLM_NO_ROWS, "has no usable row"},
                 {ANA_GLM_SEPARATED, "has a coefficient that would grow without end; give --ridge"},
                 {ANA_GLM_COLLINEAR, "has columns left out because others determine them"},
                 {ANA_GLM_NOT_CONVERGED, "did not converge"},
                 {ANA_GLM_UNDERDISPERSED, "varies no more than Poisson counts"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = 0;
        size_t first = 0;
        for (size_t u = 0; u < model->n_units; u++) {
            if ((model->flags[u] & words[i].flag) != 0) {
                first = n == 0 ? u : first;
                n++;
            }
        }
        if (n == 1) {
            console_warn("unit %s %s", model->unit_names[first], words[i].sentence);
        } else if (n > 1) {
            console_warn("unit %s %s, and so with %zu more", model->unit_names[first],
                         words[i].sentence, n - 1);
        }
    }
}
