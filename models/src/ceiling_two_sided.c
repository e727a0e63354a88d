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
    for (size_t s = 0; s < from->n; s++) {
        const char *name = x->label_names[from->label[s]];
        for (size_t k = 0; k < with->n; k++) {
            if (strcmp(name, y->label_names[with->label[k]]) == 0) {
                places[n] = s;
                partners[n++] = k;
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

/* The halves of both systems for the shared stimuli, and the four correlations between them. */
typedef struct two_sides {
    size_t n;
    size_t *places[2];
    split_room rooms[2];
    double *halves[4]; /* x1, x2, y1, y2: n x q */
    double *r[4];      /* x1 y2, x2 y1, x1 x2, y1 y2 */
} two_sides;

static void add_split(size_t q, two_sides *sides, double *r, size_t *n_used)
{
    double *const *half = sides->halves;
    double *sums = sides->rooms[0].sums;
    columns_pearson(sides->n, q, half[0], half[3], sums, sides->r[0]);
    columns_pearson(sides->n, q, half[1], half[2], sums, sides->r[1]);
    columns_pearson(sides->n, q, half[0], half[1], sums, sides->r[2]);
    columns_pearson(sides->n, q, half[2], half[3], sums, sides->r[3]);
    for (size_t j = 0; j < q; j++) {
        if (sides->r[2][j] > 0.0 && sides->r[3][j] > 0.0) {
            r[j] += 0.5 * (sides->r[0][j] + sides->r[1][j]) / sqrt(sides->r[2][j] * sides->r[3][j]);
            n_used[j]++;
        }
    }
}

static ana_status make_room(const ana_observations *const trials[2],
                            const repeated_stimuli repeated[2], ana_workspace *workspace,
                            two_sides *sides)
{
    const size_t q = trials[0]->n_features;
    for (size_t k = 0; k < 2; k++) {
        sides->places[k] = ana_workspace_sizes(workspace, repeated[0].n, 1);
        sides->rooms[k] = ceiling_split_room(trials[k]->n_times, repeated[k].n, q, workspace);
    }
    for (size_t k = 0; k < 4; k++) {
        sides->halves[k] = ana_workspace_doubles(workspace, repeated[0].n, q);
        sides->r[k] = ana_workspace_doubles(workspace, q, 1);
    }
    return ana_workspace_check(workspace, "ceiling");
}

ana_status ana_ceiling_two_sided(const ana_observations *x, const ana_observations *y,
                                 const ana_ceiling_options *options, double *r, size_t *n_used)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_observations *const trials[2] = {x, y};
    static const char *const streams[2] = {"ceiling.first", "ceiling.second"};
    repeated_stimuli repeated[2] = {{0}};
    two_sides sides = {0};
    const ana_ceiling_options defaults = ana_ceiling_options_default();
    options = options != NULL ? options : &defaults;
    const size_t q = x->n_features;
    size_t *used = ana_workspace_sizes(&workspace, q, 1);
    if (y->n_features != q) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE,
                         "ceiling: %zu units against %zu: they are compared one by "
                         "one",
                         q, y->n_features));
    }
    ANA_TRY(ana_options_check(ana_ceiling_option_table, options, "ceiling"));
    ANA_TRY(ceiling_repeated(x, 0, NULL, &workspace, &repeated[0]));
    ANA_TRY(ceiling_repeated(y, 0, NULL, &workspace, &repeated[1]));
    ANA_TRY(make_room(trials, repeated, &workspace, &sides));
    sides.n = match_stimuli(x, &repeated[0], y, &repeated[1], sides.places[0], sides.places[1]);
    if (sides.n < 3) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "ceiling: %zu stimuli have two trials in both systems; "
                         "three are wanted at least",
                         sides.n));
    }
    memset(r, 0, q * sizeof *r);
    for (size_t k = 0; k < options->n_splits; k++) {
        for (size_t side = 0; side < 2; side++) {
            ana_random random = ana_random_stream(options->run.seed, streams[side], k);
            ceiling_halves(trials[side], &repeated[side], &random, &sides.rooms[side]);
            take_rows(sides.n, sides.places[side], q, &sides.rooms[side], sides.halves[2 * side],
                      sides.halves[2 * side + 1]);
        }
        add_split(q, &sides, r, used);
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
