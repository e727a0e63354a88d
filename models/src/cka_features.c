/* HSIC of linear kernels by features, summed over rows that pass by.
 *
 * With x_i the row of a system less its mean, r_i = |x_i|^2 and n rows:
 *   biased    |X^T Y|^2 / (n - 1)^2
 *   debiased  (|X^T Y|^2 - n / (n - 2) sum r_i s_i + sum r_i sum s_i / ((n - 1) (n - 2)))
 *             / (n (n - 3))
 * (Kornblith et al. 2019; equal to Song et al. 2007 eq. 5). The means are known at the end only:
 * rows are taken less the first row, and the sums corrected for what is left of the mean m: X^T Y =
 * C - n m m'^T,   r_i = q_i - 2 x_i . m + |m|^2 with q_i the squared length.
 *
 * Limit: n p q multiplications for a pair and half of that for a system with itself. Rows are kept
 * transposed, so that a block of units is contiguous; each block of each product is a task of its
 * own and adds to its own slot: the same bits for any number of threads. */
#include "blas.h"
#include "checked.h"
#include "cka_parts.h"
#include "dense.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 128,            /* units of a task */
    SQUARE = 16,            /* of a transposition */
    CHUNK_VALUES = 1 << 23, /* of all layers together */
    CHUNK_FEWEST = 64,
    CHUNK_MOST = 2048
};

/* X^T Y of two layers, in blocks of rows: whole, or for a layer with itself up to the diagonal
 * block. */
typedef struct product {
    size_t x;
    size_t y;
    double *values;
    double *by_y;   /* p: sum over rows of |y|^2 x */
    double *by_x;   /* q: of |x|^2 y; of a layer with itself NULL */
    double squares; /* sum over rows of |x|^2 |y|^2 */
} product;

typedef struct task {
    size_t product;
    size_t first; /* unit of x */
} task;

struct ana_cka_features {
    ana_workspace workspace; /* everything below */
    ana_cka_layers layers;
    ana_run run;
    size_t n_rows;
    size_t chunk;
    double **origin;   /* layer: its first row */
    double **sum;      /* layer: of rows less the first */
    double *length;    /* layer: sum of squared lengths */
    double **columns;  /* layer: units x chunk */
    double *squares;   /* layer x chunk: squared lengths */
    size_t n_products; /* the first layers.n are those of a layer with itself */
    product *products;
    size_t n_tasks;
    task *tasks;
};

size_t ana_cka_features_chunk(const ana_cka_layers *layers)
{
    size_t n_units = 1;
    for (size_t k = 0; k < layers->n; k++) {
        n_units += layers->units[k];
    }
    const size_t rows = (size_t)CHUNK_VALUES / n_units;
    return rows < CHUNK_FEWEST ? CHUNK_FEWEST : rows > CHUNK_MOST ? CHUNK_MOST : rows;
}

/* Where the block that begins with unit `first` stands among the blocks of a layer with itself. */
static size_t own_offset(size_t first)
{
    return first * (first + BLOCK) / 2;
}

static size_t own_size(size_t p)
{
    const size_t first = p == 0 ? 0 : (p - 1) / BLOCK * BLOCK;
    return own_offset(first) + (p - first) * p;
}

/* Adds n x m doubles to a number of bytes; false when that cannot be said. */
static bool add_bytes(size_t n, size_t m, size_t *bytes)
{
    size_t values = 0;
    return ana_multiply(n, m, &values) && ana_multiply(values, sizeof(double), &values) &&
           ana_add(*bytes, values, bytes);
}

size_t ana_cka_features_bytes(const ana_cka_layers *layers)
{
    const size_t chunk = ana_cka_features_chunk(layers); /* as they come, and transposed */
    size_t bytes = 0;
    bool known = true;
    for (size_t k = 0; k < layers->n; k++) {
        const size_t p = layers->units[k];
        known = known && add_bytes(p, 2 * chunk + 4, &bytes) && add_bytes(p, p / 2 + BLOCK, &bytes);
    }
    for (size_t i = 0; i < layers->n_a; i++) {
        for (size_t j = 0; j < layers->n_b; j++) {
            const size_t q = layers->units[ana_cka_layer_of_b(layers, j)];
            if (ana_cka_is_pair(layers, i, j)) {
                known = known && add_bytes(layers->units[i] + 1, q + 1, &bytes);
            }
        }
    }
    return known ? bytes : SIZE_MAX;
}

