/* Pipelines in folds: first the inner scores of all that may be chosen, then the answers of those
 * that are. Each distinct text is prepared once a pass and used by every pipeline it belongs to. */
#include "bci_evaluation_parts.h"
#include "bci_parts.h"
#include "memory.h"
#include "seconds.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct family_member {
    const char *text;                   /* borrowed of a family */
    const char *name;                   /* of the first pipeline that has it */
    double *inner[ANA_BCI_N_PROTOCOLS]; /* n_folds: inner scores; NULL: not wanted */
    double inner_seconds[ANA_BCI_N_PROTOCOLS];
} family_member;

typedef struct runner {
    const ana_bci_task *task;
    const ana_bci_trials *trials;
    const ana_bci_evaluation_options *options;
    ana_bci_evaluation *all;
    size_t n_members;
    family_member *members;
    size_t **places; /* n_pipelines x its family: which member each is */
    size_t *train;   /* n_trials: the training list of the fold at hand */
    size_t done;     /* folds done, of `total` */
    size_t total;
} runner;

ana_status ana_bci_task_trials(const ana_bci_task *task, const ana_bci_trials **out)
{
    ana_status status = ANA_OK;
    ana_bci_family *family = NULL;
    ana_bci_pipeline *pipeline = NULL;
    ana_bci_bank bank;
    ANA_TRY(ana_bci_family_expand(task->texts[0], &family));
    ANA_TRY(ana_bci_pipeline_parse(family->texts[0], &pipeline));
    ana_bci_pipeline_bank(pipeline, &bank);
done:
    ana_bci_pipeline_free(pipeline);
    ana_bci_family_free(family);
    if (status != ANA_OK) {
        return ana_fail_in(status, "%s: ", task->names[0]);
    }
    return task->trials_of(task->user, &bank, out); /* its failure is the recordings', not one's */
}

/* Which member the text is: a new one, the first time. */
static size_t place_member(runner *self, const char *name, const char *text)
{
    for (size_t m = 0; m < self->n_members; m++) {
        if (strcmp(self->members[m].text, text) == 0) {
            return m;
        }
    }
    self->members[self->n_members] = (family_member){.text = text, .name = name};
    return self->n_members++;
}

/* Room for the inner scores of one that may be chosen. */
static ana_status want_inner(runner *self, family_member *one)
{
    ana_status status = ANA_OK;
    for (size_t p = 0; p < ANA_BCI_N_PROTOCOLS; p++) {
        if (one->inner[p] == NULL && self->task->folds[p] != NULL) {
            ANA_TRY(ana_allocate(self->all->n_folds[p], sizeof *one->inner[p], "evaluation",
                                 &one->inner[p]));
            self->total += self->all->n_folds[p];
        }
    }
done:
    return status;
}

/* Distinct texts, each once, and which of them every pipeline's members are. */
static ana_status list_members(runner *self)
{
    ana_status status = ANA_OK;
    const ana_bci_evaluation *all = self->all;
    size_t most = 0;
    for (size_t k = 0; k < all->n_pipelines; k++) {
        most += all->pipelines[k].family->n;
    }
    ANA_TRY(ana_allocate(most, sizeof *self->members, "evaluation", &self->members));
    ANA_TRY(ana_allocate(all->n_pipelines, sizeof(size_t *), "evaluation", &self->places));
    ANA_TRY(ana_allocate(all->n_trials, sizeof *self->train, "evaluation", &self->train));
    for (size_t k = 0; k < all->n_pipelines; k++) {
        const ana_bci_family *family = all->pipelines[k].family;
        size_t **places = &self->places[k];
        ANA_TRY(ana_allocate(family->n, sizeof **places, "evaluation", places));
        for (size_t m = 0; m < family->n; m++) {
            (*places)[m] = place_member(self, all->pipelines[k].name, family->texts[m]);
            if (family->n > 1) {
                ANA_TRY(want_inner(self, &self->members[(*places)[m]]));
            }
        }
    }
done:
    return status;
}

