/** A command of the program: what it is called, what it takes, and the function that does it. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <analysis/options.h>
#include <analysis/status.h>

#include <stddef.h>

/** Exit status, here and nowhere else. */
typedef enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,        /**< data or computation */
    EXIT_USAGE = 2,         /**< wrong use */
    EXIT_NOT_CONVERGED = 3, /**< done but not converged; 0 with --allow-nonconverged */
    EXIT_FILE = 4,          /**< a file could not be read, written or understood */
    EXIT_CANCELLED = 130
} exit_code;

typedef struct command command;

/** Everything --help, the man page and the completion say of a command comes from here and from its
 *  option tables. */
struct command {
    const char *name;    /**< "info", "hmm fit" */
    const char *summary; /**< one line */
    const char *inputs;  /**< "FILE...", as in the usage line; NULL: takes none */
    size_t min_inputs;
    size_t max_inputs;
    const char *description; /**< paragraphs, separated by blank lines */
    const char *examples;    /**< lines "command  # what it does" */
    /** argv[0] is the first word after the command's name. Returns an exit_status. */
    int (*run)(const command *self, int argc, char **argv);
};

/** All commands, in the order they are listed in, ended by NULL; in commands.c. */
extern const command *const command_table[];

enum {
    MANY_INPUTS = 4096 /**< as max_inputs: as many as there are */
};

/** For the descriptions of commands that write a recording or a page. */
#define WRITTEN_AS_JSON                                                                            \
    "With --json, what was written: {output, format, files, bytes, losses, warnings}."

#endif
