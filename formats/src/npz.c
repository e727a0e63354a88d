/* The format "npz": opening, single arrays, and archives of plain arrays. */
#include "npz.h"

#include "cursor.h"
#include "format.h"
#include "memory.h"
#include "npy_import.h"
#include "try.h"
#include "zip.h"

#include <stdlib.h>
#include <string.h>

/* Stored arrays up to this size are held against their checksum when they are opened. */
static const uint64_t max_verified = (uint64_t)64 << 20;

ana_status ana_npz_open(const char *path, ana_npz *npz)
{
    ana_status status = ANA_OK;
    ana_file *file = NULL;
    *npz = (ana_npz){0};
    ANA_TRY(ana_file_open(path, &file));
    ANA_TRY(ana_zip_open(file, &npz->zip));
    if (npz->zip->n_entries > ANA_MAX_ARRAYS) {
        status = ana_fail(ANA_ERR_UNSUPPORTED, "%s: byte 0: %zu arrays; a recording has at most %d",
                          path, npz->zip->n_entries, ANA_MAX_ARRAYS);
        goto done;
    }
    ANA_TRY(ana_held_file_new(file, NULL, &npz->held));
    file = NULL;
done:
    if (status != ANA_OK) {
        ana_npz_close(npz);
    }
    ana_file_close(file);
    return status;
}

void ana_npz_close(ana_npz *npz)
{
    ana_zip_close(npz->zip);
    ana_held_file_free(npz->held);
    *npz = (ana_npz){0};
}

static bool is_array(const ana_zip_entry *entry)
{
    return ana_text_ends_with_ignoring_case(entry->name, ".npy");
}

ana_status ana_npz_key(const ana_zip_entry *entry, char **out)
{
    return ana_copy_bytes_as_text(entry->name, strlen(entry->name) - (is_array(entry) ? 4 : 0),
                                  out);
}

const ana_zip_entry *ana_npz_find(const ana_npz *npz, const char *key)
{
    size_t n = strlen(key);
    for (size_t i = 0; i < npz->zip->n_entries; i++) {
        const ana_zip_entry *entry = &npz->zip->entries[i];
        if (is_array(entry) && strlen(entry->name) == n + 4 && memcmp(entry->name, key, n) == 0) {
            return entry;
        }
    }
    return NULL;
}

ana_status ana_npz_fail_key(const ana_npz *npz, const char *key)
{
    ana_text names = {0};
    for (size_t i = 0; i < npz->zip->n_entries && names.n < 500; i++) {
        const char *name = npz->zip->entries[i].name;
        size_t n = strlen(name) - (is_array(&npz->zip->entries[i]) ? 4 : 0);
        ana_text_append(&names, i > 0 ? ", " : "");
        ana_text_append_bytes(&names, name, n);
    }
    const char *path = ana_file_name(ana_held_file_get(npz->held));
    const char *there = names.bytes != NULL ? names.bytes : "none";
    if (key == NULL) {
        (void)ana_fail(ANA_ERR_VALUE, "%s: holds %zu arrays; name one of them after ':': %s", path,
                       npz->zip->n_entries, there);
    } else {
        (void)ana_fail(ANA_ERR_VALUE, "%s: has no array \"%s\"; there are: %s", path, key, there);
    }
    ana_text_release(&names);
    return ANA_ERR_VALUE;
}

/* The unpacked bytes as a file in memory. */
static ana_status unpack(ana_npz *npz, const ana_zip_entry *entry, const ana_run *run,
                         ana_held_file **held)
{
    ana_status status = ANA_OK;
    unsigned char *bytes = NULL;
    ana_file *file = NULL;
    const char *name = ana_file_name(npz->zip->file);
    npz->n_packed += entry->n_packed;
    npz->n_unpacked = entry->n_bytes < UINT64_MAX - npz->n_unpacked
                          ? npz->n_unpacked + entry->n_bytes
                          : UINT64_MAX;
    ANA_TRY(ana_check_expansion(name, run, npz->n_packed, npz->n_unpacked));
    ANA_TRY(ana_zip_read(npz->zip, entry, run, &bytes));
    ANA_TRY(ana_file_from_memory(name, bytes, (size_t)entry->n_bytes, &file));
    ANA_TRY(ana_held_file_new(file, bytes, held));
    bytes = NULL;
    file = NULL;
done:
    ana_file_close(file);
    free(bytes);
    return status;
}

ana_status ana_npz_array(ana_npz *npz, const ana_zip_entry *entry, const ana_run *run,
                         ana_held_file **held, ana_npy *npy)
{
    ana_status status = ANA_OK;
    ana_held_file *bytes = NULL;
    if (entry->deflated) {
        ANA_TRY(unpack(npz, entry, run, &bytes));
    } else {
        ANA_TRY(entry->n_bytes <= max_verified ? ana_zip_verify(npz->zip, entry) : ANA_OK);
        bytes = ana_held_file_share(npz->held);
    }
    status = ana_npy_open(ana_held_file_get(bytes), entry->deflated ? 0 : entry->offset,
                          entry->n_bytes, npy);
    if (status != ANA_OK) {
        status = ana_fail_in(status, "\"%s\": ", entry->name);
        goto done;
    }
    *held = bytes;
    bytes = NULL;
done:
    ana_held_file_free(bytes);
    return status;
}

