/* Minimum distance to mean and the geodesic filter: by hand, by what they leave unchanged, and what
 * is refused. */
#include "support/check.h"
#include "support/class_matrices.h"
#include "support/fail_nth.h"

#include <analysis/linalg.h>
#include <analysis/models/linear_scores.h>
#include <analysis/models/minimum_distance.h>
#include <analysis/models/spd_map.h>

#include <math.h>
#include <string.h>

enum {
    N = CLASS_ROWS,
    MANY = CLASS_MATRICES,
    SIZE = CLASS_SIZE
};

static void diagonal_matrices_are_nearest_to_their_geometric_mean(void **state)
{
    (void)state;
    /* Classes diag(1, 1), diag(4, 1) and diag(1, 9): means diag(2, 1) and diag(1, 9). */
    const double matrices[12] = {1, 0, 0, 1, 4, 0, 0, 1, 1, 0, 0, 9};
    const size_t classes[3] = {0, 0, 1};
    const ana_labelled_matrices known = {{2, false, 3, matrices}, 2, classes};
    double means[8];
    double distances[6];
    double p[6];
    check_ok(ana_minimum_distance_fit(&known, NULL, means));
    const double wanted[8] = {2, 0, 0, 1, 1, 0, 0, 9};
    check_all_close(8, means, wanted, 1e-9, 0.0);
    check_ok(ana_minimum_distance_predict(&known.set, 2, means, NULL, distances, p));
    check_close(distances[0], log(2.0), 1e-9, 0.0);
    check_close(distances[3], hypot(log(4.0), log(9.0)), 1e-9, 0.0);
    const double near = exp(-log(2.0) * log(2.0));
    const double far = exp(-log(9.0) * log(9.0));
    check_close(p[0], near / (near + far), 1e-9, 0.0);
    check_close(p[1], far / (near + far), 1e-9, 0.0);
    /* The other way round: diag(1, 1) is the last. */
    const double turned[8] = {1, 0, 0, 9, 1, 0, 0, 1};
    const ana_spd_set two = {2, false, 2, turned};
    check_ok(ana_minimum_distance_predict(&two, 2, means, NULL, distances, p));
    check_close(distances[3], log(9.0), 1e-9, 0.0);
    check_close(p[3], far / (near + far), 1e-9, 0.0);
}

static void volts_and_microvolts_give_the_same_probabilities(void **state)
{
    (void)state;
    const ana_spd_metric metrics[] = {ANA_SPD_RIEMANN, ANA_SPD_LOG_EUCLIDEAN,
                                      ANA_SPD_LOG_DETERMINANT, ANA_SPD_KULLBACK_SYMMETRIC};
    const class_matrices volts = draw_class_matrices(3, 0, 1, 1e-6);
    const class_matrices microvolts = draw_class_matrices(3, 0, 1, 1.0);
    for (size_t m = 0; m < sizeof metrics / sizeof metrics[0]; m++) {
        ana_minimum_distance_options options = ana_minimum_distance_options_default();
        double p[2][3 * MANY];
        options.metric = metrics[m];
        for (size_t unit = 0; unit < 2; unit++) {
            const ana_labelled_matrices known = labelled_of(unit == 0 ? &volts : &microvolts, 3);
            double means[3 * SIZE];
            check_ok(ana_minimum_distance_fit(&known, &options, means));
            check_ok(ana_minimum_distance_predict(&known.set, 3, means, &options, NULL, p[unit]));
        }
        check_all_close((size_t)3 * MANY, p[1], p[0], 1e-9, 0.0);
    }
}

/* Vectors of filtered matrices at the reference are the projections of those before. */
static void the_filter_projects_tangent_vectors(void **state)
{
    (void)state;
    for (size_t n_classes = 2; n_classes < 4; n_classes++) {
        const class_matrices drawn = draw_class_matrices(n_classes, 0, 2, 3.0);
        const ana_labelled_matrices known = labelled_of(&drawn, n_classes);
        const size_t d = ana_spd_vector_size(&known.set);
        const size_t n_axes = ana_linear_n_scores(n_classes);
        double reference[SIZE];
        double axes[3 * 10];
        double filtered[MANY * SIZE];
        double again[MANY * SIZE];
        double before[MANY * 10];
        double after[MANY * 10];
        check_ok(ana_geodesic_filter_fit(&known, NULL, reference, axes));
        for (size_t a = 0; a < n_axes; a++) {
            for (size_t b = 0; b < n_axes; b++) {
                double product = 0.0;
                for (size_t j = 0; j < d; j++) {
                    product += axes[a * d + j] * axes[b * d + j];
                }
                /* The mean of all is the origin: the classes span one dimension less. */
                check_close(product, a == b && a + 1 < n_classes ? 1.0 : 0.0, 1e-12, 0.0);
            }
        }
        check_ok(ana_geodesic_filter_apply(&known.set, reference, n_axes, axes, NULL, filtered));
        check_ok(ana_spd_to_vectors(&known.set, reference, NULL, before));
        const ana_spd_set set = {N, false, MANY, filtered};
        check_ok(ana_spd_to_vectors(&set, reference, NULL, after));
        for (size_t i = 0; i < MANY; i++) {
            double wanted[10] = {0.0};
            for (size_t a = 0; a < n_axes; a++) {
                double along = 0.0;
                for (size_t j = 0; j < d; j++) {
                    along += axes[a * d + j] * before[i * d + j];
                }
                for (size_t j = 0; j < d; j++) {
                    wanted[j] += along * axes[a * d + j];
                }
            }
            check_all_close(d, after + i * d, wanted, 1e-10, 0.0);
        }
        check_ok(ana_geodesic_filter_apply(&set, reference, n_axes, axes, NULL, again));
        check_all_close((size_t)MANY * SIZE, again, filtered, 1e-9, 1e-9);
    }
}

