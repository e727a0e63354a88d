#include "align_input.h"

#include "responses_input.h"
#include "trials_input.h"
#include "try.h"

#include <analysis/formats/array_listing.h>
#include <analysis/formats/record_io.h>
#include <analysis/formats/texts_io.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ana_status no_memory(void)
{
    ana_fail(ANA_ERR_MEMORY, "no memory for the inputs");
    return ANA_ERR_MEMORY;
}

ana_status align_add_item(align_inputs *to, align_item **out)
{
    if (to->n_items == to->items_room) {
        const size_t room = to->items_room == 0 ? 16 : 2 * to->items_room;
        align_item *items = realloc(to->items, room * sizeof *items);
        if (items == NULL) {
            return no_memory();
        }
        to->items = items;
        to->items_room = room;
    }
    to->items[to->n_items] = (align_item){.time = (double)NAN};
    *out = &to->items[to->n_items++];
    return ANA_OK;
}

static ana_status replace_text(const char *text, char **to)
{
    free(*to);
    *to = strdup(text);
    return *to != NULL ? ANA_OK : no_memory();
}

ana_status align_add_source(align_inputs *to, const char *location, size_t n_stimuli,
                            char *const *ids, size_t *out)
{
    ana_status status = ANA_OK;
    if (to->n_sources == to->sources_room) {
        const size_t room = to->sources_room == 0 ? 16 : 2 * to->sources_room;
        align_source *sources = realloc(to->sources, room * sizeof *sources);
        if (sources == NULL) {
            return no_memory();
        }
        to->sources = sources;
        to->sources_room = room;
    }
    align_source *source = &to->sources[to->n_sources];
    *source = (align_source){.location = NULL};
    *out = to->n_sources++;
    ANA_TRY(replace_text(location, &source->location));
    ANA_TRY(ana_responses_new(location, n_stimuli, 1, &source->stimuli));
    for (size_t i = 0; i < n_stimuli; i++) {
        source->stimuli->values[i] = (double)i;
        ANA_TRY(replace_text(ids[i] != NULL ? ids[i] : "", &source->stimuli->stimuli[i]));
    }
done:
    return status;
}

/* An input's words. */
typedef struct parted {
    char *group;
    char *name;
    char *location;
    char *stem; /* the file without folder and ending */
} parted;

static void release_parted(parted *input)
{
    free(input->group);
    free(input->name);
    free(input->location);
    free(input->stem);
}

/* "[GROUP[/NAME]=]LOCATION". */
static ana_status part(const char *input, parted *out)
{
    const char *equals = strchr(input, '=');
    const char *location = equals != NULL && equals != input ? equals + 1 : input;
    if (location != input) {
        const size_t n = (size_t)(equals - input);
        const char *slash = memchr(input, '/', n);
        out->group = strndup(input, slash != NULL ? (size_t)(slash - input) : n);
        out->name = slash != NULL ? strndup(slash + 1, (size_t)(equals - slash) - 1) : NULL;
        if (out->group == NULL || (slash != NULL && out->name == NULL)) {
            return no_memory();
        }
    }
    out->location = strdup(location);
    size_t n = strcspn(location, ":");
    while (n > 1 && location[n - 1] == '/') {
        n--;
    }
    const char *start = location + n;
    while (start > location && start[-1] != '/') {
        start--;
    }
    const char *dot = location + n;
    while (dot > start && *dot != '.') {
        dot--;
    }
    out->stem =
        strndup(start, dot > start ? (size_t)(dot - start) : (size_t)(location + n - start));
    return out->location != NULL && out->stem != NULL ? ANA_OK : no_memory();
}

