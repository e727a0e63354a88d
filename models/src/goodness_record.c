/* Goodness of fit as a record: a table of the units, the worst curves, correlations. */
#include "try.h"
#include "workspace.h"

#include <analysis/models/goodness.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_CURVES = 8, /* units drawn, those that fit worst */
    N_GRID = 201  /* points of a curve */
};

static size_t n_intervals(const ana_goodness *goodness, size_t unit)
{
    return goodness->z_start[unit + 1] - goodness->z_start[unit];
}

/* Distance in units of its band: above 1, the unit is outside. -1 without intervals. */
static double excess(const ana_goodness *goodness, size_t unit)
{
    return n_intervals(goodness, unit) > 0 ? goodness->distance[unit] / goodness->band[unit] : -1.0;
}

/* The units that fit worst, worst first; the lower number of equals. Returns how many. */
static size_t find_worst(const ana_goodness *goodness, size_t *worst)
{
    size_t n = 0;
    for (size_t u = 0; u < goodness->n_units; u++) {
        size_t place = n;
        while (place > 0 && excess(goodness, worst[place - 1]) < excess(goodness, u)) {
            place--;
        }
        if (place == N_CURVES || n_intervals(goodness, u) == 0) {
            continue;
        }
        n = n < N_CURVES ? n + 1 : N_CURVES;
        memmove(worst + place + 1, worst + place, (n - 1 - place) * sizeof *worst);
        worst[place] = u;
    }
    return n;
}

/* sqrt(n) times the unit's distribution function less the diagonal, at the points of the grid. */
static void draw_curve(const ana_goodness *goodness, size_t unit, const double *grid, double *curve)
{
    const double *z = goodness->z + goodness->z_start[unit];
    const size_t n = n_intervals(goodness, unit);
    for (size_t i = 0; i < N_GRID; i++) {
        size_t below = 0;
        for (size_t j = 0; j < n; j++) {
            below += z[j] <= grid[i] ? 1 : 0;
        }
        curve[i] = ((double)below / (double)n - grid[i]) * sqrt((double)n);
    }
}

static ana_status add_curves(const ana_goodness *goodness, ana_workspace *workspace,
                             ana_record *record)
{
    ana_status status = ANA_OK;
    size_t worst[N_CURVES + 1] = {0};
    const char *labels[N_CURVES + 1] = {"95 % band"};
    ana_record *figure = NULL;
    const size_t n = find_worst(goodness, worst);
    const ana_shape shape = ana_shape_2(n + 1, "unit", N_GRID, "x");
    double *grid = ana_workspace_doubles(workspace, N_GRID, 1);
    double *y = ana_workspace_doubles(workspace, n + 1, N_GRID);
    double *low = ana_workspace_doubles(workspace, n + 1, N_GRID);
    double *high = ana_workspace_doubles(workspace, n + 1, N_GRID);
    ANA_TRY(ana_workspace_check(workspace, "goodness record"));
    for (size_t i = 0; i < N_GRID; i++) {
        grid[i] = (double)i / (N_GRID - 1);
        low[i] = -ana_ks_band(1);
        high[i] = ana_ks_band(1);
    }
    for (size_t c = 1; c <= n; c++) {
        labels[c] = goodness->unit_names[worst[c - 1]];
        draw_curve(goodness, worst[c - 1], grid, y + c * N_GRID);
        memcpy(low + c * N_GRID, y + c * N_GRID, N_GRID * sizeof *low);
        memcpy(high + c * N_GRID, y + c * N_GRID, N_GRID * sizeof *high);
    }
    ANA_TRY(ana_record_add_group(record, "curves", ANA_HINT_LINE, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", "Rescaled intervals against the uniform"));
    ANA_TRY(ana_record_add_text(
        figure, "caption",
        "Distribution function of the rescaled intervals less the diagonal, times the square root "
        "of their number, of the units that fit worst. Within the band the model accounts for the "
        "spike times; above 0 there are more short intervals than it says, below 0 fewer."));
    ANA_TRY(ana_record_add_text(figure, "layout", "overlaid"));
    ANA_TRY(ana_record_add_text(figure, "x_title", "rescaled interval z"));
    ANA_TRY(ana_record_add_text(figure, "y_title", "sqrt(n) (F(z) - z)"));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(N_GRID, "x"), grid, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "y", shape, y, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "low", shape, low, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "high", shape, high, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n + 1, labels));
done:
    return status;
}

