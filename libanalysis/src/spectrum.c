#include "derived.h"
#include "memory.h"
#include "spectra.h"
#include "text.h"
#include "try.h"
#include "window_buffer.h"
#include "workspace.h"

#include <analysis/spectrum.h>

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

static const char *const method_names[] = {"welch", "multitaper", "burg", NULL};
static const char *const scaling_names[] = {"density", "power", NULL};
static const char *const average_names[] = {"mean", "median", NULL};

const ana_option ana_spectrum_option_table[] = {
    {"method", ANA_OPTION_CHOICE, offsetof(ana_spectrum_options, method), 0, 0, method_names,
     "METHOD",
     "welch: one taper a window; multitaper: several, smoother; burg: an autoregressive model, "
     "for short windows",
     false},
    {"window", ANA_OPTION_DOUBLE, offsetof(ana_spectrum_options, window_s), 0, INFINITY, NULL,
     "SECONDS", "length of a window; 0: the whole segment", false},
    {"overlap", ANA_OPTION_DOUBLE, offsetof(ana_spectrum_options, overlap), 0, 0.99, NULL, "PART",
     "part of a window that the next one shares", false},
    {"n-fft", ANA_OPTION_SIZE, offsetof(ana_spectrum_options, n_fft), 0, 1 << 30, NULL, "N",
     "samples a window is filled up to with zeros; 0: as it is (burg: at least a second's)", false},
    {"taper", ANA_OPTION_CHOICE, offsetof(ana_spectrum_options, taper), 0, 0, ana_taper_names,
     "TAPER", "taper of Welch's method", false},
    {"taper-beta", ANA_OPTION_DOUBLE, offsetof(ana_spectrum_options, taper_beta), 0, 500, NULL,
     "BETA", "shape of the Kaiser taper", false},
    {"detrend", ANA_OPTION_CHOICE, offsetof(ana_spectrum_options, detrend), 0, 0, ana_trend_names,
     "TREND", "taken from each window before anything else", false},
    {"scaling", ANA_OPTION_CHOICE, offsetof(ana_spectrum_options, scaling), 0, 0, scaling_names,
     "SCALING", "density: unit^2/Hz; power: unit^2, for the height of lines", false},
    {"average", ANA_OPTION_CHOICE, offsetof(ana_spectrum_options, average), 0, 0, average_names,
     "AVERAGE", "of the windows; the median does not follow bursts", false},
    {"bandwidth", ANA_OPTION_DOUBLE, offsetof(ana_spectrum_options, bandwidth_hz), 0, INFINITY,
     NULL, "HZ", "full width of multitaper smoothing; 0: 8 divided by the window's seconds", false},
    {"adaptive", ANA_OPTION_BOOL, offsetof(ana_spectrum_options, adaptive), 0, 0, NULL, NULL,
     "weight the tapers frequency by frequency", false},
    {"low-bias", ANA_OPTION_BOOL, offsetof(ana_spectrum_options, low_bias), 0, 0, NULL, NULL,
     "use only tapers with over 0.9 of their energy within the bandwidth", false},
    {"min-frequency", ANA_OPTION_DOUBLE, offsetof(ana_spectrum_options, min_hz), 0, INFINITY, NULL,
     "HZ", "lowest frequency", false},
    {"max-frequency", ANA_OPTION_DOUBLE, offsetof(ana_spectrum_options, max_hz), 0, INFINITY, NULL,
     "HZ", "highest frequency; 0: half the rate", false},
    {"order", ANA_OPTION_SIZE, offsetof(ana_spectrum_options, order), 0, 1 << 20, NULL, "N",
     "coefficients of the model of burg; 0: by --order-seconds", false},
    {"order-seconds", ANA_OPTION_DOUBLE, offsetof(ana_spectrum_options, order_s), 0, INFINITY, NULL,
     "SECONDS", "the same as a time, to the nearest sample", false},
    ANA_OPTION_END,
};

ana_spectrum_options ana_spectrum_options_default(void)
{
    return (ana_spectrum_options){.run = ana_run_default(),
                                  .window_s = 2.0,
                                  .overlap = 0.5,
                                  .detrend = ANA_TREND_CONSTANT,
                                  .low_bias = true,
                                  .order_s = 0.038};
}

