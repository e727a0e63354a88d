/* All factors at once, by their common gradient: direct optimisation (Acar, Dunlavy & Kolda 2011,
 * J. Chemometrics 25(2)), for half the sum of squares and for the other divergences (Hong, Kolda &
 * Duersch 2020, SIAM Rev. 62(1)). The runs' functions are evaluated by one reading of the tensor.
 */
#include "ntf_engine.h"
#include "ntf_search.h"
#include "ntf_solve.h"
#include "try.h"

#include <math.h>
#include <string.h>

static const double rounding = 1e-14;

typedef struct engine {
    const ana_tensor *tensor;
    const ana_ntf_options *options;
    const ntf_divergence *divergence; /* NULL: half the sum of squares */
    const bool *fixed;
    ntf_run *runs;
    size_t n_runs;
    ntf_search *searches;
    bool *flat; /* of each run: its last step lowered the objective by next to nothing */
    size_t *member;
    ntf_job job;
    double *target; /* longest mode x columns */
    double *own;    /* longest mode x rank */
    double *gram;
    double *single;
    ntf_reading reading;
} engine;

/* Modes whose factors are variables: a factor that stands for two modes is one. */
static bool varies(const engine *self, size_t mode)
{
    return !self->fixed[mode] && !(self->options->symmetric && mode == 1);
}

/* Where the variables of a mode begin; of n_modes, their number. */
static size_t place_of(const engine *self, size_t mode)
{
    size_t n = 0;
    for (size_t m = 0; m < mode; m++) {
        n += varies(self, m) ? self->tensor->length[m] * self->options->rank : 0;
    }
    return n;
}

static ana_status set_up_products(engine *self, ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    const size_t rank = self->options->rank;
    size_t longest = 0;
    for (size_t m = 0; m < self->tensor->n_modes; m++) {
        longest = self->tensor->length[m] > longest ? self->tensor->length[m] : longest;
    }
    if (self->divergence == NULL) {
        ANA_TRY(ntf_job_new(self->tensor, &self->options->run, rank, self->n_runs, workspace,
                            &self->job));
        self->job.fills = self->tensor->has_missing;
        self->target = ana_workspace_doubles(workspace, longest, rank * self->n_runs);
        self->own = ana_workspace_doubles(workspace, longest, rank);
        self->gram = ana_workspace_doubles(workspace, rank, rank);
        self->single = ana_workspace_doubles(workspace, rank, rank);
        ANA_TRY(ana_workspace_check(workspace, "ntf"));
        return ANA_OK;
    }
    ANA_TRY(ntf_reading_new(self->tensor, &self->options->run, rank, self->n_runs, true, workspace,
                            &self->reading));
    self->reading.divergence = self->divergence;
    self->reading.wants_value = true;
    self->reading.subjects =
        ana_workspace_bytes(workspace, self->n_runs, 1, sizeof *self->reading.subjects);
    ANA_TRY(ana_workspace_check(workspace, "ntf"));
    for (size_t k = 0; k < self->n_runs * self->tensor->n_modes; k++) {
        const size_t m = k % self->tensor->n_modes;
        const size_t n = self->tensor->length[m];
        ntf_subject *subject = &self->reading.subjects[k / self->tensor->n_modes];
        subject->up[m] = ana_workspace_doubles(workspace, n, rank);
        subject->down[m] = ana_workspace_doubles(workspace, n, rank);
    }
    ANA_TRY(ana_workspace_check(workspace, "ntf"));
done:
    return status;
}

static ana_status set_up(engine *self, ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    const size_t n = place_of(self, self->tensor->n_modes);
    const double bytes = 8.0 * (double)self->n_runs * (double)n * (2 * NTF_SEARCH_MEMORY + 7);
    const bool steep = self->divergence != NULL && self->divergence->beta < 2.0;
    ANA_TRY(ana_run_check_memory(&self->options->run, bytes < 1e18 ? (size_t)bytes : SIZE_MAX,
                                 "factorisation: steps remembered"));
    self->searches = ana_workspace_bytes(workspace, self->n_runs, 1, sizeof *self->searches);
    self->flat = ana_workspace_bytes(workspace, self->n_runs, 1, sizeof *self->flat);
    self->member = ana_workspace_sizes(workspace, self->n_runs, 1);
    ANA_TRY(ana_workspace_check(workspace, "ntf"));
    for (size_t k = 0; k < self->n_runs; k++) {
        ntf_search_new(n, workspace, &self->searches[k]);
        self->searches[k].keep = steep ? 0.1 : 0.0;
    }
    ANA_TRY(set_up_products(self, workspace));
done:
    return status;
}

/* The factors of a run from its variables, or the other way. */
static void exchange(const engine *self, size_t run, double *variables, bool to_factors)
{
    for (size_t m = 0; m < self->tensor->n_modes; m++) {
        const size_t bytes = self->tensor->length[m] * self->options->rank * sizeof *variables;
        double *own = variables + place_of(self, m);
        if (varies(self, m) && to_factors) {
            memcpy(self->runs[run].factors[m], own, bytes);
        } else if (varies(self, m)) {
            memcpy(own, self->runs[run].factors[m], bytes);
        }
        if (self->options->symmetric && m == 1) {
            memcpy(self->runs[run].factors[1], self->runs[run].factors[0], bytes);
        }
    }
}