/* Complex matrices without imaginary parts are the real ones; with a phase for each channel, which
 * no distance sees, too. */
static void complex_matrices_are_classified_as_real_ones(void **state)
{
    (void)state;
    const class_matrices drawn = draw_class_matrices(3, 0, 5, 1.0);
    const ana_labelled_matrices known = labelled_of(&drawn, 3);
    double pairs[2 * MANY * SIZE];
    double means[2 * 3 * SIZE];
    double wanted[3 * MANY];
    double found[3 * MANY];
    for (size_t e = 0; e < (size_t)MANY * SIZE; e++) {
        const double phase = 0.8 * ((double)(e % SIZE / N) - (double)(e % N));
        pairs[2 * e] = drawn.matrices[e] * cos(phase);
        pairs[2 * e + 1] = drawn.matrices[e] * sin(phase);
    }
    const ana_labelled_matrices hermitian = {{N, true, MANY, pairs}, 3, drawn.classes};
    check_ok(ana_minimum_distance_fit(&known, NULL, means));
    check_ok(ana_minimum_distance_predict(&known.set, 3, means, NULL, NULL, wanted));
    check_ok(ana_minimum_distance_fit(&hermitian, NULL, means));
    check_ok(ana_minimum_distance_predict(&hermitian.set, 3, means, NULL, NULL, found));
    check_all_close((size_t)3 * MANY, found, wanted, 1e-8, 0.0);
}

static void what_has_no_means_is_refused(void **state)
{
    (void)state;
    class_matrices drawn = draw_class_matrices(2, 0, 3, 1.0);
    ana_labelled_matrices known = labelled_of(&drawn, 2);
    ana_minimum_distance_options options = ana_minimum_distance_options_default();
    double means[3 * SIZE];
    double axes[3 * 10];
    options.metric = ANA_SPD_THOMPSON;
    check_fails(ana_minimum_distance_fit(&known, &options, means), ANA_ERR_UNSUPPORTED,
                "thompson has no mean");
    known.n_classes = 3;
    check_fails(ana_minimum_distance_fit(&known, NULL, means), ANA_ERR_VALUE,
                "no matrix of class 2");
    check_fails(ana_geodesic_filter_fit(&known, NULL, means, axes), ANA_ERR_VALUE,
                "no matrix of class 2");
    known.n_classes = 1;
    check_fails(ana_minimum_distance_fit(&known, NULL, means), ANA_ERR_VALUE, "1 classes");
    known.n_classes = 2;
    drawn.classes[3] = 2;
    check_fails(ana_minimum_distance_fit(&known, NULL, means), ANA_ERR_VALUE,
                "matrix 3 is of class 2 of 2");
    drawn.classes[3] = 0;
    drawn.matrices[8 * SIZE] = NAN; /* by its number among all, not in its class */
    check_fails(ana_minimum_distance_fit(&known, NULL, means), ANA_ERR_VALUE,
                "matrix 8: element [0, 0]");
    ana_spd_mean_method method = ANA_SPD_MEAN_RIEMANN;
    check_ok(ana_minimum_distance_mean(ANA_SPD_POWER_EUCLIDEAN, &method));
    assert_int_equal(method, ANA_SPD_MEAN_POWER_EUCLIDEAN);
    drawn.matrices[SIZE] = NAN;
    check_fails(ana_minimum_distance_fit(&known, NULL, means), ANA_ERR_VALUE,
                "matrix 1: element [0, 0]");
}

static ana_status use_all(void *user)
{
    const ana_labelled_matrices *known = user;
    double means[3 * SIZE];
    double p[3 * MANY];
    double axes[3 * 10];
    double filtered[MANY * SIZE];
    ana_status status = ana_minimum_distance_fit(known, NULL, means);
    if (status == ANA_OK) {
        status = ana_minimum_distance_predict(&known->set, 3, means, NULL, NULL, p);
    }
    if (status == ANA_OK) {
        status = ana_geodesic_filter_fit(known, NULL, means, axes);
    }
    return status == ANA_OK ? ana_geodesic_filter_apply(&known->set, means, 3, axes, NULL, filtered)
                            : status;
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    const class_matrices drawn = draw_class_matrices(3, 0, 4, 1.0);
    ana_labelled_matrices known = labelled_of(&drawn, 3);
    assert_true(check_each_allocation(use_all, &known, 0) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(diagonal_matrices_are_nearest_to_their_geometric_mean),
        cmocka_unit_test(volts_and_microvolts_give_the_same_probabilities),
        cmocka_unit_test(the_filter_projects_tangent_vectors),
        cmocka_unit_test(complex_matrices_are_classified_as_real_ones),
        cmocka_unit_test(what_has_no_means_is_refused),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
