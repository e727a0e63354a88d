/* Depth of the best layer against places and times of regions, subject by subject. */
#include "memory.h"
#include "try.h"

#include <analysis/models/encoding_scores.h>
#include <analysis/resampling.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>

static const ana_option hierarchy_table[] = {
    {"resamples", ANA_OPTION_SIZE, offsetof(ana_hierarchy_options, n_resamples), 1, 1e8, NULL, "N",
     "of subjects", false},
    {"level", ANA_OPTION_DOUBLE, offsetof(ana_hierarchy_options, level), 0.5, 0.9999, NULL, "SHARE",
     "of the interval", false},
    ANA_OPTION_END,
};

ana_hierarchy_options ana_hierarchy_options_default(void)
{
    return (ana_hierarchy_options){
        .run = ana_run_default(), .ranks = true, .n_resamples = 10000, .level = 0.95};
}

/* Scores over time of one subject, layer and region. */
static const double *curve_of(const ana_layer_scores *s, size_t subject, size_t layer,
                              size_t region)
{
    return s->values + ((subject * s->n_layers + layer) * s->n_regions + region) * s->n_times;
}

/* The time of the largest value, or n for none; the first of equals. */
static size_t peak_of(size_t n, const double *curve)
{
    size_t peak = n;
    for (size_t t = 0; t < n; t++) {
        const bool better = !isnan(curve[t]) && (peak == n || curve[t] > curve[peak]);
        peak = better ? t : peak;
    }
    return peak;
}

/* The layer of the largest score at any time, or n_layers for none. */
static size_t best_layer(const ana_layer_scores *s, size_t subject, size_t region)
{
    size_t best = s->n_layers;
    double largest = 0.0;
    for (size_t layer = 0; layer < s->n_layers; layer++) {
        const double *curve = curve_of(s, subject, layer, region);
        const size_t peak = peak_of(s->n_times, curve);
        if (peak < s->n_times && (best == s->n_layers || curve[peak] > largest)) {
            best = layer;
            largest = curve[peak];
        }
    }
    return best;
}

/* When the curve first reaches half of its largest value (which is above 0, else NaN). */
static double half_time(size_t n, const double *curve, size_t peak, const double *times)
{
    const double half = 0.5 * curve[peak];
    if (half <= 0.0) {
        return (double)NAN;
    }
    for (size_t t = 0; t <= peak && t < n; t++) {
        if (curve[t] >= half) {
            const bool between = t > 0 && !isnan(curve[t - 1]);
            const double share = between ? (half - curve[t - 1]) / (curve[t] - curve[t - 1]) : 1.0;
            return t > 0 ? times[t - 1] + share * (times[t] - times[t - 1]) : times[0];
        }
    }
    return times[peak];
}

static void fill_subject(const ana_layer_scores *s, size_t subject, const double *distance,
                         const double *times, bool half_maximum, ana_hierarchy *h)
{
    for (size_t region = 0; region < s->n_regions; region++) {
        const size_t at = subject * s->n_regions + region;
        const size_t layer = best_layer(s, subject, region);
        h->depth[at] = (double)NAN;
        h->place[at] = (double)NAN;
        if (layer < s->n_layers) {
            const double *curve = curve_of(s, subject, layer, region);
            const size_t peak = peak_of(s->n_times, curve);
            h->depth[at] = (double)layer / (double)(s->n_layers - 1);
            h->place[at] = distance != NULL ? distance[region]
                           : half_maximum   ? half_time(s->n_times, curve, peak, times)
                                            : times[peak];
        }
    }
}

/* Correlation over the regions that have both. */
static ana_status correlate(const ana_hierarchy *h, size_t subject, bool ranks, double *score)
{
    const size_t n = h->n_regions;
    const double *depth = h->depth + subject * n;
    const double *place = h->place + subject * n;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        count += isnan(depth[i]) || isnan(place[i]) ? 0 : 1;
    }
    *score = (double)NAN;
    if (count < 3) {
        return ANA_OK;
    }
    if (ranks) {
        return ana_stats_spearman(n, depth, place, score);
    }
    *score = ana_stats_pearson(n, depth, place);
    return ANA_OK;
}

static ana_status mean_of_signed(void *user, const ana_rearranged *data, double *values)
{
    const double *scores = user;
    values[0] = 0.0;
    for (size_t i = 0; i < data->n; i++) {
        values[0] += data->signs[i] * scores[data->order[i]] / (double)data->n;
    }
    return ANA_OK;
}

/* Mean, interval and test of n scores, none of them missing. */
static ana_status over_known(const ana_hierarchy_options *options, size_t n, double *known,
                             ana_over_subjects *out)
{
    ana_status status = ANA_OK;
    ana_bootstrap *bootstrap = NULL;
    ana_resampling_test_result *test = NULL;
    ana_resampling_options settings = ana_resampling_options_default();
    settings.run = options->run;
    settings.n_resamples = options->n_resamples;
    settings.level = options->level;
    settings.bca = false;
    if (n >= 3) {
        ANA_TRY(ana_resampling_bootstrap(n, 1, mean_of_signed, known, &settings, &bootstrap));
        out->low = bootstrap->low[0];
        out->high = bootstrap->high[0];
    }
    if (n >= 2) {
        settings.scheme = ANA_SCHEME_SIGN_FLIP;
        settings.tail = ANA_TAIL_GREATER;
        ANA_TRY(ana_resampling_test(n, 1, mean_of_signed, known, &settings, &test));
        out->p = test->p[0];
    }
    out->n = n;
    out->mean = n > 0 ? ana_stats_mean(n, known) : (double)NAN;
done:
    ana_bootstrap_free(bootstrap);
    ana_resampling_test_free(test);
    return status;
}

