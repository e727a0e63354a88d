/* Affinities of several animals as a tensor of animals, pairs and times that is never made. For a
 * component, a sum over times is R' diag(f) R, a sum over pairs the row products of R F and R. What
 * an animal lacks it lacks throughout, so that sums over missing pairs need no times. */
#include "memory.h"
#include "ntf_tensor.h"
#include "try.h"

#include <analysis/linalg.h>

#include <stdlib.h>
#include <string.h>

enum {
    ANIMAL,
    PAIR,
    TIME
};

static ntf_need need_animals(const ana_tensor *tensor, size_t n_columns, size_t rank)
{
    const size_t n = tensor->n_neurons;
    const size_t n_times = tensor->length[TIME];
    const size_t filling = 3 * rank * rank;
    ntf_need need = {.kept = tensor->n_rows * n_columns,
                     .room = n_times * n + n * n + n_columns + filling};
    return need;
}

/* Of animal w: the T x N array r, or s. */
static const double *array_of(const ana_tensor *tensor, size_t animal, size_t part)
{
    const double *arrays = part == 0 ? tensor->rising : tensor->falling;
    return arrays + animal * tensor->length[TIME] * tensor->n_neurons;
}

/* kept of animal and column: sum over times of the affinities, by the factor of time. */
static ana_status sum_times(ntf_job *job, size_t animal, size_t column, double *room)
{
    ana_status status = ANA_OK;
    const ana_tensor *tensor = job->tensor;
    const size_t n = tensor->n_neurons;
    const size_t n_times = tensor->length[TIME];
    const size_t n_columns = ntf_columns(job);
    double *square = room + n_times * n;
    for (size_t part = 0; part < 2; part++) {
        const double *values = array_of(tensor, animal, part);
        const ana_gemm shape = {.n_rows = n,
                                .n_inner = n_times,
                                .n_columns = n,
                                .transpose_a = true,
                                .alpha = 1.0,
                                .beta = part == 0 ? 0.0 : 1.0};
        for (size_t k = 0; k < n_times * n; k++) {
            room[k] = values[k] * job->factors[TIME][k / n * n_columns + column];
        }
        ANA_TRY(ana_linalg_gemm(&shape, values, room, square));
    }
    for (size_t i = 0, p = animal * tensor->length[PAIR]; i < n; i++) {
        for (size_t j = i + 1; j < n; j++, p++) {
            job->kept[p * n_columns + column] = square[i * n + j];
        }
    }
done:
    return status;
}

/* out[t] of a column += the animal's share times the sum over pairs. */
static ana_status sum_pairs(const ntf_job *job, size_t animal, size_t column, double *room,
                            double *out)
{
    ana_status status = ANA_OK;
    const ana_tensor *tensor = job->tensor;
    const size_t n = tensor->n_neurons;
    const size_t n_times = tensor->length[TIME];
    const size_t n_columns = ntf_columns(job);
    const double share = job->factors[ANIMAL][animal * n_columns + column];
    double *square = room + n_times * n;
    for (size_t i = 0, p = 0; i < n; i++) {
        square[i * n + i] = 0.0;
        for (size_t j = i + 1; j < n; j++, p++) {
            square[i * n + j] = 0.5 * job->factors[PAIR][p * n_columns + column];
            square[j * n + i] = square[i * n + j];
        }
    }
    for (size_t part = 0; part < 2; part++) {
        const double *values = array_of(tensor, animal, part);
        ANA_TRY(ana_linalg_multiply(n_times, n, n, values, square, room));
        for (size_t t = 0; t < n_times; t++) {
            double sum = 0.0;
            for (size_t i = 0; i < n; i++) {
                sum += room[t * n + i] * values[t * n + i];
            }
            out[t * n_columns + column] += share * sum;
        }
    }
done:
    return status;
}

static bool lacks(const ana_tensor *tensor, size_t animal, size_t pair)
{
    const double *mask = tensor->mask + animal * tensor->n_neurons;
    return mask[tensor->pair[2 * pair]] * mask[tensor->pair[2 * pair + 1]] == 0.0;
}

/* Of a run: the products of its factors' entries over the missing pairs (h), and over time (f). */
static void sum_missing(const ntf_job *job, size_t run, double *h, double *f)
{
    const ana_tensor *tensor = job->tensor;
    const size_t rank = job->rank;
    const size_t n_columns = ntf_columns(job);
    memset(h, 0, rank * rank * sizeof *h);
    memset(f, 0, rank * rank * sizeof *f);
    for (size_t row = 0; row < tensor->n_rows; row++) {
        const size_t animal = row / tensor->length[PAIR];
        const size_t pair = row % tensor->length[PAIR];
        const double *a = job->factors[ANIMAL] + animal * n_columns + run * rank;
        const double *b = job->factors[PAIR] + pair * n_columns + run * rank;
        for (size_t r = 0; lacks(tensor, animal, pair) && r < rank; r++) {
            for (size_t q = 0; q < rank; q++) {
                h[r * rank + q] += a[r] * b[r] * a[q] * b[q];
            }
        }
    }
    for (size_t t = 0; t < tensor->length[TIME]; t++) {
        const double *row = job->factors[TIME] + t * n_columns + run * rank;
        for (size_t r = 0; r < rank; r++) {
            for (size_t q = 0; q < rank; q++) {
                f[r * rank + q] += row[r] * row[q];
            }
        }
    }
}

