/* Mice that accumulate evidence (49,177 choices of 20 mice): three states, of which one follows the
 * evidence; and more states than one say more of mice that were left out. */
#include "support/check.h"
#include "support/rising.h"
#include "support/shared.h"

#include <analysis/formats/array_io.h>
#include <analysis/models/glm_hmm.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_COVARIATES = 10,
    EVIDENCE = 1, /* column of the cues' difference */
    MOST_SESSIONS = 400
};

/* All choices as the files give them. */
typedef struct choices {
    bool is_there;
    ana_matrix *x;
    ana_matrix *y;
    ana_matrix *start; /* of sessions, and the end */
} choices;

static ana_matrix *read_array(const char *name)
{
    char path[512];
    char relative[128] = "data/spikes/mouse_glmhmm_d1/direct_";
    ana_matrix *matrix = NULL;
    strncat(relative, name, sizeof relative - strlen(relative) - 1);
    if (!shared_path(relative, path, sizeof path)) {
        return NULL;
    }
    check_ok(ana_matrix_read(path, NULL, &matrix));
    return matrix;
}

static choices read_choices(void)
{
    choices c = {.x = read_array("x.npy"), .y = read_array("y.npy")};
    c.is_there = c.x != NULL && c.y != NULL;
    if (c.is_there) {
        c.start = read_array("sessions.npy");
    }
    return c;
}

/* Sessions of one half, or (half 2) of all. */
typedef struct part {
    ana_observations *responses;
    ana_observations *covariates;
    ana_design *design;
    ana_glm_hmm_data data;
} part;

/* Mice come one after the other: the first half of the sessions are other mice than the second. */
static part take(const choices *c, size_t half)
{
    part p = {0};
    size_t lengths[MOST_SESSIONS];
    const size_t all = c->start->axes[0].n - 1;
    const size_t first = half == 1 ? all / 2 : 0;
    const size_t end = half == 0 ? all / 2 : all;
    const size_t row = (size_t)c->start->values[first];
    const size_t n = (size_t)c->start->values[end] - row;
    for (size_t s = first; s < end; s++) {
        lengths[s - first] = (size_t)(c->start->values[s + 1] - c->start->values[s]);
    }
    check_ok(ana_observations_new(n, 1, &p.responses));
    check_ok(ana_observations_new(n, N_COVARIATES, &p.covariates));
    memcpy(p.responses->values, c->y->values + row, n * sizeof(double));
    memcpy(p.covariates->values, c->x->values + row * N_COVARIATES,
           n * N_COVARIATES * sizeof(double));
    check_ok(ana_observations_set_sequences(p.responses, end - first, lengths, NULL));
    check_ok(ana_observations_set_sequences(p.covariates, end - first, lengths, NULL));
    const ana_design_source source = {.covariates = p.covariates, .no_intercept = true};
    check_ok(ana_design_new(&source, &p.design));
    p.data = (ana_glm_hmm_data){.responses = p.responses, .design = p.design};
    return p;
}

static void release(part *p)
{
    ana_design_free(p->design);
    ana_observations_free(p->responses);
    ana_observations_free(p->covariates);
}

static ana_glm_hmm *fit_states(const part *p, size_t n_states)
{
    ana_glm_hmm_options options = ana_glm_hmm_options_default();
    ana_glm_hmm *fit = NULL;
    options.n_states = n_states;
    options.family = (ana_glm_family){.distribution = ANA_GLM_BERNOULLI, .link = ANA_GLM_CANONICAL};
    options.tolerance = 1e-6;
    options.run.seed = 1;
    check_ok(ana_glm_hmm_fit(&p->data, &options, &fit));
    check_rises(&fit->info);
    for (size_t i = 1; i < fit->info.n_trace; i++) {
        assert_true(fit->info.trace[i] >= fit->info.trace[i - 1] - 1e-6);
    }
    return fit;
}

static void one_state_of_three_follows_the_evidence(void **state)
{
    choices *c = *state;
    part all = take(c, 2);
    ana_glm_hmm *fit = fit_states(&all, 3);
    size_t best = 0;
    for (size_t k = 0; k < 3; k++) {
        print_message("state %zu, %.3f a trial stays; weights (with errors):", k + 1,
                      fit->transition[k * 4]);
        for (size_t i = 0; i < N_COVARIATES; i++) {
            print_message(" %.2f (%.2f)", fit->coefficients[k * N_COVARIATES + i],
                          fit->standard_errors[k * N_COVARIATES + i]);
        }
        print_message("\n");
        const double here = fit->coefficients[k * N_COVARIATES + EVIDENCE];
        best = fabs(here) > fabs(fit->coefficients[best * N_COVARIATES + EVIDENCE]) ? k : best;
    }
    const double most = fabs(fit->coefficients[best * N_COVARIATES + EVIDENCE]);
    for (size_t k = 0; k < 3; k++) {
        const size_t cell = k * N_COVARIATES + EVIDENCE;
        const double error =
            hypot(fit->standard_errors[cell], fit->standard_errors[best * N_COVARIATES + EVIDENCE]);
        assert_true(fit->standard_errors[cell] > 0.0 && fit->standard_errors[cell] < 0.5);
        assert_true(k == best || most - fabs(fit->coefficients[cell]) > 5.0 * error);
        assert_true(fit->transition[k * 4] > 0.8);
    }
    ana_glm_hmm_free(fit);
    release(&all);
}

static void more_states_say_more_of_other_mice(void **state)
{
    choices *c = *state;
    part train = take(c, 0);
    part test = take(c, 1);
    double before = -INFINITY;
    for (size_t k = 1; k <= 3; k++) {
        double score = 0.0;
        ana_glm_hmm *fit = fit_states(&train, k);
        check_ok(ana_glm_hmm_score(fit, &test.data, NULL, &score));
        score /= (double)test.responses->n_times;
        print_message("%zu states: %.4f nats a choice of mice left out\n", k, score);
        assert_true(score > before);
        before = score;
        ana_glm_hmm_free(fit);
    }
    release(&train);
    release(&test);
}

int main(void)
{
    choices c = read_choices();
    if (!c.is_there) {
        return TEST_SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(one_state_of_three_follows_the_evidence, &c),
        cmocka_unit_test_prestate(more_states_say_more_of_other_mice, &c),
    };
    const int failed = cmocka_run_group_tests_name("glm_hmm_choices", tests, NULL, NULL);
    ana_matrix_free(c.x);
    ana_matrix_free(c.y);
    ana_matrix_free(c.start);
    return failed;
}
