/** Do two representations of the same points have clusters and loops in the same places?
 *
 *  Representation topology divergence (Barannikov, Trofimov, Balabin & Burnaev 2022, ICML; arXiv
 *  2201.00058): w and v are the distances between n points in the one and the other, each divided
 *  by its quantile 0.9 over the pairs i < j (linear between order statistics). At a length s the
 *  graph of pairs with w <= s lies in that of pairs with min(w, v) <= s; what appears or vanishes
 * between the two is the homology of the mapping cone, whose Vietoris-Rips complex is that of 2 n +
 *  1 points: o, a_1 ... a_n, b_1 ... b_n, with distances
 *
 *      o a_i: 0             o b_i: infinite
 *      a_i a_j: w_ij        b_i b_j: min(w_ij, v_ij)
 *      a_i b_j: w_ij for j <= i (0 for j = i), infinite for j > i
 *
 *  The bars of its first homology are the cross-barcode of dimension 1 of w against v: a bar [s, t)
 *  is a connection, or a loop, that v makes at s and w only at t. Their total length is
 *  RTD_1(w, v), and the divergence is RTD = (RTD_1(w, v) + RTD_1(v, w)) / 2: 0 when the distances
 *  are the same, and the same whatever the scale of each.
 *
 *  With more points than n_points, RTD is the mean over subsamples of so many. */
#ifndef ANALYSIS_MODELS_RTD_H
#define ANALYSIS_MODELS_RTD_H

#include <analysis/models/responses.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

typedef struct ana_rtd_options {
    ana_run run;
    double quantile;     /**< of the distances, that becomes 1; 0: distances as they are; default
                              0.9 */
    size_t n_points;     /**< of a subsample, at most; default 500 */
    size_t n_subsamples; /**< when there are more points; default 10 */
} ana_rtd_options;

ANA_API ana_rtd_options ana_rtd_options_default(void);
ANA_API extern const ana_option ana_rtd_option_table[];

/** Bars of one direction; owned. */
typedef struct ana_rtd_bars {
    size_t n;
    double *births; /**< ascending */
    double *deaths;
} ana_rtd_bars;

/** All owned. */
typedef struct ana_rtd {
    size_t n;             /**< points */
    size_t n_points;      /**< of a subsample */
    size_t n_subsamples;  /**< 1 when all points are in it */
    double *forward;      /**< n_subsamples: RTD_1(w, v) */
    double *backward;     /**< n_subsamples: RTD_1(v, w) */
    double rtd;           /**< mean over subsamples of the mean of both */
    double deviation;     /**< standard deviation over subsamples; NaN of one */
    ana_rtd_bars bars[2]; /**< of the first subsample: forward, backward */
    size_t n_silent[2];   /**< of responses: units left out in each, without any finite value */
} ana_rtd;

/** w, v: distances of the pairs (0, 1), (0, 2), ..., (n - 1 of them), (1, 2), ...
 *
 *  @return ANA_ERR_VALUE for an option out of range, fewer than three points, a distance that is
 *  negative or not finite (named by its pair), or distances whose quantile is 0; ANA_ERR_MEMORY;
 *  ANA_ERR_LIMIT; ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status ana_rtd_compute(size_t n, const double *w, const double *v,
                                                  const ana_rtd_options *options, ana_rtd **out);

/** Of Euclidean distances between the responses to the same stimuli (ana_responses_match); units
 *  without any finite value are left out and counted. ANA_ERR_VALUE also for another value that is
 *  not finite (named by stimulus and unit), or other stimuli. */
ANA_API ANA_USE_RESULT ana_status ana_rtd_of_responses(const ana_responses *a,
                                                       const ana_responses *b,
                                                       const ana_rtd_options *options,
                                                       ana_rtd **out);

/** Several systems, two at least, for the record; borrowed. */
typedef struct ana_rtd_report {
    size_t n;
    const char *const *names;    /**< n */
    ana_rtd *const *divergences; /**< n (n - 1) / 2, of the pairs (0, 1), (0, 2), ... */
} ana_rtd_report;

/** "schema" is "rtd": divergences of all pairs as a matrix, and as a figure the barcodes of the
 *  first pair. */
ANA_API ANA_USE_RESULT ana_status ana_rtd_to_record(const ana_rtd_report *report, ana_record **out);

ANA_API void ana_rtd_free(ana_rtd *rtd);

ANA_END_DECLS

#endif
