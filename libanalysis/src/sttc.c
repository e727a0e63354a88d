#include "stretches.h"
#include "try.h"
#include "workspace.h"

#include <analysis/spike_stats.h>

#include <math.h>
#include <omp.h>

/* One train within one stretch. */
typedef struct piece {
    size_t n;
    const double *times;
    double start;
    double stop;
} piece;

static piece piece_of(const ana_spikes *spikes, size_t unit, double start, double stop)
{
    size_t first = 0;
    size_t n = ana_stretch_spikes(spikes, unit, start, stop, &first);
    piece part = {n, spikes->times + spikes->unit_start[unit] + first, start, stop};
    return part;
}

/* Seconds within `window` of a spike, inside the stretch. */
static double tiled(const piece *train, double window)
{
    double sum = 0.0;
    double covered_to = train->start;
    for (size_t i = 0; i < train->n; i++) {
        double from = fmax(train->times[i] - window, covered_to);
        double to = fmin(train->times[i] + window, train->stop);
        if (to > from) {
            sum += to - from;
            covered_to = to;
        }
    }
    return sum;
}

/* Spikes of a within `window` of a spike of b. */
static size_t count_near(const piece *a, const piece *b, double window)
{
    size_t n_near = 0;
    size_t j = 0;
    for (size_t i = 0; i < a->n; i++) {
        while (j < b->n && a->times[i] - b->times[j] > window) {
            j++;
        }
        n_near += j < b->n && b->times[j] - a->times[i] <= window;
    }
    return n_near;
}

/* (p - t) / (1 - p t), 1 where both are 1. */
static double half(double p, double t)
{
    return p * t == 1.0 ? 1.0 : (p - t) / (1.0 - p * t);
}

static double tile(const ana_spikes *spikes, size_t a, size_t b, double window, double *start,
                   double *stop)
{
    size_t n_stretches = ana_stretches_common(spikes, a, b, start, stop);
    double n_a = 0.0;
    double n_b = 0.0;
    double near_a = 0.0;
    double near_b = 0.0;
    double tiled_a = 0.0;
    double tiled_b = 0.0;
    double observed = 0.0;
    for (size_t i = 0; i < n_stretches; i++) {
        piece one = piece_of(spikes, a, start[i], stop[i]);
        piece other = piece_of(spikes, b, start[i], stop[i]);
        n_a += (double)one.n;
        n_b += (double)other.n;
        near_a += (double)count_near(&one, &other, window);
        near_b += (double)count_near(&other, &one, window);
        tiled_a += tiled(&one, window);
        tiled_b += tiled(&other, window);
        observed += stop[i] - start[i];
    }
    if (n_a == 0.0 || n_b == 0.0) {
        return NAN;
    }
    return 0.5 * (half(near_a / n_a, tiled_b / observed) + half(near_b / n_b, tiled_a / observed));
}

static ana_status check_window(double window_s)
{
    if (!(window_s >= 0.0)) {
        return ana_fail(ANA_ERR_VALUE, "sttc: the window must not be negative");
    }
    return ANA_OK;
}

ana_status ana_sttc(const ana_spikes *spikes, size_t a, size_t b, double window_s, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ANA_TRY(check_window(window_s));
    size_t n_most = ana_stretches_most(spikes, a, b);
    double *start = ana_workspace_doubles(&workspace, n_most, 1);
    double *stop = ana_workspace_doubles(&workspace, n_most, 1);
    ANA_TRY(ana_workspace_check(&workspace, "sttc"));
    *out = tile(spikes, a, b, window_s, start, stop);
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_sttc_matrix(const ana_spikes *spikes, double window_s, const ana_run *run,
                           ana_matrix **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_matrix *matrix = NULL;
    const size_t n = spikes->n_units;
    ANA_TRY(check_window(window_s));
    ANA_TRY(
        ana_matrix_new(2, (const char *const[]){"unit", "unit"}, (const size_t[]){n, n}, &matrix));
    size_t n_most = 2 * spikes->observed_row[n];
    const int n_threads = ana_run_threads(run, n);
    double *room = ana_workspace_doubles(&workspace, (size_t)n_threads, 2 * n_most);
    ANA_TRY(ana_workspace_check(&workspace, "sttc"));
    double *values = matrix->values;
#pragma omp parallel for default(none) shared(spikes, values, room, window_s, n, n_most)           \
    num_threads(n_threads) schedule(dynamic)
    for (size_t a = 0; a < n; a++) {
        double *start = room + (size_t)omp_get_thread_num() * 2 * n_most;
        for (size_t b = 0; b <= a; b++) {
            double value = tile(spikes, a, b, window_s, start, start + n_most);
            values[a * n + b] = value;
            values[b * n + a] = value;
        }
    }
    *out = matrix;
    matrix = NULL;
done:
    ana_matrix_free(matrix);
    ana_workspace_release(&workspace);
    return status;
}
