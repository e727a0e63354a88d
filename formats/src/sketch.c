#include "memory.h"
#include "text.h"
#include "try.h"
#include "unicode.h"
#include "workspace.h"

#include <analysis/formats/sketch.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

const ana_option ana_sketch_option_table[] = {
    {"from", ANA_OPTION_DOUBLE, offsetof(ana_sketch_options, from), 0, 0, NULL, "SECONDS",
     "beginning of the window; nan: of the recording", false},
    {"to", ANA_OPTION_DOUBLE, offsetof(ana_sketch_options, to), 0, 0, NULL, "SECONDS",
     "end of the window; nan: ten seconds after its beginning", false},
    {"width", ANA_OPTION_SIZE, offsetof(ana_sketch_options, width), 40, 1000, NULL, "N",
     "characters a line", false},
    {"rows", ANA_OPTION_SIZE, offsetof(ana_sketch_options, rows), 1, 50, NULL, "N",
     "text rows a channel", false},
    {"max-channels", ANA_OPTION_SIZE, offsetof(ana_sketch_options, max_channels), 1, 10000, NULL,
     "N", "channels or units shown at most", false},
    {"ascii", ANA_OPTION_BOOL, offsetof(ana_sketch_options, ascii), 0, 0, NULL, NULL,
     "letters and dots alone, no braille", false},
    ANA_OPTION_END,
};

ana_sketch_options ana_sketch_options_default(void)
{
    ana_sketch_options options = {.run = ana_run_default(),
                                  .from = (double)NAN,
                                  .to = (double)NAN,
                                  .width = 100,
                                  .rows = 2,
                                  .max_channels = 24};
    return options;
}

ana_status ana_sketch_span(const ana_recording *recording, const ana_sketch_options *options,
                           double *from, double *to)
{
    double end = 0.0;
    ana_status status = ana_recording_duration(recording, &end);
    if (status != ANA_OK) {
        return status;
    }
    double start = recording->n_series > 0 && recording->series[0]->n_segments > 0
                       ? recording->series[0]->segments[0].start
                       : 0.0;
    *from = isnan(options->from) ? start : options->from;
    *to = isnan(options->to) ? fmin(*from + 10.0, end > *from ? end : *from + 10.0) : options->to;
    if (!(*to > *from) || !isfinite(*from) || !isfinite(*to)) {
        return ana_fail(ANA_ERR_VALUE, "the window's end is not after its beginning");
    }
    return ANA_OK;
}

/* What every row of the sketch needs. */
typedef struct sketch_canvas {
    const ana_sketch_options *options;
    double from;
    double to;
    size_t n_cells; /* characters right of the labels */
    ana_text *text;
    ana_workspace *workspace;
} sketch_canvas;

enum {
    LABEL = 14
};

/* Control characters and those that turn the direction of writing could rearrange the terminal. */
static bool is_harmless(uint32_t code)
{
    bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    bool turns = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
                 code == 0x2028 || code == 0x2029;
    return !control && !turns;
}

/* Up to `most` characters of a text from a file; returns how many. */
static size_t put_plain(ana_text *text, const char *words, size_t most)
{
    const size_t n = strlen(words);
    size_t shown = 0;
    for (size_t at = 0; at < n && shown < most; shown++) {
        uint32_t code = ana_utf8_next((const unsigned char *)words, n, &at);
        ana_text_append_code_point(text, is_harmless(code) ? code : '?');
    }
    return shown;
}

/* The label padded or cut to LABEL characters. */
static void put_label(const sketch_canvas *canvas, const char *label)
{
    for (size_t shown = put_plain(canvas->text, label, LABEL - 1); shown < LABEL; shown++) {
        ana_text_append(canvas->text, " ");
    }
}

static void put_heading(const sketch_canvas *canvas, const char *name)
{
    (void)put_plain(canvas->text, name, canvas->options->width);
    ana_text_append(canvas->text, "\n");
}

