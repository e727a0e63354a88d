#include "sums.h"

enum {
    BLOCK = 256,
    LEVELS = 64
};

double ana_pairwise_sum(size_t n, ana_block_sum block, const void *terms)
{
    double waiting[LEVELS]; /* level l: the sum of 2^l blocks, where bit l of the count is set */
    size_t n_blocks = 0;
    for (size_t first = 0; first < n; first += BLOCK) {
        double sum = block(terms, first, n - first < BLOCK ? n - first : BLOCK);
        size_t level = 0;
        for (; n_blocks >> level & 1; level++) {
            sum = waiting[level] + sum;
        }
        waiting[level] = sum;
        n_blocks++;
    }
    double total = 0.0;
    for (size_t level = 0; level < LEVELS && n_blocks >> level != 0; level++) {
        if (n_blocks >> level & 1) {
            total = waiting[level] + total;
        }
    }
    return total;
}
