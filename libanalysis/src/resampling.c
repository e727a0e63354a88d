#include "checked.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/random.h>
#include <analysis/resampling.h>
#include <analysis/stats.h>

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 256 /* items between two reports of progress */
};

static const char *const schemes[] = {"permute", "sign-flip", "shift", "bootstrap", NULL};
static const char *const tails[] = {"greater", "less", "two-sided", NULL};

ana_resampling_options ana_resampling_options_default(void)
{
    return (ana_resampling_options){.run = ana_run_default(),
                                    .n_resamples = 1000,
                                    .scheme = ANA_SCHEME_PERMUTE,
                                    .tail = ANA_TAIL_TWO_SIDED,
                                    .level = 0.95,
                                    .bca = true,
                                    .min_shift = 1};
}

const ana_option ana_resampling_option_table[] = {
    {"resamples", ANA_OPTION_SIZE, offsetof(ana_resampling_options, n_resamples), 1, 1e9, NULL, "N",
     "number of rearrangements", false},
    {"scheme", ANA_OPTION_CHOICE, offsetof(ana_resampling_options, scheme), 0, 0, schemes, "SCHEME",
     "how items are rearranged", false},
    {"tail", ANA_OPTION_CHOICE, offsetof(ana_resampling_options, tail), 0, 0, tails, "TAIL",
     "which values speak against chance", false},
    {"level", ANA_OPTION_DOUBLE, offsetof(ana_resampling_options, level), 1e-6, 1.0 - 1e-6, NULL,
     "P", "level of the intervals", false},
    {"bca", ANA_OPTION_BOOL, offsetof(ana_resampling_options, bca), 0, 0, NULL, NULL,
     "correct intervals for bias and skewness", false},
    {"min-shift", ANA_OPTION_SIZE, offsetof(ana_resampling_options, min_shift), 0, 1e9, NULL, "N",
     "smallest shift, in items", false},
    ANA_OPTION_END,
};

/* The items by group: members[starts[g] ... starts[g + 1] - 1], ascending. */
typedef struct plan {
    size_t n;
    size_t n_groups;
    size_t *members;
    size_t *starts;
    const ana_resampling_options *options;
    bool leave_one_out; /* the jackknife: resample i is all items but i */
} plan;

/* One thread's room. */
typedef struct worker {
    size_t *order;
    size_t *scratch;
    double *signs;
} worker;

typedef struct member {
    size_t group;
    size_t item;
} member;

static int by_group_then_item(const void *a, const void *b)
{
    const member *p = a;
    const member *q = b;
    int order = (p->group > q->group) - (p->group < q->group);
    return order != 0 ? order : (p->item > q->item) - (p->item < q->item);
}

/* Without groups all items are one, except that signs flip one by one. */
static ana_status make_plan(size_t n, const ana_resampling_options *options,
                            ana_workspace *workspace, plan *out)
{
    ana_status status = ANA_OK;
    member *sorted = ana_workspace_bytes(workspace, n, 1, sizeof *sorted);
    *out = (plan){.n = n, .options = options};
    out->members = ana_workspace_sizes(workspace, n, 1);
    out->starts = ana_workspace_sizes(workspace, n, 2);
    ANA_TRY(ana_workspace_check(workspace, "resampling"));
    bool singly = options->scheme == ANA_SCHEME_SIGN_FLIP;
    for (size_t i = 0; i < n; i++) {
        sorted[i].group = options->groups != NULL ? options->groups[i] : singly ? i : 0;
        sorted[i].item = i;
    }
    qsort(sorted, n, sizeof *sorted, by_group_then_item);
    for (size_t i = 0; i < n; i++) {
        out->members[i] = sorted[i].item;
        if (i == 0 || sorted[i].group != sorted[i - 1].group) {
            out->starts[out->n_groups++] = i;
        }
    }
    out->starts[out->n_groups] = n;
done:
    return status;
}

static ana_status check_shifts(const plan *p)
{
    size_t least = p->options->min_shift;
    for (size_t g = 0; g < p->n_groups; g++) {
        size_t size = p->starts[g + 1] - p->starts[g];
        if (size < 2 || least > size / 2) {
            return ana_fail(ANA_ERR_VALUE,
                            "resampling: the group of item %zu has %zu items, too few to shift by "
                            "%zu either way",
                            p->members[p->starts[g]], size, least);
        }
    }
    return ANA_OK;
}

