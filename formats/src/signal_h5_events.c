/* Events and spans of signals in plain HDF5. */
#include "format.h"
#include "json.h"
#include "signal_h5.h"
#include "text.h"
#include "try.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The file's events as they stand in it. */
typedef struct event_lists {
    size_t n;
    int64_t *samples;
    int64_t *codes;
    ana_json *names;   /* of codes; NULL: none */
    double duration_s; /* of each; 0: points */
} event_lists;

/* A list of whole numbers; none when it is not there. */
static ana_status read_numbers(const ana_signal_h5 *reader, const char *path, int64_t **out,
                               size_t *n)
{
    bool found = false;
    ana_status status = ana_signal_h5_look(reader->file, path, &found);
    if (!found) {
        return status;
    }
    return ana_hdf5_read_ints(reader->file, path, NULL, out, n);
}

/* The object of names of codes. What is none leaves the codes as they are, and a warning. */
static ana_status read_code_names(const ana_signal_h5 *reader, ana_json **out)
{
    ana_status status = ANA_OK;
    char *text = NULL;
    char sentence[512] = "";
    ANA_TRY(ana_hdf5_attribute_text(reader->file, "/", "event_names", &text));
    if (text == NULL) {
        goto done;
    }
    status = ana_json_parse("event_names", text, strlen(text), out);
    if (status == ANA_ERR_FORMAT) {
        (void)snprintf(sentence, sizeof sentence, "%s", ana_last_error());
        status = ANA_OK;
    } else if (status == ANA_OK && ana_json_get_type(*out) != ANA_JSON_OBJECT) {
        (void)snprintf(sentence, sizeof sentence, "event_names: is no object");
    }
    if (sentence[0] != '\0') {
        ANA_TRY(ana_recover(reader->recording, reader->options,
                            "%s: /: %s; a JSON text like {\"1\": \"right_hand\"} is right; events "
                            "are labelled by their codes",
                            reader->path, sentence));
    }
done:
    free(text);
    return status;
}

static ana_status read_duration(const ana_signal_h5 *reader, double *out)
{
    ana_status status = ana_hdf5_attribute_double(reader->file, "/", "trial_duration_s", out);
    if (status == ANA_OK &&
        !(*out >= 0.0 && isfinite((double)reader->n_times / reader->rate + *out))) {
        status = ana_fail(ANA_ERR_FORMAT,
                          "%s: /: attribute \"trial_duration_s\" is %s; seconds, not below 0, are "
                          "right",
                          reader->path, ana_number(*out).text);
    }
    return status;
}

/* Drops the events that stand outside the signal. */
static ana_status drop_outside(const ana_signal_h5 *reader, event_lists *events)
{
    size_t n = 0;
    size_t first = events->n;
    for (size_t i = 0; i < events->n; i++) {
        if (events->samples[i] < 0 || (uint64_t)events->samples[i] >= reader->n_times) {
            first = i < first ? i : first;
            continue;
        }
        events->samples[n] = events->samples[i];
        events->codes[n++] = events->codes[i];
    }
    const size_t n_outside = events->n - n;
    events->n = n;
    return n_outside == 0
               ? ANA_OK
               : ana_recover(reader->recording, reader->options,
                             "%s: /event_sample: %zu events stand outside the %zu samples of "
                             "/signal, the first of them at entry %zu; they are left out",
                             reader->path, n_outside, reader->n_times, first);
}

static ana_status read_events(const ana_signal_h5 *reader, event_lists *events)
{
    ana_status status = ANA_OK;
    size_t n_codes = 0;
    ANA_TRY(read_numbers(reader, "/event_sample", &events->samples, &events->n));
    ANA_TRY(read_numbers(reader, "/event_code", &events->codes, &n_codes));
    if (events->n != n_codes) {
        status = ana_fail(ANA_ERR_FORMAT,
                          "%s: /event_sample: holds %zu entries, and /event_code %zu; equal "
                          "numbers are right",
                          reader->path, events->n, n_codes);
        goto done;
    }
    ANA_TRY(read_code_names(reader, &events->names));
    ANA_TRY(read_duration(reader, &events->duration_s));
    status = drop_outside(reader, events);
done:
    return status;
}

