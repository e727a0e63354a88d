/** What `ana encode` reads: features, responses with their trials, groups of stimuli, animals. */
#ifndef CLI_ENCODE_INPUT_H
#define CLI_ENCODE_INPUT_H

#include "responses_input.h"
#include "table_codes.h"

#include <analysis/models/encoding.h>
#include <analysis/observations.h>

typedef struct encode_input_options {
    responses_options features;
    const char *responses;           /**< the target */
    const char *response_conditions; /**< ids of its rows; NULL: as those of the features */
    const char *groups;              /**< a table with "group" and "id" of stimuli; NULL: none */
    const char *animals;             /**< a table with "animal" and "id" of units; NULL: none */
} encode_input_options;

/** Rows for responses, conditions, response-conditions, groups, animals. */
extern const ana_option encode_input_table[];

/** All owned. */
typedef struct encode_inputs {
    ana_observations *trials;   /**< of the target */
    ana_responses_set *matched; /**< the target, then every model */
    size_t *groups;             /**< of the matched stimuli; NULL: none */
    size_t *animals;            /**< of the target's units; NULL: none */
    table_codes animal_names;
} encode_inputs;

ANA_USE_RESULT ana_status encode_read(command_job *job, const encode_input_options *options,
                                      encode_inputs *out);
void encode_inputs_free(encode_inputs *inputs);

enum {
    ENCODE_MOST_PENALTIES = 256
};

/** penalties (ENCODE_MOST_PENALTIES) = the *n numbers of a list; refuses others. */
ANA_USE_RESULT ana_status encode_parse_penalties(command_job *job, const char *list,
                                                 double *penalties, size_t *n);

/** Whether three stimuli have two trials or more. */
bool encode_has_trials(const ana_responses *target);

/** Warns of units that are left out, and why. */
void encode_say(const ana_encoding *encoding);

#endif
