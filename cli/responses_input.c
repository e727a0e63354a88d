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

static ana_status copy_name(const char *name, char **out)
{
    *out = strdup(name);
    return *out != NULL ? ANA_OK : no_memory(name);
}

/* Behind ':', the last word of the path in the file; else the file without its folder and ending.
 */
static ana_status name_of(const char *input, char **out)
{
    const char *colon = strrchr(input, ':');
    const char *slash = strrchr(input, '/');
    const char *name = slash != NULL && slash[1] != '\0' ? slash + 1 : input;
    if (colon != NULL && colon[1] != '\0') {
        return copy_name(slash > colon && slash[1] != '\0' ? slash + 1 : colon + 1, out);
    }
    const char *dot = strrchr(name, '.');
    *out = strndup(name, dot != NULL && dot != name ? (size_t)(dot - name) : strlen(name));
    return *out != NULL ? ANA_OK : no_memory(input);
}

const char *responses_name_within(const char *input, const char *array)
{
    const char *colon = strrchr(input, ':');
    const char *name = array + strspn(array, "/");
    if (colon == NULL) {
        return name;
    }
    const char *group = colon + 1 + strspn(colon + 1, "/");
    size_t n = strlen(group);
    while (n > 0 && (group[n - 1] == '/' || group[n - 1] == '*')) {
        n--;
    }
    if (n == 0 || strncmp(name, group, n) != 0) {
        return name;
    }
    const char *last = strrchr(name, '/');
    return name[n] == '/' ? name + n + 1 : name[n] == '\0' && last != NULL ? last + 1 : name;
}

/* Systems before their number is known. */
typedef struct growing {
    ana_responses_set *set;
    char **locations; /* of each */
    size_t capacity;
    const char *conditions;
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

ana_status responses_tell_apart(size_t n, char **const *names, char *const *locations)
{
    ana_status status = ANA_OK;
    bool *is_shared = calloc(n + 1, sizeof *is_shared);
    if (is_shared == NULL) {
        ana_fail(ANA_ERR_MEMORY, "no memory for %zu names", n);
        return ANA_ERR_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            is_shared[i] = is_shared[i] || (j != i && strcmp(*names[i], *names[j]) == 0);
        }
    }
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        if (is_shared[i]) {
            free(*names[i]);
            *names[i] = strdup(locations[i]);
            status = *names[i] != NULL ? ANA_OK : no_memory(locations[i]);
        }
    }
    free(is_shared);
    return status;
}

static ana_status tell_apart(const growing *all)
{
    const size_t n = all->set->n;
    char ***names = calloc(n + 1, sizeof *names);
    if (names == NULL) {
        ana_fail(ANA_ERR_MEMORY, "no memory for the names of %zu systems", n);
        return ANA_ERR_MEMORY;
    }
    for (size_t k = 0; k < n; k++) {
        names[k] = &all->set->systems[k]->name;
    }
    const ana_status status = responses_tell_apart(n, names, all->locations);
    free(names);
    return status;
}

static ana_status load_one(command_job *job, const char *location, const char *name, void *user)
{
    growing *all = user;
    ana_status status = ANA_OK;
    ANA_TRY(reserve(all));
    ANA_TRY(trials_and_means(job, location, name, all->conditions, NULL,
                             &all->set->systems[all->set->n]));
    all->locations[all->set->n] = strdup(location);
    all->set->n++;
    if (all->locations[all->set->n - 1] == NULL) {
        status = no_memory(location);
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

/* Whether it is the array that --variable asks for. */
static bool is_wanted(const command_job *job, const ana_listed_array *array)
{
    const char *wanted = job->input.read.variable;
    return wanted == NULL ||
           strcmp(array->name + strspn(array->name, "/"), wanted + strspn(wanted, "/")) == 0;
}

static void say_passed_over(const command_job *job, const char *input, size_t n_skipped,
                            size_t n_left_out)
{
    if (n_skipped > 0) {
        console_say(&job->console,
                    "%s: %zu arrays of texts, objects or more than four axes are passed over",
                    input, n_skipped);
    }
    if (n_left_out > 0) {
        console_say(&job->console, "%s: %zu arrays of one axis are no responses; left out", input,
                    n_left_out);
    }
}

/* Every array with rows and columns is a layer. */
static ana_status take_arrays(command_job *job, const char *input, responses_take take, void *user)
{
    ana_status status = ANA_OK;
    ana_array_listing *listing = NULL;
    char *name = NULL;
    size_t n_left_out = 0;
    size_t n_taken = 0;
    ANA_TRY(responses_list_arrays(input, &job->run, &listing));
    for (size_t i = 0; i < listing->n; i++) {
        const ana_listed_array *array = &listing->arrays[i];
        if (listing->n > 1 && (array->n_axes < 2 || !is_wanted(job, array))) {
            n_left_out += is_wanted(job, array) ? 1 : 0;
            continue;
        }
        free(name);
        name = NULL;
        ANA_TRY(listing->n == 1 ? name_of(input, &name)
                                : copy_name(responses_name_within(input, array->name), &name));
        ANA_TRY(take(job, array->location, name, user));
        n_taken++;
    }
    if (n_taken == 0) {
        ana_fail(ANA_ERR_VALUE, "%s: none of its %zu arrays is one of rows and columns%s%s", input,
                 listing->n, job->input.read.variable != NULL ? " called " : "",
                 job->input.read.variable != NULL ? job->input.read.variable : "");
        status = ANA_ERR_VALUE;
        goto done;
    }
    say_passed_over(job, input, listing->n_skipped, n_left_out);
done:
    free(name);
    ana_array_listing_free(listing);
    return status;
}

ana_status responses_each(command_job *job, const char *input, responses_take take, void *user)
{
    char *name = NULL;
    if (is_array_listing(input)) {
        return take_arrays(job, input, take, user);
    }
    ana_status status = name_of(input, &name);
    if (status == ANA_OK) {
        status = take(job, input, name, user);
    }
    free(name);
    return status;
}

ana_status responses_load(command_job *job, size_t n, char **inputs,
                          const responses_options *options, ana_responses_set **out)
{
    ana_status status = ANA_OK;
    growing all = {.set = calloc(1, sizeof *all.set), .conditions = options->conditions};
    if (all.set == NULL) {
        ana_fail(ANA_ERR_MEMORY, "no memory for %zu inputs", n);
        return ANA_ERR_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(responses_each(job, inputs[i], load_one, &all));
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

void responses_warn_units(const ana_record *record)
{
    const ana_record *count = ana_record_find(record, "n_units_left_out");
    if (count != NULL && count->type == ANA_RECORD_INT && count->integer > 0) {
        console_warn("%lld units without values are left out", (long long)count->integer);
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
