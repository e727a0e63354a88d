/* Rows of the whole array, however a tensor is at hand: made from pairs, traces or floats, or read
 * from elsewhere. */
#include "memory.h"
#include "ntf_tensor.h"
#include "pairs.h"
#include "try.h"
#include "workspace.h"

#include <float.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Numbers of a tile that stay in a processor's cache. */
enum {
    TILE_NUMBERS = 1 << 18,
    LEAST_TILE = 8
};

size_t ntf_tile_rows(size_t n_last)
{
    const size_t n = TILE_NUMBERS / n_last;
    return n < LEAST_TILE ? LEAST_TILE : n > NTF_TILE ? NTF_TILE : n;
}

static size_t last_length(const ana_tensor *tensor)
{
    return tensor->length[tensor->n_modes - 1];
}

size_t ntf_n_whole_rows(const ana_tensor *tensor)
{
    size_t n = 1;
    for (size_t m = 0; m + 1 < tensor->n_modes; m++) {
        n *= tensor->length[m];
    }
    return n;
}

void ntf_tile_of(size_t n, double *room, ntf_tile *tile)
{
    double *weights = room + n;
    size_t n_missing = 0;
    for (size_t k = 0; k < n; k++) {
        n_missing += isnan(room[k]) ? 1 : 0;
    }
    *tile = (ntf_tile){.values = room};
    for (size_t k = 0; n_missing > 0 && k < n; k++) {
        weights[k] = isnan(room[k]) ? 0.0 : 1.0;
        room[k] = isnan(room[k]) ? 0.0 : room[k];
    }
    tile->weights = n_missing > 0 ? weights : NULL;
}

/* 0, or missing at times when all pairs of the neuron are. */
static void load_diagonal(const ana_tensor *tensor, size_t neuron, double *out)
{
    const size_t n_last = last_length(tensor);
    const size_t n = tensor->length[0];
    for (size_t t = 0; t < n_last; t++) {
        bool seen = !tensor->has_missing;
        for (size_t j = 0; j < n && !seen; j++) {
            seen = j != neuron && !isnan(tensor->values[pairs_place_of(n, neuron, j) * n_last + t]);
        }
        out[t] = seen ? 0.0 : (double)NAN;
    }
}

ana_status ntf_load_pairs(const ana_tensor *tensor, size_t first, size_t n, double *room,
                          ntf_tile *tile)
{
    const size_t n_last = last_length(tensor);
    const size_t n_neurons = tensor->length[0];
    for (size_t k = 0; k < n; k++) {
        const size_t i = (first + k) / n_neurons;
        const size_t j = (first + k) % n_neurons;
        const size_t pair = i != j ? pairs_place_of(n_neurons, i, j) : 0;
        if (i == j) {
            load_diagonal(tensor, i, room + k * n_last);
        } else {
            memcpy(room + k * n_last, tensor->values + pair * n_last, n_last * sizeof *room);
        }
    }
    ntf_tile_of(n * n_last, room, tile);
    return ANA_OK;
}

ana_status ntf_load_affinity(const ana_tensor *tensor, size_t first, size_t n, double *room,
                             ntf_tile *tile)
{
    const size_t n_last = last_length(tensor);
    const size_t n_neurons = tensor->length[0];
    for (size_t t = 0; t < n_last; t++) {
        const double *r = tensor->rising + t * n_neurons;
        const double *s = tensor->falling + t * n_neurons;
        const double *seen = tensor->mask != NULL ? tensor->mask + t * n_neurons : NULL;
        for (size_t k = 0; k < n; k++) {
            const size_t i = (first + k) / n_neurons;
            const size_t j = (first + k) % n_neurons;
            const bool missing = seen != NULL && seen[i] * seen[j] == 0.0;
            const double value = i != j ? r[i] * r[j] + s[i] * s[j] : 0.0;
            room[k * n_last + t] = missing ? (double)NAN : value;
        }
    }
    ntf_tile_of(n * n_last, room, tile);
    return ANA_OK;
}

