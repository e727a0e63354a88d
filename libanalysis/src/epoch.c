#include "memory.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/epoch.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

const ana_option ana_epoch_option_table[] = {
    {"events", ANA_OPTION_TEXT, offsetof(ana_epoch_options, events), 0, 0, NULL, "LABEL,...",
     "events to cut around; default: all that do not begin with BAD", false},
    {"epoch-from", ANA_OPTION_DOUBLE, offsetof(ana_epoch_options, from_s), -1e6, 1e6, NULL,
     "SECONDS", "beginning of an epoch, from its event", false},
    {"epoch-to", ANA_OPTION_DOUBLE, offsetof(ana_epoch_options, to_s), -1e6, 1e6, NULL, "SECONDS",
     "end of an epoch", false},
    {"baseline", ANA_OPTION_BOOL, offsetof(ana_epoch_options, baseline), 0, 0, NULL, NULL,
     "subtract each channel's mean over the baseline", false},
    {"baseline-from", ANA_OPTION_DOUBLE, offsetof(ana_epoch_options, baseline_from_s), 0, 0, NULL,
     "SECONDS", "beginning of the baseline; nan: of the epoch", false},
    {"baseline-to", ANA_OPTION_DOUBLE, offsetof(ana_epoch_options, baseline_to_s), 0, 0, NULL,
     "SECONDS", "end of the baseline", false},
    {"reject", ANA_OPTION_DOUBLE, offsetof(ana_epoch_options, reject), 0, (double)INFINITY, NULL,
     "RANGE", "drop epochs with a larger peak-to-peak range in a channel, in its unit; 0: none",
     false},
    {"flat", ANA_OPTION_DOUBLE, offsetof(ana_epoch_options, flat), 0, (double)INFINITY, NULL,
     "RANGE", "drop epochs with a smaller range; 0: none", false},
    {"keep-bad", ANA_OPTION_BOOL, offsetof(ana_epoch_options, keep_bad), 0, 0, NULL, NULL,
     "keep epochs that meet an interval whose label begins with BAD", false},
    ANA_OPTION_END,
};

ana_epoch_options ana_epoch_options_default(void)
{
    ana_epoch_options options = {.run = ana_run_default(),
                                 .from_s = -0.2,
                                 .to_s = 0.8,
                                 .baseline_from_s = (double)NAN,
                                 .baseline_to_s = 0.0};
    return options;
}

/* What one walk over the events needs. */
typedef struct epoch_walk {
    const ana_series *series;
    const ana_intervals *intervals;
    const ana_epoch_options *options;
    const char *const *labels; /* of the rows; NULL entries have none */
    int64_t before;            /* samples from the onset to the epoch's first, may be negative */
    size_t n_times;
    size_t base_first, base_n; /* baseline within the epoch */
    double *values;            /* n_channels x n_times */
} epoch_walk;

/* Differences of times below this many samples are rounding. */
static const double same_time = 1e-6;

/* Begins with BAD, in any case of letters. */
static bool is_bad_label(const char *label)
{
    static const char letters[2][4] = {"bad", "BAD"};
    for (size_t i = 0; label != NULL && i < 3; i++) {
        if (label[i] != letters[0][i] && label[i] != letters[1][i]) {
            return false;
        }
    }
    return label != NULL;
}

/* Whether a label stands in the list "a,b,c". */
static bool is_listed(const char *label, const char *list)
{
    size_t n = strlen(label);
    for (const char *item = list; item != NULL;) {
        const char *comma = strchr(item, ',');
        size_t m = comma != NULL ? (size_t)(comma - item) : strlen(item);
        if (m == n && strncmp(item, label, n) == 0) {
            return true;
        }
        item = comma != NULL ? comma + 1 : NULL;
    }
    return false;
}

static bool is_wanted(const epoch_walk *walk, size_t row)
{
    const char *label = walk->labels[row];
    if (walk->options->events == NULL) {
        return !is_bad_label(label);
    }
    return label != NULL && is_listed(label, walk->options->events);
}

