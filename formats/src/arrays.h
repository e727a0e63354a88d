/** Named arrays, as .npz, .mat and plain .npy files hold them, to the objects of a recording.
 *
 *  Such a file says neither which axis is time nor how fast it was sampled. What is done about it:
 *
 *  - a vector beside it that is called t, time, times, time_s or timestamps and is as long as one
 *    of its axes says which axis is time, and gives the times in seconds;
 *  - else the longest axis is time (the last of several longest), and a warning says so; the other
 *    axes are channels, named by their index ("3", or "3,0" for two axes);
 *  - --rate goes before such times: the series has that rate and begins at 0;
 *  - with neither, the series is time-stamped 0, 1, 2, ...: times count samples, and a warning says
 *    so.
 *
 *  Single numbers and texts are facts, lists of texts are tables, complex numbers, dates and raw
 *  bytes are left out with a warning. */
#ifndef ANALYSIS_FORMATS_ARRAYS_H
#define ANALYSIS_FORMATS_ARRAYS_H

#include "array_source.h"

#include <analysis/formats/reader.h>

/** More arrays in one file than this are refused. */
#define ANA_MAX_ARRAYS 4096

/** Numbers, or n texts. All owned. */
typedef struct ana_named_array {
    char *name;
    ana_placed_array place; /**< `held` is this array's share; NULL for texts */
    size_t n;
    char **texts; /**< NULL for numbers */
} ana_named_array;

typedef struct ana_array_list {
    size_t n;
    size_t capacity;
    ana_named_array *items;
} ana_array_list;

/** Append numbers; shares place->held. */
ANA_USE_RESULT ana_status ana_array_list_add(ana_array_list *list, const char *name,
                                             const ana_placed_array *place);
/** Append n texts, copied. */
ANA_USE_RESULT ana_status ana_array_list_add_texts(ana_array_list *list, const char *name, size_t n,
                                                   const char *const *texts);
const ana_named_array *ana_array_list_find(const ana_array_list *list, const char *name);
void ana_array_list_release(ana_array_list *list);

/** out[i] = number i of `array` in C order. */
ANA_USE_RESULT ana_status ana_named_array_read(const ana_named_array *array, const ana_run *run,
                                               double *out);

/** Every array of the list to `recording`, as described above. */
ANA_USE_RESULT ana_status ana_recording_add_arrays(ana_recording *recording,
                                                   const ana_array_list *list,
                                                   const ana_read_options *options);

/** Whether n times ascend at one rate to within a thousandth of a sample; *rate (hertz) is then the
 *  whole number, or whole period, that it is within 1e-9 of. */
bool ana_times_are_regular(size_t n, const double *times, double *rate);

/** Time stamps of a steady clock that was read off unevenly. */
typedef struct ana_jittered_times {
    double rate; /**< of the straight lines through the stamps, Hz; the whole number that they fit
                    as well */
    size_t n_segments; /**< stretches without a missing sample, a line each */
    size_t n_missing;  /**< samples that the gaps between them would hold */
    double largest;    /**< distance of a stamp from its line, in samples: below a half */
    double longest;    /**< step within a stretch, seconds; beyond it is a gap */
} ana_jittered_times;

/** Whether n stamps are those of one rate but for jitter and gaps: every stamp less than half a
 *  sample from the line of its stretch, every step within a stretch half to one and a half samples,
 *  every gap more. A lost sample cannot hide in that: beside it stamps are a sample apart from one
 *  line, half a sample at least on one side, or their step is of two. At least 64 stamps a stretch:
 *  fewer do not tell jitter from unevenness. *fit is then filled. `room`: n values, overwritten. */
bool ana_times_are_jittered(size_t n, const double *times, double *room, ana_jittered_times *fit);

/** Give a series of no rate and no segments the rate and the segments of such stamps. */
ANA_USE_RESULT ana_status ana_series_set_jittered(ana_series *series, size_t n_times,
                                                  const double *times,
                                                  const ana_jittered_times *fit);

/** Give a series of rate 0 without segments n_times time stamps (copied). ANA_ERR_FORMAT for times
 *  that are not finite. */
ANA_USE_RESULT ana_status ana_series_stamp(ana_series *series, size_t n_times, const double *times);

/** The time base of a series of n_times samples without segments: `times` (NULL: none), n_times of
 *  them: regular when they are, else time-stamped; `rate` > 0 goes before. ANA_ERR_FORMAT for times
 *  that are not finite. */
ANA_USE_RESULT ana_status ana_series_set_times(ana_series *series, size_t n_times, double rate,
                                               const double *times);

#endif
