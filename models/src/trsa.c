/* Dissimilarities as ranks, between thresholds, and along paths. */
#include "lists.h"
#include "pairs.h"
#include "trsa_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/stats.h>

#include <math.h>
#include <omp.h>
#include <string.h>

const char *const ana_trsa_transform_names[] = {"rgtm",    "sigmoid",  "rgdm",
                                                "nearest", "shortest", NULL};

ana_trsa_options ana_trsa_options_default(void)
{
    return (ana_trsa_options){.run = ana_run_default(),
                              .low = 0.2,
                              .high = 0.8,
                              .steepness = 10.0,
                              .centre = 0.5,
                              .neighbours = 5,
                              .share = 0.2};
}

const ana_option ana_trsa_option_table[] = {
    {"transform", ANA_OPTION_CHOICE, offsetof(ana_trsa_options, transform), 0, 0,
     ana_trsa_transform_names, "NAME",
     "rgtm: between two quantiles; sigmoid; geodesic distances: rgdm over the pairs below the "
     "upper quantile, nearest over the nearest neighbours, shortest over the closest pairs",
     false},
    {"low", ANA_OPTION_DOUBLE, offsetof(ana_trsa_options, low), 0, 1, NULL, "QUANTILE",
     "rgtm, rgdm: at and below it pairs are one and the same", false},
    {"high", ANA_OPTION_DOUBLE, offsetof(ana_trsa_options, high), 0, 1, NULL, "QUANTILE",
     "rgtm, rgdm: at and above it pairs are apart", false},
    {"steepness", ANA_OPTION_DOUBLE, offsetof(ana_trsa_options, steepness), 0, 1e6, NULL, "NUMBER",
     "sigmoid: of ranks from 0 to 1", false},
    {"centre", ANA_OPTION_DOUBLE, offsetof(ana_trsa_options, centre), 0, 1, NULL, "RANK",
     "sigmoid: the rank, from 0 to 1, that becomes 1/2", false},
    {"neighbours", ANA_OPTION_SIZE, offsetof(ana_trsa_options, neighbours), 1, 1e6, NULL, "N",
     "nearest: of each condition", false},
    {"share", ANA_OPTION_DOUBLE, offsetof(ana_trsa_options, share), 0, 1, NULL, "SHARE",
     "shortest: of all pairs", false},
    ANA_OPTION_END,
};

ana_status ana_trsa_ranks(size_t n, const double *values, double *ranks)
{
    double first = INFINITY;
    double last = -INFINITY;
    for (size_t k = 0; k < n; k++) {
        if (isinf(values[k])) {
            return ana_fail(ANA_ERR_VALUE, "dissimilarity %zu is infinite", k);
        }
    }
    const ana_status status = ana_stats_ranks(n, values, ranks);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t k = 0; k < n; k++) { /* missing ones are never the least or the largest */
        first = fmin(first, ranks[k]);
        last = fmax(last, ranks[k]);
    }
    if (!(last > first)) {
        return ana_fail(ANA_ERR_VALUE, "the dissimilarities do not vary: there are no ranks");
    }
    for (size_t k = 0; k < n; k++) {
        ranks[k] = (ranks[k] - first) / (last - first);
    }
    return ANA_OK;
}

void ana_trsa_clip(size_t n, const double *ranks, double low, double high, double *to)
{
    for (size_t k = 0; k < n; k++) {
        const double value = high > low ? (ranks[k] - low) / (high - low) : ranks[k] >= low;
        to[k] = isnan(ranks[k]) ? ranks[k] : fmin(fmax(value, 0.0), 1.0);
    }
}

/* Edges from 0 to 1 whose weight is `limit` or more, or above it, are none. */
static void cut(size_t n, double limit, bool at_limit, double *pairs)
{
    for (size_t k = 0; k < n; k++) {
        pairs[k] =
            pairs[k] > limit || (at_limit && pairs[k] == limit) ? (double)INFINITY : pairs[k];
    }
}

/* Ranks to what is wanted, in place; false when no edge is left. */
static bool transform_one(const ana_trsa_ranked *of, size_t k, const ana_trsa_room *room,
                          double *to)
{
    const ana_trsa_options *use = of->options;
    const size_t n_pairs = ana_rdm_n_pairs(of->n);
    const double *q = of->quantiles + 3 * k;
    of->n_unreachable[k] = 0;
    switch (use->transform) {
    case ANA_TRSA_SIGMOID:
        for (size_t i = 0; i < n_pairs; i++) {
            to[i] = 1.0 / (1.0 + exp(-use->steepness * (to[i] - use->centre)));
        }
        return true;
    case ANA_TRSA_RGDM:
        ana_trsa_clip(n_pairs, to, q[0], q[1], to);
        cut(n_pairs, 1.0, true, to);
        break;
    case ANA_TRSA_NEAREST:
        ana_trsa_keep_nearest(of->n, use->neighbours, to, room);
        break;
    case ANA_TRSA_SHORTEST:
        cut(n_pairs, q[2], false, to);
        break;
    case ANA_TRSA_RGTM:
    default:
        ana_trsa_clip(n_pairs, to, q[0], q[1], to);
        return true;
    }
    return ana_trsa_shortest_paths(of->n, to, room, &of->n_unreachable[k]);
}

