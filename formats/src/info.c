#include "json.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <analysis/formats/info.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void put_key(ana_text *text, const char *key)
{
    ana_json_append_text(text, key);
    ana_text_append(text, ": ");
}

static void put_text(ana_text *text, const char *key, const char *value)
{
    put_key(text, key);
    if (value == NULL) {
        ana_text_append(text, "null");
    } else {
        ana_json_append_text(text, value);
    }
}

static void put_number(ana_text *text, double value)
{
    if (isfinite(value)) {
        ana_text_append_double(text, value);
    } else {
        ana_text_append(text, "null");
    }
}

static void put_double(ana_text *text, const char *key, double value)
{
    put_key(text, key);
    put_number(text, value);
}

static void put_size(ana_text *text, const char *key, size_t value)
{
    put_key(text, key);
    ana_text_printf(text, "%zu", value);
}

static void put_four(ana_text *text, const char *key, size_t n, const double *values)
{
    put_key(text, key);
    ana_text_append(text, "[");
    for (size_t i = 0; i < n; i++) {
        ana_text_append(text, i > 0 ? ", " : "");
        put_number(text, values[i]);
    }
    ana_text_append(text, "]");
}

/* A sum that JSON readers keep exactly is a number, a larger one text. */
static void put_sum(ana_text *text, const char *sum)
{
    int64_t value = 0;
    put_key(text, "sum");
    if (ana_parse_int(sum, strlen(sum), &value)) {
        ana_text_append(text, sum);
    } else {
        ana_json_append_text(text, sum);
    }
}

static void put_integer(ana_text *text, const char *key, ana_sample_type type, int64_t value)
{
    put_key(text, key);
    if (type == ANA_UINT64 && value < 0) {
        ana_text_printf(text, "\"%" PRIu64 "\"", (uint64_t)value);
    } else {
        ana_text_printf(text, "%" PRId64, value);
    }
}

static void put_stored(ana_text *text, ana_sample_type type, bool widen,
                       const ana_channel_stats *stats)
{
    ana_text_append(text, ", \"stored\": {");
    bool as_int32 = widen || type == ANA_INT24;
    put_text(text, "dtype", as_int32 ? "int32" : ana_sample_type_name(type));
    ana_text_append(text, ", ");
    put_sum(text, stats->stored_sum);
    ana_text_append(text, ", ");
    put_integer(text, "min", type, stats->stored_min);
    ana_text_append(text, ", ");
    put_integer(text, "max", type, stats->stored_max);
    ana_text_append(text, ", ");
    put_size(text, "crc32", stats->stored_crc32);
    ana_text_append(text, "}");
}

static void put_stats(ana_text *text, ana_sample_type type, bool widen,
                      const ana_channel_stats *stats)
{
    ana_text_append(text, ", ");
    put_size(text, "n", stats->n);
    ana_text_append(text, ", ");
    put_size(text, "n_missing", stats->n_missing);
    ana_text_append(text, ", ");
    put_double(text, "sum", stats->sum);
    ana_text_append(text, ", ");
    put_double(text, "sumsq", stats->sumsq);
    ana_text_append(text, ", ");
    put_double(text, "min", stats->min);
    ana_text_append(text, ", ");
    put_double(text, "max", stats->max);
    ana_text_append(text, ", ");
    put_four(text, "first", stats->n_first, stats->first);
    ana_text_append(text, ", ");
    put_four(text, "last", stats->n_first, stats->last);
    if (stats->has_stored && stats->n > 0) {
        put_stored(text, type, widen, stats);
    }
}

/* What all channels of a series are, when they are of one kind. */
static const char *kind_of_series(const ana_series *series)
{
    for (size_t c = 1; c < series->n_channels; c++) {
        if (series->channels[c].kind != series->channels[0].kind) {
            return "mixed";
        }
    }
    return ana_kind_name(series->n_channels > 0 ? series->channels[0].kind : ANA_KIND_OTHER);
}

static void put_segments(ana_text *text, const ana_series *series)
{
    put_key(text, "segments");
    ana_text_append(text, "[");
    for (size_t s = 0; s < series->n_segments; s++) {
        ana_text_append(text, s > 0 ? ", {" : "{");
        put_double(text, "start", series->segments[s].start);
        ana_text_append(text, ", ");
        put_size(text, "n_times", series->segments[s].n_times);
        ana_text_append(text, "}");
    }
    ana_text_append(text, "]");
}

static void put_channel(ana_text *text, const ana_series *series, size_t c, bool widen,
                        const ana_channel_stats *stats)
{
    const ana_channel *channel = &series->channels[c];
    ana_text_append(text, c > 0 ? ",\n   {" : "\n   {");
    put_text(text, "name", channel->name != NULL ? channel->name : "");
    ana_text_append(text, ", ");
    put_text(text, "kind", ana_kind_name(channel->kind));
    ana_text_append(text, ", ");
    put_text(text, "unit", channel->unit);
    ana_text_append(text, ", ");
    put_double(text, "gain", channel->gain);
    ana_text_append(text, ", ");
    put_double(text, "offset", channel->offset);
    if (stats != NULL) {
        put_stats(text, series->type, widen, &stats[c]);
    }
    ana_text_append(text, "}");
}

