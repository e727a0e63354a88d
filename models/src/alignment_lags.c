/* Steps of a network against times of a brain: at which lag do they go together? */
#include "alignment_parts.h"
#include "memory.h"
#include "order.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>

/* Lags that differ by less are the same: a microsecond. */
static const double same = 1e-6;

/* Mean over pairs of a model's step and a region's time at that lag; NaN: no pair. */
static double mean_at(const ana_alignment *of, const double *scores, size_t model, size_t region,
                      double lag)
{
    double sum = 0.0;
    double n = 0.0;
    for (size_t t = 0; t < of->n_targets; t++) {
        for (size_t l = 0; l < of->n_layers && of->region_of[t] == region; l++) {
            const double here = of->targets[t].time - of->layer_time[l];
            if (of->model_of[l] == model && fabs(here - lag) < same) {
                sum += scores[l * of->n_targets + t];
                n += 1.0;
            }
        }
    }
    return sum / n;
}

/* Rising, each once. */
static void sort_lags(ana_alignment_lags *lags)
{
    size_t n = 0;
    qsort(lags->lag, lags->n_lags, sizeof *lags->lag, ana_compare_doubles);
    for (size_t k = 0; k < lags->n_lags; k++) {
        if (n == 0 || lags->lag[k] - lags->lag[n - 1] >= same) {
            lags->lag[n++] = lags->lag[k];
        }
    }
    lags->n_lags = n;
}

ana_status ana_alignment_find_lags(ana_alignment *to)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_alignment_lags *lags = &to->lags;
    const size_t n_all = to->n_layers * to->n_targets;
    double *scores = ana_workspace_doubles(&workspace, to->n_layers, to->n_targets);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    ANA_TRY(ana_allocate(n_all, sizeof(double), "alignment", (void *)&lags->lag));
    for (size_t i = 0; i < n_all; i++) {
        const ana_alignment_target *target = &to->targets[i % to->n_targets];
        const double lag = target->time - to->layer_time[i / to->n_targets];
        scores[i] = target->scores->mean[i / to->n_targets];
        if (!isnan(lag)) {
            lags->lag[lags->n_lags++] = round(lag * 1e9) / 1e9;
        }
    }
    sort_lags(lags);
    const size_t n = to->n_models * to->n_regions * lags->n_lags;
    ANA_TRY(ana_allocate(n, sizeof(double), "alignment", (void *)&lags->value));
    ANA_TRY(ana_allocate(n, sizeof(double), "alignment", (void *)&lags->p_max));
    for (size_t i = 0; i < n; i++) {
        lags->p_max[i] = (double)NAN;
    }
    ana_alignment_at_lags(to, scores, lags->value);
done:
    ana_workspace_release(&workspace);
    return status;
}

void ana_alignment_at_lags(const ana_alignment *of, const double *scores, double *values)
{
    const ana_alignment_lags *lags = &of->lags;
    const size_t n = of->n_models * of->n_regions * lags->n_lags;
    for (size_t place = 0; place < n; place++) {
        const size_t model = place / lags->n_lags / of->n_regions;
        const size_t region = place / lags->n_lags % of->n_regions;
        values[place] = mean_at(of, scores, model, region, lags->lag[place % lags->n_lags]);
    }
}