static size_t count_products(const ana_cka_layers *layers)
{
    const size_t pairs =
        layers->same ? layers->n_a * (layers->n_a - 1) / 2 : layers->n_a * layers->n_b;
    return layers->n + pairs;
}

static void add_product(ana_cka_features *features, size_t x, size_t y)
{
    product *to = &features->products[features->n_products++];
    const size_t p = features->layers.units[x];
    const size_t q = features->layers.units[y];
    to->x = x;
    to->y = y;
    to->by_y = ana_workspace_doubles(&features->workspace, p, 1);
    to->by_x = x == y ? NULL : ana_workspace_doubles(&features->workspace, q, 1);
    to->values = x == y ? ana_workspace_doubles(&features->workspace, own_size(p), 1)
                        : ana_workspace_doubles(&features->workspace, p, q);
}

static ana_status add_tasks(ana_cka_features *features)
{
    size_t n = 0;
    for (size_t k = 0; k < features->n_products; k++) {
        n += (features->layers.units[features->products[k].x] + BLOCK - 1) / BLOCK;
    }
    features->tasks = ana_workspace_bytes(&features->workspace, n, 1, sizeof *features->tasks);
    ana_status status = ana_workspace_check(&features->workspace, "cka");
    for (size_t k = 0; status == ANA_OK && k < features->n_products; k++) {
        const size_t p = features->layers.units[features->products[k].x];
        for (size_t first = 0; first < p; first += BLOCK) {
            features->tasks[features->n_tasks++] = (task){k, first};
        }
    }
    return status;
}

/* The layers' own rooms; the workspace is checked after. */
static void add_layers(const ana_cka_layers *layers, ana_cka_features *features)
{
    ana_workspace *workspace = &features->workspace;
    size_t *units = ana_workspace_sizes(workspace, layers->n, 1);
    features->layers = *layers;
    features->layers.units = units;
    features->chunk = ana_cka_features_chunk(layers);
    features->origin = ana_workspace_bytes(workspace, layers->n, 1, sizeof(double *));
    features->sum = ana_workspace_bytes(workspace, layers->n, 1, sizeof(double *));
    features->columns = ana_workspace_bytes(workspace, layers->n, 1, sizeof(double *));
    features->length = ana_workspace_doubles(workspace, layers->n, 1);
    features->squares = ana_workspace_doubles(workspace, layers->n, features->chunk);
    features->products = ana_workspace_bytes(workspace, count_products(layers), 1, sizeof(product));
    for (size_t k = 0; k < layers->n && !workspace->failed; k++) {
        units[k] = layers->units[k];
        features->origin[k] = ana_workspace_doubles(workspace, units[k], 1);
        features->sum[k] = ana_workspace_doubles(workspace, units[k], 1);
        features->columns[k] = ana_workspace_doubles(workspace, units[k], features->chunk);
    }
}

ana_status ana_cka_features_new(const ana_cka_layers *layers, const ana_run *run,
                                ana_cka_features **out)
{
    ana_status status = ANA_OK;
    ana_cka_features *features = NULL;
    ANA_TRY(ana_run_check_memory(run, ana_cka_features_bytes(layers),
                                 "sums over the units of all systems"));
    ANA_TRY(ana_allocate(1, sizeof *features, "cka", (void *)&features));
    features->run = *run;
    add_layers(layers, features);
    for (size_t k = 0; k < layers->n && !features->workspace.failed; k++) {
        ANA_TRY(ana_blas_start("cka", layers->units[k], features->chunk, 1));
        add_product(features, k, k);
    }
    for (size_t i = 0; i < layers->n_a; i++) {
        for (size_t j = 0; j < layers->n_b && !features->workspace.failed; j++) {
            if (ana_cka_is_pair(layers, i, j)) {
                add_product(features, i, ana_cka_layer_of_b(layers, j));
            }
        }
    }
    ANA_TRY(ana_workspace_check(&features->workspace, "cka"));
    ANA_TRY(add_tasks(features));
    *out = features;
    features = NULL;
done:
    ana_cka_features_free(features);
    return status;
}