/* Braille cell U+2800 with the eight dots of `bits`. */
static void put_braille(ana_text *text, unsigned bits)
{
    char bytes[3] = {(char)0xe2, (char)(0xa0 | (bits >> 6)), (char)(0x80 | (bits & 0x3f))};
    if (bits == 0) {
        ana_text_append(text, " ");
    } else {
        ana_text_append_bytes(text, bytes, 3);
    }
}

/* The bit of the dot in column 0-1 and row 0-3 of a braille cell. */
static unsigned dot_bit(size_t column, size_t row)
{
    static const unsigned bits[2][4] = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};
    return bits[column][row];
}

/* An envelope of n_columns and what it is scaled by. */
typedef struct dotted_trace {
    size_t n_columns;
    double *low;
    double *high;
    double lowest;
    double highest;
} dotted_trace;

/* The row of dots, 0 at the top, of a value; what is infinite stands at the rim. */
static size_t dot_of(const dotted_trace *trace, double value, size_t n_dots)
{
    double below = trace->highest / 2.0 - value / 2.0; /* halves: the range may overflow */
    double range = trace->highest / 2.0 - trace->lowest / 2.0;
    if (!(range > 0.0)) {
        return isinf(value) && value < 0.0 ? n_dots - 1 : 0;
    }
    return (size_t)nearbyint(fmin(fmax(below / range, 0.0), 1.0) * (double)(n_dots - 1));
}

/* Rows of dots (0 at the top) that a column covers; false when it has no samples. */
static bool dots_of(const dotted_trace *trace, size_t column, size_t n_dots, size_t *top,
                    size_t *bottom)
{
    if (isnan(trace->low[column])) {
        return false;
    }
    *top = dot_of(trace, trace->high[column], n_dots);
    *bottom = dot_of(trace, trace->low[column], n_dots);
    return true;
}

static unsigned cell_bits(const dotted_trace *trace, size_t cell, size_t row, size_t n_dots)
{
    unsigned bits = 0;
    for (size_t column = 0; column < 2; column++) {
        size_t top = 0;
        size_t bottom = 0;
        if (!dots_of(trace, 2 * cell + column, n_dots, &top, &bottom)) {
            continue;
        }
        for (size_t dot = 0; dot < 4; dot++) {
            size_t at = 4 * row + dot;
            bits |= at >= top && at <= bottom ? dot_bit(column, dot) : 0;
        }
    }
    return bits;
}

static void put_cell(const sketch_canvas *canvas, const dotted_trace *trace, size_t cell,
                     size_t row)
{
    unsigned bits = cell_bits(trace, cell, row, 4 * canvas->options->rows);
    if (!canvas->options->ascii) {
        put_braille(canvas->text, bits);
    } else {
        bool upper = (bits & 0x1b) != 0;
        bool lower = (bits & 0xe4) != 0;
        ana_text_append(canvas->text, upper && lower ? "|" : upper ? "'" : lower ? "." : " ");
    }
}

/* Six digits are enough to look at. */
static void put_rounded(ana_text *text, double value)
{
    double digits = value != 0.0 ? 5.0 - floor(log10(fabs(value))) : 0.0;
    double scale = pow(10.0, fabs(digits)); /* a whole number: exact where it matters */
    double rounded =
        digits >= 0.0 ? nearbyint(value * scale) / scale : nearbyint(value / scale) * scale;
    ana_text_append_double(text, isfinite(rounded) ? rounded : value);
}

/* Extremes in the unit, beside the first row. */
static void put_extremes(const sketch_canvas *canvas, const dotted_trace *trace, const char *unit)
{
    enum {
        UNIT = 16
    };
    ana_text_append(canvas->text, "  ");
    put_rounded(canvas->text, trace->lowest);
    ana_text_append(canvas->text, " to ");
    put_rounded(canvas->text, trace->highest);
    if (unit != NULL && unit[0] != '\0') {
        ana_text_append(canvas->text, " ");
        (void)put_plain(canvas->text, unit, UNIT);
    }
}

