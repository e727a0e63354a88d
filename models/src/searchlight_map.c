/* The map itself: the dissimilarities of every centre, compared with models and with the same
 * models rearranged. */
#include "dense.h"
#include "order.h"
#include "pairs.h"
#include "rsa_parts.h"
#include "searchlight_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    GROUP = 64, /* centres compared in one product */
    ROUND = 8   /* groups between two reports of progress, at most */
};

/* Bytes that matrices of a round, and models rearranged, may take. */
static const double most_matrices = 64e6;
static const double most_permuted = 512e6;

static ana_observations view_of(const ana_search_map *m, size_t n_channels, double *values)
{
    ana_observations view = *m->rows; /* borrowed */
    view.n_features = n_channels;
    view.values = values;
    view.features = NULL;
    return view;
}

/* The dissimilarities of one centre; NaN where there are none. */
static ana_status find_matrix(const ana_search_map *m, size_t centre, double *matrix,
                              size_t *n_used)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_noise *noise = NULL;
    ana_rdms *rdms = NULL;
    const ana_centres *centres = m->centres;
    const size_t first = centres->start[centre];
    const size_t most = centres->start[centre + 1] - first;
    size_t n = 0;
    size_t *used = ana_workspace_sizes(&workspace, most, 1);
    double *values = ana_workspace_doubles(&workspace, m->rows->n_times, most);
    ANA_TRY(ana_workspace_check(&workspace, "searchlight"));
    for (size_t k = 0; k < most; k++) {
        used[n] = centres->features[first + k];
        n += m->usable[used[n]] ? 1 : 0;
    }
    *n_used = n;
    if (n == 0) {
        goto done;
    }
    for (size_t t = 0; t < m->rows->n_times; t++) {
        const double *from = m->rows->values + t * m->rows->n_features;
        double *to = values + t * n;
        for (size_t k = 0; k < n; k++) {
            to[k] = from[used[k]];
        }
    }
    const ana_observations view = view_of(m, n, values);
    if (m->options->whiten) {
        ANA_TRY(ana_noise_of_observations(&view, &m->options->noise, &noise));
    }
    ANA_TRY(ana_rdm_compute(&view, noise, &m->options->rdm, NULL, &rdms));
    memcpy(matrix, rdms->values, m->n_pairs * sizeof *matrix);
done:
    ana_noise_free(noise);
    ana_rdms_free(rdms);
    ana_workspace_release(&workspace);
    return status;
}

/* Matrices, directions and similarities of a group of centres. */
static ana_status measure_group(const ana_search_map *m, size_t group)
{
    ana_status status = ANA_OK;
    const size_t first = m->first + group * GROUP;
    const size_t last = first + GROUP < m->stop ? first + GROUP : m->stop;
    for (size_t c = first; c < last; c++) {
        double *matrix = m->matrices + (c - m->first) * m->n_pairs;
        double *direction = m->directions + (c - m->first) * m->n_pairs;
        for (size_t k = 0; k < m->n_pairs; k++) {
            matrix[k] = (double)NAN;
        }
        status = find_matrix(m, c, matrix, &m->out->n_features[c]);
        if (status != ANA_OK && status != ANA_ERR_NUMERIC) { /* NUMERIC: noise without inverse */
            return status;
        }
        memset(direction, 0, m->n_pairs * sizeof *direction);
        bool whole = ana_search_is_whole(m->n_pairs, matrix);
        if (whole) {
            memcpy(direction, matrix, m->n_pairs * sizeof *direction);
            ANA_TRY(ana_rdm_directions_of(m->similarity, 1, m->n_pairs, direction));
            whole = ana_search_is_whole(m->n_pairs, direction);
        }
        if (!whole) { /* nor of matrices that are constant */
            memset(direction, 0, m->n_pairs * sizeof *direction);
        }
        for (size_t k = 0; k < m->out->n_models; k++) {
            m->out->values[k * m->out->n_centres + c] =
                whole ? ana_dot(m->n_pairs, direction, m->models + k * m->n_pairs) : (double)NAN;
        }
    }
    status = ANA_OK;
done:
    return status;
}

