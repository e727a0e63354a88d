/** One record with a picture of every kind, made from seeded random numbers: for golden files, the
 *  gallery and the report's tests. */
#ifndef TESTS_SUPPORT_SAMPLE_RECORDS_H
#define TESTS_SUPPORT_SAMPLE_RECORDS_H

#include <analysis/record.h>

/** A root with title, summary, numbers, hinted groups (children of "figures") and provenance. Fails
 *  the test on any error; freed by ana_record_free. */
ana_record *sample_record(void);

/** Text and array shorthands that fail the test on an error. */
void put_text(ana_record *group, const char *name, const char *text);
void put_list(ana_record *group, const char *name, size_t n, const double *values,
              const char *unit);
void put_table(ana_record *group, const char *name, size_t rows, size_t columns,
               const double *values, const char *unit);
void put_ints(ana_record *group, const char *name, size_t n, const int64_t *values);
void put_names(ana_record *group, const char *name, size_t n, const char *const *names);
ana_record *put_group(ana_record *group, const char *name, ana_hint hint);

#endif
