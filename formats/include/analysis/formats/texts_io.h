/** Plain lists of texts, as names that stand beside an array: file.mat:variable, file.h5:/path, or
 *  a text file. */
#ifndef ANALYSIS_FORMATS_TEXTS_IO_H
#define ANALYSIS_FORMATS_TEXTS_IO_H

#include <analysis/run.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

/** *out = *n texts, each and the list to be freed: a MATLAB variable (a cell of texts, or the rows
 *  of a char array), a dataset of texts of an HDF5 file, or the last column of a CSV, TSV or TXT
 *  file that holds texts. A text file of one column has no header. A missing text is "".
 *  ANA_ERR_FORMAT when there are no texts; ANA_ERR_LIMIT when it needs more than run->max_memory
 *  (`run` may be NULL). */
ANA_API ANA_USE_RESULT ana_status ana_texts_read(const char *location, const ana_run *run,
                                                 size_t *n, char ***out);

/** Frees n texts and their list; takes NULL. */
ANA_API void ana_texts_free(size_t n, char **texts);

ANA_END_DECLS

#endif
