#include "sbm_terms.h"

#include "constants.h"
#include "try.h"

#include <analysis/special.h>

#include <math.h>

static const double tiny_sum =
    1e-8; /* weights whose sum (spread: its square) is below carry none */
static const double ln2 = 0.693147180559945309417;

ana_status ana_sbm_terms_make(size_t most, size_t most_edges, ana_workspace *workspace,
                              ana_sbm_terms *terms)
{
    ana_status status = ANA_OK;
    const size_t longest = (size_t)1 << 20;
    const size_t n = most < longest ? most + 2 : longest;
    const size_t n_half = most_edges < longest ? most_edges + 2 : longest;
    double *table = ana_workspace_doubles(workspace, n, 1);
    double *half = NULL;
    if (terms->weights == ANA_SBM_NORMAL) {
        half = ana_workspace_doubles(workspace, n_half, 1);
    }
    ANA_TRY(ana_workspace_check(workspace, "sbm"));
    for (size_t i = 0; i < n; i++) {
        table[i] = ana_special_log_factorial(i);
    }
    for (size_t i = 0; half != NULL && i < n_half; i++) {
        half[i] = ana_special_lgamma((double)i / 2.0);
    }
    terms->n_table = n;
    terms->log_factorial = table;
    terms->n_half = half != NULL ? n_half : 0;
    terms->half_gamma = half;
done:
    return status;
}

double ana_sbm_log_factorial(const ana_sbm_terms *terms, double n)
{
    return n < (double)terms->n_table ? terms->log_factorial[(size_t)n]
                                      : ana_special_lgamma(n + 1.0);
}

double ana_sbm_log_choose(const ana_sbm_terms *terms, double n, double k)
{
    return k <= 0.0 || n <= k ? 0.0
                              : ana_sbm_log_factorial(terms, n) - ana_sbm_log_factorial(terms, k) -
                                    ana_sbm_log_factorial(terms, n - k);
}

static double half_gamma(const ana_sbm_terms *terms, double twice)
{
    return twice < (double)terms->n_half ? terms->half_gamma[(size_t)twice]
                                         : ana_special_lgamma(twice / 2.0);
}

double ana_sbm_pair_edges(const ana_sbm_terms *terms, bool diagonal, double edges)
{
    const double both_ways = diagonal && !terms->directed ? edges * ln2 : 0.0;
    return -ana_sbm_log_factorial(terms, edges) - both_ways;
}

/* Densities of n weights given their sum (and squares): uniform on the simplex (sphere). */
static double exponential(const ana_sbm_terms *terms, double n, double sum)
{
    return n <= 1.0 || sum < tiny_sum
               ? 0.0
               : (n - 1.0) * log(sum) - ana_sbm_log_factorial(terms, n - 1.0);
}

static double normal(const ana_sbm_terms *terms, double n, double sum, double square)
{
    const double of_mean = n > 0.0 ? sum * (sum / n) : 0.0;
    const double spread = square - of_mean;
    if (n < 2.0 || spread < tiny_sum * tiny_sum) {
        return 0.0;
    }
    return (n - 3.0) / 2.0 * log(spread) + (n - 1.0) / 2.0 * log(ANA_PI) - log(n) / 2.0 -
           half_gamma(terms, n - 1.0);
}

static double geometric(const ana_sbm_terms *terms, double n, double sum)
{
    return ana_sbm_log_choose(terms, n - 1.0 + sum, sum);
}

double ana_sbm_pair_weights(const ana_sbm_terms *terms, const ana_sbm_amount *amount)
{
    const double n = amount->edges;
    const double sum = amount->sum;
    if (n <= 0.0) {
        return 0.0;
    }
    switch (terms->weights) {
    case ANA_SBM_EXPONENTIAL:
        return exponential(terms, n, sum);
    case ANA_SBM_NORMAL:
        return normal(terms, n, sum, amount->square);
    case ANA_SBM_GEOMETRIC:
        return geometric(terms, n, sum);
    case ANA_SBM_POISSON:
        return sum * log(n) - ana_sbm_log_factorial(terms, sum);
    case ANA_SBM_BINOMIAL:
        return ana_sbm_log_factorial(terms, terms->n_trials * n + 1.0) -
               ana_sbm_log_factorial(terms, sum) -
               ana_sbm_log_factorial(terms, terms->n_trials * n - sum);
    case ANA_SBM_UNWEIGHTED:
    case ANA_SBM_WEIGHTS_AUTO:
        break;
    }
    return 0.0;
}

