#include "arguments.h"
#include "commands.h"
#include "console.h"
#include "load.h"
#include "save.h"
#include "summary.h"
#include "try.h"

#include <analysis/formats/record_io.h>
#include <analysis/models/hmm.h>

#include <math.h>
#include <stdlib.h>

/* Options of decoding itself. */
typedef struct decode_options {
    ana_run run;
    size_t n_shifts;
} decode_options;

static const ana_option decode_option_table[] = {
    {"shifts", ANA_OPTION_SIZE, offsetof(decode_options, n_shifts), 1, 1e6, NULL, "N",
     "circular shifts of the path that the agreement with labels is held against", false},
    ANA_OPTION_END,
};

/* Rates are counts per bin: rows of another width would be decoded by wrong rates. */
static ana_status check_bin(const ana_hmm *hmm, const ana_observations *observations)
{
    const double model = hmm->bin_s;
    const double rows = observations->bin_s;
    if (fabs(model - rows) > 1e-6 * model) { /* false where one of them is not known */
        return ana_fail(ANA_ERR_VALUE,
                        "the model was fitted to bins of %g s, but the rows are %g s wide; give "
                        "--bin and --rebin as they were for the fit",
                        model, rows);
    }
    return ANA_OK;
}

/* Decode and, with labels, compare. */
static ana_status decode(const ana_hmm *hmm, const ana_observations *observations,
                         const decode_options *options, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_hmm_decoding *decoding = NULL;
    ana_hmm_agreement agreement = {0};
    ANA_TRY(ana_hmm_decode(hmm, observations, &options->run, &decoding));
    if (observations->labels != NULL) {
        ANA_TRY(
            ana_hmm_agree(decoding, observations, options->n_shifts, &options->run, &agreement));
    }
    ANA_TRY(ana_hmm_decoding_to_record(decoding, observations,
                                       observations->labels != NULL ? &agreement : NULL, out));
done:
    free(agreement.occupancy);
    ana_hmm_decoding_free(decoding);
    return status;
}

int cmd_hmm_decode(const command *self, int argc, char **argv)
{
    ana_status status = ANA_OK;
    decode_options options = {.run = ana_run_default(), .n_shifts = 999};
    ana_read_options read = ana_read_options_default();
    rows_options rows = rows_options_default();
    selection_options selection = selection_options_default();
    save_options save = {0};
    console_options console = {0};
    const option_target targets[] = {{"Decoding", decode_option_table, &options},
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
    ana_record *model = NULL;
    ana_hmm *hmm = NULL;
    ana_observations *observations = NULL;
    ana_record *record = NULL;
    if (!arguments_parse(self, targets, argc, argv, &arguments, &exit_status)) {
        return exit_status;
    }
    console_attach(&console, &options.run);
    read.run = options.run;
    ANA_TRY(ana_record_read(arguments.inputs[0], &model));
    ANA_TRY(ana_hmm_from_record(model, &hmm));
    ANA_TRY(load_observations(arguments.n_inputs - 1, arguments.inputs + 1, &rows, &read,
                              &selection, &console, &observations));
    ANA_TRY(check_bin(hmm, observations));
    ANA_TRY(decode(hmm, observations, &options, &record));
    ANA_TRY(save_provenance(self, targets, &arguments, &save, record));
    ANA_TRY(save_record(&save, record));
    ANA_TRY(summary_print(&console, record));
done:
    console_finish_line();
    exit_status = status == ANA_OK ? EXIT_DONE : fail_with(self, status);
    ana_record_free(record);
    ana_record_free(model);
    ana_hmm_free(hmm);
    ana_observations_free(observations);
    return exit_status;
}
