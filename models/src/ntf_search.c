#include "ntf_search.h"

#include <math.h>
#include <string.h>

/* Share of the decrease that the gradient promises (Armijo). */
static const double enough = 1e-4;

/* Of the mean: variables that may as well be 0, where they must not be. */
static const double edge_share = 1e-8;

enum {
    MOST_SHORTENED = 40
};

void ntf_search_new(size_t n, ana_workspace *workspace, ntf_search *out)
{
    *out = (ntf_search){.n = n};
    out->trial = ana_workspace_doubles(workspace, n, 1);
    out->trial_gradient = ana_workspace_doubles(workspace, n, 1);
    out->trial_metric = ana_workspace_doubles(workspace, n, 1);
    out->metric = ana_workspace_doubles(workspace, n, 1);
    out->x = ana_workspace_doubles(workspace, n, 1);
    out->gradient = ana_workspace_doubles(workspace, n, 1);
    out->direction = ana_workspace_doubles(workspace, n, 1);
    out->steps = ana_workspace_doubles(workspace, NTF_SEARCH_MEMORY, n);
    out->changes = ana_workspace_doubles(workspace, NTF_SEARCH_MEMORY, n);
}

static bool is_free(const ntf_search *self, size_t k)
{
    return self->x[k] > self->edge || self->gradient[k] < 0.0;
}

/* Over the free variables. */
static double free_product(const ntf_search *self, const double *a, const double *b)
{
    double sum = 0.0;
    for (size_t k = 0; k < self->n; k++) {
        sum += is_free(self, k) ? a[k] * b[k] : 0.0;
    }
    return sum;
}

static void add_scaled(size_t n, double scale, const double *from, double *to)
{
    for (size_t k = 0; k < n; k++) {
        to[k] += scale * from[k];
    }
}

/* The inverse Hessian before anything is remembered: a number, or the metric. */
static void scale_direction(const ntf_search *self, double scale)
{
    const double number = scale > 0.0 ? scale : 1.0;
    for (size_t k = 0; k < self->n; k++) {
        self->direction[k] *= self->keep > 0.0 ? self->metric[k] : number;
    }
}

/* direction = - H gradient, on the free variables (the two-loop recursion). */
static void find_direction(ntf_search *self)
{
    double alpha[NTF_SEARCH_MEMORY] = {0.0};
    double curvature[NTF_SEARCH_MEMORY] = {0.0};
    double scale = 0.0;
    double *d = self->direction;
    for (size_t k = 0; k < self->n; k++) {
        d[k] = is_free(self, k) ? -self->gradient[k] : 0.0;
    }
    for (size_t back = 1; back <= self->n_kept; back++) {
        const size_t at = (self->next + NTF_SEARCH_MEMORY - back) % NTF_SEARCH_MEMORY;
        const double *s = self->steps + at * self->n;
        const double *y = self->changes + at * self->n;
        const double squares = free_product(self, y, y);
        curvature[at] = free_product(self, s, y);
        if (!(curvature[at] > 1e-12 * squares)) {
            curvature[at] = 0.0; /* not to be used on these variables */
            continue;
        }
        scale = scale > 0.0 ? scale : curvature[at] / squares;
        alpha[at] = free_product(self, s, d) / curvature[at];
        add_scaled(self->n, -alpha[at], y, d);
    }
    scale_direction(self, scale);
    for (size_t back = self->n_kept; back >= 1; back--) {
        const size_t at = (self->next + NTF_SEARCH_MEMORY - back) % NTF_SEARCH_MEMORY;
        const double *s = self->steps + at * self->n;
        if (curvature[at] > 0.0) {
            const double b = free_product(self, self->changes + at * self->n, d) / curvature[at];
            add_scaled(self->n, alpha[at] - b, s, d);
        }
    }
    for (size_t k = 0; k < self->n; k++) {
        d[k] = is_free(self, k) && (self->x[k] > self->edge || d[k] > 0.0) ? d[k] : 0.0;
    }
}

/* The negative gradient of the free variables. */
static void take_gradient(ntf_search *self)
{
    self->n_kept = 0;
    for (size_t k = 0; k < self->n; k++) {
        const double size = self->keep > 0.0 ? self->metric[k] : 1.0;
        self->direction[k] = is_free(self, k) ? -size * self->gradient[k] : 0.0;
    }
}

