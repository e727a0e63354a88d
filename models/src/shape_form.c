/* A system as distances of shape need it: centred, whitened, in few columns.
 *
 * With X = U S V^T of the training stimuli, whitening is V diag(d) V^T, and what is turned at will
 * may as well be U S diag(d): as many columns as the rank of X, from the smaller of the two inner
 * products. */
#include "dense.h"
#include "shape_parts.h"
#include "try.h"

#include <analysis/linalg.h>

#include <float.h>
#include <math.h>
#include <string.h>

/* The directions that training stimuli span. */
typedef struct span {
    size_t rank;
    double *left;    /* rank x n_train, orthonormal rows; NULL where units are fewer */
    double *vectors; /* rank x p, orthonormal rows; NULL: not made */
    double *lengths; /* rank: singular values */
    double *weights; /* rank: what whitening multiplies them by */
    double outside;  /* what it multiplies all else by */
} span;

static void gather_rows(const ana_measured_units *units, size_t n, const size_t *rows, double *out)
{
    for (size_t i = 0; i < n; i++) {
        const size_t row = rows == NULL ? i : rows[i];
        memcpy(out + i * units->n, units->values + row * units->n, units->n * sizeof *out);
    }
}

/* Training means; of a unit that is the same for all its value, so that nothing of it is left. */
static void find_means(size_t n, size_t p, const double *x, double *means)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < p; k++) {
            means[k] += x[i * p + k] / (double)n;
        }
    }
    for (size_t k = 0; k < p; k++) {
        bool same = true;
        for (size_t i = 1; i < n && same; i++) {
            same = x[i * p + k] == x[k];
        }
        means[k] = same ? x[k] : means[k];
    }
}

static void centre(size_t n, size_t p, const double *means, double *x)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < p; k++) {
            x[i * p + k] -= means[k];
        }
    }
}

/* d = 1 - w + w / s, scaled so that the variance stays; eigenvalues that are too small: 1 - w. */
static void weigh(const ana_shape_options *options, span *of)
{
    const double kept = 1.0 - options->whitening;
    double before = 0.0;
    double after = 0.0;
    for (size_t k = 0; k < of->rank; k++) {
        const double s = of->lengths[k];
        const bool whitened = s * s > options->tolerance * of->lengths[0] * of->lengths[0];
        of->weights[k] = kept + (whitened ? options->whitening / s : 0.0);
        before += s * s;
        after += of->weights[k] * of->weights[k] * s * s;
    }
    const double scale = of->rank > 0 ? sqrt(before / after) : 1.0;
    for (size_t k = 0; k < of->rank; k++) {
        of->weights[k] *= scale;
    }
    of->outside = kept * scale;
}

/* Singular values and vectors of X (n x p) by the smaller inner product, largest first, those above
 * rounding. */
static ana_status find_span(size_t n, size_t p, const double *x, bool vectors,
                            ana_workspace *workspace, span *of)
{
    ana_status status = ANA_OK;
    ana_workspace local = {0};
    const bool by_rows = p > n;
    const size_t m = by_rows ? n : p;
    double *products = ana_workspace_doubles(&local, m, m);
    double *rising = ana_workspace_doubles(&local, m, m);
    double *values = ana_workspace_doubles(&local, m, 1);
    double *found = ana_workspace_doubles(workspace, m, m);
    of->lengths = ana_workspace_doubles(workspace, m, 1);
    of->weights = ana_workspace_doubles(workspace, m, 1);
    double *turned = by_rows && vectors ? ana_workspace_doubles(workspace, m, p) : NULL;
    ANA_TRY(ana_workspace_check(&local, "shape"));
    ANA_TRY(ana_workspace_check(workspace, "shape"));
    ANA_TRY(by_rows ? ana_linalg_gram_rows(n, p, x, products) : ana_linalg_gram(n, p, x, products));
    ANA_TRY(ana_linalg_eigen_symmetric(m, products, values, rising));
    const double least = (double)(n > p ? n : p) * DBL_EPSILON * values[m - 1];
    of->rank = 0;
    while (of->rank < m && values[m - 1 - of->rank] > least) {
        of->lengths[of->rank] = sqrt(values[m - 1 - of->rank]);
        memcpy(found + of->rank * m, rising + (m - 1 - of->rank) * m, m * sizeof *found);
        of->rank++;
    }
    of->left = by_rows ? found : NULL;
    of->vectors = by_rows ? turned : found;
    if (turned != NULL) {
        ANA_TRY(ana_linalg_multiply(of->rank, n, p, found, x, turned));
        for (size_t k = 0; k < of->rank * p; k++) {
            turned[k] /= of->lengths[k / p];
        }
    }
done:
    ana_workspace_release(&local);
    return status;
}

/* Coordinates of n rows along the vectors, times the weights. */
static ana_status project(const span *of, size_t n, size_t p, const double *x,
                          const double *weights, double *out)
{
    const ana_gemm shape = {
        .n_rows = n, .n_inner = p, .n_columns = of->rank, .transpose_b = true, .alpha = 1.0};
    ana_status status = ana_linalg_gemm(&shape, x, of->vectors, out);
    for (size_t i = 0; i < n * of->rank && weights != NULL; i++) {
        out[i] *= weights[i % of->rank];
    }
    return status;
}

