/** The truths of ANA_SHARED/reference/formats against what our readers give: what the compare
 *  functions share. Names of keys are part of the layout; names of files, sizes and numbers are
 * not.
 */
#ifndef TESTS_REFERENCE_FORMATS_H
#define TESTS_REFERENCE_FORMATS_H

#include "support/shared.h"

#include <analysis/recording.h>

#include <jansson.h>

/** One truth and the data file it speaks of. */
typedef struct format_case {
    const char *path;     /**< of the data file, or of the file that stands for a folder */
    const char *relative; /**< the same below data/formats */
    const json_t *truth;
    tally *tally;
} format_case;

/** Compares one case. `tally->file` is set. */
typedef void (*compare_function)(const format_case *c);

void compare_edf(const format_case *c);
void compare_gdf(const format_case *c);
void compare_brainvision(const format_case *c);
void compare_fif(const format_case *c);

void compare_npy(const format_case *c); /**< NPZ as well */
void compare_safetensors(const format_case *c);
void compare_caiman(const format_case *c);
void compare_hdf5(const format_case *c);
void compare_nwb(const format_case *c);
void compare_mat(const format_case *c);
void compare_mat73(const format_case *c);
void compare_phy(const format_case *c);
void compare_suite2p(const format_case *c);

/** n native numbers against their summary, integers also as they are stored. */
void compare_numbers(const format_case *c, const char *what, const json_t *summary, size_t n,
                     ana_sample_type type, const void *stored);
/** n pairs of real and imaginary part against {sum: [re, im], sumabs2, first}. */
void compare_complex(const format_case *c, const char *what, const json_t *summary, size_t n,
                     const double *pairs);

/** The recording of the case, or NULL and a failure counted. */
ana_recording *open_case(const format_case *c);

/** A summary {shape, first, last, n_nonfinite, sum, sumsq, min, max} against n values in C order.
 *  `relative` is 1e-12, or 1e-6 for values that were float32. `factor` leads from our unit to the
 *  truth's. */
void compare_values(const format_case *c, const char *what, const json_t *summary, size_t n,
                    const double *values, double factor, double relative);

/** A summary {int_sum, crc32_native_le, dtype, first, last, min, max} against n stored integers. */
void compare_integers(const format_case *c, const char *what, const json_t *summary, size_t n,
                      ana_sample_type type, const void *stored);

/** The series and channel of the file's signal `index`; false when none is. */
bool find_signal(const ana_recording *recording, size_t index, const ana_series **series,
                 size_t *channel);

/** All samples of one channel: physical (n_times doubles) and stored; freed by free(). NULL and a
 *  failure counted when they cannot be read. */
double *read_physical(const format_case *c, const ana_series *series, size_t channel);
void *read_stored(const format_case *c, const ana_series *series, size_t channel);

/** Write the recording as `format`, read it back, compare. `exact`: nothing may be lost, stored
 *  integers come back to the bit. `ending`: of the file to write. */
void compare_round_trip(const format_case *c, const ana_recording *recording, const char *format,
                        const char *ending, bool exact);

/** Write the recording as NWB, read it back: every bit of its series, spikes, intervals, tables. */
void compare_nwb_round_trip(const format_case *c, const ana_recording *recording);

/** A text member equals ours; NULL and "" are equal, a missing member is passed over. */
void compare_text(const format_case *c, const char *what, const json_t *truth, const char *ours);

/** A number of the truth: also "nan", "inf", "-inf", integers beyond 2^63 - 1 as text, and null
 *  (nan). */
double truth_number(const json_t *value);

/** Annotations [[onset, duration or null, text], ...] against intervals with a column "label", in
 *  any order; times to 1 microsecond. `ours` may be NULL. */
void compare_annotations(const format_case *c, const json_t *truth, const ana_intervals *ours);

#endif
