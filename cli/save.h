/** Results to files: provenance, and the form that the ending of the output name asks for. */
#ifndef CLI_SAVE_H
#define CLI_SAVE_H

#include "arguments.h"
#include "console.h"

#include <analysis/formats/reader.h>
#include <analysis/record.h>

/** Where a result goes. */
typedef struct save_options {
    const char *output; /**< NULL: a summary on stdout is all */
    bool overwrite;     /**< of records and pages; `write` has its own */
    bool no_hash;
    bool tsv; /**< the summary on stdout for programs, a line for each value */
    bool allow_nonconverged;
    ana_write_options write; /**< of recordings */
} save_options;

extern const ana_option save_option_table[];      /**< output, overwrite, no-hash: a record */
extern const ana_option page_option_table[];      /**< output, overwrite: a page */
extern const ana_option recording_option_table[]; /**< output: a recording */
extern const ana_option fit_option_table[];       /**< allow-nonconverged */

/** The form of a saved result, by the ending of its name. */
typedef enum save_form {
    SAVE_RECORD, /**< .h5, .hdf5, .json, or a folder: none */
    SAVE_PAGE,   /**< .html, .htm */
    SAVE_FIGURE, /**< .svg */
    SAVE_UNKNOWN
} save_form;

save_form save_form_of(const char *output);

/** ANA_ERR_IO when the output is there and is not to be replaced. */
ANA_USE_RESULT ana_status save_check_free(const save_options *options);

/** Add "provenance" to a record: program, version, build, command with all options that are not
 *  execution, inputs with size and SHA-256, warnings so far. */
ANA_USE_RESULT ana_status save_provenance(const command *self, const option_target *targets,
                                          const input_list *arguments, const save_options *options,
                                          ana_record *record);

/** Write the record where options->output says, by its ending: .h5, .json, a folder; .html a
 *  report; .svg its first figure. Nothing without an output. */
ANA_USE_RESULT ana_status save_record(const save_options *options, const ana_record *record);

#endif
