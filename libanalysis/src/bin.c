#include "bin_plan.h"
#include "checked.h"
#include "memory.h"
#include "simd.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/bin.h>

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* Values one thread fills at a time: a piece of the matrix that stays in its cache. */
static const size_t piece_values = (size_t)1 << 15;

/* Place of a time in bins of one sequence: x = (time - origin) in bins. In ticks the time is
 * rounded to its tick first; half a tick is added where the origin is on a tick, so that no spike
 * lies on an edge and rounding cannot matter. */
typedef struct bin_grid {
    bool in_ticks;
    double tick_rate;
    double origin;
    double scale;
    double nudge;
} bin_grid;

static bin_grid grid_of(const ana_bin_plan *plan, size_t s)
{
    bin_grid grid = {false, 0.0, plan->origin[s], plan->scale, ANA_BIN_TOLERANCE};
    if (plan->bin_ticks > 0.0) {
        double rate = plan->spikes->tick_rate;
        double origin = ana_bin_ticks(plan->origin[s], rate);
        bool on_tick = origin == ana_nearest_whole(origin);
        grid.in_ticks = true;
        grid.tick_rate = rate;
        grid.origin = on_tick ? origin - 0.5 : origin;
        grid.scale = 1.0 / plan->bin_ticks;
        grid.nudge = 0.0;
    }
    return grid;
}

static inline double place(const bin_grid *grid, double time)
{
    double clock = grid->in_ticks ? ana_nearest_whole(time * grid->tick_rate) : time;
    return (clock - grid->origin) * grid->scale + grid->nudge;
}

