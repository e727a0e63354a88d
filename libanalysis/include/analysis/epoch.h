/** The same stretch around each event: which epochs there are, which were dropped and why.
 *
 *  The onset is the sample nearest to the event's time, halves to the even one, as MNE has it. An
 *  epoch has the samples round(from rate) ... round(to rate) after it, both ends included, as the
 *  field counts them. It is dropped, with its reason, when it leaves the recording or crosses a
 *  gap; when it meets an interval whose label begins with BAD, in any case of letters (a point, or
 *  an unknown stop, counts at its start); or when channels hold a missing sample or have a
 *  peak-to-peak range above `reject` or below `flat`: all of them are named. Channels marked bad
 *  and those of kind trigger, stimulus or behaviour drop nothing. Times are compared in samples: a
 *  millionth of one is no difference. */
#ifndef ANALYSIS_EPOCH_H
#define ANALYSIS_EPOCH_H

#include <analysis/intervals.h>
#include <analysis/matrix.h>
#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/series.h>
#include <analysis/status.h>

ANA_BEGIN_DECLS

typedef struct ana_epoch_options {
    ana_run run;
    const char *events;     /**< labels of the events, commas between; NULL: every event not BAD */
    double from_s;          /**< beginning, after the event; default -0.2 */
    double to_s;            /**< end; default 0.8 */
    bool baseline;          /**< subtract each channel's mean over the baseline; default no */
    double baseline_from_s; /**< NaN (default): from the epoch's beginning */
    double baseline_to_s;   /**< default 0 */
    double reject;          /**< largest peak-to-peak range, in the channels' unit; 0: any */
    double flat;            /**< least peak-to-peak range; 0: any */
    bool keep_bad;          /**< keep epochs that meet a BAD interval */
} ana_epoch_options;

ANA_API ana_epoch_options ana_epoch_options_default(void);
ANA_API extern const ana_option ana_epoch_option_table[];

/** What became of one event. */
typedef struct ana_epoch_event {
    size_t row;   /**< of the intervals */
    double time;  /**< seconds: of the onset's sample */
    size_t label; /**< index into `labels`; 0 without labels */
    char *reason; /**< why it was dropped: "BAD blink", "gap", "outside", "Cz: missing", "Fp1: 213
                     is above the limit, Fp2: 0 is below the limit"; NULL: kept; owned */
} ana_epoch_event;

/** values[(trial * n_channels + channel) * n_times + t] in the channels' own unit. All owned. */
typedef struct ana_epochs {
    size_t n_trials; /**< kept */
    size_t n_channels;
    size_t n_times;
    double rate;
    double *values;
    double *times; /**< n_times: seconds from the event */
    char **channel_names;
    char *unit;      /**< of the first channel; NULL: none */
    size_t n_events; /**< all that were looked at */
    ana_epoch_event *events;
    size_t *event_of; /**< n_trials: index of each kept trial's event */
    size_t n_labels;
    char **labels; /**< distinct labels, in order of appearance */
} ana_epochs;

/** Told each epoch that was kept, in order of the events; `values` is n_channels x n_times,
 *  borrowed for the call. */
typedef ana_status (*ana_epoch_function)(void *user, size_t event, const double *values);

/** Cut epochs from a regular series one at a time, in bounded memory. *out holds everything but
 *  `values`; NULL when it is not wanted. ANA_ERR_VALUE for a series without a rate, an epoch that
 *  ends before it begins, or a baseline outside the epoch. */
ANA_API ANA_USE_RESULT ana_status ana_epochs_stream(const ana_series *series,
                                                    const ana_intervals *intervals,
                                                    const ana_epoch_options *options,
                                                    ana_epoch_function function, void *user,
                                                    ana_epochs **out);

/** All of them in memory, by the same walk: the same bits. ANA_ERR_LIMIT above run.max_memory. */
ANA_API ANA_USE_RESULT ana_status ana_epochs_read(const ana_series *series,
                                                  const ana_intervals *intervals,
                                                  const ana_epoch_options *options,
                                                  ana_epochs **out);

/** *out = mean over the kept trials with that label (SIZE_MAX: all), channel x time. ANA_ERR_VALUE
 *  when there is none. */
ANA_API ANA_USE_RESULT ana_status ana_epochs_average(const ana_epochs *epochs, size_t label,
                                                     ana_matrix **out);

ANA_API void ana_epochs_free(ana_epochs *epochs);

ANA_END_DECLS

#endif
