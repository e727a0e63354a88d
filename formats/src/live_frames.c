#include "lists.h"
#include "live_parts.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const ana_live_form_names[] = {"frame", "csv", NULL};

enum {
    MAX_CHANNELS = 65536,
    MAX_SAMPLES = 1 << 20,
    MAX_PAYLOAD = 1 << 26, /* bytes after the head */
    HEADER = 1,
    FLOAT32 = 2,
    FLOAT64 = 3
};

ana_status ana_live_decoder_new(ana_live_form form, ana_live_decoder **out)
{
    ana_live_decoder *decoder = NULL;
    ana_status status = ana_allocate(1, sizeof *decoder, "frames", &decoder);
    if (status == ANA_OK) {
        decoder->form = form;
    }
    *out = decoder;
    return status;
}

void ana_live_decoder_free(ana_live_decoder *decoder)
{
    if (decoder != NULL) {
        ana_free_texts(decoder->n_channels, decoder->names);
        free(decoder->bytes);
        free(decoder->samples);
        free(decoder);
    }
}

static uint64_t read_number(const uint8_t *bytes, size_t n)
{
    uint64_t value = 0;
    for (size_t i = n; i-- > 0;) {
        value = value << 8 | bytes[i];
    }
    return value;
}

static double read_double(const uint8_t *bytes)
{
    const uint64_t bits = read_number(bytes, 8);
    double value = 0.0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double read_float(const uint8_t *bytes)
{
    const uint32_t bits = (uint32_t)read_number(bytes, 4);
    float value = 0.0F;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

static void write_number(uint64_t value, size_t n, uint8_t *bytes)
{
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
}

static void write_double(double value, uint8_t *bytes)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    write_number(bits, 8, bytes);
}

/* The head of a frame. */
typedef struct head {
    unsigned version;
    unsigned kind;
    size_t n_channels;
    size_t n; /* bytes of the names, or samples */
    uint64_t sequence;
    double number;
} head;

static head read_head(const uint8_t *bytes)
{
    return (head){.version = (unsigned)read_number(bytes + 4, 2),
                  .kind = (unsigned)read_number(bytes + 6, 2),
                  .n_channels = (size_t)read_number(bytes + 8, 4),
                  .n = (size_t)read_number(bytes + 12, 4),
                  .sequence = read_number(bytes + 16, 8),
                  .number = read_double(bytes + 24)};
}

static size_t payload_of(const head *at)
{
    return at->kind == HEADER ? at->n : at->n_channels * at->n * (at->kind == FLOAT32 ? 4 : 8);
}

static bool is_sane(const head *at)
{
    return at->n_channels > 0 && at->n_channels <= MAX_CHANNELS && at->n > 0 &&
           at->n <= MAX_SAMPLES && payload_of(at) <= MAX_PAYLOAD;
}

/* Where the frame stands, for sentences. */
static unsigned long long where(const ana_live_decoder *decoder)
{
    return (unsigned long long)decoder->n_before;
}

/* The head can be that of a frame, and of this place in the stream. */
static ana_status check_head(const ana_live_decoder *decoder, const uint8_t *bytes, const head *at)
{
    const bool known = decoder->names != NULL;
    if (memcmp(bytes, "ANAF", 4) != 0 || at->version != 1) {
        return ana_fail(ANA_ERR_FORMAT,
                        "frames: byte %llu: no frame of version 1 begins there: it would begin by "
                        "\"ANAF\" and 1",
                        where(decoder));
    }
    if (at->kind < HEADER || at->kind > FLOAT64) {
        return ana_fail(ANA_ERR_FORMAT, "frames: byte %llu: a frame of kind %u; 1, 2 or 3 is right",
                        where(decoder), at->kind);
    }
    if ((at->kind == HEADER) == known) {
        return ana_fail(ANA_ERR_FORMAT, "frames: byte %llu: %s", where(decoder),
                        known ? "a second header" : "samples before the header");
    }
    if (known && at->n_channels != decoder->n_channels) {
        return ana_fail(ANA_ERR_FORMAT,
                        "frames: byte %llu: a frame of %zu channels, but the header says %zu",
                        where(decoder), at->n_channels, decoder->n_channels);
    }
    if (at->n_channels == 0 || at->n_channels > MAX_CHANNELS || at->n == 0 || at->n > MAX_SAMPLES ||
        payload_of(at) > MAX_PAYLOAD) {
        return ana_fail(ANA_ERR_FORMAT,
                        "frames: byte %llu: a frame of %zu channels and %zu samples (bytes of "
                        "names) cannot be",
                        where(decoder), at->n_channels, at->n);
    }
    if (known && decoder->any && at->sequence < decoder->next) {
        return ana_fail(
            ANA_ERR_FORMAT, "frames: byte %llu: sequence number %llu, where %llu or more is right",
            where(decoder), (unsigned long long)at->sequence, (unsigned long long)decoder->next);
    }
    return ANA_OK;
}

/* The names, each ended by a zero byte, and nothing behind them. */
static ana_status take_names(ana_live_decoder *decoder, const head *at, const uint8_t *bytes)
{
    ana_status status = ANA_OK;
    size_t place = 0;
    size_t n = 0;
    ANA_TRY(ana_allocate(at->n_channels, sizeof *decoder->names, "frames", &decoder->names));
    decoder->n_channels = at->n_channels;
    while (n < at->n_channels && place < at->n) {
        const uint8_t *end = memchr(bytes + place, 0, at->n - place);
        const size_t length = end != NULL ? (size_t)(end - bytes) - place : 0;
        if (length == 0 || !ana_text_is_utf8((const char *)bytes + place, length)) {
            break;
        }
        ANA_TRY(ana_copy_bytes_as_text((const char *)bytes + place, length, &decoder->names[n]));
        place += length + 1;
        n++;
    }
    if (n < at->n_channels || place != at->n) {
        return ana_fail(ANA_ERR_FORMAT,
                        "frames: byte %llu: %zu bytes are not the names of %zu channels, in UTF-8, "
                        "each ended by a zero byte",
                        where(decoder), at->n, at->n_channels);
    }
    if (!(at->number > 0.0 && at->number < 1e9)) {
        return ana_fail(ANA_ERR_FORMAT, "frames: byte %llu: a rate of %s Hz", where(decoder),
                        ana_number(at->number).text);
    }
done:
    return status;
}

/* Samples of all channels, one after the other, become channels x samples. */
static ana_status take_samples(ana_live_decoder *decoder, const head *at, const uint8_t *bytes)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_grow(&decoder->samples, &decoder->room, at->n_channels * at->n,
                     sizeof *decoder->samples, "frames"));
    for (size_t t = 0; t < at->n; t++) {
        for (size_t c = 0; c < at->n_channels; c++) {
            const size_t i = t * at->n_channels + c;
            decoder->samples[c * at->n + t] =
                at->kind == FLOAT32 ? read_float(bytes + 4 * i) : read_double(bytes + 8 * i);
        }
    }