/* kept of missing pairs = what the run's model says of them. */
static void fill_kept(ntf_job *job, size_t run, double *room)
{
    const ana_tensor *tensor = job->tensor;
    const size_t rank = job->rank;
    const size_t n_columns = ntf_columns(job);
    double *h = room;
    double *f = room + rank * rank;
    sum_missing(job, run, h, f);
    job->filled[run] = 0.0;
    for (size_t k = 0; k < rank * rank; k++) {
        job->filled[run] += h[k] * f[k];
    }
    for (size_t row = 0; row < tensor->n_rows; row++) {
        const size_t animal = row / tensor->length[PAIR];
        const size_t pair = row % tensor->length[PAIR];
        const double *a = job->factors[ANIMAL] + animal * n_columns + run * rank;
        const double *b = job->factors[PAIR] + pair * n_columns + run * rank;
        double *kept = job->kept + row * n_columns + run * rank;
        for (size_t k = 0; lacks(tensor, animal, pair) && k < rank * rank; k++) {
            kept[k % rank] += a[k / rank] * b[k / rank] * f[k];
        }
    }
}

/* The factor of time of what is missing. */
static void fill_times(const ntf_job *job, size_t run, double *room, double *out)
{
    const size_t rank = job->rank;
    const size_t n_columns = ntf_columns(job);
    sum_missing(job, run, room, room + rank * rank);
    for (size_t t = 0; t < job->tensor->length[TIME]; t++) {
        const double *row = job->factors[TIME] + t * n_columns + run * rank;
        double *own = out + t * n_columns + run * rank;
        for (size_t r = 0; r < rank; r++) {
            for (size_t q = 0; q < rank; q++) {
                own[q] += row[r] * room[r * rank + q];
            }
        }
    }
}

/* Items (columns, or runs) of a slot: those that leave its number when divided. */
static ana_status contract_slot(ntf_job *job, size_t slot)
{
    ana_status status = ANA_OK;
    double *room = job->room + slot * job->room_size;
    const size_t n_animals = job->tensor->length[ANIMAL];
    for (size_t k = slot; k < n_animals * ntf_columns(job); k += NTF_CHUNKS) {
        ANA_TRY(sum_times(job, k % n_animals, k / n_animals, room));
    }
done:
    return status;
}

static ana_status times_slot(ntf_job *job, size_t slot, double *out)
{
    ana_status status = ANA_OK;
    double *room = job->room + slot * job->room_size;
    for (size_t column = slot; column < ntf_columns(job); column += NTF_CHUNKS) {
        for (size_t animal = 0; animal < job->tensor->length[ANIMAL]; animal++) {
            ANA_TRY(sum_pairs(job, animal, column, room, out));
        }
    }
done:
    return status;
}

static ana_status first_failure(const ana_status *statuses)
{
    for (size_t slot = 0; slot < NTF_CHUNKS; slot++) {
        if (statuses[slot] != ANA_OK) {
            return ana_fail(statuses[slot], "tensor: a product failed");
        }
    }
    return ANA_OK;
}

static ana_status contract_animals(ntf_job *job)
{
    ana_status statuses[NTF_CHUNKS] = {ANA_OK};
#pragma omp parallel for default(none) num_threads(job->n_threads) schedule(dynamic, 1)            \
    shared(job, statuses)
    for (size_t slot = 0; slot < NTF_CHUNKS; slot++) {
        statuses[slot] = contract_slot(job, slot);
    }
    memset(job->filled, 0, job->n_runs * sizeof *job->filled);
#pragma omp parallel for default(none) num_threads(job->n_threads) schedule(static) shared(job)
    for (size_t slot = 0; slot < NTF_CHUNKS; slot++) {
        for (size_t run = slot; job->fills && run < job->n_runs; run += NTF_CHUNKS) {
            fill_kept(job, run, job->room + slot * job->room_size);
        }
    }
    return first_failure(statuses);
}

