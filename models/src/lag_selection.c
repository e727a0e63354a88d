/* What a selection of order and lag is asked for, and what it needs. */
#include "lag_parts.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char *const method_names[] = {"grid", "mdop", "aic", NULL};
static const char *const tail_names[] = {"published", "full", "aligned", NULL};
static const char *const estimator_names[] = {"covariance", "oas", NULL};
static const char *const classifier_names[] = {"svm", "mdm", NULL};
static const char *const kernel_names[] = {"linear", "radial", "both", NULL};
static const char *const metric_names[] = {"auto", "roc-auc", "accuracy", NULL};

static const char default_penalties[] = "0.5,1,1.5";

const ana_option ana_lag_option_table[] = {
    {"method", ANA_OPTION_CHOICE, offsetof(ana_lag_options, method), 0, 0, method_names, "METHOD",
     "how order and lag are found: score every pair, maximise derivatives on projection, or the "
     "order of least AIC at each lag",
     false},
    {"race", ANA_OPTION_BOOL, offsetof(ana_lag_options, race), 0, 0, NULL, NULL,
     "grid: score all pairs on tangent vectors at the arithmetic mean, and only the best of them "
     "in full",
     false},
    {"keep", ANA_OPTION_SIZE, offsetof(ana_lag_options, n_kept), 1, 1e6, NULL, "N",
     "race: pairs that are scored in full", false},
    {"max-order", ANA_OPTION_SIZE, offsetof(ana_lag_options, max_order), 1, 100, NULL, "N",
     "orders up to this: a matrix has order x channels rows", false},
    {"max-lag", ANA_OPTION_SIZE, offsetof(ana_lag_options, max_lag), 1, 1000, NULL, "SAMPLES",
     "lags up to this, in samples", false},
    {"tail", ANA_OPTION_CHOICE, offsetof(ana_lag_options, tail), 0, 0, tail_names, "TAIL",
     "samples in the window: one lag less than there are, as published; all; or the same for all "
     "orders at a lag",
     false},
    {"estimator", ANA_OPTION_CHOICE, offsetof(ana_lag_options, estimator), 0, 0, estimator_names,
     "ESTIMATOR", "of covariances: plain, or shrunk for high orders", false},
    {"classifier", ANA_OPTION_CHOICE, offsetof(ana_lag_options, classifier), 0, 0, classifier_names,
     "CLASSIFIER",
     "what is scored: a support vector machine on tangent vectors, or the nearest class mean",
     false},
    {"penalties", ANA_OPTION_TEXT, offsetof(ana_lag_options, penalties), 0, 0, NULL, "C,...",
     "svm: penalties C that compete, rising (not given: 0.5,1,1.5)", false},
    {"kernels", ANA_OPTION_CHOICE, offsetof(ana_lag_options, kernels), 0, 0, kernel_names,
     "KERNELS", "svm: kernels that compete", false},
    {"metric", ANA_OPTION_CHOICE, offsetof(ana_lag_options, metric), 0, 0, metric_names, "METRIC",
     "the score; automatic: area under the curve for two classes, else accuracy", false},
    {"inner-folds", ANA_OPTION_SIZE, offsetof(ana_lag_options, n_folds), 2, 1000, NULL, "N",
     "stratified folds that score a pair", false},
    {"mean-tolerance", ANA_OPTION_DOUBLE, offsetof(ana_lag_options, tolerance), 1e-12, 1e-2, NULL,
     "CHANGE", "relative change at which a mean has settled", false},
    ANA_OPTION_END,
};

ana_lag_options ana_lag_options_default(void)
{
    return (ana_lag_options){.run = ana_run_default(),
                             .n_kept = 10,
                             .max_order = 10,
                             .max_lag = 10,
                             .kernels = ANA_LAG_BOTH_KERNELS,
                             .n_folds = 3,
                             .tolerance = 1e-9};
}

void ana_lag_selection_free(ana_lag_selection *selection)
{
    if (selection != NULL) {
        free(selection->class_counts);
        free(selection->pairs);
        free(selection->fold_scores);
        free(selection->aic);
        free(selection->trial_order);
        free(selection->trial_lag);
        free(selection->n_vectors);
        free(selection->n_values);
        free(selection);
    }
}

/* Penalties from their text, rising. */
static ana_status read_penalties(const char *text, ana_workspace *workspace, lag_job *job)
{
    ana_status status = ANA_OK;
    const size_t length = strlen(text);
    double *penalties = ana_workspace_doubles(workspace, length / 2 + 1, 1);
    ANA_TRY(ana_workspace_check(workspace, "lags"));
    for (size_t first = 0; first <= length;) {
        const size_t n = strcspn(text + first, ",");
        double value = 0.0;
        const double before = job->n_penalties > 0 ? penalties[job->n_penalties - 1] : 0.0;
        if (!ana_parse_double(text + first, n, &value) || !(value > before) || !isfinite(value)) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE,
                             "lags: penalties '%s'; rising numbers above 0 with commas between, "
                             "as 0.5,1,1.5, are right",
                             text));
        }
        penalties[job->n_penalties++] = value;
        first += n + 1;
    }
    job->penalties = penalties;
