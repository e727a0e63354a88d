/* Spectra of series, and power in bands. */
#include "derived.h"
#include "spectra.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <omp.h>
#include <string.h>

/* A walk that feeds a stream. */
typedef struct feeding {
    ana_spectrum_stream *stream;
    size_t segment;
} feeding;

static ana_status feed(void *user, const ana_block *block)
{
    feeding *work = user;
    if (block->segment != work->segment) {
        ana_spectrum_stream_gap(work->stream);
        work->segment = block->segment;
    }
    return ana_spectrum_stream_push(work->stream, block->n, block->values);
}

static ana_status average_windows(const ana_series *series, const ana_spectrum_options *options,
                                  size_t *n_windows, ana_matrix **out)
{
    ana_status status = ANA_OK;
    feeding work = {NULL, 0};
    ANA_TRY(ana_spectrum_stream_new(options, series->rate, series->n_channels, &work.stream));
    ANA_TRY(ana_series_blocks(series, NULL, &options->run, feed, &work));
    ANA_TRY(ana_spectrum_stream_read(work.stream, n_windows, out));
    ana_spectrum_stream_warn(work.stream, &options->run);
done:
    ana_spectrum_stream_free(work.stream);
    return status;
}

/* The whole segment as one window: what is shared by the groups of channels. */
typedef struct whole_segment {
    const ana_series *series;
    const ana_spectrum_options *options;
    ana_window_power *power;
    ana_power_average average;
    size_t stride; /* scratch of one thread */
} whole_segment;

/* Channels that the memory allowed takes at a time, their spectra aside. */
static ana_status count_at_once(const whole_segment *whole, size_t *n)
{
    const ana_run *run = &whole->options->run;
    const size_t channel = whole->series->n_times * sizeof(double);
    const size_t threads = (size_t)ana_run_threads(run, whole->series->n_channels);
    const size_t fixed = threads * whole->stride * sizeof(double);
    ana_status status = ana_run_check_memory(run, fixed + channel, "spectrum of a whole segment");
    if (status == ANA_OK) {
        const size_t room = (ana_run_memory_limit(run) - fixed) / channel;
        *n = room < whole->series->n_channels ? room : whole->series->n_channels;
    }
    return status;
}

/* Channels first ... first + n - 1, whose samples go to x. */
static ana_status run_group(whole_segment *whole, size_t first, size_t n, double *x,
                            double *scratch, size_t *n_unconverged)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_times = whole->series->n_times;
    size_t *channels = ana_workspace_sizes(&workspace, n, 1);
    size_t *unconverged = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "spectrum"));
    for (size_t i = 0; i < n; i++) {
        channels[i] = first + i;
    }
    ANA_TRY(ana_series_read(whole->series, n, channels, 0, n_times, x));
