#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/models/ntf_rank.h>

#include <stdlib.h>

typedef struct ntf_options {
    ana_affinity_options affinity;
    ana_ntf_options fit;
    ana_ntf_rank_options ranks;
    bool choose;
} ntf_options;

static const ana_option choice_table[] = {
    {"choose-rank", ANA_OPTION_BOOL, offsetof(ntf_options, choose), 0, 0, NULL, NULL,
     "take the rank that foretells held-out data, of those from --min-rank to --max-rank", false},
    ANA_OPTION_END,
};

/* Affinities as a tensor; what it borrows beside them goes to `values`. */
static ana_status make_tensor(const ana_affinity *affinity, const ana_run *run, double **values,
                              ana_tensor **out)
{
    ana_status status = ANA_OK;
    const size_t n = affinity->n_neurons;
    const size_t lengths[] = {n, n, affinity->n_times};
    if (affinity->factored) {
        return ana_tensor_affinity(affinity, out);
    }
    const double bytes = 8.0 * (double)n * (double)n * (double)affinity->n_times;
    ANA_TRY(ana_run_check_memory(run, bytes < 1e18 ? (size_t)bytes : SIZE_MAX,
                                 "affinities of a kernel that has no factored form"));
    *values = malloc(n * n * affinity->n_times * sizeof **values);
    if (*values == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "ntf: no memory for %zu x %zu x %zu affinities", n, n,
                        affinity->n_times);
    }
    ANA_TRY(ana_affinity_materialise(affinity, run, false, *values));
    ANA_TRY(ana_tensor_dense(3, lengths, *values, NULL, run, out));
done:
    return status;
}

static ana_status choose_rank(command_job *job, const ana_tensor *tensor, ntf_options *options,
                              ana_record **record)
{
    ana_status status = ANA_OK;
    ana_ntf_ranks *ranks = NULL;
    ANA_TRY(ana_ntf_choose_rank(tensor, &options->fit, &options->ranks, &ranks));
    options->fit.rank = ranks->chosen;
    console_say(&job->console,
                "%zu components: the fewest within a standard error of the best, %zu",
                ranks->chosen, ranks->best);
    ANA_TRY(ana_ntf_ranks_to_record(ranks, record));
done:
    ana_ntf_ranks_free(ranks);
    return status;
}

static ana_status fit_tensor(command_job *job, const ana_affinity *affinity,
                             const ana_tensor *tensor, ntf_options *options)
{
    ana_status status = ANA_OK;
    ana_record *ranks = NULL;
    ana_ntf *ntf = NULL;
    const char *const *labels = (const char *const *)affinity->neuron_names;
    const ana_ntf_axes axes = {
        .names = {"neuron", "neuron", "time"}, .labels = {labels, labels}, .dt_s = affinity->dt_s};
    if (options->choose) {
        ANA_TRY(choose_rank(job, tensor, options, &ranks));
    }
    ANA_TRY(ana_ntf_fit(tensor, &options->fit, &ntf));
    job_note_fit(job, ntf->info.converged, ntf->info.n_iterations);
    console_say(&job->console,
                "%zu components of %zu neurons at %zu times, relative error %.4f, "
                "%zu restart%s in %.2f s",
                ntf->rank, affinity->n_neurons, affinity->n_times, ntf->relative_error,
                ntf->info.n_restarts, ntf->info.n_restarts == 1 ? "" : "s", ntf->info.seconds);
    ANA_TRY(ana_ntf_to_record(ntf, &axes, &job->record));
    if (ranks != NULL) {
        ana_record *child = ranks;
        ranks = NULL;
        ANA_TRY(ana_record_adopt(job->record, "ranks", child));
    }
done:
    ana_record_free(ranks);
    ana_ntf_free(ntf);
    return status;
}

static ana_status fit(command_job *job, void *user)
{
    ntf_options *options = user;
    ana_status status = ANA_OK;
    ana_observations *observations = NULL;
    ana_affinity *affinity = NULL;
    ana_tensor *tensor = NULL;
    double *values = NULL;
    ANA_TRY(job_observations(job, 0, &observations));
    ANA_TRY(ana_affinity_new(observations, &options->affinity, &affinity));
    ANA_TRY(make_tensor(affinity, &job->run, &values, &tensor));
    ANA_TRY(fit_tensor(job, affinity, tensor, options));
done:
    ana_tensor_free(tensor);
    free(values);
    ana_affinity_free(affinity);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    ntf_options options = {.affinity = ana_affinity_options_default(),
                           .fit = ana_ntf_options_default(),
                           .ranks = ana_ntf_rank_options_default()};
    const option_target own[] = {{"Affinity", ana_affinity_option_table, &options.affinity},
                                 {"Factorisation", ana_ntf_option_table, &options.fit},
                                 {"Number of components", choice_table, &options},
                                 {"Ranks tried", ana_ntf_rank_option_table, &options.ranks},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_FIT | JOB_SAVING,
                           .runs = {&options.affinity.run, &options.fit.run, &options.ranks.run},
                           .work = fit,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_ntf = {
    .name = "ntf",
    .summary = "Take the affinities of neurons apart into motifs and their times",
    .inputs = "INPUT...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "Affinities of every pair of neurons at every time (see ana affinity), as a sum of a few "
        "non-negative components: who is active together, and when. Inputs are sessions of the "
        "same neurons: recordings, or arrays (time x neuron) with --bin. The kernels geom, prod "
        "and rise need no more memory than the traces. Missing neurons and samples do not "
        "count.\n\n"
        "The result holds the factors, how each start went, the motif of each component as a "
        "matrix, and with --choose-rank what the number of components rests on.",
    .examples = "ana ntf worm.nwb --rank 6 --restarts 20 --seed 1 -o motifs.html\n"
                "ana ntf traces.npy --bin 0.6 --choose-rank --max-rank 12 -o motifs.h5",
    .run = run_command,
};
