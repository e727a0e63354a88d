/* logistic C=1: logistic regression of vectors. */
#include "bci_kinds.h"
#include "bci_linear.h"
#include "try.h"

#include <analysis/models/logistic_regression.h>

static const ana_option logistic_table[] = {
    {"C", ANA_OPTION_DOUBLE, offsetof(ana_logistic_options, cost), 1e-12, 1e12, NULL, "C",
     "weight of the losses against the penalty of the weights (default 1)", false},
    {"l1", ANA_OPTION_DOUBLE, offsetof(ana_logistic_options, l1_share), 0.0, 1.0, NULL, "SHARE",
     "of absolute values in the penalty, the rest are squares (default 0)", false},
    {"balanced", ANA_OPTION_BOOL, offsetof(ana_logistic_options, balanced), 0, 0, NULL, NULL,
     "each class weighs the same, however many trials it has (default no)", false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(ana_logistic_options *)options = ana_logistic_options_default();
}

static ana_status fit(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    ana_logistic_options options = *(const ana_logistic_options *)step->options;
    const ana_labelled_rows rows = ana_bci_rows(in, teacher);
    double *weights = NULL;
    double *biases = NULL;
    options.run = *teacher->run;
    ANA_TRY(ana_bci_linear_learn(step, in, teacher, &weights, &biases));
    ANA_TRY(ana_logistic_fit(&rows, NULL, &options, weights, biases, NULL));
    ANA_TRY(ana_bci_linear_patterns(step, in));
done:
    return status;
}

const bci_kind ana_bci_logistic = {
    .says = {.name = "logistic",
             .summary = "logistic regression",
             .takes = "vectors",
             .gives = "classes",
             .options = logistic_table},
    .takes = BCI_VECTORS,
    .gives = BCI_CLASSES,
    .options_size = sizeof(ana_logistic_options),
    .defaults = defaults,
    .learned = ana_bci_linear_learned,
    .fit = fit,
    .shape = ana_bci_linear_shape,
    .apply = ana_bci_linear_apply,
};
