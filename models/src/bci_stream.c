#include "bci_gate_parts.h"
#include "bci_parts.h"
#include "bci_ring.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "workspace_keep.h"

#include <analysis/models/bci_stream.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIECE = 64 /* samples that are filtered at a time */
};

struct ana_bci_stream {
    ana_bci_pipeline *pipeline; /* borrowed */
    ana_bci_stream_options options;
    size_t n_channels;
    size_t step;                              /* samples between decisions */
    size_t n_settle;                          /* samples before the first window */
    size_t n_samples;                         /* so far */
    size_t n_missing;                         /* of them */
    size_t n_since;                           /* good ones since the last gap */
    size_t n_clean;                           /* windows that went through the steps */
    bool in_gap;                              /* the last one was missing */
    double *last;                             /* n_channels: values of the last sample, as pushed */
    size_t *n_alike;                          /* n_channels: samples in a row that have it */
    double *piece;                            /* n_channels x PIECE */
    bci_ring ring;                            /* what the steps are given */
    bci_ring gate_ring;                       /* what a field sees, in bands of its own */
    double *gate_window;                      /* of a field: the same in its order */
    bci_batch batches[ANA_BCI_MAX_STEPS + 1]; /* of one window: what each step is given */
    void *tools[ANA_BCI_MAX_STEPS];           /* of the steps that have one */
    bci_gate_work gate;
    ana_workspace_keep keep;
};

const ana_option ana_bci_stream_option_table[] = {
    {"step", ANA_OPTION_DOUBLE, offsetof(ana_bci_stream_options, step_s), 0, 1e6, NULL, "SECONDS",
     "between two decisions; at least a sample", false},
    {"settle", ANA_OPTION_DOUBLE, offsetof(ana_bci_stream_options, settle_s), -1, 1e6, NULL,
     "SECONDS",
     "before the first window and after a gap; -1: until the filters' response has fallen to a "
     "thousandth",
     false},
    {"gate-z", ANA_OPTION_DOUBLE, offsetof(ana_bci_stream_options, gate_z), 0, 1e6, NULL, "Z",
     "distance at and above which a window is an artefact; 0: as learned", false},
    {"gate-p", ANA_OPTION_DOUBLE, offsetof(ana_bci_stream_options, gate_p), 0, 1, NULL, "P",
     "of a gate that is a field: probability below which a window is an artefact; 0: as learned",
     false},
    {"gate-rate", ANA_OPTION_DOUBLE, offsetof(ana_bci_stream_options, gate_rate), 0, 1, NULL,
     "SHARE", "share of each clean window in the gate; 0: it stays as learned", false},
    {"centre-rate", ANA_OPTION_DOUBLE, offsetof(ana_bci_stream_options, centre_rate), 0, 1, NULL,
     "SHARE",
     "share of each clean window in the centre by which step recentre whitens; 0: as the step has "
     "it, or the mean of the training trials and of the windows so far",
     false},
    ANA_OPTION_END,
};

ana_bci_stream_options ana_bci_stream_options_default(void)
{
    return (ana_bci_stream_options){.run = ana_run_default(), .step_s = 0.1, .settle_s = -1.0};
}

const ana_bci_lesson *ana_bci_stream_lesson(const ana_bci_stream *stream)
{
    return &stream->pipeline->lesson;
}

size_t ana_bci_stream_step(const ana_bci_stream *stream)
{
    return stream->step;
}

size_t ana_bci_stream_n_samples(const ana_bci_stream *stream)
{
    return stream->n_samples;
}

size_t ana_bci_stream_n_missing(const ana_bci_stream *stream)
{
    return stream->n_missing;
}

bool ana_bci_stream_advise(const ana_bci_stream *stream, char advice[ANA_BCI_ADVICE])
{
    return stream->pipeline->gate != NULL &&
           bci_gate_advise(stream->pipeline->gate,
                           bci_gate_half(stream->pipeline->gate, &stream->gate),
                           stream->gate.n_aside, stream->gate.n_judged, advice);
}

