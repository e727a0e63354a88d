/** Long-lived memory with overflow checks and the sentence on failure. */
#ifndef ANALYSIS_INTERNAL_MEMORY_H
#define ANALYSIS_INTERNAL_MEMORY_H

#include <analysis/status.h>

#include <stddef.h>

/** *out = n zeroed elements of `size` bytes (never NULL on success, also for n = 0). Freed by
 *  free(). ANA_ERR_MEMORY with `what` and the bytes wanted. `out` is a pointer to any pointer. */
ANA_USE_RESULT ana_status ana_allocate(size_t n, size_t size, const char *what, void *out);

/** Grow *array (n elements of `size` bytes, capacity *capacity) so that it holds `wanted`; doubles.
 *  On failure the array is untouched. */
ANA_USE_RESULT ana_status ana_grow(void *array, size_t *capacity, size_t wanted, size_t size,
                                   const char *what);

/** *out = copy of `text` (NULL stays NULL). Freed by free(). */
ANA_USE_RESULT ana_status ana_copy_text(const char *text, char **out);

/** *out = copy of the first n bytes of `text` with a final NUL. */
ANA_USE_RESULT ana_status ana_copy_bytes_as_text(const char *text, size_t n, char **out);

#endif
