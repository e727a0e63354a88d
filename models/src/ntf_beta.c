/* Multiplicative steps for beta-divergences: each mode's factor times a power of the ratio of the
 * two parts of its gradient, which lowers a function that lies above the objective and touches it
 * (Fevotte & Idier 2011; with a penalty on the sum, Tan & Fevotte 2013, IEEE Trans. Pattern Anal.
 * Mach. Intell. 35(7)). Several such steps of one mode, with entries lifted off 0 that should not
 * be there, are alternating Poisson regression (Chi & Kolda 2012, SIAM J. Matrix Anal. Appl.
 * 33(4)). */
#include "ntf_engine.h"
#include "try.h"

#include <math.h>

static const double rounding = 1e-14;  /* of the divergence from the mean */
static const double wrong = 1e-4;      /* slope of an entry that is not yet where it should be */
static const double near_zero = 1e-10; /* of the column's largest */
static const double lift = 1e-2;

typedef struct engine {
    const ana_tensor *tensor;
    const ana_ntf_options *options;
    const ntf_divergence *divergence;
    const bool *fixed;
    ntf_run *runs;
    size_t n_runs;
    ntf_reading reading;
    size_t *member; /* of the reading's subjects: which run */
    double **up;    /* of each run: longest mode x rank */
    double **down;
} engine;

static ana_status set_up(engine *self, size_t n_runs, ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    const size_t rank = self->options->rank;
    size_t longest = 0;
    for (size_t m = 0; m < self->tensor->n_modes; m++) {
        longest = self->tensor->length[m] > longest ? self->tensor->length[m] : longest;
    }
    ANA_TRY(ntf_reading_new(self->tensor, &self->options->run, rank, n_runs, false, workspace,
                            &self->reading));
    self->reading.divergence = self->divergence;
    self->reading.subjects =
        ana_workspace_bytes(workspace, n_runs, 1, sizeof *self->reading.subjects);
    self->member = ana_workspace_sizes(workspace, n_runs, 1);
    self->up = ana_workspace_bytes(workspace, n_runs, 1, sizeof *self->up);
    self->down = ana_workspace_bytes(workspace, n_runs, 1, sizeof *self->down);
    ANA_TRY(ana_workspace_check(workspace, "ntf"));
    for (size_t k = 0; k < n_runs; k++) {
        self->up[k] = ana_workspace_doubles(workspace, longest, rank);
        self->down[k] = ana_workspace_doubles(workspace, longest, rank);
    }
    ANA_TRY(ana_workspace_check(workspace, "ntf"));
done:
    return status;
}

/* One reading, for the runs still on the way, of what mode `mode` needs (n_modes: the value alone).
 */
static ana_status read_mode(engine *self, size_t mode, bool wants_value)
{
    size_t n = 0;
    for (size_t run = 0; run < self->n_runs; run++) {
        if (self->runs[run].stopped) {
            continue;
        }
        ntf_subject *subject = &self->reading.subjects[n];
        *subject = (ntf_subject){.value = 0.0};
        for (size_t m = 0; m < self->tensor->n_modes; m++) {
            subject->factors[m] = self->runs[run].factors[m];
            subject->up[m] = m == mode ? self->up[n] : NULL;
            subject->down[m] = m == mode ? self->down[n] : NULL;
        }
        self->member[n++] = run;
    }
    self->reading.n_subjects = n;
    self->reading.wants_value = wants_value;
    return n > 0 ? ntf_read(&self->reading) : ANA_OK;
}

static double exponent_of(double beta)
{
    return beta < 1.0 ? 1.0 / (2.0 - beta) : beta > 2.0 ? 1.0 / (beta - 1.0) : 1.0;
}

/* Entries near 0 whose slope says that they should grow. */
static void lift_entries(const engine *self, size_t k, size_t mode)
{
    const size_t rank = self->options->rank;
    const size_t n = self->tensor->length[mode];
    double *factor = self->runs[self->member[k]].factors[mode];
    for (size_t r = 0; r < rank; r++) {
        double largest = 0.0;
        for (size_t i = 0; i < n; i++) {
            largest = fmax(largest, factor[i * rank + r]);
        }
        for (size_t i = r; i < n * rank; i += rank) {
            if (factor[i] <= near_zero * largest && self->up[k][i] > self->down[k][i]) {
                factor[i] = lift * largest;
            }
        }
    }
}

