/** The loops of a Vietoris-Rips filtration. */
#ifndef MODELS_RIPS_H
#define MODELS_RIPS_H

#include <analysis/status.h>

#include <stddef.h>

/** Intervals of lengths at which a loop is there: born at one, filled at the other (infinite:
 *  never). Those that are empty are left out. All owned. */
typedef struct ana_bars {
    size_t n;
    size_t capacity_births;
    size_t capacity_deaths;
    double *births;
    double *deaths;
} ana_bars;

/** First persistent homology (over two elements) of the complexes whose simplices are the sets of
 *  points no two of which are farther apart than a length: adds the bars to `out`, sorted by birth,
 *  then death. distance: n x n, symmetric, at least 0, infinite where two points never meet; the
 *  diagonal is not read. n is at most 2^21. ANA_ERR_MEMORY. */
ANA_USE_RESULT ana_status ana_rips_loops(size_t n, const double *distance, ana_bars *out);

void ana_bars_release(ana_bars *bars);

#endif
