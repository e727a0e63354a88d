/** What matrices does a pipeline make of trials, before anything is classified?
 *
 *  The first steps of a pipeline (bci_pipeline.h), up to matrices: band 8-32 | cov oas | recentre.
 *  Steps that learn, learn from all trials and from no label; those that cannot (xdawncov, erpcov,
 *  rotate, ...) are refused. */
#ifndef ANALYSIS_MODELS_BCI_PREFIX_H
#define ANALYSIS_MODELS_BCI_PREFIX_H

#include <analysis/models/bci_trials.h>
#include <analysis/models/spd.h>
#include <analysis/run.h>

ANA_BEGIN_DECLS

typedef struct ana_bci_prefix ana_bci_prefix;

/** *out = the steps of that text, freed by ana_bci_prefix_free. ANA_ERR_VALUE with the step and
 *  what would be right, also for an end that is no matrix or a step that learns from labels;
 *  ANA_ERR_UNSUPPORTED for a family. */
ANA_API ANA_USE_RESULT ana_status ana_bci_prefix_parse(const char *text, ana_bci_prefix **out);
ANA_API void ana_bci_prefix_free(ana_bci_prefix *prefix);

/** The text with every step as it is used; valid as long as the prefix. */
ANA_API const char *ana_bci_prefix_text(const ana_bci_prefix *prefix);

/** *bank (out) = how recordings are filtered before it: for ana_bci_trials_cut. */
ANA_API void ana_bci_prefix_bank(const ana_bci_prefix *prefix, ana_bci_bank *bank);

/** One matrix for each trial; owned. */
typedef struct ana_bci_matrices {
    ana_spd_set set; /**< of `values` */
    double *values;
} ana_bci_matrices;

/** *out = the matrices of all trials, in their order, made in the caller's struct and released by
 *  ana_bci_matrices_release; what the prefix learned from other trials is forgotten. `run` NULL:
 *  the defaults. ANA_ERR_VALUE for a sample that is not finite (with trial and channel) and what
 *  the steps refuse; ANA_ERR_SHAPE for trials of another number of bands. */
ANA_API ANA_USE_RESULT ana_status ana_bci_prefix_apply(ana_bci_prefix *prefix,
                                                       const ana_bci_trials *trials,
                                                       const ana_run *run, ana_bci_matrices *out);
ANA_API void ana_bci_matrices_release(ana_bci_matrices *matrices);

ANA_END_DECLS

#endif
