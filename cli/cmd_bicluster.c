#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/agreement.h>
#include <analysis/formats/array_io.h>
#include <analysis/models/bicluster.h>

#include <stdlib.h>
#include <string.h>

typedef struct bicluster_options {
    ana_bicluster_options model;
    const char *resume;
    const char *regions;
    size_t n_strata;
    size_t n_permutations;
} bicluster_options;

enum {
    USUAL_STRATA = 4,
    USUAL_PERMUTATIONS = 1000
};

static const ana_option own_table[] = {
    {"resume", ANA_OPTION_TEXT, offsetof(bicluster_options, resume), 0, 0, NULL, "FILE",
     "go on with the chains of this result, by its own options, to --sweeps in all", false},
    {"regions", ANA_OPTION_TEXT, offsetof(bicluster_options, regions), 0, 0, NULL, "ARRAY",
     "a region of each neuron, as a number", false},
    {"strata", ANA_OPTION_SIZE, offsetof(bicluster_options, n_strata), 1, 10000, NULL, "N",
     "regions are permuted among neurons of one of N classes of firing rate", false},
    {"permutations", ANA_OPTION_SIZE, offsetof(bicluster_options, n_permutations), 1, 10000000,
     NULL, "N", "of the regions", false},
    ANA_OPTION_END,
};

/* labels[i]: what the array at `location` says of neuron i; NaN or below 0: none. */
static ana_status read_regions(const char *location, const ana_run *run, size_t n, size_t *labels)
{
    ana_status status = ANA_OK;
    ana_matrix *regions = NULL;
    ANA_TRY(ana_matrix_read(location, run, &regions));
    if (ana_matrix_size(regions) != n) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE, "%s: holds %zu regions for %zu neurons", location,
                         ana_matrix_size(regions), n));
    }
    for (size_t i = 0; i < n; i++) {
        const double value = regions->values[i];
        labels[i] = value >= 0.0 && value < 1e15 ? (size_t)value : ANA_NO_LABEL;
    }
done:
    ana_matrix_free(regions);
    return status;
}

/* Group "regions": how well the clusters agree with them, against chance. */
static ana_status compare_regions(command_job *job, const bicluster_options *options,
                                  const ana_bicluster *fit, const ana_observations *observations)
{
    ana_status status = ANA_OK;
    ana_bicluster_agreement agreement;
    ana_record *group = NULL;
    size_t *labels = calloc(fit->n_neurons, sizeof *labels);
    if (labels == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu regions", fit->n_neurons);
    }
    ANA_TRY(read_regions(options->regions, &job->run, fit->n_neurons, labels));
    ANA_TRY(ana_bicluster_agree(fit, observations, labels, options->n_strata,
                                options->n_permutations, &job->run, &agreement));
    ANA_TRY(ana_record_add_group(job->record, "regions", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_int(group, "neurons", (int64_t)agreement.n_neurons, NULL));
    ANA_TRY(ana_record_add_double(group, "adjusted_rand", agreement.ari, NULL));
    ANA_TRY(ana_record_add_double(group, "normalised_mutual_information", agreement.nmi, NULL));
    ANA_TRY(ana_record_add_double(group, "p", agreement.p, NULL));
    ANA_TRY(ana_record_add_double(group, "chance_mean", agreement.chance, NULL));
    ANA_TRY(ana_record_add_double(group, "chance_largest", agreement.chance_most, NULL));
done:
    free(labels);
    return status;
}

/* The chains of a saved result, gone on with. */
static ana_status resume(command_job *job, const bicluster_options *options,
                         const ana_observations *observations, ana_bicluster **fit)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ana_bicluster *before = NULL;
    ANA_TRY(load_record(options->resume, "ana bicluster", &record));
    ANA_TRY(ana_bicluster_from_record(record, &before));
    ANA_TRY(ana_bicluster_resume(observations, before, options->model.n_sweeps, &job->run, fit));
done:
    ana_bicluster_free(before);
    ana_record_free(record);
    return status;
}

