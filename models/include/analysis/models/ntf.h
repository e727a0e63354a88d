/** Which few motifs add up to a non-negative tensor: who is active together (the factors of the
 *  first modes), and when (that of time)?
 *
 *  Non-negative canonical polyadic factorisation: X = sum_r weights[r] u_r o v_r o w_r + noise, all
 *  entries >= 0; the divergence from what is observed is minimised (the loss), plus the penalties
 *  asked for.
 *
 *  | method | step | losses |
 *  |---|---|---|
 *  | hals | entry by entry, several sweeps (Cichocki & Phan 2009) | squares |
 *  | multiplicative | Lee & Seung 2001; Fevotte & Idier 2011 | all |
 *  | active-set | exact, by block principal pivoting (Kim & Park 2011) | squares |
 *  | admm | several steps of AO-ADMM (Huang et al. 2016) | squares |
 *  | together | all factors at once: bounded L-BFGS (Acar et al. 2011; Hong et al. 2020) | all |
 *  | poisson-regression | several multiplicative steps (Chi & Kolda 2012) | Kullback-Leibler |
 *
 *  All but together take a mode after the other. together is CP-OPT, by the gradient of all
 *  factors; poisson-regression is CP-APR, which lifts entries off 0. With admm and
 *  poisson-regression the objective may rise now and then.
 *
 *  Losses are beta-divergences d(x | y): half the squared difference (beta 2), Kullback-Leibler x
 *  log(x / y) - x + y (beta 1: Poisson counts), Itakura-Saito x / y - log(x / y) - 1 (beta 0:
 *  gamma noise; values above 0 alone), and those between and beyond.
 *
 *  Missing entries do not count. The methods for squares that take a mode after the other have at
 *  each step what the model says in their place (expectation maximisation), which lowers the sum
 *  over what is observed; the others leave them out. The problem has local minima: several random
 *  starts, all of which read the tensor together. Components that died are given new factors. */
#ifndef ANALYSIS_MODELS_NTF_H
#define ANALYSIS_MODELS_NTF_H

#include <analysis/models/fit_info.h>
#include <analysis/models/tensor.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_ntf_method {
    ANA_NTF_HALS,
    ANA_NTF_MULTIPLICATIVE,
    ANA_NTF_ACTIVE_SET,
    ANA_NTF_ADMM,
    ANA_NTF_TOGETHER,
    ANA_NTF_POISSON_REGRESSION,
    ANA_NTF_AUTO /**< hals for squares, else multiplicative */
} ana_ntf_method;

/** What is minimised. */
typedef enum ana_ntf_loss {
    ANA_NTF_FROBENIUS, /**< half the squared differences */
    ANA_NTF_KL,        /**< beta 1 */
    ANA_NTF_BETA
} ana_ntf_loss;

/** Where the first of the restarts begins; the others at random. */
typedef enum ana_ntf_init {
    ANA_NTF_RANDOM,
    ANA_NTF_NNDSVD /**< singular vectors of each mode's unfolding, of each the positive or negative
                        part (Boutsidis & Gallopoulos 2008), zeros a hundredth of the mean: the same
                        for every seed; missing entries count as 0 here */
} ana_ntf_init;

/** In which order components stand. */
typedef enum ana_ntf_order {
    ANA_NTF_BY_WEIGHT, /**< the heaviest first */
    ANA_NTF_BY_TIME    /**< by the centroid of the time factor */
} ana_ntf_order;

typedef struct ana_ntf_options {
    ana_run run;
    ana_ntf_method method; /**< default auto */
    ana_ntf_loss loss;     /**< default Frobenius */
    double beta;           /**< of the beta-divergence, -1 to 4; default 0.5 */
    ana_ntf_init init;     /**< default random */
    size_t rank;           /**< components; default 8 */
    size_t n_restarts;     /**< default 10 */
    size_t max_iterations; /**< of a restart; default 500 */
    double tolerance;    /**< stop when an iteration lowers the objective by less than this share of
                            it; default 1e-7; 0: never */
    size_t n_sweeps;     /**< of a step of hals, admm and poisson-regression; default 3 */
    double sparsity;     /**< times the sum of all factors is added to the divergence; default 0 */
    double smoothness;   /**< times half the squared differences of the time factor's neighbours is
                              added, and times half the squares of the other factors (else scale
                              would move there, and the penalty vanish); hals and multiplicative with
                              squares, together; default 0 */
    bool symmetric;      /**< one factor for the first two modes of symmetric slices; its step is
                              multiplicative, of squares alone, or all are found together. Default
                              false */
    bool reseed;         /**< give components that died new factors; default true. Only with hals,
                              active-set and admm, never with penalties, fixed modes or symmetric steps */
    ana_ntf_order order; /**< default by weight */
} ana_ntf_options;

ANA_API ana_ntf_options ana_ntf_options_default(void);
ANA_API extern const ana_option ana_ntf_option_table[];

/** Factors are length x rank, entry (i, r) at i * rank + r, their columns of unit norm. All owned.
 */
