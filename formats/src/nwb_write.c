/* NWB 2.6, written: the file's frame, its session, and what would be lost. */
#include "nwb_write.h"

#include "losses.h"
#include "memory.h"
#include "nwb.h"
#include "nwb_spec.h"
#include "try.h"

#include <analysis/random.h>

#include <stdlib.h>
#include <string.h>

/* Facts that have a place of their own in /general. `many`: the standard has a list there. */
static const struct {
    const char *name;
    bool many;
} general_facts[] = {
    {"experimenter", true},   {"institution", false},     {"lab", false},
    {"session_id", false},    {"keywords", true},         {"experiment_description", false},
    {"notes", false},         {"pharmacology", false},    {"protocol", false},
    {"slices", false},        {"stimulus", false},        {"surgery", false},
    {"virus", false},         {"data_collection", false}, {"related_publications", true},
    {"source_script", false},
};

static const char *const subject_facts[] = {"age",      "date_of_birth", "description",
                                            "genotype", "sex",           "species",
                                            "strain",   "subject_id",    "weight"};

ana_status ana_nwb_join_name(ana_text *text, const char *path, const char *name)
{
    ana_status status = ana_nwb_join(text, path, name);
    for (size_t i = strlen(path) + 1; status == ANA_OK && i < text->n; i++) {
        text->bytes[i] = text->bytes[i] == '/' ? '_' : text->bytes[i];
    }
    return status;
}

/* A UUID of version 4 by form; its bits follow from the recording and the path. */
static void object_id(const ana_recording *recording, const char *path, char out[37])
{
    static const char digits[] = "0123456789abcdef";
    const char *identifier = ana_recording_find_fact(recording, "identifier");
    ana_random name = ana_random_stream(0, identifier != NULL ? identifier : "", 0);
    ana_random start = ana_random_stream(
        ana_random_u64(&name), recording->start_time != NULL ? recording->start_time : "", 0);
    ana_random random = ana_random_stream(ana_random_u64(&start), path, 0);
    for (size_t i = 0; i < 36; i++) {
        uint32_t bits = ana_random_u32(&random) & 15;
        bits = i == 14 ? 4 : i == 19 ? 8 | (bits & 3) : bits;
        out[i] = i == 8 || i == 13 || i == 18 || i == 23 ? '-' : digits[bits];
    }
    out[36] = '\0';
}

ana_status ana_nwb_mark(ana_nwb_writer *writer, const char *path, const char *name_space,
                        const char *type)
{
    char id[37];
    object_id(writer->recording, path, id);
    ana_status status = ana_hdf5_set_text(writer->file, path, "namespace", name_space);
    if (status == ANA_OK) {
        status = ana_hdf5_set_text(writer->file, path, "neurodata_type", type);
    }
    return status == ANA_OK ? ana_hdf5_set_text(writer->file, path, "object_id", id) : status;
}

ana_status ana_nwb_make_group(ana_nwb_writer *writer, const char *path, const char *type)
{
    ana_status status = ana_hdf5_make_group(writer->file, path);
    return status == ANA_OK ? ana_nwb_mark(writer, path, "core", type) : status;
}

ana_status ana_nwb_ensure_folder(ana_nwb_writer *writer, const char *path)
{
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    ana_status status = ana_hdf5_look(writer->file, path, &kind);
    return status == ANA_OK && kind == ANA_HDF5_NOTHING ? ana_hdf5_make_group(writer->file, path)
                                                        : status;
}

ana_status ana_nwb_ensure_group(ana_nwb_writer *writer, const char *path, const char *type,
                                const char *description)
{
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    ana_status status = ana_hdf5_look(writer->file, path, &kind);
    if (status != ANA_OK || kind != ANA_HDF5_NOTHING) {
        return status;
    }
    status = ana_nwb_make_group(writer, path, type);
    return status == ANA_OK && description != NULL
               ? ana_hdf5_set_text(writer->file, path, "description", description)
               : status;
}

static const char *fact_or(const ana_recording *recording, const char *name, const char *otherwise)
{
    const char *value = ana_recording_find_fact(recording, name);
    return value != NULL ? value : otherwise;
}

/* Times count from the recording's start. A file must name one; unknown is the epoch. */
static ana_status write_session(ana_nwb_writer *writer)
{
    ana_status status = ANA_OK;
    const ana_recording *recording = writer->recording;
    const char *start =
        recording->start_time != NULL ? recording->start_time : "1970-01-01T00:00:00+00:00";
    ANA_TRY(ana_hdf5_write_text(writer->file, "/session_description",
                                fact_or(recording, "session_description", "no description")));
    ANA_TRY(ana_hdf5_write_text(writer->file, "/identifier",
                                fact_or(recording, "identifier", "recording")));
    ANA_TRY(ana_hdf5_write_text(writer->file, "/session_start_time",
                                fact_or(recording, "session_start_time", start)));
    ANA_TRY(ana_hdf5_write_text(writer->file, "/timestamps_reference_time", start));
    /* Not the clock's time: the same recording gives the same file. */
    status = ana_hdf5_write_texts(writer->file, "/file_create_date", 1, &start);
done:
    return status;
}

