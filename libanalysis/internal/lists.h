/** Lists of texts: owned copies, and names matched by pattern. */
#ifndef ANALYSIS_INTERNAL_LISTS_H
#define ANALYSIS_INTERNAL_LISTS_H

#include "workspace.h"

#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

/** *out = copies of n texts (NULL stays NULL). Freed by ana_free_texts. */
ANA_USE_RESULT ana_status ana_copy_texts(size_t n, const char *const *texts, char ***out);

/** Frees n texts and their list; takes NULL. */
void ana_free_texts(size_t n, char **texts);

/** "word 1" ... "word n", or "1" ... "n" without a word; from the workspace, which the caller
 *  checks before use: NULL when it failed. */
const char **ana_numbered_texts(ana_workspace *workspace, const char *word, size_t n);

/** Whether `text` is `pattern`, or begins with it up to the "*" at its end. NULL matches nothing.
 */
bool ana_text_matches(const char *text, const char *pattern);

#endif
