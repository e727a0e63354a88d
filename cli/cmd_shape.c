#include "commands.h"
#include "job.h"
#include "responses_input.h"
#include "trials_input.h"
#include "try.h"

#include <analysis/models/shape_trials.h>

#include <stdlib.h>

static const char *const noise_names[] = {"none", "gaussian", "energy", NULL}; /* ana_shape_noise */

typedef struct shape_options {
    ana_shape_options shape;
    ana_shape_trials_options trials;
    int noise;
    responses_options input;
} shape_options;

static const ana_option noise_table[] = {
    {"noise", ANA_OPTION_CHOICE, offsetof(shape_options, noise), 0, 0, noise_names, "NOISE",
     "what of the trials counts beside their means: nothing, covariances, or all of their "
     "distribution (euclidean distances)",
     false},
    ANA_OPTION_END,
};

static void say_excluded(command_job *job, const ana_shapes *shapes)
{
    for (size_t s = 0; s < shapes->n_systems; s++) {
        if (shapes->n_excluded[s] > 0) {
            console_say(&job->console, "%s: %zu units without any value are left out, %zu are used",
                        shapes->names[s], shapes->n_excluded[s], shapes->n_units[s]);
        }
    }
}

/* Each input's trials; names are those of the inputs as systems. */
static ana_status measure_trials(command_job *job, shape_options *options)
{
    ana_status status = ANA_OK;
    const size_t n = job->arguments.n_inputs;
    ana_responses_set *means = NULL;
    ana_shapes *shapes = NULL;
    ana_observations **rows = calloc(n, sizeof(void *));
    const char **names = calloc(n, sizeof(void *));
    if (rows == NULL || names == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "no memory for %zu inputs", n);
        goto done;
    }
    ANA_TRY(responses_load(job, n, job->arguments.inputs, &options->input, &means));
    if (means->n != n) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "%zu inputs hold %zu systems; with noise each input is the trials of one",
                         n, means->n));
    }
    for (size_t s = 0; s < n; s++) {
        names[s] = means->systems[s]->name;
        ANA_TRY(
            trials_of_stimuli(job, job->arguments.inputs[s], options->input.conditions, &rows[s]));
    }
    options->trials.noise = (ana_shape_noise)options->noise;
    options->trials.alignment = options->shape.alignment;
    options->trials.centre = options->shape.centre;
    ANA_TRY(ana_shapes_of_trials(n, (const ana_observations *const *)rows, names,
                                 &options->input.match, &options->trials, &shapes));
    ANA_TRY(ana_shapes_to_record(shapes, &job->record));
done:
    for (size_t s = 0; s < n && rows != NULL; s++) {
        ana_observations_free(rows[s]);
    }
    free(rows);
    free(names);
    ana_shapes_free(shapes);
    ana_responses_set_free(means);
    return status;
}

static bool asks_of_means(const ana_shape_options *options)
{
    return options->n_folds > 0 || options->n_permutations > 0 || options->n_bootstraps > 0 ||
           options->whitening > 0.0 || options->mean;
}

static ana_status measure(command_job *job, void *user)
{
    shape_options *options = user;
    ana_status status = ANA_OK;
    ana_responses_set *systems = NULL;
    ana_shapes *shapes = NULL;
    if (options->shape.n_folds == 1) {
        return job_refuse(job, "--folds 1 holds nothing out: 0, or at least 2");
    }
    if (options->shape.mean && options->shape.n_folds > 0) {
        return job_refuse(job, "--mean is of alignments to all stimuli: without --folds");
    }
    if (options->noise != ANA_SHAPE_NO_NOISE) {
        return asks_of_means(&options->shape)
                   ? job_refuse(job,
                                "--folds, --permutations, --bootstraps, --whitening and --mean are "
                                "of means; --noise %s takes none of them",
                                noise_names[options->noise])
                   : measure_trials(job, options);
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
                             .trials = ana_shape_trials_options_default(),
                             .input = responses_options_default()};
    const option_target own[] = {
        {"Distance", ana_shape_option_table, &options.shape},
        {"Trials", noise_table, &options},
        {"Alignment of trials", ana_shape_trials_option_table, &options.trials},
        {"Stimuli", responses_option_table, &options.input},
        {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_READING | JOB_ROWS | JOB_SAVING,
                           .runs = {&options.shape.run, &options.trials.run},
                           .labels = "stimulus of each row of a single input, a whole number "
                                     "(negative or nan: none)",
                           .work = measure,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_shape = {
    .name = "shape",
    .summary = "Measure how far apart the geometries of systems are",
    .inputs = "INPUT...",
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
        "with many units and few stimuli any two systems can be turned to look alike. --noise "
        "compares the distributions of trials, by their covariances or whole, instead of their "
        "means.\n\n"
        "The result holds the matrix of distances, the systems in the plane, and each pair with "
        "its interval (--bootstraps) and the chance of so small a distance (--permutations).",
    .examples =
        "ana shape layers.safetensors brain.npy --folds 5 -o shape.html\n"
        "ana shape a.npy b.npy --align permutation --distance euclidean --permutations 999 --json\n"
        "ana shape layers/ --whitening 0.5 -o shape.h5\n"
        "ana shape one.npy two.npy --noise gaussian --mean-weight 1 --json",
    .run = run_command,
};
