/* A validated classification as a record, with its pictures. */
#include "try.h"
#include "workspace.h"

#include <analysis/models/network_classification.h>

#include <math.h>
#include <stdio.h>

enum {
    MOST_SHOWN = 64, /* groups or kinds by name */
    NAME_SIZE = 32
};

/* Names of n things: those given, or their numbers in `room`. */
static void list_names(size_t n, const char *const *given, char (*room)[NAME_SIZE],
                       const char **names)
{
    for (size_t i = 0; i < n; i++) {
        snprintf(room[i], NAME_SIZE, "%zu", i);
        names[i] = given != NULL ? given[i] : room[i];
    }
}

static ana_status add_confusion(const ana_network_validation *validation, const char *const *groups,
                                ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const size_t n = validation->n_groups;
    ANA_TRY(ana_record_add_group(record, "confusion", ANA_HINT_HEAT_MAP, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", "Groups as predicted"));
    ANA_TRY(ana_record_add_text(figure, "caption",
                                "How many subjects of each group (row) were predicted to be of "
                                "each (column), by fits that had not seen them."));
    ANA_TRY(ana_record_add_text(figure, "x_title", "predicted"));
    ANA_TRY(ana_record_add_text(figure, "y_title", "group"));
    ANA_TRY(ana_record_add_text(figure, "value_title", "subjects"));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n, "group", n, "predicted"),
                                   validation->confusion, NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", n, groups));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", n, groups));
done:
    return status;
}

