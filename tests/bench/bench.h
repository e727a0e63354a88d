/** What every benchmark needs: clocks, and an end when something fails. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <analysis/status.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double bench_clock(clockid_t which)
{
    struct timespec t;
    (void)clock_gettime(which, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/** Seconds of processor time, of all threads: for machines that others use. */
static inline double cpu_seconds(void)
{
    return bench_clock(CLOCK_PROCESS_CPUTIME_ID);
}

/** Seconds by the clock. */
static inline double wall_seconds(void)
{
    return bench_clock(CLOCK_MONOTONIC);
}

/** Ends the program with the sentence of the last error. */
static inline void stop_on(ana_status status)
{
    if (status != ANA_OK) {
        fprintf(stderr, "%s\n", ana_last_error());
        exit(1);
    }
}

/** n zeroed doubles. */
static inline double *bench_doubles(size_t n)
{
    double *made = calloc(n + 1, sizeof *made);
    if (made == NULL) {
        fprintf(stderr, "no memory for %zu doubles\n", n);
        exit(1);
    }
    return made;
}

#endif
