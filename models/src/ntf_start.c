/* Starts of singular vectors: of the unfolding of each mode the leading left ones, of each the
 * positive or the negative part, whichever says more with its counterpart (NNDSVD: Boutsidis &
 * Gallopoulos 2008, Pattern Recognit. 41(4)). The vectors are found by orthogonal iteration, block
 * by block of the unfolding: it is never made. */
#include "ntf_engine.h"
#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <omp.h>
#include <string.h>

enum {
    MOST_PASSES = 12, /* of the iteration; starts need no more digits */
    SPARE = 6         /* vectors more than are asked for */
};

/* What zeros of a factor become, of its column's mean: multiplicative steps cannot leave 0. */
static const double filling = 1e-2;

/* The unfolding of one mode as blocks: for the last mode tiles of rows, else for each index of the
 * other modes but the last the rows of all indices of this one. */
typedef struct unfolding {
    const ana_tensor *tensor;
    size_t mode;
    size_t length;
    size_t n_last;
    size_t n_vectors;
    size_t n_blocks;
    size_t n_inner; /* rows between two indices of the mode */
    size_t n_tile;
    size_t room_size;
    double *room; /* of each chunk */
    size_t scratch_size;
    double *scratch; /* of each thread */
    int n_threads;
} unfolding;

static size_t largest_block(const unfolding *self)
{
    const bool last = self->mode + 1 == self->tensor->n_modes;
    return (last ? self->n_tile : self->length) * self->n_last;
}

static ana_status unfold(const ana_tensor *tensor, const ana_run *run, size_t mode, size_t n_wanted,
                         ana_workspace *workspace, unfolding *out)
{
    ana_status status = ANA_OK;
    const size_t n_rows = ntf_n_whole_rows(tensor);
    *out = (unfolding){.tensor = tensor,
                       .mode = mode,
                       .length = tensor->length[mode],
                       .n_last = tensor->length[tensor->n_modes - 1],
                       .n_inner = 1};
    out->n_tile = ntf_tile_rows(out->n_last);
    out->n_vectors = n_wanted + SPARE < out->length ? n_wanted + SPARE : out->length;
    for (size_t m = mode + 1; m + 1 < tensor->n_modes; m++) {
        out->n_inner *= tensor->length[m];
    }
    out->n_blocks = mode + 1 == tensor->n_modes ? (n_rows + out->n_tile - 1) / out->n_tile
                                                : n_rows / out->length;
    const size_t most_columns = out->n_last > out->n_tile ? out->n_last : out->n_tile;
    out->room_size = (out->length + 2) * out->n_vectors;
    out->scratch_size =
        largest_block(out) + 2 * out->n_tile * out->n_last + most_columns * out->n_vectors;
    out->n_threads = ana_run_threads(run, NTF_CHUNKS);
    const double bytes = 8.0 * (NTF_CHUNKS * (double)out->room_size +
                                (double)out->n_threads * (double)out->scratch_size);
    ANA_TRY(ana_run_check_memory(run, bytes < 1e18 ? (size_t)bytes : SIZE_MAX,
                                 "start from singular vectors"));
    out->room = ana_workspace_doubles(workspace, NTF_CHUNKS, out->room_size);
    out->scratch = ana_workspace_doubles(workspace, (size_t)out->n_threads, out->scratch_size);
    ANA_TRY(ana_workspace_check(workspace, "ntf"));
done:
    return status;
}

/* block (of the last mode n x last, else length x last) of number `b`, to `out`; *n: its rows. */
static ana_status load_block(const unfolding *self, size_t b, double *load, double *out, size_t *n)
{
    ana_status status = ANA_OK;
    const ana_tensor *tensor = self->tensor;
    const bool last = self->mode + 1 == tensor->n_modes;
    const size_t n_rows = ntf_n_whole_rows(tensor);
    const size_t first = last
                             ? b * self->n_tile
                             : b / self->n_inner * self->length * self->n_inner + b % self->n_inner;
    const size_t step = last ? 1 : self->n_inner;
    *n = !last ? self->length : n_rows - first < self->n_tile ? n_rows - first : self->n_tile;
    const size_t at_once = step == 1 ? self->n_tile : 1;
    for (size_t i = 0; i < *n; i += at_once) {
        const size_t part = *n - i < at_once ? *n - i : at_once;
        ntf_tile tile = {NULL};
        ANA_TRY(tensor->load(tensor, first + i * step, part, load, &tile));
        memcpy(out + i * self->n_last, tile.values, part * self->n_last * sizeof *out);
    }
done:
    return status;
}

