#include "lasso.h"

#include "simd.h"

#include <math.h>

enum {
    MAX_SWEEPS = 5000
};

/* rest -= change * row: the one loop that costs. */
ANA_CLONES
static void take_away(size_t p, const double *row, double change, double *rest)
{
#pragma omp simd
    for (size_t j = 0; j < p; j++) {
        rest[j] -= change * row[j];
    }
}

/* Over all coefficients, or those that are not 0; the largest change. */
static double sweep(size_t p, const double *gram, double penalty, bool active_only, double *beta,
                    double *rest)
{
    double most = 0.0;
    for (size_t i = 0; i < p; i++) {
        const double own = gram[i * p + i];
        if (!(own > 0.0) || (active_only && beta[i] == 0.0)) {
            continue;
        }
        const double wanted = own * beta[i] + rest[i];
        const double size = fabs(wanted) - penalty;
        const double next = size > 0.0 ? copysign(size, wanted) / own : 0.0;
        const double change = next - beta[i];
        if (change != 0.0) {
            beta[i] = next;
            take_away(p, gram + i * p, change, rest);
            most = fmax(most, fabs(change));
        }
    }
    return most;
}

bool ana_lasso_descend(size_t p, const double *gram, double penalty, double tolerance, double *beta,
                       double *rest)
{
    size_t n_sweeps = 0;
    while (n_sweeps++ < MAX_SWEEPS) {
        if (sweep(p, gram, penalty, false, beta, rest) <= tolerance) {
            return true;
        }
        while (n_sweeps++ < MAX_SWEEPS && sweep(p, gram, penalty, true, beta, rest) > tolerance) {
        }
    }
    return false;
}
