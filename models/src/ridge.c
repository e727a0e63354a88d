/* Ridge regression of whole data sets: what is asked for, checked, and handed to ridge_solve.c. */
#include "columns.h"
#include "memory.h"
#include "ridge_parts.h"
#include "text.h"
#include "try.h"

#include <analysis/linalg.h>
#include <analysis/models/ridge.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

ana_ridge_options ana_ridge_options_default(void)
{
    return (ana_ridge_options){.run = ana_run_default(), .per_target = true, .intercept = true};
}

static bool column_varies(size_t n, size_t p, const double *x, size_t column)
{
    bool varies = false; /* a column without variation is 0, for its mean is its value */
    for (size_t i = 0; i < n && !varies; i++) {
        varies = x[i * p + column] != 0.0;
    }
    return varies;
}

double ridge_mean_length(size_t n, size_t p, const double *x, bool standardise)
{
    double sum = 0.0;
    for (size_t j = 0; j < p && standardise; j++) {
        sum += column_varies(n, p, x, j) ? 1.0 : 0.0;
    }
    for (size_t i = 0; i < n && !standardise; i++) {
        double row = 0.0;
        for (size_t j = 0; j < p; j++) {
            row += x[i * p + j] * x[i * p + j];
        }
        sum += row / (double)n;
    }
    return sum;
}

ana_status ridge_default_penalties(double length, const char *what, double *penalties)
{
    if (!(length > 0.0) || !isfinite(length)) {
        return ana_fail(ANA_ERR_VALUE,
                        "%s: every feature has the same value in all rows (or too large ones): "
                        "there is nothing to predict from",
                        what);
    }
    for (size_t a = 0; a < RIDGE_N_PENALTIES; a++) {
        const double share = (double)a / (double)(RIDGE_N_PENALTIES - 1);
        penalties[a] = length * pow(10.0, -7.0 + 8.0 * share);
    }
    return ANA_OK;
}

ana_status ridge_check_penalties(size_t n, const double *penalties)
{
    for (size_t a = 0; a < n; a++) {
        if (!(penalties[a] > 0.0) || isinf(penalties[a])) {
            return ana_fail(ANA_ERR_VALUE,
                            "ridge: penalty %s is not above 0 (without a penalty it is ordinary "
                            "least squares)",
                            ana_number(penalties[a]).text);
        }
    }
    return ANA_OK;
}

void ridge_draw_gammas(uint64_t seed, size_t n_draws, size_t n_spaces, double *gammas)
{
    for (size_t d = 0; d < n_draws; d++) {
        double *gamma = gammas + d * n_spaces;
        ana_random random = ana_random_stream(seed, "ridge.gamma", d);
        for (size_t g = 0; g < n_spaces; g++) {
            gamma[g] = d % 2 == 1 ? 1.0 : 0.1; /* of what is drawn: near the middle, or corners */
        }
        if (d > 0) {
            ana_random_dirichlet(&random, n_spaces, gamma, gamma);
        }
        for (size_t g = 0; g < n_spaces && d == 0; g++) {
            gamma[g] = 1.0 / (double)n_spaces;
        }
    }
}

static ana_status check_finite(size_t n, size_t m, const double *x, const char *what)
{
    for (size_t i = 0; i < n * m; i++) {
        if (!isfinite(x[i])) {
            return ana_fail(ANA_ERR_VALUE,
                            "ridge: row %zu, %s %zu: %s; only finite values are "
                            "taken",
                            i / m, what, i % m, ana_number(x[i]).text);
        }
    }
    return ANA_OK;
}

static ana_status check_bands(size_t p, const ana_bands *bands)
{
    const size_t n = bands->n_spaces;
    bool rises = n >= 2 && bands->space_start[0] == 0 && bands->space_start[n] == p;
    for (size_t g = 0; g < n && rises; g++) {
        rises = bands->space_start[g] < bands->space_start[g + 1];
    }
    if (!rises || bands->n_draws == 0) {
        return ana_fail(ANA_ERR_VALUE, "ridge: bands are two feature spaces or more that begin at "
                                       "0, rise, and end with the features, and one draw or more");
    }
    for (size_t d = 0; bands->gammas != NULL && d < bands->n_draws; d++) {
        double sum = 0.0;
        bool positive = true;
        for (size_t g = 0; g < n; g++) {
            positive = positive && bands->gammas[d * n + g] >= 0.0;
            sum += bands->gammas[d * n + g];
        }
        if (!positive || !(fabs(sum - 1.0) < 1e-6)) {
            return ana_fail(ANA_ERR_VALUE, "ridge: gamma %zu is not of numbers >= 0 that sum to 1",
                            d);
        }
    }
    return ANA_OK;
}

