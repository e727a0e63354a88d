/* Covariances of trials, and what they are asked for. */
#include "blas.h"
#include "checked.h"
#include "covariance_parts.h"
#include "try.h"

#include <analysis/covariance.h>

#include <math.h>
#include <omp.h>
#include <string.h>

const char *const ana_covariance_estimator_names[] = {"empirical",
                                                      "second-moment",
                                                      "ledoit-wolf",
                                                      "oas",
                                                      "schaefer-strimmer",
                                                      "maximum-likelihood",
                                                      "correlation",
                                                      "shrunk",
                                                      "huber",
                                                      "student",
                                                      "tyler",
                                                      "minimum-determinant",
                                                      NULL};

static const char *const scale_words[] = {"trace", "determinant", NULL};

const ana_option ana_covariance_option_table[] = {
    {"covariance", ANA_OPTION_CHOICE, offsetof(ana_covariance_options, estimator), 0, 0,
     ana_covariance_estimator_names, "ESTIMATOR", "how each epoch's covariance is estimated",
     false},
    {"shrinkage", ANA_OPTION_DOUBLE, offsetof(ana_covariance_options, shrinkage), 0, 1, NULL,
     "PART", "shrunk: part of the target in the covariance", false},
    {"ridge", ANA_OPTION_DOUBLE, offsetof(ana_covariance_options, ridge), 0, 1e6, NULL, "PART",
     "part of the mean variance added to each variance; 0: nothing", false},
    {"huber-quantile", ANA_OPTION_DOUBLE, offsetof(ana_covariance_options, quantile), 0, 1, NULL,
     "PART", "huber: part of the samples taken for normal", false},
    {"student-degrees", ANA_OPTION_DOUBLE, offsetof(ana_covariance_options, degrees), 1e-3, 1e6,
     NULL, "NU", "student: degrees of freedom", false},
    {"tyler-scale", ANA_OPTION_CHOICE, offsetof(ana_covariance_options, scale), 0, 0, scale_words,
     "SCALE", "tyler: what is made n (trace) or 1 (determinant)", false},
    {"covariance-tolerance", ANA_OPTION_DOUBLE, offsetof(ana_covariance_options, tolerance), 0, 1,
     NULL, "CHANGE", "huber, student, tyler: relative change that ends them; 0: 1e-10", false},
    {"covariance-iterations", ANA_OPTION_SIZE, offsetof(ana_covariance_options, max_iterations), 0,
     1000000, NULL, "N", "huber, student, tyler: most steps; 0: 1000", false},
    {"support", ANA_OPTION_DOUBLE, offsetof(ana_covariance_options, support), 0, 1, NULL, "PART",
     "minimum-determinant: part of the samples it is of; 0: just over half", false},
    {"determinant-starts", ANA_OPTION_SIZE, offsetof(ana_covariance_options, n_starts), 1, 100000,
     NULL, "N", "minimum-determinant: random subsets it starts from", false},
    {"covariance-compat", ANA_OPTION_BOOL, offsetof(ana_covariance_options, compat), 0, 0, NULL,
     NULL, "pyRiemann's constants of huber, student, tyler, minimum-determinant", false},
    ANA_OPTION_END,
};

ana_covariance_options ana_covariance_options_default(void)
{
    const ana_covariance_options options = {.run = ana_run_default(),
                                            .estimator = ANA_COVARIANCE_LEDOIT_WOLF,
                                            .shrinkage = 0.1,
                                            .quantile = 0.9,
                                            .degrees = 5.0,
                                            .n_starts = 30};
    return options;
}

/* To sum 1. They are divided by their largest first, so that no sum overflows. */
static ana_status take_weights(size_t n, const double *given, double *weights, double *roots,
                               double *squares)
{
    double largest = 0.0;
    double sum = 0.0;
    for (size_t t = 0; t < n; t++) {
        if (!(given[t] >= 0.0) || isinf(given[t])) {
            return ana_fail(ANA_ERR_VALUE,
                            "covariance: the weight of sample %zu is %g; weights are finite and "
                            "not negative",
                            t, given[t]);
        }
        largest = fmax(largest, given[t]);
    }
    if (!(largest > 0.0)) {
        return ana_fail(ANA_ERR_VALUE, "covariance: the weights of all %zu samples are 0", n);
    }
    for (size_t t = 0; t < n; t++) {
        weights[t] = given[t] / largest;
        sum += weights[t];
    }
    *squares = 0.0;
    for (size_t t = 0; t < n; t++) {
        weights[t] /= sum;
        roots[t] = sqrt(weights[t]);
        *squares += weights[t] * weights[t];
    }
    return ANA_OK;
}

