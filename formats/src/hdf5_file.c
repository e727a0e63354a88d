#include "hdf5_file.h"

#include "hdf5_check.h"
#include "hdf5_lzf.h"
#include "hdf5_private.h"
#include "memory.h"
#include "outside.h"
#include "try.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The library keeps state for the whole process, and Debian's build is serial within: one lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_prepared = false; /* guarded by the lock */

static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

/* LZF is built into h5py, not into HDF5, so files with it are common and unreadable elsewhere. */
static size_t lzf_filter(unsigned flags, size_t n_values, const unsigned values[], size_t n_bytes,
                         size_t *capacity, void **bytes)
{
    if ((flags & H5Z_FLAG_REVERSE) == 0) {
        return 0; /* not written by us */
    }
    /* h5py stores the size of a chunk as the third value; without it grow until it fits. */
    size_t size = n_values >= 3 && values[2] != 0 ? values[2] : n_bytes * 2;
    for (; size / 264 <= n_bytes; size *= 2) {
        void *out = malloc(size);
        size_t n = out == NULL ? 0 : ana_lzf_expand(*bytes, n_bytes, out, size);
        if (n > 0) {
            free(*bytes);
            *bytes = out;
            *capacity = size;
            return n;
        }
        free(out);
        if (out == NULL) {
            return 0;
        }
    }
    return 0;
}

/* Before the first use. After a broken file HDF5 1.10 can neither close what it opened of it nor
 * end without crashing on that, so it is not asked to end: whatever is written is closed by us. */
static void prepare_library(void)
{
    static const H5Z_class2_t lzf = {
        H5Z_CLASS_T_VERS, (H5Z_filter_t)ANA_LZF_FILTER, 1, 1, "lzf", NULL, NULL, lzf_filter};
    if (!is_prepared) {
        is_prepared = true;
        H5dont_atexit();
        H5Zregister(&lzf);
    }
}

void ana_hdf5_enter(const ana_hdf5 *file, ana_hdf5_guard *guard)
{
    pthread_mutex_lock(&lock);
    prepare_library();
    H5Eget_auto2(H5E_DEFAULT, &guard->report, &guard->report_data);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    guard->plugins = 0;
    H5PLget_loading_state(&guard->plugins);
    H5PLset_loading_state(file != NULL && file->plugins ? H5PL_ALL_PLUGIN : 0);
}

void ana_hdf5_leave(const ana_hdf5_guard *guard)
{
    H5Eclear2(H5E_DEFAULT);
    H5PLset_loading_state(guard->plugins);
    H5Eset_auto2(H5E_DEFAULT, guard->report, guard->report_data);
    pthread_mutex_unlock(&lock);
}

/* The innermost entry of HDF5's error stack says what went wrong. */
static herr_t take_reason(unsigned n, const H5E_error2_t *error, void *user)
{
    char *reason = user;
    if (n == 0 && error->desc != NULL) {
        size_t i = 0;
        for (; i < 199 && error->desc[i] != '\0'; i++) {
            reason[i] = error->desc[i];
        }
        reason[i] = '\0';
    }
    return 0;
}

void ana_hdf5_explain(ana_status status, const ana_hdf5 *file, const char *path, const char *what)
{
    char reason[200] = "no reason given";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_reason, reason);
    H5Eclear2(H5E_DEFAULT);
    (void)ana_fail(status, "%s: %s: %s: HDF5 says \"%s\"", file->path, path, what, reason);
}

void ana_hdf5_texts_release(ana_hdf5_texts *texts)
{
    for (size_t i = 0; i < texts->n; i++) {
        free(texts->items[i]);
    }
    free(texts->items);
    *texts = (ana_hdf5_texts){0};
}

bool ana_hdf5_has_signature(const unsigned char *head, size_t n)
{
    /* A user block of 512, 1024, 2048, ... bytes may come first (MAT v7.3: 512). */
    for (size_t at = 0; at + sizeof signature <= n; at = at == 0 ? 512 : at * 2) {
        if (memcmp(head + at, signature, sizeof signature) == 0) {
            return true;
        }
    }
    return false;
}

