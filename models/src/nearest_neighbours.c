#include "dense.h"
#include "order.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/nearest_neighbours.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ana_status check(const ana_neighbour_distances *known, size_t k)
{
    if (k == 0 || k > known->n) {
        return ana_fail(ANA_ERR_VALUE, "knn: %zu neighbours of %zu items; 1 to %zu is right", k,
                        known->n, known->n);
    }
    for (size_t j = 0; j < known->n; j++) {
        if (known->classes[j] >= known->n_classes) {
            return ana_fail(ANA_ERR_VALUE, "knn: item %zu is of class %zu of %zu", j,
                            known->classes[j], known->n_classes);
        }
    }
    for (size_t e = 0; e < known->n_new * known->n; e++) {
        if (!(known->distances[e] >= 0.0) || !isfinite(known->distances[e])) {
            return ana_fail(ANA_ERR_VALUE, "knn: the distance of new item %zu from item %zu is %g",
                            e / known->n, e % known->n, known->distances[e]);
        }
    }
    return ANA_OK;
}

/* votes and shares (n_classes each, out) of the k nearest, which come first in `sorted`. */
static void count(const ana_neighbour_distances *known, size_t k, const ana_placed *sorted,
                  double *votes, double *shares)
{
    double sum = 0.0;
    for (size_t c = 0; c < known->n_classes; c++) {
        votes[c] = 0.0;
        shares[c] = 0.0;
    }
    for (size_t j = 0; j < k; j++) {
        const size_t own = known->classes[sorted[j].index];
        const double nearest = sorted[0].value;
        const double share = exp((nearest - sorted[j].value) * (nearest + sorted[j].value));
        votes[own] += 1.0;
        shares[own] += share;
        sum += share;
    }
    for (size_t c = 0; c < known->n_classes; c++) {
        shares[c] /= sum;
    }
}

ana_status ana_neighbours_predict(const ana_neighbour_distances *known, size_t k, size_t *predicted,
                                  double *probabilities)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_placed *sorted = ana_workspace_bytes(&workspace, known->n, 1, sizeof *sorted);
    double *votes = ana_workspace_doubles(&workspace, known->n_classes, 1);
    double *shares = ana_workspace_doubles(&workspace, known->n_classes, 1);
    ANA_TRY(ana_workspace_check(&workspace, "knn"));
    ANA_TRY(check(known, k));
    for (size_t i = 0; i < known->n_new; i++) {
        for (size_t j = 0; j < known->n; j++) {
            sorted[j] = (ana_placed){known->distances[i * known->n + j], j};
        }
        qsort(sorted, known->n, sizeof *sorted, ana_compare_rising);
        count(known, k, sorted, votes, shares);
        if (predicted != NULL) {
            predicted[i] = ana_largest(known->n_classes, votes);
        }
        if (probabilities != NULL) {
            memcpy(probabilities + i * known->n_classes, shares, known->n_classes * sizeof *shares);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
