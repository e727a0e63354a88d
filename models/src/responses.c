/* Systems of responses: made, averaged over trials, cut. */
#include "checked.h"
#include "feature_id.h"
#include "lists.h"
#include "memory.h"
#include "try.h"

#include <analysis/models/responses.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A system without ids yet. */
static ana_status make(const char *name, size_t n_stimuli, size_t n_units, ana_responses **out)
{
    ana_status status = ANA_OK;
    ana_responses *made = NULL;
    size_t n_values = 0;
    if (n_stimuli == 0 || n_units == 0 || !ana_multiply(n_stimuli, n_units, &n_values)) {
        ana_fail(ANA_ERR_SHAPE, "responses: %s has %zu stimuli x %zu units", name, n_stimuli,
                 n_units);
        return ANA_ERR_SHAPE;
    }
    ANA_TRY(ana_allocate(1, sizeof *made, "responses", (void *)&made));
    made->n_stimuli = n_stimuli;
    made->n_units = n_units;
    ANA_TRY(ana_copy_text(name, &made->name));
    ANA_TRY(ana_allocate(n_values, sizeof(double), "responses", (void *)&made->values));
    ANA_TRY(ana_allocate(n_stimuli, sizeof(char *), "responses", (void *)&made->stimuli));
    ANA_TRY(ana_allocate(n_units, sizeof(char *), "responses", (void *)&made->units));
    ANA_TRY(ana_allocate(n_stimuli, sizeof(size_t), "responses", (void *)&made->n_trials));
    *out = made;
    made = NULL;
done:
    ana_responses_free(made);
    return status;
}

static ana_status number_text(size_t number, char **out)
{
    char text[32];
    snprintf(text, sizeof text, "%zu", number);
    return ana_copy_text(text, out);
}

ana_status ana_responses_new(const char *name, size_t n_stimuli, size_t n_units,
                             ana_responses **out)
{
    ana_status status = ANA_OK;
    ana_responses *made = NULL;
    ANA_TRY(make(name, n_stimuli, n_units, &made));
    for (size_t i = 0; i < n_stimuli; i++) {
        made->n_trials[i] = 1;
        ANA_TRY(number_text(i, &made->stimuli[i]));
    }
    for (size_t u = 0; u < n_units; u++) {
        ANA_TRY(number_text(u, &made->units[u]));
    }
    *out = made;
    made = NULL;
done:
    ana_responses_free(made);
    return status;
}

/* stimulus_of[row]: its stimulus, or SIZE_MAX; *n stimuli, label_of[i] the label of the i-th. */
static void number_stimuli(const ana_observations *rows, size_t *stimulus_of, size_t *label_of,
                           size_t *n)
{
    *n = 0;
    if (rows->labels == NULL) {
        for (size_t t = 0; t < rows->n_times; t++) {
            stimulus_of[t] = t;
        }
        *n = rows->n_times;
        return;
    }
    for (size_t t = 0; t < rows->n_times; t++) {
        if (rows->labels[t] >= 0) {
            label_of[rows->labels[t]] = 1;
        }
    }
    size_t *number = label_of + rows->n_labels; /* of each label */
    for (size_t l = 0; l < rows->n_labels; l++) {
        if (label_of[l] != 0) {
            number[l] = *n;
            label_of[(*n)++] = l;
        }
    }
    for (size_t t = 0; t < rows->n_times; t++) {
        stimulus_of[t] = rows->labels[t] >= 0 ? number[rows->labels[t]] : SIZE_MAX;
    }
}

/* Sums and counts over the rows of each stimulus. */
static ana_status add_rows(const ana_observations *rows, const size_t *stimulus_of, double *counts,
                           ana_responses *to)
{
    for (size_t t = 0; t < rows->n_times; t++) {
        if (stimulus_of[t] == SIZE_MAX) {
            continue;
        }
        const double *row = rows->values + t * rows->n_features;
        double *sum = to->values + stimulus_of[t] * to->n_units;
        double *count = counts + stimulus_of[t] * to->n_units;
        bool known = false;
        for (size_t u = 0; u < to->n_units; u++) {
            if (isinf(row[u])) {
                return ana_fail(ANA_ERR_VALUE,
                                "responses: %s is infinite in row %zu, unit %s; missing values are "
                                "nan",
                                to->name, t, to->units[u]);
            }
            known = known || !isnan(row[u]);
            sum[u] += isnan(row[u]) ? 0.0 : row[u];
            count[u] += isnan(row[u]) ? 0.0 : 1.0;
        }
        to->n_trials[stimulus_of[t]] += known ? 1 : 0;
    }
    for (size_t i = 0; i < to->n_stimuli * to->n_units; i++) {
        to->values[i] = counts[i] > 0.0 ? to->values[i] / counts[i] : (double)NAN;
    }
    return ANA_OK;
}

