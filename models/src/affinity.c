#include "affinity_kernels.h"
#include "feature_id.h"
#include "lists.h"
#include "memory.h"
#include "pairs.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* Times whose slices are made at once: a cache line of each pair. */
enum {
    BLOCK = 8
};

static const double reach = 4.0; /* sigmas */

ana_affinity_options ana_affinity_options_default(void)
{
    return (ana_affinity_options){.run = ana_run_default(), .sigma_s = 1.8, .window_s = 12.6};
}

const ana_option ana_affinity_option_table[] = {
    {"kernel", ANA_OPTION_CHOICE, offsetof(ana_affinity_options, kernel), 0, 0,
     ana_affinity_kernel_names, "KERNEL", "what makes two neurons alike at a time", false},
    {"sigma", ANA_OPTION_DOUBLE, offsetof(ana_affinity_options, sigma_s), 1e-6, 1e6, NULL,
     "SECONDS",
     "standard deviation of the Gaussian that smooths traces before they are differentiated",
     false},
    {"window", ANA_OPTION_DOUBLE, offsetof(ana_affinity_options, window_s), 1e-6, 1e9, NULL,
     "SECONDS", "pearson-positive: length of the window", false},
    ANA_OPTION_END,
};

/* Of one neuron's column; a constant one becomes 0. */
static void scale_column(const ana_observations *observations, size_t i, ana_affinity *affinity)
{
    const size_t n = affinity->n_neurons;
    double low = INFINITY;
    double high = -INFINITY;
    for (size_t t = 0; t < affinity->n_times; t++) {
        const double value = observations->values[t * n + i];
        low = value < low ? value : low;
        high = value > high ? value : high;
    }
    const double range = high > low ? high - low : 1.0;
    affinity->n_constant += high == low;
    for (size_t t = 0; t < affinity->n_times; t++) {
        affinity->scaled[t * n + i] = (observations->values[t * n + i] - low) / range;
    }
}

/* Weights of the samples round the middle one, which stands at [radius]. */
typedef struct gaussian {
    size_t radius;
    double sigma;  /* samples */
    double *value; /* 2 radius + 1, sum 1 */
    double spread; /* sum of value times squared distance */
} gaussian;

static ana_status make_gaussian(double sigma, ana_workspace *workspace, gaussian *made)
{
    ana_status status = ANA_OK;
    const size_t radius = (size_t)(reach * sigma + 0.5);
    *made = (gaussian){.radius = radius, .sigma = sigma};
    made->value = ana_workspace_doubles(workspace, 2 * radius + 1, 1);
    ANA_TRY(ana_workspace_check(workspace, "affinity"));
    double sum = 0.0;
    for (size_t k = 0; k <= 2 * radius; k++) {
        const double distance = (double)k - (double)radius;
        made->value[k] = exp(-0.5 * distance * distance / (sigma * sigma));
        sum += made->value[k];
    }
    for (size_t k = 0; k <= 2 * radius; k++) {
        const double distance = (double)k - (double)radius;
        made->value[k] /= sum;
        made->spread += made->value[k] * distance * distance;
    }
done:
    return status;
}

/* The sample k - radius after t; beyond the sequence's ends its end samples go on. */
static double sample(const ana_affinity *affinity, const gaussian *kernel, size_t t, size_t k,
                     size_t i)
{
    const size_t first = affinity->first[t];
    const size_t last = affinity->stop[t] - 1;
    size_t at = t + k > first + kernel->radius ? t + k - kernel->radius : first;
    at = at < last ? at : last;
    return affinity->scaled[at * affinity->n_neurons + i];
}

/* Of the smoothed trace, per sample; differences first, so that a flat stretch gives exactly 0. NaN
 * where a sample is missing. */
static double slope(const ana_affinity *affinity, const gaussian *kernel, size_t t, size_t i)
{
    double sum = 0.0;
    for (size_t k = 0; k < kernel->radius; k++) {
        const size_t mirrored = 2 * kernel->radius - k;
        const double weight =
            (double)(kernel->radius - k) / (kernel->sigma * kernel->sigma) * kernel->value[k];
        sum +=
            (sample(affinity, kernel, t, mirrored, i) - sample(affinity, kernel, t, k, i)) * weight;
    }
    return sum;
}

