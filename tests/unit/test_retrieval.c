#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/retrieval.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ana_retrieval_options with(size_t n_permutations, size_t n_k, const size_t *k)
{
    ana_retrieval_options options = ana_retrieval_options_default();
    options.n_permutations = n_permutations;
    options.n_k = n_k;
    options.k = k;
    return options;
}

static void three_predictions_by_hand(void **state)
{
    (void)state;
    const double similarity[] = {
        .9, .1, .2, .3, /* its own first: rank 0 */
        .5, .5, .7, .5, /* one above, three as much: 1 + 2 / 2 = 2 */
        .6, .8, .7, .9, /* two above: rank 2 */
    };
    const size_t target[] = {0, 1, 2};
    const size_t k[] = {1, 2, 3};
    const ana_retrieval_task task = {3, 4, similarity, target};
    const ana_retrieval_options options = with(0, 3, k);
    ana_retrieval *made = NULL;
    check_ok(ana_retrieval_compute(&task, &options, &made));
    const double ranks[] = {0.0, 2.0, 2.0};
    const double top[] = {1.0 / 3.0, (1.0 + 1.0 / 3.0) / 3.0, (1.0 + 2.0 / 3.0 + 1.0) / 3.0};
    const double chance[] = {.25, .5, .75};
    check_all_close(3, made->rank, ranks, 0.0, 0.0);
    check_all_close(3, made->top, top, 1e-15, 0.0);
    check_all_close(3, made->curve, top, 1e-15, 0.0);
    check_close(made->curve[3], 1.0, 1e-15, 0.0);
    check_all_close(3, made->chance_top, chance, 1e-15, 0.0);
    check_close(made->two_afc, 1.0 - 4.0 / (3.0 * 3.0), 1e-15, 0.0);
    check_close(made->median_relative_rank, 2.0 / 3.0, 1e-15, 0.0);
    check_close(made->mean_reciprocal_rank,
                (1.0 + (1.0 / 2.0 + 1.0 / 3.0 + 1.0 / 4.0) / 3.0 + 1.0 / 3.0) / 3.0, 1e-15, 0.0);
    check_close(made->chance_mean_reciprocal_rank, (1.0 + 1.0 / 2 + 1.0 / 3 + 1.0 / 4) / 4.0, 1e-15,
                0.0);
    assert_true(isnan(made->p_two_afc) && isnan(made->p_top[0]));
    ana_retrieval_free(made);
}

static void a_prediction_that_never_changes_scores_chance(void **state)
{
    (void)state;
    double similarity[7 * 7];
    size_t target[7];
    for (size_t i = 0; i < 49; i++) {
        similarity[i] = .25;
        target[i / 7] = i / 7;
    }
    const ana_retrieval_task task = {7, 7, similarity, target};
    ana_retrieval *made = NULL;
    check_ok(ana_retrieval_compute(&task, NULL, &made));
    assert_int_equal(made->n_k, 2); /* 1 and 5: there are no 10 */
    for (size_t v = 0; v < 2; v++) {
        check_close(made->top[v], made->chance_top[v], 1e-15, 0.0);
        check_close(made->p_top[v], 1.0, 0.0, 0.0);
    }
    check_close(made->two_afc, .5, 1e-15, 0.0);
    check_close(made->median_relative_rank, .5, 1e-15, 0.0);
    check_close(made->mean_reciprocal_rank, made->chance_mean_reciprocal_rank, 1e-15, 0.0);
    ana_retrieval_free(made);
}

/* Predictions are the candidates in noise. */
static void draw(double noise, double *similarity, size_t *target)
{
    ana_random random = ana_random_stream(4, "retrieval", 0);
    for (size_t i = 0; i < 30; i++) {
        target[i] = 29 - i;
        for (size_t c = 0; c < 40; c++) {
            similarity[i * 40 + c] =
                noise * ana_random_normal(&random) + (c == target[i] ? 1.0 : 0.0);
        }
    }
}