/* A fit that is gone on with has its own options: other ones would be read and then left unused. */
static ana_status refuse_with_resume(command_job *job, const ana_bicluster_options *model)
{
    const ana_bicluster_options usual = ana_bicluster_options_default();
    for (const ana_option *option = ana_bicluster_option_table; option->name != NULL; option++) {
        char value[64];
        char default_value[64];
        ana_option_get(option, model, value, sizeof value);
        ana_option_get(option, &usual, default_value, sizeof default_value);
        if (option->offset != offsetof(ana_bicluster_options, n_sweeps) &&
            strcmp(value, default_value) != 0) {
            return job_refuse(job,
                              "--resume goes on by the saved result's own options; leave out "
                              "--%s %s",
                              option->name, value);
        }
    }
    return ANA_OK;
}

/* What can be told from the words alone. */
static ana_status refuse_wrong_use(command_job *job, const bicluster_options *options)
{
    const ana_bicluster_options *model = &options->model;
    if (options->regions == NULL &&
        (options->n_strata != USUAL_STRATA || options->n_permutations != USUAL_PERMUTATIONS)) {
        return job_refuse(job, "--strata and --permutations are of --regions, which is not given");
    }
    if (options->resume != NULL) {
        return refuse_with_resume(job, model);
    }
    if (model->n_warmup > model->n_sweeps || model->n_sweeps - model->n_warmup < 4) {
        return job_refuse(job,
                          "--sweeps %zu with --warmup %zu leaves nothing to summarise; sweeps must "
                          "be at least 4 more than the warm-up",
                          model->n_sweeps, model->n_warmup);
    }
    if (model->start_clusters > model->max_clusters) {
        return job_refuse(job, "--start-clusters %zu is more than --max-clusters %zu",
                          model->start_clusters, model->max_clusters);
    }
    return ANA_OK;
}

static ana_status cluster(command_job *job, void *user)
{
    const bicluster_options *options = user;
    ana_status status = ANA_OK;
    ana_observations *observations = NULL;
    ana_bicluster *fit = NULL;
    ANA_TRY(refuse_wrong_use(job, options));
    job->input.rows_are_counts = true;
    ANA_TRY(job_observations(job, 0, &observations));
    if (options->resume != NULL) {
        ANA_TRY(resume(job, options, observations, &fit));
    } else {
        ANA_TRY(ana_bicluster_fit(observations, &options->model, &fit));
    }
    job_note_fit(job, ana_bicluster_converged(fit), fit->options.n_sweeps);
    console_say(&job->console, "%zu rows of %zu units, %zu chains of %zu sweeps in %.2f s",
                fit->n_times, fit->n_neurons, fit->options.n_chains, fit->options.n_sweeps,
                fit->seconds);
    ANA_TRY(ana_bicluster_to_record(fit, &job->record));
    if (options->regions != NULL) {
        ANA_TRY(compare_regions(job, options, fit, observations));
    }
done:
    ana_bicluster_free(fit);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    bicluster_options options = {.model = ana_bicluster_options_default(),
                                 .n_strata = USUAL_STRATA,
                                 .n_permutations = USUAL_PERMUTATIONS};
    const option_target own[] = {{"Model", ana_bicluster_option_table, &options.model},
                                 {"Chains and regions", own_table, &options},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_FIT | JOB_SAVING,
                           .runs = {&options.model.run},
                           .work = cluster,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_bicluster = {
    .name = "bicluster",
    .summary = "Cluster neurons and states of time together",
    .inputs = "INPUT...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "Draws, by Gibbs sampling, which neurons belong together and between which states of "
        "their joint dynamics they switch: each cluster of neurons has a mean and latent factors "
        "that follow linear dynamics, other ones in each state. Neither the number of clusters "
        "nor that of states is given. Inputs are sessions of counts: recordings with spikes "
        "(binned by --bin), or arrays (time x unit).\n\n"
        "The result holds the similarity of every pair of neurons, the partition of largest "
        "posterior expected adjusted Rand index, the same of the states, convergence diagnostics, "
        "figures, and the chains, so that --resume goes on where they stopped with the same "
        "bits. With --regions, a region per neuron, the agreement of clusters and regions is "
        "tested against permutations among neurons of like firing rate.",
    .examples =
        "ana bicluster --bin 0.5 --sweeps 5000 --seed 1 session.nwb -o clusters.h5\n"
        "ana bicluster --resume clusters.h5 --sweeps 10000 --bin 0.5 session.nwb -o more.h5\n"
        "ana bicluster counts.h5:/counts --regions counts.h5:/region -o clusters.html",
    .run = run_command,
};
