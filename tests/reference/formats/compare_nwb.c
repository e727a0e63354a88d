/* NWB: the semantic view of each truth: series by physical values, times and stored numbers; tables
 * column by column; units spike by spike. */
#include "formats.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* The name our recording gives to the object at `path`, the index-th of its group. */
static void our_name(const json_t *group, const char *path, char *name, size_t size)
{
    size_t n = 1;
    const char *key = NULL;
    json_t *value = NULL;
    json_t *object = json_copy((json_t *)(uintptr_t)group);
    json_object_foreach(object, key, value)
    {
        if (strcmp(key, path) == 0) {
            break;
        }
        n += strcmp(last_part(key), last_part(path)) == 0 ? 1 : 0;
    }
    json_decref(object);
    if (n == 1) {
        snprintf(name, size, "%s", last_part(path));
    } else {
        snprintf(name, size, "%s_%zu", last_part(path), n);
    }
}

/* All samples, time after time, as doubles or as stored. */
static void *all_samples(const format_case *c, const ana_series *series, bool stored)
{
    size_t element = stored ? ana_sample_size(series->type) : sizeof(double);
    char *all = calloc(series->n_times * series->n_channels + 1, element);
    char *in_order = calloc(series->n_times * series->n_channels + 1, element);
    ana_status status =
        stored ? ana_series_read_stored(series, series->n_channels, NULL, 0, series->n_times, all)
               : ana_series_read(series, series->n_channels, NULL, 0, series->n_times,
                                 (double *)(void *)all);
    tally_that(c->tally, status == ANA_OK, "%s cannot be read: %s", series->name, ana_last_error());
    for (size_t t = 0; t < series->n_times; t++) {
        for (size_t k = 0; k < series->n_channels; k++) {
            memcpy(in_order + (t * series->n_channels + k) * element,
                   all + (k * series->n_times + t) * element, element);
        }
    }
    free(all);
    return in_order;
}

static void compare_times(const format_case *c, const ana_series *series, const json_t *truth)
{
    const json_t *rate = json_object_get(truth, "rate");
    const json_t *timestamps = json_object_get(truth, "timestamps");
    if (timestamps != NULL) {
        double *times = calloc(series->n_times + 1, sizeof *times);
        ana_status status = ana_series_times(series, 0, series->n_times, times);
        tally_that(c->tally, status == ANA_OK, "%s: %s", series->name, ana_last_error());
        tally_that(c->tally, series->rate == 0.0, "%s has a rate, not timestamps", series->name);
        compare_values(c, series->name, timestamps, series->n_times, times, 1.0, 1e-12);
        free(times);
    } else if (rate != NULL) {
        tally_number(c->tally, series->rate, truth_number(rate), 0.0, 0.0, "%s, rate",
                     series->name);
        if (series->n_segments > 0) {
            tally_number(c->tally, series->segments[0].start,
                         truth_number(json_object_get(truth, "starting_time")), 0.0, 0.0,
                         "%s, start", series->name);
        }
    }
}

/* Each channel stands for the row of the electrode table that the region names. */
static void compare_electrodes(const format_case *c, const ana_recording *recording,
                               const ana_series *series, const json_t *rows)
{
    const ana_table *table = ana_recording_find_table(recording, "electrodes");
    if (rows == NULL || json_array_size(rows) != series->n_channels ||
        !tally_that(c->tally, table != NULL, "no electrodes")) {
        return;
    }
    const ana_column *label = ana_table_find(table, "label");
    const ana_column *id = ana_table_find(table, "id");
    for (size_t k = 0; k < series->n_channels; k++) {
        size_t row = (size_t)json_integer_value(json_array_get(rows, k));
        char name[64];
        snprintf(name, sizeof name, "electrode%lld", (long long)id->ints[row]);
        tally_that(c->tally,
                   strcmp(series->channels[k].name, label ? label->texts[row] : name) == 0,
                   "%s, channel %zu is called %s", series->name, k, series->channels[k].name);
    }
}

static void compare_series(const format_case *c, const ana_recording *recording,
                           const json_t *group, const char *path, const json_t *truth)
{
    char name[256];
    our_name(group, path, name, sizeof name);
    const ana_series *series = ana_recording_find_series(recording, name);
    const json_t *stored = json_object_get(truth, "stored");
    if (json_array_size(json_object_get(stored, "shape")) == 3 &&
        json_object_get(truth, "physical") == NULL) {
        tally_that(c->tally, ana_recording_find_table(recording, name) != NULL,
                   "the movie %s is not listed", path);
        return;
    }
    if (!tally_that(c->tally, series != NULL, "%s is not there", path)) {
        return;
    }
    size_t n = series->n_times * series->n_channels;
    void *samples = all_samples(c, series, true);
    compare_numbers(c, name, stored, n, series->type, samples);
    free(samples);
    if (json_object_get(truth, "physical") != NULL) {
        double *values = all_samples(c, series, false);
        compare_values(c, name, json_object_get(truth, "physical"), n, values, 1.0, 1e-12);
        free(values);
    }
    for (size_t k = 0; k < series->n_channels; k++) {
        compare_text(c, "unit", json_object_get(truth, "unit"), series->channels[k].unit);
    }
    compare_times(c, series, truth);
    compare_electrodes(c, recording, series, json_object_get(truth, "electrodes"));
}

