/* Models held against 0, the ceiling and each other: over subjects, or by a bootstrap's variance.
 */
#include "rsa_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/distributions.h>
#include <analysis/random.h>
#include <analysis/resampling.h>
#include <analysis/signed_rank.h>
#include <analysis/stats.h>

#include <math.h>

enum {
    ALL_FLIPS = 16,     /* values: of no more, every flip of signs is tried */
    RANDOM_FLIPS = 1000 /* when no permutations are asked for */
};

const char *const ana_rsa_test_names[] = {"t", "signed-rank", "sign-flip", NULL};

/* Mean, and its standard error (NaN for one value). */
static void mean_and_error(size_t n, const double *x, double *mean, double *error)
{
    *mean = ana_stats_mean(n, x);
    *error = n > 1 ? sqrt(ana_stats_variance(n, x, 1) / (double)n) : (double)NAN;
}

/* Values that are all the same leave no doubt. */
static double t_test(size_t n, const double *values, bool two_sided)
{
    double mean = 0.0;
    double error = 0.0;
    const double df = (double)n - 1.0;
    mean_and_error(n, values, &mean, &error);
    if (isnan(mean) || isnan(error)) {
        return (double)NAN;
    }
    if (error == 0.0) {
        return (two_sided ? mean != 0.0 : mean > 0.0) ? 0.0 : 1.0;
    }
    return two_sided ? 2.0 * ana_t_survival(fabs(mean) / error, df)
                     : ana_t_survival(mean / error, df);
}

/* Whether flip number k, or the random one of its stream, is at least as extreme. */
static bool reaches(size_t n, const double *values, uint64_t k, ana_random *random, bool two_sided,
                    double observed)
{
    double sum = 0.0;
    double size = 0.0;
    for (size_t i = 0; i < n; i++) {
        const bool flipped = random != NULL ? ana_random_u32(random) >> 31 : k >> i & 1;
        sum += flipped ? -values[i] : values[i];
        size += fabs(values[i]);
    }
    return (two_sided ? fabs(sum) : sum) >= observed - 1e-12 * size;
}

static double flip_test(size_t n, const double *values, const ana_rsa_options *options,
                        bool two_sided, uint64_t which)
{
    const bool all = n <= ALL_FLIPS;
    const size_t n_random = options->n_permutations > 0 ? options->n_permutations : RANDOM_FLIPS;
    const size_t n_flips = all ? (size_t)1 << n : n_random;
    double observed = 0.0;
    double n_reaching = all ? 0.0 : 1.0; /* all of them have the data's own */
    for (size_t i = 0; i < n; i++) {
        observed += values[i];
    }
    observed = two_sided ? fabs(observed) : observed;
    for (size_t k = 0; k < n_flips && !isnan(observed); k++) {
        ana_random random = ana_random_stream(options->run.seed, "rsa flips", which * n_flips + k);
        n_reaching += reaches(n, values, k, all ? NULL : &random, two_sided, observed) ? 1.0 : 0.0;
    }
    return isnan(observed) ? (double)NAN : n_reaching / ((double)n_flips + (all ? 0.0 : 1.0));
}

ana_status ana_rsa_test_values(size_t n, const double *values, const ana_rsa_options *options,
                               bool two_sided, uint64_t which, double *p)
{
    ana_status status = ANA_OK;
    *p = (double)NAN;
    if (n < 2) {
        return ANA_OK;
    }
    switch (options->test) {
    case ANA_RSA_T:
        *p = t_test(n, values, two_sided);
        break;
    case ANA_RSA_SIGNED_RANK:
        status =
            ana_signed_rank_test(n, values, two_sided ? ANA_TAIL_TWO_SIDED : ANA_TAIL_GREATER, p);
        break;
    case ANA_RSA_SIGN_FLIP:
        *p = flip_test(n, values, options, two_sided, which);
        break;
    }
    return status;
}

