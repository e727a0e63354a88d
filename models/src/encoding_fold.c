/* One fold of an encoding model: fit to the stimuli that train, predict those that test. */
#include "columns.h"
#include "encoding_parts.h"
#include "try.h"

#include <analysis/linalg.h>
#include <analysis/models/encoding_maps.h>

#include <math.h>
#include <string.h>

enum {
    N_INNER = 5 /* where one cannot be left out */
};

/* Rows of a fold, and copies of what they hold. */
typedef struct fold_data {
    size_t n;
    size_t *train;
    size_t n_test;
    const size_t *test;
    double *y;         /* n x q */
    double *predicted; /* n_test x q */
} fold_data;

static size_t count_distinct(size_t n, const size_t *groups)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++) {
            seen = groups[k] == groups[i];
        }
        count += seen ? 0 : 1;
    }
    return count;
}

/* *out = folds of the stimuli that train, of the kind of those without; NULL: leave one out. */
static ana_status inner_folds(const encoding_task *task, const fold_data *fold, ana_folds **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_encoding_options *options = task->options;
    const bool apart = options->blocked || options->groups != NULL;
    ana_encoding_options settings = *options;
    *out = NULL;
    if (options->n_inner == 0 && !apart) {
        return ANA_OK;
    }
    size_t *groups = ana_workspace_sizes(&workspace, fold->n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "encoding"));
    for (size_t i = 0; i < fold->n && options->groups != NULL; i++) {
        groups[i] = options->groups[fold->train[i]];
    }
    settings.groups = options->groups != NULL ? groups : NULL;
    settings.n_repeats = 1;
    const size_t most = options->groups != NULL ? count_distinct(fold->n, groups) : fold->n;
    settings.n_folds = options->n_inner > 0 ? options->n_inner : (most < N_INNER ? most : N_INNER);
    status = ana_encoding_folds(fold->n, &settings, out);
    if (status != ANA_OK) {
        (void)ana_fail_in(status, "inner folds, to choose the penalty: ");
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status fit_ridge(const encoding_task *task, size_t number, const fold_data *fold)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_folds *inner = NULL;
    const size_t q = task->q;
    const size_t n_spaces = task->data.n_spaces;
    const bool of_components = task->options->map == ANA_ENCODING_PCA_RIDGE;
    double *draw_losses = ana_workspace_doubles(&workspace, task->n_draws, q);
    const ridge_choice choice = {.losses = task->losses + number * task->n_penalties * q,
                                 .draw_losses = draw_losses,
                                 .place = ana_workspace_sizes(&workspace, q, 1),
                                 .draw = ana_workspace_sizes(&workspace, q, 1)};
    ANA_TRY(ana_workspace_check(&workspace, "encoding"));
    ANA_TRY(inner_folds(task, fold, &inner));
    const ridge_problem problem = {.data = &task->data,
                                   .n = fold->n,
                                   .rows = fold->train,
                                   .folds = inner,
                                   .keep = of_components ? task->options->n_components : SIZE_MAX,
                                   .q = q,
                                   .y = fold->y,
                                   .n_penalties = task->n_penalties,
                                   .penalties = task->penalties,
                                   .per_target = task->options->per_target,
                                   .n_draws = task->n_draws,
                                   .gammas = task->gammas};
    const ridge_output output = {
        .n_test = fold->n_test, .test = fold->test, .predicted = fold->predicted};
    ANA_TRY(ridge_solve(&problem, 1, &choice, &output));
    for (size_t j = 0; j < q; j++) {
        task->penalty[number * q + j] = task->penalties[choice.place[j]];
        for (size_t g = 0; g < n_spaces && task->n_draws > 0; g++) {
            task->gamma[(number * n_spaces + g) * q + j] =
                task->gammas[choice.draw[j] * n_spaces + g];
        }
    }
done:
    ana_folds_free(inner);
    ana_workspace_release(&workspace);
    return status;
}

