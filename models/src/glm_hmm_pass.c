/* The passes over the rows. Panels of the design are made block by block and multiplied while they
 * are in the cache; the M-step takes only the rows with weight in a state, which together are
 * little more than all rows once. Sums are taken by items whose cut depends on the sizes alone, in
 * a fixed order: the bits do not depend on the threads. */
#include "glm_hmm_parts.h"
#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <omp.h>
#include <string.h>

/* Posteriors below this move no digit that counts: of an M-step that goes all the way to its
 * optimum, or of one that takes a step towards it. */
static const double least_of_all = 1e-10;
static const double least_of_steps = 1e-7;

/* Several blocks on their way through a pass. */
typedef struct pass {
    const ana_glm_hmm_task *task;
    const double *coefficients;
    const double *posterior;
    ana_glm_hmm_want want;
    size_t first_block;
    size_t n_blocks;
    ana_glm_hmm_sums *sums;
} pass;

static bool has_weight(const pass *self, const ana_glm_hmm_block *block, size_t t, size_t k)
{
    const double least = self->task->options->newton_steps == 0 ? least_of_all : least_of_steps;
    return self->posterior[(block->first + t) * self->task->n_states + k] > least &&
           ana_design_usable(self->task->data->design, block->actual + t);
}

/* Where each block's rows with weight will stand. */
static void count_rows(const pass *self)
{
    const ana_glm_hmm_task *task = self->task;
    size_t *place = task->room->place;
    memset(place, 0, task->n_states * sizeof *place);
    for (size_t i = 0; i < self->n_blocks; i++) {
        const ana_glm_hmm_block *block = task->blocks + self->first_block + i;
        for (size_t k = 0; k < task->n_states; k++) {
            size_t n = 0;
            for (size_t t = 0; t < block->n; t++) {
                n += has_weight(self, block, t, k) ? 1 : 0;
            }
            place[(i + 1) * task->n_states + k] = place[i * task->n_states + k] + n;
        }
    }
}

/* A block's rows with weight in state k, with their responses, into the seat; weights in turn. */
static size_t gather(const pass *self, const ana_glm_hmm_block *block, size_t k,
                     const ana_glm_hmm_seat *seat, double *weights)
{
    const ana_glm_hmm_task *task = self->task;
    const double *y = task->data->responses->values + block->actual * task->n_units;
    size_t n = 0;
    for (size_t t = 0; t < block->n; t++) {
        if (!has_weight(self, block, t, k)) {
            continue;
        }
        memcpy(seat->rows + n * task->n_columns, seat->panel + t * task->n_columns,
               task->n_columns * sizeof(double));
        memcpy(seat->response + n * task->n_units, y + t * task->n_units,
               task->n_units * sizeof(double));
        weights[n++] = self->posterior[(block->first + t) * task->n_states + k];
    }
    return n;
}

/* Weighted slopes and curvatures of n rows into the chunks from `place` on; the sums of values. */
static void spread(const pass *self, size_t k, size_t n, size_t place, const double *weights,
                   const ana_glm_hmm_seat *seat)
{
    const ana_glm_hmm_task *task = self->task;
    const size_t n_units = task->n_units;
    const size_t gathered = ana_glm_hmm_gathered(task);
    const size_t state = k * gathered * ana_glm_hmm_padded_units(task);
    for (size_t t = 0; t < n; t++) {
        double bend = 0.0;
        for (size_t u = 0; u < n_units; u++) {
            const size_t cell = state +
                                (u / task->chunk_units * gathered + place + t) * task->chunk_units +
                                u % task->chunk_units;
            const double curvature = weights[t] * seat->bend[t * n_units + u];
            task->room->residual[cell] = weights[t] * seat->slope[t * n_units + u];
            task->room->curvature[cell] = curvature;
            bend += curvature;
        }
        task->room->mean_curvature[k * gathered + place + t] = bend / (double)n_units;
    }
}

static void add_values(const ana_glm_hmm_task *task, size_t n, const double *weights,
                       const double *values, double *sums)
{
    for (size_t t = 0; t < n; t++) {
        for (size_t u = 0; u < task->n_units; u++) {
            sums[u] += weights[t] * values[t * task->n_units + u];
        }
    }
}