static void release(runner *self)
{
    for (size_t m = 0; m < self->n_members; m++) {
        for (size_t p = 0; p < ANA_BCI_N_PROTOCOLS; p++) {
            free(self->members[m].inner[p]);
        }
    }
    free(self->members);
    for (size_t k = 0; self->places != NULL && k < self->all->n_pipelines; k++) {
        free(self->places[k]);
    }
    free(self->places);
    free(self->train);
}

/* A fold with its training list written out, in the runner's room, until the next is asked for. */
static ana_fold fold_at(const runner *self, size_t p, size_t f)
{
    ana_fold fold = self->task->folds[p]->folds[f];
    ana_folds_train(self->task->folds[p], f, self->train, &fold.n_train);
    fold.train = self->train;
    return fold;
}

/* The trials are those of the first bank, whatever the filter. */
static ana_status check_same(const ana_bci_trials *first, const ana_bci_trials *trials)
{
    bool same = first->n_trials == trials->n_trials && first->n_classes == trials->n_classes;
    for (size_t i = 0; same && i < first->n_trials; i++) {
        same = first->labels[i] == trials->labels[i] && first->sessions[i] == trials->sessions[i] &&
               first->onsets[i] == trials->onsets[i];
    }
    return same ? ANA_OK
                : ana_fail(ANA_ERR_VALUE, "another filter band leaves other trials; reject trials "
                                          "before filtering");
}

/* One pipeline on all trials, as far as it need not learn. */
typedef struct prepared {
    ana_bci_pipeline *pipeline;
    const ana_bci_trials *trials;
    bci_batch batch;
} prepared;

static void release_prepared(prepared *one)
{
    ana_bci_batch_release(&one->batch);
    ana_bci_pipeline_free(one->pipeline);
    *one = (prepared){.pipeline = NULL};
}

static ana_status prepare(const runner *self, const family_member *member, prepared *out)
{
    ana_status status = ANA_OK;
    ana_bci_bank bank;
    *out = (prepared){.pipeline = NULL};
    ANA_TRY(ana_bci_pipeline_parse(member->text, &out->pipeline));
    ana_bci_pipeline_bank(out->pipeline, &bank);
    ANA_TRY(self->task->trials_of(self->task->user, &bank, &out->trials));
    ANA_TRY(check_same(self->trials, out->trials));
    ANA_TRY(ana_bci_prepare(out->pipeline, out->trials, out->trials->n_trials, NULL,
                            &self->options->run, &out->batch));
done:
    return status == ANA_OK ? ANA_OK : ana_fail_in(status, "%s: ", member->name);
}

/* Some trials with what is known of them. */
typedef struct items {
    bci_batch batch;
    size_t *labels;
    size_t *domains;
    bci_teacher teacher;
} items;

static void release_items(items *some)
{
    ana_bci_batch_release(&some->batch);
    free(some->labels);
    free(some->domains);
}

static ana_status take_items(const prepared *from, const ana_run *run, size_t n,
                             const size_t *which, items *out)
{
    ana_status status = ANA_OK;
    *out = (items){.labels = NULL};
    ANA_TRY(ana_bci_batch_take(&from->batch, n, which, &out->batch));
    ANA_TRY(ana_allocate(n, sizeof *out->labels, "evaluation", &out->labels));
    ANA_TRY(ana_allocate(n, sizeof *out->domains, "evaluation", &out->domains));
    for (size_t i = 0; i < n; i++) {
        out->labels[i] = from->trials->labels[which[i]];
        out->domains[i] = from->trials->sessions[which[i]];
    }
    out->teacher = (bci_teacher){.run = run,
                                 .labels = out->labels,
                                 .n_classes = from->trials->n_classes,
                                 .domains = out->domains,
                                 .n_domains = from->trials->n_sessions};
done:
    return status;
}

