/** Comparison of the states' reference files with what the library computes: compare_<name>.c holds
 *  the files <name>*.h5, and has one row in the table of main.c. */
#ifndef TESTS_REFERENCE_STATES_H
#define TESTS_REFERENCE_STATES_H

#include "support/reference_folder.h"

/* One for each file. */
void compare_basis(const h5_reference *file, tally *counts);
void compare_bicluster(const h5_reference *file, tally *counts);
void compare_glmhmm_categorical(const h5_reference *file, tally *counts);
void compare_gof(const h5_reference *file, tally *counts);
void compare_hmm_core(const h5_reference *file, tally *counts);
void compare_poisson_glm(const h5_reference *file, tally *counts);
void compare_onehot(const h5_reference *file, tally *counts);
void compare_poisson_hmm(const h5_reference *file, tally *counts);
void compare_pop_glmhmm(const h5_reference *file, tally *counts);

/* What they share. */

/** Call `compare` for each group of the file: a case. A dataset outside of them that is no input
 *  fails. */
void compare_groups(const h5_reference *file,
                    void (*compare)(const h5_reference *file, const char *name, tally *counts),
                    tally *counts);

/** Compare the dataset at `path`, by its name, with the answers; false when the name is not
 *  known. */
typedef bool (*quantity_comparison)(const h5_reference *file, const char *path,
                                    const char *quantity, const void *answers, tally *counts);

/** Compare each dataset of a case ("/": of the whole file) that is not for reading, and count the
 *  case; a name that `compare` does not know fails. */
void compare_case(const h5_reference *file, const char *name, quantity_comparison compare,
                  const void *answers, tally *counts);

/** Compare a whole array with the dataset's tolerances; `scale` multiplies the absolute one. Of the
 *  kind "bound", a value may be larger than the file's. */
void compare_array(const h5_reference *file, const char *path, size_t n, const double *values,
                   double scale, tally *counts);

/** The tolerances of a dataset; 0 where the file gives none. */
typedef struct tolerance {
    double absolute;
    double relative;
} tolerance;
tolerance tolerance_of(const h5_reference *file, const char *path);

/** Whether a dataset is an input, or a value kept for reading only. */
bool is_for_reading(const h5_reference *file, const char *path);

#endif
