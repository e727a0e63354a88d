#include "oasis_fit.h"
#include "oasis_solve.h"
#include "try.h"
#include "workspace.h"

#include <analysis/oasis.h>
#include <analysis/stats.h>

#include <math.h>
#include <string.h>

/* Steps of each search: brackets are doubled or halved, so that fewer always do. */
static const int max_steps = 100;

ana_oasis_options ana_oasis_options_default(void)
{
    ana_oasis_options options = {
        .run = ana_run_default(),
        .order = 1,
        .method = ANA_OASIS_NOISE,
        .decay_s = NAN,
        .rise_s = NAN,
        .noise = NAN,
        .noise_kind = ANA_NOISE_PSD_LOGMEXP,
        .baseline = NAN,
        .penalty = 0.1,
        .min_spike = NAN,
        .n_lags = 5,
        .tolerance = 1e-9,
    };
    return options;
}

static const char *const methods[] = {"noise", "penalty", "threshold", NULL};
static const char *const noises[] = {"psd-mean", "psd-median", "psd-logmexp", "difference", NULL};

const ana_option ana_oasis_option_table[] = {
    {"order", ANA_OPTION_SIZE, offsetof(ana_oasis_options, order), 1, 2, NULL, "P",
     "calcium rises at once (1) or after a while (2)", false},
    {"method", ANA_OPTION_CHOICE, offsetof(ana_oasis_options, method), 0, 0, methods, "METHOD",
     "what limits the activity: the noise, a given penalty, or a least size of a spike", false},
    {"decay", ANA_OPTION_DOUBLE, offsetof(ana_oasis_options, decay_s), 0, 0, NULL, "SECONDS",
     "time constant of the decay; nan: estimated", false},
    {"rise", ANA_OPTION_DOUBLE, offsetof(ana_oasis_options, rise_s), 0, 0, NULL, "SECONDS",
     "time constant of the rise, of order 2; nan: estimated with the decay", false},
    {"noise-sd", ANA_OPTION_DOUBLE, offsetof(ana_oasis_options, noise), 0, 0, NULL, "SD",
     "standard deviation of the noise; nan: measured", false},
    {"noise-kind", ANA_OPTION_CHOICE, offsetof(ana_oasis_options, noise_kind), 0, 0, noises, "HOW",
     "how the noise is measured", false},
    {"offset", ANA_OPTION_DOUBLE, offsetof(ana_oasis_options, baseline), 0, 0, NULL, "F",
     "baseline below the calcium; nan: fitted", false},
    {"penalty", ANA_OPTION_DOUBLE, offsetof(ana_oasis_options, penalty), 0, 1e300, NULL, "LAMBDA",
     "penalty on the sum of the activity, for method penalty", false},
    {"min-spike", ANA_OPTION_DOUBLE, offsetof(ana_oasis_options, min_spike), 0, 0, NULL, "S",
     "least activity that counts, for method threshold; nan: as large as the noise allows", false},
    {"lags", ANA_OPTION_SIZE, offsetof(ana_oasis_options, n_lags), 1, 10000, NULL, "N",
     "autocovariances that estimate time constants, beyond the order", false},
    {"tolerance", ANA_OPTION_DOUBLE, offsetof(ana_oasis_options, tolerance), 1e-14, 0.1, NULL,
     "SHARE", "how near the residual has to come to the noise", false},
    ANA_OPTION_END,
};

static ana_status check_positive(double value, bool may_be_zero, const char *name)
{
    bool good = isnan(value) || (isfinite(value) && (value > 0.0 || (may_be_zero && value == 0.0)));
    return good ? ANA_OK
                : ana_fail(ANA_ERR_VALUE, "oasis: %s has to be positive and finite, or nan", name);
}

ana_status ana_oasis_check_options(const ana_oasis_options *options)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_options_check(ana_oasis_option_table, options, "oasis"));
    ANA_TRY(check_positive(options->decay_s, false, "decay"));
    ANA_TRY(check_positive(options->rise_s, true, "rise"));
    ANA_TRY(check_positive(options->noise, false, "noise-sd"));
    ANA_TRY(check_positive(options->min_spike, true, "min-spike"));
    if (isinf(options->baseline)) {
        return ana_fail(ANA_ERR_VALUE, "oasis: offset has to be finite, or nan");
    }
    if (options->order == 2 && isnan(options->decay_s) != isnan(options->rise_s)) {
        return ana_fail(ANA_ERR_VALUE, "oasis: give both decay and rise, or neither");
    }
    if (options->rise_s >= options->decay_s) {
        return ana_fail(ANA_ERR_VALUE, "oasis: rise has to be shorter than decay");
    }
    bool free_scale = options->method == ANA_OASIS_PENALTY && options->penalty == 0.0;
    if (free_scale && isnan(options->baseline)) {
        return ana_fail(ANA_ERR_VALUE,
                        "oasis: without a penalty any low baseline fits; give offset");
    }
