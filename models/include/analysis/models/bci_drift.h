/** How far do the classes wander from one session to the next?
 *
 *  Each class of each session has a Riemannian mean of its matrices. The drift of a session is the
 *  mean, over the classes that it shares with the first session of its subject, of the riemann
 *  distance between the means, over the spread within sessions: the root mean square distance of
 *  the subject's matrices from the mean of their own class and session. At 1 a class lies as far
 *  from where it was as its trials lie from their middle. It is the same in any unit and for any
 *  mixture of the channels. */
#ifndef ANALYSIS_MODELS_BCI_DRIFT_H
#define ANALYSIS_MODELS_BCI_DRIFT_H

#include <analysis/models/bci_trials.h>
#include <analysis/models/spd.h>
#include <analysis/record.h>

ANA_BEGIN_DECLS

/** All owned. */
typedef struct ana_bci_drift {
    size_t n_sessions;
    size_t n_points;   /**< classes of sessions that have matrices, by session, then class */
    size_t *sessions;  /**< n_points */
    size_t *classes;   /**< n_points */
    double *distances; /**< n_points x n_points, between the means */
    double *drifts;    /**< n_sessions; 0 of each subject's first; NaN without a shared class or
                            spread */
    double *spreads;   /**< n_sessions: of the session's subject */
    char *matrices;    /**< the steps that made the matrices; NULL: the caller's own */
} ana_bci_drift;

/** *out = the drift of these matrices, one for each trial; labels, sessions and subjects are of
 *  the trials. `run` NULL: the defaults. ANA_ERR_VALUE for matrices that are not positive definite,
 *  ANA_ERR_SHAPE for another number of them. */
ANA_API ANA_USE_RESULT ana_status ana_bci_drift_of_matrices(const ana_bci_trials *trials,
                                                            const ana_spd_set *matrices,
                                                            const ana_run *run,
                                                            ana_bci_drift **out);

/** The same of covariances shrunk by OAS. */
ANA_API ANA_USE_RESULT ana_status ana_bci_drift_of_trials(const ana_bci_trials *trials,
                                                          const ana_run *run, ana_bci_drift **out);

/** The same of the matrices that a pipeline makes of the trials before it learns anything: by its
 *  first steps, up to the last of those that learn nothing and give matrices (band | acm | cov, not
 *  recentre, which is there to take the drift away). Of covariances shrunk by OAS where it has
 *  none, or none that are positive definite; `matrices` of the result says which.
 *
 *  @param text    of the pipeline (bci_pipeline.h); of a family its first member
 *  @param trials  filtered by the pipeline's bank
 *  @return errors of ana_bci_pipeline_parse, and of its steps on these trials */
ANA_API ANA_USE_RESULT ana_status ana_bci_drift_of_pipeline(const char *text,
                                                            const ana_bci_trials *trials,
                                                            const ana_run *run,
                                                            ana_bci_drift **out);

/** *out = a record of it: "schema" is "bci-drift"; a heat map of distances, bars of drifts. */
ANA_API ANA_USE_RESULT ana_status ana_bci_drift_to_record(const ana_bci_drift *drift,
                                                          const ana_bci_trials *trials,
                                                          ana_record **out);

ANA_API void ana_bci_drift_free(ana_bci_drift *drift);

ANA_END_DECLS

#endif
