/* kernel-svm riemann C=1: support vector machines of matrices, by inner products in the tangent
 * space at the mean of training. */
#include "bci_kinds.h"
#include "bci_margin.h"
#include "try.h"

#include <analysis/models/minimum_distance.h>
#include <analysis/models/spd_kernel.h>

typedef struct kernel_svm_options {
    ana_spd_metric metric; /* the first three of the metrics */
    bci_margin_options margin;
} kernel_svm_options;

enum {
    REFERENCE = BCI_OF_KERNEL
};

static const char *const learned[] = {"supports", "weights", "offsets", "reference", NULL};
static const char *const metrics[] = {"riemann", "log-euclidean", "euclidean", NULL};

static const ana_option kernel_svm_table[] = {
    {"metric", ANA_OPTION_CHOICE, offsetof(kernel_svm_options, metric), 0, 0, metrics, "METRIC",
     "of the kernel and of the mean R of training: riemann, tr log(R^-1 X) log(R^-1 Y), as tangent "
     "and svm linear; log-euclidean, tr (log X - log R)(log Y - log R); euclidean, "
     "tr (X - R)(Y - R) / tr R^2 (default riemann)",
     false},
    BCI_MARGIN_COST(offsetof(kernel_svm_options, margin)),
    BCI_MARGIN_TOLERANCE(offsetof(kernel_svm_options, margin)),
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(kernel_svm_options *)options =
        (kernel_svm_options){.metric = ANA_SPD_RIEMANN, .margin = BCI_MARGIN_DEFAULT};
}

static ana_shape reference_shape(const bci_shape *in)
{
    return ana_shape_2(in->n_rows, "row", in->hermitian ? 2 * in->n_rows : in->n_rows, "column");
}

/* The euclidean kernel is in units of the reference, or C would depend on the unit of signals. */
static void scale_by_reference(size_t size, const double *reference, size_t n, double *kernel)
{
    double square = 0.0;
    for (size_t e = 0; e < size; e++) {
        square += reference[e] * reference[e];
    }
    for (size_t k = 0; k < n; k++) {
        kernel[k] /= square;
    }
}

static ana_status compute_kernel(const bci_step *step, const bci_batch *in, size_t n,
                                 const double *matrices, const ana_run *run, double *out)
{
    ana_status status = ANA_OK;
    const kernel_svm_options *options = step->options;
    const double *reference = step->learned[REFERENCE].values;
    const ana_spd_set set = ana_bci_batch_set(in);
    const ana_spd_set others = {set.n, set.hermitian, n, matrices};
    ANA_TRY(ana_spd_kernel(&set, &others, options->metric, reference, run, out));
    if (options->metric == ANA_SPD_EUCLIDEAN) {
        scale_by_reference(ana_spd_size(&set), reference, in->n_items * n, out);
    }
done:
    return status;
}

static ana_status fit(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    const kernel_svm_options *options = step->options;
    const ana_spd_set set = ana_bci_batch_set(in);
    ana_spd_mean_options mean = ana_spd_mean_options_default();
    double *reference = NULL;
    mean.run = *teacher->run;
    ANA_TRY(ana_minimum_distance_mean(options->metric, &mean.method));
    ANA_TRY(ana_bci_learn(step, REFERENCE, reference_shape(&in->shape), &reference));
    ANA_TRY(ana_spd_mean(&set, NULL, &mean, NULL, reference));
    ANA_TRY(ana_bci_margin_fit(step, &options->margin, compute_kernel, in, teacher));
done:
    return status;
}

static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    ana_status status = ANA_OK;
    const double *array = NULL;
    ANA_TRY(ana_bci_learned(step, REFERENCE, reference_shape(in), &array));
    ANA_TRY(ana_bci_margin_shape(step, in, out));
done:
    return status;
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    return ana_bci_margin_apply(step, compute_kernel, in, teacher->run, out);
}

const bci_kind ana_bci_kernel_svm = {
    .says = {.name = "kernel-svm",
             .summary = "support vector machine on matrices, with a Riemannian kernel",
             .takes = "matrices",
             .gives = "classes",
             .options = kernel_svm_table,
             .n_positional = 1},
    .takes = BCI_MATRICES,
    .gives = BCI_CLASSES,
    .options_size = sizeof(kernel_svm_options),
    .defaults = defaults,
    .learned = learned,
    .fit = fit,
    .shape = shape,
    .apply = apply,
};
