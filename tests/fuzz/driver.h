/** What every fuzzer does with its bytes: write them where a reader finds them, read all there is.
 */
#ifndef TESTS_FUZZ_DRIVER_H
#define TESTS_FUZZ_DRIVER_H

#include <stddef.h>
#include <stdint.h>

/** Read the n bytes as a file of that format ("edf", ..., "record_json", "record_h5"), or as what
 * comes through a pipe ("live_frames", "live_csv"), and look at all of it. Whatever the bytes are,
 * this returns. */
void drive(const char *format, const uint8_t *bytes, size_t n);

/** *bytes = a small valid file of that format, made by our own writer, of *n bytes; freed by
 * free(). NULL when the format has no writer. */
void make_seed(const char *format, uint8_t **bytes, size_t *n);

/** Ending that files of the format have: ".edf". */
const char *ending_of(const char *format);

#endif
