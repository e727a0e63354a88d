/** A folder of a test's own, removed with all that is in it. */
#ifndef TESTS_SUPPORT_SCRATCH_H
#define TESTS_SUPPORT_SCRATCH_H

#include <stddef.h>

/** Path of `name` in the folder, which is made at the first call and removed when the program
 *  ends. The text is one of 64 that are used in turn. */
const char *scratch(const char *name);

/** Write n bytes to scratch(name); returns its path. */
const char *scratch_file(const char *name, const void *bytes, size_t n);

/** All bytes of a file and their number; freed by free(). Fails the test when it cannot. */
unsigned char *read_bytes(const char *path, size_t *n);

#endif
