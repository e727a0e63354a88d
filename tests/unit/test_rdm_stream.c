/* Dissimilarity matrices of responses that are read by blocks, against those of the same in memory.
 */
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"
#include "support/trials.h"

#include <analysis/models/rdm_stream.h>
#include <analysis/random.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Responses that are handed out block by block, and how many of them were. */
typedef struct reader {
    const ana_observations *rows;
    size_t n_asked;
    size_t n_blocks;
    size_t fails_at; /* which block cannot be read; 0: none */
} reader;

static ana_status read_block(void *user, const ana_rdm_block *block, double *values)
{
    reader *self = user;
    const size_t p = self->rows->n_features;
    self->n_asked += block->n_rows * block->n_channels;
    self->n_blocks++;
    if (self->n_blocks == self->fails_at) {
        return ANA_ERR_IO;
    }
    assert_true(block->n_rows > 0 && block->first_row + block->n_rows <= self->rows->n_times);
    assert_true(block->n_channels > 0 && block->first_channel + block->n_channels <= p);
    for (size_t i = 0; i < block->n_rows; i++) {
        assert_true(self->rows->labels[block->first_row + i] >= 0);
        memcpy(values + i * block->n_channels,
               self->rows->values + (block->first_row + i) * p + block->first_channel,
               block->n_channels * sizeof *values);
    }
    return ANA_OK;
}

static ana_rdm_options of_method(ana_rdm_method method, size_t max_memory)
{
    ana_rdm_options options = ana_rdm_options_default();
    options.method = method;
    options.run.max_memory = max_memory;
    return options;
}

static ana_rdms *stream(const ana_observations *rows, ana_rdm_options options, reader *self)
{
    ana_rdms *rdms = NULL;
    *self = (reader){.rows = rows};
    const ana_rdm_source source = {.rows = rows, .read = read_block, .user = self};
    check_ok(ana_rdm_of_source(&source, &options, "test", &rdms));
    return rdms;
}

static const ana_rdm_method methods[] = {ANA_RDM_EUCLIDEAN, ANA_RDM_CORRELATION, ANA_RDM_COSINE,
                                         ANA_RDM_MAHALANOBIS, ANA_RDM_CROSSNOBIS};

/* Trials of irregular numbers, some of no condition, whose channels lie ever further from 0. */
static ana_observations *draw(ana_random *random, uint64_t seed)
{
    const size_t n = 2 + (size_t)ana_random_below(random, 12);
    const size_t n_folds = 2 + (size_t)ana_random_below(random, 3);
    const size_t p = 2 + (size_t)ana_random_below(random, 90);
    ana_observations *rows = draw_trials(n, n_folds, 1 + seed % 3, p, 1.0, seed);
    for (size_t t = 2 * n; t < rows->n_times && seed % 2 == 1; t++) {
        rows->labels[t] = ana_random_below(random, 4) == 0 ? -1 : rows->labels[t];
    }
    for (size_t i = 0; i < rows->n_times * p; i++) {
        rows->values[i] += 0.25 * (double)(i % p);
    }
    return rows;
}

static void check_same(const ana_rdms *parts, const ana_rdms *whole)
{
    const size_t n_pairs = ana_rdm_n_pairs(whole->n_conditions);
    assert_int_equal(parts->n_conditions, whole->n_conditions);
    assert_int_equal(parts->n_missing, whole->n_missing);
    assert_string_equal(parts->method, whole->method);
    assert_string_equal(parts->names[0], whole->names[0]);
    assert_int_equal(parts->n_folds != NULL, whole->n_folds != NULL);
    for (size_t i = 0; i < whole->n_conditions; i++) {
        assert_string_equal(parts->conditions[i], whole->conditions[i]);
    }
    for (size_t k = 0; k < n_pairs; k++) {
        assert_int_equal(isnan(parts->values[k]), isnan(whole->values[k]));
        if (!isnan(whole->values[k])) { /* sums of up to 92 channels in another order */
            check_close(parts->values[k], whole->values[k], 1e-12, 1e-13);
        }
    }
    if (whole->n_folds != NULL) {
        check_all_close(n_pairs, parts->n_folds, whole->n_folds, 0.0, 0.0);
    }
}

