/* Filter settings of BrainVision headers: tables for people, which recorders write into [Comment].
 */
#include "brainvision.h"
#include "constants.h"
#include "text.h"

#include <math.h>
#include <string.h>

enum {
    MAX_COLUMNS = 16
};

/* A line cut into columns, which two blanks part. */
typedef struct table_row {
    size_t n;
    ana_text_line columns[MAX_COLUMNS];
} table_row;

/* Which columns of a table hold what; MAX_COLUMNS: none. */
typedef struct filter_table {
    size_t low;
    size_t high;
    size_t notch;
    bool low_is_seconds; /* a time constant, not a frequency */
} filter_table;

static table_row cut_row(ana_text_line line)
{
    table_row row = {0};
    for (size_t at = 0; at < line.n && row.n < MAX_COLUMNS;) {
        if (line.text[at] == ' ' || line.text[at] == '\t') {
            at++;
            continue;
        }
        size_t end = at;
        while (end < line.n && line.text[end] != '\t' &&
               !(line.text[end] == ' ' && (end + 1 == line.n || line.text[end + 1] == ' '))) {
            end++;
        }
        row.columns[row.n++] = (ana_text_line){line.text + at, end - at, line.number};
        at = end;
    }
    return row;
}

static bool column_begins(const table_row *row, size_t column, const char *word)
{
    size_t n = strlen(word);
    return column < row->n && row->columns[column].n >= n &&
           memcmp(row->columns[column].text, word, n) == 0;
}

static bool column_ends(const table_row *row, size_t column, const char *word)
{
    size_t n = strlen(word);
    const ana_text_line *text = &row->columns[column];
    return text->n >= n && memcmp(text->text + text->n - n, word, n) == 0;
}

/* Whether the row is the title of a table with cutoffs. */
static bool is_title(const table_row *row, filter_table *table)
{
    *table = (filter_table){MAX_COLUMNS, MAX_COLUMNS, MAX_COLUMNS, false};
    for (size_t i = 0; i < row->n; i++) {
        if (column_begins(row, i, "Low Cutoff")) {
            table->low = i;
            table->low_is_seconds = column_ends(row, i, "[s]");
        } else if (column_begins(row, i, "High Cutoff")) {
            table->high = i;
        } else if (column_begins(row, i, "Notch")) {
            table->notch = i;
        }
    }
    return column_begins(row, 0, "#") && table->low < MAX_COLUMNS && table->high < MAX_COLUMNS;
}

/* "DC" is 0 hertz; "Off" and anything else that is no number leaves *out as it is. */
static void set_frequency(const table_row *row, size_t column, bool is_seconds, double *out)
{
    double number = 0.0;
    if (column >= row->n) {
        return;
    }
    if (column_begins(row, column, "DC")) {
        *out = 0.0;
    } else if (ana_parse_double(row->columns[column].text, row->columns[column].n, &number) &&
               isfinite(number) && number > 0.0) {
        *out = is_seconds ? 1.0 / (2.0 * ANA_PI * number) : number;
    }
}

void ana_brainvision_read_filters(const char *text, size_t n, ana_brainvision_header *header)
{
    filter_table table = {0};
    bool in_table = false;
    ana_text_line line = {0};
    for (size_t at = 0; ana_next_line(text, n, &at, &line);) {
        const table_row row = cut_row(line);
        filter_table found;
        int64_t number = 0;
        if (is_title(&row, &found)) {
            table = found;
            in_table = true;
            continue;
        }
        in_table = in_table && row.n > 0 &&
                   ana_parse_int(row.columns[0].text, row.columns[0].n, &number) && number >= 1;
        if (in_table && (uint64_t)number <= header->n_channels) {
            ana_brainvision_channel *channel = &header->channels[number - 1];
            set_frequency(&row, table.low, table.low_is_seconds, &channel->high_pass_hz);
            set_frequency(&row, table.high, false, &channel->low_pass_hz);
            set_frequency(&row, table.notch, false, &channel->notch_hz);
        }
    }
}
