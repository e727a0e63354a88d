#include "support/bci_data.h"

#include "support/check.h"

#include <analysis/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct trial_recipe {
    size_t n_classes;
    size_t n_channels;
    size_t n_times;
    double contrast;
} trial_recipe;

static void draw_trial(const trial_recipe *recipe, const double *mixing, size_t class,
                       ana_random *random, double *out)
{
    const size_t n = recipe->n_channels;
    double sources[64];
    for (size_t t = 0; t < recipe->n_times; t++) {
        for (size_t s = 0; s < n; s++) {
            sources[s] = ana_random_normal(random) * (s == class ? recipe->contrast : 1.0);
        }
        for (size_t c = 0; c < n; c++) {
            double sum = 0.0;
            for (size_t s = 0; s < n; s++) {
                sum += mixing[c * n + s] * sources[s];
            }
            out[c * recipe->n_times + t] = sum;
        }
    }
}

/* One session of the trials whose number is its own. */
static void make_session(const trial_recipe *recipe, size_t session, size_t n_trials,
                         size_t n_sessions, const double *mixing, ana_bci_trials **out)
{
    const size_t size = recipe->n_channels * recipe->n_times;
    double *values = calloc(n_trials * size, sizeof *values);
    char names[64][8];
    const char *labels[1024];
    char name[16];
    size_t n = 0;
    assert_non_null(values);
    assert_true(recipe->n_classes <= 64 && recipe->n_channels <= 64 && n_trials <= 1024);
    for (size_t c = 0; c < recipe->n_classes; c++) {
        snprintf(names[c], sizeof names[c], "%u", (unsigned)(c + 1));
    }
    for (size_t i = 0; i < n_trials; i++) {
        if (i * n_sessions / n_trials != session) {
            continue;
        }
        ana_random random = ana_random_stream(7, "bci trial", i);
        draw_trial(recipe, mixing, i % recipe->n_classes, &random, values + n * size);
        labels[n++] = names[i % recipe->n_classes];
    }
    snprintf(name, sizeof name, "s%u", (unsigned)(session + 1));
    const ana_bci_source source = {.subject = "a", .session = name, .run = name};
    const ana_bci_array array = {.n_trials = n,
                                 .n_channels = recipe->n_channels,
                                 .n_times = recipe->n_times,
                                 .rate = 128.0,
                                 .values = values,
                                 .labels = labels};
    check_ok(ana_bci_trials_new(&array, &source, out));
    free(values);
}

void make_bci_trials(size_t n_trials, size_t n_classes, size_t n_sessions, size_t n_channels,
                     size_t n_times, double contrast, double drift, ana_bci_trials **out)
{
    const trial_recipe recipe = {n_classes, n_channels, n_times, contrast};
    ana_bci_trials *parts[16] = {NULL};
    double mixing[64 * 64];
    ana_random random = ana_random_stream(3, "bci mixing", 0);
    assert_true(n_sessions <= 16);
    for (size_t k = 0; k < n_channels * n_channels; k++) {
        mixing[k] = ana_random_normal(&random);
    }
    for (size_t s = 0; s < n_sessions; s++) {
        make_session(&recipe, s, n_trials, n_sessions, mixing, &parts[s]);
        for (size_t k = 0; k < n_channels * n_channels; k++) {
            mixing[k] += drift * ana_random_normal(&random);
        }
    }
    check_ok(ana_bci_trials_join(n_sessions, parts, out));
    for (size_t s = 0; s < n_sessions; s++) {
        ana_bci_trials_free(parts[s]);
    }
}

/* Trial i of the even pairs, or of the odd ones. */
static size_t of_pairs(size_t i, bool odd)
{
    return 4 * (i / 2) + i % 2 + (odd ? 2 : 0);
}

static size_t *list_half(const ana_bci_trials *trials, bool odd)
{
    const size_t n = trials->n_trials / 2;
    size_t *items = malloc(n * sizeof *items);
    assert_non_null(items);
    assert_int_equal(trials->n_trials % 4, 0);
    for (size_t i = 0; i < n; i++) {
        items[i] = of_pairs(i, odd);
    }
    return items;
}

ana_bci_pipeline *learn_half(const char *text, const ana_bci_trials *trials)
{
    const ana_run run = ana_run_default();
    ana_bci_pipeline *pipeline = NULL;
    size_t *train = list_half(trials, false);
    check_ok(ana_bci_pipeline_parse(text, &pipeline));
    assert_null(ana_bci_pipeline_lesson(pipeline));
    check_ok(ana_bci_pipeline_fit(pipeline, trials, trials->n_trials / 2, train, &run));
    free(train);
    return pipeline;
}

ana_bci_outputs *answer_half(const ana_bci_pipeline *pipeline, const ana_bci_trials *trials)
{
    const ana_run run = ana_run_default();
    ana_bci_outputs *outputs = NULL;
    size_t *test = list_half(trials, true);
    check_ok(
        ana_bci_pipeline_predict(pipeline, trials, trials->n_trials / 2, test, &run, &outputs));
    free(test);
    return outputs;
}

double share_right_of_half(const ana_bci_trials *trials, const ana_bci_outputs *outputs)
{
    size_t n_right = 0;
    for (size_t i = 0; i < outputs->n_trials; i++) {
        n_right += outputs->chosen[i] == trials->labels[of_pairs(i, true)] ? 1 : 0;
    }
    return (double)n_right / (double)outputs->n_trials;
}

ana_bci_outputs *answer_by_halves(const char *text, const ana_bci_trials *trials)
{
    ana_bci_pipeline *again = NULL;
    ana_record *record = NULL;
    ana_bci_pipeline *pipeline = learn_half(text, trials);
    ana_bci_outputs *outputs = answer_half(pipeline, trials);
    check_ok(ana_bci_pipeline_to_record(pipeline, &record));
    check_ok(ana_bci_pipeline_from_record(record, &again));
    assert_string_equal(ana_bci_pipeline_text(again), ana_bci_pipeline_text(pipeline));
    ana_bci_outputs *same = answer_half(again, trials);
    assert_memory_equal(outputs->scores, same->scores,
                        outputs->n_trials * outputs->n_classes * sizeof *same->scores);
    assert_memory_equal(outputs->chosen, same->chosen, outputs->n_trials * sizeof *same->chosen);
    ana_bci_outputs_free(same);
    ana_record_free(record);
    ana_bci_pipeline_free(again);
    ana_bci_pipeline_free(pipeline);
    return outputs;
}
