/** Records to and from files: HDF5 (.h5), JSON (.json), or a folder of .npy with result.json. */
#ifndef ANALYSIS_FORMATS_RECORD_IO_H
#define ANALYSIS_FORMATS_RECORD_IO_H

#include <analysis/record.h>
#include <analysis/status.h>

ANA_BEGIN_DECLS

/** Write by the ending of `path`; anything without an ending is a folder. Equal records give equal
 *  bytes. Whole or not at all, the old file intact. Folders that writing to this path left an hour
 *  ago or more, when its process was killed, are removed. ANA_ERR_IO with the reason (disk full, no
 *  permission). */
ANA_API ANA_USE_RESULT ana_status ana_record_write(const ana_record *record, const char *path);

/** *out = the record saved there; reads back every number to the same bits. */
ANA_API ANA_USE_RESULT ana_status ana_record_read(const char *path, ana_record **out);

/** *out = the record as JSON text: numbers with 17 significant digits, NaN and infinities null
 *  (with "nonfinite" beside them, so that they read back); freed by free(). */
ANA_API ANA_USE_RESULT ana_status ana_record_to_json(const ana_record *record, char **out);

/** Hex SHA-256 of a file's bytes in `digest`, and its size. */
ANA_API ANA_USE_RESULT ana_status ana_file_digest(const char *path, char digest[65], size_t *size);

ANA_END_DECLS

#endif
