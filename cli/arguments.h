/** Words of the command line into options structs, by the structs' own tables. */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include "command.h"

#include <stdbool.h>

/** One table and the struct it fills; the struct holds the defaults when parsing begins. */
typedef struct option_target {
    const char *title; /**< heading in --help: "Model", "Output" */
    const ana_option *table;
    void *options;
} option_target;

typedef struct input_list {
    size_t n_inputs;
    char **inputs; /**< points into argv, which is reordered */
} input_list;

/** Parse argv into the targets (ended by one without a table). Options may stand anywhere; "--"
 *  ends them; "-" is refused. Returns true to go on; false when the command is over with *status:
 *  --help was printed, or something is wrong and was said on stderr. */
bool arguments_parse(const command *self, const option_target *targets, int argc, char **argv,
                     input_list *out, int *status);

/** Say on stderr that the command is used wrongly, and how it is used; returns EXIT_USAGE. */
__attribute__((format(printf, 2, 3))) int wrong_use(const command *self, const char *format, ...);

/** The exit status that a library status stands for. */
int exit_status_of(ana_status status);

/** The last error's sentence on stderr; returns exit_status_of(status). */
int fail_with(const command *self, ana_status status);

/** Short forms: -o output, -j threads, -q quiet, -v verbose, -h help; NULL for any other letter. */
const char *long_name_of(char letter);

enum {
    ARGUMENTS_MAX_ROWS = 64 /**< of an options table */
};

/** to (ARGUMENTS_MAX_ROWS) = the rows of `from` without the option of that name. */
void arguments_leave_out(const char *name, const ana_option *from, ana_option *to);

#endif
