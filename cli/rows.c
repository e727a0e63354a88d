/* Inputs to rows for a model: the second half of load.h. */
#include "rows.h"

#include "load.h"
#include "try.h"

#include <analysis/formats/array_io.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const ana_option rows_option_table[] = {
    {"bin", ANA_OPTION_DOUBLE, offsetof(rows_options, bin_s), 0, 1e6, NULL, "SECONDS",
     "width of a time bin for counting spikes; for an array, the time between its rows; 0: 10 ms "
     "(that of the saved model where there is one), an array's rows are no times",
     false},
    {"rebin", ANA_OPTION_SIZE, offsetof(rows_options, rebin), 1, 1e9, NULL, "N",
     "sum each N rows into one", false},
    {"sessions", ANA_OPTION_TEXT, offsetof(rows_options, sessions), 0, 0, NULL, "ARRAY",
     "cut a single input: an id for each row, the lengths of the sessions, or the rows where they "
     "begin",
     false},
    {"labels", ANA_OPTION_TEXT, offsetof(rows_options, labels), 0, 0, NULL, "ARRAY",
     "true label of each row of a single input, to compare with (negative or nan: none)", false},
    {"mask", ANA_OPTION_TEXT, offsetof(rows_options, mask), 0, 0, NULL, "ARRAY",
     "0 where a row, or an entry, of a single input is missing", false},
    {"union-of-units", ANA_OPTION_BOOL, offsetof(rows_options, union_of_units), 0, 0, NULL, NULL,
     "keep units that some inputs lack, as missing there; else only the units all share", false},
    ANA_OPTION_END,
};

rows_options rows_options_default(void)
{
    rows_options options = {.rebin = 1};
    return options;
}

/* What an input is called: the part of the location behind ':', without slashes, or the file's name
 * without its folder and ending. */
void name_of_input(const char *input, char *name, size_t size)
{
    const char *colon = strrchr(input, ':');
    const char *start = colon != NULL ? colon + 1 : input;
    const char *slash = strrchr(start, '/');
    start = slash != NULL ? slash + 1 : start;
    snprintf(name, size, "%s", start);
    char *dot = colon == NULL ? strrchr(name, '.') : NULL;
    if (dot != NULL && dot != name) {
        *dot = '\0';
    }
}

/* Lengths of runs of equal ids; returns how many. */
static size_t lengths_of_ids(size_t n, const double *ids, size_t *lengths)
{
    size_t n_runs = 0;
    for (size_t t = 0; t < n; t++) {
        n_runs += t == 0 || ids[t] != ids[t - 1] ? 1 : 0;
        lengths[n_runs - 1]++;
    }
    return n_runs;
}

/* Whole numbers that sum to `total`. */
static bool are_lengths(size_t n, const double *values, size_t total, size_t *lengths)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (!(values[i] >= 0.0 && values[i] < 1e15) || values[i] != floor(values[i])) {
            return false;
        }
        lengths[i] = (size_t)values[i];
        sum += values[i];
    }
    return sum == (double)total;
}

/* Rows where sessions begin: ascending from 0, perhaps with the end; *n_lengths of them. */
static bool are_starts(size_t n, const double *values, size_t total, size_t *lengths,
                       size_t *n_lengths)
{
    const bool has_end = n > 1 && values[n - 1] == (double)total;
    const size_t n_starts = has_end ? n - 1 : n;
    if (n_starts == 0 || values[0] != 0.0) {
        return false;
    }
    for (size_t i = 0; i < n_starts; i++) {
        const double next = i + 1 < n_starts ? values[i + 1] : (double)total;
        if (!(next > values[i]) || next != floor(next) || next > (double)total) {
            return false;
        }
        lengths[i] = (size_t)(next - values[i]);
    }
    *n_lengths = n_starts;
    return true;
}

/* Sessions of a single input: an id for each row, lengths that sum to the rows, or where they
 * begin. */
