/** What sets of predictors explain in common, from the R2 of every set (commonality analysis).
 *
 *  Sets of G predictors are numbered by their bits: set s holds predictor g when bit g of s + 1 is
 *  1, so that the last set holds all. */
#ifndef MODELS_COMMONALITY_H
#define MODELS_COMMONALITY_H

#include <stdbool.h>
#include <stddef.h>

enum {
    COMMONALITY_NAME_SIZE = 160
};

bool ana_commonality_holds(size_t set, size_t predictor);

/** shares[s * n_columns + j] (out) of column j that the predictors of set s explain together and
 *  no other does; those of a column sum to the R2 of all. n_sets = 2^G - 1; r2 as shares. */
void ana_commonality_shares(size_t n_sets, size_t n_columns, const double *r2, double *shares);

/** "a", "a & b"; cut to size. */
void ana_commonality_name(size_t set, size_t n, const char *const *names,
                          char text[COMMONALITY_NAME_SIZE]);

#endif
