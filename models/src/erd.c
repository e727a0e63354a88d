#include "checked.h"
#include "constants.h"
#include "memory.h"
#include "picture.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/erd.h>
#include <analysis/time_frequency.h>

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const ana_option ana_erd_option_table[] = {
    {"baseline-from", ANA_OPTION_DOUBLE, offsetof(ana_erd_options, baseline_from_s), 0, 0, NULL,
     "SECONDS", "beginning of the baseline, after the event (default: the beginning of the trials)",
     false},
    {"baseline-to", ANA_OPTION_DOUBLE, offsetof(ana_erd_options, baseline_to_s), 0, 0, NULL,
     "SECONDS", "end of the baseline; asks for maps of event-related desynchronisation", false},
    {"bin", ANA_OPTION_DOUBLE, offsetof(ana_erd_options, bin_s), 1e-4, 1e6, NULL, "SECONDS",
     "bins of time of these maps", false},
    {"cycles", ANA_OPTION_DOUBLE, offsetof(ana_erd_options, cycles), 1, 100, NULL, "N",
     "cycles of their wavelets", false},
    {"erd-min-frequency", ANA_OPTION_DOUBLE, offsetof(ana_erd_options, min_hz), 0.1, 1e6, NULL,
     "HZ", "their lowest frequency", false},
    {"erd-max-frequency", ANA_OPTION_DOUBLE, offsetof(ana_erd_options, max_hz), 0.1, 1e6, NULL,
     "HZ", "their highest frequency, by steps of 1 Hz", false},
    ANA_OPTION_END,
};

ana_erd_options ana_erd_options_default(void)
{
    return (ana_erd_options){.run = ana_run_default(),
                             .baseline_from_s = (double)NAN,
                             .baseline_to_s = (double)NAN,
                             .bin_s = 0.1,
                             .cycles = 5.0,
                             .min_hz = 6.0,
                             .max_hz = 40.0};
}

void ana_erd_free(ana_erd *erd)
{
    if (erd != NULL) {
        free(erd->values);
        free(erd->frequencies);
        free(erd->times);
        free(erd);
    }
}

/* Samples first ... end - 1 of a trial. */
typedef struct stretch {
    size_t first;
    size_t end;
} stretch;

/* What the maps are computed with. */
typedef struct erd_work {
    const ana_bci_trials *trials;
    ana_erd *erd;
    stretch baseline;
    size_t step; /* samples of a bin */
    ana_morlet *morlet;
    double *signals; /* n_trials x n_channels x n_times: of one class */
    double *power;   /* n_channels x n_frequencies x n_times */
} erd_work;

/* The samples between two times after the event, both included. */
static ana_status find_baseline(const ana_bci_trials *trials, const ana_erd_options *options,
                                stretch *out)
{
    const double last = trials->from_s + (double)(trials->n_times - 1) / trials->rate;
    const double from = isnan(options->baseline_from_s) ? trials->from_s : options->baseline_from_s;
    const double to = options->baseline_to_s;
    const double slack = 1e-6 / trials->rate;
    if (!(from <= to && from >= trials->from_s - slack && to <= last + slack)) {
        return ana_fail(ANA_ERR_VALUE,
                        "erd: a baseline from %s to %s s after the event; the trials have %s to %s "
                        "s",
                        ana_number(from).text, ana_number(to).text, ana_number(trials->from_s).text,
                        ana_number(last).text);
    }
    out->first = (size_t)fmax(ceil((from - trials->from_s - slack) * trials->rate), 0.0);
    out->end = (size_t)floor((to - trials->from_s + slack) * trials->rate) + 1;
    return ANA_OK;
}

/* The samples whose wavelet of that frequency keeps within the trial. */
static stretch inner_of(const erd_work *work, size_t f)
{
    const double reach =
        work->erd->options.cycles / (ANA_PI * work->erd->frequencies[f]) * work->trials->rate;
    const size_t n = work->trials->n_times;
    const size_t side = reach < (double)n ? (size_t)ceil(reach) : n;
    return 2 * side < n ? (stretch){side, n - side} : (stretch){0, 0};
}

/* Mean of power over the samples of both stretches; NaN: none. */
static double mean_of(const double *power, stretch a, stretch b)
{
    const size_t first = a.first > b.first ? a.first : b.first;
    const size_t end = a.end < b.end ? a.end : b.end;
    double sum = 0.0;
    for (size_t t = first; t < end; t++) {
        sum += power[t];
    }
    return first < end ? sum / (double)(end - first) : (double)NAN;
}

