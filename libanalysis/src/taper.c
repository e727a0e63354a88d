#include "constants.h"
#include "fft.h"
#include "text.h"
#include "tridiagonal.h"
#include "try.h"
#include "workspace.h"

#include <analysis/taper.h>

#include <math.h>
#include <string.h>

static const double max_beta = 500.0;

const char *const ana_taper_names[] = {"hann",     "hamming", "blackman",  "blackman-harris",
                                       "flat-top", "kaiser",  "rectangle", NULL};

/* Cosine sums: sum_j (-1)^j coefficient[j] cos(j angle). */
enum {
    MAX_TERMS = 5
};

typedef struct cosine_sum {
    size_t n_terms;
    double coefficient[MAX_TERMS];
} cosine_sum;

static const cosine_sum hann = {2, {0.5, 0.5}};
static const cosine_sum hamming = {2, {0.54, 0.46}};
static const cosine_sum blackman = {3, {0.42, 0.5, 0.08}};
static const cosine_sum blackman_harris = {4, {0.35875, 0.48829, 0.14128, 0.01168}};
static const cosine_sum flat_top = {
    5, {0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368}};
static const cosine_sum rectangle = {1, {1.0}};

static const cosine_sum *cosine_sum_of(ana_taper_kind kind)
{
    switch (kind) {
    case ANA_TAPER_HANN:
        return &hann;
    case ANA_TAPER_HAMMING:
        return &hamming;
    case ANA_TAPER_BLACKMAN:
        return &blackman;
    case ANA_TAPER_BLACKMAN_HARRIS:
        return &blackman_harris;
    case ANA_TAPER_FLAT_TOP:
        return &flat_top;
    case ANA_TAPER_KAISER:
    case ANA_TAPER_RECTANGLE:
        break;
    }
    return &rectangle;
}

/* Angles run from -pi to pi, so that both halves of a symmetric taper have the same bits. */
static void fill_cosine_sum(const cosine_sum *sum, size_t n, size_t period, double *out)
{
    for (size_t i = 0; i < n; i++) {
        double angle = ANA_PI * (2.0 * (double)i - (double)period) / (double)period;
        out[i] = 0.0;
        for (size_t j = 0; j < sum->n_terms; j++) {
            out[i] += sum->coefficient[j] * cos((double)j * angle);
        }
    }
}

/* Modified Bessel function of the first kind, order 0: sum_k ((x/2)^k / k!)^2, all terms positive.
 */
static double bessel_i0(double x)
{
    double term = 1.0;
    double sum = 1.0;
    for (size_t k = 1; term > sum * 1e-17; k++) {
        term *= (0.5 * x / (double)k) * (0.5 * x / (double)k);
        sum += term;
    }
    return sum;
}

static void fill_kaiser(double beta, size_t n, size_t period, double *out)
{
    for (size_t i = 0; i < n; i++) {
        double place = (2.0 * (double)i - (double)period) / (double)period;
        out[i] = bessel_i0(beta * sqrt(1.0 - place * place)) / bessel_i0(beta);
    }
}

ana_status ana_taper_fill(ana_taper_kind kind, double beta, bool symmetric, size_t n, double *out)
{
    if (n == 0) {
        return ana_fail(ANA_ERR_VALUE, "taper of 0 samples: at least 1");
    }
    if (kind == ANA_TAPER_KAISER && !(beta >= 0.0 && beta <= max_beta)) {
        return ana_fail(ANA_ERR_VALUE, "Kaiser taper: beta is %s; 0 to 500 is possible",
                        ana_number(beta).text);
    }
    size_t period = symmetric ? n - 1 : n;
    if (n == 1) {
        out[0] = 1.0;
    } else if (kind == ANA_TAPER_KAISER) {
        fill_kaiser(beta, n, period, out);
    } else {
        fill_cosine_sum(cosine_sum_of(kind), n, period, out);
    }
    return ANA_OK;
}

double ana_kaiser_beta(double attenuation_db)
{
    double excess = attenuation_db - 21.0;
    if (attenuation_db > 50.0) {
        return 0.1102 * (attenuation_db - 8.7);
    }
    return attenuation_db > 21.0 ? 0.5842 * pow(excess, 0.4) + 0.07886 * excess : 0.0;
}

