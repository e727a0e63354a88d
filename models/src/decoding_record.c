/* What decoding came to, as a record. */
#include "decoding_parts.h"
#include "picture.h"
#include "try.h"

#include <math.h>

enum {
    MOST_LABELS = 60
};

static ana_status add_confusion(const ana_decoding *decoding, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = decoding->n_classes;
    const ana_picture_words words = {
        .title = "Classes taken for one another",
        .caption = "Share of the tests of the row's class that were taken for the column's.",
        .x_title = "taken for",
        .y_title = "class",
        .value_title = "share"};
    double *share = ana_workspace_doubles(&workspace, n, n);
    size_t *together = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "decoding"));
    for (size_t c = 0; c < n; c++) {
        double sum = 0.0;
        for (size_t k = 0; k < n; k++) {
            sum += decoding->confusion[c * n + k];
        }
        for (size_t k = 0; k < n; k++) { /* a class that was not tested: NaN */
            share[c * n + k] = decoding->confusion[c * n + k] / sum;
        }
    }
    ANA_TRY(ana_record_add_picture(record, "confusions", ANA_HINT_MATRIX_GROUPS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n, "class", n, "taken for"), share,
                                   NULL));
    ANA_TRY(ana_record_add_sizes(figure, "group", ana_shape_1(n, "class"), together, NULL));
    if (n <= MOST_LABELS) {
        ANA_TRY(ana_record_add_texts(figure, "labels", n, (const char *const *)decoding->classes));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_folds(const ana_decoding *decoding, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const double band[] = {decoding->chance, decoding->chance_high};
    const bool tested = !isnan(decoding->chance_high);
    const ana_picture_words words = {
        .title = "Accuracy by fold",
        .caption = tested ? "Share of each fold's tests that is right; shaded, from the mean to "
                            "the 95th percentile of what permuted labels reach."
                          : "Share of each fold's tests that is right.",
        .x_title = "fold",
        .value_title = "share right"};
    ANA_TRY(ana_record_add_picture(record, "folds", ANA_HINT_BARS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_1(decoding->n_folds, "fold"),
                                   decoding->fold_accuracy, NULL));
    if (tested) {
        ANA_TRY(ana_record_add_doubles(figure, "band", ana_shape_1(2, NULL), band, NULL));
    }
done:
    return status;
}

ana_status ana_decoding_to_record(const ana_decoding *decoding, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    const ana_shape trials = ana_shape_1(decoding->n_trials, "trial");
    const size_t n = decoding->n_classes;
    const struct {
        const char *name;
        size_t value;
    } counts[] = {{"n_trials", decoding->n_trials},
                  {"n_trials_left_out", decoding->n_unlabelled},
                  {"n_units", decoding->n_units},
                  {"n_units_left_out", decoding->n_silent},
                  {"n_tests_of_classes_not_learned", decoding->n_unlearned}};
    const struct {
        const char *name;
        double value;
    } scores[] = {{"accuracy", decoding->accuracy},
                  {"balanced_accuracy", decoding->balanced},
                  {"chance", decoding->chance},
                  {"chance_95", decoding->chance_high},
                  {"p", decoding->p}};
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "decoding"));
    ANA_TRY(ana_record_add_text(record, "title", "What was shown, by the responses"));
    ANA_TRY(ana_record_add_text(record, "method", ana_decoding_method_names[decoding->method]));
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        ANA_TRY(ana_record_add_int(record, counts[i].name, (int64_t)counts[i].value, NULL));
    }
    for (size_t i = 0; i < sizeof scores / sizeof scores[0]; i++) {
        if (!isnan(scores[i].value)) {
            ANA_TRY(ana_record_add_double(record, scores[i].name, scores[i].value, NULL));
        }
    }
    if (!isnan(decoding->p)) {
        ANA_TRY(ana_record_add_bool(record, "permuted_within_sessions", decoding->within_sessions));
    }
    ANA_TRY(add_confusion(decoding, record));
    ANA_TRY(add_folds(decoding, record));
    ANA_TRY(ana_record_add_texts(record, "classes", n, (const char *const *)decoding->classes));
    ANA_TRY(ana_record_add_doubles(record, "confusion", ana_shape_2(n, "class", n, "taken for"),
                                   decoding->confusion, NULL));
    ANA_TRY(ana_record_add_sizes(record, "truth", trials, decoding->truth, NULL));
    ANA_TRY(ana_record_add_sizes(record, "predicted", trials, decoding->predicted, NULL));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
