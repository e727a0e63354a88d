/** Lets the n-th allocation (or opening of a file) of our own code fail. */
#ifndef TESTS_SUPPORT_FAIL_NTH_H
#define TESTS_SUPPORT_FAIL_NTH_H

#include <analysis/status.h>

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

#endif
