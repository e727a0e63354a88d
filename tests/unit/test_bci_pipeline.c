#include "support/bci_data.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/bci_pipeline.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void parsed_as(const char *text, const char *expected)
{
    ana_bci_pipeline *pipeline = NULL;
    check_ok(ana_bci_pipeline_parse(text, &pipeline));
    assert_string_equal(ana_bci_pipeline_text(pipeline), expected);
    ana_bci_pipeline_free(pipeline);
}

static void a_text_is_written_back_with_all_its_values(void **state)
{
    (void)state;
    parsed_as("band 8-32|acm 3,2|cov oas|mdm", "band 8-32 | acm 3,2 | cov oas | mdm riemann");
    parsed_as("  cov\n mdm log-euclidean ", "cov lwf | mdm log-euclidean");
    parsed_as("band 8-12,12-16 order=5 phase=causal | acm order=2 tail=full | cov | mdm",
              "band 8-12,12-16 order=5 phase=causal | acm 2,1 tail=full | cov lwf | mdm riemann");
    parsed_as("acm 2 3 | cov | mdm metric=euclidean", "acm 2,3 | cov lwf | mdm euclidean");
}

static void its_own_text_is_read_back_to_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; ana_bci_step_describe(i) != NULL; i++) {
        const ana_bci_step_description *step = ana_bci_step_describe(i);
        char text[256];
        const char *before = strcmp(step->takes, "vectors") == 0    ? "cov | tangent | "
                             : strcmp(step->takes, "matrices") == 0 ? "cov | "
                                                                    : "";
        const char *after = strcmp(step->gives, "vectors") == 0    ? " | lda"
                            : strcmp(step->gives, "matrices") == 0 ? " | mdm"
                            : strcmp(step->gives, "signals") == 0  ? " | cov | mdm"
                                                                   : "";
        snprintf(text, sizeof text, "%s%s%s%s", before, step->name,
                 strcmp(step->name, "band") == 0 ? " 8-32" : "", after);
        ana_bci_pipeline *first = NULL;
        check_ok(ana_bci_pipeline_parse(text, &first));
        parsed_as(ana_bci_pipeline_text(first), ana_bci_pipeline_text(first));
        ana_bci_pipeline_free(first);
    }
}

static void refused(const char *text, const char *piece)
{
    ana_bci_pipeline *pipeline = NULL;
    check_fails(ana_bci_pipeline_parse(text, &pipeline), ANA_ERR_VALUE, piece);
    assert_null(pipeline);
}

static void a_wrong_text_is_refused_with_the_step(void **state)
{
    (void)state;
    refused("", "without a name");
    refused("cov | | mdm", "without a name");
    refused("cov", "last step must be a classifier");
    refused("cov | mdm | mdm", "ends the pipeline");
    refused("mdm", "cov makes matrices of them");
    refused("conv | mdm", "there is no step \"conv\"; the steps are band, ");
    refused("cov oat | mdm", "step cov: estimator cannot be \"oat\"");
    refused("acm 3,2,1 | cov | mdm", "one too many");
    refused("acm 0,2 | cov | mdm", "order cannot be \"0\"");
    refused("cov shrink=2 | mdm", "step cov has no \"shrink\"");
    refused("cov | band 8-32 | mdm", "stands first");
    refused("band 32-8 | cov | mdm", "band 32-8");
    refused("band | cov | mdm", "band needs its edges");
    ana_bci_pipeline *pipeline = NULL;
    check_fails(ana_bci_pipeline_parse("acm {1,2} | cov | mdm", &pipeline), ANA_ERR_UNSUPPORTED,
                "family");
}

