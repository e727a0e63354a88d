#include "bci_parts.h"
#include "lists.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *ana_bci_pipeline_text(const ana_bci_pipeline *pipeline)
{
    return pipeline->text;
}

void ana_bci_pipeline_bank(const ana_bci_pipeline *pipeline, ana_bci_bank *bank)
{
    *bank = pipeline->bank;
}

bool ana_bci_pipeline_is_transductive(const ana_bci_pipeline *pipeline)
{
    for (size_t i = 0; i < pipeline->n_steps; i++) {
        const bci_step *step = &pipeline->steps[i];
        if (step->kind->transductive &&
            (step->kind->is_transductive == NULL || step->kind->is_transductive(step))) {
            return true;
        }
    }
    return false;
}

const ana_bci_lesson *ana_bci_pipeline_lesson(const ana_bci_pipeline *pipeline)
{
    return pipeline->fitted ? &pipeline->lesson : NULL;
}

static bci_shape shape_of_trials(const ana_bci_trials *trials)
{
    return (bci_shape){.form = BCI_SIGNALS,
                       .n_rows = trials->n_bands * trials->n_channels,
                       .n_columns = trials->n_times,
                       .n_bands = trials->n_bands,
                       .rate = trials->rate};
}

/* Every sample is a number, or the trial and the channel are named. */
static ana_status check_samples(const ana_bci_trials *trials, size_t item)
{
    const size_t size = ana_bci_trial_size(trials);
    const double *values = trials->values + item * size;
    for (size_t k = 0; k < size; k++) {
        if (!isfinite(values[k])) {
            return ana_fail(ANA_ERR_VALUE,
                            "pipeline: trial %zu (%s, %s s) has a missing sample in channel %s; "
                            "leave the trial or the channel out",
                            item, trials->run_names[trials->runs[item]],
                            ana_number(trials->onsets[item]).text,
                            trials->channel_names[k / trials->n_times % trials->n_channels]);
        }
    }
    return ANA_OK;
}

static ana_status take_trials(const ana_bci_trials *trials, size_t n, const size_t *items,
                              bci_batch *out)
{
    ana_status status = ANA_OK;
    const bci_shape shape = shape_of_trials(trials);
    const size_t size = ana_bci_item_size(&shape);
    *out = (bci_batch){.n_items = 0};
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(check_samples(trials, items != NULL ? items[i] : i));
    }
    ANA_TRY(ana_bci_batch_make(&shape, n, out));
    for (size_t i = 0; i < n; i++) {
        memcpy(out->values + i * size, trials->values + (items != NULL ? items[i] : i) * size,
               size * sizeof *out->values);
    }
done:
    return status;
}

ana_status ana_bci_batch_take(const bci_batch *batch, size_t n, const size_t *items, bci_batch *out)
{
    ana_status status = ANA_OK;
    const size_t size = ana_bci_item_size(&batch->shape);
    ANA_TRY(ana_bci_batch_make(&batch->shape, n, out));
    for (size_t i = 0; i < n; i++) {
        memcpy(out->values + i * size, batch->values + items[i] * size, size * sizeof *out->values);
    }
done:
    return status;
}

ana_status ana_bci_step_forward(const bci_step *step, const bci_batch *in,
                                const bci_teacher *teacher, bci_batch *out)
{
    ana_status status = ANA_OK;
    bci_shape shape = {.form = step->kind->gives};
    bci_teacher equipped = *teacher;
    equipped.tool = NULL;
    ANA_TRY(step->kind->shape(step, &in->shape, &shape));
    ANA_TRY(ana_bci_batch_make(&shape, in->n_items, out));
    ANA_TRY(ana_bci_take_up(step, &in->shape, teacher->run, &equipped.tool));
    ANA_TRY(step->kind->apply(step, in, &equipped, out));
done:
    ana_bci_put_down(step, equipped.tool);
    if (status != ANA_OK) {
        ana_bci_batch_release(out);
    }
    return status;
}

/* What is known of items is kept for them, and the batch goes from hand to hand. */
static ana_status walk(const ana_bci_pipeline *pipeline, size_t first, size_t end, bci_batch *batch,
                       const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    for (size_t i = first; i < end; i++) {
        bci_batch next = {.n_items = 0};
        ANA_TRY(ana_bci_step_forward(&pipeline->steps[i], batch, teacher, &next));
        ana_bci_batch_release(batch);
        *batch = next;
    }
done:
    return status;
}

