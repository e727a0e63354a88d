/* Tensors of which some cells are held out: what is not is read through them. */
#include "memory.h"
#include "ntf_tensor.h"
#include "try.h"
#include "workspace.h"

#include <analysis/random.h>

#include <stdlib.h>
#include <string.h>

static ana_status check(const ana_tensor_fold *fold)
{
    if (fold->n_folds < 2 || fold->fold >= fold->n_folds || fold->block == 0) {
        return ana_fail(ANA_ERR_VALUE, "tensor: fold %zu of %zu with blocks of %zu", fold->fold,
                        fold->n_folds, fold->block);
    }
    return ANA_OK;
}

/* out[cell * n_blocks + block] = 1 where held out: cells in equal shares, at random. */
static ana_status deal_cells(const ana_tensor_fold *fold, size_t n_cells, unsigned char *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t *order = ana_workspace_sizes(&workspace, n_cells, 1);
    ANA_TRY(ana_workspace_check(&workspace, "tensor"));
    ana_random random = ana_random_stream(fold->seed, "tensor.holdout", 0);
    ana_random_permutation(&random, n_cells, order);
    for (size_t k = 0; k < n_cells; k++) {
        out[order[k]] = k % fold->n_folds == fold->fold;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static size_t n_blocks_of(const ana_tensor *tensor, size_t block)
{
    const size_t n_last = tensor->length[tensor->n_modes - 1];
    return n_last / block + (n_last % block > 0);
}

/* Blocks held out of a row of the whole array: its own; those of a pair and its mirror are the same
 * ones; of animals those of either neuron (`other`; else NULL). */
static const unsigned char *held_of(const ana_tensor *tensor, size_t row,
                                    const unsigned char **other)
{
    const size_t n_blocks = n_blocks_of(tensor, tensor->block);
    size_t cell = row;
    *other = NULL;
    if (tensor->n_neurons > 0) {
        const size_t animal = row / tensor->length[1];
        const size_t *pair = tensor->pair + 2 * (row % tensor->length[1]);
        cell = animal * tensor->n_neurons + pair[0];
        *other = tensor->held + (animal * tensor->n_neurons + pair[1]) * n_blocks;
    } else if (tensor->symmetric) {
        const size_t i = row / tensor->length[1];
        const size_t j = row % tensor->length[1];
        cell = i < j ? row : j * tensor->length[1] + i;
    }
    return tensor->held + cell * n_blocks;
}

static ana_status load_rest(const ana_tensor *tensor, size_t first, size_t n, double *room,
                            ntf_tile *tile)
{
    ana_status status = ANA_OK;
    const size_t n_last = tensor->length[tensor->n_modes - 1];
    double *weights = room + n * n_last;
    ntf_tile all = {NULL};
    ANA_TRY(tensor->base->load(tensor->base, first, n, room, &all));
    for (size_t k = 0; k < n; k++) {
        const unsigned char *other = NULL;
        const unsigned char *own = held_of(tensor, first + k, &other);
        for (size_t t = 0; t < n_last; t++) {
            const size_t b = t / tensor->block;
            const bool held = own[b] != 0 || (other != NULL && other[b] != 0);
            const size_t at = k * n_last + t;
            const double weight = all.weights != NULL ? all.weights[at] : 1.0;
            room[at] = held ? 0.0 : all.values[at];
            weights[at] = held ? 0.0 : weight;
        }
    }
    *tile = (ntf_tile){.values = room, .weights = weights};
done:
    return status;
}

/* The whole array, read through what is held out. */
static ana_status hold_out_rows(const ana_tensor *tensor, const ana_tensor_fold *fold,
                                const ana_run *run, ana_tensor **out)
{
    ana_status status = ANA_OK;
    ana_tensor *part = NULL;
    const size_t n_pairs = tensor->n_neurons > 0 ? tensor->length[1] : 0;
    ANA_TRY(ana_allocate(1, sizeof *part, "tensor", &part));
    ANA_TRY(ntf_set_lengths(tensor->n_modes, tensor->length, part));
    const size_t n_lines =
        tensor->n_neurons > 0 ? tensor->length[0] * tensor->n_neurons : part->n_rows;
    const size_t n_cells = n_lines * n_blocks_of(tensor, fold->block);
    part->backend = &ntf_dense_backend;
    part->load = load_rest;
    part->base = tensor;
    part->block = fold->block;
    part->symmetric = tensor->symmetric;
    part->n_neurons = tensor->n_neurons;
    ANA_TRY(ana_allocate(2 * n_pairs, sizeof *part->pair, "tensor", &part->pair));
    if (n_pairs > 0) {
        memcpy(part->pair, tensor->pair, 2 * n_pairs * sizeof *part->pair);
    }
    ANA_TRY(ana_allocate(n_cells, 1, "tensor", &part->held));
    ANA_TRY(deal_cells(fold, n_cells, part->held));
    ANA_TRY(ntf_survey(part, run, false));
    ana_tensor *made = part;
    part = NULL;
    ANA_TRY(ntf_hand_out(made, out));
done:
    ana_tensor_free(part);
    return status;
}

static ana_status hold_out_affinity(const ana_tensor *tensor, const ana_tensor_fold *fold,
                                    ana_tensor **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *mask = NULL;
    const size_t n = tensor->length[0];
    const size_t n_times = tensor->length[2];
    const size_t n_blocks = n_blocks_of(tensor, fold->block);
    unsigned char *held = ana_workspace_bytes(&workspace, n, n_blocks, 1);
    ANA_TRY(ana_workspace_check(&workspace, "tensor"));
    ANA_TRY(deal_cells(fold, n * n_blocks, held));
    ANA_TRY(ana_allocate(n * n_times, sizeof *mask, "tensor", &mask));
    for (size_t t = 0; t < n_times; t++) {
        for (size_t i = 0; i < n; i++) {
            const double seen = tensor->mask != NULL ? tensor->mask[t * n + i] : 1.0;
            mask[t * n + i] = held[i * n_blocks + t / fold->block] != 0 ? 0.0 : seen;
        }
    }
    ANA_TRY(ntf_make_implicit(tensor->affinity, mask, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_tensor_hold_out(const ana_tensor *tensor, const ana_tensor_fold *fold,
                               const ana_run *run, ana_tensor **out)
{
    ana_status status = ANA_OK;
    ANA_TRY(check(fold));
    if (tensor->affinity != NULL) {
        ANA_TRY(hold_out_affinity(tensor, fold, out));
    } else {
        ANA_TRY(hold_out_rows(tensor, fold, run, out));
    }
done:
    return status;
}