/* The step of one run; returns how far its entries are from where their slopes are 0, or they are.
 */
static double step_run(const engine *self, size_t k, size_t mode)
{
    const size_t size = self->tensor->length[mode] * self->options->rank;
    const double power = exponent_of(self->divergence->beta);
    double *factor = self->runs[self->member[k]].factors[mode];
    double worst = 0.0;
    for (size_t i = 0; i < size; i++) {
        const double down = self->down[k][i] + self->options->sparsity;
        const double ratio = down > 0.0 ? self->up[k][i] / down : 1.0;
        worst = fmax(worst, fabs(fmin(factor[i], 1.0 - ratio)));
        factor[i] *= power < 1.0 ? pow(ratio, power) : ratio;
    }
    return worst;
}

static ana_status judge_all(engine *self)
{
    ana_status status = ANA_OK;
    for (size_t k = 0; k < self->reading.n_subjects; k++) {
        ntf_run *run = &self->runs[self->member[k]];
        const double now =
            self->reading.subjects[k].value + ntf_penalties(self->tensor, self->options, run);
        ANA_TRY(ntf_judge(self->options, rounding * self->divergence->of_mean, now, run));
    }
done:
    return status;
}

/* Steps of one mode; the first reading is at hand when `is_read`. */
static ana_status step_mode(engine *self, size_t mode, bool is_read)
{
    ana_status status = ANA_OK;
    const bool many = self->options->method == ANA_NTF_POISSON_REGRESSION;
    const size_t n_steps = many ? self->options->n_sweeps : 1;
    double worst = INFINITY;
    for (size_t s = 0; s < n_steps && worst > wrong; s++) {
        if (s > 0 || !is_read) {
            ANA_TRY(read_mode(self, mode, false));
        }
        worst = 0.0;
        for (size_t k = 0; k < self->reading.n_subjects; k++) {
            if (self->runs[self->member[k]].stopped) {
                continue;
            }
            if (many && s == 0 && self->runs[self->member[k]].n_iterations > 0) {
                lift_entries(self, k, mode);
            }
            worst = fmax(worst, step_run(self, k, mode));
        }
    }
done:
    return status;
}

static bool all_stopped(const engine *self)
{
    bool all = true;
    for (size_t run = 0; run < self->n_runs; run++) {
        all = all && self->runs[run].stopped;
    }
    return all;
}

static ana_status iterate_batch(engine *self)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t first = 0;
    while (first < self->tensor->n_modes && self->fixed[first]) {
        first++;
    }
    ANA_TRY(set_up(self, self->n_runs, &workspace));
    while (!all_stopped(self)) {
        ANA_TRY(read_mode(self, first, true));
        ANA_TRY(judge_all(self));
        for (size_t m = first; m < self->tensor->n_modes && !all_stopped(self); m++) {
            if (!self->fixed[m]) {
                ANA_TRY(step_mode(self, m, m == first));
            }
        }
        for (size_t run = 0; run < self->n_runs; run++) {
            self->runs[run].n_iterations += self->runs[run].stopped ? 0 : 1;
        }
        ANA_TRY(ana_run_progress(&self->options->run, "iterations", 0, 0));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ntf_iterate_divergence(const ana_tensor *tensor, const ana_ntf_options *options,
                                  const ntf_divergence *divergence, const bool *fixed,
                                  size_t n_runs, ntf_run *runs)
{
    ana_status status = ANA_OK;
    const size_t batch = ntf_batch(tensor, options, divergence, false);
    for (size_t first = 0; first < n_runs; first += batch) {
        engine self = {.tensor = tensor,
                       .options = options,
                       .divergence = divergence,
                       .fixed = fixed,
                       .runs = runs + first,
                       .n_runs = n_runs - first < batch ? n_runs - first : batch};
        ANA_TRY(iterate_batch(&self));
        ANA_TRY(ana_run_progress(&options->run, "restarts", first + self.n_runs, n_runs));
    }
done:
    return status;
}
