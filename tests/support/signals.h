/** Signals and series for tests, and the check that any way of reading a series gives the same
 *  bits. */
#ifndef TESTS_SUPPORT_SIGNALS_H
#define TESTS_SUPPORT_SIGNALS_H

#include <analysis/run.h>
#include <analysis/series.h>

#include <stddef.h>
#include <stdint.h>

/** out[n] = normal noise of that name with a slow drift. */
void fill_noise(uint64_t item, size_t n, double *out);

/** A series of float64 in memory, x: n_channels x sum of lengths, named c0, c1, ... in uV, kind
 *  EEG; segment s starts 10 s after the end of the one before it. */
ana_series *series_of(double rate, size_t n_channels, size_t n_segments, const size_t *lengths,
                      const double *x);

/** Values of the whole series, n_channels x n_times; freed by free(). */
double *read_whole(const ana_series *series);

/** Same bits, or both NaN. */
void check_same_bits(size_t n, const double *values, const double *wanted);

/** Read the series by windows of many sizes, forwards, backwards and at random, all channels and
 *  few: each value has the bits of `wanted` (n_channels x n_times). */
void check_any_window(const ana_series *series, const double *wanted);

/** A run of that many threads; with 0 bytes the usual memory limit. */
ana_run run_of(size_t n_threads, size_t max_memory);

#endif
