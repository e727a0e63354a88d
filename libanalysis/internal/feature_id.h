/** The ids of observed features as text: how models name units and find them again. */
#ifndef ANALYSIS_INTERNAL_FEATURE_ID_H
#define ANALYSIS_INTERNAL_FEATURE_ID_H

#include <analysis/observations.h>

enum {
    ANA_FEATURE_ID_SIZE = 256
};

/** The id of feature f, or its number where the table has none. Cut to size. */
void ana_feature_id(const ana_observations *observations, size_t f, char *text, size_t size);

/** *out = ids of all features; freed by ana_free_texts. */
ANA_USE_RESULT ana_status ana_feature_ids(const ana_observations *observations, char ***out);

/** The features' table becomes one of these ids alone. */
ANA_USE_RESULT ana_status ana_feature_name(const char *const *ids, ana_observations *observations);

/** feature_of[i] = the feature whose id is names[i]. ANA_ERR_SHAPE names the first that is missing;
 *  `what` begins the sentence ("glm"). */
ANA_USE_RESULT ana_status ana_feature_match(const char *what, size_t n, char *const *names,
                                            const ana_observations *observations,
                                            size_t *feature_of);

#endif
