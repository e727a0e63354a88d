/* Pipelines in the stored folds of pipelines.json: what each answers of every trial, and its
 * scores; and with every session re-centred, those of pipelines_recentered.json.
 *
 * Every fold takes minutes without optimisation: usually each session's first fold and the first
 * session across are compared, of all folds those of the filters, which cost nothing, augmented
 * covariances and re-centring where trials are few; all of it with ANA_TEST_LONG=yes. */
#include "bci.h"
#include "pipeline_trials.h"
#include "support/check.h"
#include "support/scratch.h"

#include <analysis/models/bci_evaluation.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_FOLDS = 32
};

static const pipeline_data data_sets[] = {
    {"mi_P1_RL", "mi_openbci", "band 8-32", 62, 312},
    {"mi_P1_RLI", "mi_openbci", "band 8-32", 62, 312},
    {"mi_P2_RL", "mi_openbci", "band 8-32", 62, 312},
    {"mi_P2_RLI", "mi_openbci", "band 8-32", 62, 312},
    {"mi_P3_RL", "mi_openbci", "band 8-32", 62, 312},
    {"mi_P3_RLI", "mi_openbci", "band 8-32", 62, 312},
    {"eegmmidb_S001_LR", "eegmmidb/S001", "band 8-32", 80, 480},
    {"ssvep_subject02", "ssvep_exo/subject02", "band 12-14,16-18,20-22", 512, 768},
    {"ssvep_subject03", "ssvep_exo/subject03", "band 12-14,16-18,20-22", 512, 768},
};

/* When a pipeline is compared. */
typedef enum cost {
    CHEAP,  /* always, in every fold */
    MIDDLE, /* usually in the first folds */
    DEAR,   /* usually in the first folds of the least data set */
    DEAREST /* not usually */
} cost;

/* What the file's names stand for, and how near its answers of two classes are. */
typedef struct known_pipeline {
    const char *name;
    const char *steps;
    double tolerance;
    cost cost;
} known_pipeline;

/* The peer's logistic regression stops where its loss falls by less than 2.2e-9 of itself (ftol of
 * SciPy's L-BFGS-B, whatever scikit-learn's tol): with a loss near 30 and a penalty of |w|^2 / 2
 * the weights are within some 4e-4 of the minimum, and so are its answers, 4e-4 at most.
 * scikit-learn's own Newton solvers end where ours does, to 1e-8. Its joint diagonalisation stops
 * at a fall of 1e-6 over all classes; with ours stopped there the answers are the same. */
static const known_pipeline pipelines[] = {
    {"MDM", "cov oas | mdm", 1e-6, MIDDLE},
    {"FgMDM", "cov oas | fgmdm", 1e-6, MIDDLE},
    {"TS+LR", "cov oas | tangent | logistic", 1e-3, MIDDLE},
    {"TS+SVM", "cov oas | tangent | svm linear tolerance=1e-10", 1e-6, MIDDLE},
    {"CSP+LDA", "cov oas | csp 6 method=joint tolerance=3.3333333333333333e-7 | lda", 1e-6, CHEAP},
    {"CSP+shLDA", "cov oas | csp 6 method=joint tolerance=3.3333333333333333e-7 | lda shrunk", 1e-6,
     CHEAP},
    {"ACM(3,3)+TS+SVM", "acm 3,3 | cov cov | tangent | svm rbf tolerance=1e-10", 1e-6, DEAR},
    {"ACM(4,2)+MDM", "acm 4,2 | cov cov | mdm", 1e-6, DEAR},
    {"ACM(grid)+TS+SVM", "acm {1,3},{1,4} | cov cov | tangent | svm {linear,rbf} tolerance=1e-10",
     1e-6, DEAREST},
};

enum {
    N_PIPELINES = sizeof pipelines / sizeof pipelines[0],
    N_DATA_SETS = sizeof data_sets / sizeof data_sets[0]
};

/* Folds of one protocol, and where the file has their answers. */
typedef struct stored_folds {
    ana_folds all;
    ana_fold folds[MAX_FOLDS];
    const ana_json *group[MAX_FOLDS]; /* of the session */
    size_t number[MAX_FOLDS];         /* within it */
} stored_folds;

static size_t session_of(const ana_bci_trials *trials, const char *name)
{
    size_t s = 0;
    while (s < trials->n_sessions && strcmp(trials->session_names[s], name) != 0) {
        s++;
    }
    assert_true(s < trials->n_sessions);
    return s;
}

