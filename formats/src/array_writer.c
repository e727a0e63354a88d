#include "checked.h"
#include "file.h"
#include "memory.h"
#include "npy.h"
#include "text.h"
#include "try.h"

#include <analysis/formats/array_writer.h>

#include <stdlib.h>

struct ana_array_writer {
    ana_atomic atomic;
    size_t n_values; /* in all */
    size_t n_written;
};

ana_status ana_array_writer_open(const char *path, size_t n_axes, const size_t *shape,
                                 ana_array_writer **out)
{
    ana_status status = ANA_OK;
    ana_array_writer *writer = NULL;
    ana_text header = {0};
    size_t n_bytes = sizeof(double);
    for (size_t i = 0; i < n_axes; i++) {
        if (!ana_multiply(n_bytes, shape[i], &n_bytes)) {
            return ana_fail(ANA_ERR_SHAPE, "%s: the shape has more elements than fit", path);
        }
    }
    ANA_TRY(ana_allocate(1, sizeof *writer, path, &writer));
    writer->n_values = n_bytes / sizeof(double);
    ana_npy_put_header(&header, ana_npy_descr(ANA_FLOAT64), false, n_axes, shape);
    ANA_TRY(ana_text_check(&header, path));
    ANA_TRY(ana_atomic_open(path, &writer->atomic));
    ANA_TRY(ana_atomic_write(&writer->atomic, header.bytes, header.n));
    *out = writer;
    writer = NULL;
done:
    ana_text_release(&header);
    ana_array_writer_close(writer);
    return status;
}

ana_status ana_array_writer_append(ana_array_writer *writer, size_t n, const double *values)
{
    if (n > writer->n_values - writer->n_written) {
        return ana_fail(ANA_ERR_SHAPE, "%s: %zu values after %zu of %zu", writer->atomic.final_path,
                        n, writer->n_written, writer->n_values);
    }
    writer->n_written += n;
    return ana_atomic_write(&writer->atomic, values, n * sizeof *values);
}

ana_status ana_array_writer_commit(ana_array_writer *writer)
{
    if (writer->n_written < writer->n_values) {
        return ana_fail(ANA_ERR_SHAPE, "%s: only %zu of %zu values are written",
                        writer->atomic.final_path, writer->n_written, writer->n_values);
    }
    return ana_atomic_commit(&writer->atomic);
}

void ana_array_writer_close(ana_array_writer *writer)
{
    if (writer != NULL) {
        ana_atomic_discard(&writer->atomic);
    }
    free(writer);
}
