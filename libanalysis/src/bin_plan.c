#include "bin_plan.h"

#include "checked.h"
#include "memory.h"
#include "stretches.h"
#include "text.h"
#include "try.h"

#include <analysis/bin.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

ana_bin_options ana_bin_options_default(void)
{
    ana_bin_options options = {
        .run = ana_run_default(),
        .bin_s = 0.01,
        .start = NAN,
        .stop = NAN,
        .from_s = NAN,
        .to_s = NAN,
        .min_rate_hz = 0.0,
        .quality = NULL,
        .quality_column = NULL,
    };
    return options;
}

const ana_option ana_bin_option_table[] = {
    {"bin", ANA_OPTION_DOUBLE, offsetof(ana_bin_options, bin_s), 1e-9, 1e9, NULL, "SECONDS",
     "width of a bin", false},
    {"start", ANA_OPTION_DOUBLE, offsetof(ana_bin_options, start), 0, 0, NULL, "SECONDS",
     "first edge; nan: where the first used unit is first observed", false},
    {"stop", ANA_OPTION_DOUBLE, offsetof(ana_bin_options, stop), 0, 0, NULL, "SECONDS",
     "last edge; nan: where the last observed interval ends", false},
    {"from", ANA_OPTION_DOUBLE, offsetof(ana_bin_options, from_s), 0, 0, NULL, "SECONDS",
     "first edge after the start of each interval; nan: at its start", false},
    {"to", ANA_OPTION_DOUBLE, offsetof(ana_bin_options, to_s), 0, 0, NULL, "SECONDS",
     "last edge after the start of each interval; nan: its own stop", false},
    {"min-rate", ANA_OPTION_DOUBLE, offsetof(ana_bin_options, min_rate_hz), 0, 1e6, NULL, "HERTZ",
     "units that fire less than this while observed are dropped", false},
    {"quality", ANA_OPTION_TEXT, offsetof(ana_bin_options, quality), 0, 0, NULL, "LABELS",
     "quality labels of the units to use, with commas between; none: all units", false},
    {"quality-column", ANA_OPTION_TEXT, offsetof(ana_bin_options, quality_column), 0, 0, NULL,
     "COLUMN", "column with the quality label; none: quality, label or group", false},
    ANA_OPTION_END,
};

void ana_bin_report_free(ana_bin_report *report)
{
    if (report == NULL) {
        return;
    }
    for (size_t u = 0; u < report->n_units; u++) {
        free(report->units[u].id);
        free(report->units[u].quality);
    }
    free(report->units);
    free(report);
}

void ana_bin_plan_free(ana_bin_plan *plan)
{
    if (plan == NULL) {
        return;
    }
    free(plan->units);
    free(plan->observed_row);
    free(plan->observed_start);
    free(plan->observed_stop);
    free(plan->sequence_start);
    free(plan->origin);
    free(plan->interval);
    ana_bin_report_free(plan->report);
    free(plan);
}

const ana_bin_report *ana_bin_plan_report(const ana_bin_plan *plan)
{
    return plan->report;
}

/* Whether `label` is one of the words of `list`, which stand between commas. */
static bool is_listed(const char *list, const char *label)
{
    size_t length = strlen(label);
    for (const char *word = list; word != NULL;) {
        word += strspn(word, " ");
        const char *comma = strchr(word, ',');
        size_t n = comma != NULL ? (size_t)(comma - word) : strlen(word);
        while (n > 0 && word[n - 1] == ' ') {
            n--;
        }
        if (n == length && strncmp(word, label, n) == 0) {
            return true;
        }
        word = comma != NULL ? comma + 1 : NULL;
    }
    return false;
}

static bool holds_labels(const ana_column *column)
{
    return column != NULL && column->type == ANA_COLUMN_TEXT && column->row_start == NULL;
}

const ana_column *ana_bin_quality_column(const ana_spikes *spikes)
{
    static const char *const usual[] = {"quality", "label", "group"};
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        const ana_column *column = ana_table_find(spikes->units, usual[i]);
        if (holds_labels(column)) {
            return column;
        }
    }
    return NULL;
}