static ana_status load_floats(const ana_tensor *tensor, size_t first, size_t n, double *room,
                              ntf_tile *tile)
{
    const size_t n_last = last_length(tensor);
    const float *values = tensor->floats + first * n_last;
    const double *given = tensor->given_weights;
    for (size_t k = 0; k < n * n_last; k++) {
        room[k] = (double)values[k];
    }
    if (given == NULL && !tensor->has_missing) {
        *tile = (ntf_tile){.values = room};
        return ANA_OK;
    }
    for (size_t k = 0; given != NULL && k < n * n_last; k++) {
        room[k] = given[first * n_last + k] > 0.0 ? room[k] : (double)NAN;
    }
    ntf_tile_of(n * n_last, room, tile);
    double *weights = room + n * n_last;
    for (size_t k = 0; given != NULL && k < n * n_last; k++) {
        const double seen = tile->weights != NULL ? weights[k] : 1.0;
        weights[k] = seen * given[first * n_last + k];
        room[k] *= weights[k];
    }
    tile->weights = given != NULL ? weights : tile->weights;
    return ANA_OK;
}

static ana_status load_stream(const ana_tensor *tensor, size_t first, size_t n, double *room,
                              ntf_tile *tile)
{
    const ana_status status = tensor->read(tensor->user, first, n, room);
    if (status == ANA_OK) {
        ntf_tile_of(n * last_length(tensor), room, tile);
    }
    return status;
}

/* What one chunk of rows comes to. */
typedef struct finding {
    ntf_outcome outcome;
    double square;
    bool has_missing;
    bool bad; /* the first value that is negative or infinite */
    size_t bad_at;
    double bad_value;
} finding;

typedef struct survey {
    const ana_tensor *tensor;
    size_t n_rows;
    double *room;    /* of each thread, 2 x tile x last */
    uint64_t *marks; /* of each row's bits; NULL: not asked for */
    finding chunks[NTF_CHUNKS];
} survey;

/* Of the bits of a row's values and weights, after FNV-1a. */
static uint64_t mark_of(size_t n, const double *values, const double *weights)
{
    uint64_t mark = 14695981039346656037ULL;
    for (size_t k = 0; k < 2 * n; k++) {
        const double weight = weights != NULL ? weights[k % n] : 1.0;
        const double number = k < n ? values[k] : weight;
        uint64_t bits = 0;
        memcpy(&bits, &number, sizeof bits);
        mark = (mark ^ bits) * 1099511628211ULL;
        mark ^= mark >> 29;
    }
    return mark;
}

static void note_row(size_t row, size_t n_last, const double *values, const double *weights,
                     finding *found)
{
    double sum = 0.0;
    for (size_t k = 0; k < n_last; k++) {
        const double weight = weights != NULL ? weights[k] : 1.0;
        const double value = weight > 0.0 ? values[k] : 0.0;
        if (!found->bad && !(value >= 0.0 && value <= DBL_MAX)) {
            found->bad = true;
            found->bad_at = row * n_last + k;
            found->bad_value = value / weight;
        }
        sum += weight > 0.0 ? value * value / weight : 0.0;
        found->has_missing = found->has_missing || weight < 1.0;
    }
    found->square += sum;
}

static void note_tile(const survey *self, const ntf_tile *tile, size_t first, size_t n,
                      finding *found)
{
    const size_t n_last = last_length(self->tensor);
    for (size_t k = 0; k < n; k++) {
        const double *values = tile->values + k * n_last;
        const double *weights = tile->weights != NULL ? tile->weights + k * n_last : NULL;
        note_row(first + k, n_last, values, weights, found);
        if (self->marks != NULL) {
            self->marks[first + k] = mark_of(n_last, values, weights);
        }
    }
}

static ana_status survey_chunk(const survey *self, size_t chunk, double *room, finding *found)
{
    ana_status status = ANA_OK;
    const size_t n_tile = ntf_tile_rows(last_length(self->tensor));
    const size_t stop = ntf_chunk_start(self->n_rows, chunk + 1);
    for (size_t row = ntf_chunk_start(self->n_rows, chunk); row < stop; row += n_tile) {
        const size_t n = stop - row < n_tile ? stop - row : n_tile;
        ntf_tile tile = {NULL};
        ANA_TRY(self->tensor->load(self->tensor, row, n, room, &tile));
        note_tile(self, &tile, row, n, found);
    }
done:
    return status;
}

static bool rows_are_symmetric(const survey *self)
{
    const size_t n = self->tensor->length[0];
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (self->marks[i * n + j] != self->marks[j * n + i]) {
                return false;
            }
        }
    }
    return true;
}

