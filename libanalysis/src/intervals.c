#include "lists.h"
#include "memory.h"
#include "try.h"

#include <analysis/intervals.h>

#include <math.h>
#include <stdlib.h>

void ana_intervals_free(ana_intervals *intervals)
{
    if (intervals == NULL) {
        return;
    }
    free(intervals->name);
    free(intervals->start);
    free(intervals->stop);
    ana_table_free(intervals->table);
    free(intervals);
}

/* Intervals without a table: what _new and _take share. */
static ana_status allocate_intervals(const char *name, size_t n, ana_intervals **out)
{
    ana_status status = ANA_OK;
    ana_intervals *intervals = NULL;
    ANA_TRY(ana_allocate(1, sizeof *intervals, "intervals", &intervals));
    ANA_TRY(ana_copy_text(name, &intervals->name));
    ANA_TRY(ana_allocate(n, sizeof *intervals->start, "intervals", &intervals->start));
    ANA_TRY(ana_allocate(n, sizeof *intervals->stop, "intervals", &intervals->stop));
    intervals->n = n;
    *out = intervals;
    intervals = NULL;
done:
    ana_intervals_free(intervals);
    return status;
}

ana_status ana_intervals_new(const char *name, size_t n, ana_intervals **out)
{
    ana_status status = ANA_OK;
    ana_intervals *intervals = NULL;
    ANA_TRY(allocate_intervals(name, n, &intervals));
    ANA_TRY(ana_table_new(n, &intervals->table));
    *out = intervals;
    intervals = NULL;
done:
    ana_intervals_free(intervals);
    return status;
}

bool ana_intervals_has_label(const ana_intervals *intervals, size_t i, const char *label)
{
    const ana_column *column = ana_table_find(intervals->table, "label");
    if (column == NULL || column->type != ANA_COLUMN_TEXT) {
        return false;
    }
    const size_t first = column->row_start != NULL ? column->row_start[i] : i;
    const size_t stop = column->row_start != NULL ? column->row_start[i + 1] : i + 1;
    for (size_t e = first; e < stop; e++) {
        if (ana_text_matches(column->texts[e], label)) {
            return true;
        }
    }
    return false;
}

ana_status ana_intervals_take(const ana_intervals *intervals, size_t n, const size_t *rows,
                              ana_intervals **out)
{
    ana_status status = ANA_OK;
    ana_intervals *taken = NULL;
    ANA_TRY(allocate_intervals(intervals->name, n, &taken));
    ANA_TRY(ana_table_take(intervals->table, n, rows, &taken->table)); /* checks the rows */
    for (size_t i = 0; i < n; i++) {
        taken->start[i] = intervals->start[rows[i]];
        taken->stop[i] = intervals->stop[rows[i]];
    }
    *out = taken;
    taken = NULL;
done:
    ana_intervals_free(taken);
    return status;
}

ana_status ana_intervals_check(const ana_intervals *intervals)
{
    if (intervals->name == NULL) {
        return ana_fail(ANA_ERR_VALUE, "intervals: they have no name");
    }
    for (size_t i = 0; i < intervals->n; i++) {
        if (!isfinite(intervals->start[i])) {
            return ana_fail(ANA_ERR_VALUE, "intervals \"%s\": row %zu has no finite start",
                            intervals->name, i);
        }
        if (intervals->stop[i] < intervals->start[i] || isinf(intervals->stop[i])) {
            return ana_fail(ANA_ERR_VALUE,
                            "intervals \"%s\": row %zu stops before it starts, or never",
                            intervals->name, i);
        }
    }
    if (intervals->table == NULL || intervals->table->n_rows != intervals->n) {
        return ana_fail(ANA_ERR_VALUE, "intervals \"%s\": its table does not have %zu rows",
                        intervals->name, intervals->n);
    }
    return ana_table_check(intervals->table);
}
