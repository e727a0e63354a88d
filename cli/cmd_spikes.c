#include "analysis.h"
#include "arguments.h"
#include "commands.h"

#include <analysis/spike_summary.h>

static ana_status summarise(void *user, const ana_recording *recording,
                            const console_options *console, ana_record **out)
{
    const ana_spikes_summary_options *options = user;
    const ana_spikes *spikes = ana_recording_find_spikes(recording, NULL);
    if (spikes == NULL) {
        return ana_fail(ANA_ERR_VALUE, "%s: holds no spikes", recording->path);
    }
    if (recording->n_spikes > 1) {
        console_say(console, "%s: the first of %zu sets of units", spikes->name,
                    recording->n_spikes);
    }
    if (spikes->observed_inferred) {
        console_warn("%s: does not say when its units were observed; taken as all of the recording",
                     recording->path);
    }
    return ana_spikes_summary_to_record(spikes, options, out);
}

int cmd_spikes(const command *self, int argc, char **argv)
{
    ana_spikes_summary_options options = ana_spikes_summary_options_default();
    const option_target own[] = {
        {"Measures", ana_spikes_summary_option_table, &options},
        {"Correlograms", ana_correlogram_option_table, &options.correlogram},
        {NULL, NULL, NULL}};
    return analysis_run(self, own, &options.run, summarise, &options, argc, argv);
}
