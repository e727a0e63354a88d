/* How far a system is from itself, and whether two systems could be one: trials halved, and trials
 * exchanged. */
#include "dsa_parts.h"
#include "feature_id.h"
#include "lists.h"
#include "memory.h"
#include "try.h"

#include <analysis/random.h>

#include <math.h>
#include <string.h>

/* Dynamics of drawn trials: item i of a system (or of two joined) is a draw. */
typedef struct draws {
    const ana_dsa_options *options;
    const ana_dsa_samples *samples;
    const char *purpose;
    uint64_t first; /* item of the random stream */
    size_t n_first; /* trials in the first part */
    size_t n;
    double *dynamics; /* n x 2 parts x rank x rank */
    ana_status *statuses;
} draws;

/* The stretches of the drawn trials: those of places [from, to) of the order. */
static size_t take_trials(const ana_dsa_samples *samples, const size_t *place, size_t from,
                          size_t to, ana_dsa_stretch *out)
{
    size_t n = 0;
    for (size_t s = 0; s < samples->n_stretches; s++) {
        const size_t at = place[samples->stretches[s].trial];
        if (at >= from && at < to) {
            out[n++] = samples->stretches[s];
        }
    }
    return n;
}

static ana_status fit_draw(const draws *d, size_t item)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_dsa_samples *samples = d->samples;
    const size_t r = d->options->rank;
    ana_random random = ana_random_stream(d->options->run.seed, d->purpose, d->first + item);
    size_t *place = ana_workspace_sizes(&workspace, samples->n_trials, 1);
    ana_dsa_stretch *drawn =
        ana_workspace_bytes(&workspace, samples->n_stretches, 1, sizeof *drawn);
    ANA_TRY(ana_workspace_check(&workspace, "dsa"));
    ana_random_permutation(&random, samples->n_trials, place);
    for (size_t part = 0; part < 2; part++) {
        const size_t n = take_trials(samples, place, part == 0 ? 0 : d->n_first,
                                     part == 0 ? d->n_first : samples->n_trials, drawn);
        ANA_TRY(ana_dsa_fit_stretches(samples, n, drawn, d->options,
                                      d->dynamics + (2 * item + part) * r * r));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static void fit_all(const draws *d, int n_threads)
{
#pragma omp parallel for default(none) shared(d) num_threads(n_threads) schedule(dynamic, 1)
    for (size_t i = 0; i < d->n; i++) {
        d->statuses[i] = fit_draw(d, i);
    }
}

static ana_status fit_draws(const draws *d)
{
    ana_status status = ANA_OK;
    fit_all(d, ana_run_threads(&d->options->run, d->n));
    for (size_t i = 0; i < d->n; i++) {
        if (d->statuses[i] != ANA_OK) { /* for the sentence, in this thread */
            const ana_status again = fit_draw(d, i);
            ANA_TRY(again != ANA_OK ? again : ana_fail(d->statuses[i], "dsa: draw %zu failed", i));
        }
    }
done:
    return status;
}

/* The first n systems' halves of every split: dynamics n x n_splits x 2 x rank x rank. */
static ana_status fit_halves(const ana_observations *const *systems, const ana_dsa_options *options,
                             const ana_dsa *dsa, bool *is_halved, double *dynamics)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = 2 * options->n_splits * dsa->rank * dsa->rank;
    ana_status *statuses = ana_workspace_bytes(&workspace, options->n_splits, 1, sizeof *statuses);
    ANA_TRY(ana_workspace_check(&workspace, "dsa"));
    for (size_t i = 0; i < dsa->n; i++) {
        ana_dsa_samples samples;
        ANA_TRY(ana_run_progress(&options->run, "halving trials", i, dsa->n));
        ANA_TRY(ana_dsa_take_samples(systems[i], dsa->systems[i]->name, &workspace, &samples));
        is_halved[i] = samples.n_trials >= 2;
        draws halves = {.options = options,
                        .samples = &samples,
                        .purpose = "dsa.halves",
                        .first = i * options->n_splits,
                        .n_first = samples.n_trials / 2,
                        .n = is_halved[i] ? options->n_splits : 0,
                        .statuses = statuses};
        halves.dynamics = dynamics + i * size;
        ANA_TRY(fit_draws(&halves));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Mean over splits of the distance of system i's first half from j's second. */
static ana_status compare_halves(const ana_observations *const *systems,
                                 const ana_dsa_options *options, ana_dsa *dsa)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = dsa->n;
    const size_t n_splits = options->n_splits;
    const size_t size = dsa->rank * dsa->rank;
    bool *is_halved = ana_workspace_bytes(&workspace, n, 1, sizeof *is_halved);
    double *dynamics = ana_workspace_doubles(&workspace, n * n_splits, 2 * size);
    ana_dsa_pair *pairs = ana_workspace_bytes(&workspace, n * n, n_splits, sizeof *pairs);
    ana_dsa_match *matches = ana_workspace_bytes(&workspace, n * n, n_splits, sizeof *matches);
    size_t n_pairs = 0;
    ANA_TRY(ana_workspace_check(&workspace, "dsa"));
    ANA_TRY(ana_allocate(n * n, sizeof(double), "dsa", (void *)&dsa->half_distances));
    ANA_TRY(fit_halves(systems, options, dsa, is_halved, dynamics));
    for (size_t c = 0; c < n * n; c++) {
        for (size_t k = 0; k < n_splits && c / n <= c % n && is_halved[c / n] && is_halved[c % n];
             k++) {
            pairs[n_pairs++] = (ana_dsa_pair){dynamics + (c / n * n_splits + k) * 2 * size,
                                              dynamics + (c % n * n_splits + k) * 2 * size + size};
        }
    }
    ANA_TRY(ana_dsa_match_pairs(dsa->rank, n_pairs, pairs, options, "comparing halves", matches));
    n_pairs = 0;
    for (size_t c = 0; c < n * n; c++) {
        if (c / n > c % n) {
            continue;
        }
        const bool known = is_halved[c / n] && is_halved[c % n];
        double sum = known ? 0.0 : (double)NAN;
        for (size_t k = 0; k < n_splits && known; k++) {
            sum += matches[n_pairs++].distance / (double)n_splits;
        }
        dsa->half_distances[c] = sum;
        dsa->half_distances[c % n * n + c / n] = sum;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Whether trials of one can be trials of the other: the same units in the same bins. */
static ana_status can_exchange(const ana_observations *a, const ana_observations *b, bool *can)
{
    ana_status status = ANA_OK;
    char **ids[2] = {NULL, NULL};
    const bool same_bins = a->bin_s == b->bin_s || (isnan(a->bin_s) && isnan(b->bin_s));
    const bool same_unit = (a->unit == NULL) == (b->unit == NULL) &&
                           (a->unit == NULL || strcmp(a->unit, b->unit) == 0);
    *can = a->n_features == b->n_features && same_bins && same_unit;
    if (!*can) {
        return ANA_OK;
    }
    ANA_TRY(ana_feature_ids(a, &ids[0]));
    ANA_TRY(ana_feature_ids(b, &ids[1]));
    for (size_t u = 0; u < a->n_features; u++) {
        *can = *can && strcmp(ids[0][u], ids[1][u]) == 0;
    }
done:
    ana_free_texts(ids[0] != NULL ? a->n_features : 0, ids[0]);
    ana_free_texts(ids[1] != NULL ? b->n_features : 0, ids[1]);
    return status;
}

/* Share of the exchanges, and the data as they are, that are at least as far apart, to what
 * searches agree on. */
static double p_of(size_t n, const ana_dsa_match *matches, double observed)
{
    double n_above = 1.0;
    for (size_t k = 0; k < n; k++) {
        n_above += matches[k].distance >= observed - 1e-7 ? 1.0 : 0.0;
    }
    return n_above / (double)(n + 1);
}

static ana_status exchange(const ana_observations *const *pair, size_t number,
                           const ana_dsa_options *options, double observed, double *p)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_observations *joined = NULL;
    ana_dsa_samples samples;
    const size_t n = options->n_permutations;
    const size_t size = options->rank * options->rank;
    ana_observations *parts[2] = {(ana_observations *)(uintptr_t)pair[0],
                                  (ana_observations *)(uintptr_t)pair[1]};
    double *dynamics = ana_workspace_doubles(&workspace, n, 2 * size);
    ana_status *statuses = ana_workspace_bytes(&workspace, n, 1, sizeof *statuses);
    ana_dsa_pair *pairs = ana_workspace_bytes(&workspace, n, 1, sizeof *pairs);
    ana_dsa_match *matches = ana_workspace_bytes(&workspace, n, 1, sizeof *matches);
    ANA_TRY(ana_workspace_check(&workspace, "dsa"));
    ANA_TRY(ana_observations_join(2, parts, false, &joined));
    ANA_TRY(ana_dsa_take_samples(joined, "exchanged trials", &workspace, &samples));
    const draws exchanged = {.options = options,
                             .samples = &samples,
                             .purpose = "dsa.permutation",
                             .first = (uint64_t)number * n,
                             .n_first = pair[0]->n_sequences,
                             .n = n,
                             .dynamics = dynamics,
                             .statuses = statuses};
    ANA_TRY(fit_draws(&exchanged));
    for (size_t k = 0; k < n; k++) {
        pairs[k] = (ana_dsa_pair){dynamics + 2 * k * size, dynamics + (2 * k + 1) * size};
    }
    ANA_TRY(ana_dsa_match_pairs(options->rank, n, pairs, options, "exchanging trials", matches));
    *p = p_of(n, matches, observed);
done:
    ana_observations_free(joined);
    ana_workspace_release(&workspace);
    return status;
}

static ana_status exchange_trials(const ana_observations *const *systems,
                                  const ana_dsa_options *options, ana_dsa *dsa)
{
    ana_status status = ANA_OK;
    const size_t n = dsa->n;
    ANA_TRY(ana_allocate(n * n, sizeof(double), "dsa", (void *)&dsa->p_values));
    for (size_t c = 0; c < n * n; c++) {
        const size_t i = c / n;
        const size_t j = c % n;
        bool can = false;
        if (i >= j) {
            dsa->p_values[c] = i == j ? 1.0 : dsa->p_values[j * n + i];
            continue;
        }
        dsa->p_values[c] = (double)NAN;
        ANA_TRY(can_exchange(systems[i], systems[j], &can));
        if (can) {
            const ana_observations *pair[2] = {systems[i], systems[j]};
            ANA_TRY(exchange(pair, c, options, dsa->distances[c], &dsa->p_values[c]));
        }
    }
done:
    return status;
}

ana_status ana_dsa_resample(const ana_observations *const *systems, const ana_dsa_options *options,
                            ana_dsa *dsa)
{
    ana_status status = ANA_OK;
    if (options->n_splits > 0) {
        ANA_TRY(compare_halves(systems, options, dsa));
    }
    if (options->n_permutations > 0) {
        ANA_TRY(exchange_trials(systems, options, dsa));
    }
done:
    return status;
}
