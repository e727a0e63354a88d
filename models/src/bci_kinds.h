/** Every step of pipelines, each in a file bci_step_<name>.c. */
#ifndef MODELS_BCI_KINDS_H
#define MODELS_BCI_KINDS_H

#include "bci_step.h"

extern const bci_kind ana_bci_band;
extern const bci_kind ana_bci_acm;
extern const bci_kind ana_bci_xdawn;
extern const bci_kind ana_bci_csp_space;
extern const bci_kind ana_bci_cov;
extern const bci_kind ana_bci_erpcov;
extern const bci_kind ana_bci_cospectra;
extern const bci_kind ana_bci_whiten;
extern const bci_kind ana_bci_rank;
extern const bci_kind ana_bci_potato;
extern const bci_kind ana_bci_recentre;
extern const bci_kind ana_bci_rescale;
extern const bci_kind ana_bci_rotate;
extern const bci_kind ana_bci_xdawncov;
extern const bci_kind ana_bci_select_channels;
extern const bci_kind ana_bci_logvar;
extern const bci_kind ana_bci_psd;
extern const bci_kind ana_bci_connectivity;
extern const bci_kind ana_bci_tangent;
extern const bci_kind ana_bci_csp;
extern const bci_kind ana_bci_spoc;
extern const bci_kind ana_bci_fbcsp;
extern const bci_kind ana_bci_cca;
extern const bci_kind ana_bci_select;
extern const bci_kind ana_bci_mdm;
extern const bci_kind ana_bci_mdwm;
extern const bci_kind ana_bci_fgmdm;
extern const bci_kind ana_bci_lda;
extern const bci_kind ana_bci_logistic;
extern const bci_kind ana_bci_svm;
extern const bci_kind ana_bci_kernel_svm;
extern const bci_kind ana_bci_knn;
extern const bci_kind ana_bci_meanfield;
extern const bci_kind ana_bci_trca;

#endif