static void add_fold(const ana_bci_trials *trials, stored_folds *out, const bool *tests,
                     const bool *trains)
{
    assert_true(out->all.n_folds < MAX_FOLDS);
    ana_fold *fold = &out->folds[out->all.n_folds++];
    *fold = (ana_fold){.test = calloc(trials->n_trials, sizeof(size_t)),
                       .train = calloc(trials->n_trials, sizeof(size_t))};
    for (size_t i = 0; i < trials->n_trials; i++) {
        if (tests[i]) {
            fold->test[fold->n_test++] = i;
        } else if (trains[i]) {
            fold->train[fold->n_train++] = i;
        }
    }
    out->all.n_items = trials->n_trials;
    out->all.folds = out->folds;
}

static void read_within(const ana_bci_trials *trials, const ana_json *facts, stored_folds *out)
{
    ana_json_member member = {0};
    bool *tests = calloc(trials->n_trials, sizeof *tests);
    bool *trains = calloc(trials->n_trials, sizeof *trains);
    while (ana_json_next(ana_json_find(facts, "within"), &member)) {
        const ana_json *lists = ana_json_find(member.value, "test_folds");
        const size_t session = session_of(trials, member.key);
        for (size_t k = 0; k < ana_json_count(lists); k++) {
            const ana_json *list = ana_json_at(lists, k);
            for (size_t i = 0; i < trials->n_trials; i++) {
                tests[i] = false;
                trains[i] = trials->sessions[i] == session;
            }
            for (size_t i = 0; i < ana_json_count(list); i++) {
                tests[ana_json_int(ana_json_at(list, i))] = true;
            }
            out->group[out->all.n_folds] = member.value;
            out->number[out->all.n_folds] = k;
            add_fold(trials, out, tests, trains);
        }
    }
    free(tests);
    free(trains);
}

static void read_cross_session(const ana_bci_trials *trials, const ana_json *facts,
                               stored_folds *out)
{
    ana_json_member member = {0};
    bool *tests = calloc(trials->n_trials, sizeof *tests);
    bool *trains = calloc(trials->n_trials, sizeof *trains);
    while (ana_json_next(ana_json_find(facts, "cross_session"), &member)) {
        const size_t session = session_of(trials, member.key);
        for (size_t i = 0; i < trials->n_trials; i++) {
            tests[i] = trials->sessions[i] == session;
            trains[i] = !tests[i];
        }
        out->group[out->all.n_folds] = member.value;
        add_fold(trials, out, tests, trains);
    }
    free(tests);
    free(trains);
}

static void release_folds(stored_folds *folds)
{
    for (size_t k = 0; k < folds->all.n_folds; k++) {
        free(folds->folds[k].test);
        free(folds->folds[k].train);
    }
}

/* What is evaluated on one data set. */
typedef struct set_task {
    const pipeline_data *data;
    const ana_json *facts;
    tally *counts;
    ana_bci_trials *trials;
    stored_folds within;
    stored_folds cross;
} set_task;

static ana_status trials_of(void *user, const ana_bci_bank *bank, const ana_bci_trials **out)
{
    set_task *self = user;
    (void)bank;
    *out = self->trials;
    return ANA_OK;
}

/* Answers of one fold against those of the file. */
static void compare_fold(const set_task *self, const known_pipeline *known,
                         const ana_bci_performance *ours, const ana_fold *fold, const char *where,
                         const ana_json *outputs)
{
    const size_t n_classes = self->trials->n_classes;
    if (!tally_that(self->counts, ana_json_count(outputs) == fold->n_test, "%s %s: %zu answers",
                    known->name, where, ana_json_count(outputs))) {
        return;
    }
    for (size_t i = 0; i < fold->n_test; i++) {
        const size_t trial = fold->test[i];
        const ana_json *wanted = ana_json_at(outputs, i);
        if (n_classes == 2) {
            const double value = ours->scores[2 * trial + 1];
            tally_number(self->counts, value, ana_json_double(wanted), known->tolerance,
                         known->tolerance, "%s %s: trial %zu", known->name, where, trial);
        } else {
            char label[8];
            snprintf(label, sizeof label, "%d", (int)ana_json_int(wanted));
            tally_that(self->counts, strcmp(self->trials->classes[ours->chosen[trial]], label) == 0,
                       "%s %s: trial %zu is %s, not %s", known->name, where, trial,
                       self->trials->classes[ours->chosen[trial]], label);
        }
    }
}

