#include "arguments.h"
#include "commands.h"
#include "console.h"
#include "load.h"
#include "try.h"

#include <analysis/formats/reader.h>

#include <stdio.h>

typedef struct convert_options {
    const char *output;
} convert_options;

static const ana_option convert_option_table[] = {
    {"output", ANA_OPTION_TEXT, offsetof(convert_options, output), 0, 0, NULL, "FILE",
     "the recording to write, in the format of its ending or of --output-format", true},
    ANA_OPTION_END,
};

int cmd_convert(const command *self, int argc, char **argv)
{
    ana_status status = ANA_OK;
    convert_options options = {0};
    ana_read_options read = ana_read_options_default();
    ana_write_options write = ana_write_options_default();
    selection_options selection = selection_options_default();
    console_options console = {0};
    const option_target targets[] = {{"Conversion", convert_option_table, &options},
                                     {"Writing", ana_write_option_table, &write},
                                     {"Selection", selection_option_table, &selection},
                                     {"Times", selection_time_option_table, &selection},
                                     {"Reading", ana_read_option_table, &read},
                                     {"Computation", ana_run_option_table, &write},
                                     {"Console", console_option_table, &console},
                                     {NULL, NULL, NULL}};
    input_list arguments;
    int exit_status = EXIT_DONE;
    ana_recording *recording = NULL;
    if (!arguments_parse(self, targets, argc, argv, &arguments, &exit_status)) {
        return exit_status;
    }
    if (options.output == NULL) {
        return wrong_use(self, "needs -o FILE");
    }
    console_attach(&console, &write.run);
    read.run = write.run;
    ANA_TRY(load_recording(arguments.inputs[0], &read, &selection, &recording));
    ANA_TRY(ana_recording_write(recording, options.output, &write));
    console_say(&console, "%s written", options.output);
done:
    console_finish_line();
    ana_recording_free(recording);
    return status == ANA_OK ? EXIT_DONE : fail_with(self, status);
}