/* n sums of weights given the sum of all (and of their squares): exponential, normal, or whole
 * ones. Binomial sums are uniform given the numbers of edges. */
static double sums(const ana_sbm_terms *terms, double n, double sum, double square)
{
    switch (terms->weights) {
    case ANA_SBM_EXPONENTIAL:
        return exponential(terms, n, sum);
    case ANA_SBM_NORMAL:
        return normal(terms, n, sum, square);
    case ANA_SBM_GEOMETRIC:
    case ANA_SBM_POISSON:
        return geometric(terms, n, sum);
    case ANA_SBM_BINOMIAL:
    case ANA_SBM_UNWEIGHTED:
    case ANA_SBM_WEIGHTS_AUTO:
        break;
    }
    return 0.0;
}

static double n_pairs(const ana_sbm_terms *terms, bool diagonal, double size_a, double size_b)
{
    return diagonal && !terms->directed ? size_a * (size_a + 1.0) / 2.0 : size_a * size_b;
}

double ana_sbm_pair_upper(const ana_sbm_terms *terms, bool diagonal, double size_a, double size_b,
                          const ana_sbm_amount *amount)
{
    if (amount->edges <= 0.0) {
        return 0.0;
    }
    const double pairs = n_pairs(terms, diagonal, size_a, size_b);
    const double edges = ana_sbm_log_choose(terms, pairs + amount->edges - 1.0, amount->edges);
    return edges + sums(terms, amount->filled, amount->sum, amount->square);
}

double ana_sbm_edges_flat(const ana_sbm_terms *terms, double n_groups, double n_edges)
{
    const double pairs = n_pairs(terms, true, n_groups, n_groups);
    return ana_sbm_log_choose(terms, pairs + n_edges - 1.0, n_edges);
}

double ana_sbm_prior(const ana_sbm_terms *terms, const ana_sbm_totals *totals)
{
    return sums(terms, totals->n_filled, totals->sum, totals->sum_square);
}

double ana_sbm_spread_prior(const ana_sbm_terms *terms, const ana_sbm_totals *totals)
{
    return terms->weights == ANA_SBM_NORMAL ? exponential(terms, totals->n_multiple, totals->spread)
                                            : 0.0;
}

double ana_sbm_partition(const ana_sbm_terms *terms, double n_nodes, double n_groups)
{
    return ana_sbm_log_choose(terms, n_nodes - 1.0, n_groups - 1.0) +
           ana_sbm_log_factorial(terms, n_nodes) + log(n_nodes);
}

double ana_sbm_side_adjacency(const ana_sbm_terms *terms, double degree_sum, double n)
{
    if (terms->corrected) {
        return ana_sbm_log_factorial(terms, degree_sum);
    }
    return n > 0.0 ? degree_sum * log(n) : 0.0;
}

double ana_sbm_side_degrees(const ana_sbm_terms *terms, double degree_sum, double n)
{
    return terms->corrected ? ana_sbm_log_count(&terms->counts, (size_t)degree_sum, (size_t)n) +
                                  ana_sbm_log_factorial(terms, n)
                            : 0.0;
}

void ana_sbm_totals_add(const ana_sbm_amount *amount, bool upper, double sign,
                        ana_sbm_totals *totals)
{
    if (amount->edges <= 0.0) {
        return;
    }
    const double n = upper ? amount->filled : amount->edges;
    totals->n_filled += sign;
    totals->n_multiple += n > 1.0 ? sign : 0.0;
    totals->sum += sign * amount->sum;
    totals->sum_square += sign * amount->sum * amount->sum;
    totals->spread += sign * (amount->square - amount->sum * amount->sum / n);
}