static void compare_within(const set_task *self, const known_pipeline *known,
                           const ana_bci_performance *ours, const stored_folds *stored)
{
    for (size_t k = 0; k < stored->all.n_folds; k++) {
        const size_t number = stored->number[k];
        const ana_json *outputs =
            ana_json_find(ana_json_find(stored->group[k], "outputs"), known->name);
        const ana_json *scores =
            ana_json_find(ana_json_find(stored->group[k], "scores"), known->name);
        char where[64];
        snprintf(where, sizeof where, "within, fold %zu of session %s", number,
                 self->trials->session_names[self->trials->sessions[stored->folds[k].test[0]]]);
        self->counts->n_cases++;
        compare_fold(self, known, ours, &stored->folds[k], where, ana_json_at(outputs, number));
        tally_number(self->counts, ours->fold_scores[k],
                     ana_json_double(ana_json_at(scores, number)), 1e-12, 0.0, "%s %s: score",
                     known->name, where);
    }
}

static void compare_cross(const set_task *self, const known_pipeline *known,
                          const ana_bci_performance *ours, const stored_folds *stored)
{
    for (size_t k = 0; k < stored->all.n_folds; k++) {
        const ana_json *group = ana_json_find(stored->group[k], known->name);
        char where[32];
        snprintf(where, sizeof where, "across, fold %zu", k);
        self->counts->n_cases++;
        compare_fold(self, known, ours, &stored->folds[k], where, ana_json_find(group, "outputs"));
        tally_number(self->counts, ours->fold_scores[k],
                     ana_json_double(ana_json_find(group, "score")), 1e-12, 0.0, "%s %s: score",
                     known->name, where);
    }
}

/* *evaluation = what a pipeline of these steps does in these folds (NULL: none). */
static void evaluate(set_task *self, const char *steps, const ana_folds *within,
                     const ana_folds *cross, ana_bci_evaluation **evaluation)
{
    ana_bci_evaluation_options options = ana_bci_evaluation_options_default();
    char text[256];
    const char *texts[] = {text};
    const char *names[] = {steps};
    snprintf(text, sizeof text, "%s | %s", self->data->band, steps);
    options.choose = false;
    options.inner_metric = ANA_BCI_METRIC_ACCURACY;
    options.folds.split = ANA_BCI_SPLIT_SHUFFLED;
    ana_bci_task task = {
        .trials_of = trials_of, .user = self, .n_pipelines = 1, .names = names, .texts = texts};
    task.folds[ANA_BCI_WITHIN_SESSION] = within;
    task.folds[ANA_BCI_CROSS_SESSION] = cross;
    check_ok(ana_bci_evaluate(&task, &options, evaluation));
}

/* The folds that the file has answers of this pipeline to, and that are compared now. */
static stored_folds choose_folds(const stored_folds *all, const known_pipeline *known,
                                 tally *counts)
{
    stored_folds few = {.all = {.n_items = all->all.n_items}};
    for (size_t k = 0; k < all->all.n_folds; k++) {
        const ana_json *within = ana_json_find(all->group[k], "outputs");
        const ana_json *answers = within != NULL ? within : all->group[k];
        if (ana_json_find(answers, known->name) == NULL) {
            continue;
        }
        const bool is_first = within != NULL ? all->number[k] == 0 : k == 0;
        if (!test_is_long() && known->cost != CHEAP && !is_first) {
            counts->n_unread++;
            continue;
        }
        const size_t to = few.all.n_folds++;
        few.folds[to] = all->folds[k];
        few.group[to] = all->group[k];
        few.number[to] = all->number[k];
    }
    return few;
}

static void compare_pipeline(set_task *self, const known_pipeline *known)
{
    ana_bci_evaluation *evaluation = NULL;
    const bool is_least = strcmp(self->data->name, "mi_P3_RL") == 0;
    stored_folds within = choose_folds(&self->within, known, self->counts);
    stored_folds cross = choose_folds(&self->cross, known, self->counts);
    within.all.folds = within.folds;
    cross.all.folds = cross.folds;
    if (within.all.n_folds + cross.all.n_folds == 0) {
        return;
    }
    if (!test_is_long() && (known->cost == DEAREST || (known->cost == DEAR && !is_least))) {
        self->counts->n_unread += within.all.n_folds + cross.all.n_folds;
        return;
    }
    const bool has_cross = cross.all.n_folds > 0;
    evaluate(self, known->steps, &within.all, has_cross ? &cross.all : NULL, &evaluation);
    const ana_bci_evaluated *ours = &evaluation->pipelines[0];
    compare_within(self, known, ours->performances[ANA_BCI_WITHIN_SESSION], &within);
    if (has_cross) {
        compare_cross(self, known, ours->performances[ANA_BCI_CROSS_SESSION], &cross);
    }
    ana_bci_evaluation_free(evaluation);
}

