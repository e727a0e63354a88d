/* Two classes compared feature by feature. */
#include "try.h"
#include "workspace.h"

#include <analysis/class_maps.h>
#include <analysis/distributions.h>
#include <analysis/stats.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* The values of one feature: those of the first class, then those of the second. */
typedef struct two_classes {
    size_t n[2];
    double *values; /* n[0] + n[1] */
    double *ranks;
} two_classes;

/* The values of feature f that are there. */
static void gather(size_t n_features, const double *values, const size_t *trials,
                   const size_t n_trials[2], size_t f, two_classes *of)
{
    size_t n = 0;
    for (size_t i = 0; i < n_trials[0] + n_trials[1]; i++) {
        const double value = values[trials[i] * n_features + f];
        if (i == n_trials[0]) {
            of->n[0] = n;
        }
        if (!isnan(value)) {
            of->values[n++] = value;
        }
    }
    of->n[1] = n - of->n[0];
}

static void compare_means(const two_classes *of, size_t f, ana_class_maps *maps)
{
    const double n1 = (double)of->n[0];
    const double n2 = (double)of->n[1];
    const double *second = of->values + of->n[0];
    const double difference =
        ana_stats_mean(of->n[0], of->values) - ana_stats_mean(of->n[1], second);
    const double within = n1 * ana_stats_variance(of->n[0], of->values, 0) +
                          n2 * ana_stats_variance(of->n[1], second, 0);
    const double between = n1 * n2 / (n1 + n2) * difference * difference;
    maps->r2[f] = between / (between + within);
    maps->signed_r2[f] = difference > 0.0 ? -maps->r2[f] : maps->r2[f];
    const double error1 = ana_stats_variance(of->n[0], of->values, 1) / n1;
    const double error2 = ana_stats_variance(of->n[1], second, 1) / n2;
    const double error = error1 + error2;
    if (!(error > 0.0)) {
        maps->t[f] = maps->df[f] = maps->t_p[f] = (double)NAN;
        return;
    }
    /* Shares of the error, whose squares neither overflow nor vanish. */
    const double share1 = error1 / error;
    const double share2 = error2 / error;
    maps->t[f] = difference / sqrt(error);
    maps->df[f] = 1.0 / (share1 * share1 / (n1 - 1.0) + share2 * share2 / (n2 - 1.0));
    maps->t_p[f] = 2.0 * ana_t_survival(fabs(maps->t[f]), maps->df[f]);
}

static ana_status compare_ranks(two_classes *of, size_t f, ana_class_maps *maps)
{
    ana_status status = ANA_OK;
    const size_t n = of->n[0] + of->n[1];
    const double n1 = (double)of->n[0];
    const double n2 = (double)of->n[1];
    ANA_TRY(ana_stats_ranks(n, of->values, of->ranks));
    /* Of ranks drawn without repetition; that of all ranks holds the ties. */
    const double variance = n1 * n2 * ana_stats_variance(n, of->ranks, 1) / (n1 + n2);
    const double expected = 0.5 * n1 * (n1 + n2 + 1.0);
    maps->z[f] = (ana_stats_sum(of->n[0], of->ranks) - expected) / sqrt(variance);
    if (!(variance > 0.0)) {
        maps->z[f] = (double)NAN;
    }
    maps->z_p[f] = 2.0 * ana_normal_survival(fabs(maps->z[f]));
done:
    return status;
}

static ana_status check_values(size_t n_trials, size_t n_features, const double *values)
{
    for (size_t i = 0; i < n_trials; i++) {
        for (size_t f = 0; f < n_features; f++) {
            if (isinf(values[i * n_features + f])) {
                return ana_fail(ANA_ERR_VALUE,
                                "class maps: trial %zu, feature %zu is infinite; a number, or NaN "
                                "where it is missing, is wanted",
                                i, f);
            }
        }
    }
    return ANA_OK;
}

/* trials (out, n_trials) = those of the first class, then those of the second. */
static ana_status find_trials(size_t n_trials, const int64_t *labels, const int64_t wanted[2],
                              size_t *trials, size_t n[2])
{
    size_t filled = 0;
    for (size_t k = 0; k < 2; k++) {
        const size_t before = filled;
        for (size_t i = 0; i < n_trials; i++) {
            if (labels[i] == wanted[k]) {
                trials[filled++] = i;
            }
        }
        n[k] = filled - before;
        if (n[k] == 0) {
            return ana_fail(ANA_ERR_VALUE,
                            "class maps: none of the %zu trials has the label %" PRId64, n_trials,
                            wanted[k]);
        }
    }
    return ANA_OK;
}

/* NULL without memory. */
static ana_class_maps *new_maps(size_t n_features)
{
    ana_class_maps *maps = calloc(1, sizeof *maps);
    if (maps == NULL) {
        return NULL;
    }
    double **const arrays[] = {&maps->r2,  &maps->signed_r2, &maps->t,  &maps->df,
                               &maps->t_p, &maps->z,         &maps->z_p};
    maps->n_features = n_features;
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        *arrays[i] = calloc(n_features > 0 ? n_features : 1, sizeof **arrays[i]);
        if (*arrays[i] == NULL) {
            ana_class_maps_free(maps);
            return NULL;
        }
    }
    return maps;
}

ana_status ana_class_maps_compute(size_t n_trials, size_t n_features, const double *values,
                                  const int64_t *labels, int64_t first, int64_t second,
                                  ana_class_maps **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_class_maps *maps = NULL;
    two_classes of = {0};
    size_t n[2] = {0, 0};
    const int64_t wanted[2] = {first, second};
    if (first == second) {
        return ana_fail(ANA_ERR_VALUE,
                        "class maps: both classes are labelled %" PRId64 "; two labels are wanted",
                        first);
    }
    size_t *trials = ana_workspace_sizes(&workspace, n_trials, 1);
    of.values = ana_workspace_doubles(&workspace, n_trials, 1);
    of.ranks = ana_workspace_doubles(&workspace, n_trials, 1);
    ANA_TRY(ana_workspace_check(&workspace, "class maps"));
    ANA_TRY(check_values(n_trials, n_features, values));
    ANA_TRY(find_trials(n_trials, labels, wanted, trials, n));
    maps = new_maps(n_features);
    if (maps == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "class maps: no memory for %zu features", n_features);
        goto done;
    }
    maps->n_first = n[0];
    maps->n_second = n[1];
    for (size_t f = 0; f < n_features; f++) {
        gather(n_features, values, trials, n, f, &of);
        compare_means(&of, f, maps);
        ANA_TRY(compare_ranks(&of, f, maps));
    }
    *out = maps;
    maps = NULL;
done:
    ana_class_maps_free(maps);
    ana_workspace_release(&workspace);
    return status;
}

void ana_class_maps_free(ana_class_maps *maps)
{
    if (maps == NULL) {
        return;
    }
    free(maps->r2);
    free(maps->signed_r2);
    free(maps->t);
    free(maps->df);
    free(maps->t_p);
    free(maps->z);
    free(maps->z_p);
    free(maps);
}
