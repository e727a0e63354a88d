/** Which delays of which channels unfold the dynamics of a recording?
 *
 *  MDOP, maximising derivatives on projection (Nichkawde 2013, Phys. Rev. E 87, 022905), of several
 *  series, as DelayEmbeddings.jl has it and as it was used to choose augmented covariances (Carrara
 *  & Papadopoulo 2023, arXiv 2302.04508). Channels are standardised (divisor n - 1). In each cycle
 *  every channel is tried at every delay as the next coordinate, and the one with the largest
 *
 *      beta = mean over i of log10(|s(i + delay) - s(nn(i) + delay)| / |Y(i) - Y(nn(i))|)
 *
 *  joins: nn(i) is the nearest point to i on the trajectory Y so far, not within the Theiler window
 *  of it, both among the first n - max_delay points; in the first cycle every channel is tried as Y
 *  as well. Terms in which a distance is 0 are left out of the mean (the original's becomes
 *  infinite). Then the false nearest neighbours are counted: points whose distance to the nearest
 *  grew by more than `growth`. Their share at most `false_share`, or rising, ends the search, and
 *  the delay that joined last is not part of the answer.
 *
 *  The Theiler window is the largest over channels of the delay at the first minimum of the mutual
 *  information of a channel with itself, delayed by 1 to 100 samples (at most half of what there
 *  is), binned by bisection until a chi-squared test finds each bin uniform (after Fraser & Swinney
 *  1986, Phys. Rev. A 33, 1134). */
#ifndef ANALYSIS_MODELS_LAG_EMBEDDING_H
#define ANALYSIS_MODELS_LAG_EMBEDDING_H

#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

typedef struct ana_lag_embedding_options {
    ana_run run;
    size_t max_delay;   /**< samples that are tried, from 0; default 50 */
    double growth;      /**< of the distance to a false neighbour; default 2 */
    double false_share; /**< at which the search ends; default 0.05 */
    size_t max_cycles;  /**< at most 50, the default */
} ana_lag_embedding_options;

ANA_API ana_lag_embedding_options ana_lag_embedding_options_default(void);
/** Rows for max-delay, growth, false-share, cycles. */
ANA_API extern const ana_option ana_lag_embedding_option_table[];

enum {
    ANA_LAG_EMBEDDING_CYCLES = 50
};

/** The first n_delays coordinates are the answer; one more, which ended the search, follows. */
typedef struct ana_lag_embedding {
    size_t theiler;                                /**< samples */
    size_t n_delays;                               /**< as many as cycles */
    size_t delays[ANA_LAG_EMBEDDING_CYCLES + 1];   /**< samples; the first is 0 */
    size_t channels[ANA_LAG_EMBEDDING_CYCLES + 1]; /**< of each coordinate */
    double beta[ANA_LAG_EMBEDDING_CYCLES];         /**< of the coordinate after the cycle's */
    double false_share[ANA_LAG_EMBEDDING_CYCLES];  /**< after each cycle */
} ana_lag_embedding;

/** One recording, values: n_channels x n_times.
 *
 *  @return ANA_ERR_VALUE for an option out of range, a value that is not finite, a channel that is
 *  constant (both named), no channel, or a recording of fewer than 20 samples more than max_delay,
 *  or so short that the Theiler window leaves a point without a neighbour; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_lag_embedding_find(size_t n_channels, size_t n_times,
                                                         const double *values,
                                                         const ana_lag_embedding_options *options,
                                                         ana_lag_embedding *out);

/** out[delay - 1] = mutual information, in bits, of x[0 ... n_times - n_delays - 1] with what comes
 *  `delay` samples later, delay = 1 ... n_delays. ANA_ERR_VALUE unless n_delays < n_times, and for
 *  a value that is not finite; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_lag_information(size_t n_times, const double *x,
                                                      size_t n_delays, double *out);

ANA_END_DECLS

#endif