/* Ranks of all matrices, and their quantiles: what allocates. */
static ana_status rank_all(const ana_rdms *rdms, const ana_trsa_options *use, double *ranks,
                           double *quantiles)
{
    const size_t n_pairs = ana_rdm_n_pairs(rdms->n_conditions);
    const double wanted[] = {use->low, use->high, use->share};
    ana_status status = ANA_OK;
    for (size_t k = 0; k < rdms->n_rdms && status == ANA_OK; k++) {
        double *own = ranks + k * n_pairs;
        status = ana_trsa_ranks(n_pairs, rdms->values + k * n_pairs, own);
        if (status == ANA_OK) {
            status = ana_stats_quantiles(n_pairs, own, 3, wanted, quantiles + 3 * k);
        }
        if (status != ANA_OK) {
            return ana_fail_in(status, "matrix %zu (%s): ", k, rdms->names[k]);
        }
    }
    return status;
}

static ana_status copy_names(const ana_rdms *from, const char *method, ana_rdms *to)
{
    ana_status status = ANA_OK;
    char **conditions = NULL;
    char **names = NULL;
    ANA_TRY(ana_copy_texts(from->n_conditions, (const char *const *)from->conditions, &conditions));
    ANA_TRY(ana_copy_texts(from->n_rdms, (const char *const *)from->names, &names));
    ana_free_texts(to->n_conditions, to->conditions);
    to->conditions = conditions;
    conditions = NULL;
    ana_free_texts(to->n_rdms, to->names);
    to->names = names;
    names = NULL;
    to->method = strdup(method);
    if (to->method == NULL) {
        ANA_TRY(ana_fail(ANA_ERR_MEMORY, "trsa: no memory for a name"));
    }
done:
    ana_free_texts(from->n_conditions, conditions);
    ana_free_texts(from->n_rdms, names);
    return status;
}

ana_status ana_trsa_ranked_new(const ana_rdms *rdms, const ana_trsa_options *options,
                               ana_workspace *workspace, ana_trsa_ranked *out)
{
    const size_t n = rdms->n_conditions;
    out->options = options;
    out->n_threads = ana_run_threads(&options->run, rdms->n_rdms);
    out->n = n;
    out->n_rdms = rdms->n_rdms;
    out->quantiles = ana_workspace_doubles(workspace, rdms->n_rdms, 3);
    out->n_unreachable = ana_workspace_sizes(workspace, rdms->n_rdms, 1);
    out->has_edges = ana_workspace_bytes(workspace, rdms->n_rdms, 1, sizeof *out->has_edges);
    out->rooms = ana_workspace_bytes(workspace, (size_t)out->n_threads, 1, sizeof *out->rooms);
    const ana_status status = ana_workspace_check(workspace, "trsa");
    for (int w = 0; status == ANA_OK && w < out->n_threads; w++) {
        out->rooms[w] = (ana_trsa_room){.square = ana_workspace_doubles(workspace, n, n),
                                        .distance = ana_workspace_doubles(workspace, n, 1),
                                        .done = ana_workspace_doubles(workspace, n, 1)};
    }
    return ana_workspace_check(workspace, "trsa");
}

/* Each by one thread into its own slot. */
void ana_trsa_transform_ranks(const ana_trsa_ranked *ranked, double *values)
{
    const size_t n_pairs = ana_rdm_n_pairs(ranked->n);
#pragma omp parallel for default(none) num_threads(ranked->n_threads) schedule(static)             \
    shared(ranked, values, n_pairs)
    for (size_t k = 0; k < ranked->n_rdms; k++) {
        ranked->has_edges[k] =
            transform_one(ranked, k, &ranked->rooms[omp_get_thread_num()], values + k * n_pairs);
    }
}

ana_status ana_trsa_compute(const ana_rdms *rdms, const ana_trsa_options *options,
                            size_t *n_unreachable, ana_rdms **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_rdms *made = NULL;
    const ana_trsa_options defaults = ana_trsa_options_default();
    const ana_trsa_options *use = options != NULL ? options : &defaults;
    ana_trsa_ranked ranked = {0};
    ANA_TRY(ana_options_check(ana_trsa_option_table, use, "trsa"));
    if (use->low > use->high) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "trsa: low %g is above high %g", use->low, use->high));
    }
    ANA_TRY(ana_trsa_ranked_new(rdms, use, &workspace, &ranked));
    ANA_TRY(ana_rdms_new(rdms->n_rdms, rdms->n_conditions, &made));
    ANA_TRY(copy_names(rdms, ana_trsa_transform_names[use->transform], made));
    made->n_missing = rdms->n_missing;
    ANA_TRY(rank_all(rdms, use, made->values, ranked.quantiles));
    ana_trsa_transform_ranks(&ranked, made->values);
    for (size_t k = 0; k < rdms->n_rdms; k++) {
        if (!ranked.has_edges[k]) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE,
                             "matrix %zu (%s): no pair is below the upper threshold: no edge is "
                             "left",
                             k, made->names[k]));
        }
    }
    for (size_t k = 0; k < rdms->n_rdms && n_unreachable != NULL; k++) {
        n_unreachable[k] = ranked.n_unreachable[k];
    }
    *out = made;
    made = NULL;
done:
    ana_rdms_free(made);
    ana_workspace_release(&workspace);
    return status;
}
