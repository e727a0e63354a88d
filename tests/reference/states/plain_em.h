/** Linear models of counts and their expectation maximisation, written down plainly in long double
 *  and taken to the end of their digits: what decides where a file's own iterations stopped early.
 *  Poisson counts of N units, P columns (the first the intercept), link exp or softplus. */
#ifndef TESTS_REFERENCE_PLAIN_EM_H
#define TESTS_REFERENCE_PLAIN_EM_H

#include <stdbool.h>
#include <stddef.h>

typedef struct plain_data {
    size_t n_times;
    size_t n_units;
    size_t n_columns;
    size_t n_sequences;
    const size_t *sequence_start;
    const double *counts; /**< T x N */
    double *columns;      /**< T x P; owned */
    bool softplus;
    double ridge; /**< not of the intercept */
} plain_data;

/** Columns from the definition: 1, then for each unit and curve of the basis (n_lags x n_curves)
 *  the sum over lags within the sequence. */
void plain_fill_columns(plain_data *data, size_t n_lags, size_t n_curves, const double *basis);

/** Sum over rows of weight x (y log mu - mu) less ridge / 2 |w|^2, of one unit; weight NULL: 1. */
long double plain_value(const plain_data *data, size_t unit, const double *weight, size_t stride,
                        const long double *beta);

/** Newton's method from beta (P, in and out) until it stands still. */
void plain_newton(const plain_data *data, size_t unit, const double *weight, size_t stride,
                  long double *beta);

typedef struct plain_model {
    size_t n_states;
    double concentration;
    double stickiness;
    long double *initial;    /**< K */
    long double *transition; /**< K x K */
    long double *beta;       /**< K x N x P */
} plain_model;

/** One iteration; trace: log-likelihood, ridge and Dirichlet terms before it. posterior is T x K
 *  (out). Without an M-step, the E-step alone. */
void plain_iterate(const plain_data *data, plain_model *model, bool with_m_step, double *posterior,
                   double *trace);

#endif
