#include "suite2p.h"

#include "arrays.h"
#include "cursor.h"
#include "folder.h"
#include "format.h"
#include "memory.h"
#include "npy.h"
#include "try.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_PLANES = 100,
    MAX_OPS_BYTES = 64 << 20 /* of an ops.npy that is looked through */
};

/* The number that a pickle's opcode at `cursor` makes; false when it makes none. */
static bool pickled_number(ana_cursor *cursor, double *value)
{
    uint8_t opcode = ana_cursor_u8(cursor);
    if (opcode == 0x94) { /* MEMOIZE */
        opcode = ana_cursor_u8(cursor);
    } else if (opcode == 'q') { /* BINPUT */
        ana_cursor_skip(cursor, 1);
        opcode = ana_cursor_u8(cursor);
    } else if (opcode == 'r') { /* LONG_BINPUT */
        ana_cursor_skip(cursor, 4);
        opcode = ana_cursor_u8(cursor);
    }
    switch (opcode) {
    case 'G': /* BINFLOAT */
        cursor->big_endian = true;
        *value = ana_cursor_f64(cursor);
        break;
    case 'K': /* BININT1 */
        *value = ana_cursor_u8(cursor);
        break;
    case 'M': /* BININT2 */
        *value = ana_cursor_u16(cursor);
        break;
    case 'J': /* BININT */
        *value = ana_cursor_i32(cursor);
        break;
    default:
        return false;
    }
    return !cursor->failed;
}

ana_status ana_suite2p_find_rate(const char *path, double *rate)
{
    static const struct {
        const char *bytes;
        size_t n;
    } keys[] = {{"X\2\0\0\0fs", 7}, {"\x8c\2fs", 4}}; /* BINUNICODE, SHORT_BINUNICODE */
    char *bytes = NULL;
    size_t n = 0;
    *rate = 0.0;
    ana_status status = ana_file_read_all(path, MAX_OPS_BYTES, &bytes, &n);
    if (status != ANA_OK) {
        return status;
    }
    bool differ = false;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < 2; k++) {
            if (n - i < keys[k].n || memcmp(bytes + i, keys[k].bytes, keys[k].n) != 0) {
                continue;
            }
            ana_cursor cursor =
                ana_cursor_over(path, bytes + i + keys[k].n, n - i - keys[k].n, i + keys[k].n);
            double value = 0.0;
            if (pickled_number(&cursor, &value) && value > 0.0 && isfinite(value)) {
                differ = differ || (*rate > 0.0 && *rate != value);
                *rate = value;
            }
        }
    }
    *rate = differ ? 0.0 : *rate;
    free(bytes);
    return ANA_OK;
}

/* One plane on its way into the recording. */
typedef struct imaging_plane {
    char *folder;
    const char *prefix; /* of names: "" or "plane0/" */
    size_t n_rois;
    size_t n_frames;
    double rate;
} imaging_plane;

/* Open FOLDER/name; *held NULL when it is not there. */
static ana_status open_array(const imaging_plane *plane, const char *name, ana_held_file **held,
                             ana_npy *npy)
{
    ana_status status = ANA_OK;
    char *path = NULL;
    ana_file *file = NULL;
    *held = NULL;
    ANA_TRY(ana_folder_join(plane->folder, name, &path));
    if (!ana_folder_has(plane->folder, name)) {
        goto done;
    }
    ANA_TRY(ana_file_open(path, &file));
    ANA_TRY(ana_npy_open(file, 0, ana_file_size(file), npy));
    ANA_TRY(ana_npy_check_numbers(path, npy));
    if (npy->n_axes != 2) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: byte 0: has %zu axes, but roi x frame are needed",
                          path, npy->n_axes);
        goto done;
    }
    ANA_TRY(ana_held_file_new(file, NULL, held));
    file = NULL;
done:
    ana_file_close(file);
    free(path);
    return status;
}

