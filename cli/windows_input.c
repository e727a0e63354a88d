#include "rows.h"
#include "trials_input.h"
#include "try.h"
#include "windows_parts.h"

#include <analysis/formats/array_io.h>
#include <analysis/formats/texts_io.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const fold_names[] = {"given", "odd-even", "random", NULL};

windows_options windows_options_default(void)
{
    return (windows_options){.to_s = (double)NAN, .n_folds = 2};
}

const ana_option windows_option_table[] = {
    {"events", ANA_OPTION_TEXT, offsetof(windows_options, events), 0, 0, NULL, "LABELS",
     "recordings: trials are windows about the intervals of these labels, commas between; * at an "
     "end stands for any rest",
     false},
    {"window-from", ANA_OPTION_DOUBLE, offsetof(windows_options, from_s), -1e6, 1e6, NULL,
     "SECONDS", "beginning of a window, after its event", false},
    {"window-to", ANA_OPTION_DOUBLE, offsetof(windows_options, to_s), 0, 0, NULL, "SECONDS",
     "end of a window, after its event (nan: as long as the shortest interval)", false},
    {"condition-column", ANA_OPTION_TEXT, offsetof(windows_options, condition_column), 0, 0, NULL,
     "NAME", "of the intervals: what was shown (default: label)", false},
    {"fold-column", ANA_OPTION_TEXT, offsetof(windows_options, fold_column), 0, 0, NULL, "NAME",
     "of the intervals: run, session or subject of each trial, a fold each", false},
    {"fold-ids", ANA_OPTION_TEXT, offsetof(windows_options, fold_ids), 0, 0, NULL, "TABLE",
     "run, session or subject of each trial, in the first column of a text table: a fold each",
     false},
    {"folds", ANA_OPTION_CHOICE, offsetof(windows_options, folds), 0, 0, fold_names, "RULE",
     "trials of a condition go to the folds the input has, by turns to two, or at random to "
     "--n-folds",
     false},
    {"n-folds", ANA_OPTION_SIZE, offsetof(windows_options, n_folds), 2, 1e6, NULL, "N",
     "folds that trials are dealt to at random", false},
    ANA_OPTION_END,
};

static ana_status no_memory(const char *what)
{
    ana_fail(ANA_ERR_MEMORY, "no memory for %s", what);
    return ANA_ERR_MEMORY;
}

/* An array's first axis are trials. */
static ana_status flatten(const ana_matrix *matrix, trial_windows *out)
{
    const size_t n = matrix->axes[0].n;
    const size_t n_values = ana_matrix_size(matrix);
    if (n_values == 0) {
        ana_fail(ANA_ERR_VALUE, "an array without values");
        return ANA_ERR_VALUE;
    }
    ana_status status = ana_observations_new(n, n_values / n, &out->rows);
    if (status != ANA_OK) {
        return status;
    }
    memcpy(out->rows->values, matrix->values, n_values * sizeof(double));
    const bool is_volume = matrix->n_axes == 4;
    out->n_times = is_volume ? 1 : matrix->axes[1].n;
    out->n_channels = n_values / n / out->n_times;
    for (size_t k = 0; k < 3 && is_volume; k++) {
        out->shape[k] = matrix->axes[k + 1].n;
    }
    return ANA_OK;
}

static ana_status load_array(command_job *job, const char *input, const windows_options *options,
                             trial_windows *out)
{
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    ANA_TRY(ana_matrix_read(input, &job->run, &matrix));
    if (matrix->n_axes < 3) {
        ANA_TRY(trials_input(job, input, options->conditions, &out->rows));
        out->n_times = 1;
        out->n_channels = out->rows->n_features;
        goto done;
    }
    status = flatten(matrix, out);
    if (status == ANA_ERR_VALUE) {
        status = ana_fail_in(status, "%s: ", input);
    }
    ANA_TRY(status);
    ANA_TRY(rows_refine(&job->input.rows, &job->run, out->rows));
    ANA_TRY(trials_label(job, options->conditions, out->rows));
    const double bin = job->input.rows.bin_s;
    if (bin > 0.0 && out->n_times > 1) {
        out->times = calloc(out->n_times, sizeof *out->times);
        if (out->times == NULL) {
            status = no_memory(input);
            goto done;
        }
        for (size_t t = 0; t < out->n_times; t++) {
            out->times[t] = options->from_s + ((double)t + 0.5) * bin;
        }
    }
done:
    ana_matrix_free(matrix);
    return status;
}