/* One row of power (n_times) as a row of bins. */
static void fill_row(const erd_work *work, size_t f, const double *power, double *out)
{
    const stretch inner = inner_of(work, f);
    const double baseline = mean_of(power, inner, work->baseline);
    for (size_t b = 0; b < work->erd->n_bins; b++) {
        const stretch bin = {b * work->step, (b + 1) * work->step};
        out[b] = baseline > 0.0 ? mean_of(power, inner, bin) / baseline - 1.0 : (double)NAN;
    }
}

static ana_status run_class(erd_work *work, size_t label)
{
    const ana_bci_trials *trials = work->trials;
    const ana_erd *erd = work->erd;
    const size_t size = ana_bci_trial_size(trials);
    const size_t rows = erd->n_channels * erd->n_frequencies;
    size_t n = 0;
    for (size_t i = 0; i < trials->n_trials; i++) {
        if (trials->labels[i] == label) {
            memcpy(work->signals + n * size, trials->values + i * size,
                   size * sizeof *work->signals);
            n++;
        }
    }
    const size_t shape[3] = {n, trials->n_channels, trials->n_times};
    const ana_status status = ana_morlet_average(work->morlet, shape, work->signals,
                                                 &erd->options.run, work->power, NULL);
    for (size_t row = 0; status == ANA_OK && row < rows; row++) {
        fill_row(work, row % erd->n_frequencies, work->power + row * trials->n_times,
                 erd->values + (label * rows + row) * erd->n_bins);
    }
    return status;
}

static ana_status make_axes(erd_work *work)
{
    ana_status status = ANA_OK;
    ana_erd *erd = work->erd;
    const ana_bci_trials *trials = work->trials;
    const ana_erd_options *options = &erd->options;
    const double samples = fmax(rint(options->bin_s * trials->rate), 1.0);
    work->step = samples < (double)trials->n_times ? (size_t)samples : trials->n_times;
    erd->n_bins = trials->n_times / work->step;
    erd->n_frequencies = (size_t)floor(options->max_hz - options->min_hz + 1e-9) + 1;
    ANA_TRY(ana_allocate(erd->n_bins, sizeof(double), "erd", &erd->times));
    ANA_TRY(ana_allocate(erd->n_frequencies, sizeof(double), "erd", &erd->frequencies));
    for (size_t b = 0; b < erd->n_bins; b++) {
        erd->times[b] = trials->from_s +
                        ((double)(b * work->step) + 0.5 * (double)(work->step - 1)) / trials->rate;
    }
    for (size_t f = 0; f < erd->n_frequencies; f++) {
        erd->frequencies[f] = options->min_hz + (double)f;
    }
done:
    return status;
}

static ana_status make_wavelets(erd_work *work)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *cycles = ana_workspace_doubles(&workspace, work->erd->n_frequencies, 1);
    ANA_TRY(ana_workspace_check(&workspace, "erd"));
    for (size_t f = 0; f < work->erd->n_frequencies; f++) {
        cycles[f] = work->erd->options.cycles;
    }
    ANA_TRY(ana_morlet_new(work->trials->rate, work->erd->n_frequencies, work->erd->frequencies,
                           cycles, false, &work->morlet));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* At least one frequency must have a baseline. */
static ana_status check_reach(const erd_work *work)
{
    const stretch inner = inner_of(work, work->erd->n_frequencies - 1);
    if (inner.first >= work->baseline.end || inner.end <= work->baseline.first) {
        return ana_fail(
            ANA_ERR_VALUE,
            "erd: within the baseline every wavelet reaches beyond the trial; trials "
            "that begin %s s earlier, or fewer cycles, are right",
            ana_number(work->erd->options.cycles / (ANA_PI * work->erd->frequencies[0])).text);
    }
    return ANA_OK;
}

static ana_status check(const ana_bci_trials *trials, const ana_erd_options *options)
{
    ana_status status = ana_options_check(ana_erd_option_table, options, "erd");
    if (status == ANA_OK && trials->n_bands != 1) {
        status = ana_fail(ANA_ERR_VALUE,
                          "erd: trials of a bank of %zu bands; signals as they are "
                          "are right",
                          trials->n_bands);
    }
    if (status == ANA_OK && trials->n_times == 0) {
        status = ana_fail(ANA_ERR_VALUE, "erd: trials without samples");
    }
    if (status == ANA_OK && options->max_hz < options->min_hz) {
        status = ana_fail(ANA_ERR_VALUE, "erd: frequencies from %s to %s Hz",
                          ana_number(options->min_hz).text, ana_number(options->max_hz).text);
    }
    return status;
}

