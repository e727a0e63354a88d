#include "bin_plan.h"
#include "picture.h"
#include "spike_summary_parts.h"
#include "stretches.h"
#include "try.h"
#include "workspace.h"

#include <analysis/spike_stats.h>
#include <analysis/spike_summary.h>
#include <analysis/stats.h>

#include <math.h>
#include <string.h>

enum {
    MAX_LINES = 12,
    NAME_SIZE = 64
};

ana_spikes_summary_options ana_spikes_summary_options_default(void)
{
    ana_spikes_summary_options options = {
        .run = ana_run_default(),
        .fano_window_s = 1.0,
        .refractory_s = 0.005,
        .interval_bin_s = 0.001,
        .interval_max_s = 0.1,
        .tiling_s = 0.01,
        .n_matrix = 60,
        .n_pairs = 6,
        .n_raster = 20000,
        .raster_start = NAN,
        .correlogram = ana_correlogram_options_default(),
    };
    return options;
}

const ana_option ana_spikes_summary_option_table[] = {
    {"fano-window", ANA_OPTION_DOUBLE, offsetof(ana_spikes_summary_options, fano_window_s), 1e-6,
     1e9, NULL, "SECONDS", "window of the Fano factor", false},
    {"refractory", ANA_OPTION_DOUBLE, offsetof(ana_spikes_summary_options, refractory_s), 0, 10,
     NULL, "SECONDS", "refractory period taken out of LvR", false},
    {"interval-bin", ANA_OPTION_DOUBLE, offsetof(ana_spikes_summary_options, interval_bin_s), 1e-6,
     1e6, NULL, "SECONDS", "bin of the interval histogram", false},
    {"interval-max", ANA_OPTION_DOUBLE, offsetof(ana_spikes_summary_options, interval_max_s), 1e-6,
     1e6, NULL, "SECONDS", "longest interval of the histogram", false},
    {"tiling", ANA_OPTION_DOUBLE, offsetof(ana_spikes_summary_options, tiling_s), 0, 1e6, NULL,
     "SECONDS", "window of the spike time tiling coefficient", false},
    {"matrix", ANA_OPTION_SIZE, offsetof(ana_spikes_summary_options, n_matrix), 0, 2000, NULL, "N",
     "busiest units whose tiling coefficients are shown; 0: none", false},
    {"pairs", ANA_OPTION_SIZE, offsetof(ana_spikes_summary_options, n_pairs), 0, 1000, NULL, "N",
     "correlograms, of the pairs with most spikes", false},
    {"raster-spikes", ANA_OPTION_SIZE, offsetof(ana_spikes_summary_options, n_raster), 0, 1e8, NULL,
     "N", "most spikes in the raster", false},
    {"raster-start", ANA_OPTION_DOUBLE, offsetof(ana_spikes_summary_options, raster_start), 0, 0,
     NULL, "SECONDS", "where the raster begins; nan: where the recording does", false},
    ANA_OPTION_END,
};

/* What every part of the summary needs. */
typedef struct summary {
    const ana_spikes *spikes;
    const ana_spikes_summary_options *options;
    const char **names; /* of the units */
    char *name_room;
    size_t *busiest; /* units by number of spikes, most first */
    double *isi;     /* as many as the largest unit has spikes */
    bool *follows;
} summary;

static size_t count_of(const ana_spikes *spikes, size_t unit)
{
    return spikes->unit_start[unit + 1] - spikes->unit_start[unit];
}

/* Units by number of spikes, most first, ties in their order: insertion, for some thousand units.
 */
static void sort_by_count(const ana_spikes *spikes, size_t *units)
{
    for (size_t u = 0; u < spikes->n_units; u++) {
        size_t place = u;
        while (place > 0 && count_of(spikes, units[place - 1]) < count_of(spikes, u)) {
            units[place] = units[place - 1];
            place--;
        }
        units[place] = u;
    }
}