static ana_status drop(ana_epoch_event *event, const char *reason)
{
    return ana_copy_text(reason, &event->reason);
}

/* The segment and the first sample of the epoch in it; dropped when it does not lie in one. */
static ana_status place(const epoch_walk *walk, ana_epoch_event *event, size_t *segment_index,
                        double *begin)
{
    const ana_series *series = walk->series;
    const double time = walk->intervals->start[event->row];
    for (size_t s = 0; s < series->n_segments; s++) {
        const ana_segment *segment = &series->segments[s];
        const double onset = rint((time - segment->start) * series->rate);
        const double stop = onset + (double)walk->before + (double)walk->n_times;
        *begin = onset + (double)walk->before;
        if (*begin >= 0.0 && stop <= (double)segment->n_times) {
            *segment_index = s;
            event->time = segment->start + onset / series->rate;
            return ANA_OK;
        }
        const bool touches = *begin < (double)segment->n_times && stop > 0.0;
        if (touches && series->n_segments > 1) {
            return drop(event, "gap");
        }
    }
    return drop(event, "outside");
}

/* The epoch's samples begin ... begin + n_times - 1 of a segment against the intervals that begin
 * with BAD, in samples of the segment. */
static ana_status check_bad(const epoch_walk *walk, size_t segment_index, double begin,
                            ana_epoch_event *event)
{
    const ana_segment *segment = &walk->series->segments[segment_index];
    const double rate = walk->series->rate;
    const double end = begin + (double)walk->n_times;
    for (size_t i = 0; i < walk->intervals->n; i++) {
        const double start = (walk->intervals->start[i] - segment->start) * rate;
        const double stop = (walk->intervals->stop[i] - segment->start) * rate;
        const bool point = !(stop > start + same_time);
        const bool meets = point ? start > begin - same_time : stop > begin + same_time;
        if (is_bad_label(walk->labels[i]) && start < end - same_time && meets) {
            return drop(event, walk->labels[i]);
        }
    }
    return ANA_OK;
}

/* Whether a channel can drop an epoch: codes, stimuli and positions have their own ranges. */
static bool is_watched(const ana_channel *channel)
{
    return !channel->bad && channel->kind != ANA_KIND_TRIGGER &&
           channel->kind != ANA_KIND_STIMULUS && channel->kind != ANA_KIND_BEHAVIOUR;
}

/* What is wrong with the n values of a channel, in words; NULL for nothing. `range`: from the
 * lowest to the highest. */
static const char *fault_of(const ana_epoch_options *options, size_t n, const double *values,
                            double *range)
{
    double low = values[0];
    double high = values[0];
    bool missing = false;
    for (size_t t = 0; t < n; t++) {
        missing = missing || isnan(values[t]);
        low = values[t] < low ? values[t] : low;
        high = values[t] > high ? values[t] : high;
    }
    *range = high - low;
    if (missing) {
        return "missing";
    }
    if (options->reject > 0.0 && *range > options->reject) {
        return "is above the limit";
    }
    return options->flat > 0.0 && *range < options->flat ? "is below the limit" : NULL;
}

/* Missing samples and peak-to-peak ranges: every channel at fault is named. */
static ana_status check_values(const epoch_walk *walk, ana_epoch_event *event)
{
    ana_text faults = {0};
    for (size_t c = 0; c < walk->series->n_channels; c++) {
        const ana_channel *channel = &walk->series->channels[c];
        double range = 0.0;
        const char *fault =
            fault_of(walk->options, walk->n_times, walk->values + c * walk->n_times, &range);
        if (fault == NULL || !is_watched(channel)) {
            continue;
        }
        ana_text_printf(&faults, "%s%s: ", faults.n > 0 ? ", " : "", channel->name);
        if (fault[0] == 'i') {
            ana_text_append_double(&faults, range);
            ana_text_append(&faults, " ");
        }
        ana_text_append(&faults, fault);
    }
    ana_status status = ana_text_check(&faults, "epochs");
    if (status == ANA_OK && faults.n > 0) {
        status = drop(event, faults.bytes);
    }
    ana_text_release(&faults);
    return status;
}

