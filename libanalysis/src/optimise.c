#include "dense.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/optimise.h>

#include <float.h>
#include <math.h>
#include <string.h>

/* Sufficient decrease and curvature (Nocedal & Wright 2006, eqs. 3.7). */
static const double armijo = 1e-4;
static const double curvature = 0.9;

enum {
    MAX_TRIALS = 60 /* of a line search: 60 halvings are all the bits of a step */
};

ana_optimise_options ana_optimise_options_default(void)
{
    return (ana_optimise_options){
        .max_iterations = 200, .gradient_tolerance = 1e-6, .value_tolerance = 1e-12, .memory = 10};
}

static ana_status check_options(const ana_optimise_options *options)
{
    if (!(options->gradient_tolerance >= 0.0) || !(options->value_tolerance >= 0.0)) {
        return ana_fail(ANA_ERR_VALUE, "optimise: tolerances %s and %s, but none may be negative",
                        ana_number(options->gradient_tolerance).text,
                        ana_number(options->value_tolerance).text);
    }
    if (options->memory == 0) {
        return ana_fail(ANA_ERR_VALUE, "optimise: a memory of 0 steps, but 1 is needed");
    }
    return ANA_OK;
}

static double largest(size_t n, const double *values)
{
    double most = 0.0;
    for (size_t i = 0; i < n; i++) {
        most = fabs(values[i]) > most || isnan(values[i]) ? fabs(values[i]) : most;
    }
    return most;
}

/* A search in n variables: where it is, where it goes, and what it sees there. */
typedef struct search {
    ana_status (*call)(struct search *s, const double *x, double *value, double *gradient);
    ana_gradient_function function;        /* L-BFGS */
    ana_hessian_function hessian_function; /* Newton */
    void *user;
    const ana_optimise_options *options;
    size_t n;
    double *x;
    double *gradient;
    double *direction;
    double *trial_x;
    double *trial_gradient;
    double *hessian; /* Newton: at the last point looked at */
    double value;
    double slope; /* along the direction at x */
    ana_optimise_info info;
} search;

/* A point of the line x + t direction. */
typedef struct trial {
    double t;
    double f;
    double slope;
} trial;

static ana_status prepare(search *s, ana_workspace *workspace)
{
    s->gradient = ana_workspace_doubles(workspace, s->n, 1);
    s->direction = ana_workspace_doubles(workspace, s->n, 1);
    s->trial_x = ana_workspace_doubles(workspace, s->n, 1);
    s->trial_gradient = ana_workspace_doubles(workspace, s->n, 1);
    return ana_workspace_check(workspace, "optimise");
}

static ana_status with_gradient(search *s, const double *x, double *value, double *gradient)
{
    s->info.n_evaluations++;
    return s->function(s->user, s->n, x, value, gradient);
}

static ana_status with_hessian(search *s, const double *x, double *value, double *gradient)
{
    s->info.n_evaluations++;
    return s->hessian_function(s->user, s->n, x, value, gradient, s->hessian);
}

static ana_status start(search *s)
{
    ana_status status = ANA_OK;
    ANA_TRY(s->call(s, s->x, &s->value, s->gradient));
    if (!isfinite(s->value) || !isfinite(largest(s->n, s->gradient))) {
        ANA_TRY(ana_fail(ANA_ERR_NUMERIC, "optimise: value %s and largest gradient %s at the start",
                         ana_number(s->value).text, ana_number(largest(s->n, s->gradient)).text));
    }
done:
    return status;
}

/* Look at x + t direction. Where anything is not finite, the value counts as +inf. */
static ana_status look(search *s, double t, trial *out)
{
    for (size_t i = 0; i < s->n; i++) {
        s->trial_x[i] = s->x[i] + t * s->direction[i];
    }
    out->t = t;
    ana_status status = s->call(s, s->trial_x, &out->f, s->trial_gradient);
    out->slope = ana_dot(s->n, s->trial_gradient, s->direction);
    if (!isfinite(out->f) || !isfinite(out->slope)) {
        out->f = HUGE_VAL;
        out->slope = NAN;
    }
    return status;
}

