/* Covariances of samples that come bit by bit. */
#include "blas.h"
#include "checked.h"
#include "covariance_parts.h"
#include "memory.h"
#include "simd.h"
#include "try.h"

#include <analysis/covariance_stream.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sums of samples about a point of reference. */
typedef struct moment_sums {
    size_t n;
    double *reference; /* n_channels */
    double *first;     /* n_channels: sum of x - reference */
    double *second;    /* n_channels x n_channels, j <= i: sum of its products */
} moment_sums;

struct ana_covariance_stream {
    ana_workspace memory;
    ana_covariance_stream_options options;
    size_t n_channels;
    double *ring;          /* window x n_channels: the last samples */
    size_t place;          /* where the next sample goes */
    double *sample;        /* n_channels */
    moment_sums sums;      /* of the window; forgetting: reference is the mean, second about it */
    moment_sums fresh;     /* of the samples since the last exchange */
    double weight;         /* forgetting: sum of the weights, */
    double weight_squares; /* and of their squares */
    covariance_room room;
};

const ana_option ana_covariance_stream_option_table[] = {
    {"stream-window", ANA_OPTION_SIZE, offsetof(ana_covariance_stream_options, window), 0, 1e9,
     NULL, "SAMPLES", "sliding window; 0: all samples, forgotten by and by", false},
    {"forgetting", ANA_OPTION_DOUBLE, offsetof(ana_covariance_stream_options, forgetting), 0, 1,
     NULL, "PART", "weight of a sample over that of the next, without a window", false},
    ANA_OPTION_END,
};

ana_covariance_stream_options ana_covariance_stream_options_default(void)
{
    ana_covariance_stream_options options = {
        .covariance = ana_covariance_options_default(), .window = 256, .forgetting = 0.99};
    options.covariance.estimator = ANA_COVARIANCE_OAS;
    return options;
}

static ana_status check_options(size_t n_channels, const ana_covariance_stream_options *options)
{
    ana_status status = ANA_OK;
    const ana_covariance_estimator estimator = options->covariance.estimator;
    ANA_TRY(ana_options_check(ana_covariance_option_table, &options->covariance, "covariance"));
    ANA_TRY(ana_options_check(ana_covariance_stream_option_table, options, "covariance stream"));
    if (!covariance_needs_gram_alone(estimator)) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "covariance stream: %s looks at the samples themselves; of a stream: "
                        "empirical, second-moment, maximum-likelihood, correlation, shrunk, oas",
                        ana_covariance_estimator_names[estimator]);
    }
    if (n_channels == 0 || options->window == 1) {
        return ana_fail(ANA_ERR_VALUE,
                        "covariance stream: %zu channels, a window of %zu samples; at least one "
                        "channel and two samples",
                        n_channels, options->window);
    }
    if (options->window == 0 && !(options->forgetting > 0.0 && options->forgetting < 1.0)) {
        return ana_fail(ANA_ERR_VALUE,
                        "covariance stream: forgetting %g; above 0 and below 1, or a window",
                        options->forgetting);
    }
done:
    return status;
}

/* The ring, and four matrices beside vectors. */
static ana_status check_memory(size_t n_channels, const ana_covariance_stream_options *options)
{
    size_t rows = 0;
    size_t bytes = 0;
    const bool fits = ana_multiply(4, n_channels, &rows) && ana_add(rows, options->window, &rows) &&
                      ana_multiply(rows, n_channels, &bytes) &&
                      ana_multiply(bytes, sizeof(double), &bytes);
    if (!fits) {
        return ana_fail(ANA_ERR_MEMORY,
                        "covariance stream: no memory for %zu samples of %zu "
                        "channels",
                        options->window, n_channels);
    }
    return ana_run_check_memory(&options->covariance.run, bytes, "covariance stream");
}

static moment_sums take_sums(ana_workspace *memory, size_t n)
{
    return (moment_sums){.reference = ana_workspace_doubles(memory, n, 1),
                         .first = ana_workspace_doubles(memory, n, 1),
                         .second = ana_workspace_doubles(memory, n, n)};
}