/* Every array of a file or folder that has two axes at least. */
static ana_status read_arrays(command_job *job, const parted *input, const align_reading *how,
                              align_inputs *to)
{
    ana_status status = ANA_OK;
    ana_array_listing *listing = NULL;
    size_t n_left_out = 0;
    size_t n_taken = 0;
    ANA_TRY(responses_list_arrays(input->location, &job->run, &listing));
    for (size_t i = 0; i < listing->n; i++) {
        n_taken += listing->arrays[i].n_axes >= 2 ? 1 : 0;
    }
    /* A file of one array is called as the file is. */
    const bool whole_file = n_taken == 1 && strchr(input->location, ':') == NULL;
    for (size_t i = 0; i < listing->n; i++) {
        const ana_listed_array *listed = &listing->arrays[i];
        const align_array array = {
            .location = listed->location,
            .group = input->group,
            .name = input->name,
            .label =
                whole_file ? input->stem : responses_name_within(input->location, listed->name),
            .stem = input->stem,
            .only = n_taken == 1};
        if (listed->n_axes < 2 && listing->n > 1) {
            n_left_out++;
            continue;
        }
        ANA_TRY(align_read_array(job, &array, how, to));
    }
    if (n_left_out > 0) {
        console_say(&job->console, "%s: %zu arrays of one axis are no responses; left out",
                    input->location, n_left_out);
    }
done:
    ana_array_listing_free(listing);
    return status;
}

/* Matrices that ana rdm saved: layers, or subjects. */
static ana_status read_rdms(const parted *input, const ana_record *record, const align_reading *how,
                            align_inputs *to)
{
    ana_status status = ANA_OK;
    ana_rdms *rdms = NULL;
    size_t source = 0;
    ANA_TRY(ana_rdms_from_record(record, &rdms));
    const size_t n_pairs = ana_rdm_n_pairs(rdms->n_conditions);
    ANA_TRY(align_add_source(to, input->location, rdms->n_conditions, rdms->conditions, &source));
    for (size_t k = 0; k < rdms->n_rdms; k++) {
        align_item *item = NULL;
        ANA_TRY(align_add_item(to, &item));
        item->source = source;
        item->is_baseline = how->are_baselines;
        ANA_TRY(replace_text(input->group != NULL ? input->group : input->stem, &item->group));
        ANA_TRY(replace_text(rdms->names[k], &item->name));
        item->dissimilarities = malloc(n_pairs * sizeof(double));
        if (item->dissimilarities == NULL) {
            status = no_memory();
            goto done;
        }
        memcpy(item->dissimilarities, rdms->values + k * n_pairs, n_pairs * sizeof(double));
    }
done:
    ana_rdms_free(rdms);
    return status;
}

/* A recording, or rows saved before: labelled rows are trials. */
static ana_status read_rows(command_job *job, const parted *input, const align_reading *how,
                            align_inputs *to)
{
    ana_status status = ANA_OK;
    align_item *item = NULL;
    ANA_TRY(align_add_item(to, &item));
    ANA_TRY(replace_text(input->group != NULL ? input->group : input->stem, &item->group));
    ANA_TRY(replace_text(input->name != NULL ? input->name
                         : how->are_brains   ? "0"
                                             : input->stem,
                         &item->name));
    item->is_baseline = how->are_baselines;
    ANA_TRY(trials_and_means(job, input->location, input->location, how->conditions, &item->trials,
                             &item->responses));
    ANA_TRY(align_add_source(to, input->location, item->responses->n_stimuli,
                             item->responses->stimuli, &item->source));
    to->sources[item->source].stimuli->is_numbered = item->responses->is_numbered;
done:
    return status;
}

/* One bin of the windows about the events of a recording. */
static ana_status read_bin(const parted *input, const align_reading *how,
                           const trial_windows *windows, size_t bin, align_inputs *to)
{
    ana_status status = ANA_OK;
    align_item *item = NULL;
    ANA_TRY(align_add_item(to, &item));
    ANA_TRY(replace_text(input->group != NULL ? input->group : input->stem, &item->group));
    ANA_TRY(replace_text(input->name != NULL ? input->name : "0", &item->name));
    item->is_baseline = how->are_baselines;
    if (windows->n_times > 1 && windows->times != NULL) {
        item->time = round(windows->times[bin] * 1e9) / 1e9;
    }
    ANA_TRY(windows_take(windows, bin, 1, false, &item->trials));
    ANA_TRY(ana_responses_of_observations(item->trials, input->location, &item->responses));
    if (bin == 0) {
        ANA_TRY(align_add_source(to, input->location, item->responses->n_stimuli,
                                 item->responses->stimuli, &item->source));
    }
    item->source = to->n_sources - 1;
done:
    return status;
}

