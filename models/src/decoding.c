/* Trials that are told apart by decoders that do not know them. */
#include "decoding_parts.h"
#include "try.h"

#include <analysis/resampling.h>

#include <math.h>
#include <string.h>

const char *const ana_decoding_method_names[] = {"lda", "centroid", "logistic", NULL};
static const char *const split_names[] = {"stratified", "sessions", NULL};

ana_decoding_options ana_decoding_options_default(void)
{
    return (ana_decoding_options){.run = ana_run_default(),
                                  .n_folds = 5,
                                  .shrinkage = -1.0,
                                  .ridge = 1.0,
                                  .n_permutations = 200};
}

const ana_option ana_decoding_option_table[] = {
    {"method", ANA_OPTION_CHOICE, offsetof(ana_decoding_options, method), 0, 0,
     ana_decoding_method_names, "NAME",
     "lda: linear discriminants with a shrunk covariance; centroid: the nearest mean; logistic: "
     "multinomial regression with a ridge",
     false},
    {"split", ANA_OPTION_CHOICE, offsetof(ana_decoding_options, split), 0, 0, split_names, "NAME",
     "stratified: folds of trials with equal shares of the classes; sessions: each in turn", false},
    {"folds", ANA_OPTION_SIZE, offsetof(ana_decoding_options, n_folds), 2, 1e6, NULL, "N",
     "of trials (stratified), or of stimuli across animals", false},
    {"shrinkage", ANA_OPTION_DOUBLE, offsetof(ana_decoding_options, shrinkage), -1, 1, NULL,
     "SHARE",
     "lda: of the covariance towards its mean variance; below 0: as Ledoit and Wolf find "
     "best",
     false},
    {"ridge", ANA_OPTION_DOUBLE, offsetof(ana_decoding_options, ridge), 0, 1e12, NULL, "PENALTY",
     "logistic: on the squared weights", false},
    {"raw", ANA_OPTION_BOOL, offsetof(ana_decoding_options, raw), 0, 0, NULL, NULL,
     "take units as they are, not in standard deviations of the training trials", false},
    {"permutations", ANA_OPTION_SIZE, offsetof(ana_decoding_options, n_permutations), 0, 1e7, NULL,
     "N", "of the labels, each learned anew; 0: no test", false},
    ANA_OPTION_END,
};

/* Labelled trials against folds; rooms are one for each worker. */
typedef struct validation {
    const ana_decoding_rows *rows;
    const ana_folds *folds;
    const ana_decoding_options *options;
    ana_decoder *decoders;
    size_t *classes;   /* workers x n: as permuted */
    size_t *predicted; /* workers x n */
    size_t *train;     /* workers x n */
    double *counts;    /* workers x 2 n_classes */
} validation;

static ana_status decode_folds(const validation *self, size_t worker, const size_t *classes,
                               size_t *predicted)
{
    const size_t n = self->rows->n;
    size_t *train = self->train + worker * n;
    ana_decoder *decoder = &self->decoders[worker];
    for (size_t i = 0; i < n; i++) {
        predicted[i] = self->rows->n_classes;
    }
    for (size_t f = 0; f < self->folds->n_folds; f++) {
        const ana_fold *fold = &self->folds->folds[f];
        size_t n_train = 0;
        ana_folds_train(self->folds, f, train, &n_train);
        ana_status status =
            ana_decoder_fit(self->rows, classes, n_train, train, self->options, decoder);
        if (status != ANA_OK) {
            return status;
        }
        for (size_t t = 0; t < fold->n_test; t++) {
            predicted[fold->test[t]] =
                ana_decoder_predict(decoder, self->rows->x + fold->test[t] * self->rows->p, NULL);
        }
    }
    return ANA_OK;
}

static ana_status permuted(void *user, const ana_rearranged *data, double *value)
{
    const validation *self = user;
    const size_t n = self->rows->n;
    size_t *classes = self->classes + data->worker * n;
    size_t *predicted = self->predicted + data->worker * n;
    for (size_t i = 0; i < n; i++) {
        classes[i] = self->rows->classes[data->order[i]];
    }
    const ana_status status = decode_folds(self, data->worker, classes, predicted);
    *value = status == ANA_OK
                 ? ana_decoding_balanced(n, self->rows->n_classes, classes, predicted,
                                         self->counts + data->worker * 2 * self->rows->n_classes)
                 : (double)NAN;
    return status;
}

/* The session of each row; true when every session has trials of two classes at least. */
static bool find_sessions(const ana_observations *trials, const ana_decoding_rows *rows,
                          size_t *session)
{
    bool mixed = true;
    size_t s = 0;
    for (size_t i = 0; i < rows->n; i++) {
        while (rows->row[i] >= trials->sequence_start[s + 1]) {
            s++;
        }
        session[i] = s;
    }
    for (size_t first = 0; first < rows->n && mixed;) {
        size_t stop = first;
        mixed = false;
        for (; stop < rows->n && session[stop] == session[first]; stop++) {
            mixed = mixed || rows->classes[stop] != rows->classes[first];
        }
        first = stop;
    }
    return mixed;
}

