/** Systems for methods that take no missing values, copied only where something is left out. */
#ifndef MODELS_WHOLE_UNITS_H
#define MODELS_WHOLE_UNITS_H

#include <analysis/models/responses.h>

#include <stddef.h>

/** Systems without the units that have no value; some borrowed, those that were cut owned. */
typedef struct ana_whole_units {
    size_t n;
    const ana_responses **systems;
    ana_responses **cut; /**< NULL where nothing was left out */
    size_t *n_left_out;  /**< of each */
} ana_whole_units;

/** The n systems as ana_responses_complete has them. Released by ana_whole_units_release, also
 *  after an error. */
ANA_USE_RESULT ana_status ana_whole_units_find(size_t n, const ana_responses *const *systems,
                                               ana_whole_units *out);
void ana_whole_units_release(ana_whole_units *units);

#endif