static void scores_are_those_of_counted_ranks_and_p_of_counted_permutations(void **state)
{
    (void)state;
    double similarity[30 * 40];
    size_t target[30];
    const size_t k[] = {1, 4};
    ana_retrieval_options options = with(199, 2, k);
    ana_retrieval *made = NULL;
    ana_retrieval *again = NULL;
    draw(.5, similarity, target);
    const ana_retrieval_task task = {30, 40, similarity, target};
    check_ok(ana_retrieval_compute(&task, &options, &made));
    double top[2] = {0.0, 0.0};
    double sum = 0.0;
    for (size_t i = 0; i < 30; i++) {
        size_t rank = 0;
        for (size_t c = 0; c < 40; c++) {
            rank += similarity[i * 40 + c] > similarity[i * 40 + target[i]] ? 1 : 0;
        }
        check_close(made->rank[i], (double)rank, 0.0, 0.0);
        top[0] += rank < 1 ? 1.0 / 30.0 : 0.0;
        top[1] += rank < 4 ? 1.0 / 30.0 : 0.0;
        sum += (double)rank;
    }
    check_all_close(2, made->top, top, 1e-14, 0.0);
    check_close(made->two_afc, 1.0 - sum / (30.0 * 39.0), 1e-14, 0.0);
    check_close(made->p_two_afc, 1.0 / 200.0, 1e-15, 0.0);
    check_close(made->p_median_relative_rank, 1.0 / 200.0, 1e-15, 0.0);
    assert_true(made->p_top[1] < .05 && made->p_mean_reciprocal_rank < .05);
    options.run.n_threads = 2;
    check_ok(ana_retrieval_compute(&task, &options, &again));
    assert_memory_equal(again->p_top, made->p_top, 2 * sizeof(double));
    ana_retrieval_free(again);
    ana_retrieval_free(made);
    draw(1e6, similarity, target); /* nothing but noise */
    check_ok(ana_retrieval_compute(&task, &options, &made));
    assert_true(made->p_two_afc > .05);
    ana_retrieval_free(made);
}

static ana_responses *make(const char *name, size_t n, size_t p, const char *const *stimuli,
                           const double *values)
{
    ana_responses *made = NULL;
    check_ok(ana_responses_new(name, n, p, &made));
    memcpy(made->values, values, n * p * sizeof *values);
    for (size_t i = 0; stimuli != NULL && i < n; i++) {
        free(made->stimuli[i]);
        made->stimuli[i] = strdup(stimuli[i]);
    }
    return made;
}

static void responses_are_matched_by_stimulus_and_what_is_left_out_is_counted(void **state)
{
    (void)state;
    const char *const predicted_ids[] = {"cat", "cup", "dog", "owl"};
    const char *const candidate_ids[] = {"dog", "cat", "dog", "owl", "bee"};
    const double predicted[] = {1, 0, NAN, 5, 5, 5, 0, 2, 1, 0, 0, 9};
    const double candidates[] = {0, 1, NAN, 3, 1, NAN, 9, 9, NAN, 1, 2, NAN, -1, 0, NAN};
    ana_responses *a = make("predicted", 4, 3, predicted_ids, predicted);
    ana_responses *b = make("measured", 5, 3, candidate_ids, candidates);
    const ana_retrieval_options options = with(0, 0, NULL);
    ana_retrieval *made = NULL;
    check_ok(ana_retrieval_of_responses(a, b, &options, &made));
    assert_int_equal(made->n_predictions, 3); /* not of a cup */
    assert_int_equal(made->n_unmatched, 1);
    assert_int_equal(made->n_candidates, 4); /* one dog, the first */
    assert_int_equal(made->n_duplicates, 1);
    assert_int_equal(made->n_units, 2);
    assert_int_equal(made->n_silent, 1);
    assert_int_equal(made->n_undirected, 1); /* the owl */
    assert_string_equal(made->stimuli[1], "dog");
    const double ranks[] = {0.0, 0.0, 1.5};
    check_all_close(3, made->rank, ranks, 0.0, 0.0);
    ana_retrieval_free(made);
    /* The same by similarities that are given, with duplicates among the columns. */
    const double logits[] = {1, 3, 9, 2, 0, 0, 0, 0, 0, 0, 5, 1, 9, 1, 1, 1, 1, 1, 1, 1};
    ana_responses *c = make("logits", 4, 5, predicted_ids, logits);
    for (size_t u = 0; u < 5; u++) {
        free(c->units[u]);
        c->units[u] = strdup(candidate_ids[u]);
    }
    check_ok(ana_retrieval_of_similarities(c, &options, &made));
    check_all_close(3, made->rank, ranks, 0.0, 0.0);
    assert_int_equal(made->n_duplicates, 1);
    ana_retrieval_free(made);
    ana_responses_free(a);
    ana_responses_free(b);
    ana_responses_free(c);
}

