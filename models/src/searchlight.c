/* A search of centres: its options, what it is given, and its result. */
#include "lists.h"
#include "memory.h"
#include "pairs.h"
#include "rdm_parts.h"
#include "rsa_parts.h"
#include "searchlight_parts.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const ana_searchlight_similarity_names[] = {"cosine", "pearson", "spearman", "rho-a",
                                                        NULL};

ana_searchlight_options ana_searchlight_options_default(void)
{
    return (ana_searchlight_options){.run = ana_run_default(),
                                     .rdm = ana_rdm_options_default(),
                                     .noise = ana_noise_options_default(),
                                     .similarity = ANA_SEARCHLIGHT_RHO_A,
                                     .n_permutations = 1000};
}

const ana_option ana_searchlight_option_table[] = {
    {"whiten", ANA_OPTION_BOOL, offsetof(ana_searchlight_options, whiten), 0, 0, NULL, NULL,
     "mahalanobis, crossnobis, lda, max-margin: by the noise of each centre's channels, from "
     "trials about their "
     "conditions' means",
     false},
    {"similarity", ANA_OPTION_CHOICE, offsetof(ana_searchlight_options, similarity), 0, 0,
     ana_searchlight_similarity_names, "NAME", "of the dissimilarities of a centre and of a model",
     false},
    {"permutations", ANA_OPTION_SIZE, offsetof(ana_searchlight_options, n_permutations), 0, 1e7,
     NULL, "N", "of the models' conditions, for the chance of the largest similarity (0: none)",
     false},
    ANA_OPTION_END,
};

/* NaN is missing; nothing can be said of an infinite response. */
static ana_status check_values(const ana_observations *rows)
{
    const size_t n = rows->n_features;
    for (size_t i = 0; i < rows->n_times * n; i++) {
        if (isinf(rows->values[i])) {
            return ana_fail(ANA_ERR_VALUE,
                            "searchlight: row %zu is infinite in channel %zu; a finite value, or "
                            "NaN where it is missing, is wanted",
                            i / n, i % n);
        }
    }
    return ANA_OK;
}

/* Features that can be used: whole in the labelled rows and, whitened, not constant in them. */
static void find_usable(const ana_observations *rows, bool whiten, bool *usable, size_t *n_left_out)
{
    const size_t n = rows->n_features;
    for (size_t f = 0; f < n; f++) {
        double low = INFINITY;
        double high = -INFINITY;
        bool whole = true;
        for (size_t t = 0; t < rows->n_times; t++) {
            const double value = rows->values[t * n + f];
            if (rows->labels[t] >= 0) {
                whole = whole && !isnan(value);
                low = fmin(low, value);
                high = fmax(high, value);
            }
        }
        usable[f] = whole && (!whiten || high > low);
        *n_left_out += usable[f] ? 0 : 1;
    }
}

/* The conditions that have rows, in the order of the labels; their number. */
static size_t find_conditions(const ana_observations *rows, size_t *conditions, size_t *seen)
{
    size_t n = 0;
    for (size_t t = 0; t < rows->n_times; t++) {
        if (rows->labels[t] >= 0) {
            seen[rows->labels[t]] = 1;
        }
    }
    for (size_t c = 0; c < rows->n_labels; c++) {
        if (seen[c] > 0) {
            conditions[n++] = c;
        }
    }
    return n;
}

/* Directions of the models for the n conditions of the rows. */
static ana_status match_models(const ana_search_map *m, const ana_rdms *models,
                               const size_t *conditions, size_t *place)
{
    ana_status status = ANA_OK;
    for (size_t i = 0; i < m->n; i++) {
        const char *id = m->rows->label_names[conditions[i]];
        size_t k = 0;
        while (k < models->n_conditions && strcmp(models->conditions[k], id) != 0) {
            k++;
        }
        if (k == models->n_conditions) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE,
                             "searchlight: condition %s of the responses is in no model; leave its "
                             "rows out, or give models that have it",
                             id));
        }
        place[i] = k;
    }
    for (size_t r = 0; r < models->n_rdms; r++) {
        const double *from = models->values + r * ana_rdm_n_pairs(models->n_conditions);
        double *to = m->models + r * m->n_pairs;
        for (size_t i = 0; i < m->n; i++) {
            for (size_t j = i + 1; j < m->n; j++) {
                *to++ = from[pairs_place_of(models->n_conditions, place[i], place[j])];
            }
        }
    }
    if (!ana_search_is_whole(models->n_rdms * m->n_pairs, m->models)) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "searchlight: a model lacks dissimilarities"));
    }
    ANA_TRY(ana_rdm_directions_of(m->similarity, models->n_rdms, m->n_pairs, m->models));
    if (!ana_search_is_whole(models->n_rdms * m->n_pairs, m->models)) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "searchlight: a model says the same of all pairs"));
    }