ana_status ana_bci_prepare(const ana_bci_pipeline *pipeline, const ana_bci_trials *trials, size_t n,
                           const size_t *items, const ana_run *run, bci_batch *out)
{
    ana_status status = ANA_OK;
    const bci_teacher teacher = {.run = run};
    *out = (bci_batch){.n_items = 0};
    const size_t n_bands = pipeline->bank.n_bands > 0 ? pipeline->bank.n_bands : 1;
    if (trials->n_bands != n_bands) {
        return ana_fail(ANA_ERR_SHAPE, "pipeline: its trials are of %zu bands, not %zu", n_bands,
                        trials->n_bands);
    }
    ANA_TRY(take_trials(trials, n, items, out));
    ANA_TRY(walk(pipeline, 0, pipeline->n_plain, out, &teacher));
done:
    if (status != ANA_OK) {
        ana_bci_batch_release(out);
    }
    return status;
}

/* Every class still has an item. */
static ana_status check_classes(const bci_step *step, const bci_teacher *teacher, size_t n)
{
    for (size_t c = 0; c < teacher->n_classes; c++) {
        size_t count = 0;
        for (size_t i = 0; i < n; i++) {
            count += teacher->labels[i] == c ? 1 : 0;
        }
        if (count == 0) {
            return ana_fail(ANA_ERR_VALUE,
                            "step %s: no trial of class number %zu is left to learn from",
                            step->kind->says.name, c + 1);
        }
    }
    return ANA_OK;
}

/* What a step's gate rejects of its input `seen` leaves its output `batch`, and the teacher's
 * lists, which become memory of the workspace. */
static ana_status thin_out(const bci_step *step, const bci_batch *seen, bci_batch *batch,
                           bci_teacher *teacher, ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    const size_t size = ana_bci_item_size(&batch->shape);
    const size_t n = seen->n_items;
    bool *keep = ana_workspace_bytes(workspace, n, 1, sizeof *keep);
    size_t *labels = ana_workspace_sizes(workspace, n, 1);
    size_t *domains = ana_workspace_sizes(workspace, n, 1);
    size_t kept = 0;
    ANA_TRY(ana_workspace_check(workspace, "pipeline"));
    ANA_TRY(step->kind->gate(step, seen, teacher, keep));
    for (size_t i = 0; i < n; i++) {
        if (keep[i]) {
            labels[kept] = teacher->labels[i];
            domains[kept] = teacher->domains != NULL ? teacher->domains[i] : 0;
            memmove(batch->values + kept * size, batch->values + i * size,
                    size * sizeof *batch->values);
            kept++;
        }
    }
    batch->n_items = kept;
    teacher->labels = labels;
    teacher->domains = teacher->domains != NULL ? domains : NULL;
    ANA_TRY(check_classes(step, teacher, kept));
done:
    return status;
}