/* Columns first ... stop - 1 of n rows less the origin, transposed: each unit's n values follow one
 * another. */
static void transpose_units(size_t n, size_t p, size_t first, size_t stop, const double *rows,
                            const double *origin, double *columns)
{
    for (size_t start = 0; start < n; start += SQUARE) {
        const size_t end = start + SQUARE < n ? start + SQUARE : n;
        for (size_t u = first; u < stop; u++) {
            for (size_t i = start; i < end; i++) {
                columns[u * n + i] = rows[i * p + u] - origin[u];
            }
        }
    }
}

static void take_layer(ana_cka_features *features, size_t k, size_t n, const double *rows)
{
    const size_t p = features->layers.units[k];
    const double *origin = features->origin[k];
    double *columns = features->columns[k];
    double *sum = features->sum[k];
    double *squares = features->squares + k * features->chunk;
    const size_t n_blocks = (p + SQUARE - 1) / SQUARE;
#pragma omp parallel for default(none) shared(n, p, rows, origin, columns, sum, n_blocks)          \
    num_threads(ana_run_threads(&features->run, n_blocks))
    for (size_t block = 0; block < n_blocks; block++) {
        const size_t first = block * SQUARE;
        const size_t stop = first + SQUARE < p ? first + SQUARE : p;
        transpose_units(n, p, first, stop, rows, origin, columns);
        for (size_t u = first; u < stop; u++) {
            for (size_t i = 0; i < n; i++) {
                sum[u] += columns[u * n + i];
            }
        }
    }
#pragma omp parallel for default(none) shared(n, p, rows, origin, squares)                         \
    num_threads(ana_run_threads(&features->run, n_blocks))
    for (size_t i = 0; i < n; i++) {
        squares[i] = ana_squared_distance(p, rows + i * p, origin);
    }
    for (size_t i = 0; i < n; i++) {
        features->length[k] += squares[i];
    }
}

static void do_task(ana_cka_features *features, const task *of, size_t n)
{
    product *to = &features->products[of->product];
    const size_t p = features->layers.units[to->x];
    const size_t q = features->layers.units[to->y];
    const size_t stop = of->first + BLOCK < p ? of->first + BLOCK : p;
    const bool own = to->x == to->y;
    const double *x = features->columns[to->x] + of->first * n;
    const double *y = features->columns[to->y];
    const double *x_squares = features->squares + to->x * features->chunk;
    const double *y_squares = features->squares + to->y * features->chunk;
    const ana_gemm shape = {.n_rows = stop - of->first,
                            .n_inner = n,
                            .n_columns = own ? stop : q,
                            .transpose_b = true,
                            .alpha = 1.0,
                            .beta = 1.0};
    ana_blas_gemm(&shape, x, y, to->values + (own ? own_offset(of->first) : of->first * q));
    ana_blas_apply(stop - of->first, n, x, false, y_squares, 1.0, to->by_y + of->first);
    if (of->first == 0) {
        to->squares += ana_dot(n, x_squares, y_squares);
    }
    if (of->first == 0 && !own) {
        ana_blas_apply(q, n, y, false, x_squares, 1.0, to->by_x);
    }
}

static void push_chunk(ana_cka_features *features, size_t n, size_t first,
                       const double *const *rows)
{
    for (size_t k = 0; k < features->layers.n; k++) {
        take_layer(features, k, n, rows[k] + first * features->layers.units[k]);
    }
    const size_t n_tasks = features->n_tasks;
#pragma omp parallel for default(none) shared(features, n, n_tasks) schedule(dynamic)              \
    num_threads(ana_run_threads(&features->run, n_tasks))
    for (size_t t = 0; t < n_tasks; t++) {
        do_task(features, &features->tasks[t], n);
    }
}

void ana_cka_features_push(ana_cka_features *features, size_t n, const double *const *rows)
{
    for (size_t k = 0; k < features->layers.n && features->n_rows == 0 && n > 0; k++) {
        memcpy(features->origin[k], rows[k], features->layers.units[k] * sizeof(double));
    }
    for (size_t first = 0; first < n; first += features->chunk) {
        const size_t part = n - first < features->chunk ? n - first : features->chunk;
        push_chunk(features, part, first, rows);
    }
    features->n_rows += n;
}

