#include "losses.h"

#include <math.h>
#include <string.h>

/* How many names a line lists before "..." */
static const size_t max_listed = 5;

void ana_lose_spikes(const ana_recording *recording, ana_text *text)
{
    for (size_t i = 0; i < recording->n_spikes; i++) {
        const ana_spikes *spikes = recording->spikes[i];
        ana_text_printf(text, "spikes \"%s\": %zu units\n", spikes->name, spikes->n_units);
    }
}

void ana_lose_tables(const ana_recording *recording, const char *kept, ana_text *text)
{
    for (size_t i = 0; i < recording->n_tables; i++) {
        const ana_named_table *table = &recording->tables[i];
        if (kept == NULL || strcmp(table->name, kept) != 0) {
            ana_text_printf(text, "table \"%s\": %zu rows\n", table->name, table->table->n_rows);
        }
    }
}

static void append_name(const char *name, size_t n_before, ana_text *text)
{
    if (n_before < max_listed) {
        ana_text_printf(text, "%s\"%s\"", n_before > 0 ? ", " : "", name);
    } else if (n_before == max_listed) {
        ana_text_append(text, ", ...");
    }
}

/* Columns that have no place. */
static void lose_other_columns(const ana_intervals *intervals, bool keep_channels, ana_text *text)
{
    ana_text names = {0};
    size_t n = 0;
    for (size_t c = 0; c < intervals->table->n_columns; c++) {
        const char *name = intervals->table->columns[c].name;
        if (strcmp(name, "label") != 0 && !(keep_channels && strcmp(name, "channels") == 0)) {
            append_name(name, n++, &names);
        }
    }
    if (n > 0) {
        ana_text_printf(text, "intervals \"%s\": columns %s\n", intervals->name,
                        names.bytes != NULL ? names.bytes : "");
        text->failed = text->failed || names.failed;
    }
    ana_text_release(&names);
}

static size_t count_unlabelled(const ana_intervals *intervals)
{
    const ana_column *labels = ana_table_find(intervals->table, "label");
    size_t n = 0;
    for (size_t i = 0; labels != NULL && i < intervals->n; i++) {
        bool one = labels->type == ANA_COLUMN_TEXT && labels->row_start == NULL;
        n += one && labels->texts[i] != NULL && labels->texts[i][0] != '\0' ? 0 : 1;
    }
    return n;
}

void ana_lose_columns(const ana_recording *recording,
                      bool (*keeps_channels)(const ana_intervals *intervals), ana_text *text)
{
    for (size_t i = 0; i < recording->n_intervals; i++) {
        const ana_intervals *intervals = recording->intervals[i];
        size_t n_unlabelled = count_unlabelled(intervals);
        size_t n_endless = 0;
        for (size_t row = 0; row < intervals->n; row++) {
            n_endless += isnan(intervals->stop[row]) ? 1 : 0;
        }
        lose_other_columns(intervals, keeps_channels(intervals), text);
        if (n_unlabelled > 0) {
            ana_text_printf(text, "intervals \"%s\": %zu rows without a label get one\n",
                            intervals->name, n_unlabelled);
        }
        if (n_endless > 0) {
            ana_text_printf(text, "intervals \"%s\": %zu rows of unknown length become points\n",
                            intervals->name, n_endless);
        }
    }
}

void ana_lose_facts(const ana_recording *recording, bool (*holds)(const char *name), ana_text *text)
{
    ana_text names = {0};
    size_t n = 0;
    for (size_t i = 0; i < recording->n_facts; i++) {
        if (!holds(recording->facts[i].name)) {
            append_name(recording->facts[i].name, n++, &names);
        }
    }
    if (n > 0) {
        ana_text_printf(text, "%zu facts: %s\n", n, names.bytes != NULL ? names.bytes : "");
        text->failed = text->failed || names.failed;
    }
    ana_text_release(&names);
}

void ana_lose_of_channels(const ana_recording *recording, const char *what,
                          bool (*test)(const ana_channel *channel), ana_text *text)
{
    ana_text names = {0};
    size_t n = 0;
    for (size_t i = 0; i < recording->n_series; i++) {
        for (size_t c = 0; c < recording->series[i]->n_channels; c++) {
            const ana_channel *channel = &recording->series[i]->channels[c];
            if (test(channel)) {
                append_name(channel->name, n++, &names);
            }
        }
    }
    if (n > 0) {
        ana_text_printf(text, "%s of %zu channels: %s\n", what, n,
                        names.bytes != NULL ? names.bytes : "");
        text->failed = text->failed || names.failed;
    }
    ana_text_release(&names);
}
