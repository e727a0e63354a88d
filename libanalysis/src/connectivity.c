/* Connectivity of windows that come bit by bit. */
#include "connectivity_parts.h"
#include "derived.h"
#include "fft.h"
#include "memory.h"
#include "spectra.h"
#include "text.h"
#include "try.h"
#include "window_buffer.h"
#include "workspace.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

const char *const ana_connectivity_names[] = {
    "coherence", "imaginary", "lagged", "coherency-real", "coherency-imaginary",
    "plv",       "pli",       "wpli",   "wpli-debiased",  NULL};
static const char *const method_names[] = {"welch", "hilbert", NULL};

const ana_option ana_connectivity_option_table[] = {
    {"measure", ANA_OPTION_CHOICE, offsetof(ana_connectivity_options, measure), 0, 0,
     ana_connectivity_names, "MEASURE",
     "coherence: magnitude squared; imaginary, lagged, pli, wpli: blind to what has no delay",
     false},
    {"method", ANA_OPTION_CHOICE, offsetof(ana_connectivity_options, method), 0, 0, method_names,
     "METHOD",
     "welch: windows; hilbert: analytic signals of the band --min-frequency to "
     "--max-frequency",
     false},
    {"window", ANA_OPTION_DOUBLE, offsetof(ana_connectivity_options, window_s), 0, INFINITY, NULL,
     "SECONDS", "length of a window", false},
    {"overlap", ANA_OPTION_DOUBLE, offsetof(ana_connectivity_options, overlap), 0, 0.99, NULL,
     "PART", "part of a window that the next one shares", false},
    {"taper", ANA_OPTION_CHOICE, offsetof(ana_connectivity_options, taper), 0, 0, ana_taper_names,
     "TAPER", "taper of the windows", false},
    {"taper-beta", ANA_OPTION_DOUBLE, offsetof(ana_connectivity_options, taper_beta), 0, 500, NULL,
     "BETA", "shape of the Kaiser taper", false},
    {"detrend", ANA_OPTION_CHOICE, offsetof(ana_connectivity_options, detrend), 0, 0,
     ana_trend_names, "TREND", "taken from each window before anything else", false},
    {"min-frequency", ANA_OPTION_DOUBLE, offsetof(ana_connectivity_options, min_hz), 0, INFINITY,
     NULL, "HZ", "lowest frequency", false},
    {"max-frequency", ANA_OPTION_DOUBLE, offsetof(ana_connectivity_options, max_hz), 0, INFINITY,
     NULL, "HZ", "highest frequency; 0: half the rate", false},
    ANA_OPTION_END,
};

ana_connectivity_options ana_connectivity_options_default(void)
{
    return (ana_connectivity_options){
        .run = ana_run_default(), .window_s = 1.0, .overlap = 0.5, .detrend = ANA_TREND_CONSTANT};
}

ana_status ana_connectivity_check(const ana_connectivity_options *options)
{
    return ana_options_check(ana_connectivity_option_table, options, "connectivity");
}

struct ana_connectivity_stream {
    ana_connectivity_options options;
    ana_window_buffer windows;
    size_t first_bin;
    double rate;
    ana_fft *fft;
    double *taper; /* of a window */
    ana_cross_sums sums;
};

/* The frequencies asked for are first_bin ... first_bin + n - 1. */
static ana_status choose_bins(ana_connectivity_stream *stream, size_t n_window, size_t *n)
{
    const ana_connectivity_options *options = &stream->options;
    const double step = stream->rate / (double)n_window;
    const double highest = options->max_hz > 0.0 ? options->max_hz : (double)INFINITY;
    *n = 0;
    for (size_t k = 0; k < ana_fft_bins(n_window); k++) {
        const double frequency = (double)k * stream->rate / (double)n_window;
        if (frequency >= options->min_hz && frequency <= highest) {
            stream->first_bin = *n == 0 ? k : stream->first_bin;
            (*n)++;
        }
    }
    if (*n == 0) {
        return ana_fail(
            ANA_ERR_VALUE, "connectivity: no frequency from %s to %s Hz; they are %s Hz apart",
            ana_number(options->min_hz).text,
            ana_number(isinf(highest) ? stream->rate / 2.0 : highest).text, ana_number(step).text);
    }
    return ANA_OK;
}