static ana_status prepare(ana_workspace *workspace, summary *s)
{
    const ana_spikes *spikes = s->spikes;
    const size_t n = spikes->n_units;
    size_t most = 0;
    for (size_t u = 0; u < n; u++) {
        most = count_of(spikes, u) > most ? count_of(spikes, u) : most;
    }
    s->names = ana_workspace_bytes(workspace, n, 1, sizeof *s->names);
    s->name_room = ana_workspace_bytes(workspace, n, NAME_SIZE, 1);
    s->busiest = ana_workspace_sizes(workspace, n, 1);
    s->isi = ana_workspace_doubles(workspace, most, 1);
    s->follows = ana_workspace_bytes(workspace, most, 1, sizeof *s->follows);
    ana_status status = ana_workspace_check(workspace, "spikes");
    if (status != ANA_OK) {
        return status;
    }
    for (size_t u = 0; u < n; u++) {
        ana_spikes_unit_name(spikes, u, s->name_room + u * NAME_SIZE, NAME_SIZE);
        s->names[u] = s->name_room + u * NAME_SIZE;
    }
    sort_by_count(spikes, s->busiest);
    return ANA_OK;
}

/* Columns of the table of units that are doubles. */
enum {
    RATE,
    CV,
    CV2,
    LV,
    LVR,
    FANO,
    OBSERVED,
    N_COLUMNS
};

static ana_status measure_units(const summary *s, double *columns[N_COLUMNS])
{
    ana_status status = ANA_OK;
    for (size_t u = 0; u < s->spikes->n_units; u++) {
        size_t n = ana_spike_isi(s->spikes, u, s->isi, s->follows);
        ana_isi_stats stats = ana_isi_measure(n, s->isi, s->follows, s->options->refractory_s);
        columns[RATE][u] = ana_spike_rate(s->spikes, u);
        columns[CV][u] = stats.cv;
        columns[CV2][u] = stats.cv2;
        columns[LV][u] = stats.lv;
        columns[LVR][u] = stats.lvr;
        columns[OBSERVED][u] = ana_spikes_observed_s(s->spikes, u);
        ANA_TRY(ana_spike_fano(s->spikes, u, s->options->fano_window_s, &columns[FANO][u]));
    }
done:
    return status;
}

static ana_status add_quality(const summary *s, ana_record *table)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_column *quality = ana_bin_quality_column(s->spikes);
    const char **texts = ana_workspace_bytes(&workspace, s->spikes->n_units, 1, sizeof *texts);
    ANA_TRY(ana_workspace_check(&workspace, "spikes"));
    if (quality != NULL) {
        for (size_t u = 0; u < s->spikes->n_units; u++) {
            texts[u] = quality->texts[u] != NULL ? quality->texts[u] : "";
        }
        ANA_TRY(ana_record_add_texts(table, "quality", s->spikes->n_units, texts));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_table(const summary *s, double *const columns[N_COLUMNS],
                            const size_t *counts, ana_record *record)
{
    static const char *const names[N_COLUMNS] = {"rate", "cv",   "cv2",     "lv",
                                                 "lvr",  "fano", "observed"};
    static const char *const units[N_COLUMNS] = {"Hz", NULL, NULL, NULL, NULL, NULL, "s"};
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    ana_shape shape = ana_shape_1(s->spikes->n_units, "unit");
    ANA_TRY(ana_record_add_group(record, "units", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Units"));
    ANA_TRY(ana_record_add_texts(table, "id", s->spikes->n_units, s->names));
    ANA_TRY(add_quality(s, table));
    ANA_TRY(ana_record_add_sizes(table, "n_spikes", shape, counts, NULL));
    for (size_t i = 0; i < N_COLUMNS; i++) {
        ANA_TRY(ana_record_add_doubles(table, names[i], shape, columns[i], units[i]));
    }
done:
    return status;
}

static ana_status add_rates(const summary *s, const double *rate, const double *observed,
                            ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *bars = NULL;
    const size_t n = s->spikes->n_units;
    const ana_picture_words words = {
        .title = "Rate of each unit",
        .caption = "Spikes per second observed, with one standard error of a Poisson process.",
        .x_title = "unit",
        .y_title = "rate"};
    double *low = ana_workspace_doubles(&workspace, n, 1);
    double *high = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "spikes"));
    for (size_t u = 0; u < n; u++) {
        double error = sqrt(rate[u] / observed[u]);
        low[u] = rate[u] - error;
        high[u] = rate[u] + error;
    }
    ana_shape shape = ana_shape_1(n, "unit");
    ANA_TRY(ana_record_add_picture(record, "rates", ANA_HINT_BARS, &words, &bars));
    ANA_TRY(ana_record_add_doubles(bars, "values", shape, rate, "Hz"));
    ANA_TRY(ana_record_add_doubles(bars, "low", shape, low, "Hz"));
    ANA_TRY(ana_record_add_doubles(bars, "high", shape, high, "Hz"));
    ANA_TRY(ana_record_add_texts(bars, "labels", n, s->names));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The table and the bars, which show the same measures. */
static ana_status add_units(const summary *s, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = s->spikes->n_units;
    double *columns[N_COLUMNS];
    for (size_t i = 0; i < N_COLUMNS; i++) {
        columns[i] = ana_workspace_doubles(&workspace, n, 1);
    }
    size_t *counts = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "spikes"));
    for (size_t u = 0; u < n; u++) {
        counts[u] = count_of(s->spikes, u);
    }
    ANA_TRY(measure_units(s, columns));
    ANA_TRY(add_table(s, columns, counts, record));
    ANA_TRY(add_rates(s, columns[RATE], columns[OBSERVED], record));
done:
    ana_workspace_release(&workspace);
    return status;
}

