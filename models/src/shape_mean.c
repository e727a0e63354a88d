/* The mean of all systems' geometries, and how far each is from it. */
#include "dense.h"
#include "shape_parts.h"
#include "try.h"

#include <analysis/assignment.h>
#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

enum {
    MAX_ROUNDS = 200
};

/* A fall of the summed squares by less than this share of them ends the rounds. */
static const double small_fall = 1e-12;

/* turned (n x d) = the system's columns turned, or exchanged, to fit the mean (n x d) best; d is at
 * least the form's. */
static ana_status turn_to(const ana_shape_form *form, ana_shape_alignment alignment, size_t d,
                          const double *mean, double *turned)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = form->n_train;
    const size_t own = form->d;
    double *product = ana_workspace_doubles(&workspace, own, d);
    double *u = ana_workspace_doubles(&workspace, own, own);
    double *vt = ana_workspace_doubles(&workspace, own, d);
    double *s = ana_workspace_doubles(&workspace, own, 1);
    size_t *column = ana_workspace_sizes(&workspace, own, 1);
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    const bool turns = alignment == ANA_SHAPE_ORTHOGONAL;
    const ana_gemm shape = {.n_rows = own,
                            .n_inner = n,
                            .n_columns = d,
                            .transpose_a = true,
                            .alpha = turns ? 1.0 : -1.0};
    ANA_TRY(ana_linalg_gemm(&shape, form->train, mean, product));
    if (turns) {
        ANA_TRY(ana_linalg_svd(own, d, product, u, s, vt));
        ANA_TRY(ana_linalg_multiply(own, own, d, u, vt, product));
        ANA_TRY(ana_linalg_multiply(n, own, d, form->train, product, turned));
        goto done;
    }
    for (size_t k = 0; k < own; k++) {
        column[k] = k;
    }
    if (alignment == ANA_SHAPE_PERMUTATION) {
        ANA_TRY(ana_assignment_solve(own, d, product, column, NULL));
    }
    memset(turned, 0, n * d * sizeof *turned);
    for (size_t i = 0; i < n * own; i++) {
        turned[i / own * d + column[i % own]] = form->train[i];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The system with the least sum of distances to all. */
static size_t middle_of(const ana_shapes *shapes)
{
    const size_t n = shapes->n_systems;
    size_t best = 0;
    double least = INFINITY;
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < n; j++) {
            sum += shapes->distance[i * n + j];
        }
        best = sum < least ? i : best;
        least = fmin(least, sum);
    }
    return best;
}

/* One round: all systems turned to the mean; apart[s] their squared distances from it, and `next`
 * their mean. */
static ana_status turn_all(const ana_shape_work *work, const double *scale, size_t d,
                           const double *mean, double *next, double *apart)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = work->n_stimuli;
    double *turned = ana_workspace_doubles(&workspace, n, d);
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    memset(next, 0, n * d * sizeof *next);
    for (size_t s = 0; s < work->n_systems; s++) {
        ANA_TRY(turn_to(&work->forms[s], work->options->alignment, d, mean, turned));
        apart[s] = 0.0;
        for (size_t k = 0; k < n * d; k++) {
            const double value = turned[k] * scale[s];
            apart[s] += (value - mean[k]) * (value - mean[k]);
            next[k] += value / (double)work->n_systems;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Systems of length 1 unless the distance is euclidean; the widest has d columns. */
static size_t find_scales(const ana_shape_work *work, double *scale)
{
    size_t d = 0;
    for (size_t s = 0; s < work->n_systems; s++) {
        const ana_shape_form *form = &work->forms[s];
        const size_t size = form->n_train * form->d;
        d = form->d > d ? form->d : d;
        scale[s] = work->options->distance == ANA_SHAPE_EUCLIDEAN
                       ? 1.0
                       : 1.0 / sqrt(ana_dot(size, form->train, form->train));
    }
    return d;
}

ana_status ana_shapes_find_mean(const ana_shape_work *work, ana_shapes *shapes)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = work->n_stimuli;
    double *scale = ana_workspace_doubles(&workspace, work->n_systems, 1);
    double *apart = ana_workspace_doubles(&workspace, work->n_systems, 1);
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    const size_t d = find_scales(work, scale);
    double *mean = ana_workspace_doubles(&workspace, n, d);
    double *next = ana_workspace_doubles(&workspace, n, d);
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    const size_t middle = middle_of(shapes);
    const ana_shape_form *first = &work->forms[middle];
    for (size_t i = 0; i < n * first->d; i++) {
        mean[i / first->d * d + i % first->d] = first->train[i] * scale[middle];
    }
    double before = INFINITY;
    for (size_t k = 0; k < MAX_ROUNDS; k++) {
        double whole = 0.0;
        ANA_TRY(ana_run_progress(&work->options->run, "mean shape", k, 0));
        ANA_TRY(turn_all(work, scale, d, mean, next, apart));
        for (size_t s = 0; s < work->n_systems; s++) {
            whole += apart[s];
            shapes->from_mean[s] = sqrt(apart[s]);
        }
        if (!(before - whole > small_fall * whole)) {
            break;
        }
        before = whole;
        memcpy(mean, next, n * d * sizeof *mean);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
