/* Features of a network of which only the bits are kept: who is connected with whom. */
#include "functional_parts.h"
#include "memory.h"
#include "simd.h"
#include "try.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum {
    BITS = 64,
    BLOCK = 64 /* rows of bits: of 20,000 signals 160 kB */
};

static const char *const names[ANA_FUNCTIONAL_N_FEATURES] = {
    "degree", "degree_positive", "degree_negative", "strength", "cycles3", "clustering"};

const char *ana_functional_feature_name(ana_functional_feature feature)
{
    return names[feature];
}

/* Sums of each lane: FUNCTIONAL_LANES x n. */
typedef struct lane_sums {
    double *positive;
    double *negative;
    double *strength;
    size_t n_words; /* of a row of bits */
    uint64_t *bits; /* n rows; j > i alone until they are mirrored */
} lane_sums;

static void add_to_node(lane_sums *sums, size_t at, double value)
{
    sums->positive[at] += value > 0.0 ? 1.0 : 0.0;
    sums->negative[at] += value < 0.0 ? 1.0 : 0.0;
    sums->strength[at] += fabs(value);
}

static void add_tile(const similarity *self, const similarity_tile *tile, void *user)
{
    lane_sums *sums = user;
    const size_t start = tile->lane * self->n;
    for (size_t r = 0; r < tile->n_rows; r++) {
        const size_t i = tile->row + r;
        const double *values = tile->values + r * tile->n_columns;
        uint64_t *bits = sums->bits + i * sums->n_words;
        for (size_t k = i < tile->column ? 0 : i + 1 - tile->column; k < tile->n_columns; k++) {
            const size_t j = tile->column + k;
            if (functional_key(self->sign, values[k]) > self->threshold) {
                bits[j / BITS] |= UINT64_C(1) << j % BITS;
                add_to_node(sums, start + i, values[k]);
                add_to_node(sums, start + j, values[k]);
            }
        }
    }
}

/* The next bit of a row after `at`; n_words * BITS when there is none. */
static size_t next_bit(const uint64_t *row, size_t n_words, size_t at)
{
    for (size_t w = at / BITS; w < n_words; w++) {
        const uint64_t rest = w == at / BITS ? row[w] & (UINT64_MAX << at % BITS) : row[w];
        if (rest != 0) {
            return w * BITS + (size_t)__builtin_ctzll(rest);
        }
    }
    return n_words * BITS;
}

static void mirror(size_t n, lane_sums *sums)
{
    const size_t n_words = sums->n_words;
    for (size_t i = 0; i < n; i++) {
        const uint64_t *row = sums->bits + i * n_words;
        for (size_t j = next_bit(row, n_words, i + 1); j < n; j = next_bit(row, n_words, j + 1)) {
            sums->bits[j * n_words + i / BITS] |= UINT64_C(1) << i % BITS;
        }
    }
}

ANA_CLONES
static uint64_t count_common(size_t n_words, const uint64_t *a, const uint64_t *b)
{
    uint64_t n = 0;
    for (size_t w = 0; w < n_words; w++) {
        n += (uint64_t)__builtin_popcountll(a[w] & b[w]);
    }
    return n;
}

/* Each triangle is met at each of its edges: its ends have one more, and the sums of a node come to
 * twice its triangles. Whole numbers: lanes may be summed in any order. */
static void count_block(size_t n, const lane_sums *sums, size_t first, size_t other,
                        uint64_t *n_common)
{
    const size_t n_words = sums->n_words;
    const size_t stop = other + BLOCK < n ? other + BLOCK : n;
    for (size_t i = first; i < n && i < first + BLOCK; i++) {
        const uint64_t *row = sums->bits + i * n_words;
        const size_t from = other > i ? other : i + 1;
        for (size_t j = next_bit(row, n_words, from); j < stop; j = next_bit(row, n_words, j + 1)) {
            const uint64_t common = count_common(n_words, row, sums->bits + j * n_words);
            n_common[i] += common;
            n_common[j] += common;
        }
    }
}