done:
    return status;
}

static ana_status take_frame(ana_live_decoder *decoder, const head *at, const uint8_t *payload,
                             ana_live_frame *frame)
{
    ana_status status = ANA_OK;
    *frame = (ana_live_frame){.n_channels = at->n_channels};
    if (at->kind == HEADER) {
        ANA_TRY(take_names(decoder, at, payload));
        frame->kind = ANA_LIVE_HEADER;
        frame->names = (const char *const *)decoder->names;
        frame->rate = at->number;
        return ANA_OK;
    }
    ANA_TRY(take_samples(decoder, at, payload));
    frame->kind = ANA_LIVE_SAMPLES;
    frame->sequence = at->sequence;
    frame->n_dropped = decoder->any ? at->sequence - decoder->next : 0;
    frame->time_s = at->number;
    frame->n_samples = at->n;
    frame->samples = decoder->samples;
    decoder->any = true;
    decoder->next = at->sequence + 1;
done:
    return status;
}

/* Bytes to the decoder's own until it holds `wanted`. */
static ana_status gather(ana_live_decoder *decoder, size_t wanted, size_t n, const uint8_t *bytes,
                         size_t *n_used)
{
    ana_status status = ANA_OK;
    const size_t missing = wanted > decoder->n_bytes ? wanted - decoder->n_bytes : 0;
    const size_t taken = missing < n - *n_used ? missing : n - *n_used;
    ANA_TRY(ana_grow(&decoder->bytes, &decoder->capacity, decoder->n_bytes + taken, 1, "frames"));
    memcpy(decoder->bytes + decoder->n_bytes, bytes + *n_used, taken);
    decoder->n_bytes += taken;
    *n_used += taken;
done:
    return status;
}

