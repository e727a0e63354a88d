/** Do two representations of the same stimuli have the same geometry?
 *
 *  Centred kernel alignment (Kornblith et al. 2019): the correlation of two kernels, each a matrix
 *  of how alike the responses to any two stimuli are. 1 for representations that differ by a
 *  rotation, a shift and a scale, 0 (on average) for unrelated ones. With K, L the n x n kernels:
 *
 *  | estimator | HSIC(K, L) |
 *  |---|---|
 *  | debiased | mean over distinct i, j, q, r of K_ij L_ij + K_ij L_qr - 2 K_ij L_iq: unbiased (Song
 *      et al. 2007), so unrelated representations score 0 however many units they have; may be
 *      negative |
 *  | biased | tr(K H L H) / (n - 1)^2, H = I - 1 1^T / n: tends to 1 as units outnumber stimuli |
 *
 *  and CKA(K, L) = HSIC(K, L) / sqrt(HSIC(K, K) HSIC(L, L)); NaN, counted and warned of, where a
 *  self term is not positive: a representation that does not vary, or (debiased) one whose
 *  likeness is no more than what chance gives.
 *
 *  Linear kernels need no n x n matrix: by features, HSIC is |X^T Y|^2 and a few sums over the
 *  stimuli, in n p q operations; by kernels it is n^2 (p + q). The cheaper is taken: features when
 *  p + q < n for a pair. Features also pass by in parts, so that n may exceed memory, and the mean
 *  of HSIC over batches (Nguyen et al. 2021) bounds the memory for any n and p.
 *
 *  Tests and weights work on kernels. Weighted, the means above are over tuples that count w_i w_j
 *  w_q w_r times (biased: over all, not over distinct ones); a bootstrap weights each stimulus by
 *  how often it is drawn, so that a stimulus is never compared with itself. */
#ifndef ANALYSIS_MODELS_CKA_H
#define ANALYSIS_MODELS_CKA_H

#include <analysis/models/responses.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_cka_kernel {
    ANA_CKA_LINEAR, /**< x . y */
    ANA_CKA_RBF     /**< exp(-|x - y|^2 / (2 bandwidth^2 m)), m the median squared distance */
} ana_cka_kernel;

typedef enum ana_cka_estimator {
    ANA_CKA_DEBIASED,
    ANA_CKA_BIASED
} ana_cka_estimator;

typedef enum ana_cka_form {
    ANA_CKA_CHEAPER,  /**< of the two */
    ANA_CKA_FEATURES, /**< products of units: linear kernels without weights and tests */
    ANA_CKA_KERNELS   /**< n x n kernels */
} ana_cka_form;

typedef struct ana_cka_options {
    ana_run run;
    ana_cka_kernel kernel;       /**< default linear */
    ana_cka_estimator estimator; /**< default debiased */
    ana_cka_form form;           /**< default the cheaper */
    double bandwidth;            /**< rbf; default 1 */
    bool median_of_all;          /**< rbf: m is over all n^2 pairs, a stimulus with itself (0) among
                                      them; else, the default, over pairs of two stimuli */
    size_t batch;          /**< stimuli in a batch, 4 or more: HSIC is the mean over batches in
                                the order of the stimuli, a last one that is not full left out;
                                0, the default: all at once */
    size_t n_batches;      /**< batches taken, spread evenly over all; 0, the default: all */
    size_t n_permutations; /**< of the stimuli of one side, the same for all pairs; default 0 */
    size_t n_bootstraps;   /**< of the stimuli; default 0 */
    double level;          /**< of the bootstrap's intervals; default 0.95 */
    const double *weights; /**< n, >= 0, borrowed: how much each stimulus counts; NULL: alike */
} ana_cka_options;

ANA_API ana_cka_options ana_cka_options_default(void);

/** Rows for all but weights. */
ANA_API extern const ana_option ana_cka_option_table[];

/** A representation that is read in parts: rows of `values` when that is given, else `read`. */
typedef struct ana_cka_source {
    const char *name;
    size_t n_stimuli;
    size_t n_units;
    const double *values; /**< n_stimuli x n_units, borrowed; NULL: read */
    /** values (n x n_units, out) = rows first ... first + n - 1. */
    ana_status (*read)(void *user, size_t first, size_t n, double *values);
    void *user; /**< handed to `read` */
} ana_cka_source;

