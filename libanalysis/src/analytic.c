#include "checked.h"
#include "derived.h"
#include "fft.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/time_frequency.h>

#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <stdlib.h>

const char *const ana_analytic_names[] = {"envelope", "phase", "imaginary", NULL};

/* Scratch of one channel: a copy of it, its spectrum. */
static size_t scratch_doubles(size_t n)
{
    return ana_fft_stride(n) + ana_fft_stride(2 * ana_fft_bins(n));
}

/* The Hilbert transform turns positive frequencies by -90 degrees: X becomes -i X; what stands at 0
 * and at half the rate goes. */
static void turn(size_t n, double *spectrum)
{
    const size_t bins = ana_fft_bins(n);
    for (size_t k = 0; k < bins; k++) {
        const bool single = k == 0 || 2 * k == n;
        const double re = spectrum[2 * k] / (double)n;
        const double im = spectrum[2 * k + 1] / (double)n;
        spectrum[2 * k] = single ? 0.0 : im;
        spectrum[2 * k + 1] = single ? 0.0 : -re;
    }
}

static double convert(ana_analytic_output output, double re, double im)
{
    switch (output) {
    case ANA_ANALYTIC_PHASE:
        return atan2(im, re);
    case ANA_ANALYTIC_IMAGINARY:
        return im;
    case ANA_ANALYTIC_ENVELOPE:
        break;
    }
    return sqrt(re * re + im * im);
}

static void run_channel(const ana_fft *fft, ana_analytic_output output, size_t n, const double *x,
                        double *scratch, double *out)
{
    double *signal = scratch;
    double *spectrum = scratch + ana_fft_stride(n);
    for (size_t t = 0; t < n; t++) {
        signal[t] = x[t];
    }
    ana_fft_forward(fft, signal, spectrum);
    turn(n, spectrum);
    ana_fft_inverse(fft, spectrum, signal);
    for (size_t t = 0; t < n; t++) {
        out[t] = convert(output, x[t], signal[t]);
    }
}

ana_status ana_analytic(ana_analytic_output output, size_t n_channels, size_t n_times,
                        const double *x, const ana_run *run, double *out)
{
    if (n_channels == 0 || n_times == 0) {
        return ANA_OK;
    }
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_fft *fft = NULL;
    const size_t stride = scratch_doubles(n_times);
    const int n_threads = ana_run_threads(run, n_channels);
    size_t bytes = 0;
    if (!ana_multiply(stride, (size_t)n_threads * sizeof(double), &bytes)) {
        bytes = SIZE_MAX;
    }
    ANA_TRY(ana_run_check_memory(run, bytes, "analytic signal"));
    ANA_TRY(ana_fft_new(n_times, &fft));
    double *scratch = ana_workspace_doubles(&workspace, stride, (size_t)n_threads);
    ANA_TRY(ana_workspace_check(&workspace, "analytic signal"));
#pragma omp parallel for default(none) num_threads(n_threads) schedule(static)                     \
    shared(fft, output, n_channels, n_times, x, out, scratch, stride)
    for (size_t c = 0; c < n_channels; c++) {
        run_channel(fft, output, n_times, x + c * n_times,
                    scratch + (size_t)omp_get_thread_num() * stride, out + c * n_times);
    }
done:
    ana_fft_free(fft);
    ana_workspace_release(&workspace);
    return status;
}

/* The plan for the segment length prepared last. */
typedef struct analytic_kernel {
    ana_analytic_output output;
    ana_fft *fft;
} analytic_kernel;

static ana_status analytic_prepare(void *self, size_t n_times)
{
    analytic_kernel *kernel = self;
    ana_fft_free(kernel->fft);
    kernel->fft = NULL;
    return ana_fft_new(n_times, &kernel->fft);
}

static size_t analytic_scratch(const void *self, size_t n_times)
{
    (void)self;
    return scratch_doubles(n_times);
}

static void analytic_compute(const void *self, const ana_derived_block *block, double *scratch,
                             double *const *out)
{
    const analytic_kernel *kernel = self;
    run_channel(kernel->fft, kernel->output, block->n_times, block->in, scratch, out[0]);
}

static void analytic_free(void *self)
{
    analytic_kernel *kernel = self;
    ana_fft_free(kernel->fft);
    free(kernel);
}

/* A phase is in radians, whatever the signal was in. */
static ana_status set_units(ana_analytic_output output, ana_series *series)
{
    ana_status status = ANA_OK;
    for (size_t c = 0; c < series->n_channels && output == ANA_ANALYTIC_PHASE; c++) {
        ana_channel *channel = &series->channels[c];
        if (channel->kind == ANA_KIND_TRIGGER) {
            continue;
        }
        char *unit = NULL;
        status = ana_copy_text("rad", &unit);
        if (status != ANA_OK) {
            break;
        }
        free(channel->unit);
        channel->unit = unit;
    }
    return status;
}

ana_status ana_series_analytic(const ana_series *series, ana_analytic_output output,
                               const ana_run *run, ana_series **out)
{
    ana_status status = ANA_OK;
    analytic_kernel *kernel = NULL;
    ana_series *made = NULL;
    ANA_TRY(ana_allocate(1, sizeof *kernel, "analytic signal", &kernel));
    kernel->output = output;
    const ana_derivation derivation = {.name = "analytic signal of a whole segment",
                                       .n_outputs = 1,
                                       .n_lanes = 1,
                                       .holds_triggers = true,
                                       .up = 1,
                                       .down = 1,
                                       .rate = series->rate,
                                       .prepare = analytic_prepare,
                                       .scratch = analytic_scratch,
                                       .compute = analytic_compute,
                                       .free = analytic_free};
    ANA_TRY(ana_series_derive(series, &derivation, kernel, run, &made));
    ANA_TRY(set_units(output, made));
    *out = made;
    made = NULL;
done:
    ana_series_free(made);
    return status;
}
