#include "connectome_visits.h"
#include "lists.h"
#include "memory.h"
#include "try.h"

#include <analysis/agreement.h>
#include <analysis/models/connectome_dynamics.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

ana_connectome_dynamics_options ana_connectome_dynamics_options_default(void)
{
    return (ana_connectome_dynamics_options){.run = ana_run_default(),
                                             .resolution = 1.0,
                                             .n_restarts = 4,
                                             .n_surrogates = 499,
                                             .turn = ANA_TURN_APART,
                                             .correction = ANA_CORRECTION_BENJAMINI_HOCHBERG,
                                             .level = 0.05};
}

static const char *const turn_words[] = {"together", "apart", NULL};
static const char *const correction_words[] = {"bonferroni", "holm", "benjamini-hochberg",
                                               "benjamini-yekutieli", NULL};

const ana_option ana_connectome_dynamics_option_table[] = {
    {"resolution", ANA_OPTION_DOUBLE, offsetof(ana_connectome_dynamics_options, resolution), 0, 1e9,
     NULL, "R", "of the communities of epochs; 1: plain modularity, more: smaller ones", false},
    {"searches", ANA_OPTION_SIZE, offsetof(ana_connectome_dynamics_options, n_restarts), 2, 1000,
     NULL, "N", "for communities in each visit of each animal, to tell how sure they are", false},
    {"surrogates", ANA_OPTION_SIZE, offsetof(ana_connectome_dynamics_options, n_surrogates), 0, 1e6,
     NULL, "N",
     "circular shifts of the courses, with which changes of community are compared; 0: no test",
     false},
    {"turn", ANA_OPTION_CHOICE, offsetof(ana_connectome_dynamics_options, turn), 0, 0, turn_words,
     "HOW",
     "together: surrogates shift all animals' courses alike; apart: each by a shift of its own",
     false},
    {"all-pairs", ANA_OPTION_BOOL, offsetof(ana_connectome_dynamics_options, all_pairs), 0, 0, NULL,
     NULL, "compare each epoch with all others, not with the next alone", false},
    {"correction", ANA_OPTION_CHOICE, offsetof(ana_connectome_dynamics_options, correction), 0, 0,
     correction_words, "METHOD", "of the p-values of all neurons and comparisons", false},
    {"level", ANA_OPTION_DOUBLE, offsetof(ana_connectome_dynamics_options, level), 0, 1, NULL,
     "ALPHA", "a corrected p up to this is a change", false},
    ANA_OPTION_END,
};

void ana_connectome_dynamics_free(ana_connectome_dynamics *dynamics)
{
    if (dynamics == NULL) {
        return;
    }
    ana_free_texts(dynamics->n_neurons, dynamics->neuron_names);
    ana_free_texts(dynamics->n_epochs, dynamics->epoch_names);
    free(dynamics->reference);
    free(dynamics->share);
    free(dynamics->membership);
    free(dynamics->wavering);
    free(dynamics->from);
    free(dynamics->to);
    free(dynamics->change);
    free(dynamics->p);
    free(dynamics->adjusted);
    free(dynamics->changed);
    free(dynamics);
}

static ana_status check(const ana_connectome *connectome, const ana_connectome_epochs *epochs,
                        const ana_connectome_dynamics_options *options)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_options_check(ana_connectome_dynamics_option_table, options, "connectome"));
    if (epochs->n_epochs < 2) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "connectome: a single epoch (%s); changes are between two or more",
                         epochs->n_epochs > 0 ? epochs->names[0] : "none"));
    }
    for (size_t v = 0; v < epochs->n_visits; v++) {
        if (epochs->first[v] >= epochs->stop[v] || epochs->stop[v] > connectome->n_times ||
            epochs->epoch[v] >= epochs->n_epochs) {
            ANA_TRY(
                ana_fail(ANA_ERR_SHAPE,
                         "connectome: visit %zu, of times %zu to %zu in epoch %zu, is not among "
                         "the %zu times and %zu epochs",
                         v, epochs->first[v], epochs->stop[v], epochs->epoch[v],
                         connectome->n_times, epochs->n_epochs));
        }
    }
done:
    return status;
}

/* Each epoch and the next, or every two. */
static size_t list_comparisons(size_t n_epochs, bool all, size_t *from, size_t *to)
{
    size_t n = 0;
    for (size_t a = 0; a + 1 < n_epochs; a++) {
        for (size_t b = a + 1; b < (all ? n_epochs : a + 2); b++) {
            if (from != NULL) {
                from[n] = a;
                to[n] = b;
            }
            n++;
        }
    }
    return n;
}

