/* Eight matrices at once: against LAPACK one by one, and by what eigenvectors are. */
#include "matrix_lanes.h"
#include "support/check.h"

#include <analysis/linalg.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    L = ANA_LANES,
    MOST = 40
};

typedef struct eight {
    size_t n;
    double *matrices; /* L x n x n */
    double *lanes;
    double *values;
    double *vectors;
    double *room;
} eight;

static double *doubles(size_t n)
{
    double *made = calloc(n + 1, sizeof *made);
    assert_non_null(made);
    return made;
}

static eight make(size_t n)
{
    return (eight){.n = n,
                   .matrices = doubles(ana_lanes_size(n)),
                   .lanes = doubles(ana_lanes_size(n)),
                   .values = doubles(n * L),
                   .vectors = doubles(ana_lanes_size(n)),
                   .room = doubles(3 * n * L)};
}

static void release(eight *m)
{
    free(m->matrices);
    free(m->lanes);
    free(m->values);
    free(m->vectors);
    free(m->room);
}

/* Lane k: a random matrix; products of its size 10^(5 k - 20); some with gaps in the spectrum. */
static void fill(eight *m, uint64_t seed)
{
    ana_random random = ana_random_stream(seed, "test.lanes", 0);
    const size_t n = m->n;
    for (size_t k = 0; k < L; k++) {
        const double size = pow(10.0, 5.0 * (double)k - 20.0);
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j <= i; j++) {
                const double fade = k % 2 == 0 ? 1.0 : pow(10.0, -0.2 * (double)(i + j));
                const double value = size * fade * ana_random_normal(&random);
                m->matrices[(k * n + i) * n + j] = value;
                m->matrices[(k * n + j) * n + i] = value;
            }
        }
    }
    ana_lanes_pack(n, L, m->matrices, m->lanes);
}

static int rising(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Lane k's values, sorted. */
static void take_values(const eight *m, size_t k, double *out)
{
    for (size_t i = 0; i < m->n; i++) {
        out[i] = m->values[i * L + k];
    }
    qsort(out, m->n, sizeof *out, rising);
}

static void values_are_those_of_lapack(void **state)
{
    (void)state;
    for (size_t n = 1; n <= MOST; n += n < 6 ? 1 : 17) {
        eight m = make(n);
        double ours[MOST];
        double wanted[MOST];
        for (int with_vectors = 0; with_vectors < 2; with_vectors++) {
            fill(&m, n);
            assert_true(
                ana_lanes_eigen(n, m.lanes, m.values, with_vectors ? m.vectors : NULL, m.room));
            for (size_t k = 0; k < L; k++) {
                check_ok(ana_linalg_eigen_symmetric(n, m.matrices + k * n * n, wanted, NULL));
                take_values(&m, k, ours);
                const double largest = fmax(fabs(wanted[0]), fabs(wanted[n - 1]));
                check_all_close(n, ours, wanted, 1e-14 * (double)(n + 4) * largest, 0.0);
            }
        }
        release(&m);
    }
}

static void vectors_rebuild_the_matrices(void **state)
{
    (void)state;
    for (size_t n = 1; n <= MOST; n += n < 6 ? 1 : 17) {
        eight m = make(n);
        double *back = doubles(ana_lanes_size(n));
        double *rebuilt = doubles(ana_lanes_size(n));
        double *ones = doubles(n * L);
        fill(&m, 100 + n);
        assert_true(ana_lanes_eigen(n, m.lanes, m.values, m.vectors, m.room));
        ana_lanes_rebuild(n, m.values, m.vectors, rebuilt);
        ana_lanes_unpack(n, L, rebuilt, back);
        for (size_t k = 0; k < L; k++) {
            double largest = 0.0;
            for (size_t e = 0; e < n * n; e++) {
                largest = fmax(largest, fabs(m.matrices[k * n * n + e]));
            }
            check_all_close(n * n, back + k * n * n, m.matrices + k * n * n,
                            1e-14 * (double)(n + 4) * largest, 0.0);
        }
        for (size_t i = 0; i < n * L; i++) {
            ones[i] = 1.0;
        }
        ana_lanes_rebuild(n, ones, m.vectors, rebuilt); /* V V^T = 1 */
        for (size_t e = 0; e < n * n * L; e++) {
            check_close(rebuilt[e], e / L % (n + 1) == 0 ? 1.0 : 0.0, 1e-14 * (double)(n + 4), 0.0);
        }
        free(back);
        free(rebuilt);
        free(ones);
        release(&m);
    }
}

static void a_lane_does_not_depend_on_its_neighbours(void **state)
{
    (void)state;
    const size_t n = 13;
    eight m = make(n);
    eight alone = make(n);
    for (size_t k = 0; k < L; k++) {
        fill(&m, 7);
        ana_lanes_pack(n, 1, m.matrices + k * n * n, alone.lanes); /* the others are identities */
        assert_true(ana_lanes_eigen(n, m.lanes, m.values, m.vectors, m.room));
        assert_true(ana_lanes_eigen(n, alone.lanes, alone.values, alone.vectors, alone.room));
        for (size_t i = 0; i < n; i++) {
            assert_memory_equal(&m.values[i * L + k], &alone.values[i * L], sizeof(double));
            for (size_t j = 0; j < n; j++) {
                assert_memory_equal(&m.vectors[(i * n + j) * L + k],
                                    &alone.vectors[(i * n + j) * L], sizeof(double));
            }
        }
    }
    release(&m);
    release(&alone);
}

static void whitening_is_a_congruence(void **state)
{
    (void)state;
    const size_t n = 19;
    eight m = make(n);
    double *lower = doubles(n * n);
    double *back = doubles(n * n);
    double *half = doubles(n * n);
    ana_random random = ana_random_stream(3, "test.lanes", 1);
    fill(&m, 9);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            lower[i * n + j] = 0.2 * ana_random_normal(&random);
        }
        lower[i * n + i] = 1.0 + ana_random_uniform(&random);
    }
    ana_lanes_whiten(n, lower, m.lanes);
    for (size_t k = 0; k < L; k++) {
        double largest = 0.0;
        for (size_t e = 0; e < n * n; e++) {
            back[e] = m.lanes[e * L + k];
            largest = fmax(largest, fabs(m.matrices[k * n * n + e]));
        }
        const ana_gemm first = {.n_rows = n, .n_inner = n, .n_columns = n, .alpha = 1.0};
        const ana_gemm second = {
            .n_rows = n, .n_inner = n, .n_columns = n, .transpose_b = true, .alpha = 1.0};
        check_ok(ana_linalg_gemm(&first, lower, back, half));
        check_ok(ana_linalg_gemm(&second, half, lower, back));
        check_all_close(n * n, back, m.matrices + k * n * n, 1e-12 * largest, 0.0);
    }
    free(lower);
    free(back);
    free(half);
    release(&m);
}

