#include "oasis_solve.h"

#include <math.h>
#include <string.h>

/* Passes after which the search for the active set is given up; some 20 are usual, a few hundred
 * where rise and decay are hardly different and last for hundreds of samples. */
static const size_t max_passes = 2000;

/* Passes without fewer wrong samples after which not all are exchanged, and not even the worst. */
static const size_t patience_with_all = 3;
static const size_t patience_with_peaks = 40;

/* Wrong signs smaller than this part of the largest sample are rounding. */
static const double sign_tolerance = 1e-11;

static size_t first_observed(const ana_oasis_problem *problem)
{
    size_t t = 0;
    while (t < problem->n && isnan(problem->y[t])) {
        t++;
    }
    return t;
}

/* Residual and its square, summed over the observed samples in order of time. */
static void sum_up(const ana_oasis_problem *problem, ana_oasis_solution *solution)
{
    solution->rss = 0.0;
    solution->residual = 0.0;
    solution->total = 0.0;
    for (size_t t = 0; t < problem->n; t++) {
        double residual = problem->y[t] - problem->baseline - solution->calcium[t];
        residual = isnan(residual) ? 0.0 : residual;
        solution->rss += residual * residual;
        solution->residual += residual;
        solution->total += solution->spikes[t];
    }
}

/* A run of samples over which the calcium decays from `value` = pull / weight. */
typedef struct pool_sums {
    double pull;   /* sum of decay^k (y - baseline), less the penalty's share */
    double weight; /* sum of decay^2k over observed samples */
    double decay;  /* decay^length */
    double value;
} pool_sums;

static double value_of(double pull, double weight)
{
    return weight > 0.0 ? pull / weight : 0.0;
}

/* The pools of first order, on a stack in arrays: pull, weight (curvature), decay (coupling) and
 * first sample. Returns their number. */
static size_t pool_samples(const ana_oasis_problem *problem, const ana_oasis_scratch *scratch,
                           size_t first)
{
    const double gamma = problem->g[0];
    const size_t last = problem->n - 1;
    size_t n_pools = 0;
    for (size_t t = first; t <= last; t++) {
        double share = problem->penalty * (t < last ? 1.0 - gamma : 1.0);
        bool missing = isnan(problem->y[t]);
        pool_sums top = {missing ? -share : problem->y[t] - problem->baseline - share,
                         missing ? 0.0 : 1.0, gamma, 0.0};
        top.value = top.pull;
        size_t start = t;
        while (n_pools > 0) {
            size_t i = n_pools - 1;
            double before = value_of(scratch->pull[i], scratch->curvature[i]);
            double decay = scratch->coupling[i];
            double least = decay * (before > 0.0 ? before : 0.0) + problem->min_spike;
            if (top.weight > 0.0 && top.value >= least) {
                break;
            }
            top.pull = scratch->pull[i] + decay * top.pull;
            top.weight = scratch->curvature[i] + decay * decay * top.weight;
            top.decay *= decay;
            top.value = value_of(top.pull, top.weight);
            start = scratch->pool[i];
            n_pools--;
        }
        scratch->pull[n_pools] = top.pull;
        scratch->curvature[n_pools] = top.weight;
        scratch->coupling[n_pools] = top.decay;
        scratch->pool[n_pools] = start;
        n_pools++;
    }
    return n_pools;
}

/* Write out the pools. Where a pool is above zero, raising the baseline by 1 lowers its trace by
 * its best fit to a constant, which the slope needs. */
