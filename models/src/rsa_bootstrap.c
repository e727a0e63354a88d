/* Bootstraps of subjects and conditions: the draws, their covariances and their intervals. */
#include "checked.h"
#include "memory.h"
#include "rsa_draws.h"
#include "rsa_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/distributions.h>
#include <analysis/random.h>
#include <analysis/resampling.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_PARTS = 200,   /* of conditions, left out for the acceleration of intervals */
    FEW_CONDITIONS = 12 /* below: the bootstrap of conditions is unreliable (Schuett et al. 2023) */
};

const char *const ana_rsa_resampled_names[] = {"subjects", "conditions", "both", "dual", NULL};

ana_rsa_bootstrap_options ana_rsa_bootstrap_options_default(void)
{
    return (ana_rsa_bootstrap_options){.run = ana_run_default(),
                                       .compare = ana_rdm_compare_options_default(),
                                       .over = ANA_RSA_DUAL,
                                       .n_samples = 1000,
                                       .level = 0.95};
}

const ana_option ana_rsa_bootstrap_option_table[] = {
    {"bootstrap", ANA_OPTION_CHOICE, offsetof(ana_rsa_bootstrap_options, over), 0, 0,
     ana_rsa_resampled_names, "WHAT",
     "what is drawn with repetition: for whom or for what the result should hold beside those at "
     "hand; dual: both, less the measurement's noise that both draw",
     false},
    {"bootstraps", ANA_OPTION_SIZE, offsetof(ana_rsa_bootstrap_options, n_samples), 0, 1e8, NULL,
     "N", "samples of it (0: none)", false},
    {"level", ANA_OPTION_DOUBLE, offsetof(ana_rsa_bootstrap_options, level), 0.5, 0.9999, NULL,
     "SHARE", "of the intervals", false},
    {"percentile", ANA_OPTION_BOOL, offsetof(ana_rsa_bootstrap_options, percentile), 0, 0, NULL,
     NULL, "intervals of plain percentiles, not corrected for bias and acceleration", false},
    ANA_OPTION_END,
};

/* What is drawn from. */
typedef struct population {
    const ana_rdms *subjects;
    const ana_rdms *models;
    const double *noise;
    const ana_rsa_bootstrap_options *options;
    size_t n_subjects;
    size_t n_conditions;
    size_t n_groups;
    size_t *group; /* of each subject: 0 ... n_groups - 1 */
    size_t n_values;
} population;

static size_t count_void(const population *of, const size_t *conditions)
{
    size_t n_void = 0;
    for (size_t i = 0; i < of->options->n_samples; i++) {
        size_t n_different = 0;
        for (size_t c = 0; c < of->n_conditions; c++) {
            n_different += conditions[i * of->n_conditions + c] > 0 ? 1 : 0;
        }
        n_void += n_different < 3 ? 1 : 0;
    }
    return n_void;
}

static ana_status evaluate(const population *of, size_t n_samples, const size_t *subjects,
                           const size_t *conditions, double *values)
{
    const ana_rsa_draws draws = {
        .n_samples = n_samples, .subjects = subjects, .conditions = conditions};
    return ana_rsa_evaluate_draws(of->subjects, of->models, of->noise, of->options, &draws, values);
}

/* The data without each group, then without each part of the conditions (one, or every so many-th),
 * where these are drawn. */
static ana_status find_jackknife(const population *of, size_t n_groups, size_t n_parts,
                                 size_t *times, double *values)
{
    ana_status status = ANA_OK;
    const size_t n = of->n_conditions;
    for (size_t i = 0; i < n_groups * of->n_subjects; i++) {
        times[i] = of->group[i % of->n_subjects] == i / of->n_subjects ? 0 : 1;
    }
    if (n_groups > 0) {
        ANA_TRY(evaluate(of, n_groups, times, NULL, values));
    }
    for (size_t i = 0; i < n_parts * n; i++) {
        times[i] = i % n % n_parts == i / n ? 0 : 1;
    }
    if (n_parts > 0) {
        ANA_TRY(evaluate(of, n_parts, NULL, times, values + n_groups * of->n_values));
    }
done:
    return status;
}

/* column: quantity k of n rows, as influence values: (n - 1) / n of what it differs from its mean,
 * so that rows without subjects and rows without conditions can stand side by side. */
