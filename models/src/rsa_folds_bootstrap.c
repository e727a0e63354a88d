/* Samples of subjects and conditions, fitted and tried by folds. What is drawn is copied; copies
 * stay in one fold, and a condition's pairs with its copies are missing. */
#include "memory.h"
#include "rsa_draws.h"
#include "rsa_folds.h"
#include "try.h"
#include "workspace.h"

#include <analysis/resampling.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_REPEATS = 2 /* sets of folds of a sample */
};

typedef struct folded_samples {
    const ana_rsa_trial *trial;
    const ana_rdms *subjects;
    const ana_rdms *models;
    const double *noise;
    const size_t *group;
    const size_t *times_s; /* n_samples x S; NULL: each once */
    const size_t *times_c; /* n_samples x n */
    size_t n_samples;
    size_t n_values;
    double *values; /* N_REPEATS x n_samples x Q: of this factor */
    size_t stride;  /* from one repeat to the next */
} folded_samples;

/* One sample, copied. */
typedef struct copied {
    size_t n_rows;
    size_t *rows; /* subjects as drawn */
    size_t n;
    size_t *conditions;
    size_t *fold_of_subject; /* of the data's own */
    size_t *fold_of_condition;
    size_t *subject_fold; /* of the copies */
    size_t *condition_fold;
    size_t *scratch;
    double *values;   /* P x folds */
    double *ceilings; /* 2 x folds */
    ana_rdms *subjects;
    ana_rdms *models;
} copied;

static size_t list_drawn(size_t n, const size_t *times, size_t *out)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < (times != NULL ? times[i] : 1); k++) {
            out[count++] = i;
        }
    }
    return count;
}

static void fold_copies(const folded_samples *of, size_t item, const size_t *times_s,
                        const size_t *times_c, copied *sample)
{
    const uint64_t seed = of->trial->options->run.seed;
    const ana_rsa_dealing of_subjects = {.seed = seed,
                                         .what = "rsa subject folds",
                                         .n = of->subjects->n_rdms,
                                         .times = times_s,
                                         .group = of->group,
                                         .n_folds = of->trial->n_subject_folds};
    const ana_rsa_dealing of_conditions = {.seed = seed,
                                           .what = "rsa condition folds",
                                           .n = of->subjects->n_conditions,
                                           .times = times_c,
                                           .n_folds = of->trial->n_condition_folds};
    ana_rsa_draw_folds(&of_subjects, 1 + item, sample->scratch, sample->fold_of_subject);
    ana_rsa_draw_folds(&of_conditions, 1 + item, sample->scratch, sample->fold_of_condition);
    for (size_t r = 0; r < sample->n_rows; r++) {
        sample->subject_fold[r] = sample->fold_of_subject[sample->rows[r]];
    }
    for (size_t a = 0; a < sample->n; a++) {
        sample->condition_fold[a] = sample->fold_of_condition[sample->conditions[a]];
    }
}

static ana_status evaluate_copies(const folded_samples *of, size_t i, copied *sample)
{
    ana_status status = ANA_OK;
    const size_t n_folds = of->trial->n_subject_folds * of->trial->n_condition_folds;
    const size_t n_predictions = of->n_values - 2;
    const size_t *times_s = of->times_s != NULL ? of->times_s + i * of->subjects->n_rdms : NULL;
    const size_t *times_c =
        of->times_c != NULL ? of->times_c + i * of->subjects->n_conditions : NULL;
    sample->n_rows = list_drawn(of->subjects->n_rdms, times_s, sample->rows);
    sample->n = list_drawn(of->subjects->n_conditions, times_c, sample->conditions);
    ANA_TRY(ana_rsa_copy(of->subjects, sample->n_rows, sample->rows, sample->n, sample->conditions,
                         &sample->subjects));
    ANA_TRY(ana_rsa_copy(of->models, 0, NULL, sample->n, sample->conditions, &sample->models));
    const ana_rsa_folded data = {.subjects = sample->subjects,
                                 .models = sample->models,
                                 .noise = of->noise,
                                 .identity = sample->conditions,
                                 .subject_fold = sample->subject_fold,
                                 .condition_fold = sample->condition_fold};
    for (size_t r = 0; r < N_REPEATS; r++) {
        double *values = of->values + r * of->stride + i * of->n_values;
        fold_copies(of, i * N_REPEATS + r, times_s, times_c, sample);
        ANA_TRY(ana_rsa_try_folds(of->trial, &data, sample->values, sample->ceilings, NULL));
        for (size_t p = 0; p < n_predictions; p++) {
            values[p] = ana_rsa_mean_of_known(n_folds, sample->values + p * n_folds);
        }
        values[n_predictions] = ana_rsa_mean_of_known(n_folds, sample->ceilings);
        values[n_predictions + 1] = ana_rsa_mean_of_known(n_folds, sample->ceilings + n_folds);
    }
done:
    return status;
}

