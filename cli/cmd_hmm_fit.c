#include "arguments.h"
#include "commands.h"
#include "console.h"
#include "load.h"
#include "save.h"
#include "summary.h"
#include "try.h"

#include <analysis/models/hmm.h>

#include <stdio.h>

static int finish(const command *self, const save_options *save, ana_status status,
                  const ana_hmm *hmm)
{
    console_finish_line();
    if (status != ANA_OK) {
        return fail_with(self, status);
    }
    if (!hmm->info.converged && !save->allow_nonconverged) {
        fprintf(stderr,
                "ana %s: not converged after %zu iterations; raise --max-iterations or "
                "accept it by --allow-nonconverged\n",
                self->name, hmm->info.n_iterations);
        return EXIT_NOT_CONVERGED;
    }
    return EXIT_DONE;
}

int cmd_hmm_fit(const command *self, int argc, char **argv)
{
    ana_status status = ANA_OK;
    ana_hmm_options options = ana_hmm_options_default();
    ana_read_options read = ana_read_options_default();
    rows_options rows = rows_options_default();
    selection_options selection = selection_options_default();
    save_options save = {0};
    console_options console = {0};
    const option_target targets[] = {{"Model", ana_hmm_option_table, &options},
                                     {"Rows", rows_option_table, &rows},
                                     {"Selection", selection_option_table, &selection},
                                     {"Times", selection_time_option_table, &selection},
                                     {"Reading", ana_read_option_table, &read},
                                     {"Computation", ana_run_option_table, &options},
                                     {"Output", save_option_table, &save},
                                     {"Console", console_option_table, &console},
                                     {NULL, NULL, NULL}};
    input_list arguments;
    int exit_status = EXIT_DONE;
    ana_observations *observations = NULL;
    ana_hmm *hmm = NULL;
    ana_record *record = NULL;
    if (!arguments_parse(self, targets, argc, argv, &arguments, &exit_status)) {
        return exit_status;
    }
    console_attach(&console, &options.run);
    read.run = options.run;
    ANA_TRY(load_observations(arguments.n_inputs, arguments.inputs, &rows, &read, &selection,
                              &console, &observations));
    ANA_TRY(ana_hmm_fit(observations, &options, &hmm));
    console_say(&console, "%zu rows of %zu units in %zu sequences, %zu restarts in %.2f s",
                observations->n_times, observations->n_features, observations->n_sequences,
                options.n_restarts, hmm->info.seconds);
    ANA_TRY(ana_hmm_to_record(hmm, &record));
    ANA_TRY(save_provenance(self, targets, &arguments, &save, record));
    ANA_TRY(save_record(&save, record));
    ANA_TRY(summary_print(&console, record));
done:
    exit_status = finish(self, &save, status, hmm);
    ana_record_free(record);
    ana_hmm_free(hmm);
    ana_observations_free(observations);
    return exit_status;
}
