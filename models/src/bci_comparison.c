#include "bci_evaluation_parts.h"
#include "memory.h"
#include "order.h"
#include "try.h"

#include <analysis/models/bci_comparison.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ana_bci_comparison_free(ana_bci_comparison *comparison)
{
    if (comparison != NULL) {
        free(comparison->intervals);
        free(comparison->tests);
        free(comparison->p);
        free(comparison->p_corrected);
        free(comparison->combined);
        free(comparison);
    }
}

/* The trials that every pipeline has answered, of one subject or of all. */
typedef struct tested {
    const ana_bci_evaluation *all;
    size_t p;
    size_t n;
    size_t *items;
    size_t *truth;
    size_t *blocks;
} tested;

static ana_status list_tested(const ana_bci_evaluation *all, size_t p, size_t subject,
                              ana_workspace *workspace, tested *out)
{
    *out = (tested){.all = all, .p = p};
    out->items = ana_workspace_sizes(workspace, all->n_trials, 1);
    out->truth = ana_workspace_sizes(workspace, all->n_trials, 1);
    out->blocks = ana_workspace_sizes(workspace, all->n_trials, 1);
    const ana_status status = ana_workspace_check(workspace, "comparison");
    for (size_t i = 0; status == ANA_OK && i < all->n_trials; i++) {
        const bool is_of =
            subject == SIZE_MAX || all->session_subjects[all->sessions[i]] == subject;
        if (is_of && all->fold_of[p][i] < all->n_folds[p]) {
            out->items[out->n] = i;
            out->truth[out->n] = all->labels[i];
            out->blocks[out->n++] = all->fold_of[p][i];
        }
    }
    return status;
}

/* The share of its fold's scores below one of a column, ties half. */
static double rank_in_fold(const tested *of, size_t n_columns, const double *column, size_t i)
{
    double below = 0.0;
    size_t n = 0;
    for (size_t k = 0; k < of->n; k++) {
        if (of->blocks[k] == of->blocks[i]) {
            const double off = column[k * n_columns] - column[i * n_columns];
            below += off < 0.0 ? 1.0 : (off > 0.0 ? 0.0 : 0.5);
            n++;
        }
    }
    return below / (double)n;
}

/* What one pipeline answered to them. */
static ana_status take_answers(const tested *of, const ana_bci_performance *one,
                               ana_workspace *workspace, ana_scored_trials *out)
{
    const size_t c = of->all->n_classes;
    size_t *predicted = ana_workspace_sizes(workspace, of->n, 1);
    double *scores = ana_workspace_doubles(workspace, of->n, c);
    double *ranks = ana_workspace_doubles(workspace, of->n, c);
    const ana_status status = ana_workspace_check(workspace, "comparison");
    if (status != ANA_OK) {
        return status;
    }
    for (size_t i = 0; i < of->n; i++) {
        predicted[i] = one->chosen[of->items[i]];
        memcpy(scores + i * c, one->scores + of->items[i] * c, c * sizeof *scores);
    }
    for (size_t k = 0; k < of->n * c; k++) {
        ranks[k] = rank_in_fold(of, c, scores + k % c, k / c);
    }
    *out = (ana_scored_trials){.n = of->n,
                               .n_classes = c,
                               .truth = of->truth,
                               .predicted = predicted,
                               .scores = ranks,
                               .blocks = of->blocks};
    return ANA_OK;
}

/* The mean over the sessions of a subject that were tested; NaN without. */
static double score_subject(const ana_bci_evaluation *all, const ana_bci_performance *one,
                            size_t subject)
{
    double sum = 0.0;
    size_t n = 0;
    for (size_t k = 0; k < all->n_sessions; k++) {
        if (all->session_subjects[k] == subject && !isnan(one->session_scores[k])) {
            sum += one->session_scores[k];
            n++;
        }
    }
    return n > 0 ? sum / (double)n : (double)NAN;
}

/* What a comparison is made from: all pipelines' scores of subjects, and answers to all trials. */
typedef struct comparer {
    const ana_bci_evaluation *all;
    size_t p;
    const ana_score_options *options;
    ana_score_metric metric;
    size_t n_subjects;
    double *subjects;           /* n_pipelines x all->n_subjects */
    ana_scored_trials *answers; /* n_pipelines */
    ana_bci_comparison *out;
} comparer;

