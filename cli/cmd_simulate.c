#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/models/simulate.h>

typedef enum simulated_kind {
    SIMULATED_SPIKES,
    SIMULATED_EEG,
    SIMULATED_CALCIUM
} simulated_kind;

typedef struct simulate_command_options {
    simulated_kind kind;
    ana_simulate_options simulate;
} simulate_command_options;

static const char *const kind_words[] = {"spikes", "eeg", "calcium", NULL};

static const ana_option simulate_command_option_table[] = {
    {"kind", ANA_OPTION_CHOICE, offsetof(simulate_command_options, kind), 0, 0, kind_words, "KIND",
     "what to simulate: spikes with switching states, EEG of imagined movements, calcium traces",
     false},
    ANA_OPTION_END,
};

static ana_status make(const simulate_command_options *options, ana_recording **out)
{
    switch (options->kind) {
    case SIMULATED_EEG:
        return ana_simulate_motor_imagery(&options->simulate, out);
    case SIMULATED_CALCIUM:
        return ana_simulate_calcium(&options->simulate, out);
    case SIMULATED_SPIKES:
        break;
    }
    return ana_simulate_spikes(&options->simulate, out);
}

static ana_status simulate(command_job *job, void *options)
{
    ana_status status = ANA_OK;
    ANA_TRY(make(options, &job->recording));
    ANA_TRY(job_write(job, job->recording));
done:
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    simulate_command_options options = {.kind = SIMULATED_SPIKES,
                                        .simulate = ana_simulate_options_default()};
    const option_target own[] = {{"Simulation", simulate_command_option_table, &options},
                                 {"Recording", ana_simulate_option_table, &options.simulate},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {
        .own = own,
        .parts = JOB_WRITING,
        .runs = {&options.simulate.run},
        .lossy = true, /* what is made can be made again in a format that holds all of it */
        .work = simulate,
        .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_simulate = {
    .name = "simulate",
    .summary = "Make a recording with a known truth",
    .inputs = NULL,
    .description =
        "Spikes of a population that switches between states (the truth stands beside them as "
        "intervals), EEG of imagined hand movements (with annotations), or calcium "
        "fluorescence of regions that burst in groups. The same seed makes the same "
        "file.\n\n" WRITTEN_AS_JSON,
    .examples = "ana simulate --kind spikes --seed 1 -o spikes.nwb\n"
                "ana simulate --kind eeg --duration 240 -o imagery.edf",
    .min_inputs = 0,
    .max_inputs = 0,
    .run = run_command,
};
