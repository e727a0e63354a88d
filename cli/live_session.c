#include "live_session.h"

#include "bci_input.h"
#include "live_lines.h"
#include "try.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    PIECE = 65536 /* bytes read at a time */
};

/* Everything a session holds. */
typedef struct session {
    command_job *job;
    const live_options *options;
    console_options silent; /* no bar: lines are the progress */
    ana_run run;
    ana_bci_pipeline *pipeline;
    ana_bci_stream *stream;
    live_line line;
    live_times times;
    double begin_s;   /* of the source's clock */
    bool begun;       /* that is known */
    bool started;     /* the source is understood, and the start is said */
    double arrival_s; /* when the samples at hand came */
    double started_s; /* the replay, on our clock */
    size_t n_decisions;
    size_t n_gated;
    size_t n_gaps;
    uint64_t n_dropped;    /* frames */
    const char **potatoes; /* what each of the gate sees */
    size_t *places;        /* of the model's channels among those that come */
    double *samples;       /* model's channels x samples of a frame */
    size_t capacity;
    ana_bci_windows *windows; /* NULL: no scores are asked for */
} session;

static double time_of(const session *s, const ana_bci_answer *answer)
{
    return s->begin_s + answer->time_s;
}

/* What the gate says of a window: of a field p, and z of each potato. */
static void add_gate(session *s, const ana_bci_answer *answer)
{
    if (!isnan(answer->p)) {
        live_add_double(&s->line, "p", answer->p);
    }
    if (answer->potatoes != NULL) {
        live_add_values(&s->line, "z", ana_bci_pipeline_gate(s->pipeline)->n_parts, s->potatoes,
                        answer->potatoes);
    } else if (!isnan(answer->z)) {
        live_add_double(&s->line, "z", answer->z);
    }
}

/* A decision or what stands in its place. */
static ana_status hear(void *user, const ana_bci_answer *answer)
{
    ana_status status = ANA_OK;
    session *s = user;
    const ana_bci_lesson *lesson = ana_bci_stream_lesson(s->stream);
    const double latency_s = live_now() - s->arrival_s;
    const char *const types[] = {"decision", "gated", "gap"};
    live_begin(&s->line, types[answer->kind]);
    live_add_double(&s->line, "time", time_of(s, answer));
    if (answer->kind == ANA_BCI_DECISION) {
        live_add_text(&s->line, "class", lesson->classes[answer->chosen]);
        live_add_values(&s->line, "scores", lesson->n_classes, (const char *const *)lesson->classes,
                        answer->scores);
    }
    add_gate(s, answer);
    if (answer->reason != NULL) {
        live_add_text(&s->line, "reason", answer->reason);
    }
    if (answer->kind != ANA_BCI_GAP) {
        live_add_double(&s->line, "latency_ms", round(1e6 * latency_s) / 1e3);
        live_note(&s->times, latency_s, answer->time_s);
    }
    if (s->windows != NULL) {
        ANA_TRY(ana_bci_windows_note(s->windows, answer));
    }
    s->n_decisions += answer->kind == ANA_BCI_DECISION;
    s->n_gated += answer->kind == ANA_BCI_GATED;
    s->n_gaps += answer->kind == ANA_BCI_GAP;
    ANA_TRY(live_write(&s->line, &s->run));
done:
    return status;
}

/* Which gate there is, and its limit: {"z":3}, or {"p":0.01} of a field. */
static void add_gate_limit(session *s)
{
    const ana_bci_gate *gate = ana_bci_pipeline_gate(s->pipeline);
    const ana_bci_stream_options *options = &s->options->stream;
    if (gate == NULL) {
        return;
    }
    const bool is_field = gate->text != NULL;
    const char *const measure = is_field ? "p" : "z";
    const double given = is_field ? options->gate_p : options->gate_z;
    const double learned = is_field ? gate->p : gate->parts[0].potato->threshold;
    const double limit = given > 0.0 ? given : learned;
    live_add_values(&s->line, "gate", 1, &measure, &limit);
    if (is_field) {
        live_add_text(&s->line, "gate_field", gate->text);
    }
}

/* The source is understood. */
static ana_status say_start(session *s)
{
    if (s->started) {
        return ANA_OK;
    }
    s->started = true;
    const ana_bci_lesson *lesson = ana_bci_stream_lesson(s->stream);
    live_begin(&s->line, "start");
    live_add_text(&s->line, "pipeline", ana_bci_pipeline_text(s->pipeline));
    live_add_count(&s->line, "channels", lesson->n_channels);
    live_add_double(&s->line, "rate", lesson->rate);
    if (lesson->unit != NULL) {
        live_add_text(&s->line, "unit", lesson->unit);
    }
    live_add_double(&s->line, "window", (double)lesson->n_times / lesson->rate);
    live_add_double(&s->line, "step", (double)ana_bci_stream_step(s->stream) / lesson->rate);
    add_gate_limit(s);
    return live_write(&s->line, &s->run);
}

