#include "constants.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "wavelets.h"
#include "workspace.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

static const char *const output_names[] = {"power", "amplitude", "phase", "complex", NULL};

const ana_option ana_morlet_option_table[] = {
    {"min-frequency", ANA_OPTION_DOUBLE, offsetof(ana_morlet_options, min_hz), 0, INFINITY, NULL,
     "HZ", "lowest frequency", false},
    {"max-frequency", ANA_OPTION_DOUBLE, offsetof(ana_morlet_options, max_hz), 0, INFINITY, NULL,
     "HZ", "highest frequency", false},
    {"frequencies", ANA_OPTION_SIZE, offsetof(ana_morlet_options, n_frequencies), 1, 10000, NULL,
     "N", "number of frequencies", false},
    {"logarithmic", ANA_OPTION_BOOL, offsetof(ana_morlet_options, logarithmic), 0, 0, NULL, NULL,
     "frequencies at equal ratios instead of equal steps", false},
    {"cycles", ANA_OPTION_DOUBLE, offsetof(ana_morlet_options, cycles), 0, 1000, NULL, "N",
     "cycles of a wavelet at the lowest frequency", false},
    {"max-cycles", ANA_OPTION_DOUBLE, offsetof(ana_morlet_options, max_cycles), 0, 1000, NULL, "N",
     "cycles at the highest frequency; 0: as at the lowest", false},
    {"zero-mean", ANA_OPTION_BOOL, offsetof(ana_morlet_options, zero_mean), 0, 0, NULL, NULL,
     "wavelets that do not answer to an offset", false},
    {"output", ANA_OPTION_CHOICE, offsetof(ana_morlet_options, output), 0, 0, output_names, "KIND",
     "what is given at each time and frequency", false},
    ANA_OPTION_END,
};

ana_morlet_options ana_morlet_options_default(void)
{
    return (ana_morlet_options){.run = ana_run_default(),
                                .min_hz = 4.0,
                                .max_hz = 40.0,
                                .n_frequencies = 20,
                                .logarithmic = true,
                                .cycles = 3.0};
}

/* Samples on each side of a wavelet's middle: those within 5 sigma. */
static size_t half_length(double rate, double frequency, double cycles)
{
    const double sigma = cycles / (2.0 * ANA_PI * frequency);
    return (size_t)(ceil(5.0 * sigma * rate) - 1.0);
}

/* re, im: 2 half + 1 samples of the wavelet. */
static void fill_wavelet(double rate, double frequency, double cycles, bool zero_mean, size_t half,
                         double *re, double *im)
{
    const double sigma = cycles / (2.0 * ANA_PI * frequency);
    const double mean =
        zero_mean ? exp(-2.0 * ANA_PI * ANA_PI * frequency * frequency * sigma * sigma) : 0.0;
    double norm = 0.0;
    for (size_t i = 0; i <= 2 * half; i++) {
        const double t = ((double)i - (double)half) / rate;
        const double envelope = exp(-t * t / (2.0 * sigma * sigma));
        re[i] = envelope * (cos(2.0 * ANA_PI * frequency * t) - mean);
        im[i] = envelope * sin(2.0 * ANA_PI * frequency * t);
        norm += re[i] * re[i] + im[i] * im[i];
    }
    for (size_t i = 0; i <= 2 * half; i++) {
        re[i] /= sqrt(0.5 * norm);
        im[i] /= sqrt(0.5 * norm);
    }
}

static ana_status check_wavelets(double rate, size_t n, const double *frequencies_hz,
                                 const double *cycles)
{
    if (n == 0) {
        return ana_fail(ANA_ERR_VALUE, "Morlet wavelets: no frequency is given");
    }
    for (size_t i = 0; i < n; i++) {
        if (!(frequencies_hz[i] > 0.0 && frequencies_hz[i] <= 0.5 * rate)) {
            return ana_fail(
                ANA_ERR_VALUE,
                "Morlet wavelet at %s Hz; above 0 and at most half the rate of %s Hz is "
                "right",
                ana_number(frequencies_hz[i]).text, ana_number(rate).text);
        }
        const double samples = 5.0 * cycles[i] / (2.0 * ANA_PI * frequencies_hz[i]) * rate;
        if (!(samples > 1.0 && samples < 1e7)) {
            return ana_fail(ANA_ERR_VALUE,
                            "Morlet wavelet of %s cycles at %s Hz: %s samples to either side; 1 to "
                            "10^7 are possible",
                            ana_number(cycles[i]).text, ana_number(frequencies_hz[i]).text,
                            ana_number(samples).text);
        }
    }
    return ANA_OK;
}