static bool is_iterated(ana_covariance_estimator estimator)
{
    return estimator == ANA_COVARIANCE_HUBER || estimator == ANA_COVARIANCE_STUDENT ||
           estimator == ANA_COVARIANCE_TYLER || estimator == ANA_COVARIANCE_MINIMUM_DETERMINANT;
}

static ana_status check_size(const covariance_plan *plan)
{
    const size_t n = plan->n_rows;
    if (plan->n_times < 2 || plan->n_channels == 0) {
        return ana_fail(ANA_ERR_VALUE,
                        "covariance: %zu samples of %zu channels; at least two of one",
                        plan->n_times, plan->n_channels);
    }
    if (is_iterated(plan->options->estimator) && plan->n_times <= n) {
        return ana_fail(ANA_ERR_VALUE,
                        "covariance: %s of %zu samples of %zu %schannels; more samples than %zu "
                        "are needed, or a shrunk estimate",
                        ana_covariance_estimator_names[plan->options->estimator], plan->n_times,
                        plan->n_channels, plan->is_complex ? "complex " : "", n);
    }
    return ANA_OK;
}

/* One sample alone has no spread about its mean. */
static ana_status check_weights(const covariance_plan *plan)
{
    const ana_covariance_estimator estimator = plan->options->estimator;
    if (estimator == ANA_COVARIANCE_MINIMUM_DETERMINANT) {
        return ana_fail(ANA_ERR_VALUE, "covariance: minimum-determinant takes no weights; leave "
                                       "samples out instead");
    }
    if (estimator != ANA_COVARIANCE_SECOND_MOMENT && !(plan->weight_squares < 1.0)) {
        return ana_fail(ANA_ERR_VALUE,
                        "covariance: the weights leave one sample; at least two are needed");
    }
    return ANA_OK;
}

covariance_sources covariance_sources_of(const ana_trial_signals *trials)
{
    return (covariance_sources){.n_own = trials->n_channels,
                                .n_times = trials->n_times,
                                .augmentation = {.order = 1, .lag = 1}};
}

/* n_fixed + order x n_own, and twice that for complex ones. */
static ana_status count_rows(covariance_plan *plan)
{
    const covariance_sources *sources = &plan->sources;
    size_t n = 0;
    const bool right = ana_multiply(sources->augmentation.order, sources->n_own, &n) &&
                       ana_add(n, sources->n_fixed, &plan->n_channels) &&
                       ana_multiply(plan->is_complex ? 2 : 1, plan->n_channels, &plan->n_rows);
    return right ? ANA_OK
                 : ana_fail(ANA_ERR_SHAPE, "covariance: %zu channels to the order %zu",
                            sources->n_own, sources->augmentation.order);
}

/* The plan borrows the workspace's memory, sources and options. */
static ana_status make_plan(const ana_trial_signals *trials, const covariance_sources *sources,
                            const ana_covariance_options *options, ana_workspace *workspace,
                            covariance_plan *plan)
{
    ana_status status = ANA_OK;
    *plan = (covariance_plan){
        .options = options, .sources = *sources, .is_complex = trials->is_complex};
    ANA_TRY(ana_options_check(ana_covariance_option_table, options, "covariance"));
    ANA_TRY(count_rows(plan));
    plan->n_times = sources->n_times;
    if (sources->augmentation.order > 1) {
        ANA_TRY(ana_augmented_length(&sources->augmentation, sources->n_times, &plan->n_times));
    }
    ANA_TRY(check_size(plan));
    ANA_TRY(ana_blas_start("covariance", plan->n_rows, plan->n_times, 1));
    plan->weight_squares = 1.0 / (double)plan->n_times;
    if (trials->weights != NULL) {
        double *weights = ana_workspace_doubles(workspace, plan->n_times, 1);
        double *roots = ana_workspace_doubles(workspace, plan->n_times, 1);
        ANA_TRY(ana_workspace_check(workspace, "covariance"));
        ANA_TRY(
            take_weights(plan->n_times, trials->weights, weights, roots, &plan->weight_squares));
        plan->weights = weights;
        plan->roots = roots;
        ANA_TRY(check_weights(plan));
    }
done:
    return status;
}

