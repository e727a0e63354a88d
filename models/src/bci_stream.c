#include "bci_parts.h"
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

/* One band: how it is filtered, and where its filters stand. */
typedef struct band {
    ana_sos *sos;  /* NULL: not filtered */
    double *state; /* n_channels x n_sections x 2 */
} band;

struct ana_bci_stream {
    ana_bci_pipeline *pipeline; /* borrowed */
    ana_bci_stream_options options;
    size_t n_channels;
    size_t n_bands;
    band bands[ANA_BCI_MAX_BANDS];
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
    double *ring;                             /* (band x channel) x n_times */
    size_t place;                             /* of the next sample in the ring */
    bci_batch batches[ANA_BCI_MAX_STEPS + 1]; /* of one window: what each step is given */
    double *covariance;                       /* of the gate */
    double *room;                             /* of the gate */
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

void ana_bci_stream_free(ana_bci_stream *stream)
{
    if (stream == NULL) {
        return;
    }
    for (size_t b = 0; b < stream->n_bands; b++) {
        ana_sos_free(stream->bands[b].sos);
        free(stream->bands[b].state);
    }
    for (size_t i = 0; i <= ANA_BCI_MAX_STEPS; i++) {
        ana_bci_batch_release(&stream->batches[i]);
    }
    free(stream->last);
    free(stream->n_alike);
    free(stream->piece);
    free(stream->ring);
    free(stream->covariance);
    free(stream->room);
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

static ana_status make_bands(ana_bci_stream *stream)
{
    ana_status status = ANA_OK;
    const ana_bci_bank *bank = &stream->pipeline->bank;
    const double rate = stream->pipeline->lesson.rate;
    size_t ringing = 0;
    for (size_t b = 0; b < bank->n_bands; b++) {
        band *one = &stream->bands[b];
        ANA_TRY(ana_butterworth(bank->order, bank->bands_hz[2 * b], bank->bands_hz[2 * b + 1], rate,
                                &one->sos));
        ANA_TRY(ana_allocate(stream->n_channels * one->sos->n_sections, 2 * sizeof *one->state,
                             "stream", &one->state));
        const size_t n = ana_sos_ringing(one->sos);
        ringing = n > ringing ? n : ringing;
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
    const double bytes =
        2.0 * (double)pipeline->takes.n_rows * (double)pipeline->takes.n_columns * sizeof(double);
    ANA_TRY(ana_run_check_memory(&stream->options.run, (size_t)fmin(bytes, 1e18), "stream"));
    ANA_TRY(ana_bci_batch_make(&pipeline->takes, 1, &stream->batches[0]));
    for (size_t i = 0; i < pipeline->n_steps; i++) {
        const bci_step *step = &pipeline->steps[i];
        bci_shape shape = {.form = step->kind->gives};
        ANA_TRY(step->kind->shape(step, &stream->batches[i].shape, &shape));
        ANA_TRY(ana_bci_batch_make(&shape, 1, &stream->batches[i + 1]));
    }
    ANA_TRY(ana_allocate(n, sizeof *stream->last, "stream", &stream->last));
    ANA_TRY(ana_allocate(n, sizeof *stream->n_alike, "stream", &stream->n_alike));
    ANA_TRY(ana_allocate(n, PIECE * sizeof *stream->piece, "stream", &stream->piece));
    ANA_TRY(ana_allocate(ana_bci_item_size(&pipeline->takes), sizeof *stream->ring, "stream",
                         &stream->ring));
    if (pipeline->gate != NULL) {
        ANA_TRY(ana_allocate(n * n, sizeof *stream->covariance, "stream", &stream->covariance));
        ANA_TRY(ana_allocate(ana_potato_room(pipeline->gate), sizeof *stream->room, "stream",
                             &stream->room));
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
    ANA_TRY(ana_allocate(1, sizeof *stream, "stream", &stream));
    stream->pipeline = pipeline;
    stream->options = chosen;
    stream->options.run.n_threads = 1; /* to wake others takes longer than the work */
    stream->n_channels = pipeline->lesson.n_channels;
    stream->n_bands = pipeline->bank.n_bands > 0 ? pipeline->bank.n_bands : 1;
    stream->step = to_samples(fmax(1.0, round(chosen.step_s * pipeline->lesson.rate)));
    ANA_TRY(make_bands(stream));
    ANA_TRY(make_batches(stream));
    *out = stream;
    stream = NULL;
done:
    ana_bci_stream_free(stream);
    return status;
}

/* The last window, in its order, becomes the first batch. */
static void copy_window(ana_bci_stream *stream)
{
    const size_t n = stream->pipeline->lesson.n_times;
    const size_t before = n - stream->place;
    for (size_t r = 0; r < stream->n_bands * stream->n_channels; r++) {
        const double *ring = stream->ring + r * n;
        double *out = stream->batches[0].values + r * n;
        memcpy(out, ring + stream->place, before * sizeof *out);
        memcpy(out + before, ring, stream->place * sizeof *out);
    }
}

static ana_status run_steps(ana_bci_stream *stream)
{
    ana_status status = ANA_OK;
    ana_bci_pipeline *pipeline = stream->pipeline;
    const bci_teacher teacher = {.run = &stream->options.run,
                                 .n_classes = pipeline->lesson.n_classes};
    const bci_live live = {.run = &stream->options.run,
                           .rate = stream->options.centre_rate,
                           .n_before = stream->n_clean,
                           .n_taught = pipeline->lesson.n_trials};
    for (size_t i = 0; i < pipeline->n_steps; i++) {
        bci_step *step = &pipeline->steps[i];
        const bci_batch *in = &stream->batches[i];
        bci_batch *out = &stream->batches[i + 1];
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

/* *z of the window; NaN without a gate. */
static ana_status judge(ana_bci_stream *stream, double *z)
{
    ana_status status = ANA_OK;
    const ana_bci_pipeline *pipeline = stream->pipeline;
    const ana_potato *gate = pipeline->gate;
    ana_spd_distance_options options = ana_spd_distance_options_default();
    options.run = stream->options.run;
    *z = NAN;
    if (gate == NULL) {
        return ANA_OK;
    }
    ANA_TRY(
        ana_bci_gate_covariance(&pipeline->lesson, stream->batches[0].values, stream->covariance));
    const ana_spd_set window = {gate->n, false, 1, stream->covariance};
    const ana_spd_set centre = {gate->n, false, 1, gate->centre};
    ANA_TRY(ana_spd_distances(&window, &centre, &options, z));
    *z = (log(*z) - gate->mean) / gate->deviation;
done:
    return status;
}

static bool is_artefact(const ana_bci_stream *stream, double z)
{
    const ana_potato *gate = stream->pipeline->gate;
    const double given = stream->options.gate_z;
    return gate != NULL && !(z < (given > 0.0 ? given : gate->threshold));
}

/* What is clean moves the gate. */
static ana_status adapt(ana_bci_stream *stream)
{
    ana_potato *gate = stream->pipeline->gate;
    return gate != NULL && stream->options.gate_rate > 0.0
               ? ana_potato_move(gate, stream->covariance, stream->options.gate_rate, stream->room)
               : ANA_OK;
}

/* The window is at hand; a step's refusal of it makes it an artefact. */
static ana_status decide(ana_bci_stream *stream, ana_bci_answer *answer)
{
    ana_status status = ANA_OK;
    const bci_batch *last = &stream->batches[stream->pipeline->n_steps];
    answer->kind = ANA_BCI_GATED;
    ANA_TRY(check_constants(stream));
    ANA_TRY(judge(stream, &answer->z));
    if (is_artefact(stream, answer->z)) {
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
        status = ANA_OK;
    }
    return status;
}

static ana_status answer_window(ana_bci_stream *stream, ana_bci_listener listener, void *user)
{
    ana_status status = ANA_OK;
    ana_bci_answer answer = {.sample = stream->n_samples - 1, .z = NAN};
    answer.time_s = (double)answer.sample / stream->pipeline->lesson.rate;
    copy_window(stream);
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
                                   .z = NAN};
    const bool begins = !stream->in_gap;
    for (size_t b = 0; b < stream->n_bands && begins; b++) {
        const band *one = &stream->bands[b];
        if (one->sos != NULL) {
            memset(one->state, 0,
                   2 * stream->n_channels * one->sos->n_sections * sizeof *one->state);
        }
    }
    memset(stream->n_alike, 0, stream->n_channels * sizeof *stream->n_alike);
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

/* n samples of each channel, PIECE apart, through the filters and into the ring. */
static ana_status take_piece(ana_bci_stream *stream, size_t n, double *rows)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_times = stream->pipeline->lesson.n_times;
    double *filtered = ana_workspace_doubles(&workspace, stream->n_channels, PIECE);
    ANA_TRY(ana_workspace_check(&workspace, "stream"));
    watch_constants(stream, n, rows);
    for (size_t b = 0; b < stream->n_bands; b++) {
        const band *one = &stream->bands[b];
        const double *from = rows;
        if (one->sos != NULL) {
            ANA_TRY(ana_sos_apply(one->sos, stream->n_channels, n, rows, one->state, filtered));
            from = filtered;
        }
        for (size_t c = 0; c < stream->n_channels; c++) {
            double *ring = stream->ring + (b * stream->n_channels + c) * n_times;
            size_t at = stream->place;
            for (size_t t = 0; t < n; t++) {
                ring[at] = from[c * n + t];
                at = at + 1 < n_times ? at + 1 : 0;
            }
        }
    }
    stream->place = (stream->place + n) % n_times;
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
        ANA_TRY(take_piece(stream, n, stream->piece));
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
