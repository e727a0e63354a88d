/* Filters, resampling and spectra of the signals in `in/x`. What a dataset is, and its parameters,
 * stand in its name: fir/y_l8.0_h32.0 is a band-pass from 8 to 32 Hz; "None" is no edge. The
 * library's accuracy is stated relative to the largest value of each dataset. */
#include "bci.h"
#include "support/check.h"

#include <analysis/filter.h>
#include <analysis/resample.h>
#include <analysis/spectrum.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct signals {
    const h5_reference *file;
    tally *counts;
    double rate;
    size_t n_channels;
    size_t n_times;
    const double *x;
    ana_series *series;
} signals;

static bool starts_with(const char *name, const char *beginning)
{
    return strncmp(name, beginning, strlen(beginning)) == 0;
}

/* "..._l8.0_h32.0" or with None: the edges of the pass band. */
static void read_edges(const char *name, ana_filter_options *options)
{
    const char *low = strstr(name, "_l");
    const char *high = strstr(name, "_h");
    assert_true(low != NULL && high != NULL);
    options->high_pass_hz = strncmp(low + 2, "None", 4) == 0 ? 0.0 : atof(low + 2);
    options->low_pass_hz = strncmp(high + 2, "None", 4) == 0 ? 0.0 : atof(high + 2);
}

static void compare_series(const signals *in, const char *path, ana_series *series, double accuracy)
{
    double *y = calloc(in->n_channels * series->n_times, sizeof *y);
    assert_non_null(y);
    check_ok(ana_series_read(series, 0, NULL, 0, series->n_times, y));
    compare_to_largest(in->file, path, in->n_channels * series->n_times, y, accuracy, in->counts);
    free(y);
    ana_series_free(series);
}

static void compare_filtered(const signals *in, const char *path, const ana_filter_options *options,
                             double accuracy)
{
    ana_series *filtered = NULL;
    check_ok(ana_series_filter(in->series, options, &filtered));
    compare_series(in, path, filtered, accuracy);
}

static bool compare_fir(const signals *in, const char *name, const char *path)
{
    ana_filter_options options = ana_filter_options_default();
    if (starts_with(name, "taps_l")) {
        ana_fir *fir = NULL;
        read_edges(name, &options);
        check_ok(ana_fir_design(&options, in->rate, &fir));
        compare_to_largest(in->file, path, fir->n_taps, fir->taps, 1e-12, in->counts);
        ana_fir_free(fir);
        return true;
    }
    if (starts_with(name, "notch")) {
        options.notch_hz = atof(name + strlen("notch"));
    } else if (starts_with(name, "y_l")) {
        read_edges(name, &options);
    } else {
        return false;
    }
    compare_filtered(in, path, &options, 1e-10);
    return true;
}

/* The notch whose zero the section has, a thirtieth of its frequency wide. */
static void compare_notch(const signals *in, const char *path)
{
    ana_sos *sos = NULL;
    h5_doubles section = h5_reference_doubles(in->file, path);
    assert_int_equal(section.n, 6);
    const double angle = acos(-0.5 * section.values[1] / section.values[0]);
    const double notch = angle * in->rate / (2.0 * acos(-1.0));
    check_ok(ana_sos_notch(notch, notch / 30.0, in->rate, &sos));
    compare_to_largest(in->file, path, 6, sos->sections, 1e-10, in->counts);
    ana_sos_free(sos);
    h5_doubles_free(&section);
}

static bool compare_iir(const signals *in, const char *name, const char *path)
{
    ana_filter_options options = ana_filter_options_default();
    options.method = ANA_FILTER_BUTTERWORTH;
    if (strcmp(name, "notch_sos") == 0) {
        compare_notch(in, path);
    } else if (starts_with(name, "sos_l")) {
        ana_sos *sos = NULL;
        read_edges(name, &options);
        check_ok(ana_butterworth(options.order, options.high_pass_hz, options.low_pass_hz, in->rate,
                                 &sos));
        compare_to_largest(in->file, path, 6 * sos->n_sections, sos->sections, 1e-12, in->counts);
        ana_sos_free(sos);
    } else if (starts_with(name, "y_l") || starts_with(name, "causal_l")) {
        read_edges(name, &options);
        options.phase = name[0] == 'y' ? ANA_PHASE_ZERO : ANA_PHASE_CAUSAL;
        compare_filtered(in, path, &options, 1e-10);
    } else {
        return false;
    }
    return true;
}

/* MNE's lengths: the signal is continued by reflection to a power of two at least 100 samples (or
 * an eighth of it) longer on either side, and the answer's length and place are rounded. */
