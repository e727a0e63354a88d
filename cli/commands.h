/** The functions of all commands, one file each: cmd_<name>.c. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "command.h"

int cmd_info(const command *self, int argc, char **argv);
int cmd_convert(const command *self, int argc, char **argv);
int cmd_validate(const command *self, int argc, char **argv);
int cmd_view(const command *self, int argc, char **argv);
int cmd_preprocess(const command *self, int argc, char **argv);
int cmd_spectrum(const command *self, int argc, char **argv);
int cmd_spikes(const command *self, int argc, char **argv);
int cmd_calcium(const command *self, int argc, char **argv);
int cmd_hmm_fit(const command *self, int argc, char **argv);
int cmd_hmm_decode(const command *self, int argc, char **argv);
int cmd_simulate(const command *self, int argc, char **argv);
int cmd_report(const command *self, int argc, char **argv);

#endif
