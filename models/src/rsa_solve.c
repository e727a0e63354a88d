/* Least squares from inner products, with weights of any sign or of none below 0. */
#include "rsa_fit.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

static const double rank_tolerance = 1e-12; /* of the largest eigenvalue */
static const double kkt_tolerance = 1e-12;  /* of the largest product with the target */

ana_status ana_rsa_solve_weights(size_t n, const double *a, const double *c, double *x)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *values = ana_workspace_doubles(&workspace, n, 1);
    double *vectors = ana_workspace_doubles(&workspace, n, n);
    double largest = 0.0;
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    ANA_TRY(ana_linalg_eigen_symmetric(n, a, values, vectors));
    for (size_t k = 0; k < n; k++) {
        largest = fmax(largest, values[k]);
    }
    memset(x, 0, n * sizeof *x);
    for (size_t k = 0; k < n; k++) {
        const double *vector = vectors + k * n;
        double along = 0.0;
        if (!(values[k] > rank_tolerance * largest)) {
            continue; /* models that add up to one another */
        }
        for (size_t i = 0; i < n; i++) {
            along += vector[i] * c[i];
        }
        for (size_t i = 0; i < n; i++) {
            x[i] += along / values[k] * vector[i];
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The weights that are not held at 0. */
typedef struct active_set {
    size_t n;
    const double *a;
    const double *c;
    double *x;
    bool *free;
    double *part;   /* n x n: of a */
    double *target; /* n */
    double *wanted; /* n: the free ones without a bound, at their places */
} active_set;

/* wanted: the solution of the free weights alone. */
static ana_status solve_free(const active_set *set)
{
    ana_status status = ANA_OK;
    size_t m = 0;
    size_t row = 0;
    for (size_t i = 0; i < set->n; i++) {
        m += set->free[i] ? 1 : 0;
    }
    for (size_t i = 0; i < set->n; i++) {
        size_t column = 0;
        for (size_t j = 0; j < set->n && set->free[i]; j++) {
            if (set->free[j]) {
                set->part[row * m + column++] = set->a[i * set->n + j];
            }
        }
        if (set->free[i]) {
            set->target[row++] = set->c[i];
        }
    }
    ANA_TRY(ana_rsa_solve_weights(m, set->part, set->target, set->wanted));
    for (size_t i = set->n; i-- > 0;) { /* to their places, from the last */
        set->wanted[i] = set->free[i] ? set->wanted[--m] : 0.0;
    }
done:
    return status;
}

/* Go from x towards what is wanted until the first free weight reaches 0, which is held from there
 * on; true when none did. */
static bool step(active_set *set)
{
    double share = 1.0;
    size_t first = set->n;
    for (size_t i = 0; i < set->n; i++) {
        if (set->free[i] && set->wanted[i] <= 0.0) {
            const double way = set->x[i] - set->wanted[i];
            const double reached = way > 0.0 ? set->x[i] / way : 0.0;
            first = reached < share || first == set->n ? i : first;
            share = fmin(share, reached);
        }
    }
    for (size_t i = 0; i < set->n; i++) {
        set->x[i] += share * (set->wanted[i] - set->x[i]);
    }
    if (first < set->n) {
        set->x[first] = 0.0;
        set->free[first] = false;
    }
    return first == set->n;
}

/* The held weight along which the target is matched best; n: none by more than the tolerance. */
static size_t find_entering(const active_set *set, double tolerance, size_t barred)
{
    size_t best = set->n;
    double most = tolerance;
    for (size_t i = 0; i < set->n; i++) {
        double gradient = set->c[i];
        for (size_t j = 0; j < set->n; j++) {
            gradient -= set->a[i * set->n + j] * set->x[j];
        }
        if (!set->free[i] && i != barred && gradient > most) {
            most = gradient;
            best = i;
        }
    }
    return best;
}

ana_status ana_rsa_solve_non_negative(size_t n, const double *a, const double *c, double *x)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    active_set set = {.n = n,
                      .a = a,
                      .c = c,
                      .x = x,
                      .free = ana_workspace_bytes(&workspace, n, 1, sizeof(bool)),
                      .part = ana_workspace_doubles(&workspace, n, n),
                      .target = ana_workspace_doubles(&workspace, n, 1),
                      .wanted = ana_workspace_doubles(&workspace, n, 1)};
    double largest = 0.0;
    size_t barred = n; /* rounding let it in and out again: not at once anew */
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    memset(x, 0, n * sizeof *x);
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fabs(c[i]));
    }
    /* Every round lowers the sum of squares, so no set comes twice; n^2 rounds are far beyond what
     * is ever needed, and end what rounding might turn in circles. */
    for (size_t round = 0; round < n * n + 3 * n; round++) {
        const size_t entering = find_entering(&set, kkt_tolerance * largest, barred);
        if (entering == n) {
            break;
        }
        set.free[entering] = true;
        ANA_TRY(solve_free(&set));
        while (!step(&set)) {
            ANA_TRY(solve_free(&set));
        }
        barred = set.free[entering] ? n : entering;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