void ana_bci_stream_free(ana_bci_stream *stream)
{
    if (stream == NULL) {
        return;
    }
    bci_ring_release(&stream->ring);
    bci_ring_release(&stream->gate_ring);
    for (size_t i = 0; i <= ANA_BCI_MAX_STEPS; i++) {
        ana_bci_batch_release(&stream->batches[i]);
    }
    for (size_t i = 0; i < stream->pipeline->n_steps; i++) {
        ana_bci_put_down(&stream->pipeline->steps[i], stream->tools[i]);
    }
    free(stream->last);
    free(stream->n_alike);
    free(stream->piece);
    free(stream->gate_window);
    bci_gate_work_release(&stream->gate);
    ana_workspace_keep_release(&stream->keep);
    free(stream);
}

/* A live signal has no future, and no other trials beside the one at hand. */
static ana_status check_live(const ana_bci_pipeline *pipeline)
{
    const ana_bci_bank *bank = &pipeline->bank;
    if (!pipeline->fitted) {
        return ana_fail(ANA_ERR_VALUE, "stream: the pipeline has not learned from trials yet");
    }
    if (bank->n_bands > 0 && bank->phase != ANA_PHASE_CAUSAL) {
        return ana_fail(ANA_ERR_VALUE,
                        "stream: \"%s\" learned from signals filtered with zero phase, which look "
                        "ahead; learn with \"band %s-%s phase=causal\" to use it live",
                        pipeline->text, ana_number(bank->bands_hz[0]).text,
                        ana_number(bank->bands_hz[2 * bank->n_bands - 1]).text);
    }
    for (size_t i = 0; i < pipeline->n_steps; i++) {
        const bci_kind *kind = pipeline->steps[i].kind;
        if (kind->transductive && kind->live == NULL &&
            (kind->is_transductive == NULL || kind->is_transductive(&pipeline->steps[i]))) {
            return ana_fail(ANA_ERR_VALUE,
                            "stream: step %s of \"%s\" looks at all trials of a session before it "
                            "answers of any; live signals come one by one",
                            kind->says.name, pipeline->text);
        }
    }
    return ANA_OK;
}

/* A rate may be any number above 0. */
static size_t to_samples(double n)
{
    return (size_t)fmin(n, 1e15);
}

/* The limit that is given is of the measure that the gate has. */
static ana_status check_gate(const ana_bci_gate *gate, const ana_bci_stream_options *options)
{
    const bool is_field = gate != NULL && gate->text != NULL;
    if (is_field && options->gate_z > 0.0) {
        return ana_fail(ANA_ERR_VALUE,
                        "stream: the gate is a field (%s), which judges by p of all its potatoes; "
                        "--gate-p is its limit, not --gate-z",
                        gate->text);
    }
    if (!is_field && options->gate_p > 0.0) {
        return ana_fail(ANA_ERR_VALUE, "stream: %s; --gate-p is the limit of a field",
                        gate != NULL ? "the gate is one potato, whose limit is --gate-z"
                                     : "the model has no gate");
    }
    return ANA_OK;
}

/* Filters and rings: of the steps, and of a field as the gate. */
static ana_status make_rings(ana_bci_stream *stream)
{
    ana_status status = ANA_OK;
    const ana_bci_pipeline *pipeline = stream->pipeline;
    const ana_bci_gate *gate = pipeline->gate;
    const double rate = pipeline->lesson.rate;
    const bci_ring empty = {.n_channels = stream->n_channels, .n_times = pipeline->lesson.n_times};
    size_t ringing = 0;
    stream->ring = empty;
    ANA_TRY(bci_ring_make(&pipeline->bank, rate, &stream->ring));
    ringing = stream->ring.n_ringing;
    if (gate != NULL && gate->text != NULL) {
        stream->gate_ring = empty;
        ANA_TRY(bci_ring_make(&gate->bank, rate, &stream->gate_ring));
        ANA_TRY(ana_allocate(gate->bank.n_bands * empty.n_channels,
                             empty.n_times * sizeof *stream->gate_window, "stream",
                             &stream->gate_window));
        ringing = stream->gate_ring.n_ringing > ringing ? stream->gate_ring.n_ringing : ringing;
    }
    stream->n_settle = stream->options.settle_s < 0.0
                           ? ringing
                           : to_samples(ceil(stream->options.settle_s * rate - 1e-9));
done:
    return status;
}

