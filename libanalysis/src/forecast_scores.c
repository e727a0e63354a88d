/* Alarms before events, against alarms at random. */
#include "memory.h"
#include "order.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/distributions.h>
#include <analysis/forecast_scores.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    IS_FALSE,
    IS_TRUE,
    IS_UNDECIDED
};

const ana_option ana_forecast_option_table[] = {
    {"horizon", ANA_OPTION_DOUBLE, offsetof(ana_forecast_options, horizon_s), 0, 1e9, NULL,
     "SECONDS", "from an alarm to the start of its warning", false},
    {"period", ANA_OPTION_DOUBLE, offsetof(ana_forecast_options, period_s), 1e-6, 1e9, NULL,
     "SECONDS", "how long the warning of an alarm stands", false},
    {"lead", ANA_OPTION_DOUBLE, offsetof(ana_forecast_options, lead_s), 0, 1e9, NULL, "SECONDS",
     "events count that begin so long after the one before has stopped; 0: all", false},
    {"turns", ANA_OPTION_SIZE, offsetof(ana_forecast_options, n_turns), 0, 1e7, NULL, "N",
     "random turns of the alarms in time; 0: none", false},
    ANA_OPTION_END,
};

ana_forecast_options ana_forecast_options_default(void)
{
    return (ana_forecast_options){.run = ana_run_default(), .period_s = 1800.0, .n_turns = 999};
}

void ana_forecast_scores_free(ana_forecast_scores *scores)
{
    if (scores != NULL) {
        free(scores->onset);
        free(scores->ahead);
        free(scores->alarm);
        free(scores->outcome);
        free(scores);
    }
}

/* An event; also one that does not count. */
typedef struct occurrence {
    double start;
    double stop;
} occurrence;

static int by_start(const void *a, const void *b)
{
    const occurrence *x = a;
    const occurrence *y = b;
    const int order = (x->start > y->start) - (x->start < y->start);
    return order != 0 ? order : (x->stop > y->stop) - (x->stop < y->stop);
}

/* What is at work. */
typedef struct forecasting {
    ana_forecast_scores *scores;
    double duration;
    size_t n_onsets; /* of all events within the recording */
    occurrence *all;
    double *onsets; /* their starts, ascending */
} forecasting;

/* Number of the ascending values below x. */
static size_t count_below(size_t n, const double *values, double x)
{
    size_t first = 0;
    size_t end = n;
    while (first < end) {
        const size_t middle = first + (end - first) / 2;
        if (values[middle] < x) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    return first;
}

/* Whether one of the ascending values lies from low to high, both included. */
static bool has_between(size_t n, const double *values, double low, double high)
{
    const size_t k = count_below(n, values, low);
    return k < n && values[k] <= high;
}

static ana_status check_list(const ana_intervals *list, const char *what)
{
    for (size_t i = 0; i < list->n; i++) {
        if (!isfinite(list->start[i])) {
            return ana_fail(ANA_ERR_VALUE,
                            "forecast scores: %s %zu begins at %s s; its time has to "
                            "be known",
                            what, i, ana_number(list->start[i]).text);
        }
    }
    return ANA_OK;
}

static ana_status check(const ana_intervals *events, const ana_intervals *alarms,
                        const ana_forecast_options *options)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_options_check(ana_forecast_option_table, options, "forecast scores"));
    ANA_TRY(check_list(events, "event"));
    ANA_TRY(check_list(alarms, "alarm"));
    if (!(options->duration_s > options->horizon_s + options->period_s &&
          isfinite(options->duration_s))) {
        status =
            ana_fail(ANA_ERR_VALUE,
                     "forecast scores: a recording of %s s; it has to be known and longer than "
                     "horizon and period, %s s",
                     ana_number(options->duration_s).text,
                     ana_number(options->horizon_s + options->period_s).text);
    }
done:
    return status;
}