static void take_influence(size_t n, size_t width, const double *rows, size_t k, double *column)
{
    double mean = 0.0;
    for (size_t i = 0; i < n; i++) {
        mean += rows[i * width + k] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        column[i] = ((double)n - 1.0) / (double)n * (rows[i * width + k] - mean);
    }
}

/* What intervals are made of. */
typedef struct interval_room {
    size_t n_groups;         /* left out by the jackknife; 0: none drawn */
    size_t n_parts;          /* of the conditions */
    const double *jackknife; /* (n_groups + n_parts) x quantities; NULL: percentiles */
    double *column;          /* a quantity of all samples, then of the jackknife */
    size_t n_plain;          /* intervals that could not be corrected */
} interval_room;

/* Quantity k; the samples that have it stand in column[0 ... n - 1]. */
static ana_status find_interval(const population *of, size_t k, size_t n, interval_room *room,
                                ana_rsa_bootstrap *b)
{
    ana_status status = ANA_ERR_NUMERIC;
    double ends[2] = {(double)NAN, (double)NAN};
    double *influence = room->column + n;
    if (room->jackknife != NULL) {
        take_influence(room->n_groups, of->n_values, room->jackknife, k, influence);
        take_influence(room->n_parts, of->n_values, room->jackknife + room->n_groups * of->n_values,
                       k, influence + room->n_groups);
        status = ana_resampling_bca(n, room->column, b->estimate[k], room->n_groups + room->n_parts,
                                    influence, of->options->level, ends);
    }
    if (status == ANA_ERR_NUMERIC) {
        room->n_plain += 1;
        status = ana_resampling_percentile(n, room->column, of->options->level, ends);
    }
    b->low[k] = ends[0];
    b->high[k] = ends[1];
    return status;
}

static ana_status find_sample_intervals(const population *of, ana_rsa_bootstrap *b)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const bool corrected = !of->options->percentile;
    const size_t n_groups = b->over != ANA_RSA_CONDITIONS ? of->n_groups : 0;
    const size_t all_parts = of->n_conditions < MOST_PARTS ? of->n_conditions : MOST_PARTS;
    const size_t n_parts = b->over != ANA_RSA_SUBJECTS ? all_parts : 0;
    const size_t most = n_groups * of->n_subjects > n_parts * of->n_conditions
                            ? n_groups * of->n_subjects
                            : n_parts * of->n_conditions;
    double *jackknife =
        ana_workspace_doubles(&workspace, corrected ? n_groups + n_parts : 0, of->n_values);
    size_t *times = ana_workspace_sizes(&workspace, corrected ? most : 0, 1);
    interval_room room = {
        .n_groups = n_groups,
        .n_parts = n_parts,
        .jackknife = corrected ? jackknife : NULL,
        .column = ana_workspace_doubles(&workspace, b->n_samples + n_groups + n_parts, 1)};
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    if (corrected) {
        ANA_TRY(find_jackknife(of, n_groups, n_parts, times, jackknife));
    }
    for (size_t k = 0; k < of->n_values; k++) {
        size_t n = 0;
        for (size_t i = 0; i < b->n_samples; i++) {
            room.column[n] = b->values[i * of->n_values + k];
            n += isnan(room.column[n]) ? 0 : 1;
        }
        if (n > 1 && !isnan(b->estimate[k])) {
            ANA_TRY(find_interval(of, k, n, &room, b));
        }
    }
    if (room.n_plain > 0 && corrected) {
        ana_warn(&of->options->run,
                 "rsa: %zu of %zu intervals are plain percentiles: what would correct them for "
                 "bias and acceleration is not there",
                 room.n_plain, of->n_values);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Samples, and what they weigh in memory. */
static ana_status check(const population *of)
{
    ana_status status = ANA_OK;
    const ana_rsa_bootstrap_options *options = of->options;
    const size_t each = (of->n_subjects + of->n_conditions + 3 * of->n_values) * sizeof(double);
    size_t bytes = 0;
    ANA_TRY(ana_options_check(ana_rsa_bootstrap_option_table, options, "rsa"));
    if (of->n_subjects == 0 || of->models->n_rdms == 0 || options->n_samples < 2) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "rsa: %zu models, %zu subjects and %zu bootstraps; one of each and two "
                         "bootstraps are needed",
                         of->models->n_rdms, of->n_subjects, options->n_samples));
    }
    if (of->n_groups < 2 && options->over != ANA_RSA_CONDITIONS) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "rsa: there is one subject (or group) to draw from; draw conditions"));
    }
    if (!ana_multiply(each, options->n_samples, &bytes)) {
        bytes = SIZE_MAX;
    }
    ANA_TRY(ana_run_check_memory(&options->run, bytes, "rsa: bootstraps"));
    if (options->over != ANA_RSA_SUBJECTS && of->n_conditions < FEW_CONDITIONS) {
        ana_warn(&options->run,
                 "rsa: %zu conditions are few to draw from; below %d the bootstrap's variance is "
                 "not to be relied on",
                 of->n_conditions, FEW_CONDITIONS);
    }
