#include "tridiagonal.h"
#include "try.h"
#include "workspace.h"

#include <float.h>
#include <lapacke.h>
#include <limits.h>
#include <string.h>

/* What dstebz hands on to dstein, and room for both. */
typedef struct eigen_room {
    double *values;
    double *vectors;
    double *work;
    lapack_int *iwork;
    lapack_int *block;
    lapack_int *split;
    lapack_int *failed;
} eigen_room;

static ana_status find(lapack_int n, const double *diagonal, const double *off_diagonal,
                       lapack_int k, eigen_room *room)
{
    lapack_int found = 0;
    lapack_int n_blocks = 0;
    lapack_int info = LAPACKE_dstebz_work('I', 'B', n, 0.0, 0.0, n - k + 1, n, 2.0 * DBL_MIN,
                                          diagonal, off_diagonal, &found, &n_blocks, room->values,
                                          room->block, room->split, room->work, room->iwork);
    if (info != 0 || found != k) {
        return ana_fail(ANA_ERR_NUMERIC, "tridiagonal: %d of %d eigenvalues found", (int)found,
                        (int)k);
    }
    info = LAPACKE_dstein_work(LAPACK_COL_MAJOR, n, diagonal, off_diagonal, k, room->values,
                               room->block, room->split, room->vectors, n, room->work, room->iwork,
                               room->failed);
    if (info != 0) {
        return ana_fail(ANA_ERR_NUMERIC, "tridiagonal: %d eigenvectors did not converge",
                        (int)info);
    }
    return ANA_OK;
}

/* dstebz orders by block of a matrix that falls apart; the caller wants descending throughout. */
static size_t index_of_largest(size_t k, const double *values, const bool *taken)
{
    size_t best = k;
    for (size_t i = 0; i < k; i++) {
        if (!taken[i] && (best == k || values[i] > values[best])) {
            best = i;
        }
    }
    return best;
}

ana_status ana_tridiagonal_largest(size_t n, const double *diagonal, const double *off_diagonal,
                                   size_t k, double *values, double *vectors)
{
    if (k == 0 || k > n || n > INT_MAX) {
        return ana_fail(ANA_ERR_VALUE, "tridiagonal: %zu eigenvalues of a matrix of %zu rows", k,
                        n);
    }
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    eigen_room room = {.values = ana_workspace_doubles(&workspace, n, 1),
                       .vectors = ana_workspace_doubles(&workspace, n, k),
                       .work = ana_workspace_doubles(&workspace, n, 5),
                       .iwork = ana_workspace_bytes(&workspace, n, 3, sizeof(lapack_int)),
                       .block = ana_workspace_bytes(&workspace, n, 1, sizeof(lapack_int)),
                       .split = ana_workspace_bytes(&workspace, n, 1, sizeof(lapack_int)),
                       .failed = ana_workspace_bytes(&workspace, k, 1, sizeof(lapack_int))};
    bool *taken = ana_workspace_bytes(&workspace, k, 1, sizeof *taken);
    ANA_TRY(ana_workspace_check(&workspace, "tridiagonal"));
    ANA_TRY(find((lapack_int)n, diagonal, off_diagonal, (lapack_int)k, &room));
    for (size_t i = 0; i < k; i++) {
        size_t best = index_of_largest(k, room.values, taken);
        taken[best] = true;
        values[i] = room.values[best];
        memcpy(vectors + i * n, room.vectors + best * n, n * sizeof(double));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