static ana_status put_series(ana_text *text, const ana_series *series, bool with_stats, bool widen,
                             const ana_run *run)
{
    ana_status status = ANA_OK;
    ana_channel_stats *stats = NULL;
    if (with_stats) {
        ANA_TRY(ana_allocate(series->n_channels, sizeof *stats, "statistics", &stats));
        ANA_TRY(ana_series_stats(series, widen, run, stats));
    }
    ana_text_append(text, "\n  {");
    put_text(text, "name", series->name);
    ana_text_append(text, ", ");
    put_text(text, "kind", kind_of_series(series));
    ana_text_append(text, ", ");
    put_double(text, "rate", series->rate > 0.0 ? series->rate : (double)NAN);
    ana_text_append(text, ", ");
    put_size(text, "n_times", series->n_times);
    ana_text_append(text, ", ");
    put_segments(text, series);
    ana_text_append(text, ",\n  \"channels\": [");
    for (size_t c = 0; c < series->n_channels; c++) {
        put_channel(text, series, c, widen, stats);
    }
    ana_text_append(text, "]}");
done:
    free(stats);
    return status;
}

static void put_unit(ana_text *text, const ana_spikes *spikes, size_t u)
{
    const ana_column *ids = ana_table_find(spikes->units, "id");
    const size_t first = spikes->unit_start[u];
    const size_t n = spikes->unit_start[u + 1] - first;
    ana_text_append(text, u > 0 ? ",\n   {" : "\n   {");
    put_key(text, "id");
    if (ids != NULL && ids->type == ANA_COLUMN_INT) {
        ana_text_printf(text, "%" PRId64, ids->ints[u]);
    } else {
        char name[256];
        ana_spikes_unit_name(spikes, u, name, sizeof name);
        ana_json_append_text(text, name);
    }
    ana_text_append(text, ", ");
    put_size(text, "n_spikes", n);
    ana_text_append(text, ", ");
    put_double(text, "first", n > 0 ? spikes->times[first] : (double)NAN);
    ana_text_append(text, ", ");
    put_double(text, "last", n > 0 ? spikes->times[first + n - 1] : (double)NAN);
    ana_text_append(text, "}");
}

static void put_spikes(ana_text *text, const ana_spikes *spikes)
{
    ana_text_append(text, "\n  {");
    put_text(text, "name", spikes->name);
    ana_text_append(text, ", ");
    put_size(text, "n_units", spikes->n_units);
    ana_text_append(text, ", ");
    put_size(text, "n_spikes", spikes->n_spikes);
    ana_text_append(text, ",\n  \"units\": [");
    for (size_t u = 0; u < spikes->n_units; u++) {
        put_unit(text, spikes, u);
    }
    ana_text_append(text, "]}");
}

static void put_table(ana_text *text, const char *name, size_t n, const ana_table *table)
{
    ana_text_append(text, "\n  {");
    put_text(text, "name", name);
    ana_text_append(text, ", ");
    put_size(text, "n", n);
    ana_text_append(text, ", \"columns\": [");
    for (size_t i = 0; table != NULL && i < table->n_columns; i++) {
        ana_text_append(text, i > 0 ? ", " : "");
        ana_json_append_text(text, table->columns[i].name);
    }
    ana_text_append(text, "]}");
}

/* Intervals, tables and warnings: the lists without numbers. */
static void put_lists(ana_text *text, const ana_recording *recording)
{
    ana_text_append(text, "],\n \"intervals\": [");
    for (size_t i = 0; i < recording->n_intervals; i++) {
        const ana_intervals *intervals = recording->intervals[i];
        ana_text_append(text, i > 0 ? "," : "");
        put_table(text, intervals->name, intervals->n, intervals->table);
    }
    ana_text_append(text, "],\n \"tables\": [");
    for (size_t i = 0; i < recording->n_tables; i++) {
        const ana_named_table *table = &recording->tables[i];
        ana_text_append(text, i > 0 ? "," : "");
        put_table(text, table->name, table->table->n_rows, table->table);
    }
    ana_text_append(text, "],\n \"warnings\": [");
    for (size_t i = 0; i < recording->n_warnings; i++) {
        ana_text_append(text, i > 0 ? ",\n  " : "\n  ");
        ana_json_append_text(text, recording->warnings[i]);
    }
    ana_text_append(text, "]}\n");
}

ana_status ana_recording_info(const ana_recording *recording, bool stats, const ana_run *run,
                              char **out)
{
    ana_status status = ANA_OK;
    ana_text text = {0};
    double duration = 0.0;
    const char *format = recording->format;
    const bool widen = format != NULL && (strcmp(format, "edf") == 0 || strcmp(format, "bdf") == 0);
    ANA_TRY(ana_recording_duration(recording, &duration));
    ana_text_append(&text, "{");
    put_text(&text, "format", format);
    ana_text_append(&text, ",\n ");
    put_text(&text, "start_time", recording->start_time);
    ana_text_append(&text, ",\n ");
    put_double(&text, "duration_s", duration);
    ana_text_append(&text, ",\n \"series\": [");
    for (size_t i = 0; i < recording->n_series; i++) {
        ana_text_append(&text, i > 0 ? "," : "");
        ANA_TRY(put_series(&text, recording->series[i], stats, widen, run));
    }
    ana_text_append(&text, "],\n \"spikes\": [");
    for (size_t i = 0; i < recording->n_spikes; i++) {
        ana_text_append(&text, i > 0 ? "," : "");
        put_spikes(&text, recording->spikes[i]);
    }
    put_lists(&text, recording);
    ANA_TRY(ana_text_check(&text, "info"));
    *out = text.bytes;
    text = (ana_text){0};
done:
    ana_text_release(&text);
    return status;
}