done:
    return status;
}

size_t ana_oasis_scratch_bytes(size_t n)
{
    return n * (3 * sizeof(double) + sizeof(size_t) + 2 * sizeof(bool));
}

void ana_oasis_scratch_place(size_t n, void *memory, ana_oasis_scratch *scratch)
{
    double *doubles = memory;
    scratch->curvature = doubles;
    scratch->coupling = doubles + n;
    scratch->pull = doubles + 2 * n;
    scratch->pool = (size_t *)(void *)(doubles + 3 * n);
    scratch->active = (bool *)(void *)(scratch->pool + n);
    scratch->banned = scratch->active + n;
}

/* Whether the method asks for the noise, beyond the estimate of time constants. */
static bool needs_noise(const ana_oasis_options *options)
{
    return options->method == ANA_OASIS_NOISE ||
           (options->method == ANA_OASIS_THRESHOLD &&
            (isnan(options->min_spike) || isnan(options->baseline)));
}

static ana_status measure_noise(const ana_oasis_options *options, ana_oasis_task *task)
{
    ana_status status = ANA_OK;
    const ana_oasis_problem *problem = &task->problem;
    task->fit.noise = options->noise;
    if (isnan(options->noise) && (needs_noise(options) || isnan(options->decay_s))) {
        ANA_TRY(ana_calcium_noise(problem->n, problem->y, options->noise_kind, &task->fit.noise));
    }
    if (needs_noise(options) && !(task->fit.noise > 0.0)) {
        return ana_fail(ANA_ERR_NUMERIC,
                        "oasis: the trace has no noise to fit to; use method penalty");
    }
done:
    return status;
}

static ana_status find_coefficients(const ana_oasis_options *options, double rate,
                                    ana_oasis_task *task)
{
    ana_oasis_problem *problem = &task->problem;
    if (!isnan(options->decay_s)) {
        double rise = options->order == 2 ? options->rise_s : 0.0;
        ana_oasis_coefficients(options->decay_s, rise, rate, problem->g);
        return ANA_OK;
    }
    return ana_oasis_estimate(problem->n, problem->y, options->order, options->n_lags,
                              task->fit.noise, problem->g, &task->fit.decay_adjusted);
}

ana_status ana_oasis_prepare(const ana_oasis_options *options, double rate, ana_oasis_task *task)
{
    ana_status status = ANA_OK;
    ana_oasis_problem *problem = &task->problem;
    memset(&task->fit, 0, sizeof task->fit);
    task->method = options->method;
    task->tolerance = options->tolerance;
    task->second_order = options->order == 2;
    task->fit_baseline = isnan(options->baseline);
    task->find_min_spike = isnan(options->min_spike);
    task->fit.n_observed = ana_stats_count(problem->n, problem->y);
    if (task->fit.n_observed < 2 * (options->order + options->n_lags)) {
        return ana_fail(ANA_ERR_NUMERIC, "oasis: %zu samples are too few", task->fit.n_observed);
    }
    task->low = INFINITY;
    task->high = -INFINITY;
    for (size_t t = 0; t < problem->n; t++) {
        task->low = fmin(task->low, problem->y[t]);
        task->high = fmax(task->high, problem->y[t]);
    }
    if (!(task->low < task->high) || isinf(task->low) || isinf(task->high)) {
        return ana_fail(ANA_ERR_NUMERIC, "oasis: the trace does not vary, or is infinite");
    }
    ANA_TRY(measure_noise(options, task));
    ANA_TRY(find_coefficients(options, rate, task));
    problem->decay = ana_oasis_slow_root(problem->g);
    problem->baseline = task->fit_baseline ? task->low : options->baseline;
    problem->penalty = options->method == ANA_OASIS_PENALTY ? options->penalty : 0.0;
    problem->min_spike = 0.0;
    if (options->method == ANA_OASIS_THRESHOLD && !task->find_min_spike) {
        task->fit.min_spike = options->min_spike;
    }
    memset(task->scratch.active, 0, problem->n * sizeof *task->scratch.active);
done:
    return status;
}

