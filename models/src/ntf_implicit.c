/* Affinities of a factored kernel as a tensor that is never made: the slice at t is
 * r r' + s s' - diag(r^2 + s^2), so every product is one of T x N arrays. With missing neurons,
 * sums over what is observed need one small matrix for each span of time in which the same neurons
 * are.
 */
#include "ntf_tensor.h"
#include "try.h"

#include <analysis/linalg.h>

#include <string.h>

enum {
    FIRST,
    SECOND,
    TIME
};

static size_t most_times(const ana_tensor *tensor)
{
    return tensor->length[TIME] / ntf_n_chunks(tensor->length[TIME]) + 1;
}

static ntf_need need_implicit(const ana_tensor *tensor, size_t n_columns, size_t rank)
{
    const size_t n = tensor->length[FIRST];
    const size_t n_times = tensor->length[TIME];
    ntf_need need = {.kept = 2 * n_times * n_columns,
                     .room = 2 * most_times(tensor) * n_columns + 2 * n * n_columns};
    const size_t filling = (2 * n + n_times) * rank + 5 * rank * rank;
    const size_t slice = n * n + n * rank;
    need.room = need.room > filling ? need.room : filling;
    need.room = rank == 0 || need.room > slice ? need.room : slice;
    return need;
}

/* The times of one chunk, and its room. */
typedef struct stretch {
    size_t first;
    size_t n;
    double *a;       /* n x columns */
    double *b;       /* n x columns */
    double *partial; /* N x columns; first in the room */
    double *neurons; /* N x columns */
} stretch;

static stretch stretch_of(const ntf_job *job, size_t chunk)
{
    const size_t n_times = job->tensor->length[TIME];
    const size_t n_columns = ntf_columns(job);
    stretch made = {.first = ntf_chunk_start(n_times, chunk),
                    .partial = job->room + chunk * job->room_size};
    made.n = ntf_chunk_start(n_times, chunk + 1) - made.first;
    made.neurons = made.partial + job->tensor->length[FIRST] * n_columns;
    made.a = made.neurons + job->tensor->length[FIRST] * n_columns;
    made.b = made.a + most_times(job->tensor) * n_columns;
    return made;
}

/* rows U of the chunk's times: kept for part 0 (rising) and 1 (falling). */
static double *kept_of(const ntf_job *job, const stretch *part, size_t which)
{
    const size_t n_times = job->tensor->length[TIME];
    return job->kept + (which * n_times + part->first) * ntf_columns(job);
}

/* out (n x columns) of the times += (rows U) o (rows V). */
static ana_status add_times(const ntf_job *job, const stretch *part, size_t which, double *out)
{
    ana_status status = ANA_OK;
    const size_t n = job->tensor->length[FIRST];
    const size_t n_columns = ntf_columns(job);
    const double *rows = which == 0 ? job->tensor->rising : job->tensor->falling;
    const double *own = rows + part->first * n;
    const double *first = job->has_products ? kept_of(job, part, which) : part->a;
    if (!job->has_products) {
        ANA_TRY(ana_linalg_multiply(part->n, n, n_columns, own, job->factors[FIRST], part->a));
    }
    ANA_TRY(ana_linalg_multiply(part->n, n, n_columns, own, job->factors[SECOND], part->b));
    for (size_t k = 0; k < part->n * n_columns; k++) {
        out[k] += first[k] * part->b[k];
    }
done:
    return status;
}

static ana_status time_chunk(ntf_job *job, size_t chunk, double *out)
{
    ana_status status = ANA_OK;
    const ana_tensor *tensor = job->tensor;
    const stretch part = stretch_of(job, chunk);
    const size_t n = tensor->length[FIRST];
    const size_t n_columns = ntf_columns(job);
    double *own = out + part.first * n_columns;
    memset(own, 0, part.n * n_columns * sizeof *own);
    ANA_TRY(add_times(job, &part, 0, own));
    ANA_TRY(add_times(job, &part, 1, own));
    for (size_t k = 0; k < n * n_columns; k++) {
        part.neurons[k] = job->factors[FIRST][k] * job->factors[SECOND][k];
    }
    ANA_TRY(ana_linalg_multiply(part.n, n, n_columns, tensor->diagonal + part.first * n,
                                part.neurons, part.a));
    for (size_t k = 0; k < part.n * n_columns; k++) {
        own[k] -= part.a[k];
    }
done:
    return status;
}