/* Learn of some trials, answer of others: `answers` are of BCI_CLASSES. */
static ana_status learn_and_answer(prepared *one, const ana_run *run, size_t n_train,
                                   const size_t *train, size_t n_test, const size_t *test,
                                   bci_batch *answers)
{
    ana_status status = ANA_OK;
    items known = {.labels = NULL};
    items asked = {.labels = NULL};
    ANA_TRY(take_items(one, run, n_train, train, &known));
    ANA_TRY(take_items(one, run, n_test, test, &asked));
    asked.teacher.labels = NULL;
    ANA_TRY(ana_bci_learn_prepared(one->pipeline, &known.batch, &known.teacher));
    ANA_TRY(ana_bci_answer_prepared(one->pipeline, &asked.batch, &asked.teacher, answers));
done:
    ana_bci_forget(one->pipeline);
    release_items(&known);
    release_items(&asked);
    return status;
}

/* The mean over inner folds of one training set. */
static ana_status score_inside(const runner *self, prepared *one, const ana_fold *fold, double *out)
{
    ana_status status = ANA_OK;
    const ana_bci_metric metric =
        ana_bci_settle_metric(self->options->inner_metric, self->all->n_classes);
    ana_bci_fold_options options = self->options->folds;
    ana_folds *inner = NULL;
    size_t *places = NULL;
    size_t *train = NULL;
    size_t *test = NULL;
    size_t *labels = NULL;
    bci_batch answers = {.n_items = 0};
    double sum = 0.0;
    options.n_folds = self->options->n_inner_folds;
    ANA_TRY(ana_bci_folds_inner(self->trials, fold->n_train, fold->train, &options, &inner));
    ANA_TRY(ana_allocate(fold->n_train, sizeof *places, "evaluation", &places));
    ANA_TRY(ana_allocate(fold->n_train, sizeof *train, "evaluation", &train));
    ANA_TRY(ana_allocate(fold->n_train, sizeof *test, "evaluation", &test));
    ANA_TRY(ana_allocate(fold->n_train, sizeof *labels, "evaluation", &labels));
    for (size_t f = 0; f < inner->n_folds; f++) {
        const size_t n_test = inner->folds[f].n_test;
        size_t n_train = 0;
        ana_folds_train(inner, f, places, &n_train);
        for (size_t i = 0; i < n_train; i++) {
            train[i] = fold->train[places[i]];
        }
        for (size_t i = 0; i < n_test; i++) {
            test[i] = fold->train[inner->folds[f].test[i]];
            labels[i] = self->trials->labels[test[i]];
        }
        ana_bci_batch_release(&answers);
        ANA_TRY(learn_and_answer(one, &self->options->run, n_train, train, n_test, test, &answers));
        double score = NAN;
        ANA_TRY(ana_bci_metric_of(metric, n_test, self->all->n_classes, labels, answers.chosen,
                                  answers.values, &score));
        sum += score;
    }
    *out = sum / (double)inner->n_folds;
done:
    ana_bci_batch_release(&answers);
    ana_folds_free(inner);
    free(places);
    free(train);
    free(test);
    free(labels);
    return status;
}

/* A class that the fold's training trials lack; n_classes: none. */
static size_t missing_class(const runner *self, size_t p, size_t f)
{
    const ana_fold fold = fold_at(self, p, f);
    for (size_t c = 0; c < self->all->n_classes; c++) {
        bool found = false;
        for (size_t i = 0; i < fold.n_train && !found; i++) {
            found = self->all->labels[fold.train[i]] == c;
        }
        if (!found) {
            return c;
        }
    }
    return self->all->n_classes;
}

static ana_status fail_in_fold(const runner *self, ana_status status, const family_member *member,
                               size_t p, size_t f)
{
    if (status == ANA_OK || status == ANA_ERR_CANCELLED) {
        return status;
    }
    const char *protocol = ana_bci_protocol_name((ana_bci_protocol)p);
    const size_t missing = missing_class(self, p, f);
    if (missing < self->all->n_classes) {
        return ana_fail(status,
                        "%s, fold %zu of %s, which tests session %s: no trial of class %s is left "
                        "to learn from; take classes that every session has, or another protocol",
                        member->name, f, protocol,
                        self->all->session_names[self->all->fold_sessions[p][f]],
                        self->all->classes[missing]);
    }
    return ana_fail_in(status, "%s, fold %zu of %s: ", member->name, f, protocol);
}

