#include "ntf_engine.h"

#include "memory.h"
#include "ntf_solve.h"
#include "try.h"

#include <math.h>
#include <string.h>

/* Columns of factors that one reading of the tensor serves: beyond, products are bound by
 * arithmetic anyway. */
enum {
    MOST_COLUMNS = 128,
    MOST_COLUMNS_READ = 512 /* of an array that stands elsewhere */
};

/* Products of fewer operations are done before threads have begun. */
static const double least_work = 2e5;

/* A sum of squares below this share of the tensor's is rounding. */
static const double rounding = 1e-14;

size_t ntf_batch(const ana_tensor *tensor, const ana_ntf_options *options,
                 const ntf_divergence *divergence, bool all)
{
    const size_t rank = options->rank;
    const double limit = (double)ana_run_memory_limit(&options->run);
    size_t batch = rank < MOST_COLUMNS ? MOST_COLUMNS / rank : 1;
    while (divergence != NULL && batch > 1 &&
           ntf_reading_bytes(tensor, &options->run, rank, batch, all) > 0.5 * limit) {
        batch /= 2;
    }
    return batch;
}

static double job_bytes(const ana_tensor *tensor, int n_threads, size_t rank, size_t n_runs)
{
    const ntf_need need = tensor->backend->need(tensor, rank * n_runs, rank);
    double numbers = (double)need.kept + (double)NTF_CHUNKS * (double)need.room +
                     (double)n_threads * (double)need.scratch;
    for (size_t m = 0; m < tensor->n_modes; m++) {
        numbers += (double)tensor->length[m] * (double)(rank * n_runs);
    }
    return 8.0 * numbers;
}

/* An array that stands elsewhere costs more to read than to multiply: more runs for a reading. What
 * does not fit in memory together is done one batch after the other. */
static size_t batch_of(const ana_tensor *tensor, const ana_ntf_options *options)
{
    const size_t most = tensor->read != NULL ? MOST_COLUMNS_READ : MOST_COLUMNS;
    const double limit = 0.5 * (double)ana_run_memory_limit(&options->run);
    size_t batch = options->rank < most ? most / options->rank : 1;
    const int n_threads = ana_run_threads(&options->run, NTF_CHUNKS);
    while (batch > 1 && job_bytes(tensor, n_threads, options->rank, batch) > limit) {
        batch--;
    }
    return batch;
}

ana_status ntf_job_new(const ana_tensor *tensor, const ana_run *run, size_t rank, size_t n_runs,
                       ana_workspace *workspace, ntf_job *job)
{
    ana_status status = ANA_OK;
    const size_t n_columns = rank * n_runs;
    const ntf_need need = tensor->backend->need(tensor, n_columns, rank);
    const double work = (double)n_columns * (double)tensor->length[tensor->n_modes - 1] *
                        (double)(tensor->affinity != NULL ? 8 * tensor->length[0] : tensor->n_rows);
    const int n_threads = work < least_work ? 1 : ana_run_threads(run, NTF_CHUNKS);
    const double bytes = job_bytes(tensor, n_threads, rank, n_runs);
    ANA_TRY(ana_run_check_memory(run, bytes < 1e18 ? (size_t)bytes : SIZE_MAX,
                                 "factorisation: factors and products"));
    *job = (ntf_job){.tensor = tensor,
                     .rank = rank,
                     .n_runs = n_runs,
                     .room_size = need.room,
                     .scratch_size = need.scratch,
                     .n_threads = n_threads};
    for (size_t m = 0; m < tensor->n_modes; m++) {
        job->factors[m] = ana_workspace_doubles(workspace, tensor->length[m], n_columns);
    }
    job->kept = ana_workspace_doubles(workspace, need.kept, 1);
    job->room = ana_workspace_doubles(workspace, NTF_CHUNKS, need.room);
    job->scratch = ana_workspace_doubles(workspace, (size_t)n_threads, need.scratch);
    job->filled = ana_workspace_doubles(workspace, n_runs, 1);
    ANA_TRY(ana_workspace_check(workspace, "ntf"));
done:
    return status;
}

/* What one run works with, beside the others. */
typedef struct bench {
    double *target; /* longest mode x rank */
    double *gram;   /* of all other modes */
    double *room;
} bench;

