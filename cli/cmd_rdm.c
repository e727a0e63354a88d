#include "commands.h"
#include "job.h"
#include "rdm_large.h"
#include "rdm_noise.h"
#include "responses_input.h"
#include "rows.h"
#include "trials_input.h"
#include "try.h"
#include "windows_input.h"

#include <analysis/models/rdm.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct rdm_options {
    ana_rdm_options rdm;
    rdm_noise_options noise;
    windows_options windows;
    bool movie;
    size_t window;      /* bins of a matrix */
    bool joined;        /* bins side by side */
    ana_record *course; /* of the movie of one input */
    ana_matrix *noise_of_conditions;
} rdm_options;

static const ana_option trial_table[] = {
    {"conditions", ANA_OPTION_TEXT, offsetof(rdm_options, windows.conditions), 0, 0, NULL, "TABLE",
     "id of each row's condition: the first column of a text table (default: --labels, or every "
     "row its own condition)",
     false},
    ANA_OPTION_END,
};

static const ana_option movie_table[] = {
    {"movie", ANA_OPTION_BOOL, offsetof(rdm_options, movie), 0, 0, NULL, NULL,
     "a matrix for each bin of time: of windows about --events, or of an array trial x time x "
     "channel",
     false},
    {"window", ANA_OPTION_SIZE, offsetof(rdm_options, window), 1, 1e6, NULL, "BINS",
     "bins that each matrix of a movie takes together, by their mean", false},
    {"joined", ANA_OPTION_BOOL, offsetof(rdm_options, joined), 0, 0, NULL, NULL,
     "take the bins of a window side by side, not their mean: channels by bins", false},
    ANA_OPTION_END,
};

/* Whether trials are cut, dealt or kept apart in time; else rows are as the input has them. */
static bool takes_windows(const rdm_options *options)
{
    const windows_options *windows = &options->windows;
    return options->movie || windows->events != NULL || windows->fold_ids != NULL ||
           windows->folds != FOLDS_GIVEN;
}

/* The matrix of rows that are a condition's trials, and what else is asked of them. */
static ana_status compute_rows(rdm_options *options, const ana_observations *rows, const char *name,
                               ana_rdms **out)
{
    ana_status status = ANA_OK;
    ANA_TRY(rdm_of_rows(&options->noise, &options->rdm, rows, name, out));
    if (options->noise.of_conditions) {
        ana_matrix_free(options->noise_of_conditions);
        options->noise_of_conditions = NULL;
        ANA_TRY(rdm_noise_of_conditions(&options->noise, rows, &options->noise_of_conditions));
    }
done:
    return status;
}

static bool has_values(const ana_observations *rows)
{
    for (size_t i = 0; i < rows->n_times * rows->n_features; i++) {
        if (!isnan(rows->values[i])) {
            return true;
        }
    }
    return false;
}

/* All matrices of a movie in one; those of bins without data are missing. */
static ana_status put_matrix(const ana_rdms *one, size_t k, size_t n, ana_rdms **all)
{
    if (*all == NULL) {
        ana_status status = ana_rdms_new(n, one->n_conditions, all);
        if (status != ANA_OK) {
            return status;
        }
        for (size_t i = 0; i < n * ana_rdm_n_pairs(one->n_conditions); i++) {
            (*all)->values[i] = (double)NAN;
        }
        (*all)->method = one->method != NULL ? strdup(one->method) : NULL;
        for (size_t c = 0; c < one->n_conditions; c++) {
            free((*all)->conditions[c]);
            (*all)->conditions[c] = strdup(one->conditions[c]);
            if ((*all)->conditions[c] == NULL) {
                ana_fail(ANA_ERR_MEMORY, "no memory for the conditions of a movie");
                return ANA_ERR_MEMORY;
            }
        }
    }
    const size_t n_pairs = ana_rdm_n_pairs(one->n_conditions);
    memcpy((*all)->values + k * n_pairs, one->values, n_pairs * sizeof *one->values);
    return ANA_OK;
}

