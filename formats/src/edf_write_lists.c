/* Intervals become annotation lists, laid out over the records of an EDF+ file. */
#include "edf_write.h"
#include "memory.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Seconds with a sign where one is asked for, to a tenth of a microsecond, without an exponent. */
static void append_seconds(double seconds, bool sign, ana_text *text)
{
    char number[400];
    ana_format_fixed(fabs(seconds), 7, number, sizeof number);
    size_t n = strlen(number);
    while (n > 0 && number[n - 1] == '0') {
        n--;
    }
    n -= n > 0 && number[n - 1] == '.' ? 1 : 0;
    if (sign) {
        ana_text_append(text, seconds < 0.0 ? "-" : "+");
    }
    ana_text_append_bytes(text, number, n);
}

/* The label of a row: its own, or the name of the intervals. */
static const char *label_of(const ana_intervals *intervals, size_t row)
{
    const ana_column *labels = ana_table_find(intervals->table, "label");
    if (labels == NULL || labels->type != ANA_COLUMN_TEXT || labels->row_start != NULL ||
        labels->texts[row] == NULL || labels->texts[row][0] == '\0') {
        return intervals->name;
    }
    return labels->texts[row];
}

/* One list for one row: +onset 0x15 duration 0x14 text 0x14 0x00. */
static void append_annotation(const ana_intervals *intervals, size_t row, double shift,
                              ana_text *text)
{
    double duration = intervals->stop[row] - intervals->start[row];
    append_seconds(intervals->start[row] + shift, true, text);
    if (duration > 0.0) {
        ana_text_append(text, "\x15");
        append_seconds(duration, false, text);
    }
    ana_text_append(text, "\x14");
    for (const char *at = label_of(intervals, row); *at != '\0'; at++) {
        bool reserved = *at == '\x14' || *at == '\x15';
        ana_text_append_bytes(text, reserved ? " " : at, 1);
    }
    ana_text_append_bytes(text, "\x14", 2);
}

/* All annotations one after the other, and where each ends. */
typedef struct annotation_pool {
    ana_text bytes;
    size_t n;
    size_t capacity;
    size_t *end;
} annotation_pool;

static ana_status fill_pool(const ana_recording *recording, double shift, annotation_pool *pool)
{
    ana_status status = ANA_OK;
    for (size_t i = 0; i < recording->n_intervals; i++) {
        const ana_intervals *intervals = recording->intervals[i];
        for (size_t row = 0; row < intervals->n && status == ANA_OK; row++) {
            append_annotation(intervals, row, shift, &pool->bytes);
            status = ana_grow(&pool->end, &pool->capacity, pool->n + 1, sizeof *pool->end,
                              "annotations");
            if (status == ANA_OK) {
                pool->end[pool->n++] = pool->bytes.n;
            }
        }
    }
    return status == ANA_OK ? ana_text_check(&pool->bytes, "annotations") : status;
}

/* When record `record` starts, on the file's clock. */
static double onset_of(const ana_edf_plan *plan, const ana_edf_clock *clock, size_t record)
{
    size_t first = 0;
    for (size_t s = 0; s < plan->n_segments; s++) {
        if (record - first < plan->segments[s].n_records) {
            return plan->segments[s].start + clock->shift +
                   (double)(record - first) * plan->record_s;
        }
        first += plan->segments[s].n_records;
    }
    return clock->shift;
}

/* Each record begins with its own onset, then as many annotations as there is room for. With room
 * for the average and the longest one, the last record has taken them all. */
static ana_status lay_out(const ana_edf_plan *plan, const ana_edf_clock *clock,
                          const annotation_pool *pool, ana_edf_lists *lists)
{
    const size_t average = pool->bytes.n / lists->n_records + 1;
    size_t longest = 0;
    size_t next = 0;
    size_t begin = 0;
    for (size_t i = 0; i < pool->n; i++) {
        size_t n = pool->end[i] - begin;
        longest = n > longest ? n : longest;
        begin = pool->end[i];
    }
    begin = 0;
    for (size_t r = 0; r < lists->n_records; r++) {
        append_seconds(onset_of(plan, clock, r), true, &lists->bytes);
        ana_text_append_bytes(&lists->bytes, "\x14\x14", 3);
        size_t taken = 0;
        while (next < pool->n && taken + (pool->end[next] - begin) <= average + longest) {
            size_t n = pool->end[next] - begin;
            ana_text_append_bytes(&lists->bytes, pool->bytes.bytes + begin, n);
            taken += n;
            begin = pool->end[next++];
        }
        lists->list_start[r + 1] = lists->bytes.n;
        size_t n = lists->bytes.n - lists->list_start[r];
        lists->bytes_in_record = n > lists->bytes_in_record ? n : lists->bytes_in_record;
    }
    return ana_text_check(&lists->bytes, "annotations");
}

ana_status ana_edf_make_lists(const ana_edf_plan *plan, const ana_edf_clock *clock,
                              ana_edf_lists *lists)
{
    ana_status status = ANA_OK;
    annotation_pool pool = {0};
    *lists = (ana_edf_lists){.n_records = plan->n_records > 0 ? plan->n_records : 1};
    ANA_TRY(ana_allocate(lists->n_records + 1, sizeof *lists->list_start, "annotations",
                         &lists->list_start));
    ANA_TRY(fill_pool(plan->recording, clock->shift, &pool));
    ANA_TRY(lay_out(plan, clock, &pool, lists));
done:
    ana_text_release(&pool.bytes);
    free(pool.end);
    if (status != ANA_OK) {
        ana_edf_release_lists(lists);
    }
    return status;
}

void ana_edf_release_lists(ana_edf_lists *lists)
{
    free(lists->list_start);
    ana_text_release(&lists->bytes);
    *lists = (ana_edf_lists){0};
}
