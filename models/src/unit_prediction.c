/* Units predicted from few units of another system: the lasso within folds within folds. */
#include "lasso.h"
#include "memory.h"
#include "try.h"
#include "unit_parts.h"

#include <analysis/folds.h>
#include <analysis/linalg.h>
#include <analysis/models/unit_prediction.h>
#include <analysis/stats.h>

#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_COUNTED = 50 /* predictors */
};

/* Of standardised coefficients. */
static const double small_change = 1e-5;

ana_unit_prediction_options ana_unit_prediction_options_default(void)
{
    return (ana_unit_prediction_options){
        .run = ana_run_default(), .n_folds = 5, .n_inner_folds = 5, .n_values = 30, .share = 1e-2};
}

const ana_option ana_unit_prediction_option_table[] = {
    {"inner-folds", ANA_OPTION_SIZE, offsetof(ana_unit_prediction_options, n_inner_folds), 2, 1e6,
     NULL, "N", "sparse: of the training stimuli, that choose each unit's penalty", false},
    {"penalties", ANA_OPTION_SIZE, offsetof(ana_unit_prediction_options, n_values), 2, 1e4, NULL,
     "N", "sparse: values of the penalty that are tried", false},
    {"smallest-penalty", ANA_OPTION_DOUBLE, offsetof(ana_unit_prediction_options, share), 1e-8, 0.5,
     NULL, "SHARE", "sparse: the smallest, of the least that leaves no predictor", false},
    ANA_OPTION_END,
};

/* Training stimuli as inner products, test stimuli in the training ones' means and deviations. */
typedef struct part {
    size_t n_test;
    double *gram;     /* p x p */
    double *products; /* q x p */
    double *x;        /* room for n x p, then the test stimuli */
    double *y;        /* n x q */
    double *scale;    /* p: variance of the predictors */
    double *variance; /* q: of the training stimuli */
    double *distance; /* q: squared, of the test stimuli from the training mean */
} part;

/* One fit along a path. */
typedef struct path_point {
    size_t n_predictors;
    double error; /* squared, of the test stimuli */
} path_point;

typedef struct prediction_work {
    const ana_unit_prediction_options *options;
    size_t n;
    size_t p;
    size_t q;
    ana_measured_units units[2];
    part whole; /* what is fitted */
    part inner; /* the folds that choose its penalties */
    size_t *rows;
    double *penalties;  /* q x values */
    double *errors;     /* q x values: over the inner folds */
    size_t *chosen;     /* q */
    path_point *points; /* q x values: of the last path */
    double *beta;       /* threads x p */
    double *rest;       /* threads x p */
    size_t *active;     /* threads x p: predictors that are not 0 */
    double *kept;       /* q x p: coefficients at the penalty chosen; NULL: not wanted */
    size_t *unsettled;  /* q */
    double *by_number;  /* q x (most + 1): squared errors over the outer folds */
    double *at_choice;  /* q */
    double *distance;   /* q */
} prediction_work;

static ana_status part_new(const prediction_work *work, ana_workspace *workspace, part *out)
{
    out->gram = ana_workspace_doubles(workspace, work->p, work->p);
    out->products = ana_workspace_doubles(workspace, work->q, work->p);
    out->x = ana_workspace_doubles(workspace, work->n, work->p);
    out->y = ana_workspace_doubles(workspace, work->n, work->q);
    out->scale = ana_workspace_doubles(workspace, work->p, 1);
    out->variance = ana_workspace_doubles(workspace, work->q, 1);
    out->distance = ana_workspace_doubles(workspace, work->q, 1);
    return ana_workspace_check(workspace, "match-units");
}

/* One column by its training rows, the first; its variance there is returned, 1 for a constant one,
 * which becomes 0 there. */
static double standardise_column(size_t n_train, size_t n_test, size_t step, double *x)
{
    double mean = 0.0;
    double square = 0.0;
    bool same = true;
    for (size_t i = 0; i < n_train; i++) {
        mean += x[i * step] / (double)n_train;
        same = same && x[i * step] == x[0];
    }
    mean = same ? x[0] : mean;
    for (size_t i = 0; i < n_train; i++) {
        square += (x[i * step] - mean) * (x[i * step] - mean);
    }
    const double variance = square > 0.0 ? square / (double)n_train : 1.0;
    const double scale = 1.0 / sqrt(variance);
    for (size_t i = 0; i < n_train + n_test; i++) {
        x[i * step] = (x[i * step] - mean) * scale;
    }
    return variance;
}