/* A trial with its fold, to be sorted. */
typedef struct placed_trial {
    size_t fold;
    size_t trial;
} placed_trial;

static int compare_trials(const void *a, const void *b)
{
    const placed_trial *x = a;
    const placed_trial *y = b;
    return x->fold != y->fold ? (x->fold > y->fold) - (x->fold < y->fold)
                              : (x->trial > y->trial) - (x->trial < y->trial);
}

/* Trials in the order of their folds, each fold a sequence of that name. */
static ana_status cut_folds(const size_t *fold, char *const *names, ana_observations *rows)
{
    ana_status status = ANA_OK;
    const size_t n = rows->n_times;
    const size_t p = rows->n_features;
    placed_trial *order = calloc(n + 1, sizeof *order);
    size_t *lengths = calloc(n + 1, sizeof *lengths);
    const char **called = calloc(n + 1, sizeof *called);
    double *values = malloc(n * p * sizeof *values + 1);
    int64_t *labels = calloc(n + 1, sizeof *labels);
    size_t n_folds = 0;
    if (order == NULL || lengths == NULL || called == NULL || values == NULL || labels == NULL) {
        status = no_memory("the folds of trials");
        goto done;
    }
    for (size_t t = 0; t < n; t++) {
        order[t] = (placed_trial){fold[t], t};
    }
    qsort(order, n, sizeof *order, compare_trials);
    for (size_t t = 0; t < n; t++) {
        n_folds += t == 0 || order[t].fold != order[t - 1].fold ? 1 : 0;
        lengths[n_folds - 1]++;
        called[n_folds - 1] = names[order[t].fold];
        labels[t] = rows->labels[order[t].trial];
        memcpy(values + t * p, rows->values + order[t].trial * p, p * sizeof *values);
    }
    ANA_TRY(ana_observations_set_sequences(rows, n_folds, lengths, called));
    free(rows->values);
    free(rows->labels);
    rows->values = values;
    rows->labels = labels;
    values = NULL;
    labels = NULL;
done:
    free(order);
    free(lengths);
    free(called);
    free(values);
    free(labels);
    return status;
}

/* The number of each trial's id among those before it; trials without one keep to themselves. */
static ana_status folds_of_ids(char *const *ids, ana_observations *rows)
{
    ana_status status = ANA_OK;
    char nameless[] = "";
    const size_t n = rows->n_times;
    size_t *fold = calloc(n + 1, sizeof *fold);
    char **names = calloc(n + 1, sizeof *names);
    size_t n_folds = 0;
    if (fold == NULL || names == NULL) {
        status = no_memory("the folds of trials");
        goto done;
    }
    for (size_t t = 0; t < n; t++) {
        char *id = ids[t] != NULL ? ids[t] : nameless;
        while (fold[t] < n_folds && strcmp(names[fold[t]], id) != 0) {
            fold[t]++;
        }
        if (fold[t] == n_folds) {
            names[n_folds++] = id;
        }
    }
    ANA_TRY(cut_folds(fold, names, rows));
done:
    free(fold);
    free(names);
    return status;
}

/* The trials of each condition by turns, in their order or in a random one. */
static ana_status deal_folds(const windows_options *options, uint64_t seed, ana_observations *rows)
{
    ana_status status = ANA_OK;
    const size_t n = rows->n_times;
    const size_t n_folds = options->folds == FOLDS_ODD_EVEN ? 2 : options->n_folds;
    size_t *fold = calloc(n + 1, sizeof *fold);
    size_t *order = calloc(n + 1, sizeof *order);
    size_t *n_seen = calloc(rows->n_labels + 1, sizeof *n_seen);
    char(*texts)[24] = calloc(n_folds, sizeof *texts);
    char **names = calloc(n_folds, sizeof *names);
    ana_random random = ana_random_stream(seed, "rdm.folds", 0);
    if (fold == NULL || order == NULL || n_seen == NULL || texts == NULL || names == NULL) {
        status = no_memory("the folds of trials");
        goto done;
    }
    for (size_t t = 0; t < n; t++) {
        order[t] = t;
    }
    if (options->folds == FOLDS_RANDOM) {
        ana_random_permutation(&random, n, order);
    }
    for (size_t k = 0; k < n_folds; k++) {
        snprintf(texts[k], sizeof texts[k], "%zu", k);
        names[k] = texts[k];
    }
    for (size_t k = 0; k < n; k++) {
        const int64_t label = rows->labels[order[k]];
        fold[order[k]] = label < 0 ? 0 : n_seen[label]++ % n_folds;
    }
    ANA_TRY(cut_folds(fold, names, rows));
done:
    free(fold);
    free(order);
    free(n_seen);
    free(texts);
    free(names);
    return status;
}

