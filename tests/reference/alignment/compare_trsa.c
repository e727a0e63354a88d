/* trsa.h5: transforms of one matrix of 18 conditions by rsatoolbox and the paper's own program. Its
 * geodesics are not their definition's: an edge of weight 0 (the closest pair) is no edge to the
 * graph library below them, and `nearest` asks one end of a pair alone. Those values are made here
 * once more with the same faults, and ours is held to the shortest paths without them. */
#include "alignment.h"
#include "support/check.h"

#include <analysis/models/trsa.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 18,
    N_PAIRS = N * (N - 1) / 2
};

static ana_rdms *transform(const ana_rdms *rdms, const ana_trsa_options *options)
{
    ana_rdms *made = NULL;
    check_ok(ana_trsa_compute(rdms, options, NULL, &made));
    return made;
}

/* l = u: 0 / 0 of the pair at the threshold is NaN to the peer; here it is 1. */
static void hold_threshold(const h5_reference *file, const ana_rdms *made, tally *counts)
{
    const char *path = "out/rgtm_l0.5_u0.5";
    h5_doubles wanted = h5_reference_doubles(file, path);
    size_t n_missing = 0;
    counts->n_cases++;
    for (size_t k = 0; k < N_PAIRS; k++) {
        n_missing += isnan(wanted.values[k]) ? 1 : 0;
        tally_number(counts, made->values[k], isnan(wanted.values[k]) ? 1.0 : wanted.values[k], 0.0,
                     0.0, "%s[%zu]", path, k);
    }
    tally_that(counts, n_missing == 1, "%s: the peer lacks %zu values, not 1", path, n_missing);
    h5_doubles_free(&wanted);
}

static void compare_clipped(const h5_reference *file, const ana_rdms *rdms, tally *counts)
{
    static const double levels[][2] = {{0.0, 1.0}, {0.1, 0.4}, {0.2, 0.8}, {0.5, 0.5}};
    static const double sigmoids[][2] = {{5.0, 0.3}, {10.0, 0.5}};
    char path[64];
    ana_trsa_options options = ana_trsa_options_default();
    for (size_t i = 0; i < 4; i++) {
        options.low = levels[i][0];
        options.high = levels[i][1];
        ana_rdms *made = transform(rdms, &options);
        snprintf(path, sizeof path, "out/rgtm_l%.1f_u%.1f", options.low, options.high);
        if (options.low < options.high) {
            compare_output(file, path, N_PAIRS, made->values, counts);
        } else {
            hold_threshold(file, made, counts);
        }
        ana_rdms_free(made);
    }
    options.transform = ANA_TRSA_SIGMOID;
    for (size_t i = 0; i < 2; i++) {
        options.steepness = sigmoids[i][0];
        options.centre = sigmoids[i][1];
        ana_rdms *made = transform(rdms, &options);
        snprintf(path, sizeof path, "out/sigmoid_a%g_b%g", options.steepness, options.centre);
        compare_output(file, path, N_PAIRS, made->values, counts);
        ana_rdms_free(made);
    }
}

/* By matrices (Floyd 1962), over edges that are finite. */
static void all_paths(const double *edges, double *paths)
{
    double square[N][N];
    for (size_t i = 0; i < N; i++) {
        square[i][i] = 0.0;
        for (size_t j = i + 1; j < N; j++) {
            square[i][j] = square[j][i] = edges[ana_rdm_pair(N, i, j)];
        }
    }
    for (size_t k = 0; k < N; k++) {
        for (size_t i = 0; i < N; i++) {
            for (size_t j = 0; j < N; j++) {
                square[i][j] = fmin(square[i][j], square[i][k] + square[k][j]);
            }
        }
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t j = i + 1; j < N; j++) {
            paths[ana_rdm_pair(N, i, j)] = square[i][j];
        }
    }
}

static bool is_among_nearest(const double *ranks, size_t neighbours, bool faulty, size_t i,
                             size_t j)
{
    size_t n_nearer = 0;
    const double own = ranks[ana_rdm_pair(N, i < j ? i : j, i < j ? j : i)];
    for (size_t k = 0; k < N; k++) {
        if (k != i) {
            const double other = ranks[ana_rdm_pair(N, i < k ? i : k, i < k ? k : i)];
            n_nearer += other < own && !(faulty && other == 0.0) ? 1 : 0;
        }
    }
    return n_nearer < neighbours;
}

/* Lengths of the edges that a graph has; with the peer's faults, without those of weight 0 and
 * those of which the second end alone is near the first. */
