#include "bci_input.h"
#include "bci_overview.h"
#include "commands.h"
#include "try.h"

#include <analysis/models/bci_check.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct info_options {
    double min_hz;
    double max_hz;
    ana_bci_check_options check;
    bci_input_options input;
} info_options;

static const ana_option band_table[] = {
    {"min-frequency", ANA_OPTION_DOUBLE, offsetof(info_options, min_hz), 0, 1e6, NULL, "HZ",
     "lower edge of the band in which channels and trials are judged (default 1); with "
     "--max-frequency 0: "
     "as recorded",
     false},
    {"max-frequency", ANA_OPTION_DOUBLE, offsetof(info_options, max_hz), 0, 1e6, NULL, "HZ",
     "upper edge of that band (default 40, or 0.45 of the rate where that is less)", false},
    ANA_OPTION_END,
};

/* The band, below half the rate. */
static ana_bci_bank bank_of(const info_options *options, double rate)
{
    const double highest = 0.45 * rate;
    const double max_hz = options->max_hz < highest ? options->max_hz : highest;
    ana_bci_bank bank = {.n_bands = max_hz > options->min_hz ? 1 : 0,
                         .bands_hz = {options->min_hz, max_hz},
                         .order = 4,
                         .phase = ANA_PHASE_ZERO};
    return bank;
}

/* Channels and artefacts, in the band. */
static ana_status check_signals(const command_job *job, const info_options *options,
                                const bci_opened *opened, const ana_epoch_options *epochs,
                                bci_overview_row *row, ana_record *group)
{
    ana_status status = ANA_OK;
    const ana_series *series = opened->picked->series[0];
    ana_bci_trials *trials = NULL;
    ana_bci_check *check = NULL;
    ana_record *child = NULL;
    ana_bci_check_options how = options->check;
    const ana_bci_bank bank = bank_of(options, series->rate);
    if (options->max_hz > 0.0 && bank.n_bands == 0) {
        console_warn("%s: is judged as recorded: a band from %g Hz on is above 0.45 of its rate",
                     opened->recording->path, options->min_hz);
    }
    const ana_bci_source source = {
        .subject = row->names.subject, .session = row->names.session, .run = row->names.run};
    const char **units = calloc(series->n_channels + 1, sizeof *units);
    if (units == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for units");
    }
    for (size_t c = 0; c < series->n_channels; c++) {
        units[c] = series->channels[c].unit;
    }
    how.rank.run = job->run;
    ANA_TRY(ana_bci_trials_cut(series, opened->events, epochs, &bank, &source, NULL, &trials));
    ANA_TRY(ana_bci_check_trials(trials, units, &how, &check));
    bci_overview_note(check, trials, row);
    ANA_TRY(ana_bci_check_to_record(check, trials, &how, &child));
    status = ana_record_adopt(group, "check", child);
done:
    ana_bci_check_free(check);
    ana_bci_trials_free(trials);
    free(units);
    return status;
}

/* Why a recording gives no trials, and which events it has. */
static ana_status explain(const bci_opened *opened, bci_overview_row *row, ana_record *group)
{
    ana_status status = ANA_OK;
    snprintf(row->note, sizeof row->note, "%s", ana_last_error());
    ANA_TRY(ana_record_add_text(group, "no_trials", row->note));
    if (opened->events != NULL) {
        ANA_TRY(bci_overview_labels(opened->events, group));
    }
done:
    return status;
}

/* One recording: what it is, its events, its signals. */
static ana_status describe(command_job *job, const info_options *options, size_t which,
                           bci_overview_row *row, ana_record *group)
{
    ana_status status = ANA_OK;
    const char *path = job->arguments.inputs[which];
    bci_opened opened;
    bci_names names;
    ana_epoch_options epochs;
    ana_epochs *kept = NULL;
    ANA_TRY(bci_input_open_signals(job, which, &options->input, &opened));
    ANA_TRY(bci_names_of(path, options->input.names, opened.recording, &names));
    ANA_TRY(bci_overview_recording(&opened, &names, path, row, group));
    status = bci_input_events(opened.recording, &options->input, &opened.events);
    if (status == ANA_OK) {
        status = bci_input_epochs(job, &opened, &options->input, &epochs);
    }
    if (status == ANA_OK) {
        status = ana_epochs_read(opened.picked->series[0], opened.events, &epochs, &kept);
    }
    if (status == ANA_ERR_VALUE) {
        status = explain(&opened, row, group);
        goto done;
    }
    ANA_TRY(status);
    ANA_TRY(bci_overview_events(opened.events, kept, row, group));
    if (kept->n_trials > 0) {
        ANA_TRY(check_signals(job, options, &opened, &epochs, row, group));
    }
done:
    ana_epochs_free(kept);
    bci_input_close(&opened);
    return status;
}

static ana_status inform(command_job *job, void *user)
{
    const info_options *options = user;
    ana_status status = ANA_OK;
    ana_record *list = NULL;
    const size_t n = job->arguments.n_inputs;
    bci_overview_row *rows = calloc(n + 1, sizeof *rows);
    if (rows == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu recordings", n);
    }
    if (options->max_hz > 0.0 && options->min_hz >= options->max_hz) {
        status = job_refuse(job,
                            "--min-frequency %g and --max-frequency %g: the lower edge is below "
                            "the upper one; --max-frequency 0: as recorded",
                            options->min_hz, options->max_hz);
        goto done;
    }
    ANA_TRY(ana_record_new(&job->record));
    ANA_TRY(ana_record_add_text(job->record, "schema", "bci-recordings"));
    ANA_TRY(ana_record_add_text(job->record, "title", "Recordings of trials"));
    ANA_TRY(ana_record_new(&list));
    for (size_t k = 0; k < n; k++) {
        ana_record *group = NULL;
        char name[32];
        snprintf(name, sizeof name, "%zu", k + 1);
        ANA_TRY(ana_run_progress(&job->run, "reading recordings", k, n));
        ANA_TRY(ana_record_add_group(list, name, ANA_HINT_NONE, &group));
        ANA_TRY(describe(job, options, k, &rows[k], group));
    }
    ANA_TRY(bci_overview_table(n, rows, job->record));
    ana_record *details = list;
    list = NULL;
    ANA_TRY(ana_record_adopt(job->record, "recordings", details));
done:
    ana_record_free(list);
    free(rows);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    info_options options = {.min_hz = 1.0,
                            .max_hz = 40.0,
                            .check = ana_bci_check_options_default(),
                            .input = bci_input_options_default()};
    const option_target own[] = {{"Band", band_table, &options},
                                 {"Signals", ana_bci_check_option_table, &options.check},
                                 {"Rank", ana_spd_rank_option_table, &options.check.rank},
                                 {"Trials", bci_input_option_table, &options.input},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {
        .own = own, .parts = JOB_RECORDING | JOB_SAVING, .work = inform, .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_bci_info = {
    .name = "bci info",
    .summary = "Show what trials recordings would give, and which channels and trials are bad",
    .inputs = "RECORDING...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "Of each recording: whose it is by its name, channels, rate, unit; events by label with "
        "their lengths; trials in the window and why others are dropped; the rank of the "
        "covariances with the likely cause of a loss; channels that are flat, bridged, gross or in "
        "another unit; and trials that are artefacts by their z in a Riemannian potato. What is "
        "asked for by --events and --window-from is what ana bci fit and eval would take.",
    .examples = "ana bci info P1_s*_r*.h5 --names '{subject}_{session}_{run}' --events "
                "left_hand,right_hand --window-from 0.5 --window-to 3\n"
                "ana bci info day1.gdf --json",
    .run = run_command,
};