static ana_status cut_sessions(const char *location, const ana_run *run,
                               ana_observations *observations)
{
    ana_status status = ANA_OK;
    ana_matrix *keys = NULL;
    size_t *lengths = NULL;
    ANA_TRY(ana_matrix_read(location, run, &keys));
    size_t n = ana_matrix_size(keys);
    lengths = calloc(n + 1, sizeof *lengths);
    if (lengths == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "no memory for %zu sessions", n);
        goto done;
    }
    if (n == observations->n_times) {
        n = lengths_of_ids(n, keys->values, lengths);
    } else if (!are_lengths(n, keys->values, observations->n_times, lengths) &&
               !are_starts(n, keys->values, observations->n_times, lengths, &n)) {
        status = ana_fail(ANA_ERR_SHAPE,
                          "%s: holds %zu numbers: neither an id for each of the %zu rows, nor "
                          "lengths that sum to them, nor the rows where sessions begin, from 0 on",
                          location, n, observations->n_times);
        goto done;
    }
    ANA_TRY(ana_observations_set_sequences(observations, n, lengths, NULL));
done:
    free(lengths);
    ana_matrix_free(keys);
    return status;
}

static ana_status apply_mask(const char *location, const ana_run *run,
                             ana_observations *observations)
{
    ana_matrix *mask = NULL;
    ana_status status = ana_matrix_read(location, run, &mask);
    if (status != ANA_OK) {
        return status;
    }
    size_t n = ana_matrix_size(mask);
    size_t n_values = observations->n_times * observations->n_features;
    if (n != observations->n_times && n != n_values) {
        status = ana_fail(ANA_ERR_SHAPE, "%s: holds %zu numbers; %zu rows or %zu entries wanted",
                          location, n, observations->n_times, n_values);
    }
    for (size_t i = 0; i < n_values && status == ANA_OK; i++) {
        if (mask->values[n == n_values ? i : i / observations->n_features] == 0.0) {
            observations->values[i] = NAN;
        }
    }
    ana_matrix_free(mask);
    return status;
}

/* Names "0", "1", ... of n labels. */
static ana_status name_labels(size_t n, ana_observations *observations)
{
    observations->label_names = calloc(n + 1, sizeof *observations->label_names);
    for (size_t i = 0; i < n && observations->label_names != NULL; i++) {
        char name[32];
        snprintf(name, sizeof name, "%zu", i);
        observations->label_names[i] = strdup(name);
        if (observations->label_names[i] == NULL) {
            return ana_fail(ANA_ERR_MEMORY, "no memory for %zu labels", n);
        }
    }
    observations->n_labels = n;
    return observations->label_names != NULL
               ? ANA_OK
               : ana_fail(ANA_ERR_MEMORY, "no memory for %zu labels", n);
}

static ana_status add_labels(const char *location, const ana_run *run,
                             ana_observations *observations)
{
    ana_status status = ANA_OK;
    ana_matrix *labels = NULL;
    int64_t largest = -1;
    ANA_TRY(ana_matrix_read(location, run, &labels));
    if (ana_matrix_size(labels) != observations->n_times) {
        status = ana_fail(ANA_ERR_SHAPE, "%s: holds %zu labels for %zu rows", location,
                          ana_matrix_size(labels), observations->n_times);
        goto done;
    }
    free(observations->labels);
    observations->labels = calloc(observations->n_times + 1, sizeof *observations->labels);
    if (observations->labels == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "no memory for the labels");
        goto done;
    }
    for (size_t t = 0; t < observations->n_times; t++) {
        double value = labels->values[t];
        bool none = isnan(value) || value < 0.0;
        if (!none && (value != floor(value) || value > 1e6)) {
            status = ana_fail(ANA_ERR_VALUE, "%s: label %zu is no whole number below 1000000",
                              location, t);
            goto done;
        }
        observations->labels[t] = none ? -1 : (int64_t)value;
        largest = observations->labels[t] > largest ? observations->labels[t] : largest;
    }
    ANA_TRY(name_labels((size_t)(largest + 1), observations));
done:
    ana_matrix_free(labels);
    return status;
}

/* A sequence that has nothing but its number for a name. */
static bool is_nameless(const char *name)
{
    return name[strspn(name, "0123456789")] == '\0';
}

