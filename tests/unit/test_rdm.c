#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"
#include "support/trials.h"

#include <analysis/models/rdm.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ana_rdm_options of_method(ana_rdm_method method)
{
    ana_rdm_options options = ana_rdm_options_default();
    options.method = method;
    return options;
}

static ana_rdms *compute(const ana_observations *rows, const ana_noise *noise,
                         ana_rdm_options options)
{
    ana_rdms *rdms = NULL;
    check_ok(ana_rdm_compute(rows, noise, &options, "test", &rdms));
    return rdms;
}

/* Mean of condition c in fold f (SIZE_MAX: all folds) over finite values; false when it has no
 * trial. */
static bool mean_pattern(const ana_observations *rows, size_t f, size_t c, double *out)
{
    const size_t p = rows->n_features;
    bool there = false;
    for (size_t j = 0; j < p; j++) {
        double sum = 0.0;
        double count = 0.0;
        for (size_t s = 0; s < rows->n_sequences; s++) {
            for (size_t t = rows->sequence_start[s]; t < rows->sequence_start[s + 1]; t++) {
                const bool of = rows->labels[t] == (int64_t)c && (f == SIZE_MAX || f == s);
                there = there || of;
                if (of && !isnan(rows->values[t * p + j])) {
                    sum += rows->values[t * p + j];
                    count += 1.0;
                }
            }
        }
        out[j] = sum / count;
    }
    return there;
}

/* (a - b) P (c - d) / number of channels that all have, P of those alone. */
static double product(size_t p, const double *const rows[4], const double *covariance)
{
    size_t n = 0;
    size_t at[64];
    double u[64];
    double v[64];
    double sum = 0.0;
    for (size_t j = 0; j < p; j++) {
        if (!isnan(rows[0][j] + rows[1][j] + rows[2][j] + rows[3][j])) {
            u[n] = rows[0][j] - rows[1][j];
            v[n] = rows[2][j] - rows[3][j];
            at[n++] = j;
        }
    }
    if (n == 0) {
        return (double)NAN;
    }
    if (covariance != NULL) {
        double *sub = calloc(n * n, sizeof *sub);
        double *precision = calloc(n * n, sizeof *precision);
        ana_noise *noise = NULL;
        for (size_t i = 0; i < n * n; i++) {
            sub[i] = covariance[at[i / n] * p + at[i % n]];
        }
        check_ok(ana_noise_of_covariance(n, sub, &noise));
        check_ok(ana_noise_precision(noise, precision));
        for (size_t i = 0; i < n * n; i++) {
            sum += u[i / n] * precision[i] * v[i % n];
        }
        ana_noise_free(noise);
        free(sub);
        free(precision);
    }
    for (size_t i = 0; i < n && covariance == NULL; i++) {
        sum += u[i] * v[i];
    }
    return sum / (double)n;
}

/* The definitions, for one pair. */
static double plain_euclidean(const ana_observations *rows, size_t i, size_t j,
                              const double *covariance)
{
    double a[64];
    double b[64];
    const double *const four[4] = {a, b, a, b};
    mean_pattern(rows, SIZE_MAX, i, a);
    mean_pattern(rows, SIZE_MAX, j, b);
    return product(rows->n_features, four, covariance);
}

static double plain_crossnobis(const ana_observations *rows, size_t i, size_t j,
                               const double *covariance, double *n_folds)
{
    double x[4][64];
    const double *const four[4] = {x[0], x[1], x[2], x[3]};
    double sum = 0.0;
    double count = 0.0;
    *n_folds = 0.0;
    for (size_t f = 0; f < rows->n_sequences; f++) {
        const bool in_f = mean_pattern(rows, f, i, x[0]) && mean_pattern(rows, f, j, x[1]);
        *n_folds += in_f;
        for (size_t g = 0; g < rows->n_sequences && in_f; g++) {
            const bool in_g =
                g != f && mean_pattern(rows, g, i, x[2]) && mean_pattern(rows, g, j, x[3]);
            const double d = in_g ? product(rows->n_features, four, covariance) : (double)NAN;
            sum += isnan(d) ? 0.0 : d;
            count += isnan(d) ? 0.0 : 1.0;
        }
    }
    return sum / count;
}

