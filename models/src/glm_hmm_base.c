/* What all edges' signs have in common: the Dirichlet that each group's probabilities of
 * inhibitory, none and excitatory come from. With those probabilities integrated out, what the
 * groups' expected counts say of it is a Dirichlet-multinomial, whose maximum Newton's method finds
 * in a few steps. Taking turns with the probabilities' posteriors finds the same, but the slower
 * the more alike the groups are: hundreds of turns where there is no edge at all. */
#include "glm_hmm_edges.h"

#include <analysis/linalg.h>
#include <analysis/special.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum {
    MOST_STEPS = 50,
    MOST_HALVINGS = 30
};

static const double longest_step = 2.0; /* of a logarithm */
static const double smallest_step = 1e-9;

typedef struct problem {
    size_t n_groups;
    const double *counts;
    double least;
    double most;
} problem;

/* Log evidence, and its derivatives in the logarithms of the base. */
typedef struct evidence {
    double value;
    double slope[ANA_EDGE_SIGNS];
    double bend[ANA_EDGE_SIGNS * ANA_EDGE_SIGNS];
} evidence;

/* One group, in the base itself. */
static void add_group(const double *counts, const double *base, evidence *sum)
{
    const double n = counts[0] + counts[1] + counts[2];
    const double whole = base[0] + base[1] + base[2];
    const double slope = ana_special_digamma(whole) - ana_special_digamma(whole + n);
    const double bend = ana_special_trigamma(whole) - ana_special_trigamma(whole + n);
    sum->value += ana_special_lgamma(whole) - ana_special_lgamma(whole + n);
    for (size_t c = 0; c < ANA_EDGE_SIGNS; c++) {
        sum->value += ana_special_lgamma(base[c] + counts[c]) - ana_special_lgamma(base[c]);
        sum->slope[c] +=
            slope + ana_special_digamma(base[c] + counts[c]) - ana_special_digamma(base[c]);
        for (size_t d = 0; d < ANA_EDGE_SIGNS; d++) {
            sum->bend[c * ANA_EDGE_SIGNS + d] += bend;
        }
        sum->bend[c * ANA_EDGE_SIGNS + c] +=
            ana_special_trigamma(base[c] + counts[c]) - ana_special_trigamma(base[c]);
    }
}

static evidence look(size_t n_groups, const double *counts, const double *base)
{
    evidence sum = {0};
    for (size_t g = 0; g < n_groups; g++) {
        const double *own = counts + g * ANA_EDGE_SIGNS;
        if (own[0] + own[1] + own[2] > 0.0) {
            add_group(own, base, &sum);
        }
    }
    for (size_t c = 0; c < ANA_EDGE_SIGNS; c++) {
        for (size_t d = 0; d < ANA_EDGE_SIGNS; d++) {
            sum.bend[c * ANA_EDGE_SIGNS + d] *= base[c] * base[d];
        }
        sum.slope[c] *= base[c];
        sum.bend[c * ANA_EDGE_SIGNS + c] += sum.slope[c];
    }
    return sum;
}

/* Newton's step from where the evidence was taken; what is held at a bound stays there. */
static void find_step(const evidence *at, const bool *held, double *step)
{
    double matrix[ANA_EDGE_SIGNS * ANA_EDGE_SIGNS];
    double factor[ANA_EDGE_SIGNS * ANA_EDGE_SIGNS];
    const size_t diagonal = (size_t)ANA_EDGE_SIGNS + 1;
    double largest = 0.0;
    for (size_t i = 0; i < sizeof matrix / sizeof *matrix; i++) {
        const size_t c = i / ANA_EDGE_SIGNS;
        const size_t d = i % ANA_EDGE_SIGNS;
        matrix[i] = held[c] || held[d] ? 0.0 : -at->bend[i];
        largest = fmax(largest, fabs(matrix[i]));
    }
    double raise = 1e-12 * largest + 1e-300;
    for (size_t c = 0; c < ANA_EDGE_SIGNS; c++) {
        step[c] = held[c] ? 0.0 : at->slope[c];
        matrix[c * diagonal] += held[c] ? largest + 1.0 : raise;
    }
    for (int i = 0; i < 60; i++) {
        if (ana_linalg_cholesky(ANA_EDGE_SIGNS, matrix, factor) == ANA_OK &&
            ana_linalg_solve_cholesky(ANA_EDGE_SIGNS, factor, 1, step, step) == ANA_OK) {
            return;
        }
        for (size_t c = 0; c < ANA_EDGE_SIGNS; c++) {
            matrix[c * diagonal] += raise;
        }
        raise *= 3.0;
    }
}

/* Along a step, halved until the evidence rises; how far the logarithms moved, 0 when it never did.
 * A step that is uphill, and stays so when its outward parts are cut off at the bounds, does. */
static double climb(const problem *p, const double *step, double *base, evidence *here)
{
    double longest = longest_step;
    for (size_t c = 0; c < ANA_EDGE_SIGNS; c++) {
        longest = fmax(longest, fabs(step[c]));
    }
    for (int h = 0; h < MOST_HALVINGS; h++) {
        const double share = ldexp(longest_step / longest, -h);
        double next[ANA_EDGE_SIGNS];
        double moved = 0.0;
        for (size_t c = 0; c < ANA_EDGE_SIGNS; c++) {
            next[c] = fmin(fmax(base[c] * exp(share * step[c]), p->least), p->most);
            moved = fmax(moved, fabs(log(next[c] / base[c])));
        }
        const evidence there = look(p->n_groups, p->counts, next);
        if (there.value > here->value) {
            memcpy(base, next, sizeof next);
            *here = there;
            return moved;
        }
    }
    return 0.0;
}

void ana_edge_learn_base(size_t n_groups, const double *counts, double least, double most,
                         double *base)
{
    const problem p = {n_groups, counts, least, most};
    evidence here = look(n_groups, counts, base);
    for (int i = 0; i < MOST_STEPS; i++) {
        bool held[ANA_EDGE_SIGNS];
        double step[ANA_EDGE_SIGNS];
        double gradient[ANA_EDGE_SIGNS];
        for (size_t c = 0; c < ANA_EDGE_SIGNS; c++) {
            held[c] = (base[c] <= least && here.slope[c] <= 0.0) ||
                      (base[c] >= most && here.slope[c] >= 0.0);
            gradient[c] = held[c] ? 0.0 : here.slope[c];
        }
        find_step(&here, held, step);
        double moved = climb(&p, step, base, &here);
        if (!(moved > 0.0)) {
            moved = climb(&p, gradient, base, &here);
        }
        if (moved < smallest_step) {
            return;
        }
    }
}
