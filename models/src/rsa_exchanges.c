/* Pairs in the same order less those in opposite order. Values are met in the order of one side,
 * while a tree of sums holds the weights of those met at their rank on the other (Fenwick 1994): a
 * value looks up what lies below it in log2 of the ranks. */
#include "rsa_exchanges.h"

#include <string.h>

/* Twice the ranks of two groups of ties differ by two at least, so half of them tells them apart.
 */
static size_t rank_of(const uint32_t *twice, uint32_t place)
{
    return (size_t)(twice[place] >> 1);
}

static double sum_below(const double *tree, size_t rank)
{
    double sum = 0.0;
    for (size_t k = rank; k > 0; k &= k - 1) {
        sum += tree[k];
    }
    return sum;
}

static void add(size_t size, double *tree, size_t rank, double weight)
{
    for (size_t k = rank + 1; k <= size; k += k & (~k + 1)) {
        tree[k] += weight;
    }
}

/* The end of the group of ties that begins at `start`. */
static size_t end_of_ties(size_t n, const uint32_t *places, const uint32_t *twice, size_t start)
{
    size_t end = start + 1;
    while (end < n && twice[places[end]] == twice[places[start]]) {
        end++;
    }
    return end;
}

double ana_rsa_exchanges(size_t n, const uint32_t *places, const uint32_t *a, const uint32_t *b,
                         const double *weights, double total, double *room)
{
    const size_t size = (size_t)total + 1; /* ranks 0 ... total */
    double *tree = room;
    double *own = room + size + 1; /* weight of those met at each rank */
    double before = 0.0;
    double sum = 0.0;
    size_t end = 0;
    memset(room, 0, 2 * (size + 1) * sizeof *room);
    for (size_t start = 0; start < n; start = end) {
        end = end_of_ties(n, places, a, start);
        for (size_t k = start; k < end; k++) {
            const size_t rank = rank_of(b, places[k]);
            const double below = sum_below(tree, rank);
            sum += weights[places[k]] * (2.0 * below + own[rank] - before);
        }
        for (size_t k = start; k < end; k++) {
            const size_t rank = rank_of(b, places[k]);
            add(size, tree, rank, weights[places[k]]);
            own[rank] += weights[places[k]];
            before += weights[places[k]];
        }
    }
    return sum;
}

double ana_rsa_untied(size_t n, const uint32_t *places, const uint32_t *a, const double *weights,
                      double total)
{
    double tied = 0.0;
    size_t end = 0;
    for (size_t start = 0; start < n; start = end) {
        double weight = 0.0;
        end = end_of_ties(n, places, a, start);
        for (size_t k = start; k < end; k++) {
            weight += weights[places[k]];
        }
        tied += 0.5 * weight * (weight - 1.0);
    }
    return 0.5 * total * (total - 1.0) - tied;
}
