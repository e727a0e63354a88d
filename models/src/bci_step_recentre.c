/* recentre transductive: every session about the identity. */
#include "bci_domains.h"
#include "bci_kinds.h"
#include "domain_parts.h"
#include "spd_live.h"
#include "spd_mean_parts.h"
#include "spd_point.h"
#include "try.h"

#include <analysis/linalg.h>

#include <string.h>

typedef struct recentre_options {
    ana_transfer_use use;
    double rate;
    size_t n_before;
    int mean;
} recentre_options;

enum {
    CENTRE
};

static const char *const learned[] = {"centre", NULL};

static const char *const means[] = {"riemann", "log-euclidean", "euclidean", NULL};

static const ana_spd_mean_method methods[] = {ANA_SPD_MEAN_RIEMANN, ANA_SPD_MEAN_LOG_EUCLIDEAN,
                                              ANA_SPD_MEAN_EUCLIDEAN};

static const ana_option table[] = {
    {"use", ANA_OPTION_CHOICE, offsetof(recentre_options, use), 0, 0, ana_transfer_use_names, "USE",
     "new sessions are whitened by the mean of the centres of training (calibrated), by a centre "
     "that each trial moves (streaming), or by their own, which sees all their trials (default "
     "transductive)",
     false},
    {"rate", ANA_OPTION_DOUBLE, offsetof(recentre_options, rate), 0.0, 1.0, NULL, "SHARE",
     "streaming: share of each new trial in the centre; 0: that of every one before (default 0)",
     false},
    {"before", ANA_OPTION_SIZE, offsetof(recentre_options, n_before), 0, 1e9, NULL, "TRIALS",
     "streaming: trials that the centre of training counts for at the start of a session; 0: it "
     "is not used (default 0)",
     false},
    {"mean", ANA_OPTION_CHOICE, offsetof(recentre_options, mean), 0, 0, means, "METRIC",
     "of the centres (default riemann)", false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(recentre_options *)options = (recentre_options){.use = ANA_TRANSFER_TRANSDUCTIVE};
}

static bool is_transductive(const bci_step *step)
{
    return ((const recentre_options *)step->options)->use == ANA_TRANSFER_TRANSDUCTIVE;
}

static ana_spd_mean_options mean_options(const bci_step *step, const bci_teacher *teacher)
{
    ana_spd_mean_options options = ana_spd_mean_options_default();
    options.method = methods[((const recentre_options *)step->options)->mean];
    options.run = *teacher->run;
    return options;
}

/* The mean of the sessions' centres, each counting once. */
static ana_status fit(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_spd_set set = ana_bci_batch_set(in);
    const ana_spd_mean_options options = mean_options(step, teacher);
    ana_domains domains;
    double *centre = NULL;
    ANA_TRY(ana_bci_domains(teacher, in->n_items, &workspace, &domains));
    double *centres =
        ana_workspace_doubles(&workspace, domains.n_domains, ana_bci_item_size(&in->shape));
    ANA_TRY(ana_workspace_check(&workspace, "recentre"));
    ANA_TRY(ana_domain_centres(&set, &domains, &options, centres));
    ANA_TRY(ana_bci_learn(step, CENTRE, ana_bci_matrices_shape(&in->shape, 1, "centre"), &centre));
    const ana_spd_set of_sessions = {set.n, set.hermitian, domains.n_domains, centres};
    ANA_TRY(ana_spd_mean(&of_sessions, NULL, &options, NULL, centre));
    ana_bci_note(step, "%zu session%s of training recentred", domains.n_domains,
                 domains.n_domains == 1 ? "" : "s");
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    const double *centre = NULL;
    *out = *in;
    return ana_bci_learned(step, CENTRE, ana_bci_matrices_shape(in, 1, "centre"), &centre);
}

/* Every session by its own centre. */
static ana_status apply_own(const bci_step *step, const ana_spd_set *set,
                            const ana_domains *domains, const bci_teacher *teacher, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_spd_mean_options options = mean_options(step, teacher);
    double *centres = ana_workspace_doubles(&workspace, domains->n_domains, ana_spd_size(set));
    ANA_TRY(ana_workspace_check(&workspace, "recentre"));
    ANA_TRY(ana_domain_centres(set, domains, &options, centres));
    ANA_TRY(ana_domain_recentre(set, domains, centres, teacher->run, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Session by session, by the centre that was learned or by one that moves. */
static ana_status apply_given(const bci_step *step, const ana_spd_set *set,
                              const ana_domains *domains, const bci_teacher *teacher, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const recentre_options *chosen = step->options;
    const size_t size = ana_spd_size(set);
    double *values = ana_workspace_doubles(&workspace, set->n_matrices, size);
    size_t *which = ana_workspace_sizes(&workspace, set->n_matrices, 1);
    ana_recentre_options options = ana_recentre_options_default();
    const bool starts = chosen->use == ANA_TRANSFER_CALIBRATED || chosen->n_before > 0;
    options.mean.run = *teacher->run;
    options.use = chosen->use;
    options.rate = chosen->rate;
    options.n_before = chosen->n_before;
    options.centre = starts ? step->learned[CENTRE].values : NULL;
    ANA_TRY(ana_workspace_check(&workspace, "recentre"));
    for (size_t d = 0; d < domains->n_domains; d++) {
        ana_recentred *made = NULL;
        ana_spd_set session = {.n = set->n, .hermitian = set->hermitian, .values = values};
        session.n_matrices = domain_gather(set, domains, d, true, values, which, NULL);
        ANA_TRY(ana_domain_recentre_new(&session, &options, &made));
        for (size_t k = 0; k < session.n_matrices; k++) {
            memcpy(out + which[k] * size, made->values + k * size, size * sizeof *out);
        }
        ana_recentred_free(made);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_spd_set set = ana_bci_batch_set(in);
    const bool learning = teacher->labels != NULL;
    ana_domains domains;
    ANA_TRY(ana_bci_domains(teacher, in->n_items, &workspace, &domains));
    ANA_TRY(learning || is_transductive(step)
                ? apply_own(step, &set, &domains, teacher, out->values)
                : apply_given(step, &set, &domains, teacher, out->values));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The share of a live item in the centre; 1 where it is the first that there is. */
static double live_share(const recentre_options *options, const bci_live *live)
{
    const bool streaming = options->use == ANA_TRANSFER_STREAMING;
    const size_t n_before = (streaming ? options->n_before : live->n_taught) + live->n_before;
    if (options->use == ANA_TRANSFER_CALIBRATED && live->rate == 0.0) {
        return 0.0;
    }
    return n_before == 0         ? 1.0
           : live->rate > 0.0    ? live->rate
           : options->rate > 0.0 ? options->rate
                                 : 1.0 / ((double)n_before + 1.0);
}

/* centre = L (L^-1 X L^-T)^share L^T, with L that of the centre: towards X on the geodesic. All
 * real, n x n. */
static ana_status move_centre(size_t n, const double *x, double share, const ana_run *run,
                              double *centre)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *lower = ana_workspace_doubles(&workspace, n, n);
    double *power = ana_workspace_doubles(&workspace, n, n);
    double *half = ana_workspace_doubles(&workspace, n, n);
    const ana_gemm right = {n, n, n, false, true, 1.0, 0.0};
    const spd_work work = {.n = n,
                           .lower = lower,
                           .function = spd_power_of,
                           .power = share,
                           .positive = true,
                           .maps = power};
    ANA_TRY(ana_workspace_check(&workspace, "recentre"));
    ANA_TRY(ana_linalg_cholesky(n, centre, lower));
    ANA_TRY(spd_run(&work, 1, x, run));
    ANA_TRY(ana_linalg_multiply(n, n, n, lower, power, half));
    ANA_TRY(ana_linalg_gemm(&right, half, lower, power));
    spd_mend_symmetry(n, power);
    memcpy(centre, power, n * n * sizeof *centre);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* out = C^-1/2 X C^-1/2, all real. */
static ana_status whiten(size_t n, const double *centre, const double *x, const ana_run *run,
                         double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *root = ana_workspace_doubles(&workspace, n, n);
    double *half = ana_workspace_doubles(&workspace, n, n);
    const spd_work work = {.n = n, .function = spd_inverse_root, .positive = true, .maps = root};
    ANA_TRY(ana_workspace_check(&workspace, "recentre"));
    ANA_TRY(spd_run(&work, 1, centre, run));
    ANA_TRY(ana_linalg_multiply(n, n, n, root, x, half));
    ANA_TRY(ana_linalg_multiply(n, n, n, half, root, out));
    spd_mend_symmetry(n, out);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* A real matrix in the set's own shape. */
static void to_shape(const ana_spd_set *one, const double *real, double *out)
{
    if (one->hermitian) {
        spd_unembed(one, real, out);
    } else {
        memcpy(out, real, one->n * one->n * sizeof *out);
    }
}

/* A session that goes on has no own centre yet: one that moves stands for it, which begins with
 * that of training, counting for as many trials as there were (transductive) or as the options say.
 * As ana_running_centre_move and _whiten, by kernels that are faster for one matrix. */
static ana_status go_along(bci_step *step, const bci_live *live, const bci_batch *in,
                           bci_batch *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *centre = step->learned[CENTRE].values;
    const ana_spd_set one = ana_bci_batch_set(in);
    const ana_spd_set before = {one.n, one.hermitian, 1, centre};
    const double share = live_share(step->options, live);
    const size_t n = spd_rows(&one);
    double *point = ana_workspace_doubles(&workspace, n, n);
    double *made = ana_workspace_doubles(&workspace, n, n);
    const double *old = spd_real(&before, &workspace);
    const double *x = spd_real(&one, &workspace);
    ANA_TRY(ana_workspace_check(&workspace, "recentre"));
    memcpy(point, share == 1.0 ? x : old, n * n * sizeof *point);
    if (share > 0.0 && share < 1.0) {
        ANA_TRY(move_centre(n, x, share, live->run, point));
    }
    ANA_TRY(whiten(n, point, x, live->run, made));
    to_shape(&before, point, centre);
    to_shape(&one, made, out->values);
done:
    ana_workspace_release(&workspace);
    return status;
}

const bci_kind ana_bci_recentre = {
    .says = {.name = "recentre",
             .summary = "every session about the identity",
             .takes = "matrices",
             .gives = "matrices",
             .options = table,
             .n_positional = 1},
    .takes = BCI_MATRICES,
    .gives = BCI_MATRICES,
    .transductive = true,
    .options_size = sizeof(recentre_options),
    .defaults = defaults,
    .learned = learned,
    .unlabelled = true,
    .fit = fit,
    .shape = shape,
    .apply = apply,
    .live = go_along,
    .is_transductive = is_transductive,
};