/* What the permutations at hand say of a group: counts, and the largest of its centres. */
static ana_status permute_group(const ana_search_map *m, size_t group, size_t n_permutations)
{
    ana_status status = ANA_OK;
    const size_t first = m->first + group * GROUP;
    const size_t last = first + GROUP < m->stop ? first + GROUP : m->stop;
    const size_t n_models = m->out->n_models;
    const size_t n = n_permutations * n_models;
    double *products = m->products + group * GROUP * m->n_at_once * n_models;
    double *largest = m->largest + group * m->n_at_once * n_models;
    const ana_gemm shape = {last - first, m->n_pairs, n, false, true, 1.0, 0.0};
    ANA_TRY(ana_linalg_gemm(&shape, m->directions + (first - m->first) * m->n_pairs, m->permuted,
                            products));
    for (size_t k = 0; k < n; k++) {
        largest[k] = -INFINITY;
    }
    for (size_t c = first; c < last; c++) {
        for (size_t k = 0; k < n; k++) {
            const double value = products[(c - first) * n + k];
            const size_t model = k % n_models;
            const double found = m->out->values[model * m->out->n_centres + c];
            if (!isnan(found)) {
                largest[k] = fmax(largest[k], value);
                m->above[c * n_models + model] += value >= found - 1e-12 ? 1 : 0;
            }
        }
    }
done:
    return status;
}

/* One of the two for all groups of the round, in parallel. */
static void run_groups(const ana_search_map *m, size_t n_groups, size_t n_permutations,
                       int n_threads)
{
#pragma omp parallel for default(none) shared(m, n_groups, n_permutations) num_threads(n_threads)  \
    schedule(dynamic, 1)
    for (size_t g = 0; g < n_groups; g++) {
        m->statuses[g] =
            n_permutations > 0 ? permute_group(m, g, n_permutations) : measure_group(m, g);
    }
}

static ana_status run_round(const ana_search_map *m, size_t n_permutations)
{
    ana_status status = ANA_OK;
    const size_t n_groups = (m->stop - m->first + GROUP - 1) / GROUP;
    run_groups(m, n_groups, n_permutations, ana_run_threads(&m->options->run, n_groups));
    for (size_t g = 0; g < n_groups; g++) {
        if (m->statuses[g] != ANA_OK) { /* for the sentence, in this thread */
            const ana_status again =
                n_permutations > 0 ? permute_group(m, g, n_permutations) : measure_group(m, g);
            ANA_TRY(again != ANA_OK ? again
                                    : ana_fail(m->statuses[g],
                                               "searchlight: centres from %zu on "
                                               "failed",
                                               m->first + g * GROUP));
        }
    }
done:
    return status;
}

/* The models with their conditions in the orders of permutations first ... first + n - 1. */
static void rearrange_models(const ana_search_map *m, size_t first, size_t n, size_t *order)
{
    const size_t n_models = m->out->n_models;
    for (size_t k = 0; k < n; k++) {
        ana_random random =
            ana_random_stream(m->options->run.seed, "searchlight.permutation", first + k);
        ana_random_permutation(&random, m->n, order);
        for (size_t model = 0; model < n_models; model++) {
            const double *from = m->models + model * m->n_pairs;
            double *to = m->permuted + (k * n_models + model) * m->n_pairs;
            for (size_t i = 0; i < m->n; i++) {
                for (size_t j = i + 1; j < m->n; j++) {
                    *to++ = from[pairs_place_of(m->n, order[i], order[j])];
                }
            }
        }
    }
}

/* All permutations of a round of centres; `null` (n_permutations x M) keeps the largest. */
static ana_status permute_round(const ana_search_map *m, bool is_first, size_t *order, double *null)
{
    ana_status status = ANA_OK;
    const size_t n_all = m->options->n_permutations;
    const size_t n_models = m->out->n_models;
    const size_t n_groups = (m->stop - m->first + GROUP - 1) / GROUP;
    for (size_t first = 0; first < n_all; first += m->n_at_once) {
        const size_t n = n_all - first < m->n_at_once ? n_all - first : m->n_at_once;
        if (is_first || m->n_at_once < n_all) {
            rearrange_models(m, first, n, order);
        }
        ANA_TRY(run_round(m, n));
        for (size_t g = 0; g < n_groups; g++) {
            for (size_t k = 0; k < n * n_models; k++) {
                double *most = &null[first * n_models + k];
                *most = fmax(*most, m->largest[g * m->n_at_once * n_models + k]);
            }
        }
    }
done:
    return status;
}

