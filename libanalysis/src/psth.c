#include "bin_plan.h"
#include "lists.h"
#include "memory.h"
#include "picture.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/spike_stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Units drawn as lines; more would hide one another. */
static const size_t max_lines = 12;

void ana_psth_free(ana_psth *psth)
{
    if (psth == NULL) {
        return;
    }
    ana_free_texts(psth->n_units, psth->ids);
    free(psth->rate);
    free(psth->sem);
    free(psth->n_seen);
    free(psth);
}

static size_t longest_sequence(const ana_bin_plan *plan)
{
    size_t longest = 0;
    for (size_t s = 0; s < plan->n_sequences; s++) {
        size_t n = plan->sequence_start[s + 1] - plan->sequence_start[s];
        longest = n > longest ? n : longest;
    }
    return longest;
}

static ana_status allocate_psth(const ana_bin_plan *plan, const ana_bin_options *options,
                                ana_psth *psth)
{
    ana_status status = ANA_OK;
    psth->n_units = plan->n_used;
    psth->n_bins = longest_sequence(plan);
    psth->n_events = plan->n_sequences;
    psth->bin_s = plan->bin_s;
    psth->from_s = isnan(options->from_s) ? 0.0 : options->from_s;
    ANA_TRY(ana_allocate(psth->n_units, sizeof *psth->ids, "psth", &psth->ids));
    for (size_t u = 0; u < psth->n_units; u++) {
        ANA_TRY(ana_copy_text(plan->report->units[plan->units[u]].id, &psth->ids[u]));
    }
    size_t n = psth->n_units * psth->n_bins; /* no more than the rows of the plan times the units */
    ANA_TRY(ana_allocate(n, sizeof *psth->rate, "psth", &psth->rate));
    ANA_TRY(ana_allocate(n, sizeof *psth->sem, "psth", &psth->sem));
    ANA_TRY(ana_allocate(n, sizeof *psth->n_seen, "psth", &psth->n_seen));
done:
    return status;
}

/* Take in the counts of one event: mean in rate, sum of squares about it in sem (Welford 1962). */
static void take_in(ana_psth *psth, size_t n_rows, const double *counts)
{
    for (size_t r = 0; r < n_rows; r++) {
        for (size_t u = 0; u < psth->n_units; u++) {
            double count = counts[r * psth->n_units + u];
            size_t i = u * psth->n_bins + r;
            if (isnan(count)) {
                continue;
            }
            psth->n_seen[i]++;
            double off = count - psth->rate[i];
            psth->rate[i] += off / (double)psth->n_seen[i];
            psth->sem[i] += off * (count - psth->rate[i]);
        }
    }
}

/* Means and squares of counts to rates and their standard errors. */
static void finish(ana_psth *psth)
{
    for (size_t i = 0; i < psth->n_units * psth->n_bins; i++) {
        double n = (double)psth->n_seen[i];
        psth->rate[i] = n > 0.0 ? psth->rate[i] / psth->bin_s : (double)NAN;
        psth->sem[i] = n > 1.0 ? sqrt(psth->sem[i] / ((n - 1.0) * n)) / psth->bin_s : (double)NAN;
    }
}

ana_status ana_psth_compute(const ana_spikes *spikes, const ana_intervals *events,
                            const ana_bin_options *options, ana_psth **out, ana_bin_report **report)
{
    ana_status status = ANA_OK;
    const ana_bin_options defaults = ana_bin_options_default();
    options = options != NULL ? options : &defaults;
    ana_workspace workspace = {0};
    ana_bin_plan *plan = NULL;
    ana_psth *psth = NULL;
    ANA_TRY(ana_bin_plan_new(spikes, events, options, &plan));
    ANA_TRY(ana_allocate(1, sizeof *psth, "psth", &psth));
    ANA_TRY(allocate_psth(plan, options, psth));
    double *counts = ana_workspace_doubles(&workspace, psth->n_bins, psth->n_units);
    ANA_TRY(ana_workspace_check(&workspace, "psth"));
    for (size_t s = 0; s < plan->n_sequences; s++) {
        size_t first = plan->sequence_start[s];
        size_t n_rows = plan->sequence_start[s + 1] - first;
        ANA_TRY(ana_bin_plan_read(plan, first, n_rows, counts));
        take_in(psth, n_rows, counts);
    }
    finish(psth);
    if (report != NULL) {
        *report = plan->report;
        plan->report = NULL;
    }
    *out = psth;
    psth = NULL;
done:
    ana_psth_free(psth);
    ana_bin_plan_free(plan);
    ana_workspace_release(&workspace);
    return status;
}

static double total_rate(const ana_psth *psth, size_t unit)
{
    double sum = 0.0;
    for (size_t b = 0; b < psth->n_bins; b++) {
        double rate = psth->rate[unit * psth->n_bins + b];
        sum += isnan(rate) ? 0.0 : rate;
    }
    return sum;
}