/* Of the finite values. */
static void find_extremes(dotted_trace *trace)
{
    trace->lowest = (double)INFINITY;
    trace->highest = -(double)INFINITY;
    for (size_t i = 0; i < trace->n_columns; i++) {
        double low = trace->low[i];
        double high = trace->high[i];
        trace->lowest = isfinite(low) ? fmin(trace->lowest, low) : trace->lowest;
        trace->highest = isfinite(low) ? fmax(trace->highest, low) : trace->highest;
        trace->lowest = isfinite(high) ? fmin(trace->lowest, high) : trace->lowest;
        trace->highest = isfinite(high) ? fmax(trace->highest, high) : trace->highest;
    }
}

static ana_status put_channel(const sketch_canvas *canvas, const ana_series *series, size_t channel,
                              dotted_trace *trace)
{
    ana_status status = ana_series_envelope(series, channel, canvas->from, canvas->to,
                                            trace->n_columns, trace->low, trace->high);
    if (status != ANA_OK) {
        return status;
    }
    find_extremes(trace);
    const char *name = series->channels[channel].name;
    for (size_t row = 0; row < canvas->options->rows; row++) {
        put_label(canvas, row == 0 && name != NULL ? name : "");
        for (size_t cell = 0; cell < canvas->n_cells; cell++) {
            put_cell(canvas, trace, cell, row);
        }
        if (row == 0 && trace->lowest <= trace->highest) {
            put_extremes(canvas, trace, series->channels[channel].unit);
        }
        ana_text_append(canvas->text, "\n");
    }
    return ANA_OK;
}

static ana_status put_series(const sketch_canvas *canvas, const ana_series *series)
{
    ana_status status = ANA_OK;
    dotted_trace trace = {.n_columns = 2 * canvas->n_cells};
    size_t n = series->n_channels < canvas->options->max_channels ? series->n_channels
                                                                  : canvas->options->max_channels;
    trace.low = ana_workspace_doubles(canvas->workspace, trace.n_columns, 1);
    trace.high = ana_workspace_doubles(canvas->workspace, trace.n_columns, 1);
    ANA_TRY(ana_workspace_check(canvas->workspace, "sketch"));
    put_heading(canvas, series->name);
    for (size_t c = 0; c < n; c++) {
        ANA_TRY(put_channel(canvas, series, c, &trace));
    }
    if (n < series->n_channels) {
        ana_text_printf(canvas->text, "(%zu more channels)\n", series->n_channels - n);
    }
done:
    return status;
}

/* Spikes of a unit in each cell as marks of growing weight. */
static void put_unit(const sketch_canvas *canvas, const ana_spikes *spikes, size_t unit)
{
    static const char *const blocks[] = {
        " ", "\xe2\x96\x8f", "\xe2\x96\x8e", "\xe2\x96\x8c", "\xe2\x96\x8a", "\xe2\x96\x88"};
    static const char *const letters[] = {" ", ".", ":", "+", "*", "#"};
    const char *const *marks = canvas->options->ascii ? letters : blocks;
    size_t at = spikes->unit_start[unit];
    size_t end = spikes->unit_start[unit + 1];
    double width = (canvas->to - canvas->from) / (double)canvas->n_cells;
    char name[256];
    ana_spikes_unit_name(spikes, unit, name, sizeof name);
    put_label(canvas, name);
    while (at < end && spikes->times[at] < canvas->from) {
        at++;
    }
    for (size_t cell = 0; cell < canvas->n_cells; cell++) {
        double stop = canvas->from + (double)(cell + 1) * width;
        size_t n = 0;
        for (; at < end && spikes->times[at] < stop; at++) {
            n++;
        }
        ana_text_append(canvas->text, marks[n < 5 ? n : 5]);
    }
    ana_text_append(canvas->text, "\n");
}

static void put_spikes(const sketch_canvas *canvas, const ana_spikes *spikes)
{
    size_t n = spikes->n_units < canvas->options->max_channels ? spikes->n_units
                                                               : canvas->options->max_channels;
    put_heading(canvas, spikes->name);
    for (size_t u = 0; u < n; u++) {
        put_unit(canvas, spikes, u);
    }
    if (n < spikes->n_units) {
        ana_text_printf(canvas->text, "(%zu more units)\n", spikes->n_units - n);
    }
}