/* Euclidean, mahalanobis and crossnobis of all pairs, with noise and without. */
static void check_products(const ana_observations *rows, const ana_noise *noise)
{
    const size_t n = rows->n_labels;
    double *covariance = calloc(rows->n_features * rows->n_features, sizeof *covariance);
    ana_rdms *plain = compute(rows, NULL, of_method(ANA_RDM_EUCLIDEAN));
    ana_rdms *whitened = compute(rows, noise, of_method(ANA_RDM_MAHALANOBIS));
    ana_rdms *crossed = compute(rows, NULL, of_method(ANA_RDM_CROSSNOBIS));
    ana_rdms *both = compute(rows, noise, of_method(ANA_RDM_CROSSNOBIS));
    check_ok(ana_noise_covariance(noise, covariance));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            const size_t k = ana_rdm_pair(n, i, j);
            double n_folds = 0.0;
            check_close(plain->values[k], plain_euclidean(rows, i, j, NULL), 1e-13, 1e-12);
            check_close(whitened->values[k], plain_euclidean(rows, i, j, covariance), 1e-11, 1e-10);
            check_close(crossed->values[k], plain_crossnobis(rows, i, j, NULL, &n_folds), 1e-13,
                        1e-11);
            check_close(both->values[k], plain_crossnobis(rows, i, j, covariance, &n_folds), 1e-11,
                        1e-10);
            check_close(both->n_folds[k], n_folds, 1e-9, 0.0);
        }
    }
    ana_rdms_free(plain);
    ana_rdms_free(whitened);
    ana_rdms_free(crossed);
    ana_rdms_free(both);
    free(covariance);
}

static void products_are_their_definitions(void **state)
{
    (void)state;
    /* Many residuals and few: the precision as a whole, and as parts. */
    for (size_t p = 6; p <= 40; p += 34) {
        ana_observations *rows = draw_trials(7, 4, 1, p, 1.0, p);
        ana_noise *noise = NULL;
        check_ok(ana_noise_of_observations(rows, NULL, &noise));
        assert_true((noise->cholesky == NULL) == (p == 40));
        check_products(rows, noise);
        rows->labels[3] = -1; /* condition 3 in the first fold, 5 in two */
        rows->labels[7 + 5] = -1;
        rows->labels[21 + 5] = 4; /* two trials of condition 4 there */
        check_products(rows, noise);
        rows->values[2 * p + 1] = NAN; /* a channel of one trial, and another of all of one fold */
        rows->values[3 * p + 2] = NAN;
        for (size_t t = 14; t < 21; t++) {
            rows->values[t * p + 4] = NAN;
        }
        check_products(rows, noise);
        ana_noise_free(noise);
        ana_observations_free(rows);
    }
}

/* The rest of the methods over the channels that two patterns share. */
static double plain_distance(ana_rdm_method method, size_t p, const double *a, const double *b)
{
    double x[64];
    double y[64];
    double sum = 0.0;
    double other = 0.0;
    double square_x = 0.0;
    double square_y = 0.0;
    size_t n = 0;
    for (size_t j = 0; j < p; j++) {
        if (!isnan(a[j] + b[j])) {
            x[n] = a[j];
            y[n++] = b[j];
        }
    }
    if (method == ANA_RDM_CORRELATION) {
        return 1.0 - ana_stats_pearson(n, x, y);
    }
    if (method == ANA_RDM_SPEARMAN) {
        double rho = 0.0;
        check_ok(ana_stats_spearman(n, x, y, &rho));
        return 1.0 - rho;
    }
    for (size_t j = 0; j < n; j++) {
        const double d = fabs(x[j] - y[j]);
        square_x += x[j] * x[j];
        square_y += y[j] * y[j];
        other += method == ANA_RDM_COSINE ? x[j] * y[j] : fabs(x[j] + y[j]);
        sum = method == ANA_RDM_CHEBYSHEV        ? fmax(sum, d)
              : method == ANA_RDM_EUCLIDEAN_ROOT ? sum + d * d
              : method == ANA_RDM_CANBERRA       ? sum + d / (fabs(x[j]) + fabs(y[j]))
                                                 : sum + d;
    }
    const double whole = (double)p / (double)n;
    return method == ANA_RDM_COSINE           ? 1.0 - other / sqrt(square_x * square_y)
           : method == ANA_RDM_CHEBYSHEV      ? sum
           : method == ANA_RDM_EUCLIDEAN_ROOT ? sqrt(sum * whole)
           : method == ANA_RDM_BRAYCURTIS     ? sum / other
                                              : sum * whole;
}

