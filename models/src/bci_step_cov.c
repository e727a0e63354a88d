/* cov oas: the covariance of each trial; behind acm, of its delayed copies, which are not made. */
#include "bci_kinds.h"
#include "try.h"
#include "workspace.h"

#include <analysis/augmented_covariance.h>

typedef struct cov_options {
    ana_covariance_options covariance;
    size_t n_blocks;
    ana_augmentation delays; /* of a step acm before it, which has handed them on; else order 1 */
} cov_options;

/* In the order of ana_covariance_estimator. */
static const char *const estimators[] = {"cov", "second-moment", "lwf",    "oas", "sch",
                                         "scm", "corr",          "shrunk", "hub", "stu",
                                         "tyl", "mcd",           NULL};
static const char *const scales[] = {"trace", "determinant", NULL};

static const ana_option cov_table[] = {
    {"estimator", ANA_OPTION_CHOICE, offsetof(cov_options, covariance.estimator), 0, 0, estimators,
     "ESTIMATOR",
     "cov: about the mean, divisor n - 1; second-moment: about zero; lwf: Ledoit & Wolf; oas: "
     "oracle approximating; sch: Schaefer & Strimmer; scm: about the mean, divisor n; corr: "
     "correlation; shrunk: scm, by a given part; hub, stu, tyl: Huber's, Student's, Tyler's "
     "fixed points; mcd: minimum determinant (default lwf)",
     false},
    {"blocks", ANA_OPTION_SIZE, offsetof(cov_options, n_blocks), 1, 10000, NULL, "N",
     "equal parts of the rows (bands of a bank), 0 between them (default 1)", false},
    {"shrinkage", ANA_OPTION_DOUBLE, offsetof(cov_options, covariance.shrinkage), 0, 1, NULL,
     "PART", "of shrunk: the part that the mean variance has (default 0.1)", false},
    {"ridge", ANA_OPTION_DOUBLE, offsetof(cov_options, covariance.ridge), 0, 1e6, NULL, "PART",
     "part of the mean variance added to each variance (default 0)", false},
    {"quantile", ANA_OPTION_DOUBLE, offsetof(cov_options, covariance.quantile), 0, 1, NULL, "PART",
     "of hub: the part of the samples taken for normal (default 0.9)", false},
    {"degrees", ANA_OPTION_DOUBLE, offsetof(cov_options, covariance.degrees), 1e-3, 1e6, NULL, "NU",
     "of freedom, of stu (default 5)", false},
    {"scale", ANA_OPTION_CHOICE, offsetof(cov_options, covariance.scale), 0, 0, scales, "SCALE",
     "of tyl: trace n or determinant 1 (default trace)", false},
    {"tolerance", ANA_OPTION_DOUBLE, offsetof(cov_options, covariance.tolerance), 0, 1, NULL,
     "CHANGE", "relative, that ends hub, stu and tyl; 0: 1e-10 (default 0)", false},
    {"iterations", ANA_OPTION_SIZE, offsetof(cov_options, covariance.max_iterations), 0, 1e6, NULL,
     "N", "of hub, stu and tyl at most; 0: 1000 (default 0)", false},
    {"support", ANA_OPTION_DOUBLE, offsetof(cov_options, covariance.support), 0, 1, NULL, "PART",
     "of the samples that mcd is of; 0: just over half (default 0)", false},
    {"starts", ANA_OPTION_SIZE, offsetof(cov_options, covariance.n_starts), 1, 1e5, NULL, "N",
     "random subsets that mcd starts from (default 30)", false},
    {"compat", ANA_OPTION_BOOL, offsetof(cov_options, covariance.compat), 0, 0, NULL, NULL,
     "pyRiemann's constants and stop of hub, stu, tyl and mcd (default no)", false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(cov_options *)options = (cov_options){.covariance = ana_covariance_options_default(),
                                            .n_blocks = 1,
                                            .delays = {.order = 1, .lag = 1}};
}

/* Products of lagged signals, not of all copies: less work, and an order-th of the memory. */
static void take_over(bci_step *step, bci_step *before)
{
    cov_options *options = step->options;
    if (before->kind == &ana_bci_acm && options->n_blocks == 1) {
        options->delays = *(const ana_augmentation *)before->options;
        before->handed_on = true;
    }
}

static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    const cov_options *options = step->options;
    const size_t order = options->delays.order;
    *out = (bci_shape){.form = BCI_MATRICES,
                       .n_rows = order * in->n_rows,
                       .n_columns = order * in->n_rows,
                       .n_bands = order > 1 ? 1 : in->n_bands,
                       .rate = in->rate};
    return in->n_rows % options->n_blocks == 0
               ? ANA_OK
               : ana_fail(ANA_ERR_VALUE, "pipeline: cov blocks=%zu of %zu rows; equal blocks only",
                          options->n_blocks, in->n_rows);
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const cov_options *chosen = step->options;
    ana_covariance_options options = chosen->covariance;
    const ana_trial_signals trials = {.n_trials = in->n_items,
                                      .n_channels = in->shape.n_rows,
                                      .n_times = in->shape.n_columns,
                                      .values = in->values};
    if (teacher->run != NULL) {
        options.run = *teacher->run;
    }
    if (chosen->n_blocks == 1) {
        return ana_augmented_covariance(&chosen->delays, &trials, &options, NULL, out->values);
    }
    size_t *sizes = ana_workspace_sizes(&workspace, chosen->n_blocks, 1);
    ANA_TRY(ana_workspace_check(&workspace, "cov"));
    for (size_t b = 0; b < chosen->n_blocks; b++) {
        sizes[b] = in->shape.n_rows / chosen->n_blocks;
    }
    ANA_TRY(ana_covariance_of_blocks(&trials, chosen->n_blocks, sizes, &options, out->values));
done:
    ana_workspace_release(&workspace);
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
    .take_over = take_over,
};
