/* The event table of GDF files. */
#include "checked.h"
#include "cursor.h"
#include "format.h"
#include "gdf.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    N_TABLE_HEADER = 8,
    HAS_DURATIONS = 2, /* bits of the mode */
    HAS_TIME_STAMPS = 4,
    SPARSE_SAMPLE = 0x7fff /* a value of a signal without a rate, not an event */
};

/* Where the columns of the table stand. */
typedef struct event_table {
    size_t n;
    double rate; /* of positions and durations */
    ana_cursor positions;
    ana_cursor codes;
    ana_cursor channels; /* empty: none */
    ana_cursor durations;
} event_table;

/* What the file says of a code, or what it stands for in BCI data (biosig's table of event codes);
 * NULL: not known. */
static const char *word_for_code(const ana_gdf_header *header, unsigned code)
{
    static const struct {
        unsigned code;
        const char *name;
    } known[] = {
        {0x0101, "artifact: EOG"},
        {0x0102, "artifact: ECG"},
        {0x0103, "artifact: EMG, muscle"},
        {0x0104, "artifact: movement"},
        {0x0105, "artifact: failing electrode"},
        {0x0106, "artifact: sweat"},
        {0x0107, "artifact: 50/60 Hz"},
        {0x0108, "artifact: breathing"},
        {0x0109, "artifact: pulse"},
        {0x0114, "eyes open"},
        {0x0115, "eyes closed"},
        {0x0300, "start of trial"},
        {0x0301, "left hand"},
        {0x0302, "right hand"},
        {0x0303, "foot"},
        {0x0304, "tongue"},
        {0x030d, "feedback"},
        {0x030f, "unknown cue"},
        {0x0311, "beep"},
        {0x0312, "cross on screen"},
        {0x03ff, "rejected trial"},
        {0x0430, "eye movements"},
        {0x0435, "horizontal eye movement"},
        {0x0436, "vertical eye movement"},
        {0x0437, "eye rotation"},
        {0x0439, "eye blinks"},
        {0x7ffe, "start of a new segment"},
    };
    if (code < header->n_descriptions && header->descriptions[code][0] != '\0') {
        return header->descriptions[code];
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].code == code) {
            return known[i].name;
        }
    }
    return NULL;
}

/* The table's header and the places of its columns in `bytes`; false: of a kind that is not read.
 */
static bool open_table(ana_cursor *cursor, int version, double rate, event_table *table)
{
    const unsigned mode = ana_cursor_u8(cursor);
    const unsigned char *three = ana_cursor_take(cursor, 3);
    if (three == NULL || (mode & 1U) == 0 || mode > 7) {
        return false;
    }
    const unsigned number = three[0] + 256U * three[1] + 65536U * three[2];
    if (version < 194) {
        table->rate = (double)number;
        table->n = ana_cursor_u32(cursor);
    } else {
        table->n = number;
        table->rate = (double)ana_cursor_f32(cursor);
    }
    table->rate = table->rate > 0.0 && isfinite(table->rate) ? table->rate : rate;
    const bool wide = (mode & HAS_DURATIONS) != 0;
    table->positions = ana_cursor_sub(cursor, table->n * 4);
    table->codes = ana_cursor_sub(cursor, table->n * 2);
    table->channels = ana_cursor_sub(cursor, wide ? table->n * 2 : 0);
    table->durations = ana_cursor_sub(cursor, wide ? table->n * 4 : 0);
    ana_cursor_skip(cursor, (mode & HAS_TIME_STAMPS) != 0 ? table->n * 8 : 0);
    return !cursor->failed && table->rate > 0.0;
}