static bool is_flat_enough(const search *s, const trial *p)
{
    return fabs(p->slope) <= -curvature * s->slope;
}

/* What differences of values near this one are lost in. */
static double rounding(const search *s)
{
    return 4.0 * DBL_EPSILON * fmax(1.0, fabs(s->value));
}

/* Sufficient decrease; or, where rounding hides it, a slope that is less steep at the same value
 * (Hager & Zhang 2005, SIAM J. Optim. 16(1), the approximate Wolfe conditions), so that the
 * gradient goes down further than the value can show. */
static bool falls_enough(const search *s, const trial *p)
{
    return p->f <= s->value + armijo * p->t * s->slope ||
           (p->f <= s->value + rounding(s) && is_flat_enough(s, p));
}

/* The minimum of the cubic through two trials (Nocedal & Wright, eq. 3.59), kept a tenth of their
 * distance away from both; the middle where there is none. */
static double between(const trial *a, const trial *b)
{
    double width = b->t - a->t;
    double d1 = a->slope + b->slope - 3.0 * (b->f - a->f) / width;
    double d2 = copysign(sqrt(d1 * d1 - a->slope * b->slope), width);
    double share = 1.0 - (b->slope + d2 - d1) / (b->slope - a->slope + 2.0 * d2);
    if (!isfinite(share)) {
        share = 0.5;
    }
    return a->t + width * fmin(fmax(share, 0.1), 0.9);
}

/* Algorithm 3.6: between `low`, which falls enough, and `high` lies a point that satisfies both
 * conditions. Leaves the last trial at *found, with t = 0 when there was none to take. */
static ana_status zoom(search *s, trial low, trial high, trial *found)
{
    ana_status status = ANA_OK;
    for (size_t i = 0; i < MAX_TRIALS; i++) {
        ANA_TRY(look(s, between(&low, &high), found));
        if (!falls_enough(s, found) || found->f >= low.f) {
            high = *found;
        } else {
            if (is_flat_enough(s, found)) {
                goto done;
            }
            if (found->slope * (high.t - low.t) >= 0.0) {
                high = low;
            }
            low = *found;
        }
        if (fabs(high.t - low.t) <= 4.0 * DBL_EPSILON * fabs(low.t)) {
            break;
        }
    }
    *found = low;
    if (low.t > 0.0) { /* at least it falls */
        ANA_TRY(look(s, low.t, found));
    }
done:
    return status;
}

/* Algorithm 3.5: a step for the strong Wolfe conditions; found->t is 0 when no step falls. */
static ana_status search_line(search *s, double first, trial *found)
{
    ana_status status = ANA_OK;
    trial before = {0.0, s->value, s->slope};
    double t = first;
    for (size_t i = 0; i < MAX_TRIALS; i++) {
        ANA_TRY(look(s, t, found));
        if (!falls_enough(s, found) || (i > 0 && found->f >= before.f)) {
            status = zoom(s, before, *found, found);
            goto done;
        }
        if (is_flat_enough(s, found)) {
            goto done;
        }
        if (found->slope >= 0.0) {
            status = zoom(s, *found, before, found);
            goto done;
        }
        before = *found;
        t *= 2.0;
    }
done:
    return status;
}

/* Go to the last trial, and see whether that is the end, by gradient or by value. */
static void move(search *s, const trial *to)
{
    double fall = s->value - to->f;
    memcpy(s->x, s->trial_x, s->n * sizeof *s->x);
    memcpy(s->gradient, s->trial_gradient, s->n * sizeof *s->gradient);
    s->value = to->f;
    s->info.n_iterations++;
    bool still = fall <= s->options->value_tolerance * fmax(1.0, fabs(s->value));
    s->info.converged = largest(s->n, s->gradient) <= s->options->gradient_tolerance ||
                        (s->options->value_tolerance > 0.0 && still);
}

/* Whether what the slope promises is below the rounding of the value: then no step can be seen to
 * fall, and the point is as good as a minimum. */
