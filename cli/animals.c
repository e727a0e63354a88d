#include "animals.h"

#include "rows.h"
#include "try.h"

#include <analysis/formats/record_io.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void free_names(size_t n, char **names)
{
    for (size_t i = 0; names != NULL && i < n; i++) {
        free(names[i]);
    }
    free(names);
}

/* *out = the ids of all features as texts; a missing one is "". */
static ana_status copy_names(const ana_observations *rows, char ***out)
{
    const ana_column *ids = ana_table_find(rows->features, "id");
    char **names = calloc(rows->n_features + 1, sizeof *names);
    bool good = names != NULL;
    for (size_t f = 0; good && f < rows->n_features; f++) {
        char number[32];
        const char *name = number;
        snprintf(number, sizeof number, "%zu", f);
        if (ids != NULL && ids->type == ANA_COLUMN_TEXT) {
            name = ids->texts[f] != NULL ? ids->texts[f] : "";
        } else if (ids != NULL && ids->type == ANA_COLUMN_INT) {
            snprintf(number, sizeof number, "%lld", (long long)ids->ints[f]);
        }
        names[f] = strdup(name);
        good = names[f] != NULL;
    }
    if (!good) {
        free_names(rows->n_features, names);
        return ana_fail(ANA_ERR_MEMORY, "no memory for the names of %zu neurons", rows->n_features);
    }
    *out = names;
    return ANA_OK;
}

void animals_release(animals *self)
{
    for (size_t w = 0; w < self->n; w++) {
        animal *one = &self->items[w];
        free(one->name);
        if (one->rows != NULL) {
            free_names(one->rows->n_features, one->neurons);
        }
        ana_observations_free(one->rows);
        free(one->used);
        free(one->rare);
    }
    free(self->items);
    ana_intervals_free(self->intervals);
    *self = (animals){0};
}

/* Takes over rows, neurons and name, also on failure. */
static ana_status add_animal(animals *self, ana_observations *rows, char **neurons, char *name)
{
    animal *items = realloc(self->items, (self->n + 1) * sizeof *items);
    if (items == NULL || name == NULL || neurons == NULL) {
        self->items = items != NULL ? items : self->items;
        free_names(rows->n_features, neurons);
        ana_observations_free(rows);
        free(name);
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu animals", self->n + 1);
    }
    self->items = items;
    items[self->n] = (animal){.name = name, .rows = rows, .neurons = neurons};
    self->n++;
    animal *one = &items[self->n - 1];
    one->used = calloc(rows->n_features + 1, sizeof *one->used);
    one->rare = calloc(rows->n_features + 1, sizeof *one->rare);
    return one->used != NULL && one->rare != NULL
               ? ANA_OK
               : ana_fail(ANA_ERR_MEMORY, "no memory for the neurons");
}

/* The rows of one sequence as an animal of their own. */
static ana_status add_sequence(animals *self, const ana_observations *all, size_t s,
                               const char *name)
{
    ana_status status = ANA_OK;
    ana_observations *rows = NULL;
    char **neurons = NULL;
    const size_t n = all->n_features;
    const size_t first = all->sequence_start[s];
    const size_t n_times = all->sequence_start[s + 1] - first;
    ANA_TRY(ana_observations_new(n_times, n, &rows));
    memcpy(rows->values, all->values + first * n, n_times * n * sizeof *rows->values);
    rows->bin_s = all->bin_s;
    rows->sequence_origin[0] = all->sequence_origin[s];
    ANA_TRY(copy_names(all, &neurons));
    ana_observations *made = rows;
    rows = NULL;
    ANA_TRY(add_animal(self, made, neurons, strdup(name)));
done:
    ana_observations_free(rows);
    return status;
}

static void name_of_file(const char *input, char *name, size_t size)
{
    const char *slash = strrchr(input, '/');
    snprintf(name, size, "%s", slash != NULL ? slash + 1 : input);
    char *dot = strrchr(name, '.');
    if (dot != NULL && dot != name) {
        *dot = '\0';
    }
}

static ana_status add_rows(animals *self, const ana_observations *rows, const char *input)
{
    ana_status status = ANA_OK;
    char name[256];
    name_of_file(input, name, sizeof name);
    for (size_t s = 0; s < rows->n_sequences; s++) {
        const bool alone = rows->n_sequences == 1;
        ANA_TRY(add_sequence(self, rows, s, alone ? name : rows->sequence_name[s]));
        self->items[self->n - 1].joined = !alone;
    }
done:
    return status;
}

