#include "bci_evaluation_parts.h"
#include "lists.h"
#include "memory.h"
#include "try.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const metric_names[] = {
    "auto", "accuracy", "balanced-accuracy", "roc-auc", "kappa", "mcc", NULL};

const char *ana_bci_metric_name(ana_bci_metric metric)
{
    return metric_names[metric];
}

const ana_option ana_bci_evaluation_option_table[] = {
    {"metric", ANA_OPTION_CHOICE, offsetof(ana_bci_evaluation_options, metric), 0, 0, metric_names,
     "METRIC", "what is reported; auto: area under the ROC curve of two classes, else accuracy",
     false},
    {"inner-metric", ANA_OPTION_CHOICE, offsetof(ana_bci_evaluation_options, inner_metric), 0, 0,
     metric_names, "METRIC", "by which a member of a family is chosen inside the folds", false},
    {"inner-folds", ANA_OPTION_SIZE, offsetof(ana_bci_evaluation_options, n_inner_folds), 2, 100,
     NULL, "K", "folds of each training set by which families choose", false},
    {"choose", ANA_OPTION_BOOL, offsetof(ana_bci_evaluation_options, choose), 0, 0, NULL, NULL,
     "report also the pipeline that is chosen inside the folds from all of them", false},
    ANA_OPTION_END,
};

ana_bci_evaluation_options ana_bci_evaluation_options_default(void)
{
    return (ana_bci_evaluation_options){.run = ana_run_default(),
                                        .n_inner_folds = 3,
                                        .folds = ana_bci_fold_options_default(),
                                        .choose = true};
}

static void free_performance(ana_bci_performance *one)
{
    if (one == NULL) {
        return;
    }
    free(one->scores);
    free(one->chosen);
    free(one->fold_scores);
    free(one->fold_members);
    free(one->inner_scores);
    free(one->session_scores);
    free(one);
}

void ana_bci_evaluation_free(ana_bci_evaluation *evaluation)
{
    if (evaluation == NULL) {
        return;
    }
    ana_free_texts(evaluation->n_classes, evaluation->classes);
    free(evaluation->labels);
    free(evaluation->sessions);
    ana_free_texts(evaluation->n_sessions, evaluation->session_names);
    free(evaluation->session_subjects);
    ana_free_texts(evaluation->n_subjects, evaluation->subject_names);
    for (size_t p = 0; p < ANA_BCI_N_PROTOCOLS; p++) {
        free(evaluation->fold_sessions[p]);
        free(evaluation->fold_of[p]);
    }
    for (size_t k = 0; evaluation->pipelines != NULL && k < evaluation->n_pipelines; k++) {
        ana_bci_evaluated *one = &evaluation->pipelines[k];
        free(one->name);
        free(one->text);
        ana_bci_family_free(one->family);
        for (size_t p = 0; p < ANA_BCI_N_PROTOCOLS; p++) {
            free_performance(one->performances[p]);
        }
    }
    free(evaluation->pipelines);
    free(evaluation);
}

static ana_status copy_sizes(size_t n, const size_t *from, size_t **out)
{
    ana_status status = ana_allocate(n, sizeof **out, "evaluation", out);
    if (status == ANA_OK) {
        memcpy(*out, from, n * sizeof **out);
    }
    return status;
}

/* What the result says of the trials. */
static ana_status describe_trials(const ana_bci_trials *trials, ana_bci_evaluation *out)
{
    ana_status status = ANA_OK;
    out->n_trials = trials->n_trials;
    out->trial_s = (double)trials->n_times / trials->rate;
    ANA_TRY(ana_copy_texts(trials->n_classes, (const char *const *)trials->classes, &out->classes));
    out->n_classes = trials->n_classes;
    ANA_TRY(copy_sizes(trials->n_trials, trials->labels, &out->labels));
    ANA_TRY(copy_sizes(trials->n_trials, trials->sessions, &out->sessions));
    ANA_TRY(ana_copy_texts(trials->n_sessions, (const char *const *)trials->session_names,
                           &out->session_names));
    out->n_sessions = trials->n_sessions;
    ANA_TRY(copy_sizes(trials->n_sessions, trials->session_subjects, &out->session_subjects));
    ANA_TRY(ana_copy_texts(trials->n_subjects, (const char *const *)trials->subject_names,
                           &out->subject_names));
    out->n_subjects = trials->n_subjects;
done:
    return status;
}

