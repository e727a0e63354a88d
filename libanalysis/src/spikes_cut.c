#include "spans.h"
#include "try.h"
#include "workspace.h"

/* Spike `from` takes the place `to`. */
static void move_spike(ana_spikes *spikes, size_t from, size_t to)
{
    spikes->times[to] = spikes->times[from];
    if (spikes->ticks != NULL) {
        spikes->ticks[to] = spikes->ticks[from];
    }
}

/* Move the spikes within the spans to the front, unit by unit, and forget the others. */
static void drop_spikes(ana_spikes *spikes, const ana_spans *spans)
{
    size_t kept = 0;
    size_t i = 0;
    for (size_t u = 0; u < spikes->n_units; u++) {
        for (; i < spikes->unit_start[u + 1]; i++) {
            if (ana_spans_hold(spans, spikes->times[i])) {
                move_spike(spikes, i, kept++);
            }
        }
        spikes->unit_start[u + 1] = kept;
    }
    spikes->n_spikes = kept;
}

static double later(double a, double b)
{
    return a > b ? a : b;
}

static double earlier(double a, double b)
{
    return a < b ? a : b;
}

/* What the spans leave of a unit's observed intervals, in start and stop when they are not NULL.
 * Returns how many intervals that is. */
static size_t observed_within(const ana_spikes *spikes, size_t unit, const ana_spans *spans,
                              double *start, double *stop)
{
    size_t n = 0;
    for (size_t i = spikes->observed_row[unit]; i < spikes->observed_row[unit + 1]; i++) {
        for (size_t s = ana_spans_after(spans, spikes->observed_start[i]);
             s < spans->n && spans->spans[s].start < spikes->observed_stop[i]; s++) {
            if (start != NULL) {
                start[n] = later(spans->spans[s].start, spikes->observed_start[i]);
                stop[n] = earlier(spans->spans[s].stop, spikes->observed_stop[i]);
            }
            n++;
        }
    }
    return n;
}

static ana_status cut_observed(const ana_spikes *spikes, const ana_spans *spans,
                               ana_workspace *workspace, ana_spikes *cut)
{
    size_t *row = ana_workspace_sizes(workspace, spikes->n_units + 1, 1);
    ana_status status = ana_workspace_check(workspace, "selection");
    if (status != ANA_OK) {
        return status;
    }
    for (size_t u = 0; u < spikes->n_units; u++) {
        row[u + 1] = row[u] + observed_within(spikes, u, spans, NULL, NULL);
    }
    double *start = ana_workspace_doubles(workspace, row[spikes->n_units], 1);
    double *stop = ana_workspace_doubles(workspace, row[spikes->n_units], 1);
    status = ana_workspace_check(workspace, "selection");
    if (status != ANA_OK) {
        return status;
    }
    for (size_t u = 0; u < spikes->n_units; u++) {
        observed_within(spikes, u, spans, start + row[u], stop + row[u]);
    }
    return ana_spikes_observe_each(cut, row, start, stop);
}

ana_status ana_spikes_cut(const ana_spikes *spikes, const ana_spans *spans, ana_spikes **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_spikes *cut = NULL;
    size_t *all = ana_workspace_sizes(&workspace, spikes->n_units, 1);
    ANA_TRY(ana_workspace_check(&workspace, "selection"));
    for (size_t u = 0; u < spikes->n_units; u++) {
        all[u] = u;
    }
    ANA_TRY(ana_spikes_take(spikes, spikes->n_units, all, &cut));
    drop_spikes(cut, spans);
    ANA_TRY(cut_observed(spikes, spans, &workspace, cut));
    *out = cut;
    cut = NULL;
done:
    ana_spikes_free(cut);
    ana_workspace_release(&workspace);
    return status;
}
