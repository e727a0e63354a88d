/** What the files of dissimilarity matrices share. */
#ifndef MODELS_RDM_PARTS_H
#define MODELS_RDM_PARTS_H

#include "workspace.h"

#include <analysis/models/rdm.h>

extern const char *const ana_rdm_method_names[];

/** Patterns of n conditions in p channels, for each of n_sets folds (or one set of all rows). */
typedef struct ana_patterns {
    size_t n_sets;
    size_t n;
    size_t p;
    double *means;    /**< n_sets x n x p; NaN: no finite value; 0 where a condition is absent */
    double *n_trials; /**< n_sets x n; 0: absent */
    bool whole;       /**< no NaN in a condition that is there */
    bool balanced;    /**< no condition is absent from a set */
} ana_patterns;

/** Which methods cross folds, take logarithms, or compare directions alone. */
bool ana_rdm_crosses(ana_rdm_method method);
bool ana_rdm_is_poisson(ana_rdm_method method);
bool ana_rdm_is_angle(ana_rdm_method method);
bool ana_rdm_takes_noise(ana_rdm_method method);
/** Shares of trials told apart. */
bool ana_rdm_decodes(ana_rdm_method method);
/** By definitions that no product of patterns gives. */
bool ana_rdm_is_direct(ana_rdm_method method);

/** The rows whose label occurs, labels counted without gaps; everything else is the caller's. */
typedef struct ana_rdm_view {
    ana_observations rows;
    size_t *kept; /**< of the caller's labels */
} ana_rdm_view;

/** Arrays from the workspace; the values are not looked at. ANA_ERR_VALUE without labels. */
ANA_USE_RESULT ana_status ana_rdm_view_of(const ana_observations *from, ana_workspace *workspace,
                                          ana_rdm_view *view);

/** Whether rows and options go together, but for the values. */
ANA_USE_RESULT ana_status ana_rdm_check(const ana_observations *rows, const ana_noise *noise,
                                        const ana_rdm_options *options);

/** *out = a matrix of the conditions of the view, all 0. */
ANA_USE_RESULT ana_status ana_rdm_start(const ana_rdm_view *view, const ana_rdm_options *options,
                                        const char *name, ana_rdms **out);

/** Count NaN among the values, and warn of them. */
void ana_rdm_count_missing(const ana_run *run, ana_rdms *rdms);

/** The mean of a row; equal values have exactly their own. */
double ana_rdm_mean(size_t p, const double *row);

/** Means of the labelled rows, by sequence or over all; arrays from the workspace. */
ANA_USE_RESULT ana_status ana_patterns_find(const ana_observations *observations, bool by_fold,
                                            bool remove_mean, ana_workspace *workspace,
                                            ana_patterns *patterns);

/** Take each row's mean over its finite channels away. */
void ana_rdm_remove_mean(size_t n, size_t p, double *x);

/** x to (x + rate weight) / (1 + weight); ANA_ERR_VALUE for x < 0, or a result of 0. */
ANA_USE_RESULT ana_status ana_rdm_add_prior(const ana_rdm_options *options, size_t n, size_t p,
                                            const char *what, double *x);

/** Rows as directions: centred (cosine: not), of ranks (spearman), of length 1; a row without a
 *  direction is NaN, or 0 where `constant_apart`. */
ANA_USE_RESULT ana_status ana_rdm_directions(const ana_rdm_options *options, size_t n, size_t p,
                                             double *x);

/** One of the products that add up to a symmetric form Q = sum of alpha A B^T (symmetric in sum).
 */
typedef struct ana_rdm_term {
    double alpha;
    size_t q;
    const double *a; /**< n x q */
    const double *b;
} ana_rdm_term;

enum {
    ANA_RDM_MAX_TERMS = 4
};

/** What is done with Q_ii + Q_jj - 2 Q_ij. */
typedef struct ana_rdm_form {
    size_t n;
    size_t n_terms;
    const ana_rdm_term *terms;
    double *diagonal;      /**< n: Q_ii */
    bool is_square;        /**< a sum of squares: never below 0 */
    const double *present; /**< n: 0 where absent; NULL: all there */
    double *sum;           /**< n_pairs, added to for pairs that are there */
    double *count;         /**< n_pairs, 1 added to; NULL: not counted */
} ana_rdm_form;

/** Q's diagonal; then sum += the dissimilarity of every pair, by blocks of rows on the run's
 *  threads, the same bits for any number of them. Differences that lose digits are taken anew from
 *  the patterns. */
void ana_rdm_diagonal(const ana_rdm_form *form);
ANA_USE_RESULT ana_status ana_rdm_add_form(const ana_rdm_form *form, const ana_run *run);

/** Methods that are products, of patterns that are whole; their means are overwritten. */
ANA_USE_RESULT ana_status ana_rdm_by_products(const ana_patterns *patterns, const ana_noise *noise,
                                              const ana_rdm_options *options, ana_rdms *rdms);
ANA_USE_RESULT ana_status ana_rdm_by_noisy_folds(const ana_patterns *patterns,
                                                 const ana_noise *const *noises,
                                                 const ana_rdm_options *options, ana_rdms *rdms);

/** Covariance between conditions of the means over folds, averaged over channels; n x n. */
ANA_USE_RESULT ana_status ana_rdm_spread(const ana_patterns *patterns, const ana_noise *noise,
                                         double *out);

/** Methods without products, and all methods where channels are missing. */
ANA_USE_RESULT ana_status ana_rdm_pairwise(const ana_patterns *patterns, const ana_noise *noise,
                                           const ana_rdm_options *options, ana_rdms *rdms);

/** Decoding of every pair, fold by fold. */
ANA_USE_RESULT ana_status ana_rdm_by_decoding(const ana_observations *rows, const ana_noise *noise,
                                              const ana_rdm_options *options, ana_rdms *rdms);

/** Pooling over pairs of trials. */
ANA_USE_RESULT ana_status ana_rdm_of_trials(const ana_observations *observations,
                                            const ana_noise *noise, const ana_rdm_options *options,
                                            ana_rdms *rdms);

#endif
