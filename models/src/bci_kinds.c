/* The language of pipelines: every step, in the order of the help. */
#include "bci_kinds.h"

const bci_kind *const ana_bci_kinds[] = {
    /* signals */
    &ana_bci_band,
    &ana_bci_acm,
    /* to matrices */
    &ana_bci_cov,
    &ana_bci_erpcov,
    &ana_bci_cospectra,
    /* matrices */
    &ana_bci_rank,
    &ana_bci_whiten,
    &ana_bci_potato,
    &ana_bci_recentre,
    &ana_bci_rescale,
    &ana_bci_rotate,
    /* to vectors */
    &ana_bci_tangent,
    &ana_bci_csp,
    /* classifiers */
    &ana_bci_mdm,
    &ana_bci_mdwm,
    &ana_bci_fgmdm,
    &ana_bci_lda,
    &ana_bci_logistic,
    &ana_bci_svm,
    NULL,
};
