/* One input as rows: an array, a features record, or a recording. */
#include "rows.h"
#include "try.h"

#include <analysis/formats/array_io.h>
#include <analysis/formats/record_io.h>
#include <analysis/models/homogenise.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Features are called what the input calls them, where that tells them apart. */
static ana_status name_features(size_t n, char *const *names, ana_observations *observations)
{
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            if (names[j] == NULL || (j < i && strcmp(names[i], names[j]) == 0)) {
                return ANA_OK;
            }
        }
    }
    ANA_TRY(ana_table_new(n, &table));
    ANA_TRY(ana_table_add_texts(table, "id", (const char *const *)names));
    ana_table_free(observations->features);
    observations->features = table;
    table = NULL;
done:
    ana_table_free(table);
    return status;
}

/* The names of a series' channels. */
static ana_status name_channels(const ana_series *series, ana_observations *observations)
{
    char **names = calloc(series->n_channels + 1, sizeof *names);
    if (names == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "%s: no memory for its channels", series->name);
    }
    for (size_t c = 0; c < series->n_channels; c++) {
        names[c] = series->channels[c].name;
    }
    ana_status status = name_features(series->n_channels, names, observations);
    free(names);
    return status;
}

/* Rows of a 2-D array, or trials of a 3-D one as sequences. */
static ana_status rows_of_matrix(const ana_matrix *matrix, const char *input,
                                 const input_options *options, ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_observations *made = NULL;
    size_t *lengths = NULL;
    if (matrix->n_axes < 1 || matrix->n_axes > 3) {
        return ana_fail(ANA_ERR_SHAPE,
                        "%s: has %zu axes; rows want time x feature, or trial x time x feature",
                        input, matrix->n_axes);
    }
    load_warn_whole(options, input);
    if (matrix->n_axes > 1 && matrix->axes[matrix->n_axes - 1].n == 0) {
        return ana_fail(ANA_ERR_SHAPE, "%s: has no columns", input);
    }
    size_t n_trials = matrix->n_axes == 3 ? matrix->axes[0].n : 1;
    size_t n_rows = matrix->axes[matrix->n_axes == 3 ? 1 : 0].n;
    size_t n_features = matrix->n_axes > 1 ? matrix->axes[matrix->n_axes - 1].n : 1;
    ANA_TRY(ana_observations_new(n_trials * n_rows, n_features, &made));
    memcpy(made->values, matrix->values, ana_matrix_size(matrix) * sizeof *made->values);
    made->bin_s = options->rows.bin_s > 0.0 ? options->rows.bin_s : (double)NAN;
    if (options->names_matter && matrix->n_axes > 1 &&
        matrix->axes[matrix->n_axes - 1].labels != NULL) {
        ANA_TRY(name_features(n_features, matrix->axes[matrix->n_axes - 1].labels, made));
    }
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

static ana_status rows_of_array(const char *input, const input_options *options,
                                ana_observations **out)
{
    ana_matrix *matrix = NULL;
    ana_status status = ana_matrix_read(input, &options->read.run, &matrix);
    if (status == ANA_OK) {
        status = rows_of_matrix(matrix, input, options, out);
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
static ana_status rows_of_series(const ana_series *series, const input_options *options,
                                 ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_observations *made = NULL;
    double *samples = NULL;
    size_t *lengths = NULL;
    const size_t n = series->n_times;
    const size_t n_channels = series->n_channels;
    ANA_TRY(ana_run_check_memory(&options->read.run, 2 * n * n_channels * sizeof *samples,
                                 series->name));
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
    if (options->names_matter) {
        ANA_TRY(name_channels(series, made));
    }
    *out = made;
    made = NULL;
done:
    free(samples);
    free(lengths);
    ana_observations_free(made);
    return status;
}

/* The only intervals of a recording that carry labels; NULL without, or with several such. */
static const ana_intervals *labelled_intervals(const ana_recording *recording)
{
    const ana_intervals *found = NULL;
    for (size_t i = 0; i < recording->n_intervals; i++) {
        const ana_column *label = ana_table_find(recording->intervals[i]->table, "label");
        if (label == NULL || label->type != ANA_COLUMN_TEXT || recording->intervals[i]->n == 0) {
            continue;
        }
        if (found != NULL) {
            return NULL;
        }
        found = recording->intervals[i];
    }
    return found;
}

/* The number of a label among those so far; a new one is added. */
static ana_status number_label(const char *text, ana_observations *rows, int64_t *out)
{
    for (size_t i = 0; i < rows->n_labels; i++) {
        const char *name = rows->label_names[i];
        if (name != NULL && strcmp(name, text) == 0) {
            *out = (int64_t)i;
            return ANA_OK;
        }
    }
    char *copy = strdup(text);
    if (copy == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for a label");
    }
    rows->label_names[rows->n_labels] = copy;
    *out = (int64_t)rows->n_labels++;
    return ANA_OK;
}

/* Rows whose middle lies in the interval, from the first such on, get its label. */
static void label_interval(const ana_intervals *from, size_t i, int64_t label,
                           ana_observations *rows)
{
    for (size_t s = 0; s < rows->n_sequences; s++) {
        for (size_t t = rows->sequence_start[s]; t < rows->sequence_start[s + 1]; t++) {
            const double after = (double)(t - rows->sequence_start[s]) + 0.5;
            const double middle = rows->sequence_origin[s] + after * rows->bin_s;
            if (middle >= from->start[i] && middle < from->stop[i] && rows->labels[t] < 0) {
                rows->labels[t] = label;
            }
        }
    }
}

static ana_status label_rows(const ana_recording *recording, ana_observations *rows)
{
    ana_status status = ANA_OK;
    const ana_intervals *from = labelled_intervals(recording);
    if (from == NULL || rows == NULL || !(rows->bin_s > 0.0)) {
        return ANA_OK;
    }
    const ana_column *label = ana_table_find(from->table, "label");
    rows->labels = malloc(rows->n_times * sizeof *rows->labels + 1);
    rows->label_names = calloc(from->n + 1, sizeof *rows->label_names);
    if (rows->labels == NULL || rows->label_names == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for the labels of %zu rows", rows->n_times);
    }
    for (size_t t = 0; t < rows->n_times; t++) {
        rows->labels[t] = -1;
    }
    for (size_t i = 0; i < from->n; i++) {
        int64_t number = -1;
        const char *text = label->texts[i];
        if (text != NULL) {
            ANA_TRY(number_label(text, rows, &number));
            label_interval(from, i, number, rows);
        }
    }
done:
    return status;
}

static ana_status rows_of_recording(const char *input, const input_options *options,
                                    const console_options *console, ana_observations **out)
{
    ana_recording *recording = NULL;
    const ana_run *run = &options->read.run;
    const double bin_s = options->rows.bin_s > 0.0 ? options->rows.bin_s : options->model_bin_s;
    ana_status status = load_recording(input, options, console, &recording);
    if (status != ANA_OK) {
        return status;
    }
    const ana_spikes *spikes = ana_recording_find_spikes(recording, NULL);
    const ana_series *series = ana_recording_find_series(recording, NULL);
    if (options->rows_are_counts && spikes == NULL) {
        status = load_refuse(recording, "spikes, and counts of spikes are wanted", NULL);
    } else if (spikes != NULL) {
        status = rows_of_spikes(spikes, input, bin_s, run, console, out);
    } else if (series != NULL) {
        status = rows_of_series(series, options, out);
    } else {
        status = load_refuse(recording, "spikes or series", NULL);
    }
    if (status == ANA_OK && options->takes_labels) {
        status = label_rows(recording, *out);
    }
    ana_recording_free(recording);
    return status;
}

bool is_array_input(const char *input)
{
    static const char *const names[] = {"npy", "npz", "mat", "mat73", "csv", "safetensors"};
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

/* The animals of ana homogenise: a sequence each. */
static ana_status rows_of_worms(const ana_record *record, ana_observations **out)
{
    ana_worms *worms = NULL;
    ana_status status = ana_worms_from_record(record, &worms);
    if (status == ANA_OK) {
        status = ana_worms_to_observations(worms, false, out);
    }
    ana_worms_free(worms);
    return status;
}

/* Rows saved before, or ANA_OK with *out NULL when the file holds none. */
static ana_status rows_of_record(const char *input, ana_observations **out)
{
    ana_record *record = NULL;
    *out = NULL;
    if (ana_record_read(input, &record) != ANA_OK) {
        return ANA_OK;
    }
    const ana_record *schema = ana_record_find(record, "schema");
    const char *kind = schema != NULL && schema->type == ANA_RECORD_TEXT ? schema->text : "";
    ana_status status = ANA_OK;
    if (strcmp(kind, "observations") == 0) {
        status = ana_observations_from_record(record, out);
    } else if (strcmp(kind, "worms") == 0) {
        status = rows_of_worms(record, out);
    }
    ana_record_free(record);
    return status;
}

ana_status rows_of_input(const char *input, const input_options *options,
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
    if (is_array_input(input)) {
        console_detail(console, "%s: read as an array", input);
        return rows_of_array(input, options, out);
    }
    return rows_of_recording(input, options, console, out);
}
