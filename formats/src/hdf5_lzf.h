/** The LZF compression that h5py builds in: expanding only. */
#ifndef ANALYSIS_FORMATS_HDF5_LZF_H
#define ANALYSIS_FORMATS_HDF5_LZF_H

#include <stddef.h>

/** LZF's number in the HDF Group's register of filters. */
#define ANA_LZF_FILTER 32000

/** Expand n bytes into out (at most `size` bytes). Returns the bytes made; 0 when the input is
 *  broken or `size` does not suffice. */
size_t ana_lzf_expand(const unsigned char *bytes, size_t n, unsigned char *out, size_t size);

#endif
