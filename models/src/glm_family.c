#include "constants.h"
#include "glm_choice.h"
#include "glm_link.h"
#include "simd.h"
#include "text.h"
#include "vec.h"

#include <analysis/models/glm_family.h>
#include <analysis/special.h>

#include <math.h>

const char *const ana_glm_distribution_names[] = {"poisson",  "bernoulli",   "negative-binomial",
                                                  "gaussian", "categorical", NULL};
const char *const ana_glm_link_names[] = {"canonical", "exp",           "softplus",
                                          "sigmoid",   "sqrt-softplus", "log1p-softplus",
                                          "identity",  "auto",          NULL};
const char *const ana_glm_lapse_names[] = {"none", "uniform", "learned", NULL};

static const double infinity = (double)INFINITY;

static bool has_dispersion(const ana_glm_family *family)
{
    return family->distribution == ANA_GLM_NEGATIVE_BINOMIAL ||
           family->distribution == ANA_GLM_GAUSSIAN;
}

static ana_status check_categorical(const ana_glm_family *family)
{
    if (family->link != ANA_GLM_CANONICAL && family->link != ANA_GLM_AUTO) {
        return ana_fail(ANA_ERR_VALUE,
                        "glm: link %s is not for categorical responses; canonical is: the share "
                        "of exp(eta) among the classes",
                        ana_glm_link_names[family->link]);
    }
    if (family->n_classes < 2 || family->n_classes > ANA_GLM_MOST_CLASSES) {
        return ana_fail(ANA_ERR_VALUE, "glm: categorical responses have 2 to %d classes, not %zu",
                        (int)ANA_GLM_MOST_CLASSES, family->n_classes);
    }
    return ANA_OK;
}

ana_status ana_glm_family_check(const ana_glm_family *family)
{
    if ((int)family->distribution < 0 || family->distribution > ANA_GLM_CATEGORICAL ||
        (int)family->link < 0 || family->link > ANA_GLM_AUTO) {
        return ana_fail(ANA_ERR_VALUE, "glm: no distribution %d with link %d",
                        (int)family->distribution, (int)family->link);
    }
    const ana_glm_link link = ana_glm_link_of(family);
    const char *distribution = ana_glm_distribution_names[family->distribution];
    if (family->distribution == ANA_GLM_CATEGORICAL) {
        return check_categorical(family);
    }
    if (family->distribution == ANA_GLM_BERNOULLI && link != ANA_GLM_SIGMOID) {
        return ana_fail(ANA_ERR_VALUE,
                        "glm: link %s leaves the range 0 to 1 of bernoulli means; "
                        "sigmoid does not",
                        ana_glm_link_names[link]);
    }
    if (family->distribution != ANA_GLM_GAUSSIAN && link == ANA_GLM_IDENTITY) {
        return ana_fail(ANA_ERR_VALUE,
                        "glm: link identity gives %s means below 0; use exp or "
                        "softplus",
                        distribution);
    }
    if (has_dispersion(family) && !(family->dispersion > 0.0 && family->dispersion < infinity)) {
        return ana_fail(ANA_ERR_VALUE, "glm: dispersion %s of a %s must be above 0 and finite",
                        ana_number(family->dispersion).text, distribution);
    }
    return ANA_OK;
}

const char *ana_glm_wanted(const ana_glm_family *family, double y)
{
    if (isnan(y)) {
        return NULL;
    }
    if (family->distribution == ANA_GLM_BERNOULLI || family->distribution == ANA_GLM_CATEGORICAL) {
        return y == 0.0 || y == 1.0 ? NULL : "0 or 1";
    }
    if (family->distribution == ANA_GLM_GAUSSIAN) {
        return isfinite(y) ? NULL : "a finite number";
    }
    return isfinite(y) && y >= 0.0 && floor(y) == y ? NULL : "a whole number from 0 on";
}

ana_status ana_glm_family_check_responses(const ana_glm_family *family, size_t n, const double *y)
{
    for (size_t i = 0; i < n; i++) {
        const char *wanted = ana_glm_wanted(family, y[i]);
        if (wanted != NULL) {
            return ana_fail(ANA_ERR_VALUE, "glm: response %zu is %s; %s takes %s", i,
                            ana_number(y[i]).text, ana_glm_distribution_names[family->distribution],
                            wanted);
        }
    }
    return family->distribution == ANA_GLM_CATEGORICAL ? ana_glm_choice_check(family, n, y)
                                                       : ANA_OK;
}

static void mean_of_chunk(ana_glm_link link, size_t n, const double *eta, double *mean)
{
    double other[ANA_GLM_CHUNK];
    double softplus[ANA_GLM_CHUNK];
    if (link == ANA_GLM_EXP) {
        ana_vec_exp(n, eta, mean);
        return;
    }
    if (link == ANA_GLM_SIGMOID) {
        ana_glm_softplus(n, eta, other, softplus);
    } else {
        ana_glm_softplus(n, eta, softplus, other);
    }
    if (link == ANA_GLM_LOG1P_SOFTPLUS) {
        ana_vec_log1p(n, softplus, softplus);
    }
    for (size_t i = 0; i < n; i++) {
        mean[i] = link == ANA_GLM_SQRT_SOFTPLUS ? sqrt(softplus[i]) : softplus[i];
    }
}

