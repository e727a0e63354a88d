/** Files read by position and checked against their length; files written whole or not at all. */
#ifndef ANALYSIS_FORMATS_FILE_H
#define ANALYSIS_FORMATS_FILE_H

#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** An open file, or bytes in memory under a name. Reading is thread-safe (pread). */
typedef struct ana_file ana_file;

ANA_USE_RESULT ana_status ana_file_open(const char *path, ana_file **out);
/** Borrows the bytes. */
ANA_USE_RESULT ana_status ana_file_from_memory(const char *name, const void *bytes, size_t n,
                                               ana_file **out);
/** One more owner, for a source that outlives its reader; returns `file`. */
ana_file *ana_file_share(ana_file *file);
/** Closed when every owner has closed it; takes NULL. */
void ana_file_close(ana_file *file);

const char *ana_file_name(const ana_file *file);
uint64_t ana_file_size(const ana_file *file);

/** All n bytes at `offset`, or ANA_ERR_FORMAT "name: ends at byte ..., but ... are needed". */
ANA_USE_RESULT ana_status ana_file_read(const ana_file *file, uint64_t offset, size_t n, void *out);

/** *out = the whole file with a final NUL (not counted in *n); ANA_ERR_LIMIT above `max` bytes. */
ANA_USE_RESULT ana_status ana_file_read_all(const char *path, size_t max, char **out, size_t *n);

/** Whether the companion `name`, found in a file in `path`, stays in path's folder (by realpath, no
 *  absolute name, no ".."); *out = the joined path, freed by free(). ANA_ERR_FORMAT names the rule
 *  it breaks unless `allow_outside`; ANA_ERR_IO when it is not there. */
ANA_USE_RESULT ana_status ana_file_companion(const char *path, const char *name, bool allow_outside,
                                             char **out);

/** Output that appears under its name only when complete: a temporary file in the same folder,
 *  fsync, rename, folder fsync. */
typedef struct ana_atomic {
    char *final_path;
    char *temporary_path;
    FILE *stream;  /**< NULL after ana_atomic_reserve */
    bool enlisted; /**< ana_files_abandon knows of it */
} ana_atomic;

/** Create the temporary and open it for writing. ANA_ERR_IO with the reason. */
ANA_USE_RESULT ana_status ana_atomic_open(const char *path, ana_atomic *atomic);
/** The same without a stream, for libraries that open files by name. */
ANA_USE_RESULT ana_status ana_atomic_reserve(const char *path, ana_atomic *atomic);
/** Write n bytes, or ANA_ERR_IO ("No space left on device"). */
ANA_USE_RESULT ana_status ana_atomic_write(ana_atomic *atomic, const void *bytes, size_t n);
/** Flush, fsync, rename. On failure the temporary is removed and the old file is intact. */
ANA_USE_RESULT ana_status ana_atomic_commit(ana_atomic *atomic);
/** Remove the temporary unless committed, and free the texts; harmless on a zeroed one. */
void ana_atomic_discard(ana_atomic *atomic);

/** Sentence with the system's reason: "path: cannot be opened: No such file or directory". */
ana_status ana_fail_errno(const char *path, const char *what, int error_number);

#endif