/* Inner scores of a member in every fold where they are wanted. */
static ana_status score_member(runner *self, family_member *member)
{
    ana_status status = ANA_OK;
    prepared one = {.pipeline = NULL};
    bool wanted = false;
    for (size_t p = 0; p < ANA_BCI_N_PROTOCOLS; p++) {
        wanted = wanted || member->inner[p] != NULL;
    }
    if (!wanted) {
        return ANA_OK;
    }
    ANA_TRY(prepare(self, member, &one));
    for (size_t p = 0; p < ANA_BCI_N_PROTOCOLS; p++) {
        const double start = ana_seconds_now();
        for (size_t f = 0; member->inner[p] != NULL && f < self->all->n_folds[p]; f++) {
            ANA_TRY(ana_run_progress(&self->options->run, "choosing", self->done++, self->total));
            const ana_fold fold = fold_at(self, p, f);
            ANA_TRY(fail_in_fold(self, score_inside(self, &one, &fold, &member->inner[p][f]),
                                 member, p, f));
        }
        member->inner_seconds[p] = ana_seconds_now() - start;
    }
done:
    release_prepared(&one);
    return status;
}

/* The best member in each fold: the first of equals; one without a score only where none has one.
 */
static void choose_in_folds(const runner *self, const size_t *places, size_t n, size_t p,
                            ana_bci_performance *one)
{
    for (size_t f = 0; f < self->all->n_folds[p]; f++) {
        double *scores = one->inner_scores + f * n;
        for (size_t m = 0; m < n; m++) {
            scores[m] = self->members[places[m]].inner[p][f];
            const double best = scores[one->fold_members[f]];
            if (scores[m] > best || (isnan(best) && !isnan(scores[m]))) {
                one->fold_members[f] = m;
            }
        }
    }
    for (size_t m = 0; m < n; m++) {
        one->seconds += self->members[places[m]].inner_seconds[p];
    }
}

static void choose_members(const runner *self)
{
    for (size_t k = 0; k < self->all->n_pipelines; k++) {
        const ana_bci_evaluated *pipeline = &self->all->pipelines[k];
        for (size_t p = 0; p < ANA_BCI_N_PROTOCOLS; p++) {
            if (pipeline->performances[p] != NULL && pipeline->family->n > 1) {
                choose_in_folds(self, self->places[k], pipeline->family->n, p,
                                pipeline->performances[p]);
            }
        }
    }
}

/* Whether any pipeline answers by this member in that fold. */
static bool is_used(const runner *self, size_t which, size_t p, size_t f)
{
    for (size_t k = 0; k < self->all->n_pipelines; k++) {
        const ana_bci_performance *one = self->all->pipelines[k].performances[p];
        if (self->places[k][one->fold_members[f]] == which) {
            return true;
        }
    }
    return false;
}

static void keep_answers(const runner *self, size_t which, size_t p, size_t f,
                         const bci_batch *answers, double seconds)
{
    const ana_fold *fold = &self->task->folds[p]->folds[f];
    const size_t n_classes = self->all->n_classes;
    for (size_t k = 0; k < self->all->n_pipelines; k++) {
        ana_bci_performance *one = self->all->pipelines[k].performances[p];
        if (self->places[k][one->fold_members[f]] != which) {
            continue;
        }
        for (size_t i = 0; i < fold->n_test; i++) {
            memcpy(one->scores + fold->test[i] * n_classes, answers->values + i * n_classes,
                   n_classes * sizeof *one->scores);
            one->chosen[fold->test[i]] = answers->chosen[i];
        }
        one->seconds += seconds;
    }
}

