/** Do alarms come before events (seizures, stages, faults) more often than random alarms would?
 *
 *  An alarm at time t forecasts an event that begins from t + horizon to t + horizon + period: the
 *  prediction horizon leaves time to act, the occurrence period says how long the warning stands
 *  (Winterhalder et al. 2003, Epilepsy Behav. 4). A sensitivity says nothing without how much of
 *  the time is under warning. Three random predictors are compared with: one as long under warning
 *  (Snyder et al. 2008, J. Neurosci. Methods 172), one with as many false alarms an hour, by the
 *  binomial (Schelter et al. 2006, Chaos 16), and these alarms themselves turned in time (Andrzejak
 *  et al. 2009, Clin. Neurophysiol. 120), which keeps how they cluster. */
#ifndef ANALYSIS_FORECAST_SCORES_H
#define ANALYSIS_FORECAST_SCORES_H

#include <analysis/intervals.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef struct ana_forecast_options {
    ana_run run;
    double horizon_s;  /**< from an alarm to the start of its warning; default 0 */
    double period_s;   /**< how long the warning stands; default 1800 */
    double lead_s;     /**< an event counts that begins at least so long after the one before it
                            stops; default 0: each */
    double duration_s; /**< of the recording, from 0; needed */
    size_t n_turns;    /**< of the alarms in time; default 999; 0: none */
} ana_forecast_options;

ANA_API ana_forecast_options ana_forecast_options_default(void);

/** Rows for horizon, period, lead, turns. */
ANA_API extern const ana_option ana_forecast_option_table[];

/** What a random predictor would forecast of the events, and how likely it does at least as well;
 *  NaN: not defined. */
typedef struct ana_forecast_chance {
    double sensitivity;
    double p;
} ana_forecast_chance;

typedef struct ana_forecast_scores {
    ana_forecast_options options;
    size_t n_events;    /**< that count */
    size_t n_predicted; /**< of them, in a warning when they begin */
    size_t n_early;     /**< left out: they begin before the first warning could stand */
    size_t n_followed;  /**< left out: not `lead_s` after the event before */
    size_t n_outside;   /**< events and alarms that begin outside the recording */
    size_t n_alarms;
    size_t n_true;          /**< an event, counted or not, begins in the warning */
    size_t n_undecided;     /**< no event, and the recording ends before the warning does */
    size_t n_false;         /**< the others */
    double sensitivity;     /**< predicted / events; NaN without any */
    double time_in_warning; /**< share of the time from horizon to the end that is under warning */
    double hours_false;     /**< hours in which an alarm would have been false */
    double false_per_hour;
    ana_forecast_chance by_time; /**< chance: the time in warning */
    ana_forecast_chance by_rate; /**< chance: 1 - e^(-false_per_hour * period) */
    ana_forecast_chance by_turn; /**< chance: the mean over the turns */
    double *onset;               /**< n_events, s, ascending; owned */
    double *ahead;               /**< n_events: s by which the first alarm that forecasts it came;
                                      NaN: missed; owned */
    double *alarm;               /**< n_alarms, s, ascending; owned */
    int *outcome;                /**< n_alarms: 0 false, 1 true, 2 undecided; owned */
} ana_forecast_scores;

/** *out = how well the starts of `alarms` forecast the starts of `events`, freed by
 *  ana_forecast_scores_free; the order of either does not matter.
 *
 *  A probability is that of the random predictor forecasting as many or more of the events: of the
 *  binomial, exact for events that come at random; of the turns (each by a random time round the
 *  recording), (1 + as many or more) / (1 + turns). ANA_ERR_VALUE: a time that is missing or
 *  infinite (list and row are named), an option out of its range, no duration, or one that is not
 *  longer than horizon and period. */
ANA_API ANA_USE_RESULT ana_status ana_forecast_scores_compute(const ana_intervals *events,
                                                              const ana_intervals *alarms,
                                                              const ana_forecast_options *options,
                                                              ana_forecast_scores **out);

/** *out = a record of schema "forecast scores": sensitivity beside those of the random predictors
 *  (bars), events and alarms along time (raster), and both lists. */
ANA_API ANA_USE_RESULT ana_status ana_forecast_scores_to_record(const ana_forecast_scores *scores,
                                                                ana_record **out);

ANA_API void ana_forecast_scores_free(ana_forecast_scores *scores);

ANA_END_DECLS

#endif
