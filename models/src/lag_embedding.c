/* Delays that unfold the dynamics of several channels: MDOP. */
#include "dense.h"
#include "lag_embedding_parts.h"
#include "simd.h"
#include "try.h"
#include "vec.h"
#include "workspace.h"

#include <math.h>
#include <string.h>

enum {
    FACTORS = 16,       /* differences that are multiplied before a logarithm is taken */
    MUTUAL_DELAYS = 100 /* samples */
};

const ana_option ana_lag_embedding_option_table[] = {
    {"max-delay", ANA_OPTION_SIZE, offsetof(ana_lag_embedding_options, max_delay), 1, 10000, NULL,
     "SAMPLES", "delays that are tried, from 0", false},
    {"growth", ANA_OPTION_DOUBLE, offsetof(ana_lag_embedding_options, growth), 1.0, 1e6, NULL,
     "FACTOR", "of the distance to a neighbour that is false", false},
    {"false-share", ANA_OPTION_DOUBLE, offsetof(ana_lag_embedding_options, false_share), 0.0, 0.999,
     NULL, "SHARE", "of false neighbours at which the search ends", false},
    {"cycles", ANA_OPTION_SIZE, offsetof(ana_lag_embedding_options, max_cycles), 1,
     ANA_LAG_EMBEDDING_CYCLES, NULL, "N", "coordinates at most", false},
    ANA_OPTION_END,
};

ana_lag_embedding_options ana_lag_embedding_options_default(void)
{
    return (ana_lag_embedding_options){.run = ana_run_default(),
                                       .max_delay = 50,
                                       .growth = 2.0,
                                       .false_share = 0.05,
                                       .max_cycles = ANA_LAG_EMBEDDING_CYCLES};
}

void embedding_open_room(size_t n_channels, size_t n_times,
                         const ana_lag_embedding_options *options, ana_workspace *workspace,
                         embedding_room *room)
{
    *room = (embedding_room){
        .series = ana_workspace_doubles(workspace, n_channels, n_times),
        .trajectory = ana_workspace_doubles(workspace, options->max_cycles + 1, n_times),
        .distances = ana_workspace_doubles(workspace, n_times, 1),
        .nearest = ana_workspace_sizes(workspace, n_times, 1),
        .apart = ana_workspace_doubles(workspace, n_times, 1),
        .before = ana_workspace_doubles(workspace, n_times, 1),
        .after = ana_workspace_doubles(workspace, n_times, 1),
        .beta = ana_workspace_doubles(workspace, options->max_delay + 1, 3),
        .sorted = ana_workspace_bytes(workspace, n_times, 1, sizeof *room->sorted),
        .bin = ana_workspace_sizes(workspace, n_times, 1),
        .edges = ana_workspace_doubles(workspace, n_times + 1, 1),
        .counts = ana_workspace_sizes(workspace, n_times, 1)};
}

/* distances[j] += (y[j] - here)^2 */
ANA_CLONES static void measure(size_t n, double here, const double *restrict y,
                               double *restrict distances)
{
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        distances[j] += (y[j] - here) * (y[j] - here);
    }
}

bool embedding_nearest(const embedding_cloud *cloud, size_t theiler, double *room, size_t *nearest,
                       double *apart)
{
    const size_t n = cloud->n;
    for (size_t i = 0; i < n; i++) {
        size_t best = n;
        memset(room, 0, n * sizeof *room);
        for (size_t k = 0; k < cloud->n_dimensions; k++) {
            const double *y = cloud->values + k * cloud->stride;
            measure(n, y[i], y, room);
        }
        for (size_t j = 0; j + theiler < i; j++) {
            best = best == n || room[j] < room[best] ? j : best;
        }
        for (size_t j = i + theiler + 1; j < n; j++) {
            best = best == n || room[j] < room[best] ? j : best;
        }
        if (best == n) {
            return false;
        }
        nearest[i] = best;
        apart[i] = sqrt(room[best]);
    }
    return true;
}

/* product[delay] *= |a[delay] - b[delay]| * scale; differences of 0 are counted instead. */
ANA_CLONES static void multiply(size_t n, const double *restrict a, const double *restrict b,
                                double scale, double *restrict product, double *restrict n_zero)
{
#pragma omp simd
    for (size_t d = 0; d < n; d++) {
        const double difference = fabs(a[d] - b[d]);
        const bool some = difference > 0.0;
        product[d] *= some ? difference * scale : 1.0;
        n_zero[d] += some ? 0.0 : 1.0;
    }
}

