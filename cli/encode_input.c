#include "encode_input.h"

#include "trials_input.h"
#include "try.h"

#include <analysis/formats/table_io.h>

#include <stdlib.h>
#include <string.h>

const ana_option encode_input_table[] = {
    {"responses", ANA_OPTION_TEXT, offsetof(encode_input_options, responses), 0, 0, NULL, "INPUT",
     "what is predicted: trial x unit with the stimulus of each row, or stimulus x trial x unit",
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
    ANA_TRY(trials_of_stimuli(job, options->responses, conditions, &out->trials));
    ANA_TRY(ana_responses_of_observations(out->trials, "responses", &target));
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
