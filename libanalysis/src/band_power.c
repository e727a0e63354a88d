#include "text.h"
#include "try.h"

#include <analysis/spectrum.h>

#include <math.h>

/* The density at a frequency between frequencies[i] and frequencies[i + 1]. */
static double read_off(const double *frequencies, const double *density, size_t i, double frequency)
{
    const double part = (frequency - frequencies[i]) / (frequencies[i + 1] - frequencies[i]);
    return density[i] + part * (density[i + 1] - density[i]);
}

/* Trapezoids from low to high, both within the frequencies. */
static double integrate(size_t n, const double *frequencies, const double *density, double low,
                        double high)
{
    double sum = 0.0;
    for (size_t i = 0; i + 1 < n; i++) {
        const double from = fmax(low, frequencies[i]);
        const double to = fmin(high, frequencies[i + 1]);
        if (from < to) {
            sum +=
                0.5 * (to - from) *
                (read_off(frequencies, density, i, from) + read_off(frequencies, density, i, to));
        }
    }
    return sum;
}

static ana_status check_bands(const ana_matrix *spectrum, size_t n_bands, const double *bands_hz)
{
    if (spectrum->n_axes != 2 || spectrum->axes[1].coordinates == NULL || spectrum->axes[1].n < 2) {
        return ana_fail(ANA_ERR_SHAPE,
                        "band power: a matrix of channel x frequency with at least two frequencies "
                        "is needed");
    }
    const double *frequencies = spectrum->axes[1].coordinates;
    const double last = frequencies[spectrum->axes[1].n - 1];
    for (size_t b = 0; b < n_bands; b++) {
        const double low = bands_hz[2 * b];
        const double high = bands_hz[2 * b + 1];
        if (!(low >= frequencies[0] && low < high && high <= last)) {
            return ana_fail(ANA_ERR_VALUE,
                            "band power: %s to %s Hz is empty or leaves the spectrum's %s to %s Hz",
                            ana_number(low).text, ana_number(high).text,
                            ana_number(frequencies[0]).text, ana_number(last).text);
        }
    }
    return ANA_OK;
}

ana_status ana_band_power(const ana_matrix *spectrum, size_t n_bands, const double *bands_hz,
                          bool relative, ana_matrix **out)
{
    static const char *const names[] = {"channel", "band"};
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    ANA_TRY(check_bands(spectrum, n_bands, bands_hz));
    const size_t n_channels = spectrum->axes[0].n;
    const size_t n = spectrum->axes[1].n;
    const double *frequencies = spectrum->axes[1].coordinates;
    const size_t lengths[] = {n_channels, n_bands};
    ANA_TRY(ana_matrix_new(2, names, lengths, &matrix));
    for (size_t c = 0; c < n_channels; c++) {
        const double *density = spectrum->values + c * n;
        const double whole = integrate(n, frequencies, density, frequencies[0], frequencies[n - 1]);
        for (size_t b = 0; b < n_bands; b++) {
            const double power =
                integrate(n, frequencies, density, bands_hz[2 * b], bands_hz[2 * b + 1]);
            matrix->values[c * n_bands + b] = relative ? power / whole : power;
        }
    }
    if (spectrum->axes[0].labels != NULL) {
        ANA_TRY(ana_matrix_set_labels(matrix, 0, (const char *const *)spectrum->axes[0].labels));
    }
    *out = matrix;
    matrix = NULL;
done:
    ana_matrix_free(matrix);
    return status;
}