ana_status ana_bci_learn_prepared(ana_bci_pipeline *pipeline, const bci_batch *in,
                                  const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    bci_teacher known = *teacher;
    bci_batch batch = {.n_items = 0};
    for (size_t i = pipeline->n_plain; i < pipeline->n_steps; i++) {
        bci_step *step = &pipeline->steps[i];
        const bci_batch *seen = i == pipeline->n_plain ? in : &batch;
        if (step->kind->fit != NULL) {
            ANA_TRY(step->kind->fit(step, seen, &known));
        }
        if (i + 1 < pipeline->n_steps) {
            bci_batch next = {.n_items = 0};
            ANA_TRY(ana_bci_step_forward(step, seen, &known, &next));
            if (step->kind->gate != NULL) {
                status = thin_out(step, seen, &next, &known, &workspace);
            }
            ana_bci_batch_release(&batch);
            batch = next;
            ANA_TRY(status);
        }
    }
done:
    ana_bci_batch_release(&batch);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_bci_answer_prepared(const ana_bci_pipeline *pipeline, const bci_batch *in,
                                   const bci_teacher *teacher, bci_batch *out)
{
    ana_status status = ANA_OK;
    *out = (bci_batch){.n_items = 0};
    for (size_t i = pipeline->n_plain; i < pipeline->n_steps; i++) {
        bci_batch next = {.n_items = 0};
        ANA_TRY(ana_bci_step_forward(&pipeline->steps[i], i == pipeline->n_plain ? in : out,
                                     teacher, &next));
        ana_bci_batch_release(out);
        *out = next;
    }
done:
    if (status != ANA_OK) {
        ana_bci_batch_release(out);
    }
    return status;
}

/* Where the channels are, when that is known of any. */
static ana_status note_positions(const ana_bci_trials *trials, ana_bci_lesson *lesson)
{
    ana_status status = ANA_OK;
    const size_t n = 3 * trials->n_channels;
    bool any = false;
    for (size_t k = 0; k < n; k++) {
        any = any || isfinite(trials->positions[k]);
    }
    if (any) {
        ANA_TRY(ana_allocate(n, sizeof *lesson->positions, "pipeline", &lesson->positions));
        memcpy(lesson->positions, trials->positions, n * sizeof *lesson->positions);
    }
done:
    return status;
}

ana_status ana_bci_note_lesson(ana_bci_pipeline *pipeline, const ana_bci_trials *trials,
                               size_t n_items)
{
    ana_status status = ANA_OK;
    ana_bci_lesson *lesson = &pipeline->lesson;
    ANA_TRY(
        ana_copy_texts(trials->n_classes, (const char *const *)trials->classes, &lesson->classes));
    lesson->n_classes = trials->n_classes;
    ANA_TRY(ana_copy_texts(trials->n_channels, (const char *const *)trials->channel_names,
                           &lesson->channel_names));
    lesson->n_channels = trials->n_channels;
    ANA_TRY(ana_copy_text(trials->unit, &lesson->unit));
    lesson->n_trials = n_items;
    lesson->n_times = trials->n_times;
    lesson->rate = trials->rate;
    lesson->from_s = trials->from_s;
    ANA_TRY(note_positions(trials, lesson));
    pipeline->takes = shape_of_trials(trials);
    pipeline->fitted = true;
done:
    return status;
}

/* Labels and sessions of the items, and at least two classes among them. */
static ana_status note_items(const ana_bci_trials *trials, size_t n, const size_t *items,
                             size_t *labels, size_t *domains)
{
    for (size_t i = 0; i < n; i++) {
        const size_t item = items != NULL ? items[i] : i;
        labels[i] = trials->labels[item];
        domains[i] = trials->sessions[item];
    }
    for (size_t c = 0; c < trials->n_classes; c++) {
        size_t count = 0;
        for (size_t i = 0; i < n; i++) {
            count += labels[i] == c;
        }
        if (count == 0 || trials->n_classes < 2) {
            return ana_fail(ANA_ERR_VALUE, "pipeline: %s%s%s",
                            trials->n_classes < 2 ? "every trial is of class "
                                                  : "no trial to learn from is of class ",
                            trials->classes[c],
                            trials->n_classes < 2 ? "; trials of two classes at least are needed"
                                                  : "");
        }
    }
    return ANA_OK;
}

ana_status ana_bci_pipeline_fit(ana_bci_pipeline *pipeline, const ana_bci_trials *trials, size_t n,
                                const size_t *items, const ana_run *run)
{
    ana_status status = ANA_OK;
    size_t *labels = NULL;
    size_t *domains = NULL;
    bci_batch batch = {.n_items = 0};
    const ana_run standard = ana_run_default();
    run = run != NULL ? run : &standard;
    n = items != NULL ? n : trials->n_trials;
    ana_bci_forget(pipeline);
    ANA_TRY(ana_allocate(n, sizeof *labels, "pipeline", &labels));
    ANA_TRY(ana_allocate(n, sizeof *domains, "pipeline", &domains));
    ANA_TRY(note_items(trials, n, items, labels, domains));
    const bci_teacher teacher = {.run = run,
                                 .labels = labels,
                                 .n_classes = trials->n_classes,
                                 .domains = domains,
                                 .n_domains = trials->n_sessions};
    ANA_TRY(ana_bci_prepare(pipeline, trials, n, items, run, &batch));
    ANA_TRY(ana_bci_learn_prepared(pipeline, &batch, &teacher));
    ANA_TRY(ana_bci_note_lesson(pipeline, trials, n));
done:
    ana_bci_batch_release(&batch);
    free(labels);
    free(domains);
    if (status != ANA_OK) {
        ana_bci_forget(pipeline);
    }
    return status;
}

bool ana_bci_units_agree(const char *a, const char *b)
{
    double factors[2] = {0.0, 0.0};
    char names[2][16];
    return a == NULL || b == NULL || strcmp(a, b) == 0 ||
           (ana_unit_to_si(a, &factors[0], names[0]) && ana_unit_to_si(b, &factors[1], names[1]) &&
            factors[0] == factors[1] && strcmp(names[0], names[1]) == 0);
}

/* The trials are such as it learned from. */
static ana_status check_trials(const ana_bci_pipeline *pipeline, const ana_bci_trials *trials)
{
    const ana_bci_lesson *lesson = &pipeline->lesson;
    if (!pipeline->fitted) {
        return ana_fail(ANA_ERR_VALUE, "pipeline: it has not learned from trials yet");
    }
    if (trials->n_channels != lesson->n_channels) {
        return ana_fail(ANA_ERR_SHAPE,
                        "pipeline: trials of %zu channels (%s ... %s), but it learned from %zu "
                        "(%s ... %s)",
                        trials->n_channels, trials->channel_names[0],
                        trials->channel_names[trials->n_channels - 1], lesson->n_channels,
                        lesson->channel_names[0], lesson->channel_names[lesson->n_channels - 1]);
    }
    if (!ana_bci_same_rate(trials->rate, lesson->rate)) {
        return ana_fail(ANA_ERR_SHAPE, "pipeline: trials of %s Hz, but it learned from %s Hz",
                        ana_number(trials->rate).text, ana_number(lesson->rate).text);
    }
    if (!ana_bci_units_agree(lesson->unit, trials->unit)) {
        return ana_fail(ANA_ERR_SHAPE, "pipeline: trials in %s, but it learned from %s",
                        trials->unit, lesson->unit);
    }
    for (size_t c = 0; c < lesson->n_channels; c++) {
        if (strcmp(trials->channel_names[c], lesson->channel_names[c]) != 0) {
            return ana_fail(ANA_ERR_SHAPE, "pipeline: channel %zu is %s, but it learned from %s", c,
                            trials->channel_names[c], lesson->channel_names[c]);
        }
    }
    if (trials->n_times != lesson->n_times) {
        return ana_fail(ANA_ERR_SHAPE, "pipeline: trials of %zu samples, but it learned from %zu",
                        trials->n_times, lesson->n_times);
    }
    return ANA_OK;
}

ana_status ana_bci_pipeline_predict(const ana_bci_pipeline *pipeline, const ana_bci_trials *trials,
                                    size_t n, const size_t *items, const ana_run *run,
                                    ana_bci_outputs **out)
{
    ana_status status = ANA_OK;
    size_t *domains = NULL;
    bci_batch batch = {.n_items = 0};
    bci_batch answers = {.n_items = 0};
    ana_bci_outputs *outputs = NULL;
    const ana_run standard = ana_run_default();
    run = run != NULL ? run : &standard;
    *out = NULL;
    n = items != NULL ? n : trials->n_trials;
    ANA_TRY(check_trials(pipeline, trials));
    ANA_TRY(ana_allocate(n, sizeof *domains, "pipeline", &domains));
    for (size_t i = 0; i < n; i++) {
        domains[i] = trials->sessions[items != NULL ? items[i] : i];
    }
    const bci_teacher teacher = {.run = run,
                                 .n_classes = pipeline->lesson.n_classes,
                                 .domains = domains,
                                 .n_domains = trials->n_sessions};
    ANA_TRY(ana_bci_prepare(pipeline, trials, n, items, run, &batch));
    ANA_TRY(ana_bci_answer_prepared(pipeline, &batch, &teacher, &answers));
    ANA_TRY(ana_allocate(1, sizeof *outputs, "pipeline", &outputs));
    *outputs = (ana_bci_outputs){.n_trials = n,
                                 .n_classes = answers.shape.n_columns,
                                 .scores = answers.values,
                                 .chosen = answers.chosen};
    answers = (bci_batch){.n_items = 0};
    *out = outputs;
    outputs = NULL;
done:
    free(outputs);
    ana_bci_batch_release(&answers);
    ana_bci_batch_release(&batch);
    free(domains);
    return status;
}

void ana_bci_outputs_free(ana_bci_outputs *outputs)
{
    if (outputs != NULL) {
        free(outputs->scores);
        free(outputs->chosen);
        free(outputs);
    }
}
