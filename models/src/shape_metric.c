/* Distances of shape between all pairs of systems. */
#include "lists.h"
#include "memory.h"
#include "pairs.h"
#include "shape_parts.h"
#include "try.h"

#include <analysis/folds.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const char *const ana_shape_alignment_names[] = {"orthogonal", "permutation", "none", NULL};
const char *const ana_shape_distance_names[] = {"euclidean", "scaled", "angular", NULL};
const char *const ana_shape_noise_names[] = {"none", "gaussian", "energy", NULL};

ana_shape_options ana_shape_options_default(void)
{
    return (ana_shape_options){.run = ana_run_default(),
                               .alignment = ANA_SHAPE_ORTHOGONAL,
                               .distance = ANA_SHAPE_ANGULAR,
                               .tolerance = 1e-7,
                               .centre = true,
                               .level = 0.95};
}

const ana_option ana_shape_option_table[] = {
    {"align", ANA_OPTION_CHOICE, offsetof(ana_shape_options, alignment), 0, 0,
     ana_shape_alignment_names, "GROUP",
     "what may be done to the units of one system: turned and mirrored, exchanged, or nothing",
     false},
    {"distance", ANA_OPTION_CHOICE, offsetof(ana_shape_options, distance), 0, 0,
     ana_shape_distance_names, "DISTANCE",
     "of the aligned: their difference, that of systems of length 1, or the angle in radians",
     false},
    {"whitening", ANA_OPTION_DOUBLE, offsetof(ana_shape_options, whitening), 0, 1, NULL, "SHARE",
     "how far scales and correlations of units are taken away first: 0 not at all, 1 altogether",
     false},
    {"whitening-tolerance", ANA_OPTION_DOUBLE, offsetof(ana_shape_options, tolerance), 0, 1, NULL,
     "SHARE", "directions of at most this share of the largest variance are not whitened", false},
    {"centre", ANA_OPTION_BOOL, offsetof(ana_shape_options, centre), 0, 0, NULL, NULL,
     "take each unit's mean over the stimuli away", false},
    {"folds", ANA_OPTION_SIZE, offsetof(ana_shape_options, n_folds), 0, 1e6, NULL, "N",
     "align on the other folds' stimuli and measure on each fold's (0: on all, the same)", false},
    {"mean", ANA_OPTION_BOOL, offsetof(ana_shape_options, mean), 0, 0, NULL, NULL,
     "find the mean of all systems, and how far each is from it (not with folds)", false},
    {"permutations", ANA_OPTION_SIZE, offsetof(ana_shape_options, n_permutations), 0, 1e8, NULL,
     "N", "of the stimuli of one system of each pair, for the chance of so small a distance",
     false},
    {"bootstraps", ANA_OPTION_SIZE, offsetof(ana_shape_options, n_bootstraps), 0, 1e8, NULL, "N",
     "of the stimuli, for intervals (0: none)", false},
    {"level", ANA_OPTION_DOUBLE, offsetof(ana_shape_options, level), 0.5, 0.9999, NULL, "SHARE",
     "of the intervals", false},
    ANA_OPTION_END,
};

static ana_status check(const ana_responses_set *systems, const ana_shape_options *options)
{
    ana_status status = ana_options_check(ana_shape_option_table, options, "shape");
    if (status != ANA_OK) {
        return status;
    }
    if (systems->n < 2) {
        return ana_fail(ANA_ERR_VALUE, "shape: %zu system; a distance is between two", systems->n);
    }
    const ana_responses *first = systems->systems[0];
    for (size_t s = 1; s < systems->n; s++) {
        const ana_responses *other = systems->systems[s];
        if (other->n_stimuli != first->n_stimuli) {
            return ana_fail(ANA_ERR_SHAPE,
                            "shape: %s has %zu stimuli and %s %zu; match them by id first",
                            first->name, first->n_stimuli, other->name, other->n_stimuli);
        }
        if (options->alignment == ANA_SHAPE_UNALIGNED && other->n_units != first->n_units) {
            return ana_fail(ANA_ERR_SHAPE,
                            "shape: %s has %zu units and %s %zu; without alignment they must be "
                            "the same units",
                            first->name, first->n_units, other->name, other->n_units);
        }
    }
    if (first->n_stimuli < 3) {
        return ana_fail(ANA_ERR_VALUE, "shape: %zu stimuli; at least three are needed",
                        first->n_stimuli);
    }
    if (options->n_folds == 1 || options->n_folds > first->n_stimuli) {
        return ana_fail(ANA_ERR_VALUE, "shape: %zu folds of %zu stimuli; 0, or 2 to %zu",
                        options->n_folds, first->n_stimuli, first->n_stimuli);
    }
    if (options->mean && options->n_folds > 0) {
        return ana_fail(ANA_ERR_VALUE,
                        "shape: the mean is of alignments to all stimuli; without folds");
    }
    if (options->n_permutations > 0 && 2 * options->n_folds > first->n_stimuli) {
        return ana_fail(ANA_ERR_VALUE,
                        "shape: stimuli are exchanged within folds, and %zu of %zu stimuli have "
                        "less than two each; use fewer folds",
                        options->n_folds, first->n_stimuli);
    }
    return ANA_OK;
}