static ana_status size_windows(const ana_connectivity_stream *stream, size_t *n, size_t *step)
{
    const ana_connectivity_options *options = &stream->options;
    ana_spectrum_options windows = ana_spectrum_options_default();
    windows.window_s = options->window_s;
    windows.overlap = options->overlap;
    if (options->method == ANA_CONNECTIVITY_HILBERT) {
        return ana_fail(ANA_ERR_VALUE, "connectivity: analytic signals need the whole of a series; "
                                       "windows are Welch's");
    }
    if (!(stream->rate > 0.0 && isfinite(stream->rate))) {
        return ana_fail(ANA_ERR_VALUE, "connectivity: a rate of %s Hz; above 0 is right",
                        ana_number(stream->rate).text);
    }
    return ana_spectrum_windows(&windows, stream->rate, n, step);
}

static ana_status make_stream(ana_connectivity_stream *stream, size_t n_channels)
{
    ana_status status = ANA_OK;
    size_t n = 0;
    size_t step = 0;
    size_t n_bins = 0;
    ANA_TRY(ana_connectivity_check(&stream->options));
    ANA_TRY(size_windows(stream, &n, &step));
    ANA_TRY(choose_bins(stream, n, &n_bins));
    ANA_TRY(ana_fft_new(n, &stream->fft));
    ANA_TRY(ana_allocate(n, sizeof(double), "connectivity", &stream->taper));
    ANA_TRY(
        ana_taper_fill(stream->options.taper, stream->options.taper_beta, false, n, stream->taper));
    ANA_TRY(ana_window_buffer_new(n_channels, n, step, "connectivity", &stream->windows));
    ANA_TRY(ana_cross_sums_new(&stream->options, n_channels, n_bins, &stream->sums));
done:
    return status;
}

ana_status ana_connectivity_stream_new(const ana_connectivity_options *options, double rate,
                                       size_t n_channels, ana_connectivity_stream **out)
{
    ana_status status = ANA_OK;
    ana_connectivity_stream *stream = NULL;
    ANA_TRY(ana_allocate(1, sizeof *stream, "connectivity", &stream));
    stream->options = options != NULL ? *options : ana_connectivity_options_default();
    stream->options.run = ana_run_lasting(&stream->options.run);
    stream->rate = rate;
    ANA_TRY(make_stream(stream, n_channels));
    *out = stream;
    stream = NULL;
done:
    ana_connectivity_stream_free(stream);
    return status;
}

void ana_connectivity_stream_free(ana_connectivity_stream *stream)
{
    if (stream != NULL) {
        ana_cross_sums_release(&stream->sums);
        ana_fft_free(stream->fft);
        ana_window_buffer_release(&stream->windows);
        free(stream->taper);
        free(stream);
    }
}

void ana_connectivity_stream_gap(ana_connectivity_stream *stream)
{
    stream->windows.n_held = 0;
}

/* The spectrum of one window into place w of the batch; zeros when a sample is missing. */
static void transform(ana_connectivity_stream *stream, size_t channel, size_t w, const double *x,
                      double *scratch)
{
    ana_cross_sums *sums = &stream->sums;
    const size_t n = stream->windows.n;
    double *level = scratch;
    double *spectrum = scratch + ana_fft_stride(n);
    size_t n_missing = 0;
    for (size_t t = 0; t < n; t++) {
        n_missing += isfinite(x[t]) ? 0 : 1;
    }
    sums->valid[channel * ANA_CROSS_WINDOWS + w] = n_missing == 0;
    if (n_missing == 0) {
        memcpy(level, x, n * sizeof *level);
        ana_detrend(stream->options.detrend, 1, n, level);
        for (size_t t = 0; t < n; t++) {
            level[t] *= stream->taper[t];
        }
        ana_fft_forward(stream->fft, level, spectrum);
    }
    const double *from = spectrum + 2 * stream->first_bin;
    for (size_t k = 0; k < sums->n_bins; k++) {
        double *to = ana_cross_place(sums, k, channel, w);
        to[0] = n_missing == 0 ? from[2 * k] : 0.0;
        to[ANA_CROSS_LANES] = n_missing == 0 ? from[2 * k + 1] : 0.0;
    }
}

/* Doubles that the transform of one window needs. */
static size_t scratch_of(const ana_connectivity_stream *stream)
{
    const size_t n = stream->windows.n;
    return ana_fft_stride(n) + ana_fft_stride(2 * ana_fft_bins(n));
}