static ana_status take_block(const pass *self, size_t i, const ana_glm_hmm_seat *seat)
{
    ana_status status = ANA_OK;
    const ana_glm_hmm_task *task = self->task;
    const ana_glm_hmm_block *block = task->blocks + self->first_block + i;
    const size_t n_units = task->n_units;
    const size_t p = task->n_columns;
    const bool slopes = self->want != ANA_GLM_HMM_VALUE;
    double weights[ANA_GLM_HMM_ROWS];
    double *value = task->room->block_value + i * task->n_states * n_units;
    double *weight = task->room->block_weight + i * task->n_states * n_units;
    memset(value, 0, task->n_states * n_units * sizeof *value);
    memset(weight, 0, task->n_states * n_units * sizeof *weight);
    ANA_TRY(ana_design_panel(task->data->design, block->actual, block->n, seat->panel));
    for (size_t k = 0; k < task->n_states; k++) {
        const size_t place = task->room->place[i * task->n_states + k];
        const size_t n = gather(self, block, k, seat, weights);
        if (n == 0) {
            continue;
        }
        ANA_TRY(ana_glm_hmm_multiply(task, self->coefficients + k * n_units * p, n, seat->rows,
                                     seat->eta));
        ana_glm_kernel(&task->options->family, true, n * n_units, seat->response, seat->eta,
                       (ana_glm_outputs){.log_likelihood = seat->value,
                                         .gradient = slopes ? seat->slope : NULL,
                                         .curvature = slopes ? seat->bend : NULL});
        add_values(task, n, weights, seat->value, value + k * n_units);
        if (slopes) {
            add_values(task, n, weights, seat->bend, weight + k * n_units);
            spread(self, k, n, place, weights, seat);
            memcpy(task->room->rows + (k * ana_glm_hmm_gathered(task) + place) * p, seat->rows,
                   n * p * sizeof(double));
        }
    }
done:
    return status;
}

/* Rows with a weight each, and the columns that are wanted. */
typedef struct weighted_rows {
    size_t n;
    const double *rows; /* n x P */
    size_t n_columns;   /* P */
    const double *weights;
    size_t stride; /* between weights */
    size_t n_chosen;
    const size_t *chosen; /* NULL: all */
} weighted_rows;

/* gram += rows^T diag(weights) rows of the chosen columns */
static ana_status add_gram(const weighted_rows *from, const ana_glm_hmm_seat *seat, double *gram)
{
    const size_t p = from->n_chosen;
    for (size_t t = 0; t < from->n; t++) {
        const double root = sqrt(from->weights[t * from->stride]);
        const double *row = from->rows + t * from->n_columns;
        double *scaled = seat->scaled + t * p;
        for (size_t c = 0; c < p; c++) {
            scaled[c] = root * row[from->chosen != NULL ? from->chosen[c] : c];
        }
    }
    ana_status status = ana_linalg_gram(from->n, p, seat->scaled, seat->product);
    for (size_t i = 0; i < p * p && status == ANA_OK; i++) {
        gram[i] += seat->product[i];
    }
    return status;
}

/* One state and one chunk of units among the gathered rows. */
typedef struct chunk_item {
    size_t n; /* rows */
    const double *rows;
    const double *curvature; /* n x units of a chunk */
    size_t first_unit;
    size_t n_units;
    double *gram; /* of the first unit */
} chunk_item;

/* pairs (n x P (P + 1) / 2): products of each row's columns, two at a time. */
static void pair_columns(size_t n, size_t p, const double *rows, double *pairs)
{
    for (size_t t = 0; t < n; t++) {
        const double *row = rows + t * p;
        for (size_t i = 0; i < p; i++) {
            for (size_t j = 0; j <= i; j++) {
                *pairs++ = row[i] * row[j];
            }
        }
    }
}

/* Hessians of few columns: all units of the chunk from one product of their curvatures with the
 * rows' pairs of columns, several times faster than a small Gram matrix for each. */