static void what_cannot_be_compared_is_refused(void **state)
{
    (void)state;
    double similarity[] = {1, 2, 3, 4};
    size_t target[] = {0, 2};
    const size_t k[] = {3};
    ana_retrieval *made = NULL;
    ana_retrieval_task task = {2, 2, similarity, target};
    check_fails(ana_retrieval_compute(&task, NULL, &made), ANA_ERR_VALUE, "candidate 2 of 2");
    target[1] = 1;
    ana_retrieval_options options = with(0, 1, k);
    check_fails(ana_retrieval_compute(&task, &options, &made), ANA_ERR_VALUE, "top 3 of 2");
    similarity[3] = NAN;
    check_fails(ana_retrieval_compute(&task, NULL, &made), ANA_ERR_VALUE,
                "prediction 1 and candidate 1");
    task.n_candidates = 1;
    check_fails(ana_retrieval_compute(&task, NULL, &made), ANA_ERR_SHAPE, "1 candidates");
    task.n_predictions = 0;
    check_fails(ana_retrieval_compute(&task, NULL, &made), ANA_ERR_SHAPE, "0 predictions");

    const double values[] = {1, 2, 3, 4, 5, 6};
    ana_responses *a = make("a", 2, 3, NULL, values);
    ana_responses *b = make("b", 3, 2, NULL, values);
    check_fails(ana_retrieval_of_responses(a, b, NULL, &made), ANA_ERR_SHAPE, "a has 3 units");
    ana_responses_free(b);
    b = make("b", 2, 3, NULL, values);
    a->values[4] = INFINITY;
    check_fails(ana_retrieval_of_responses(a, b, NULL, &made), ANA_ERR_VALUE,
                "unit 1 of stimulus 1 is infinite");
    a->values[4] = NAN;
    check_fails(ana_retrieval_of_responses(a, b, NULL, &made), ANA_ERR_VALUE, "missing");
    free(b->units[2]);
    b->units[2] = strdup("x");
    check_fails(ana_retrieval_of_responses(a, b, NULL, &made), ANA_ERR_SHAPE, "unit 2 is 2 in a");
    for (size_t i = 0; i < 2; i++) {
        free(b->stimuli[i]);
        b->stimuli[i] = strdup(i == 0 ? "p" : "q");
    }
    free(b->units[2]);
    b->units[2] = strdup("2");
    check_fails(ana_retrieval_of_responses(a, b, NULL, &made), ANA_ERR_VALUE,
                "of 0, ..., "
                "candidates are p");
    for (size_t i = 0; i < 6; i++) {
        b->values[i] = NAN;
    }
    check_fails(ana_retrieval_of_responses(a, b, NULL, &made), ANA_ERR_VALUE, "no unit has values");
    ana_responses_free(a);
    ana_responses_free(b);
}

static ana_status run_all(void *user)
{
    (void)user;
    const double values[] = {1, 2, 3, 4, 5, 6};
    ana_responses *a = NULL;
    ana_retrieval *made = NULL;
    ana_record *record = NULL;
    ana_retrieval_options options = with(3, 0, NULL);
    options.run.n_threads = 1;
    ana_status status = ana_responses_new("a", 2, 3, &a);
    if (status == ANA_OK) {
        memcpy(a->values, values, sizeof values);
        status = ana_retrieval_of_responses(a, a, &options, &made);
    }
    if (status == ANA_OK) {
        status = ana_retrieval_to_record(made, &record);
    }
    if (status == ANA_OK) {
        ana_retrieval_free(made);
        made = NULL;
        status = ana_retrieval_of_similarities(a, &options, &made);
    }
    ana_record_free(record);
    ana_retrieval_free(made);
    ana_responses_free(a);
    return status;
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    assert_true(check_each_allocation(run_all, NULL, false) > 10);
}

static void the_record_holds_scores_and_figures(void **state)
{
    (void)state;
    double similarity[30 * 40];
    size_t target[30];
    ana_retrieval *made = NULL;
    ana_record *record = NULL;
    double two_afc = NAN;
    const ana_retrieval_options options = with(9, 0, NULL);
    draw(.5, similarity, target);
    const ana_retrieval_task task = {30, 40, similarity, target};
    check_ok(ana_retrieval_compute(&task, &options, &made));
    check_ok(ana_retrieval_to_record(made, &record));
    check_ok(ana_record_check(record));
    check_ok(ana_record_get_double(record, "two_afc", &two_afc));
    check_close(two_afc, made->two_afc, 0.0, 0.0);
    const ana_record *bars = ana_record_find(record, "ranks/values");
    assert_non_null(bars);
    double sum = 0.0;
    for (size_t b = 0; b < ana_record_size(bars); b++) {
        sum += bars->doubles[b];
    }
    check_close(sum, 30.0, 0.0, 0.0);
    assert_non_null(ana_record_find(record, "scores/p"));
    assert_non_null(ana_record_find(record, "curve/y"));
    ana_record_free(record);
    ana_retrieval_free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_predictions_by_hand),
        cmocka_unit_test(a_prediction_that_never_changes_scores_chance),
        cmocka_unit_test(scores_are_those_of_counted_ranks_and_p_of_counted_permutations),
        cmocka_unit_test(responses_are_matched_by_stimulus_and_what_is_left_out_is_counted),
        cmocka_unit_test(what_cannot_be_compared_is_refused),
        cmocka_unit_test(every_failed_allocation_is_reported),
        cmocka_unit_test(the_record_holds_scores_and_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
