/* The two text files of a BrainVision recording that is written. */
#include "brainvision_write.h"
#include "constants.h"

#include <math.h>
#include <string.h>

/* The numbers of a channel are its stored ones plus offset / gain: the format has a resolution for
 * each channel, but no offset. Those of a constant channel are its value. */
double ana_brainvision_resolution(const ana_channel *channel)
{
    return channel->gain != 0.0 ? channel->gain : 1.0;
}

static bool has_offset(const ana_series *series)
{
    for (size_t c = 0; c < series->n_channels; c++) {
        if (series->channels[c].offset != 0.0 || series->channels[c].gain == 0.0) {
            return true;
        }
    }
    return false;
}

ana_brainvision_plan ana_brainvision_make_plan(const ana_recording *recording)
{
    ana_brainvision_plan plan = {.recording = recording, .type = ANA_FLOAT32};
    ana_moment moment;
    double most = 0.0;
    for (size_t i = 0; i < recording->n_series; i++) {
        const ana_series *series = recording->series[i];
        double n = (double)series->n_times * (double)series->n_channels;
        if (series->rate > 0.0 && n > most) {
            plan.series = series;
            most = n;
        }
    }
    if (plan.series != NULL) {
        const ana_sample_type type = plan.series->type;
        bool narrow = type == ANA_INT8 || type == ANA_UINT8 || type == ANA_INT16;
        plan.type = narrow && !has_offset(plan.series) ? ANA_INT16 : ANA_FLOAT32;
    }
    plan.has_date =
        recording->start_time != NULL && ana_moment_from_iso(recording->start_time, &moment, NULL);
    if (plan.has_date) {
        plan.date = ana_moment_to_microseconds(&moment);
    }
    return plan;
}

bool ana_brainvision_is_exact(const ana_series *series, size_t channel)
{
    const ana_channel *one = &series->channels[channel];
    const double ratio = one->offset / ana_brainvision_resolution(one);
    switch (series->type) {
    case ANA_INT8:
    case ANA_UINT8:
    case ANA_INT16:
    case ANA_UINT16: /* 24 bits have room for a sum of 17, and for a fraction of 7 */
        return fabs(ratio) <= 32768.0 && ratio * 64.0 == nearbyint(ratio * 64.0);
    case ANA_INT24:
        return fabs(ratio) <= 8388608.0 && ratio == nearbyint(ratio);
    case ANA_FLOAT32:
        return ratio == 0.0;
    case ANA_INT32:
    case ANA_UINT32:
    case ANA_INT64:
    case ANA_UINT64:
    case ANA_FLOAT64:
        break;
    }
    return false;
}

/* A field of a comma-separated line: commas are "\1", line ends blanks. */
static void append_field(const char *words, ana_text *text)
{
    for (const char *at = words; at != NULL && *at != '\0'; at++) {
        bool control = *at >= 0 && *at < ' ';
        ana_text_append_bytes(text, *at == ',' ? "\\1" : (control ? " " : at), *at == ',' ? 2 : 1);
    }
}

static void append_channels(const ana_brainvision_plan *plan, ana_text *text)
{
    ana_text_append(text,
                    "\n[Channel Infos]\n; Ch<number>=<name>,<reference>,<resolution>,<unit>\n");
    for (size_t c = 0; c < plan->series->n_channels; c++) {
        const ana_channel *channel = &plan->series->channels[c];
        ana_text_printf(text, "Ch%zu=", c + 1);
        append_field(channel->name, text);
        ana_text_append(text, ",");
        append_field(channel->reference, text);
        ana_text_append(text, ",");
        ana_text_append_double(text, ana_brainvision_resolution(channel));
        ana_text_append(text, ",");
        append_field(channel->unit != NULL ? channel->unit : "n/a", text);
        ana_text_append(text, "\n");
    }
}