/* A batch of one window for each step, and what the gate needs. */
static ana_status make_batches(ana_bci_stream *stream)
{
    ana_status status = ANA_OK;
    const ana_bci_pipeline *pipeline = stream->pipeline;
    const size_t n = stream->n_channels;
    const ana_bci_gate *gate = pipeline->gate;
    const size_t n_gate = gate != NULL ? gate->bank.n_bands * n : 0;
    const double bytes = 2.0 * (double)(pipeline->takes.n_rows + n_gate) *
                         (double)pipeline->takes.n_columns * sizeof(double);
    ANA_TRY(ana_run_check_memory(&stream->options.run, (size_t)fmin(bytes, 1e18), "stream"));
    ANA_TRY(ana_bci_batch_make(&pipeline->takes, 1, &stream->batches[0]));
    for (size_t i = 0; i < pipeline->n_steps; i++) {
        const bci_step *step = &pipeline->steps[i];
        bci_shape shape = {.form = step->kind->gives};
        ANA_TRY(step->kind->shape(step, &stream->batches[i].shape, &shape));
        ANA_TRY(ana_bci_batch_make(&shape, 1, &stream->batches[i + 1]));
        ANA_TRY(ana_bci_take_up(step, &stream->batches[i].shape, &stream->options.run,
                                &stream->tools[i]));
    }
    ANA_TRY(ana_allocate(n, sizeof *stream->last, "stream", &stream->last));
    ANA_TRY(ana_allocate(n, sizeof *stream->n_alike, "stream", &stream->n_alike));
    ANA_TRY(ana_allocate(n, PIECE * sizeof *stream->piece, "stream", &stream->piece));
    if (gate != NULL) {
        ANA_TRY(bci_gate_work_make(gate, &stream->gate));
    }
done:
    return status;
}

ana_status ana_bci_stream_new(ana_bci_pipeline *pipeline, const ana_bci_stream_options *options,
                              ana_bci_stream **out)
{
    ana_status status = ANA_OK;
    ana_bci_stream *stream = NULL;
    const ana_bci_stream_options chosen =
        options != NULL ? *options : ana_bci_stream_options_default();
    *out = NULL;
    ANA_TRY(ana_options_check(ana_bci_stream_option_table, &chosen, "stream"));
    ANA_TRY(check_live(pipeline));
    ANA_TRY(check_gate(pipeline->gate, &chosen));
    ANA_TRY(ana_allocate(1, sizeof *stream, "stream", &stream));
    stream->pipeline = pipeline;
    stream->options = chosen;
    stream->options.run.n_threads = 1; /* to wake others takes longer than the work */
    stream->n_channels = pipeline->lesson.n_channels;
    stream->step = to_samples(fmax(1.0, round(chosen.step_s * pipeline->lesson.rate)));
    ANA_TRY(make_batches(stream));
    ANA_TRY(make_rings(stream));
    *out = stream;
    stream = NULL;
done:
    ana_bci_stream_free(stream);
    return status;
}

static ana_status run_steps(ana_bci_stream *stream)
{
    ana_status status = ANA_OK;
    ana_bci_pipeline *pipeline = stream->pipeline;
    bci_teacher teacher = {.run = &stream->options.run, .n_classes = pipeline->lesson.n_classes};
    const bci_live live = {.run = &stream->options.run,
                           .rate = stream->options.centre_rate,
                           .n_before = stream->n_clean,
                           .n_taught = pipeline->lesson.n_trials};
    for (size_t i = 0; i < pipeline->n_steps; i++) {
        bci_step *step = &pipeline->steps[i];
        const bci_batch *in = &stream->batches[i];
        bci_batch *out = &stream->batches[i + 1];
        teacher.tool = stream->tools[i];
        memset(out->values, 0, ana_bci_item_size(&out->shape) * sizeof *out->values);
        ANA_TRY(step->kind->live != NULL ? step->kind->live(step, &live, in, out)
                                         : step->kind->apply(step, in, &teacher, out));
    }
    stream->n_clean++;
done:
    return status;
}

