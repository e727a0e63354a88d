#include "responses_input.h"

#include "rows.h"
#include "trials_input.h"
#include "try.h"

#include <analysis/formats/array_listing.h>
#include <analysis/formats/record_io.h>
#include <analysis/formats/texts_io.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

responses_options responses_options_default(void)
{
    return (responses_options){.match = ana_match_options_default()};
}

const ana_option responses_option_table[] = {
    {"conditions", ANA_OPTION_TEXT, offsetof(responses_options, conditions), 0, 0, NULL, "TABLE",
     "id of each row's stimulus: the first column of a text table (default: --labels, or the "
     "number of the row)",
     false},
    {"by-order", ANA_OPTION_BOOL, offsetof(responses_options, match.by_order), 0, 0, NULL, NULL,
     "rows are the same stimuli in every input, whatever their ids: lengths must agree", false},
    {"by-stem", ANA_OPTION_BOOL, offsetof(responses_options, match.by_stem), 0, 0, NULL, NULL,
     "compare ids without their folders and endings: images/7.png is 7", false},
    ANA_OPTION_END,
};

static ana_status no_memory(const char *input)
{
    ana_fail(ANA_ERR_MEMORY, "no memory for the name of %s", input);
    return ANA_ERR_MEMORY;
}

/* The path of an array in its file, without the first slash. */
static ana_status copy_name(const char *path, char **out)
{
    *out = strdup(path + strspn(path, "/"));
    return *out != NULL ? ANA_OK : no_memory(path);
}

/* Behind ':', the path in the file; else the file without its folder and ending. */
static ana_status name_of(const char *input, char **out)
{
    const char *colon = strrchr(input, ':');
    if (colon != NULL && colon[1] != '\0') {
        return copy_name(colon + 1, out);
    }
    const char *slash = strrchr(input, '/');
    const char *name = slash != NULL && slash[1] != '\0' ? slash + 1 : input;
    const char *dot = strrchr(name, '.');
    *out = strndup(name, dot != NULL && dot != name ? (size_t)(dot - name) : strlen(name));
    return *out != NULL ? ANA_OK : no_memory(input);
}

/* Systems before their number is known. */
typedef struct growing {
    ana_responses_set *set;
    char **locations; /* of each */
    size_t capacity;
} growing;

static ana_status reserve(growing *all)
{
    const size_t wanted = all->capacity == 0 ? 8 : 2 * all->capacity;
    if (all->set->n < all->capacity) {
        return ANA_OK;
    }
    ana_responses **systems = realloc(all->set->systems, wanted * sizeof(ana_responses *));
    if (systems != NULL) {
        all->set->systems = systems;
    }
    char **locations = realloc(all->locations, wanted * sizeof *locations);
    if (locations != NULL) {
        all->locations = locations;
    }
    if (systems == NULL || locations == NULL) {
        ana_fail(ANA_ERR_MEMORY, "no memory for %zu systems", wanted);
        return ANA_ERR_MEMORY;
    }
    all->capacity = wanted;
    return ANA_OK;
}

/* Systems of one name are told apart by their whole locations. */
static ana_status tell_apart(const growing *all)
{
    ana_status status = ANA_OK;
    ana_responses **systems = all->set->systems;
    for (size_t i = all->set->n; i-- > 1 && status == ANA_OK;) {
        for (size_t j = 0; j < all->set->n && status == ANA_OK; j++) {
            char **name = &systems[j]->name;
            if (j != i && strcmp(*name, systems[i]->name) == 0) {
                free(*name);
                *name = strdup(all->locations[j]);
                status = *name != NULL ? status : no_memory(all->locations[j]);
            }
        }
    }
    return status;
}

static ana_status load_one(command_job *job, const char *input, const char *name,
                           const char *conditions, growing *all)
{
    ana_status status = ANA_OK;
    ANA_TRY(reserve(all));
    ANA_TRY(trials_and_means(job, input, name, conditions, NULL, &all->set->systems[all->set->n]));
    all->locations[all->set->n] = strdup(input);
    all->set->n++;
    if (all->locations[all->set->n - 1] == NULL) {
        status = no_memory(input);
    }
done:
    return status;
}

bool is_array_listing(const char *input)
{
    ana_record *record = NULL;
    if (is_array_input(input)) {
        return true;
    }
    if (ana_record_read(input, &record) == ANA_OK) {
        ana_record_free(record);
        return false;
    }
    ana_format_score *scores = calloc(ana_format_count(), sizeof *scores);
    const bool known =
        scores == NULL || ana_format_detect(input, scores) != ANA_OK || scores[0].score > 0;
    free(scores);
    return !known;
}

ana_status responses_list_arrays(const char *input, const ana_run *run, ana_array_listing **out)
{
    size_t n = strlen(input);
    if (n < 2 || input[n - 1] != '*') {
        return ana_array_listing_read(input, run, out);
    }
    char *whole = strndup(input, n - 2);
    if (whole == NULL) {
        return no_memory(input);
    }
    ana_status status = ana_array_listing_read(whole, run, out);
    free(whole);
    return status;
}

