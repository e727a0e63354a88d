/** What is to be drawn from a fitted model: how many sequences of how many rows. */
#ifndef CLI_DRAWING_H
#define CLI_DRAWING_H

#include "glm_inputs.h"

typedef struct drawing_options {
    ana_run run;
    size_t n_rows;      /**< of each sequence; default 10000 */
    size_t n_sequences; /**< default 1 */
    glm_input_options inputs;
} drawing_options;

drawing_options drawing_options_default(void);
extern const ana_option drawing_option_table[]; /**< rows, sequences */

/** Lengths of the sequences, and covariates of their rows (NULL: none). */
typedef struct drawing {
    size_t *lengths;
    ana_observations *covariates;
    ana_observations *inputs; /**< of the transitions; NULL: none */
    ana_observations *both;   /**< NULL unless there are covariates and inputs */
} drawing;

/** Covariates, then inputs; NULL: neither. */
const ana_observations *drawing_columns(const drawing *drawn);

/** ANA_ERR_LIMIT when so many rows of n_units do not fit the memory. */
ANA_USE_RESULT ana_status drawing_prepare(const drawing_options *options, size_t n_units,
                                          drawing *out);
void drawing_release(drawing *drawn);

#endif
