#include "commands.h"
#include "job.h"
#include "rdm_input.h"
#include "table_codes.h"
#include "try.h"

#include <analysis/formats/table_io.h>
#include <analysis/models/trsa.h>

#include <stdlib.h>

typedef struct trsa_options {
    ana_trsa_options trsa;
    ana_trsa_adaptive_options adaptive;
    const char *regions;
} trsa_options;

static const ana_option region_table[] = {
    {"regions", ANA_OPTION_TEXT, offsetof(trsa_options, regions), 0, 0, NULL, "TABLE",
     "choose the thresholds by which regions are told apart best: a table with a row for each "
     "matrix and columns \"region\" and \"subject\" (default: --low and --high)",
     false},
    ANA_OPTION_END,
};

static void say_unreachable(const ana_rdms *rdms, const size_t *n_unreachable)
{
    size_t n = 0;
    size_t most = 0;
    for (size_t k = 0; k < rdms->n_rdms; k++) {
        n += n_unreachable[k] > 0 ? 1 : 0;
        most = n_unreachable[k] > n_unreachable[most] ? k : most;
    }
    if (n > 0) {
        console_warn("%zu of %zu matrices have pairs of conditions that no path joins (%s: %zu of "
                     "%zu); they count as the farthest",
                     n, rdms->n_rdms, rdms->names[most], n_unreachable[most],
                     ana_rdm_n_pairs(rdms->n_conditions));
    }
}

/* Thresholds chosen by the regions, then the transform with them. */
static ana_status transform(command_job *job, trsa_options *options, const ana_rdms *before,
                            const ana_trsa_regions *regions, char *const *names)
{
    ana_status status = ANA_OK;
    ana_trsa_adaptive *adaptive = NULL;
    ana_rdms *after = NULL;
    size_t *n_unreachable = calloc(before->n_rdms + 1, sizeof *n_unreachable);
    if (n_unreachable == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu counts", before->n_rdms);
    }
    if (regions != NULL) {
        options->adaptive.transform = options->trsa.transform;
        ANA_TRY(ana_trsa_adapt(before, regions, &options->adaptive, &adaptive));
        options->trsa.low = adaptive->low;
        options->trsa.high = adaptive->high;
    }
    ANA_TRY(ana_trsa_compute(before, &options->trsa, n_unreachable, &after));
    say_unreachable(before, n_unreachable);
    const ana_trsa_report report = {before, after, &options->trsa, n_unreachable, adaptive, names};
    ANA_TRY(ana_trsa_to_record(&report, &job->record));
done:
    free(n_unreachable);
    ana_rdms_free(after);
    ana_trsa_adaptive_free(adaptive);
    return status;
}

static ana_status work(command_job *job, void *user)
{
    trsa_options *options = user;
    ana_status status = ANA_OK;
    ana_rdms *before = NULL;
    ana_table *table = NULL;
    table_codes region = {0};
    table_codes subject = {0};
    if (options->regions != NULL && options->trsa.transform != ANA_TRSA_RGTM &&
        options->trsa.transform != ANA_TRSA_RGDM) {
        return job_refuse(job, "--regions chooses the thresholds of rgtm and rgdm");
    }
    if (options->trsa.low > options->trsa.high) {
        return job_refuse(job, "--low %g is above --high %g", options->trsa.low,
                          options->trsa.high);
    }
    ANA_TRY(rdm_inputs(job, job->arguments.n_inputs, job->arguments.inputs, &before));
    if (options->regions == NULL) {
        ANA_TRY(transform(job, options, before, NULL, NULL));
        goto done;
    }
    ANA_TRY(ana_table_read(options->regions, &job->run, &table));
    if (table->n_rows != before->n_rdms) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE, "%s: %zu rows for %zu matrices", options->regions,
                         table->n_rows, before->n_rdms));
    }
    ANA_TRY(table_code_column(table, options->regions, "region", &region));
    ANA_TRY(table_code_column(table, options->regions, "subject", &subject));
    const ana_trsa_regions regions = {region.n, region.codes, subject.n, subject.codes};
    ANA_TRY(transform(job, options, before, &regions, region.words));
done:
    table_codes_free(&region);
    table_codes_free(&subject);
    ana_table_free(table);
    ana_rdms_free(before);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    trsa_options options = {.trsa = ana_trsa_options_default(),
                            .adaptive = ana_trsa_adaptive_options_default()};
    const option_target own[] = {
        {"Transform", ana_trsa_option_table, &options.trsa},
        {"Regions", region_table, &options},
        {"Adaptive thresholds", ana_trsa_adaptive_option_table, &options.adaptive},
        {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_READING | JOB_SAVING,
                           .runs = {&options.trsa.run, &options.adaptive.run},
                           .work = work,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_trsa = {
    .name = "trsa",
    .summary = "Transform dissimilarities into the topology of a representation",
    .inputs = "INPUT...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "Topological representational similarity analysis: which conditions are neighbours, "
        "whatever their exact distances. Inputs are dissimilarity matrices saved by ana rdm, or "
        "arrays of them (condition x condition, or matrix x condition x condition).\n\n"
        "Dissimilarities become ranks from 0 to 1, and these are clipped between two quantiles "
        "(rgtm), or become the lengths of the shortest paths over pairs that are not saturated "
        "(rgdm). With --regions, the quantiles are those under which a matrix is nearest to the "
        "centroid of its own region over the other subjects; how well that works for new subjects "
        "is found with each subject left out of the choice as well.\n\n"
        "The result is taken by whatever takes dissimilarities: compare it with ana rsa.",
    .examples = "ana trsa brains.h5 --transform rgdm --low 0.1 --high 0.5 -o geodesic.h5\n"
                "ana trsa evc.npy it.npy --regions regions.csv -o adaptive.html",
    .run = run_command,
};
