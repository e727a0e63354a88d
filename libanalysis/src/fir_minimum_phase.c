#include "fft.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/filter.h>

#include <math.h>
#include <string.h>

/* Transforms this much longer than the filter keep the cepstrum from folding onto itself. */
static const size_t oversampling = 200;
static const double floor_of_magnitude = 1e-5;

/* spectrum: its logarithm of magnitude, with imaginary part 0. */
static void take_logarithm(size_t n_bins, double *spectrum)
{
    double largest = 0.0;
    for (size_t k = 0; k < n_bins; k++) {
        spectrum[2 * k] = hypot(spectrum[2 * k], spectrum[2 * k + 1]);
        spectrum[2 * k + 1] = 0.0;
        largest = fmax(largest, spectrum[2 * k]);
    }
    for (size_t k = 0; k < n_bins; k++) {
        spectrum[2 * k] = log(fmax(spectrum[2 * k], floor_of_magnitude * largest));
    }
}

/* The cepstrum of a minimum-phase signal lives at positive times: the negative half is folded over.
 */
static void fold(size_t length, double *cepstrum)
{
    for (size_t t = 0; t < length; t++) {
        bool single = t == 0 || 2 * t == length;
        double weight = 2 * t > length ? 0.0 : single ? 1.0 : 2.0;
        cepstrum[t] *= weight / (double)length;
    }
}

static void take_exponential(size_t n_bins, double *spectrum)
{
    for (size_t k = 0; k < n_bins; k++) {
        double magnitude = exp(spectrum[2 * k]);
        double angle = spectrum[2 * k + 1];
        spectrum[2 * k] = magnitude * cos(angle);
        spectrum[2 * k + 1] = magnitude * sin(angle);
    }
}

static bool is_finite_and_not_zero(const ana_fir *fir)
{
    double sum = 0.0;
    for (size_t k = 0; k < fir->n_taps; k++) {
        sum += fabs(fir->taps[k]);
    }
    return isfinite(sum) && sum > 0.0;
}

ana_status ana_fir_minimum_phase(const ana_fir *fir, ana_fir **out)
{
    if (!is_finite_and_not_zero(fir)) {
        return ana_fail(ANA_ERR_VALUE, "minimum phase: the taps are zero or not finite");
    }
    if (fir->n_taps > ANA_FFT_MAX / oversampling) {
        return ana_fail(ANA_ERR_VALUE, "minimum phase: %zu taps; at most %zu are possible",
                        fir->n_taps, ANA_FFT_MAX / oversampling);
    }
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_fft *fft = NULL;
    size_t length = ana_fft_good_length(oversampling * fir->n_taps);
    size_t n_bins = ana_fft_bins(length);
    double *signal = ana_workspace_doubles(&workspace, length, 1);
    double *spectrum = ana_workspace_doubles(&workspace, n_bins, 2);
    ANA_TRY(ana_workspace_check(&workspace, "minimum phase"));
    ANA_TRY(ana_fft_new(length, &fft));
    memcpy(signal, fir->taps, fir->n_taps * sizeof(double));
    ana_fft_forward(fft, signal, spectrum);
    take_logarithm(n_bins, spectrum);
    ana_fft_inverse(fft, spectrum, signal);
    fold(length, signal);
    ana_fft_forward(fft, signal, spectrum);
    take_exponential(n_bins, spectrum);
    ana_fft_inverse(fft, spectrum, signal);
    for (size_t k = 0; k < fir->n_taps; k++) {
        signal[k] /= (double)length;
    }
    ANA_TRY(ana_fir_new(fir->n_taps, signal, out));
done:
    ana_fft_free(fft);
    ana_workspace_release(&workspace);
    return status;
}
