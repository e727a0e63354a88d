#include "feature_id.h"
#include "lists.h"
#include "memory.h"
#include "order.h"
#include "try.h"
#include "workspace.h"

#include <analysis/distributions.h>
#include <analysis/models/goodness.h>
#include <analysis/special.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const rescaling_names[] = {"counts", "binary", "plain", NULL};

ana_goodness_options ana_goodness_options_default(void)
{
    return (ana_goodness_options){
        .run = ana_run_default(), .rescaling = ANA_RESCALE_COUNTS, .n_lags = 20};
}

const ana_option ana_goodness_option_table[] = {
    {"rescaling", ANA_OPTION_CHOICE, offsetof(ana_goodness_options, rescaling), 0, 0,
     rescaling_names, "METHOD",
     "where in its bin a spike lies: counts (uniform), binary (bins of 0 or 1), plain (at the end)",
     false},
    {"correlation-lags", ANA_OPTION_SIZE, offsetof(ana_goodness_options, n_lags), 1, 1000, NULL,
     "N", "lags of the correlation between rescaled intervals", false},
    ANA_OPTION_END,
};

double ana_rescaled_interval(ana_rescaling method, double before, double bin, double place)
{
    double within = bin;
    if (method == ANA_RESCALE_COUNTS) {
        within = place * bin;
    } else if (method == ANA_RESCALE_BINARY) {
        within = -log1p(place * expm1(-bin));
    }
    return -expm1(-(before + within));
}

/* One bin of one unit. */
typedef struct mixed_bin {
    size_t n_states;
    const double *weights; /* NULL: one state */
    const double *intensity;
} mixed_bin;

/* Chance, up to a factor, that in the part of the bin up to `place` the spikes are those n that
 * were seen: sum over states of weight intensity^n exp(-intensity place). */
static double mixed_chance(const mixed_bin *bin, double place, size_t n)
{
    double sum = 0.0;
    double largest = 0.0;
    for (size_t k = 0; k < bin->n_states; k++) {
        largest = fmax(largest, bin->intensity[k]);
    }
    for (size_t k = 0; k < bin->n_states; k++) {
        double share = largest > 0.0 && n > 0 ? bin->intensity[k] / largest : 1.0;
        sum += bin->weights[k] * pow(share, (double)n) * exp(-bin->intensity[k] * place);
    }
    return sum;
}

/* Integral of the intensity given the past from one place of the bin to another, after n spikes of
 * the bin: what the states' chances lose. */
static double integrate(const mixed_bin *bin, double from, double to, size_t n)
{
    if (bin->n_states == 1) {
        return to > from ? bin->intensity[0] * (to - from) : 0.0;
    }
    double before = mixed_chance(bin, from, n);
    return before > 0.0 ? fmax(0.0, log(before) - log(mixed_chance(bin, to, n))) : 0.0;
}

/* The places of the spikes of one bin, in order: successive order statistics of uniform numbers.
 * `integral` runs since the last spike. */
static size_t rescale_bin(const mixed_bin *bin, size_t n_spikes, ana_rescaling method,
                          ana_random *random, double *integral, double *z)
{
    double last = 0.0; /* place of the spike before, within the bin */
    if (method != ANA_RESCALE_COUNTS) {
        double place = method == ANA_RESCALE_BINARY ? ana_random_uniform(random) : 1.0;
        z[0] = ana_rescaled_interval(method, *integral, integrate(bin, 0.0, 1.0, 0), place);
        *integral = 0.0;
        return 1;
    }
    for (size_t i = 0; i < n_spikes; i++) {
        double left = (double)(n_spikes - i);
        double step = -expm1(log1p(-ana_random_uniform(random)) / left);
        double place = last + (1.0 - last) * step;
        z[i] = ana_rescaled_interval(method, *integral, integrate(bin, last, place, i), 1.0);
        *integral = 0.0;
        last = place;
    }
    *integral = integrate(bin, last, 1.0, n_spikes);
    return n_spikes;
}

