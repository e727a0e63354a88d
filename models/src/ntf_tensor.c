#include "ntf_tensor.h"

#include "checked.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t ntf_n_chunks(size_t n_rows)
{
    return n_rows < NTF_CHUNKS ? n_rows : NTF_CHUNKS;
}

size_t ntf_chunk_start(size_t n_rows, size_t chunk)
{
    const size_t n_chunks = ntf_n_chunks(n_rows);
    return n_rows / n_chunks * chunk + n_rows % n_chunks * chunk / n_chunks;
}

void ntf_take_columns(const ntf_job *job, size_t run, size_t n, const double *values, double *out)
{
    const size_t n_columns = ntf_columns(job);
    for (size_t i = 0; i < n; i++) {
        memcpy(out + i * job->rank, values + i * n_columns + run * job->rank,
               job->rank * sizeof *out);
    }
}

void ntf_add_partials(const ntf_job *job, size_t n_chunks, size_t n, double *out)
{
    for (size_t chunk = 0; chunk < n_chunks; chunk++) {
        const double *partial = job->room + chunk * job->room_size;
        for (size_t k = 0; k < n; k++) {
            out[k] += partial[k];
        }
    }
}

size_t ana_tensor_n_modes(const ana_tensor *tensor)
{
    return tensor->n_modes;
}

size_t ana_tensor_length(const ana_tensor *tensor, size_t mode)
{
    return tensor->length[mode];
}

bool ana_tensor_is_symmetric(const ana_tensor *tensor)
{
    return tensor->symmetric;
}

double ana_tensor_square(const ana_tensor *tensor)
{
    return tensor->square;
}

void ana_tensor_free(ana_tensor *tensor)
{
    if (tensor == NULL) {
        return;
    }
    free(tensor->owned);
    free(tensor->owned_weights);
    free(tensor->pair);
    free(tensor->mask);
    free(tensor->diagonal);
    free(tensor->span_start);
    free(tensor->traces[0]);
    free(tensor->traces[1]);
    free(tensor->held);
    free(tensor);
}

static ana_status refuse_lengths(size_t n_modes)
{
    return ana_fail(ANA_ERR_SHAPE,
                    "tensor: %zu modes; there are 2 to %d, each of 1 to %d, and together no more "
                    "than memory can hold",
                    n_modes, ANA_TENSOR_MAX_MODES, INT_MAX);
}

ana_status ntf_set_lengths(size_t n_modes, const size_t *lengths, ana_tensor *tensor)
{
    size_t n_values = 1;
    if (n_modes < 2 || n_modes > ANA_TENSOR_MAX_MODES) {
        return refuse_lengths(n_modes);
    }
    tensor->n_modes = n_modes;
    tensor->time_mode = n_modes - 1;
    for (size_t m = 0; m < n_modes; m++) {
        if (lengths[m] == 0 || lengths[m] > INT_MAX ||
            !ana_multiply(n_values, lengths[m], &n_values)) {
            return refuse_lengths(n_modes);
        }
        tensor->length[m] = lengths[m];
    }
    tensor->n_rows = n_values / lengths[n_modes - 1];
    return n_values <= SIZE_MAX / sizeof(double) ? ANA_OK : refuse_lengths(n_modes);
}

/* The sum of squares, in long runs of bounded length so that few digits are lost. */
static double sum_squares(size_t n_rows, size_t n_last, const double *values, const double *weights)
{
    double total = 0.0;
    for (size_t row = 0; row < n_rows; row++) {
        double sum = 0.0;
        for (size_t k = row * n_last; k < (row + 1) * n_last; k++) {
            const double weight = weights != NULL ? weights[k] : 1.0;
            sum += weight > 0.0 ? values[k] * values[k] / weight : 0.0;
        }
        total += sum;
    }
    return total;
}

static ana_status check_values(size_t n, const double *values, const double *weights,
                               bool *has_missing)
{
    for (size_t k = 0; k < n; k++) {
        const double value = values[k];
        const double weight = weights != NULL ? weights[k] : 1.0;
        if (!(weight >= 0.0 && weight <= 1.0)) {
            return ana_fail(ANA_ERR_VALUE, "tensor: weight %zu is %g; weights are 0 to 1", k,
                            weight);
        }
        if (weight > 0.0 && (value < 0.0 || isinf(value))) {
            return ana_fail(ANA_ERR_VALUE,
                            "tensor: value %zu is %g; values are finite and not negative, or NaN "
                            "where missing",
                            k, value);
        }
        *has_missing = *has_missing || weight < 1.0 || isnan(value);
    }
    return ANA_OK;
}

/* Whether slices [i][j] and [j][i] are the same, bit by bit. */
static bool is_symmetric(const ana_tensor *tensor, const double *values)
{
    const size_t n = tensor->length[0];
    const size_t n_last = tensor->length[tensor->n_modes - 1];
    if (tensor->n_modes != 3 || tensor->length[1] != n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (memcmp(values + (i * n + j) * n_last, values + (j * n + i) * n_last,
                       n_last * sizeof *values) != 0) {
                return false;
            }
        }
    }
    return true;
}

