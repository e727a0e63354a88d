#include "fold_parts.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/folds.h>

#include <stdlib.h>
#include <string.h>

ana_folds_options ana_folds_options_default(void)
{
    return (ana_folds_options){
        .run = ana_run_default(), .n_folds = 5, .n_repeats = 1, .shuffle = true};
}

const ana_option ana_folds_option_table[] = {
    {"folds", ANA_OPTION_SIZE, offsetof(ana_folds_options, n_folds), 2, 1e9, NULL, "K",
     "number of folds", false},
    {"repeats", ANA_OPTION_SIZE, offsetof(ana_folds_options, n_repeats), 1, 1e6, NULL, "N",
     "how often the items are shuffled and split anew", false},
    {"shuffle", ANA_OPTION_BOOL, offsetof(ana_folds_options, shuffle), 0, 0, NULL, NULL,
     "shuffle the items before splitting", false},
    ANA_OPTION_END,
};

void ana_folds_free(ana_folds *folds)
{
    if (folds == NULL) {
        return;
    }
    for (size_t f = 0; folds->folds != NULL && f < folds->n_folds; f++) {
        free(folds->folds[f].test);
        free(folds->folds[f].train);
    }
    free(folds->folds);
    free(folds);
}

ana_status ana_folds_new(size_t n_items, size_t n_folds, uint64_t seed, ana_folds **out)
{
    ana_status status = ANA_OK;
    ana_folds *folds = NULL;
    ANA_TRY(ana_allocate(1, sizeof *folds, "folds", &folds));
    folds->n_items = n_items;
    folds->seed = seed;
    ANA_TRY(ana_allocate(n_folds, sizeof *folds->folds, "folds", &folds->folds));
    folds->n_folds = n_folds;
    *out = folds;
done:
    if (status != ANA_OK) {
        ana_folds_free(folds);
    }
    return status;
}

ana_status ana_folds_list(size_t n, const size_t *tags, size_t wanted, size_t *n_out, size_t **out)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        count += tags[i] == wanted;
    }
    ana_status status = ana_allocate(count, sizeof **out, "folds", out);
    *n_out = 0;
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        if (tags[i] == wanted) {
            (*out)[(*n_out)++] = i;
        }
    }
    return status;
}

/* What an item does in a fold. */
typedef enum role {
    ROLE_NONE,
    ROLE_TEST,
    ROLE_TRAIN
} role;

/* Give the items of a list their role; each must exist, come once, and have none yet. */
static ana_status mark(const ana_folds *folds, size_t fold, size_t n, const size_t *items,
                       role which, unsigned char *roles)
{
    const char *name = which == ROLE_TEST ? "test" : "train";
    for (size_t i = 0; i < n; i++) {
        if (items[i] >= folds->n_items) {
            return ana_fail(ANA_ERR_VALUE, "folds: fold %zu, %s: item %zu, but there are %zu", fold,
                            name, items[i], folds->n_items);
        }
        if (roles[items[i]] != ROLE_NONE) {
            return ana_fail(ANA_ERR_VALUE, "folds: fold %zu, %s: item %zu is listed before%s", fold,
                            name, items[i], roles[items[i]] != which ? ", as a test" : "");
        }
        if (i > 0 && items[i] < items[i - 1]) {
            return ana_fail(ANA_ERR_VALUE, "folds: fold %zu, %s: item %zu stands after %zu", fold,
                            name, items[i], items[i - 1]);
        }
        roles[items[i]] = (unsigned char)which;
    }
    return ANA_OK;
}

/* One fold by itself, and its tests against those of its repeat. */
static ana_status check_fold(const ana_folds *folds, size_t f, unsigned char *roles,
                             unsigned char *tested)
{
    ana_status status = ANA_OK;
    const ana_fold *fold = folds->folds + f;
    memset(roles, ROLE_NONE, folds->n_items);
    ANA_TRY(mark(folds, f, fold->n_test, fold->test, ROLE_TEST, roles));
    if (fold->train != NULL) {
        ANA_TRY(mark(folds, f, fold->n_train, fold->train, ROLE_TRAIN, roles));
    }
    size_t n_train = fold->train != NULL ? fold->n_train : folds->n_items - fold->n_test;
    if (fold->n_test == 0 || n_train == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "folds: fold %zu has nothing to %s", f,
                         fold->n_test == 0 ? "test" : "train on"));
    }
    if (f > 0 && fold->repeat < fold[-1].repeat) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "folds: fold %zu of repeat %zu stands after repeat %zu", f,
                         fold->repeat, fold[-1].repeat));
    }
    if (f == 0 || fold->repeat != fold[-1].repeat) {
        memset(tested, ROLE_NONE, folds->n_items);
    }
    ANA_TRY(mark(folds, f, fold->n_test, fold->test, ROLE_TEST, tested));
done:
    return status;
}

ana_status ana_folds_check(const ana_folds *folds)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    unsigned char *roles = ana_workspace_bytes(&workspace, folds->n_items, 1, 1);
    unsigned char *tested = ana_workspace_bytes(&workspace, folds->n_items, 1, 1);
    ANA_TRY(ana_workspace_check(&workspace, "folds"));
    if (folds->n_folds == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "folds: there is none"));
    }
    for (size_t f = 0; f < folds->n_folds; f++) {
        ANA_TRY(check_fold(folds, f, roles, tested));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

void ana_folds_train(const ana_folds *folds, size_t fold, size_t *train, size_t *n_train)
{
    const ana_fold *f = folds->folds + fold;
    if (f->train != NULL) {
        memcpy(train, f->train, f->n_train * sizeof *train);
        *n_train = f->n_train;
        return;
    }
    size_t next_test = 0;
    *n_train = 0;
    for (size_t i = 0; i < folds->n_items; i++) {
        if (next_test < f->n_test && f->test[next_test] == i) {
            next_test++;
        } else {
            train[(*n_train)++] = i;
        }
    }
}
