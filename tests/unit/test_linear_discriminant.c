/* Linear discriminants: by hand, between solvers, and what is refused. */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/linalg.h>
#include <analysis/models/linear_discriminant.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <string.h>

enum {
    N = 23,
    D = 4,
    WIDE = 40
};

typedef struct world {
    double x[N * WIDE];
    size_t classes[N];
} world;

static world draw(size_t d, size_t n_classes, uint64_t seed)
{
    world out;
    ana_random random = ana_random_stream(seed, "test.lda", 0);
    for (size_t i = 0; i < N; i++) {
        out.classes[i] = (i + i / 4) % n_classes;
        for (size_t j = 0; j < d; j++) {
            const double mean = j % n_classes == out.classes[i] ? 1.0 : 0.0;
            out.x[i * d + j] = (1.0 + (double)j) * (ana_random_normal(&random) + mean) + 2.0;
        }
    }
    return out;
}

static ana_labelled_rows rows_of(const world *from, size_t d, size_t n_classes)
{
    return (ana_labelled_rows){N, d, from->x, n_classes, from->classes};
}

/* sum prior (1 - a) S_k + a target_k, by its definition; shares of the rows as priors. */
static void covariance_by_hand(const ana_labelled_rows *rows, double shrinkage, double *out)
{
    const size_t d = rows->d;
    memset(out, 0, d * d * sizeof *out);
    for (size_t c = 0; c < rows->n_classes; c++) {
        double own[N * WIDE];
        double scale[WIDE];
        double shrunk[WIDE * WIDE];
        size_t n = 0;
        for (size_t i = 0; i < rows->n; i++) {
            if (rows->classes[i] == c) {
                memcpy(own + n++ * d, rows->x + i * d, d * sizeof *own);
            }
        }
        for (size_t j = 0; j < d; j++) {
            double column[N];
            for (size_t i = 0; i < n; i++) {
                column[i] = own[i * d + j];
            }
            scale[j] = shrinkage < 0.0 ? sqrt(ana_stats_variance(n, column, 0)) : 1.0;
            for (size_t i = 0; i < n; i++) {
                own[i * d + j] = (column[i] - ana_stats_mean(n, column)) / scale[j];
            }
        }
        if (shrinkage < 0.0) {
            check_ok(
                ana_stats_shrunk_covariance(n, d, own, ANA_SHRINKAGE_LEDOIT_WOLF, shrunk, NULL));
        } else {
            double trace = 0.0;
            check_ok(ana_linalg_gram(n, d, own, shrunk));
            for (size_t j = 0; j < d; j++) {
                trace += shrunk[j * (d + 1)] / (double)n;
            }
            for (size_t e = 0; e < d * d; e++) {
                shrunk[e] *= (1.0 - shrinkage) / (double)n;
                shrunk[e] += e % (d + 1) == 0 ? shrinkage * trace / (double)d : 0.0;
            }
        }
        for (size_t e = 0; e < d * d; e++) {
            out[e] += (double)n / (double)rows->n * shrunk[e] * scale[e / d] * scale[e % d];
        }
    }
}

