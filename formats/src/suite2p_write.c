/* A Suite2p folder of one plane from a recording of calcium traces. */
#include "folder.h"
#include "memory.h"
#include "npy.h"
#include "pour.h"
#include "suite2p.h"
#include "try.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The series that is F.npy: the one called so, else the first of rois. */
static const ana_series *find_fluorescence(const ana_recording *recording)
{
    const ana_series *found = ana_recording_find_series(recording, "F");
    for (size_t i = 0; i < recording->n_series && found == NULL; i++) {
        const ana_series *series = recording->series[i];
        bool rois = series->n_channels > 0 && series->channels[0].kind == ANA_KIND_ROI;
        found = rois ? series : NULL;
    }
    return found;
}

/* The series that goes with F: of as many rois and frames at the same rate. */
static const ana_series *find_companion(const ana_recording *recording, const ana_series *f,
                                        const char *name)
{
    const ana_series *series = ana_recording_find_series(recording, name);
    bool fits = series != NULL && series != f && series->n_channels == f->n_channels &&
                series->n_times == f->n_times && series->rate == f->rate;
    return fits ? series : NULL;
}

static const ana_table *find_rois(const ana_recording *recording, const ana_series *f)
{
    const ana_table *table = ana_recording_find_table(recording, "rois");
    const ana_column *iscell = table != NULL ? ana_table_find(table, "iscell") : NULL;
    bool fits = iscell != NULL && iscell->type == ANA_COLUMN_BOOL && iscell->row_start == NULL &&
                table->n_rows == f->n_channels;
    return fits ? table : NULL;
}

static ana_status write_series(const ana_series *series, const char *path, const ana_run *run)
{
    ana_status status = ANA_OK;
    ana_atomic atomic = {0};
    ana_text header = {0};
    const size_t shape[] = {series->n_channels, series->n_times};
    bool physical = !ana_series_is_unscaled(series);
    ana_npy_put_header(&header, ana_npy_descr(physical ? ANA_FLOAT64 : series->type), true, 2,
                       shape);
    ANA_TRY(ana_text_check(&header, path));
    ANA_TRY(ana_atomic_open(path, &atomic));
    ANA_TRY(ana_atomic_write(&atomic, header.bytes, header.n));
    ANA_TRY(ana_series_pour(series, physical, run, ana_pour_into_atomic, &atomic));
    ANA_TRY(ana_atomic_commit(&atomic));
done:
    ana_atomic_discard(&atomic);
    ana_text_release(&header);
    return status;
}

static ana_status write_iscell(const ana_table *table, const char *path)
{
    const ana_column *iscell = ana_table_find(table, "iscell");
    const ana_column *probability = ana_table_find(table, "probability");
    bool known = probability != NULL && probability->type == ANA_COLUMN_DOUBLE &&
                 probability->row_start == NULL;
    double *values = NULL;
    ana_status status = ana_allocate(table->n_rows, 2 * sizeof *values, path, &values);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t r = 0; r < table->n_rows; r++) {
        values[2 * r] = iscell->bools[r] ? 1.0 : 0.0;
        values[2 * r + 1] = known ? probability->doubles[r] : values[2 * r];
    }
    const size_t shape[] = {table->n_rows, 2};
    status = ana_npy_save(path, ANA_FLOAT64, 2, shape, values);
    free(values);
    return status;
}

ana_status ana_suite2p_write_ops(const char *path, double rate)
{
    /* Opcodes of protocol 3 that make a 0-d object array of a dictionary, as numpy.save does. */
    static const char before[] =
        "\x80\x03"
        "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85"
        "C\1b\x87R("
        "K\1)cnumpy\ndtype\nX\2\0\0\0O8\x89\x88\x87R(K\3X\1\0\0\0|NNNJ\xff\xff\xff\xff"
        "J\xff\xff\xff\xffK?tb\x89]}X\2\0\0\0fsG";
    static const char after[] = "satb.";
    ana_status status = ANA_OK;
    ana_atomic atomic = {0};
    ana_text text = {0};
    uint64_t bits = 0;
    memcpy(&bits, &rate, sizeof bits);
    ana_npy_put_header(&text, "|O", false, 0, NULL);
    ana_text_append_bytes(&text, before, sizeof before - 1);
    for (int shift = 56; shift >= 0; shift -= 8) {
        const char byte = (char)(unsigned char)(bits >> shift & 0xff);
        ana_text_append_bytes(&text, &byte, 1);
    }
    ana_text_append_bytes(&text, after, sizeof after - 1);
    ANA_TRY(ana_text_check(&text, path));
    ANA_TRY(ana_atomic_open(path, &atomic));
    ANA_TRY(ana_atomic_write(&atomic, text.bytes, text.n));
    ANA_TRY(ana_atomic_commit(&atomic));
done:
    ana_atomic_discard(&atomic);
    ana_text_release(&text);
    return status;
}

static const char *const file_names[] = {"F.npy", "Fneu.npy", "spks.npy", "iscell.npy", "ops.npy"};
static const char *const series_names[] = {"F", "Fneu", "spks"};

enum {
    N_FILES = 5,
    N_SERIES = 3
};