static ana_status make_convolver(double rate, size_t n, const double *frequencies_hz,
                                 const double *cycles, bool zero_mean, ana_convolver **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_response *responses = ana_workspace_bytes(&workspace, n, 2, sizeof *responses);
    ANA_TRY(ana_workspace_check(&workspace, "Morlet wavelets"));
    for (size_t i = 0; i < n; i++) {
        const size_t half = half_length(rate, frequencies_hz[i], cycles[i]);
        double *re = ana_workspace_doubles(&workspace, 2 * half + 1, 1);
        double *im = ana_workspace_doubles(&workspace, 2 * half + 1, 1);
        ANA_TRY(ana_workspace_check(&workspace, "Morlet wavelets"));
        fill_wavelet(rate, frequencies_hz[i], cycles[i], zero_mean, half, re, im);
        responses[2 * i] = (ana_response){2 * half + 1, re, half};
        responses[2 * i + 1] = (ana_response){2 * half + 1, im, half};
    }
    ANA_TRY(ana_convolver_new(2 * n, responses, false, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_morlet_new(double rate, size_t n, const double *frequencies_hz, const double *cycles,
                          bool zero_mean, ana_morlet **out)
{
    ana_status status = ANA_OK;
    ana_morlet *morlet = NULL;
    ANA_TRY(check_wavelets(rate, n, frequencies_hz, cycles));
    ANA_TRY(ana_allocate(1, sizeof *morlet, "Morlet wavelets", &morlet));
    atomic_init(&morlet->n_owners, 1);
    morlet->rate = rate;
    morlet->n = n;
    ANA_TRY(ana_allocate(n, sizeof(double), "Morlet wavelets", &morlet->frequencies));
    memcpy(morlet->frequencies, frequencies_hz, n * sizeof(double));
    ANA_TRY(make_convolver(rate, n, frequencies_hz, cycles, zero_mean, &morlet->convolver));
    *out = morlet;
    morlet = NULL;
done:
    ana_morlet_free(morlet);
    return status;
}

ana_morlet *ana_morlet_share(ana_morlet *morlet)
{
    atomic_fetch_add(&morlet->n_owners, 1);
    return morlet;
}

void ana_morlet_free(ana_morlet *morlet)
{
    if (morlet != NULL && atomic_fetch_sub(&morlet->n_owners, 1) == 1) {
        ana_convolver_free(morlet->convolver);
        free(morlet->frequencies);
        free(morlet);
    }
}

/* Between the lowest and the highest, at equal steps or ratios. */
static double between(double lowest, double highest, double part, bool logarithmic)
{
    return logarithmic ? lowest * pow(highest / lowest, part) : lowest + part * (highest - lowest);
}

ana_status ana_morlet_from_options(const ana_morlet_options *options, double rate, ana_morlet **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_morlet_options standard = ana_morlet_options_default();
    const ana_morlet_options *chosen = options != NULL ? options : &standard;
    ANA_TRY(ana_options_check(ana_morlet_option_table, chosen, "Morlet wavelets"));
    const size_t n = chosen->n_frequencies;
    const double last_cycles = chosen->max_cycles > 0.0 ? chosen->max_cycles : chosen->cycles;
    double *frequencies = ana_workspace_doubles(&workspace, n, 1);
    double *cycles = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "Morlet wavelets"));
    for (size_t i = 0; i < n; i++) {
        const double part = n > 1 ? (double)i / ((double)n - 1.0) : 0.0;
        frequencies[i] = between(chosen->min_hz, chosen->max_hz, part, chosen->logarithmic);
        cycles[i] = between(chosen->cycles, last_cycles, part, chosen->logarithmic);
    }
    ANA_TRY(ana_morlet_new(rate, n, frequencies, cycles, chosen->zero_mean, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

size_t ana_morlet_count(const ana_morlet *morlet)
{
    return morlet->n;
}

double ana_morlet_frequency(const ana_morlet *morlet, size_t i)
{
    return morlet->frequencies[i];
}

size_t ana_morlet_rows(const ana_morlet *morlet, ana_morlet_output output)
{
    return output == ANA_MORLET_COMPLEX ? 2 * morlet->n : morlet->n;
}

size_t ana_morlet_scratch(const ana_morlet_kernel *kernel, size_t n)
{
    const ana_morlet *morlet = kernel->morlet;
    const size_t convolver = ana_fft_stride(ana_convolver_scratch(morlet->convolver));
    const bool direct = kernel->output == ANA_MORLET_COMPLEX;
    return convolver + (direct ? 0 : ana_fft_stride(2 * morlet->n * n));
}

static double convert(ana_morlet_output output, double re, double im)
{
    switch (output) {
    case ANA_MORLET_AMPLITUDE:
        return sqrt(re * re + im * im);
    case ANA_MORLET_PHASE:
        return atan2(im, re);
    case ANA_MORLET_POWER:
    case ANA_MORLET_COMPLEX:
        break;
    }
    return re * re + im * im;
}

void ana_morlet_block(const ana_morlet_kernel *kernel, const ana_stretch *stretch, size_t block,
                      size_t n, double *scratch, size_t stride, double *out)
{
    const ana_morlet *morlet = kernel->morlet;
    if (kernel->output == ANA_MORLET_COMPLEX) {
        ana_convolver_run(morlet->convolver, stretch, block, n, scratch, stride, out);
        return;
    }
    double *parts = scratch + ana_fft_stride(ana_convolver_scratch(morlet->convolver));
    ana_convolver_run(morlet->convolver, stretch, block, n, scratch, n, parts);
    for (size_t i = 0; i < morlet->n; i++) {
        const double *re = parts + 2 * i * n;
        const double *im = re + n;
        for (size_t t = 0; t < n; t++) {
            out[i * stride + t] = convert(kernel->output, re[t], im[t]);
        }
    }
}

/* All blocks of one channel of a segment of n_times. */
static void run_channel(const ana_morlet_kernel *kernel, size_t n_times, const double *x,
                        double *scratch, double *out)
{
    const size_t hop = ana_convolver_block(kernel->morlet->convolver);
    const ana_stretch whole = {x, 0, n_times, n_times};
    for (size_t block = 0; block * hop < n_times; block++) {
        const size_t left = n_times - block * hop;
        ana_morlet_block(kernel, &whole, block, left < hop ? left : hop, scratch, n_times,
                         out + block * hop);
    }
}

ana_status ana_morlet_apply(const ana_morlet *morlet, ana_morlet_output output, size_t n_channels,
                            size_t n_times, const double *x, const ana_run *run, double *out)
{
    if (n_channels == 0 || n_times == 0) {
        return ANA_OK;
    }
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_morlet_kernel kernel = {morlet, output};
    const size_t hop = ana_convolver_block(morlet->convolver);
    const size_t rows = ana_morlet_rows(morlet, output);
    const size_t stride = ana_morlet_scratch(&kernel, hop < n_times ? hop : n_times);
    const int n_threads = ana_run_threads(run, n_channels);
    ANA_TRY(
        ana_run_check_memory(run, stride * (size_t)n_threads * sizeof(double), "Morlet wavelets"));
    double *scratch = ana_workspace_doubles(&workspace, stride, (size_t)n_threads);
    ANA_TRY(ana_workspace_check(&workspace, "Morlet wavelets"));
#pragma omp parallel for default(none) num_threads(n_threads) schedule(static)                     \
    shared(kernel, n_channels, n_times, x, out, rows, scratch, stride)
    for (size_t c = 0; c < n_channels; c++) {
        run_channel(&kernel, n_times, x + c * n_times,
                    scratch + (size_t)omp_get_thread_num() * stride, out + c * rows * n_times);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* What the threads share, and what one channel's work needs. */
typedef struct trial_average {
    ana_morlet_kernel kernel;
    const size_t *shape;
    const double *x;
    double *power;
    double *coherence;
} trial_average;

/* Adds the directions of one trial's answers; power likewise. parts: re and im rows of each
 * wavelet. */
static void add_trial(const trial_average *work, size_t channel, const double *parts,
                      double *directions)
{
    const size_t n = work->kernel.morlet->n;
    const size_t n_times = work->shape[2];
    for (size_t i = 0; i < n; i++) {
        const double *re = parts + 2 * i * n_times;
        const double *im = re + n_times;
        for (size_t t = 0; t < n_times; t++) {
            const double power = re[t] * re[t] + im[t] * im[t];
            const double amplitude = power > 0.0 || isnan(power) ? sqrt(power) : 1.0;
            if (work->power != NULL) {
                work->power[(channel * n + i) * n_times + t] += power;
            }
            directions[2 * i * n_times + t] += re[t] / amplitude;
            directions[(2 * i + 1) * n_times + t] += im[t] / amplitude;
        }
    }
}

static void finish_channel(const trial_average *work, size_t channel, const double *directions)
{
    const size_t n_times = work->shape[2];
    const size_t n = work->kernel.morlet->n * n_times;
    const double n_trials = (double)work->shape[0];
    for (size_t i = 0; i < n; i++) {
        const size_t row = i / n_times;
        const size_t t = i % n_times;
        const double re = directions[2 * row * n_times + t];
        const double im = directions[(2 * row + 1) * n_times + t];
        if (work->power != NULL) {
            work->power[channel * n + i] /= n_trials;
        }
        if (work->coherence != NULL) {
            work->coherence[channel * n + i] = sqrt(re * re + im * im) / n_trials;
        }
    }
}

/* Scratch: the convolver's, one trial's answers, the sums of their directions. */
static void average_channel(const trial_average *work, size_t channel, double *scratch)
{
    const size_t n_times = work->shape[2];
    const size_t n_parts = 2 * work->kernel.morlet->n * n_times;
    double *parts = scratch + ana_morlet_scratch(&work->kernel, n_times);
    double *directions = parts + n_parts;
    memset(directions, 0, n_parts * sizeof *directions);
    if (work->power != NULL) {
        memset(work->power + channel * n_parts / 2, 0, n_parts / 2 * sizeof *directions);
    }
    for (size_t trial = 0; trial < work->shape[0]; trial++) {
        const double *x = work->x + (trial * work->shape[1] + channel) * n_times;
        run_channel(&work->kernel, n_times, x, scratch, parts);
        add_trial(work, channel, parts, directions);
    }
    finish_channel(work, channel, directions);
}

ana_status ana_morlet_average(const ana_morlet *morlet, const size_t shape[3], const double *x,
                              const ana_run *run, double *power, double *coherence)
{
    if (shape[0] == 0) {
        return ana_fail(ANA_ERR_VALUE, "Morlet average: no trials");
    }
    if (shape[1] == 0) {
        return ANA_OK;
    }
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_channels = shape[1];
    trial_average work = {.kernel = {morlet, ANA_MORLET_COMPLEX}, .shape = shape, .x = x};
    work.power = power;
    work.coherence = coherence;
    const size_t stride =
        ana_morlet_scratch(&work.kernel, shape[2]) + ana_fft_stride(4 * morlet->n * shape[2]);
    const int n_threads = ana_run_threads(run, n_channels);
    ANA_TRY(
        ana_run_check_memory(run, stride * (size_t)n_threads * sizeof(double), "Morlet average"));
    double *scratch = ana_workspace_doubles(&workspace, stride, (size_t)n_threads);
    ANA_TRY(ana_workspace_check(&workspace, "Morlet average"));
#pragma omp parallel for default(none) num_threads(n_threads) schedule(static)                     \
    shared(work, n_channels, scratch, stride)
    for (size_t c = 0; c < n_channels; c++) {
        average_channel(&work, c, scratch + (size_t)omp_get_thread_num() * stride);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
