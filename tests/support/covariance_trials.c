#include "support/covariance_trials.h"

#include <analysis/random.h>

void draw_mixed(size_t n_rows, size_t n_times, uint64_t item, double *x)
{
    ana_random random = ana_random_stream(11, "covariance", item);
    for (size_t r = 0; r < n_rows; r++) {
        for (size_t t = 0; t < n_times; t++) {
            const double before = r > 0 ? x[(r - 1) * n_times + t] : 0.0;
            x[r * n_times + t] =
                0.4 * before + (1.0 + (double)r) * ana_random_normal(&random) + 0.3 * (double)r;
        }
    }
}

ana_trial_signals make_mixed_trials(bool is_complex, double *values)
{
    const size_t parts = is_complex ? 2 : 1;
    for (size_t k = 0; k < N_TRIALS; k++) {
        draw_mixed(N_CHANNELS, parts * N_TIMES, k, values + k * N_CHANNELS * N_TIMES * parts);
    }
    return (ana_trial_signals){.n_trials = N_TRIALS,
                               .n_channels = N_CHANNELS,
                               .n_times = N_TIMES,
                               .is_complex = is_complex,
                               .values = values};
}

ana_covariance_options covariance_options_of(size_t estimator)
{
    ana_covariance_options options = ana_covariance_options_default();
    options.estimator = (ana_covariance_estimator)estimator;
    return options;
}