static ana_status check_rois(const imaging_plane *plane, const char *name, size_t n_rois)
{
    if (n_rois == plane->n_rois) {
        return ANA_OK;
    }
    return ana_fail(ANA_ERR_FORMAT, "%s: byte 0: F.npy has %zu rois, but %s has %zu", plane->folder,
                    plane->n_rois, name, n_rois);
}

static ana_status name_of(const imaging_plane *plane, const char *name, char **out)
{
    ana_text text = {0};
    ana_text_append(&text, plane->prefix);
    ana_text_append_bytes(&text, name, strcspn(name, "."));
    ana_status status = ana_text_check(&text, "name");
    if (status != ANA_OK) {
        ana_text_release(&text);
        return status;
    }
    *out = text.bytes;
    return ANA_OK;
}

static ana_status name_rois(ana_series *series)
{
    for (size_t c = 0; c < series->n_channels; c++) {
        char name[24];
        snprintf(name, sizeof name, "%zu", c);
        ana_status status = ana_copy_text(name, &series->channels[c].name);
        if (status != ANA_OK) {
            return status;
        }
        series->channels[c].kind = ANA_KIND_ROI;
    }
    return ANA_OK;
}

static ana_status add_series(ana_recording *recording, const imaging_plane *plane,
                             const char *file_name, const char *description,
                             const ana_placed_array *place)
{
    ana_status status = ANA_OK;
    ana_series *series = NULL;
    char *name = NULL;
    ANA_TRY(name_of(plane, file_name, &name));
    ANA_TRY(ana_series_new(name, place->shape[0], &series));
    ANA_TRY(ana_copy_text(description, &series->description));
    ANA_TRY(name_rois(series));
    series->type = place->type.sample;
    ANA_TRY(ana_source_from_array(place, 1, &series->source));
    ANA_TRY(ana_series_set_times(series, place->shape[1], plane->rate, NULL));
    status = ana_recording_add_series(recording, series);
    series = NULL;
done:
    ana_series_free(series);
    free(name);
    return status;
}

static const struct {
    const char *name;
    const char *description;
} traces[] = {
    {"F.npy", "fluorescence of the rois"},
    {"Fneu.npy", "fluorescence of the neuropil around the rois"},
    {"spks.npy", "deconvolved activity"},
    {"F_chan2.npy", "fluorescence of the rois in the second channel"},
    {"Fneu_chan2.npy", "fluorescence of the neuropil in the second channel"},
};

static ana_status read_trace(ana_recording *recording, imaging_plane *plane, size_t i)
{
    ana_status status = ANA_OK;
    ana_held_file *held = NULL;
    ana_npy npy = {0};
    ANA_TRY(open_array(plane, traces[i].name, &held, &npy));
    if (held == NULL) {
        goto done;
    }
    if (i == 0) {
        plane->n_rois = npy.shape[0];
        plane->n_frames = npy.shape[1];
    }
    ANA_TRY(check_rois(plane, traces[i].name, npy.shape[0]));
    if (npy.shape[1] != plane->n_frames) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: byte 0: F.npy has %zu frames, but %s has %zu",
                          plane->folder, plane->n_frames, traces[i].name, npy.shape[1]);
        goto done;
    }
    ana_placed_array place = {.held = held,
                              .offset = npy.data,
                              .type = npy.type,
                              .n_axes = 2,
                              .shape = {npy.shape[0], npy.shape[1]}};
    ana_placed_array_order(&place, npy.fortran);
    ANA_TRY(add_series(recording, plane, traces[i].name, traces[i].description, &place));
done:
    ana_npy_release(&npy);
    ana_held_file_free(held);
    return status;
}