/* gram = the product of the Gram matrices of all modes but `left_out`. */
static void multiply_grams(const engine *self, const ntf_run *run, size_t left_out)
{
    const size_t rank = self->options->rank;
    for (size_t k = 0; k < rank * rank; k++) {
        self->gram[k] = 1.0;
    }
    for (size_t m = 0; m < self->tensor->n_modes; m++) {
        if (m == left_out) {
            continue;
        }
        ntf_gram(self->tensor->length[m], rank, run->factors[m], self->single);
        for (size_t k = 0; k < rank * rank; k++) {
            self->gram[k] *= self->single[k];
        }
    }
}

/* gradient of a mode += F G - M, with M in `own`; returns <F, M>. */
static double add_squares_gradient(const engine *self, const ntf_run *run, size_t mode,
                                   double *gradient)
{
    const size_t rank = self->options->rank;
    const double *factor = run->factors[mode];
    double common = 0.0;
    multiply_grams(self, run, mode);
    for (size_t i = 0; i < self->tensor->length[mode]; i++) {
        for (size_t r = 0; r < rank; r++) {
            double sum = -self->own[i * rank + r];
            common += factor[i * rank + r] * self->own[i * rank + r];
            for (size_t q = 0; q < rank; q++) {
                sum += factor[i * rank + q] * self->gram[q * rank + r];
            }
            if (gradient != NULL) {
                gradient[i * rank + r] += sum;
            }
        }
    }
    return common;
}

/* Where the gradient of a mode goes; NULL: it is fixed. */
static double *gradient_of(const engine *self, size_t run, size_t mode)
{
    const size_t at = self->options->symmetric && mode == 1 ? 0 : mode;
    return varies(self, at) ? self->searches[run].trial_gradient + place_of(self, at) : NULL;
}

static ana_status evaluate_squares(engine *self, double *values)
{
    ana_status status = ANA_OK;
    ntf_job *job = &self->job;
    const size_t rank = self->options->rank;
    const size_t n_columns = ntf_columns(job);
    for (size_t k = 0; k < job->n_runs; k++) {
        for (size_t m = 0; m < self->tensor->n_modes; m++) {
            const double *factor = self->runs[self->member[k]].factors[m];
            for (size_t i = 0; i < self->tensor->length[m]; i++) {
                memcpy(job->factors[m] + i * n_columns + k * rank, factor + i * rank,
                       rank * sizeof *factor);
            }
        }
    }
    ANA_TRY(self->tensor->backend->contract(job));
    for (size_t m = 0; m < self->tensor->n_modes; m++) {
        ANA_TRY(self->tensor->backend->mttkrp(job, m, self->target));
        for (size_t k = 0; k < job->n_runs; k++) {
            const ntf_run *run = &self->runs[self->member[k]];
            ntf_take_columns(job, k, self->tensor->length[m], self->target, self->own);
            const double common =
                add_squares_gradient(self, run, m, gradient_of(self, self->member[k], m));
            values[k] = m == 0 ? common : values[k];
        }
    }
    for (size_t k = 0; k < job->n_runs; k++) {
        double model = 0.0;
        multiply_grams(self, &self->runs[self->member[k]], ANA_TENSOR_MAX_MODES);
        for (size_t i = 0; i < rank * rank; i++) {
            model += self->gram[i];
        }
        values[k] =
            0.5 * fmax(self->tensor->square - 2.0 * values[k] + model + job->filled[k], 0.0);
    }
done:
    return status;
}

/* Along the step that a multiplicative one would be: x over the part of the slope that rises. */
static void set_metric(const engine *self, size_t run, size_t mode, const ntf_subject *subject)
{
    const size_t at = self->options->symmetric && mode == 1 ? 0 : mode;
    double *metric = self->searches[run].trial_metric + place_of(self, at);
    const double *factor = self->runs[run].factors[mode];
    for (size_t i = 0; i < self->tensor->length[mode] * self->options->rank; i++) {
        const double down = subject->down[mode][i] + self->options->sparsity;
        metric[i] = down > 0.0 ? factor[i] / down : factor[i];
    }
}

static ana_status evaluate_divergence(engine *self, size_t n, double *values)
{
    ana_status status = ANA_OK;
    self->reading.n_subjects = n;
    for (size_t k = 0; k < n; k++) {
        for (size_t m = 0; m < self->tensor->n_modes; m++) {
            self->reading.subjects[k].factors[m] = self->runs[self->member[k]].factors[m];
        }
    }
    ANA_TRY(ntf_read(&self->reading));
    for (size_t k = 0; k < n; k++) {
        const ntf_subject *subject = &self->reading.subjects[k];
        values[k] = subject->value;
        for (size_t m = 0; m < self->tensor->n_modes; m++) {
            double *gradient = gradient_of(self, self->member[k], m);
            const size_t size = self->tensor->length[m] * self->options->rank;
            for (size_t i = 0; gradient != NULL && i < size; i++) {
                gradient[i] += subject->down[m][i] - subject->up[m][i];
            }
            if (gradient != NULL) {
                set_metric(self, self->member[k], m, subject);
            }
        }
    }
done:
    return status;
}

