#include "memory.h"
#include "ntf_engine.h"
#include "ntf_solve.h"
#include "seconds.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

ana_ntf_options ana_ntf_options_default(void)
{
    return (ana_ntf_options){.run = ana_run_default(),
                             .rank = 8,
                             .n_restarts = 10,
                             .max_iterations = 500,
                             .tolerance = 1e-7,
                             .n_sweeps = 3,
                             .method = ANA_NTF_AUTO,
                             .beta = 0.5,
                             .reseed = true};
}

static const char *const methods[] = {"hals",     "multiplicative",     "active-set", "admm",
                                      "together", "poisson-regression", "auto",       NULL};
static const char *const losses[] = {"frobenius", "kl", "beta", NULL};
static const char *const starts[] = {"random", "nndsvd", NULL};
static const char *const orders[] = {"weight", "time", NULL};

const ana_option ana_ntf_option_table[] = {
    {"method", ANA_OPTION_CHOICE, offsetof(ana_ntf_options, method), 0, 0, methods, "METHOD",
     "how factors are found: a mode after the other, or all together; auto: hals, or "
     "multiplicative "
     "for other losses than frobenius",
     false},
    {"loss", ANA_OPTION_CHOICE, offsetof(ana_ntf_options, loss), 0, 0, losses, "LOSS",
     "what is minimised: squared differences, the Kullback-Leibler divergence (counts), or another "
     "beta-divergence",
     false},
    {"beta", ANA_OPTION_DOUBLE, offsetof(ana_ntf_options, beta), -1, 4, NULL, "B",
     "of --loss beta: 2 squares, 1 Kullback-Leibler, 0 Itakura-Saito (no zeros), or between",
     false},
    {"init", ANA_OPTION_CHOICE, offsetof(ana_ntf_options, init), 0, 0, starts, "START",
     "where the first restart begins: at random as the others, or at the singular vectors of the "
     "unfolded tensor",
     false},
    {"rank", ANA_OPTION_SIZE, offsetof(ana_ntf_options, rank), 1, 512, NULL, "R",
     "number of components", false},
    {"restarts", ANA_OPTION_SIZE, offsetof(ana_ntf_options, n_restarts), 1, 10000, NULL, "N",
     "random starts, of which the best is kept", false},
    {"max-iterations", ANA_OPTION_SIZE, offsetof(ana_ntf_options, max_iterations), 0, 1000000, NULL,
     "N", "iterations of a restart at most", false},
    {"tolerance", ANA_OPTION_DOUBLE, offsetof(ana_ntf_options, tolerance), 0, 1, NULL, "SHARE",
     "stop when an iteration lowers the objective by less than this share; 0: never", false},
    {"sweeps", ANA_OPTION_SIZE, offsetof(ana_ntf_options, n_sweeps), 1, 1000, NULL, "N",
     "sweeps of a step of hals, admm and symmetric factors", false},
    {"sparsity", ANA_OPTION_DOUBLE, offsetof(ana_ntf_options, sparsity), 0, 1e12, NULL, "WEIGHT",
     "weight of the sum of all factors in the objective", false},
    {"smoothness", ANA_OPTION_DOUBLE, offsetof(ana_ntf_options, smoothness), 0, 1e12, NULL,
     "WEIGHT", "weight of squared differences of the time factors in the objective", false},
    {"symmetric", ANA_OPTION_BOOL, offsetof(ana_ntf_options, symmetric), 0, 0, NULL, NULL,
     "one factor for both modes of neurons", false},
    {"reseed", ANA_OPTION_BOOL, offsetof(ana_ntf_options, reseed), 0, 0, NULL, NULL,
     "give components that fell to 0 during the fit new random factors", false},
    {"order", ANA_OPTION_CHOICE, offsetof(ana_ntf_options, order), 0, 0, orders, "ORDER",
     "of the components: by weight, or by the centroid of the time factor", false},
    ANA_OPTION_END,
};

static bool is_squares(const ana_ntf_options *options)
{
    return options->loss == ANA_NTF_FROBENIUS;
}

