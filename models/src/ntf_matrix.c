/* Tensors taken row by row: stored whole or as pairs, made from traces, read from elsewhere. All
 * are matrices of rows by the last mode; pairs differ in which product of factors a row stands for.
 */
#include "ntf_tensor.h"
#include "pairs.h"
#include "try.h"

#include <analysis/linalg.h>

#include <omp.h>
#include <string.h>

static size_t last_length(const ana_tensor *tensor)
{
    return tensor->length[tensor->n_modes - 1];
}

static bool is_packed(const ana_tensor *tensor)
{
    return tensor->backend == &ntf_pairs_backend;
}

static ntf_need need_matrix(const ana_tensor *tensor, size_t n_columns, size_t rank)
{
    const size_t n_last = last_length(tensor);
    const size_t n_tile = ntf_tile_rows(n_last);
    ntf_need need = {.kept = tensor->n_rows * n_columns,
                     .room = n_last * n_columns,
                     .scratch = n_tile * n_columns};
    if (rank > 0) { /* a model's tile, its rows, and one run's last factor */
        need.scratch += n_tile * n_last + 2 * (n_tile + n_last) * rank;
    }
    if (!tensor->in_place) {
        need.scratch += 2 * n_tile * n_last;
    }
    return need;
}

/* The room of one chunk, and from `rows` on of its thread. */
typedef struct rooms {
    double *partial; /* last x columns */
    double *rows;    /* tile x columns */
    double *model;   /* tile x last */
    double *run_rows;
    double *run_out;  /* tile x rank */
    double *run_last; /* last x rank */
    double *run_sum;
    double *tile; /* 2 x tile x last, unless the tensor is in place */
} rooms;

static rooms room_of(const ntf_job *job, size_t chunk)
{
    const size_t n_columns = ntf_columns(job);
    const size_t n_last = last_length(job->tensor);
    const size_t n_tile = ntf_tile_rows(n_last);
    rooms room = {.partial = job->room + chunk * job->room_size};
    room.rows = job->scratch + (size_t)omp_get_thread_num() * job->scratch_size;
    room.model = room.rows + n_tile * n_columns;
    room.run_rows = room.model + n_tile * n_last;
    room.run_out = room.run_rows + n_tile * job->rank;
    room.run_last = room.run_out + n_tile * job->rank;
    room.run_sum = room.run_last + n_last * job->rank;
    room.tile = room.run_sum + n_last * job->rank;
    return room;
}

static ana_status take_tile(const ntf_job *job, const rooms *room, size_t first, size_t n,
                            ntf_tile *tile)
{
    const ana_tensor *tensor = job->tensor;
    if (is_packed(tensor)) {
        *tile = (ntf_tile){.values = tensor->values + first * last_length(tensor)};
        return ANA_OK;
    }
    return tensor->load(tensor, first, n, room->tile, tile);
}

/* out[columns] = the product of the factors that row `row` stands for, without that of `left_out`
 * and of the last mode. */
static void dense_product(const ntf_job *job, size_t row, size_t left_out, double *out)
{
    const ana_tensor *tensor = job->tensor;
    const size_t n = ntf_columns(job);
    for (size_t c = 0; c < n; c++) {
        out[c] = 1.0;
    }
    for (size_t m = tensor->n_modes - 1; m-- > 0;) {
        const double *factor = job->factors[m] + row % tensor->length[m] * n;
        row /= tensor->length[m];
        for (size_t c = 0; m != left_out && c < n; c++) {
            out[c] *= factor[c];
        }
    }
}

static void pair_product(const ntf_job *job, size_t row, double *out)
{
    const size_t n = ntf_columns(job);
    const size_t *pair = job->tensor->pair + 2 * row;
    const double *u = job->factors[0] + pair[0] * n;
    const double *v = job->factors[1] + pair[1] * n;
    const double *u2 = job->factors[0] + pair[1] * n;
    const double *v2 = job->factors[1] + pair[0] * n;
    for (size_t c = 0; c < n; c++) {
        out[c] = u[c] * v[c] + u2[c] * v2[c];
    }
}

