/* Detected events against true ones: both lists are brought into time order and the form of the
 * rules, then walked together. */
#include "try.h"
#include "workspace.h"

#include <analysis/event_scores.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>

enum {
    MOST_EVENTS = 10000000, /* pieces of one list */
    DAY_S = 86400,
    HOUR_S = 3600
};

/* Past this, successive samples can no longer be told apart in a double. */
#define MOST_SAMPLES 1e15

const ana_option ana_event_score_option_table[] = {
    {"merge", ANA_OPTION_DOUBLE, offsetof(ana_event_score_options, merge_s), 0, 1e9, NULL,
     "SECONDS", "events closer than this become one; 0: only where they overlap", false},
    {"split", ANA_OPTION_DOUBLE, offsetof(ana_event_score_options, split_s), 0, 1e9, NULL,
     "SECONDS", "longer events become pieces of this length; 0: never", false},
    {"tolerance-before", ANA_OPTION_DOUBLE, offsetof(ana_event_score_options, tolerance_before_s),
     0, 1e9, NULL, "SECONDS", "a detection may end this much before the event starts", false},
    {"tolerance-after", ANA_OPTION_DOUBLE, offsetof(ana_event_score_options, tolerance_after_s), 0,
     1e9, NULL, "SECONDS", "a detection may start this much after the event stops", false},
    {"sample-rate", ANA_OPTION_DOUBLE, offsetof(ana_event_score_options, rate_hz), 1e-6, 1e6, NULL,
     "HZ", "rate of the samples by which the lists are scored as well", false},
    {"duration", ANA_OPTION_DOUBLE, offsetof(ana_event_score_options, duration_s), 0, 1e9, NULL,
     "SECONDS",
     "length of the recording, which false alarms are counted over; 0: as the input says, else "
     "without rates of false alarms",
     false},
    {"compat", ANA_OPTION_BOOL, offsetof(ana_event_score_options, compat), 0, 0, NULL, NULL,
     "what lies beyond the recording's end counts, as missed or false, as in timescoring", false},
    ANA_OPTION_END,
};

ana_event_score_options ana_event_score_options_default(void)
{
    return (ana_event_score_options){.merge_s = 90.0,
                                     .split_s = 300.0,
                                     .tolerance_before_s = 30.0,
                                     .tolerance_after_s = 60.0,
                                     .rate_hz = 1.0};
}

typedef struct span {
    double start;
    double stop;
} span;

static int compare_spans(const void *a, const void *b)
{
    const span *x = a;
    const span *y = b;
    const int order = (x->start > y->start) - (x->start < y->start);
    return order != 0 ? order : (x->stop > y->stop) - (x->stop < y->stop);
}

/* Points lie within what holds their time. */
static bool overlap(span a, span b)
{
    return (a.start < b.stop && b.start < a.stop) || a.start == b.start;
}

/* The rows of one list in time order. */
static ana_status read_list(const ana_intervals *list, const char *which, span *spans)
{
    for (size_t i = 0; i < list->n; i++) {
        const span row = {list->start[i], list->stop[i]};
        if (!isfinite(row.start) || !isfinite(row.stop)) {
            return ana_fail(ANA_ERR_VALUE,
                            "event scores: event %zu of the %s is from %g to %g s; both have to be "
                            "known",
                            i, which, row.start, row.stop);
        }
        if (row.stop < row.start) {
            return ana_fail(ANA_ERR_VALUE,
                            "event scores: event %zu of the %s stops at %g s, before it starts at "
                            "%g s",
                            i, which, row.stop, row.start);
        }
        spans[i] = row;
    }
    qsort(spans, list->n, sizeof *spans, compare_spans);
    return ANA_OK;
}

/* Events cut to the recording; those wholly outside are left out. Returns how many are left. */
static size_t cut(double duration, size_t n, span *spans)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const bool outside = spans[i].start >= duration || spans[i].stop < 0.0 ||
                             (spans[i].stop == 0.0 && spans[i].start < 0.0);
        if (!outside) {
            spans[kept++] = (span){fmax(spans[i].start, 0.0), fmin(spans[i].stop, duration)};
        }
    }
    return kept;
}

