/* A population's fit as a record and back. */
#include "dense.h"
#include "glm_figures.h"
#include "lists.h"
#include "memory.h"
#include "record_read.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/glm.h>

#include <math.h>
#include <stddef.h>
#include <string.h>

/* N numbers of the fit under their names. */
typedef struct named_numbers {
    const char *name;
    const char *unit;
    size_t offset;
} named_numbers;

static const named_numbers numbers[] = {
    {"dispersion", NULL, offsetof(ana_glm, dispersion)},
    {"log_likelihood", "nat", offsetof(ana_glm, log_likelihood)},
    {"null_log_likelihood", "nat", offsetof(ana_glm, null_log_likelihood)},
    {"saturated_log_likelihood", "nat", offsetof(ana_glm, saturated_log_likelihood)},
    {"null_deviance", "nat", offsetof(ana_glm, null_deviance)},
    {"null_mean", NULL, offsetof(ana_glm, null_mean)},
    {"null_dispersion", NULL, offsetof(ana_glm, null_dispersion)},
    {"rows", NULL, offsetof(ana_glm, n_rows)},
    {"spikes", NULL, offsetof(ana_glm, n_spikes)},
    {"freedom", NULL, offsetof(ana_glm, freedom)},
};

enum {
    N_NUMBERS = sizeof numbers / sizeof numbers[0]
};

static const char *const coupling_words[] = {"none", "self", "full", "mask", NULL};

static double **field(ana_glm *glm, size_t i)
{
    return (double **)(void *)((char *)glm + numbers[i].offset);
}

static ana_status add_model(const ana_glm *glm, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    ANA_TRY(ana_record_add_group(record, "model", ANA_HINT_NONE, &group));
    ANA_TRY(
        ana_record_add_text(group, "family", ana_glm_distribution_names[glm->family.distribution]));
    ANA_TRY(ana_record_add_text(group, "link", ana_glm_link_names[glm->family.link]));
    ANA_TRY(ana_record_add_int(group, "classes", (int64_t)glm->n_classes, NULL));
    ANA_TRY(ana_record_add_text(group, "lapses", ana_glm_lapse_names[glm->lapse_kind]));
    ANA_TRY(ana_record_add_double(group, "dispersion", glm->family.dispersion, NULL));
    ANA_TRY(ana_record_add_bool(group, "fixed_dispersion", glm->fixed_dispersion));
    ANA_TRY(ana_record_add_text(group, "coupling", coupling_words[glm->coupling]));
    ANA_TRY(ana_record_add_double(group, "ridge", glm->ridge, NULL));
    ANA_TRY(ana_record_add_double(group, "lasso", glm->lasso, NULL));
    ANA_TRY(ana_record_add_double(group, "group", glm->group, NULL));
    ANA_TRY(ana_record_add_double(group, "smooth", glm->smooth, NULL));
    ANA_TRY(ana_record_add_double(group, "bin", glm->bin_s, "s"));
    ANA_TRY(ana_record_add_int(group, "history_column", (int64_t)glm->history_column, NULL));
done:
    return status;
}

static ana_status add_numbers(const ana_glm *glm, ana_record *group)
{
    ana_status status = ANA_OK;
    for (size_t i = 0; i < N_NUMBERS; i++) {
        const double *values =
            *(double *const *)(const void *)((const char *)glm + numbers[i].offset);
        ANA_TRY(ana_record_add_doubles(group, numbers[i].name, ana_shape_1(glm->n_units, "unit"),
                                       values, numbers[i].unit));
    }
done:
    return status;
}

