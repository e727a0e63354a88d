/* Connectivity of series, by windows or by the analytic signals of a band. */
#include "connectivity_parts.h"
#include "derived.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/filter.h>
#include <analysis/time_frequency.h>

#include <math.h>
#include <stdint.h>
#include <string.h>

void ana_connectivity_fill(const ana_cross_sums *sums, bool lanes, ana_matrix *matrix)
{
    const size_t n_channels = sums->n_channels;
    const size_t n = matrix->axes[2].n;
    for (size_t pair = 0; pair < n_channels * n_channels; pair++) {
        for (size_t f = 0; f < n; f++) {
            matrix->values[pair * n + f] =
                ana_cross_sums_read(sums, pair / n_channels, pair % n_channels, f, lanes);
        }
    }
}

/* n_channels x n_channels x n of the sums, and how many windows. */
ana_status ana_connectivity_collect(const ana_cross_sums *sums, bool lanes,
                                    const double *frequencies, size_t *n_windows, ana_matrix **out)
{
    static const char *const names[] = {"channel", "channel", "frequency"};
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    const size_t n_channels = sums->n_channels;
    const size_t lengths[] = {n_channels, n_channels, lanes ? 1 : sums->n_bins};
    ANA_TRY(ana_matrix_new(3, names, lengths, &matrix));
    ANA_TRY(ana_matrix_set_coordinates(matrix, 2, frequencies, "Hz"));
    ana_connectivity_fill(sums, lanes, matrix);
    for (size_t pair = 0; n_windows != NULL && pair < n_channels * n_channels; pair++) {
        n_windows[pair] = (size_t)sums->n[pair];
    }
    *out = matrix;
    matrix = NULL;
done:
    ana_matrix_free(matrix);
    return status;
}

/* Samples t are lane t % 8 of window t / 8: the same sums, eight of them side by side. */
static void fill_batch(ana_cross_sums *sums, size_t n_times, const double *x,
                       const double *imaginary, size_t first, size_t n_windows)
{
    for (size_t c = 0; c < sums->n_channels; c++) {
        for (size_t w = 0; w < n_windows; w++) {
            double *to = ana_cross_place(sums, 0, c, w);
            for (size_t l = 0; l < ANA_CROSS_LANES; l++) {
                const size_t t = first + w * ANA_CROSS_LANES + l;
                const bool is_there = sums->valid[c * ANA_CROSS_WINDOWS] && t < n_times;
                to[l] = is_there ? x[c * n_times + t] : 0.0;
                to[ANA_CROSS_LANES + l] = is_there ? imaginary[c * n_times + t] : 0.0;
            }
        }
    }
    for (size_t w = 0; w < n_windows; w++) {
        const size_t left = n_times - (first + w * ANA_CROSS_LANES);
        sums->weight[w] = (double)(left < ANA_CROSS_LANES ? left : ANA_CROSS_LANES);
    }
}

/* A channel is there when all its samples are. */
static void mark_channels(ana_cross_sums *sums, size_t n_times, const double *imaginary)
{
    for (size_t c = 0; c < sums->n_channels; c++) {
        size_t n_missing = 0;
        for (size_t t = 0; t < n_times; t++) {
            n_missing += isfinite(imaginary[c * n_times + t]) ? 0 : 1;
        }
        for (size_t w = 0; w < ANA_CROSS_WINDOWS; w++) {
            sums->valid[c * ANA_CROSS_WINDOWS + w] = n_missing == 0;
        }
    }
}

