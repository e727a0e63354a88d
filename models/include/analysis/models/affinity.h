/** Which neurons change together, and when?
 *
 *  From traces, at every time a symmetric matrix of affinities between 0 and 1: the tensor that
 *  ntf.h takes apart into motifs (Dyballa et al. 2024, arXiv 2402.14102). A trace is scaled to
 *  [0, 1], differentiated by a Gaussian's derivative of width sigma, and divided by its largest
 *  absolute derivative, v; p = max(v, 0), q = max(-v, 0). The affinity of i and j at t is a kernel
 *  of these, 0 for i = j:
 *
 *  | kernel | affinity |
 *  |---|---|
 *  | geom | sqrt(p_i p_j) + sqrt(q_i q_j) |
 *  | prod | p_i p_j + q_i q_j |
 *  | min | min(p_i, p_j) + min(q_i, q_j) |
 *  | rise | sqrt(p_i p_j) |
 *  | pearson-positive | max(0, correlation of the scaled traces in a window centred on t) |
 *
 *  The window is shorter at the ends.
 *
 *  geom, prod and rise are r_i r_j + s_i s_j off the diagonal: two T x N arrays say everything, and
 *  no N x N x T array need exist (`factored`). Missing samples (NaN) are never filled in: where one
 *  lies within 4 sigma, the derivative is the slope of the line through the observed samples,
 *  weighted by the Gaussian (the same number where none is missing); it is missing where its own
 *  sample is, or where less than half of the weight is observed. A pair is missing where one of the
 *  two is, a neuron with itself where it is. Nothing crosses the border of two sequences. */
#ifndef ANALYSIS_MODELS_AFFINITY_H
#define ANALYSIS_MODELS_AFFINITY_H

#include <analysis/observations.h>
#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_affinity_kernel {
    ANA_AFFINITY_GEOM,
    ANA_AFFINITY_PROD,
    ANA_AFFINITY_MIN,
    ANA_AFFINITY_RISE,
    ANA_AFFINITY_PEARSON_POSITIVE
} ana_affinity_kernel;

typedef struct ana_affinity ana_affinity;

/** A kernel of the caller's own: either factored, by r and s of a unit derivative (not NaN), both
 *  at least 0, or by its slices. Several threads may call at once. */
typedef struct ana_affinity_own {
    const char *name;                                      /**< for records; borrowed */
    double (*rising)(double unit_derivative, void *user);  /**< r; NULL: not factored */
    double (*falling)(double unit_derivative, void *user); /**< s; NULL: 0 */
    /** Not factored: out (N x N) = affinities at time t, symmetric and at least 0, NaN where a pair
     *  is missing; the diagonal need not be set but for NaN where a neuron is missing, and is 0
     *  before. */
    void (*slice)(const ana_affinity *affinity, size_t t, void *user, double *out);
    void *user; /**< handed to all; for as long as the affinities live */
} ana_affinity_own;

typedef struct ana_affinity_options {
    ana_run run;
    ana_affinity_kernel kernel; /**< default geom */
    ana_affinity_own own;       /**< in the place of `kernel` when it has functions; default none */
    double sigma_s;             /**< width of the derivative's Gaussian; default 1.8 s */
    double window_s;            /**< pearson-positive: length of the window, rounded to samples;
                                     default 12.6 s */
} ana_affinity_options;

ANA_API ana_affinity_options ana_affinity_options_default(void);
ANA_API extern const ana_option ana_affinity_option_table[];

/** Arrays are T x N, t * n_neurons + i; NaN is missing in the first three. All owned. */
struct ana_affinity {
    size_t n_times;
    size_t n_neurons;
    double dt_s;
    ana_affinity_kernel kernel;
    bool is_own; /**< by `own`, not `kernel` */
    ana_affinity_own own;
    double *scaled;          /**< traces between 0 and 1; a constant one is 0 */
    double *derivative;      /**< of the scaled traces, smoothed, per second */
    double *unit_derivative; /**< largest absolute value of each neuron 1 */
    bool factored;           /**< `rising` and `falling` hold the whole affinity */
    double *rising;          /**< r; 0 where missing; NULL unless factored */
    double *falling;         /**< s; 0 where missing; NULL unless factored */
    double *observed;        /**< 1, or 0 where missing; NULL when nothing is */
    size_t half_window;      /**< samples on either side of the window's middle */
    size_t *first;           /**< n_times: first row of the sequence that row t stands in */
    size_t *stop;            /**< n_times: the row after its last */
    size_t n_constant;       /**< neurons whose trace never changes: their affinities are 0 */
    size_t n_unobserved;     /**< neurons without a derivative at any time */
    char **neuron_names;     /**< n_neurons texts */
};

/** The affinities of observations (rows are times, features neurons), as what makes their slices.
 *  Constant and unobserved neurons are counted, and said in a warning.
 *
 *  @return ANA_ERR_VALUE for an option out of range, rows that are no times (bin_s NaN), a sigma
 *  longer than the recording, an own kernel both factored and with slices; ANA_ERR_SHAPE for fewer
 *  than two neurons or times; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_affinity_new(const ana_observations *observations,
                                                   const ana_affinity_options *options,
                                                   ana_affinity **out);

/** out (N x N) = affinities at time t; symmetric, NaN where a pair is missing. */
ANA_API void ana_affinity_slice(const ana_affinity *affinity, size_t t, double *out);

/** Number of pairs i < j, and the place of one: (0, 1), (0, 2), ..., (0, n - 1), (1, 2), ... */
ANA_API size_t ana_affinity_n_pairs(size_t n_neurons);
ANA_API size_t ana_affinity_pair(size_t n_neurons, size_t i, size_t j);

/** The whole tensor: out is N x N x T (time last), or with `packed` P x T, a row for each pair
 *  i < j. NaN where a pair is missing. ANA_ERR_LIMIT when it does not fit the run's memory. */
ANA_API ANA_USE_RESULT ana_status ana_affinity_materialise(const ana_affinity *affinity,
                                                           const ana_run *run, bool packed,
                                                           double *out);

/** pairs[P] = neuron_mask[i] neuron_mask[j]: which pairs are observed when these neurons are. */
ANA_API void ana_affinity_pair_mask(size_t n_neurons, const double *neuron_mask, double *pairs);

/** "schema" is "affinity": derivatives, and as figures the mean affinity of each pair, and the mean
 *  over pairs at each time. */
ANA_API ANA_USE_RESULT ana_status ana_affinity_to_record(const ana_affinity *affinity,
                                                         ana_record **out);

ANA_API void ana_affinity_free(ana_affinity *affinity);

ANA_END_DECLS

#endif
