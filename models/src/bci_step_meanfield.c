/* meanfield -1,-0.5,0,0.5,1: the class whose power means are the nearest. */
#include "bci_kinds.h"
#include "bci_selection.h"
#include "try.h"

#include <analysis/models/mean_field.h>

typedef struct meanfield_options {
    const char *powers;
    ana_mean_field_method method;
} meanfield_options;

enum {
    MEANS
};

static const char *const learned[] = {"means", NULL};

static const ana_option meanfield_table[] = {
    {"powers", ANA_OPTION_TEXT, offsetof(meanfield_options, powers), 0, 0, NULL, "P,...",
     "of the means, -1 harmonic, 0 riemann, 1 euclidean (default -1,-0.5,0,0.5,1)", false},
    {"method", ANA_OPTION_CHOICE, offsetof(meanfield_options, method), 0, 0,
     ana_mean_field_method_names, "METHOD",
     "squared distances from a class's means are summed, or the least counts (default sum)", false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(meanfield_options *)options =
        (meanfield_options){.powers = "-1,-0.5,0,0.5,1", .method = ANA_MEAN_FIELD_SUM};
}

static ana_status read_powers(const meanfield_options *options, bci_numbers *out)
{
    return ana_bci_parse_numbers(options->powers, "powers of meanfield", -1.0, 1.0, out);
}

static ana_status check(const void *options)
{
    bci_numbers powers;
    return read_powers(options, &powers);
}

static ana_shape means_shape(const bci_shape *in, size_t n_powers, size_t n_classes)
{
    const size_t n_columns = in->hermitian ? 2 * in->n_rows : in->n_rows;
    return (ana_shape){.n_axes = 4,
                       .n = {n_powers, n_classes, in->n_rows, n_columns},
                       .axis_names = {"power", "class", "row", "column"}};
}

static ana_status fit(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    const ana_labelled_matrices known = {ana_bci_batch_set(in), teacher->n_classes,
                                         teacher->labels};
    bci_numbers powers;
    double *means = NULL;
    ANA_TRY(read_powers(step->options, &powers));
    ANA_TRY(
        ana_bci_learn(step, MEANS, means_shape(&in->shape, powers.n, teacher->n_classes), &means));
    ANA_TRY(ana_mean_field_fit(&known, powers.n, powers.values, teacher->run, means));
done:
    return status;
}

static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    ana_status status = ANA_OK;
    const double *means = NULL;
    const size_t n_classes = ana_bci_learned_length(step, MEANS, 1);
    ANA_TRY(ana_bci_learned(step, MEANS, means_shape(in, 0, 0), &means));
    if (n_classes == 0 || ana_bci_learned_length(step, MEANS, 0) == 0) {
        status = ana_fail(ANA_ERR_FORMAT, "step meanfield: it has learned no means");
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
    const meanfield_options *options = step->options;
    const ana_spd_set set = ana_bci_batch_set(in);
    const ana_mean_field field = {ana_bci_learned_length(step, MEANS, 0), out->shape.n_columns,
                                  step->learned[MEANS].values, options->method};
    ANA_TRY(ana_mean_field_predict(&set, &field, teacher->run, out->values));
    ana_bci_choose(out);
done:
    return status;
}

const bci_kind ana_bci_meanfield = {
    .says = {.name = "meanfield",
             .summary = "the class whose power means are the nearest",
             .takes = "matrices",
             .gives = "classes",
             .options = meanfield_table,
             .n_positional = 1},
    .takes = BCI_MATRICES,
    .gives = BCI_CLASSES,
    .options_size = sizeof(meanfield_options),
    .defaults = defaults,
    .learned = learned,
    .check = check,
    .fit = fit,
    .shape = shape,
    .apply = apply,
};