typedef struct ana_ntf {
    size_t n_modes;
    size_t length[ANA_TENSOR_MAX_MODES];
    size_t rank;
    size_t time_mode;
    double *factors[ANA_TENSOR_MAX_MODES];
    double *weights;       /**< rank */
    double relative_error; /**< |X - model| / |X| over what is observed, whatever the loss */
    size_t n_reseeded;     /**< components given new factors in the best restart */
    double *similarity;    /**< info.n_restarts: of each restart's components with the best's, see
                                ana_ntf_match */
    ana_ntf_method method; /**< by which it was fitted, never auto; a model made by hand: unset */
    ana_ntf_loss loss;     /**< what was minimised */
    double beta;           /**< of that divergence: 2 for squares, 1 for Kullback-Leibler */
    ana_fit_info info;     /**< its objective: 1 - (divergence + penalties) / that of nothing: half
                                the squares of X; of other losses than squares the divergence of X
                                from its mean */
} ana_ntf;

/** Fit from random starts (uniform on (0, 1), scaled to the tensor's size).
 *
 *  @return ANA_OK also when not converged; ANA_ERR_VALUE for an option out of range, smoothness or
 *  a loss with a method, or symmetric factors of a tensor, that has none, and a 0 among the values
 *  when beta is not above 0; ANA_ERR_LIMIT; ANA_ERR_MEMORY; ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status ana_ntf_fit(const ana_tensor *tensor,
                                              const ana_ntf_options *options, ana_ntf **out);

/** One run from the factors of `start`, whose rank is taken. Modes with fixed[mode] true (NULL:
 *  none) keep the factors of `start`, up to the norms of their columns; components keep their order
 *  then. ANA_ERR_SHAPE when lengths differ. */
ANA_API ANA_USE_RESULT ana_status ana_ntf_fit_from(const ana_tensor *tensor, const ana_ntf *start,
                                                   const bool *fixed,
                                                   const ana_ntf_options *options, ana_ntf **out);

/** Of new data, the factor of one mode that goes with a model's other factors, exactly those: the
 *  non-negative least squares over what is observed. `tensor` may be of another length in `mode`
 *  alone. out: its length x rank, such that weights are 1. */
ANA_API ANA_USE_RESULT ana_status ana_ntf_transform(const ana_ntf *model, const ana_tensor *tensor,
                                                    size_t mode, const ana_run *run, double *out);

/** A model of zeros: factors and weights to be filled in. */
ANA_API ANA_USE_RESULT ana_status ana_ntf_new(size_t n_modes, const size_t *lengths, size_t rank,
                                              ana_ntf **out);

/** Columns of unit norm, weights their norms' products; components in order. */
ANA_API ANA_USE_RESULT ana_status ana_ntf_normalise(ana_ntf *ntf, ana_ntf_order order);

/** Which components of b go with those of a (rank of a entries; ANA_UNASSIGNED where b has fewer),
 *  so that the mean of their congruences is largest: the product over modes of the cosines of their
 *  factors. `congruence` (rank of a; may be NULL), 0 without partner; `similarity` is the mean over
 *  the larger rank. ANA_ERR_SHAPE when lengths differ. */
ANA_API ANA_USE_RESULT ana_status ana_ntf_match(const ana_ntf *a, const ana_ntf *b, size_t *order,
                                                double *congruence, double *similarity);

/** 100 (1 - |G - I|^2 / rank), G the core that fits the factors best (Bro & Kiers 2003): 100 when
 *  the components explain the tensor by themselves, far below 0 when there are too many. Not to be
 *  decided by alone. ANA_ERR_UNSUPPORTED for missing entries or more than 4096 products of
 *  columns. */
ANA_API ANA_USE_RESULT ana_status ana_ntf_core_consistency(const ana_ntf *ntf,
                                                           const ana_tensor *tensor,
                                                           const ana_run *run, double *out);

/** |X - model| / |X| of the tensor's observed entries. */
ANA_API ANA_USE_RESULT ana_status ana_ntf_error(const ana_ntf *ntf, const ana_tensor *tensor,
                                                const ana_run *run, double *out);

/** What stands along the modes, for a record: names ("neuron"), labels (may be NULL), and seconds
 *  between the entries of the time mode (0: none); of animals x pairs x times also the neurons of
 *  which these are the pairs. Borrowed. */
typedef struct ana_ntf_axes {
    const char *names[ANA_TENSOR_MAX_MODES];
    const char *const *labels[ANA_TENSOR_MAX_MODES];
    double dt_s;
    size_t n_neurons;           /**< 0: the tensor is not of pairs */
    const char *const *neurons; /**< n_neurons */
} ana_ntf_axes;

/** "schema" is "ntf": factors, weights, how the fit went, and figures: time factors, motif matrices
 *  of tensors of two modes of neurons or of pairs, weights of the animals, similarity of the
 *  restarts. `axes` may be NULL. ANA_ERR_FORMAT when a record is none. */
ANA_API ANA_USE_RESULT ana_status ana_ntf_to_record(const ana_ntf *ntf, const ana_ntf_axes *axes,
                                                    ana_record **out);
ANA_API ANA_USE_RESULT ana_status ana_ntf_from_record(const ana_record *record, ana_ntf **out);

ANA_API void ana_ntf_free(ana_ntf *ntf);

ANA_END_DECLS

#endif
