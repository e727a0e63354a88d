/** Are these trials fit to learn from? Channels that are flat, bridged, gross or in another unit,
 *  the rank of the covariances with its cause, and trials that are artefacts.
 *
 *  A channel is measured by the median over trials of its standard deviation, and compared with the
 *  median channel. Two channels are bridged when their correlation over all trials reaches
 *  `bridge`. Everything else is found with each channel over its own deviation, so that neither
 *  unit nor gain counts: the rank (`spd_rank.h`), and z of every trial in a Riemannian potato
 *  (`riemannian_potato.h`) of covariances shrunk by OAS, in the subspace that all trials have. */
#ifndef ANALYSIS_MODELS_BCI_CHECK_H
#define ANALYSIS_MODELS_BCI_CHECK_H

#include <analysis/models/bci_trials.h>
#include <analysis/models/spd_rank.h>
#include <analysis/options.h>
#include <analysis/record.h>

ANA_BEGIN_DECLS

typedef struct ana_bci_check_options {
    ana_spd_rank_options rank; /**< its run serves all */
    double artefact;           /**< z at and above which a trial is an artefact; default 3 */
    double gross;  /**< times the median channel's deviation, or less than its inverse, that a
                        channel stands out; default 10 */
    double bridge; /**< correlation of bridged channels; default 0.999 */
} ana_bci_check_options;

ANA_API ana_bci_check_options ana_bci_check_options_default(void);

/** Rows for artefact, gross, bridge. */
ANA_API extern const ana_option ana_bci_check_option_table[];

typedef enum ana_bci_channel_state {
    ANA_BCI_CHANNEL_GOOD,
    ANA_BCI_CHANNEL_FLAT,
    ANA_BCI_CHANNEL_OTHER_UNIT, /**< its unit is not the first channel's, or its deviation 300 times
                                     the median or less than its inverse */
    ANA_BCI_CHANNEL_GROSS,
    ANA_BCI_CHANNEL_WEAK,
    ANA_BCI_CHANNEL_BRIDGED
} ana_bci_channel_state;

/** "good", "flat", "other unit", "gross", "weak", "bridged". */
ANA_API const char *ana_bci_channel_state_name(ana_bci_channel_state state);

/** All owned. */
typedef struct ana_bci_check {
    size_t n_trials;
    size_t n_channels;
    double *deviations; /**< n_channels: median over trials, in the trials' unit */
    double *ratios;     /**< n_channels: over the median channel's; 0 where all are flat */
    ana_bci_channel_state *states; /**< n_channels */
    char **notes;                  /**< n_channels: what is wrong; NULL: nothing */
    size_t rank;
    char *rank_sentence;
    double *z;       /**< n_trials: infinite where nothing varies; NaN: not judged */
    bool *artefacts; /**< n_trials */
    size_t n_artefacts;
    char *unjudged; /**< why no trial has a z; NULL: they have */
} ana_bci_check;

/** *out = what is wrong with trials of one band. Nothing that is wrong with the signals is an error
 *  but a sample that is not finite (ANA_ERR_VALUE with trial and channel).
 *
 *  @param units  n_channels, NULL where there is none; or NULL: all alike
 *  @return ANA_ERR_SHAPE for trials of several bands, ANA_ERR_VALUE for options out of range */
ANA_API ANA_USE_RESULT ana_status ana_bci_check_trials(const ana_bci_trials *trials,
                                                       const char *const *units,
                                                       const ana_bci_check_options *options,
                                                       ana_bci_check **out);

/** *out = a record of it: "schema" is "bci-check"; channels, rank, artefacts, and figures of
 *  deviations and z. */
ANA_API ANA_USE_RESULT ana_status ana_bci_check_to_record(const ana_bci_check *check,
                                                          const ana_bci_trials *trials,
                                                          const ana_bci_check_options *options,
                                                          ana_record **out);

ANA_API void ana_bci_check_free(ana_bci_check *check);

ANA_END_DECLS

#endif
