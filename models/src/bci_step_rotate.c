/* rotate euclidean: earlier sessions turned towards the last one of training. */
#include "bci_domains.h"
#include "bci_kinds.h"
#include "domain_parts.h"
#include "try.h"

#include <string.h>

enum {
    ROTATIONS
};

static const char *const learned[] = {"rotations", NULL};

static const char *const costs[] = {"euclidean", "riemann", NULL};

static const ana_option table[] = {
    {"cost", ANA_OPTION_CHOICE, offsetof(ana_rotation_options, cost), 0, 0, costs, "METRIC",
     "distance of the class means that is made small (default euclidean)", false},
    {"tolerance", ANA_OPTION_DOUBLE, offsetof(ana_rotation_options, tolerance), 1e-14, 1.0, NULL,
     "GRADIENT", "relative gradient at which a rotation has settled (default 1e-9)", false},
    {"iterations", ANA_OPTION_SIZE, offsetof(ana_rotation_options, max_iterations), 1, 1e7, NULL,
     "N", "steps at most (default 10000)", false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(ana_rotation_options *)options = ana_rotation_options_default();
}

/* The means of the classes of one session. */
static ana_status class_means(const bci_batch *in, const bci_teacher *teacher,
                              const ana_domains *domains, size_t domain, double *means)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_spd_set set = ana_bci_batch_set(in);
    double *values = ana_workspace_doubles(&workspace, set.n_matrices, ana_spd_size(&set));
    size_t *which = ana_workspace_sizes(&workspace, set.n_matrices, 1);
    size_t *labels = ana_workspace_sizes(&workspace, set.n_matrices, 1);
    ana_spd_mean_options options = ana_spd_mean_options_default();
    options.run = *teacher->run;
    ANA_TRY(ana_workspace_check(&workspace, "rotate"));
    ana_spd_set session = set;
    session.values = values;
    session.n_matrices = domain_gather(&set, domains, domain, true, values, which, NULL);
    for (size_t k = 0; k < session.n_matrices; k++) {
        labels[k] = teacher->labels[which[k]];
    }
    const ana_domains classes = {teacher->n_classes, labels, NULL};
    status = ana_domain_centres(&session, &classes, &options, means);
    if (status != ANA_OK) {
        ANA_TRY(ana_fail_in(status,
                            "step rotate: session %zu of training (each needs every class; here "
                            "\"domain\" counts classes): ",
                            domain + 1));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static void set_identity(size_t n, double *out)
{
    memset(out, 0, n * n * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        out[i * (n + 1)] = 1.0;
    }
}

static ana_status fit(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = in->shape.n_rows;
    ana_rotation_options options = *(const ana_rotation_options *)step->options;
    ana_domains domains;
    double *rotations = NULL;
    double *means[2] = {ana_workspace_doubles(&workspace, teacher->n_classes * n, 2 * n),
                        ana_workspace_doubles(&workspace, teacher->n_classes * n, 2 * n)};
    const ana_spd_set source = {n, in->shape.hermitian, teacher->n_classes, means[0]};
    const ana_spd_set target = {n, in->shape.hermitian, teacher->n_classes, means[1]};
    options.run = *teacher->run;
    ANA_TRY(ana_bci_domains(teacher, in->n_items, &workspace, &domains));
    const size_t last = domains.n_domains - 1;
    ANA_TRY(ana_bci_learn(step, ROTATIONS,
                          ana_bci_matrices_shape(&in->shape, domains.n_domains, "session"),
                          &rotations));
    if (last > 0) {
        ANA_TRY(class_means(in, teacher, &domains, last, means[1]));
    }
    for (size_t d = 0; d < last; d++) {
        ANA_TRY(class_means(in, teacher, &domains, d, means[0]));
        ANA_TRY(ana_domain_rotation(&source, &target, &options, NULL, rotations + d * n * n));
    }
    if (!in->shape.hermitian) {
        set_identity(n, rotations + last * n * n);
    }
    ana_bci_note(step, "%zu session%s of training turned towards the last", last,
                 last == 1 ? "" : "s");
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    const double *rotations = NULL;
    *out = *in;
    return ana_bci_learned(step, ROTATIONS, ana_bci_matrices_shape(in, 0, "session"), &rotations);
}

/* Training trials by their session's rotation; new ones are taken to be like the last session. */
static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = ana_bci_item_size(&in->shape);
    ana_domains domains;
    memcpy(out->values, in->values, in->n_items * size * sizeof *out->values);
    if (teacher->labels == NULL) {
        return ANA_OK;
    }
    ANA_TRY(ana_bci_domains(teacher, in->n_items, &workspace, &domains));
    for (size_t i = 0; i < in->n_items; i++) {
        const ana_spd_set one = {in->shape.n_rows, in->shape.hermitian, 1, in->values + i * size};
        if (domains.of[i] + 1 < domains.n_domains) {
            ANA_TRY(ana_domain_rotate(&one, step->learned[ROTATIONS].values + domains.of[i] * size,
                                      out->values + i * size));
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

const bci_kind ana_bci_rotate = {
    .says = {.name = "rotate",
             .summary = "earlier sessions of training turned so that their class means meet those "
                        "of the last",
             .takes = "matrices",
             .gives = "matrices",
             .options = table,
             .n_positional = 1},
    .takes = BCI_MATRICES,
    .gives = BCI_MATRICES,
    .options_size = sizeof(ana_rotation_options),
    .defaults = defaults,
    .learned = learned,
    .fit = fit,
    .shape = shape,
    .apply = apply,
};
