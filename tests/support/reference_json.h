/** Reads the committed reference values of tests/reference/<name>.json.
 *
 *  The file is a tree of objects made by tests/reference/make_<name>.py. Leaves are numbers, texts,
 *  and arrays as {"shape": [...], "values": [flat, row-major]}; "nan", "inf", "-inf" as texts stand
 *  for those doubles. A path such as "case/key" goes down the tree, "" is its root. Whatever is
 *  missing or of another kind fails the running test with its path: a typo cannot pass. */
#ifndef TESTS_SUPPORT_REFERENCE_JSON_H
#define TESTS_SUPPORT_REFERENCE_JSON_H

#include <stdbool.h>
#include <stddef.h>

typedef struct reference reference;

/** Opens ANA_SOURCE_DIR/tests/reference/<name>. */
reference *reference_open(const char *name);
void reference_close(reference *root);

/** Fixtures of a group of tests, whose state is maths.json or signal.json. */
int open_maths_reference(void **state);
int open_signal_reference(void **state);
int close_reference(void **state);

bool reference_has(const reference *root, const char *path);
double reference_number(const reference *root, const char *path);
size_t reference_size(const reference *root, const char *path);
const char *reference_text(const reference *root, const char *path);

/** The n values of an array, flat; owned by `root`, one copy for each call. `n` may be NULL. */
const double *reference_doubles(reference *root, const char *path, size_t *n);

/** The same as size_t; fails on a value that is none. */
const size_t *reference_sizes(reference *root, const char *path, size_t *n);

/** Length of one axis of an array. */
size_t reference_axis(const reference *root, const char *path, size_t axis);

/** Number of members of an object, and the name of the i-th in the file's order (sorted). */
size_t reference_count(const reference *root, const char *path);
const char *reference_key(const reference *root, const char *path, size_t i);

#endif
