/* Items in the plane by their dissimilarities. */
#include "plane.h"

#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

ana_status ana_plane_scale(size_t n, double *square, double *positions)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *means = ana_workspace_doubles(&workspace, n, 1);
    double *values = ana_workspace_doubles(&workspace, n, 1);
    double *vectors = ana_workspace_doubles(&workspace, n, n);
    double whole = 0.0;
    ANA_TRY(ana_workspace_check(&workspace, "plane"));
    if (n < 2) {
        memset(positions, 0, 2 * n * sizeof *positions);
        goto done;
    }
    for (size_t i = 0; i < n * n; i++) {
        means[i / n] += square[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        whole += means[i] / (double)n;
    }
    for (size_t i = 0; i < n * n; i++) {
        square[i] = -0.5 * (square[i] - means[i / n] - means[i % n] + whole);
    }
    ANA_TRY(ana_linalg_eigen_symmetric(n, square, values, vectors));
    for (size_t axis = 0; axis < 2; axis++) {
        const size_t k = n - 1 - axis;
        for (size_t i = 0; i < n; i++) {
            positions[i * 2 + axis] = sqrt(fmax(values[k], 0.0)) * vectors[k * n + i];
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Each item is joined with the one nearest to it. */
static void find_nearest(size_t n, const double *square, size_t *from, size_t *to, double *weight)
{
    for (size_t i = 0; i < n; i++) {
        size_t best = i == 0 ? 1 : 0;
        for (size_t j = 0; j < n; j++) {
            best = j != i && square[i * n + j] < square[i * n + best] ? j : best;
        }
        from[i] = i;
        to[i] = best;
        weight[i] = 1.0;
    }
}

ana_status ana_plane_add(size_t n, double *square, const char *const *labels, const char *name,
                         const ana_picture_words *words, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    double *positions = ana_workspace_doubles(&workspace, n, 2);
    double *weight = ana_workspace_doubles(&workspace, n, 1);
    size_t *from = ana_workspace_sizes(&workspace, n, 1);
    size_t *to = ana_workspace_sizes(&workspace, n, 1);
    const ana_shape edges = ana_shape_1(n, "edge");
    ANA_TRY(ana_workspace_check(&workspace, "plane"));
    find_nearest(n, square, from, to, weight);
    ANA_TRY(ana_plane_scale(n, square, positions));
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_GRAPH, words, &figure));
    ANA_TRY(ana_record_add_sizes(figure, "from", edges, from, NULL));
    ANA_TRY(ana_record_add_sizes(figure, "to", edges, to, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "weight", edges, weight, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "position", ana_shape_2(n, "item", 2, NULL), positions,
                                   NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n, labels));
done:
    ana_workspace_release(&workspace);
    return status;
}
