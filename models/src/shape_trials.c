/* Distances of systems whose responses are distributions over trials. */
#include "shape_clouds.h"
#include "shape_parts.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

ana_shape_trials_options ana_shape_trials_options_default(void)
{
    return (ana_shape_trials_options){.run = ana_run_default(),
                                      .noise = ANA_SHAPE_GAUSSIAN,
                                      .alignment = ANA_SHAPE_ORTHOGONAL,
                                      .mean_weight = 1.0,
                                      .centre = true,
                                      .n_starts = 8,
                                      .max_iterations = 500,
                                      .tolerance = 1e-10};
}

const ana_option ana_shape_trials_option_table[] = {
    {"mean-weight", ANA_OPTION_DOUBLE, offsetof(ana_shape_trials_options, mean_weight), 0, 2, NULL,
     "W", "gaussian noise: of means, 2 - W of covariances; 1 is the Wasserstein distance", false},
    {"starts", ANA_OPTION_SIZE, offsetof(ana_shape_trials_options, n_starts), 1, 1e6, NULL, "N",
     "of the alignment of trials, of which the best is taken", false},
    {"max-iterations", ANA_OPTION_SIZE, offsetof(ana_shape_trials_options, max_iterations), 1, 1e9,
     NULL, "N", "of each start", false},
    ANA_OPTION_END,
};

typedef struct trial_work {
    const ana_shape_trials_options *options;
    ana_shape_cloud *clouds;
} trial_work;

static ana_status check(size_t n, const ana_observations *const *systems, const char *const *names,
                        const ana_shape_trials_options *options)
{
    ana_status status = ana_options_check(ana_shape_trials_option_table, options, "shape");
    if (status != ANA_OK) {
        return status;
    }
    if (n < 2) {
        return ana_fail(ANA_ERR_VALUE, "shape: %zu system; a distance is between two", n);
    }
    if (options->noise != ANA_SHAPE_GAUSSIAN && options->noise != ANA_SHAPE_ENERGY) {
        return ana_fail(ANA_ERR_VALUE, "shape: noise %d; gaussian or energy", (int)options->noise);
    }
    for (size_t s = 1; s < n && options->alignment == ANA_SHAPE_UNALIGNED; s++) {
        if (systems[s]->n_features != systems[0]->n_features) {
            return ana_fail(ANA_ERR_SHAPE,
                            "shape: %s has %zu units and %s %zu; without alignment they must be "
                            "the same units",
                            names[0], systems[0]->n_features, names[s], systems[s]->n_features);
        }
    }
    return ANA_OK;
}

/* The stimuli that all have, by the names of their means. */
static ana_status match_stimuli(size_t n, const ana_observations *const *systems,
                                const char *const *names, const ana_match_options *match,
                                ana_responses_set **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_responses **means = ana_workspace_bytes(&workspace, n, 1, sizeof(void *));
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    for (size_t s = 0; s < n; s++) {
        ANA_TRY(ana_responses_of_observations(systems[s], names[s], &means[s]));
    }
    ANA_TRY(ana_responses_match(n, means, match, NULL, out));
done:
    for (size_t s = 0; s < n && means != NULL; s++) {
        ana_responses_free(means[s]);
    }
    ana_workspace_release(&workspace);
    return status;
}

/* Row t of the system shows that stimulus. */
static bool shows(const ana_observations *rows, size_t t, const char *stimulus)
{
    return rows->labels != NULL && rows->labels[t] >= 0 &&
           strcmp(rows->label_names[rows->labels[t]], stimulus) == 0;
}

static ana_status take_row(const ana_observations *rows, const char *name, size_t t, double *to)
{
    for (size_t u = 0; u < rows->n_features; u++) {
        to[u] = rows->values[t * rows->n_features + u];
        if (!(fabs(to[u]) <= 1e100)) { /* whose squares are numbers as well */
            return ana_fail(ANA_ERR_VALUE,
                            "shape: unit %zu of %s is missing, infinite or above 1e100 in row %zu",
                            u, name, t);
        }
    }
    return ANA_OK;
}

/* The trials of each matched stimulus, in units of 0 beyond the system's own. */
static ana_status gather(const ana_observations *rows, const ana_responses *means, size_t d,
                         ana_shape_noise noise, ana_workspace *workspace, ana_shape_cloud *cloud)
{
    ana_status status = ANA_OK;
    const size_t n = means->n_stimuli;
    size_t n_rows = 0;
    *cloud = (ana_shape_cloud){.n = n, .d = d};
    cloud->start = ana_workspace_sizes(workspace, n + 1, 1);
    cloud->rows = ana_workspace_doubles(workspace, rows->n_times, d);
    cloud->means = ana_workspace_doubles(workspace, n, d);
    cloud->common = ana_workspace_doubles(workspace, d, d);
    if (noise == ANA_SHAPE_GAUSSIAN) {
        cloud->roots = ana_workspace_doubles(workspace, n * d, d);
    }
    ANA_TRY(ana_workspace_check(workspace, "shape"));
    for (size_t i = 0; i < n; i++) {
        for (size_t t = 0; t < rows->n_times; t++) {
            if (shows(rows, t, means->stimuli[i])) {
                ANA_TRY(take_row(rows, means->name, t, cloud->rows + n_rows * d));
                n_rows++;
            }
        }
        cloud->start[i + 1] = n_rows;
        if (n_rows < cloud->start[i] + 2) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE,
                             "shape: %s has %zu trials of stimulus %s; at least two are needed",
                             means->name, n_rows - cloud->start[i], means->stimuli[i]));
        }
    }