static void product_rows(const ntf_job *job, size_t first, size_t n_rows, double *out)
{
    for (size_t k = 0; k < n_rows; k++) {
        double *row = out + k * ntf_columns(job);
        if (is_packed(job->tensor)) {
            pair_product(job, first + k, row);
        } else {
            dense_product(job, first + k, job->tensor->n_modes - 1, row);
        }
    }
}

/* The model of one run where the tensor is missing, of the rows in room->rows; returns its squares,
 * less those that are observed. */
static ana_status model_of_missing(const ntf_job *job, const rooms *room, size_t run,
                                   const double *weights, size_t n_rows, double *filled)
{
    ana_status status = ANA_OK;
    const size_t n_last = last_length(job->tensor);
    const ana_gemm shape = {.n_rows = n_rows,
                            .n_inner = job->rank,
                            .n_columns = n_last,
                            .transpose_b = true,
                            .alpha = 1.0};
    double sum = 0.0;
    ntf_take_columns(job, run, n_rows, room->rows, room->run_rows);
    ANA_TRY(ana_linalg_gemm(&shape, room->run_rows, room->run_last, room->model));
    for (size_t k = 0; k < n_rows * n_last; k++) {
        sum += (1.0 - weights[k]) * room->model[k] * room->model[k];
        room->model[k] *= 1.0 - weights[k];
    }
    *filled = sum;
done:
    return status;
}

/* kept of the rows += what the model says where they are missing. */
static ana_status fill_kept(ntf_job *job, const rooms *room, const double *weights, size_t first,
                            size_t n_rows)
{
    ana_status status = ANA_OK;
    const size_t n_last = last_length(job->tensor);
    const size_t n_columns = ntf_columns(job);
    product_rows(job, first, n_rows, room->rows);
    for (size_t run = 0; run < job->n_runs; run++) {
        double part = 0.0;
        ntf_take_columns(job, run, n_last, job->factors[job->tensor->n_modes - 1], room->run_last);
        ANA_TRY(model_of_missing(job, room, run, weights, n_rows, &part));
        room->partial[run] += part;
        ANA_TRY(ana_linalg_multiply(n_rows, n_last, job->rank, room->model, room->run_last,
                                    room->run_out));
        for (size_t k = 0; k < n_rows; k++) {
            double *kept = job->kept + (first + k) * n_columns + run * job->rank;
            for (size_t r = 0; r < job->rank; r++) {
                kept[r] += room->run_out[k * job->rank + r];
            }
        }
    }
done:
    return status;
}

static ana_status contract_chunk(ntf_job *job, size_t chunk)
{
    ana_status status = ANA_OK;
    const ana_tensor *tensor = job->tensor;
    const size_t n_last = last_length(tensor);
    const size_t n_columns = ntf_columns(job);
    const size_t n_tile = ntf_tile_rows(n_last);
    const size_t stop = ntf_chunk_start(tensor->n_rows, chunk + 1);
    const rooms room = room_of(job, chunk);
    memset(room.partial, 0, job->n_runs * sizeof *room.partial);
    for (size_t row = ntf_chunk_start(tensor->n_rows, chunk); row < stop; row += n_tile) {
        const size_t n = stop - row < n_tile ? stop - row : n_tile;
        ntf_tile tile = {NULL};
        ANA_TRY(take_tile(job, &room, row, n, &tile));
        ANA_TRY(ana_linalg_multiply(n, n_last, n_columns, tile.values,
                                    job->factors[tensor->n_modes - 1],
                                    job->kept + row * n_columns));
        if (job->fills && tile.weights != NULL) {
            ANA_TRY(fill_kept(job, &room, tile.weights, row, n));
        }
    }
done:
    return status;
}