typedef struct engine {
    const ana_tensor *tensor;
    const ana_ntf_options *options;
    const bool *fixed;
    ntf_run *runs;
    ntf_job job;
    size_t *member; /* job.n_runs: which run */
    double *grams;  /* of each run and mode: its Gram matrix */
    double *target; /* longest mode x columns */
    bench *benches;
} engine;

static ana_status set_up(engine *self, size_t n_runs, ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    const size_t rank = self->options->rank;
    size_t longest = 0;
    ANA_TRY(ntf_job_new(self->tensor, &self->options->run, rank, n_runs, workspace, &self->job));
    for (size_t m = 0; m < self->tensor->n_modes; m++) {
        longest = self->tensor->length[m] > longest ? self->tensor->length[m] : longest;
    }
    self->job.fills = self->tensor->has_missing;
    self->member = ana_workspace_sizes(workspace, n_runs, 1);
    self->target = ana_workspace_doubles(workspace, longest, rank * n_runs);
    self->grams = ana_workspace_doubles(workspace, n_runs * self->tensor->n_modes, rank * rank);
    self->benches = ana_workspace_bytes(workspace, n_runs, 1, sizeof *self->benches);
    ANA_TRY(ana_workspace_check(workspace, "ntf"));
    for (size_t k = 0; k < n_runs; k++) {
        self->benches[k].target = ana_workspace_doubles(workspace, longest, rank);
        self->benches[k].gram = ana_workspace_doubles(workspace, rank, rank);
        self->benches[k].room = ana_workspace_doubles(workspace, ntf_step_room(rank), 1);
    }
    ANA_TRY(ana_workspace_check(workspace, "ntf"));
done:
    return status;
}

static void put_columns(engine *self, size_t k, size_t mode)
{
    const size_t rank = self->job.rank;
    const double *factor = self->runs[self->member[k]].factors[mode];
    for (size_t i = 0; i < self->tensor->length[mode]; i++) {
        memcpy(self->job.factors[mode] + i * ntf_columns(&self->job) + k * rank, factor + i * rank,
               rank * sizeof *factor);
    }
}

/* The runs still on the way become the job. */
static size_t gather(engine *self, size_t n_runs)
{
    self->job.n_runs = 0;
    for (size_t run = 0; run < n_runs; run++) {
        if (!self->runs[run].stopped) {
            self->member[self->job.n_runs++] = run;
        }
    }
    for (size_t k = 0; k < self->job.n_runs; k++) {
        for (size_t m = 0; m < self->tensor->n_modes; m++) {
            put_columns(self, k, m);
        }
    }
    return self->job.n_runs;
}

static double *gram_of(const engine *self, size_t run, size_t mode)
{
    return self->grams + (run * self->tensor->n_modes + mode) * self->job.rank * self->job.rank;
}

/* A mode's factor has changed. */
static void renew_gram(const engine *self, size_t run, size_t mode)
{
    ntf_gram(self->tensor->length[mode], self->job.rank, self->runs[run].factors[mode],
             gram_of(self, run, mode));
}

/* gram = the product of the Gram matrices of all modes but `left_out`. */
static void multiply_grams(const engine *self, size_t run, size_t left_out, const bench *own)
{
    const size_t size = self->job.rank * self->job.rank;
    for (size_t k = 0; k < size; k++) {
        own->gram[k] = 1.0;
    }
    for (size_t m = 0; m < self->tensor->n_modes; m++) {
        const double *gram = gram_of(self, run, m);
        for (size_t k = 0; m != left_out && k < size; k++) {
            own->gram[k] *= gram[k];
        }
    }
}

double ntf_penalties(const ana_tensor *tensor, const ana_ntf_options *options, const ntf_run *run)
{
    const size_t rank = options->rank;
    double sum = 0.0;
    for (size_t m = 0; m < tensor->n_modes; m++) {
        const bool is_time = m == tensor->time_mode;
        double entries = 0.0;
        double squares = 0.0;
        for (size_t k = 0; k < tensor->length[m] * rank; k++) {
            const double value = run->factors[m][k];
            const double step = is_time && k >= rank ? value - run->factors[m][k - rank] : 0.0;
            entries += value;
            squares += is_time ? step * step : value * value;
        }
        sum += options->sparsity * entries + 0.5 * options->smoothness * squares;
    }
    return sum;
}

