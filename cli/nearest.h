/** Which name was meant by a misspelt one. */
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

#include <stddef.h>

/** Letters to change, drop or add to make one name into the other (Levenshtein), capped at 40. */
size_t nearest_distance(const char *a, const char *b);

/** A distance below this is near enough to be named: longer words bear more slips. */
size_t nearest_limit(const char *word);

#endif