static void distances_are_their_definitions(void **state)
{
    (void)state;
    static const ana_rdm_method methods[] = {
        ANA_RDM_CORRELATION, ANA_RDM_COSINE,    ANA_RDM_SPEARMAN, ANA_RDM_EUCLIDEAN_ROOT,
        ANA_RDM_CITYBLOCK,   ANA_RDM_CHEBYSHEV, ANA_RDM_CANBERRA, ANA_RDM_BRAYCURTIS};
    ana_observations *rows = draw_trials(6, 1, 3, 9, 1.0, 2);
    for (int missing = 0; missing < 2; missing++) {
        for (size_t k = 0; k < sizeof methods / sizeof methods[0]; k++) {
            ana_rdms *rdms = compute(rows, NULL, of_method(methods[k]));
            for (size_t i = 0; i < 6; i++) {
                for (size_t j = i + 1; j < 6; j++) {
                    double a[64];
                    double b[64];
                    mean_pattern(rows, SIZE_MAX, i, a);
                    mean_pattern(rows, SIZE_MAX, j, b);
                    check_close(rdms->values[ana_rdm_pair(6, i, j)],
                                plain_distance(methods[k], 9, a, b), 1e-14, 1e-12);
                }
            }
            assert_string_equal(rdms->names[0], "test");
            assert_string_equal(rdms->conditions[4], "c4");
            ana_rdms_free(rdms);
        }
        for (size_t t = 2; t < 18; t += 6) { /* condition 2 never has channel 5 */
            rows->values[t * 9 + 5] = NAN;
        }
    }
    ana_observations_free(rows);
}

/* Sum over channels of rate differences times logarithms' differences. */
static double plain_poisson(size_t p, const double *const rows[4])
{
    double sum = 0.0;
    for (size_t j = 0; j < p; j++) {
        double l[4];
        for (size_t k = 0; k < 4; k++) {
            l[k] = (rows[k][j] + 0.1) / 1.1;
        }
        sum += (l[0] - l[1]) * (log(l[2]) - log(l[3])) / (double)p;
    }
    return sum;
}

static void poisson_is_its_definition(void **state)
{
    (void)state;
    ana_observations *rows = draw_trials(5, 3, 2, 8, 1.0, 4);
    double x[4][64];
    const double *const four[4] = {x[0], x[1], x[2], x[3]};
    for (size_t i = 0; i < rows->n_times * 8; i++) {
        rows->values[i] = floor(fabs(2.0 * rows->values[i]));
    }
    for (int unbalanced = 0; unbalanced < 2; unbalanced++) {
        ana_rdms *all = compute(rows, NULL, of_method(ANA_RDM_POISSON));
        ana_rdms *crossed = compute(rows, NULL, of_method(ANA_RDM_POISSON_CV));
        for (size_t i = 0; i < 5; i++) {
            for (size_t j = i + 1; j < 5; j++) {
                double sum = 0.0;
                double count = 0.0;
                for (size_t f = 0; f < 9; f++) {
                    if (f / 3 != f % 3 && mean_pattern(rows, f / 3, i, x[0]) &&
                        mean_pattern(rows, f / 3, j, x[1]) && mean_pattern(rows, f % 3, i, x[2]) &&
                        mean_pattern(rows, f % 3, j, x[3])) {
                        sum += plain_poisson(8, four);
                        count += 1.0;
                    }
                }
                check_close(crossed->values[ana_rdm_pair(5, i, j)], sum / count, 1e-13, 1e-12);
                for (size_t k = 0; k < 4; k++) {
                    mean_pattern(rows, SIZE_MAX, k % 2 == 0 ? i : j, x[k]);
                }
                check_close(all->values[ana_rdm_pair(5, i, j)], plain_poisson(8, four), 1e-13,
                            1e-12);
            }
        }
        ana_rdms_free(all);
        ana_rdms_free(crossed);
        rows->labels[1] = -1; /* both trials of condition 1 in the first fold */
        rows->labels[6] = -1;
    }
    ana_observations_free(rows);
}

