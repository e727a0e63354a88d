/** What the files of decoding share. */
#ifndef MODELS_DECODING_PARTS_H
#define MODELS_DECODING_PARTS_H

#include "workspace.h"

#include <analysis/models/decoding.h>

extern const char *const ana_decoding_method_names[];

/** Trials with labels, units with values. */
typedef struct ana_decoding_rows {
    size_t n;
    size_t p;
    double *x; /**< n x p */
    size_t n_classes;
    size_t *classes; /**< n */
    size_t *row;     /**< n: of the observations */
    size_t *units;   /**< p: of the observations */
} ana_decoding_rows;

/** From the workspace; errors of ana_decoding_validate. */
ANA_USE_RESULT ana_status ana_decoding_take_rows(const ana_observations *trials,
                                                 ana_workspace *workspace, ana_decoding_rows *rows);

/** Score of class c: bias[c] + sum of maps[c][u] (x[u] - centre[u]) / scale[u]. */
typedef struct ana_decoder {
    size_t p;
    size_t n_classes;
    double *centre; /**< p */
    double *scale;  /**< p; a unit that does not vary: 1 */
    double *maps;   /**< n_classes x p */
    double *bias;   /**< n_classes; minus infinity: never learned */
} ana_decoder;

ANA_USE_RESULT ana_status ana_decoder_new(size_t p, size_t n_classes, ana_workspace *workspace,
                                          ana_decoder *decoder);

/** Learn from rows `which` (n_which numbers) with these classes (of all rows). */
ANA_USE_RESULT ana_status ana_decoder_fit(const ana_decoding_rows *rows, const size_t *classes,
                                          size_t n_which, const size_t *which,
                                          const ana_decoding_options *options,
                                          ana_decoder *decoder);

/** The class of the largest score of x (p values) among those allowed (NULL: all), the first of
 *  equals. */
size_t ana_decoder_predict(const ana_decoder *decoder, const double *x, const bool *allowed);

/** A result with room for n trials and the names of classes. */
ANA_USE_RESULT ana_status ana_decoding_new(size_t n_trials, size_t n_folds, size_t n_classes,
                                           const char *const *classes, ana_decoding **out);

/** confusion, accuracy, balanced and fold_accuracy from truth, predicted and the fold of each trial
 *  (n_folds: none). */
void ana_decoding_count(const size_t *fold, ana_decoding *decoding);

/** Mean over classes of the share that is right; predicted n_classes: not tested. */
double ana_decoding_balanced(size_t n, size_t n_classes, const size_t *truth,
                             const size_t *predicted, double *counts);

/** chance, chance_high and p from values of permutations. */
ANA_USE_RESULT ana_status ana_decoding_judge(size_t n_permutations, const double *values,
                                             ana_decoding *decoding);

#endif