static ana_status mttkrp_animals(ntf_job *job, size_t mode, double *out)
{
    if (mode != TIME) {
        ntf_gather(job, mode, out);
        return ANA_OK;
    }
    ana_status statuses[NTF_CHUNKS] = {ANA_OK};
    memset(out, 0, job->tensor->length[TIME] * ntf_columns(job) * sizeof *out);
#pragma omp parallel for default(none) num_threads(job->n_threads) schedule(dynamic, 1)            \
    shared(job, statuses, out)
    for (size_t slot = 0; slot < NTF_CHUNKS; slot++) {
        statuses[slot] = times_slot(job, slot, out);
    }
#pragma omp parallel for default(none) num_threads(job->n_threads) schedule(static) shared(job, out)
    for (size_t slot = 0; slot < NTF_CHUNKS; slot++) {
        for (size_t run = slot; job->fills && run < job->n_runs; run += NTF_CHUNKS) {
            fill_times(job, run, job->room + slot * job->room_size, out);
        }
    }
    return first_failure(statuses);
}

static const ntf_backend backend = {need_animals, contract_animals, mttkrp_animals, NULL};

/* The arrays of one animal; neurons seen in part are left out. */
static void copy_animal(const ana_affinity *affinity, size_t animal, ana_tensor *tensor)
{
    const size_t n = tensor->n_neurons;
    const size_t n_times = tensor->length[TIME];
    double *mask = tensor->mask + animal * n;
    for (size_t i = 0; i < n; i++) {
        mask[i] = 1.0;
        for (size_t t = 0; affinity->observed != NULL && t < n_times; t++) {
            mask[i] = affinity->observed[t * n + i] == 0.0 ? 0.0 : mask[i];
        }
        tensor->has_missing = tensor->has_missing || mask[i] == 0.0;
    }
    for (size_t k = 0; k < n_times * n; k++) {
        tensor->rising[animal * n_times * n + k] = mask[k % n] * affinity->rising[k];
        tensor->falling[animal * n_times * n + k] = mask[k % n] * affinity->falling[k];
    }
}

/* Half of what the slices without diagonal sum to, animal by animal. */
static double square_of(const ana_tensor *tensor)
{
    const size_t n = tensor->n_neurons;
    double total = 0.0;
    for (size_t row = 0; row < tensor->length[ANIMAL] * tensor->length[TIME]; row++) {
        total += 0.5 * ntf_slice_square(n, tensor->rising + row * n, tensor->falling + row * n);
    }
    return total;
}

static ana_status check_animals(size_t n_animals, const ana_affinity *const *affinities)
{
    for (size_t w = 0; w < n_animals; w++) {
        if (!affinities[w]->factored) {
            return ana_fail(ANA_ERR_UNSUPPORTED, "tensor: the kernel has no factored form");
        }
        if (affinities[w]->n_neurons != affinities[0]->n_neurons ||
            affinities[w]->n_times != affinities[0]->n_times) {
            return ana_fail(ANA_ERR_SHAPE,
                            "tensor: animal %zu has %zu neurons at %zu times, the first %zu at %zu",
                            w, affinities[w]->n_neurons, affinities[w]->n_times,
                            affinities[0]->n_neurons, affinities[0]->n_times);
        }
    }
    return n_animals > 0 ? ANA_OK : ana_fail(ANA_ERR_SHAPE, "tensor: no animals");
}

ana_status ana_tensor_animals(size_t n_animals, const ana_affinity *const *affinities,
                              const ana_run *run, ana_tensor **out)
{
    ana_status status = ANA_OK;
    ana_tensor *tensor = NULL;
    ANA_TRY(check_animals(n_animals, affinities));
    const size_t n = affinities[0]->n_neurons;
    const size_t n_times = affinities[0]->n_times;
    const size_t lengths[] = {n_animals, ana_affinity_n_pairs(n), n_times};
    const double bytes = 16.0 * (double)n_animals * (double)n * (double)n_times;
    ANA_TRY(ana_run_check_memory(run, bytes < 1e18 ? (size_t)bytes : SIZE_MAX,
                                 "tensor of several animals"));
    ANA_TRY(ana_allocate(1, sizeof *tensor, "tensor", &tensor));
    ANA_TRY(ntf_set_lengths(3, lengths, tensor));
    tensor->backend = &backend;
    tensor->n_neurons = n;
    ANA_TRY(ana_allocate(n_animals * n_times * n, sizeof(double), "tensor", &tensor->rising));
    ANA_TRY(ana_allocate(n_animals * n_times * n, sizeof(double), "tensor", &tensor->falling));
    ANA_TRY(ana_allocate(n_animals * n, sizeof(double), "tensor", &tensor->mask));
    ANA_TRY(ntf_list_pairs(n, tensor));
    for (size_t w = 0; w < n_animals; w++) {
        copy_animal(affinities[w], w, tensor);
    }
    tensor->square = square_of(tensor);
    ana_tensor *made = tensor;
    tensor = NULL;
    ANA_TRY(ntf_hand_out(made, out));
done:
    ana_tensor_free(tensor);
    return status;
}
