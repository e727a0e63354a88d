/** Where the reference values and sample files are, and the count of what a test compared. */
#ifndef TESTS_SUPPORT_SHARED_H
#define TESTS_SUPPORT_SHARED_H

#include <stdbool.h>
#include <stddef.h>

/** Exit status of a test whose files are not on this machine. */
#define TEST_SKIPPED 77

/** ANA_SHARED, or ../shared beside the source tree; NULL when there is no such folder. */
const char *shared_root(void);

/** "ANA_SHARED/" + relative, in `path`; false when it is not there. */
bool shared_path(const char *relative, char *path, size_t size);

/** What a reference test compared so far. */
typedef struct tally {
    const char *file; /**< being compared, for messages */
    size_t n_compared;
    size_t n_failed;
    size_t n_cases;
    size_t n_unread; /**< values of methods that the library does not have */
    double worst;    /**< largest error over its tolerance */
    char worst_at[256];
} tally;

/** Count one number: agrees when |value - wanted| <= absolute + relative * |wanted|. A failure is
 *  printed (the first 20). `what` by printf. */
__attribute__((format(printf, 6, 7))) bool tally_number(tally *counts, double value, double wanted,
                                                        double absolute, double relative,
                                                        const char *what, ...);

/** Count one comparison that holds or not. */
__attribute__((format(printf, 3, 4))) bool tally_that(tally *counts, bool holds, const char *what,
                                                      ...);

/** Print the summary; 0 when something was compared and all of it agreed, else 1. */
int tally_finish(const tally *counts, const char *name);

#endif
