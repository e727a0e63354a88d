#include "edf_scale.h"

#include "text.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Decimals that a number of that size and sign has room for; -1: none even for its integer part. */
static int decimals_for(double value)
{
    const int room = ANA_EDF_NUMBER_CHARS - (value < 0.0 ? 1 : 0);
    static const double limits[] = {1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
    int n_digits = 1;
    while (n_digits <= room && fabs(value) >= limits[n_digits - 1]) {
        n_digits++;
    }
    if (n_digits > room) {
        return -1;
    }
    int decimals = room - n_digits - 1; /* one for the point */
    return decimals > 0 ? decimals : 0;
}

/* Ends without needless zeros. */
static void shorten(char *text)
{
    if (strchr(text, '.') == NULL) {
        return;
    }
    size_t n = strlen(text);
    while (n > 0 && text[n - 1] == '0') {
        n--;
    }
    n -= n > 0 && text[n - 1] == '.' ? 1 : 0;
    text[n] = '\0';
}

bool ana_edf_format_number(double value, char out[ANA_EDF_NUMBER_CHARS + 1])
{
    char text[64];
    int decimals = decimals_for(value);
    if (!isfinite(value) || decimals < 0) {
        return false;
    }
    ana_format_fixed(value, decimals, text, sizeof text);
    if (strlen(text) > ANA_EDF_NUMBER_CHARS && decimals > 0) { /* 9.99999999 became 10.000000 */
        ana_format_fixed(value, decimals - 1, text, sizeof text);
    }
    shorten(text);
    if (strlen(text) > ANA_EDF_NUMBER_CHARS) {
        return false;
    }
    memcpy(out, text, strlen(text) + 1);
    return true;
}

/* Fill in what a reader finds from the four numbers, by the formula of the reader. */
static bool complete(ana_edf_scale *scale)
{
    char text[ANA_EDF_NUMBER_CHARS + 1];
    double *const physical[] = {&scale->physical_min, &scale->physical_max};
    for (int i = 0; i < 2; i++) {
        if (!ana_edf_format_number(*physical[i], text) ||
            !ana_parse_double(text, strlen(text), physical[i])) {
            return false;
        }
    }
    scale->gain = (scale->physical_max - scale->physical_min) /
                  ((double)scale->digital_max - (double)scale->digital_min);
    scale->offset = scale->physical_min - (double)scale->digital_min * scale->gain;
    return true;
}

static bool is_close_to(const ana_edf_scale *scale, double gain, double offset)
{
    const double reach = fmax(fabs((double)scale->digital_min), fabs((double)scale->digital_max));
    return fabs(scale->gain - gain) <= 1e-12 * fabs(gain) &&
           fabs(scale->offset - offset) <= 1e-12 * fmax(fabs(offset), fabs(gain) * reach);
}

static bool try_range(double gain, double offset, int low, int high, ana_edf_scale *out)
{
    *out = (ana_edf_scale){low, high, gain * low + offset, gain * high + offset, 0.0, 0.0};
    return complete(out) && is_close_to(out, gain, offset);
}

/* Whether the physical value at `digital` is a decimal number that fits its field, to rounding. */
static bool is_decimal(double gain, double offset, int digital)
{
    static const double powers[] = {1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
    const double scaled = gain * digital;
    const double value = scaled + offset;
    const int decimals = decimals_for(value);
    if (decimals < 0) {
        return false;
    }
    const double error = 8.0 * DBL_EPSILON * (fabs(scaled) + fabs(offset));
    const double shifted = value * powers[decimals];
    return fabs(shifted - nearbyint(shifted)) <= error * powers[decimals];
}

/* The digital value to look at after `digital` in steps of +1 or -1. 24 bits are too many to look
 * at all: those near the ends and within 16 bits, and whole thousands elsewhere. */
static int next_digital(int digital, int step)
{
    const int near_end = 8388608 - 4096;
    const int all = 65536;
    int next = digital + step;
    if (abs(next) > all && abs(next) < near_end) {
        int rest = next % 1000;
        next -= rest;
        next += rest != 0 && (rest > 0) == (step > 0) ? 1000 * step : 0;
    }
    return next;
}

/* The next digital value from `from` towards `to` whose physical value fits; `to` when none is. */
static int next_decimal(double gain, double offset, int from, int to)
{
    const int step = from < to ? 1 : -1;
    while ((to - from) * step > 0 && !is_decimal(gain, offset, from)) {
        from = next_digital(from, step);
    }
    return (to - from) * step > 0 ? from : to;
}

bool ana_edf_find_scale(double gain, double offset, int lowest, int highest, ana_edf_scale *out)
{
    if (!isfinite(gain) || !isfinite(offset)) {
        return false;
    }
    if (try_range(gain, offset, lowest, highest, out) ||
        try_range(gain, offset, lowest + 1, highest, out)) {
        return true;
    }
    /* A scale that once stood in a header has two digital values whose physical ones are decimal
     * numbers that fit: look for them from both ends. */
    int high = highest;
    for (int tries = 0; tries < 8; tries++) {
        high = next_decimal(gain, offset, high, lowest);
        int low = next_decimal(gain, offset, lowest, high);
        if (low >= high) {
            return false;
        }
        if (try_range(gain, offset, low, high, out)) {
            return true;
        }
        high--;
    }
    return false;
}

bool ana_edf_nearest_scale(double gain, double offset, int lowest, int highest, ana_edf_scale *out)
{
    *out =
        (ana_edf_scale){lowest, highest, gain * lowest + offset, gain * highest + offset, 0.0, 0.0};
    return complete(out) && out->gain != 0.0;
}

/* `value` moved by at most one unit of the last digit that its field shows, outwards. */
static double widen(double value, double direction)
{
    static const double units[] = {1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6};
    int decimals = decimals_for(value);
    return decimals < 0 ? value : value + direction * units[decimals];
}

bool ana_edf_covering_scale(double min, double max, int lowest, int highest, ana_edf_scale *out)
{
    *out = (ana_edf_scale){lowest, highest, min, max, 0.0, 0.0};
    if (!complete(out)) {
        return false;
    }
    if (out->physical_min > min || out->physical_max <= out->physical_min) {
        out->physical_min = widen(min, -1.0);
    }
    if (out->physical_max < max || max <= min) {
        out->physical_max = widen(max, 1.0);
    }
    return complete(out) && out->physical_min <= min && out->physical_max >= max &&
           out->physical_min < out->physical_max;
}
