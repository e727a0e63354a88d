#include "fold_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/folds.h>
#include <analysis/random.h>

#include <stdlib.h>
#include <string.h>

/* The folds of one repeat, from the fold each item tests in. */
static ana_status add_repeat(ana_folds *folds, size_t repeat, size_t n_folds,
                             const size_t *fold_of_item)
{
    ana_status status = ANA_OK;
    for (size_t k = 0; k < n_folds; k++) {
        ana_fold *fold = folds->folds + repeat * n_folds + k;
        fold->repeat = repeat;
        ANA_TRY(ana_folds_list(folds->n_items, fold_of_item, k, &fold->n_test, &fold->test));
    }
done:
    return status;
}

/* An item, or a group of items, to be dealt. */
typedef struct lot {
    size_t key;   /* label, or size of the group */
    size_t place; /* in the shuffled order */
    size_t index;
} lot;

static int by_key_then_place(const void *a, const void *b)
{
    const lot *x = a;
    const lot *y = b;
    int order = (x->key > y->key) - (x->key < y->key);
    return order != 0 ? order : (x->place > y->place) - (x->place < y->place);
}

static int by_largest_then_place(const void *a, const void *b)
{
    const lot *x = a;
    const lot *y = b;
    int order = (x->key < y->key) - (x->key > y->key);
    return order != 0 ? order : (x->place > y->place) - (x->place < y->place);
}

static int by_value(const void *a, const void *b)
{
    size_t x = *(const size_t *)a;
    size_t y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* order[place] = item, from the stream of this repeat. */
static void shuffle(const ana_folds_options *options, size_t repeat, size_t n, size_t *order)
{
    ana_random random = ana_random_stream(options->run.seed, "folds", repeat);
    if (options->shuffle) {
        ana_random_permutation(&random, n, order);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        order[i] = i;
    }
}

static ana_status check_options(const ana_folds_options *options, size_t n, const char *what)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_options_check(ana_folds_option_table, options, "folds"));
    if (n < options->n_folds) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "folds: %zu %s are too few for %zu folds", n, what,
                         options->n_folds));
    }
    if (options->n_repeats > 1 && !options->shuffle) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "folds: %zu repeats without shuffling are all the same",
                         options->n_repeats));
    }
done:
    return status;
}

/* Items by label and within a label in shuffled order are dealt in turn: every share and every size
 * is equal within one. */
static void deal_items(const ana_folds_options *options, size_t repeat, size_t n,
                       const size_t *labels, lot *lots, size_t *fold_of_item)
{
    size_t *order = fold_of_item; /* until it is filled */
    shuffle(options, repeat, n, order);
    for (size_t place = 0; place < n; place++) {
        size_t item = order[place];
        lots[place] = (lot){labels != NULL ? labels[item] : 0, place, item};
    }
    qsort(lots, n, sizeof *lots, by_key_then_place);
    for (size_t i = 0; i < n; i++) {
        fold_of_item[lots[i].index] = i % options->n_folds;
    }
}

/* Without labels and shuffling, folds are stretches of the items, the first ones longer by one. */
static void cut_items(size_t n, size_t n_folds, size_t *fold_of_item)
{
    for (size_t k = 0, i = 0; k < n_folds; k++) {
        size_t end = i + n / n_folds + (k < n % n_folds);
        for (; i < end; i++) {
            fold_of_item[i] = k;
        }
    }
}

