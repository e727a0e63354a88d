/* Linear models of six coupled units: an exact Newton of the maker's own, scikit-learn and
 * statsmodels. */
#include "plain_em.h"
#include "states.h"
#include "support/check.h"

#include <analysis/models/glm.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The data of the file. */
typedef struct recording {
    ana_observations *counts;
    ana_basis *basis;
    ana_design *design;
} recording;

/* One fit with its scores, of all units; a case of statsmodels is about one of them. */
typedef struct answers {
    ana_glm *glm;
    size_t unit;
    double *scores; /* 7 x n_units */
    double pearson;
} answers;

static recording read_recording(const h5_reference *file)
{
    recording found = {0};
    h5_doubles y = h5_reference_doubles(file, "y");
    h5_doubles basis = h5_reference_doubles(file, "basis");
    check_ok(ana_observations_new(y.shape[0], y.shape[1], &found.counts));
    memcpy(found.counts->values, y.values, y.n * sizeof(double));
    check_ok(ana_basis_custom(basis.shape[0], basis.shape[1], basis.values, &found.basis));
    const ana_design_source source = {.history = found.counts, .basis = found.basis};
    check_ok(ana_design_new(&source, &found.design));
    h5_doubles_free(&basis);
    h5_doubles_free(&y);
    return found;
}

static void release(recording *found)
{
    ana_design_free(found->design);
    ana_basis_free(found->basis);
    ana_observations_free(found->counts);
}

static answers fit(const recording *from, const ana_observations *responses,
                   const ana_glm_options *options, const double *weights)
{
    answers found = {0};
    const ana_glm_data data = {.responses = responses, .design = from->design, .weights = weights};
    const size_t n = responses->n_features;
    check_ok(ana_glm_fit(&data, options, &found.glm));
    found.scores = calloc(7 * n, sizeof(double));
    double *s = found.scores;
    const ana_glm_scores scores = {s, s + n, s + 2 * n, s + 3 * n, s + 4 * n, s + 5 * n, s + 6 * n};
    check_ok(ana_glm_score(found.glm, &data, NULL, &scores));
    return found;
}

static void free_answers(answers *found)
{
    ana_glm_free(found->glm);
    free(found->scores);
}

static void compare_history(const h5_reference *file, const recording *from, tally *counts)
{
    h5_doubles wanted = h5_reference_doubles(file, "H_first200");
    const size_t n_rows = wanted.shape[0];
    const size_t n_columns = ana_design_n_columns(from->design);
    double *panel = calloc(n_rows * n_columns, sizeof *panel);
    check_ok(ana_design_panel(from->design, 0, n_rows, panel));
    for (size_t t = 0; t < n_rows; t++) {
        for (size_t c = 1; c < n_columns; c++) {
            tally_number(counts, panel[t * n_columns + c],
                         wanted.values[t * (n_columns - 1) + c - 1], 1e-13, 1e-13,
                         "H_first200[%zu, %zu]", t, c);
        }
    }
    free(panel);
    h5_doubles_free(&wanted);
}

/* The file's softplus fits stopped where the gradient was still up to 2.6e-6, beyond the error that
 * its tolerance allows. So they are taken on from there, to the end of long double's digits: what
 * comes out is higher than the file's values, and is what ours have to be. */
static void compare_softplus(const h5_reference *file, const recording *from, double ridge,
                             const answers *found, tally *counts)
{
    const char *path = "gold_softplus_ridge_beta";
    h5_doubles basis = h5_reference_doubles(file, "basis");
    h5_doubles wanted = h5_reference_doubles(file, path);
    const tolerance allowed = tolerance_of(file, path);
    plain_data data = {.n_times = from->counts->n_times,
                       .n_units = from->counts->n_features,
                       .n_sequences = from->counts->n_sequences,
                       .sequence_start = from->counts->sequence_start,
                       .counts = from->counts->values,
                       .softplus = true,
                       .ridge = ridge};
    plain_fill_columns(&data, basis.shape[0], basis.shape[1], basis.values);
    const size_t p = data.n_columns;
    long double *beta = calloc(p, sizeof *beta);
    for (size_t u = 0; u < data.n_units; u++) {
        for (size_t c = 0; c < p; c++) {
            beta[c] = (long double)wanted.values[u * p + c];
        }
        const long double before = plain_value(&data, u, NULL, 0, beta);
        plain_newton(&data, u, NULL, 0, beta);
        tally_that(counts, plain_value(&data, u, NULL, 0, beta) >= before,
                   "%s: unit %zu: the file's value is the higher one", path, u);
        for (size_t c = 0; c < p; c++) {
            const double ours = found->glm->coefficients[u * p + c];
            tally_number(counts, ours, (double)beta[c], allowed.absolute, allowed.relative,
                         "%s, taken on: [%zu, %zu]", path, u, c);
            tally_number(counts, ours, wanted.values[u * p + c], 30.0 * allowed.absolute,
                         allowed.relative, "%s[%zu, %zu]", path, u, c);
        }
    }
    free(beta);
    free(data.columns);
    h5_doubles_free(&basis);
    h5_doubles_free(&wanted);
}