static void compare_lengths(const format_case *c, const char *name, const json_t *lengths,
                            const size_t *starts, size_t width)
{
    for (size_t r = 0; r < json_array_size(lengths); r++) {
        size_t wanted = (size_t)json_integer_value(json_array_get(lengths, r));
        if (!tally_that(c->tally, starts != NULL, "%s is not ragged", name)) {
            return;
        }
        tally_that(c->tally, starts[r + 1] - starts[r] == wanted * width,
                   "%s, row %zu has %zu elements, wanted %zu", name, r, starts[r + 1] - starts[r],
                   wanted);
    }
}

/* Values of a numeric column as doubles; freed by free(). */
static double *column_doubles(const ana_column *column)
{
    double *values = calloc(column->n_elements + 1, sizeof *values);
    for (size_t i = 0; i < column->n_elements; i++) {
        values[i] = column->type == ANA_COLUMN_DOUBLE ? column->doubles[i]
                    : column->type == ANA_COLUMN_INT  ? (double)column->ints[i]
                    : column->type == ANA_COLUMN_BOOL ? (column->bools[i] ? 1.0 : 0.0)
                                                      : (double)NAN;
    }
    return values;
}

static size_t width_of(const json_t *truth)
{
    const json_t *shape = json_object_get(truth, "shape");
    size_t width = 1;
    for (size_t i = 1; i < json_array_size(shape); i++) {
        width *= (size_t)json_integer_value(json_array_get(shape, i));
    }
    return width;
}

static void compare_texts(const format_case *c, const char *name, const json_t *values,
                          const ana_column *column)
{
    for (size_t i = 0; i < json_array_size(values); i++) {
        const char *wanted = json_string_value(json_array_get(values, i));
        const char *ours =
            i < column->n_elements && column->type == ANA_COLUMN_TEXT ? column->texts[i] : NULL;
        tally_that(c->tally, wanted != NULL && ours != NULL && strcmp(wanted, ours) == 0,
                   "%s[%zu] is \"%s\", wanted \"%s\"", name, i, ours ? ours : "(nothing)",
                   wanted ? wanted : "?");
    }
}

/* Members of a compound column are columns of their own. */
static void compare_compound(const format_case *c, const ana_table *table, const char *name,
                             const json_t *truth)
{
    static const char *const members[] = {"x", "idx_start"};
    char member[128];
    const ana_column *column = NULL;
    for (size_t i = 0; i < 2 && column == NULL; i++) {
        snprintf(member, sizeof member, "%s_%s", name, members[i]);
        column = ana_table_find(table, member);
    }
    if (tally_that(c->tally, column != NULL, "%s has no members", name)) {
        compare_lengths(c, name, json_object_get(truth, "row_lengths"), column->row_start, 1);
    }
}

static void compare_column(const format_case *c, const ana_table *table, const char *name,
                           const json_t *truth)
{
    const json_t *values = json_object_get(truth, "values");
    const char *first = json_string_value(json_array_get(values, 0));
    if (first != NULL && strcmp(first, "REF") == 0) {
        return; /* references are not compared */
    }
    if (json_is_string(values)) {
        compare_compound(c, table, name, truth);
        return;
    }
    const ana_column *column = ana_table_find(table, name);
    if (!tally_that(c->tally, column != NULL, "column %s is not there", name)) {
        return;
    }
    compare_lengths(c, name, json_object_get(truth, "row_lengths"), column->row_start,
                    width_of(truth));
    if (json_is_array(values)) {
        compare_texts(c, name, values, column);
        return;
    }
    double *numbers = column_doubles(column);
    const char *dtype = json_string_value(json_object_get(truth, "dtype"));
    json_t *summary = json_copy((json_t *)(uintptr_t)truth);
    if (dtype != NULL && strcmp(dtype, "bool") == 0) {
        json_object_del(summary, "first");
        json_object_del(summary, "last");
    }
    compare_values(c, name, summary, column->n_elements, numbers, 1.0,
                   dtype != NULL && strcmp(dtype, "float32") == 0 ? 1e-6 : 1e-12);
    json_decref(summary);
    free(numbers);
}

static void compare_ids(const format_case *c, const ana_table *table, const json_t *truth)
{
    const json_t *ids = json_object_get(truth, "ids");
    const ana_column *id = ana_table_find(table, "id");
    size_t n = (size_t)json_integer_value(json_object_get(truth, "n_rows"));
    tally_that(c->tally, table->n_rows == n, "%zu rows, wanted %zu", table->n_rows, n);
    for (size_t i = 0; i < json_array_size(ids) && i < table->n_rows; i++) {
        tally_that(c->tally, id->ints[i] == json_integer_value(json_array_get(ids, i)),
                   "row %zu has the id %lld", i, (long long)id->ints[i]);
    }
}

