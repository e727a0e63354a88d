/** Which items train and which test, without letting one leak into the other?
 *
 *  Folds are exchanged as one JSON form by every command: {schema, n_items, item_ids_sha256, seed,
 *  folds: [{repeat, test, train}]}, 0-based, train left out where it is the rest. The makers below
 *  depend on seed and input alone. */
#ifndef ANALYSIS_FOLDS_H
#define ANALYSIS_FOLDS_H

#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

ANA_BEGIN_DECLS

typedef struct ana_fold {
    size_t repeat; /**< which shuffling of the items it belongs to */
    size_t n_test;
    size_t *test; /**< ascending; owned */
    size_t n_train;
    size_t *train; /**< ascending; NULL: every item that does not test; owned */
} ana_fold;

/** Invariant (ana_folds_check): items below n_items, each once in a list, none in both lists of a
 *  fold, none in two tests of a repeat; no test and no training set is empty. */
typedef struct ana_folds {
    size_t n_items;
    char item_ids_sha256[65]; /**< of the items' ids, hexadecimal; "": not known */
    uint64_t seed;
    size_t n_folds;
    ana_fold *folds; /**< by repeat, then by number; owned */
} ana_folds;

typedef struct ana_folds_options {
    ana_run run;
    size_t n_folds;   /**< of each repeat; default 5 */
    size_t n_repeats; /**< default 1 */
    bool shuffle;     /**< default true; else items keep their order and repeats are refused */
} ana_folds_options;

ANA_API ana_folds_options ana_folds_options_default(void);

/** Rows for folds, repeats, shuffle. */
ANA_API extern const ana_option ana_folds_option_table[];

/** Makers. Shared errors: ANA_ERR_VALUE for an option out of range, or too few items or groups for
 *  the folds; ANA_ERR_MEMORY. Freed by ana_folds_free. */

/** Test sets of equal size, within one. */
ANA_API ANA_USE_RESULT ana_status ana_folds_plain(size_t n_items, const ana_folds_options *options,
                                                  ana_folds **out);

/** The same share of each label in every test set, within one, and equal sizes, within one. Warns
 *  of a label with fewer items than folds. */
ANA_API ANA_USE_RESULT ana_status ana_folds_stratified(size_t n_items, const size_t *labels,
                                                       const ana_folds_options *options,
                                                       ana_folds **out);

/** No group (session, animal) on both sides. Large groups are dealt first, each to the smallest
 *  test set so far. */
ANA_API ANA_USE_RESULT ana_status ana_folds_grouped(size_t n_items, const size_t *groups,
                                                    const ana_folds_options *options,
                                                    ana_folds **out);

/** One fold for each group, in ascending order of the ids, which alone tests. No random numbers. */
ANA_API ANA_USE_RESULT ana_status ana_folds_leave_one_group_out(size_t n_items,
                                                                const size_t *groups,
                                                                ana_folds **out);

/** Items in time: each sequence is cut into n_folds stretches, and fold k tests on stretch k of
 *  each. Training leaves out `gap` items on either side of a test stretch, within its sequence, so
 *  that what is correlated in time is not on both sides.
 *
 *  @param sequence_start  n_sequences + 1  from 0 to n_items, as in ana_observations
 *  @param n_folds         at least 2
 *  @return ANA_ERR_VALUE also when a gap leaves nothing to train on. */
ANA_API ANA_USE_RESULT ana_status ana_folds_blocked(size_t n_sequences,
                                                    const size_t *sequence_start, size_t n_folds,
                                                    size_t gap, ana_folds **out);

/** Whether the invariant holds; ANA_ERR_VALUE names the fold and the item. For folds from a file.
 */
ANA_API ANA_USE_RESULT ana_status ana_folds_check(const ana_folds *folds);

/** The training items of a fold, ascending: train[n_items] is room for them, *n_train how many. */
ANA_API void ana_folds_train(const ana_folds *folds, size_t fold, size_t *train, size_t *n_train);

ANA_API void ana_folds_free(ana_folds *folds);

ANA_END_DECLS

#endif