/* First of the n ascending times that falls in bin `bin` or later. */
static size_t first_in(const bin_grid *grid, size_t n, const double *times, double bin)
{
    size_t low = 0;
    size_t high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (place(grid, times[middle]) < bin) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* rows[i] = row of times[i], counted from row `first`; all lie within one piece. */
ANA_CLONES static void find_rows(const bin_grid *grid, size_t n, const double *times, double first,
                                 int32_t *rows)
{
    const double origin = grid->origin;
    const double scale = grid->scale;
    const double nudge = grid->nudge;
    const double rate = grid->tick_rate;
    if (grid->in_ticks) {
#pragma omp simd
        for (size_t i = 0; i < n; i++) {
            rows[i] = (int32_t)((ana_nearest_whole(times[i] * rate) - origin) * scale - first);
        }
    } else {
#pragma omp simd
        for (size_t i = 0; i < n; i++) {
            rows[i] = (int32_t)(((times[i] - origin) * scale + nudge) - first);
        }
    }
}

/* Add the spikes of one unit to its column, rows first ... first + n_rows - 1 of the sequence. A
 * missing row stays NaN whatever is added to it. */
static void count_unit(const bin_grid *grid, size_t n, const double *times, size_t first,
                       size_t n_rows, size_t stride, double *column)
{
    int32_t rows[512];
    const size_t n_most = sizeof rows / sizeof rows[0];
    size_t stop = first_in(grid, n, times, (double)(first + n_rows));
    for (size_t i = first_in(grid, n, times, (double)first); i < stop;) {
        size_t n_here = stop - i < n_most ? stop - i : n_most;
        find_rows(grid, n_here, times + i, (double)first, rows);
        for (size_t k = 0; k < n_here; k++) {
            column[(size_t)rows[k] * stride] += 1.0;
        }
        i += n_here;
    }
}

/* Zero where used unit f was watched throughout the bin, NaN elsewhere. */
static void mark_observed(const ana_bin_plan *plan, size_t s, size_t f, size_t first, size_t n_rows,
                          double *column)
{
    size_t stride = plan->n_used;
    size_t row = 0;
    for (size_t i = plan->observed_row[f]; i < plan->observed_row[f + 1]; i++) {
        size_t from = 0;
        size_t to = 0;
        ana_bin_covered(plan, s, i, &from, &to);
        from = from > first ? from - first : 0;
        to = to > first ? to - first : 0;
        to = to < n_rows ? to : n_rows;
        for (; row < n_rows && row < from; row++) {
            column[row * stride] = NAN;
        }
        for (; row < to; row++) {
            column[row * stride] = 0.0;
        }
    }
    for (; row < n_rows; row++) {
        column[row * stride] = NAN;
    }
}

/* Rows first ... first + n_rows - 1 of one sequence. */
static void count_rows(const ana_bin_plan *plan, size_t s, size_t first, size_t n_rows, double *out)
{
    const ana_spikes *spikes = plan->spikes;
    bin_grid grid = grid_of(plan, s);
    for (size_t f = 0; f < plan->n_used; f++) {
        size_t u = plan->units[f];
        mark_observed(plan, s, f, first, n_rows, out + f);
        count_unit(&grid, spikes->unit_start[u + 1] - spikes->unit_start[u],
                   spikes->times + spikes->unit_start[u], first, n_rows, plan->n_used, out + f);
    }
}

/* The sequence that holds `row`. */
static size_t sequence_of(const ana_bin_plan *plan, size_t row)
{
    size_t low = 0;
    size_t high = plan->n_sequences;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (plan->sequence_start[middle] <= row) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Rows of all sequences laid end to end. */
static void count_piece(const ana_bin_plan *plan, size_t first, size_t n_rows, double *out)
{
    for (size_t s = sequence_of(plan, first); n_rows > 0; s++) {
        size_t left = plan->sequence_start[s + 1] - first;
        size_t n = left < n_rows ? left : n_rows;
        count_rows(plan, s, first - plan->sequence_start[s], n, out);
        out += n * plan->n_used;
        first += n;
        n_rows -= n;
    }
}

static size_t rows_in_piece(const ana_bin_plan *plan)
{
    return piece_values / plan->n_used + 1;
}

static void count_in_parallel(const ana_bin_plan *plan, const ana_run *run, double *out)
{
    size_t n_rows = plan->sequence_start[plan->n_sequences];
    size_t piece = rows_in_piece(plan);
    size_t n_pieces = n_rows / piece + (n_rows % piece != 0);
#pragma omp parallel for default(none) shared(plan, out, n_rows, piece, n_pieces)                  \
    num_threads(ana_run_threads(run, n_pieces)) schedule(static)
    for (size_t i = 0; i < n_pieces; i++) {
        size_t first = i * piece;
        size_t n = n_rows - first < piece ? n_rows - first : piece;
        count_piece(plan, first, n, out + first * plan->n_used);
    }
}

ana_status ana_bin_plan_read(const ana_bin_plan *plan, size_t first, size_t n_rows, double *out)
{
    size_t n_all = plan->sequence_start[plan->n_sequences];
    if (first > n_all || n_rows > n_all - first) {
        return ana_fail(ANA_ERR_SHAPE, "bin: rows %zu ... of %zu wanted, but there are %zu", first,
                        n_rows, n_all);
    }
    size_t piece = rows_in_piece(plan);
    for (size_t done = 0; done < n_rows; done += piece) {
        size_t n = n_rows - done < piece ? n_rows - done : piece;
        count_piece(plan, first + done, n, out + done * plan->n_used);
    }
    return ANA_OK;
}

/* "7 left": the interval's row, and its label where it has one. */
static ana_status name_sequence(const ana_bin_plan *plan, const ana_column *labels, size_t s,
                                char **out)
{
    const char *label = labels != NULL ? labels->texts[plan->interval[s]] : NULL;
    ana_text name = {0};
    ana_text_printf(&name, "%zu", plan->interval[s]);
    if (label != NULL) {
        ana_text_printf(&name, " %s", label);
    }
    ana_status status = ana_text_check(&name, "bin");
    if (status != ANA_OK) {
        ana_text_release(&name);
        return status;
    }
    free(*out);
    *out = name.bytes;
    return ANA_OK;
}

/* *out = place of `text` among the first *n of `names`, appended when it is new; -1 for no text.
 * `names` has room. */
static ana_status find_or_add(const char *text, char **names, size_t *n, int64_t *out)
{
    *out = -1;
    if (text == NULL) {
        return ANA_OK;
    }
    for (*out = 0; (size_t)*out < *n; ++*out) {
        if (strcmp(names[*out], text) == 0) {
            return ANA_OK;
        }
    }
    ana_status status = ana_copy_text(text, &names[*n]);
    *n += status == ANA_OK;
    return status;
}

/* The interval's label is the label of all its rows; label names in order of appearance. */
static ana_status label_rows(const ana_bin_plan *plan, const ana_column *labels,
                             ana_observations *observations)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_allocate(plan->n_sequences, sizeof *observations->label_names, "bin",
                         &observations->label_names));
    ANA_TRY(ana_allocate(observations->n_times, sizeof *observations->labels, "bin",
                         &observations->labels));
    for (size_t s = 0; s < plan->n_sequences; s++) {
        int64_t label = 0;
        ANA_TRY(find_or_add(labels->texts[plan->interval[s]], observations->label_names,
                            &observations->n_labels, &label));
        for (size_t t = plan->sequence_start[s]; t < plan->sequence_start[s + 1]; t++) {
            observations->labels[t] = label;
        }
    }
done:
    return status;
}

