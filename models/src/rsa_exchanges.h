/** Kendall's count of pairs in the same order less those in opposite order, of weighted values. */
#ifndef MODELS_RSA_EXCHANGES_H
#define MODELS_RSA_EXCHANGES_H

#include <stddef.h>
#include <stdint.h>

/** n values, each there weights[i] times. a, b: twice their ranks (mean ranks of ties), from which
 *  the count follows; places: rising in a. `room` has room for 2 x (total + 2), total the sum of
 *  the weights. */
double ana_rsa_exchanges(size_t n, const uint32_t *places, const uint32_t *a, const uint32_t *b,
                         const double *weights, double total, double *room);

/** Pairs of values that are not tied. */
double ana_rsa_untied(size_t n, const uint32_t *places, const uint32_t *a, const double *weights,
                      double total);

#endif
