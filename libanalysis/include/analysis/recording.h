/** The common time-series container: what every reader makes and every analysis starts from.
 *
 *  One clock in seconds (double): zero is the file's start time, series keep their own rates,
 *  segments start at their own onset, annotations keep the file's times. */
#ifndef ANALYSIS_RECORDING_H
#define ANALYSIS_RECORDING_H

#include <analysis/intervals.h>
#include <analysis/series.h>
#include <analysis/spikes.h>
#include <analysis/status.h>
#include <analysis/table.h>

ANA_BEGIN_DECLS

/** A table that belongs to no clock: electrodes, regions of interest, subjects. */
typedef struct ana_named_table {
    char *name;
    ana_table *table;
} ana_named_table;

/** Facts about the session as the file words them: subject, device, experimenter. */
typedef struct ana_fact {
    char *name;
    char *value;
} ana_fact;

/** All members are owned. */
typedef struct ana_recording {
    char *format;     /**< "edf", "nwb", ... as in the table of readers; NULL: made, not read */
    char *path;       /**< NULL: made, not read */
    char *start_time; /**< ISO 8601, with zone where known; NULL: unknown */
    size_t n_series;
    ana_series **series;
    size_t n_spikes;
    ana_spikes **spikes;
    size_t n_intervals;
    ana_intervals **intervals;
    size_t n_tables;
    ana_named_table *tables;
    size_t n_facts;
    ana_fact *facts;
    size_t n_warnings;
    char **warnings; /**< what the reader had to recover from, a sentence each */
} ana_recording;

ANA_API ANA_USE_RESULT ana_status ana_recording_new(ana_recording **out);

/** Hand over an object; on success the recording owns it, on failure it is freed. A name that is
 *  taken gets "_2", "_3", ... */
ANA_API ANA_USE_RESULT ana_status ana_recording_add_series(ana_recording *recording,
                                                           ana_series *series);
ANA_API ANA_USE_RESULT ana_status ana_recording_add_spikes(ana_recording *recording,
                                                           ana_spikes *spikes);
ANA_API ANA_USE_RESULT ana_status ana_recording_add_intervals(ana_recording *recording,
                                                              ana_intervals *intervals);
ANA_API ANA_USE_RESULT ana_status ana_recording_add_table(ana_recording *recording,
                                                          const char *name, ana_table *table);
/** Copies both texts; a NULL or empty value is not recorded. */
ANA_API ANA_USE_RESULT ana_status ana_recording_add_fact(ana_recording *recording, const char *name,
                                                         const char *value);

/** Note what had to be recovered from. Never fails: without memory the warning is lost. After 50
 *  warnings one last says that more were left out. */
ANA_API ANA_PRINTF(2, 3) void ana_recording_warn(ana_recording *recording, const char *format, ...);

/** The object of that name, or NULL; with `name` NULL the first. Borrowed. */
ANA_API const ana_series *ana_recording_find_series(const ana_recording *recording,
                                                    const char *name);
ANA_API const ana_spikes *ana_recording_find_spikes(const ana_recording *recording,
                                                    const char *name);
ANA_API const ana_intervals *ana_recording_find_intervals(const ana_recording *recording,
                                                          const char *name);
ANA_API const ana_table *ana_recording_find_table(const ana_recording *recording, const char *name);
ANA_API const char *ana_recording_find_fact(const ana_recording *recording, const char *name);

/** Latest end of any series, spike, observed interval or interval, seconds; 0 when empty. */
ANA_API ANA_USE_RESULT ana_status ana_recording_duration(const ana_recording *recording,
                                                         double *out);

/** Every object's own invariants, and distinct names. */
ANA_API ANA_USE_RESULT ana_status ana_recording_check(const ana_recording *recording);

/** Which part of a recording is wanted. Lists are NULL-terminated; NULL means all. In every name a
 *  "*" at the end matches any rest. */
typedef struct ana_selection {
    const char *const *series;
    const char *const *channels; /**< names; series without any of them are left out */
    const char *const *units;    /**< ids as text; sets of spikes without any are left out */
    double start;                /**< seconds; NaN: from the beginning */
    double stop;                 /**< seconds, not included; NaN: to the end */
    const char *const *labels; /**< only within intervals that carry one of these labels (of all of
                                *   them together); those of unknown stop do not count */
} ana_selection;

ANA_API ana_selection ana_selection_default(void);

/** *out = new recording that shares the sources and holds what `selection` asks for: fewer channels
 *  and units, samples and spikes within the times (series are cut at whole samples and keep their
 *  clock), observed intervals cut likewise; intervals that reach into the times are kept whole.
 *  Each stretch of samples becomes a segment of its own; time zero stays. ANA_ERR_VALUE when a
 *  named thing is not there (the sentence lists what is). */
ANA_API ANA_USE_RESULT ana_status ana_recording_select(const ana_recording *recording,
                                                       const ana_selection *selection,
                                                       ana_recording **out);

ANA_API void ana_recording_free(ana_recording *recording);

ANA_END_DECLS

#endif
