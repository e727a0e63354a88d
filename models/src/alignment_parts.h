/** What the files of alignment share. */
#ifndef MODELS_ALIGNMENT_PARTS_H
#define MODELS_ALIGNMENT_PARTS_H

#include "workspace.h"

#include <analysis/models/alignment.h>
#include <analysis/models/ceiling.h>

/** A measure: one row of the table. Without `score` it compares dissimilarities (rsa). */
typedef struct ana_alignment_rule {
    const char *name;
    const char *value; /**< what a score is, for titles */
    bool turns;        /**< the same however the units' space is turned: more units than stimuli
                            are then replaced by as many coordinates */
    size_t least;      /**< stimuli it needs */
    ana_status (*score)(const ana_responses *layer, const ana_responses *brain,
                        const ana_ceiling *ceiling, const ana_alignment_options *options,
                        double *score);
    /** Into low and high, of a brain with trials: what any layer could reach; NULL: by halves of
     *  the trials. */
    ana_status (*ceiling)(const ana_observations *trials, const ana_alignment_options *options,
                          double *low, double *high);
} ana_alignment_rule;

extern const char *const ana_alignment_measure_names[];
const ana_alignment_rule *ana_alignment_rule_of(ana_alignment_measure measure);

/** All that is compared: L layers with B brains of n stimuli. By responses the systems are whole
 *  (ana_responses_complete). */
typedef struct ana_alignment_scene {
    const ana_alignment_rule *rule;
    const ana_alignment_options *options;
    const ana_alignment_system *layers;
    const ana_alignment_system *brains;
    size_t n_stimuli;
    size_t n_layers;
    size_t n_brains;
    ana_rdms *layer_rdms; /**< by dissimilarities; else NULL */
    ana_rdms *brain_rdms;
    ana_responses **layer_values; /**< by responses; else NULL */
    ana_responses **brain_values;
    ana_ceiling *
        *brain_ceilings;    /**< of units, where scores are normalised by them; NULL: not known */
    size_t *layer_left_out; /**< n_layers: units without any value */
    size_t *brain_left_out; /**< n_brains */
    size_t *target_of;      /**< n_brains */
    size_t *column_of;      /**< n_brains: the subject's number in its target */
} ana_alignment_scene;

ANA_USE_RESULT ana_status ana_alignment_scene_make(const ana_alignment_data *data,
                                                   const ana_alignment_options *options,
                                                   ana_alignment_scene *scene);
void ana_alignment_scene_release(ana_alignment_scene *scene);

/** Dissimilarities of one system, n_pairs (out). */
ANA_USE_RESULT ana_status ana_alignment_dissimilarities(const ana_alignment_system *system,
                                                        bool is_brain, size_t n_stimuli,
                                                        const ana_alignment_options *options,
                                                        double *out);

/** Which stimuli of layers are held against which of brains: NULL is all in their order. */
typedef struct ana_alignment_rows {
    size_t n;
    const size_t *layers;
    const size_t *brains;
} ana_alignment_rows;

/** values[l * B + b] (out): every layer with every brain, of those rows. Threads as the run of the
 *  scene's options has it, or one within a parallel region. */
ANA_USE_RESULT ana_status ana_alignment_score(const ana_alignment_scene *scene,
                                              const ana_alignment_rows *rows, bool in_parallel,
                                              double *values);

/** values[i * n_b + j] (out): brain a[i] as the model of brain b[j]. */
ANA_USE_RESULT ana_status ana_alignment_score_brains(const ana_alignment_scene *scene, size_t n_a,
                                                     const size_t *a, size_t n_b, const size_t *b,
                                                     double *values);

/** Into the result: chance, held-out choice, draws of units, brains as models, ranks, lags. */
ANA_USE_RESULT ana_status ana_alignment_permute(const ana_alignment_scene *scene,
                                                ana_alignment *to);
ANA_USE_RESULT ana_status ana_alignment_choose(const ana_alignment_scene *scene, ana_alignment *to);
ANA_USE_RESULT ana_status ana_alignment_draw_units(const ana_alignment_scene *scene,
                                                   ana_alignment *to);
ANA_USE_RESULT ana_status ana_alignment_compare_brains(const ana_alignment_scene *scene,
                                                       ana_alignment *to);
ANA_USE_RESULT ana_status ana_alignment_jackknife(const ana_alignment_scene *scene,
                                                  ana_alignment *to);
/** Scores, intervals, ceilings and tests of a target by its dissimilarities. */
ANA_USE_RESULT ana_status ana_alignment_rsa(const ana_alignment_scene *scene, size_t t,
                                            ana_alignment_target *target);
ANA_USE_RESULT ana_status ana_alignment_find_ceilings(const ana_alignment_scene *scene,
                                                      ana_alignment *to);
ANA_USE_RESULT ana_status ana_alignment_keep_geometry(const ana_alignment_scene *scene,
                                                      ana_alignment *to);
ANA_USE_RESULT ana_status ana_alignment_rank(ana_alignment *to);

/** Which lags there are between steps and times; none when a side has no times. */
ANA_USE_RESULT ana_status ana_alignment_find_lags(ana_alignment *to);
/** values (M x n_regions x n_lags, out) = means of L x T scores. */
void ana_alignment_at_lags(const ana_alignment *of, const double *scores, double *values);

/** The settings of ana_rsa's tests. */
ana_rsa_options ana_alignment_rsa_options(const ana_alignment_options *options);

/** Brains of a target, in the order of its subjects; as many as it has. */
void ana_alignment_members(const ana_alignment_scene *scene, size_t target, size_t *members);

#endif