static void values_are_those_in_memory(void **state)
{
    (void)state;
    static const size_t limits[] = {0, 60000, 14000};
    ana_random random = ana_random_stream(1, "test.rdm_stream", 0);
    size_t most = 0;
    for (uint64_t k = 0; k < 60; k++) {
        ana_observations *rows = draw(&random, k);
        size_t n_labelled = 0;
        for (size_t t = 0; t < rows->n_times; t++) {
            n_labelled += rows->labels[t] >= 0 ? 1 : 0;
        }
        for (size_t m = 0; m < 5; m++) {
            for (size_t l = 0; l < 3; l++) {
                ana_rdm_options options = of_method(methods[m], limits[l]);
                ana_rdms *whole = NULL;
                reader self;
                options.remove_mean = k % 4 == 3;
                ana_rdms *parts = stream(rows, options, &self);
                options.run.max_memory = 0;
                check_ok(ana_rdm_compute(rows, NULL, &options, "test", &whole));
                check_same(parts, whole);
                const bool angle =
                    methods[m] == ANA_RDM_CORRELATION || methods[m] == ANA_RDM_COSINE;
                const size_t n = n_labelled * rows->n_features;
                assert_true(self.n_asked == n ||
                            (l > 0 && (angle || options.remove_mean) && self.n_asked == 2 * n));
                most = self.n_blocks > most ? self.n_blocks : most;
                ana_rdms_free(parts);
                ana_rdms_free(whole);
            }
        }
        ana_observations_free(rows);
    }
    assert_true(most > 40); /* blocks were small */
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    ana_observations *rows = draw_trials(300, 2, 1, 40, 1.0, 8);
    for (size_t m = 0; m < 5; m++) {
        ana_rdms *one = NULL;
        for (size_t n_threads = 1; n_threads < 8; n_threads += 2) {
            ana_rdm_options options = of_method(methods[m], 2000000);
            reader self;
            options.run.n_threads = n_threads;
            ana_rdms *rdms = stream(rows, options, &self);
            one = one == NULL ? rdms : one;
            check_same_bits(ana_rdm_n_pairs(300), rdms->values, one->values);
            if (rdms != one) {
                ana_rdms_free(rdms);
            }
        }
        ana_rdms_free(one);
    }
    ana_observations_free(rows);
}

/* Two patterns that nearly coincide, far from 0, whose mean is another in every block. */
static void digits_are_kept(void **state)
{
    (void)state;
    enum {
        P = 3000
    };
    ana_observations *rows = draw_trials(3, 1, 1, P, 1.0, 1);
    for (size_t j = 0; j < P; j++) {
        rows->values[j] += 1e5 * (double)(j / 500);
        rows->values[P + j] = rows->values[j];
    }
    rows->values[P + P - 1] += 0.015625;
    reader self;
    ana_rdms *rdms = stream(rows, of_method(ANA_RDM_EUCLIDEAN, 20000), &self);
    assert_true(self.n_blocks > 20);
    check_close(rdms->values[0], 0.015625 * 0.015625 / P, 0.0, 1e-15);
    ana_rdms_free(rdms);
    rdms = stream(rows, of_method(ANA_RDM_CORRELATION, 20000), &self);
    ana_rdms *whole = NULL;
    check_ok(ana_rdm_compute(rows, NULL, NULL, "test", &whole));
    check_close(rdms->values[1], whole->values[1], 1e-12, 0.0);
    check_close(rdms->values[2], whole->values[2], 1e-12, 0.0);
    ana_rdms_free(whole);
    ana_rdms_free(rdms);
    ana_observations_free(rows);
}

static void constant_patterns_are_counted(void **state)
{
    (void)state;
    ana_observations *rows = draw_trials(4, 1, 1, 500, 1.0, 8);
    for (size_t j = 0; j < 500; j++) {
        rows->values[2 * 500 + j] = 0.3;
        rows->values[3 * 500 + j] = 0.0;
    }
    reader self;
    ana_rdm_options options = of_method(ANA_RDM_CORRELATION, 9000);
    ana_rdms *rdms = stream(rows, options, &self);
    assert_int_equal(rdms->n_missing, 5);
    assert_true(isfinite(rdms->values[0]));
    ana_rdms_free(rdms);
    rdms = stream(rows, of_method(ANA_RDM_COSINE, 9000), &self);
    assert_int_equal(rdms->n_missing, 3);
    ana_rdms_free(rdms);
    options.constant_apart = true;
    rdms = stream(rows, options, &self);
    assert_int_equal(rdms->n_missing, 0);
    check_close(rdms->values[ana_rdm_pair(4, 2, 3)], 1.0, 0.0, 0.0);
    ana_rdms_free(rdms);
    ana_observations_free(rows);
}

