#include "checked.h"
#include "memory.h"
#include "read_ahead.h"
#include "try.h"
#include "workspace.h"

#include <analysis/calcium.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>

/* One event: samples first ... stop - 1 of the series. */
typedef struct event {
    size_t channel;
    size_t segment;
    size_t first;
    size_t stop;
    size_t peak_at;
    double peak;
} event;

typedef struct event_list {
    size_t n;
    size_t capacity;
    event *events;
} event_list;

/* What an event has to reach, in the trace's unit and in samples. */
typedef struct event_rule {
    double high;
    double low;
    double least; /* samples */
} event_rule;

static ana_status add_event(event_list *list, const event *found)
{
    ana_status status =
        ana_grow(&list->events, &list->capacity, list->n + 1, sizeof *list->events, "events");
    if (status == ANA_OK) {
        list->events[list->n++] = *found;
    }
    return status;
}

/* The runs of samples above `low` that rise above `high` and last; a NaN is above nothing. */
static ana_status find_events(size_t n, const double *x, const event_rule *rule, event found,
                              size_t origin, event_list *list)
{
    for (size_t t = 0; t < n;) {
        if (!(x[t] > rule->low)) {
            t++;
            continue;
        }
        size_t start = t;
        size_t peak = t;
        for (; t < n && x[t] > rule->low; t++) {
            peak = x[t] > x[peak] ? t : peak;
        }
        if (!(x[peak] > rule->high) || (double)(t - start) < rule->least) {
            continue;
        }
        found.first = origin + start;
        found.stop = origin + t;
        found.peak_at = origin + peak;
        found.peak = x[peak];
        ana_status status = add_event(list, &found);
        if (status != ANA_OK) {
            return status;
        }
    }
    return ANA_OK;
}

static ana_status find_in_segment(ana_read_ahead *ahead, size_t channel, size_t segment,
                                  const ana_calcium_options *options, double *x, event_list *list)
{
    ana_status status = ANA_OK;
    const ana_series *series = ahead->series;
    const ana_segment *where = &series->segments[segment];
    double median = 0.0;
    double scale = 0.0;
    event found = {.channel = channel, .segment = segment};
    ANA_TRY(ana_read_ahead_row(ahead, channel, where->first, where->n_times, x));
    ANA_TRY(ana_stats_robust_scale(where->n_times, x, &median, &scale));
    event_rule rule = {median + options->threshold * scale, median + options->release * scale,
                       options->min_duration_s * series->rate - 1e-9};
    ANA_TRY(find_events(where->n_times, x, &rule, found, where->first, list));
done:
    return status;
}

static double time_of(const ana_series *series, const event *found, size_t sample)
{
    const ana_segment *segment = &series->segments[found->segment];
    return segment->start + (double)(sample - segment->first) / series->rate;
}

/* The list as intervals; "channels" is ragged, one name each. */
static ana_status to_intervals(const ana_series *series, const event_list *list,
                               ana_intervals **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_intervals *intervals = NULL;
    ana_column *names = NULL;
    const size_t n = list->n;
    size_t *row_start = ana_workspace_sizes(&workspace, n + 1, 1);
    int64_t *channel = ana_workspace_bytes(&workspace, n, 1, sizeof *channel);
    double *peak = ana_workspace_doubles(&workspace, n, 1);
    double *peak_time = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "events"));
    ANA_TRY(ana_intervals_new("events", n, &intervals));
    for (size_t i = 0; i < n; i++) {
        const event *found = &list->events[i];
        intervals->start[i] = time_of(series, found, found->first);
        intervals->stop[i] = time_of(series, found, found->stop);
        row_start[i + 1] = i + 1;
        channel[i] = (int64_t)found->channel;
        peak[i] = found->peak;
        peak_time[i] = time_of(series, found, found->peak_at);
    }
    ANA_TRY(ana_table_add(intervals->table, "channels", ANA_COLUMN_TEXT, row_start, &names));
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(ana_column_set_text(names, i, series->channels[list->events[i].channel].name));
    }
    const char *unit = series->n_channels > 0 ? series->channels[0].unit : NULL;
    ANA_TRY(ana_table_add_ints(intervals->table, "channel", channel));
    ANA_TRY(ana_table_add_doubles(intervals->table, "peak", unit, peak));
    ANA_TRY(ana_table_add_doubles(intervals->table, "peak_time", "s", peak_time));
    *out = intervals;
    intervals = NULL;
done:
    ana_intervals_free(intervals);
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check_request(const ana_series *series, const ana_calcium_options *options,
                                size_t longest)
{
    ana_status status = ana_options_check(ana_calcium_option_table, options, "calcium");
    if (status != ANA_OK) {
        return status;
    }
    if (!(series->rate > 0.0)) {
        return ana_fail(ANA_ERR_VALUE, "events: \"%s\" has no regular rate", series->name);
    }
    size_t n_bytes = 0;
    if (!ana_multiply(longest, 2 * sizeof(double), &n_bytes)) {
        n_bytes = SIZE_MAX;
    }
    return ana_run_check_memory(&options->run, n_bytes, "events: one segment of one channel");
}

ana_status ana_calcium_events(const ana_series *series, const ana_calcium_options *options,
                              ana_intervals **out)
{
    ana_status status = ANA_OK;
    const ana_calcium_options defaults = ana_calcium_options_default();
    options = options != NULL ? options : &defaults;
    ana_workspace workspace = {0};
    event_list list = {0};
    size_t longest = 0;
    for (size_t s = 0; s < series->n_segments; s++) {
        size_t n = series->segments[s].n_times;
        longest = n > longest ? n : longest;
    }
    ANA_TRY(check_request(series, options, longest));
    double *x = ana_workspace_doubles(&workspace, longest, 1);
    ana_read_ahead ahead = ana_read_ahead_of(series, &options->run, &workspace);
    ANA_TRY(ana_workspace_check(&workspace, "events"));
    for (size_t i = 0; i < series->n_channels * series->n_segments; i++) {
        size_t channel = i / series->n_segments;
        ANA_TRY(ana_run_progress(&options->run, "events", channel, series->n_channels));
        ANA_TRY(find_in_segment(&ahead, channel, i % series->n_segments, options, x, &list));
    }
    ANA_TRY(to_intervals(series, &list, out));
done:
    free(list.events);
    ana_workspace_release(&workspace);
    return status;
}
