/** Arrays of an .npz by key, with the checks that an object's arrays need. */
#ifndef ANALYSIS_FORMATS_NPZ_READER_H
#define ANALYSIS_FORMATS_NPZ_READER_H

#include "npz.h"

/** The archive on its way in. `key` is the array in hand, for sentences. */
typedef struct ana_npz_reader {
    ana_npz *npz;
    const ana_read_options *options;
    ana_recording *recording;
    ana_text key;
} ana_npz_reader;

/** An array, and the bytes it stands in. */
typedef struct ana_npz_opened {
    ana_held_file *held;
    ana_npy npy;
} ana_npz_opened;

/** ANA_ERR_FORMAT: "array `key` `what`". */
ana_status ana_npz_wrong(const ana_npz_reader *in, const char *what);

/** Open the array NAME/part (part NULL: NAME). */
ANA_USE_RESULT ana_status ana_npz_open_array(ana_npz_reader *in, const char *name, const char *part,
                                             ana_npz_opened *array);
void ana_npz_opened_release(ana_npz_opened *array);
bool ana_npz_has(const ana_npz_reader *in, const char *name, const char *part);

/** *texts = the *n texts of an array (*n SIZE_MAX: however many), freed by ana_free_texts. */
ANA_USE_RESULT ana_status ana_npz_read_texts(ana_npz_reader *in, const char *name, const char *part,
                                             size_t *n, char ***texts);
/** `values` points to a pointer that gets the *n numbers of an array (*n SIZE_MAX: however many),
 *  which has that type; freed by free(). */
ANA_USE_RESULT ana_status ana_npz_read_numbers(ana_npz_reader *in, const char *name,
                                               const char *part, ana_sample_type type, size_t *n,
                                               void *values);
ANA_USE_RESULT ana_status ana_npz_read_doubles(ana_npz_reader *in, const char *name,
                                               const char *part, size_t *n, double **values);
ANA_USE_RESULT ana_status ana_npz_read_double(ana_npz_reader *in, const char *name,
                                              const char *part, double *value);
/** *starts = *n row starts, which ascend from 0 to `total`. */
ANA_USE_RESULT ana_status ana_npz_read_starts(ana_npz_reader *in, const char *name,
                                              const char *part, size_t *n, size_t total,
                                              size_t **starts);
/** Every array NAME/part/COLUMN as a column of *table; with *table NULL a new table of as many rows
 *  as the first has elements. */
ANA_USE_RESULT ana_status ana_npz_read_columns(ana_npz_reader *in, const char *name,
                                               const char *part, ana_table **table);

#endif
