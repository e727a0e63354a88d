#include "covariance_room.h"
#include "try.h"

#include <analysis/covariance.h>
#include <analysis/linalg.h>

#include <omp.h>

static const char *const estimator_words[] = {"empirical", "second-moment",     "ledoit-wolf",
                                              "oas",       "schaefer-strimmer", NULL};

const ana_option ana_covariance_option_table[] = {
    {"covariance", ANA_OPTION_CHOICE, offsetof(ana_covariance_options, estimator), 0, 0,
     estimator_words, "ESTIMATOR", "how each epoch's covariance is estimated", false},
    ANA_OPTION_END,
};

ana_covariance_options ana_covariance_options_default(void)
{
    ana_covariance_options options = {.run = ana_run_default(),
                                      .estimator = ANA_COVARIANCE_LEDOIT_WOLF};
    return options;
}

/* About zero, divisor n. */
static ana_status second_moment(size_t n_channels, size_t n_times, const double *x, double *out)
{
    ana_status status = ana_linalg_gram_rows(n_channels, n_times, x, out);
    for (size_t i = 0; i < n_channels * n_channels && status == ANA_OK; i++) {
        out[i] /= (double)n_times;
    }
    return status;
}

/* About the mean; the observations stand in the room. */
static ana_status about_mean(ana_covariance_estimator estimator, size_t n_channels, size_t n_times,
                             const ana_covariance_room *room, double *out)
{
    ana_shrinkage method = ANA_SHRINKAGE_LEDOIT_WOLF;
    switch (estimator) {
    case ANA_COVARIANCE_EMPIRICAL:
    case ANA_COVARIANCE_SECOND_MOMENT:
        return ana_covariance_in_room(n_times, n_channels, room->centred, 1, room, out);
    case ANA_COVARIANCE_LEDOIT_WOLF:
        break;
    case ANA_COVARIANCE_OAS:
        method = ANA_SHRINKAGE_OAS;
        break;
    case ANA_COVARIANCE_SCHAEFER_STRIMMER:
        method = ANA_SHRINKAGE_SCHAEFER_STRIMMER;
        break;
    }
    return ana_shrunk_covariance_in_room(n_times, n_channels, room->centred, method, room, out,
                                         NULL);
}

/* Covariance of one block, n_channels x n_times, without allocating. */
static ana_status estimate(ana_covariance_estimator estimator, size_t n_channels, size_t n_times,
                           const double *x, const ana_covariance_room *room, double *out)
{
    if (estimator == ANA_COVARIANCE_SECOND_MOMENT) {
        return second_moment(n_channels, n_times, x, out);
    }
    for (size_t c = 0; c < n_channels; c++) {
        for (size_t t = 0; t < n_times; t++) {
            room->centred[t * n_channels + c] = x[c * n_times + t];
        }
    }
    ana_status status = about_mean(estimator, n_channels, n_times, room, out);
    for (size_t i = 0; i < n_channels && status == ANA_OK; i++) {
        for (size_t j = 0; j < i; j++) {
            out[j * n_channels + i] = out[i * n_channels + j];
        }
    }
    return status;
}

static ana_status check_size(size_t n_channels, size_t n_times)
{
    return n_times >= 2 && n_channels > 0
               ? ANA_OK
               : ana_fail(ANA_ERR_VALUE,
                          "covariance: %zu samples of %zu channels; at least two of one", n_times,
                          n_channels);
}

ana_status ana_covariance_compute(ana_covariance_estimator estimator, size_t n_channels,
                                  size_t n_times, const double *x, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ANA_TRY(check_size(n_channels, n_times));
    const ana_covariance_room room = ana_covariance_room_take(&workspace, n_times, n_channels);
    ANA_TRY(ana_workspace_check(&workspace, "covariance"));
    ANA_TRY(estimate(estimator, n_channels, n_times, x, &room, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Trials being estimated, by some threads at a time. */
typedef struct trial_work {
    const ana_epochs *epochs;
    ana_covariance_estimator estimator;
    int n_threads;
    const ana_covariance_room *rooms; /* one a thread */
    ana_status *statuses;             /* one a trial */
    double *out;
} trial_work;

static ana_status estimate_trial(const trial_work *work, size_t trial,
                                 const ana_covariance_room *room)
{
    const size_t n = work->epochs->n_channels;
    const size_t n_times = work->epochs->n_times;
    return estimate(work->estimator, n, n_times, work->epochs->values + trial * n * n_times, room,
                    work->out + trial * n * n);
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
            return estimate_trial(work, trial, &work->rooms[0]);
        }
    }
    return ANA_OK;
}

static ana_status estimate_all(const ana_epochs *epochs, const ana_covariance_options *options,
                               double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_trials = epochs->n_trials;
    trial_work work = {.epochs = epochs, .estimator = options->estimator};
    work.out = out;
    work.n_threads = ana_run_threads(&options->run, n_trials);
    const size_t n_rooms = (size_t)work.n_threads;
    const size_t at_once = 64 * n_rooms; /* between two looks at whether to stop */
    ana_covariance_room *rooms = ana_workspace_bytes(&workspace, n_rooms, 1, sizeof *rooms);
    work.statuses = ana_workspace_bytes(&workspace, n_trials, 1, sizeof *work.statuses);
    ANA_TRY(ana_workspace_check(&workspace, "covariance"));
    for (size_t i = 0; i < n_rooms; i++) {
        rooms[i] = ana_covariance_room_take(&workspace, epochs->n_times, epochs->n_channels);
    }
    ANA_TRY(ana_workspace_check(&workspace, "covariance"));
    work.rooms = rooms;
    for (size_t first = 0; first < n_trials; first += at_once) {
        const size_t stop = n_trials - first < at_once ? n_trials : first + at_once;
        ANA_TRY(estimate_trials(&work, first, stop));
        ANA_TRY(ana_run_progress(&options->run, "covariance: trials", stop, n_trials));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_covariance_of_epochs(const ana_epochs *epochs, const ana_covariance_options *given,
                                    ana_matrix **out)
{
    static const char *const axes[] = {"trial", "channel", "channel"};
    ana_status status = ANA_OK;
    ana_covariance_options options = given != NULL ? *given : ana_covariance_options_default();
    const size_t n = epochs->n_channels;
    const size_t lengths[] = {epochs->n_trials, n, n};
    ana_matrix *matrix = NULL;
    ANA_TRY(ana_options_check(ana_covariance_option_table, &options, "covariance"));
    ANA_TRY(check_size(n, epochs->n_times));
    ANA_TRY(ana_matrix_new(3, axes, lengths, &matrix));
    ANA_TRY(estimate_all(epochs, &options, matrix->values));
    ANA_TRY(ana_matrix_set_labels(matrix, 1, (const char *const *)epochs->channel_names));
    ANA_TRY(ana_matrix_set_labels(matrix, 2, (const char *const *)epochs->channel_names));
    *out = matrix;
    matrix = NULL;
done:
    ana_matrix_free(matrix);
    return status;
}