/* One array of a plain archive; what cannot be read is passed over with a warning. */
static ana_status import_entry(ana_npz *npz, const ana_zip_entry *entry,
                               const ana_read_options *options, ana_recording *recording,
                               ana_array_list *list)
{
    ana_status status = ANA_OK;
    ana_held_file *held = NULL;
    ana_npy npy = {0};
    char *key = NULL;
    if (!is_array(entry)) {
        return ana_recover(recording, options, "%s: byte %llu: \"%s\" is no array", recording->path,
                           (unsigned long long)entry->offset, entry->name);
    }
    ANA_TRY(ana_npz_key(entry, &key));
    status = ana_npz_array(npz, entry, &options->run, &held, &npy);
    if (status == ANA_ERR_UNSUPPORTED) {
        status = ana_recover(recording, options, "not read: %s", ana_last_error());
        goto done;
    }
    if (status == ANA_OK && ana_array_list_find(list, key) != NULL) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: two arrays are called \"%s\"",
                          recording->path, (unsigned long long)entry->offset, key);
    }
    if (status == ANA_OK) {
        status = ana_npy_import(held, &npy, key, options, recording, list);
    }
done:
    ana_npy_release(&npy);
    ana_held_file_free(held);
    free(key);
    return status;
}

static ana_status import_entries(ana_npz *npz, const ana_read_options *options,
                                 ana_recording *recording, ana_array_list *list)
{
    if (options->variable != NULL) {
        const ana_zip_entry *entry = ana_npz_find(npz, options->variable);
        return entry != NULL ? import_entry(npz, entry, options, recording, list)
                             : ana_npz_fail_key(npz, options->variable);
    }
    ana_status status = ANA_OK;
    for (size_t i = 0; i < npz->zip->n_entries && status == ANA_OK; i++) {
        status = import_entry(npz, &npz->zip->entries[i], options, recording, list);
    }
    return status;
}

static ana_status import_plain(ana_npz *npz, const ana_read_options *options,
                               ana_recording *recording)
{
    ana_array_list list = {0};
    ana_status status = import_entries(npz, options, recording, &list);
    if (status == ANA_OK && list.n == 0 && recording->n_tables == 0 && recording->n_warnings > 0) {
        status = ana_fail(ANA_ERR_UNSUPPORTED, "%s: byte 0: no array of it is read: %s",
                          recording->path, recording->warnings[0]);
    }
    if (status == ANA_OK) {
        status = ana_recording_add_arrays(recording, &list, options);
    }
    ana_array_list_release(&list);
    return status;
}

static ana_status read(const char *path, const ana_read_options *options, ana_recording **out)
{
    ana_status status = ANA_OK;
    ana_npz npz = {0};
    ana_recording *recording = NULL;
    ANA_TRY(ana_npz_open(path, &npz));
    ANA_TRY(ana_recording_new(&recording));
    ANA_TRY(ana_copy_text("npz", &recording->format));
    ANA_TRY(ana_copy_text(path, &recording->path));
    bool ours = options->variable == NULL && ana_npz_find(&npz, "libanalysis") != NULL;
    ANA_TRY(ours ? ana_npz_read_objects(&npz, options, recording)
                 : import_plain(&npz, options, recording));
    *out = recording;
    recording = NULL;
done:
    ana_recording_free(recording);
    ana_npz_close(&npz);
    return status;
}

/* The name of the first entry of an archive says what it is an archive of. */
static int probe(const ana_probe *probe)
{
    ana_cursor cursor = ana_cursor_over("", probe->head, probe->n_head, 0);
    bool empty = probe->n_head == 22 && memcmp(probe->head, "PK\5\6", 4) == 0;
    if (empty) {
        return ana_text_ends_with_ignoring_case(probe->path, ".npz") ? 60 : 0;
    }
    if (ana_cursor_u32(&cursor) != 0x04034b50) {
        return 0;
    }
    ana_cursor_skip(&cursor, 22);
    uint16_t n_name = ana_cursor_u16(&cursor);
    ana_cursor_skip(&cursor, 2);
    const unsigned char *name = ana_cursor_take(&cursor, n_name);
    if (name != NULL && n_name >= 4 && memcmp(name + n_name - 4, ".npy", 4) == 0) {
        return 95;
    }
    return ana_text_ends_with_ignoring_case(probe->path, ".npz") ? 60 : 0;
}

/* Every checksum, also of arrays that reading leaves in the file. */
static ana_status validate(const char *path, const ana_read_options *options,
                           ana_findings *findings)
{
    (void)options;
    ana_npz npz = {0};
    ana_status status = ana_npz_open(path, &npz);
    for (size_t i = 0; status == ANA_OK && i < npz.zip->n_entries; i++) {
        const ana_zip_entry *entry = &npz.zip->entries[i];
        if (!entry->deflated && entry->n_bytes > max_verified &&
            ana_zip_verify(npz.zip, entry) == ANA_ERR_FORMAT) {
            status = ana_findings_add(findings, true, entry->name, "%s", ana_last_error());
        }
    }
    ana_npz_close(&npz);
    return status;
}

const ana_format ana_format_npz = {
    .name = "npz",
    .title = "NumPy archive",
    .endings = ".npz",
    .probe = probe,
    .read = read,
    .write = ana_npz_write,
    .losses = ana_npz_losses,
    .validate = validate,
};
