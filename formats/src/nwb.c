/* NWB 2.x on HDF5: detection, the walk by neurodata_type, and the session's facts. */
#include "nwb.h"

#include "file.h"
#include "hdf5_walk.h"
#include "lists.h"
#include "memory.h"
#include "nwb_validate.h"
#include "nwb_write.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *ana_nwb_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

const ana_nwb_object *ana_nwb_find(const ana_nwb_reader *reader, uint64_t address)
{
    for (size_t i = 0; i < reader->n_objects && address != 0; i++) {
        if (reader->objects[i].address == address) {
            return &reader->objects[i];
        }
    }
    return NULL;
}

static bool has_zarr_marks(const char *path)
{
    static const char *const marks[] = {".zgroup", "zarr.json", ".zattrs"};
    bool found = false;
    for (size_t i = 0; i < 3 && !found; i++) {
        ana_text name = {0};
        struct stat seen;
        ana_text_append(&name, path);
        ana_text_append(&name, "/");
        ana_text_append(&name, marks[i]);
        found = !name.failed && stat(name.bytes, &seen) == 0;
        ana_text_release(&name);
    }
    return found;
}

/* 95 when the root says so; a file of that name that cannot even be opened is a broken NWB file. */
static int nwb_probe(const ana_probe *probe)
{
    if (probe->is_folder) {
        return has_zarr_marks(probe->path) ? 80 : 0;
    }
    if (!ana_hdf5_has_signature(probe->head, probe->n_head)) {
        return 0;
    }
    int by_name = ana_text_ends_with_ignoring_case(probe->path, ".nwb") ? 60 : 0;
    ana_hdf5 *file = NULL;
    char *version = NULL;
    char *type = NULL;
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    if (ana_hdf5_open(probe->path, NULL, &file) != ANA_OK) {
        return by_name;
    }
    bool says = (ana_hdf5_attribute_text(file, "/", "nwb_version", &version) == ANA_OK &&
                 version != NULL) ||
                (ana_hdf5_attribute_text(file, "/", "neurodata_type", &type) == ANA_OK &&
                 type != NULL && strcmp(type, "NWBFile") == 0) ||
                (ana_hdf5_look(file, "/nwb_version", &kind) == ANA_OK && kind == ANA_HDF5_DATASET);
    free(version);
    free(type);
    ana_hdf5_close(file);
    return says ? 95 : by_name;
}

/* NWB 1 kept its version in a dataset. */
static ana_status check_version(ana_nwb_reader *reader)
{
    ana_status status = ANA_OK;
    char *version = NULL;
    const char *path = ana_hdf5_path(reader->file);
    ANA_TRY(ana_hdf5_attribute_text(reader->file, "/", "nwb_version", &version));
    if (version == NULL) {
        ANA_TRY(ana_hdf5_read_text(reader->file, "/nwb_version", &version));
    }
    if (version == NULL) {
        status = ana_recover(reader->recording, reader->options,
                             "%s: /: has no nwb_version; read as NWB 2", path);
    } else if (version[0] == '1' || ana_text_starts_with(version, "NWB-1") ||
               ana_text_starts_with(version, "NWB-0")) {
        status =
            ana_fail(ANA_ERR_UNSUPPORTED,
                     "%s: is NWB %s; NWB 1 is not read, convert it to NWB 2 first", path, version);
    } else {
        status = ana_recording_add_fact(reader->recording, "nwb_version", version);
    }
done:
    free(version);
    return status;
}

static bool is_one_of(const char *type, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (strcmp(type, *names) == 0) {
            return true;
        }
    }
    return false;
}

/* A series is called one and has data or times (containers are called so, too); that of an
 * extension has both. */
