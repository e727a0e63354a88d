/* Models against subjects: similarities, ceilings and tests. */
#include "lists.h"
#include "memory.h"
#include "rsa_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/distributions.h>
#include <analysis/resampling.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const correction_names[] = {"bonferroni", "holm", "benjamini-hochberg",
                                               "benjamini-yekutieli", NULL};

ana_rsa_options ana_rsa_options_default(void)
{
    return (ana_rsa_options){.run = ana_run_default(),
                             .compare = ana_rdm_compare_options_default(),
                             .n_permutations = 1000,
                             .over = ANA_RSA_SUBJECTS,
                             .n_bootstraps = 1000,
                             .level = 0.95,
                             .correction = ANA_CORRECTION_HOLM};
}

const ana_option ana_rsa_option_table[] = {
    {"permutations", ANA_OPTION_SIZE, offsetof(ana_rsa_options, n_permutations), 0, 1e8, NULL, "N",
     "of the conditions' labels, for the chance of a match (0: none)", false},
    {"bootstrap", ANA_OPTION_CHOICE, offsetof(ana_rsa_options, over), 0, 0, ana_rsa_resampled_names,
     "WHAT",
     "what the bootstrap draws, for whom or what the result should hold beside those at hand; "
     "dual: both, less the noise that both draw",
     false},
    {"bootstraps", ANA_OPTION_SIZE, offsetof(ana_rsa_options, n_bootstraps), 0, 1e8, NULL, "N",
     "samples of it, for intervals (0: none)", false},
    {"level", ANA_OPTION_DOUBLE, offsetof(ana_rsa_options, level), 0.5, 0.9999, NULL, "SHARE",
     "of the intervals", false},
    {"percentile", ANA_OPTION_BOOL, offsetof(ana_rsa_options, percentile), 0, 0, NULL, NULL,
     "intervals of plain percentiles, not corrected for bias and acceleration", false},
    {"test", ANA_OPTION_CHOICE, offsetof(ana_rsa_options, test), 0, 0, ana_rsa_test_names, "TEST",
     "over subjects, when they alone are drawn", false},
    {"correction", ANA_OPTION_CHOICE, offsetof(ana_rsa_options, correction), 0, 0, correction_names,
     "METHOD", "of the tests between models for their number", false},
    ANA_OPTION_END,
};

/* Of the data as they are: groups of subjects are left out as one. */
static ana_status find_ceilings(const ana_rdms *subjects, const ana_rdms *models,
                                const double *noise, const ana_rsa_bootstrap_options *options,
                                ana_rsa *rsa)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_rsa_draws draws = {.n_samples = 1};
    double *values = ana_workspace_doubles(&workspace, models->n_rdms + 2, 1);
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    ANA_TRY(ana_rsa_evaluate_draws(subjects, models, noise, options, &draws, values));
    rsa->ceiling_low = values[models->n_rdms];
    rsa->ceiling_high = values[models->n_rdms + 1];
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status mean_of_drawn(void *user, const ana_rearranged *data, double *values)
{
    const ana_rsa *rsa = user;
    for (size_t m = 0; m < rsa->n_models; m++) {
        values[m] = 0.0;
        for (size_t s = 0; s < data->n; s++) {
            values[m] += rsa->values[m * rsa->n_subjects + data->order[s]] / (double)data->n;
        }
    }
    return ANA_OK;
}

static ana_status find_intervals(const ana_rsa_options *options, ana_rsa *rsa)
{
    ana_status status = ANA_OK;
    ana_bootstrap *bootstrap = NULL;
    ana_resampling_options settings = ana_resampling_options_default();
    if (options->n_bootstraps == 0 || rsa->n_subjects < 3) {
        return ANA_OK;
    }
    settings.run = options->run;
    settings.n_resamples = options->n_bootstraps;
    settings.level = options->level;
    for (size_t i = 0; i < rsa->n_models * rsa->n_subjects; i++) {
        if (isnan(rsa->values[i])) {
            return ANA_OK; /* a similarity that is not there has no interval */
        }
    }
    status = ana_resampling_bootstrap(rsa->n_subjects, rsa->n_models, mean_of_drawn, rsa, &settings,
                                      &bootstrap);
    if (status == ANA_ERR_NUMERIC) { /* subjects that all agree: percentiles */
        settings.bca = false;
        status = ana_resampling_bootstrap(rsa->n_subjects, rsa->n_models, mean_of_drawn, rsa,
                                          &settings, &bootstrap);
    }
    if (status == ANA_OK) {
        memcpy(rsa->low, bootstrap->low, rsa->n_models * sizeof *rsa->low);
        memcpy(rsa->high, bootstrap->high, rsa->n_models * sizeof *rsa->high);
        ana_bootstrap_free(bootstrap);
    }
    return status;
}

ana_status ana_rsa_new(size_t m, const char *const *models, size_t n, const char *const *subjects,
                       ana_rsa **out)
{
    ana_status status = ANA_OK;
    ana_rsa *rsa = NULL;
    ANA_TRY(ana_allocate(1, sizeof *rsa, "rsa", (void *)&rsa));
    rsa->n_models = m;
    rsa->n_subjects = n;
    double **const arrays[] = {&rsa->mean,     &rsa->standard_error, &rsa->low,    &rsa->high,
                               &rsa->p_chance, &rsa->p_chance_max,   &rsa->p_zero, &rsa->p_ceiling};
    rsa->ceiling_low = (double)NAN;
    rsa->ceiling_high = (double)NAN;
    ANA_TRY(ana_copy_texts(m, models, &rsa->models));
    ANA_TRY(ana_copy_texts(n, subjects, &rsa->subjects));
    ANA_TRY(ana_allocate(m * n, sizeof(double), "rsa", (void *)&rsa->values));
    ANA_TRY(ana_allocate(m * m, sizeof(double), "rsa", (void *)&rsa->p_between));
    for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) {
        ANA_TRY(ana_allocate(m, sizeof(double), "rsa", (void *)arrays[k]));
        for (size_t i = 0; i < m; i++) {
            (*arrays[k])[i] = (double)NAN;
        }
    }
    *out = rsa;
    rsa = NULL;
