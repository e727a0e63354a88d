/* Similarities tile by tile, and the threshold that a share of them passes. */
#include "functional_parts.h"
#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    TILE_ROWS = 128,
    TILE_COLUMNS = 512, /* half a megabyte a tile: it stays in the cache */
    N_BINS = 1 << 14
};

/* Lanes that have a row of tiles. */
static size_t find_lanes(size_t n)
{
    const size_t n_rows = (n + TILE_ROWS - 1) / TILE_ROWS;
    return n_rows < FUNCTIONAL_LANES ? n_rows : FUNCTIONAL_LANES;
}

/* Rows of `left` times rows of `right`, `length` long, of the signals of a tile. */
static ana_status multiply(size_t length, const double *left, const double *right,
                           const similarity_tile *tile, double *values)
{
    const ana_gemm shape = {.n_rows = tile->n_rows,
                            .n_inner = length,
                            .n_columns = tile->n_columns,
                            .transpose_b = true,
                            .alpha = 1.0};
    return ana_linalg_gemm(&shape, left + tile->row * length, right + tile->column * length,
                           values);
}

/* Products over what each of two signals measures where both are. */
static ana_status scale_pairs(const similarity *self, const similarity_tile *tile, double *values,
                              double *more)
{
    ana_status status = ANA_OK;
    for (size_t side = 0; side < 2; side++) {
        ANA_TRY(multiply(self->n_sequences, side == 0 ? self->sizes : self->there,
                         side == 0 ? self->there : self->sizes, tile, more));
        for (size_t k = 0; k < tile->n_rows * tile->n_columns; k++) {
            values[k] = more[k] > 0.0 ? values[k] / sqrt(more[k]) : 0.0;
        }
    }
done:
    return status;
}

static void copy_tile(const similarity *self, const similarity_tile *tile, double *values)
{
    for (size_t r = 0; r < tile->n_rows; r++) {
        memcpy(values + r * tile->n_columns, self->whole + (tile->row + r) * self->n + tile->column,
               tile->n_columns * sizeof *values);
    }
}

/* values[n_rows x n_columns] of the tile; `more` is as much room again. */
static ana_status fill_tile(const similarity *self, const similarity_tile *tile, double *values,
                            double *more)
{
    ana_status status = ANA_OK;
    const size_t n = tile->n_rows * tile->n_columns;
    if (self->whole != NULL) {
        copy_tile(self, tile, values);
        return ANA_OK;
    }
    ANA_TRY(multiply(self->length, self->rows, self->n_lags > 0 ? self->later : self->rows, tile,
                     values));
    for (size_t lag = 1; lag < self->n_lags; lag++) {
        ANA_TRY(multiply(self->length, self->rows, self->later + lag * self->n * self->length, tile,
                         more));
        for (size_t k = 0; k < n; k++) {
            values[k] = fabs(more[k]) > fabs(values[k]) ? more[k] : values[k];
        }
    }
    if (self->n_sequences > 0) {
        ANA_TRY(scale_pairs(self, tile, values, more));
    }
    for (size_t k = 0; k < n && self->root; k++) {
        values[k] = sqrt(fmax(values[k], 0.0));
    }
done:
    return status;
}

/* One row of tiles, `size` values the largest; room for two of them. */
static ana_status walk_row(const similarity *self, size_t row, size_t lane, size_t size,
                           double *room, similarity_visit visit, void *user)
{
    ana_status status = ANA_OK;
    similarity_tile tile = {.row = row, .values = room, .lane = lane};
    tile.n_rows = self->n - row < TILE_ROWS ? self->n - row : TILE_ROWS;
    for (tile.column = self->n_lags > 0 ? 0 : row; tile.column < self->n;
         tile.column += TILE_COLUMNS) {
        const size_t rest = self->n - tile.column;
        tile.n_columns = rest < TILE_COLUMNS ? rest : TILE_COLUMNS;
        ANA_TRY(fill_tile(self, &tile, room, room + size));
        visit(self, &tile, user);
    }
done:
    return status;
}

