#include <analysis/distributions.h>
#include <analysis/random.h>

#include <math.h>

/* Draws below are told apart by mean: sequential search is faster for few events, and its running
 * sum of probabilities is then exact to rounding. */
static const double few_events = 10.0;

/* Steps of a sequential search; a search that gets here met the rounding of the last probability
 * (P < 1e-60 for fewer than ten expected events) and starts again. */
static const uint64_t max_steps = 200;

/* The largest mean and count drawn from; above, doubles cannot tell counts apart anyhow. */
static const double largest_count = 4611686018427387904.0; /* 2^62 */

/* Measured limit: ten rounds that wait for each other's multiplications, about 30 ns a block of
 * four words when alone on the processor. */
void ana_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0];
    uint32_t c1 = counter[1];
    uint32_t c2 = counter[2];
    uint32_t c3 = counter[3];
    uint32_t k0 = key[0];
    uint32_t k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53U * c0;
        uint64_t p1 = (uint64_t)0xCD9E8D57U * c2;
        uint32_t next0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        uint32_t next2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        c0 = next0;
        c2 = next2;
        k0 += 0x9E3779B9U; /* golden ratio */
        k1 += 0xBB67AE85U; /* sqrt(3) - 1 */
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

ana_random ana_random_stream(uint64_t seed, const char *purpose, uint64_t item)
{
    uint32_t hash = 2166136261U; /* FNV-1a */
    for (const char *c = purpose; *c != '\0'; c++) {
        hash = (hash ^ (unsigned char)*c) * 16777619U;
    }
    ana_random random = {.key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
                         .counter = {0, hash, (uint32_t)item, (uint32_t)(item >> 32)},
                         .n_used = 4};
    return random;
}

uint32_t ana_random_u32(ana_random *random)
{
    if (random->n_used >= 4) {
        ana_philox4x32(random->counter, random->key, random->buffer);
        random->n_used = 0;
        for (int i = 0; i < 4 && ++random->counter[i] == 0; i++) {
        }
    }
    return random->buffer[random->n_used++];
}

uint64_t ana_random_u64(ana_random *random)
{
    uint64_t low = ana_random_u32(random);
    return low | (uint64_t)ana_random_u32(random) << 32;
}

double ana_random_uniform(ana_random *random)
{
    /* Adding a half instead of refusing 0 would round the largest value up to 1. */
    uint64_t bits = 0;
    while (bits == 0) {
        bits = ana_random_u64(random) >> 11;
    }
    return (double)bits * 0x1p-53;
}

uint64_t ana_random_below(ana_random *random, uint64_t n)
{
    if (n <= UINT32_MAX) {
        uint32_t range = (uint32_t)n;
        uint64_t product = (uint64_t)ana_random_u32(random) * range;
        if ((uint32_t)product < range) {
            uint32_t refused = (0U - range) % range; /* 2^32 mod n */
            while ((uint32_t)product < refused) {
                product = (uint64_t)ana_random_u32(random) * range;
            }
        }
        return product >> 32;
    }
    uint64_t mask = n - 1;
    for (unsigned shift = 1; shift < 64; shift *= 2) {
        mask |= mask >> shift;
    }
    uint64_t value = n;
    while (value >= n) {
        value = ana_random_u64(random) & mask;
    }
    return value;
}

double ana_random_normal(ana_random *random)
{
    if (random->has_spare_normal) {
        random->has_spare_normal = false;
        return random->spare_normal;
    }
    double x = 0.0;
    double y = 0.0;
    double square = 0.0;
    while (square == 0.0 || square >= 1.0) {
        x = 2.0 * ana_random_uniform(random) - 1.0;
        y = 2.0 * ana_random_uniform(random) - 1.0;
        square = x * x + y * y;
    }
    double scale = sqrt(-2.0 * log(square) / square);
    random->spare_normal = y * scale;
    random->has_spare_normal = true;
    return x * scale;
}