/* Every array with rows and columns is a layer. */
static ana_status load_arrays(command_job *job, const char *input, const char *conditions,
                              growing *all)
{
    ana_status status = ANA_OK;
    ana_array_listing *listing = NULL;
    char *name = NULL;
    size_t n_left_out = 0;
    ANA_TRY(responses_list_arrays(input, &job->run, &listing));
    for (size_t i = 0; i < listing->n; i++) {
        const ana_listed_array *array = &listing->arrays[i];
        if (array->n_axes < 2 && listing->n > 1) {
            n_left_out++;
            continue;
        }
        free(name);
        name = NULL;
        if (listing->n == 1) {
            ANA_TRY(name_of(input, &name));
        } else {
            ANA_TRY(copy_name(array->name, &name));
        }
        ANA_TRY(load_one(job, array->location, name, conditions, all));
    }
    if (listing->n_skipped > 0) {
        console_say(&job->console,
                    "%s: %zu arrays of texts, objects or more than four axes are passed over",
                    input, listing->n_skipped);
    }
    if (n_left_out > 0) {
        console_say(&job->console, "%s: %zu arrays of one axis are no responses; left out", input,
                    n_left_out);
    }
done:
    free(name);
    ana_array_listing_free(listing);
    return status;
}

static ana_status load_input(command_job *job, const char *input, const char *conditions,
                             growing *all)
{
    char *name = NULL;
    if (is_array_listing(input)) {
        return load_arrays(job, input, conditions, all);
    }
    ana_status status = name_of(input, &name);
    if (status == ANA_OK) {
        status = load_one(job, input, name, conditions, all);
    }
    free(name);
    return status;
}

ana_status responses_load(command_job *job, size_t n, char **inputs,
                          const responses_options *options, ana_responses_set **out)
{
    ana_status status = ANA_OK;
    growing all = {.set = calloc(1, sizeof *all.set)};
    if (all.set == NULL) {
        ana_fail(ANA_ERR_MEMORY, "no memory for %zu inputs", n);
        return ANA_ERR_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(load_input(job, inputs[i], options->conditions, &all));
    }
    ANA_TRY(tell_apart(&all));
done:
    ana_texts_free(all.set->n, all.locations);
    if (status == ANA_OK) {
        *out = all.set;
    } else {
        ana_responses_set_free(all.set);
    }
    return status;
}

void responses_say_left_out(const console_options *console, const ana_match_report *report)
{
    enum {
        MOST_IDS = 8
    };
    char list[512] = "";
    size_t used = 0;
    for (size_t i = 0; i < report->n_unmatched && i < MOST_IDS && used < sizeof list; i++) {
        const int n = snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "",
                               report->unmatched[i]);
        used += n > 0 ? (size_t)n : 0;
    }
    if (report->n_unmatched > MOST_IDS) {
        console_say(console, "left out, for some input has no value of them: %s, and %zu more",
                    list, report->n_unmatched - MOST_IDS);
    } else if (report->n_unmatched > 0) {
        console_say(console, "left out, for some input has no value of them: %s", list);
    }
}

void responses_say_numbered(const console_options *console, size_t n, ana_responses *const *systems)
{
    size_t n_numbered = 0;
    const char *first = NULL;
    for (size_t k = 0; k < n; k++) {
        n_numbered += systems[k]->is_numbered ? 1 : 0;
        first = first == NULL && systems[k]->is_numbered ? systems[k]->name : first;
    }
    if (n_numbered > 0 && n_numbered < n) {
        console_say(console,
                    "%s: has no ids of its stimuli; its rows, counted from 0, are held against "
                    "the ids of others",
                    first);
    }
}

static void say(const command_job *job, const ana_responses_set *systems,
                const ana_match_report *report)
{
    responses_say_numbered(&job->console, systems->n, systems->systems);
    for (size_t k = 0; k < systems->n; k++) {
        if (report->n_stimuli[k] > report->n_matched) {
            console_say(&job->console, "%s: %zu of its %zu stimuli are shared by all inputs",
                        systems->systems[k]->name, report->n_matched, report->n_stimuli[k]);
        }
    }
    responses_say_left_out(&job->console, report);
}

ana_status responses_match(command_job *job, const ana_responses_set *systems,
                           const responses_options *options, ana_match_report **report,
                           ana_responses_set **out)
{
    ana_match_report *found = NULL;
    ana_status status =
        ana_responses_match(systems->n, systems->systems, &options->match, &found, out);
    if (status == ANA_OK) {
        say(job, systems, found);
    }
    if (status == ANA_OK && report != NULL) {
        *report = found;
        return ANA_OK;
    }
    ana_match_report_free(found);
    return status;
}

ana_status responses_inputs(command_job *job, size_t n, char **inputs,
                            const responses_options *options, ana_responses_set **out)
{
    ana_responses_set *loaded = NULL;
    ana_status status = responses_load(job, n, inputs, options, &loaded);
    if (status == ANA_OK) {
        status = responses_match(job, loaded, options, NULL, out);
    }
    ana_responses_set_free(loaded);
    return status;
}