static ana_status feed_frame(ana_live_decoder *decoder, size_t n, const uint8_t *bytes,
                             size_t *n_used, ana_live_frame *frame)
{
    ana_status status = ANA_OK;
    ANA_TRY(gather(decoder, LIVE_HEAD, n, bytes, n_used));
    if (decoder->n_bytes < LIVE_HEAD) {
        return ANA_OK;
    }
    const head at = read_head(decoder->bytes);
    ANA_TRY(check_head(decoder, decoder->bytes, &at));
    const size_t whole = LIVE_HEAD + payload_of(&at);
    ANA_TRY(gather(decoder, whole, n, bytes, n_used));
    if (decoder->n_bytes == whole) {
        ANA_TRY(take_frame(decoder, &at, decoder->bytes + LIVE_HEAD, frame));
        decoder->n_before += whole;
        decoder->n_bytes = 0;
    }
done:
    return status;
}

ana_status ana_live_decoder_feed(ana_live_decoder *decoder, size_t n, const void *bytes,
                                 size_t *n_used, ana_live_frame *frame)
{
    *n_used = 0;
    *frame = (ana_live_frame){.kind = ANA_LIVE_NONE};
    if (n == 0) {
        return ANA_OK;
    }
    return decoder->form == ANA_LIVE_CSV ? ana_live_feed_line(decoder, n, bytes, n_used, frame)
                                         : feed_frame(decoder, n, bytes, n_used, frame);
}

ana_status ana_live_decoder_finish(ana_live_decoder *decoder, ana_live_frame *frame)
{
    ana_status status = ANA_OK;
    *frame = (ana_live_frame){.kind = ANA_LIVE_NONE};
    if (decoder->form == ANA_LIVE_CSV && decoder->n_bytes > 0) {
        ANA_TRY(ana_live_take_line(decoder, frame));
    }
    if (decoder->n_bytes > 0) {
        return ana_fail(ANA_ERR_FORMAT,
                        "frames: the source ended %zu bytes into the frame at byte %llu",
                        decoder->n_bytes, where(decoder));
    }
    if (decoder->names == NULL) {
        return ana_fail(ANA_ERR_FORMAT, "frames: the source ended before it said its channels");
    }
done:
    return status;
}

/* A frame with its head, and room for what comes behind it; NULL without memory. */
static uint8_t *begin_frame(const head *at, size_t n_payload)
{
    uint8_t *bytes = malloc(LIVE_HEAD + n_payload);
    if (bytes == NULL) {
        return NULL;
    }
    write_number(0x46414e41, 4, bytes); /* "ANAF" */
    write_number(1, 2, bytes + 4);
    write_number(at->kind, 2, bytes + 6);
    write_number(at->n_channels, 4, bytes + 8);
    write_number(at->n, 4, bytes + 12);
    write_number(at->sequence, 8, bytes + 16);
    write_double(at->number, bytes + 24);
    return bytes;
}

static ana_status no_frame(const head *at)
{
    return ana_fail(ANA_ERR_VALUE, "frames: %zu channels and %zu samples make no frame",
                    at->n_channels, at->n);
}

ana_status ana_live_encode_header(size_t n_channels, const char *const *names, double rate,
                                  uint8_t **bytes, size_t *n)
{
    head at = {.kind = HEADER, .n_channels = n_channels, .number = rate};
    for (size_t c = 0; c < n_channels; c++) {
        at.n += strlen(names[c]) + 1;
    }
    *bytes = NULL;
    if (!is_sane(&at)) {
        return no_frame(&at);
    }
    uint8_t *made = begin_frame(&at, at.n);
    if (made == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "frames: no memory for %zu bytes of names", at.n);
    }
    size_t place = LIVE_HEAD;
    for (size_t c = 0; c < n_channels; c++) {
        memcpy(made + place, names[c], strlen(names[c]) + 1);
        place += strlen(names[c]) + 1;
    }
    *n = place;
    *bytes = made;
    return ANA_OK;
}

ana_status ana_live_encode_samples(size_t n_channels, size_t n_samples, const double *samples,
                                   uint64_t sequence, double time_s, uint8_t **bytes, size_t *n)
{
    const head at = {.kind = FLOAT64,
                     .n_channels = n_channels,
                     .n = n_samples,
                     .sequence = sequence,
                     .number = time_s};
    *bytes = NULL;
    if (!is_sane(&at)) {
        return no_frame(&at);
    }
    const size_t n_payload = payload_of(&at);
    uint8_t *made = begin_frame(&at, n_payload);
    if (made == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "frames: no memory for %zu bytes", n_payload);
    }
    for (size_t t = 0; t < n_samples; t++) {
        for (size_t c = 0; c < n_channels; c++) {
            write_double(samples[c * n_samples + t], made + LIVE_HEAD + 8 * (t * n_channels + c));
        }
    }
    *n = LIVE_HEAD + n_payload;
    *bytes = made;
    return ANA_OK;
}
