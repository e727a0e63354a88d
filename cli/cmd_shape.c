#include "commands.h"
#include "job.h"
#include "responses_input.h"
#include "try.h"

#include <analysis/models/shape_metric.h>

typedef struct shape_options {
    ana_shape_options shape;
    responses_options input;
} shape_options;

static void say_excluded(command_job *job, const ana_shapes *shapes)
{
    for (size_t s = 0; s < shapes->n_systems; s++) {
        if (shapes->n_excluded[s] > 0) {
            console_say(&job->console, "%s: %zu units without any value are left out, %zu are used",
                        shapes->names[s], shapes->n_excluded[s], shapes->n_units[s]);
        }
    }
}

static ana_status measure(command_job *job, void *user)
{
    const shape_options *options = user;
    ana_status status = ANA_OK;
    ana_responses_set *systems = NULL;
    ana_shapes *shapes = NULL;
    if (options->shape.n_folds == 1) {
        return job_refuse(job, "--folds 1 holds nothing out: 0, or at least 2");
    }
    ANA_TRY(responses_inputs(job, job->arguments.n_inputs, job->arguments.inputs, &options->input,
                             &systems));
    ANA_TRY(ana_shapes_compute(systems, &options->shape, &shapes));
    say_excluded(job, shapes);
    ANA_TRY(ana_shapes_to_record(shapes, &job->record));
done:
    ana_shapes_free(shapes);
    ana_responses_set_free(systems);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    shape_options options = {.shape = ana_shape_options_default(),
                             .input = responses_options_default()};
    const option_target own[] = {{"Distance", ana_shape_option_table, &options.shape},
                                 {"Stimuli", responses_option_table, &options.input},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_READING | JOB_ROWS | JOB_SAVING,
                           .runs = {&options.shape.run},
                           .labels = "stimulus of each row of a single input, a whole number "
                                     "(negative or nan: none)",
                           .work = measure,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_shape = {
    .name = "shape",
    .summary = "Measure how far apart the geometries of systems are",
    .inputs = "SYSTEM...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "Distances between the responses of systems (layers of a model, regions, animals) to the "
        "same stimuli after the best alignment of their units (shape metrics): over all rotations "
        "and reflections, over all exchanges of units, or as they are. Inputs are arrays (stimulus "
        "x unit, or stimulus x trial x unit), recordings with labelled rows, or files and folders "
        "of several layers, matched by the ids of their stimuli. Systems may have different "
        "numbers of units.\n\n"
        "--whitening takes the scales and correlations of units away first; 1 leaves the geometry "
        "of canonical correlations. --folds measures on stimuli that no alignment was fitted to: "
        "with many units and few stimuli any two systems can be turned to look alike.\n\n"
        "The result holds the matrix of distances, the systems in the plane, and each pair with "
        "its interval (--bootstraps) and the chance of so small a distance (--permutations).",
    .examples =
        "ana shape layers.safetensors brain.npy --folds 5 -o shape.html\n"
        "ana shape a.npy b.npy --align permutation --distance euclidean --permutations 999 --json\n"
        "ana shape layers/ --whitening 0.5 -o shape.h5",
    .run = run_command,
};
