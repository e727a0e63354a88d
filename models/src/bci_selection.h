/** What steps share that keep some of the features, channels or rows; and lists of numbers as
 * texts.
 */
#ifndef MODELS_BCI_SELECTION_H
#define MODELS_BCI_SELECTION_H

#include "bci_step.h"
#include "workspace.h"

/** Keep the numbers (n of them) as learned array `which`. */
ANA_USE_RESULT ana_status ana_bci_keep_selection(bci_step *step, size_t which, size_t n,
                                                 const size_t *selected);

/** Learned array `which` as numbers below n_from; *selected (n of them) is of the workspace.
 *  ANA_ERR_FORMAT when it is missing, empty, or holds something else. */
ANA_USE_RESULT ana_status ana_bci_selection(const bci_step *step, size_t which, size_t n_from,
                                            ana_workspace *workspace, size_t *n, size_t **selected);

enum {
    BCI_MAX_NUMBERS = 64
};

typedef struct bci_numbers {
    size_t n;
    double values[BCI_MAX_NUMBERS];
} bci_numbers;

/** Numbers with commas between. ANA_ERR_VALUE in a sentence about `what` for none, too many, or one
 *  outside [least, most]. */
ANA_USE_RESULT ana_status ana_bci_parse_numbers(const char *text, const char *what, double least,
                                                double most, bci_numbers *out);

#endif
