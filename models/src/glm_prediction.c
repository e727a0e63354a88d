/* What a fitted model says of new data, as a record. */
#include "dense.h"
#include "feature_id.h"
#include "picture.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/glm.h>

#include <math.h>

enum {
    SHOWN_ROWS = 500 /* of the picture: more would be a blur */
};

/* Means, and observed responses of the model's units, unit by unit. */
typedef struct prediction {
    const ana_glm *glm;
    const ana_glm_data *data;
    size_t n_times;
    double *mean;    /* T x N */
    double *scores;  /* 7 x N */
    size_t *unit_of; /* N */
    double *rows;    /* SHOWN_ROWS: x of the picture */
    double *lines;   /* 2 x SHOWN_ROWS */
} prediction;

/* The unit that gains most, where the pictures look. */
static size_t best_unit(const prediction *found)
{
    const double *gain = found->scores + 2 * found->glm->n_units;
    size_t best = 0;
    for (size_t u = 1; u < found->glm->n_units; u++) {
        best = gain[u] > gain[best] || isnan(gain[best]) ? u : best;
    }
    return best;
}

static ana_status add_picture(const prediction *found, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const size_t n = found->n_times < SHOWN_ROWS ? found->n_times : SHOWN_ROWS;
    const size_t u = best_unit(found);
    const bool timed = found->glm->bin_s > 0.0;
    const char *labels[2] = {"predicted", "observed"};
    const ana_observations *responses = found->data->responses;
    const ana_picture_words words = {
        "Predicted and observed",
        "Mean response that the model predicts from the past, and the response itself, of the "
        "unit that is predicted best, in the first rows.",
        timed ? "time" : "row", found->glm->unit_names[u], NULL};
    for (size_t t = 0; t < n; t++) {
        found->rows[t] = (double)t * (timed ? found->glm->bin_s : 1.0);
        found->lines[t] = found->mean[t * found->glm->n_units + u];
        found->lines[n + t] = responses->values[t * responses->n_features + found->unit_of[u]];
    }
    ANA_TRY(ana_record_add_picture(record, "prediction", ANA_HINT_LINE, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(n, "time"), found->rows,
                                   timed ? "s" : NULL));
    ANA_TRY(
        ana_record_add_doubles(figure, "y", ana_shape_2(2, "line", n, "time"), found->lines, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", 2, labels));
    ANA_TRY(ana_record_add_text(figure, "layout", "stacked"));
done:
    return status;
}

/* Of choices: the mean over responses, whose numbers stand at their first units. */
static double choice_bits(const prediction *found)
{
    const size_t wide = found->glm->n_classes - 1;
    double sum = 0.0;
    for (size_t r = 0; r < found->glm->n_responses; r++) {
        sum += found->scores[4 * found->glm->n_units + r * wide];
    }
    return sum / (double)found->glm->n_responses;
}

/* Of all units together: each unit's bits, weighted with its spikes. */
static double bits_of(const prediction *found)
{
    const size_t n = found->glm->n_units;
    const ana_observations *responses = found->data->responses;
    double bits = 0.0;
    double spikes = 0.0;
    if (found->glm->n_classes > 0) { /* per choice */
        return choice_bits(found);
    }
    for (size_t u = 0; u < n; u++) {
        const double each = found->scores[4 * n + u];
        double sum = 0.0;
        for (size_t t = 0; t < found->n_times; t++) {
            const double y = responses->values[t * responses->n_features + found->unit_of[u]];
            sum += isnan(y) || isnan(found->mean[t * n + u]) ? 0.0 : y;
        }
        bits += isnan(each) ? 0.0 : each * sum;
        spikes += sum;
    }
    return bits / spikes;
}

static ana_status add_scores(const prediction *found, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const size_t n = found->glm->n_units;
    const char *bits = found->glm->n_classes > 0 ? "bits_per_choice" : "bits_per_spike";
    const char *const names[] = {"log_likelihood", "deviance", "pseudo_r2", "mcfadden_r2", bits};
    static const char *const units[] = {"nat", "nat", NULL, NULL, "bit"};
    ANA_TRY(
        ana_record_add_double(record, "log_likelihood", ana_sum_of_known(n, found->scores), "nat"));
    ANA_TRY(
        ana_record_add_double(record, "deviance", ana_sum_of_known(n, found->scores + n), "nat"));
    ANA_TRY(ana_record_add_double(record, bits, bits_of(found), "bit"));
    ANA_TRY(ana_record_add_group(record, "per_unit", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "How well each unit is predicted"));
    ANA_TRY(ana_record_add_texts(table, "unit", n, (const char *const *)found->glm->unit_names));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ANA_TRY(ana_record_add_doubles(table, names[i], ana_shape_1(n, "unit"),
                                       found->scores + i * n, units[i]));
    }
done:
    return status;
}

static ana_status fill(prediction *found, const ana_run *run, ana_record *record)
{
    ana_status status = ANA_OK;
    const size_t n = found->glm->n_units;
    double *s = found->scores;
    const ana_glm_scores scores = {s, s + n, s + 2 * n, s + 3 * n, s + 4 * n, s + 5 * n, s + 6 * n};
    ANA_TRY(ana_feature_match("glm", n, found->glm->unit_names, found->data->responses,
                              found->unit_of));
    ANA_TRY(ana_glm_predict(found->glm, found->data, run, found->mean));
    ANA_TRY(ana_glm_score(found->glm, found->data, run, &scores));
    ANA_TRY(ana_record_add_text(record, "schema", "glm prediction"));
    ANA_TRY(ana_record_add_text(record, "title", "Prediction of the population's responses"));
    ANA_TRY(add_scores(found, record));
    ANA_TRY(add_picture(found, record));
    ANA_TRY(ana_record_add_double(record, "bin", found->glm->bin_s, "s"));
    ANA_TRY(ana_record_add_doubles(record, "mean", ana_shape_2(found->n_times, "time", n, "unit"),
                                   found->mean, NULL));
done:
    return status;
}

ana_status ana_glm_prediction_to_record(const ana_glm *glm, const ana_glm_data *data,
                                        const ana_run *run, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *record = NULL;
    prediction found = {.glm = glm, .data = data, .n_times = data->responses->n_times};
    found.mean = ana_workspace_doubles(&workspace, found.n_times, glm->n_units);
    found.scores = ana_workspace_doubles(&workspace, 7, glm->n_units);
    found.unit_of = ana_workspace_sizes(&workspace, glm->n_units, 1);
    found.rows = ana_workspace_doubles(&workspace, SHOWN_ROWS, 1);
    found.lines = ana_workspace_doubles(&workspace, 2, SHOWN_ROWS);
    ANA_TRY(ana_workspace_check(&workspace, "glm"));
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(fill(&found, run, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    ana_workspace_release(&workspace);
    return status;
}