static void shrunk_covariances_are_solved_as_defined(void **state)
{
    (void)state;
    const double shrinkages[3] = {0.0, 0.3, -1.0};
    for (size_t which = 0; which < 6; which++) {
        const size_t d = which % 2 == 0 ? D : WIDE;
        const double shrinkage = shrinkages[which / 2];
        const world drawn = draw(d, 3, which);
        const ana_labelled_rows rows = rows_of(&drawn, d, 3);
        ana_linear_discriminant_options options = ana_linear_discriminant_options_default();
        double covariance[WIDE * WIDE];
        double weights[3 * WIDE];
        double biases[3];
        double product[WIDE];
        if (shrinkage == 0.0 && d == WIDE) {
            continue; /* singular; its own test */
        }
        options.solver = ANA_DISCRIMINANT_LEAST_SQUARES;
        options.shrinkage = shrinkage;
        check_ok(ana_linear_discriminant_fit(&rows, &options, weights, biases));
        covariance_by_hand(&rows, shrinkage, covariance);
        for (size_t k = 0; k < 3; k++) {
            double mean[WIDE] = {0.0};
            double n = 0.0;
            double square = 0.0;
            for (size_t i = 0; i < N; i++) {
                n += drawn.classes[i] == k ? 1.0 : 0.0;
            }
            for (size_t e = 0; e < N * d; e++) {
                mean[e % d] += drawn.classes[e / d] == k ? drawn.x[e] / n : 0.0;
            }
            check_ok(ana_linalg_apply(d, d, covariance, false, weights + k * d, product));
            check_all_close(d, product, mean, 1e-11, 1e-11);
            for (size_t j = 0; j < d; j++) {
                square += weights[k * d + j] * mean[j];
            }
            check_close(biases[k], log(n / N) - 0.5 * square, 1e-10, 1e-12);
        }
    }
}

/* The pooled covariance's divisor is n less the number of classes with singular values, n without.
 */
static void both_solvers_find_the_same_direction(void **state)
{
    (void)state;
    const world drawn = draw(D, 2, 8);
    const ana_labelled_rows rows = rows_of(&drawn, D, 2);
    ana_linear_discriminant_options options = ana_linear_discriminant_options_default();
    double by_values[D];
    double by_squares[D];
    double value_bias = 0.0;
    double square_bias = 0.0;
    check_ok(ana_linear_discriminant_fit(&rows, NULL, by_values, &value_bias));
    options.solver = ANA_DISCRIMINANT_LEAST_SQUARES;
    check_ok(ana_linear_discriminant_fit(&rows, &options, by_squares, &square_bias));
    const double factor = (N - 2.0) / N;
    double n_second = 0.0;
    for (size_t i = 0; i < N; i++) {
        n_second += (double)drawn.classes[i];
    }
    const double odds = log(n_second / (N - n_second));
    for (size_t j = 0; j < D; j++) {
        check_close(by_values[j], factor * by_squares[j], 1e-12, 1e-12);
    }
    check_close(value_bias - odds, factor * (square_bias - odds), 1e-12, 1e-12);
}

static void three_classes_in_many_features_are_told_apart(void **state)
{
    (void)state;
    const world drawn = draw(D, 3, 9);
    const ana_labelled_rows rows = rows_of(&drawn, D, 3);
    double weights[3 * D];
    double biases[3];
    double scores[3 * N];
    double means[3 * D] = {0.0};
    double n_in[3] = {0.0, 0.0, 0.0};
    double within[D * D] = {0.0};
    double back[D];
    check_ok(ana_linear_discriminant_fit(&rows, NULL, weights, biases));
    check_ok(ana_linear_scores(N, D, drawn.x, 3, weights, biases, scores));
    for (size_t i = 0; i < N; i++) {
        n_in[drawn.classes[i]] += 1.0;
    }
    for (size_t e = 0; e < (size_t)N * D; e++) {
        means[drawn.classes[e / D] * D + e % D] += drawn.x[e] / n_in[drawn.classes[e / D]];
    }
    for (size_t i = 0; i < N; i++) {
        const double *mean = means + drawn.classes[i] * D;
        for (size_t e = 0; e < (size_t)D * D; e++) {
            within[e] += (drawn.x[i * D + e / D] - mean[e / D]) *
                         (drawn.x[i * D + e % D] - mean[e % D]) / (N - 3.0);
        }
    }
    /* Between classes 0 and 2 the difference of weights solves the pooled covariance. */
    for (size_t j = 0; j < D; j++) {
        back[j] = weights[j] - weights[2 * D + j];
    }
    double product[D];
    check_ok(ana_linalg_apply(D, D, within, false, back, product));
    for (size_t j = 0; j < D; j++) {
        check_close(product[j], means[j] - means[2 * D + j], 1e-11, 1e-11);
    }
}