/* Room for the maps and what they are made of. */
static ana_status make_room(erd_work *work, ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    ana_erd *erd = work->erd;
    const ana_bci_trials *trials = work->trials;
    const size_t rows = erd->n_channels * erd->n_frequencies;
    size_t bytes = 0;
    if (!ana_multiply(rows, trials->n_times * sizeof(double), &bytes)) {
        bytes = SIZE_MAX;
    }
    ANA_TRY(ana_run_check_memory(&erd->options.run, bytes, "maps of desynchronisation"));
    work->signals = ana_workspace_doubles(workspace, trials->n_trials, ana_bci_trial_size(trials));
    work->power = ana_workspace_doubles(workspace, rows, trials->n_times);
    ANA_TRY(ana_workspace_check(workspace, "erd"));
    ANA_TRY(
        ana_allocate(trials->n_classes * rows, erd->n_bins * sizeof(double), "erd", &erd->values));
done:
    return status;
}

ana_status ana_erd_compute(const ana_bci_trials *trials, const ana_erd_options *options,
                           ana_erd **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    erd_work work = {.trials = trials};
    const ana_erd_options chosen = options != NULL ? *options : ana_erd_options_default();
    ANA_TRY(check(trials, &chosen));
    ANA_TRY(find_baseline(trials, &chosen, &work.baseline));
    ANA_TRY(ana_allocate(1, sizeof *work.erd, "erd", &work.erd));
    work.erd->options = chosen;
    work.erd->n_classes = trials->n_classes;
    work.erd->n_channels = trials->n_channels;
    ANA_TRY(make_axes(&work));
    ANA_TRY(check_reach(&work));
    ANA_TRY(make_wavelets(&work));
    ANA_TRY(make_room(&work, &workspace));
    for (size_t label = 0; label < trials->n_classes; label++) {
        ANA_TRY(run_class(&work, label));
    }
    *out = work.erd;
    work.erd = NULL;
done:
    ana_morlet_free(work.morlet);
    ana_erd_free(work.erd);
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_figure(const ana_erd *erd, const ana_bci_trials *trials, size_t label,
                             size_t channel, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    char name[64];
    char title[256];
    snprintf(name, sizeof name, "class_%zu_channel_%zu", label, channel);
    snprintf(title, sizeof title, "Desynchronisation at %.60s, %.60s",
             trials->channel_names[channel], trials->classes[label]);
    const ana_picture_words words = {
        .title = title,
        .caption = "(Power - baseline) / baseline: below 0 the rhythm has weakened.",
        .x_title = "time after the event",
        .y_title = "frequency",
        .value_title = "change of power"};
    const double *values =
        erd->values + (label * erd->n_channels + channel) * erd->n_frequencies * erd->n_bins;
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_HEAT_MAP, &words, &figure));
    ANA_TRY(ana_record_add_text(figure, "colours", "diverging"));
    ANA_TRY(ana_record_add_doubles(
        figure, "values", ana_shape_2(erd->n_frequencies, "frequency", erd->n_bins, "time"), values,
        NULL));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(erd->n_bins, "time"), erd->times, "s"));
    ANA_TRY(ana_record_add_doubles(figure, "y", ana_shape_1(erd->n_frequencies, "frequency"),
                                   erd->frequencies, "Hz"));
done:
    return status;
}

static ana_status add_numbers(const ana_erd *erd, const ana_bci_trials *trials, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    const ana_shape shape = {4,
                             {erd->n_classes, erd->n_channels, erd->n_frequencies, erd->n_bins},
                             {"class", "channel", "frequency", "time"}};
    ANA_TRY(ana_record_add_group(record, "change", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_doubles(group, "values", shape, erd->values, NULL));
    ANA_TRY(
        ana_record_add_texts(group, "class", erd->n_classes, (const char *const *)trials->classes));
    ANA_TRY(ana_record_add_texts(group, "channel", erd->n_channels,
                                 (const char *const *)trials->channel_names));
    ANA_TRY(ana_record_add_doubles(group, "frequency", ana_shape_1(erd->n_frequencies, "frequency"),
                                   erd->frequencies, "Hz"));
    ANA_TRY(
        ana_record_add_doubles(group, "time", ana_shape_1(erd->n_bins, "time"), erd->times, "s"));
done:
    return status;
}

ana_status ana_erd_to_record(const ana_erd *erd, const ana_bci_trials *trials, size_t n_shown,
                             const size_t *shown, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "erd"));
    ANA_TRY(ana_record_add_text(record, "title", "Event-related desynchronisation"));
    for (size_t i = 0; i < n_shown; i++) {
        for (size_t label = 0; label < erd->n_classes; label++) {
            ANA_TRY(add_figure(erd, trials, label, shown[i], record));
        }
    }
    ANA_TRY(add_numbers(erd, trials, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
