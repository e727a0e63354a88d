#include "scale.h"

#include <math.h>

static const double largest = 1e300;
static const double smallest_span = 1e-300;
static const double relative_span = 1e-11; /* below, ticks would have more digits than a double */

ana_range ana_range_empty(void)
{
    return (ana_range){INFINITY, -INFINITY};
}

bool ana_range_is_empty(ana_range range)
{
    return !(range.low <= range.high);
}

void ana_range_add(ana_range *range, double value)
{
    if (!isfinite(value)) {
        return;
    }
    double kept = fmin(fmax(value, -largest), largest);
    range->low = fmin(range->low, kept);
    range->high = fmax(range->high, kept);
}

ana_range ana_range_widened(ana_range range, double part)
{
    if (ana_range_is_empty(range)) {
        return (ana_range){0.0, 1.0};
    }
    double size = fmax(fabs(range.low), fabs(range.high));
    double span = range.high - range.low;
    if (span < smallest_span || span < relative_span * size) {
        double room = size < smallest_span ? 1.0 : 0.5 * size;
        return (ana_range){range.low - room, range.high + room};
    }
    return (ana_range){range.low - part * span, range.high + part * span};
}

ana_range ana_range_widened_log(ana_range range, double part)
{
    if (ana_range_is_empty(range)) {
        return (ana_range){1.0, 10.0};
    }
    double low = fmax(range.low, smallest_span);
    double high = fmax(range.high, smallest_span);
    double factor = high < low * (1.0 + 1e-6) ? 2.0 : pow(high / low, part);
    return (ana_range){low / factor, high * factor};
}

/* Where a value stands between the ends: 0 at low, 1 at high. */
static double fraction(const ana_scale *scale, double value)
{
    if (scale->kind == ANA_SCALE_LOG) {
        return value > 0.0 ? log(value / scale->low) / log(scale->high / scale->low) : 0.0;
    }
    return (value - scale->low) / (scale->high - scale->low);
}

double ana_scale_at(const ana_scale *scale, double value)
{
    if (isnan(value)) {
        return value;
    }
    double kept = fmin(fmax(value, scale->low), scale->high);
    return scale->start + fraction(scale, kept) * (scale->end - scale->start);
}

double ana_scale_invert(const ana_scale *scale, double pixel)
{
    double part = (pixel - scale->start) / (scale->end - scale->start);
    if (scale->kind == ANA_SCALE_LOG) {
        return scale->low * pow(scale->high / scale->low, part);
    }
    return scale->low + part * (scale->high - scale->low);
}
