/** The three forms in which a record is saved; record_io.c chooses.
 *
 *  JSON: a group is an object; true, 5, 0.5 (a double has a point or an exponent) and "text" are
 *  themselves; a list is an array of texts. Other nodes are objects with a "$type":
 *
 *      {"$type": "double", "value": 1.5, "unit": "Hz"}          also "int"
 *      {"$type": "doubles", "shape": [1, 3], "axes": ["unit", "time"], "unit": "Hz",
 *       "values": [[1.0, null, null]], "nonfinite": {"inf": [2]}}        also "ints"
 *
 *  null is NaN unless its place (in C order) is listed in "nonfinite" as "inf" or "-inf". A group's
 *  hint is its "$hint"; names that begin with '$' are written with one more. In a folder, arrays of
 *  numbers have "file" instead of "values".
 *
 *  HDF5: groups, scalars and datasets under their names, in order; hint, unit and axes are
 *  attributes. */
#ifndef ANALYSIS_FORMATS_RECORD_FILES_H
#define ANALYSIS_FORMATS_RECORD_FILES_H

#include "text.h"

#include <analysis/record.h>

#define ANA_RECORD_SCHEMA "libanalysis record 1"

/** Saves an array of numbers in a file of its own and gives its name (freed by free()). */
typedef ana_status (*ana_record_array_write)(void *user, const ana_record *array, char **name);
/** Reads the array `name` back: `node` has type and shape, `out` room for its elements. */
typedef ana_status (*ana_record_array_read)(void *user, const char *name, ana_record_type type,
                                            const ana_shape *shape, void *out);

/** Append the record as JSON; arrays go where `write` puts them (NULL: into the text). */
ANA_USE_RESULT ana_status ana_record_append_json(const ana_record *record,
                                                 ana_record_array_write write, void *user,
                                                 ana_text *text);
/** *out = the record in n bytes of JSON, called `name` in sentences. */
ANA_USE_RESULT ana_status ana_record_from_json(const char *name, const char *json, size_t n,
                                               ana_record_array_read read, void *user,
                                               ana_record **out);

ANA_USE_RESULT ana_status ana_record_write_hdf5(const ana_record *record, const char *path);
ANA_USE_RESULT ana_status ana_record_read_hdf5(const char *path, ana_record **out);

ANA_USE_RESULT ana_status ana_record_write_folder(const ana_record *record, const char *path);
ANA_USE_RESULT ana_status ana_record_read_folder(const char *path, ana_record **out);

#endif