static ana_status add_intervals_of(const ana_signal_h5 *reader, const event_lists *events)
{
    ana_status status = ANA_OK;
    ana_intervals *intervals = NULL;
    ana_column *label = NULL;
    ANA_TRY(ana_intervals_new("events", events->n, &intervals));
    ANA_TRY(ana_table_add(intervals->table, "label", ANA_COLUMN_TEXT, NULL, &label));
    for (size_t i = 0; i < events->n; i++) {
        char code[32];
        (void)snprintf(code, sizeof code, "%lld", (long long)events->codes[i]);
        const char *name = ana_json_text(ana_json_find(events->names, code));
        intervals->start[i] = (double)events->samples[i] / reader->rate;
        intervals->stop[i] = intervals->start[i] + events->duration_s;
        ANA_TRY(ana_column_set_text(label, i, name != NULL ? name : code));
    }
    ANA_TRY(ana_table_add_ints(intervals->table, "code", events->codes));
    status = ana_recording_add_intervals(reader->recording, intervals);
    intervals = NULL;
done:
    ana_intervals_free(intervals);
    return status;
}

ana_status ana_signal_h5_add_events(const ana_signal_h5 *reader)
{
    event_lists events = {0};
    ana_status status = read_events(reader, &events);
    if (status == ANA_OK && events.n > 0) {
        status = add_intervals_of(reader, &events);
    }
    free(events.samples);
    free(events.codes);
    ana_json_free(events.names);
    return status;
}

/* Spans of one name from their n onsets and offsets. */
static ana_status fill_spans(const ana_signal_h5 *reader, const char *name, const double *onsets,
                             const double *offsets, ana_intervals *intervals)
{
    ana_status status = ANA_OK;
    ana_column *label = NULL;
    ANA_TRY(ana_table_add(intervals->table, "label", ANA_COLUMN_TEXT, NULL, &label));
    for (size_t i = 0; i < intervals->n; i++) {
        if (!(isfinite(onsets[i]) && isfinite(offsets[i]) && offsets[i] >= onsets[i])) {
            status = ana_fail(ANA_ERR_FORMAT,
                              "%s: /%s_onset_s: entry %zu is from %s to %s s; an end not before "
                              "its beginning is right",
                              reader->path, name, i, ana_number(onsets[i]).text,
                              ana_number(offsets[i]).text);
            goto done;
        }
        intervals->start[i] = onsets[i];
        intervals->stop[i] = offsets[i];
        ANA_TRY(ana_column_set_text(label, i, name));
    }
done:
    return status;
}

/* /name_onset_s and /name_offset_s, where both are there, to the intervals `name`. */
static ana_status add_spans(const ana_signal_h5 *reader, const char *name)
{
    ana_status status = ANA_OK;
    ana_text path = {0};
    ana_intervals *intervals = NULL;
    double *onsets = NULL;
    double *offsets = NULL;
    size_t n = 0;
    size_t n_offsets = 0;
    bool found = false;
    ana_text_printf(&path, "/%s_offset_s", name);
    ANA_TRY(ana_text_check(&path, "path"));
    ANA_TRY(ana_signal_h5_look(reader->file, path.bytes, &found));
    if (!found) {
        goto done;
    }
    ANA_TRY(ana_hdf5_read_doubles(reader->file, path.bytes, NULL, &offsets, &n_offsets));
    path.n = 0;
    ana_text_printf(&path, "/%s_onset_s", name);
    ANA_TRY(ana_text_check(&path, "path"));
    ANA_TRY(ana_hdf5_read_doubles(reader->file, path.bytes, NULL, &onsets, &n));
    if (n != n_offsets) {
        status = ana_fail(ANA_ERR_FORMAT,
                          "%s: /%s_onset_s: holds %zu entries, and /%s_offset_s %zu; equal numbers "
                          "are right",
                          reader->path, name, n, name, n_offsets);
        goto done;
    }
    ANA_TRY(ana_intervals_new(name, n, &intervals));
    ANA_TRY(fill_spans(reader, name, onsets, offsets, intervals));
    status = ana_recording_add_intervals(reader->recording, intervals);
    intervals = NULL;
done:
    ana_intervals_free(intervals);
    free(onsets);
    free(offsets);
    ana_text_release(&path);
    return status;
}

ana_status ana_signal_h5_add_spans(const ana_signal_h5 *reader)
{
    static const char ending[] = "_onset_s";
    ana_hdf5_links links = {0};
    ana_status status = ana_hdf5_list(reader->file, "/", &links);
    for (size_t i = 0; i < links.n && status == ANA_OK; i++) {
        char *name = links.items[i].name;
        const size_t n = strlen(name);
        if (n >= sizeof ending && strcmp(name + n - (sizeof ending - 1), ending) == 0) {
            name[n - (sizeof ending - 1)] = '\0';
            status = add_spans(reader, name);
        }
    }
    ana_hdf5_links_release(&links);
    return status;
}