/* Trials are windows about the events of a recording, each bin of them a time. */
static ana_status read_windows(command_job *job, const parted *input, const align_reading *how,
                               align_inputs *to)
{
    ana_status status = ANA_OK;
    trial_windows windows = {.rows = NULL};
    windows_options options = *how->windows;
    options.conditions = how->conditions;
    ANA_TRY(windows_load(job, input->location, &options, &windows));
    for (size_t k = 0; k < windows.n_times; k++) {
        ANA_TRY(read_bin(input, how, &windows, k, to));
    }
done:
    windows_release(&windows);
    return status;
}

/* *out = the record if the file is one of ana rdm; else NULL. */
static ana_record *saved_rdms(const char *location)
{
    ana_record *record = NULL;
    if (ana_record_read(location, &record) != ANA_OK) {
        return NULL;
    }
    const ana_record *schema = ana_record_find(record, "schema");
    if (schema != NULL && schema->type == ANA_RECORD_TEXT && strcmp(schema->text, "rdm") == 0) {
        return record;
    }
    ana_record_free(record);
    return NULL;
}

ana_status align_read(command_job *job, const char *input, const align_reading *how,
                      align_inputs *to)
{
    ana_status status = ANA_OK;
    parted parts = {.group = NULL};
    ana_record *record = NULL;
    ANA_TRY(part(input, &parts));
    record = saved_rdms(parts.location);
    if (record != NULL) {
        ANA_TRY(read_rdms(&parts, record, how, to));
    } else if (is_array_listing(parts.location)) {
        ANA_TRY(read_arrays(job, &parts, how, to));
    } else if (how->windows != NULL && how->windows->events != NULL) {
        ANA_TRY(read_windows(job, &parts, how, to));
    } else {
        ANA_TRY(read_rows(job, &parts, how, to));
    }
done:
    ana_record_free(record);
    release_parted(&parts);
    return status;
}

ana_status align_read_list(command_job *job, const char *list, const align_reading *how,
                           align_inputs *to)
{
    ana_status status = ANA_OK;
    for (const char *word = list; word != NULL && status == ANA_OK;) {
        const char *comma = strchr(word, ',');
        char *one = strndup(word, comma != NULL ? (size_t)(comma - word) : strlen(word));
        if (one == NULL) {
            return no_memory();
        }
        status = align_read(job, one, how, to);
        free(one);
        word = comma != NULL ? comma + 1 : NULL;
    }
    return status;
}

/* The shared stimuli of an item, by their numbers in its source. */
static ana_status cut_responses(size_t n, const size_t *places, char *const *ids, align_item *item)
{
    ana_status status = ANA_OK;
    ana_responses *cut = NULL;
    ANA_TRY(ana_responses_take_stimuli(item->responses, n, places, &cut));
    ana_responses_free(item->responses);
    item->responses = cut;
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(replace_text(ids[i], &cut->stimuli[i]));
    }
done:
    return status;
}

/* Trials are labelled by their number among the shared stimuli; others lose their label. */
static ana_status cut_trials(size_t n, const size_t *places, char *const *ids,
                             const ana_responses *whole, ana_observations *trials)
{
    int64_t *number = malloc((trials->n_labels + 1) * sizeof *number);
    char **names = calloc(n + 1, sizeof *names);
    bool done = number != NULL && names != NULL;
    for (size_t i = 0; i < n && done; i++) {
        names[i] = strdup(ids[i]);
        done = names[i] != NULL;
    }
    if (!done) {
        free(number);
        ana_texts_free(n, names);
        return no_memory();
    }
    for (size_t l = 0; l < trials->n_labels; l++) {
        number[l] = -1;
        for (size_t i = 0; i < n && number[l] < 0; i++) {
            const char *id = whole->stimuli[places[i]];
            number[l] = strcmp(trials->label_names[l], id) == 0 ? (int64_t)i : -1;
        }
    }
    for (size_t t = 0; t < trials->n_times; t++) {
        trials->labels[t] = trials->labels[t] >= 0 ? number[trials->labels[t]] : -1;
    }
    ana_texts_free(trials->n_labels, trials->label_names);
    trials->label_names = names;
    trials->n_labels = n;
    free(number);
    return ANA_OK;
}