/* Scores of the subjects that every pipeline has one of, so that they are pairs. */
static void gather_subjects(comparer *self)
{
    const ana_bci_evaluation *all = self->all;
    for (size_t s = 0; s < all->n_subjects; s++) {
        bool known = true;
        for (size_t k = 0; k < all->n_pipelines; k++) {
            double *score = &self->subjects[k * all->n_subjects + self->n_subjects];
            *score = score_subject(all, all->pipelines[k].performances[self->p], s);
            known = known && !isnan(*score);
        }
        self->n_subjects += known ? 1 : 0;
    }
}

static ana_status gather(comparer *self, ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    const ana_bci_evaluation *all = self->all;
    tested trials = {.n = 0};
    self->subjects = ana_workspace_doubles(workspace, all->n_pipelines, all->n_subjects);
    self->answers = ana_workspace_bytes(workspace, all->n_pipelines, 1, sizeof *self->answers);
    ANA_TRY(ana_workspace_check(workspace, "comparison"));
    ANA_TRY(list_tested(all, self->p, SIZE_MAX, workspace, &trials));
    if (trials.n == 0) {
        return ana_fail(ANA_ERR_VALUE, "comparison: no trial was tested");
    }
    gather_subjects(self);
    for (size_t k = 0; k < all->n_pipelines; k++) {
        const ana_bci_performance *one = all->pipelines[k].performances[self->p];
        ANA_TRY(take_answers(&trials, one, workspace, &self->answers[k]));
    }
done:
    return status;
}