double ana_random_exponential(ana_random *random)
{
    return -log(ana_random_uniform(random));
}

/* Marsaglia & Tsang (2000), ACM TOMS 26(3), section 3; shape >= 1. */
static double gamma_from_one(ana_random *random, double shape)
{
    double d = shape - 1.0 / 3.0;
    double c = 1.0 / sqrt(9.0 * d);
    for (;;) {
        double x = ana_random_normal(random);
        double v = 1.0 + c * x;
        if (v <= 0.0) {
            continue;
        }
        v = v * v * v;
        double u = ana_random_uniform(random);
        if (log(u) < 0.5 * x * x + d * (1.0 - v + log(v))) {
            return d * v;
        }
    }
}

/* log of a gamma variate. Below shape 1: G(a) = G(a + 1) U^(1/a), which a double holds as a
 * logarithm alone once a is small. */
static double log_gamma_variate(ana_random *random, double shape)
{
    if (shape >= 1.0) {
        return log(gamma_from_one(random, shape));
    }
    double above = log(gamma_from_one(random, shape + 1.0));
    return above + log(ana_random_uniform(random)) / shape;
}

double ana_random_gamma(ana_random *random, double shape)
{
    return shape >= 1.0 ? gamma_from_one(random, shape) : exp(log_gamma_variate(random, shape));
}

double ana_random_beta(ana_random *random, double a, double b)
{
    const double alpha[2] = {a, b};
    double out[2];
    ana_random_dirichlet(random, 2, alpha, out);
    return out[0];
}

/* Sequential search through the distribution function from 0 upwards. */
static uint64_t poisson_by_inversion(ana_random *random, double mean)
{
    for (;;) {
        double left = ana_random_uniform(random);
        double probability = exp(-mean);
        for (uint64_t k = 0; k < max_steps; k++) {
            if (left <= probability) {
                return k;
            }
            left -= probability;
            probability *= mean / (double)(k + 1);
        }
    }
}

/* Hormann (1993), "The transformed rejection method for generating Poisson random variables",
 * algorithm PTRS. */
static uint64_t poisson_by_rejection(ana_random *random, double mean)
{
    double b = 0.931 + 2.53 * sqrt(mean);
    double a = -0.059 + 0.02483 * b;
    double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    double v_r = 0.9277 - 3.6224 / (b - 2.0);
    for (;;) {
        double u = ana_random_uniform(random) - 0.5;
        double v = ana_random_uniform(random);
        double u_s = 0.5 - fabs(u);
        double k = floor((2.0 * a / u_s + b) * u + mean + 0.43);
        if (u_s >= 0.07 && v <= v_r) {
            return (uint64_t)k;
        }
        if (k < 0.0 || k > 2.0 * largest_count || (u_s < 0.013 && v > u_s)) {
            continue;
        }
        double log_density = ana_poisson_log_pmf((uint64_t)k, mean);
        if (log(v * inverse_alpha / (a / (u_s * u_s) + b)) <= log_density) {
            return (uint64_t)k;
        }
    }
}

uint64_t ana_random_poisson(ana_random *random, double mean)
{
    if (!(mean > 0.0)) {
        return 0;
    }
    return mean < few_events ? poisson_by_inversion(random, mean)
                             : poisson_by_rejection(random, fmin(mean, largest_count));
}

/* Sequential search; n p < few_events. */
static uint64_t binomial_by_inversion(ana_random *random, uint64_t n, double p)
{
    double odds = p / (1.0 - p);
    double none = exp((double)n * log1p(-p));
    for (;;) {
        double left = ana_random_uniform(random);
        double probability = none;
        for (uint64_t k = 0; k <= n && k < max_steps; k++) {
            if (left <= probability) {
                return k;
            }
            left -= probability;
            probability *= odds * ((double)(n - k) / (double)(k + 1));
        }
    }
}

