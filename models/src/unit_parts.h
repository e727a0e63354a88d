/** What the files of matched units share. */
#ifndef MODELS_UNIT_PARTS_H
#define MODELS_UNIT_PARTS_H

#include "measured_units.h"
#include "workspace.h"

#include <analysis/models/unit_matching.h>

/** Names and counts of the units taken; no arrays of matches. What it holds is freed by
 *  ana_unit_side_free, also after an error. */
ANA_USE_RESULT ana_status ana_unit_side_take(const ana_responses *system,
                                             const ana_measured_units *units, ana_unit_side *side);
void ana_unit_side_free(ana_unit_side *side);

/** Names and counts of n systems as texts and arrays of the record. */
ANA_USE_RESULT ana_status ana_unit_systems_to_record(size_t n, const ana_unit_side *sides,
                                                     ana_record *record);

/** "one to one", ... */
extern const char *const ana_unit_method_names[];

/** Two systems have the same stimuli, at least as many as named. */
ANA_USE_RESULT ana_status ana_units_check_stimuli(const ana_responses *a, const ana_responses *b,
                                                  size_t least);

/** Columns of n x p made directions: of mean 0 and length 1, or 0 where they are constant. */
void ana_units_to_directions(size_t n, size_t p, double *x);

/** The chosen rows (NULL: the first n) of the units, as directions; n x units->n. */
void ana_units_take_directions(const ana_measured_units *units, size_t n, const size_t *rows,
                               double *out);

/** out (p x q) = X^T Y of n rows. */
ANA_USE_RESULT ana_status ana_units_multiply(size_t n, size_t p, size_t q, const double *x,
                                             const double *y, double *out);

/** Partners by a p x q matrix of correlations; at most p + q pairs. Without `both`, semi's second
 *  half is left out. */
ANA_USE_RESULT ana_status ana_units_find_pairs(ana_unit_method method, size_t p, size_t q,
                                               const double *correlation, bool both,
                                               ana_unit_pair *pairs, size_t *n_pairs);

#endif
