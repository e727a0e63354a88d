/** Which class's means are the nearest, all of its power means taken together?
 *
 *  The means field (Congedo et al. 2019; Andreev et al. 2023): of each class one power mean for
 *  each of several powers (-1 harmonic, 0 riemann, 1 euclidean), since no single mean is the best
 *  for all data. A matrix's squared distances from a class's means are summed over the powers, or
 *  the least of them is taken; softmax of the negatives are probabilities. */
#ifndef ANALYSIS_MODELS_MEAN_FIELD_H
#define ANALYSIS_MODELS_MEAN_FIELD_H

#include <analysis/models/minimum_distance.h>

ANA_BEGIN_DECLS

typedef enum ana_mean_field_method {
    ANA_MEAN_FIELD_SUM,
    ANA_MEAN_FIELD_LEAST
} ana_mean_field_method;

/** "sum", "least", NULL: as choices of options. */
ANA_API extern const char *const ana_mean_field_method_names[];

/** means (n_powers x n_classes x ana_spd_size, out) = each class's mean of each power.
 *
 *  @param powers  n_powers  each -1 to 1
 *  @return ANA_ERR_VALUE for no powers, one out of range, or as ana_minimum_distance_fit. */
ANA_API ANA_USE_RESULT ana_status ana_mean_field_fit(const ana_labelled_matrices *known,
                                                     size_t n_powers, const double *powers,
                                                     const ana_run *run, double *means);

/** Means of classes; borrowed. */
typedef struct ana_mean_field {
    size_t n_powers;
    size_t n_classes;
    const double *means; /**< n_powers x n_classes x ana_spd_size */
    ana_mean_field_method method;
} ana_mean_field;

/** probabilities (n_matrices x n_classes, out); the largest is the answer. */
ANA_API ANA_USE_RESULT ana_status ana_mean_field_predict(const ana_spd_set *set,
                                                         const ana_mean_field *field,
                                                         const ana_run *run, double *probabilities);

ANA_END_DECLS

#endif
