/** Which are the very folds of scikit-learn, so that its published cross-validations can be
 *  repeated?
 *
 *  Shuffled folds of scikit-learn come from numpy's RandomState: the Mersenne twister MT19937
 *  (Matsumoto & Nishimura 1998) and the shuffle of Fisher & Yates from above with masked draws.
 *  Both are repeated here to the bit (numpy 1.24, scikit-learn 1.2), for these folds alone: all
 *  other random numbers are those of random.h.
 *
 *  LeaveOneGroupOut needs no random numbers: it is ana_folds_leave_one_group_out. */
#ifndef ANALYSIS_SCIKIT_FOLDS_H
#define ANALYSIS_SCIKIT_FOLDS_H

#include <analysis/folds.h>

ANA_BEGIN_DECLS

/** numpy.random.RandomState. Copying the struct copies the state. */
typedef struct ana_numpy_random {
    uint32_t state[624];
    size_t position; /**< of the next number; 624: the state turns first */
} ana_numpy_random;

/** RandomState(seed). */
ANA_API void ana_numpy_random_seed(ana_numpy_random *random, uint32_t seed);

/** The next 32 bits: of the reference MT19937. */
ANA_API uint32_t ana_numpy_random_u32(ana_numpy_random *random);

/** RandomState.shuffle of an array of one axis. */
ANA_API void ana_numpy_random_shuffle(ana_numpy_random *random, size_t n, size_t *values);

/** *out = KFold(n_folds, shuffle=random is not None, random_state=random), freed by ana_folds_free.
 *
 *  @param random  goes on from one call to the next, as a RandomState that is shared; NULL: no
 *                 shuffling
 *  @param seed    is noted in the folds, nothing else
 *  @return ANA_ERR_VALUE for fewer than two folds or fewer items than folds; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_scikit_folds_plain(size_t n_items, size_t n_folds,
                                                         ana_numpy_random *random, uint64_t seed,
                                                         ana_folds **out);

/** *out = StratifiedKFold(n_folds, shuffle=random is not None, random_state=random). What labels
 *  are called does not matter, only the order in which they first come. ANA_ERR_VALUE also when
 *  every label has fewer items than there are folds (with one that has fewer, scikit-learn warns).
 */
ANA_API ANA_USE_RESULT ana_status ana_scikit_folds_stratified(size_t n_items, const size_t *labels,
                                                              size_t n_folds,
                                                              ana_numpy_random *random,
                                                              uint64_t seed, ana_folds **out);

ANA_END_DECLS

#endif
