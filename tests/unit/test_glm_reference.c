/* Fits whose dispersion is fitted along, against make_glm.py. */
#include "support/check.h"
#include "support/reference_json.h"

#include <analysis/models/glm.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_COVARIATES = 3
};

static size_t place(const char *const *words, const char *word)
{
    size_t i = 0;
    while (words[i] != NULL && strcmp(words[i], word) != 0) {
        i++;
    }
    return i;
}

static ana_glm_options options_of(const reference *root, const char *name)
{
    ana_glm_options options = ana_glm_options_default();
    char path[96];
    snprintf(path, sizeof path, "cases/%s/family", name);
    options.family.distribution =
        (ana_glm_distribution)place(ana_glm_distribution_names, reference_text(root, path));
    snprintf(path, sizeof path, "cases/%s/link", name);
    options.family.link = (ana_glm_link)place(ana_glm_link_names, reference_text(root, path));
    snprintf(path, sizeof path, "cases/%s/ridge", name);
    options.ridge = reference_number(root, path);
    options.tolerance = 1e-16; /* a dispersion is stepped to beside the coefficients: linearly */
    return options;
}

static void compare_case(reference *root, const char *name, const ana_design *design)
{
    const size_t n = ana_design_n_times(design);
    const ana_glm_options options = options_of(root, name);
    ana_observations *responses = NULL;
    ana_glm *glm = NULL;
    char path[96];
    check_ok(ana_observations_new(n, 1, &responses));
    snprintf(path, sizeof path, "cases/%s/y", name);
    memcpy(responses->values, reference_doubles(root, path, NULL), n * sizeof(double));
    snprintf(path, sizeof path, "cases/%s/weights", name);
    const ana_glm_data data = {
        .responses = responses, .design = design, .weights = reference_doubles(root, path, NULL)};
    check_ok(ana_glm_fit(&data, &options, &glm));
    assert_true(glm->info.converged);
    snprintf(path, sizeof path, "cases/%s/coefficients", name);
    check_all_close(1 + N_COVARIATES, glm->coefficients, reference_doubles(root, path, NULL), 1e-8,
                    1e-8);
    snprintf(path, sizeof path, "cases/%s/dispersion", name);
    check_close(glm->dispersion[0], reference_number(root, path), 0.0, 1e-7);
    snprintf(path, sizeof path, "cases/%s/log_likelihood", name);
    check_close(glm->log_likelihood[0], reference_number(root, path), 0.0, 1e-11);
    ana_glm_free(glm);
    ana_observations_free(responses);
}

static void dispersions_are_those_of_an_independent_solution(void **state)
{
    (void)state;
    reference *root = reference_open("glm.json");
    const size_t n = reference_axis(root, "x", 0);
    ana_observations *covariates = NULL;
    ana_design *design = NULL;
    check_ok(ana_observations_new(n, N_COVARIATES, &covariates));
    memcpy(covariates->values, reference_doubles(root, "x", NULL),
           n * N_COVARIATES * sizeof(double));
    const ana_design_source source = {.covariates = covariates};
    check_ok(ana_design_new(&source, &design));
    const size_t n_cases = reference_count(root, "cases");
    assert_true(n_cases == 6);
    for (size_t i = 0; i < n_cases; i++) {
        compare_case(root, reference_key(root, "cases", i), design);
    }
    ana_design_free(design);
    ana_observations_free(covariates);
    reference_close(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dispersions_are_those_of_an_independent_solution),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
