/** A small tensor whose factors are known, N x N x T. */
#ifndef TESTS_SUPPORT_NTF_WORLD_H
#define TESTS_SUPPORT_NTF_WORLD_H

#include <analysis/models/ntf.h>

enum {
    N = 10,
    T = 33,
    RANK = 3
};

/** N, N, T. */
extern const size_t lengths[3];

/** n uniform numbers; the caller's. */
double *ntf_draw(size_t n, uint64_t item);

/** A model with factors of many zeros. */
ana_ntf *ntf_plant(uint64_t item);

/** What it says, plus `noise` times a uniform number: N x N x T; the caller's. */
double *ntf_expand(const ana_ntf *ntf, double noise);

/** Of N random walks; with `missing`, one neuron is not seen and another for a while. */
ana_affinity *ntf_affinity(bool missing);

/** The values as they are. */
ana_tensor *ntf_dense(const double *values);

/** The same start for every fit of that rank. */
ana_ntf *ntf_start(size_t rank);

/** The trace of the objective rises, but for rounding. */
void check_ntf_never_falls(const ana_ntf *fit);

/** The same factors, weights and error. */
void check_ntf_same(const ana_ntf *a, const ana_ntf *b, double tolerance);

#endif
