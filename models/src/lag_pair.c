/* One pair of order and lag: means of the folds, tangent vectors, scores. */
#include "dense.h"
#include "lag_mean.h"
#include "lag_parts.h"
#include "spd_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

/* What a pair needs: the mean of all, and from there those of the folds (of mdm: of each class). */
typedef struct pair_work {
    const lag_job *job;
    lag_embedding at;
    size_t n;        /* rows */
    size_t n_starts; /* means a fold has: 1, or the classes */
    lag_walk all;
    lag_walk one;
    double *starts;  /* folds x n_starts x n x n: tangents at the mean of all */
    double *tangent; /* n x n */
    double *squares; /* n_items */
    double *far;     /* n_items x n_classes: squared distances */
    double *values;  /* n_items x n: logarithms of eigenvalues */
    size_t *counts;  /* n_starts: training items of each */
} pair_work;

/* Training items of a fold by mean, then those that test. */
static lag_split split_fold(const pair_work *work, size_t fold)
{
    const lag_job *job = work->job;
    size_t *training = job->votes; /* not in use yet; n_items at least */
    lag_split split = {.fold = fold, .places = job->places};
    size_t n_train = 0;
    ana_folds_train(job->folds, fold, training, &n_train);
    memset(work->counts, 0, work->n_starts * sizeof *work->counts);
    for (size_t m = 0; m < work->n_starts; m++) {
        for (size_t k = 0; k < n_train; k++) {
            if (work->n_starts == 1 || job->classes[training[k]] == m) {
                job->places[split.n_train++] = training[k];
                work->counts[m]++;
            }
        }
    }
    const ana_fold *of = &job->folds->folds[fold];
    for (size_t k = 0; k < of->n_test; k++) {
        job->places[split.n_train + split.n_test++] = of->test[k];
    }
    return split;
}

static lag_matrices matrices_of(const pair_work *work, size_t first, size_t n_matrices)
{
    const lag_job *job = work->job;
    const size_t size = work->n * work->n;
    return (lag_matrices){.n = work->n,
                          .n_matrices = n_matrices,
                          .x = job->x + first * size,
                          .maps = job->maps + first * size,
                          .run = &job->options->run,
                          .n_decompositions = &job->n_vectors[work->at.order]};
}

static void place_all_items(const lag_job *job)
{
    for (size_t k = 0; k < job->n_items; k++) {
        job->places[k] = k;
    }
}

/* The mean of all, no closer than the means of folds are to it; and the tangents there towards
 * them, which cost nothing more. */
static ana_status find_start(const pair_work *work, lag_walk *all, bool *settled)
{
    ana_status status = ANA_OK;
    const lag_job *job = work->job;
    const size_t size = work->n * work->n;
    const lag_walk_aim aim = {.by_spread = true};
    const lag_matrices of = matrices_of(work, 0, job->n_items);
    place_all_items(job);
    ANA_TRY(lag_place(job, work->at, job->n_items));
    ANA_TRY(lag_walk_begin(&of, all));
    ANA_TRY(lag_walk_to_mean(&of, &aim, work->tangent, all, settled));
    for (size_t f = 0; f < job->folds->n_folds; f++) {
        size_t first = 0;
        (void)split_fold(work, f);
        for (size_t m = 0; m < work->n_starts; m++) {
            double *start = work->starts + (f * work->n_starts + m) * size;
            lag_mean_tangent(&of, job->places + first, work->counts[m], start);
            first += work->counts[m];
        }
    }
done:
    return status;
}

/* To the mean of the training items from place `first` on. */
static ana_status find_mean(pair_work *work, size_t fold, size_t m, size_t first, bool *settled)
{
    const size_t size = work->n * work->n;
    const lag_walk_aim aim = {.tolerance = work->job->options->tolerance, .known = true};
    const lag_matrices of = matrices_of(work, first, work->counts[m]);
    lag_walk_follow(&work->all, &work->one);
    memcpy(work->tangent, work->starts + (fold * work->n_starts + m) * size,
           size * sizeof *work->tangent);
    return lag_walk_to_mean(&of, &aim, work->tangent, &work->one, settled);
}

