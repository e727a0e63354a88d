/* An .npz that our own writer made, back into the objects it lists. */
#include "lists.h"
#include "memory.h"
#include "npz_reader.h"
#include "text.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ana_kind kind_of_name(const char *name)
{
    for (int kind = ANA_KIND_OTHER; kind <= ANA_KIND_BEHAVIOUR; kind++) {
        if (strcmp(ana_kind_name((ana_kind)kind), name) == 0) {
            return (ana_kind)kind;
        }
    }
    return ANA_KIND_OTHER;
}

static ana_status read_channels(ana_npz_reader *in, ana_series *series)
{
    ana_status status = ANA_OK;
    size_t n = series->n_channels;
    char **names = NULL;
    char **units = NULL;
    char **kinds = NULL;
    double *gains = NULL;
    double *offsets = NULL;
    ANA_TRY(ana_npz_read_texts(in, series->name, "channel", &n, &names));
    ANA_TRY(ana_npz_read_texts(in, series->name, "unit", &n, &units));
    ANA_TRY(ana_npz_read_texts(in, series->name, "kind", &n, &kinds));
    ANA_TRY(ana_npz_read_doubles(in, series->name, "gain", &n, &gains));
    ANA_TRY(ana_npz_read_doubles(in, series->name, "offset", &n, &offsets));
    for (size_t c = 0; c < n; c++) {
        ana_channel *channel = &series->channels[c];
        channel->name = names[c];
        names[c] = NULL;
        if (units[c][0] != '\0') {
            channel->unit = units[c];
            units[c] = NULL;
        }
        channel->kind = kind_of_name(kinds[c]);
        channel->gain = gains[c];
        channel->offset = offsets[c];
    }
done:
    ana_free_texts(n, names);
    ana_free_texts(n, units);
    ana_free_texts(n, kinds);
    free(gains);
    free(offsets);
    return status;
}

static ana_status read_segments(ana_npz_reader *in, ana_series *series, size_t n_times)
{
    ana_status status = ANA_OK;
    size_t n = SIZE_MAX;
    size_t *first = NULL;
    double *start = NULL;
    ANA_TRY(ana_npz_read_double(in, series->name, "rate", &series->rate));
    if (!(series->rate > 0.0) || isinf(series->rate)) {
        status = ana_npz_wrong(in, "should be a rate above 0");
        goto done;
    }
    ANA_TRY(ana_npz_read_numbers(in, series->name, "segment_first", ANA_UINT64, &n, &first));
    ANA_TRY(ana_npz_read_doubles(in, series->name, "segment_start", &n, &start));
    for (size_t i = 0; i < n; i++) {
        size_t next = i + 1 < n ? first[i + 1] : n_times;
        if (first[i] != series->n_times || next <= first[i] || next > n_times) {
            status = ana_npz_wrong(in, "should cover the samples, one segment after the other");
            goto done;
        }
        ANA_TRY(ana_series_add_segment(series, next - first[i], start[i]));
    }
    if (series->n_times != n_times) {
        status = ana_npz_wrong(in, "does not cover all samples");
    }
done:
    free(first);
    free(start);
    return status;
}

static ana_status read_time_base(ana_npz_reader *in, ana_series *series, size_t n_times)
{
    if (!ana_npz_has(in, series->name, "times")) {
        return read_segments(in, series, n_times);
    }
    double *times = NULL;
    ana_status status = ana_npz_read_doubles(in, series->name, "times", &n_times, &times);
    if (status == ANA_OK) {
        status = ana_series_stamp(series, n_times, times);
    }
    free(times);
    return status;
}