/* What the scores are, in the summary. */
static ana_status say_scores(session *s)
{
    ana_status status = ANA_OK;
    ana_classification_scores *scores = NULL;
    ANA_TRY(ana_bci_windows_score(s->windows, &scores));
    live_add_count(&s->line, "scored", scores->n);
    live_add_double(&s->line, "accuracy", scores->accuracy);
    live_add_double(&s->line, "normalised_mcc", scores->normalised_matthews);
    live_add_double(&s->line, "bits_per_minute", scores->bits_per_minute);
done:
    ana_classification_scores_free(scores);
    return status;
}

static ana_status say_summary(session *s, const char *ending, const char *reason,
                              const char *advice)
{
    const bool in_real_time = s->options->replay == NULL || s->options->speed > 0.0;
    const double rate = ana_bci_stream_lesson(s->stream)->rate;
    ana_run anyway = s->run; /* also after Ctrl-C */
    anyway.progress = NULL;
    live_begin(&s->line, "summary");
    live_add_text(&s->line, "ended_by", ending);
    if (reason != NULL) {
        live_add_text(&s->line, "reason", reason);
    }
    live_add_double(&s->line, "seconds", (double)ana_bci_stream_n_samples(s->stream) / rate);
    live_add_count(&s->line, "decisions", s->n_decisions);
    live_add_count(&s->line, "gated", s->n_gated);
    live_add_count(&s->line, "gaps", s->n_gaps);
    live_add_count(&s->line, "drops", s->n_dropped);
    live_add_count(&s->line, "missing_samples", ana_bci_stream_n_missing(s->stream));
    live_add_double(&s->line, "latency_median_ms", 1e3 * live_quantile(&s->times, 0.5));
    live_add_double(&s->line, "latency_99_ms", 1e3 * live_quantile(&s->times, 0.99));
    live_add_double(&s->line, "latency_max_ms", 1e3 * s->times.largest_s);
    live_add_double(&s->line, "jitter_ms",
                    in_real_time ? 1e3 * live_jitter(&s->times) : (double)NAN);
    if (s->windows != NULL && s->windows->n_events > 0) {
        (void)say_scores(s); /* without any, it is the saving that says why */
    }
    if (advice != NULL) {
        live_add_text(&s->line, "warning", advice);
    }
    return live_write(&s->line, &anyway);
}

/* The model's channels of a frame, scaled, then on. */
static ana_status take_samples(session *s, const ana_live_frame *frame)
{
    ana_status status = ANA_OK;
    const size_t n = ana_bci_stream_lesson(s->stream)->n_channels;
    const size_t wanted = n * frame->n_samples;
    if (!s->begun) {
        s->begin_s = isfinite(frame->time_s) ? frame->time_s : 0.0;
        s->begun = true;
    }
    if (wanted > s->capacity) {
        double *grown = realloc(s->samples, wanted * sizeof *grown);
        if (grown == NULL) {
            return ana_fail(ANA_ERR_MEMORY, "no memory for a frame of %zu samples", wanted);
        }
        s->samples = grown;
        s->capacity = wanted;
    }
    for (size_t c = 0; c < n; c++) {
        const double *from = frame->samples + s->places[c] * frame->n_samples;
        for (size_t t = 0; t < frame->n_samples; t++) {
            s->samples[c * frame->n_samples + t] = s->options->scale * from[t];
        }
    }
    ANA_TRY(ana_bci_stream_push(s->stream, frame->n_samples, s->samples, hear, s));
done:
    return status;
}

/* Frames that never came were as long as this one. */
static ana_status take_drop(session *s, const ana_live_frame *frame)
{
    ana_status status = ANA_OK;
    const double rate = ana_bci_stream_lesson(s->stream)->rate;
    const double lost = fmin((double)frame->n_dropped * (double)frame->n_samples, 1e15);
    live_begin(&s->line, "drop");
    live_add_double(&s->line, "time",
                    s->begin_s + (double)ana_bci_stream_n_samples(s->stream) / rate);
    live_add_count(&s->line, "frames", frame->n_dropped);
    s->n_dropped += frame->n_dropped;
    ANA_TRY(live_write(&s->line, &s->run));
    ANA_TRY(ana_bci_stream_skip(s->stream, (size_t)lost, hear, s));
done:
    return status;
}

