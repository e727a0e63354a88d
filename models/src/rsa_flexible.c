/* Models that bend, tried where they were not fitted. */
#include "memory.h"
#include "rsa_draws.h"
#include "rsa_folds.h"
#include "rsa_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/resampling.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = {"select",       "weighted", "non-negative",
                                         "interpolated", "all",      NULL};

ana_rsa_flexible_options ana_rsa_flexible_options_default(void)
{
    return (ana_rsa_flexible_options){.run = ana_run_default(),
                                      .compare = ana_rdm_compare_options_default(),
                                      .kind = ANA_RSA_ALL_KINDS,
                                      .over = ANA_RSA_SUBJECTS,
                                      .level = 0.95,
                                      .correction = ANA_CORRECTION_HOLM};
}

const ana_option ana_rsa_flexible_option_table[] = {
    {"kind", ANA_OPTION_CHOICE, offsetof(ana_rsa_flexible_options, kind), 0, 0, kind_names, "KIND",
     "how the models are put together", false},
    {"to-pool", ANA_OPTION_BOOL, offsetof(ana_rsa_flexible_options, to_pool), 0, 0, NULL, NULL,
     "fit the pool of the subjects rather than the mean similarity with them", false},
    {"ridge", ANA_OPTION_DOUBLE, offsetof(ana_rsa_flexible_options, ridge), 0, 1e6, NULL, "PENALTY",
     "on squared weights of models of length 1", false},
    {"subject-folds", ANA_OPTION_SIZE, offsetof(ana_rsa_flexible_options, n_subject_folds), 0, 1e6,
     NULL, "N", "of subjects: fitted to all but one, tried on that (0: by their number)", false},
    {"condition-folds", ANA_OPTION_SIZE, offsetof(ana_rsa_flexible_options, n_condition_folds), 0,
     1e6, NULL, "N", "the same of conditions", false},
    {"fold-bootstraps", ANA_OPTION_SIZE, offsetof(ana_rsa_flexible_options, n_samples), 0, 1e8,
     NULL, "N", "samples of what --bootstrap draws, each folded twice (0: none)", false},
    ANA_OPTION_END,
};

size_t ana_rsa_default_folds_of_subjects(size_t n)
{
    return n < 2 ? 1 : n < 6 ? 2 : n < 12 ? 3 : n < 20 ? 4 : 5;
}

size_t ana_rsa_default_folds_of_conditions(size_t n)
{
    return n < 6 ? 1 : n < 12 ? 2 : n < 24 ? 3 : n < 40 ? 4 : 5;
}

/* With a bootstrap, of the different ones that a sample of n holds on average. */
static size_t held(size_t n, bool drawn)
{
    return drawn ? (size_t)((1.0 - exp(-1.0)) * (double)n) : n;
}

static ana_status set_trial(const ana_rdms *subjects, const ana_rdms *models, size_t n_groups,
                            ana_rsa_trial *trial)
{
    const ana_rsa_flexible_options *options = trial->options;
    const bool draws = options->n_samples > 0;
    const size_t n_conditions = subjects->n_conditions;
    const size_t n_subjects = held(n_groups, draws && options->over != ANA_RSA_CONDITIONS);
    const size_t n = held(n_conditions, draws && options->over != ANA_RSA_SUBJECTS);
    trial->n_subject_folds = options->n_subject_folds > 0
                                 ? options->n_subject_folds
                                 : ana_rsa_default_folds_of_subjects(n_subjects);
    trial->n_condition_folds = options->n_condition_folds > 0
                                   ? options->n_condition_folds
                                   : ana_rsa_default_folds_of_conditions(n);
    if (models->n_rdms == 0 || subjects->n_rdms == 0) {
        return ana_fail(ANA_ERR_VALUE, "rsa: %zu models and %zu subjects; one of each is needed",
                        models->n_rdms, subjects->n_rdms);
    }
    if (trial->n_subject_folds > n_groups ||
        (trial->n_condition_folds > 1 && trial->n_condition_folds > n_conditions / 3)) {
        return ana_fail(ANA_ERR_VALUE,
                        "rsa: %zu folds of %zu subjects and %zu of %zu conditions; a fold needs a "
                        "subject and three conditions",
                        trial->n_subject_folds, n_groups, trial->n_condition_folds, n_conditions);
    }
    if (trial->n_subject_folds * trial->n_condition_folds < 2) {
        return ana_fail(ANA_ERR_VALUE,
                        "rsa: %zu subjects and %zu conditions give no folds to try models on that "
                        "they were not fitted to; two subjects or six conditions are needed",
                        n_groups, n_conditions);
    }
    return ANA_OK;
}