/* The objective from the first mode's product and the norm's expansion. */
static double evaluate(const engine *self, size_t k)
{
    const ntf_run *run = &self->runs[self->member[k]];
    const bench *own = &self->benches[k];
    const size_t rank = self->job.rank;
    double common = 0.0;
    double model = 0.0;
    ntf_take_columns(&self->job, k, self->tensor->length[0], self->target, own->target);
    for (size_t i = 0; i < self->tensor->length[0] * rank; i++) {
        common += own->target[i] * run->factors[0][i];
    }
    multiply_grams(self, self->member[k], ANA_TENSOR_MAX_MODES, own);
    for (size_t i = 0; i < rank * rank; i++) {
        model += own->gram[i];
    }
    const double squares = self->tensor->square - 2.0 * common + model + self->job.filled[k];
    return 0.5 * fmax(squares, 0.0) + ntf_penalties(self->tensor, self->options, run);
}

ana_status ntf_judge(const ana_ntf_options *options, double exact, double now, ntf_run *run)
{
    ana_status status = ANA_OK;
    const double before = run->objective;
    ANA_TRY(
        ana_grow(&run->trace, &run->trace_capacity, run->n_trace + 1, sizeof *run->trace, "ntf"));
    run->trace[run->n_trace++] = now;
    run->objective = now;
    const bool falls = run->n_trace == 1 || before - now > options->tolerance * before;
    run->converged = options->tolerance > 0.0 && (!falls || now <= exact);
    run->stopped = run->converged || run->n_iterations >= options->max_iterations;
done:
    return status;
}

static void step_run(engine *self, size_t k, size_t mode)
{
    ntf_run *run = &self->runs[self->member[k]];
    const bench *own = &self->benches[k];
    const size_t rank = self->job.rank;
    const ana_ntf_options *options = self->options;
    const bool is_time = mode == self->tensor->time_mode;
    const ntf_step step = {.n = self->tensor->length[mode],
                           .rank = rank,
                           .target = own->target,
                           .gram = own->gram,
                           .sparsity = options->sparsity,
                           .smoothness = is_time ? options->smoothness : 0.0,
                           .n_sweeps = options->n_sweeps,
                           .factor = run->factors[mode],
                           .dual = run->dual[mode],
                           .room = own->room};
    ntf_take_columns(&self->job, k, step.n, self->target, own->target);
    multiply_grams(self, self->member[k], mode, own);
    for (size_t r = 0; !is_time && r < rank; r++) {
        own->gram[r * rank + r] += options->smoothness;
    }
    if (options->symmetric && mode == 0) {
        ntf_solve_symmetric(&step);
        memcpy(run->factors[1], run->factors[0], step.n * rank * sizeof *step.factor);
        renew_gram(self, self->member[k], 1);
        put_columns(self, k, 1);
    } else {
        ntf_solver_of(options->method)(&step);
    }
    renew_gram(self, self->member[k], mode);
    put_columns(self, k, mode);
}

static void step_runs(engine *self, size_t mode)
{
    const size_t n = self->job.n_runs;
#pragma omp parallel for default(none) num_threads(self->job.n_threads) schedule(dynamic, 1)       \
    shared(self, mode, n)
    for (size_t k = 0; k < n; k++) {
        if (!self->runs[self->member[k]].stopped) {
            step_run(self, k, mode);
        }
    }
}

/* A factor for two modes: its products change with it, and are made anew. */
static ana_status step_symmetric(engine *self)
{
    ana_status status = ANA_OK;
    for (size_t sweep = 0; sweep < self->options->n_sweeps; sweep++) {
        if (sweep > 0 && self->tensor->has_missing) {
            ANA_TRY(self->tensor->backend->contract(&self->job));
        }
        if (sweep > 0) {
            ANA_TRY(self->tensor->backend->mttkrp(&self->job, 0, self->target));
        }
        step_runs(self, 0);
    }
done:
    return status;
}

static bool is_dead(const engine *self, const ntf_run *run, size_t r)
{
    for (size_t m = 0; m < self->tensor->n_modes; m++) {
        double sum = 0.0;
        for (size_t i = 0; i < self->tensor->length[m]; i++) {
            sum += run->factors[m][i * self->job.rank + r];
        }
        if (!(sum > 0.0)) {
            return true;
        }
    }
    return false;
}

