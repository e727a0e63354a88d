#include "ntf_divergence.h"

#include "try.h"
#include "vec.h"

#include <analysis/linalg.h>

#include <math.h>
#include <omp.h>
#include <string.h>

/* No model says less than this: powers of it stay finite. */
static const double least_model = 1e-100;

/* Readings of fewer operations are done before threads have begun. */
static const double least_work = 1e5;

static size_t last_mode(const ana_tensor *tensor)
{
    return tensor->n_modes - 1;
}

/* Lengths of the modes that are wanted together. */
static size_t wanted_length(const ana_tensor *tensor, bool all)
{
    size_t sum = 0;
    size_t longest = 0;
    for (size_t m = 0; m < tensor->n_modes; m++) {
        sum += tensor->length[m];
        longest = tensor->length[m] > longest ? tensor->length[m] : longest;
    }
    return all ? sum : longest;
}

static size_t room_size_of(const ana_tensor *tensor, size_t rank, size_t n_subjects, bool all)
{
    return n_subjects * (2 * wanted_length(tensor, all) * rank + 1);
}

static size_t scratch_size_of(const ana_tensor *tensor, size_t rank)
{
    const size_t n_last = tensor->length[last_mode(tensor)];
    const size_t n_tile = ntf_tile_rows(n_last);
    return (tensor->in_place ? 3 : 5) * n_tile * n_last + (2 * n_tile + 1) * rank;
}

double ntf_reading_bytes(const ana_tensor *tensor, const ana_run *run, size_t rank,
                         size_t n_subjects, bool all)
{
    return 8.0 * (NTF_CHUNKS * (double)room_size_of(tensor, rank, n_subjects, all) +
                  (double)ana_run_threads(run, NTF_CHUNKS) * (double)scratch_size_of(tensor, rank));
}

ana_status ntf_reading_new(const ana_tensor *tensor, const ana_run *run, size_t rank,
                           size_t n_subjects, bool all, ana_workspace *workspace, ntf_reading *out)
{
    ana_status status = ANA_OK;
    const double bytes = ntf_reading_bytes(tensor, run, rank, n_subjects, all);
    *out = (ntf_reading){.tensor = tensor,
                         .rank = rank,
                         .room_size = room_size_of(tensor, rank, n_subjects, all),
                         .scratch_size = scratch_size_of(tensor, rank)};
    const double work = (double)(rank * n_subjects) * (double)ntf_n_whole_rows(tensor) *
                        (double)tensor->length[last_mode(tensor)];
    out->n_threads = work < least_work ? 1 : ana_run_threads(run, NTF_CHUNKS);
    ANA_TRY(ana_run_check_memory(run, bytes < 1e18 ? (size_t)bytes : SIZE_MAX,
                                 "factorisation: models and products"));
    out->room = ana_workspace_doubles(workspace, NTF_CHUNKS, out->room_size);
    out->scratch = ana_workspace_doubles(workspace, (size_t)out->n_threads, out->scratch_size);
    ANA_TRY(ana_workspace_check(workspace, "ntf"));
done:
    return status;
}

/* The room of one chunk, and but for `sums` of its thread. */
typedef struct rooms {
    double *p;       /* tile x last: the model, then P */
    double *q;       /* tile x last */
    double *power;   /* tile x last */
    double *load;    /* 2 x tile x last, unless in place */
    double *rows;    /* tile x rank */
    double *out;     /* tile x rank */
    double *product; /* rank */
    double *sums;    /* of each subject: its value, and two of each wanted mode */
} rooms;

static rooms room_of(const ntf_reading *self, size_t chunk)
{
    const size_t n_last = self->tensor->length[last_mode(self->tensor)];
    const size_t n_tile = ntf_tile_rows(n_last);
    rooms room = {.sums = self->room + chunk * self->room_size,
                  .p = self->scratch + (size_t)omp_get_thread_num() * self->scratch_size};
    room.q = room.p + n_tile * n_last;
    room.power = room.q + n_tile * n_last;
    room.load = room.power + n_tile * n_last;
    room.rows = room.load + (self->tensor->in_place ? 0 : 2 * n_tile * n_last);
    room.out = room.rows + n_tile * self->rank;
    room.product = room.out + n_tile * self->rank;
    return room;
}

static bool is_wanted(const ntf_subject *subject, size_t mode)
{
    return subject->up[mode] != NULL;
}

/* Where the sums of subject k begin: its value, then up and down of each wanted mode. */
static double *sums_of(const ntf_reading *self, const rooms *room, size_t k)
{
    size_t size = 1;
    for (size_t m = 0; m < self->tensor->n_modes; m++) {
        size += is_wanted(&self->subjects[0], m) ? 2 * self->tensor->length[m] * self->rank : 0;
    }
    return room->sums + k * size;
}

