/* Clusters of positive definite matrices: by hand, by planted ones, by what they make small. */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/spd_clustering.h>
#include <analysis/random.h>

#include <math.h>
#include <string.h>

enum {
    N = 3,
    SIZE = N * N,
    MANY = 24
};

/* Three kinds of covariances of 3 x 40 numbers, each with its own strong channel; 12, 8 and 4. */
static size_t kind_of(size_t k)
{
    return k % 6 < 3 ? 0 : k % 6 < 5 ? 1 : 2;
}

static void draw(uint64_t seed, double *out)
{
    ana_random random = ana_random_stream(seed, "test.spd_clustering", 0);
    double x[N * 40];
    for (size_t k = 0; k < MANY; k++) {
        for (size_t i = 0; i < sizeof x / sizeof x[0]; i++) {
            x[i] = ana_random_normal(&random) * (i / 40 == kind_of(k) ? 6.0 : 1.0);
        }
        for (size_t e = 0; e < SIZE; e++) {
            out[k * SIZE + e] = 0.0;
            for (size_t t = 0; t < 40; t++) {
                out[k * SIZE + e] += x[e / N * 40 + t] * x[e % N * 40 + t];
            }
        }
    }
}

static void check_kinds(const ana_spd_clusters *found)
{
    assert_int_equal(found->n_clusters, 3);
    for (size_t k = 0; k < MANY; k++) {
        assert_int_equal(found->labels[k], kind_of(k)); /* by falling size */
    }
    for (size_t c = 0; c < 3; c++) {
        assert_int_equal(found->sizes[c], 12 - 4 * c);
    }
}

static void numbers_are_split_where_their_logarithms_part(void **state)
{
    (void)state;
    const double x[5] = {exp(0.1), exp(4.0), exp(0.2), exp(4.4), exp(-0.3)};
    const ana_spd_set set = {1, false, 5, x};
    ana_spd_clusters *found = NULL;
    double values[5];
    check_ok(ana_spd_kmeans(&set, NULL, &found));
    const size_t labels[5] = {0, 1, 0, 1, 0};
    assert_memory_equal(found->labels, labels, sizeof labels);
    check_close(log(found->centres[0]), 0.0, 1e-9, 0.0);
    check_close(log(found->centres[1]), 4.2, 1e-9, 0.0);
    check_close(found->inertia, 0.22, 1e-9, 0.0);
    assert_true(found->converged);
    check_ok(ana_spd_silhouette(&set, found->labels, 2, NULL, values));
    check_close(values[0], (4.1 - 0.25) / 4.1, 1e-9, 0.0);
    check_close(values[3], (4.4 - 0.4) / 4.4, 1e-9, 0.0);
    check_close(values[4], (4.5 - 0.45) / 4.5, 1e-9, 0.0);
    ana_spd_clusters_free(found);
}

static void planted_clusters_are_found_by_all_three(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    ana_spd_clusters *found = NULL;
    ana_spd_cluster_options options = ana_spd_cluster_options_default();
    draw(1, values);
    const ana_spd_set set = {N, false, MANY, values};
    options.n_clusters = 3;
    check_ok(ana_spd_kmeans(&set, &options, &found));
    check_kinds(found);
    assert_null(found->probabilities);
    ana_spd_clusters_free(found);
    for (int normal = 0; normal < 2; normal++) {
        options.normal_kernel = normal == 1;
        options.bandwidth = 2.0;
        check_ok(ana_spd_mean_shift(&set, &options, &found));
        check_kinds(found);
        assert_true(found->converged);
        ana_spd_clusters_free(found);
    }
    check_ok(ana_spd_mixture(&set, &options, &found));
    check_kinds(found);
    assert_true(found->converged);
    for (size_t c = 0; c < 3; c++) {
        check_close(found->shares[c], (12.0 - 4.0 * (double)c) / 24.0, 1e-6, 0.0);
    }
    for (size_t i = 0; i < MANY; i++) {
        const double *p = found->probabilities + 3 * i;
        check_close(p[0] + p[1] + p[2], 1.0, 1e-12, 0.0);
        assert_true(p[found->labels[i]] > 0.99);
    }
    ana_spd_clusters_free(found);
}