static ana_status split_items(size_t n_items, const size_t *labels,
                              const ana_folds_options *options, ana_folds **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_folds *folds = NULL;
    ANA_TRY(check_options(options, n_items, "items"));
    size_t *fold_of_item = ana_workspace_sizes(&workspace, n_items, 1);
    lot *lots = ana_workspace_bytes(&workspace, n_items, 1, sizeof *lots);
    ANA_TRY(ana_workspace_check(&workspace, "folds"));
    ANA_TRY(
        ana_folds_new(n_items, options->n_folds * options->n_repeats, options->run.seed, &folds));
    for (size_t repeat = 0; repeat < options->n_repeats; repeat++) {
        if (labels == NULL && !options->shuffle) {
            cut_items(n_items, options->n_folds, fold_of_item);
        } else {
            deal_items(options, repeat, n_items, labels, lots, fold_of_item);
        }
        ANA_TRY(add_repeat(folds, repeat, options->n_folds, fold_of_item));
    }
    *out = folds;
done:
    if (status != ANA_OK) {
        ana_folds_free(folds);
    }
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_folds_plain(size_t n_items, const ana_folds_options *options, ana_folds **out)
{
    ana_folds_options defaults = ana_folds_options_default();
    return split_items(n_items, NULL, options != NULL ? options : &defaults, out);
}

/* ids[0 ... n_groups-1] = the different ids, ascending; group_of_item = position of each item's. */
static ana_status find_groups(size_t n_items, const size_t *groups, ana_workspace *workspace,
                              size_t **group_of_item, size_t *n_groups)
{
    ana_status status = ANA_OK;
    size_t *ids = ana_workspace_sizes(workspace, n_items, 1);
    *group_of_item = ana_workspace_sizes(workspace, n_items, 1);
    ANA_TRY(ana_workspace_check(workspace, "folds"));
    if (n_items > 0) {
        memcpy(ids, groups, n_items * sizeof *ids);
        qsort(ids, n_items, sizeof *ids, by_value);
    }
    *n_groups = 0;
    for (size_t i = 0; i < n_items; i++) {
        if (*n_groups == 0 || ids[*n_groups - 1] != ids[i]) {
            ids[(*n_groups)++] = ids[i];
        }
    }
    for (size_t i = 0; i < n_items; i++) {
        const size_t *found = bsearch(groups + i, ids, *n_groups, sizeof *ids, by_value);
        (*group_of_item)[i] = found != NULL ? (size_t)(found - ids) : 0;
    }
done:
    return status;
}

static ana_status warn_of_rare_labels(size_t n_items, const size_t *labels,
                                      const ana_folds_options *options)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t *label_of_item = NULL;
    size_t n_labels = 0;
    ANA_TRY(find_groups(n_items, labels, &workspace, &label_of_item, &n_labels));
    size_t *counts = ana_workspace_sizes(&workspace, n_labels, 1);
    ANA_TRY(ana_workspace_check(&workspace, "folds"));
    for (size_t i = 0; i < n_items; i++) {
        counts[label_of_item[i]]++;
    }
    for (size_t i = 0; i < n_items; i++) {
        size_t *count = counts + label_of_item[i];
        if (*count > 0 && *count < options->n_folds) {
            ana_warn(&options->run,
                     "folds: label %zu has %zu items, fewer than the %zu folds: some test none",
                     labels[i], *count, options->n_folds);
            *count = 0; /* once */
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_folds_stratified(size_t n_items, const size_t *labels,
                                const ana_folds_options *options, ana_folds **out)
{
    ana_status status = ANA_OK;
    ana_folds_options defaults = ana_folds_options_default();
    options = options != NULL ? options : &defaults;
    ANA_TRY(warn_of_rare_labels(n_items, labels, options));
    ANA_TRY(split_items(n_items, labels, options, out));
done:
    return status;
}

/* Groups from the largest down, each to the fold with the fewest items; of equals the first. */
static void deal_groups(size_t n_groups, size_t n_folds, lot *lots, size_t *loads,
                        size_t *fold_of_group)
{
    qsort(lots, n_groups, sizeof *lots, by_largest_then_place);
    memset(loads, 0, n_folds * sizeof *loads);
    for (size_t g = 0; g < n_groups; g++) {
        size_t lightest = 0;
        for (size_t k = 1; k < n_folds; k++) {
            lightest = loads[k] < loads[lightest] ? k : lightest;
        }
        fold_of_group[lots[g].index] = lightest;
        loads[lightest] += lots[g].key;
    }
}

ana_status ana_folds_grouped(size_t n_items, const size_t *groups, const ana_folds_options *options,
                             ana_folds **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_folds *folds = NULL;
    size_t *group_of_item = NULL;
    size_t n_groups = 0;
    ana_folds_options defaults = ana_folds_options_default();
    options = options != NULL ? options : &defaults;
    ANA_TRY(find_groups(n_items, groups, &workspace, &group_of_item, &n_groups));
    ANA_TRY(check_options(options, n_groups, "groups"));
    size_t *order = ana_workspace_sizes(&workspace, n_groups, 1);
    size_t *fold_of_group = ana_workspace_sizes(&workspace, n_groups, 1);
    size_t *fold_of_item = ana_workspace_sizes(&workspace, n_items, 1);
    size_t *loads = ana_workspace_sizes(&workspace, options->n_folds, 1);
    size_t *sizes = ana_workspace_sizes(&workspace, n_groups, 1);
    lot *lots = ana_workspace_bytes(&workspace, n_groups, 1, sizeof *lots);
    ANA_TRY(ana_workspace_check(&workspace, "folds"));
    for (size_t i = 0; i < n_items; i++) {
        sizes[group_of_item[i]]++;
    }
    ANA_TRY(
        ana_folds_new(n_items, options->n_folds * options->n_repeats, options->run.seed, &folds));
    for (size_t repeat = 0; repeat < options->n_repeats; repeat++) {
        shuffle(options, repeat, n_groups, order);
        for (size_t place = 0; place < n_groups; place++) {
            lots[place] = (lot){sizes[order[place]], place, order[place]};
        }
        deal_groups(n_groups, options->n_folds, lots, loads, fold_of_group);
        for (size_t i = 0; i < n_items; i++) {
            fold_of_item[i] = fold_of_group[group_of_item[i]];
        }
        ANA_TRY(add_repeat(folds, repeat, options->n_folds, fold_of_item));
    }
    *out = folds;
done:
    if (status != ANA_OK) {
        ana_folds_free(folds);
    }
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_folds_leave_one_group_out(size_t n_items, const size_t *groups, ana_folds **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_folds *folds = NULL;
    size_t *group_of_item = NULL;
    size_t n_groups = 0;
    ANA_TRY(find_groups(n_items, groups, &workspace, &group_of_item, &n_groups));
    if (n_groups < 2) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "folds: to leave one group out, two are needed, not %zu",
                         n_groups));
    }
    ANA_TRY(ana_folds_new(n_items, n_groups, 0, &folds));
    ANA_TRY(add_repeat(folds, 0, n_groups, group_of_item));
    *out = folds;
done:
    if (status != ANA_OK) {
        ana_folds_free(folds);
    }
    ana_workspace_release(&workspace);
    return status;
}
