/** How does the past enter a model: by which few curves over the lags?
 *
 *  A basis is a matrix of n_lags x n_functions: row l - 1 holds the functions at lag l, in bins. A
 *  history feature is sum over l of basis[l - 1][b] * count[t - l]: strictly causal, never the bin
 *  itself. */
#ifndef ANALYSIS_MODELS_BASIS_H
#define ANALYSIS_MODELS_BASIS_H

#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

ANA_BEGIN_DECLS

typedef enum ana_basis_family {
    ANA_BASIS_RAISED_COSINE_LOG,    /**< fine near lag 1, coarse far away (Pillow et al. 2005) */
    ANA_BASIS_RAISED_COSINE_LINEAR, /**< bumps of equal width */
    ANA_BASIS_BSPLINE,              /**< clamped B-spline of `order` */
    ANA_BASIS_LAGUERRE,             /**< discrete Laguerre functions (Marmarelis 1993, Ann. Biomed.
                                         Eng. 21), orthonormal over all lags */
    ANA_BASIS_EXPONENTIAL,          /**< decaying exponentials, each sums to 1 over the lags */
    ANA_BASIS_LAGS                  /**< one function for each lag */
} ana_basis_family;

/** Lags are in bins here; the command line gives them in seconds. */
typedef struct ana_basis_options {
    ana_run run;
    ana_basis_family family; /**< default raised cosine over the logarithm of the lag */
    size_t n_functions;      /**< default 5; ANA_BASIS_LAGS: as many as lags */
    size_t n_lags;           /**< default 20 */
    size_t order;            /**< of the B-spline; 4: cubic, the default */
    double decay; /**< Laguerre: its alpha in (0, 1), the square of the pole, 0.6; exponential: bins
                       of the first decay, the others twice as long each, 1; 0, the default: those
                       values */
    double stretch;   /**< of the logarithm: log(1 + stretch * x); default 50 */
    bool full_to_end; /**< log raised cosine: the last function peaks at the last lag instead of
                           falling to 0 there; default false */
} ana_basis_options;

ANA_API ana_basis_options ana_basis_options_default(void);
ANA_API extern const ana_option ana_basis_option_table[];

typedef struct ana_basis {
    size_t n_lags;
    size_t n_functions;
    double *values; /**< n_lags x n_functions; owned */
} ana_basis;

/** The named families. ANA_ERR_VALUE for options that fit no basis (more functions than lags, an
 *  order above the number of functions, a single raised cosine). Raised cosines are
 *  (1 + cos(clip(pi (x - peak) / (2 spacing)))) / 2 over x from 0 at lag 1 to 1 at the last. */
ANA_API ANA_USE_RESULT ana_status ana_basis_new(const ana_basis_options *options, ana_basis **out);

/** Any curves: a copy of values (n_lags x n_functions), which must be finite. */
ANA_API ANA_USE_RESULT ana_status ana_basis_custom(size_t n_lags, size_t n_functions,
                                                   const double *values, ana_basis **out);

/** "schema" is "basis": the functions over the lags, as lines. bin_s: seconds per lag; NaN: lags in
 *  bins. ANA_ERR_FORMAT when a record is none. */
ANA_API ANA_USE_RESULT ana_status ana_basis_to_record(const ana_basis *basis, double bin_s,
                                                      ana_record **out);
ANA_API ANA_USE_RESULT ana_status ana_basis_from_record(const ana_record *record, ana_basis **out);

ANA_API void ana_basis_free(ana_basis *basis);

ANA_END_DECLS

#endif
