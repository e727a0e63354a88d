/** Names of files in folders. */
#ifndef ANALYSIS_FORMATS_FOLDER_H
#define ANALYSIS_FORMATS_FOLDER_H

#include <analysis/status.h>

#include <stdbool.h>

/** *out = FOLDER/name; freed by free(). */
ANA_USE_RESULT ana_status ana_folder_join(const char *folder, const char *name, char **out);

/** *out = `path` when it is a folder, else the folder it stands in ("." for a bare name); freed by
 *  free(). */
ANA_USE_RESULT ana_status ana_folder_of(const char *path, char **out);

/** Whether FOLDER/name is there. */
bool ana_folder_has(const char *folder, const char *name);
/** Whether `name` is there in the folder that the file `path` stands in. */
bool ana_folder_has_beside(const char *path, const char *name);

#endif
