/* mdm riemann: the class whose mean is nearest. */
#include "bci_kinds.h"
#include "memory.h"
#include "try.h"

#include <analysis/models/spd_mean.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct mdm_options {
    ana_spd_metric metric;
} mdm_options;

enum {
    MEANS
};

static const char *const learned[] = {"means", NULL};

/* The metrics that have a mean of their own, as of spd.h and of spd_mean.h. */
static const char *const metrics[] = {
    "riemann",  "log-euclidean",      "euclidean",       "cholesky",    "log-cholesky",
    "harmonic", "kullback-symmetric", "log-determinant", "wasserstein", NULL};

static const struct {
    ana_spd_metric metric;
    ana_spd_mean_method mean;
} pairs[] = {{ANA_SPD_RIEMANN, ANA_SPD_MEAN_RIEMANN},
             {ANA_SPD_LOG_EUCLIDEAN, ANA_SPD_MEAN_LOG_EUCLIDEAN},
             {ANA_SPD_EUCLIDEAN, ANA_SPD_MEAN_EUCLIDEAN},
             {ANA_SPD_CHOLESKY, ANA_SPD_MEAN_CHOLESKY},
             {ANA_SPD_LOG_CHOLESKY, ANA_SPD_MEAN_LOG_CHOLESKY},
             {ANA_SPD_HARMONIC, ANA_SPD_MEAN_HARMONIC},
             {ANA_SPD_KULLBACK_SYMMETRIC, ANA_SPD_MEAN_KULLBACK_SYMMETRIC},
             {ANA_SPD_LOG_DETERMINANT, ANA_SPD_MEAN_LOG_DETERMINANT},
             {ANA_SPD_WASSERSTEIN, ANA_SPD_MEAN_WASSERSTEIN}};

static const ana_option mdm_table[] = {
    {"metric", ANA_OPTION_CHOICE, offsetof(mdm_options, metric), 0, 0, metrics, "METRIC",
     "of the distances and of the classes' means (default riemann)", false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(mdm_options *)options = (mdm_options){.metric = 0};
}

static ana_shape means_shape(const bci_shape *in, size_t n_classes)
{
    const size_t columns = in->hermitian ? 2 * in->n_rows : in->n_rows;
    return (ana_shape){.n_axes = 3,
                       .n = {n_classes, in->n_rows, columns},
                       .axis_names = {"class", "row", "column"}};
}

/* The matrices of a class, one after the other. */
static size_t gather(const bci_batch *in, const size_t *labels, size_t c, double *out)
{
    const size_t size = ana_bci_item_size(&in->shape);
    size_t n = 0;
    for (size_t i = 0; i < in->n_items; i++) {
        if (labels[i] == c) {
            memcpy(out + n++ * size, in->values + i * size, size * sizeof *out);
        }
    }
    return n;
}

static ana_status fit(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    const mdm_options *given = step->options;
    const size_t size = ana_bci_item_size(&in->shape);
    ana_spd_mean_options options = ana_spd_mean_options_default();
    double *means = NULL;
    double *some = NULL;
    options.run = *teacher->run;
    options.method = pairs[given->metric].mean;
    ANA_TRY(ana_bci_learn(step, MEANS, means_shape(&in->shape, teacher->n_classes), &means));
    ANA_TRY(ana_allocate(in->n_items * size, sizeof *some, "mdm", &some));
    for (size_t c = 0; c < teacher->n_classes; c++) {
        ana_spd_set set = ana_bci_batch_set(in);
        set.n_matrices = gather(in, teacher->labels, c, some);
        set.values = some;
        ANA_TRY(ana_spd_mean(&set, NULL, &options, NULL, means + c * size));
    }
done:
    free(some);
    return status;
}

static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    ana_status status = ANA_OK;
    const double *means = NULL;
    ANA_TRY(ana_bci_learned(step, MEANS, means_shape(in, 0), &means));
    *out = (bci_shape){.form = BCI_CLASSES,
                       .n_rows = 1,
                       .n_columns = ana_bci_learned_length(step, MEANS, 0),
                       .n_bands = 1};
done:
    return status;
}

/* softmax(-d^2) */
static void to_probabilities(size_t n, double *distances)
{
    double least = INFINITY;
    double sum = 0.0;
    for (size_t c = 0; c < n; c++) {
        least = fmin(least, distances[c]);
    }
    for (size_t c = 0; c < n; c++) {
        distances[c] = exp((least - distances[c]) * (least + distances[c]));
        sum += distances[c];
    }
    for (size_t c = 0; c < n; c++) {
        distances[c] /= sum;
    }
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    ana_status status = ANA_OK;
    const mdm_options *given = step->options;
    const size_t n_classes = out->shape.n_columns;
    const ana_spd_set set = ana_bci_batch_set(in);
    ana_spd_set means = set;
    ana_spd_distance_options options = ana_spd_distance_options_default();
    options.run = *teacher->run;
    options.metric = pairs[given->metric].metric;
    means.n_matrices = n_classes;
    means.values = step->learned[MEANS].values;
    ANA_TRY(ana_spd_distances(&set, &means, &options, out->values));
    for (size_t i = 0; i < in->n_items; i++) {
        to_probabilities(n_classes, out->values + i * n_classes);
    }
    ana_bci_choose(out);
done:
    return status;
}

const bci_kind ana_bci_mdm = {
    .says = {.name = "mdm",
             .summary = "the class whose mean is nearest",
             .takes = "matrices",
             .gives = "classes",
             .options = mdm_table,
             .n_positional = 1},
    .takes = BCI_MATRICES,
    .gives = BCI_CLASSES,
    .options_size = sizeof(mdm_options),
    .defaults = defaults,
    .learned = learned,
    .fit = fit,
    .shape = shape,
    .apply = apply,
};