/* p of every centre, alone and against the largest of all; `room` has n_permutations values. */
static void find_p(const ana_search_map *m, const double *null, double *room)
{
    ana_searchlight *out = m->out;
    const size_t n = m->options->n_permutations;
    const size_t n_above_level = (size_t)floor(0.05 * (double)(n + 1) + 1e-9);
    for (size_t model = 0; model < out->n_models; model++) {
        for (size_t k = 0; k < n; k++) {
            room[k] = null[k * out->n_models + model];
        }
        qsort(room, n, sizeof *room, ana_compare_doubles);
        out->thresholds[model] = n_above_level > 0 ? room[n - n_above_level] : (double)NAN;
        for (size_t c = 0; c < out->n_centres; c++) {
            const size_t at = model * out->n_centres + c;
            size_t below = n; /* the last that is below */
            while (below > 0 && room[below - 1] >= out->values[at] - 1e-12) {
                below--;
            }
            const bool known = !isnan(out->values[at]);
            const size_t above = m->above[c * out->n_models + model];
            out->p_max[at] = known ? (double)(n - below + 1) / (double)(n + 1) : (double)NAN;
            out->p[at] = known ? (double)(above + 1) / (double)(n + 1) : (double)NAN;
        }
    }
}

/* How many permutations are held at once: by the memory, one at least. */
static size_t permutations_at_once(const ana_search_map *m, size_t n_models)
{
    const double each =
        8.0 * (double)n_models * ((double)m->n_pairs + (double)(m->n_groups * (GROUP + 1)));
    const double room =
        fmin(0.25 * (double)ana_run_memory_limit(&m->options->run), most_permuted) / each;
    const double n = fmin(fmax(floor(room), 1.0), (double)m->options->n_permutations);
    return (size_t)n;
}

static ana_status make_room(ana_search_map *m, size_t n_models, ana_workspace *workspace)
{
    const double fit = most_matrices / (16.0 * GROUP * (double)m->n_pairs);
    m->n_groups = (size_t)fmin(fmax(floor(fit), 1.0), ROUND);
    m->n_at_once = permutations_at_once(m, n_models);
    const size_t n_centres = m->n_groups * GROUP;
    m->permuted = ana_workspace_doubles(workspace, m->n_at_once * n_models, m->n_pairs);
    m->products = ana_workspace_doubles(workspace, n_centres * m->n_at_once, n_models);
    m->largest = ana_workspace_doubles(workspace, m->n_groups * m->n_at_once, n_models);
    m->matrices = ana_workspace_doubles(workspace, n_centres, m->n_pairs);
    m->directions = ana_workspace_doubles(workspace, n_centres, m->n_pairs);
    m->statuses = ana_workspace_bytes(workspace, m->n_groups, 1, sizeof *m->statuses);
    m->above = ana_workspace_sizes(workspace, m->centres->n, n_models);
    return ana_workspace_check(workspace, "searchlight");
}

ana_status ana_search_run(ana_search_map *m, ana_searchlight_function function, void *user)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_run *run = &m->options->run;
    const size_t n = m->centres->n;
    const size_t n_null = m->options->n_permutations * m->out->n_models;
    double *null = ana_workspace_doubles(&workspace, n_null, 1);
    double *room = ana_workspace_doubles(&workspace, m->options->n_permutations, 1);
    size_t *order = ana_workspace_sizes(&workspace, m->n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "searchlight"));
    ANA_TRY(make_room(m, m->out->n_models, &workspace));
    for (size_t k = 0; k < n_null; k++) {
        null[k] = -INFINITY;
    }
    for (m->first = 0; m->first < n; m->first = m->stop) {
        const size_t left = n - m->first;
        const size_t most = m->n_groups * GROUP;
        m->stop = m->first + (left < most ? left : most);
        ANA_TRY(ana_run_progress(run, "searching centres", m->first, n));
        ANA_TRY(run_round(m, 0));
        for (size_t c = m->first; c < m->stop && function != NULL; c++) {
            ANA_TRY(function(user, c, m->n_pairs, m->matrices + (c - m->first) * m->n_pairs));
        }
        ANA_TRY(permute_round(m, m->first == 0, order, null));
    }
    ANA_TRY(ana_run_progress(run, "searching centres", n, n));
    for (size_t c = 0; c < n; c++) {
        m->out->n_without += isnan(m->out->values[c]) ? 1 : 0;
    }
    if (m->options->n_permutations > 0) {
        find_p(m, null, room);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
