/* svm rbf C=1: support vector machines of vectors, one for each pair of classes. */
#include "bci_kinds.h"
#include "bci_margin.h"
#include "try.h"

#include <analysis/models/support_vectors.h>

typedef enum svm_kernel {
    SVM_LINEAR,
    SVM_RBF
} svm_kernel;

typedef struct svm_options {
    svm_kernel kernel;
    bci_margin_options margin;
    double gamma;
} svm_options;

enum {
    GAMMA = BCI_OF_KERNEL
};

static const char *const learned[] = {"supports", "weights", "offsets", "gamma", NULL};
static const char *const kernels[] = {"linear", "rbf", NULL};

static const ana_option svm_table[] = {
    {"kernel", ANA_OPTION_CHOICE, offsetof(svm_options, kernel), 0, 0, kernels, "KERNEL",
     "linear: inner products, of tangent vectors the Riemannian kernel; rbf: exp(-gamma |x - y|^2) "
     "(default linear)",
     false},
    BCI_MARGIN_COST(offsetof(svm_options, margin)),
    {"gamma", ANA_OPTION_DOUBLE, offsetof(svm_options, gamma), 0.0, 1e12, NULL, "GAMMA",
     "of rbf; 0 (default): 1 / (number of features times their variance)", false},
    BCI_MARGIN_TOLERANCE(offsetof(svm_options, margin)),
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(svm_options *)options = (svm_options){.kernel = SVM_LINEAR, .margin = BCI_MARGIN_DEFAULT};
}

static ana_status compute_kernel(const bci_step *step, const bci_batch *in, size_t n,
                                 const double *rows, const ana_run *run, double *out)
{
    const svm_options *options = step->options;
    const size_t d = in->shape.n_columns;
    (void)run;
    return options->kernel == SVM_RBF ? ana_kernel_radial(d, in->n_items, in->values, n, rows,
                                                          step->learned[GAMMA].values[0], out)
                                      : ana_kernel_linear(d, in->n_items, in->values, n, rows, out);
}

static ana_status fit(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    const svm_options *options = step->options;
    double *gamma = NULL;
    ANA_TRY(ana_bci_learn(step, GAMMA, ana_shape_1(1, "kernel"), &gamma));
    *gamma = options->gamma > 0.0
                 ? options->gamma
                 : ana_kernel_radial_scale(in->n_items, in->shape.n_columns, in->values);
    ANA_TRY(ana_bci_margin_fit(step, &options->margin, compute_kernel, in, teacher));
done:
    return status;
}

static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    ana_status status = ANA_OK;
    const double *array = NULL;
    ANA_TRY(ana_bci_learned(step, GAMMA, ana_shape_1(1, "kernel"), &array));
    ANA_TRY(ana_bci_margin_shape(step, in, out));
done:
    return status;
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    return ana_bci_margin_apply(step, compute_kernel, in, teacher->run, out);
}

const bci_kind ana_bci_svm = {
    .says = {.name = "svm",
             .summary = "support vector machine",
             .takes = "vectors",
             .gives = "classes",
             .options = svm_table,
             .n_positional = 1},
    .takes = BCI_VECTORS,
    .gives = BCI_CLASSES,
    .options_size = sizeof(svm_options),
    .defaults = defaults,
    .learned = learned,
    .fit = fit,
    .shape = shape,
    .apply = apply,
};