static ana_status fit_ols(size_t p, size_t q, const fold_data *fold, const double *x,
                          const double *x_test)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = fold->n;
    double *y = ana_workspace_doubles(&workspace, n, q);
    double *mean = ana_workspace_doubles(&workspace, q, 1);
    double *room = ana_workspace_doubles(&workspace, q, 1);
    double *weights = ana_workspace_doubles(&workspace, p, q);
    ANA_TRY(ana_workspace_check(&workspace, "encoding"));
    columns_mean(n, q, fold->y, room, mean);
    for (size_t i = 0; i < n * q; i++) {
        y[i] = fold->y[i] - mean[i % q];
    }
    ANA_TRY(ana_linalg_least_squares(n, p, x, q, y, weights, NULL));
    ANA_TRY(ana_linalg_multiply(fold->n_test, p, q, x_test, weights, fold->predicted));
    for (size_t i = 0; i < fold->n_test * q; i++) {
        fold->predicted[i] += mean[i % q];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status fit_pls(const encoding_task *task, const fold_data *fold, const double *x,
                          const double *x_test)
{
    ana_status status = ANA_OK;
    ana_pls *pls = NULL;
    const ana_pls_options options = {task->options->n_components, task->options->pls_tolerance};
    ANA_TRY(ana_pls_fit(fold->n, task->data.p, x, task->q, fold->y, &options, &pls));
    ANA_TRY(ana_pls_predict(pls, fold->n_test, x_test, fold->predicted));
done:
    ana_pls_free(pls);
    return status;
}

static ana_status fit_units(const encoding_task *task, const fold_data *fold, const double *x,
                            const double *x_test)
{
    ana_unit_map *map = NULL;
    const bool one_to_one = task->options->map == ANA_ENCODING_ONE_TO_ONE;
    const ana_status status =
        ana_unit_map_fit(fold->n, task->data.p, x, task->q, fold->y, one_to_one, &map);
    if (status == ANA_OK) {
        ana_unit_map_predict(map, fold->n_test, task->data.p, x_test, fold->predicted);
    }
    ana_unit_map_free(map);
    return status;
}

/* Maps that take features as they are, less their means. */
static ana_status fit_features(const encoding_task *task, const fold_data *fold)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t p = task->data.p;
    double *x = ana_workspace_doubles(&workspace, fold->n, p);
    double *x_test = ana_workspace_doubles(&workspace, fold->n_test, p);
    double *room = ana_workspace_doubles(&workspace, 3, p);
    ANA_TRY(ana_workspace_check(&workspace, "encoding"));
    ridge_take_rows(fold->n, fold->train, p, task->data.x, x);
    ridge_take_rows(fold->n_test, fold->test, p, task->data.x, x_test);
    ridge_prepare(fold->n, p, x, fold->n_test, x_test, task->data.standardise, room);
    if (task->options->map == ANA_ENCODING_OLS) {
        ANA_TRY(fit_ols(p, task->q, fold, x, x_test));
    } else if (task->options->map == ANA_ENCODING_PLS) {
        ANA_TRY(fit_pls(task, fold, x, x_test));
    } else {
        ANA_TRY(fit_units(task, fold, x, x_test));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status encoding_fit_fold(const encoding_task *task, size_t number)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t q = task->q;
    const ana_fold *items = &task->folds->folds[number];
    fold_data fold = {.train = ana_workspace_sizes(&workspace, task->data.n, 1),
                      .n_test = items->n_test,
                      .test = items->test,
                      .y = ana_workspace_doubles(&workspace, task->data.n, q),
                      .predicted = ana_workspace_doubles(&workspace, items->n_test, q)};
    ANA_TRY(ana_workspace_check(&workspace, "encoding"));
    ana_folds_train(task->folds, number, fold.train, &fold.n);
    ridge_take_rows(fold.n, fold.train, q, task->y, fold.y);
    if (encoding_has_penalties(task->options->map)) {
        ANA_TRY(fit_ridge(task, number, &fold));
    } else {
        ANA_TRY(fit_features(task, &fold));
    }
    double *predicted = task->predicted + items->repeat * task->data.n * q;
    for (size_t i = 0; i < fold.n_test; i++) {
        memcpy(predicted + fold.test[i] * q, fold.predicted + i * q, q * sizeof *fold.predicted);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