static void a_feature_that_says_nothing_new_changes_nothing(void **state)
{
    (void)state;
    const world drawn = draw(D, 2, 10);
    double x[N * (D + 2)];
    double weights[D];
    double more[D + 2];
    double bias = 0.0;
    double more_bias = 0.0;
    double scores[N];
    double more_scores[N];
    for (size_t i = 0; i < N; i++) {
        memcpy(x + i * (D + 2), drawn.x + i * D, D * sizeof *x);
        x[i * (D + 2) + D] = drawn.x[i * D] - drawn.x[i * D + 1];
        x[i * (D + 2) + D + 1] = 7.0; /* constant */
    }
    const ana_labelled_rows rows = rows_of(&drawn, D, 2);
    const ana_labelled_rows wider = {N, D + 2, x, 2, drawn.classes};
    check_ok(ana_linear_discriminant_fit(&rows, NULL, weights, &bias));
    check_ok(ana_linear_discriminant_fit(&wider, NULL, more, &more_bias));
    check_ok(ana_linear_scores(N, D, drawn.x, 1, weights, &bias, scores));
    check_ok(ana_linear_scores(N, D + 2, x, 1, more, &more_bias, more_scores));
    check_all_close(N, more_scores, scores, 1e-11, 1e-11);
    ana_linear_discriminant_options options = ana_linear_discriminant_options_default();
    options.solver = ANA_DISCRIMINANT_LEAST_SQUARES;
    check_ok(ana_linear_discriminant_fit(&wider, &options, more, &more_bias));
    assert_true(isfinite(more_bias) && fabs(more[0] - more[1]) < 1e3);
}

static void volts_and_microvolts_give_the_same_scores(void **state)
{
    (void)state;
    const double shrinkages[2] = {0.0, -1.0};
    for (size_t which = 0; which < 4; which++) {
        const size_t d = which % 2 == 0 ? D : WIDE;
        world drawn = draw(d, 2, 11 + which);
        const ana_labelled_rows rows = rows_of(&drawn, d, 2);
        ana_linear_discriminant_options options = ana_linear_discriminant_options_default();
        double weights[WIDE];
        double bias[2];
        double scores[2 * N];
        options.solver = which < 2 ? ANA_DISCRIMINANT_LEAST_SQUARES : ANA_DISCRIMINANT_SVD;
        options.shrinkage = which < 2 ? shrinkages[1] : shrinkages[0];
        for (size_t unit = 0; unit < 2; unit++) {
            check_ok(ana_linear_discriminant_fit(&rows, &options, weights, bias));
            check_ok(ana_linear_scores(N, d, drawn.x, 1, weights, bias, scores + unit * N));
            for (size_t e = 0; e < N * d; e++) {
                drawn.x[e] *= 1e-6;
            }
        }
        for (size_t i = 0; i < N; i++) {
            check_close(scores[N + i], scores[i], 1e-10, 1e-10);
        }
    }
}