/* The column with the quality labels; NULL when there is none and none was asked for. */
static ana_status find_quality(const ana_spikes *spikes, const ana_bin_options *options,
                               const ana_column **out)
{
    *out = ana_bin_quality_column(spikes);
    if (options->quality_column != NULL) {
        *out = ana_table_find(spikes->units, options->quality_column);
        if (!holds_labels(*out)) {
            return ana_fail(ANA_ERR_VALUE, "bin: the units have no column \"%s\" of texts",
                            options->quality_column);
        }
    }
    if (options->quality != NULL && *out == NULL) {
        return ana_fail(ANA_ERR_VALUE,
                        "bin: quality \"%s\" is wanted, but the units have no column quality, "
                        "label or group",
                        options->quality);
    }
    return ANA_OK;
}

/* Spikes and seconds of a unit within start ... stop while it was observed. */
static void measure_unit(const ana_spikes *spikes, size_t u, const ana_bin_options *options,
                         ana_bin_unit *unit, size_t *n_unobserved)
{
    double low = isnan(options->start) ? (double)-INFINITY : options->start;
    double high = isnan(options->stop) ? (double)INFINITY : options->stop;
    double tolerance = ANA_BIN_TOLERANCE * options->bin_s;
    const double *times = spikes->times + spikes->unit_start[u];
    size_t n = spikes->unit_start[u + 1] - spikes->unit_start[u];
    for (size_t i = spikes->observed_row[u]; i < spikes->observed_row[u + 1]; i++) {
        double start = fmax(low, spikes->observed_start[i]);
        double stop = fmin(high, spikes->observed_stop[i]);
        if (start < stop) {
            unit->observed_s += stop - start;
            unit->n_spikes += ana_first_at_or_after(n, times, stop - tolerance) -
                              ana_first_at_or_after(n, times, start - tolerance);
        }
    }
    size_t within = ana_first_at_or_after(n, times, high - tolerance) -
                    ana_first_at_or_after(n, times, low - tolerance);
    *n_unobserved = within - unit->n_spikes;
    unit->rate_hz =
        unit->observed_s > 0.0 ? (double)unit->n_spikes / unit->observed_s : (double)NAN;
}

static ana_status report_unit(const ana_spikes *spikes, size_t u, const ana_column *quality,
                              const ana_bin_options *options, ana_bin_report *report)
{
    ana_status status = ANA_OK;
    ana_bin_unit *unit = &report->units[u];
    char id[128];
    ana_spikes_unit_name(spikes, u, id, sizeof id);
    const char *label = quality != NULL ? quality->texts[u] : NULL;
    ANA_TRY(ana_copy_text(id, &unit->id));
    ANA_TRY(ana_copy_text(label, &unit->quality));
    size_t n_unobserved = 0;
    measure_unit(spikes, u, options, unit, &n_unobserved);
    if (options->quality != NULL && (label == NULL || !is_listed(options->quality, label))) {
        unit->reason = "quality";
    } else if (!(unit->observed_s > 0.0)) {
        unit->reason = "not observed";
    } else if (unit->rate_hz < options->min_rate_hz) {
        unit->reason = "rate";
    } else {
        unit->used = true;
        report->n_used++;
        report->n_unobserved_spikes += n_unobserved;
    }
done:
    return status;
}

/* Say why no unit is left: which rule took how many. */
static ana_status nothing_left(const ana_spikes *spikes, const ana_bin_report *report)
{
    size_t n_quality = 0;
    size_t n_rate = 0;
    for (size_t u = 0; u < report->n_units; u++) {
        const char *reason = report->units[u].reason;
        n_quality += strcmp(reason, "quality") == 0;
        n_rate += strcmp(reason, "rate") == 0;
    }
    return ana_fail(
        ANA_ERR_VALUE,
        "bin: none of the %zu units of %s is left: %zu dropped by quality label, %zu by "
        "rate, %zu never observed between start and stop",
        report->n_units, spikes->name != NULL ? spikes->name : "the spikes", n_quality, n_rate,
        report->n_units - n_quality - n_rate);
}

