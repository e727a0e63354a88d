/** How well do the units of several systems match, pair by pair? Layers of a model against regions,
 *  animals against one another: unit_matching.h for every pair. */
#ifndef ANALYSIS_MODELS_UNIT_MATCHES_H
#define ANALYSIS_MODELS_UNIT_MATCHES_H

#include <analysis/models/unit_matching.h>

ANA_BEGIN_DECLS

/** S systems; all owned. Matrices are S x S, of row i the units of system i that have partners in
 *  system j: with semi-matching the two directions differ, else they are the same. The diagonal is
 *  1, and NaN of what is tested. */
typedef struct ana_unit_matches {
    ana_unit_method method;
    size_t n_systems;
    size_t n_stimuli;
    size_t n_folds;
    ana_unit_side *systems; /**< S: without the arrays of matches */
    double *mean;           /**< mean correlation with the partners */
    double *held_out;       /**< of partners chosen on other stimuli; NaN: not asked for */
    double *chance;         /**< mean when stimuli are exchanged; NaN: not asked for */
    double *p;              /**< of so large a mean */
    double *p_adjusted;     /**< for the number of pairs, after Holm */
} ana_unit_matches;

/** Match the units of every pair. Errors are those of ana_unit_match_compute, and ANA_ERR_VALUE for
 *  fewer than two systems. */
ANA_API ANA_USE_RESULT ana_status ana_unit_matches_compute(const ana_responses_set *systems,
                                                           const ana_unit_match_options *options,
                                                           ana_unit_matches **out);

/** "schema" is "unit matches": the pairs, as figures their matrix and the systems in the plane. */
ANA_API ANA_USE_RESULT ana_status ana_unit_matches_to_record(const ana_unit_matches *matches,
                                                             ana_record **out);
ANA_API void ana_unit_matches_free(ana_unit_matches *matches);

ANA_END_DECLS

#endif
