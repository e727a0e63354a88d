#include "glm_hmm_edges.h"

#include "constants.h"

#include <analysis/special.h>

#include <math.h>
#include <stdbool.h>

/* Of a normal variable with mean `a` and variance 1, kept where it is positive. */
typedef struct half_normal {
    double log_mass; /* log P(positive) + a^2 / 2 */
    double mean;
    double square;
} half_normal;

/* Far in the tail: asymptotic series of Mills' ratio, x = -a; beyond 30 its next term is below
 * 1e-11 of the value. */
static half_normal tail(double x)
{
    const double i = 1.0 / (x * x);
    const double rest = 1.0 - i * (2.0 - i * (10.0 - i * (74.0 - i * (706.0 - i * 8162.0))));
    const double mass = 1.0 - i * (1.0 - i * (3.0 - i * (15.0 - i * (105.0 - i * 945.0))));
    return (half_normal){
        .log_mass = log(mass / (x * sqrt(2.0 * ANA_PI))), .mean = rest / x, .square = 1.0 - rest};
}

static half_normal keep_positive(double a)
{
    if (a < -30.0) {
        return tail(-a);
    }
    const double mass = 0.5 * erfc(-a / sqrt(2.0));
    const double ratio = exp(-0.5 * a * a) / (sqrt(2.0 * ANA_PI) * mass);
    return (half_normal){
        .log_mass = log(mass) + 0.5 * a * a, .mean = a + ratio, .square = 1.0 + a * (a + ratio)};
}

/* Probabilities from log weights, and the logarithm of their sum. */
static double normalise(const double *log_weight, double *probability)
{
    double total = ana_special_log_sum_exp(ANA_EDGE_SIGNS, log_weight);
    for (size_t c = 0; c < ANA_EDGE_SIGNS; c++) {
        probability[c] = exp(log_weight[c] - total);
    }
    return total;
}

ana_edge_posterior ana_edge_infer(const ana_edge_prior *prior, double slope)
{
    const double spread = prior->spread;
    const double width = 1.0 / sqrt(prior->curvature + 1.0 / (spread * spread));
    const double a = slope * width;
    const half_normal up = keep_positive(a);
    const half_normal down = keep_positive(-a);
    const double occam = log(2.0 * width / spread);
    const double log_weight[ANA_EDGE_SIGNS] = {
        prior->log_probability[ANA_EDGE_INHIBITORY] + occam + down.log_mass,
        prior->log_probability[ANA_EDGE_NONE],
        prior->log_probability[ANA_EDGE_EXCITATORY] + occam + up.log_mass,
    };
    ana_edge_posterior out = {
        .mean = {-width * down.mean, 0.0, width * up.mean},
        .square = {width * width * down.square, 0.0, width * width * up.square},
    };
    out.log_evidence = normalise(log_weight, out.probability);
    double square = 0.0;
    for (size_t c = 0; c < ANA_EDGE_SIGNS; c++) {
        out.expected += out.probability[c] * out.mean[c];
        square += out.probability[c] * out.square[c];
    }
    out.variance = fmax(square - out.expected * out.expected, 0.0);
    return out;
}

/* Where `level * slope + excess * expected(slope)`, which rises, is `wanted`: Newton's method, kept
 * between lo and hi. */
static double find_slope(const ana_edge_prior *prior, double level, double excess, double wanted,
                         double lo, double hi, double at)
{
    for (int i = 0; i < 200 && hi > lo; i++) {
        const ana_edge_posterior here = ana_edge_infer(prior, at);
        const double miss = level * at + excess * here.expected - wanted;
        lo = miss < 0.0 ? at : lo;
        hi = miss > 0.0 ? at : hi;
        double next = at - miss / (level + excess * here.variance);
        if (!(next > lo && next < hi)) {
            next = 0.5 * (lo + hi);
        }
        if (miss == 0.0 || fabs(next - at) <= 1e-14 * (1.0 + fabs(at))) {
            return next;
        }
        at = next;
    }
    return at;
}

double ana_edge_solve(const ana_edge_prior *prior, double excess, double wanted, double slope)
{
    const double shift = excess * ana_edge_infer(prior, wanted).expected;
    const double lo = shift > 0.0 ? wanted - shift : wanted;
    const double hi = shift > 0.0 ? wanted : wanted - shift;
    const double at = slope > lo && slope < hi ? slope : 0.5 * (lo + hi);
    return find_slope(prior, 1.0, excess, wanted, lo, hi, at);
}

double ana_edge_slope_of(const ana_edge_prior *prior, double wanted, double slope)
{
    const double step = prior->curvature + 1.0 / (prior->spread * prior->spread);
    double lo = slope;
    double hi = slope;
    double reach = step * (1.0 + fabs(wanted));
    for (int i = 0; i < 200 && ana_edge_infer(prior, lo).expected > wanted; i++) {
        lo -= reach;
        reach *= 2.0;
    }
    reach = step * (1.0 + fabs(wanted));
    for (int i = 0; i < 200 && ana_edge_infer(prior, hi).expected < wanted; i++) {
        hi += reach;
        reach *= 2.0;
    }
    return find_slope(prior, 0.0, 1.0, wanted, lo, hi, slope);
}

double ana_edge_log_prior(const ana_edge_prior *prior, double slope)
{
    const ana_edge_posterior here = ana_edge_infer(prior, slope);
    return here.log_evidence - slope * here.expected +
           0.5 * prior->curvature * here.expected * here.expected;
}

double ana_edge_dirichlet_divergence(size_t n, const double *a, const double *b)
{
    double sum_a = 0.0;
    double sum_b = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum_a += a[i];
        sum_b += b[i];
    }
    const double whole = ana_special_digamma(sum_a);
    double out = ana_special_lgamma(sum_a) - ana_special_lgamma(sum_b);
    for (size_t i = 0; i < n; i++) {
        out += ana_special_lgamma(b[i]) - ana_special_lgamma(a[i]) +
               (a[i] - b[i]) * (ana_special_digamma(a[i]) - whole);
    }
    return out;
}