/* The alarms within the recording, ascending. */
static ana_status read_alarms(const ana_intervals *alarms, forecasting *work)
{
    ana_status status = ANA_OK;
    ana_forecast_scores *scores = work->scores;
    ANA_TRY(ana_allocate(alarms->n, sizeof(double), "forecast scores", &scores->alarm));
    ANA_TRY(ana_allocate(alarms->n, sizeof(int), "forecast scores", &scores->outcome));
    for (size_t i = 0; i < alarms->n; i++) {
        const double time = alarms->start[i];
        if (time >= 0.0 && time < work->duration) {
            scores->alarm[scores->n_alarms++] = time;
        } else {
            scores->n_outside++;
        }
    }
    qsort(scores->alarm, scores->n_alarms, sizeof(double), ana_compare_doubles);
done:
    return status;
}

/* All events within the recording in time order, and those that count. */
static ana_status read_events(const ana_intervals *events, forecasting *work)
{
    ana_status status = ANA_OK;
    ana_forecast_scores *scores = work->scores;
    double last_stop = -(double)INFINITY;
    ANA_TRY(ana_allocate(events->n, sizeof(double), "forecast scores", &scores->onset));
    ANA_TRY(ana_allocate(events->n, sizeof(double), "forecast scores", &scores->ahead));
    for (size_t i = 0; i < events->n; i++) {
        const double start = events->start[i];
        if (start >= 0.0 && start < work->duration) {
            work->all[work->n_onsets++] = (occurrence){start, fmax(start, events->stop[i])};
        } else {
            scores->n_outside++;
        }
    }
    qsort(work->all, work->n_onsets, sizeof *work->all, by_start);
    for (size_t i = 0; i < work->n_onsets; i++) {
        const occurrence *one = &work->all[i];
        work->onsets[i] = one->start;
        if (one->start < scores->options.horizon_s) {
            scores->n_early++;
        } else if (scores->options.lead_s > 0.0 &&
                   one->start - last_stop < scores->options.lead_s) {
            scores->n_followed++;
        } else {
            scores->onset[scores->n_events++] = one->start;
        }
        last_stop = fmax(last_stop, one->stop);
    }
done:
    return status;
}

static void judge_alarms(forecasting *work)
{
    ana_forecast_scores *scores = work->scores;
    const double horizon = scores->options.horizon_s;
    const double period = scores->options.period_s;
    for (size_t i = 0; i < scores->n_alarms; i++) {
        const double from = scores->alarm[i] + horizon;
        if (has_between(work->n_onsets, work->onsets, from, from + period)) {
            scores->outcome[i] = IS_TRUE;
            scores->n_true++;
        } else if (from + period > work->duration) {
            scores->outcome[i] = IS_UNDECIDED;
            scores->n_undecided++;
        } else {
            scores->n_false++;
        }
    }
}

static void judge_events(forecasting *work)
{
    ana_forecast_scores *scores = work->scores;
    for (size_t i = 0; i < scores->n_events; i++) {
        const double last = scores->onset[i] - scores->options.horizon_s;
        const size_t k =
            count_below(scores->n_alarms, scores->alarm, last - scores->options.period_s);
        const bool predicted = k < scores->n_alarms && scores->alarm[k] <= last;
        scores->ahead[i] = predicted ? scores->onset[i] - scores->alarm[k] : (double)NAN;
        scores->n_predicted += predicted ? 1 : 0;
    }
    scores->sensitivity =
        scores->n_events > 0 ? (double)scores->n_predicted / (double)scores->n_events : (double)NAN;
}

/* Length of what the spans time + from ... time + from + length cover between low and high; times
 * ascend. */
static double covered(size_t n, const double *times, const double span[2], double low, double high)
{
    double total = 0.0;
    double end = low;
    for (size_t i = 0; i < n; i++) {
        const double from = fmax(times[i] + span[0], end);
        const double to = fmin(times[i] + span[1], high);
        if (to > from) {
            total += to - from;
            end = to;
        }
    }
    return total;
}

static void measure_times(forecasting *work)
{
    ana_forecast_scores *scores = work->scores;
    const double horizon = scores->options.horizon_s;
    const double both = horizon + scores->options.period_s;
    const double ahead[] = {horizon, both};
    const double behind[] = {-both, -horizon};
    const double judged = work->duration - both;
    const double warned = covered(scores->n_alarms, scores->alarm, ahead, horizon, work->duration);
    const double true_time = covered(work->n_onsets, work->onsets, behind, 0.0, judged);
    scores->time_in_warning = warned / (work->duration - horizon);
    scores->hours_false = (judged - true_time) / 3600.0;
    scores->false_per_hour =
        scores->hours_false > 0.0 ? (double)scores->n_false / scores->hours_false : (double)NAN;
}