static void place_trial(ntf_search *self)
{
    for (size_t k = 0; k < self->n; k++) {
        const double value = self->x[k] + self->step * self->direction[k];
        const double least = self->keep * self->x[k];
        self->trial[k] = value > least ? value : least;
    }
}

/* A new direction from x; the first steps are no longer than x itself. */
static ntf_search_state set_out(ntf_search *self, ntf_search_state state)
{
    double size = 0.0;
    double length = 0.0;
    find_direction(self);
    if (!(free_product(self, self->gradient, self->direction) < 0.0)) {
        take_gradient(self);
    }
    for (size_t k = 0; k < self->n; k++) {
        size += self->x[k] * self->x[k];
        length += self->direction[k] * self->direction[k];
    }
    if (!(length > 0.0)) {
        return NTF_SEARCH_ENDED;
    }
    self->step = self->n_kept == 0 && length > 0.01 * size ? 0.1 * sqrt(size / length) : 1.0;
    self->step = self->step > 0.0 ? self->step : 1.0 / sqrt(length);
    self->n_shortened = 0;
    place_trial(self);
    return state;
}

ntf_search_state ntf_search_begin(ntf_search *self, double value)
{
    self->value = value;
    double sum = 0.0;
    for (size_t k = 0; k < self->n; k++) {
        sum += self->trial[k];
    }
    self->edge = self->keep > 0.0 ? edge_share * sum / (double)self->n : 0.0;
    self->n_kept = 0;
    self->next = 0;
    memcpy(self->x, self->trial, self->n * sizeof *self->x);
    memcpy(self->gradient, self->trial_gradient, self->n * sizeof *self->gradient);
    memcpy(self->metric, self->trial_metric, self->n * sizeof *self->metric);
    return set_out(self, NTF_SEARCH_ASKS);
}

/* The step to the trial point, when it tells about the curvature. */
static void remember(ntf_search *self)
{
    double *s = self->steps + self->next * self->n;
    double *y = self->changes + self->next * self->n;
    double product = 0.0;
    double squares = 0.0;
    for (size_t k = 0; k < self->n; k++) {
        s[k] = self->trial[k] - self->x[k];
        y[k] = self->trial_gradient[k] - self->gradient[k];
        product += s[k] * y[k];
        squares += y[k] * y[k];
    }
    if (product > 1e-12 * squares && squares > 0.0) {
        self->next = (self->next + 1) % NTF_SEARCH_MEMORY;
        self->n_kept += self->n_kept < NTF_SEARCH_MEMORY ? 1 : 0;
    }
}

/* A shorter step, by the parabola through what is known; when that has been tried often, along the
 * gradient, once. */
static ntf_search_state shorten(ntf_search *self, double value, double promised)
{
    const double rise = value - self->value - promised;
    double share = isfinite(rise) && rise > 0.0 ? -0.5 * promised / rise : 0.1;
    share = share < 0.1 ? 0.1 : share > 0.5 ? 0.5 : share;
    if (++self->n_shortened > MOST_SHORTENED) {
        if (self->n_kept == 0) {
            return NTF_SEARCH_ENDED;
        }
        self->n_kept = 0;
        return set_out(self, NTF_SEARCH_ASKS);
    }
    self->step *= share;
    place_trial(self);
    return NTF_SEARCH_ASKS;
}

ntf_search_state ntf_search_tell(ntf_search *self, double value)
{
    double promised = 0.0;
    for (size_t k = 0; k < self->n; k++) {
        promised += self->gradient[k] * (self->trial[k] - self->x[k]);
    }
    if (!(promised < 0.0)) {
        return shorten(self, INFINITY, -1.0);
    }
    if (!(value <= self->value + enough * promised)) {
        return shorten(self, value, promised);
    }
    remember(self);
    memcpy(self->x, self->trial, self->n * sizeof *self->x);
    memcpy(self->gradient, self->trial_gradient, self->n * sizeof *self->gradient);
    memcpy(self->metric, self->trial_metric, self->n * sizeof *self->metric);
    self->value = value;
    return set_out(self, NTF_SEARCH_ACCEPTED);
}