/* What a product gives once the means m (x) and l (y) are known. */
typedef struct moments {
    double square; /* |C - n m l^T|^2 */
    double middle; /* m^T C l */
} moments;

static void add_row(double weight, size_t n, const double *c, double n_rows, double m,
                    const double *l, moments *to)
{
    double square = 0.0;
    double middle = 0.0;
    for (size_t v = 0; v < n; v++) {
        const double rest = c[v] - n_rows * m * l[v];
        square += rest * rest;
        middle += c[v] * l[v];
    }
    to->square += weight * square;
    to->middle += weight * m * middle;
}

static moments find_moments(const product *of, size_t p, size_t q, double n, const double *m,
                            const double *l)
{
    moments to = {0.0, 0.0};
    for (size_t u = 0; u < p; u++) {
        if (of->x != of->y) {
            add_row(1.0, q, of->values + u * q, n, m[u], l, &to);
            continue;
        }
        /* Columns before the block of the diagonal stand for their mirror images as well. */
        const size_t first = u / BLOCK * BLOCK;
        const size_t stop = first + BLOCK < p ? first + BLOCK : p;
        const double *row = of->values + own_offset(first) + (u - first) * stop;
        add_row(2.0, first, row, n, m[u], l, &to);
        add_row(1.0, stop - first, row + first, n, m[u], l + first, &to);
    }
    return to;
}

static double hsic_of(const ana_cka_features *features, ana_cka_estimator estimator,
                      const product *of, double *const *means)
{
    const double n = (double)features->n_rows;
    const size_t p = features->layers.units[of->x];
    const size_t q = features->layers.units[of->y];
    const double *m = means[of->x];
    const double *l = means[of->y];
    const moments found = find_moments(of, p, q, n, m, l);
    if (estimator == ANA_CKA_BIASED) {
        return found.square / ((n - 1.0) * (n - 1.0));
    }
    const double m_square = ana_dot(p, m, m);
    const double l_square = ana_dot(q, l, l);
    const double x_length = features->length[of->x];
    const double y_length = features->length[of->y];
    const double *by_x = of->by_x != NULL ? of->by_x : of->by_y;
    const double rows = of->squares - 2.0 * ana_dot(q, by_x, l) + l_square * x_length -
                        2.0 * ana_dot(p, of->by_y, m) + 4.0 * found.middle + m_square * y_length -
                        3.0 * n * m_square * l_square;
    const double x_trace = x_length - n * m_square;
    const double y_trace = y_length - n * l_square;
    return (found.square - n / (n - 2.0) * rows + x_trace * y_trace / ((n - 1.0) * (n - 2.0))) /
           (n * (n - 3.0));
}

ana_status ana_cka_features_hsic(const ana_cka_features *features, ana_cka_estimator estimator,
                                 double *self, double *cross)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_cka_layers *layers = &features->layers;
    double **means = ana_workspace_bytes(&workspace, layers->n, 1, sizeof *means);
    for (size_t k = 0; k < layers->n && !workspace.failed; k++) {
        means[k] = ana_workspace_doubles(&workspace, layers->units[k], 1);
        for (size_t u = 0; u < layers->units[k] && !workspace.failed; u++) {
            means[k][u] = features->sum[k][u] / (double)features->n_rows;
        }
    }
    ANA_TRY(ana_workspace_check(&workspace, "cka"));
    for (size_t k = 0; k < features->n_products; k++) {
        const product *of = &features->products[k];
        const double value = hsic_of(features, estimator, of, means);
        if (of->x == of->y) {
            self[of->x] = value;
            continue;
        }
        const size_t column = layers->same ? of->y : of->y - layers->n_a;
        cross[of->x * layers->n_b + column] = value;
        if (layers->same) {
            cross[of->y * layers->n_b + of->x] = value;
        }
    }
    for (size_t k = 0; k < layers->n && layers->same; k++) {
        cross[k * layers->n_b + k] = self[k];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

void ana_cka_features_free(ana_cka_features *features)
{
    if (features != NULL) {
        ana_workspace_release(&features->workspace);
        free(features);
    }
}
