#include "bci_evaluation_parts.h"

#include <analysis/score_comparison.h>

ana_bci_metric ana_bci_settle_metric(ana_bci_metric metric, size_t n_classes)
{
    if (metric != ANA_BCI_METRIC_AUTO) {
        return metric;
    }
    return n_classes == 2 ? ANA_BCI_METRIC_AREA : ANA_BCI_METRIC_ACCURACY;
}

ana_status ana_bci_metric_of(ana_bci_metric metric, size_t n, size_t n_classes,
                             const size_t *labels, const size_t *chosen, const double *scores,
                             double *value)
{
    const ana_bci_metric settled = ana_bci_settle_metric(metric, n_classes);
    const ana_scored_trials trials = {
        .n = n, .n_classes = n_classes, .truth = labels, .predicted = chosen, .scores = scores};
    return ana_score_trials(&trials, (ana_score_metric)(settled - 1), value);
}
