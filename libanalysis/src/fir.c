/* Design of finite impulse responses. */
#include "constants.h"
#include "fft.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/filter.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t max_taps = (size_t)1 << 24;

ana_status ana_fir_new(size_t n_taps, const double *taps, ana_fir **out)
{
    if (n_taps == 0 || n_taps > max_taps) {
        return ana_fail(ANA_ERR_VALUE, "a filter of %zu taps: 1 to %zu are possible", n_taps,
                        max_taps);
    }
    ana_status status = ANA_OK;
    ana_fir *fir = NULL;
    ANA_TRY(ana_allocate(1, sizeof *fir, "filter", &fir));
    ANA_TRY(ana_allocate(n_taps, sizeof(double), "filter", &fir->taps));
    memcpy(fir->taps, taps, n_taps * sizeof(double));
    fir->n_taps = n_taps;
    *out = fir;
    fir = NULL;
done:
    ana_fir_free(fir);
    return status;
}

void ana_fir_free(ana_fir *fir)
{
    if (fir != NULL) {
        free(fir->taps);
        free(fir);
    }
}

void ana_fir_response(const ana_fir *fir, double rate, size_t n, const double *frequencies_hz,
                      double *gain)
{
    for (size_t i = 0; i < n; i++) {
        double angle = 2.0 * ANA_PI * frequencies_hz[i] / rate;
        gain[2 * i] = 0.0;
        gain[2 * i + 1] = 0.0;
        for (size_t k = 0; k < fir->n_taps; k++) {
            gain[2 * i] += fir->taps[k] * cos(angle * (double)k);
            gain[2 * i + 1] -= fir->taps[k] * sin(angle * (double)k);
        }
    }
}

/* The ideal low-pass with that cutoff (in half rates) at t samples from its middle. */
static double ideal_low_pass(double cutoff, double t)
{
    double angle = ANA_PI * cutoff * t;
    return t == 0.0 ? cutoff : cutoff * sin(angle) / angle;
}

/* Where the gain is scaled to 1: the middle of the first pass band, or its end at 0 or half the
 * rate. */
static double first_pass_frequency(size_t n_cutoffs, const double *cutoffs, bool pass_zero)
{
    if (pass_zero) {
        return 0.0;
    }
    return n_cutoffs == 1 ? 1.0 : 0.5 * (cutoffs[0] + cutoffs[1]);
}

static ana_status check_firwin(size_t n_taps, size_t n_cutoffs, const double *cutoffs,
                               bool pass_zero)
{
    if (n_taps == 0 || n_cutoffs == 0) {
        return ana_fail(ANA_ERR_VALUE, "windowed sinc of %zu taps with %zu cutoffs", n_taps,
                        n_cutoffs);
    }
    for (size_t i = 0; i < n_cutoffs; i++) {
        double lowest = i == 0 ? 0.0 : cutoffs[i - 1];
        if (!(cutoffs[i] > lowest && cutoffs[i] < 1.0)) {
            return ana_fail(ANA_ERR_VALUE,
                            "windowed sinc: cutoff %s; ascending ones between 0 and 1 (half the "
                            "rate) are right",
                            ana_number(cutoffs[i]).text);
        }
    }
    bool pass_half_rate = (n_cutoffs % 2 == 1) != pass_zero;
    if (pass_half_rate && n_taps % 2 == 0) {
        return ana_fail(ANA_ERR_VALUE,
                        "windowed sinc of %zu taps: an even number cannot pass half the rate",
                        n_taps);
    }
    return ANA_OK;
}

ana_status ana_firwin(size_t n_taps, size_t n_cutoffs, const double *cutoffs, bool pass_zero,
                      ana_taper_kind taper, double beta, double *taps)
{
    ana_status status = ANA_OK;
    ANA_TRY(check_firwin(n_taps, n_cutoffs, cutoffs, pass_zero));
    ANA_TRY(ana_taper_fill(taper, beta, true, n_taps, taps));
    bool pass_half_rate = (n_cutoffs % 2 == 1) != pass_zero;
    double scale_at = ANA_PI * first_pass_frequency(n_cutoffs, cutoffs, pass_zero);
    double gain = 0.0;
    for (size_t k = 0; k < n_taps; k++) {
        double t = (double)k - 0.5 * ((double)n_taps - 1.0);
        double sign = pass_half_rate ? -1.0 : 1.0;
        double ideal = pass_half_rate ? ideal_low_pass(1.0, t) : 0.0;
        for (size_t i = n_cutoffs; i-- > 0;) {
            ideal += sign * ideal_low_pass(cutoffs[i], t);
            sign = -sign;
        }
        taps[k] *= ideal;
        gain += taps[k] * cos(scale_at * t);
    }
    for (size_t k = 0; k < n_taps; k++) {
        taps[k] /= gain;
    }
done:
    return status;
}