static void a_family_has_every_member_of_its_sets(void **state)
{
    (void)state;
    ana_bci_family *family = NULL;
    check_ok(ana_bci_family_expand("acm {1,3},{2,4} | cov {oas,lwf} | mdm", &family));
    assert_int_equal(family->n, 8);
    assert_string_equal(family->texts[0], "acm 1,2 | cov oas | mdm");
    assert_string_equal(family->texts[1], "acm 1,2 | cov lwf | mdm");
    assert_string_equal(family->texts[2], "acm 1,4 | cov oas | mdm");
    assert_string_equal(family->texts[7], "acm 3,4 | cov lwf | mdm");
    ana_bci_family_free(family);
    check_ok(ana_bci_family_expand("cov | mdm", &family));
    assert_int_equal(family->n, 1);
    assert_string_equal(family->texts[0], "cov | mdm");
    ana_bci_family_free(family);
    check_fails(ana_bci_family_expand("acm {1,2", &family), ANA_ERR_VALUE, "does not end");
    check_fails(ana_bci_family_expand("acm 1,2}", &family), ANA_ERR_VALUE, "never began");
    check_fails(ana_bci_family_expand("acm {}", &family), ANA_ERR_VALUE, "empty member");
    check_fails(ana_bci_family_expand("acm {1,}", &family), ANA_ERR_VALUE, "empty member");
    check_fails(ana_bci_family_expand("acm {,1}", &family), ANA_ERR_VALUE, "empty member");
    check_fails(ana_bci_family_expand("acm {1,2,3,4,5,6,7,8,9,10},{1,2,3,4,5,6,7,8,9,10} a={1,2,3,"
                                      "4,5,6,7,8,9,10} b={1,2,3,4,5,6,7,8,9,10} c={1,2}",
                                      &family),
                ANA_ERR_LIMIT, "10000 members");
}

static void learns_and_is_saved(const char *text, double least)
{
    ana_bci_trials *trials = NULL;
    make_bci_trials(120, 2, 1, 4, 100, 2.0, 0.0, &trials);
    ana_bci_outputs *outputs = answer_by_halves(text, trials);
    assert_int_equal(outputs->n_classes, 2);
    assert_true(share_right_of_half(trials, outputs) >= least);
    ana_bci_outputs_free(outputs);
    ana_bci_trials_free(trials);
}

static void what_it_learned_answers_of_new_trials_and_is_saved(void **state)
{
    (void)state;
    learns_and_is_saved("cov | mdm", 0.95);
    learns_and_is_saved("cov | tangent | lda shrunk", 0.95);
    learns_and_is_saved("cov | tangent | lda", 0.9);
    learns_and_is_saved("cov | tangent | logistic C=0.1", 0.95);
    learns_and_is_saved("cov | tangent | logistic l1=0.5 balanced=yes", 0.9);
    learns_and_is_saved("cov | tangent | svm", 0.9);
    learns_and_is_saved("cov | tangent | svm rbf C=2", 0.9);
    learns_and_is_saved("cov | fgmdm", 0.95);
    learns_and_is_saved("cov | csp 2 | lda", 0.95);
    learns_and_is_saved("acm 2,3 | cov oas | mdm log-euclidean", 0.9);
}

static void trials_that_do_not_fit_together_are_refused(void **state)
{
    (void)state;
    const double values[] = {1.0, 2.0, 3.0, 5.0};
    const char *const labels[] = {"a", "b"};
    const ana_bci_source source = {"someone", "1", "first"};
    ana_bci_array array = {2, 1, 2, 100.0, values, labels};
    ana_bci_trials *parts[2] = {NULL};
    ana_bci_trials *all = NULL;
    check_ok(ana_bci_trials_new(&array, &source, &parts[0]));
    array.rate = 50.0;
    check_ok(ana_bci_trials_new(&array, &source, &parts[1]));
    check_fails(ana_bci_trials_join(2, parts, &all), ANA_ERR_SHAPE,
                "50 Hz, but run first (someone, 1) has 100 Hz");
    check_fails(ana_bci_trials_join(0, parts, &all), ANA_ERR_SHAPE, "no recordings");
    array.rate = 0.0;
    check_fails(ana_bci_trials_new(&array, &source, &all), ANA_ERR_VALUE, "a rate of 0 Hz");
    array = (ana_bci_array){0, 1, 2, 100.0, values, labels};
    check_fails(ana_bci_trials_new(&array, &source, &all), ANA_ERR_SHAPE, "0 trials");
    ana_bci_trials_free(parts[0]);
    ana_bci_trials_free(parts[1]);
}

