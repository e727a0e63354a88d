/* Distances of responses, and divergences of several systems as a record. */
#include "dense.h"
#include "measured_units.h"
#include "pairs.h"
#include "picture.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/rtd.h>

#include <math.h>
#include <string.h>

/* Euclidean distances of all pairs over the units that have values; *n_silent have none. */
static ana_status find_distances(const ana_responses *of, double *distance, size_t *n_silent)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_measured_units units = {0};
    ANA_TRY(ana_measured_units_take(of, "rtd", false, &workspace, &units));
    for (size_t i = 0; i < of->n_stimuli; i++) {
        for (size_t j = i + 1; j < of->n_stimuli; j++) {
            distance[pairs_place(of->n_stimuli, i, j)] = sqrt(ana_squared_distance(
                units.n, units.values + i * units.n, units.values + j * units.n));
        }
    }
    *n_silent = units.n_missing;
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_rtd_of_responses(const ana_responses *a, const ana_responses *b,
                                const ana_rtd_options *options, ana_rtd **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = a->n_stimuli;
    size_t n_silent[2] = {0, 0};
    if (b->n_stimuli != n) {
        return ana_fail(ANA_ERR_VALUE, "rtd: %s has %zu stimuli, %s has %zu", a->name, n, b->name,
                        b->n_stimuli);
    }
    for (size_t i = 0; i < n; i++) {
        if (strcmp(a->stimuli[i], b->stimuli[i]) != 0) {
            return ana_fail(ANA_ERR_VALUE, "rtd: stimulus %zu is %s in %s and %s in %s", i,
                            a->stimuli[i], a->name, b->stimuli[i], b->name);
        }
    }
    double *first = ana_workspace_doubles(&workspace, pairs_count(n), 1);
    double *second = ana_workspace_doubles(&workspace, pairs_count(n), 1);
    ANA_TRY(ana_workspace_check(&workspace, "rtd"));
    ANA_TRY(find_distances(a, first, &n_silent[0]));
    ANA_TRY(find_distances(b, second, &n_silent[1]));
    ANA_TRY(ana_rtd_compute(n, first, second, options, out));
    (*out)->n_silent[0] = n_silent[0];
    (*out)->n_silent[1] = n_silent[1];
done:
    ana_workspace_release(&workspace);
    return status;
}