done:
    return status;
}

/* Sums of the trials of each cell, a condition in a fold (or in all of them), and their numbers. */
static void add_trials(const ana_observations *rows, bool by_fold, double *sums, double *n_trials)
{
    const size_t p = rows->n_features;
    for (size_t s = 0; s < rows->n_sequences; s++) {
        const size_t first = by_fold ? s * rows->n_labels : 0;
        for (size_t t = rows->sequence_start[s]; t < rows->sequence_start[s + 1]; t++) {
            if (rows->labels[t] < 0) {
                continue;
            }
            const size_t cell = first + (size_t)rows->labels[t];
            n_trials[cell] += 1.0;
            for (size_t f = 0; f < p; f++) {
                sums[cell * p + f] += rows->values[t * p + f];
            }
        }
    }
}

/* Trials that only count by their means: those of each cell become one row. `out` borrows from
 * `rows` and the workspace. */
static ana_status average_trials(const ana_observations *rows, bool by_fold,
                                 ana_workspace *workspace, ana_observations *out)
{
    ana_status status = ANA_OK;
    const size_t p = rows->n_features;
    const size_t n_sets = by_fold ? rows->n_sequences : 1;
    const size_t n_cells = n_sets * rows->n_labels;
    double *values = ana_workspace_doubles(workspace, n_cells, p);
    double *n_trials = ana_workspace_doubles(workspace, n_cells, 1);
    int64_t *labels = ana_workspace_bytes(workspace, n_cells, 1, sizeof *labels);
    size_t *start = ana_workspace_sizes(workspace, n_sets + 1, 1);
    ANA_TRY(ana_workspace_check(workspace, "searchlight"));
    add_trials(rows, by_fold, values, n_trials);
    for (size_t c = 0; c < n_cells; c++) {
        labels[c] = n_trials[c] > 0.0 ? (int64_t)(c % rows->n_labels) : -1;
        start[c / rows->n_labels + 1] = c + 1;
        for (size_t f = 0; f < p && n_trials[c] > 0.0; f++) {
            values[c * p + f] /= n_trials[c];
        }
    }
    *out = *rows;
    out->n_times = n_cells;
    out->values = values;
    out->labels = labels;
    out->n_sequences = n_sets;
    out->sequence_start = start;
done:
    return status;
}

/* Whether single trials matter: for the noise, as pairs, or to be told apart. */
static bool needs_trials(const ana_searchlight_options *options)
{
    return options->whiten || options->rdm.pooling == ANA_RDM_TRIALS ||
           ana_rdm_decodes(options->rdm.method);
}

static ana_status check(const ana_observations *rows, const ana_centres *centres,
                        const ana_rdms *models)
{
    if (rows->labels == NULL || centres->n == 0 || models->n_rdms == 0) {
        return ana_fail(ANA_ERR_VALUE,
                        "searchlight: %zu centres, %zu models, and rows %s labels; all are needed",
                        centres->n, models->n_rdms, rows->labels == NULL ? "without" : "with");
    }
    if (centres->n_features != rows->n_features) {
        return ana_fail(ANA_ERR_VALUE, "searchlight: centres of %zu channels for responses of %zu",
                        centres->n_features, rows->n_features);
    }
    return ANA_OK;
}