/* One reading of the unfolding X: sums (length x vectors) of X (X' vectors), and of each column of
 * X' vectors the squares of its positive and of its negative entries. */
typedef struct pass {
    const unfolding *of;
    const double *vectors; /* length x vectors */
    ntf_outcome outcomes[NTF_CHUNKS];
} pass;

static ana_status pass_chunk(const pass *self, size_t chunk)
{
    ana_status status = ANA_OK;
    const unfolding *of = self->of;
    const bool last = of->mode + 1 == of->tensor->n_modes;
    const size_t n_vectors = of->n_vectors;
    double *sums = of->room + chunk * of->room_size; /* then the squares */
    double *squares = sums + of->length * n_vectors;
    double *block = of->scratch + (size_t)omp_get_thread_num() * of->scratch_size;
    double *load = block + largest_block(of);
    double *right = load + 2 * of->n_tile * of->n_last;
    memset(sums, 0, (of->length + 2) * n_vectors * sizeof *sums);
    for (size_t b = ntf_chunk_start(of->n_blocks, chunk);
         b < ntf_chunk_start(of->n_blocks, chunk + 1); b++) {
        size_t n = 0;
        ANA_TRY(load_block(of, b, load, block, &n));
        const size_t n_right = last ? n : of->n_last;
        const ana_gemm across = {.n_rows = n_right,
                                 .n_inner = of->length,
                                 .n_columns = n_vectors,
                                 .transpose_a = !last,
                                 .alpha = 1.0};
        const ana_gemm back = {.n_rows = of->length,
                               .n_inner = n_right,
                               .n_columns = n_vectors,
                               .transpose_a = last,
                               .alpha = 1.0,
                               .beta = 1.0};
        ANA_TRY(ana_linalg_gemm(&across, block, self->vectors, right));
        ANA_TRY(ana_linalg_gemm(&back, block, right, sums));
        for (size_t k = 0; k < n_right * n_vectors; k++) {
            squares[2 * (k % n_vectors) + (right[k] < 0.0 ? 1 : 0)] += right[k] * right[k];
        }
    }
done:
    return status;
}

/* out: length x vectors sums, then 2 x vectors squares. */
static ana_status read_unfolding(const unfolding *of, const double *vectors, double *out)
{
    ana_status status = ANA_OK;
    pass self = {.of = of, .vectors = vectors};
    const size_t n_chunks = ntf_n_chunks(of->n_blocks);
    const size_t size = (of->length + 2) * of->n_vectors;
#pragma omp parallel for default(none) num_threads(of->n_threads) schedule(dynamic, 1)             \
    shared(self, n_chunks)
    for (size_t chunk = 0; chunk < n_chunks; chunk++) {
        ntf_note(&self.outcomes[chunk], pass_chunk(&self, chunk));
    }
    memset(out, 0, size * sizeof *out);
    for (size_t chunk = 0; chunk < n_chunks; chunk++) {
        ANA_TRY(ntf_outcome_status(&self.outcomes[chunk]));
        for (size_t k = 0; k < size; k++) {
            out[k] += of->room[chunk * of->room_size + k];
        }
    }
done:
    return status;
}

/* What the iteration works with. */
typedef struct vectors {
    double *q;      /* length x vectors, orthonormal */
    double *sums;   /* (length + 2) x vectors */
    double *small;  /* vectors x vectors, three of them */
    double *values; /* vectors, ascending */
} vectors;

static ana_status new_vectors(const unfolding *of, ana_workspace *workspace, vectors *out)
{
    const size_t n = of->n_vectors;
    out->q = ana_workspace_doubles(workspace, of->length, n);
    out->sums = ana_workspace_doubles(workspace, of->length + 2, n);
    out->small = ana_workspace_doubles(workspace, 3 * n, n);
    out->values = ana_workspace_doubles(workspace, n, 1);
    return ana_workspace_check(workspace, "ntf");
}