ana_status ana_covariance_stream_new(size_t n_channels, const ana_covariance_stream_options *given,
                                     ana_covariance_stream **out)
{
    ana_status status = ANA_OK;
    ana_covariance_stream *stream = NULL;
    const ana_covariance_stream_options options =
        given != NULL ? *given : ana_covariance_stream_options_default();
    ANA_TRY(check_options(n_channels, &options));
    ANA_TRY(check_memory(n_channels, &options));
    ANA_TRY(ana_blas_start("covariance stream", n_channels, n_channels, 1));
    ANA_TRY(ana_allocate(1, sizeof *stream, "covariance stream", &stream));
    stream->options = options;
    stream->n_channels = n_channels;
    stream->ring = ana_workspace_doubles(&stream->memory, options.window, n_channels);
    stream->sample = ana_workspace_doubles(&stream->memory, n_channels, 1);
    stream->sums = take_sums(&stream->memory, n_channels);
    stream->fresh = take_sums(&stream->memory, n_channels);
    stream->room.gram = ana_workspace_doubles(&stream->memory, n_channels, n_channels);
    stream->room.times = ana_workspace_doubles(&stream->memory, n_channels, 1);
    ANA_TRY(ana_workspace_check(&stream->memory, "covariance stream"));
    *out = stream;
    stream = NULL;
done:
    ana_covariance_stream_free(stream);
    return status;
}

void ana_covariance_stream_free(ana_covariance_stream *stream)
{
    if (stream != NULL) {
        ana_workspace_release(&stream->memory);
        free(stream);
    }
}

static void clear_sums(size_t n, moment_sums *sums)
{
    sums->n = 0;
    memset(sums->first, 0, n * sizeof *sums->first);
    memset(sums->second, 0, n * n * sizeof *sums->second);
}

void ana_covariance_stream_gap(ana_covariance_stream *stream)
{
    clear_sums(stream->n_channels, &stream->sums);
    clear_sums(stream->n_channels, &stream->fresh);
    stream->place = 0;
    stream->weight = 0.0;
    stream->weight_squares = 0.0;
}

size_t ana_covariance_stream_count(const ana_covariance_stream *stream)
{
    return stream->sums.n;
}

/* first += sign (x - reference), second += sign times its products. */
ANA_CLONES static void add_sample(size_t n, double sign, const double *x, moment_sums *sums)
{
    for (size_t i = 0; i < n; i++) {
        const double deviation = sign * (x[i] - sums->reference[i]);
        double *row = sums->second + i * n;
        sums->first[i] += deviation;
        for (size_t j = 0; j <= i; j++) {
            row[j] += deviation * (x[j] - sums->reference[j]);
        }
    }
}

static bool is_about_zero(const ana_covariance_stream *stream)
{
    return stream->options.covariance.estimator == ANA_COVARIANCE_SECOND_MOMENT;
}

/* The sums of the samples since the last exchange, which are the window now, take its place; new
 * ones are begun about its mean. */
static void exchange(ana_covariance_stream *stream)
{
    const size_t n = stream->n_channels;
    const moment_sums old = stream->sums;
    stream->sums = stream->fresh;
    stream->fresh = old;
    clear_sums(n, &stream->fresh);
    for (size_t c = 0; c < n; c++) {
        const double mean =
            stream->sums.reference[c] + stream->sums.first[c] / (double)stream->sums.n;
        stream->fresh.reference[c] = is_about_zero(stream) ? 0.0 : mean;
    }
}

/* The sample in the stream's hand. */
static void slide(ana_covariance_stream *stream)
{
    const size_t n = stream->n_channels;
    const size_t window = stream->options.window;
    double *oldest = stream->ring + stream->place * n;
    if (stream->sums.n == 0) {
        for (size_t c = 0; c < n; c++) {
            stream->sums.reference[c] = is_about_zero(stream) ? 0.0 : stream->sample[c];
            stream->fresh.reference[c] = stream->sums.reference[c];
        }
    }
    if (stream->sums.n == window) {
        add_sample(n, -1.0, oldest, &stream->sums);
        stream->sums.n--;
    }
    add_sample(n, 1.0, stream->sample, &stream->sums);
    stream->sums.n++;
    add_sample(n, 1.0, stream->sample, &stream->fresh);
    stream->fresh.n++;
    memcpy(oldest, stream->sample, n * sizeof *oldest);
    stream->place = (stream->place + 1) % window;
    if (stream->fresh.n == window) {
        exchange(stream);
    }
}