done:
    return status;
}

static int compare_sizes(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a;
    const size_t y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* Classes of the items as 0 ... n_classes - 1, in the order of their numbers. */
static void number_classes(const lag_job *job, size_t *sorted, size_t *classes, size_t *n_classes)
{
    for (size_t k = 0; k < job->n_items; k++) {
        sorted[k] = job->products->classes[job->items[k]];
    }
    qsort(sorted, job->n_items, sizeof *sorted, compare_sizes);
    *n_classes = 0;
    for (size_t k = 0; k < job->n_items; k++) {
        if (*n_classes == 0 || sorted[*n_classes - 1] != sorted[k]) {
            sorted[(*n_classes)++] = sorted[k];
        }
    }
    for (size_t k = 0; k < job->n_items; k++) {
        const size_t *place = bsearch(&job->products->classes[job->items[k]], sorted, *n_classes,
                                      sizeof *sorted, compare_sizes);
        classes[k] = place != NULL ? (size_t)(place - sorted) : 0;
    }
}

static ana_status take_items(const size_t *items, size_t n_items, ana_workspace *workspace,
                             lag_job *job)
{
    ana_status status = ANA_OK;
    const size_t n_trials = job->products->n_trials;
    job->n_items = items != NULL ? n_items : n_trials;
    size_t *taken = ana_workspace_sizes(workspace, job->n_items, 1);
    size_t *sorted = ana_workspace_sizes(workspace, job->n_items, 1);
    size_t *classes = ana_workspace_sizes(workspace, job->n_items, 1);
    bool *seen = ana_workspace_bytes(workspace, n_trials, 1, sizeof *seen);
    ANA_TRY(ana_workspace_check(workspace, "lags"));
    for (size_t k = 0; k < job->n_items; k++) {
        taken[k] = items != NULL ? items[k] : k;
        if (taken[k] >= n_trials || seen[taken[k]]) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE, "lags: item %zu is trial %zu, which is %s", k, taken[k],
                             taken[k] >= n_trials ? "not there" : "there before"));
        }
        seen[taken[k]] = true;
    }
    job->items = taken;
    number_classes(job, sorted, classes, &job->n_classes);
    job->classes = classes;
    if (job->n_classes < 2) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "lags: %zu trial%s of %zu class%s; at least two classes are needed",
                         job->n_items, job->n_items == 1 ? "" : "s", job->n_classes,
                         job->n_classes == 1 ? "" : "es"));
    }
done:
    return status;
}

/* Each fold must train on every class and, for areas, test both. */
static ana_status check_fold(const lag_job *job, size_t fold, size_t *train, size_t *n_of)
{
    size_t n_train = 0;
    ana_folds_train(job->folds, fold, train, &n_train);
    memset(n_of, 0, 2 * job->n_classes * sizeof *n_of);
    for (size_t k = 0; k < n_train; k++) {
        n_of[job->classes[train[k]]]++;
    }
    const ana_fold *of = &job->folds->folds[fold];
    for (size_t k = 0; k < of->n_test; k++) {
        n_of[job->n_classes + job->classes[of->test[k]]]++;
    }
    for (size_t m = 0; m < job->n_classes; m++) {
        const bool trains = n_of[m] > 0;
        if (!trains || (job->is_auc && n_of[job->n_classes + m] == 0)) {
            return ana_fail(ANA_ERR_VALUE,
                            "lags: fold %zu has no trial of class %zu to %s; fewer folds, or "
                            "stratified ones, would",
                            fold, m, trains ? "test" : "train on");
        }
    }
    return ANA_OK;
}

static ana_status take_folds(const ana_folds *folds, ana_workspace *workspace, ana_folds **made,
                             lag_job *job)
{
    ana_status status = ANA_OK;
    size_t *train = ana_workspace_sizes(workspace, job->n_items, 1);
    size_t *n_of = ana_workspace_sizes(workspace, job->n_classes, 2);
    ANA_TRY(ana_workspace_check(workspace, "lags"));
    if (folds == NULL) {
        ana_folds_options options = ana_folds_options_default();
        options.run = job->options->run;
        options.n_folds = job->options->n_folds;
        ANA_TRY(ana_folds_stratified(job->n_items, job->classes, &options, made));
        folds = *made;
    }
    ANA_TRY(ana_folds_check(folds));
    if (folds->n_items != job->n_items || folds->n_folds == 0) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE, "lags: %zu folds of %zu items for %zu trials",
                         folds->n_folds, folds->n_items, job->n_items));
    }
    job->folds = folds;
    const ana_lag_metric metric = job->options->metric;
    job->is_auc = metric == ANA_LAG_AUC || (metric == ANA_LAG_AUTOMATIC && job->n_classes == 2);
    if (job->is_auc && job->n_classes > 2) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "lags: the area under the curve is of two classes, not %zu; accuracy is "
                         "right",
                         job->n_classes));
    }
    for (size_t f = 0; f < folds->n_folds; f++) {
        ANA_TRY(check_fold(job, f, train, n_of));
    }
done:
    return status;
}

