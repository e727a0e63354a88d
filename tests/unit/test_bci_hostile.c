/* Texts of pipelines and saved models of any bytes: a pipeline, or a sentence. */
#include "bci_gate_parts.h"
#include "support/bci_data.h"
#include "support/check.h"
#include "support/scratch.h"

#include <analysis/formats/record_io.h>
#include <analysis/models/bci_stream.h>
#include <analysis/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const texts[] = {
    "band 8-32 order=4 phase=causal | acm 3,2 tail=full | cov oas | tangent riemann | svm rbf C=1",
    "band {8-12,12-16} | cov {oas,lwf} | csp 4 method=joint | lda shrunk shrinkage=0.5",
    "cov cov | fgmdm riemann",
    "cov | rank | tangent | logistic C=0.5 l1=0.1 balanced=yes",
};

enum {
    N_TEXTS = sizeof texts / sizeof texts[0]
};

/* A few bytes changed, put in, taken out or doubled. */
static void mutate(ana_random *random, char *text, size_t *n, size_t room)
{
    static const char letters[] = "|,{}= \n-.e0123456789abcmdtnv\t\"\\/%s";
    const size_t changes = 1 + ana_random_below(random, 4);
    for (size_t k = 0; k<changes && * n> 0; k++) {
        const size_t place = ana_random_below(random, *n);
        const char letter = letters[ana_random_below(random, sizeof letters - 1)];
        switch (ana_random_below(random, 4)) {
        case 0:
            text[place] = letter;
            break;
        case 1:
            memmove(text + place, text + place + 1, *n - place - 1);
            (*n)--;
            break;
        case 2:
            if (*n + 1 < room) {
                memmove(text + place + 1, text + place, *n - place);
                text[place] = letter;
                (*n)++;
            }
            break;
        default: {
            const size_t length = 1 + ana_random_below(random, *n - place);
            if (*n + length < room) {
                memmove(text + place + length, text + place, *n - place);
                *n += length;
            }
        }
        }
    }
    text[*n] = '\0';
}

static void any_text_is_a_pipeline_or_refused_with_a_sentence(void **state)
{
    (void)state;
    const size_t n_tries = test_is_long() ? 2000000 : 20000;
    size_t n_good = 0;
    for (size_t i = 0; i < n_tries; i++) {
        ana_random random = ana_random_stream(11, "hostile text", i);
        char text[1024];
        size_t n = (size_t)snprintf(text, sizeof text, "%s", texts[i % N_TEXTS]);
        ana_bci_family *family = NULL;
        mutate(&random, text, &n, sizeof text - 1);
        if (ana_bci_family_expand(text, &family) != ANA_OK) {
            assert_true(ana_last_error()[0] != '\0');
            continue;
        }
        for (size_t m = 0; m < family->n && m < 8; m++) {
            ana_bci_pipeline *pipeline = NULL;
            if (ana_bci_pipeline_parse(family->texts[m], &pipeline) == ANA_OK) {
                ana_bci_pipeline *again = NULL;
                check_ok(ana_bci_pipeline_parse(ana_bci_pipeline_text(pipeline), &again));
                assert_string_equal(ana_bci_pipeline_text(again), ana_bci_pipeline_text(pipeline));
                ana_bci_pipeline_free(again);
                n_good++;
            } else {
                assert_true(ana_last_error()[0] != '\0');
            }
            ana_bci_pipeline_free(pipeline);
        }
        ana_bci_family_free(family);
    }
    assert_true(n_good > n_tries / 100);
}

static void any_text_is_a_field_or_refused_with_a_sentence(void **state)
{
    (void)state;
    static const char *const fields[] = {"1-20: c0, c1; 20-40; 2-8.5 :\xC3\xA9", "8-32;1e0-3:c1"};
    char *names[] = {(char[]){"c0"}, (char[]){"c1"}, (char[]){"\xC3\xA9"}};
    const ana_bci_lesson lesson = {.n_channels = 3, .channel_names = names, .rate = 128.0};
    const size_t n_tries = test_is_long() ? 1000000 : 10000;
    size_t n_good = 0;
    for (size_t i = 0; i < n_tries; i++) {
        ana_random random = ana_random_stream(12, "hostile field", i);
        char text[512];
        size_t n = (size_t)snprintf(text, sizeof text, "%s", fields[i % 2]);
        ana_bci_gate *gate = NULL;
        ana_bci_gate *again = NULL;
        mutate(&random, text, &n, sizeof text - 1);
        if (bci_gate_parse(text, &lesson, 4, &gate) != ANA_OK) {
            assert_null(gate);
            assert_true(ana_last_error()[0] != '\0');
            continue;
        }
        check_ok(bci_gate_parse(gate->text, &lesson, 4, &again));
        assert_string_equal(again->text, gate->text);
        assert_int_equal(again->n_parts, gate->n_parts);
        for (size_t k = 0; k < gate->n_parts; k++) {
            assert_true(gate->parts[k].band < gate->bank.n_bands);
            assert_true(gate->parts[k].n_channels > 0 && gate->parts[k].n_channels <= 3);
        }
        bci_gate_free(again);
        bci_gate_free(gate);
        n_good++;
    }
    assert_true(n_good > n_tries / 100);
}