static void special_matrices_converge_and_numbers_that_are_none_do_not(void **state)
{
    (void)state;
    const size_t n = 6;
    eight m = make(n);
    double ours[MOST];
    for (size_t i = 0; i < n; i++) { /* lane 0: zero, 1: diagonal, 2: all ones, 3: repeated */
        m.matrices[n * n + i * n + i] = (double)i - 2.0;
        for (size_t j = 0; j < n; j++) {
            m.matrices[2 * n * n + i * n + j] = 1.0;
            m.matrices[3 * n * n + i * n + j] = i == j ? 3.0 : i / 2 == j / 2 ? 1.0 : 0.0;
        }
        m.matrices[4 * n * n + i * n + i] = 5e-324; /* lane 4: the least numbers there are */
        m.matrices[5 * n * n + i * n + i] = 1e308;
    }
    ana_lanes_pack(n, 6, m.matrices, m.lanes);
    assert_true(ana_lanes_eigen(n, m.lanes, m.values, m.vectors, m.room));
    static const double wanted[6][6] = {{0},
                                        {-2, -1, 0, 1, 2, 3},
                                        {0, 0, 0, 0, 0, 6},
                                        {2, 2, 2, 4, 4, 4},
                                        {5e-324, 5e-324, 5e-324, 5e-324, 5e-324, 5e-324},
                                        {1e308, 1e308, 1e308, 1e308, 1e308, 1e308}};
    for (size_t k = 0; k < 6; k++) {
        take_values(&m, k, ours);
        check_all_close(n, ours, wanted[k], 3e-15, 1e-15);
    }
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < 3; i++) {
        fill(&m, 1);
        m.lanes[(4 * n + 2) * L + 5] = bad[i];
        assert_false(ana_lanes_eigen(n, m.lanes, m.values, m.vectors, m.room));
    }
    release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_lapack),
        cmocka_unit_test(vectors_rebuild_the_matrices),
        cmocka_unit_test(a_lane_does_not_depend_on_its_neighbours),
        cmocka_unit_test(whitening_is_a_congruence),
        cmocka_unit_test(special_matrices_converge_and_numbers_that_are_none_do_not),
    };
    return cmocka_run_group_tests_name("matrix lanes", tests, NULL, NULL);
}
