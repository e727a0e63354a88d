#include "fold_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/folds.h>

/* What an item does in a fold. */
enum {
    TRAINS,
    TESTS,
    IS_IN_GAP
};

static ana_status check_sequences(size_t n_sequences, const size_t *start, size_t n_folds)
{
    if (n_folds < 2) {
        return ana_fail(ANA_ERR_VALUE, "folds: %zu folds, but at least 2 are needed", n_folds);
    }
    size_t longest = 0;
    for (size_t s = 0; s < n_sequences; s++) {
        if (start[0] != 0 || start[s + 1] < start[s]) {
            return ana_fail(ANA_ERR_VALUE, "folds: sequence %zu runs from item %zu to %zu", s,
                            start[s], start[s + 1]);
        }
        longest = start[s + 1] - start[s] > longest ? start[s + 1] - start[s] : longest;
    }
    if (longest < n_folds) {
        return ana_fail(ANA_ERR_VALUE,
                        "folds: the longest sequence has %zu items, too few for %zu stretches",
                        longest, n_folds);
    }
    return ANA_OK;
}

/* Stretch k of n items cut into n_folds, the first ones longer by one: [*first, *end). */
static void find_stretch(size_t n, size_t n_folds, size_t k, size_t *first, size_t *end)
{
    size_t longer = n % n_folds;
    *first = k * (n / n_folds) + (k < longer ? k : longer);
    *end = *first + n / n_folds + (k < longer);
}

static void assign_roles(size_t n_sequences, const size_t *start, size_t n_folds, size_t k,
                         size_t gap, size_t *roles)
{
    for (size_t s = 0; s < n_sequences; s++) {
        size_t n = start[s + 1] - start[s];
        size_t first = 0;
        size_t end = 0;
        find_stretch(n, n_folds, k, &first, &end);
        for (size_t i = 0; i < n; i++) {
            bool tests = i >= first && i < end;
            bool near = first < end && (i < first ? first - i <= gap : i - end < gap);
            roles[start[s] + i] = tests ? TESTS : near ? IS_IN_GAP : TRAINS;
        }
    }
}

ana_status ana_folds_blocked(size_t n_sequences, const size_t *sequence_start, size_t n_folds,
                             size_t gap, ana_folds **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_folds *folds = NULL;
    ANA_TRY(check_sequences(n_sequences, sequence_start, n_folds));
    size_t n_items = sequence_start[n_sequences];
    size_t *roles = ana_workspace_sizes(&workspace, n_items, 1);
    ANA_TRY(ana_workspace_check(&workspace, "folds"));
    ANA_TRY(ana_folds_new(n_items, n_folds, 0, &folds));
    for (size_t k = 0; k < n_folds; k++) {
        ana_fold *fold = folds->folds + k;
        assign_roles(n_sequences, sequence_start, n_folds, k, gap, roles);
        ANA_TRY(ana_folds_list(n_items, roles, TESTS, &fold->n_test, &fold->test));
        if (gap > 0) {
            ANA_TRY(ana_folds_list(n_items, roles, TRAINS, &fold->n_train, &fold->train));
        }
        if (gap > 0 && fold->n_train == 0) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE,
                             "folds: a gap of %zu items leaves nothing to train on in fold %zu",
                             gap, k));
        }
    }
    *out = folds;
done:
    if (status != ANA_OK) {
        ana_folds_free(folds);
    }
    ana_workspace_release(&workspace);
    return status;
}
