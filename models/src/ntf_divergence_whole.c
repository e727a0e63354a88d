/* What of a divergence no model changes, and how far the values are from their mean. */
#include "ntf_divergence.h"
#include "try.h"

#include <math.h>
#include <omp.h>

/* Sums over one chunk of rows. */
typedef struct sums {
    ntf_outcome outcome;
    double weights;
    double values;
    double constant;
    bool zero;
    size_t zero_at;
} sums;

typedef struct count {
    const ana_tensor *tensor;
    size_t n_rows;
    double beta;
    double *room;
    size_t room_size;
    sums chunks[NTF_CHUNKS];
} count;

/* x^b / (b (b - 1)), or x log x - x, or -log x - 1. */
static double constant_of(double x, double beta)
{
    if (beta == 1.0) {
        return x > 0.0 ? x * log(x) - x : 0.0;
    }
    if (beta == 0.0) {
        return -log(x) - 1.0;
    }
    return x > 0.0 ? pow(x, beta) / (beta * (beta - 1.0)) : 0.0;
}

static void count_tile(const count *self, const ntf_tile *tile, size_t first, size_t n, sums *sum)
{
    for (size_t k = 0; k < n; k++) {
        const double weight = tile->weights != NULL ? tile->weights[k] : 1.0;
        if (!(weight > 0.0)) {
            continue;
        }
        const double x = tile->values[k] / weight;
        if (!(x > 0.0) && self->beta <= 0.0) {
            sum->zero_at = sum->zero ? sum->zero_at : first + k;
            sum->zero = true;
            return;
        }
        sum->weights += weight;
        sum->values += weight * x;
        sum->constant += weight * constant_of(x, self->beta);
    }
}

static ana_status count_chunk(const count *self, size_t chunk, sums *sum)
{
    ana_status status = ANA_OK;
    const size_t n_last = self->tensor->length[self->tensor->n_modes - 1];
    const size_t n_tile = ntf_tile_rows(n_last);
    const size_t stop = ntf_chunk_start(self->n_rows, chunk + 1);
    double *room = self->room + (size_t)omp_get_thread_num() * self->room_size;
    for (size_t row = ntf_chunk_start(self->n_rows, chunk); row < stop; row += n_tile) {
        const size_t n = stop - row < n_tile ? stop - row : n_tile;
        ntf_tile tile = {NULL};
        ANA_TRY(self->tensor->load(self->tensor, row, n, room, &tile));
        count_tile(self, &tile, row * n_last, n * n_last, sum);
    }
done:
    return status;
}

/* From the sums of all chunks. */
static ana_status settle(const count *self, ntf_divergence *out)
{
    ana_status status = ANA_OK;
    double weights = 0.0;
    double values = 0.0;
    *out = (ntf_divergence){.beta = self->beta};
    for (size_t chunk = 0; chunk < ntf_n_chunks(self->n_rows); chunk++) {
        const sums *sum = &self->chunks[chunk];
        ANA_TRY(ntf_outcome_status(&sum->outcome));
        if (sum->zero) {
            return ana_fail(ANA_ERR_VALUE,
                            "ntf: value %zu is 0; a beta of %g wants all values above 0 (or "
                            "missing)",
                            sum->zero_at, self->beta);
        }
        weights += sum->weights;
        values += sum->values;
        out->constant += sum->constant;
    }
    const double mean = values / weights;
    const double b = self->beta;
    double rest = 0.0;
    if (b == 1.0) {
        rest = weights * mean - values * log(mean);
    } else if (b == 0.0) {
        rest = values / mean + weights * log(mean);
    } else {
        rest = weights * pow(mean, b) / b - values * pow(mean, b - 1.0) / (b - 1.0);
    }
    out->of_mean = out->constant + rest;
    if (!(out->of_mean > 1e-12 * fabs(rest))) {
        return ana_fail(ANA_ERR_VALUE, "ntf: all that is observed is %g", mean);
    }
done:
    return status;
}

ana_status ntf_divergence_of(const ana_tensor *tensor, double beta, const ana_run *run,
                             ntf_divergence *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_last = tensor->length[tensor->n_modes - 1];
    count self = {.tensor = tensor,
                  .n_rows = ntf_n_whole_rows(tensor),
                  .beta = beta,
                  .room_size = tensor->in_place ? 1 : 2 * ntf_tile_rows(n_last) * n_last};
    const size_t n_chunks = ntf_n_chunks(self.n_rows);
    const int n_threads = ana_run_threads(run, n_chunks);
    self.room = ana_workspace_doubles(&workspace, (size_t)n_threads, self.room_size);
    ANA_TRY(ana_workspace_check(&workspace, "ntf"));
#pragma omp parallel for default(none) num_threads(n_threads) schedule(dynamic, 1)                 \
    shared(self, n_chunks)
    for (size_t chunk = 0; chunk < n_chunks; chunk++) {
        ntf_note(&self.chunks[chunk].outcome, count_chunk(&self, chunk, &self.chunks[chunk]));
    }
    ANA_TRY(settle(&self, out));
done:
    ana_workspace_release(&workspace);
    return status;
}
