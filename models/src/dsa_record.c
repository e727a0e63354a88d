/* Dynamical similarity as a record: systems, distances, eigenvalues, and what the choice of delays
 * and rank rests on. */
#include "constants.h"
#include "dsa_parts.h"
#include "picture.h"
#include "plane.h"
#include "try.h"

#include <math.h>
#include <stdio.h>

enum {
    CIRCLE = 48,       /* points of the unit circle */
    MOST_LABELS = 60,  /* systems named beside a matrix */
    MOST_DYNAMICS = 24 /* systems drawn with their eigenvalues */
};

/* The eigenvalues of the systems after the points of the circle. */
static ana_status fill_circle(const ana_dsa *dsa, size_t n_systems, ana_record *figure)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = CIRCLE + n_systems * dsa->rank;
    double *positions = ana_workspace_doubles(&workspace, n, 2);
    size_t *group = ana_workspace_sizes(&workspace, n, 1);
    double *weight = ana_workspace_doubles(&workspace, CIRCLE, 1);
    size_t *from = ana_workspace_sizes(&workspace, CIRCLE, 1);
    size_t *to = ana_workspace_sizes(&workspace, CIRCLE, 1);
    const char **names = ana_workspace_bytes(&workspace, n_systems + 1, 1, sizeof *names);
    const char **nameless = ana_workspace_bytes(&workspace, n, 1, sizeof *nameless);
    const ana_shape edges = ana_shape_1(CIRCLE, "edge");
    ANA_TRY(ana_workspace_check(&workspace, "dsa"));
    names[0] = "unit circle";
    for (size_t k = 0; k < CIRCLE; k++) {
        const double angle = 2.0 * ANA_PI * (double)k / CIRCLE;
        positions[2 * k] = cos(angle);
        positions[2 * k + 1] = sin(angle);
        from[k] = k;
        to[k] = (k + 1) % CIRCLE;
        weight[k] = 1.0;
    }
    for (size_t i = 0; i < n_systems * dsa->rank; i++) {
        const ana_dsa_system *system = dsa->systems[i / dsa->rank];
        positions[2 * (CIRCLE + i)] = system->eigenvalues[2 * (i % dsa->rank)];
        positions[2 * (CIRCLE + i) + 1] = system->eigenvalues[2 * (i % dsa->rank) + 1];
        group[CIRCLE + i] = 1 + i / dsa->rank;
        names[1 + i / dsa->rank] = system->name;
    }
    ANA_TRY(ana_record_add_sizes(figure, "from", edges, from, NULL));
    ANA_TRY(ana_record_add_sizes(figure, "to", edges, to, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "weight", edges, weight, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "position", ana_shape_2(n, "eigenvalue", 2, NULL),
                                   positions, NULL));
    ANA_TRY(ana_record_add_sizes(figure, "group", ana_shape_1(n, "eigenvalue"), group, NULL));
    ANA_TRY(ana_record_add_texts(figure, "group_labels", n_systems + 1, names));
    ANA_TRY(ana_record_add_texts(figure, "labels", n, nameless));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_eigenvalues(const ana_dsa *dsa, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const ana_picture_words words = {
        .title = "Eigenvalues of the dynamics",
        .caption = "In the complex plane. On the unit circle a mode keeps its size, within it "
                   "decays; the angle from the right is its turn in one step.",
        .x_title = "real",
        .y_title = "imaginary"};
    const size_t n = dsa->n < MOST_DYNAMICS ? dsa->n : MOST_DYNAMICS;
    ANA_TRY(ana_record_add_picture(record, "eigenvalue_plane", ANA_HINT_GRAPH, &words, &figure));
    ANA_TRY(fill_circle(dsa, n, figure));
done:
    return status;
}