static ana_status read_series(ana_npz_reader *in, const char *name)
{
    ana_status status = ANA_OK;
    ana_npz_opened array = {0};
    ana_series *series = NULL;
    ANA_TRY(ana_npz_open_array(in, name, NULL, &array));
    const ana_npy *npy = &array.npy;
    if (npy->n_fields > 0 || npy->type.kind != ANA_NPY_NUMBER || npy->n_axes != 2) {
        status = ana_npz_wrong(in, "should hold channels x times of numbers");
        goto done;
    }
    ana_placed_array place = {.held = array.held,
                              .offset = npy->data,
                              .type = npy->type,
                              .n_axes = 2,
                              .shape = {npy->shape[0], npy->shape[1]}};
    ana_placed_array_order(&place, npy->fortran);
    size_t n_names = npy->shape[0]; /* names stand in the file: no more channels than these */
    char **names = NULL;
    ANA_TRY(ana_npz_read_texts(in, name, "channel", &n_names, &names));
    ana_free_texts(n_names, names);
    ANA_TRY(ana_series_new(name, npy->shape[0], &series));
    series->type = npy->type.sample;
    ANA_TRY(ana_source_from_array(&place, 1, &series->source));
    ANA_TRY(read_channels(in, series));
    ANA_TRY(read_time_base(in, series, npy->shape[1]));
    status = ana_recording_add_series(in->recording, series);
    series = NULL;
done:
    ana_series_free(series);
    ana_npz_opened_release(&array);
    return status;
}

static ana_status read_observed(ana_npz_reader *in, ana_spikes *spikes)
{
    ana_status status = ANA_OK;
    size_t n_rows = spikes->n_units + 1;
    size_t n = SIZE_MAX;
    size_t *row = NULL;
    double *start = NULL;
    double *stop = NULL;
    unsigned char *inferred = NULL;
    size_t one = 1;
    if (!ana_npz_has(in, spikes->name, "observed_row")) {
        return ANA_OK;
    }
    ANA_TRY(ana_npz_read_doubles(in, spikes->name, "observed_start", &n, &start));
    ANA_TRY(ana_npz_read_doubles(in, spikes->name, "observed_stop", &n, &stop));
    ANA_TRY(ana_npz_read_starts(in, spikes->name, "observed_row", &n_rows, n, &row));
    ANA_TRY(
        ana_npz_read_numbers(in, spikes->name, "observed_inferred", ANA_UINT8, &one, &inferred));
    ANA_TRY(ana_spikes_observe_each(spikes, row, start, stop));
    spikes->observed_inferred = inferred[0] != 0;
done:
    free(row);
    free(start);
    free(stop);
    free(inferred);
    return status;
}

static ana_status read_spikes(ana_npz_reader *in, const char *name)
{
    ana_status status = ANA_OK;
    ana_spikes *spikes = NULL;
    ana_table *units = NULL;
    double *times = NULL;
    size_t *start = NULL;
    size_t n = SIZE_MAX;
    size_t n_starts = SIZE_MAX;
    ANA_TRY(ana_npz_read_doubles(in, name, "times", &n, &times));
    ANA_TRY(ana_npz_read_starts(in, name, "unit_start", &n_starts, n, &start));
    for (size_t u = 0; u + 1 < n_starts; u++) {
        start[u] = start[u + 1] - start[u]; /* spikes of unit u */
    }
    ANA_TRY(ana_spikes_new(name, n_starts - 1, start, &spikes));
    memcpy(spikes->times, times, n * sizeof *times);
    if (ana_npz_has(in, name, "ticks")) {
        ANA_TRY(ana_npz_read_numbers(in, name, "ticks", ANA_INT64, &n, &spikes->ticks));
        ANA_TRY(ana_npz_read_double(in, name, "tick_rate", &spikes->tick_rate));
    }
    ANA_TRY(ana_table_new(spikes->n_units, &units));
    ANA_TRY(ana_npz_read_columns(in, name, "units", &units));
    ana_table_free(spikes->units);
    spikes->units = units;
    units = NULL;
    ANA_TRY(read_observed(in, spikes));
    status = ana_recording_add_spikes(in->recording, spikes);
    spikes = NULL;
done:
    ana_spikes_free(spikes);
    ana_table_free(units);
    free(times);
    free(start);
    return status;
}

