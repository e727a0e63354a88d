#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/spectrum.h>

#include <stdlib.h>

static ana_status find_spectra(command_job *job, void *user)
{
    const ana_spectrum_options *options = user;
    const ana_series *series = NULL;
    ana_status status = ANA_OK;
    ana_matrix *spectrum = NULL;
    size_t *n_windows = NULL;
    size_t most = 0;
    ANA_TRY(job_series(job, 1, &series));
    n_windows = calloc(series->n_channels + 1, sizeof *n_windows);
    if (n_windows == NULL) {
        ana_fail(ANA_ERR_MEMORY, "no memory for %zu channels", series->n_channels);
        status = ANA_ERR_MEMORY;
        goto done;
    }
    ANA_TRY(ana_series_spectrum(series, options, n_windows, &spectrum));
    for (size_t c = 0; c < series->n_channels; c++) {
        most = n_windows[c] > most ? n_windows[c] : most;
    }
    if (most == 0) {
        ana_fail(ANA_ERR_VALUE,
                 "%s: no channel has a window of %g s without a gap or a missing sample; take a "
                 "shorter --window",
                 job->arguments.inputs[0], options->window_s);
        status = ANA_ERR_VALUE;
        goto done;
    }
    ANA_TRY(ana_spectrum_to_record(spectrum, series->channels[0].unit, &job->record));
done:
    free(n_windows);
    ana_matrix_free(spectrum);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    ana_spectrum_options options = ana_spectrum_options_default();
    const option_target own[] = {{"Spectrum", ana_spectrum_option_table, &options},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_SAVING,
                           .runs = {&options.run},
                           .work = find_spectra,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_spectrum = {
    .name = "spectrum",
    .summary = "Power spectra of the channels of a recording",
    .inputs = "FILE",
    .min_inputs = 1,
    .max_inputs = 1,
    .description =
        "Welch's averaged periodogram, multitapers, or autoregressive models by Burg's method, of "
        "the first regular series (or that of --series). Windows never cross a gap. The share of "
        "the power in the classical bands "
        "stands beside the spectrum.",
    .examples = "ana spectrum sleep.edf --channels 'EEG*' --max-frequency 45 -o spectrum.html\n"
                "ana spectrum imagery.gdf --method burg --window 0.25 --overlap 0.36 "
                "--max-frequency 40 -o spectrum.h5",
    .run = run_command,
};