static ana_status open_for_reading(ana_hdf5 *file)
{
    ana_status status = ANA_OK;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    /* Closing the file closes what is still open in it, so that no id can outlive it. No lock is
     * wanted on files that may stand on a read-only disk. */
    if (access < 0 || H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) < 0 ||
        H5Pset_file_locking(access, false, true) < 0) {
        status = ana_hdf5_fail(ANA_ERR_IO, file, "/", "cannot be prepared");
        goto done;
    }
    file->id = H5Fopen(file->path, H5F_ACC_RDONLY, access);
    if (file->id < 0) {
        status = ana_hdf5_fail(ANA_ERR_FORMAT, file, "byte 0", "cannot be opened");
    }
done:
    H5Pclose(access);
    return status;
}

ana_status ana_hdf5_open_locked(const char *path, const ana_hdf5 *parent,
                                const ana_read_options *options, ana_hdf5 **out)
{
    ana_status status = ANA_OK;
    ana_hdf5 *file = NULL;
    *out = NULL;
    ANA_TRY(ana_allocate(1, sizeof *file, path, &file));
    file->id = -1;
    file->last_id = -1;
    file->n_owners = 1;
    if (parent != NULL) {
        file->allow_outside = parent->allow_outside;
        file->plugins = parent->plugins;
        file->run = parent->run;
    } else {
        file->run = ana_run_default();
        if (options != NULL) {
            file->allow_outside = options->allow_outside;
            file->plugins = options->hdf5_plugins;
            file->run.max_memory = options->run.max_memory;
        }
    }
    ANA_TRY(ana_copy_text(path, &file->path));
    ANA_TRY(ana_hdf5_check_open(path, &file->check));
    file->size = ana_hdf5_check_size(file->check);
    ANA_TRY(open_for_reading(file));
    *out = file;
    file = NULL;
done:
    ana_hdf5_close_locked(file);
    return status;
}

ana_status ana_hdf5_open(const char *path, const ana_read_options *options, ana_hdf5 **out)
{
    ana_hdf5_guard guard;
    ana_hdf5_enter(NULL, &guard);
    ana_status status = ana_hdf5_open_locked(path, NULL, options, out);
    ana_hdf5_leave(&guard);
    return status;
}

ana_hdf5 *ana_hdf5_share(ana_hdf5 *file)
{
    pthread_mutex_lock(&lock);
    file->n_owners++;
    pthread_mutex_unlock(&lock);
    return file;
}

void ana_hdf5_forget(ana_hdf5 *file)
{
    if (file->last_id >= 0) {
        H5Oclose(file->last_id);
    }
    file->last_id = -1;
    file->last_file = NULL;
    free(file->last_path);
    free(file->last_real);
    file->last_path = NULL;
    file->last_real = NULL;
}

/* Outside files have outside files of their own, not deeper than links are followed. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as links are followed, 32 */
void ana_hdf5_close_locked(ana_hdf5 *file)
{
    if (file == NULL || --file->n_owners > 0) {
        return;
    }
    ana_hdf5_forget(file);
    for (size_t i = 0; i < file->n_outside; i++) {
        ana_hdf5_close_locked(file->outside[i]);
    }
    if (file->id >= 0) {
        H5Fclose(file->id);
    }
    if (file->writing) {
        ana_hdf5_output_release(&file->output);
    }
    if (file->writing && file->output.descriptor >= 0) {
        close(file->output.descriptor);
    }
    ana_hdf5_check_close(file->check);
    free(file->outside);
    free(file->path);
    free(file);
}

void ana_hdf5_close(ana_hdf5 *file)
{
    if (file != NULL) {
        ana_hdf5_guard guard;
        ana_hdf5_enter(file, &guard);
        ana_hdf5_close_locked(file);
        ana_hdf5_leave(&guard);
    }
}

const char *ana_hdf5_path(const ana_hdf5 *file)
{
    return file->path;
}

const char *ana_outside_hdf5(void)
{
    return H5_VERS_INFO;
}
