/* Inputs to rows for a model: the second half of load.h. */
#include "load.h"
#include "try.h"

#include <analysis/formats/array_io.h>
#include <analysis/formats/record_io.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const ana_option rows_option_table[] = {
    {"bin", ANA_OPTION_DOUBLE, offsetof(rows_options, bin_s), 0, 1e6, NULL, "SECONDS",
     "width of a bin of spikes (0: 10 ms), or what a row of an array stands for (0: no time)",
     false},
    {"rebin", ANA_OPTION_SIZE, offsetof(rows_options, rebin), 1, 1e9, NULL, "N",
     "sum each N rows into one", false},
    {"sessions", ANA_OPTION_TEXT, offsetof(rows_options, sessions), 0, 0, NULL, "ARRAY",
     "cut a single input: an id for each row, or the lengths of the sessions", false},
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
static void name_of_input(const char *input, char *name, size_t size)
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

/* Rows of a 2-D array, or trials of a 3-D one as sequences. */
static ana_status rows_of_matrix(const ana_matrix *matrix, const char *input, double bin_s,
                                 ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_observations *made = NULL;
    size_t *lengths = NULL;
    if (matrix->n_axes < 1 || matrix->n_axes > 3) {
        return ana_fail(ANA_ERR_SHAPE,
                        "%s: has %zu axes; rows want time x feature, or trial x time x feature",
                        input, matrix->n_axes);
    }
    size_t n_trials = matrix->n_axes == 3 ? matrix->axes[0].n : 1;
    size_t n_rows = matrix->axes[matrix->n_axes == 3 ? 1 : 0].n;
    size_t n_features = matrix->n_axes > 1 ? matrix->axes[matrix->n_axes - 1].n : 1;
    ANA_TRY(ana_observations_new(n_trials * n_rows, n_features, &made));
    memcpy(made->values, matrix->values, ana_matrix_size(matrix) * sizeof *made->values);
    made->bin_s = bin_s > 0.0 ? bin_s : (double)NAN;
    if (n_trials > 1) {
        lengths = calloc(n_trials, sizeof *lengths);
        if (lengths == NULL) {
            status = ana_fail(ANA_ERR_MEMORY, "no memory for %zu trials", n_trials);
            goto done;
        }
        for (size_t i = 0; i < n_trials; i++) {
            lengths[i] = n_rows;
        }
        ANA_TRY(ana_observations_set_sequences(made, n_trials, lengths, NULL));
    }
    *out = made;
    made = NULL;
done:
    free(lengths);
    ana_observations_free(made);
    return status;
}

static ana_status rows_of_array(const char *input, double bin_s, const ana_run *run,
                                ana_observations **out)
{
    ana_matrix *matrix = NULL;
    ana_status status = ana_matrix_read(input, run, &matrix);
    if (status == ANA_OK) {
        status = rows_of_matrix(matrix, input, bin_s, out);
    }
    ana_matrix_free(matrix);
    return status;
}

static void say_binning(const char *input, const ana_bin_report *report,
                        const console_options *console)
{
    console_say(console, "%s: %zu of %zu units used, %zu bins", input, report->n_used,
                report->n_units, report->n_bins);
    for (size_t u = 0; u < report->n_units; u++) {
        const ana_bin_unit *unit = &report->units[u];
        if (!unit->used) {
            console_say(console, "  unit %s left out (%s): %zu spikes, %.3g Hz", unit->id,
                        unit->reason, unit->n_spikes, unit->rate_hz);
        }
    }
    if (report->observed_inferred) {
        console_warn("%s: does not say when its units were observed; taken as all of the recording",
                     input);
    }
}

static ana_status rows_of_spikes(const ana_spikes *spikes, const char *input, double bin_s,
                                 const ana_run *run, const console_options *console,
                                 ana_observations **out)
{
    ana_bin_options options = ana_bin_options_default();
    ana_bin_report *report = NULL;
    options.run = *run;
    options.bin_s = bin_s > 0.0 ? bin_s : options.bin_s;
    ana_status status = ana_bin_spikes(spikes, NULL, &options, out, &report);
    if (status == ANA_OK) {
        say_binning(input, report, console);
    }
    ana_bin_report_free(report);
    return status;
}

/* Samples as rows: time x channel. */
static ana_status rows_of_series(const ana_series *series, const ana_run *run,
                                 ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_observations *made = NULL;
    double *samples = NULL;
    size_t *lengths = NULL;
    const size_t n = series->n_times;
    const size_t n_channels = series->n_channels;
    ANA_TRY(ana_run_check_memory(run, 2 * n * n_channels * sizeof *samples, series->name));
    ANA_TRY(ana_observations_new(n, n_channels, &made));
    samples = malloc(n * n_channels * sizeof *samples + 1);
    lengths = malloc(series->n_segments * sizeof *lengths + 1);
    if (samples == NULL || lengths == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "%s: no memory for its samples", series->name);
        goto done;
    }
    ANA_TRY(ana_series_read(series, n_channels, NULL, 0, n, samples));
    for (size_t t = 0; t < n; t++) {
        for (size_t c = 0; c < n_channels; c++) {
            made->values[t * n_channels + c] = samples[c * n + t];
        }
    }
    for (size_t s = 0; s < series->n_segments; s++) {
        lengths[s] = series->segments[s].n_times;
    }
    ANA_TRY(ana_observations_set_sequences(made, series->n_segments, lengths, NULL));
    for (size_t s = 0; s < series->n_segments; s++) {
        made->sequence_origin[s] = series->segments[s].start;
    }
    made->bin_s = series->rate > 0.0 ? 1.0 / series->rate : (double)NAN;
    *out = made;
    made = NULL;
