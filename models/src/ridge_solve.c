/* Penalties, and mixtures of feature spaces, chosen by what they predict; then the fit. */
#include "columns.h"
#include "ridge_rows.h"
#include "try.h"

#include <math.h>
#include <omp.h>
#include <string.h>

/* y less its column means, which are kept; without intercept they count as 0. */
static void centre_targets(size_t n, size_t q, bool intercept, double *y, double *room,
                           double *mean)
{
    memset(mean, 0, q * sizeof *mean);
    if (intercept) {
        columns_mean(n, q, y, room, mean);
    }
    for (size_t i = 0; i < n * q; i += q) {
        for (size_t j = 0; j < q; j++) {
            y[i + j] -= mean[j];
        }
    }
}

/* Targets of rows that train (n x q, centred) and of those that test, less the same means. */
typedef struct target_room {
    double *y;
    double *y_test;
    double *mean; /* q */
    double *room; /* q */
} target_room;

static target_room new_targets(size_t n, size_t n_test, size_t q, ana_workspace *workspace)
{
    return (target_room){.y = ana_workspace_doubles(workspace, n, q),
                         .y_test = ana_workspace_doubles(workspace, n_test, q),
                         .mean = ana_workspace_doubles(workspace, q, 1),
                         .room = ana_workspace_doubles(workspace, q, 1)};
}

/* losses += squared errors of one fold of the rows that train. */
static ana_status add_fold(const ridge_problem *problem, const double *gamma, size_t fold,
                           double *losses)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = problem->n;
    const size_t q = problem->q;
    const ana_fold *test = &problem->folds->folds[fold];
    size_t *train = ana_workspace_sizes(&workspace, n, 1);
    size_t *rows = ana_workspace_sizes(&workspace, n, 1);
    size_t *test_rows = ana_workspace_sizes(&workspace, test->n_test, 1);
    const target_room room = new_targets(n, test->n_test, q, &workspace);
    ridge_basis basis = {0};
    size_t n_train = 0;
    ANA_TRY(ana_workspace_check(&workspace, "ridge"));
    ana_folds_train(problem->folds, fold, train, &n_train);
    for (size_t i = 0; i < n_train; i++) {
        rows[i] = problem->rows[train[i]];
    }
    for (size_t i = 0; i < test->n_test; i++) {
        test_rows[i] = problem->rows[test->test[i]];
    }
    const ridge_split split = {n_train, rows, test->n_test, test_rows, gamma};
    ridge_take_rows(n_train, train, q, problem->y, room.y);
    ridge_take_rows(test->n_test, test->test, q, problem->y, room.y_test);
    centre_targets(n_train, q, problem->data->intercept, room.y, room.room, room.mean);
    for (size_t i = 0; i < test->n_test; i++) {
        for (size_t j = 0; j < q; j++) {
            room.y_test[i * q + j] -= room.mean[j];
        }
    }
    ANA_TRY(ridge_basis_of(problem->data, &split, problem->keep, &workspace, &basis));
    const ridge_targets targets = {q, room.y, room.y_test, problem->n_penalties,
                                   problem->penalties};
    ANA_TRY(ridge_add_losses(&basis, &targets, losses));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* losses (n_penalties x q) = mean squared errors over folds, or in `basis` (of all rows, y centred)
 * when leaving one out. */
static ana_status find_losses(const ridge_problem *problem, const double *gamma,
                              const ridge_basis *basis, const double *y, double *losses)
{
    ana_status status = ANA_OK;
    const size_t n_losses = problem->n_penalties * problem->q;
    size_t count = problem->n;
    memset(losses, 0, n_losses * sizeof *losses);
    if (problem->folds == NULL) {
        const ridge_targets targets = {problem->q, y, NULL, problem->n_penalties,
                                       problem->penalties};
        ANA_TRY(ridge_add_losses(basis, &targets, losses));
    } else {
        count = 0;
        for (size_t f = 0; f < problem->folds->n_folds; f++) {
            ANA_TRY(add_fold(problem, gamma, f, losses));
            count += problem->folds->folds[f].n_test;
        }
    }
    for (size_t k = 0; k < n_losses; k++) {
        losses[k] /= (double)count;
    }
done:
    return status;
}