/* New factors for a component that died, but 0 for the last mode: the objective is as before, and
 * the next step of that mode finds what the new factors are worth. */
static void reseed(const engine *self, size_t which)
{
    ntf_run *run = &self->runs[which];
    const size_t rank = self->job.rank;
    const size_t last = self->tensor->n_modes - 1;
    for (size_t r = 0; r < rank && run->n_reseeded < 2 * rank; r++) {
        if (!is_dead(self, run, r)) {
            continue;
        }
        for (size_t m = 0; m <= last; m++) {
            for (size_t i = 0; i < self->tensor->length[m]; i++) {
                run->factors[m][i * rank + r] = m < last ? ana_random_uniform(&run->random) : 0.0;
            }
            renew_gram(self, which, m);
        }
        run->n_reseeded++;
    }
}

static bool can_reseed(const engine *self)
{
    bool can = self->options->reseed && self->options->sparsity <= 0.0 &&
               self->options->smoothness <= 0.0 &&
               self->options->method != ANA_NTF_MULTIPLICATIVE && !self->options->symmetric;
    for (size_t m = 0; m < self->tensor->n_modes; m++) {
        can = can && !self->fixed[m];
    }
    return can;
}

static ana_status update(engine *self)
{
    ana_status status = ANA_OK;
    const bool symmetric = self->options->symmetric;
    if (symmetric && !self->fixed[0]) {
        ANA_TRY(step_symmetric(self));
    } else if (!self->fixed[0]) {
        step_runs(self, 0);
    }
    for (size_t m = 1; m < self->tensor->n_modes; m++) {
        if (self->fixed[m] || (symmetric && m == 1)) {
            continue;
        }
        if (self->tensor->has_missing && m + 1 < self->tensor->n_modes) {
            ANA_TRY(self->tensor->backend->contract(&self->job)); /* the model has changed */
        }
        ANA_TRY(self->tensor->backend->mttkrp(&self->job, m, self->target));
        step_runs(self, m);
    }
    for (size_t k = 0; k < self->job.n_runs; k++) {
        ntf_run *run = &self->runs[self->member[k]];
        run->n_iterations += run->stopped ? 0 : 1;
        if (!run->stopped && can_reseed(self)) {
            reseed(self, self->member[k]);
        }
    }
done:
    return status;
}

static bool all_stopped(const engine *self)
{
    for (size_t k = 0; k < self->job.n_runs; k++) {
        if (!self->runs[self->member[k]].stopped) {
            return false;
        }
    }
    return true;
}

static ana_status iterate_batch(engine *self, size_t n_runs)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ANA_TRY(set_up(self, n_runs, &workspace));
    for (size_t k = 0; k < n_runs * self->tensor->n_modes; k++) {
        renew_gram(self, k / self->tensor->n_modes, k % self->tensor->n_modes);
    }
    while (gather(self, n_runs) > 0) {
        ANA_TRY(self->tensor->backend->contract(&self->job));
        ANA_TRY(self->tensor->backend->mttkrp(&self->job, 0, self->target));
        for (size_t k = 0; k < self->job.n_runs; k++) {
            ANA_TRY(ntf_judge(self->options, rounding * self->tensor->square, evaluate(self, k),
                              &self->runs[self->member[k]]));
        }
        if (!all_stopped(self)) {
            ANA_TRY(update(self));
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ntf_iterate(const ana_tensor *tensor, const ana_ntf_options *options, const bool *fixed,
                       size_t n_runs, ntf_run *runs)
{
    ana_status status = ANA_OK;
    const size_t most = batch_of(tensor, options);
    const size_t n_batches = (n_runs + most - 1) / most;
    const size_t batch = (n_runs + n_batches - 1) / n_batches; /* as many in each */
    for (size_t first = 0; first < n_runs; first += batch) {
        engine self = {.tensor = tensor, .options = options, .fixed = fixed, .runs = runs + first};
        ANA_TRY(iterate_batch(&self, n_runs - first < batch ? n_runs - first : batch));
        ANA_TRY(ana_run_progress(&options->run, "restarts",
                                 first + batch < n_runs ? first + batch : n_runs, n_runs));
    }
done:
    return status;
}