/* What the penalties add to the gradient of a run. */
static void add_penalties(const engine *self, size_t run)
{
    const size_t rank = self->options->rank;
    const double smoothness = self->options->smoothness;
    for (size_t m = 0; m < self->tensor->n_modes; m++) {
        double *gradient = gradient_of(self, run, m);
        const double *factor = self->runs[run].factors[m];
        const size_t size = self->tensor->length[m] * rank;
        const bool is_time = m == self->tensor->time_mode;
        for (size_t k = 0; gradient != NULL && k < size; k++) {
            double slope = is_time ? 0.0 : factor[k];
            slope += is_time && k >= rank ? factor[k] - factor[k - rank] : 0.0;
            slope += is_time && k + rank < size ? factor[k] - factor[k + rank] : 0.0;
            gradient[k] += self->options->sparsity + smoothness * slope;
        }
    }
}

/* Value and gradient at the trial points of all runs on the way. */
static ana_status evaluate(engine *self, size_t n, double *values)
{
    ana_status status = ANA_OK;
    for (size_t k = 0; k < n; k++) {
        ntf_search *search = &self->searches[self->member[k]];
        exchange(self, self->member[k], search->trial, true);
        memset(search->trial_gradient, 0, search->n * sizeof *search->trial_gradient);
    }
    self->job.n_runs = n;
    ANA_TRY(self->divergence == NULL ? evaluate_squares(self, values)
                                     : evaluate_divergence(self, n, values));
    for (size_t k = 0; k < n; k++) {
        const size_t run = self->member[k];
        values[k] += ntf_penalties(self->tensor, self->options, &self->runs[run]);
        add_penalties(self, run);
    }
done:
    return status;
}

/* Told once is not enough: a step that was cut short says little. */
static ana_status judge(engine *self, size_t run, ntf_search_state state)
{
    ana_status status = ANA_OK;
    ntf_run *own = &self->runs[run];
    const double whole =
        self->divergence == NULL ? self->tensor->square : self->divergence->of_mean;
    if (state == NTF_SEARCH_ASKS) {
        return ANA_OK;
    }
    ANA_TRY(ntf_judge(self->options, rounding * whole, self->searches[run].value, own));
    if (state == NTF_SEARCH_ENDED) {
        own->converged = self->options->tolerance > 0.0;
        own->stopped = true;
        return ANA_OK;
    }
    const bool flat = own->converged && own->objective > rounding * whole;
    if (flat && !self->flat[run] && own->n_iterations < self->options->max_iterations) {
        own->converged = false;
        own->stopped = false;
    }
    self->flat[run] = flat;
done:
    return status;
}

static ana_status advance(engine *self, size_t run, double value, bool is_first)
{
    ana_status status = ANA_OK;
    ntf_search *search = &self->searches[run];
    if (is_first && !isfinite(value)) {
        ANA_TRY(ana_fail(ANA_ERR_NUMERIC, "ntf: the objective at the start is %g", value));
    }
    if (is_first) {
        const ntf_search_state begun = ntf_search_begin(search, value);
        ANA_TRY(judge(self, run, NTF_SEARCH_ACCEPTED));
        if (begun == NTF_SEARCH_ENDED && !self->runs[run].stopped) {
            ANA_TRY(judge(self, run, begun));
        }
    } else {
        const ntf_search_state state = ntf_search_tell(search, value);
        const bool stepped = search->value == value && state != NTF_SEARCH_ASKS;
        self->runs[run].n_iterations += stepped ? 1 : 0;
        ANA_TRY(judge(self, run, state));
    }
done:
    return status;
}

static ana_status iterate_batch(engine *self)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *values = ana_workspace_doubles(&workspace, self->n_runs, 1);
    ANA_TRY(set_up(self, &workspace));
    for (size_t run = 0; run < self->n_runs; run++) {
        exchange(self, run, self->searches[run].trial, false);
    }
    for (bool is_first = true;; is_first = false) {
        size_t n = 0;
        for (size_t run = 0; run < self->n_runs; run++) {
            if (!self->runs[run].stopped) {
                self->member[n++] = run;
            }
        }
        if (n == 0) {
            break;
        }
        ANA_TRY(evaluate(self, n, values));
        for (size_t k = 0; k < n; k++) {
            ANA_TRY(advance(self, self->member[k], values[k], is_first));
        }
        ANA_TRY(ana_run_progress(&self->options->run, "evaluations", 0, 0));
    }
    for (size_t run = 0; run < self->n_runs; run++) {
        exchange(self, run, self->searches[run].x, true);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ntf_iterate_together(const ana_tensor *tensor, const ana_ntf_options *options,
                                const ntf_divergence *divergence, const bool *fixed, size_t n_runs,
                                ntf_run *runs)
{
    ana_status status = ANA_OK;
    const size_t batch = ntf_batch(tensor, options, divergence, true);
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