static ana_status choose_units(const ana_bin_options *options, ana_bin_plan *plan)
{
    ana_status status = ANA_OK;
    const ana_spikes *spikes = plan->spikes;
    ana_bin_report *report = plan->report;
    const ana_column *quality = NULL;
    ANA_TRY(find_quality(spikes, options, &quality));
    ANA_TRY(ana_allocate(spikes->n_units, sizeof *report->units, "bin", &report->units));
    report->n_units = spikes->n_units;
    report->observed_inferred = spikes->observed_inferred;
    for (size_t u = 0; u < spikes->n_units; u++) {
        ANA_TRY(report_unit(spikes, u, quality, options, report));
    }
    if (report->n_used == 0) {
        ANA_TRY(nothing_left(spikes, report));
    }
    ANA_TRY(ana_allocate(report->n_used, sizeof *plan->units, "bin", &plan->units));
    for (size_t u = 0; u < spikes->n_units; u++) {
        if (report->units[u].used) {
            plan->units[plan->n_used++] = u;
        }
    }
done:
    return status;
}

/* Observed intervals of the used units; where one starts at the end of the one before, they are
 * joined, so that a bin across the seam is not missing. */
static ana_status join_observed(ana_bin_plan *plan)
{
    ana_status status = ANA_OK;
    const ana_spikes *spikes = plan->spikes;
    size_t n_most = spikes->observed_row[spikes->n_units];
    ANA_TRY(ana_allocate(plan->n_used + 1, sizeof *plan->observed_row, "bin", &plan->observed_row));
    ANA_TRY(ana_allocate(n_most, sizeof *plan->observed_start, "bin", &plan->observed_start));
    ANA_TRY(ana_allocate(n_most, sizeof *plan->observed_stop, "bin", &plan->observed_stop));
    double tolerance = ANA_BIN_TOLERANCE * plan->bin_s;
    size_t n = 0;
    for (size_t f = 0; f < plan->n_used; f++) {
        size_t u = plan->units[f];
        plan->observed_row[f] = n;
        for (size_t i = spikes->observed_row[u]; i < spikes->observed_row[u + 1]; i++) {
            double start = spikes->observed_start[i];
            if (n > plan->observed_row[f] && start - plan->observed_stop[n - 1] <= tolerance) {
                plan->observed_stop[n - 1] = spikes->observed_stop[i];
                continue;
            }
            plan->observed_start[n] = start;
            plan->observed_stop[n++] = spikes->observed_stop[i];
        }
    }
    plan->observed_row[plan->n_used] = n;
done:
    return status;
}

/* Bins from one time to another. */
static double bins_between(const ana_bin_plan *plan, double from, double to)
{
    if (plan->bin_ticks > 0.0) {
        double rate = plan->spikes->tick_rate;
        return (ana_bin_ticks(to, rate) - ana_bin_ticks(from, rate)) / plan->bin_ticks;
    }
    return (to - from) * plan->scale;
}

/* Whole bins between two times. Fails above 2^50: an index would no longer be exact. */
static ana_status count_bins(const ana_bin_plan *plan, double start, double stop, size_t *out)
{
    double n = floor(bins_between(plan, start, stop) + ANA_BIN_TOLERANCE);
    if (!(n < 0x1p50)) {
        return ana_fail(ANA_ERR_VALUE, "bin: more bins than can be counted between start and stop");
    }
    *out = n > 0.0 ? (size_t)n : 0;
    return ANA_OK;
}

static ana_status allocate_sequences(ana_bin_plan *plan, size_t n)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_allocate(n + 1, sizeof *plan->sequence_start, "bin", &plan->sequence_start));
    ANA_TRY(ana_allocate(n, sizeof *plan->origin, "bin", &plan->origin));