static void subtract_baseline(const epoch_walk *walk)
{
    for (size_t c = 0; c < walk->series->n_channels; c++) {
        double *values = walk->values + c * walk->n_times;
        double sum = 0.0;
        for (size_t t = walk->base_first; t < walk->base_first + walk->base_n; t++) {
            sum += values[t];
        }
        double mean = sum / (double)walk->base_n;
        for (size_t t = 0; t < walk->n_times; t++) {
            values[t] -= mean;
        }
    }
}

/* Everything about one event; its values are in walk->values when it has no reason to be dropped.
 */
static ana_status cut_one(const epoch_walk *walk, ana_epoch_event *event)
{
    ana_status status = ANA_OK;
    size_t segment = 0;
    double begin = 0.0;
    ANA_TRY(place(walk, event, &segment, &begin));
    if (event->reason == NULL && !walk->options->keep_bad) {
        ANA_TRY(check_bad(walk, segment, begin, event));
    }
    if (event->reason != NULL) {
        goto done;
    }
    ANA_TRY(ana_series_read(walk->series, walk->series->n_channels, NULL,
                            walk->series->segments[segment].first + (size_t)begin, walk->n_times,
                            walk->values));
    ANA_TRY(check_values(walk, event));
    if (event->reason == NULL && walk->options->baseline) {
        subtract_baseline(walk);
    }
done:
    return status;
}

/* The epoch's and the baseline's samples from the options' seconds. */
static ana_status plan(epoch_walk *walk)
{
    const ana_epoch_options *options = walk->options;
    const double rate = walk->series->rate;
    if (!(rate > 0.0)) {
        return ana_fail(ANA_ERR_VALUE, "epochs: %s has no regular rate", walk->series->name);
    }
    double from = rint(options->from_s * rate);
    double to = rint(options->to_s * rate);
    if (!(to >= from) || to - from > 1e9) {
        return ana_fail(ANA_ERR_VALUE, "epochs: the end of an epoch lies before its beginning");
    }
    walk->before = (int64_t)from;
    walk->n_times = (size_t)(to - from) + 1;
    if (!options->baseline) {
        return ANA_OK;
    }
    double base_from =
        isnan(options->baseline_from_s) ? from : ceil(options->baseline_from_s * rate - same_time);
    double base_to = floor(options->baseline_to_s * rate + same_time);
    if (!(base_from >= from && base_to <= to && base_from <= base_to)) {
        return ana_fail(ANA_ERR_VALUE, "epochs: the baseline does not lie within the epoch");
    }
    walk->base_first = (size_t)(base_from - from);
    walk->base_n = (size_t)(base_to - base_from) + 1;
    return ANA_OK;
}

static ana_status copy_names(const ana_series *series, ana_epochs *epochs)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_allocate(series->n_channels, sizeof(char *), "epochs", &epochs->channel_names));
    for (size_t c = 0; c < series->n_channels; c++) {
        const char *name = series->channels[c].name != NULL ? series->channels[c].name : "";
        ANA_TRY(ana_copy_text(name, &epochs->channel_names[c]));
    }
    if (series->n_channels > 0) {
        ANA_TRY(ana_copy_text(series->channels[0].unit, &epochs->unit));
    }
done:
    return status;
}

/* Index of a label, which is added when it is new. */
static ana_status find_label(ana_epochs *epochs, const char *label, size_t *capacity, size_t *out)
{
    ana_status status = ANA_OK;
    const char *name = label != NULL ? label : "";
    for (size_t i = 0; i < epochs->n_labels; i++) {
        if (strcmp(epochs->labels[i], name) == 0) {
            *out = i;
            return ANA_OK;
        }
    }
    ANA_TRY(ana_grow(&epochs->labels, capacity, epochs->n_labels + 1, sizeof(char *), "epochs"));
    ANA_TRY(ana_copy_text(name, &epochs->labels[epochs->n_labels]));
    *out = epochs->n_labels++;
done:
    return status;
}

