/* Where eta is far below zero all soft links tend to exp(eta). There the differences that remain
 * are computed themselves, not as differences of nearly equal numbers. */
#include "glm_link.h"

#include "simd.h"
#include "vec.h"

#include <math.h>

/* exp(tail_end) = 0.018: the series below then reaches the last digit. */
static const double tail_end = -4.0;

/* (log(1 + x) - x) / x for 0 <= x < 0.019. */
static inline double log1p_rest(double x)
{
    return x * (-1.0 / 2.0 +
                x * (1.0 / 3.0 +
                     x * (-1.0 / 4.0 +
                          x * (1.0 / 5.0 +
                               x * (-1.0 / 6.0 +
                                    x * (1.0 / 7.0 + x * (-1.0 / 8.0 + x * (1.0 / 9.0))))))));
}

ana_glm_link ana_glm_link_of(const ana_glm_family *family)
{
    if (family->link != ANA_GLM_CANONICAL && family->link != ANA_GLM_AUTO) {
        return family->link;
    }
    switch (family->distribution) {
    case ANA_GLM_BERNOULLI:
    case ANA_GLM_CATEGORICAL:
        return ANA_GLM_SIGMOID;
    case ANA_GLM_GAUSSIAN:
        return ANA_GLM_IDENTITY;
    case ANA_GLM_POISSON:
    case ANA_GLM_NEGATIVE_BINOMIAL:
        break;
    }
    return family->link == ANA_GLM_AUTO ? ANA_GLM_SOFTPLUS : ANA_GLM_EXP;
}

ANA_CLONES static void minus_size(size_t n, const double *x, double *out)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] < 0.0 ? x[i] : -x[i];
    }
}

/* rest = log(1 + exp(-|x|)), e = exp(-|x|), in and out. */
ANA_CLONES static void finish_softplus(size_t n, const double *x, const double *e, double *softplus,
                                       double *sigmoid)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        softplus[i] += x[i] > 0.0 ? x[i] : 0.0;
        sigmoid[i] = (x[i] < 0.0 ? e[i] : 1.0) / (1.0 + e[i]);
    }
}

void ana_glm_softplus(size_t n, const double *x, double *softplus, double *sigmoid)
{
    double e[ANA_GLM_CHUNK];
    minus_size(n, x, e);
    ana_vec_exp(n, e, e);
    ana_vec_log1p(n, e, softplus);
    finish_softplus(n, x, e, softplus, sigmoid);
}

static void exp_parts(size_t n, const double *eta, ana_glm_parts *parts)
{
    ana_vec_exp(n, eta, parts->mean);
    for (size_t i = 0; i < n; i++) {
        parts->log_mean[i] = eta[i];
        parts->slope[i] = 1.0;
        parts->bend[i] = 0.0;
    }
}

/* log sigmoid(eta) = -softplus(-eta); slope = sigmoid(-eta). */
static void sigmoid_parts(size_t n, const double *eta, ana_glm_parts *parts)
{
    double *opposite = parts->bend; /* which is not needed until the end */
    for (size_t i = 0; i < n; i++) {
        opposite[i] = -eta[i];
    }
    ana_glm_softplus(n, opposite, parts->log_mean, parts->slope);
    ana_glm_softplus(n, eta, opposite, parts->mean);
    for (size_t i = 0; i < n; i++) {
        parts->log_mean[i] = -parts->log_mean[i];
        parts->bend[i] = -parts->mean[i] * parts->slope[i];
    }
}

/* In: mean = softplus, slope = sigmoid. log_mean becomes the argument of the logarithm.
 * In the tail, with e = exp(eta) and q = (softplus - e) / e: slope = 1 / ((1 + e)(1 + q)). */
ANA_CLONES static void softplus_slopes(size_t n, const double *eta, const double *e,
                                       ana_glm_parts *parts)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        const int tail = eta[i] < tail_end;
        const double sigmoid = parts->slope[i];
        const double below = tail ? e[i] : 0.0;
        const double q = log1p_rest(below);
        const double more = below + q + below * q; /* 1 / slope - 1 */
        const double plain = sigmoid / parts->mean[i];
        const double slope = tail ? 1.0 / (1.0 + more) : plain;
        const double lack = tail ? more / (1.0 + more) : 1.0 - plain; /* 1 - slope */
        parts->slope[i] = slope;
        parts->bend[i] = slope * (lack - sigmoid);
        parts->log_mean[i] = tail ? 1.0 + q : parts->mean[i];
    }
}