static void write_pools(const ana_oasis_problem *problem, const ana_oasis_scratch *scratch,
                        size_t n_pools, ana_oasis_solution *solution)
{
    const double gamma = problem->g[0];
    double before = 0.0;
    solution->slope = 0.0;
    for (size_t i = 0; i < n_pools; i++) {
        size_t stop = i + 1 < n_pools ? scratch->pool[i + 1] : problem->n;
        double value = value_of(scratch->pull[i], scratch->curvature[i]);
        value = value > 0.0 ? value : 0.0;
        solution->spikes[scratch->pool[i]] = value - gamma * before;
        double constant = 0.0;
        double decay = 1.0;
        double n_observed = 0.0;
        for (size_t t = scratch->pool[i]; t < stop; t++) {
            double observed = isnan(problem->y[t]) ? 0.0 : 1.0;
            solution->calcium[t] = value * decay;
            constant += observed * decay;
            n_observed += observed;
            before = value * decay;
            decay *= gamma;
        }
        double follows = value > 0.0 ? constant * constant / scratch->curvature[i] : 0.0;
        solution->slope -= n_observed - follows;
    }
}

void ana_oasis_first_order(const ana_oasis_problem *problem, const ana_oasis_scratch *scratch,
                           ana_oasis_solution *solution)
{
    memset(solution->calcium, 0, problem->n * sizeof *solution->calcium);
    memset(solution->spikes, 0, problem->n * sizeof *solution->spikes);
    solution->slope = 0.0;
    solution->exact = true;
    size_t first = first_observed(problem);
    if (first < problem->n) {
        size_t n_pools = pool_samples(problem, scratch, first);
        write_pools(problem, scratch, n_pools, solution);
    }
    sum_up(problem, solution);
}

/* Cost from sample t to the end as a quadratic of the state p = c_{t-1}, q = c_{t-2}:
 * 1/2 (pp p^2 + 2 pq p q + qq q^2) - p_pull p - q_pull q. */
typedef struct cost_to_go {
    double pp, pq, qq, p_pull, q_pull;
} cost_to_go;

/* Backwards over the samples after the first: what each sample's calcium would cost. Dynamic
 * programming: at an active sample c is free and is minimised out, elsewhere it follows from the
 * state. `constant` solves for y = 1 without penalty, which gives the slope by the baseline. */
static cost_to_go look_back(const ana_oasis_problem *problem, const ana_oasis_scratch *scratch,
                            size_t first, bool constant)
{
    const double g1 = problem->g[0];
    const double g2 = problem->g[1];
    const double penalty = constant ? 0.0 : problem->penalty;
    cost_to_go cost = {0.0, 0.0, 0.0, 0.0, 0.0};
    for (size_t t = problem->n - 1; t > first; t--) {
        bool missing = isnan(problem->y[t]);
        double y = constant ? 1.0 : problem->y[t] - problem->baseline;
        double curvature = cost.pp + (missing ? 0.0 : 1.0);
        double pull = cost.p_pull + (missing ? 0.0 : y);
        scratch->curvature[t] = curvature;
        scratch->coupling[t] = cost.pq;
        scratch->pull[t] = pull;
        if (scratch->active[t]) {
            double share = cost.pq / curvature;
            cost.pp = cost.qq - cost.pq * share;
            cost.p_pull = cost.q_pull - (pull - penalty) * share + penalty * g1;
            cost.q_pull = penalty * g2;
            cost.pq = 0.0;
            cost.qq = 0.0;
        } else {
            cost.pp = g1 * (curvature * g1 + 2.0 * cost.pq) + cost.qq;
            cost.pq = g2 * (curvature * g1 + cost.pq);
            cost.qq = curvature * g2 * g2;
            cost.p_pull = pull * g1 + cost.q_pull;
            cost.q_pull = pull * g2;
        }
    }
    return cost;
}

/* Forwards: the best trace given the active set, and in spikes[] the spike where active; elsewhere
 * the derivative of the objective by it, over its curvature, so that both are sizes of spikes (the
 * latter of one that were to be taken away). Neither must be negative. */
