/** Folders of arrays: a layer in each file, or a stimulus in each file. */
#ifndef ANALYSIS_FORMATS_ARRAY_FOLDER_H
#define ANALYSIS_FORMATS_ARRAY_FOLDER_H

#include <analysis/matrix.h>
#include <analysis/run.h>

#include <stdbool.h>

/** The files of a folder that have one of the endings, by name. All owned. */
typedef struct ana_folder_files {
    size_t n;
    char **paths;
} ana_folder_files;

bool ana_is_folder(const char *path);

/** ANA_ERR_VALUE when none has that ending (".npz"). Released by ana_folder_files_release. */
ANA_USE_RESULT ana_status ana_folder_find(const char *folder, const char *ending,
                                          ana_folder_files *out);
void ana_folder_files_release(ana_folder_files *files);

/** *out = the name without folder and ending; freed by free(). */
ANA_USE_RESULT ana_status ana_file_stem(const char *path, char **out);

/** *out = the array `key` (NULL: the only one) of every .npz of the folder, a row each: file x
 *  values, the rows called by the files' stems. ANA_ERR_SHAPE names the first file whose array is
 *  of another size; else errors as of ana_matrix_read. */
ANA_USE_RESULT ana_status ana_array_folder_read(const char *folder, const char *key,
                                                const ana_run *run, ana_matrix **out);

#endif
