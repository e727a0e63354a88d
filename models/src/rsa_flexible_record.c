/* Models that bend as a record: how well they do where they were not fitted, and their weights. */
#include "picture.h"
#include "rsa_figures.h"
#include "rsa_parts.h"
#include "try.h"

#include <analysis/models/rsa_flexible.h>

#include <math.h>

static ana_status add_weights(const ana_rsa_flexible *f, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const char *const *names = (const char *const *)f->names;
    const ana_picture_words words = {
        .title = "Weights of the models",
        .caption = "Fitted to all subjects and conditions; of length 1, or of sum 1 where one or "
                   "two models are chosen.",
        .x_title = "model",
        .y_title = "put together by",
        .value_title = "weight"};
    ANA_TRY(ana_record_add_picture(record, "weights", ANA_HINT_HEAT_MAP, &words, &figure));
    ANA_TRY(ana_record_add_text(figure, "colours", "diverging"));
    ANA_TRY(ana_record_add_doubles(
        figure, "values", ana_shape_2(f->n_kinds, "kind", f->n_models, "model"), f->weights, NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", f->n_kinds, names + f->n_models));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", f->n_models, names));
done:
    return status;
}

/* The prediction of the largest mean, or the least distance. */
static size_t best_of(const ana_rsa_flexible *f)
{
    const double sign = f->similarity == ANA_RDM_SIM_BURES_DISTANCE ? -1.0 : 1.0;
    size_t best = 0;
    for (size_t p = 1; p < f->n_models + f->n_kinds; p++) {
        best = sign * f->mean[p] > sign * f->mean[best] ? p : best;
    }
    return best;
}

static ana_status add_folds(const ana_rsa_flexible *f, ana_record *record)
{
    ana_status status = ANA_OK;
    const size_t n = f->n_models + f->n_kinds;
    ANA_TRY(ana_record_add_int(record, "n_subject_folds", (int64_t)f->n_subject_folds, NULL));
    ANA_TRY(ana_record_add_int(record, "n_condition_folds", (int64_t)f->n_condition_folds, NULL));
    ANA_TRY(ana_record_add_int(record, "n_void_folds", (int64_t)f->n_void, NULL));
    ANA_TRY(ana_record_add_texts(record, "predictions", n, (const char *const *)f->names));
    ANA_TRY(ana_record_add_doubles(
        record, "values", ana_shape_2(n, "prediction", f->n_folds, "fold"), f->values, NULL));
    const ana_shape shape = {.n_axes = 3,
                             .n = {f->n_folds, f->n_kinds, f->n_models},
                             .axis_names = {"fold", "kind", "model"}};
    ANA_TRY(ana_record_add_doubles(record, "fold_weights", shape, f->fold_weights, NULL));
done:
    return status;
}

static ana_status add_figures(const ana_rsa_flexible *f, ana_record *record)
{
    ana_status status = ANA_OK;
    const size_t n = f->n_models + f->n_kinds;
    const size_t best = best_of(f);
    const ana_rsa_bootstrap *b = f->bootstrap;
    const ana_rsa_pictured of = {
        .n = n,
        .names = (const char *const *)f->names,
        .title = "Similarity where nothing was fitted",
        .caption = isnan(f->ceiling_low)
                       ? "Mean over folds of conditions."
                       : "Mean over folds; shaded, the ceiling: the pool of the training subjects, "
                         "and of all.",
        .mean = f->mean,
        .low = b != NULL ? b->low : NULL,
        .high = b != NULL ? b->high : NULL,
        .ceiling = {f->ceiling_low, f->ceiling_high},
        .p = f->p_between};
    ANA_TRY(ana_record_add_text(record, "best", f->names[best]));
    ANA_TRY(ana_rsa_add_bars(&of, best, record));
    ANA_TRY(add_weights(f, record));
    if (f->p_between != NULL) {
        ANA_TRY(ana_rsa_add_differences(&of, record));
        ANA_TRY(ana_record_add_doubles(record, "p_between",
                                       ana_shape_2(n, "prediction", n, "prediction"), f->p_between,
                                       NULL));
        ANA_TRY(ana_rsa_add_bootstrap(b, of.names, record));
    }
done:
    return status;
}

ana_status ana_rsa_flexible_to_record(const ana_rsa_flexible *flexible, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "rsa flexible"));
    ANA_TRY(ana_record_add_text(record, "title", "How well the models together match"));
    ANA_TRY(ana_record_add_text(record, "measure", ana_rdm_similarity_names[flexible->similarity]));
    if (!isnan(flexible->ceiling_low)) {
        ANA_TRY(ana_record_add_double(record, "ceiling_low", flexible->ceiling_low, NULL));
        ANA_TRY(ana_record_add_double(record, "ceiling_high", flexible->ceiling_high, NULL));
    }
    ANA_TRY(add_figures(flexible, record));
    ANA_TRY(add_folds(flexible, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
