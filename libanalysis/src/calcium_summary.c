#include "checked.h"
#include "picture.h"
#include "read_ahead.h"
#include "try.h"
#include "workspace.h"

#include <analysis/calcium_summary.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_COLUMNS = 1000,
    MAX_TRACES = 8
};

/* Pieces of the segments that become one column of a picture each, and the gaps between segments.
 */
typedef struct piece_columns {
    size_t n;
    size_t *segment;
    size_t *first; /* sample of the series */
    size_t *count; /* samples; 0: a gap */
    double *time;  /* centre */
} piece_columns;

/* What is measured of each region. */
typedef struct region_list {
    size_t n;
    const char **names;
    double *coefficient;
    double *noise;
    double *noise_level;
    double *event_rate;
    size_t *n_events;
    size_t *n_missing;   /* samples of the fluorescence */
    size_t *n_undefined; /* samples that are there, but whose baseline is not positive */
    size_t *order;       /* by events, most first */
    ana_oasis_fit *fits;
} region_list;

typedef struct summary {
    const ana_series *corrected; /* fluorescence less neuropil */
    const ana_series *dff;
    const ana_calcium_options *options;
    ana_read_ahead fluorescence; /* of corrected */
    ana_read_ahead ratios;       /* of dff */
    piece_columns columns;
    region_list regions;
    double *means;    /* regions x columns */
    double *activity; /* regions x columns, or NULL */
    double *samples;  /* the longest segment */
    double *room;     /* as long */
    size_t longest;   /* segment */
} summary;

static size_t longest_segment(const ana_series *series)
{
    size_t longest = 0;
    for (size_t s = 1; s < series->n_segments; s++) {
        if (series->segments[s].n_times > series->segments[longest].n_times) {
            longest = s;
        }
    }
    return longest;
}

/* Cut the segments into pieces of one length, so that there are at most about MAX_COLUMNS. */
static void lay_out_columns(const ana_series *series, piece_columns *columns)
{
    const size_t piece = series->n_times / MAX_COLUMNS + 1;
    columns->n = 0;
    for (size_t s = 0; s < series->n_segments; s++) {
        const ana_segment *segment = &series->segments[s];
        for (size_t at = 0; at < segment->n_times; at += piece) {
            size_t left = segment->n_times - at;
            size_t n = left < piece ? left : piece;
            size_t i = columns->n++;
            columns->segment[i] = s;
            columns->first[i] = segment->first + at;
            columns->count[i] = n;
            columns->time[i] = segment->start + ((double)at + 0.5 * (double)(n - 1)) / series->rate;
        }
        if (s + 1 < series->n_segments) {
            size_t i = columns->n++;
            columns->segment[i] = s;
            columns->first[i] = segment->first + segment->n_times;
            columns->count[i] = 0;
            columns->time[i] = segment->start + (double)segment->n_times / series->rate;
        }
    }
}

/* Means of the pieces of one segment of one channel; NaN where a piece is missing or a gap. */
static void take_means(const piece_columns *columns, size_t segment, size_t first,
                       const double *samples, double *means)
{
    for (size_t i = 0; i < columns->n; i++) {
        if (columns->segment[i] == segment) {
            means[i] = ana_stats_mean(columns->count[i], samples + (columns->first[i] - first));
        }
    }
}

static ana_status allocate_regions(ana_workspace *workspace, size_t n, region_list *regions)
{
    regions->n = n;
    regions->names = ana_workspace_bytes(workspace, n, 1, sizeof *regions->names);
    regions->noise = ana_workspace_doubles(workspace, n, 1);
    regions->noise_level = ana_workspace_doubles(workspace, n, 1);
    regions->event_rate = ana_workspace_doubles(workspace, n, 1);
    regions->n_events = ana_workspace_sizes(workspace, n, 1);
    regions->n_missing = ana_workspace_sizes(workspace, n, 1);
    regions->n_undefined = ana_workspace_sizes(workspace, n, 1);
    regions->order = ana_workspace_sizes(workspace, n, 1);
    regions->fits = ana_workspace_bytes(workspace, n, 1, sizeof *regions->fits);
    return ana_workspace_check(workspace, "calcium");
}

