/* rescale transductive: every session as far spread as the others. */
#include "bci_domains.h"
#include "bci_kinds.h"
#include "try.h"

typedef struct rescale_options {
    int use;
    double dispersion;
} rescale_options;

enum {
    CENTRE,
    DISPERSION
};

enum {
    CALIBRATED,
    TRANSDUCTIVE
};

static const char *const learned[] = {"centre", "dispersion", NULL};

static const char *const uses[] = {"calibrated", "transductive", NULL};

static const ana_option table[] = {
    {"use", ANA_OPTION_CHOICE, offsetof(rescale_options, use), 0, 0, uses, "USE",
     "new sessions are stretched as the training trials together (calibrated), or as all their own "
     "trials ask (default transductive)",
     false},
    {"dispersion", ANA_OPTION_DOUBLE, offsetof(rescale_options, dispersion), 1e-6, 1e6, NULL, "D",
     "mean squared distance of every session's trials from their mean (default 1)", false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(rescale_options *)options = (rescale_options){.use = TRANSDUCTIVE, .dispersion = 1.0};
}

static bool is_transductive(const bci_step *step)
{
    return ((const rescale_options *)step->options)->use == TRANSDUCTIVE;
}

/* Centre and spread of all training trials. */
static ana_status fit(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_spd_set set = ana_bci_batch_set(in);
    const ana_domains one = {1, ana_workspace_sizes(&workspace, in->n_items, 1), NULL};
    ana_spd_mean_options options = ana_spd_mean_options_default();
    double *centre = NULL;
    double *dispersion = NULL;
    options.run = *teacher->run;
    ANA_TRY(ana_workspace_check(&workspace, "rescale"));
    ANA_TRY(ana_bci_learn(step, CENTRE, ana_bci_matrices_shape(&in->shape, 1, "centre"), &centre));
    ANA_TRY(ana_bci_learn(step, DISPERSION, ana_shape_1(1, "session"), &dispersion));
    ANA_TRY(ana_domain_centres(&set, &one, &options, centre));
    ANA_TRY(ana_domain_dispersions(&set, &one, centre, teacher->run, dispersion));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    ana_status status = ANA_OK;
    const double *array = NULL;
    *out = *in;
    ANA_TRY(ana_bci_learned(step, CENTRE, ana_bci_matrices_shape(in, 1, "centre"), &array));
    ANA_TRY(ana_bci_learned(step, DISPERSION, ana_shape_1(1, "session"), &array));
done:
    return status;
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const rescale_options *chosen = step->options;
    const ana_spd_set set = ana_bci_batch_set(in);
    const bool own = teacher->labels != NULL || chosen->use == TRANSDUCTIVE;
    ana_domains domains = {1, ana_workspace_sizes(&workspace, in->n_items, 1), NULL};
    ana_spd_mean_options options = ana_spd_mean_options_default();
    const double *centres = step->learned[CENTRE].values;
    const double *dispersions = step->learned[DISPERSION].values;
    options.run = *teacher->run;
    ANA_TRY(ana_workspace_check(&workspace, "rescale"));
    if (own) {
        ANA_TRY(ana_bci_domains(teacher, in->n_items, &workspace, &domains));
        double *found = ana_workspace_doubles(&workspace, domains.n_domains, ana_spd_size(&set));
        double *spread = ana_workspace_doubles(&workspace, domains.n_domains, 1);
        ANA_TRY(ana_workspace_check(&workspace, "rescale"));
        ANA_TRY(ana_domain_centres(&set, &domains, &options, found));
        ANA_TRY(ana_domain_dispersions(&set, &domains, found, teacher->run, spread));
        centres = found;
        dispersions = spread;
    }
    ANA_TRY(ana_domain_rescale(&set, &domains, centres, dispersions, chosen->dispersion,
                               teacher->run, out->values));
done:
    ana_workspace_release(&workspace);
    return status;
}

const bci_kind ana_bci_rescale = {
    .says = {.name = "rescale",
             .summary = "every session as far spread about its mean as the others",
             .takes = "matrices",
             .gives = "matrices",
             .options = table,
             .n_positional = 1},
    .takes = BCI_MATRICES,
    .gives = BCI_MATRICES,
    .transductive = true,
    .options_size = sizeof(rescale_options),
    .defaults = defaults,
    .learned = learned,
    .unlabelled = true,
    .fit = fit,
    .shape = shape,
    .apply = apply,
    .is_transductive = is_transductive,
};
