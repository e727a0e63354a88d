/* How long a data record is to be: all segments of all series should be whole numbers of records,
 * its duration fit eight characters, and the rates come out as they went in. */
#include "edf_plan.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Records of at most this many bytes are what EDF+ asks for. */
static const double asked_record_bytes = 61440.0;
/* Above this, readers that hold a record at a time suffer. */
static const double most_record_bytes = 16e6;

static size_t greatest_common_divisor(size_t a, size_t b)
{
    while (b != 0) {
        size_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* A record length that is being weighed. */
typedef struct record_choice {
    size_t n_samples; /* of the reference series */
    double duration;
    char text[ANA_EDF_NUMBER_CHARS + 1];
    double cost; /* the lower the better */
} record_choice;

/* Whether `rate` times `duration` is a whole number of samples that gives the rate back. */
static bool fits_rate(double rate, double duration, size_t *n_samples)
{
    double n = nearbyint(rate * duration);
    if (!(n >= 1.0) || n > 9.9e7) {
        return false;
    }
    *n_samples = (size_t)n;
    return fabs(n / duration - rate) <= 1e-12 * rate;
}

/* Duration of a record of n samples, as its field can hold it. */
static bool set_duration(double rate, size_t n, record_choice *choice)
{
    choice->n_samples = n;
    return ana_edf_format_number((double)n / rate, choice->text) &&
           ana_parse_double(choice->text, strlen(choice->text), &choice->duration) &&
           choice->duration > 0.0;
}

static double record_bytes(const ana_edf_plan *plan, double duration)
{
    double samples = 0.0;
    for (size_t i = 0; i < plan->recording->n_series; i++) {
        const ana_series *series = plan->recording->series[i];
        if (plan->series[i].left_out == NULL) {
            samples += series->rate * duration * (double)series->n_channels;
        }
    }
    return samples * (plan->is_bdf ? 3.0 : 2.0);
}

/* Samples of the reference series that fill no record. */
static size_t count_dropped(const ana_series *series, size_t n_samples)
{
    size_t n = 0;
    for (size_t s = 0; s < series->n_segments && n_samples > 0; s++) {
        n += series->segments[s].n_times % n_samples;
    }
    return n;
}

/* What speaks against a choice: another series that would be left out or cut, dropped samples, much
 * memory, and being far from a second. */
static double cost_of(const ana_edf_plan *plan, const record_choice *choice)
{
    double cost = fabs(log(choice->duration));
    for (size_t i = 0; i < plan->recording->n_series; i++) {
        const ana_series *series = plan->recording->series[i];
        size_t n_samples = 0;
        if (plan->series[i].left_out != NULL) {
            continue;
        }
        if (!fits_rate(series->rate, choice->duration, &n_samples)) {
            cost += 1e9;
        } else {
            cost += 1e3 * (double)count_dropped(series, n_samples);
        }
    }
    double bytes = record_bytes(plan, choice->duration);
    cost += bytes > asked_record_bytes ? 50.0 * log(bytes / asked_record_bytes) : 0.0;
    return bytes > most_record_bytes ? cost + 1e6 : cost;
}

static void weigh(const ana_edf_plan *plan, size_t n_samples, record_choice *best)
{
    const ana_series *series = plan->recording->series[plan->reference];
    record_choice choice;
    size_t found = 0;
    if (n_samples == 0 || !set_duration(series->rate, n_samples, &choice) ||
        !fits_rate(series->rate, choice.duration, &found) || found != n_samples) {
        return;
    }
    choice.cost = cost_of(plan, &choice);
    if (choice.cost < best->cost) {
        *best = choice;
    }
}

/* The best record length: a divisor of all segments, or else whatever loses least. False when no
 * duration that the header can hold comes near. */
static bool choose(const ana_edf_plan *plan, record_choice *best)
{
    const ana_series *series = plan->recording->series[plan->reference];
    size_t common = 0;
    size_t longest = 0;
    for (size_t s = 0; s < series->n_segments; s++) {
        common = greatest_common_divisor(common, series->segments[s].n_times);
        longest = series->segments[s].n_times > longest ? series->segments[s].n_times : longest;
    }
    best->cost = HUGE_VAL;
    for (size_t d = 1; d <= common / d && d <= 1000000; d++) {
        if (common % d == 0) {
            weigh(plan, d, best);
            weigh(plan, common / d, best);
        }
    }
    if (best->cost >= 1e3) {
        size_t most = longest < 65536 ? longest : 65536;
        for (size_t n = 1; n <= most; n++) {
            weigh(plan, n, best);
        }
    }
    if (best->cost >= HUGE_VAL) { /* no duration gives the rate: the nearest to a second */
        double n = fmin(fmax(nearbyint(series->rate), 1.0), (double)longest);
        return set_duration(series->rate, (size_t)n, best) ||
               set_duration(series->rate, longest, best);
    }
    return true;
}

/* Whether series i covers the same records as the reference series, to half a sample. */
static bool covers_same(const ana_edf_plan *plan, size_t i)
{
    const ana_series *reference = plan->recording->series[plan->reference];
    const ana_series *series = plan->recording->series[i];
    if (series->n_segments != reference->n_segments) {
        return false;
    }
    double slower = fmin(series->rate, reference->rate);
    const size_t ours_in_record = plan->series[i].n_samples;
    const size_t theirs_in_record = plan->series[plan->reference].n_samples;
    if (ours_in_record == 0 || theirs_in_record == 0) {
        return false;
    }
    for (size_t s = 0; s < series->n_segments; s++) {
        const ana_segment *ours = &series->segments[s];
        const ana_segment *theirs = &reference->segments[s];
        if (fabs(ours->start - theirs->start) * slower > 0.5 ||
            ours->n_times / ours_in_record != theirs->n_times / theirs_in_record) {
            return false;
        }
    }
    return true;
}

/* Keep the series that fit the records, and say why the others are left out. */
static void keep_fitting(ana_edf_plan *plan)
{
    for (size_t i = 0; i < plan->recording->n_series; i++) {
        const ana_series *series = plan->recording->series[i];
        ana_edf_plan_series *kept = &plan->series[i];
        if (kept->left_out != NULL || i == plan->reference) {
            continue;
        }
        bool same_rate = series->rate == plan->recording->series[plan->reference]->rate;
        if (same_rate) {
            kept->n_samples = plan->series[plan->reference].n_samples;
        }
        if (!same_rate && !fits_rate(series->rate, plan->record_s, &kept->n_samples)) {
            kept->left_out = "its rate does not fit records as long as those of the first series";
        } else if (!covers_same(plan, i)) {
            kept->left_out = "it does not cover the same time as the first series";
        } else {
            kept->n_dropped = count_dropped(series, kept->n_samples);
        }
    }
}

static ana_status plan_segments(ana_edf_plan *plan, size_t n_samples)
{
    const ana_series *series = plan->recording->series[plan->reference];
    ana_status status =
        ana_allocate(series->n_segments, sizeof *plan->segments, "segments", &plan->segments);
    for (size_t s = 0; s < series->n_segments && status == ANA_OK && n_samples > 0; s++) {
        size_t n_records = series->segments[s].n_times / n_samples;
        if (n_records > 0) {
            plan->segments[plan->n_segments++] =
                (ana_edf_plan_segment){s, n_records, series->segments[s].start};
            plan->n_records += n_records;
        }
    }
    return status;
}

ana_status ana_edf_plan_records(ana_edf_plan *plan)
{
    ana_edf_plan_series *reference = &plan->series[plan->reference];
    record_choice best = {0};
    const ana_series *series = plan->recording->series[plan->reference];
    if (!choose(plan, &best) || best.n_samples == 0) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "series \"%s\": its rate of %s Hz fits no data record of eight characters",
                        series->name, ana_number(series->rate).text);
    }
    reference->n_samples = best.n_samples;
    reference->n_dropped = count_dropped(series, best.n_samples);
    plan->record_s = best.duration;
    memcpy(plan->record_text, best.text, sizeof plan->record_text);
    keep_fitting(plan);
    return plan_segments(plan, best.n_samples);
}