/* What is missing becomes 0 of weight 0, the rest is multiplied by its weight. */
static ana_status own_values(const double *values, const double *weights, const ana_run *run,
                             ana_tensor *tensor)
{
    ana_status status = ANA_OK;
    const size_t n = tensor->n_rows * tensor->length[tensor->n_modes - 1];
    const size_t bytes = n <= SIZE_MAX / 16 ? 2 * n * sizeof(double) : SIZE_MAX;
    ANA_TRY(ana_run_check_memory(run, bytes, "tensor with missing entries"));
    ANA_TRY(ana_allocate(n, sizeof(double), "tensor", &tensor->owned));
    ANA_TRY(ana_allocate(n, sizeof(double), "tensor", &tensor->owned_weights));
    for (size_t k = 0; k < n; k++) {
        const double weight = weights != NULL ? weights[k] : 1.0;
        const bool seen = weight > 0.0 && !isnan(values[k]);
        tensor->owned_weights[k] = seen ? weight : 0.0;
        tensor->owned[k] = seen ? weight * values[k] : 0.0;
    }
    tensor->values = tensor->owned;
    tensor->weights = tensor->owned_weights;
    tensor->has_missing = true;
done:
    return status;
}

static ana_status refuse_nothing(void)
{
    return ana_fail(ANA_ERR_VALUE, "tensor: nothing is observed, or all that is observed is 0");
}

ana_status ntf_hand_out(ana_tensor *tensor, ana_tensor **out)
{
    if (!(tensor->square > 0.0)) {
        ana_tensor_free(tensor);
        return refuse_nothing();
    }
    *out = tensor;
    return ANA_OK;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the type of all loaders */
static ana_status load_dense(const ana_tensor *tensor, size_t first, size_t n, double *room,
                             ntf_tile *tile)
{
    const size_t at = first * tensor->length[tensor->n_modes - 1];
    (void)room;
    (void)n;
    *tile = (ntf_tile){.values = tensor->values + at,
                       .weights = tensor->weights != NULL ? tensor->weights + at : NULL};
    return ANA_OK;
}

ana_status ana_tensor_dense(size_t n_modes, const size_t *lengths, const double *values,
                            const double *weights, const ana_run *run, ana_tensor **out)
{
    ana_status status = ANA_OK;
    ana_tensor *tensor = NULL;
    bool has_missing = false;
    ANA_TRY(ana_allocate(1, sizeof *tensor, "tensor", &tensor));
    ANA_TRY(ntf_set_lengths(n_modes, lengths, tensor));
    const size_t n_last = lengths[n_modes - 1];
    ANA_TRY(check_values(tensor->n_rows * n_last, values, weights, &has_missing));
    tensor->backend = &ntf_dense_backend;
    tensor->load = load_dense;
    tensor->in_place = true;
    tensor->values = values;
    tensor->symmetric =
        is_symmetric(tensor, values) && (weights == NULL || is_symmetric(tensor, weights));
    if (has_missing) {
        ANA_TRY(own_values(values, weights, run, tensor));
    }
    tensor->square = sum_squares(tensor->n_rows, n_last, tensor->values, tensor->weights);
    ana_tensor *made = tensor;
    tensor = NULL;
    ANA_TRY(ntf_hand_out(made, out));
done:
    ana_tensor_free(tensor);
    return status;
}

ana_status ntf_list_pairs(size_t n_neurons, ana_tensor *tensor)
{
    ana_status status = ANA_OK;
    ANA_TRY(
        ana_allocate(2 * ana_affinity_n_pairs(n_neurons), sizeof(size_t), "tensor", &tensor->pair));
    for (size_t i = 0, p = 0; i < n_neurons; i++) {
        for (size_t j = i + 1; j < n_neurons; j++, p++) {
            tensor->pair[2 * p] = i;
            tensor->pair[2 * p + 1] = j;
        }
    }
done:
    return status;
}

ana_status ana_tensor_pairs(size_t n_neurons, size_t n_times, const double *values,
                            const ana_run *run, ana_tensor **out)
{
    ana_status status = ANA_OK;
    ana_tensor *tensor = NULL;
    const size_t lengths[] = {n_neurons, n_neurons, n_times};
    ANA_TRY(ana_allocate(1, sizeof *tensor, "tensor", &tensor));
    ANA_TRY(ntf_set_lengths(3, lengths, tensor));
    const size_t n_pairs = ana_affinity_n_pairs(n_neurons);
    ANA_TRY(check_values(n_pairs * n_times, values, NULL, &tensor->has_missing));
    tensor->symmetric = true;
    tensor->values = values;
    tensor->load = ntf_load_pairs;
    if (tensor->has_missing) { /* the model of a pair and of its mirror differ */
        tensor->backend = &ntf_dense_backend;
        ANA_TRY(ntf_survey(tensor, run, false));
    } else {
        tensor->backend = &ntf_pairs_backend;
        tensor->n_rows = n_pairs;
        tensor->square = 2.0 * sum_squares(n_pairs, n_times, values, NULL);
    }
    ANA_TRY(ntf_list_pairs(n_neurons, tensor));
    ana_tensor *made = tensor;
    tensor = NULL;
    ANA_TRY(ntf_hand_out(made, out));
done:
    ana_tensor_free(tensor);
    return status;
}

double ntf_slice_square(size_t n, const double *r, const double *s)
{
    double rr = 0.0;
    double ss = 0.0;
    double rs = 0.0;
    double dd = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double d = r[i] * r[i] + s[i] * s[i];
        rr += r[i] * r[i];
        ss += s[i] * s[i];
        rs += r[i] * s[i];
        dd += d * d;
    }
    return rr * rr + ss * ss + 2.0 * rs * rs - dd;
}

