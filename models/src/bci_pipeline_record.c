/* Pipelines saved and read back: the text says what each step is, arrays what it has learned. */
#include "bci_gate_parts.h"
#include "bci_parts.h"
#include "lists.h"
#include "memory.h"
#include "record_read.h"
#include "text.h"
#include "try.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "2 tangent": steps of one name are told apart, and stand in their order. */
static void name_step(const ana_bci_pipeline *pipeline, size_t i, char name[64])
{
    snprintf(name, 64, "%zu %s", i + 1, pipeline->steps[i].kind->says.name);
}

static ana_status add_step(const bci_step *step, const char *name, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    ANA_TRY(ana_record_add_group(record, name, ANA_HINT_NONE, &group));
    if (step->note != NULL) {
        ANA_TRY(ana_record_add_text(group, "note", step->note));
    }
    for (size_t k = 0; step->kind->learned != NULL && step->kind->learned[k] != NULL; k++) {
        const bci_array *array = &step->learned[k];
        if (array->values != NULL) {
            ANA_TRY(ana_record_add_doubles(group, step->kind->learned[k], array->shape,
                                           array->values, NULL));
        }
    }
done:
    return status;
}

static ana_status add_lesson(const ana_bci_pipeline *pipeline, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_bci_lesson *lesson = &pipeline->lesson;
    ana_record *group = NULL;
    ANA_TRY(ana_record_add_group(record, "lesson", ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_text(group, "title", "What it has learned from"));
    ANA_TRY(ana_record_add_int(group, "n_trials", (int64_t)lesson->n_trials, NULL));
    ANA_TRY(ana_record_add_texts(group, "classes", lesson->n_classes,
                                 (const char *const *)lesson->classes));
    ANA_TRY(ana_record_add_texts(group, "channels", lesson->n_channels,
                                 (const char *const *)lesson->channel_names));
    ANA_TRY(ana_record_add_int(group, "n_times", (int64_t)lesson->n_times, NULL));
    ANA_TRY(ana_record_add_double(group, "rate", lesson->rate, "Hz"));
    ANA_TRY(ana_record_add_double(group, "from", lesson->from_s, "s"));
    if (lesson->unit != NULL) {
        ANA_TRY(ana_record_add_text(group, "unit", lesson->unit));
    }
    if (lesson->positions != NULL) {
        ANA_TRY(ana_record_add_doubles(group, "positions",
                                       ana_shape_2(lesson->n_channels, "channel", 3, "axis"),
                                       lesson->positions, "m"));
    }
done:
    return status;
}

ana_status ana_bci_pipeline_to_record(const ana_bci_pipeline *pipeline, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ana_record *steps = NULL;
    *out = NULL;
    if (!pipeline->fitted) {
        return ana_fail(ANA_ERR_VALUE, "pipeline: it has not learned from trials yet");
    }
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "bci-pipeline"));
    ANA_TRY(ana_record_add_text(record, "title", "Classifier of trials"));
    ANA_TRY(ana_record_add_text(record, "pipeline", pipeline->text));
    ANA_TRY(
        ana_record_add_bool(record, "transductive", ana_bci_pipeline_is_transductive(pipeline)));
    ANA_TRY(add_lesson(pipeline, record));
    ANA_TRY(ana_bci_add_class_means(pipeline, record));
    ANA_TRY(ana_bci_add_topographies(pipeline, record));
    ANA_TRY(ana_record_add_group(record, "steps", ANA_HINT_NONE, &steps));
    for (size_t i = 0; i < pipeline->n_steps; i++) {
        char name[64];
        name_step(pipeline, i, name);
        ANA_TRY(add_step(&pipeline->steps[i], name, steps));
    }
    ANA_TRY(bci_gate_to_record(pipeline->gate, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}

/* An array of the record becomes the step's own: numbers, all of them finite. */
static ana_status take_array(const ana_record *node, bci_step *step, size_t which)
{
    ana_status status = ANA_OK;
    ana_shape shape = {.n_axes = node->n_axes};
    double *values = NULL;
    if (node->type != ANA_RECORD_DOUBLES || node->n_axes == 0) {
        return ana_fail(ANA_ERR_FORMAT, "step %s: %s is not an array of numbers",
                        step->kind->says.name, node->name);
    }
    for (size_t k = 0; k < node->n_axes; k++) {
        shape.n[k] = node->shape[k];
    }
    const size_t size = ana_record_size(node);
    for (size_t k = 0; k < size; k++) {
        if (!isfinite(node->doubles[k])) {
            return ana_fail(ANA_ERR_FORMAT, "step %s: number %zu of %s is not finite",
                            step->kind->says.name, k, node->name);
        }
    }
    ANA_TRY(ana_bci_learn(step, which, shape, &values));
    memcpy(values, node->doubles, size * sizeof *values);
done:
    return status;
}

static ana_status read_step(const ana_record *record, const char *name, bci_step *step)
{
    ana_status status = ANA_OK;
    char path[160];
    for (size_t k = 0; step->kind->learned != NULL && step->kind->learned[k] != NULL; k++) {
        snprintf(path, sizeof path, "steps/%s/%s", name, step->kind->learned[k]);
        const ana_record *node = ana_record_find(record, path);
        if (node != NULL) {
            ANA_TRY(take_array(node, step, k));
        }
    }
    snprintf(path, sizeof path, "steps/%s/note", name);
    if (ana_record_find(record, path) != NULL) {
        const char *note = NULL;
        ANA_TRY(ana_record_get_text(record, path, &note));
        ana_bci_note(step, "%s", note);
    }
done:
    return status;
}

static ana_status read_names(const ana_record *record, const char *path, size_t *n, char ***names)
{
    ana_status status = ANA_OK;
    const char *const *texts = NULL;
    size_t found = 0;
    ANA_TRY(ana_record_get_texts(record, path, &found, &texts));
    ANA_TRY(ana_copy_texts(found, texts, names));
    *n = found;
done:
    return status;
}

/* Positions of the channels, where there are any; those that cannot be are unknown. */
static ana_status read_positions(const ana_record *record, ana_bci_lesson *lesson)
{
    ana_status status = ANA_OK;
    const ana_record *node = ana_record_find(record, "lesson/positions");
    if (node == NULL) {
        return ANA_OK;
    }
    if (node->type != ANA_RECORD_DOUBLES || node->n_axes != 2 ||
        node->shape[0] != lesson->n_channels || node->shape[1] != 3) {
        return ana_fail(ANA_ERR_FORMAT, "lesson: positions should be numbers, %zu x 3",
                        lesson->n_channels);
    }
    const size_t n = 3 * lesson->n_channels;
    ANA_TRY(ana_allocate(n, sizeof *lesson->positions, "lesson", &lesson->positions));
    for (size_t k = 0; k < n; k++) {
        const double value = node->doubles[k];
        lesson->positions[k] = fabs(value) <= 1e6 ? value : (double)NAN;
    }
done:
    return status;
}

static ana_status read_lesson(const ana_record *record, ana_bci_pipeline *pipeline)
{
    ana_status status = ANA_OK;
    ana_bci_lesson *lesson = &pipeline->lesson;
    ANA_TRY(ana_record_get_size(record, "lesson/n_trials", &lesson->n_trials));
    ANA_TRY(read_names(record, "lesson/classes", &lesson->n_classes, &lesson->classes));
    ANA_TRY(read_names(record, "lesson/channels", &lesson->n_channels, &lesson->channel_names));
    ANA_TRY(ana_record_get_size(record, "lesson/n_times", &lesson->n_times));
    ANA_TRY(ana_record_get_double(record, "lesson/rate", &lesson->rate));
    ANA_TRY(ana_record_get_double(record, "lesson/from", &lesson->from_s));
    if (ana_record_find(record, "lesson/unit") != NULL) {
        const char *unit = NULL;
        ANA_TRY(ana_record_get_text(record, "lesson/unit", &unit));
        ANA_TRY(ana_copy_text(unit, &lesson->unit));
    }
    const bool sane = lesson->n_classes > 1 && lesson->n_channels > 0 &&
                      lesson->n_channels < 1000000 && lesson->n_times > 0 &&
                      lesson->n_times < 1000000000 && lesson->rate > 0.0 &&
                      isfinite(lesson->rate) && isfinite(lesson->from_s);
    if (!sane) {
        return ana_fail(
            ANA_ERR_FORMAT, "lesson: %zu classes, %zu channels, %zu samples at %s Hz cannot be",
            lesson->n_classes, lesson->n_channels, lesson->n_times, ana_number(lesson->rate).text);
    }
    const size_t n_bands = pipeline->bank.n_bands > 0 ? pipeline->bank.n_bands : 1;
    pipeline->takes = (bci_shape){.form = BCI_SIGNALS,
                                  .n_rows = n_bands * lesson->n_channels,
                                  .n_columns = lesson->n_times,
                                  .n_bands = n_bands,
                                  .rate = lesson->rate};
    ANA_TRY(read_positions(record, lesson));
done:
    return status;
}

/* Every step fits what the one before gives, and the last the classes. */
static ana_status check_chain(const ana_bci_pipeline *pipeline)
{
    ana_status status = ANA_OK;
    bci_shape shape = pipeline->takes;
    for (size_t i = 0; i < pipeline->n_steps; i++) {
        bci_shape next = {.form = BCI_CLASSES};
        ANA_TRY(pipeline->steps[i].kind->shape(&pipeline->steps[i], &shape, &next));
        shape = next;
    }
    if (shape.n_columns != pipeline->lesson.n_classes) {
        return ana_fail(ANA_ERR_FORMAT,
                        "its classifier tells %zu classes apart, but %zu have names",
                        shape.n_columns, pipeline->lesson.n_classes);
    }
done:
    return status;
}

ana_status ana_bci_pipeline_from_record(const ana_record *record, ana_bci_pipeline **out)
{
    ana_status status = ANA_OK;
    ana_bci_pipeline *pipeline = NULL;
    const char *text = NULL;
    *out = NULL;
    ANA_TRY(ana_record_get_text(record, "pipeline", &text));
    ANA_TRY(ana_bci_pipeline_parse(text, &pipeline));
    ANA_TRY(read_lesson(record, pipeline));
    for (size_t i = 0; i < pipeline->n_steps; i++) {
        char name[64];
        name_step(pipeline, i, name);
        ANA_TRY(read_step(record, name, &pipeline->steps[i]));
    }
    ANA_TRY(check_chain(pipeline));
    ANA_TRY(bci_gate_from_record(record, &pipeline->lesson, bci_gate_order(&pipeline->bank),
                                 &pipeline->gate));
    pipeline->fitted = true;
    *out = pipeline;
    pipeline = NULL;
done:
    ana_bci_pipeline_free(pipeline);
    return status == ANA_OK ? ANA_OK : ana_fail_in(status, "bci pipeline: ");
}
