#include "arrays.h"

#include "checked.h"
#include "format.h"
#include "lists.h"
#include "memory.h"
#include "source.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_NAMED = 6,       /* series in one warning */
    MAX_CHANNELS = 65536 /* more than any recording has: then the axes are something else */
};

static ana_status append(ana_array_list *list, const char *name, ana_named_array **out)
{
    ana_status status =
        ana_grow(&list->items, &list->capacity, list->n + 1, sizeof *list->items, "arrays");
    if (status != ANA_OK) {
        return status;
    }
    ana_named_array array = {0};
    status = ana_copy_text(name, &array.name);
    if (status == ANA_OK) {
        list->items[list->n] = array;
        *out = &list->items[list->n++];
    }
    return status;
}

ana_status ana_array_list_add(ana_array_list *list, const char *name, const ana_placed_array *place)
{
    ana_named_array *array = NULL;
    ana_status status = append(list, name, &array);
    if (status != ANA_OK) {
        return status;
    }
    array->place = *place;
    array->place.held = ana_held_file_share(place->held);
    array->n = 1;
    for (size_t i = 0; i < place->n_axes; i++) {
        array->n *= place->shape[i]; /* bytes of the file stand behind them: no overflow */
    }
    return ANA_OK;
}

ana_status ana_array_list_add_texts(ana_array_list *list, const char *name, size_t n,
                                    const char *const *texts)
{
    ana_named_array *array = NULL;
    ana_status status = append(list, name, &array);
    if (status != ANA_OK) {
        return status;
    }
    array->n = n;
    return ana_copy_texts(n, texts, &array->texts);
}

const ana_named_array *ana_array_list_find(const ana_array_list *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++) {
        if (strcmp(list->items[i].name, name) == 0) {
            return &list->items[i];
        }
    }
    return NULL;
}

void ana_array_list_release(ana_array_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->items[i].name);
        ana_held_file_free(list->items[i].place.held);
        ana_free_texts(list->items[i].n, list->items[i].texts);
    }
    free(list->items);
    *list = (ana_array_list){0};
}

/* The axis that is time: the longest, the last of several. */
static size_t time_axis(const ana_placed_array *place)
{
    size_t found = 0;
    for (size_t i = 1; i < place->n_axes; i++) {
        found = place->shape[i] >= place->shape[found] ? i : found;
    }
    return found;
}

static size_t count_long_axes(const ana_placed_array *place)
{
    size_t n = 0;
    for (size_t i = 0; i < place->n_axes; i++) {
        n += place->shape[i] > 1 ? 1 : 0;
    }
    return n;
}

ana_status ana_named_array_read(const ana_named_array *array, const ana_run *run, double *out)
{
    ana_status status = ANA_OK;
    ana_source *source = NULL;
    ana_workspace workspace = {0};
    ana_placed_array place = array->place;
    size_t bytes = 0;
    if (array->n == 0) {
        return ANA_OK;
    }
    if (!ana_multiply(array->n, sizeof *out, &bytes)) {
        return ana_fail(ANA_ERR_LIMIT, "\"%s\": does not fit in memory", array->name);
    }
    ANA_TRY(ana_run_check_memory(run, bytes, array->name));
    /* The source's channels run through all axes but the last in C order: so does the array. */
    size_t last = place.n_axes > 0 ? place.n_axes - 1 : 0;
    if (place.n_axes == 0) {
        place.n_axes = 1;
        place.shape[0] = 1;
        place.stride[0] = 1;
    }
    size_t n_channels = array->n / place.shape[last];
    size_t *channels = ana_workspace_sizes(&workspace, n_channels, 1);
    ANA_TRY(ana_workspace_check(&workspace, array->name));
    for (size_t c = 0; c < n_channels; c++) {
        channels[c] = c;
    }
    ANA_TRY(ana_source_from_array(&place, last, &source));
    const ana_window all = {
        .n_channels = n_channels, .channels = channels, .n_times = place.shape[last]};
    ANA_TRY(ana_source_read(source, &all, out));
done:
    ana_source_free(source);
    ana_workspace_release(&workspace);
    return status;
}

/* Names for a sentence: the first of them, and how many there are. */
typedef struct name_list {
    ana_text text;
    size_t n;
} name_list;

/* The list on its way into the recording, and what had to be guessed. */
typedef struct intake {
    ana_recording *recording;
    const ana_array_list *list;
    const ana_read_options *options;
    size_t *times_of;        /* of each array: which one is its times, or list->n */
    size_t *axis_of;         /* of each array: the one that is time */
    bool *gives_times;       /* of each array: it is the times of another */
    name_list without_axis;  /* series whose time axis was guessed */
    name_list without_times; /* series without rate or times */
} intake;

/* Where the last component of "data.time" begins. */
static size_t prefix_length(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL ? (size_t)(dot - name) + 1 : 0;
}

static bool is_called_time(const char *name)
{
    static const char *const words[] = {"t", "time", "times", "time_s", "timestamps"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (ana_text_equal_ignoring_case(name + prefix_length(name), words[i])) {
            return true;
        }
    }
    return false;
}

