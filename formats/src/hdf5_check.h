/** The structure of an HDF5 file, held against the format's rules before HDF5 itself sees it.
 *
 *  HDF5 1.10 trusts what it reads: offsets that leave their heap, trees that lead in circles, types
 *  of 0 bytes and texts longer than they say make it crash, hang or take all memory. So every
 *  object is checked here, over bounds-checked bytes, before HDF5 is let near it: the superblock
 *  and the root when a file is opened, each further object when a link leads to it. Samples are
 *  not read, so the cost is that of the object's header, names and chunk tree.
 *
 *  Source: HDF5 File Format Specification, version 3.0. */
#ifndef ANALYSIS_FORMATS_HDF5_CHECK_H
#define ANALYSIS_FORMATS_HDF5_CHECK_H

#include "file.h"

/** What is known of one file. */
typedef struct ana_hdf5_check ana_hdf5_check;

/** Checks the superblock and the root group. ANA_ERR_IO; ANA_ERR_FORMAT with the byte;
 *  ANA_ERR_UNSUPPORTED for versions that are not known. */
ANA_USE_RESULT ana_status ana_hdf5_check_open(const char *path, ana_hdf5_check **out);
void ana_hdf5_check_close(ana_hdf5_check *check);
/** Bytes of the file. */
uint64_t ana_hdf5_check_size(const ana_hdf5_check *check);

/** The object whose header is at `address` (as HDF5 counts: from the superblock), its attributes,
 *  the names of a group, the chunks of a dataset. Each object once. */
ANA_USE_RESULT ana_status ana_hdf5_check_object(ana_hdf5_check *check, uint64_t address);

/** Bytes that a text of variable length takes where it is referred to. */
size_t ana_hdf5_check_text_bytes(const ana_hdf5_check *check);

/** n texts of variable length as they are stored (length, heap, number) at byte `offset` of the
 *  file: each must be in its heap and as long as it says. */
ANA_USE_RESULT ana_status ana_hdf5_check_texts(ana_hdf5_check *check, const void *stored, size_t n,
                                               uint64_t offset);
/** The same for all texts of a dataset that is not chunked. */
ANA_USE_RESULT ana_status ana_hdf5_check_dataset_texts(ana_hdf5_check *check, uint64_t address);

#endif