static ana_status find_spans(ana_tensor *tensor)
{
    ana_status status = ANA_OK;
    const size_t n = tensor->length[0];
    const size_t n_times = tensor->length[2];
    ANA_TRY(ana_allocate(n_times + 1, sizeof(size_t), "tensor", &tensor->span_start));
    for (size_t t = 0; t < n_times; t++) {
        if (t == 0 || memcmp(tensor->mask + t * n, tensor->mask + (t - 1) * n,
                             n * sizeof *tensor->mask) != 0) {
            tensor->span_start[tensor->n_spans++] = t;
        }
    }
    tensor->span_start[tensor->n_spans] = n_times;
done:
    return status;
}

/* Own copies of r and s, 0 where missing. */
static ana_status mask_traces(const ana_affinity *affinity, const double *mask, ana_tensor *tensor)
{
    ana_status status = ANA_OK;
    const size_t size = affinity->n_neurons * affinity->n_times;
    for (size_t part = 0; part < 2; part++) {
        const double *from = part == 0 ? affinity->rising : affinity->falling;
        ANA_TRY(ana_allocate(size, sizeof(double), "tensor", &tensor->traces[part]));
        for (size_t k = 0; k < size; k++) {
            tensor->traces[part][k] = mask[k] * from[k];
        }
    }
    tensor->rising = tensor->traces[0];
    tensor->falling = tensor->traces[1];
done:
    return status;
}

ana_status ntf_make_implicit(const ana_affinity *affinity, double *mask, ana_tensor **out)
{
    ana_status status = ANA_OK;
    ana_tensor *tensor = NULL;
    const size_t n = affinity->n_neurons;
    const size_t lengths[] = {n, n, affinity->n_times};
    status = ana_allocate(1, sizeof *tensor, "tensor", &tensor);
    if (status != ANA_OK) {
        free(mask);
        return status;
    }
    tensor->mask = mask;
    ANA_TRY(ntf_set_lengths(3, lengths, tensor));
    const size_t size = n * affinity->n_times;
    tensor->backend = &ntf_affinity_backend;
    tensor->load = ntf_load_affinity;
    tensor->affinity = affinity;
    tensor->symmetric = true;
    tensor->has_missing = mask != NULL;
    ANA_TRY(ana_allocate(size, sizeof(double), "tensor", &tensor->diagonal));
    tensor->rising = affinity->rising;
    tensor->falling = affinity->falling;
    if (mask != NULL) {
        ANA_TRY(mask_traces(affinity, mask, tensor));
    }
    for (size_t k = 0; k < size; k++) {
        const double r = tensor->rising[k];
        const double s = tensor->falling[k];
        tensor->diagonal[k] = r * r + s * s;
    }
    if (mask != NULL) {
        ANA_TRY(find_spans(tensor));
    }
    for (size_t t = 0; t < affinity->n_times; t++) {
        tensor->square += ntf_slice_square(n, tensor->rising + t * n, tensor->falling + t * n);
    }
    ana_tensor *made = tensor;
    tensor = NULL;
    ANA_TRY(ntf_hand_out(made, out));
done:
    ana_tensor_free(tensor);
    return status;
}

ana_status ana_tensor_affinity(const ana_affinity *affinity, ana_tensor **out)
{
    ana_status status = ANA_OK;
    double *mask = NULL;
    const size_t size = affinity->n_neurons * affinity->n_times;
    if (!affinity->factored) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "tensor: this kernel has no factored form; materialise the affinities");
    }
    if (affinity->observed != NULL) {
        ANA_TRY(ana_allocate(size, sizeof *mask, "tensor", &mask));
        memcpy(mask, affinity->observed, size * sizeof *mask);
    }
    ANA_TRY(ntf_make_implicit(affinity, mask, out));
done:
    return status;
}
