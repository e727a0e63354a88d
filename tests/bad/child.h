/** Reading one file in a process of its own, with limits on time and memory. */
#ifndef TESTS_BAD_CHILD_H
#define TESTS_BAD_CHILD_H

#include <analysis/formats/reader.h>

#include <stdbool.h>
#include <stddef.h>

/** How the reading of a file ended. The first three are right for some file or other. */
typedef enum outcome {
    OUTCOME_OK,     /**< read */
    OUTCOME_WARN,   /**< read, with a warning */
    OUTCOME_ERROR,  /**< refused */
    OUTCOME_BROKEN, /**< read, but an invariant of the recording does not hold */
    OUTCOME_CRASH,  /**< ended by a signal, or by a sanitizer */
    OUTCOME_HANG,   /**< over the time limit */
    OUTCOME_MEMORY, /**< over the memory limit */
    N_OUTCOMES
} outcome;

/** "ok", "warn", "error", ... */
const char *outcome_name(outcome ended);

/** Reads the file, all its samples, and validates it: in a child with 2 s of processor time and 256
 *  MB. `sentence` (1024 bytes) is the error, or the first warning, or what went wrong. */
outcome read_in_child(const char *path, char *sentence);

/** Whether a refusal names the file and a place in it: a byte, a line, a sample, an object's path,
 * or a file of a folder. */
bool names_place(const char *sentence, const char *path);

#endif