static void what_cannot_be_fitted_is_refused(void **state)
{
    (void)state;
    world drawn = draw(D, 2, 12);
    ana_labelled_rows rows = rows_of(&drawn, D, 2);
    ana_linear_discriminant_options options = ana_linear_discriminant_options_default();
    double weights[3 * D];
    double biases[3];
    options.shrinkage = 0.5;
    check_fails(ana_linear_discriminant_fit(&rows, &options, weights, biases), ANA_ERR_VALUE,
                "goes with solver least-squares");
    options.shrinkage = -0.5;
    check_fails(ana_linear_discriminant_fit(&rows, &options, weights, biases), ANA_ERR_VALUE,
                "shrinkage is -0.5");
    options.shrinkage = 0.0;
    options.priors = (const double[2]){0.5, 0.4};
    check_fails(ana_linear_discriminant_fit(&rows, &options, weights, biases), ANA_ERR_VALUE,
                "sum to 0.9");
    options.priors = (const double[2]){1.0, 0.0};
    check_fails(ana_linear_discriminant_fit(&rows, &options, weights, biases), ANA_ERR_VALUE,
                "prior 1 is 0");
    rows.n = 2;
    check_fails(ana_linear_discriminant_fit(&rows, NULL, weights, biases), ANA_ERR_VALUE,
                "2 rows of 2 classes");
    rows.n = N;
    options = ana_linear_discriminant_options_default();
    options.solver = ANA_DISCRIMINANT_LEAST_SQUARES;
    options.shrinkage = -1.0;
    for (size_t i = 0; i < N; i++) {
        drawn.classes[i] = i == 0 ? 1 : 0;
    }
    check_fails(ana_linear_discriminant_fit(&rows, &options, weights, biases), ANA_ERR_VALUE,
                "class 1 has one row");
    for (size_t e = 0; e < (size_t)N * D; e++) {
        drawn.x[e] = (double)drawn.classes[e / D];
    }
    options.shrinkage = 0.2;
    check_fails(ana_linear_discriminant_fit(&rows, &options, weights, biases), ANA_ERR_NUMERIC,
                "no feature varies");
    check_fails(ana_linear_discriminant_fit(&rows, NULL, weights, biases), ANA_ERR_NUMERIC,
                "no feature varies");
    drawn.x[0] = INFINITY;
    check_fails(ana_linear_discriminant_fit(&rows, NULL, weights, biases), ANA_ERR_VALUE, "inf");
}

static void priors_move_the_bias_alone(void **state)
{
    (void)state;
    const world drawn = draw(D, 2, 13);
    const ana_labelled_rows rows = rows_of(&drawn, D, 2);
    ana_linear_discriminant_options options = ana_linear_discriminant_options_default();
    double weights[D];
    double other[D];
    double bias = 0.0;
    double other_bias = 0.0;
    options.priors = (const double[2]){0.5, 0.5};
    check_ok(ana_linear_discriminant_fit(&rows, &options, weights, &bias));
    options.priors = (const double[2]){0.2, 0.8};
    check_ok(ana_linear_discriminant_fit(&rows, &options, other, &other_bias));
    check_all_close(D, other, weights, 1e-11, 1e-11);
    check_close(other_bias, bias + log(4.0), 1e-11, 1e-11);
}

static ana_status fit_all(void *user)
{
    const ana_labelled_rows *wide = user;
    ana_labelled_rows narrow = *wide;
    ana_linear_discriminant_options options = ana_linear_discriminant_options_default();
    double weights[3 * WIDE];
    double biases[3];
    narrow.d = D;
    ana_status status = ana_linear_discriminant_fit(wide, NULL, weights, biases);
    options.solver = ANA_DISCRIMINANT_LEAST_SQUARES;
    options.shrinkage = -1.0;
    if (status == ANA_OK) {
        status = ana_linear_discriminant_fit(wide, &options, weights, biases);
    }
    return status == ANA_OK ? ana_linear_discriminant_fit(&narrow, &options, weights, biases)
                            : status;
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    const world drawn = draw(WIDE, 3, 14);
    ana_labelled_rows rows = rows_of(&drawn, WIDE, 3);
    assert_true(check_each_allocation(fit_all, &rows, 0) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shrunk_covariances_are_solved_as_defined),
        cmocka_unit_test(both_solvers_find_the_same_direction),
        cmocka_unit_test(three_classes_in_many_features_are_told_apart),
        cmocka_unit_test(a_feature_that_says_nothing_new_changes_nothing),
        cmocka_unit_test(volts_and_microvolts_give_the_same_scores),
        cmocka_unit_test(what_cannot_be_fitted_is_refused),
        cmocka_unit_test(priors_move_the_bias_alone),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
