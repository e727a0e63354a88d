/** reference.alignment: values of rsatoolbox and other peers, and definitions where those are
 * wrong; compare_<name>.c holds the file <name>.h5, and has one row in the table of main.c. Every
 * output carries its own tolerance. */
#ifndef TESTS_REFERENCE_ALIGNMENT_H
#define TESTS_REFERENCE_ALIGNMENT_H

#include "support/reference_folder.h"

#include <analysis/observations.h>

/** Noise covariances and dissimilarity matrices. */
void compare_rdm(const h5_reference *file, tally *counts);

/** Similarities of matrices. */
void compare_compare(const h5_reference *file, tally *counts);

/** Models against subjects: pools, ceilings, tests. */
void compare_inference(const h5_reference *file, tally *counts);

/** Distances of shape, matched units. */
void compare_shape(const h5_reference *file, tally *counts);

/** Layers and models against measured subjects. */
void compare_real(const h5_reference *file, tally *counts);

/** Topological transforms. */
void compare_trsa(const h5_reference *file, tally *counts);

/** Kernel analysis, retrieval and decoding of stimuli. */
void compare_decoding(const h5_reference *file, tally *counts);

/** Alignment and canonical correlations of the networks of real.h5: part of compare_real. */
void compare_real_kernels(const h5_reference *file, tally *counts);

/** Layers of real.h5 against subjects, from the raw files: part of compare_real. */
void compare_real_alignment(const h5_reference *file, tally *counts);

/** Canonical correlations. */
void compare_cca(const h5_reference *file, tally *counts);

/** Centred kernel alignment, and similarity of similarity matrices. */
void compare_cka(const h5_reference *file, tally *counts);

/** Delay embedding, dynamics, and their distances. */
void compare_dsa(const h5_reference *file, tally *counts);

/** Maps from features to units, reliability, predictivity. */
void compare_encoding(const h5_reference *file, tally *counts);

/** Hold n values against the output at `path` to its attributes "rtol" and "atol": a case. */
void compare_output(const h5_reference *file, const char *path, size_t n, const double *values,
                    tally *counts);

/** The same where the file's own inputs say less: to `least` at the best. */
void compare_output_within(const h5_reference *file, const char *path, size_t n,
                           const double *values, double least, tally *counts);

/** The rows of <group>/in/X, labelled by in/cond and cut into sequences by in/fold (sorted by it,
 *  rows of a fold keep their order). */
ana_observations *read_trials(const h5_reference *file, const char *group);

#endif
