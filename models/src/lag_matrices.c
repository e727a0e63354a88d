/* Augmented covariances of many trials. */
#include "lag_parts.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <omp.h>

/* Oracle approximating shrinkage, Chen et al. 2010, eq. 23 as scikit-learn has it, of a covariance
 * with divisor n - 1. */
static void shrink(size_t n, size_t window, double *a)
{
    const double share = ((double)window - 1.0) / (double)window;
    double mean = 0.0;
    double squares = 0.0;
    for (size_t e = 0; e < n * n; e++) {
        a[e] *= share;
        squares += a[e] * a[e];
    }
    for (size_t i = 0; i < n; i++) {
        mean += a[i * (n + 1)] / (double)n;
    }
    squares /= (double)(n * n);
    const double top = squares + mean * mean;
    const double bottom = ((double)window + 1.0) * (squares - mean * mean / (double)n);
    const double amount = bottom > 0.0 ? fmin(top / bottom, 1.0) : 1.0;
    for (size_t e = 0; e < n * n; e++) {
        a[e] *= 1.0 - amount;
    }
    for (size_t i = 0; i < n; i++) {
        a[i * (n + 1)] += amount * mean;
    }
}

static ana_status make_matrix(const lag_job *job, lag_embedding at, size_t k, double *room)
{
    const size_t n = at.order * job->products->n_channels;
    double *out = job->x + k * n * n;
    ana_status status = lag_assemble(job->products, job->items[job->places[k]], at, room, out);
    if (status == ANA_OK && job->options->estimator == ANA_LAG_OAS) {
        shrink(n, lag_window(job->products, at), out);
    }
    return status;
}

ana_status ana_lag_covariance(const ana_lag_products *products, size_t trial, size_t order,
                              size_t lag, const ana_lag_options *options, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_lag_options chosen = options != NULL ? *options : ana_lag_options_default();
    if (order == 0 || order > products->max_order || (order > 1 && lag == 0) ||
        (order > 1 && lag > products->max_lag) || trial >= products->n_trials) {
        return ana_fail(ANA_ERR_VALUE,
                        "lags: order %zu, lag %zu of trial %zu; orders 1 to %zu, lags 1 to %zu "
                        "and trials below %zu are there",
                        order, lag, trial, products->max_order, products->max_lag,
                        products->n_trials);
    }
    const lag_embedding at = lag_embedding_of(order, lag, chosen.tail, chosen.max_order);
    if (lag_window(products, at) < 2 || at.span < order - 1) {
        return ana_fail(ANA_ERR_VALUE,
                        "lags: trials of %zu samples are too short for order %zu at lag %zu",
                        products->n_times, order, lag);
    }
    const size_t n = order * products->n_channels;
    double *room = ana_workspace_doubles(&workspace, lag_room_size(products, order), 1);
    ANA_TRY(ana_workspace_check(&workspace, "lags"));
    ANA_TRY(lag_assemble(products, trial, at, room, out));
    if (chosen.estimator == ANA_LAG_OAS) {
        shrink(n, lag_window(products, at), out);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static void make_all(const lag_job *job, lag_embedding at, size_t n_placed, int n_threads)
{
#pragma omp parallel for default(none) schedule(static) num_threads(n_threads)                     \
    shared(job, at, n_placed)
    for (size_t k = 0; k < n_placed; k++) {
        double *room = job->rooms + (size_t)omp_get_thread_num() * job->room_size;
        job->statuses[k] = make_matrix(job, at, k, room);
    }
}

ana_status lag_place(const lag_job *job, lag_embedding at, size_t n_placed)
{
    make_all(job, at, n_placed, ana_run_threads(&job->options->run, n_placed));
    for (size_t k = 0; k < n_placed; k++) {
        if (job->statuses[k] != ANA_OK) {
            return job->statuses[k];
        }
    }
    return ANA_OK;
}