static bool is_time_vector(const ana_named_array *array)
{
    return array->texts == NULL && array->n > 1 && count_long_axes(&array->place) == 1 &&
           is_called_time(array->name);
}

/* The last axis of that length; n_axes when there is none. */
static size_t axis_of_length(const ana_placed_array *place, size_t length)
{
    size_t axis = place->n_axes;
    while (axis > 0 && place->shape[axis - 1] != length) {
        axis--;
    }
    return axis > 0 ? axis - 1 : place->n_axes;
}

/* Which vector of the list gives the times of `array`, and along which of its axes; list->n when
 * none does. */
static size_t find_times(const ana_array_list *list, const ana_named_array *array, size_t *axis)
{
    if (array->texts != NULL || array->n == 0 || is_time_vector(array)) {
        return list->n;
    }
    size_t n = prefix_length(array->name);
    for (size_t i = 0; i < list->n; i++) {
        const ana_named_array *other = &list->items[i];
        size_t found =
            is_time_vector(other) ? axis_of_length(&array->place, other->n) : array->place.n_axes;
        if (found < array->place.n_axes && prefix_length(other->name) == n &&
            strncmp(other->name, array->name, n) == 0) {
            *axis = found;
            return i;
        }
    }
    return list->n;
}

/* Who takes its times from whom. */
static ana_status match_times(intake *in, ana_workspace *workspace)
{
    const ana_array_list *list = in->list;
    in->times_of = ana_workspace_sizes(workspace, list->n, 1);
    in->axis_of = ana_workspace_sizes(workspace, list->n, 1);
    in->gives_times = ana_workspace_bytes(workspace, list->n, 1, sizeof *in->gives_times);
    ana_status status = ana_workspace_check(workspace, "arrays");
    for (size_t i = 0; status == ANA_OK && i < list->n; i++) {
        in->axis_of[i] = time_axis(&list->items[i].place);
        in->times_of[i] = find_times(list, &list->items[i], &in->axis_of[i]);
        if (in->times_of[i] < list->n) {
            in->gives_times[in->times_of[i]] = true;
        }
    }
    return status;
}

/* *out = the n_times times of an array, or NULL when it has none. */
static ana_status read_times(const intake *in, size_t array, size_t n_times,
                             ana_workspace *workspace, double **out)
{
    *out = NULL;
    if (in->times_of[array] == in->list->n || in->options->rate > 0.0) {
        return ANA_OK;
    }
    const ana_named_array *times = &in->list->items[in->times_of[array]];
    double *values = ana_workspace_doubles(workspace, n_times, 1);
    ana_status status = ana_workspace_check(workspace, times->name);
    if (status == ANA_OK) {
        status = ana_named_array_read(times, &in->options->run, values);
    }
    *out = values;
    return status;
}

static void note(name_list *names, const char *name)
{
    names->n++;
    if (names->n <= MAX_NAMED) {
        ana_text_append(&names->text, names->n > 1 ? ", " : "");
        ana_text_append(&names->text, name);
    }
}

/* Append the index of channel `c` along the axes that are channels and longer than 1: "3,0". */
static void append_index(const ana_placed_array *place, size_t time, size_t c, ana_text *name)
{
    size_t step = 1; /* channels per step of the axis */
    for (size_t axis = 0; axis < place->n_axes; axis++) {
        step *= axis == time ? 1 : place->shape[axis];
    }
    for (size_t axis = 0; axis < place->n_axes; axis++) {
        if (axis != time && place->shape[axis] > 1) {
            step /= place->shape[axis];
            ana_text_printf(name, "%s%zu", name->n > 0 ? "," : "", c / step);
            c %= step;
        }
    }
}

static ana_status name_channels(ana_series *series, const ana_placed_array *place, size_t time)
{
    for (size_t c = 0; c < series->n_channels; c++) {
        ana_text name = {0};
        append_index(place, time, c, &name);
        if (name.n == 0) {
            ana_text_append(&name, series->name);
        }
        ana_status status = ana_text_check(&name, "channel");
        if (status != ANA_OK) {
            ana_text_release(&name);
            return status;
        }
        series->channels[c].name = name.bytes;
    }
    return ANA_OK;
}

