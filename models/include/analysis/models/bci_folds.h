/** Which trials test a brain-computer interface, and which may it learn from?
 *
 *  | protocol | tests | learns from |
 *  |---|---|---|
 *  | within-session | parts of a session | the rest of that session |
 *  | cross-session | a session | the other sessions of that subject |
 *  | cross-subject | a session | the sessions of other subjects |
 *
 *  Trials close in time are alike for reasons that have nothing to do with their class, so that a
 *  session is cut into stretches (of each class as many), or into its runs, unless the field's
 *  usual shuffled folds are asked for: those are scikit-learn's StratifiedKFold with its seed, as
 *  MOABB uses them.
 *
 *  Every fold tests trials of one session. Folds are saved with the trials they are of, and refused
 *  for others. */
#ifndef ANALYSIS_MODELS_BCI_FOLDS_H
#define ANALYSIS_MODELS_BCI_FOLDS_H

#include <analysis/folds.h>
#include <analysis/models/bci_trials.h>
#include <analysis/record.h>

ANA_BEGIN_DECLS

typedef enum ana_bci_protocol {
    ANA_BCI_WITHIN_SESSION,
    ANA_BCI_CROSS_SESSION,
    ANA_BCI_CROSS_SUBJECT
} ana_bci_protocol;

enum {
    ANA_BCI_N_PROTOCOLS = 3
};

/** "within", "cross_session", "cross_subject": also the names of groups in records. */
ANA_API const char *ana_bci_protocol_name(ana_bci_protocol protocol);

typedef enum ana_bci_split {
    ANA_BCI_SPLIT_AUTO,       /**< by runs where every session has three or more, else contiguous */
    ANA_BCI_SPLIT_CONTIGUOUS, /**< n_folds stretches of each class's trials in time */
    ANA_BCI_SPLIT_RUNS,       /**< each run in turn */
    ANA_BCI_SPLIT_SHUFFLED    /**< stratified, shuffled: scikit-learn's folds (scikit_folds.h) */
} ana_bci_split;

typedef struct ana_bci_fold_options {
    ana_bci_split split; /**< of a session; the other protocols leave whole sessions out; default
                              auto */
    size_t n_folds;      /**< of a session, 2 to 1000, but for runs; default 5 */
    uint64_t seed;       /**< of shuffled, below 2^32; default 42, as MOABB's */
} ana_bci_fold_options;

ANA_API ana_bci_fold_options ana_bci_fold_options_default(void);

/** Rows for split, folds, fold-seed. */
ANA_API extern const ana_option ana_bci_fold_option_table[];

/** Whether the trials allow the protocol: across sessions takes two of a subject, across subjects
 *  two of these. */
ANA_API bool ana_bci_protocol_fits(const ana_bci_trials *trials, ana_bci_protocol protocol);

/** *out = the folds, in the order of their sessions, training lists written out; items are the
 *  trials. Freed by ana_folds_free. `options` NULL: the defaults.
 *
 *  @return ANA_ERR_VALUE for options out of range, when the protocol does not fit, and, with the
 *  session, when it has fewer trials of a class than folds, or one run to split by; ANA_ERR_MEMORY.
 */
ANA_API ANA_USE_RESULT ana_status ana_bci_folds_make(const ana_bci_trials *trials,
                                                     ana_bci_protocol protocol,
                                                     const ana_bci_fold_options *options,
                                                     ana_folds **out);

/** *out = folds to choose by among the items of a training list (n trials by their numbers): the
 *  items of the folds are places in that list. Contiguous, or shuffled with split shuffled. Errors
 *  as above. */
ANA_API ANA_USE_RESULT ana_status ana_bci_folds_inner(const ana_bci_trials *trials, size_t n,
                                                      const size_t *items,
                                                      const ana_bci_fold_options *options,
                                                      ana_folds **out);

/** *out = the folds of each protocol (NULL: none) with run, onset and class of each trial; "schema"
 *  is "bci-folds". */
ANA_API ANA_USE_RESULT ana_status
ana_bci_folds_to_record(const ana_bci_trials *trials,
                        const ana_folds *const folds[ANA_BCI_N_PROTOCOLS], ana_record **out);

/** The way back; folds[p] (out) are the caller's, NULL for protocols that are not there.
 *  ANA_ERR_VALUE names the first trial that is another; ANA_ERR_FORMAT what is broken. */
ANA_API ANA_USE_RESULT ana_status ana_bci_folds_from_record(const ana_record *record,
                                                            const ana_bci_trials *trials,
                                                            ana_folds *folds[ANA_BCI_N_PROTOCOLS]);

ANA_END_DECLS

#endif
