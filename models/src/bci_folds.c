#include "fold_parts.h"
#include "memory.h"
#include "try.h"

#include <analysis/models/bci_folds.h>
#include <analysis/scikit_folds.h>

#include <stdlib.h>
#include <string.h>

static const char *const split_names[] = {"auto", "contiguous", "runs", "shuffled", NULL};

const ana_option ana_bci_fold_option_table[] = {
    {"split", ANA_OPTION_CHOICE, offsetof(ana_bci_fold_options, split), 0, 0, split_names, "SPLIT",
     "of a session: contiguous stretches of each class; runs, each in turn; shuffled, as "
     "scikit-learn; auto: runs where each session has three or more, else contiguous",
     false},
    {"folds", ANA_OPTION_SIZE, offsetof(ana_bci_fold_options, n_folds), 2, 1000, NULL, "K",
     "folds of a session", false},
    {"fold-seed", ANA_OPTION_SEED, offsetof(ana_bci_fold_options, seed), 0, 4294967295.0, NULL, "N",
     "of shuffled folds: scikit-learn's random_state", false},
    ANA_OPTION_END,
};

ana_bci_fold_options ana_bci_fold_options_default(void)
{
    return (ana_bci_fold_options){.split = ANA_BCI_SPLIT_AUTO, .n_folds = 5, .seed = 42};
}

static const char *const protocol_names[] = {"within", "cross_session", "cross_subject"};

const char *ana_bci_protocol_name(ana_bci_protocol protocol)
{
    return protocol_names[protocol];
}

bool ana_bci_protocol_fits(const ana_bci_trials *trials, ana_bci_protocol protocol)
{
    if (protocol == ANA_BCI_WITHIN_SESSION) {
        return true;
    }
    if (protocol == ANA_BCI_CROSS_SUBJECT) {
        return trials->n_subjects > 1;
    }
    for (size_t a = 0; a < trials->n_sessions; a++) {
        for (size_t b = 0; b < a; b++) {
            if (trials->session_subjects[a] == trials->session_subjects[b]) {
                return true;
            }
        }
    }
    return false;
}

/* What a list of items is split by; tags become fold numbers. */
typedef struct item_list {
    size_t n;
    size_t *labels;
    size_t *runs;
    size_t *tags;
} item_list;

static void release_list(item_list *items)
{
    free(items->labels);
    free(items->runs);
    free(items->tags);
}

static ana_status make_list(const ana_bci_trials *trials, size_t n, const size_t *items,
                            item_list *out)
{
    ana_status status = ANA_OK;
    *out = (item_list){.n = n};
    ANA_TRY(ana_allocate(n, sizeof *out->labels, "folds", &out->labels));
    ANA_TRY(ana_allocate(n, sizeof *out->runs, "folds", &out->runs));
    ANA_TRY(ana_allocate(n, sizeof *out->tags, "folds", &out->tags));
    for (size_t i = 0; i < n; i++) {
        out->labels[i] = trials->labels[items[i]];
        out->runs[i] = trials->runs[items[i]];
    }
done:
    return status;
}

static size_t count_in(size_t n, const size_t *list, size_t value)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        count += list[i] == value;
    }
    return count;
}

/* Every class that is there has at least as many items as there are folds. */
static ana_status check_counts(const ana_bci_trials *trials, const item_list *items, size_t n_folds)
{
    for (size_t c = 0; c < trials->n_classes; c++) {
        const size_t count = count_in(items->n, items->labels, c);
        if (count > 0 && count < n_folds) {
            return ana_fail(ANA_ERR_VALUE,
                            "folds: %zu trials of class %s are too few for %zu folds; take fewer "
                            "folds",
                            count, trials->classes[c], n_folds);
        }
    }
    return ANA_OK;
}

/* Each class in its order, cut into stretches. */
static void cut_stretches(const ana_bci_trials *trials, size_t n_folds, item_list *items)
{
    for (size_t c = 0; c < trials->n_classes; c++) {
        const size_t count = count_in(items->n, items->labels, c);
        size_t seen = 0;
        for (size_t i = 0; i < items->n; i++) {
            if (items->labels[i] == c) {
                items->tags[i] = seen++ * n_folds / count;
            }
        }
    }
}

