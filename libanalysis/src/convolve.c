#include "convolve.h"

#include "fft.h"
#include "memory.h"
#include "simd.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ana_convolver {
    size_t n_responses;
    bool reflect;
    size_t before; /* samples a block reaches back */
    size_t ahead;  /* and ahead */
    size_t length; /* of the transform */
    size_t hop;    /* answers in a block */
    ana_fft *fft;
    ana_workspace memory;    /* of what follows */
    ana_response *responses; /* without their taps */
    double *spectra;         /* n_responses x row, scaled by 1 / length */
};

/* Parts of the scratch memory, one after the other. */
typedef struct scratch_parts {
    double *signal;
    double *spectrum;
    double *product;
    double *answer;
    double *n_missing; /* n_missing[i]: among signal[0 ... i - 1] */
} scratch_parts;

static size_t spectrum_row(size_t length)
{
    return ana_fft_stride(2 * ana_fft_bins(length));
}

static size_t signal_row(size_t length)
{
    return ana_fft_stride(length + 1);
}

size_t ana_convolver_scratch(const ana_convolver *convolver)
{
    return 2 * spectrum_row(convolver->length) + 3 * signal_row(convolver->length);
}

static scratch_parts part(const ana_convolver *convolver, double *scratch)
{
    size_t row = signal_row(convolver->length);
    size_t bins = spectrum_row(convolver->length);
    return (scratch_parts){.signal = scratch,
                           .answer = scratch + row,
                           .n_missing = scratch + 2 * row,
                           .spectrum = scratch + 3 * row,
                           .product = scratch + 3 * row + bins};
}

static size_t transform_length(size_t window)
{
    size_t length = 2560;
    while (length < 5 * window) {
        length *= 2;
    }
    return length;
}

static void measure(ana_convolver *convolver, const ana_response *responses)
{
    for (size_t r = 0; r < convolver->n_responses; r++) {
        size_t before = responses[r].n_taps - 1 - responses[r].ahead;
        convolver->before = before > convolver->before ? before : convolver->before;
        convolver->ahead =
            responses[r].ahead > convolver->ahead ? responses[r].ahead : convolver->ahead;
        convolver->responses[r] = responses[r];
        convolver->responses[r].taps = NULL;
    }
    size_t window = convolver->before + 1 + convolver->ahead;
    convolver->length = transform_length(window);
    convolver->hop = convolver->length - window + 1;
}