done:
    return status;
}

static ana_status lay_out_one(const ana_bin_options *options, ana_bin_plan *plan)
{
    ana_status status = ANA_OK;
    double start = INFINITY;
    double stop = -INFINITY;
    for (size_t f = 0; f < plan->n_used; f++) { /* a used unit is observed, so has intervals */
        start = fmin(start, plan->observed_start[plan->observed_row[f]]);
        stop = fmax(stop, plan->observed_stop[plan->observed_row[f + 1] - 1]);
    }
    start = isnan(options->start) ? start : options->start;
    stop = isnan(options->stop) ? stop : options->stop;
    ANA_TRY(allocate_sequences(plan, 1));
    ANA_TRY(count_bins(plan, start, stop, &plan->sequence_start[1]));
    plan->origin[0] = start;
    plan->n_sequences = 1;
    if (plan->sequence_start[1] == 0) {
        char seconds[2][32];
        ana_format_double(stop - start, seconds[0]);
        ana_format_double(plan->bin_s, seconds[1]);
        ANA_TRY(
            ana_fail(ANA_ERR_VALUE, "bin: no bin of %s s fits into %s s", seconds[1], seconds[0]));
    }
done:
    return status;
}

/* Origin and whole bins of interval i; 0 bins when it is to be dropped. */
static ana_status window_of(const ana_intervals *intervals, size_t i,
                            const ana_bin_options *options, const ana_bin_plan *plan,
                            double *origin, size_t *n_bins)
{
    double tolerance = ANA_BIN_TOLERANCE * plan->bin_s;
    double start = intervals->start[i] + (isnan(options->from_s) ? 0.0 : options->from_s);
    double stop = isnan(options->to_s) ? intervals->stop[i] : intervals->start[i] + options->to_s;
    *origin = start;
    *n_bins = 0;
    if (!isfinite(start) || !isfinite(stop) || start < options->start - tolerance ||
        stop > options->stop + tolerance) {
        return ANA_OK;
    }
    return count_bins(plan, start, stop, n_bins);
}

static ana_status lay_out_intervals(const ana_intervals *intervals, const ana_bin_options *options,
                                    ana_bin_plan *plan)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_intervals_check(intervals));
    ANA_TRY(allocate_sequences(plan, intervals->n));
    ANA_TRY(ana_allocate(intervals->n, sizeof *plan->interval, "bin", &plan->interval));
    size_t n = 0;
    for (size_t i = 0; i < intervals->n; i++) {
        size_t n_bins = 0;
        ANA_TRY(window_of(intervals, i, options, plan, &plan->origin[n], &n_bins));
        plan->interval[n] = i;
        if (!ana_add(plan->sequence_start[n], n_bins, &plan->sequence_start[n + 1])) {
            return ana_fail(ANA_ERR_VALUE, "bin: more bins than can be counted");
        }
        n += n_bins > 0;
    }
    plan->n_sequences = n;
    plan->report->n_dropped_intervals = intervals->n - n;
    if (n == 0) {
        return ana_fail(ANA_ERR_VALUE,
                        "bin: none of the %zu intervals of %s is left: each lacks a stop, lies "
                        "outside start ... stop, or is shorter than a bin",
                        intervals->n, intervals->name != NULL ? intervals->name : "the file");
    }
done:
    return status;
}

/* Bins per second. 1/0.001 is 1000 in doubles, but 1/bin_s is off by one rounding for most widths:
 * a whole number of bins per second is taken as meant. */
static double bins_per_second(double bin_s)
{
    double scale = 1.0 / bin_s;
    double whole = round(scale);
    return whole > 0.0 && fabs(scale - whole) <= 1e-13 * whole ? whole : scale;
}

/* Ticks per bin when the times can be compared as ticks: the bin is a whole number of them, and
 * each time falls on one. Else 0. */
