/** Lists of texts: owned copies, and names matched by pattern. */
#ifndef ANALYSIS_INTERNAL_LISTS_H
#define ANALYSIS_INTERNAL_LISTS_H

#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

/** *out = copies of n texts (NULL stays NULL). Freed by ana_free_texts. */
ANA_USE_RESULT ana_status ana_copy_texts(size_t n, const char *const *texts, char ***out);

/** Frees n texts and their list; takes NULL. */
void ana_free_texts(size_t n, char **texts);

/** Whether `text` is `pattern`, or begins with it up to the "*" at its end. NULL matches nothing.
 */
bool ana_text_matches(const char *text, const char *pattern);

#endif