static void crossed_distances_of_noise_are_nought_on_average(void **state)
{
    (void)state;
    double mean = 0.0;
    double square = 0.0;
    double n = 0.0;
    for (uint64_t seed = 0; seed < 40; seed++) {
        ana_observations *rows = draw_trials(6, 3, 2, 10, 0.0, 100 + seed);
        ana_rdms *rdms = compute(rows, NULL, of_method(ANA_RDM_CROSSNOBIS));
        double sum = 0.0;
        for (size_t k = 0; k < 15; k++) {
            sum += rdms->values[k] / 15.0;
        }
        mean += sum;
        square += sum * sum;
        n += 1.0;
        ana_rdms_free(rdms);
        ana_observations_free(rows);
    }
    mean /= n;
    const double error = sqrt((square / n - mean * mean) / n);
    assert_true(fabs(mean) < 4.0 * error); /* 6 in 100,000 seeds would miss */
    assert_true(error < 0.05);
}

static void distances_know_no_origin_and_correlations_no_scale(void **state)
{
    (void)state;
    ana_observations *rows = draw_trials(5, 3, 2, 7, 1.0, 8);
    ana_rdms *before[2] = {compute(rows, NULL, of_method(ANA_RDM_CROSSNOBIS)),
                           compute(rows, NULL, of_method(ANA_RDM_CORRELATION))};
    for (size_t i = 0; i < rows->n_times * 7; i++) {
        rows->values[i] += 1024.0;
    }
    ana_rdms *moved = compute(rows, NULL, of_method(ANA_RDM_CROSSNOBIS));
    for (size_t i = 0; i < rows->n_times * 7; i++) {
        rows->values[i] = 8.0 * rows->values[i] + (double)(rows->labels[i / 7] * 16);
    }
    ana_rdms *scaled = compute(rows, NULL, of_method(ANA_RDM_CORRELATION));
    check_all_close(10, moved->values, before[0]->values, 1e-8, 0.0);
    check_all_close(10, scaled->values, before[1]->values, 1e-10, 0.0);
    for (size_t k = 0; k < 2; k++) {
        ana_rdms_free(before[k]);
    }
    ana_rdms_free(moved);
    ana_rdms_free(scaled);
    ana_observations_free(rows);
}

static void alike_patterns_keep_their_digits(void **state)
{
    (void)state;
    /* Two patterns at 1e6 that differ by 1/64 in one of three channels: squares would keep no
     * digit. */
    const double values[] = {1e6, 2e6, 3e6, 1e6 + 0.015625, 2e6, 3e6, 0.0, 1.0, 2.0};
    ana_observations *rows = draw_trials(3, 1, 1, 3, 0.0, 1);
    memcpy(rows->values, values, sizeof values);
    ana_rdms *rdms = compute(rows, NULL, of_method(ANA_RDM_EUCLIDEAN));
    check_close(rdms->values[0], 0.015625 * 0.015625 / 3.0, 0.0, 1e-15);
    ana_rdms_free(rdms);
    ana_observations_free(rows);
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    static const ana_rdm_method methods[] = {ANA_RDM_CORRELATION, ANA_RDM_CROSSNOBIS,
                                             ANA_RDM_CITYBLOCK};
    static const size_t n_threads[] = {2, 3, 7};
    ana_observations *rows = draw_trials(300, 3, 1, 20, 1.0, 8);
    for (size_t m = 0; m < 3; m++) {
        ana_rdm_options options = of_method(methods[m]);
        options.run = run_of(1, 0);
        ana_rdms *one = compute(rows, NULL, options);
        for (size_t k = 0; k < 3; k++) {
            options.run = run_of(n_threads[k], 0);
            ana_rdms *many = compute(rows, NULL, options);
            check_same_bits(ana_rdm_n_pairs(300), many->values, one->values);
            ana_rdms_free(many);
        }
        ana_rdms_free(one);
    }
    ana_observations_free(rows);
}