static void without_a_run_the_defaults_hold(void **state)
{
    (void)state;
    const ana_run run = ana_run_default();
    ana_bci_trials *trials = NULL;
    ana_bci_pipeline *pipeline = NULL;
    ana_bci_outputs *outputs[2] = {NULL};
    make_bci_trials(12, 2, 1, 2, 64, 1.5, 0.1, &trials);
    check_ok(ana_bci_pipeline_parse("psd 8 30 width=0 | lda shrunk", &pipeline));
    for (size_t k = 0; k < 2; k++) {
        const ana_run *how = k == 0 ? NULL : &run;
        check_ok(ana_bci_pipeline_fit(pipeline, trials, 0, NULL, how));
        check_ok(ana_bci_pipeline_predict(pipeline, trials, 0, NULL, how, &outputs[k]));
    }
    assert_memory_equal(outputs[0]->scores, outputs[1]->scores, 24 * sizeof(double));
    ana_bci_outputs_free(outputs[0]);
    ana_bci_outputs_free(outputs[1]);
    ana_bci_pipeline_free(pipeline);
    ana_bci_trials_free(trials);
}

static void trials_that_are_not_such_as_were_learned_are_refused(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    ana_bci_trials *others = NULL;
    ana_bci_pipeline *pipeline = NULL;
    ana_bci_outputs *outputs = NULL;
    const ana_run run = ana_run_default();
    const size_t ones[] = {0, 2, 4, 6};
    make_bci_trials(24, 2, 1, 3, 50, 2.0, 0.0, &trials);
    make_bci_trials(24, 2, 1, 4, 50, 2.0, 0.0, &others);
    check_ok(ana_bci_pipeline_parse("cov | mdm", &pipeline));
    check_fails(ana_bci_pipeline_predict(pipeline, trials, 0, NULL, &run, &outputs), ANA_ERR_VALUE,
                "not learned");
    check_fails(ana_bci_pipeline_fit(pipeline, trials, 4, ones, &run), ANA_ERR_VALUE,
                "no trial to learn from is of class 2");
    check_ok(ana_bci_pipeline_fit(pipeline, trials, 0, NULL, &run));
    check_fails(ana_bci_pipeline_predict(pipeline, others, 0, NULL, &run, &outputs), ANA_ERR_SHAPE,
                "4 channels (1 ... 4), but it learned from 3 (1 ... 3)");
    trials->rate = 100.0;
    check_fails(ana_bci_pipeline_predict(pipeline, trials, 0, NULL, &run, &outputs), ANA_ERR_SHAPE,
                "100 Hz, but it learned from 128 Hz");
    trials->rate = 128.0;
    trials->values[5 * 150 + 60] = NAN;
    check_fails(ana_bci_pipeline_predict(pipeline, trials, 0, NULL, &run, &outputs), ANA_ERR_VALUE,
                "trial 5 (s1, 1.953125 s) has a missing sample in channel 2");
    ana_bci_pipeline_free(pipeline);
    ana_record *record = NULL;
    check_ok(ana_bci_pipeline_parse("band 8-12,12-30 | cov | mdm", &pipeline));
    check_fails(ana_bci_pipeline_fit(pipeline, others, 0, NULL, &run), ANA_ERR_SHAPE,
                "trials are of 2 bands, not 1");
    check_fails(ana_bci_pipeline_to_record(pipeline, &record), ANA_ERR_VALUE, "not learned");
    ana_bci_pipeline_free(pipeline);
    ana_bci_trials_free(trials);
    ana_bci_trials_free(others);
}

