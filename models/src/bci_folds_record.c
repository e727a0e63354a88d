/* Folds in a file, with the trials they are of. */
#include "fold_parts.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/bci_folds.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ana_status add_trials(const ana_bci_trials *trials, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const char **runs = NULL;
    const char **classes = NULL;
    const size_t n = trials->n_trials;
    ANA_TRY(ana_allocate(n, sizeof *runs, "folds", &runs));
    ANA_TRY(ana_allocate(n, sizeof *classes, "folds", &classes));
    for (size_t i = 0; i < n; i++) {
        runs[i] = trials->run_names[trials->runs[i]];
        classes[i] = trials->classes[trials->labels[i]];
    }
    ANA_TRY(ana_record_add_group(record, "trials", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_texts(table, "recording", n, runs));
    ANA_TRY(ana_record_add_doubles(table, "onset", ana_shape_1(n, "trial"), trials->onsets, "s"));
    ANA_TRY(ana_record_add_texts(table, "class", n, classes));
done:
    free(runs);
    free(classes);
    return status;
}

static ana_status add_fold(const ana_folds *folds, size_t f, ana_record *protocol)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *group = NULL;
    const ana_fold *fold = &folds->folds[f];
    char name[32];
    size_t n_train = 0;
    size_t *train = ana_workspace_sizes(&workspace, folds->n_items, 1);
    ANA_TRY(ana_workspace_check(&workspace, "folds"));
    ana_folds_train(folds, f, train, &n_train);
    snprintf(name, sizeof name, "%zu", f);
    ANA_TRY(ana_record_add_group(protocol, name, ANA_HINT_NONE, &group));
    ANA_TRY(
        ana_record_add_sizes(group, "test", ana_shape_1(fold->n_test, "trial"), fold->test, NULL));
    ANA_TRY(ana_record_add_sizes(group, "train", ana_shape_1(n_train, "trial"), train, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_bci_folds_to_record(const ana_bci_trials *trials,
                                   const ana_folds *const folds[ANA_BCI_N_PROTOCOLS],
                                   ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    *out = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "bci-folds"));
    ANA_TRY(ana_record_add_text(record, "title", "Folds of trials"));
    ANA_TRY(add_trials(trials, record));
    for (int p = 0; p < ANA_BCI_N_PROTOCOLS; p++) {
        ana_record *group = NULL;
        if (folds[p] == NULL) {
            continue;
        }
        ANA_TRY(ana_record_add_group(record, ana_bci_protocol_name((ana_bci_protocol)p),
                                     ANA_HINT_NONE, &group));
        for (size_t f = 0; f < folds[p]->n_folds; f++) {
            ANA_TRY(add_fold(folds[p], f, group));
        }
    }
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}

/* The trials of the record are those at hand, one by one. */
static ana_status check_trials(const ana_record *record, const ana_bci_trials *trials)
{
    ana_status status = ANA_OK;
    const char *const *runs = NULL;
    const char *const *classes = NULL;
    const double *onsets = NULL;
    size_t n = 0;
    ANA_TRY(ana_record_get_texts(record, "trials/recording", &n, &runs));
    if (n != trials->n_trials) {
        return ana_fail(ANA_ERR_VALUE, "folds: they are of %zu trials, but there are %zu", n,
                        trials->n_trials);
    }
    ana_shape shape = ana_shape_1(n, "trial");
    ANA_TRY(ana_record_get_texts(record, "trials/class", &n, &classes));
    ANA_TRY(ana_record_get_doubles(record, "trials/onset", &shape, &onsets));
    for (size_t i = 0; i < n; i++) {
        const char *run = trials->run_names[trials->runs[i]];
        const char *class = trials->classes[trials->labels[i]];
        if (strcmp(runs[i], run) != 0 || strcmp(classes[i], class) != 0 ||
            fabs(onsets[i] - trials->onsets[i]) * trials->rate > 0.5) {
            return ana_fail(ANA_ERR_VALUE,
                            "folds: their trial %zu is of %s at %s s, class %s; here it is of %s "
                            "at %s s, class %s",
                            i, runs[i], ana_number(onsets[i]).text, classes[i], run,
                            ana_number(trials->onsets[i]).text, class);
        }
    }
done:
    return status;
}

static ana_status read_list(const ana_record *group, const char *name, size_t n_trials,
                            size_t *n_out, size_t **out)
{
    ana_status status = ANA_OK;
    ana_shape shape = {.n_axes = 1};
    const int64_t *items = NULL;
    ANA_TRY(ana_record_get_ints(group, name, &shape, &items));
    ANA_TRY(ana_allocate(shape.n[0], sizeof **out, "folds", out));
    *n_out = shape.n[0];
    for (size_t k = 0; k < *n_out; k++) {
        if (items[k] < 0 || (uint64_t)items[k] >= n_trials) {
            return ana_fail(ANA_ERR_FORMAT, "folds: fold %s: %s: there is no trial %lld",
                            group->name, name, (long long)items[k]);
        }
        (*out)[k] = (size_t)items[k];
    }
done:
    return status;
}

static ana_status read_folds(const ana_record *group, size_t n_trials, ana_folds **out)
{
    ana_status status = ANA_OK;
    ana_folds *folds = NULL;
    ANA_TRY(ana_folds_new(n_trials, group->n_children, 0, &folds));
    for (size_t f = 0; f < folds->n_folds; f++) {
        const ana_record *one = group->children[f];
        ana_fold *fold = &folds->folds[f];
        ANA_TRY(read_list(one, "test", n_trials, &fold->n_test, &fold->test));
        ANA_TRY(read_list(one, "train", n_trials, &fold->n_train, &fold->train));
    }
    ANA_TRY(ana_folds_check(folds));
    *out = folds;
    folds = NULL;
done:
    ana_folds_free(folds);
    return status;
}

ana_status ana_bci_folds_from_record(const ana_record *record, const ana_bci_trials *trials,
                                     ana_folds *folds[ANA_BCI_N_PROTOCOLS])
{
    ana_status status = ANA_OK;
    for (int p = 0; p < ANA_BCI_N_PROTOCOLS; p++) {
        folds[p] = NULL;
    }
    ANA_TRY(check_trials(record, trials));
    for (int p = 0; p < ANA_BCI_N_PROTOCOLS; p++) {
        const ana_record *group =
            ana_record_find(record, ana_bci_protocol_name((ana_bci_protocol)p));
        if (group != NULL && group->type == ANA_RECORD_GROUP) {
            ANA_TRY(read_folds(group, trials->n_trials, &folds[p]));
        }
    }
done:
    for (int p = 0; p < ANA_BCI_N_PROTOCOLS && status != ANA_OK; p++) {
        ana_folds_free(folds[p]);
        folds[p] = NULL;
    }
    return status;
}
