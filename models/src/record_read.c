#include "record_read.h"

#include "memory.h"
#include "try.h"

#include <string.h>

ana_status ana_record_copy_doubles(const ana_record *record, const char *path, ana_shape shape,
                                   double **out)
{
    ana_status status = ANA_OK;
    const double *values = NULL;
    size_t n = 1;
    ANA_TRY(ana_record_get_doubles(record, path, &shape, &values));
    for (size_t i = 0; i < shape.n_axes; i++) {
        n *= shape.n[i];
    }
    ANA_TRY(ana_allocate(n, sizeof *values, "record", (void *)out));
    memcpy(*out, values, n * sizeof *values);
done:
    return status;
}

ana_status ana_record_get_word(const ana_record *record, const char *path, const char *const *words,
                               size_t *out)
{
    const char *text = NULL;
    ana_status status = ana_record_get_text(record, path, &text);
    for (size_t i = 0; status == ANA_OK && words[i] != NULL; i++) {
        if (strcmp(words[i], text) == 0) {
            *out = i;
            return ANA_OK;
        }
    }
    return status != ANA_OK
               ? status
               : ana_fail(ANA_ERR_FORMAT, "record: %s: \"%s\" is not known", path, text);
}
