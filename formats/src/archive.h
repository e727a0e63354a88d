/** ZIP archives (zip64 included) over the deflate of zip.h: what an .npz is. */
#ifndef ANALYSIS_FORMATS_ARCHIVE_H
#define ANALYSIS_FORMATS_ARCHIVE_H

#include "file.h"

#include <analysis/run.h>

/** One file in an archive. */
typedef struct ana_zip_entry {
    char *name;
    uint64_t n_packed;
    uint64_t n_bytes;
    uint64_t offset; /**< of the packed bytes in the archive */
    uint32_t crc;
    bool deflated; /**< else stored as it is */
} ana_zip_entry;

typedef struct ana_zip {
    const ana_file *file; /**< borrowed */
    size_t n_entries;
    ana_zip_entry *entries; /**< in the order of the table of contents */
} ana_zip;

/** The table of contents, checked against the file's length. ANA_ERR_UNSUPPORTED for encrypted
 *  entries, other methods than stored and deflated, and archives in several volumes. */
ANA_USE_RESULT ana_status ana_zip_open(const ana_file *file, ana_zip **out);
void ana_zip_close(ana_zip *zip);

/** The entry of that name, or NULL. */
const ana_zip_entry *ana_zip_find(const ana_zip *zip, const char *name);

/** *out = the entry's n_bytes unpacked bytes, checksum verified. Freed by free(). */
ANA_USE_RESULT ana_status ana_zip_read(const ana_zip *zip, const ana_zip_entry *entry,
                                       const ana_run *run, unsigned char **out);
/** The first n unpacked bytes (fewer when there are no more), without the checksum. */
ANA_USE_RESULT ana_status ana_zip_read_head(const ana_zip *zip, const ana_zip_entry *entry,
                                            size_t n, void *out, size_t *got);
/** The checksum of a stored entry, by blocks; ANA_ERR_FORMAT when it differs. */
ANA_USE_RESULT ana_status ana_zip_verify(const ana_zip *zip, const ana_zip_entry *entry);

/** Writes an archive into an atomic file. Every entry's time is 1980-01-01, so that equal contents
 *  give equal bytes. */
typedef struct ana_zip_writer ana_zip_writer;

/** `atomic` is borrowed, open and at its beginning. */
ANA_USE_RESULT ana_status ana_zip_writer_new(ana_atomic *atomic, ana_zip_writer **out);
/** Begin an entry of exactly n_bytes bytes, given by any number of ana_zip_writer_add.
 *  ANA_ERR_VALUE when the name is taken. */
ANA_USE_RESULT ana_status ana_zip_writer_begin(ana_zip_writer *writer, const char *name,
                                               uint64_t n_bytes, bool deflated);
ANA_USE_RESULT ana_status ana_zip_writer_add(ana_zip_writer *writer, const void *bytes, size_t n);
/** ANA_ERR_SHAPE when fewer or more bytes were added than announced. */
ANA_USE_RESULT ana_status ana_zip_writer_end(ana_zip_writer *writer);
/** The table of contents; the caller then commits the atomic file. */
ANA_USE_RESULT ana_status ana_zip_writer_finish(ana_zip_writer *writer);
void ana_zip_writer_free(ana_zip_writer *writer);

#endif
