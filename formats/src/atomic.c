/* Files that appear under their name only when complete. */
#include "file.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <analysis/formats/files.h>

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names of the temporaries being written, for a signal handler: whoever takes a name out of its
 * slot has it alone. A file beyond the last slot is written all the same, only not removed then. */
#define N_SLOTS 64
static char *_Atomic being_written[N_SLOTS];

static atomic_uint n_made; /* makes each temporary's name its own within the process */

static void enlist(ana_atomic *atomic)
{
    for (size_t i = 0; i < N_SLOTS && !atomic->enlisted; i++) {
        char *nobody = NULL;
        atomic->enlisted =
            atomic_compare_exchange_strong(&being_written[i], &nobody, atomic->temporary_path);
    }
}

/* Free the temporary's name, unless a signal handler has it in its hands. */
static void forget(ana_atomic *atomic)
{
    bool ours = !atomic->enlisted;
    for (size_t i = 0; i < N_SLOTS && !ours; i++) {
        char *found = atomic->temporary_path;
        ours = atomic_compare_exchange_strong(&being_written[i], &found, NULL);
    }
    if (ours) {
        free(atomic->temporary_path);
    }
    atomic->temporary_path = NULL;
}

void ana_files_abandon(void)
{
    for (size_t i = 0; i < N_SLOTS; i++) {
        char *name = atomic_exchange(&being_written[i], NULL);
        if (name != NULL) {
            (void)unlink(name);
        }
    }
}

/* *out = `path`, or what it points to when it is a link; *mode = permissions of the file there, or
 * of a new one. Only regular files are replaced: a rename over /dev/null would remove the device.
 */
static ana_status find_target(const char *path, char **out, mode_t *mode)
{
    struct stat status;
    *mode = 0666;
    if (lstat(path, &status) != 0) {
        return ana_copy_text(path, out);
    }
    if (S_ISLNK(status.st_mode) && stat(path, &status) == 0) {
        *out = realpath(path, NULL);
    } else {
        ana_status copied = ana_copy_text(path, out);
        if (copied != ANA_OK) {
            return copied;
        }
    }
    if (*out == NULL) {
        return ana_fail_errno(path, "cannot be followed", errno);
    }
    if (!S_ISREG(status.st_mode)) {
        free(*out);
        *out = NULL;
        return ana_fail(ANA_ERR_IO, "%s: is not a regular file and is not replaced", path);
    }
    *mode = status.st_mode & 0777;
    return ANA_OK;
}

/* Create "<path>.<process>.<number>.tmp"; one that a dead process of our number left is passed by.
 */
static ana_status create_beside(ana_atomic *atomic, mode_t mode, int *descriptor)
{
    ana_status status = ANA_OK;
    ana_text text = {0};
    int opened = -1;
    for (int tries = 0; opened < 0 && tries < 100; tries++) {
        text.n = 0;
        ana_text_printf(&text, "%s.%ld.%u.tmp", atomic->final_path, (long)getpid(),
                        atomic_fetch_add(&n_made, 1));
        ANA_TRY(ana_text_check(&text, "temporary file"));
        opened = open(text.bytes, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, mode);
        if (opened < 0 && errno != EEXIST) {
            break;
        }
    }
    if (opened < 0) {
        status = ana_fail_errno(atomic->final_path, "cannot be written", errno);
        goto done;
    }
    *descriptor = opened;
    atomic->temporary_path = text.bytes;
    text = (ana_text){0};
    enlist(atomic);
done:
    ana_text_release(&text);
    return status;
}

static ana_status create(const char *path, ana_atomic *atomic, int *descriptor)
{
    ana_status status = ANA_OK;
    mode_t mode = 0;
    *atomic = (ana_atomic){0};
    ANA_TRY(find_target(path, &atomic->final_path, &mode));
    ANA_TRY(create_beside(atomic, mode, descriptor));
done:
    if (status != ANA_OK) {
        ana_atomic_discard(atomic);
    }
    return status;
}

ana_status ana_atomic_open(const char *path, ana_atomic *atomic)
{
    int descriptor = -1;
    ana_status status = create(path, atomic, &descriptor);
    if (status != ANA_OK) {
        return status;
    }
    atomic->stream = fdopen(descriptor, "wb");
    if (atomic->stream == NULL) {
        status = ana_fail_errno(path, "cannot be written", errno);
        close(descriptor);
        ana_atomic_discard(atomic);
    }
    return status;
}

ana_status ana_atomic_reserve(const char *path, ana_atomic *atomic)
{
    int descriptor = -1;
    ana_status status = create(path, atomic, &descriptor);
    if (status == ANA_OK) {
        close(descriptor);
    }
    return status;
}

ana_status ana_atomic_write(ana_atomic *atomic, const void *bytes, size_t n)
{
    if (n > 0 && fwrite(bytes, 1, n, atomic->stream) != n) {
        return ana_fail_errno(atomic->final_path, "cannot be written", errno);
    }
    return ANA_OK;
}

/* The bytes are on the disk and the stream, if any, is closed. */
static ana_status settle(ana_atomic *atomic)
{
    int reason = 0;
    if (atomic->stream != NULL) {
        bool written = fflush(atomic->stream) == 0 && fsync(fileno(atomic->stream)) == 0;
        reason = written ? 0 : errno;
        bool closed = fclose(atomic->stream) == 0;
        reason = reason == 0 && !closed ? errno : reason;
        atomic->stream = NULL;
    } else {
        int descriptor = open(atomic->temporary_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        reason = descriptor >= 0 && fsync(descriptor) == 0 ? 0 : errno;
        if (descriptor >= 0) {
            close(descriptor);
        }
    }
    return reason == 0 ? ANA_OK : ana_fail_errno(atomic->final_path, "cannot be written", reason);
}

/* The rename itself is on the disk; a file system that cannot say so is no failure. */
static void settle_folder(char *path)
{
    char *slash = strrchr(path, '/');
    const char *folder = ".";
    if (slash != NULL) {
        *slash = '\0';
        folder = slash == path ? "/" : path;
    }
    int descriptor = open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    if (descriptor >= 0) {
        (void)fsync(descriptor);
        close(descriptor);
    }
}

ana_status ana_atomic_commit(ana_atomic *atomic)
{
    ana_status status = settle(atomic);
    if (status == ANA_OK && rename(atomic->temporary_path, atomic->final_path) != 0) {
        status = ana_fail_errno(atomic->final_path, "cannot be replaced", errno);
    }
    if (status == ANA_OK) {
        forget(atomic);
        settle_folder(atomic->final_path);
    }
    ana_atomic_discard(atomic);
    return status;
}

void ana_atomic_discard(ana_atomic *atomic)
{
    if (atomic->stream != NULL) {
        (void)fclose(atomic->stream);
    }
    if (atomic->temporary_path != NULL) {
        (void)unlink(atomic->temporary_path);
        forget(atomic);
    }
    free(atomic->final_path);
    *atomic = (ana_atomic){0};
}