/* Fit the targets of `wanted` gamma (all without bands) and write what was asked for. */
static ana_status fit(const ridge_problem *problem, const ridge_basis *basis, size_t wanted,
                      const target_room *targets, const ridge_choice *choice,
                      const ridge_output *output)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t q = problem->q;
    const ridge_data *data = problem->data;
    const double *gamma = problem->n_draws > 0 ? problem->gammas + wanted * data->n_spaces : NULL;
    double *penalty = ana_workspace_doubles(&workspace, q, 1);
    double *predicted = ana_workspace_doubles(&workspace, output->n_test, q);
    double *weights = ana_workspace_doubles(&workspace, output->weights != NULL ? data->p : 0, q);
    ANA_TRY(ana_workspace_check(&workspace, "ridge"));
    for (size_t j = 0; j < q; j++) {
        penalty[j] = problem->penalties[choice->place[j]];
    }
    if (output->predicted != NULL) {
        ANA_TRY(ridge_basis_predict(basis, q, targets->y, penalty, predicted));
    }
    if (output->weights != NULL) {
        ANA_TRY(ridge_basis_weights(basis, data->p, data->x, q, targets->y, penalty, weights));
        ridge_weigh_weights(data, gamma, basis->dual, q, weights);
    }
    for (size_t j = 0; j < q; j++) {
        const bool here = gamma == NULL || choice->draw[j] == wanted;
        for (size_t i = 0; here && output->predicted != NULL && i < output->n_test; i++) {
            output->predicted[i * q + j] = predicted[i * q + j] + targets->mean[j];
        }
        for (size_t i = 0; here && output->weights != NULL && i < data->p; i++) {
            output->weights[i * q + j] = weights[i * q + j];
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status solve_plain(const ridge_problem *problem, const target_room *targets,
                              const ridge_choice *choice, const ridge_output *output)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ridge_basis basis = {0};
    const ridge_split split = {problem->n, problem->rows, output->n_test, output->test, NULL};
    ANA_TRY(ridge_basis_of(problem->data, &split, problem->keep, &workspace, &basis));
    ANA_TRY(find_losses(problem, NULL, &basis, targets->y, choice->losses));
    ridge_choose(problem->n_penalties, problem->q, choice->losses, problem->per_target,
                 choice->place);
    ANA_TRY(fit(problem, &basis, 0, targets, choice, output));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* losses of one gamma. */
static ana_status try_draw(const ridge_problem *problem, const double *y, size_t draw,
                           double *losses)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ridge_basis basis = {0};
    const double *gamma = problem->gammas + draw * problem->data->n_spaces;
    const ridge_split split = {problem->n, problem->rows, 0, NULL, gamma};
    if (problem->folds == NULL) {
        ANA_TRY(ridge_basis_of(problem->data, &split, problem->keep, &workspace, &basis));
    }
    ANA_TRY(find_losses(problem, gamma, &basis, y, losses));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Keep what a gamma does better than those before it. */
static void keep_better(const ridge_problem *problem, size_t draw, const double *losses,
                        size_t *place, const ridge_choice *choice)
{
    const size_t q = problem->q;
    double sum = 0.0;
    double least = 0.0;
    ridge_choose(problem->n_penalties, q, losses, problem->per_target, place);
    for (size_t j = 0; j < q; j++) {
        choice->draw_losses[draw * q + j] = losses[place[j] * q + j];
        sum += losses[place[j] * q + j];
        least += draw > 0 ? choice->losses[choice->place[j] * q + j] : 0.0;
    }
    for (size_t j = 0; j < q; j++) {
        const double before = choice->losses[choice->place[j] * q + j];
        const double now = choice->draw_losses[draw * q + j];
        if (draw > 0 && (problem->per_target ? now >= before : sum >= least)) {
            continue;
        }
        choice->draw[j] = draw;
        choice->place[j] = place[j];
        for (size_t a = 0; a < problem->n_penalties; a++) {
            choice->losses[a * q + j] = losses[a * q + j];
        }
    }
}

/* Gammas by rounds of as many as there are threads, compared in their order. */
static ana_status search_draws(const ridge_problem *problem, const double *y, int n_threads,
                               const ridge_choice *choice)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_losses = problem->n_penalties * problem->q;
    const size_t n_lanes = (size_t)n_threads;
    double *losses = ana_workspace_doubles(&workspace, n_lanes, n_losses);
    size_t *place = ana_workspace_sizes(&workspace, problem->q, 1);
    ana_status *outcome = ana_workspace_bytes(&workspace, n_lanes, 1, sizeof *outcome);
    ANA_TRY(ana_workspace_check(&workspace, "ridge"));
    for (size_t first = 0; first < problem->n_draws; first += n_lanes) {
        const size_t left = problem->n_draws - first;
        const size_t n = left < n_lanes ? left : n_lanes;
#pragma omp parallel for default(none) shared(problem, y, losses, outcome, first, n, n_losses)     \
    num_threads(n_threads) schedule(static, 1)
        for (size_t k = 0; k < n; k++) {
            outcome[k] = try_draw(problem, y, first + k, losses + k * n_losses);
        }
        for (size_t k = 0; k < n; k++) {
            if (outcome[k] != ANA_OK) { /* its sentence stays in its thread: said again in this */
                ANA_TRY(try_draw(problem, y, first + k, losses + k * n_losses));
                ANA_TRY(ana_fail(outcome[k], "ridge: gamma %zu failed", first + k));
            }
            keep_better(problem, first + k, losses + k * n_losses, place, choice);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status solve_bands(const ridge_problem *problem, const target_room *targets,
                              int n_threads, const ridge_choice *choice, const ridge_output *output)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ANA_TRY(search_draws(problem, targets->y, n_threads, choice));
    for (size_t d = 0; d < problem->n_draws; d++) {
        bool chosen = false;
        for (size_t j = 0; j < problem->q && !chosen; j++) {
            chosen = choice->draw[j] == d;
        }
        if (chosen) {
            ridge_basis basis = {0};
            const ridge_split split = {problem->n, problem->rows, output->n_test, output->test,
                                       problem->gammas + d * problem->data->n_spaces};
            ANA_TRY(ridge_basis_of(problem->data, &split, problem->keep, &workspace, &basis));
            ANA_TRY(fit(problem, &basis, d, targets, choice, output));
            ana_workspace_release(&workspace);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ridge_solve(const ridge_problem *problem, int n_threads, const ridge_choice *choice,
                       const ridge_output *output)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const target_room targets = new_targets(problem->n, 0, problem->q, &workspace);
    ANA_TRY(ana_workspace_check(&workspace, "ridge"));
    memcpy(targets.y, problem->y, problem->n * problem->q * sizeof *targets.y);
    centre_targets(problem->n, problem->q, problem->data->intercept, targets.y, targets.room,
                   targets.mean);
    if (problem->n_draws == 0) {
        ANA_TRY(solve_plain(problem, &targets, choice, output));
    } else {
        ANA_TRY(solve_bands(problem, &targets, n_threads, choice, output));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
