/* Cross-spectra of trials and their coherences. */
#include "checked.h"
#include "cross_spectra.h"
#include "try.h"
#include "workspace.h"

#include <analysis/cross_spectrum.h>
#include <analysis/taper.h>

#include <math.h>
#include <omp.h>
#include <string.h>

const ana_option ana_cross_spectrum_option_table[] = {
    {"window", ANA_OPTION_SIZE, offsetof(ana_cross_spectrum_options, window), 2, 1 << 30, NULL,
     "SAMPLES", "length of the windows", false},
    {"overlap", ANA_OPTION_DOUBLE, offsetof(ana_cross_spectrum_options, overlap), 0, 0.999, NULL,
     "PART", "part of a window that the next one shares", false},
    {"min-frequency", ANA_OPTION_DOUBLE, offsetof(ana_cross_spectrum_options, min_hz), 0, 1e9, NULL,
     "HZ", "lowest frequency", false},
    {"max-frequency", ANA_OPTION_DOUBLE, offsetof(ana_cross_spectrum_options, max_hz), 0, 1e9, NULL,
     "HZ", "highest frequency; 0: half the rate", false},
    {"spectrum-compat", ANA_OPTION_BOOL, offsetof(ana_cross_spectrum_options, compat), 0, 0, NULL,
     NULL, "as pyRiemann: the ends of the band are not doubled", false},
    ANA_OPTION_END,
};

const char *const ana_coherence_names[] = {"ordinary", "instantaneous", "imaginary", "lagged",
                                           NULL};

ana_cross_spectrum_options ana_cross_spectrum_options_default(void)
{
    const ana_cross_spectrum_options options = {
        .run = ana_run_default(), .window = 128, .overlap = 0.75};
    return options;
}

ana_status ana_cross_spectrum_frequencies(const ana_cross_spectrum_options *options, double rate,
                                          size_t *first, size_t *n_frequencies)
{
    ana_status status = ANA_OK;
    const ana_cross_spectrum_options standard = ana_cross_spectrum_options_default();
    options = options != NULL ? options : &standard;
    ANA_TRY(ana_options_check(ana_cross_spectrum_option_table, options, "cross-spectrum"));
    if (!(rate > 0.0) || isinf(rate)) {
        return ana_fail(ANA_ERR_VALUE, "cross-spectrum: a rate of %g Hz", rate);
    }
    const double highest = options->max_hz > 0.0 ? options->max_hz : rate;
    const size_t n_bins = ana_fft_bins(options->window);
    size_t n = 0;
    for (size_t k = 0; k < n_bins; k++) {
        const double hz = (double)k * rate / (double)options->window;
        if (hz >= options->min_hz && hz <= highest) {
            *first = n == 0 ? k : *first;
            n++;
        }
    }
    if (n == 0) {
        return ana_fail(ANA_ERR_VALUE,
                        "cross-spectrum: no frequency from %g to %g Hz; windows of %zu samples at "
                        "%g Hz have multiples of %g Hz up to %g Hz",
                        options->min_hz, highest, options->window, rate,
                        rate / (double)options->window, rate / 2.0);
    }
    *n_frequencies = n;
done:
    return status;
}

/* The same for all trials. */
typedef struct spectrum_plan {
    const ana_cross_spectrum_options *options;
    const ana_trial_signals *trials;
    const ana_fft *fft;
    const double *taper;
    double power; /* of the taper, times the windows */
    size_t n_windows;
    size_t step;
    size_t first; /* frequency */
    size_t n_frequencies;
} spectrum_plan;

/* One a thread. */
typedef struct spectrum_room {
    double *window;
    double *spectrum;   /* of one channel and window */
    double *transforms; /* frequency x channel x 2, of one window */
} spectrum_room;

/* S += conj(X_c) X_d below the diagonal. */
static void add_window(size_t n, const double *x, double *sum)
{
    for (size_t c = 0; c < n; c++) {
        for (size_t d = 0; d <= c; d++) {
            double *element = sum + 2 * (c * n + d);
            element[0] += x[2 * c] * x[2 * d] + x[2 * c + 1] * x[2 * d + 1];
            element[1] += x[2 * c] * x[2 * d + 1] - x[2 * c + 1] * x[2 * d];
        }
    }
}

/* Whether -f is another frequency. */
static bool is_doubled(const spectrum_plan *plan, size_t which)
{
    const size_t window = plan->options->window;
    if (plan->options->compat) {
        return which > 0 && (window % 2 == 1 || which + 1 < plan->n_frequencies);
    }
    const size_t k = plan->first + which;
    return k > 0 && 2 * k != window;
}

