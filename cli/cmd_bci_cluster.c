#include "bci_events.h"
#include "commands.h"
#include "try.h"

#include <analysis/models/bci_clusters.h>

#include <stdio.h>
#include <string.h>

typedef struct cluster_options {
    const char *pipeline;
    const char *clusters;
    ana_bci_cluster_options how;
    bci_input_options input;
} cluster_options;

static const ana_option own_table[] = {
    {"pipeline", ANA_OPTION_TEXT, offsetof(cluster_options, pipeline), 0, 0, NULL, "STEPS",
     "the steps that make a matrix of each trial, with bars between (default \"band 8-32 | cov "
     "oas\")",
     false},
    {"clusters", ANA_OPTION_TEXT, offsetof(cluster_options, clusters), 0, 0, NULL, "K|K-K",
     "number of clusters, or the numbers to choose from (default 2-8); not of mean-shift", false},
    ANA_OPTION_END,
};

static const ana_option number_option = {"clusters", ANA_OPTION_SIZE, 0, 1, 1000, NULL, "K", NULL,
                                         false};

/* "3" or "2-8". */
static bool parse_numbers(const char *text, size_t *least, size_t *most)
{
    char first[16] = "";
    const size_t length = strcspn(text, "-");
    snprintf(first, sizeof first, "%.*s", (int)length, text);
    return length < sizeof first && ana_option_set(&number_option, least, first) == ANA_OK &&
           ana_option_set(&number_option, most, text[length] == '-' ? text + length + 1 : first) ==
               ANA_OK &&
           *least <= *most;
}

static ana_status cluster(command_job *job, void *user)
{
    cluster_options *options = user;
    ana_status status = ANA_OK;
    ana_bci_prefix *prefix = NULL;
    ana_bci_trials *trials = NULL;
    ana_bci_matrices matrices = {.values = NULL};
    ana_bci_clusters *clusters = NULL;
    ana_bci_bank bank;
    if (!parse_numbers(options->clusters, &options->how.least, &options->how.most)) {
        return job_refuse(job, "--clusters is a number or a range of them, such as 2-8, not \"%s\"",
                          options->clusters);
    }
    if (ana_bci_prefix_parse(options->pipeline, &prefix) != ANA_OK) {
        return job_refuse(job, "--pipeline: %s", ana_last_error());
    }
    ana_bci_prefix_bank(prefix, &bank);
    ANA_TRY(bci_input_trials(job, 0, &options->input, &bank, &trials));
    bci_events_tell_classes(job, &options->input, trials);
    ANA_TRY(ana_bci_prefix_apply(prefix, trials, &job->run, &matrices));
    ANA_TRY(ana_bci_cluster(&matrices.set, trials, &options->how, &clusters));
    ANA_TRY(ana_bci_clusters_to_record(clusters, &matrices.set, trials, &job->record));
    ANA_TRY(ana_record_add_text(job->record, "pipeline", ana_bci_prefix_text(prefix)));
done:
    ana_bci_clusters_free(clusters);
    ana_bci_matrices_release(&matrices);
    ana_bci_trials_free(trials);
    ana_bci_prefix_free(prefix);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    cluster_options options = {.pipeline = "band 8-32 | cov oas",
                               .clusters = "2-8",
                               .how = ana_bci_cluster_options_default(),
                               .input = bci_input_options_default()};
    const option_target own[] = {
        {"Matrices", own_table, &options},
        {"Clusters", ana_bci_cluster_option_table, &options.how},
        /* the first row is the number of clusters, of which there may be several here */
        {"Search", ana_spd_cluster_option_table + 1, &options.how.how},
        {"Trials", bci_input_option_table, &options.input},
        {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_SAVING,
                           .runs = {&options.how.how.run},
                           .work = cluster,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_bci_cluster = {
    .name = "bci cluster",
    .summary = "Find trials that belong together without their classes",
    .inputs = "RECORDING...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "Each trial becomes a matrix by the first steps of a pipeline, and matrices are grouped by "
        "their distance on the manifold of covariances. Classes and sessions are not used; they "
        "are compared with the clusters by the adjusted Rand index, 0 by chance and 1 for the same "
        "groups: clusters that are sessions say that days differ more than classes, which step "
        "recentre mends.",
    .examples = "ana bci cluster day*.gdf --events 769=left,770=right --window-from 0.5 "
                "--window-to 3.5 --pipeline 'band 8-32 | cov "
                "oas | recentre' --clusters "
                "2-6 -o clusters.html\n"
                "ana bci cluster day1.gdf --events 769=left,770=right --window-from 0.5 "
                "--window-to 3.5 --method mean-shift --json",
    .run = run_command,
};