/** A systems (rows) by B systems (columns); all owned. NaN: not defined, or not asked for. */
typedef struct ana_cka {
    size_t n_a;
    size_t n_b;
    bool same; /**< both sides are the same systems: symmetric */
    size_t n_stimuli;
    ana_cka_kernel kernel;
    ana_cka_estimator estimator;
    ana_cka_form form; /**< that was taken */
    size_t batch;      /**< 0: all at once */
    size_t n_batches;  /**< that were taken; 1 when all at once */
    char **names_a;
    char **names_b;
    size_t *units_a; /**< n_a: that were compared */
    size_t *units_b; /**< n_b */
    double *values;  /**< n_a x n_b: CKA */
    double *cross;   /**< n_a x n_b: HSIC of each pair */
    double *self_a;  /**< n_a: HSIC of each with itself */
    double *self_b;  /**< n_b */
    double *p;       /**< n_a x n_b: of as much by chance, one-sided; NaN on the diagonal of
                          the same systems */
    double *p_max;   /**< against the largest of all pairs in each permutation */
    double *low;     /**< n_a x n_b: ends of the bootstrap's interval (percentiles) */
    double *high;    /**< n_a x n_b */
    size_t n_permutations;
    size_t n_bootstraps;
    double level;
    size_t n_undefined;        /**< systems whose self term is not positive */
    size_t n_stimuli_left_out; /**< in no batch */
    size_t n_units_left_out;   /**< without a finite value */
} ana_cka;

/** Every system of `a` with every system of `b`; b NULL: those of `a` with one another. Stimuli
 *  must be the same, in the same order (ana_responses_match). Units without any finite value are
 *  left out and counted.
 *
 *  @return ANA_ERR_VALUE for an option out of range, no systems, fewer than four stimuli (biased:
 *  three), numbers of stimuli that differ, any other value that is not finite (named with its
 *  place), weights below 0 or not finite; ANA_ERR_UNSUPPORTED for features with what needs kernels,
 *  batches with weights or tests, permutations with weights; ANA_ERR_LIMIT when neither form fits
 *  in memory; ANA_ERR_CANCELLED; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_cka_compute(const ana_responses_set *a,
                                                  const ana_responses_set *b,
                                                  const ana_cka_options *options, ana_cka **out);

/** The same of sources, whose values must all be finite; n_b 0: those of `a` with one another.
 *  Errors also those of `read`. */
ANA_API ANA_USE_RESULT ana_status ana_cka_of_sources(size_t n_a, const ana_cka_source *a,
                                                     size_t n_b, const ana_cka_source *b,
                                                     const ana_cka_options *options, ana_cka **out);

/** Sums while stimuli pass by: those of features, exact, when options.batch is 0; else the means
 *  over batches. A simulation pushes what it makes and keeps nothing. */
typedef struct ana_cka_stream ana_cka_stream;

/** `units_a` holds n_a numbers of units, `units_b` n_b; n_b 0: `a` with itself. Names are "0", "1",
 *  ... ANA_ERR_UNSUPPORTED for tests, weights, and without batches for rbf; ANA_ERR_LIMIT when the
 *  sums exceed the memory of options.run. */
ANA_API ANA_USE_RESULT ana_status ana_cka_begin(size_t n_a, const size_t *units_a, size_t n_b,
                                                const size_t *units_b,
                                                const ana_cka_options *options,
                                                ana_cka_stream **out);

/** The next n stimuli: a[i] is n x units_a[i], b likewise (not read with n_b 0). In batches each
 *  push is one; one of fewer stimuli is left out and counted. ANA_ERR_VALUE for a value that is not
 *  finite, or more stimuli than a batch; the stream is then as it was. */
ANA_API ANA_USE_RESULT ana_status ana_cka_push(ana_cka_stream *stream, size_t n,
                                               const double *const *a, const double *const *b);

/** The result so far; more may be pushed after. ANA_ERR_VALUE without enough stimuli. */
ANA_API ANA_USE_RESULT ana_status ana_cka_end(const ana_cka_stream *stream, ana_cka **out);
ANA_API void ana_cka_stream_free(ana_cka_stream *stream);

/** "schema" is "cka": the numbers above, and as figures the matrix, its p-values, and the pairs as
 *  a table with their intervals. */
ANA_API ANA_USE_RESULT ana_status ana_cka_to_record(const ana_cka *cka, ana_record **out);

ANA_API void ana_cka_free(ana_cka *cka);

ANA_END_DECLS

#endif