/* A saved model whose arrays are not what its text asks for. */
static void a_model_with_wrong_numbers_is_refused_with_the_array(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    ana_bci_pipeline *pipeline = NULL;
    ana_bci_pipeline *again = NULL;
    ana_record *record = NULL;
    const ana_run run = ana_run_default();
    make_bci_trials(24, 2, 1, 3, 50, 2.0, 0.0, &trials);
    check_ok(ana_bci_pipeline_parse("cov | mdm", &pipeline));
    check_ok(ana_bci_pipeline_fit(pipeline, trials, 0, NULL, &run));
    check_ok(ana_bci_pipeline_to_record(pipeline, &record));
    ana_record *means = (ana_record *)(uintptr_t)ana_record_find(record, "steps/2 mdm/means");
    assert_non_null(means);
    const double kept = means->doubles[4];
    means->doubles[4] = NAN;
    check_fails(ana_bci_pipeline_from_record(record, &again), ANA_ERR_FORMAT,
                "number 4 of means is not finite");
    means->doubles[4] = kept;
    means->shape[0] = 1; /* a class less: the texts of the lesson still name two */
    check_fails(ana_bci_pipeline_from_record(record, &again), ANA_ERR_FORMAT, "1 classes apart");
    means->shape[0] = 2;
    means->shape[1] = 2;
    check_fails(ana_bci_pipeline_from_record(record, &again), ANA_ERR_FORMAT, "means");
    means->shape[1] = 3;
    means->name[0] = 'M';
    check_fails(ana_bci_pipeline_from_record(record, &again), ANA_ERR_FORMAT,
                "its array means is missing");
    assert_null(again);
    ana_record_free(record);
    ana_bci_pipeline_free(pipeline);
    ana_bci_trials_free(trials);
}

/* Trials of Fz, C3, C4, Oz: the power of C4 is all that differs between classes 1 and 2. */
static ana_bci_trials *make_scalp_trials(void)
{
    static const char *const names[] = {"Fz", "C3", "C4", "Oz"};
    enum {
        N = 60,
        T = 80
    };
    static double values[N * 4 * T];
    const char *labels[N];
    const ana_bci_source source = {.subject = "a", .session = "1", .run = "1"};
    const ana_bci_array array = {.n_trials = N,
                                 .n_channels = 4,
                                 .n_times = T,
                                 .rate = 128.0,
                                 .values = values,
                                 .labels = labels};
    ana_bci_trials *trials = NULL;
    ana_random random = ana_random_stream(5, "topography", 0);
    for (size_t k = 0; k < N * 4 * T; k++) {
        const bool strong = k / (4 * T) % 2 == 1 && k / T % 4 == 2;
        values[k] = ana_random_normal(&random) * (strong ? 1.5 : 1.0);
        labels[k / (4 * T)] = k / (4 * T) % 2 == 1 ? "2" : "1";
    }
    check_ok(ana_bci_trials_new(&array, &source, &trials));
    for (size_t c = 0; c < 4; c++) {
        free(trials->channel_names[c]);
        trials->channel_names[c] = strdup(names[c]);
        assert_non_null(trials->channel_names[c]);
    }
    return trials;
}

/* The topography of what speaks for class 2 is highest where its power is. */
static void a_topography_shows_where_power_tells_the_classes_apart(void **state)
{
    (void)state;
    static const char *const texts[] = {"cov | tangent | lda shrunk", "cov | tangent | logistic"};
    const ana_run run = ana_run_default();
    ana_bci_trials *trials = make_scalp_trials();
    for (size_t k = 0; k < 2; k++) {
        ana_bci_pipeline *pipeline = NULL;
        ana_record *record = NULL;
        const double *change = NULL;
        ana_shape shape = ana_shape_1(4, "channel");
        check_ok(ana_bci_pipeline_parse(texts[k], &pipeline));
        check_ok(ana_bci_pipeline_fit(pipeline, trials, 0, NULL, &run));
        check_ok(ana_bci_pipeline_to_record(pipeline, &record));
        check_ok(ana_record_check(record));
        check_ok(ana_record_get_doubles(record, "power_1/values", &shape, &change));
        for (size_t c = 0; c < 4; c++) {
            assert_true(c == 2 ? change[c] > 0.0 : fabs(change[c]) < 0.5 * change[2]);
        }
        ana_record_free(record);
        ana_bci_pipeline_free(pipeline);
    }
    ana_bci_trials_free(trials);
}

