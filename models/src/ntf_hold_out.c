/* Tensors of which some cells are held out. */
#include "memory.h"
#include "ntf_tensor.h"
#include "try.h"
#include "workspace.h"

#include <analysis/random.h>

#include <stdlib.h>
#include <string.h>

static ana_status check(const ana_tensor *tensor, const ana_tensor_fold *fold)
{
    if (fold->n_folds < 2 || fold->fold >= fold->n_folds || fold->block == 0) {
        return ana_fail(ANA_ERR_VALUE, "tensor: fold %zu of %zu with blocks of %zu", fold->fold,
                        fold->n_folds, fold->block);
    }
    if (tensor->pair != NULL) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "tensor: nothing can be held out of packed pairs or of several animals; "
                        "give the whole array, or the affinities of one");
    }
    return ANA_OK;
}

/* fold_of[row * n_blocks + block]: cells in equal shares, at random. */
static ana_status deal_cells(const ana_tensor_fold *fold, size_t n_cells, ana_workspace *workspace,
                             size_t **fold_of)
{
    ana_status status = ANA_OK;
    size_t *order = ana_workspace_sizes(workspace, n_cells, 1);
    *fold_of = ana_workspace_sizes(workspace, n_cells, 1);
    ANA_TRY(ana_workspace_check(workspace, "tensor"));
    ana_random random = ana_random_stream(fold->seed, "tensor.holdout", 0);
    ana_random_permutation(&random, n_cells, order);
    for (size_t k = 0; k < n_cells; k++) {
        (*fold_of)[order[k]] = k % fold->n_folds;
    }
done:
    return status;
}

static size_t n_blocks_of(const ana_tensor *tensor, const ana_tensor_fold *fold)
{
    const size_t n_last = tensor->length[tensor->n_modes - 1];
    return n_last / fold->block + (n_last % fold->block > 0);
}

/* Weights of a whole array; a pair of a symmetric tensor and its mirror are one cell. */
static ana_status hold_out_dense(const ana_tensor *tensor, const ana_tensor_fold *fold,
                                 const ana_run *run, ana_tensor **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t *fold_of = NULL;
    const size_t n_last = tensor->length[tensor->n_modes - 1];
    const size_t n_blocks = n_blocks_of(tensor, fold);
    ANA_TRY(deal_cells(fold, tensor->n_rows * n_blocks, &workspace, &fold_of));
    double *weights = ana_workspace_doubles(&workspace, tensor->n_rows, n_last);
    double *values = ana_workspace_doubles(&workspace, tensor->n_rows, n_last);
    ANA_TRY(ana_workspace_check(&workspace, "tensor"));
    for (size_t row = 0; row < tensor->n_rows; row++) {
        size_t cell = row;
        if (tensor->symmetric) {
            const size_t i = row / tensor->length[1];
            const size_t j = row % tensor->length[1];
            cell = i < j ? row : j * tensor->length[1] + i;
        }
        for (size_t t = 0; t < n_last; t++) {
            const size_t k = row * n_last + t;
            const double weight = tensor->weights != NULL ? tensor->weights[k] : 1.0;
            const bool held = fold_of[cell * n_blocks + t / fold->block] == fold->fold;
            weights[k] = held ? 0.0 : weight;
            values[k] = weight > 0.0 ? tensor->values[k] / weight : 0.0;
        }
    }
    ANA_TRY(ana_tensor_dense(tensor->n_modes, tensor->length, values, weights, run, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status hold_out_affinity(const ana_tensor *tensor, const ana_tensor_fold *fold,
                                    ana_tensor **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t *fold_of = NULL;
    double *mask = NULL;
    const size_t n = tensor->length[0];
    const size_t n_times = tensor->length[2];
    const size_t n_blocks = n_blocks_of(tensor, fold);
    ANA_TRY(deal_cells(fold, n * n_blocks, &workspace, &fold_of));
    ANA_TRY(ana_allocate(n * n_times, sizeof *mask, "tensor", &mask));
    for (size_t t = 0; t < n_times; t++) {
        for (size_t i = 0; i < n; i++) {
            const double seen = tensor->mask != NULL ? tensor->mask[t * n + i] : 1.0;
            const bool held = fold_of[i * n_blocks + t / fold->block] == fold->fold;
            mask[t * n + i] = held ? 0.0 : seen;
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
    ANA_TRY(check(tensor, fold));
    if (tensor->affinity != NULL) {
        ANA_TRY(hold_out_affinity(tensor, fold, out));
    } else {
        ANA_TRY(hold_out_dense(tensor, fold, run, out));
    }
done:
    return status;
}
