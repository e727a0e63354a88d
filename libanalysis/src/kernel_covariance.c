/* Kernel matrices of channels. */
#include "dense.h"
#include "try.h"

#include <analysis/kernel_covariance.h>

#include <math.h>

static const char *const kernel_words[] = {"linear", "cosine",    "polynomial",
                                           "rbf",    "laplacian", NULL};

const ana_option ana_kernel_covariance_option_table[] = {
    {"kernel", ANA_OPTION_CHOICE, offsetof(ana_kernel_covariance_options, kernel), 0, 0,
     kernel_words, "KERNEL", "how the likeness of two channels is measured", false},
    {"gamma", ANA_OPTION_DOUBLE, offsetof(ana_kernel_covariance_options, gamma), 1e-300, 1e300,
     NULL, "FACTOR", "of products and distances over samples and mean square", false},
    {"offset", ANA_OPTION_DOUBLE, offsetof(ana_kernel_covariance_options, offset), 0, 1e300, NULL,
     "NUMBER", "polynomial: added to the product", false},
    {"degree", ANA_OPTION_SIZE, offsetof(ana_kernel_covariance_options, degree), 1, 100, NULL, "N",
     "polynomial: power", false},
    {"mean-square", ANA_OPTION_DOUBLE, offsetof(ana_kernel_covariance_options, mean_square), 0,
     1e300, NULL, "UNIT^2", "that values are taken over; 0: that of each trial", false},
    ANA_OPTION_END,
};

ana_kernel_covariance_options ana_kernel_covariance_options_default(void)
{
    const ana_kernel_covariance_options options = {.run = ana_run_default(),
                                                   .kernel = ANA_CHANNEL_KERNEL_RBF,
                                                   .gamma = 1.0,
                                                   .offset = 1.0,
                                                   .degree = 3};
    return options;
}

/* The trial's own mean square, or the one given. */
static ana_status find_mean_square(const ana_kernel_covariance_options *options, size_t n,
                                   size_t n_times, const double *x, double *mean_square)
{
    double sum = 0.0;
    for (size_t c = 0; c < n; c++) {
        for (size_t t = 0; t < n_times; t++) {
            const double value = x[c * n_times + t];
            if (!isfinite(value)) {
                return ana_fail(ANA_ERR_VALUE, "channel %zu has %s sample", c,
                                isnan(value) ? "a missing" : "an infinite");
            }
            sum += value * value / (double)n_times;
        }
    }
    *mean_square = options->mean_square > 0.0 ? options->mean_square : sum / (double)n;
    if (isinf(sum)) {
        return ana_fail(ANA_ERR_NUMERIC, "values too large to square");
    }
    return *mean_square > 0.0 ? ANA_OK : ana_fail(ANA_ERR_VALUE, "every sample is 0");
}

static double kernel_of(const ana_kernel_covariance_options *options, size_t n_times,
                        double mean_square, const double *x, const double *y)
{
    const double g = options->gamma / (double)n_times / mean_square;
    double sum = 0.0;
    switch (options->kernel) {
    case ANA_CHANNEL_KERNEL_LINEAR:
        return g * ana_dot(n_times, x, y);
    case ANA_CHANNEL_KERNEL_COSINE: /* the lengths are divided by afterwards */
        return ana_dot(n_times, x, y);
    case ANA_CHANNEL_KERNEL_POLYNOMIAL:
        return pow(g * ana_dot(n_times, x, y) + options->offset, (double)options->degree);
    case ANA_CHANNEL_KERNEL_RBF:
        return exp(-g * ana_squared_distance(n_times, x, y));
    case ANA_CHANNEL_KERNEL_LAPLACIAN:
        break;
    }
    for (size_t t = 0; t < n_times; t++) {
        sum += fabs(x[t] - y[t]);
    }
    return exp(-options->gamma / (double)n_times / sqrt(mean_square) * sum);
}

/* Products become cosines. */
static ana_status normalise(size_t n, double *out)
{
    for (size_t i = 0; i < n; i++) {
        if (!(out[i * n + i] > 0.0)) {
            return ana_fail(ANA_ERR_VALUE, "channel %zu is 0 throughout: it has no cosine", i);
        }
        for (size_t j = 0; j < i; j++) {
            out[i * n + j] /= sqrt(out[i * n + i]) * sqrt(out[j * n + j]);
            out[j * n + i] = out[i * n + j];
        }
    }
    for (size_t i = 0; i < n; i++) {
        out[i * n + i] = 1.0;
    }
    return ANA_OK;
}

static ana_status fill_trial(const ana_kernel_covariance_options *options, size_t n, size_t n_times,
                             const double *x, double *out)
{
    double mean_square = 0.0;
    const ana_status status = find_mean_square(options, n, n_times, x, &mean_square);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            const double value =
                kernel_of(options, n_times, mean_square, x + i * n_times, x + j * n_times);
            if (!isfinite(value)) {
                return ana_fail(ANA_ERR_NUMERIC, "the kernel of channels %zu and %zu overflows", i,
                                j);
            }
            out[i * n + j] = value;
            out[j * n + i] = value;
        }
    }
    return options->kernel == ANA_CHANNEL_KERNEL_COSINE ? normalise(n, out) : ANA_OK;
}

static ana_status check_trials(const ana_trial_signals *trials)
{
    if (trials->is_complex || trials->weights != NULL) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "kernel covariance: real samples without weights only");
    }
    return trials->n_channels > 0 && trials->n_times > 0
               ? ANA_OK
               : ana_fail(ANA_ERR_VALUE, "kernel covariance: %zu samples of %zu channels",
                          trials->n_times, trials->n_channels);
}

ana_status ana_kernel_covariance(const ana_trial_signals *trials,
                                 const ana_kernel_covariance_options *given, double *out)
{
    ana_status status = ANA_OK;
    const ana_kernel_covariance_options options =
        given != NULL ? *given : ana_kernel_covariance_options_default();
    const size_t n = trials->n_channels;
    const size_t n_times = trials->n_times;
    const size_t n_trials = trials->n_trials;
    const double *values = trials->values;
    size_t first_bad = n_trials;
    ANA_TRY(ana_options_check(ana_kernel_covariance_option_table, &options, "kernel covariance"));
    ANA_TRY(check_trials(trials));
#pragma omp parallel for default(none) num_threads(ana_run_threads(&options.run, n_trials))        \
    schedule(static) shared(options, n, n_times, n_trials, values, out, first_bad)
    for (size_t k = 0; k < n_trials; k++) {
        if (fill_trial(&options, n, n_times, values + k * n * n_times, out + k * n * n) != ANA_OK) {
#pragma omp critical(kernel_covariance)
            first_bad = k < first_bad ? k : first_bad;
        }
    }
    if (first_bad < n_trials) { /* again, for its sentence, which stayed with its thread */
        status = fill_trial(&options, n, n_times, values + first_bad * n * n_times,
                            out + first_bad * n * n);
        return ana_fail_in(status, "kernel covariance: trial %zu: ", first_bad);
    }
done:
    return status;
}