/* Sums for the last mode += what the model says where the rows are missing. */
static ana_status fill_last(const ntf_job *job, const rooms *room, const double *weights,
                            size_t n_rows)
{
    ana_status status = ANA_OK;
    const size_t n_last = last_length(job->tensor);
    const size_t rank = job->rank;
    const ana_gemm shape = {
        .n_rows = n_last, .n_inner = n_rows, .n_columns = rank, .transpose_a = true, .alpha = 1.0};
    for (size_t run = 0; run < job->n_runs; run++) {
        double unused = 0.0;
        ntf_take_columns(job, run, n_last, job->factors[job->tensor->n_modes - 1], room->run_last);
        ANA_TRY(model_of_missing(job, room, run, weights, n_rows, &unused));
        ANA_TRY(ana_linalg_gemm(&shape, room->model, room->run_rows, room->run_sum));
        for (size_t t = 0; t < n_last; t++) {
            double *own = room->partial + t * ntf_columns(job) + run * rank;
            for (size_t r = 0; r < rank; r++) {
                own[r] += room->run_sum[t * rank + r];
            }
        }
    }
done:
    return status;
}

static ana_status last_chunk(ntf_job *job, size_t chunk)
{
    ana_status status = ANA_OK;
    const ana_tensor *tensor = job->tensor;
    const size_t n_last = last_length(tensor);
    const size_t n_columns = ntf_columns(job);
    const size_t n_tile = ntf_tile_rows(n_last);
    const size_t stop = ntf_chunk_start(tensor->n_rows, chunk + 1);
    const rooms room = room_of(job, chunk);
    memset(room.partial, 0, n_last * n_columns * sizeof *room.partial);
    for (size_t row = ntf_chunk_start(tensor->n_rows, chunk); row < stop; row += n_tile) {
        const size_t n = stop - row < n_tile ? stop - row : n_tile;
        const ana_gemm shape = {.n_rows = n_last,
                                .n_inner = n,
                                .n_columns = n_columns,
                                .transpose_a = true,
                                .alpha = 1.0,
                                .beta = 1.0};
        ntf_tile tile = {NULL};
        ANA_TRY(take_tile(job, &room, row, n, &tile));
        product_rows(job, row, n, room.rows);
        ANA_TRY(ana_linalg_gemm(&shape, tile.values, room.rows, room.partial));
        if (job->fills && tile.weights != NULL) {
            ANA_TRY(fill_last(job, &room, tile.weights, n));
        }
    }
done:
    return status;
}

/* Squared distances of one run. */
static ana_status residual_chunk(ntf_job *job, size_t chunk)
{
    ana_status status = ANA_OK;
    const ana_tensor *tensor = job->tensor;
    const size_t n_last = last_length(tensor);
    const size_t n_tile = ntf_tile_rows(n_last);
    const size_t stop = ntf_chunk_start(tensor->n_rows, chunk + 1);
    const rooms room = room_of(job, chunk);
    double sum = 0.0;
    for (size_t row = ntf_chunk_start(tensor->n_rows, chunk); row < stop; row += n_tile) {
        const size_t n = stop - row < n_tile ? stop - row : n_tile;
        ntf_tile tile = {NULL};
        const ana_gemm shape = {.n_rows = n,
                                .n_inner = job->rank,
                                .n_columns = n_last,
                                .transpose_b = true,
                                .alpha = 1.0};
        ANA_TRY(take_tile(job, &room, row, n, &tile));
        product_rows(job, row, n, room.rows);
        ANA_TRY(ana_linalg_gemm(&shape, room.rows, job->factors[tensor->n_modes - 1], room.model));
        for (size_t k = 0; k < n * n_last; k++) {
            const double weight = tile.weights != NULL ? tile.weights[k] : 1.0;
            const double distance = weight > 0.0 ? tile.values[k] / weight - room.model[k] : 0.0;
            sum += weight * distance * distance;
        }
    }
    room.partial[0] = sum;
done:
    return status;
}

/* Each chunk by its function; the first failure is reported. */
static ana_status for_chunks(ntf_job *job, ana_status (*work)(ntf_job *job, size_t chunk))
{
    const size_t n_chunks = ntf_n_chunks(job->tensor->n_rows);
    ntf_outcome outcomes[NTF_CHUNKS] = {{ANA_OK, ""}};
    ana_status status = ANA_OK;
#pragma omp parallel for default(none) num_threads(job->n_threads) schedule(dynamic, 1)            \
    shared(job, work, outcomes, n_chunks)
    for (size_t chunk = 0; chunk < n_chunks; chunk++) {
        ntf_note(&outcomes[chunk], work(job, chunk));
    }
    for (size_t chunk = 0; chunk < n_chunks && status == ANA_OK; chunk++) {
        status = ntf_outcome_status(&outcomes[chunk]);
    }
    return status;
}