ana_status ana_spectrum_check(const ana_spectrum_options *options, double rate)
{
    ana_status status = ana_options_check(ana_spectrum_option_table, options, "spectrum");
    if (status != ANA_OK) {
        return status;
    }
    if (!(rate > 0.0 && isfinite(rate))) {
        return ana_fail(ANA_ERR_VALUE, "spectrum: a rate of %s Hz; above 0 is right",
                        ana_number(rate).text);
    }
    if (options->method != ANA_SPECTRUM_WELCH && options->scaling == ANA_SPECTRUM_POWER) {
        return ana_fail(ANA_ERR_VALUE, "%s: only the density is defined",
                        method_names[options->method]);
    }
    if (options->method == ANA_SPECTRUM_BURG && options->average == ANA_SPECTRUM_MEDIAN) {
        return ana_fail(ANA_ERR_VALUE,
                        "burg: only the mean over windows is defined: the bias of the median is "
                        "that of periodograms");
    }
    return ANA_OK;
}

ana_status ana_spectrum_windows(const ana_spectrum_options *options, double rate, size_t *n,
                                size_t *step)
{
    const double samples = rint(options->window_s * rate);
    if (!(samples >= 1.0 && samples <= 1073741824.0)) {
        return ana_fail(ANA_ERR_VALUE,
                        "spectrum: windows of %s s at %s Hz; 1 to 2^30 samples are possible",
                        ana_number(options->window_s).text, ana_number(rate).text);
    }
    *n = (size_t)samples;
    const size_t shared = (size_t)rint(options->overlap * samples);
    *step = shared < *n ? *n - shared : 1;
    return ANA_OK;
}

struct ana_spectrum_stream {
    ana_spectrum_options options;
    ana_window_buffer windows;
    size_t n_unconverged;
    ana_window_power *power;
    ana_power_average average;
};

static ana_status make_stream(ana_spectrum_stream *stream, double rate, size_t n_channels)
{
    ana_status status = ANA_OK;
    size_t n = 0;
    size_t step = 0;
    ANA_TRY(ana_spectrum_check(&stream->options, rate));
    ANA_TRY(ana_spectrum_windows(&stream->options, rate, &n, &step));
    ANA_TRY(ana_window_power_new(&stream->options, rate, n, &stream->power));
    ANA_TRY(ana_window_buffer_new(n_channels, n, step, "spectrum", &stream->windows));
    ANA_TRY(ana_power_average_new(&stream->options, n_channels, stream->power, &stream->average));
done:
    return status;
}

ana_status ana_spectrum_stream_new(const ana_spectrum_options *options, double rate,
                                   size_t n_channels, ana_spectrum_stream **out)
{
    ana_status status = ANA_OK;
    ana_spectrum_stream *stream = NULL;
    ANA_TRY(ana_allocate(1, sizeof *stream, "spectrum", &stream));
    stream->options = options != NULL ? *options : ana_spectrum_options_default();
    stream->options.run = ana_run_lasting(&stream->options.run);
    ANA_TRY(make_stream(stream, rate, n_channels));
    *out = stream;
    stream = NULL;
done:
    ana_spectrum_stream_free(stream);
    return status;
}

void ana_spectrum_stream_free(ana_spectrum_stream *stream)
{
    if (stream != NULL) {
        ana_power_average_release(&stream->average);
        ana_window_power_free(stream->power);
        ana_window_buffer_release(&stream->windows);
        free(stream);
    }
}

void ana_spectrum_stream_gap(ana_spectrum_stream *stream)
{
    stream->windows.n_held = 0;
}

/* The next n_windows windows of one channel, one after the other. Returns how many did not
 * converge. */
static size_t run_channel(ana_spectrum_stream *stream, size_t channel, size_t n_windows,
                          double *scratch)
{
    size_t n_unconverged = 0;
    for (size_t w = 0; w < n_windows; w++) {
        const double *x = ana_window_buffer_at(&stream->windows, channel, w);
        if (!ana_power_average_window(&stream->average, stream->power, channel, x, scratch)) {
            n_unconverged++;
        }
    }
    return n_unconverged;
}

