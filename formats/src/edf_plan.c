#include "edf_plan.h"

#include "memory.h"
#include "source.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The samples of one channel, as far as a plan needs them: stored numbers, before the scale. */
typedef struct stored_range {
    double min;
    double max;
    size_t n_missing;
} stored_range;

static void lowest_and_highest(bool is_bdf, int *lowest, int *highest)
{
    *lowest = is_bdf ? -8388608 : -32768;
    *highest = is_bdf ? 8388607 : 32767;
}

/* Range that a type can have, when it is narrow enough to be taken for granted. */
static bool type_range(ana_sample_type type, stored_range *range)
{
    switch (type) {
    case ANA_INT8:
        *range = (stored_range){-128.0, 127.0, 0};
        return true;
    case ANA_UINT8:
        *range = (stored_range){0.0, 255.0, 0};
        return true;
    case ANA_INT16:
        *range = (stored_range){-32768.0, 32767.0, 0};
        return true;
    case ANA_INT24:
        *range = (stored_range){-8388608.0, 8388607.0, 0};
        return true;
    case ANA_UINT16:
    case ANA_INT32:
    case ANA_UINT32:
    case ANA_INT64:
    case ANA_UINT64:
    case ANA_FLOAT32:
    case ANA_FLOAT64:
        break;
    }
    return false;
}

static void update_range(size_t n, const double *values, stored_range *range)
{
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(values[i])) {
            range->n_missing++;
        } else {
            range->min = values[i] < range->min ? values[i] : range->min;
            range->max = values[i] > range->max ? values[i] : range->max;
        }
    }
}

