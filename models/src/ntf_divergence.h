/** Beta-divergences of a tensor from a model (Fevotte & Idier 2011, Neural Comput. 23(9)):
 *
 *      d(x | y) = (x^b + (b - 1) y^b - b x y^(b - 1)) / (b (b - 1)),
 *
 *  with the limits x log(x / y) - x + y for b = 1 (Kullback-Leibler) and x / y - log(x / y) - 1 for
 *  b = 0 (Itakura-Saito); b = 2 is half the squared difference. Summed over what is observed, by
 *  its weights. The gradient for a factor is `down` - `up`, with P = w x y^(b - 2) and Q = w y^(b -
 *  1) in the place of X in the product of a mode. */
#ifndef MODELS_NTF_DIVERGENCE_H
#define MODELS_NTF_DIVERGENCE_H

#include "ntf_tensor.h"
#include "workspace.h"

/** What of a divergence no model changes. */
typedef struct ntf_divergence {
    double beta;
    double constant; /**< the part of the sum without y */
    double of_mean;  /**< the divergence from the mean of all values */
} ntf_divergence;

/** ANA_ERR_VALUE names a 0 when beta is not above 0, and a tensor that is the same everywhere. */
ANA_USE_RESULT ana_status ntf_divergence_of(const ana_tensor *tensor, double beta,
                                            const ana_run *run, ntf_divergence *out);

/** One model, and what a reading finds of it. */
typedef struct ntf_subject {
    const double *factors[ANA_TENSOR_MAX_MODES]; /**< length x rank */
    double *up[ANA_TENSOR_MAX_MODES];            /**< length x rank; NULL: not wanted */
    double *down[ANA_TENSOR_MAX_MODES];
    double value;
} ntf_subject;

/** One reading of the tensor for several models of one rank. */
typedef struct ntf_reading {
    const ana_tensor *tensor;
    const ntf_divergence *divergence;
    size_t rank;
    size_t n_subjects;
    ntf_subject *subjects;
    bool wants_value;
    double *room; /**< NTF_CHUNKS x room_size */
    size_t room_size;
    double *scratch; /**< of each thread, scratch_size */
    size_t scratch_size;
    int n_threads;
} ntf_reading;

/** Room for at most n_subjects, of which those modes are wanted together that `all` says: all, or
 *  one at a time. ANA_ERR_LIMIT. */
ANA_USE_RESULT ana_status ntf_reading_new(const ana_tensor *tensor, const ana_run *run, size_t rank,
                                          size_t n_subjects, bool all, ana_workspace *workspace,
                                          ntf_reading *out);

ANA_USE_RESULT ana_status ntf_read(ntf_reading *reading);

/** Bytes of such room. */
double ntf_reading_bytes(const ana_tensor *tensor, const ana_run *run, size_t rank,
                         size_t n_subjects, bool all);

#endif
