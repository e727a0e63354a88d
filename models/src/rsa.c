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
                             .n_bootstraps = 1000,
                             .level = 0.95,
                             .correction = ANA_CORRECTION_HOLM};
}

const ana_option ana_rsa_option_table[] = {
    {"permutations", ANA_OPTION_SIZE, offsetof(ana_rsa_options, n_permutations), 0, 1e8, NULL, "N",
     "of the conditions' labels, for the chance of a match (0: none)", false},
    {"bootstraps", ANA_OPTION_SIZE, offsetof(ana_rsa_options, n_bootstraps), 0, 1e8, NULL, "N",
     "of the subjects, for intervals (0: none)", false},
    {"level", ANA_OPTION_DOUBLE, offsetof(ana_rsa_options, level), 0.5, 0.9999, NULL, "SHARE",
     "of the intervals", false},
    {"correction", ANA_OPTION_CHOICE, offsetof(ana_rsa_options, correction), 0, 0, correction_names,
     "METHOD", "of the tests between models for their number", false},
    ANA_OPTION_END,
};

static bool by_ranks(ana_rdm_similarity similarity)
{
    return similarity >= ANA_RDM_SIM_SPEARMAN && similarity <= ANA_RDM_SIM_TAU_B;
}

/* Mean and standard deviation of the finite values. */
static void moments(size_t n, const double *x, double *mean, double *deviation)
{
    double sum = 0.0;
    double square = 0.0;
    double count = 0.0;
    for (size_t k = 0; k < n; k++) {
        sum += isnan(x[k]) ? 0.0 : x[k];
        count += isnan(x[k]) ? 0.0 : 1.0;
    }
    *mean = sum / count;
    for (size_t k = 0; k < n; k++) {
        square += isnan(x[k]) ? 0.0 : (x[k] - *mean) * (x[k] - *mean);
    }
    *deviation = sqrt(square / count);
}

/* A matrix in the units of the pool. */
static ana_status in_units(ana_rdm_similarity similarity, size_t n, const double *x, double *out)
{
    double mean = 0.0;
    double deviation = 0.0;
    if (by_ranks(similarity)) {
        return ana_stats_ranks(n, x, out);
    }
    moments(n, x, &mean, &deviation);
    const bool centred =
        similarity == ANA_RDM_SIM_PEARSON || similarity == ANA_RDM_SIM_WHITENED_CORRELATION;
    const double origin = centred ? mean : 0.0;
    const double scale = centred ? deviation : sqrt(mean * mean + deviation * deviation);
    for (size_t k = 0; k < n; k++) {
        out[k] = (x[k] - origin) / scale;
    }
    return ANA_OK;
}

