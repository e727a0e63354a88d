/* erpcov lwf: the covariance of each trial below the mean trial of each class. */
#include "bci_kinds.h"
#include "try.h"

#include <analysis/erp_covariance.h>

typedef struct erpcov_options {
    ana_covariance_options covariance;
    size_t n_components;
} erpcov_options;

enum {
    PROTOTYPES
};

static const char *const learned[] = {"prototypes", NULL};

/* In the order of ana_covariance_estimator, of those that need no choices. */
static const char *const estimators[] = {"cov", "second-moment", "lwf", "oas", "sch", "scm", NULL};

static const ana_option erpcov_table[] = {
    {"estimator", ANA_OPTION_CHOICE, offsetof(erpcov_options, covariance.estimator), 0, 0,
     estimators, "ESTIMATOR", "as of the step cov (default lwf)", false},
    {"components", ANA_OPTION_SIZE, offsetof(erpcov_options, n_components), 0, 10000, NULL, "N",
     "largest components kept of each mean trial; 0: all its channels (default 0)", false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(erpcov_options *)options = (erpcov_options){.covariance = ana_covariance_options_default()};
}

static ana_trial_signals signals_of(const bci_batch *in)
{
    return (ana_trial_signals){.n_trials = in->n_items,
                               .n_channels = in->shape.n_rows,
                               .n_times = in->shape.n_columns,
                               .values = in->values};
}

static ana_status fit(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    const erpcov_options *options = step->options;
    const ana_trial_signals trials = signals_of(in);
    const size_t n_kept = options->n_components > 0 ? options->n_components : in->shape.n_rows;
    double *prototypes = NULL;
    ANA_TRY(ana_bci_learn(
        step, PROTOTYPES,
        ana_shape_2(teacher->n_classes * n_kept, "row", in->shape.n_columns, "time"), &prototypes));
    ANA_TRY(ana_erp_prototypes(&trials, teacher->labels, teacher->n_classes, options->n_components,
                               prototypes));
done:
    return status;
}

static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    const double *prototypes = NULL;
    const size_t n_rows = ana_bci_learned_length(step, PROTOTYPES, 0) + in->n_rows;
    *out = (bci_shape){.form = BCI_MATRICES,
                       .n_rows = n_rows,
                       .n_columns = n_rows,
                       .n_bands = 1,
                       .rate = in->rate};
    return ana_bci_learned(step, PROTOTYPES, ana_shape_2(0, "row", in->n_columns, "time"),
                           &prototypes);
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    ana_status status = ANA_OK;
    const erpcov_options *chosen = step->options;
    const ana_trial_signals trials = signals_of(in);
    ana_covariance_options options = chosen->covariance;
    const double *prototypes = NULL;
    if (teacher->run != NULL) {
        options.run = *teacher->run;
    }
    ANA_TRY(ana_bci_learned(step, PROTOTYPES, ana_shape_2(0, "row", in->shape.n_columns, "time"),
                            &prototypes));
    ANA_TRY(ana_erp_covariance(&trials, ana_bci_learned_length(step, PROTOTYPES, 0), prototypes,
                               &options, NULL, out->values));
done:
    return status;
}

const bci_kind ana_bci_erpcov = {
    .says = {.name = "erpcov",
             .summary = "the covariance of each trial with the mean trial of each class",
             .takes = "signals",
             .gives = "matrices",
             .options = erpcov_table,
             .n_positional = 2},
    .takes = BCI_SIGNALS,
    .gives = BCI_MATRICES,
    .options_size = sizeof(erpcov_options),
    .defaults = defaults,
    .learned = learned,
    .fit = fit,
    .shape = shape,
    .apply = apply,
};
