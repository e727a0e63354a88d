/** Arrays of columns that stand beside the counts: read, named, put side by side. */
#ifndef CLI_GLM_COLUMNS_H
#define CLI_GLM_COLUMNS_H

#include <analysis/matrix.h>
#include <analysis/observations.h>
#include <analysis/run.h>

/** An array of n_rows rows. */
ANA_USE_RESULT ana_status glm_read_matrix(const char *path, const ana_run *run, size_t n_rows,
                                          ana_matrix **out);

/** *out = the array in that file as rows of the given sequences; NULL without a path. */
ANA_USE_RESULT ana_status glm_read_covariates(const char *path, const ana_run *run,
                                              size_t n_sequences, const size_t *lengths,
                                              ana_observations **out);

/** The same of the sequences that `counts` has. */
ANA_USE_RESULT ana_status glm_read_like(const char *path, const ana_run *run,
                                        const ana_observations *counts, ana_observations **out);

/** Ids of the columns: `list` with commas between, or NULL for PREFIX1, PREFIX2, ...; `what` begins
 *  the sentence when there are too few or too many. */
ANA_USE_RESULT ana_status glm_name_columns(const char *list, const char *what, const char *prefix,
                                           ana_observations *made);

/** *out = rows with those inputs after their own features. */
ANA_USE_RESULT ana_status glm_append_inputs(const ana_observations *rows,
                                            const ana_observations *inputs, ana_observations **out);

/** *out = the array of that path as rows like those of `rows`, with names; NULL without a path. */
ANA_USE_RESULT ana_status glm_read_named(const char *path, const char *names, const char *what,
                                         const ana_run *run, const ana_observations *rows,
                                         ana_observations **out);

#endif
