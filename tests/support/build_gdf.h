/** GDF files of a few signals, field by field, for tests of the reader. */
#ifndef TESTS_SUPPORT_BUILD_GDF_H
#define TESTS_SUPPORT_BUILD_GDF_H

#include <stdbool.h>
#include <stddef.h>

enum {
    GDF_RECORDS = 5,
    GDF_SIGNALS = 4 /**< int16 (4 a record), int24 (4), float32 (2), 24 bits unsigned (1) */
};

typedef struct gdf_plan {
    int version;         /**< 100 times: 125, 193, 210, 251 */
    bool double_seconds; /**< the record's duration is a double, not a ratio */
    long long n_records; /**< as the header says; GDF_RECORDS are there */
    int mode;            /**< of the event table: 1, 3 or 7; 0: no table */
    bool tags;           /**< a third header, which describes code 2 as "go" */
} gdf_plan;

/** Stored number t of signal s, a whole number of at most 16 bits. */
int gdf_sample(size_t s, size_t t);

/** Writes the file: three events at samples 1, 5 and 9 with codes 769, 2 and 33024, lasting 4, 0
 *  and 8 samples where the mode has durations, the second of signal 2 alone. */
bool write_gdf(const char *path, const gdf_plan *plan);

#endif
