#include "array_folder.h"

#include "checked.h"
#include "folder.h"
#include "lists.h"
#include "memory.h"
#include "npz.h"
#include "text.h"
#include "try.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool ana_is_folder(const char *path)
{
    struct stat seen;
    return stat(path, &seen) == 0 && S_ISDIR(seen.st_mode);
}

ana_status ana_file_stem(const char *path, char **out)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    const size_t n = dot != NULL && dot > name ? (size_t)(dot - name) : strlen(name);
    return ana_copy_bytes_as_text(name, n, out);
}

void ana_folder_files_release(ana_folder_files *files)
{
    ana_free_texts(files->n, files->paths);
    *files = (ana_folder_files){0};
}

ana_status ana_folder_find(const char *folder, const char *ending, ana_folder_files *out)
{
    ana_status status = ANA_OK;
    struct dirent **entries = NULL;
    *out = (ana_folder_files){0};
    const int n = scandir(folder, &entries, NULL, alphasort);
    if (n < 0) {
        (void)ana_fail_errno(folder, "cannot be listed", errno);
        return ANA_ERR_IO;
    }
    ANA_TRY(ana_allocate((size_t)n, sizeof *out->paths, folder, &out->paths));
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        if (name[0] != '.' && ana_text_ends_with_ignoring_case(name, ending)) {
            ANA_TRY(ana_folder_join(folder, name, &out->paths[out->n]));
            out->n++;
        }
    }
    if (out->n == 0) {
        (void)ana_fail(ANA_ERR_VALUE, "%s: the folder holds no %s file", folder, ending);
        status = ANA_ERR_VALUE;
    }
done:
    for (int i = 0; i < n; i++) {
        free(entries[i]);
    }
    free(entries);
    if (status != ANA_OK) {
        ana_folder_files_release(out);
    }
    return status;
}

/* The array of one file as a row of n values; with *values NULL only *n is found. */
static ana_status read_row(const char *path, const char *key, const ana_run *run, size_t *n,
                           double *values)
{
    ana_status status = ANA_OK;
    ana_npz npz = {0};
    ana_held_file *held = NULL;
    ana_npy npy = {0};
    ANA_TRY(ana_npz_open(path, &npz));
    const ana_zip_entry *entry = key != NULL               ? ana_npz_find(&npz, key)
                                 : npz.zip->n_entries == 1 ? npz.zip->entries
                                                           : NULL;
    if (entry == NULL) {
        status = ana_npz_fail_key(&npz, key);
        goto done;
    }
    ANA_TRY(ana_npz_array(&npz, entry, run, &held, &npy));
    ANA_TRY(ana_npy_check_numbers(path, &npy));
    if (values == NULL) {
        *n = npy.n;
    } else if (npy.n != *n) {
        status = ana_fail(ANA_ERR_SHAPE, "%s: \"%s\" has %zu values, in the files before %zu", path,
                          entry->name, npy.n, *n);
    } else {
        ANA_TRY(ana_npy_read_doubles(ana_held_file_get(held), &npy, run, values));
    }
done:
    ana_npy_release(&npy);
    ana_held_file_free(held);
    ana_npz_close(&npz);
    return status;
}

static ana_status name_rows(const ana_folder_files *files, ana_matrix *matrix)
{
    ana_status status = ANA_OK;
    char **stems = NULL;
    ANA_TRY(ana_allocate(files->n, sizeof *stems, "names of files", &stems));
    for (size_t i = 0; i < files->n; i++) {
        ANA_TRY(ana_file_stem(files->paths[i], &stems[i]));
    }
    ANA_TRY(ana_matrix_set_labels(matrix, 0, (const char *const *)stems));
done:
    ana_free_texts(stems != NULL ? files->n : 0, stems);
    return status;
}

ana_status ana_array_folder_read(const char *folder, const char *key, const ana_run *run,
                                 ana_matrix **out)
{
    static const char *const axes[] = {"file", "axis1"};
    ana_status status = ANA_OK;
    ana_folder_files files = {0};
    ana_matrix *matrix = NULL;
    size_t bytes = 0;
    size_t n = 0;
    ANA_TRY(ana_folder_find(folder, ".npz", &files));
    ANA_TRY(read_row(files.paths[0], key, run, &n, NULL));
    if (!ana_multiply(n, files.n, &bytes) || !ana_multiply(bytes, sizeof(double), &bytes)) {
        ANA_TRY(ana_fail(ANA_ERR_LIMIT, "%s: %zu files of %zu values do not fit in memory", folder,
                         files.n, n));
    }
    ANA_TRY(ana_run_check_memory(run, bytes, folder));
    ANA_TRY(ana_matrix_new(2, axes, (size_t[]){files.n, n}, &matrix));
    for (size_t i = 0; i < files.n; i++) {
        ANA_TRY(read_row(files.paths[i], key, run, &n, matrix->values + i * n));
        ANA_TRY(ana_run_progress(run, "reading", i + 1, files.n));
    }
    ANA_TRY(name_rows(&files, matrix));
    *out = matrix;
    matrix = NULL;
done:
    ana_matrix_free(matrix);
    ana_folder_files_release(&files);
    return status;
}
