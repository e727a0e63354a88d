/* Predicted units as a record: each target's score, and what a few predictors explain. */
#include "order.h"
#include "picture.h"
#include "try.h"
#include "unit_parts.h"
#include "workspace.h"

#include <analysis/models/unit_prediction.h>

#include <stdlib.h>
#include <string.h>

static ana_status add_numbers(const ana_unit_prediction *prediction, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = prediction->most + 1;
    const ana_shape shape = ana_shape_1(n, "number");
    const ana_picture_words words = {
        .title = "Held-out R2 against the number of predictors",
        .caption = "Mean over the predicted units, between their quartiles. Units with a "
                   "counterpart are explained by the first predictor; what later ones add is "
                   "spread over many.",
        .x_title = "predictors, at most",
        .y_title = "R2 of stimuli held out"};
    double *x = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    for (size_t k = 0; k < n; k++) {
        x[k] = (double)k;
    }
    ANA_TRY(ana_record_add_picture(record, "numbers", ANA_HINT_LINE, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "y", shape, prediction->r2_of_number, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "low", shape, prediction->quartiles, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "high", shape, prediction->quartiles + n, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "x", shape, x, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_curve(const ana_unit_prediction *prediction, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t q = prediction->targets.n;
    const ana_shape shape = ana_shape_1(q, "unit");
    const ana_picture_words words = {.title = "Held-out R2 of the predicted units",
                                     .caption = "In falling order, with the penalty that other "
                                                "stimuli chose.",
                                     .x_title = "unit, in falling order",
                                     .y_title = "R2 of stimuli held out"};
    double *x = ana_workspace_doubles(&workspace, q, 1);
    double *y = ana_workspace_doubles(&workspace, q, 1);
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    memcpy(x, prediction->r2, q * sizeof *x);
    qsort(x, q, sizeof *x, ana_compare_doubles);
    for (size_t j = 0; j < q; j++) {
        y[q - 1 - j] = x[j];
    }
    for (size_t j = 0; j < q; j++) {
        x[j] = (double)(j + 1);
    }
    ANA_TRY(ana_record_add_picture(record, "curve", ANA_HINT_LINE, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "y", shape, y, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "x", shape, x, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_targets(const ana_unit_prediction *prediction, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const ana_unit_side *targets = &prediction->targets;
    const ana_shape shape = ana_shape_1(targets->n, "unit");
    const ana_picture_words words = {
        .title = "Predicted units",
        .caption = "R2 of stimuli held out; penalty and predictors of the fit to all stimuli."};
    ANA_TRY(ana_record_add_picture(record, "targets", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "unit", targets->n, (const char *const *)targets->units));
    ANA_TRY(ana_record_add_doubles(table, "r2", shape, prediction->r2, NULL));
    ANA_TRY(ana_record_add_sizes(table, "n_predictors", shape, prediction->n_predictors, NULL));
    ANA_TRY(ana_record_add_doubles(table, "penalty", shape, prediction->penalty, NULL));
done:
    return status;
}

ana_status ana_unit_prediction_to_record(const ana_unit_prediction *prediction, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    const ana_unit_side sides[] = {prediction->predictors, prediction->targets}; /* borrowed */
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "unit prediction"));
    ANA_TRY(ana_record_add_text(record, "title", "How few units predict a unit of another system"));
    ANA_TRY(ana_unit_systems_to_record(2, sides, record));
    ANA_TRY(ana_record_add_int(record, "n_stimuli", (int64_t)prediction->n_stimuli, NULL));
    ANA_TRY(ana_record_add_int(record, "n_folds", (int64_t)prediction->n_folds, NULL));
    ANA_TRY(ana_record_add_double(record, "mean_r2", prediction->mean, NULL));
    ANA_TRY(ana_record_add_double(record, "median_r2", prediction->median, NULL));
    ANA_TRY(ana_record_add_int(record, "n_unsettled", (int64_t)prediction->n_unsettled, NULL));
    ANA_TRY(add_numbers(prediction, record));
    ANA_TRY(add_curve(prediction, record));
    ANA_TRY(add_targets(prediction, record));
    ANA_TRY(ana_record_add_doubles(
        record, "weights",
        ana_shape_2(prediction->targets.n, "target", prediction->predictors.n, "predictor"),
        prediction->weights, NULL));
    ANA_TRY(ana_record_add_texts(record, "predictors", prediction->predictors.n,
                                 (const char *const *)prediction->predictors.units));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
