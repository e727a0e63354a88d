#include "arguments.h"
#include "commands.h"
#include "console.h"
#include "load.h"
#include "try.h"

#include <analysis/filter.h>
#include <analysis/formats/reader.h>
#include <analysis/preprocess.h>
#include <analysis/resample.h>

/* All steps, in the order they are taken. */
typedef struct step_options {
    ana_preprocess_options preprocess;
    ana_filter_options filter;
    ana_resample_options resample;
} step_options;

typedef struct preprocess_output_options {
    const char *output;
} preprocess_output_options;

static const ana_option preprocess_output_option_table[] = {
    {"output", ANA_OPTION_TEXT, offsetof(preprocess_output_options, output), 0, 0, NULL, "FILE",
     "the recording to write, in the format of its ending or of --output-format", true},
    ANA_OPTION_END,
};

static bool filters(const ana_filter_options *options)
{
    return options->high_pass_hz > 0.0 || options->low_pass_hz > 0.0 || options->notch_hz > 0.0;
}

/* Puts the next step's series in the place of the one before, which it shares the source of. */
static void replace(ana_series **series, ana_series *next)
{
    ana_series_free(*series);
    *series = next;
}

static ana_status preprocess_series(const step_options *steps, ana_series **series)
{
    ana_status status = ANA_OK;
    ana_series *next = NULL;
    ANA_TRY(ana_series_preprocess(*series, &steps->preprocess, &next));
    replace(series, next);
    if (filters(&steps->filter)) {
        ANA_TRY(ana_series_filter(*series, &steps->filter, &next));
        replace(series, next);
    }
    if (steps->resample.rate_hz > 0.0 && steps->resample.rate_hz != (*series)->rate) {
        ANA_TRY(ana_series_resample(*series, &steps->resample, &next));
        replace(series, next);
    }
done:
    return status;
}

/* Every regular series; time-stamped ones stay as they are. */
static ana_status preprocess_recording(const step_options *steps, const console_options *console,
                                       ana_recording *recording)
{
    for (size_t i = 0; i < recording->n_series; i++) {
        if (!(recording->series[i]->rate > 0.0)) {
            console_say(console, "%s: is time-stamped and stays as it is",
                        recording->series[i]->name);
            continue;
        }
        ana_status status = preprocess_series(steps, &recording->series[i]);
        if (status != ANA_OK) {
            return ana_fail_in(status, "%s: ", recording->series[i]->name);
        }
    }
    return ANA_OK;
}

int cmd_preprocess(const command *self, int argc, char **argv)
{
    ana_status status = ANA_OK;
    step_options steps = {ana_preprocess_options_default(), ana_filter_options_default(),
                          ana_resample_options_default()};
    preprocess_output_options output = {0};
    ana_read_options read = ana_read_options_default();
    ana_write_options write = ana_write_options_default();
    selection_options selection = selection_options_default();
    console_options console = {0};
    const option_target targets[] = {
        {"Drift and reference", ana_preprocess_option_table, &steps.preprocess},
        {"Filter", ana_filter_option_table, &steps.filter},
        {"Rate", ana_resample_option_table, &steps.resample},
        {"Selection", selection_option_table, &selection},
        {"Times", selection_time_option_table, &selection},
        {"Output", preprocess_output_option_table, &output},
        {"Writing", ana_write_option_table, &write},
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
    if (output.output == NULL) {
        return wrong_use(self, "needs -o FILE");
    }
    console_attach(&console, &write.run);
    read.run = write.run;
    steps.preprocess.run = write.run;
    steps.filter.run = write.run;
    steps.resample.run = write.run;
    ANA_TRY(load_recording(arguments.inputs[0], &read, &selection, &recording));
    ANA_TRY(preprocess_recording(&steps, &console, recording));
    ANA_TRY(ana_recording_write(recording, output.output, &write));
    console_say(&console, "%s written", output.output);
done:
    console_finish_line();
    ana_recording_free(recording);
    return status == ANA_OK ? EXIT_DONE : fail_with(self, status);
}