/* partial += rows' ((rows F) o W), F the factor of the other of the first two modes. */
static ana_status add_neurons(const ntf_job *job, const stretch *part, size_t which, size_t mode)
{
    ana_status status = ANA_OK;
    const size_t n = job->tensor->length[FIRST];
    const size_t n_columns = ntf_columns(job);
    const double *rows = which == 0 ? job->tensor->rising : job->tensor->falling;
    const double *own = rows + part->first * n;
    const double *times = job->factors[TIME] + part->first * n_columns;
    const double *other = job->factors[mode == FIRST ? SECOND : FIRST];
    double *product = mode == SECOND ? kept_of(job, part, which) : part->a;
    const ana_gemm shape = {.n_rows = n,
                            .n_inner = part->n,
                            .n_columns = n_columns,
                            .transpose_a = true,
                            .alpha = 1.0,
                            .beta = which == 0 ? 0.0 : 1.0};
    ANA_TRY(ana_linalg_multiply(part->n, n, n_columns, own, other, product));
    for (size_t k = 0; k < part->n * n_columns; k++) {
        part->a[k] = product[k] * times[k];
    }
    ANA_TRY(ana_linalg_gemm(&shape, own, part->a, part->partial));
done:
    return status;
}

static ana_status neuron_chunk(ntf_job *job, size_t chunk, size_t mode)
{
    ana_status status = ANA_OK;
    const ana_tensor *tensor = job->tensor;
    const size_t n = tensor->length[FIRST];
    const size_t n_columns = ntf_columns(job);
    const stretch part = stretch_of(job, chunk);
    const ana_gemm shape = {
        .n_rows = n, .n_inner = part.n, .n_columns = n_columns, .transpose_a = true, .alpha = 1.0};
    const double *other = job->factors[mode == FIRST ? SECOND : FIRST];
    ANA_TRY(add_neurons(job, &part, 0, mode));
    ANA_TRY(add_neurons(job, &part, 1, mode));
    ANA_TRY(ana_linalg_gemm(&shape, tensor->diagonal + part.first * n,
                            job->factors[TIME] + part.first * n_columns, part.neurons));
    for (size_t k = 0; k < n * n_columns; k++) {
        part.partial[k] -= other[k] * part.neurons[k];
    }
done:
    return status;
}

/* One run's factors, and the small matrices of a span. */
typedef struct filling {
    double *factors[3]; /* length x rank */
    double *gram;
    double *sums[3]; /* of the observed rows of each factor, their outer products */
    double *product;
} filling;

static filling filling_of(const ntf_job *job, size_t run, size_t slot)
{
    const ana_tensor *tensor = job->tensor;
    filling made = {0};
    double *next = job->room + slot * job->room_size;
    for (size_t m = 0; m < 3; m++) {
        made.factors[m] = next;
        ntf_take_columns(job, run, tensor->length[m], job->factors[m], next);
        next += tensor->length[m] * job->rank;
    }
    made.gram = next;
    made.product = next + job->rank * job->rank;
    for (size_t m = 0; m < 3; m++) {
        made.sums[m] = next + (2 + m) * job->rank * job->rank;
    }
    return made;
}

/* out (rank x rank) = sum of outer products of the rows that `seen` (NULL: all) marks. */
static void outer_products(size_t n, size_t rank, const double *rows, const double *seen,
                           double *out)
{
    memset(out, 0, rank * rank * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        const double *row = rows + i * rank;
        for (size_t r = 0; (seen == NULL || seen[i] != 0.0) && r < rank; r++) {
            for (size_t q = 0; q < rank; q++) {
                out[r * rank + q] += row[r] * row[q];
            }
        }
    }
}

