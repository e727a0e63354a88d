/** Similarities and ceilings of samples of subjects and conditions (rsa_bootstrap.h). */
#ifndef MODELS_RSA_DRAWS_H
#define MODELS_RSA_DRAWS_H

#include <analysis/models/rsa_bootstrap.h>

#include <stdint.h>

/** What is sampled: vectors are 1 in every pair, then the subjects' matrices, then the models'. */
typedef struct ana_rsa_scene {
    const ana_rdms *subjects;
    const ana_rdms *models;
    const double *noise;
    const ana_rdm_compare_options *compare;
    const ana_rsa_draws *draws;
    const size_t *group; /**< of each subject: 0 ... n_groups - 1 */
    size_t n_groups;
    bool no_ceilings;
    size_t n_pairs;        /**< that all matrices have */
    const size_t *kept;    /**< their places */
    const uint32_t *first; /**< their conditions */
    const uint32_t *second;
    double *values; /**< samples x (M + 2) (out) */
} ana_rsa_scene;

/** What is drawn from. */
typedef struct ana_rsa_drawing {
    uint64_t seed;
    size_t n_subjects;
    const size_t *group; /**< of each subject */
    size_t n_groups;
    size_t n_conditions;
} ana_rsa_drawing;

/** subjects: n_samples x S, conditions: n_samples x n (out): how often each is drawn; `scratch` has
 *  room for the groups. */
void ana_rsa_draw_samples(const ana_rsa_drawing *from, size_t n_samples, size_t *scratch,
                          size_t *subjects, size_t *conditions);

/** An empty bootstrap of n_models quantities and two ceilings. */
ANA_USE_RESULT ana_status ana_rsa_bootstrap_new(ana_rsa_resampled over, size_t n_models,
                                                size_t n_samples, size_t n_groups,
                                                size_t n_conditions, ana_rsa_bootstrap **out);

/** out: n_factors x Q x Q, of values n_factors x n_samples x Q; b->variance of b->covariance; t
 *  intervals by it. */
void ana_rsa_find_covariances(const ana_rsa_bootstrap *b, const double *values, double *out);
void ana_rsa_find_variances(ana_rsa_bootstrap *b);
void ana_rsa_find_t_intervals(double level, ana_rsa_bootstrap *b);

/** The samples first ... first + n - 1, on thread `worker`. */
typedef ana_status (*ana_rsa_batch)(const void *of, size_t first, size_t n, size_t worker);

/** n_items in batches of `size`, on the run's threads. */
ANA_USE_RESULT ana_status ana_rsa_in_batches(const ana_run *run, size_t n_items, size_t size,
                                             ana_rsa_batch batch, const void *of);
size_t ana_rsa_n_workers(const ana_run *run, size_t n_items, size_t size);

/** *out = rows (NULL: all) and conditions of `from`, as often as they are named; the pair of a
 *  condition with itself is NaN. */
ANA_USE_RESULT ana_status ana_rsa_copy(const ana_rdms *from, size_t n_rows, const size_t *rows,
                                       size_t n, const size_t *conditions, ana_rdms **out);

/** Row pointers: matrix `v` of subjects, then models. */
const double *ana_rsa_matrix(const ana_rsa_scene *scene, size_t v);

/** group[n] (out): the ids by number, in the order in which they come (NULL: all differ). Returns
 *  how many there are. */
size_t ana_rsa_number_groups(size_t n, const size_t *ids, size_t *group);

/** How often a sample holds a subject or a condition. */
size_t ana_rsa_times_of_subject(const ana_rsa_scene *scene, size_t sample, size_t subject);
size_t ana_rsa_times_of_condition(const ana_rsa_scene *scene, size_t sample, size_t condition);

/** Whether a sample has three different conditions. */
bool ana_rsa_is_sample(const ana_rsa_scene *scene, size_t sample);

/** values[m] = mean of similarity[m * S + s] over the subjects of a sample. */
void ana_rsa_mean_of_sample(const ana_rsa_scene *scene, size_t sample, const double *similarity,
                            double *values);

/** *mean = over the groups in a sample, of the mean of x over a group's subjects; NaN: fewer than
 *  two groups. */
double ana_rsa_mean_of_groups(const ana_rsa_scene *scene, size_t sample, const double *x);

/** The scene's values, by family of similarities. */
ANA_USE_RESULT ana_status ana_rsa_draws_by_products(const ana_rsa_scene *scene);
ANA_USE_RESULT ana_status ana_rsa_draws_by_ranks(const ana_rsa_scene *scene);
ANA_USE_RESULT ana_status ana_rsa_draws_by_comparing(const ana_rsa_scene *scene);

#endif
