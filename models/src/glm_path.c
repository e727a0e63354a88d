#include "glm_parts.h"
#include "memory.h"
#include "try.h"

#include <analysis/folds.h>
#include <analysis/models/glm_path.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double largest_smooth = 1e4; /* of ridge and smoothness */
static const double smooth_share = 1e-6;
static const double sparse_share = 1e-3;

static const char *const penalty_words[] = {"ridge", "lasso", "group", "smooth", NULL};

const ana_option ana_glm_path_option_table[] = {
    {"penalty", ANA_OPTION_CHOICE, offsetof(ana_glm_path_options, penalty), 0, 0, penalty_words,
     "PENALTY", "which penalty is chosen by held-out data", false},
    {"penalty-values", ANA_OPTION_SIZE, offsetof(ana_glm_path_options, n_values), 2, 1000, NULL,
     "N", "values that are tried, evenly spaced in the logarithm", false},
    {"penalty-largest", ANA_OPTION_DOUBLE, offsetof(ana_glm_path_options, largest), 0, 1e12, NULL,
     "X", "the largest of them; 0: the least that leaves no weight, or 1e4 of ridge and smooth",
     false},
    {"penalty-share", ANA_OPTION_DOUBLE, offsetof(ana_glm_path_options, share), 0, 1, NULL, "X",
     "the smallest as a share of the largest; 0: 1e-3, or 1e-6 of ridge and smooth", false},
    {"folds", ANA_OPTION_SIZE, offsetof(ana_glm_path_options, n_folds), 2, 1000, NULL, "N",
     "parts of the data, each held out once: sessions where there are as many, else stretches",
     false},
    {"gap", ANA_OPTION_SIZE, offsetof(ana_glm_path_options, gap), 0, 1e9, NULL, "ROWS",
     "rows left out between training and held-out stretches; 0: as many as lags", false},
    {"take-best", ANA_OPTION_BOOL, offsetof(ana_glm_path_options, take_best), 0, 0, NULL, NULL,
     "choose the best value instead of the strongest within one standard error", false},
    ANA_OPTION_END,
};

ana_glm_path_options ana_glm_path_options_default(void)
{
    ana_glm_path_options options = {.run = ana_run_default(), .n_values = 12, .n_folds = 5};
    return options;
}

static double *penalty_of(ana_glm_options *options, ana_glm_penalty penalty)
{
    switch (penalty) {
    case ANA_GLM_LASSO:
        return &options->lasso;
    case ANA_GLM_GROUP:
        return &options->group;
    case ANA_GLM_SMOOTH:
        return &options->smooth;
    case ANA_GLM_RIDGE:
        break;
    }
    return &options->ridge;
}

ana_glm_options ana_glm_path_choice(const ana_glm_path *path, const ana_glm_options *options)
{
    ana_glm_options chosen = options != NULL ? *options : ana_glm_options_default();
    *penalty_of(&chosen, path->penalty) = path->values[path->chosen];
    return chosen;
}

/* The least lasso, or group penalty, that leaves every weight of a unit at 0: by the gradient where
 * the mean response alone is fitted. */
static double least_empty(const ana_glm_task *task, const ana_glm_unit *unit, bool group)
{
    double most = 0.0;
    size_t end = 0;
    for (size_t i = 0; i < unit->n; i = end) {
        size_t size = 0;
        double squares = 0.0;
        ana_glm_group_of(task, unit, i, &end, &size);
        for (size_t j = i; j < end; j++) {
            if (unit->columns[j] >= task->history_column) {
                squares += unit->gradient[j] * unit->gradient[j];
            }
        }
        if (!group || size > 0) {
            most = fmax(most, sqrt(squares / (double)(size > 0 ? size : 1)));
        }
    }
    return most;
}

static ana_status find_largest(const ana_glm_data *data, const ana_glm_options *options,
                               ana_glm_penalty penalty, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_glm_task task = {0};
    ana_glm_options only = *options;
    ana_glm *glm = NULL;
    ana_glm_unit *units = NULL;
    double most = 0.0;
    only.lasso = penalty == ANA_GLM_LASSO ? 1.0 : 0.0;
    only.group = penalty == ANA_GLM_GROUP ? 1.0 : 0.0;
    ANA_TRY(ana_glm_task_new(data, &only, &task));
    ANA_TRY(ana_glm_check_responses(&task));
    ANA_TRY(ana_glm_survey(&task, &workspace));
    ANA_TRY(ana_glm_new(&task, false, &glm));
    for (size_t u = 0; u < task.n_units; u++) {
        ana_glm_describe(&task, u, glm);
    }
    const ana_glm_room room = ana_glm_room_new(&workspace, &task, task.n_columns);
    ANA_TRY(ana_glm_units_new(&workspace, &task, glm, 0, task.n_units, false, &units));
    ANA_TRY(ana_glm_pass(&task, &room, task.n_units, units, false));
    for (size_t u = 0; u < task.n_units; u++) {
        const bool fitted = units[u].active && (units[u].flags & ANA_GLM_SILENT) == 0;
        most = fmax(most, fitted ? least_empty(&task, &units[u], only.group > 0.0) : 0.0);
    }
    *out = most > 0.0 ? most : 1.0;
done:
    ana_glm_free(glm);
    ana_workspace_release(&workspace);
    return status;
}

