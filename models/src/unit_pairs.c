/* Correlations of units, and partners by them. */
#include "lists.h"
#include "memory.h"
#include "try.h"
#include "unit_parts.h"

#include <analysis/assignment.h>
#include <analysis/linalg.h>
#include <analysis/transport.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

ana_status ana_units_check_stimuli(const ana_responses *a, const ana_responses *b, size_t least)
{
    if (a->n_stimuli != b->n_stimuli) {
        return ana_fail(ANA_ERR_SHAPE,
                        "match-units: %s has %zu stimuli and %s %zu; match them by id first",
                        a->name, a->n_stimuli, b->name, b->n_stimuli);
    }
    if (a->n_stimuli < least) {
        return ana_fail(ANA_ERR_VALUE, "match-units: %zu stimuli; at least %zu are needed",
                        a->n_stimuli, least);
    }
    return ANA_OK;
}

ana_status ana_unit_side_take(const ana_responses *system, const ana_measured_units *units,
                              ana_unit_side *side)
{
    ana_status status = ANA_OK;
    side->n = units->n;
    side->n_missing = units->n_missing;
    side->n_constant = units->n_constant;
    ANA_TRY(ana_copy_text(system->name, &side->name));
    ANA_TRY(ana_allocate(units->n, sizeof(char *), "match-units", (void *)&side->units));
    for (size_t u = 0; u < units->n; u++) {
        ANA_TRY(ana_copy_text(system->units[units->unit[u]], &side->units[u]));
    }
done:
    return status;
}

void ana_unit_side_free(ana_unit_side *side)
{
    free(side->name);
    ana_free_texts(side->n, side->units);
    free(side->matched);
    free(side->held_out);
}

enum {
    BLOCK = 32 /* columns at a time, so that memory is read by rows */
};

static void block_to_directions(size_t n, size_t p, size_t width, double *x)
{
    double mean[BLOCK] = {0.0};
    double scale[BLOCK] = {0.0};
    bool varies[BLOCK] = {false};
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < width; k++) {
            mean[k] += x[i * p + k] / (double)n;
            varies[k] = varies[k] || x[i * p + k] != x[k];
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < width; k++) {
            x[i * p + k] = varies[k] ? x[i * p + k] - mean[k] : 0.0;
            scale[k] += x[i * p + k] * x[i * p + k];
        }
    }
    for (size_t k = 0; k < width; k++) {
        scale[k] = scale[k] > 0.0 ? 1.0 / sqrt(scale[k]) : 0.0;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < width; k++) {
            x[i * p + k] *= scale[k];
        }
    }
}

void ana_units_to_directions(size_t n, size_t p, double *x)
{
    for (size_t k = 0; k < p; k += BLOCK) {
        block_to_directions(n, p, p - k < BLOCK ? p - k : BLOCK, x + k);
    }
}

void ana_units_take_directions(const ana_measured_units *units, size_t n, const size_t *rows,
                               double *out)
{
    for (size_t i = 0; i < n; i++) {
        memcpy(out + i * units->n, units->values + (rows == NULL ? i : rows[i]) * units->n,
               units->n * sizeof *out);
    }
    ana_units_to_directions(n, units->n, out);
}

ana_status ana_units_multiply(size_t n, size_t p, size_t q, const double *x, const double *y,
                              double *out)
{
    const ana_gemm shape = {
        .n_rows = p, .n_inner = n, .n_columns = q, .transpose_a = true, .alpha = 1.0};
    return ana_linalg_gemm(&shape, x, y, out);
}

static ana_status one_to_one(size_t p, size_t q, const double *cost, ana_unit_pair *pairs,
                             size_t *n_pairs)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t *column = ana_workspace_sizes(&workspace, p, 1);
    const double weight = 1.0 / (double)(p < q ? p : q);
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    ANA_TRY(ana_assignment_solve(p, q, cost, column, NULL));
    *n_pairs = 0;
    for (size_t i = 0; i < p; i++) {
        if (column[i] != ANA_UNASSIGNED) {
            pairs[(*n_pairs)++] = (ana_unit_pair){.a = i, .b = column[i], .weight = weight};
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status shared(size_t p, size_t q, const double *cost, ana_unit_pair *pairs,
                         size_t *n_pairs)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_transport_move *moves = ana_workspace_bytes(&workspace, p + q, 1, sizeof *moves);
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    ANA_TRY(ana_transport_solve(p, q, cost, moves, n_pairs, NULL));
    for (size_t k = 0; k < *n_pairs; k++) {
        pairs[k] =
            (ana_unit_pair){.a = moves[k].row, .b = moves[k].column, .weight = moves[k].mass};
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The first of equals. */
static size_t best_of(size_t n, const double *correlation, size_t step)
{
    size_t best = 0;
    for (size_t j = 1; j < n; j++) {
        best = correlation[j * step] > correlation[best * step] ? j : best;
    }
    return best;
}

ana_status ana_units_find_pairs(ana_unit_method method, size_t p, size_t q,
                                const double *correlation, bool both, ana_unit_pair *pairs,
                                size_t *n_pairs)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    if (method == ANA_UNITS_SEMI) {
        *n_pairs = both ? p + q : p;
        for (size_t i = 0; i < p; i++) {
            pairs[i] = (ana_unit_pair){i, best_of(q, correlation + i * q, 1), 1.0 / (double)p, 0.0};
        }
        for (size_t j = 0; j < q && both; j++) {
            pairs[p + j] = (ana_unit_pair){best_of(p, correlation + j, q), j, 1.0 / (double)q, 0.0};
        }
    } else {
        double *cost = ana_workspace_doubles(&workspace, p, q);
        ANA_TRY(ana_workspace_check(&workspace, "match-units"));
        for (size_t i = 0; i < p * q; i++) {
            cost[i] = -correlation[i];
        }
        ANA_TRY(method == ANA_UNITS_SOFT ? shared(p, q, cost, pairs, n_pairs)
                                         : one_to_one(p, q, cost, pairs, n_pairs));
    }
    for (size_t k = 0; k < *n_pairs; k++) {
        pairs[k].correlation = correlation[pairs[k].a * q + pairs[k].b];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
