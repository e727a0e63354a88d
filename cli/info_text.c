#include "info_text.h"

#include "console.h"
#include "try.h"

#include <analysis/formats/info.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void print_channels(const ana_series *series)
{
    enum {
        MAX_NAMED = 8
    };
    size_t n = series->n_channels < MAX_NAMED ? series->n_channels : MAX_NAMED;
    printf("    ");
    for (size_t c = 0; c < n; c++) {
        const ana_channel *channel = &series->channels[c];
        printf("%s%s", c > 0 ? ", " : "", channel->name != NULL ? channel->name : "?");
        if (channel->unit != NULL) {
            printf(" (%s)", channel->unit);
        }
    }
    if (series->n_channels > n) {
        printf(", and %zu more", series->n_channels - n);
    }
    putchar('\n');
}

static ana_status print_stats(const ana_series *series, const ana_run *run)
{
    ana_channel_stats *stats = calloc(series->n_channels + 1, sizeof *stats);
    if (stats == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for the statistics");
    }
    ana_status status = ana_series_stats(series, false, run, stats);
    console_finish_line();
    if (status == ANA_OK) {
        printf("    %-16s %-6s %12s %12s %12s %12s %9s\n", "channel", "unit", "mean", "sd", "min",
               "max", "missing");
    }
    for (size_t c = 0; c < series->n_channels && status == ANA_OK; c++) {
        const ana_channel *channel = &series->channels[c];
        double n = (double)(stats[c].n - stats[c].n_missing);
        double mean = stats[c].sum / n;
        double variance = (stats[c].sumsq - n * mean * mean) / (n - 1.0);
        printf("    %-16s %-6s %12.5g %12.5g %12.5g %12.5g %9zu\n",
               channel->name != NULL ? channel->name : "?",
               channel->unit != NULL ? channel->unit : "", mean, sqrt(fmax(variance, 0.0)),
               stats[c].min, stats[c].max, stats[c].n_missing);
    }
    free(stats);
    return status;
}

/* First and last time of a series without a rate: its clock may be another one. */
static ana_status print_stamps(const ana_series *series)
{
    ana_status status = ANA_OK;
    double first = 0.0;
    double last = 0.0;
    printf(", time-stamped");
    if (series->n_times > 0) {
        ANA_TRY(ana_series_times(series, 0, 1, &first));
        ANA_TRY(ana_series_times(series, series->n_times - 1, 1, &last));
        printf(" (%.10g to %.10g s)", first, last);
    }
done:
    return status;
}

static ana_status print_series(const ana_series *series, bool stats, const ana_run *run)
{
    ana_status status = ANA_OK;
    printf("  %s: %zu channel%s x %zu samples", series->name, series->n_channels,
           series->n_channels == 1 ? "" : "s", series->n_times);
    if (series->rate > 0.0) {
        printf(" at %g Hz (%.6g s)", series->rate, (double)series->n_times / series->rate);
    } else {
        ANA_TRY(print_stamps(series));
    }
    printf(", %s", ana_sample_type_name(series->type));
    if (series->n_segments > 1) {
        printf(", %zu segments with gaps between them", series->n_segments);
    }
    putchar('\n');
    print_channels(series);
    ANA_TRY(stats ? print_stats(series, run) : ANA_OK);
done:
    return status;
}

static void print_spikes(const ana_spikes *spikes)
{
    double seconds = 0.0;
    for (size_t u = 0; u < spikes->n_units; u++) {
        seconds = fmax(seconds, ana_spikes_observed_s(spikes, u));
    }
    printf("  %s: %zu units, %zu spikes, observed for %.6g s%s\n", spikes->name, spikes->n_units,
           spikes->n_spikes, seconds, spikes->observed_inferred ? " (inferred)" : "");
}

static void print_intervals(const ana_intervals *intervals)
{
    printf("  %s: %zu (", intervals->name, intervals->n);
    for (size_t i = 0; i < intervals->table->n_columns; i++) {
        printf("%s%s", i > 0 ? ", " : "", intervals->table->columns[i].name);
    }
    printf(")\n");
}

/* When the first sample or interval begins; 0 with spikes, whose observation says it, or nothing.
 */
static double first_time(const ana_recording *recording)
{
    double first = recording->n_spikes > 0 ? 0.0 : (double)INFINITY;
    for (size_t s = 0; s < recording->n_series; s++) {
        const ana_series *series = recording->series[s];
        first = series->n_segments > 0 ? fmin(first, series->segments[0].start) : first;
    }
    for (size_t k = 0; k < recording->n_intervals; k++) {
        for (size_t i = 0; i < recording->intervals[k]->n; i++) {
            first = fmin(first, recording->intervals[k]->start[i]);
        }
    }
    return isfinite(first) ? first : 0.0;
}

ana_status info_print(const ana_recording *recording, bool stats, const ana_run *run)
{
    double duration = 0.0;
    ana_status status = ana_recording_duration(recording, &duration);
    const double start = first_time(recording);
    const bool late = start > duration - start; /* as of stamps since 1970 */
    printf("%s: %s, %.6g s", recording->path, recording->format,
           late ? duration - start : duration);
    if (late) {
        printf(" (%.10g to %.10g s)", start, duration);
    }
    printf("%s%s\n", recording->start_time != NULL ? ", begins " : "",
           recording->start_time != NULL ? recording->start_time : "");
    for (size_t i = 0; i < recording->n_facts; i++) {
        printf("  %s: %s\n", recording->facts[i].name, recording->facts[i].value);
    }
    if (recording->n_series > 0) {
        printf("series\n");
    }
    for (size_t i = 0; i < recording->n_series && status == ANA_OK; i++) {
        status = print_series(recording->series[i], stats, run);
    }
    if (recording->n_spikes > 0) {
        printf("spikes\n");
    }
    for (size_t i = 0; i < recording->n_spikes; i++) {
        print_spikes(recording->spikes[i]);
    }
    if (recording->n_intervals > 0) {
        printf("intervals\n");
    }
    for (size_t i = 0; i < recording->n_intervals; i++) {
        print_intervals(recording->intervals[i]);
    }
    if (recording->n_tables > 0) {
        printf("tables\n");
    }
    for (size_t i = 0; i < recording->n_tables; i++) {
        printf("  %s: %zu rows, %zu columns\n", recording->tables[i].name,
               recording->tables[i].table->n_rows, recording->tables[i].table->n_columns);
    }
    return status;
}
