/** Discrete Fourier transforms of real signals.
 *
 *  Only `src/fft.c` knows FFTW. Its planner is not thread-safe: `ana_fft_new` takes a lock, so it
 *  may be called anywhere, but plans are made before a parallel region and only used inside it.
 * Plans are made by estimate, never by timing: the same length gives the same bits in every run. */
#ifndef ANALYSIS_INTERNAL_FFT_H
#define ANALYSIS_INTERNAL_FFT_H

#include <analysis/status.h>

#include <stddef.h>

/** Longest transform: 2^30 samples. */
#define ANA_FFT_MAX ((size_t)1 << 30)

/** Arrays given to a transform start at a multiple of 64 bytes (as a workspace's blocks do): a row
 *  length rounded up to this many doubles keeps that for each row. */
#define ANA_FFT_ALIGN 8

typedef struct ana_fft ana_fft;

/** A plan for signals of n samples, in both directions. ANA_ERR_VALUE when n is 0 or above
 *  ANA_FFT_MAX. */
ANA_USE_RESULT ana_status ana_fft_new(size_t n, ana_fft **out);
void ana_fft_free(ana_fft *fft);

/** Frequencies of a signal of n samples: 0 ... n/2. */
static inline size_t ana_fft_bins(size_t n)
{
    return n / 2 + 1;
}

/** n rounded up to whole alignments: the stride of rows that are transformed. */
static inline size_t ana_fft_stride(size_t n)
{
    return (n + ANA_FFT_ALIGN - 1) / ANA_FFT_ALIGN * ANA_FFT_ALIGN;
}

/** spectrum[2 k], spectrum[2 k + 1] = real and imaginary part of sum_t signal[t] e^(-2 pi i k t /
 * n), k = 0 ... n/2. `signal` is left as it is; the arrays do not overlap. May be called by several
 *  threads at once. */
void ana_fft_forward(const ana_fft *fft, double *signal, double *spectrum);

/** signal[t] = the sum over all n frequencies of spectrum e^(2 pi i k t / n): n times the signal
 *  whose transform it is. Imaginary parts at 0 and n/2 count as zero. `spectrum` is overwritten. */
void ana_fft_inverse(const ana_fft *fft, double *spectrum, double *signal);

/** Smallest length >= n without a prime factor above 7: lengths the transform is quick for. */
size_t ana_fft_good_length(size_t n);

#endif