const ana_table *ana_brainvision_coordinates(const ana_brainvision_plan *plan)
{
    const ana_table *table = ana_recording_find_table(plan->recording, "coordinates");
    static const char *const names[] = {"radius", "theta", "phi"};
    const ana_column *channels = table != NULL ? ana_table_find(table, "channel") : NULL;
    if (channels == NULL || plan->series == NULL || table->n_rows != plan->series->n_channels ||
        channels->type != ANA_COLUMN_TEXT || channels->row_start != NULL || table->n_columns != 4) {
        return NULL;
    }
    for (size_t i = 0; i < 3; i++) {
        const ana_column *column = ana_table_find(table, names[i]);
        if (column == NULL || column->type != ANA_COLUMN_DOUBLE || column->row_start != NULL) {
            return NULL;
        }
    }
    for (size_t c = 0; c < table->n_rows; c++) {
        const char *name = channels->texts[c];
        if (name == NULL || strcmp(name, plan->series->channels[c].name) != 0) {
            return NULL;
        }
    }
    return table;
}

static void append_coordinates(const ana_brainvision_plan *plan, ana_text *text)
{
    const ana_table *table = ana_brainvision_coordinates(plan);
    if (table == NULL) {
        return;
    }
    ana_text_append(text, "\n[Coordinates]\n");
    for (size_t c = 0; c < table->n_rows; c++) {
        double radius = ana_table_find(table, "radius")->doubles[c];
        if (!isnan(radius)) {
            ana_text_printf(text, "Ch%zu=", c + 1);
            ana_text_append_double(text, radius);
            ana_text_append(text, ",");
            ana_text_append_double(text, ana_table_find(table, "theta")->doubles[c]);
            ana_text_append(text, ",");
            ana_text_append_double(text, ana_table_find(table, "phi")->doubles[c]);
            ana_text_append(text, "\n");
        }
    }
}

/* A cutoff in its column: the high pass as a time constant, as the recorders write it. */
static void append_cutoff(double hertz, bool as_seconds, const char *otherwise, ana_text *text)
{
    ana_text_append(text, "    ");
    if (isnan(hertz)) {
        ana_text_append(text, otherwise);
    } else if (as_seconds && hertz == 0.0) {
        ana_text_append(text, "DC");
    } else {
        ana_text_append_double(text, as_seconds ? 1.0 / (2.0 * ANA_PI * hertz) : hertz);
    }
}

static bool one_word(const char *text)
{
    return text != NULL && text[0] != '\0' && strpbrk(text, " \t") == NULL;
}

bool ana_brainvision_holds_filters(const ana_series *series)
{
    bool any = false;
    for (size_t c = 0; c < series->n_channels; c++) {
        const ana_channel *channel = &series->channels[c];
        any = any || !isnan(channel->high_pass_hz) || !isnan(channel->low_pass_hz) ||
              !isnan(channel->notch_hz);
        if (strstr(channel->name, "  ") != NULL || strpbrk(channel->name, "\t\r\n") != NULL) {
            return false; /* two blanks part the columns */
        }
    }
    return any;
}

/* The recorders' table for people, which is where the format has filter settings. */
static void append_filters(const ana_brainvision_plan *plan, ana_text *text)
{
    if (!ana_brainvision_holds_filters(plan->series)) {
        return;
    }
    ana_text_append(text, "\n[Comment]\n\nA m p l i f i e r  S e t u p\n"
                          "============================\n");
    ana_text_printf(text, "Number of channels: %zu\n", plan->series->n_channels);
    ana_text_append(text, "Sampling Rate [Hz]: ");
    ana_text_append_double(text, plan->series->rate);
    ana_text_append(text, "\nSampling Interval [\xc2\xb5S]: ");
    ana_text_append_double(text, 1e6 / plan->series->rate);
    ana_text_append(text,
                    "\n\nChannels\n--------\n#     Name      Phys. Chn.    Resolution / Unit   "
                    "Low Cutoff [s]   High Cutoff [Hz]   Notch [Hz]\n");
    for (size_t c = 0; c < plan->series->n_channels; c++) {
        const ana_channel *channel = &plan->series->channels[c];
        ana_text_printf(text, "%zu    %s    %zu    ", c + 1, channel->name, c + 1);
        ana_text_append_double(text, ana_brainvision_resolution(channel));
        ana_text_append(text, " ");
        ana_text_append(text, one_word(channel->unit) ? channel->unit : "n/a");
        append_cutoff(channel->high_pass_hz, true, "NaN", text);
        append_cutoff(channel->low_pass_hz, false, "NaN", text);
        append_cutoff(channel->notch_hz, false, "Off", text);
        ana_text_append(text, "\n");
    }
}

