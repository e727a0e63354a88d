/** A set of places in files, to find what was met before. */
#ifndef ANALYSIS_FORMATS_HDF5_TOKENS_H
#define ANALYSIS_FORMATS_HDF5_TOKENS_H

#include "hdf5_file.h"

#include <stdbool.h>
#include <stddef.h>

/** By hashing of addresses, which are not 0; at most half full. Begins zeroed. */
typedef struct ana_hdf5_tokens {
    ana_hdf5_token *items; /**< address 0: free */
    size_t n;
    size_t capacity; /**< a power of two */
} ana_hdf5_tokens;

bool ana_hdf5_tokens_have(const ana_hdf5_tokens *set, ana_hdf5_token token);
/** *seen = whether the token was met before; now it is. */
ANA_USE_RESULT ana_status ana_hdf5_tokens_meet(ana_hdf5_tokens *set, ana_hdf5_token token,
                                               bool *seen);
void ana_hdf5_tokens_release(ana_hdf5_tokens *set);

#endif