static ana_status hear_nothing(void *user, const ana_bci_answer *answer)
{
    (void)user;
    assert_true(answer->kind != ANA_BCI_DECISION || answer->scores != NULL);
    return ANA_OK;
}

/* A model that has been read, on a few live samples. */
static ana_status try_live(ana_bci_pipeline *pipeline)
{
    static const double samples[2 * 32] = {1.0, -2.0, 0.5, 3.0, -1.0, 0.25, 2.0};
    ana_bci_stream_options options = ana_bci_stream_options_default();
    ana_bci_stream *stream = NULL;
    options.settle_s = 0.0;
    options.gate_rate = 0.1;
    ana_status status = ana_bci_stream_new(pipeline, &options, &stream);
    if (status == ANA_OK && ana_bci_pipeline_lesson(pipeline)->n_channels <= 2) {
        status = ana_bci_stream_push(stream, 32, samples, hear_nothing, NULL);
    }
    ana_bci_stream_free(stream);
    return status;
}

/* A saved model whose JSON is changed: it is refused, or it answers. */
static void try_model(const char *json, const ana_bci_trials *trials, size_t seed, size_t *n_good)
{
    const size_t room = 2 * strlen(json) + 16;
    size_t n = strlen(json);
    char *text = malloc(room + 1);
    ana_record *record = NULL;
    ana_bci_pipeline *pipeline = NULL;
    ana_bci_outputs *outputs = NULL;
    const ana_run run = ana_run_default();
    ana_random random = ana_random_stream(13, "hostile model", seed);
    assert_non_null(text);
    memcpy(text, json, n + 1);
    mutate(&random, text, &n, room);
    ana_status status = ana_record_read(scratch_file("hostile.json", text, n), &record);
    status = status != ANA_OK ? status : ana_bci_pipeline_from_record(record, &pipeline);
    status = status != ANA_OK ? status
                              : ana_bci_pipeline_predict(pipeline, trials, 0, NULL, &run, &outputs);
    for (size_t i = 0; status == ANA_OK && i < outputs->n_trials; i++) {
        assert_true(outputs->chosen[i] < outputs->n_classes);
    }
    status = status != ANA_OK ? status : try_live(pipeline);
    *n_good += status == ANA_OK;
    assert_true(status == ANA_OK || ana_last_error()[0] != '\0');
    ana_bci_outputs_free(outputs);
    ana_bci_pipeline_free(pipeline);
    ana_record_free(record);
    free(text);
}

static void any_saved_model_answers_or_is_refused_with_a_sentence(void **state)
{
    (void)state;
    static const char *const models[] = {"cov oas | mdm",    "cov | tangent | svm rbf",
                                         "cov | fgmdm",      "cov | csp 2 | lda",
                                         "cov | rank | mdm", "cov | kernel-svm"};
    ana_bci_trials *trials = NULL;
    const ana_run run = ana_run_default();
    size_t n_good = 0;
    make_bci_trials(12, 2, 1, 2, 16, 2.0, 0.0, &trials);
    for (size_t k = 0; k < sizeof models / sizeof models[0]; k++) {
        ana_bci_pipeline *pipeline = NULL;
        ana_record *record = NULL;
        char *json = NULL;
        check_ok(ana_bci_pipeline_parse(models[k], &pipeline));
        check_ok(ana_bci_pipeline_fit(pipeline, trials, 0, NULL, &run));
        if (k == 0) {
            check_ok(ana_bci_field_fit(pipeline, "3-9: 2; 3-9", trials, 0, NULL, NULL));
        } else if (k == 1) {
            check_ok(ana_bci_gate_fit(pipeline, trials, 0, NULL, NULL));
        }
        check_ok(ana_bci_pipeline_to_record(pipeline, &record));
        check_ok(ana_record_to_json(record, &json));
        for (size_t i = 0; i < (test_is_long() ? 20000 : 300); i++) {
            try_model(json, trials, 1000 * k + i, &n_good);
        }
        free(json);
        ana_record_free(record);
        ana_bci_pipeline_free(pipeline);
    }
    assert_true(n_good > 0);
    ana_bci_trials_free(trials);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_text_is_a_pipeline_or_refused_with_a_sentence),
        cmocka_unit_test(any_text_is_a_field_or_refused_with_a_sentence),
        cmocka_unit_test(any_saved_model_answers_or_is_refused_with_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
