#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/connectivity.h>

#include <stdlib.h>

static ana_status find_connections(command_job *job, void *user)
{
    const ana_connectivity_options *options = user;
    const ana_series *series = NULL;
    ana_status status = ANA_OK;
    ana_matrix *connectivity = NULL;
    size_t *n_windows = NULL;
    size_t most = 0;
    ANA_TRY(job_series(job, 2, &series));
    const size_t n = series->n_channels;
    n_windows = calloc(n * n + 1, sizeof *n_windows);
    if (n_windows == NULL) {
        ana_fail(ANA_ERR_MEMORY, "no memory for %zu channels", n);
        status = ANA_ERR_MEMORY;
        goto done;
    }
    ANA_TRY(ana_series_connectivity(series, options, n_windows, &connectivity));
    for (size_t pair = 0; pair < n * n; pair++) {
        const bool counts = pair % (n + 1) != 0 && n_windows[pair] > most; /* not of itself */
        most = counts ? n_windows[pair] : most;
    }
    if (options->method == ANA_CONNECTIVITY_WELCH && most < 2) {
        ana_fail(ANA_ERR_VALUE,
                 "%s: no two channels have two windows of %g s together, so that nothing can be "
                 "said; take a shorter --window",
                 job->arguments.inputs[0], options->window_s);
        status = ANA_ERR_VALUE;
        goto done;
    }
    ANA_TRY(ana_connectivity_to_record(connectivity, options->measure, &job->record));
done:
    free(n_windows);
    ana_matrix_free(connectivity);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    ana_connectivity_options options = ana_connectivity_options_default();
    const option_target own[] = {{"Connectivity", ana_connectivity_option_table, &options},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_SAVING,
                           .runs = {&options.run},
                           .work = find_connections,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_connectivity = {
    .name = "connectivity",
    .summary = "Which channels of a recording go together, and at which frequency",
    .inputs = "FILE",
    .min_inputs = 1,
    .max_inputs = 1,
    .description =
        "Coherence, its imaginary and lagged parts, locking of phases and phase lag indices of "
        "every pair of channels of the first regular series (or that of --series), by windows at "
        "every frequency or by the analytic signals of one band. Windows never cross a gap; one "
        "with a missing sample is left out of its channel's pairs. Beside the matrices stand the "
        "node strengths: the sum of each channel's connections.",
    .examples =
        "ana connectivity rest.edf --measure wpli-debiased --min-frequency 4 --max-frequency 30 "
        "-o connectivity.h5\n"
        "ana connectivity rest.edf --method hilbert --measure plv --min-frequency 8 "
        "--max-frequency 13 -o connectivity.html",
    .run = run_command,
};
