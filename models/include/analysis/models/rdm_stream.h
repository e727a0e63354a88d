/** How different are the conditions of responses that are larger than memory?
 *
 *  The matrix of ana_rdm_compute (rdm.h) where the dissimilarity is a sum over channels: the
 *  responses are read by blocks of channels, each block adds its part to every pair, and the array
 *  is never held. Beside the matrix (two of them for crossnobis, and its numbers of folds) 32 MB
 *  are used, or a quarter of what options.run allows when that is less, and 1 kB for each condition
 *  and thread.
 *
 *  euclidean, mahalanobis (without noise they are the same) and crossnobis take one pass, with
 *  remove_mean two; their values are those in memory but for the order of the sums, 1e-13 of the
 *  patterns' squares. correlation and cosine take two, the first for means and lengths; theirs are
 *  those in memory within 1e-14.
 *
 *  When everything fits into one block it is read once. The bits are the same for any number of
 *  threads; they follow from the width of the blocks, which the memory allowed may change.
 *
 *  A missing value (NaN) is refused: what to leave out of which pair is known in memory alone. */
#ifndef ANALYSIS_MODELS_RDM_STREAM_H
#define ANALYSIS_MODELS_RDM_STREAM_H

#include <analysis/models/rdm.h>
#include <analysis/observations.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

/** A block of responses. */
typedef struct ana_rdm_block {
    size_t first_row;
    size_t n_rows;
    size_t first_channel;
    size_t n_channels;
} ana_rdm_block;

/** Responses that are read in parts. */
typedef struct ana_rdm_source {
    const ana_observations *rows; /**< all but its values, which are not looked at: numbers of rows
                                       and channels, labels, sequences */
    /** values (n_rows x n_channels, out) = that block. Rows without a label are never asked for. */
    ana_status (*read)(void *user, const ana_rdm_block *block, double *values);
    void *user; /**< handed to `read` */
} ana_rdm_source;

/** Whether the method can be computed in parts, so that options can be told apart beforehand. */
ANA_API bool ana_rdm_method_streams(ana_rdm_method method);

/** One matrix, called `name`, as ana_rdm_compute without noise.
 *
 *  @return ANA_ERR_UNSUPPORTED for other methods and for pooling over trials; ANA_ERR_VALUE for a
 *  value that is not finite (named with its row and channel); ANA_ERR_LIMIT when the matrix exceeds
 *  the memory of options.run; else errors as ana_rdm_compute and those of `read`. */
ANA_API ANA_USE_RESULT ana_status ana_rdm_of_source(const ana_rdm_source *source,
                                                    const ana_rdm_options *options,
                                                    const char *name, ana_rdms **out);

ANA_END_DECLS

#endif
