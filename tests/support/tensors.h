/** Files of the format safetensors. */
#ifndef TESTS_SUPPORT_TENSORS_H
#define TESTS_SUPPORT_TENSORS_H

#include <stdbool.h>
#include <stddef.h>

/** Write `header` (JSON) with its length before it, and n bytes of elements behind it. */
bool write_tensors(const char *path, const char *header, const void *elements, size_t n);

/** Three tensors: "layer1" of 6 x 4 floats, "layer2" of 6 x 2 x 2 bfloat16, "count" of 3 int64,
 *  with irregular values, and a fact. */
bool write_example_tensors(const char *path);

#endif
