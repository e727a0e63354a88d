#include "dense.h"
#include "labelled_signals.h"
#include "try.h"
#include "workspace.h"

#include <analysis/covariance.h>
#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

const ana_option ana_xdawn_option_table[] = {
    {"filters", ANA_OPTION_SIZE, offsetof(ana_xdawn_options, n_filters), 1, 1e6, NULL, "N",
     "spatial filters of each class", false},
    ANA_OPTION_END,
};

ana_xdawn_options ana_xdawn_options_default(void)
{
    return (ana_xdawn_options){.run = ana_run_default(), .n_filters = 4};
}

size_t ana_xdawn_n_filters(size_t n, size_t n_classes, const ana_xdawn_options *options)
{
    const ana_xdawn_options chosen = options != NULL ? *options : ana_xdawn_options_default();
    return (chosen.n_filters < n ? chosen.n_filters : n) * n_classes;
}

/* What the classes share. */
typedef struct xdawn_room {
    double *all;      /* n x n: covariance of all trials */
    double *response; /* n x n_times: the class's average */
    double *evoked;   /* n x n: its covariance */
    double *values;   /* n */
    double *vectors;  /* n x n */
} xdawn_room;

static ana_status solve(const ana_labelled_signals *known, size_t c, xdawn_room *room)
{
    const size_t n = known->n;
    labelled_signals_average(known, c, room->response);
    ana_status status = ana_covariance_compute(ANA_COVARIANCE_EMPIRICAL, n, known->n_times,
                                               room->response, room->evoked);
    if (status != ANA_OK) {
        return status;
    }
    status = ana_linalg_eigen_generalised(n, room->evoked, room->all, room->values, room->vectors);
    return status != ANA_ERR_NUMERIC
               ? status
               : ana_fail(ANA_ERR_NUMERIC,
                          "xdawn: the covariance of %zu channels is singular, as that of "
                          "average-referenced channels is; take fewer of them",
                          n);
}

/* Filters of class c from row `first`, each of length 1. With V' C V = 1, row k of V^-1 is v_k' C.
 */
static ana_status take(const ana_labelled_signals *known, size_t n_own, size_t first,
                       const xdawn_room *room, const ana_spatial_filters *out)
{
    const size_t n = known->n;
    ana_status status = ANA_OK;
    for (size_t k = 0; k < n_own && status == ANA_OK; k++) {
        const size_t from = n - 1 - k;
        const double *vector = room->vectors + from * n;
        double *filter = out->filters + (first + k) * n;
        const double length = sqrt(ana_dot(n, vector, vector));
        for (size_t j = 0; j < n; j++) {
            filter[j] = vector[j] / length;
        }
        if (out->patterns != NULL) {
            double *pattern = out->patterns + (first + k) * n;
            status = ana_linalg_apply(n, n, room->all, false, vector, pattern);
            for (size_t j = 0; j < n; j++) {
                pattern[j] *= length;
            }
        }
        if (out->values != NULL) {
            out->values[first + k] = room->values[from];
        }
    }
    return status;
}

ana_status ana_xdawn_fit(const ana_labelled_signals *known, const ana_xdawn_options *options,
                         const ana_spatial_filters *out, double *evoked)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = known->n;
    const size_t n_all = ana_xdawn_n_filters(n, known->n_classes, options);
    xdawn_room room = {ana_workspace_doubles(&workspace, n, n),
                       ana_workspace_doubles(&workspace, n, known->n_times),
                       ana_workspace_doubles(&workspace, n, n),
                       ana_workspace_doubles(&workspace, n, 1),
                       ana_workspace_doubles(&workspace, n, n)};
    ANA_TRY(ana_workspace_check(&workspace, "xdawn"));
    ANA_TRY(labelled_signals_check(known, "xdawn"));
    if (out->n_filters != n_all || n_all == 0) {
        status = ana_fail(ANA_ERR_SHAPE, "xdawn: room for %zu filters; there are %zu",
                          out->n_filters, n_all);
        goto done;
    }
    const size_t n_own = n_all / known->n_classes;
    ANA_TRY(labelled_signals_covariance(known, "xdawn", room.all));
    for (size_t c = 0; c < known->n_classes; c++) {
        ANA_TRY(solve(known, c, &room));
        ANA_TRY(take(known, n_own, c * n_own, &room, out));
        ANA_TRY(ana_linalg_multiply(n_own, n, known->n_times, out->filters + c * n_own * n,
                                    room.response, evoked + c * n_own * known->n_times));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_xdawn_stack(const ana_labelled_signals *trials, size_t n_all, const double *filters,
                           const double *evoked, double *out)
{
    const size_t size = n_all * trials->n_times;
    ana_status status = ANA_OK;
    for (size_t i = 0; i < trials->n_trials && status == ANA_OK; i++) {
        double *own = out + 2 * i * size;
        memcpy(own, evoked, size * sizeof *own);
        status = ana_linalg_multiply(n_all, trials->n, trials->n_times, filters,
                                     trials->values + i * trials->n * trials->n_times, own + size);
    }
    return status;
}