/* Whether count and intensities of bin t are such; *missing: one of them is not known. */
static ana_status check_bin(const ana_rescaling_bins *bins, size_t t, ana_rescaling method,
                            bool *missing)
{
    const double count = bins->counts[t];
    *missing = isnan(count);
    if (!isnan(count) && (!(count >= 0.0) || count != floor(count) || isinf(count))) {
        return ana_fail(ANA_ERR_VALUE, "goodness: bin %zu has %g spikes, which is no count", t,
                        count);
    }
    for (size_t k = 0; k < bins->n_states; k++) {
        const double intensity = bins->intensity[t * bins->n_states + k];
        *missing = *missing || isnan(intensity);
        if (intensity < 0.0 || (isinf(intensity) && method != ANA_RESCALE_BINARY)) {
            return ana_fail(ANA_ERR_VALUE,
                            "goodness: bin %zu has an intensity of %g; finite and 0 or more is "
                            "possible",
                            t, intensity);
        }
    }
    return ANA_OK;
}

ana_status ana_rescale_intervals(const ana_rescaling_bins *bins, ana_rescaling method,
                                 ana_random *random, double *z, size_t *n_z)
{
    double integral = 0.0;
    *n_z = 0;
    for (size_t t = 0; t < bins->n; t++) {
        bool missing = false;
        const mixed_bin bin = {.n_states = bins->n_states,
                               .weights =
                                   bins->n_states > 1 ? bins->weights + t * bins->n_states : NULL,
                               .intensity = bins->intensity + t * bins->n_states};
        ana_status status = check_bin(bins, t, method, &missing);
        if (status != ANA_OK) {
            return status;
        }
        if (missing) {
            integral = 0.0;
        } else if (bins->counts[t] == 0.0) {
            integral += integrate(&bin, 0.0, 1.0, 0);
        } else {
            *n_z += rescale_bin(&bin, (size_t)bins->counts[t], method, random, &integral, z + *n_z);
        }
    }
    return ANA_OK;
}