static ana_status fill_values(const ana_glm_data *data, const ana_glm_options *options,
                              const ana_glm_path_options *path_options, ana_glm_path *path)
{
    ana_status status = ANA_OK;
    const bool sparse = path->penalty == ANA_GLM_LASSO || path->penalty == ANA_GLM_GROUP;
    double largest = path_options->largest > 0.0 ? path_options->largest : largest_smooth;
    const double usual = sparse ? sparse_share : smooth_share;
    const double share = path_options->share > 0.0 ? path_options->share : usual;
    if (sparse && path_options->largest == 0.0) {
        ANA_TRY(find_largest(data, options, path->penalty, &largest));
    }
    for (size_t i = 0; i < path->n_values; i++) {
        path->values[i] = largest * pow(share, (double)i / (double)(path->n_values - 1));
    }
done:
    return status;
}

/* Whose rows and sequences they are; responses have the design's. */
static ana_status make_folds(const ana_glm_data *data, const ana_glm_path_options *options,
                             bool by_sequences, ana_folds **out)
{
    const ana_observations *rows = data->responses;
    const ana_basis *basis = ana_design_sources(data->design)->basis;
    const size_t lags = basis != NULL ? basis->n_lags : 0;
    ana_folds_options plain = ana_folds_options_default();
    plain.run = options->run;
    plain.n_folds = options->n_folds;
    if (by_sequences) {
        return ana_folds_plain(rows->n_sequences, &plain, out);
    }
    return ana_folds_blocked(rows->n_sequences, rows->sequence_start, options->n_folds,
                             options->gap > 0 ? options->gap : lags, out);
}

/* What one path works with. */
typedef struct path_work {
    const ana_glm_data *data;
    ana_glm_options options;
    const ana_folds *folds;
    bool by_sequences;
    size_t *train;        /* items that train */
    double *train_weight; /* T */
    double *test_weight;  /* T */
    double *scores;       /* N */
} path_work;

static void mark(const path_work *work, size_t n, const size_t *items, double *weights)
{
    const ana_observations *rows = work->data->responses;
    memset(weights, 0, rows->n_times * sizeof *weights);
    for (size_t i = 0; i < n; i++) {
        const size_t item = items[i];
        const size_t first = work->by_sequences ? rows->sequence_start[item] : item;
        const size_t end = work->by_sequences ? rows->sequence_start[item + 1] : item + 1;
        for (size_t t = first; t < end; t++) {
            weights[t] = work->data->weights != NULL ? work->data->weights[t] : 1.0;
        }
    }
}

/* Log-likelihood per held-out response. */
static ana_status score(const path_work *work, const ana_glm *glm, double *out)
{
    const ana_glm_data test = {.responses = work->data->responses,
                               .design = work->data->design,
                               .mask = work->data->mask,
                               .weights = work->test_weight,
                               .offset = work->data->offset};
    const ana_glm_scores scores = {.log_likelihood = work->scores};
    ana_status status = ana_glm_score(glm, &test, &work->options.run, &scores);
    const size_t n_units = glm->n_units;
    double sum = 0.0;
    double n = 0.0;
    for (size_t u = 0; u < n_units; u++) {
        sum += isnan(work->scores[u]) ? 0.0 : work->scores[u];
    }
    for (size_t t = 0; t < test.responses->n_times; t++) {
        for (size_t u = 0; u < n_units && ana_design_usable(test.design, t); u++) {
            n += isnan(test.responses->values[t * n_units + u]) ? 0.0 : work->test_weight[t];
        }
    }
    *out = sum / n;
    return status;
}

static double count_nonzero(const ana_glm *glm)
{
    double n = 0.0;
    for (size_t i = 0; i < glm->n_units * glm->n_columns; i++) {
        n += glm->coefficients[i] != 0.0 ? 1.0 : 0.0;
    }
    return n;
}

/* One fold along the path: each value begins where the one before ended. */
static ana_status run_fold(path_work *work, size_t fold, ana_glm_path *path)
{
    ana_status status = ANA_OK;
    ana_glm *before = NULL;
    size_t n_train = 0;
    const ana_fold *part = &work->folds->folds[fold];
    ana_folds_train(work->folds, fold, work->train, &n_train);
    mark(work, n_train, work->train, work->train_weight);
    mark(work, part->n_test, part->test, work->test_weight);
    for (size_t i = 0; i < path->n_values; i++) {
        ana_glm *glm = NULL;
        ana_glm_data train = *work->data;
        train.weights = work->train_weight;
        train.start = before;
        *penalty_of(&work->options, path->penalty) = path->values[i];
        ANA_TRY(ana_glm_fit(&train, &work->options, &glm));
        ana_glm_free(before);
        before = glm;
        ANA_TRY(score(work, glm, &path->held_out[i * path->n_folds + fold]));
        path->n_nonzero[i] += count_nonzero(glm) / (double)path->n_folds;
    }
done:
    ana_glm_free(before);
    return status;
}

