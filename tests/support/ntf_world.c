#include "support/ntf_world.h"

#include "support/check.h"

#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

const size_t lengths[] = {N, N, T};

double *ntf_draw(size_t n, uint64_t item)
{
    ana_random random = ana_random_stream(6, "test.ntf", item);
    double *values = malloc(n * sizeof *values);
    assert_non_null(values);
    for (size_t k = 0; k < n; k++) {
        values[k] = ana_random_uniform(&random);
    }
    return values;
}

ana_ntf *ntf_plant(uint64_t item)
{
    ana_random random = ana_random_stream(item, "test.ntf.plant", 0);
    ana_ntf *truth = NULL;
    check_ok(ana_ntf_new(3, lengths, RANK, &truth));
    for (size_t m = 0; m < 3; m++) {
        for (size_t k = 0; k < lengths[m] * RANK; k++) {
            truth->factors[m][k] = fmax(0.0, ana_random_normal(&random));
        }
    }
    for (size_t r = 0; r < RANK; r++) {
        truth->weights[r] = 1.0 + (double)r;
    }
    check_ok(ana_ntf_normalise(truth, ANA_NTF_BY_WEIGHT));
    return truth;
}

double *ntf_expand(const ana_ntf *ntf, double noise)
{
    double *values = ntf_draw(N * N * T, 50);
    for (size_t k = 0; k < (size_t)N * N * T; k++) {
        values[k] *= noise;
        for (size_t r = 0; r < ntf->rank; r++) {
            values[k] += ntf->weights[r] * ntf->factors[0][k / T / N * ntf->rank + r] *
                         ntf->factors[1][k / T % N * ntf->rank + r] *
                         ntf->factors[2][k % T * ntf->rank + r];
        }
    }
    return values;
}

ana_affinity *ntf_affinity(bool missing)
{
    ana_random random = ana_random_stream(8, "test.ntf.traces", 0);
    ana_observations *observations = NULL;
    ana_affinity_options options = ana_affinity_options_default();
    ana_affinity *affinity = NULL;
    check_ok(ana_observations_new(T, N, &observations));
    observations->bin_s = 0.5;
    for (size_t i = 0; i < N; i++) {
        double value = 0.0;
        for (size_t t = 0; t < T; t++) {
            value += ana_random_normal(&random);
            const bool unseen = missing && (i == 3 || (i == 6 && t > 12 && t < 22));
            observations->values[t * N + i] = unseen ? (double)NAN : value;
        }
    }
    options.sigma_s = 0.7;
    check_ok(ana_affinity_new(observations, &options, &affinity));
    ana_observations_free(observations);
    return affinity;
}

ana_tensor *ntf_dense(const double *values)
{
    ana_tensor *tensor = NULL;
    check_ok(ana_tensor_dense(3, lengths, values, NULL, NULL, &tensor));
    return tensor;
}

ana_ntf *ntf_start(size_t rank)
{
    ana_ntf *start = NULL;
    check_ok(ana_ntf_new(3, lengths, rank, &start));
    for (size_t m = 0; m < 3; m++) {
        double *values = ntf_draw(lengths[m] * rank, m);
        memcpy(start->factors[m], values, lengths[m] * rank * sizeof *values);
        free(values);
    }
    for (size_t r = 0; r < rank; r++) {
        start->weights[r] = 0.3;
    }
    return start;
}

void check_ntf_never_falls(const ana_ntf *fit)
{
    for (size_t k = 1; k < fit->info.n_trace; k++) {
        assert_true(fit->info.trace[k] >= fit->info.trace[k - 1] - 1e-13);
    }
    assert_true(fit->info.n_trace > 3);
}

void check_ntf_same(const ana_ntf *a, const ana_ntf *b, double tolerance)
{
    for (size_t m = 0; m < a->n_modes; m++) {
        check_all_close(a->length[m] * a->rank, a->factors[m], b->factors[m], tolerance, 0.0);
    }
    check_all_close(a->rank, a->weights, b->weights, tolerance, tolerance);
    check_close(a->relative_error, b->relative_error, tolerance, 0.0);
}