static ana_status contract_matrix(ntf_job *job)
{
    ana_status status = for_chunks(job, contract_chunk);
    memset(job->filled, 0, job->n_runs * sizeof *job->filled);
    ntf_add_partials(job, ntf_n_chunks(job->tensor->n_rows), job->n_runs, job->filled);
    return status;
}

/* Row i of mode `mode`: the rows of `kept` in which it stands, times the other factors. */
static void gather_dense(const ntf_job *job, size_t mode, size_t i, double *products, double *out)
{
    const ana_tensor *tensor = job->tensor;
    const size_t n = ntf_columns(job);
    size_t n_inner = 1;
    for (size_t m = mode + 1; m + 1 < tensor->n_modes; m++) {
        n_inner *= tensor->length[m];
    }
    const size_t n_outer = tensor->n_rows / n_inner / tensor->length[mode];
    memset(out, 0, n * sizeof *out);
    for (size_t k = 0; k < n_outer * n_inner; k++) {
        const size_t row = (k / n_inner * tensor->length[mode] + i) * n_inner + k % n_inner;
        const double *kept = job->kept + row * n;
        dense_product(job, row, mode, products);
        for (size_t c = 0; c < n; c++) {
            out[c] += kept[c] * products[c];
        }
    }
}

static void gather_pairs(const ntf_job *job, size_t mode, size_t i, double *out)
{
    const size_t n = ntf_columns(job);
    const size_t n_neurons = job->tensor->length[0];
    memset(out, 0, n * sizeof *out);
    for (size_t j = 0; j < n_neurons; j++) {
        const double *factor = job->factors[1 - mode] + j * n;
        const double *kept = job->kept + pairs_place_of(n_neurons, i, j) * n;
        for (size_t c = 0; i != j && c < n; c++) {
            out[c] += kept[c] * factor[c];
        }
    }
}

/* The rows of a chunk of the mode. */
static void gather_chunk(const ntf_job *job, size_t mode, size_t chunk, double *out)
{
    const size_t n_length = job->tensor->length[mode];
    double *products = job->room + chunk * job->room_size;
    const size_t stop = ntf_chunk_start(n_length, chunk + 1);
    for (size_t i = ntf_chunk_start(n_length, chunk); i < stop; i++) {
        double *row = out + i * ntf_columns(job);
        if (is_packed(job->tensor)) {
            gather_pairs(job, mode, i, row);
        } else {
            gather_dense(job, mode, i, products, row);
        }
    }
}

void ntf_gather(const ntf_job *job, size_t mode, double *out)
{
    const size_t n_chunks = ntf_n_chunks(job->tensor->length[mode]);
#pragma omp parallel for default(none) num_threads(job->n_threads) schedule(static)                \
    shared(job, mode, out, n_chunks)
    for (size_t chunk = 0; chunk < n_chunks; chunk++) {
        gather_chunk(job, mode, chunk, out);
    }
}

static ana_status mttkrp_matrix(ntf_job *job, size_t mode, double *out)
{
    const ana_tensor *tensor = job->tensor;
    if (mode + 1 < tensor->n_modes) {
        ntf_gather(job, mode, out);
        return ANA_OK;
    }
    const size_t size = last_length(tensor) * ntf_columns(job);
    ana_status status = for_chunks(job, last_chunk);
    memset(out, 0, size * sizeof *out);
    ntf_add_partials(job, ntf_n_chunks(tensor->n_rows), size, out);
    return status;
}

static ana_status residual_matrix(ntf_job *job, double *out)
{
    ana_status status = for_chunks(job, residual_chunk);
    *out = 0.0;
    ntf_add_partials(job, ntf_n_chunks(job->tensor->n_rows), 1, out);
    return status;
}

const ntf_backend ntf_dense_backend = {need_matrix, contract_matrix, mttkrp_matrix,
                                       residual_matrix};

const ntf_backend ntf_pairs_backend = {need_matrix, contract_matrix, mttkrp_matrix, NULL};