/* An electrode that has come off, or an amplifier at its limit, is told by a constant signal;
 * behind a filter, and in a covariance, it would hardly be. */
static void watch_constants(ana_bci_stream *stream, size_t n, const double *rows)
{
    for (size_t c = 0; c < stream->n_channels; c++) {
        for (size_t t = 0; t < n; t++) {
            const double value = rows[c * n + t];
            const bool alike = stream->n_alike[c] > 0 && value == stream->last[c];
            stream->n_alike[c] = alike ? stream->n_alike[c] + 1 : 1;
            stream->last[c] = value;
        }
    }
}

static ana_status check_constants(const ana_bci_stream *stream)
{
    const ana_bci_lesson *lesson = &stream->pipeline->lesson;
    for (size_t c = 0; c < stream->n_channels; c++) {
        if (stream->n_alike[c] >= lesson->n_times) {
            return ana_fail(ANA_ERR_VALUE, "channel %s has been constant for a whole window",
                            lesson->channel_names[c]);
        }
    }
    return ANA_OK;
}

/* What the gate says of the window. */
static ana_status judge(ana_bci_stream *stream, ana_bci_answer *answer)
{
    ana_status status = ANA_OK;
    const ana_bci_gate *gate = stream->pipeline->gate;
    const double *signals = stream->batches[0].values;
    if (gate == NULL) {
        return ANA_OK;
    }
    if (gate->text != NULL) {
        bci_ring_copy(&stream->gate_ring, stream->gate_window);
        signals = stream->gate_window;
    }
    ANA_TRY(bci_gate_judge(gate, &stream->pipeline->lesson, signals, &stream->gate));
    answer->z = bci_gate_farthest(gate, &stream->gate);
    answer->p = stream->gate.p;
    answer->potatoes = gate->text != NULL ? stream->gate.z : NULL;
done:
    return status;
}

static bool is_artefact(ana_bci_stream *stream)
{
    const ana_bci_gate *gate = stream->pipeline->gate;
    const ana_bci_stream_options *options = &stream->options;
    return gate != NULL &&
           bci_gate_decide(gate, gate->text != NULL ? options->gate_p : options->gate_z,
                           &stream->gate);
}

/* What is clean moves the gate. */
static ana_status adapt(ana_bci_stream *stream)
{
    ana_bci_gate *gate = stream->pipeline->gate;
    return gate != NULL && stream->options.gate_rate > 0.0
               ? bci_gate_move(gate, stream->options.gate_rate, &stream->gate)
               : ANA_OK;
}

/* The window is at hand; a step's refusal of it makes it an artefact. */
static ana_status decide(ana_bci_stream *stream, ana_bci_answer *answer)
{
    ana_status status = ANA_OK;
    const bci_batch *last = &stream->batches[stream->pipeline->n_steps];
    answer->kind = ANA_BCI_GATED;
    ANA_TRY(check_constants(stream));
    ANA_TRY(judge(stream, answer));
    if (is_artefact(stream)) {
        goto done;
    }
    ANA_TRY(run_steps(stream));
    ANA_TRY(adapt(stream));
    answer->kind = ANA_BCI_DECISION;
    answer->chosen = last->chosen[0];
    answer->scores = last->values;
done:
    if (status == ANA_ERR_VALUE || status == ANA_ERR_NUMERIC) {
        answer->reason = ana_last_error();
        answer->z = INFINITY;
        answer->p = stream->gate_window != NULL ? 0.0 : (double)NAN;
        answer->potatoes = NULL;
        status = ANA_OK;
    }
    return status;
}

static ana_status answer_window(ana_bci_stream *stream, ana_bci_listener listener, void *user)
{
    ana_status status = ANA_OK;
    ana_bci_answer answer = {.sample = stream->n_samples - 1, .z = NAN, .p = NAN};
    answer.time_s = (double)answer.sample / stream->pipeline->lesson.rate;
    bci_ring_copy(&stream->ring, stream->batches[0].values);
    ANA_TRY(decide(stream, &answer));
    ANA_TRY(listener(user, &answer));
done:
    return status;
}

