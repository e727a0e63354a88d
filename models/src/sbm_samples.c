#include "sbm_samples.h"

#include "checked.h"
#include "memory.h"
#include "try.h"

#include <analysis/agreement.h>

#include <omp.h>
#include <stdint.h>

enum {
    N_CHAINS = 4,
    WARM_SWEEPS = 20 /* before the first sample of a chain */
};

typedef struct sampling {
    const ana_sbm_options *options;
    ana_sbm *sbm;
    const ana_sbm_found *best;
    size_t *labels;  /* n_samples x n_nodes */
    size_t *parents; /* n_samples x n_nodes: groups of level 1, named as in the fit */
} sampling;

/* Samples chain, chain + N_CHAINS, ... */
static void run_chain(const sampling *work, size_t chain, ana_sbm_tower *tower)
{
    const ana_sbm_options *options = work->options;
    const size_t n = work->sbm->n_nodes;
    const ana_sbm_state *state = &tower->lowest.state;
    const size_t *group = state->levels[0].group;
    tower->lowest.random = ana_random_stream(options->run.seed, "sbm.sample", chain);
    ana_sbm_tower_set(tower, work->best);
    for (size_t k = 0; k < WARM_SWEEPS; k++) {
        ana_sbm_gibbs(&tower->lowest);
    }
    for (size_t s = chain; s < options->n_samples; s += N_CHAINS) {
        for (size_t k = 0; k < options->n_thin; k++) {
            ana_sbm_gibbs(&tower->lowest);
        }
        for (size_t i = 0; i < n; i++) {
            work->labels[s * n + i] = group[i];
            work->parents[s * n + i] = state->n_levels > 1 ? state->levels[1].group[group[i]] : 0;
        }
        work->sbm->sample_groups[s] = state->levels[0].n_groups;
        ana_sbm_search_set(&tower->lowest, group); /* no rounding adds up */
    }
}

static ana_status count_memberships(const sampling *work, size_t n_labels, ana_sbm *sbm)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = sbm->n_nodes;
    const size_t n_groups = sbm->hierarchy.n_groups[0];
    size_t *match = ana_workspace_sizes(&workspace, n_labels, 1);
    ANA_TRY(ana_workspace_check(&workspace, "sbm"));
    for (size_t s = 0; s < sbm->n_samples; s++) {
        double accuracy = 0.0;
        const size_t *label = work->labels + s * n;
        ANA_TRY(ana_agreement_match(n, sbm->hierarchy.group[0], label, n_labels, match, &accuracy));
        for (size_t i = 0; i < n; i++) {
            const size_t g = match[label[i]];
            if (g < n_groups) {
                sbm->membership[i * n_groups + g] += 1.0 / (double)sbm->n_samples;
            }
        }
    }
    for (size_t i = 0; i < n; i++) {
        sbm->certainty[i] = sbm->membership[i * n_groups + sbm->hierarchy.group[0][i]];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Upper levels: groups of level 1 keep their names, and those above theirs. */
static void count_ancestors(const sampling *work, size_t i, ana_sbm *sbm)
{
    const size_t n = sbm->n_nodes;
    for (size_t s = 0; s < sbm->n_samples; s++) {
        size_t own = sbm->hierarchy.group[0][i];
        size_t drawn = 0;
        for (size_t l = 1; l < sbm->hierarchy.n_levels; l++) {
            own = sbm->hierarchy.group[l][own];
            drawn = l == 1 ? work->parents[s * n + i] : sbm->hierarchy.group[l][drawn];
            sbm->certainty[l * n + i] += own == drawn ? 1.0 : 0.0;
        }
    }
    for (size_t l = 1; l < sbm->hierarchy.n_levels; l++) {
        sbm->certainty[l * n + i] /= (double)sbm->n_samples;
    }
}

static void count_pairs(const sampling *work, size_t i, ana_sbm *sbm)
{
    const size_t n = sbm->n_nodes;
    for (size_t j = 0; j < n; j++) {
        size_t together = 0;
        for (size_t s = 0; s < sbm->n_samples; s++) {
            together += work->labels[s * n + i] == work->labels[s * n + j] ? 1 : 0;
        }
        sbm->similarity[i * n + j] = (double)together / (double)sbm->n_samples;
    }
}

static ana_status reserve(const ana_sbm_options *options, ana_workspace *workspace, sampling *work,
                          ana_sbm *sbm)
{
    ana_status status = ANA_OK;
    const size_t n = sbm->n_nodes;
    size_t pairs = 0;
    size_t labels = 0;
    size_t bytes = 0;
    const bool fits = ana_multiply(n, n, &pairs) &&
                      ana_multiply(2 * options->n_samples, n, &labels) &&
                      ana_add(pairs, labels, &bytes) && ana_multiply(bytes, sizeof(double), &bytes);
    ANA_TRY(ana_run_check_memory(&options->run, fits ? bytes : SIZE_MAX, "sbm: samples"));
    work->labels = ana_workspace_sizes(workspace, options->n_samples, n);
    work->parents = ana_workspace_sizes(workspace, options->n_samples, n);
    ANA_TRY(ana_workspace_check(workspace, "sbm"));
    ANA_TRY(ana_allocate(n * sbm->hierarchy.n_groups[0], sizeof(double), "sbm", &sbm->membership));
    ANA_TRY(ana_allocate(pairs, sizeof(double), "sbm", &sbm->similarity));
    ANA_TRY(ana_allocate(n * sbm->hierarchy.n_levels, sizeof(double), "sbm", &sbm->certainty));
    ANA_TRY(ana_allocate(options->n_samples, sizeof(size_t), "sbm", &sbm->sample_groups));
    sbm->n_samples = options->n_samples;
done:
    return status;
}

/* A nested model of a single group has that group's own above it, which samples may split. */
static ana_sbm_found found_of(const ana_sbm_hierarchy *hierarchy, bool nested, size_t *top)
{
    ana_sbm_found found = {.n_levels = hierarchy->n_levels};
    for (size_t l = 0; l < hierarchy->n_levels; l++) {
        found.n_groups[l] = hierarchy->n_groups[l];
        found.group[l] = hierarchy->group[l];
    }
    if (nested && found.n_levels == 1) {
        found.n_levels = 2;
        found.n_groups[1] = 1;
        found.group[1] = top;
    }
    return found;
}

ana_status ana_sbm_sample(const ana_sbm_options *options, int n_threads, ana_sbm_tower *towers,
                          ana_sbm *sbm)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t top = 0;
    const ana_sbm_found best = found_of(&sbm->hierarchy, options->nested, &top);
    sampling work = {.options = options, .sbm = sbm, .best = &best};
    const size_t n = sbm->n_nodes;
    if (options->n_samples == 0) {
        return ANA_OK;
    }
    ANA_TRY(reserve(options, &workspace, &work, sbm));
#pragma omp parallel for default(none) shared(work, towers) num_threads(n_threads)                 \
    schedule(static, 1)
    for (size_t chain = 0; chain < N_CHAINS; chain++) {
        run_chain(&work, chain, &towers[omp_get_thread_num()]);
    }
    ANA_TRY(count_memberships(&work, towers[0].lowest.state.levels[0].capacity, sbm));
#pragma omp parallel for default(none) shared(work, sbm, n) num_threads(n_threads) schedule(static)
    for (size_t i = 0; i < n; i++) {
        count_pairs(&work, i, sbm);
        count_ancestors(&work, i, sbm);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
