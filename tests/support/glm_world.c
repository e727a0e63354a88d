#include "support/glm_world.h"

#include "support/check.h"

#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* So weak that no drawn sequence runs away. */
static const double truth[N * P] = {
    -1.2, 0.15, -0.1, 0.05, 0.1,  0.0, 0.05, -0.2, 0.0, 0.0,   0.4,  -0.2, /* */
    -0.8, 0.1,  0.05, 0.0,  0.05, 0.1, 0.0,  0.0,  0.1, 0.05,  -0.3, 0.1,  /* */
    -1.5, 0.0,  0.05, 0.1,  0.05, 0.0, 0.15, -0.1, 0.0, -0.05, 0.2,  0.5};

static double drawn(const ana_glm_family *family, double eta, ana_random *random)
{
    double mean = 0.0;
    ana_glm_mean(family, 1, &eta, &mean);
    switch (family->distribution) {
    case ANA_GLM_BERNOULLI:
        return ana_random_uniform(random) < mean ? 1.0 : 0.0;
    case ANA_GLM_GAUSSIAN:
        return mean + family->dispersion * ana_random_normal(random);
    case ANA_GLM_NEGATIVE_BINOMIAL:
        mean *= ana_random_gamma(random, family->dispersion) / family->dispersion;
        break;
    case ANA_GLM_POISSON:
    case ANA_GLM_CATEGORICAL:
        break;
    }
    return (double)ana_random_poisson(random, mean);
}

void world_begin(size_t n_times, world *made)
{
    ana_basis_options options = ana_basis_options_default();
    const size_t lengths[2] = {n_times / 3, n_times - n_times / 3};
    options.n_functions = B;
    options.n_lags = L;
    check_ok(ana_basis_new(&options, &made->basis));
    check_ok(ana_observations_new(n_times, N, &made->counts));
    check_ok(ana_observations_new(n_times, C, &made->covariates));
    check_ok(ana_observations_set_sequences(made->counts, 2, lengths, NULL));
    check_ok(ana_observations_set_sequences(made->covariates, 2, lengths, NULL));
    made->counts->bin_s = 0.01;
}

void world_finish(world *made)
{
    const ana_design_source source = {
        .history = made->counts, .basis = made->basis, .covariates = made->covariates};
    check_ok(ana_design_new(&source, &made->design));
    made->data.responses = made->counts;
    made->data.design = made->design;
}

world world_draw(size_t n_times, ana_glm_family family, uint64_t seed)
{
    world made = {0};
    ana_random random = ana_random_stream(seed, "glm.test", 0);
    world_begin(n_times, &made);
    for (size_t i = 0; i < n_times * C; i++) {
        made.covariates->values[i] = ana_random_normal(&random);
    }
    for (size_t t = 0; t < n_times; t++) {
        const size_t start = t < n_times / 3 ? 0 : n_times / 3;
        for (size_t u = 0; u < N; u++) {
            const double *beta = truth + u * P;
            double eta = beta[0];
            for (size_t l = 1; l <= L && t >= start + l; l++) {
                for (size_t i = 0; i < N * B; i++) {
                    eta += beta[1 + i] * made.basis->values[(l - 1) * B + i % B] *
                           made.counts->values[(t - l) * N + i / B];
                }
            }
            for (size_t c = 0; c < C; c++) {
                eta += beta[1 + N * B + c] * made.covariates->values[t * C + c];
            }
            made.counts->values[t * N + u] = drawn(&family, eta, &random);
        }
    }
    world_finish(&made);
    return made;
}

void world_release(world *made)
{
    ana_design_free(made->design);
    ana_basis_free(made->basis);
    ana_observations_free(made->counts);
    ana_observations_free(made->covariates);
}

const ana_glm_family families[N_FAMILIES] = {
    {ANA_GLM_POISSON, ANA_GLM_CANONICAL, 1.0, 0},
    {ANA_GLM_POISSON, ANA_GLM_SOFTPLUS, 1.0, 0},
    {ANA_GLM_POISSON, ANA_GLM_SIGMOID, 1.0, 0},
    {ANA_GLM_POISSON, ANA_GLM_SQRT_SOFTPLUS, 1.0, 0},
    {ANA_GLM_POISSON, ANA_GLM_LOG1P_SOFTPLUS, 1.0, 0},
    {ANA_GLM_BERNOULLI, ANA_GLM_CANONICAL, 1.0, 0},
    {ANA_GLM_NEGATIVE_BINOMIAL, ANA_GLM_CANONICAL, 1.6, 0},
    {ANA_GLM_GAUSSIAN, ANA_GLM_CANONICAL, 0.7, 0},
    {ANA_GLM_GAUSSIAN, ANA_GLM_SOFTPLUS, 0.5, 0},
};

const ana_glm_family poisson = {ANA_GLM_POISSON, ANA_GLM_CANONICAL, 1.0, 0};

void world_gradient(const world *from, const ana_glm *glm, size_t unit, double *out)
{
    const size_t p = glm->n_columns;
    const double *beta = glm->coefficients + unit * p;
    double *row = calloc(p, sizeof *row);
    ana_glm_family family = glm->family;
    if (!isnan(glm->dispersion[unit])) {
        family.dispersion = glm->dispersion[unit];
    }
    memset(out, 0, p * sizeof *out);
    for (size_t t = 0; t < from->counts->n_times; t++) {
        double eta = 0.0;
        double slope = 0.0;
        if (!ana_design_usable(from->design, t)) {
            continue;
        }
        check_ok(ana_design_panel(from->design, t, 1, row));
        for (size_t c = 0; c < p; c++) {
            eta += beta[c] * row[c];
        }
        ana_glm_derivatives(&family, false, 1, from->counts->values + t * glm->n_units + unit, &eta,
                            (ana_glm_outputs){NULL, &slope, NULL});
        for (size_t c = 0; c < p; c++) {
            out[c] += (from->data.weights != NULL ? from->data.weights[t] : 1.0) * slope * row[c];
        }
    }
    for (size_t c = glm->history_column; c < p; c++) {
        out[c] -= glm->ridge * beta[c];
        if (glm->smooth > 0.0 && c < 1 + N * B) {
            const size_t b = (c - 1) % B;
            out[c] -= b > 0 ? glm->smooth * (beta[c] - beta[c - 1]) : 0.0;
            out[c] -= b + 1 < B ? glm->smooth * (beta[c] - beta[c + 1]) : 0.0;
        }
    }
    free(row);
}

void check_never_falls(const ana_glm *glm)
{
    for (size_t i = 1; i < glm->info.n_trace; i++) {
        assert_true(glm->info.trace[i] >=
                    glm->info.trace[i - 1] - 1e-10 * (1.0 + fabs(glm->info.trace[i])));
    }
}
