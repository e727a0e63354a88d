/* Homogenised animals as a record and back, and as rows for models. */
#include "homogenise_parts.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ana_worm_dense(const ana_worm *worm, const double *values, double *out, bool *mask)
{
    for (size_t k = 0; k < worm->n_times * ANA_WORM_NEURONS; k++) {
        out[k] = NAN;
    }
    for (size_t s = 0; mask != NULL && s < ANA_WORM_NEURONS; s++) {
        mask[s] = false;
    }
    for (size_t i = 0; i < worm->n_traces; i++) {
        if (worm->slot[i] < 0 || !worm->mask[i]) {
            continue;
        }
        const size_t slot = (size_t)worm->slot[i];
        for (size_t t = 0; t < worm->n_times; t++) {
            out[t * ANA_WORM_NEURONS + slot] = values[t * worm->n_traces + i];
        }
        if (mask != NULL) {
            mask[slot] = true;
        }
    }
}

/* column[slot] = place among the neurons that are kept, or ANA_WORM_NEURONS; returns how many. */
static size_t choose_columns(const ana_worms *worms, bool all, size_t *column)
{
    size_t n = 0;
    for (size_t s = 0; s < ANA_WORM_NEURONS; s++) {
        column[s] = all ? 1 : 0;
    }
    for (size_t w = 0; w < worms->n; w++) {
        const ana_worm *worm = &worms->items[w];
        for (size_t i = 0; i < worm->n_traces; i++) {
            if (worm->slot[i] >= 0 && worm->mask[i]) {
                column[worm->slot[i]] = 1;
            }
        }
    }
    for (size_t s = 0; s < ANA_WORM_NEURONS; s++) {
        column[s] = column[s] > 0 ? n++ : ANA_WORM_NEURONS;
    }
    return n;
}

static ana_status name_features(const size_t *column, ana_observations *rows)
{
    ana_status status = ANA_OK;
    const char *names[ANA_WORM_NEURONS];
    for (size_t s = 0; s < ANA_WORM_NEURONS; s++) {
        if (column[s] < ANA_WORM_NEURONS) {
            names[column[s]] = ana_worm_neuron_names[s];
        }
    }
    ana_table *table = NULL;
    ANA_TRY(ana_table_new(rows->n_features, &table));
    ANA_TRY(ana_table_add_texts(table, "id", names));
    ana_table_free(rows->features);
    rows->features = table;
    table = NULL;
done:
    ana_table_free(table);
    return status;
}

static void fill_rows(const ana_worms *worms, const size_t *column, ana_observations *rows)
{
    double *values = rows->values;
    for (size_t k = 0; k < rows->n_times * rows->n_features; k++) {
        values[k] = NAN;
    }
    for (size_t w = 0; w < worms->n; w++) {
        const ana_worm *worm = &worms->items[w];
        for (size_t i = 0; i < worm->n_traces; i++) {
            const bool used = worm->slot[i] >= 0 && worm->mask[i];
            for (size_t t = 0; used && t < worm->n_times; t++) {
                values[t * rows->n_features + column[worm->slot[i]]] =
                    worm->calcium[t * worm->n_traces + i];
            }
        }
        values += worm->n_times * rows->n_features;
    }
}

ana_status ana_worms_to_observations(const ana_worms *worms, bool all_slots, ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_observations *rows = NULL;
    size_t column[ANA_WORM_NEURONS];
    const size_t n_features = choose_columns(worms, all_slots, column);
    size_t n_times = 0;
    size_t *lengths = ana_workspace_sizes(&workspace, worms->n, 1);
    const char **names = ana_workspace_bytes(&workspace, worms->n, 1, sizeof *names);
    ANA_TRY(ana_workspace_check(&workspace, "worms"));
    for (size_t w = 0; w < worms->n; w++) {
        lengths[w] = worms->items[w].n_times;
        names[w] = worms->items[w].name;
        n_times += lengths[w];
    }
    if (n_features == 0) {
        status = ana_fail(ANA_ERR_VALUE, "worms: no animal has a labelled neuron that varies");
        goto done;
    }
    ANA_TRY(ana_observations_new(n_times, n_features, &rows));
    rows->bin_s = worms->dt_s;
    ANA_TRY(name_features(column, rows));
    ANA_TRY(ana_observations_set_sequences(rows, worms->n, lengths, names));
    for (size_t w = 0; w < worms->n; w++) {
        rows->sequence_origin[w] = worms->items[w].start_s;
    }
    fill_rows(worms, column, rows);
    *out = rows;
    rows = NULL;
done:
    ana_observations_free(rows);
    ana_workspace_release(&workspace);
    return status;
}