/* The n_windows windows (a batch at most) from held window `first` on. */
static ana_status run_batch(ana_connectivity_stream *stream, size_t first, size_t n_windows,
                            double *scratch)
{
    const size_t n_channels = stream->windows.n_channels;
    const size_t stride = scratch_of(stream);
    for (size_t w = 0; w < n_windows; w++) {
        stream->sums.weight[w] = 1.0;
    }
#pragma omp parallel for default(none)                                                             \
    num_threads(ana_run_threads(&stream->options.run, n_channels)) schedule(static)                \
        shared(stream, first, n_windows, n_channels, stride, scratch)
    for (size_t c = 0; c < n_channels; c++) {
        for (size_t w = 0; w < n_windows; w++) {
            transform(stream, c, w, ana_window_buffer_at(&stream->windows, c, first + w),
                      scratch + (size_t)omp_get_thread_num() * stride);
        }
    }
    return ana_cross_sums_add(&stream->sums, n_windows);
}

/* All whole windows that are held. */
static ana_status run_windows(ana_connectivity_stream *stream)
{
    const size_t n_windows = ana_window_buffer_count(&stream->windows);
    if (n_windows == 0) {
        return ANA_OK;
    }
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const int n_threads = ana_run_threads(&stream->options.run, stream->windows.n_channels);
    double *scratch = ana_workspace_doubles(&workspace, scratch_of(stream), (size_t)n_threads);
    ANA_TRY(ana_workspace_check(&workspace, "connectivity"));
    for (size_t w = 0; w < n_windows; w += ANA_CROSS_WINDOWS) {
        const size_t left = n_windows - w;
        const size_t now = left < ANA_CROSS_WINDOWS ? left : ANA_CROSS_WINDOWS;
        ANA_TRY(run_batch(stream, w, now, scratch));
    }
    ana_window_buffer_drop(&stream->windows, n_windows);
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_connectivity_stream_push(ana_connectivity_stream *stream, size_t n, const double *x)
{
    ana_status status = ANA_OK;
    for (size_t at = 0; at < n;) {
        at += ana_window_buffer_take(&stream->windows, n, x, at);
        ANA_TRY(run_windows(stream));
    }
done:
    return status;
}

/* Those samples alone, of one window at least. */
static ana_status push_whole(ana_connectivity_stream *stream, size_t n_times, const double *x)
{
    if (stream->windows.n > n_times) {
        return ana_fail(ANA_ERR_VALUE, "connectivity: windows of %zu samples in a signal of %zu",
                        stream->windows.n, n_times);
    }
    return ana_connectivity_stream_push(stream, n_times, x);
}

ana_status ana_connectivity_stream_again(ana_connectivity_stream *stream, size_t n_times,
                                         const double *x, ana_matrix *matrix)
{
    ana_connectivity_stream_gap(stream);
    ana_cross_sums_restart(&stream->sums);
    const ana_status status = push_whole(stream, n_times, x);
    ana_connectivity_fill(&stream->sums, false, matrix);
    return status;
}

ana_status ana_connectivity_stream_read(const ana_connectivity_stream *stream, size_t *n_windows,
                                        ana_matrix **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_bins = stream->sums.n_bins;
    double *frequencies = ana_workspace_doubles(&workspace, n_bins, 1);
    ANA_TRY(ana_workspace_check(&workspace, "connectivity"));
    for (size_t k = 0; k < n_bins; k++) {
        frequencies[k] = (double)(stream->first_bin + k) * stream->rate / (double)stream->windows.n;
    }
    ANA_TRY(ana_connectivity_collect(&stream->sums, false, frequencies, n_windows, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_connectivity(const ana_connectivity_options *options, double rate, size_t n_channels,
                            size_t n_times, const double *x, size_t *n_windows, ana_matrix **out)
{
    ana_status status = ANA_OK;
    ana_connectivity_stream *stream = NULL;
    ANA_TRY(ana_connectivity_stream_new(options, rate, n_channels, &stream));
    ANA_TRY(push_whole(stream, n_times, x));
    ANA_TRY(ana_connectivity_stream_read(stream, n_windows, out));
done:
    ana_connectivity_stream_free(stream);
    return status;
}