/* Events that overlap, or are closer than `gap`, become one. Returns how many are left. */
static size_t merge(double gap, size_t n, span *spans)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const double between = kept > 0 ? spans[i].start - spans[kept - 1].stop : (double)INFINITY;
        if (kept > 0 && (between < gap || overlap(spans[kept - 1], spans[i]))) {
            spans[kept - 1].stop = fmax(spans[kept - 1].stop, spans[i].stop);
        } else {
            spans[kept++] = spans[i];
        }
    }
    return kept;
}

static double pieces_of(span event, double longest)
{
    const double length = event.stop - event.start;
    /* Times are decimals: 0.9 s are three pieces of 0.3 s, not four. */
    return longest > 0.0 && length > longest ? fmax(1.0, ceil(length / longest - 1e-9)) : 1.0;
}

static ana_status new_events(size_t n, bool with_latency, ana_scored_events *events)
{
    const size_t room = n > 0 ? n : 1;
    events->n = n;
    events->start = calloc(room, sizeof *events->start);
    events->stop = calloc(room, sizeof *events->stop);
    events->matched = calloc(room, sizeof *events->matched);
    events->latency = with_latency ? calloc(room, sizeof *events->latency) : NULL;
    if (events->start == NULL || events->stop == NULL || events->matched == NULL ||
        (with_latency && events->latency == NULL)) {
        return ana_fail(ANA_ERR_MEMORY, "event scores: no memory for %zu events", n);
    }
    return ANA_OK;
}

/* The pieces of all events. A latency of NaN marks those that are not first. */
static ana_status split(double longest, size_t n, const span *spans, bool with_latency,
                        ana_scored_events *events)
{
    ana_status status = ANA_OK;
    double total = 0.0;
    size_t filled = 0;
    for (size_t i = 0; i < n; i++) {
        total += pieces_of(spans[i], longest);
    }
    if (total > MOST_EVENTS) {
        return ana_fail(ANA_ERR_VALUE,
                        "event scores: split at %g s there are %.0f events; at most %d are scored, "
                        "choose a longer --split",
                        longest, total, MOST_EVENTS);
    }
    ANA_TRY(new_events((size_t)total, with_latency, events));
    for (size_t i = 0; i < n; i++) {
        const size_t pieces = (size_t)pieces_of(spans[i], longest);
        for (size_t k = 0; k < pieces; k++) {
            events->start[filled] = spans[i].start + (k > 0 ? (double)k * longest : 0.0);
            events->stop[filled] =
                k + 1 < pieces ? spans[i].start + (double)(k + 1) * longest : spans[i].stop;
            if (with_latency) {
                events->latency[filled] = k > 0 ? (double)NAN : 0.0;
            }
            filled++;
        }
    }
done:
    return status;
}

/* With `compat`, up to the recording's end: what lies beyond it matches nothing. */
static span within(const ana_event_scores *scores, double start, double stop)
{
    const ana_event_score_options *options = &scores->options;
    const bool ends = options->compat && options->duration_s > 0.0;
    return (span){start, ends ? fmin(stop, options->duration_s) : stop};
}

static bool matches(const ana_event_scores *scores, span event, size_t j)
{
    const span found = within(scores, scores->hypothesis.start[j], scores->hypothesis.stop[j]);
    return event.start <= event.stop && found.start <= found.stop && overlap(event, found);
}

/* The detections that start no later than a true event stops, from the first that overlaps it on.
 * `marked` (in, out): those before it need no second look. */