/* What of each row lies outside the span, where that is not all there is. */
static void find_rest(const span *of, size_t n, size_t p, const double *x, const double *inside,
                      double *rest)
{
    for (size_t i = 0; i < n; i++) {
        const double *row = inside + i * of->rank;
        double within = 0.0;
        for (size_t k = 0; k < of->rank; k++) {
            const double plain = row[k] / (of->weights[k] > 0.0 ? of->weights[k] : 1.0);
            within += of->weights[k] > 0.0 ? plain * plain : 0.0;
        }
        const double whole = ana_dot(p, x + i * p, x + i * p);
        const bool some = whole - within > 8.0 * (double)p * DBL_EPSILON * whole; /* no rounding */
        rest[i] = some ? of->outside * of->outside * (whole - within) : 0.0;
    }
}

/* For rotations: coordinates in the span. */
static ana_status take_coordinates(const span *of, size_t p, const double *train,
                                   const double *test, ana_workspace *workspace,
                                   ana_shape_form *form)
{
    ana_status status = ANA_OK;
    const bool apart = test != train;
    form->d = of->rank > 0 ? of->rank : 1; /* a system that does not vary: a column of 0 */
    form->train = ana_workspace_doubles(workspace, form->n_train, form->d);
    form->test = apart ? ana_workspace_doubles(workspace, form->n_test, form->d) : form->train;
    ANA_TRY(ana_workspace_check(workspace, "shape"));
    if (of->left != NULL) {
        for (size_t i = 0; i < form->n_train * of->rank; i++) {
            const size_t k = i % of->rank;
            form->train[i] =
                of->left[k * form->n_train + i / of->rank] * of->lengths[k] * of->weights[k];
        }
    } else {
        ANA_TRY(project(of, form->n_train, p, train, of->weights, form->train));
    }
    if (apart) {
        ANA_TRY(project(of, form->n_test, p, test, of->weights, form->test));
        if (of->rank < p) {
            find_rest(of, form->n_test, p, test, form->test, form->rest);
        }
    }
done:
    return status;
}

/* Where units are to stay units: X -> outside X + X V^T (d - outside) V. */
static ana_status whiten_in_place(const span *of, size_t n, size_t p, double *x)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *inside = ana_workspace_doubles(&workspace, n, of->rank);
    double *weights = ana_workspace_doubles(&workspace, of->rank, 1);
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    for (size_t k = 0; k < of->rank; k++) {
        weights[k] = of->weights[k] - of->outside;
    }
    ANA_TRY(project(of, n, p, x, weights, inside));
    const ana_gemm shape = {
        .n_rows = n, .n_inner = of->rank, .n_columns = p, .alpha = 1.0, .beta = of->outside};
    ANA_TRY(ana_linalg_gemm(&shape, inside, of->vectors, x));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_shape_form_fit(const ana_measured_units *units, const ana_shape_options *options,
                              const ana_shape_split *split, ana_workspace *workspace,
                              ana_shape_form *out)
{
    ana_status status = ANA_OK;
    ana_workspace local = {0};
    span of = {.rank = 0};
    const size_t p = units->n;
    const bool apart = split->test != NULL;
    const bool turned = options->alignment == ANA_SHAPE_ORTHOGONAL;
    const bool reduced = turned && p > split->n_train;
    ana_workspace *of_rows = reduced || (turned && options->whitening > 0.0) ? &local : workspace;
    double *train = ana_workspace_doubles(of_rows, split->n_train, p);
    double *test = apart ? ana_workspace_doubles(of_rows, split->n_test, p) : train;
    double *means = ana_workspace_doubles(&local, p, 1);
    *out = (ana_shape_form){.n_train = split->n_train, .n_test = split->n_test};
    out->rest = ana_workspace_doubles(workspace, split->n_test, 1);
    ANA_TRY(ana_workspace_check(&local, "shape"));
    ANA_TRY(ana_workspace_check(workspace, "shape"));
    gather_rows(units, split->n_train, split->train, train);
    if (apart) {
        gather_rows(units, split->n_test, split->test, test);
    }
    if (options->centre) {
        find_means(split->n_train, p, train, means);
        centre(split->n_train, p, means, train);
        centre(apart ? split->n_test : 0, p, means, test);
    }
    if (options->whitening > 0.0 || reduced) {
        ANA_TRY(find_span(split->n_train, p, train, apart || !turned, &local, &of));
        weigh(options, &of);
    }
    if (of_rows == &local) {
        ANA_TRY(take_coordinates(&of, p, train, test, workspace, out));
        goto done;
    }
    if (options->whitening > 0.0) {
        ANA_TRY(whiten_in_place(&of, split->n_train, p, train));
        if (apart) {
            ANA_TRY(whiten_in_place(&of, split->n_test, p, test));
        }
    }
    out->d = p;
    out->train = train;
    out->test = test;
done:
    ana_workspace_release(&local);
    return status;
}