/* The same from the observed samples, by the weighted line through them; NaN where they are few. */
static double slope_of_line(const ana_affinity *affinity, const gaussian *kernel, size_t t,
                            size_t i)
{
    double weights = 0.0;
    double distances = 0.0;
    double squares = 0.0;
    double values = 0.0;
    double products = 0.0;
    for (size_t k = 0; k <= 2 * kernel->radius; k++) {
        const double value = sample(affinity, kernel, t, k, i);
        const double distance = (double)k - (double)kernel->radius;
        const double weight = isnan(value) ? 0.0 : kernel->value[k];
        const double known = isnan(value) ? 0.0 : value;
        weights += weight;
        distances += weight * distance;
        squares += weight * distance * distance;
        values += weight * known;
        products += weight * distance * known;
    }
    const double spread = weights * squares - distances * distances;
    if (weights < 0.5 || spread <= 1e-6 * kernel->spread) {
        return (double)NAN;
    }
    return (weights * products - distances * values) / spread * kernel->spread /
           (kernel->sigma * kernel->sigma);
}

static void differentiate_column(const gaussian *kernel, size_t i, ana_affinity *affinity)
{
    const size_t n = affinity->n_neurons;
    double largest = 0.0;
    for (size_t t = 0; t < affinity->n_times; t++) {
        double value = NAN;
        if (!isnan(affinity->scaled[t * n + i])) {
            value = slope(affinity, kernel, t, i);
            value = isnan(value) ? slope_of_line(affinity, kernel, t, i) : value;
        }
        value /= affinity->dt_s;
        affinity->derivative[t * n + i] = value;
        largest = fabs(value) > largest ? fabs(value) : largest;
    }
    for (size_t t = 0; t < affinity->n_times; t++) {
        affinity->unit_derivative[t * n + i] =
            affinity->derivative[t * n + i] / (largest > 0.0 ? largest : 1.0);
    }
}

static void find_sequences(const ana_observations *observations, ana_affinity *affinity)
{
    for (size_t s = 0; s < observations->n_sequences; s++) {
        for (size_t t = observations->sequence_start[s]; t < observations->sequence_start[s + 1];
             t++) {
            affinity->first[t] = observations->sequence_start[s];
            affinity->stop[t] = observations->sequence_start[s + 1];
        }
    }
}

static ana_status note_missing(const ana_run *run, ana_affinity *affinity)
{
    ana_status status = ANA_OK;
    const size_t n = affinity->n_neurons;
    size_t n_missing = 0;
    ANA_TRY(ana_allocate(n * affinity->n_times, sizeof(double), "affinity", &affinity->observed));
    for (size_t i = 0; i < n; i++) {
        size_t n_seen = 0;
        for (size_t t = 0; t < affinity->n_times; t++) {
            const bool seen = !isnan(affinity->unit_derivative[t * n + i]);
            affinity->observed[t * n + i] = seen ? 1.0 : 0.0;
            n_seen += seen;
        }
        affinity->n_unobserved += n_seen == 0;
        n_missing += affinity->n_times - n_seen;
    }
    if (n_missing == 0) {
        free(affinity->observed);
        affinity->observed = NULL;
    }
    if (affinity->n_constant + affinity->n_unobserved > 0) {
        ana_warn(run,
                 "affinity: of %zu neurons %zu are constant, with affinities of 0, and %zu are not "
                 "observed",
                 n, affinity->n_constant, affinity->n_unobserved);
    }
done:
    return status;
}

/* r (part 0) or s (part 1) of a unit derivative. */
static double part_of(const ana_affinity *affinity, size_t part, double v)
{
    const ana_affinity_rule *rule = ana_affinity_rule_of(affinity->kernel);
    const ana_affinity_own *own = &affinity->own;
    if (!affinity->is_own) {
        return part == 0 ? rule->rising(v) : rule->falling(v);
    }
    if (part == 0) {
        return own->rising(v, own->user);
    }
    return own->falling != NULL ? own->falling(v, own->user) : 0.0;
}