/* Rows of all, standardised by the training ones: those first, then the test ones. */
static void standardise(const ana_measured_units *units, size_t n_train, size_t n_test,
                        const size_t *rows, double *variance, double *out)
{
    const size_t p = units->n;
    for (size_t i = 0; i < n_train + n_test; i++) {
        memcpy(out + i * p, units->values + rows[i] * p, p * sizeof *out);
    }
    for (size_t k = 0; k < p; k++) {
        variance[k] = standardise_column(n_train, n_test, p, out + k);
    }
}

/* rows: the training stimuli, then the test ones. */
static ana_status fill_part(const prediction_work *work, size_t n_train, size_t n_test,
                            const size_t *rows, part *out)
{
    ana_status status = ANA_OK;
    const size_t p = work->p;
    const size_t q = work->q;
    standardise(&work->units[0], n_train, n_test, rows, out->scale, out->x);
    standardise(&work->units[1], n_train, n_test, rows, out->variance, out->y);
    ANA_TRY(ana_linalg_gram(n_train, p, out->x, out->gram));
    for (size_t i = 0; i < p * p; i++) {
        out->gram[i] /= (double)n_train;
    }
    const ana_gemm shape = {.n_rows = q,
                            .n_inner = n_train,
                            .n_columns = p,
                            .transpose_a = true,
                            .alpha = 1.0 / (double)n_train};
    ANA_TRY(ana_linalg_gemm(&shape, out->y, out->x, out->products));
    memmove(out->x, out->x + n_train * p, n_test * p * sizeof *out->x);
    memmove(out->y, out->y + n_train * q, n_test * q * sizeof *out->y);
    out->n_test = n_test;
    for (size_t j = 0; j < q; j++) {
        out->distance[j] = 0.0;
        for (size_t i = 0; i < n_test; i++) {
            out->distance[j] += out->variance[j] * out->y[i * q + j] * out->y[i * q + j];
        }
    }
done:
    return status;
}

/* Squared error of target j in the test stimuli, and how many predictors it takes. */
static path_point score(const prediction_work *work, const part *of, size_t j, const double *beta,
                        size_t *active)
{
    path_point point = {0, 0.0};
    for (size_t k = 0; k < work->p; k++) {
        if (beta[k] != 0.0) {
            active[point.n_predictors++] = k;
        }
    }
    for (size_t i = 0; i < of->n_test; i++) {
        const double *x = of->x + i * work->p;
        double apart = of->y[i * work->q + j];
        for (size_t a = 0; a < point.n_predictors; a++) {
            apart -= x[active[a]] * beta[active[a]];
        }
        point.error += of->variance[j] * apart * apart;
    }
    return point;
}

/* Target j along its penalties; each fit begins where the one before ended. */
static void follow_path(const prediction_work *work, const part *of, size_t j, size_t thread)
{
    const size_t p = work->p;
    const size_t n_values = work->options->n_values;
    double *beta = work->beta + thread * p;
    double *rest = work->rest + thread * p;
    memset(beta, 0, p * sizeof *beta);
    memcpy(rest, of->products + j * p, p * sizeof *rest);
    for (size_t v = 0; v < n_values; v++) {
        const bool settled = ana_lasso_descend(p, of->gram, work->penalties[j * n_values + v],
                                               small_change, beta, rest);
        work->unsettled[j] += settled ? 0 : 1;
        work->points[j * n_values + v] = score(work, of, j, beta, work->active + thread * p);
        if (work->kept != NULL && v == work->chosen[j]) {
            memcpy(work->kept + j * p, beta, p * sizeof *beta);
        }
    }
}

static void follow_all(const prediction_work *work, const part *of)
{
#pragma omp parallel for default(none) schedule(dynamic, 4)                                        \
    num_threads(ana_run_threads(&work->options->run, work->q)) shared(work, of)
    for (size_t j = 0; j < work->q; j++) {
        follow_path(work, of, j, (size_t)omp_get_thread_num());
    }
}