/* Methods for what is asked for; auto becomes one of them. */
static ana_status check_method(ana_ntf_options *options)
{
    const bool smooth = options->smoothness > 0.0;
    if (options->method == ANA_NTF_AUTO) {
        options->method = is_squares(options) ? ANA_NTF_HALS : ANA_NTF_MULTIPLICATIVE;
    }
    const bool any_loss =
        options->method == ANA_NTF_MULTIPLICATIVE || options->method == ANA_NTF_TOGETHER;
    const bool poisson = options->method == ANA_NTF_POISSON_REGRESSION;
    if (poisson ? options->loss != ANA_NTF_KL : !is_squares(options) && !any_loss) {
        return ana_fail(ANA_ERR_VALUE, "ntf: the method %s does not go with the loss %s; %s does",
                        methods[options->method], losses[options->loss],
                        poisson ? "kl" : "multiplicative or together");
    }
    if (smooth && options->method != ANA_NTF_TOGETHER &&
        !(is_squares(options) &&
          (options->method == ANA_NTF_HALS || options->method == ANA_NTF_MULTIPLICATIVE))) {
        return ana_fail(ANA_ERR_VALUE,
                        "ntf: smoothness goes with the methods together, hals and (for squares) "
                        "multiplicative, not %s with the loss %s",
                        methods[options->method], losses[options->loss]);
    }
    return ANA_OK;
}

static ana_status check(const ana_tensor *tensor, ana_ntf_options *options)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_options_check(ana_ntf_option_table, options, "ntf"));
    ANA_TRY(check_method(options));
    if (!options->symmetric) {
        return ANA_OK;
    }
    if (!tensor->symmetric) {
        return ana_fail(ANA_ERR_VALUE, "ntf: the slices are not symmetric, so that their factors "
                                       "cannot be the same");
    }
    if (options->method != ANA_NTF_TOGETHER &&
        (options->smoothness > 0.0 || !is_squares(options))) {
        return ana_fail(ANA_ERR_VALUE,
                        "ntf: symmetric factors have no smoothness and no other loss "
                        "but with the method together");
    }
done:
    return status;
}

static double beta_of(const ana_ntf_options *options)
{
    return is_squares(options) ? 2.0 : options->loss == ANA_NTF_KL ? 1.0 : options->beta;
}

/* What is minimised, and how large it is of nothing. */
typedef struct goal {
    bool squares;
    ntf_divergence divergence;
    double whole;
} goal;

static ana_status set_goal(const ana_tensor *tensor, const ana_ntf_options *options, goal *out)
{
    ana_status status = ANA_OK;
    *out = (goal){.squares = is_squares(options), .whole = 0.5 * tensor->square};
    if (!out->squares) {
        ANA_TRY(ntf_divergence_of(tensor, beta_of(options), &options->run, &out->divergence));
        out->whole = out->divergence.of_mean;
    }
done:
    return status;
}

static ana_status iterate(const ana_tensor *tensor, const ana_ntf_options *options,
                          const goal *wanted, const bool *fixed, size_t n_runs, ntf_run *runs)
{
    const ntf_divergence *divergence = wanted->squares ? NULL : &wanted->divergence;
    if (options->method == ANA_NTF_TOGETHER) {
        return ntf_iterate_together(tensor, options, divergence, fixed, n_runs, runs);
    }
    if (!wanted->squares) {
        return ntf_iterate_divergence(tensor, options, divergence, fixed, n_runs, runs);
    }
    return ntf_iterate(tensor, options, fixed, n_runs, runs);
}

static void free_runs(size_t n_modes, size_t n_runs, ntf_run *runs)
{
    for (size_t k = 0; runs != NULL && k < n_runs; k++) {
        for (size_t m = 0; m < n_modes; m++) {
            free(runs[k].factors[m]);
            free(runs[k].dual[m]);
        }
        free(runs[k].trace);
    }
    free(runs);
}

/* What a job of these runs would be is checked there; this is what the runs keep. */
static ana_status check_memory(const ana_tensor *tensor, const ana_ntf_options *options,
                               size_t n_runs)
{
    double bytes = 0.0;
    for (size_t m = 0; m < tensor->n_modes; m++) {
        bytes += 8.0 * (double)tensor->length[m] * (double)options->rank * (double)n_runs;
    }
    bytes *= options->method == ANA_NTF_ADMM ? 2.0 : 1.0;
    return ana_run_check_memory(&options->run, bytes < 1e18 ? (size_t)bytes : SIZE_MAX,
                                "factorisation: factors of all restarts");
}