static ana_status read_intervals(ana_npz_reader *in, const char *name)
{
    ana_status status = ANA_OK;
    ana_intervals *intervals = NULL;
    double *start = NULL;
    double *stop = NULL;
    size_t n = SIZE_MAX;
    ANA_TRY(ana_npz_read_doubles(in, name, "start", &n, &start));
    ANA_TRY(ana_npz_read_doubles(in, name, "stop", &n, &stop));
    ANA_TRY(ana_intervals_new(name, n, &intervals));
    memcpy(intervals->start, start, n * sizeof *start);
    memcpy(intervals->stop, stop, n * sizeof *stop);
    ANA_TRY(ana_npz_read_columns(in, name, "rows", &intervals->table));
    status = ana_recording_add_intervals(in->recording, intervals);
    intervals = NULL;
done:
    ana_intervals_free(intervals);
    free(start);
    free(stop);
    return status;
}

static ana_status read_table(ana_npz_reader *in, const char *name)
{
    ana_table *table = NULL;
    ana_status status = ana_npz_read_columns(in, name, "rows", &table);
    if (status == ANA_OK && table == NULL) {
        status = ana_table_new(0, &table);
    }
    if (status != ANA_OK) {
        ana_table_free(table);
        return status;
    }
    return ana_recording_add_table(in->recording, name, table);
}

static ana_status read_facts(ana_npz_reader *in)
{
    ana_status status = ANA_OK;
    char **names = NULL;
    char **values = NULL;
    size_t n = SIZE_MAX;
    ANA_TRY(ana_npz_read_texts(in, "facts", "name", &n, &names));
    ANA_TRY(ana_npz_read_texts(in, "facts", "value", &n, &values));
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(ana_recording_add_fact(in->recording, names[i], values[i]));
    }
done:
    ana_free_texts(n, names);
    ana_free_texts(n, values);
    return status;
}

static ana_status read_object(ana_npz_reader *in, const char *line)
{
    static const struct {
        const char *kind;
        ana_status (*read)(ana_npz_reader *in, const char *name);
    } kinds[] = {
        {"series ", read_series},
        {"spikes ", read_spikes},
        {"intervals ", read_intervals},
        {"table ", read_table},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (ana_text_starts_with(line, kinds[i].kind)) {
            return kinds[i].read(in, line + strlen(kinds[i].kind));
        }
    }
    return strcmp(line, "facts") == 0 ? read_facts(in)
                                      : ana_npz_wrong(in, "lists an object of an unknown kind");
}

/* No object twice: else a short list could ask for endless work. */
static ana_status check_lines(const ana_npz_reader *in, size_t n, char **lines)
{
    bool right = n <= ANA_MAX_ARRAYS;
    for (size_t i = 0; right && i < n; i++) {
        for (size_t j = 0; right && j < i; j++) {
            right = strcmp(lines[i], lines[j]) != 0;
        }
    }
    return right ? ANA_OK : ana_npz_wrong(in, "lists an object twice, or too many");
}

static ana_status read_start_time(ana_npz_reader *in)
{
    char **texts = NULL;
    size_t n = 1;
    ana_status status = ana_npz_read_texts(in, "start_time", NULL, &n, &texts);
    if (status == ANA_OK) {
        in->recording->start_time = texts[0];
        texts[0] = NULL;
    }
    ana_free_texts(n, texts);
    return status;
}

ana_status ana_npz_read_objects(ana_npz *npz, const ana_read_options *options,
                                ana_recording *recording)
{
    ana_status status = ANA_OK;
    ana_npz_reader in = {.npz = npz, .options = options, .recording = recording};
    char **lines = NULL;
    size_t n = SIZE_MAX;
    ANA_TRY(ana_npz_read_texts(&in, "libanalysis", NULL, &n, &lines));
    ANA_TRY(check_lines(&in, n, lines));
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(read_object(&in, lines[i]));
    }
    if (ana_npz_find(npz, "start_time") != NULL) {
        ANA_TRY(read_start_time(&in));
    }
    status = ana_recording_check(recording);
    if (status == ANA_ERR_VALUE) {
        (void)ana_fail_in(status, "%s: byte 0: ", recording->path);
        status = ANA_ERR_FORMAT;
    }
done:
    ana_free_texts(n, lines);
    ana_text_release(&in.key);
    return status;
}