void ana_glm_mean(const ana_glm_family *family, size_t n, const double *eta, double *mean)
{
    if (family->distribution == ANA_GLM_CATEGORICAL) {
        const ana_glm_choice choice = ana_glm_choice_of(family, n);
        ana_glm_choice_mean(&choice, 1, eta, mean);
        return;
    }
    const ana_glm_link link = ana_glm_link_of(family);
    for (size_t first = 0; first < n; first += ANA_GLM_CHUNK) {
        const size_t m = n - first < ANA_GLM_CHUNK ? n - first : ANA_GLM_CHUNK;
        if (link != ANA_GLM_IDENTITY) {
            mean_of_chunk(link, m, eta + first, mean + first);
            continue;
        }
        for (size_t i = first; i < first + m; i++) {
            mean[i] = eta[i];
        }
    }
}

/* Any of the three, 0 where the response is missing. */
ANA_CLONES static void emit(size_t n, const double *y, const double *value, double *out)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        out[i] = y[i] == y[i] ? value[i] : 0.0;
    }
}

static void emit_all(size_t n, const double *y, const ana_glm_outputs *from,
                     const ana_glm_outputs *to)
{
    if (to->log_likelihood != NULL) {
        emit(n, y, from->log_likelihood, to->log_likelihood);
    }
    if (to->gradient != NULL) {
        emit(n, y, from->gradient, to->gradient);
    }
    if (to->curvature != NULL) {
        emit(n, y, from->curvature, to->curvature);
    }
}

/* log p = y log m - m: the derivative in log m is y - m. */
ANA_CLONES static void poisson(bool expected, size_t n, const double *y, const ana_glm_parts *parts,
                               const ana_glm_outputs *out)
{
    const double observed = expected ? 0.0 : 1.0;
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        const double mean = parts->mean[i];
        const double slope = parts->slope[i];
        const double rest = y[i] - mean;
        const double bend = parts->bend[i] == 0.0 ? 0.0 : observed * parts->bend[i] * rest;
        out->log_likelihood[i] = (y[i] == 0.0 ? 0.0 : y[i] * parts->log_mean[i]) - mean;
        out->gradient[i] = slope * rest;
        out->curvature[i] = mean * slope * slope - bend;
    }
}

/* With d = log(m / size): log p = y d - (y + size) softplus(d), which cannot overflow. */
static void negative_binomial(bool expected, double size, size_t n, const double *y,
                              const ana_glm_parts *parts, const ana_glm_outputs *out)
{
    double d[ANA_GLM_CHUNK];
    double softplus[ANA_GLM_CHUNK];
    double share[ANA_GLM_CHUNK]; /* m / (m + size) */
    const double log_size = log(size);
    for (size_t i = 0; i < n; i++) {
        d[i] = parts->log_mean[i] - log_size;
    }
    ana_glm_softplus(n, d, softplus, share);
    for (size_t i = 0; i < n; i++) {
        const double slope = parts->slope[i];
        const double total = y[i] + size;
        const double rest = y[i] - total * share[i];
        const double second = (expected ? size : total * (1.0 - share[i])) * share[i];
        out->log_likelihood[i] = (y[i] == 0.0 ? 0.0 : y[i] * d[i]) - total * softplus[i];
        out->gradient[i] = slope * rest;
        out->curvature[i] = slope * slope * second - (expected ? 0.0 : parts->bend[i] * rest);
    }
}

/* log p = -softplus(-eta) for 1, -softplus(eta) for 0. */
static void bernoulli(size_t n, const double *y, const double *eta, const ana_glm_outputs *out)
{
    double against[ANA_GLM_CHUNK]; /* eta, seen from the other answer */
    for (size_t i = 0; i < n; i++) {
        against[i] = y[i] == 1.0 ? -eta[i] : eta[i];
    }
    ana_glm_softplus(n, against, out->log_likelihood, out->gradient);
    for (size_t i = 0; i < n; i++) {
        against[i] = -against[i];
    }
    double unused[ANA_GLM_CHUNK];
    ana_glm_softplus(n, against, unused, out->curvature);
    for (size_t i = 0; i < n; i++) {
        out->log_likelihood[i] = -out->log_likelihood[i];
        out->curvature[i] *= out->gradient[i];
        out->gradient[i] = y[i] == 1.0 ? out->gradient[i] : -out->gradient[i];
    }
}

static void gaussian(bool expected, double precision, size_t n, const double *y,
                     const ana_glm_parts *parts, const ana_glm_outputs *out)
{
    for (size_t i = 0; i < n; i++) {
        const double slope = parts->mean[i] * parts->slope[i];
        const double second = parts->mean[i] * parts->bend[i] + slope * parts->slope[i];
        const double rest = y[i] - parts->mean[i];
        out->log_likelihood[i] = -0.5 * precision * rest * rest;
        out->gradient[i] = precision * slope * rest;
        out->curvature[i] = precision * (slope * slope - (expected ? 0.0 : second * rest));
    }
}

