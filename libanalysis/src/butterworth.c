/* Design of recursive filters: zeros and poles of the analog prototype, moved to the wanted band,
 * to the discrete plane, and paired into sections. */
#include "constants.h"
#include "text.h"
#include "try.h"

#include <analysis/filter.h>

#include <complex.h>
#include <math.h>
#include <string.h>

enum {
    MAX_ORDER = 24,
    MAX_ROOTS = 2 * MAX_ORDER + 2
};

/* Zeros and poles of a filter, and the factor before them. Real roots have imaginary part exactly
 * 0; of a conjugate pair both are listed, until `keep_upper_half`. */
typedef struct root_set {
    size_t n_zeros;
    size_t n_poles;
    double complex zeros[MAX_ROOTS];
    double complex poles[MAX_ROOTS];
    double gain;
} root_set;

/* re + i im to the bit; C11's CMPLX is not in every C library. */
static double complex complex_of(double re, double im)
{
    const double parts[2] = {re, im};
    double complex value = 0.0;
    memcpy(&value, parts, sizeof value);
    return value;
}

/* Poles of the analog low-pass of cutoff 1, evenly on the left half of the unit circle. */
static root_set prototype(size_t order)
{
    root_set set = {.n_poles = order, .gain = 1.0};
    for (size_t i = 0; i < order; i++) {
        double m = 2.0 * (double)i - ((double)order - 1.0);
        double angle = ANA_PI * m / (2.0 * (double)order);
        set.poles[i] = m == 0.0 ? -1.0 : complex_of(-cos(angle), -sin(angle));
    }
    return set;
}

static root_set to_low_pass(root_set set, double cutoff)
{
    for (size_t i = 0; i < set.n_poles; i++) {
        set.poles[i] *= cutoff;
        set.gain *= cutoff;
    }
    return set;
}

static root_set to_high_pass(root_set set, double cutoff)
{
    for (size_t i = 0; i < set.n_poles; i++) {
        set.poles[i] =
            cimag(set.poles[i]) == 0.0 ? cutoff / creal(set.poles[i]) : cutoff / set.poles[i];
        set.zeros[i] = 0.0;
    }
    set.n_zeros = set.n_poles; /* all poles of the prototype multiply to (-1)^order: gain 1 */
    return set;
}

/* The two roots of s^2 - 2 middle s + centre^2 = 0. */
static void split(double complex middle, double centre, double complex *first,
                  double complex *second)
{
    double complex offset = csqrt(middle * middle - centre * centre);
    if (cimag(middle) == 0.0) {
        double square = creal(middle) * creal(middle) - centre * centre;
        offset = square >= 0.0 ? complex_of(sqrt(square), 0.0) : complex_of(0.0, sqrt(-square));
    }
    *first = middle + offset;
    *second = middle - offset;
}

static root_set to_band(root_set low, double centre, double width, bool stop)
{
    root_set set = {.n_poles = 2 * low.n_poles, .gain = low.gain};
    for (size_t i = 0; i < low.n_poles; i++) {
        bool is_real = cimag(low.poles[i]) == 0.0;
        double complex pole = low.poles[i];
        if (stop) {
            pole = is_real ? 1.0 / creal(pole) : 1.0 / pole;
        }
        split(pole * (0.5 * width), centre, &set.poles[2 * i], &set.poles[2 * i + 1]);
        if (stop) {
            set.zeros[set.n_zeros++] = complex_of(0.0, centre);
            set.zeros[set.n_zeros++] = complex_of(0.0, -centre);
        } else {
            set.zeros[set.n_zeros++] = 0.0;
            set.gain *= width;
        }
    }
    return set;
}

/* Bilinear transform s = 4 (z - 1) / (z + 1); roots at infinity come to z = -1. */
static root_set to_discrete(root_set set)
{
    double complex gain = set.gain;
    for (size_t i = 0; i < set.n_zeros; i++) {
        gain *= 4.0 - set.zeros[i];
        set.zeros[i] = (4.0 + set.zeros[i]) / (4.0 - set.zeros[i]);
    }
    for (size_t i = 0; i < set.n_poles; i++) {
        gain /= 4.0 - set.poles[i];
        set.poles[i] = (4.0 + set.poles[i]) / (4.0 - set.poles[i]);
    }
    while (set.n_zeros < set.n_poles) {
        set.zeros[set.n_zeros++] = -1.0;
    }
    set.gain = creal(gain);
    return set;
}

static bool comes_before(double complex a, double complex b)
{
    bool a_real = cimag(a) == 0.0;
    bool b_real = cimag(b) == 0.0;
    if (a_real != b_real) {
        return b_real;
    }
    return creal(a) != creal(b) ? creal(a) < creal(b) : cimag(a) < cimag(b);
}

/* One of each conjugate pair, ascending, before the real roots, ascending. Returns their number. */
static size_t keep_upper_half(size_t n, double complex *roots)
{
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (cimag(roots[i]) < 0.0) {
            continue;
        }
        double complex root = roots[i];
        size_t place = n_kept++;
        for (; place > 0 && comes_before(root, roots[place - 1]); place--) {
            roots[place] = roots[place - 1];
        }
        roots[place] = root;
    }
    return n_kept;
}

static double complex take(size_t *n, double complex *roots, size_t index)
{
    double complex root = roots[index];
    (*n)--;
    for (size_t i = index; i < *n; i++) {
        roots[i] = roots[i + 1];
    }
    return root;
}

