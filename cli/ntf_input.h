/** Ready-made arrays as tensors: what `ana ntf` takes beside traces. */
#ifndef CLI_NTF_INPUT_H
#define CLI_NTF_INPUT_H

#include "console.h"

#include <analysis/formats/array_rows.h>
#include <analysis/matrix.h>
#include <analysis/models/ntf.h>
#include <analysis/options.h>
#include <analysis/record.h>

/** What is done about negative values. */
typedef enum ntf_negative {
    NTF_NEGATIVE_REFUSE,
    NTF_NEGATIVE_MISSING,
    NTF_NEGATIVE_ZERO
} ntf_negative;

/** Where the array is while it is worked on. */
typedef enum ntf_storage {
    NTF_IN_MEMORY,
    NTF_AS_FLOATS,
    NTF_IN_FILE
} ntf_storage;

typedef struct ntf_input_options {
    bool array;       /**< the input is an array of 2 to 4 axes, not traces */
    const char *axes; /**< names with commas between them; NULL: by their number */
    ntf_negative negative;
    const char *weights; /**< an array of the same shape, 0 to 1; NULL: all 1 */
    ntf_storage storage;
} ntf_input_options;

extern const ana_option ntf_input_option_table[];

/** A tensor, and all that it borrows; released by ntf_input_release. */
typedef struct ntf_input {
    const char *path;
    const ntf_input_options *options;
    ana_record *record; /**< saved affinities */
    ana_matrix *whole;
    ana_matrix *weights;
    float *floats;
    ana_array_rows *rows;
    size_t n_axes;
    size_t length[ANA_TENSOR_MAX_MODES];
    size_t n_negative; /**< of arrays in memory */
    char **neurons;    /**< of pairs of an array: their numbers */
    char *names;       /**< of the axes, one after the other */
    ana_ntf_axes axes;
    ana_tensor *tensor;
} ntf_input;

/** Whether `path` is a result of `ana affinity`. */
bool ntf_input_is_affinity(const char *path);

/** *out = the array at `path` ("file.npy", "file.h5:/dataset", ...), or the affinities saved there.
 *  `bin_s`: seconds between its times; 0: unknown. To be released also after a failure. */
ANA_USE_RESULT ana_status ntf_input_load(const char *path, const ntf_input_options *options,
                                         double bin_s, const ana_run *run, ntf_input *out);

/** What was read, on stderr. */
void ntf_input_say(const ntf_input *input, const console_options *console);

void ntf_input_release(ntf_input *input);

#endif