static ana_status is_series(ana_nwb_reader *reader, const char *path, const char *type, bool *out)
{
    static const char *const members[] = {"data", "timestamps", "starting_time"};
    ana_status status = ANA_OK;
    ana_text member = {0};
    bool found[3] = {false, false, false};
    for (size_t i = 0; i < 3; i++) {
        ana_hdf5_kind kind = ANA_HDF5_NOTHING;
        ANA_TRY(ana_nwb_join(&member, path, members[i]));
        ANA_TRY(ana_hdf5_look(reader->file, member.bytes, &kind));
        found[i] = kind == ANA_HDF5_DATASET;
    }
    bool has_times = found[1] || found[2];
    *out = ana_text_ends_with_ignoring_case(type, "Series") ? found[0] || has_times
                                                            : found[0] && has_times;
done:
    ana_text_release(&member);
    return status;
}

/* *known: the group is one of ours. */
static ana_status find_role(ana_nwb_reader *reader, const char *path, const char *type,
                            ana_nwb_role *role, bool *known)
{
    static const char *const movies[] = {
        "ImageSeries",   "TwoPhotonSeries", "OnePhotonSeries",     "ImageMaskSeries",
        "OpticalSeries", "IndexSeries",     "ImagingVolumeSeries", NULL};
    ana_status status = ANA_OK;
    ana_hdf5_info info;
    bool is_table = false;
    bool series = false;
    *known = true;
    if (is_one_of(type, movies)) {
        *role = ANA_NWB_MOVIE;
        return ANA_OK;
    }
    if (strcmp(type, "AnnotationSeries") == 0) {
        *role = ANA_NWB_ANNOTATIONS;
        return ANA_OK;
    }
    ANA_TRY(ana_hdf5_describe_attribute(reader->file, path, "colnames", &is_table, &info));
    if (is_table) {
        *role = strcmp(type, "Units") == 0           ? ANA_NWB_UNITS
                : strcmp(type, "TimeIntervals") == 0 ? ANA_NWB_INTERVALS
                                                     : ANA_NWB_TABLE;
        return ANA_OK;
    }
    ANA_TRY(is_series(reader, path, type, &series));
    *role = ANA_NWB_SERIES;
    *known = series;
done:
    return status;
}

static ana_status remember(ana_nwb_reader *reader, const char *path, char **type, ana_nwb_role role)
{
    ana_status status = ANA_OK;
    ana_hdf5_token token;
    ana_nwb_object object = {.role = role};
    ANA_TRY(ana_hdf5_get_token(reader->file, path, &token));
    ANA_TRY(ana_grow(&reader->objects, &reader->capacity, reader->n_objects + 1, sizeof object,
                     "objects of an NWB file"));
    ANA_TRY(ana_copy_text(path, &object.path));
    object.address = token.address;
    object.type = *type;
    *type = NULL;
    reader->objects[reader->n_objects++] = object;
done:
    return status;
}

static ana_status visit_link(void *user, ana_hdf5_visit *visit)
{
    ana_nwb_reader *reader = user;
    ana_status status = ANA_OK;
    char *type = NULL;
    bool known = false;
    ana_nwb_role role = ANA_NWB_SERIES;
    if (visit->problem != NULL) {
        return ana_recover(reader->recording, reader->options, "%s: %s: is not followed: %s",
                           ana_hdf5_path(reader->file), visit->path, visit->problem);
    }
    if (strcmp(visit->path, "/specifications") == 0) {
        visit->enter = false;
    }
    /* What a soft link leads to is met where it stands. */
    if (visit->kind != ANA_HDF5_GROUP || visit->seen_before || visit->link->type == ANA_HDF5_SOFT ||
        !visit->enter) {
        bool external = visit->kind == ANA_HDF5_GROUP && visit->link->type == ANA_HDF5_EXTERNAL;
        if (!external) {
            return ANA_OK;
        }
    }
    ANA_TRY(ana_hdf5_attribute_text(reader->file, visit->path, "neurodata_type", &type));
    if (type == NULL) {
        goto done;
    }
    ANA_TRY(find_role(reader, visit->path, type, &role, &known));
    if (known) {
        ANA_TRY(remember(reader, visit->path, &type, role));
    }
done:
    free(type);
    return status;
}

