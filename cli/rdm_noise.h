/** Dissimilarity matrices whitened by the noise that the command line names. */
#ifndef CLI_RDM_NOISE_H
#define CLI_RDM_NOISE_H

#include <analysis/formats/array_io.h>
#include <analysis/models/rdm.h>
#include <analysis/options.h>

#include <stdbool.h>

typedef enum rdm_noise_source {
    RDM_NOISE_NONE,
    RDM_NOISE_TRIALS,
    RDM_NOISE_FOLD_TRIALS /* each fold's own */
} rdm_noise_source;

typedef struct rdm_noise_options {
    ana_noise_options estimator;
    rdm_noise_source source;
    const char *residuals; /* borrowed; NULL: none */
    bool of_conditions;
} rdm_noise_options;

/** Rows for noise, residuals, noise-of-conditions. */
extern const ana_option rdm_noise_table[];

bool rdm_takes_noise(const rdm_noise_options *options);

/** *out = the matrix of the rows, called `name`, whitened. Errors of noise.h and rdm.h. */
ANA_USE_RESULT ana_status rdm_of_rows(const rdm_noise_options *options, const ana_rdm_options *rdm,
                                      const ana_observations *rows, const char *name,
                                      ana_rdms **out);

/** *out = covariance of the noise between conditions (condition x condition). */
ANA_USE_RESULT ana_status rdm_noise_of_conditions(const rdm_noise_options *options,
                                                  const ana_observations *rows, ana_matrix **out);

#endif
