/* Two systems, the best alignment of one to the other, and how far apart they are under it. */
#include "dense.h"
#include "shape_parts.h"
#include "try.h"

#include <analysis/assignment.h>
#include <analysis/linalg.h>
#include <analysis/singular_values.h>

#include <float.h>
#include <math.h>
#include <string.h>

/* Squared distances below this share of the squared lengths are taken from differences: the
 * lengths' own would lose more than half the digits. */
static const double cancelling = 1e-6;

/* The columns of a and of b that go together: r of each, in the test stimuli. */
typedef struct aligned {
    size_t r;
    double *a; /* n_test x r */
    double *b;
} aligned;

static void take_rows(size_t n, size_t d, const double *rows, const size_t *order, double *out)
{
    for (size_t i = 0; i < n; i++) {
        memcpy(out + i * d, rows + order[i] * d, d * sizeof *out);
    }
}

/* The other system, its rows in another order where one is given. */
typedef struct other_rows {
    const double *train;
    const double *test;
    const size_t *order; /* of the test stimuli */
} other_rows;

static ana_status products(const ana_shape_form *a, const ana_shape_form *b, const double *b_train,
                           double sign, double *out)
{
    const ana_gemm shape = {.n_rows = a->d,
                            .n_inner = a->n_train,
                            .n_columns = b->d,
                            .transpose_a = true,
                            .alpha = sign};
    return ana_linalg_gemm(&shape, a->train, b_train, out);
}