static void look_forward(const ana_oasis_problem *problem, const ana_oasis_scratch *scratch,
                         size_t first, const cost_to_go *cost, ana_oasis_solution *solution)
{
    const double g1 = problem->g[0];
    const double g2 = problem->g[1];
    const double back = 1.0 / problem->decay;
    double curvature = 1.0 + cost->pp + back * (2.0 * cost->pq + back * cost->qq);
    double pull = problem->y[first] - problem->baseline + cost->p_pull + back * cost->q_pull -
                  problem->penalty;
    double p = scratch->active[first] ? pull / curvature : 0.0;
    double q = p * back;
    solution->calcium[first] = p;
    solution->spikes[first] = scratch->active[first] ? p : -pull / curvature;
    for (size_t t = first + 1; t < problem->n; t++) {
        double follows = g1 * p + g2 * q;
        double c = follows;
        if (scratch->active[t]) {
            c = (scratch->pull[t] - problem->penalty - scratch->coupling[t] * p) /
                scratch->curvature[t];
            solution->spikes[t] = c - follows;
        } else {
            solution->spikes[t] =
                c + (scratch->coupling[t] * p - scratch->pull[t] + problem->penalty) /
                        scratch->curvature[t];
        }
        solution->calcium[t] = c;
        q = p;
        p = c;
    }
}

/* Number of samples with the wrong sign; *last is the last of them. */
static size_t count_wrong(const ana_oasis_scratch *scratch, const double *spikes, size_t first,
                          size_t n, double tolerance, size_t *last)
{
    size_t n_wrong = 0;
    for (size_t t = first; t < n; t++) {
        if (spikes[t] < -tolerance && !scratch->banned[t]) {
            n_wrong++;
            *last = t;
        }
    }
    return n_wrong;
}

static void exchange_all(const ana_oasis_scratch *scratch, const double *spikes, size_t first,
                         size_t n, double tolerance)
{
    for (size_t t = first; t < n; t++) {
        if (spikes[t] < -tolerance && !scratch->banned[t]) {
            scratch->active[t] = !scratch->active[t];
        }
    }
}

/* Exchange the worst of each run of neighbours that are wrong in one way: where the response is
 * slow and smooth, one spike of a run is enough, and all of them would be too many. */
static void exchange_peaks(const ana_oasis_scratch *scratch, const double *spikes, size_t first,
                           size_t n, double tolerance)
{
    for (size_t t = first; t < n;) {
        if (!(spikes[t] < -tolerance) || scratch->banned[t]) {
            t++;
            continue;
        }
        const bool active = scratch->active[t];
        size_t worst = t;
        for (; t < n && spikes[t] < -tolerance && !scratch->banned[t]; t++) {
            if (scratch->active[t] != active) {
                break;
            }
            worst = spikes[t] < spikes[worst] ? t : worst;
        }
        scratch->active[worst] = !active;
    }
}

/* Exchange every sample of the wrong sign at once, while that helps; else the worst of each run;
 * else only the last one (Murty's rule, which cannot cycle), until there are fewer again. */
static bool find_active_set(const ana_oasis_problem *problem, const ana_oasis_scratch *scratch,
                            size_t first, double tolerance, ana_oasis_solution *solution)
{
    const size_t n = problem->n;
    const double *spikes = solution->spikes;
    size_t fewest = n + 1;
    size_t stuck = 0;
    for (size_t pass = 0; pass < max_passes; pass++) {
        cost_to_go cost = look_back(problem, scratch, first, false);
        look_forward(problem, scratch, first, &cost, solution);
        size_t last = first;
        size_t n_wrong = count_wrong(scratch, spikes, first, n, tolerance, &last);
        if (n_wrong == 0) {
            return true;
        }
        stuck = n_wrong < fewest ? 0 : stuck + 1;
        fewest = n_wrong < fewest ? n_wrong : fewest;
        if (stuck <= patience_with_all) {
            exchange_all(scratch, spikes, first, n, tolerance);
        } else if (stuck <= patience_with_peaks) {
            exchange_peaks(scratch, spikes, first, n, tolerance);
        } else {
            scratch->active[last] = !scratch->active[last];
        }
    }
    return false;
}