/* Epochs without values: the events that are wanted, their labels, the times. */
static ana_status list_events(const epoch_walk *walk, ana_epochs **out)
{
    ana_status status = ANA_OK;
    ana_epochs *epochs = NULL;
    size_t capacity = 0;
    const size_t n_rows = walk->intervals->n;
    ANA_TRY(ana_allocate(1, sizeof *epochs, "epochs", &epochs));
    epochs->n_channels = walk->series->n_channels;
    epochs->n_times = walk->n_times;
    epochs->rate = walk->series->rate;
    ANA_TRY(ana_allocate(n_rows, sizeof *epochs->events, "epochs", &epochs->events));
    ANA_TRY(ana_allocate(n_rows, sizeof *epochs->event_of, "epochs", &epochs->event_of));
    ANA_TRY(ana_allocate(walk->n_times, sizeof *epochs->times, "epochs", &epochs->times));
    for (size_t t = 0; t < walk->n_times; t++) {
        epochs->times[t] = ((double)walk->before + (double)t) / walk->series->rate;
    }
    ANA_TRY(copy_names(walk->series, epochs));
    for (size_t row = 0; row < n_rows; row++) {
        if (is_wanted(walk, row)) {
            ana_epoch_event *event = &epochs->events[epochs->n_events];
            event->row = row;
            event->time = walk->intervals->start[row];
            ANA_TRY(find_label(epochs, walk->labels[row], &capacity, &event->label));
            epochs->n_events++;
        }
    }
    *out = epochs;
    epochs = NULL;
done:
    ana_epochs_free(epochs);
    return status;
}

/* Labels of the rows, borrowed from the table. */
static void read_labels(const ana_intervals *intervals, const char **labels)
{
    const ana_column *column = ana_table_find(intervals->table, "label");
    bool plain = column != NULL && column->type == ANA_COLUMN_TEXT && column->row_start == NULL;
    for (size_t i = 0; i < intervals->n; i++) {
        labels[i] = plain ? column->texts[i] : NULL;
    }
}

static ana_status walk_events(const epoch_walk *walk, ana_epochs *epochs,
                              ana_epoch_function function, void *user)
{
    ana_status status = ANA_OK;
    for (size_t i = 0; i < epochs->n_events; i++) {
        ANA_TRY(cut_one(walk, &epochs->events[i]));
        if (epochs->events[i].reason == NULL) {
            ANA_TRY(function(user, i, walk->values));
            epochs->event_of[epochs->n_trials++] = i;
        }
        ANA_TRY(ana_run_progress(&walk->options->run, "epochs: events", i + 1, epochs->n_events));
    }
done:
    return status;
}

ana_status ana_epochs_stream(const ana_series *series, const ana_intervals *intervals,
                             const ana_epoch_options *given, ana_epoch_function function,
                             void *user, ana_epochs **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_epochs *epochs = NULL;
    ana_epoch_options options = given != NULL ? *given : ana_epoch_options_default();
    epoch_walk walk = {.series = series, .intervals = intervals, .options = &options};
    ANA_TRY(ana_options_check(ana_epoch_option_table, &options, "epochs"));
    ANA_TRY(plan(&walk));
    ANA_TRY(ana_run_check_memory(&options.run, series->n_channels * walk.n_times * sizeof(double),
                                 "one epoch"));
    const char **labels = ana_workspace_bytes(&workspace, intervals->n, 1, sizeof *labels);
    walk.values = ana_workspace_doubles(&workspace, series->n_channels, walk.n_times);
    ANA_TRY(ana_workspace_check(&workspace, "epochs"));
    read_labels(intervals, labels);
    walk.labels = labels;
    ANA_TRY(list_events(&walk, &epochs));
    ANA_TRY(walk_events(&walk, epochs, function, user));
    if (out != NULL) {
        *out = epochs;
        epochs = NULL;
    }
done:
    ana_epochs_free(epochs);
    ana_workspace_release(&workspace);
    return status;
}

