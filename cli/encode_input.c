#include "encode_input.h"

#include "trials_input.h"
#include "try.h"

#include <analysis/formats/table_io.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const ana_option encode_input_table[] = {
    {"responses", ANA_OPTION_TEXT, offsetof(encode_input_options, responses), 0, 0, NULL, "INPUT",
     "what is predicted: trial x unit with the stimulus of each row, or stimulus x trial x unit",
     false},
    {"conditions", ANA_OPTION_TEXT, offsetof(encode_input_options, features.conditions), 0, 0, NULL,
     "TABLE",
     "id of the stimulus of each row of the features: the first column of a text table (default: "
     "the labels of the input, or the number of the row)",
     false},
    {"response-conditions", ANA_OPTION_TEXT, offsetof(encode_input_options, response_conditions), 0,
     0, NULL, "TABLE", "id of the stimulus of each row of the responses (default: --conditions)",
     false},
    {"groups", ANA_OPTION_TEXT, offsetof(encode_input_options, groups), 0, 0, NULL, "TABLE",
     "stimuli of one group are never on both sides of a fold: a table with a column \"group\", and "
     "a column \"id\" of stimuli (or a row for each, in their order)",
     false},
    {"animals", ANA_OPTION_TEXT, offsetof(encode_input_options, animals), 0, 0, NULL, "TABLE",
     "medians over units are taken within animals (or regions): a table with a column \"animal\", "
     "and a column \"id\" of units (or a row for each, in their order)",
     false},
    ANA_OPTION_END,
};

/* *list = the code of each id by the table's column; freed by free(). */
static ana_status read_codes(command_job *job, const char *path, const char *column, size_t n,
                             char *const *ids, table_codes *codes, size_t **list)
{
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    *list = calloc(n + 1, sizeof **list);
    if (*list == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu codes", n);
    }
    ANA_TRY(ana_table_read(path, &job->run, &table));
    ANA_TRY(table_code_column(table, path, column, codes));
    ANA_TRY(table_codes_of_ids(table, path, codes, n, ids, *list));
done:
    ana_table_free(table);
    return status;
}

/* The target stands first: its ids are the stimuli's, and its order theirs. */
static ana_status match(command_job *job, const encode_input_options *options,
                        const ana_responses_set *models, ana_responses *target, encode_inputs *out)
{
    ana_responses_set all = {.n = models->n + 1,
                             .systems = calloc(models->n + 1, sizeof(ana_responses *))};
    if (all.systems == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu systems", all.n);
    }
    all.systems[0] = target;
    memcpy(all.systems + 1, models->systems, models->n * sizeof(ana_responses *));
    const ana_status status = responses_match(job, &all, &options->features, NULL, &out->matched);
    free(all.systems);
    return status;
}

ana_status encode_read(command_job *job, const encode_input_options *options, encode_inputs *out)
{
    ana_status status = ANA_OK;
    ana_responses_set *models = NULL;
    ana_responses *target = NULL;
    table_codes groups = {0};
    const char *conditions = options->response_conditions != NULL ? options->response_conditions
                                                                  : options->features.conditions;
    ANA_TRY(responses_load(job, job->arguments.n_inputs, job->arguments.inputs, &options->features,
                           &models));
    ANA_TRY(
        trials_and_means(job, options->responses, "responses", conditions, &out->trials, &target));
    ANA_TRY(match(job, options, models, target, out));
    const ana_responses *matched = out->matched->systems[0];
    if (options->groups != NULL) {
        ANA_TRY(read_codes(job, options->groups, "group", matched->n_stimuli, matched->stimuli,
                           &groups, &out->groups));
    }
    if (options->animals != NULL) {
        ANA_TRY(read_codes(job, options->animals, "animal", matched->n_units, matched->units,
                           &out->animal_names, &out->animals));
    }
done:
    table_codes_free(&groups);
    ana_responses_free(target);
    ana_responses_set_free(models);
    return status;
}

void encode_inputs_free(encode_inputs *inputs)
{
    ana_observations_free(inputs->trials);
    ana_responses_set_free(inputs->matched);
    table_codes_free(&inputs->animal_names);
    free(inputs->groups);
    free(inputs->animals);
}

ana_status encode_parse_penalties(command_job *job, const char *list, double *penalties, size_t *n)
{
    static const ana_option number = {
        "penalties", ANA_OPTION_DOUBLE, 0, 1e-300, 1e300, NULL, NULL, NULL, false};
    *n = 0;
    for (const char *at = list; at != NULL && *at != '\0';) {
        char piece[64];
        const size_t length = strcspn(at, ",");
        snprintf(piece, sizeof piece, "%.*s", length < sizeof piece ? (int)length : 0, at);
        if (*n == ENCODE_MOST_PENALTIES) {
            return job_refuse(job, "--penalties: at most %d numbers", ENCODE_MOST_PENALTIES);
        }
        if (ana_option_set(&number, &penalties[(*n)++], piece) != ANA_OK) {
            return job_refuse(
                job, "--penalties %s: numbers above 0 with commas between them are wanted", list);
        }
        at += at[length] == ',' ? length + 1 : length;
    }
    return ANA_OK;
}

bool encode_has_trials(const ana_responses *target)
{
    size_t n = 0;
    for (size_t s = 0; s < target->n_stimuli; s++) {
        n += target->n_trials[s] > 1 ? 1 : 0;
    }
    return n >= 3;
}

void encode_say(const ana_encoding *encoding)
{
    const struct {
        size_t n;
        const char *why;
    } counts[] = {
        {encoding->n_not_measured, "were never measured and are left out"},
        {encoding->n_constant, "never vary and have no score"},
        {encoding->n_unmatched, "find no unit of the model for their own and have no score"},
        {encoding->n_unreliable, "have a reliability of 0 or less and are not normalised"},
        {encoding->n_unknown, "have a reliability that is not known and are not normalised"}};
    for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
        if (counts[k].n > 0) {
            console_warn("%zu of %zu units %s", counts[k].n,
                         encoding->n_units + encoding->n_not_measured, counts[k].why);
        }
    }
}