static void check_refused(const ana_observations *rows, ana_rdm_options options, ana_status wanted,
                          const char *sentence)
{
    ana_rdms *rdms = NULL;
    reader self = {.rows = rows};
    const ana_rdm_source source = {.rows = rows, .read = read_block, .user = &self};
    check_fails(ana_rdm_of_source(&source, &options, "test", &rdms), wanted, sentence);
    assert_null(rdms);
}

static void methods_that_need_all_are_refused(void **state)
{
    (void)state;
    ana_observations *rows = draw_trials(4, 2, 1, 5, 1.0, 8);
    for (ana_rdm_method method = ANA_RDM_EUCLIDEAN; method <= ANA_RDM_BRAYCURTIS; method++) {
        if (!ana_rdm_method_streams(method)) {
            check_refused(rows, of_method(method, 0), ANA_ERR_UNSUPPORTED, "all responses");
        }
    }
    for (size_t m = 0; m < 5; m++) {
        assert_true(ana_rdm_method_streams(methods[m]));
    }
    ana_rdm_options options = of_method(ANA_RDM_EUCLIDEAN, 0);
    options.pooling = ANA_RDM_TRIALS;
    check_refused(rows, options, ANA_ERR_UNSUPPORTED, "pooling of trials");
    ana_observations_free(rows);
}

static void wrong_input_is_named(void **state)
{
    (void)state;
    ana_observations *rows = draw_trials(4, 1, 2, 50, 1.0, 8);
    const ana_rdm_options options = of_method(ANA_RDM_EUCLIDEAN, 3000);
    check_refused(rows, of_method(ANA_RDM_CROSSNOBIS, 0), ANA_ERR_VALUE, "one alone");
    check_refused(rows, of_method((ana_rdm_method)99, 0), ANA_ERR_VALUE, "method");
    check_refused(rows, of_method(ANA_RDM_EUCLIDEAN, 50), ANA_ERR_LIMIT, "pairs of conditions");
    rows->values[3 * 50 + 41] = (double)NAN;
    check_refused(rows, options, ANA_ERR_VALUE, "row 3 is NaN in channel 41");
    rows->values[3 * 50 + 41] = -(double)INFINITY;
    check_refused(rows, options, ANA_ERR_VALUE, "row 3 is infinite in channel 41");
    rows->values[3 * 50 + 41] = 0.0;
    ana_rdms *rdms = NULL;
    for (size_t k = 1; k < 9; k++) {
        reader self = {.rows = rows, .fails_at = k};
        const ana_rdm_source source = {.rows = rows, .read = read_block, .user = &self};
        assert_int_equal(ana_rdm_of_source(&source, &options, "test", &rdms), ANA_ERR_IO);
        assert_null(rdms);
    }
    rows->n_features = 0;
    check_refused(rows, options, ANA_ERR_VALUE, "no channels");
    rows->n_features = 50;
    for (size_t t = 0; t < rows->n_times; t++) {
        rows->labels[t] = 0;
    }
    check_refused(rows, options, ANA_ERR_VALUE, "1 conditions");
    int64_t *labels = rows->labels;
    rows->labels = NULL;
    check_refused(rows, options, ANA_ERR_VALUE, "no labels");
    rows->labels = labels;
    ana_observations_free(rows);
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    ana_observations *rows = draw_trials(4, 3, 1, 30, 1.0, 5);
    reader self = {.rows = rows};
    const ana_rdm_source source = {.rows = rows, .read = read_block, .user = &self};
    for (size_t m = 0; m < 5; m++) {
        ana_rdm_options options = of_method(methods[m], 4000);
        ana_rdms *rdms = NULL;
        options.run.n_threads = 1;
        ALLOCATION_TEST(ana_rdm_of_source, (&source, &options, "x", &rdms), ana_rdms_free(rdms));
    }
    ana_observations_free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_in_memory),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(digits_are_kept),
        cmocka_unit_test(constant_patterns_are_counted),
        cmocka_unit_test(methods_that_need_all_are_refused),
        cmocka_unit_test(wrong_input_is_named),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("rdm stream", tests, NULL, NULL);
}
