/* tangent riemann: matrices as vectors of the tangent space at their mean. */
#include "bci_kinds.h"
#include "try.h"

#include <analysis/models/spd_map.h>
#include <analysis/models/spd_mean.h>

enum {
    REFERENCE
};

static const char *const learned[] = {"reference", NULL};

static void defaults(void *options)
{
    *(ana_spd_mean_options *)options = ana_spd_mean_options_default();
}

static ana_shape reference_shape(const bci_shape *in)
{
    return ana_shape_2(in->n_rows, "row", in->hermitian ? 2 * in->n_rows : in->n_rows, "column");
}

static ana_status fit(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    const ana_spd_set set = ana_bci_batch_set(in);
    ana_spd_mean_options options = *(const ana_spd_mean_options *)step->options;
    double *reference = NULL;
    options.run = *teacher->run;
    ANA_TRY(ana_bci_learn(step, REFERENCE, reference_shape(&in->shape), &reference));
    ANA_TRY(ana_spd_mean(&set, NULL, &options, NULL, reference));
done:
    return status;
}

static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    ana_status status = ANA_OK;
    const double *reference = NULL;
    const ana_spd_set one = {.n = in->n_rows, .hermitian = in->hermitian};
    ANA_TRY(ana_bci_learned(step, REFERENCE, reference_shape(in), &reference));
    *out = (bci_shape){.form = BCI_VECTORS,
                       .n_rows = 1,
                       .n_columns = ana_spd_vector_size(&one),
                       .n_bands = 1,
                       .rate = in->rate};
done:
    return status;
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    const ana_spd_set set = ana_bci_batch_set(in);
    return ana_spd_to_vectors(&set, step->learned[REFERENCE].values, teacher->run, out->values);
}

const bci_kind ana_bci_tangent = {
    .says = {.name = "tangent",
             .summary = "matrices as vectors of the tangent space at their mean",
             .takes = "matrices",
             .gives = "vectors",
             .options = ana_spd_mean_option_table,
             .n_positional = 1},
    .takes = BCI_MATRICES,
    .gives = BCI_VECTORS,
    .options_size = sizeof(ana_spd_mean_options),
    .defaults = defaults,
    .learned = learned,
    .fit = fit,
    .shape = shape,
    .apply = apply,
};