/* The pole nearest the unit circle; among the real ones only, if asked. */
static size_t worst_pole(size_t n, const double complex *poles, bool only_real)
{
    size_t worst = n;
    for (size_t i = 0; i < n; i++) {
        bool allowed = !only_real || cimag(poles[i]) == 0.0;
        if (allowed &&
            (worst == n || fabs(1.0 - cabs(poles[i])) < fabs(1.0 - cabs(poles[worst])))) {
            worst = i;
        }
    }
    return worst;
}

static size_t nearest_zero(size_t n, const double complex *zeros, double complex pole,
                           bool only_real)
{
    size_t nearest = n;
    for (size_t i = 0; i < n; i++) {
        bool allowed = !only_real || cimag(zeros[i]) == 0.0;
        if (allowed && (nearest == n || cabs(zeros[i] - pole) < cabs(zeros[nearest] - pole))) {
            nearest = i;
        }
    }
    return nearest;
}

/* 1, -(a + b), a b: the polynomial with these two roots, which are real or a conjugate pair. */
static void polynomial(double complex a, double complex b, double out[3])
{
    out[0] = 1.0;
    out[1] = -creal(a + b);
    out[2] = creal(a * b);
}

/* Sections from the last to the first, each with the worst pole left, its partner, and the nearest
 * zeros left. The number of real poles is even, and so is that of real zeros. */
static void pair_up(root_set set, size_t n_sections, double *sections)
{
    size_t n_poles = keep_upper_half(set.n_poles, set.poles);
    size_t n_zeros = keep_upper_half(set.n_zeros, set.zeros);
    for (size_t s = n_sections; s-- > 0;) {
        double complex pole = take(&n_poles, set.poles, worst_pole(n_poles, set.poles, false));
        double complex partner = conj(pole);
        if (cimag(pole) == 0.0) {
            partner = take(&n_poles, set.poles, worst_pole(n_poles, set.poles, true));
        }
        double complex zero =
            take(&n_zeros, set.zeros, nearest_zero(n_zeros, set.zeros, pole, false));
        double complex other = conj(zero);
        if (cimag(zero) == 0.0) {
            other = take(&n_zeros, set.zeros, nearest_zero(n_zeros, set.zeros, pole, true));
        }
        polynomial(zero, other, sections + 6 * s);
        polynomial(pole, partner, sections + 6 * s + 3);
    }
    for (size_t i = 0; i < 3; i++) {
        sections[i] *= set.gain;
    }
}

static ana_status check_edge(const char *what, double edge_hz, double rate)
{
    if (!(edge_hz > 0.0 && edge_hz < 0.5 * rate)) {
        return ana_fail(ANA_ERR_VALUE, "filter: %s at %s Hz; above 0 and below %s Hz is right",
                        what, ana_number(edge_hz).text, ana_number(0.5 * rate).text);
    }
    return ANA_OK;
}

/* The analog frequency that the bilinear transform takes to edge_hz. */
static double prewarp(double edge_hz, double rate)
{
    return 4.0 * tan(ANA_PI * edge_hz / rate);
}

static root_set place_roots(size_t order, double high_pass_hz, double low_pass_hz, double rate)
{
    root_set set = prototype(order);
    double high = prewarp(high_pass_hz, rate);
    double low = prewarp(low_pass_hz, rate);
    if (high_pass_hz == 0.0) {
        set = to_low_pass(set, low);
    } else if (low_pass_hz == 0.0) {
        set = to_high_pass(set, high);
    } else {
        set = to_band(set, sqrt(high * low), fabs(low - high), high > low);
    }
    set = to_discrete(set);
    if (set.n_poles % 2 == 1) {
        set.zeros[set.n_zeros++] = 0.0;
        set.poles[set.n_poles++] = 0.0;
    }
    return set;
}

ana_status ana_butterworth(size_t order, double high_pass_hz, double low_pass_hz, double rate,
                           ana_sos **out)
{
    ana_status status = ANA_OK;
    if (order == 0 || order > MAX_ORDER) {
        return ana_fail(ANA_ERR_VALUE, "Butterworth filter of order %zu: 1 to %d are possible",
                        order, MAX_ORDER);
    }
    if (high_pass_hz == low_pass_hz) {
        return ana_fail(ANA_ERR_VALUE, "filter: high-pass and low-pass both at %s Hz",
                        ana_number(high_pass_hz).text);
    }
    if (high_pass_hz != 0.0) {
        ANA_TRY(check_edge("high-pass", high_pass_hz, rate));
    }
    if (low_pass_hz != 0.0) {
        ANA_TRY(check_edge("low-pass", low_pass_hz, rate));
    }
    root_set set = place_roots(order, high_pass_hz, low_pass_hz, rate);
    ana_sos *sos = NULL;
    ANA_TRY(ana_sos_new(set.n_poles / 2, &sos));
    pair_up(set, sos->n_sections, sos->sections);
    *out = sos;
done:
    return status;
}

ana_status ana_sos_notch(double notch_hz, double width_hz, double rate, ana_sos **out)
{
    ana_status status = ANA_OK;
    ANA_TRY(check_edge("notch", notch_hz, rate));
    ANA_TRY(check_edge("notch width", width_hz, rate));
    ana_sos *sos = NULL;
    ANA_TRY(ana_sos_new(1, &sos));
    double angle = 2.0 * ANA_PI * notch_hz / rate;
    double gain = 1.0 / (1.0 + tan(ANA_PI * width_hz / rate));
    double *section = sos->sections;
    section[0] = gain;
    section[1] = -2.0 * gain * cos(angle);
    section[2] = gain;
    section[3] = 1.0;
    section[4] = -2.0 * gain * cos(angle);
    section[5] = 2.0 * gain - 1.0;
    *out = sos;
done:
    return status;
}
