#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/models/functional_null.h>

#include <math.h>
#include <stdlib.h>

typedef struct functional_options {
    ana_functional_options network;
    ana_functional_null_options nulls;
    size_t least_sessions;
} functional_options;

static const ana_option signal_table[] = {
    {"least-sessions", ANA_OPTION_SIZE, offsetof(functional_options, least_sessions), 0, 1e9, NULL,
     "N", "leave out signals that fewer sessions show without a missing sample; 0: none", false},
    ANA_OPTION_END,
};

/* Whether a session shows all samples of a signal. */
static bool is_shown(const ana_observations *observations, size_t session, size_t signal)
{
    bool shown = true;
    for (size_t t = observations->sequence_start[session];
         t < observations->sequence_start[session + 1] && shown; t++) {
        shown = !isnan(observations->values[t * observations->n_features + signal]);
    }
    return shown;
}

/* The signals that enough sessions show. */
static ana_status leave_out_rare(const ana_observations *observations, size_t least,
                                 ana_observations **out)
{
    ana_status status = ANA_OK;
    size_t n = 0;
    const size_t n_all = observations->n_features;
    size_t *kept = calloc(n_all + 1, sizeof *kept);
    if (kept == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu signals", n_all);
    }
    for (size_t i = 0; i < n_all; i++) {
        size_t n_sessions = 0;
        for (size_t s = 0; s < observations->n_sequences; s++) {
            n_sessions += is_shown(observations, s, i) ? 1 : 0;
        }
        if (n_sessions >= least) {
            kept[n++] = i;
        }
    }
    ANA_TRY(ana_observations_take(observations, n, kept, out));
    if (n < n_all) {
        console_warn("%zu of %zu signals are left out: fewer than %zu sessions show them",
                     n_all - n, n_all, least);
    }
done:
    free(kept);
    return status;
}

static ana_status connect_signals(command_job *job, void *user)
{
    const functional_options *options = user;
    ana_status status = ANA_OK;
    ana_observations *all = NULL;
    ana_observations *observations = NULL;
    ana_graph *graph = NULL;
    ana_functional_world *world = NULL;
    job->input.names_matter = true;
    ANA_TRY(job_observations(job, 0, &all));
    ANA_TRY(leave_out_rare(all, options->least_sessions, &observations));
    ANA_TRY(ana_functional_network(observations, &options->network, &graph));
    ANA_TRY(ana_graph_to_record(graph, &job->record));
    if (options->nulls.null != ANA_FUNCTIONAL_NULL_NONE) {
        ANA_TRY(ana_functional_world_new(observations, graph, &options->network, &options->nulls,
                                         &world));
        ANA_TRY(ana_functional_world_add(world, job->record));
    }
done:
    ana_functional_world_free(world);
    ana_graph_free(graph);
    ana_observations_free(observations);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    functional_options options = {.network = ana_functional_options_default(),
                                  .nulls = ana_functional_null_options_default()};
    const option_target own[] = {{"Network", ana_functional_option_table, &options.network},
                                 {"Signals", signal_table, &options},
                                 {"Small world", ana_functional_null_option_table, &options.nulls},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_SAVING,
                           .runs = {&options.network.run, &options.nulls.run},
                           .work = connect_signals,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_graph_functional = {
    .name = "graph functional",
    .summary = "Connect the signals that go together",
    .inputs = "INPUT...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "A network of neurons, voxels or channels: an edge where the similarity of two passes "
        "--threshold, or the strongest up to --density. Inputs are sessions of the same signals: "
        "recordings, or arrays (time x signal); where each shows some of the signals, --missing "
        "pairwise compares two over the sessions that show both. With --null, its clustering and "
        "path length stand "
        "beside those of random networks: a network of correlations is clustered by construction, "
        "so that signals with random phases, each with its own spectrum, are the fair ones to ask. "
        "The result is a graph that graph metrics, communities and graph compare take.",
    .examples =
        "ana graph functional worm.nwb --density 0.1 -o network.h5\n"
        "ana graph functional worm.nwb --density 0.1 --null phase-randomised -o world.html\n"
        "ana graph functional traces.npy --measure lagged --max-lag 3 -o network.svg",
    .run = run_command,
};