/* The sums of span `span`: of the neurons observed in it, and of its times. */
static void sum_span(const ntf_job *job, const filling *fill, size_t span)
{
    const ana_tensor *tensor = job->tensor;
    const size_t n = tensor->length[FIRST];
    const size_t start = tensor->span_start[span];
    const double *seen = tensor->mask + start * n;
    outer_products(n, job->rank, fill->factors[FIRST], seen, fill->sums[FIRST]);
    outer_products(n, job->rank, fill->factors[SECOND], seen, fill->sums[SECOND]);
    outer_products(tensor->span_start[span + 1] - start, job->rank,
                   fill->factors[TIME] + start * job->rank, NULL, fill->sums[TIME]);
}

/* out += scale rows G, for each row that `seen` (NULL: all) marks; out has all columns. */
static void add_rows(const ntf_job *job, size_t n, const double *rows, const double *seen,
                     const double *gram, double scale, double *out)
{
    const size_t rank = job->rank;
    for (size_t i = 0; i < n; i++) {
        const double *row = rows + i * rank;
        double *own = out + i * ntf_columns(job);
        for (size_t r = 0; (seen == NULL || seen[i] != 0.0) && r < rank; r++) {
            for (size_t q = 0; q < rank; q++) {
                own[q] += scale * row[r] * gram[r * rank + q];
            }
        }
    }
}

/* What the model of a run says of missing pairs: all it says, less what it says of those observed.
 */
static void fill_run(const ntf_job *job, size_t run, size_t slot, size_t mode, double *out)
{
    const ana_tensor *tensor = job->tensor;
    const size_t rank = job->rank;
    const size_t n = tensor->length[FIRST];
    const filling fill = filling_of(job, run, slot);
    const size_t a = mode == FIRST ? SECOND : FIRST;
    const size_t b = mode == TIME ? SECOND : TIME;
    outer_products(tensor->length[a], rank, fill.factors[a], NULL, fill.gram);
    outer_products(tensor->length[b], rank, fill.factors[b], NULL, fill.product);
    for (size_t k = 0; k < rank * rank; k++) {
        fill.gram[k] *= fill.product[k];
    }
    double *own = out + run * rank;
    add_rows(job, tensor->length[mode], fill.factors[mode], NULL, fill.gram, 1.0, own);
    for (size_t span = 0; span < tensor->n_spans; span++) {
        const size_t start = tensor->span_start[span];
        sum_span(job, &fill, span);
        for (size_t k = 0; k < rank * rank; k++) {
            fill.product[k] = fill.sums[a][k] * fill.sums[b][k];
        }
        if (mode == TIME) {
            add_rows(job, tensor->span_start[span + 1] - start, fill.factors[TIME] + start * rank,
                     NULL, fill.product, -1.0, own + start * ntf_columns(job));
        } else {
            add_rows(job, n, fill.factors[mode], tensor->mask + start * n, fill.product, -1.0, own);
        }
    }
}

static double squares_of_missing(const ntf_job *job, size_t run, size_t slot)
{
    const ana_tensor *tensor = job->tensor;
    const size_t size = job->rank * job->rank;
    const filling fill = filling_of(job, run, slot);
    double sum = 0.0;
    for (size_t m = 0; m < 3; m++) {
        outer_products(tensor->length[m], job->rank, fill.factors[m], NULL, fill.sums[m]);
    }
    for (size_t k = 0; k < size; k++) {
        sum += fill.sums[0][k] * fill.sums[1][k] * fill.sums[2][k];
    }
    for (size_t span = 0; span < tensor->n_spans; span++) {
        sum_span(job, &fill, span);
        for (size_t k = 0; k < size; k++) {
            sum -= fill.sums[0][k] * fill.sums[1][k] * fill.sums[2][k];
        }
    }
    return sum;
}

static ana_status contract_implicit(ntf_job *job)
{
    job->has_products = false;
    const size_t n_slots = job->n_runs < NTF_CHUNKS ? job->n_runs : NTF_CHUNKS;
#pragma omp parallel for default(none) num_threads(job->n_threads) schedule(static)                \
    shared(job, n_slots)
    for (size_t slot = 0; slot < n_slots; slot++) {
        for (size_t run = slot; run < job->n_runs; run += n_slots) {
            job->filled[run] = job->fills ? squares_of_missing(job, run, slot) : 0.0;
        }
    }
    return ANA_OK;
}

