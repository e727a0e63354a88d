/** Comparison of the BCI's reference files with what the library computes. */
#ifndef TESTS_REFERENCE_BCI_H
#define TESTS_REFERENCE_BCI_H

#include "support/reference_h5.h"
#include "support/shared.h"

/** A file of signals (it has `in/x`): filters, resampling, spectra. Prints what is not read yet. */
void compare_signals(const h5_reference *file, tally *counts);

#endif