/* The reference moves with the mean: West (1979), Commun. ACM 22(9), with weights that fade. */
static void forget(ana_covariance_stream *stream)
{
    const size_t n = stream->n_channels;
    const double f = stream->options.forgetting;
    const double before = f * stream->weight;
    moment_sums *sums = &stream->sums;
    stream->weight = before + 1.0;
    stream->weight_squares = f * f * stream->weight_squares + 1.0;
    const double share = is_about_zero(stream) ? 1.0 : before / stream->weight;
    for (size_t c = 0; c < n; c++) {
        sums->reference[c] = sums->n == 0 || is_about_zero(stream) ? 0.0 : sums->reference[c];
        sums->first[c] = stream->sample[c] - sums->reference[c];
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double *element = sums->second + i * n + j;
            *element = f * *element + share * sums->first[i] * sums->first[j];
        }
    }
    for (size_t c = 0; c < n; c++) {
        sums->reference[c] += sums->first[c] / stream->weight;
    }
    sums->n += sums->n < SIZE_MAX ? 1 : 0;
}

static ana_status check_samples(size_t n_channels, size_t n, const double *x)
{
    const double largest = 1e150;
    for (size_t i = 0; i < n_channels * n; i++) {
        if (!(fabs(x[i]) <= largest)) {
            return ana_fail(ANA_ERR_VALUE, "covariance stream: channel %zu, sample %zu of %zu: %g",
                            i / n, i % n, n, x[i]);
        }
    }
    return ANA_OK;
}

ana_status ana_covariance_stream_push(ana_covariance_stream *stream, size_t n, const double *x)
{
    const size_t n_channels = stream->n_channels;
    const ana_status status = check_samples(n_channels, n, x);
    for (size_t t = 0; t < n && status == ANA_OK; t++) {
        for (size_t c = 0; c < n_channels; c++) {
            stream->sample[c] = x[c * n + t];
        }
        if (stream->options.window > 0) {
            slide(stream);
        } else {
            forget(stream);
        }
    }
    return status;
}

/* gram = sum w x x^T about the mean (second-moment: about zero). */
static void fill_gram(ana_covariance_stream *stream)
{
    const size_t n = stream->n_channels;
    const moment_sums *sums = &stream->sums;
    const bool slides = stream->options.window > 0;
    const double weight = slides ? (double)sums->n : stream->weight;
    const bool is_centred = slides && !is_about_zero(stream);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double value = sums->second[i * n + j];
            value -= is_centred ? sums->first[i] * (sums->first[j] / weight) : 0.0;
            stream->room.gram[i * n + j] = value / weight;
            stream->room.gram[j * n + i] = value / weight;
        }
    }
}

ana_status ana_covariance_stream_read(ana_covariance_stream *stream, ana_covariance_info *info,
                                      double *out)
{
    ana_status status = ANA_OK;
    ana_covariance_info own;
    const size_t n = stream->n_channels;
    const size_t n_times = stream->sums.n;
    const bool slides = stream->options.window > 0;
    const covariance_plan plan = {
        .options = &stream->options.covariance,
        .sources = {.n_own = n, .n_times = n_times, .augmentation = {.order = 1, .lag = 1}},
        .n_channels = n,
        .n_times = n_times,
        .n_rows = n,
        .weight_squares = slides ? 1.0 / (double)n_times
                                 : stream->weight_squares / (stream->weight * stream->weight)};
    if (n_times < 2) {
        return ana_fail(ANA_ERR_VALUE, "covariance stream: %zu samples; at least two", n_times);
    }
    fill_gram(stream);
    ANA_TRY(covariance_of_gram(&plan, &stream->room, info != NULL ? info : &own, out));
done:
    return status == ANA_OK ? ANA_OK : ana_fail_in(status, "covariance stream: ");
}