ana_status ana_shapes_new(const ana_responses_set *systems, ana_shapes **out)
{
    ana_status status = ANA_OK;
    ana_shapes *shapes = NULL;
    const size_t n = systems->n;
    ANA_TRY(ana_allocate(1, sizeof *shapes, "shape", (void *)&shapes));
    shapes->n_systems = n;
    shapes->n_stimuli = systems->systems[0]->n_stimuli;
    ANA_TRY(ana_allocate(n, sizeof(char *), "shape", (void *)&shapes->names));
    ANA_TRY(ana_allocate(n, sizeof(size_t), "shape", (void *)&shapes->n_units));
    ANA_TRY(ana_allocate(n, sizeof(size_t), "shape", (void *)&shapes->n_excluded));
    double **const squares[] = {&shapes->distance, &shapes->low, &shapes->high, &shapes->p,
                                &shapes->p_adjusted};
    for (size_t k = 0; k < sizeof squares / sizeof squares[0]; k++) {
        ANA_TRY(ana_allocate(n * n, sizeof(double), "shape", (void *)squares[k]));
        for (size_t i = 0; i < n * n && k > 0; i++) {
            (*squares[k])[i] = NAN;
        }
    }
    ANA_TRY(ana_allocate(n, sizeof(double), "shape", (void *)&shapes->from_mean));
    for (size_t s = 0; s < n; s++) {
        shapes->from_mean[s] = NAN;
        ANA_TRY(ana_copy_text(systems->systems[s]->name, &shapes->names[s]));
    }
    *out = shapes;
    shapes = NULL;
done:
    ana_shapes_free(shapes);
    return status;
}

void ana_shapes_free(ana_shapes *shapes)
{
    if (shapes == NULL) {
        return;
    }
    ana_free_texts(shapes->n_systems, shapes->names);
    free(shapes->n_units);
    free(shapes->n_excluded);
    free(shapes->distance);
    free(shapes->low);
    free(shapes->high);
    free(shapes->p);
    free(shapes->p_adjusted);
    free(shapes->from_mean);
    free(shapes);
}

static ana_status take_units(const ana_responses_set *systems, const ana_shape_options *options,
                             ana_workspace *workspace, ana_measured_units *units,
                             ana_shapes *shapes)
{
    ana_status status = ANA_OK;
    for (size_t s = 0; s < systems->n; s++) {
        ANA_TRY(ana_measured_units_take(systems->systems[s], "shape", false, workspace, &units[s]));
        shapes->n_units[s] = units[s].n;
        shapes->n_excluded[s] = units[s].n_missing;
        if (units[s].n_missing > 0 && options->alignment == ANA_SHAPE_UNALIGNED) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE,
                             "shape: %zu units of %s have no value; without alignment every unit "
                             "must have one",
                             units[s].n_missing, systems->systems[s]->name));
        }
    }
done:
    return status;
}

