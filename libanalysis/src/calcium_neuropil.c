#include "checked.h"
#include "derived.h"
#include "memory.h"
#include "read_ahead.h"
#include "spans.h"
#include "try.h"
#include "workspace.h"

#include <analysis/calcium.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rounds of reweighting, and the change of the coefficients, in units of the scale, that ends them.
 */
static const size_t max_rounds = 100;
static const double fit_tolerance = 1e-10;

/* The pairs present in both traces, with room for weights and residuals. */
typedef struct pairs {
    size_t n;
    double *f;
    double *g;
    double *weights;
    double *residuals;
} pairs;

/* Weighed least squares of f on g about their weighed means. */
static bool fit_line(const pairs *data, ana_neuropil_fit *fit)
{
    double mean_f = ana_stats_weighted_mean(data->n, data->f, data->weights);
    double mean_g = ana_stats_weighted_mean(data->n, data->g, data->weights);
    double both = 0.0;
    double own = 0.0;
    for (size_t i = 0; i < data->n; i++) {
        double off = data->weights[i] * (data->g[i] - mean_g);
        both += off * (data->f[i] - mean_f);
        own += off * (data->g[i] - mean_g);
    }
    if (!(own > 0.0)) {
        return false;
    }
    fit->slope = both / own;
    fit->intercept = mean_f - fit->slope * mean_g;
    return true;
}

/* Median |residual| / 0.6745, the standard deviation of normal residuals. */
static double scale_of(const pairs *data, const ana_neuropil_fit *fit)
{
    for (size_t i = 0; i < data->n; i++) {
        data->residuals[i] = fabs(data->f[i] - fit->intercept - fit->slope * data->g[i]);
    }
    return ana_stats_median_in_place(data->n, data->residuals) / 0.6744897501960817;
}

/* Huber's weights, or Tukey's bisquare. */
static void weigh(const pairs *data, const ana_neuropil_fit *fit, bool bisquare)
{
    for (size_t i = 0; i < data->n; i++) {
        double u = fabs(data->f[i] - fit->intercept - fit->slope * data->g[i]) / fit->scale;
        if (bisquare) {
            double v = u / 4.685;
            data->weights[i] = v < 1.0 ? (1.0 - v * v) * (1.0 - v * v) : 0.0;
        } else {
            data->weights[i] = u > 1.345 ? 1.345 / u : 1.0;
        }
    }
}

/* Reweight until neither coefficient moves the line by more than a trifle of the scale. */
static bool reweight(const pairs *data, bool bisquare, double spread, ana_neuropil_fit *fit)
{
    fit->converged = false;
    for (size_t round = 0; round < max_rounds && !fit->converged; round++) {
        ana_neuropil_fit before = *fit;
        fit->scale = scale_of(data, fit);
        if (!(fit->scale > 0.0)) { /* more than half of the pairs lie on the line */
            fit->converged = true;
            break;
        }
        weigh(data, fit, bisquare);
        if (!fit_line(data, fit)) {
            return false;
        }
        double moved =
            fabs(fit->slope - before.slope) * spread + fabs(fit->intercept - before.intercept);
        fit->converged = moved <= fit_tolerance * fit->scale;
    }
    return true;
}

static ana_status fit_pairs(const pairs *data, ana_neuropil_fit *fit)
{
    memset(fit, 0, sizeof *fit);
    fit->n = data->n;
    double spread = 0.0;
    for (size_t i = 0; i < data->n; i++) {
        data->weights[i] = 1.0;
        spread = fmax(spread, fabs(data->g[i]));
    }
    if (data->n < 3 || !fit_line(data, fit) || !reweight(data, false, spread, fit) ||
        !reweight(data, true, spread, fit)) {
        return ana_fail(ANA_ERR_NUMERIC,
                        "neuropil: no line can be fitted to %zu samples that hardly vary", data->n);
    }
    return ANA_OK;
}

