/** Normal emissions around a linear function of the rows before: with no lags the Gaussian, else
 *  the autoregressive ones. What hmm_linear.c, hmm_linear_rows.c and hmm_linear_start.c share. */
#ifndef ANALYSIS_MODELS_HMM_LINEAR_H
#define ANALYSIS_MODELS_HMM_LINEAR_H

#include "hmm_family.h"
#include "hmm_start.h"

enum {
    ANA_LINEAR_BLOCK = 128 /**< rows that are whitened together */
};

/** What becomes of a row. */
typedef enum ana_linear_row {
    ANA_LINEAR_SKIPPED,  /**< nothing observed, or its history is not complete */
    ANA_LINEAR_COMPLETE, /**< it and its history */
    ANA_LINEAR_PARTIAL   /**< some entries missing; without lags alone */
} ana_linear_row;

/** Stretches of rows that are clustered by which state's dynamics fit them. */
typedef struct ana_linear_windows {
    size_t n;
    size_t length;
    size_t *first; /**< n */
} ana_linear_windows;

/** What every restart reads. M regressors: 1, then the rows before, the last one first. */
typedef struct ana_linear_data {
    ana_hmm_values values;
    ana_hmm_sample sample;      /**< starts without lags */
    ana_linear_windows windows; /**< starts with lags */
    const ana_hmm *given;
    unsigned char *row; /**< T: ana_linear_row */
    size_t n_states;
    size_t n_lags;
    size_t n_regressors;
    size_t n_observed;
    double covariance_rows;
    double coefficient_rows;
} ana_linear_data;

/** One set of parameters, its sums, and room to work in. */
typedef struct ana_linear_parameters {
    double *regression; /**< K x N x M: constant, then coefficients; of centred values */
    double *covariance; /**< K x N x N */
    double *factor;     /**< K x N x N: Cholesky, from begin */
    double *constant;   /**< K: log density at the mean, from begin */
    double *weight;     /**< K */
    double *xx;         /**< K x M x M, lower triangles */
    double *yx;         /**< K x N x M */
    double *yy;         /**< K x N x N, lower triangles */
    double *regressors; /**< M */
    double *residual;   /**< K x N x ANA_LINEAR_BLOCK */
    double *squares;    /**< ANA_LINEAR_BLOCK */
    double *system;     /**< M x M */
    double *solution;   /**< M x N */
    double *sub;        /**< N x N */
    double *cross;      /**< N x N + N */
    double *filled;     /**< N */
    size_t *index;      /**< N: observed features, then the missing ones */
    double *score;      /**< (window length + 1) x K */
    size_t *member;     /**< n_windows */
    size_t *order;      /**< n_windows */
    ana_hmm_start_buffers starting;
} ana_linear_parameters;

/** Sums at zero. */
void ana_linear_clear(const ana_linear_data *self, const ana_linear_parameters *own);

/** Factors of the covariances. */
ANA_USE_RESULT ana_status ana_linear_factor(const ana_linear_data *self,
                                            const ana_linear_parameters *own);

/** Modes given the sums, with `extra` rows added to the priors; a state without weight stays. */
ANA_USE_RESULT ana_status ana_linear_set_modes(const ana_linear_data *self,
                                               const ana_linear_parameters *own, double extra);

/** The family's functions that starts use. */
ANA_USE_RESULT ana_status ana_linear_log_likelihood(const void *data, void *parameters,
                                                    size_t first, size_t n, double *out);
void ana_linear_accumulate(const void *data, void *parameters, size_t first, size_t n,
                           const double *posterior);

/** Cut the sequences into windows, at most about 20000 rows of them. */
ANA_USE_RESULT ana_status ana_linear_windows_new(const ana_hmm_family_input *input,
                                                 ana_workspace *workspace, ana_linear_data *data);

ANA_USE_RESULT ana_status ana_linear_start(const void *data, size_t restart, ana_random *random,
                                           void *parameters);

#endif