static ana_status add_series(intake *in, size_t i)
{
    ana_status status = ANA_OK;
    ana_series *series = NULL;
    ana_workspace workspace = {0};
    double *times = NULL;
    const ana_named_array *array = &in->list->items[i];
    ana_placed_array empty = array->place; /* of one channel, whatever its shape */
    empty.n_axes = 1;
    empty.shape[0] = 0;
    const ana_placed_array *place = array->n > 0 ? &array->place : &empty;
    size_t axis = array->n > 0 ? in->axis_of[i] : 0;
    size_t n_times = place->shape[axis];
    size_t n_channels = n_times > 0 ? array->n / n_times : 1;
    if (n_channels > MAX_CHANNELS) {
        return ana_recover(in->recording, in->options,
                           "%s: \"%s\" is not read: with its longest axis as time there are %zu "
                           "channels, and at most %d are read",
                           in->recording->path, array->name, n_channels, MAX_CHANNELS);
    }
    const size_t bytes = n_channels * (sizeof(ana_channel) + 32);
    ANA_TRY(ana_run_check_memory(&in->options->run, bytes, array->name));
    ANA_TRY(ana_series_new(array->name, n_channels, &series));
    ANA_TRY(name_channels(series, place, axis));
    series->type = place->type.sample;
    ANA_TRY(ana_source_from_array(place, axis, &series->source));
    ANA_TRY(read_times(in, i, n_times, &workspace, &times));
    ANA_TRY(ana_series_set_times(series, n_times, in->options->rate, times));
    if (count_long_axes(place) > 1 && in->times_of[i] == in->list->n) {
        note(&in->without_axis, array->name);
    }
    if (in->options->rate <= 0.0 && times == NULL) {
        note(&in->without_times, array->name);
    }
    status = ana_recording_add_series(in->recording, series);
    series = NULL;
done:
    ana_workspace_release(&workspace);
    ana_series_free(series);
    return status;
}

/* A single number as text: integers exactly. */
static ana_status format_number(const ana_named_array *array, ana_text *text)
{
    int64_t integer = 0;
    uint64_t natural = 0;
    double value = 0.0;
    ana_source *source = NULL;
    const size_t none = 0;
    const ana_window one = {.n_channels = 1, .channels = &none, .n_times = 1};
    ana_placed_array place = array->place;
    place.n_axes = 1;
    place.shape[0] = 1;
    place.stride[0] = 1;
    ana_status status = ana_source_from_array(&place, 0, &source);
    if (status != ANA_OK) {
        return status;
    }
    if (place.type.sample == ANA_INT64) {
        status = ana_source_read_stored(source, &one, &integer);
        ana_text_printf(text, "%lld", (long long)integer);
    } else if (place.type.sample == ANA_UINT64) {
        status = ana_source_read_stored(source, &one, &natural);
        ana_text_printf(text, "%llu", (unsigned long long)natural);
    } else {
        status = ana_source_read(source, &one, &value);
        ana_text_append_double(text, value);
    }
    ana_source_free(source);
    return status == ANA_OK ? ana_text_check(text, array->name) : status;
}

static ana_status add_number(intake *in, const ana_named_array *array)
{
    ana_text text = {0};
    ana_status status = format_number(array, &text);
    if (status == ANA_OK) {
        status = ana_recording_add_fact(in->recording, array->name, text.bytes);
    }
    ana_text_release(&text);
    return status;
}

static ana_status add_texts(intake *in, const ana_named_array *array)
{
    if (array->n == 1) {
        return ana_recording_add_fact(in->recording, array->name, array->texts[0]);
    }
    ana_table *table = NULL;
    ana_status status = ana_table_new(array->n, &table);
    if (status != ANA_OK) {
        return status;
    }
    status = ana_table_add_texts(table, array->name, (const char *const *)array->texts);
    if (status != ANA_OK) {
        ana_table_free(table);
        return status;
    }
    return ana_recording_add_table(in->recording, array->name, table);
}

static ana_status warn_of(intake *in, const name_list *names, const char *what)
{
    if (names->n == 0) {
        return ANA_OK;
    }
    ana_status status = ana_text_check(&names->text, "warning");
    return status == ANA_OK
               ? ana_recover(in->recording, in->options, "%s: %s%s", what, names->text.bytes,
                             names->n > MAX_NAMED ? " and others" : "")
               : status;
}

static ana_status warn_of_guesses(intake *in)
{
    ana_status status =
        warn_of(in, &in->without_axis, "which axis is time is not known; the longest is taken");
    return status == ANA_OK ? warn_of(in, &in->without_times,
                                      "the sampling rate is not known, so times count samples "
                                      "(--rate gives it)")
                            : status;
}

static ana_status add_array(intake *in, size_t i)
{
    const ana_named_array *array = &in->list->items[i];
    if (array->texts != NULL) {
        return add_texts(in, array);
    }
    if (array->n == 1 && array->place.n_axes != 1) {
        return add_number(in, array);
    }
    return in->gives_times[i] ? ANA_OK : add_series(in, i);
}

ana_status ana_recording_add_arrays(ana_recording *recording, const ana_array_list *list,
                                    const ana_read_options *options)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    intake in = {.recording = recording, .list = list, .options = options};
    if (list->n > ANA_MAX_ARRAYS) {
        return ana_fail(ANA_ERR_UNSUPPORTED, "%zu arrays; a recording has at most %d", list->n,
                        ANA_MAX_ARRAYS);
    }
    ANA_TRY(match_times(&in, &workspace));
    for (size_t i = 0; i < list->n; i++) {
        ANA_TRY(add_array(&in, i));
    }
    ANA_TRY(warn_of_guesses(&in));
done:
    ana_workspace_release(&workspace);
    ana_text_release(&in.without_axis.text);
    ana_text_release(&in.without_times.text);
    return status;
}