/* Memory of the largest pair. */
static ana_status make_room(lag_job *job, size_t max_rows, ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    const size_t n = job->n_items;
    const size_t matrix = max_rows * max_rows;
    const int n_threads = ana_run_threads(&job->options->run, n);
    const double numbers =
        (double)n * (2.0 * (double)max_rows * (double)max_rows + 3.0 * (double)n);
    ANA_TRY(ana_run_check_memory(&job->options->run,
                                 numbers < 1e17 ? (size_t)(8.0 * numbers) : SIZE_MAX,
                                 "augmented covariances of all trials (--max-order sets their "
                                 "size)"));
    job->room_size = lag_room_size(job->products, job->options->max_order);
    job->rooms = ana_workspace_doubles(workspace, (size_t)n_threads, job->room_size);
    job->x = ana_workspace_doubles(workspace, n, matrix);
    job->maps = ana_workspace_doubles(workspace, n, matrix > n ? matrix : n);
    job->kernel = ana_workspace_doubles(workspace, n, n);
    job->other = ana_workspace_doubles(workspace, n, n);
    job->decisions = ana_workspace_doubles(workspace, n, 1);
    job->weights = ana_workspace_doubles(workspace, n, 1);
    job->places = ana_workspace_sizes(workspace, n, 1);
    job->votes = ana_workspace_sizes(workspace, n, job->n_classes);
    job->chosen = ana_workspace_sizes(workspace, n, 1);
    job->flags = ana_workspace_bytes(workspace, n, 1, sizeof *job->flags);
    job->statuses = ana_workspace_bytes(workspace, n, 1, sizeof *job->statuses);
    job->fold_scores = ana_workspace_doubles(workspace, job->n_settings, job->folds->n_folds);
    ANA_TRY(ana_workspace_check(workspace, "lags"));
done:
    return status;
}

ana_status lag_selection_new(const lag_job *job, ana_lag_selection **out)
{
    static const char what[] = "lags";
    ana_status status = ANA_OK;
    ana_lag_selection *made = NULL;
    const ana_lag_options *options = job->options;
    const size_t most = 1 + (options->max_order - 1) * options->max_lag;
    const bool by_trial = options->method == ANA_LAG_MDOP;
    ANA_TRY(ana_allocate(1, sizeof *made, what, (void *)&made));
    *made = (ana_lag_selection){.method = options->method,
                                .classifier = options->classifier,
                                .raced = options->race && options->method == ANA_LAG_GRID,
                                .is_auc = job->is_auc,
                                .max_order = options->max_order,
                                .max_lag = options->max_lag,
                                .n_trials = job->n_items,
                                .n_classes = job->n_classes,
                                .n_channels = job->products->n_channels,
                                .n_times = job->products->n_times,
                                .n_folds = job->folds->n_folds};
    ANA_TRY(ana_allocate(job->n_classes, sizeof(size_t), what, (void *)&made->class_counts));
    for (size_t k = 0; k < job->n_items; k++) {
        made->class_counts[job->classes[k]]++;
    }
    ANA_TRY(ana_allocate(most, sizeof *made->pairs, what, (void *)&made->pairs));
    ANA_TRY(ana_allocate(most * made->n_folds, sizeof(double), what, (void *)&made->fold_scores));
    ANA_TRY(ana_allocate(options->max_order + 1, sizeof(size_t), what, (void *)&made->n_vectors));
    ANA_TRY(ana_allocate(options->max_order + 1, sizeof(size_t), what, (void *)&made->n_values));
    if (options->method == ANA_LAG_AIC) {
        ANA_TRY(ana_allocate(options->max_order * options->max_lag, sizeof(double), what,
                             (void *)&made->aic));
    }
    if (by_trial) {
        ANA_TRY(ana_allocate(job->n_items, sizeof(size_t), what, (void *)&made->trial_order));
        ANA_TRY(ana_allocate(job->n_items, sizeof(double), what, (void *)&made->trial_lag));
    }
    *out = made;
    made = NULL;
done:
    ana_lag_selection_free(made);
    return status;
}

ana_status lag_open_job(const size_t *items, size_t n_items, const ana_folds *folds,
                        ana_workspace *workspace, ana_folds **made, lag_job *job)
{
    ana_status status = ANA_OK;
    const ana_lag_options *options = job->options;
    const ana_lag_products *products = job->products;
    const size_t max_rows = options->max_order * products->n_channels;
    ANA_TRY(ana_options_check(ana_lag_option_table, options, "lags"));
    if (options->max_order > products->max_order || options->max_lag > products->max_lag) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "lags: order %zu and lag %zu, but products were summed for order %zu and "
                         "lag %zu",
                         options->max_order, options->max_lag, products->max_order,
                         products->max_lag));
    }
    ANA_TRY(take_items(items, n_items, workspace, job));
    ANA_TRY(take_folds(folds, workspace, made, job));
    ANA_TRY(read_penalties(options->penalties != NULL ? options->penalties : default_penalties,
                           workspace, job));
    job->n_settings =
        options->classifier == ANA_LAG_MDM ? 1 : lag_n_kernels(options) * job->n_penalties;
    ANA_TRY(make_room(job, max_rows, workspace));
done:
    return status;
}