static ana_status make_folds(const ana_decoding_rows *rows, const size_t *session,
                             const ana_decoding_options *use, ana_folds **out)
{
    ana_folds_options splitting = ana_folds_options_default();
    if (use->split == ANA_DECODING_SESSIONS) {
        return ana_folds_leave_one_group_out(rows->n, session, out);
    }
    splitting.run = use->run;
    splitting.n_folds = use->n_folds;
    return ana_folds_stratified(rows->n, rows->classes, &splitting, out);
}

/* Tests of classes that their fold's training trials lack. */
static void count_unlearned(const validation *self, ana_decoding *made)
{
    for (size_t f = 0; f < self->folds->n_folds; f++) {
        const ana_fold *fold = &self->folds->folds[f];
        size_t n_train = 0;
        ana_folds_train(self->folds, f, self->train, &n_train);
        for (size_t t = 0; t < fold->n_test; t++) {
            bool learned = false;
            for (size_t i = 0; i < n_train && !learned; i++) {
                learned = self->rows->classes[self->train[i]] == self->rows->classes[fold->test[t]];
            }
            made->n_unlearned += learned ? 0 : 1;
        }
    }
}

static ana_status make_rooms(validation *self, size_t n_workers, ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    const ana_decoding_rows *rows = self->rows;
    self->decoders = ana_workspace_bytes(workspace, n_workers, 1, sizeof *self->decoders);
    self->classes = ana_workspace_sizes(workspace, n_workers, rows->n);
    self->predicted = ana_workspace_sizes(workspace, n_workers, rows->n);
    self->train = ana_workspace_sizes(workspace, n_workers, rows->n);
    self->counts = ana_workspace_doubles(workspace, n_workers, 2 * rows->n_classes);
    ANA_TRY(ana_workspace_check(workspace, "decoding"));
    for (size_t w = 0; w < n_workers; w++) {
        ANA_TRY(ana_decoder_new(rows->p, rows->n_classes, workspace, &self->decoders[w]));
    }
done:
    return status;
}

static ana_status test(validation *self, const size_t *session, ana_decoding *made)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_resampling_options resampling = ana_resampling_options_default();
    const size_t n = self->options->n_permutations;
    double *values = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "decoding"));
    resampling.run = self->options->run;
    if (self->options->method == ANA_DECODING_LOGISTIC) {
        resampling.run.n_threads = 1; /* regression has its own, and they do not nest */
    }
    resampling.n_resamples = n;
    resampling.groups = made->within_sessions ? session : NULL;
    ANA_TRY(ana_resampling_values(self->rows->n, 1, permuted, self, &resampling, values));
    ANA_TRY(ana_decoding_judge(n, values, made));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status validate(const ana_observations *trials, const ana_decoding_rows *rows,
                           const ana_folds *given, const ana_decoding_options *use,
                           ana_decoding **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_folds *own = NULL;
    ana_decoding *made = NULL;
    validation self = {.rows = rows, .options = use};
    size_t *session = ana_workspace_sizes(&workspace, rows->n, 1);
    size_t *fold_of = ana_workspace_sizes(&workspace, rows->n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "decoding"));
    const bool mixed = find_sessions(trials, rows, session);
    if (given == NULL) {
        ANA_TRY(make_folds(rows, session, use, &own));
    } else if (given->n_items != rows->n) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE, "decoding: folds of %zu items for %zu labelled trials",
                         given->n_items, rows->n));
    }
    self.folds = given != NULL ? given : own;
    ANA_TRY(
        make_rooms(&self, (size_t)ana_run_threads(&use->run, use->n_permutations + 1), &workspace));
    ANA_TRY(ana_decoding_new(rows->n, self.folds->n_folds, rows->n_classes,
                             (const char *const *)trials->label_names, &made));
    ANA_TRY(decode_folds(&self, 0, rows->classes, made->predicted));
    memcpy(made->truth, rows->classes, rows->n * sizeof *made->truth);
    for (size_t i = 0; i < rows->n; i++) {
        fold_of[i] = self.folds->n_folds;
    }
    for (size_t f = 0; f < self.folds->n_folds; f++) {
        for (size_t t = 0; t < self.folds->folds[f].n_test; t++) {
            fold_of[self.folds->folds[f].test[t]] = f;
        }
    }
    ana_decoding_count(fold_of, made);
    count_unlearned(&self, made);
    made->within_sessions = mixed && trials->n_sequences > 1;
    if (use->n_permutations > 0) {
        ANA_TRY(test(&self, session, made));
    }
    *out = made;
    made = NULL;
done:
    ana_decoding_free(made);
    ana_folds_free(own);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_decoding_validate(const ana_observations *trials, const ana_folds *folds,
                                 const ana_decoding_options *options, ana_decoding **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_decoding_rows rows = {0};
    const ana_decoding_options defaults = ana_decoding_options_default();
    const ana_decoding_options *use = options != NULL ? options : &defaults;
    ANA_TRY(ana_options_check(ana_decoding_option_table, use, "decoding"));
    ANA_TRY(ana_decoding_take_rows(trials, &workspace, &rows));
    ANA_TRY(validate(trials, &rows, folds, use, out));
    (*out)->method = use->method;
    (*out)->n_unlabelled = trials->n_times - rows.n;
    (*out)->n_units = rows.p;
    (*out)->n_silent = trials->n_features - rows.p;
done:
    ana_workspace_release(&workspace);
    return status;
}