static void solve_once(ana_oasis_task *task)
{
    if (task->second_order) {
        ana_oasis_second_order(&task->problem, &task->scratch, &task->solution);
    } else {
        ana_oasis_first_order(&task->problem, &task->scratch, &task->solution);
    }
    task->fit.n_solutions++;
}

/* Solve for the baseline too: where the residuals sum to 0. Their sum falls with the baseline, in
 * straight pieces, so that Newton's steps end on the root once they are on its piece; a bracket
 * keeps them from going round in circles. */
static void solve_with_baseline(ana_oasis_task *task)
{
    ana_oasis_problem *problem = &task->problem;
    solve_once(task);
    double low = -INFINITY;
    double high = INFINITY;
    double width = task->high - task->low;
    const double n = (double)task->fit.n_observed;
    for (int step = 0; task->fit_baseline && step < max_steps; step++) {
        double residual = task->solution.residual;
        if (fabs(residual) <= 1e-13 * n * width) {
            break;
        }
        low = residual > 0.0 ? problem->baseline : low;
        high = residual < 0.0 ? problem->baseline : high;
        /* A slope of rounding errors alone says nothing: go a good way in the right direction. */
        bool flat = task->solution.slope > -1e-9 * n;
        double next = flat ? problem->baseline + copysign(ldexp(width, step - 4), residual)
                           : problem->baseline - residual / task->solution.slope;
        if (next <= low || next >= high) {
            next = isinf(low) ? high - width : isinf(high) ? low + width : 0.5 * (low + high);
        }
        if (fabs(next - problem->baseline) <= 1e-14 * width) {
            break;
        }
        problem->baseline = next;
        solve_once(task);
    }
}

/* Standard deviation of the residual over that of the noise, less 1. */
static double excess(const ana_oasis_task *task)
{
    return sqrt(task->solution.rss / (double)task->fit.n_observed) / task->fit.noise - 1.0;
}

static double excess_at(ana_oasis_task *task, double penalty)
{
    task->problem.penalty = penalty;
    solve_with_baseline(task);
    return excess(task);
}

/* A penalty too low and one too high, each with its excess; equal ones where the search is over. */
typedef struct penalty_bracket {
    double low, low_excess;
    double high, high_excess;
} penalty_bracket;

static penalty_bracket find_bracket(ana_oasis_task *task)
{
    double penalty = task->fit.noise;
    double found = excess_at(task, penalty);
    penalty_bracket bracket = {penalty, found, penalty, found};
    for (int step = 0; found > 0.0 && step < 12; step++) {
        bracket.high = penalty;
        bracket.high_excess = found;
        penalty *= 0.25;
        found = excess_at(task, penalty);
        bracket.low = penalty;
        bracket.low_excess = found;
    }
    for (int step = 0; found < 0.0 && bracket.high_excess < 0.0 && step < max_steps; step++) {
        bracket.low = penalty;
        bracket.low_excess = found;
        if (task->solution.total == 0.0) { /* silence already explains the trace */
            break;
        }
        penalty *= 4.0;
        found = excess_at(task, penalty);
        bracket.high = penalty;
        bracket.high_excess = found;
    }
    return bracket;
}

/* The penalty at which the residual is the noise: regula falsi, the weight of an end that stays
 * halved each time (Illinois; Dowell & Jarratt 1971). */
static void find_penalty(ana_oasis_task *task)
{
    penalty_bracket ends = find_bracket(task);
    double found = excess(task);
    bool silent = ends.high_excess < 0.0;
    bool within = !silent && ends.low_excess <= 0.0;
    int side = 0;
    for (int step = 0; within && fabs(found) > task->tolerance && step < max_steps; step++) {
        double share = ends.low_excess / (ends.low_excess - ends.high_excess);
        double penalty = ends.low + share * (ends.high - ends.low);
        within = penalty > ends.low && penalty < ends.high;
        found = within ? excess_at(task, penalty) : found;
        if (found > 0.0) {
            ends.high = penalty;
            ends.high_excess = found;
            ends.low_excess *= side == 1 ? 0.5 : 1.0;
            side = 1;
        } else {
            ends.low = penalty;
            ends.low_excess = found;
            ends.high_excess *= side == -1 ? 0.5 : 1.0;
            side = -1;
        }
    }
    task->fit.converged = silent || fabs(found) <= task->tolerance;
}

static double excess_above(ana_oasis_task *task, double min_spike)
{
    task->problem.min_spike = min_spike;
    solve_once(task);
    return excess(task);
}

/* The largest min_spike, to a millionth of the largest spike, with which the residual is at most
 * the noise. */
