/** Plain arrays from any file that holds them: file.npy, file.npz:key, file.safetensors:tensor,
 *  file.h5:/path/to/dataset, file.mat:variable, file.csv; a folder with an .npz for each stimulus,
 *  folder:key; and back to .npy. */
#ifndef ANALYSIS_FORMATS_ARRAY_IO_H
#define ANALYSIS_FORMATS_ARRAY_IO_H

#include <analysis/matrix.h>
#include <analysis/run.h>
#include <analysis/status.h>

ANA_BEGIN_DECLS

/** *out = the array that `location` names, as doubles, C order, axes "axis0", ... (a CSV's header
 *  becomes the labels of its columns). Without the part after ':' the file must hold exactly one
 *  numeric array; otherwise the sentence lists what there is. MATLAB arrays keep MATLAB's index
 *  order: value(i, j) is [i][j]. The array of a folder is file x value, in the order of the files'
 *  names, which without their endings are the labels of its rows. ANA_ERR_UNSUPPORTED for objects,
 *  texts and complex numbers; ANA_ERR_LIMIT when it needs more than run->max_memory (`run` may be
 *  NULL). */
ANA_API ANA_USE_RESULT ana_status ana_matrix_read(const char *location, const ana_run *run,
                                                  ana_matrix **out);

/** Write as .npy (float64, C order) or .csv by ending; whole or not at all. */
ANA_API ANA_USE_RESULT ana_status ana_matrix_write(const ana_matrix *matrix, const char *path);

ANA_END_DECLS

#endif
