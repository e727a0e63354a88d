/* Ranks of candidates, the scores they make, and their chance. */
#include "lists.h"
#include "memory.h"
#include "order.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/retrieval.h>
#include <analysis/resampling.h>
#include <analysis/stats.h>

#include <math.h>
#include <omp.h>
#include <stdlib.h>

ana_retrieval_options ana_retrieval_options_default(void)
{
    return (ana_retrieval_options){.run = ana_run_default(), .n_permutations = 1000};
}

const ana_option ana_retrieval_option_table[] = {
    {"permutations", ANA_OPTION_SIZE, offsetof(ana_retrieval_options, n_permutations), 0, 1e8, NULL,
     "N", "of which stimulus each prediction was of; 0: no test", false},
    ANA_OPTION_END,
};

/* Every candidate's place for every prediction: how many are more alike, how many as much. */
typedef struct places {
    const ana_retrieval_task *task;
    int n_threads;
    double *above;      /* n x m */
    double *equal;      /* n x m, itself included */
    ana_placed *sorted; /* threads x m */
} places;

static void place_row(const places *self, size_t i, ana_placed *sorted)
{
    const size_t m = self->task->n_candidates;
    for (size_t c = 0; c < m; c++) {
        sorted[c] = (ana_placed){self->task->similarity[i * m + c], c};
    }
    qsort(sorted, m, sizeof *sorted, ana_compare_falling);
    for (size_t first = 0; first < m;) {
        size_t stop = first + 1;
        while (stop < m && sorted[stop].value == sorted[first].value) {
            stop++;
        }
        for (size_t k = first; k < stop; k++) {
            self->above[i * m + sorted[k].index] = (double)first;
            self->equal[i * m + sorted[k].index] = (double)(stop - first);
        }
        first = stop;
    }
}

static void place_all(const places *self)
{
    const size_t n = self->task->n_predictions;
#pragma omp parallel for default(none) num_threads(self->n_threads) schedule(static) shared(self, n)
    for (size_t i = 0; i < n; i++) {
        place_row(self, i, self->sorted + (size_t)omp_get_thread_num() * self->task->n_candidates);
    }
}

/* Expected over the orders of ties: of being among the first k, and of 1 / (1 + rank). */
static double share_within(double k, double above, double equal)
{
    return fmin(fmax((k - above) / equal, 0.0), 1.0);
}

static double reciprocal(double above, double equal)
{
    const size_t n = (size_t)equal;
    double sum = 0.0;
    for (size_t j = 0; j < n; j++) {
        sum += 1.0 / (above + 1.0 + (double)j);
    }
    return sum / equal;
}

enum {
    TWO_AFC,
    RECIPROCAL,
    MEDIAN,
    N_OTHERS
};

typedef struct scoring {
    const places *places;
    size_t n_k;
    const size_t *k;
    double *ranks; /* workers x n */
} scoring;

/* values[n_k + N_OTHERS]: the top-k shares and the others; the median with its sign turned, so that
 * more is better in all. The stimulus of prediction i is that of prediction order[i]. */
static ana_status score(void *user, const ana_rearranged *data, double *values)
{
    const scoring *self = user;
    const ana_retrieval_task *task = self->places->task;
    const size_t n = task->n_predictions;
    const double m = (double)task->n_candidates;
    double *ranks = self->ranks + data->worker * n;
    double *others = values + self->n_k;
    for (size_t v = 0; v < self->n_k + N_OTHERS; v++) {
        values[v] = 0.0;
    }
    for (size_t i = 0; i < n; i++) {
        const size_t at = i * task->n_candidates + task->target[data->order[i]];
        const double above = self->places->above[at];
        const double equal = self->places->equal[at];
        ranks[i] = above + 0.5 * (equal - 1.0);
        for (size_t v = 0; v < self->n_k; v++) {
            values[v] += share_within((double)self->k[v], above, equal) / (double)n;
        }
        others[RECIPROCAL] += reciprocal(above, equal) / (double)n;
        others[TWO_AFC] += ranks[i];
    }
    others[TWO_AFC] = 1.0 - others[TWO_AFC] / ((double)n * (m - 1.0));
    others[MEDIAN] = -ana_stats_median_in_place(n, ranks) / (m - 1.0);
    return ANA_OK;
}

