/* Riemannian means of folds: limited-memory quasi-Newton steps (Nocedal 1980) in a frame that is
 * carried along, as that of spd_mean.c; its memory goes from the mean of all to those of folds,
 * whose curvature is nearly the same. */
#include "lag_mean.h"

#include "dense.h"
#include "spd_mean_parts.h"
#include "spd_parts.h"
#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

enum {
    MOST_STEPS = 1000
};

void lag_walk_open(size_t n, ana_workspace *workspace, lag_walk *walk)
{
    *walk = (lag_walk){.n = n};
    double **const places[] = {&walk->frame, &walk->lower, &walk->now,     &walk->before,
                               &walk->step,  &walk->turn,  &walk->room[0], &walk->room[1]};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        *places[i] = ana_workspace_doubles(workspace, n, n);
    }
    for (size_t i = 0; i < LAG_MEMORY; i++) {
        walk->moves[i] = ana_workspace_doubles(workspace, n, n);
        walk->changes[i] = ana_workspace_doubles(workspace, n, n);
    }
}

void lag_mean_tangent(const lag_matrices *of, const size_t *which, size_t n, double *out)
{
    const size_t size = of->n * of->n;
    memset(out, 0, size * sizeof *out);
    for (size_t k = 0; k < n; k++) {
        const double *map = of->maps + (which != NULL ? which[k] : k) * size;
        for (size_t e = 0; e < size; e++) {
            out[e] += map[e];
        }
    }
    for (size_t e = 0; e < size; e++) {
        out[e] /= (double)n;
    }
}

ana_status lag_walk_begin(const lag_matrices *of, lag_walk *walk)
{
    const size_t size = of->n * of->n;
    double *mean = walk->room[0];
    memset(mean, 0, size * sizeof *mean);
    for (size_t k = 0; k < of->n_matrices; k++) {
        for (size_t e = 0; e < size; e++) {
            mean[e] += of->x[k * size + e] / (double)of->n_matrices;
        }
    }
    walk->n_remembered = 0;
    walk->length = 0.0;
    const ana_status status = ana_linalg_cholesky(of->n, mean, walk->lower);
    memcpy(walk->frame, walk->lower, size * sizeof *walk->frame);
    memset(walk->turn, 0, size * sizeof *walk->turn);
    for (size_t i = 0; i < of->n; i++) {
        walk->turn[i * (of->n + 1)] = 1.0;
    }
    return status;
}

void lag_walk_follow(const lag_walk *other, lag_walk *walk)
{
    const size_t size = other->n * other->n * sizeof *walk->frame;
    memcpy(walk->frame, other->frame, size);
    memcpy(walk->lower, other->lower, size);
    memcpy(walk->turn, other->turn, size);
    walk->n_remembered = other->n_remembered;
    walk->length = 0.0;
    for (size_t i = 0; i < other->n_remembered; i++) {
        memcpy(walk->moves[i], other->moves[i], size);
        memcpy(walk->changes[i], other->changes[i], size);
        walk->products[i] = other->products[i];
    }
}

static double log_of(double value, double power)
{
    (void)power;
    return log(value);
}

ana_status lag_walk_look(const lag_matrices *of, const lag_walk *walk)
{
    const spd_work work = {
        .n = of->n, .lower = walk->lower, .function = log_of, .positive = true, .maps = of->maps};
    *of->n_decompositions += of->n_matrices;
    return spd_run(&work, of->n_matrices, of->x, of->run);
}

/* What the last step did to the gradient; the oldest is forgotten. */
static void remember(lag_walk *walk)
{
    const size_t size = walk->n * walk->n;
    size_t at = walk->n_remembered;
    if (at == LAG_MEMORY) {
        double *move = walk->moves[0];
        double *change = walk->changes[0];
        for (size_t i = 1; i < LAG_MEMORY; i++) {
            walk->moves[i - 1] = walk->moves[i];
            walk->changes[i - 1] = walk->changes[i];
            walk->products[i - 1] = walk->products[i];
        }
        at = LAG_MEMORY - 1;
        walk->moves[at] = move;
        walk->changes[at] = change;
    }
    for (size_t e = 0; e < size; e++) {
        walk->moves[at][e] = walk->step[e];
        walk->changes[at][e] = walk->before[e] - walk->now[e];
    }
    walk->products[at] = ana_dot(size, walk->moves[at], walk->changes[at]);
    walk->n_remembered = walk->products[at] > 0.0 ? at + 1 : at;
}