/* Where ana_epochs_read keeps what it is told. */
typedef struct kept_epochs {
    const ana_run *run;
    size_t n_each;
    size_t n;
    size_t capacity;
    double *values;
} kept_epochs;

static ana_status keep(void *user, size_t event, const double *values)
{
    kept_epochs *kept = user;
    ana_status status = ANA_OK;
    (void)event;
    ANA_TRY(ana_run_check_memory(kept->run, 2 * (kept->n + 1) * kept->n_each * sizeof(double),
                                 "epochs"));
    ANA_TRY(ana_grow(&kept->values, &kept->capacity, (kept->n + 1) * kept->n_each, sizeof(double),
                     "epochs"));
    memcpy(kept->values + kept->n * kept->n_each, values, kept->n_each * sizeof(double));
    kept->n++;
done:
    return status;
}

ana_status ana_epochs_read(const ana_series *series, const ana_intervals *intervals,
                           const ana_epoch_options *given, ana_epochs **out)
{
    ana_epoch_options options = given != NULL ? *given : ana_epoch_options_default();
    epoch_walk sizes = {.series = series, .options = &options};
    ana_status status = plan(&sizes);
    if (status != ANA_OK) {
        return status;
    }
    kept_epochs kept = {.run = &options.run, .n_each = series->n_channels * sizes.n_times};
    ana_epochs *epochs = NULL;
    status = ana_epochs_stream(series, intervals, &options, keep, &kept, &epochs);
    if (status != ANA_OK) {
        free(kept.values);
        return status;
    }
    epochs->values = kept.values;
    *out = epochs;
    return ANA_OK;
}

ana_status ana_epochs_average(const ana_epochs *epochs, size_t label, ana_matrix **out)
{
    static const char *const axes[] = {"channel", "time"};
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    const size_t lengths[] = {epochs->n_channels, epochs->n_times};
    const size_t n_each = epochs->n_channels * epochs->n_times;
    double n = 0.0;
    ANA_TRY(ana_matrix_new(2, axes, lengths, &matrix));
    for (size_t trial = 0; trial < epochs->n_trials; trial++) {
        if (label == SIZE_MAX || epochs->events[epochs->event_of[trial]].label == label) {
            for (size_t i = 0; i < n_each; i++) {
                matrix->values[i] += epochs->values[trial * n_each + i];
            }
            n += 1.0;
        }
    }
    if (!(n > 0.0)) {
        status = ana_fail(ANA_ERR_VALUE, "epochs: none is left to average");
        goto done;
    }
    for (size_t i = 0; i < n_each; i++) {
        matrix->values[i] /= n;
    }
    ANA_TRY(ana_matrix_set_labels(matrix, 0, (const char *const *)epochs->channel_names));
    ANA_TRY(ana_matrix_set_coordinates(matrix, 1, epochs->times, "s"));
    *out = matrix;
    matrix = NULL;
done:
    ana_matrix_free(matrix);
    return status;
}

void ana_epochs_free(ana_epochs *epochs)
{
    if (epochs == NULL) {
        return;
    }
    for (size_t i = 0; i < epochs->n_events; i++) {
        free(epochs->events[i].reason);
    }
    for (size_t c = 0; epochs->channel_names != NULL && c < epochs->n_channels; c++) {
        free(epochs->channel_names[c]);
    }
    for (size_t i = 0; i < epochs->n_labels; i++) {
        free(epochs->labels[i]);
    }
    free(epochs->events);
    free(epochs->channel_names);
    free(epochs->labels);
    free(epochs->event_of);
    free(epochs->values);
    free(epochs->times);
    free(epochs->unit);
    free(epochs);
}