/* Which session each fold tests, and which fold each trial. */
static ana_status describe_folds(const ana_bci_trials *trials, const ana_folds *folds, size_t p,
                                 ana_bci_evaluation *out)
{
    ana_status status = ANA_OK;
    if (folds->n_items != trials->n_trials) {
        return ana_fail(ANA_ERR_VALUE, "evaluation: the folds are of %zu trials, but there are %zu",
                        folds->n_items, trials->n_trials);
    }
    ANA_TRY(ana_folds_check(folds));
    out->n_folds[p] = folds->n_folds;
    ANA_TRY(ana_allocate(folds->n_folds, sizeof *out->fold_sessions[p], "evaluation",
                         &out->fold_sessions[p]));
    ANA_TRY(
        ana_allocate(trials->n_trials, sizeof *out->fold_of[p], "evaluation", &out->fold_of[p]));
    for (size_t i = 0; i < trials->n_trials; i++) {
        out->fold_of[p][i] = folds->n_folds;
    }
    for (size_t f = 0; f < folds->n_folds; f++) {
        const ana_fold *fold = &folds->folds[f];
        out->fold_sessions[p][f] = trials->sessions[fold->test[0]];
        for (size_t k = 0; k < fold->n_test; k++) {
            if (trials->sessions[fold->test[k]] != out->fold_sessions[p][f]) {
                return ana_fail(ANA_ERR_VALUE,
                                "evaluation: fold %zu of %s tests trials of two sessions", f,
                                ana_bci_protocol_name((ana_bci_protocol)p));
            }
            out->fold_of[p][fold->test[k]] = f;
        }
    }
done:
    return status;
}

/* Room for what one pipeline does under one protocol. */
static ana_status make_performance(const ana_bci_evaluation *all, size_t n_folds, size_t n_members,
                                   ana_bci_performance **out)
{
    ana_status status = ANA_OK;
    ana_bci_performance *one = NULL;
    const size_t n = all->n_trials;
    ANA_TRY(ana_allocate(1, sizeof *one, "evaluation", &one));
    *out = one;
    ANA_TRY(ana_allocate(n * all->n_classes, sizeof *one->scores, "evaluation", &one->scores));
    ANA_TRY(ana_allocate(n, sizeof *one->chosen, "evaluation", &one->chosen));
    ANA_TRY(ana_allocate(n_folds, sizeof *one->fold_scores, "evaluation", &one->fold_scores));
    ANA_TRY(ana_allocate(n_folds, sizeof *one->fold_members, "evaluation", &one->fold_members));
    ANA_TRY(ana_allocate(all->n_sessions, sizeof *one->session_scores, "evaluation",
                         &one->session_scores));
    if (n_members > 1) {
        ANA_TRY(ana_allocate(n_folds * n_members, sizeof *one->inner_scores, "evaluation",
                             &one->inner_scores));
    }
    for (size_t i = 0; i < n * all->n_classes; i++) {
        one->scores[i] = NAN;
    }
    for (size_t i = 0; i < n; i++) {
        one->chosen[i] = all->n_classes;
    }
done:
    return status;
}

/* A name that a record can have and no pipeline before has. */
static ana_status copy_name(const ana_bci_evaluation *all, size_t n, const char *name, char **out)
{
    char clean[160];
    ana_bci_record_name("", name, clean);
    for (size_t k = 0; k < n; k++) {
        if (strcmp(all->pipelines[k].name, clean) == 0 || strcmp(clean, "chosen") == 0) {
            return ana_fail(ANA_ERR_VALUE, "evaluation: two pipelines are called %s", clean);
        }
    }
    return ana_copy_text(clean, out);
}