/* From the least penalty that leaves nothing, down. */
static void set_penalties(const prediction_work *work)
{
    const size_t n_values = work->options->n_values;
    for (size_t j = 0; j < work->q; j++) {
        double largest = 0.0;
        for (size_t k = 0; k < work->p; k++) {
            largest = fmax(largest, fabs(work->whole.products[j * work->p + k]));
        }
        for (size_t v = 0; v < n_values; v++) {
            const double place = (double)v / (double)(n_values - 1);
            work->penalties[j * n_values + v] = largest * pow(work->options->share, place);
        }
    }
}

/* Each target's penalty of least error over folds of the n rows. */
static ana_status choose_penalties(prediction_work *work, size_t n, const size_t *rows)
{
    ana_status status = ANA_OK;
    ana_folds *folds = NULL;
    ana_folds_options how = ana_folds_options_default();
    const size_t n_values = work->options->n_values;
    how.run = work->options->run;
    how.n_folds = work->options->n_inner_folds;
    ANA_TRY(ana_folds_plain(n, &how, &folds));
    memset(work->errors, 0, work->q * n_values * sizeof *work->errors);
    for (size_t f = 0; f < folds->n_folds; f++) {
        size_t *order = work->rows + work->n; /* behind those of the outer fold */
        size_t n_train = 0;
        ana_folds_train(folds, f, order, &n_train);
        memcpy(order + n_train, folds->folds[f].test, folds->folds[f].n_test * sizeof *order);
        for (size_t i = 0; i < n; i++) {
            order[i] = rows[order[i]];
        }
        ANA_TRY(fill_part(work, n_train, folds->folds[f].n_test, order, &work->inner));
        follow_all(work, &work->inner);
        for (size_t i = 0; i < work->q * n_values; i++) {
            work->errors[i] += work->points[i].error;
        }
    }
    for (size_t j = 0; j < work->q; j++) {
        const double *errors = work->errors + j * n_values;
        size_t best = 0;
        for (size_t v = 1; v < n_values; v++) {
            best = errors[v] < errors[best] ? v : best;
        }
        work->chosen[j] = best;
    }
done:
    ana_folds_free(folds);
    return status;
}

/* Rows: training stimuli, then test ones. */
static ana_status fit_one(prediction_work *work, size_t n_train, size_t n_test, const size_t *rows,
                          double *kept)
{
    ana_status status = ANA_OK;
    ANA_TRY(fill_part(work, n_train, n_test, rows, &work->whole));
    set_penalties(work);
    ANA_TRY(choose_penalties(work, n_train, rows));
    work->kept = kept;
    follow_all(work, &work->whole);
    work->kept = NULL;
done:
    return status;
}

/* Add the errors of one outer fold. */
static void add_scores(const prediction_work *work, size_t most)
{
    const size_t n_values = work->options->n_values;
    for (size_t j = 0; j < work->q; j++) {
        const path_point *points = work->points + j * n_values;
        double *of_number = work->by_number + j * (most + 1);
        double error = work->whole.distance[j]; /* of the mean: no predictors */
        size_t v = 0;
        for (size_t k = 0; k <= most; k++) {
            while (v < n_values && points[v].n_predictors <= k) {
                error = points[v++].error;
            }
            of_number[k] += k == 0 ? work->whole.distance[j] : error;
        }
        work->at_choice[j] += points[work->chosen[j]].error;
        work->distance[j] += work->whole.distance[j];
    }
}

static ana_status hold_out(prediction_work *work, size_t most)
{
    ana_status status = ANA_OK;
    ana_folds *folds = NULL;
    ana_folds_options how = ana_folds_options_default();
    how.run = work->options->run;
    how.n_folds = work->options->n_folds;
    ANA_TRY(ana_folds_plain(work->n, &how, &folds));
    for (size_t f = 0; f < folds->n_folds; f++) {
        size_t n_train = 0;
        ANA_TRY(ana_run_progress(&work->options->run, "folds", f, folds->n_folds + 1));
        ana_folds_train(folds, f, work->rows, &n_train);
        memcpy(work->rows + n_train, folds->folds[f].test,
               folds->folds[f].n_test * sizeof *work->rows);
        ANA_TRY(fit_one(work, n_train, folds->folds[f].n_test, work->rows, NULL));
        add_scores(work, most);
    }
done:
    ana_folds_free(folds);
    return status;
}

