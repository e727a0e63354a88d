#include "bci_evaluation_parts.h"
#include "bci_gate_parts.h"
#include "lists.h"
#include "memory.h"
#include "picture.h"
#include "seconds.h"
#include "try.h"

#include <analysis/models/bci_online_evaluation.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ana_bci_online_evaluation_free(ana_bci_online_evaluation *evaluation)
{
    if (evaluation != NULL) {
        ana_free_texts(evaluation->n_pipelines, evaluation->names);
        ana_free_texts(evaluation->n_pipelines, evaluation->texts);
        ana_free_texts(evaluation->n_runs, evaluation->run_names);
        free(evaluation->scores);
        free(evaluation->mean);
        free(evaluation->sd);
        free(evaluation->seconds);
        free(evaluation);
    }
}

/* "subject session run": runs of several days have one name. */
static ana_status name_runs(const ana_bci_trials *trials, ana_bci_online_evaluation *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(
        ana_allocate(trials->n_runs, sizeof *out->run_names, "online evaluation", &out->run_names));
    out->n_runs = trials->n_runs;
    for (size_t r = 0; r < trials->n_runs; r++) {
        char name[320] = "";
        for (size_t i = 0; i < trials->n_trials; i++) {
            const size_t session = trials->sessions[i];
            if (trials->runs[i] == r) {
                snprintf(name, sizeof name, "%.100s %.100s %.100s",
                         trials->subject_names[trials->session_subjects[session]],
                         trials->session_names[session], trials->run_names[r]);
            }
        }
        ANA_TRY(ana_copy_text(name, &out->run_names[r]));
    }
done:
    return status;
}

static ana_status make_room(const ana_bci_online_task *task, const ana_bci_trials *trials,
                            ana_bci_online_evaluation **room)
{
    ana_status status = ANA_OK;
    const size_t n = task->n_pipelines;
    ANA_TRY(ana_allocate(1, sizeof **room, "online evaluation", room));
    ana_bci_online_evaluation *out = *room;
    ANA_TRY(ana_copy_texts(n, task->names, &out->names));
    out->n_pipelines = n;
    ANA_TRY(ana_copy_texts(n, task->texts, &out->texts));
    ANA_TRY(name_runs(trials, out));
    ANA_TRY(ana_allocate(n * out->n_runs, sizeof *out->scores, "online evaluation", &out->scores));
    ANA_TRY(ana_allocate(n, sizeof *out->mean, "online evaluation", &out->mean));
    ANA_TRY(ana_allocate(n, sizeof *out->sd, "online evaluation", &out->sd));
    ANA_TRY(ana_allocate(n, sizeof *out->seconds, "online evaluation", &out->seconds));
done:
    return status;
}

static size_t subject_of(const ana_bci_trials *trials, size_t item)
{
    return trials->session_subjects[trials->sessions[item]];
}

/* The trials of other recordings: of that subject, or of other subjects where it has no other. */
static size_t list_others(const ana_bci_trials *trials, size_t run, size_t *items)
{
    size_t subject = SIZE_MAX;
    size_t n = 0;
    for (size_t i = 0; i < trials->n_trials; i++) {
        subject = trials->runs[i] == run ? subject_of(trials, i) : subject;
    }
    for (size_t i = 0; i < trials->n_trials; i++) {
        if (trials->runs[i] != run && subject_of(trials, i) == subject) {
            items[n++] = i;
        }
    }
    const bool alone = n == 0;
    for (size_t i = 0; i < trials->n_trials; i++) {
        if (alone && subject_of(trials, i) != subject) {
            items[n++] = i;
        }
    }
    return n;
}

static ana_status score_windows(const ana_bci_windows *windows, ana_bci_online_score *out)
{
    ana_status status = ANA_OK;
    ana_classification_scores *scores = NULL;
    double *latencies = NULL;
    *out = (ana_bci_online_score){.n_events = windows->n_events};
    ANA_TRY(ana_bci_windows_score(windows, &scores));
    ANA_TRY(ana_allocate(windows->n_events, sizeof *latencies, "online evaluation", &latencies));
    for (size_t k = 0; k < windows->n; k++) {
        out->n_gated += windows->chosen[k] == ANA_BCI_NO_CLASS;
    }
    for (size_t e = 0; e < windows->n_events; e++) {
        if (!isnan(windows->events[e].latency_s)) {
            latencies[out->n_found++] = windows->events[e].latency_s;
        }
    }
    out->gated = (double)out->n_gated / (double)windows->n;
    out->n_windows = scores->n;
    out->accuracy = scores->accuracy;
    out->chance = scores->chance;
    out->balanced_accuracy = scores->balanced_accuracy;
    out->normalised_matthews = scores->normalised_matthews;
    out->bits_per_minute = scores->bits_per_minute;
    out->latency_s =
        out->n_found > 0 ? ana_stats_median_in_place(out->n_found, latencies) : (double)NAN;
done:
    ana_classification_scores_free(scores);
    free(latencies);
    return status;
}