done:
    return status;
}

/* Take the mean over stimuli of the mean responses away. */
static void centre(ana_shape_cloud *cloud, double *mean)
{
    memset(mean, 0, cloud->d * sizeof *mean);
    for (size_t i = 0; i < cloud->n; i++) {
        const double n_trials = (double)(cloud->start[i + 1] - cloud->start[i]);
        for (size_t t = cloud->start[i]; t < cloud->start[i + 1]; t++) {
            for (size_t k = 0; k < cloud->d; k++) {
                mean[k] += cloud->rows[t * cloud->d + k] / n_trials / (double)cloud->n;
            }
        }
    }
    for (size_t i = 0; i < cloud->start[cloud->n] * cloud->d; i++) {
        cloud->rows[i] -= mean[i % cloud->d];
    }
}

static ana_status measure(const void *user, size_t pair, size_t i, size_t j, double *distance)
{
    const trial_work *work = user;
    double value = 0.0;
    const ana_status status =
        ana_shape_align_clouds(&work->clouds[i], &work->clouds[j], work->options, pair, &value);
    *distance = sqrt(fmax(value, 0.0));
    return status;
}

static ana_status check_room(const ana_run *run, const ana_responses_set *set, double n_rows,
                             size_t most)
{
    const double d = (double)most;
    const double numbers =
        d * n_rows + (double)set->n * (double)set->systems[0]->n_stimuli * d * (d + 1.0);
    return ana_run_check_memory(run, numbers < 1e17 ? (size_t)(8.0 * numbers) : SIZE_MAX,
                                "covariances of all stimuli");
}

/* Trials of all systems, described. */
static ana_status make_clouds(const ana_observations *const *systems, const ana_responses_set *set,
                              const ana_shape_trials_options *options, ana_workspace *workspace,
                              ana_shape_cloud *clouds)
{
    ana_status status = ANA_OK;
    size_t most = 0;
    double n_rows = 0.0;
    for (size_t s = 0; s < set->n; s++) {
        most = systems[s]->n_features > most ? systems[s]->n_features : most;
        n_rows += (double)systems[s]->n_times;
    }
    ANA_TRY(check_room(&options->run, set, n_rows, most));
    double *mean = ana_workspace_doubles(workspace, most, 1);
    ANA_TRY(ana_workspace_check(workspace, "shape"));
    for (size_t s = 0; s < set->n; s++) {
        ANA_TRY(ana_run_progress(&options->run, "systems", s, set->n));
        ANA_TRY(gather(systems[s], set->systems[s], most, options->noise, workspace, &clouds[s]));
        if (options->centre) {
            centre(&clouds[s], mean);
        }
        ANA_TRY(ana_shape_cloud_describe(options->noise, &clouds[s]));
    }
done:
    return status;
}

ana_status ana_shapes_of_trials(size_t n, const ana_observations *const *systems,
                                const char *const *names, const ana_match_options *match,
                                const ana_shape_trials_options *options, ana_shapes **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_responses_set *set = NULL;
    ana_shapes *shapes = NULL;
    const ana_shape_trials_options chosen =
        options != NULL ? *options : ana_shape_trials_options_default();
    trial_work work = {.options = &chosen};
    ANA_TRY(check(n, systems, names, &chosen));
    ANA_TRY(match_stimuli(n, systems, names, match, &set));
    work.clouds = ana_workspace_bytes(&workspace, n, 1, sizeof *work.clouds);
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    ANA_TRY(make_clouds(systems, set, &chosen, &workspace, work.clouds));
    ANA_TRY(ana_shapes_new(set, &shapes));
    shapes->alignment = chosen.alignment;
    shapes->kind = ANA_SHAPE_EUCLIDEAN;
    shapes->noise = chosen.noise;
    for (size_t s = 0; s < n; s++) {
        shapes->n_units[s] = systems[s]->n_features;
    }
    ANA_TRY(ana_shapes_measure(&chosen.run, measure, &work, shapes));
    *out = shapes;
    shapes = NULL;
done:
    ana_shapes_free(shapes);
    ana_responses_set_free(set);
    ana_workspace_release(&workspace);
    return status;
}