static void compare_spikes(const format_case *c, const ana_spikes *spikes, const json_t *truth)
{
    const json_t *columns = json_object_get(truth, "columns");
    const json_t *units = json_object_get(truth, "units_spike_times");
    const json_t *observed = json_object_get(columns, "obs_intervals");
    for (size_t u = 0; u < json_array_size(units); u++) {
        const json_t *unit = json_array_get(units, u);
        size_t n = spikes->unit_start[u + 1] - spikes->unit_start[u];
        const double *times = spikes->times + spikes->unit_start[u];
        long double sum = 0.0L;
        for (size_t i = 0; i < n; i++) {
            sum += (long double)times[i];
        }
        double wanted = truth_number(json_object_get(unit, "sum"));
        if (!tally_that(c->tally, n == (size_t)json_integer_value(json_object_get(unit, "n")),
                        "unit %zu has %zu spikes", u, n) ||
            n == 0) {
            continue;
        }
        tally_number(c->tally, (double)sum, wanted, 0.0, 1e-12, "unit %zu, sum", u);
        tally_number(c->tally, times[0], truth_number(json_object_get(unit, "first")), 0.0, 0.0,
                     "unit %zu, first", u);
        tally_number(c->tally, times[n - 1], truth_number(json_object_get(unit, "last")), 0.0, 0.0,
                     "unit %zu, last", u);
    }
    compare_lengths(c, "spike_times",
                    json_object_get(json_object_get(columns, "spike_times"), "row_lengths"),
                    spikes->unit_start, 1);
    tally_that(c->tally, spikes->observed_inferred == (observed == NULL), "observed intervals");
    if (observed != NULL) {
        compare_lengths(c, "obs_intervals", json_object_get(observed, "row_lengths"),
                        spikes->observed_row, 1);
        size_t n = spikes->observed_row[spikes->n_units];
        double *flat = calloc(2 * n + 1, sizeof *flat);
        for (size_t i = 0; i < n; i++) {
            flat[2 * i] = spikes->observed_start[i];
            flat[2 * i + 1] = spikes->observed_stop[i];
        }
        compare_values(c, "obs_intervals", observed, 2 * n, flat, 1.0, 1e-12);
        free(flat);
    }
}

static void compare_table(const format_case *c, const ana_recording *recording, const json_t *group,
                          const char *path, const json_t *truth)
{
    char name[256];
    our_name(group, path, name, sizeof name);
    const char *type = json_string_value(json_object_get(truth, "type"));
    const ana_spikes *spikes =
        strcmp(type, "Units") == 0 ? ana_recording_find_spikes(recording, name) : NULL;
    const ana_intervals *intervals =
        strcmp(type, "TimeIntervals") == 0 ? ana_recording_find_intervals(recording, name) : NULL;
    const ana_table *table = spikes != NULL      ? spikes->units
                             : intervals != NULL ? intervals->table
                                                 : ana_recording_find_table(recording, name);
    if (!tally_that(c->tally, table != NULL, "%s is not there", path)) {
        return;
    }
    compare_ids(c, table, truth);
    json_t *columns = json_copy(json_object_get(truth, "columns"));
    const char *key = NULL;
    json_t *column = NULL;
    json_object_foreach(columns, key, column)
    {
        if (intervals != NULL && strcmp(key, "start_time") == 0) {
            compare_values(c, key, column, intervals->n, intervals->start, 1.0, 1e-12);
        } else if (intervals != NULL && strcmp(key, "stop_time") == 0) {
            compare_values(c, key, column, intervals->n, intervals->stop, 1.0, 1e-12);
        } else if (spikes == NULL ||
                   (strcmp(key, "spike_times") != 0 && strcmp(key, "obs_intervals") != 0)) {
            compare_column(c, table, key, column);
        }
    }
    json_decref(columns);
    if (spikes != NULL) {
        compare_spikes(c, spikes, truth);
    }
}

void compare_nwb(const format_case *c)
{
    const json_t *semantic = json_object_get(c->truth, "semantic");
    ana_recording *recording = open_case(c);
    if (recording == NULL) {
        return;
    }
    const char *key = NULL;
    json_t *value = NULL;
    json_t *series = json_copy(json_object_get(semantic, "series"));
    json_t *tables = json_copy(json_object_get(semantic, "tables"));
    compare_text(c, "version", json_object_get(semantic, "nwb_version"),
                 ana_recording_find_fact(recording, "nwb_version"));
    json_object_foreach(series, key, value)
    {
        compare_series(c, recording, series, key, value);
    }
    json_object_foreach(tables, key, value)
    {
        compare_table(c, recording, tables, key, value);
    }
    tally_that(c->tally, ana_recording_check(recording) == ANA_OK, "check: %s", ana_last_error());
    json_decref(series);
    json_decref(tables);
    compare_nwb_round_trip(c, recording);
    ana_recording_free(recording);
}