/* maps: n_items symmetric matrices become vectors with the same products. */
static void pack_vectors(const lag_job *job, size_t n, size_t n_matrices)
{
    const double root = sqrt(2.0);
    double *to = job->maps; /* never ahead of what is read */
    for (size_t k = 0; k < n_matrices; k++) {
        const double *from = job->maps + k * n * n;
        for (size_t i = 0; i < n; i++) {
            for (size_t j = i; j < n; j++) {
                *to++ = i == j ? from[i * n + j] : root * from[i * n + j];
            }
        }
    }
}

/* job->kernel = products of the first n_rows vectors with all; squares with themselves. */
static ana_status multiply_vectors(const pair_work *work, size_t n_rows, size_t n_all)
{
    const lag_job *job = work->job;
    const size_t d = work->n * (work->n + 1) / 2;
    const ana_gemm shape = {n_rows, d, n_all, false, true, 1.0, 0.0};
    pack_vectors(job, work->n, n_all);
    for (size_t k = 0; k < n_all; k++) {
        work->squares[k] = ana_dot(d, job->maps + k * d, job->maps + k * d);
    }
    return ana_linalg_gemm(&shape, job->maps, job->maps, job->kernel);
}

static ana_status score_tangents(pair_work *work, size_t fold, bool *settled)
{
    ana_status status = ANA_OK;
    const lag_job *job = work->job;
    const lag_split split = split_fold(work, fold);
    const size_t n_all = split.n_train + split.n_test;
    ANA_TRY(lag_place(job, work->at, n_all));
    ANA_TRY(find_mean(work, fold, 0, 0, settled));
    if (*settled) {
        const lag_matrices test = matrices_of(work, split.n_train, split.n_test);
        ANA_TRY(lag_walk_look(&test, &work->one));
        ANA_TRY(multiply_vectors(work, split.n_train, n_all));
        ANA_TRY(lag_score_svm(job, &split, work->squares));
    }
done:
    return status;
}

static double log_of(double value, double power)
{
    (void)power;
    return log(value);
}

/* far[k * n_classes + m] = squared distance of test item k to the mean found. */
static ana_status measure(const pair_work *work, const lag_split *split, size_t m)
{
    const lag_job *job = work->job;
    const size_t n = work->n;
    const spd_work eigen = {.n = n,
                            .lower = work->one.lower,
                            .function = log_of,
                            .positive = true,
                            .values = work->values};
    job->n_values[work->at.order] += split->n_test;
    const ana_status status =
        spd_run(&eigen, split->n_test, job->x + split->n_train * n * n, &job->options->run);
    for (size_t k = 0; k < split->n_test && status == ANA_OK; k++) {
        double sum = 0.0;
        for (size_t i = 0; i < n; i++) {
            const double value = log(work->values[k * n + i]);
            sum += value * value;
        }
        work->far[k * job->n_classes + m] = sum;
    }
    return status;
}

static ana_status score_means(pair_work *work, size_t fold, bool *settled)
{
    ana_status status = ANA_OK;
    const lag_job *job = work->job;
    const lag_split split = split_fold(work, fold);
    size_t first = 0;
    ANA_TRY(lag_place(job, work->at, split.n_train + split.n_test));
    *settled = true;
    for (size_t m = 0; m < job->n_classes && *settled; m++) {
        ANA_TRY(find_mean(work, fold, m, first, settled));
        first += work->counts[m];
        if (*settled) {
            ANA_TRY(measure(work, &split, m));
        }
    }
    if (*settled) {
        lag_score_distances(job, &split, work->far);
    }
done:
    return status;
}

static void open_work(const lag_job *job, lag_embedding at, ana_workspace *workspace,
                      pair_work *work)
{
    const bool is_svm = job->options->classifier == ANA_LAG_SVM;
    const size_t n = at.order * job->products->n_channels;
    *work = (pair_work){.job = job, .at = at, .n = n, .n_starts = is_svm ? 1 : job->n_classes};
    lag_walk_open(n, workspace, &work->all);
    lag_walk_open(n, workspace, &work->one);
    work->starts = ana_workspace_doubles(workspace, job->folds->n_folds * work->n_starts, n * n);
    work->tangent = ana_workspace_doubles(workspace, n, n);
    work->squares = ana_workspace_doubles(workspace, job->n_items, 1);
    work->far = ana_workspace_doubles(workspace, job->n_items, job->n_classes);
    work->values = ana_workspace_doubles(workspace, job->n_items, n);
    work->counts = ana_workspace_sizes(workspace, work->n_starts, 1);
}