static ana_status answer_fold(const runner *self, prepared *one, size_t which, size_t p, size_t f)
{
    ana_status status = ANA_OK;
    const ana_fold fold = fold_at(self, p, f);
    bci_batch answers = {.n_items = 0};
    const double start = ana_seconds_now();
    ANA_TRY(learn_and_answer(one, &self->options->run, fold.n_train, fold.train, fold.n_test,
                             fold.test, &answers));
    keep_answers(self, which, p, f, &answers, ana_seconds_now() - start);
done:
    ana_bci_batch_release(&answers);
    return status;
}

/* A member's answers in the folds where a pipeline takes it. */
static ana_status answer_by(runner *self, size_t which)
{
    ana_status status = ANA_OK;
    prepared one = {.pipeline = NULL};
    for (size_t p = 0; p < ANA_BCI_N_PROTOCOLS; p++) {
        for (size_t f = 0; f < self->all->n_folds[p]; f++) {
            if (!is_used(self, which, p, f)) {
                continue;
            }
            if (one.pipeline == NULL) {
                ANA_TRY(prepare(self, &self->members[which], &one));
            }
            ANA_TRY(ana_run_progress(&self->options->run, "evaluating", which, self->n_members));
            ANA_TRY(fail_in_fold(self, answer_fold(self, &one, which, p, f), &self->members[which],
                                 p, f));
        }
    }
    for (size_t k = 0; one.pipeline != NULL && k < self->all->n_pipelines; k++) {
        for (size_t m = 0; m < self->all->pipelines[k].family->n; m++) {
            if (self->places[k][m] == which && ana_bci_pipeline_is_transductive(one.pipeline)) {
                self->all->pipelines[k].transductive = true;
            }
        }
    }
done:
    release_prepared(&one);
    return status;
}

/* The metric of each fold. */
static ana_status score_folds(const runner *self)
{
    ana_status status = ANA_OK;
    const ana_bci_evaluation *all = self->all;
    size_t *labels = NULL;
    size_t *chosen = NULL;
    double *scores = NULL;
    const size_t c = all->n_classes;
    ANA_TRY(ana_allocate(all->n_trials, sizeof *labels, "evaluation", &labels));
    ANA_TRY(ana_allocate(all->n_trials, sizeof *chosen, "evaluation", &chosen));
    ANA_TRY(ana_allocate(all->n_trials * c, sizeof *scores, "evaluation", &scores));
    for (size_t k = 0; k < all->n_pipelines * ANA_BCI_N_PROTOCOLS; k++) {
        const size_t p = k % ANA_BCI_N_PROTOCOLS;
        ana_bci_performance *one = all->pipelines[k / ANA_BCI_N_PROTOCOLS].performances[p];
        for (size_t f = 0; one != NULL && f < all->n_folds[p]; f++) {
            const ana_fold *fold = &self->task->folds[p]->folds[f];
            for (size_t i = 0; i < fold->n_test; i++) {
                labels[i] = all->labels[fold->test[i]];
                chosen[i] = one->chosen[fold->test[i]];
                memcpy(scores + i * c, one->scores + fold->test[i] * c, c * sizeof *scores);
            }
            ANA_TRY(ana_bci_metric_of(all->metric, fold->n_test, c, labels, chosen, scores,
                                      &one->fold_scores[f]));
        }
    }
done:
    free(labels);
    free(chosen);
    free(scores);
    return status;
}

ana_status ana_bci_run_folds(const ana_bci_task *task, const ana_bci_trials *trials,
                             const ana_bci_evaluation_options *options, ana_bci_evaluation *all)
{
    ana_status status = ANA_OK;
    runner self = {.task = task, .trials = trials, .options = options, .all = all};
    ANA_TRY(list_members(&self));
    for (size_t m = 0; m < self.n_members; m++) {
        ANA_TRY(score_member(&self, &self.members[m]));
    }
    choose_members(&self);
    for (size_t m = 0; m < self.n_members; m++) {
        ANA_TRY(answer_by(&self, m));
    }
    ANA_TRY(score_folds(&self));
done:
    release(&self);
    return status;
}
