/* Folds and scores of the stored pipelines: those of scikit-learn on real trials. */
#include "support/check.h"
#include "support/shared.h"

#include <analysis/classification_scores.h>
#include <analysis/scikit_folds.h>

#include <jansson.h>
#include <math.h>
#include <string.h>

enum {
    MOST = 400
};

static bool find_file(char *path, size_t size)
{
    return shared_path("reference/bci/pipelines.json", path, size);
}

/* The trials of one session of a data set. */
typedef struct session {
    size_t n;
    size_t items[MOST];
    size_t labels[MOST]; /* from 0 */
    bool by_area;
} session;

static session read_session(const json_t *data, const char *name)
{
    session out = {.by_area =
                       strcmp(json_string_value(json_object_get(data, "metric")), "roc_auc") == 0};
    const json_t *trials = json_object_get(data, "trials_file_event_label");
    const json_t *sessions = json_object_get(data, "session");
    assert_true(json_array_size(trials) <= MOST);
    for (size_t i = 0; i < json_array_size(trials); i++) {
        if (strcmp(json_string_value(json_array_get(sessions, i)), name) == 0) {
            const json_t *label = json_array_get(json_array_get(trials, i), 2);
            out.items[out.n] = i;
            out.labels[out.n++] = (size_t)json_integer_value(label) - 1;
        }
    }
    return out;
}

/* How many folds were held against the stored ones. */
static size_t check_folds(const session *from, const json_t *stored)
{
    ana_folds *folds = NULL;
    ana_numpy_random random;
    const size_t n_folds = json_array_size(stored);
    ana_numpy_random_seed(&random, 42);
    check_ok(ana_scikit_folds_stratified(from->n, from->labels, n_folds, &random, 42, &folds));
    for (size_t f = 0; f < n_folds; f++) {
        const json_t *test = json_array_get(stored, f);
        assert_int_equal(folds->folds[f].n_test, json_array_size(test));
        for (size_t k = 0; k < folds->folds[f].n_test; k++) {
            const size_t item = from->items[folds->folds[f].test[k]];
            assert_int_equal(item, json_integer_value(json_array_get(test, k)));
        }
    }
    ana_folds_free(folds);
    return n_folds;
}

/* The score of the outputs of these items of the session: of decisions the area, of answers the
 * share that is right. */
static double score(const session *from, size_t n, const size_t *labels, const json_t *outputs)
{
    bool positive[MOST];
    double decisions[MOST];
    size_t predicted[MOST];
    size_t confusion[16];
    double area = 0.0;
    assert_int_equal(json_array_size(outputs), n);
    for (size_t k = 0; k < n; k++) {
        const json_t *output = json_array_get(outputs, k);
        positive[k] = labels[k] == 1;
        decisions[k] = json_number_value(output);
        predicted[k] = from->by_area ? 0 : (size_t)json_integer_value(output) - 1;
    }
    if (from->by_area) {
        check_ok(ana_classification_area(n, positive, decisions, &area));
        return area;
    }
    check_ok(ana_classification_confusion(n, labels, predicted, 4, confusion));
    return ana_classification_accuracy(4, confusion);
}

/* To one rounding: scikit-learn adds trapezia. How many scores. */
static size_t check_scores(const session *from, const json_t *within)
{
    const json_t *tests = json_object_get(within, "test_folds");
    size_t n_scores = 0;
    const char *name = NULL;
    json_t *scores = NULL;
    json_object_foreach(json_object_get(within, "scores"), name, scores)
    {
        const json_t *outputs = json_object_get(json_object_get(within, "outputs"), name);
        for (size_t f = 0; f < json_array_size(scores); f++) {
            const json_t *test = json_array_get(tests, f);
            const size_t n = json_array_size(test);
            size_t labels[MOST];
            for (size_t k = 0; k < n; k++) {
                const size_t item = (size_t)json_integer_value(json_array_get(test, k));
                labels[k] = from->labels[item - from->items[0]];
            }
            check_close(score(from, n, labels, json_array_get(outputs, f)),
                        json_number_value(json_array_get(scores, f)), 4e-16, 0.0);
            n_scores++;
        }
    }
    return n_scores;
}

static void folds_and_scores_of_the_stored_pipelines_are_repeated(void **state)
{
    (void)state;
    char path[4096];
    json_t *root = NULL;
    if (!find_file(path, sizeof path)) {
        skip(); /* and main says so */
    } else {
        root = json_load_file(path, 0, NULL);
    }
    assert_non_null(root);
    size_t n_folds = 0;
    size_t n_scores = 0;
    const char *name = NULL;
    json_t *data = NULL;
    json_object_foreach(root, name, data)
    {
        const char *session_name = NULL;
        json_t *within = NULL;
        json_object_foreach(json_object_get(data, "within"), session_name, within)
        {
            if (!json_is_object(within)) {
                continue;
            }
            const session from = read_session(data, session_name);
            assert_int_equal(from.items[from.n - 1] - from.items[0] + 1, from.n);
            n_folds += check_folds(&from, json_object_get(within, "test_folds"));
            n_scores += check_scores(&from, within);
        }
        json_t *across = NULL;
        json_object_foreach(json_object_get(data, "cross_session"), session_name, across)
        {
            const session from = read_session(data, session_name);
            const char *pipeline = NULL;
            json_t *result = NULL;
            json_object_foreach(across, pipeline, result)
            {
                if (json_is_object(result)) {
                    check_close(
                        score(&from, from.n, from.labels, json_object_get(result, "outputs")),
                        json_number_value(json_object_get(result, "score")), 4e-16, 0.0);
                    n_scores++;
                }
            }
        }
    }
    assert_true(n_folds >= 90 && n_scores >= 700);
    json_decref(root);
}

int main(void)
{
    char path[4096];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds_and_scores_of_the_stored_pipelines_are_repeated),
    };
    const int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
    return n_failed == 0 && !find_file(path, sizeof path) ? TEST_SKIPPED : n_failed;
}