static ana_status check_sizes(size_t n, size_t p, size_t q, const ana_ridge_options *options)
{
    if (n < 3 || p == 0 || q == 0) {
        return ana_fail(ANA_ERR_VALUE,
                        "ridge: %zu samples of %zu features and %zu targets; three samples, a "
                        "feature and a target are wanted at least",
                        n, p, q);
    }
    if (options->folds != NULL && options->folds->n_items != n) {
        return ana_fail(ANA_ERR_SHAPE, "ridge: folds of %zu items for %zu samples",
                        options->folds->n_items, n);
    }
    return ridge_check_penalties(options->n_penalties, options->penalties);
}

static ana_status new_ridge(size_t p, size_t q, const ana_ridge_options *options, ana_ridge **out)
{
    ana_status status = ANA_OK;
    const ana_bands *bands = options->bands;
    ana_ridge *ridge = NULL;
    ANA_TRY(ana_allocate(1, sizeof *ridge, "ridge", (void *)&ridge));
    ridge->n_features = p;
    ridge->n_targets = q;
    ridge->n_penalties = options->n_penalties > 0 ? options->n_penalties : RIDGE_N_PENALTIES;
    ridge->n_spaces = bands != NULL ? bands->n_spaces : 0;
    ridge->n_draws = bands != NULL ? bands->n_draws : 0;
    const struct {
        size_t n;
        double **array;
    } arrays[] = {{ridge->n_penalties, &ridge->penalties},
                  {ridge->n_penalties * q, &ridge->losses},
                  {q, &ridge->penalty},
                  {p * q, &ridge->weights},
                  {q, &ridge->intercept},
                  {ridge->n_draws * ridge->n_spaces, &ridge->gammas},
                  {ridge->n_draws * q, &ridge->draw_losses},
                  {ridge->n_spaces * q, &ridge->gamma}};
    for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) {
        ANA_TRY(ana_allocate(arrays[k].n, sizeof(double), "ridge", (void *)arrays[k].array));
    }
    *out = ridge;
    ridge = NULL;
done:
    ana_ridge_free(ridge);
    return status;
}

/* What was chosen, as numbers; and the intercept of the means. */
static void fill_in(const ridge_choice *choice, const double *mean_x, const double *mean_y,
                    ana_ridge *ridge)
{
    const size_t q = ridge->n_targets;
    for (size_t j = 0; j < q; j++) {
        ridge->penalty[j] = ridge->penalties[choice->place[j]];
        for (size_t g = 0; g < ridge->n_spaces; g++) {
            ridge->gamma[g * q + j] = ridge->gammas[choice->draw[j] * ridge->n_spaces + g];
        }
        ridge->intercept[j] = mean_y[j];
    }
    for (size_t i = 0; i < ridge->n_features; i++) {
        for (size_t j = 0; j < q; j++) {
            ridge->intercept[j] -= mean_x[i] * ridge->weights[i * q + j];
        }
    }
}

/* The features less their means (with an intercept), and both means; without, means of 0. */
typedef struct centred_data {
    double *x;
    double *mean_x;
    double *mean_y;
    double *room;
    size_t *rows;
} centred_data;

static ana_status new_centred(size_t n, size_t p, size_t q, ana_workspace *workspace,
                              centred_data *out)
{
    *out = (centred_data){.x = ana_workspace_doubles(workspace, n, p),
                          .mean_x = ana_workspace_doubles(workspace, p, 1),
                          .mean_y = ana_workspace_doubles(workspace, q, 1),
                          .room = ana_workspace_doubles(workspace, p + q, 1),
                          .rows = ana_workspace_sizes(workspace, n, 1)};
    return ana_workspace_check(workspace, "ridge");
}

static void centre(size_t n, size_t p, const double *x, size_t q, const double *y, bool intercept,
                   const centred_data *out)
{
    if (intercept) {
        columns_mean(n, p, x, out->room, out->mean_x);
        columns_mean(n, q, y, out->room, out->mean_y);
    }
    for (size_t i = 0; i < n; i++) {
        out->rows[i] = i;
        for (size_t j = 0; j < p; j++) {
            out->x[i * p + j] = x[i * p + j] - out->mean_x[j];
        }
    }
}

