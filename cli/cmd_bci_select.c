#include "bci_events.h"
#include "commands.h"
#include "try.h"

#include <analysis/models/lag_selection.h>

typedef struct select_options {
    double min_hz;
    double max_hz;
    ana_lag_options lags;
    bci_input_options input;
} select_options;

static const ana_option filter_table[] = {
    {"min-frequency", ANA_OPTION_DOUBLE, offsetof(select_options, min_hz), 0, 1e6, NULL, "HZ",
     "lower edge of the band-pass filter of the recordings; 0 with --max-frequency 0: no filter",
     false},
    {"max-frequency", ANA_OPTION_DOUBLE, offsetof(select_options, max_hz), 0, 1e6, NULL, "HZ",
     "upper edge of the band-pass filter", false},
    ANA_OPTION_END,
};

/* The names of the classes, and the lag in seconds. */
static ana_status add_facts(const ana_bci_trials *trials, const ana_lag_selection *selection,
                            ana_record *record)
{
    ana_status status = ANA_OK;
    const double lag = (double)selection->pairs[selection->best].lag;
    ANA_TRY(ana_record_add_double(record, "lag_s", lag / trials->rate, "s"));
    ANA_TRY(ana_record_add_double(record, "rate", trials->rate, "Hz"));
    ANA_TRY(ana_record_add_texts(record, "classes", trials->n_classes,
                                 (const char *const *)trials->classes));
    ANA_TRY(ana_record_add_texts(record, "channels", trials->n_channels,
                                 (const char *const *)trials->channel_names));
done:
    return status;
}

static ana_status choose(command_job *job, void *user)
{
    const select_options *options = user;
    ana_status status = ANA_OK;
    ana_bci_bank bank = {.n_bands = options->max_hz > 0.0 ? 1 : 0,
                         .bands_hz = {options->min_hz, options->max_hz},
                         .order = 4};
    ana_bci_trials *trials = NULL;
    ana_lag_products *products = NULL;
    ana_lag_selection *selection = NULL;
    if (bank.n_bands > 0 ? !(options->min_hz < options->max_hz && options->min_hz > 0.0)
                         : options->min_hz > 0.0) {
        return job_refuse(
            job,
            "--min-frequency and --max-frequency: the lower edge is above 0 and below the upper "
            "one, or both are 0");
    }
    if (options->lags.race && options->lags.method != ANA_LAG_GRID) {
        return job_refuse(job, "--race is of --method grid");
    }
    ANA_TRY(bci_input_trials(job, 0, &options->input, &bank, &trials));
    bci_events_tell_classes(job, &options->input, trials);
    const ana_lag_trials all = {trials->n_trials, trials->n_channels, trials->n_times,
                                trials->values, trials->labels};
    ANA_TRY(ana_lag_products_new(&all, &options->lags, &products));
    ANA_TRY(ana_lag_selection_fit(products, NULL, 0, NULL, &options->lags, &selection));
    ANA_TRY(ana_lag_selection_to_record(selection, &job->record));
    ANA_TRY(add_facts(trials, selection, job->record));
done:
    ana_lag_selection_free(selection);
    ana_lag_products_free(products);
    ana_bci_trials_free(trials);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    select_options options = {.min_hz = 8.0,
                              .max_hz = 35.0,
                              .lags = ana_lag_options_default(),
                              .input = bci_input_options_default()};
    const option_target own[] = {{"Embedding", ana_lag_option_table, &options.lags},
                                 {"Filter", filter_table, &options},
                                 {"Trials", bci_input_option_table, &options.input},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_SAVING,
                           .runs = {&options.lags.run},
                           .work = choose,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_bci_select = {
    .name = "bci select",
    .summary = "Choose order and lag of augmented covariances",
    .inputs = "RECORDING...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "Trials are embedded with delays of a lag, order - 1 times, before their covariances are "
        "classified. Every order and lag is scored by folds of the trials, or the best of a race, "
        "or what MDOP or Akaike's criterion suggest; the map of scores is in the record. The score "
        "of the pair chosen is that of the best of many on the same trials, so it says nothing of "
        "other trials: ana bci eval selects inside its folds. Processor time goes with the third "
        "power of order x channels: --race and --max-order make it short.",
    .examples = "ana bci select day1.gdf --events 769=left,770=right --window-from 0.5 --window-to "
                "3.5 --race -o lags.html\n"
                "ana bci select day1.gdf --events 769=left,770=right --window-from 0.5 --window-to "
                "3.5 --classifier mdm "
                "--max-order 5 --method mdop --json",
    .run = run_command,
};
