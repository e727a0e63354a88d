/* knn 3: the class of most of the nearest matrices. */
#include "bci_kinds.h"
#include "dense.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/nearest_neighbours.h>

#include <string.h>

typedef struct knn_options {
    size_t k;
    ana_spd_metric metric;
} knn_options;

enum {
    MATRICES,
    CLASSES
};

static const char *const learned[] = {"matrices", "classes", NULL};

static const ana_option knn_table[] = {
    {"k", ANA_OPTION_SIZE, offsetof(knn_options, k), 1, 100000, NULL, "N",
     "neighbours, at most as many as trials learned from (default 5)", false},
    {"metric", ANA_OPTION_CHOICE, offsetof(knn_options, metric), 0, 0, ana_spd_metric_names,
     "METRIC", "of the distances (default riemann)", false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(knn_options *)options = (knn_options){.k = 5, .metric = ANA_SPD_RIEMANN};
}

static ana_shape matrices_shape(const bci_shape *in, size_t n_items)
{
    return (ana_shape){.n_axes = 3,
                       .n = {n_items, in->n_rows, in->hermitian ? 2 * in->n_rows : in->n_rows},
                       .axis_names = {"trial", "row", "column"}};
}

/* Classes are kept as 1 of each trial's class and 0 of the others. */
static ana_status fit(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    const size_t n_classes = teacher->n_classes;
    double *matrices = NULL;
    double *classes = NULL;
    ANA_TRY(ana_bci_learn(step, MATRICES, matrices_shape(&in->shape, in->n_items), &matrices));
    ANA_TRY(ana_bci_learn(step, CLASSES, ana_shape_2(in->n_items, "trial", n_classes, "class"),
                          &classes));
    memcpy(matrices, in->values, in->n_items * ana_bci_item_size(&in->shape) * sizeof *matrices);
    for (size_t i = 0; i < in->n_items; i++) {
        classes[i * n_classes + teacher->labels[i]] = 1.0;
    }
done:
    return status;
}

static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    ana_status status = ANA_OK;
    const double *array = NULL;
    const size_t n = ana_bci_learned_length(step, MATRICES, 0);
    const size_t n_classes = ana_bci_learned_length(step, CLASSES, 1);
    ANA_TRY(ana_bci_learned(step, MATRICES, matrices_shape(in, n), &array));
    ANA_TRY(ana_bci_learned(step, CLASSES, ana_shape_2(n, "trial", n_classes, "class"), &array));
    if (n == 0 || n_classes == 0) {
        status = ana_fail(ANA_ERR_FORMAT, "step knn: it has learned %zu trials of %zu classes", n,
                          n_classes);
        goto done;
    }
    *out = (bci_shape){.form = BCI_CLASSES, .n_rows = 1, .n_columns = n_classes, .n_bands = 1};
done:
    return status;
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    ana_status status = ANA_OK;
    const knn_options *options = step->options;
    const size_t n = ana_bci_learned_length(step, MATRICES, 0);
    const size_t n_classes = out->shape.n_columns;
    const ana_spd_set set = ana_bci_batch_set(in);
    ana_spd_set known = set;
    ana_spd_distance_options apart = ana_spd_distance_options_default();
    ana_workspace workspace = {0};
    apart.run = *teacher->run;
    apart.metric = options->metric;
    known.n_matrices = n;
    known.values = step->learned[MATRICES].values;
    double *distances = ana_workspace_doubles(&workspace, in->n_items, n);
    size_t *classes = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "knn"));
    for (size_t i = 0; i < n; i++) {
        classes[i] = ana_largest(n_classes, step->learned[CLASSES].values + i * n_classes);
    }
    ANA_TRY(ana_spd_distances(&set, &known, &apart, distances));
    const ana_neighbour_distances near = {in->n_items, n, distances, n_classes, classes};
    ANA_TRY(
        ana_neighbours_predict(&near, options->k < n ? options->k : n, out->chosen, out->values));
done:
    ana_workspace_release(&workspace);
    return status;
}

const bci_kind ana_bci_knn = {
    .says = {.name = "knn",
             .summary = "the class of most of the nearest trials",
             .takes = "matrices",
             .gives = "classes",
             .options = knn_table,
             .n_positional = 2},
    .takes = BCI_MATRICES,
    .gives = BCI_CLASSES,
    .options_size = sizeof(knn_options),
    .defaults = defaults,
    .learned = learned,
    .fit = fit,
    .shape = shape,
    .apply = apply,
};