static ana_status add_small_grams(const ana_glm_hmm_task *task, const chunk_item *item,
                                  const ana_glm_hmm_seat *seat)
{
    const size_t p = task->n_columns;
    const size_t n_pairs = p * (p + 1) / 2;
    for (size_t t = 0; t < item->n; t += ANA_GLM_HMM_ROWS) {
        const size_t left = item->n - t;
        const size_t n = left < ANA_GLM_HMM_ROWS ? left : ANA_GLM_HMM_ROWS;
        const ana_gemm shape = {.n_rows = task->chunk_units,
                                .n_inner = n,
                                .n_columns = n_pairs,
                                .transpose_a = true,
                                .alpha = 1.0,
                                .beta = t > 0 ? 1.0 : 0.0};
        pair_columns(n, p, item->rows + t * p, seat->pairs);
        ana_status status = ana_linalg_gemm(&shape, item->curvature + t * task->chunk_units,
                                            seat->pairs, seat->pair_sums);
        if (status != ANA_OK) {
            return status;
        }
    }
    for (size_t u = 0; u < item->n_units; u++) {
        const double *sums = seat->pair_sums + u * n_pairs;
        double *gram = item->gram + u * task->most_free * task->most_free;
        for (size_t i = 0; i < p; i++) {
            for (size_t j = 0; j <= i; j++, sums++) {
                gram[i * p + j] += *sums;
                gram[j * p + i] += i == j ? 0.0 : *sums;
            }
        }
    }
    return ANA_OK;
}

static ana_status add_grams(const ana_glm_hmm_task *task, const chunk_item *item,
                            const ana_glm_hmm_seat *seat)
{
    ana_status status = ANA_OK;
    const size_t p = task->n_columns;
    if (task->has_small_grams) {
        return add_small_grams(task, item, seat);
    }
    for (size_t u = 0; u < item->n_units; u++) {
        const size_t unit = item->first_unit + u;
        const weighted_rows from = {.n = item->n,
                                    .rows = item->rows,
                                    .n_columns = p,
                                    .weights = item->curvature + u,
                                    .stride = task->chunk_units,
                                    .n_chosen = task->n_free[unit],
                                    .chosen =
                                        task->n_free[unit] < p ? task->free + unit * p : NULL};
        ANA_TRY(add_gram(&from, seat, item->gram + u * task->most_free * task->most_free));
    }
done:
    return status;
}

/* Gradients, and exact Hessians. */
static ana_status sum_chunk(const pass *self, size_t k, size_t chunk, const ana_glm_hmm_seat *seat)
{
    ana_status status = ANA_OK;
    const ana_glm_hmm_task *task = self->task;
    const size_t p = task->n_columns;
    const size_t gathered = ana_glm_hmm_gathered(task);
    const size_t first = chunk * task->chunk_units;
    const size_t left = task->n_units - first;
    const size_t cells = (k * ana_glm_hmm_padded_units(task) + first) * gathered;
    const chunk_item item = {
        .n = task->room->place[self->n_blocks * task->n_states + k],
        .rows = task->room->rows + k * gathered * p,
        .curvature = task->room->curvature + cells,
        .first_unit = first,
        .n_units = left < task->chunk_units ? left : task->chunk_units,
        .gram = task->is_exact ? self->sums->gram + ana_glm_hmm_gram_at(task, k, first) : NULL};
    const ana_gemm shape = {.n_rows = task->chunk_units,
                            .n_inner = item.n,
                            .n_columns = p,
                            .transpose_a = true,
                            .alpha = 1.0};
    if (item.n == 0) {
        return ANA_OK;
    }
    ANA_TRY(ana_linalg_gemm(&shape, task->room->residual + cells, item.rows, seat->gradient));
    double *gradient = self->sums->gradient + (k * task->n_units + first) * p;
    for (size_t i = 0; i < item.n_units * p; i++) {
        gradient[i] += seat->gradient[i];
    }
    if (task->is_exact && self->want == ANA_GLM_HMM_HESSIAN) {
        ANA_TRY(add_grams(task, &item, seat));
    }
done:
    return status;
}

