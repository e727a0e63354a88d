/** Lets the n-th allocation (or opening of a file) of our own code fail. */
#ifndef TESTS_SUPPORT_FAIL_NTH_H
#define TESTS_SUPPORT_FAIL_NTH_H

#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

/** A call under test: on success it releases what it made; its status is returned either way. */
typedef ana_status (*failing_call)(void *user);

/** Runs the call with its 0-th, 1st, 2nd, ... allocation failing until it succeeds without meeting
 * a failure. Each failure must come back as ANA_ERR_MEMORY or ANA_ERR_IO with a sentence; leaks are
 *  the sanitizer's to find. Returns how many failures were tried. Only allocations made by our own
 *  objects are counted: what HDF5 or FFTW allocate inside is out of reach. A call may also be
 *  right to succeed in spite of a failure (warnings are dropped without memory); `tolerant` allows
 *  that. */
size_t check_each_allocation(failing_call call, void *user, int tolerant);

/** Calls `function arguments` with its 0-th, 1st, 2nd, ... allocation failing, until it succeeds
 *  without meeting a failure; whenever it succeeded, `release` (a statement) undoes it:
 *
 *      ALLOCATION_TEST(ana_table_new, (3, &table), ana_table_free(table));
 *
 *  Each failure must be ANA_ERR_MEMORY or ANA_ERR_IO with a sentence; that it left nothing behind
 *  is the sanitizer's to say, and that it changed nothing, the success's. At least one failure must
 *  have been met. tests/check/allocation_coverage.sh looks for these macros by name: one for every
 *  exported function of the data and formats headers that returns a status. */
#define ALLOCATION_TEST(function, arguments, release)                                              \
    FAIL_NTH_LOOP(function, arguments, (void)0, release, false)

/** The same for a function that takes an argument over also when it fails: `prepare` (a statement)
 *  makes a new one before each try. */
#define CONSUMING_ALLOCATION_TEST(function, arguments, prepare, release)                           \
    FAIL_NTH_LOOP(function, arguments, prepare, release, false)

/** The same for a function that may be right to succeed in spite of a failure. */
#define TOLERANT_ALLOCATION_TEST(function, arguments, release)                                     \
    FAIL_NTH_LOOP(function, arguments, (void)0, release, true)

/** The function does not allocate: it succeeds although the first allocation would fail. */
#define NO_ALLOCATION_TEST(function, arguments)                                                    \
    do {                                                                                           \
        fail_nth_begin(#function, false);                                                          \
        fail_nth_arm();                                                                            \
        fail_nth_none_met(function arguments);                                                     \
    } while (0)

#define FAIL_NTH_LOOP(function, arguments, prepare, release, tolerant)                             \
    do {                                                                                           \
        fail_nth_begin(#function, tolerant);                                                       \
        while (fail_nth_goes_on()) {                                                               \
            prepare;                                                                               \
            fail_nth_arm();                                                                        \
            if (fail_nth_succeeded(function arguments)) {                                          \
                release;                                                                           \
            }                                                                                      \
        }                                                                                          \
    } while (0)

/** What the macros above are made of. */
void fail_nth_begin(const char *function, bool tolerant);
bool fail_nth_goes_on(void);
void fail_nth_arm(void);
bool fail_nth_succeeded(ana_status status);
void fail_nth_none_met(ana_status status);

#endif
