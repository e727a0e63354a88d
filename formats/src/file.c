#include "file.h"

#include "memory.h"
#include "text.h"
#include "try.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct ana_file {
    char *name;
    int descriptor;             /* -1: bytes in memory */
    const unsigned char *bytes; /* borrowed; NULL: a file */
    uint64_t size;
    atomic_size_t n_owners;
};

ana_status ana_fail_errno(const char *path, const char *what, int error_number)
{
    char reason[128];
    if (strerror_r(error_number, reason, sizeof reason) != 0) {
        return ana_fail(ANA_ERR_IO, "%s: %s: error %d", path, what, error_number);
    }
    return ana_fail(ANA_ERR_IO, "%s: %s: %s", path, what, reason);
}

/* A descriptor of a regular file and its size. Not blocking, so that a named pipe cannot hang us.
 */
static ana_status open_regular(const char *path, int *descriptor, uint64_t *size)
{
    int opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (opened < 0) {
        return ana_fail_errno(path, "cannot be opened", errno);
    }
    struct stat status;
    if (fstat(opened, &status) != 0) {
        int reason = errno;
        close(opened);
        return ana_fail_errno(path, "cannot be looked at", reason);
    }
    if (!S_ISREG(status.st_mode)) {
        close(opened);
        return ana_fail(ANA_ERR_IO, "%s: is %s, but a file is needed", path,
                        S_ISDIR(status.st_mode) ? "a folder" : "a device or pipe");
    }
    *descriptor = opened;
    *size = (uint64_t)status.st_size;
    return ANA_OK;
}

static ana_status new_file(const char *name, ana_file **out)
{
    ana_file *file = NULL;
    ana_status status = ana_allocate(1, sizeof *file, "open file", &file);
    if (status != ANA_OK) {
        return status;
    }
    file->descriptor = -1;
    atomic_init(&file->n_owners, 1);
    status = ana_copy_text(name, &file->name);
    if (status != ANA_OK) {
        free(file);
        return status;
    }
    *out = file;
    return ANA_OK;
}

ana_status ana_file_open(const char *path, ana_file **out)
{
    ana_status status = ANA_OK;
    ana_file *file = NULL;
    ANA_TRY(new_file(path, &file));
    ANA_TRY(open_regular(path, &file->descriptor, &file->size));
    *out = file;
    file = NULL;
done:
    ana_file_close(file);
    return status;
}

ana_status ana_file_from_memory(const char *name, const void *bytes, size_t n, ana_file **out)
{
    ana_file *file = NULL;
    ana_status status = new_file(name, &file);
    if (status == ANA_OK) {
        file->bytes = bytes;
        file->size = n;
        *out = file;
    }
    return status;
}

ana_file *ana_file_share(ana_file *file)
{
    atomic_fetch_add(&file->n_owners, 1);
    return file;
}

void ana_file_close(ana_file *file)
{
    if (file == NULL || atomic_fetch_sub(&file->n_owners, 1) > 1) {
        return;
    }
    if (file->descriptor >= 0) {
        close(file->descriptor);
    }
    free(file->name);
    free(file);
}

const char *ana_file_name(const ana_file *file)
{
    return file->name;
}

uint64_t ana_file_size(const ana_file *file)
{
    return file->size;
}

static ana_status too_short(const char *name, uint64_t size, uint64_t offset, size_t n)
{
    return ana_fail(ANA_ERR_FORMAT,
                    "%s: ends at byte %llu, but %zu bytes from byte %llu are needed", name,
                    (unsigned long long)size, n, (unsigned long long)offset);
}

/* All n bytes at `offset` of a descriptor: pread may give fewer at a time. */
static ana_status read_whole(const char *name, int descriptor, uint64_t offset, size_t n, void *out)
{
    unsigned char *to = out;
    size_t had = 0;
    while (had < n) {
        ssize_t got = pread(descriptor, to + had, n - had, (off_t)(offset + had));
        if (got > 0) {
            had += (size_t)got;
        } else if (got == 0) {
            return too_short(name, offset + had, offset, n);
        } else if (errno != EINTR) {
            return ana_fail_errno(name, "cannot be read", errno);
        }
    }
    return ANA_OK;
}