/* The logarithm of (mean / exp(eta) in the tail, else mean), and eta added where it was left out.
 */
static void finish_log(size_t n, const double *eta, double *log_mean)
{
    ana_vec_log(n, log_mean, log_mean);
    for (size_t i = 0; i < n; i++) {
        log_mean[i] += eta[i] < tail_end ? eta[i] : 0.0;
    }
}

static void softplus_parts(size_t n, const double *eta, ana_glm_parts *parts)
{
    double e[ANA_GLM_CHUNK];
    ana_vec_exp(n, eta, e);
    ana_glm_softplus(n, eta, parts->mean, parts->slope);
    softplus_slopes(n, eta, e, parts);
    finish_log(n, eta, parts->log_mean);
}

static void sqrt_softplus_parts(size_t n, const double *eta, ana_glm_parts *parts)
{
    softplus_parts(n, eta, parts);
    for (size_t i = 0; i < n; i++) {
        parts->mean[i] = sqrt(parts->mean[i]);
        parts->log_mean[i] *= 0.5;
        parts->slope[i] *= 0.5;
        parts->bend[i] *= 0.5;
    }
}

/* In: mean = log(1 + softplus), soft = softplus, slope = sigmoid. In the tail, with q as above and
 * p = (mean - softplus) / softplus: slope = 1 / ((1 + e)(1 + softplus)(1 + q)(1 + p)). */
ANA_CLONES static void log1p_slopes(size_t n, const double *eta, const double *e,
                                    const double *soft, ana_glm_parts *parts)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        const int tail = eta[i] < tail_end;
        const double sigmoid = parts->slope[i];
        const double rise = sigmoid / (1.0 + soft[i]);
        const double below = tail ? e[i] : 0.0;
        const double near = tail ? soft[i] : 0.0;
        const double q = log1p_rest(below);
        const double p = log1p_rest(near);
        const double up = below + near + below * near;
        const double down = q + p + q * p;
        const double more = up + down + up * down; /* 1 / slope - 1 */
        const double plain = rise / parts->mean[i];
        const double slope = tail ? 1.0 / (1.0 + more) : plain;
        const double lack = tail ? more / (1.0 + more) : 1.0 - plain;
        parts->slope[i] = slope;
        parts->bend[i] = slope * (lack - sigmoid - rise);
        parts->log_mean[i] = tail ? 1.0 + down : parts->mean[i];
    }
}

static void log1p_softplus_parts(size_t n, const double *eta, ana_glm_parts *parts)
{
    double e[ANA_GLM_CHUNK];
    double soft[ANA_GLM_CHUNK];
    ana_vec_exp(n, eta, e);
    ana_glm_softplus(n, eta, soft, parts->slope);
    ana_vec_log1p(n, soft, parts->mean);
    log1p_slopes(n, eta, e, soft, parts);
    finish_log(n, eta, parts->log_mean);
}

void ana_glm_link_parts(ana_glm_link link, size_t n, const double *eta, ana_glm_parts *parts)
{
    switch (link) {
    case ANA_GLM_SOFTPLUS:
        softplus_parts(n, eta, parts);
        break;
    case ANA_GLM_SIGMOID:
        sigmoid_parts(n, eta, parts);
        break;
    case ANA_GLM_SQRT_SOFTPLUS:
        sqrt_softplus_parts(n, eta, parts);
        break;
    case ANA_GLM_LOG1P_SOFTPLUS:
        log1p_softplus_parts(n, eta, parts);
        break;
    case ANA_GLM_CANONICAL:
    case ANA_GLM_AUTO:
    case ANA_GLM_EXP:
    case ANA_GLM_IDENTITY:
        exp_parts(n, eta, parts);
        break;
    }
}