/* Rows of the Khatri-Rao product of all factors but the last and that of `left_out`. */
static void multiply_rows(const ntf_reading *self, const ntf_subject *subject, size_t row,
                          size_t left_out, double *out)
{
    for (size_t r = 0; r < self->rank; r++) {
        out[r] = 1.0;
    }
    for (size_t m = last_mode(self->tensor); m-- > 0;) {
        const size_t n = self->tensor->length[m];
        const double *factor = subject->factors[m] + row % n * self->rank;
        row /= n;
        for (size_t r = 0; m != left_out && r < self->rank; r++) {
            out[r] *= factor[r];
        }
    }
}

static size_t index_of(const ana_tensor *tensor, size_t row, size_t mode)
{
    for (size_t m = last_mode(tensor) - 1; m > mode; m--) {
        row /= tensor->length[m];
    }
    return row % tensor->length[mode];
}

/* power = y^(b - 2), of the n values of the model in p, which are made no less than what they may
 * be. q holds their logarithms where those are needed. */
static void raise_model(double beta, bool wants_value, size_t n, const rooms *room)
{
    for (size_t k = 0; k < n; k++) {
        room->p[k] = room->p[k] > least_model ? room->p[k] : least_model;
    }
    if ((beta != 1.0 && beta != 0.0) || wants_value) {
        ana_vec_log(n, room->p, room->q);
    }
    for (size_t k = 0; k < n; k++) {
        const double inverse = 1.0 / room->p[k];
        room->power[k] = beta == 1.0   ? inverse
                         : beta == 0.0 ? inverse * inverse
                                       : (beta - 2.0) * room->q[k];
    }
    if (beta != 1.0 && beta != 0.0) {
        ana_vec_exp(n, room->power, room->power);
    }
}

/* P and Q of a tile; returns its part of the divergence that the model changes. */
static double weigh_tile(double beta, size_t n, const ntf_tile *tile, const rooms *room)
{
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        const double weight = tile->weights != NULL ? tile->weights[k] : 1.0;
        const double x = tile->values[k]; /* times its weight */
        const double y = room->p[k];
        const double p = x > 0.0 ? x * room->power[k] : 0.0;
        const double q = weight > 0.0 ? weight * y * room->power[k] : 0.0;
        if (beta == 1.0) {
            sum += weight * y - x * room->q[k];
        } else if (beta == 0.0) {
            sum += p * y + weight * room->q[k];
        } else {
            sum += q * y / beta - p * y / (beta - 1.0);
        }
        room->p[k] = p;
        room->q[k] = q;
    }
    return sum;
}

/* A matrix of a tile (P or Q) times the factors, to the sums of the wanted modes. */
typedef struct tile_sums {
    const double *matrix; /* n x last */
    size_t first;
    size_t n;
    size_t which; /* 0: up, 1: down */
    double *sums; /* of the subject, behind its value */
} tile_sums;

static void add_rows(const ntf_reading *self, const ntf_subject *subject, const rooms *room,
                     const tile_sums *tile, size_t mode, double *sum)
{
    const size_t rank = self->rank;
    for (size_t k = 0; k < tile->n; k++) {
        double *own = sum + index_of(self->tensor, tile->first + k, mode) * rank;
        multiply_rows(self, subject, tile->first + k, mode, room->product);
        for (size_t r = 0; r < rank; r++) {
            own[r] += room->out[k * rank + r] * room->product[r];
        }
    }
}

static ana_status add_tile(const ntf_reading *self, const ntf_subject *subject, const rooms *room,
                           const tile_sums *tile)
{
    ana_status status = ANA_OK;
    const ana_tensor *tensor = self->tensor;
    const size_t last = last_mode(tensor);
    const size_t rank = self->rank;
    double *sum = tile->sums;
    bool contracted = false;
    for (size_t m = 0; m < last; m++) {
        if (!is_wanted(subject, m)) {
            continue;
        }
        if (!contracted) {
            ANA_TRY(ana_linalg_multiply(tile->n, tensor->length[last], rank, tile->matrix,
                                        subject->factors[last], room->out));
        }
        contracted = true;
        add_rows(self, subject, room, tile, m, sum + tile->which * tensor->length[m] * rank);
        sum += 2 * tensor->length[m] * rank;
    }
    if (is_wanted(subject, last)) {
        const ana_gemm shape = {.n_rows = tensor->length[last],
                                .n_inner = tile->n,
                                .n_columns = rank,
                                .transpose_a = true,
                                .alpha = 1.0,
                                .beta = 1.0};
        ANA_TRY(ana_linalg_gemm(&shape, tile->matrix, room->rows,
                                sum + tile->which * tensor->length[last] * rank));
    }
done:
    return status;
}

/* Without weights Q is 1 everywhere for b = 1: its sums are those of the factors' columns. */
static bool q_is_one(const ntf_reading *self)
{
    return self->divergence->beta == 1.0 && !self->tensor->has_missing;
}