static void find_min_spike(ana_oasis_task *task)
{
    task->fit.converged = excess_above(task, 0.0) <= task->tolerance;
    double low = 0.0;
    double high = 0.0;
    for (size_t t = 0; t < task->problem.n; t++) {
        high = fmax(high, task->solution.spikes[t]);
    }
    const double step = 1e-6 * high;
    high *= 1.0 + 1e-6;
    while (task->fit.converged && high - low > step) {
        double middle = 0.5 * (low + high);
        if (excess_above(task, middle) <= task->tolerance) {
            low = middle;
        } else {
            high = middle;
        }
    }
    task->fit.min_spike = low;
    excess_above(task, low);
}

static void solve_at_threshold(ana_oasis_task *task)
{
    if (task->find_min_spike) {
        find_min_spike(task);
    } else {
        excess_above(task, task->fit.min_spike);
    }
}

/* Refit the baseline to the spikes that are there, without penalty or threshold. */
static void refit_baseline(ana_oasis_task *task)
{
    const bool second_order = task->second_order;
    const double *spikes = task->solution.spikes;
    for (size_t t = 0; t < task->problem.n; t++) {
        task->scratch.active[t] = spikes[t] > 0.0;
        task->scratch.banned[t] = !task->scratch.active[t];
    }
    task->problem.restricted = true;
    task->problem.min_spike = 0.0;
    task->second_order = true; /* the kernel that takes a set of spikes; it does either order */
    solve_with_baseline(task);
    task->second_order = second_order;
    task->problem.restricted = false;
}

/* A penalty makes calcium too small and the baseline too high: after a first threshold the baseline
 * is fitted anew to the large spikes alone, and the threshold found again. */
static void solve_by_threshold(ana_oasis_task *task)
{
    task->fit.converged = true;
    if (task->fit_baseline) {
        find_penalty(task);
        task->problem.penalty = 0.0;
        solve_at_threshold(task);
        refit_baseline(task);
    }
    solve_at_threshold(task);
}

static double time_constant(double root, double rate)
{
    return root > 0.0 ? -1.0 / (log(root) * rate) : 0.0;
}

/* What was found, and no spike where calcium was there before. */
static void describe(double rate, ana_oasis_task *task)
{
    ana_oasis_fit *fit = &task->fit;
    const ana_oasis_problem *problem = &task->problem;
    double *spikes = task->solution.spikes;
    size_t first = 0;
    while (first < problem->n && isnan(problem->y[first])) {
        first++;
    }
    fit->initial = spikes[first];
    fit->total = task->solution.total - fit->initial;
    spikes[first] = 0.0;
    for (size_t t = 0; t < problem->n; t++) {
        fit->n_spikes += spikes[t] > 0.0;
    }
    fit->g[0] = problem->g[0];
    fit->g[1] = problem->g[1];
    fit->decay_s = time_constant(problem->decay, rate);
    fit->rise_s = time_constant(problem->g[0] - problem->decay, rate);
    fit->baseline = problem->baseline;
    fit->penalty = problem->penalty;
    fit->rss = task->solution.rss;
    fit->converged = fit->converged && task->solution.exact;
}

void ana_oasis_solve(double rate, ana_oasis_task *task)
{
    switch (task->method) {
    case ANA_OASIS_NOISE:
        find_penalty(task);
        break;
    case ANA_OASIS_PENALTY:
        solve_with_baseline(task);
        task->fit.converged = true;
        break;
    case ANA_OASIS_THRESHOLD:
        solve_by_threshold(task);
        break;
    }
    describe(rate, task);
}

ana_status ana_oasis_trace(size_t n, const double *y, double rate, const ana_oasis_options *options,
                           double *calcium, double *spikes, ana_oasis_fit *fit)
{
    ana_status status = ANA_OK;
    const ana_oasis_options defaults = ana_oasis_options_default();
    options = options != NULL ? options : &defaults;
    ana_workspace workspace = {0};
    ana_oasis_task task = {0};
    ANA_TRY(ana_oasis_check_options(options));
    void *memory = ana_workspace_bytes(&workspace, n, 1, ana_oasis_scratch_bytes(1));
    ANA_TRY(ana_workspace_check(&workspace, "oasis"));
    ana_oasis_scratch_place(n, memory, &task.scratch);
    task.problem.n = n;
    task.problem.y = y;
    task.solution.calcium = calcium;
    task.solution.spikes = spikes;
    ANA_TRY(ana_oasis_prepare(options, rate, &task));
    ana_oasis_solve(rate, &task);
    *fit = task.fit;
done:
    ana_workspace_release(&workspace);
    return status;
}
