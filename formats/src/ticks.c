#include "scale.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MINUS "\xe2\x88\x92"
#define TIMES "\xc3\x97"

static const double rounding = 1e-6; /* of a step: a tick this near an end is on it */

/* Ticks at k * multiple * 10^exponent for k = first ... last. */
typedef struct decimal_steps {
    double first, last, multiple;
    int exponent;
} decimal_steps;

/* value * 10^exponent, with one rounding where the power is exact. */
static double scaled(double value, int exponent)
{
    return exponent < 0 ? value / pow(10.0, -exponent) : value * pow(10.0, exponent);
}

/* The largest e with 10^e <= value; value > 0. */
static int decade_of(double value)
{
    int e = (int)floor(log10(value));
    if (scaled(1.0, e + 1) <= value) {
        return e + 1;
    }
    return scaled(1.0, e) > value ? e - 1 : e;
}

static void copy(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text);
}

void ana_number_fixed(double value, int decimals, char *out, size_t size)
{
    char digits[352];
    ana_format_fixed(value, decimals, digits, sizeof digits);
    bool negative = digits[0] == '-';
    snprintf(out, size, "%s%s", negative ? MINUS : "", digits + negative);
}

static void drop_trailing_zeros(char *text)
{
    if (strchr(text, '.') == NULL) {
        return;
    }
    size_t n = strlen(text);
    while (text[n - 1] == '0') {
        n--;
    }
    n -= text[n - 1] == '.';
    text[n] = '\0';
}

/* "×10⁻⁶" */
static void write_power(int exponent, char *out, size_t size)
{
    static const char *const raised[] = {
        "\xe2\x81\xb0", "\xc2\xb9",     "\xc2\xb2",     "\xc2\xb3",     "\xe2\x81\xb4",
        "\xe2\x81\xb5", "\xe2\x81\xb6", "\xe2\x81\xb7", "\xe2\x81\xb8", "\xe2\x81\xb9"};
    int size_of = exponent < 0 ? -exponent : exponent;
    snprintf(out, size, "10%s%s%s%s", exponent < 0 ? "\xe2\x81\xbb" : "",
             size_of >= 100 ? raised[size_of / 100 % 10] : "",
             size_of >= 10 ? raised[size_of / 10 % 10] : "", raised[size_of % 10]);
}

void ana_number_label(double value, int significant, char *out, size_t size)
{
    if (!isfinite(value)) {
        copy(out, size,
             isnan(value)  ? "missing"
             : value > 0.0 ? "\xe2\x88\x9e"
                           : MINUS "\xe2\x88\x9e");
        return;
    }
    double magnitude = fabs(value);
    if (magnitude < 1e9 && value == nearbyint(value)) {
        ana_number_fixed(value, 0, out, size);
        return;
    }
    int decade = decade_of(magnitude);
    char digits[64];
    if (decade >= -4 && decade < 9) {
        int decimals = significant - 1 - decade;
        ana_number_fixed(value, decimals < 0 ? 0 : decimals, digits, sizeof digits);
        drop_trailing_zeros(digits);
        copy(out, size, digits);
        return;
    }
    char power[16]; /* "10", a minus and three digits, superscript */
    ana_number_fixed(scaled(value, -decade), significant - 1, digits, sizeof digits);
    drop_trailing_zeros(digits);
    write_power(decade, power, sizeof power);
    snprintf(out, size, "%s" TIMES "%s", digits, power);
}

/* The finest steps of 1, 2 or 5 times a power of ten with at most `most` ticks; `whole`: none below
 * 1. */
static decimal_steps choose_steps(double low, double high, bool whole, size_t most)
{
    static const double multiples[] = {1.0, 2.0, 5.0};
    int exponent = decade_of((high - low) / (double)most);
    exponent = whole && exponent < 0 ? 0 : exponent;
    for (size_t i = 0;; i++) {
        decimal_steps steps = {.multiple = multiples[i % 3], .exponent = exponent + (int)(i / 3)};
        double step = scaled(steps.multiple, steps.exponent);
        steps.first = ceil(low / step - rounding);
        steps.last = floor(high / step + rounding);
        if (steps.last - steps.first + 1.0 <= (double)most) {
            return steps;
        }
    }
}

/* The largest magnitude among the ticks less `base`, as a decade; 0 for nothing but zero. */
static int decade_of_steps(const decimal_steps *steps, double base)
{
    double first = fabs(steps->first * steps->multiple - base);
    double last = fabs(steps->last * steps->multiple - base);
    double magnitude = scaled(fmax(first, last), steps->exponent);
    return magnitude > 0.0 ? decade_of(magnitude) : 0;
}

/* What long labels have in common, in units of 10^exponent: 0 while they are short. */
static double common_base(const decimal_steps *steps)
{
    if (decade_of_steps(steps, 0.0) - steps->exponent <= 6) {
        return 0.0;
    }
    return floor(steps->first * steps->multiple / 1e4) * 1e4;
}

/* What the labels leave out: their common power of ten, and where they count from. */
static void write_notes(ana_ticks *ticks, const decimal_steps *steps, double base, int shift)
{
    if (shift != 0) {
        char power[20];
        write_power(shift, power, sizeof power);
        snprintf(ticks->power, sizeof ticks->power, TIMES "%s", power);
    }
    if (base == 0.0) {
        return;
    }
    double value = scaled(base, steps->exponent);
    if (steps->exponent < -17 || decade_of(fabs(value)) >= 15) {
        ana_number_label(value, 12, ticks->from, sizeof ticks->from);
    } else {
        ana_number_fixed(value, steps->exponent < 0 ? -steps->exponent : 0, ticks->from,
                         sizeof ticks->from);
        drop_trailing_zeros(ticks->from);
    }
}