static void finish_matrix(const spectrum_plan *plan, size_t which, double *sum)
{
    const size_t n = plan->trials->n_channels;
    const double factor = (is_doubled(plan, which) ? 2.0 : 1.0) / plan->power;
    for (size_t c = 0; c < n; c++) {
        for (size_t d = 0; d <= c; d++) {
            double *below = sum + 2 * (c * n + d);
            double *above = sum + 2 * (d * n + c);
            below[0] *= factor;
            below[1] *= c == d ? 0.0 : factor;
            above[0] = below[0];
            above[1] = c == d ? 0.0 : -below[1];
        }
    }
}

static ana_status check_samples(const spectrum_plan *plan, size_t trial)
{
    const size_t n_times = plan->trials->n_times;
    const double *x = plan->trials->values + trial * plan->trials->n_channels * n_times;
    for (size_t i = 0; i < plan->trials->n_channels * n_times; i++) {
        if (!isfinite(x[i])) {
            return ana_fail(ANA_ERR_VALUE, "cross-spectrum: trial %zu: channel %zu has %s sample",
                            trial, i / n_times, isnan(x[i]) ? "a missing" : "an infinite");
        }
    }
    return ANA_OK;
}

static void transform_trial(const spectrum_plan *plan, size_t trial, const spectrum_room *room,
                            double *out)
{
    const size_t n = plan->trials->n_channels;
    const size_t window = plan->options->window;
    const double *x = plan->trials->values + trial * n * plan->trials->n_times;
    memset(out, 0, plan->n_frequencies * n * n * 2 * sizeof *out);
    for (size_t w = 0; w < plan->n_windows; w++) {
        for (size_t c = 0; c < n; c++) {
            const double *from = x + c * plan->trials->n_times + w * plan->step;
            for (size_t t = 0; t < window; t++) {
                room->window[t] = plan->taper[t] * from[t];
            }
            ana_fft_forward(plan->fft, room->window, room->spectrum);
            for (size_t f = 0; f < plan->n_frequencies; f++) {
                memcpy(room->transforms + 2 * (f * n + c), room->spectrum + 2 * (plan->first + f),
                       2 * sizeof *room->transforms);
            }
        }
        for (size_t f = 0; f < plan->n_frequencies; f++) {
            add_window(n, room->transforms + 2 * f * n, out + 2 * f * n * n);
        }
    }
    for (size_t f = 0; f < plan->n_frequencies; f++) {
        finish_matrix(plan, f, out + 2 * f * n * n);
    }
}

static ana_status check_trials(const ana_cross_spectrum_options *options,
                               const ana_trial_signals *trials)
{
    if (trials->is_complex || trials->weights != NULL) {
        return ana_fail(ANA_ERR_UNSUPPORTED, "cross-spectrum: real samples without weights only");
    }
    if (trials->n_channels == 0 || trials->n_times < options->window) {
        return ana_fail(ANA_ERR_VALUE,
                        "cross-spectrum: %zu samples of %zu channels; at least one channel and a "
                        "window of %zu samples",
                        trials->n_times, trials->n_channels, options->window);
    }
    return ANA_OK;
}

/* The plan, whose transform is there; the taper is of the workspace. */
static ana_status make_plan(const ana_cross_spectrum_options *options, double rate,
                            const ana_trial_signals *trials, ana_workspace *workspace,
                            spectrum_plan *plan)
{
    ana_status status = ANA_OK;
    const size_t window = options->window;
    double squares = 0.0;
    plan->options = options;
    plan->trials = trials;
    ANA_TRY(ana_cross_spectrum_frequencies(options, rate, &plan->first, &plan->n_frequencies));
    ANA_TRY(check_trials(options, trials));
    double *taper = ana_workspace_doubles(workspace, window, 1);
    ANA_TRY(ana_workspace_check(workspace, "cross-spectrum"));
    ANA_TRY(ana_taper_fill(ANA_TAPER_HANN, 0.0, true, window, taper));
    for (size_t t = 0; t < window; t++) {
        squares += taper[t] * taper[t];
    }
    if (!(squares > 0.0)) { /* of two samples, both ends */
        return ana_fail(ANA_ERR_VALUE, "cross-spectrum: a window of %zu samples is all taper",
                        window);
    }
    const double step = (1.0 - options->overlap) * (double)window;
    plan->taper = taper;
    plan->step = step >= 1.0 ? (size_t)step : 1;
    plan->n_windows = (trials->n_times - window) / plan->step + 1;
    plan->power = (double)plan->n_windows * squares;
done:
    return status;
}

