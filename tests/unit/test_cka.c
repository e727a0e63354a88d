#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/models/cka.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 7,
    P = 3,
    Q = 5
};

static ana_responses *draw(uint64_t item, size_t n, size_t p)
{
    ana_random random = ana_random_stream(11, "cka", item);
    ana_responses *made = NULL;
    check_ok(ana_responses_new("drawn", n, p, &made));
    for (size_t i = 0; i < n * p; i++) {
        made->values[i] = 2.5 + ana_random_normal(&random) * (1.0 + (double)(i % p));
    }
    return made;
}

/* Two systems; the second shares part of the first's responses. */
static void draw_two(size_t n, size_t p, size_t q, ana_responses *two[2])
{
    two[0] = draw(0, n, p);
    two[1] = draw(1, n, q);
    for (size_t i = 0; i < n; i++) {
        two[1]->values[i * q] += 2.0 * two[0]->values[i * p];
    }
}

static void free_two(ana_responses *two[2])
{
    ana_responses_free(two[0]);
    ana_responses_free(two[1]);
}

static ana_cka *compare(ana_responses *two[2], const ana_cka_options *options)
{
    const ana_responses_set a = {1, &two[0]};
    const ana_responses_set b = {1, &two[1]};
    ana_cka *cka = NULL;
    check_ok(ana_cka_compute(&a, &b, options, &cka));
    return cka;
}

static double kernel_of(const ana_responses *of, size_t i, size_t j)
{
    double sum = 0.0;
    for (size_t u = 0; u < of->n_units; u++) {
        sum += of->values[i * of->n_units + u] * of->values[j * of->n_units + u];
    }
    return sum;
}

/* The mean over distinct i, j, q, r, each tuple w_i w_j w_q w_r times. */
static double over_tuples(const ana_responses *a, const ana_responses *b, const double *w)
{
    const size_t n = a->n_stimuli;
    double sum = 0.0;
    double count = 0.0;
    for (size_t code = 0; code < n * n * n * n; code++) {
        const size_t i = code % n;
        const size_t j = code / n % n;
        const size_t q = code / n / n % n;
        const size_t r = code / n / n / n;
        if (i == j || i == q || i == r || j == q || j == r || q == r) {
            continue;
        }
        const double weight = w[i] * w[j] * w[q] * w[r];
        const double l = kernel_of(b, i, j) + kernel_of(b, q, r) - 2.0 * kernel_of(b, i, q);
        sum += weight * kernel_of(a, i, j) * l;
        count += weight;
    }
    return sum / count;
}

/* tr(K H L H) of weighted stimuli: the covariances of the units. */
static double over_units(const ana_responses *a, const ana_responses *b, const double *w)
{
    double sum = 0.0;
    double whole = 0.0;
    for (size_t i = 0; i < a->n_stimuli; i++) {
        whole += w[i];
    }
    for (size_t u = 0; u < a->n_units; u++) {
        for (size_t v = 0; v < b->n_units; v++) {
            double mean_a = 0.0;
            double mean_b = 0.0;
            double covariance = 0.0;
            for (size_t i = 0; i < a->n_stimuli; i++) {
                mean_a += w[i] * a->values[i * a->n_units + u] / whole;
                mean_b += w[i] * b->values[i * b->n_units + v] / whole;
            }
            for (size_t i = 0; i < a->n_stimuli; i++) {
                covariance += w[i] * (a->values[i * a->n_units + u] - mean_a) *
                              (b->values[i * b->n_units + v] - mean_b);
            }
            sum += covariance * covariance;
        }
    }
    return sum;
}

