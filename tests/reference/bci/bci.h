/** Comparison of the BCI's reference files with what the library computes: compare_<name>.c holds
 *  the files <name>*.h5, and has one row in the table of main.c. */
#ifndef TESTS_REFERENCE_BCI_H
#define TESTS_REFERENCE_BCI_H

#include "support/reference_folder.h"

#include <analysis/models/spd.h>

/** The matrices of "C" (good), "Cill" (condition up to 1e8) or "Chpd" (complex); their values are
 *  those of *held. */
ana_spd_set read_spd_set(const h5_reference *file, const char *name, h5_doubles *held);

/** n values against a dataset, as one case: each to `accuracy`, absolute and of itself; or to
 *  `accuracy` of the dataset's largest value. */
void compare_values(const h5_reference *file, const char *path, size_t n, const double *values,
                    double accuracy, tally *counts);
void compare_to_largest(const h5_reference *file, const char *path, size_t n, const double *values,
                        double accuracy, tally *counts);

/** Filters, resampling, spectra of the signals in `in/x`. */
void compare_signal(const h5_reference *file, tally *counts);

/** Distances and functions of positive definite matrices. */
void compare_geometry(const h5_reference *file, tally *counts);

/** Parts of that file: classifiers, spatial filters, transfer between domains, artefacts,
 *  covariances of trials. */
void compare_classifiers(const h5_reference *file, tally *counts);
void compare_filters(const h5_reference *file, tally *counts);
void compare_transfer(const h5_reference *file, tally *counts);
void compare_potato(const h5_reference *file, tally *counts);
void compare_kmeans(const h5_reference *file, tally *counts);
void compare_covariance(const h5_reference *file, tally *counts);

/** Parts of it: kernels, norms, joint diagonalisation, and measures of these matrices; and means
 *  with constructions of their own. */
void compare_kernels(const h5_reference *file, tally *counts);
void compare_means(const h5_reference *file, tally *counts);

/** Parts of signal.h5: scores of events, complexities, maps between two classes,
 *  autoregressive models, connectivity, and the recording in EDF. */
void compare_events(const h5_reference *file, tally *counts);
void compare_complexity(const h5_reference *file, tally *counts);
void compare_class_maps(const h5_reference *file, tally *counts);
void compare_burg(const h5_reference *file, tally *counts);
void compare_connectivity(const h5_reference *file, tally *counts);
void compare_edf(const h5_reference *file, tally *counts);

/** pipelines.json: pipelines in stored folds, on the recordings of data/eeg. The exit status of the
 *  test. */
int compare_pipelines(void);

#endif