static void keep_edges(const double *ranks, const ana_trsa_options *options, bool faulty,
                       double *edges)
{
    for (size_t i = 0; i < N; i++) {
        for (size_t j = i + 1; j < N; j++) {
            const double r = ranks[ana_rdm_pair(N, i, j)];
            double *edge = &edges[ana_rdm_pair(N, i, j)];
            bool kept = r < 1.0;
            if (options->transform == ANA_TRSA_SHORTEST) {
                kept = r <= options->share; /* ranks without ties are their own quantiles */
            } else if (options->transform == ANA_TRSA_NEAREST) {
                kept = is_among_nearest(ranks, options->neighbours, faulty, i, j) ||
                       (!faulty && is_among_nearest(ranks, options->neighbours, faulty, j, i));
            }
            *edge = kept && !(faulty && r == 0.0) ? r : (double)INFINITY;
        }
    }
}

static void hold_paths(const h5_reference *file, const ana_rdms *rdms, const double *ranks,
                       const ana_trsa_options *options, const char *path, tally *counts)
{
    double edges[N_PAIRS];
    double paths[N_PAIRS];
    double farthest = 1.0;
    size_t n_other = 0;
    ana_rdms *made = transform(rdms, options);
    keep_edges(ranks, options, true, edges);
    all_paths(edges, paths);
    compare_output(file, path, N_PAIRS, paths, counts);
    for (size_t k = 0; k < N_PAIRS; k++) {
        n_other += !is_close(made->values[k], paths[k], 1e-12, 0.0);
    }
    tally_that(counts, n_other > 0, "%s: the peer's faults make no difference", path);
    keep_edges(ranks, options, false, edges);
    all_paths(edges, paths);
    for (size_t k = 0; k < N_PAIRS; k++) {
        farthest = isfinite(paths[k]) ? fmax(farthest, paths[k]) : farthest;
    }
    for (size_t k = 0; k < N_PAIRS; k++) {
        tally_number(counts, made->values[k], fmin(paths[k], farthest), 1e-12, 0.0,
                     "definition of %s[%zu]", path, k);
    }
    ana_rdms_free(made);
}

static void compare_geodesics(const h5_reference *file, const ana_rdms *rdms, tally *counts)
{
    static const double levels[][2] = {{0.1, 0.5}, {0.2, 0.8}};
    char path[64];
    ana_trsa_options options = ana_trsa_options_default();
    options.low = 0.0;
    options.high = 1.0;
    ana_rdms *ranks = transform(rdms, &options);
    for (size_t i = 0; i < 2; i++) {
        options.low = levels[i][0];
        options.high = levels[i][1];
        options.transform = ANA_TRSA_RGTM;
        ana_rdms *clipped = transform(rdms, &options);
        options.transform = ANA_TRSA_RGDM;
        ana_rdms *made = transform(rdms, &options);
        snprintf(path, sizeof path, "out/def_rgdm_l%.1f_u%.1f", options.low, options.high);
        compare_output(file, path, N_PAIRS, made->values, counts);
        snprintf(path, sizeof path, "out/rgdm_l%.1f_u%.1f", options.low, options.high);
        hold_paths(file, rdms, clipped->values, &options, path, counts);
        ana_rdms_free(clipped);
        ana_rdms_free(made);
    }
    options.transform = ANA_TRSA_NEAREST;
    for (options.neighbours = 3; options.neighbours <= 5; options.neighbours += 2) {
        snprintf(path, sizeof path, "out/geodesic_knn_%zu", options.neighbours);
        hold_paths(file, rdms, ranks->values, &options, path, counts);
    }
    options.transform = ANA_TRSA_SHORTEST;
    for (size_t i = 0; i < 2; i++) {
        options.share = i == 0 ? 0.2 : 0.5;
        snprintf(path, sizeof path, "out/geodesic_pshortest_%.1f", options.share);
        hold_paths(file, rdms, ranks->values, &options, path, counts);
    }
    ana_rdms_free(ranks);
}

void compare_trsa(const h5_reference *file, tally *counts)
{
    h5_doubles given = h5_reference_doubles(file, "in/rdm");
    ana_rdms *rdms = NULL;
    check_ok(ana_rdms_new(1, N, &rdms));
    memcpy(rdms->values, given.values, N_PAIRS * sizeof *given.values);
    compare_clipped(file, rdms, counts);
    compare_geodesics(file, rdms, counts);
    ana_rdms_free(rdms);
    h5_doubles_free(&given);
}
