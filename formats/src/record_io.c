#include "file.h"
#include "hdf5_file.h"
#include "record_files.h"
#include "try.h"

#include <analysis/formats/record_io.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A record as JSON is read whole. */
static const size_t max_json = (size_t)1 << 30;

static ana_status write_json(const ana_record *record, const char *path)
{
    ana_status status = ANA_OK;
    ana_text text = {0};
    ana_atomic atomic = {0};
    ANA_TRY(ana_record_append_json(record, NULL, NULL, &text));
    ANA_TRY(ana_atomic_open(path, &atomic));
    ANA_TRY(ana_atomic_write(&atomic, text.bytes, text.n));
    status = ana_atomic_commit(&atomic);
done:
    ana_atomic_discard(&atomic);
    ana_text_release(&text);
    return status;
}

ana_status ana_record_write(const ana_record *record, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    const char *dot = strrchr(name, '.');
    if (dot == NULL || dot == name || dot[1] == '\0') {
        return ana_record_write_folder(record, path);
    }
    if (ana_text_equal_ignoring_case(dot, ".json")) {
        return write_json(record, path);
    }
    if (ana_text_equal_ignoring_case(dot, ".h5") || ana_text_equal_ignoring_case(dot, ".hdf5")) {
        return ana_record_write_hdf5(record, path);
    }
    return ana_fail(ANA_ERR_UNSUPPORTED,
                    "%s: a record is saved as .h5, .json, or a folder (no ending), not as %s", path,
                    dot);
}

/* An object, behind any blanks. */
static bool begins_as_json(const unsigned char *head, size_t n)
{
    size_t i = 0;
    while (i < n && (head[i] == ' ' || head[i] == '\t' || head[i] == '\n' || head[i] == '\r')) {
        i++;
    }
    return i < n && head[i] == '{';
}

ana_status ana_record_read(const char *path, ana_record **out)
{
    ana_status status = ANA_OK;
    char *json = NULL;
    size_t n = 0;
    ana_file *file = NULL;
    unsigned char head[1024];
    struct stat seen;
    *out = NULL;
    if (stat(path, &seen) == 0 && S_ISDIR(seen.st_mode)) {
        return ana_record_read_folder(path, out);
    }
    ANA_TRY(ana_file_open(path, &file));
    n = ana_file_size(file) < sizeof head ? (size_t)ana_file_size(file) : sizeof head;
    ANA_TRY(ana_file_read(file, 0, n, head));
    if (ana_hdf5_has_signature(head, n)) {
        status = ana_record_read_hdf5(path, out);
        goto done;
    }
    if (!begins_as_json(head, n)) {
        status = ana_fail(ANA_ERR_FORMAT,
                          "%s: is no record: neither HDF5, nor JSON, nor a folder with result.json",
                          path);
        goto done;
    }
    ANA_TRY(ana_file_read_all(path, max_json, &json, &n));
    status = ana_record_from_json(path, json, n, NULL, NULL, out);
done:
    ana_file_close(file);
    free(json);
    return status;
}