static ana_status add_table(const ana_goodness *goodness, ana_workspace *workspace,
                            ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const size_t n = goodness->n_units;
    const ana_shape shape = ana_shape_1(n, "unit");
    size_t *intervals = ana_workspace_sizes(workspace, n, 1);
    double *lag_1 = ana_workspace_doubles(workspace, n, 1);
    ANA_TRY(ana_workspace_check(workspace, "goodness record"));
    for (size_t u = 0; u < n; u++) {
        intervals[u] = n_intervals(goodness, u);
        lag_1[u] = goodness->correlation[u * goodness->n_lags];
    }
    ANA_TRY(ana_record_add_group(record, "units", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Goodness of fit by unit"));
    ANA_TRY(ana_record_add_text(table, "caption",
                                "Largest distance of the rescaled intervals from the uniform "
                                "distribution, the band that holds 95 % of true models, and the "
                                "correlation of successive intervals."));
    ANA_TRY(ana_record_add_texts(table, "unit", n, (const char *const *)goodness->unit_names));
    ANA_TRY(ana_record_add_sizes(table, "intervals", shape, intervals, NULL));
    ANA_TRY(ana_record_add_doubles(table, "distance", shape, goodness->distance, NULL));
    ANA_TRY(ana_record_add_doubles(table, "band", shape, goodness->band, NULL));
    ANA_TRY(ana_record_add_doubles(table, "p", shape, goodness->p, NULL));
    ANA_TRY(ana_record_add_doubles(table, "correlation_lag_1", shape, lag_1, NULL));
    ANA_TRY(ana_record_add_doubles(table, "crowded", shape, goodness->crowded, NULL));
done:
    return status;
}

static ana_status add_correlation(const ana_goodness *goodness, ana_workspace *workspace,
                                  ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    double *lags = ana_workspace_doubles(workspace, goodness->n_lags, 1);
    ANA_TRY(ana_workspace_check(workspace, "goodness record"));
    for (size_t l = 0; l < goodness->n_lags; l++) {
        lags[l] = (double)(l + 1);
    }
    ANA_TRY(ana_record_add_group(record, "correlation", ANA_HINT_HEAT_MAP, &figure));
    ANA_TRY(ana_record_add_text(figure, "title", "Correlation between rescaled intervals"));
    ANA_TRY(ana_record_add_text(
        figure, "caption",
        "Of each unit's intervals, as normal scores, with those that follow: dependence that the "
        "model leaves. Without any, values lie about 0, two thirds of them within 1 / sqrt(n)."));
    ANA_TRY(ana_record_add_text(figure, "x_title", "intervals later"));
    ANA_TRY(ana_record_add_text(figure, "y_title", "unit"));
    ANA_TRY(ana_record_add_text(figure, "value_title", "correlation"));
    ANA_TRY(ana_record_add_text(figure, "colours", "diverging"));
    ANA_TRY(ana_record_add_doubles(figure, "values",
                                   ana_shape_2(goodness->n_units, "unit", goodness->n_lags, "lag"),
                                   goodness->correlation, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(goodness->n_lags, "lag"), lags, NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", goodness->n_units,
                                 (const char *const *)goodness->unit_names));
done:
    return status;
}

ana_status ana_goodness_to_record(const ana_goodness *goodness, ana_record **out)
{
    static const char *const methods[] = {"counts", "binary", "plain"};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *record = NULL;
    int64_t tested = 0;
    int64_t within = 0;
    for (size_t u = 0; u < goodness->n_units; u++) {
        tested += n_intervals(goodness, u) > 0 ? 1 : 0;
        within += n_intervals(goodness, u) > 0 && excess(goodness, u) <= 1.0 ? 1 : 0;
    }
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "goodness"));
    ANA_TRY(ana_record_add_text(record, "rescaling", methods[goodness->rescaling]));
    ANA_TRY(ana_record_add_int(record, "units_tested", tested, NULL));
    ANA_TRY(ana_record_add_int(record, "units_within_band", within, NULL));
    ANA_TRY(add_curves(goodness, &workspace, record));
    ANA_TRY(add_table(goodness, &workspace, record));
    ANA_TRY(add_correlation(goodness, &workspace, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    ana_workspace_release(&workspace);
    return status;
}
