/** Are these trials fit to learn from? Channels that are flat, bridged, gross or in another unit,
 *  the rank of the covariances with its cause, and trials that are artefacts.
 *
 *  A channel is measured by the median over trials of its standard deviation, and compared with the
 *  median channel. Two channels are bridged when their correlation over all trials reaches
 *  `bridge`. Everything else is found with each channel over its own deviation, so that neither
 *  unit nor gain counts: the rank (`spd_rank.h`), and z of every trial in a Riemannian potato
 *  (`riemannian_potato.h`) of covariances shrunk by OAS, in the subspace that all trials have.
 *
 *  Sources: Barachant, Andreev & Congedo 2013 (artefacts); Chen et al. 2010 (OAS). */
#ifndef ANALYSIS_MODELS_BCI_CHECK_H
#define ANALYSIS_MODELS_BCI_CHECK_H

#include <analysis/models/bci_trials.h>
#include <analysis/models/spd_rank.h>
#include <analysis/options.h>
#include <analysis/record.h>

ANA_BEGIN_DECLS

typedef struct ana_bci_check_options {
    ana_spd_rank_options rank; /**< its run serves all; n_times and channels are the trials' own */
    double artefact;           /**< z at and above which a trial is an artefact; default 3 */
    double gross;  /**< times the median channel's deviation at and above which a channel is gross,
                        and at and below whose inverse it is weak; default 10 */
    double bridge; /**< correlation at and above which two channels are bridged; default 0.999 */
} ana_bci_check_options;

ANA_API ana_bci_check_options ana_bci_check_options_default(void);

/** Rows for artefact, gross, bridge. */
ANA_API extern const ana_option ana_bci_check_option_table[];

typedef enum ana_bci_channel_state {
    ANA_BCI_CHANNEL_GOOD,
    ANA_BCI_CHANNEL_FLAT,       /**< its deviation is at most 1e-9 of the median channel's */
    ANA_BCI_CHANNEL_OTHER_UNIT, /**< its unit is not the first channel's, or its deviation 300 times
                                     the median channel's, or at most the inverse of that */
    ANA_BCI_CHANNEL_GROSS,      /**< as a loose electrode */
    ANA_BCI_CHANNEL_WEAK,       /**< as one near the reference, or shorted */
    ANA_BCI_CHANNEL_BRIDGED     /**< nothing else is wrong, but another channel is the same */
} ana_bci_channel_state;

/** "good", "flat", "other unit", "gross", "weak", "bridged". */
ANA_API const char *ana_bci_channel_state_name(ana_bci_channel_state state);

/** All owned. */
typedef struct ana_bci_check {
    size_t n_trials;
    size_t n_channels;
    double *deviations; /**< n_channels: median over trials of the standard deviation (divisor
                             n_times), in the trials' unit */
    double *ratios; /**< n_channels: over that of the median channel that varies; 0: none does */
    ana_bci_channel_state *states; /**< n_channels */
    char **notes;                  /**< n_channels: what is wrong; NULL: nothing */
    size_t rank;         /**< of the mean covariance, as `spd_rank.h` has it; 0: nothing varies */
    char *rank_sentence; /**< with its cause where it is not full */
    double *z;           /**< n_trials: infinite where nothing varies; NaN: not judged */
    bool *artefacts;     /**< n_trials */
    size_t n_artefacts;
    char *unjudged; /**< why no trial has a z; NULL: they have */
} ana_bci_check;

/** *out = what is wrong with trials of one band; freed by ana_bci_check_free. Nothing that is wrong
 *  with the signals is an error but a sample that is not finite.
 *
 *  @param units    n_channels, of each channel (NULL: not known); NULL: all alike
 *  @param options  NULL: the defaults
 *  @return ANA_ERR_SHAPE for trials of several bands; ANA_ERR_VALUE for options out of range and,
 *          with trial and channel, a sample that is not finite; ANA_ERR_MEMORY */
ANA_API ANA_USE_RESULT ana_status ana_bci_check_trials(const ana_bci_trials *trials,
                                                       const char *const *units,
                                                       const ana_bci_check_options *options,
                                                       ana_bci_check **out);

/** *out = a record of it: "schema" is "bci-check"; channels, rank, artefacts, and figures of
 *  deviations and z. Trials and options are those it was made with. */
ANA_API ANA_USE_RESULT ana_status ana_bci_check_to_record(const ana_bci_check *check,
                                                          const ana_bci_trials *trials,
                                                          const ana_bci_check_options *options,
                                                          ana_record **out);

ANA_API void ana_bci_check_free(ana_bci_check *check);

ANA_END_DECLS

#endif
