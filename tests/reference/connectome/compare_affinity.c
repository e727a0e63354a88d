/* Affinities: traces in, derivatives and the tensor of each kernel out. sqrt turns a rounding of
 * 1e-16 next to 0 into 1e-8; with the differences taken first there is none. */
#include "connectome.h"
#include "support/check.h"

#include <analysis/models/affinity.h>

#include <stdlib.h>
#include <string.h>

static void compare_array(const h5_reference *file, const char *name, const double *values,
                          tally *counts)
{
    h5_doubles wanted = h5_reference_doubles(file, name);
    for (size_t k = 0; k < wanted.n; k++) {
        tally_number(counts, values[k], wanted.values[k], 1e-12, 1e-12, "%s[%zu]", name, k);
    }
    h5_doubles_free(&wanted);
    counts->n_cases++;
}

void compare_affinity(const h5_reference *file, tally *counts)
{
    static const char *const kernels[] = {"geom", "prod", "min", "rise", "pearson_pos"};
    h5_doubles traces = h5_reference_doubles(file, "traces");
    const size_t n_times = traces.shape[0];
    const size_t n = traces.shape[1];
    const double dt = h5_reference_attribute(file, "/", "dt", 0.0);
    ana_observations *observations = NULL;
    double *tensor = calloc(n * n * n_times, sizeof *tensor);
    assert_non_null(tensor);
    check_ok(ana_observations_new(n_times, n, &observations));
    memcpy(observations->values, traces.values, traces.n * sizeof *traces.values);
    observations->bin_s = dt;
    for (size_t k = 0; k < sizeof kernels / sizeof kernels[0]; k++) {
        ana_affinity_options options = ana_affinity_options_default();
        ana_affinity *affinity = NULL;
        options.kernel = (ana_affinity_kernel)k;
        options.sigma_s = h5_reference_attribute(file, "/", "sigma_s", 0.0);
        options.window_s = dt * h5_reference_attribute(file, "/", "window_frames", 0.0);
        check_ok(ana_affinity_new(observations, &options, &affinity));
        check_ok(ana_affinity_materialise(affinity, NULL, false, tensor));
        if (k == 0) {
            compare_array(file, "scaled", affinity->scaled, counts);
            compare_array(file, "deriv", affinity->derivative, counts);
            compare_array(file, "unit_deriv", affinity->unit_derivative, counts);
        }
        compare_array(file, kernels[k], tensor, counts);
        ana_affinity_free(affinity);
    }
    ana_observations_free(observations);
    h5_doubles_free(&traces);
    free(tensor);
}