/* Learn from the others, replay this one. */
static ana_status evaluate_run(const ana_bci_online_task *task, const ana_run *run,
                               ana_bci_pipeline *pipeline, const ana_bci_trials *trials,
                               size_t which, const char *name, ana_bci_online_score *out)
{
    ana_status status = ANA_OK;
    size_t *items = NULL;
    const ana_series *series = NULL;
    const ana_intervals *events = NULL;
    ana_bci_windows *windows = NULL;
    char advice[ANA_BCI_ADVICE];
    ANA_TRY(ana_allocate(trials->n_trials, sizeof *items, "online evaluation", &items));
    const size_t n = list_others(trials, which, items);
    if (n == 0) {
        ana_fail(ANA_ERR_VALUE, "there is no other recording to learn from");
        status = ANA_ERR_VALUE;
        goto done;
    }
    ANA_TRY(ana_bci_pipeline_fit(pipeline, trials, n, items, run));
    if (task->gate_z > 0.0) {
        ana_potato_options gate = ana_potato_options_default();
        gate.mean.run = run != NULL ? *run : gate.mean.run;
        gate.threshold = task->gate_z;
        ANA_TRY(ana_bci_gate_fit(pipeline, trials, n, items, &gate));
    }
    ANA_TRY(task->run_of(task->user, which, &series, &events));
    ANA_TRY(ana_bci_pseudo_online(pipeline, series, events, &task->stream, &task->idle, &windows));
    ANA_TRY(score_windows(windows, out));
    if (bci_gate_advise(ana_bci_pipeline_gate(pipeline), (double)NAN, out->n_gated, windows->n,
                        advice)) {
        ana_warn(run, "%s, %s: %s", ana_bci_pipeline_text(pipeline), name, advice);
    }
done:
    ana_bci_windows_free(windows);
    free(items);
    return status;
}

static ana_status evaluate_pipeline(const ana_bci_online_task *task, const ana_run *run, size_t k,
                                    ana_bci_online_evaluation *out)
{
    ana_status status = ANA_OK;
    ana_bci_pipeline *pipeline = NULL;
    const ana_bci_trials *trials = NULL;
    ana_bci_bank bank;
    double squares = 0.0;
    const double start = ana_seconds_now();
    const ana_bci_online_score *scores = out->scores + k * out->n_runs;
    ANA_TRY(ana_bci_pipeline_parse(task->texts[k], &pipeline));
    ana_bci_pipeline_bank(pipeline, &bank);
    ANA_TRY(task->trials_of(task->user, &bank, &trials));
    for (size_t r = 0; r < out->n_runs; r++) {
        ANA_TRY(ana_run_progress(run, "replaying", k * out->n_runs + r,
                                 out->n_pipelines * out->n_runs));
        status = evaluate_run(task, run, pipeline, trials, r, out->run_names[r],
                              &out->scores[k * out->n_runs + r]);
        if (status != ANA_OK) {
            ana_fail_in(status, "%s: ", out->run_names[r]);
            goto done;
        }
        out->mean[k] += scores[r].normalised_matthews / (double)out->n_runs;
    }
    for (size_t r = 0; r < out->n_runs; r++) {
        squares += pow(scores[r].normalised_matthews - out->mean[k], 2.0);
    }
    out->sd[k] = out->n_runs > 1 ? sqrt(squares / (double)(out->n_runs - 1)) : (double)NAN;
    out->seconds[k] = ana_seconds_now() - start;
done:
    ana_bci_pipeline_free(pipeline);
    return status == ANA_OK ? ANA_OK : ana_fail_in(status, "%s: ", task->names[k]);
}

ana_status ana_bci_evaluate_online(const ana_bci_online_task *task, const ana_run *run,
                                   ana_bci_online_evaluation **out)
{
    ana_status status = ANA_OK;
    ana_bci_online_evaluation *evaluation = NULL;
    const ana_bci_trials *trials = NULL;
    const ana_bci_task first = {.trials_of = task->trials_of,
                                .user = task->user,
                                .n_pipelines = task->n_pipelines,
                                .names = task->names,
                                .texts = task->texts};
    *out = NULL;
    if (task->n_pipelines == 0) {
        return ana_fail(ANA_ERR_VALUE, "online evaluation: no pipelines");
    }
    ANA_TRY(ana_bci_task_trials(&first, &trials));
    ANA_TRY(make_room(task, trials, &evaluation));
    for (size_t k = 0; k < task->n_pipelines; k++) {
        ANA_TRY(evaluate_pipeline(task, run, k, evaluation));
    }
    *out = evaluation;
    evaluation = NULL;
done:
    ana_bci_online_evaluation_free(evaluation);
    return status;
}