static size_t spikes_between(const ana_spikes *spikes, double start, double stop)
{
    size_t n = 0;
    for (size_t u = 0; u < spikes->n_units; u++) {
        size_t first = 0;
        n += ana_stretch_spikes(spikes, u, start, stop, &first);
    }
    return n;
}

/* Where the raster begins and ends: as late as the number of spikes allows. */
static void raster_window(const summary *s, double window[2])
{
    const ana_spikes *spikes = s->spikes;
    double start = INFINITY;
    double stop = -INFINITY;
    for (size_t i = 0; i < spikes->observed_row[spikes->n_units]; i++) {
        start = fmin(start, spikes->observed_start[i]);
        stop = fmax(stop, spikes->observed_stop[i]);
    }
    start = isnan(s->options->raster_start) ? start : s->options->raster_start;
    window[0] = start;
    window[1] = stop;
    if (spikes_between(spikes, start, stop) <= s->options->n_raster) {
        return;
    }
    window[1] = start;
    for (int step = 0; step < 60; step++) { /* to the last bit of a double or so */
        double middle = 0.5 * (window[1] + stop);
        if (spikes_between(spikes, start, middle) <= s->options->n_raster) {
            window[1] = middle;
        } else {
            stop = middle;
        }
    }
}

static ana_status add_raster(const summary *s, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *raster = NULL;
    const ana_spikes *spikes = s->spikes;
    double window[2];
    raster_window(s, window);
    size_t n_spikes = window[0] < window[1] ? spikes_between(spikes, window[0], window[1]) : 0;
    double *times = ana_workspace_doubles(&workspace, n_spikes, 1);
    size_t *rows = ana_workspace_sizes(&workspace, n_spikes, 1);
    ANA_TRY(ana_workspace_check(&workspace, "spikes"));
    if (n_spikes == 0) {
        goto done;
    }
    size_t n = 0;
    for (size_t u = 0; u < spikes->n_units; u++) {
        size_t first = 0;
        size_t n_here = ana_stretch_spikes(spikes, u, window[0], window[1], &first);
        memcpy(times + n, spikes->times + spikes->unit_start[u] + first, n_here * sizeof *times);
        for (size_t i = 0; i < n_here; i++) {
            rows[n++] = u;
        }
    }
    ana_shape shape = ana_shape_1(n, "spike");
    const ana_picture_words words = {.title = "Spikes",
                                     .caption = "A tick for each spike, a row for each unit.",
                                     .x_title = "time",
                                     .y_title = "unit"};
    ANA_TRY(ana_record_add_picture(record, "raster", ANA_HINT_RASTER, &words, &raster));
    ANA_TRY(ana_record_add_doubles(raster, "times", shape, times, "s"));
    ANA_TRY(ana_record_add_sizes(raster, "rows", shape, rows, NULL));
    ANA_TRY(ana_record_add_texts(raster, "row_labels", spikes->n_units, s->names));
    ANA_TRY(ana_record_add_double(record, "raster_start", window[0], "s"));
    ANA_TRY(ana_record_add_double(record, "raster_stop", window[1], "s"));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* share[line * n + b] = share of the unit's intervals that lie in bin b; NaN without intervals. */
static ana_status fill_histograms(const summary *s, size_t n_lines, size_t n, double *share)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *edges = ana_workspace_doubles(&workspace, n + 1, 1);
    size_t *counts = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "spikes"));
    for (size_t b = 0; b <= n; b++) {
        edges[b] = (double)b * s->options->interval_bin_s;
    }
    for (size_t line = 0; line < n_lines; line++) {
        size_t n_intervals = ana_spike_isi(s->spikes, s->busiest[line], s->isi, NULL);
        ANA_TRY(ana_stats_histogram(n_intervals, s->isi, n + 1, edges, counts));
        for (size_t b = 0; b < n; b++) {
            share[line * n + b] = (double)counts[b] / (double)n_intervals;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_intervals(const summary *s, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *lines = NULL;
    const size_t n_lines = s->spikes->n_units < MAX_LINES ? s->spikes->n_units : MAX_LINES;
    const double n_bins = floor(s->options->interval_max_s / s->options->interval_bin_s + 1e-9);
    if (!(n_bins >= 1.0 && n_bins <= 1e5)) {
        return ana_fail(ANA_ERR_VALUE, "spikes: interval-max has to be 1 to 100000 interval-bins");
    }
    const size_t n = (size_t)n_bins;
    double *share = ana_workspace_doubles(&workspace, n_lines, n);
    double *x = ana_workspace_doubles(&workspace, n, 1);
    const char *labels[MAX_LINES];
    ANA_TRY(ana_workspace_check(&workspace, "spikes"));
    ANA_TRY(fill_histograms(s, n_lines, n, share));
    for (size_t b = 0; b < n; b++) {
        x[b] = ((double)b + 0.5) * s->options->interval_bin_s;
    }
    for (size_t line = 0; line < n_lines; line++) {
        labels[line] = s->names[s->busiest[line]];
    }
    const ana_picture_words words = {
        .title = "Intervals between spikes",
        .caption = "Share of the intervals by their length, for the busiest units.",
        .x_title = "interval",
        .y_title = "share of intervals"};
    ANA_TRY(ana_record_add_picture(record, "intervals", ANA_HINT_LINE, &words, &lines));
    ANA_TRY(ana_record_add_doubles(lines, "x", ana_shape_1(n, "interval"), x, "s"));
    ANA_TRY(ana_record_add_doubles(lines, "y", ana_shape_2(n_lines, "unit", n, "interval"), share,
                                   NULL));
    ANA_TRY(ana_record_add_texts(lines, "labels", n_lines, labels));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_parts(const summary *s, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_ranked_units ranked = {s->spikes, s->names, s->busiest};
    ANA_TRY(ana_record_add_int(record, "n_units", (int64_t)s->spikes->n_units, NULL));
    ANA_TRY(ana_record_add_int(record, "n_spikes", (int64_t)s->spikes->n_spikes, NULL));
    ANA_TRY(ana_record_add_bool(record, "observed_inferred", s->spikes->observed_inferred));
    ANA_TRY(ana_record_add_options(record, "options", ana_spikes_summary_option_table, s->options));
    if (s->spikes->n_units == 0) {
        goto done;
    }
    ANA_TRY(add_raster(s, record));
    ANA_TRY(add_units(s, record));
    ANA_TRY(add_intervals(s, record));
    ANA_TRY(ana_summary_add_tiling(&ranked, s->options, record));
    ANA_TRY(ana_summary_add_correlograms(&ranked, s->options, record));
done:
    return status;
}

ana_status ana_spikes_summary_to_record(const ana_spikes *spikes,
                                        const ana_spikes_summary_options *options, ana_record **out)
{
    ana_status status = ANA_OK;
    const ana_spikes_summary_options defaults = ana_spikes_summary_options_default();
    ana_workspace workspace = {0};
    ana_record *record = NULL;
    summary s = {.spikes = spikes, .options = options != NULL ? options : &defaults};
    ANA_TRY(ana_options_check(ana_spikes_summary_option_table, s.options, "spikes"));
    ANA_TRY(ana_spikes_check(spikes));
    ANA_TRY(prepare(&workspace, &s));
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "spikes"));
    ANA_TRY(ana_record_add_text(record, "title", "Spikes of the units"));
    ANA_TRY(add_parts(&s, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    ana_workspace_release(&workspace);
    return status;
}
