/** Where is this function least, and where is it zero?
 *
 *  Everything is a minimum: to maximise a likelihood, hand out its negative. A search that ran out
 *  of iterations is a result (`converged` false), not an error; the best point seen is returned.
 *  The functions are deterministic, hold no state and allocate only the temporaries of one call. */
#ifndef ANALYSIS_OPTIMISE_H
#define ANALYSIS_OPTIMISE_H

#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** A function of one variable. */
typedef double (*ana_scalar_function)(void *user, double x);

/** A function of n variables: *value = f(x), and gradient[n]. A point where f is not defined may
 *  have the value NaN or +inf; the search then steps back. A status other than ANA_OK ends the
 *  search and is returned. */
typedef ana_status (*ana_gradient_function)(void *user, size_t n, const double *x, double *value,
                                            double *gradient);

/** The same with the Hessian (n x n, symmetric; the lower triangle is read). */
typedef ana_status (*ana_hessian_function)(void *user, size_t n, const double *x, double *value,
                                           double *gradient, double *hessian);

typedef struct ana_optimise_options {
    size_t max_iterations;     /**< default 200 */
    double gradient_tolerance; /**< converged when every |gradient| is at most this; default 1e-6 */
    double value_tolerance;    /**< converged when an iteration lowers the value by at most this
                                    times max(1, |value|); default 1e-12; 0: never for that reason */
    size_t memory;             /**< L-BFGS: number of steps remembered; default 10 */
} ana_optimise_options;

ANA_API ana_optimise_options ana_optimise_options_default(void);

/** How a search went. */
typedef struct ana_optimise_info {
    bool converged;
    size_t n_iterations;
    size_t n_evaluations; /**< calls of the function */
    double value;         /**< at the point returned */
    double gradient;      /**< largest |gradient| there */
} ana_optimise_info;

/** Minimise a smooth function of n variables by its gradient: limited-memory BFGS, Liu & Nocedal
 *  (1989), Math. Program. 45, with a line search for the strong Wolfe conditions (Nocedal & Wright
 *  2006, algorithms 3.5 and 3.6; 1e-4 and 0.9).
 *
 *  @param x        n (in, out)   start, then the best point
 *  @param options  NULL: the defaults
 *  @param info     (out)         may be NULL
 *  @return ANA_OK also when not converged; ANA_ERR_NUMERIC if the function is not finite at the
 *  start; ANA_ERR_VALUE for an option out of range; what the function returned; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_optimise_lbfgs(ana_gradient_function function, void *user,
                                                     size_t n, double *x,
                                                     const ana_optimise_options *options,
                                                     ana_optimise_info *info);

/** Minimise by Newton's method, for few variables and a Hessian at hand: step -H^-1 g by Cholesky,
 *  where H is not positive definite with multiples of the identity added (Nocedal & Wright 2006,
 *  algorithm 3.3), halved until the value falls (Armijo, 1e-4). Parameters and errors as above. */
ANA_API ANA_USE_RESULT ana_status ana_optimise_newton(ana_hessian_function function, void *user,
                                                      size_t n, double *x,
                                                      const ana_optimise_options *options,
                                                      ana_optimise_info *info);

/** The minimum of a function of one variable between low and high: Brent (1973), chapter 5 (golden
 *  section and parabolas). Finds a local minimum; the ends themselves are approached, not
 *  evaluated.
 *
 *  @param tolerance  of x; never finer than 1.5e-8 |x|, beyond which the values of f do not tell
 *  points apart, and 1e-11 of the interval
 *  @param x          (out)  where
 *  @param info       (out)  may be NULL; gradient is NaN
 *  @return ANA_OK; ANA_ERR_VALUE unless low < high are finite. NaN counts as +inf. */
ANA_API ANA_USE_RESULT ana_status ana_optimise_scalar(ana_scalar_function function, void *user,
                                                      double low, double high, double tolerance,
                                                      double *x, ana_optimise_info *info);

/** A zero of a function that has opposite signs at low and high: Chandrupatla (1997), Adv. Eng.
 *  Softw. 28(3) (bisection and inverse quadratic interpolation).
 *
 *  @param tolerance  of x; never finer than four roundings of x
 *  @return ANA_OK; ANA_ERR_VALUE unless low < high are finite, when the signs are the same, and
 *  when the function is NaN on the way. */
ANA_API ANA_USE_RESULT ana_status ana_optimise_root(ana_scalar_function function, void *user,
                                                    double low, double high, double tolerance,
                                                    double *x);

ANA_END_DECLS

#endif