ana_status ana_ks_uniform(size_t n, const double *z, double *distance, double *p)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *sorted = NULL;
    double largest = 0.0;
    if (n == 0) {
        return ana_fail(ANA_ERR_VALUE, "goodness: no interval to compare with the diagonal");
    }
    sorted = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "goodness"));
    for (size_t i = 0; i < n; i++) {
        if (!(z[i] >= 0.0 && z[i] <= 1.0)) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE, "goodness: value %zu is %g, outside 0 to 1", i, z[i]));
        }
        sorted[i] = z[i];
    }
    qsort(sorted, n, sizeof *sorted, ana_compare_doubles);
    for (size_t i = 0; i < n; i++) {
        double above = (double)(i + 1) / (double)n - sorted[i];
        double below = sorted[i] - (double)i / (double)n;
        largest = fmax(largest, fmax(above, below));
    }
    *distance = largest;
    if (p != NULL) {
        *p = ana_special_kolmogorov_smirnov(n, largest);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

double ana_ks_band(size_t n)
{
    return n > 0 ? 1.36 / sqrt((double)n) : (double)NAN;
}

ana_status ana_rescaled_autocorrelation(size_t n, const double *z, size_t n_lags, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *scores = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "goodness"));
    for (size_t i = 0; i < n; i++) {
        /* An integral so long that z rounds to 1 has no finite score. */
        scores[i] = ana_normal_quantile(fmin(fmax(z[i], 0x1p-1022), 1.0 - 0x1p-53));
    }
    for (size_t lag = 1; lag <= n_lags; lag++) {
        out[lag - 1] =
            n >= lag + 3 ? ana_stats_pearson(n - lag, scores, scores + lag) : (double)NAN;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Spikes of each unit, and those that share their bin; *largest is the most of one unit. */
static ana_status count_spikes(const ana_observations *observations, ana_goodness *goodness)
{
    const size_t n_units = goodness->n_units;
    for (size_t n = 0; n < n_units; n++) {
        double spikes = 0.0;
        double crowded = 0.0;
        double occupied = 0.0;
        for (size_t t = 0; t < observations->n_times; t++) {
            double y = observations->values[t * n_units + n];
            if (y > 0.0) {
                spikes += y;
                occupied += 1.0;
                crowded += y > 1.0 ? y : 0.0;
            }
        }
        if (spikes > 0x1p40) {
            return ana_fail(ANA_ERR_VALUE,
                            "goodness: unit \"%s\" has %g spikes; these are no "
                            "counts",
                            goodness->unit_names[n], spikes);
        }
        goodness->crowded[n] = spikes > 0.0 ? crowded / spikes : 0.0;
        goodness->z_start[n + 1] =
            goodness->z_start[n] +
            (size_t)(goodness->rescaling == ANA_RESCALE_COUNTS ? spikes : occupied);
    }
    return ANA_OK;
}

/* The bins of one unit. */
typedef struct unit_room {
    double *intensity; /* T x K */
    double *counts;    /* T */
} unit_room;

/* The unit's counts, and its expected counts as intensities. */
static ana_status fill_room(const ana_observations *observations, const ana_expectation *from,
                            size_t n, const unit_room *room, const ana_goodness *goodness)
{
    ana_status status = from->in_states(from->user, n, room->intensity);
    for (size_t t = 0; t < observations->n_times; t++) {
        room->counts[t] = observations->values[t * goodness->n_units + n];
    }
    for (size_t i = 0; i < observations->n_times * from->n_states && status == ANA_OK &&
                       goodness->rescaling == ANA_RESCALE_BINARY;
         i++) {
        double p = room->intensity[i];
        room->intensity[i] = -log1p(-p);
        if (p > 1.0) {
            status = ana_fail(ANA_ERR_VALUE,
                              "goodness: unit \"%s\", row %zu: %g is no chance of a spike; 0 to 1 "
                              "is",
                              goodness->unit_names[n], i / from->n_states, p);
        }
    }
    return status;
}

static ana_status rescale_unit(const ana_observations *observations, const ana_expectation *from,
                               size_t n, ana_random *random, const unit_room *room,
                               ana_goodness *goodness, size_t *n_z)
{
    double *z = goodness->z + goodness->z_start[n];
    ana_status status = fill_room(observations, from, n, room, goodness);
    *n_z = 0;
    for (size_t s = 0; s < observations->n_sequences && status == ANA_OK; s++) {
        size_t first = observations->sequence_start[s];
        size_t found = 0;
        const ana_rescaling_bins bins = {
            .n = observations->sequence_start[s + 1] - first,
            .n_states = from->n_states,
            .weights = from->n_states > 1 ? from->weights + first * from->n_states : NULL,
            .intensity = room->intensity + first * from->n_states,
            .counts = room->counts + first};
        status = ana_rescale_intervals(&bins, goodness->rescaling, random, z + *n_z, &found);
        if (status != ANA_OK) {
            status = ana_fail_in(status, "unit \"%s\", sequence %zu: ", goodness->unit_names[n], s);
        }
        *n_z += found;
    }
    return status;
}

/* Spikes in rows whose mean is not known gave no interval: the units move together. */
static void close_gap(ana_goodness *goodness, size_t n, size_t place, size_t n_z)
{
    memmove(goodness->z + place, goodness->z + goodness->z_start[n], n_z * sizeof *goodness->z);
    goodness->z_start[n] = place;
}

static ana_status test_units(const ana_observations *observations, const ana_expectation *from,
                             const ana_goodness_options *options, const unit_room *room,
                             ana_goodness *goodness)
{
    ana_status status = ANA_OK;
    size_t place = 0;
    for (size_t n = 0; n < goodness->n_units; n++) {
        ana_random random = ana_random_stream(options->run.seed, "goodness", n);
        size_t n_z = 0;
        ANA_TRY(ana_run_progress(&options->run, "goodness of fit: units", n, goodness->n_units));
        ANA_TRY(rescale_unit(observations, from, n, &random, room, goodness, &n_z));
        close_gap(goodness, n, place, n_z);
        place += n_z;
        const double *z = goodness->z + goodness->z_start[n];
        goodness->distance[n] = NAN;
        goodness->p[n] = NAN;
        goodness->band[n] = ana_ks_band(n_z);
        if (n_z > 0) {
            ANA_TRY(ana_ks_uniform(n_z, z, &goodness->distance[n], &goodness->p[n]));
        }
        ANA_TRY(ana_rescaled_autocorrelation(n_z, z, goodness->n_lags,
                                             goodness->correlation + n * goodness->n_lags));
    }
    goodness->z_start[goodness->n_units] = place;
done:
    return status;
}

static ana_status make_goodness(const ana_observations *observations,
                                const ana_goodness_options *options, ana_goodness **out)
{
    ana_status status = ANA_OK;
    ana_goodness *goodness = NULL;
    const size_t n = observations->n_features;
    ANA_TRY(ana_allocate(1, sizeof *goodness, "goodness", &goodness));
    goodness->rescaling = options->rescaling;
    goodness->n_units = n;
    goodness->n_lags = options->n_lags;
    ANA_TRY(ana_feature_ids(observations, &goodness->unit_names));
    ANA_TRY(ana_allocate(n + 1, sizeof(size_t), "goodness", &goodness->z_start));
    ANA_TRY(ana_allocate(n, sizeof(double), "goodness", &goodness->distance));
    ANA_TRY(ana_allocate(n, sizeof(double), "goodness", &goodness->p));
    ANA_TRY(ana_allocate(n, sizeof(double), "goodness", &goodness->band));
    ANA_TRY(ana_allocate(n, sizeof(double), "goodness", &goodness->crowded));
    ANA_TRY(ana_allocate(n, options->n_lags * sizeof(double), "goodness", &goodness->correlation));
    ANA_TRY(count_spikes(observations, goodness));
    ANA_TRY(ana_run_check_memory(&options->run, goodness->z_start[n] * sizeof(double),
                                 "goodness of fit"));
    ANA_TRY(ana_allocate(goodness->z_start[n], sizeof(double), "goodness", &goodness->z));
    *out = goodness;
    goodness = NULL;
done:
    ana_goodness_free(goodness);
    return status;
}

ana_status ana_goodness_of_fit(const ana_observations *observations,
                               const ana_expectation *expectation,
                               const ana_goodness_options *given, ana_goodness **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_goodness *goodness = NULL;
    ana_goodness_options options = given != NULL ? *given : ana_goodness_options_default();
    ANA_TRY(ana_options_check(ana_goodness_option_table, &options, "goodness"));
    ANA_TRY(ana_observations_check(observations));
    ANA_TRY(make_goodness(observations, &options, &goodness));
    const unit_room room = {
        .intensity =
            ana_workspace_doubles(&workspace, observations->n_times, expectation->n_states),
        .counts = ana_workspace_doubles(&workspace, observations->n_times, 1),
    };
    ANA_TRY(ana_workspace_check(&workspace, "goodness"));
    ANA_TRY(test_units(observations, expectation, &options, &room, goodness));
    *out = goodness;
    goodness = NULL;
done:
    ana_goodness_free(goodness);
    ana_workspace_release(&workspace);
    return status;
}

void ana_goodness_free(ana_goodness *goodness)
{
    if (goodness == NULL) {
        return;
    }
    ana_free_texts(goodness->n_units, goodness->unit_names);
    free(goodness->z_start);
    free(goodness->z);
    free(goodness->distance);
    free(goodness->p);
    free(goodness->band);
    free(goodness->correlation);
    free(goodness->crowded);
    free(goodness);
}