/* Mean over the folds, and the standard error of its loss against the best. */
static void summarise(const ana_glm_path_options *options, ana_glm_path *path)
{
    const double n = (double)path->n_folds;
    for (size_t i = 0; i < path->n_values; i++) {
        for (size_t f = 0; f < path->n_folds; f++) {
            path->mean[i] += path->held_out[i * path->n_folds + f] / n;
        }
        path->best = path->mean[i] > path->mean[path->best] ? i : path->best;
    }
    path->chosen = path->best;
    for (size_t i = path->n_values; i-- > 0;) {
        const double loss = path->mean[path->best] - path->mean[i];
        double squares = 0.0;
        for (size_t f = 0; f < path->n_folds; f++) {
            const double each = path->held_out[path->best * path->n_folds + f] -
                                path->held_out[i * path->n_folds + f] - loss;
            squares += each * each;
        }
        path->error[i] = sqrt(squares / (n - 1.0) / n);
        if (!options->take_best && i < path->best && loss <= path->error[i]) {
            path->chosen = i;
        }
    }
}

static ana_status new_path(const ana_glm_path_options *options, ana_glm_path **out)
{
    ana_status status = ANA_OK;
    ana_glm_path *path = NULL;
    const size_t n = options->n_values;
    ANA_TRY(ana_allocate(1, sizeof *path, "glm path", (void *)&path));
    path->penalty = options->penalty;
    path->n_values = n;
    path->n_folds = options->n_folds;
    ANA_TRY(ana_allocate(n, sizeof(double), "glm path", (void *)&path->values));
    ANA_TRY(ana_allocate(n * path->n_folds, sizeof(double), "glm path", (void *)&path->held_out));
    ANA_TRY(ana_allocate(n, sizeof(double), "glm path", (void *)&path->mean));
    ANA_TRY(ana_allocate(n, sizeof(double), "glm path", (void *)&path->error));
    ANA_TRY(ana_allocate(n, sizeof(double), "glm path", (void *)&path->n_nonzero));
    *out = path;
    path = NULL;
done:
    ana_glm_path_free(path);
    return status;
}

static ana_status run_folds(path_work *work, ana_workspace *workspace, ana_glm_path *path)
{
    ana_status status = ANA_OK;
    const size_t n_times = work->data->responses->n_times;
    work->train = ana_workspace_sizes(workspace, work->folds->n_items, 1);
    work->train_weight = ana_workspace_doubles(workspace, n_times, 1);
    work->test_weight = ana_workspace_doubles(workspace, n_times, 1);
    work->scores = ana_workspace_doubles(workspace, work->data->responses->n_features, 1);
    ANA_TRY(ana_workspace_check(workspace, "glm path"));
    for (size_t f = 0; f < path->n_folds; f++) {
        ANA_TRY(ana_run_progress(&work->options.run, "glm path: folds", f, path->n_folds));
        ANA_TRY(run_fold(work, f, path));
    }
done:
    return status;
}

ana_status ana_glm_path_fit(const ana_glm_data *data, const ana_glm_options *options,
                            const ana_glm_path_options *path_options, ana_glm_path **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_folds *folds = NULL;
    ana_glm_path *path = NULL;
    const ana_glm_path_options defaults = ana_glm_path_options_default();
    const ana_glm_path_options *chosen = path_options != NULL ? path_options : &defaults;
    path_work work = {.data = data,
                      .options = options != NULL ? *options : ana_glm_options_default()};
    work.options.errors = ANA_GLM_ERRORS_NO;
    ANA_TRY(ana_options_check(ana_glm_path_option_table, chosen, "glm path"));
    ANA_TRY(new_path(chosen, &path));
    path->by_sequences = data->responses->n_sequences >= chosen->n_folds;
    work.by_sequences = path->by_sequences;
    ANA_TRY(fill_values(data, &work.options, chosen, path));
    ANA_TRY(make_folds(data, chosen, path->by_sequences, &folds));
    work.folds = folds;
    ANA_TRY(run_folds(&work, &workspace, path));
    summarise(chosen, path);
    *out = path;
    path = NULL;
done:
    ana_glm_path_free(path);
    ana_folds_free(folds);
    ana_workspace_release(&workspace);
    return status;
}

void ana_glm_path_free(ana_glm_path *path)
{
    if (path != NULL) {
        free(path->values);
        free(path->held_out);
        free(path->mean);
        free(path->error);
        free(path->n_nonzero);
        free(path);
    }
}