/* Each part's rows get the part's name as their label, and its sequences that name unless they
 * are several with names of their own. */
static ana_status label_by_input(const char *name, size_t part, size_t n_parts, char **inputs,
                                 ana_observations *observations)
{
    for (size_t s = 0; s < observations->n_sequences; s++) {
        if (observations->n_sequences > 1 && !is_nameless(observations->sequence_name[s])) {
            continue;
        }
        char *copy = strdup(name);
        if (copy == NULL) {
            return ana_fail(ANA_ERR_MEMORY, "no memory for the name of a session");
        }
        free(observations->sequence_name[s]);
        observations->sequence_name[s] = copy;
    }
    if (n_parts < 2 || observations->labels != NULL) {
        return ANA_OK;
    }
    observations->labels = calloc(observations->n_times + 1, sizeof *observations->labels);
    if (observations->labels == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for the labels");
    }
    for (size_t t = 0; t < observations->n_times; t++) {
        observations->labels[t] = (int64_t)part;
    }
    ana_status status = name_labels(n_parts, observations);
    for (size_t i = 0; i < n_parts && status == ANA_OK; i++) {
        char label[256];
        name_of_input(inputs[i], label, sizeof label);
        free(observations->label_names[i]);
        observations->label_names[i] = strdup(label);
        if (observations->label_names[i] == NULL) {
            status = ana_fail(ANA_ERR_MEMORY, "no memory for the labels");
        }
    }
    return status;
}

/* Sessions without a clock of their own stand one after the other. */
static void lay_out_origins(ana_observations *observations)
{
    for (size_t s = 1; s < observations->n_sequences; s++) {
        size_t n = observations->sequence_start[s] - observations->sequence_start[s - 1];
        double end = observations->sequence_origin[s - 1] + (double)n * observations->bin_s;
        if (!(observations->sequence_origin[s] >= end)) {
            observations->sequence_origin[s] = end;
        }
    }
}

ana_status rows_refine(const rows_options *rows, const ana_run *run, ana_observations *observations)
{
    ana_status status = ANA_OK;
    if (rows->sessions != NULL) {
        ANA_TRY(cut_sessions(rows->sessions, run, observations));
    }
    if (rows->mask != NULL) {
        ANA_TRY(apply_mask(rows->mask, run, observations));
    }
    if (rows->labels != NULL) {
        ANA_TRY(add_labels(rows->labels, run, observations));
    }
done:
    return status;
}

ana_status load_observations(size_t n, char **inputs, const input_options *options,
                             const console_options *console, ana_observations **out)
{
    const rows_options *rows = &options->rows;
    ana_status status = ANA_OK;
    ana_observations *joined = NULL;
    ana_observations **parts = calloc(n + 1, sizeof(ana_observations *));
    input_options each = *options;
    each.takes_labels = options->takes_labels && n == 1 && rows->labels == NULL;
    if (parts == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu inputs", n);
    }
    for (size_t i = 0; i < n; i++) {
        char name[256];
        name_of_input(inputs[i], name, sizeof name);
        ANA_TRY(rows_of_input(inputs[i], &each, console, &parts[i]));
        if (parts[i] == NULL) {
            status = ana_fail(ANA_ERR_VALUE, "%s: holds no rows", inputs[i]);
            goto done;
        }
        ANA_TRY(rows_refine(rows, &options->read.run, parts[i]));
        ANA_TRY(label_by_input(name, i, n, inputs, parts[i]));
    }
    ANA_TRY(ana_observations_join(n, parts, rows->union_of_units, &joined));
    if (joined->bin_s > 0.0) {
        lay_out_origins(joined);
    }
    if (rows->rebin > 1) {
        ANA_TRY(ana_observations_rebin(joined, rows->rebin, out));
    } else {
        *out = joined;
        joined = NULL;
    }
done:
    for (size_t i = 0; i < n; i++) {
        ana_observations_free(parts[i]);
    }
    free(parts);
    ana_observations_free(joined);
    return status;
}