static ana_status add_matrix(const ana_dsa *dsa, const char *name, const double *values,
                             const ana_picture_words *words, const char *const *names,
                             ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    size_t *together = ana_workspace_sizes(&workspace, dsa->n, 1); /* one group: a square */
    ANA_TRY(ana_workspace_check(&workspace, "dsa"));
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_MATRIX_GROUPS, words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values",
                                   ana_shape_2(dsa->n, "system", dsa->n, "system"), values, NULL));
    ANA_TRY(ana_record_add_sizes(figure, "group", ana_shape_1(dsa->n, "system"), together, NULL));
    if (dsa->n <= MOST_LABELS) {
        ANA_TRY(ana_record_add_texts(figure, "labels", dsa->n, names));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_distances(const ana_dsa *dsa, const char *const *names, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = dsa->n;
    double *square = ana_workspace_doubles(&workspace, n, n);
    const ana_picture_words matrix = {
        .title = "Distance of the dynamics",
        .caption = "Of each pair of systems, in the change of basis that brings them nearest.",
        .x_title = "system",
        .y_title = "system",
        .value_title = ana_dsa_measure_names[dsa->measure]};
    const ana_picture_words halves = {
        .title = "Distance of halves of the trials",
        .caption = "Mean over halvings: on the diagonal how far a system is from itself, which "
                   "differences of systems have to exceed.",
        .x_title = "system",
        .y_title = "system",
        .value_title = ana_dsa_measure_names[dsa->measure]};
    const ana_picture_words plane = {
        .title = "Systems in the plane",
        .caption = "By classical scaling of their distances, each joined with the one nearest to "
                   "it: what is near has alike dynamics, as far as two dimensions can say."};
    ANA_TRY(ana_workspace_check(&workspace, "dsa"));
    ANA_TRY(add_matrix(dsa, "distance_matrix", dsa->distances, &matrix, names, record));
    if (dsa->half_distances != NULL) {
        ANA_TRY(add_matrix(dsa, "half_matrix", dsa->half_distances, &halves, names, record));
    }
    if (n >= 3) {
        for (size_t i = 0; i < n * n; i++) {
            square[i] = dsa->distances[i] * dsa->distances[i];
        }
        ANA_TRY(ana_plane_add(n, square, names, "plane", &plane, record));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Delays and ranks as the numbers they are. */
static ana_status add_choice(const ana_dsa_choice *choice, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *group = NULL;
    ana_record *figure = NULL;
    const ana_shape shape = ana_shape_2(choice->n_delays, "delays", choice->n_ranks, "rank");
    const ana_picture_words words = {
        .title = "Held-out error of one step",
        .caption = "Squared error of the next sample of trials that were not fitted, over its "
                   "square; mean over systems and folds. The least decides delays and rank.",
        .x_title = "rank",
        .y_title = "delays",
        .value_title = "relative error"};
    char(*texts)[24] =
        ana_workspace_bytes(&workspace, choice->n_delays + choice->n_ranks, 1, sizeof *texts);
    const char **labels =
        ana_workspace_bytes(&workspace, choice->n_delays + choice->n_ranks, 1, sizeof *labels);
    ANA_TRY(ana_workspace_check(&workspace, "dsa"));
    for (size_t k = 0; k < choice->n_delays + choice->n_ranks; k++) {
        snprintf(texts[k], sizeof texts[k], "%zu",
                 k < choice->n_delays ? choice->delays[k] : choice->ranks[k - choice->n_delays]);
        labels[k] = texts[k];
    }
    ANA_TRY(ana_record_add_group(record, "choice", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_sizes(group, "delays", ana_shape_1(choice->n_delays, "delays"),
                                 choice->delays, NULL));
    ANA_TRY(ana_record_add_sizes(group, "ranks", ana_shape_1(choice->n_ranks, "rank"),
                                 choice->ranks, NULL));
    ANA_TRY(ana_record_add_doubles(group, "mase", shape, choice->mase, NULL));
    ANA_TRY(ana_record_add_doubles(group, "aic", shape, choice->aic, NULL));
    ANA_TRY(ana_record_add_picture(group, "held_out", ANA_HINT_HEAT_MAP, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", shape, choice->error, NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", choice->n_delays, labels));
    ANA_TRY(
        ana_record_add_texts(figure, "column_labels", choice->n_ranks, labels + choice->n_delays));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_systems(const ana_dsa *dsa, const char *const *names, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n = dsa->n;
    const ana_shape shape = ana_shape_1(n, "system");
    size_t *counts = ana_workspace_sizes(&workspace, n, 6);
    double *shares = ana_workspace_doubles(&workspace, n, 3);
    static const char *const columns[] = {"trials", "units",         "units_left_out",
                                          "rows",   "rows_left_out", "transitions"};
    static const char *const numbers[] = {"explained", "error", "largest_modulus"};
    const ana_picture_words words = {
        .title = "Systems",
        .caption = "Share of the embedding within the rank, relative squared error of one step of "
                   "the states that were fitted, and the largest eigenvalue's modulus."};
    ANA_TRY(ana_workspace_check(&workspace, "dsa"));
    for (size_t i = 0; i < n; i++) {
        const ana_dsa_system *system = dsa->systems[i];
        const size_t values[] = {system->n_trials,         system->n_units,
                                 system->n_units_left_out, system->n_rows,
                                 system->n_rows_left_out,  system->n_transitions};
        for (size_t k = 0; k < 6; k++) {
            counts[k * n + i] = values[k];
        }
        shares[i] = system->explained;
        shares[n + i] = system->error;
        shares[2 * n + i] = hypot(system->eigenvalues[0], system->eigenvalues[1]);
    }
    ANA_TRY(ana_record_add_picture(record, "systems", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "system", n, names));
    for (size_t k = 0; k < 6; k++) {
        ANA_TRY(ana_record_add_sizes(table, columns[k], shape, counts + k * n, NULL));
    }
    for (size_t k = 0; k < 3; k++) {
        ANA_TRY(ana_record_add_doubles(table, numbers[k], shape, shares + k * n, NULL));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The dynamics themselves: system x rank x rank, and their eigenvalues. */
static ana_status add_dynamics(const ana_dsa *dsa, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t r = dsa->rank;
    double *dynamics = ana_workspace_doubles(&workspace, dsa->n * r, r);
    double *eigenvalues = ana_workspace_doubles(&workspace, dsa->n * r, 2);
    double *singular = ana_workspace_doubles(&workspace, dsa->n, r);
    ANA_TRY(ana_workspace_check(&workspace, "dsa"));
    for (size_t i = 0; i < dsa->n; i++) {
        const ana_dsa_system *system = dsa->systems[i];
        for (size_t k = 0; k < r * r; k++) {
            dynamics[i * r * r + k] = system->dynamics[k];
        }
        for (size_t k = 0; k < r; k++) {
            singular[i * r + k] = system->singular[k];
            eigenvalues[(i * r + k) * 2] = system->eigenvalues[2 * k];
            eigenvalues[(i * r + k) * 2 + 1] = system->eigenvalues[2 * k + 1];
        }
    }
    const ana_shape squares = {3, {dsa->n, r, r}, {"system", "to", "from"}};
    const ana_shape points = {3, {dsa->n, r, 2}, {"system", "eigenvalue", "real, imaginary"}};
    ANA_TRY(ana_record_add_doubles(record, "dynamics", squares, dynamics, NULL));
    ANA_TRY(ana_record_add_doubles(record, "eigenvalues", points, eigenvalues, NULL));
    ANA_TRY(ana_record_add_doubles(record, "singular_values",
                                   ana_shape_2(dsa->n, "system", r, "state"), singular, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_squares(const ana_dsa *dsa, ana_record *record)
{
    ana_status status = ANA_OK;
    const bool searched = dsa->measure != ANA_DSA_EIGENVALUES;
    const ana_shape shape = ana_shape_2(dsa->n, "system", dsa->n, "system");
    const struct {
        const char *name;
        const double *values;
    } squares[] = {{"distances", dsa->distances},
                   {"eigenvalue_distances", dsa->eigenvalue_distances},
                   {"lower_bounds", searched ? dsa->lower_bounds : NULL},
                   {"spreads", searched ? dsa->spreads : NULL},
                   {"n_starts", searched ? dsa->n_starts : NULL},
                   {"n_agreeing", searched ? dsa->n_agreeing : NULL},
                   {"half_distances", dsa->half_distances},
                   {"p_values", dsa->p_values}};
    for (size_t k = 0; k < sizeof squares / sizeof squares[0]; k++) {
        if (squares[k].values != NULL) {
            ANA_TRY(
                ana_record_add_doubles(record, squares[k].name, shape, squares[k].values, NULL));
        }
    }
done:
    return status;
}

ana_status ana_dsa_to_record(const ana_dsa *dsa, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *record = NULL;
    const char **names = ana_workspace_bytes(&workspace, dsa->n, 1, sizeof *names);
    ANA_TRY(ana_workspace_check(&workspace, "dsa"));
    for (size_t i = 0; i < dsa->n; i++) {
        names[i] = dsa->systems[i]->name;
    }
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "dsa"));
    ANA_TRY(ana_record_add_text(record, "title", "How alike the dynamics of systems are"));
    ANA_TRY(ana_record_add_text(record, "measure", ana_dsa_measure_names[dsa->measure]));
    ANA_TRY(ana_record_add_int(record, "n_delays", (int64_t)dsa->n_delays, NULL));
    ANA_TRY(ana_record_add_int(record, "delay_interval", (int64_t)dsa->delay_interval, "row"));
    ANA_TRY(ana_record_add_int(record, "rank", (int64_t)dsa->rank, NULL));
    ANA_TRY(ana_record_add_texts(record, "names", dsa->n, names));
    if (dsa->n > 1) {
        ANA_TRY(add_distances(dsa, names, record));
    }
    ANA_TRY(add_eigenvalues(dsa, record));
    ANA_TRY(add_systems(dsa, names, record));
    if (dsa->choice != NULL) {
        ANA_TRY(add_choice(dsa->choice, record));
    }
    ANA_TRY(add_squares(dsa, record));
    ANA_TRY(add_dynamics(dsa, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    ana_workspace_release(&workspace);
    return status;
}