static ana_status find_folds(command_job *job, const windows_options *options, char *const *ids,
                             ana_observations *rows)
{
    ana_status status = ANA_OK;
    char **read = NULL;
    const size_t n = rows->n_times;
    if (options->folds != FOLDS_GIVEN) {
        return deal_folds(options, job->run.seed, rows);
    }
    if (options->fold_ids != NULL) {
        ANA_TRY(trials_read_ids(options->fold_ids, &job->run, n, "trials", &read));
        ids = read;
    }
    if (ids != NULL) {
        ANA_TRY(folds_of_ids(ids, rows));
    }
done:
    ana_texts_free(n, read);
    return status;
}

ana_status windows_load(command_job *job, const char *input, const windows_options *options,
                        trial_windows *out)
{
    ana_status status = ANA_OK;
    char **ids = NULL;
    *out = (trial_windows){.rows = NULL};
    if (is_array_input(input)) {
        ANA_TRY(load_array(job, input, options, out));
    } else if (options->events != NULL) {
        ANA_TRY(windows_of_recording(job, input, options, out, &ids));
    } else {
        ANA_TRY(trials_input(job, input, options->conditions, &out->rows));
        out->n_times = 1;
        out->n_channels = out->rows->n_features;
    }
    ANA_TRY(find_folds(job, options, ids, out->rows));
done:
    ana_texts_free(out->rows != NULL ? out->rows->n_times : 0, ids);
    if (status != ANA_OK) {
        windows_release(out);
    }
    return status;
}

/* The same trials, folds and conditions with n features of their own. */
static ana_status copy_trials(const ana_observations *from, size_t n_features,
                              ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_observations *made = NULL;
    size_t *lengths = calloc(from->n_sequences + 1, sizeof *lengths);
    ANA_TRY(ana_observations_new(from->n_times, n_features, &made));
    made->labels = calloc(from->n_times + 1, sizeof *made->labels);
    made->label_names = calloc(from->n_labels + 1, sizeof *made->label_names);
    if (lengths == NULL || made->labels == NULL || made->label_names == NULL) {
        status = no_memory("the trials of a window");
        goto done;
    }
    memcpy(made->labels, from->labels, from->n_times * sizeof *made->labels);
    for (size_t c = 0; c < from->n_labels; c++) {
        made->label_names[made->n_labels++] = strdup(from->label_names[c]);
        if (made->label_names[c] == NULL) {
            status = no_memory("the trials of a window");
            goto done;
        }
    }
    for (size_t s = 0; s < from->n_sequences; s++) {
        lengths[s] = from->sequence_start[s + 1] - from->sequence_start[s];
    }
    ANA_TRY(ana_observations_set_sequences(made, from->n_sequences, lengths,
                                           (const char *const *)from->sequence_name));
    *out = made;
    made = NULL;
done:
    free(lengths);
    ana_observations_free(made);
    return status;
}

ana_status windows_take(const trial_windows *windows, size_t first, size_t n, bool joined,
                        ana_observations **out)
{
    const ana_observations *rows = windows->rows;
    const size_t p = windows->n_channels;
    const size_t n_features = joined ? n * p : p;
    ana_status status = copy_trials(rows, n_features, out);
    for (size_t t = 0; t < rows->n_times && status == ANA_OK; t++) {
        const double *from = rows->values + t * rows->n_features + first * p;
        double *to = (*out)->values + t * n_features;
        for (size_t k = 0; k < n * p; k++) {
            if (joined) {
                to[k] = from[k];
            } else {
                to[k % p] += from[k] / (double)n;
            }
        }
    }
    return status;
}

void windows_release(trial_windows *windows)
{
    ana_observations_free(windows->rows);
    free(windows->times);
    free(windows->positions);
    ana_texts_free(windows->names != NULL ? windows->n_channels : 0, windows->names);
    *windows = (trial_windows){.rows = NULL};
}