ana_status ana_responses_of_observations(const ana_observations *rows, const char *name,
                                         ana_responses **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_responses *made = NULL;
    size_t n = 0;
    if (rows->n_times == 0 || rows->n_features == 0) {
        return ana_fail(ANA_ERR_VALUE, "responses: %s has %zu rows of %zu units", name,
                        rows->n_times, rows->n_features);
    }
    size_t *stimulus_of = ana_workspace_sizes(&workspace, rows->n_times, 1);
    size_t *label_of = ana_workspace_sizes(&workspace, rows->n_labels + 1, 2);
    ANA_TRY(ana_workspace_check(&workspace, "responses"));
    number_stimuli(rows, stimulus_of, label_of, &n);
    if (n == 0) {
        status = ana_fail(ANA_ERR_VALUE, "responses: no row of %s has a label", name);
        goto done;
    }
    double *counts = ana_workspace_doubles(&workspace, n, rows->n_features);
    ANA_TRY(ana_workspace_check(&workspace, "responses"));
    ANA_TRY(make(name, n, rows->n_features, &made));
    made->is_numbered = rows->labels == NULL;
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(rows->labels == NULL
                    ? number_text(i, &made->stimuli[i])
                    : ana_copy_text(rows->label_names[label_of[i]], &made->stimuli[i]));
    }
    for (size_t u = 0; u < made->n_units; u++) {
        char id[ANA_FEATURE_ID_SIZE];
        ana_feature_id(rows, u, id, sizeof id);
        ANA_TRY(ana_copy_text(id, &made->units[u]));
    }
    ANA_TRY(add_rows(rows, stimulus_of, counts, made));
    *out = made;
    made = NULL;
done:
    ana_responses_free(made);
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check_places(const char *what, const ana_responses *of, size_t n,
                               const size_t *places, size_t n_there)
{
    if (n == 0) {
        return ana_fail(ANA_ERR_SHAPE, "responses: no %s of %s is wanted", what, of->name);
    }
    for (size_t i = 0; i < n; i++) {
        if (places[i] >= n_there) {
            return ana_fail(ANA_ERR_VALUE, "responses: %s has no %s %zu, but %zu of them", of->name,
                            what, places[i], n_there);
        }
    }
    return ANA_OK;
}

ana_status ana_responses_take_stimuli(const ana_responses *responses, size_t n,
                                      const size_t *stimuli, ana_responses **out)
{
    ana_status status = ANA_OK;
    ana_responses *made = NULL;
    const size_t n_units = responses->n_units;
    ANA_TRY(check_places("stimulus", responses, n, stimuli, responses->n_stimuli));
    ANA_TRY(make(responses->name, n, n_units, &made));
    made->is_numbered = responses->is_numbered;
    for (size_t i = 0; i < n; i++) {
        memcpy(made->values + i * n_units, responses->values + stimuli[i] * n_units,
               n_units * sizeof(double));
        made->n_trials[i] = responses->n_trials[stimuli[i]];
        ANA_TRY(ana_copy_text(responses->stimuli[stimuli[i]], &made->stimuli[i]));
    }
    for (size_t u = 0; u < n_units; u++) {
        ANA_TRY(ana_copy_text(responses->units[u], &made->units[u]));
    }
    *out = made;
    made = NULL;
done:
    ana_responses_free(made);
    return status;
}

ana_status ana_responses_take_units(const ana_responses *responses, size_t n, const size_t *units,
                                    ana_responses **out)
{
    ana_status status = ANA_OK;
    ana_responses *made = NULL;
    ANA_TRY(check_places("unit", responses, n, units, responses->n_units));
    ANA_TRY(make(responses->name, responses->n_stimuli, n, &made));
    made->is_numbered = responses->is_numbered;
    for (size_t i = 0; i < made->n_stimuli; i++) {
        const double *from = responses->values + i * responses->n_units;
        for (size_t u = 0; u < n; u++) {
            made->values[i * n + u] = from[units[u]];
        }
        made->n_trials[i] = responses->n_trials[i];
        ANA_TRY(ana_copy_text(responses->stimuli[i], &made->stimuli[i]));
    }
    for (size_t u = 0; u < n; u++) {
        ANA_TRY(ana_copy_text(responses->units[units[u]], &made->units[u]));
    }
    *out = made;
    made = NULL;
done:
    ana_responses_free(made);
    return status;
}

static bool has_value(const ana_responses *of, size_t unit)
{
    bool found = false;
    for (size_t i = 0; i < of->n_stimuli && !found; i++) {
        found = isfinite(of->values[i * of->n_units + unit]);
    }
    return found;
}

ana_status ana_responses_complete(const ana_responses *responses, size_t *n_left_out,
                                  ana_responses **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t n = 0;
    size_t *kept = ana_workspace_sizes(&workspace, responses->n_units, 1);
    ANA_TRY(ana_workspace_check(&workspace, "responses"));
    for (size_t u = 0; u < responses->n_units; u++) {
        if (has_value(responses, u)) {
            kept[n++] = u;
        }
    }
    if (n == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "responses: no unit of %s has a value", responses->name));
    }
    for (size_t i = 0; i < responses->n_stimuli; i++) {
        for (size_t u = 0; u < n; u++) {
            const double value = responses->values[i * responses->n_units + kept[u]];
            if (!isfinite(value)) {
                ANA_TRY(ana_fail(ANA_ERR_VALUE,
                                 "responses: %s is %s for stimulus %s, unit %s; values of every "
                                 "stimulus, or of none, are wanted of a unit",
                                 responses->name, isnan(value) ? "missing" : "infinite",
                                 responses->stimuli[i], responses->units[kept[u]]));
            }
        }
    }
    ANA_TRY(ana_responses_take_units(responses, n, kept, out));
    if (n_left_out != NULL) {
        *n_left_out = responses->n_units - n;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

void ana_responses_free(ana_responses *responses)
{
    if (responses == NULL) {
        return;
    }
    ana_free_texts(responses->n_stimuli, responses->stimuli);
    ana_free_texts(responses->n_units, responses->units);
    free(responses->name);
    free(responses->values);
    free(responses->n_trials);
    free(responses);
}

void ana_responses_set_free(ana_responses_set *set)
{
    if (set == NULL) {
        return;
    }
    for (size_t k = 0; set->systems != NULL && k < set->n; k++) {
        ana_responses_free(set->systems[k]);
    }
    free(set->systems);
    free(set);
}
