/** Reference values in HDF5 files, for reference tests: what is in a group, datasets as doubles or
 *  texts, and the attributes that say how close an answer has to be. */
#ifndef TESTS_SUPPORT_REFERENCE_H5_H
#define TESTS_SUPPORT_REFERENCE_H5_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define H5_MAX_AXES 8

typedef struct h5_reference h5_reference;

/** NULL when the file is not there or is no HDF5 file. */
h5_reference *h5_reference_open(const char *path);
void h5_reference_close(h5_reference *file);

/** Names of what a group ("/" or "case/out") holds, in alphabetical order: n texts. */
typedef struct h5_names {
    size_t n;
    char **names;
} h5_names;

typedef enum h5_kind {
    H5_KIND_GROUP,
    H5_KIND_DATASET
} h5_kind;

/** The groups or the datasets of a group; fails the test when the group is not there. */
h5_names h5_reference_list(const h5_reference *file, const char *group, h5_kind kind);
void h5_names_free(h5_names *names);

/** Number of datasets in the whole file. */
size_t h5_reference_count(const h5_reference *file);

/** Whether there is a group or a dataset of that path. */
bool h5_reference_has(const h5_reference *file, const char *path);

/** A numeric dataset (any integer, float or bool type) widened to double, C order; a scalar has no
 *  axes and n = 1. Complex numbers have a last axis of 2: real, imaginary. */
typedef struct h5_doubles {
    size_t n_axes;
    size_t shape[H5_MAX_AXES];
    size_t n;
    double *values;
} h5_doubles;

/** Fails the test when the dataset is not there or is not numeric. */
h5_doubles h5_reference_doubles(const h5_reference *file, const char *path);
void h5_doubles_free(h5_doubles *doubles);

/** A dataset of integers, exact; 64 bits each. */
typedef struct h5_ints {
    size_t n_axes;
    size_t shape[H5_MAX_AXES];
    size_t n;
    int64_t *values;
} h5_ints;

h5_ints h5_reference_ints(const h5_reference *file, const char *path);
void h5_ints_free(h5_ints *ints);

/** A dataset of fixed-length or variable-length texts (one, for a scalar). */
h5_names h5_reference_texts(const h5_reference *file, const char *path);

/** A numeric attribute of a group or dataset (its first element); `otherwise` when it has none. */
double h5_reference_attribute(const h5_reference *file, const char *path, const char *name,
                              double otherwise);

/** A text attribute, cut to size; false (and "") when there is none. */
bool h5_reference_attribute_text(const h5_reference *file, const char *path, const char *name,
                                 char *text, size_t size);

#endif