/* The cell in which a time falls, cut to the canvas. */
static size_t cell_of(const sketch_canvas *canvas, double time)
{
    double cell = (time - canvas->from) / (canvas->to - canvas->from) * (double)canvas->n_cells;
    return cell <= 0.0 ? 0 : cell >= (double)canvas->n_cells ? canvas->n_cells - 1 : (size_t)cell;
}

/* Spans of the window: a line each, up to eight. */
static void put_intervals(const sketch_canvas *canvas, const ana_intervals *intervals)
{
    enum {
        MAX_SPANS = 8
    };
    const ana_column *labels = ana_table_find(intervals->table, "label");
    size_t n = 0;
    size_t n_within = 0;
    for (size_t i = 0; i < intervals->n; i++) {
        double start = intervals->start[i];
        double stop = intervals->stop[i] > start ? intervals->stop[i] : start;
        if (stop < canvas->from || start >= canvas->to) {
            continue;
        }
        n_within++;
        if (n == MAX_SPANS) {
            continue;
        }
        bool has_label = labels != NULL && labels->type == ANA_COLUMN_TEXT &&
                         labels->row_start == NULL && labels->texts[i] != NULL;
        if (n++ == 0) {
            put_heading(canvas, intervals->name);
        }
        put_label(canvas, has_label ? labels->texts[i] : "");
        size_t first = cell_of(canvas, start);
        size_t last = cell_of(canvas, stop);
        for (size_t cell = 0; cell <= last; cell++) {
            ana_text_append(canvas->text, cell < first ? " " : "=");
        }
        ana_text_append(canvas->text, "\n");
    }
    if (n_within > n) {
        ana_text_printf(canvas->text, "(%zu more)\n", n_within - n);
    }
}

static void put_axis(const sketch_canvas *canvas)
{
    char number[64];
    put_label(canvas, "");
    ana_format_fixed(canvas->from, 3, number, sizeof number);
    size_t n = strlen(number);
    ana_text_append(canvas->text, number);
    ana_format_fixed(canvas->to, 3, number, sizeof number);
    for (size_t m = n + strlen(number) + 2; m < canvas->n_cells; m++) {
        ana_text_append(canvas->text, " ");
    }
    ana_text_printf(canvas->text, "%s s\n", number);
}

static ana_status put_all(const sketch_canvas *canvas, const ana_recording *recording)
{
    ana_status status = ANA_OK;
    for (size_t i = 0; i < recording->n_series; i++) {
        ANA_TRY(put_series(canvas, recording->series[i]));
        ANA_TRY(
            ana_run_progress(&canvas->options->run, "sketch: series", i + 1, recording->n_series));
    }
    for (size_t i = 0; i < recording->n_spikes; i++) {
        put_spikes(canvas, recording->spikes[i]);
    }
    for (size_t i = 0; i < recording->n_intervals; i++) {
        put_intervals(canvas, recording->intervals[i]);
    }
    put_axis(canvas);
done:
    return status;
}

ana_status ana_recording_sketch(const ana_recording *recording, const ana_sketch_options *given,
                                char **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_text text = {0};
    ana_sketch_options options = given != NULL ? *given : ana_sketch_options_default();
    sketch_canvas canvas = {.options = &options, .text = &text, .workspace = &workspace};
    ANA_TRY(ana_options_check(ana_sketch_option_table, &options, "sketch"));
    ANA_TRY(ana_sketch_span(recording, &options, &canvas.from, &canvas.to));
    canvas.n_cells = options.width - LABEL;
    ANA_TRY(put_all(&canvas, recording));
    ANA_TRY(ana_text_check(&text, "sketch"));
    *out = text.bytes;
    text = (ana_text){0};
done:
    ana_text_release(&text);
    ana_workspace_release(&workspace);
    return status;
}
