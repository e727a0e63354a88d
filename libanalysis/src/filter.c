#include "fft.h"
#include "filters.h"
#include "try.h"
#include "workspace.h"

#include <analysis/filter.h>

#include <math.h>
#include <omp.h>

static const char *const method_names[] = {"fir", "butterworth", NULL};
static const char *const phase_names[] = {"zero", "causal", "minimum", NULL};
/* The first of ana_taper_kind: those with a known length. */
static const char *const taper_names[] = {"hann", "hamming", "blackman", NULL};

const ana_option ana_filter_option_table[] = {
    {"filter", ANA_OPTION_CHOICE, offsetof(ana_filter_options, method), 0, 0, method_names, "KIND",
     "fir: windowed sinc; butterworth: recursive, maximally flat", false},
    {"phase", ANA_OPTION_CHOICE, offsetof(ana_filter_options, phase), 0, 0, phase_names, "PHASE",
     "zero: no delay, looks ahead; causal: past alone; minimum: causal FIR of least delay", false},
    {"high-pass", ANA_OPTION_DOUBLE, offsetof(ana_filter_options, high_pass_hz), 0, INFINITY, NULL,
     "HZ", "keep what is faster; above --low-pass: remove what lies between; 0: no high-pass",
     false},
    {"low-pass", ANA_OPTION_DOUBLE, offsetof(ana_filter_options, low_pass_hz), 0, INFINITY, NULL,
     "HZ", "keep what is slower; 0: no low-pass", false},
    {"high-pass-transition", ANA_OPTION_DOUBLE,
     offsetof(ana_filter_options, high_pass_transition_hz), 0, INFINITY, NULL, "HZ",
     "width of the FIR transition; 0: a quarter of the edge, at least 2 Hz, as far as there is "
     "room",
     false},
    {"low-pass-transition", ANA_OPTION_DOUBLE, offsetof(ana_filter_options, low_pass_transition_hz),
     0, INFINITY, NULL, "HZ", "the same of the low-pass", false},
    {"filter-length", ANA_OPTION_DOUBLE, offsetof(ana_filter_options, length_s), 0, INFINITY, NULL,
     "SECONDS", "length of the FIR filter; 0: what the narrower transition needs", false},
    {"filter-taper", ANA_OPTION_CHOICE, offsetof(ana_filter_options, taper), 0, 0, taper_names,
     "TAPER", "taper of the FIR filter", false},
    {"order", ANA_OPTION_SIZE, offsetof(ana_filter_options, order), 1, 24, NULL, "N",
     "order of the Butterworth filter; a band has twice as many poles", false},
    {"notch", ANA_OPTION_DOUBLE, offsetof(ana_filter_options, notch_hz), 0, INFINITY, NULL, "HZ",
     "remove this frequency, such as that of the mains; 0: none", false},
    {"notch-harmonics", ANA_OPTION_SIZE, offsetof(ana_filter_options, notch_harmonics), 1, 1000,
     NULL, "N", "how many multiples of --notch to remove, itself included", false},
    {"notch-width", ANA_OPTION_DOUBLE, offsetof(ana_filter_options, notch_width_hz), 0, INFINITY,
     NULL, "HZ", "width of the notch; 0: a 200th of its frequency (fir), a 30th (butterworth)",
     false},
    {"notch-transition", ANA_OPTION_DOUBLE, offsetof(ana_filter_options, notch_transition_hz), 0,
     INFINITY, NULL, "HZ", "both transitions of a FIR notch together", false},
    ANA_OPTION_END,
};

ana_filter_options ana_filter_options_default(void)
{
    return (ana_filter_options){.run = ana_run_default(),
                                .taper = ANA_TAPER_HAMMING,
                                .order = 4,
                                .notch_harmonics = 1,
                                .notch_transition_hz = 1.0};
}

/* One segment in memory, filtered block by block: what the threads share. */
typedef struct segment_work {
    const ana_convolver *convolver;
    size_t n_times;
    size_t n_blocks;
    const double *x;
    double *out;
} segment_work;

static void filter_block(const segment_work *work, size_t item, double *scratch)
{
    size_t channel = item / work->n_blocks;
    size_t block = item % work->n_blocks;
    size_t hop = ana_convolver_block(work->convolver);
    size_t first = block * hop;
    size_t n = work->n_times - first < hop ? work->n_times - first : hop;
    ana_stretch whole = {work->x + channel * work->n_times, 0, work->n_times, work->n_times};
    ana_convolver_run(work->convolver, &whole, block, n, scratch, work->n_times,
                      work->out + channel * work->n_times + first);
}

static ana_status filter_segment(const segment_work *work, size_t n_channels, const ana_run *run)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_items = n_channels * work->n_blocks;
    const int n_threads = ana_run_threads(run, n_items);
    const size_t stride = ana_fft_stride(ana_convolver_scratch(work->convolver));
    const size_t bytes = stride * (size_t)n_threads * sizeof(double);
    ANA_TRY(ana_run_check_memory(run, bytes, "filter"));
    double *scratch = ana_workspace_doubles(&workspace, stride, (size_t)n_threads);
    ANA_TRY(ana_workspace_check(&workspace, "filter"));
#pragma omp parallel for default(none) num_threads(n_threads) schedule(static)                     \
    shared(work, n_items, scratch, stride)
    for (size_t item = 0; item < n_items; item++) {
        filter_block(work, item, scratch + (size_t)omp_get_thread_num() * stride);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_fir_convolver(const ana_fir *fir, ana_filter_phase phase, ana_convolver **out)
{
    if (phase == ANA_PHASE_ZERO && fir->n_taps % 2 == 0) {
        return ana_fail(ANA_ERR_VALUE,
                        "zero-phase filter of %zu taps: an odd number has a middle one",
                        fir->n_taps);
    }
    size_t ahead = phase == ANA_PHASE_ZERO ? fir->n_taps / 2 : 0;
    ana_response response = {fir->n_taps, fir->taps, ahead};
    return ana_convolver_new(1, &response, phase == ANA_PHASE_ZERO, out);
}

ana_status ana_fir_apply(const ana_fir *fir, ana_filter_phase phase, size_t n_channels,
                         size_t n_times, const double *x, const ana_run *run, double *out)
{
    if (n_channels == 0 || n_times == 0) {
        return ANA_OK;
    }
    ana_status status = ANA_OK;
    ana_convolver *convolver = NULL;
    ANA_TRY(ana_fir_convolver(fir, phase, &convolver));
    size_t hop = ana_convolver_block(convolver);
    segment_work work = {convolver, n_times, (n_times + hop - 1) / hop, x, NULL};
    work.out = out;
    ANA_TRY(filter_segment(&work, n_channels, run));
done:
    ana_convolver_free(convolver);
    return status;
}
