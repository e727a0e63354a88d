/* Units for kernel analysis: those that have values, and draws of them with noise. */
#include "kernel_parts.h"
#include "measured_units.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>

static ana_status check_classes(const ana_responses *responses, const ana_kernel_classes *classes)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t *count = ana_workspace_sizes(&workspace, classes->n_classes + 1, 1);
    ANA_TRY(ana_workspace_check(&workspace, "kernel analysis"));
    if (classes->n_classes < 2) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE, "kernel analysis: %zu classes; two are needed",
                         classes->n_classes));
    }
    for (size_t i = 0; i < responses->n_stimuli; i++) {
        if (classes->classes[i] >= classes->n_classes) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE, "kernel analysis: stimulus %s is of class %zu of %zu",
                             responses->stimuli[i], classes->classes[i], classes->n_classes));
        }
        count[classes->classes[i]]++;
    }
    for (size_t c = 0; c < classes->n_classes; c++) {
        if (count[c] < 2) {
            ANA_TRY(
                ana_fail(ANA_ERR_VALUE,
                         "kernel analysis: %zu stimuli are of class %zu; two are needed to hold "
                         "one out",
                         count[c], c));
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The task of all units; x is in the workspace. */
static ana_status prepare(const ana_responses *responses, const ana_kernel_classes *classes,
                          const ana_kernel_analysis_options *use, ana_workspace *workspace,
                          ana_kernel_task *task, ana_folds **folds)
{
    ana_status status = ANA_OK;
    ana_measured_units units = {0};
    size_t least = 0;
    ANA_TRY(ana_options_check(ana_kernel_analysis_option_table, use, "kernel analysis"));
    ANA_TRY(check_classes(responses, classes));
    ANA_TRY(ana_measured_units_take(responses, "kernel analysis", true, workspace, &units));
    ana_folds_options splitting = ana_folds_options_default();
    splitting.run = use->run;
    splitting.run.warn = NULL; /* of classes with fewer stimuli than folds */
    splitting.n_folds = use->n_folds;
    ANA_TRY(ana_folds_stratified(responses->n_stimuli, classes->classes, &splitting, folds));
    least = responses->n_stimuli;
    for (size_t f = 0; f < (*folds)->n_folds; f++) {
        const size_t n_train = responses->n_stimuli - (*folds)->folds[f].n_test;
        least = n_train < least ? n_train : least;
    }
    task->n = responses->n_stimuli;
    task->p = units.n;
    task->x = units.values;
    task->n_classes = classes->n_classes;
    task->classes = classes->classes;
    task->n_dimensions = use->n_dimensions < least ? use->n_dimensions : least;
    task->folds = *folds;
    task->run = &use->run;
done:
    return status;
}

ana_status ana_kernel_analysis_compute(const ana_responses *responses,
                                       const ana_kernel_classes *classes,
                                       const ana_kernel_analysis_options *options,
                                       ana_kernel_analysis **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_folds *folds = NULL;
    ana_kernel_task task = {0};
    const ana_kernel_analysis_options defaults = ana_kernel_analysis_options_default();
    const ana_kernel_analysis_options *use = options != NULL ? options : &defaults;
    ANA_TRY(prepare(responses, classes, use, &workspace, &task, &folds));
    ANA_TRY(ana_kernel_analyse(&task, out));
    (*out)->n_silent = responses->n_units - task.p;
done:
    ana_folds_free(folds);
    ana_workspace_release(&workspace);
    return status;
}

/* drawn (n x count) = some units of x, with noise. */
static void draw_units(const ana_kernel_task *all, size_t count, const ana_kernel_noise *noise,
                       ana_random *random, size_t *order, double *drawn)
{
    ana_random_permutation(random, all->p, order);
    for (size_t k = 0; k < count; k++) {
        double deviation = 0.0;
        for (size_t i = 0; i < all->n; i++) {
            drawn[i * count + k] = all->x[i * all->p + order[k]];
        }
        if (noise != NULL) {
            double sum = 0.0;
            double squares = 0.0;
            for (size_t i = 0; i < all->n; i++) {
                sum += drawn[i * count + k] / (double)all->n;
            }
            for (size_t i = 0; i < all->n; i++) {
                const double d = drawn[i * count + k] - sum;
                squares += d * d / (double)all->n;
            }
            deviation = sqrt(squares * noise->ratios[ana_random_below(random, noise->n)]);
        }
        for (size_t i = 0; noise != NULL && i < all->n; i++) {
            drawn[i * count + k] += deviation * ana_random_normal(random);
        }
    }
}

static ana_status make_subsampling(size_t n_counts, const size_t *counts, size_t n_draws,
                                   ana_kernel_subsampling **out)
{
    ana_status status = ANA_OK;
    ana_kernel_subsampling *made = NULL;
    ANA_TRY(ana_allocate(1, sizeof *made, "kernel analysis", &made));
    made->n_counts = n_counts;
    made->n_draws = n_draws;
    ANA_TRY(ana_allocate(n_counts, sizeof(size_t), "kernel analysis", &made->counts));
    ANA_TRY(ana_allocate(n_counts, n_draws * sizeof(double), "kernel analysis", &made->area));
    ANA_TRY(
        ana_allocate(n_counts, n_draws * sizeof(double), "kernel analysis", &made->area_held_out));
    ANA_TRY(ana_allocate(n_counts, sizeof(double), "kernel analysis", &made->mean));
    ANA_TRY(ana_allocate(n_counts, sizeof(double), "kernel analysis", &made->deviation));
    for (size_t k = 0; k < n_counts; k++) {
        made->counts[k] = counts[k];
    }
    *out = made;
    made = NULL;
done:
    ana_kernel_subsampling_free(made);
    return status;
}

static ana_status check_draws(size_t n_counts, const size_t *counts, size_t n_units,
                              const ana_kernel_noise *noise)
{
    for (size_t k = 0; k < n_counts; k++) {
        if (counts[k] == 0 || counts[k] > n_units) {
            return ana_fail(ANA_ERR_VALUE, "kernel analysis: %zu of %zu units cannot be drawn",
                            counts[k], n_units);
        }
    }
    for (size_t k = 0; noise != NULL && k < noise->n; k++) {
        if (!(noise->ratios[k] >= 0.0) || isinf(noise->ratios[k])) {
            return ana_fail(ANA_ERR_VALUE, "kernel analysis: ratio %zu of noise is %g", k,
                            noise->ratios[k]);
        }
    }
    return noise == NULL || noise->n > 0
               ? ANA_OK
               : ana_fail(ANA_ERR_VALUE, "kernel analysis: no ratio of noise");
}

ana_status ana_kernel_analysis_subsample(const ana_responses *responses,
                                         const ana_kernel_classes *classes, size_t n_counts,
                                         const size_t *counts, const ana_kernel_noise *noise,
                                         const ana_kernel_analysis_options *options,
                                         ana_kernel_subsampling **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_folds *folds = NULL;
    ana_kernel_task all = {0};
    ana_kernel_analysis *one = NULL;
    ana_kernel_subsampling *made = NULL;
    const ana_kernel_analysis_options defaults = ana_kernel_analysis_options_default();
    const ana_kernel_analysis_options *use = options != NULL ? options : &defaults;
    ANA_TRY(prepare(responses, classes, use, &workspace, &all, &folds));
    ANA_TRY(check_draws(n_counts, counts, all.p, noise));
    size_t *order = ana_workspace_sizes(&workspace, all.p, 1);
    double *drawn = ana_workspace_doubles(&workspace, all.n, all.p);
    ANA_TRY(ana_workspace_check(&workspace, "kernel analysis"));
    ANA_TRY(make_subsampling(n_counts, counts, use->n_draws, &made));
    for (size_t k = 0; k < n_counts * use->n_draws; k++) {
        ana_random random = ana_random_stream(use->run.seed, "kernel-analysis.units", k);
        ana_kernel_task task = all;
        ANA_TRY(ana_run_progress(&use->run, "draws of units", k, n_counts * use->n_draws));
        task.p = counts[k / use->n_draws];
        task.x = drawn;
        draw_units(&all, task.p, noise, &random, order, drawn);
        ANA_TRY(ana_kernel_analyse(&task, &one));
        made->area[k] = one->area;
        made->area_held_out[k] = one->area_held_out;
        ana_kernel_analysis_free(one);
        one = NULL;
    }
    for (size_t k = 0; k < n_counts; k++) {
        const double *areas = made->area_held_out + k * use->n_draws;
        made->mean[k] = ana_stats_mean(use->n_draws, areas);
        made->deviation[k] = sqrt(ana_stats_variance(use->n_draws, areas, 1));
    }
    *out = made;
    made = NULL;
done:
    ana_kernel_subsampling_free(made);
    ana_kernel_analysis_free(one);
    ana_folds_free(folds);
    ana_workspace_release(&workspace);
    return status;
}

void ana_kernel_subsampling_free(ana_kernel_subsampling *subsampling)
{
    if (subsampling == NULL) {
        return;
    }
    free(subsampling->counts);
    free(subsampling->area);
    free(subsampling->area_held_out);
    free(subsampling->mean);
    free(subsampling->deviation);
    free(subsampling);
}
