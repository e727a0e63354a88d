/* mdwm 0.5: the class whose mean, between earlier sessions and the last, is nearest. */
#include "bci_domains.h"
#include "bci_kinds.h"
#include "domain_parts.h"
#include "try.h"

#include <analysis/models/minimum_distance.h>

#include <string.h>

typedef struct mdwm_options {
    double share;
} mdwm_options;

enum {
    MEANS
};

static const char *const learned[] = {"means", NULL};

static const ana_option table[] = {
    {"share", ANA_OPTION_DOUBLE, offsetof(mdwm_options, share), 0.0, 1.0, NULL, "SHARE",
     "of the way from the class means of the earlier sessions of training, at 0, to those of the "
     "last, at 1 (default 0.5)",
     false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(mdwm_options *)options = (mdwm_options){.share = 0.5};
}

/* Room of a fit. */
typedef struct mdwm_room {
    ana_domains domains;
    double *values; /* matrices of a class, of one side */
    double *means[2];
} mdwm_room;

/* The mean of a class of the earlier sessions (side 0) or of the last; false: it has none there. */
static ana_status class_mean(const bci_batch *in, const bci_teacher *teacher, const mdwm_room *at,
                             size_t class, size_t side, bool *found)
{
    const size_t size = ana_bci_item_size(&in->shape);
    ana_spd_set set = ana_bci_batch_set(in);
    ana_spd_mean_options options = ana_spd_mean_options_default();
    options.run = *teacher->run;
    set.values = at->values;
    set.n_matrices = 0;
    for (size_t i = 0; i < in->n_items; i++) {
        const size_t its_side = at->domains.of[i] + 1 == at->domains.n_domains ? 1 : 0;
        if (teacher->labels[i] == class && its_side == side) {
            memcpy(at->values + set.n_matrices++ * size, in->values + i * size,
                   size * sizeof *at->values);
        }
    }
    *found = set.n_matrices > 0;
    return *found ? ana_spd_mean(&set, NULL, &options, NULL, at->means[side]) : ANA_OK;
}

static ana_status fit(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const mdwm_options *chosen = step->options;
    const size_t size = ana_bci_item_size(&in->shape);
    double *means = NULL;
    mdwm_room at = {.values = ana_workspace_doubles(&workspace, in->n_items, size),
                    .means = {ana_workspace_doubles(&workspace, size, 1),
                              ana_workspace_doubles(&workspace, size, 1)}};
    const ana_spd_set source = {in->shape.n_rows, in->shape.hermitian, 1, at.means[0]};
    const ana_spd_set target = {in->shape.n_rows, in->shape.hermitian, 1, at.means[1]};
    ANA_TRY(ana_bci_domains(teacher, in->n_items, &workspace, &at.domains));
    ANA_TRY(ana_bci_learn(step, MEANS,
                          ana_bci_matrices_shape(&in->shape, teacher->n_classes, "class"), &means));
    for (size_t c = 0; c < teacher->n_classes; c++) {
        bool found[2] = {false, false};
        ANA_TRY(class_mean(in, teacher, &at, c, 0, &found[0]));
        ANA_TRY(class_mean(in, teacher, &at, c, 1, &found[1]));
        if (found[0] && found[1]) {
            ANA_TRY(ana_domain_weighted_means(&source, &target, ANA_SPD_RIEMANN, chosen->share,
                                              means + c * size));
        } else { /* every class has trials */
            memcpy(means + c * size, at.means[found[1] ? 1 : 0], size * sizeof *means);
        }
    }
    ana_bci_note(step, "%zu earlier session%s and the last", at.domains.n_domains - 1,
                 at.domains.n_domains == 2 ? "" : "s");
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    ana_status status = ANA_OK;
    const double *means = NULL;
    ANA_TRY(ana_bci_learned(step, MEANS, ana_bci_matrices_shape(in, 0, "class"), &means));
    *out = (bci_shape){.form = BCI_CLASSES,
                       .n_rows = 1,
                       .n_columns = ana_bci_learned_length(step, MEANS, 0),
                       .n_bands = 1};
done:
    return status;
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    ana_status status = ANA_OK;
    const ana_spd_set set = ana_bci_batch_set(in);
    ana_minimum_distance_options options = ana_minimum_distance_options_default();
    options.run = *teacher->run;
    ANA_TRY(ana_minimum_distance_predict(&set, out->shape.n_columns, step->learned[MEANS].values,
                                         &options, NULL, out->values));
    ana_bci_choose(out);
done:
    return status;
}

const bci_kind ana_bci_mdwm = {
    .says = {.name = "mdwm",
             .summary = "the class whose mean, between earlier sessions and the last, is nearest",
             .takes = "matrices",
             .gives = "classes",
             .options = table,
             .n_positional = 1},
    .takes = BCI_MATRICES,
    .gives = BCI_CLASSES,
    .options_size = sizeof(mdwm_options),
    .defaults = defaults,
    .learned = learned,
    .fit = fit,
    .shape = shape,
    .apply = apply,
};
