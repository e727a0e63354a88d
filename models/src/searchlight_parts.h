/** What the parts of a searchlight share. */
#ifndef MODELS_SEARCHLIGHT_PARTS_H
#define MODELS_SEARCHLIGHT_PARTS_H

#include <analysis/models/rdm_compare.h>
#include <analysis/models/searchlight.h>

#include <math.h>

extern const char *const ana_searchlight_similarity_names[];

/** What a search of centres has and needs. */
typedef struct ana_search_map {
    const ana_observations *rows;
    const ana_centres *centres;
    const ana_searchlight_options *options;
    ana_rdm_similarity similarity;
    size_t n; /**< conditions */
    size_t n_pairs;
    const bool *usable; /**< of the features */
    ana_searchlight *out;
    double *models;   /**< M x n_pairs: directions */
    size_t n_groups;  /**< of a round */
    size_t n_at_once; /**< permutations */
    double *permuted; /**< n_at_once x M x n_pairs */
    /* Of a round: */
    size_t first;         /**< centre */
    size_t stop;          /**< centre */
    double *matrices;     /**< centres of a round x n_pairs */
    double *directions;   /**< the same; 0 of a centre without one */
    double *products;     /**< groups x centres of one x n_at_once x M */
    double *largest;      /**< groups x n_at_once x M */
    ana_status *statuses; /**< groups */
    size_t *above;        /**< C x M: permutations at least as similar */
} ana_search_map;

/** Whether n values are all finite. */
static inline bool ana_search_is_whole(size_t n, const double *values)
{
    for (size_t k = 0; k < n; k++) {
        if (!isfinite(values[k])) {
            return false;
        }
    }
    return true;
}

/** All centres: map->out's values, p and thresholds. */
ANA_USE_RESULT ana_status ana_search_run(ana_search_map *map, ana_searchlight_function function,
                                         void *user);

#endif