/* sum += log(product), which becomes 1 */
static void collect(size_t n, double *product, double *sum)
{
    ana_vec_log(n, product, product);
    for (size_t d = 0; d < n; d++) {
        sum[d] += product[d];
        product[d] = 1.0;
    }
}

void embedding_beta(size_t n, const double *s, size_t max_delay, const size_t *nearest,
                    const double *apart, double *room, double *beta)
{
    const size_t n_delays = max_delay + 1;
    double *product = room;
    double *n_zero = room + n_delays;
    size_t n_terms = 0;
    for (size_t d = 0; d < n_delays; d++) {
        product[d] = 1.0;
        n_zero[d] = 0.0;
        beta[d] = 0.0;
    }
    for (size_t i = 0; i < n; i++) {
        if (apart[i] > 0.0) {
            multiply(n_delays, s + i, s + nearest[i], 1.0 / apart[i], product, n_zero);
            n_terms++;
            if (n_terms % FACTORS == 0) {
                collect(n_delays, product, beta);
            }
        }
    }
    collect(n_delays, product, beta);
    for (size_t d = 0; d < n_delays; d++) {
        const double left = (double)n_terms - n_zero[d];
        beta[d] = left > 0.0 ? beta[d] / left / log(10.0) : -(double)INFINITY;
    }
}

double embedding_false_share(size_t n, const double *before, const double *after, double growth)
{
    double n_false = 0.0;
    for (size_t i = 0; i < n; i++) {
        n_false += before[i] > 0.0 && after[i] / before[i] > growth ? 1.0 : 0.0;
    }
    return n_false / (double)n;
}

/* The channel in units of its standard deviation; false when it has none. */
static bool standardise(const embedding_input *input, size_t channel, double *out)
{
    const double *x = input->values + channel * input->channel_stride;
    const size_t n = input->n_times;
    double mean = 0.0;
    double squares = 0.0;
    for (size_t t = 0; t < n; t++) {
        mean += x[t * input->time_stride] / (double)n;
    }
    for (size_t t = 0; t < n; t++) {
        out[t] = x[t * input->time_stride] - mean;
        squares += out[t] * out[t];
    }
    const double deviation = sqrt(squares / ((double)n - 1.0));
    for (size_t t = 0; t < n && deviation > 0.0; t++) {
        out[t] /= deviation;
    }
    return deviation > 1e-12 * fabs(mean) && deviation > 0.0;
}

/* A search, and where it is. */
typedef struct search {
    const embedding_input *input;
    const ana_lag_embedding_options *options;
    const embedding_room *room;
    ana_lag_embedding *out;
    size_t n_dimensions; /* of the trajectory */
    size_t n;            /* points of it */
    size_t base;         /* the best next coordinate so far */
    size_t channel;
    size_t delay;
    double beta;
} search;

/* Every channel at every delay as the next coordinate; the first of equals stays. */
static bool try_channels(search *at, const double *trajectory, size_t base)
{
    const size_t n_delays = at->options->max_delay + 1;
    const size_t n_here = at->n > at->options->max_delay ? at->n - at->options->max_delay : 0;
    const embedding_room *room = at->room;
    double *beta = room->beta + 2 * n_delays;
    const embedding_cloud cloud = {n_here, at->n_dimensions, at->input->n_times, trajectory};
    if (n_here == 0 ||
        !embedding_nearest(&cloud, at->out->theiler, room->distances, room->nearest, room->apart)) {
        return false;
    }
    for (size_t c = 0; c < at->input->n_channels; c++) {
        embedding_beta(n_here, room->series + c * at->input->n_times, at->options->max_delay,
                       room->nearest, room->apart, room->beta, beta);
        const size_t delay = ana_largest(n_delays, beta);
        if (beta[delay] > at->beta) {
            at->base = base;
            at->channel = c;
            at->delay = delay;
            at->beta = beta[delay];
        }
    }
    return true;
}

/* Distances of the trajectory's points to their nearest. */
static bool measure_trajectory(const search *at, double *apart)
{
    const embedding_cloud cloud = {at->n, at->n_dimensions, at->input->n_times,
                                   at->room->trajectory};
    return embedding_nearest(&cloud, at->out->theiler, at->room->distances, at->room->nearest,
                             apart);
}