/* Matrices are called by the middle of their window. */
static ana_status name_matrices(const char *name, const double *times, ana_rdms *rdms)
{
    const size_t n_pairs = ana_rdm_n_pairs(rdms->n_conditions);
    for (size_t k = 0; k < rdms->n_rdms; k++) {
        char text[320];
        snprintf(text, sizeof text, times != NULL ? "%s %.4g s" : "%s %.0f", name,
                 times != NULL ? times[k] : (double)k);
        free(rdms->names[k]);
        rdms->names[k] = strdup(text);
        if (rdms->names[k] == NULL) {
            ana_fail(ANA_ERR_MEMORY, "no memory for the names of a movie");
            return ANA_ERR_MEMORY;
        }
    }
    rdms->n_missing = 0;
    for (size_t i = 0; i < rdms->n_rdms * n_pairs; i++) {
        rdms->n_missing += isnan(rdms->values[i]) ? 1 : 0;
    }
    return ANA_OK;
}

/* A matrix for each window of bins; *times: their middles. */
static ana_status compute_movie(command_job *job, const rdm_options *options,
                                const trial_windows *windows, double *times, ana_rdms **out)
{
    ana_status status = ANA_OK;
    ana_rdms *all = NULL;
    ana_observations *rows = NULL;
    ana_rdms *one = NULL;
    rdm_options quiet = *options;
    const size_t n = windows->n_times - options->window + 1;
    quiet.rdm.run.warn = NULL; /* what is missing is said once */
    for (size_t k = 0; k < n; k++) {
        ANA_TRY(ana_run_progress(&job->run, "bins of time", k, n));
        ANA_TRY(windows_take(windows, k, options->window, options->joined, &rows));
        if (has_values(rows)) {
            ANA_TRY(rdm_of_rows(&quiet.noise, &quiet.rdm, rows, "bin", &one));
            ANA_TRY(put_matrix(one, k, n, &all));
        }
        if (windows->times != NULL) {
            times[k] = 0.5 * (windows->times[k] + windows->times[k + options->window - 1]);
        }
        ana_rdms_free(one);
        ana_observations_free(rows);
        one = NULL;
        rows = NULL;
    }
    if (all == NULL) {
        ana_fail(ANA_ERR_VALUE, "no bin of time has a value");
        status = ANA_ERR_VALUE;
        goto done;
    }
    *out = all;
    all = NULL;
done:
    ana_rdms_free(all);
    ana_rdms_free(one);
    ana_observations_free(rows);
    return status;
}

