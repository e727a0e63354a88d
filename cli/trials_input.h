/** Inputs as trials of conditions: rows labelled by what was shown. */
#ifndef CLI_TRIALS_INPUT_H
#define CLI_TRIALS_INPUT_H

#include "job.h"

#include <analysis/models/responses.h>

/** *out = the rows of one input, labelled by their conditions: by the first column of the table
 *  `conditions` (a row of it for each row), else by the labels that the input comes with, else
 *  each row a condition of its own, called by its number. ANA_ERR_VALUE for no rows; ANA_ERR_SHAPE
 *  for a table of another length. */
ANA_USE_RESULT ana_status trials_input(command_job *job, const char *input, const char *conditions,
                                       ana_observations **out);

/** The same, but an array of four axes is stimulus x unit x unit x unit, as layers that convolve
 *  have, and one of three axes stimulus x trial x unit: its trials become sequences,
 *  and the table holds an id for each stimulus; and every labelled interval of a recording is a
 *  trial of its label. */
ANA_USE_RESULT ana_status trials_of_stimuli(command_job *job, const char *input,
                                            const char *conditions, ana_observations **out);

/** The same; *is_numbered: rows have no ids, and are called by their places. */
ANA_USE_RESULT ana_status trials_of_rows(command_job *job, const char *input,
                                         const char *conditions, bool *is_numbered,
                                         ana_observations **out);

/** Responses (means over trials) of the same, called `name`; `trials` may be NULL. */
ANA_USE_RESULT ana_status trials_and_means(command_job *job, const char *input, const char *name,
                                           const char *conditions, ana_observations **trials,
                                           ana_responses **out);

/** *out = the first column of the table as n ids, freed by ana_texts_free. ANA_ERR_SHAPE for a
 *  table of another length, ANA_ERR_VALUE for a row without an id. */
ANA_USE_RESULT ana_status trials_ids(const char *path, const ana_run *run, size_t n, char ***out);

/** Label rows that are there already, by the same rule. */
ANA_USE_RESULT ana_status trials_label(command_job *job, const char *conditions,
                                       ana_observations *rows);

/** Label rows by an id for each; conditions stand in the order in which they are met; a row whose
 *  id is NULL has none. */
ANA_USE_RESULT ana_status trials_label_by_ids(const char *const *ids, ana_observations *rows);

/** *out = n ids, one for each of what `of` calls them: the first column of a table. Freed by
 *  ana_texts_free. */
ANA_USE_RESULT ana_status trials_read_ids(const char *path, const ana_run *run, size_t n,
                                          const char *of, char ***out);

/** *out = a cell as text, to be freed; NULL: missing. */
ANA_USE_RESULT ana_status trials_cell_text(const ana_column *column, size_t row, char **out);

/** *out = a row for each stretch of rows of one label, their mean over time; sequence k holds the
 *  k-th such trial of each label. The rows' names go over to *out. ANA_ERR_VALUE when no row has a
 *  label. */
ANA_USE_RESULT ana_status trials_of_intervals(ana_observations *rows, ana_observations **out);

#endif