static ana_status mttkrp_implicit(ntf_job *job, size_t mode, double *out)
{
    ana_status status = ANA_OK;
    const ana_tensor *tensor = job->tensor;
    const size_t n_chunks = ntf_n_chunks(tensor->length[TIME]);
    ana_status statuses[NTF_CHUNKS] = {ANA_OK};
#pragma omp parallel for default(none) num_threads(job->n_threads) schedule(dynamic, 1)            \
    shared(job, mode, out, statuses, n_chunks)
    for (size_t chunk = 0; chunk < n_chunks; chunk++) {
        statuses[chunk] =
            mode == TIME ? time_chunk(job, chunk, out) : neuron_chunk(job, chunk, mode);
    }
    /* The factor of the first mode stays as it is until that of time has been found. */
    job->has_products = mode == SECOND;
    for (size_t chunk = 0; chunk < n_chunks; chunk++) {
        ANA_TRY(statuses[chunk]);
    }
    if (mode != TIME) {
        const size_t size = tensor->length[FIRST] * ntf_columns(job);
        memset(out, 0, size * sizeof *out);
        ntf_add_partials(job, n_chunks, size, out);
    }
    const size_t n_slots = job->n_runs < NTF_CHUNKS ? job->n_runs : NTF_CHUNKS;
#pragma omp parallel for default(none) num_threads(job->n_threads) schedule(static)                \
    shared(job, n_slots, mode, out)
    for (size_t slot = 0; slot < n_slots; slot++) {
        for (size_t run = slot; job->fills && run < job->n_runs; run += n_slots) {
            fill_run(job, run, slot, mode, out);
        }
    }
done:
    return status;
}

/* The squared distance at time t of one run. */
static ana_status slice_residual(const ntf_job *job, size_t t, double *room, double *out)
{
    ana_status status = ANA_OK;
    const ana_tensor *tensor = job->tensor;
    const size_t n = tensor->length[FIRST];
    const size_t rank = job->rank;
    const double *r = tensor->rising + t * n;
    const double *s = tensor->falling + t * n;
    const double *seen = tensor->mask != NULL ? tensor->mask + t * n : NULL;
    const double *times = job->factors[TIME] + t * rank;
    double *model = room + n * rank;
    const ana_gemm shape = {
        .n_rows = n, .n_inner = rank, .n_columns = n, .transpose_b = true, .alpha = 1.0};
    for (size_t k = 0; k < n * rank; k++) {
        room[k] = job->factors[FIRST][k] * times[k % rank];
    }
    ANA_TRY(ana_linalg_gemm(&shape, room, job->factors[SECOND], model));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; (seen == NULL || seen[i] != 0.0) && j < n; j++) {
            const bool counts = seen == NULL || seen[j] != 0.0;
            const double value = i != j ? r[i] * r[j] + s[i] * s[j] : 0.0;
            const double distance = counts ? value - model[i * n + j] : 0.0;
            *out += distance * distance;
        }
    }
done:
    return status;
}

static ana_status residual_implicit(ntf_job *job, double *out)
{
    ana_status status = ANA_OK;
    const size_t n_times = job->tensor->length[TIME];
    const size_t n_chunks = ntf_n_chunks(n_times);
    ana_status statuses[NTF_CHUNKS] = {ANA_OK};
    double sums[NTF_CHUNKS] = {0.0};
#pragma omp parallel for default(none) num_threads(job->n_threads) schedule(dynamic, 1)            \
    shared(job, statuses, sums, n_chunks, n_times)
    for (size_t chunk = 0; chunk < n_chunks; chunk++) {
        const size_t stop = ntf_chunk_start(n_times, chunk + 1);
        for (size_t t = ntf_chunk_start(n_times, chunk); t < stop; t++) {
            double *room = job->room + chunk * job->room_size;
            statuses[chunk] = statuses[chunk] == ANA_OK ? slice_residual(job, t, room, &sums[chunk])
                                                        : statuses[chunk];
        }
    }
    *out = 0.0;
    for (size_t chunk = 0; chunk < n_chunks; chunk++) {
        ANA_TRY(statuses[chunk]);
        *out += sums[chunk];
    }
done:
    return status;
}

const ntf_backend ntf_affinity_backend = {need_implicit, contract_implicit, mttkrp_implicit,
                                          residual_implicit};
