#include "resampling.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/filter.h>
#include <analysis/resample.h>

#include <math.h>

static const char *const method_names[] = {"polyphase", "fourier", NULL};
static const char *const edge_names[] = {"reflect", "zero", NULL};

const ana_option ana_resample_option_table[] = {
    {"resample", ANA_OPTION_DOUBLE, offsetof(ana_resample_options, rate_hz), 0, INFINITY, NULL,
     "HZ", "rate of the resampled series", false},
    {"resample-method", ANA_OPTION_CHOICE, offsetof(ana_resample_options, method), 0, 0,
     method_names, "METHOD", "polyphase: streams; fourier: sharper, needs whole segments", false},
    {"resample-edge", ANA_OPTION_CHOICE, offsetof(ana_resample_options, edge), 0, 0, edge_names,
     "EDGE", "how polyphase continues a signal beyond its ends", false},
    ANA_OPTION_END,
};

ana_resample_options ana_resample_options_default(void)
{
    return (ana_resample_options){.run = ana_run_default()};
}

/* Continued fraction of the ratio, until it is met to 13 digits. */
ana_status ana_resample_ratio(double from, double to, size_t *up, size_t *down)
{
    if (!(from > 0.0 && to > 0.0 && isfinite(from) && isfinite(to))) {
        return ana_fail(ANA_ERR_VALUE, "resampling from %s to %s Hz: both must be above 0",
                        ana_number(from).text, ana_number(to).text);
    }
    const double ratio = to / from;
    double rest = ratio;
    double numerator[2] = {1.0, 0.0}; /* of the last two convergents */
    double denominator[2] = {0.0, 1.0};
    const double most = (double)ANA_MAX_FACTOR;
    for (int i = 0; i < 64; i++) {
        double whole = floor(rest);
        double p = whole * numerator[0] + numerator[1];
        double q = whole * denominator[0] + denominator[1];
        if (p > most || q > most) {
            break;
        }
        if (fabs(p / q - ratio) <= 1e-13 * ratio && p >= 1.0) {
            *up = (size_t)p;
            *down = (size_t)q;
            return ANA_OK;
        }
        numerator[1] = numerator[0];
        denominator[1] = denominator[0];
        numerator[0] = p;
        denominator[0] = q;
        rest = 1.0 / (rest - whole);
    }
    return ana_fail(
        ANA_ERR_VALUE,
        "resampling from %s to %s Hz: no ratio of whole numbers up to %d; choose a rate "
        "that shares a factor with the old one",
        ana_number(from).text, ana_number(to).text, ANA_MAX_FACTOR);
}

size_t ana_resample_length(size_t n, size_t up, size_t down)
{
    return n / down * up + (n % down * up + down - 1) / down;
}

/* Each channel of one segment in memory. */
static ana_status run_channels(const ana_polyphase *polyphase, size_t n_channels, size_t n_times,
                               const double *x, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_out = ana_resample_length(n_times, polyphase->up, polyphase->down);
    if (n_out == 0) {
        return ANA_OK;
    }
    double *scratch = ana_workspace_doubles(&workspace, ana_polyphase_scratch(polyphase, n_out), 1);
    ANA_TRY(ana_workspace_check(&workspace, "resampling"));
    for (size_t c = 0; c < n_channels; c++) {
        ana_stretch whole = {x + c * n_times, 0, n_times, n_times};
        ana_polyphase_run(polyphase, &whole, 0, n_out, scratch, out + c * n_out);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_resample_polyphase(size_t up, size_t down, ana_resample_edge edge, size_t n_channels,
                                  size_t n_times, const double *x, double *out)
{
    ana_polyphase *polyphase = NULL;
    ana_status status = ana_polyphase_design(up, down, edge == ANA_EDGE_REFLECT, &polyphase);
    if (status == ANA_OK) {
        status = run_channels(polyphase, n_channels, n_times, x, out);
    }
    ana_polyphase_free(polyphase);
    return status;
}

ana_status ana_decimate(size_t factor, size_t n_channels, size_t n_times, const double *x,
                        double *out)
{
    ana_polyphase *polyphase = NULL;
    ana_status status = ana_polyphase_decimator(factor, &polyphase);
    if (status == ANA_OK) {
        status = run_channels(polyphase, n_channels, n_times, x, out);
    }
    ana_polyphase_free(polyphase);
    return status;
}