static ana_status add_parameters(const ana_glm *glm, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *group = NULL;
    const size_t n = glm->n_units;
    const size_t p = glm->n_columns;
    size_t *flags = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "glm record"));
    for (size_t u = 0; u < n; u++) {
        flags[u] = glm->flags[u];
    }
    ANA_TRY(ana_record_add_group(record, "parameters", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_texts(group, "units", n, (const char *const *)glm->unit_names));
    ANA_TRY(ana_record_add_texts(group, "columns", p, (const char *const *)glm->column_names));
    ANA_TRY(ana_record_add_doubles(group, "coefficients", ana_shape_2(n, "unit", p, "column"),
                                   glm->coefficients, NULL));
    ANA_TRY(ana_record_add_doubles(group, "standard_errors", ana_shape_2(n, "unit", p, "column"),
                                   glm->standard_errors, NULL));
    ANA_TRY(ana_record_add_sizes(group, "flags", ana_shape_1(n, "unit"), flags, NULL));
    ANA_TRY(add_numbers(glm, group));
    if (glm->lapse != NULL) {
        const ana_shape shares = ana_shape_2(glm->n_responses, "response", glm->n_classes, "class");
        ANA_TRY(ana_record_add_doubles(group, "lapse", shares, glm->lapse, NULL));
        ANA_TRY(ana_record_add_doubles(group, "lapse_errors", shares, glm->lapse_errors, NULL));
    }
    if (glm->n_sources > 0) {
        ANA_TRY(ana_record_add_texts(group, "sources", glm->n_sources,
                                     (const char *const *)glm->source_names));
    }
    if (glm->kernel_covariance != NULL) {
        const size_t b = glm->basis->n_functions;
        const ana_shape shape = {
            4, {n, glm->n_sources, b, b}, {"target", "source", "function", "function"}};
        ANA_TRY(ana_record_add_doubles(group, "kernel_covariance", shape, glm->kernel_covariance,
                                       NULL));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Gains are per spike, or per choice. */
static const char *bits_name(const ana_glm *glm)
{
    return glm->n_classes > 0 ? "bits_per_choice" : "bits_per_spike";
}

/* What stands beside each unit's name in the table of units. */
static ana_status add_table(const ana_glm *glm, const ana_glm_scores *scores, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const ana_shape shape = ana_shape_1(glm->n_units, "unit");
    const struct {
        const char *name;
        const char *unit;
        const double *values;
    } columns[] = {{glm->n_classes > 0 ? "chosen" : "spikes", NULL, glm->n_spikes},
                   {"log_likelihood", "nat", scores->log_likelihood},
                   {"deviance", "nat", scores->deviance},
                   {"pseudo_r2", NULL, scores->pseudo_r2},
                   {"mcfadden_r2", NULL, scores->mcfadden_r2},
                   {bits_name(glm), "bit", scores->bits_per_spike},
                   {"freedom", NULL, glm->freedom},
                   {"aic", "nat", scores->aic},
                   {"bic", "nat", scores->bic}};
    ANA_TRY(ana_record_add_group(record, "units", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Units"));
    ANA_TRY(
        ana_record_add_texts(table, "unit", glm->n_units, (const char *const *)glm->unit_names));
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        ANA_TRY(ana_record_add_doubles(table, columns[i].name, shape, columns[i].values,
                                       columns[i].unit));
    }
done:
    return status;
}

static ana_status add_scores(const ana_glm *glm, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = glm->n_units;
    double *s = ana_workspace_doubles(&workspace, 7, n);
    ANA_TRY(ana_workspace_check(&workspace, "glm record"));
    const ana_glm_scores scores = {s, s + n, s + 2 * n, s + 3 * n, s + 4 * n, s + 5 * n, s + 6 * n};
    ana_glm_fit_scores(glm, &scores);
    const double log_likelihood = ana_sum_of_known(n, glm->log_likelihood);
    const double gain = log_likelihood - ana_sum_of_known(n, glm->null_log_likelihood);
    ANA_TRY(ana_record_add_double(record, "log_likelihood", log_likelihood, "nat"));
    ANA_TRY(ana_record_add_double(record, "log_likelihood_per_bin",
                                  log_likelihood / ana_sum_of_known(n, glm->n_rows) * (double)n,
                                  "nat"));
    ANA_TRY(ana_record_add_double(record, "deviance", ana_sum_of_known(n, scores.deviance), "nat"));
    const double spikes = ana_sum_of_known(n, glm->n_classes > 0 ? glm->n_rows : glm->n_spikes) /
                          (glm->n_classes > 0 ? (double)(glm->n_classes - 1) : 1.0);
    ANA_TRY(ana_record_add_double(record, bits_name(glm), gain / (spikes * log(2.0)), "bit"));
    ANA_TRY(ana_record_add_double(record, "aic", ana_sum_of_known(n, scores.aic), "nat"));
    ANA_TRY(ana_record_add_double(record, "bic", ana_sum_of_known(n, scores.bic), "nat"));
    ANA_TRY(add_table(glm, &scores, record));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_glm_to_record(const ana_glm *glm, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "glm"));
    ANA_TRY(ana_record_add_text(record, "title", "Linear models of the population"));
    ANA_TRY(ana_record_add_bool(record, "converged", glm->info.converged));
    ANA_TRY(add_model(glm, record));
    ANA_TRY(add_scores(glm, record));
    ANA_TRY(ana_glm_add_figures(glm, record));
    ANA_TRY(ana_fit_info_to_record(&glm->info, record, "fit"));
    ANA_TRY(add_parameters(glm, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}

static ana_status read_choices(const ana_record *record, ana_glm *glm)
{
    ana_status status = ANA_OK;
    size_t lapses = 0;
    ANA_TRY(ana_record_get_size(record, "model/classes", &glm->n_classes));
    ANA_TRY(ana_record_get_word(record, "model/lapses", ana_glm_lapse_names, &lapses));
    glm->lapse_kind = (ana_glm_lapse)lapses;
    const bool categorical = glm->family.distribution == ANA_GLM_CATEGORICAL;
    const bool bernoulli = glm->family.distribution == ANA_GLM_BERNOULLI;
    glm->family.n_classes = categorical ? glm->n_classes : 0;
    const bool lapsing = glm->lapse_kind != ANA_GLM_LAPSE_NONE;
    if (glm->n_classes == 1 || (glm->n_classes > 0) != (categorical || (bernoulli && lapsing)) ||
        (bernoulli && lapsing && glm->n_classes != 2) || (lapsing && !categorical && !bernoulli)) {
        ANA_TRY(ana_fail(ANA_ERR_FORMAT, "record: model: %zu classes and lapses \"%s\" of a %s",
                         glm->n_classes, ana_glm_lapse_names[lapses],
                         ana_glm_distribution_names[glm->family.distribution]));
    }
done:
    return status;
}

static ana_status read_model(const ana_record *record, ana_glm *glm)
{
    ana_status status = ANA_OK;
    size_t distribution = 0;
    size_t link = 0;
    size_t coupling = 0;
    ANA_TRY(ana_record_get_word(record, "model/family", ana_glm_distribution_names, &distribution));
    ANA_TRY(ana_record_get_word(record, "model/link", ana_glm_link_names, &link));
    ANA_TRY(ana_record_get_word(record, "model/coupling", coupling_words, &coupling));
    glm->family.distribution = (ana_glm_distribution)distribution;
    glm->family.link = (ana_glm_link)link;
    glm->coupling = (ana_coupling)coupling;
    ANA_TRY(ana_record_get_double(record, "model/dispersion", &glm->family.dispersion));
    ANA_TRY(ana_record_get_bool(record, "model/fixed_dispersion", &glm->fixed_dispersion));
    ANA_TRY(ana_record_get_double(record, "model/ridge", &glm->ridge));
    ANA_TRY(ana_record_get_double(record, "model/lasso", &glm->lasso));
    ANA_TRY(ana_record_get_double(record, "model/group", &glm->group));
    ANA_TRY(ana_record_get_double(record, "model/smooth", &glm->smooth));
    ANA_TRY(ana_record_get_double(record, "model/bin", &glm->bin_s));
    ANA_TRY(ana_record_get_size(record, "model/history_column", &glm->history_column));
    ANA_TRY(read_choices(record, glm));
    ANA_TRY(ana_glm_family_check(&glm->family));
done:
    return status;
}

static ana_status read_texts(const ana_record *record, const char *path, size_t *n, char ***out)
{
    const char *const *texts = NULL;
    ana_status status = ana_record_get_texts(record, path, n, &texts);
    return status == ANA_OK ? ana_copy_texts(*n, texts, out) : status;
}

static ana_status read_flags(const ana_record *record, ana_glm *glm)
{
    const int64_t *flags = NULL;
    ana_shape shape = ana_shape_1(glm->n_units, NULL);
    ana_status status = ana_record_get_ints(record, "parameters/flags", &shape, &flags);
    if (status == ANA_OK) {
        status = ana_allocate(glm->n_units, sizeof *glm->flags, "glm", (void *)&glm->flags);
    }
    for (size_t u = 0; status == ANA_OK && u < glm->n_units; u++) {
        glm->flags[u] = (unsigned)(flags[u] & 0xFFFF);
    }
    return status;
}

static ana_status read_history(const ana_record *record, ana_glm *glm)
{
    ana_status status = ANA_OK;
    const ana_record *basis = ana_record_find(record, "basis");
    if (basis == NULL) {
        return ANA_OK;
    }
    ANA_TRY(ana_basis_from_record(basis, &glm->basis));
    ANA_TRY(read_texts(record, "parameters/sources", &glm->n_sources, &glm->source_names));
    if (ana_record_find(record, "parameters/kernel_covariance") != NULL) {
        const size_t b = glm->basis->n_functions;
        const ana_shape shape = {4, {glm->n_units, glm->n_sources, b, b}, {NULL}};
        ANA_TRY(ana_record_copy_doubles(record, "parameters/kernel_covariance", shape,
                                        &glm->kernel_covariance));
    }
done:
    return status;
}

static ana_status check_sizes(const ana_glm *glm)
{
    const size_t b = glm->basis != NULL ? glm->basis->n_functions : 1;
    const size_t room = glm->n_columns - (glm->history_column < glm->n_columns ? glm->history_column
                                                                               : glm->n_columns);
    if (glm->n_units == 0 || glm->history_column > 1 || glm->n_sources > room / b ||
        (glm->n_classes > 0 && glm->n_responses * (glm->n_classes - 1) != glm->n_units)) {
        return ana_fail(ANA_ERR_FORMAT,
                        "record: %zu units, %zu columns, %zu sources with %zu functions do not fit "
                        "together",
                        glm->n_units, glm->n_columns, glm->n_sources, b);
    }
    return ANA_OK;
}

static ana_status read_parameters(const ana_record *record, ana_glm *glm)
{
    ana_status status = ANA_OK;
    ANA_TRY(read_texts(record, "parameters/units", &glm->n_units, &glm->unit_names));
    ANA_TRY(read_texts(record, "parameters/columns", &glm->n_columns, &glm->column_names));
    const ana_shape matrix = ana_shape_2(glm->n_units, NULL, glm->n_columns, NULL);
    ANA_TRY(ana_record_copy_doubles(record, "parameters/coefficients", matrix, &glm->coefficients));
    ANA_TRY(ana_record_copy_doubles(record, "parameters/standard_errors", matrix,
                                    &glm->standard_errors));
    for (size_t i = 0; i < N_NUMBERS; i++) {
        char path[64] = "parameters/";
        strncat(path, numbers[i].name, sizeof path - strlen(path) - 1);
        ANA_TRY(
            ana_record_copy_doubles(record, path, ana_shape_1(glm->n_units, NULL), field(glm, i)));
    }
    ANA_TRY(read_flags(record, glm));
    if (glm->n_classes > 1) {
        glm->n_responses = glm->n_units / (glm->n_classes - 1);
    }
    if (glm->lapse_kind != ANA_GLM_LAPSE_NONE) {
        const ana_shape shares = ana_shape_2(glm->n_responses, NULL, glm->n_classes, NULL);
        ANA_TRY(ana_record_copy_doubles(record, "parameters/lapse", shares, &glm->lapse));
        ANA_TRY(
            ana_record_copy_doubles(record, "parameters/lapse_errors", shares, &glm->lapse_errors));
    }
done:
    return status;
}

ana_status ana_glm_from_record(const ana_record *record, ana_glm **out)
{
    ana_status status = ANA_OK;
    ana_glm *glm = NULL;
    const ana_record *fit = ana_record_find(record, "fit");
    ANA_TRY(ana_allocate(1, sizeof *glm, "glm", (void *)&glm));
    ANA_TRY(read_model(record, glm));
    ANA_TRY(read_parameters(record, glm));
    ANA_TRY(read_history(record, glm));
    ANA_TRY(check_sizes(glm));
    if (fit != NULL) {
        ANA_TRY(ana_fit_info_from_record(fit, &glm->info));
    }
    *out = glm;
    glm = NULL;
done:
    ana_glm_free(glm);
    return status;
}