done:
    ana_rsa_free(rsa);
    return status;
}

ana_status ana_rsa_test(const ana_rsa_options *options, ana_rsa *rsa)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_rsa_test_subjects(options, rsa));
    ANA_TRY(find_intervals(options, rsa));
done:
    return status;
}

static size_t count_groups(size_t n, const size_t *groups)
{
    size_t n_groups = 0;
    for (size_t s = 0; s < n; s++) {
        bool seen = false;
        for (size_t t = 0; t < s && groups != NULL; t++) {
            seen = seen || groups[t] == groups[s];
        }
        n_groups += seen ? 0 : 1;
    }
    return n_groups;
}

/* Intervals, and the tests where they are about more than these subjects. */
static ana_status find_bootstrap(const ana_rdms *subjects, const ana_rdms *models,
                                 const double *noise, const ana_rsa_options *options,
                                 ana_rsa_bootstrap_options *settings, ana_rsa *rsa)
{
    ana_status status = ANA_OK;
    const ana_rdm_similarity similarity = options->compare.similarity;
    const bool whitened =
        similarity == ANA_RDM_SIM_WHITENED_COSINE || similarity == ANA_RDM_SIM_WHITENED_CORRELATION;
    const bool compared = similarity > ANA_RDM_SIM_TAU_B && !(whitened && noise == NULL);
    const bool of_subjects = options->over == ANA_RSA_SUBJECTS;
    if (options->n_bootstraps == 0 ||
        (of_subjects && count_groups(subjects->n_rdms, options->groups) < 3)) {
        return ANA_OK;
    }
    settings->no_ceilings = compared && of_subjects;
    ANA_TRY(ana_rsa_bootstrap_compute(subjects, models, noise, settings, &rsa->bootstrap));
    memcpy(rsa->low, rsa->bootstrap->low, rsa->n_models * sizeof *rsa->low);
    memcpy(rsa->high, rsa->bootstrap->high, rsa->n_models * sizeof *rsa->high);
    if (!of_subjects || options->groups != NULL) {
        ANA_TRY(ana_rsa_test_by_bootstrap(options, rsa));
    }
done:
    return status;
}

static ana_status check(const ana_rdms *subjects, const ana_rdms *models,
                        const ana_rsa_options *options)
{
    ana_status status = ana_options_check(ana_rsa_option_table, options, "rsa");
    if (status == ANA_OK && (subjects->n_rdms == 0 || models->n_rdms == 0)) {
        status = ana_fail(ANA_ERR_VALUE, "rsa: %zu models and %zu subjects; one of each is needed",
                          models->n_rdms, subjects->n_rdms);
    }
    return status;
}

ana_status ana_rsa_compute(const ana_rdms *subjects, const ana_rdms *models, const double *noise,
                           const ana_rsa_options *options, ana_rsa **out)
{
    const ana_rsa_options settings = options != NULL ? *options : ana_rsa_options_default();
    ana_status status = ANA_OK;
    ana_rsa *rsa = NULL;
    ana_rsa_bootstrap_options drawn = {.run = settings.run,
                                       .compare = settings.compare,
                                       .over = settings.over,
                                       .n_samples = settings.n_bootstraps,
                                       .level = settings.level,
                                       .percentile = settings.percentile,
                                       .groups = settings.groups};
    ANA_TRY(check(subjects, models, &settings));
    ANA_TRY(ana_rsa_new(models->n_rdms, (const char *const *)models->names, subjects->n_rdms,
                        (const char *const *)subjects->names, &rsa));
    rsa->n_conditions = subjects->n_conditions;
    rsa->similarity = settings.compare.similarity;
    ANA_TRY(ana_rdm_compare(models, subjects, noise, &settings.compare, rsa->values));
    ANA_TRY(find_ceilings(subjects, models, noise, &drawn, rsa));
    ANA_TRY(ana_rsa_test_subjects(&settings, rsa));
    ANA_TRY(find_bootstrap(subjects, models, noise, &settings, &drawn, rsa));
    ANA_TRY(ana_rsa_permute(subjects, models, noise, &settings, NULL, rsa));
    *out = rsa;
    rsa = NULL;
done:
    ana_rsa_free(rsa);
    return status;
}

void ana_rsa_free(ana_rsa *rsa)
{
    if (rsa == NULL) {
        return;
    }
    ana_free_texts(rsa->n_models, rsa->models);
    ana_free_texts(rsa->n_subjects, rsa->subjects);
    ana_rsa_bootstrap_free(rsa->bootstrap);
    free(rsa->values);
    free(rsa->mean);
    free(rsa->standard_error);
    free(rsa->low);
    free(rsa->high);
    free(rsa->p_chance);
    free(rsa->p_chance_max);
    free(rsa->p_zero);
    free(rsa->p_ceiling);
    free(rsa->p_between);
    free(rsa);
}