void ana_brainvision_header_text(const ana_brainvision_plan *plan, const char *data_name,
                                 const char *marker_name, ana_text *text)
{
    const char *format = plan->type == ANA_INT16 ? "INT_16" : "IEEE_FLOAT_32";
    ana_text_append(text, "Brain Vision Data Exchange Header File Version 1.0\n\n[Common Infos]\n"
                          "Codepage=UTF-8\n");
    ana_text_printf(text, "DataFile=%s\nMarkerFile=%s\n", data_name, marker_name);
    ana_text_printf(text,
                    "DataFormat=BINARY\nDataOrientation=MULTIPLEXED\nDataType=TIMEDOMAIN\n"
                    "NumberOfChannels=%zu\nDataPoints=%zu\n; microseconds\nSamplingInterval=",
                    plan->series->n_channels, plan->series->n_times);
    ana_text_append_double(text, 1e6 / plan->series->rate);
    ana_text_printf(text, "\n\n[Binary Infos]\nBinaryFormat=%s\n", format);
    append_channels(plan, text);
    append_coordinates(plan, text);
    append_filters(plan, text);
}

int64_t ana_brainvision_position(const ana_series *series, double time, bool *moved)
{
    size_t s = 0;
    for (size_t stop = series->n_segments; stop - s > 1;) {
        size_t middle = s + (stop - s) / 2;
        bool before = series->segments[middle].start <= time + 0.5 / series->rate;
        s = before ? middle : s;
        stop = before ? stop : middle;
    }
    const ana_segment *segment = &series->segments[s];
    double within = (time - segment->start) * series->rate;
    double whole = nearbyint(within);
    bool in_gap = s + 1 < series->n_segments && whole > (double)segment->n_times;
    whole = in_gap ? (double)segment->n_times : fmin(fmax(whole, -1e15), 1e15);
    *moved = in_gap || fabs(within - whole) > 1e-6 * series->rate;
    return (int64_t)segment->first + (int64_t)whole + 1;
}

/* What one marker line says. */
typedef struct marker_line {
    const char *label;
    int64_t position;
    int64_t n_points;
    size_t channel;
} marker_line;

static void append_marker(const marker_line *marker, size_t number, ana_text *text)
{
    const char *slash = strchr(marker->label, '/');
    ana_text type = {0};
    ana_text_append_bytes(&type, slash != NULL ? marker->label : "Comment",
                          slash != NULL ? (size_t)(slash - marker->label) : 7);
    ana_text_printf(text, "Mk%zu=", number);
    append_field(type.bytes, text);
    ana_text_append(text, ",");
    append_field(slash != NULL ? slash + 1 : marker->label, text);
    ana_text_printf(text, ",%lld,%lld,%zu", (long long)marker->position,
                    (long long)marker->n_points, marker->channel);
    text->failed = text->failed || type.failed;
    ana_text_release(&type);
}

/* The date of segment s as a "New Segment" marker has it. */
static void append_date(const ana_brainvision_plan *plan, size_t s, ana_text *text)
{
    char stamp[32] = "00000000000000000000";
    if (plan->has_date) {
        double offset = nearbyint(1e6 * plan->series->segments[s].start);
        if (fabs(offset) < 1e17 && plan->date + (int64_t)offset >= 0) {
            ana_moment moment = ana_moment_from_microseconds(plan->date + (int64_t)offset);
            ana_moment_to_stamp(&moment, stamp);
        }
    }
    ana_text_append(text, ",");
    ana_text_append(text, stamp);
}