ana_status ana_encoding_over_subjects(size_t n, const double *scores,
                                      const ana_hierarchy_options *options, ana_over_subjects *out)
{
    ana_status status = ANA_OK;
    double *known = NULL;
    size_t n_known = 0;
    const ana_hierarchy_options defaults = ana_hierarchy_options_default();
    options = options != NULL ? options : &defaults;
    *out = (ana_over_subjects){0, (double)NAN, (double)NAN, (double)NAN, (double)NAN};
    ANA_TRY(ana_options_check(hierarchy_table, options, "hierarchy"));
    ANA_TRY(ana_allocate(n, sizeof *known, "hierarchy", (void *)&known));
    for (size_t s = 0; s < n; s++) {
        if (isinf(scores[s])) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE, "hierarchy: the score of subject %zu is infinite", s));
        }
        known[n_known] = scores[s];
        n_known += isnan(scores[s]) ? 0 : 1;
    }
    if (n == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "hierarchy: scores of no subjects"));
    }
    ANA_TRY(over_known(options, n_known, known, out));
done:
    free(known);
    return status;
}

static ana_status check(const ana_layer_scores *s, const double *distance, const double *times,
                        const ana_hierarchy_options *options)
{
    ana_status status = ANA_OK;
    if (s->n_subjects == 0 || s->n_layers < 2 || s->n_regions < 3 || s->n_times == 0) {
        return ana_fail(ANA_ERR_VALUE,
                        "hierarchy: %zu subjects, %zu layers, %zu regions, %zu times; one, two, "
                        "three and one are wanted at least",
                        s->n_subjects, s->n_layers, s->n_regions, s->n_times);
    }
    const size_t n = s->n_subjects * s->n_layers * s->n_regions * s->n_times;
    for (size_t i = 0; i < n; i++) {
        if (isinf(s->values[i])) {
            return ana_fail(ANA_ERR_VALUE, "hierarchy: score %zu is infinite", i);
        }
    }
    for (size_t r = 0; distance != NULL && r < s->n_regions; r++) {
        if (!isfinite(distance[r])) {
            return ana_fail(ANA_ERR_VALUE, "hierarchy: distance %zu is not finite", r);
        }
    }
    for (size_t t = 0; times != NULL && t < s->n_times; t++) {
        if (!isfinite(times[t]) || s->n_times < 2 || (t > 0 && times[t] <= times[t - 1])) {
            return ana_fail(ANA_ERR_VALUE,
                            "hierarchy: %zu times that are to rise; two at least, and time %zu "
                            "does not",
                            s->n_times, t);
        }
    }
    ANA_TRY(ana_options_check(hierarchy_table, options, "hierarchy"));
done:
    return status;
}

static ana_status new_hierarchy(const ana_layer_scores *s, ana_hierarchy **out)
{
    ana_status status = ANA_OK;
    ana_hierarchy *h = NULL;
    const size_t n = s->n_subjects * s->n_regions;
    ANA_TRY(ana_allocate(1, sizeof *h, "hierarchy", (void *)&h));
    h->n_subjects = s->n_subjects;
    h->n_regions = s->n_regions;
    ANA_TRY(ana_allocate(n, sizeof(double), "hierarchy", (void *)&h->depth));
    ANA_TRY(ana_allocate(n, sizeof(double), "hierarchy", (void *)&h->place));
    ANA_TRY(ana_allocate(s->n_subjects, sizeof(double), "hierarchy", (void *)&h->score));
    *out = h;
    h = NULL;
done:
    ana_hierarchy_free(h);
    return status;
}

static ana_status find(const ana_layer_scores *scores, const double *distance, const double *times,
                       const ana_hierarchy_options *options, ana_hierarchy **out)
{
    ana_status status = ANA_OK;
    ana_hierarchy *h = NULL;
    const ana_hierarchy_options defaults = ana_hierarchy_options_default();
    options = options != NULL ? options : &defaults;
    ANA_TRY(check(scores, distance, times, options));
    ANA_TRY(new_hierarchy(scores, &h));
    for (size_t s = 0; s < h->n_subjects; s++) {
        fill_subject(scores, s, distance, times, options->half_maximum, h);
        ANA_TRY(correlate(h, s, options->ranks, &h->score[s]));
    }
    ANA_TRY(ana_encoding_over_subjects(h->n_subjects, h->score, options, &h->over));
    *out = h;
    h = NULL;
done:
    ana_hierarchy_free(h);
    return status;
}

ana_status ana_encoding_spatial_score(const ana_layer_scores *scores, const double *distance,
                                      const ana_hierarchy_options *options, ana_hierarchy **out)
{
    return find(scores, distance, NULL, options, out);
}

ana_status ana_encoding_temporal_score(const ana_layer_scores *scores, const double *times,
                                       const ana_hierarchy_options *options, ana_hierarchy **out)
{
    return find(scores, NULL, times, options, out);
}

void ana_hierarchy_free(ana_hierarchy *h)
{
    if (h == NULL) {
        return;
    }
    free(h->depth);
    free(h->place);
    free(h->score);
    free(h);
}