/* q becomes its own rotation to the axes of q' X X' q, the largest first. */
static ana_status rotate(const unfolding *of, const vectors *own)
{
    ana_status status = ANA_OK;
    const size_t n = of->n_vectors;
    double *projected = own->small;
    double *axes = own->small + n * n;
    double *turn = own->small + 2 * n * n;
    const ana_gemm shape = {
        .n_rows = n, .n_inner = of->length, .n_columns = n, .transpose_a = true, .alpha = 1.0};
    ANA_TRY(ana_linalg_gemm(&shape, own->q, own->sums, projected));
    ANA_TRY(ana_linalg_eigen_symmetric(n, projected, own->values, axes));
    for (size_t k = 0; k < n * n; k++) {
        turn[k / n * n + k % n] = axes[(n - 1 - k % n) * n + k / n];
    }
    memcpy(own->sums, own->q, of->length * n * sizeof *own->q);
    ANA_TRY(ana_linalg_multiply(of->length, n, n, own->sums, turn, own->q));
done:
    return status;
}

static ana_status find_vectors(const unfolding *of, ana_workspace *workspace, vectors *own)
{
    ana_status status = ANA_OK;
    const size_t n = of->n_vectors;
    ana_random random = ana_random_stream(0, "ntf.singular", of->mode); /* the same for any seed */
    ANA_TRY(new_vectors(of, workspace, own));
    for (size_t k = 0; k < of->length * n; k++) {
        own->sums[k] = ana_random_normal(&random);
    }
    for (size_t k = 0; k < (n == of->length ? 1 : MOST_PASSES); k++) {
        ANA_TRY(ana_linalg_qr(of->length, n, own->sums, own->q, own->small));
        ANA_TRY(read_unfolding(of, own->q, own->sums));
    }
    ANA_TRY(rotate(of, own));
    ANA_TRY(read_unfolding(of, own->q, own->sums));
done:
    return status;
}

/* Column r of the factor from singular vector r: the part of it that says more. */
static void take_part(const unfolding *of, const vectors *own, size_t r, size_t rank,
                      double *factor)
{
    const size_t n = of->n_vectors;
    const double *squares = own->sums + of->length * n + 2 * r;
    double parts[2] = {0.0};
    double sum = 0.0;
    for (size_t i = 0; i < of->length; i++) {
        const double value = own->q[i * n + r];
        parts[value < 0.0 ? 1 : 0] += value * value;
    }
    const double sign = parts[0] * squares[0] >= parts[1] * squares[1] ? 1.0 : -1.0;
    const size_t part = sign > 0.0 ? 0U : 1U;
    const double size = sqrt(sqrt(parts[part] * squares[part]));
    const double scale = parts[part] > 0.0 ? sqrt(size / parts[part]) : 0.0;
    for (size_t i = 0; i < of->length; i++) {
        const double value = fmax(0.0, sign * own->q[i * n + r]) * scale;
        factor[i * rank + r] = value;
        sum += value;
    }
    const double least = sum > 0.0 ? filling * sum / (double)of->length : 1.0;
    for (size_t i = 0; i < of->length; i++) {
        factor[i * rank + r] = fmax(factor[i * rank + r], least);
    }
}

ana_status ntf_start_nndsvd(const ana_tensor *tensor, const ana_run *run, size_t rank,
                            double *const *factors)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    for (size_t m = 0; m < tensor->n_modes; m++) {
        unfolding of = {.mode = m};
        vectors own = {NULL};
        const size_t size = tensor->length[m] * rank;
        if (m == 1 && tensor->symmetric) {
            memcpy(factors[1], factors[0], size * sizeof(double));
            continue;
        }
        ana_random random = ana_random_stream(0, "ntf.spare", m);
        for (size_t k = 0; k < size; k++) { /* where there are fewer vectors than components */
            factors[m][k] = ana_random_uniform(&random);
        }
        ANA_TRY(unfold(tensor, run, m, rank, &workspace, &of));
        ANA_TRY(find_vectors(&of, &workspace, &own));
        for (size_t r = 0; r < rank && r < of.n_vectors; r++) {
            take_part(&of, &own, r, rank, factors[m]);
        }
        ana_workspace_release(&workspace);
        workspace = (ana_workspace){0};
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
