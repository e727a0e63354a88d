/* Dynamics of one system: the regression of each state on the one before. */
#include "dense.h"
#include "dsa_parts.h"
#include "eigenvalues.h"
#include "memory.h"
#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* out (n x n) = the leading block of a (width x width). */
static void take_block(size_t n, size_t width, const double *a, double *out)
{
    for (size_t i = 0; i < n; i++) {
        memcpy(out + i * n, a + i * width, n * sizeof *out);
    }
}

/* coefficients (n x n) of the next state on this one: (V-^T V- + ridge)^-1 V-^T V+. */
static ana_status regress_all(size_t n, double ridge, double *past, const double *cross,
                              double *coefficients)
{
    for (size_t k = 0; k < n; k++) {
        past[k * n + k] += ridge;
    }
    return ana_linalg_solve_spd(n, past, n, cross, coefficients);
}

/* Mukherjee & Zhu (2011): the leading directions of what ridge regression predicts. */
static ana_status reduce(size_t n, const double *cross, const double *coefficients,
                         ana_workspace *workspace, ana_dsa_dynamics *out)
{
    ana_status status = ANA_OK;
    const size_t r = out->rank;
    const ana_gemm outer = {n, n, n, true, false, 1.0, 0.0};
    const ana_gemm onto = {n, n, r, false, true, 1.0, 0.0};
    const ana_gemm within = {r, n, r, false, false, 1.0, 0.0};
    double *predicted = ana_workspace_doubles(workspace, n, n);
    double *values = ana_workspace_doubles(workspace, n, 1);
    double *vectors = ana_workspace_doubles(workspace, n, n);
    double *square = ana_workspace_doubles(workspace, r, r);
    out->decode = ana_workspace_doubles(workspace, r, n);
    out->predict = ana_workspace_doubles(workspace, n, r);
    ANA_TRY(ana_workspace_check(workspace, "dsa"));
    ANA_TRY(ana_linalg_gemm(&outer, cross, coefficients, predicted));
    ANA_TRY(ana_linalg_eigen_symmetric(n, predicted, values, vectors));
    for (size_t k = 0; k < r; k++) { /* the largest first */
        memcpy(out->decode + k * n, vectors + (n - 1 - k) * n, n * sizeof *vectors);
    }
    ANA_TRY(ana_linalg_gemm(&onto, coefficients, out->decode, out->predict));
    ANA_TRY(ana_linalg_gemm(&within, out->decode, out->predict, square));
    ana_transpose(r, r, square, out->a);
done:
    return status;
}

ana_status ana_dsa_regress(const ana_dsa_states *states, size_t rank,
                           const ana_dsa_options *options, ana_workspace *workspace,
                           ana_dsa_dynamics *out)
{
    ana_status status = ANA_OK;
    const bool reduced = options->regression == ANA_DSA_REDUCED_RANK;
    const size_t n = reduced ? states->n : rank;
    double *past = ana_workspace_doubles(workspace, n, n);
    double *cross = ana_workspace_doubles(workspace, n, n);
    double *coefficients = ana_workspace_doubles(workspace, n, n);
    *out = (ana_dsa_dynamics){.rank = rank,
                              .a = ana_workspace_doubles(workspace, rank, rank),
                              .n_in = n,
                              .predict = coefficients};
    ANA_TRY(ana_workspace_check(workspace, "dsa"));
    take_block(n, states->n, states->past, past);
    take_block(n, states->n, states->cross, cross);
    status = states->n_followed >= n || options->ridge > 0.0
                 ? regress_all(n, options->ridge, past, cross, coefficients)
                 : ANA_ERR_NUMERIC;
    if (status == ANA_ERR_NUMERIC) {
        ana_fail(ANA_ERR_VALUE,
                 "%zu transitions are too few, or too much alike, for %zu states; fewer states or "
                 "a ridge are needed",
                 states->n_followed, n);
        return ANA_ERR_VALUE;
    }
    ANA_TRY(status);
    if (reduced) {
        ANA_TRY(reduce(n, cross, coefficients, workspace, out));
    } else {
        ana_transpose(n, n, coefficients, out->a);
    }
done:
    return status;
}