static bool is_exhausted(const search *s)
{
    return -s->slope <= 4.0 * rounding(s);
}

static void finish(const search *s, ana_optimise_info *info)
{
    if (info != NULL) {
        *info = s->info;
        info->value = s->value;
        info->gradient = largest(s->n, s->gradient);
    }
}

/* The last steps and changes of gradient, oldest first; slot (first + i) % size. */
typedef struct memory {
    size_t size;
    size_t n_kept;
    size_t first;
    double *steps;
    double *changes;
    double *inverse; /* 1 / (step . change) */
    double *weights;
} memory;

/* direction = - H gradient by the two loops of Nocedal & Wright, algorithm 7.4. */
static void set_direction(search *s, const memory *m)
{
    size_t n = s->n;
    double *d = s->direction;
    for (size_t i = 0; i < n; i++) {
        d[i] = -s->gradient[i];
    }
    for (size_t k = m->n_kept; k-- > 0;) {
        size_t slot = (m->first + k) % m->size;
        m->weights[slot] = m->inverse[slot] * ana_dot(n, m->steps + slot * n, d);
        for (size_t i = 0; i < n; i++) {
            d[i] -= m->weights[slot] * m->changes[slot * n + i];
        }
    }
    if (m->n_kept > 0) {
        size_t slot = (m->first + m->n_kept - 1) % m->size;
        const double *change = m->changes + slot * n;
        double scale = 1.0 / (m->inverse[slot] * ana_dot(n, change, change));
        for (size_t i = 0; i < n; i++) {
            d[i] *= scale;
        }
    }
    for (size_t k = 0; k < m->n_kept; k++) {
        size_t slot = (m->first + k) % m->size;
        double weight = m->weights[slot] - m->inverse[slot] * ana_dot(n, m->changes + slot * n, d);
        for (size_t i = 0; i < n; i++) {
            d[i] += weight * m->steps[slot * n + i];
        }
    }
    s->slope = ana_dot(n, s->gradient, d);
}

/* Keep the step from x to the trial, unless the curvature along it is not positive. */
static void remember(const search *s, memory *m)
{
    size_t n = s->n;
    bool full = m->n_kept == m->size;
    size_t slot = full ? m->first : (m->first + m->n_kept) % m->size;
    double *step = m->steps + slot * n;
    double *change = m->changes + slot * n;
    double product = 0.0;
    double square = 0.0;
    for (size_t i = 0; i < n; i++) {
        double dx = s->trial_x[i] - s->x[i];
        double dg = s->trial_gradient[i] - s->gradient[i];
        product += dx * dg;
        square += dg * dg;
    }
    if (!(product > DBL_EPSILON * square)) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        step[i] = s->trial_x[i] - s->x[i];
        change[i] = s->trial_gradient[i] - s->gradient[i];
    }
    m->inverse[slot] = 1.0 / product;
    m->first = full ? (m->first + 1) % m->size : m->first;
    m->n_kept += !full;
}

/* The step along the remembered direction; found->t is 0 when none falls. */
static ana_status step(search *s, const memory *m, trial *found)
{
    set_direction(s, m);
    *found = (trial){0.0, s->value, s->slope};
    if (!(s->slope < 0.0)) {
        return ANA_OK;
    }
    double length = sqrt(ana_dot(s->n, s->direction, s->direction));
    return search_line(s, m->n_kept > 0 ? 1.0 : fmin(1.0, 1.0 / length), found);
}

static ana_status descend(search *s, memory *m)
{
    ana_status status = ANA_OK;
    s->info.converged = largest(s->n, s->gradient) <= s->options->gradient_tolerance;
    while (!s->info.converged && s->info.n_iterations < s->options->max_iterations) {
        trial found;
        ANA_TRY(step(s, m, &found));
        if (found.t > 0.0) {
            remember(s, m);
            move(s, &found);
            continue;
        }
        s->info.converged = s->slope < 0.0 && is_exhausted(s);
        if (m->n_kept == 0) {
            break;
        }
        m->n_kept = 0; /* once more, straight downhill */
    }
done:
    return status;
}

