/** What the models read of their records: owned arrays, and words out of a list. */
#ifndef MODELS_RECORD_READ_H
#define MODELS_RECORD_READ_H

#include <analysis/record.h>

/** *out = copy of the array of that shape, whose lengths of 0 are any. Freed by free(). */
ANA_USE_RESULT ana_status ana_record_copy_doubles(const ana_record *record, const char *path,
                                                  ana_shape shape, double **out);

/** *out = place of the text among the words, which end with NULL. ANA_ERR_FORMAT for another. */
ANA_USE_RESULT ana_status ana_record_get_word(const ana_record *record, const char *path,
                                              const char *const *words, size_t *out);

#endif