static void linear(double precision, size_t n, const double *y, const double *eta,
                   const ana_glm_outputs *out)
{
    for (size_t i = 0; i < n; i++) {
        const double rest = y[i] - eta[i];
        out->log_likelihood[i] = -0.5 * precision * rest * rest;
        out->gradient[i] = precision * rest;
        out->curvature[i] = precision;
    }
}

static void chunk(const ana_glm_family *family, bool expected, size_t n, const double *y,
                  const double *eta, const ana_glm_outputs *out)
{
    ana_glm_parts parts;
    const ana_glm_link link = ana_glm_link_of(family);
    const double precision = 1.0 / (family->dispersion * family->dispersion);
    if (family->distribution == ANA_GLM_BERNOULLI) {
        bernoulli(n, y, eta, out);
        return;
    }
    if (link == ANA_GLM_IDENTITY) {
        linear(precision, n, y, eta, out);
        return;
    }
    ana_glm_link_parts(link, n, eta, &parts);
    if (family->distribution == ANA_GLM_POISSON) {
        poisson(expected, n, y, &parts, out);
    } else if (family->distribution == ANA_GLM_NEGATIVE_BINOMIAL) {
        negative_binomial(expected, family->dispersion, n, y, &parts, out);
    } else {
        gaussian(expected, precision, n, y, &parts, out);
    }
}

static double *at(double *array, size_t i)
{
    return array != NULL ? array + i : NULL;
}

void ana_glm_kernel(const ana_glm_family *family, bool expected, size_t n, const double *y,
                    const double *eta, ana_glm_outputs out)
{
    double found[3][ANA_GLM_CHUNK];
    const ana_glm_outputs work = {found[0], found[1], found[2]};
    if (family->distribution == ANA_GLM_CATEGORICAL) { /* whose Hessians are never negative */
        const ana_glm_choice choice = ana_glm_choice_of(family, n);
        ana_glm_choice_kernel(&choice, 1, y, eta, &out);
        return;
    }
    for (size_t first = 0; first < n; first += ANA_GLM_CHUNK) {
        const size_t m = n - first < ANA_GLM_CHUNK ? n - first : ANA_GLM_CHUNK;
        const ana_glm_outputs to = {at(out.log_likelihood, first), at(out.gradient, first),
                                    at(out.curvature, first)};
        chunk(family, expected, m, y + first, eta + first, &work);
        emit_all(m, y + first, &work, &to);
    }
}

static double constant_of(const ana_glm_family *family, double y)
{
    if (isnan(y)) {
        return 0.0;
    }
    switch (family->distribution) {
    case ANA_GLM_POISSON:
        return y < 2.0 ? 0.0 : -ana_special_lgamma(y + 1.0);
    case ANA_GLM_BERNOULLI:
    case ANA_GLM_CATEGORICAL:
        return 0.0;
    case ANA_GLM_NEGATIVE_BINOMIAL:
        return y == 0.0 ? 0.0 : -ana_special_log_beta(y, family->dispersion) - log(y);
    case ANA_GLM_GAUSSIAN:
        return -log(family->dispersion) - 0.5 * ANA_LOG_2PI;
    }
    return 0.0;
}

void ana_glm_constant(const ana_glm_family *family, size_t n, const double *y, double *constant)
{
    for (size_t i = 0; i < n; i++) {
        constant[i] = constant_of(family, y[i]);
    }
}

void ana_glm_derivatives(const ana_glm_family *family, bool expected, size_t n, const double *y,
                         const double *eta, ana_glm_outputs out)
{
    ana_glm_kernel(family, expected, n, y, eta, out);
    for (size_t i = 0; out.log_likelihood != NULL && i < n; i++) {
        out.log_likelihood[i] += constant_of(family, y[i]);
    }
}

void ana_glm_log_likelihood(const ana_glm_family *family, size_t n, const double *y,
                            const double *eta, double *log_likelihood)
{
    ana_glm_derivatives(family, true, n, y, eta, (ana_glm_outputs){log_likelihood, NULL, NULL});
}

/* The kernel at mean = y: its largest value. */
static double saturated(const ana_glm_family *family, double y)
{
    const double size = family->dispersion;
    if (isnan(y) || y == 0.0) {
        return 0.0;
    }
    switch (family->distribution) {
    case ANA_GLM_POISSON:
        return y * log(y) - y;
    case ANA_GLM_NEGATIVE_BINOMIAL:
        return y * log(y / size) - (y + size) * log1p(y / size);
    case ANA_GLM_BERNOULLI:
    case ANA_GLM_CATEGORICAL:
    case ANA_GLM_GAUSSIAN:
        return 0.0;
    }
    return 0.0;
}

void ana_glm_deviance(const ana_glm_family *family, size_t n, const double *y, const double *eta,
                      double *deviance)
{
    ana_glm_kernel(family, true, n, y, eta, (ana_glm_outputs){deviance, NULL, NULL});
    for (size_t i = 0; i < n; i++) {
        deviance[i] = 2.0 * (saturated(family, y[i]) - deviance[i]);
    }
}
