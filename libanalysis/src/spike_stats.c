#include "stretches.h"
#include "try.h"
#include "workspace.h"

#include <analysis/spike_stats.h>
#include <analysis/stats.h>

#include <math.h>

double ana_spike_rate(const ana_spikes *spikes, size_t unit)
{
    double observed = ana_spikes_observed_s(spikes, unit);
    if (!(observed > 0.0)) {
        return NAN;
    }
    size_t n = 0;
    for (size_t i = spikes->observed_row[unit]; i < spikes->observed_row[unit + 1]; i++) {
        size_t first = 0;
        n += ana_stretch_spikes(spikes, unit, spikes->observed_start[i], spikes->observed_stop[i],
                                &first);
    }
    return (double)n / observed;
}

size_t ana_spike_isi(const ana_spikes *spikes, size_t unit, double *isi, bool *follows)
{
    const double *times = spikes->times + spikes->unit_start[unit];
    const double *start = spikes->observed_start;
    const double *stop = spikes->observed_stop;
    size_t n = 0;
    bool whole = false; /* whether there is a spike earlier in this stretch of touching intervals */
    bool second = false; /* whether there are two */
    double before = 0.0;
    for (size_t i = spikes->observed_row[unit]; i < spikes->observed_row[unit + 1]; i++) {
        bool touches = i > spikes->observed_row[unit] && start[i] <= stop[i - 1];
        whole = whole && touches;
        second = second && touches;
        size_t first = 0;
        size_t n_here = ana_stretch_spikes(spikes, unit, start[i], stop[i], &first);
        for (size_t k = first; k < first + n_here; k++) {
            isi[n] = times[k] - before;
            if (follows != NULL) {
                follows[n] = second;
            }
            n += whole; /* the first spike of a stretch ends no interval */
            second = whole;
            whole = true;
            before = times[k];
        }
    }
    return n;
}

/* Sums over the pairs of intervals that share a spike. */
typedef struct pair_sums {
    size_t n;
    double cv2, lv, lvr;
} pair_sums;

static pair_sums sum_pairs(size_t n, const double *isi, const bool *follows, double refractory_s)
{
    pair_sums sums = {0, 0.0, 0.0, 0.0};
    for (size_t i = 1; i < n; i++) {
        if (follows != NULL && !follows[i]) {
            continue;
        }
        sums.n++;
        double both = isi[i] + isi[i - 1];
        if (both > 0.0) {
            double contrast = (isi[i] - isi[i - 1]) / both;
            sums.cv2 += 2.0 * fabs(contrast);
            sums.lv += 3.0 * contrast * contrast;
            sums.lvr += 3.0 * contrast * contrast * (1.0 + 4.0 * refractory_s / both);
        }
    }
    return sums;
}

ana_isi_stats ana_isi_measure(size_t n, const double *isi, const bool *follows, double refractory_s)
{
    ana_isi_stats stats = {n, NAN, NAN, NAN, NAN, NAN, NAN};
    if (n == 0) {
        return stats;
    }
    stats.mean = ana_stats_mean(n, isi);
    if (n < 2) {
        return stats;
    }
    stats.sd = sqrt(ana_stats_variance(n, isi, 0));
    stats.cv = stats.sd / stats.mean;
    pair_sums sums = sum_pairs(n, isi, follows, refractory_s);
    if (sums.n > 0) {
        stats.cv2 = sums.cv2 / (double)sums.n;
        stats.lv = sums.lv / (double)sums.n;
        stats.lvr = sums.lvr / (double)sums.n;
    }
    return stats;
}

double ana_fano_factor(size_t n, const double *counts, bool unbiased)
{
    double mean = ana_stats_mean(n, counts);
    bool defined = ana_stats_count(n, counts) >= 2 && mean > 0.0;
    return defined ? ana_stats_variance(n, counts, unbiased ? 1 : 0) / mean : (double)NAN;
}

/* Whole windows in a stretch; 0 when there are more than can be counted, which no memory holds. */
static size_t windows_in(double start, double stop, double window_s)
{
    double n = floor((stop - start) / window_s + 1e-8);
    return n < 0x1p50 ? (size_t)n : 0;
}

ana_status ana_spike_fano(const ana_spikes *spikes, size_t unit, double window_s, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    if (!(window_s > 0.0)) {
        return ana_fail(ANA_ERR_VALUE, "fano: the window has to be longer than 0 s");
    }
    size_t n_most = ana_stretches_most(spikes, unit, unit);
    double *start = ana_workspace_doubles(&workspace, n_most, 1);
    double *stop = ana_workspace_doubles(&workspace, n_most, 1);
    ANA_TRY(ana_workspace_check(&workspace, "fano"));
    size_t n_stretches = ana_stretches_common(spikes, unit, unit, start, stop);
    size_t n_windows = 0;
    for (size_t i = 0; i < n_stretches; i++) {
        n_windows += windows_in(start[i], stop[i], window_s);
    }
    double *counts = ana_workspace_doubles(&workspace, n_windows, 1);
    ANA_TRY(ana_workspace_check(&workspace, "fano"));
    const double *times = spikes->times + spikes->unit_start[unit];
    size_t done_windows = 0;
    for (size_t i = 0; i < n_stretches; i++) {
        size_t first = 0;
        size_t n = ana_stretch_spikes(spikes, unit, start[i], stop[i], &first);
        size_t n_here = windows_in(start[i], stop[i], window_s);
        for (size_t k = first; k < first + n; k++) {
            size_t window = (size_t)((times[k] - start[i]) / window_s + 1e-8);
            if (window < n_here) {
                counts[done_windows + window] += 1.0;
            }
        }
        done_windows += n_here;
    }
    *out = ana_fano_factor(n_windows, counts, true);
done:
    ana_workspace_release(&workspace);
    return status;
}