/* Rearrange the n items of a group; `to` is where they go. */
static void rearrange_group(const plan *p, size_t n, const size_t *items, ana_random *random,
                            worker *to)
{
    size_t least = p->options->min_shift;
    size_t n_shifts = least > 0 ? n - 2 * least + 1 : n;
    size_t shift = 0;
    double sign = 1.0;
    if (p->options->scheme == ANA_SCHEME_PERMUTE) {
        ana_random_permutation(random, n, to->scratch);
    } else if (p->options->scheme == ANA_SCHEME_SHIFT) {
        shift = least + (size_t)ana_random_below(random, n_shifts);
    } else if (p->options->scheme == ANA_SCHEME_SIGN_FLIP) {
        sign = ana_random_u32(random) >> 31 ? -1.0 : 1.0;
    }
    for (size_t i = 0; i < n; i++) {
        size_t from = p->options->scheme == ANA_SCHEME_PERMUTE     ? to->scratch[i]
                      : p->options->scheme == ANA_SCHEME_BOOTSTRAP ? ana_random_below(random, n)
                                                                   : (i + shift) % n;
        to->order[items[i]] = items[from];
        to->signs[items[i]] = sign;
    }
}

/* The number of items of rearrangement `item`. */
static size_t rearrange(const plan *p, size_t item, worker *to)
{
    if (p->leave_one_out) {
        for (size_t i = 0; i + 1 < p->n; i++) {
            to->order[i] = i < item ? i : i + 1;
            to->signs[i] = 1.0;
        }
        return p->n - 1;
    }
    const ana_resampling_options *options = p->options;
    ana_random random = ana_random_stream(options->run.seed, schemes[options->scheme], item);
    for (size_t g = 0; g < p->n_groups; g++) {
        rearrange_group(p, p->starts[g + 1] - p->starts[g], p->members + p->starts[g], &random, to);
    }
    return p->n;
}

/* The statistic, where it is computed, and how it went. */
typedef struct task {
    const plan *plan;
    ana_statistic_function statistic;
    void *user;
    size_t n_values;
    double *values;
    ana_shard shard;
    worker *workers;
    ana_status statuses[BLOCK];
} task;

static ana_status compute(const task *t, size_t item, size_t at)
{
    worker *room = t->workers + at;
    size_t n = rearrange(t->plan, item, room);
    const ana_rearranged data = {n, room->order, room->signs, at};
    return t->statistic(t->user, &data, t->values + item * t->n_values);
}

static void compute_block(task *t, size_t first, size_t n, int n_threads)
{
#pragma omp parallel for default(none) shared(t, first, n) num_threads(n_threads)                  \
    schedule(dynamic, 1)
    for (size_t i = 0; i < n; i++) {
        bool mine = ana_shard_has(t->shard, first + i);
        t->statuses[i] = mine ? compute(t, first + i, (size_t)omp_get_thread_num()) : ANA_OK;
        for (size_t k = 0; !mine && k < t->n_values; k++) {
            t->values[(first + i) * t->n_values + k] = NAN;
        }
    }
}

/* The sentence of a failure stays in the thread it happened in: the first item that failed is
 * computed again in this one. */
static ana_status report(const task *t, size_t first, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (t->statuses[i] != ANA_OK) {
            ana_status again = compute(t, first + i, 0);
            return again != ANA_OK
                       ? again
                       : ana_fail(t->statuses[i], "resampling: resample %zu failed", first + i);
        }
    }
    return ANA_OK;
}

static ana_status compute_all(task *t, size_t n_items, const ana_run *run, const char *what)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    int n_threads = ana_run_threads(run, n_items);
    t->workers = ana_workspace_bytes(&workspace, (size_t)n_threads, 1, sizeof *t->workers);
    size_t *order = ana_workspace_sizes(&workspace, (size_t)n_threads, t->plan->n);
    size_t *scratch = ana_workspace_sizes(&workspace, (size_t)n_threads, t->plan->n);
    double *signs = ana_workspace_doubles(&workspace, (size_t)n_threads, t->plan->n);
    ANA_TRY(ana_workspace_check(&workspace, "resampling"));
    for (size_t i = 0; i < (size_t)n_threads; i++) {
        size_t at = i * t->plan->n;
        t->workers[i] = (worker){order + at, scratch + at, signs + at};
    }
    for (size_t first = 0; first < n_items; first += BLOCK) {
        size_t n = n_items - first < BLOCK ? n_items - first : BLOCK;
        ANA_TRY(ana_run_progress(run, what, first, n_items));
        compute_block(t, first, n, n_threads);
        ANA_TRY(report(t, first, n));
    }
    ANA_TRY(ana_run_progress(run, what, n_items, n_items));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Checks, the plan, and the values of all resamples. */