#pragma omp parallel for default(none) num_threads(ana_run_threads(&whole->options->run, n))       \
    schedule(static) shared(whole, first, n, n_times, x, scratch, unconverged)
    for (size_t i = 0; i < n; i++) {
        bool converged =
            ana_power_average_window(&whole->average, whole->power, first + i, x + i * n_times,
                                     scratch + (size_t)omp_get_thread_num() * whole->stride);
        unconverged[i] = converged ? 0 : 1;
    }
    for (size_t i = 0; i < n; i++) {
        *n_unconverged += unconverged[i];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status run_groups(whole_segment *whole)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_channels = whole->series->n_channels;
    const ana_run *run = &whole->options->run;
    const size_t threads = (size_t)ana_run_threads(run, n_channels);
    size_t at_once = 0;
    size_t n_unconverged = 0;
    ANA_TRY(count_at_once(whole, &at_once));
    double *x = ana_workspace_doubles(&workspace, at_once, whole->series->n_times);
    double *scratch = ana_workspace_doubles(&workspace, threads, whole->stride);
    ANA_TRY(ana_workspace_check(&workspace, "spectrum"));
    ANA_TRY(ana_power_average_reserve(&whole->average, 1));
    for (size_t first = 0; first < n_channels; first += at_once) {
        const size_t n = n_channels - first < at_once ? n_channels - first : at_once;
        ANA_TRY(run_group(whole, first, n, x, scratch, &n_unconverged));
        ANA_TRY(ana_run_progress(run, "spectrum", first + n, n_channels));
    }
    if (n_unconverged > 0) {
        ana_warn(run, "multitaper: the adaptive weights of %zu channels did not converge",
                 n_unconverged);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status whole_spectrum(const ana_series *series, const ana_spectrum_options *options,
                                 size_t *n_windows, ana_matrix **out)
{
    ana_status status = ANA_OK;
    whole_segment whole = {.series = series, .options = options};
    ANA_TRY(ana_spectrum_check(options, series->rate));
    if (series->n_segments != 1) {
        status = ana_fail(ANA_ERR_VALUE,
                          "spectrum: series \"%s\" has %zu segments; with one, the whole of it can "
                          "be a window, else give a window's length",
                          series->name, series->n_segments);
        goto done;
    }
    ANA_TRY(ana_window_power_new(options, series->rate, series->n_times, &whole.power));
    whole.stride = ana_power_average_scratch(whole.power);
    ANA_TRY(ana_power_average_new(options, series->n_channels, whole.power, &whole.average));
    ANA_TRY(run_groups(&whole));
    ANA_TRY(ana_power_average_read(&whole.average, whole.power, options, out));
    if (n_windows != NULL) {
        memcpy(n_windows, whole.average.n, series->n_channels * sizeof *n_windows);
    }
done:
    ana_power_average_release(&whole.average);
    ana_window_power_free(whole.power);
    return status;
}

/* Unit of the powers when all channels have one unit. */
static ana_status name_unit(const ana_series *series, const ana_spectrum_options *options,
                            ana_matrix *matrix)
{
    ana_status status = ANA_OK;
    ana_text unit = {0};
    const char *first = series->n_channels > 0 ? series->channels[0].unit : NULL;
    for (size_t c = 1; c < series->n_channels && first != NULL; c++) {
        const char *own = series->channels[c].unit;
        first = own != NULL && strcmp(own, first) == 0 ? first : NULL;
    }
    if (first == NULL) {
        return ANA_OK;
    }
    ana_spectrum_write_unit(&unit, first, options->scaling == ANA_SPECTRUM_DENSITY);
    ANA_TRY(ana_text_check(&unit, "spectrum"));
    matrix->unit = unit.bytes;
    unit = (ana_text){0};
done:
    ana_text_release(&unit);
    return status;
}

static ana_status label(const ana_series *series, const ana_spectrum_options *options,
                        ana_matrix *matrix)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const char **names =
        ana_workspace_bytes(&workspace, series->n_channels, 1, sizeof(const char *));
    ANA_TRY(ana_workspace_check(&workspace, "spectrum"));
    for (size_t c = 0; c < series->n_channels; c++) {
        names[c] = series->channels[c].name;
    }
    ANA_TRY(ana_matrix_set_labels(matrix, 0, names));
    ANA_TRY(name_unit(series, options, matrix));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_series_spectrum(const ana_series *series, const ana_spectrum_options *options,
                               size_t *n_windows, ana_matrix **out)
{
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    const ana_spectrum_options standard = ana_spectrum_options_default();
    const ana_spectrum_options *chosen = options != NULL ? options : &standard;
    ANA_TRY(ana_series_need_rate(series, "spectrum"));
    ANA_TRY(chosen->window_s == 0.0 ? whole_spectrum(series, chosen, n_windows, &matrix)
                                    : average_windows(series, chosen, n_windows, &matrix));
    ANA_TRY(label(series, chosen, matrix));
    *out = matrix;
    matrix = NULL;
done:
    ana_matrix_free(matrix);
    return status;
}
