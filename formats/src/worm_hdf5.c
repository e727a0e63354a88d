/* Traces of worms in HDF5: a group an animal, or the files of Dag et al. 2023. */
#include "file.h"
#include "format.h"
#include "hdf5_file.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "worm.h"
#include "worm_json.h"

#include <analysis/formats/table_io.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_LOOKED_AT = 4 /* groups that are looked at to tell a layout */
};

/* A two-dimensional dataset, and which of its axes are times. */
typedef struct hdf5_traces {
    double *values;
    double *times;
    size_t n_times;
    size_t n_traces;
    bool trace_major;
} hdf5_traces;

static void release_traces(hdf5_traces *traces)
{
    free(traces->values);
    free(traces->times);
}

/* Whether a dataset of that name stands in a group. */
static ana_status look(ana_hdf5 *file, const char *group, const char *name, bool *found)
{
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    ana_text path = {0};
    ana_text_printf(&path, "%s/%s", group, name);
    ana_status status = ana_text_check(&path, "path");
    if (status == ANA_OK) {
        status = ana_hdf5_look(file, path.bytes, &kind);
    }
    *found = status == ANA_OK && kind == ANA_HDF5_DATASET;
    ana_text_release(&path);
    return status;
}

/* The same, where a failure is no. */
static bool is_dataset(ana_hdf5 *file, const char *group, const char *name)
{
    bool found = false;
    return look(file, group, name, &found) == ANA_OK && found;
}

/* Whether one of the first groups of the root holds an animal. */
static bool fits_compact(const char *path, const unsigned char *head, size_t n_head)
{
    ana_hdf5 *file = NULL;
    ana_hdf5_links links = {0};
    bool found = false;
    if (!ana_hdf5_has_signature(head, n_head) || ana_hdf5_open(path, NULL, &file) != ANA_OK) {
        return false;
    }
    if (ana_hdf5_list(file, "/", &links) == ANA_OK) {
        for (size_t i = 0; i < links.n && i < MAX_LOOKED_AT && !found; i++) {
            found = is_dataset(file, links.items[i].name, "F_F20") &&
                    is_dataset(file, links.items[i].name, "time_s");
        }
    }
    ana_hdf5_links_release(&links);
    ana_hdf5_close(file);
    return found;
}

static bool fits_dag(const char *path, const unsigned char *head, size_t n_head)
{
    ana_hdf5 *file = NULL;
    if (!ana_hdf5_has_signature(head, n_head) || ana_hdf5_open(path, NULL, &file) != ANA_OK) {
        return false;
    }
    const bool found = (is_dataset(file, "/gcamp", "traces_array_F_F20") ||
                        is_dataset(file, "/gcamp", "trace_array")) &&
                       is_dataset(file, "/timing", "timestamp_confocal");
    ana_hdf5_close(file);
    return found;
}

/* Times may be longer than the traces: the recording went on. */
static ana_status find_axes(const ana_hdf5 *file, const char *path, const ana_hdf5_info *info,
                            size_t n_stamps, hdf5_traces *out)
{
    const bool two = info->n_axes == 2;
    const bool first = two && info->n[0] <= n_stamps && info->n[0] > 0;
    const bool second = two && info->n[1] <= n_stamps && info->n[1] > 0;
    if (!first && !second) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: %s: has %zu axes, none of them as long as the %zu times; time x trace "
                        "is wanted",
                        ana_hdf5_path(file), path, info->n_axes, n_stamps);
    }
    out->trace_major = !first || (second && info->n[1] > info->n[0]);
    out->n_times = info->n[out->trace_major ? 1 : 0];
    out->n_traces = info->n[out->trace_major ? 0 : 1];
    return ANA_OK;
}