/* The busiest units, busiest first, at most max_lines; `lines` has room for one more. */
static size_t choose_lines(const ana_psth *psth, size_t *lines, double *totals)
{
    size_t n = 0;
    for (size_t u = 0; u < psth->n_units; u++) {
        double total = total_rate(psth, u);
        size_t place = n;
        while (place > 0 && totals[place - 1] < total) {
            lines[place] = lines[place - 1];
            totals[place] = totals[place - 1];
            place--;
        }
        lines[place] = u;
        totals[place] = total;
        n += n < max_lines;
    }
    return n;
}

static ana_status add_lines(const ana_psth *psth, const double *times, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *group = NULL;
    const size_t n = psth->n_bins;
    size_t *lines = ana_workspace_sizes(&workspace, max_lines + 1, 1);
    double *totals = ana_workspace_doubles(&workspace, max_lines + 1, 1);
    const char **labels = ana_workspace_bytes(&workspace, max_lines, 1, sizeof *labels);
    double *rate = ana_workspace_doubles(&workspace, max_lines, n);
    double *low = ana_workspace_doubles(&workspace, max_lines, n);
    double *high = ana_workspace_doubles(&workspace, max_lines, n);
    ANA_TRY(ana_workspace_check(&workspace, "psth"));
    size_t n_lines = choose_lines(psth, lines, totals);
    for (size_t i = 0; i < n_lines * n; i++) {
        size_t from = lines[i / n] * n + i % n;
        rate[i] = psth->rate[from];
        low[i] = psth->rate[from] - psth->sem[from];
        high[i] = psth->rate[from] + psth->sem[from];
    }
    for (size_t i = 0; i < n_lines; i++) {
        labels[i] = psth->ids[lines[i]];
    }
    ana_shape shape = ana_shape_2(n_lines, "unit", n, "time");
    const ana_picture_words words = {.title = "Rate around events",
                                     .caption =
                                         "Mean rate over events; the band is one standard error.",
                                     .x_title = "time after event",
                                     .y_title = "rate"};
    ANA_TRY(ana_record_add_picture(record, "lines", ANA_HINT_LINE, &words, &group));
    ANA_TRY(ana_record_add_doubles(group, "x", ana_shape_1(n, "time"), times, "s"));
    ANA_TRY(ana_record_add_doubles(group, "y", shape, rate, "Hz"));
    ANA_TRY(ana_record_add_doubles(group, "low", shape, low, "Hz"));
    ANA_TRY(ana_record_add_doubles(group, "high", shape, high, "Hz"));
    ANA_TRY(ana_record_add_texts(group, "labels", n_lines, labels));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_heat_map(const ana_psth *psth, const double *times, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *map = NULL;
    ana_shape shape = ana_shape_2(psth->n_units, "unit", psth->n_bins, "time");
    const ana_picture_words words = {.title = "Rate around events, all units",
                                     .caption = "Mean rate of each unit over events.",
                                     .x_title = "time after event",
                                     .y_title = "unit",
                                     .value_title = "rate"};
    ANA_TRY(ana_record_add_picture(record, "rates", ANA_HINT_HEAT_MAP, &words, &map));
    ANA_TRY(ana_record_add_doubles(map, "values", shape, psth->rate, "Hz"));
    ANA_TRY(ana_record_add_doubles(map, "x", ana_shape_1(psth->n_bins, "time"), times, "s"));
    ANA_TRY(ana_record_add_texts(map, "row_labels", psth->n_units, (const char *const *)psth->ids));
done:
    return status;
}

ana_status ana_psth_to_record(const ana_psth *psth, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *record = NULL;
    ana_shape shape = ana_shape_2(psth->n_units, "unit", psth->n_bins, "time");
    double *times = ana_workspace_doubles(&workspace, psth->n_bins, 1);
    ANA_TRY(ana_workspace_check(&workspace, "psth"));
    for (size_t b = 0; b < psth->n_bins; b++) {
        times[b] = psth->from_s + ((double)b + 0.5) * psth->bin_s;
    }
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_int(record, "n_events", (int64_t)psth->n_events, NULL));
    ANA_TRY(ana_record_add_double(record, "bin", psth->bin_s, "s"));
    ANA_TRY(ana_record_add_double(record, "from", psth->from_s, "s"));
    ANA_TRY(add_lines(psth, times, record));
    ANA_TRY(add_heat_map(psth, times, record));
    ANA_TRY(ana_record_add_doubles(record, "sem", shape, psth->sem, "Hz"));
    ANA_TRY(ana_record_add_sizes(record, "n_seen", shape, psth->n_seen, NULL));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    ana_workspace_release(&workspace);
    return status;
}