/* Channels are neurons by their names; the first series, unless --series names another. */
static ana_status add_series(animals *self, const ana_series *series, const char *input,
                             const ana_run *run)
{
    ana_status status = ANA_OK;
    ana_observations *rows = NULL;
    double *samples = NULL;
    char **neurons = NULL;
    char name[256];
    const size_t n = series->n_times;
    const size_t n_channels = series->n_channels;
    if (series->n_segments != 1 || !(series->rate > 0.0)) {
        return ana_fail(ANA_ERR_SHAPE,
                        "%s: series %s has %zu stretches with gaps between them, or no regular "
                        "rate; resample it by ana homogenise, or cut a stretch out by --from and "
                        "--to",
                        input, series->name, series->n_segments);
    }
    ANA_TRY(ana_run_check_memory(run, 2 * n * n_channels * sizeof *samples, series->name));
    ANA_TRY(ana_observations_new(n, n_channels, &rows));
    samples = malloc(n * n_channels * sizeof *samples + 1);
    neurons = calloc(n_channels + 1, sizeof *neurons);
    if (samples == NULL || neurons == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "%s: no memory for its samples", input);
        goto done;
    }
    ANA_TRY(ana_series_read(series, n_channels, NULL, 0, n, samples));
    for (size_t c = 0; c < n_channels; c++) {
        const char *label = series->channels[c].name;
        neurons[c] = strdup(label != NULL ? label : "");
        for (size_t t = 0; t < n; t++) {
            rows->values[t * n_channels + c] = samples[c * n + t];
        }
    }
    rows->bin_s = 1.0 / series->rate;
    rows->sequence_origin[0] = series->segments[0].start;
    name_of_file(input, name, sizeof name);
    ana_observations *made = rows;
    char **names = neurons;
    rows = NULL;
    neurons = NULL;
    ANA_TRY(add_animal(self, made, names, strdup(name)));
done:
    free_names(n_channels, neurons);
    free(samples);
    ana_observations_free(rows);
    return status;
}

/* A copy of the intervals wanted, unless there are some already. */
static ana_status take_intervals(animals *self, const ana_recording *recording, const char *name)
{
    const ana_intervals *found = ana_recording_find_intervals(recording, name);
    if (self->intervals != NULL || found == NULL || found->n == 0) {
        return ANA_OK;
    }
    size_t *all = calloc(found->n, sizeof *all);
    if (all == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu intervals", found->n);
    }
    for (size_t i = 0; i < found->n; i++) {
        all[i] = i;
    }
    ana_status status = ana_intervals_take(found, found->n, all, &self->intervals);
    free(all);
    return status;
}

static ana_status add_recording(animals *self, const char *input, const input_options *options,
                                const console_options *console, const char *intervals)
{
    ana_status status = ANA_OK;
    ana_recording *recording = NULL;
    ANA_TRY(load_recording(input, options, console, &recording));
    const ana_series *series = ana_recording_find_series(recording, NULL);
    if (series == NULL) {
        status = load_refuse(recording, "series of traces", NULL);
        goto done;
    }
    ANA_TRY(add_series(self, series, input, &options->read.run));
    if (self->intervals == NULL) {
        ANA_TRY(take_intervals(self, recording, intervals));
        self->origin_s = series->segments[0].start;
    }
done:
    ana_recording_free(recording);
    return status;
}

/* What `input` is: a saved result, a bare array, or a recording. */
typedef enum input_kind {
    INPUT_RECORD,
    INPUT_ARRAY,
    INPUT_RECORDING
} input_kind;

static input_kind kind_of(const char *input)
{
    static const char *const arrays[] = {"npy", "npz", "mat", "mat73"};
    struct stat found;
    ana_record *record = NULL;
    input_kind kind = INPUT_RECORDING;
    if (stat(input, &found) != 0) {
        return INPUT_ARRAY; /* "file.h5:/path" */
    }
    if (S_ISREG(found.st_mode) && ana_record_read(input, &record) == ANA_OK) {
        kind = ana_record_find(record, "schema") != NULL ? INPUT_RECORD : INPUT_RECORDING;
        ana_record_free(record);
        return kind;
    }
    ana_format_score *scores = calloc(ana_format_count(), sizeof *scores);
    if (scores != NULL && ana_format_detect(input, scores) == ANA_OK && scores[0].score > 0) {
        for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
            kind = strcmp(scores[0].name, arrays[i]) == 0 ? INPUT_ARRAY : kind;
        }
    }
    free(scores);
    return kind;
}

static ana_status add_input(animals *self, const char *input, const input_options *options,
                            const console_options *console, const char *intervals)
{
    ana_status status = ANA_OK;
    ana_observations *rows = NULL;
    if (kind_of(input) == INPUT_RECORDING) {
        return add_recording(self, input, options, console, intervals);
    }
    ANA_TRY(rows_of_input(input, options, console, &rows));
    ANA_TRY(add_rows(self, rows, input));
done:
    ana_observations_free(rows);
    return status;
}

static ana_status check_times(const animal *one)
{
    if (!(one->rows->bin_s > 0.0)) {
        return ana_fail(ANA_ERR_VALUE,
                        "%s: the rows have no times; give the seconds between them (--bin)",
                        one->name);
    }
    return ANA_OK;
}

ana_status animals_load(size_t n, char **inputs, const input_options *options,
                        const console_options *console, const char *intervals, animals *out)
{
    ana_status status = ANA_OK;
    animals self = {0};
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(add_input(&self, inputs[i], options, console, intervals));
    }
    for (size_t w = 0; w < self.n; w++) {
        ANA_TRY(check_times(&self.items[w]));
    }
    if (intervals != NULL && self.intervals == NULL) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "no input holds intervals called %s", intervals));
    }
    *out = self;
    self = (animals){0};
done:
    animals_release(&self);
    return status;
}