/* The folds of stimuli, and where each stimulus stands in them; without folds one of all. */
static ana_status split_stimuli(const ana_shape_options *options, ana_workspace *workspace,
                                ana_folds **folds, ana_shape_work *work)
{
    ana_status status = ANA_OK;
    const size_t n = work->n_stimuli;
    work->n_folds = options->n_folds > 0 ? options->n_folds : 1;
    work->splits = ana_workspace_bytes(workspace, work->n_folds, 1, sizeof *work->splits);
    work->fold = ana_workspace_sizes(workspace, n, 1);
    work->place = ana_workspace_sizes(workspace, work->n_folds, n);
    size_t *train = ana_workspace_sizes(workspace, work->n_folds, n);
    ANA_TRY(ana_workspace_check(workspace, "shape"));
    if (options->n_folds == 0) {
        work->splits[0] = (ana_shape_split){n, NULL, n, NULL};
        for (size_t s = 0; s < n; s++) {
            work->place[s] = s;
        }
        goto done;
    }
    ana_folds_options how = ana_folds_options_default();
    how.run = options->run;
    how.n_folds = options->n_folds;
    ANA_TRY(ana_folds_plain(n, &how, folds));
    for (size_t f = 0; f < work->n_folds; f++) {
        ana_shape_split *split = &work->splits[f];
        ana_folds_train(*folds, f, train + f * n, &split->n_train);
        split->train = train + f * n;
        split->n_test = (*folds)->folds[f].n_test;
        split->test = (*folds)->folds[f].test;
        for (size_t k = 0; k < split->n_train; k++) {
            work->place[f * n + split->train[k]] = k;
        }
        for (size_t k = 0; k < split->n_test; k++) {
            work->fold[split->test[k]] = f;
            work->place[f * n + split->test[k]] = k;
        }
        if (split->n_train < 2) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE, "shape: %zu folds leave %zu of %zu stimuli to align on",
                             work->n_folds, split->n_train, n));
        }
    }
done:
    return status;
}

/* What the systems hold, in every fold, and what pairs of the largest do on each thread. */
static ana_status check_room(const ana_shape_options *options, const ana_shape_work *work)
{
    const double n = (double)work->n_stimuli;
    const size_t n_pairs = pairs_count(work->n_systems);
    const double n_threads = (double)ana_run_threads(&options->run, n_pairs);
    double numbers = (double)n_pairs * (options->n_bootstraps > 0 ? n : 1.0);
    double widest = 0.0;
    for (size_t s = 0; s < work->n_systems; s++) {
        const double p = (double)work->units[s].n;
        const double columns = options->alignment == ANA_SHAPE_ORTHOGONAL && p > n ? n : p;
        numbers += n * p + (double)work->n_folds * n * columns;
        widest = fmax(widest, columns);
    }
    const double squares = options->alignment == ANA_SHAPE_UNALIGNED     ? 0.0
                           : options->alignment == ANA_SHAPE_PERMUTATION ? 1.0
                                                                         : 8.0;
    numbers += n_threads * (squares * widest * widest + 4.0 * n * widest);
    return ana_run_check_memory(&options->run, numbers < 1e17 ? (size_t)(8.0 * numbers) : SIZE_MAX,
                                "the systems' responses in every fold, and their products");
}

/* One after another; their products and eigenvectors are the work, and the largest the memory. */
static ana_status fit_forms(const ana_shape_options *options, ana_workspace *workspace,
                            ana_shape_work *work)
{
    ana_status status = ANA_OK;
    work->forms =
        ana_workspace_bytes(workspace, work->n_folds, work->n_systems, sizeof *work->forms);
    work->length = ana_workspace_doubles(workspace, work->n_systems, work->n_stimuli);
    ANA_TRY(ana_workspace_check(workspace, "shape"));
    for (size_t k = 0; k < work->n_folds * work->n_systems; k++) {
        const size_t f = k / work->n_systems;
        const size_t s = k % work->n_systems;
        const ana_shape_split *split = &work->splits[f];
        ana_shape_form *form = &work->forms[k];
        ANA_TRY(ana_run_progress(&options->run, "systems", k, work->n_folds * work->n_systems));
        ANA_TRY(ana_shape_form_fit(&work->units[s], options, split, workspace, form));
        for (size_t i = 0; i < split->n_test; i++) {
            const double *row = form->test + i * form->d;
            double *to = &work->length[s * work->n_stimuli];
            to += split->test == NULL ? i : split->test[i];
            *to = form->rest[i];
            for (size_t c = 0; c < form->d; c++) {
                *to += row[c] * row[c];
            }
        }
    }
done:
    return status;
}

static double length_of(const ana_shape_work *work, size_t s)
{
    double sum = 0.0;
    for (size_t i = 0; i < work->n_stimuli; i++) {
        sum += work->length[s * work->n_stimuli + i];
    }
    return sum;
}

static ana_status check_lengths(const ana_shape_work *work, const ana_shapes *shapes)
{
    for (size_t s = 0; s < work->n_systems && shapes->kind != ANA_SHAPE_EUCLIDEAN; s++) {
        if (!(length_of(work, s) > 0.0)) {
            return ana_fail(ANA_ERR_VALUE,
                            "shape: %s does not vary over the stimuli; its %s distance is not "
                            "defined (the euclidean is)",
                            shapes->names[s], ana_shape_distance_names[shapes->kind]);
        }
    }
    return ANA_OK;
}