static ana_status check_task(const ana_retrieval_task *task, const ana_retrieval_options *use)
{
    if (task->n_predictions == 0 || task->n_candidates < 2) {
        return ana_fail(ANA_ERR_SHAPE,
                        "retrieval: %zu predictions and %zu candidates; one and two are needed",
                        task->n_predictions, task->n_candidates);
    }
    for (size_t v = 0; v < use->n_k; v++) {
        if (use->k[v] == 0 || use->k[v] > task->n_candidates) {
            return ana_fail(ANA_ERR_VALUE, "retrieval: top %zu of %zu candidates", use->k[v],
                            task->n_candidates);
        }
    }
    for (size_t i = 0; i < task->n_predictions; i++) {
        if (task->target[i] >= task->n_candidates) {
            return ana_fail(ANA_ERR_VALUE, "retrieval: prediction %zu is of candidate %zu of %zu",
                            i, task->target[i], task->n_candidates);
        }
        for (size_t c = 0; c < task->n_candidates; c++) {
            if (isnan(task->similarity[i * task->n_candidates + c])) {
                return ana_fail(ANA_ERR_VALUE,
                                "retrieval: the similarity of prediction %zu and candidate %zu is "
                                "missing",
                                i, c);
            }
        }
    }
    return ANA_OK;
}

static ana_status make_result(const ana_retrieval_task *task, const ana_retrieval_options *use,
                              ana_retrieval **out)
{
    static const size_t usual[] = {1, 5, 10};
    ana_status status = ANA_OK;
    ana_retrieval *made = NULL;
    const size_t *k = use->n_k > 0 ? use->k : usual;
    size_t n_k = use->n_k > 0 ? use->n_k : 3;
    while (use->n_k == 0 && n_k > 1 && usual[n_k - 1] > task->n_candidates) {
        n_k--;
    }
    ANA_TRY(ana_allocate(1, sizeof *made, "retrieval", &made));
    made->n_predictions = task->n_predictions;
    made->n_candidates = task->n_candidates;
    made->n_k = n_k;
    ANA_TRY(ana_allocate(task->n_predictions, sizeof(double), "retrieval", &made->rank));
    ANA_TRY(ana_allocate(n_k, sizeof(size_t), "retrieval", &made->k));
    ANA_TRY(ana_allocate(n_k, sizeof(double), "retrieval", &made->top));
    ANA_TRY(ana_allocate(n_k, sizeof(double), "retrieval", &made->chance_top));
    ANA_TRY(ana_allocate(n_k, sizeof(double), "retrieval", &made->p_top));
    ANA_TRY(ana_allocate(task->n_candidates, sizeof(double), "retrieval", &made->curve));
    for (size_t v = 0; v < n_k; v++) {
        made->k[v] = k[v];
        made->chance_top[v] = (double)k[v] / (double)task->n_candidates;
        made->p_top[v] = NAN;
    }
    for (size_t c = 0; c < task->n_candidates; c++) {
        made->chance_mean_reciprocal_rank += 1.0 / ((double)(c + 1) * (double)task->n_candidates);
    }
    made->p_two_afc = made->p_mean_reciprocal_rank = made->p_median_relative_rank = NAN;
    *out = made;
    made = NULL;
done:
    ana_retrieval_free(made);
    return status;
}