ana_status ana_file_read(const ana_file *file, uint64_t offset, size_t n, void *out)
{
    if (offset > file->size || n > file->size - offset) {
        return too_short(file->name, file->size, offset, n);
    }
    if (n == 0) {
        return ANA_OK;
    }
    if (file->descriptor < 0) {
        memcpy(out, file->bytes + offset, n);
        return ANA_OK;
    }
    return read_whole(file->name, file->descriptor, offset, n, out);
}

ana_status ana_file_read_all(const char *path, size_t max, char **out, size_t *n)
{
    ana_status status = ANA_OK;
    char *bytes = NULL;
    int descriptor = -1;
    uint64_t size = 0;
    ANA_TRY(open_regular(path, &descriptor, &size));
    if (size > max) {
        status = ana_fail(ANA_ERR_LIMIT, "%s: has %llu bytes, but at most %zu are read at once",
                          path, (unsigned long long)size, max);
        goto done;
    }
    ANA_TRY(ana_allocate((size_t)size + 1, 1, path, &bytes));
    ANA_TRY(read_whole(path, descriptor, 0, (size_t)size, bytes));
    *out = bytes;
    *n = (size_t)size;
    bytes = NULL;
done:
    if (descriptor >= 0) {
        close(descriptor);
    }
    free(bytes);
    return status;
}

/* Whether a component of `name` is "..". */
static bool climbs(const char *name)
{
    for (const char *at = name; at != NULL; at = strchr(at, '/')) {
        at += *at == '/' ? 1 : 0;
        if (at[0] == '.' && at[1] == '.' && (at[2] == '/' || at[2] == '\0')) {
            return true;
        }
    }
    return false;
}

/* folder of `path` + "/" + name, or name alone when it is absolute. */
static ana_status join(const char *path, const char *name, char **out)
{
    ana_text text = {0};
    const char *slash = strrchr(path, '/');
    if (name[0] != '/' && slash != NULL) {
        ana_text_append_bytes(&text, path, (size_t)(slash - path) + 1);
    }
    ana_text_append(&text, name);
    ana_status status = ana_text_check(&text, "companion file");
    if (status != ANA_OK) {
        ana_text_release(&text);
        return status;
    }
    *out = text.bytes;
    return ANA_OK;
}

static ana_status resolve(const char *path, char **out)
{
    *out = realpath(path, NULL);
    if (*out == NULL) {
        return errno == ENOMEM ? ana_fail(ANA_ERR_MEMORY, "%s: no memory for its path", path)
                               : ana_fail_errno(path, "cannot be opened", errno);
    }
    return ANA_OK;
}

/* Whether `joined`, links followed, lies in the folder of `path`. */
static ana_status check_inside(const char *path, const char *joined, const char *name)
{
    ana_status status = ANA_OK;
    char *folder = NULL;
    char *real_folder = NULL;
    char *real = NULL;
    ANA_TRY(join(path, ".", &folder));
    ANA_TRY(resolve(folder, &real_folder));
    ANA_TRY(resolve(joined, &real));
    size_t n = strlen(real_folder);
    bool at_root = n == 1;
    if (strncmp(real, real_folder, n) != 0 || (!at_root && real[n] != '/')) {
        status =
            ana_fail(ANA_ERR_FORMAT,
                     "%s: names the file \"%s\", a link that leaves its folder for %s; this is "
                     "followed only with --allow-outside",
                     path, name, real);
    }
done:
    free(folder);
    free(real_folder);
    free(real);
    return status;
}

ana_status ana_file_companion(const char *path, const char *name, bool allow_outside, char **out)
{
    if (name[0] == '\0') {
        return ana_fail(ANA_ERR_FORMAT, "%s: names a companion file without a name", path);
    }
    if (!allow_outside && (name[0] == '/' || climbs(name))) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: names the file \"%s\", which leaves its folder (an absolute path or "
                        "\"..\"); this is followed only with --allow-outside",
                        path, name);
    }
    ana_status status = ANA_OK;
    char *joined = NULL;
    ANA_TRY(join(path, name, &joined));
    if (access(joined, F_OK) != 0) {
        const int reason = errno;
        char what[1024];
        (void)snprintf(what, sizeof what, "names the file \"%s\", which cannot be found", name);
        status = ana_fail_errno(path, what, reason);
        goto done;
    }
    if (!allow_outside) {
        ANA_TRY(check_inside(path, joined, name));
    }
    *out = joined;
    joined = NULL;
done:
    free(joined);
    return status;
}
