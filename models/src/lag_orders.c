/* Orders without scores: MDOP of each trial, and Akaike's criterion of autoregressive models. */
#include "lag_embedding_parts.h"
#include "lag_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>

#include <math.h>
#include <omp.h>
#include <string.h>

/* What MDOP finds in some trials. */
typedef struct embedding_work {
    ana_lag_products *products;
    const ana_lag_embedding_options *options;
    const embedding_room *rooms; /* of each thread */
    const size_t *trials;        /* n_trials */
    size_t n_trials;
    embedding_fault *faults; /* n_trials */
    size_t *channels;        /* n_trials: where the fault is */
} embedding_work;

static void embed_trial(const embedding_work *work, size_t k, const embedding_room *room)
{
    ana_lag_products *products = work->products;
    const size_t trial = work->trials[k];
    const size_t c = products->n_channels;
    const embedding_input input = {c, products->n_times,
                                   products->samples + trial * products->n_times * c, 1, c};
    ana_lag_embedding found;
    double sum = 0.0;
    work->faults[k] = embedding_run(&input, work->options, room, &found, &work->channels[k]);
    if (work->faults[k] != EMBEDDING_FINE) {
        return;
    }
    for (size_t i = 0; i < found.n_delays; i++) {
        sum += (double)found.delays[i];
    }
    products->order[trial] = found.n_delays;
    products->lag[trial] = sum / (double)found.n_delays;
    products->embedded[trial] = true;
}

static void embed_all(const embedding_work *work, int n_threads)
{
#pragma omp parallel for default(none) schedule(static) num_threads(n_threads) shared(work)
    for (size_t k = 0; k < work->n_trials; k++) {
        embed_trial(work, k, work->rooms + omp_get_thread_num());
    }
}

/* Trials that are not known yet, in pieces, so that progress is told. */
static ana_status embed_pieces(const lag_job *job, embedding_work *work, const size_t *unknown,
                               size_t n, int n_threads)
{
    ana_status status = ANA_OK;
    const size_t piece = 8 * (size_t)n_threads;
    for (size_t first = 0; first < n; first += piece) {
        work->trials = unknown + first;
        work->n_trials = n - first < piece ? n - first : piece;
        embed_all(work, n_threads);
        for (size_t k = 0; k < work->n_trials; k++) {
            if (work->faults[k] != EMBEDDING_FINE) {
                ANA_TRY(embedding_refuse(work->faults[k], work->channels[k], ""));
            }
        }
        ANA_TRY(ana_run_progress(&job->options->run, "mdop", first + work->n_trials, n));
    }
done:
    return status;
}

ana_status lag_embed_trials(const lag_job *job)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_lag_embedding_options options = ana_lag_embedding_options_default();
    const ana_lag_products *products = job->products;
    const int n_threads = ana_run_threads(&job->options->run, job->n_items);
    size_t n = 0;
    size_t *unknown = ana_workspace_sizes(&workspace, job->n_items, 1);
    embedding_room *rooms = ana_workspace_bytes(&workspace, (size_t)n_threads, 1, sizeof *rooms);
    embedding_work work = {
        .products = job->products,
        .options = &options,
        .rooms = rooms,
        .faults = ana_workspace_bytes(&workspace, job->n_items, 1, sizeof *work.faults),
        .channels = ana_workspace_sizes(&workspace, job->n_items, 1)};
    ANA_TRY(ana_workspace_check(&workspace, "mdop"));
    for (int t = 0; t < n_threads; t++) {
        embedding_open_room(products->n_channels, products->n_times, &options, &workspace,
                            &rooms[t]);
    }
    ANA_TRY(ana_workspace_check(&workspace, "mdop"));
    ANA_TRY(embedding_check_length(products->n_times, &options));
    for (size_t k = 0; k < job->n_items; k++) {
        if (!products->embedded[job->items[k]]) {
            unknown[n++] = job->items[k];
        }
    }
    ANA_TRY(embed_pieces(job, &work, unknown, n, n_threads));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* to = blocks of from in the opposite order without the first `skipped`: the present first, then
 * lag after lag into the past. */
static void turn_blocks(size_t c, size_t order, size_t skipped, const double *from, double *to)
{
    const size_t n = order * c;
    const size_t n_left = n - skipped * c;
    for (size_t i = 0; i < n_left; i++) {
        const size_t row = (order - 1 - skipped - i / c) * c + i % c;
        for (size_t j = 0; j < n_left; j++) {
            const size_t column = (order - 1 - skipped - j / c) * c + j % c;
            to[i * n_left + j] = from[row * n + column];
        }
    }
}

/* aic[o - 1] = ln det of what is left of the present given o - 1 lags + 2 parameters / samples. By
 * the determinants of leading blocks, with the present and without. NaN beyond `order`. */
static ana_status find_criteria(const lag_job *job, lag_embedding at, double *room, double *aic)
{
    ana_status status = ANA_OK;
    const size_t c = job->products->n_channels;
    const size_t n = at.order * c;
    const double *mean = room;
    double *with = room + n * n;
    double *without = room + 2 * n * n;
    const double n_samples = (double)job->n_items * (double)lag_window(job->products, at);
    double sum = 0.0;
    turn_blocks(c, at.order, 0, mean, with);
    ANA_TRY(ana_linalg_cholesky(n, with, with));
    turn_blocks(c, at.order, 1, mean, without);
    ANA_TRY(ana_linalg_cholesky(n - c, without, without));
    for (size_t o = 1; o <= at.order; o++) {
        for (size_t i = (o - 1) * c; i < o * c; i++) {
            sum += 2.0 * log(with[i * (n + 1)]);
        }
        for (size_t i = (o - 2) * c; o > 1 && i < (o - 1) * c; i++) {
            sum -= 2.0 * log(without[i * (n - c + 1)]);
        }
        const double parameters = (double)((o - 1) * c * c);
        aic[o - 1] = sum + 2.0 * parameters / n_samples;
    }
done:
    return status;
}

/* room[0 ... n x n - 1] = mean covariance of the items over all samples that the order leaves. */
static ana_status find_mean(const lag_job *job, lag_embedding at, double *room)
{
    const size_t size = at.order * job->products->n_channels * at.order * job->products->n_channels;
    const ana_status status = lag_place(job, at, job->n_items);
    memset(room, 0, size * sizeof *room);
    for (size_t k = 0; k < job->n_items && status == ANA_OK; k++) {
        for (size_t e = 0; e < size; e++) {
            room[e] += job->x[k * size + e] / (double)job->n_items;
        }
    }
    return status;
}

ana_status lag_find_orders(const lag_job *job, double *aic)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t most = job->options->max_order;
    const size_t rows = most * job->products->n_channels;
    double *room = ana_workspace_doubles(&workspace, rows * 3, rows);
    ANA_TRY(ana_workspace_check(&workspace, "lags"));
    for (size_t k = 0; k < job->n_items; k++) {
        job->places[k] = k;
    }
    for (size_t lag = 1; lag <= job->options->max_lag; lag++) {
        double *criteria = aic + (lag - 1) * most;
        size_t order = most;
        while (order > 1 && job->products->n_times < (order - 1) * lag + 2) {
            order--;
        }
        for (size_t o = 0; o < most; o++) {
            criteria[o] = NAN;
        }
        const lag_embedding at = {order, order > 1 ? lag : 0, order - 1};
        ANA_TRY(find_mean(job, at, room));
        ANA_TRY(find_criteria(job, at, room, criteria));
        ANA_TRY(ana_run_progress(&job->options->run, "orders", lag, job->options->max_lag));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
