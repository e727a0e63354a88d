/* The language of pipelines: every step, in the order of the help. */
#include "bci_kinds.h"

const bci_kind *const ana_bci_kinds[] = {
    /* signals */
    &ana_bci_band,
    &ana_bci_acm,
    &ana_bci_xdawn,
    &ana_bci_csp_space,
    /* to matrices */
    &ana_bci_cov,
    &ana_bci_erpcov,
    &ana_bci_cospectra,
    &ana_bci_xdawncov,
    /* matrices */
    &ana_bci_rank,
    &ana_bci_whiten,
    &ana_bci_potato,
    &ana_bci_recentre,
    &ana_bci_rescale,
    &ana_bci_rotate,
    &ana_bci_select_channels,
    /* to vectors */
    &ana_bci_logvar,
    &ana_bci_psd,
    &ana_bci_connectivity,
    &ana_bci_tangent,
    &ana_bci_csp,
    &ana_bci_spoc,
    &ana_bci_fbcsp,
    &ana_bci_cca,
    &ana_bci_select,
    /* classifiers */
    &ana_bci_mdm,
    &ana_bci_mdwm,
    &ana_bci_fgmdm,
    &ana_bci_lda,
    &ana_bci_logistic,
    &ana_bci_svm,
    &ana_bci_kernel_svm,
    &ana_bci_knn,
    &ana_bci_meanfield,
    &ana_bci_trca,
    NULL,
};