/* Blocks of rows against blocks of rows: both stay in the cache. */
static void count_cycles(size_t n, const lane_sums *sums, const ana_run *run, uint64_t *n_common)
{
    const size_t step = (size_t)FUNCTIONAL_LANES * BLOCK;
#pragma omp parallel for default(none) shared(n, sums, n_common, step) schedule(dynamic, 1)        \
    num_threads(ana_run_threads(run, FUNCTIONAL_LANES)) if (n > BLOCK)
    for (size_t lane = 0; lane < FUNCTIONAL_LANES; lane++) {
        for (size_t first = lane * BLOCK; first < n; first += step) {
            for (size_t other = first; other < n; other += BLOCK) {
                count_block(n, sums, first, other, n_common + lane * n);
            }
        }
    }
}

static void bin_edges(const ana_functional_space *space, size_t n, const lane_sums *sums, size_t i,
                      double *out)
{
    const uint64_t *row = sums->bits + i * sums->n_words;
    for (size_t j = next_bit(row, sums->n_words, 0); j < n;
         j = next_bit(row, sums->n_words, j + 1)) {
        double square = 0.0;
        for (size_t a = 0; a < space->n_axes; a++) {
            const double d =
                space->positions[i * space->n_axes + a] - space->positions[j * space->n_axes + a];
            square += d * d;
        }
        const double distance = sqrt(square);
        for (size_t b = 0; b < space->n_bins; b++) {
            out[b] += space->bins[b] <= distance && distance < space->bins[b + 1] ? 1.0 : 0.0;
        }
    }
}

static void describe_signal(const lane_sums *sums, const ana_functional_space *space,
                            const uint64_t *n_common, size_t i, ana_functional_maps *maps)
{
    const size_t n = maps->n_signals;
    double positive = 0.0;
    double negative = 0.0;
    double strength = 0.0;
    double cycles = 0.0;
    for (size_t lane = 0; lane < FUNCTIONAL_LANES; lane++) {
        cycles += 0.5 * (double)n_common[lane * n + i];
        positive += sums->positive[lane * n + i];
        negative += sums->negative[lane * n + i];
        strength += sums->strength[lane * n + i];
    }
    const double degree = positive + negative;
    maps->of_signal[ANA_FUNCTIONAL_DEGREE][i] = degree;
    maps->of_signal[ANA_FUNCTIONAL_DEGREE_POSITIVE][i] = positive;
    maps->of_signal[ANA_FUNCTIONAL_DEGREE_NEGATIVE][i] = negative;
    maps->of_signal[ANA_FUNCTIONAL_STRENGTH][i] = strength;
    maps->of_signal[ANA_FUNCTIONAL_CYCLES3][i] = cycles;
    maps->of_signal[ANA_FUNCTIONAL_CLUSTERING][i] =
        degree > 1.0 ? 2.0 * cycles / (degree * (degree - 1.0)) : 0.0;
    if (space != NULL) {
        bin_edges(space, n, sums, i, maps->by_distance + i * space->n_bins);
    }
}

static ana_status make_maps(size_t n, size_t n_bins, ana_functional_maps **out)
{
    ana_status status = ANA_OK;
    ana_functional_maps *maps = NULL;
    ANA_TRY(ana_allocate(1, sizeof *maps, "functional network", &maps));
    maps->n_signals = n;
    maps->n_bins = n_bins;
    for (size_t f = 0; f < ANA_FUNCTIONAL_N_FEATURES; f++) {
        ANA_TRY(ana_allocate(n, sizeof(double), "functional network", &maps->of_signal[f]));
    }
    if (n_bins > 0) {
        ANA_TRY(ana_allocate(n, n_bins * sizeof(double), "functional network", &maps->by_distance));
    }
    *out = maps;
    maps = NULL;
done:
    ana_functional_maps_free(maps);
    return status;
}

