#include "text.h"

#include <analysis/optimise.h>

#include <float.h>
#include <math.h>

static const size_t max_steps = 2000;
static const double golden = 0.38196601125010515;             /* (3 - sqrt 5) / 2 */
static const double root_of_epsilon = 1.4901161193847656e-08; /* finer, f does not tell apart */

static ana_status check_interval(const char *what, double low, double high)
{
    if (!isfinite(low) || !isfinite(high) || !(low < high)) {
        return ana_fail(ANA_ERR_VALUE, "%s: from %s to %s is no finite interval", what,
                        ana_number(low).text, ana_number(high).text);
    }
    return ANA_OK;
}

typedef struct point {
    double x;
    double f;
} point;

/* The bracket and its three lowest points so far. */
typedef struct brent {
    double low;
    double high;
    point best;
    point second;
    point third;
    double step;        /* the last one */
    double step_before; /* and the one before */
} brent;

/* Sets the step to the minimum of the parabola through the three points, if that lies inside and is
 * less than half the step before last; else false. NaN from infinite values fails the comparisons.
 */
static bool parabolic_step(brent *b, double nearest)
{
    if (!(fabs(b->step_before) > nearest)) {
        return false;
    }
    double x = b->best.x;
    double r = (x - b->second.x) * (b->best.f - b->third.f);
    double q = (x - b->third.x) * (b->best.f - b->second.f);
    double p = (x - b->third.x) * q - (x - b->second.x) * r;
    q = 2.0 * (q - r);
    p = q > 0.0 ? -p : p;
    q = fabs(q);
    double before = b->step_before;
    b->step_before = b->step;
    if (!(fabs(p) < fabs(0.5 * q * before) && p > q * (b->low - x) && p < q * (b->high - x))) {
        return false;
    }
    b->step = p / q;
    double u = x + b->step;
    if (u - b->low < 2.0 * nearest || b->high - u < 2.0 * nearest) { /* not too near the ends */
        b->step = x < 0.5 * (b->low + b->high) ? nearest : -nearest;
    }
    return true;
}

static void golden_step(brent *b)
{
    bool right = b->best.x < 0.5 * (b->low + b->high);
    b->step_before = (right ? b->high : b->low) - b->best.x;
    b->step = golden * b->step_before;
}

/* Take in a new point and narrow the bracket. */
static void take(brent *b, point u)
{
    if (u.f <= b->best.f) {
        *(u.x < b->best.x ? &b->high : &b->low) = b->best.x;
        b->third = b->second;
        b->second = b->best;
        b->best = u;
        return;
    }
    *(u.x < b->best.x ? &b->low : &b->high) = u.x;
    if (u.f <= b->second.f || b->second.x == b->best.x) {
        b->third = b->second;
        b->second = u;
    } else if (u.f <= b->third.f || b->third.x == b->best.x || b->third.x == b->second.x) {
        b->third = u;
    }
}

static point evaluate(ana_scalar_function function, void *user, double x)
{
    double f = function(user, x);
    return (point){x, isnan(f) ? HUGE_VAL : f};
}

ana_status ana_optimise_scalar(ana_scalar_function function, void *user, double low, double high,
                               double tolerance, double *x, ana_optimise_info *info)
{
    ana_status status = check_interval("scalar minimum", low, high);
    if (status != ANA_OK) {
        return status;
    }
    double finest = fmax(tolerance, 0.0) / 3.0 + 1e-11 * (high - low); /* for a minimum at 0 */
    point first = evaluate(function, user, low + golden * (high - low));
    brent b = {.low = low, .high = high, .best = first, .second = first, .third = first};
    ana_optimise_info found = {.n_evaluations = 1, .gradient = NAN};
    while (found.n_iterations < max_steps) {
        double middle = 0.5 * (b.low + b.high);
        double nearest = root_of_epsilon * fabs(b.best.x) + finest;
        if (fabs(b.best.x - middle) <= 2.0 * nearest - 0.5 * (b.high - b.low)) {
            found.converged = true;
            break;
        }
        if (!parabolic_step(&b, nearest)) {
            golden_step(&b);
        }
        double step = fabs(b.step) >= nearest ? b.step : copysign(nearest, b.step);
        take(&b, evaluate(function, user, b.best.x + step));
        found.n_iterations++;
        found.n_evaluations++;
    }
    *x = b.best.x;
    found.value = b.best.f;
    if (info != NULL) {
        *info = found;
    }
    return ANA_OK;
}

/* Chandrupatla's three points: a and b enclose the zero, c is the one before. */
typedef struct enclosure {
    point a;
    point b;
    point c;
} enclosure;

/* Where to look next, as a share of the way from a to b: inverse quadratic interpolation where the
 * three points allow it, else the middle. */
static double next_share(const enclosure *e)
{
    double xi = (e->a.x - e->b.x) / (e->c.x - e->b.x);
    double phi = (e->a.f - e->b.f) / (e->c.f - e->b.f);
    if (!(phi * phi < xi && (1.0 - phi) * (1.0 - phi) < 1.0 - xi)) {
        return 0.5;
    }
    double ab = e->b.f - e->a.f;
    double ac = e->c.f - e->a.f;
    double bc = e->c.f - e->b.f;
    double alpha = (e->c.x - e->a.x) / (e->b.x - e->a.x);
    return alpha * (e->a.f / ac) * (e->b.f / bc) - (e->a.f / ab) * (e->c.f / bc);
}

ana_status ana_optimise_root(ana_scalar_function function, void *user, double low, double high,
                             double tolerance, double *x)
{
    ana_status status = check_interval("root", low, high);
    if (status != ANA_OK) {
        return status;
    }
    enclosure e = {.a = {low, function(user, low)}, .b = {high, function(user, high)}};
    if (!((e.a.f <= 0.0 && e.b.f >= 0.0) || (e.a.f >= 0.0 && e.b.f <= 0.0))) {
        return ana_fail(ANA_ERR_VALUE, "root: values %s at %s and %s at %s do not enclose a zero",
                        ana_number(e.a.f).text, ana_number(low).text, ana_number(e.b.f).text,
                        ana_number(high).text);
    }
    e.c = e.a;
    double share = 0.5;
    point nearer = e.a;
    for (size_t step = 0; step < max_steps; step++) {
        nearer = fabs(e.a.f) < fabs(e.b.f) ? e.a : e.b;
        double finest = fmax(0.5 * tolerance, 2.0 * DBL_EPSILON * fabs(nearer.x) + DBL_MIN);
        double least = finest / fabs(e.b.x - e.a.x);
        if (nearer.f == 0.0 || least > 0.5) {
            break;
        }
        share = fmin(fmax(share, least), 1.0 - least);
        point next = {e.a.x + share * (e.b.x - e.a.x), 0.0};
        next.f = function(user, next.x);
        if (isnan(next.f)) {
            return ana_fail(ANA_ERR_VALUE, "root: the function is NaN at %s",
                            ana_number(next.x).text);
        }
        if ((next.f > 0.0) != (e.a.f > 0.0)) {
            e.c = e.b;
            e.b = e.a;
        } else {
            e.c = e.a;
        }
        e.a = next;
        share = next_share(&e);
    }
    *x = nearer.x;
    return ANA_OK;
}
