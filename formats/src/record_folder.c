#include "file.h"
#include "folder.h"
#include "memory.h"
#include "npy.h"
#include "record_files.h"
#include "text.h"
#include "try.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char result_name[] = "result.json";
static const size_t max_json = (size_t)1 << 30;
static const time_t abandoned_s =
    3600; /* untouched for as long, a dead process' folder is nobody's */

/* "fit.rates": the names from the root down, with what a file name may safely hold. */
// NOLINTNEXTLINE(misc-no-recursion): at most ANA_RECORD_MAX_DEPTH deep
static void append_path(ana_text *text, const ana_record *node)
{
    if (node->parent != NULL && node->parent->parent != NULL) {
        append_path(text, node->parent);
        ana_text_append(text, ".");
    }
    for (const char *c = node->name; *c != '\0'; c++) {
        bool is_safe = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                       (*c >= '0' && *c <= '9') || *c == '-' || *c == '_' ||
                       (*c == '.' && c != node->name);
        ana_text_append_bytes(text, is_safe ? c : "_", 1);
    }
}

/* A name that no array before has taken: "fit.rates.npy", "fit.rates_2.npy", ... */
static ana_status free_name(const char *folder, const ana_record *array, char **name, char **path)
{
    struct stat seen;
    for (unsigned i = 1;; i++) {
        ana_text text = {0};
        append_path(&text, array);
        if (i > 1) {
            ana_text_printf(&text, "_%u", i);
        }
        ana_text_append(&text, ".npy");
        ana_status status = ana_text_check(&text, folder);
        if (status == ANA_OK) {
            status = ana_folder_join(folder, text.bytes, path);
        }
        if (status != ANA_OK) {
            ana_text_release(&text);
            return status;
        }
        if (lstat(*path, &seen) != 0) {
            *name = text.bytes;
            return ANA_OK;
        }
        ana_text_release(&text);
        free(*path);
        *path = NULL;
    }
}

static ana_status write_array(void *user, const ana_record *array, char **out)
{
    ana_status status = ANA_OK;
    const char *folder = user;
    char *name = NULL;
    char *path = NULL;
    ANA_TRY(free_name(folder, array, &name, &path));
    bool is_ints = array->type == ANA_RECORD_INTS;
    ANA_TRY(ana_npy_save(path, is_ints ? ANA_INT64 : ANA_FLOAT64, array->n_axes, array->shape,
                         is_ints ? (const void *)array->ints : (const void *)array->doubles));
    *out = name;
    name = NULL;
done:
    free(path);
    free(name);
    return status;
}

static ana_status write_files(const ana_record *record, char *folder)
{
    ana_status status = ANA_OK;
    ana_text text = {0};
    ana_atomic atomic = {0};
    char *path = NULL;
    ANA_TRY(ana_record_append_json(record, write_array, folder, &text));
    ANA_TRY(ana_folder_join(folder, result_name, &path));
    ANA_TRY(ana_atomic_open(path, &atomic));
    ANA_TRY(ana_atomic_write(&atomic, text.bytes, text.n));
    status = ana_atomic_commit(&atomic);
done:
    ana_atomic_discard(&atomic);
    ana_text_release(&text);
    free(path);
    return status;
}

static const char *next_name(DIR *folder)
{
    // NOLINTNEXTLINE(concurrency-mt-unsafe): safe on a stream that no other thread has
    const struct dirent *entry = readdir(folder);
    return entry == NULL ? NULL : entry->d_name;
}

/* Whether a folder holds nothing but what a record's folder holds, so that it may be replaced;
 * `halfway`: or what is there while it is written. */
static bool holds_a_record_only(DIR *folder, bool halfway)
{
    bool ours = true;
    for (const char *name = next_name(folder); name != NULL; name = next_name(folder)) {
        ours = ours &&
               (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
                strcmp(name, result_name) == 0 || ana_text_ends_with_ignoring_case(name, ".npy") ||
                (halfway && ana_text_ends_with_ignoring_case(name, ".tmp")));
    }
    return ours;
}

/* Remove a folder of ours and the files in it. */
static void remove_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return;
    }
    for (const char *name = next_name(folder); name != NULL; name = next_name(folder)) {
        (void)unlinkat(dirfd(folder), name, 0);
    }
    closedir(folder);
    (void)rmdir(path);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* Whether `name` is what a process that is no more called its folder beside `base`:
 * "base.PROCESS.tmp", or with ".old" (*old) the one it had put aside. */
static bool is_of_a_dead_process(const char *name, const char *base, bool *old)
{
    const size_t n_base = strlen(base);
    int64_t process = 0;
    if (strncmp(name, base, n_base) != 0 || name[n_base] != '.') {
        return false;
    }
    const char *number = name + n_base + 1;
    const size_t n_digits = strspn(number, "0123456789");
    *old = strcmp(number + n_digits, ".tmp.old") == 0;
    if ((!*old && strcmp(number + n_digits, ".tmp") != 0) ||
        !ana_parse_int(number, n_digits, &process) || process <= 0 || process > INT32_MAX) {
        return false;
    }
    return process == getpid() || (kill((pid_t)process, 0) != 0 && errno == ESRCH);
}

/* Whether a path is a folder of a record that nobody has touched lately. A process of another
 * machine seems dead from here; it would have touched its own. */
static bool is_abandoned(const char *path)
{
    struct stat seen;
    DIR *folder =
        lstat(path, &seen) == 0 && S_ISDIR(seen.st_mode) && time(NULL) - seen.st_mtime > abandoned_s
            ? opendir(path)
            : NULL;
    bool ours = folder != NULL && holds_a_record_only(folder, true);
    if (folder != NULL) {
        closedir(folder);
    }
    return ours;
}