static ana_status allocate(ana_workspace *workspace, bool with_activity, summary *s)
{
    ana_status status = ANA_OK;
    const ana_series *series = s->dff;
    size_t piece = series->n_times / MAX_COLUMNS + 1;
    size_t most = series->n_times / piece + 2 * series->n_segments; /* a rest and a gap for each */
    s->longest = longest_segment(series);
    size_t n_times = series->n_segments > 0 ? series->segments[s->longest].n_times : 0;
    size_t n_bytes = 0;
    if (!ana_multiply(n_times, 2 * sizeof(double), &n_bytes)) {
        n_bytes = SIZE_MAX;
    }
    ANA_TRY(ana_run_check_memory(&s->options->run, n_bytes, "calcium: one segment of one channel"));
    s->columns.segment = ana_workspace_sizes(workspace, most, 1);
    s->columns.first = ana_workspace_sizes(workspace, most, 1);
    s->columns.count = ana_workspace_sizes(workspace, most, 1);
    s->columns.time = ana_workspace_doubles(workspace, most, 1);
    s->samples = ana_workspace_doubles(workspace, n_times, 1);
    s->room = ana_workspace_doubles(workspace, n_times, 1);
    s->fluorescence = ana_read_ahead_of(s->corrected, &s->options->run, workspace);
    s->ratios = ana_read_ahead_of(series, &s->options->run, workspace);
    ANA_TRY(ana_workspace_check(workspace, "calcium"));
    lay_out_columns(series, &s->columns);
    s->means = ana_workspace_doubles(workspace, series->n_channels, s->columns.n);
    s->activity =
        with_activity ? ana_workspace_doubles(workspace, series->n_channels, s->columns.n) : NULL;
    ANA_TRY(allocate_regions(workspace, series->n_channels, &s->regions));
done:
    return status;
}

/* Means of one channel, its missing samples, and the noise of its longest segment. */
static ana_status measure_channel(summary *s, size_t channel)
{
    ana_status status = ANA_OK;
    const ana_series *series = s->dff;
    for (size_t i = 0; i < series->n_segments; i++) {
        const ana_segment *segment = &series->segments[i];
        size_t n = segment->n_times;
        ANA_TRY(ana_read_ahead_row(&s->fluorescence, channel, segment->first, n, s->samples));
        size_t n_present = ana_stats_count(n, s->samples);
        ANA_TRY(ana_read_ahead_row(&s->ratios, channel, segment->first, n, s->samples));
        take_means(&s->columns, i, segment->first, s->samples, s->means + channel * s->columns.n);
        s->regions.n_missing[channel] += n - n_present;
        s->regions.n_undefined[channel] += n_present - ana_stats_count(n, s->samples);
        if (i != s->longest) {
            continue;
        }
        s->regions.noise_level[channel] =
            100.0 * ana_calcium_noise_level(n, s->samples, series->rate, s->room);
        ANA_TRY(ana_calcium_noise(n, s->samples, s->options->noise, &s->regions.noise[channel]));
    }
done:
    return status;
}

static ana_status measure_channels(summary *s)
{
    ana_status status = ANA_OK;
    size_t n_undefined = 0;
    for (size_t c = 0; c < s->dff->n_channels; c++) {
        ANA_TRY(ana_run_progress(&s->options->run, "calcium", c, s->dff->n_channels));
        s->regions.names[c] = s->dff->channels[c].name != NULL ? s->dff->channels[c].name : "";
        ANA_TRY(measure_channel(s, c));
        n_undefined += s->regions.n_undefined[c] > 0;
    }
    if (n_undefined > 0) {
        ana_warn(
            &s->options->run,
            "the baseline of %zu of %zu regions is not always positive: dF/F is missing there; "
            "take less neuropil off, or use --no-ratio",
            n_undefined, s->dff->n_channels);
    }
done:
    return status;
}

