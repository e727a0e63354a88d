/* What series made from others have in common: heading, rate, run. */
#include "derived.h"
#include "spans.h"
#include "try.h"
#include "workspace.h"

ana_run ana_run_lasting(const ana_run *run)
{
    ana_run lasting = run != NULL ? *run : ana_run_default();
    lasting.progress = NULL;
    lasting.warn = NULL;
    lasting.user = NULL;
    return lasting;
}

ana_status ana_series_need_rate(const ana_series *series, const char *what)
{
    if (!(series->rate > 0.0)) {
        return ana_fail(ANA_ERR_VALUE, "%s: series \"%s\" has no regular rate", what, series->name);
    }
    return ANA_OK;
}

ana_status ana_series_heading(const ana_series *parent, const char *what, size_t n_outputs,
                              ana_series **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_series *series = NULL;
    const size_t n_channels = parent->n_channels * n_outputs;
    size_t *channels = ana_workspace_sizes(&workspace, n_channels, 1);
    ANA_TRY(ana_workspace_check(&workspace, what));
    ANA_TRY(ana_series_need_rate(parent, what));
    for (size_t c = 0; c < n_channels; c++) {
        channels[c] = c / n_outputs;
    }
    ANA_TRY(ana_series_cut(parent, n_channels, channels, NULL, &series));
    ana_source_free(series->source);
    series->source = NULL;
    series->type = ANA_FLOAT64;
    for (size_t c = 0; c < n_channels; c++) {
        series->channels[c].gain = 1.0;
        series->channels[c].offset = 0.0;
    }
    *out = series;
    series = NULL;
done:
    ana_series_free(series);
    ana_workspace_release(&workspace);
    return status;
}
