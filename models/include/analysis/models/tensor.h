/** Arrays of three or more modes to be taken apart by ntf.h, in the form in which they are at hand:
 *  whole, as packed pairs, or never made at all.
 *
 *  A tensor is read in two ways alone: contracted with a factor of its last mode, and multiplied
 *  by the Khatri-Rao product of all factors but one (MTTKRP). Whatever offers these two can be
 *  factorised. Tensors borrow what they are made of, for as long as they live. Missing entries
 *  (NaN, or of weight 0) are no zeros: they do not count. */
#ifndef ANALYSIS_MODELS_TENSOR_H
#define ANALYSIS_MODELS_TENSOR_H

#include <analysis/models/affinity.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

ANA_BEGIN_DECLS

#define ANA_TENSOR_MAX_MODES 4

typedef struct ana_tensor ana_tensor;

/** A whole array, C order (the last mode contiguous), time the last mode.
 *
 *  @param values   product of lengths; NaN is missing; the others finite
 *  @param weights  of each entry, 0 to 1; NULL: all 1. With weights or missing entries two more
 *                  arrays of that size are held.
 *  @return ANA_ERR_SHAPE unless there are 2 to ANA_TENSOR_MAX_MODES modes, none empty;
 *  ANA_ERR_VALUE for a value that is infinite or negative or a weight out of range, naming it, and
 *  when nothing is observed or all is 0; ANA_ERR_LIMIT; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_tensor_dense(size_t n_modes, const size_t *lengths,
                                                   const double *values, const double *weights,
                                                   const ana_run *run, ana_tensor **out);

/** The same of floats, which are widened as they are read: half the memory, all sums in double. NaN
 *  is missing; weights as above, or NULL. Errors as ana_tensor_dense. */
ANA_API ANA_USE_RESULT ana_status ana_tensor_floats(size_t n_modes, const size_t *lengths,
                                                    const float *values, const double *weights,
                                                    const ana_run *run, ana_tensor **out);

/** values (n x length of the last mode) = the rows first ... first + n - 1 of an array that stands
 *  elsewhere, all modes but the last counted in C order. Called by several threads at once. */
typedef ana_status (*ana_tensor_reader)(void *user, size_t first, size_t n, double *values);

/** An array larger than memory, read a few rows at a time: twice for each iteration (with missing
 *  entries once more for each mode) of all restarts that fit together, and once here. NaN is
 *  missing. Symmetric slices are told by their rows' bits. Errors as ana_tensor_dense, and what
 *  `read` returns. */
ANA_API ANA_USE_RESULT ana_status ana_tensor_stream(size_t n_modes, const size_t *lengths,
                                                    ana_tensor_reader read, void *user,
                                                    const ana_run *run, ana_tensor **out);

/** Symmetric slices with zero diagonal, neuron x neuron x time, of which a row over time is given
 *  for each pair i < j: half the memory, half the time, unless pairs are missing (NaN), which a
 *  neuron with itself is where all its pairs are. Errors as ana_tensor_dense. */
ANA_API ANA_USE_RESULT ana_status ana_tensor_pairs(size_t n_neurons, size_t n_times,
                                                   const double *values, const ana_run *run,
                                                   ana_tensor **out);

/** The affinities of a factored kernel, neuron x neuron x time, without the N x N x T array: the
 *  products of an iteration cost 20 T N R operations. A pair (and a neuron with itself) is missing
 *  where one of the two is. ANA_ERR_UNSUPPORTED when the kernel is not factored. */
ANA_API ANA_USE_RESULT ana_status ana_tensor_affinity(const ana_affinity *affinity,
                                                      ana_tensor **out);

/** The affinities of several animals (a factored kernel, the same neurons and times in all), animal
 *  x pair x time with the pairs i < j of ana_affinity_pair, without that array: memory is that of
 *  the traces, the work that of the array. A pair is missing where one of its neurons is. Copies
 *  what it needs. ANA_ERR_SHAPE when animals differ in size; ANA_ERR_UNSUPPORTED for other kernels;
 *  ANA_ERR_LIMIT. */
ANA_API ANA_USE_RESULT ana_status ana_tensor_animals(size_t n_animals,
                                                     const ana_affinity *const *affinities,
                                                     const ana_run *run, ana_tensor **out);

/** Which cells are held out. */
typedef struct ana_tensor_fold {
    uint64_t seed;
    size_t fold;    /**< below n_folds */
    size_t n_folds; /**< at least 2 */
    size_t block;   /**< successive times in one cell; at least 1 */
} ana_tensor_fold;

/** *out = the tensor with some of what is observed held out: fold `fold` of `n_folds`, each a
 *  random part of the cells (row x block of `block` successive times of a whole array, a symmetric
 *  pair and its mirror in one; neuron x block of affinities, in each animal, with all pairs of the
 *  neuron there). Every cell is held out in one fold. Borrows what `tensor` borrows, and `tensor`.
 *  ANA_ERR_VALUE for a fold out of range, and when one would leave nothing. */
ANA_API ANA_USE_RESULT ana_status ana_tensor_hold_out(const ana_tensor *tensor,
                                                      const ana_tensor_fold *fold,
                                                      const ana_run *run, ana_tensor **out);

ANA_API size_t ana_tensor_n_modes(const ana_tensor *tensor);
ANA_API size_t ana_tensor_length(const ana_tensor *tensor, size_t mode);

/** Whether the first two modes can be exchanged, to the last bit. */
ANA_API bool ana_tensor_is_symmetric(const ana_tensor *tensor);

/** Sum of the squares of what is observed, by its weights. */
ANA_API double ana_tensor_square(const ana_tensor *tensor);

/** out (length of `mode` x n_columns) = the tensor unfolded along `mode`, times the Khatri-Rao
 *  product of the other factors (each length x n_columns; that of `mode` is not read). Missing
 *  entries count as 0 here. */
ANA_API ANA_USE_RESULT ana_status ana_tensor_mttkrp(const ana_tensor *tensor, const ana_run *run,
                                                    size_t n_columns, const double *const *factors,
                                                    size_t mode, double *out);

ANA_API void ana_tensor_free(ana_tensor *tensor);

ANA_END_DECLS

#endif
