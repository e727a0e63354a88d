/* cov oas: the covariance of each trial. */
#include "bci_kinds.h"

#include <analysis/covariance.h>

typedef struct cov_options {
    ana_covariance_estimator estimator;
} cov_options;

static const char *const estimators[] = {"cov", "second-moment", "lwf", "oas", "sch", NULL};

static const ana_option cov_table[] = {
    {"estimator", ANA_OPTION_CHOICE, offsetof(cov_options, estimator), 0, 0, estimators,
     "ESTIMATOR",
     "cov: about the mean, divisor n - 1; second-moment: about zero; lwf: Ledoit & "
     "Wolf; oas: oracle approximating; sch: Schaefer & Strimmer (default lwf)",
     false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(cov_options *)options = (cov_options){.estimator = ANA_COVARIANCE_LEDOIT_WOLF};
}

static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    (void)step;
    *out = (bci_shape){.form = BCI_MATRICES,
                       .n_rows = in->n_rows,
                       .n_columns = in->n_rows,
                       .n_bands = in->n_bands,
                       .rate = in->rate};
    return ANA_OK;
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    const cov_options *options = step->options;
    const size_t n = in->shape.n_rows;
    const size_t n_times = in->shape.n_columns;
    ana_status status = ANA_OK;
    (void)teacher;
    for (size_t i = 0; i < in->n_items && status == ANA_OK; i++) {
        status = ana_covariance_compute(options->estimator, n, n_times,
                                        in->values + i * n * n_times, out->values + i * n * n);
    }
    return status;
}

const bci_kind ana_bci_cov = {
    .says = {.name = "cov",
             .summary = "the covariance of each trial",
             .takes = "signals",
             .gives = "matrices",
             .options = cov_table,
             .n_positional = 1},
    .takes = BCI_SIGNALS,
    .gives = BCI_MATRICES,
    .options_size = sizeof(cov_options),
    .defaults = defaults,
    .shape = shape,
    .apply = apply,
};