static size_t count_drawn(size_t n, const size_t *times)
{
    size_t sum = times != NULL ? 0 : n;
    for (size_t i = 0; i < n && times != NULL; i++) {
        sum += times[i];
    }
    return sum;
}

static ana_status evaluate_sample(const folded_samples *of, size_t i)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = of->subjects->n_conditions;
    const size_t n_subjects = of->subjects->n_rdms;
    const size_t n_folds = of->trial->n_subject_folds * of->trial->n_condition_folds;
    const size_t n_rows =
        count_drawn(n_subjects, of->times_s != NULL ? of->times_s + i * n_subjects : NULL);
    copied sample = {.rows = ana_workspace_sizes(&workspace, n_rows, 1),
                     .conditions = ana_workspace_sizes(&workspace, n, 1),
                     .fold_of_subject = ana_workspace_sizes(&workspace, n_subjects, 1),
                     .fold_of_condition = ana_workspace_sizes(&workspace, n, 1),
                     .subject_fold = ana_workspace_sizes(&workspace, n_rows, 1),
                     .condition_fold = ana_workspace_sizes(&workspace, n, 1),
                     .scratch = ana_workspace_sizes(&workspace, n + n_subjects, 1),
                     .values = ana_workspace_doubles(&workspace, of->n_values, n_folds),
                     .ceilings = ana_workspace_doubles(&workspace, 2, n_folds)};
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    ANA_TRY(evaluate_copies(of, i, &sample));
done:
    ana_rdms_free(sample.subjects);
    ana_rdms_free(sample.models);
    ana_workspace_release(&workspace);
    return status;
}

static ana_status evaluate(const void *user, size_t first, size_t n, size_t worker)
{
    ana_status status = ANA_OK;
    (void)worker;
    for (size_t i = first; i < first + n && status == ANA_OK; i++) {
        status = evaluate_sample(user, i);
    }
    return status;
}

/* Values of each factor into both repeats. */
static ana_status evaluate_factors(const folded_samples *from, const size_t *subjects,
                                   const size_t *conditions, const ana_rsa_bootstrap *b,
                                   double *values)
{
    ana_status status = ANA_OK;
    const ana_run *run = &from->trial->options->run;
    for (size_t k = 0; k < b->n_factors; k++) {
        folded_samples of = *from;
        const bool dual = b->over == ANA_RSA_DUAL;
        const bool of_subjects = dual ? k != 1 : b->over != ANA_RSA_CONDITIONS;
        const bool of_conditions = dual ? k != 0 : b->over != ANA_RSA_SUBJECTS;
        of.times_s = of_subjects ? subjects : NULL;
        of.times_c = of_conditions ? conditions : NULL;
        of.values = values + k * of.n_samples * of.n_values;
        ANA_TRY(ana_rsa_in_batches(run, of.n_samples, 1, evaluate, &of));
    }
done:
    return status;
}

/* b->values: mean over the repeats. covariance: 2 of the mean less the mean of one, as if there
 * were sets of folds without end. */
static void sum_up(size_t stride, const double *repeats, double *scratch, ana_rsa_bootstrap *b)
{
    const size_t q = b->n_models + 2;
    const size_t n = b->n_factors * q * q;
    for (size_t k = 0; k < stride; k++) {
        b->values[k] = 0.5 * (repeats[k] + repeats[stride + k]);
    }
    ana_rsa_find_covariances(b, b->values, b->covariance);
    for (size_t k = 0; k < n; k++) {
        b->covariance[k] *= 2.0;
    }
    for (size_t r = 0; r < N_REPEATS; r++) {
        ana_rsa_find_covariances(b, repeats + r * stride, scratch);
        for (size_t k = 0; k < n; k++) {
            b->covariance[k] -= 0.5 * scratch[k];
        }
    }
    ana_rsa_find_variances(b);
    for (size_t k = 0; k < q * q; k++) { /* the correction of few samples can go below 0 */
        b->variance[k] = b->variance[k] < 0.0 ? 0.0 : b->variance[k];
    }
}