static ana_status resample(size_t n, ana_statistic_function statistic, void *user,
                           const ana_resampling_options *options, bool jackknife, size_t n_values,
                           double *values)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    plan items = {0};
    task work = {.plan = &items, .statistic = statistic, .user = user, .n_values = n_values};
    work.values = values;
    work.shard = jackknife ? (ana_shard){0, 0} : options->run.shard;
    ANA_TRY(make_plan(n, options, &workspace, &items));
    items.leave_one_out = jackknife;
    if (options->scheme == ANA_SCHEME_SHIFT) {
        ANA_TRY(check_shifts(&items));
    }
    ANA_TRY(compute_all(&work, jackknife ? n : options->n_resamples, &options->run,
                        jackknife ? "resampling: jackknife" : "resampling"));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check_options(size_t n, const ana_resampling_options *options)
{
    if (n == 0) {
        return ana_fail(ANA_ERR_VALUE, "resampling: no items");
    }
    return ana_options_check(ana_resampling_option_table, options, "resampling");
}

ana_status ana_resampling_values(size_t n, size_t n_values, ana_statistic_function statistic,
                                 void *user, const ana_resampling_options *options, double *values)
{
    ana_resampling_options defaults = ana_resampling_options_default();
    options = options != NULL ? options : &defaults;
    ana_status status = check_options(n, options);
    return status != ANA_OK ? status
                            : resample(n, statistic, user, options, false, n_values, values);
}

/* The statistic of the data as they are. */
static ana_status observe(size_t n, ana_statistic_function statistic, void *user, double *values)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t *order = ana_workspace_sizes(&workspace, n, 1);
    double *signs = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "resampling"));
    for (size_t i = 0; i < n; i++) {
        order[i] = i;
        signs[i] = 1.0;
    }
    ANA_TRY(statistic(user, &(ana_rearranged){n, order, signs, 0}, values));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* *out = room for rows x n_values numbers, within what the run may hold. */
static ana_status make_room(const ana_run *run, size_t rows, size_t n_values, double **out)
{
    ana_status status = ANA_OK;
    size_t n = 0;
    size_t bytes = 0;
    if (!ana_multiply(rows, n_values, &n) || !ana_multiply(n, sizeof(double), &bytes)) {
        bytes = SIZE_MAX;
    }
    ANA_TRY(ana_run_check_memory(run, bytes, "resampling"));
    ANA_TRY(ana_allocate(n, sizeof(double), "resampling", out));
done:
    return status;
}

static void fill_nan(size_t n, double *values)
{
    for (size_t i = 0; i < n; i++) {
        values[i] = NAN;
    }
}

ana_status ana_resampling_test(size_t n, size_t n_values, ana_statistic_function statistic,
                               void *user, const ana_resampling_options *options,
                               ana_resampling_test_result **out)
{
    ana_status status = ANA_OK;
    ana_resampling_test_result *test = NULL;
    ana_resampling_options defaults = ana_resampling_options_default();
    options = options != NULL ? options : &defaults;
    ANA_TRY(check_options(n, options));
    ANA_TRY(ana_allocate(1, sizeof *test, "resampling", &test));
    test->n_resamples = options->n_resamples;
    test->n_values = n_values;
    ANA_TRY(make_room(&options->run, 1, n_values, &test->observed));
    ANA_TRY(make_room(&options->run, 1, n_values, &test->p));
    ANA_TRY(make_room(&options->run, 1, n_values, &test->p_max));
    ANA_TRY(make_room(&options->run, options->n_resamples, n_values, &test->null));
    ANA_TRY(observe(n, statistic, user, test->observed));
    ANA_TRY(resample(n, statistic, user, options, false, n_values, test->null));
    if (options->run.shard.count > 1) {
        fill_nan(n_values, test->p);
        fill_nan(n_values, test->p_max);
    } else {
        ANA_TRY(ana_resampling_p_values(options->n_resamples, n_values, test->observed, test->null,
                                        options->tail, test->p, test->p_max));
    }
    *out = test;
done:
    if (status != ANA_OK) {
        ana_resampling_test_free(test);
    }
    return status;
}

