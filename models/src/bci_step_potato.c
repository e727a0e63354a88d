/* potato 3: training trials that are artefacts do not teach the steps after it. */
#include "bci_domains.h"
#include "bci_kinds.h"
#include "try.h"

#include <analysis/models/riemannian_potato.h>

#include <string.h>

enum {
    CENTRE,
    SPREAD
};

static const char *const learned[] = {"centre", "spread", NULL};

static const ana_option table[] = {
    {"threshold", ANA_OPTION_DOUBLE, offsetof(ana_potato_options, threshold), 0.1, 100.0, NULL, "Z",
     "standard deviations of the log distance from the centre at which a trial is an artefact "
     "(default 3)",
     false},
    {"iterations", ANA_OPTION_SIZE, offsetof(ana_potato_options, max_iterations), 1, 1e6, NULL, "N",
     "rounds of rejection at most (default 100)", false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(ana_potato_options *)options = ana_potato_options_default();
}

static ana_status fit(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    const ana_spd_set set = ana_bci_batch_set(in);
    ana_potato_options options = *(const ana_potato_options *)step->options;
    ana_potato *potato = NULL;
    double *centre = NULL;
    double *spread = NULL;
    options.mean.run = *teacher->run;
    ANA_TRY(ana_potato_fit(&set, NULL, &options, NULL, &potato));
    ANA_TRY(ana_bci_learn(step, CENTRE, ana_bci_matrices_shape(&in->shape, 1, "centre"), &centre));
    memcpy(centre, potato->centre, ana_spd_size(&set) * sizeof *centre);
    ANA_TRY(ana_bci_learn(step, SPREAD, ana_shape_1(3, "mean, deviation, threshold"), &spread));
    spread[0] = potato->mean;
    spread[1] = potato->deviation;
    spread[2] = potato->threshold;
    ana_bci_note(step, "%zu of %zu training trials left out as artefacts", potato->n_rejected,
                 set.n_matrices);
done:
    ana_potato_free(potato);
    return status;
}

/* A trial rejected in an early round stays so: it is asked anew, of the potato of the rest. */
static ana_status gate(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                       bool *keep)
{
    const ana_spd_set set = ana_bci_batch_set(in);
    ana_potato_options options = *(const ana_potato_options *)step->options;
    ana_potato *potato = NULL;
    options.mean.run = *teacher->run;
    const ana_status status = ana_potato_fit(&set, NULL, &options, keep, &potato);
    ana_potato_free(potato);
    return status;
}

static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    ana_status status = ANA_OK;
    const double *array = NULL;
    *out = *in;
    ANA_TRY(ana_bci_learned(step, CENTRE, ana_bci_matrices_shape(in, 1, "centre"), &array));
    ANA_TRY(ana_bci_learned(step, SPREAD, ana_shape_1(3, "mean, deviation, threshold"), &array));
done:
    return status;
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    (void)step;
    (void)teacher;
    memcpy(out->values, in->values,
           in->n_items * ana_bci_item_size(&in->shape) * sizeof *out->values);
    return ANA_OK;
}

const bci_kind ana_bci_potato = {
    .says = {.name = "potato",
             .summary = "training trials that are artefacts do not teach the steps after it",
             .takes = "matrices",
             .gives = "matrices",
             .options = table,
             .n_positional = 1},
    .takes = BCI_MATRICES,
    .gives = BCI_MATRICES,
    .options_size = sizeof(ana_potato_options),
    .defaults = defaults,
    .learned = learned,
    .fit = fit,
    .gate = gate,
    .shape = shape,
    .apply = apply,
};
