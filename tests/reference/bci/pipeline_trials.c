#include "pipeline_trials.h"

#include "support/check.h"

#include <analysis/formats/reader.h>
#include <analysis/models/bci_pipeline.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_FILES = 16
};

/* Rows of trials_file_event_label that are of one file, one after the other. */
typedef struct file_rows {
    const char *name;
    const char *session;
    const ana_json *rows;
    size_t first;
    size_t n;
} file_rows;

static const ana_json *row_at(const file_rows *file, size_t i)
{
    return ana_json_at(file->rows, file->first + i);
}

static size_t list_files(const ana_json *facts, file_rows files[MAX_FILES])
{
    const ana_json *rows = ana_json_find(facts, "trials_file_event_label");
    const ana_json *sessions = ana_json_find(facts, "session");
    size_t n_files = 0;
    for (size_t i = 0; i < ana_json_count(rows); i++) {
        const char *name = ana_json_text(ana_json_at(ana_json_at(rows, i), 0));
        const char *session = ana_json_text(ana_json_at(sessions, i));
        if (n_files == 0 || strcmp(files[n_files - 1].name, name) != 0) {
            assert_true(n_files < MAX_FILES);
            files[n_files++] = (file_rows){name, session, rows, i, 0};
        }
        assert_string_equal(files[n_files - 1].session, session);
        files[n_files - 1].n++;
    }
    return n_files;
}

/* The recording itself, or the same in GDF. */
static bool find_recording(const pipeline_data *data, const char *name, char *path, size_t size)
{
    char relative[512];
    snprintf(relative, sizeof relative, "data/eeg/%s/%s", data->folder, name);
    if (shared_path(relative, path, size)) {
        return true;
    }
    char *ending = strstr(relative, "_raw.fif");
    if (ending != NULL) {
        strcpy(ending, ".gdf");
    }
    return ending != NULL && shared_path(relative, path, size);
}

/* The label that the file of reference values has for an event; 0: no trial. In GDF an SSVEP trial
 * is announced by its class half a second before its lights, and FIF counts its samples from 1. */
static int64_t label_of(const ana_recording *recording, size_t i, size_t *sample)
{
    const ana_intervals *events = recording->intervals[0];
    const ana_column *code = ana_table_find(events->table, "code");
    const ana_column *text = ana_table_find(events->table, "label");
    *sample = (size_t)lround(events->start[i] * recording->series[0]->rate);
    if (strcmp(recording->format, "edf") == 0) {
        const char *label = text->texts[i];
        return label != NULL && label[0] == 'T' ? label[1] - '0' : 0;
    }
    if (strcmp(recording->format, "gdf") == 0) {
        *sample += 129;
        return code->ints[i] >= 33024 ? code->ints[i] - 33023 : 0;
    }
    return code->ints[i];
}

/* *out = the trials' events, at the reference's samples; each is one of the recording's, and it has
 * no other of these labels. */
static void take_events(const file_rows *file, const ana_recording *recording, tally *counts,
                        ana_intervals **out)
{
    const ana_intervals *events = recording->intervals[0];
    char(*labels)[8] = calloc(file->n, sizeof *labels);
    const char **texts = calloc(file->n, sizeof *texts);
    bool known[16] = {false};
    size_t n_known = 0;
    check_ok(ana_intervals_new("events", file->n, out));
    for (size_t i = 0; i < file->n; i++) {
        const size_t wanted = (size_t)ana_json_int(ana_json_at(row_at(file, i), 1));
        const int64_t label = ana_json_int(ana_json_at(row_at(file, i), 2));
        bool found = false;
        for (size_t k = 0; k < events->n && !found; k++) {
            size_t sample = 0;
            found = label_of(recording, k, &sample) == label && sample == wanted;
        }
        tally_that(counts, found, "%s: no event of label %d at sample %zu", file->name, (int)label,
                   wanted);
        assert_true(label > 0 && label < 16);
        known[label] = true;
        (*out)->start[i] = (*out)->stop[i] = (double)wanted / recording->series[0]->rate;
        snprintf(labels[i], sizeof labels[i], "%d", (int)label);
        texts[i] = labels[i];
    }
    for (size_t k = 0; k < events->n; k++) {
        size_t sample = 0;
        const int64_t label = label_of(recording, k, &sample);
        n_known += label > 0 && label < 16 && known[label];
    }
    tally_that(counts, n_known == file->n, "%s: %zu events, %zu in the file", file->name, n_known,
               file->n);
    check_ok(ana_table_add_texts((*out)->table, "label", texts));
    free(labels);
    free(texts);
}