static double whole_ticks(const ana_spikes *spikes, double bin_s)
{
    if (spikes->ticks == NULL || !(spikes->tick_rate > 0.0)) {
        return 0.0;
    }
    double bin_ticks = round(bin_s * spikes->tick_rate);
    if (bin_ticks < 1.0 || fabs(bin_s * spikes->tick_rate - bin_ticks) > 1e-9 * bin_ticks) {
        return 0.0;
    }
    size_t n_between = 0;
    for (size_t i = 0; i < spikes->n_spikes; i++) {
        double ticks = spikes->times[i] * spikes->tick_rate;
        double off = fabs(ticks - ana_nearest_whole(ticks));
        n_between += !(off <= ANA_BIN_OFF_TICK && fabs(ticks) < 0x1p50);
    }
    return n_between == 0 ? bin_ticks : 0.0;
}

void ana_bin_covered(const ana_bin_plan *plan, size_t s, size_t i, size_t *first, size_t *stop)
{
    double n_rows = (double)(plan->sequence_start[s + 1] - plan->sequence_start[s]);
    double from = bins_between(plan, plan->origin[s], plan->observed_start[i]) - ANA_BIN_TOLERANCE;
    double to = bins_between(plan, plan->origin[s], plan->observed_stop[i]) + ANA_BIN_TOLERANCE;
    *first = (size_t)ceil(fmin(fmax(from, 0.0), n_rows));
    *stop = (size_t)floor(fmin(fmax(to, 0.0), n_rows));
}

static size_t count_missing(const ana_bin_plan *plan)
{
    size_t n_missing = plan->n_used * plan->sequence_start[plan->n_sequences];
    for (size_t s = 0; s < plan->n_sequences; s++) {
        for (size_t i = 0; i < plan->observed_row[plan->n_used]; i++) {
            size_t first = 0;
            size_t stop = 0;
            ana_bin_covered(plan, s, i, &first, &stop);
            n_missing -= stop > first ? stop - first : 0;
        }
    }
    return n_missing;
}

static ana_status check_options(const ana_bin_options *options)
{
    ana_status status = ana_options_check(ana_bin_option_table, options, "bin");
    if (status != ANA_OK) {
        return status;
    }
    if (isinf(options->start) || isinf(options->stop) || options->stop <= options->start) {
        return ana_fail(ANA_ERR_VALUE, "bin: stop has to be after start, and both finite");
    }
    if (isinf(options->from_s) || isinf(options->to_s) || options->to_s <= options->from_s) {
        return ana_fail(ANA_ERR_VALUE, "bin: to has to be after from, and both finite");
    }
    return ANA_OK;
}

ana_status ana_bin_plan_new(const ana_spikes *spikes, const ana_intervals *intervals,
                            const ana_bin_options *options, ana_bin_plan **out)
{
    ana_status status = ANA_OK;
    const ana_bin_options defaults = ana_bin_options_default();
    options = options != NULL ? options : &defaults;
    ana_bin_plan *plan = NULL;
    ANA_TRY(check_options(options));
    ANA_TRY(ana_spikes_check(spikes));
    ANA_TRY(ana_allocate(1, sizeof *plan, "bin", &plan));
    ANA_TRY(ana_allocate(1, sizeof *plan->report, "bin", &plan->report));
    plan->spikes = spikes;
    plan->bin_s = options->bin_s;
    plan->scale = bins_per_second(options->bin_s);
    plan->bin_ticks = whole_ticks(spikes, options->bin_s);
    ANA_TRY(choose_units(options, plan));
    ANA_TRY(join_observed(plan));
    ANA_TRY(intervals != NULL ? lay_out_intervals(intervals, options, plan)
                              : lay_out_one(options, plan));
    plan->report->in_ticks = plan->bin_ticks > 0.0;
    plan->report->n_sequences = plan->n_sequences;
    plan->report->n_bins = plan->sequence_start[plan->n_sequences];
    plan->report->n_missing = count_missing(plan);
    *out = plan;
    plan = NULL;
done:
    ana_bin_plan_free(plan);
    return status;
}
