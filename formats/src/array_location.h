/** Where an array stands: "file", or "file:what of it". */
#ifndef ANALYSIS_FORMATS_ARRAY_LOCATION_H
#define ANALYSIS_FORMATS_ARRAY_LOCATION_H

#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

/** *path = what of `location` is a file, *key = what follows its ':', or NULL. Both in *copy, which
 *  is freed by free(). */
ANA_USE_RESULT ana_status ana_array_location_split(const char *location, char **copy,
                                                   const char **path, const char **key);

/** Whether a file of these first bytes is .npy. */
bool ana_begins_as_npy(const unsigned char *head, size_t n);

/** ANA_ERR_VALUE: `path` holds one array only, which has no name. */
ana_status ana_array_has_no_name(const char *path, const char *key);

#endif