static ana_status find_dynamics(const ana_dsa_samples *samples, const ana_dsa_embedding *embedding,
                                const ana_dsa_options *options, bool quick,
                                ana_workspace *workspace, ana_dsa_states *states,
                                ana_dsa_dynamics *dynamics)
{
    ana_status status = ANA_OK;
    const size_t rank = options->rank;
    const bool reduced = options->regression == ANA_DSA_REDUCED_RANK;
    if (embedding->n_followed == 0) {
        ana_fail(ANA_ERR_VALUE,
                 "dsa: %s: no stretch of %zu samples without a missing value in one trial, as one "
                 "step of %zu delays of %zu needs",
                 samples->name, (options->n_delays - 1) * options->delay_interval + 2,
                 options->n_delays, options->delay_interval);
        return ANA_ERR_VALUE;
    }
    ANA_TRY(ana_dsa_find_states(embedding, options->centre, reduced ? SIZE_MAX : rank,
                                quick && !reduced, workspace, states));
    if (states->n < rank) {
        ana_fail(ANA_ERR_VALUE, "dsa: %s: rank %zu, but the embedding has rank %zu", samples->name,
                 rank, states->n);
        return ANA_ERR_VALUE;
    }
    status = ana_dsa_regress(states, rank, options, workspace, dynamics);
    if (status == ANA_ERR_VALUE) {
        ana_fail_in(ANA_ERR_VALUE, "dsa: %s: ", samples->name);
    }
done:
    return status;
}

ana_status ana_dsa_fit_stretches(const ana_dsa_samples *samples, size_t n_stretches,
                                 const ana_dsa_stretch *stretches, const ana_dsa_options *options,
                                 double *dynamics)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_dsa_embedding embedding = {.n_rows = 0};
    ana_dsa_states states = {.n = 0};
    ana_dsa_dynamics found = {.rank = 0};
    const size_t r = options->rank;
    const ana_dsa_delays delays = {options->n_delays, options->delay_interval,
                                   (options->n_delays - 1) * options->delay_interval};
    ANA_TRY(ana_dsa_embed(samples, n_stretches, stretches, &delays, &options->run, &workspace,
                          &embedding));
    ANA_TRY(find_dynamics(samples, &embedding, options, true, &workspace, &states, &found));
    memcpy(dynamics, found.a, r * r * sizeof *dynamics);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Mean squared error of the next state over its mean square: from the moments alone. */
static double error_of_states(const ana_dsa_states *states, const ana_dsa_dynamics *dynamics)
{
    const size_t n = states->n;
    const size_t r = dynamics->rank;
    double explained = 0.0;
    double square = 0.0;
    double whole = 0.0;
    if (dynamics->decode != NULL) { /* of all states */
        for (size_t k = 0; k < n; k++) {
            whole += states->future[k * n + k];
        }
    }
    for (size_t k = 0; k < r; k++) {
        whole += dynamics->decode == NULL ? states->future[k * n + k] : 0.0;
        for (size_t i = 0; i < dynamics->n_in; i++) {
            const double weight = dynamics->predict[i * r + k];
            double cross = dynamics->decode == NULL ? states->cross[i * n + k] : 0.0;
            for (size_t j = 0; dynamics->decode != NULL && j < n; j++) {
                cross += states->cross[i * n + j] * dynamics->decode[k * n + j];
            }
            explained += weight * cross;
            for (size_t j = 0; j < dynamics->n_in; j++) {
                square += weight * states->past[i * n + j] * dynamics->predict[j * r + k];
            }
        }
    }
    return (whole - 2.0 * explained + square) / whole;
}

