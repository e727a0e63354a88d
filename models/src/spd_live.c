/* One positive definite matrix at a time: the first of eight lanes, the others hold identities. */
#include "spd_live.h"

#include "matrix_lanes.h"
#include "spd_mean_parts.h"
#include "spd_point.h"
#include "try.h"

#include <analysis/linalg.h>

#include <float.h>
#include <math.h>
#include <string.h>

/* The parts of a room. */
typedef struct parts {
    double *lanes;
    double *vectors;
    double *values;
    double *scratch;
    double *square; /* n x n */
} parts;

size_t spd_live_room(size_t n)
{
    return 2 * ana_lanes_size(n) + (size_t)4 * n * ANA_LANES + n * n;
}

static parts split(size_t n, double *room)
{
    parts at;
    at.lanes = room;
    at.vectors = at.lanes + ana_lanes_size(n);
    at.values = at.vectors + ana_lanes_size(n);
    at.scratch = at.values + n * ANA_LANES;
    at.square = at.scratch + 3 * n * ANA_LANES;
    return at;
}

void spd_live_embed(const ana_spd_set *set, double *real)
{
    const size_t n = set->n;
    if (!set->hermitian) {
        memcpy(real, set->values, n * n * sizeof *real);
        return;
    }
    for (size_t e = 0; e < n * n; e++) {
        const size_t i = e / n;
        const size_t j = e % n;
        const double re = set->values[2 * e];
        const double im = set->values[2 * e + 1];
        real[i * 2 * n + j] = real[(n + i) * 2 * n + n + j] = re;
        real[(n + i) * 2 * n + j] = im;
        real[i * 2 * n + n + j] = -im;
    }
}

void spd_live_unembed(const ana_spd_set *set, const double *real, double *out)
{
    const ana_spd_set one = {set->n, set->hermitian, 1, NULL};
    if (set->hermitian) {
        spd_unembed(&one, real, out);
    } else {
        memcpy(out, real, set->n * set->n * sizeof *out);
    }
}

static ana_status not_positive(void)
{
    return ana_fail(ANA_ERR_VALUE,
                    "the matrix is not positive definite, or holds numbers that are not finite");
}

ana_status spd_live_factor(size_t n, const double *a, double *lower)
{
    return ana_linalg_cholesky(n, a, lower) == ANA_OK ? ANA_OK : not_positive();
}

/* The eigenvalues of lane 0, all of them above n epsilon times the largest. */
static ana_status decompose(size_t n, const parts *at, bool with_vectors)
{
    double low = INFINITY;
    double high = -INFINITY;
    if (!ana_lanes_eigen(n, at->lanes, at->values, with_vectors ? at->vectors : NULL,
                         at->scratch)) {
        return not_positive();
    }
    for (size_t i = 0; i < n; i++) {
        const double value = at->values[i * ANA_LANES];
        if (!isfinite(value)) {
            return not_positive();
        }
        low = fmin(low, value);
        high = fmax(high, value);
    }
    return low > (double)n * DBL_EPSILON * high ? ANA_OK : not_positive();
}

ana_status spd_live_distance(size_t n, const double *lower, const double *x, double *room,
                             double *squared)
{
    const parts at = split(n, room);
    ana_lanes_pack(n, 1, x, at.lanes);
    ana_lanes_whiten(n, lower, at.lanes);
    const ana_status status = decompose(n, &at, false);
    *squared = 0.0;
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        const double value = log(at.values[i * ANA_LANES]);
        *squared += value * value;
    }
    return status;
}

/* f of lane 0, which is decomposed. */
static void rebuild(size_t n, const parts *at, spd_scalar function, double power, double *out)
{
    for (size_t i = 0; i < n; i++) {
        at->values[i * ANA_LANES] = function(at->values[i * ANA_LANES], power);
    }
    ana_lanes_rebuild(n, at->values, at->vectors, at->lanes);
    ana_lanes_unpack(n, 1, at->lanes, out);
}

ana_status spd_live_function(size_t n, const double *x, spd_scalar function, double power,
                             double *room, double *out)
{
    ana_status status = ANA_OK;
    const parts at = split(n, room);
    ana_lanes_pack(n, 1, x, at.lanes);
    ANA_TRY(decompose(n, &at, true));
    rebuild(n, &at, function, power, out);
done:
    return status;
}

double spd_inverse_root(double value, double power)
{
    (void)power;
    return 1.0 / sqrt(value);
}

ana_status spd_live_between(size_t n, const double *lower, const double *x, double t, double *room,
                            double *out)
{
    ana_status status = ANA_OK;
    const parts at = split(n, room);
    const ana_gemm right = {n, n, n, false, true, 1.0, 0.0};
    ana_lanes_pack(n, 1, x, at.lanes);
    ana_lanes_whiten(n, lower, at.lanes);
    ANA_TRY(decompose(n, &at, true));
    rebuild(n, &at, spd_power_of, t, at.vectors); /* the vectors are no longer needed */
    ANA_TRY(ana_linalg_multiply(n, n, n, lower, at.vectors, at.square));
    ANA_TRY(ana_linalg_gemm(&right, at.square, lower, out));
    spd_mend_symmetry(n, out);
done:
    return status;
}

ana_status spd_live_congruence(size_t n, const double *f, const double *x, double *room,
                               double *out)
{
    ana_status status = ANA_OK;
    const parts at = split(n, room);
    ANA_TRY(ana_linalg_multiply(n, n, n, f, x, at.square));
    ANA_TRY(ana_linalg_multiply(n, n, n, at.square, f, out));
    spd_mend_symmetry(n, out);
done:
    return status;
}
