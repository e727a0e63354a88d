/** What the files of the time-frequency module share. */
#ifndef ANALYSIS_INTERNAL_WAVELETS_H
#define ANALYSIS_INTERNAL_WAVELETS_H

#include "convolve.h"
#include "fft.h"

#include <analysis/time_frequency.h>

#include <stdatomic.h>

/** Convolvers have two responses for each wavelet: the real and the imaginary part. */
struct ana_morlet {
    double rate;
    size_t n;
    double *frequencies;
    ana_convolver *convolver;
    atomic_size_t n_owners; /**< its maker, and series made with it */
};

/** One more owner; freed when as many ana_morlet_free were called. */
ana_morlet *ana_morlet_share(ana_morlet *morlet);

/** Wavelets with what is made of their answers. */
typedef struct ana_morlet_kernel {
    const ana_morlet *morlet;
    ana_morlet_output output;
} ana_morlet_kernel;

/** Doubles of aligned scratch for one block of `n` answers. */
size_t ana_morlet_scratch(const ana_morlet_kernel *kernel, size_t n);

/** Block `block` of a channel: out + row * stride are its n answers. */
void ana_morlet_block(const ana_morlet_kernel *kernel, const ana_stretch *stretch, size_t block,
                      size_t n, double *scratch, size_t stride, double *out);

#endif