static ana_status read_traces(ana_hdf5 *file, const char *path, const char *times_path,
                              hdf5_traces *out)
{
    ana_status status = ANA_OK;
    ana_hdf5_info info = {0};
    size_t n_stamps = 0;
    size_t n = 0;
    ANA_TRY(ana_hdf5_describe(file, path, &info));
    ANA_TRY(ana_hdf5_read_doubles(file, times_path, NULL, &out->times, &n_stamps));
    ANA_TRY(find_axes(file, path, &info, n_stamps, out));
    ANA_TRY(ana_hdf5_read_doubles(file, path, NULL, &out->values, &n));
    for (size_t t = out->n_times; t-- > 0;) {
        out->times[t] -= out->times[0]; /* the clock of the microscope begins anywhere */
    }
done:
    return status;
}

/* Texts and numbers of the traces, where there are any. */
static ana_status read_labels(ana_hdf5 *file, const char *group, size_t n, ana_worm_labels *out)
{
    ana_status status = ANA_OK;
    ana_text path = {0};
    ana_hdf5_texts labels = {0};
    double *confidence = NULL;
    size_t n_confidence = n;
    bool found = false;
    ANA_TRY(ana_worm_labels_new(n, out));
    ANA_TRY(look(file, group, "label", &found));
    if (!found) {
        goto done;
    }
    ana_text_printf(&path, "%s/label", group);
    ANA_TRY(ana_text_check(&path, "path"));
    ANA_TRY(ana_hdf5_read_texts(file, path.bytes, &labels));
    ANA_TRY(look(file, group, "confidence", &found));
    if (found) {
        path.n = 0;
        ana_text_printf(&path, "%s/confidence", group);
        ANA_TRY(ana_text_check(&path, "path"));
        ANA_TRY(ana_hdf5_read_doubles(file, path.bytes, NULL, &confidence, &n_confidence));
    }
    if (labels.n != n || n_confidence != n) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: %s: %zu labels and %zu confidences of %zu traces",
                          ana_hdf5_path(file), group, labels.n, n_confidence, n);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(ana_worm_labels_set(out, group, (double)i, labels.items[i],
                                    confidence != NULL ? confidence[i] : (double)NAN));
    }
done:
    ana_text_release(&path);
    ana_hdf5_texts_release(&labels);
    free(confidence);
    return status;
}

static ana_status add_animal(const ana_worm_reader *reader, const char *name,
                             const hdf5_traces *traces, const ana_worm_labels *labels)
{
    const ana_worm_traces animal = {.name = name,
                                    .n_times = traces->n_times,
                                    .n_traces = traces->n_traces,
                                    .trace_major = traces->trace_major,
                                    .values = traces->values,
                                    .times = traces->times,
                                    .labels = labels->labels,
                                    .confidence = labels->confidence};
    return ana_worm_add(reader, &animal);
}

static ana_status read_group(const ana_worm_reader *reader, ana_hdf5 *file, const char *name)
{
    ana_status status = ANA_OK;
    ana_text group = {0};
    ana_text path = {0};
    ana_text times = {0};
    hdf5_traces traces = {0};
    ana_worm_labels labels = {0};
    bool has_traces = false;
    bool has_times = false;
    ana_text_printf(&group, "/%s", name);
    ANA_TRY(ana_text_check(&group, "path"));
    ANA_TRY(look(file, group.bytes, "F_F20", &has_traces));
    ANA_TRY(look(file, group.bytes, "time_s", &has_times));
    if (!has_traces || !has_times) {
        status = ana_recover(reader->recording, reader->options,
                             "%s: %s: is no animal: it has no F_F20 and time_s", reader->path,
                             group.bytes);
        goto done;
    }
    ana_text_printf(&path, "%s/F_F20", group.bytes);
    ana_text_printf(&times, "%s/time_s", group.bytes);
    ANA_TRY(ana_text_check(&path, "path"));
    ANA_TRY(ana_text_check(&times, "path"));
    ANA_TRY(read_traces(file, path.bytes, times.bytes, &traces));
    ANA_TRY(read_labels(file, group.bytes, traces.n_traces, &labels));
    ANA_TRY(add_animal(reader, name, &traces, &labels));
done:
    ana_text_release(&group);
    ana_text_release(&path);
    ana_text_release(&times);
    release_traces(&traces);
    ana_worm_labels_release(&labels);
    return status;
}

