/** The pictures of an alignment. */
#ifndef MODELS_ALIGNMENT_FIGURES_H
#define MODELS_ALIGNMENT_FIGURES_H

#include <analysis/models/alignment.h>

/** Layers by regions (and times). */
ANA_USE_RESULT ana_status ana_alignment_add_matrices(const ana_alignment *of, ana_record *record);

/** Bars of layers with intervals, ceiling and marks, the subjects' scores, and who differs: each
 *  target, or of several times the one of the largest mean. */
ANA_USE_RESULT ana_status ana_alignment_add_bars(const ana_alignment *of, ana_record *record);

/** The best layer of each model, on stimuli that did not choose it. */
ANA_USE_RESULT ana_status ana_alignment_add_models(const ana_alignment *of, ana_record *record);

/** Lines over time, and over lags. */
ANA_USE_RESULT ana_status ana_alignment_add_courses(const ana_alignment *of, ana_record *record);

/** Dissimilarities of layers and regions, and all of them in the plane. */
ANA_USE_RESULT ana_status ana_alignment_add_geometry(const ana_alignment *of, ana_record *record);

/** The numbers as tables. */
ANA_USE_RESULT ana_status ana_alignment_add_tables(const ana_alignment *of, ana_record *record);

/** The numbers as arrays over targets. */
ANA_USE_RESULT ana_status ana_alignment_add_numbers(const ana_alignment *of, ana_record *record);

/** The target of a region whose best layer has the largest mean. */
size_t ana_alignment_best_target(const ana_alignment *of, size_t region);

/** The model's layer that halves of the stimuli choose most often. */
size_t ana_alignment_most_chosen(const ana_alignment *of, size_t target, size_t model);

/** "layer" or "model layer" when there are several models; freed by ana_free_texts. */
ANA_USE_RESULT ana_status ana_alignment_labels(const ana_alignment *of, char ***out);

#endif