static ana_status write_general(ana_nwb_writer *writer)
{
    ana_status status = ANA_OK;
    ana_text path = {0};
    for (size_t i = 0; i < sizeof general_facts / sizeof *general_facts; i++) {
        const char *value = ana_recording_find_fact(writer->recording, general_facts[i].name);
        if (value == NULL) {
            continue;
        }
        ANA_TRY(ana_nwb_join(&path, "/general", general_facts[i].name));
        ANA_TRY(general_facts[i].many ? ana_hdf5_write_texts(writer->file, path.bytes, 1, &value)
                                      : ana_hdf5_write_text(writer->file, path.bytes, value));
        if (strcmp(general_facts[i].name, "source_script") == 0) {
            ANA_TRY(ana_hdf5_set_text(writer->file, path.bytes, "file_name", "unknown"));
        }
    }
done:
    ana_text_release(&path);
    return status;
}

static ana_status write_subject(ana_nwb_writer *writer)
{
    ana_status status = ANA_OK;
    ana_text name = {0};
    ana_text path = {0};
    for (size_t i = 0; i < sizeof subject_facts / sizeof *subject_facts; i++) {
        ANA_TRY(ana_nwb_join(&name, "subject", subject_facts[i]));
        const char *value = ana_recording_find_fact(writer->recording, name.bytes);
        if (value == NULL) {
            continue;
        }
        ANA_TRY(ana_nwb_ensure_group(writer, "/general/subject", "Subject", NULL));
        ANA_TRY(ana_nwb_join(&path, "/general/subject", subject_facts[i]));
        ANA_TRY(ana_hdf5_write_text(writer->file, path.bytes, value));
    }
done:
    ana_text_release(&name);
    ana_text_release(&path);
    return status;
}

static ana_status write_frame(ana_nwb_writer *writer)
{
    static const char *const groups[] = {
        "/acquisition",           "/analysis",          "/general", "/processing", "/stimulus",
        "/stimulus/presentation", "/stimulus/templates"};
    ana_status status = ANA_OK;
    ANA_TRY(ana_nwb_mark(writer, "/", "core", "NWBFile"));
    ANA_TRY(ana_hdf5_set_text(writer->file, "/", "nwb_version", ANA_NWB_VERSION));
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        ANA_TRY(ana_hdf5_make_group(writer->file, groups[i]));
    }
    ANA_TRY(write_session(writer));
    ANA_TRY(write_general(writer));
    ANA_TRY(write_subject(writer));
    status = ana_nwb_write_specifications(writer->file);
done:
    return status;
}

static ana_status write_all(ana_nwb_writer *writer)
{
    ana_status status = ANA_OK;
    ANA_TRY(write_frame(writer));
    ANA_TRY(ana_nwb_write_electrodes(writer));
    ANA_TRY(ana_nwb_write_all_series(writer));
    ANA_TRY(ana_nwb_write_all_units(writer));
    ANA_TRY(ana_nwb_write_all_intervals(writer));
    status = ana_nwb_write_all_tables(writer);
done:
    return status;
}

ana_status ana_nwb_write(const ana_recording *recording, const char *path, const char *final_path,
                         const ana_write_options *options)
{
    ana_status status = ANA_OK;
    ana_nwb_writer writer = {.recording = recording, .run = options != NULL ? &options->run : NULL};
    (void)final_path;
    ANA_TRY(
        ana_allocate(recording->n_series, sizeof *writer.series_paths, path, &writer.series_paths));
    ANA_TRY(ana_hdf5_create(path, &writer.file));
    status = write_all(&writer);
    ana_status finished = ana_hdf5_finish(writer.file);
    status = status != ANA_OK ? status : finished;
done:
    for (size_t i = 0; writer.series_paths != NULL && i < recording->n_series; i++) {
        free(writer.series_paths[i]);
    }
    free(writer.series_paths);
    ana_table_free(writer.made_electrodes);
    return status;
}

static bool holds_fact(const char *name)
{
    static const char *const others[] = {"session_description", "identifier", "session_start_time",
                                         "nwb_version"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(name, others[i]) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof general_facts / sizeof *general_facts; i++) {
        if (strcmp(name, general_facts[i].name) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof subject_facts / sizeof *subject_facts; i++) {
        if (strncmp(name, "subject/", 8) == 0 && strcmp(name + 8, subject_facts[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_bad(const ana_channel *channel)
{
    return channel->bad;
}

/* A gap is kept by timestamps, at the price of the rate. */
static void lose_rates(const ana_recording *recording, ana_text *text)
{
    for (size_t i = 0; i < recording->n_series; i++) {
        const ana_series *series = recording->series[i];
        if (series->rate > 0.0 && series->n_segments > 1) {
            ana_text_printf(text, "series \"%s\": its rate; %zu segments are kept by timestamps\n",
                            series->name, series->n_segments);
        }
    }
}

/* Tables have no shape within a row. */
static void lose_masks(const ana_recording *recording, ana_text *text)
{
    for (size_t i = 0; i < recording->n_tables; i++) {
        if (ana_table_find(recording->tables[i].table, "image_mask") != NULL) {
            ana_text_printf(text, "table \"%s\": height and width of its image masks\n",
                            recording->tables[i].name);
        }
    }
}

ana_status ana_nwb_losses(const ana_recording *recording, ana_text *text)
{
    lose_masks(recording, text);
    lose_rates(recording, text);
    ana_lose_of_channels(recording, "bad flag", is_bad, text);
    ana_lose_facts(recording, holds_fact, text);
    return ana_text_check(text, "losses");
}