/* Events of each region, their rate, and the order of regions by them. */
static void count_events(const ana_intervals *events, summary *s)
{
    const ana_column *channel = ana_table_find(events->table, "channel");
    region_list *regions = &s->regions;
    for (size_t i = 0; i < events->n; i++) {
        regions->n_events[channel->ints[i]]++;
    }
    for (size_t c = 0; c < regions->n; c++) {
        size_t n_blind = regions->n_missing[c] + regions->n_undefined[c];
        double seen = (double)(s->dff->n_times - n_blind) / s->dff->rate;
        regions->event_rate[c] = 60.0 * (double)regions->n_events[c] / seen;
        size_t place = c;
        while (place > 0 && regions->n_events[regions->order[place - 1]] < regions->n_events[c]) {
            regions->order[place] = regions->order[place - 1];
            place--;
        }
        regions->order[place] = c;
    }
}

static ana_status take_activity(void *user, const ana_oasis_piece *piece)
{
    summary *s = user;
    const piece_columns *columns = &s->columns;
    size_t first = s->dff->segments[piece->segment].first;
    double *row = s->activity + piece->channel * columns->n;
    for (size_t i = 0; i < columns->n; i++) {
        if (columns->segment[i] == piece->segment) {
            const double *from = piece->spikes + (columns->first[i] - first);
            row[i] = columns->count[i] > 0 ? ana_stats_sum(columns->count[i], from) : (double)NAN;
        }
    }
    if (piece->segment == s->longest) {
        s->regions.fits[piece->channel] = piece->fit;
    }
    return ANA_OK;
}

static ana_status add_map(const summary *s, const char *name, const ana_picture_words *words,
                          const double *values, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *map = NULL;
    ana_shape shape = ana_shape_2(s->regions.n, "roi", s->columns.n, "time");
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_HEAT_MAP, words, &map));
    ANA_TRY(ana_record_add_text(map, "colours", "sequential")); /* what is below 0 is noise */
    ANA_TRY(ana_record_add_doubles(map, "values", shape, values, NULL));
    ANA_TRY(
        ana_record_add_doubles(map, "x", ana_shape_1(s->columns.n, "time"), s->columns.time, "s"));
    ANA_TRY(ana_record_add_texts(map, "row_labels", s->regions.n, s->regions.names));
done:
    return status;
}