static ana_status name_predictions(const ana_rdms *models, ana_rsa_flexible *f)
{
    ana_status status = ANA_OK;
    const size_t n = f->n_models + f->n_kinds;
    ANA_TRY(ana_allocate(n, sizeof *f->names, "rsa", (void *)&f->names));
    for (size_t p = 0; p < n; p++) {
        ANA_TRY(ana_copy_text(p < f->n_models ? models->names[p]
                                              : kind_names[f->kinds[p - f->n_models]],
                              &f->names[p]));
    }
done:
    return status;
}

static ana_status new_result(const ana_rsa_trial *trial, const ana_rdms *models,
                             ana_rsa_flexible **out)
{
    ana_status status = ANA_OK;
    ana_rsa_flexible *f = NULL;
    ANA_TRY(ana_allocate(1, sizeof *f, "rsa", (void *)&f));
    f->n_models = models->n_rdms;
    f->n_kinds = trial->n_kinds;
    memcpy(f->kinds, trial->kinds, trial->n_kinds * sizeof *trial->kinds);
    f->n_subject_folds = trial->n_subject_folds;
    f->n_condition_folds = trial->n_condition_folds;
    f->n_folds = trial->n_subject_folds * trial->n_condition_folds;
    f->similarity = trial->options->compare.similarity;
    const size_t n = f->n_models + f->n_kinds;
    const size_t n_weights = f->n_kinds * f->n_models;
    ANA_TRY(name_predictions(models, f));
    ANA_TRY(ana_allocate(n * f->n_folds, sizeof(double), "rsa", (void *)&f->values));
    ANA_TRY(ana_allocate(n, sizeof(double), "rsa", (void *)&f->mean));
    ANA_TRY(ana_allocate(n_weights, sizeof(double), "rsa", (void *)&f->weights));
    ANA_TRY(ana_allocate(f->n_folds * n_weights, sizeof(double), "rsa", (void *)&f->fold_weights));
    *out = f;
    f = NULL;
done:
    ana_rsa_flexible_free(f);
    return status;
}

