/* svm rbf C=1: support vector machines of vectors, one for each pair of classes. */
#include "bci_kinds.h"
#include "bci_linear.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/support_vectors.h>

#include <stdlib.h>
#include <string.h>

typedef enum svm_kernel {
    SVM_LINEAR,
    SVM_RBF
} svm_kernel;

typedef struct svm_options {
    svm_kernel kernel;
    double cost;
    double gamma;
    double tolerance;
} svm_options;

enum {
    SUPPORTS,
    WEIGHTS,
    OFFSETS,
    GAMMA
};

static const char *const learned[] = {"supports", "weights", "offsets", "gamma", NULL};
static const char *const kernels[] = {"linear", "rbf", NULL};

static const ana_option svm_table[] = {
    {"kernel", ANA_OPTION_CHOICE, offsetof(svm_options, kernel), 0, 0, kernels, "KERNEL",
     "linear: inner products, of tangent vectors the Riemannian kernel; rbf: exp(-gamma |x - y|^2) "
     "(default linear)",
     false},
    {"C", ANA_OPTION_DOUBLE, offsetof(svm_options, cost), 1e-12, 1e12, NULL, "C",
     "penalty of a trial within the margin (default 1)", false},
    {"gamma", ANA_OPTION_DOUBLE, offsetof(svm_options, gamma), 0.0, 1e12, NULL, "GAMMA",
     "of rbf; 0 (default): 1 / (number of features times their variance)", false},
    {"tolerance", ANA_OPTION_DOUBLE, offsetof(svm_options, tolerance), 1e-12, 1.0, NULL, "T",
     "of the optimality conditions (default 1e-3, as libsvm)", false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(svm_options *)options = (svm_options){.kernel = SVM_LINEAR, .cost = 1.0, .tolerance = 1e-3};
}

/* Of the items of a batch with n rows. */
static ana_status compute_kernel(const svm_options *options, double gamma, const bci_batch *in,
                                 size_t n, const double *rows, double *out)
{
    const size_t d = in->shape.n_columns;
    return options->kernel == SVM_RBF
               ? ana_kernel_radial(d, in->n_items, in->values, n, rows, gamma, out)
               : ana_kernel_linear(d, in->n_items, in->values, n, rows, out);
}

/* Keeps the items that any of the machines rests on. */
static ana_status keep_supports(bci_step *step, const bci_batch *in, size_t n_pairs,
                                const double *weights)
{
    ana_status status = ANA_OK;
    const size_t n = in->n_items;
    const size_t d = in->shape.n_columns;
    size_t *kept = NULL;
    size_t n_kept = 0;
    double *supports = NULL;
    double *few = NULL;
    ANA_TRY(ana_allocate(n, sizeof *kept, "svm", &kept));
    for (size_t i = 0; i < n; i++) {
        bool used = false;
        for (size_t p = 0; p < n_pairs; p++) {
            used = used || weights[p * n + i] != 0.0;
        }
        kept[n_kept] = i;
        n_kept += used;
    }
    ANA_TRY(ana_bci_learn(step, SUPPORTS, ana_shape_2(n_kept, "support", d, "feature"), &supports));
    ANA_TRY(ana_bci_learn(step, WEIGHTS, ana_shape_2(n_pairs, "pair", n_kept, "support"), &few));
    for (size_t k = 0; k < n_kept; k++) {
        memcpy(supports + k * d, in->values + kept[k] * d, d * sizeof *supports);
        for (size_t p = 0; p < n_pairs; p++) {
            few[p * n_kept + k] = weights[p * n + kept[k]];
        }
    }
done:
    free(kept);
    return status;
}

static ana_status fit(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    const svm_options *options = step->options;
    const size_t n = in->n_items;
    const size_t d = in->shape.n_columns;
    const size_t n_pairs = ana_support_vectors_n_pairs(teacher->n_classes);
    double *kernel = NULL;
    double *weights = NULL;
    double *offsets = NULL;
    double *gamma = NULL;
    ANA_TRY(ana_bci_learn(step, GAMMA, ana_shape_1(1, "kernel"), &gamma));
    *gamma = options->gamma > 0.0 ? options->gamma : ana_kernel_radial_scale(n, d, in->values);
    ANA_TRY(ana_bci_learn(step, OFFSETS, ana_shape_1(n_pairs, "pair"), &offsets));
    ANA_TRY(ana_allocate(n * n, sizeof *kernel, "svm", &kernel));
    ANA_TRY(ana_allocate(n_pairs * n, sizeof *weights, "svm", &weights));
    ANA_TRY(compute_kernel(options, *gamma, in, n, in->values, kernel));
    const ana_labelled_kernel known = {
        .n = n, .kernel = kernel, .n_classes = teacher->n_classes, .classes = teacher->labels};
    ANA_TRY(ana_support_vectors_fit(&known, options->cost, options->tolerance, weights, offsets));
    ANA_TRY(keep_supports(step, in, n_pairs, weights));
done:
    free(kernel);
    free(weights);
    return status;
}

/* The number of classes with so many pairs; 0: none. */
static size_t classes_of_pairs(size_t n_pairs)
{
    size_t n = 2;
    while (n < 100000 && ana_support_vectors_n_pairs(n) < n_pairs) {
        n++;
    }
    return ana_support_vectors_n_pairs(n) == n_pairs ? n : 0;
}

static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    ana_status status = ANA_OK;
    const double *array = NULL;
    const size_t n = ana_bci_learned_length(step, SUPPORTS, 0);
    const size_t n_pairs = ana_bci_learned_length(step, OFFSETS, 0);
    const size_t n_classes = classes_of_pairs(n_pairs);
    ANA_TRY(ana_bci_learned(step, SUPPORTS, ana_shape_2(0, "support", in->n_columns, "feature"),
                            &array));
    ANA_TRY(ana_bci_learned(step, OFFSETS, ana_shape_1(0, "pair"), &array));
    ANA_TRY(ana_bci_learned(step, WEIGHTS, ana_shape_2(n_pairs, "pair", n, "support"), &array));
    ANA_TRY(ana_bci_learned(step, GAMMA, ana_shape_1(1, "kernel"), &array));
    if (n_classes == 0 || n == 0) {
        return ana_fail(ANA_ERR_FORMAT, "step svm: %zu pairs of classes, %zu supports", n_pairs, n);
    }
    *out = (bci_shape){.form = BCI_CLASSES, .n_rows = 1, .n_columns = n_classes, .n_bands = 1};
done:
    return status;
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    ana_status status = ANA_OK;
    const svm_options *options = step->options;
    const size_t n = ana_bci_learned_length(step, SUPPORTS, 0);
    const size_t n_pairs = ana_bci_learned_length(step, OFFSETS, 0);
    ana_workspace workspace = {0};
    double *kernel = ana_workspace_doubles(&workspace, in->n_items, n);
    double *decisions = ana_workspace_doubles(&workspace, in->n_items, n_pairs);
    (void)teacher;
    ANA_TRY(ana_workspace_check(&workspace, "svm"));
    ANA_TRY(compute_kernel(options, step->learned[GAMMA].values[0], in, n,
                           step->learned[SUPPORTS].values, kernel));
    ANA_TRY(ana_support_vectors_decide(in->n_items, n, kernel, n_pairs,
                                       step->learned[WEIGHTS].values, step->learned[OFFSETS].values,
                                       decisions));
    ana_support_vectors_vote(in->n_items, out->shape.n_columns, decisions, out->chosen);
    if (out->shape.n_columns > 2) {
        ana_support_vectors_scores(in->n_items, out->shape.n_columns, decisions, out->values);
    }
    for (size_t i = 0; out->shape.n_columns == 2 && i < in->n_items; i++) {
        out->values[2 * i] = -decisions[i];
        out->values[2 * i + 1] = decisions[i];
    }
done:
    ana_workspace_release(&workspace);
    return status;
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
