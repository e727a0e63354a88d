/* dsa.h5: three systems by three embeddings. Distances are of the best of 60 searches; the peer's
 * own (gradient descent, stopped after 200 or 500 steps) can only be above them. */
#include "alignment.h"
#include "support/check.h"

#include <analysis/models/dsa.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_SYSTEMS = 3,
    N_CASES = 3,
    MOST_RANK = 8
};

static ana_observations *read_system(const h5_reference *file, size_t number)
{
    char path[64];
    ana_observations *system = NULL;
    size_t lengths[16];
    snprintf(path, sizeof path, "in/data%zu", number);
    h5_doubles data = h5_reference_doubles(file, path);
    check_ok(ana_observations_new(data.shape[0] * data.shape[1], data.shape[2], &system));
    for (size_t k = 0; k < data.shape[0]; k++) {
        lengths[k] = data.shape[1];
    }
    check_ok(ana_observations_set_sequences(system, data.shape[0], lengths, NULL));
    memcpy(system->values, data.values, data.n * sizeof(double));
    h5_doubles_free(&data);
    return system;
}

/* The signs of the states are free: those under which the dynamics are nearest to the file's. */
static void settle_signs(size_t r, const double *wanted, double *a)
{
    unsigned best = 0;
    double least = INFINITY;
    for (unsigned signs = 0; signs < 1u << r; signs++) {
        double apart = 0.0;
        for (size_t i = 0; i < r * r; i++) {
            const double sign = ((signs >> (i / r)) ^ (signs >> (i % r))) & 1u ? -1.0 : 1.0;
            apart += fabs(sign * a[i] - wanted[i]);
        }
        if (apart < least) {
            least = apart;
            best = signs;
        }
    }
    for (size_t i = 0; i < r * r; i++) {
        a[i] *= ((best >> (i / r)) ^ (best >> (i % r))) & 1u ? -1.0 : 1.0;
    }
}

/* As the file orders eigenvalues: by real part, then by imaginary part. */
static int compare_complex(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;
    const size_t k = x[0] != y[0] ? 0 : 1;
    return (x[k] > y[k]) - (x[k] < y[k]);
}

static void hold_system(const h5_reference *file, size_t c, size_t s, const ana_dsa_system *system,
                        tally *counts)
{
    char path[64];
    double a[MOST_RANK * MOST_RANK];
    double eigenvalues[2 * MOST_RANK];
    double norm = 0.0;
    const size_t r = system->rank;
    snprintf(path, sizeof path, "cfg%zu/out/A%zu", c, s);
    h5_doubles wanted = h5_reference_doubles(file, path);
    memcpy(a, system->dynamics, r * r * sizeof *a);
    settle_signs(r, wanted.values, a);
    compare_output(file, path, r * r, a, counts);
    h5_doubles_free(&wanted);
    memcpy(eigenvalues, system->eigenvalues, 2 * r * sizeof *eigenvalues);
    qsort(eigenvalues, r, 2 * sizeof *eigenvalues, compare_complex);
    snprintf(path, sizeof path, "cfg%zu/out/eig%zu", c, s);
    compare_output(file, path, 2 * r, eigenvalues, counts);
    snprintf(path, sizeof path, "cfg%zu/out/peer_eig%zu", c, s);
    compare_output(file, path, 2 * r, eigenvalues, counts);
    for (size_t i = 0; i < r * r; i++) {
        norm += a[i] * a[i];
    }
    norm = sqrt(norm);
    snprintf(path, sizeof path, "cfg%zu/out/peer_norm%zu", c, s);
    compare_output(file, path, 1, &norm, counts);
}

/* The peer's searches end above the best. */
static void hold_below(const h5_reference *file, size_t c, const char *name, size_t i, size_t j,
                       double value, tally *counts)
{
    char path[64];
    snprintf(path, sizeof path, "cfg%zu/out/%s_%zu%zu", c, name, i, j);
    h5_doubles peer = h5_reference_doubles(file, path);
    counts->n_cases++;
    tally_that(counts, value <= peer.values[0] + 1e-6, "%s: %.9g, above the peer's %.9g", path,
               value, peer.values[0]);
    h5_doubles_free(&peer);
}

static void hold_pair(const h5_reference *file, size_t c, const ana_dsa *angular,
                      const ana_dsa *euclidean, size_t i, size_t j, tally *counts)
{
    char path[64];
    const size_t at = i * N_SYSTEMS + j;
    const double square = angular->eigenvalue_distances[at] * angular->eigenvalue_distances[at];
    snprintf(path, sizeof path, "cfg%zu/out/dsa_angular_%zu%zu", c, i, j);
    compare_output(file, path, 1, &angular->distances[at], counts);
    snprintf(path, sizeof path, "cfg%zu/out/dsa_euclid_norm_%zu%zu", c, i, j);
    compare_output(file, path, 1, &euclidean->distances[at], counts);
    snprintf(path, sizeof path, "cfg%zu/out/wasserstein_%zu%zu", c, i, j);
    compare_output(file, path, 1, &square, counts);
    hold_below(file, c, "peer_angular", i, j, angular->distances[at], counts);
    hold_below(file, c, "peer_default_angular", i, j, angular->distances[at], counts);
}

static void hold_case(const h5_reference *file, size_t c, const ana_observations *const *systems,
                      tally *counts)
{
    char path[64];
    ana_dsa *angular = NULL;
    ana_dsa *euclidean = NULL;
    ana_dsa_options options = ana_dsa_options_default();
    snprintf(path, sizeof path, "cfg%zu/in/params", c);
    h5_doubles given = h5_reference_doubles(file, path);
    options.n_delays = (size_t)given.values[0];
    options.delay_interval = (size_t)given.values[1];
    options.rank = (size_t)given.values[2];
    options.ridge = given.values[3];
    options.centre = false;
    h5_doubles_free(&given);
    check_ok(ana_dsa_compare(N_SYSTEMS, systems, NULL, &options, &angular));
    options.measure = ANA_DSA_EUCLIDEAN;
    check_ok(ana_dsa_compare(N_SYSTEMS, systems, NULL, &options, &euclidean));
    for (size_t i = 0; i < N_SYSTEMS; i++) {
        hold_system(file, c, i, angular->systems[i], counts);
        for (size_t j = i + 1; j < N_SYSTEMS; j++) {
            hold_pair(file, c, angular, euclidean, i, j, counts);
        }
    }
    ana_dsa_free(angular);
    ana_dsa_free(euclidean);
}

void compare_dsa(const h5_reference *file, tally *counts)
{
    ana_observations *systems[N_SYSTEMS];
    for (size_t s = 0; s < N_SYSTEMS; s++) {
        systems[s] = read_system(file, s);
    }
    for (size_t c = 0; c < N_CASES; c++) {
        hold_case(file, c, (const ana_observations *const *)systems, counts);
    }
    for (size_t s = 0; s < N_SYSTEMS; s++) {
        ana_observations_free(systems[s]);
    }
}