/* Mean scores across sessions of pipelines_recentered.json, as they are and re-centred. */
static void compare_recentred(set_task *self, const ana_json *scores)
{
    static const char *const rows[][2] = {
        {"MDM/raw", "cov oas | mdm"},
        {"MDM/recentered", "cov oas | recentre | mdm"},
        {"TS+LR/raw", "cov oas | tangent | logistic"},
        {"TS+LR/recentered", "cov oas | recentre | tangent | logistic"},
    };
    const ana_json *of_set = strncmp(self->data->name, "mi_", 3) == 0
                                 ? ana_json_find(scores, self->data->name + 3)
                                 : NULL;
    for (size_t k = 0; k < sizeof rows / sizeof rows[0] && of_set != NULL; k++) {
        ana_bci_evaluation *evaluation = NULL;
        evaluate(self, rows[k][1], NULL, &self->cross.all, &evaluation);
        /* One pair of trials, 2.5e-5 apart, that the peer's early stop has in the other order. */
        const bool is_near = k == 3 && strcmp(self->data->name, "mi_P2_RL") == 0;
        const double pair = is_near ? 0.5 / (25.0 * 25.0) : 0.0;
        self->counts->n_cases++;
        tally_number(self->counts,
                     evaluation->pipelines[0].performances[ANA_BCI_CROSS_SESSION]->mean,
                     ana_json_double(ana_json_find(of_set, rows[k][0])) - pair, 1e-12, 0.0, "%s",
                     rows[k][0]);
        ana_bci_evaluation_free(evaluation);
    }
}

static void compare_set(const pipeline_data *data, const ana_json *facts, const ana_json *recentred,
                        tally *counts)
{
    set_task self = {.data = data, .facts = facts, .counts = counts};
    ana_bci_pipeline *pipeline = NULL;
    ana_bci_bank bank;
    char text[128];
    counts->file = data->name;
    assert_non_null(facts);
    snprintf(text, sizeof text, "%s | cov | mdm", data->band);
    check_ok(ana_bci_pipeline_parse(text, &pipeline));
    ana_bci_pipeline_bank(pipeline, &bank);
    ana_bci_pipeline_free(pipeline);
    read_pipeline_trials(data, facts, &bank, counts, &self.trials);
    if (self.trials == NULL) {
        return;
    }
    read_within(self.trials, facts, &self.within);
    read_cross_session(self.trials, facts, &self.cross);
    for (size_t k = 0; k < N_PIPELINES; k++) {
        compare_pipeline(&self, &pipelines[k]);
    }
    if (test_is_long() || self.trials->n_trials <= 150) {
        compare_recentred(&self, recentred);
    } else {
        counts->n_unread += self.cross.all.n_folds;
    }
    release_folds(&self.within);
    release_folds(&self.cross);
    ana_bci_trials_free(self.trials);
}

/* NULL when it is not here. */
static ana_json *read_json(const char *name)
{
    char relative[128];
    char path[4096];
    ana_json *json = NULL;
    size_t n = 0;
    snprintf(relative, sizeof relative, "reference/bci/%s", name);
    if (!shared_path(relative, path, sizeof path)) {
        return NULL;
    }
    unsigned char *bytes = read_bytes(path, &n);
    check_ok(ana_json_parse(name, (const char *)bytes, n, &json));
    free(bytes);
    return json;
}

int compare_pipelines(void)
{
    tally counts = {0};
    ana_json *all = read_json("pipelines.json");
    ana_json *recentred = read_json("pipelines_recentered.json");
    if (all == NULL || recentred == NULL) {
        ana_json_free(all);
        ana_json_free(recentred);
        return TEST_SKIPPED;
    }
    for (size_t k = 0; k < N_DATA_SETS; k++) {
        compare_set(&data_sets[k], ana_json_find(all, data_sets[k].name),
                    ana_json_find(recentred, "scores"), &counts);
    }
    if (counts.n_unread > 0) {
        printf("  pipelines.json: %zu folds left out%s\n", counts.n_unread,
               test_is_long() ? "" : "; ANA_TEST_LONG=yes takes all that are here");
    }
    ana_json_free(all);
    ana_json_free(recentred);
    return tally_finish(&counts, "reference.bci pipelines");
}