/* The one channel that a row concerns, from 1; 0: all, or several. */
static size_t channel_of(const ana_brainvision_plan *plan, const ana_intervals *intervals,
                         size_t row)
{
    const ana_column *column = ana_table_find(intervals->table, "channels");
    if (column == NULL || column->type != ANA_COLUMN_TEXT || column->row_start == NULL ||
        column->row_start[row + 1] - column->row_start[row] != 1) {
        return 0;
    }
    const char *name = column->texts[column->row_start[row]];
    for (size_t c = 0; c < plan->series->n_channels && name != NULL; c++) {
        if (strcmp(plan->series->channels[c].name, name) == 0) {
            return c + 1;
        }
    }
    return 0;
}

static const char *label_of(const ana_intervals *intervals, size_t row)
{
    const ana_column *labels = ana_table_find(intervals->table, "label");
    bool one = labels != NULL && labels->type == ANA_COLUMN_TEXT && labels->row_start == NULL;
    return one && labels->texts[row] != NULL ? labels->texts[row] : intervals->name;
}

/* The segment that a row "New Segment/" begins; n_segments: none. */
static size_t segment_begun(const ana_series *series, const marker_line *marker)
{
    for (size_t s = 0; s < series->n_segments && strcmp(marker->label, "New Segment/") == 0; s++) {
        if ((int64_t)series->segments[s].first + 1 == marker->position) {
            return s;
        }
    }
    return series->n_segments;
}

static marker_line make_marker(const ana_brainvision_plan *plan, const ana_intervals *intervals,
                               size_t row)
{
    bool moved = false;
    double duration = intervals->stop[row] - intervals->start[row];
    marker_line marker = {.label = label_of(intervals, row)};
    marker.position = ana_brainvision_position(plan->series, intervals->start[row], &moved);
    double n_points = nearbyint(duration * plan->series->rate);
    marker.n_points = n_points > 0.0 && n_points < 1e15 ? (int64_t)n_points : 0;
    marker.channel = channel_of(plan, intervals, row);
    return marker;
}

static size_t segment_of_row(const ana_brainvision_plan *plan, const ana_intervals *intervals,
                             size_t row)
{
    if (strcmp(label_of(intervals, row), "New Segment/") != 0) {
        return plan->series->n_segments;
    }
    const marker_line marker = make_marker(plan, intervals, row);
    return segment_begun(plan->series, &marker);
}

/* Whether a row of any intervals marks the beginning of segment s itself. */
static bool is_marked(const ana_brainvision_plan *plan, size_t s)
{
    for (size_t i = 0; i < plan->recording->n_intervals; i++) {
        const ana_intervals *intervals = plan->recording->intervals[i];
        for (size_t row = 0; row < intervals->n; row++) {
            if (segment_of_row(plan, intervals, row) == s) {
                return true;
            }
        }
    }
    return false;
}

void ana_brainvision_marker_text(const ana_brainvision_plan *plan, const char *data_name,
                                 ana_text *text)
{
    const ana_series *series = plan->series;
    size_t number = 0;
    ana_text_append(text, "Brain Vision Data Exchange Marker File, Version 1.0\n\n[Common Infos]\n"
                          "Codepage=UTF-8\n");
    ana_text_printf(text, "DataFile=%s\n\n[Marker Infos]\n", data_name);
    ana_text_append(text,
                    "; Mk<number>=<type>,<description>,<position>,<points>,<channel>,<date>\n");
    for (size_t s = 0; s < series->n_segments; s++) {
        bool says_something = plan->has_date || series->n_segments > 1;
        if (says_something && !is_marked(plan, s)) {
            marker_line marker = {"New Segment/", (int64_t)series->segments[s].first + 1, 1, 0};
            append_marker(&marker, ++number, text);
            append_date(plan, s, text);
            ana_text_append(text, "\n");
        }
    }
    for (size_t i = 0; i < plan->recording->n_intervals; i++) {
        const ana_intervals *intervals = plan->recording->intervals[i];
        for (size_t row = 0; row < intervals->n; row++) {
            marker_line marker = make_marker(plan, intervals, row);
            size_t s = segment_begun(series, &marker);
            append_marker(&marker, ++number, text);
            if (s < series->n_segments) {
                append_date(plan, s, text);
            }
            ana_text_append(text, "\n");
        }
    }
}