static void constant_patterns_are_counted(void **state)
{
    (void)state;
    ana_observations *rows = draw_trials(4, 1, 1, 5, 1.0, 8);
    ana_rdm_options options = of_method(ANA_RDM_CORRELATION);
    for (size_t j = 0; j < 5; j++) {
        rows->values[2 * 5 + j] = 0.3;
    }
    ana_rdms *rdms = compute(rows, NULL, options);
    assert_int_equal(rdms->n_missing, 3);
    assert_true(isnan(rdms->values[ana_rdm_pair(4, 2, 3)]) && isfinite(rdms->values[0]));
    ana_rdms_free(rdms);
    options.constant_apart = true;
    rdms = compute(rows, NULL, options);
    assert_int_equal(rdms->n_missing, 0);
    check_close(rdms->values[ana_rdm_pair(4, 2, 3)], 1.0, 0.0, 0.0);
    ana_rdms_free(rdms);
    ana_observations_free(rows);
}

static void labels_without_rows_are_no_conditions(void **state)
{
    (void)state;
    ana_observations *rows = draw_trials(4, 2, 1, 5, 1.0, 8);
    rows->labels[1] = -1;
    rows->labels[5] = -1;
    ana_rdms *rdms = compute(rows, NULL, of_method(ANA_RDM_CROSSNOBIS));
    assert_int_equal(rdms->n_conditions, 3);
    assert_string_equal(rdms->conditions[1], "c2");
    ana_rdms_free(rdms);
    ana_observations_free(rows);
}

static void whole_matrices_and_back(void **state)
{
    (void)state;
    ana_observations *rows = draw_trials(5, 1, 1, 6, 1.0, 8);
    ana_rdms *rdms = compute(rows, NULL, of_method(ANA_RDM_EUCLIDEAN));
    ana_rdms *copy = NULL;
    double square[25];
    ana_rdms_square(rdms, 0, square);
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = i + 1; j < 5; j++) {
            assert_true(square[i * 5 + j] == rdms->values[ana_rdm_pair(5, i, j)]);
            assert_true(square[j * 5 + i] == square[i * 5 + j]);
        }
    }
    check_ok(ana_rdms_new(2, 5, &copy));
    check_ok(ana_rdms_set_square(copy, 1, square));
    check_same_bits(10, copy->values + 10, rdms->values);
    square[7] += 1.0;
    check_fails(ana_rdms_set_square(copy, 1, square), ANA_ERR_VALUE, "from condition 1 to 2");
    square[7] -= 1.0;
    square[7] = INFINITY;
    check_fails(ana_rdms_set_square(copy, 1, square), ANA_ERR_VALUE, "infinite from condition 1");
    square[7] = square[11];
    square[6] = 3.0;
    check_fails(ana_rdms_set_square(copy, 1, square), ANA_ERR_VALUE, "differs from itself by 3");
    ana_rdms_free(copy);
    ana_rdms_free(rdms);
    ana_observations_free(rows);
}

static void parts_are_joined_by_the_ids_they_share(void **state)
{
    (void)state;
    ana_rdms *parts[2] = {NULL, NULL};
    ana_rdms *joined = NULL;
    static const char *const other[] = {"x", "3", "1", "0"};
    check_ok(ana_rdms_new(1, 5, &parts[0]));
    check_ok(ana_rdms_new(2, 4, &parts[1]));
    for (size_t k = 0; k < 12; k++) {
        parts[k % 2]->values[k / 2] = (double)k;
    }
    for (size_t i = 0; i < 4; i++) {
        free(parts[1]->conditions[i]);
        parts[1]->conditions[i] = strdup(other[i]);
    }
    check_ok(ana_rdms_join(2, parts, &joined));
    assert_int_equal(joined->n_rdms, 3);
    assert_int_equal(joined->n_conditions, 3);
    assert_string_equal(joined->conditions[2], "3");
    /* Shared: 0, 1, 3, which are 3, 2, 1 of the second. */
    assert_true(joined->values[1] == parts[0]->values[ana_rdm_pair(5, 0, 3)]);
    assert_true(joined->values[3] == parts[1]->values[ana_rdm_pair(4, 2, 3)]);
    assert_true(joined->values[4] == parts[1]->values[ana_rdm_pair(4, 1, 3)]);
    assert_true(joined->values[8] == parts[1]->values[6 + ana_rdm_pair(4, 1, 2)]);
    ana_rdms_free(joined);
    strcpy(parts[1]->conditions[1], "y");
    check_fails(ana_rdms_join(2, parts, &joined), ANA_ERR_VALUE, "2 conditions have the same id");
    strcpy(parts[1]->conditions[1], "x");
    check_fails(ana_rdms_join(2, parts, &joined), ANA_ERR_VALUE, "x stands twice");
    check_fails(ana_rdms_join(0, parts, &joined), ANA_ERR_VALUE, "no matrices");
    ana_rdms_free(parts[0]);
    ana_rdms_free(parts[1]);
}