static ana_status conclude(const survey *self, ana_tensor *tensor)
{
    ana_status status = ANA_OK;
    tensor->has_missing = false;
    for (size_t chunk = 0; chunk < ntf_n_chunks(self->n_rows); chunk++) {
        const finding *found = &self->chunks[chunk];
        ANA_TRY(ntf_outcome_status(&found->outcome));
        if (found->bad) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE,
                             "tensor: value %zu is %g; values are finite and not negative, or NaN "
                             "where missing",
                             found->bad_at, found->bad_value));
        }
        tensor->square += found->square;
        tensor->has_missing = tensor->has_missing || found->has_missing;
    }
    tensor->symmetric = self->marks != NULL ? rows_are_symmetric(self) : tensor->symmetric;
done:
    return status;
}

ana_status ntf_survey(ana_tensor *tensor, const ana_run *run, bool looks_for_symmetry)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    survey self = {.tensor = tensor, .n_rows = ntf_n_whole_rows(tensor)};
    const size_t size = 2 * ntf_tile_rows(last_length(tensor)) * last_length(tensor);
    const size_t n_chunks = ntf_n_chunks(self.n_rows);
    const int n_threads = ana_run_threads(run, n_chunks);
    self.room = ana_workspace_doubles(&workspace, (size_t)n_threads, size);
    if (looks_for_symmetry && tensor->n_modes == 3 && tensor->length[0] == tensor->length[1]) {
        self.marks = ana_workspace_bytes(&workspace, self.n_rows, 1, sizeof *self.marks);
    }
    ANA_TRY(ana_workspace_check(&workspace, "tensor"));
    tensor->square = 0.0;
#pragma omp parallel for default(none) num_threads(n_threads) schedule(dynamic, 1)                 \
    shared(self, size, n_chunks)
    for (size_t chunk = 0; chunk < n_chunks; chunk++) {
        double *room = self.room + (size_t)omp_get_thread_num() * size;
        finding *found = &self.chunks[chunk];
        ntf_note(&found->outcome, survey_chunk(&self, chunk, room, found));
    }
    ANA_TRY(conclude(&self, tensor));
done:
    ana_workspace_release(&workspace);
    return status;
}

void ntf_note(ntf_outcome *outcome, ana_status status)
{
    outcome->status = status;
    if (status != ANA_OK) {
        (void)snprintf(outcome->sentence, sizeof outcome->sentence, "%s", ana_last_error());
    }
}

ana_status ntf_outcome_status(const ntf_outcome *outcome)
{
    return outcome->status == ANA_OK ? ANA_OK : ana_fail(outcome->status, "%s", outcome->sentence);
}

static ana_status check_weights(size_t n, const double *weights)
{
    for (size_t k = 0; weights != NULL && k < n; k++) {
        if (!(weights[k] >= 0.0 && weights[k] <= 1.0)) {
            return ana_fail(ANA_ERR_VALUE, "tensor: weight %zu is %g; weights are 0 to 1", k,
                            weights[k]);
        }
    }
    return ANA_OK;
}

ana_status ana_tensor_floats(size_t n_modes, const size_t *lengths, const float *values,
                             const double *weights, const ana_run *run, ana_tensor **out)
{
    ana_status status = ANA_OK;
    ana_tensor *tensor = NULL;
    ANA_TRY(ana_allocate(1, sizeof *tensor, "tensor", &tensor));
    ANA_TRY(ntf_set_lengths(n_modes, lengths, tensor));
    ANA_TRY(check_weights(tensor->n_rows * last_length(tensor), weights));
    tensor->backend = &ntf_dense_backend;
    tensor->load = load_floats;
    tensor->floats = values;
    tensor->given_weights = weights;
    tensor->has_missing = true; /* until it is known */
    ANA_TRY(ntf_survey(tensor, run, true));
    ana_tensor *made = tensor;
    tensor = NULL;
    ANA_TRY(ntf_hand_out(made, out));
done:
    ana_tensor_free(tensor);
    return status;
}

ana_status ana_tensor_stream(size_t n_modes, const size_t *lengths, ana_tensor_reader read,
                             void *user, const ana_run *run, ana_tensor **out)
{
    ana_status status = ANA_OK;
    ana_tensor *tensor = NULL;
    ANA_TRY(ana_allocate(1, sizeof *tensor, "tensor", &tensor));
    ANA_TRY(ntf_set_lengths(n_modes, lengths, tensor));
    tensor->backend = &ntf_dense_backend;
    tensor->load = load_stream;
    tensor->read = read;
    tensor->user = user;
    ANA_TRY(ntf_survey(tensor, run, true));
    ana_tensor *made = tensor;
    tensor = NULL;
    ANA_TRY(ntf_hand_out(made, out));
done:
    ana_tensor_free(tensor);
    return status;
}