/* Sum of the trace that follows a constant of 1 under the active set. */
static double sum_of_constant(const ana_oasis_problem *problem, const ana_oasis_scratch *scratch,
                              size_t first)
{
    cost_to_go cost = look_back(problem, scratch, first, true);
    const double back = 1.0 / problem->decay;
    double curvature = 1.0 + cost.pp + back * (2.0 * cost.pq + back * cost.qq);
    double p = scratch->active[first] ? (1.0 + cost.p_pull + back * cost.q_pull) / curvature : 0.0;
    double q = p * back;
    double sum = p;
    for (size_t t = first + 1; t < problem->n; t++) {
        double c = problem->g[0] * p + problem->g[1] * q;
        if (scratch->active[t]) {
            c = (scratch->pull[t] - scratch->coupling[t] * p) / scratch->curvature[t];
        }
        sum += isnan(problem->y[t]) ? 0.0 : c;
        q = p;
        p = c;
    }
    return sum;
}

/* Drop each spike below min_spike that is smaller than the spikes before and after it: one of two
 * that share an event goes, the other grows. Whatever is not active now is banned, so that this
 * ends. False when there was none to drop. */
static bool drop_small(const ana_oasis_problem *problem, const ana_oasis_scratch *scratch,
                       const double *spikes, size_t first)
{
    bool dropped = false;
    double before = INFINITY;
    for (size_t t = first + 1; t < problem->n; t++) {
        scratch->banned[t] = scratch->banned[t] || !scratch->active[t];
        if (scratch->banned[t]) {
            continue;
        }
        size_t next = t + 1;
        while (next < problem->n && !scratch->active[next]) {
            next++;
        }
        double after = next < problem->n ? spikes[next] : (double)INFINITY;
        if (spikes[t] < problem->min_spike && spikes[t] < before && spikes[t] <= after) {
            scratch->active[t] = false;
            scratch->banned[t] = true;
            dropped = true;
        }
        before = spikes[t];
    }
    return dropped;
}

static double largest_sample(const ana_oasis_problem *problem)
{
    double largest = 0.0;
    for (size_t t = 0; t < problem->n; t++) {
        largest = fmax(largest, fabs(problem->y[t] - problem->baseline)); /* NaN is passed over */
    }
    return largest;
}

/* What is no spike is zero, and a spike that rounding took below zero too. */
static void clear_inactive(const ana_oasis_problem *problem, const ana_oasis_scratch *scratch,
                           size_t first, double *spikes)
{
    for (size_t t = first; t < problem->n; t++) {
        spikes[t] = scratch->active[t] && spikes[t] > 0.0 ? spikes[t] : 0.0;
    }
}

void ana_oasis_second_order(const ana_oasis_problem *problem, const ana_oasis_scratch *scratch,
                            ana_oasis_solution *solution)
{
    memset(solution->calcium, 0, problem->n * sizeof *solution->calcium);
    memset(solution->spikes, 0, problem->n * sizeof *solution->spikes);
    solution->slope = 0.0;
    solution->exact = true;
    size_t n_observed = 0;
    for (size_t t = 0; t < problem->n; t++) {
        bool missing = isnan(problem->y[t]);
        scratch->banned[t] = missing || (problem->restricted && scratch->banned[t]);
        n_observed += !missing;
    }
    size_t first = first_observed(problem);
    if (first < problem->n) {
        double tolerance = sign_tolerance * largest_sample(problem);
        do {
            solution->exact = find_active_set(problem, scratch, first, tolerance, solution);
        } while (solution->exact && problem->min_spike > 0.0 &&
                 drop_small(problem, scratch, solution->spikes, first));
        clear_inactive(problem, scratch, first, solution->spikes);
        solution->slope = sum_of_constant(problem, scratch, first) - (double)n_observed;
    }
    sum_up(problem, solution);
}