/* The mean dissimilarity of every window, drawn. */
static ana_status add_course(const ana_rdms *rdms, const double *times, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *course = NULL;
    ana_record *figure = NULL;
    const size_t n = rdms->n_rdms;
    const size_t n_pairs = ana_rdm_n_pairs(rdms->n_conditions);
    const ana_shape shape = ana_shape_1(n, "window");
    double *means = calloc(n + 1, sizeof *means);
    if (means == NULL) {
        ana_fail(ANA_ERR_MEMORY, "no memory for the course of a movie");
        return ANA_ERR_MEMORY;
    }
    for (size_t i = 0; i < n * n_pairs; i++) {
        means[i / n_pairs] += rdms->values[i] / (double)n_pairs;
    }
    ANA_TRY(ana_record_new(&course));
    ANA_TRY(ana_record_add_group(course, "mean", ANA_HINT_LINE, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", "Dissimilarity over time"));
    ANA_TRY(ana_record_add_text(figure, "caption",
                                "Mean over the pairs of conditions, none of them missing."));
    ANA_TRY(ana_record_add_text(figure, "x_title", "time"));
    ANA_TRY(ana_record_add_text(figure, "y_title", "dissimilarity"));
    ANA_TRY(ana_record_add_doubles(figure, "y", shape, means, NULL));
    if (times != NULL) {
        ANA_TRY(ana_record_add_doubles(figure, "x", shape, times, "s"));
    }
    ana_record_free(*out);
    *out = course;
    course = NULL;
done:
    free(means);
    ana_record_free(course);
    return status;
}

static ana_status compute_windows(command_job *job, rdm_options *options, const char *input,
                                  const char *name, ana_rdms **out)
{
    ana_status status = ANA_OK;
    trial_windows windows = {.rows = NULL};
    ana_observations *rows = NULL;
    double *times = NULL;
    ana_rdms *made = NULL;
    ANA_TRY(windows_load(job, input, &options->windows, &windows));
    if (!options->movie) {
        ANA_TRY(windows_take(&windows, 0, windows.n_times, options->joined, &rows));
        ANA_TRY(compute_rows(options, rows, name, out));
        goto done;
    }
    if (options->window > windows.n_times) {
        ana_fail(ANA_ERR_VALUE, "%s: windows of %zu bins, but there are %zu", input,
                 options->window, windows.n_times);
        status = ANA_ERR_VALUE;
        goto done;
    }
    times = calloc(windows.n_times, sizeof *times);
    if (times == NULL) {
        ana_fail(ANA_ERR_MEMORY, "%s: no memory for its times", input);
        status = ANA_ERR_MEMORY;
        goto done;
    }
    ANA_TRY(compute_movie(job, options, &windows, times, &made));
    ANA_TRY(name_matrices(name, windows.times != NULL ? times : NULL, made));
    if (made->n_rdms > 1 && job->arguments.n_inputs == 1) {
        ANA_TRY(add_course(made, windows.times != NULL ? times : NULL, &options->course));
    }
    if (made->n_missing > 0) {
        console_warn("%s: %zu dissimilarities of the movie are missing", input, made->n_missing);
    }
    *out = made;
    made = NULL;
done:
    ana_rdms_free(made);
    free(times);
    ana_observations_free(rows);
    windows_release(&windows);
    return status;
}

/* The matrices of all inputs, before their number is known. */
typedef struct growing {
    rdm_options *options;
    size_t n;
    size_t capacity;
    ana_rdms **parts;
    char **locations;
    size_t numbered; /* conditions of the first part without ids; 0: none */
} growing;

static ana_status reserve(growing *all)
{
    const size_t wanted = all->capacity == 0 ? 8 : 2 * all->capacity;
    if (all->n < all->capacity) {
        return ANA_OK;
    }
    ana_rdms **parts = realloc(all->parts, wanted * sizeof(ana_rdms *));
    if (parts == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu matrices", wanted);
    }
    all->parts = parts;
    char **locations = realloc(all->locations, wanted * sizeof *locations);
    if (locations == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu matrices", wanted);
    }
    all->locations = locations;
    all->capacity = wanted;
    return ANA_OK;
}

static ana_status check_numbered(const char *location, const ana_rdms *rdms, growing *all)
{
    if (all->numbered > 0 && rdms->n_conditions != all->numbered) {
        ana_fail(ANA_ERR_SHAPE,
                 "%s: has %zu rows, others %zu, and neither has ids of them: ids are wanted, or as "
                 "many rows of each in the same order",
                 location, rdms->n_conditions, all->numbered);
        return ANA_ERR_SHAPE;
    }
    all->numbered = rdms->n_conditions;
    return ANA_OK;
}

/* A layer, or an input that is one. */
static ana_status compute_one(command_job *job, const char *location, const char *name, void *user)
{
    growing *all = user;
    ana_status status = ANA_OK;
    ana_observations *rows = NULL;
    bool is_numbered = false;
    const char *conditions = all->options->windows.conditions;
    ANA_TRY(reserve(all));
    all->parts[all->n] = NULL;
    all->locations[all->n] = strdup(location);
    if (all->locations[all->n++] == NULL) {
        ana_fail(ANA_ERR_MEMORY, "no memory for the name of %s", location);
        status = ANA_ERR_MEMORY;
        goto done;
    }
    ana_rdms **part = &all->parts[all->n - 1];
    if (all->options->noise.of_conditions && (all->n > 1 || all->options->movie)) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "--noise-of-conditions is of a single matrix: one input of "
                                        "one layer, without --movie"));
    }
    if (takes_windows(all->options)) {
        ANA_TRY(compute_windows(job, all->options, location, name, part));
        goto done;
    }
    if (!rdm_takes_noise(&all->options->noise) && rdm_is_large(job, location, &all->options->rdm)) {
        ANA_TRY(
            rdm_of_large(job, location, conditions, &all->options->rdm, name, &is_numbered, part));
    } else {
        ANA_TRY(is_array_input(location)
                    ? trials_of_rows(job, location, conditions, &is_numbered, &rows)
                    : trials_input(job, location, conditions, &rows));
        ANA_TRY(compute_rows(all->options, rows, name, part));
    }
    if (is_numbered) {
        ANA_TRY(check_numbered(location, *part, all));
    }
done:
    ana_observations_free(rows);
    return status;
}

/* Matrices of one name, each of one input, are called by their locations. */
static ana_status name_apart(const growing *all)
{
    char ***names = calloc(all->n + 1, sizeof *names);
    if (names == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu names", all->n);
    }
    for (size_t k = 0; k < all->n && all->parts != NULL; k++) {
        names[k] = &all->parts[k]->names[0];
    }
    const ana_status status = responses_tell_apart(all->n, names, all->locations);
    free(names);
    return status;
}