/* Borrowed from the workspace, which the caller checks. */
static covariance_room take_room(ana_workspace *workspace, const covariance_plan *plan)
{
    const covariance_sources *sources = &plan->sources;
    const size_t m = plan->n_rows;
    const size_t n_times = plan->n_times;
    const bool few = covariance_is_lagged(plan);
    const size_t n_rows = few ? sources->n_own : m;
    const size_t length = few ? sources->n_times : n_times;
    return (covariance_room){
        .rows = ana_workspace_doubles(workspace, n_rows, length),
        .scaled = ana_workspace_doubles(workspace, n_rows, length),
        .gram = ana_workspace_doubles(workspace, m, m),
        .other = ana_workspace_doubles(workspace, m, m),
        .third = ana_workspace_doubles(workspace, m, m),
        .times = ana_workspace_doubles(workspace, n_times > m ? n_times : m, 1),
        .placed = ana_workspace_bytes(workspace, n_times, 1, sizeof(ana_placed))};
}

/* Trials being estimated, by some threads at a time. */
typedef struct trial_work {
    const covariance_plan *plan;
    const double *values;
    int n_threads;
    const covariance_room *rooms; /* one a thread */
    ana_status *statuses;         /* one a trial */
    ana_covariance_info *infos;   /* one a trial */
    double *out;
} trial_work;

static ana_status estimate_trial(const trial_work *work, size_t trial, const covariance_room *room)
{
    const covariance_plan *plan = work->plan;
    const covariance_sources *sources = &plan->sources;
    const size_t parts = plan->is_complex ? 2 : 1;
    const size_t n = plan->n_channels;
    const double *x = work->values + trial * sources->n_own * sources->n_times * parts;
    return covariance_estimate(plan, x, room, work->infos + trial,
                               work->out + trial * n * n * parts);
}

/* Trials first ... stop - 1. The first that failed is done again for its sentence, which stayed
 * with its thread. */
static ana_status estimate_trials(const trial_work *work, size_t first, size_t stop)
{
#pragma omp parallel for default(none) num_threads(work->n_threads) schedule(static)               \
    shared(work, first, stop)
    for (size_t trial = first; trial < stop; trial++) {
        work->statuses[trial] = estimate_trial(work, trial, &work->rooms[omp_get_thread_num()]);
    }
    for (size_t trial = first; trial < stop; trial++) {
        if (work->statuses[trial] != ANA_OK) {
            const ana_status status = estimate_trial(work, trial, &work->rooms[0]);
            return ana_fail_in(status, "covariance: trial %zu: ", trial);
        }
    }
    return ANA_OK;
}

static void warn_of_unsettled(const ana_run *run, size_t n_trials, const trial_work *work)
{
    const ana_covariance_options *options = work->plan->options;
    size_t n_unsettled = 0;
    double largest = 0.0;
    for (size_t trial = 0; trial < n_trials; trial++) {
        if (!work->infos[trial].converged) {
            n_unsettled++;
            largest = fmax(largest, work->infos[trial].change);
        }
    }
    if (n_unsettled > 0) {
        ana_warn(run,
                 "covariance: %s has not settled in %zu of %zu trials; the last step changed "
                 "it by up to %.1e of itself",
                 ana_covariance_estimator_names[options->estimator], n_unsettled, n_trials,
                 largest);
    }
}

/* Rows that are the same in every trial, real ones, stand in every room from the beginning. */
static ana_status load_fixed(ana_workspace *workspace, size_t n_rooms, const covariance_room *rooms,
                             covariance_plan *plan)
{
    ana_status status = ANA_OK;
    const size_t n_fixed = plan->sources.n_fixed;
    if (n_fixed == 0 || plan->is_complex) {
        return ANA_OK;
    }
    double *gram = ana_workspace_doubles(workspace, n_fixed, n_fixed);
    ANA_TRY(ana_workspace_check(workspace, "covariance"));
    for (size_t i = 0; i < n_rooms; i++) {
        status = covariance_load_fixed(plan, &rooms[i], gram);
        if (status != ANA_OK) {
            return ana_fail_in(status, "covariance: ");
        }
    }
    plan->fixed_gram = gram;
done:
    return status;
}

