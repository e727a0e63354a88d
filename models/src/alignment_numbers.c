/* The numbers of an alignment as arrays over targets, for programs. */
#include "alignment_figures.h"
#include "lists.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The subjects of all targets, each once. */
typedef struct subject_list {
    size_t n;
    const char **names; /* borrowed from the targets */
} subject_list;

static size_t find_subject(const subject_list *subjects, const char *name)
{
    size_t s = 0;
    while (s < subjects->n && strcmp(subjects->names[s], name) != 0) {
        s++;
    }
    return s;
}

static ana_status list_subjects(const ana_alignment *of, ana_workspace *workspace,
                                subject_list *subjects)
{
    size_t most = 0;
    for (size_t t = 0; t < of->n_targets; t++) {
        most += of->targets[t].scores->n_subjects;
    }
    subjects->names = ana_workspace_bytes(workspace, most, 1, sizeof *subjects->names);
    const ana_status status = ana_workspace_check(workspace, "alignment");
    for (size_t t = 0; t < of->n_targets && status == ANA_OK; t++) {
        const ana_rsa *scores = of->targets[t].scores;
        for (size_t s = 0; s < scores->n_subjects; s++) {
            const size_t place = find_subject(subjects, scores->subjects[s]);
            subjects->names[place] = scores->subjects[s];
            subjects->n += place == subjects->n ? 1 : 0;
        }
    }
    return status;
}

/* to[row * all subjects + subject] of rows x the target's subjects; NaN: not measured. */
static void spread(const subject_list *subjects, const ana_rsa *scores, size_t n_rows,
                   const double *values, double *to)
{
    for (size_t i = 0; i < n_rows * subjects->n; i++) {
        to[i] = (double)NAN;
    }
    for (size_t i = 0; i < n_rows * scores->n_subjects; i++) {
        const size_t s = find_subject(subjects, scores->subjects[i % scores->n_subjects]);
        to[i / scores->n_subjects * subjects->n + s] = values[i];
    }
}

