/* whiten: the mean of training matrices becomes the identity, in as many dimensions as are kept. */
#include "bci_kinds.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/spd_whitening.h>

#include <string.h>

enum {
    FILTERS
};

static const char *const learned[] = {"filters", NULL};

/* Means that a set's middle is usually taken by. */
static const char *const metrics[] = {"euclidean", "riemann", "log-euclidean", NULL};
static const ana_spd_mean_method methods[] = {ANA_SPD_MEAN_EUCLIDEAN, ANA_SPD_MEAN_RIEMANN,
                                              ANA_SPD_MEAN_LOG_EUCLIDEAN};

typedef struct whiten_options {
    int metric;
    size_t n_components;
    double explained;
} whiten_options;

static const ana_option whiten_table[] = {
    {"metric", ANA_OPTION_CHOICE, offsetof(whiten_options, metric), 0, 0, metrics, "METRIC",
     "of the mean; euclidean also of matrices without full rank (default euclidean)", false},
    {"components", ANA_OPTION_SIZE, offsetof(whiten_options, n_components), 0, 1e6, NULL, "N",
     "dimensions kept, the strongest; 0: as explained says (default 0)", false},
    {"explained", ANA_OPTION_DOUBLE, offsetof(whiten_options, explained), 0, 1, NULL, "PART",
     "of the mean's variance that is kept; 1: all that is not rounding (default 1)", false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(whiten_options *)options = (whiten_options){.explained = 1.0};
}

static ana_shape filters_shape(const bci_shape *in, size_t n_kept)
{
    return ana_shape_2(n_kept, "filter", in->n_rows, "row");
}

static ana_status fit(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const whiten_options *chosen = step->options;
    const size_t n = in->shape.n_rows;
    const ana_spd_set set = ana_bci_batch_set(in);
    ana_spd_whitening_options options = ana_spd_whitening_options_default();
    size_t n_kept = 0;
    double *kept = NULL;
    double *filters = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "whiten"));
    if (teacher->run != NULL) {
        options.mean.run = *teacher->run;
    }
    options.mean.method = methods[chosen->metric];
    options.n_components = chosen->n_components;
    options.explained = chosen->explained;
    ANA_TRY(ana_spd_whitening_fit(&set, NULL, &options, &n_kept, filters, NULL));
    ANA_TRY(ana_bci_learn(step, FILTERS, filters_shape(&in->shape, n_kept), &kept));
    memcpy(kept, filters, n_kept * n * sizeof *kept);
    ana_bci_note(step, "%zu of %zu dimensions kept", n_kept, n);
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    const double *filters = NULL;
    const size_t n_kept = ana_bci_learned_length(step, FILTERS, 0);
    *out = *in;
    out->n_rows = n_kept;
    out->n_columns = n_kept;
    out->n_bands = 1;
    return ana_bci_learned(step, FILTERS, filters_shape(in, 0), &filters);
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    ana_status status = ANA_OK;
    const ana_spd_set set = ana_bci_batch_set(in);
    const double *filters = NULL;
    (void)teacher;
    ANA_TRY(ana_bci_learned(step, FILTERS, filters_shape(&in->shape, 0), &filters));
    ANA_TRY(ana_spd_whitening_apply(&set, out->shape.n_rows, filters, out->values));
done:
    return status;
}

const bci_kind ana_bci_whiten = {
    .says = {.name = "whiten",
             .summary = "make the mean of training matrices the identity, in fewer dimensions",
             .takes = "matrices",
             .gives = "matrices",
             .options = whiten_table,
             .n_positional = 1},
    .takes = BCI_MATRICES,
    .gives = BCI_MATRICES,
    .options_size = sizeof(whiten_options),
    .defaults = defaults,
    .learned = learned,
    .unlabelled = true,
    .fit = fit,
    .shape = shape,
    .apply = apply,
};
