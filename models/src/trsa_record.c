/* Transformed dissimilarities as a record that is one of dissimilarities as well. */
#include "picture.h"
#include "trsa_parts.h"
#include "try.h"
#include "workspace.h"

#include <math.h>

enum {
    MOST_BEFORE = 2 /* matrices that are drawn as they were */
};

static ana_status add_accuracy(const ana_trsa_adaptive *adaptive, ana_record *group)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const size_t n = adaptive->n_levels;
    const ana_picture_words words = {
        .title = "Which thresholds tell regions apart",
        .caption = "Share of the matrices that are nearest to the centroid of their own region, "
                   "over the other subjects, for each pair of quantiles; right at the bottom, low "
                   "0 and high 1: the geometry, no thresholds.",
        .x_title = "high",
        .y_title = "low",
        .value_title = "share right"};
    ANA_TRY(ana_record_add_picture(group, "accuracy", ANA_HINT_HEAT_MAP, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n, "low", n, "high"),
                                   adaptive->accuracy, NULL));
    ANA_TRY(
        ana_record_add_doubles(figure, "x", ana_shape_1(n, "high"), adaptive->levels, "quantile"));
    ANA_TRY(
        ana_record_add_doubles(figure, "y", ana_shape_1(n, "low"), adaptive->levels, "quantile"));
done:
    return status;
}

static ana_status add_confusion(const ana_trsa_report *report, ana_record *group)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = report->adaptive->n_regions;
    const ana_picture_words words = {
        .title = "Regions taken for one another",
        .caption = "Matrices of the row's region taken for the column's, with the thresholds that "
                   "the other subjects chose.",
        .x_title = "taken for",
        .y_title = "region",
        .value_title = "matrices"};
    size_t *together = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "trsa"));
    ANA_TRY(ana_record_add_picture(group, "confusion", ANA_HINT_MATRIX_GROUPS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n, "region", n, "taken for"),
                                   report->adaptive->confusion, NULL));
    ANA_TRY(ana_record_add_sizes(figure, "group", ana_shape_1(n, "region"), together, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n, (const char *const *)report->regions));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_adaptive(const ana_trsa_report *report, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    const ana_trsa_adaptive *adaptive = report->adaptive;
    const ana_shape subjects = ana_shape_1(adaptive->n_subjects, "subject");
    ANA_TRY(ana_record_add_group(record, "adaptive", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_double(group, "low", adaptive->low, "quantile"));
    ANA_TRY(ana_record_add_double(group, "high", adaptive->high, "quantile"));
    ANA_TRY(ana_record_add_double(group, "accuracy_of_new_subjects", adaptive->nested, NULL));
    ANA_TRY(ana_record_add_double(group, "accuracy_of_geometry", adaptive->geometry, NULL));
    if (!isnan(adaptive->p)) {
        ANA_TRY(ana_record_add_double(group, "p", adaptive->p, NULL));
    }
    ANA_TRY(add_accuracy(adaptive, group));
    ANA_TRY(add_confusion(report, group));
    ANA_TRY(ana_record_add_doubles(group, "chosen_low", subjects, adaptive->chosen_low, NULL));
    ANA_TRY(ana_record_add_doubles(group, "chosen_high", subjects, adaptive->chosen_high, NULL));
done:
    return status;
}

ana_status ana_trsa_to_record(const ana_trsa_report *report, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ana_record *before = NULL;
    const ana_trsa_options *options = report->options;
    const bool thresholds =
        options->transform == ANA_TRSA_RGTM || options->transform == ANA_TRSA_RGDM;
    ANA_TRY(ana_rdms_to_record(report->after, &record));
    ANA_TRY(ana_record_add_text(record, "transform", ana_trsa_transform_names[options->transform]));
    if (thresholds) {
        ANA_TRY(ana_record_add_double(record, "low", options->low, "quantile"));
        ANA_TRY(ana_record_add_double(record, "high", options->high, "quantile"));
    }
    ANA_TRY(ana_record_add_sizes(record, "n_unreachable", ana_shape_1(report->after->n_rdms, "rdm"),
                                 report->n_unreachable, NULL));
    if (report->adaptive != NULL) {
        ANA_TRY(add_adaptive(report, record));
    }
    ana_rdms first = *report->before; /* borrowed */
    first.n_rdms = first.n_rdms < MOST_BEFORE ? first.n_rdms : MOST_BEFORE;
    ANA_TRY(ana_rdms_to_record(&first, &before));
    status = ana_record_adopt(record, "before", before);
    before = NULL; /* its record's now, also when that failed */
    ANA_TRY(status);
    *out = record;
    record = NULL;
done:
    ana_record_free(before);
    ana_record_free(record);
    return status;
}
