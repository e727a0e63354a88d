#include "arguments.h"
#include "commands.h"
#include "console.h"
#include "try.h"

#include <analysis/formats/reader.h>
#include <analysis/models/simulate.h>

#include <stdio.h>
#include <string.h>

typedef enum simulated_kind {
    SIMULATED_SPIKES,
    SIMULATED_EEG,
    SIMULATED_CALCIUM
} simulated_kind;

/* What to make, and where to write it. */
typedef struct simulate_command_options {
    simulated_kind kind;
    const char *output;
} simulate_command_options;

static const char *const kind_words[] = {"spikes", "eeg", "calcium", NULL};

static const ana_option simulate_command_option_table[] = {
    {"kind", ANA_OPTION_CHOICE, offsetof(simulate_command_options, kind), 0, 0, kind_words, "KIND",
     "what to simulate: spikes with switching states, EEG of imagined movements, calcium traces",
     false},
    {"output", ANA_OPTION_TEXT, offsetof(simulate_command_options, output), 0, 0, NULL, "FILE",
     "the recording to write, in the format of its ending or of --output-format", true},
    ANA_OPTION_END,
};

static ana_status simulate(const simulate_command_options *command_options,
                           const ana_simulate_options *options, ana_recording **out)
{
    switch (command_options->kind) {
    case SIMULATED_EEG:
        return ana_simulate_motor_imagery(options, out);
    case SIMULATED_CALCIUM:
        return ana_simulate_calcium(options, out);
    case SIMULATED_SPIKES:
        break;
    }
    return ana_simulate_spikes(options, out);
}

int cmd_simulate(const command *self, int argc, char **argv)
{
    ana_status status = ANA_OK;
    simulate_command_options command_options = {.kind = SIMULATED_SPIKES};
    ana_simulate_options options = ana_simulate_options_default();
    ana_write_options write = ana_write_options_default();
    console_options console = {0};
    write.lossy = true; /* what is made can be made again in a format that holds all of it */
    const option_target targets[] = {
        {"Simulation", simulate_command_option_table, &command_options},
        {"Recording", ana_simulate_option_table, &options},
        {"Computation", ana_run_option_table, &options},
        {"Writing", ana_write_option_table, &write},
        {"Console", console_option_table, &console},
        {NULL, NULL, NULL}};
    input_list arguments;
    int exit_status = EXIT_DONE;
    ana_recording *recording = NULL;
    if (!arguments_parse(self, targets, argc, argv, &arguments, &exit_status)) {
        return exit_status;
    }
    if (command_options.output == NULL) {
        return wrong_use(self, "needs -o FILE");
    }
    console_attach(&console, &options.run);
    write.run = options.run;
    ANA_TRY(simulate(&command_options, &options, &recording));
    ANA_TRY(ana_recording_write(recording, command_options.output, &write));
    console_say(&console, "%s: %g s written", command_options.output, options.duration_s);
done:
    console_finish_line();
    ana_recording_free(recording);
    return status == ANA_OK ? EXIT_DONE : fail_with(self, status);
}