static void add(size_t size, double factor, const double *x, double *out)
{
    for (size_t e = 0; e < size; e++) {
        out[e] += factor * x[e];
    }
}

/* step = inverse curvature times the gradient, by the two loops of Nocedal (1980). */
static void find_step(lag_walk *walk)
{
    const size_t size = walk->n * walk->n;
    double shares[LAG_MEMORY] = {0.0};
    double scale = 1.0;
    memcpy(walk->step, walk->now, size * sizeof *walk->step);
    for (size_t i = walk->n_remembered; i-- > 0;) {
        shares[i] = ana_dot(size, walk->moves[i], walk->step) / walk->products[i];
        add(size, -shares[i], walk->changes[i], walk->step);
    }
    if (walk->n_remembered > 0) {
        const size_t last = walk->n_remembered - 1;
        const double square = ana_dot(size, walk->changes[last], walk->changes[last]);
        scale = square > 0.0 ? walk->products[last] / square : 1.0;
    }
    for (size_t e = 0; e < size; e++) {
        walk->step[e] *= scale;
    }
    for (size_t i = 0; i < walk->n_remembered; i++) {
        const double share = ana_dot(size, walk->changes[i], walk->step) / walk->products[i];
        add(size, shares[i] - share, walk->moves[i], walk->step);
    }
}

/* A gradient that grew: what is remembered is of elsewhere; half a plain step. */
static void choose_step(lag_walk *walk)
{
    const size_t size = walk->n * walk->n;
    const double length = sqrt(ana_dot(size, walk->now, walk->now));
    const bool grew = walk->length > 0.0 && length > walk->length;
    if (grew) {
        walk->n_remembered = 0;
        for (size_t e = 0; e < size; e++) {
            walk->step[e] = 0.5 * walk->now[e];
        }
    } else {
        if (walk->length > 0.0) {
            remember(walk);
        }
        find_step(walk);
    }
    walk->length = length;
}

/* C and F^-1 C of the frame: F^T = Q R, so that F F^T = R^T R without squares being taken. */
static ana_status factor(lag_walk *walk)
{
    ana_status status = ANA_OK;
    const size_t n = walk->n;
    ana_transpose(n, n, walk->frame, walk->room[0]);
    ANA_TRY(ana_linalg_qr(n, n, walk->room[0], walk->turn, walk->room[1]));
    ana_transpose(n, n, walk->room[1], walk->lower);
done:
    return status;
}

ana_status lag_walk_step(const double *tangent, lag_walk *walk)
{
    ana_status status = ANA_OK;
    const size_t n = walk->n;
    double *half = walk->room[0];
    ANA_TRY(spd_sandwich(n, walk->turn, tangent, walk->room[1], walk->now));
    choose_step(walk);
    memcpy(walk->before, walk->now, n * n * sizeof *walk->before);
    for (size_t e = 0; e < n * n; e++) {
        half[e] = 0.5 * walk->step[e];
    }
    ANA_TRY(ana_linalg_expm_symmetric(n, half, half));
    ANA_TRY(ana_linalg_multiply(n, n, n, walk->frame, half, walk->room[1]));
    memcpy(walk->frame, walk->room[1], n * n * sizeof *walk->frame);
    ANA_TRY(factor(walk));
done:
    return status;
}

/* Whether the walk is where it should be. */
static bool arrived(const lag_matrices *of, const lag_walk_aim *aim, const double *tangent)
{
    const size_t size = of->n * of->n;
    const double square = ana_dot(size, tangent, tangent);
    if (!aim->by_spread) {
        return sqrt(square) <= aim->tolerance;
    }
    const double n = (double)of->n_matrices;
    return square <= ana_dot(of->n_matrices * size, of->maps, of->maps) / (n * n);
}

ana_status lag_walk_to_mean(const lag_matrices *of, const lag_walk_aim *aim, double *tangent,
                            lag_walk *walk, bool *settled)
{
    ana_status status = ANA_OK;
    bool known = aim->known;
    *settled = false;
    for (size_t i = 0; i < MOST_STEPS; i++) {
        if (!known) {
            ANA_TRY(lag_walk_look(of, walk));
            lag_mean_tangent(of, NULL, of->n_matrices, tangent);
            *settled = arrived(of, aim, tangent);
            if (*settled) {
                break;
            }
        }
        known = false;
        ANA_TRY(lag_walk_step(tangent, walk));
    }
done:
    return status;
}