/* The column "channels": the signal that an event concerns, none for all. */
static ana_status add_channels(const ana_gdf_header *header, size_t n, const unsigned *channels,
                               ana_intervals *intervals)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_column *column = NULL;
    size_t *row_start = ana_workspace_sizes(&workspace, n + 1, 1);
    ANA_TRY(ana_workspace_check(&workspace, "events"));
    for (size_t i = 0; i < n; i++) {
        const bool one = channels[i] > 0 && channels[i] <= header->n_signals;
        row_start[i + 1] = row_start[i] + (one ? 1 : 0);
    }
    if (row_start[n] > 0) {
        ANA_TRY(ana_table_add(intervals->table, "channels", ANA_COLUMN_TEXT, row_start, &column));
    }
    for (size_t i = 0; i < n && column != NULL; i++) {
        if (row_start[i + 1] > row_start[i]) {
            ANA_TRY(
                ana_column_set_text(column, row_start[i], header->signals[channels[i] - 1].label));
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Events in the order of the table; *n_sparse: values of signals without a rate, left out. */
static ana_status collect(const ana_gdf_header *header, event_table *table,
                          ana_intervals *intervals, int64_t *codes, unsigned *channels,
                          size_t *n_sparse)
{
    ana_status status = ANA_OK;
    char number[16];
    size_t n = 0;
    ana_column *label = NULL;
    const bool wide = ana_cursor_left(&table->channels) > 0;
    ANA_TRY(ana_table_add(intervals->table, "label", ANA_COLUMN_TEXT, NULL, &label));
    for (size_t i = 0; i < table->n; i++) {
        const double position = (double)ana_cursor_u32(&table->positions);
        const unsigned code = ana_cursor_u16(&table->codes);
        const unsigned channel = wide ? ana_cursor_u16(&table->channels) : 0;
        const double duration = wide ? (double)ana_cursor_u32(&table->durations) : 0.0;
        if (code == SPARSE_SAMPLE) {
            (*n_sparse)++;
            continue;
        }
        /* Positions count from 1. */
        intervals->start[n] = (position > 0.0 ? position - 1.0 : 0.0) / table->rate;
        intervals->stop[n] = intervals->start[n] + duration / table->rate;
        codes[n] = (int64_t)code;
        channels[n] = channel;
        const char *word = word_for_code(header, code);
        (void)snprintf(number, sizeof number, "%u", code);
        ANA_TRY(ana_column_set_text(label, n, word != NULL ? word : number));
        n++;
    }
done:
    return status;
}

static size_t count_events(const event_table *table)
{
    ana_cursor codes = table->codes;
    size_t n = 0;
    for (size_t i = 0; i < table->n; i++) {
        n += ana_cursor_u16(&codes) != SPARSE_SAMPLE ? 1 : 0;
    }
    return n;
}

static ana_status add_events(const ana_gdf_header *header, event_table *table,
                             const ana_read_options *options, ana_recording *recording)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_intervals *intervals = NULL;
    size_t n_sparse = 0;
    const size_t n = count_events(table);
    int64_t *codes = ana_workspace_bytes(&workspace, n, 1, sizeof *codes);
    unsigned *channels = ana_workspace_bytes(&workspace, n, 1, sizeof *channels);
    ANA_TRY(ana_workspace_check(&workspace, "events"));
    ANA_TRY(ana_intervals_new("events", n, &intervals));
    ANA_TRY(collect(header, table, intervals, codes, channels, &n_sparse));
    ANA_TRY(ana_table_add_ints(intervals->table, "code", codes));
    ANA_TRY(add_channels(header, n, channels, intervals));
    if (n_sparse > 0) {
        ANA_TRY(ana_recover(recording, options,
                            "%s: %zu samples of signals without a rate are left out",
                            recording->path, n_sparse));
    }
    status = ana_recording_add_intervals(recording, intervals);
    intervals = NULL;
done:
    ana_intervals_free(intervals);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_gdf_read_events(const ana_file *file, const ana_gdf_header *header, double rate,
                               const ana_read_options *options, ana_recording *recording)
{
    ana_status status = ANA_OK;
    event_table table = {0};
    unsigned char *bytes = NULL;
    const char *name = ana_file_name(file);
    const uint64_t left = ana_file_size(file) - header->event_offset;
    if (left == 0) {
        return ANA_OK;
    }
    /* Of 2^24 events with all columns; a longer rest is no table. */
    const uint64_t most = N_TABLE_HEADER + (UINT64_C(1) << 24) * 20;
    const size_t n = (size_t)(left < most ? left : most);
    ANA_TRY(ana_run_check_memory(&options->run, n, name));
    ANA_TRY(ana_allocate(n, 1, name, &bytes));
    ANA_TRY(ana_file_read(file, header->event_offset, n, bytes));
    ana_cursor cursor = ana_cursor_over(name, bytes, n, header->event_offset);
    if (open_table(&cursor, header->version, rate, &table)) {
        status = table.n > 0 ? add_events(header, &table, options, recording) : ANA_OK;
    } else {
        status =
            ana_recover(recording, options,
                        "%s: byte %llu: %llu bytes follow the records, but no table of events",
                        name, (unsigned long long)header->event_offset, (unsigned long long)left);
    }
done:
    free(bytes);
    return status;
}