static ana_status new_runs(const ana_tensor *tensor, const ana_ntf_options *options, size_t n_runs,
                           ntf_run **out)
{
    ana_status status = ANA_OK;
    ntf_run *runs = NULL;
    ANA_TRY(check_memory(tensor, options, n_runs));
    ANA_TRY(ana_allocate(n_runs, sizeof *runs, "ntf", &runs));
    for (size_t k = 0; k < n_runs; k++) {
        runs[k].random = ana_random_stream(options->run.seed, "ntf.start", k);
        for (size_t m = 0; m < tensor->n_modes; m++) {
            const size_t size = tensor->length[m] * options->rank;
            ANA_TRY(ana_allocate(size, sizeof(double), "ntf", &runs[k].factors[m]));
            if (options->method == ANA_NTF_ADMM) {
                ANA_TRY(ana_allocate(size, sizeof(double), "ntf", &runs[k].dual[m]));
            }
        }
    }
    *out = runs;
    runs = NULL;
done:
    free_runs(tensor->n_modes, n_runs, runs);
    return status;
}

/* Sum of the squares of the model. */
static ana_status model_square(const ana_tensor *tensor, size_t rank, double *const *factors,
                               double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *gram = ana_workspace_doubles(&workspace, rank, rank);
    double *product = ana_workspace_doubles(&workspace, rank, rank);
    ANA_TRY(ana_workspace_check(&workspace, "ntf"));
    *out = 0.0;
    for (size_t m = 0; m < tensor->n_modes; m++) {
        ntf_gram(tensor->length[m], rank, factors[m], gram);
        for (size_t k = 0; k < rank * rank; k++) {
            product[k] = m == 0 ? gram[k] : product[k] * gram[k];
            *out += m + 1 == tensor->n_modes ? product[k] : 0.0;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Uniform on (0, 1), or the singular vectors, and then as large as the tensor. */
static ana_status start(const ana_tensor *tensor, const ana_ntf_options *options, bool is_first,
                        ntf_run *run)
{
    ana_status status = ANA_OK;
    double square = 0.0;
    for (size_t m = 0; m < tensor->n_modes; m++) {
        for (size_t k = 0; k < tensor->length[m] * options->rank; k++) {
            run->factors[m][k] = ana_random_uniform(&run->random);
        }
    }
    if (is_first && options->init == ANA_NTF_NNDSVD) {
        ANA_TRY(ntf_start_nndsvd(tensor, &options->run, options->rank, run->factors));
    }
    if (options->symmetric) {
        memcpy(run->factors[1], run->factors[0],
               tensor->length[0] * options->rank * sizeof(double));
    }
    ANA_TRY(model_square(tensor, options->rank, run->factors, &square));
    const double scale = pow(tensor->square / square, 0.5 / (double)tensor->n_modes);
    for (size_t m = 0; m < tensor->n_modes; m++) {
        for (size_t k = 0; k < tensor->length[m] * options->rank; k++) {
            run->factors[m][k] *= scale;
        }
    }
done:
    return status;
}

static ana_status run_to_ntf(const ana_tensor *tensor, const ana_ntf_options *options,
                             const ntf_run *run, ana_ntf **out)
{
    ana_status status = ANA_OK;
    ana_ntf *ntf = NULL;
    ANA_TRY(ana_ntf_new(tensor->n_modes, tensor->length, options->rank, &ntf));
    ntf->time_mode = tensor->time_mode;
    for (size_t m = 0; m < tensor->n_modes; m++) {
        memcpy(ntf->factors[m], run->factors[m],
               tensor->length[m] * options->rank * sizeof(double));
    }
    for (size_t r = 0; r < options->rank; r++) {
        ntf->weights[r] = 1.0;
    }
    *out = ntf;
done:
    return status;
}

/* How the fit went, and each restart's likeness to the best. */
static ana_status tell(const ana_tensor *tensor, const ana_ntf_options *options, double whole,
                       size_t n_runs, ntf_run *runs, ana_ntf *ntf)
{
    ana_status status = ANA_OK;
    ana_ntf *other = NULL;
    ana_fit_info *info = &ntf->info;
    ANA_TRY(ana_allocate(n_runs, sizeof(double), "ntf", &info->restart_objective));
    ANA_TRY(ana_allocate(n_runs, sizeof(double), "ntf", &ntf->similarity));
    info->n_restarts = n_runs;
    for (size_t k = 0; k < n_runs; k++) {
        info->restart_objective[k] = 1.0 - runs[k].objective / whole;
        ANA_TRY(run_to_ntf(tensor, options, &runs[k], &other));
        ANA_TRY(ana_ntf_match(ntf, other, NULL, NULL, &ntf->similarity[k]));
        ana_ntf_free(other);
        other = NULL;
    }
    ntf_run *best = &runs[info->best_restart];
    for (size_t k = 0; k < best->n_trace; k++) {
        best->trace[k] = 1.0 - best->trace[k] / whole;
    }
    info->trace = best->trace;
    info->n_trace = best->n_trace;
    best->trace = NULL;
    info->objective = info->restart_objective[info->best_restart];
    info->converged = best->converged;
    info->n_iterations = best->n_iterations;
    ntf->n_reseeded = best->n_reseeded;
done:
    ana_ntf_free(other);
    return status;
}

static ana_status finish(const ana_tensor *tensor, const ana_ntf_options *options, double whole,
                         size_t n_runs, ntf_run *runs, ana_ntf **out)
{
    ana_status status = ANA_OK;
    ana_ntf *ntf = NULL;
    size_t best = 0;
    for (size_t k = 1; k < n_runs; k++) {
        best = runs[k].objective < runs[best].objective ? k : best;
    }
    ANA_TRY(run_to_ntf(tensor, options, &runs[best], &ntf));
    ntf->info.best_restart = best;
    ntf->method = options->method;
    ntf->loss = options->loss;
    ntf->beta = beta_of(options);
    ANA_TRY(tell(tensor, options, whole, n_runs, runs, ntf));
    ANA_TRY(ana_ntf_error(ntf, tensor, &options->run, &ntf->relative_error));
    *out = ntf;
    ntf = NULL;
done:
    ana_ntf_free(ntf);
    return status;
}

ana_status ana_ntf_fit(const ana_tensor *tensor, const ana_ntf_options *options, ana_ntf **out)
{
    ana_status status = ANA_OK;
    ntf_run *runs = NULL;
    ana_ntf *ntf = NULL;
    const bool fixed[ANA_TENSOR_MAX_MODES] = {false};
    const double began = ana_seconds_now();
    goal wanted = {false};
    ana_ntf_options chosen = options != NULL ? *options : ana_ntf_options_default();
    ANA_TRY(check(tensor, &chosen));
    ANA_TRY(set_goal(tensor, &chosen, &wanted));
    ANA_TRY(new_runs(tensor, &chosen, chosen.n_restarts, &runs));
    for (size_t k = 0; k < chosen.n_restarts; k++) {
        ANA_TRY(start(tensor, &chosen, k == 0, &runs[k]));
    }
    ANA_TRY(iterate(tensor, &chosen, &wanted, fixed, chosen.n_restarts, runs));
    ANA_TRY(finish(tensor, &chosen, wanted.whole, chosen.n_restarts, runs, &ntf));
    ANA_TRY(ana_ntf_normalise(ntf, chosen.order));
    ntf->info.seconds = ana_seconds_now() - began;
    *out = ntf;
    ntf = NULL;
done:
    free_runs(tensor->n_modes, chosen.n_restarts, runs);
    ana_ntf_free(ntf);
    return status;
}

static ana_status check_start(const ana_tensor *tensor, const ana_ntf *start)
{
    if (start->n_modes != tensor->n_modes) {
        return ana_fail(ANA_ERR_SHAPE, "ntf: a start of %zu modes for a tensor of %zu",
                        start->n_modes, tensor->n_modes);
    }
    for (size_t m = 0; m < start->n_modes; m++) {
        if (start->length[m] != tensor->length[m]) {
            return ana_fail(ANA_ERR_SHAPE, "ntf: mode %zu of the start has %zu entries, not %zu", m,
                            start->length[m], tensor->length[m]);
        }
    }
    return ANA_OK;
}

/* The weights go to the first mode that is free and stands for itself. */
static void take_start(const ana_ntf *start, const bool *fixed, bool symmetric, ntf_run *run)
{
    size_t free_mode = symmetric ? 2 : 0;
    while (free_mode + 1 < start->n_modes && fixed[free_mode]) {
        free_mode++;
    }
    for (size_t m = 0; m < start->n_modes; m++) {
        for (size_t k = 0; k < start->length[m] * start->rank; k++) {
            const double weight = m == free_mode ? start->weights[k % start->rank] : 1.0;
            run->factors[m][k] = weight * start->factors[symmetric && m == 1 ? 0 : m][k];
        }
    }
}

ana_status ana_ntf_fit_from(const ana_tensor *tensor, const ana_ntf *start, const bool *fixed,
                            const ana_ntf_options *options, ana_ntf **out)
{
    ana_status status = ANA_OK;
    ntf_run *runs = NULL;
    ana_ntf *ntf = NULL;
    bool keeps[ANA_TENSOR_MAX_MODES] = {false};
    const double began = ana_seconds_now();
    goal wanted = {false};
    ana_ntf_options chosen = options != NULL ? *options : ana_ntf_options_default();
    chosen.rank = start->rank;
    chosen.n_restarts = 1;
    ANA_TRY(check(tensor, &chosen));
    ANA_TRY(check_start(tensor, start));
    for (size_t m = 0; fixed != NULL && m < start->n_modes; m++) {
        keeps[m] = fixed[m];
    }
    ANA_TRY(set_goal(tensor, &chosen, &wanted));
    ANA_TRY(new_runs(tensor, &chosen, 1, &runs));
    take_start(start, keeps, chosen.symmetric, runs);
    ANA_TRY(iterate(tensor, &chosen, &wanted, keeps, 1, runs));
    ANA_TRY(finish(tensor, &chosen, wanted.whole, 1, runs, &ntf));
    if (fixed == NULL) {
        ANA_TRY(ana_ntf_normalise(ntf, chosen.order));
    } else {
        ntf_scale(ntf);
    }
    ntf->info.seconds = ana_seconds_now() - began;
    *out = ntf;
    ntf = NULL;
done:
    free_runs(tensor->n_modes, 1, runs);
    ana_ntf_free(ntf);
    return status;
}

ana_status ana_ntf_transform(const ana_ntf *model, const ana_tensor *tensor, size_t mode,
                             const ana_run *run, double *out)
{
    ana_status status = ANA_OK;
    ana_ntf *start = NULL;
    ana_ntf *fit = NULL;
    bool fixed[ANA_TENSOR_MAX_MODES] = {false};
    ana_ntf_options options = ana_ntf_options_default();
    options.run = run != NULL ? *run : ana_run_default();
    options.method = ANA_NTF_ACTIVE_SET;
    options.tolerance = 1e-14;
    options.max_iterations = 10000;
    if (mode >= model->n_modes || model->n_modes != tensor->n_modes) {
        return ana_fail(ANA_ERR_SHAPE, "ntf: mode %zu of a model of %zu and a tensor of %zu modes",
                        mode, model->n_modes, tensor->n_modes);
    }
    ANA_TRY(ana_ntf_new(tensor->n_modes, tensor->length, model->rank, &start));
    for (size_t m = 0; m < model->n_modes; m++) {
        fixed[m] = m != mode;
        if (m != mode && model->length[m] != tensor->length[m]) {
            ANA_TRY(ana_fail(ANA_ERR_SHAPE, "ntf: mode %zu of the model has %zu entries, not %zu",
                             m, model->length[m], tensor->length[m]));
        }
        for (size_t k = 0; m != mode && k < model->length[m] * model->rank; k++) {
            start->factors[m][k] = model->factors[m][k];
        }
    }
    for (size_t r = 0; r < model->rank; r++) {
        start->weights[r] = 1.0;
    }
    ANA_TRY(ana_ntf_fit_from(tensor, start, fixed, &options, &fit));
    for (size_t i = 0; i < tensor->length[mode]; i++) {
        for (size_t r = 0; r < model->rank; r++) {
            const size_t k = i * model->rank + r;
            out[k] = fit->factors[mode][k] * fit->weights[r];
        }
    }
done:
    ana_ntf_free(start);
    ana_ntf_free(fit);
    return status;
}