static ana_status read_tile(const ntf_reading *self, const rooms *room, size_t k, size_t first,
                            size_t n, const ntf_tile *tile)
{
    ana_status status = ANA_OK;
    const ntf_subject *subject = &self->subjects[k];
    const double beta = self->divergence->beta;
    const size_t last = last_mode(self->tensor);
    const size_t n_last = self->tensor->length[last];
    double *own_sums = sums_of(self, room, k);
    const ana_gemm shape = {
        .n_rows = n, .n_inner = self->rank, .n_columns = n_last, .transpose_b = true, .alpha = 1.0};
    for (size_t row = 0; row < n; row++) {
        multiply_rows(self, subject, first + row, last, room->rows + row * self->rank);
    }
    ANA_TRY(ana_linalg_gemm(&shape, room->rows, subject->factors[last], room->p));
    raise_model(beta, self->wants_value, n * n_last, room);
    const double part = weigh_tile(beta, n * n_last, tile, room);
    *own_sums += self->wants_value ? part : 0.0;
    for (size_t which = 0; which < (q_is_one(self) ? 1 : 2); which++) {
        const tile_sums own = {.matrix = which == 0 ? room->p : room->q,
                               .first = first,
                               .n = n,
                               .which = which,
                               .sums = own_sums + 1};
        ANA_TRY(add_tile(self, subject, room, &own));
    }
done:
    return status;
}

static ana_status read_chunk(const ntf_reading *self, size_t chunk)
{
    ana_status status = ANA_OK;
    const ana_tensor *tensor = self->tensor;
    const size_t n_rows = ntf_n_whole_rows(tensor);
    const size_t n_tile = ntf_tile_rows(tensor->length[last_mode(tensor)]);
    const size_t stop = ntf_chunk_start(n_rows, chunk + 1);
    const rooms room = room_of(self, chunk);
    memset(room.sums, 0,
           (size_t)(sums_of(self, &room, self->n_subjects) - room.sums) * sizeof *room.sums);
    for (size_t row = ntf_chunk_start(n_rows, chunk); row < stop; row += n_tile) {
        const size_t n = stop - row < n_tile ? stop - row : n_tile;
        ntf_tile tile = {NULL};
        ANA_TRY(tensor->load(tensor, row, n, room.load, &tile));
        for (size_t k = 0; k < self->n_subjects; k++) {
            ANA_TRY(read_tile(self, &room, k, row, n, &tile));
        }
    }
done:
    return status;
}

/* Row sums of `down` without weights: the product of the other factors' column sums. */
static void sum_columns(const ntf_reading *self, const ntf_subject *subject, size_t mode)
{
    const size_t rank = self->rank;
    double *down = subject->down[mode];
    for (size_t r = 0; r < rank; r++) {
        double product = 1.0;
        for (size_t m = 0; m < self->tensor->n_modes; m++) {
            double sum = 0.0;
            for (size_t i = 0; m != mode && i < self->tensor->length[m]; i++) {
                sum += subject->factors[m][i * rank + r];
            }
            product *= m != mode ? sum : 1.0;
        }
        for (size_t i = 0; i < self->tensor->length[mode]; i++) {
            down[i * rank + r] = product;
        }
    }
}

/* The sums of all chunks, in their order. */
static void combine(const ntf_reading *self, size_t k)
{
    ntf_subject *subject = &self->subjects[k];
    const size_t n_chunks = ntf_n_chunks(ntf_n_whole_rows(self->tensor));
    size_t at = 1;
    subject->value = self->divergence->constant;
    for (size_t chunk = 0; chunk < n_chunks; chunk++) {
        const rooms room = room_of(self, chunk);
        subject->value += *sums_of(self, &room, k);
    }
    for (size_t m = 0; m < self->tensor->n_modes; m++) {
        const size_t size = self->tensor->length[m] * self->rank;
        if (!is_wanted(subject, m)) {
            continue;
        }
        memset(subject->up[m], 0, size * sizeof(double));
        memset(subject->down[m], 0, size * sizeof(double));
        for (size_t chunk = 0; chunk < n_chunks; chunk++) {
            const rooms room = room_of(self, chunk);
            const double *own = sums_of(self, &room, k) + at;
            for (size_t i = 0; i < size; i++) {
                subject->up[m][i] += own[i];
                subject->down[m][i] += own[size + i];
            }
        }
        if (q_is_one(self)) {
            sum_columns(self, subject, m);
        }
        at += 2 * size;
    }
}

ana_status ntf_read(ntf_reading *reading)
{
    ana_status status = ANA_OK;
    ntf_outcome outcomes[NTF_CHUNKS] = {{ANA_OK, ""}};
    const size_t n_chunks = ntf_n_chunks(ntf_n_whole_rows(reading->tensor));
#pragma omp parallel for default(none) num_threads(reading->n_threads) schedule(dynamic, 1)        \
    shared(reading, outcomes, n_chunks)
    for (size_t chunk = 0; chunk < n_chunks; chunk++) {
        ntf_note(&outcomes[chunk], read_chunk(reading, chunk));
    }
    for (size_t chunk = 0; chunk < n_chunks; chunk++) {
        ANA_TRY(ntf_outcome_status(&outcomes[chunk]));
    }
    for (size_t k = 0; k < reading->n_subjects; k++) {
        combine(reading, k);
    }
done:
    return status;
}
