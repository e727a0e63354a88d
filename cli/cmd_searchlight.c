#include "centres_input.h"
#include "commands.h"
#include "job.h"
#include "rdm_input.h"
#include "try.h"

#include <analysis/formats/array_writer.h>

#include <string.h>
#include <sys/stat.h>

typedef struct searchlight_options {
    ana_searchlight_options search;
    windows_options windows;
    centres_options centres;
    const char *models;
    const char *matrices;
} searchlight_options;

static const ana_option matrix_table[] = {
    {"matrices", ANA_OPTION_TEXT, offsetof(searchlight_options, matrices), 0, 0, NULL, "FILE.npy",
     "write the dissimilarities of every centre too, as they are made (centre x pair)", false},
    ANA_OPTION_END,
};

static const ana_option model_table[] = {
    {"models", ANA_OPTION_TEXT, offsetof(searchlight_options, models), 0, 0, NULL, "FILE",
     "dissimilarities of models: saved by ana rdm, or an array of them", false},
    {"conditions", ANA_OPTION_TEXT, offsetof(searchlight_options, windows.conditions), 0, 0, NULL,
     "TABLE",
     "id of each trial's condition: the first column of a text table (default: --labels, or the "
     "number of the trial)",
     false},
    ANA_OPTION_END,
};

/* Trials of conditions that the models do not have take no part. */
static void leave_out(const command_job *job, const ana_rdms *models, ana_observations *rows)
{
    size_t n_lost = 0;
    for (size_t t = 0; t < rows->n_times; t++) {
        bool found = rows->labels[t] < 0;
        for (size_t c = 0; c < models->n_conditions && !found; c++) {
            found = strcmp(models->conditions[c], rows->label_names[rows->labels[t]]) == 0;
        }
        if (!found) {
            rows->labels[t] = -1;
            n_lost++;
        }
    }
    if (n_lost > 0) {
        console_say(&job->console, "%zu of %zu trials are of conditions that the models lack",
                    n_lost, rows->n_times);
    }
}

static ana_status write_matrix(void *user, size_t centre, size_t n_pairs, const double *rdm)
{
    (void)centre;
    return ana_array_writer_append(user, n_pairs, rdm);
}

/* The conditions that have trials. */
static size_t count_conditions(const ana_observations *rows)
{
    size_t n = 0;
    for (size_t c = 0; c < rows->n_labels; c++) {
        bool seen = false;
        for (size_t t = 0; t < rows->n_times && !seen; t++) {
            seen = rows->labels[t] == (int64_t)c;
        }
        n += seen ? 1 : 0;
    }
    return n;
}

/* Where matrices go, if they go anywhere. */
static ana_status open_matrices(const command_job *job, const char *path,
                                const ana_observations *rows, size_t n_centres,
                                ana_array_writer **out)
{
    struct stat found;
    const size_t n = count_conditions(rows);
    const size_t shape[] = {n_centres, n > 1 ? ana_rdm_n_pairs(n) : 0};
    if (path == NULL) {
        return ANA_OK;
    }
    if (!job->save.overwrite && lstat(path, &found) == 0) {
        ana_fail(ANA_ERR_IO, "%s: is there already; --overwrite replaces it", path);
        return ANA_ERR_IO;
    }
    return ana_array_writer_open(path, 2, shape, out);
}

static void say(const command_job *job, const ana_searchlight *map)
{
    if (map->n_features_left_out > 0 || map->n_without > 0) {
        console_say(&job->console,
                    "%zu channels have a missing value (or, whitened, never vary) and are left "
                    "out; %zu of %zu centres have no similarity",
                    map->n_features_left_out, map->n_without, map->n_centres);
    }
}

static ana_status search(command_job *job, void *user)
{
    searchlight_options *options = user;
    ana_status status = ANA_OK;
    trial_windows windows = {.rows = NULL};
    centres_input centres = {.centres = NULL};
    ana_rdms *models = NULL;
    ana_searchlight *map = NULL;
    ana_array_writer *writer = NULL;
    if (options->models == NULL) {
        return job_refuse(job, "needs --models FILE: what the responses are compared with");
    }
    char *inputs[] = {(char *)(uintptr_t)options->models};
    ANA_TRY(rdm_inputs(job, 1, inputs, &models));
    ANA_TRY(windows_load(job, job->arguments.inputs[0], &options->windows, &windows));
    leave_out(job, models, windows.rows);
    ANA_TRY(centres_load(job, &options->centres, &windows, &centres));
    ANA_TRY(open_matrices(job, options->matrices, windows.rows, centres.centres->n, &writer));
    ANA_TRY(ana_searchlight_compute(windows.rows, centres.centres, models, &options->search,
                                    writer != NULL ? write_matrix : NULL, writer, &map));
    if (writer != NULL) {
        ANA_TRY(ana_array_writer_commit(writer));
    }
    say(job, map);
    ANA_TRY(ana_searchlight_to_record(map, &centres.view, &job->record));
done:
    ana_array_writer_close(writer);
    ana_searchlight_free(map);
    ana_rdms_free(models);
    centres_release(&centres);
    windows_release(&windows);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    searchlight_options options = {.search = ana_searchlight_options_default(),
                                   .windows = windows_options_default(),
                                   .centres = centres_options_default()};
    const option_target own[] = {{"Models", model_table, &options},
                                 {"Places", centres_option_table, &options.centres},
                                 {"Comparison", ana_searchlight_option_table, &options.search},
                                 {"Dissimilarity", ana_rdm_option_table, &options.search.rdm},
                                 {"Noise", ana_noise_option_table, &options.search.noise},
                                 {"Windows and folds", windows_option_table, &options.windows},
                                 {"Matrices", matrix_table, &options},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_SAVING,
                           .runs = {&options.search.run},
                           .work = search,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_searchlight = {
    .name = "searchlight",
    .summary = "Find where, and when, responses match a model",
    .inputs = "RESPONSES",
    .min_inputs = 1,
    .max_inputs = 1,
    .description =
        "The dissimilarities of conditions within each small set of channels, compared with those "
        "of models: sensors near each other (--positions), voxels of spheres (an array trial x x x "
        "y x z, --mask), channels joined in a graph (--graph), and windows of time, alone or with "
        "any of these (an array trial x time x channel, or a recording with --events).\n\n"
        "Conditions of the models change places, alike for all centres; p_max holds each centre "
        "against the largest similarity of all centres in each permutation.\n\n"
        "The result holds the similarity of every centre with every model, their p, the best "
        "centres, and pictures: slices, sensors, curves over time.",
    .examples =
        "ana searchlight betas.npy --conditions images.csv --models rdm.h5 --mask mask.npy "
        "--voxel-size 3,3,3 --radius 9 --method crossnobis --fold-ids runs.csv -o map.html\n"
        "ana searchlight meg.nwb --events 'image*' --window-to 0.5 --bin 0.02 --positions "
        "sensors.csv --neighbours 10 --window 3 --models layers.h5 -o map.h5\n"
        "ana searchlight rates.npy --conditions images.csv --models layers.h5 --json",
    .run = run_command,
};
