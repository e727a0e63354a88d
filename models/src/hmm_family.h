/** The families of emissions of hmm.h behind one face. */
#ifndef ANALYSIS_MODELS_HMM_FAMILY_H
#define ANALYSIS_MODELS_HMM_FAMILY_H

#include "emission.h"
#include "hmm_start.h"

#include <analysis/models/hmm.h>

/** What each emission is called in options and records; ends with NULL. */
extern const char *const ana_hmm_emission_names[];

/** Numbers in each of a model's arrays of emissions; 0: it has none. */
typedef struct ana_hmm_sizes {
    size_t rates;
    size_t mean;
    size_t covariance;
    size_t variance;
    size_t coefficients;
    size_t probability;
} ana_hmm_sizes;

ana_hmm_sizes ana_hmm_sizes_of(const ana_hmm *hmm);

/** What a family is made from. */
typedef struct ana_hmm_family_input {
    const ana_observations *observations;
    const ana_hmm_options *options;
    const ana_hmm *given; /**< every restart begins here; NULL: starts are sought */
    size_t n_features;
    const size_t *feature_of; /**< the observations' column of each feature; NULL: the same */
} ana_hmm_family_input;

/** A family over data laid out in the workspace. */
typedef struct ana_hmm_family {
    ana_emission emission;
    size_t n_observed; /**< entries that are scored */
    size_t order;      /**< as in ana_hmm */

    /** Copy one set of parameters into a model of the same sizes. */
    void (*give)(const void *data, const void *parameters, ana_hmm *to);
} ana_hmm_family;

/** By options->emission. ANA_ERR_VALUE names row and feature of a value it does not allow. */
ANA_USE_RESULT ana_status ana_hmm_family_new(const ana_hmm_family_input *input,
                                             ana_workspace *workspace, ana_hmm_family *out);

/** The makers it chooses from. */
ANA_USE_RESULT ana_status ana_hmm_poisson_new(const ana_hmm_family_input *input,
                                              ana_workspace *workspace, ana_hmm_family *out);
ANA_USE_RESULT ana_status ana_hmm_diagonal_new(const ana_hmm_family_input *input,
                                               ana_workspace *workspace, ana_hmm_family *out);
ANA_USE_RESULT ana_status ana_hmm_linear_new(const ana_hmm_family_input *input,
                                             ana_workspace *workspace, ana_hmm_family *out);
ANA_USE_RESULT ana_status ana_hmm_categorical_new(const ana_hmm_family_input *input,
                                                  ana_workspace *workspace, ana_hmm_family *out);

/** Values that are measured, as the Gaussian families want them. */
typedef struct ana_hmm_values {
    size_t n_times;
    size_t n_features;
    double *values; /**< T x N, less the centre; NaN: missing */
    double *centre; /**< N: mean of each feature; 0 where never observed */
    double *spread; /**< N: variance of each feature; 1 where that is 0 */
    size_t n_observed;
} ana_hmm_values;

/** From the workspace. */
ANA_USE_RESULT ana_status ana_hmm_values_new(const ana_hmm_family_input *input,
                                             ana_workspace *workspace, ana_hmm_values *out);

/** A sample of the rows, each feature divided by its standard deviation. */
ANA_USE_RESULT ana_status ana_hmm_values_sample(const ana_hmm_family_input *input,
                                                const ana_hmm_values *values,
                                                ana_workspace *workspace, ana_hmm_sample *out);

#endif