static ana_status read_compact(const ana_worm_reader *reader)
{
    ana_status status = ANA_OK;
    ana_hdf5 *file = NULL;
    ana_hdf5_links links = {0};
    ANA_TRY(ana_hdf5_open(reader->path, reader->options, &file));
    ANA_TRY(ana_hdf5_list(file, "/", &links));
    for (size_t i = 0; i < links.n; i++) {
        ANA_TRY(read_group(reader, file, links.items[i].name));
    }
done:
    ana_hdf5_links_release(&links);
    ana_hdf5_close(file);
    return status;
}

/* The numbers of a column, or NULL. */
static const double *numbers_of(const ana_table *table, const char *name)
{
    const ana_column *column = ana_table_find(table, name);
    return column != NULL && column->type == ANA_COLUMN_DOUBLE ? column->doubles : NULL;
}

/* "trace_index0,label,...,confidence" */
static ana_status read_label_table(const ana_worm_reader *reader, const char *path,
                                   ana_worm_labels *out)
{
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    ANA_TRY(ana_table_read(path, &reader->options->run, &table));
    const double *traces = numbers_of(table, "trace_index0");
    const double *confidence = numbers_of(table, "confidence");
    const ana_column *labels = ana_table_find(table, "label");
    if (traces == NULL || labels == NULL || labels->type != ANA_COLUMN_TEXT) {
        status =
            ana_fail(ANA_ERR_FORMAT,
                     "%s: columns \"trace_index0\" of numbers and \"label\" of texts wanted", path);
        goto done;
    }
    for (size_t r = 0; r < table->n_rows; r++) {
        ANA_TRY(ana_worm_labels_set(out, path, traces[r], labels->texts[r],
                                    confidence != NULL ? confidence[r] : (double)NAN));
    }
done:
    ana_table_free(table);
    return status;
}

/* {"2022-08-02-38": [{"3": {"label": "RIAR", "confidence": 4}}, ...]}, traces counted from 1. */
static ana_status read_label_json(const ana_worm_reader *reader, const char *path,
                                  const char *animal, ana_worm_labels *out)
{
    ana_status status = ANA_OK;
    char *text = NULL;
    size_t n = 0;
    ana_json *root = NULL;
    ANA_TRY(ana_file_read_all(path, ana_worm_most_text(reader), &text, &n));
    ANA_TRY(ana_json_parse(path, text, n, &root));
    const ana_json *found = ana_json_find(root, animal);
    if (found != NULL && ana_json_get_type(found) == ANA_JSON_LIST) {
        found = ana_json_at(found, 0);
    }
    if (found != NULL && ana_json_get_type(found) == ANA_JSON_OBJECT) {
        ANA_TRY(ana_worm_labels_of_json(path, found, out));
    }
done:
    ana_json_free(root);
    free(text);
    return status;
}

/* The labels that stand beside the file, if any. */
static ana_status find_labels(const ana_worm_reader *reader, const char *animal,
                              ana_worm_labels *out)
{
    ana_status status = ANA_OK;
    ana_text name = {0};
    char *path = NULL;
    ana_text_printf(&name, "labels_%s.csv", animal);
    ANA_TRY(ana_text_check(&name, "path"));
    status = ana_file_companion(reader->path, name.bytes, false, &path);
    if (status == ANA_OK) {
        ANA_TRY(read_label_table(reader, path, out));
        goto done;
    }
    if (status == ANA_ERR_IO) {
        status = ana_file_companion(reader->path, "NeuroPAL_labels_dict.json", false, &path);
        if (status == ANA_OK) {
            ANA_TRY(read_label_json(reader, path, animal, out));
        }
    }
    status = status == ANA_ERR_IO ? ANA_OK : status;
done:
    free(path);
    ana_text_release(&name);
    return status;
}

