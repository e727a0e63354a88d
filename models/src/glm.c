/* The fit of a population: surveyed once, then in groups of units that go through the data
 * together. */
#include "glm_parts.h"
#include "memory.h"
#include "seconds.h"
#include "try.h"

#include <math.h>
#include <omp.h>
#include <string.h>

enum {
    MOST_EXACT_COLUMNS = 128 /* beyond, a Hessian of each unit costs more than it saves */
};

static const size_t group_bytes = (size_t)256 << 20; /* of Hessians held at a time */

static const char *const coupling_names[] = {"none", "self", "full", "mask", NULL};
static const char *const solver_names[] = {"auto", "newton", "pcg", NULL};
static const char *const errors_names[] = {"auto", "yes", "no", NULL};

const ana_option ana_glm_option_table[] = {
    {"family", ANA_OPTION_CHOICE, offsetof(ana_glm_options, family.distribution),
     .choices = ana_glm_distribution_names, .value = "FAMILY",
     .help = "distribution of a response about its mean; categorical: columns of class numbers 0, "
             "1, ..., whose log odds to class 0 are linear"},
    {"link", ANA_OPTION_CHOICE, offsetof(ana_glm_options, family.link),
     .choices = ana_glm_link_names, .value = "LINK",
     .help = "mean as a function of the linear predictor; canonical: exp, sigmoid of bernoulli, "
             "identity of gaussian; auto: the same but softplus of counts"},
    {"classes", ANA_OPTION_SIZE, offsetof(ana_glm_options, family.n_classes),
     .max = ANA_GLM_MOST_CLASSES, .value = "C",
     .help = "of categorical responses; 0: one more than the largest"},
    {"lapse", ANA_OPTION_CHOICE, offsetof(ana_glm_options, lapse), .choices = ana_glm_lapse_names,
     .value = "KIND",
     .help = "lapses: responses (bernoulli, categorical) made regardless of the predictors; how "
             "often is learned; "
             "uniform: any class alike; learned: with each class's share"},
    {"dispersion", ANA_OPTION_DOUBLE, offsetof(ana_glm_options, family.dispersion), .min = 1e-150,
     .max = 1e150, .value = "X",
     .help = "with --fixed-dispersion: size of the negative binomial, or standard deviation"},
    {"fixed-dispersion", ANA_OPTION_BOOL, offsetof(ana_glm_options, fixed_dispersion),
     .help = "keep --dispersion instead of fitting each unit's by maximum likelihood"},
    {"coupling", ANA_OPTION_CHOICE, offsetof(ana_glm_options, coupling), .choices = coupling_names,
     .value = "WHOSE",
     .help = "whose past may drive a unit: nobody's, its own, everybody's, or as a mask says"},
    {"ridge", ANA_OPTION_DOUBLE, offsetof(ana_glm_options, ridge), .min = 0.0, .max = 1e12,
     .value = "X", .help = "penalty X/2 times the squares of the weights"},
    {"lasso", ANA_OPTION_DOUBLE, offsetof(ana_glm_options, lasso), .min = 0.0, .max = 1e12,
     .value = "X", .help = "penalty X times the sizes of the weights: most become exactly 0"},
    {"group", ANA_OPTION_DOUBLE, offsetof(ana_glm_options, group), .min = 0.0, .max = 1e12,
     .value = "X",
     .help = "group lasso: drops whole source units; penalty X times the root of B times the "
             "length of each source's B weights"},
    {"smooth", ANA_OPTION_DOUBLE, offsetof(ana_glm_options, smooth), .min = 0.0, .max = 1e12,
     .value = "X",
     .help = "penalty X/2 times the squared differences of a source's successive weights"},
    {"solver", ANA_OPTION_CHOICE, offsetof(ana_glm_options, solver), .choices = solver_names,
     .value = "SOLVER",
     .help = "Newton's steps with exact Hessians, or by conjugate gradients; auto: exact up to 128 "
             "columns"},
    {"standard-errors", ANA_OPTION_CHOICE, offsetof(ana_glm_options, errors),
     .choices = errors_names, .value = "WHEN",
     .help = "compute standard errors; auto: when the solver is exact"},
    {"max-iterations", ANA_OPTION_SIZE, offsetof(ana_glm_options, max_iterations), .min = 1,
     .max = 100000.0, .value = "N", .help = "Newton steps of a unit at most"},
    {"tolerance", ANA_OPTION_DOUBLE, offsetof(ana_glm_options, tolerance), .min = 0.0, .max = 1.0,
     .value = "X", .help = "converged when a step was to gain at most this share of the objective"},
    ANA_OPTION_END};