done:
    return status;
}

static ana_status run_samples(const population *of, ana_rsa_bootstrap *b)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = b->n_samples;
    const size_t stride = n * of->n_values;
    size_t *subjects = ana_workspace_sizes(&workspace, n, of->n_subjects);
    size_t *conditions = ana_workspace_sizes(&workspace, n, of->n_conditions);
    size_t *scratch = ana_workspace_sizes(&workspace, of->n_groups, 1);
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    const ana_rsa_drawing from = {.seed = of->options->run.seed,
                                  .n_subjects = of->n_subjects,
                                  .group = of->group,
                                  .n_groups = of->n_groups,
                                  .n_conditions = of->n_conditions};
    ana_rsa_draw_samples(&from, n, scratch, subjects, conditions);
    b->n_void = b->over != ANA_RSA_SUBJECTS ? count_void(of, conditions) : 0;
    if (b->n_void == n) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "rsa: no sample of %zu conditions holds three different ones",
                         of->n_conditions));
    }
    if (b->n_void > 0) {
        ana_warn(&of->options->run,
                 "rsa: %zu of %zu samples hold fewer than three different conditions and are void",
                 b->n_void, n);
    }
    ANA_TRY(evaluate(of, 1, NULL, NULL, b->estimate));
    if (b->over == ANA_RSA_DUAL) {
        ANA_TRY(evaluate(of, n, subjects, NULL, b->values));
        ANA_TRY(evaluate(of, n, NULL, conditions, b->values + stride));
        ANA_TRY(evaluate(of, n, subjects, conditions, b->values + 2 * stride));
    } else {
        ANA_TRY(evaluate(of, n, b->over == ANA_RSA_CONDITIONS ? NULL : subjects,
                         b->over == ANA_RSA_SUBJECTS ? NULL : conditions, b->values));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_rsa_bootstrap_compute(const ana_rdms *subjects, const ana_rdms *models,
                                     const double *noise, const ana_rsa_bootstrap_options *options,
                                     ana_rsa_bootstrap **out)
{
    ana_rsa_bootstrap_options settings =
        options != NULL ? *options : ana_rsa_bootstrap_options_default();
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_rsa_bootstrap *b = NULL;
    population of = {.subjects = subjects,
                     .models = models,
                     .noise = noise,
                     .options = &settings,
                     .n_subjects = subjects->n_rdms,
                     .n_conditions = subjects->n_conditions,
                     .n_values = models->n_rdms + 2,
                     .group = ana_workspace_sizes(&workspace, subjects->n_rdms, 1)};
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    of.n_groups = ana_rsa_number_groups(of.n_subjects, settings.groups, of.group);
    ANA_TRY(check(&of));
    ANA_TRY(ana_rsa_bootstrap_new(settings.over, models->n_rdms, settings.n_samples, of.n_groups,
                                  of.n_conditions, &b));
    ANA_TRY(run_samples(&of, b));
    ana_rsa_find_covariances(b, b->values, b->covariance);
    ana_rsa_find_variances(b);
    if (b->over == ANA_RSA_DUAL) {
        ana_rsa_find_t_intervals(settings.level, b);
    } else {
        ANA_TRY(find_sample_intervals(&of, b));
    }
    *out = b;
    b = NULL;
done:
    ana_rsa_bootstrap_free(b);
    ana_workspace_release(&workspace);
    return status;
}