/* Samples, of all that is drawn together, in which no fold gave a value. */
static void count_void(const ana_run *run, ana_rsa_bootstrap *b)
{
    const size_t q = b->n_models + 2;
    const double *values = b->values + (b->n_factors - 1) * b->n_samples * q;
    for (size_t i = 0; i < b->n_samples; i++) {
        bool any = false;
        for (size_t k = 0; k < q; k++) {
            any = any || !isnan(values[i * q + k]);
        }
        b->n_void += any ? 0 : 1;
    }
    if (b->n_void > 0) {
        ana_warn(run,
                 "rsa: %zu of %zu samples are void: no fold has three different conditions to "
                 "train and to test, or no subject varies",
                 b->n_void, b->n_samples);
    }
}

static ana_status test_between(int correction, ana_rsa_flexible *f)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = f->n_models + f->n_kinds;
    size_t pair = 0;
    double *p = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    ANA_TRY(ana_allocate(n * n, sizeof(double), "rsa", (void *)&f->p_between));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            p[pair++] = ana_rsa_bootstrap_p(f->bootstrap, i, j);
        }
    }
    ANA_TRY(ana_resampling_adjust(pair, p, (ana_correction)correction, p));
    pair = 0;
    for (size_t i = 0; i < n; i++) {
        f->p_between[i * n + i] = 1.0;
        for (size_t j = i + 1; j < n; j++, pair++) {
            f->p_between[i * n + j] = p[pair];
            f->p_between[j * n + i] = p[pair];
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check(const ana_rsa_flexible_options *options, const double *noise,
                        size_t n_groups)
{
    if (noise != NULL && options->over != ANA_RSA_SUBJECTS) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "rsa: with a noise of the conditions, whose copies would share it, draw "
                        "subjects alone");
    }
    if (options->over != ANA_RSA_CONDITIONS && n_groups < 2) {
        return ana_fail(ANA_ERR_VALUE,
                        "rsa: there is one subject (or group) to draw from; draw conditions");
    }
    return options->n_samples < 2
               ? ana_fail(ANA_ERR_VALUE, "rsa: one sample has no variance; two are needed")
               : ANA_OK;
}

ana_status ana_rsa_bootstrap_folds(const ana_rsa_trial *trial, const ana_rdms *subjects,
                                   const ana_rdms *models, const double *noise,
                                   ana_rsa_flexible *flexible)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_rsa_flexible_options *options = trial->options;
    const size_t n = options->n_samples;
    const size_t n_predictions = flexible->n_models + flexible->n_kinds;
    const size_t q = n_predictions + 2;
    const size_t n_factors = options->over == ANA_RSA_DUAL ? 3 : 1;
    const size_t stride = n_factors * n * q;
    size_t *group = ana_workspace_sizes(&workspace, subjects->n_rdms, 1);
    size_t *drawn_s = ana_workspace_sizes(&workspace, n, subjects->n_rdms);
    size_t *drawn_c = ana_workspace_sizes(&workspace, n, subjects->n_conditions);
    size_t *scratch = ana_workspace_sizes(&workspace, subjects->n_rdms, 1);
    double *repeats = ana_workspace_doubles(&workspace, stride, N_REPEATS);
    double *covariance = ana_workspace_doubles(&workspace, n_factors * q, q);
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    const ana_rsa_drawing from = {
        .seed = options->run.seed,
        .n_subjects = subjects->n_rdms,
        .group = group,
        .n_groups = ana_rsa_number_groups(subjects->n_rdms, options->groups, group),
        .n_conditions = subjects->n_conditions};
    ANA_TRY(check(options, noise, from.n_groups));
    ANA_TRY(ana_rsa_bootstrap_new(options->over, n_predictions, n, from.n_groups, from.n_conditions,
                                  &flexible->bootstrap));
    ana_rsa_draw_samples(&from, n, scratch, drawn_s, drawn_c);
    const folded_samples of = {.trial = trial,
                               .subjects = subjects,
                               .models = models,
                               .noise = noise,
                               .group = group,
                               .n_samples = n,
                               .n_values = q,
                               .stride = stride};
    ANA_TRY(evaluate_factors(&of, drawn_s, drawn_c, flexible->bootstrap, repeats));
    memcpy(flexible->bootstrap->estimate, flexible->mean, n_predictions * sizeof(double));
    flexible->bootstrap->estimate[n_predictions] = flexible->ceiling_low;
    flexible->bootstrap->estimate[n_predictions + 1] = flexible->ceiling_high;
    sum_up(stride, repeats, covariance, flexible->bootstrap);
    count_void(&options->run, flexible->bootstrap);
    ana_rsa_find_t_intervals(options->level, flexible->bootstrap);
    ANA_TRY(test_between(options->correction, flexible));
done:
    ana_workspace_release(&workspace);
    return status;
}
