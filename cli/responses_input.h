/** Inputs as responses of systems to the same stimuli (analysis/models/responses.h). */
#ifndef CLI_RESPONSES_INPUT_H
#define CLI_RESPONSES_INPUT_H

#include "job.h"

#include <analysis/formats/array_listing.h>
#include <analysis/models/responses.h>

/** How rows become stimuli, and stimuli of several inputs are matched. */
typedef struct responses_options {
    ana_match_options match;
    const char
        *conditions; /**< a table of the ids of rows; NULL: labels of the input, or numbers */
} responses_options;

responses_options responses_options_default(void);

/** --conditions, --by-order, --by-stem. */
extern const ana_option responses_option_table[];

/** *out = the systems of n inputs, matched; says on the console what was left out. An input is an
 *  array (stimulus x unit, or stimulus x trial x unit), a recording with labelled rows, or a file
 *  or folder of several layers: then each is a system of its own, called by its name. */
ANA_USE_RESULT ana_status responses_inputs(command_job *job, size_t n, char **inputs,
                                           const responses_options *options,
                                           ana_responses_set **out);

/** Whether an input is bare arrays, however many: not a recording, nor rows saved before. */
bool is_array_listing(const char *input);

/** The arrays of a file or folder; a "*" behind ":" or "/" stands for all that is there. */
ANA_USE_RESULT ana_status responses_list_arrays(const char *input, const ana_run *run,
                                                ana_array_listing **out);

/** What is done with one array, which is called `name`. */
typedef ana_status (*responses_take)(command_job *job, const char *location, const char *name,
                                     void *user);

/** One input, array by array: each with rows and columns of a file or folder of arrays (only
 *  --variable where that is given), or else the input itself. Says what is passed over. */
ANA_USE_RESULT ana_status responses_each(command_job *job, const char *input, responses_take take,
                                         void *user);

/** An array's name in a file without the group that the input asks for: of "file.h5:/gap"
 *  "/gap/layer1" is layer1. Points into `array`. */
const char *responses_name_within(const char *input, const char *array);

/** Those of n owned names that stand more than once become the locations. */
ANA_USE_RESULT ana_status responses_tell_apart(size_t n, char **const *names,
                                               char *const *locations);

/** Says which stimuli some input lacks. */
void responses_say_left_out(const console_options *console, const ana_match_report *report);

/** Warns of the record's "n_units_left_out" when there are such. */
void responses_warn_units(const ana_record *record);

/** Says which system's stimuli are only numbers while others have ids. */
void responses_say_numbered(const console_options *console, size_t n,
                            ana_responses *const *systems);

/** The systems of n inputs before they are matched: each system has its own stimuli. */
ANA_USE_RESULT ana_status responses_load(command_job *job, size_t n, char **inputs,
                                         const responses_options *options, ana_responses_set **out);

/** *out = the systems of n inputs, given as loaded, matched; says what was left out. `report` may
 *  be NULL. */
ANA_USE_RESULT ana_status responses_match(command_job *job, const ana_responses_set *systems,
                                          const responses_options *options,
                                          ana_match_report **report, ana_responses_set **out);

#endif
