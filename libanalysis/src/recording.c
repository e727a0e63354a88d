#include "lists.h"
#include "memory.h"
#include "try.h"

#include <analysis/recording.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t max_warnings = 50;

void ana_recording_free(ana_recording *recording)
{
    if (recording == NULL) {
        return;
    }
    for (size_t i = 0; i < recording->n_series; i++) {
        ana_series_free(recording->series[i]);
    }
    for (size_t i = 0; i < recording->n_spikes; i++) {
        ana_spikes_free(recording->spikes[i]);
    }
    for (size_t i = 0; i < recording->n_intervals; i++) {
        ana_intervals_free(recording->intervals[i]);
    }
    for (size_t i = 0; i < recording->n_tables; i++) {
        free(recording->tables[i].name);
        ana_table_free(recording->tables[i].table);
    }
    for (size_t i = 0; i < recording->n_facts; i++) {
        free(recording->facts[i].name);
        free(recording->facts[i].value);
    }
    free(recording->series);
    free(recording->spikes);
    free(recording->intervals);
    free(recording->tables);
    free(recording->facts);
    ana_free_texts(recording->n_warnings, recording->warnings);
    free(recording->format);
    free(recording->path);
    free(recording->start_time);
    free(recording);
}

ana_status ana_recording_new(ana_recording **out)
{
    return ana_allocate(1, sizeof **out, "recording", out);
}

/* The names of one kind of object: what is looked up, compared and made distinct. */
typedef const char *(*name_function)(const ana_recording *recording, size_t i);

static const char *series_name(const ana_recording *recording, size_t i)
{
    return recording->series[i]->name;
}

static const char *spikes_name(const ana_recording *recording, size_t i)
{
    return recording->spikes[i]->name;
}

static const char *intervals_name(const ana_recording *recording, size_t i)
{
    return recording->intervals[i]->name;
}

static const char *table_name(const ana_recording *recording, size_t i)
{
    return recording->tables[i].name;
}

/* Place of the object of that name among the first n (n when there is none); NULL: the first. */
static size_t find(const ana_recording *recording, size_t n, name_function name_of,
                   const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (name == NULL || strcmp(name_of(recording, i), name) == 0) {
            return i;
        }
    }
    return n;
}

/* *name (owned) becomes distinct from the n names there are: a taken one gets "_2", "_3", ... */
static ana_status make_distinct(const ana_recording *recording, size_t n, name_function name_of,
                                char **name)
{
    if (*name == NULL) {
        return ana_fail(ANA_ERR_VALUE, "recording: an object without a name was added");
    }
    if (find(recording, n, name_of, *name) == n) {
        return ANA_OK;
    }
    const size_t size = strlen(*name) + 24;
    char *longer = NULL;
    ana_status status = ana_allocate(size, 1, "name", &longer);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t i = 2; i <= n + 2; i++) { /* among n + 1 names one is free */
        snprintf(longer, size, "%s_%zu", *name, i);
        if (find(recording, n, name_of, longer) == n) {
            break;
        }
    }
    free(*name);
    *name = longer;
    return ANA_OK;
}

/* Room for one more element in a list whose length is its capacity. */
static ana_status make_room(void *list, size_t n, size_t size)
{
    return ana_grow(list, &n, n + 1, size, "recording");
}

ana_status ana_recording_add_series(ana_recording *recording, ana_series *series)
{
    ana_status status = ANA_OK;
    const size_t n = recording->n_series;
    ANA_TRY(make_distinct(recording, n, series_name, &series->name));
    ANA_TRY(make_room(&recording->series, n, sizeof(ana_series *)));
    recording->series[recording->n_series++] = series;
    series = NULL;
done:
    ana_series_free(series);
    return status;
}

ana_status ana_recording_add_spikes(ana_recording *recording, ana_spikes *spikes)
{
    ana_status status = ANA_OK;
    const size_t n = recording->n_spikes;
    ANA_TRY(make_distinct(recording, n, spikes_name, &spikes->name));
    ANA_TRY(make_room(&recording->spikes, n, sizeof(ana_spikes *)));
    recording->spikes[recording->n_spikes++] = spikes;
    spikes = NULL;
done:
    ana_spikes_free(spikes);
    return status;
}

ana_status ana_recording_add_intervals(ana_recording *recording, ana_intervals *intervals)
{
    ana_status status = ANA_OK;
    const size_t n = recording->n_intervals;
    ANA_TRY(make_distinct(recording, n, intervals_name, &intervals->name));
    ANA_TRY(make_room(&recording->intervals, n, sizeof(ana_intervals *)));
    recording->intervals[recording->n_intervals++] = intervals;
    intervals = NULL;
done:
    ana_intervals_free(intervals);
    return status;
}

ana_status ana_recording_add_table(ana_recording *recording, const char *name, ana_table *table)
{
    ana_status status = ANA_OK;
    const size_t n = recording->n_tables;
    char *copy = NULL;
    ANA_TRY(ana_copy_text(name, &copy));
    ANA_TRY(make_distinct(recording, n, table_name, &copy));
    ANA_TRY(make_room(&recording->tables, n, sizeof *recording->tables));
    recording->tables[recording->n_tables++] = (ana_named_table){copy, table};
    return ANA_OK;
done:
    free(copy);
    ana_table_free(table);
    return status;
}