static ana_status find_links(const similarity *self, const ana_run *run, ana_workspace *workspace,
                             lane_sums *sums)
{
    ana_status status = ANA_OK;
    const size_t n = self->n;
    sums->n_words = n / BITS + 1;
    ANA_TRY(ana_run_check_memory(run,
                                 n < 1U << 28U ? n * sums->n_words * sizeof(uint64_t) : SIZE_MAX,
                                 "a bit for each pair of signals"));
    sums->positive = ana_workspace_doubles(workspace, FUNCTIONAL_LANES, n);
    sums->negative = ana_workspace_doubles(workspace, FUNCTIONAL_LANES, n);
    sums->strength = ana_workspace_doubles(workspace, FUNCTIONAL_LANES, n);
    sums->bits = ana_workspace_bytes(workspace, n, sums->n_words, sizeof(uint64_t));
    ANA_TRY(ana_workspace_check(workspace, "functional network"));
    ANA_TRY(functional_walk(self, run, add_tile, sums));
    mirror(n, sums);
done:
    return status;
}

static ana_status check_arguments(const ana_functional_space *space,
                                  const ana_functional_options *options)
{
    if (options->measure == ANA_FUNCTIONAL_LAGGED) {
        return ana_fail(ANA_ERR_VALUE,
                        "functional network: maps are of undirected networks; pearson, partial and "
                        "distance make such");
    }
    for (size_t b = 0; space != NULL && b < space->n_bins; b++) {
        if (!(space->bins[b] < space->bins[b + 1])) {
            return ana_fail(ANA_ERR_VALUE,
                            "functional network: distances of bin %zu run from %g to %g; they "
                            "ascend",
                            b, space->bins[b], space->bins[b + 1]);
        }
    }
    return ANA_OK;
}

ana_status ana_functional_maps_new(const ana_observations *observations,
                                   const ana_functional_space *space,
                                   const ana_functional_options *options, ana_functional_maps **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_functional_maps *maps = NULL;
    similarity self = {0};
    lane_sums sums = {0};
    double n_ends = 0.0;
    const size_t n = observations->n_features;
    const ana_functional_options defaults = ana_functional_options_default();
    const ana_functional_options *use = options != NULL ? options : &defaults;
    ANA_TRY(check_arguments(space, use));
    ANA_TRY(functional_prepare(observations, use, &workspace, &self));
    ANA_TRY(find_links(&self, &use->run, &workspace, &sums));
    ANA_TRY(make_maps(n, space != NULL ? space->n_bins : 0, &maps));
    uint64_t *n_common = ana_workspace_bytes(&workspace, FUNCTIONAL_LANES, n, sizeof *n_common);
    ANA_TRY(ana_workspace_check(&workspace, "functional network"));
    count_cycles(n, &sums, &use->run, n_common);
#pragma omp parallel for default(none) shared(n, sums, space, maps, n_common)                      \
    schedule(dynamic, 16) num_threads(ana_run_threads(&use->run, n)) shared(use) if (n > BLOCK)
    for (size_t i = 0; i < n; i++) {
        describe_signal(&sums, space, n_common, i, maps);
    }
    for (size_t i = 0; i < n; i++) {
        n_ends += maps->of_signal[ANA_FUNCTIONAL_DEGREE][i];
    }
    maps->n_edges = (size_t)(n_ends / 2.0);
    maps->threshold = self.threshold;
    maps->n_constant = self.n_constant;
    *out = maps;
    maps = NULL;
done:
    ana_functional_maps_free(maps);
    ana_workspace_release(&workspace);
    return status;
}

void ana_functional_maps_free(ana_functional_maps *maps)
{
    if (maps == NULL) {
        return;
    }
    for (size_t f = 0; f < ANA_FUNCTIONAL_N_FEATURES; f++) {
        free(maps->of_signal[f]);
    }
    free(maps->by_distance);
    free(maps);
}