/* Every pipeline, and "chosen" of all their members. */
static ana_status list_pipelines(const ana_bci_task *task, bool choose, ana_bci_evaluation *out)
{
    ana_status status = ANA_OK;
    size_t n_members = 0;
    const bool chosen = choose && task->n_pipelines > 1;
    ANA_TRY(
        ana_allocate(task->n_pipelines + 1, sizeof *out->pipelines, "evaluation", &out->pipelines));
    for (size_t k = 0; k < task->n_pipelines; k++) {
        ana_bci_evaluated *one = &out->pipelines[k];
        out->n_pipelines++;
        ANA_TRY(copy_name(out, k, task->names[k], &one->name));
        ANA_TRY(ana_copy_text(task->texts[k], &one->text));
        ANA_TRY(ana_bci_family_expand(task->texts[k], &one->family));
        n_members += one->family->n;
    }
    if (chosen) {
        ana_bci_evaluated *last = &out->pipelines[out->n_pipelines++];
        ANA_TRY(ana_copy_text("chosen", &last->name));
        ANA_TRY(ana_copy_text("the best of all, by inner folds", &last->text));
        ANA_TRY(ana_allocate(1, sizeof *last->family, "evaluation", &last->family));
        ANA_TRY(ana_allocate(n_members, sizeof *last->family->texts, "evaluation",
                             &last->family->texts));
        for (size_t k = 0; k < task->n_pipelines; k++) {
            for (size_t m = 0; m < out->pipelines[k].family->n; m++) {
                ANA_TRY(ana_copy_text(out->pipelines[k].family->texts[m],
                                      &last->family->texts[last->family->n]));
                last->family->n++;
            }
        }
    }
done:
    return status;
}

static ana_status prepare_result(const ana_bci_task *task, const ana_bci_trials *trials,
                                 const ana_bci_evaluation_options *options, ana_bci_evaluation *out)
{
    ana_status status = ANA_OK;
    out->metric = ana_bci_settle_metric(options->metric, trials->n_classes);
    ANA_TRY(describe_trials(trials, out));
    ANA_TRY(list_pipelines(task, options->choose, out));
    for (size_t p = 0; p < ANA_BCI_N_PROTOCOLS; p++) {
        if (task->folds[p] == NULL) {
            continue;
        }
        ANA_TRY(describe_folds(trials, task->folds[p], p, out));
        for (size_t k = 0; k < out->n_pipelines; k++) {
            ANA_TRY(make_performance(out, task->folds[p]->n_folds, out->pipelines[k].family->n,
                                     &out->pipelines[k].performances[p]));
        }
    }
done:
    return status;
}

/* Means over the folds of each session, then over sessions. */
static void summarise(const ana_bci_evaluation *all, size_t p, ana_bci_performance *one)
{
    double sum = 0.0;
    double squares = 0.0;
    size_t n = 0;
    for (size_t s = 0; s < all->n_sessions; s++) {
        double of_session = 0.0;
        size_t n_folds = 0;
        for (size_t f = 0; f < all->n_folds[p]; f++) {
            if (all->fold_sessions[p][f] == s && !isnan(one->fold_scores[f])) {
                of_session += one->fold_scores[f];
                n_folds++;
            }
        }
        one->session_scores[s] = n_folds > 0 ? of_session / (double)n_folds : (double)NAN;
        if (n_folds > 0) {
            sum += one->session_scores[s];
            n++;
        }
    }
    one->mean = n > 0 ? sum / (double)n : (double)NAN;
    for (size_t s = 0; s < all->n_sessions; s++) {
        const double off = one->session_scores[s] - one->mean;
        squares += isnan(off) ? 0.0 : off * off;
    }
    one->sd = n > 1 ? sqrt(squares / (double)(n - 1)) : (double)NAN;
}

ana_status ana_bci_evaluate(const ana_bci_task *task, const ana_bci_evaluation_options *options,
                            ana_bci_evaluation **out)
{
    ana_status status = ANA_OK;
    ana_bci_evaluation *all = NULL;
    const ana_bci_trials *trials = NULL;
    const ana_bci_evaluation_options standard = ana_bci_evaluation_options_default();
    options = options != NULL ? options : &standard;
    *out = NULL;
    ANA_TRY(ana_options_check(ana_bci_evaluation_option_table, options, "evaluation"));
    if (task->n_pipelines == 0) {
        return ana_fail(ANA_ERR_VALUE, "evaluation: no pipelines");
    }
    ANA_TRY(ana_bci_task_trials(task, &trials));
    ANA_TRY(ana_allocate(1, sizeof *all, "evaluation", &all));
    ANA_TRY(prepare_result(task, trials, options, all));
    ANA_TRY(ana_bci_run_folds(task, trials, options, all));
    for (size_t k = 0; k < all->n_pipelines; k++) {
        for (size_t p = 0; p < ANA_BCI_N_PROTOCOLS; p++) {
            if (task->folds[p] != NULL) {
                summarise(all, p, all->pipelines[k].performances[p]);
            }
        }
    }
    *out = all;
    all = NULL;
done:
    ana_bci_evaluation_free(all);
    return status;
}