ana_status ana_recording_add_fact(ana_recording *recording, const char *name, const char *value)
{
    ana_status status = ANA_OK;
    ana_fact fact = {NULL, NULL};
    if (value == NULL || value[0] == '\0') {
        return ANA_OK;
    }
    ANA_TRY(ana_copy_text(name, &fact.name));
    ANA_TRY(ana_copy_text(value, &fact.value));
    ANA_TRY(make_room(&recording->facts, recording->n_facts, sizeof *recording->facts));
    recording->facts[recording->n_facts++] = fact;
    return ANA_OK;
done:
    free(fact.name);
    free(fact.value);
    return status;
}

void ana_recording_warn(ana_recording *recording, const char *format, ...)
{
    char sentence[1024];
    char *copy = NULL;
    if (recording->n_warnings > max_warnings) {
        return;
    }
    if (recording->n_warnings == max_warnings) {
        snprintf(sentence, sizeof sentence, "more than %zu warnings; the rest are left out",
                 max_warnings);
    } else {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(sentence, sizeof sentence, format, arguments);
        va_end(arguments);
    }
    if (ana_copy_text(sentence, &copy) == ANA_OK &&
        make_room(&recording->warnings, recording->n_warnings, sizeof copy) == ANA_OK) {
        recording->warnings[recording->n_warnings++] = copy;
        return;
    }
    free(copy);
}

const ana_series *ana_recording_find_series(const ana_recording *recording, const char *name)
{
    size_t i = find(recording, recording->n_series, series_name, name);
    return i < recording->n_series ? recording->series[i] : NULL;
}

const ana_spikes *ana_recording_find_spikes(const ana_recording *recording, const char *name)
{
    size_t i = find(recording, recording->n_spikes, spikes_name, name);
    return i < recording->n_spikes ? recording->spikes[i] : NULL;
}

const ana_intervals *ana_recording_find_intervals(const ana_recording *recording, const char *name)
{
    size_t i = find(recording, recording->n_intervals, intervals_name, name);
    return i < recording->n_intervals ? recording->intervals[i] : NULL;
}

const ana_table *ana_recording_find_table(const ana_recording *recording, const char *name)
{
    size_t i = find(recording, recording->n_tables, table_name, name);
    return i < recording->n_tables ? recording->tables[i].table : NULL;
}

const char *ana_recording_find_fact(const ana_recording *recording, const char *name)
{
    for (size_t i = 0; i < recording->n_facts; i++) {
        if (name == NULL || strcmp(recording->facts[i].name, name) == 0) {
            return recording->facts[i].value;
        }
    }
    return NULL;
}

static double later(double a, double b)
{
    return b > a ? b : a; /* a when b is NaN */
}

static double last_of_spikes(const ana_spikes *spikes)
{
    double last = 0.0;
    for (size_t i = 0; i < spikes->n_spikes; i++) {
        last = later(last, spikes->times[i]);
    }
    for (size_t i = 0; i < spikes->observed_row[spikes->n_units]; i++) {
        last = later(last, spikes->observed_stop[i]);
    }
    return last;
}

ana_status ana_recording_duration(const ana_recording *recording, double *out)
{
    ana_status status = ANA_OK;
    double last = 0.0;
    for (size_t i = 0; i < recording->n_series; i++) {
        double stop = 0.0;
        ANA_TRY(ana_series_stop(recording->series[i], &stop));
        last = later(last, stop);
    }
    for (size_t i = 0; i < recording->n_spikes; i++) {
        last = later(last, last_of_spikes(recording->spikes[i]));
    }
    for (size_t i = 0; i < recording->n_intervals; i++) {
        const ana_intervals *intervals = recording->intervals[i];
        for (size_t r = 0; r < intervals->n; r++) {
            last = later(later(last, intervals->start[r]), intervals->stop[r]);
        }
    }
    *out = last;
done:
    return status;
}

static ana_status check_names(const ana_recording *recording, size_t n, name_function name_of,
                              const char *kind)
{
    for (size_t i = 0; i < n; i++) {
        const char *name = name_of(recording, i);
        if (name == NULL) {
            return ana_fail(ANA_ERR_VALUE, "recording: %s %zu has no name", kind, i);
        }
        if (find(recording, i, name_of, name) < i) {
            return ana_fail(ANA_ERR_VALUE, "recording: two %s are named \"%s\"", kind, name);
        }
    }
    return ANA_OK;
}

ana_status ana_recording_check(const ana_recording *recording)
{
    ana_status status = ANA_OK;
    ANA_TRY(check_names(recording, recording->n_series, series_name, "series"));
    ANA_TRY(check_names(recording, recording->n_spikes, spikes_name, "sets of spikes"));
    ANA_TRY(check_names(recording, recording->n_intervals, intervals_name, "sets of intervals"));
    ANA_TRY(check_names(recording, recording->n_tables, table_name, "tables"));
    for (size_t i = 0; i < recording->n_series; i++) {
        ANA_TRY(ana_series_check(recording->series[i]));
    }
    for (size_t i = 0; i < recording->n_spikes; i++) {
        ANA_TRY(ana_spikes_check(recording->spikes[i]));
    }
    for (size_t i = 0; i < recording->n_intervals; i++) {
        ANA_TRY(ana_intervals_check(recording->intervals[i]));
    }
    for (size_t i = 0; i < recording->n_tables; i++) {
        ANA_TRY(ana_table_check(recording->tables[i].table));
    }
done:
    return status;
}
