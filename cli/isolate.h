/** --isolate: the command in a supervised child, so that a crash or a hang inside an outside
 *  library on a hostile file becomes exit 4 with a sentence. */
#ifndef CLI_ISOLATE_H
#define CLI_ISOLATE_H

#include <stdbool.h>

/** Whether the words ask for it ("--isolate" before any "--"). */
bool isolate_is_asked(int argc, char **argv);

/** Run this program anew with the same words but --isolate and --time-limit, and wait for it.
 *  Returns its exit status, or EXIT_FILE when a signal or the time limit ended it. */
int isolate_run(int argc, char **argv);

#endif
