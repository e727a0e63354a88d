#include "hmm_start.h"

#include "try.h"

#include <math.h>
#include <string.h>

enum {
    MAX_ROWS = 20000,
    HALF_WINDOW = 2,
    N_LLOYD = 20
};

/* Mean over the sequence's rows around t of sqrt(count), of those observed; NaN when there is none.
 */
static double smooth_at(const ana_observations *observations, size_t begin, size_t end, size_t t,
                        size_t feature)
{
    size_t first = t - begin > HALF_WINDOW ? t - HALF_WINDOW : begin;
    size_t last = end - t > HALF_WINDOW + 1 ? t + HALF_WINDOW : end - 1;
    double sum = 0.0;
    double n = 0.0;
    for (size_t s = first; s <= last; s++) {
        double y = observations->values[s * observations->n_features + feature];
        if (!isnan(y)) {
            sum += sqrt(y);
            n += 1.0;
        }
    }
    return n > 0.0 ? sum / n : (double)NAN;
}

static void mean_counts(const ana_observations *observations, double *mean)
{
    const size_t n_features = observations->n_features;
    for (size_t f = 0; f < n_features; f++) {
        double sum = 0.0;
        double n = 0.0;
        for (size_t t = 0; t < observations->n_times; t++) {
            double y = observations->values[t * n_features + f];
            if (!isnan(y)) {
                sum += y;
                n += 1.0;
            }
        }
        mean[f] = n > 0.0 ? sum / n : 0.0;
    }
}

ana_status ana_hmm_sample_new(ana_workspace *workspace, const ana_observations *observations,
                              ana_hmm_sample *out)
{
    const size_t n_times = observations->n_times;
    const size_t n_features = observations->n_features;
    ana_hmm_sample sample = {.n_rows = n_times < MAX_ROWS ? n_times : MAX_ROWS,
                             .n_features = n_features};
    sample.smooth = ana_workspace_doubles(workspace, sample.n_rows, n_features);
    sample.counts = ana_workspace_doubles(workspace, sample.n_rows, n_features);
    sample.mean_count = ana_workspace_doubles(workspace, n_features, 1);
    ana_status status = ana_workspace_check(workspace, "hmm start");
    if (status != ANA_OK) {
        return status;
    }
    mean_counts(observations, sample.mean_count);
    size_t sequence = 0;
    for (size_t row = 0; row < sample.n_rows; row++) {
        size_t t = (size_t)((double)row * (double)n_times / (double)sample.n_rows);
        while (t >= observations->sequence_start[sequence + 1]) {
            sequence++;
        }
        size_t begin = observations->sequence_start[sequence];
        size_t end = observations->sequence_start[sequence + 1];
        for (size_t f = 0; f < n_features; f++) {
            double value = smooth_at(observations, begin, end, t, f);
            sample.smooth[row * n_features + f] = isnan(value) ? sqrt(sample.mean_count[f]) : value;
            sample.counts[row * n_features + f] = observations->values[t * n_features + f];
        }
    }
    *out = sample;
    return ANA_OK;
}

ana_hmm_start_buffers ana_hmm_start_buffers_new(ana_workspace *workspace, size_t n_rows,
                                                size_t n_states, size_t n_features)
{
    ana_hmm_start_buffers buffers = {
        .distance = ana_workspace_doubles(workspace, n_rows, 1),
        .cluster = ana_workspace_sizes(workspace, n_rows, 1),
        .centre = ana_workspace_doubles(workspace, n_states, n_features),
        .sums = ana_workspace_doubles(workspace, n_states, n_features),
        .n_members = ana_workspace_doubles(workspace, n_states, n_features),
    };
    return buffers;
}

static double squared_distance(size_t n, const double *a, const double *b)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return sum;
}

/* Centres drawn with probability proportional to the squared distance to the nearest one so far. */
static void seed_centres(const ana_hmm_sample *sample, size_t n_states, ana_random *random,
                         const ana_hmm_start_buffers *buffers)
{
    const size_t n = sample->n_features;
    for (size_t r = 0; r < sample->n_rows; r++) {
        buffers->distance[r] = (double)INFINITY;
    }
    size_t chosen = (size_t)ana_random_below(random, sample->n_rows);
    for (size_t k = 0; k < n_states; k++) {
        const double *centre = sample->smooth + chosen * n;
        memcpy(buffers->centre + k * n, centre, n * sizeof *centre);
        double total = 0.0;
        for (size_t r = 0; r < sample->n_rows; r++) {
            double d = squared_distance(n, sample->smooth + r * n, centre);
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
    const size_t n = sample->n_features;
    for (size_t r = 0; r < sample->n_rows; r++) {
        double nearest = (double)INFINITY;
        for (size_t k = 0; k < n_states; k++) {
            double d = squared_distance(n, sample->smooth + r * n, buffers->centre + k * n);
            if (d < nearest) {
                nearest = d;
                buffers->cluster[r] = k;
            }
        }
    }
}

/* Sums of `values` (n_rows x N) over each cluster's rows, leaving out what is missing. */
static void sum_clusters(const ana_hmm_sample *sample, size_t n_states, const double *values,
                         const ana_hmm_start_buffers *buffers)
{
    const size_t n = sample->n_features;
    memset(buffers->sums, 0, n_states * n * sizeof *buffers->sums);
    memset(buffers->n_members, 0, n_states * n * sizeof *buffers->n_members);
    for (size_t r = 0; r < sample->n_rows; r++) {
        double *sums = buffers->sums + buffers->cluster[r] * n;
        double *members = buffers->n_members + buffers->cluster[r] * n;
        for (size_t f = 0; f < n; f++) {
            if (!isnan(values[r * n + f])) {
                sums[f] += values[r * n + f];
                members[f] += 1.0;
            }
        }
    }
}

void ana_hmm_start_rates(const ana_hmm_sample *sample, size_t n_states, ana_random *random,
                         const ana_hmm_start_buffers *buffers, double *rates)
{
    const size_t n = sample->n_features;
    seed_centres(sample, n_states, random, buffers);
    for (int i = 0; i < N_LLOYD; i++) {
        assign_rows(sample, n_states, buffers);
        sum_clusters(sample, n_states, sample->smooth, buffers);
        for (size_t j = 0; j < n_states * n; j++) {
            if (buffers->n_members[j] > 0.0) {
                buffers->centre[j] = buffers->sums[j] / buffers->n_members[j];
            }
        }
    }
    sum_clusters(sample, n_states, sample->counts, buffers);
    for (size_t k = 0; k < n_states; k++) {
        for (size_t f = 0; f < n; f++) {
            size_t j = k * n + f;
            rates[j] = (buffers->sums[j] + sample->mean_count[f]) / (buffers->n_members[j] + 1.0);
        }
    }
}
