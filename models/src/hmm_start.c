#include "hmm_start.h"

#include "dense.h"
#include "try.h"

#include <math.h>
#include <string.h>

enum {
    MAX_ROWS = 20000,
    HALF_WINDOW = 2,
    N_LLOYD = 20
};

/* Mean over the sequence's rows around t of a coordinate, of those observed; NaN when none is. */
static double smooth_at(ana_hmm_coordinate coordinate, const void *data, size_t begin, size_t end,
                        size_t t, size_t column)
{
    size_t first = t - begin > HALF_WINDOW ? t - HALF_WINDOW : begin;
    size_t last = end - t > HALF_WINDOW + 1 ? t + HALF_WINDOW : end - 1;
    double sum = 0.0;
    double n = 0.0;
    for (size_t s = first; s <= last; s++) {
        double y = coordinate(data, s, column);
        if (!isnan(y)) {
            sum += y;
            n += 1.0;
        }
    }
    return n > 0.0 ? sum / n : (double)NAN;
}

ana_status ana_hmm_sample_new(const ana_observations *observations, size_t n_columns,
                              ana_hmm_coordinate coordinate, const void *data, const double *fill,
                              ana_workspace *workspace, ana_hmm_sample *out)
{
    const size_t n_times = observations->n_times;
    ana_hmm_sample sample = {.n_rows = n_times < MAX_ROWS ? n_times : MAX_ROWS,
                             .n_columns = n_columns};
    sample.smooth = ana_workspace_doubles(workspace, sample.n_rows, n_columns);
    sample.row = ana_workspace_sizes(workspace, sample.n_rows, 1);
    ana_status status = ana_workspace_check(workspace, "hmm start");
    if (status != ANA_OK) {
        return status;
    }
    size_t sequence = 0;
    for (size_t row = 0; row < sample.n_rows; row++) {
        size_t t = (size_t)((double)row * (double)n_times / (double)sample.n_rows);
        while (t >= observations->sequence_start[sequence + 1]) {
            sequence++;
        }
        size_t begin = observations->sequence_start[sequence];
        size_t end = observations->sequence_start[sequence + 1];
        sample.row[row] = t;
        for (size_t c = 0; c < n_columns; c++) {
            double value = smooth_at(coordinate, data, begin, end, t, c);
            sample.smooth[row * n_columns + c] = isnan(value) ? fill[c] : value;
        }
    }
    *out = sample;
    return ANA_OK;
}

ana_hmm_start_buffers ana_hmm_start_buffers_new(ana_workspace *workspace, size_t n_rows,
                                                size_t n_states, size_t n_columns)
{
    ana_hmm_start_buffers buffers = {
        .distance = ana_workspace_doubles(workspace, n_rows, 1),
        .cluster = ana_workspace_sizes(workspace, n_rows, 1),
        .centre = ana_workspace_doubles(workspace, n_states, n_columns),
        .sums = ana_workspace_doubles(workspace, n_states, n_columns),
        .n_members = ana_workspace_doubles(workspace, n_states, 1),
    };
    return buffers;
}

/* Centres drawn with probability proportional to the squared distance to the nearest one so far. */
static void seed_centres(const ana_hmm_sample *sample, size_t n_states, ana_random *random,
                         const ana_hmm_start_buffers *buffers)
{
    const size_t n = sample->n_columns;
    for (size_t r = 0; r < sample->n_rows; r++) {
        buffers->distance[r] = (double)INFINITY;
    }
    size_t chosen = (size_t)ana_random_below(random, sample->n_rows);
    for (size_t k = 0; k < n_states; k++) {
        const double *centre = sample->smooth + chosen * n;
        memcpy(buffers->centre + k * n, centre, n * sizeof *centre);
        double total = 0.0;
        for (size_t r = 0; r < sample->n_rows; r++) {
            double d = ana_squared_distance(n, sample->smooth + r * n, centre);
            buffers->distance[r] = d < buffers->distance[r] ? d : buffers->distance[r];
            total += buffers->distance[r];
        }
        chosen = total > 0.0 ? ana_random_categorical(random, sample->n_rows, buffers->distance)
                             : (size_t)ana_random_below(random, sample->n_rows);
    }
}

static void assign_rows(const ana_hmm_sample *sample, size_t n_states,
                        const ana_hmm_start_buffers *buffers)
{
    const size_t n = sample->n_columns;
    for (size_t r = 0; r < sample->n_rows; r++) {
        double nearest = (double)INFINITY;
        for (size_t k = 0; k < n_states; k++) {
            double d = ana_squared_distance(n, sample->smooth + r * n, buffers->centre + k * n);
            if (d < nearest) {
                nearest = d;
                buffers->cluster[r] = k;
            }
        }
    }
}

/* Each centre becomes the mean of its rows; one without rows stays. */
static void move_centres(const ana_hmm_sample *sample, size_t n_states,
                         const ana_hmm_start_buffers *buffers)
{
    const size_t n = sample->n_columns;
    memset(buffers->sums, 0, n_states * n * sizeof *buffers->sums);
    memset(buffers->n_members, 0, n_states * sizeof *buffers->n_members);
    for (size_t r = 0; r < sample->n_rows; r++) {
        const size_t k = buffers->cluster[r];
        buffers->n_members[k] += 1.0;
        for (size_t c = 0; c < n; c++) {
            buffers->sums[k * n + c] += sample->smooth[r * n + c];
        }
    }
    for (size_t j = 0; j < n_states * n; j++) {
        if (buffers->n_members[j / n] > 0.0) {
            buffers->centre[j] = buffers->sums[j] / buffers->n_members[j / n];
        }
    }
}

void ana_hmm_start_cluster(const ana_hmm_sample *sample, size_t n_states, ana_random *random,
                           const ana_hmm_start_buffers *buffers)
{
    seed_centres(sample, n_states, random, buffers);
    for (int i = 0; i < N_LLOYD; i++) {
        assign_rows(sample, n_states, buffers);
        move_centres(sample, n_states, buffers);
    }
}