static ana_status name_sequences(const ana_bin_plan *plan, const ana_column *labels,
                                 ana_observations *observations)
{
    ana_status status = ANA_OK;
    const char *name = plan->spikes->name;
    bool one = plan->interval == NULL && name != NULL;
    ana_workspace workspace = {0};
    size_t *lengths = ana_workspace_sizes(&workspace, plan->n_sequences, 1);
    ANA_TRY(ana_workspace_check(&workspace, "bin"));
    for (size_t s = 0; s < plan->n_sequences; s++) {
        lengths[s] = plan->sequence_start[s + 1] - plan->sequence_start[s];
    }
    ANA_TRY(ana_observations_set_sequences(observations, plan->n_sequences, lengths,
                                           one ? &name : NULL));
    for (size_t s = 0; s < plan->n_sequences; s++) {
        observations->sequence_origin[s] = plan->origin[s];
    }
    for (size_t s = 0; plan->interval != NULL && s < plan->n_sequences; s++) {
        ANA_TRY(name_sequence(plan, labels, s, &observations->sequence_name[s]));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The TEXT column "label" of the intervals, or NULL. */
static const ana_column *label_column(const ana_intervals *intervals)
{
    const ana_column *column = intervals != NULL ? ana_table_find(intervals->table, "label") : NULL;
    bool usable = column != NULL && column->type == ANA_COLUMN_TEXT && column->row_start == NULL;
    return usable ? column : NULL;
}

static ana_status check_size(const ana_bin_plan *plan, const ana_run *run)
{
    size_t n_values = 0;
    size_t n_bytes = 0;
    if (!ana_multiply(plan->sequence_start[plan->n_sequences], plan->n_used, &n_values) ||
        !ana_multiply(n_values, sizeof(double), &n_bytes)) {
        n_bytes = SIZE_MAX;
    }
    return ana_run_check_memory(run, n_bytes, "bin: the matrix of counts");
}

/* All of the observations but the counts. */
static ana_status describe(const ana_bin_plan *plan, const ana_intervals *intervals,
                           ana_observations *observations)
{
    ana_status status = ANA_OK;
    const ana_column *labels = label_column(intervals);
    ana_table *features = NULL;
    ANA_TRY(ana_table_take(plan->spikes->units, plan->n_used, plan->units, &features));
    ana_table_free(observations->features);
    observations->features = features;
    observations->bin_s = plan->bin_s;
    ANA_TRY(ana_copy_text("count", &observations->unit));
    ANA_TRY(name_sequences(plan, labels, observations));
    if (labels != NULL) {
        ANA_TRY(label_rows(plan, labels, observations));
    }
done:
    return status;
}

ana_status ana_bin_spikes(const ana_spikes *spikes, const ana_intervals *intervals,
                          const ana_bin_options *options, ana_observations **out,
                          ana_bin_report **report)
{
    ana_status status = ANA_OK;
    const ana_run *run = options != NULL ? &options->run : NULL;
    ana_observations *observations = NULL;
    ana_bin_plan *plan = NULL;
    ANA_TRY(ana_bin_plan_new(spikes, intervals, options, &plan));
    ANA_TRY(check_size(plan, run));
    ANA_TRY(ana_observations_new(plan->report->n_bins, plan->n_used, &observations));
    ANA_TRY(describe(plan, intervals, observations));
    count_in_parallel(plan, run, observations->values);
    if (report != NULL) {
        *report = plan->report;
        plan->report = NULL;
    }
    *out = observations;
    observations = NULL;
done:
    ana_observations_free(observations);
    ana_bin_plan_free(plan);
    return status;
}

/* One column of the units' table, by the field it shows. */
static ana_status add_unit_columns(const ana_bin_report *report, ana_record *table)
{
    ana_status status = ANA_OK;
    size_t n = report->n_units;
    ana_workspace workspace = {0};
    const char **texts = ana_workspace_bytes(&workspace, n, 3, sizeof *texts);
    double *numbers = ana_workspace_doubles(&workspace, n, 2);
    size_t *counts = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "bin"));
    for (size_t u = 0; u < n; u++) {
        const ana_bin_unit *unit = &report->units[u];
        texts[u] = unit->id;
        texts[n + u] = unit->quality != NULL ? unit->quality : "";
        texts[2 * n + u] = unit->used ? "used" : unit->reason;
        numbers[u] = unit->rate_hz;
        numbers[n + u] = unit->observed_s;
        counts[u] = unit->n_spikes;
    }
    ana_shape shape = ana_shape_1(n, "unit");
    ANA_TRY(ana_record_add_texts(table, "id", n, texts));
    ANA_TRY(ana_record_add_texts(table, "quality", n, texts + n));
    ANA_TRY(ana_record_add_doubles(table, "rate", shape, numbers, "Hz"));
    ANA_TRY(ana_record_add_sizes(table, "n_spikes", shape, counts, NULL));
    ANA_TRY(ana_record_add_doubles(table, "observed", shape, numbers + n, "s"));
    ANA_TRY(ana_record_add_texts(table, "use", n, texts + 2 * n));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_bin_report_to_record(const ana_bin_report *report, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ana_record *table = NULL;
    const struct {
        const char *name;
        size_t value;
    } counts[] = {
        {"n_units", report->n_units},
        {"n_used", report->n_used},
        {"n_bins", report->n_bins},
        {"n_sequences", report->n_sequences},
        {"n_missing", report->n_missing},
        {"n_dropped_intervals", report->n_dropped_intervals},
        {"n_unobserved_spikes", report->n_unobserved_spikes},
    };
    ANA_TRY(ana_record_new(&record));
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        ANA_TRY(ana_record_add_int(record, counts[i].name, (int64_t)counts[i].value, NULL));
    }
    ANA_TRY(ana_record_add_bool(record, "compared_in_ticks", report->in_ticks));
    ANA_TRY(ana_record_add_bool(record, "observed_inferred", report->observed_inferred));
    ANA_TRY(ana_record_add_group(record, "units", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Units used and dropped"));
    ANA_TRY(add_unit_columns(report, table));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