/* Each run is a fold, in order of appearance; returns how many. */
static size_t tag_runs(item_list *items)
{
    size_t n_runs = 0;
    for (size_t i = 0; i < items->n; i++) {
        size_t before = 0;
        while (before < i && items->runs[before] != items->runs[i]) {
            before++;
        }
        items->tags[i] = before < i ? items->tags[before] : n_runs++;
    }
    return n_runs;
}

static ana_status tag_shuffled(const ana_bci_fold_options *options, item_list *items)
{
    ana_status status = ANA_OK;
    ana_numpy_random random;
    ana_folds *folds = NULL;
    if (options->seed > UINT32_MAX) {
        return ana_fail(ANA_ERR_VALUE, "folds: scikit-learn's seeds have 32 bits: 0 to %llu",
                        (unsigned long long)UINT32_MAX);
    }
    ana_numpy_random_seed(&random, (uint32_t)options->seed);
    ANA_TRY(ana_scikit_folds_stratified(items->n, items->labels, options->n_folds, &random,
                                        options->seed, &folds));
    for (size_t f = 0; f < folds->n_folds; f++) {
        for (size_t k = 0; k < folds->folds[f].n_test; k++) {
            items->tags[folds->folds[f].test[k]] = f;
        }
    }
done:
    ana_folds_free(folds);
    return status;
}

/* Fold numbers of a list, as the split has it. */
static ana_status tag_items(const ana_bci_trials *trials, ana_bci_split split,
                            const ana_bci_fold_options *options, item_list *items, size_t *n_folds)
{
    ana_status status = ANA_OK;
    *n_folds = options->n_folds;
    if (split == ANA_BCI_SPLIT_RUNS) {
        *n_folds = tag_runs(items);
        if (*n_folds < 2) {
            return ana_fail(ANA_ERR_VALUE, "folds: a session of one run has no runs to split by");
        }
        return ANA_OK;
    }
    ANA_TRY(check_counts(trials, items, *n_folds));
    if (split == ANA_BCI_SPLIT_SHUFFLED) {
        ANA_TRY(tag_shuffled(options, items));
    } else {
        cut_stretches(trials, *n_folds, items);
    }
done:
    return status;
}

/* The split that auto stands for. */
static ana_bci_split settle_split(const ana_bci_trials *trials, ana_bci_split split)
{
    if (split != ANA_BCI_SPLIT_AUTO) {
        return split;
    }
    for (size_t s = 0; s < trials->n_sessions; s++) {
        size_t n_runs = 0;
        for (size_t r = 0; r < trials->n_runs; r++) {
            size_t i = 0;
            while (i < trials->n_trials && !(trials->sessions[i] == s && trials->runs[i] == r)) {
                i++;
            }
            n_runs += i < trials->n_trials;
        }
        if (n_runs < 3) {
            return ANA_BCI_SPLIT_CONTIGUOUS;
        }
    }
    return ANA_BCI_SPLIT_RUNS;
}

/* A fold whose lists are the items tagged TEST and TRAIN. */
enum {
    NEITHER,
    TEST,
    TRAIN
};

static ana_status append_fold(const ana_bci_trials *trials, const size_t *roles, ana_folds *folds)
{
    ana_status status = ANA_OK;
    ana_fold *grown = realloc(folds->folds, (folds->n_folds + 1) * sizeof *grown);
    if (grown == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "folds: no memory for fold %zu", folds->n_folds);
    }
    folds->folds = grown;
    ana_fold *fold = &grown[folds->n_folds];
    *fold = (ana_fold){.repeat = 0};
    folds->n_folds++;
    ANA_TRY(ana_folds_list(trials->n_trials, roles, TEST, &fold->n_test, &fold->test));
    ANA_TRY(ana_folds_list(trials->n_trials, roles, TRAIN, &fold->n_train, &fold->train));
done:
    return status;
}