static void records_read_back(void **state)
{
    (void)state;
    ana_observations *rows = draw_trials(5, 2, 2, 6, 1.0, 8);
    ana_rdms *rdms = compute(rows, NULL, of_method(ANA_RDM_CROSSNOBIS));
    ana_rdms *back = NULL;
    ana_record *record = NULL;
    ana_record *again = NULL;
    char where[128];
    check_ok(ana_rdms_to_record(rdms, &record));
    check_ok(ana_record_check(record));
    assert_non_null(ana_record_find(record, "plane_0"));
    check_ok(ana_rdms_from_record(record, &back));
    check_ok(ana_rdms_to_record(back, &again));
    assert_true(ana_record_equal(record, again, where, sizeof where));
    ana_record_free(again);
    ana_record_free(record);
    check_ok(ana_record_new(&record));
    check_ok(ana_record_add_text(record, "schema", "ntf"));
    ana_rdms_free(back);
    back = NULL;
    check_fails(ana_rdms_from_record(record, &back), ANA_ERR_FORMAT, "a saved ntf");
    ana_record_free(record);
    ana_rdms_free(rdms);
    ana_observations_free(rows);
}

static void wrong_input_is_named(void **state)
{
    (void)state;
    ana_observations *rows = draw_trials(3, 2, 2, 4, 1.0, 5);
    ana_rdm_options options = of_method(ANA_RDM_POISSON);
    ana_rdms *rdms = NULL;
    ana_noise *noise = NULL;
    double out[9];
    check_ok(ana_noise_of_residuals(12, 4, rows->values, NULL, &noise));
    check_fails(ana_rdm_compute(rows, NULL, &options, NULL, &rdms), ANA_ERR_VALUE,
                "are not negative");
    for (size_t i = 0; i < 48; i++) {
        rows->values[i] = 0.0;
    }
    options.prior_rate = 0.0;
    check_fails(ana_rdm_compute(rows, NULL, &options, NULL, &rdms), ANA_ERR_VALUE,
                "never responds in channel 0");
    options.method = ANA_RDM_EUCLIDEAN;
    check_fails(ana_rdm_compute(rows, noise, &options, NULL, &rdms), ANA_ERR_VALUE,
                "takes no noise");
    noise->n_channels = 5;
    options.method = ANA_RDM_CROSSNOBIS;
    check_fails(ana_rdm_compute(rows, noise, &options, NULL, &rdms), ANA_ERR_VALUE,
                "noise of 5 channels for responses of 4");
    noise->n_channels = 4;
    options.pooling = ANA_RDM_TRIALS;
    options.method = ANA_RDM_SPEARMAN;
    check_fails(ana_rdm_compute(rows, NULL, &options, NULL, &rdms), ANA_ERR_VALUE,
                "methods of products");
    options.method = ANA_RDM_CORRELATION;
    rows->values[3] = NAN; /* both trials of condition 0 in the first fold */
    rows->values[3 * 4 + 3] = NAN;
    check_fails(ana_rdm_compute(rows, NULL, &options, NULL, &rdms), ANA_ERR_UNSUPPORTED,
                "missing channels");
    check_fails(ana_rdm_noise_of_conditions(rows, NULL, out), ANA_ERR_VALUE, "every condition");
    options.method = ANA_RDM_POISSON_CV;
    options.pooling = ANA_RDM_FOLDS;
    rows->n_sequences = 1;
    check_fails(ana_rdm_compute(rows, NULL, &options, NULL, &rdms), ANA_ERR_VALUE,
                "there is one alone");
    rows->n_sequences = 2;
    options.method = (ana_rdm_method)99;
    check_fails(ana_rdm_compute(rows, NULL, &options, NULL, &rdms), ANA_ERR_VALUE, "method");
    rows->values[5] = INFINITY;
    check_fails(ana_rdm_compute(rows, NULL, NULL, NULL, &rdms), ANA_ERR_VALUE,
                "row 1 is infinite in channel 1");
    rows->values[5] = 0.0;
    rows->n_features = 0;
    check_fails(ana_rdm_compute(rows, NULL, NULL, NULL, &rdms), ANA_ERR_VALUE, "no channels");
    rows->n_features = 4;
    for (size_t t = 0; t < 12; t++) {
        rows->labels[t] = 1;
    }
    check_fails(ana_rdm_compute(rows, NULL, NULL, NULL, &rdms), ANA_ERR_VALUE, "1 conditions");
    free(rows->labels);
    rows->labels = NULL;
    check_fails(ana_rdm_compute(rows, NULL, NULL, NULL, &rdms), ANA_ERR_VALUE, "no labels");
    check_fails(ana_rdms_new(1, 1, &rdms), ANA_ERR_SHAPE, "at least two");
    ana_noise_free(noise);
    ana_observations_free(rows);
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    ana_observations *rows = draw_trials(4, 3, 2, 5, 1.0, 5);
    ana_rdm_options options = of_method(ANA_RDM_CROSSNOBIS);
    ana_rdms *rdms = NULL;
    ana_rdms *other = NULL;
    ana_noise *noise = NULL;
    ana_record *record = NULL;
    double out[16];
    options.run.n_threads = 1;
    check_ok(ana_noise_of_observations(rows, NULL, &noise));
    const ana_noise *const noises[] = {noise, noise, noise};
    ALLOCATION_TEST(ana_rdm_compute, (rows, noise, &options, "x", &rdms), ana_rdms_free(rdms));
    ALLOCATION_TEST(ana_rdm_crossnobis_by_fold, (rows, noises, &options, "x", &rdms),
                    ana_rdms_free(rdms));
    ALLOCATION_TEST(ana_rdm_noise_of_conditions, (rows, noise, out), (void)0);
    options.pooling = ANA_RDM_TRIALS;
    ALLOCATION_TEST(ana_rdm_compute, (rows, noise, &options, "x", &rdms), ana_rdms_free(rdms));
    options = of_method(ANA_RDM_CITYBLOCK);
    options.run.n_threads = 1;
    ALLOCATION_TEST(ana_rdm_compute, (rows, NULL, &options, "x", &rdms), ana_rdms_free(rdms));
    check_ok(ana_rdm_compute(rows, NULL, &options, "x", &rdms));
    check_ok(ana_rdm_compute(rows, NULL, &options, "y", &other));
    ana_rdms *const parts[] = {rdms, other};
    ana_rdms *joined = NULL;
    ALLOCATION_TEST(ana_rdms_join, (2, parts, &joined), ana_rdms_free(joined));
    ALLOCATION_TEST(ana_rdms_to_record, (rdms, &record), ana_record_free(record));
    check_ok(ana_rdms_to_record(rdms, &record));
    ALLOCATION_TEST(ana_rdms_from_record, (record, &joined), ana_rdms_free(joined));
    ana_record_free(record);
    ana_rdms_free(rdms);
    ana_rdms_free(other);
    ana_noise_free(noise);
    ana_observations_free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_their_definitions),
        cmocka_unit_test(distances_are_their_definitions),
        cmocka_unit_test(poisson_is_its_definition),
        cmocka_unit_test(crossed_distances_of_noise_are_nought_on_average),
        cmocka_unit_test(distances_know_no_origin_and_correlations_no_scale),
        cmocka_unit_test(alike_patterns_keep_their_digits),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(constant_patterns_are_counted),
        cmocka_unit_test(labels_without_rows_are_no_conditions),
        cmocka_unit_test(whole_matrices_and_back),
        cmocka_unit_test(parts_are_joined_by_the_ids_they_share),
        cmocka_unit_test(records_read_back),
        cmocka_unit_test(wrong_input_is_named),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