/* The means of each region in units of its noise: bright and dim regions in one picture. */
static ana_status add_signal(const summary *s, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_picture_words words = {.title = "Fluorescence of all regions",
                                     .caption = "Each region's dF/F, or F - F0, over its noise.",
                                     .x_title = "time",
                                     .y_title = "region",
                                     .value_title = "signal / noise"};
    const size_t n = s->columns.n;
    double *values = ana_workspace_doubles(&workspace, s->regions.n, n);
    ANA_TRY(ana_workspace_check(&workspace, "calcium"));
    for (size_t i = 0; i < s->regions.n * n; i++) {
        values[i] = s->means[i] / s->regions.noise[i / n];
    }
    ANA_TRY(add_map(s, "signal", &words, values, record));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_traces(const summary *s, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *lines = NULL;
    const size_t n = s->columns.n;
    const size_t n_lines = s->regions.n < MAX_TRACES ? s->regions.n : MAX_TRACES;
    const char *labels[MAX_TRACES];
    double *y = ana_workspace_doubles(&workspace, n_lines, n);
    ANA_TRY(ana_workspace_check(&workspace, "calcium"));
    for (size_t i = 0; i < n_lines; i++) {
        size_t region = s->regions.order[i];
        memcpy(y + i * n, s->means + region * n, n * sizeof *y);
        labels[i] = s->regions.names[region];
    }
    const bool ratio = s->options->ratio;
    const ana_picture_words words = {.title = ratio ? "Fluorescence, dF/F" : "Fluorescence, F - F0",
                                     .caption = "The regions with most events, most first.",
                                     .x_title = "time",
                                     .y_title = ratio ? "dF/F" : "F - F0"};
    ANA_TRY(ana_record_add_picture(record, "traces", ANA_HINT_LINE, &words, &lines));
    ANA_TRY(ana_record_add_text(lines, "layout", "stacked"));
    ANA_TRY(ana_record_add_doubles(lines, "x", ana_shape_1(n, "time"), s->columns.time, "s"));
    ANA_TRY(ana_record_add_doubles(lines, "y", ana_shape_2(n_lines, "roi", n, "time"), y, NULL));
    ANA_TRY(ana_record_add_texts(lines, "labels", n_lines, labels));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_events(const summary *s, const ana_intervals *events, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *raster = NULL;
    ana_shape shape = ana_shape_1(events->n, "event");
    const ana_picture_words words = {
        .title = "Events",
        .caption = "A tick for the peak of each event, a row for each region.",
        .x_title = "time",
        .y_title = "region"};
    ANA_TRY(ana_record_add_picture(record, "events", ANA_HINT_RASTER, &words, &raster));
    ANA_TRY(ana_record_add_doubles(raster, "times", shape,
                                   ana_table_find(events->table, "peak_time")->doubles, "s"));
    ANA_TRY(ana_record_add_ints(raster, "rows", shape,
                                ana_table_find(events->table, "channel")->ints, NULL));
    ANA_TRY(ana_record_add_texts(raster, "row_labels", s->regions.n, s->regions.names));
done:
    return status;
}

/* One column of the table out of the fits: the double at that place in each. */
static ana_status add_fit_column(const summary *s, const char *name, size_t offset,
                                 const char *unit, ana_record *table)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *values = ana_workspace_doubles(&workspace, s->regions.n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "calcium"));
    for (size_t c = 0; c < s->regions.n; c++) {
        memcpy(&values[c], (const char *)&s->regions.fits[c] + offset, sizeof values[c]);
    }
    ANA_TRY(ana_record_add_doubles(table, name, ana_shape_1(s->regions.n, "roi"), values, unit));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_fits(const summary *s, ana_record *table)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_shape shape = ana_shape_1(s->regions.n, "roi");
    size_t *n_spikes = ana_workspace_sizes(&workspace, s->regions.n, 1);
    size_t *converged = ana_workspace_sizes(&workspace, s->regions.n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "calcium"));
    for (size_t c = 0; c < s->regions.n; c++) {
        n_spikes[c] = s->regions.fits[c].n_spikes;
        converged[c] = s->regions.fits[c].converged;
    }
    ANA_TRY(add_fit_column(s, "decay", offsetof(ana_oasis_fit, decay_s), "s", table));
    ANA_TRY(add_fit_column(s, "rise", offsetof(ana_oasis_fit, rise_s), "s", table));
    ANA_TRY(add_fit_column(s, "offset", offsetof(ana_oasis_fit, baseline), NULL, table));
    ANA_TRY(add_fit_column(s, "penalty", offsetof(ana_oasis_fit, penalty), NULL, table));
    ANA_TRY(add_fit_column(s, "activity", offsetof(ana_oasis_fit, total), NULL, table));
    ANA_TRY(ana_record_add_sizes(table, "n_spikes", shape, n_spikes, NULL));
    ANA_TRY(ana_record_add_sizes(table, "converged", shape, converged, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_table(const summary *s, bool with_neuropil, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const region_list *r = &s->regions;
    ana_shape shape = ana_shape_1(r->n, "roi");
    ANA_TRY(ana_record_add_group(record, "rois", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Regions of interest"));
    ANA_TRY(ana_record_add_texts(table, "name", r->n, r->names));
    ANA_TRY(ana_record_add_doubles(table, "noise", shape, r->noise, NULL));
    ANA_TRY(ana_record_add_doubles(table, "noise_level", shape, r->noise_level, "%/sqrt(Hz)"));
    ANA_TRY(ana_record_add_sizes(table, "n_events", shape, r->n_events, NULL));
    ANA_TRY(ana_record_add_doubles(table, "event_rate", shape, r->event_rate, "1/min"));
    ANA_TRY(ana_record_add_sizes(table, "n_missing", shape, r->n_missing, NULL));
    ANA_TRY(ana_record_add_sizes(table, "n_undefined", shape, r->n_undefined, NULL));
    if (with_neuropil) {
        ANA_TRY(ana_record_add_doubles(table, "coefficient", shape, r->coefficient, NULL));
    }
    if (s->activity != NULL) {
        ANA_TRY(add_fits(s, table));
    }
done:
    return status;
}

static ana_status add_head(const summary *s, const ana_oasis_options *oasis, ana_record *record)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_record_add_int(record, "n_rois", (int64_t)s->regions.n, NULL));
    ANA_TRY(ana_record_add_int(record, "n_times", (int64_t)s->dff->n_times, NULL));
    ANA_TRY(ana_record_add_double(record, "rate", s->dff->rate, "Hz"));
    ANA_TRY(ana_record_add_options(record, "options", ana_calcium_option_table, s->options));
    if (oasis != NULL) {
        ANA_TRY(ana_record_add_options(record, "oasis", ana_oasis_option_table, oasis));
    }
done:
    return status;
}

/* Measure, then fill the record. */
static ana_status summarise(summary *s, const ana_intervals *events, bool with_neuropil,
                            const ana_oasis_options *oasis, ana_record *record)
{
    const ana_picture_words activity = {
        .title = "Deconvolved activity of all regions",
        .caption = "Activity whose decaying responses make up the fluorescence.",
        .x_title = "time",
        .y_title = "region",
        .value_title = "activity"};
    ana_status status = ANA_OK;
    ANA_TRY(measure_channels(s));
    count_events(events, s);
    ANA_TRY(add_head(s, oasis, record));
    if (s->regions.n == 0 || s->columns.n == 0) {
        goto done;
    }
    ANA_TRY(oasis != NULL ? ana_oasis_walk(s->dff, oasis, take_activity, s) : ANA_OK);
    ANA_TRY(add_signal(s, record));
    ANA_TRY(add_traces(s, record));
    ANA_TRY(add_events(s, events, record));
    if (s->activity != NULL) {
        ANA_TRY(add_map(s, "activity", &activity, s->activity, record));
    }
    ANA_TRY(add_table(s, with_neuropil, record));
done:
    return status;
}

ana_status ana_calcium_to_record(const ana_series *fluorescence, const ana_series *neuropil,
                                 const ana_calcium_options *options, const ana_oasis_options *oasis,
                                 ana_record **out)
{
    ana_status status = ANA_OK;
    const ana_calcium_options defaults = ana_calcium_options_default();
    options = options != NULL ? options : &defaults;
    ana_workspace workspace = {0};
    ana_series *corrected = NULL;
    ana_series *dff = NULL;
    ana_intervals *events = NULL;
    ana_record *record = NULL;
    summary s = {.options = options};
    double *coefficients = ana_workspace_doubles(&workspace, fluorescence->n_channels, 1);
    ANA_TRY(ana_workspace_check(&workspace, "calcium"));
    if (neuropil != NULL) {
        ANA_TRY(ana_series_neuropil(fluorescence, neuropil, options, coefficients, &corrected));
    }
    s.corrected = corrected != NULL ? corrected : fluorescence;
    ANA_TRY(ana_series_dff(s.corrected, options, &dff));
    s.dff = dff;
    ANA_TRY(allocate(&workspace, oasis != NULL, &s));
    s.regions.coefficient = coefficients;
    ANA_TRY(ana_calcium_events(dff, options, &events));
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "calcium"));
    ANA_TRY(ana_record_add_text(record, "title", "Calcium activity of the regions"));
    ANA_TRY(summarise(&s, events, neuropil != NULL, oasis, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    ana_intervals_free(events);
    ana_series_free(dff);
    ana_series_free(corrected);
    ana_workspace_release(&workspace);
    return status;
}
