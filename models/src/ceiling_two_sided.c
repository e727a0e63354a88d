/* The correlation of two noisy measurements, freed of the noise of both. */
#include "ceiling_parts.h"
#include "columns.h"
#include "try.h"

#include <math.h>
#include <string.h>

/* *out = the rows of those stimuli of `from` whose labels `with` has repeated as well, in the order
 * of `from`: partner[k] is the place in `with`. */
static size_t match_stimuli(const ana_observations *x, const repeated_stimuli *from,
                            const ana_observations *y, const repeated_stimuli *with, size_t *places,
                            size_t *partners)
{
    size_t n = 0;
    size_t at = 0; /* both come in much the same order */
    for (size_t s = 0; s < from->n; s++) {
        const char *name = x->label_names[from->label[s]];
        for (size_t k = 0; k < with->n; k++) {
            const size_t i = (at + k) % with->n;
            if (strcmp(name, y->label_names[with->label[i]]) == 0) {
                places[n] = s;
                partners[n++] = i;
                at = i + 1;
                break;
            }
        }
    }
    return n;
}

/* Rows `places` of both halves, moved to the front of rooms of their own. */
static void take_rows(size_t n, const size_t *places, size_t q, const split_room *from, double *a,
                      double *b)
{
    for (size_t s = 0; s < n; s++) {
        memcpy(a + s * q, from->a + places[s] * q, q * sizeof *a);
        memcpy(b + s * q, from->b + places[s] * q, q * sizeof *b);
    }
}

ana_status ceiling_two_sides(const ana_observations *x, const ana_observations *y,
                             ana_workspace *workspace, two_sides *sides)
{
    ana_status status = ANA_OK;
    *sides = (two_sides){.trials = {x, y}};
    for (size_t k = 0; k < 2; k++) {
        ANA_TRY(ceiling_repeated(sides->trials[k], 0, NULL, workspace, &sides->repeated[k]));
        sides->rooms[k] = ceiling_split_room(sides->trials[k]->n_times, sides->repeated[k].n,
                                             sides->trials[k]->n_features, workspace);
    }
    for (size_t k = 0; k < 4; k++) {
        const size_t most = sides->repeated[0].n;
        sides->halves[k] = ana_workspace_doubles(workspace, most, sides->trials[k / 2]->n_features);
        sides->places[k / 2] =
            k % 2 == 0 ? ana_workspace_sizes(workspace, most, 1) : sides->places[k / 2];
    }
    ANA_TRY(ana_workspace_check(workspace, "ceiling"));
    sides->n = match_stimuli(x, &sides->repeated[0], y, &sides->repeated[1], sides->places[0],
                             sides->places[1]);
    if (sides->n < 3) {
        return ana_fail(ANA_ERR_VALUE,
                        "ceiling: %zu stimuli have two trials in both systems; three are wanted "
                        "at least",
                        sides->n);
    }
done:
    return status;
}

void ceiling_split_sides(uint64_t seed, size_t k, two_sides *sides)
{
    static const char *const streams[2] = {"ceiling.first", "ceiling.second"};
    for (size_t side = 0; side < 2; side++) {
        ana_random random = ana_random_stream(seed, streams[side], k);
        ceiling_halves(sides->trials[side], &sides->repeated[side], &random, &sides->rooms[side]);
        take_rows(sides->n, sides->places[side], sides->trials[side]->n_features,
                  &sides->rooms[side], sides->halves[2 * side], sides->halves[2 * side + 1]);
    }
}

void ceiling_add_corrected(size_t q, double *const r[4], double *sum, size_t *n_used)
{
    for (size_t j = 0; j < q; j++) {
        if (r[2][j] > 0.0 && r[3][j] > 0.0) {
            sum[j] += 0.5 * (r[0][j] + r[1][j]) / sqrt(r[2][j] * r[3][j]);
            n_used[j]++;
        }
    }
}

ana_status ana_ceiling_two_sided(const ana_observations *x, const ana_observations *y,
                                 const ana_ceiling_options *options, double *r, size_t *n_used)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    two_sides sides = {0};
    double *parts[4];
    const ana_ceiling_options defaults = ana_ceiling_options_default();
    options = options != NULL ? options : &defaults;
    const size_t q = x->n_features;
    size_t *used = ana_workspace_sizes(&workspace, q, 1);
    double *sums = ana_workspace_doubles(&workspace, COLUMNS_ROOM, q);
    for (size_t k = 0; k < 4; k++) {
        parts[k] = ana_workspace_doubles(&workspace, q, 1);
    }
    if (y->n_features != q) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE,
                         "ceiling: %zu units against %zu: they are compared one by one", q,
                         y->n_features));
    }
    ANA_TRY(ana_options_check(ana_ceiling_option_table, options, "ceiling"));
    ANA_TRY(ceiling_two_sides(x, y, &workspace, &sides));
    memset(r, 0, q * sizeof *r);
    for (size_t k = 0; k < options->n_splits; k++) {
        double *const *half = sides.halves;
        ceiling_split_sides(options->run.seed, k, &sides);
        columns_pearson(sides.n, q, half[0], half[3], sums, parts[0]);
        columns_pearson(sides.n, q, half[1], half[2], sums, parts[1]);
        columns_pearson(sides.n, q, half[0], half[1], sums, parts[2]);
        columns_pearson(sides.n, q, half[2], half[3], sums, parts[3]);
        ceiling_add_corrected(q, parts, r, used);
    }
    for (size_t j = 0; j < q; j++) {
        r[j] = used[j] > 0 ? r[j] / (double)used[j] : (double)NAN;
        if (n_used != NULL) {
            n_used[j] = used[j];
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