ana_status ana_calcium_fit_neuropil(size_t n, const double *f, const double *g,
                                    ana_neuropil_fit *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    pairs data = {0};
    data.f = ana_workspace_doubles(&workspace, n, 1);
    data.g = ana_workspace_doubles(&workspace, n, 1);
    data.weights = ana_workspace_doubles(&workspace, n, 1);
    data.residuals = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "neuropil"));
    for (size_t t = 0; t < n; t++) {
        data.f[data.n] = f[t];
        data.g[data.n] = g[t];
        data.n += isnan(f[t]) || isnan(g[t]) ? 0 : 1;
    }
    ANA_TRY(fit_pairs(&data, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Two series and what of the second is taken off the first. */
typedef struct difference {
    ana_series *fluorescence;
    ana_series *neuropil;
    double *coefficients;
} difference;

static void free_difference(void *opaque)
{
    difference *self = opaque;
    if (self == NULL) {
        return;
    }
    ana_series_free(self->fluorescence);
    ana_series_free(self->neuropil);
    free(self->coefficients);
    free(self);
}

static ana_status read_difference(void *opaque, const ana_window *window, double *out)
{
    const difference *self = opaque;
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = window->n_times;
    double *g = ana_workspace_doubles(&workspace, window->n_channels, n);
    ANA_TRY(ana_workspace_check(&workspace, "neuropil"));
    ANA_TRY(ana_series_read(self->fluorescence, window->n_channels, window->channels, window->first,
                            n, out));
    ANA_TRY(
        ana_series_read(self->neuropil, window->n_channels, window->channels, window->first, n, g));
    for (size_t i = 0; i < window->n_channels; i++) {
        double coefficient = self->coefficients[window->channels[i]];
        double gain = window->gain != NULL ? window->gain[i] : 1.0;
        double offset = window->gain != NULL ? window->offset[i] : 0.0;
        for (size_t t = 0; t < n; t++) {
            double value = out[i * n + t] - coefficient * g[i * n + t];
            out[i * n + t] = value * gain + offset;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status read_difference_stored(void *self, const ana_window *window, void *out)
{
    ana_window stored = *window;
    stored.gain = NULL;
    stored.offset = NULL;
    return read_difference(self, &stored, out);
}

static const ana_source_operations difference_operations = {
    read_difference,
    read_difference_stored,
    free_difference,
};

/* Both have to be sampled together, region by region. */
static ana_status check_pair(const ana_series *fluorescence, const ana_series *neuropil)
{
    bool alike = fluorescence->n_channels == neuropil->n_channels &&
                 fluorescence->n_times == neuropil->n_times &&
                 fluorescence->rate == neuropil->rate &&
                 fluorescence->n_segments == neuropil->n_segments;
    for (size_t s = 0; alike && s < fluorescence->n_segments; s++) {
        alike = fluorescence->segments[s].n_times == neuropil->segments[s].n_times &&
                fluorescence->segments[s].start == neuropil->segments[s].start;
    }
    if (!alike) {
        return ana_fail(ANA_ERR_SHAPE,
                        "neuropil: \"%s\" (%zu channels, %zu samples) and \"%s\" (%zu, %zu) are "
                        "not sampled together",
                        fluorescence->name, fluorescence->n_channels, fluorescence->n_times,
                        neuropil->name, neuropil->n_channels, neuropil->n_times);
    }
    return ANA_OK;
}

/* The slope of each channel, one whole channel at a time. */
static ana_status fit_channels(const difference *self, const ana_run *run)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = self->fluorescence->n_times;
    size_t n_bytes = 0;
    if (!ana_multiply(n, 6 * sizeof(double), &n_bytes)) {
        n_bytes = SIZE_MAX;
    }
    ANA_TRY(ana_run_check_memory(run, n_bytes, "neuropil: one channel"));
    double *f = ana_workspace_doubles(&workspace, n, 1);
    double *g = ana_workspace_doubles(&workspace, n, 1);
    ana_read_ahead regions = ana_read_ahead_of(self->fluorescence, run, &workspace);
    ana_read_ahead surround = ana_read_ahead_of(self->neuropil, run, &workspace);
    ANA_TRY(ana_workspace_check(&workspace, "neuropil"));
    for (size_t c = 0; c < self->fluorescence->n_channels; c++) {
        ana_neuropil_fit fit;
        ANA_TRY(ana_run_progress(run, "neuropil", c, self->fluorescence->n_channels));
        ANA_TRY(ana_read_ahead_row(&regions, c, 0, n, f));
        ANA_TRY(ana_read_ahead_row(&surround, c, 0, n, g));
        status = ana_calcium_fit_neuropil(n, f, g, &fit);
        if (status != ANA_OK) {
            status = ana_fail_in(status, "channel %zu: ", c);
            goto done;
        }
        self->coefficients[c] = fmin(fmax(fit.slope, 0.0), 1.0);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status prepare(const ana_series *fluorescence, const ana_series *neuropil,
                          const ana_calcium_options *options, difference **out)
{
    ana_status status = ANA_OK;
    difference *self = NULL;
    ANA_TRY(ana_allocate(1, sizeof *self, "neuropil", &self));
    ANA_TRY(ana_series_cut(fluorescence, 0, NULL, NULL, &self->fluorescence));
    ANA_TRY(ana_series_cut(neuropil, 0, NULL, NULL, &self->neuropil));
    ANA_TRY(ana_allocate(fluorescence->n_channels, sizeof *self->coefficients, "neuropil",
                         &self->coefficients));
    for (size_t c = 0; c < fluorescence->n_channels; c++) {
        self->coefficients[c] = options->coefficient;
    }
    if (options->neuropil == ANA_NEUROPIL_ROBUST) {
        ANA_TRY(fit_channels(self, &options->run));
    }
    *out = self;
    self = NULL;
done:
    free_difference(self);
    return status;
}

ana_status ana_series_neuropil(const ana_series *fluorescence, const ana_series *neuropil,
                               const ana_calcium_options *options, double *coefficients,
                               ana_series **out)
{
    ana_status status = ANA_OK;
    const ana_calcium_options defaults = ana_calcium_options_default();
    options = options != NULL ? options : &defaults;
    difference *self = NULL;
    ana_series *series = NULL;
    ANA_TRY(ana_options_check(ana_calcium_option_table, options, "calcium"));
    ANA_TRY(check_pair(fluorescence, neuropil));
    ANA_TRY(prepare(fluorescence, neuropil, options, &self));
    ANA_TRY(ana_series_heading(fluorescence, "neuropil", 1, &series));
    if (coefficients != NULL) {
        memcpy(coefficients, self->coefficients, series->n_channels * sizeof *coefficients);
    }
    ANA_TRY(ana_source_new(&difference_operations, self, &series->source));
    self = NULL;
    *out = series;
    series = NULL;
done:
    free_difference(self);
    ana_series_free(series);
    return status;
}
