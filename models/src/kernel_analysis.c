/* Errors of a task on the leading eigenvectors of kernels. */
#include "kernel_parts.h"
#include "memory.h"
#include "pairs.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/stats.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>

static const double quantiles[ANA_KERNEL_SCALES] = {0.1, 0.5, 0.9};

ana_kernel_analysis_options ana_kernel_analysis_options_default(void)
{
    return (ana_kernel_analysis_options){
        .run = ana_run_default(), .n_dimensions = 50, .n_folds = 5, .n_draws = 10};
}

const ana_option ana_kernel_analysis_option_table[] = {
    {"dimensions", ANA_OPTION_SIZE, offsetof(ana_kernel_analysis_options, n_dimensions), 1, 1e6,
     NULL, "N", "leading eigenvectors of the kernel, at most", false},
    {"folds", ANA_OPTION_SIZE, offsetof(ana_kernel_analysis_options, n_folds), 2, 1e6, NULL, "N",
     "of stimuli, by which the width of the kernel is chosen", false},
    {"draws", ANA_OPTION_SIZE, offsetof(ana_kernel_analysis_options, n_draws), 1, 1e6, NULL, "N",
     "of units, for each number of --unit-counts", false},
    ANA_OPTION_END,
};

/* Squared distances of all stimuli, from the products of centred responses. */
static ana_status find_distances(const ana_kernel_task *task, double *squares)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = task->n;
    const size_t p = task->p;
    double *centred = ana_workspace_doubles(&workspace, n, p);
    double *mean = ana_workspace_doubles(&workspace, p, 1);
    double *diagonal = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "kernel analysis"));
    for (size_t k = 0; k < n * p; k++) {
        mean[k % p] += task->x[k] / (double)n;
    }
    for (size_t k = 0; k < n * p; k++) {
        centred[k] = task->x[k] - mean[k % p];
    }
    ANA_TRY(ana_linalg_gram_rows(n, p, centred, squares));
    for (size_t i = 0; i < n; i++) {
        diagonal[i] = squares[i * n + i];
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            const double square = diagonal[i] + diagonal[j] - 2.0 * squares[i * n + j];
            squares[i * n + j] = i == j ? 0.0 : fmax(square, 0.0);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status find_scales(size_t n, const double *squares, double *scale)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *pairs = ana_workspace_doubles(&workspace, pairs_count(n), 1);
    ANA_TRY(ana_workspace_check(&workspace, "kernel analysis"));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            pairs[pairs_place(n, i, j)] = squares[i * n + j];
        }
    }
    ANA_TRY(ana_stats_quantiles(pairs_count(n), pairs, ANA_KERNEL_SCALES, quantiles, scale));
    double least = INFINITY; /* above 0 */
    for (size_t k = 0; k < pairs_count(n); k++) {
        least = pairs[k] > 0.0 && pairs[k] < least ? pairs[k] : least;
    }
    if (isinf(least)) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "kernel analysis: all stimuli have the same responses: "
                                        "there is no scale"));
    }
    for (size_t s = 0; s < ANA_KERNEL_SCALES; s++) {
        scale[s] = scale[s] > 0.0 ? scale[s] : least;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Eigenvectors of the kernel of some stimuli, and the classes' values on them. */
typedef struct summary {
    size_t n;
    double *kernel;  /* n x n */
    double *values;  /* n, ascending */
    double *vectors; /* n x n, rows */
    double *share;   /* classes: product of an eigenvector with Y */
} summary;

static ana_status summarise(const double *squares, size_t n_all, const size_t *which, double scale,
                            summary *of)
{
    for (size_t i = 0; i < of->n; i++) {
        for (size_t j = 0; j < of->n; j++) {
            of->kernel[i * of->n + j] = exp(-squares[which[i] * n_all + which[j]] / scale);
        }
    }
    return ana_linalg_eigen_symmetric(of->n, of->kernel, of->values, of->vectors);
}

static double target(const ana_kernel_task *task, size_t i, size_t c)
{
    return task->classes[i] == c ? 1.0 : -1.0;
}

/* The part of Y along eigenvector d (from the largest), by class. */
static const double *project(const ana_kernel_task *task, const summary *of, const size_t *which,
                             size_t d)
{
    const double *vector = of->vectors + (of->n - 1 - d) * of->n;
    for (size_t c = 0; c < task->n_classes; c++) {
        of->share[c] = 0.0;
        for (size_t i = 0; i < of->n; i++) {
            of->share[c] += vector[i] * target(task, which[i], c);
        }
    }
    return of->share;
}

/* e(d) of all stimuli: what each eigenvector explains is its share's square. */
static void find_errors(const ana_kernel_task *task, const summary *of, const size_t *which,
                        double *error)
{
    const double total = (double)(of->n * task->n_classes);
    double left = total;
    for (size_t d = 0; d < task->n_dimensions; d++) {
        const double *share = project(task, of, which, d);
        for (size_t c = 0; c < task->n_classes; c++) {
            left -= share[c] * share[c];
        }
        error[d] = fmax(left, 0.0) / total;
    }
}

/* Adds the squared errors of the stimuli of a fold to held_out[d]. predicted: tests x classes, 0.
 */
static void predict_fold(const ana_kernel_task *task, const summary *of, const size_t *train,
                         const ana_fold *fold, double scale, double *predicted, double *held_out)
{
    const double least = of->values[of->n - 1] * DBL_EPSILON * (double)of->n;
    for (size_t d = 0; d < task->n_dimensions; d++) {
        const double value = d < of->n ? of->values[of->n - 1 - d] : 0.0;
        const bool counts = value > least;
        const double *share = counts ? project(task, of, train, d) : of->share;
        const double *vector = counts ? of->vectors + (of->n - 1 - d) * of->n : NULL;
        for (size_t t = 0; t < fold->n_test; t++) {
            const double *squares = task->squares + fold->test[t] * task->n;
            double feature = 0.0;
            for (size_t i = 0; counts && i < of->n; i++) {
                feature += exp(-squares[train[i]] / scale) * vector[i];
            }
            for (size_t c = 0; c < task->n_classes; c++) {
                double *guess = &predicted[t * task->n_classes + c];
                *guess += counts ? feature / value * share[c] : 0.0;
                const double miss = target(task, fold->test[t], c) - *guess;
                held_out[d] += miss * miss / (double)(task->n * task->n_classes);
            }
        }
    }
}

static ana_status analyse_scale(const ana_kernel_task *task, double scale, double *error,
                                double *held_out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = task->n;
    summary of = {.n = n,
                  .kernel = ana_workspace_doubles(&workspace, n, n),
                  .values = ana_workspace_doubles(&workspace, n, 1),
                  .vectors = ana_workspace_doubles(&workspace, n, n),
                  .share = ana_workspace_doubles(&workspace, task->n_classes, 1)};
    size_t *which = ana_workspace_sizes(&workspace, n, 1);
    double *predicted = ana_workspace_doubles(&workspace, n, task->n_classes);
    ANA_TRY(ana_workspace_check(&workspace, "kernel analysis"));
    for (size_t i = 0; i < n; i++) {
        which[i] = i;
    }
    ANA_TRY(summarise(task->squares, n, which, scale, &of));
    find_errors(task, &of, which, error);
    for (size_t f = 0; f < task->folds->n_folds; f++) {
        ANA_TRY(ana_run_progress(task->run, "kernel analysis", f, task->folds->n_folds));
        ana_folds_train(task->folds, f, which, &of.n);
        for (size_t k = 0; k < n * task->n_classes; k++) {
            predicted[k] = 0.0;
        }
        ANA_TRY(summarise(task->squares, n, which, scale, &of));
        predict_fold(task, &of, which, &task->folds->folds[f], scale, predicted, held_out);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status make_result(const ana_kernel_task *task, ana_kernel_analysis **out)
{
    ana_status status = ANA_OK;
    ana_kernel_analysis *made = NULL;
    const size_t d = task->n_dimensions;
    ANA_TRY(ana_allocate(1, sizeof *made, "kernel analysis", &made));
    made->n_stimuli = task->n;
    made->n_units = task->p;
    made->n_classes = task->n_classes;
    made->n_dimensions = d;
    ANA_TRY(ana_allocate(d, ANA_KERNEL_SCALES * sizeof(double), "kernel analysis", &made->error));
    ANA_TRY(
        ana_allocate(d, ANA_KERNEL_SCALES * sizeof(double), "kernel analysis", &made->held_out));
    ANA_TRY(ana_allocate(d, sizeof(size_t), "kernel analysis", &made->chosen));
    ANA_TRY(ana_allocate(d, sizeof(double), "kernel analysis", &made->curve));
    ANA_TRY(ana_allocate(d, sizeof(double), "kernel analysis", &made->curve_held_out));
    *out = made;
    made = NULL;
done:
    ana_kernel_analysis_free(made);
    return status;
}

/* The scale of the least held-out error at each d, the first of equals; areas; baseline. */
static void conclude(const ana_kernel_task *task, ana_kernel_analysis *made)
{
    const size_t n_dimensions = made->n_dimensions;
    for (size_t d = 0; d < n_dimensions; d++) {
        size_t best = 0;
        for (size_t s = 1; s < ANA_KERNEL_SCALES; s++) {
            best = made->held_out[s * n_dimensions + d] < made->held_out[best * n_dimensions + d]
                       ? s
                       : best;
        }
        made->chosen[d] = best;
        made->curve[d] = made->error[best * n_dimensions + d];
        made->curve_held_out[d] = made->held_out[best * n_dimensions + d];
        made->area += (1.0 - made->curve[d]) / (double)n_dimensions;
        made->area_held_out += (1.0 - made->curve_held_out[d]) / (double)n_dimensions;
    }
    for (size_t c = 0; c < task->n_classes; c++) {
        double share = 0.0;
        for (size_t i = 0; i < task->n; i++) {
            share += task->classes[i] == c ? 1.0 / (double)task->n : 0.0;
        }
        made->baseline += 4.0 * share * (1.0 - share) / (double)task->n_classes;
    }
}

ana_status ana_kernel_analyse(const ana_kernel_task *task, ana_kernel_analysis **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_kernel_analysis *made = NULL;
    ana_kernel_task own = *task;
    double *squares = ana_workspace_doubles(&workspace, task->n, task->n);
    ANA_TRY(ana_workspace_check(&workspace, "kernel analysis"));
    ANA_TRY(find_distances(task, squares));
    own.squares = squares;
    ANA_TRY(make_result(&own, &made));
    ANA_TRY(find_scales(task->n, squares, made->scale));
    for (size_t s = 0; s < ANA_KERNEL_SCALES; s++) {
        ANA_TRY(analyse_scale(&own, made->scale[s], made->error + s * task->n_dimensions,
                              made->held_out + s * task->n_dimensions));
    }
    conclude(&own, made);
    *out = made;
    made = NULL;
done:
    ana_kernel_analysis_free(made);
    ana_workspace_release(&workspace);
    return status;
}

void ana_kernel_analysis_free(ana_kernel_analysis *analysis)
{
    if (analysis == NULL) {
        return;
    }
    free(analysis->error);
    free(analysis->held_out);
    free(analysis->chosen);
    free(analysis->curve);
    free(analysis->curve_held_out);
    free(analysis);
}