/* What no other pair would cure is an error; what this pair's matrices are is its state. */
static ana_status judge(ana_status status, bool settled, ana_lag_state *state)
{
    const bool of_pair = status == ANA_ERR_VALUE || status == ANA_ERR_NUMERIC;
    *state = of_pair ? ANA_LAG_NOT_POSITIVE : !settled ? ANA_LAG_NOT_SETTLED : ANA_LAG_SCORED;
    return of_pair ? ANA_OK : status;
}

ana_status lag_score_pair(const lag_job *job, lag_embedding at, ana_lag_state *state)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    pair_work work;
    bool settled = false;
    open_work(job, at, &workspace, &work);
    ANA_TRY(ana_workspace_check(&workspace, "lags"));
    ANA_TRY(find_start(&work, &work.all, &settled));
    for (size_t f = 0; f < job->folds->n_folds && settled; f++) {
        ANA_TRY(job->options->classifier == ANA_LAG_SVM ? score_tangents(&work, f, &settled)
                                                        : score_means(&work, f, &settled));
    }
done:
    ana_workspace_release(&workspace);
    return judge(status, settled, state);
}

/* Products of all tangent vectors are known: those of the fold's items, training ones first, as
 * lag_score_svm takes them, from the copy in job->other. */
static void pick_products(const lag_job *job, const lag_split *split, const double *squares,
                          double *picked)
{
    const size_t n_all = split->n_train + split->n_test;
    for (size_t i = 0; i < n_all; i++) {
        picked[i] = squares[split->places[i]];
        for (size_t j = 0; j < n_all && i < split->n_train; j++) {
            job->kernel[i * n_all + j] =
                job->maps[split->places[i] * job->n_items + split->places[j]];
        }
    }
}

/* Squared distances to the means of the classes' training vectors, from products of vectors. */
static void find_distances(const pair_work *work, const lag_split *split, const double *squares)
{
    const lag_job *job = work->job;
    const size_t n_all = split->n_train + split->n_test;
    size_t first = 0;
    for (size_t m = 0; m < job->n_classes; m++) {
        const double n = (double)work->counts[m];
        const size_t stop = first + work->counts[m];
        double within = 0.0;
        for (size_t i = first; i < stop; i++) {
            for (size_t j = first; j < stop; j++) {
                within += job->kernel[i * n_all + j] / (n * n);
            }
        }
        for (size_t k = 0; k < split->n_test; k++) {
            double between = 0.0;
            for (size_t i = first; i < stop; i++) {
                between += job->kernel[i * n_all + split->n_train + k] / n;
            }
            work->far[k * job->n_classes + m] =
                squares[split->n_train + k] - 2.0 * between + within;
        }
        first = stop;
    }
}

ana_status lag_screen_pair(const lag_job *job, lag_embedding at, ana_lag_state *state)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    pair_work work;
    open_work(job, at, &workspace, &work);
    double *picked = ana_workspace_doubles(&workspace, job->n_items, 1);
    ANA_TRY(ana_workspace_check(&workspace, "lags"));
    const lag_matrices of = matrices_of(&work, 0, job->n_items);
    place_all_items(job);
    ANA_TRY(lag_place(job, at, job->n_items));
    ANA_TRY(lag_walk_begin(&of, &work.one));
    ANA_TRY(lag_walk_look(&of, &work.one));
    ANA_TRY(multiply_vectors(&work, job->n_items, job->n_items));
    memcpy(job->maps, job->kernel, job->n_items * job->n_items * sizeof *job->maps);
    for (size_t f = 0; f < job->folds->n_folds; f++) {
        const lag_split split = split_fold(&work, f);
        pick_products(job, &split, work.squares, picked);
        if (job->options->classifier == ANA_LAG_SVM) {
            ANA_TRY(lag_score_svm(job, &split, picked));
        } else {
            find_distances(&work, &split, picked);
            lag_score_distances(job, &split, work.far);
        }
    }
done:
    ana_workspace_release(&workspace);
    return judge(status, true, state);
}
