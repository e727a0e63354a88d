#include "bci_evaluation_parts.h"
#include "memory.h"
#include "try.h"

#include <analysis/classification_scores.h>

#include <math.h>
#include <stdlib.h>

ana_bci_metric ana_bci_settle_metric(ana_bci_metric metric, size_t n_classes)
{
    if (metric != ANA_BCI_METRIC_AUTO) {
        return metric;
    }
    return n_classes == 2 ? ANA_BCI_METRIC_AUC : ANA_BCI_METRIC_ACCURACY;
}

static double of_confusion(ana_bci_metric metric, size_t n_classes, const size_t *confusion)
{
    switch (metric) {
    case ANA_BCI_METRIC_ACCURACY:
        return ana_classification_accuracy(n_classes, confusion);
    case ANA_BCI_METRIC_BALANCED:
        return ana_classification_balanced_accuracy(n_classes, confusion);
    case ANA_BCI_METRIC_KAPPA:
        return ana_classification_kappa(n_classes, confusion);
    case ANA_BCI_METRIC_MCC:
        return ana_classification_matthews(n_classes, confusion);
    case ANA_BCI_METRIC_AUTO:
    case ANA_BCI_METRIC_AUC:
        break;
    }
    return (double)NAN;
}

ana_status ana_bci_metric_of(ana_bci_metric metric, size_t n, size_t n_classes,
                             const size_t *labels, const size_t *chosen, const double *scores,
                             double *value)
{
    ana_status status = ANA_OK;
    size_t *confusion = NULL;
    metric = ana_bci_settle_metric(metric, n_classes);
    if (metric == ANA_BCI_METRIC_AUC) {
        return ana_classification_mean_area(n, labels, n_classes, scores, value);
    }
    ANA_TRY(ana_allocate(n_classes * n_classes, sizeof *confusion, "metric", &confusion));
    ANA_TRY(ana_classification_confusion(n, labels, chosen, n_classes, confusion));
    *value = of_confusion(metric, n_classes, confusion);
done:
    free(confusion);
    return status;
}
