/** NumPy's .npz: a ZIP archive of .npy files, one for each array.
 *
 *  An archive that our own writer made has an array "libanalysis" that lists the objects of the
 *  recording, a text each: "series eeg", "spikes units", "intervals trials", "table electrodes",
 *  "facts". Their arrays are, after the object's name:
 *
 *  | object | arrays |
 *  |---|---|
 *  | series | NAME: channel x time, as stored; /channel, /unit, /kind: texts; /gain, /offset;
 *      /segment_first, /segment_start (s); /rate (Hz), or /times (s) |
 *  | spikes | /times (s), /unit_start: n_units + 1; /ticks, /tick_rate; /observed_row,
 *  /observed_start, /observed_stop, /observed_inferred; /units/COLUMN | | intervals | /start, /stop
 *  (s); /rows/COLUMN | | table | /rows/COLUMN | | facts | facts/name, facts/value; start_time |
 *
 *  Samples are stored as they are, so that they are read in place; the rest is deflated. */
#ifndef ANALYSIS_FORMATS_NPZ_H
#define ANALYSIS_FORMATS_NPZ_H

#include "archive.h"
#include "array_source.h"
#include "arrays.h"

#include <analysis/formats/reader.h>

/** An open archive. */
typedef struct ana_npz {
    ana_held_file *held;
    ana_zip *zip;
    uint64_t n_packed; /**< bytes unpacked so far, and what they were packed in */
    uint64_t n_unpacked;
} ana_npz;

/** ANA_ERR_UNSUPPORTED for more than ANA_MAX_ARRAYS entries. Freed by ana_npz_close, also on
 *  failure. */
ANA_USE_RESULT ana_status ana_npz_open(const char *path, ana_npz *npz);
void ana_npz_close(ana_npz *npz);

/** The entry of the array called `key`, or NULL. */
const ana_zip_entry *ana_npz_find(const ana_npz *npz, const char *key);
/** ANA_ERR_VALUE that lists the keys. */
ana_status ana_npz_fail_key(const ana_npz *npz, const char *key);
/** *out = the entry's name without ".npy"; freed by free(). */
ANA_USE_RESULT ana_status ana_npz_key(const ana_zip_entry *entry, char **out);

/** Open an array: *held (one owner more: the caller) holds its bytes, *npy says where. The checksum
 *  is verified, of an array stored as it is only up to 64 MiB: a larger one stays in the file. */
ANA_USE_RESULT ana_status ana_npz_array(ana_npz *npz, const ana_zip_entry *entry,
                                        const ana_run *run, ana_held_file **held, ana_npy *npy);

/** The objects that "libanalysis" lists, into `recording`. */
ANA_USE_RESULT ana_status ana_npz_read_objects(ana_npz *npz, const ana_read_options *options,
                                               ana_recording *recording);

/** The writer of the format, and what it loses. */
ANA_USE_RESULT ana_status ana_npz_write(const ana_recording *recording, const char *path,
                                        const char *final_path, const ana_write_options *options);
ANA_USE_RESULT ana_status ana_npz_losses(const ana_recording *recording, ana_text *text);

#endif
