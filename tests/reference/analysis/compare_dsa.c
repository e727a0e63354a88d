/* dsa.h5: four systems, of which the first two are one in two bases, and three normal operators
 * whose distance has a closed form. The peer's searches start at the identity and end above the
 * best. */
#include "analysis.h"
#include "support/check.h"

#include <analysis/models/dsa.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_SYSTEMS = 4,
    N_NORMAL = 3
};

static ana_observations *system_of(const h5_doubles *x, size_t number)
{
    ana_observations *system = NULL;
    size_t lengths[16];
    const size_t n_trials = x->shape[1];
    const size_t n = n_trials * x->shape[2] * x->shape[3];
    check_ok(ana_observations_new(n_trials * x->shape[2], x->shape[3], &system));
    for (size_t k = 0; k < n_trials; k++) {
        lengths[k] = x->shape[2];
    }
    check_ok(ana_observations_set_sequences(system, n_trials, lengths, NULL));
    memcpy(system->values, x->values + number * n, n * sizeof(double));
    return system;
}

/* As the file orders eigenvalues: by real part, then by imaginary part. */
static int compare_complex(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;
    const size_t k = x[0] != y[0] ? 0 : 1;
    return (x[k] > y[k]) - (x[k] < y[k]);
}

static void hold_eigenvalues(const h5_reference *file, const ana_dsa *dsa, tally *counts)
{
    for (size_t s = 0; s < N_SYSTEMS; s++) {
        char path[32];
        const size_t r = dsa->rank;
        double *sorted = calloc(r, 2 * sizeof *sorted);
        assert_non_null(sorted);
        memcpy(sorted, dsa->systems[s]->eigenvalues, 2 * r * sizeof *sorted);
        qsort(sorted, r, 2 * sizeof *sorted, compare_complex);
        snprintf(path, sizeof path, "havok_eig_%zu", s);
        compare_dataset(file, path, 2 * r, sorted, counts);
        free(sorted);
    }
}

/* The peer's searches end above the best, to its own tolerance. */
static void hold_below(const h5_reference *file, const char *path, const double *values,
                       tally *counts)
{
    h5_doubles peer = h5_reference_doubles(file, path);
    counts->n_cases++;
    for (size_t i = 0; i < peer.n; i++) {
        tally_that(counts, values[i] <= peer.values[i] + 1e-6, "%s[%zu]: %.9g, above %.9g", path, i,
                   values[i], peer.values[i]);
    }
    h5_doubles_free(&peer);
}

static void hold_distances(const h5_reference *file, const ana_dsa *angular,
                           const ana_dsa *euclidean, tally *counts)
{
    double squares[N_SYSTEMS * N_SYSTEMS];
    double totals[N_SYSTEMS * N_SYSTEMS];
    hold_below(file, "angular", angular->distances, counts);
    hold_below(file, "euclidean", euclidean->distances, counts);
    for (size_t i = 0; i < N_SYSTEMS * N_SYSTEMS; i++) {
        squares[i] = angular->eigenvalue_distances[i] * angular->eigenvalue_distances[i];
        totals[i] = sqrt((double)angular->rank) * angular->eigenvalue_distances[i];
    }
    compare_dataset(file, "wasserstein", N_SYSTEMS * N_SYSTEMS, squares, counts);
    compare_dataset(file, "eigen_assignment", N_SYSTEMS * N_SYSTEMS, totals, counts);
}

/* For normal operators the best basis pairs the eigenvalues. */
static void hold_normal(const h5_reference *file, tally *counts)
{
    h5_doubles operators = h5_reference_doubles(file, "normal/ops");
    double distances[N_NORMAL * N_NORMAL] = {0.0};
    const size_t r = operators.shape[1];
    ana_dsa_options options = ana_dsa_options_default();
    options.measure = ANA_DSA_EUCLIDEAN;
    options.unscaled = true;
    for (size_t c = 0; c < N_NORMAL * N_NORMAL; c++) {
        ana_dsa_match match;
        check_ok(ana_dsa_match_dynamics(r, operators.values + c / N_NORMAL * r * r,
                                        operators.values + c % N_NORMAL * r * r, &options, NULL,
                                        &match));
        distances[c] = match.distance;
    }
    compare_dataset(file, "normal/euclidean_exact", N_NORMAL * N_NORMAL, distances, counts);
    h5_doubles_free(&operators);
}

void compare_dsa(const h5_reference *file, tally *counts)
{
    ana_observations *systems[N_SYSTEMS];
    ana_dsa *angular = NULL;
    ana_dsa *euclidean = NULL;
    ana_dsa_options options = ana_dsa_options_default();
    h5_doubles x = h5_reference_doubles(file, "x");
    options.n_delays = 3;
    options.rank = 12;
    options.centre = false;
    for (size_t s = 0; s < N_SYSTEMS; s++) {
        systems[s] = system_of(&x, s);
    }
    const ana_observations *const *all = (const ana_observations *const *)systems;
    check_ok(ana_dsa_compare(N_SYSTEMS, all, NULL, &options, &angular));
    options.measure = ANA_DSA_EUCLIDEAN;
    check_ok(ana_dsa_compare(N_SYSTEMS, all, NULL, &options, &euclidean));
    hold_eigenvalues(file, angular, counts);
    hold_distances(file, angular, euclidean, counts);
    hold_normal(file, counts);
    ana_dsa_free(angular);
    ana_dsa_free(euclidean);
    for (size_t s = 0; s < N_SYSTEMS; s++) {
        ana_observations_free(systems[s]);
    }
    h5_doubles_free(&x);
}