static ana_status factor(ana_affinity *affinity)
{
    ana_status status = ANA_OK;
    const size_t size = affinity->n_times * affinity->n_neurons;
    affinity->factored = affinity->is_own ? affinity->own.rising != NULL
                                          : ana_affinity_rule_of(affinity->kernel)->rising != NULL;
    if (!affinity->factored) {
        return ANA_OK;
    }
    ANA_TRY(ana_allocate(size, sizeof(double), "affinity", &affinity->rising));
    ANA_TRY(ana_allocate(size, sizeof(double), "affinity", &affinity->falling));
    for (size_t k = 0; k < size; k++) {
        const double v = affinity->unit_derivative[k];
        affinity->rising[k] = isnan(v) ? 0.0 : part_of(affinity, 0, v);
        affinity->falling[k] = isnan(v) ? 0.0 : part_of(affinity, 1, v);
    }
done:
    return status;
}

static ana_status check(const ana_observations *observations, const ana_affinity_options *options)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_options_check(ana_affinity_option_table, options, "affinity"));
    ANA_TRY(ana_observations_check(observations));
    if (options->own.slice != NULL &&
        (options->own.rising != NULL || options->own.falling != NULL)) {
        return ana_fail(ANA_ERR_VALUE,
                        "affinity: an own kernel is factored, or has slices, not both");
    }
    const double dt = observations->bin_s;
    if (!(dt > 0.0)) {
        return ana_fail(ANA_ERR_VALUE,
                        "affinity: the rows have no times; give the seconds between them (--bin)");
    }
    if (observations->n_times < 2 || observations->n_features < 2) {
        return ana_fail(ANA_ERR_SHAPE,
                        "affinity: %zu times of %zu neurons; at least two of each are needed",
                        observations->n_times, observations->n_features);
    }
    if (options->sigma_s > dt * (double)observations->n_times) {
        return ana_fail(ANA_ERR_VALUE, "affinity: sigma is %g s, longer than the recording of %g s",
                        options->sigma_s, dt * (double)observations->n_times);
    }
done:
    return status;
}

static ana_status allocate(const ana_observations *observations,
                           const ana_affinity_options *options, ana_affinity **out)
{
    ana_status status = ANA_OK;
    ana_affinity *affinity = NULL;
    const size_t size = observations->n_times * observations->n_features;
    ANA_TRY(ana_allocate(1, sizeof *affinity, "affinity", &affinity));
    *out = affinity;
    affinity->n_times = observations->n_times;
    affinity->n_neurons = observations->n_features;
    affinity->dt_s = observations->bin_s;
    affinity->kernel = options->kernel;
    affinity->own = options->own;
    affinity->is_own = options->own.rising != NULL || options->own.slice != NULL;
    const double window = options->window_s / affinity->dt_s;
    affinity->half_window =
        window < (double)affinity->n_times * 2.0 ? (size_t)round(window) / 2 : affinity->n_times;
    ANA_TRY(ana_allocate(size, sizeof(double), "affinity", &affinity->scaled));
    ANA_TRY(ana_allocate(size, sizeof(double), "affinity", &affinity->derivative));
    ANA_TRY(ana_allocate(size, sizeof(double), "affinity", &affinity->unit_derivative));
    ANA_TRY(ana_allocate(affinity->n_times, sizeof(size_t), "affinity", &affinity->first));
    ANA_TRY(ana_allocate(affinity->n_times, sizeof(size_t), "affinity", &affinity->stop));
    ANA_TRY(ana_feature_ids(observations, &affinity->neuron_names));
done:
    return status;
}

ana_status ana_affinity_new(const ana_observations *observations,
                            const ana_affinity_options *options, ana_affinity **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_affinity *affinity = NULL;
    gaussian kernel = {0};
    const ana_affinity_options chosen = options != NULL ? *options : ana_affinity_options_default();
    ANA_TRY(check(observations, &chosen));
    ANA_TRY(allocate(observations, &chosen, &affinity));
    ANA_TRY(make_gaussian(chosen.sigma_s / affinity->dt_s, &workspace, &kernel));
    find_sequences(observations, affinity);
    for (size_t i = 0; i < affinity->n_neurons; i++) {
        scale_column(observations, i, affinity);
    }
    const size_t n = affinity->n_neurons;
#pragma omp parallel for default(none) num_threads(ana_run_threads(&chosen.run, n))                \
    schedule(static) shared(kernel, affinity, n, chosen)
    for (size_t i = 0; i < n; i++) {
        differentiate_column(&kernel, i, affinity);
    }
    ANA_TRY(note_missing(&chosen.run, affinity));
    ANA_TRY(factor(affinity));
    *out = affinity;
    affinity = NULL;
done:
    ana_affinity_free(affinity);
    ana_workspace_release(&workspace);
    return status;
}