/* Of the means that the model keeps: matrices as they are, 10 log10 of the ratio of variances. */
static void class_means_are_drawn_with_the_ratio_of_their_variances(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "cov | mdm",           "cov | fgmdm",          "cov | meanfield -1,0.2",
        "acm 2,3 | cov | mdm", "cov | recentre | mdm", "cov | rank | mdm"};
    const ana_run run = ana_run_default();
    ana_bci_trials *trials = make_scalp_trials();
    for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++) {
        ana_bci_pipeline *pipeline = NULL;
        ana_record *record = NULL;
        check_ok(ana_bci_pipeline_parse(texts[k], &pipeline));
        check_ok(ana_bci_pipeline_fit(pipeline, trials, 0, NULL, &run));
        check_ok(ana_bci_pipeline_to_record(pipeline, &record));
        check_ok(ana_record_check(record));
        const size_t n = k == 3 ? 8 : 4;
        const ana_record *drawn = ana_record_find(record, "mean_2/values");
        const ana_record *names = ana_record_find(record, "mean_2/row_labels");
        const ana_record *ratio = ana_record_find(record, "ratio_1_2/values");
        const char *const places[] = {"steps/1 cov", "steps/2 mdm/means", "steps/2 fgmdm/means",
                                      "steps/2 meanfield/means", "steps/3 mdm/means"};
        static const size_t place_of[] = {1, 2, 3, 4, 4, 4};
        const ana_record *means = ana_record_find(record, places[place_of[k]]);
        assert_non_null(drawn);
        assert_non_null(means);
        const double *second = means->doubles + (k == 2 ? 3 : 1) * n * n;
        const double *first = second - n * n;
        for (size_t e = 0; e < n * n; e++) {
            check_close(drawn->doubles[e], second[e], 0.0, 0.0);
        }
        assert_true((names != NULL) == (k != 5) && (ratio != NULL) == (k != 5));
        for (size_t c = 0; ratio != NULL && c < 4; c++) {
            const double expected = 10.0 * log10(second[c * n + c] / first[c * n + c]);
            check_close(ratio->doubles[c], expected, 1e-12, 1e-12);
            assert_true(c == 2 ? ratio->doubles[c] > 2.0 : fabs(ratio->doubles[c]) < 1.0);
        }
        if (k == 3) {
            assert_string_equal(names->texts[3], "Oz");
            assert_string_equal(names->texts[6], "C4 t+3");
        }
        ana_record_free(record);
        ana_bci_pipeline_free(pipeline);
    }
    ana_bci_trials_free(trials);
}

/* The caption of the one map, of a pipeline read back from a record. */
static const char *caption_of_saved(const ana_record *record, ana_record **again)
{
    ana_bci_pipeline *pipeline = NULL;
    const char *caption = NULL;
    check_ok(ana_bci_pipeline_from_record(record, &pipeline));
    check_ok(ana_bci_pipeline_to_record(pipeline, again));
    check_ok(ana_record_get_text(*again, "ratio_1_2/caption", &caption));
    ana_bci_pipeline_free(pipeline);
    return caption;
}