static bool has_zero(const ana_rsa *rsa)
{
    return rsa->similarity < ANA_RDM_SIM_BURES_DISTANCE; /* of no match at all */
}

static void find_means(ana_rsa *rsa)
{
    const size_t n = rsa->n_subjects;
    const bool is_distance = rsa->similarity == ANA_RDM_SIM_BURES_DISTANCE;
    for (size_t m = 0; m < rsa->n_models; m++) {
        mean_and_error(n, rsa->values + m * n, &rsa->mean[m], &rsa->standard_error[m]);
        const double best = rsa->mean[rsa->best];
        const bool better = is_distance ? rsa->mean[m] < best : rsa->mean[m] > best;
        rsa->best = better || isnan(best) ? m : rsa->best;
    }
}

/* p of the pairs of models, (0, 1), (0, 2), ..., corrected for their number. */
static ana_status set_between(const ana_rsa_options *options, double *p, ana_rsa *rsa)
{
    ana_status status = ANA_OK;
    const size_t m = rsa->n_models;
    size_t pair = 0;
    ANA_TRY(ana_resampling_adjust(m * (m - 1) / 2, p, (ana_correction)options->correction, p));
    for (size_t i = 0; i < m; i++) {
        rsa->p_between[i * m + i] = 1.0;
        for (size_t j = i + 1; j < m; j++, pair++) {
            rsa->p_between[i * m + j] = p[pair];
            rsa->p_between[j * m + i] = p[pair];
        }
    }
done:
    return status;
}

/* values[s] = of model a less `other` (a model's values, or NULL: less `from`). */
static void subtract(size_t n, const double *a, const double *other, double from, double *values)
{
    for (size_t s = 0; s < n; s++) {
        values[s] = a[s] - (other != NULL ? other[s] : from);
    }
}

ana_status ana_rsa_test_subjects(const ana_rsa_options *options, ana_rsa *rsa)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = rsa->n_subjects;
    const size_t m = rsa->n_models;
    uint64_t which = 0;
    size_t pair = 0;
    double *values = ana_workspace_doubles(&workspace, n, 1);
    double *p = ana_workspace_doubles(&workspace, m, m);
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    rsa->test = options->test;
    find_means(rsa);
    for (size_t i = 0; i < m; i++) {
        const double *own = rsa->values + i * n;
        if (has_zero(rsa)) {
            ANA_TRY(ana_rsa_test_values(n, own, options, false, which++, &rsa->p_zero[i]));
        }
        subtract(n, own, NULL, rsa->ceiling_low, values);
        ANA_TRY(ana_rsa_test_values(n, values, options, true, which++, &rsa->p_ceiling[i]));
        for (size_t j = i + 1; j < m; j++) {
            subtract(n, own, rsa->values + j * n, 0.0, values);
            ANA_TRY(ana_rsa_test_values(n, values, options, true, which++, &p[pair++]));
        }
    }
    ANA_TRY(set_between(options, p, rsa));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_rsa_test_by_bootstrap(const ana_rsa_options *options, ana_rsa *rsa)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_rsa_bootstrap *b = rsa->bootstrap;
    const size_t m = rsa->n_models;
    size_t pair = 0;
    double *p = ana_workspace_doubles(&workspace, m, m);
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    for (size_t i = 0; i < m; i++) {
        rsa->standard_error[i] = sqrt(b->variance[i * (m + 2) + i]);
        rsa->p_zero[i] = has_zero(rsa) ? ana_rsa_bootstrap_p(b, i, ANA_RSA_ZERO) : (double)NAN;
        rsa->p_ceiling[i] = ana_rsa_bootstrap_p(b, i, m);
        for (size_t j = i + 1; j < m; j++) {
            p[pair++] = ana_rsa_bootstrap_p(b, i, j);
        }
    }
    ANA_TRY(set_between(options, p, rsa));
done:
    ana_workspace_release(&workspace);
    return status;
}