static ana_status cut_dissimilarities(size_t n, const size_t *places, size_t n_whole,
                                      align_item *item)
{
    double *cut = malloc(ana_rdm_n_pairs(n) * sizeof *cut);
    size_t k = 0;
    if (cut == NULL) {
        return no_memory();
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            const size_t a = places[i] < places[j] ? places[i] : places[j];
            const size_t b = places[i] < places[j] ? places[j] : places[i];
            cut[k++] = item->dissimilarities[ana_rdm_pair(n_whole, a, b)];
        }
    }
    free(item->dissimilarities);
    item->dissimilarities = cut;
    return ANA_OK;
}

static ana_status cut_item(const ana_responses *shared, const ana_responses *whole,
                           char *const *ids, align_item *item)
{
    ana_status status = ANA_OK;
    const size_t n = shared->n_stimuli;
    size_t *places = malloc(n * sizeof *places + 1);
    if (places == NULL) {
        return no_memory();
    }
    for (size_t i = 0; i < n; i++) {
        places[i] = (size_t)shared->values[i];
    }
    if (item->trials != NULL) {
        ANA_TRY(cut_trials(n, places, ids, whole, item->trials));
    }
    ANA_TRY(item->responses != NULL ? cut_responses(n, places, ids, item)
                                    : cut_dissimilarities(n, places, whole->n_stimuli, item));
done:
    free(places);
    return status;
}

/* Stimuli that no item of a source has a value of are not measured there. */
static void mark_missing(align_inputs *inputs)
{
    for (size_t s = 0; s < inputs->n_sources; s++) {
        ana_responses *stimuli = inputs->sources[s].stimuli;
        for (size_t i = 0; i < stimuli->n_stimuli; i++) {
            bool known = false;
            for (size_t k = 0; k < inputs->n_items && !known; k++) {
                const align_item *item = &inputs->items[k];
                known = item->source == s && item->responses == NULL;
                for (size_t u = 0; item->source == s && item->responses != NULL && !known &&
                                   u < item->responses->n_units;
                     u++) {
                    known = !isnan(item->responses->values[i * item->responses->n_units + u]);
                }
            }
            stimuli->values[i] = known ? (double)i : (double)NAN;
        }
    }
}

ana_status align_match(const ana_match_options *options, align_inputs *inputs,
                       ana_match_report **report, size_t *n, char ***ids)
{
    ana_status status = ANA_OK;
    ana_responses_set *shared = NULL;
    char **names = NULL;
    ana_responses **sources = calloc(inputs->n_sources + 1, sizeof(ana_responses *));
    if (sources == NULL) {
        return no_memory();
    }
    mark_missing(inputs);
    for (size_t s = 0; s < inputs->n_sources; s++) {
        sources[s] = inputs->sources[s].stimuli;
    }
    ANA_TRY(ana_responses_match(inputs->n_sources, sources, options, report, &shared));
    *n = shared->systems[0]->n_stimuli;
    names = shared->systems[0]->stimuli;
    for (size_t k = 0; k < inputs->n_items; k++) {
        align_item *item = &inputs->items[k];
        ANA_TRY(cut_item(shared->systems[item->source], sources[item->source], names, item));
    }
    *ids = names;
    shared->systems[0]->stimuli = calloc(*n, sizeof *names);
    if (shared->systems[0]->stimuli == NULL) {
        shared->systems[0]->n_stimuli = 0;
    }
done:
    ana_responses_set_free(shared);
    free(sources);
    return status;
}

void align_release(align_inputs *inputs)
{
    for (size_t k = 0; k < inputs->n_items; k++) {
        align_item *item = &inputs->items[k];
        free(item->group);
        free(item->name);
        ana_responses_free(item->responses);
        free(item->dissimilarities);
        ana_observations_free(item->trials);
    }
    for (size_t s = 0; s < inputs->n_sources; s++) {
        free(inputs->sources[s].location);
        ana_responses_free(inputs->sources[s].stimuli);
    }
    free(inputs->items);
    free(inputs->sources);
    *inputs = (align_inputs){.n_items = 0};
}