/* Fz, C3, C4 and Oz at 36, 36, 36 and 72 degrees from the top, in metres. */
static void positions_go_with_the_model_and_hostile_ones_are_unknown(void **state)
{
    (void)state;
    static const double angles[][2] = {{36.0, 0.0}, {36.0, -90.0}, {36.0, 90.0}, {72.0, 180.0}};
    const double degree = acos(-1.0) / 180.0;
    const ana_run run = ana_run_default();
    ana_bci_trials *trials = make_scalp_trials();
    ana_bci_pipeline *pipeline = NULL;
    ana_record *record = NULL;
    ana_record *again = NULL;
    for (size_t c = 0; c < 4; c++) {
        const double from_top = angles[c][0] * degree;
        trials->positions[3 * c] = 0.09 * sin(from_top) * sin(angles[c][1] * degree);
        trials->positions[3 * c + 1] = 0.09 * sin(from_top) * cos(angles[c][1] * degree);
        trials->positions[3 * c + 2] = 0.09 * cos(from_top);
    }
    check_ok(ana_bci_pipeline_parse("cov | mdm", &pipeline));
    check_ok(ana_bci_pipeline_fit(pipeline, trials, 0, NULL, &run));
    check_ok(ana_bci_pipeline_to_record(pipeline, &record));
    assert_non_null(strstr(caption_of_saved(record, &again), "that the recording has"));
    const ana_record *place = ana_record_find(again, "ratio_1_2/position");
    check_close(place->doubles[2], -0.4, 1e-12, 0.0);
    check_close(place->doubles[7], -0.8, 1e-12, 0.0);
    ana_record_free(again);
    ana_record *saved = (ana_record *)(uintptr_t)ana_record_find(record, "lesson/positions");
    saved->doubles[4] = INFINITY;
    saved->doubles[5] = -1e300;
    assert_non_null(strstr(caption_of_saved(record, &again), "by the channels' names"));
    ana_record_free(again);
    saved->shape[0] = 3;
    ana_bci_pipeline *refused = NULL;
    check_fails(ana_bci_pipeline_from_record(record, &refused), ANA_ERR_FORMAT, "4 x 3");
    saved->shape[0] = 4;
    ana_record_free(record);
    ana_bci_pipeline_free(pipeline);
    ana_bci_trials_free(trials);
}

static ana_status fit_and_save(void *user)
{
    const ana_bci_trials *trials = user;
    const ana_run run = ana_run_default();
    ana_bci_pipeline *pipeline = NULL;
    ana_bci_pipeline *again = NULL;
    ana_bci_outputs *outputs = NULL;
    ana_record *record = NULL;
    ana_status status = ana_bci_pipeline_parse("acm 2,1 | cov oas | mdm", &pipeline);
    status = status != ANA_OK ? status : ana_bci_pipeline_fit(pipeline, trials, 0, NULL, &run);
    status = status != ANA_OK ? status
                              : ana_bci_pipeline_predict(pipeline, trials, 0, NULL, &run, &outputs);
    status = status != ANA_OK ? status : ana_bci_pipeline_to_record(pipeline, &record);
    status = status != ANA_OK ? status : ana_bci_pipeline_from_record(record, &again);
    ana_bci_outputs_free(outputs);
    ana_bci_pipeline_free(pipeline);
    ana_bci_pipeline_free(again);
    ana_record_free(record);
    return status;
}

static void every_failed_allocation_is_told(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    make_bci_trials(8, 2, 1, 2, 20, 2.0, 0.0, &trials);
    check_each_allocation(fit_and_save, trials, 0);
    ana_bci_trials_free(trials);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_written_back_with_all_its_values),
        cmocka_unit_test(its_own_text_is_read_back_to_the_same),
        cmocka_unit_test(a_wrong_text_is_refused_with_the_step),
        cmocka_unit_test(a_family_has_every_member_of_its_sets),
        cmocka_unit_test(what_it_learned_answers_of_new_trials_and_is_saved),
        cmocka_unit_test(trials_that_do_not_fit_together_are_refused),
        cmocka_unit_test(without_a_run_the_defaults_hold),
        cmocka_unit_test(trials_that_are_not_such_as_were_learned_are_refused),
        cmocka_unit_test(a_model_with_wrong_numbers_is_refused_with_the_array),
        cmocka_unit_test(a_topography_shows_where_power_tells_the_classes_apart),
        cmocka_unit_test(class_means_are_drawn_with_the_ratio_of_their_variances),
        cmocka_unit_test(positions_go_with_the_model_and_hostile_ones_are_unknown),
        cmocka_unit_test(every_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
