/* What the files of functional_network.h share. */
#ifndef MODELS_FUNCTIONAL_PARTS_H
#define MODELS_FUNCTIONAL_PARTS_H

#include "workspace.h"

#include <analysis/models/functional_network.h>

enum {
    FUNCTIONAL_LANES = 16 /* who sums what follows from the size alone, never from the threads */
};

/* How similar any two signals are: rows of length 1 whose products it is, or all of it. */
typedef struct similarity {
    size_t n; /* signals */
    size_t length;
    size_t n_lags;       /* 0: symmetric */
    const double *rows;  /* n x length */
    const double *later; /* n_lags x n x length: what stands 1, 2, ... samples later */
    const double *whole; /* n x n instead of rows; or NULL */
    bool root;           /* of the product */
    size_t n_sequences;  /* pairwise; else 0 */
    const double *sizes; /* n x n_sequences: sum of squares, 0 where a signal is missing */
    const double *there; /* n x n_sequences: 1 where it is not, else 0 */
    ana_functional_sign sign;
    size_t n_constant;
    double threshold;
} similarity;

/* A block of similarities, n_rows x n_columns from (row, column) on. */
typedef struct similarity_tile {
    size_t row;
    size_t column;
    size_t n_rows;
    size_t n_columns;
    const double *values;
    size_t lane;
} similarity_tile;

/* Called for all tiles that hold a pair (i, j > i), or, lagged, any pair; the tiles of a row of
 * tiles come in their order, in one lane. */
typedef void (*similarity_visit)(const similarity *self, const similarity_tile *tile, void *user);

ANA_USE_RESULT ana_status functional_walk(const similarity *self, const ana_run *run,
                                          similarity_visit visit, void *user);

/* Whether element k of row r of a tile is a pair to look at. */
static inline bool functional_is_pair(const similarity *self, const similarity_tile *tile, size_t r,
                                      size_t k)
{
    return self->n_lags > 0 ? tile->row + r != tile->column + k : tile->row + r < tile->column + k;
}

/* What is held against the threshold. */
static inline double functional_key(ana_functional_sign sign, double value)
{
    const double turned = sign == ANA_FUNCTIONAL_NEGATIVE ? -value : value;
    return sign == ANA_FUNCTIONAL_EITHER && value < 0.0 ? -value : turned;
}

/* The similarity of these observations and the threshold to use. */
ANA_USE_RESULT ana_status functional_prepare(const ana_observations *observations,
                                             const ana_functional_options *options,
                                             ana_workspace *workspace, similarity *out);

/* The key that `density` of all pairs pass. */
ANA_USE_RESULT ana_status functional_find_threshold(const similarity *self, const ana_run *run,
                                                    double density, double *out);

#endif