done:
    free(samples);
    free(lengths);
    ana_observations_free(made);
    return status;
}

static ana_status rows_of_recording(const char *input, double bin_s, const ana_read_options *read,
                                    const selection_options *selection,
                                    const console_options *console, ana_observations **out)
{
    ana_recording *recording = NULL;
    ana_status status = load_recording(input, read, selection, &recording);
    if (status != ANA_OK) {
        return status;
    }
    const ana_spikes *spikes = ana_recording_find_spikes(recording, NULL);
    const ana_series *series = ana_recording_find_series(recording, NULL);
    if (spikes != NULL) {
        status = rows_of_spikes(spikes, input, bin_s, &read->run, console, out);
    } else if (series != NULL) {
        status = rows_of_series(series, &read->run, out);
    } else {
        status = ana_fail(ANA_ERR_VALUE, "%s: holds neither spikes nor series", input);
    }
    ana_recording_free(recording);
    return status;
}

/* Whether the format found by content is one that holds bare arrays. */
static bool holds_arrays(const char *input)
{
    static const char *const names[] = {"npy", "npz", "mat", "mat73", "csv"};
    struct stat found;
    if (stat(input, &found) != 0) {
        return true; /* "file.h5:/path"; ana_matrix_read says what is wrong otherwise */
    }
    ana_format_score *scores = calloc(ana_format_count(), sizeof *scores);
    bool array = false;
    if (scores != NULL && ana_format_detect(input, scores) == ANA_OK && scores[0].score > 0) {
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            array = array || strcmp(scores[0].name, names[i]) == 0;
        }
    }
    free(scores);
    return array;
}

/* A features record saved before, or ANA_OK with *out NULL when it is none. */
static ana_status rows_of_record(const char *input, ana_observations **out)
{
    ana_record *record = NULL;
    *out = NULL;
    if (ana_record_read(input, &record) != ANA_OK) {
        return ANA_OK;
    }
    const ana_record *schema = ana_record_find(record, "schema");
    bool features =
        schema != NULL && schema->type == ANA_RECORD_TEXT && strcmp(schema->text, "features") == 0;
    ana_status status = features ? ana_observations_from_record(record, out) : ANA_OK;
    ana_record_free(record);
    return status;
}

/* One input as rows, its sequences named after it. */
static ana_status rows_of_input(const char *input, const rows_options *rows,
                                const ana_read_options *read, const selection_options *selection,
                                const console_options *console, ana_observations **out)
{
    struct stat found;
    ana_status status = ANA_OK;
    *out = NULL;
    if (stat(input, &found) == 0 && S_ISREG(found.st_mode)) {
        status = rows_of_record(input, out);
    }
    if (status != ANA_OK || *out != NULL) {
        return status;
    }
    if (holds_arrays(input)) {
        return rows_of_array(input, rows->bin_s, &read->run, out);
    }
    return rows_of_recording(input, rows->bin_s, read, selection, console, out);
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

/* Sessions of a single input: an id for each row, or lengths that sum to the rows. */
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
    } else if (!are_lengths(n, keys->values, observations->n_times, lengths)) {
        status = ana_fail(ANA_ERR_SHAPE,
                          "%s: holds %zu numbers: neither an id for each of the %zu rows nor "
                          "lengths that sum to them",
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

/* Each part's rows get the part's name as their label, and its sequences that name. */
static ana_status label_by_input(const char *name, size_t part, size_t n_parts, char **inputs,
                                 ana_observations *observations)
{
    for (size_t s = 0; s < observations->n_sequences; s++) {
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

static ana_status refine(const rows_options *rows, size_t n, const ana_run *run,
                         ana_observations *observations)
{
    ana_status status = ANA_OK;
    if (n > 1 && (rows->sessions != NULL || rows->labels != NULL || rows->mask != NULL)) {
        return ana_fail(ANA_ERR_VALUE,
                        "--sessions, --labels and --mask go with a single input; there are %zu", n);
    }
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

ana_status load_observations(size_t n, char **inputs, const rows_options *rows,
                             const ana_read_options *read, const selection_options *selection,
                             const console_options *console, ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_observations *joined = NULL;
    ana_observations **parts = calloc(n + 1, sizeof(ana_observations *));
    if (parts == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu inputs", n);
    }
    for (size_t i = 0; i < n; i++) {
        char name[256];
        name_of_input(inputs[i], name, sizeof name);
        ANA_TRY(rows_of_input(inputs[i], rows, read, selection, console, &parts[i]));
        if (parts[i] == NULL) {
            status = ana_fail(ANA_ERR_VALUE, "%s: holds no rows", inputs[i]);
            goto done;
        }
        ANA_TRY(refine(rows, n, &read->run, parts[i]));
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