/* Filters begin anew behind what is missing. */
static ana_status miss(ana_bci_stream *stream, size_t n, ana_bci_listener listener, void *user)
{
    ana_status status = ANA_OK;
    const ana_bci_answer answer = {.kind = ANA_BCI_GAP,
                                   .sample = stream->n_samples,
                                   .time_s =
                                       (double)stream->n_samples / stream->pipeline->lesson.rate,
                                   .z = NAN,
                                   .p = NAN};
    const bool begins = !stream->in_gap;
    if (begins) {
        bci_ring_restart(&stream->ring);
        bci_ring_restart(&stream->gate_ring);
    }
    stream->in_gap = true;
    stream->n_since = 0;
    stream->n_samples += n;
    stream->n_missing += n;
    if (begins) {
        ANA_TRY(listener(user, &answer));
    }
done:
    return status;
}

/* n samples of each channel, PIECE at most, through the filters and into the rings. */
static ana_status take_piece(ana_bci_stream *stream, size_t n)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *filtered = ana_workspace_doubles(&workspace, stream->n_channels, PIECE);
    ANA_TRY(ana_workspace_check(&workspace, "stream"));
    watch_constants(stream, n, stream->piece);
    ANA_TRY(bci_ring_take(&stream->ring, n, stream->piece, filtered));
    if (stream->gate_window != NULL) {
        ANA_TRY(bci_ring_take(&stream->gate_ring, n, stream->piece, filtered));
    }
    stream->n_samples += n;
    stream->n_since += n;
    stream->in_gap = false;
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Pushed samples: n_channels x n, of which those from `at` on are still to be taken. */
typedef struct pushed {
    size_t n;
    size_t at;
    const double *samples;
} pushed;

static bool is_missing(const ana_bci_stream *stream, const pushed *in, size_t t)
{
    for (size_t c = 0; c < stream->n_channels; c++) {
        if (!isfinite(in->samples[c * in->n + t])) {
            return true;
        }
    }
    return false;
}

/* Samples that are alike from the next on: all there, or all missing; not more than a piece, nor
 * beyond the next decision. */
static size_t count_alike(const ana_bci_stream *stream, const pushed *in, bool missing)
{
    const size_t to_decision = stream->step - stream->n_samples % stream->step;
    const size_t left = in->n - in->at;
    size_t most = to_decision < left ? to_decision : left;
    most = most < PIECE ? most : PIECE;
    size_t n = 1;
    while (n < most && is_missing(stream, in, in->at + n) == missing) {
        n++;
    }
    return n;
}

static ana_status advance(ana_bci_stream *stream, pushed *in, ana_bci_listener listener, void *user)
{
    ana_status status = ANA_OK;
    const bool missing = is_missing(stream, in, in->at);
    const size_t n = count_alike(stream, in, missing);
    if (missing) {
        ANA_TRY(miss(stream, n, listener, user));
    } else {
        for (size_t c = 0; c < stream->n_channels; c++) {
            memcpy(stream->piece + c * n, in->samples + c * in->n + in->at,
                   n * sizeof *stream->piece);
        }
        ANA_TRY(take_piece(stream, n));
        const size_t wanted = stream->pipeline->lesson.n_times + stream->n_settle;
        if (stream->n_samples % stream->step == 0 && stream->n_since >= wanted) {
            ANA_TRY(answer_window(stream, listener, user));
        }
    }
    in->at += n;
done:
    return status;
}

ana_status ana_bci_stream_push(ana_bci_stream *stream, size_t n, const double *samples,
                               ana_bci_listener listener, void *user)
{
    ana_status status = ANA_OK;
    pushed in = {.n = n, .samples = samples};
    ana_workspace_keep *before = ana_workspace_keep_open(&stream->keep);
    while (in.at < n && status == ANA_OK) {
        status = advance(stream, &in, listener, user);
    }
    ana_workspace_keep_close(before);
    return status;
}

ana_status ana_bci_stream_skip(ana_bci_stream *stream, size_t n, ana_bci_listener listener,
                               void *user)
{
    return n > 0 ? miss(stream, n, listener, user) : ANA_OK;
}