static void compare_ridge(const h5_reference *file, const recording *from, tally *counts)
{
    h5_doubles ridge = h5_reference_doubles(file, "lam");
    ana_glm_options options = ana_glm_options_default();
    options.ridge = ridge.values[0];
    for (int solver = ANA_GLM_SOLVER_NEWTON; solver <= ANA_GLM_SOLVER_PCG; solver++) {
        options.solver = (ana_glm_solver)solver;
        options.tolerance = 1e-18;
        options.family.link = ANA_GLM_CANONICAL;
        answers found = fit(from, from->counts, &options, NULL);
        const size_t n = found.glm->n_units * found.glm->n_columns;
        compare_array(file, "gold_ridge_beta", n, found.glm->coefficients, 1.0, counts);
        compare_array(file, "peer_sklearn_ridge_beta", n, found.glm->coefficients, 1.0, counts);
        free_answers(&found);
        options.family.link = ANA_GLM_SOFTPLUS;
        found = fit(from, from->counts, &options, NULL);
        compare_softplus(file, from, ridge.values[0], &found, counts);
        free_answers(&found);
    }
    h5_doubles_free(&ridge);
}

static bool compare_quantity(const h5_reference *file, const char *path, const char *name,
                             const void *all, tally *counts)
{
    const answers *found = all;
    const ana_glm *glm = found->glm;
    const size_t u = found->unit;
    const size_t n = glm->n_units;
    const size_t p = glm->n_columns;
    const double *s = found->scores;
    const double null_deviance =
        2.0 * (glm->saturated_log_likelihood[u] - glm->null_log_likelihood[u]);
    const struct {
        const char *name;
        size_t n;
        const double *values;
    } known[] = {{"beta", p, glm->coefficients + u * p},
                 {"bse", p, glm->standard_errors + u * p},
                 {"llf", 1, s + u},
                 {"deviance", 1, s + n + u},
                 {"pseudo_r2_deviance", 1, s + 2 * n + u},
                 {"pseudo_r2_mcfadden", 1, s + 3 * n + u},
                 {"bits_per_spike", 1, s + 4 * n + u},
                 {"aic", 1, s + 5 * n + u},
                 {"bic_llf", 1, s + 6 * n + u},
                 {"null_deviance", 1, &null_deviance},
                 {"pearson_chi2", 1, &found->pearson}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(name, known[i].name) == 0) {
            compare_array(file, path, known[i].n, known[i].values, 1.0, counts);
            return true;
        }
    }
    return false;
}

/* Sum of (y - mean)^2 / mean, from the means that the model predicts. */
static double pearson_of(const recording *from, const answers *found)
{
    const size_t n = from->counts->n_features;
    const size_t n_times = from->counts->n_times;
    const ana_glm_data data = {.responses = from->counts, .design = from->design};
    double *mean = calloc(n * n_times, sizeof *mean);
    double sum = 0.0;
    check_ok(ana_glm_predict(found->glm, &data, NULL, mean));
    for (size_t t = 0; t < n_times; t++) {
        const size_t i = t * n + found->unit;
        const double rest = from->counts->values[i] - mean[i];
        sum += rest * rest / mean[i];
    }
    free(mean);
    return sum;
}

static void compare_statsmodels(const h5_reference *file, const recording *from, const char *name,
                                tally *counts)
{
    ana_glm_options options = ana_glm_options_default();
    ana_observations *responses = NULL;
    h5_doubles weights = {0};
    char path[64];
    options.ridge = 0.0;
    check_ok(ana_observations_new(from->counts->n_times, from->counts->n_features, &responses));
    memcpy(responses->values, from->counts->values,
           responses->n_times * responses->n_features * sizeof(double));
    if (strstr(name, "logit") != NULL) {
        options.family.distribution = ANA_GLM_BERNOULLI;
        for (size_t i = 0; i < responses->n_times * responses->n_features; i++) {
            responses->values[i] = fmin(responses->values[i], 1.0);
        }
    } else if (strstr(name, "nb_alpha0.5") != NULL) {
        options.family.distribution = ANA_GLM_NEGATIVE_BINOMIAL;
        options.family.dispersion = 2.0;
        options.fixed_dispersion = true;
    }
    snprintf(path, sizeof path, "%s/weights", name);
    if (h5_reference_has(file, path)) {
        weights = h5_reference_doubles(file, path);
    }
    answers found = fit(from, responses, &options, weights.values);
    found.unit = (size_t)(name[strlen(name) - 1] - '0');
    found.pearson = pearson_of(from, &found);
    compare_case(file, name, compare_quantity, &found, counts);
    free_answers(&found);
    h5_doubles_free(&weights);
    ana_observations_free(responses);
}

void compare_poisson_glm(const h5_reference *file, tally *counts)
{
    recording from = read_recording(file);
    h5_names cases = h5_reference_list(file, "/", H5_KIND_GROUP);
    compare_history(file, &from, counts);
    compare_ridge(file, &from, counts);
    for (size_t i = 0; i < cases.n; i++) {
        compare_statsmodels(file, &from, cases.names[i], counts);
    }
    h5_names_free(&cases);
    release(&from);
}