/* One segment of band-passed signals, n_channels x n_times. */
static ana_status add_segment(ana_cross_sums *sums, size_t n_times, const double *x)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *imaginary = ana_workspace_doubles(&workspace, sums->n_channels, n_times);
    ANA_TRY(ana_workspace_check(&workspace, "connectivity"));
    ANA_TRY(
        ana_analytic(ANA_ANALYTIC_IMAGINARY, sums->n_channels, n_times, x, &sums->run, imaginary));
    mark_channels(sums, n_times, imaginary);
    const size_t n_windows = (n_times + ANA_CROSS_LANES - 1) / ANA_CROSS_LANES;
    for (size_t w = 0; w < n_windows; w += ANA_CROSS_WINDOWS) {
        const size_t left = n_windows - w;
        const size_t now = left < ANA_CROSS_WINDOWS ? left : ANA_CROSS_WINDOWS;
        fill_batch(sums, n_times, x, imaginary, w * ANA_CROSS_LANES, now);
        ANA_TRY(ana_cross_sums_add(sums, now));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static double middle_of(const ana_connectivity_options *options)
{
    return 0.5 * (options->min_hz + options->max_hz);
}

ana_status ana_connectivity_of_band(const ana_connectivity_options *options, size_t n_channels,
                                    size_t n_times, const double *x, ana_matrix **out)
{
    ana_status status = ANA_OK;
    ana_cross_sums sums = {0};
    const ana_connectivity_options chosen =
        options != NULL ? *options : ana_connectivity_options_default();
    const double middle = middle_of(&chosen);
    ANA_TRY(ana_connectivity_check(&chosen));
    ANA_TRY(ana_cross_sums_new(&chosen, n_channels, ANA_CROSS_LANES, &sums));
    ANA_TRY(add_segment(&sums, n_times, x));
    ANA_TRY(ana_connectivity_collect(&sums, true, &middle, NULL, out));
done:
    ana_cross_sums_release(&sums);
    return status;
}

static ana_status read_segment(const ana_series *series, const ana_segment *segment,
                               ana_cross_sums *sums)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const double need = 2.0 * (double)sizeof(double) * (double)series->n_channels *
                        (double)segment->n_times; /* the signals and their transforms */
    ANA_TRY(ana_run_check_memory(&sums->run, need < 1e18 ? (size_t)need : SIZE_MAX,
                                 "analytic signals of a whole segment"));
    double *x = ana_workspace_doubles(&workspace, series->n_channels, segment->n_times);
    ANA_TRY(ana_workspace_check(&workspace, "connectivity"));
    ANA_TRY(ana_series_read(series, 0, NULL, segment->first, segment->n_times, x));
    ANA_TRY(add_segment(sums, segment->n_times, x));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status by_band(const ana_series *series, const ana_connectivity_options *options,
                          size_t *n_windows, ana_matrix **out)
{
    ana_status status = ANA_OK;
    ana_series *filtered = NULL;
    ana_cross_sums sums = {0};
    ana_filter_options band = ana_filter_options_default();
    const double middle = middle_of(options);
    ANA_TRY(ana_connectivity_check(options));
    if (!(options->min_hz > 0.0 && options->max_hz > options->min_hz)) {
        status = ana_fail(ANA_ERR_VALUE,
                          "connectivity: a band from %s to %s Hz; analytic signals need a lowest "
                          "frequency above 0 and a highest one above that",
                          ana_number(options->min_hz).text, ana_number(options->max_hz).text);
        goto done;
    }
    band.run = options->run;
    band.high_pass_hz = options->min_hz;
    band.low_pass_hz = options->max_hz;
    ANA_TRY(ana_series_filter(series, &band, &filtered));
    ANA_TRY(ana_cross_sums_new(options, series->n_channels, ANA_CROSS_LANES, &sums));
    for (size_t s = 0; s < filtered->n_segments; s++) {
        ANA_TRY(read_segment(filtered, &filtered->segments[s], &sums));
    }
    ANA_TRY(ana_connectivity_collect(&sums, true, &middle, n_windows, out));
done:
    ana_cross_sums_release(&sums);
    ana_series_free(filtered);
    return status;
}

/* A walk that feeds a stream. */
typedef struct feeding {
    ana_connectivity_stream *stream;
    size_t segment;
} feeding;

static ana_status feed(void *user, const ana_block *block)
{
    feeding *work = user;
    if (block->segment != work->segment) {
        ana_connectivity_stream_gap(work->stream);
        work->segment = block->segment;
    }
    return ana_connectivity_stream_push(work->stream, block->n, block->values);
}

static ana_status by_windows(const ana_series *series, const ana_connectivity_options *options,
                             size_t *n_windows, ana_matrix **out)
{
    ana_status status = ANA_OK;
    feeding work = {NULL, 0};
    ANA_TRY(ana_connectivity_stream_new(options, series->rate, series->n_channels, &work.stream));
    ANA_TRY(ana_series_blocks(series, NULL, &options->run, feed, &work));
    ANA_TRY(ana_connectivity_stream_read(work.stream, n_windows, out));
done:
    ana_connectivity_stream_free(work.stream);
    return status;
}

static ana_status label(const ana_series *series, ana_matrix *matrix)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const char **names =
        ana_workspace_bytes(&workspace, series->n_channels, 1, sizeof(const char *));
    ANA_TRY(ana_workspace_check(&workspace, "connectivity"));
    for (size_t c = 0; c < series->n_channels; c++) {
        names[c] = series->channels[c].name;
    }
    ANA_TRY(ana_matrix_set_labels(matrix, 0, names));
    ANA_TRY(ana_matrix_set_labels(matrix, 1, names));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_series_connectivity(const ana_series *series,
                                   const ana_connectivity_options *options, size_t *n_windows,
                                   ana_matrix **out)
{
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    const ana_connectivity_options standard = ana_connectivity_options_default();
    const ana_connectivity_options *chosen = options != NULL ? options : &standard;
    ANA_TRY(ana_series_need_rate(series, "connectivity"));
    ANA_TRY(chosen->method == ANA_CONNECTIVITY_HILBERT
                ? by_band(series, chosen, n_windows, &matrix)
                : by_windows(series, chosen, n_windows, &matrix));
    ANA_TRY(label(series, matrix));
    *out = matrix;
    matrix = NULL;
done:
    ana_matrix_free(matrix);
    return status;
}

void ana_node_strength_fill(const ana_matrix *connectivity, double *strength)
{
    const size_t n_channels = connectivity->axes[0].n;
    const size_t n = connectivity->axes[2].n;
    for (size_t place = 0; place < n_channels * n; place++) {
        const size_t i = place / n;
        double sum = 0.0;
        size_t n_known = 0;
        for (size_t j = 0; j < n_channels; j++) {
            const double value = connectivity->values[(i * n_channels + j) * n + place % n];
            const bool is_known = i != j && !isnan(value);
            sum += is_known ? fabs(value) : 0.0;
            n_known += is_known ? 1 : 0;
        }
        strength[place] = n_known > 0 ? sum : (double)NAN;
    }
}

ana_status ana_node_strength(const ana_matrix *connectivity, ana_matrix **out)
{
    static const char *const names[] = {"channel", "frequency"};
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    if (connectivity->n_axes != 3 || connectivity->axes[0].n != connectivity->axes[1].n) {
        return ana_fail(ANA_ERR_SHAPE, "node strength: is not channel x channel x frequency");
    }
    const size_t lengths[] = {connectivity->axes[0].n, connectivity->axes[2].n};
    ANA_TRY(ana_matrix_new(2, names, lengths, &matrix));
    ana_node_strength_fill(connectivity, matrix->values);
    if (connectivity->axes[2].coordinates != NULL) {
        ANA_TRY(ana_matrix_set_coordinates(matrix, 1, connectivity->axes[2].coordinates,
                                           connectivity->axes[2].unit));
    }
    if (connectivity->axes[0].labels != NULL) {
        ANA_TRY(
            ana_matrix_set_labels(matrix, 0, (const char *const *)connectivity->axes[0].labels));
    }
    *out = matrix;
    matrix = NULL;
done:
    ana_matrix_free(matrix);
    return status;
}