/* What the plan says, of every trial. */
static ana_status estimate_all(covariance_plan *plan, const ana_trial_signals *trials,
                               ana_covariance_info *infos, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_run *run = &plan->options->run;
    const size_t n_trials = trials->n_trials;
    trial_work work = {.plan = plan, .values = trials->values, .infos = infos};
    work.out = out;
    work.n_threads = ana_run_threads(run, n_trials);
    const size_t n_rooms = (size_t)work.n_threads;
    const size_t at_once = 64 * n_rooms; /* between two looks at whether to stop */
    covariance_room *rooms = ana_workspace_bytes(&workspace, n_rooms, 1, sizeof *rooms);
    work.statuses = ana_workspace_bytes(&workspace, n_trials, 1, sizeof *work.statuses);
    if (infos == NULL) {
        work.infos = ana_workspace_bytes(&workspace, n_trials, 1, sizeof *work.infos);
    }
    ANA_TRY(ana_workspace_check(&workspace, "covariance"));
    for (size_t i = 0; i < n_rooms; i++) {
        rooms[i] = take_room(&workspace, plan);
    }
    ANA_TRY(ana_workspace_check(&workspace, "covariance"));
    ANA_TRY(load_fixed(&workspace, n_rooms, rooms, plan));
    work.rooms = rooms;
    for (size_t first = 0; first < n_trials; first += at_once) {
        const size_t stop = n_trials - first < at_once ? n_trials : first + at_once;
        ANA_TRY(estimate_trials(&work, first, stop));
        ANA_TRY(ana_run_progress(run, "covariance: trials", stop, n_trials));
    }
    warn_of_unsettled(run, n_trials, &work);
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status covariance_of_sources(const ana_trial_signals *trials, const covariance_sources *sources,
                                 const ana_covariance_options *given, ana_covariance_info *infos,
                                 double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    covariance_plan plan;
    const ana_covariance_options options =
        given != NULL ? *given : ana_covariance_options_default();
    ANA_TRY(make_plan(trials, sources, &options, &workspace, &plan));
    ANA_TRY(estimate_all(&plan, trials, infos, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_covariance_of_trials(const ana_trial_signals *trials,
                                    const ana_covariance_options *options,
                                    ana_covariance_info *infos, double *out)
{
    const covariance_sources sources = covariance_sources_of(trials);
    return covariance_of_sources(trials, &sources, options, infos, out);
}

ana_status ana_covariance_compute(ana_covariance_estimator estimator, size_t n_channels,
                                  size_t n_times, const double *x, double *out)
{
    const ana_trial_signals trial = {
        .n_trials = 1, .n_channels = n_channels, .n_times = n_times, .values = x};
    ana_covariance_options options = ana_covariance_options_default();
    options.estimator = estimator;
    options.run.n_threads = 1;
    return ana_covariance_of_trials(&trial, &options, NULL, out);
}

ana_status ana_covariance_of_epochs(const ana_epochs *epochs, const ana_covariance_options *options,
                                    ana_matrix **out)
{
    static const char *const axes[] = {"trial", "channel", "channel"};
    ana_status status = ANA_OK;
    const size_t n = epochs->n_channels;
    const size_t lengths[] = {epochs->n_trials, n, n};
    const ana_trial_signals trials = {.n_trials = epochs->n_trials,
                                      .n_channels = n,
                                      .n_times = epochs->n_times,
                                      .values = epochs->values};
    const char *const *names = (const char *const *)epochs->channel_names;
    covariance_sources sources = covariance_sources_of(&trials);
    ana_matrix *matrix = NULL;
    sources.channel_names = names;
    ANA_TRY(ana_matrix_new(3, axes, lengths, &matrix));
    ANA_TRY(covariance_of_sources(&trials, &sources, options, NULL, matrix->values));
    ANA_TRY(ana_matrix_set_labels(matrix, 1, names));
    ANA_TRY(ana_matrix_set_labels(matrix, 2, names));
    *out = matrix;
    matrix = NULL;
done:
    ana_matrix_free(matrix);
    return status;
}