/* The arrays of whole numbers of an animal. */
static ana_status add_whole_numbers(const ana_worm *worm, ana_record *group)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_shape shape = ana_shape_1(worm->n_traces, "trace");
    int64_t *numbers = ana_workspace_bytes(&workspace, 3 * worm->n_traces, 1, sizeof *numbers);
    ANA_TRY(ana_workspace_check(&workspace, "worms"));
    int64_t *rules = numbers + worm->n_traces;
    int64_t *masks = rules + worm->n_traces;
    for (size_t i = 0; i < worm->n_traces; i++) {
        numbers[i] = worm->slot[i];
        rules[i] = (int64_t)worm->rule[i];
        masks[i] = worm->mask[i] ? 1 : 0;
    }
    ANA_TRY(ana_record_add_ints(group, "label_index", shape, numbers, NULL));
    ANA_TRY(ana_record_add_ints(group, "label_rule", shape, rules, NULL));
    ANA_TRY(ana_record_add_ints(group, "mask", shape, masks, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_times(const ana_worm *worm, double dt_s, ana_record *group)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *times = ana_workspace_doubles(&workspace, worm->n_times, 1);
    ANA_TRY(ana_workspace_check(&workspace, "worms"));
    for (size_t t = 0; t < worm->n_times; t++) {
        times[t] = worm->start_s + (double)t * dt_s;
    }
    ANA_TRY(ana_record_add_doubles(group, "time", ana_shape_1(worm->n_times, "time"), times, "s"));
    ANA_TRY(ana_record_add_double(group, "dt", dt_s, "s"));
    ANA_TRY(ana_record_add_double(group, "start", worm->start_s, "s"));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_worm(const ana_worm *worm, double dt_s, ana_record *group)
{
    ana_status status = ANA_OK;
    const ana_shape shape = ana_shape_2(worm->n_times, "time", worm->n_traces, "trace");
    ANA_TRY(ana_record_add_text(group, "name", worm->name));
    ANA_TRY(ana_record_add_text(group, "dataset", worm->dataset));
    ANA_TRY(ana_record_add_text(group, "file", worm->path));
    ANA_TRY(add_times(worm, dt_s, group));
    ANA_TRY(ana_record_add_double(group, "source_dt", worm->source_dt_s, "s"));
    ANA_TRY(ana_record_add_int(group, "n_samples", (int64_t)worm->n_samples, NULL));
    ANA_TRY(ana_record_add_doubles(group, "calcium", shape, worm->calcium, NULL));
    if (worm->derivative != NULL) {
        ANA_TRY(ana_record_add_doubles(group, "derivative", shape, worm->derivative, "1/s"));
    }
    ANA_TRY(
        ana_record_add_texts(group, "label", worm->n_traces, (const char *const *)worm->labels));
    ANA_TRY(ana_record_add_doubles(group, "confidence", ana_shape_1(worm->n_traces, "trace"),
                                   worm->confidence, NULL));
    ANA_TRY(add_whole_numbers(worm, group));
done:
    return status;
}

static ana_status add_all(const ana_worms *worms, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    ANA_TRY(ana_record_add_group(record, "worm", ANA_HINT_NONE, &group));
    for (size_t w = 0; w < worms->n; w++) {
        char name[24];
        ana_record *one = NULL;
        snprintf(name, sizeof name, "%03zu", w);
        ANA_TRY(ana_record_add_group(group, name, ANA_HINT_NONE, &one));
        ANA_TRY(add_worm(&worms->items[w], worms->dt_s, one));
    }
done:
    return status;
}

static ana_status add_excluded(const ana_worms *worms, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n = worms->n_excluded;
    const char **texts = ana_workspace_bytes(&workspace, 2 * n + 1, 1, sizeof *texts);
    ANA_TRY(ana_workspace_check(&workspace, "worms"));
    ANA_TRY(ana_record_add_int(record, "n_excluded", (int64_t)n, NULL));
    if (n == 0) {
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        texts[i] = worms->excluded[i].name;
        texts[n + i] = worms->excluded[i].reason;
    }
    ANA_TRY(ana_record_add_group(record, "excluded", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Animals left out"));
    ANA_TRY(ana_record_add_texts(table, "name", n, texts));
    ANA_TRY(ana_record_add_texts(table, "reason", n, texts + n));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_worms_to_record(const ana_worms *worms, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "worms"));
    ANA_TRY(ana_record_add_text(record, "title", "Calcium recordings in one form"));
    ANA_TRY(ana_record_add_int(record, "n_animals", (int64_t)worms->n, NULL));
    ANA_TRY(ana_record_add_double(record, "dt", worms->dt_s, "s"));
    ANA_TRY(add_excluded(worms, record));
    ANA_TRY(worms_add_figures(worms, record));
    ANA_TRY(ana_record_add_texts(record, "neurons", ANA_WORM_NEURONS, ana_worm_neuron_names));
    ANA_TRY(add_all(worms, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}

/* Slots and rules out of whole numbers that may be anything. */
static ana_status take_whole_numbers(const ana_record *group, ana_worm *worm)
{
    ana_status status = ANA_OK;
    ana_shape shape = ana_shape_1(worm->n_traces, NULL);
    const int64_t *slots = NULL;
    const int64_t *rules = NULL;
    const int64_t *masks = NULL;
    bool taken[ANA_WORM_NEURONS] = {false};
    ANA_TRY(ana_record_get_ints(group, "label_index", &shape, &slots));
    ANA_TRY(ana_record_get_ints(group, "label_rule", &shape, &rules));
    ANA_TRY(ana_record_get_ints(group, "mask", &shape, &masks));
    for (size_t i = 0; i < worm->n_traces; i++) {
        const bool none = slots[i] == -1;
        if (!none && (slots[i] < 0 || slots[i] >= ANA_WORM_NEURONS || taken[slots[i]])) {
            return ana_fail(ANA_ERR_FORMAT,
                            "worms: label_index of trace %zu is %lld: no slot of the list, or one "
                            "that another trace has",
                            i, (long long)slots[i]);
        }
        if (rules[i] < 0 || rules[i] >= ANA_LABEL_RULES) {
            return ana_fail(ANA_ERR_FORMAT, "worms: label_rule of trace %zu is none", i);
        }
        if (!none) {
            taken[slots[i]] = true;
        }
        worm->slot[i] = (int)slots[i];
        worm->rule[i] = (ana_label_rule)rules[i];
        worm->mask[i] = masks[i] != 0;
        worm->n_labelled += none ? 0 : 1;
        worm->n_masked += masks[i] != 0 ? 0 : 1;
    }
done:
    return status;
}

static ana_status take_text(const ana_record *group, const char *name, char **out)
{
    const char *text = NULL;
    ana_status status = ana_record_get_text(group, name, &text);
    return status == ANA_OK && text[0] != '\0' ? ana_copy_text(text, out) : status;
}

static ana_status take_doubles(const ana_record *group, const char *name, const ana_worm *worm,
                               double **out)
{
    ana_shape shape = ana_shape_2(worm->n_times, NULL, worm->n_traces, NULL);
    const double *values = NULL;
    ana_status status = ana_record_get_doubles(group, name, &shape, &values);
    const size_t n = worm->n_times * worm->n_traces;
    if (status == ANA_OK) {
        status = ana_allocate(n, sizeof **out, "worms", (void *)out);
    }
    if (status == ANA_OK) {
        memcpy(*out, values, n * sizeof **out);
    }
    return status;
}

static ana_status take_labels(const ana_record *group, ana_worm *worm)
{
    ana_status status = ANA_OK;
    size_t n = worm->n_traces;
    const char *const *labels = NULL;
    const double *confidence = NULL;
    ana_shape shape = ana_shape_1(n, NULL);
    if (n > 0) {
        ANA_TRY(ana_record_get_texts(group, "label", &n, &labels));
        ANA_TRY(ana_record_get_doubles(group, "confidence", &shape, &confidence));
    }
    for (size_t i = 0; i < worm->n_traces; i++) {
        worm->confidence[i] = confidence[i];
        if (labels[i] != NULL && labels[i][0] != '\0') {
            ANA_TRY(ana_copy_text(labels[i], &worm->labels[i]));
        }
    }
    ANA_TRY(take_whole_numbers(group, worm));
done:
    return status;
}

static ana_status take_worm(const ana_record *group, double dt_s, ana_worm *worm)
{
    ana_status status = ANA_OK;
    ana_shape shape = ana_shape_2(0, NULL, 0, NULL);
    const double *values = NULL;
    double dt = 0.0;
    ANA_TRY(ana_record_get_doubles(group, "calcium", &shape, &values));
    worm->n_times = shape.n[0];
    worm->n_traces = shape.n[1];
    ANA_TRY(ana_record_get_double(group, "dt", &dt));
    ANA_TRY(ana_record_get_double(group, "start", &worm->start_s));
    ANA_TRY(ana_record_get_double(group, "source_dt", &worm->source_dt_s));
    ANA_TRY(ana_record_get_size(group, "n_samples", &worm->n_samples));
    if (worm->n_times == 0 || dt != dt_s || !isfinite(worm->start_s)) {
        status = ana_fail(ANA_ERR_FORMAT, "worms: \"%s\" has %zu rows, not at the common spacing",
                          group->name, worm->n_times);
        goto done;
    }
    ANA_TRY(worm_allocate_traces(worm));
    ANA_TRY(take_text(group, "name", &worm->name));
    ANA_TRY(take_text(group, "dataset", &worm->dataset));
    ANA_TRY(take_text(group, "file", &worm->path));
    ANA_TRY(take_doubles(group, "calcium", worm, &worm->calcium));
    if (ana_record_find(group, "derivative") != NULL) {
        ANA_TRY(take_doubles(group, "derivative", worm, &worm->derivative));
    }
    ANA_TRY(take_labels(group, worm));
    if (worm->name == NULL) {
        ANA_TRY(ana_copy_text("", &worm->name));
    }
done:
    return status;
}

static ana_status take_excluded(const ana_record *record, ana_worms *worms)
{
    ana_status status = ANA_OK;
    const char *const *names = NULL;
    const char *const *reasons = NULL;
    size_t n = 0;
    if (ana_record_find(record, "excluded") == NULL) {
        return ANA_OK;
    }
    ANA_TRY(ana_record_get_texts(record, "excluded/name", &n, &names));
    ANA_TRY(ana_record_get_texts(record, "excluded/reason", &n, &reasons));
    ANA_TRY(ana_allocate(n, sizeof *worms->excluded, "worms", (void *)&worms->excluded));
    worms->n_excluded = n;
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(ana_copy_text(names[i], &worms->excluded[i].name));
        ANA_TRY(ana_copy_text(reasons[i], &worms->excluded[i].reason));
    }
done:
    return status;
}

ana_status ana_worms_from_record(const ana_record *record, ana_worms **out)
{
    ana_status status = ANA_OK;
    ana_worms *worms = NULL;
    const char *schema = NULL;
    ANA_TRY(ana_record_get_text(record, "schema", &schema));
    const ana_record *group = ana_record_find(record, "worm");
    if (strcmp(schema, "worms") != 0 || group == NULL || group->type != ANA_RECORD_GROUP ||
        group->n_children == 0) {
        status = ana_fail(ANA_ERR_FORMAT,
                          "record: holds \"%s\", not the animals that ana "
                          "homogenise saves",
                          schema);
        goto done;
    }
    ANA_TRY(ana_allocate(1, sizeof *worms, "worms", (void *)&worms));
    ANA_TRY(ana_record_get_double(record, "dt", &worms->dt_s));
    if (!(worms->dt_s > 0.0 && isfinite(worms->dt_s))) {
        status = ana_fail(ANA_ERR_FORMAT, "worms: dt is not above 0");
        goto done;
    }
    ANA_TRY(ana_allocate(group->n_children, sizeof *worms->items, "worms", (void *)&worms->items));
    worms->n = group->n_children;
    for (size_t w = 0; w < worms->n; w++) {
        ANA_TRY(take_worm(group->children[w], worms->dt_s, &worms->items[w]));
    }
    ANA_TRY(take_excluded(record, worms));
    *out = worms;
    worms = NULL;
done:
    ana_worms_free(worms);
    return status;
}