static void the_number_of_planted_clusters_is_chosen(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double scores[4];
    size_t n_clusters = 0;
    draw(2, values);
    const ana_spd_set set = {N, false, MANY, values};
    check_ok(ana_spd_choose_clusters(&set, 5, NULL, scores, &n_clusters));
    assert_int_equal(n_clusters, 3);
    double bic[4] = {0.0};
    for (size_t k = 1; k <= 4; k++) {
        ana_spd_clusters *found = NULL;
        ana_spd_cluster_options options = ana_spd_cluster_options_default();
        options.n_clusters = k;
        check_ok(ana_spd_mixture(&set, &options, &found));
        bic[k - 1] = found->bic;
        /* k centres of 6 numbers, k variances, k - 1 shares */
        check_close(found->bic, -2.0 * found->log_likelihood + log(24.0) * (8.0 * (double)k - 1.0),
                    0.0, 1e-12);
        ana_spd_clusters_free(found);
    }
    assert_true(bic[2] < bic[1] && bic[1] < bic[0]);
}

/* One cloud of numbers is the normal distribution of their logarithms. */
static void a_mixture_of_one_is_the_normal_distribution(void **state)
{
    (void)state;
    const double logs[4] = {0.3, -1.0, 2.0, 0.7};
    double x[4];
    double likelihood = 0.0;
    ana_spd_clusters *found = NULL;
    ana_spd_cluster_options options = ana_spd_cluster_options_default();
    for (size_t i = 0; i < 4; i++) {
        x[i] = exp(logs[i]);
    }
    const ana_spd_set set = {1, false, 4, x};
    options.n_clusters = 1;
    check_ok(ana_spd_mixture(&set, &options, &found));
    const double variance = (0.2 * 0.2 + 1.5 * 1.5 + 1.5 * 1.5 + 0.2 * 0.2) / 4.0;
    for (size_t i = 0; i < 4; i++) {
        likelihood -= 0.5 * log(2.0 * 3.14159265358979323846 * variance) +
                      0.5 * (logs[i] - 0.5) * (logs[i] - 0.5) / variance;
    }
    check_close(log(found->centres[0]), 0.5, 1e-9, 0.0);
    check_close(found->variances[0], variance, 0.0, 1e-9);
    check_close(found->log_likelihood, likelihood, 0.0, 1e-9);
    ana_spd_clusters_free(found);
}

static void no_single_move_makes_the_sum_of_squares_smaller(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    ana_spd_clusters *found = NULL;
    ana_spd_cluster_options options = ana_spd_cluster_options_default();
    double distances[4 * MANY];
    draw(3, values);
    const ana_spd_set set = {N, false, MANY, values};
    options.n_clusters = 4;
    check_ok(ana_spd_kmeans(&set, &options, &found));
    const ana_spd_set centres = {N, false, 4, found->centres};
    check_ok(ana_spd_distances(&set, &centres, NULL, distances));
    double sum = 0.0;
    for (size_t i = 0; i < MANY; i++) {
        const double own = distances[4 * i + found->labels[i]];
        sum += own * own;
        for (size_t c = 0; c < 4; c++) {
            assert_true(own <= distances[4 * i + c] + 1e-12);
        }
    }
    check_close(found->inertia, sum, 0.0, 1e-10);
    ana_spd_clusters_free(found);
}

static void same_seed_same_bits_for_any_number_of_threads_and_unit(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    ana_spd_clusters *found[2] = {NULL, NULL};
    ana_spd_cluster_options options = ana_spd_cluster_options_default();
    draw(4, values);
    const ana_spd_set set = {N, false, MANY, values};
    options.n_clusters = 3;
    for (size_t t = 0; t < 2; t++) {
        options.run.n_threads = 1 + 2 * t;
        check_ok(ana_spd_mixture(&set, &options, &found[t]));
    }
    assert_memory_equal(found[0]->labels, found[1]->labels, MANY * sizeof(size_t));
    assert_memory_equal(found[0]->centres, found[1]->centres, 3 * SIZE * sizeof(double));
    assert_memory_equal(found[0]->probabilities, found[1]->probabilities,
                        MANY * 3 * sizeof(double));
    ana_spd_clusters_free(found[1]);
    for (size_t e = 0; e < (size_t)MANY * SIZE; e++) {
        values[e] *= 1e-12;
    }
    check_ok(ana_spd_mixture(&set, &options, &found[1]));
    assert_memory_equal(found[0]->labels, found[1]->labels, MANY * sizeof(size_t));
    check_close(found[1]->log_likelihood, found[0]->log_likelihood, 0.0, 1e-9);
    ana_spd_clusters_free(found[0]);
    ana_spd_clusters_free(found[1]);
}