ana_glm_options ana_glm_options_default(void)
{
    ana_glm_options options = {
        .run = ana_run_default(),
        .family = {.distribution = ANA_GLM_POISSON, .dispersion = 1.0},
        .coupling = ANA_COUPLING_FULL,
        .ridge = 1.0,
        .max_iterations = 100,
        .tolerance = 1e-12,
    };
    return options;
}

/* Most free columns of any unit. */
static size_t largest_unit(const ana_glm_task *task)
{
    size_t most = 0;
    for (size_t u = 0; u < task->n_units; u++) {
        const size_t n = ana_glm_free_columns(task, u, NULL);
        most = n > most ? n : most;
    }
    return most;
}

static bool is_exact(const ana_glm_options *options, size_t largest)
{
    if (options->solver == ANA_GLM_SOLVER_AUTO) {
        return largest <= MOST_EXACT_COLUMNS || options->lasso > 0.0 || options->group > 0.0;
    }
    return options->solver == ANA_GLM_SOLVER_NEWTON;
}

/* What one fit goes through. */
typedef struct fitting {
    ana_glm_task task;
    ana_glm *glm;
    size_t largest;
    bool exact;
    bool errors;
    ana_glm_trace trace;
    size_t n_iterations;
} fitting;

static void note(fitting *fit, size_t n_units, const ana_glm_unit *units)
{
    for (size_t u = 0; u < n_units; u++) {
        ana_glm_store(&fit->task, &units[u], fit->glm);
        if (units[u].n_iterations > fit->n_iterations) {
            fit->n_iterations = units[u].n_iterations;
        }
    }
}

static void store_errors(const fitting *fit, const ana_glm_room *room, size_t n_units,
                         const ana_glm_unit *units)
{
    const ana_glm_task *task = &fit->task;
    ana_glm *glm = fit->glm;
    const bool errors = fit->errors;
#pragma omp parallel for default(none) num_threads(room->n_threads) schedule(dynamic, 1)           \
    shared(task, room, n_units, units, glm, errors)
    for (size_t u = 0; u < n_units; u++) {
        ana_glm_store_errors(task, &room->scratch[omp_get_thread_num()], &units[u], errors, glm);
    }
}

/* Whether observed and expected information differ. */
static bool is_canonical(const ana_glm_family *family)
{
    ana_glm_family plain = *family;
    plain.link = ANA_GLM_CANONICAL;
    return family->distribution != ANA_GLM_NEGATIVE_BINOMIAL &&
           ana_glm_link_of(family) == ana_glm_link_of(&plain);
}

/* The Fisher information where each unit's fit ended. */
static ana_status find_information(fitting *fit, const ana_glm_room *room, size_t n_units,
                                   ana_glm_unit *units)
{
    const bool before = fit->task.expected;
    for (size_t u = 0; u < n_units; u++) {
        ana_glm_unit_recall(&fit->task, fit->glm, &units[u]);
    }
    fit->task.expected = true;
    ana_status status = ana_glm_pass(&fit->task, room, n_units, units, true);
    fit->task.expected = before;
    return status;
}

/* Exact fit of units first ... first + n - 1; or, where they are fitted, their errors alone. */
static ana_status fit_group(fitting *fit, const ana_glm_room *room, size_t first, size_t n,
                            bool errors_alone)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_glm_task *task = &fit->task;
    ana_glm_unit *units = NULL;
    ANA_TRY(ana_glm_units_new(&workspace, task, fit->glm, first, n, true, &units));
    if (!errors_alone) {
        ANA_TRY(ana_glm_newton(task, room, n, units, &fit->trace));
        note(fit, n, units);
    }
    if (errors_alone || (fit->errors && !is_canonical(&task->options->family))) {
        ANA_TRY(find_information(fit, room, n, units));
    }
    store_errors(fit, room, n, units);
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status fit_exactly(fitting *fit, const ana_glm_room *room, bool errors_alone)
{
    const size_t square = (fit->largest + 1) * (fit->largest + 1) * sizeof(double);
    const size_t fitting_in = group_bytes / square;
    const size_t most = fitting_in > 0 ? fitting_in : 1;
    size_t n = 0;
    for (size_t first = 0; first < fit->task.n_units; first += n) {
        const size_t left = fit->task.n_units - first;
        n = left < most ? left : most;
        ana_status status = fit_group(fit, room, first, n, errors_alone);
        if (status != ANA_OK) {
            return status;
        }
    }
    return ANA_OK;
}

static ana_status fit_by_gradients(fitting *fit, const ana_glm_room *room)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_glm_task *task = &fit->task;
    const size_t n = task->n_units;
    ana_glm_unit *units = NULL;
    ANA_TRY(ana_glm_units_new(&workspace, task, fit->glm, 0, n, false, &units));
    ANA_TRY(ana_glm_conjugate(task, room, n, units, &fit->trace, fit->glm->freedom));
    note(fit, n, units);
