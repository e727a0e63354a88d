#include "commands.h"
#include "job.h"
#include "responses_input.h"
#include "try.h"

#include <analysis/models/cca.h>

#include <stdlib.h>

typedef struct cca_options {
    ana_cca_options cca;
    responses_options responses;
} cca_options;

static ana_status correlate(command_job *job, void *user)
{
    cca_options *options = user;
    ana_status status = ANA_OK;
    ana_responses_set *systems = NULL;
    ana_cca **ccas = NULL;
    size_t n = 0;
    if (options->cca.n_folds == 1) {
        return job_refuse(job, "--folds 1: 2 or more, or 0: none");
    }
    ANA_TRY(responses_inputs(job, job->arguments.n_inputs, job->arguments.inputs,
                             &options->responses, &systems));
    if (systems->n < 2) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "cca: one system; it needs another to be compared with"));
    }
    ccas = calloc(systems->n, sizeof(ana_cca *));
    if (ccas == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "no memory for %zu systems", systems->n);
        goto done;
    }
    for (size_t k = 1; k < systems->n; k++) {
        ANA_TRY(ana_run_progress(&job->run, "systems", k - 1, systems->n - 1));
        ANA_TRY(ana_cca_compute(systems->systems[0], systems->systems[k], &options->cca, &ccas[n]));
        n++;
    }
    ANA_TRY(ana_ccas_to_record(n, ccas, &job->record));
    responses_warn_units(job->record);
done:
    for (size_t k = 0; k < n; k++) {
        ana_cca_free(ccas[k]);
    }
    free(ccas);
    ana_responses_set_free(systems);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    cca_options options = {.cca = ana_cca_options_default(),
                           .responses = responses_options_default()};
    const option_target own[] = {{"Correlations", ana_cca_option_table, &options.cca},
                                 {"Stimuli", responses_option_table, &options.responses},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_SAVING,
                           .runs = {&options.cca.run},
                           .labels = "stimulus of each row of a single input, a whole number "
                                     "(negative or nan: none)",
                           .work = correlate,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_cca = {
    .name = "cca",
    .summary = "Find the directions that two systems share (canonical correlations)",
    .inputs = "INPUT...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "Correlates the first system with each of the others: pairs of weighted sums of units that "
        "go together over the stimuli. Inputs are arrays (stimulus x unit, or stimulus x trial x "
        "unit), recordings with labelled rows, and files of several layers; stimuli are matched by "
        "their ids.\n\n"
        "The result holds the correlations by component, of all dimensions and of the leading "
        "principal components (SVCCA), and their summaries: mean, R2, Pillai's trace, Yanai's "
        "determination, the variance that one system explains of the other, and means weighted by "
        "what the canonical variates carry of either side (PWCCA). With as many dimensions as "
        "stimuli all correlations are 1, which is said; --ridge, and correlations of held-out "
        "stimuli (--folds), tell more then.",
    .examples = "ana cca v1.npy layer1.npy layer4.npy -o shared.html\n"
                "ana cca v1.npy layer4.npy --ridge 0.5 --folds 5 --json\n"
                "ana cca a.npy b.npy --share 0.99 --sum-of-sv",
    .run = run_command,
};
