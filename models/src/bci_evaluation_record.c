/* An evaluation as a record: numbers for programs here, pictures in bci_evaluation_figures.c. */
#include "bci_evaluation_parts.h"
#include "try.h"

#include <analysis/classification_scores.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The trials that a performance has answered. */
typedef struct answered {
    size_t n;
    size_t *truth;
    size_t *chosen;
    double *scores;
} answered;

static ana_status gather(const ana_bci_evaluation *all, const ana_bci_performance *one,
                         ana_workspace *workspace, answered *out)
{
    const size_t c = all->n_classes;
    out->n = 0;
    out->truth = ana_workspace_sizes(workspace, all->n_trials, 1);
    out->chosen = ana_workspace_sizes(workspace, all->n_trials, 1);
    out->scores = ana_workspace_doubles(workspace, all->n_trials, c);
    const ana_status status = ana_workspace_check(workspace, "evaluation");
    for (size_t i = 0; status == ANA_OK && i < all->n_trials; i++) {
        if (one->chosen[i] < c) {
            out->truth[out->n] = all->labels[i];
            out->chosen[out->n] = one->chosen[i];
            memcpy(out->scores + out->n * c, one->scores + i * c, c * sizeof *out->scores);
            out->n++;
        }
    }
    return status;
}

/* Every usual measure, over all answers of the protocol. */
static ana_status add_measures(const ana_bci_evaluation *all, const ana_bci_performance *one,
                               ana_record *group)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_classification_scores *scores = NULL;
    ana_record *measures = NULL;
    answered some;
    ANA_TRY(gather(all, one, &workspace, &some));
    ANA_TRY(ana_classification_scores_compute(some.n, some.truth, some.chosen, all->n_classes,
                                              some.scores, all->trial_s, &scores));
    const struct {
        const char *name;
        double value;
        const char *unit;
    } numbers[] = {{"auc", scores->area, NULL},
                   {"accuracy", scores->accuracy, NULL},
                   {"balanced_accuracy", scores->balanced_accuracy, NULL},
                   {"kappa", scores->kappa, NULL},
                   {"mcc", scores->matthews, NULL},
                   {"normalised_mcc", scores->normalised_matthews, NULL},
                   {"information_per_answer", scores->bits, "bit"},
                   {"information_transfer_rate", scores->bits_per_minute, "bit/min"},
                   {"chance", scores->chance, NULL},
                   {"chance_bound", scores->chance_bound, NULL}};
    ANA_TRY(ana_record_add_group(group, "pooled", ANA_HINT_NONE, &measures));
    for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) {
        ANA_TRY(
            ana_record_add_double(measures, numbers[k].name, numbers[k].value, numbers[k].unit));
    }
    ANA_TRY(ana_record_add_sizes(measures, "confusion",
                                 ana_shape_2(all->n_classes, "class", all->n_classes, "answer"),
                                 scores->confusion, NULL));
done:
    ana_classification_scores_free(scores);
    ana_workspace_release(&workspace);
    return status;
}

/* What each trial was answered. */
static ana_status add_answers(const ana_bci_evaluation *all, size_t p,
                              const ana_bci_performance *one, ana_record *group)
{
    ana_status status = ANA_OK;
    ana_record *answers = NULL;
    ANA_TRY(ana_record_add_group(group, "answers", ANA_HINT_NONE, &answers));
    ANA_TRY(ana_record_add_sizes(answers, "fold", ana_shape_1(all->n_trials, "trial"),
                                 all->fold_of[p], NULL));
    ANA_TRY(ana_record_add_sizes(answers, "class", ana_shape_1(all->n_trials, "trial"), one->chosen,
                                 NULL));
    ANA_TRY(ana_record_add_doubles(answers, "scores",
                                   ana_shape_2(all->n_trials, "trial", all->n_classes, "class"),
                                   one->scores, NULL));
done:
    return status;
}