/* A text, or several joined, as a fact. */
static ana_status add_fact(ana_nwb_reader *reader, const char *path, const char *name)
{
    ana_status status = ANA_OK;
    ana_hdf5_texts texts = {0};
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    ana_hdf5_info info;
    ana_text joined = {0};
    ANA_TRY(ana_hdf5_look(reader->file, path, &kind));
    if (kind != ANA_HDF5_DATASET) {
        goto done;
    }
    ANA_TRY(ana_hdf5_describe(reader->file, path, &info));
    if (info.type_class != ANA_HDF5_TEXT || info.n_elements == 0) {
        goto done;
    }
    ANA_TRY(ana_hdf5_read_texts(reader->file, path, &texts));
    for (size_t i = 0; i < texts.n; i++) {
        ana_text_append(&joined, i > 0 ? "; " : "");
        ana_text_append(&joined, texts.items[i]);
    }
    ANA_TRY(ana_text_check(&joined, path));
    status = ana_recording_add_fact(reader->recording, name, joined.bytes);
done:
    ana_text_release(&joined);
    ana_hdf5_texts_release(&texts);
    return status;
}

/* The texts that stand in a group, as facts "prefix" + name. */
static ana_status add_facts(ana_nwb_reader *reader, const char *group, const char *prefix)
{
    ana_status status = ANA_OK;
    ana_hdf5_links links = {0};
    ana_text path = {0};
    ana_text name = {0};
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    ANA_TRY(ana_hdf5_look(reader->file, group, &kind));
    if (kind != ANA_HDF5_GROUP) {
        goto done;
    }
    ANA_TRY(ana_hdf5_list(reader->file, group, &links));
    for (size_t i = 0; i < links.n; i++) {
        if (links.items[i].type != ANA_HDF5_HARD) {
            continue;
        }
        ANA_TRY(ana_nwb_join(&path, group, links.items[i].name));
        name.n = 0;
        ana_text_append(&name, prefix);
        ana_text_append(&name, links.items[i].name);
        ANA_TRY(ana_text_check(&name, path.bytes));
        ANA_TRY(add_fact(reader, path.bytes, name.bytes));
    }
done:
    ana_text_release(&name);
    ana_text_release(&path);
    ana_hdf5_links_release(&links);
    return status;
}

/* Times count from timestamps_reference_time, which is nearly always the session's start. */
static ana_status read_session(ana_nwb_reader *reader)
{
    ana_status status = ANA_OK;
    char *reference = NULL;
    char *start = NULL;
    ANA_TRY(ana_hdf5_read_text(reader->file, "/timestamps_reference_time", &reference));
    ANA_TRY(ana_hdf5_read_text(reader->file, "/session_start_time", &start));
    if (reference != NULL && start != NULL && strcmp(reference, start) != 0) {
        ANA_TRY(ana_recording_add_fact(reader->recording, "session_start_time", start));
    }
    reader->recording->start_time = reference != NULL ? reference : start;
    if (reference != NULL) {
        reference = NULL;
    } else {
        start = NULL;
    }
    ANA_TRY(add_fact(reader, "/session_description", "session_description"));
    ANA_TRY(add_fact(reader, "/identifier", "identifier"));
    ANA_TRY(add_facts(reader, "/general", ""));
    ANA_TRY(add_facts(reader, "/general/subject", "subject/"));
done:
    free(reference);
    free(start);
    return status;
}

/* A movie stays where it is; the table says where that is. */
static ana_status add_movie(ana_nwb_reader *reader, const ana_nwb_object *object)
{
    ana_status status = ANA_OK;
    ana_text path = {0};
    ana_hdf5_texts files = {0};
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    ana_table *table = NULL;
    const char **names = NULL;
    ANA_TRY(ana_nwb_join(&path, object->path, "external_file"));
    ANA_TRY(ana_hdf5_look(reader->file, path.bytes, &kind));
    if (kind == ANA_HDF5_DATASET) {
        ANA_TRY(ana_hdf5_read_texts(reader->file, path.bytes, &files));
    }
    ANA_TRY(ana_allocate(files.n, sizeof *names, object->path, &names));
    for (size_t i = 0; i < files.n; i++) {
        names[i] = files.items[i];
    }
    ANA_TRY(ana_table_new(files.n, &table));
    ANA_TRY(ana_table_add_texts(table, "external_file", names));
    status = ana_recording_add_table(reader->recording, ana_nwb_name(object->path), table);
    table = NULL;
done:
    free(names);
    ana_table_free(table);
    ana_hdf5_texts_release(&files);
    ana_text_release(&path);
    return status;
}