/* P(X >= k) of the binomial. */
static double upper_tail(size_t k, size_t n, double p)
{
    double sum = 0.0;
    if (k == 0) {
        return 1.0;
    }
    for (size_t i = n + 1; i-- > k;) { /* the smallest first */
        sum += exp(ana_binomial_log_pmf(i, n, p));
    }
    return fmin(sum, 1.0);
}

static ana_forecast_chance binomial_chance(const ana_forecast_scores *scores, double sensitivity)
{
    ana_forecast_chance chance = {sensitivity, (double)NAN};
    if (scores->n_events > 0 && !isnan(sensitivity)) {
        chance.p = upper_tail(scores->n_predicted, scores->n_events, sensitivity);
    }
    return chance;
}

/* Events forecast by the alarms turned by `turn`: an alarm at a stands at a + turn, less the
 * duration beyond its end. */
static size_t predict_turned(const forecasting *work, double turn)
{
    const ana_forecast_scores *scores = work->scores;
    const size_t n = scores->n_alarms;
    size_t n_predicted = 0;
    for (size_t i = 0; i < scores->n_events; i++) {
        const double high = scores->onset[i] - scores->options.horizon_s;
        const double low = fmax(high - scores->options.period_s, 0.0);
        const bool later = has_between(n, scores->alarm, low - turn, high - turn);
        const bool round = has_between(n, scores->alarm, low - turn + work->duration,
                                       high - turn + work->duration);
        n_predicted += later || round ? 1 : 0;
    }
    return n_predicted;
}

static ana_status turn_alarms(forecasting *work)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_forecast_scores *scores = work->scores;
    const size_t n = scores->options.n_turns;
    size_t as_many = 0;
    double sum = 0.0;
    size_t *predicted = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "forecast scores"));
    scores->by_turn = (ana_forecast_chance){(double)NAN, (double)NAN};
    if (n == 0 || scores->n_events == 0) {
        goto done;
    }
#pragma omp parallel for default(none) num_threads(ana_run_threads(&scores->options.run, n))       \
    schedule(static) shared(work, scores, n, predicted)
    for (size_t i = 0; i < n; i++) {
        ana_random random = ana_random_stream(scores->options.run.seed, "forecast turns", i);
        predicted[i] = predict_turned(work, work->duration * ana_random_uniform(&random));
    }
    for (size_t i = 0; i < n; i++) {
        as_many += predicted[i] >= scores->n_predicted ? 1 : 0;
        sum += (double)predicted[i];
    }
    scores->by_turn.sensitivity = sum / (double)n / (double)scores->n_events;
    scores->by_turn.p = (1.0 + (double)as_many) / (1.0 + (double)n);
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_forecast_scores_compute(const ana_intervals *events, const ana_intervals *alarms,
                                       const ana_forecast_options *options,
                                       ana_forecast_scores **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    forecasting work = {0};
    const ana_forecast_options chosen = options != NULL ? *options : ana_forecast_options_default();
    ANA_TRY(check(events, alarms, &chosen));
    work.duration = chosen.duration_s;
    work.all = ana_workspace_bytes(&workspace, events->n, 1, sizeof *work.all);
    work.onsets = ana_workspace_doubles(&workspace, events->n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "forecast scores"));
    ANA_TRY(ana_allocate(1, sizeof *work.scores, "forecast scores", &work.scores));
    work.scores->options = chosen;
    ANA_TRY(read_alarms(alarms, &work));
    ANA_TRY(read_events(events, &work));
    judge_alarms(&work);
    judge_events(&work);
    measure_times(&work);
    work.scores->by_time = binomial_chance(work.scores, work.scores->time_in_warning);
    work.scores->by_rate = binomial_chance(
        work.scores, -expm1(-work.scores->false_per_hour * chosen.period_s / 3600.0));
    ANA_TRY(turn_alarms(&work));
    *out = work.scores;
    work.scores = NULL;
done:
    ana_forecast_scores_free(work.scores);
    ana_workspace_release(&workspace);
    return status;
}