ana_status ana_optimise_lbfgs(ana_gradient_function function, void *user, size_t n, double *x,
                              const ana_optimise_options *options, ana_optimise_info *info)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_optimise_options defaults = ana_optimise_options_default();
    options = options != NULL ? options : &defaults;
    ANA_TRY(check_options(options));
    search s = {
        .call = with_gradient, .function = function, .user = user, .options = options, .n = n};
    s.x = x;
    ANA_TRY(prepare(&s, &workspace));
    memory m = {.size = options->memory};
    m.steps = ana_workspace_doubles(&workspace, m.size, n);
    m.changes = ana_workspace_doubles(&workspace, m.size, n);
    m.inverse = ana_workspace_doubles(&workspace, m.size, 1);
    m.weights = ana_workspace_doubles(&workspace, m.size, 1);
    ANA_TRY(ana_workspace_check(&workspace, "optimise"));
    ANA_TRY(start(&s));
    ANA_TRY(descend(&s, &m));
    finish(&s, info);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* direction = -(H + tau I)^-1 gradient with the first tau for which Cholesky succeeds. */
static ana_status set_newton_direction(search *s, double *factor)
{
    ana_status status = ANA_OK;
    size_t n = s->n;
    double least = HUGE_VAL;
    for (size_t i = 0; i < n; i++) {
        least = fmin(least, s->hessian[i * n + i]);
    }
    double smallest_shift = 1e-3 * fmax(largest(n * n, s->hessian), DBL_MIN);
    double shift = least > 0.0 ? 0.0 : smallest_shift - least;
    for (size_t i = 0; i < MAX_TRIALS; i++) {
        memcpy(factor, s->hessian, n * n * sizeof *factor);
        for (size_t j = 0; j < n; j++) {
            factor[j * n + j] += shift;
        }
        status = ana_linalg_cholesky(n, factor, factor);
        if (status != ANA_ERR_NUMERIC) {
            break;
        }
        shift = fmax(2.0 * shift, smallest_shift);
    }
    ANA_TRY(status);
    ANA_TRY(ana_linalg_solve_cholesky(n, factor, 1, s->gradient, s->direction));
    for (size_t i = 0; i < n; i++) {
        s->direction[i] = -s->direction[i];
    }
    s->slope = ana_dot(n, s->gradient, s->direction);
done:
    return status;
}

/* The first of 1, 1/2, 1/4, ... that falls enough; found->t is 0 when none does. */
static ana_status halve(search *s, trial *found)
{
    ana_status status = ANA_OK;
    double t = 1.0;
    for (size_t i = 0; i < MAX_TRIALS; i++) {
        ANA_TRY(look(s, t, found));
        if (falls_enough(s, found)) {
            goto done;
        }
        t *= 0.5;
    }
    found->t = 0.0;
done:
    return status;
}

ana_status ana_optimise_newton(ana_hessian_function function, void *user, size_t n, double *x,
                               const ana_optimise_options *options, ana_optimise_info *info)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_optimise_options defaults = ana_optimise_options_default();
    options = options != NULL ? options : &defaults;
    ANA_TRY(check_options(options));
    search s = {.call = with_hessian,
                .hessian_function = function,
                .user = user,
                .options = options,
                .n = n};
    s.x = x;
    ANA_TRY(prepare(&s, &workspace));
    s.hessian = ana_workspace_doubles(&workspace, n, n);
    double *factor = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "optimise"));
    ANA_TRY(start(&s));
    s.info.converged = largest(n, s.gradient) <= options->gradient_tolerance;
    while (!s.info.converged && s.info.n_iterations < options->max_iterations) {
        trial found = {0.0, s.value, 0.0};
        ANA_TRY(set_newton_direction(&s, factor));
        ANA_TRY(halve(&s, &found));
        if (!(found.t > 0.0)) {
            s.info.converged = is_exhausted(&s);
            break;
        }
        move(&s, &found);
    }
    finish(&s, info);
done:
    ana_workspace_release(&workspace);
    return status;
}