ana_status functional_walk(const similarity *self, const ana_run *run, similarity_visit visit,
                           void *user)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_status outcome[FUNCTIONAL_LANES] = {ANA_OK};
    const size_t n_lanes = find_lanes(self->n);
    const size_t size = (self->n < TILE_ROWS ? self->n : TILE_ROWS) *
                        (self->n < TILE_COLUMNS ? self->n : TILE_COLUMNS);
    const size_t a_round = n_lanes * TILE_ROWS;
    double *tiles = ana_workspace_doubles(&workspace, n_lanes, 2 * size);
    ANA_TRY(ana_workspace_check(&workspace, "functional network"));
    for (size_t first = 0; first < self->n; first += a_round) {
        ANA_TRY(ana_run_progress(run, "similarities", first, self->n));
#pragma omp parallel for default(none)                                                             \
    shared(self, first, tiles, size, n_lanes, visit, user, outcome) schedule(dynamic, 1)           \
        num_threads(ana_run_threads(run, n_lanes)) if (self->n > TILE_ROWS)
        for (size_t lane = 0; lane < n_lanes; lane++) {
            const size_t row = first + lane * TILE_ROWS;
            if (row < self->n) {
                outcome[lane] =
                    walk_row(self, row, lane, size, tiles + lane * 2 * size, visit, user);
            }
        }
        for (size_t lane = 0; lane < n_lanes; lane++) {
            ANA_TRY(outcome[lane]);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Keys counted in bins of equal width from 0 to 1, and then those of one bin, listed. */
typedef struct key_counts {
    size_t n_lanes;
    size_t *n_in; /* n_lanes x N_BINS */
    size_t bin;
    size_t *n_listed; /* of each lane; ahead of them where its list begins */
    double *listed;
} key_counts;

/* Keys of 0 and less are in none. */
static size_t bin_of(double key)
{
    const double bin = key * N_BINS;
    return !(bin > 0.0) ? N_BINS : bin >= N_BINS ? N_BINS - 1 : (size_t)bin;
}

static void count_keys(const similarity *self, const similarity_tile *tile, void *user)
{
    key_counts *counts = user;
    size_t *n_in = counts->n_in + tile->lane * N_BINS;
    for (size_t k = 0; k < tile->n_rows * tile->n_columns; k++) {
        const size_t bin = bin_of(functional_key(self->sign, tile->values[k]));
        if (functional_is_pair(self, tile, k / tile->n_columns, k % tile->n_columns) &&
            bin < N_BINS) {
            n_in[bin]++;
        }
    }
}

static void list_keys(const similarity *self, const similarity_tile *tile, void *user)
{
    key_counts *counts = user;
    for (size_t k = 0; k < tile->n_rows * tile->n_columns; k++) {
        const double key = functional_key(self->sign, tile->values[k]);
        if (functional_is_pair(self, tile, k / tile->n_columns, k % tile->n_columns) &&
            bin_of(key) == counts->bin) {
            counts->listed[counts->n_listed[tile->lane]++] = key;
        }
    }
}

/* The bin that holds the key after the `wanted` largest, and how many stand above that bin; N_BINS
 * when there are no more keys than wanted. */
static size_t find_bin(const key_counts *counts, size_t wanted, size_t *n_above)
{
    *n_above = 0;
    for (size_t bin = N_BINS; bin-- > 0;) {
        size_t n = 0;
        for (size_t lane = 0; lane < counts->n_lanes; lane++) {
            n += counts->n_in[lane * N_BINS + bin];
        }
        if (*n_above + n > wanted) {
            return bin;
        }
        *n_above += n;
    }
    return N_BINS;
}

static int larger_first(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x < y) - (x > y);
}

ana_status functional_find_threshold(const similarity *self, const ana_run *run, double density,
                                     double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const double n = (double)self->n;
    const double n_pairs = self->n_lags > 0 ? n * (n - 1.0) : n * (n - 1.0) / 2.0;
    const size_t wanted = (size_t)round(density * n_pairs);
    size_t n_above = 0;
    size_t n_listed = 0;
    const size_t n_lanes = find_lanes(self->n);
    size_t lane_start[FUNCTIONAL_LANES] = {0};
    key_counts counts = {.n_lanes = n_lanes,
                         .n_in = ana_workspace_sizes(&workspace, n_lanes, N_BINS),
                         .n_listed = lane_start};
    ANA_TRY(ana_workspace_check(&workspace, "functional network"));
    ANA_TRY(functional_walk(self, run, count_keys, &counts));
    counts.bin = find_bin(&counts, wanted, &n_above);
    *out = 0.0;
    if (counts.bin < N_BINS) {
        for (size_t lane = 0; lane < n_lanes; lane++) {
            lane_start[lane] = n_listed;
            n_listed += counts.n_in[lane * N_BINS + counts.bin];
        }
        counts.listed = ana_workspace_doubles(&workspace, n_listed, 1);
        ANA_TRY(ana_workspace_check(&workspace, "functional network"));
        ANA_TRY(functional_walk(self, run, list_keys, &counts));
        qsort(counts.listed, n_listed, sizeof(double), larger_first);
        *out = counts.listed[wanted - n_above];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