static void debiased_hsic_is_the_mean_over_tuples_of_stimuli(void **state)
{
    (void)state;
    const double alike[N] = {1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
    ana_responses *two[2];
    draw_two(N, P, Q, two);
    for (int form = ANA_CKA_FEATURES; form <= ANA_CKA_KERNELS; form++) {
        ana_cka_options options = ana_cka_options_default();
        options.form = (ana_cka_form)form;
        ana_cka *cka = compare(two, &options);
        const double x = over_tuples(two[0], two[0], alike);
        const double y = over_tuples(two[1], two[1], alike);
        const double xy = over_tuples(two[0], two[1], alike);
        check_close(cka->self_a[0], x, 0.0, 1e-11);
        check_close(cka->self_b[0], y, 0.0, 1e-11);
        check_close(cka->cross[0], xy, 1e-11 * sqrt(x * y), 0.0);
        check_close(cka->values[0], xy / sqrt(x * y), 1e-11, 0.0);
        assert_int_equal(cka->form, form);
        assert_true(cka->n_stimuli == N && cka->units_a[0] == P && cka->units_b[0] == Q);
        ana_cka_free(cka);
    }
    free_two(two);
}

static void biased_hsic_is_that_of_covariances(void **state)
{
    (void)state;
    const double alike[N] = {1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
    ana_responses *two[2];
    draw_two(N, P, Q, two);
    for (int form = ANA_CKA_FEATURES; form <= ANA_CKA_KERNELS; form++) {
        ana_cka_options options = ana_cka_options_default();
        options.form = (ana_cka_form)form;
        options.estimator = ANA_CKA_BIASED;
        ana_cka *cka = compare(two, &options);
        check_close(cka->cross[0], over_units(two[0], two[1], alike) / 36.0, 0.0, 1e-12);
        check_close(cka->self_a[0], over_units(two[0], two[0], alike) / 36.0, 0.0, 1e-12);
        ana_cka_free(cka);
    }
    free_two(two);
}

static void weights_count_tuples(void **state)
{
    (void)state;
    const double weights[N] = {1.0, 0.5, 2.0, 0.0, 3.0, 1.25, 0.75};
    ana_responses *two[2];
    ana_cka_options options = ana_cka_options_default();
    draw_two(N, P, Q, two);
    options.weights = weights;
    ana_cka *cka = compare(two, &options);
    check_close(cka->cross[0], over_tuples(two[0], two[1], weights), 0.0, 1e-10);
    check_close(cka->self_a[0], over_tuples(two[0], two[0], weights), 0.0, 1e-10);
    check_close(cka->self_b[0], over_tuples(two[1], two[1], weights), 0.0, 1e-10);
    ana_cka_free(cka);
    options.estimator = ANA_CKA_BIASED;
    cka = compare(two, &options);
    const double x = over_units(two[0], two[0], weights);
    const double y = over_units(two[1], two[1], weights);
    check_close(cka->values[0], over_units(two[0], two[1], weights) / sqrt(x * y), 1e-12, 0.0);
    ana_cka_free(cka);
    free_two(two);
}

static void equal_weights_are_none(void **state)
{
    (void)state;
    double weights[40];
    ana_responses *two[2];
    draw_two(40, 6, 9, two);
    for (int estimator = ANA_CKA_DEBIASED; estimator <= ANA_CKA_BIASED; estimator++) {
        for (int kernel = ANA_CKA_LINEAR; kernel <= ANA_CKA_RBF; kernel++) {
            ana_cka_options options = ana_cka_options_default();
            options.estimator = (ana_cka_estimator)estimator;
            options.kernel = (ana_cka_kernel)kernel;
            ana_cka *plain = compare(two, &options);
            for (size_t i = 0; i < 40; i++) {
                weights[i] = 0.3;
            }
            options.weights = weights;
            ana_cka *weighted = compare(two, &options);
            check_close(weighted->values[0], plain->values[0], 1e-12, 0.0);
            ana_cka_free(plain);
            ana_cka_free(weighted);
        }
    }
    free_two(two);
}

static void rotations_shifts_and_scales_leave_it(void **state)
{
    (void)state;
    const double c = cos(0.7);
    const double s = sin(0.7);
    ana_responses *two[2];
    draw_two(30, 4, 6, two);
    for (int estimator = ANA_CKA_DEBIASED; estimator <= ANA_CKA_BIASED; estimator++) {
        ana_cka_options options = ana_cka_options_default();
        options.estimator = (ana_cka_estimator)estimator;
        ana_cka *before = compare(two, &options);
        for (size_t i = 0; i < 30; i++) {
            double *row = two[0]->values + i * 4;
            const double first = row[0];
            row[0] = 3.0 * (c * first - s * row[2]) + 7.0;
            row[1] = 3.0 * row[1];
            row[2] = 3.0 * (s * first + c * row[2]) - 2.0;
            row[3] = -3.0 * row[3];
        }
        ana_cka *after = compare(two, &options);
        check_close(after->values[0], before->values[0], 1e-12, 0.0);
        ana_cka_free(before);
        ana_cka_free(after);
    }
    free_two(two);
}

/* 40 stimuli, 400 units of noise: the biased value is high, the mean of the debiased one within
 * four of its standard errors (0.035 / sqrt(20), estimated from other draws) of 0. */
static void unrelated_responses_score_nothing_unless_biased(void **state)
{
    (void)state;
    double mean = 0.0;
    for (uint64_t trial = 0; trial < 20; trial++) {
        ana_responses *two[2] = {draw(100 + trial, 40, 400), draw(200 + trial, 40, 400)};
        ana_cka_options options = ana_cka_options_default();
        ana_cka *debiased = compare(two, &options);
        options.estimator = ANA_CKA_BIASED;
        ana_cka *biased = compare(two, &options);
        mean += debiased->values[0] / 20.0;
        assert_true(biased->values[0] > 0.7);
        ana_cka_free(debiased);
        ana_cka_free(biased);
        free_two(two);
    }
    assert_true(fabs(mean) < 4.0 * 0.035 / sqrt(20.0));
}

static void the_cheaper_form_is_taken_and_both_agree(void **state)
{
    (void)state;
    static const size_t sizes[][3] = {{300, 140, 150}, {300, 150, 260}, {40, 1, 2}, {9, 33, 1}};
    for (size_t k = 0; k < 4; k++) {
        ana_responses *two[2];
        draw_two(sizes[k][0], sizes[k][1], sizes[k][2], two);
        ana_cka_options options = ana_cka_options_default();
        ana_cka *cheaper = compare(two, &options);
        const bool features = sizes[k][1] + sizes[k][2] < sizes[k][0];
        assert_int_equal(cheaper->form, features ? ANA_CKA_FEATURES : ANA_CKA_KERNELS);
        options.form = features ? ANA_CKA_KERNELS : ANA_CKA_FEATURES;
        ana_cka *other = compare(two, &options);
        check_close(other->values[0], cheaper->values[0], 1e-12, 0.0);
        ana_cka_free(cheaper);
        ana_cka_free(other);
        free_two(two);
    }
}

static void systems_among_themselves_are_the_pairs(void **state)
{
    (void)state;
    ana_responses *three[3] = {draw(1, 25, 4), draw(2, 25, 7), draw(3, 25, 2)};
    const ana_responses_set set = {3, three};
    for (int form = ANA_CKA_FEATURES; form <= ANA_CKA_KERNELS; form++) {
        ana_cka_options options = ana_cka_options_default();
        ana_cka *among = NULL;
        ana_cka *across = NULL;
        options.form = (ana_cka_form)form;
        check_ok(ana_cka_compute(&set, NULL, &options, &among));
        check_ok(ana_cka_compute(&set, &set, &options, &across));
        assert_true(among->same && !across->same);
        for (size_t k = 0; k < 9; k++) {
            check_close(among->values[k], across->values[k], 1e-13, 0.0);
            assert_true(among->values[k] == among->values[k % 3 * 3 + k / 3]);
        }
        check_close(among->values[4], 1.0, 0.0, 0.0);
        ana_cka_free(among);
        ana_cka_free(across);
    }
    for (size_t k = 0; k < 3; k++) {
        ana_responses_free(three[k]);
    }
}

/* By exp(-d / (2 t^2 m)) written out. */
static void rbf_kernels_are_of_the_median_distance(void **state)
{
    (void)state;
    ana_responses *two[2];
    draw_two(N, P, Q, two);
    for (int all = 0; all <= 1; all++) {
        ana_cka_options options = ana_cka_options_default();
        ana_responses *by_hand[2];
        options.kernel = ANA_CKA_RBF;
        options.bandwidth = 0.8;
        options.median_of_all = all != 0;
        ana_cka *cka = compare(two, &options);
        for (size_t k = 0; k < 2; k++) {
            double distances[N * N];
            double sorted[N * N];
            size_t n = 0;
            for (size_t c = 0; c < N * N; c++) {
                const size_t i = c / N;
                const size_t j = c % N;
                distances[c] = kernel_of(two[k], i, i) + kernel_of(two[k], j, j) -
                               2.0 * kernel_of(two[k], i, j);
                if (all != 0 || i < j) {
                    size_t place = n++;
                    for (; place > 0 && sorted[place - 1] > distances[c]; place--) {
                        sorted[place] = sorted[place - 1];
                    }
                    sorted[place] = distances[c];
                }
            }
            const double median = 0.5 * (sorted[(n - 1) / 2] + sorted[n / 2]);
            /* A system whose linear kernel is that: rows of a Cholesky factor. */
            check_ok(ana_responses_new("kernel", N, N, &by_hand[k]));
            for (size_t i = 0; i < N; i++) {
                for (size_t j = 0; j <= i; j++) {
                    double sum = exp(-distances[i * N + j] / (2.0 * 0.64 * median));
                    for (size_t c = 0; c < j; c++) {
                        sum -= by_hand[k]->values[i * N + c] * by_hand[k]->values[j * N + c];
                    }
                    by_hand[k]->values[i * N + j] =
                        i == j ? sqrt(sum) : sum / by_hand[k]->values[j * N + j];
                }
            }
        }
        options.kernel = ANA_CKA_LINEAR;
        ana_cka *linear = compare(by_hand, &options);
        check_close(cka->values[0], linear->values[0], 1e-9, 0.0);
        ana_cka_free(cka);
        ana_cka_free(linear);
        free_two(by_hand);
    }
    free_two(two);
}

static void batches_are_averaged_and_the_last_left_out(void **state)
{
    (void)state;
    ana_responses *two[2];
    ana_cka_options options = ana_cka_options_default();
    double x = 0.0;
    double y = 0.0;
    double xy = 0.0;
    draw_two(43, 5, 8, two);
    options.batch = 10;
    ana_cka *cka = compare(two, &options);
    options.batch = 0;
    for (size_t batch = 0; batch < 4; batch++) {
        size_t places[10];
        ana_responses *part[2];
        for (size_t i = 0; i < 10; i++) {
            places[i] = batch * 10 + i;
        }
        check_ok(ana_responses_take_stimuli(two[0], 10, places, &part[0]));
        check_ok(ana_responses_take_stimuli(two[1], 10, places, &part[1]));
        ana_cka *one = compare(part, &options);
        x += one->self_a[0] / 4.0;
        y += one->self_b[0] / 4.0;
        xy += one->cross[0] / 4.0;
        ana_cka_free(one);
        free_two(part);
    }
    check_close(cka->values[0], xy / sqrt(x * y), 1e-12, 0.0);
    assert_true(cka->n_batches == 4 && cka->n_stimuli_left_out == 3 && cka->batch == 10);
    ana_cka_free(cka);
    free_two(two);
}

/* What a reader was asked for. */
typedef struct reader {
    const ana_responses *of;
    size_t n_read;
    size_t last;
} reader;

static ana_status read_rows(void *user, size_t first, size_t n, double *values)
{
    reader *from = user;
    assert_true(first + n <= from->of->n_stimuli);
    memcpy(values, from->of->values + first * from->of->n_units,
           n * from->of->n_units * sizeof *values);
    from->n_read += n;
    from->last = first + n;
    return ANA_OK;
}

static void few_batches_are_spread_over_all(void **state)
{
    (void)state;
    ana_responses *one = draw(5, 100, 4);
    reader from = {.of = one};
    const ana_cka_source source = {
        .name = "read", .n_stimuli = 100, .n_units = 4, .read = read_rows, .user = &from};
    ana_cka_options options = ana_cka_options_default();
    ana_cka *cka = NULL;
    options.batch = 8;
    options.n_batches = 3;
    check_ok(ana_cka_of_sources(1, &source, 1, &source, &options, &cka));
    assert_true(cka->n_batches == 3 && cka->n_stimuli == 24 && cka->n_stimuli_left_out == 76);
    assert_true(from.last == 96 && from.n_read == 2 * 24);
    check_close(cka->values[0], 1.0, 1e-13, 0.0);
    ana_cka_free(cka);
    ana_responses_free(one);
}

/* What is read of two systems under that limit of memory; equal to those in memory. */
static size_t check_parts(size_t n, size_t p, ana_cka_form form, size_t max_memory)
{
    ana_responses *two[2];
    ana_cka_source sources[2];
    ana_cka *parts = NULL;
    ana_cka_options options = ana_cka_options_default();
    draw_two(n, p, 4, two);
    reader readers[2] = {{.of = two[0]}, {.of = two[1]}};
    for (size_t k = 0; k < 2; k++) {
        sources[k] = (ana_cka_source){.name = "read",
                                      .n_stimuli = n,
                                      .n_units = two[k]->n_units,
                                      .read = read_rows,
                                      .user = &readers[k]};
    }
    options.form = form;
    ana_cka *whole = compare(two, &options);
    options.run.max_memory = max_memory;
    check_ok(ana_cka_of_sources(1, &sources[0], 1, &sources[1], &options, &parts));
    check_close(parts->values[0], whole->values[0], 1e-12, 0.0);
    ana_cka_free(parts);
    ana_cka_free(whole);
    free_two(two);
    return readers[0].n_read;
}

static void sources_read_in_parts_are_the_whole(void **state)
{
    (void)state;
    assert_int_equal(check_parts(5000, 9, ANA_CKA_FEATURES, 1 << 19), 5000);
    /* A quarter of the limit is 166 of 300 rows: the first row, all once, and 134 anew. */
    assert_int_equal(check_parts(300, 1200, ANA_CKA_KERNELS, 6400000), 1 + 300 + 134);
}

static void rows_that_pass_by_in_any_portions_are_the_whole(void **state)
{
    (void)state;
    const size_t n = 211;
    ana_responses *two[2];
    ana_cka_stream *stream = NULL;
    ana_cka *streamed = NULL;
    ana_random random = ana_random_stream(3, "portions", 0);
    ana_cka_options options = ana_cka_options_default();
    draw_two(n, 5, 140, two);
    options.form = ANA_CKA_KERNELS;
    ana_cka *whole = compare(two, &options);
    options.form = ANA_CKA_CHEAPER;
    check_ok(ana_cka_begin(1, &two[0]->n_units, 1, &two[1]->n_units, &options, &stream));
    check_fails(ana_cka_end(stream, &streamed), ANA_ERR_VALUE, "0 stimuli");
    for (size_t first = 0; first < n;) {
        size_t count = 1 + (size_t)ana_random_below(&random, 40);
        count = count > n - first ? n - first : count;
        const double *a = two[0]->values + first * 5;
        const double *b = two[1]->values + first * 140;
        check_ok(ana_cka_push(stream, count, &a, &b));
        first += count;
    }
    check_ok(ana_cka_end(stream, &streamed));
    check_close(streamed->values[0], whole->values[0], 1e-12, 0.0);
    check_close(streamed->cross[0], whole->cross[0], 0.0, 1e-11);
    assert_string_equal(streamed->names_a[0], "1");
    ana_cka_free(streamed);
    ana_cka_free(whole);
    ana_cka_stream_free(stream);
    free_two(two);
}

static void a_stream_refuses_what_it_cannot_do(void **state)
{
    (void)state;
    ana_responses *one = draw(7, 12, 3);
    const double *rows = one->values;
    const size_t none = 0;
    ana_cka_stream *stream = NULL;
    ana_cka *cka = NULL;
    ana_cka_options options = ana_cka_options_default();
    options.n_permutations = 10;
    check_fails(ana_cka_begin(1, &one->n_units, 0, NULL, &options, &stream), ANA_ERR_UNSUPPORTED,
                "permutations");
    options = ana_cka_options_default();
    options.kernel = ANA_CKA_RBF;
    check_fails(ana_cka_begin(1, &one->n_units, 0, NULL, &options, &stream), ANA_ERR_UNSUPPORTED,
                "in batches");
    options.batch = 3;
    check_fails(ana_cka_begin(1, &one->n_units, 0, NULL, &options, &stream), ANA_ERR_VALUE,
                "batch is 3");
    options.batch = 6;
    check_fails(ana_cka_begin(1, &none, 0, NULL, &options, &stream), ANA_ERR_VALUE, "no units");
    check_fails(ana_cka_begin(0, NULL, 0, NULL, &options, &stream), ANA_ERR_VALUE, "no systems");
    options.run.max_memory = 100;
    check_fails(ana_cka_begin(1, &one->n_units, 0, NULL, &options, &stream), ANA_ERR_LIMIT, "");
    options.run.max_memory = 0;
    check_ok(ana_cka_begin(1, &one->n_units, 0, NULL, &options, &stream));
    check_fails(ana_cka_push(stream, 7, &rows, NULL), ANA_ERR_VALUE, "7 stimuli in a batch of 6");
    check_ok(ana_cka_push(stream, 5, &rows, NULL));
    check_fails(ana_cka_end(stream, &cka), ANA_ERR_VALUE, "no batch of 6");
    check_ok(ana_cka_push(stream, 6, &rows, NULL));
    one->values[4] = NAN;
    check_fails(ana_cka_push(stream, 6, &rows, NULL), ANA_ERR_VALUE,
                "unit 1 is NaN for stimulus 12");
    check_ok(ana_cka_end(stream, &cka));
    assert_true(cka->n_batches == 1 && cka->n_stimuli_left_out == 5);
    check_close(cka->values[0], 1.0, 0.0, 0.0);
    ana_cka_free(cka);
    ana_cka_stream_free(stream);
    ana_responses_free(one);
}

static void count_warnings(void *user, const char *sentence)
{
    size_t *n = user;
    assert_non_null(strstr(sentence, "no alignment"));
    (*n)++;
}

static void what_has_no_geometry_is_not_aligned(void **state)
{
    (void)state;
    ana_responses *two[2];
    size_t n_warnings = 0;
    draw_two(30, 3, 4, two);
    for (size_t i = 0; i < 90; i++) {
        two[0]->values[i] = 0.1; /* constant: its sum is not exact, its differences are */
    }
    for (int form = ANA_CKA_FEATURES; form <= ANA_CKA_KERNELS; form++) {
        for (int estimator = ANA_CKA_DEBIASED; estimator <= ANA_CKA_BIASED; estimator++) {
            ana_cka_options options = ana_cka_options_default();
            options.form = (ana_cka_form)form;
            options.estimator = (ana_cka_estimator)estimator;
            options.run.warn = count_warnings;
            options.run.user = &n_warnings;
            ana_cka *cka = compare(two, &options);
            assert_true(isnan(cka->values[0]) && cka->self_a[0] == 0.0 && cka->n_undefined == 1);
            ana_cka_free(cka);
        }
    }
    assert_int_equal(n_warnings, 4);
    /* Four stimuli at the corners of a square: the debiased self term is negative. */
    ana_responses *square[2] = {draw(0, 4, 2), draw(1, 4, 2)};
    const double corners[] = {1.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0, -1.0};
    memcpy(square[0]->values, corners, sizeof corners);
    ana_cka_options options = ana_cka_options_default();
    options.n_permutations = 9;
    options.n_bootstraps = 9;
    ana_cka *cka = compare(square, &options);
    assert_true(cka->n_undefined >= 1 || cka->self_a[0] > 0.0);
    ana_cka_free(cka);
    free_two(square);
    free_two(two);
}

/* Share of all 120 orders of five stimuli that align as much. */
static void permutations_draw_from_all_orders(void **state)
{
    (void)state;
    ana_responses *two[2];
    ana_cka_options options = ana_cka_options_default();
    double observed = 0.0;
    double n_above = 0.0;
    draw_two(5, 3, 4, two);
    options.estimator = ANA_CKA_BIASED;
    for (size_t code = 0; code < 3125; code++) {
        const size_t order[5] = {code / 625, code / 125 % 5, code / 25 % 5, code / 5 % 5, code % 5};
        size_t seen = 0;
        for (size_t i = 0; i < 5; i++) {
            seen |= (size_t)1 << order[i];
        }
        if (seen == 31) { /* an order; the first is the data's own */
            ana_responses *moved[2] = {NULL, two[1]};
            check_ok(ana_responses_take_stimuli(two[0], 5, order, &moved[0]));
            ana_cka *cka = compare(moved, &options);
            observed = n_above == 0.0 ? cka->values[0] : observed;
            n_above += cka->values[0] >= observed - 1e-12 ? 1.0 : 0.0;
            ana_cka_free(cka);
            ana_responses_free(moved[0]);
        }
    }
    const double exact = n_above / 120.0;
    options.n_permutations = 1999;
    ana_cka *cka = compare(two, &options);
    /* Four standard errors of a share of 1999 draws, and the one that is counted in. */
    check_close(cka->p[0], exact, 4.0 * sqrt(exact * (1.0 - exact) / 1999.0) + 1e-3, 0.0);
    check_close(cka->p_max[0], cka->p[0], 0.0, 0.0);
    ana_cka_free(cka);
    free_two(two);
}

static void related_systems_are_told_from_unrelated_ones(void **state)
{
    (void)state;
    ana_responses *three[3] = {draw(1, 50, 6), draw(2, 50, 8), draw(3, 50, 5)};
    const ana_responses_set set = {3, three};
    ana_cka_options options = ana_cka_options_default();
    ana_cka *cka = NULL;
    ana_cka *threads = NULL;
    for (size_t i = 0; i < 50 * 5; i++) { /* the third is the first's units in noise */
        three[2]->values[i] = three[0]->values[i / 5 * 6 + i % 5] + 0.4 * three[2]->values[i];
    }
    options.n_permutations = 199;
    options.n_bootstraps = 100;
    options.run = run_of(1, 0);
    check_ok(ana_cka_compute(&set, NULL, &options, &cka));
    assert_true(cka->p[2] <= 0.01 && cka->p_max[2] <= 0.01 && cka->p[1] > 0.05);
    assert_true(cka->p[2] == cka->p[6] && isnan(cka->p[0]) && cka->p_max[1] >= cka->p[1]);
    assert_true(cka->low[2] < cka->values[2] && cka->values[2] < cka->high[2]);
    assert_true(cka->low[2] > 0.2 && cka->low[1] < 0.1);
    options.run = run_of(3, 0);
    check_ok(ana_cka_compute(&set, NULL, &options, &threads));
    check_same_bits(9, threads->values, cka->values);
    check_same_bits(9, threads->p, cka->p);
    check_same_bits(9, threads->low, cka->low);
    check_same_bits(9, threads->high, cka->high);
    ana_cka_free(cka);
    ana_cka_free(threads);
    for (size_t k = 0; k < 3; k++) {
        ana_responses_free(three[k]);
    }
}

static void features_have_the_same_bits_for_any_threads(void **state)
{
    (void)state;
    ana_responses *two[2];
    ana_cka_options options = ana_cka_options_default();
    draw_two(700, 150, 300, two);
    options.form = ANA_CKA_FEATURES;
    options.run = run_of(1, 0);
    ana_cka *one = compare(two, &options);
    options.run = run_of(3, 0);
    ana_cka *three = compare(two, &options);
    check_same_bits(1, three->values, one->values);
    ana_cka_free(one);
    ana_cka_free(three);
    free_two(two);
}

static void a_bootstrap_weights_stimuli_by_how_often_they_are_drawn(void **state)
{
    (void)state;
    double weights[30] = {0.0};
    ana_responses *two[2];
    ana_random random = ana_random_stream(4, "cka.bootstrap", 0);
    ana_cka_options options = ana_cka_options_default();
    draw_two(30, 3, 4, two);
    for (size_t i = 0; i < 30; i++) {
        weights[ana_random_below(&random, 30)] += 1.0;
    }
    options.run.seed = 4;
    options.n_bootstraps = 1;
    ana_cka *drawn = compare(two, &options);
    options.n_bootstraps = 0;
    options.weights = weights;
    ana_cka *weighted = compare(two, &options);
    check_close(drawn->low[0], weighted->values[0], 1e-13, 0.0);
    check_close(drawn->high[0], weighted->values[0], 1e-13, 0.0);
    ana_cka_free(drawn);
    ana_cka_free(weighted);
    free_two(two);
}

static void units_without_values_are_left_out(void **state)
{
    (void)state;
    ana_responses *two[2];
    ana_responses *rest[2];
    const size_t kept[] = {0, 2, 3};
    const ana_cka_options options = ana_cka_options_default();
    draw_two(20, 4, 3, two);
    check_ok(ana_responses_take_units(two[0], 3, kept, &rest[0]));
    rest[1] = two[1];
    for (size_t i = 0; i < 20; i++) {
        two[0]->values[i * 4 + 1] = NAN;
    }
    ana_cka *cut = compare(two, &options);
    ana_cka *wanted = compare(rest, &options);
    check_close(cut->values[0], wanted->values[0], 0.0, 0.0);
    assert_true(cut->n_units_left_out == 1 && cut->units_a[0] == 3);
    ana_cka_free(cut);
    ana_cka_free(wanted);
    ana_responses_free(rest[0]);
    free_two(two);
}

static void check_refused(ana_responses *two[2], const ana_cka_options *options, ana_status wanted,
                          const char *piece)
{
    const ana_responses_set a = {1, &two[0]};
    const ana_responses_set b = {1, &two[1]};
    ana_cka *cka = NULL;
    check_fails(ana_cka_compute(&a, &b, options, &cka), wanted, piece);
}

static void wrong_input_is_refused_with_its_place(void **state)
{
    (void)state;
    double weights[20];
    ana_responses *two[2];
    const ana_cka_options plain = ana_cka_options_default();
    ana_cka_options options = plain;
    ana_cka *cka = NULL;
    draw_two(20, 4, 3, two);
    const ana_responses_set none = {0, NULL};
    const ana_responses_set some = {1, two};
    check_fails(ana_cka_compute(&none, NULL, NULL, &cka), ANA_ERR_VALUE, "no systems");
    check_fails(ana_cka_compute(&some, &none, NULL, &cka), ANA_ERR_VALUE, "no systems");
    options.bandwidth = -1.0;
    check_refused(two, &options, ANA_ERR_VALUE, "bandwidth");
    options = plain;
    options.form = ANA_CKA_FEATURES;
    options.kernel = ANA_CKA_RBF;
    check_refused(two, &options, ANA_ERR_UNSUPPORTED, "form features");
    options = plain;
    options.batch = 3;
    check_refused(two, &options, ANA_ERR_VALUE, "batch is 3");
    options.batch = 21;
    check_refused(two, &options, ANA_ERR_VALUE, "at least 21");
    options.batch = 5;
    options.n_bootstraps = 5;
    check_refused(two, &options, ANA_ERR_UNSUPPORTED, "in batches");
    options = plain;
    for (size_t i = 0; i < 20; i++) {
        weights[i] = i < 3 ? 1.0 : 0.0;
    }
    options.weights = weights;
    check_refused(two, &options, ANA_ERR_VALUE, "3 stimuli have a weight");
    weights[7] = -1.0;
    check_refused(two, &options, ANA_ERR_VALUE, "stimulus 7 has weight -1");
    options.n_permutations = 5;
    check_refused(two, &options, ANA_ERR_UNSUPPORTED, "must count alike");
    options = plain;
    options.run.max_memory = 1000;
    check_refused(two, &options, ANA_ERR_LIMIT, "batch");
    two[0]->values[4 * 4 + 2] = INFINITY;
    check_refused(two, &plain, ANA_ERR_VALUE, "stimulus 4, unit 2");
    two[0]->values[4 * 4 + 2] = NAN;
    check_refused(two, &plain, ANA_ERR_VALUE, "stimulus 4, unit 2");
    ana_responses_free(two[0]);
    two[0] = draw(0, 19, 4);
    check_refused(two, &plain, ANA_ERR_VALUE, "match them");
    free_two(two);
    draw_two(3, 2, 2, two);
    check_refused(two, &plain, ANA_ERR_VALUE, "at least 4");
    options = plain;
    options.estimator = ANA_CKA_BIASED;
    ana_cka *three = compare(two, &options);
    assert_true(isfinite(three->values[0]));
    ana_cka_free(three);
    free_two(two);
}

static ana_status failing_read(void *user, size_t first, size_t n, double *values)
{
    (void)user;
    memset(values, 0, n * sizeof *values);
    return first < 4 ? ANA_OK : ana_fail(ANA_ERR_IO, "the disk is gone");
}

static void errors_of_a_reader_come_through(void **state)
{
    (void)state;
    const ana_cka_source source = {
        .name = "gone", .n_stimuli = 40, .n_units = 1, .read = failing_read};
    ana_cka_options options = ana_cka_options_default();
    ana_cka *cka = NULL;
    options.batch = 4;
    check_fails(ana_cka_of_sources(1, &source, 0, NULL, &options, &cka), ANA_ERR_IO, "disk");
    options.batch = 0;
    options.form = ANA_CKA_KERNELS;
    options.batch = 20;
    options.form = ANA_CKA_CHEAPER;
    options.run.max_memory = 100;
    check_fails(ana_cka_of_sources(1, &source, 0, NULL, &options, &cka), ANA_ERR_LIMIT,
                "smaller batches");
    options = ana_cka_options_default();
    options.form = ANA_CKA_KERNELS;
    const ana_cka_source wide = {
        .name = "wide", .n_stimuli = SIZE_MAX / 2, .n_units = 4, .read = failing_read};
    check_fails(ana_cka_of_sources(1, &wide, 0, NULL, &options, &cka), ANA_ERR_SHAPE,
                "more values than can be counted");
    const ana_cka_source nothing = {.name = "nothing", .n_stimuli = 9, .n_units = 1};
    check_fails(ana_cka_of_sources(1, &nothing, 0, NULL, &options, &cka), ANA_ERR_VALUE,
                "neither values nor");
    const ana_cka_source empty = {.name = "empty", .n_stimuli = 9, .read = failing_read};
    check_fails(ana_cka_of_sources(1, &empty, 0, NULL, &options, &cka), ANA_ERR_VALUE, "no units");
}

static void records_show_the_matrix_and_the_pairs(void **state)
{
    (void)state;
    ana_responses *two[2];
    const ana_responses_set set = {2, two};
    ana_cka_options options = ana_cka_options_default();
    ana_record *record = NULL;
    ana_cka *cka = NULL;
    draw_two(20, 3, 4, two);
    options.n_permutations = 19;
    options.n_bootstraps = 20;
    check_ok(ana_cka_compute(&set, NULL, &options, &cka));
    check_ok(ana_cka_to_record(cka, &record));
    check_ok(ana_record_check(record));
    assert_int_equal(ana_record_size(ana_record_find(record, "alignment/values")), 4);
    assert_int_equal(ana_record_size(ana_record_find(record, "pairs/cka")), 1);
    assert_non_null(ana_record_find(record, "pairs/p_max"));
    assert_non_null(ana_record_find(record, "chance/values"));
    assert_null(ana_record_find(record, "other_systems"));
    ana_record_free(record);
    ana_cka_free(cka);
    options = ana_cka_options_default();
    options.batch = 8;
    cka = compare(two, &options);
    check_ok(ana_cka_to_record(cka, &record));
    check_ok(ana_record_check(record));
    assert_non_null(ana_record_find(record, "other_systems/hsic"));
    assert_non_null(ana_record_find(record, "n_stimuli_left_out"));
    ana_record_free(record);
    ana_cka_free(cka);
    free_two(two);
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    ana_responses *two[2];
    const ana_responses_set set = {2, two};
    ana_cka_options options = ana_cka_options_default();
    ana_cka_stream *stream = NULL;
    ana_cka *cka = NULL;
    ana_record *record = NULL;
    draw_two(9, 2, 3, two);
    const double *rows[2] = {two[0]->values, two[1]->values};
    const size_t units[2] = {2, 3};
    const ana_cka_source source = {
        .name = "one", .n_stimuli = 9, .n_units = 2, .values = two[0]->values};
    options.run.n_threads = 1;
    options.form = ANA_CKA_FEATURES;
    ALLOCATION_TEST(ana_cka_compute, (&set, NULL, &options, &cka), ana_cka_free(cka));
    options.form = ANA_CKA_KERNELS;
    options.kernel = ANA_CKA_RBF;
    options.n_permutations = 3;
    options.n_bootstraps = 3;
    ALLOCATION_TEST(ana_cka_compute, (&set, NULL, &options, &cka), ana_cka_free(cka));
    ALLOCATION_TEST(ana_cka_of_sources, (1, &source, 0, NULL, &options, &cka), ana_cka_free(cka));
    options.n_permutations = 0;
    options.n_bootstraps = 0;
    options.batch = 9;
    ALLOCATION_TEST(ana_cka_begin, (2, units, 0, NULL, &options, &stream),
                    ana_cka_stream_free(stream));
    check_ok(ana_cka_begin(2, units, 0, NULL, &options, &stream));
    ALLOCATION_TEST(ana_cka_push, (stream, 9, rows, NULL), (void)0);
    ALLOCATION_TEST(ana_cka_end, (stream, &cka), ana_cka_free(cka));
    check_ok(ana_cka_end(stream, &cka));
    ALLOCATION_TEST(ana_cka_to_record, (cka, &record), ana_record_free(record));
    ana_cka_free(cka);
    ana_cka_stream_free(stream);
    free_two(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(debiased_hsic_is_the_mean_over_tuples_of_stimuli),
        cmocka_unit_test(biased_hsic_is_that_of_covariances),
        cmocka_unit_test(weights_count_tuples),
        cmocka_unit_test(equal_weights_are_none),
        cmocka_unit_test(rotations_shifts_and_scales_leave_it),
        cmocka_unit_test(unrelated_responses_score_nothing_unless_biased),
        cmocka_unit_test(the_cheaper_form_is_taken_and_both_agree),
        cmocka_unit_test(systems_among_themselves_are_the_pairs),
        cmocka_unit_test(rbf_kernels_are_of_the_median_distance),
        cmocka_unit_test(batches_are_averaged_and_the_last_left_out),
        cmocka_unit_test(few_batches_are_spread_over_all),
        cmocka_unit_test(sources_read_in_parts_are_the_whole),
        cmocka_unit_test(rows_that_pass_by_in_any_portions_are_the_whole),
        cmocka_unit_test(a_stream_refuses_what_it_cannot_do),
        cmocka_unit_test(what_has_no_geometry_is_not_aligned),
        cmocka_unit_test(permutations_draw_from_all_orders),
        cmocka_unit_test(related_systems_are_told_from_unrelated_ones),
        cmocka_unit_test(features_have_the_same_bits_for_any_threads),
        cmocka_unit_test(a_bootstrap_weights_stimuli_by_how_often_they_are_drawn),
        cmocka_unit_test(units_without_values_are_left_out),
        cmocka_unit_test(wrong_input_is_refused_with_its_place),
        cmocka_unit_test(errors_of_a_reader_come_through),
        cmocka_unit_test(records_show_the_matrix_and_the_pairs),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