/* Folders that a write to this path left when its process died; one that it had put aside goes back
 * where nothing has taken its place. What cannot be removed does no harm. */
static ana_status clear_leftovers(const char *path)
{
    ana_status status = ANA_OK;
    char *beside = NULL;
    struct stat seen;
    const char *base = base_name(path);
    ANA_TRY(ana_copy_bytes_as_text(path, (size_t)(base - path), &beside));
    DIR *folder = opendir(beside[0] != '\0' ? beside : ".");
    const char *name = folder != NULL ? next_name(folder) : NULL;
    for (; name != NULL && status == ANA_OK; name = next_name(folder)) {
        bool old = false;
        char *left = NULL;
        if (!is_of_a_dead_process(name, base, &old)) {
            continue;
        }
        status = ana_folder_join(beside, name, &left);
        if (status == ANA_OK && is_abandoned(left)) {
            if (old && lstat(path, &seen) != 0) {
                (void)rename(left, path);
            } else {
                remove_folder(left);
            }
        }
        free(left);
    }
    if (folder != NULL) {
        closedir(folder);
    }
done:
    free(beside);
    return status;
}

static ana_status check_replaceable(const char *path, bool *exists)
{
    struct stat seen;
    *exists = lstat(path, &seen) == 0;
    if (!*exists) {
        return ANA_OK;
    }
    DIR *folder = S_ISDIR(seen.st_mode) ? opendir(path) : NULL;
    bool ours = folder != NULL && holds_a_record_only(folder, false);
    if (folder != NULL) {
        closedir(folder);
    }
    return ours ? ANA_OK
                : ana_fail(ANA_ERR_IO,
                           "%s: is there already and is not a folder of a saved record; it is not "
                           "replaced",
                           path);
}

/* The new folder takes the place of the old one, which is put aside first and removed last. */
static ana_status swap(const char *fresh, const char *path, bool exists)
{
    ana_text aside = {0};
    ana_text_append(&aside, fresh);
    ana_text_append(&aside, ".old");
    ana_status status = ana_text_check(&aside, path);
    if (status == ANA_OK && exists && rename(path, aside.bytes) != 0) {
        status = ana_fail_errno(path, "cannot be replaced", errno);
    } else if (status == ANA_OK && rename(fresh, path) != 0) {
        status = ana_fail_errno(path, "cannot be written", errno);
        if (exists) {
            (void)rename(aside.bytes, path);
        }
    } else if (status == ANA_OK && exists) {
        remove_folder(aside.bytes);
    }
    ana_text_release(&aside);
    return status;
}

ana_status ana_record_write_folder(const ana_record *record, const char *path)
{
    ana_status status = ANA_OK;
    ana_text fresh = {0};
    bool exists = false;
    bool made = false;
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/') {
        n--;
    }
    char *target = NULL;
    ANA_TRY(ana_copy_bytes_as_text(path, n, &target));
    ANA_TRY(clear_leftovers(target));
    ANA_TRY(check_replaceable(target, &exists));
    ana_text_printf(&fresh, "%s.%ld.tmp", target, (long)getpid());
    ANA_TRY(ana_text_check(&fresh, path));
    if (mkdir(fresh.bytes, 0777) != 0) {
        status = ana_fail_errno(target, "cannot be written", errno);
        goto done;
    }
    made = true;
    ANA_TRY(write_files(record, fresh.bytes));
    ANA_TRY(swap(fresh.bytes, target, exists));
    made = false;
done:
    if (made) {
        remove_folder(fresh.bytes);
    }
    ana_text_release(&fresh);
    free(target);
    return status;
}

static ana_status read_array(void *user, const char *name, ana_record_type type,
                             const ana_shape *shape, void *out)
{
    ana_status status = ANA_OK;
    const char *json = user;
    char *path = NULL;
    ana_file *file = NULL;
    ana_npy npy = {0};
    ANA_TRY(ana_file_companion(json, name, false, &path));
    ANA_TRY(ana_file_open(path, &file));
    ANA_TRY(ana_npy_open(file, 0, ana_file_size(file), &npy));
    ANA_TRY(ana_npy_check_numbers(path, &npy));
    bool fits = npy.n_fields == 0 && npy.n_axes == shape->n_axes &&
                npy.type.sample == (type == ANA_RECORD_INTS ? ANA_INT64 : ANA_FLOAT64);
    for (size_t i = 0; fits && i < shape->n_axes; i++) {
        fits = npy.shape[i] == shape->n[i];
    }
    if (!fits) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: has not the type and shape that %s gives it", path,
                          result_name);
        goto done;
    }
    status = ana_npy_read_stored(file, &npy, NULL, out);
done:
    ana_npy_release(&npy);
    ana_file_close(file);
    free(path);
    return status;
}

ana_status ana_record_read_folder(const char *path, ana_record **out)
{
    ana_status status = ANA_OK;
    char *json_path = NULL;
    char *json = NULL;
    size_t n = 0;
    ANA_TRY(ana_folder_join(path, result_name, &json_path));
    if (access(json_path, F_OK) != 0 && errno == ENOENT) {
        status =
            ana_fail(ANA_ERR_FORMAT, "%s: is no record: a folder without %s", path, result_name);
        goto done;
    }
    ANA_TRY(ana_file_read_all(json_path, max_json, &json, &n));
    status = ana_record_from_json(json_path, json, n, read_array, json_path, out);
done:
    free(json);
    free(json_path);
    return status;
}
