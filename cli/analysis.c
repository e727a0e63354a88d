#include "analysis.h"

#include "arguments.h"
#include "summary.h"
#include "try.h"

#include <string.h>

analysis_options analysis_options_default(void)
{
    analysis_options options = {.read = ana_read_options_default(),
                                .selection = selection_options_default()};
    return options;
}

/* The targets of every such command behind its own. */
static void list_targets(const option_target *own, ana_run *run, analysis_options *options,
                         option_target *targets)
{
    const option_target shared[] = {
        {"Selection", selection_option_table, &options->selection},
        {"Times", selection_time_option_table, &options->selection},
        {"Reading", ana_read_option_table, &options->read},
        {"Computation", ana_run_option_table, run},
        {"Output", save_option_table, &options->save},
        {"Console", console_option_table, &options->console},
        {NULL, NULL, NULL},
    };
    size_t n = 0;
    for (; own[n].table != NULL; n++) {
        targets[n] = own[n];
    }
    memcpy(targets + n, shared, sizeof shared);
}

static ana_status compute(const command *self, const option_target *targets,
                          const input_list *arguments, const analysis_options *options,
                          analysis_function function, void *user)
{
    ana_status status = ANA_OK;
    ana_recording *recording = NULL;
    ana_record *record = NULL;
    ANA_TRY(load_recording(arguments->inputs[0], &options->read, &options->selection, &recording));
    ANA_TRY(function(user, recording, &options->console, &record));
    ANA_TRY(save_provenance(self, targets, arguments, &options->save, record));
    ANA_TRY(save_record(&options->save, record));
    console_finish_line();
    ANA_TRY(summary_print(&options->console, record));
done:
    ana_record_free(record);
    ana_recording_free(recording);
    return status;
}

int analysis_run(const command *self, const option_target *own, ana_run *run,
                 analysis_function function, void *user, int argc, char **argv)
{
    analysis_options options = analysis_options_default();
    option_target targets[12];
    input_list arguments;
    int exit_status = EXIT_DONE;
    list_targets(own, run, &options, targets);
    if (!arguments_parse(self, targets, argc, argv, &arguments, &exit_status)) {
        return exit_status;
    }
    console_attach(&options.console, run);
    options.read.run = *run;
    ana_status status = compute(self, targets, &arguments, &options, function, user);
    console_finish_line();
    return status == ANA_OK ? EXIT_DONE : fail_with(self, status);
}
