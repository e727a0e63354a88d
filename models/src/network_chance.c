/* A number beside those of random networks. */
#include "network_parts.h"

#include <math.h>

network_chance network_chance_of(size_t n, const double *nulls, size_t stride, double value)
{
    double above = 1.0;
    double below = 1.0;
    double n_known = 0.0;
    double sum = 0.0;
    double squares = 0.0;
    const double slack = 1e-12 * fabs(value);
    network_chance out = {(double)NAN, (double)NAN, (double)NAN, (double)NAN};
    for (size_t k = 0; k < n; k++) {
        const double null = nulls[k * stride];
        above += null >= value - slack ? 1.0 : 0.0;
        below += null <= value + slack ? 1.0 : 0.0;
        n_known += isnan(null) ? 0.0 : 1.0;
        sum += isnan(null) ? 0.0 : null;
    }
    if (n_known == 0.0) {
        return out;
    }
    out.mean = sum / n_known;
    for (size_t k = 0; k < n; k++) {
        const double deviation = nulls[k * stride] - out.mean;
        squares += isnan(deviation) ? 0.0 : deviation * deviation;
    }
    out.sd = n_known > 1.0 ? sqrt(squares / (n_known - 1.0)) : (double)NAN;
    /* What is left of equal numbers is rounding. */
    out.sd = out.sd <= 1e-12 * fabs(out.mean) ? 0.0 : out.sd;
    if (!isnan(value)) {
        out.p = fmin(1.0, 2.0 * fmin(above, below) / (1.0 + n_known));
        out.z = out.sd > 0.0 ? (value - out.mean) / out.sd : (double)NAN;
    }
    return out;
}
