/** Is this window an artefact? The gate in front of a classifier of live signals.
 *
 *  A gate is one Riemannian potato (riemannian_potato.h), of the covariance (Ledoit & Wolf) of all
 *  channels in the first band of the pipeline, which sets windows aside by z; or a field of several
 *  (Barthelemy et al. 2019), each of some channels in a band of its own, which sets windows aside
 *  by p, Fisher's combination of what all of them say (ana_potato_field). A potato of few channels
 *  in the band of one kind of artefact, as the frontal ones for blinks or the temporal ones for
 *  muscles, sees it where one of all channels does not.
 *
 *  A field is a line of text: potatoes, with semicolons between, each a band in hertz and, behind a
 *  colon, channels with commas between; without any, all channels.
 *
 *      1-8: Fp1,Fp2; 20-40: T7,T8; 1-40
 *
 *  Its filters are Butterworth, causal, of the order of the pipeline's (4 without). The gate is
 *  saved with the pipeline.
 *
 *  A stream may move its gate, by what is clean alone, as the paper and pyRiemann have it: were
 *  artefacts to move it, an electrode that has come loose would be what is clean by the hour's end.
 *  So a gate by which all is an artefact from the start, as one of another day may be, never moves;
 *  ana_bci_stream_advise says so. */
#ifndef ANALYSIS_MODELS_BCI_GATE_H
#define ANALYSIS_MODELS_BCI_GATE_H

#include <analysis/models/bci_pipeline.h>
#include <analysis/models/riemannian_potato.h>

ANA_BEGIN_DECLS

enum {
    ANA_BCI_ADVICE = 512 /**< bytes of a sentence */
};

/** One potato, and what it sees. */
typedef struct ana_bci_gate_part {
    char *text;         /**< "20-40: T7,T8"; owned */
    size_t band;        /**< of the gate's bank, from 0 */
    size_t n_channels;  /**< that it sees */
    size_t *channels;   /**< their places in the lesson; NULL: all; owned */
    ana_potato *potato; /**< owned */
} ana_bci_gate_part;

/** A gate as it stands; borrowed of its pipeline. */
typedef struct ana_bci_gate {
    char *text;               /**< of the field; NULL: one potato, of the pipeline's first band */
    double p;                 /**< of a field: windows below are set aside */
    ana_bci_bank bank;        /**< of a field: each band once; else n_bands is 0 */
    size_t n_parts;           /**< 1 without a field */
    ana_bci_gate_part *parts; /**< owned */
} ana_bci_gate;

/** NULL: it has none. A stream moves it. */
ANA_API const ana_bci_gate *ana_bci_pipeline_gate(const ana_bci_pipeline *pipeline);

/** Learn one potato as the gate of a pipeline that has learned, from n trials (items NULL: all),
 *  filtered by the bank of the pipeline. ANA_ERR_VALUE before the pipeline has learned,
 *  ANA_ERR_SHAPE for other channels than learned from; errors of ana_potato_fit. */
ANA_API ANA_USE_RESULT ana_status ana_bci_gate_fit(ana_bci_pipeline *pipeline,
                                                   const ana_bci_trials *trials, size_t n,
                                                   const size_t *items,
                                                   const ana_potato_options *options);

/** The bank by which trials are filtered that a field is learned from. ANA_ERR_VALUE for a text
 *  that is no field, with the place, and what would be right. */
ANA_API ANA_USE_RESULT ana_status ana_bci_field_bank(const ana_bci_pipeline *pipeline,
                                                     const char *field, ana_bci_bank *bank);

typedef struct ana_bci_field_options {
    ana_potato_options potato; /**< of each; its threshold cleans the trials learned from */
    double p;                  /**< default ANA_POTATO_FIELD_THRESHOLD */
} ana_bci_field_options;

ANA_API ana_bci_field_options ana_bci_field_options_default(void);

/** Learn a field as the gate, from n trials filtered by ana_bci_field_bank (items NULL: all); those
 *  that the pipeline learned from, or others of the same channels. ANA_ERR_VALUE names a channel
 *  that the pipeline did not learn from; other errors as above, with the potato. */
ANA_API ANA_USE_RESULT ana_status ana_bci_field_fit(ana_bci_pipeline *pipeline, const char *field,
                                                    const ana_bci_trials *trials, size_t n,
                                                    const size_t *items,
                                                    const ana_bci_field_options *options);

ANA_END_DECLS

#endif
