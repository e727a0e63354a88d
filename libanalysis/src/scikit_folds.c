#include "fold_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/scikit_folds.h>

enum {
    N_STATE = 624,
    SHIFT = 397
};

void ana_numpy_random_seed(ana_numpy_random *random, uint32_t seed)
{
    random->state[0] = seed;
    for (uint32_t i = 1; i < N_STATE; i++) {
        const uint32_t before = random->state[i - 1];
        random->state[i] = 1812433253U * (before ^ before >> 30) + i;
    }
    random->position = N_STATE;
}

static void turn(uint32_t *state)
{
    for (size_t i = 0; i < N_STATE; i++) {
        const uint32_t y = (state[i] & 0x80000000U) | (state[(i + 1) % N_STATE] & 0x7fffffffU);
        state[i] = state[(i + SHIFT) % N_STATE] ^ y >> 1 ^ ((y & 1U) != 0 ? 0x9908b0dfU : 0U);
    }
}

uint32_t ana_numpy_random_u32(ana_numpy_random *random)
{
    if (random->position >= N_STATE) {
        turn(random->state);
        random->position = 0;
    }
    uint32_t y = random->state[random->position++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680U;
    y ^= y << 15 & 0xefc60000U;
    return y ^ y >> 18;
}

/* A number of 0 ... most: draws under a mask until one is not above. Two words for large ones, the
 * upper first. */
static uint64_t draw_up_to(ana_numpy_random *random, uint64_t most)
{
    uint64_t mask = most;
    uint64_t value = 0;
    for (unsigned int shift = 1; shift < 64; shift *= 2) {
        mask |= mask >> shift;
    }
    do {
        value = most > UINT32_MAX ? (uint64_t)ana_numpy_random_u32(random) << 32 : 0;
        value = (value | ana_numpy_random_u32(random)) & mask;
    } while (value > most);
    return value;
}

void ana_numpy_random_shuffle(ana_numpy_random *random, size_t n, size_t *values)
{
    for (size_t i = n; i-- > 1;) {
        const size_t j = (size_t)draw_up_to(random, i);
        const size_t kept = values[i];
        values[i] = values[j];
        values[j] = kept;
    }
}

static ana_status check_count(size_t n_items, size_t n_folds)
{
    if (n_folds < 2 || n_folds > n_items) {
        return ana_fail(ANA_ERR_VALUE, "folds: %zu folds of %zu items; 2 to that many is right",
                        n_folds, n_items);
    }
    return ANA_OK;
}

/* *out = folds by the number of each item's. */
static ana_status collect(size_t n_items, const size_t *fold_of, size_t n_folds, uint64_t seed,
                          ana_folds **out)
{
    ana_status status = ANA_OK;
    ana_folds *folds = NULL;
    *out = NULL;
    ANA_TRY(ana_folds_new(n_items, n_folds, seed, &folds));
    for (size_t f = 0; f < n_folds; f++) {
        ANA_TRY(
            ana_folds_list(n_items, fold_of, f, &folds->folds[f].n_test, &folds->folds[f].test));
    }
    *out = folds;
    folds = NULL;
done:
    ana_folds_free(folds);
    return status;
}

ana_status ana_scikit_folds_plain(size_t n_items, size_t n_folds, ana_numpy_random *random,
                                  uint64_t seed, ana_folds **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t *order = ana_workspace_sizes(&workspace, n_items, 1);
    size_t *fold_of = ana_workspace_sizes(&workspace, n_items, 1);
    ANA_TRY(ana_workspace_check(&workspace, "folds"));
    ANA_TRY(check_count(n_items, n_folds));
    for (size_t i = 0; i < n_items; i++) {
        order[i] = i;
    }
    if (random != NULL) {
        ana_numpy_random_shuffle(random, n_items, order);
    }
    for (size_t f = 0, i = 0; f < n_folds; f++) {
        const size_t size = n_items / n_folds + (f < n_items % n_folds ? 1 : 0);
        for (size_t k = 0; k < size; k++) {
            fold_of[order[i++]] = f;
        }
    }
    ANA_TRY(collect(n_items, fold_of, n_folds, seed, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* class_of[i] = how many other labels came before item i's first did; returns how many there are.
 */
static size_t encode(size_t n_items, const size_t *labels, size_t *names, size_t *class_of)
{
    size_t n_classes = 0;
    for (size_t i = 0; i < n_items; i++) {
        size_t class = 0;
        while (class < n_classes && names[class] != labels[i]) {
            class ++;
        }
        if (class == n_classes) {
            names[n_classes++] = labels[i];
        }
        class_of[i] = class;
    }
    return n_classes;
}

/* Room of one class. */
typedef struct deal {
    size_t n_folds;
    size_t first; /* items of the classes before, in class order */
    size_t n;     /* items of this class */
    size_t *folds;
} deal;

/* folds[0 ... n - 1] = rising fold numbers: fold f gets those places of the items in class order
 * that leave the remainder f. */
static void allocate_class(const deal *at)
{
    size_t next = 0;
    for (size_t f = 0; f < at->n_folds; f++) {
        for (size_t place = at->first; place < at->first + at->n; place++) {
            if (place % at->n_folds == f) {
                at->folds[next++] = f;
            }
        }
    }
}

ana_status ana_scikit_folds_stratified(size_t n_items, const size_t *labels, size_t n_folds,
                                       ana_numpy_random *random, uint64_t seed, ana_folds **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t *names = ana_workspace_sizes(&workspace, n_items, 1);
    size_t *class_of = ana_workspace_sizes(&workspace, n_items, 1);
    size_t *fold_of = ana_workspace_sizes(&workspace, n_items, 1);
    deal at = {.n_folds = n_folds, .folds = ana_workspace_sizes(&workspace, n_items, 1)};
    size_t largest = 0;
    ANA_TRY(ana_workspace_check(&workspace, "folds"));
    ANA_TRY(check_count(n_items, n_folds));
    const size_t n_classes = encode(n_items, labels, names, class_of);
    for (size_t c = 0; c < n_classes; c++) {
        size_t next = 0;
        at.first += at.n;
        at.n = 0;
        for (size_t i = 0; i < n_items; i++) {
            at.n += class_of[i] == c ? 1 : 0;
        }
        largest = at.n > largest ? at.n : largest;
        allocate_class(&at);
        if (random != NULL) {
            ana_numpy_random_shuffle(random, at.n, at.folds);
        }
        for (size_t i = 0; i < n_items; i++) {
            if (class_of[i] == c) {
                fold_of[i] = at.folds[next++];
            }
        }
    }
    if (largest < n_folds) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "folds: no label has more than %zu items, for %zu folds; as many as folds "
                         "of one at least is right",
                         largest, n_folds));
    }
    ANA_TRY(collect(n_items, fold_of, n_folds, seed, out));
done:
    ana_workspace_release(&workspace);
    return status;
}
