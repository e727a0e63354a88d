/** Sums down the columns of matrices by rows, in the order of the rows. */
#ifndef MODELS_COLUMNS_H
#define MODELS_COLUMNS_H

#include <stddef.h>

enum {
    COLUMNS_ROOM = 6 /**< numbers for each column that columns_pearson needs */
};

/** r (m) = Pearson's correlation of column j of a with column j of b (both n x m), over the rows in
 *  which neither is NaN. NaN where b does not vary or fewer than two rows remain; 0 where only a
 *  does not vary, for a constant prediction predicts nothing. */
void columns_pearson(size_t n, size_t m, const double *a, const double *b, double *room, double *r);

/** mean (m) of the columns, corrected in a second pass; m numbers of room. NaN passes through. */
void columns_mean(size_t n, size_t m, const double *x, double *room, double *mean);

#endif