static ana_status summarise(const prediction_work *work, ana_unit_prediction *prediction)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t q = work->q;
    const size_t n_numbers = prediction->most + 1;
    double *room = ana_workspace_doubles(&workspace, q, 1);
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    for (size_t k = 0; k < n_numbers; k++) {
        for (size_t j = 0; j < q; j++) {
            room[j] = 1.0 - work->by_number[j * n_numbers + k] / work->distance[j];
        }
        prediction->r2_of_number[k] = ana_stats_mean(q, room);
        prediction->quartiles[k] = ana_stats_quantile_in_place(q, room, 0.25);
        prediction->quartiles[n_numbers + k] = ana_stats_quantile_in_place(q, room, 0.75);
    }
    for (size_t j = 0; j < q; j++) {
        prediction->r2[j] = 1.0 - work->at_choice[j] / work->distance[j];
        room[j] = prediction->r2[j];
        prediction->penalty[j] = work->penalties[j * work->options->n_values + work->chosen[j]];
        prediction->n_unsettled += work->unsettled[j];
        for (size_t k = 0; k < work->p; k++) {
            prediction->n_predictors[j] += prediction->weights[j * work->p + k] != 0.0 ? 1 : 0;
        }
    }
    prediction->mean = ana_stats_mean(q, prediction->r2);
    prediction->median = ana_stats_median_in_place(q, room);
done:
    ana_workspace_release(&workspace);
    return status;
}

void ana_unit_prediction_free(ana_unit_prediction *prediction)
{
    if (prediction == NULL) {
        return;
    }
    ana_unit_side_free(&prediction->predictors);
    ana_unit_side_free(&prediction->targets);
    free(prediction->r2);
    free(prediction->penalty);
    free(prediction->n_predictors);
    free(prediction->weights);
    free(prediction->r2_of_number);
    free(prediction->quartiles);
    free(prediction);
}

static ana_status prediction_new(const prediction_work *work, const ana_responses *predictors,
                                 const ana_responses *targets, ana_unit_prediction **out)
{
    static const char what[] = "match-units";
    ana_status status = ANA_OK;
    ana_unit_prediction *prediction = NULL;
    const size_t n_train =
        work->n - (work->n + work->options->n_folds - 1) / work->options->n_folds;
    ANA_TRY(ana_allocate(1, sizeof *prediction, what, (void *)&prediction));
    ANA_TRY(ana_unit_side_take(predictors, &work->units[0], &prediction->predictors));
    ANA_TRY(ana_unit_side_take(targets, &work->units[1], &prediction->targets));
    prediction->n_stimuli = work->n;
    prediction->n_folds = work->options->n_folds;
    prediction->most = work->p < n_train - 1 ? work->p : n_train - 1;
    prediction->most = prediction->most < MOST_COUNTED ? prediction->most : MOST_COUNTED;
    const size_t numbers = prediction->most + 1;
    ANA_TRY(ana_allocate(work->q, sizeof(double), what, (void *)&prediction->r2));
    ANA_TRY(ana_allocate(work->q, sizeof(double), what, (void *)&prediction->penalty));
    ANA_TRY(ana_allocate(work->q, sizeof(size_t), what, (void *)&prediction->n_predictors));
    ANA_TRY(ana_allocate(work->q * work->p, sizeof(double), what, (void *)&prediction->weights));
    ANA_TRY(ana_allocate(numbers, sizeof(double), what, (void *)&prediction->r2_of_number));
    ANA_TRY(ana_allocate(2 * numbers, sizeof(double), what, (void *)&prediction->quartiles));
    *out = prediction;
    prediction = NULL;
done:
    ana_unit_prediction_free(prediction);
    return status;
}

