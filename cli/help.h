/** --help, man pages and shell completions, all from the commands' option tables. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "arguments.h"

/** What `ana help NAME` and `ana NAME --help` print: usage, description, options with their ranges
 *  and defaults (the targets' present values), examples, exit status. */
void help_print(const command *self, const option_target *targets);

/** Answers the words that only the build and the completion use: "--help-man" (troff source) and
 *  "--help-completion" (an option a line, with its choices). False for any other word. */
bool help_special(const command *self, const option_target *targets, const char *word);

/** The list of commands, as `ana` and `ana help` print it. */
void help_commands(void);

#endif
