/** What ridge regression and encoding models share: rows of features that train and test. */
#ifndef MODELS_RIDGE_PARTS_H
#define MODELS_RIDGE_PARTS_H

#include "ridge_basis.h"

#include <analysis/folds.h>
#include <analysis/run.h>

#include <stdint.h>

/** Features of all rows, from which folds take theirs. */
typedef struct ridge_data {
    size_t n;
    size_t p;
    const double *x;           /**< n x p */
    bool intercept;            /**< means of the rows that train are taken away */
    bool standardise;          /**< and they are divided by their deviation (divisor n) */
    size_t n_spaces;           /**< of bands; 1: none */
    const size_t *space_start; /**< n_spaces + 1; NULL: one space */
    double *kernels; /**< n_spaces x n x n: of each space; NULL: made by rows when needed */
} ridge_data;

/** Kernels of all rows, where the rows that train (n_train or fewer) will be fewer than features
 *  and are not standardised in each fold; from the workspace. */
ANA_USE_RESULT ana_status ridge_make_kernels(size_t n_train, const ana_run *run,
                                             ana_workspace *workspace, ridge_data *data);

/** Rows that train, and what they are to predict. */
typedef struct ridge_problem {
    const ridge_data *data;
    size_t n;
    const size_t *rows;     /**< n, of the data */
    const ana_folds *folds; /**< of the n, to choose penalties over; NULL: leave one out */
    size_t keep;            /**< components of the features; SIZE_MAX: all */
    size_t q;
    const double *y; /**< n x q */
    size_t n_penalties;
    const double *penalties;
    bool per_target;
    size_t n_draws;       /**< of gamma; 0: no bands */
    const double *gammas; /**< n_draws x n_spaces */
} ridge_problem;

/** What was chosen; arrays of the caller. */
typedef struct ridge_choice {
    double *losses;      /**< n_penalties x q: mean squared errors (bands: of the best gamma) */
    double *draw_losses; /**< n_draws x q; bands alone */
    size_t *place;       /**< q: of the penalty */
    size_t *draw;        /**< q: of gamma; bands alone */
} ridge_choice;

/** Where fitted maps go; either may be NULL. */
typedef struct ridge_output {
    size_t n_test;
    const size_t *test; /**< rows to predict */
    double *predicted;  /**< n_test x q */
    double *weights;    /**< p x q, of features as they are in the data */
} ridge_output;

/** Choose and fit; bands on that many threads. */
ANA_USE_RESULT ana_status ridge_solve(const ridge_problem *problem, int n_threads,
                                      const ridge_choice *choice, const ridge_output *output);

/** to (n x m) = those rows of `from`. */
void ridge_take_rows(size_t n, const size_t *rows, size_t m, const double *from, double *to);

/** x (n x p) and x_test lose the means of x, and are divided by its deviations where standardise;
 *  constant columns become 0. `room` holds 3 p numbers: means, deviations, and scratch. */
void ridge_prepare(size_t n, size_t p, double *x, size_t n_test, double *x_test, bool standardise,
                   double *room);

enum {
    RIDGE_N_PENALTIES = 20 /**< tried by default */
};

/** Mean squared length of the rows of x (n x p, less its means); standardised, that is the number
 *  of columns that vary. */
double ridge_mean_length(size_t n, size_t p, const double *x, bool standardise);

/** penalties (RIDGE_N_PENALTIES) = from 1e-7 to 10 times the mean squared length, by equal factors.
 *  ANA_ERR_VALUE when it is 0: all rows are the same. */
ANA_USE_RESULT ana_status ridge_default_penalties(double length, const char *what,
                                                  double *penalties);

/** ANA_ERR_VALUE unless every penalty is finite and above 0. */
ANA_USE_RESULT ana_status ridge_check_penalties(size_t n, const double *penalties);

/** gammas (n_draws x n_spaces): equal parts, then Dirichlet draws of that seed. */
void ridge_draw_gammas(uint64_t seed, size_t n_draws, size_t n_spaces, double *gammas);

#endif