static void as_many_clusters_as_matrices_leave_each_alone(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    ana_spd_clusters *found = NULL;
    ana_spd_cluster_options options = ana_spd_cluster_options_default();
    draw(5, values);
    memcpy(values + SIZE, values, SIZE * sizeof *values); /* two the same */
    const ana_spd_set set = {N, false, 5, values};
    options.n_clusters = 5;
    check_ok(ana_spd_kmeans(&set, &options, &found));
    check_close(found->inertia, 0.0, 1e-12, 0.0);
    ana_spd_clusters_free(found);
    options.n_clusters = 2; /* both at one place: nothing is nearest to the second */
    options.starts = values;
    check_ok(ana_spd_kmeans(&set, &options, &found));
    assert_true(found->sizes[0] > 0 && found->sizes[1] > 0);
    assert_int_equal(found->sizes[0] + found->sizes[1], 5);
    ana_spd_clusters_free(found);
}

static void what_cannot_be_clustered_is_refused(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double scores[4];
    size_t labels[MANY] = {0};
    size_t n_clusters = 0;
    ana_spd_clusters *found = NULL;
    ana_spd_cluster_options options = ana_spd_cluster_options_default();
    draw(6, values);
    const ana_spd_set set = {N, false, MANY, values};
    const ana_spd_set one = {N, false, 1, values};
    options.n_clusters = MANY + 1;
    check_fails(ana_spd_kmeans(&set, &options, &found), ANA_ERR_VALUE, "25 of 24 matrices");
    check_fails(ana_spd_mean_shift(&one, NULL, &found), ANA_ERR_VALUE, "a bandwidth of nan from 1");
    check_fails(ana_spd_silhouette(&set, labels, 2, NULL, values), ANA_ERR_VALUE,
                "a silhouette of 1");
    labels[MANY - 1] = 7;
    check_fails(ana_spd_silhouette(&set, labels, 2, NULL, values), ANA_ERR_VALUE,
                "matrix 23 is of cluster 7");
    check_fails(ana_spd_choose_clusters(&set, 1, NULL, scores, &n_clusters), ANA_ERR_VALUE,
                "2 to 1 of 24");
    draw(6, values);
    values[4 * SIZE] = NAN;
    options.n_clusters = 2;
    check_fails(ana_spd_mixture(&set, &options, &found), ANA_ERR_VALUE,
                "matrix 4: element [0, 0] is not finite");
    assert_null(found);
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double out[MANY];
    double scores[2];
    const size_t labels[5] = {0, 1, 0, 1, 1};
    size_t n_clusters = 0;
    ana_spd_clusters *found = NULL;
    ana_spd_cluster_options options = ana_spd_cluster_options_default();
    options.n_restarts = 1;
    options.max_iterations = 2;
    draw(7, values);
    const ana_spd_set set = {N, false, 5, values};
    ALLOCATION_TEST(ana_spd_kmeans, (&set, &options, &found), ana_spd_clusters_free(found));
    ALLOCATION_TEST(ana_spd_mean_shift, (&set, &options, &found), ana_spd_clusters_free(found));
    ALLOCATION_TEST(ana_spd_mixture, (&set, &options, &found), ana_spd_clusters_free(found));
    ALLOCATION_TEST(ana_spd_silhouette, (&set, labels, 2, NULL, out), (void)0);
    ALLOCATION_TEST(ana_spd_choose_clusters, (&set, 2, &options, scores, &n_clusters), (void)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_split_where_their_logarithms_part),
        cmocka_unit_test(planted_clusters_are_found_by_all_three),
        cmocka_unit_test(the_number_of_planted_clusters_is_chosen),
        cmocka_unit_test(a_mixture_of_one_is_the_normal_distribution),
        cmocka_unit_test(no_single_move_makes_the_sum_of_squares_smaller),
        cmocka_unit_test(same_seed_same_bits_for_any_number_of_threads_and_unit),
        cmocka_unit_test(as_many_clusters_as_matrices_leave_each_alone),
        cmocka_unit_test(what_cannot_be_clustered_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("spd clustering", tests, NULL, NULL);
}