/* iscell.npy and redcell.npy: a truth and a probability for each roi. */
static ana_status add_judgement(const imaging_plane *plane, const char *file_name,
                                const char *column, const char *probability, const ana_run *run,
                                ana_table *table)
{
    ana_status status = ANA_OK;
    ana_held_file *held = NULL;
    ana_npy npy = {0};
    double *values = NULL;
    double *second = NULL;
    ana_column *truths = NULL;
    ANA_TRY(open_array(plane, file_name, &held, &npy));
    if (held == NULL) {
        goto done;
    }
    ANA_TRY(check_rois(plane, file_name, npy.shape[0]));
    if (npy.shape[1] < 1 || npy.shape[1] > 2) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: byte 0: %s has %zu columns, but 1 or 2 are right",
                          plane->folder, file_name, npy.shape[1]);
        goto done;
    }
    ANA_TRY(ana_allocate(npy.n, sizeof *values, file_name, &values));
    ANA_TRY(ana_allocate(npy.shape[0], sizeof *second, file_name, &second));
    ANA_TRY(ana_npy_read_doubles(ana_held_file_get(held), &npy, run, values));
    ANA_TRY(ana_table_add(table, column, ANA_COLUMN_BOOL, NULL, &truths));
    for (size_t r = 0; r < npy.shape[0]; r++) {
        truths->bools[r] = values[r * npy.shape[1]] != 0.0;
        second[r] = values[(r + 1) * npy.shape[1] - 1];
    }
    if (npy.shape[1] == 2) {
        ANA_TRY(ana_table_add_doubles(table, probability, NULL, second));
    }
done:
    free(values);
    free(second);
    ana_npy_release(&npy);
    ana_held_file_free(held);
    return status;
}

static ana_status read_rois(ana_recording *recording, const imaging_plane *plane,
                            const ana_run *run)
{
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    ana_column *ids = NULL;
    char *name = NULL;
    ANA_TRY(name_of(plane, "rois", &name));
    ANA_TRY(ana_table_new(plane->n_rois, &table));
    ANA_TRY(ana_table_add(table, "roi", ANA_COLUMN_INT, NULL, &ids));
    for (size_t r = 0; r < plane->n_rois; r++) {
        ids->ints[r] = (int64_t)r;
    }
    ANA_TRY(add_judgement(plane, "iscell.npy", "iscell", "probability", run, table));
    ANA_TRY(add_judgement(plane, "redcell.npy", "redcell", "red_probability", run, table));
    status = ana_recording_add_table(recording, name, table);
    table = NULL;
done:
    ana_table_free(table);
    free(name);
    return status;
}

/* The rate given, or the one in ops.npy, or a refusal. */
static ana_status find_rate(imaging_plane *plane, const ana_read_options *options)
{
    ana_status status = ANA_OK;
    char *path = NULL;
    plane->rate = options->rate;
    if (plane->rate <= 0.0 && ana_folder_has(plane->folder, "ops.npy")) {
        ANA_TRY(ana_folder_join(plane->folder, "ops.npy", &path));
        ANA_TRY(ana_suite2p_find_rate(path, &plane->rate));
    }
    if (plane->rate <= 0.0) {
        status = ana_fail(ANA_ERR_UNSUPPORTED,
                          "%s: the frame rate is not known: ops.npy is missing or holds no plain "
                          "number \"fs\" (it is never unpickled); give the rate of one plane with "
                          "--rate",
                          plane->folder);
    }
done:
    free(path);
    return status;
}

/* Shapes are held against each other before the rate is asked for. */
static ana_status read_plane(ana_recording *recording, imaging_plane *plane,
                             const ana_read_options *options)
{
    ana_status status = ANA_OK;
    ana_held_file *held = NULL;
    ana_npy npy = {0};
    ANA_TRY(open_array(plane, "F.npy", &held, &npy));
    if (held == NULL) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: byte 0: no F.npy", plane->folder);
        goto done;
    }
    plane->n_rois = npy.shape[0];
    plane->n_frames = npy.shape[1];
    if (npy.n == 0 || plane->n_rois > SIZE_MAX / 2 / sizeof(ana_channel)) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: byte 0: F.npy holds %zu rois x %zu frames",
                          plane->folder, plane->n_rois, plane->n_frames);
        goto done;
    }
    ANA_TRY(
        ana_run_check_memory(&options->run, plane->n_rois * sizeof(ana_channel), plane->folder));
    ANA_TRY(read_rois(recording, plane, &options->run));
    if (!ana_folder_has(plane->folder, "iscell.npy")) {
        ANA_TRY(
            ana_recover(recording, options, "%s: no iscell.npy: all rois are kept", plane->folder));
    }
    ANA_TRY(find_rate(plane, options));
    for (size_t i = 0; i < sizeof traces / sizeof traces[0]; i++) {
        ANA_TRY(read_trace(recording, plane, i));
    }
