/** Reading files in processes of their own, with limits on time and memory. */
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

enum {
    SENTENCE_BYTES = 1024,
    PATH_BYTES = 4096
};

/** What became of the reading of one file. */
typedef struct reading {
    outcome ended;
    char sentence[SENTENCE_BYTES]; /**< the error, or the first warning, or what went wrong */
} reading;

/** Reads a file in a child; writes its refusal or first warning (SENTENCE_BYTES). */
typedef outcome read_file(const char *path, char *sentence);

/** As a recording: all its samples, and validates it. */
outcome read_as_recording(const char *path, char *sentence);

/** Makes file i ready and writes its path (PATH_BYTES); called in the child that reads it. */
typedef void prepare_file(void *user, size_t i, char *path);

/** Reads n files by `read`: in children, each of which reads
 *  `n_together` files. A file may take 2 s of processor time (10 s under a sanitizer) and 256 MB.
 *  When a child ends badly, its files are read again, each in a child of its own. */
void read_in_children(size_t n, size_t n_together, prepare_file *prepare, void *user,
                      read_file *read, reading *readings);

/** The same for one file that is there. */
reading read_in_child(const char *path, read_file *read);

/** Whether a refusal names the file and a place in it: a byte, a line, a sample, an object's path,
 * a key in quotes, or a file of a folder. */
bool names_place(const char *sentence, const char *path);

#endif
