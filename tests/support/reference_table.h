/** Functions of a few numbers against a reference table {"arguments": rows, "results": values}. */
#ifndef TESTS_SUPPORT_REFERENCE_TABLE_H
#define TESTS_SUPPORT_REFERENCE_TABLE_H

#include "support/reference_json.h"

/** A function under test, with the row of its arguments. */
typedef double (*tabled_function)(const double *arguments, size_t n);

/** Every row agrees: |value - result| <= absolute + relative |result|; else the test fails with the
 *  row. A table without rows fails too. */
void check_table(reference *root, const char *path, tabled_function function, double absolute,
                 double relative);

#endif
