/** Sums that remember what rounding took from them (Neumaier 1974, ZAMM 54): as exact as if the
 *  terms were added in twice the digits and rounded once, whatever their number. */
#ifndef ANALYSIS_INTERNAL_COMPENSATED_H
#define ANALYSIS_INTERNAL_COMPENSATED_H

#include <math.h>

/** Zeroed to begin with. */
typedef struct ana_compensated {
    double sum;
    double lost;
} ana_compensated;

static inline void ana_compensated_add(ana_compensated *total, double value)
{
    const double sum = total->sum + value;
    if (fabs(total->sum) >= fabs(value)) {
        total->lost += (total->sum - sum) + value;
    } else {
        total->lost += (value - sum) + total->sum;
    }
    total->sum = sum;
}

static inline double ana_compensated_total(const ana_compensated *total)
{
    return total->sum + total->lost;
}

#endif