/* The largest sum of products over all rotations: that of the singular values of A^T B. */
static ana_status common_length(const ana_shape_form *a, const ana_shape_form *b,
                                const other_rows *other, double *common)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t most = a->d < b->d ? a->d : b->d;
    double *product = ana_workspace_doubles(&workspace, a->d, b->d);
    double *s = ana_workspace_doubles(&workspace, most, 1);
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    ANA_TRY(products(a, b, other->train, 1.0, product));
    ANA_TRY(ana_singular_values(a->d, b->d, product, s));
    *common = 0.0;
    for (size_t k = 0; k < most; k++) {
        *common += s[k];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Rotations: along the singular vectors of A^T B whose value is not rounding. */
static ana_status turn(const ana_shape_form *a, const ana_shape_form *b, const other_rows *other,
                       aligned *to)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t most = a->d < b->d ? a->d : b->d;
    double *product = ana_workspace_doubles(&workspace, a->d, b->d);
    double *u = ana_workspace_doubles(&workspace, a->d, most);
    double *vt = ana_workspace_doubles(&workspace, most, b->d);
    double *s = ana_workspace_doubles(&workspace, most, 1);
    double *both = ana_workspace_doubles(&workspace, a->n_test, most);
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    ANA_TRY(products(a, b, other->train, 1.0, product));
    ANA_TRY(ana_linalg_svd(a->d, b->d, product, u, s, vt));
    to->r = 0;
    while (to->r < most && s[to->r] > (double)(a->d + b->d) * DBL_EPSILON * s[0]) {
        to->r++;
    }
    ANA_TRY(ana_linalg_multiply(a->n_test, a->d, most, a->test, u, both));
    for (size_t i = 0; i < a->n_test; i++) {
        memcpy(to->a + i * to->r, both + i * most, to->r * sizeof *to->a);
    }
    const ana_gemm shape = {.n_rows = b->n_test,
                            .n_inner = b->d,
                            .n_columns = to->r,
                            .transpose_b = true,
                            .alpha = 1.0};
    ANA_TRY(ana_linalg_gemm(&shape, other->test, vt, to->b));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Exchanges: the assignment of largest sum of products; or unit by unit. */
static ana_status exchange(const ana_shape_form *a, const ana_shape_form *b,
                           const other_rows *other, bool assign, aligned *to)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *product = ana_workspace_doubles(&workspace, a->d, assign ? b->d : 1);
    size_t *column = ana_workspace_sizes(&workspace, a->d, 1);
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    for (size_t k = 0; k < a->d; k++) {
        column[k] = k;
    }
    if (assign) {
        ANA_TRY(products(a, b, other->train, -1.0, product));
        ANA_TRY(ana_assignment_solve(a->d, b->d, product, column, NULL));
    }
    to->r = a->d < b->d ? a->d : b->d;
    for (size_t i = 0; i < a->n_test; i++) {
        size_t at = i * to->r;
        for (size_t k = 0; k < a->d; k++) {
            if (column[k] != ANA_UNASSIGNED) {
                to->a[at] = a->test[i * a->d + k];
                to->b[at++] = other->test[i * b->d + column[k]];
            }
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Squared length of a row of d that its r aligned columns do not have, as far as it is not the
 * difference's rounding. */
static double beyond(size_t d, const double *row, size_t r, const double *columns)
{
    const double whole = ana_dot(d, row, row);
    const double more = whole - ana_dot(r, columns, columns);
    return r < d && more > 8.0 * (double)d * DBL_EPSILON * whole ? more : 0.0;
}

static double all_squares(const ana_shape_form *form)
{
    return ana_dot(form->n_test * form->d, form->test, form->test);
}

static ana_status take_other(const ana_shape_form *b, const ana_shape_orders *orders,
                             ana_workspace *workspace, other_rows *other)
{
    ana_status status = ANA_OK;
    const bool held_out = b->test != b->train;
    *other = (other_rows){b->train, b->test, NULL};
    if (orders == NULL) {
        return ANA_OK;
    }
    double *train = ana_workspace_doubles(workspace, b->n_train, b->d);
    double *test = held_out ? ana_workspace_doubles(workspace, b->n_test, b->d) : train;
    ANA_TRY(ana_workspace_check(workspace, "shape"));
    take_rows(b->n_train, b->d, b->train, orders->train, train);
    if (held_out) {
        take_rows(b->n_test, b->d, b->test, orders->test, test);
    }
    *other = (other_rows){train, test, orders->test};
done:
    return status;
}

ana_status ana_shape_fit_pair(const ana_shape_form *a, const ana_shape_form *b,
                              ana_shape_alignment alignment, const ana_shape_orders *orders,
                              double *apart, double *of_stimulus)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    aligned to = {.r = 0};
    other_rows other = {NULL, NULL, NULL};
    const size_t most = a->d < b->d ? a->d : b->d;
    ANA_TRY(take_other(b, orders, &workspace, &other));
    if (alignment == ANA_SHAPE_ORTHOGONAL && b->test == b->train && of_stimulus == NULL) {
        double common = 0.0;
        ANA_TRY(common_length(a, b, &other, &common));
        const double lengths = all_squares(a) + all_squares(b);
        *apart = lengths - 2.0 * common;
        if (*apart > cancelling * lengths) {
            goto done;
        }
    }
    to.a = ana_workspace_doubles(&workspace, a->n_test, most);
    to.b = ana_workspace_doubles(&workspace, b->n_test, most);
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    if (alignment == ANA_SHAPE_ORTHOGONAL) {
        ANA_TRY(turn(a, b, &other, &to));
    } else {
        ANA_TRY(exchange(a, b, &other, alignment == ANA_SHAPE_PERMUTATION, &to));
    }
    *apart = 0.0;
    for (size_t i = 0; i < a->n_test; i++) {
        const double of_one = ana_squared_distance(to.r, to.a + i * to.r, to.b + i * to.r) +
                              beyond(a->d, a->test + i * a->d, to.r, to.a + i * to.r) + a->rest[i] +
                              beyond(b->d, other.test + i * b->d, to.r, to.b + i * to.r) +
                              b->rest[other.order == NULL ? i : other.order[i]];
        *apart += of_one;
        if (of_stimulus != NULL) {
            of_stimulus[i] = of_one;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

double ana_shape_distance_of(ana_shape_distance kind, double apart, double x, double y)
{
    /* Of the two brought to length 1: |x / |x| - y / |y||^2, without the difference of lengths. */
    const double apart_scaled = (apart - (sqrt(x) - sqrt(y)) * (sqrt(x) - sqrt(y))) / sqrt(x * y);
    const double chord = sqrt(fmin(fmax(apart_scaled, 0.0), 4.0));
    switch (kind) {
    case ANA_SHAPE_EUCLIDEAN:
        return sqrt(fmax(apart, 0.0));
    case ANA_SHAPE_SCALED:
        return chord;
    case ANA_SHAPE_ANGULAR:
    default:
        return 2.0 * asin(0.5 * chord);
    }
}
