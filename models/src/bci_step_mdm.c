/* mdm riemann: the class whose mean is nearest; fgmdm: after geodesic filtering. */
#include "bci_kinds.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/linear_scores.h>
#include <analysis/models/minimum_distance.h>
#include <analysis/models/spd_map.h>

enum {
    MEANS,
    REFERENCE, /* fgmdm */
    AXES       /* fgmdm */
};

static const char *const mdm_learned[] = {"means", NULL};
static const char *const fgmdm_learned[] = {"means", "reference", "axes", NULL};

static void defaults(void *options)
{
    *(ana_minimum_distance_options *)options = ana_minimum_distance_options_default();
}

/* Every class has a mean of that metric, or the text is refused. */
static ana_status check(const void *options)
{
    const ana_minimum_distance_options *given = options;
    ana_spd_mean_method method = ANA_SPD_MEAN_RIEMANN;
    return ana_minimum_distance_mean(given->metric, &method);
}

static size_t columns_of(const bci_shape *in)
{
    return in->hermitian ? 2 * in->n_rows : in->n_rows;
}

static ana_shape means_shape(const bci_shape *in, size_t n_classes)
{
    return (ana_shape){.n_axes = 3,
                       .n = {n_classes, in->n_rows, columns_of(in)},
                       .axis_names = {"class", "row", "column"}};
}

static ana_labelled_matrices labelled(const bci_batch *in, const bci_teacher *teacher)
{
    return (ana_labelled_matrices){
        .set = ana_bci_batch_set(in), .n_classes = teacher->n_classes, .classes = teacher->labels};
}

static ana_status fit_means(bci_step *step, const ana_labelled_matrices *known, const bci_shape *in,
                            const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    ana_minimum_distance_options options = *(const ana_minimum_distance_options *)step->options;
    double *means = NULL;
    options.run = *teacher->run;
    ANA_TRY(ana_bci_learn(step, MEANS, means_shape(in, teacher->n_classes), &means));
    ANA_TRY(ana_minimum_distance_fit(known, &options, means));
done:
    return status;
}

static ana_status fit(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    const ana_labelled_matrices known = labelled(in, teacher);
    return fit_means(step, &known, &in->shape, teacher);
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

static ana_status answer(const bci_step *step, const ana_spd_set *set, const bci_teacher *teacher,
                         bci_batch *out)
{
    ana_status status = ANA_OK;
    ana_minimum_distance_options options = *(const ana_minimum_distance_options *)step->options;
    options.run = *teacher->run;
    ANA_TRY(ana_minimum_distance_predict(set, out->shape.n_columns, step->learned[MEANS].values,
                                         &options, NULL, out->values));
    ana_bci_choose(out);
done:
    return status;
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    const ana_spd_set set = ana_bci_batch_set(in);
    return answer(step, &set, teacher, out);
}

static ana_shape reference_shape(const bci_shape *in)
{
    return ana_shape_2(in->n_rows, "row", columns_of(in), "column");
}

static size_t vector_size(const bci_shape *in)
{
    const ana_spd_set one = {.n = in->n_rows, .hermitian = in->hermitian};
    return ana_spd_vector_size(&one);
}

/* The matrices of a batch, filtered, as a set of the workspace. */
static ana_status filter(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                         ana_workspace *workspace, ana_spd_set *out)
{
    ana_status status = ANA_OK;
    *out = ana_bci_batch_set(in);
    double *values = ana_workspace_doubles(workspace, in->n_items, ana_spd_size(out));
    ANA_TRY(ana_workspace_check(workspace, "fgmdm"));
    ANA_TRY(ana_geodesic_filter_apply(out, step->learned[REFERENCE].values,
                                      ana_bci_learned_length(step, AXES, 0),
                                      step->learned[AXES].values, teacher->run, values));
    out->values = values;
done:
    return status;
}

static ana_status fit_filtered(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    ana_labelled_matrices known = labelled(in, teacher);
    double *reference = NULL;
    double *axes = NULL;
    ana_workspace workspace = {0};
    const size_t n_axes = ana_linear_n_scores(teacher->n_classes);
    ANA_TRY(ana_bci_learn(step, REFERENCE, reference_shape(&in->shape), &reference));
    ANA_TRY(ana_bci_learn(step, AXES,
                          ana_shape_2(n_axes, "axis", vector_size(&in->shape), "feature"), &axes));
    ANA_TRY(ana_geodesic_filter_fit(&known, teacher->run, reference, axes));
    ANA_TRY(filter(step, in, teacher, &workspace, &known.set));
    ANA_TRY(fit_means(step, &known, &in->shape, teacher));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status shape_filtered(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    ana_status status = ANA_OK;
    const double *array = NULL;
    ANA_TRY(ana_bci_learned(step, REFERENCE, reference_shape(in), &array));
    ANA_TRY(
        ana_bci_learned(step, AXES, ana_shape_2(0, "axis", vector_size(in), "feature"), &array));
    ANA_TRY(shape(step, in, out));
done:
    return status;
}

static ana_status apply_filtered(const bci_step *step, const bci_batch *in,
                                 const bci_teacher *teacher, bci_batch *out)
{
    ana_status status = ANA_OK;
    ana_spd_set set;
    ana_workspace workspace = {0};
    ANA_TRY(filter(step, in, teacher, &workspace, &set));
    ANA_TRY(answer(step, &set, teacher, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

const bci_kind ana_bci_mdm = {
    .says = {.name = "mdm",
             .summary = "the class whose mean is nearest",
             .takes = "matrices",
             .gives = "classes",
             .options = ana_minimum_distance_option_table,
             .n_positional = 1},
    .takes = BCI_MATRICES,
    .gives = BCI_CLASSES,
    .options_size = sizeof(ana_minimum_distance_options),
    .defaults = defaults,
    .learned = mdm_learned,
    .check = check,
    .fit = fit,
    .shape = shape,
    .apply = apply,
};

const bci_kind ana_bci_fgmdm = {
    .says = {.name = "fgmdm",
             .summary = "the nearest mean, along the directions that tell the classes apart",
             .takes = "matrices",
             .gives = "classes",
             .options = ana_minimum_distance_option_table,
             .n_positional = 1},
    .takes = BCI_MATRICES,
    .gives = BCI_CLASSES,
    .options_size = sizeof(ana_minimum_distance_options),
    .defaults = defaults,
    .learned = fgmdm_learned,
    .check = check,
    .fit = fit_filtered,
    .shape = shape_filtered,
    .apply = apply_filtered,
};