static void make_linear(double low, double high, bool whole, size_t most, ana_ticks *ticks)
{
    decimal_steps steps = choose_steps(low, high, whole, most);
    double base = common_base(&steps);
    int decade = decade_of_steps(&steps, base);
    bool many_zeros = decade < -3 || (decade < 0 && steps.exponent < -5);
    int shift = decade >= 6 || many_zeros ? 3 * (int)floor(decade / 3.0) : 0;
    bool only_zero = steps.first == 0.0 && steps.last == 0.0;
    int decimals = shift > steps.exponent && !only_zero ? shift - steps.exponent : 0;
    const size_t n = (size_t)(steps.last - steps.first + 1.5);
    for (size_t i = 0; i < n; i++) {
        double k = steps.first + (double)i;
        ana_tick *tick = &ticks->tick[ticks->n++];
        tick->value = fmin(fmax(scaled(k * steps.multiple, steps.exponent), low), high);
        ana_number_fixed(scaled(k * steps.multiple - base, steps.exponent - shift), decimals,
                         tick->label, sizeof tick->label);
    }
    write_notes(ticks, &steps, base, shift);
}

/* "1:05" with the step in seconds below a minute or hours above, else "2:05" in hours. */
static void write_time(double seconds, bool hours, bool both, char *out, size_t size)
{
    long total = lround(fabs(seconds));
    const char *sign = seconds < 0.0 ? MINUS : "";
    if (both) {
        snprintf(out, size, "%s%ld:%02ld:%02ld", sign, total / 3600, total / 60 % 60, total % 60);
    } else if (hours) {
        snprintf(out, size, "%s%ld:%02ld", sign, total / 3600, total / 60 % 60);
    } else {
        snprintf(out, size, "%s%ld:%02ld", sign, total / 60, total % 60);
    }
}

/* Whether the axis was long enough for minutes, and short enough to count in hours. */
static bool make_time(double low, double high, size_t most, ana_ticks *ticks)
{
    static const double steps[] = {10.0,    20.0,    30.0,    60.0,     120.0,   300.0,
                                   600.0,   900.0,   1800.0,  3600.0,   7200.0,  10800.0,
                                   21600.0, 43200.0, 86400.0, 172800.0, 345600.0};
    if (high - low <= 120.0 || fabs(low) > 1e6 || fabs(high) > 1e6) {
        return false;
    }
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        double first = ceil(low / steps[i] - rounding);
        double last = floor(high / steps[i] + rounding);
        if (last - first + 1.0 > (double)most) {
            continue;
        }
        bool hours = fmax(fabs(low), fabs(high)) >= 3600.0;
        bool both = hours && steps[i] < 60.0;
        const size_t n = (size_t)(last - first + 1.5);
        for (size_t j = 0; j < n; j++) {
            double k = first + (double)j;
            ana_tick *tick = &ticks->tick[ticks->n++];
            tick->value = fmin(fmax(k * steps[i], low), high);
            write_time(k * steps[i], hours, both, tick->label, sizeof tick->label);
        }
        ticks->unit = both ? "h:min:s" : hours ? "h:min" : "min:s";
        return true;
    }
    return false;
}

/* 10^decade times 1, 2 or 5: plain where that is short. */
static void write_log(int decade, int multiple, char *out, size_t size)
{
    if (decade >= -3 && decade <= 4) {
        ana_number_fixed(scaled(multiple, decade), decade < 0 ? -decade : 0, out, size);
        return;
    }
    char power[16]; /* "10", a minus and three digits, superscript */
    write_power(decade, power, sizeof power);
    if (multiple == 1) {
        copy(out, size, power);
    } else {
        snprintf(out, size, "%d" TIMES "%s", multiple, power);
    }
}

/* Every `stride`-th decade, with 2 and 5 times it when `fine`; how many are within. */
static size_t add_log(double low, double high, int stride, bool fine, ana_ticks *ticks)
{
    static const int multiples[] = {1, 2, 5};
    int start = decade_of(low);
    int stop = decade_of(high);
    size_t n = 0;
    for (int decade = start; decade <= stop; decade++) {
        for (size_t i = 0; i < (fine ? 3U : 1U) && decade % stride == 0; i++) {
            double value = scaled(multiples[i], decade);
            if (value < low * (1.0 - 1e-9) || value > high * (1.0 + 1e-9)) {
                continue;
            }
            if (ticks != NULL) {
                ana_tick *tick = &ticks->tick[ticks->n++];
                tick->value = fmin(fmax(value, low), high);
                write_log(decade, multiples[i], tick->label, sizeof tick->label);
            }
            n++;
        }
    }
    return n;
}

static void make_log(double low, double high, size_t most, ana_ticks *ticks)
{
    size_t fine = add_log(low, high, 1, true, NULL);
    if (fine < 2) {
        make_linear(low, high, false, most, ticks);
        return;
    }
    if (fine <= most) {
        add_log(low, high, 1, true, ticks);
        return;
    }
    int stride = 1;
    while (add_log(low, high, stride, false, NULL) > most) {
        stride++;
    }
    add_log(low, high, stride, false, ticks);
}

void ana_ticks_make(const ana_scale *scale, size_t most, ana_ticks *ticks)
{
    *ticks = (ana_ticks){0};
    if (scale->kind == ANA_SCALE_LOG) {
        make_log(scale->low, scale->high, most, ticks);
    } else if (scale->kind != ANA_SCALE_TIME || !make_time(scale->low, scale->high, most, ticks)) {
        make_linear(scale->low, scale->high, scale->whole, most, ticks);
    }
}
