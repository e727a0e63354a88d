/** Deflate and its checksum: the only door to zlib.
 *
 *  What is packed is hostile until proven otherwise: nothing is unpacked beyond the size that was
 *  declared, the memory limit, and a ratio that no honest recording reaches. */
#ifndef ANALYSIS_FORMATS_ZIP_H
#define ANALYSIS_FORMATS_ZIP_H

#include "file.h"

#include <analysis/run.h>

/** Beyond this many bytes unpacked, more than ANA_MAX_RATIO times the packed size is refused. */
#define ANA_FREE_EXPANSION (16U << 20)
#define ANA_MAX_RATIO 250U

/** CRC-32 of ZIP, PNG and gzip over n bytes, continued from `crc` (0 to begin). */
uint32_t ana_crc32(uint32_t crc, const void *bytes, size_t n);

/** Whether `n_packed` bytes of `name` may unpack to `n` bytes: ANA_ERR_FORMAT for an expansion that
 *  is not believed, as above; ANA_ERR_LIMIT over the memory limit. */
ANA_USE_RESULT ana_status ana_check_expansion(const char *name, const ana_run *run,
                                              uint64_t n_packed, uint64_t n);

/** Which wrapping surrounds deflated bytes. */
typedef enum ana_deflate_form {
    ANA_DEFLATE_RAW, /**< as in ZIP */
    ANA_DEFLATE_ZLIB /**< with zlib's header and checksum, as in MAT files and PNG */
} ana_deflate_form;

/** Unpacks a stretch of a file piece by piece. */
typedef struct ana_inflater ana_inflater;

/** Over bytes offset ... offset + n_packed - 1 of `file`, which is borrowed. */
ANA_USE_RESULT ana_status ana_inflater_new(const ana_file *file, uint64_t offset, uint64_t n_packed,
                                           ana_deflate_form form, ana_inflater **out);
/** As many unpacked bytes as there are, at most n; *got is less than n at the end only.
 *  ANA_ERR_FORMAT when the packed bytes are damaged or end early. */
ANA_USE_RESULT ana_status ana_inflater_read_some(ana_inflater *inflater, size_t n, void *out,
                                                 size_t *got);
/** The next n unpacked bytes; ANA_ERR_FORMAT also when there are fewer. */
ANA_USE_RESULT ana_status ana_inflater_read(ana_inflater *inflater, size_t n, void *out);
/** ANA_ERR_FORMAT when unpacked bytes were left, or zlib's checksum does not hold. */
ANA_USE_RESULT ana_status ana_inflater_finish(ana_inflater *inflater);
void ana_inflater_free(ana_inflater *inflater);

/** Where packed bytes go. */
typedef ana_status (*ana_byte_sink)(void *user, const void *bytes, size_t n);

/** Packs bytes piece by piece. */
typedef struct ana_deflater ana_deflater;

ANA_USE_RESULT ana_status ana_deflater_new(ana_deflate_form form, ana_byte_sink sink, void *user,
                                           ana_deflater **out);
/** Pack n more bytes; `last` ends the stream. */
ANA_USE_RESULT ana_status ana_deflater_add(ana_deflater *deflater, const void *bytes, size_t n,
                                           bool last);
void ana_deflater_free(ana_deflater *deflater);

/** *out = the n bytes packed; *n_out their number. Freed by free(). */
ANA_USE_RESULT ana_status ana_deflate(const void *bytes, size_t n, ana_deflate_form form,
                                      unsigned char **out, size_t *n_out);

#endif