static ana_status new_result(const ana_search_map *m, const ana_rdms *models, size_t n_left_out,
                             ana_searchlight **out)
{
    ana_status status = ANA_OK;
    ana_searchlight *made = NULL;
    const size_t n = m->centres->n;
    const size_t n_values = models->n_rdms * n;
    ANA_TRY(ana_allocate(1, sizeof *made, "searchlight", (void *)&made));
    made->n_centres = n;
    made->n_features_left_out = n_left_out;
    made->n_models = models->n_rdms;
    made->n_conditions = m->n;
    made->similarity = m->options->similarity;
    made->n_permutations = m->options->n_permutations;
    ANA_TRY(ana_copy_texts(models->n_rdms, (const char *const *)models->names, &made->models));
    ANA_TRY(ana_allocate(n_values, sizeof(double), "searchlight", (void *)&made->values));
    if (made->n_permutations > 0) {
        ANA_TRY(ana_allocate(n_values, sizeof(double), "searchlight", (void *)&made->p));
        ANA_TRY(ana_allocate(n_values, sizeof(double), "searchlight", (void *)&made->p_max));
        ANA_TRY(
            ana_allocate(models->n_rdms, sizeof(double), "searchlight", (void *)&made->thresholds));
    }
    ANA_TRY(ana_allocate(n, sizeof(size_t), "searchlight", (void *)&made->n_features));
    ANA_TRY(ana_allocate(n, sizeof(size_t), "searchlight", (void *)&made->centre));
    ANA_TRY(ana_allocate(3 * n, sizeof(double), "searchlight", (void *)&made->positions));
    memcpy(made->centre, m->centres->centre, n * sizeof *made->centre);
    memcpy(made->positions, m->centres->positions, 3 * n * sizeof *made->positions);
    *out = made;
    made = NULL;
done:
    ana_searchlight_free(made);
    return status;
}

ana_status ana_searchlight_compute(const ana_observations *observations, const ana_centres *centres,
                                   const ana_rdms *models, const ana_searchlight_options *options,
                                   ana_searchlight_function function, void *user,
                                   ana_searchlight **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_searchlight_options settings =
        options != NULL ? *options : ana_searchlight_options_default();
    ana_observations means = {.n_times = 0};
    ana_search_map m = {.rows = observations, .centres = centres, .options = &settings};
    ANA_TRY(ana_options_check(ana_searchlight_option_table, &settings, "searchlight"));
    ANA_TRY(check(observations, centres, models));
    ANA_TRY(check_values(observations));
    settings.rdm.run = settings.noise.run = ana_run_default();
    settings.rdm.run.n_threads = settings.noise.run.n_threads = 1; /* centres are parallel */
    m.similarity = (ana_rdm_similarity)((int)ANA_RDM_SIM_COSINE + (int)settings.similarity);
    bool *usable = ana_workspace_bytes(&workspace, observations->n_features, 1, sizeof *usable);
    size_t *conditions = ana_workspace_sizes(&workspace, observations->n_labels, 1);
    size_t *seen = ana_workspace_sizes(&workspace, observations->n_labels, 1);
    size_t n_left_out = 0;
    ANA_TRY(ana_workspace_check(&workspace, "searchlight"));
    find_usable(observations, settings.whiten, usable, &n_left_out);
    m.usable = usable;
    m.n = find_conditions(observations, conditions, seen);
    if (m.n < 3) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "searchlight: %zu conditions; three are needed", m.n));
    }
    m.n_pairs = ana_rdm_n_pairs(m.n);
    m.models = ana_workspace_doubles(&workspace, models->n_rdms, m.n_pairs);
    ANA_TRY(ana_workspace_check(&workspace, "searchlight"));
    ANA_TRY(match_models(&m, models, conditions, seen));
    if (!needs_trials(&settings)) {
        const bool by_fold = ana_rdm_crosses(settings.rdm.method);
        ANA_TRY(average_trials(observations, by_fold, &workspace, &means));
        m.rows = &means;
    }
    ANA_TRY(new_result(&m, models, n_left_out, &m.out));
    ANA_TRY(ana_search_run(&m, function, user));
    if (m.out->n_without == centres->n) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "searchlight: none of %zu centres tells conditions apart; %zu of %zu "
                         "channels are missing or never vary",
                         centres->n, n_left_out, observations->n_features));
    }
    *out = m.out;
    m.out = NULL;
done:
    ana_searchlight_free(m.out);
    ana_workspace_release(&workspace);
    return status;
}

void ana_searchlight_free(ana_searchlight *searchlight)
{
    if (searchlight == NULL) {
        return;
    }
    ana_free_texts(searchlight->n_models, searchlight->models);
    free(searchlight->values);
    free(searchlight->p);
    free(searchlight->p_max);
    free(searchlight->thresholds);
    free(searchlight->n_features);
    free(searchlight->centre);
    free(searchlight->positions);
    free(searchlight);
}
