#include "commands.h"
#include "job.h"
#include "ntf_input.h"
#include "try.h"

#include <analysis/models/ntf_rank.h>

#include <stdlib.h>

typedef struct ntf_options {
    ntf_input_options input;
    ana_affinity_options affinity;
    ana_ntf_options fit;
    ana_ntf_rank_options ranks;
    bool choose;
    bool animals;
    const char *start;
} ntf_options;

static const ana_option choice_table[] = {
    {"choose-rank", ANA_OPTION_BOOL, offsetof(ntf_options, choose), 0, 0, NULL, NULL,
     "take the rank that predicts held-out data, of those from --min-rank to --max-rank", false},
    ANA_OPTION_END,
};

static const ana_option start_table[] = {
    {"start", ANA_OPTION_TEXT, offsetof(ntf_options, start), 0, 0, NULL, "FILE",
     "begin at the factors of this result of ana ntf, in one run with as many components", false},
    ANA_OPTION_END,
};

static const ana_option animals_table[] = {
    {"animals", ANA_OPTION_BOOL, offsetof(ntf_options, animals), 0, 0, NULL, NULL,
     "inputs (or --sessions) are animals of equal length, joined by the names of their neurons, "
     "each with its own share of every component",
     false},
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

/* From random starts, or from a saved result. */
static ana_status fit_factors(const ana_tensor *tensor, const ntf_options *options, ana_ntf **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ana_ntf *start = NULL;
    if (options->start == NULL) {
        return ana_ntf_fit(tensor, &options->fit, out);
    }
    ANA_TRY(load_record(options->start, "ana ntf", &record));
    ANA_TRY(ana_ntf_from_record(record, &start));
    ANA_TRY(ana_ntf_fit_from(tensor, start, NULL, &options->fit, out));
done:
    ana_ntf_free(start);
    ana_record_free(record);
    return status;
}

static ana_status fit_tensor(command_job *job, const ana_ntf_axes *axes, const ana_tensor *tensor,
                             ntf_options *options)
{
    ana_status status = ANA_OK;
    ana_record *ranks = NULL;
    ana_ntf *ntf = NULL;
    if (options->choose) {
        ANA_TRY(choose_rank(job, tensor, options, &ranks));
    }
    ANA_TRY(fit_factors(tensor, options, &ntf));
    job_note_fit(job, ntf->info.converged, ntf->info.n_iterations);
    console_say(&job->console, "%zu components, relative error %.4f, %zu restart%s in %.2f s",
                ntf->rank, ntf->relative_error, ntf->info.n_restarts,
                ntf->info.n_restarts == 1 ? "" : "s", ntf->info.seconds);
    ANA_TRY(ana_ntf_to_record(ntf, axes, &job->record));
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

static ana_status fit_one(command_job *job, const ana_observations *observations,
                          ntf_options *options)
{
    ana_status status = ANA_OK;
    ana_affinity *affinity = NULL;
    ana_tensor *tensor = NULL;
    double *values = NULL;
    ANA_TRY(ana_affinity_new(observations, &options->affinity, &affinity));
    ANA_TRY(make_tensor(affinity, &job->run, &values, &tensor));
    const char *const *labels = (const char *const *)affinity->neuron_names;
    const ana_ntf_axes axes = {
        .names = {"neuron", "neuron", "time"}, .labels = {labels, labels}, .dt_s = affinity->dt_s};
    ANA_TRY(fit_tensor(job, &axes, tensor, options));
done:
    ana_tensor_free(tensor);
    free(values);
    ana_affinity_free(affinity);
    return status;
}

/* The rows of one sequence; borrows. */
static ana_status affinity_of_sequence(const ana_observations *all, size_t s,
                                       const ana_affinity_options *options, ana_affinity **out)
{
    ana_observations one = *all;
    size_t start[] = {0, all->sequence_start[s + 1] - all->sequence_start[s]};
    one.n_times = start[1];
    one.values += all->sequence_start[s] * all->n_features;
    one.n_sequences = 1;
    one.sequence_start = start;
    one.sequence_name += s;
    one.sequence_origin += s;
    one.n_labels = 0;
    one.labels = NULL;
    one.label_names = NULL;
    return ana_affinity_new(&one, options, out);
}

static ana_status fit_animals(command_job *job, const ana_observations *observations,
                              ntf_options *options)
{
    ana_status status = ANA_OK;
    ana_tensor *tensor = NULL;
    const size_t n = observations->n_sequences;
    ana_affinity **animals = calloc(n, sizeof(void *));
    if (animals == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "ntf: no memory for %zu animals", n);
    }
    for (size_t s = 0; s < n; s++) {
        ANA_TRY(affinity_of_sequence(observations, s, &options->affinity, &animals[s]));
    }
    ANA_TRY(ana_tensor_animals(n, (const ana_affinity *const *)animals, &job->run, &tensor));
    const ana_ntf_axes axes = {.names = {"animal", "pair", "time"},
                               .labels = {(const char *const *)observations->sequence_name},
                               .dt_s = animals[0]->dt_s,
                               .n_neurons = animals[0]->n_neurons,
                               .neurons = (const char *const *)animals[0]->neuron_names};
    ANA_TRY(fit_tensor(job, &axes, tensor, options));
done:
    for (size_t s = 0; s < n; s++) {
        ana_affinity_free(animals[s]);
    }
    free(animals);
    ana_tensor_free(tensor);
    return status;
}

static ana_status fit_array(command_job *job, ntf_options *options)
{
    ana_status status = ANA_OK;
    ntf_input input = {.path = NULL};
    ANA_TRY(ntf_input_load(job->arguments.inputs[0], &options->input, job->input.rows.bin_s,
                           &job->run, &input));
    ntf_input_say(&input, &job->console);
    ANA_TRY(fit_tensor(job, &input.axes, input.tensor, options));
done:
    ntf_input_release(&input);
    return status;
}

static ana_status fit(command_job *job, void *user)
{
    ntf_options *options = user;
    ana_status status = ANA_OK;
    ana_observations *observations = NULL;
    const bool one = job->arguments.n_inputs == 1;
    if (options->input.array && (options->animals || !one)) {
        return job_refuse(job, "--array takes one input, and not --animals");
    }
    if (options->start != NULL && options->choose) {
        return job_refuse(job, "--start has its number of components; leave out --choose-rank");
    }
    if (options->input.array ||
        (one && !options->animals && ntf_input_is_affinity(job->arguments.inputs[0]))) {
        return fit_array(job, options);
    }
    job->input.rows.union_of_units = job->input.rows.union_of_units || options->animals;
    ANA_TRY(job_observations(job, 0, &observations));
    if (options->animals) {
        ANA_TRY(fit_animals(job, observations, options));
    } else {
        ANA_TRY(fit_one(job, observations, options));
    }
done:
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    ntf_options options = {.affinity = ana_affinity_options_default(),
                           .fit = ana_ntf_options_default(),
                           .ranks = ana_ntf_rank_options_default()};
    const option_target own[] = {{"Arrays", ntf_input_option_table, &options.input},
                                 {"Animals", animals_table, &options},
                                 {"Affinity", ana_affinity_option_table, &options.affinity},
                                 {"Factorisation", ana_ntf_option_table, &options.fit},
                                 {"Start", start_table, &options},
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
        "Results of ana affinity --tensor are taken as they are, and with --array any array of 2 "
        "to 4 axes without negative values (time x neuron x neuron, say, with --axes). NaN is "
        "missing; what negative values are is for --negative to say. Slices that are symmetric "
        "are found to be so.\n\n"
        "Counts are better fitted by --loss kl, and values whose noise grows with them by --loss "
        "beta "
        "--beta 0. Where --method together is slower for an iteration, it needs fewer of them.\n\n"
        "The result holds the factors, how each start went, the motif of each component as a "
        "matrix, and with --choose-rank what the number of components rests on.",
    .examples = "ana ntf worm.nwb --rank 6 --restarts 20 --seed 1 -o motifs.html\n"
                "ana ntf --animals worm*.h5 --rank 6 -o motifs.h5\n"
                "ana ntf worm.nwb --start motifs.h5 --method together -o better.h5\n"
                "ana ntf affinity.h5 --rank 6 --symmetric -o motifs.h5\n"
                "ana ntf tensor.npz:x --array --axes time,animal,pair --bin 0.6 -o motifs.h5\n"
                "ana ntf big.h5:/tensor --array --storage file --max-memory 2G -o motifs.h5\n"
                "ana ntf traces.npy --bin 0.6 --choose-rank --max-rank 12 -o motifs.h5",
    .run = run_command,
};
