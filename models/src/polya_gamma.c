#include "polya_gamma.h"

#include "constants.h"
#include "vec.h"

#include <math.h>

/* node, and number of variables of its scale: (c_j, a_j) such that sum_j a_j c_j^s equals
 * sum_k (k - 1/2)^(-2s) for s = 1 ... 2n; computed with 60 digits. */
static const double quadrature[POLYA_GAMMA_NODES - 1][POLYA_GAMMA_NODES][2] = {
    {{3.997774967642427395, 1.002338271102046396}, {0.2320554899672977274, 3.997661728897953604}},
    {{3.999998943914289618, 1.000001663810610501},
     {0.432756597887564786, 1.126275145579034431},
     {0.05342827687512678601, 8.373723190610355069}},
    {{3.99999999986429256, 1.000000000283334819},
     {0.4442576018680453038, 1.002957477915265853},
     {0.1431571912078111736, 1.562046672956382648},
     {0.0184005942348849844, 14.43499584884501668}},
    {{3.999999999999993401, 1.000000000000017126},
     {0.4444434854856401268, 1.000020205417221142},
     {0.1589011972973770967, 1.048393031295489602},
     {0.06379415726673102416, 2.321782254903888192},
     {0.007936928887322960449, 22.12980450838338394}},
    {{4.0, 1.0},
     {0.4444444423903928594, 1.000000053466816536},
     {0.1599723332996706648, 1.001671580481983792},
     {0.07905778454756571952, 1.21634909595995141},
     {0.03280886770699737237, 3.332945829220253327},
     {0.003962155185066636559, 31.44903344087099494}},
    {{4.0, 1.0},
     {0.4444444444422586832, 1.00000000006741486},
     {0.1599996995139107763, 1.000022839579522149},
     {0.08145685394685096376, 1.020252353432792544},
     {0.04540867683249468055, 1.543756675702191532},
     {0.01853004608896315468, 4.545407954380485021},
     {0.002192027848175891323, 42.39056017683759389}},
    {{4.0, 1.0},
     {0.4444444444444431521, 1.000000000000045971},
     {0.1599999983315529779, 1.000000151168468472},
     {0.08162719291813122779, 1.000818417004806347},
     {0.04884750418644461709, 1.0958033270518925},
     {0.02816575286523257109, 2.006876523387244526},
     {0.01122130020945396447, 5.942775129349440599},
     {0.001308839829915014811, 54.95372645203810158}},
};

/* |psi| up to which the correction's slope is at most about 3e-4, so that thousands of counts at a
 * time are corrected by little. */
static const double reaches[POLYA_GAMMA_NODES - 1] = {4.3, 9.0, 14.0, 20.0, 27.0, 35.0, INFINITY};

size_t ana_polya_gamma_nodes(double reach)
{
    size_t n = POLYA_GAMMA_MIN_NODES;
    while (n < POLYA_GAMMA_NODES && reach > reaches[n - POLYA_GAMMA_MIN_NODES]) {
        n++;
    }
    return n;
}

/* Marsaglia & Tsang (2000), ACM TOMS 26(3), with the squeeze of their section 4, which spares nine
 * of ten logarithms. */
static double gamma_variate(ana_random *random, double shape)
{
    if (shape < 1.0) {
        return ana_random_gamma(random, shape);
    }
    const double d = shape - 1.0 / 3.0;
    const double c = 1.0 / sqrt(9.0 * d);
    for (;;) {
        const double x = ana_random_normal(random);
        const double root = 1.0 + c * x;
        if (root <= 0.0) {
            continue;
        }
        const double v = root * root * root;
        const double u = ana_random_uniform(random);
        if (u < 1.0 - 0.0331 * (x * x) * (x * x) || log(u) < 0.5 * x * x + d * (1.0 - v + log(v))) {
            return d * v;
        }
    }
}

double ana_polya_gamma_draw(ana_random *random, size_t n_nodes, double b, double z)
{
    const double(*nodes)[2] = quadrature[n_nodes - POLYA_GAMMA_MIN_NODES];
    const double square = z * z / (4.0 * ANA_PI * ANA_PI);
    double sum = 0.0;
    for (size_t j = 0; j < n_nodes; j++) {
        const double scale = nodes[j][0];
        sum += scale / (1.0 + square * scale) * gamma_variate(random, nodes[j][1] * b);
    }
    return sum / (2.0 * ANA_PI * ANA_PI);
}

void ana_polya_gamma_log_laplace(size_t n_nodes, size_t n, const double *psi, double *scratch,
                                 double *out)
{
    const double(*nodes)[2] = quadrature[n_nodes - POLYA_GAMMA_MIN_NODES];
    for (size_t t = 0; t < n; t++) {
        out[t] = 0.0;
    }
    for (size_t j = 0; j < n_nodes; j++) {
        const double scale = nodes[j][0] / (4.0 * ANA_PI * ANA_PI);
        for (size_t t = 0; t < n; t++) {
            scratch[t] = scale * psi[t] * psi[t];
        }
        ana_vec_log1p(n, scratch, scratch);
        for (size_t t = 0; t < n; t++) {
            out[t] -= nodes[j][1] * scratch[t];
        }
    }
}
