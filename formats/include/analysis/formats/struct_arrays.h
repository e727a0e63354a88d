/** Arrays that stand in the elements of an array of structs of a MAT file, each with its name: the
 *  dissimilarity matrices of MATLAB's RSA toolbox (fields RDM, name, color). */
#ifndef ANALYSIS_FORMATS_STRUCT_ARRAYS_H
#define ANALYSIS_FORMATS_STRUCT_ARRAYS_H

#include <analysis/matrix.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

/** All owned. */
typedef struct ana_struct_arrays {
    size_t n;
    char **names;          /**< n: their field "name", else all their fields of one text, joined;
                                else their numbers from 0 */
    ana_matrix **matrices; /**< n */
} ana_struct_arrays;

/** *out = field `field` of every element, in MATLAB's order, of the struct array that `location`
 *  names ("file.mat:variable"), or of the only one of the file that has such a field ("file.mat").
 *
 *  @return ANA_OK with *out NULL when the file is no MAT file, or holds no such structs;
 *          ANA_ERR_VALUE when several variables do, listing them; ANA_ERR_UNSUPPORTED when a field
 *          is no array of real numbers; errors of ana_matrix_read. `run` may be NULL. */
ANA_API ANA_USE_RESULT ana_status ana_struct_arrays_read(const char *location, const char *field,
                                                         const ana_run *run,
                                                         ana_struct_arrays **out);

ANA_API void ana_struct_arrays_free(ana_struct_arrays *arrays);

ANA_END_DECLS

#endif
