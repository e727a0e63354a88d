/** Results to files: provenance, and the form that the ending of the output name asks for. */
#ifndef CLI_SAVE_H
#define CLI_SAVE_H

#include "arguments.h"
#include "console.h"

#include <analysis/record.h>

/** Options of every command that saves a result. */
typedef struct save_options {
    const char *output; /**< NULL: a summary on stdout is all */
    bool overwrite;
    bool no_hash;
    bool allow_nonconverged;
} save_options;

extern const ana_option save_option_table[];

/** Add "provenance" to a record: program, version, build, command with all options that are not
 *  execution, inputs with size and SHA-256, warnings so far. */
ANA_USE_RESULT ana_status save_provenance(const command *self, const option_target *targets,
                                          const input_list *arguments, const save_options *options,
                                          ana_record *record);

/** Write the record where options->output says, by its ending: .h5, .json, a folder; .html a
 * report; .svg its first figure. Nothing without an output. */
ANA_USE_RESULT ana_status save_record(const save_options *options, const ana_record *record);

#endif
