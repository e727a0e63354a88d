#include "bci_margin.h"

#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/support_vectors.h>

#include <stdlib.h>
#include <string.h>

static ana_shape supports_shape(const bci_shape *in, size_t n)
{
    if (in->form == BCI_VECTORS) {
        return ana_shape_2(n, "support", in->n_columns, "feature");
    }
    return (ana_shape){.n_axes = 3,
                       .n = {n, in->n_rows, in->hermitian ? 2 * in->n_rows : in->n_rows},
                       .axis_names = {"support", "row", "column"}};
}

/* Keeps the items that any of the machines rests on. */
static ana_status keep_supports(bci_step *step, const bci_batch *in, size_t n_pairs,
                                const double *weights)
{
    ana_status status = ANA_OK;
    const size_t n = in->n_items;
    const size_t d = ana_bci_item_size(&in->shape);
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
    ANA_TRY(ana_bci_learn(step, BCI_SUPPORTS, supports_shape(&in->shape, n_kept), &supports));
    ANA_TRY(ana_bci_learn(step, BCI_DUAL_WEIGHTS, ana_shape_2(n_pairs, "pair", n_kept, "support"),
                          &few));
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

ana_status ana_bci_margin_fit(bci_step *step, const bci_margin_options *options, bci_kernel kernel,
                              const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    const size_t n = in->n_items;
    const size_t n_pairs = ana_support_vectors_n_pairs(teacher->n_classes);
    double *products = NULL;
    double *weights = NULL;
    double *offsets = NULL;
    ANA_TRY(ana_bci_learn(step, BCI_OFFSETS, ana_shape_1(n_pairs, "pair"), &offsets));
    ANA_TRY(ana_allocate(n * n, sizeof *products, "svm", &products));
    ANA_TRY(ana_allocate(n_pairs * n, sizeof *weights, "svm", &weights));
    ANA_TRY(kernel(step, in, n, in->values, teacher->run, products));
    const ana_labelled_kernel known = {
        .n = n, .kernel = products, .n_classes = teacher->n_classes, .classes = teacher->labels};
    ANA_TRY(ana_support_vectors_fit(&known, options->cost, options->tolerance, weights, offsets));
    ANA_TRY(keep_supports(step, in, n_pairs, weights));
done:
    free(products);
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

ana_status ana_bci_margin_shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    ana_status status = ANA_OK;
    const double *array = NULL;
    const size_t n = ana_bci_learned_length(step, BCI_SUPPORTS, 0);
    const size_t n_pairs = ana_bci_learned_length(step, BCI_OFFSETS, 0);
    const size_t n_classes = classes_of_pairs(n_pairs);
    ANA_TRY(ana_bci_learned(step, BCI_SUPPORTS, supports_shape(in, 0), &array));
    ANA_TRY(ana_bci_learned(step, BCI_OFFSETS, ana_shape_1(0, "pair"), &array));
    ANA_TRY(ana_bci_learned(step, BCI_DUAL_WEIGHTS, ana_shape_2(n_pairs, "pair", n, "support"),
                            &array));
    if (n_classes == 0 || n == 0) {
        return ana_fail(ANA_ERR_FORMAT, "step %s: %zu pairs of classes, %zu supports",
                        step->kind->says.name, n_pairs, n);
    }
    *out = (bci_shape){.form = BCI_CLASSES, .n_rows = 1, .n_columns = n_classes, .n_bands = 1};
done:
    return status;
}

ana_status ana_bci_margin_apply(const bci_step *step, bci_kernel kernel, const bci_batch *in,
                                const ana_run *run, bci_batch *out)
{
    ana_status status = ANA_OK;
    const size_t n = ana_bci_learned_length(step, BCI_SUPPORTS, 0);
    const size_t n_pairs = ana_bci_learned_length(step, BCI_OFFSETS, 0);
    ana_workspace workspace = {0};
    double *products = ana_workspace_doubles(&workspace, in->n_items, n);
    double *decisions = ana_workspace_doubles(&workspace, in->n_items, n_pairs);
    ANA_TRY(ana_workspace_check(&workspace, "svm"));
    ANA_TRY(kernel(step, in, n, step->learned[BCI_SUPPORTS].values, run, products));
    ANA_TRY(ana_support_vectors_decide(in->n_items, n, products, n_pairs,
                                       step->learned[BCI_DUAL_WEIGHTS].values,
                                       step->learned[BCI_OFFSETS].values, decisions));
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
