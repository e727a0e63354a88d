#include "read_ahead.h"

#include <string.h>

ana_read_ahead ana_read_ahead_of(const ana_series *series, const ana_run *run,
                                 ana_workspace *workspace)
{
    const size_t eighth = ana_run_memory_limit(run) / 8;
    const size_t most = (size_t)64 << 20;
    const size_t wanted = (eighth < most ? eighth : most) / sizeof(double);
    ana_read_ahead ahead = {.series = series};
    size_t n = series->n_times > 0 ? wanted / series->n_times : 0;
    ahead.at_once = n < series->n_channels ? n : series->n_channels;
    if (ahead.at_once > 1) {
        ahead.values = ana_workspace_doubles(workspace, ahead.at_once, series->n_times);
    }
    return ahead;
}

/* Reads the channels from `channel` on. */
static ana_status fill(ana_read_ahead *ahead, size_t channel)
{
    ana_workspace workspace = {0};
    const size_t left = ahead->series->n_channels - channel;
    const size_t n = left < ahead->at_once ? left : ahead->at_once;
    size_t *channels = ana_workspace_sizes(&workspace, n, 1);
    ana_status status = ana_workspace_check(&workspace, "channels");
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        channels[i] = channel + i;
    }
    if (status == ANA_OK) {
        status =
            ana_series_read(ahead->series, n, channels, 0, ahead->series->n_times, ahead->values);
    }
    ahead->first = channel;
    ahead->n = status == ANA_OK ? n : 0;
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_read_ahead_row(ana_read_ahead *ahead, size_t channel, size_t first, size_t n,
                              double *out)
{
    if (ahead->at_once < 2) {
        return ana_series_read(ahead->series, 1, &channel, first, n, out);
    }
    if (channel < ahead->first || channel >= ahead->first + ahead->n) {
        ana_status status = fill(ahead, channel);
        if (status != ANA_OK) {
            return status;
        }
    }
    memcpy(out, ahead->values + (channel - ahead->first) * ahead->series->n_times + first,
           n * sizeof *out);
    return ANA_OK;
}