static void compare_fourier(const signals *in, const char *path, double rate)
{
    const double ratio = rate / in->rate;
    const size_t n = in->n_times;
    const size_t side = n / 8 < 100 ? n / 8 : 100;
    size_t padded = 1;
    while (padded < n + 2 * side) {
        padded *= 2;
    }
    const size_t before = (padded - n) / 2;
    const size_t n_padded = (size_t)rint(ratio * (double)padded);
    const size_t n_out = (size_t)rint(ratio * (double)n);
    const size_t skipped = (size_t)rint(ratio * (double)before);
    double *x = calloc(padded, sizeof *x);
    double *y = calloc(n_padded, sizeof *y);
    double *kept = calloc(in->n_channels * n_out, sizeof *kept);
    assert_true(x != NULL && y != NULL && kept != NULL);
    for (size_t c = 0; c < in->n_channels; c++) {
        const double *channel = in->x + c * n;
        for (size_t t = 0; t < padded; t++) {
            const ptrdiff_t place = (ptrdiff_t)t - (ptrdiff_t)before;
            const ptrdiff_t last = (ptrdiff_t)n - 1;
            const ptrdiff_t mirrored = place < 0 ? -place : 2 * last - place;
            const bool inside = place >= 0 && place <= last;
            const bool within = mirrored >= 0 && mirrored <= last;
            x[t] = inside   ? channel[place]
                   : within ? 2.0 * channel[place < 0 ? 0 : last] - channel[mirrored]
                            : 0.0;
        }
        check_ok(ana_resample_fourier(1, padded, x, n_padded, NULL, y));
        memcpy(kept + c * n_out, y + skipped, n_out * sizeof *kept);
    }
    compare_to_largest(in->file, path, in->n_channels * n_out, kept, 1e-10, in->counts);
    free(x);
    free(y);
    free(kept);
}

/* Where no rounding is needed, the series has the same values. */
static void compare_fourier_series(const signals *in, const char *path, double rate)
{
    size_t up = 0;
    size_t down = 0;
    check_ok(ana_resample_ratio(in->rate, rate, &up, &down));
    if ((down & (down - 1)) == 0 && in->n_times % down == 0) {
        ana_resample_options options = ana_resample_options_default();
        ana_series *resampled = NULL;
        options.rate_hz = rate;
        options.method = ANA_RESAMPLE_FOURIER;
        check_ok(ana_series_resample(in->series, &options, &resampled));
        compare_series(in, path, resampled, 1e-10);
    }
}

static bool compare_resampled(const signals *in, const char *name, const char *path)
{
    ana_series *resampled = NULL;
    if (starts_with(name, "fft_")) {
        compare_fourier(in, path, atof(name + strlen("fft_")));
        compare_fourier_series(in, path, atof(name + strlen("fft_")));
    } else if (starts_with(name, "poly_")) {
        ana_resample_options options = ana_resample_options_default();
        options.rate_hz = atof(name + strlen("poly_"));
        options.edge = ANA_EDGE_ZERO;
        check_ok(ana_series_resample(in->series, &options, &resampled));
        compare_series(in, path, resampled, 1e-12);
    } else if (starts_with(name, "decimate")) {
        size_t factor = (size_t)atoi(name + strlen("decimate"));
        check_ok(ana_series_decimate(in->series, factor, NULL, &resampled));
        compare_series(in, path, resampled, 1e-12);
    } else {
        return false;
    }
    return true;
}

/* The frequencies beside a spectrum give its range, and its windows' length by their distance. */
static ana_spectrum_options spectrum_options(const signals *in, const char *path)
{
    char frequencies[200];
    ana_spectrum_options options = ana_spectrum_options_default();
    snprintf(frequencies, sizeof frequencies, "%s_f", path);
    h5_doubles f = h5_reference_doubles(in->file, frequencies);
    assert_true(f.n > 1);
    const double step = (f.values[f.n - 1] - f.values[0]) / (double)(f.n - 1);
    options.window_s = rint(in->rate / step) / in->rate;
    options.min_hz = fmax(f.values[0] - 1e-9, 0.0);
    options.max_hz = f.values[f.n - 1] + 1e-9;
    h5_doubles_free(&f);
    return options;
}

static void compare_frequencies(const signals *in, const char *path, const ana_matrix *spectrum)
{
    char frequencies[200];
    snprintf(frequencies, sizeof frequencies, "%s_f", path);
    compare_to_largest(in->file, frequencies, spectrum->axes[1].n, spectrum->axes[1].coordinates,
                       1e-14, in->counts);
}

/* scipy: Hann; MNE: Hamming. Half a window is shared. */
static void compare_welch(const signals *in, const char *path, ana_taper_kind taper)
{
    ana_matrix *spectrum = NULL;
    ana_spectrum_options options = spectrum_options(in, path);
    options.taper = taper;
    check_ok(ana_series_spectrum(in->series, &options, NULL, &spectrum));
    compare_to_largest(in->file, path, ana_matrix_size(spectrum), spectrum->values, 1e-12,
                       in->counts);
    compare_frequencies(in, path, spectrum);
    ana_matrix_free(spectrum);
}

