/* Distances of shape and matched units against what they cannot do without, in the same run.
 *   bench_shape [stimuli] [units]   default 1000 500 */
#include "bench.h"

#include <analysis/assignment.h>
#include <analysis/linalg.h>
#include <analysis/models/shape_metric.h>
#include <analysis/models/unit_matching.h>
#include <analysis/random.h>
#include <analysis/singular_values.h>
#include <analysis/transport.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double *room(size_t n)
{
    double *out = calloc(n, sizeof *out);
    if (out == NULL) {
        exit(1);
    }
    return out;
}

static ana_responses *draw(size_t n, size_t p, uint64_t item)
{
    ana_random random = ana_random_stream(1, "bench", item);
    ana_responses *system = NULL;
    stop_on(ana_responses_new("system", n, p, &system));
    for (size_t i = 0; i < n * p; i++) {
        system->values[i] = ana_random_normal(&random);
    }
    return system;
}

/* One product of p x n and n x p, the singular values of a p x p matrix, those with their vectors,
 * and the eigenvectors of the inner products of n x p. */
typedef struct floors {
    double product_s;
    double values_s;
    double vectors_s;
    double eigen_s;
} floors;

static floors find_floors(size_t n, size_t p, const double *x, const double *y)
{
    floors found;
    double *product = room(p * p);
    double *rest = room(2 * p * p + p);
    const ana_gemm shape = {
        .n_rows = p, .n_inner = n, .n_columns = p, .transpose_a = true, .alpha = 1.0};
    stop_on(ana_linalg_gemm(&shape, x, y, product));
    double start = cpu_seconds();
    stop_on(ana_linalg_gemm(&shape, x, y, product));
    found.product_s = cpu_seconds() - start;
    start = cpu_seconds();
    stop_on(ana_singular_values(p, p, product, rest));
    found.values_s = cpu_seconds() - start;
    start = cpu_seconds();
    stop_on(ana_linalg_svd(p, p, product, rest, rest + p * p, rest + p * p + p));
    found.vectors_s = cpu_seconds() - start;
    start = cpu_seconds();
    stop_on(ana_linalg_gram(n, p, x, product));
    stop_on(ana_linalg_eigen_symmetric(p, product, rest + p * p, rest));
    found.eigen_s = cpu_seconds() - start;
    free(product);
    free(rest);
    return found;
}

static void report(const char *name, double seconds, const char *floor, double floor_s)
{
    printf("  %-28s %8.3f s   %5.2f of %s, %.3f s\n", name, seconds, seconds / floor_s, floor,
           floor_s);
}

static void measure_shape(const char *name, ana_responses **both, ana_shape_options options,
                          const char *floor, double floor_s)
{
    const ana_responses_set set = {2, both};
    ana_shapes *shapes = NULL;
    options.run.n_threads = 1;
    const double start = cpu_seconds();
    stop_on(ana_shapes_compute(&set, &options, &shapes));
    report(name, cpu_seconds() - start, floor, floor_s);
    ana_shapes_free(shapes);
}

static void measure_match(const char *name, ana_responses **both, ana_unit_method method,
                          const char *floor, double floor_s)
{
    ana_unit_match_options options = ana_unit_match_options_default();
    ana_unit_match *match = NULL;
    options.run.n_threads = 1;
    options.method = method;
    options.n_folds = 0;
    options.n_permutations = 0;
    const double start = cpu_seconds();
    stop_on(ana_unit_match_compute(both[0], both[1], &options, &match));
    report(name, cpu_seconds() - start, floor, floor_s);
    ana_unit_match_free(match);
}

/* Of p x p costs: assignment and transport, which must agree. */
static double measure_partners(size_t p, double *transport_s)
{
    ana_random random = ana_random_stream(2, "bench", 0);
    double *cost = room(p * p);
    size_t *column = calloc(p, sizeof *column);
    ana_transport_move *moves = calloc(2 * p, sizeof *moves);
    size_t n_moves = 0;
    double totals[2] = {0.0, 0.0};
    if (column == NULL || moves == NULL) {
        exit(1);
    }
    for (size_t i = 0; i < p * p; i++) {
        cost[i] = ana_random_normal(&random);
    }
    double start = cpu_seconds();
    stop_on(ana_assignment_solve(p, p, cost, column, &totals[0]));
    const double assignment_s = cpu_seconds() - start;
    start = cpu_seconds();
    stop_on(ana_transport_solve(p, p, cost, moves, &n_moves, &totals[1]));
    *transport_s = cpu_seconds() - start;
    printf("%zu costs squared: assignment %.3f s, transport %.3f s, totals apart by %.1e\n", p,
           assignment_s, *transport_s, totals[0] / (double)p - totals[1]);
    free(cost);
    free(column);
    free(moves);
    return assignment_s;
}

int main(int argc, char **argv)
{
    const size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
    const size_t p = argc > 2 ? strtoul(argv[2], NULL, 10) : 500;
    ana_responses *both[] = {draw(n, p, 1), draw(n, p, 2)};
    double transport_s = 0.0;
    const floors of = find_floors(n, p, both[0]->values, both[1]->values);
    printf("%zu stimuli, %zu and %zu units, one thread; product %.3f s, singular values %.3f s, "
           "with vectors %.3f s, eigenvectors %.3f s\n",
           n, p, p, of.product_s, of.values_s, of.vectors_s, of.eigen_s);
    const double floor_s = of.product_s + of.values_s;
    ana_shape_options options = ana_shape_options_default();
    measure_shape("rotations", both, options, "product and singular values", floor_s);
    options.whitening = 0.5;
    measure_shape("rotations, whitened", both, options, "those and two eigenvectors",
                  floor_s + 2.0 * of.eigen_s);
    options.whitening = 0.0;
    options.n_folds = 5;
    measure_shape("rotations, 5 folds", both, options, "5 with vectors",
                  5.0 * (of.product_s + of.vectors_s));
    const double assignment_s = measure_partners(p, &transport_s);
    options.n_folds = 0;
    options.alignment = ANA_SHAPE_PERMUTATION;
    measure_shape("exchanges", both, options, "product and assignment",
                  of.product_s + assignment_s);
    measure_match("one to one", both, ANA_UNITS_ONE_TO_ONE, "product and assignment",
                  of.product_s + assignment_s);
    measure_match("soft", both, ANA_UNITS_SOFT, "product and transport",
                  of.product_s + transport_s);
    measure_match("semi", both, ANA_UNITS_SEMI, "product", of.product_s);
    ana_responses_free(both[0]);
    ana_responses_free(both[1]);
    return 0;
}