/* One cycle: the best coordinate joins, false neighbours are counted. */
static bool run_cycle(search *at, size_t cycle)
{
    const size_t n_times = at->input->n_times;
    double *trajectory = at->room->trajectory;
    bool fine = true;
    at->beta = -INFINITY;
    at->base = at->channel = at->delay = 0;
    if (cycle == 0) {
        for (size_t c = 0; c < at->input->n_channels && fine; c++) {
            fine = try_channels(at, at->room->series + c * n_times, c);
        }
        memcpy(trajectory, at->room->series + at->base * n_times, n_times * sizeof *trajectory);
        at->out->channels[0] = at->base;
        fine = fine && measure_trajectory(at, at->room->before);
    } else {
        fine = try_channels(at, trajectory, 0);
        memcpy(at->room->before, at->room->after, at->n * sizeof *trajectory);
    }
    if (!fine) {
        return false;
    }
    at->n -= at->delay;
    memcpy(trajectory + at->n_dimensions * n_times,
           at->room->series + at->channel * n_times + at->delay, at->n * sizeof *trajectory);
    at->n_dimensions++;
    at->out->delays[cycle + 1] = at->delay;
    at->out->channels[cycle + 1] = at->channel;
    at->out->beta[cycle] = at->beta;
    fine = measure_trajectory(at, at->room->after);
    at->out->false_share[cycle] =
        embedding_false_share(at->n, at->room->before, at->room->after, at->options->growth);
    return fine;
}

embedding_fault embedding_run(const embedding_input *input,
                              const ana_lag_embedding_options *options, const embedding_room *room,
                              ana_lag_embedding *out, size_t *where)
{
    const size_t half = input->n_times / 2;
    search at = {.input = input,
                 .options = options,
                 .room = room,
                 .out = out,
                 .n_dimensions = 1,
                 .n = input->n_times};
    memset(out, 0, sizeof *out);
    for (size_t c = 0; c < input->n_channels; c++) {
        double *series = room->series + c * input->n_times;
        if (!standardise(input, c, series)) {
            *where = c;
            return EMBEDDING_CONSTANT;
        }
        const size_t window = embedding_first_minimum(room, input->n_times, series,
                                                      half < MUTUAL_DELAYS ? half : MUTUAL_DELAYS);
        out->theiler = window > out->theiler ? window : out->theiler;
    }
    for (size_t cycle = 0; cycle < options->max_cycles; cycle++) {
        if (!run_cycle(&at, cycle)) {
            /* What is left of the trajectory is too short to go on. */
            return cycle == 0 ? EMBEDDING_NO_NEIGHBOUR : EMBEDDING_FINE;
        }
        out->n_delays = cycle + 1;
        const double share = out->false_share[cycle];
        if (share <= options->false_share || (cycle > 0 && share > out->false_share[cycle - 1])) {
            break;
        }
    }
    return EMBEDDING_FINE;
}

ana_status embedding_check_length(size_t n_times, const ana_lag_embedding_options *options)
{
    if (n_times < options->max_delay + 20) {
        return ana_fail(ANA_ERR_VALUE,
                        "mdop: %zu samples; %zu, 20 more than the largest delay, are needed",
                        n_times, options->max_delay + 20);
    }
    return ANA_OK;
}

ana_status embedding_refuse(embedding_fault fault, size_t where, const char *which)
{
    if (fault == EMBEDDING_CONSTANT) {
        return ana_fail(ANA_ERR_VALUE, "mdop: %schannel %zu is constant; leave it out", which,
                        where);
    }
    return ana_fail(
        ANA_ERR_VALUE,
        "mdop: %sa point has no neighbour outside its Theiler window: longer recordings "
        "are needed",
        which);
}

ana_status ana_lag_embedding_find(size_t n_channels, size_t n_times, const double *values,
                                  const ana_lag_embedding_options *options, ana_lag_embedding *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    embedding_room room;
    size_t where = 0;
    const ana_lag_embedding_options chosen =
        options != NULL ? *options : ana_lag_embedding_options_default();
    const embedding_input input = {n_channels, n_times, values, n_times, 1};
    ANA_TRY(ana_options_check(ana_lag_embedding_option_table, &chosen, "mdop"));
    ANA_TRY(embedding_check_length(n_times, &chosen));
    if (n_channels == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "mdop: no channel"));
    }
    for (size_t e = 0; e < n_channels * n_times; e++) {
        if (!isfinite(values[e])) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE, "mdop: sample %zu of channel %zu is not finite",
                             e % n_times, e / n_times));
        }
    }
    embedding_open_room(n_channels, n_times, &chosen, &workspace, &room);
    ANA_TRY(ana_workspace_check(&workspace, "mdop"));
    const embedding_fault fault = embedding_run(&input, &chosen, &room, out, &where);
    if (fault != EMBEDDING_FINE) {
        ANA_TRY(embedding_refuse(fault, where, ""));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
