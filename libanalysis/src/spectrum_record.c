/* A spectrum as a record with its figures. */
#include "picture.h"
#include "spectra.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/spectrum.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    MAX_LINES = 8,
    N_BANDS = 5
};

static const char *const band_names[N_BANDS] = {"delta", "theta", "alpha", "beta", "gamma"};
static const double band_edges[N_BANDS + 1] = {1.0, 4.0, 8.0, 13.0, 30.0, 80.0};

/* "dB re 1 uV^2/Hz" */
static void decibel_title(const char *unit, char *text, size_t size)
{
    if (unit != NULL && strcmp(unit, "1") != 0) {
        snprintf(text, size, "power density (dB re 1 %s\xc2\xb2/Hz)", unit);
    } else {
        snprintf(text, size, "power density (dB)");
    }
}

static ana_status add_power(const ana_matrix *spectrum, const char *unit, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n_channels = spectrum->axes[0].n;
    const size_t n = spectrum->axes[1].n;
    const bool lines = n_channels <= MAX_LINES;
    const char *const *names = (const char *const *)spectrum->axes[0].labels;
    char title[96];
    double *decibels = ana_workspace_doubles(&workspace, n_channels, n);
    ANA_TRY(ana_workspace_check(&workspace, "spectrum record"));
    for (size_t i = 0; i < n_channels * n; i++) {
        double value = spectrum->values[i];
        decibels[i] = value > 0.0 ? 10.0 * log10(value) : (double)NAN;
    }
    decibel_title(unit, title, sizeof title);
    const ana_picture_words words = {.title = "Power spectrum",
                                     .caption = "Power density of each channel by frequency.",
                                     .x_title = "frequency",
                                     .y_title = lines ? title : "channel",
                                     .value_title = lines ? NULL : title};
    ANA_TRY(ana_record_add_picture(record, "power", lines ? ANA_HINT_LINE : ANA_HINT_HEAT_MAP,
                                   &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, lines ? "y" : "values",
                                   ana_shape_2(n_channels, "channel", n, "frequency"), decibels,
                                   NULL));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(n, "frequency"),
                                   spectrum->axes[1].coordinates, "Hz"));
    if (names != NULL) {
        ANA_TRY(ana_record_add_texts(figure, lines ? "labels" : "row_labels", n_channels, names));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Bands that lie within the frequencies. */
static size_t covered_bands(const ana_matrix *spectrum, double *edges, const char **names)
{
    const ana_axis *frequency = &spectrum->axes[1];
    size_t n_bands = 0;
    for (size_t b = 0; b < N_BANDS && frequency->n > 1; b++) {
        if (band_edges[b] >= frequency->coordinates[0] &&
            band_edges[b + 1] <= frequency->coordinates[frequency->n - 1]) {
            edges[2 * n_bands] = band_edges[b];
            edges[2 * n_bands + 1] = band_edges[b + 1];
            names[n_bands++] = band_names[b];
        }
    }
    return n_bands;
}

static ana_status add_bands(const ana_matrix *spectrum, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    ana_matrix *powers = NULL;
    double edges[2 * N_BANDS];
    const char *names[N_BANDS];
    const size_t n_channels = spectrum->axes[0].n;
    const ana_picture_words words = {
        .title = "Share of the power in each band",
        .caption = "Integral over the band as a share of the integral over all frequencies.",
        .x_title = "band",
        .y_title = "channel",
        .value_title = "share"};
    size_t n_bands = covered_bands(spectrum, edges, names);
    if (n_bands == 0 || n_channels == 0) {
        return ANA_OK;
    }
    ANA_TRY(ana_band_power(spectrum, n_bands, edges, true, &powers));
    ANA_TRY(ana_record_add_picture(record, "bands", ANA_HINT_HEAT_MAP, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values",
                                   ana_shape_2(n_channels, "channel", n_bands, "band"),
                                   powers->values, NULL));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", n_bands, names));
    if (spectrum->axes[0].labels != NULL) {
        ANA_TRY(ana_record_add_texts(figure, "row_labels", n_channels,
                                     (const char *const *)spectrum->axes[0].labels));
    }
done:
    ana_matrix_free(powers);
    return status;
}

ana_status ana_spectrum_to_record(const ana_matrix *spectrum, const char *unit, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ana_record *group = NULL;
    ana_text density = {0};
    if (spectrum->n_axes != 2 || spectrum->axes[1].coordinates == NULL) {
        return ana_fail(ANA_ERR_SHAPE, "spectrum: is not channel x frequency");
    }
    const size_t n_channels = spectrum->axes[0].n;
    const size_t n = spectrum->axes[1].n;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "spectrum"));
    ANA_TRY(ana_record_add_text(record, "title", "Power spectrum"));
    ANA_TRY(add_power(spectrum, unit, record));
    ANA_TRY(add_bands(spectrum, record));
    ANA_TRY(ana_record_add_group(record, "spectrum", ANA_HINT_NONE, &group));
    ana_spectrum_write_unit(&density, unit, true);
    ANA_TRY(ana_text_check(&density, "spectrum record"));
    ANA_TRY(ana_record_add_doubles(group, "values",
                                   ana_shape_2(n_channels, "channel", n, "frequency"),
                                   spectrum->values, density.bytes));
    ANA_TRY(ana_record_add_doubles(group, "frequency", ana_shape_1(n, "frequency"),
                                   spectrum->axes[1].coordinates, "Hz"));
    if (spectrum->axes[0].labels != NULL) {
        ANA_TRY(ana_record_add_texts(group, "channel", n_channels,
                                     (const char *const *)spectrum->axes[0].labels));
    }
    *out = record;
    record = NULL;
done:
    ana_text_release(&density);
    ana_record_free(record);
    return status;
}