static void read_part(const pipeline_data *data, const file_rows *file, const char *path,
                      const ana_bci_bank *bank, tally *counts, ana_bci_trials **out)
{
    const ana_read_options options = ana_read_options_default();
    ana_epoch_options epochs = ana_epoch_options_default();
    ana_recording *recording = NULL;
    ana_intervals *events = NULL;
    check_ok(ana_recording_read(path, &options, &recording));
    take_events(file, recording, counts, &events);
    const ana_series *series = recording->series[0];
    const ana_bci_source source = {
        .subject = data->name, .session = file->session, .run = file->name};
    epochs.from_s = (double)data->first / series->rate;
    epochs.to_s = (double)(data->first + data->n_times - 1) / series->rate;
    check_ok(ana_bci_trials_cut(series, events, &epochs, bank, &source, NULL, out));
    /* FIF says volts of what GDF says are microvolts; the numbers are of one size. */
    free((*out)->unit);
    (*out)->unit = NULL;
    ana_intervals_free(events);
    ana_recording_free(recording);
}

/* The trials are those of the file, in its order. */
static void check_order(const ana_json *facts, const ana_bci_trials *trials, tally *counts)
{
    const ana_json *rows = ana_json_find(facts, "trials_file_event_label");
    const ana_json *sessions = ana_json_find(facts, "session");
    tally_that(counts, trials->n_trials == ana_json_count(rows), "%zu trials", trials->n_trials);
    assert_int_equal(trials->n_trials, ana_json_count(rows));
    for (size_t i = 0; i < trials->n_trials; i++) {
        const ana_json *row = ana_json_at(rows, i);
        char label[8];
        snprintf(label, sizeof label, "%d", (int)ana_json_int(ana_json_at(row, 2)));
        const bool same =
            strcmp(trials->run_names[trials->runs[i]], ana_json_text(ana_json_at(row, 0))) == 0 &&
            lround(trials->onsets[i] * trials->rate) == ana_json_int(ana_json_at(row, 1)) &&
            strcmp(trials->classes[trials->labels[i]], label) == 0 &&
            strcmp(trials->session_names[trials->sessions[i]],
                   ana_json_text(ana_json_at(sessions, i))) == 0;
        tally_that(counts, same, "trial %zu is another", i);
    }
    const size_t n_rows = trials->n_bands * trials->n_channels;
    tally_that(counts, n_rows == (size_t)ana_json_int(ana_json_find(facts, "n_channels")),
               "%zu rows of a trial", n_rows);
    tally_that(counts, trials->n_times == (size_t)ana_json_int(ana_json_find(facts, "n_samples")),
               "%zu samples of a trial", trials->n_times);
}

void read_pipeline_trials(const pipeline_data *data, const ana_json *facts,
                          const ana_bci_bank *bank, tally *counts, ana_bci_trials **out)
{
    file_rows files[MAX_FILES];
    char paths[MAX_FILES][1024];
    ana_bci_trials *parts[MAX_FILES] = {NULL};
    const size_t n = list_files(facts, files);
    *out = NULL;
    for (size_t k = 0; k < n; k++) {
        if (!find_recording(data, files[k].name, paths[k], sizeof paths[k])) {
            printf("  %s: not compared, %s is not here\n", data->name, files[k].name);
            counts->n_unread++;
            return;
        }
    }
    for (size_t k = 0; k < n; k++) {
        read_part(data, &files[k], paths[k], bank, counts, &parts[k]);
    }
    check_ok(ana_bci_trials_join(n, parts, out));
    for (size_t k = 0; k < n; k++) {
        ana_bci_trials_free(parts[k]);
    }
    check_order(facts, *out, counts);
}