/* The scores of the data as they are. */
static void keep(const places *found, const double *values, ana_retrieval *made)
{
    const size_t n = made->n_predictions;
    const size_t m = made->n_candidates;
    const double *others = values + made->n_k;
    for (size_t v = 0; v < made->n_k; v++) {
        made->top[v] = values[v];
    }
    made->two_afc = others[TWO_AFC];
    made->mean_reciprocal_rank = others[RECIPROCAL];
    made->median_relative_rank = -others[MEDIAN];
    for (size_t i = 0; i < n; i++) {
        const size_t at = i * m + found->task->target[i];
        made->rank[i] = found->above[at] + 0.5 * (found->equal[at] - 1.0);
        for (size_t c = 0; c < m; c++) {
            made->curve[c] +=
                share_within((double)(c + 1), found->above[at], found->equal[at]) / (double)n;
        }
    }
}

static ana_status test(scoring *self, const ana_retrieval_options *use, ana_retrieval *made)
{
    ana_status status = ANA_OK;
    ana_resampling_test_result *result = NULL;
    ana_resampling_options resampling = ana_resampling_options_default();
    const size_t n = made->n_predictions;
    resampling.run = use->run;
    resampling.n_resamples = use->n_permutations;
    resampling.tail = ANA_TAIL_GREATER;
    ANA_TRY(ana_resampling_test(n, made->n_k + N_OTHERS, score, self, &resampling, &result));
    for (size_t v = 0; v < made->n_k; v++) {
        made->p_top[v] = result->p[v];
    }
    made->p_two_afc = result->p[made->n_k + TWO_AFC];
    made->p_mean_reciprocal_rank = result->p[made->n_k + RECIPROCAL];
    made->p_median_relative_rank = result->p[made->n_k + MEDIAN];
done:
    ana_resampling_test_free(result);
    return status;
}

ana_status ana_retrieval_compute(const ana_retrieval_task *task,
                                 const ana_retrieval_options *options, ana_retrieval **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_retrieval *made = NULL;
    const ana_retrieval_options defaults = ana_retrieval_options_default();
    const ana_retrieval_options *use = options != NULL ? options : &defaults;
    const size_t n = task->n_predictions;
    const size_t m = task->n_candidates;
    ANA_TRY(ana_options_check(ana_retrieval_option_table, use, "retrieval"));
    ANA_TRY(check_task(task, use));
    places found = {.task = task, .n_threads = ana_run_threads(&use->run, n)};
    const size_t workers = (size_t)ana_run_threads(&use->run, use->n_permutations + 1);
    found.above = ana_workspace_doubles(&workspace, n, m);
    found.equal = ana_workspace_doubles(&workspace, n, m);
    found.sorted =
        ana_workspace_bytes(&workspace, (size_t)found.n_threads, m, sizeof *found.sorted);
    size_t *order = ana_workspace_sizes(&workspace, n, 1);
    scoring self = {.places = &found, .ranks = ana_workspace_doubles(&workspace, workers, n)};
    ANA_TRY(make_result(task, use, &made));
    double *values = ana_workspace_doubles(&workspace, made->n_k + N_OTHERS, 1);
    ANA_TRY(ana_workspace_check(&workspace, "retrieval"));
    self.n_k = made->n_k;
    self.k = made->k;
    place_all(&found);
    for (size_t i = 0; i < n; i++) {
        order[i] = i;
    }
    const ana_rearranged as_it_is = {.n = n, .order = order};
    ANA_TRY(score(&self, &as_it_is, values));
    keep(&found, values, made);
    if (use->n_permutations > 0 && n > 1) {
        ANA_TRY(test(&self, use, made));
    }
    *out = made;
    made = NULL;
done:
    ana_retrieval_free(made);
    ana_workspace_release(&workspace);
    return status;
}

void ana_retrieval_free(ana_retrieval *retrieval)
{
    if (retrieval == NULL) {
        return;
    }
    ana_free_texts(retrieval->n_predictions, retrieval->stimuli);
    free(retrieval->rank);
    free(retrieval->k);
    free(retrieval->top);
    free(retrieval->chance_top);
    free(retrieval->p_top);
    free(retrieval->curve);
    free(retrieval);
}
