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

/** The samples first ... first + n - 1, on thread `worker`. */
typedef ana_status (*ana_rsa_batch)(const void *of, size_t first, size_t n, size_t worker);

/** All samples of the scene in batches of `size`, on the run's threads. */
ANA_USE_RESULT ana_status ana_rsa_in_batches(const ana_rsa_scene *scene, size_t size,
                                             ana_rsa_batch batch, const void *of);
size_t ana_rsa_n_workers(const ana_rsa_scene *scene, size_t size);

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
