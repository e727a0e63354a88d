/* Draws from a fitted model, row after row. */
#include "design_parts.h"
#include "feature_id.h"
#include "glm_draw.h"
#include "glm_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/glm.h>
#include <analysis/random.h>

#include <math.h>
#include <string.h>

typedef struct simulation {
    const ana_glm *glm;
    const ana_observations *covariates;
    ana_observations *made;
    ana_history history;
    double *row; /* P */
    size_t n_covariates;
} simulation;

static ana_status check_model(const ana_glm *glm, size_t n_times,
                              const ana_observations *covariates, size_t *n_covariates)
{
    const size_t b = glm->basis != NULL ? glm->basis->n_functions : 0;
    bool same = glm->n_sources == 0 || glm->n_sources == glm->n_units;
    for (size_t u = 0; same && u < glm->n_sources; u++) {
        same = strcmp(glm->source_names[u], glm->unit_names[u]) == 0;
    }
    if (!same) {
        return ana_fail(ANA_ERR_UNSUPPORTED, "glm: the units that drive are not those that are "
                                             "driven; their spikes cannot be drawn");
    }
    *n_covariates = glm->n_columns - glm->history_column - glm->n_sources * b;
    const size_t given = covariates != NULL ? covariates->n_features : 0;
    if (given != *n_covariates) {
        return ana_fail(ANA_ERR_SHAPE, "glm: the model has %zu covariates, %zu are given",
                        *n_covariates, given);
    }
    if (covariates != NULL && covariates->n_times != n_times) {
        return ana_fail(ANA_ERR_SHAPE, "glm: %zu rows to draw but %zu of covariates", n_times,
                        covariates->n_times);
    }
    return ANA_OK;
}

/* The row's columns; false when its history is not known (it always is, but for drawn NaN). */
static void fill_row(const simulation *from, size_t t)
{
    const ana_glm *glm = from->glm;
    double *row = from->row;
    if (glm->history_column == 1) {
        row[0] = 1.0;
    }
    if (glm->n_sources > 0) {
        memcpy(row + glm->history_column, ana_history_row(&from->history),
               from->history.n_columns * sizeof *row);
    }
    if (from->n_covariates > 0) {
        memcpy(row + glm->n_columns - from->n_covariates,
               from->covariates->values + t * from->n_covariates, from->n_covariates * sizeof *row);
    }
}

static ana_status draw_row(const simulation *from, size_t t, ana_random *random)
{
    const ana_glm *glm = from->glm;
    double *out = from->made->values + t * glm->n_units;
    fill_row(from, t);
    for (size_t u = 0; u < glm->n_units; u++) {
        ana_glm_family family = glm->family;
        const double *beta = glm->coefficients + u * glm->n_columns;
        double eta = 0.0;
        for (size_t c = 0; c < glm->n_columns; c++) {
            eta += beta[c] * from->row[c];
        }
        if (!isnan(glm->dispersion[u])) {
            family.dispersion = glm->dispersion[u];
        }
        ana_status status = ana_glm_draw(&family, eta, glm->unit_names[u], t, random, out + u);
        if (status != ANA_OK) {
            return status;
        }
    }
    return ANA_OK;
}

static ana_status draw_sequence(simulation *from, size_t s, uint64_t seed)
{
    const size_t *start = from->made->sequence_start;
    ana_random random = ana_random_stream(seed, "glm.simulate", s);
    if (from->glm->n_sources > 0) {
        ana_history_restart(&from->history);
    }
    for (size_t t = start[s]; t < start[s + 1]; t++) {
        ana_status status = draw_row(from, t, &random);
        if (status != ANA_OK) {
            return status;
        }
        if (from->glm->n_sources > 0) {
            ana_history_push(&from->history, from->made->values + t * from->glm->n_units);
        }
    }
    return ANA_OK;
}

ana_status ana_glm_simulate(const ana_glm *glm, size_t n_sequences, const size_t *lengths,
                            const ana_observations *covariates, uint64_t seed,
                            ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    simulation from = {.glm = glm, .covariates = covariates};
    size_t n_times = 0;
    if (glm->n_classes > 0) {
        return ana_glm_simulate_choices(glm, n_sequences, lengths, covariates, seed, out);
    }
    for (size_t s = 0; s < n_sequences; s++) {
        n_times += lengths[s];
    }
    from.row = ana_workspace_doubles(&workspace, glm->n_columns, 1);
    ANA_TRY(ana_workspace_check(&workspace, "glm"));
    ANA_TRY(check_model(glm, n_times, covariates, &from.n_covariates));
    ANA_TRY(ana_observations_new(n_times, glm->n_units, &from.made));
    ANA_TRY(ana_observations_set_sequences(from.made, n_sequences, lengths, NULL));
    ANA_TRY(ana_feature_name((const char *const *)glm->unit_names, from.made));
    from.made->bin_s = glm->bin_s;
    if (glm->n_sources > 0) {
        ANA_TRY(ana_history_new(glm->n_units, glm->basis, &from.history));
    }
    for (size_t s = 0; s < n_sequences; s++) {
        ANA_TRY(draw_sequence(&from, s, seed));
    }
    *out = from.made;
    from.made = NULL;
done:
    ana_history_clear(&from.history);
    ana_observations_free(from.made);
    ana_workspace_release(&workspace);
    return status;
}
