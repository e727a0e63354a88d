/** An array written as it is made, a few values at a time: for results larger than memory. */
#ifndef ANALYSIS_FORMATS_ARRAY_WRITER_H
#define ANALYSIS_FORMATS_ARRAY_WRITER_H

#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

typedef struct ana_array_writer ana_array_writer;

/** Begin a .npy of doubles in C order, of that shape. Nothing stands under `path` before
 *  ana_array_writer_commit. ANA_ERR_SHAPE when the shape has more elements than fit; ANA_ERR_IO;
 *  ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_array_writer_open(const char *path, size_t n_axes,
                                                        const size_t *shape,
                                                        ana_array_writer **out);

/** The next n values. ANA_ERR_SHAPE beyond the last; ANA_ERR_IO. */
ANA_API ANA_USE_RESULT ana_status ana_array_writer_append(ana_array_writer *writer, size_t n,
                                                          const double *values);

/** The file under its name, whole. ANA_ERR_SHAPE before the last value; ANA_ERR_IO. */
ANA_API ANA_USE_RESULT ana_status ana_array_writer_commit(ana_array_writer *writer);

/** Frees the writer; what was not committed is gone. NULL is fine. */
ANA_API void ana_array_writer_close(ana_array_writer *writer);

ANA_END_DECLS

#endif
