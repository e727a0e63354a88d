#include "derived.h"
#include "dff.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/calcium.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>

ana_calcium_options ana_calcium_options_default(void)
{
    ana_calcium_options options = {
        .run = ana_run_default(),
        .baseline = ANA_BASELINE_PERCENTILE,
        .percentile = 8.0,
        .window_s = 60.0,
        .smooth_samples = 10.0,
        .ratio = true,
        .neuropil = ANA_NEUROPIL_FIXED,
        .coefficient = 0.7,
        .noise = ANA_NOISE_PSD_LOGMEXP,
        .threshold = 3.0,
        .release = 1.0,
        .min_duration_s = 0.2,
    };
    return options;
}

static const char *const baselines[] = {"percentile", "maximin", NULL};
static const char *const neuropils[] = {"fixed", "robust", NULL};
static const char *const noises[] = {"psd-mean", "psd-median", "psd-logmexp", "difference", NULL};

const ana_option ana_calcium_option_table[] = {
    {"baseline", ANA_OPTION_CHOICE, offsetof(ana_calcium_options, baseline), 0, 0, baselines,
     "KIND", "what counts as rest: a percentile of a sliding window, or its maximum of minima",
     false},
    {"percentile", ANA_OPTION_DOUBLE, offsetof(ana_calcium_options, percentile), 0, 100, NULL,
     "PERCENT", "percentile of the window", false},
    {"window", ANA_OPTION_DOUBLE, offsetof(ana_calcium_options, window_s), 1e-6, 1e9, NULL,
     "SECONDS", "window of the baseline", false},
    {"smooth", ANA_OPTION_DOUBLE, offsetof(ana_calcium_options, smooth_samples), 0, 1e9, NULL,
     "SAMPLES", "standard deviation of the Gaussian before maximin; 0: none", false},
    {"ratio", ANA_OPTION_BOOL, offsetof(ana_calcium_options, ratio), 0, 0, NULL, NULL,
     "divide by the baseline, not only take it off", false},
    {"neuropil", ANA_OPTION_CHOICE, offsetof(ana_calcium_options, neuropil), 0, 0, neuropils, "HOW",
     "one coefficient for all regions, or a robust fit to each", false},
    {"coefficient", ANA_OPTION_DOUBLE, offsetof(ana_calcium_options, coefficient), 0, 10, NULL, "C",
     "share of the neuropil that is taken off", false},
    {"noise", ANA_OPTION_CHOICE, offsetof(ana_calcium_options, noise), 0, 0, noises, "HOW",
     "how the noise is measured: by the spectrum above a quarter of the rate, or by differences",
     false},
    {"threshold", ANA_OPTION_DOUBLE, offsetof(ana_calcium_options, threshold), 0, 1e6, NULL, "SD",
     "robust standard deviations above the median to which an event rises", false},
    {"release", ANA_OPTION_DOUBLE, offsetof(ana_calcium_options, release), 0, 1e6, NULL, "SD",
     "robust standard deviations above the median below which it ends", false},
    {"min-duration", ANA_OPTION_DOUBLE, offsetof(ana_calcium_options, min_duration_s), 0, 1e6, NULL,
     "SECONDS", "shorter events are left out", false},
    ANA_OPTION_END,
};

ana_status ana_calcium_baseline(size_t n, const double *f, double rate,
                                const ana_calcium_options *options, double *f0)
{
    ana_status status = ANA_OK;
    const ana_calcium_options defaults = ana_calcium_options_default();
    options = options != NULL ? options : &defaults;
    ana_workspace workspace = {0};
    ana_dff_kernel *kernel = NULL;
    ANA_TRY(ana_options_check(ana_calcium_option_table, options, "calcium"));
    ANA_TRY(ana_dff_kernel_new(options, rate, &kernel));
    double *scratch = ana_workspace_doubles(&workspace, ana_dff_scratch(kernel, n), 1);
    ANA_TRY(ana_workspace_check(&workspace, "dff"));
    ana_run_of_samples all = {0, n};
    if (n > 0) {
        ana_dff_baseline(kernel, n, all, f, all, scratch, f0);
    }
done:
    ana_dff_kernel_free(kernel);
    ana_workspace_release(&workspace);
    return status;
}

/* Answers in a block: many windows, so that little is computed twice. */
static size_t block_of(const ana_dff_kernel *kernel)
{
    const size_t least = (size_t)1 << 14;
    return 4 * kernel->window > least ? 4 * kernel->window : least;
}

static void dff_reach(const void *self, size_t n_times, size_t first, size_t n, size_t *in_first,
                      size_t *in_n)
{
    ana_run_of_samples wanted = {first, n};
    ana_run_of_samples reach = ana_dff_reach(self, n_times, wanted);
    *in_first = reach.first;
    *in_n = reach.n;
}

static size_t dff_scratch(const void *self, size_t n_times)
{
    size_t block = block_of(self);
    return ana_dff_scratch(self, n_times < block ? n_times : block);
}

static void dff_compute(const void *self, const ana_derived_block *block, double *scratch,
                        double *const *out)
{
    const ana_dff_kernel *kernel = self;
    ana_run_of_samples at_hand = {block->in_first, block->in_n};
    ana_run_of_samples wanted = {block->first, block->n};
    ana_dff_baseline(kernel, block->n_times, at_hand, block->in, wanted, scratch, out[0]);
    const double *f = block->in + (block->first - block->in_first);
    ana_calcium_dff(block->n, f, out[0], kernel->ratio, out[0]);
}

static void dff_free(void *self)
{
    ana_dff_kernel_free(self);
}

/* A ratio has no unit. */
static ana_status set_units(ana_series *series, bool ratio)
{
    ana_status status = ANA_OK;
    for (size_t c = 0; ratio && c < series->n_channels; c++) {
        char *unit = NULL;
        ANA_TRY(ana_copy_text("1", &unit));
        free(series->channels[c].unit);
        series->channels[c].unit = unit;
    }
done:
    return status;
}

ana_status ana_series_dff(const ana_series *series, const ana_calcium_options *options,
                          ana_series **out)
{
    ana_status status = ANA_OK;
    const ana_calcium_options defaults = ana_calcium_options_default();
    options = options != NULL ? options : &defaults;
    ana_dff_kernel *kernel = NULL;
    ana_series *dff = NULL;
    ANA_TRY(ana_options_check(ana_calcium_option_table, options, "calcium"));
    ANA_TRY(ana_series_need_rate(series, "dff"));
    ANA_TRY(ana_dff_kernel_new(options, series->rate, &kernel));
    ana_derivation derivation = {.name = "dff",
                                 .n_outputs = 1,
                                 .n_lanes = 1,
                                 .block = block_of(kernel),
                                 .holds_triggers = true,
                                 .up = 1,
                                 .down = 1,
                                 .rate = series->rate,
                                 .reach = dff_reach,
                                 .scratch = dff_scratch,
                                 .compute = dff_compute,
                                 .free = dff_free};
    ANA_TRY(ana_series_derive(series, &derivation, kernel, &options->run, &dff));
    ANA_TRY(set_units(dff, options->ratio));
    *out = dff;
    dff = NULL;
done:
    ana_series_free(dff);
    return status;
}

double ana_calcium_noise_level(size_t n, const double *dff, double rate, double *room)
{
    for (size_t t = 0; t + 1 < n; t++) {
        room[t] = fabs(dff[t + 1] - dff[t]);
    }
    return n > 1 ? ana_stats_median_in_place(n - 1, room) / sqrt(rate) : (double)NAN;
}