static ana_status take_frame(session *s, const ana_live_frame *frame)
{
    ana_status status = ANA_OK;
    if (frame->kind == ANA_LIVE_HEADER) {
        ANA_TRY(ana_bci_stream_match(s->stream, frame->n_channels, frame->names, frame->rate,
                                     s->places));
        ANA_TRY(say_start(s));
    } else if (frame->kind == ANA_LIVE_SAMPLES) {
        if (frame->n_dropped > 0) {
            ANA_TRY(take_drop(s, frame));
        }
        ANA_TRY(take_samples(s, frame));
    }
done:
    return status;
}

/* The next bytes of stdin; *n 0 at its end. Waits, and looks now and then whether to stop. */
static ana_status read_piece(const session *s, uint8_t *bytes, size_t *n)
{
    for (;;) {
        struct pollfd ready = {.fd = STDIN_FILENO, .events = POLLIN};
        const int found = poll(&ready, 1, 100);
        const ana_status status = ana_run_progress(&s->run, "waiting for signals", 0, 0);
        if (status != ANA_OK) {
            return status;
        }
        if (found <= 0) {
            continue;
        }
        const ssize_t got = read(STDIN_FILENO, bytes, PIECE);
        if (got >= 0) {
            *n = (size_t)got;
            return ANA_OK;
        }
        if (errno != EINTR && errno != EAGAIN) {
            return ana_fail(ANA_ERR_IO, "stdin cannot be read");
        }
    }
}

static ana_status feed(session *s, ana_live_decoder *decoder, const uint8_t *bytes, size_t n)
{
    ana_status status = ANA_OK;
    for (size_t at = 0; at < n;) {
        ana_live_frame frame;
        size_t n_used = 0;
        ANA_TRY(ana_live_decoder_feed(decoder, n - at, bytes + at, &n_used, &frame));
        ANA_TRY(take_frame(s, &frame));
        at += n_used;
    }
done:
    return status;
}

static ana_status listen_to_pipe(session *s)
{
    ana_status status = ANA_OK;
    ana_live_decoder *decoder = NULL;
    ana_live_frame frame;
    uint8_t *bytes = malloc(PIECE);
    if (bytes == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %d bytes", PIECE);
    }
    ANA_TRY(ana_live_decoder_new(s->options->form, &decoder));
    for (;;) {
        size_t n = 0;
        ANA_TRY(read_piece(s, bytes, &n));
        s->arrival_s = live_now();
        if (n == 0) {
            break;
        }
        ANA_TRY(feed(s, decoder, bytes, n));
    }
    ANA_TRY(ana_live_decoder_finish(decoder, &frame));
    ANA_TRY(take_frame(s, &frame));
done:
    ana_live_decoder_free(decoder);
    free(bytes);
    return status == ANA_ERR_FORMAT ? ana_fail_in(status, "stdin: ") : status;
}

/* Waits until the samples would have come. */
static ana_status keep_pace(void *user, double time_s)
{
    ana_status status = ANA_OK;
    session *s = user;
    ANA_TRY(say_start(s));
    ANA_TRY(ana_run_progress(&s->run, "replay", 0, 0));
    while (s->options->speed > 0.0) {
        const double left = s->started_s + time_s / s->options->speed - live_now();
        const double pause = fmin(left, 0.1);
        if (!(left > 0.0)) {
            break;
        }
        const struct timespec some = {.tv_nsec = (long)(1e9 * pause)};
        nanosleep(&some, NULL);
        ANA_TRY(ana_run_progress(&s->run, "replay", 0, 0));
    }
    s->arrival_s = live_now();
done:
    return status;
}

static ana_status replay(session *s)
{
    ana_status status = ANA_OK;
    ana_recording *recording = NULL;
    ana_intervals *events = NULL;
    bci_input_options wanted = bci_input_options_default();
    wanted.events = s->options->events;
    command_job *job = s->job;
    const ana_bci_audience audience = {.pace = keep_pace, .listener = hear, .user = s};
    ANA_TRY(load_recording(s->options->replay, &job->input, &job->console, &recording));
    const ana_series *series = ana_recording_find_series(recording, job->input.selection.series);
    if (series == NULL) {
        status = load_refuse(recording, "series", job->input.selection.series);
        goto done;
    }
    if (s->options->as_frames) {
        ANA_TRY(live_write_frames(s->stream, series, &s->run));
        goto done;
    }
    s->begin_s = series->n_segments > 0 ? series->segments[0].start : 0.0;
    s->started_s = live_now();
    if (s->options->scores != NULL) {
        ANA_TRY(bci_input_events(recording, &wanted, &events));
        ANA_TRY(ana_bci_windows_new(s->stream, s->begin_s, &s->options->idle, &s->windows));
    }
    ANA_TRY(ana_bci_stream_replay(s->stream, series, &audience));
    ANA_TRY(say_start(s)); /* of a recording without samples */
    if (s->windows != NULL) {
        ANA_TRY(ana_bci_windows_label(s->windows, events));
    }
done:
    ana_intervals_free(events);
    ana_recording_free(recording);
    return status;
}

