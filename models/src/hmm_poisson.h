/** Independent Poisson counts as a family of emissions. */
#ifndef ANALYSIS_MODELS_HMM_POISSON_H
#define ANALYSIS_MODELS_HMM_POISSON_H

#include "emission.h"
#include "hmm_counts.h"
#include "hmm_start.h"

#include <analysis/models/hmm.h>

/** What every restart reads. */
typedef struct ana_hmm_poisson {
    ana_hmm_counts counts;
    ana_hmm_sample sample; /**< where starts are sought; unused with `given` */
    const double *given;   /**< K x N: every restart begins here; NULL: k-means++ */
    size_t n_states;
    size_t n_features;
    double rate_shape; /**< of the rates' gamma prior, as in ana_hmm_options */
    double rate_bins;
} ana_hmm_poisson;

/** The counts of `observations` laid out in the workspace. ANA_ERR_VALUE names what is no count. */
ANA_USE_RESULT ana_status ana_hmm_poisson_new(const ana_observations *observations,
                                              const ana_hmm_options *options, const double *given,
                                              ana_workspace *workspace, ana_hmm_poisson *out);

/** The family over that data, which must outlive it. */
ana_emission ana_hmm_poisson_emission(const ana_hmm_poisson *data);

/** The K x N rates of one set of parameters. */
const double *ana_hmm_poisson_rates(const void *parameters);

#endif
