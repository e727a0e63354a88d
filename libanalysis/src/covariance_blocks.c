/* Covariances within blocks of channels. */
#include "checked.h"
#include "try.h"
#include "workspace.h"

#include <analysis/covariance.h>

#include <string.h>

static ana_status check_blocks(size_t n_channels, size_t n_blocks, const size_t *sizes)
{
    size_t n = 0;
    bool right = true;
    for (size_t b = 0; b < n_blocks && right; b++) {
        right = sizes[b] > 0 && ana_add(n, sizes[b], &n) && n <= n_channels;
    }
    return right && n == n_channels
               ? ANA_OK
               : ana_fail(ANA_ERR_VALUE,
                          "covariance: the sizes of %zu blocks must be above 0 and add up to the "
                          "%zu channels",
                          n_blocks, n_channels);
}

/* The signals of one block, trial by trial, and its covariances put in their place. */
static ana_status estimate_block(const ana_trial_signals *trials, size_t first, size_t size,
                                 const ana_covariance_options *options, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t parts = trials->is_complex ? 2 : 1;
    const size_t n = trials->n_channels;
    const size_t length = trials->n_times * parts;
    double *values = ana_workspace_doubles(&workspace, trials->n_trials * size, length);
    double *own = ana_workspace_doubles(&workspace, trials->n_trials * size, size * parts);
    ana_trial_signals block = *trials;
    ANA_TRY(ana_workspace_check(&workspace, "covariance"));
    for (size_t k = 0; k < trials->n_trials; k++) {
        memcpy(values + k * size * length, trials->values + (k * n + first) * length,
               size * length * sizeof *values);
    }
    block.n_channels = size;
    block.values = values;
    ANA_TRY(ana_covariance_of_trials(&block, options, NULL, own));
    for (size_t k = 0; k < trials->n_trials; k++) {
        for (size_t i = 0; i < size; i++) {
            memcpy(out + ((k * n + first + i) * n + first) * parts,
                   own + (k * size + i) * size * parts, size * parts * sizeof *out);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_covariance_of_blocks(const ana_trial_signals *trials, size_t n_blocks,
                                    const size_t *sizes, const ana_covariance_options *options,
                                    double *out)
{
    ana_status status = ANA_OK;
    const size_t parts = trials->is_complex ? 2 : 1;
    const size_t n = trials->n_channels;
    ANA_TRY(check_blocks(n, n_blocks, sizes));
    memset(out, 0, trials->n_trials * n * n * parts * sizeof *out);
    size_t first = 0;
    for (size_t b = 0; b < n_blocks; b++) {
        status = estimate_block(trials, first, sizes[b], options, out);
        if (status != ANA_OK) {
            return ana_fail_in(status, "block %zu (from channel %zu): ", b, first);
        }
        first += sizes[b];
    }
done:
    return status;
}