static ana_status add_by_subject(const ana_alignment *of, const subject_list *subjects,
                                 ana_record *numbers)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = of->n_layers * subjects->n;
    const size_t size_held = of->n_models * subjects->n;
    double *values = ana_workspace_doubles(&workspace, of->n_targets, size);
    double *held_out = ana_workspace_doubles(&workspace, of->n_targets, size_held);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    for (size_t t = 0; t < of->n_targets; t++) {
        const ana_alignment_target *target = &of->targets[t];
        spread(subjects, target->scores, of->n_layers, target->scores->values, values + t * size);
        if (target->held_out != NULL) {
            spread(subjects, target->scores, of->n_models, target->held_out,
                   held_out + t * size_held);
        }
    }
    ANA_TRY(ana_record_add_texts(numbers, "subjects", subjects->n, subjects->names));
    ANA_TRY(ana_record_add_doubles(
        numbers, "values",
        (ana_shape){3, {of->n_targets, of->n_layers, subjects->n}, {"target", "layer", "subject"}},
        values, NULL));
    if (of->targets[0].held_out != NULL) {
        ANA_TRY(ana_record_add_doubles(numbers, "held_out",
                                       (ana_shape){3,
                                                   {of->n_targets, of->n_models, subjects->n},
                                                   {"target", "model", "subject"}},
                                       held_out, NULL));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_by_target(const ana_alignment *of, ana_record *numbers)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = of->n_targets;
    const size_t n_layers = of->n_layers;
    double *between = ana_workspace_doubles(&workspace, n, n_layers * n_layers);
    double *error = ana_workspace_doubles(&workspace, n, n_layers);
    double *ceiling = ana_workspace_doubles(&workspace, n, 2);
    double *times = ana_workspace_doubles(&workspace, n, 1);
    size_t *n_left_out = ana_workspace_sizes(&workspace, n, 1);
    const char **regions = ana_workspace_bytes(&workspace, n, 1, sizeof *regions);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    for (size_t t = 0; t < n; t++) {
        const ana_rsa *scores = of->targets[t].scores;
        regions[t] = of->targets[t].region;
        times[t] = of->targets[t].time;
        n_left_out[t] = of->targets[t].n_left_out;
        ceiling[2 * t] = scores->ceiling_low;
        ceiling[2 * t + 1] = scores->ceiling_high;
        memcpy(error + t * n_layers, scores->standard_error, n_layers * sizeof *error);
        memcpy(between + t * n_layers * n_layers, scores->p_between,
               n_layers * n_layers * sizeof *between);
    }
    ANA_TRY(ana_record_add_texts(numbers, "regions", n, regions));
    ANA_TRY(ana_record_add_doubles(numbers, "times", ana_shape_1(n, "target"), times, "s"));
    ANA_TRY(ana_record_add_sizes(numbers, "brain_units_left_out", ana_shape_1(n, "target"),
                                 n_left_out, NULL));
    ANA_TRY(ana_record_add_doubles(numbers, "ceiling", ana_shape_2(n, "target", 2, "low_high"),
                                   ceiling, NULL));
    ANA_TRY(ana_record_add_doubles(numbers, "standard_error",
                                   ana_shape_2(n, "target", n_layers, "layer"), error, NULL));
    ANA_TRY(ana_record_add_doubles(
        numbers, "p_between", (ana_shape){3, {n, n_layers, n_layers}, {"target", "layer", "layer"}},
        between, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_lags(const ana_alignment *of, ana_record *numbers)
{
    ana_status status = ANA_OK;
    const ana_alignment_lags *lags = &of->lags;
    const ana_shape shape = {
        3, {of->n_models, of->n_regions, lags->n_lags}, {"model", "region", "lag"}};
    if (lags->n_lags > 0) {
        ANA_TRY(ana_record_add_doubles(numbers, "lag", ana_shape_1(lags->n_lags, "lag"), lags->lag,
                                       "s"));
        ANA_TRY(ana_record_add_doubles(numbers, "at_lag", shape, lags->value, NULL));
        ANA_TRY(ana_record_add_doubles(numbers, "p_at_lag", shape, lags->p_max, NULL));
    }
done:
    return status;
}

ana_status ana_alignment_add_numbers(const ana_alignment *of, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *numbers = NULL;
    subject_list subjects = {0};
    size_t *baseline = ana_workspace_sizes(&workspace, of->n_layers, 1);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    ANA_TRY(list_subjects(of, &workspace, &subjects));
    ANA_TRY(ana_record_add_group(record, "numbers", ANA_HINT_NONE, &numbers));
    ANA_TRY(ana_record_add_texts(numbers, "layers", of->n_layers, (const char *const *)of->layers));
    ANA_TRY(ana_record_add_texts(numbers, "models", of->n_models, (const char *const *)of->models));
    ANA_TRY(ana_record_add_sizes(numbers, "model_of", ana_shape_1(of->n_layers, "layer"),
                                 of->model_of, NULL));
    ANA_TRY(
        ana_record_add_texts(numbers, "stimuli", of->n_stimuli, (const char *const *)of->stimuli));
    for (size_t l = 0; l < of->n_layers; l++) {
        baseline[l] = of->is_baseline[l] ? 1 : 0;
    }
    ANA_TRY(ana_record_add_sizes(numbers, "is_baseline", ana_shape_1(of->n_layers, "layer"),
                                 baseline, NULL));
    ANA_TRY(ana_record_add_sizes(numbers, "units_left_out", ana_shape_1(of->n_layers, "layer"),
                                 of->n_left_out, NULL));
    ANA_TRY(add_by_target(of, numbers));
    ANA_TRY(add_by_subject(of, &subjects, numbers));
    ANA_TRY(add_lags(of, numbers));
done:
    ana_workspace_release(&workspace);
    return status;
}