/* The model as it is now, to -o. */
static ana_status save_model(const session *s)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    command_job *job = s->job;
    if (job->save.output == NULL) {
        return ANA_OK;
    }
    ANA_TRY(ana_bci_pipeline_to_record(s->pipeline, &record));
    ANA_TRY(save_provenance(job->self, job->targets, &job->arguments, &job->save, record));
    ANA_TRY(save_record(&job->save, record));
    console_say(&job->console, "%s written", job->save.output);
done:
    ana_record_free(record);
    return status;
}

/* The windows against the events, to --scores. */
static ana_status save_scores(const session *s)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    command_job *job = s->job;
    save_options save = job->save;
    if (s->windows == NULL || s->windows->n_events == 0) {
        return ANA_OK;
    }
    save.output = s->options->scores;
    (void)ana_bci_stream_advise(s->stream, s->windows->warning);
    ANA_TRY(ana_bci_windows_to_record(s->windows, &record));
    ANA_TRY(save_provenance(job->self, job->targets, &job->arguments, &save, record));
    ANA_TRY(save_record(&save, record));
    console_say(&job->console, "%s written", save.output);
done:
    ana_record_free(record);
    return status;
}

/* However a session ended that had begun, its summary is said (if anybody reads) and its model
 * saved; the first failure is the one that is told. */
static ana_status end(session *s, ana_status status)
{
    char sentence[1024];
    char advice[ANA_BCI_ADVICE];
    snprintf(sentence, sizeof sentence, "%s",
             status == ANA_ERR_CANCELLED ? "stopped by the user" : ana_last_error());
    const char *ending = status == ANA_OK              ? "the source's end"
                         : status == ANA_ERR_CANCELLED ? "the user"
                                                       : "an error";
    if (!s->started) {
        return ana_fail(status, "%s", sentence);
    }
    const bool advised = ana_bci_stream_advise(s->stream, advice);
    const bool failed = status != ANA_OK && status != ANA_ERR_CANCELLED;
    const ana_status said =
        say_summary(s, ending, failed ? sentence : NULL, advised ? advice : NULL);
    if (advised) {
        console_warn("%s", advice);
    }
    const ana_status saved = save_model(s);
    if (status != ANA_OK) {
        return ana_fail(status, "%s", sentence);
    }
    return said != ANA_OK ? said : saved != ANA_OK ? saved : save_scores(s);
}

static ana_status open_session(session *s)
{
    ana_status status = ANA_OK;
    const ana_record *model = NULL;
    s->silent = s->job->console;
    s->silent.quiet = true;
    s->silent.progress = PROGRESS_NONE;
    s->run = s->job->run;
    s->run.user = &s->silent;
    ANA_TRY(job_model(s->job, "bci-pipeline", "ana bci fit", &model));
    ANA_TRY(ana_bci_pipeline_from_record(model, &s->pipeline));
    ana_bci_stream_options options = s->options->stream;
    options.run.progress = NULL;
    ANA_TRY(ana_bci_stream_new(s->pipeline, &options, &s->stream));
    const ana_bci_gate *gate = ana_bci_pipeline_gate(s->pipeline);
    const size_t n_potatoes = gate != NULL ? gate->n_parts : 0;
    s->places = calloc(ana_bci_stream_lesson(s->stream)->n_channels, sizeof *s->places);
    s->potatoes = calloc(n_potatoes + 1, sizeof *s->potatoes);
    for (size_t k = 0; k < n_potatoes && s->potatoes != NULL; k++) {
        s->potatoes[k] = gate->parts[k].text;
    }
    if (s->places == NULL || s->potatoes == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "no memory for the channels");
    }
done:
    return status;
}

ana_status live_run(command_job *job, const live_options *options)
{
    ana_status status = ANA_OK;
    session *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for a session");
    }
    s->job = job;
    s->options = options;
    ANA_TRY(open_session(s));
    if (options->as_frames) {
        ANA_TRY(replay(s));
        goto done;
    }
    status = end(s, options->replay != NULL ? replay(s) : listen_to_pipe(s));
done:
    ana_bci_windows_free(s->windows);
    ana_bci_stream_free(s->stream);
    ana_bci_pipeline_free(s->pipeline);
    free(s->places);
    free(s->potatoes);
    free(s->samples);
    free(s);
    return status;
}