ana_status ana_rdm_pool(const ana_rdms *rdms, ana_rdm_similarity similarity, size_t left_out,
                        double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = ana_rdm_n_pairs(rdms->n_conditions);
    double *scaled = ana_workspace_doubles(&workspace, n, 1);
    double *count = ana_workspace_doubles(&workspace, n, 1);
    double least = INFINITY;
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    memset(out, 0, n * sizeof *out);
    for (size_t r = 0; r < rdms->n_rdms; r++) {
        if (r == left_out) {
            continue;
        }
        ANA_TRY(in_units(similarity, n, rdms->values + r * n, scaled));
        for (size_t k = 0; k < n; k++) {
            out[k] += isnan(scaled[k]) ? 0.0 : scaled[k];
            count[k] += isnan(scaled[k]) ? 0.0 : 1.0;
        }
    }
    for (size_t k = 0; k < n; k++) {
        out[k] /= count[k]; /* 0 / 0: no matrix has it, NaN */
        least = out[k] < least ? out[k] : least;
    }
    const bool centred =
        similarity == ANA_RDM_SIM_PEARSON || similarity == ANA_RDM_SIM_WHITENED_CORRELATION;
    for (size_t k = 0; k < n && centred; k++) {
        out[k] -= least; /* dissimilarities again: none below 0 */
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Mean similarity of the subjects with the pool of all, and with that of the others. */
static ana_status find_ceilings(const ana_rdms *subjects, const double *noise,
                                const ana_rdm_compare_options *options, ana_rsa *rsa)
{
    ana_status status = ANA_OK;
    ana_rdms *pool = NULL;
    const size_t n_pairs = ana_rdm_n_pairs(subjects->n_conditions);
    double sums[2] = {0.0, 0.0};
    if (subjects->n_rdms < 2) {
        return ANA_OK;
    }
    ANA_TRY(ana_rdms_new(1, subjects->n_conditions, &pool));
    ana_free_texts(pool->n_conditions, pool->conditions);
    pool->conditions = NULL;
    ANA_TRY(ana_copy_texts(subjects->n_conditions, (const char *const *)subjects->conditions,
                           &pool->conditions));
    for (size_t s = 0; s < subjects->n_rdms; s++) {
        ana_rdms one = *subjects; /* subject s alone, borrowed */
        one.n_rdms = 1;
        one.values = subjects->values + s * n_pairs;
        for (size_t k = 0; k < 2; k++) {
            double value = 0.0;
            ANA_TRY(ana_rdm_pool(subjects, options->similarity, k == 0 ? s : subjects->n_rdms,
                                 pool->values));
            ANA_TRY(ana_rdm_compare(&one, pool, noise, options, &value));
            sums[k] += value / (double)subjects->n_rdms;
        }
    }
    rsa->ceiling_low = sums[0];
    rsa->ceiling_high = sums[1];
done:
    ana_rdms_free(pool);
    return status;
}

/* Mean, and its standard error (NaN for one value). */
static void mean_and_error(size_t n, const double *x, double *mean, double *error)
{
    *mean = ana_stats_mean(n, x);
    *error = n > 1 ? sqrt(ana_stats_variance(n, x, 1) / (double)n) : (double)NAN;
}

static void test_over_subjects(ana_rsa *rsa)
{
    const size_t n = rsa->n_subjects;
    const double df = (double)n - 1.0;
    const bool is_distance = rsa->similarity == ANA_RDM_SIM_BURES_DISTANCE;
    const bool has_zero = rsa->similarity < ANA_RDM_SIM_BURES_DISTANCE; /* of no match at all */
    for (size_t m = 0; m < rsa->n_models; m++) {
        mean_and_error(n, rsa->values + m * n, &rsa->mean[m], &rsa->standard_error[m]);
        const bool better =
            is_distance ? rsa->mean[m] < rsa->mean[rsa->best] : rsa->mean[m] > rsa->mean[rsa->best];
        rsa->best = better ? m : rsa->best;
        if (n > 1) {
            const double error = rsa->standard_error[m];
            const double below = (rsa->mean[m] - rsa->ceiling_low) / error;
            rsa->p_zero[m] = has_zero ? ana_t_survival(rsa->mean[m] / error, df) : (double)NAN;
            rsa->p_ceiling[m] = 2.0 * ana_t_survival(fabs(below), df);
        }
    }
}

/* Two-sided; differences that are all the same leave no doubt. */
static double paired_p(size_t n, double mean, double error)
{
    if (error == 0.0) {
        return mean == 0.0 ? 1.0 : 0.0;
    }
    return isnan(error) ? (double)NAN : 2.0 * ana_t_survival(fabs(mean) / error, (double)n - 1.0);
}

static ana_status test_between(int correction, ana_rsa *rsa)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = rsa->n_subjects;
    const size_t m = rsa->n_models;
    size_t pair = 0;
    double *difference = ana_workspace_doubles(&workspace, n, 1);
    double *p = ana_workspace_doubles(&workspace, m, m);
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    for (size_t i = 0; i < m; i++) {
        for (size_t j = i + 1; j < m; j++) {
            double mean = 0.0;
            double error = 0.0;
            for (size_t s = 0; s < n; s++) {
                difference[s] = rsa->values[i * n + s] - rsa->values[j * n + s];
            }
            mean_and_error(n, difference, &mean, &error);
            p[pair++] = paired_p(n, mean, error);
        }
    }
    ANA_TRY(ana_resampling_adjust(pair, p, (ana_correction)correction, p));
    pair = 0;
    for (size_t i = 0; i < m; i++) {
        rsa->p_between[i * m + i] = 1.0;
        for (size_t j = i + 1; j < m; j++, pair++) {
            rsa->p_between[i * m + j] = p[pair];
            rsa->p_between[j * m + i] = p[pair];
        }
    }
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
    test_over_subjects(rsa);
    ANA_TRY(test_between(options->correction, rsa));
    ANA_TRY(find_intervals(options, rsa));
done:
    return status;
}

ana_status ana_rsa_compute(const ana_rdms *subjects, const ana_rdms *models, const double *noise,
                           const ana_rsa_options *options, ana_rsa **out)
{
    const ana_rsa_options settings = options != NULL ? *options : ana_rsa_options_default();
    ana_status status = ANA_OK;
    ana_rsa *rsa = NULL;
    ANA_TRY(ana_options_check(ana_rsa_option_table, &settings, "rsa"));
    if (subjects->n_rdms == 0 || models->n_rdms == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "rsa: %zu models and %zu subjects; one of each is needed",
                         models->n_rdms, subjects->n_rdms));
    }
    ANA_TRY(ana_rsa_new(models->n_rdms, (const char *const *)models->names, subjects->n_rdms,
                        (const char *const *)subjects->names, &rsa));
    rsa->n_conditions = subjects->n_conditions;
    rsa->similarity = settings.compare.similarity;
    ANA_TRY(ana_rdm_compare(models, subjects, noise, &settings.compare, rsa->values));
    ANA_TRY(find_ceilings(subjects, noise, &settings.compare, rsa));
    ANA_TRY(ana_rsa_test(&settings, rsa));
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