static ana_status sum_shared(const pass *self, size_t k, const ana_glm_hmm_seat *seat)
{
    const ana_glm_hmm_task *task = self->task;
    const size_t p = task->n_columns;
    const size_t gathered = ana_glm_hmm_gathered(task);
    const size_t n = task->room->place[self->n_blocks * task->n_states + k];
    if (n == 0) {
        return ANA_OK;
    }
    const weighted_rows from = {.n = n,
                                .rows = task->room->rows + k * gathered * p,
                                .n_columns = p,
                                .weights = task->room->mean_curvature + k * gathered,
                                .stride = 1,
                                .n_chosen = p};
    return add_gram(&from, seat, self->sums->gram + k * p * p);
}

/* All items of the gathered rows: chunks of units of each state, and the shared Hessians. */
static ana_status sum_gathered(const pass *self, ana_status *statuses)
{
    const ana_glm_hmm_task *task = self->task;
    const size_t n_chunks = ana_glm_hmm_padded_units(task) / task->chunk_units;
    const size_t n_sums = task->n_states * n_chunks;
    const bool shared_too = !task->is_exact && self->want == ANA_GLM_HMM_HESSIAN;
    const size_t n_items = n_sums + (shared_too ? task->n_states : 0);
#pragma omp parallel for default(none) schedule(dynamic, 1)                                        \
    num_threads(ana_glm_hmm_threads(task, n_items))                                                \
        shared(self, task, n_chunks, n_sums, n_items, statuses)
    for (size_t j = 0; j < n_items; j++) {
        /* the long items first */
        const size_t i = n_items - 1 - j;
        const ana_glm_hmm_seat *seat = task->room->seats + omp_get_thread_num();
        statuses[i] = i < n_sums ? sum_chunk(self, i / n_chunks, i % n_chunks, seat)
                                 : sum_shared(self, i - n_sums, seat);
    }
    return ana_glm_hmm_first_failure(n_items, statuses, "sums");
}

static ana_status take_blocks(const pass *self, ana_status *statuses)
{
    const ana_glm_hmm_task *task = self->task;
    const size_t cells = task->n_states * task->n_units;
    count_rows(self);
#pragma omp parallel for default(none) schedule(dynamic, 1)                                        \
    num_threads(ana_glm_hmm_threads(task, self->n_blocks)) shared(self, task, statuses)
    for (size_t i = 0; i < self->n_blocks; i++) {
        statuses[i] = take_block(self, i, task->room->seats + omp_get_thread_num());
    }
    ana_status status = ana_glm_hmm_first_failure(self->n_blocks, statuses, "rows");
    for (size_t i = 0; i < self->n_blocks && status == ANA_OK; i++) {
        for (size_t c = 0; c < cells; c++) {
            self->sums->value[c] += task->room->block_value[i * cells + c];
            self->sums->weight[c] += task->room->block_weight[i * cells + c];
        }
    }
    return status;
}

ana_status ana_glm_hmm_pass(const ana_glm_hmm_task *task, const double *coefficients,
                            const double *posterior, ana_glm_hmm_want want, ana_glm_hmm_sums *sums)
{
    ana_status status = ANA_OK;
    const size_t cells = task->n_states * task->n_units;
    pass self = {.task = task,
                 .coefficients = coefficients,
                 .posterior = posterior,
                 .want = want,
                 .sums = sums};
    memset(sums->value, 0, cells * sizeof(double));
    memset(sums->weight, 0, cells * sizeof(double));
    if (want != ANA_GLM_HMM_VALUE) {
        memset(sums->gradient, 0, cells * task->n_columns * sizeof(double));
    }
    if (want == ANA_GLM_HMM_HESSIAN) {
        memset(sums->gram, 0, ana_glm_hmm_gram_size(task) * sizeof(double));
    }
    for (size_t b = 0; b < task->n_blocks; b += ANA_GLM_HMM_BLOCKS) {
        const size_t left = task->n_blocks - b;
        self.first_block = b;
        self.n_blocks = left < ANA_GLM_HMM_BLOCKS ? left : ANA_GLM_HMM_BLOCKS;
        ANA_TRY(take_blocks(&self, task->room->statuses));
        if (want != ANA_GLM_HMM_VALUE) {
            ANA_TRY(sum_gathered(&self, task->room->statuses));
        }
    }
done:
    return status;
}