/* One change of gain between two edges, hertz; `rises` from 0 to 1 as frequency goes up. */
typedef struct transition {
    double from;
    double to;
    bool rises;
} transition;

/* What the taper's main lobe needs: F rate / width samples. */
static double length_factor(ana_taper_kind taper)
{
    switch (taper) {
    case ANA_TAPER_HANN:
        return 3.1;
    case ANA_TAPER_HAMMING:
        return 3.3;
    case ANA_TAPER_BLACKMAN:
        return 5.0;
    case ANA_TAPER_BLACKMAN_HARRIS:
    case ANA_TAPER_FLAT_TOP:
    case ANA_TAPER_KAISER:
    case ANA_TAPER_RECTANGLE:
        break;
    }
    return 0.0;
}

static size_t make_odd(double n)
{
    size_t whole = n < 1.0 ? 1 : (size_t)n;
    return whole + 1 - whole % 2;
}

static ana_status filter_length(const ana_filter_options *options, double rate, double narrowest,
                                size_t *n_taps)
{
    double factor = length_factor(options->taper);
    if (factor == 0.0) {
        return ana_fail(ANA_ERR_VALUE, "filter: taper %s; hann, hamming or blackman is right",
                        ana_taper_names[options->taper]);
    }
    double seconds = options->length_s > 0.0 ? options->length_s : factor / narrowest;
    double samples = ceil(seconds * rate);
    if (!(samples < (double)max_taps)) {
        return ana_fail(ANA_ERR_VALUE,
                        "filter of %s s at %s Hz: at most %zu samples; a wider transition needs "
                        "fewer",
                        ana_number(seconds).text, ana_number(rate).text, max_taps);
    }
    *n_taps = make_odd(samples);
    return ANA_OK;
}

