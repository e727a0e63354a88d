/** Series computed from another as they are read.
 *
 *  A derived source answers any window from blocks on a grid anchored at each segment's first
 *  sample: a block is computed whole, by one kernel, from the samples it reaches, whatever window
 *  asked for it. So every way of reading the series gives the same bits, and reading all of it is
 * the in-memory form. The last blocks are kept, so that a walk in small windows computes each block
 *  once.
 *
 *  Kernels that need a whole segment have it as their only block: then the segment of the channels
 *  asked for at a time is held, within the run's memory limit. */
#ifndef ANALYSIS_INTERNAL_DERIVED_H
#define ANALYSIS_INTERNAL_DERIVED_H

#include "convolve.h"

#include <analysis/run.h>
#include <analysis/series.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

/** One block of answers, for up to `n_lanes` channels at a time. */
typedef struct ana_derived_block {
    size_t segment;
    const size_t *channels; /**< n_channels of the parent */
    size_t n_channels;
    size_t index;   /**< of the block in its segment's grid */
    size_t first;   /**< its first answer, counted from the segment's first */
    size_t n;       /**< answers */
    size_t n_times; /**< samples of the parent's segment */
    size_t in_first;
    size_t in_n; /**< the samples at hand: in_first ... in_first + in_n - 1 of the segment */
    double *in;  /**< n_channels x in_n; may be overwritten */
} ana_derived_block;

/** What computes a derived series. Members that may be NULL say what that means. */
typedef struct ana_derivation {
    const char *name;    /**< what it is, for messages: "filter" */
    size_t n_outputs;    /**< answers' channels for each channel of the parent */
    size_t n_lanes;      /**< channels in one call of compute */
    size_t block;        /**< answers in a block; 0: the whole segment */
    bool holds_triggers; /**< trigger channels are not computed but held: the sample at or before
                              each answer's time */
    size_t up, down;     /**< answers and samples in the same time */
    double rate;         /**< of the answers */
    /** Answers to a segment of n_times samples. NULL: n_times. */
    size_t (*length)(const void *self, size_t n_times);
    /** Samples that a block depends on. NULL: those of its own times. */
    void (*reach)(const void *self, size_t n_times, size_t first, size_t n, size_t *in_first,
                  size_t *in_n);
    /** Called before the blocks of a segment of another length than the last one: plans. May be
     *  NULL. */
    ana_status (*prepare)(void *self, size_t n_times);
    /** Doubles of aligned scratch memory for one compute on a segment of n_times. */
    size_t (*scratch)(const void *self, size_t n_times);
    /** out[l * n_outputs + o] points to the n answers of output o of channel l. Called by several
     *  threads at once; may not allocate. */
    void (*compute)(const void *self, const ana_derived_block *block, double *scratch,
                    double *const *out);
    void (*free)(void *self);
} ana_derivation;

/** *out = series of parent's channels (n_outputs of each, in its order; named alike until the
 *  caller changes that), float64 in the parent's units, whose source computes with `self`. Owns
 * `self` in any case: it is freed on failure. ANA_ERR_VALUE for a series without a regular rate. */
ANA_USE_RESULT ana_status ana_series_derive(const ana_series *parent,
                                            const ana_derivation *derivation, void *self,
                                            const ana_run *run, ana_series **out);

/** *out = the parent's segments and channels (n_outputs of each), float64 with gain 1, without a
 *  source: the heading of a series made from it. ANA_ERR_VALUE for one without a regular rate. */
ANA_USE_RESULT ana_status ana_series_heading(const ana_series *parent, const char *what,
                                             size_t n_outputs, ana_series **out);

/** ANA_ERR_VALUE for a series without a regular rate; `what` needs one. */
ANA_USE_RESULT ana_status ana_series_need_rate(const ana_series *series, const char *what);

/** The run without what belongs to the call that makes a series: progress and warnings. */
ana_run ana_run_lasting(const ana_run *run);

#endif