static void match_one(ana_event_scores *scores, size_t i, span event, size_t first, size_t *marked)
{
    const ana_scored_events *hypothesis = &scores->hypothesis;
    ana_scored_events *reference = &scores->reference;
    size_t j = first;
    while (j < hypothesis->n && hypothesis->start[j] <= event.stop && !matches(scores, event, j)) {
        j++;
    }
    reference->matched[i] = j < hypothesis->n && hypothesis->start[j] <= event.stop;
    if (!reference->matched[i]) {
        reference->latency[i] = (double)NAN;
        return;
    }
    reference->latency[i] += hypothesis->start[j] - reference->start[i]; /* later pieces: NaN */
    for (size_t k = j > *marked ? j : *marked;
         k < hypothesis->n && hypothesis->start[k] <= event.stop; k++) {
        hypothesis->matched[k] = hypothesis->matched[k] || matches(scores, event, k);
        *marked = k;
    }
}

/* Both lists rise in start and in stop, and so do the widened events: what ends before one of them
 * ends before all later ones. */
static void match(ana_event_scores *scores)
{
    const ana_event_score_options *options = &scores->options;
    const ana_scored_events *reference = &scores->reference;
    size_t first = 0;
    size_t marked = 0;
    for (size_t i = 0; i < reference->n; i++) {
        const span event = within(scores, reference->start[i] - options->tolerance_before_s,
                                  reference->stop[i] + options->tolerance_after_s);
        while (first < scores->hypothesis.n && scores->hypothesis.stop[first] < event.start) {
            first++;
        }
        match_one(scores, i, event, first, &marked);
    }
}

static void rate(double duration, ana_detection_scores *of)
{
    const double claimed = of->n_detected + of->n_false;
    const double nothing = (double)NAN;
    of->sensitivity = of->n_reference > 0.0 ? of->n_detected / of->n_reference : nothing;
    of->precision = claimed > 0.0 ? of->n_detected / claimed : nothing;
    const double sum = of->sensitivity + of->precision;
    of->f1 = sum == 0.0 ? 0.0 : 2.0 * of->sensitivity * of->precision / sum;
    const double false_s = duration > 0.0 ? of->n_false / duration : nothing;
    of->false_per_day = false_s * DAY_S;
    of->false_per_hour = false_s * HOUR_S;
}

static void count_events(ana_event_scores *scores)
{
    ana_detection_scores *of = &scores->events;
    of->n_reference = (double)scores->reference.n;
    for (size_t i = 0; i < scores->reference.n; i++) {
        of->n_detected += scores->reference.matched[i] ? 1.0 : 0.0;
    }
    for (size_t j = 0; j < scores->hypothesis.n; j++) {
        of->n_false += scores->hypothesis.matched[j] ? 0.0 : 1.0;
    }
    rate(scores->options.duration_s, of);
}

/* Spans as numbers of samples, and how many those are; no two share one. */
static double to_samples(double rate_hz, double duration, size_t n, span *spans)
{
    const double end = duration > 0.0 ? ceil(duration * rate_hz - 0.5) : (double)INFINITY;
    double n_samples = 0.0;
    double last = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double from = duration > 0.0 ? fmax(spans[i].start, 0.0) : spans[i].start;
        const double start = ceil(from * rate_hz - 0.5);
        const double stop = ceil(spans[i].stop * rate_hz - 0.5);
        spans[i].start = i > 0 ? fmax(start, last) : start;
        spans[i].stop = fmax(spans[i].start, fmin(stop, end));
        last = spans[i].stop;
        n_samples += spans[i].stop - spans[i].start;
    }
    return n_samples;
}

/* Samples that both lists mark. */
static double count_common(size_t n_a, const span *a, size_t n_b, const span *b)
{
    double common = 0.0;
    size_t j = 0;
    for (size_t i = 0; i < n_a; i++) {
        while (j < n_b && b[j].stop <= a[i].start) {
            j++;
        }
        for (size_t k = j; k < n_b && b[k].start < a[i].stop; k++) {
            common += fmax(0.0, fmin(a[i].stop, b[k].stop) - fmax(a[i].start, b[k].start));
        }
    }
    return common;
}

static ana_status check_samples(double rate_hz, size_t n, const span *spans)
{
    for (size_t i = 0; i < n; i++) {
        const double last = fmax(fabs(spans[i].start), fabs(spans[i].stop)) * rate_hz;
        if (last > MOST_SAMPLES) {
            return ana_fail(ANA_ERR_VALUE,
                            "event scores: an event from %g to %g s is too far out to count "
                            "samples of %g Hz; times are seconds from the recording's start",
                            spans[i].start, spans[i].stop, rate_hz);
        }
    }
    return ANA_OK;
}

