#include "glm_inputs.h"

#include "known_units.h"
#include "try.h"

#include <analysis/formats/array_io.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

const ana_option glm_covariate_option_table[] = {
    {"covariates", ANA_OPTION_TEXT, offsetof(glm_input_options, covariates), 0, 0, NULL, "ARRAY",
     "what else drives the units: an array of as many rows (after --rebin) x covariates", false},
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

static ana_status read_matrix(const char *path, const ana_run *run, size_t n_rows, ana_matrix **out)
{
    ana_matrix *matrix = NULL;
    ana_status status = ana_matrix_read(path, run, &matrix);
    if (status != ANA_OK) {
        return status;
    }
    if (matrix->n_axes < 1 || matrix->n_axes > 2 || matrix->axes[0].n != n_rows) {
        (void)ana_fail(ANA_ERR_SHAPE,
                       "%s: an array of %zu rows is wanted, this has %zu axes and %zu rows", path,
                       n_rows, matrix->n_axes, matrix->n_axes > 0 ? matrix->axes[0].n : (size_t)1);
        ana_matrix_free(matrix);
        return ANA_ERR_SHAPE;
    }
    *out = matrix;
    return ANA_OK;
}

ana_status glm_read_covariates(const char *path, const ana_run *run, size_t n_sequences,
                               const size_t *lengths, ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    ana_observations *made = NULL;
    size_t n_times = 0;
    if (path == NULL) {
        return ANA_OK;
    }
    for (size_t s = 0; s < n_sequences; s++) {
        n_times += lengths[s];
    }
    ANA_TRY(read_matrix(path, run, n_times, &matrix));
    ANA_TRY(ana_observations_new(n_times, ana_matrix_size(matrix) / n_times, &made));
    memcpy(made->values, matrix->values, ana_matrix_size(matrix) * sizeof *made->values);
    ANA_TRY(ana_observations_set_sequences(made, n_sequences, lengths, NULL));
    *out = made;
    made = NULL;
done:
    ana_observations_free(made);
    ana_matrix_free(matrix);
    return status;
}

static ana_status read_like(const char *path, const ana_run *run, const ana_observations *counts,
                            ana_observations **out)
{
    size_t *lengths = calloc(counts->n_sequences, sizeof *lengths);
    if (lengths == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu sequences", counts->n_sequences);
    }
    for (size_t s = 0; s < counts->n_sequences; s++) {
        lengths[s] = counts->sequence_start[s + 1] - counts->sequence_start[s];
    }
    ana_status status = glm_read_covariates(path, run, counts->n_sequences, lengths, out);
    free(lengths);
    return status;
}

static ana_status read_mask(const char *path, const ana_run *run, size_t n_units, uint8_t **out)
{
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    const size_t n = n_units * n_units;
    uint8_t *mask = malloc(n);
    if (mask == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for a mask of %zu units", n_units);
    }
    ANA_TRY(read_matrix(path, run, n_units, &matrix));
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
    return (glm_known){model->n_units, model->unit_names, model->basis, model->bin_s,
                       &model->family};
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
static ana_status new_basis(const ana_basis_options *options, double lags_s, double bin_s,
                            ana_basis **out)
{
    ana_basis_options chosen = *options;
    if (lags_s > 0.0) {
        const double n = lags_s / bin_s;
        if (!(n >= 0.5) || !(n < 1e5)) {
            return ana_fail(ANA_ERR_VALUE, "--lags: %g s are not 1 to 100000 bins of %g s%s",
                            lags_s, bin_s, isnan(bin_s) ? "; --bin says what a row is" : "");
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

ana_status glm_inputs_open(command_job *job, size_t first, const glm_input_options *options,
                           const glm_known *known, const ana_basis_options *basis, glm_inputs *out)
{
    ana_status status = ANA_OK;
    const ana_run *run = &job->run;
    ana_observations *rows = NULL;
    if (known != NULL) {
        glm_expect_rows(job, known);
    }
    ANA_TRY(job_observations(job, first, &rows));
    out->rows = rows;
    out->counts = rows;
    if (known != NULL) {
        known_bins_warn(known->bin_s, rows);
        ANA_TRY(check_bin(known, rows));
        ANA_TRY(ana_observations_take_ids(rows, "glm", known->n_units, known->unit_names,
                                          &out->picked));
        out->counts = out->picked;
        ANA_TRY(take_basis(known->basis, &out->basis));
    } else if (basis != NULL) {
        ANA_TRY(new_basis(basis, options->lags_s, rows->bin_s, &out->basis));
    }
    if (options->covariates != NULL) {
        ANA_TRY(read_like(options->covariates, run, out->counts, &out->covariates));
    }
    if (options->coupling_mask != NULL) {
        ANA_TRY(read_mask(options->coupling_mask, run, out->counts->n_features, &out->mask));
    }
    const ana_design_source source = {.history = out->basis != NULL ? out->counts : NULL,
                                      .basis = out->basis,
                                      .covariates = out->covariates,
                                      .rows = out->counts};
    ANA_TRY(ana_design_new(&source, &out->design));
    out->data.responses = out->counts;
    out->data.design = out->design;
    out->data.mask = out->mask;
done:
    return status;
}

void glm_inputs_close(glm_inputs *inputs)
{
    ana_design_free(inputs->design);
    ana_basis_free(inputs->basis);
    ana_observations_free(inputs->picked);
    ana_observations_free(inputs->covariates);
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