static ana_status read_dag(const ana_worm_reader *reader)
{
    ana_status status = ANA_OK;
    ana_hdf5 *file = NULL;
    char *name = NULL;
    hdf5_traces traces = {0};
    ana_worm_labels labels = {0};
    ANA_TRY(ana_hdf5_open(reader->path, reader->options, &file));
    ANA_TRY(ana_worm_name_of(reader->path, &name));
    bool relative = false;
    ANA_TRY(look(file, "/gcamp", "traces_array_F_F20", &relative));
    ANA_TRY(read_traces(file, relative ? "/gcamp/traces_array_F_F20" : "/gcamp/trace_array",
                        "/timing/timestamp_confocal", &traces));
    ANA_TRY(ana_worm_labels_new(traces.n_traces, &labels));
    ANA_TRY(find_labels(reader, name, &labels));
    ANA_TRY(add_animal(reader, name, &traces, &labels));
done:
    free(name);
    release_traces(&traces);
    ana_worm_labels_release(&labels);
    ana_hdf5_close(file);
    return status;
}

/* NWB files of Nejatbakhsh et al. 2020: the labels stand apart from the traces. */
static const char activity[] = "/processing/CalciumActivity";
static const char response[] =
    "/processing/CalciumActivity/SignalRawFluor/SignalCalciumImResponseSeries";

static bool fits_nwb(const char *path, const unsigned char *head, size_t n_head)
{
    ana_hdf5 *file = NULL;
    if (!ana_hdf5_has_signature(head, n_head) || ana_hdf5_open(path, NULL, &file) != ANA_OK) {
        return false;
    }
    const bool found =
        is_dataset(file, response, "data") && is_dataset(file, activity, "NeuronIDs/labels");
    ana_hdf5_close(file);
    return found;
}

/* A label for each column of the traces, which are time x trace, four a second unless told
 * otherwise. */
static ana_status read_nwb(const ana_worm_reader *reader)
{
    ana_status status = ANA_OK;
    ana_hdf5 *file = NULL;
    char *name = NULL;
    ana_text path = {0};
    ana_text start = {0};
    ana_hdf5_texts labels = {0};
    hdf5_traces traces = {0};
    ana_hdf5_info info = {0};
    double rate = 4.0;
    size_t n = 0;
    ANA_TRY(ana_hdf5_open(reader->path, reader->options, &file));
    ANA_TRY(ana_worm_name_of(reader->path, &name));
    ana_text_printf(&path, "%s/data", response);
    ana_text_printf(&start, "%s/starting_time", response);
    ANA_TRY(ana_text_check(&path, "path"));
    ANA_TRY(ana_text_check(&start, "path"));
    bool found = false;
    ANA_TRY(look(file, response, "starting_time", &found));
    if (found) {
        ANA_TRY(ana_hdf5_attribute_double(file, start.bytes, "rate", &rate));
    }
    ANA_TRY(ana_hdf5_describe(file, path.bytes, &info));
    ANA_TRY(ana_hdf5_read_texts(file, "/processing/CalciumActivity/NeuronIDs/labels", &labels));
    if (info.n_axes != 2 || info.n[1] != labels.n) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: %s: time x trace with %zu labelled traces is wanted",
                          reader->path, path.bytes, labels.n);
        goto done;
    }
    ANA_TRY(ana_hdf5_read_doubles(file, path.bytes, NULL, &traces.values, &n));
    const ana_worm_traces animal = {.name = name,
                                    .n_times = info.n[0],
                                    .n_traces = info.n[1],
                                    .values = traces.values,
                                    .rate = rate,
                                    .labels = labels.items};
    ANA_TRY(ana_worm_add(reader, &animal));
done:
    free(name);
    ana_text_release(&path);
    ana_text_release(&start);
    ana_hdf5_texts_release(&labels);
    release_traces(&traces);
    ana_hdf5_close(file);
    return status;
}

const ana_worm_layout ana_worm_layout_nejatbakhsh = {"Nejatbakhsh 2020", fits_nwb, read_nwb};
const ana_worm_layout ana_worm_layout_compact = {"Dag 2023", fits_compact, read_compact};
const ana_worm_layout ana_worm_layout_dag = {"Dag 2023", fits_dag, read_dag};