static void count_samples(ana_event_scores *scores, size_t n_a, span *a, size_t n_b, span *b)
{
    const ana_event_score_options *options = &scores->options;
    ana_detection_scores *of = &scores->samples;
    const size_t n_apart_a = merge(0.0, n_a, a);
    const size_t n_apart_b = merge(0.0, n_b, b);
    of->n_reference = to_samples(options->rate_hz, options->duration_s, n_apart_a, a);
    const double claimed = to_samples(options->rate_hz, options->duration_s, n_apart_b, b);
    of->n_detected = count_common(n_apart_a, a, n_apart_b, b);
    of->n_false = claimed - of->n_detected;
    /* A false sample is a false alarm of its own. */
    rate(options->duration_s, of);
}

static ana_status summarise_latency(ana_event_scores *scores)
{
    const size_t n = scores->reference.n;
    scores->mean_latency_s = ana_stats_mean(n, scores->reference.latency);
    return ana_stats_median(n, scores->reference.latency, &scores->median_latency_s);
}

/* One list in the form of the rules. `spans` (out): as given, cut to the recording, in time order;
 * `scratch` has as much room. */
static ana_status prepare(const ana_event_score_options *options, const ana_intervals *list,
                          const char *which, span *spans, span *scratch, size_t *n,
                          ana_scored_events *events)
{
    ana_status status = ANA_OK;
    const bool is_reference = which[0] == 'r';
    const bool cuts = options->duration_s > 0.0 && !options->compat;
    ANA_TRY(read_list(list, which, spans));
    ANA_TRY(check_samples(options->rate_hz, list->n, spans));
    *n = cuts ? cut(options->duration_s, list->n, spans) : list->n;
    for (size_t i = 0; i < *n; i++) {
        scratch[i] = spans[i];
    }
    const size_t n_apart = merge(options->merge_s, *n, scratch);
    ANA_TRY(split(options->split_s, n_apart, scratch, is_reference, events));
    events->n_outside = list->n - *n;
done:
    return status;
}

ana_status ana_event_scores_compute(const ana_intervals *reference, const ana_intervals *hypothesis,
                                    const ana_event_score_options *options, ana_event_scores **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t n_a = 0;
    size_t n_b = 0;
    const size_t most = reference->n > hypothesis->n ? reference->n : hypothesis->n;
    span *a = ana_workspace_bytes(&workspace, reference->n, 1, sizeof *a);
    span *b = ana_workspace_bytes(&workspace, hypothesis->n, 1, sizeof *b);
    span *scratch = ana_workspace_bytes(&workspace, most, 1, sizeof *scratch);
    ana_event_scores *scores = calloc(1, sizeof *scores);
    ANA_TRY(ana_workspace_check(&workspace, "event scores"));
    if (scores == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "event scores: no memory for the scores");
        goto done;
    }
    ANA_TRY(ana_options_check(ana_event_score_option_table, options, "event scores"));
    scores->options = *options;
    ANA_TRY(prepare(options, reference, "reference", a, scratch, &n_a, &scores->reference));
    ANA_TRY(prepare(options, hypothesis, "hypothesis", b, scratch, &n_b, &scores->hypothesis));
    match(scores);
    count_events(scores);
    count_samples(scores, n_a, a, n_b, b);
    ANA_TRY(summarise_latency(scores));
    *out = scores;
    scores = NULL;
done:
    ana_event_scores_free(scores);
    ana_workspace_release(&workspace);
    return status;
}

static void release(ana_scored_events *events)
{
    free(events->start);
    free(events->stop);
    free(events->matched);
    free(events->latency);
}

void ana_event_scores_free(ana_event_scores *scores)
{
    if (scores == NULL) {
        return;
    }
    release(&scores->reference);
    release(&scores->hypothesis);
    free(scores);
}