static void release(growing *all)
{
    for (size_t k = 0; k < all->n; k++) {
        ana_rdms_free(all->parts[k]);
        free(all->locations[k]);
    }
    free(all->parts);
    free(all->locations);
}

static ana_status compute(command_job *job, void *user)
{
    rdm_options *options = user;
    ana_status status = ANA_OK;
    ana_rdms *joined = NULL;
    growing all = {.options = options};
    for (size_t i = 0; i < job->arguments.n_inputs; i++) {
        ANA_TRY(responses_each(job, job->arguments.inputs[i], compute_one, &all));
    }
    if (all.n > 1 && !takes_windows(options)) {
        ANA_TRY(name_apart(&all));
    }
    if (all.n > 1) {
        ANA_TRY(ana_rdms_join(all.n, all.parts, &joined));
    } else if (all.parts != NULL) {
        joined = all.parts[0];
        all.parts[0] = NULL;
    }
    ANA_TRY(ana_rdms_to_record(joined, &job->record));
    if (options->noise_of_conditions != NULL) {
        const size_t n = options->noise_of_conditions->axes[0].n;
        ANA_TRY(ana_record_add_doubles(job->record, "noise_of_conditions",
                                       ana_shape_2(n, "condition", n, "condition"),
                                       options->noise_of_conditions->values, NULL));
    }
    if (options->course != NULL && all.n == 1) {
        ana_record *course = options->course;
        options->course = NULL;
        ANA_TRY(ana_record_adopt(job->record, "course", course));
    }
done:
    ana_record_free(options->course);
    ana_matrix_free(options->noise_of_conditions);
    options->course = NULL;
    options->noise_of_conditions = NULL;
    release(&all);
    ana_rdms_free(joined);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    rdm_options options = {.rdm = ana_rdm_options_default(),
                           .noise = {.estimator = ana_noise_options_default()},
                           .windows = windows_options_default(),
                           .window = 1};
    const option_target own[] = {{"Dissimilarity", ana_rdm_option_table, &options.rdm},
                                 {"Trials", trial_table, &options},
                                 {"Windows and folds", windows_option_table, &options.windows},
                                 {"Time", movie_table, &options},
                                 {"Noise", rdm_noise_table, &options.noise},
                                 {"Covariance", ana_noise_option_table, &options.noise.estimator},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_SAVING,
                           .runs = {&options.rdm.run, &options.noise.estimator.run},
                           .labels = "condition of each row of a single input, a whole number "
                                     "(negative or nan: none)",
                           .work = compute,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_rdm = {
    .name = "rdm",
    .summary = "Find how different the responses to each pair of conditions are",
    .inputs = "INPUT...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "A representational dissimilarity matrix of each input: responses (trial x channel) of "
        "neurons, voxels, sensors, or the units of a model's layer. Rows are trials of the "
        "conditions that --conditions or --labels name; without either, every row is a condition. "
        "An array may be condition x trial x channel, too. Every layer of a file or folder of "
        "several (.npz, .safetensors, file.h5:/group, a .npz for each image) has a matrix of its "
        "own. Several matrices are of the conditions that they share, by id: the files' names in a "
        "folder of a file for each image.\n\n"
        "crossnobis and poisson-cv compare folds of trials, which --sessions tells apart: their "
        "expected value is 0 where conditions do not differ, and they may be negative. Folds may "
        "also be dealt (--folds), or come from a table (--fold-ids).\n\n"
        "A recording with --events gives trials itself: a window about each event, whose label (or "
        "--condition-column) is the condition. With --movie each bin of time has its own matrix; "
        "what has no data in a bin is missing there (ana searchlight holds each window against "
        "models).\n\n"
        "Arrays (.npy, .h5, .safetensors) larger than a quarter of --max-memory are read by blocks "
        "of channels and never held: for euclidean, correlation, cosine, mahalanobis and "
        "crossnobis "
        "without noise, of rows without missing values.\n\n"
        "The result holds the matrices (packed above the diagonal, row by row) and pictures of "
        "them.",
    .examples = "ana rdm layer4.npy --conditions images.csv -o layer4.html\n"
                "ana rdm resnet.safetensors --conditions images.csv -o layers.h5\n"
                "ana rdm trials.npy --labels condition.npy --sessions run.npy --method crossnobis "
                "--noise trials -o rdm.h5\n"
                "ana rdm session.nwb --events 'image*' --window-to 0.3 --bin 0.05 --movie "
                "--folds odd-even --method crossnobis -o movie.html",
    .run = run_command,
};