static ana_status add_bars(const ana_bci_online_evaluation *of, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = of->n_pipelines;
    const double band[2] = {0.5, 0.5};
    const ana_picture_words words = {
        .title = "Windows of replayed recordings",
        .caption =
            "Mean over recordings of Matthews' correlation, (MCC + 1) / 2, with one standard "
            "deviation; 0.5 is chance. Each recording was replayed to what had learned from "
            "the others.",
        .x_title = "pipeline",
        .value_title = "normalised MCC"};
    double *ends = ana_workspace_doubles(&workspace, 2, n);
    ANA_TRY(ana_workspace_check(&workspace, "online evaluation"));
    for (size_t k = 0; k < n; k++) {
        const double sd = isnan(of->sd[k]) ? 0.0 : of->sd[k];
        ends[k] = of->mean[k] - sd;
        ends[n + k] = of->mean[k] + sd;
    }
    ANA_TRY(ana_record_add_picture(record, "scores_pseudo_online", ANA_HINT_BARS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_1(n, "pipeline"), of->mean, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "low", ana_shape_1(n, "pipeline"), ends, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "high", ana_shape_1(n, "pipeline"), ends + n, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "band", ana_shape_1(2, NULL), band, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n, (const char *const *)of->names));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* One quantity of all recordings of a pipeline. */
static ana_status add_column(const ana_bci_online_evaluation *of, size_t k, const char *name,
                             size_t offset, const char *unit, ana_record *group)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *values = ana_workspace_doubles(&workspace, of->n_runs, 1);
    ANA_TRY(ana_workspace_check(&workspace, "online evaluation"));
    for (size_t r = 0; r < of->n_runs; r++) {
        const char *score = (const char *)&of->scores[k * of->n_runs + r];
        memcpy(&values[r], score + offset, sizeof values[r]);
    }
    ANA_TRY(
        ana_record_add_doubles(group, name, ana_shape_1(of->n_runs, "recording"), values, unit));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_pipeline(const ana_bci_online_evaluation *of, size_t k, ana_record *pipelines)
{
    static const struct {
        const char *name;
        size_t offset;
        const char *unit;
    } columns[] = {
        {"recordings", offsetof(ana_bci_online_score, normalised_matthews), NULL},
        {"accuracy", offsetof(ana_bci_online_score, accuracy), NULL},
        {"chance", offsetof(ana_bci_online_score, chance), NULL},
        {"balanced_accuracy", offsetof(ana_bci_online_score, balanced_accuracy), NULL},
        {"information_transfer_rate", offsetof(ana_bci_online_score, bits_per_minute), "bit/min"},
        {"latency", offsetof(ana_bci_online_score, latency_s), "s"},
        {"gated", offsetof(ana_bci_online_score, gated), NULL}};
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    ana_record *online = NULL;
    char name[160];
    ana_bci_record_name("", of->names[k], name);
    ANA_TRY(ana_record_add_group(pipelines, name, ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_text(group, "pipeline", of->texts[k]));
    ANA_TRY(ana_record_add_group(group, "pseudo_online", ANA_HINT_NONE, &online));
    ANA_TRY(ana_record_add_double(online, "mean", of->mean[k], NULL));
    ANA_TRY(ana_record_add_double(online, "sd", of->sd[k], NULL));
    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
        ANA_TRY(add_column(of, k, columns[c].name, columns[c].offset, columns[c].unit, online));
    }
    ANA_TRY(ana_record_add_double(group, "seconds", of->seconds[k], "s"));
done:
    return status;
}

ana_status ana_bci_online_evaluation_to_record(const ana_bci_online_evaluation *evaluation,
                                               ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ana_record *pipelines = NULL;
    *out = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "bci-online-evaluation"));
    ANA_TRY(ana_record_add_text(record, "title", "Live classifiers, replayed"));
    ANA_TRY(ana_record_add_text(record, "metric", "normalised-mcc"));
    ANA_TRY(ana_record_add_texts(record, "recordings", evaluation->n_runs,
                                 (const char *const *)evaluation->run_names));
    ANA_TRY(add_bars(evaluation, record));
    ANA_TRY(ana_record_add_group(record, "pipelines", ANA_HINT_NONE, &pipelines));
    for (size_t k = 0; k < evaluation->n_pipelines; k++) {
        ANA_TRY(add_pipeline(evaluation, k, pipelines));
    }
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