/* Read a series through for the ranges of all its channels. */
static ana_status scan_ranges(const ana_series *series, stored_range *ranges)
{
    const size_t budget = (size_t)512 << 10; /* numbers held at a time */
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t block = series->n_channels > 0 ? budget / series->n_channels : 1;
    block = block > 0 ? block : 1;
    block = block < series->n_times ? block : series->n_times;
    double *values = ana_workspace_doubles(&workspace, series->n_channels, block);
    size_t *channels = ana_workspace_sizes(&workspace, series->n_channels, 1);
    ANA_TRY(ana_workspace_check(&workspace, "range of the samples"));
    for (size_t c = 0; c < series->n_channels; c++) {
        channels[c] = c;
        ranges[c] = (stored_range){HUGE_VAL, -HUGE_VAL, 0};
    }
    for (size_t first = 0; first < series->n_times; first += block) {
        size_t n = series->n_times - first < block ? series->n_times - first : block;
        ana_window window = {series->n_channels, channels, first, n, NULL, NULL};
        ANA_TRY(ana_source_read(series->source, &window, values));
        for (size_t c = 0; c < series->n_channels; c++) {
            update_range(n, values + c * n, &ranges[c]);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Units to try for a voltage whose numbers do not fit their fields; the channel's own is first. */
static const struct {
    const char *unit;
    double factor; /* from volts */
} volts[] = {{"uV", 1e6}, {"mV", 1e3}, {"nV", 1e9}, {"V", 1.0}, {"pV", 1e12}};
#define N_VOLTS (sizeof volts / sizeof volts[0])

/* The i-th unit to try: the channel's own, then the voltages. False when there are no more. */
static bool unit_to_try(const ana_channel *channel, size_t i, ana_edf_plan_signal *signal)
{
    char si[16];
    double to_volts = 0.0;
    signal->factor = 1.0;
    (void)snprintf(signal->unit, sizeof signal->unit, "%.8s",
                   channel->unit != NULL ? channel->unit : "");
    if (i == 0) {
        return true;
    }
    if (i > N_VOLTS || !ana_unit_to_si(channel->unit, &to_volts, si) || strcmp(si, "V") != 0) {
        return false;
    }
    (void)snprintf(signal->unit, sizeof signal->unit, "%s", volts[i - 1].unit);
    /* Powers of ten divide exactly where they cannot be multiplied so. */
    signal->factor = to_volts * volts[i - 1].factor;
    signal->factor = nearbyint(signal->factor) >= 1.0 ? nearbyint(signal->factor)
                                                      : 1.0 / nearbyint(1.0 / signal->factor);
    return true;
}

/* Keep stored integers, less a shift that brings them into the format's range. */
static void plan_integers(const ana_channel *channel, const stored_range *range, bool is_bdf,
                          ana_edf_plan_signal *signal)
{
    int lowest = 0;
    int highest = 0;
    lowest_and_highest(is_bdf, &lowest, &highest);
    signal->keeps_stored = true;
    bool fits = range->min >= lowest && range->max <= highest;
    signal->shift = fits ? 0.0 : range->min - lowest;
    const double offset = channel->offset + signal->shift * channel->gain;
    for (size_t i = 0; unit_to_try(channel, i, signal); i++) {
        if (ana_edf_find_scale(channel->gain * signal->factor, offset * signal->factor, lowest,
                               highest, &signal->scale)) {
            return;
        }
    }
    double best = HUGE_VAL;
    ana_edf_plan_signal candidate = *signal;
    signal->is_approximate = true;
    for (size_t i = 0; unit_to_try(channel, i, &candidate); i++) {
        const double gain = channel->gain * candidate.factor;
        double error = HUGE_VAL;
        if (ana_edf_nearest_scale(gain, offset * candidate.factor, lowest, highest,
                                  &candidate.scale)) {
            error = fabs(candidate.scale.gain / gain - 1.0);
        }
        if (error < best && best > 1e-5) { /* the channel's own unit stays where it does well */
            best = error;
            signal->factor = candidate.factor;
            signal->scale = candidate.scale;
            memcpy(signal->unit, candidate.unit, sizeof signal->unit);
        }
    }
    signal->keeps_stored = best < 1e-4; /* a scale further off is no scale */
}

/* New integers for physical values: the finest steps that cover them. */
static ana_status plan_digitised(const ana_channel *channel, const stored_range *range, bool is_bdf,
                                 ana_edf_plan_signal *signal)
{
    int lowest = 0;
    int highest = 0;
    lowest_and_highest(is_bdf, &lowest, &highest);
    signal->keeps_stored = false;
    signal->is_approximate = false;
    signal->n_missing = range->n_missing;
    bool any = range->min <= range->max;
    double a = any ? range->min * channel->gain + channel->offset : 0.0;
    double b = any ? range->max * channel->gain + channel->offset : 0.0;
    double best = HUGE_VAL;
    ana_edf_plan_signal candidate = *signal;
    for (size_t i = 0; unit_to_try(channel, i, &candidate); i++) {
        double min = fmin(a, b) * candidate.factor;
        double max = fmax(a, b) * candidate.factor;
        if (!ana_edf_covering_scale(min, max, lowest, highest, &candidate.scale)) {
            continue;
        }
        double step = fabs(candidate.scale.gain / candidate.factor);
        if (step < best * 0.5) { /* the channel's own unit stays unless another is finer by far */
            best = step;
            *signal = candidate;
        }
        bool fine = step <= 1.5 * fabs(b - a) / (double)(highest - lowest);
        if (fine || (a == b && step <= 1e-4 * fabs(a)) || (a == 0.0 && b == 0.0)) {
            break;
        }
    }
    if (best >= HUGE_VAL) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "channel \"%s\": its values are beyond what eight characters can say",
                        channel->name);
    }
    return ANA_OK;
}

static ana_status plan_signal(const ana_series *series, const stored_range *range, bool is_bdf,
                              ana_edf_plan_signal *signal)
{
    const ana_channel *channel = &series->channels[signal->channel];
    const double most = is_bdf ? 16777215.0 : 65535.0;
    if (ana_sample_is_integer(series->type) && range->max - range->min <= most) {
        plan_integers(channel, range, is_bdf, signal);
        if (signal->keeps_stored) {
            return ANA_OK;
        }
    }
    return plan_digitised(channel, range, is_bdf, signal);
}

/* Channels whose type says their range, and whether the format holds it. */
static bool is_range_known(ana_sample_type type, bool is_bdf, stored_range *range)
{
    return type_range(type, range) && (is_bdf || range->max <= 32767.0);
}

static ana_status plan_series(ana_edf_plan *plan, size_t i)
{
    const ana_series *series = plan->recording->series[i];
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    stored_range *ranges = ana_workspace_bytes(&workspace, series->n_channels, 1, sizeof *ranges);
    ANA_TRY(ana_workspace_check(&workspace, "channels"));
    for (size_t c = 0; c < series->n_channels; c++) {
        (void)is_range_known(series->type, plan->is_bdf, &ranges[c]);
    }
    stored_range known;
    if (!is_range_known(series->type, plan->is_bdf, &known)) {
        ANA_TRY(scan_ranges(series, ranges));
    }
    for (size_t c = 0; c < series->n_channels; c++) {
        ana_edf_plan_signal *signal = &plan->signals[plan->n_signals];
        *signal = (ana_edf_plan_signal){
            .series = i, .channel = c, .n_samples = plan->series[i].n_samples};
        signal->file_index = series->channels[c].file_index;
        ANA_TRY(plan_signal(series, &ranges[c], plan->is_bdf, signal));
        plan->n_signals++;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Only regular series with samples can be written; the first of them lays out the records. */
static void choose_series(ana_edf_plan *plan)
{
    plan->reference = plan->recording->n_series;
    for (size_t i = 0; i < plan->recording->n_series; i++) {
        const ana_series *series = plan->recording->series[i];
        if (!(series->rate > 0.0)) {
            plan->series[i].left_out = "it has time stamps instead of a rate";
        } else if (series->n_times == 0 || series->n_channels == 0) {
            plan->series[i].left_out = "it has no samples";
        } else if (plan->reference == plan->recording->n_series) {
            plan->reference = i;
        }
    }
}

static int by_file_index(const void *a, const void *b)
{
    const ana_edf_plan_signal *first = a;
    const ana_edf_plan_signal *second = b;
    return (first->file_index > second->file_index) - (first->file_index < second->file_index);
}

static int by_series(const void *a, const void *b)
{
    const ana_edf_plan_signal *first = a;
    const ana_edf_plan_signal *second = b;
    if (first->series != second->series) {
        return first->series > second->series ? 1 : -1;
    }
    return (first->channel > second->channel) - (first->channel < second->channel);
}

/* In the order that they had in a file, if all have a place of their own there. */
static void order_signals(ana_edf_plan *plan)
{
    if (plan->n_signals == 0) {
        return;
    }
    qsort(plan->signals, plan->n_signals, sizeof *plan->signals, by_file_index);
    for (size_t i = 1; i < plan->n_signals; i++) {
        if (plan->signals[i].file_index == plan->signals[i - 1].file_index) {
            qsort(plan->signals, plan->n_signals, sizeof *plan->signals, by_series);
            return;
        }
    }
}

ana_status ana_edf_make_plan(const ana_recording *recording, bool is_bdf, ana_edf_plan *plan)
{
    ana_status status = ANA_OK;
    size_t n_channels = 0;
    *plan = (ana_edf_plan){.is_bdf = is_bdf, .recording = recording, .record_text = "0"};
    ANA_TRY(ana_allocate(recording->n_series, sizeof *plan->series, "series", &plan->series));
    choose_series(plan);
    for (size_t i = 0; i < recording->n_series; i++) {
        n_channels += recording->series[i]->n_channels;
    }
    ANA_TRY(ana_allocate(n_channels, sizeof *plan->signals, "signals", &plan->signals));
    if (plan->reference < recording->n_series) {
        ANA_TRY(ana_edf_plan_records(plan));
    }
    for (size_t i = 0; i < recording->n_series && status == ANA_OK; i++) {
        if (plan->series[i].left_out == NULL) {
            status = plan_series(plan, i);
        }
    }
    order_signals(plan);
done:
    if (status != ANA_OK) {
        ana_edf_release_plan(plan);
    }
    return status;
}

void ana_edf_release_plan(ana_edf_plan *plan)
{
    free(plan->series);
    free(plan->segments);
    free(plan->signals);
    *plan = (ana_edf_plan){0};
}