void ana_affinity_slice(const ana_affinity *affinity, size_t t, double *out)
{
    const size_t n = affinity->n_neurons;
    if (affinity->is_own && !affinity->factored) {
        memset(out, 0, n * n * sizeof *out);
        affinity->own.slice(affinity, t, affinity->own.user, out);
    } else { /* all factored kernels have the same slices */
        ana_affinity_rule_of(affinity->factored ? ANA_AFFINITY_GEOM : affinity->kernel)
            ->slice(affinity, t, out);
    }
    for (size_t i = 0; i < n; i++) {
        out[i * n + i] = isnan(out[i * n + i]) ? (double)NAN : 0.0;
    }
}

size_t ana_affinity_n_pairs(size_t n_neurons)
{
    return pairs_count(n_neurons);
}

size_t ana_affinity_pair(size_t n_neurons, size_t i, size_t j)
{
    return pairs_place(n_neurons, i, j);
}

void ana_affinity_pair_mask(size_t n_neurons, const double *neuron_mask, double *pairs)
{
    for (size_t i = 0, p = 0; i < n_neurons; i++) {
        for (size_t j = i + 1; j < n_neurons; j++, p++) {
            pairs[p] = neuron_mask[i] * neuron_mask[j];
        }
    }
}

/* The slices first ... first + n_slices - 1, from `slices` to their places. */
static void place(const ana_affinity *affinity, bool packed, size_t first, size_t n_slices,
                  const double *slices, double *out)
{
    const size_t n = affinity->n_neurons;
    size_t row = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = packed ? i + 1 : 0; j < n; j++, row++) {
            for (size_t t = 0; t < n_slices; t++) {
                out[row * affinity->n_times + first + t] = slices[(t * n + i) * n + j];
            }
        }
    }
}

ana_status ana_affinity_materialise(const ana_affinity *affinity, const ana_run *run, bool packed,
                                    double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_times = affinity->n_times;
    const size_t n_blocks = (n_times + BLOCK - 1) / BLOCK;
    const size_t square = affinity->n_neurons * affinity->n_neurons;
    const size_t rows = packed ? ana_affinity_n_pairs(affinity->n_neurons) : square;
    const int n_threads = ana_run_threads(run, n_blocks);
    if ((double)rows * (double)n_times >= (double)ana_run_memory_limit(run) / sizeof(double)) {
        ANA_TRY(ana_fail(ANA_ERR_LIMIT,
                         "affinity: %zu x %zu numbers at once are more than the memory allowed; a "
                         "kernel such as geom needs none of them",
                         rows, n_times));
    }
    double *slices =
        ana_workspace_bytes(&workspace, (size_t)n_threads * BLOCK, square, sizeof(double));
    ANA_TRY(ana_workspace_check(&workspace, "affinity"));
#pragma omp parallel for default(none) num_threads(n_threads) schedule(static)                     \
    shared(affinity, packed, out, slices, square, n_blocks, n_times)
    for (size_t b = 0; b < n_blocks; b++) {
        double *own = slices + (size_t)omp_get_thread_num() * BLOCK * square;
        const size_t first = b * BLOCK;
        const size_t n_slices = n_times - first < BLOCK ? n_times - first : BLOCK;
        for (size_t t = 0; t < n_slices; t++) {
            ana_affinity_slice(affinity, first + t, own + t * square);
        }
        place(affinity, packed, first, n_slices, own, out);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

void ana_affinity_free(ana_affinity *affinity)
{
    if (affinity == NULL) {
        return;
    }
    free(affinity->scaled);
    free(affinity->derivative);
    free(affinity->unit_derivative);
    free(affinity->rising);
    free(affinity->falling);
    free(affinity->observed);
    free(affinity->first);
    free(affinity->stop);
    ana_free_texts(affinity->n_neurons, affinity->neuron_names);
    free(affinity);
}