/* The first window of each channel, smoothed over 4 Hz. */
static void compare_multitaper(const signals *in, const char *path)
{
    ana_matrix *spectrum = NULL;
    ana_spectrum_options options = spectrum_options(in, path);
    const size_t n = (size_t)rint(options.window_s * in->rate);
    double *x = calloc(in->n_channels * n, sizeof *x);
    assert_true(x != NULL && n <= in->n_times);
    for (size_t c = 0; c < in->n_channels; c++) {
        memcpy(x + c * n, in->x + c * in->n_times, n * sizeof *x);
    }
    options.method = ANA_SPECTRUM_MULTITAPER;
    options.bandwidth_hz = 4.0;
    check_ok(ana_spectrum(&options, in->rate, in->n_channels, n, x, NULL, &spectrum));
    compare_to_largest(in->file, path, ana_matrix_size(spectrum), spectrum->values, 1e-9,
                       in->counts);
    compare_frequencies(in, path, spectrum);
    ana_matrix_free(spectrum);
    free(x);
}

static bool compare_psd(const signals *in, const char *name, const char *path)
{
    if (strcmp(name, "welch") == 0) {
        compare_welch(in, path, ANA_TAPER_HANN);
    } else if (strcmp(name, "mne_welch") == 0) {
        compare_welch(in, path, ANA_TAPER_HAMMING);
    } else if (strcmp(name, "mne_multitaper") == 0) {
        compare_multitaper(in, path);
    } else {
        const size_t n = strlen(name); /* frequencies go with their spectrum */
        return n > 2 && strcmp(name + n - 2, "_f") == 0;
    }
    return true;
}

static bool compare_input(const signals *in, const char *name, const char *path)
{
    (void)in;
    (void)path;
    return strcmp(name, "x") == 0;
}

/* What each group of the file is compared by. */
typedef struct group_reader {
    const char *name;
    bool (*compare)(const signals *in, const char *name, const char *path);
} group_reader;

static const group_reader readers[] = {
    {"in", compare_input},           {"fir", compare_fir}, {"iir", compare_iir},
    {"resample", compare_resampled}, {"psd", compare_psd},
};

/* Groups that are compared as a whole. */
static const struct {
    const char *name;
    void (*compare)(const h5_reference *file, tally *counts);
} whole_groups[] = {{"events", compare_events},     {"lz", compare_complexity},
                    {"r2", compare_class_maps},     {"burg", compare_burg},
                    {"conn", compare_connectivity}, {"edf", compare_edf}};

static bool compare_whole(const signals *in, const char *group)
{
    for (size_t i = 0; i < sizeof whole_groups / sizeof whole_groups[0]; i++) {
        if (strcmp(group, whole_groups[i].name) == 0) {
            whole_groups[i].compare(in->file, in->counts);
            return true;
        }
    }
    return false;
}

static void compare_group(const signals *in, const char *group)
{
    const group_reader *reader = NULL;
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        reader = strcmp(readers[i].name, group) == 0 ? &readers[i] : reader;
    }
    h5_names names = h5_reference_list(in->file, group, H5_KIND_DATASET);
    if (reader == NULL) {
        tally_that(in->counts, false, "%s: a group that is not known", group);
        in->counts->n_unread += names.n;
    }
    for (size_t i = 0; i < names.n && reader != NULL; i++) {
        char path[200];
        snprintf(path, sizeof path, "%s/%s", group, names.names[i]);
        const bool known = reader->compare(in, names.names[i], path);
        tally_that(in->counts, known, "%s: a dataset that is not known", path);
    }
    h5_names_free(&names);
}

static ana_series *make_series(double rate, size_t n_channels, size_t n_times, const double *x)
{
    ana_series *series = NULL;
    check_ok(ana_series_new("signals", n_channels, &series));
    series->rate = rate;
    series->type = ANA_FLOAT64;
    check_ok(ana_series_add_segment(series, n_times, 0.0));
    check_ok(ana_source_from_memory(ANA_FLOAT64, n_channels, n_times, true, x, &series->source));
    for (size_t c = 0; c < n_channels; c++) {
        char name[24];
        snprintf(name, sizeof name, "%zu", c);
        series->channels[c].name = strdup(name);
        series->channels[c].kind = ANA_KIND_EEG;
    }
    return series;
}

void compare_signal(const h5_reference *file, tally *counts)
{
    h5_doubles x = h5_reference_doubles(file, "in/x");
    signals in = {.file = file, .counts = counts, .x = x.values};
    assert_int_equal(x.n_axes, 2);
    in.rate = h5_reference_attribute(file, "in/x", "fs", 0.0);
    in.n_channels = x.shape[0];
    in.n_times = x.shape[1];
    in.series = make_series(in.rate, in.n_channels, in.n_times, in.x);
    h5_names groups = h5_reference_list(file, "/", H5_KIND_GROUP);
    for (size_t i = 0; i < groups.n; i++) {
        if (!compare_whole(&in, groups.names[i])) {
            compare_group(&in, groups.names[i]);
        }
    }
    h5_names_free(&groups);
    ana_series_free(in.series);
    h5_doubles_free(&x);
}