/* Each subject's trials by themselves, then together. */
static ana_status combine_subjects(comparer *self, size_t a, size_t b, ana_score_meta *out)
{
    ana_status status = ANA_OK;
    const ana_bci_evaluation *all = self->all;
    ana_score_test tests[ANA_SCORE_MIN_SUBJECTS];
    ana_workspace workspace = {0};
    size_t n = 0;
    for (size_t s = 0; s < all->n_subjects && n < ANA_SCORE_MIN_SUBJECTS; s++) {
        tested trials = {.n = 0};
        ana_scored_trials first;
        ana_scored_trials second;
        ANA_TRY(list_tested(all, self->p, s, &workspace, &trials));
        if (trials.n == 0) {
            continue;
        }
        ANA_TRY(take_answers(&trials, all->pipelines[a].performances[self->p], &workspace, &first));
        ANA_TRY(
            take_answers(&trials, all->pipelines[b].performances[self->p], &workspace, &second));
        first.blocks = NULL;
        second.blocks = NULL;
        ANA_TRY(ana_score_test_trials(&first, &second, self->metric, self->options, &tests[n]));
        n++;
    }
    ANA_TRY(ana_score_combine(n, tests, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Row a against column b; the other way round follows from it. */
static ana_status test_pair(comparer *self, size_t a, size_t b)
{
    ana_status status = ANA_OK;
    const size_t n = self->all->n_pipelines;
    ana_bci_comparison *out = self->out;
    ana_score_test *test = &out->tests[a * n + b];
    if (self->n_subjects >= ANA_SCORE_MIN_SUBJECTS) {
        ANA_TRY(ana_score_test_subjects(
            self->n_subjects, self->subjects + a * self->all->n_subjects,
            self->subjects + b * self->all->n_subjects, self->options, test));
    } else {
        ana_scored_trials first = self->answers[a];
        ana_scored_trials second = self->answers[b];
        first.blocks = NULL;
        second.blocks = NULL;
        ANA_TRY(ana_score_test_trials(&first, &second, self->metric, self->options, test));
    }
    out->p[a * n + b] = test->p;
    if (out->combined != NULL) {
        ANA_TRY(combine_subjects(self, a, b, &out->combined[a * n + b]));
        out->p[a * n + b] = out->combined[a * n + b].p;
    }
done:
    return status;
}

/* What row b against column a is, from row a against column b. */
static void turn_pair(ana_bci_comparison *out, size_t a, size_t b)
{
    const size_t n = out->n_pipelines;
    ana_score_test *turned = &out->tests[b * n + a];
    *turned = out->tests[a * n + b];
    turned->difference = -turned->difference;
    turned->effect = -turned->effect;
    turned->p_greater = 1.0 - turned->p_greater;
    out->p[b * n + a] = out->p[a * n + b];
    out->p_corrected[b * n + a] = out->p_corrected[a * n + b];
    if (out->combined != NULL) {
        ana_score_meta *meta = &out->combined[b * n + a];
        *meta = out->combined[a * n + b];
        meta->z = -meta->z;
        meta->p_greater = 1.0 - meta->p_greater;
        meta->effect = -meta->effect;
    }
}

/* Holm's correction over all pairs, each once. */
static ana_status correct(ana_bci_comparison *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = out->n_pipelines;
    double *pairs = ana_workspace_doubles(&workspace, n, n);
    size_t count = 0;
    ANA_TRY(ana_workspace_check(&workspace, "comparison"));
    for (size_t a = 0; a < n; a++) {
        for (size_t b = a + 1; b < n; b++) {
            pairs[count++] = out->p[a * n + b];
        }
    }
    ANA_TRY(ana_resampling_adjust(count, pairs, ANA_CORRECTION_HOLM, pairs));
    count = 0;
    for (size_t a = 0; a < n; a++) {
        out->p[a * n + a] = 1.0;
        out->p_corrected[a * n + a] = 1.0;
        for (size_t b = a + 1; b < n; b++) {
            out->p_corrected[a * n + b] = pairs[count++];
            turn_pair(out, a, b);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status make_room(const comparer *self, ana_bci_comparison **room)
{
    ana_status status = ANA_OK;
    const size_t n = self->all->n_pipelines;
    ANA_TRY(ana_allocate(1, sizeof **room, "comparison", room));
    ana_bci_comparison *out = *room;
    out->n_pipelines = n;
    out->level = self->options->level;
    ANA_TRY(ana_allocate(n, sizeof *out->intervals, "comparison", &out->intervals));
    ANA_TRY(ana_allocate(n * n, sizeof *out->tests, "comparison", &out->tests));
    ANA_TRY(ana_allocate(n * n, sizeof *out->p, "comparison", &out->p));
    ANA_TRY(ana_allocate(n * n, sizeof *out->p_corrected, "comparison", &out->p_corrected));
    if (self->n_subjects > 1 && self->n_subjects < ANA_SCORE_MIN_SUBJECTS) {
        ANA_TRY(ana_allocate(n * n, sizeof *out->combined, "comparison", &out->combined));
    }
done:
    return status;
}

static ana_status compare_all(comparer *self)
{
    ana_status status = ANA_OK;
    const size_t n = self->all->n_pipelines;
    for (size_t a = 0; a < n; a++) {
        ANA_TRY(ana_run_progress(&self->options->run, "comparing", a, n));
        ANA_TRY(ana_score_interval_find(
            self->n_subjects, self->subjects + a * self->all->n_subjects, &self->answers[a],
            self->metric, self->options, &self->out->intervals[a]));
        for (size_t b = a + 1; b < n; b++) {
            ANA_TRY(test_pair(self, a, b));
        }
    }
    ANA_TRY(correct(self->out));
done:
    return status;
}

ana_status ana_bci_compare(const ana_bci_evaluation *evaluation, ana_bci_protocol protocol,
                           const ana_score_options *options, ana_bci_comparison **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_score_options standard = ana_score_options_default();
    comparer self = {.all = evaluation,
                     .p = (size_t)protocol,
                     .options = options != NULL ? options : &standard,
                     .metric = (ana_score_metric)(evaluation->metric - 1)};
    *out = NULL;
    if (evaluation->n_folds[protocol] == 0) {
        return ana_fail(ANA_ERR_VALUE, "comparison: %s was not evaluated",
                        ana_bci_protocol_name(protocol));
    }
    ANA_TRY(gather(&self, &workspace));
    ANA_TRY(make_room(&self, &self.out));
    ANA_TRY(compare_all(&self));
    *out = self.out;
    self.out = NULL;
done:
    ana_bci_comparison_free(self.out);
    ana_workspace_release(&workspace);
    return status;
}
