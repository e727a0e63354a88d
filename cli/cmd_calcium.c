#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/calcium_summary.h>

/* Which series, and whether to deconvolve. */
typedef struct calcium_command_options {
    ana_calcium_options calcium;
    ana_oasis_options oasis;
    const char *fluorescence;
    const char *surround;
    bool deconvolve;
} calcium_command_options;

static const ana_option calcium_command_option_table[] = {
    {"fluorescence", ANA_OPTION_TEXT, offsetof(calcium_command_options, fluorescence), 0, 0, NULL,
     "NAME", "series of fluorescence; default: F, else the first of regions of interest", false},
    {"surround", ANA_OPTION_TEXT, offsetof(calcium_command_options, surround), 0, 0, NULL, "NAME",
     "series of neuropil; default: Fneu, where there is one", false},
    {"deconvolve", ANA_OPTION_BOOL, offsetof(calcium_command_options, deconvolve), 0, 0, NULL, NULL,
     "infer the events behind the fluorescence", false},
    ANA_OPTION_END,
};

static const ana_series *find_fluorescence(const ana_recording *recording, const char *name)
{
    if (name != NULL) {
        return ana_recording_find_series(recording, name);
    }
    const ana_series *found = ana_recording_find_series(recording, "F");
    for (size_t i = 0; i < recording->n_series && found == NULL; i++) {
        const ana_series *series = recording->series[i];
        if (series->n_channels > 0 && series->channels[0].kind == ANA_KIND_ROI) {
            found = series;
        }
    }
    return found;
}

static ana_status summarise(command_job *job, void *user)
{
    const calcium_command_options *options = user;
    ana_status status = ANA_OK;
    ana_recording *recording = NULL;
    ANA_TRY(job_recording(job, &recording));
    const ana_series *fluorescence = find_fluorescence(recording, options->fluorescence);
    const char *surround = options->surround != NULL ? options->surround : "Fneu";
    const ana_series *neuropil = ana_recording_find_series(recording, surround);
    if (fluorescence == NULL) {
        return options->fluorescence != NULL
                   ? load_refuse(recording, "series", options->fluorescence)
                   : load_refuse(recording, "series of regions of interest", NULL);
    }
    if (neuropil == NULL && options->surround != NULL) {
        return load_refuse(recording, "series", options->surround);
    }
    console_say(&job->console, "%s%s%s", fluorescence->name, neuropil != NULL ? " less " : "",
                neuropil != NULL ? neuropil->name : "");
    ANA_TRY(ana_calcium_to_record(fluorescence, neuropil, &options->calcium,
                                  options->deconvolve ? &options->oasis : NULL, &job->record));
done:
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    calcium_command_options options = {.calcium = ana_calcium_options_default(),
                                       .oasis = ana_oasis_options_default()};
    const option_target own[] = {{"Series", calcium_command_option_table, &options},
                                 {"Fluorescence", ana_calcium_option_table, &options.calcium},
                                 {"Deconvolution", ana_oasis_option_table, &options.oasis},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_SAVING,
                           .runs = {&options.calcium.run},
                           .work = summarise,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_calcium = {
    .name = "calcium",
    .summary = "dF/F, noise, events and deconvolution of calcium traces",
    .inputs = "FILE",
    .min_inputs = 1,
    .max_inputs = 1,
    .description =
        "Fluorescence of regions of interest, less a share of the neuropil around them where "
        "there is one, relative to a running baseline; noise level and events of each region; "
        "with --deconvolve the events behind the traces (OASIS).",
    .examples = "ana calcium suite2p/plane0 --rate 30 --deconvolve -o calcium.html",
    .run = run_command,
};