/* Which member of a family each fold took. */
static ana_status add_choice(const ana_bci_evaluation *all, size_t p,
                             const ana_bci_evaluated *pipeline, ana_record *group)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_bci_performance *one = pipeline->performances[p];
    const size_t n = all->n_folds[p];
    const char **texts = ana_workspace_bytes(&workspace, n, 1, sizeof *texts);
    ANA_TRY(ana_workspace_check(&workspace, "evaluation"));
    for (size_t f = 0; f < n; f++) {
        texts[f] = pipeline->family->texts[one->fold_members[f]];
    }
    ANA_TRY(ana_record_add_texts(group, "chosen", n, texts));
    ANA_TRY(ana_record_add_doubles(group, "inner_scores",
                                   ana_shape_2(n, "fold", pipeline->family->n, "member"),
                                   one->inner_scores, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_interval(const ana_bci_comparison *comparison, size_t which,
                               ana_record *group)
{
    ana_status status = ANA_OK;
    ana_record *child = NULL;
    const ana_score_interval *interval = &comparison->intervals[which];
    ANA_TRY(ana_record_add_group(group, "interval", ANA_HINT_NONE, &child));
    ANA_TRY(ana_record_add_text(child, "over", ana_score_unit_names[interval->unit]));
    ANA_TRY(ana_record_add_int(child, "n", (int64_t)interval->n_units, NULL));
    ANA_TRY(ana_record_add_double(child, "level", comparison->level, NULL));
    ANA_TRY(ana_record_add_double(child, "estimate", interval->estimate, NULL));
    ANA_TRY(ana_record_add_double(child, "low", interval->low, NULL));
    ANA_TRY(ana_record_add_double(child, "high", interval->high, NULL));
done:
    return status;
}

static ana_status add_performance(const ana_bci_evaluation *all, size_t p,
                                  const ana_bci_evaluated *pipeline, ana_record *group)
{
    ana_status status = ANA_OK;
    const ana_bci_performance *one = pipeline->performances[p];
    ANA_TRY(ana_record_add_double(group, "mean", one->mean, NULL));
    ANA_TRY(ana_record_add_double(group, "sd", one->sd, NULL));
    ANA_TRY(ana_record_add_doubles(group, "sessions", ana_shape_1(all->n_sessions, "session"),
                                   one->session_scores, NULL));
    ANA_TRY(ana_record_add_doubles(group, "folds", ana_shape_1(all->n_folds[p], "fold"),
                                   one->fold_scores, NULL));
    ANA_TRY(ana_record_add_double(group, "seconds", one->seconds, "s"));
    if (pipeline->family->n > 1) {
        ANA_TRY(add_choice(all, p, pipeline, group));
    }
    ANA_TRY(add_measures(all, one, group));
    ANA_TRY(add_answers(all, p, one, group));
done:
    return status;
}

static ana_status add_pipeline(const ana_bci_evaluation *all, size_t which,
                               const ana_bci_comparison *const *comparisons, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    const ana_bci_evaluated *pipeline = &all->pipelines[which];
    double seconds = 0.0;
    ANA_TRY(ana_record_add_group(record, pipeline->name, ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_text(group, "pipeline", pipeline->text));
    ANA_TRY(ana_record_add_bool(group, "transductive", pipeline->transductive));
    for (size_t p = 0; p < ANA_BCI_N_PROTOCOLS; p++) {
        ana_record *child = NULL;
        if (pipeline->performances[p] == NULL) {
            continue;
        }
        ANA_TRY(ana_record_add_group(group, ana_bci_protocol_name((ana_bci_protocol)p),
                                     ANA_HINT_NONE, &child));
        if (comparisons[p] != NULL) {
            ANA_TRY(add_interval(comparisons[p], which, child));
        }
        ANA_TRY(add_performance(all, p, pipeline, child));
        seconds += pipeline->performances[p]->seconds;
    }
    ANA_TRY(ana_record_add_double(group, "seconds", seconds, "s"));
done:
    return status;
}

/* Which session each is, and how many trials of each class it has. */
static ana_status add_sessions(const ana_bci_evaluation *all, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n = all->n_sessions;
    const char **subjects = ana_workspace_bytes(&workspace, n, 1, sizeof *subjects);
    size_t *counts = ana_workspace_sizes(&workspace, all->n_classes, n);
    ANA_TRY(ana_workspace_check(&workspace, "evaluation"));
    for (size_t i = 0; i < all->n_trials; i++) {
        counts[all->labels[i] * n + all->sessions[i]]++;
    }
    for (size_t s = 0; s < n; s++) {
        subjects[s] = all->subject_names[all->session_subjects[s]];
    }
    ANA_TRY(ana_record_add_group(record, "sessions", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Sessions and trials of each class"));
    ANA_TRY(ana_record_add_texts(table, "subject", n, subjects));
    ANA_TRY(ana_record_add_texts(table, "session", n, (const char *const *)all->session_names));
    for (size_t c = 0; c < all->n_classes; c++) {
        char name[160];
        ana_bci_record_name("trials of ", all->classes[c], name);
        ANA_TRY(ana_record_add_sizes(table, name, ana_shape_1(n, "session"), counts + c * n, NULL));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Pictures and tables of each protocol. */
static ana_status add_protocols(const ana_bci_evaluation *all,
                                const ana_bci_comparison *const *comparisons, ana_record *record)
{
    ana_status status = ANA_OK;
    for (size_t p = 0; p < ANA_BCI_N_PROTOCOLS; p++) {
        if (all->n_folds[p] == 0) {
            continue;
        }
        if (comparisons[p] != NULL) {
            ANA_TRY(ana_bci_add_summary(all, p, comparisons[p], record));
        }
        ANA_TRY(ana_bci_add_figures(all, p, record));
        if (comparisons[p] != NULL) {
            ANA_TRY(ana_bci_add_tests(all, p, comparisons[p], record));
        }
    }
done:
    return status;
}

/* Trials of each class. */
static ana_status add_counts(const ana_bci_evaluation *all, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t *counts = ana_workspace_sizes(&workspace, all->n_classes, 1);
    ANA_TRY(ana_workspace_check(&workspace, "evaluation"));
    for (size_t i = 0; i < all->n_trials; i++) {
        counts[all->labels[i]]++;
    }
    ANA_TRY(ana_record_add_sizes(record, "class_counts", ana_shape_1(all->n_classes, "class"),
                                 counts, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status
ana_bci_evaluation_to_record(const ana_bci_evaluation *evaluation,
                             const ana_bci_comparison *const comparisons[ANA_BCI_N_PROTOCOLS],
                             ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ana_record *pipelines = NULL;
    *out = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "bci-evaluation"));
    ANA_TRY(ana_record_add_text(record, "title", "Classifiers of trials"));
    ANA_TRY(ana_record_add_text(record, "metric", ana_bci_metric_name(evaluation->metric)));
    ANA_TRY(ana_record_add_int(record, "n_trials", (int64_t)evaluation->n_trials, NULL));
    ANA_TRY(ana_record_add_texts(record, "classes", evaluation->n_classes,
                                 (const char *const *)evaluation->classes));
    ANA_TRY(add_counts(evaluation, record));
    ANA_TRY(add_protocols(evaluation, comparisons, record));
    ANA_TRY(add_sessions(evaluation, record));
    ANA_TRY(ana_record_add_group(record, "pipelines", ANA_HINT_NONE, &pipelines));
    for (size_t k = 0; k < evaluation->n_pipelines; k++) {
        ANA_TRY(add_pipeline(evaluation, k, comparisons, pipelines));
    }
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
