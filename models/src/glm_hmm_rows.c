/* Log-likelihoods and means of rows in each state: panels of the design are made block by block and
 * multiplied while they are in the cache. */
#include "glm_hmm_parts.h"
#include "try.h"

#include <analysis/linalg.h>

#include <omp.h>

ana_status ana_glm_hmm_first_failure(size_t n, const ana_status *statuses, const char *what)
{
    for (size_t i = 0; i < n; i++) {
        if (statuses[i] != ANA_OK) {
            return ana_fail(statuses[i], "glm-hmm: %s: part %zu failed", what, i);
        }
    }
    return ANA_OK;
}

/* The block that holds row `first` of the fit. */
static size_t block_of(const ana_glm_hmm_task *task, size_t first)
{
    size_t lo = 0;
    size_t hi = task->n_blocks;
    while (hi - lo > 1) {
        const size_t middle = lo + (hi - lo) / 2;
        if (task->blocks[middle].first <= first) {
            lo = middle;
        } else {
            hi = middle;
        }
    }
    return lo;
}

ana_status ana_glm_hmm_multiply(const ana_glm_hmm_task *task, const double *coefficients, size_t n,
                                const double *rows, double *eta)
{
    const ana_gemm shape = {.n_rows = n,
                            .n_inner = task->n_columns,
                            .n_columns = task->n_units,
                            .transpose_b = true,
                            .alpha = 1.0};
    return ana_linalg_gemm(&shape, rows, coefficients, eta);
}

ana_glm_choice ana_glm_hmm_choice(const ana_glm_hmm_task *task, const double *lapse, size_t state)
{
    const size_t shares = task->n_responses * task->n_classes;
    return (ana_glm_choice){.n_classes = task->n_classes,
                            .n_responses = task->n_responses,
                            .lapse = lapse != NULL ? lapse + state * shares : NULL};
}

void ana_glm_hmm_means(const ana_glm_hmm_task *task, const double *lapse, size_t state, size_t n,
                       const double *eta, double *mean)
{
    if (task->n_responses > 0) {
        const ana_glm_choice choice = ana_glm_hmm_choice(task, lapse, state);
        ana_glm_choice_mean(&choice, n, eta, mean);
    } else {
        ana_glm_mean(&task->options->family, n * task->n_units, eta, mean);
    }
}

/* Log-likelihoods of n rows in a state; those of choices with lapses are not of the family. */
static void row_values(const ana_glm_hmm_task *task, const double *lapse, size_t state, size_t n,
                       const double *y, const ana_glm_hmm_seat *seat)
{
    const ana_glm_outputs out = {.log_likelihood = seat->value};
    if (lapse != NULL) {
        const ana_glm_choice choice = ana_glm_hmm_choice(task, lapse, state);
        ana_glm_choice_kernel(&choice, n, y, seat->eta, &out);
    } else {
        ana_glm_kernel(&task->options->family, true, n * task->n_units, y, seat->eta, out);
    }
}

static ana_status block_rows(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *at,
                             const ana_glm_hmm_block *part, const ana_glm_hmm_seat *seat,
                             double *out)
{
    ana_status status = ANA_OK;
    const size_t n_units = task->n_units;
    const double *y = task->data->responses->values + part->actual * n_units;
    ANA_TRY(ana_design_panel(task->data->design, part->actual, part->n, seat->panel));
    for (size_t k = 0; k < task->n_states; k++) {
        ANA_TRY(ana_glm_hmm_multiply(task, at->coefficients + k * n_units * task->n_columns,
                                     part->n, seat->panel, seat->eta));
        row_values(task, at->lapse, k, part->n, y, seat);
        for (size_t t = 0; t < part->n; t++) {
            double sum = task->constant[part->first + t];
            for (size_t n = 0; n < n_units; n++) {
                sum += seat->value[t * n_units + n];
            }
            out[t * task->n_states + k] =
                ana_design_usable(task->data->design, part->actual + t) ? sum : 0.0;
        }
    }
done:
    return status;
}

enum {
    MOST_PARTS = 64 /* of one call of ana_glm_hmm_rows; longer ones come in turns */
};

static ana_status some_rows(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *at,
                            size_t n_parts, const ana_glm_hmm_block *parts, double *out)
{
    ana_status statuses[MOST_PARTS];
    const size_t origin = parts[0].first;
    const size_t n_states = task->n_states;
#pragma omp parallel for default(none) schedule(dynamic, 1)                                        \
    num_threads(ana_glm_hmm_threads(task, n_parts))                                                \
        shared(task, at, n_parts, parts, out, origin, n_states, statuses)
    for (size_t i = 0; i < n_parts; i++) {
        statuses[i] = block_rows(task, at, parts + i, task->room->seats + omp_get_thread_num(),
                                 out + (parts[i].first - origin) * n_states);
    }
    return ana_glm_hmm_first_failure(n_parts, statuses, "likelihoods");
}

ana_status ana_glm_hmm_rows(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *at,
                            size_t first, size_t n, double *out)
{
    ana_glm_hmm_block parts[MOST_PARTS];
    const size_t end = first + n;
    for (size_t b = block_of(task, first), t = first; t < end;) {
        const size_t begin = t;
        size_t n_parts = 0;
        while (t < end && n_parts < MOST_PARTS) {
            const ana_glm_hmm_block *block = task->blocks + b;
            const size_t stop = block->first + block->n < end ? block->first + block->n : end;
            parts[n_parts++] = (ana_glm_hmm_block){
                .first = t, .actual = block->actual + (t - block->first), .n = stop - t};
            t = stop;
            b++;
        }
        ana_status status =
            some_rows(task, at, n_parts, parts, out + (begin - first) * task->n_states);
        if (status != ANA_OK) {
            return status;
        }
    }
    return ANA_OK;
}
