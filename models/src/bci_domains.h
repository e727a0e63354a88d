/** The sessions of a batch as domains, for steps that bring them together. */
#ifndef MODELS_BCI_DOMAINS_H
#define MODELS_BCI_DOMAINS_H

#include "bci_step.h"
#include "workspace.h"

#include <analysis/models/domain_transfer.h>

/** The domains that the items are of, numbered in rising order without gaps; one where they are
 *  not known. Memory of the workspace. */
ANA_USE_RESULT ana_status ana_bci_domains(const bci_teacher *teacher, size_t n_items,
                                          ana_workspace *workspace, ana_domains *out);

/** What a learned array of n matrices of these rows is: n x rows x columns. */
ana_shape ana_bci_matrices_shape(const bci_shape *in, size_t n, const char *what);

#endif