static ana_status transform_taps(ana_convolver *convolver, const ana_response *responses)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *padded = ana_workspace_doubles(&workspace, convolver->length, 1);
    ANA_TRY(ana_workspace_check(&workspace, "convolution"));
    for (size_t r = 0; r < convolver->n_responses; r++) {
        memset(padded, 0, convolver->length * sizeof(double));
        for (size_t k = 0; k < responses[r].n_taps; k++) {
            padded[k] = responses[r].taps[k] / (double)convolver->length;
        }
        ana_fft_forward(convolver->fft, padded,
                        convolver->spectra + r * spectrum_row(convolver->length));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check_taps(size_t n_responses, const ana_response *responses)
{
    const size_t most = ANA_FFT_MAX / 20;
    for (size_t r = 0; r < n_responses; r++) {
        if (responses[r].n_taps > most) {
            return ana_fail(ANA_ERR_VALUE, "a filter of %zu taps: at most %zu are possible",
                            responses[r].n_taps, most);
        }
    }
    return ANA_OK;
}

ana_status ana_convolver_new(size_t n_responses, const ana_response *responses, bool reflect,
                             ana_convolver **out)
{
    ana_status status = ANA_OK;
    ana_convolver *convolver = NULL;
    ANA_TRY(check_taps(n_responses, responses));
    ANA_TRY(ana_allocate(1, sizeof *convolver, "convolution", &convolver));
    convolver->n_responses = n_responses;
    convolver->reflect = reflect;
    convolver->responses =
        ana_workspace_bytes(&convolver->memory, n_responses, 1, sizeof *responses);
    ANA_TRY(ana_workspace_check(&convolver->memory, "convolution"));
    measure(convolver, responses);
    ANA_TRY(ana_fft_new(convolver->length, &convolver->fft));
    convolver->spectra =
        ana_workspace_doubles(&convolver->memory, n_responses, spectrum_row(convolver->length));
    ANA_TRY(ana_workspace_check(&convolver->memory, "convolution"));
    ANA_TRY(transform_taps(convolver, responses));
    *out = convolver;
    convolver = NULL;
done:
    ana_convolver_free(convolver);
    return status;
}

void ana_convolver_free(ana_convolver *convolver)
{
    if (convolver != NULL) {
        ana_fft_free(convolver->fft);
        ana_workspace_release(&convolver->memory);
        free(convolver);
    }
}

size_t ana_convolver_block(const ana_convolver *convolver)
{
    return convolver->hop;
}

void ana_convolver_reach(const ana_convolver *convolver, size_t n_times, size_t first, size_t n,
                         size_t *in_first, size_t *in_n)
{
    ana_stretch_reach(n_times, convolver->reflect, (ptrdiff_t)first - (ptrdiff_t)convolver->before,
                      (ptrdiff_t)(first + n - 1 + convolver->ahead), in_first, in_n);
}

/* The samples from `before` ahead of the block to what its last answer in the segment reaches, and
 * zeros after them. */
static void load(const ana_convolver *convolver, const ana_stretch *stretch, size_t first,
                 double *signal)
{
    const size_t left = stretch->n_times - first;
    const size_t n = left < convolver->hop ? left : convolver->hop;
    const size_t window = convolver->before + n + convolver->ahead;
    ana_stretch_load(stretch, convolver->reflect, (ptrdiff_t)first - (ptrdiff_t)convolver->before,
                     window, signal);
    memset(signal + window, 0, (convolver->length - window) * sizeof(double));
}

/* Counts the missing samples and puts zeros in their place, so that one of them does not reach
 * every answer of the block. False when there are none. */
static bool set_missing_aside(size_t length, double *signal, double *n_missing)
{
    size_t n = 0;
    for (size_t i = 0; i < length; i++) {
        n += isfinite(signal[i]) ? 0 : 1;
    }
    if (n == 0) {
        return false;
    }
    n_missing[0] = 0.0;
    for (size_t i = 0; i < length; i++) {
        bool missing = !isfinite(signal[i]);
        n_missing[i + 1] = n_missing[i] + (missing ? 1.0 : 0.0);
        signal[i] = missing ? 0.0 : signal[i];
    }
    return true;
}

ANA_CLONES static void multiply(size_t n_bins, const double *restrict a, const double *restrict b,
                                double *restrict product)
{
    for (size_t k = 0; k < n_bins; k++) {
        product[2 * k] = a[2 * k] * b[2 * k] - a[2 * k + 1] * b[2 * k + 1];
        product[2 * k + 1] = a[2 * k] * b[2 * k + 1] + a[2 * k + 1] * b[2 * k];
    }
}

void ana_convolver_run(const ana_convolver *convolver, const ana_stretch *stretch, size_t block,
                       size_t n, double *scratch, size_t stride, double *out)
{
    scratch_parts parts = part(convolver, scratch);
    load(convolver, stretch, block * convolver->hop, parts.signal);
    bool missing = set_missing_aside(convolver->length, parts.signal, parts.n_missing);
    ana_fft_forward(convolver->fft, parts.signal, parts.spectrum);
    for (size_t r = 0; r < convolver->n_responses; r++) {
        const ana_response *response = &convolver->responses[r];
        multiply(ana_fft_bins(convolver->length), parts.spectrum,
                 convolver->spectra + r * spectrum_row(convolver->length), parts.product);
        ana_fft_inverse(convolver->fft, parts.product, parts.answer);
        size_t newest = convolver->before + response->ahead;
        memcpy(out + r * stride, parts.answer + newest, n * sizeof(double));
        for (size_t i = 0; missing && i < n; i++) {
            size_t stop = newest + i + 1;
            if (parts.n_missing[stop] > parts.n_missing[stop - response->n_taps]) {
                out[r * stride + i] = NAN;
            }
        }
    }
}
