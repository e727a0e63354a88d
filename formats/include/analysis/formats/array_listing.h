/** Which arrays of numbers a file or a folder holds: the layers of a model, the variables of a
 *  program. */
#ifndef ANALYSIS_FORMATS_ARRAY_LISTING_H
#define ANALYSIS_FORMATS_ARRAY_LISTING_H

#include <analysis/matrix.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

typedef struct ana_listed_array {
    char *name;     /**< "layer4", "/gap/layer1": unique in the listing */
    char *location; /**< what ana_matrix_read and ana_array_rows_open take */
    size_t n_axes;
    size_t shape[ANA_MAX_AXES];
} ana_listed_array;

/** All owned. */
typedef struct ana_array_listing {
    size_t n;
    size_t capacity;
    ana_listed_array *arrays;
    size_t n_skipped; /**< arrays that are no real numbers, or have more than ANA_MAX_AXES axes */
} ana_array_listing;

/** *out = the arrays of a file (.npy, .npz, .safetensors, .h5, .mat, .csv), of a group of an HDF5
 *  file ("file.h5:/gap"), or of a folder: that of several .npy or .safetensors files has the arrays
 *  of each, that of one .npz for each stimulus has the arrays that all of them hold, each with the
 *  files as its first axis (array_io.h). A location of one array ("file.npz:layer4") lists that
 *  one. Values are not read, except of .mat and .csv.
 *
 *  @return errors of ana_matrix_read; ANA_ERR_VALUE when there is none. `run` may be NULL. */
ANA_API ANA_USE_RESULT ana_status ana_array_listing_read(const char *location, const ana_run *run,
                                                         ana_array_listing **out);

/** NULL is fine. */
ANA_API void ana_array_listing_free(ana_array_listing *listing);

ANA_END_DECLS

#endif