static ana_status check(const ana_responses *predictors, const ana_responses *targets,
                        const ana_unit_prediction_options *options)
{
    ana_status status = ana_options_check(ana_unit_prediction_option_table, options, "match-units");
    if (status == ANA_OK) {
        status = ana_units_check_stimuli(predictors, targets, 8);
    }
    if (status != ANA_OK) {
        return status;
    }
    const size_t n = targets->n_stimuli;
    if (options->n_folds < 2 || 4 * options->n_folds > n) {
        return ana_fail(ANA_ERR_VALUE, "match-units: %zu folds of %zu stimuli; 2 to %zu",
                        options->n_folds, n, n / 4);
    }
    const size_t n_train = n - (n + options->n_folds - 1) / options->n_folds;
    if (2 * options->n_inner_folds > n_train) {
        return ana_fail(ANA_ERR_VALUE,
                        "match-units: %zu inner folds of %zu training stimuli; 2 to %zu",
                        options->n_inner_folds, n_train, n_train / 2);
    }
    return ANA_OK;
}

static ana_status work_new(ana_workspace *workspace, size_t most, prediction_work *work)
{
    ana_status status = ANA_OK;
    const size_t n_values = work->options->n_values;
    const size_t n_threads = (size_t)ana_run_threads(&work->options->run, work->q);
    const double p = (double)work->p;
    const double q = (double)work->q;
    const double numbers = 2.0 * (p * p + p * q + (double)work->n * (p + q)) +
                           q * (4.0 * (double)n_values + (double)most);
    ANA_TRY(ana_run_check_memory(&work->options->run,
                                 numbers < 1e17 ? (size_t)(8.0 * numbers) : SIZE_MAX,
                                 "inner products of all predictors"));
    ANA_TRY(part_new(work, workspace, &work->whole));
    ANA_TRY(part_new(work, workspace, &work->inner));
    work->rows = ana_workspace_sizes(workspace, work->n, 2);
    work->penalties = ana_workspace_doubles(workspace, work->q, n_values);
    work->errors = ana_workspace_doubles(workspace, work->q, n_values);
    work->chosen = ana_workspace_sizes(workspace, work->q, 1);
    work->points = ana_workspace_bytes(workspace, work->q, n_values, sizeof *work->points);
    work->beta = ana_workspace_doubles(workspace, n_threads, work->p);
    work->rest = ana_workspace_doubles(workspace, n_threads, work->p);
    work->active = ana_workspace_sizes(workspace, n_threads, work->p);
    work->unsettled = ana_workspace_sizes(workspace, work->q, 1);
    work->by_number = ana_workspace_doubles(workspace, work->q, most + 1);
    work->at_choice = ana_workspace_doubles(workspace, work->q, 1);
    work->distance = ana_workspace_doubles(workspace, work->q, 1);
    ANA_TRY(ana_workspace_check(workspace, "match-units"));
done:
    return status;
}

ana_status ana_unit_prediction_fit(const ana_responses *predictors, const ana_responses *targets,
                                   const ana_unit_prediction_options *options,
                                   ana_unit_prediction **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_unit_prediction *prediction = NULL;
    const ana_unit_prediction_options chosen =
        options != NULL ? *options : ana_unit_prediction_options_default();
    prediction_work work = {.options = &chosen, .n = targets->n_stimuli};
    ANA_TRY(check(predictors, targets, &chosen));
    ANA_TRY(ana_measured_units_take(predictors, "match-units", true, &workspace, &work.units[0]));
    ANA_TRY(ana_measured_units_take(targets, "match-units", true, &workspace, &work.units[1]));
    work.p = work.units[0].n;
    work.q = work.units[1].n;
    ANA_TRY(prediction_new(&work, predictors, targets, &prediction));
    ANA_TRY(work_new(&workspace, prediction->most, &work));
    ANA_TRY(hold_out(&work, prediction->most));
    for (size_t i = 0; i < work.n; i++) {
        work.rows[i] = i;
    }
    ANA_TRY(fit_one(&work, work.n, 0, work.rows, prediction->weights));
    ANA_TRY(summarise(&work, prediction));
    if (prediction->n_unsettled > 0) {
        ana_warn(&chosen.run,
                 "match-units: %zu fits had not settled when their sweeps ran out; a larger "
                 "smallest penalty settles sooner",
                 prediction->n_unsettled);
    }
    *out = prediction;
    prediction = NULL;
done:
    ana_unit_prediction_free(prediction);
    ana_workspace_release(&workspace);
    return status;
}
