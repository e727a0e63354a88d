/* Lowest and highest sample in each column of a picture. */
#include "try.h"
#include "workspace.h"

#include <analysis/formats/sketch.h>

#include <math.h>

enum {
    CHUNK = 65536
};

/* The columns of a picture, and room for a chunk of samples. */
typedef struct column_set {
    double from;
    double to;
    bool chosen; /* the samples are known to lie in [from, to), but for rounding */
    size_t n_columns;
    double *low;
    double *high;
    double *values; /* CHUNK */
    double *times;  /* CHUNK */
} column_set;

static void spread(size_t n, const column_set *columns)
{
    double scale = (double)columns->n_columns / (columns->to - columns->from);
    for (size_t i = 0; i < n; i++) {
        double value = columns->values[i];
        double column = floor((columns->times[i] - columns->from) * scale);
        if (columns->chosen) {
            column = fmin(fmax(column, 0.0), (double)(columns->n_columns - 1));
        }
        if (!(column >= 0.0 && column < (double)columns->n_columns) || isnan(value)) {
            continue;
        }
        double *low = columns->low + (size_t)column;
        double *high = columns->high + (size_t)column;
        *low = isnan(*low) || value < *low ? value : *low;
        *high = isnan(*high) || value > *high ? value : *high;
    }
}

/* Samples first ... last - 1, read in chunks, spread over the columns. */
static ana_status spread_range(const ana_series *series, size_t channel, size_t first, size_t last,
                               const column_set *columns)
{
    ana_status status = ANA_OK;
    for (size_t at = first; at < last && status == ANA_OK; at += CHUNK) {
        size_t n = last - at < CHUNK ? last - at : CHUNK;
        status = ana_series_read(series, 1, &channel, at, n, columns->values);
        if (status == ANA_OK) {
            status = ana_series_times(series, at, n, columns->times);
        }
        if (status == ANA_OK) {
            spread(n, columns);
        }
    }
    return status;
}

ana_status ana_series_envelope(const ana_series *series, size_t channel, double from, double to,
                               size_t n_columns, double *low, double *high)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    column_set columns = {from, to, series->rate > 0.0, n_columns, low, high, NULL, NULL};
    if (!(to > from) || n_columns == 0 || channel >= series->n_channels) {
        return ana_fail(ANA_ERR_VALUE, "%s: no columns from %zu of channel %zu", series->name,
                        n_columns, channel);
    }
    columns.values = ana_workspace_doubles(&workspace, CHUNK, 1);
    columns.times = ana_workspace_doubles(&workspace, CHUNK, 1);
    ANA_TRY(ana_workspace_check(&workspace, "envelope"));
    for (size_t c = 0; c < n_columns; c++) {
        low[c] = (double)NAN;
        high[c] = (double)NAN;
    }
    size_t first = 0;
    size_t last = series->n_times;
    if (series->rate > 0.0) {
        first = ana_series_sample_at(series, from);
        last = ana_series_sample_at(series, to);
    }
    ANA_TRY(spread_range(series, channel, first, last, &columns));
done:
    ana_workspace_release(&workspace);
    return status;
}
