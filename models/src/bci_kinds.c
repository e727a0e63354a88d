/* The language of pipelines: every step, in the order of the help. */
#include "bci_kinds.h"

const bci_kind *const ana_bci_kinds[] = {
    &ana_bci_band, &ana_bci_acm, &ana_bci_cov, &ana_bci_tangent, &ana_bci_mdm, NULL,
};