/* The folds of one session. */
static ana_status split_session(const ana_bci_trials *trials, size_t session, ana_bci_split split,
                                const ana_bci_fold_options *options, size_t *roles,
                                ana_folds *folds)
{
    ana_status status = ANA_OK;
    item_list items = {.n = 0};
    size_t *of_session = NULL;
    size_t n = 0;
    size_t n_folds = 0;
    ANA_TRY(ana_folds_list(trials->n_trials, trials->sessions, session, &n, &of_session));
    ANA_TRY(make_list(trials, n, of_session, &items));
    ANA_TRY(tag_items(trials, split, options, &items, &n_folds));
    for (size_t f = 0; f < n_folds; f++) {
        memset(roles, 0, trials->n_trials * sizeof *roles);
        for (size_t i = 0; i < n; i++) {
            roles[of_session[i]] = items.tags[i] == f ? TEST : TRAIN;
        }
        ANA_TRY(append_fold(trials, roles, folds));
    }
done:
    release_list(&items);
    free(of_session);
    return status == ANA_OK ? ANA_OK
                            : ana_fail_in(status, "session %s: ", trials->session_names[session]);
}

/* The session tests; others of its subject, or of other subjects, train. */
static ana_status leave_session(const ana_bci_trials *trials, size_t session,
                                ana_bci_protocol protocol, size_t *roles, ana_folds *folds)
{
    const size_t subject = trials->session_subjects[session];
    size_t n_train = 0;
    for (size_t i = 0; i < trials->n_trials; i++) {
        const bool same = trials->session_subjects[trials->sessions[i]] == subject;
        const bool trains = same == (protocol == ANA_BCI_CROSS_SESSION);
        roles[i] = trials->sessions[i] == session ? TEST : (trains ? TRAIN : NEITHER);
        n_train += roles[i] == TRAIN;
    }
    return n_train > 0 ? append_fold(trials, roles, folds) : ANA_OK;
}

ana_status ana_bci_folds_make(const ana_bci_trials *trials, ana_bci_protocol protocol,
                              const ana_bci_fold_options *options, ana_folds **out)
{
    ana_status status = ANA_OK;
    ana_folds *folds = NULL;
    size_t *roles = NULL;
    const ana_bci_fold_options standard = ana_bci_fold_options_default();
    options = options != NULL ? options : &standard;
    const ana_bci_split split = settle_split(trials, options->split);
    *out = NULL;
    ANA_TRY(ana_options_check(ana_bci_fold_option_table, options, "folds"));
    if (!ana_bci_protocol_fits(trials, protocol)) {
        return ana_fail(ANA_ERR_VALUE, "folds: %s needs two %s; see --names",
                        protocol_names[protocol],
                        protocol == ANA_BCI_CROSS_SUBJECT ? "subjects" : "sessions of a subject");
    }
    ANA_TRY(ana_folds_new(trials->n_trials, 0, options->seed, &folds));
    ANA_TRY(ana_allocate(trials->n_trials, sizeof *roles, "folds", &roles));
    for (size_t s = 0; s < trials->n_sessions; s++) {
        ANA_TRY(protocol == ANA_BCI_WITHIN_SESSION
                    ? split_session(trials, s, split, options, roles, folds)
                    : leave_session(trials, s, protocol, roles, folds));
    }
    *out = folds;
    folds = NULL;
done:
    free(roles);
    ana_folds_free(folds);
    return status;
}

ana_status ana_bci_folds_inner(const ana_bci_trials *trials, size_t n, const size_t *items,
                               const ana_bci_fold_options *options, ana_folds **out)
{
    ana_status status = ANA_OK;
    ana_folds *folds = NULL;
    item_list list = {.n = 0};
    size_t n_folds = 0;
    const ana_bci_fold_options standard = ana_bci_fold_options_default();
    options = options != NULL ? options : &standard;
    const bool shuffled = options->split == ANA_BCI_SPLIT_SHUFFLED;
    *out = NULL;
    ANA_TRY(ana_options_check(ana_bci_fold_option_table, options, "folds"));
    ANA_TRY(make_list(trials, n, items, &list));
    ANA_TRY(tag_items(trials, shuffled ? ANA_BCI_SPLIT_SHUFFLED : ANA_BCI_SPLIT_CONTIGUOUS, options,
                      &list, &n_folds));
    ANA_TRY(ana_folds_new(n, n_folds, options->seed, &folds));
    for (size_t f = 0; f < n_folds; f++) {
        ANA_TRY(ana_folds_list(n, list.tags, f, &folds->folds[f].n_test, &folds->folds[f].test));
    }
    *out = folds;
    folds = NULL;
done:
    release_list(&list);
    ana_folds_free(folds);
    return status;
}