/* Hormann (1993), "The generation of binomial random variates", algorithm BTRS. */
static uint64_t binomial_by_rejection(ana_random *random, uint64_t n, double p)
{
    double total = (double)n;
    double spread = sqrt(total * p * (1.0 - p));
    double b = 1.15 + 2.53 * spread;
    double a = -0.0873 + 0.0248 * b + 0.01 * p;
    double alpha = (2.83 + 5.1 / b) * spread;
    double v_r = 0.92 - 4.2 / b;
    double log_mode = ana_binomial_log_pmf((uint64_t)floor((total + 1.0) * p), n, p);
    for (;;) {
        double u = ana_random_uniform(random) - 0.5;
        double v = ana_random_uniform(random);
        double u_s = 0.5 - fabs(u);
        double k = floor((2.0 * a / u_s + b) * u + total * p + 0.5);
        if (k < 0.0 || k >= fmin(total + 0.5, 0x1p64)) {
            continue;
        }
        if (u_s >= 0.07 && v <= v_r) {
            return (uint64_t)k;
        }
        double log_ratio = ana_binomial_log_pmf((uint64_t)k, n, p) - log_mode;
        if (log(v * alpha / (a / (u_s * u_s) + b)) <= log_ratio) {
            return (uint64_t)k;
        }
    }
}

uint64_t ana_random_binomial(ana_random *random, uint64_t n, double p)
{
    if (n == 0 || !(p > 0.0)) {
        return 0;
    }
    if (p >= 1.0) {
        return n;
    }
    double rarer = p <= 0.5 ? p : 1.0 - p;
    uint64_t count = (double)n * rarer < few_events ? binomial_by_inversion(random, n, rarer)
                                                    : binomial_by_rejection(random, n, rarer);
    return p <= 0.5 ? count : n - count;
}

static double sum_of(size_t n, const double *values)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += values[i];
    }
    return sum;
}

size_t ana_random_categorical(ana_random *random, size_t n, const double *weights)
{
    double left = ana_random_uniform(random) * sum_of(n, weights);
    size_t last = 0; /* of positive weight: rounding may leave a rest after it */
    for (size_t i = 0; i < n; i++) {
        if (weights[i] > 0.0) {
            last = i;
            if (left < weights[i]) {
                return i;
            }
            left -= weights[i];
        }
    }
    return last;
}

void ana_random_multinomial(ana_random *random, uint64_t n_draws, size_t n, const double *weights,
                            uint64_t *counts)
{
    size_t last = 0;
    for (size_t i = 0; i < n; i++) {
        counts[i] = 0;
        last = weights[i] > 0.0 ? i : last;
    }
    double rest = sum_of(n, weights);
    for (size_t i = 0; i < last && n_draws > 0; i++) {
        counts[i] = ana_random_binomial(random, n_draws, fmin(weights[i] / rest, 1.0));
        n_draws -= counts[i];
        rest = fmax(rest - weights[i], weights[last]);
    }
    counts[last] += n_draws;
}

void ana_random_dirichlet(ana_random *random, size_t n, const double *alpha, double *out)
{
    double largest = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        out[i] = log_gamma_variate(random, alpha[i]);
        largest = fmax(largest, out[i]);
    }
    if (isinf(largest)) {
        /* Every alpha so small (< 1e-306) that no logarithm holds it: one component has it all. */
        size_t only = ana_random_categorical(random, n, alpha);
        for (size_t i = 0; i < n; i++) {
            out[i] = i == only ? 1.0 : 0.0;
        }
        return;
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = exp(out[i] - largest);
    }
    double sum = sum_of(n, out);
    for (size_t i = 0; i < n; i++) {
        out[i] /= sum;
    }
}

void ana_random_permutation(ana_random *random, size_t n, size_t *out)
{
    for (size_t i = 0; i < n; i++) {
        size_t j = (size_t)ana_random_below(random, i + 1);
        out[i] = out[j];
        out[j] = i;
    }
}