static ana_status measure_pair(const void *user, size_t pair, size_t i, size_t j, double *distance)
{
    const ana_shape_work *work = user;
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = work->n_stimuli;
    double *of_fold = ana_workspace_doubles(&workspace, n, 1);
    double whole = 0.0;
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    for (size_t f = 0; f < work->n_folds; f++) {
        const ana_shape_split *split = &work->splits[f];
        const ana_shape_form *forms = work->forms + f * work->n_systems;
        double apart = 0.0;
        ANA_TRY(ana_shape_fit_pair(&forms[i], &forms[j], work->options->alignment, NULL, &apart,
                                   work->apart == NULL ? NULL : of_fold));
        whole += apart;
        for (size_t k = 0; k < split->n_test && work->apart != NULL; k++) {
            work->apart[pair * n + (split->test == NULL ? k : split->test[k])] = of_fold[k];
        }
    }
    *distance = ana_shape_distance_of(work->options->distance, whole, length_of(work, i),
                                      length_of(work, j));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_shapes_measure(const ana_run *run, ana_shape_measure measure, const void *user,
                              ana_shapes *shapes)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = shapes->n_systems;
    const size_t n_pairs = pairs_count(n);
    double *distance = shapes->distance;
    ana_status *statuses = ana_workspace_bytes(&workspace, n_pairs, 1, sizeof *statuses);
    size_t *first = ana_workspace_sizes(&workspace, n_pairs, 1);
    size_t *second = ana_workspace_sizes(&workspace, n_pairs, 1);
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            first[pairs_place(n, i, j)] = i;
            second[pairs_place(n, i, j)] = j;
        }
    }
#pragma omp parallel for default(none) schedule(dynamic, 1)                                        \
    num_threads(ana_run_threads(run, n_pairs))                                                     \
        shared(run, measure, user, n_pairs, n, first, second, statuses, distance)
    for (size_t k = 0; k < n_pairs; k++) {
        statuses[k] = measure(user, k, first[k], second[k], &distance[first[k] * n + second[k]]);
    }
    for (size_t k = 0; k < n_pairs; k++) {
        const size_t at = first[k] * n + second[k];
        if (statuses[k] != ANA_OK) { /* whose sentence was said in another thread */
            ANA_TRY(ana_fail(statuses[k], "shape: %s against %s: %s", shapes->names[first[k]],
                             shapes->names[second[k]], ana_status_text(statuses[k])));
        }
        distance[second[k] * n + first[k]] = distance[at];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_shapes_compute(const ana_responses_set *systems, const ana_shape_options *options,
                              ana_shapes **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_shapes *shapes = NULL;
    ana_folds *folds = NULL;
    const ana_shape_options chosen = options != NULL ? *options : ana_shape_options_default();
    ANA_TRY(check(systems, &chosen));
    ANA_TRY(ana_shapes_new(systems, &shapes));
    shapes->alignment = chosen.alignment;
    shapes->kind = chosen.distance;
    shapes->whitening = chosen.whitening;
    shapes->n_folds = chosen.n_folds;
    ana_measured_units *units = ana_workspace_bytes(&workspace, systems->n, 1, sizeof *units);
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    ANA_TRY(take_units(systems, &chosen, &workspace, units, shapes));
    ana_shape_work work = {.options = &chosen,
                           .n_systems = systems->n,
                           .n_stimuli = shapes->n_stimuli,
                           .units = units};
    ANA_TRY(split_stimuli(&chosen, &workspace, &folds, &work));
    ANA_TRY(check_room(&chosen, &work));
    ANA_TRY(fit_forms(&chosen, &workspace, &work));
    ANA_TRY(check_lengths(&work, shapes));
    if (chosen.n_bootstraps > 0) {
        work.apart = ana_workspace_doubles(&workspace, pairs_count(work.n_systems), work.n_stimuli);
        ANA_TRY(ana_workspace_check(&workspace, "shape"));
    }
    ANA_TRY(ana_shapes_measure(&chosen.run, measure_pair, &work, shapes));
    ANA_TRY(ana_shapes_infer(&work, shapes));
    if (chosen.mean) {
        ANA_TRY(ana_shapes_find_mean(&work, shapes));
    }
    *out = shapes;
    shapes = NULL;
done:
    ana_folds_free(folds);
    ana_shapes_free(shapes);
    ana_workspace_release(&workspace);
    return status;
}