void ana_resampling_test_free(ana_resampling_test_result *test)
{
    if (test != NULL) {
        free(test->observed);
        free(test->p);
        free(test->p_max);
        free(test->null);
        free(test);
    }
}

/* Interval and standard error of statistic k. `column` has room for a value of each resample or
 * item. */
static ana_status summarise(ana_bootstrap *b, size_t k, const ana_resampling_options *options,
                            size_t n_items, const double *jackknife, double *column)
{
    ana_status status = ANA_OK;
    double interval[2] = {NAN, NAN};
    double *values = column;
    double *left_out = column + b->n_resamples;
    for (size_t i = 0; i < b->n_resamples; i++) {
        values[i] = b->resampled[i * b->n_values + k];
    }
    for (size_t i = 0; jackknife != NULL && i < n_items; i++) {
        left_out[i] = jackknife[i * b->n_values + k];
    }
    b->standard_error[k] = sqrt(ana_stats_variance(b->n_resamples, values, 1));
    if (jackknife != NULL) {
        status = ana_resampling_bca(b->n_resamples, values, b->estimate[k], n_items, left_out,
                                    options->level, interval);
    } else {
        status = ana_resampling_percentile(b->n_resamples, values, options->level, interval);
    }
    b->low[k] = interval[0];
    b->high[k] = interval[1];
    return status;
}

static ana_status summarise_all(ana_bootstrap *b, size_t n, ana_statistic_function statistic,
                                void *user, const ana_resampling_options *options)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *column = ana_workspace_doubles(&workspace, b->n_resamples + n, 1);
    double *jackknife = options->bca ? ana_workspace_doubles(&workspace, n, b->n_values) : NULL;
    ANA_TRY(ana_workspace_check(&workspace, "resampling"));
    if (jackknife != NULL) {
        ANA_TRY(resample(n, statistic, user, options, true, b->n_values, jackknife));
    }
    for (size_t k = 0; k < b->n_values; k++) {
        ANA_TRY(summarise(b, k, options, n, jackknife, column));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_resampling_bootstrap(size_t n, size_t n_values, ana_statistic_function statistic,
                                    void *user, const ana_resampling_options *options,
                                    ana_bootstrap **out)
{
    ana_status status = ANA_OK;
    ana_bootstrap *b = NULL;
    ana_resampling_options used = options != NULL ? *options : ana_resampling_options_default();
    used.scheme = ANA_SCHEME_BOOTSTRAP;
    ANA_TRY(check_options(n, &used));
    ANA_TRY(ana_allocate(1, sizeof *b, "resampling", &b));
    b->n_resamples = used.n_resamples;
    b->n_values = n_values;
    ANA_TRY(make_room(&used.run, 1, n_values, &b->estimate));
    ANA_TRY(make_room(&used.run, 1, n_values, &b->standard_error));
    ANA_TRY(make_room(&used.run, 1, n_values, &b->low));
    ANA_TRY(make_room(&used.run, 1, n_values, &b->high));
    ANA_TRY(make_room(&used.run, used.n_resamples, n_values, &b->resampled));
    ANA_TRY(observe(n, statistic, user, b->estimate));
    ANA_TRY(resample(n, statistic, user, &used, false, n_values, b->resampled));
    if (used.run.shard.count > 1) {
        fill_nan(n_values, b->standard_error);
        fill_nan(n_values, b->low);
        fill_nan(n_values, b->high);
    } else {
        ANA_TRY(summarise_all(b, n, statistic, user, &used));
    }
    *out = b;
done:
    if (status != ANA_OK) {
        ana_bootstrap_free(b);
    }
    return status;
}

void ana_bootstrap_free(ana_bootstrap *bootstrap)
{
    if (bootstrap != NULL) {
        free(bootstrap->estimate);
        free(bootstrap->standard_error);
        free(bootstrap->low);
        free(bootstrap->high);
        free(bootstrap->resampled);
        free(bootstrap);
    }
}