/* The folds given, or of random numbers; then all of the data. */
static ana_status try_once(const ana_rsa_trial *trial, const ana_rdms *subjects,
                           const ana_rdms *models, const double *noise, ana_rsa_flexible *f)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_rsa_flexible_options *options = trial->options;
    const size_t n = subjects->n_conditions;
    const size_t n_subjects = subjects->n_rdms;
    size_t *group = ana_workspace_sizes(&workspace, n_subjects, 1);
    size_t *subject_fold = ana_workspace_sizes(&workspace, n_subjects, 1);
    size_t *condition_fold = ana_workspace_sizes(&workspace, n, 1);
    size_t *identity = ana_workspace_sizes(&workspace, n, 1);
    size_t *scratch = ana_workspace_sizes(&workspace, n + n_subjects, 1);
    double *ceilings = ana_workspace_doubles(&workspace, f->n_folds, 2);
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    (void)ana_rsa_number_groups(n_subjects, options->groups, group);
    const ana_rsa_dealing of_subjects = {.seed = options->run.seed,
                                         .what = "rsa subject folds",
                                         .n = n_subjects,
                                         .group = group,
                                         .n_folds = trial->n_subject_folds};
    const ana_rsa_dealing of_conditions = {.seed = options->run.seed,
                                           .what = "rsa condition folds",
                                           .n = n,
                                           .n_folds = trial->n_condition_folds};
    ana_rsa_draw_folds(&of_subjects, 0, scratch, subject_fold);
    ana_rsa_draw_folds(&of_conditions, 0, scratch, condition_fold);
    for (size_t i = 0; i < n; i++) {
        identity[i] = i;
    }
    const ana_rsa_folded data = {
        .subjects = subjects,
        .models = models,
        .noise = noise,
        .identity = identity,
        .subject_fold = options->subject_folds != NULL ? options->subject_folds : subject_fold,
        .condition_fold =
            options->condition_folds != NULL ? options->condition_folds : condition_fold};
    ANA_TRY(ana_rsa_try_folds(trial, &data, f->values, ceilings, f->fold_weights));
    for (size_t p = 0; p < f->n_models + f->n_kinds; p++) {
        f->mean[p] = ana_rsa_mean_of_known(f->n_folds, f->values + p * f->n_folds);
    }
    f->ceiling_low = ana_rsa_mean_of_known(f->n_folds, ceilings);
    f->ceiling_high = ana_rsa_mean_of_known(f->n_folds, ceilings + f->n_folds);
    for (size_t k = 0; k < f->n_folds; k++) {
        f->n_void += isnan(ceilings[f->n_folds + k]) ? 1 : 0;
    }
    for (size_t k = 0; k < f->n_kinds; k++) {
        ANA_TRY(ana_rsa_fit_weights(subjects, models, noise, options, f->kinds[k],
                                    f->weights + k * f->n_models));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status say_void(const ana_rsa_flexible *f, const ana_run *run)
{
    if (f->n_void == f->n_folds) {
        return ana_fail(ANA_ERR_VALUE,
                        "rsa: every fold has fewer than three conditions to train or to test");
    }
    if (f->n_void > 0) {
        ana_warn(run,
                 "rsa: %zu of %zu folds have fewer than three conditions to train or to test and "
                 "are left out",
                 f->n_void, f->n_folds);
    }
    return ANA_OK;
}

ana_status ana_rsa_flexible_compute(const ana_rdms *subjects, const ana_rdms *models,
                                    const double *noise, const ana_rsa_flexible_options *options,
                                    ana_rsa_flexible **out)
{
    static const ana_rsa_flexibility all[] = {ANA_RSA_SELECT, ANA_RSA_WEIGHTED,
                                              ANA_RSA_NON_NEGATIVE, ANA_RSA_INTERPOLATED};
    ana_rsa_flexible_options settings =
        options != NULL ? *options : ana_rsa_flexible_options_default();
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_rsa_flexible *f = NULL;
    const bool one = settings.kind != ANA_RSA_ALL_KINDS;
    const ana_rsa_flexibility kind = settings.kind;
    ana_rsa_trial trial = {
        .options = &settings, .n_kinds = one ? 1 : ANA_RSA_N_KINDS, .kinds = one ? &kind : all};
    size_t *group = ana_workspace_sizes(&workspace, subjects->n_rdms, 1);
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    ANA_TRY(ana_options_check(ana_rsa_flexible_option_table, &settings, "rsa"));
    settings.compare.run = settings.run;
    ANA_TRY(set_trial(subjects, models,
                      ana_rsa_number_groups(subjects->n_rdms, settings.groups, group), &trial));
    ANA_TRY(new_result(&trial, models, &f));
    ANA_TRY(try_once(&trial, subjects, models, noise, f));
    ANA_TRY(say_void(f, &settings.run));
    if (settings.n_samples > 0) {
        ANA_TRY(ana_rsa_bootstrap_folds(&trial, subjects, models, noise, f));
    }
    *out = f;
    f = NULL;
done:
    ana_rsa_flexible_free(f);
    ana_workspace_release(&workspace);
    return status;
}

void ana_rsa_flexible_free(ana_rsa_flexible *flexible)
{
    if (flexible == NULL) {
        return;
    }
    for (size_t p = 0; p < flexible->n_models + flexible->n_kinds && flexible->names; p++) {
        free(flexible->names[p]);
    }
    free(flexible->names);
    free(flexible->values);
    free(flexible->mean);
    free(flexible->weights);
    free(flexible->fold_weights);
    free(flexible->p_between);
    ana_rsa_bootstrap_free(flexible->bootstrap);
    free(flexible);
}