done:
    ana_workspace_release(&workspace);
    return status;
}

static void describe(const ana_glm_task *task, ana_glm *glm, bool before)
{
#pragma omp parallel for default(none) schedule(dynamic, 1)                                        \
    num_threads(ana_run_threads(&task->options->run, task->n_units)) shared(task, glm, before)
    for (size_t u = 0; u < task->n_units; u++) {
        if (before) {
            ana_glm_describe(task, u, glm);
        } else {
            ana_glm_bound(task, u, glm);
        }
    }
}

static ana_status fill_info(const fitting *fit)
{
    ana_fit_info *info = &fit->glm->info;
    ana_status status = ana_allocate(fit->trace.n, sizeof(double), "glm", (void *)&info->trace);
    if (status == ANA_OK) {
        status = ana_allocate(1, sizeof(double), "glm", (void *)&info->restart_objective);
    }
    if (status != ANA_OK) {
        return status;
    }
    info->converged = true;
    for (size_t u = 0; u < fit->glm->n_units; u++) {
        info->converged = info->converged && (fit->glm->flags[u] & ANA_GLM_NOT_CONVERGED) == 0;
    }
    info->n_iterations = fit->n_iterations;
    info->n_trace = fit->trace.n;
    memcpy(info->trace, fit->trace.values, fit->trace.n * sizeof *info->trace);
    info->objective = fit->trace.n > 0 ? fit->trace.values[fit->trace.n - 1] : 0.0;
    info->n_restarts = 1;
    info->restart_objective[0] = info->objective;
    return ANA_OK;
}

/* What the fit holds at a time: panels, and Hessians or curvatures. */
static ana_status check_memory(const fitting *fit)
{
    const ana_glm_task *task = &fit->task;
    const size_t p = task->n_columns;
    const size_t n = task->n_units;
    const size_t square = (fit->largest + 1) * (fit->largest + 1) * sizeof(double);
    const size_t held = square * n < group_bytes ? square * n : group_bytes;
    size_t bytes = task->n_blocks * ANA_GLM_ROWS * p * sizeof(double);
    if (fit->exact || fit->errors) {
        bytes += (held > square ? held : square) + 3 * square;
    }
    if (!fit->exact) {
        bytes += n * task->n_times * sizeof(float) + 2 * p * p * sizeof(double) +
                 n * (p + ANA_GLM_ROWS) * (task->n_blocks + 6) * sizeof(double);
    }
    return ana_run_check_memory(&task->options->run, bytes, "glm fit");
}

static ana_status run(fitting *fit, ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_glm_survey(&fit->task, workspace));
    fit->largest = largest_unit(&fit->task);
    fit->exact = is_exact(fit->task.options, fit->largest);
    fit->errors = fit->task.options->errors == ANA_GLM_ERRORS_YES ||
                  (fit->task.options->errors == ANA_GLM_ERRORS_AUTO && fit->exact);
    ANA_TRY(check_memory(fit));
    ana_glm *glm = NULL;
    ANA_TRY(ana_glm_new(&fit->task, fit->errors, &glm));
    fit->glm = glm;
    describe(&fit->task, fit->glm, true);
    fit->trace.capacity = 10 * fit->task.options->max_iterations + 50;
    fit->trace.values = ana_workspace_doubles(workspace, fit->trace.capacity, 1);
    const bool squares = fit->exact || fit->errors;
    const ana_glm_room room = ana_glm_room_new(workspace, &fit->task, squares ? fit->largest : 1);
    ANA_TRY(ana_workspace_check(workspace, "glm"));
    if (fit->exact) {
        ANA_TRY(fit_exactly(fit, &room, false));
    } else {
        ANA_TRY(fit_by_gradients(fit, &room));
    }
    if (!fit->exact && fit->errors) {
        ANA_TRY(fit_exactly(fit, &room, true));
    }
    describe(&fit->task, fit->glm, false);
    ANA_TRY(fill_info(fit));
done:
    return status;
}

ana_status ana_glm_fit(const ana_glm_data *data, const ana_glm_options *options, ana_glm **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_glm_options defaults = ana_glm_options_default();
    const double start = ana_seconds_now();
    fitting fit = {0};
    if (ana_glm_has_choices(options != NULL ? options : &defaults)) {
        return ana_glm_fit_choices(data, options, out);
    }
    ANA_TRY(ana_glm_task_new(data, options != NULL ? options : &defaults, &fit.task));
    ANA_TRY(ana_glm_check_responses(&fit.task));
    ANA_TRY(run(&fit, &workspace));
    fit.glm->info.seconds = ana_seconds_now() - start;
    *out = fit.glm;
    fit.glm = NULL;
done:
    ana_glm_free(fit.glm);
    ana_workspace_release(&workspace);
    return status;
}