static ana_status new_dynamics(const connectome_visits *visits, ana_connectome_dynamics **out)
{
    ana_status status = ANA_OK;
    ana_connectome_dynamics *dynamics = NULL;
    const size_t n = visits->connectome->n_neurons;
    const size_t n_epochs = visits->epochs->n_epochs;
    const size_t c = visits->n_reference + 1;
    const size_t pairs = list_comparisons(n_epochs, visits->options->all_pairs, NULL, NULL);
    ANA_TRY(ana_allocate(1, sizeof *dynamics, "connectome", &dynamics));
    dynamics->n_communities = c;
    dynamics->n_comparisons = pairs;
    dynamics->n_surrogates = visits->options->n_surrogates;
    ANA_TRY(ana_copy_texts(n, (const char *const *)visits->connectome->neuron_names,
                           &dynamics->neuron_names));
    dynamics->n_neurons = n;
    ANA_TRY(ana_copy_texts(n_epochs, (const char *const *)visits->epochs->names,
                           &dynamics->epoch_names));
    dynamics->n_epochs = n_epochs;
    ANA_TRY(ana_allocate(n, sizeof(size_t), "connectome", &dynamics->reference));
    ANA_TRY(ana_allocate(n_epochs * n * c, sizeof(double), "connectome", &dynamics->share));
    ANA_TRY(ana_allocate(n_epochs * n, sizeof(size_t), "connectome", &dynamics->membership));
    ANA_TRY(ana_allocate(n_epochs * n, sizeof(double), "connectome", &dynamics->wavering));
    ANA_TRY(ana_allocate(pairs, sizeof(size_t), "connectome", &dynamics->from));
    ANA_TRY(ana_allocate(pairs, sizeof(size_t), "connectome", &dynamics->to));
    ANA_TRY(ana_allocate(pairs * n, sizeof(double), "connectome", &dynamics->change));
    ANA_TRY(ana_allocate(pairs * n, sizeof(double), "connectome", &dynamics->p));
    ANA_TRY(ana_allocate(pairs * n, sizeof(double), "connectome", &dynamics->adjusted));
    ANA_TRY(ana_allocate(pairs * n, sizeof(bool), "connectome", &dynamics->changed));
    (void)list_comparisons(n_epochs, visits->options->all_pairs, dynamics->from, dynamics->to);
    memcpy(dynamics->reference, visits->reference, n * sizeof(size_t));
    *out = dynamics;
    dynamics = NULL;
done:
    ana_connectome_dynamics_free(dynamics);
    return status;
}

/* Mean over pairs of different partitions, one of n and one of m, of the product of how firmly they
 * hold a neuron where they say different communities: of sums by community, x and y. With itself,
 * x has no pair of a partition with itself in it, which says one community. */
static double disagreement(size_t n_communities, const double *x, const double *y, double pairs)
{
    double sum_x = 0.0;
    double sum_y = 0.0;
    double alike = 0.0;
    for (size_t c = 0; c < n_communities; c++) {
        sum_x += x[c];
        sum_y += y[c];
        alike += x[c] * y[c];
    }
    return fmax(sum_x * sum_y - alike, 0.0) / pairs;
}

/* Within an epoch; a single partition does not disagree. */
static double wavering(size_t n_communities, const double *x, double n)
{
    return n > 1.0 ? disagreement(n_communities, x, x, n * (n - 1.0)) : 0.0;
}

/* out (comparison x neuron): disagreement between two epochs beyond that within them. */
static void find_changes(const ana_connectome_dynamics *dynamics, const connectome_counts *counts,
                         double *out)
{
    const size_t n = dynamics->n_neurons;
    const size_t n_communities = dynamics->n_communities;
    for (size_t k = 0; k < dynamics->n_comparisons * n; k++) {
        const size_t i = k % n;
        const size_t a = dynamics->from[k / n] * n + i;
        const size_t b = dynamics->to[k / n] * n + i;
        const double *x = counts->held + a * n_communities;
        const double *y = counts->held + b * n_communities;
        const double pairs = counts->all[a] * counts->all[b];
        const double within = 0.5 * (wavering(n_communities, x, counts->all[a]) +
                                     wavering(n_communities, y, counts->all[b]));
        out[k] = pairs > 0.0 ? disagreement(n_communities, x, y, pairs) - within : (double)NAN;
    }
}

