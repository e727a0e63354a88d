/** What the makers of folds share. */
#ifndef ANALYSIS_INTERNAL_FOLD_PARTS_H
#define ANALYSIS_INTERNAL_FOLD_PARTS_H

#include <analysis/folds.h>

/** *out = n_folds folds without items. */
ANA_USE_RESULT ana_status ana_folds_new(size_t n_items, size_t n_folds, uint64_t seed,
                                        ana_folds **out);

/** *out = the items whose tag is `wanted`, ascending, *n_out of them. Freed by free(). */
ANA_USE_RESULT ana_status ana_folds_list(size_t n, const size_t *tags, size_t wanted, size_t *n_out,
                                         size_t **out);

#endif