/* The i-th file of the plane's folder, where the recording has something for it. */
static ana_status write_file(const ana_recording *recording, const char *folder, size_t i,
                             const ana_run *run)
{
    ana_status status = ANA_OK;
    char *path = NULL;
    const ana_series *f = find_fluorescence(recording);
    const ana_series *series = i == 0         ? f
                               : i < N_SERIES ? find_companion(recording, f, series_names[i])
                                              : NULL;
    const ana_table *rois = find_rois(recording, f);
    ANA_TRY(ana_folder_join(folder, file_names[i], &path));
    if (series != NULL) {
        ANA_TRY(write_series(series, path, run));
    } else if (i == 3 && rois != NULL) {
        ANA_TRY(write_iscell(rois, path));
    } else if (i == 4 && f->rate > 0.0) {
        ANA_TRY(ana_suite2p_write_ops(path, f->rate));
    }
done:
    free(path);
    return status;
}

static ana_status make_folder(const char *path)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        return ana_fail_errno(path, "cannot be made", errno);
    }
    return ANA_OK;
}

/* Take back what was written below `root`, which was made for it. */
static void remove_plane(const char *root, const char *folder)
{
    for (size_t i = 0; i < N_FILES && folder != NULL; i++) {
        char *path = NULL;
        if (ana_folder_join(folder, file_names[i], &path) == ANA_OK) {
            (void)unlink(path);
        }
        free(path);
    }
    if (folder != NULL) {
        (void)rmdir(folder);
    }
    (void)rmdir(root);
}

static ana_status write_plane(const ana_recording *recording, const char *root, const ana_run *run)
{
    ana_status status = ANA_OK;
    char *folder = NULL;
    ANA_TRY(make_folder(root));
    ANA_TRY(ana_folder_join(root, "plane0", &folder));
    ANA_TRY(make_folder(folder));
    for (size_t i = 0; i < N_FILES; i++) {
        ANA_TRY(write_file(recording, folder, i, run));
    }
done:
    free(folder);
    return status;
}

/* A new folder appears whole, by a rename; in one that exists, each file is replaced whole. */
ana_status ana_suite2p_write(const ana_recording *recording, const char *path,
                             const char *final_path, const ana_write_options *options)
{
    ana_status status = ANA_OK;
    ana_text temporary = {0};
    char *folder = NULL;
    struct stat seen;
    (void)path;
    if (find_fluorescence(recording) == NULL) {
        return ana_fail(ANA_ERR_UNSUPPORTED, "%s: no series is called F or has rois", final_path);
    }
    if (stat(final_path, &seen) == 0) {
        return write_plane(recording, final_path, &options->run);
    }
    size_t n = strlen(final_path);
    n -= n > 1 && final_path[n - 1] == '/' ? 1 : 0;
    ana_text_append_bytes(&temporary, final_path, n);
    ana_text_printf(&temporary, ".%ld.tmp", (long)getpid());
    ANA_TRY(ana_text_check(&temporary, final_path));
    ANA_TRY(ana_folder_join(temporary.bytes, "plane0", &folder));
    status = write_plane(recording, temporary.bytes, &options->run);
    if (status == ANA_OK && rename(temporary.bytes, final_path) != 0) {
        status = ana_fail_errno(final_path, "cannot be written", errno);
    }
    if (status != ANA_OK) {
        remove_plane(temporary.bytes, folder);
    }
done:
    free(folder);
    ana_text_release(&temporary);
    return status;
}

static bool is_written(const ana_recording *recording, const ana_series *f,
                       const ana_series *series)
{
    return series == f || series == find_companion(recording, f, "Fneu") ||
           series == find_companion(recording, f, "spks");
}

static void lose_of_series(const ana_series *series, ana_text *text)
{
    if (series->n_segments > 1 || (series->n_segments == 1 && series->segments[0].start != 0.0)) {
        ana_text_printf(text, "series \"%s\": when its segments start\n", series->name);
    }
    if (!ana_series_is_unscaled(series)) {
        ana_text_printf(text,
                        "series \"%s\": the stored %s numbers (physical values are written)\n",
                        series->name, ana_sample_type_name(series->type));
    }
    for (size_t c = 0; c < series->n_channels; c++) {
        char wanted[24];
        const ana_channel *channel = &series->channels[c];
        snprintf(wanted, sizeof wanted, "%zu", c);
        bool plain = channel->name != NULL && strcmp(channel->name, wanted) == 0 &&
                     channel->unit == NULL && channel->kind == ANA_KIND_ROI;
        if (!plain) {
            ana_text_printf(text, "series \"%s\": names, kinds and units of its rois\n",
                            series->name);
            break;
        }
    }
}

ana_status ana_suite2p_losses(const ana_recording *recording, ana_text *text)
{
    const ana_series *f = find_fluorescence(recording);
    if (f == NULL) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "a Suite2p folder holds rois, and no series is called F or has some");
    }
    if (!(f->rate > 0.0)) {
        ana_text_printf(text, "series \"%s\": its times\n", f->name);
    }
    for (size_t i = 0; i < recording->n_series; i++) {
        const ana_series *series = recording->series[i];
        if (is_written(recording, f, series)) {
            lose_of_series(series, text);
        } else {
            ana_text_printf(text, "series \"%s\"\n", series->name);
        }
    }
    ana_recording others = *recording;
    others.n_series = 0;
    others.n_tables = 0;
    ana_lose_other_objects(&others, NULL, text);
    for (size_t i = 0; i < recording->n_tables; i++) {
        if (recording->tables[i].table != find_rois(recording, f)) {
            ana_text_printf(text, "table \"%s\"\n", recording->tables[i].name);
        }
    }
    return ANA_OK;
}
