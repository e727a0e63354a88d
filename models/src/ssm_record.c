/* Similarities of similarity matrices as a record: bars, a table, and both curves. */
#include "picture.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/ssm.h>

#include <math.h>
#include <stdio.h>

static ana_status add_bars(const ana_ssm *ssm, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const ana_picture_words words = {
        .title = "Similarity of similarity matrices",
        .caption = "Spearman correlation of the similarities of all pairs of stimuli with those of "
                   "the reference, by all units.",
        .x_title = "system",
        .value_title = "similarity"};
    ANA_TRY(ana_record_add_picture(record, "similarity", ANA_HINT_BARS, &words, &figure));
    ANA_TRY(
        ana_record_add_doubles(figure, "values", ana_shape_1(ssm->n, "system"), ssm->values, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", ssm->n, (const char *const *)ssm->names));
done:
    return status;
}

static ana_status add_table(const ana_ssm *ssm, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const ana_shape shape = ana_shape_1(ssm->n, "system");
    const ana_picture_words words = {
        .title = "Systems",
        .caption = "matched: mean over draws of as many units as the reference has."};
    ANA_TRY(ana_record_add_picture(record, "systems", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "system", ssm->n, (const char *const *)ssm->names));
    ANA_TRY(ana_record_add_sizes(table, "n_units", shape, ssm->units, NULL));
    ANA_TRY(ana_record_add_doubles(table, "similarity", shape, ssm->values, NULL));
    if (ssm->n_draws > 0) {
        ANA_TRY(ana_record_add_doubles(table, "matched", shape, ssm->matched, NULL));
        ANA_TRY(ana_record_add_doubles(table, "matched_deviation", shape, ssm->matched_deviation,
                                       NULL));
    }
done:
    return status;
}

static ana_status add_curve(const ana_ssm *ssm, const ana_ssm_curve *curve, const char *name,
                            const ana_picture_words *words, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = curve->n_sizes;
    const ana_shape shape = ana_shape_2(ssm->n, "system", n, "size");
    double *x = ana_workspace_doubles(&workspace, n, 1);
    double *low = ana_workspace_doubles(&workspace, ssm->n, n);
    double *high = ana_workspace_doubles(&workspace, ssm->n, n);
    ANA_TRY(ana_workspace_check(&workspace, "ssm"));
    for (size_t k = 0; k < n; k++) {
        x[k] = (double)curve->sizes[k];
    }
    for (size_t k = 0; k < ssm->n * n; k++) {
        low[k] = curve->mean[k] - curve->deviation[k];
        high[k] = curve->mean[k] + curve->deviation[k];
    }
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_LINE, words, &figure));
    ANA_TRY(ana_record_add_text(figure, "layout", "overlaid"));
    ANA_TRY(ana_record_add_text(figure, "x_scale", "log"));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(n, "size"), x, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "y", shape, curve->mean, NULL));
    if (ssm->n_draws > 1) {
        ANA_TRY(ana_record_add_doubles(figure, "low", shape, low, NULL));
        ANA_TRY(ana_record_add_doubles(figure, "high", shape, high, NULL));
    }
    ANA_TRY(ana_record_add_texts(figure, "labels", ssm->n, (const char *const *)ssm->names));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_curves(const ana_ssm *ssm, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_picture_words units = {
        .title = ssm->side == ANA_SSM_OTHERS ? "By units" : "By units of the reference",
        .caption = "Mean over draws without replacement, and its standard deviation.",
        .x_title = "units",
        .y_title = "similarity"};
    const ana_picture_words stimuli = {
        .title = "By stimuli",
        .caption = "Mean over draws without replacement, and its standard deviation.",
        .x_title = "stimuli",
        .y_title = "similarity"};
    ANA_TRY(add_curve(ssm, &ssm->by_units, "by_units", &units, record));
    ANA_TRY(add_curve(ssm, &ssm->by_stimuli, "by_stimuli", &stimuli, record));
done:
    return status;
}

ana_status ana_ssm_to_record(const ana_ssm *ssm, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "ssm"));
    ANA_TRY(ana_record_add_text(record, "title", "Similarity of similarity matrices"));
    ANA_TRY(ana_record_add_text(record, "reference", ssm->reference));
    ANA_TRY(ana_record_add_int(record, "reference_units", (int64_t)ssm->reference_units, NULL));
    ANA_TRY(ana_record_add_int(record, "n_stimuli", (int64_t)ssm->n_stimuli, NULL));
    ANA_TRY(ana_record_add_int(record, "n_draws", (int64_t)ssm->n_draws, NULL));
    ANA_TRY(ana_record_add_int(record, "n_flat", (int64_t)ssm->n_flat, NULL));
    ANA_TRY(ana_record_add_int(record, "n_units_left_out", (int64_t)ssm->n_units_left_out, NULL));
    ANA_TRY(add_bars(ssm, record));
    ANA_TRY(add_table(ssm, record));
    if (ssm->n_draws > 0) {
        ANA_TRY(add_curves(ssm, record));
    }
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