static void note_membership(const connectome_counts *counts, ana_connectome_dynamics *dynamics)
{
    const size_t n_communities = dynamics->n_communities;
    for (size_t k = 0; k < dynamics->n_epochs * dynamics->n_neurons; k++) {
        const double *x = counts->of_community + k * n_communities;
        const double n = counts->all[k];
        size_t best = 0;
        for (size_t c = 0; c < n_communities; c++) {
            dynamics->share[k * n_communities + c] = x[c] / n; /* 0 / 0: NaN */
            best = x[c] > x[best] ? c : best;
        }
        dynamics->membership[k] = n > 0.0 ? best : ANA_NO_LABEL;
        dynamics->wavering[k] = n > 0.0 ? wavering(n_communities, x, n) : (double)NAN;
    }
}

/* A surrogate in which a neuron is in no community counts against its change. */
static void count_extremes(size_t n, const double *observed, const double *surrogate,
                           double *n_extreme)
{
    for (size_t k = 0; k < n; k++) {
        n_extreme[k] += surrogate[k] < observed[k] - 1e-12 ? 0.0 : 1.0;
    }
}

static ana_status test_changes(connectome_visits *visits, connectome_counts *counts,
                               double *surrogate, double *n_extreme,
                               ana_connectome_dynamics *dynamics)
{
    ana_status status = ANA_OK;
    const ana_connectome_dynamics_options *options = visits->options;
    const size_t n = dynamics->n_comparisons * dynamics->n_neurons;
    const double all = 1.0 + (double)options->n_surrogates;
    for (size_t s = 1; s <= options->n_surrogates; s++) {
        ANA_TRY(connectome_count(visits, s, counts));
        find_changes(dynamics, counts, surrogate);
        count_extremes(n, dynamics->change, surrogate, n_extreme);
        ANA_TRY(ana_run_progress(&options->run, "surrogates", s, options->n_surrogates));
    }
    for (size_t k = 0; k < n; k++) {
        const bool tested = options->n_surrogates > 0 && !isnan(dynamics->change[k]);
        dynamics->p[k] = tested ? (1.0 + n_extreme[k]) / all : (double)NAN;
    }
    ANA_TRY(ana_resampling_adjust(n, dynamics->p, (ana_correction)options->correction,
                                  dynamics->adjusted));
    for (size_t k = 0; k < n; k++) {
        dynamics->changed[k] = dynamics->adjusted[k] <= options->level; /* false for NaN */
    }
done:
    return status;
}

ana_status ana_connectome_follow(const ana_connectome *connectome,
                                 const ana_connectome_epochs *epochs,
                                 const ana_connectome_dynamics_options *given,
                                 ana_connectome_dynamics **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    connectome_visits visits;
    ana_connectome_dynamics *dynamics = NULL;
    const ana_connectome_dynamics_options options =
        given != NULL ? *given : ana_connectome_dynamics_options_default();
    ANA_TRY(check(connectome, epochs, &options));
    ANA_TRY(connectome_visits_new(connectome, epochs, &options, &workspace, &visits));
    ANA_TRY(new_dynamics(&visits, &dynamics));
    const size_t n = dynamics->n_neurons;
    connectome_counts counts = {
        ana_workspace_doubles(&workspace, epochs->n_epochs * n, dynamics->n_communities),
        ana_workspace_doubles(&workspace, epochs->n_epochs * n, dynamics->n_communities),
        ana_workspace_doubles(&workspace, epochs->n_epochs, n)};
    double *surrogate = ana_workspace_doubles(&workspace, dynamics->n_comparisons, n);
    double *n_extreme = ana_workspace_doubles(&workspace, dynamics->n_comparisons, n);
    ANA_TRY(ana_workspace_check(&workspace, "connectome"));
    ANA_TRY(connectome_count(&visits, 0, &counts));
    note_membership(&counts, dynamics);
    find_changes(dynamics, &counts, dynamics->change);
    ANA_TRY(test_changes(&visits, &counts, surrogate, n_extreme, dynamics));
    *out = dynamics;
    dynamics = NULL;
done:
    ana_connectome_dynamics_free(dynamics);
    ana_workspace_release(&workspace);
    return status;
}