/* Mean over folds of the share right of each choice, and a standard deviation either way. */
static ana_status add_curve(const ana_network_validation *validation,
                            const ana_network_choices *choices, const char *const *kinds,
                            ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = validation->n_kinds * validation->n_counts;
    double *numbers = ana_workspace_doubles(&workspace, 3, n);
    double *counts = ana_workspace_doubles(&workspace, validation->n_counts, 1);
    ANA_TRY(ana_workspace_check(&workspace, "classifier"));
    for (size_t k = 0; k < n; k++) {
        double sum = 0.0;
        double squares = 0.0;
        double n_fitted = 0.0;
        for (size_t f = 0; f < validation->n_folds; f++) {
            const double share = validation->grid[f * n + k];
            sum += isnan(share) ? 0.0 : share;
            n_fitted += isnan(share) ? 0.0 : 1.0;
        }
        for (size_t f = 0; f < validation->n_folds; f++) {
            const double deviation = validation->grid[f * n + k] - sum / n_fitted;
            squares += isnan(deviation) ? 0.0 : deviation * deviation;
        }
        const double sd = sqrt(squares / n_fitted);
        numbers[k] = sum / n_fitted; /* NaN: never */
        numbers[n + k] = numbers[k] - sd;
        numbers[2 * n + k] = numbers[k] + sd;
    }
    for (size_t c = 0; c < validation->n_counts; c++) {
        counts[c] = (double)choices->counts[c];
    }
    const ana_shape shape =
        ana_shape_2(validation->n_kinds, "kind", validation->n_counts, "components");
    ANA_TRY(ana_record_add_group(record, "validation_curve", ANA_HINT_LINE, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", "What was chosen from"));
    ANA_TRY(ana_record_add_text(figure, "caption",
                                "Share of training subjects predicted right by fits to others of "
                                "them, for each choice: mean and standard deviation over folds."));
    ANA_TRY(ana_record_add_text(figure, "layout", "overlaid"));
    ANA_TRY(ana_record_add_text(figure, "x_title", "components"));
    ANA_TRY(ana_record_add_text(figure, "y_title", "share right"));
    ANA_TRY(ana_record_add_text(figure, "x_scale", "log"));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(validation->n_counts, "components"),
                                   counts, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "y", shape, numbers, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "low", shape, numbers + n, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "high", shape, numbers + 2 * n, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", validation->n_kinds, kinds));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_folds(const ana_network_validation *validation, const char *const *kinds,
                            ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const ana_shape folds = ana_shape_1(validation->n_folds, "fold");
    const char **chosen = ana_workspace_bytes(&workspace, validation->n_folds, 1, sizeof *chosen);
    ANA_TRY(ana_workspace_check(&workspace, "classifier"));
    for (size_t f = 0; f < validation->n_folds; f++) {
        chosen[f] = kinds[validation->kind[f]];
    }
    ANA_TRY(ana_record_add_group(record, "folds", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Folds"));
    if (validation->n_kinds > 1) {
        ANA_TRY(ana_record_add_texts(table, "maps", validation->n_folds, chosen));
    }
    ANA_TRY(ana_record_add_sizes(table, "components", folds, validation->n_components, NULL));
    ANA_TRY(ana_record_add_doubles(table, "inner_accuracy", folds, validation->inner, NULL));
    ANA_TRY(ana_record_add_doubles(table, "accuracy", folds, validation->outer, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_maps(const ana_network_classifier *classifier, const char *const *groups,
                           const char *const *features, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const size_t n = classifier->n_features;
    ANA_TRY(ana_record_add_group(record, "weights", ANA_HINT_HEAT_MAP, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", "What tells the groups apart"));
    ANA_TRY(ana_record_add_text(figure, "caption",
                                "Discriminants of a fit to all subjects, back in the space of "
                                "features: what adds to the score of each group."));
    ANA_TRY(ana_record_add_text(figure, "x_title", "feature"));
    ANA_TRY(ana_record_add_text(figure, "colours", "diverging"));
    ANA_TRY(ana_record_add_doubles(figure, "values",
                                   ana_shape_2(classifier->n_groups, "group", n, "feature"),
                                   classifier->maps, NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", classifier->n_groups, groups));
    if (features != NULL) {
        ANA_TRY(ana_record_add_texts(figure, "column_labels", n, features));
    }
    ANA_TRY(
        ana_record_add_doubles(record, "mask", ana_shape_1(n, "feature"), classifier->mask, NULL));
done:
    return status;
}

/* What follows from the names of groups and kinds. */
static ana_status add_parts(const ana_network_validation *validation,
                            const ana_network_choices *choices,
                            const ana_network_class_names *names,
                            const ana_network_classifier *classifier, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_groups = validation->n_groups;
    const size_t n_kinds = validation->n_kinds;
    const char **groups = ana_workspace_bytes(&workspace, n_groups, 1, sizeof *groups);
    const char **kinds = ana_workspace_bytes(&workspace, n_kinds, 1, sizeof *kinds);
    char(*room)[NAME_SIZE] = ana_workspace_bytes(&workspace, n_groups + n_kinds, 1, NAME_SIZE);
    ANA_TRY(ana_workspace_check(&workspace, "classifier"));
    list_names(n_groups, names->groups, room, groups);
    list_names(n_kinds, names->kinds, room + n_groups, kinds);
    ANA_TRY(ana_record_add_texts(record, "groups", n_groups, groups));
    ANA_TRY(add_folds(validation, kinds, record));
    ANA_TRY(add_confusion(validation, groups, record));
    if (n_kinds <= MOST_SHOWN) {
        ANA_TRY(add_curve(validation, choices, kinds, record));
    }
    if (classifier != NULL) {
        ANA_TRY(add_maps(classifier, groups, names->features, record));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_network_validation_to_record(const ana_network_validation *validation,
                                            const ana_network_choices *choices,
                                            const ana_network_class_names *names,
                                            const ana_network_classifier *classifier,
                                            ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    const ana_network_class_names none = {NULL, NULL, NULL};
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "network classification"));
    ANA_TRY(ana_record_add_text(record, "title", "Groups of subjects told apart"));
    ANA_TRY(ana_record_add_double(record, "accuracy", validation->accuracy, NULL));
    ANA_TRY(ana_record_add_double(record, "balanced_accuracy", validation->balanced, NULL));
    ANA_TRY(add_parts(validation, choices, names != NULL ? names : &none, classifier, record));
    ANA_TRY(ana_record_add_sizes(record, "predicted", ana_shape_1(validation->n, "subject"),
                                 validation->predicted, NULL));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