/* Adds a low-pass with its -6 dB point in the middle of the transition, `sign` times. */
static ana_status add_low_pass(const ana_filter_options *options, double rate, transition edge,
                               size_t n_taps, double *taps)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double width = (edge.to - edge.from) / rate;
    size_t n = make_odd(rint(length_factor(options->taper) / width));
    if (n > n_taps) {
        return ana_fail(ANA_ERR_VALUE,
                        "filter of %zu samples: a transition from %s to %s Hz needs %zu", n_taps,
                        ana_number(edge.from).text, ana_number(edge.to).text, n);
    }
    double *low_pass = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "filter design"));
    double cutoff = (edge.from + edge.to) / rate;
    ANA_TRY(ana_firwin(n, 1, &cutoff, true, options->taper, 0.0, low_pass));
    double sign = edge.rises ? -1.0 : 1.0;
    for (size_t k = 0; k < n; k++) {
        taps[(n_taps - n) / 2 + k] += sign * low_pass[k];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* A filter whose gain changes at the transitions, which ascend; the gain at half the rate is what
 * the last one leaves. */
static ana_status design(const ana_filter_options *options, double rate, size_t n_edges,
                         const transition *edges, ana_fir **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double narrowest = INFINITY;
    for (size_t i = 0; i < n_edges; i++) {
        double width = edges[i].to - edges[i].from;
        narrowest = width < narrowest ? width : narrowest;
        if (i > 0 && edges[i].from < edges[i - 1].to) {
            return ana_fail(ANA_ERR_VALUE,
                            "filter: the transitions from %s to %s Hz and from %s to %s Hz overlap",
                            ana_number(edges[i - 1].from).text, ana_number(edges[i - 1].to).text,
                            ana_number(edges[i].from).text, ana_number(edges[i].to).text);
        }
    }
    size_t n_taps = 0;
    ANA_TRY(filter_length(options, rate, narrowest, &n_taps));
    double *taps = ana_workspace_doubles(&workspace, n_taps, 1);
    ANA_TRY(ana_workspace_check(&workspace, "filter design"));
    taps[n_taps / 2] = edges[n_edges - 1].rises ? 1.0 : 0.0;
    for (size_t i = n_edges; i-- > 0;) {
        ANA_TRY(add_low_pass(options, rate, edges[i], n_taps, taps));
    }
    ANA_TRY(ana_fir_new(n_taps, taps, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* A pass edge's own transition width, or a quarter of the edge, at least 2 Hz, at most `room`: what
 * lies between the edge and the end of the axis behind the transition. */
static double transition_width(double given, double edge_hz, double room)
{
    return given > 0.0 ? given : fmin(fmax(0.25 * edge_hz, 2.0), room);
}

/* Where the gain rises for the high-pass and falls for the low-pass; in a band-stop the transitions
 * lie within the band that is removed. */
static transition rising_edge(const ana_filter_options *options, double rate, bool stop)
{
    double pass = options->high_pass_hz;
    double room = stop ? 0.5 * rate - pass : pass;
    double width = transition_width(options->high_pass_transition_hz, pass, room);
    return (transition){pass - width, pass, true};
}

static transition falling_edge(const ana_filter_options *options, double rate, bool stop)
{
    double pass = options->low_pass_hz;
    double room = stop ? pass : 0.5 * rate - pass;
    double width = transition_width(options->low_pass_transition_hz, pass, room);
    return (transition){pass, pass + width, false};
}

static ana_status check_edge(double edge_hz, double from, double to, double rate)
{
    if (!(from >= 0.0 && to <= 0.5 * rate && from < to)) {
        return ana_fail(ANA_ERR_VALUE,
                        "filter: an edge at %s Hz with a transition from %s to %s Hz does not lie "
                        "between 0 and half the rate of %s Hz",
                        ana_number(edge_hz).text, ana_number(from).text, ana_number(to).text,
                        ana_number(rate).text);
    }
    return ANA_OK;
}

ana_status ana_fir_design(const ana_filter_options *options, double rate, ana_fir **out)
{
    ana_status status = ANA_OK;
    bool high = options->high_pass_hz > 0.0;
    bool low = options->low_pass_hz > 0.0;
    bool stop = high && low && options->high_pass_hz > options->low_pass_hz;
    transition rise = rising_edge(options, rate, stop);
    transition fall = falling_edge(options, rate, stop);
    if (!high && !low) {
        return ana_fail(ANA_ERR_VALUE, "filter: neither a high-pass nor a low-pass is given");
    }
    if (high) {
        ANA_TRY(check_edge(options->high_pass_hz, rise.from, rise.to, rate));
    }
    if (low) {
        ANA_TRY(check_edge(options->low_pass_hz, fall.from, fall.to, rate));
    }
    transition edges[2] = {rise, fall};
    size_t n_edges = 2;
    if (stop) {
        edges[0] = fall;
        edges[1] = rise;
    } else if (!high || !low) {
        edges[0] = high ? rise : fall;
        n_edges = 1;
    }
    ANA_TRY(design(options, rate, n_edges, edges, out));
done:
    return status;
}

ana_status ana_fir_notch(const ana_filter_options *options, double rate, ana_fir **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const double side = 0.5 * options->notch_transition_hz;
    if (!(options->notch_hz > 0.0 && side > 0.0) || options->notch_harmonics == 0) {
        return ana_fail(ANA_ERR_VALUE,
                        "notch: frequency %s Hz, transition %s Hz, %zu harmonics; all must be "
                        "above 0",
                        ana_number(options->notch_hz).text,
                        ana_number(options->notch_transition_hz).text, options->notch_harmonics);
    }
    transition *edges = ana_workspace_bytes(&workspace, options->notch_harmonics, 2, sizeof *edges);
    ANA_TRY(ana_workspace_check(&workspace, "notch"));
    size_t n_edges = 0;
    for (size_t i = 1; i <= options->notch_harmonics; i++) {
        double middle = (double)i * options->notch_hz;
        double width = options->notch_width_hz > 0.0 ? options->notch_width_hz : middle / 200.0;
        double from = middle - 0.5 * width;
        double to = middle + 0.5 * width;
        if (i > 1 && to + side > 0.5 * rate) {
            break;
        }
        ANA_TRY(check_edge(middle, from - side, to + side, rate));
        edges[n_edges++] = (transition){from - side, from, false};
        edges[n_edges++] = (transition){to, to + side, true};
    }
    ANA_TRY(design(options, rate, n_edges, edges, out));
done:
    ana_workspace_release(&workspace);
    return status;
}