static ana_status add_object(ana_nwb_reader *reader, const ana_nwb_object *object)
{
    switch (object->role) {
    case ANA_NWB_TABLE:
        return ana_nwb_add_table(reader, object);
    case ANA_NWB_UNITS:
        return ana_nwb_add_units(reader, object);
    case ANA_NWB_INTERVALS:
        return ana_nwb_add_intervals(reader, object);
    case ANA_NWB_ANNOTATIONS:
        return ana_nwb_add_annotations(reader, object);
    case ANA_NWB_MOVIE:
        return add_movie(reader, object);
    case ANA_NWB_SERIES:
    default:
        return ana_nwb_add_series(reader, object);
    }
}

/* Tables first: series name their channels by them. */
static ana_status add_objects(ana_nwb_reader *reader)
{
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < reader->n_objects; i++) {
            const ana_nwb_object *object = &reader->objects[i];
            ana_status status = ANA_OK;
            if ((object->role == ANA_NWB_TABLE) == (pass == 0)) {
                status = add_object(reader, object);
            }
            if (status != ANA_OK) {
                return status;
            }
        }
    }
    return ANA_OK;
}

/* Where the file does not say how long a unit was watched, the recording's extent is taken. */
static ana_status infer_observed(ana_recording *recording)
{
    double stop = 0.0;
    double start = 0.0;
    ana_status status = ana_recording_duration(recording, &stop);
    for (size_t i = 0; status == ANA_OK && i < recording->n_spikes; i++) {
        ana_spikes *spikes = recording->spikes[i];
        for (size_t k = 0; k < spikes->n_spikes && spikes->observed_inferred; k++) {
            start = spikes->times[k] < start ? spikes->times[k] : start;
        }
        if (spikes->observed_inferred) {
            status = ana_spikes_observe(spikes, 1, &start, &stop);
            spikes->observed_inferred = true;
        }
    }
    return status;
}

static void release(ana_nwb_reader *reader)
{
    for (size_t i = 0; i < reader->n_objects; i++) {
        free(reader->objects[i].path);
        free(reader->objects[i].type);
    }
    free(reader->objects);
    ana_hdf5_close(reader->file);
    ana_recording_free(reader->recording);
}

static ana_status nwb_read(const char *path, const ana_read_options *options, ana_recording **out)
{
    ana_status status = ANA_OK;
    ana_nwb_reader reader = {.options = options};
    struct stat seen;
    *out = NULL;
    if (stat(path, &seen) == 0 && S_ISDIR(seen.st_mode)) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "%s: is a Zarr folder; NWB is read from HDF5 files (.nwb) only", path);
    }
    ANA_TRY(ana_recording_new(&reader.recording));
    ANA_TRY(ana_copy_text("nwb", &reader.recording->format));
    ANA_TRY(ana_copy_text(path, &reader.recording->path));
    ANA_TRY(ana_hdf5_open(path, options, &reader.file));
    ANA_TRY(check_version(&reader));
    ANA_TRY(read_session(&reader));
    ANA_TRY(ana_hdf5_walk(reader.file, "/", visit_link, &reader));
    ANA_TRY(add_objects(&reader));
    ANA_TRY(infer_observed(reader.recording));
    *out = reader.recording;
    reader.recording = NULL;
done:
    release(&reader);
    return status;
}

const ana_format ana_format_nwb = {
    .name = "nwb",
    .title = "Neurodata Without Borders 2 on HDF5",
    .endings = ".nwb",
    .probe = nwb_probe,
    .read = nwb_read,
    .write = ana_nwb_write,
    .losses = ana_nwb_losses,
    .validate = ana_nwb_validate,
};
