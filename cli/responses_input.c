#include "responses_input.h"

#include "trials_input.h"
#include "try.h"

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
    return ana_fail(ANA_ERR_MEMORY, "no memory for the name of %s", input);
}

/* Behind ':', the path in the file; else the file without its folder and ending. */
static ana_status name_of(const char *input, char **out)
{
    const char *colon = strrchr(input, ':');
    if (colon != NULL && colon[1] != '\0') {
        *out = strdup(colon + 1 + strspn(colon + 1, "/"));
        return *out != NULL ? ANA_OK : no_memory(input);
    }
    const char *slash = strrchr(input, '/');
    const char *name = slash != NULL && slash[1] != '\0' ? slash + 1 : input;
    const char *dot = strrchr(name, '.');
    *out = strndup(name, dot != NULL && dot != name ? (size_t)(dot - name) : strlen(name));
    return *out != NULL ? ANA_OK : no_memory(input);
}

/* Systems of one name are told apart by their whole locations. */
static ana_status tell_apart(size_t n, char **inputs, ana_responses_set *set)
{
    ana_status status = ANA_OK;
    for (size_t i = n; i-- > 1 && status == ANA_OK;) {
        for (size_t j = 0; j < n && status == ANA_OK; j++) {
            char **name = &set->systems[j]->name;
            if (j != i && strcmp(*name, set->systems[i]->name) == 0) {
                free(*name);
                *name = strdup(inputs[j]);
                status = *name != NULL ? status : no_memory(inputs[j]);
            }
        }
    }
    return status;
}

static ana_status load_one(command_job *job, const char *input, const char *conditions,
                           ana_responses **out)
{
    ana_status status = ANA_OK;
    ana_observations *rows = NULL;
    char *name = NULL;
    ANA_TRY(name_of(input, &name));
    ANA_TRY(trials_of_stimuli(job, input, conditions, &rows));
    ANA_TRY(ana_responses_of_observations(rows, name, out));
done:
    ana_observations_free(rows);
    free(name);
    return status;
}

ana_status responses_load(command_job *job, size_t n, char **inputs,
                          const responses_options *options, ana_responses_set **out)
{
    ana_status status = ANA_OK;
    ana_responses_set *set = calloc(1, sizeof *set);
    if (set == NULL) {
        ana_fail(ANA_ERR_MEMORY, "no memory for %zu inputs", n);
        return ANA_ERR_MEMORY;
    }
    set->n = n;
    set->systems = calloc(n + 1, sizeof(ana_responses *));
    if (set->systems == NULL) {
        ana_fail(ANA_ERR_MEMORY, "no memory for %zu inputs", n);
        status = ANA_ERR_MEMORY;
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(load_one(job, inputs[i], options->conditions, &set->systems[i]));
    }
    ANA_TRY(tell_apart(n, inputs, set));
    *out = set;
    set = NULL;
done:
    ana_responses_set_free(set);
    return status;
}

static void say(const command_job *job, const ana_responses_set *systems,
                const ana_match_report *report)
{
    enum {
        MOST_IDS = 8
    };
    char list[512] = "";
    size_t used = 0;
    for (size_t k = 0; k < systems->n; k++) {
        if (report->n_stimuli[k] > report->n_matched) {
            console_say(&job->console, "%s: %zu of its %zu stimuli are shared by all inputs",
                        systems->systems[k]->name, report->n_matched, report->n_stimuli[k]);
        }
    }
    for (size_t i = 0; i < report->n_unmatched && i < MOST_IDS && used < sizeof list; i++) {
        const int n = snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "",
                               report->unmatched[i]);
        used += n > 0 ? (size_t)n : 0;
    }
    if (report->n_unmatched > MOST_IDS) {
        console_say(&job->console,
                    "left out, for some input has no value of them: %s, and %zu more", list,
                    report->n_unmatched - MOST_IDS);
    } else if (report->n_unmatched > 0) {
        console_say(&job->console, "left out, for some input has no value of them: %s", list);
    }
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
