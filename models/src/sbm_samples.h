/** How sure is a partition: samples of its posterior. */
#ifndef ANALYSIS_MODELS_SBM_SAMPLES_H
#define ANALYSIS_MODELS_SBM_SAMPLES_H

#include "sbm_tower.h"

#include <analysis/models/sbm.h>

/** Fill n_samples, membership and similarity from chains that begin at the fit's own partition. */
ANA_USE_RESULT ana_status ana_sbm_sample(const ana_sbm_options *options, int n_threads,
                                         ana_sbm_tower *towers, ana_sbm *sbm);

#endif
