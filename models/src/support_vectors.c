#include "dense.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/linear_scores.h>
#include <analysis/models/support_vectors.h>
#include <analysis/stats.h>
#include <analysis/svm.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

ana_status ana_kernel_linear(size_t d, size_t n_a, const double *a, size_t n_b, const double *b,
                             double *out)
{
    const ana_gemm shape = {
        .n_rows = n_a, .n_inner = d, .n_columns = n_b, .transpose_b = true, .alpha = 1.0};
    return a == b && n_a == n_b ? ana_linalg_gram_rows(n_a, d, a, out)
                                : ana_linalg_gemm(&shape, a, b, out);
}

ana_status ana_kernel_radial(size_t d, size_t n_a, const double *a, size_t n_b, const double *b,
                             double gamma, double *out)
{
    if (!(gamma > 0.0) || !isfinite(gamma)) {
        return ana_fail(ANA_ERR_VALUE, "svm: gamma is %g; above 0 is right", gamma);
    }
    for (size_t i = 0; i < n_a; i++) {
        for (size_t j = 0; j < n_b; j++) {
            out[i * n_b + j] = exp(-gamma * ana_squared_distance(d, a + i * d, b + j * d));
        }
    }
    return ANA_OK;
}

double ana_kernel_radial_scale(size_t n, size_t d, const double *x)
{
    const double variance = ana_stats_variance(n * d, x, 0);
    return variance > 0.0 ? 1.0 / ((double)d * variance) : 1.0;
}

size_t ana_support_vectors_n_pairs(size_t n_classes)
{
    return n_classes * (n_classes - (n_classes > 0 ? 1 : 0)) / 2;
}

typedef struct pair_room {
    size_t *members;
    bool *is_second;
    double *kernel;
    double *weights;
} pair_room;

/* The rows of the pair, by class as scikit-learn sorts them, so that its steps and ours are the
 * same; returns how many. */
static size_t gather_pair(const ana_labelled_kernel *known, const size_t pair[2], pair_room *room)
{
    size_t n = 0;
    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0; i < known->n; i++) {
            if (known->classes[i] == pair[side]) {
                room->is_second[n] = side == 1;
                room->members[n++] = i;
            }
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            room->kernel[i * n + j] = known->kernel[room->members[i] * known->n + room->members[j]];
        }
    }
    return n;
}

ana_status ana_support_vectors_fit(const ana_labelled_kernel *known, double cost, double tolerance,
                                   double *weights, double *offsets)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = known->n;
    const ana_labelled_rows rows = {n, n, known->kernel, known->n_classes, known->classes};
    pair_room room = {
        ana_workspace_sizes(&workspace, n, 1), ana_workspace_bytes(&workspace, n, 1, sizeof(bool)),
        ana_workspace_doubles(&workspace, n, n), ana_workspace_doubles(&workspace, n, 1)};
    size_t at = 0;
    ANA_TRY(ana_workspace_check(&workspace, "svm"));
    ANA_TRY(ana_labelled_rows_check(&rows, "svm"));
    memset(weights, 0, ana_support_vectors_n_pairs(known->n_classes) * n * sizeof *weights);
    for (size_t a = 0; a < known->n_classes; a++) {
        for (size_t b = a + 1; b < known->n_classes; b++, at++) {
            const size_t n_members = gather_pair(known, (const size_t[2]){a, b}, &room);
            ANA_TRY(ana_svm_fit(n_members, room.kernel, room.is_second, cost, tolerance,
                                room.weights, offsets + at));
            for (size_t i = 0; i < n_members; i++) {
                weights[at * n + room.members[i]] = room.weights[i];
            }
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_support_vectors_decide(size_t n_new, size_t n, const double *kernel, size_t n_pairs,
                                      const double *weights, const double *offsets,
                                      double *decisions)
{
    return ana_linear_scores(n_new, n, kernel, n_pairs, weights, offsets, decisions);
}

/* The votes for class c; *sum of the decisions for it. */
static double votes_for(size_t n_classes, const double *decisions, size_t c, double *sum)
{
    double votes = 0.0;
    *sum = 0.0;
    for (size_t other = 0; other < n_classes; other++) {
        const size_t a = c < other ? c : other;
        const size_t b = c < other ? other : c;
        if (a == b) {
            continue;
        }
        const double decision = decisions[a * (2 * n_classes - a - 1) / 2 + b - a - 1];
        votes += (decision < 0.0) == (a == c) ? 1.0 : 0.0;
        *sum += b == c ? decision : -decision;
    }
    return votes;
}

void ana_support_vectors_vote(size_t n_new, size_t n_classes, const double *decisions,
                              size_t *predicted)
{
    const size_t n_pairs = ana_support_vectors_n_pairs(n_classes);
    for (size_t i = 0; i < n_new; i++) {
        double most = -1.0;
        for (size_t c = 0; c < n_classes; c++) {
            double sum = 0.0;
            const double votes = votes_for(n_classes, decisions + i * n_pairs, c, &sum);
            predicted[i] = votes > most ? c : predicted[i];
            most = fmax(most, votes);
        }
    }
}

void ana_support_vectors_scores(size_t n_new, size_t n_classes, const double *decisions,
                                double *scores)
{
    const size_t n_pairs = ana_support_vectors_n_pairs(n_classes);
    for (size_t k = 0; k < n_new * n_classes; k++) {
        double sum = 0.0;
        const double votes =
            votes_for(n_classes, decisions + k / n_classes * n_pairs, k % n_classes, &sum);
        scores[k] = votes + sum / (3.0 * fabs(sum) + 3.0);
    }
}