done:
    ana_npy_release(&npy);
    ana_held_file_free(held);
    return status;
}

/* "plane0", "plane1", ... below `root`, as many as there are. */
static ana_status read_planes(ana_recording *recording, const char *root,
                              const ana_read_options *options)
{
    ana_status status = ANA_OK;
    for (int i = 0; i < MAX_PLANES && status == ANA_OK; i++) {
        char name[24];
        char prefix[24];
        snprintf(name, sizeof name, "plane%d", i);
        snprintf(prefix, sizeof prefix, "plane%d/", i);
        if (!ana_folder_has(root, name)) {
            break;
        }
        bool alone = i == 0 && !ana_folder_has(root, "plane1");
        imaging_plane plane = {.prefix = alone ? "" : prefix};
        status = ana_folder_join(root, name, &plane.folder);
        if (status == ANA_OK) {
            status = read_plane(recording, &plane, options);
        }
        free(plane.folder);
    }
    return status;
}

static ana_status read_folder(ana_recording *recording, const char *path,
                              const ana_read_options *options)
{
    ana_status status = ANA_OK;
    char *folder = NULL;
    char *below = NULL;
    ANA_TRY(ana_folder_of(path, &folder));
    if (ana_folder_has(folder, "F.npy")) {
        imaging_plane alone = {.folder = folder, .prefix = ""};
        status = read_plane(recording, &alone, options);
        goto done;
    }
    ANA_TRY(ana_folder_join(folder, "suite2p", &below));
    const char *root = ana_folder_has(folder, "suite2p") ? below : folder;
    if (!ana_folder_has(root, "plane0")) {
        status =
            ana_fail(ANA_ERR_FORMAT, "%s: byte 0: neither F.npy nor plane0 is in the folder", root);
        goto done;
    }
    status = read_planes(recording, root, options);
done:
    free(below);
    free(folder);
    return status;
}

static ana_status read(const char *path, const ana_read_options *options, ana_recording **out)
{
    ana_status status = ANA_OK;
    ana_recording *recording = NULL;
    ANA_TRY(ana_recording_new(&recording));
    ANA_TRY(ana_copy_text("suite2p", &recording->format));
    ANA_TRY(ana_copy_text(path, &recording->path));
    ANA_TRY(read_folder(recording, path, options));
    *out = recording;
    recording = NULL;
done:
    ana_recording_free(recording);
    return status;
}

/* A folder of planes or of one plane, or the F.npy of a plane. */
static int probe(const ana_probe *probe)
{
    if (!probe->is_folder) {
        const char *slash = strrchr(probe->path, '/');
        const char *name = slash != NULL ? slash + 1 : probe->path;
        bool trace = strcmp(name, "F.npy") == 0 && ana_folder_has_beside(probe->path, "iscell.npy");
        return trace ? 98 : 0;
    }
    if (ana_folder_has(probe->path, "plane0/F.npy") ||
        ana_folder_has(probe->path, "suite2p/plane0/F.npy")) {
        return 95;
    }
    return ana_folder_has(probe->path, "F.npy") ? 90 : 0;
}

const ana_format ana_format_suite2p = {
    .name = "suite2p",
    .title = "Suite2p folder",
    .endings = "folder",
    .probe = probe,
    .read = read,
    .write = ana_suite2p_write,
    .losses = ana_suite2p_losses,
};
