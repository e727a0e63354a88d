/** What the files of compared encodings share. */
#ifndef MODELS_ENCODING_SUMMARY_PARTS_H
#define MODELS_ENCODING_SUMMARY_PARTS_H

#include <analysis/models/encoding_summary.h>

/** Units of animal a are unit[start[a]] ... unit[start[a + 1] - 1]. */
typedef struct encoding_units {
    size_t n_animals;
    size_t *start;
    size_t *unit;
} encoding_units;

/** Mean over animals of the median over their units of values (of each unit; NaN is left out), or
 *  of places `drawn` in the list of units. `room` holds a number for each unit; `by_animal` may be
 *  NULL. */
double encoding_mean_of_medians(const encoding_units *units, const double *values,
                                const size_t *drawn, double *room, double *by_animal);

/** summary->p and p_max. */
ANA_USE_RESULT ana_status encoding_permute(const encoding_units *units,
                                           ana_encoding *const *encodings,
                                           const ana_responses *target,
                                           const ana_encoding_summary_options *options,
                                           ana_encoding_summary *summary);

#endif