/* One line of strokes for each direction, a gap behind each stroke. */
static ana_status add_barcode(const ana_rtd *rtd, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    static const char *const labels[] = {"first against second", "second against first"};
    const size_t n_bars = rtd->bars[0].n + rtd->bars[1].n;
    const size_t n = 3 * n_bars;
    const ana_picture_words words = {
        .title = "Cross-barcode of the first pair",
        .caption = "Each stroke is a connection or a loop that the one representation has from its "
                   "left end on and the other only from its right end on; half their total length "
                   "is the divergence.",
        .x_title = "distance, in units of its quantile",
        .y_title = "bar"};
    double *x = ana_workspace_doubles(&workspace, n, 1);
    double *y = ana_workspace_doubles(&workspace, n, 2);
    ANA_TRY(ana_workspace_check(&workspace, "rtd"));
    for (size_t k = 0; k < 2 * n; k++) {
        y[k] = NAN;
    }
    for (size_t k = 0; k < n_bars; k++) {
        const size_t d = k < rtd->bars[0].n ? 0 : 1;
        const ana_rtd_bars *bars = &rtd->bars[d];
        const size_t bar = d == 0 ? k : k - rtd->bars[0].n;
        x[3 * k] = bars->births[bar];
        x[3 * k + 1] = x[3 * k + 2] = bars->deaths[bar];
        y[d * n + 3 * k] = y[d * n + 3 * k + 1] = (double)k + 1.0;
    }
    ANA_TRY(ana_record_add_picture(record, "barcode", ANA_HINT_LINE, &words, &figure));
    ANA_TRY(ana_record_add_text(figure, "layout", "overlaid"));
    ANA_TRY(ana_record_add_doubles(figure, "y", ana_shape_2(2, "direction", n, NULL), y, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(n, NULL), x, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", 2, labels));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_matrix(const ana_rtd_report *report, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = report->n;
    const ana_picture_words words = {
        .title = "Divergence of each pair of systems",
        .caption = "Representation topology divergence: 0 for the same topology at all scales.",
        .x_title = "system",
        .y_title = "system",
        .value_title = "RTD"};
    double *values = ana_workspace_doubles(&workspace, n, n);
    size_t *together = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "rtd"));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            values[i * n + j] = values[j * n + i] = report->divergences[pairs_place(n, i, j)]->rtd;
        }
    }
    ANA_TRY(ana_record_add_picture(record, "matrix", ANA_HINT_MATRIX_GROUPS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n, "system", n, "system"), values,
                                   NULL));
    ANA_TRY(ana_record_add_sizes(figure, "group", ana_shape_1(n, "system"), together, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n, report->names));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_table(const ana_rtd_report *report, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n_pairs = pairs_count(report->n);
    const ana_shape shape = ana_shape_1(n_pairs, "pair");
    const ana_picture_words words = {
        .title = "Pairs",
        .caption = "RTD with its standard deviation over subsamples, and the mean total length of "
                   "the bars in each direction."};
    double *columns = ana_workspace_doubles(&workspace, 4, n_pairs);
    const char **first = ana_workspace_bytes(&workspace, n_pairs, 1, sizeof *first);
    const char **second = ana_workspace_bytes(&workspace, n_pairs, 1, sizeof *second);
    ANA_TRY(ana_workspace_check(&workspace, "rtd"));
    for (size_t i = 0; i < report->n; i++) {
        for (size_t j = i + 1; j < report->n; j++) {
            const size_t k = pairs_place(report->n, i, j);
            const ana_rtd *rtd = report->divergences[k];
            first[k] = report->names[i];
            second[k] = report->names[j];
            columns[k] = rtd->rtd;
            columns[n_pairs + k] = rtd->deviation;
            for (size_t s = 0; s < rtd->n_subsamples; s++) {
                columns[2 * n_pairs + k] += rtd->forward[s] / (double)rtd->n_subsamples;
                columns[3 * n_pairs + k] += rtd->backward[s] / (double)rtd->n_subsamples;
            }
        }
    }
    ANA_TRY(ana_record_add_picture(record, "pairs", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "system", n_pairs, first));
    ANA_TRY(ana_record_add_texts(table, "other_system", n_pairs, second));
    ANA_TRY(ana_record_add_doubles(table, "rtd", shape, columns, NULL));
    if (report->divergences[0]->n_subsamples > 1) {
        ANA_TRY(ana_record_add_doubles(table, "deviation", shape, columns + n_pairs, NULL));
    }
    ANA_TRY(
        ana_record_add_doubles(table, "system_against_other", shape, columns + 2 * n_pairs, NULL));
    ANA_TRY(
        ana_record_add_doubles(table, "other_against_system", shape, columns + 3 * n_pairs, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_rtd_to_record(const ana_rtd_report *report, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ana_record *bars = NULL;
    const ana_rtd *first = report->divergences[0];
    static const char *const names[] = {"births_forward", "deaths_forward", "births_backward",
                                        "deaths_backward"};
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "rtd"));
    ANA_TRY(ana_record_add_text(record, "title", "Representation topology divergence"));
    ANA_TRY(ana_record_add_int(record, "n_stimuli", (int64_t)first->n, NULL));
    ANA_TRY(ana_record_add_int(record, "n_points", (int64_t)first->n_points, NULL));
    ANA_TRY(ana_record_add_int(record, "n_subsamples", (int64_t)first->n_subsamples, NULL));
    ANA_TRY(add_table(report, record));
    if (report->n > 2) {
        ANA_TRY(add_matrix(report, record));
    }
    if (first->bars[0].n + first->bars[1].n > 0) {
        ANA_TRY(add_barcode(first, record));
        ANA_TRY(ana_record_add_group(record, "bars", ANA_HINT_NONE, &bars));
        for (size_t d = 0; d < 2; d++) {
            const ana_shape shape = ana_shape_1(first->bars[d].n, "bar");
            if (first->bars[d].n > 0) {
                ANA_TRY(
                    ana_record_add_doubles(bars, names[2 * d], shape, first->bars[d].births, NULL));
                ANA_TRY(ana_record_add_doubles(bars, names[2 * d + 1], shape, first->bars[d].deaths,
                                               NULL));
            }
        }
    }
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