static ana_status choose_and_fit(const ridge_data *data, const double *y,
                                 const ana_ridge_options *options, const centred_data *centred,
                                 ana_ridge *ridge)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t q = ridge->n_targets;
    const ridge_problem problem = {.data = data,
                                   .n = data->n,
                                   .rows = centred->rows,
                                   .folds = options->folds,
                                   .keep = SIZE_MAX,
                                   .q = q,
                                   .y = y,
                                   .n_penalties = ridge->n_penalties,
                                   .penalties = ridge->penalties,
                                   .per_target = options->per_target,
                                   .n_draws = ridge->n_draws,
                                   .gammas = ridge->gammas};
    const ridge_choice choice = {.losses = ridge->losses,
                                 .draw_losses = ridge->draw_losses,
                                 .place = ana_workspace_sizes(&workspace, q, 1),
                                 .draw = ana_workspace_sizes(&workspace, q, 1)};
    const ridge_output output = {.weights = ridge->weights};
    ANA_TRY(ana_workspace_check(&workspace, "ridge"));
    const size_t n_draws = ridge->n_draws > 0 ? ridge->n_draws : 1;
    ANA_TRY(ridge_solve(&problem, ana_run_threads(&options->run, n_draws), &choice, &output));
    fill_in(&choice, centred->mean_x, centred->mean_y, ridge);
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_ridge_fit(size_t n, size_t p, const double *x, size_t q, const double *y,
                         const ana_ridge_options *options, ana_ridge **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_ridge *ridge = NULL;
    centred_data moved = {0};
    double penalties[RIDGE_N_PENALTIES];
    const ana_ridge_options defaults = ana_ridge_options_default();
    options = options != NULL ? options : &defaults;
    const ana_bands *bands = options->bands;
    ANA_TRY(check_sizes(n, p, q, options));
    ANA_TRY(check_finite(n, p, x, "feature"));
    ANA_TRY(check_finite(n, q, y, "target"));
    if (bands != NULL) {
        ANA_TRY(check_bands(p, bands));
    }
    ANA_TRY(new_ridge(p, q, options, &ridge));
    ANA_TRY(new_centred(n, p, q, &workspace, &moved));
    centre(n, p, x, q, y, options->intercept, &moved);
    ANA_TRY(ridge_default_penalties(ridge_mean_length(n, p, moved.x, false), "ridge", penalties));
    memcpy(ridge->penalties, options->n_penalties > 0 ? options->penalties : penalties,
           ridge->n_penalties * sizeof(double));
    if (bands != NULL && bands->gammas != NULL) {
        memcpy(ridge->gammas, bands->gammas, bands->n_draws * bands->n_spaces * sizeof(double));
    } else if (bands != NULL) {
        ridge_draw_gammas(options->run.seed, bands->n_draws, bands->n_spaces, ridge->gammas);
    }
    ridge_data data = {.n = n,
                       .p = p,
                       .x = moved.x,
                       .intercept = options->intercept,
                       .n_spaces = bands != NULL ? bands->n_spaces : 1,
                       .space_start = bands != NULL ? bands->space_start : NULL};
    ANA_TRY(ridge_make_kernels(n, &options->run, &workspace, &data));
    ANA_TRY(choose_and_fit(&data, y, options, &moved, ridge));
    *out = ridge;
    ridge = NULL;
done:
    ana_ridge_free(ridge);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_ridge_predict(const ana_ridge *ridge, size_t m, const double *x, double *predicted)
{
    const size_t q = ridge->n_targets;
    const ana_status status =
        ana_linalg_multiply(m, ridge->n_features, q, x, ridge->weights, predicted);
    for (size_t i = 0; i < m && status == ANA_OK; i++) {
        for (size_t j = 0; j < q; j++) {
            predicted[i * q + j] += ridge->intercept[j];
        }
    }
    return status;
}

void ana_ridge_free(ana_ridge *ridge)
{
    if (ridge == NULL) {
        return;
    }
    free(ridge->penalties);
    free(ridge->losses);
    free(ridge->penalty);
    free(ridge->weights);
    free(ridge->intercept);
    free(ridge->gammas);
    free(ridge->draw_losses);
    free(ridge->gamma);
    free(ridge);
}