/* Eigenvectors of the tridiagonal matrix that commutes with the concentration problem. */
static ana_status slepian_vectors(size_t n, double band, size_t n_tapers, double *vectors)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *diagonal = ana_workspace_doubles(&workspace, n, 1);
    double *off_diagonal = ana_workspace_doubles(&workspace, n, 1);
    double *values = ana_workspace_doubles(&workspace, n_tapers, 1);
    ANA_TRY(ana_workspace_check(&workspace, "DPSS"));
    for (size_t t = 0; t < n; t++) {
        double place = 0.5 * ((double)n - 1.0 - 2.0 * (double)t);
        diagonal[t] = place * place * cos(2.0 * ANA_PI * band);
    }
    for (size_t t = 1; t < n; t++) {
        off_diagonal[t - 1] = 0.5 * (double)t * (double)(n - t);
    }
    ANA_TRY(ana_tridiagonal_largest(n, diagonal, off_diagonal, n_tapers, values, vectors));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Symmetric tapers have a positive mean; antisymmetric ones begin with a positive lobe: the first
 * sample above the numerical noise decides (Percival & Walden 1993, p. 379). */
static bool is_upside_down(size_t n, size_t order, const double *taper)
{
    if (order % 2 == 0) {
        double sum = 0.0;
        for (size_t t = 0; t < n; t++) {
            sum += taper[t];
        }
        return sum < 0.0;
    }
    double noise = fmax(1e-7, 1.0 / (double)n);
    for (size_t t = 0; t < n; t++) {
        if (taper[t] * taper[t] > noise) {
            return taper[t] < 0.0;
        }
    }
    return false;
}

static double sinc(double x)
{
    return x == 0.0 ? 1.0 : sin(ANA_PI * x) / (ANA_PI * x);
}

/* Energy within the band: the autocorrelation against the band's kernel (Percival & Walden 1993,
 * p. 390). `padded` and `spectrum` belong to a transform of at least 2 n samples. */
static double concentration(size_t n, double band, const double *taper, const ana_fft *fft,
                            size_t length, double *padded, double *spectrum)
{
    memset(padded, 0, length * sizeof(double));
    memcpy(padded, taper, n * sizeof(double));
    ana_fft_forward(fft, padded, spectrum);
    for (size_t k = 0; k < ana_fft_bins(length); k++) {
        spectrum[2 * k] =
            spectrum[2 * k] * spectrum[2 * k] + spectrum[2 * k + 1] * spectrum[2 * k + 1];
        spectrum[2 * k + 1] = 0.0;
    }
    ana_fft_inverse(fft, spectrum, padded);
    double sum = 0.0;
    for (size_t t = n - 1; t > 0; t--) {
        sum += padded[t] * 2.0 * sinc(2.0 * band * (double)t);
    }
    return (sum + padded[0]) * 2.0 * band / (double)length;
}

static ana_status concentrate(size_t n, double band, size_t n_tapers, const double *tapers,
                              double *concentrations)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_fft *fft = NULL;
    size_t length = ana_fft_good_length(2 * n);
    double *padded = ana_workspace_doubles(&workspace, length, 1);
    double *spectrum = ana_workspace_doubles(&workspace, ana_fft_bins(length), 2);
    ANA_TRY(ana_workspace_check(&workspace, "DPSS"));
    ANA_TRY(ana_fft_new(length, &fft));
    for (size_t k = 0; k < n_tapers; k++) {
        concentrations[k] = concentration(n, band, tapers + k * n, fft, length, padded, spectrum);
    }
done:
    ana_fft_free(fft);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_dpss(size_t n, double half_bandwidth, bool symmetric, size_t n_tapers,
                    double *tapers, double *concentrations)
{
    if (n < 2 || n_tapers == 0 || n_tapers > n) {
        return ana_fail(ANA_ERR_VALUE, "DPSS: %zu tapers of %zu samples", n_tapers, n);
    }
    if (!(half_bandwidth > 0.0 && half_bandwidth < 0.5 * (double)n)) {
        return ana_fail(ANA_ERR_VALUE,
                        "DPSS: time-half-bandwidth product %s; above 0 and below %zu / 2 is right",
                        ana_number(half_bandwidth).text, n);
    }
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t length = symmetric ? n : n + 1;
    double band = half_bandwidth / (double)length;
    double *vectors = ana_workspace_doubles(&workspace, n_tapers, length);
    ANA_TRY(ana_workspace_check(&workspace, "DPSS"));
    ANA_TRY(slepian_vectors(length, band, n_tapers, vectors));
    for (size_t k = 0; k < n_tapers; k++) {
        double sign = is_upside_down(length, k, vectors + k * length) ? -1.0 : 1.0;
        for (size_t t = 0; t < n; t++) {
            tapers[k * n + t] = sign * vectors[k * length + t];
        }
    }
    if (concentrations != NULL) {
        ANA_TRY(concentrate(length, band, n_tapers, vectors, concentrations));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