/* All trials; those with bad samples are told before. */
static ana_status transform_all(const spectrum_plan *plan, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = plan->trials->n_channels;
    const size_t n_trials = plan->trials->n_trials;
    const size_t size = plan->n_frequencies * n * n * 2;
    const int n_threads = ana_run_threads(&plan->options->run, n_trials);
    spectrum_room *rooms = ana_workspace_bytes(&workspace, (size_t)n_threads, 1, sizeof *rooms);
    ANA_TRY(ana_workspace_check(&workspace, "cross-spectrum"));
    for (int i = 0; i < n_threads; i++) {
        rooms[i].window = ana_workspace_doubles(&workspace, plan->options->window, 1);
        rooms[i].spectrum =
            ana_workspace_doubles(&workspace, ana_fft_bins(plan->options->window), 2);
        rooms[i].transforms = ana_workspace_doubles(&workspace, plan->n_frequencies * n, 2);
    }
    ANA_TRY(ana_workspace_check(&workspace, "cross-spectrum"));
    for (size_t trial = 0; trial < n_trials; trial++) {
        ANA_TRY(check_samples(plan, trial));
    }
#pragma omp parallel for default(none) num_threads(n_threads) schedule(static)                     \
    shared(plan, rooms, out, size, n_trials)
    for (size_t trial = 0; trial < n_trials; trial++) {
        transform_trial(plan, trial, &rooms[omp_get_thread_num()], out + trial * size);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_cross_spectrum_by(const ana_fft *fft, const ana_cross_spectrum_options *options,
                                 double rate, const ana_trial_signals *trials, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    spectrum_plan plan = {.fft = fft};
    ANA_TRY(make_plan(options, rate, trials, &workspace, &plan));
    ANA_TRY(transform_all(&plan, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_cross_spectrum(const ana_cross_spectrum_options *given, double rate,
                              const ana_trial_signals *trials, double *out)
{
    ana_status status = ANA_OK;
    ana_fft *fft = NULL;
    size_t first = 0;
    size_t n = 0;
    const ana_cross_spectrum_options options =
        given != NULL ? *given : ana_cross_spectrum_options_default();
    ANA_TRY(ana_cross_spectrum_frequencies(&options, rate, &first, &n));
    ANA_TRY(check_trials(&options, trials));
    ANA_TRY(ana_fft_new(options.window, &fft));
    ANA_TRY(ana_cross_spectrum_by(fft, &options, rate, trials, out));
done:
    ana_fft_free(fft);
    return status;
}

void ana_cospectrum(size_t n_matrices, size_t n, const double *spectra, double *out)
{
    for (size_t i = 0; i < n_matrices * n * n; i++) {
        out[i] = spectra[2 * i];
    }
}

/* Of S_cd over the root of the powers: numbers of size 1, whatever the unit. */
static double coherence_of(ana_coherence_kind kind, bool is_diagonal, double real, double imaginary)
{
    const double nothing = 1e-10; /* of what is not instantaneous */
    switch (kind) {
    case ANA_COHERENCE_ORDINARY:
        return is_diagonal ? 1.0 : real * real + imaginary * imaginary;
    case ANA_COHERENCE_INSTANTANEOUS:
        return is_diagonal ? 1.0 : real * real;
    case ANA_COHERENCE_IMAGINARY:
        return imaginary * imaginary;
    case ANA_COHERENCE_LAGGED:
        break;
    }
    const double rest = 1.0 - real * real;
    return is_diagonal || rest < nothing ? 0.0 : imaginary * imaginary / rest;
}

ana_status ana_coherence(ana_coherence_kind kind, size_t n_matrices, size_t n,
                         const double *spectra, double *out)
{
    for (size_t k = 0; k < n_matrices; k++) {
        const double *s = spectra + k * n * n * 2;
        double *coherence = out + k * n * n;
        for (size_t c = 0; c < n; c++) {
            if (!(s[2 * (c * n + c)] > 0.0)) {
                return ana_fail(ANA_ERR_NUMERIC, "coherence: matrix %zu: channel %zu has no power",
                                k, c);
            }
        }
        for (size_t c = 0; c < n; c++) {
            for (size_t d = 0; d <= c; d++) {
                const double *element = s + 2 * (c * n + d);
                const double scale = sqrt(s[2 * (c * n + c)]) * sqrt(s[2 * (d * n + d)]);
                const double value =
                    coherence_of(kind, c == d, element[0] / scale, element[1] / scale);
                coherence[c * n + d] = fmin(value, 1.0);
                coherence[d * n + c] = coherence[c * n + d];
            }
        }
    }
    return ANA_OK;
}