/* How many trials have a transition, and how many rows a missing value cost. */
static void count_rows(const ana_observations *observations, const ana_dsa_samples *samples,
                       const ana_dsa_delays *delays, ana_dsa_system *system)
{
    size_t last = SIZE_MAX;
    for (size_t s = 0; s < samples->n_stretches; s++) {
        const ana_dsa_stretch *stretch = &samples->stretches[s];
        if (stretch->length > delays->skip + 1 && stretch->trial != last) {
            last = stretch->trial;
            system->n_trials++;
        }
    }
    for (size_t s = 0; s < observations->n_sequences; s++) {
        const size_t length = observations->sequence_start[s + 1] - observations->sequence_start[s];
        system->n_rows_left_out += length > delays->skip ? length - delays->skip : 0;
    }
    system->n_rows_left_out -= system->n_rows;
}

static ana_status fill_system(const ana_dsa_states *states, const ana_dsa_dynamics *dynamics,
                              ana_dsa_system *system)
{
    ana_status status = ANA_OK;
    const size_t r = dynamics->rank;
    system->rank = r;
    ANA_TRY(ana_allocate(r * r, sizeof(double), "dsa", (void *)&system->dynamics));
    ANA_TRY(ana_allocate(2 * r, sizeof(double), "dsa", (void *)&system->eigenvalues));
    ANA_TRY(ana_allocate(r, sizeof(double), "dsa", (void *)&system->singular));
    memcpy(system->dynamics, dynamics->a, r * r * sizeof(double));
    memcpy(system->singular, states->singular, r * sizeof(double));
    ANA_TRY(ana_linalg_eigenvalues(r, dynamics->a, system->eigenvalues));
    for (size_t k = 0; k < r; k++) {
        system->explained += states->singular[k] * states->singular[k] / states->total;
    }
    system->error = error_of_states(states, dynamics);
done:
    return status;
}

ana_status ana_dsa_fit(const ana_observations *observations, const char *name,
                       const ana_dsa_options *options, ana_dsa_system **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_dsa_samples samples = {.n_units = 0};
    ana_dsa_embedding embedding = {.n_rows = 0};
    ana_dsa_states states = {.n = 0};
    ana_dsa_dynamics dynamics = {.rank = 0};
    ana_dsa_system *system = NULL;
    const ana_dsa_options settings = options != NULL ? *options : ana_dsa_options_default();
    ANA_TRY(ana_options_check(ana_dsa_option_table, &settings, "dsa"));
    if (settings.n_delays == 0 || settings.rank == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "dsa: %zu delays and rank %zu; a fit needs both",
                         settings.n_delays, settings.rank));
    }
    const ana_dsa_delays delays = {settings.n_delays, settings.delay_interval,
                                   (settings.n_delays - 1) * settings.delay_interval};
    ANA_TRY(ana_dsa_take_samples(observations, name, &workspace, &samples));
    ANA_TRY(ana_dsa_embed(&samples, samples.n_stretches, samples.stretches, &delays, &settings.run,
                          &workspace, &embedding));
    ANA_TRY(find_dynamics(&samples, &embedding, &settings, false, &workspace, &states, &dynamics));
    ANA_TRY(ana_allocate(1, sizeof *system, "dsa", (void *)&system));
    ANA_TRY(ana_copy_text(samples.name, &system->name));
    system->n_units = samples.n_units;
    system->n_units_left_out = samples.n_units_left_out;
    system->n_rows = embedding.n_rows;
    system->n_transitions = embedding.n_followed;
    count_rows(observations, &samples, &delays, system);
    ANA_TRY(fill_system(&states, &dynamics, system));
    *out = system;
    system = NULL;
done:
    ana_dsa_system_free(system);
    ana_workspace_release(&workspace);
    return status;
}

void ana_dsa_system_free(ana_dsa_system *system)
{
    if (system == NULL) {
        return;
    }
    free(system->name);
    free(system->dynamics);
    free(system->eigenvalues);
    free(system->singular);
    free(system);
}
