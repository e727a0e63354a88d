/* A comparison of networks as a record, with its pictures. */
#include "comparison_parts.h"
#include "try.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The classes with an edge that there are: any, and its parts when there are two kinds. */
static size_t list_classes(const ana_network_comparison *comparison, ana_pair_class *out)
{
    size_t n = 0;
    for (size_t c = comparison->two_kinds ? 0 : 1; c < ANA_PAIR_LINKED; c++) {
        if (comparison->n_in_class[c] > 0 && (comparison->two_kinds || c == ANA_PAIR_FIRST)) {
            out[n++] = (ana_pair_class)c;
        }
    }
    return n;
}

static ana_status add_classes(const ana_network_comparison *comparison, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const char *names[ANA_PAIR_N_CLASSES];
    size_t counts[ANA_PAIR_N_CLASSES];
    double mean[ANA_PAIR_N_CLASSES];
    double median[ANA_PAIR_N_CLASSES];
    ana_pair_class classes[ANA_PAIR_N_CLASSES];
    size_t n = list_classes(comparison, classes);
    classes[n++] = ANA_PAIR_NONE;
    for (size_t i = 0; i < n; i++) {
        names[i] = ana_pair_class_name(classes[i], comparison->two_kinds);
        counts[i] = comparison->n_in_class[classes[i]];
        mean[i] = comparison->mean[classes[i]];
        median[i] = comparison->median[classes[i]];
    }
    const ana_shape shape = ana_shape_1(n, "class");
    ANA_TRY(ana_record_add_group(record, "classes", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Strength by class of pairs"));
    ANA_TRY(ana_record_add_texts(table, "class", n, names));
    ANA_TRY(ana_record_add_sizes(table, "pairs", shape, counts, NULL));
    ANA_TRY(ana_record_add_doubles(table, "mean", shape, mean, NULL));
    ANA_TRY(ana_record_add_doubles(table, "median", shape, median, NULL));
done:
    return status;
}

/* Numbers of the statistics that have a value. */
static size_t list_statistics(const ana_network_comparison *comparison, size_t *out)
{
    size_t n = 0;
    for (size_t s = 0; s < ANA_COMPARE_N; s++) {
        const size_t c =
            s < ANA_COMPARE_AUC ? ANA_PAIR_FIRST : (s - ANA_COMPARE_AUC) % ANA_PAIR_LINKED;
        if ((comparison->two_kinds || c == ANA_PAIR_FIRST) && !isnan(comparison->value[s])) {
            out[n++] = s;
        }
    }
    return n;
}

/* The statistics listed, of all of them. */
static ana_status add_column(const ana_network_comparison *comparison, const char *name,
                             const double *all, ana_record *table)
{
    size_t listed[ANA_COMPARE_N];
    double values[ANA_COMPARE_N];
    const size_t n = list_statistics(comparison, listed);
    for (size_t i = 0; i < n; i++) {
        values[i] = all[listed[i]];
    }
    return ana_record_add_doubles(table, name, ana_shape_1(n, "statistic"), values, NULL);
}

static ana_status add_names(const ana_network_comparison *comparison, ana_record *table)
{
    size_t listed[ANA_COMPARE_N];
    const char *names[ANA_COMPARE_N];
    const size_t n = list_statistics(comparison, listed);
    for (size_t i = 0; i < n; i++) {
        names[i] = ana_comparison_statistic_name((ana_comparison_statistic)listed[i],
                                                 comparison->two_kinds);
    }
    return ana_record_add_texts(table, "statistic", n, names);
}

/* The observed values, and a table of them for each kind of random reference. */
static ana_status add_statistics(const ana_network_comparison *comparison, ana_record *record)
{
    static const char *const titles[] = {"By chance: names of nodes exchanged",
                                         "By chance: the same degrees",
                                         "By chance: pairs as far apart exchanged"};
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    ANA_TRY(ana_record_add_group(record, "statistics", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Agreement"));
    ANA_TRY(add_names(comparison, table));
    ANA_TRY(add_column(comparison, "value", comparison->value, table));
    for (size_t k = 0; k < ANA_COMPARE_N_NULLS; k++) {
        if (!comparison->has_null[k]) {
            continue;
        }
        ANA_TRY(ana_record_add_group(record, ana_comparison_null_name((ana_comparison_null)k),
                                     ANA_HINT_TABLE, &table));
        ANA_TRY(ana_record_add_text(table, "title", titles[k]));
        ANA_TRY(add_names(comparison, table));
        ANA_TRY(add_column(comparison, "observed", comparison->value, table));
        ANA_TRY(add_column(comparison, "mean", comparison->null_mean[k], table));
        ANA_TRY(add_column(comparison, "sd", comparison->null_sd[k], table));
        ANA_TRY(add_column(comparison, "low", comparison->null_low[k], table));
        ANA_TRY(add_column(comparison, "high", comparison->null_high[k], table));
        ANA_TRY(add_column(comparison, "z", comparison->z[k], table));
        ANA_TRY(add_column(comparison, "p", comparison->p[k], table));
    }
done:
    return status;
}

static ana_status add_curves(const ana_network_comparison *comparison, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    double rates[ANA_ROC_POINTS];
    double curves[(ANA_PAIR_LINKED + 1) * ANA_ROC_POINTS];
    char labels[ANA_PAIR_LINKED + 1][64];
    const char *names[ANA_PAIR_LINKED + 1];
    ana_pair_class classes[ANA_PAIR_N_CLASSES];
    const size_t n = list_classes(comparison, classes);
    if (n == 0 || comparison->n_in_class[ANA_PAIR_NONE] == 0) {
        return ANA_OK;
    }
    for (size_t k = 0; k < (n + 1) * ANA_ROC_POINTS; k++) {
        const size_t at = k % ANA_ROC_POINTS;
        rates[at] = (double)at / (ANA_ROC_POINTS - 1);
        curves[k] =
            k / ANA_ROC_POINTS < n ? comparison->roc[classes[k / ANA_ROC_POINTS]][at] : rates[at];
    }
    for (size_t i = 0; i < n; i++) {
        snprintf(labels[i], sizeof labels[i], "%s, area %d%%",
                 ana_pair_class_name(classes[i], comparison->two_kinds),
                 (int)lround(100.0 * comparison->value[ANA_COMPARE_AUC + (size_t)classes[i]]));
        names[i] = labels[i];
    }
    names[n] = "chance";
    ANA_TRY(ana_record_add_group(record, "roc", ANA_HINT_LINE, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", "Edges told from strengths"));
    ANA_TRY(ana_record_add_text(figure, "caption",
                                "Pairs above a strength: how many of those with an edge of the "
                                "reference, against how many of those without."));
    ANA_TRY(ana_record_add_text(figure, "layout", "overlaid"));
    ANA_TRY(ana_record_add_text(figure, "x_title", "false positive rate"));
    ANA_TRY(ana_record_add_text(figure, "y_title", "true positive rate"));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(ANA_ROC_POINTS, "point"), rates, NULL));
    ANA_TRY(ana_record_add_doubles(
        figure, "y", ana_shape_2(n + 1, "class", ANA_ROC_POINTS, "point"), curves, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n + 1, names));
done:
    return status;
}

typedef struct weighted_pair {
    double weight;
    double strength;
} weighted_pair;

static int lighter_first(const void *a, const void *b)
{
    const double x = ((const weighted_pair *)a)->weight;
    const double y = ((const weighted_pair *)b)->weight;
    return (x > y) - (x < y);
}

/* Means of n pairs and how far the mean of strengths is known; axes: x, y, low, high. */
static void average(size_t n, const weighted_pair *pairs, size_t stride, double *axes)
{
    double weight = 0.0;
    double strength = 0.0;
    double squares = 0.0;
    for (size_t k = 0; k < n; k++) {
        weight += pairs[k].weight / (double)n;
        strength += pairs[k].strength / (double)n;
    }
    for (size_t k = 0; k < n; k++) {
        squares += (pairs[k].strength - strength) * (pairs[k].strength - strength);
    }
    const double error = n > 1 ? sqrt(squares / (double)(n - 1) / (double)n) : 0.0;
    axes[0] = weight;
    axes[stride] = strength;
    axes[2 * stride] = strength - 1.96 * error;
    axes[3 * stride] = strength + 1.96 * error;
}

/* Mean strength of pairs of like weight: those without an edge, then the others in parts of equal
 * number, equal weights never parted. */
static ana_status add_trend(const ana_network_comparison *comparison, ana_record *record)
{
    enum {
        N_PARTS = 10,
        MOST = N_PARTS + 1
    };
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    double axes[4 * MOST] = {0};
    size_t n_points = 0;
    const size_t n = comparison->n_pairs;
    weighted_pair *pairs = ana_workspace_bytes(&workspace, n, 1, sizeof *pairs);
    ANA_TRY(ana_workspace_check(&workspace, "comparison"));
    for (size_t k = 0; k < n; k++) {
        pairs[k] = (weighted_pair){comparison->weights[k], comparison->strengths[k]};
    }
    qsort(pairs, n, sizeof *pairs, lighter_first);
    const size_t n_linked = n - comparison->n_in_class[ANA_PAIR_NONE];
    for (size_t first = 0; first < n && n_points < MOST;) {
        const size_t least = pairs[first].weight == 0.0 ? 1 : n_linked / N_PARTS + 1;
        size_t stop = first;
        while (stop < n && (stop < first + least || pairs[stop].weight == pairs[stop - 1].weight)) {
            stop++;
        }
        average(stop - first, pairs + first, MOST, axes + n_points++);
        first = stop;
    }
    if (n_points > 1) {
        const ana_shape shape = ana_shape_1(n_points, "part");
        ANA_TRY(ana_record_add_group(record, "trend", ANA_HINT_LINE, &figure));
        ANA_TRY(ana_record_add_text(figure, "title", "Strength by weight"));
        ANA_TRY(ana_record_add_text(figure, "caption",
                                    "Mean strength of pairs of like weight in the reference, and "
                                    "1.96 standard errors either way."));
        ANA_TRY(ana_record_add_text(figure, "x_title", "weight in the reference"));
        ANA_TRY(ana_record_add_text(figure, "y_title", "strength"));
        ANA_TRY(ana_record_add_doubles(figure, "x", shape, axes, NULL));
        ANA_TRY(ana_record_add_doubles(figure, "y", shape, axes + MOST, NULL));
        ANA_TRY(ana_record_add_doubles(figure, "low", shape, axes + 2 * (size_t)MOST, NULL));
        ANA_TRY(ana_record_add_doubles(figure, "high", shape, axes + 3 * (size_t)MOST, NULL));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Strengths of all pairs by class. */
static ana_status add_boxes(const ana_network_comparison *comparison, ana_record *record)
{
    static const ana_pair_class order[] = {ANA_PAIR_NONE, ANA_PAIR_FIRST, ANA_PAIR_SECOND,
                                           ANA_PAIR_BOTH};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const char *names[ANA_PAIR_N_CLASSES];
    size_t group_of[ANA_PAIR_N_CLASSES] = {0};
    size_t n_groups = 0;
    size_t *groups = ana_workspace_sizes(&workspace, comparison->n_pairs, 1);
    ANA_TRY(ana_workspace_check(&workspace, "comparison"));
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (comparison->n_in_class[order[i]] > 0) {
            names[n_groups] = ana_pair_class_name(order[i], comparison->two_kinds);
            group_of[order[i]] = n_groups++;
        }
    }
    for (size_t k = 0; k < comparison->n_pairs; k++) {
        groups[k] = group_of[comparison->classes[k]];
    }
    const ana_shape shape = ana_shape_1(comparison->n_pairs, "pair");
    ANA_TRY(ana_record_add_group(record, "strengths", ANA_HINT_VIOLIN, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", "Strengths by class of pairs"));
    ANA_TRY(ana_record_add_text(figure, "x_title", "edge in the reference"));
    ANA_TRY(ana_record_add_text(figure, "y_title", "strength"));
    ANA_TRY(ana_record_add_bool(figure, "points", false));
    ANA_TRY(ana_record_add_doubles(figure, "values", shape, comparison->strengths, NULL));
    ANA_TRY(ana_record_add_sizes(figure, "group", shape, groups, NULL));
    ANA_TRY(ana_record_add_texts(figure, "group_labels", n_groups, names));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Areas, and beside them the middle 95% of those of random networks. */
static ana_status add_areas(const ana_network_comparison *comparison, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    enum {
        MOST = ANA_COMPARE_N_NULLS + 1
    };
    static const char *const words[] = {"names exchanged", "same degrees", "as far apart"};
    double values[3][MOST * ANA_PAIR_LINKED];
    const char *groups[MOST] = {"observed"};
    const char *names[ANA_PAIR_N_CLASSES];
    ana_pair_class classes[ANA_PAIR_N_CLASSES];
    const size_t n = list_classes(comparison, classes);
    size_t n_groups = 1;
    for (size_t k = 0; k < ANA_COMPARE_N_NULLS; k++) {
        for (size_t i = 0; i < n && comparison->has_null[k]; i++) {
            const size_t s = ANA_COMPARE_AUC + (size_t)classes[i];
            values[0][n_groups * n + i] = comparison->null_mean[k][s];
            values[1][n_groups * n + i] = comparison->null_low[k][s];
            values[2][n_groups * n + i] = comparison->null_high[k][s];
        }
        groups[n_groups] = words[k];
        n_groups += comparison->has_null[k] ? 1 : 0;
    }
    for (size_t i = 0; i < n; i++) {
        names[i] = ana_pair_class_name(classes[i], comparison->two_kinds);
        for (size_t v = 0; v < 3; v++) {
            values[v][i] = comparison->value[ANA_COMPARE_AUC + (size_t)classes[i]];
        }
    }
    if (n == 0 || n_groups == 1 || comparison->n_in_class[ANA_PAIR_NONE] == 0) {
        return ANA_OK;
    }
    const ana_shape shape = ana_shape_2(n_groups, "reference", n, "class");
    ANA_TRY(ana_record_add_group(record, "areas", ANA_HINT_BARS, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", "Area under the ROC curve, and by chance"));
    ANA_TRY(ana_record_add_text(figure, "caption",
                                "Of random references the mean and the middle 95%."));
    ANA_TRY(ana_record_add_text(figure, "y_title", "area"));
    ANA_TRY(ana_record_add_doubles(figure, "values", shape, values[0], NULL));
    ANA_TRY(ana_record_add_doubles(figure, "low", shape, values[1], NULL));
    ANA_TRY(ana_record_add_doubles(figure, "high", shape, values[2], NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n, names));
    ANA_TRY(ana_record_add_texts(figure, "group_labels", n_groups, groups));
done:
    return status;
}

ana_status ana_network_comparison_to_record(const ana_network_comparison *comparison,
                                            ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "network comparison"));
    ANA_TRY(ana_record_add_text(record, "title", "Two networks of the same nodes"));
    ANA_TRY(ana_record_add_int(record, "n_shared_nodes", (int64_t)comparison->n_nodes, NULL));
    ANA_TRY(ana_record_add_int(record, "nodes_only_in_reference", (int64_t)comparison->n_only_first,
                               NULL));
    ANA_TRY(ana_record_add_int(record, "nodes_only_in_other", (int64_t)comparison->n_only_second,
                               NULL));
    ANA_TRY(ana_record_add_bool(record, "ordered_pairs", comparison->ordered));
    ANA_TRY(ana_record_add_int(record, "n_pairs", (int64_t)comparison->n_pairs, NULL));
    ANA_TRY(ana_record_add_int(record, "n_nulls", (int64_t)comparison->n_nulls, NULL));
    ANA_TRY(add_classes(comparison, record));
    ANA_TRY(add_statistics(comparison, record));
    ANA_TRY(add_curves(comparison, record));
    ANA_TRY(add_areas(comparison, record));
    ANA_TRY(add_boxes(comparison, record));
    ANA_TRY(add_trend(comparison, record));
    ANA_TRY(ana_record_add_texts(record, "nodes", comparison->n_nodes,
                                 (const char *const *)comparison->node_names));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