/* All whole windows that are held. */
static ana_status run_windows(ana_spectrum_stream *stream)
{
    const size_t n_windows = ana_window_buffer_count(&stream->windows);
    if (n_windows == 0) {
        return ANA_OK;
    }
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_channels = stream->windows.n_channels;
    const size_t stride = ana_power_average_scratch(stream->power);
    const int n_threads = ana_run_threads(&stream->options.run, n_channels);
    double *scratch = ana_workspace_doubles(&workspace, stride, (size_t)n_threads);
    size_t *n_unconverged = ana_workspace_sizes(&workspace, n_channels, 1);
    ANA_TRY(ana_workspace_check(&workspace, "spectrum"));
    ANA_TRY(ana_power_average_reserve(&stream->average, n_windows));
#pragma omp parallel for default(none) num_threads(n_threads) schedule(static)                     \
    shared(stream, n_windows, n_channels, stride, scratch, n_unconverged)
    for (size_t c = 0; c < n_channels; c++) {
        n_unconverged[c] =
            run_channel(stream, c, n_windows, scratch + (size_t)omp_get_thread_num() * stride);
    }
    for (size_t c = 0; c < n_channels; c++) {
        stream->n_unconverged += n_unconverged[c];
    }
    ana_window_buffer_drop(&stream->windows, n_windows);
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_spectrum_stream_push(ana_spectrum_stream *stream, size_t n, const double *x)
{
    ana_status status = ANA_OK;
    for (size_t at = 0; at < n;) {
        at += ana_window_buffer_take(&stream->windows, n, x, at);
        ANA_TRY(run_windows(stream));
    }
done:
    return status;
}

ana_status ana_spectrum_stream_read(const ana_spectrum_stream *stream, size_t *n_windows,
                                    ana_matrix **out)
{
    ana_status status =
        ana_power_average_read(&stream->average, stream->power, &stream->options, out);
    if (status == ANA_OK && n_windows != NULL) {
        memcpy(n_windows, stream->average.n, stream->windows.n_channels * sizeof *n_windows);
    }
    return status;
}

/* Those samples alone, of one window at least. */
static ana_status push_whole(ana_spectrum_stream *stream, size_t n_times, const double *x)
{
    if (stream->windows.n > n_times) {
        return ana_fail(ANA_ERR_VALUE, "spectrum: windows of %zu samples in a signal of %zu",
                        stream->windows.n, n_times);
    }
    return ana_spectrum_stream_push(stream, n_times, x);
}

ana_status ana_spectrum_stream_again(ana_spectrum_stream *stream, size_t n_times, const double *x,
                                     ana_matrix *matrix)
{
    ana_status status = ANA_OK;
    ana_spectrum_stream_gap(stream);
    ana_power_average_restart(&stream->average);
    ANA_TRY(push_whole(stream, n_times, x));
    ANA_TRY(ana_power_average_fill(&stream->average, stream->power, &stream->options, matrix));
done:
    return status;
}

void ana_spectrum_stream_warn(const ana_spectrum_stream *stream, const ana_run *run)
{
    if (stream->n_unconverged > 0) {
        ana_warn(run, "multitaper: the adaptive weights of %zu windows did not converge",
                 stream->n_unconverged);
    }
}

ana_status ana_spectrum(const ana_spectrum_options *options, double rate, size_t n_channels,
                        size_t n_times, const double *x, size_t *n_windows, ana_matrix **out)
{
    ana_status status = ANA_OK;
    ana_spectrum_stream *stream = NULL;
    ana_spectrum_options chosen = options != NULL ? *options : ana_spectrum_options_default();
    if (chosen.window_s == 0.0 && rate > 0.0) {
        chosen.window_s = (double)n_times / rate;
    }
    ANA_TRY(ana_spectrum_stream_new(&chosen, rate, n_channels, &stream));
    ANA_TRY(push_whole(stream, n_times, x));
    ANA_TRY(ana_spectrum_stream_read(stream, n_windows, out));
    ana_spectrum_stream_warn(stream, &chosen.run);
done:
    ana_spectrum_stream_free(stream);
    return status;
}

void ana_spectrum_write_unit(ana_text *text, const char *unit, bool density)
{
    const bool named = unit != NULL && strcmp(unit, "1") != 0;
    ana_text_printf(text, "%s%s%s", named ? unit : "1", named ? "^2" : "", density ? "/Hz" : "");
}
